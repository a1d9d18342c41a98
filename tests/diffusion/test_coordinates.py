"""Laws of the network's coordinates, on random relations in float64."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from torch import Tensor

from diffusion.coordinates import (
    Anchors,
    Normaliser,
    Translation,
    boxes,
    contact,
    from_coordinates,
    measured,
    reach,
    to_coordinates,
)
from oor.relation import ROT6D, SCALE_BASE, SCALE_TARGET, T, base_points, pack, target_to_base, unpack

laws = settings(deadline=None, max_examples=40, derandomize=True)
seeds = st.integers(0, 2**31)
translations = st.sampled_from(["contact", "linear"])
CORNERS = 0.5 * torch.tensor(list(itertools.product((-1.0, 1.0), repeat=3)), dtype=torch.float64)
LOGS = slice(SCALE_TARGET.start, SCALE_BASE.stop)
PARTS = {"target": 3, "target_room": 3, "stands": 1, "base": 3, "base_room": 3, "log_scale": 6, "turned": 1}  # widths
Vectors = Callable[[int, int], Tensor]


def arbitrary_output(seed: int, count: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return 2 * torch.randn(count, 15, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def arbitrary_normaliser(seed: int, translation: Translation) -> Normaliser:
    mean, log_std = torch.randn(2, 15, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Normaliser(mean, log_std.exp(), translation)


def arbitrary_anchors(seed: int, *shape: int) -> Anchors:
    """Any points of the two boxes, or the bottom of the target's, any room about them, any promised scales, either's axes."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(width: int) -> Tensor:
        return torch.rand(*shape, width, generator=generator, dtype=torch.float64)

    stands = uniform(1).round()
    base_room = (uniform(3) - 0.25).clamp(0, 0.5)  # none, all, or something between
    target, target_room, base = (1 - stands) * (uniform(3) - 0.5), uniform(3).round(), uniform(3) - 0.5
    return Anchors(target, target_room, stands, base, base_room, 4 * uniform(6) - 2, uniform(1).round())


def along(anchors: Anchors, turned: float) -> Anchors:
    """The same, but all along the target's axes (1) or the base's (0)."""
    return replace(anchors, turned=torch.full_like(anchors.turned, turned))


def without_room(anchors: Anchors) -> Anchors:
    """The same, but between points that have a place and no extent."""
    nothing = {name: torch.zeros_like(getattr(anchors, name)) for name in ("target_room", "base_room", "stands")}
    return replace(anchors, **nothing)


def rotations(seed: int, count: int) -> Tensor:
    """(count, 3, 3)."""
    return torch.from_numpy(Rotation.random(count, random_state=np.random.default_rng(seed)).as_matrix())


def ends(vectors: Tensor, anchors: Anchors) -> tuple[Tensor, Tensor]:
    """The target's point and the base's (n, 3) in the base's frame: the plain way."""
    relation = unpack(vectors)
    standing = relation.t_base_target.clone()
    standing[:, 1] = corners(vectors)[..., 1].amin(dim=1)
    target = torch.where(anchors.stands > 0, standing, target_to_base(relation, anchors.target[:, None])[:, 0])
    return target, base_points(relation, anchors.base[:, None])[:, 0]


def into(R: Tensor, ways: Tensor) -> Tensor:
    """Ways (n, 3) of a frame, as they are seen from one that is turned by R (n, 3, 3) in it."""
    return torch.einsum("nji,nj->ni", R, ways)


def some_anchors(anchored: bool, seed: int, *shape: int) -> Anchors | None:
    return arbitrary_anchors(seed, *shape) if anchored else None


def corners(vector: Tensor) -> Tensor:
    """(n, 8, 3) corners of the target's box in the base's frame: the plain way."""
    relation = unpack(vector)
    return (relation.scale_target[:, None] * CORNERS) @ relation.R_base_target.mT + relation.t_base_target[:, None]


@laws
@given(seed=seeds, translation=translations, anchored=st.booleans())
def test_denormalise_undoes_normalise(random_vectors: Vectors, seed: int, translation: Translation, anchored: bool) -> None:
    vectors, anchors = random_vectors(seed, 8), some_anchors(anchored, seed, 8)
    normaliser = arbitrary_normaliser(seed, translation)
    back = normaliser.denormalise(normaliser.normalise(vectors, anchors), anchors)
    torch.testing.assert_close(back, vectors, rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds, translation=translations, anchored=st.booleans())
def test_normalise_undoes_denormalise_up_to_the_choice_of_frame_and_unit(
    seed: int, translation: Translation, anchored: bool
) -> None:
    normaliser, anchors = arbitrary_normaliser(seed, translation), some_anchors(anchored, seed, 8)
    vectors = normaliser.denormalise(arbitrary_output(seed, 8), anchors)
    back = normaliser.denormalise(normaliser.normalise(vectors, anchors), anchors)
    torch.testing.assert_close(back, vectors, rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds)
def test_coordinates_of_a_proper_rotation_and_a_gauged_base_come_back_as_they_were(random_vectors: Vectors, seed: int) -> None:
    """The whole of what the network may say without being corrected."""
    anchors, x = arbitrary_anchors(seed, 8), arbitrary_output(seed, 8)
    x[:, ROT6D] = random_vectors(seed, 8)[:, ROT6D]
    x[:, SCALE_BASE] -= (x[:, SCALE_BASE] + anchors.log_scale[:, 3:]).amax(dim=1, keepdim=True)
    back = to_coordinates(from_coordinates(x, "contact", anchors), "contact", anchors)
    torch.testing.assert_close(back, x, rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds, translation=translations, shape=st.sampled_from([(15,), (2, 15), (2, 3, 15), (0, 15)]), anchored=st.booleans())
def test_leading_dimensions_are_only_batch(
    random_vectors: Vectors, seed: int, translation: Translation, shape: tuple[int, ...], anchored: bool
) -> None:
    vectors = random_vectors(seed, 6).flatten()[: torch.Size(shape).numel()].view(shape)
    anchors = some_anchors(anchored, seed, *shape[:-1])
    flat = Anchors(*(part.reshape(-1, part.shape[-1]) for part in vars(anchors).values())) if anchors else None
    for change in (to_coordinates, from_coordinates):
        rows = [change(row, translation, flat and flat.rows(i)) for i, row in enumerate(vectors.reshape(-1, 15))]
        torch.testing.assert_close(change(vectors, translation, anchors), torch.stack(rows).view(shape) if rows else vectors)


@laws
@given(seed=seeds, translation=translations)
def test_one_row_of_anchors_serves_all_its_samples(random_vectors: Vectors, seed: int, translation: Translation) -> None:
    vectors, anchors = random_vectors(seed, 6).view(2, 3, 15), arbitrary_anchors(seed, 2, 1)
    for change in (to_coordinates, from_coordinates):
        rows = [change(vectors[p], translation, anchors.rows(p)) for p in range(2)]
        torch.testing.assert_close(change(vectors, translation, anchors), torch.stack(rows))


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


@laws
@given(seed=seeds, shape=st.sampled_from([(15,), (4, 15), (2, 3, 15)]))
def test_without_anchors_translations_are_measured_between_the_middles_of_two_boxes(
    random_vectors: Vectors, seed: int, shape: tuple[int, ...]
) -> None:
    vectors = random_vectors(seed, 6).flatten()[: torch.Size(shape).numel()].view(shape)
    for change in (to_coordinates, from_coordinates):
        assert torch.equal(change(vectors, "contact"), change(vectors, "contact", boxes(vectors)))
    relation = unpack(vectors)
    offset, unit = contact(relation, boxes(vectors))
    assert not offset.any()
    torch.testing.assert_close(unit, reach(relation.R_base_target, relation.scale_target, relation.scale_base))
    assert {name: getattr(boxes(vectors), name).shape for name in PARTS} == {
        name: (*shape[:-1], width) for name, width in PARTS.items()
    }


@laws
@given(seed=seeds)
def test_coordinates_in_units_of_contact_are_the_way_from_the_bases_point_to_the_targets(
    random_vectors: Vectors, seed: int
) -> None:
    vectors, anchors = random_vectors(seed, 8), arbitrary_anchors(seed, 8)
    relation = unpack(vectors)
    target, base = ends(vectors, anchors)
    way = torch.where(anchors.turned > 0, into(relation.R_base_target, target - base), target - base)
    u, unit = measured(relation, anchors)
    torch.testing.assert_close(u * unit, way, rtol=1e-9, atol=1e-9)
    assert torch.equal(to_coordinates(vectors, "contact", anchors)[:, T], u) and torch.equal(contact(relation, anchors)[1], unit)


@laws
@given(seed=seeds)
def test_the_unit_of_contact_is_the_room_of_both_or_lies_between_their_sizes(random_vectors: Vectors, seed: int) -> None:
    vectors, anchors = random_vectors(seed, 8), along(arbitrary_anchors(seed, 8), 0)
    unit = contact(unpack(vectors), anchors)[1]
    half_target = (corners(vectors).amax(dim=1) - corners(vectors).amin(dim=1)) / 2
    longest = vectors[:, SCALE_TARGET].amax(dim=1, keepdim=True)
    room = anchors.target_room * half_target + anchors.base_room * vectors[:, SCALE_BASE]
    fill = (unit - room) / longest.sqrt()
    missing = torch.where(anchors.target_room > 0, 0.0, 1 - anchors.base_room / 0.5)
    torch.testing.assert_close(fill, missing, rtol=1e-9, atol=1e-9)
    assert bool((unit > 0).all())
    between = (longest.clamp_max(1) <= longest.sqrt()) & (longest.sqrt() <= longest.clamp_min(1))
    assert bool(between.all())  # the longest edge of the base is 1
    aimed = contact(unpack(vectors), along(anchors, 1))[1]
    torch.testing.assert_close(aimed, longest.sqrt().expand(-1, 3), rtol=1e-12, atol=0)  # whatever the room


@laws
@given(seed=seeds, turned=st.sampled_from([0.0, 1.0, None]))
def test_coordinates_along_either_objects_axes_can_be_undone(random_vectors: Vectors, seed: int, turned: float | None) -> None:
    vectors, anchors = random_vectors(seed, 16), arbitrary_anchors(seed, 16)
    anchors = anchors if turned is None else along(anchors, turned)
    back = from_coordinates(to_coordinates(vectors, "contact", anchors), "contact", anchors)
    assert float(((back - vectors) / vectors.abs().clamp_min(1)).abs().max()) < 1e-9


@laws
@given(seed=seeds)
def test_each_sample_is_measured_along_its_own_axes_whatever_the_others_are(random_vectors: Vectors, seed: int) -> None:
    vectors, anchors = random_vectors(seed, 8), arbitrary_anchors(seed, 8)
    for change in (to_coordinates, from_coordinates):
        of_base, of_target = (change(vectors, "contact", along(anchors, turned)) for turned in (0, 1))
        assert torch.equal(change(vectors, "contact", anchors), torch.where(anchors.turned > 0, of_target, of_base))
        assert bool(((of_base != of_target).any(dim=1)).all())
        others = [i for i in range(15) if not T.start <= i < T.stop]
        assert torch.equal(of_base[:, others], of_target[:, others])


@laws
@given(seed=seeds)
def test_along_the_targets_axes_it_is_all_one_from_where_the_target_is_aimed(random_vectors: Vectors, seed: int) -> None:
    """The target goes round the base's point, which it is turned to as before."""
    vectors, anchors, Q = random_vectors(seed, 8), without_room(arbitrary_anchors(seed, 8)), rotations(seed + 1, 8)
    relation, (target, base) = unpack(vectors), ends(vectors, anchors)
    turned = replace(relation, R_base_target=Q @ relation.R_base_target)
    moved = base + into(Q.mT, target - base)
    middle = relation.t_base_target + moved - target_to_base(turned, anchors.target[:, None])[:, 0]
    round_it = pack(replace(turned, t_base_target=middle))
    torch.testing.assert_close(ends(round_it, anchors), (moved, base), rtol=1e-9, atol=1e-9)
    (before, after), (aimed, aimed_after) = (
        [to_coordinates(v, "contact", along(anchors, side))[:, T] for v in (vectors, round_it)] for side in (0, 1)
    )
    torch.testing.assert_close(aimed_after, aimed, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(after, into(Q.mT, before), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(before.norm(dim=1), aimed.norm(dim=1), rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds)
def test_however_a_network_turns_an_aimed_target_it_stays_aimed(random_vectors: Vectors, seed: int) -> None:
    x, anchors = arbitrary_output(seed, 8), replace(along(arbitrary_anchors(seed, 8), 1), stands=torch.zeros(8, 1).double())
    other = x.clone()
    other[:, ROT6D] = random_vectors(seed, 8)[:, ROT6D]
    seen = []
    for vectors in (from_coordinates(x, "contact", anchors), from_coordinates(other, "contact", anchors)):
        target, base = ends(vectors, anchors)
        seen.append(into(unpack(vectors).R_base_target, base - target))
    torch.testing.assert_close(seen[0], seen[1], rtol=1e-9, atol=1e-9)
    unit = vectors[:, SCALE_TARGET].amax(dim=1, keepdim=True).sqrt()
    torch.testing.assert_close(seen[0], -x[:, T] * unit, rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds)
def test_translations_are_stretched_by_the_unit_of_contact_along_either_objects_axes(random_vectors: Vectors, seed: int) -> None:
    vectors, anchors = random_vectors(seed, 8), arbitrary_anchors(seed, 8)

    def u(t: Tensor) -> Tensor:
        return to_coordinates(torch.cat([vectors[:, ROT6D], t, vectors[:, LOGS]], dim=1), "contact", anchors)[:, T].sum(dim=0)

    stretch = torch.autograd.functional.jacobian(u, vectors[:, T]).transpose(0, 1)  # each sample's own
    unit = contact(unpack(vectors), anchors)[1]
    torch.testing.assert_close(torch.linalg.det(stretch) * unit.prod(dim=1), torch.ones(8).double(), rtol=0, atol=1e-9)


@laws
@given(seed=seeds)
def test_log_scales_are_measured_from_what_is_promised(random_vectors: Vectors, seed: int) -> None:
    vectors, anchors = random_vectors(seed, 8), arbitrary_anchors(seed, 8)
    plain, promising = (to_coordinates(vectors, "contact", one)[:, LOGS] for one in (None, anchors))
    torch.testing.assert_close(plain, vectors[:, LOGS].log())
    torch.testing.assert_close(promising + anchors.log_scale, plain)
    promised = anchors.log_scale.clone()
    promised[:, 3:] -= promised[:, 3:].amax(dim=1, keepdim=True)
    kept = torch.cat([vectors[:, :9], promised.exp()], dim=1)
    anchors = Anchors(**{**vars(anchors), "log_scale": promised})
    assert float(to_coordinates(kept, "contact", anchors)[:, LOGS].abs().max()) < 1e-12


def test_linear_translation_knows_no_anchors(random_vectors: Vectors) -> None:
    vectors, x, anchors = random_vectors(0, 20), arbitrary_output(0, 20), arbitrary_anchors(0, 20)
    assert torch.equal(to_coordinates(vectors, "linear", anchors), to_coordinates(vectors, "linear"))
    assert torch.equal(from_coordinates(x, "linear", anchors), from_coordinates(x, "linear"))


def test_anchors_of_single_precision_do_not_round_the_vectors(random_vectors: Vectors) -> None:
    vectors = random_vectors(0, 20)
    anchors = Anchors(*(part.float() for part in vars(arbitrary_anchors(0, 20)).values()))
    x = to_coordinates(vectors, "contact", anchors)
    assert x.dtype == torch.float64
    torch.testing.assert_close(from_coordinates(x, "contact", anchors), vectors, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("anchored", [False, True])
def test_a_training_that_rounds_products_does_not_round_coordinates(random_vectors: Vectors, anchored: bool) -> None:
    vectors, exact = random_vectors(0, 50).float(), arbitrary_anchors(0, 50)
    anchors = Anchors(*(part.float() for part in vars(exact).values())) if anchored else None
    for change in (to_coordinates, from_coordinates):
        with torch.autocast("cpu", torch.bfloat16):
            rounded = change(vectors, "contact", anchors)
        assert rounded.dtype == torch.float32 and torch.equal(rounded, change(vectors, "contact", anchors))


def test_anchors_are_chosen_by_row_and_read_as_numbers() -> None:
    anchors = arbitrary_anchors(0, 4, 1)
    assert {name: part.shape[-1] for name, part in vars(anchors).items()} == PARTS
    numbers = anchors.numbers()
    assert numbers.shape == (4, 1, 20) and torch.equal(numbers, torch.cat(list(vars(anchors).values()), dim=-1))
    for index in (2, torch.tensor([3, 0, 3])):
        assert torch.equal(anchors.rows(index).numbers(), numbers[index])


def test_reach_is_half_the_sum_of_the_edges_of_unturned_boxes(random_vectors: Vectors) -> None:
    a, b = random_vectors(0, 5)[:, SCALE_TARGET], random_vectors(1, 5)[:, SCALE_BASE]
    torch.testing.assert_close(reach(torch.eye(3, dtype=torch.float64), a, b), (a + b) / 2)


@laws
@given(
    seed=seeds,
    translation=translations,
    dtype=st.sampled_from([torch.float64, torch.float32]),
    size=st.sampled_from([1.0, 1e4]),
    anchored=st.booleans(),
)
def test_any_network_output_is_a_gauged_relation(
    seed: int, translation: Translation, dtype: torch.dtype, size: float, anchored: bool
) -> None:
    anchors = Anchors(*(part.to(dtype) for part in vars(arbitrary_anchors(seed, 64)).values())) if anchored else None
    vectors = arbitrary_normaliser(seed, translation).denormalise(size * arbitrary_output(seed, 64, dtype), anchors)
    R = unpack(vectors).R_base_target  # refuses NaN and scales <= 0
    eye, tolerance = torch.eye(3, dtype=dtype).expand(64, 3, 3), 1e-9 if dtype == torch.float64 else 1e-4
    torch.testing.assert_close(R.mT @ R, eye, rtol=0, atol=tolerance)
    torch.testing.assert_close(torch.linalg.det(R), eye[:, 0, 0], rtol=0, atol=tolerance)
    torch.testing.assert_close(vectors[:, ROT6D], pack(unpack(vectors))[:, ROT6D], rtol=0, atol=tolerance)
    assert torch.equal(vectors[:, SCALE_BASE].amax(dim=1), torch.ones(64, dtype=dtype)) and vectors.dtype == dtype


@laws
@given(seed=seeds, translation=translations, anchored=st.booleans())
def test_gradients_are_finite_and_reach_every_coordinate(seed: int, translation: Translation, anchored: bool) -> None:
    x = arbitrary_output(seed, 32)
    x[0, SCALE_BASE] = 0.0  # a cube: all three edges are the longest
    x.requires_grad_()
    weights = torch.randn(32, 15, generator=torch.Generator().manual_seed(seed + 1), dtype=torch.float64)
    (gradient,) = torch.autograd.grad((from_coordinates(x, translation, some_anchors(anchored, seed, 32)) * weights).sum(), x)
    assert bool(torch.isfinite(gradient).all()) and bool((gradient.abs().sum(dim=0) > 0).all())


@pytest.mark.parametrize("translation", ["contact", "linear"])
def test_a_fitted_normaliser_gives_mean_zero_and_variance_one(random_vectors: Vectors, translation: Translation) -> None:
    vectors = random_vectors(0, 500)
    x = Normaliser.of(vectors, translation).normalise(vectors)
    torch.testing.assert_close(x.mean(dim=0), torch.zeros(15, dtype=torch.float64), rtol=0, atol=1e-9)
    torch.testing.assert_close(x.std(dim=0), torch.ones(15, dtype=torch.float64), rtol=1e-2, atol=0)


@pytest.mark.parametrize("translation", ["contact", "linear"])
def test_a_normaliser_is_fitted_as_much_to_anchors_as_to_boxes(random_vectors: Vectors, translation: Translation) -> None:
    vectors, anchors = random_vectors(0, 500), arbitrary_anchors(0, 500)
    normaliser = Normaliser.of(vectors, translation, anchors)
    x = torch.cat([normaliser.normalise(vectors), normaliser.normalise(vectors, anchors)])
    torch.testing.assert_close(x.mean(dim=0), torch.zeros(15, dtype=torch.float64), rtol=0, atol=1e-9)
    torch.testing.assert_close(x.std(dim=0, correction=0), torch.ones(15, dtype=torch.float64), rtol=1e-9, atol=0)
    plain, same = Normaliser.of(vectors, translation), Normaliser.of(vectors, translation, boxes(vectors))
    torch.testing.assert_close((same.mean, same.std), (plain.mean, plain.std))
    assert (float((normaliser.mean - plain.mean).abs().max()) > 0.1) == (translation == "contact")


def test_a_dimension_that_does_not_vary_is_not_blown_up(random_vectors: Vectors) -> None:
    vectors = random_vectors(0, 50)
    vectors[:, SCALE_BASE.start] = 1.0 + 1e-9 * torch.arange(50)
    assert float(Normaliser.of(vectors, "contact").normalise(vectors)[:, SCALE_BASE.start].abs().max()) < 1e-5


def test_one_sample_is_enough_for_a_normaliser(random_vectors: Vectors) -> None:
    vector = random_vectors(0, 1)
    normaliser = Normaliser.of(vector, "contact")
    torch.testing.assert_close(normaliser.denormalise(torch.zeros_like(vector)), vector, rtol=1e-9, atol=1e-9)
    assert bool((normaliser.std > 0).all())
