"""Pairs of a surface of revolution: found although no feature tells the side, refused where they tell nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from lifting.axial import axial_consensus, axial_distances
from lifting.benchmarks.problems import placed, surface
from lifting.benchmarks.registration import off
from lifting.similarity import RefusalError, Similarity
from lifting.symmetry import rotation_error
from oor.catalog.category import Symmetry, categories


def problem(category: str, seed: int, *, outliers: float = 0.0, one_sided: bool = False, noise: float = 0.01, count: int = 400
            ) -> tuple[Tensor, Tensor, Similarity, Symmetry]:
    """Template points and cloud points; a template point is that of the cloud after any turn about the axis."""
    rng = np.random.default_rng(seed)
    symmetry = categories()[category].symmetry
    assert symmetry.fold == 0
    x, outward = surface(rng, 4 * count, category)
    if one_sided:
        x = x[outward @ torch.from_numpy(rng.normal(size=3)) > 0]
    x = x[:count]
    a = "xyz".index(symmetry.axis)
    b, c = (a + 1) % 3, (a + 2) % 3
    angle = torch.from_numpy(rng.uniform(0, 2 * np.pi, len(x)))
    source = x.clone()
    source[:, b] = x[:, b] * angle.cos() - x[:, c] * angle.sin()
    source[:, c] = x[:, b] * angle.sin() + x[:, c] * angle.cos()
    wrong = torch.from_numpy(rng.random(len(x)) < outliers)
    source = torch.where(wrong[:, None], source[torch.from_numpy(rng.permutation(len(x)))], source)
    truth = placed(rng)
    return source, truth(x + noise * torch.from_numpy(rng.normal(size=x.shape))), truth, symmetry


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("category", ["bottle", "plate", "bowl", "rolling pin", "vase", "yo-yo", "baseball bat", "pencil"])
@pytest.mark.parametrize("one_sided", [False, True])
def test_an_axis_is_found(category: str, one_sided: bool) -> None:
    for seed in range(2):
        source, destination, truth, symmetry = problem(category, seed, outliers=0.3, one_sided=one_sided)
        found = axial_consensus(source, destination, symmetry, generator=generator())
        angle = float(rotation_error(found.similarity.R, truth.R, symmetry).rad2deg())
        assert angle < 2.5 and off(found.similarity, truth)[1] < 0.03, (seed, angle)
        apart = torch.linalg.vector_norm(found.similarity.t - truth.t) / truth.scale
        assert float(apart) < 0.02 and found.inlier_ratio > 0.6 and found.residual < 0.03


def test_equal_generators_give_equal_results_and_the_cloud_may_move() -> None:
    source, destination, _, symmetry = problem("bottle", 3, outliers=0.3)
    S = placed(np.random.default_rng(1))
    one, two, moved = (axial_consensus(source, y, symmetry, generator=generator())
                       for y in (destination, destination, S(destination)))
    assert torch.equal(one.similarity.matrix, two.similarity.matrix) and torch.equal(one.inliers, two.inliers)
    expected = S @ one.similarity
    assert float(rotation_error(moved.similarity.R, expected.R, symmetry).rad2deg()) < 0.1
    torch.testing.assert_close(moved.similarity.t, expected.t, atol=2e-3, rtol=2e-3)


def test_pairs_that_tell_nothing_are_refused() -> None:
    rng = np.random.default_rng(0)
    source, destination, _, symmetry = problem("bottle", 0)
    shuffled = source[torch.from_numpy(rng.permutation(len(source)))]
    for wrong, reason in ((shuffled, "no consensus"), (source * torch.nan, "not finite"), (source[:2], "too few points")):
        with pytest.raises(RefusalError) as refusal:
            axial_consensus(wrong, destination[: len(wrong)], symmetry, generator=generator())
        assert refusal.value.reason == reason


def test_distances_do_not_know_the_turn() -> None:
    source, destination, truth, symmetry = problem("vase", 1, noise=0.0)
    assert float(axial_distances(source, destination, truth, symmetry).max()) < 1e-9
    for S in (truth, placed(np.random.default_rng(2))):
        plain = torch.linalg.vector_norm(S(source) - destination, dim=1) / S.scale
        assert bool((axial_distances(source, destination, S, symmetry) <= plain + 1e-9).all())
