"""One object of a structure: its own points only, and a template where the object is; with the truth as all that comes before."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from lifting.benchmarks.items import RIG, Item, described, typical
from lifting.fitting import FitConfig, ObjectPoints, fit_object, object_points
from lifting.masks import BASE, TARGET
from lifting.scoring import SampleError

Items = Callable[[str, str, str, int], Item]
POUR, LID, MUG = ("teapot", "pours into", "teacup", 0), ("lid", "covers", "stockpot", 1), ("mug", "on", "desk", 0)
BROOM = ("broom", "leaning against", "bookshelf", 1)


def error(item: Item, config: FitConfig | None = None) -> SampleError:
    pair = typical(item.scene.context)
    return item.error(item.evidence(pair, item.fits(pair, config)))


@pytest.mark.parametrize("asked", [POUR, LID, MUG, BROOM], ids=lambda asked: "-".join(asked[:3]))
def test_typical_templates_tell_the_relation_of_instances(item: Items, asked: tuple[str, str, str, int]) -> None:
    found = error(item(*asked))
    assert found.rotation_deg < 3 and found.translation < 0.09 and found.scale < 0.08 and not found.gross
    assert np.abs(found.edges_target + found.edges_base).max() < 0.13


def test_own_proportions_are_nearer_to_the_truth(item: Items) -> None:
    own, kept = (np.mean([np.abs(e.edges_base + e.edges_target).max() for e in (error(item(*asked), config) for asked in
                                                                                (POUR, MUG, BROOM))])
                 for config in (FitConfig(), FitConfig(stretch=None)))
    assert own < 0.6 * kept


def test_points_are_the_objects_own_and_no_strays(item: Items) -> None:
    pour = item(*POUR)
    for label in (TARGET, BASE):
        found = object_points(pour.structure, pour.masks, pour.features, label)
        assert len(found.points) > 300 and len(found.point) == len(found.features) > 3 * len(found.points)
        assert int(found.point.max()) == len(found.points) - 1 and bool((torch.bincount(found.point) > 0).all())
        middle = found.points.median(dim=0).values
        away = (found.points - middle).norm(dim=1)
        assert float(away.max()) < 4 * float(away.median())
    stray = replace(pour.structure, points=pour.structure.points.copy())
    stray.points[::7] = np.nan
    assert bool(torch.isfinite(object_points(stray, pour.masks, pour.features, TARGET).points).all())


def test_an_object_without_points_is_refused(item: Items) -> None:
    pour = item(*POUR)
    candidate = typical(pour.scene.context)[0]
    known = described(candidate, "teapot", RIG)
    none = object_points(pour.structure, np.zeros_like(pour.masks), pour.features, TARGET)
    two = ObjectPoints(torch.zeros(2, 3).double(), torch.tensor([0, 1]), pour.features[:2])
    for points in (none, two):
        fit = fit_object(points, candidate, known, generator=torch.Generator().manual_seed(0))
        assert fit.registration.reason == "too few points" and fit.box is None
    points = object_points(pour.structure, pour.masks, pour.features, TARGET)
    with pytest.raises(ValueError, match="NaN"):
        fit_object(replace(points, features=points.features * math.nan), candidate, known, generator=torch.Generator())


def test_equal_generators_give_equal_boxes(item: Items) -> None:
    lid = item(*LID)
    pair = typical(lid.scene.context)
    for one, two in zip(lid.fits(pair), lid.fits(pair), strict=True):
        assert one.box is not None and two.box is not None
        assert torch.equal(one.box.T_world_object, two.box.T_world_object) and torch.equal(one.box.scale, two.box.scale)
