"""Principal axes are those of the whole, however it comes; means are those of each point, in whatever order."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lifting.benchmarks.problems import features
from lifting.pca import WIDTH, Moments, joint_projection, mean_by_point

laws = settings(deadline=None, max_examples=25, derandomize=True)
seeds = st.integers(0, 2**31)


def drawn(seed: int, rows: int = 60, width: int = 8) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3 + torch.randn(rows, width, generator=generator) * 2.0 ** -torch.arange(width)


@laws
@given(seeds)
def test_axes_and_variances_are_those_of_a_singular_value_decomposition(seed: int) -> None:
    x = drawn(seed)
    found = joint_projection([x], 3)
    _, values, rows = np.linalg.svd((x - x.mean(dim=0)).double().numpy(), full_matrices=False)
    cosines = np.abs(np.sum(found.axes.numpy() * rows[:3].T, axis=0))
    np.testing.assert_allclose(cosines, 1, atol=1e-4)
    np.testing.assert_allclose(found.variances.numpy(), values[:3] ** 2 / len(x), rtol=1e-4)
    torch.testing.assert_close(found.mean, x.mean(dim=0), atol=1e-5, rtol=1e-5)


@laws
@given(seeds, st.lists(st.integers(0, 60), max_size=5))
def test_it_does_not_matter_how_features_are_cut_into_chunks(seed: int, cuts: list[int]) -> None:
    x = drawn(seed)
    edges = [0, *sorted(cuts), len(x)]
    chunks = [x[low:high] for low, high in pairwise(edges)]
    whole, parts = joint_projection([x], 4), joint_projection(chunks, 4, rows=7)
    torch.testing.assert_close(parts.axes, whole.axes, atol=2e-3, rtol=0)
    torch.testing.assert_close(parts.variances, whole.variances, atol=1e-5, rtol=1e-4)


@laws
@given(seeds)
def test_an_offset_moves_the_mean_and_nothing_else(seed: int) -> None:
    x = drawn(seed)
    near, far = joint_projection([x], 3), joint_projection([x + 100], 3)
    torch.testing.assert_close(far.mean, near.mean + 100)
    torch.testing.assert_close(far.axes.abs(), near.axes.abs(), atol=1e-3, rtol=0)
    torch.testing.assert_close(far(x + 100), near(x), atol=1e-3, rtol=1e-3)


@laws
@given(seeds)
def test_axes_are_orthonormal_and_their_signs_are_settled(seed: int) -> None:
    x = drawn(seed)
    found, mirrored = joint_projection([x], 5), joint_projection([-x], 5)
    torch.testing.assert_close(found.axes.mT @ found.axes, torch.eye(5), atol=1e-5, rtol=0)
    assert (found.axes.gather(0, found.axes.abs().argmax(dim=0, keepdim=True)) > 0).all()
    torch.testing.assert_close(mirrored.axes, found.axes, atol=2e-3, rtol=0)
    assert (found.variances.diff() <= 0).all()


@laws
@given(seeds)
def test_projected_features_have_mean_zero_and_the_variances_that_are_told(seed: int) -> None:
    x = drawn(seed)
    found = joint_projection([x], 8)
    y = found(x)
    torch.testing.assert_close(y.mean(dim=0), torch.zeros(8), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.mT @ y / len(x), torch.diag(found.variances), atol=1e-5, rtol=1e-4)
    centred = x - x.mean(dim=0)
    torch.testing.assert_close(y @ y.mT, centred @ centred.mT, atol=1e-3, rtol=1e-3)  # all axes: only a turn


def test_features_of_images_and_templates_share_one_projection() -> None:
    images, template = drawn(0), drawn(1) + torch.linspace(0, 5, 8)
    joint = joint_projection(iter([images, template]), 2)
    torch.testing.assert_close(joint.axes, joint_projection([torch.cat([images, template])], 2).axes, atol=1e-4, rtol=0)
    assert float(torch.linalg.svdvals(joint.axes.mT @ joint_projection([images], 2).axes).min()) < 0.9


def test_bfloat16_finds_the_same_subspace() -> None:
    chunks = features(3000, width=96).split(250)
    exact, rounded = joint_projection(chunks), joint_projection(chunks, precision=torch.bfloat16)
    assert exact.axes.shape == (96, WIDTH)
    assert float(torch.linalg.svdvals(exact.axes.mT @ rounded.axes).min()) > 0.9999


def test_directions_that_do_not_exist_have_no_variance() -> None:
    line = torch.linspace(-1, 1, 20)[:, None] * torch.tensor([3.0, 4, 0, 0])
    found = joint_projection([line], 3)
    torch.testing.assert_close(found.axes[:, 0], torch.tensor([0.6, 0.8, 0, 0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(found.variances[1:], torch.zeros(2), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("chunks", "width", "message"), [
    ([torch.ones(1, 4)], 2, "need two features or more, got 1"),
    ([], 2, "need two features or more, got 0"),
    ([torch.ones(5, 4)], 5, "Features of 4 numbers have no 5 principal axes"),
    ([torch.ones(5, 4)], 0, "have no 0 principal axes"),
    ([torch.ones(5, 4), torch.ones(5, 3)], 2, r"must be \(n, 4\) like those before, got \(5, 3\)"),
    ([torch.ones(5)], 2, r"must be \(n, f\), got \(5,\)"),
    ([torch.tensor([[1.0, math.nan], [0, 1]])], 1, "contain NaN or infinity"),
    ([torch.ones(5, 2), torch.tensor([[1.0, math.inf]])], 1, "contain NaN or infinity"),
])
def test_what_has_no_principal_axes_is_refused(chunks: list[torch.Tensor], width: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        joint_projection(chunks, width)


def test_nothing_is_added_by_no_features() -> None:
    moments = Moments()
    moments.add(torch.zeros(0, 4))
    assert moments.count == 0


@laws
@given(seeds)
def test_a_points_feature_is_the_mean_of_its_observations(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, point = torch.from_numpy(rng.normal(size=(30, 4))), torch.from_numpy(rng.integers(0, 6, 30))
    means = mean_by_point(x, point, 8)
    for i in range(8):
        expected = x[point == i].mean(dim=0) if (point == i).any() else torch.zeros(4, dtype=torch.float64)
        torch.testing.assert_close(means[i], expected)
    order = torch.from_numpy(rng.permutation(30))
    torch.testing.assert_close(mean_by_point(x[order], point[order], 8), means)


def test_averaging_commutes_with_projection() -> None:
    """So that the paper's order, to project first, costs less and changes nothing."""
    x, point = drawn(5), torch.arange(60) % 7
    projection = joint_projection([x], 3)
    first, last = mean_by_point(projection(x), point, 7), projection(mean_by_point(x, point, 7))
    torch.testing.assert_close(first, last, atol=1e-5, rtol=1e-4)


def test_no_observations_are_zeros() -> None:
    assert mean_by_point(torch.zeros(0, 4), torch.zeros(0, dtype=torch.long), 2).tolist() == [[0] * 4] * 2


@pytest.mark.parametrize(("x", "point", "message"), [
    (torch.zeros(3, 2), torch.zeros(4, dtype=torch.long), "belongs to one point"),
    (torch.zeros(3), torch.zeros(3, dtype=torch.long), "belongs to one point"),
    (torch.zeros(3, 2), torch.tensor([0, 1, 5]), "Points are 0 to 4, got 0 to 5"),
    (torch.zeros(3, 2), torch.tensor([-1, 1, 2]), "got -1 to 2"),
])
def test_observations_of_no_point_are_refused(x: torch.Tensor, point: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mean_by_point(x, point, 5)
