"""Linear scales: the paper's coordinates are the relation's own numbers, and whatever a network says becomes a relation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.coordinates import FLOOR, MAX_LOG, SCALES, Anchors, Normaliser, from_coordinates, to_coordinates
from oor.relation import SCALE_BASE, SCALE_TARGET, T, gauge, matrix_to_columns_6d, pack, unpack

Vectors = Callable[[int, int], Tensor]
TRANSLATIONS = ("contact", "linear")


@pytest.fixture
def anchors() -> Anchors:
    """A rim, a tip, some room, and promised scales that linear ones take no notice of."""
    random = torch.Generator().manual_seed(2)
    parts = [torch.rand(50, width, generator=random, dtype=torch.float64) for width in (3, 3, 1, 3, 3, 6, 1)]
    point, room, stands, base, base_room, promised, turned = parts
    return Anchors(point - 0.5, room.round(), stands.round(), base - 0.5, base_room / 2, promised, turned.round())


def test_the_papers_coordinates_are_the_numbers_themselves(random_vectors: Vectors) -> None:
    vectors = random_vectors(0, 200)
    assert bool((vectors[:, SCALES] > FLOOR).all())
    assert torch.equal(Normaliser.plain().normalise(vectors), vectors)
    back = Normaliser.plain().denormalise(vectors)
    assert torch.equal(back[:, T.start :], vectors[:, T.start :])
    torch.testing.assert_close(back[:, : T.start], vectors[:, : T.start], rtol=0, atol=1e-12)


@pytest.mark.parametrize("translation", TRANSLATIONS)
def test_there_and_back_is_the_same_between_any_anchors(translation: str, random_vectors: Vectors, anchors: Anchors) -> None:
    vectors = random_vectors(1, 50)
    assert bool((vectors[:, SCALES] > FLOOR).all())
    for where in (None, anchors):
        x = to_coordinates(vectors, translation, where, "linear")  # type: ignore[arg-type]
        assert torch.equal(x[:, SCALES], vectors[:, SCALES])
        back = from_coordinates(x, translation, where, "linear")  # type: ignore[arg-type]
        torch.testing.assert_close(back, vectors, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("translation", TRANSLATIONS)
def test_promised_sizes_do_not_count(translation: str, random_vectors: Vectors, anchors: Anchors) -> None:
    vectors, other = random_vectors(1, 50), replace(anchors, log_scale=anchors.log_scale + 1)
    one, two = (to_coordinates(vectors, translation, where, "linear") for where in (anchors, other))  # type: ignore[arg-type]
    assert torch.equal(one, two)


@pytest.mark.parametrize("translation", TRANSLATIONS)
def test_any_output_becomes_a_relation(translation: str) -> None:
    x = 3 * torch.randn(500, 15, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x[0, SCALES] = -1.0
    vectors = from_coordinates(x, translation, None, "linear")  # type: ignore[arg-type]
    relation = unpack(vectors)  # refuses what is not one
    torch.testing.assert_close(vectors[:, :6], matrix_to_columns_6d(relation.R_base_target), rtol=0, atol=1e-12)
    assert bool((relation.scale_base.amax(dim=-1) == 1).all())
    torch.testing.assert_close(vectors[0, SCALES], torch.ones(6, dtype=torch.float64))


def test_another_unit_of_length_is_no_other_relation(random_vectors: Vectors) -> None:
    """What is off the gauge is measured anew as `oor.relation.gauge` does it: translation and sizes together."""
    vectors, unit = random_vectors(3, 50), torch.linspace(0.5, 2, 50, dtype=torch.float64)[:, None]
    off = torch.cat([vectors[:, : T.start], unit * vectors[:, T.start :]], dim=1)
    torch.testing.assert_close(Normaliser.plain().denormalise(off), pack(gauge(unpack(off))), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(Normaliser.plain().denormalise(off), vectors, rtol=1e-10, atol=1e-10)


def test_scales_that_are_not_positive_are_set_to_the_floor() -> None:
    x = torch.tensor([[1.0, 0, 0, 0, 1, 0, 0, 0, 0, -3, 0, 0.5, 1, -0.1, 0.2]], dtype=torch.float64)
    vector = Normaliser.plain().denormalise(x)[0]
    assert vector[SCALE_TARGET].tolist() == [FLOOR, FLOOR, 0.5] and vector[SCALE_BASE].tolist() == [1.0, FLOOR, 0.2]
    assert 1e-3 == FLOOR < 2.7**MAX_LOG


def test_a_normaliser_of_linear_scales_is_fitted_to_them(random_vectors: Vectors) -> None:
    vectors = random_vectors(4, 300)
    linear, log = (Normaliser.of(vectors, "contact", None, scales) for scales in ("linear", "log"))
    torch.testing.assert_close(linear.mean[SCALES], vectors[:, SCALES].mean(dim=0))
    assert Normaliser.of(vectors, "contact").scales == log.scales == "log" and linear.scales == "linear"
    assert torch.equal(linear.mean[: SCALES.start], log.mean[: SCALES.start])
    torch.testing.assert_close(linear.denormalise(linear.normalise(vectors)), vectors, rtol=1e-8, atol=1e-8)
