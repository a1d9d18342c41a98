"""Iterated closest points with a scale: a rough registration of a template becomes a close one.

Every point of the cloud looks for the nearest point of the template, never the other way round, so that a cloud may show one side
only; in the end the farthest share of them is left out (trimmed ICP, Chetverikov et al. 2002). The template is then fitted to the
cloud, and not the cloud to the template: a cloud that may shrink hides in the template, as small as it likes. Between points the
fit is Umeyama's; against planes, which needs fewer rounds, the linear one of Chen and Medioni (1992), with the scale as a seventh
unknown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from lifting.similarity import RefusalError, Similarity, umeyama

Array = NDArray[np.float64]
OPEN = 1e-3  # share of the strongest direction below which planes do not tell where to go: there the fit stays as it was


@dataclass(frozen=True)
class IcpConfig:
    """How closest points are used. Lengths are in units of the template, whose longest edge is 1."""

    rounds: int = 30  # at most, in each of the two stages
    keep: float = 0.9  # share of the cloud that counts in the second stage, the closest first
    reach: float = 0.1  # farther than this, a point has no counterpart
    still: float = 1e-4  # a round that moves no point farther is the last; ten times that among few points
    coarse: int = 1000  # points of the cloud that do the first stage
    anchors: float = 0.05  # what all anchors weigh together, as a share of what the cloud's points do
    scaled: bool = True  # False: the scale stays what it was


@dataclass(frozen=True, eq=False)
class Refined:
    """Where closest points came to rest. residual: root mean square distance, in units of the template, of the points that count;
    overlap: the share of the cloud within reach."""

    similarity: Similarity  # S_cloud_template, float64 on the CPU
    residual: float
    overlap: float
    rounds: int
    converged: bool


def icp(
    cloud: Tensor,
    template: Tensor,
    start: Similarity,
    *,
    normals: Tensor | None = None,
    anchors: tuple[Tensor, Tensor] | None = None,
    tree: cKDTree | None = None,
    config: IcpConfig | None = None,
) -> Refined:
    """S_cloud_template from a first guess `start`, for points (n, 3) of a cloud and (m, 3) of a template.

    normals: (m, 3) unit vectors of the template, of either sign; with them the distance to planes is least, without them that to
    points. anchors: (k, 3) points of the template and those of the cloud that they are known to be, roughly; where surfaces tell
    little, as along a plate or of its size, these have the say. tree: of the template, to save building it. The guess should be
    right to some 15 degrees. RefusalError when points are not finite, or fewer than three of the cloud are within reach.
    ValueError for shapes that do not fit.
    """
    config = config or IcpConfig()
    p, q = _points(cloud, "cloud"), _points(template, "template")
    n = None if normals is None else _points(normals, "normals")
    if n is not None and n.shape != q.shape:
        raise ValueError(f"A template of {len(q)} points needs as many normals, got {len(n)}.")
    fixed, loose = (_points(a, "anchors") for a in anchors) if anchors is not None else (q[:0], p[:0])
    if len(fixed) != len(loose):
        raise ValueError(f"Anchors are pairs of points, got {len(fixed)} of the template and {len(loose)} of the cloud.")
    S = Similarity(start.R.double().cpu(), start.t.double().cpu(), start.scale.double().cpu()).inverse()
    walk = _Walk(q, n, fixed, loose, cKDTree(q) if tree is None else tree, config)
    some = p[np.linspace(0, len(p) - 1, config.coarse).astype(int)] if len(p) > config.coarse else p
    S, rounds, _ = walk.descend(some, S, 10 * config.still, keep=1.0)  # at first, what is far tells the most: a mug's handle
    S, more, converged = walk.descend(p, S, config.still, config.keep)
    residual, overlap = walk.judge(p, S)
    return Refined(S.inverse(), residual, overlap, rounds + more, converged)


def _points(points: Tensor, what: str) -> Array:
    if points.ndim != 2 or points.shape[1] != 3:
        raise ValueError(f"The {what} must be (n, 3), got {tuple(points.shape)}.")
    values: Array = points.detach().double().cpu().numpy()
    if not np.isfinite(values).all():
        raise RefusalError("not finite", f"The {what} has NaN or infinity; drop these points or fix what produced them.")
    return values


@dataclass(frozen=True, eq=False)
class _Walk:
    """A template, and the way down to it."""

    template: Array
    normals: Array | None
    fixed: Array  # anchors on the template
    loose: Array  # and in the cloud
    tree: cKDTree
    config: IcpConfig

    def descend(self, cloud: Array, S: Similarity, still: float, keep: float) -> tuple[Similarity, int, bool]:
        """From S_template_cloud to where it stops: the new one, rounds, and whether it came to rest."""
        for done in range(1, self.config.rounds + 1):
            x, _, nearest = self._counted(cloud, S, keep)
            step = self._step(x, nearest, S(torch.from_numpy(self.loose)).numpy())
            moved = float(np.abs(step(torch.from_numpy(x)).numpy() - x).max())
            S = step @ S
            if moved < still:
                return S, done, True
        return S, self.config.rounds, False

    def judge(self, cloud: Array, S: Similarity) -> tuple[float, float]:
        """The residual, and the overlap."""
        x, distance, _ = self._counted(cloud, S, self.config.keep)
        return float(np.sqrt(np.square(distance).mean())), min(1.0, len(x) / len(cloud) / self.config.keep)

    def _counted(self, cloud: Array, S: Similarity, keep: float) -> tuple[Array, Array, NDArray[np.int64]]:
        """What counts of the cloud, in the template's frame: points, distances to the nearest template points, and which."""
        x = S(torch.from_numpy(cloud)).numpy()
        distance, nearest = self.tree.query(x, distance_upper_bound=self.config.reach)
        close = np.flatnonzero(nearest < len(self.template))
        most = math.ceil(keep * len(close))
        if most < 3:
            told = f"{len(close)} of {len(cloud)} points are near the template; start from a better guess."
            raise RefusalError("no overlap", told)
        if most < len(close):
            close = close[np.argpartition(distance[close], most - 1)[:most]]
        return x[close], distance[close], nearest[close]

    def _step(self, x: Array, nearest: NDArray[np.int64], anchored: Array) -> Similarity:
        """What brings points x, and anchors, both in the template's frame, nearer to it."""
        weight = self.config.anchors * len(x) / max(1, len(anchored))
        q = self.template[nearest]
        if self.normals is not None:
            return _to_planes(x, q, self.normals[nearest], anchored, self.fixed, weight, self.config.scaled).inverse()
        weights = np.concatenate([np.ones(len(x)), np.full(len(anchored), weight)])
        sides = np.concatenate([q, self.fixed]), np.concatenate([x, anchored]), weights
        source, destination, share = map(torch.from_numpy, sides)
        return umeyama(source, destination, share, scaled=self.config.scaled).inverse()


def _to_planes(x: Array, q: Array, n: Array, anchored: Array, fixed: Array, weight: float, scaled: bool) -> Similarity:
    """One Gauss-Newton step of planes, through q with normals n, to points x, and of anchors to where they are seen.

    About the middle of q and in units of its spread, the row of the Jacobian for a turn w, a growth g and a shift v is
    `(y x n, y . n, n)`. An anchor is three planes. Directions that all of this leaves open, as a turn about the axis of a bottle,
    are not taken.
    """
    middle = q.mean(axis=0)
    size = float(np.sqrt(np.square(q - middle).sum(axis=1).mean()))
    axes = np.sqrt(weight) * np.repeat(np.eye(3), len(fixed), axis=0)
    n = np.concatenate([n, axes])
    y = np.concatenate([q, *[fixed] * 3]) - middle
    r = ((np.concatenate([x, *[anchored] * 3]) - middle - y) * n).sum(axis=1) / size
    y /= size
    J = np.concatenate([np.cross(y, n), (y * n).sum(axis=1, keepdims=True) * scaled, n], axis=1)
    values, vectors = np.linalg.eigh(J.T @ J)
    told = values > OPEN * values[-1]
    w_g_v = vectors[:, told] @ ((vectors[:, told].T @ (J.T @ r)) / values[told])
    return _about(middle, w_g_v[:3], math.exp(float(w_g_v[3])), size * w_g_v[4:])


def _about(middle: Array, turn: Array, scale: float, shift: Array) -> Similarity:
    """A turn (rotation vector) and a scale about a point, then a shift."""
    angle = float(np.linalg.norm(turn))
    x, y, z = turn / angle if angle > 0 else turn
    K = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    R = np.eye(3) + math.sin(angle) * K + 2 * math.sin(angle / 2) ** 2 * (K @ K)  # Rodrigues
    t = middle - scale * (R @ middle) + shift
    return Similarity(torch.from_numpy(R), torch.from_numpy(t), torch.tensor(scale, dtype=torch.float64))
