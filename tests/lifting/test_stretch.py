"""Proportions: an instance's edges come back from a cloud of it, and nothing is made up where the cloud tells nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lifting.benchmarks.problems import placed, start, surface
from lifting.registration import FeaturePoints
from lifting.relative import PlacedBox
from lifting.similarity import Similarity
from lifting.stretch import StretchConfig, stretched
from oor.catalog.category import Symmetry, categories

laws = settings(deadline=None, max_examples=6, derandomize=True)
NONE = Symmetry(1)


def described(points: torch.Tensor) -> torch.Tensor:
    waves = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 15)))
    return torch.sin(7 * points @ waves + torch.arange(15)).float()


def problem(seed: int, growth: list[float], shape: str = "chair", one_sided: bool = False
            ) -> tuple[FeaturePoints, FeaturePoints, Similarity, torch.Tensor]:
    """A cloud of a stretched template, the template, S_cloud_template without the stretch, and the template's edges."""
    rng = np.random.default_rng(seed)
    template, normals = surface(rng, 1500, shape)
    seen, outward = surface(rng, 1600, shape)
    if one_sided:
        seen = seen[outward @ torch.from_numpy(rng.normal(size=3)) > 0]
    truth = placed(rng)
    cloud = truth(seen * torch.tensor(growth) + 0.004 * torch.from_numpy(rng.normal(size=seen.shape)))
    extents = torch.from_numpy(np.array(categories()[shape].template.extents))
    return FeaturePoints(cloud, described(seen)), FeaturePoints(template, described(template), normals), truth, extents


def edges(box: PlacedBox, truth: Similarity, extents: torch.Tensor) -> torch.Tensor:
    """What the edges have grown by."""
    return box.scale / truth.scale / extents


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("growth", [[1.0, 1.0, 1.0], [1.1, 0.92, 1.0], [0.85, 1.1, 1.05]])
def test_proportions_come_back(growth: list[float], one_sided: bool) -> None:
    for seed in range(3):
        cloud, template, truth, extents = problem(seed, growth, one_sided=one_sided)
        guess = start(np.random.default_rng(seed), truth, angle_deg=3, growth=1.03)
        box = stretched(cloud, template, guess, extents, NONE)
        np.testing.assert_allclose(edges(box, truth, extents), growth, atol=0.02)
        torch.testing.assert_close(box.R, truth.R, atol=0.02, rtol=0)
        assert float((box.t - truth.t).norm() / truth.scale) < 0.01


@laws
@given(st.integers(0, 2**31))
def test_the_box_moves_with_the_cloud(seed: int) -> None:
    cloud, template, truth, extents = problem(seed, [1.1, 0.95, 1.0])
    S = placed(np.random.default_rng(seed))
    plain = stretched(cloud, template, truth, extents, NONE)
    moved = stretched(replace(cloud, points=S(cloud.points)), template, S @ truth, extents, NONE)
    torch.testing.assert_close(moved.R, S.R @ plain.R, atol=1e-6, rtol=0)
    torch.testing.assert_close(moved.scale, S.scale * plain.scale, atol=0, rtol=1e-6)


def test_edges_that_nobody_can_tell_apart_stay_equal() -> None:
    cloud, template, truth, extents = problem(0, [1.1, 0.9, 1.0])
    for symmetry, tied in ((Symmetry(0), (0, 2)), (Symmetry(4, "x"), (1, 2)), (Symmetry(3, "z"), (0, 1))):
        grown = edges(stretched(cloud, template, truth, extents, symmetry), truth, extents)
        assert float(grown[tied[0]]) == pytest.approx(float(grown[tied[1]])) and not torch.allclose(grown, grown[:1].expand(3))
    free = edges(stretched(cloud, template, truth, extents, Symmetry(2)), truth, extents)
    assert not torch.allclose(free[0], free[2])


def test_where_the_cloud_tells_nothing_proportions_stay() -> None:
    cloud, template, truth, extents = problem(0, [1.1, 0.9, 1.0])
    few = FeaturePoints(cloud.points[:20], cloud.features[:20])
    for far in (few, replace(cloud, points=cloud.points + 50)):
        box = stretched(far, template, truth, extents, NONE)
        assert torch.equal(box.scale, truth.scale * extents) and torch.equal(box.R, truth.R)
    flat, *_ = problem(0, [1.6, 0.6, 1.0])
    box = stretched(flat, template, truth, extents, NONE, StretchConfig(most=0.1))
    assert bool((edges(box, truth, extents).log().abs() < 0.1 + 1e-9).all())
    with pytest.raises(ValueError, match="normals"):
        stretched(cloud, FeaturePoints(template.points, template.features), truth, extents, NONE)
