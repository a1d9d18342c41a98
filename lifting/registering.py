"""The stages between features and the sample: what they write, so that each can be done again alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lifting.features import Closeups, FeatureExtractor, of_observations
from lifting.fitting import Fit, FitConfig, fit_object, object_points
from lifting.masks import BASE, TARGET, Masks
from lifting.refusals import NotLiftableError
from lifting.registration import Registration
from lifting.relative import PlacedBox
from lifting.similarity import Similarity
from lifting.structure import Structure
from lifting.templates import COUNT, Candidate, Described, Rig, Shelf, candidates, object_views, scores
from lifting.views import Views
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.files import write_npz, write_text

ROLES = {"target": TARGET, "base": BASE}


@dataclass(frozen=True)
class TemplateChoice:
    """The candidates of each category, and how they are pictured."""

    count: int = COUNT
    rig: Rig = field(default_factory=Rig)


@dataclass(frozen=True, eq=False)
class ItemFeatures:
    """What the views of an item say. observations: (m, f) of its structure's. seen: by role, (k, f) the mean of each view."""

    observations: Tensor
    seen: Mapping[str, Tensor]


def item_features(extractor: FeatureExtractor, views: Views, structure: Structure, masks: Masks) -> ItemFeatures:
    """Features of an item's observations and of its objects. NotLiftableError where no view shows one of them."""
    for role, label in ROLES.items():
        if not (masks == label).any():
            raise NotLiftableError(f"no {role}", f"no view shows the {role}, as the masks have it")
    if hasattr(extractor, "observed"):  # an oracle, which knows no close-ups
        seen = {role: object_views(extractor, views.rgb, masks == label) for role, label in ROLES.items()}
        return ItemFeatures(extractor.observed(views, structure), seen)
    near = {role: Closeups.of(views.rgb, masks == label) for role, label in ROLES.items()}
    for role, closeups in near.items():
        if len(closeups.view) == 0:
            raise NotLiftableError(f"no {role}", f"no view shows more than a few pixels of the {role}, as the masks have it")
    once = _Remembered(extractor)
    seen = {role: object_views(once, closeups.rgb, closeups.mask) for role, closeups in near.items()}
    told = of_observations(once, structure, masks, {ROLES[role]: closeups for role, closeups in near.items()})
    return ItemFeatures(told, seen)


class _Remembered:
    """An extractor that looks at the same pictures only once."""

    def __init__(self, extractor: FeatureExtractor) -> None:
        self._extractor = extractor
        self._known: dict[tuple[int, int], Tensor] = {}

    def __call__(self, rgb: NDArray[np.uint8]) -> Tensor:
        place = int(rgb.ctypes.data), len(rgb)
        if place not in self._known:
            self._known[place] = self._extractor(rgb)
        return self._known[place]


def write_features(folder: Path, features: ItemFeatures) -> None:
    """`features.npz`, in half precision."""
    arrays = {"observations": features.observations, **features.seen}
    write_npz(folder / "features.npz", {name: values.half().numpy() for name, values in arrays.items()})


def read_features(folder: Path) -> ItemFeatures:
    """The features that `write_features` wrote, in single precision."""
    with np.load(folder / "features.npz", allow_pickle=False) as file:
        told = {name: torch.from_numpy(file[name]).float() for name in ("observations", *ROLES)}
    return ItemFeatures(told.pop("observations"), told)


@dataclass
class Pool:
    """The candidates of all categories, and what they look like; kept in a folder, so that a run describes each only once."""

    extractor: FeatureExtractor
    identity: str
    choice: TemplateChoice
    folder: Path | None
    _known: dict[str, list[Candidate]] = field(default_factory=dict, init=False, repr=False)
    _described: dict[str, Described] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf(self.extractor, self.identity, self.choice.rig, self.folder)

    def candidates(self, category: str) -> list[Candidate]:
        """Those of a category."""
        if category not in self._known:
            self._known[category] = candidates(categories()[category], self.choice.count)
        return self._known[category]

    def described(self, candidate: Candidate, category: str) -> Described:
        """What a candidate looks like."""
        if candidate.name not in self._described:
            if hasattr(self.extractor, "of_candidate"):  # an oracle knows the pictures that it is shown beforehand
                self._shelf.extractor = self.extractor.of_candidate(candidate, category, self.choice.rig)
            self._described[candidate.name] = self._shelf(candidate)
        return self._described[candidate.name]


def choose(features: ItemFeatures, context: Context, pool: Pool) -> dict[str, Any]:
    """By role: the number of the candidate that is most like the object, and the scores of all by name."""
    told = {}
    for role in ROLES:
        category = getattr(context, role)
        known = pool.candidates(category)
        found = scores(features.seen[role], [pool.described(candidate, category) for candidate in known])
        rounded = [round(float(score), 6) for score in found]
        told[role] = {"chosen": int(np.argmax(rounded)), "names": [candidate.name for candidate in known], "scores": rounded}
    return told


def write_chosen(folder: Path, chosen: Mapping[str, Any]) -> None:
    """`templates.json`."""
    write_text(folder / "templates.json", json.dumps(chosen, indent=1) + "\n")


def read_chosen(folder: Path) -> dict[str, Any]:
    """What `write_chosen` wrote."""
    told: dict[str, Any] = json.loads((folder / "templates.json").read_text(encoding="utf-8"))
    return told


def fit_objects(structure: Structure, masks: Masks, features: ItemFeatures, context: Context, chosen: Mapping[str, Any],
                pool: Pool, seed: int, config: FitConfig) -> dict[str, Fit]:
    """By role: where its template is."""
    fits = {}
    for role, label in ROLES.items():
        category = getattr(context, role)
        candidate = pool.candidates(category)[chosen[role]["chosen"]]
        points = object_points(structure, masks, features.observations, label, config)
        generator = torch.Generator().manual_seed(2 * seed + label)
        fits[role] = fit_object(points, candidate, pool.described(candidate, category), generator=generator, config=config)
    return fits


def write_fits(folder: Path, fits: Mapping[str, Fit]) -> None:
    """`registration.json`: what was found by role, and figures; `clouds.npz`: the points of each."""
    told = {}
    for role, fit in fits.items():
        found, box, similarity = fit.registration, fit.box, fit.registration.similarity
        told[role] = {
            "reason": found.reason, "message": found.message, "pairs": found.pairs, "inlier_ratio": found.inlier_ratio,
            "residual": _finite(found.residual), "overlap": _finite(found.overlap), "refined": found.refined,
            "misfit": _finite(found.misfit), "lead": _finite(found.lead),
            "similarity": None if similarity is None else _numbers(similarity),
            "box": None if box is None else _numbers(box),
        }  # fmt: skip
    write_text(folder / "registration.json", json.dumps(told, indent=1) + "\n")
    write_npz(folder / "clouds.npz", {role: fit.cloud.numpy() for role, fit in fits.items()})


def read_fits(folder: Path, context: Context) -> dict[str, Fit]:
    """What `write_fits` wrote, by role; doubts and hypotheses are forgotten."""
    told = json.loads((folder / "registration.json").read_text(encoding="utf-8"))
    with np.load(folder / "clouds.npz", allow_pickle=False) as file:
        clouds = {role: torch.from_numpy(file[role]) for role in told}
    fits = {}
    for role, known in told.items():
        symmetry = categories()[getattr(context, role)].symmetry
        similarity = None if known["similarity"] is None else Similarity(**_tensors(known["similarity"]))
        box = None if known["box"] is None else PlacedBox(**_tensors(known["box"]), symmetry=symmetry)
        registration = Registration(
            similarity, known["reason"], known["message"], known["pairs"],
            known["inlier_ratio"], _or_nan(known["residual"]), _or_nan(known["overlap"]), refined=known["refined"],
            misfit=_or_nan(known["misfit"]), lead=_or_nan(known["lead"]),
        )  # fmt: skip
        fits[role] = Fit(registration, clouds[role], box)
    return fits


def _numbers(placed: Similarity | PlacedBox) -> dict[str, Any]:
    return {"R": placed.R.tolist(), "t": placed.t.tolist(), "scale": placed.scale.tolist()}


def _tensors(numbers: Mapping[str, Any]) -> dict[str, Tensor]:
    """What `_numbers` has made plain."""
    return {name: torch.tensor(value, dtype=torch.float64) for name, value in numbers.items()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
