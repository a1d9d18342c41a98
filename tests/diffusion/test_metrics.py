"""The energy distance: a metric's axioms, a closed form, its noise floor."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from diffusion.metrics import MIN_STD, energy_distance, features, outside, whitened_energy_distance
from oor.relation import ROT6D

laws = settings(deadline=None, max_examples=40, derandomize=True)
seeds = st.integers(0, 2**31)
sizes = st.integers(1, 40)
Vectors = Callable[[int, int], Tensor]


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@laws
@given(seed=seeds, n=sizes, m=sizes, shift=st.floats(0, 100))
def test_it_is_what_the_definition_says_never_negative_and_symmetric(seed: int, n: int, m: int, shift: float) -> None:
    a, b = normal(seed, n, 3) + shift, shift - 2 * normal(seed + 1, m, 3)
    between, within_a, within_b = (
        sum(math.dist(x, y) for x in p.tolist() for y in q.tolist()) / (len(p) * len(q)) for p, q in ((a, b), (a, a), (b, b))
    )
    assert energy_distance(a, b) == pytest.approx(2 * between - within_a - within_b, abs=1e-5)
    assert energy_distance(a, b) >= -1e-6 and energy_distance(a, b) == pytest.approx(energy_distance(b, a), abs=1e-12)


@laws
@given(seed=seeds, n=st.integers(1, 100))
def test_it_is_zero_between_a_set_and_itself_in_any_order(seed: int, n: int) -> None:
    a = normal(seed, n, 18)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    assert energy_distance(a, a.clone()) == 0 and energy_distance(a, a[order]) == pytest.approx(0, abs=1e-6)
    assert energy_distance(a, a.repeat(2, 1)) == pytest.approx(0, abs=1e-6)


@laws
@given(seed=seeds, factor=st.floats(0.1, 10))
def test_it_scales_with_the_data_and_ignores_rigid_motion(seed: int, factor: float) -> None:
    a, b = normal(seed, 30, 4), normal(seed + 1, 35, 4) + 1
    Q, offset = torch.linalg.qr(normal(seed + 2, 4, 4)).Q, 5 * normal(seed + 3, 4)
    moved = energy_distance(factor * a @ Q + offset, factor * b @ Q + offset)
    assert moved == pytest.approx(factor * energy_distance(a, b), rel=1e-5)


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 3.0])
def test_gaussians_on_a_line_have_their_closed_form(shift: float) -> None:
    # X - Y is N(shift, 2): a folded normal; X - X' is N(0, 2)
    between = 2 / math.sqrt(math.pi) * math.exp(-(shift**2) / 4) + shift * math.erf(shift / 2)
    expected = 2 * between - 4 / math.sqrt(math.pi)
    assert energy_distance(normal(0, 1500, 1), normal(1, 1500, 1) + shift) == pytest.approx(expected, abs=0.01 + 0.06 * shift)


def test_the_floor_of_two_sets_of_one_distribution_falls_as_one_over_n() -> None:
    within = 2 / math.sqrt(math.pi)  # E|X - X'|; of n^2 pairs, n are the same point, so the mean of the distance is 2 within / n
    for n in (10, 40, 160):
        distances = [energy_distance(normal(2 * i, n, 1), normal(2 * i + 1, n, 1)) for i in range(300)]
        assert sum(distances) / 300 * n == pytest.approx(2 * within, rel=0.15)


def test_a_shift_stands_out_of_the_floor() -> None:
    floor = max(energy_distance(normal(2 * i, 200, 5), normal(2 * i + 1, 200, 5)) for i in range(10))
    shifts = [energy_distance(normal(0, 200, 5), normal(1, 200, 5) + shift) for shift in (0.5, 1.0, 2.0, 4.0)]
    assert shifts == sorted(shifts) and shifts[0] > 3 * floor


@laws
@given(seed=seeds)
def test_features_are_eighteen_and_do_not_see_how_the_rotation_is_written(random_vectors: Vectors, seed: int) -> None:
    vectors = random_vectors(seed, 5)
    stretched = vectors.clone()
    stretched[:, ROT6D] = torch.cat(
        [2 * vectors[:, 0:3], 3 * vectors[:, 3:6] + 0.7 * vectors[:, 0:3]], dim=1
    )  # the same R by Gram-Schmidt
    assert features(vectors).shape == (5, 18)
    torch.testing.assert_close(features(stretched), features(vectors), rtol=1e-9, atol=1e-9)


def test_whitened_distance_is_in_standard_deviations_of_the_reference(random_vectors: Vectors) -> None:
    truth, other = random_vectors(0, 300), random_vectors(1, 300)
    std = features(truth).std(dim=0)
    plain = energy_distance(features(other) / std, features(truth) / std)
    assert whitened_energy_distance(other, truth, truth) == pytest.approx(plain, rel=1e-9)
    assert whitened_energy_distance(truth, truth, truth) == 0
    moved = other.clone()
    moved[:, 6:9] += 3.0
    assert whitened_energy_distance(moved, truth, truth) > 4 * plain


def test_a_feature_that_does_not_vary_is_not_blown_up(random_vectors: Vectors) -> None:
    truth = random_vectors(0, 60)
    truth[:, 6] = 0.25
    other = truth.clone()
    other[:, 6] += 1e-6
    assert whitened_energy_distance(other, truth, truth) == pytest.approx(0, abs=1e-4)


# --- samples outside the truth


def spread(random_vectors: Vectors, seed: int, count: int) -> Tensor:
    """Relations that differ in their translations only: a Gaussian in three dimensions."""
    vectors = random_vectors(0, 1).repeat(count, 1)
    vectors[:, 6:9] = normal(seed, count, 3)
    return vectors


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.99])
def test_of_the_truth_itself_the_share_beyond_a_quantile_is_outside(random_vectors: Vectors, quantile: float) -> None:
    shares = [outside(spread(random_vectors, 2 * i, 1000), spread(random_vectors, 2 * i + 1, 1000), quantile) for i in range(5)]
    assert sum(shares) / 5 == pytest.approx(1 - quantile, abs=4 * math.sqrt(quantile * (1 - quantile) / 2500))
    truth = random_vectors(3, 200)
    assert outside(truth, truth, quantile) == 0


@laws
@given(seed=seeds, near=st.integers(0, 12), far=st.integers(0, 12))
def test_the_share_is_of_those_that_are_far(random_vectors: Vectors, seed: int, near: int, far: int) -> None:
    if near + far == 0:
        return
    truth, away = spread(random_vectors, seed, 60), spread(random_vectors, seed + 1, far)
    away[:, 6:9] += 100 * torch.nn.functional.normalize(normal(seed, far, 3), dim=-1)
    sample = torch.cat([truth[:near], away])
    assert outside(sample, truth) == pytest.approx(far / (near + far))


@laws
@given(seed=seeds)
def test_the_share_does_not_depend_on_any_order_nor_on_how_rotations_are_written(random_vectors: Vectors, seed: int) -> None:
    truth, sample = random_vectors(seed, 50), random_vectors(seed + 1, 30)
    sample[:10] = truth[:10] + 1e-4
    share = outside(sample, truth, 0.7)
    mixed, generator = sample.clone(), torch.Generator().manual_seed(seed)
    mixed[:, ROT6D] = torch.cat([2 * sample[:, 0:3], 3 * sample[:, 3:6] + 0.7 * sample[:, 0:3]], dim=1)
    orders = torch.randperm(30, generator=generator), torch.randperm(50, generator=generator)
    assert outside(mixed[orders[0]], truth[orders[1]], 0.7) == share <= 2 / 3


def test_a_larger_region_leaves_fewer_outside(random_vectors: Vectors) -> None:
    sample, truth = random_vectors(5, 300), random_vectors(6, 300)
    shares = [outside(sample, truth, quantile) for quantile in (0.0, 0.2, 0.5, 0.8, 1.0)]
    assert shares == sorted(shares, reverse=True) and shares[0] > 0.9 > 0.1 > shares[-1]


def test_on_a_line_the_limit_is_the_distance_between_neighbours(random_vectors: Vectors) -> None:
    """All true neighbours are one step apart: beyond one step from the ends is outside, anything between is not."""
    truth = random_vectors(0, 1).repeat(41, 1)
    truth[:, 7] = torch.arange(41)
    sample = truth[:5].clone()
    sample[:, 7] = torch.tensor([-1.01, -0.99, 20.5, 40.99, 41.01])
    assert outside(sample, truth) == pytest.approx(2 / 5)


def test_a_number_that_the_truth_never_varies_has_a_least_unit(random_vectors: Vectors) -> None:
    truth = spread(random_vectors, 0, 500)
    sample = truth.clone()
    sample[:, 9] *= math.exp(0.001 * MIN_STD)  # a target size that is off by a thousandth of the unit
    assert outside(sample, truth) == 0
    sample[:, 9] *= math.exp(20 * MIN_STD)
    assert outside(sample, truth) == 1
