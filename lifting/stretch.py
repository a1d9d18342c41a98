"""The proportions of an instance: a registered template is stretched along its own axes until it fits the cloud better.

A template is not the instance: boxes of one category differ by some percent along each axis, and the paper's one scale (Eq. 6)
gives all of that to the sample. Here three edges take the place of the scale, in a fit to tangent planes and to points that
features pair, with a prior on how far edges stray from the template's proportions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from torch import Tensor

from lifting.matching import THRESHOLD, nearest_by_cosine
from lifting.registration import FeaturePoints
from lifting.relative import PlacedBox, placed
from lifting.similarity import Similarity
from lifting.symmetry import turned
from oor.catalog.category import Symmetry

Array = NDArray[np.float64]


@dataclass(frozen=True)
class StretchConfig:
    """How edges are fitted. Lengths are in units of the template, whose longest edge is 1."""

    rounds: int = 18  # of the fit
    reach: float = 0.1  # of closest points in the first round; it falls to a third
    noise: float = 0.02  # of points about their planes: farther ones count less (Cauchy)
    anchor_noise: float = 0.15  # of points about those that features pair them with
    effective: int = 400  # points the cloud counts for at most, and pairs: what is wrong with neighbours is wrong together
    prior: float = 0.08  # standard deviation of log edges about the template's proportions
    most: float = 0.35  # how far a log edge may stray
    few: int = 50  # closest points below which proportions stay as they are


@dataclass(frozen=True, eq=False)
class _Surface:
    """A template: points (n, 3), normals (n, 3) of either sign, and those of its points (k, 3) that pairs are made of."""

    points: Array
    normals: Array
    paired: Array


def stretched(cloud: FeaturePoints, template: FeaturePoints, start: Similarity, extents: Tensor, symmetry: Symmetry,
              config: StretchConfig | None = None) -> PlacedBox:
    """The box of a template with edges (3,) registered to a cloud by `start`, with edges of its own.

    Edges across the axis of a turn that is no half-turn stay equal, since nobody can tell which is which. Where too little of the
    cloud is near the template, the box is as `start` has it. ValueError for a template without normals.
    """
    config = config or StretchConfig()
    if template.normals is None:
        raise ValueError("only a template with normals can be stretched; describe it first")
    pairs = nearest_by_cosine(cloud.features, template.features, THRESHOLD)
    p, loose = cloud.points.double().numpy(), cloud.points[pairs.cloud].double()
    paired = turned(template.points[pairs.template].double(), start.inverse()(loose), symmetry).numpy()
    surface = _Surface(template.points.double().numpy(), template.normals.double().numpy(), paired)
    R, t, unit, growth = start.R.numpy().copy(), start.t.numpy().copy(), float(start.scale), np.zeros(3)
    ties = _ties(symmetry)
    for reach in np.geomspace(config.reach, config.reach / 3, config.rounds):
        x, anchored = ((points - t) @ R / unit for points in (p, loose.numpy()))
        step = _step(x, anchored, surface, growth, ties, float(reach), config)
        if step is None:
            return placed(start, extents, symmetry)
        growth = np.clip(growth + ties @ step[6:], -config.most, config.most)
        t = t + unit * R @ step[3:6]
        R = R @ Rotation.from_rotvec(step[:3]).as_matrix()
    S_world_template = Similarity(torch.from_numpy(R), torch.from_numpy(t), start.scale)
    return placed(S_world_template, extents * torch.from_numpy(np.exp(growth)), symmetry)


def _ties(symmetry: Symmetry) -> Array:
    """(3, k) from free log edges to all three."""
    if symmetry.fold in (1, 2):
        return np.eye(3)
    along = np.eye(3)["xyz".index(symmetry.axis)]
    return np.stack([along, 1 - along], axis=1)


def _step(x: Array, anchored: Array, surface: _Surface, growth: Array, ties: Array, reach: float,
          config: StretchConfig) -> Array | None:
    """One Gauss-Newton step (6 + k,) towards points x and anchored ones: turn and shift of the box in its own frame, and growth
    of its free edges. None where fewer than a few points are within reach."""
    s = np.exp(growth)
    y = s * surface.points
    nearest = cKDTree(y).query(x, distance_upper_bound=reach)[1]
    close = np.flatnonzero(nearest < len(y))
    if len(close) < config.few:
        return None
    normals = surface.normals[nearest[close]] / s
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    A, b = _planes(y[nearest[close]], normals, x[close], ties, config.noise, config.effective)
    z = s * surface.paired
    for axis in np.eye(3):  # a pair is three planes
        terms = _planes(z, np.tile(axis, (len(z), 1)), anchored, ties, config.anchor_noise, config.effective)
        A, b = A + terms[0], b + terms[1]
    middle = np.eye(3) - 1 / 3  # that all edges grow alike is free
    A[6:, 6:] += ties.T @ middle @ ties / config.prior**2
    b[6:] -= ties.T @ middle @ growth / config.prior**2
    return np.asarray(np.linalg.solve(A + 1e-6 * np.eye(len(A)), b), float)


def _planes(y: Array, n: Array, x: Array, ties: Array, noise: float, effective: int) -> tuple[Array, Array]:
    """Normal equations of planes through y (m, 3) with normals n, to points x: the row of the Jacobian for a turn w, a shift v
    and the growth g of free edges is `(y x n, n, (y * n) ties)`; far points count less."""
    residual = ((x - y) * n).sum(axis=1)
    weight = min(1.0, effective / max(len(x), 1)) / (noise**2 + residual**2)
    J = np.concatenate([np.cross(y, n), n, (y * n) @ ties], axis=1)
    weighted = (J * weight[:, None]).T
    return weighted @ J, weighted @ residual
