"""RANSAC finds the truth among outliers, moves with its input, and says why where there is nothing to find."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lifting.benchmarks.problems import Problem, placed, problem
from lifting.benchmarks.registration import off
from lifting.ransac import Consensus, RansacConfig, distances, ransac
from lifting.similarity import RefusalError, Similarity, umeyama

laws = settings(deadline=None, max_examples=15, derandomize=True)
seeds = st.integers(0, 2**31)
DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")),
]


def found(source: torch.Tensor, destination: torch.Tensor, seed: int = 0, config: RansacConfig | None = None) -> Consensus:
    return ransac(source, destination, generator=torch.Generator().manual_seed(seed), config=config)


def reason(source: torch.Tensor, destination: torch.Tensor, config: RansacConfig | None = None) -> str:
    with pytest.raises(RefusalError) as refusal:
        found(source, destination, config=config)
    return refusal.value.reason


def given_pairs(seed: int, count: int = 300, outliers: float = 0.6, noise: float = 0.01) -> Problem:
    return problem(np.random.default_rng(seed), count, outliers, noise)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("count", "outliers"), [
    (20, 0.0), (100, 0.5), (100, 0.8), (1000, 0.5), (1000, 0.7), (1000, 0.9), (1000, 0.95), (10_000, 0.9),
])
def test_the_truth_is_found_among_outliers(count: int, outliers: float, device: str) -> None:
    for seed in range(3):
        p = given_pairs(seed, count, outliers)
        result = found(p.source.to(device), p.destination.to(device), seed)
        assert result.similarity.t.device.type == device
        angle, scale = off(Similarity(*(v.cpu() for v in vars(result.similarity).values())), p.truth)
        assert angle < 4 and scale < 0.03


@laws
@given(seeds)
def test_without_noise_the_answer_is_exact_and_the_outliers_are_named(seed: int) -> None:
    p = given_pairs(seed, noise=0.0)
    result = found(p.source, p.destination)
    apart = distances(p.source, p.destination, p.truth)
    assert p.wrong is not None and (p.wrong | result.inliers).all()
    np.testing.assert_allclose(result.similarity.scale, p.truth.scale, rtol=0.02)
    near = (apart > 1e-9) & (apart < 0.06)
    if not near.any():  # else an outlier that lies near where it should be has a say
        torch.testing.assert_close(result.similarity.matrix, p.truth.matrix, atol=1e-6, rtol=1e-6)
        assert result.residual < 1e-6


@laws
@given(seeds)
def test_the_fit_is_umeyamas_to_what_agrees(seed: int) -> None:
    p = given_pairs(seed, outliers=0.3)
    result = found(p.source, p.destination)
    apart = distances(p.source, p.destination, result.similarity)
    assert result.inliers.equal(apart <= 0.05)
    assert result.inlier_ratio == pytest.approx(float(result.inliers.double().mean()))
    assert result.residual == pytest.approx(float(apart[result.inliers].square().mean().sqrt()))
    weights = (1 - (apart / 0.05).square()).clamp_min(0).square()
    again = umeyama(p.source, p.destination, weights)
    torch.testing.assert_close(again.matrix, result.similarity.matrix, atol=1e-4, rtol=1e-4)


@laws
@given(seeds)
def test_the_answer_moves_with_the_cloud(seed: int) -> None:
    p, S = given_pairs(seed), placed(np.random.default_rng(seed + 1))
    plain, moved = found(p.source, p.destination), found(p.source, S(p.destination))
    torch.testing.assert_close(moved.similarity.matrix, (S @ plain.similarity).matrix, atol=1e-4, rtol=1e-4)
    assert moved.inlier_ratio == pytest.approx(plain.inlier_ratio, abs=0.01)
    assert moved.residual == pytest.approx(plain.residual, rel=0.02)


@laws
@given(seeds)
def test_the_order_of_pairs_does_not_matter(seed: int) -> None:
    """To a robust fit, that is: other triples are drawn, but the same pairs have the last word."""
    p = given_pairs(seed, outliers=0.4)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(p.source)))
    plain, mixed = found(p.source, p.destination), found(p.source[order], p.destination[order])
    torch.testing.assert_close(mixed.similarity.matrix, plain.similarity.matrix, atol=1e-3, rtol=1e-3)
    assert mixed.inliers.equal(plain.inliers[order]) or abs(mixed.inlier_ratio - plain.inlier_ratio) < 0.02


def test_equal_generators_give_equal_results_and_the_search_ends_early_where_it_is_easy() -> None:
    easy, hard = given_pairs(1, outliers=0.1), given_pairs(1, count=1000, outliers=0.95)
    first, second = found(hard.source, hard.destination), found(hard.source, hard.destination)
    assert first.similarity.matrix.equal(second.similarity.matrix) and first.hypotheses == second.hypotheses
    assert found(easy.source, easy.destination).hypotheses < first.hypotheses < RansacConfig().most


def test_single_precision_is_enough() -> None:
    p = given_pairs(2)
    result = found(p.source.float(), p.destination.float())
    assert result.similarity.R.dtype == torch.float64
    torch.testing.assert_close(result.similarity.matrix, found(p.source, p.destination).similarity.matrix, atol=1e-4, rtol=1e-4)


def test_the_size_of_a_cloud_and_its_distance_do_not_matter() -> None:
    p = given_pairs(3)
    for size, away in ((1e-4, 0.0), (1e4, 0.0), (1.0, 1e4)):
        S = Similarity(torch.eye(3).double(), torch.full((3,), away).double(), torch.tensor(size).double())
        result = found(p.source, S(p.destination))
        angle, scale = off(result.similarity, p.truth)
        assert angle < 3 and abs(float(result.similarity.scale / p.truth.scale) / size - 1) < 0.03, (size, away, scale)


@pytest.mark.parametrize("count", [50, 100, 300, 1000])
def test_nothing_but_outliers_is_no_consensus(count: int) -> None:
    for seed in range(5):
        p = given_pairs(seed, count, outliers=1.0)
        assert reason(p.source, p.destination, RansacConfig(most=20_000)) == "no consensus"


def test_a_mirror_image_is_no_consensus_of_all() -> None:
    p = given_pairs(4, outliers=0.0, noise=0.0)
    mirror = torch.tensor([-1.0, 1, 1], dtype=torch.float64)
    try:
        result = found(p.source, p.destination * mirror, config=RansacConfig(most=20_000))
        assert result.inlier_ratio < 0.5 and float(torch.linalg.det(result.similarity.R)) > 0
    except RefusalError as refusal:
        assert refusal.reason == "no consensus"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_pairs_are_too_few(count: int) -> None:
    assert reason(torch.eye(3)[:count], torch.eye(3)[:count]) == "too few points"


@pytest.mark.parametrize("count", [3, 4, 5])
def test_a_handful_of_pairs_agree_on_something_whatever_they_are(count: int) -> None:
    x = torch.randn(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) / 3
    assert reason(x, 2 * x, RansacConfig(most=8192)) == "no consensus"


def line(seed: int, width: float) -> torch.Tensor:
    """80 points along the longest edge, and this far aside."""
    along = torch.linspace(-0.5, 0.5, 80)[:, None] * torch.tensor([1.0, 2, 2]) / 3
    return along + width * torch.randn(80, 3, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("width", [0.0, 1e-4])
def test_points_on_a_line_leave_the_turn_about_it_open(width: float) -> None:
    assert reason(line(0, width), 2 * line(0, width)) == "collinear"


def test_a_cloud_on_a_line_or_in_one_place_is_refused_whatever_it_is_paired_with() -> None:
    solid = torch.randn(80, 3, generator=torch.Generator().manual_seed(0)) / 3
    assert reason(solid, line(0, 0.0)) == reason(solid, torch.ones(80, 3)) == "collinear"


def test_a_rod_that_is_thinner_than_the_noise_is_refused() -> None:
    rod = line(1, 0.008)
    noisy = rod + 0.012 * torch.randn(80, 3, generator=torch.Generator().manual_seed(2))
    assert reason(rod, noisy) in ("rotation undetermined", "no consensus")


def test_a_patch_that_tells_a_scale_too_roughly_is_refused_for_it() -> None:
    p = given_pairs(6, outliers=0.2)
    assert reason(p.source, p.destination, RansacConfig(scale_doubt=1e-6)) == "scale undetermined"
    assert reason(p.source, p.destination, RansacConfig(rotation_doubt=1e-6)) == "rotation undetermined"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_one_number_that_is_none_is_refused(bad: float, side: int) -> None:
    p = given_pairs(7)
    pair = [p.source.clone(), p.destination.clone()]
    pair[side][5, 1] = bad
    assert reason(*pair) == "not finite"


@pytest.mark.parametrize(("x", "y"), [((4, 3), (5, 3)), ((4, 2), (4, 2)), ((4,), (4,))])
def test_what_is_no_list_of_pairs_is_a_mistake_of_another_kind(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Pairs need points") as mistake:
        found(torch.zeros(x), torch.zeros(y))
    assert not isinstance(mistake.value, RefusalError)
