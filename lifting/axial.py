"""The similarity that pairs agree on when the template looks the same from all sides of an axis.

Features of a bottle tell the height and the radius of a point, not the side: of all template points alike, the one that a point
is paired with is anyone's guess, and no three pairs have triangles of one shape. So each pair is taken modulo a turn: from many
directions of the axis, pairs are turned to where they agree best and fitted, again and again, while what may disagree gets less
(graduated Geman-McClure weights). What is found must be more than wrong pairs agree on by chance, as in `lifting.ransac`.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from lifting.ransac import WRONG, Consensus, RansacConfig, refuse_chance, refuse_doubt, refuse_unusable, typical_size
from lifting.similarity import PRECISION, Doubt, Similarity, umeyama
from lifting.symmetry import turned
from oor.catalog.category import Symmetry

STARTS = 96  # directions of the axis, all round
ROUNDS = 14  # fits, from anything to the threshold
FINAL = 10  # fits to all pairs, in the end
SUBSET = 384  # pairs that the starts are fitted to


def axial_consensus(source: Tensor, destination: Tensor, symmetry: Symmetry, *, generator: torch.Generator,
                    config: RansacConfig | None = None) -> Consensus:
    """Like `ransac`, for n template points (n, 3) and cloud points where the template is a surface of revolution.

    The turn about the axis is arbitrary. RefusalError and ValueError as there.
    """
    config = config or RansacConfig()
    refuse_unusable(source, destination)
    x = source.double().cpu()
    middle, unit = typical_size(destination.double().cpu())
    y = (destination.double().cpu() - middle) / unit
    some = torch.randperm(len(x), generator=generator)[:SUBSET]
    S = _descend(x[some], y[some], _starts(x, symmetry), symmetry, _thresholds(config.threshold))
    score = (1 - (axial_distances(x[some], y[some], S, symmetry) / config.threshold).square()).clamp_min(0).sum(dim=-1)
    S = _descend(x, y, S[int(score.argmax())], symmetry, [config.threshold] * FINAL)
    S = Similarity(S.R, middle + unit * S.t, unit * S.scale)
    y = destination.double().cpu()
    distance = axial_distances(x, y, S, symmetry)
    refuse_chance(distance, _wrong_distances(x, y, S, symmetry, generator), STARTS, config)
    inliers = distance <= config.threshold
    residual = float(distance[inliers].square().mean().sqrt())
    certain = _doubt(x[inliers], residual, symmetry)
    refuse_doubt(certain, config)
    return Consensus(S, inliers, residual, certain, STARTS)


def axial_distances(source: Tensor, destination: Tensor, S: Similarity, symmetry: Symmetry) -> Tensor:
    """(..., n) distances of pairs after the turns that make them least, in units of the source."""
    seen = S.inverse()(destination)
    return torch.linalg.vector_norm(turned(source, seen, symmetry) - seen, dim=-1)


def _thresholds(last: float) -> list[float]:
    return [float(v) for v in np.geomspace(0.5, last, ROUNDS)]


def _starts(x: Tensor, symmetry: Symmetry) -> Similarity:
    """(STARTS,) similarities to a cloud about the origin of typical size 1: the axis in all directions, evenly (Fibonacci)."""
    a = "xyz".index(symmetry.axis)
    i = torch.arange(STARTS, dtype=torch.float64)
    z, around = 1 - (2 * i + 1) / STARTS, i * math.pi * (3 - math.sqrt(5))
    flat = (1 - z * z).sqrt()
    axis = torch.stack([flat * around.cos(), flat * around.sin(), z], dim=1)
    other = torch.eye(3, dtype=torch.float64)[axis.abs().argmin(dim=1)]
    first = torch.nn.functional.normalize(torch.linalg.cross(axis, other), dim=1)
    columns = [torch.zeros(0)] * 3
    columns[a], columns[(a + 1) % 3], columns[(a + 2) % 3] = axis, first, torch.linalg.cross(axis, first)
    height = x[:, a].median()
    from_middle = x.clone()
    from_middle[:, a] -= height
    scale = (1 / torch.linalg.vector_norm(from_middle, dim=1).median().clamp_min(PRECISION)).expand(STARTS)
    return Similarity(torch.stack(columns, dim=2), -scale[:, None] * height * axis, scale)


def _descend(x: Tensor, y: Tensor, S: Similarity, symmetry: Symmetry, thresholds: list[float]) -> Similarity:
    """Fits to pairs turned to where they agree best; pairs farther apart than the threshold hardly count."""
    for threshold in thresholds:
        seen = S.inverse()(y)
        near = turned(x, seen, symmetry)
        weights = (threshold**2 / (threshold**2 + (near - seen).square().sum(dim=-1))).square()
        S = umeyama(near, y.expand_as(near), weights)
    return S


def _wrong_distances(x: Tensor, y: Tensor, S: Similarity, symmetry: Symmetry, generator: torch.Generator) -> Tensor:
    """(WRONG,) distances of pairs that nothing has paired: each point with any other's."""
    one = torch.randint(len(x), (WRONG,), generator=generator)
    other = (one + torch.randint(1, len(x), (WRONG,), generator=generator)) % len(x)
    return axial_distances(x[one], y[other], S, symmetry)


def _doubt(x: Tensor, residual: float, symmetry: Symmetry) -> Doubt:
    """Standard errors of the axis' direction and of the scale: as `lifting.similarity.doubt`, all round the axis alike."""
    sigma = max(residual, PRECISION) / math.sqrt(3)
    a = "xyz".index(symmetry.axis)
    along = float((x[:, a] - x[:, a].mean()).square().sum())
    across = float(x.square().sum() - x[:, a].square().sum())
    return Doubt(sigma / math.sqrt(along + across / 2), sigma / math.sqrt(along + across))
