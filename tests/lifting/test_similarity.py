"""Similarities form a group; fits find the truth, and no fit is better; what they doubt is how far off they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lifting.benchmarks.problems import placed
from lifting.similarity import PRECISION, Doubt, RefusalError, Similarity, doubt, triangle_similarity, umeyama

laws = settings(deadline=None, max_examples=40, derandomize=True)
seeds = st.integers(0, 2**31)


def batch(seed: int, count: int = 5) -> Similarity:
    several = [placed(np.random.default_rng([seed, i])) for i in range(count)]
    return Similarity(*(torch.stack([getattr(S, name) for S in several]) for name in ("R", "t", "scale")))


def points(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def assert_same(left: Similarity, right: Similarity, tolerance: float = 1e-9) -> None:
    torch.testing.assert_close(left.matrix, right.matrix, rtol=tolerance, atol=tolerance)


@laws
@given(seeds)
def test_similarities_are_a_group_that_acts_on_points(seed: int) -> None:
    S, other, third = batch(seed), batch(seed + 1), batch(seed + 2)
    x = points(seed, 5, 7)
    torch.testing.assert_close((S @ other)(x), S(other(x)))
    assert_same(S @ (other @ third), (S @ other) @ third)
    assert_same(S @ S.inverse(), Similarity(*(v.expand(5, *v.shape) for v in vars(Similarity.identity()).values())))
    torch.testing.assert_close(S.inverse()(S(x)), x)
    assert_same(S[2] @ other[2], (S @ other)[2])


@laws
@given(seeds)
def test_the_matrix_does_the_same_to_homogeneous_points(seed: int) -> None:
    S, x = batch(seed), points(seed, 5, 7)
    homogeneous = torch.cat([x, torch.ones_like(x[..., :1])], dim=-1) @ S.matrix.mT
    torch.testing.assert_close(homogeneous[..., :3], S(x))
    assert (homogeneous[..., 3] == 1).all()


@laws
@given(seeds, st.integers(3, 30))
def test_a_fit_undoes_any_similarity(seed: int, count: int) -> None:
    """From three points, which lie in a plane, on."""
    S, x = batch(seed), points(seed, 5, count)
    fit = umeyama(x, S(x))
    assert_same(fit, S, 1e-6)
    torch.testing.assert_close(fit.R @ fit.R.mT, torch.eye(3, dtype=torch.float64).expand(5, 3, 3))


@laws
@given(seeds)
def test_a_rigid_fit_is_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y, w = rng.normal(size=(12, 3)), rng.normal(size=(12, 3)), rng.uniform(0.1, 1, 12)
    middle, aim = np.average(x, axis=0, weights=w), np.average(y, axis=0, weights=w)
    expected, _ = Rotation.align_vectors(y - aim, x - middle, weights=w)
    fit = umeyama(*map(torch.from_numpy, (x, y, w)), scaled=False)
    np.testing.assert_allclose(fit.R.numpy(), expected.as_matrix(), atol=1e-9)
    np.testing.assert_allclose(fit.t.numpy(), aim - expected.as_matrix() @ middle, atol=1e-9)
    assert float(fit.scale) == 1


@laws
@given(seeds)
def test_no_similarity_near_a_fit_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = points(seed, 9), points(seed + 1, 9)
    weights = torch.from_numpy(rng.uniform(0, 1, 9))
    fit = umeyama(x, y, weights)

    def cost(S: Similarity) -> float:
        return float((weights * (S(x) - y).square().sum(-1)).sum())

    for _ in range(8):
        step = 1e-3 * torch.from_numpy(rng.normal(size=7))
        near = Similarity(fit.R @ roma.rotvec_to_rotmat(step[:3]), fit.t + step[3:6], fit.scale * step[6].exp())
        assert cost(near) > cost(fit)


@laws
@given(seeds)
def test_mirror_images_are_not_fitted_by_reflections(seed: int) -> None:
    x = points(seed, 5, 10)
    fit = umeyama(x, x * torch.tensor([-1.0, 1, 1], dtype=torch.float64))
    torch.testing.assert_close(torch.linalg.det(fit.R), torch.ones(5, dtype=torch.float64))
    assert (fit.scale >= 0).all()


@laws
@given(seeds)
def test_weights_say_how_often_a_pair_counts(seed: int) -> None:
    x, y = points(seed, 6), points(seed + 1, 6)
    weights = torch.tensor([1.0, 2, 0, 1, 3, 1], dtype=torch.float64)
    times = weights.long()
    assert_same(umeyama(x, y, weights), umeyama(x.repeat_interleave(times, 0), y.repeat_interleave(times, 0)))
    assert_same(umeyama(x, y, weights), umeyama(x, y, 7 * weights))


@laws
@given(seeds)
def test_a_fit_moves_with_both_sides(seed: int) -> None:
    x, y = points(seed, 5, 8), points(seed + 1, 5, 8)
    a, b = batch(seed), batch(seed + 3)
    moved, plain = umeyama(a(x), b(y)), umeyama(x, y)
    assert_same(moved, b @ plain @ a.inverse(), 1e-6)


def test_a_fit_is_differentiable_in_points_and_weights() -> None:
    x, y = points(1, 5).requires_grad_(), points(2, 5).requires_grad_()
    weights = torch.tensor([0.3, 1, 0.5, 0.8, 0.1], dtype=torch.float64, requires_grad=True)

    def fitted(*given: torch.Tensor) -> torch.Tensor:
        return umeyama(*given).matrix

    assert torch.autograd.gradcheck(fitted, (x, y, weights), atol=1e-5)


def test_the_gradient_is_finite_where_all_directions_are_alike() -> None:
    x = torch.cat([torch.eye(3), -torch.eye(3)]).double().requires_grad_()
    umeyama(x, x.detach()).matrix.sum().backward()
    assert x.grad is not None and torch.isfinite(x.grad).all()


def test_points_that_are_not_paired_are_refused() -> None:
    with pytest.raises(ValueError, match=r"paired must both be \(\.\.\., n, 3\), got \(4, 3\) and \(5, 3\)"):
        umeyama(torch.zeros(4, 3), torch.zeros(5, 3))
    with pytest.raises(ValueError, match="paired"):
        umeyama(torch.zeros(4, 2), torch.zeros(4, 2))


@laws
@given(seeds)
def test_triangles_of_one_shape_tell_their_similarity(seed: int) -> None:
    S, x = batch(seed), points(seed, 5, 3)
    assert_same(triangle_similarity(x, S(x)), S, 1e-6)


@laws
@given(seeds)
def test_the_similarity_of_any_triangles_is_proper_and_keeps_middle_and_circumference(seed: int) -> None:
    x, y = points(seed, 5, 3), points(seed + 1, 5, 3)
    S = triangle_similarity(x, y)
    torch.testing.assert_close(S.R @ S.R.mT, torch.eye(3, dtype=torch.float64).expand(5, 3, 3))
    torch.testing.assert_close(torch.linalg.det(S.R), torch.ones(5, dtype=torch.float64))
    torch.testing.assert_close(S(x).mean(dim=-2), y.mean(dim=-2))
    around = [(p - p.roll(1, dims=-2)).norm(dim=-1).sum(dim=-1) for p in (S(x), y)]
    torch.testing.assert_close(*around)


def test_lines_tell_no_similarity() -> None:
    line = torch.tensor([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    assert torch.isnan(triangle_similarity(line, line).R).any()


@pytest.mark.parametrize("spread", [(0.3, 0.2, 0.1), (0.3, 0.02, 0.01), (0.2, 0.2, 0.0)])
def test_doubt_is_how_far_off_fits_of_noisy_pairs_are(spread: tuple[float, float, float]) -> None:
    sigma, n, trials = 0.02, 60, 4000
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    x = torch.linalg.qr(x - x.mean(dim=0)).Q * math.sqrt(n) * torch.tensor(spread, dtype=torch.float64)
    fits = umeyama(x.expand(trials, n, 3), x + sigma * torch.randn(trials, n, 3, generator=generator, dtype=torch.float64))
    turns = roma.rotmat_to_rotvec(fits.R)
    told = doubt(x, sigma * math.sqrt(3))
    assert float(turns[:, 0].std()) == pytest.approx(told.rotation, rel=0.06)
    assert float(turns[:, 1:].std(dim=0).max()) < 1.06 * told.rotation
    assert float(fits.scale.std()) == pytest.approx(told.scale, rel=0.06)


@laws
@given(seeds)
def test_doubt_is_the_same_from_all_sides_and_halves_with_four_times_the_points(seed: int) -> None:
    x = points(seed, 20)
    turned = x @ placed(np.random.default_rng(seed)).R.mT + 5
    plain, more = doubt(x, 0.1), doubt(x.repeat(4, 1), 0.1)
    assert vars(doubt(turned, 0.1)) == pytest.approx(vars(plain))
    assert vars(more) == pytest.approx({name: value / 2 for name, value in vars(plain).items()})


def test_nothing_is_known_of_points_on_a_line_or_in_one_place() -> None:
    line = torch.linspace(0, 1, 9)[:, None] * torch.tensor([1.0, 2, 3])
    assert doubt(line, 0.0).rotation == math.inf and doubt(line, 0.0).scale < PRECISION
    assert doubt(torch.ones(9, 3), 0.0) == Doubt(math.inf, math.inf)


def test_a_refusal_is_a_mistake_with_a_name() -> None:
    refusal = RefusalError("collinear", "All on one line.")
    assert isinstance(refusal, ValueError) and (refusal.reason, str(refusal)) == ("collinear", "All on one line.")
