"""The last stages: two registrations become a relation, filters say whether to believe it, the truth how far off it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lifting.filtering import Evidence, Judge, Thresholds, verdict
from lifting.fitting import Fit
from lifting.images import Picture
from lifting.masks import Masks
from lifting.registering import ROLES, Pool
from lifting.relative import relative, viewer
from lifting.results import Sample
from lifting.scoring import SampleError, sample_error
from lifting.structure import Structure
from lifting.world import read_scene
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.relation import Relation, pack

LOST_AT = {"segmentation failed": "masks", "structure failed": "structure", "too few points": "masks",
           "registration refused": "registration"}  # the stage that is to blame for what a filter says; else the last


def conclude(picture: Picture, structure: Structure, masks: Masks, fits: Mapping[str, Fit], chosen: Mapping[str, Any], pool: Pool,
             judge: Judge, limits: Thresholds) -> Sample:
    """The sample of an item, and whether filters believe it. Its quality is how much the worse outline fits its mask."""
    target, base = (fits[role] for role in ROLES)
    taken = [pool.candidates(getattr(picture.context, role))[chosen[role]["chosen"]] for role in ROLES]
    relation = _relation(target, base, structure)
    evidence = Evidence(picture.context, masks, structure, (len(target.cloud), len(base.cloud)), (taken[0], taken[1]),
                        (target, base), relation)
    said = verdict(evidence, judge, limits)
    figures = {name: round(float(value), 6) for name, value in said.figures.items() if math.isfinite(value)}
    reason = f"{said.reason}: {said.detail}" if said.detail else said.reason or ""
    vector = () if relation is None else tuple(pack(relation).tolist())
    quality = min((figures[f"{role}_iou"] for role in ROLES if f"{role}_iou" in figures), default=0.0)
    return Sample(vector, picture.caption, quality, LOST_AT.get(str(said.reason), "sample"), reason,
                  "" if said.passed else said.sentence, figures)


def _relation(target: Fit, base: Fit, structure: Structure) -> Relation | None:
    if target.box is None or base.box is None or not structure.placed.any():
        return None
    return relative(target.box, base.box, viewer(structure))


def score(sample: Sample, context: Context, truth: Path) -> SampleError | None:
    """How far a sample is from the truth; None where there is no relation to compare."""
    if not sample.vector:
        return None
    vector = torch.from_numpy(read_scene(truth).vector.copy())
    symmetries = (categories()[getattr(context, role)].symmetry for role in ROLES)
    return sample_error(torch.tensor(sample.vector, dtype=torch.float64), vector, *symmetries)
