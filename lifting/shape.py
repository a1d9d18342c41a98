"""Where a template is in a cloud, by its shape alone: for when features tell too little.

From rotations all over, the template's box is laid on the cloud's and closest points pull it in: those of the cloud on the
template and those of the template in the cloud, so that neither hides in a corner of the other. What fits best is the first of
several answers; a box turned by half fits just as well, and then it is for features to choose (`lifting.locating`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from torch import Tensor

from lifting.similarity import Similarity, umeyama
from lifting.symmetry import rotation_error
from oor.catalog.category import Symmetry

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ShapeConfig:
    """How a shape is looked for. Lengths are in units of the template, whose longest edge is 1.

    rotations: to start from. points: of cloud and template each. finalists, rounds: how many starts closest points pull at,
    and how often. reach: distances count up to here. seen: share of the template that views may be expected to show.
    apart_deg: answers whose rotations are nearer to each other are one. answers: how many are given.
    """

    rotations: int = 576
    points: int = 250
    finalists: int = 48
    rounds: int = 12
    reach: float = 0.15
    seen: float = 0.7
    apart_deg: float = 25.0
    answers: int = 6


@dataclass(frozen=True, eq=False)
class Answer:
    """Where the template may be, S_cloud_template, and its misfit: a distance in units of the template."""

    similarity: Similarity
    misfit: float

    def angle_deg(self, other: Answer, symmetry: Symmetry) -> float:
        """Between the rotations of two answers, modulo the symmetry."""
        return math.degrees(float(rotation_error(self.similarity.R, other.similarity.R, symmetry)))


def shape_answers(cloud: Tensor, template: Tensor, symmetry: Symmetry, config: ShapeConfig | None = None) -> list[Answer]:
    """The best ones first, for points (n, 3) of a cloud and (m, 3) of a template; all different, modulo the symmetry."""
    config = config or ShapeConfig()
    fit = Fit.of(cloud, template, config)
    S = fit.starts(_rotations(symmetry, config.rotations))
    S = _part(S, np.argsort(fit.misfits(S))[: config.finalists])
    for _ in range(config.rounds):
        S = fit.nearer(S)
    misfits = fit.misfits(S)
    found: list[Answer] = []
    for i in np.argsort(misfits):
        answer = Answer(Similarity(S.R[i], S.t[i], S.scale[i]), float(misfits[i]))
        if all(answer.angle_deg(other, symmetry) > config.apart_deg for other in found):
            found.append(answer)
        if len(found) == config.answers:
            break
    return found


@dataclass(frozen=True, eq=False)
class Fit:
    """A cloud p (n, 3), a template q (m, 3), and their trees."""

    p: Array
    q: Array
    cloud: cKDTree
    template: cKDTree
    config: ShapeConfig

    @staticmethod
    def of(cloud: Tensor, template: Tensor, config: ShapeConfig) -> Fit:
        """Of some points of each."""
        p, q = (_few(points.detach().double().cpu().numpy(), config.points) for points in (cloud, template))
        return Fit(p, q, cKDTree(p), cKDTree(q), config)

    def starts(self, R: Array) -> Similarity:
        """(k,) the template's box laid on the cloud's, for rotations (k, 3, 3) of the template in the cloud."""
        x = np.einsum("kji,nj->kni", R, self.p)
        low, high = np.percentile(x, 2, axis=1), np.percentile(x, 98, axis=1)
        own = np.percentile(self.q, 98, axis=0) - np.percentile(self.q, 2, axis=0)
        middle = (np.percentile(self.q, 98, axis=0) + np.percentile(self.q, 2, axis=0)) / 2
        scale = np.linalg.norm(high - low, axis=1) / np.linalg.norm(own)
        t = np.einsum("kij,kj->ki", R, (low + high) / 2 - scale[:, None] * middle)
        return Similarity(*(torch.from_numpy(np.ascontiguousarray(v)) for v in (R, t, scale)))

    def _pairs(self, S: Similarity) -> tuple[Array, Array, Array, Array]:
        """Distances (k, n) and nearest template points of the cloud's, and (k, m) the other way round; in template units."""
        there = S.inverse()(torch.from_numpy(self.p)).numpy()
        here = S(torch.from_numpy(self.q)).numpy()
        apart, nearest = self.template.query(there)
        back, other = self.cloud.query(here)
        return apart, nearest, back / S.scale.numpy()[:, None], other

    def misfits(self, S: Similarity) -> Array:
        """(k,) root mean square distances, each up to `reach`: of the cloud, and of the part of the template that is nearest."""
        apart, _, back, _ = self._pairs(S)
        some = max(1, round(self.config.seen * len(self.q)))
        back = np.sort(back, axis=1)[:, :some]
        both = [np.square(np.minimum(d, self.config.reach)).mean(axis=1) for d in (apart, back)]
        return np.asarray(np.sqrt(np.mean(both, axis=0)))

    def nearer(self, S: Similarity) -> Similarity:
        """(k,) after one fit to closest points both ways; far ones count less, and of the template those that may be hidden."""
        apart, nearest, back, other = self._pairs(S)
        some = max(1, round(self.config.seen * len(self.q)))
        far = np.partition(back, some - 1, axis=1)[:, some - 1 : some]
        weights = np.concatenate([_weight(apart, self.config.reach), _weight(back, self.config.reach) * (back <= far)], axis=1)
        source = np.concatenate([self.q[nearest], np.broadcast_to(self.q, (len(back), *self.q.shape))], axis=1)
        destination = np.concatenate([np.broadcast_to(self.p, (len(apart), *self.p.shape)), self.p[other]], axis=1)
        return umeyama(*(torch.from_numpy(np.ascontiguousarray(v)) for v in (source, destination, weights)))


def _weight(distance: Array, reach: float) -> Array:
    return np.asarray((reach**2 / (reach**2 + distance**2)) ** 2)


def _few(points: Array, count: int) -> Array:
    """At most `count` points (k, 3), spread evenly: of some random ones always the one that is farthest from those before."""
    if len(points) <= count:
        return points
    some = points[np.random.default_rng(0).permutation(len(points))[: 8 * count]]
    chosen, distance = [0], np.full(len(some), np.inf)
    for _ in range(count - 1):
        distance = np.minimum(distance, np.square(some - some[chosen[-1]]).sum(axis=1))
        chosen.append(int(distance.argmax()))
    return some[chosen]


def _rotations(symmetry: Symmetry, count: int) -> Array:
    """(k, 3, 3) rotations all over; around an axis of revolution none."""
    if symmetry.fold != 0:
        return np.asarray(Rotation.from_quat(_spiral(count)).as_matrix())
    a, k = "xyz".index(symmetry.axis), max(24, count // 6)
    i = np.arange(k)
    z, around = 1 - (2 * i + 1) / k, i * math.pi * (3 - math.sqrt(5))
    axis = np.stack([np.sqrt(1 - z * z) * np.cos(around), np.sqrt(1 - z * z) * np.sin(around), z], axis=1)
    other = np.eye(3)[np.abs(axis).argmin(axis=1)]
    first = np.cross(axis, other)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    columns: list[Array] = [axis] * 3
    columns[(a + 1) % 3], columns[(a + 2) % 3] = first, np.cross(axis, first)
    return np.stack(columns, axis=2)


def _spiral(count: int) -> Array:
    """(count, 4) quaternions spread evenly: super-Fibonacci spirals (Alexa 2022)."""
    s = np.arange(count) + 0.5
    r, R = np.sqrt(s / count), np.sqrt(1 - s / count)
    alpha, beta = 2 * np.pi * s / math.sqrt(2), 2 * np.pi * s / 1.533751168755204288118041
    return np.stack([r * np.sin(alpha), r * np.cos(alpha), R * np.sin(beta), R * np.cos(beta)], axis=1)


def _part(S: Similarity, rows: Sequence[int] | NDArray[np.int64]) -> Similarity:
    index = torch.as_tensor(np.asarray(rows))
    return Similarity(S.R[index], S.t[index], S.scale[index])
