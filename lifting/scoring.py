"""How far a sample is from the truth, over all that looks the same; and what becomes of many samples."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lifting.symmetry import rotation_error
from oor.catalog.category import Symmetry
from oor.relation import Relation, gauge, unpack

GROSS_DEG, GROSS_SCALE = 20.0, 0.20  # beyond either, a sample is wrong rather than inexact
_STEPS = 720  # of a full turn, when a base looks the same from all sides
_FINER = 41  # between two of them


@dataclass(frozen=True)
class SampleError:
    """What is wrong with a relation. Lengths are in units of the base's longest edge.

    rotation_deg, translation: after the turn of the base that makes both least. scale: of the target's longest edge, relative.
    edges_target, edges_base: of each edge, relative (the base's against its longest).
    """

    rotation_deg: float
    translation: float
    scale: float
    edges_target: tuple[float, float, float]
    edges_base: tuple[float, float, float]

    @property
    def gross(self) -> bool:
        """Whether it is wrong rather than inexact."""
        return self.rotation_deg > GROSS_DEG or self.scale > GROSS_SCALE


def sample_error(sample: Tensor, truth: Tensor, target: Symmetry, base: Symmetry) -> SampleError:
    """How far a relation vector (15,) is from another, if turns of the target and of the base may go unseen.

    A turn g of the base takes (R, t) to (g R, g t), one of the target R to R g. The base's is the one with the least sum of the
    angle, times the target's longest edge, and the distance. ValueError as `oor.relation.unpack`.
    """
    a, b = gauge(unpack(sample.double())), gauge(unpack(truth.double()))
    length = float(b.scale_target.max())
    turns = _turns(base)
    angle, distance = _pose_errors(a, b, turns, target)
    best = turns[int((length * angle + distance).argmin())]
    if base.fold == 0:
        step = 2 * math.pi / _STEPS
        turns = _about("xyz".index(base.axis), torch.linspace(-step, step, _FINER, dtype=torch.float64)) @ best
        angle, distance = _pose_errors(a, b, turns, target)
    i = int((length * angle + distance).argmin())
    grown, base_grown = a.scale_target / b.scale_target - 1, a.scale_base / b.scale_base - 1
    longest = float(a.scale_target.max() / b.scale_target.max() - 1)
    return SampleError(math.degrees(float(angle[i])), float(distance[i]), abs(longest), _three(grown), _three(base_grown))


def _pose_errors(a: Relation, b: Relation, turns: Tensor, target: Symmetry) -> tuple[Tensor, Tensor]:
    """(n,) angles in radians and distances, for each turn (n, 3, 3) of the base."""
    R = turns @ a.R_base_target
    angle = rotation_error(R, b.R_base_target.expand_as(R), target)
    return angle, torch.linalg.vector_norm(turns @ a.t_base_target - b.t_base_target, dim=-1)


def _turns(symmetry: Symmetry) -> Tensor:
    """(n, 3, 3) turns that leave an object as it is; of any angle, so many that one is near."""
    count = symmetry.fold or _STEPS
    return _about("xyz".index(symmetry.axis), 2 * math.pi / count * torch.arange(count, dtype=torch.float64))


def _about(axis: int, angle: Tensor) -> Tensor:
    b, c = (axis + 1) % 3, (axis + 2) % 3
    R = torch.eye(3, dtype=torch.float64).repeat(len(angle), 1, 1)
    R[:, b, b] = R[:, c, c] = angle.cos()
    R[:, c, b], R[:, b, c] = angle.sin(), -angle.sin()
    return R


def _three(values: Tensor) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z


@dataclass(frozen=True)
class Summary:
    """Of many items: how many there were, the share that passed all filters, medians over those, and why the others did not.

    gross: share of the passed ones that are wrong rather than inexact. edges: median absolute error of the target's edges.
    """

    items: int
    passed: float
    rotation_deg: float
    translation: float
    scale: float
    edges: float
    gross: float
    reasons: dict[str, int]


def summary(outcomes: Iterable[SampleError | str]) -> Summary:
    """Of errors of samples that passed, and reasons of those that did not. Medians of none are NaN."""
    outcomes = list(outcomes)
    errors = [outcome for outcome in outcomes if isinstance(outcome, SampleError)]
    reasons = Counter(outcome for outcome in outcomes if isinstance(outcome, str))
    return Summary(
        len(outcomes), len(errors) / len(outcomes) if outcomes else math.nan, _median([e.rotation_deg for e in errors]),
        _median([e.translation for e in errors]), _median([e.scale for e in errors]),
        _median([abs(v) for e in errors for v in e.edges_target]),
        sum(e.gross for e in errors) / len(errors) if errors else math.nan, dict(reasons.most_common()),
    )  # fmt: skip


def _median(values: Sequence[float]) -> float:
    return float(torch.tensor(values, dtype=torch.float64).quantile(0.5)) if values else math.nan
