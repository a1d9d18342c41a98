"""Laws of the network's coordinates, on random relations in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from diffusion.coordinates import Normaliser, Translation, from_coordinates, reach, to_coordinates
from oor.relation import ROT6D, SCALE_BASE, SCALE_TARGET, T, pack, unpack

laws = settings(deadline=None, max_examples=40, derandomize=True)
seeds = st.integers(0, 2**31)
translations = st.sampled_from(["contact", "linear"])
CORNERS = 0.5 * torch.tensor(list(itertools.product((-1.0, 1.0), repeat=3)), dtype=torch.float64)
Vectors = Callable[[int, int], Tensor]


def arbitrary_output(seed: int, count: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return 2 * torch.randn(count, 15, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def arbitrary_normaliser(seed: int, translation: Translation) -> Normaliser:
    mean, log_std = torch.randn(2, 15, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Normaliser(mean, log_std.exp(), translation)


def corners(vector: Tensor) -> Tensor:
    """(n, 8, 3) corners of the target's box in the base's frame: the plain way."""
    relation = unpack(vector)
    return (relation.scale_target[:, None] * CORNERS) @ relation.R_base_target.mT + relation.t_base_target[:, None]


@laws
@given(seed=seeds, translation=translations)
def test_denormalise_undoes_normalise(random_vectors: Vectors, seed: int, translation: Translation) -> None:
    vectors = random_vectors(seed, 8)
    normaliser = arbitrary_normaliser(seed, translation)
    torch.testing.assert_close(normaliser.denormalise(normaliser.normalise(vectors)), vectors, rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds, translation=translations)
def test_normalise_undoes_denormalise_up_to_the_choice_of_frame_and_unit(seed: int, translation: Translation) -> None:
    normaliser = arbitrary_normaliser(seed, translation)
    vectors = normaliser.denormalise(arbitrary_output(seed, 8))
    torch.testing.assert_close(normaliser.denormalise(normaliser.normalise(vectors)), vectors, rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds, translation=translations, shape=st.sampled_from([(15,), (2, 15), (2, 3, 15), (0, 15)]))
def test_leading_dimensions_are_only_batch(
    random_vectors: Vectors, seed: int, translation: Translation, shape: tuple[int, ...]
) -> None:
    vectors = random_vectors(seed, 6).flatten()[: torch.Size(shape).numel()].view(shape)
    rows = [to_coordinates(row, translation) for row in vectors.reshape(-1, 15)]
    torch.testing.assert_close(to_coordinates(vectors, translation), torch.stack(rows).view(shape) if rows else vectors)


@laws
@given(seed=seeds, axis=st.integers(0, 2), side=st.sampled_from([-1.0, 1.0]))
def test_contact_coordinate_is_one_where_the_boxes_touch(random_vectors: Vectors, seed: int, axis: int, side: float) -> None:
    vectors = random_vectors(seed, 8)
    spread = corners(vectors)[..., axis]
    extent = spread.amax(dim=1) - spread.amin(dim=1)
    touching = vectors.clone()
    touching[:, T.start + axis] = side * 0.5 * (vectors[:, SCALE_BASE][:, axis] + extent)
    u = to_coordinates(touching, "contact")[:, T]
    torch.testing.assert_close(u[:, axis], torch.full((8,), side, dtype=torch.float64), rtol=0, atol=1e-12)


@laws
@given(seed=seeds)
def test_coordinate_one_in_y_puts_the_target_exactly_on_the_base(seed: int) -> None:
    x = arbitrary_output(seed, 8)
    x[:, T.start + 1] = 1.0
    vectors = from_coordinates(x, "contact")
    bottom, top = corners(vectors)[..., 1].amin(dim=1), vectors[:, SCALE_BASE][:, 1] / 2
    torch.testing.assert_close(bottom, top, rtol=1e-9, atol=1e-9)


def test_linear_translation_is_the_translation_itself(random_vectors: Vectors) -> None:
    vectors = random_vectors(0, 20)
    assert torch.equal(to_coordinates(vectors, "linear")[:, T], vectors[:, T])
    assert torch.equal(from_coordinates(arbitrary_output(0, 20), "linear")[:, T], arbitrary_output(0, 20)[:, T])


def test_reach_is_half_the_sum_of_the_edges_of_unturned_boxes(random_vectors: Vectors) -> None:
    a, b = random_vectors(0, 5)[:, SCALE_TARGET], random_vectors(1, 5)[:, SCALE_BASE]
    torch.testing.assert_close(reach(torch.eye(3, dtype=torch.float64), a, b), (a + b) / 2)


@laws
@given(
    seed=seeds, translation=translations, dtype=st.sampled_from([torch.float64, torch.float32]), size=st.sampled_from([1.0, 1e4])
)
def test_any_network_output_is_a_gauged_relation(seed: int, translation: Translation, dtype: torch.dtype, size: float) -> None:
    vectors = arbitrary_normaliser(seed, translation).denormalise(size * arbitrary_output(seed, 64, dtype))
    R = unpack(vectors).R_base_target  # refuses NaN and scales <= 0
    eye, tolerance = torch.eye(3, dtype=dtype).expand(64, 3, 3), 1e-9 if dtype == torch.float64 else 1e-4
    torch.testing.assert_close(R.mT @ R, eye, rtol=0, atol=tolerance)
    torch.testing.assert_close(torch.linalg.det(R), eye[:, 0, 0], rtol=0, atol=tolerance)
    torch.testing.assert_close(vectors[:, ROT6D], pack(unpack(vectors))[:, ROT6D], rtol=0, atol=tolerance)
    assert torch.equal(vectors[:, SCALE_BASE].amax(dim=1), torch.ones(64, dtype=dtype)) and vectors.dtype == dtype


@laws
@given(seed=seeds, translation=translations)
def test_gradients_are_finite_and_reach_every_coordinate(seed: int, translation: Translation) -> None:
    x = arbitrary_output(seed, 32)
    x[0, SCALE_BASE] = 0.0  # a cube: all three edges are the longest
    x.requires_grad_()
    weights = torch.randn(32, 15, generator=torch.Generator().manual_seed(seed + 1), dtype=torch.float64)
    (gradient,) = torch.autograd.grad((from_coordinates(x, translation) * weights).sum(), x)
    assert bool(torch.isfinite(gradient).all()) and bool((gradient.abs().sum(dim=0) > 0).all())


@pytest.mark.parametrize("translation", ["contact", "linear"])
def test_a_fitted_normaliser_gives_mean_zero_and_variance_one(random_vectors: Vectors, translation: Translation) -> None:
    vectors = random_vectors(0, 500)
    x = Normaliser.of(vectors, translation).normalise(vectors)
    torch.testing.assert_close(x.mean(dim=0), torch.zeros(15, dtype=torch.float64), rtol=0, atol=1e-9)
    torch.testing.assert_close(x.std(dim=0), torch.ones(15, dtype=torch.float64), rtol=1e-2, atol=0)


def test_a_dimension_that_does_not_vary_is_not_blown_up(random_vectors: Vectors) -> None:
    vectors = random_vectors(0, 50)
    vectors[:, SCALE_BASE.start] = 1.0 + 1e-9 * torch.arange(50)
    assert float(Normaliser.of(vectors, "contact").normalise(vectors)[:, SCALE_BASE.start].abs().max()) < 1e-5


def test_one_sample_is_enough_for_a_normaliser(random_vectors: Vectors) -> None:
    vector = random_vectors(0, 1)
    normaliser = Normaliser.of(vector, "contact")
    torch.testing.assert_close(normaliser.denormalise(torch.zeros_like(vector)), vector, rtol=1e-9, atol=1e-9)
    assert bool((normaliser.std > 0).all())
