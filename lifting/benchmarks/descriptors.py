"""How well the embedded masks and features are, alone: beside the truth of scenes that nobody has learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from lifting.descriptor_training import squared_distances
from lifting.embedded import EmbeddedFeatures, EmbeddedSegmenter
from lifting.features import Closeups, of_observations
from lifting.images import photograph
from lifting.matching import THRESHOLD
from lifting.staging import Studio, scenes
from lifting.structure import Structure
from lifting.templates import candidates, describe
from lifting.views import OrbitRenderer
from oor.catalog.category import Symmetry, categories
from oor.catalog.contexts import Context

PIXELS = 150  # of each object in each view
NEAR = 0.1  # parts of the longest edge


@dataclass(frozen=True)
class Sight:
    """Of one object of a context, over some views of one scene.

    iou: of its mask. right: the share of its pixels whose most similar template point is within NEAR of the true one, modulo
    symmetry. error: the median distance of the two, in parts of the longest edge. sure: the share whose cosine passes the
    threshold; right_of_sure: of these.
    """

    category: str
    iou: float
    right: float
    error: float
    sure: float
    right_of_sure: float


def sights(
    context: Context, seed: int, *, views: int = 3, studio: Studio | None = None, weights: str | None = None
) -> list[Sight]:
    """Target and base of a scene."""
    studio = studio or Studio()
    (scene,) = scenes(context, seed, 1, studio)
    orbit = OrbitRenderer(views=views, supersample=studio.supersample)
    seen = orbit(photograph(scene, seed, studio.supersample), scene, seed)
    truth = list(scene.views(orbit.cameras(scene, seed), supersample=1))
    masks = EmbeddedSegmenter(weights)(seen, context)
    extractor, rng = EmbeddedFeatures(weights), np.random.default_rng(seed)
    found = []
    for role, instance in enumerate(scene.instances):
        true_masks = np.stack([view.ids == role for view in truth])
        own = masks == role + 1
        iou = float((own & true_masks).sum() / max(int((own | true_masks).sum()), 1))
        pixels = [rng.permutation(np.argwhere(mask))[:PIXELS] for mask in true_masks]
        view = np.repeat(np.arange(views), [len(rows) for rows in pixels]).astype(np.int32)
        rows, columns = np.concatenate(pixels).T
        place = np.stack([view_.own for view_ in truth])[view, rows, columns].astype(float)
        typical = categories()[instance.category]
        place *= typical.template.extents / (instance.scale / instance.scale.max())
        told = Structure(place, np.zeros((views, 3, 3)), np.zeros((views, 4, 4)), np.arange(len(view), dtype=np.int32), view,
                         np.stack([columns, rows], axis=1) + 0.5)
        labels = np.where(true_masks, role + 1, 0).astype(np.uint8)
        near = {role + 1: Closeups.of(seen.rgb, true_masks)}
        features = functional.normalize(of_observations(extractor, told, labels, near), dim=1)
        surface = describe(candidates(typical, 1)[0], extractor).surface
        known = functional.normalize(surface.features, dim=1)
        cosine, nearest = (features @ known.mT).max(dim=1)
        apart = _apart(torch.from_numpy(place), surface.points[nearest].double(), typical.symmetry)
        sure = cosine >= THRESHOLD
        found.append(Sight(instance.category, iou, float((apart < NEAR).double().mean()), float(apart.median()),
                           float(sure.double().mean()), float((apart[sure] < NEAR).double().mean()) if sure.any() else 0.0))
    return found


def _apart(place: torch.Tensor, other: torch.Tensor, symmetry: Symmetry) -> torch.Tensor:
    pairs = zip(place[:, None], other[:, None], strict=True)
    return torch.stack([squared_distances(a, b, symmetry)[0, 0].clamp_min(0).sqrt() for a, b in pairs])


def summary(found: Sequence[Sight]) -> dict[str, float]:
    """Means over objects."""
    names = ("iou", "right", "error", "sure", "right_of_sure")
    return {name: float(np.mean([getattr(sight, name) for sight in found])) for name in names}
