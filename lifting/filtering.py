"""Which samples are believed, and why the others are not: the paper's filters in the paper's order (section A).

Masks, structure, at least 100 points each, registration, the distance from the mesh to the cloud, sizes, and in the end a judge
who looks at the registered pair; the paper asks a vision-language model, the embedded judge compares outlines with the masks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from lifting.fitting import Fit
from lifting.masks import BASE, TARGET, Masks
from lifting.relative import PlacedBox
from lifting.reprojection import RegisteredPair
from lifting.structure import Structure
from lifting.templates import Candidate
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.relation import Relation

Reason = Literal[
    "segmentation failed", "structure failed", "too few points", "registration refused", "few pairs agree", "another shape",
    "ambiguous", "mesh off the cloud", "implausible scale", "judged wrong",
]  # fmt: skip
Figures = Mapping[str, float]
ROLES = (("target", TARGET), ("base", BASE))


@dataclass(frozen=True)
class Thresholds:
    """From where on a sample is not believed.

    distance: mean from what views show of a mesh to its cloud, in parts of the mesh's longest edge. With oracles before them,
    half of right registrations have less than 0.02, nineteen of twenty less than 0.03, and all less than 0.04.
    """

    seen: float = 0.0005  # share of a view's pixels below which it does not show an object
    views: float = 0.5  # least share of views that show both
    placed: float = 0.6  # least share of views that the structure placed
    points: int = 100  # the paper's: least of each object
    agreement: float = 0.25  # least share of pairs that agree with the registration, where these alone told
    misfit: float = 0.045  # largest of shape, in parts of the template, where shape told, too
    lead: float = 1.1  # and by what factor the next place must be worse
    distance: float = 0.05  # largest of each object
    slack: float = 1.3  # by what factor the ratio of sizes may leave the catalog's ranges


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of an item. What failed is None, and so is all that comes after it; pairs are target and base."""

    context: Context
    masks: Masks | None
    structure: Structure | None = None
    points: tuple[int, int] = (0, 0)
    candidates: tuple[Candidate, Candidate] | None = None
    fits: tuple[Fit, Fit] | None = None
    relation: Relation | None = None

    @property
    def pair(self) -> RegisteredPair:
        """The registered pair, of an item whose fits have boxes."""
        assert self.masks is not None and self.structure is not None and self.candidates is not None and self.fits is not None
        target, base = (fit.box for fit in self.fits)
        assert target is not None and base is not None
        return RegisteredPair(self.structure, (self.masks.shape[2], self.masks.shape[1]), self.candidates, (target, base))


@dataclass(frozen=True)
class Verdict:
    """Why a sample is not believed: a reason for programs (None: it is believed), a sentence, and the figures behind it.

    detail: the reason that the registration itself gives, where it was refused.
    """

    reason: Reason | None
    sentence: str
    figures: Figures = field(default_factory=dict)
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether the sample is believed."""
        return self.reason is None


@dataclass(frozen=True)
class Judgement:
    """What a judge says of a registered pair."""

    passed: bool
    sentence: str
    figures: Figures = field(default_factory=dict)


Judge = Callable[[Evidence], Judgement]  # looks at an item of which everything is known


def verdict(evidence: Evidence, judge: Judge, thresholds: Thresholds | None = None) -> Verdict:
    """The first thing that is wrong with an item, with the figures that were found on the way; or that nothing is."""
    figures: dict[str, float] = {}
    for found in _checks(evidence, judge, thresholds or Thresholds()):
        figures |= found.figures
        if not found.passed:
            return Verdict(found.reason, found.sentence, figures, found.detail)
    return Verdict(None, "All filters were passed.", figures)


def _checks(evidence: Evidence, judge: Judge, limits: Thresholds) -> Iterator[Verdict]:
    """What each filter says, in order. Each may rely on what those before it have asked for."""
    if evidence.masks is None:
        yield Verdict("segmentation failed", "There are no masks.")
        return
    yield _segmentation(evidence.masks, limits)
    if evidence.structure is None:
        yield Verdict("structure failed", "There is no structure.")
        return
    placed = float(evidence.structure.placed.mean()) if len(evidence.structure.placed) else 0.0
    yield _limited("structure failed", "placed", placed, limits.placed, "of the views were placed")
    for (role, _), count in zip(ROLES, evidence.points, strict=True):
        yield _limited("too few points", f"{role}_points", count, limits.points, f"points are on the {role}")
    assert evidence.fits is not None
    for (role, _), fit in zip(ROLES, evidence.fits, strict=True):
        yield _registration(role, fit, limits)
    pair = evidence.pair
    for (role, _), fit, shown, box in zip(ROLES, evidence.fits, pair.shown(), pair.boxes, strict=True):
        yield _distance(role, fit.cloud, shown, box, limits)
    assert evidence.relation is not None
    yield _sizes(evidence.context, evidence.relation, limits)
    said = judge(evidence)
    yield Verdict(None if said.passed else "judged wrong", said.sentence, said.figures)


def _limited(reason: Reason, name: str, value: float, least: float, what: str) -> Verdict:
    """A figure that must not be below a limit."""
    sentence = f"{value:.3g} {what}; {least:g} are needed."
    return Verdict(None if value >= least else reason, sentence, {name: float(value)})


def _segmentation(masks: Masks, limits: Thresholds) -> Verdict:
    shares = np.stack([(masks == label).mean(axis=(1, 2)) for _, label in ROLES], axis=1)
    both = float((shares >= limits.seen).all(axis=1).mean()) if len(masks) else 0.0
    return _limited("segmentation failed", "views_with_both", both, limits.views, "of the views show both objects")


def _registration(role: str, fit: Fit, limits: Thresholds) -> Verdict:
    found = fit.registration
    if found.similarity is None:
        return Verdict("registration refused", f"The {role} was not registered: {found.message}", detail=str(found.reason))
    agreement = f"{role}_agreement"
    if math.isnan(found.lead):
        return _limited("few pairs agree", agreement, found.inlier_ratio, limits.agreement, f"of the {role}'s pairs agree")
    figures = {agreement: found.inlier_ratio, f"{role}_misfit": found.misfit, f"{role}_lead": found.lead}
    if found.misfit > limits.misfit:
        sentence = f"The {role} is {found.misfit:.3f} of its length off its template; at most {limits.misfit:g} are allowed."
        return Verdict("another shape", sentence, figures)
    worse = _limited("ambiguous", f"{role}_lead", found.lead, limits.lead, f"times worse fits the {role} where it fits next best")
    return replace(worse, figures=figures)


def _distance(role: str, cloud: Tensor, shown: NDArray[np.float64], box: PlacedBox, limits: Thresholds) -> Verdict:
    """The paper's Chamfer distance from the mesh to the cloud; of the mesh only what the views show, in parts of its length."""
    apart = math.inf if len(shown) == 0 else float(cKDTree(cloud.numpy()).query(shown)[0].mean()) / _longest(box.scale)
    sentence = f"The {role}'s mesh is {apart:.3f} of its length from the cloud; at most {limits.distance:g} are allowed."
    figures = {f"{role}_distance": apart} if math.isfinite(apart) else {}  # no view shows it: no figure
    return Verdict(None if apart <= limits.distance else "mesh off the cloud", sentence, figures)


def _sizes(context: Context, relation: Relation, limits: Thresholds) -> Verdict:
    """The ratio of the longest edges, against what the catalog says of both categories."""
    known = categories()
    target, base = known[context.target].length_m, known[context.base].length_m
    least, most = target[0] / base[1] / limits.slack, target[1] / base[0] * limits.slack
    ratio = _longest(relation.scale_target) / _longest(relation.scale_base)
    sentence = f"The {context.target} is {ratio:.3g} times as long as the {context.base}; {least:.3g} to {most:.3g} is usual."
    return Verdict(None if least <= ratio <= most else "implausible scale", sentence, {"ratio": ratio})


def _longest(scale: Tensor) -> float:
    return float(torch.amax(scale))
