"""Where a template is in a cloud, by what it looks like and by its shape: pairs of features make one answer, shape makes others.

Closest points refine them all. The one that fits best is taken, where features agree with it as well as with any other; how much
better it is than the next one that is turned otherwise says how sure one may be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lifting.axial import axial_distances
from lifting.icp import Refined, icp
from lifting.matching import nearest_by_cosine
from lifting.registration import FeaturePoints, Registration, RegistrationConfig, register
from lifting.shape import Answer, Fit, ShapeConfig, shape_answers
from lifting.similarity import RefusalError, Similarity
from lifting.symmetry import canonical
from oor.catalog.category import Symmetry

COMPARED = 800  # points that refined answers are compared on
NEAR = 0.15  # parts of the template within which a pair agrees with an answer; features are not exact
LEAD = 50.0  # of an answer that has no rival
RIVAL_DEG = 45.0  # answers turned by less are no rivals, but the same answer less well refined


@dataclass(frozen=True, eq=False)
class _Refined:
    """An answer after closest points, what features say of it, and its cost: the less the better."""

    answer: Answer
    close: Refined
    agreement: float

    @property
    def cost(self) -> float:
        """The logarithm of the misfit, less what the agreement of pairs makes up for."""
        return math.log(max(self.answer.misfit, 1e-6)) - self.agreement


def locate(cloud: FeaturePoints, template: FeaturePoints, *, generator: torch.Generator, symmetry: Symmetry,
           config: RegistrationConfig, shape: ShapeConfig | None = None) -> Registration:
    """As `register`, and where shape is given also by shape alone: `lead` says by what factor the next answer is worse.

    What pairs alone refuse may still be found. Clouds of fewer than three points are refused as there.
    """
    paired = register(cloud, template, generator=generator, symmetry=symmetry, config=config)
    if shape is None or min(len(cloud.points), len(template.points)) < 3 or not (cloud.finite and template.finite):
        return paired
    found = sorted(_answers(cloud, template, paired, symmetry, config, shape), key=lambda one: one.cost)
    if not found:
        return paired
    best = found[0]
    rivals = [one.cost for one in found if one.answer.angle_deg(best.answer, symmetry) > RIVAL_DEG]
    lead = math.exp(min(rivals) - best.cost) if rivals else LEAD
    return Registration(canonical(best.answer.similarity, symmetry), None, "", paired.pairs, best.agreement, best.close.residual,
                        best.close.overlap, paired.hypotheses, refined=True, misfit=best.answer.misfit, lead=min(lead, LEAD))


def _answers(cloud: FeaturePoints, template: FeaturePoints, paired: Registration, symmetry: Symmetry, config: RegistrationConfig,
             shape: ShapeConfig) -> Iterator[_Refined]:
    """All answers, refined, without those that closest points lose."""
    starts = [answer.similarity for answer in shape_answers(cloud.points, template.points, symmetry, shape)]
    fit = Fit.of(cloud.points, template.points, replace(shape, points=COMPARED))
    pairs = nearest_by_cosine(cloud.features, template.features, config.similarity)
    source, destination = (points.double().cpu() for points in (template.points[pairs.template], cloud.points[pairs.cloud]))
    for start in [*starts, *([] if paired.similarity is None else [paired.similarity])]:
        try:
            close = icp(cloud.points, template.points, start, normals=template.normals, tree=template.tree, config=config.icp)
        except RefusalError:
            continue
        S = close.similarity
        misfit = float(fit.misfits(Similarity(S.R[None], S.t[None], S.scale.reshape(1)))[0])
        yield _Refined(Answer(S, misfit), close, _agreement(source, destination, S, symmetry))


def _agreement(source: Tensor, destination: Tensor, S: Similarity, symmetry: Symmetry) -> float:
    """From 0 to 1: how near pairs are to each other, on average."""
    if len(source) == 0:
        return 0.0
    apart = axial_distances(source, destination, S, symmetry)
    return float(torch.exp(-(apart**2) / (2 * NEAR**2)).mean())
