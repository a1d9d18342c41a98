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
    """How edges are fitted. Lengths are in units of the template, whose longest edge is 1.

    rounds: of the fit. reach: of closest points in the first round; it falls to a third. noise: of points about their planes.
    anchor_noise: of points about those that features pair them with. prior: standard deviation of log edges about the template's.
    most: no edge strays farther, as a factor's logarithm. few: closest points below which proportions stay as they are.
    """

    rounds: int = 12
    reach: float = 0.09
    noise: float = 0.02
    anchor_noise: float = 0.3
    prior: float = 0.08
    most: float = 0.35
    few: int = 50
    effective: int = 400  # how many points the cloud counts for: neighbours' errors are not their own


def stretched(cloud: FeaturePoints, template: FeaturePoints, start: Similarity, extents: Tensor, symmetry: Symmetry,
              config: StretchConfig | None = None) -> PlacedBox:
    """The box of a template of edges (3,) registered to a cloud by `start`, with edges of its own.

    Edges across the axis of a turn that is no half-turn stay equal, since nobody can tell which is which. The box is as `start`
    has it where the cloud tells no more.
    """
    config = config or StretchConfig()
    R, t, log_scale = start.R.numpy().copy(), start.t.numpy().copy(), np.zeros(3)
    unit = float(start.scale)
    p, q = cloud.points.double().numpy(), template.points.double().numpy()
    assert template.normals is not None
    n = template.normals.double().numpy()
    pairs = nearest_by_cosine(cloud.features, template.features, THRESHOLD)
    loose = p[pairs.cloud.numpy()]
    fixed = turned(template.points[pairs.template].double(), start.inverse()(torch.from_numpy(loose)), symmetry).numpy()
    ties = _ties(symmetry)
    for i in range(config.rounds):
        reach = config.reach * 3.0 ** (-i / max(config.rounds - 1, 1))
        x, a = ((points - t) @ R / unit for points in (p, loose))
        step = _step(x, q, n, a, fixed, log_scale, ties, reach, config)
        if step is None:
            return placed(start, extents, symmetry)
        log_scale = np.clip(log_scale + ties @ step[6:], -config.most, config.most)
        t = t + unit * R @ step[3:6]
        R = R @ Rotation.from_rotvec(step[:3]).as_matrix()
    similarity = Similarity(torch.from_numpy(R), torch.from_numpy(t), start.scale)
    return placed(similarity, extents * torch.from_numpy(np.exp(log_scale)), symmetry)


def _ties(symmetry: Symmetry) -> Array:
    """(3, k) from free log edges to all three."""
    if symmetry.fold in (1, 2):
        return np.eye(3)
    along = np.eye(3)["xyz".index(symmetry.axis)]
    return np.stack([along, 1 - along], axis=1)


def _step(x: Array, q: Array, n: Array, anchored: Array, fixed: Array, log_scale: Array, ties: Array, reach: float,
          config: StretchConfig) -> Array | None:
    """One Gauss-Newton step (6 + k,): turn and shift of the box in its own frame, and growth of its free edges."""
    s = np.exp(log_scale)
    y = s * q
    nearest = cKDTree(y).query(x, distance_upper_bound=reach)[1]
    close = np.flatnonzero(nearest < len(y))
    if len(close) < config.few:
        return None
    at = y[nearest[close]]
    normal = n[nearest[close]] / s
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    residual = ((x[close] - at) * normal).sum(axis=1)
    weight = min(1.0, config.effective / len(close)) / (config.noise**2 + residual**2)
    J = np.concatenate([np.cross(at, normal), normal, (at * normal) @ ties], axis=1)
    A, b = (J * weight[:, None]).T @ J, (J * weight[:, None]).T @ residual
    if len(fixed):
        z = s * fixed
        apart = anchored - z
        share = min(1.0, config.effective / len(fixed)) / (config.anchor_noise**2 + (apart**2).sum(axis=1))
        for k in range(3):
            e = np.tile(np.eye(3)[k], (len(z), 1))
            J = np.concatenate([np.cross(z, e), e, (z * e) @ ties], axis=1)
            A += (J * share[:, None]).T @ J
            b += (J * share[:, None]).T @ apart[:, k]
    A, b = _with_prior(A, b, log_scale, ties, config.prior)
    return np.linalg.solve(A, b)


def _with_prior(A: Array, b: Array, log_scale: Array, ties: Array, prior: float) -> tuple[Array, Array]:
    """The same growth of all edges is free, what makes them differ is not."""
    centre = np.eye(3) - 1 / 3
    P = np.zeros_like(A)
    P[6:, 6:] = ties.T @ centre @ ties / prior**2
    gradient = np.zeros_like(b)
    gradient[6:] = -ties.T @ centre @ log_scale / prior**2
    return A + P + 1e-6 * np.eye(len(A)), b + gradient
