"""Which points of two objects a relation is measured between: where they are, how they are found, how a text chooses them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import Tensor

from diffusion.anchors import (
    AXES,
    BASES,
    BOTTOM,
    BOX_BASE,
    BOX_TARGET,
    FEW,
    MIDDLE,
    OF_BASE,
    OF_TARGET,
    PLAIN_CHOICE,
    RESOLUTION,
    SHARP,
    TARGETS,
    TOP,
    WORST,
    Choice,
    anchor_loss,
    anchor_spreads,
    available,
    best_choice,
    contact_moments,
)
from diffusion.coordinates import boxes, contact, from_coordinates, to_coordinates
from diffusion.data import catalog_data, instances
from diffusion.denoiser import Denoiser
from diffusion.network import ANCHOR_WIDTH, Conditioning
from diffusion.training import initialise
from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context
from oor.catalog.descriptors import AXIS, DOUBLED, EXTENTS, HALF, LOG_SIZE, PLAIN, POINT, THERE, WIDTH, descriptor
from oor.catalog.frames import FRAMES
from oor.relation import SCALE_BASE, SCALE_TARGET, Relation, T, base_points, gauge, pack, target_to_base, unpack

laws = settings(deadline=None, max_examples=40, derandomize=True)
few = settings(laws, max_examples=6)  # where each example is about all objects
seeds = st.integers(0, 2**31)
TARGET_NAMES = ("middle of the box", "bottom of the box", *FRAMES)
BASE_NAMES = ("middle of the box", "bottom of the box", "top of the box", *FRAMES)
NAMES = (
    "teapot", "teacup", "hat", "doll", "pliers", "nail", "chair", "candle", "pizza cutter", "salt shaker", "monitor",
    "desk lamp", "eraser", "tripod", "towel rack", "power strip", "fan", "hammer", "magnifying glass", "padlock", "plug",
    "spoon", "spatula", "violin", "violin bow", "ball", "screw",
)
CORNERS = 0.5 * torch.tensor(list(itertools.product((-1.0, 1.0), repeat=3)), dtype=torch.float64)
CHOICES = (TARGETS, BASES, AXES)
Vectors = Callable[[int, int], Tensor]
Make = Callable[..., Denoiser]


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@cache
def objects() -> tuple[Category, ...]:
    """Objects that have every frame between them: of typical and of random shape."""
    known = [categories()[name] for name in NAMES]
    return tuple(one for category in known for one in (category, *instances(category, 2, 0)))


def described(pairs: list[tuple[Category, Category]]) -> Tensor:
    """(p, 2, WIDTH) descriptors in float64."""
    return torch.from_numpy(np.stack([[descriptor(one) for one in pair] for pair in pairs]))


def every_choice(shift: int) -> tuple[list[tuple[Category, Category]], Choice]:
    """Every object as target and as base of some other, with every choice of points that the two have, along either's axes."""
    rows = []
    for target, base in zip(objects(), (*objects()[shift:], *objects()[:shift]), strict=True):
        for t, b in itertools.product(range(TARGETS), range(BASES)):
            has_target = t < BOX_TARGET or TARGET_NAMES[t] in target.template.frames
            has_base = b < BOX_BASE or BASE_NAMES[b] in base.template.frames
            if has_target and has_base:
                rows.append((target, base, t, b))
    pairs = [(target, base) for target, base, _, _ in rows]
    target, base = torch.tensor([(t, b) for _, _, t, b in rows]).T
    axes = torch.arange(AXES).repeat_interleave(len(rows))
    return AXES * pairs, Choice(described(pairs).repeat(AXES, 1, 1), target.repeat(AXES), base.repeat(AXES), axes)


def plain_points(names: list[str], owners: list[Category]) -> Tensor:
    """(r, 1, 1, 3) of named frames in the unit cubes of their objects; the middle where the name is none of a frame."""
    found = [one.template.frames[n].point / one.template.extents if n in FRAMES else np.zeros(3) for n, one in zip(
        names, owners, strict=True)]
    return torch.from_numpy(np.stack(found))[:, None, None]


def plain_ends(pairs: list[tuple[Category, Category]], choice: Choice, relation: Relation) -> tuple[Tensor, Tensor]:
    """Both anchors (r, k, 3) in the base's frame, from the templates themselves."""
    target, base = ([pair[i] for pair in pairs] for i in range(2))
    target_names, base_names = [TARGET_NAMES[i] for i in choice.target], [BASE_NAMES[i] for i in choice.base]
    ends = target_to_base(relation, plain_points(target_names, target))[..., 0, :]
    lowest = target_to_base(relation, CORNERS)[..., 1].amin(dim=-1)
    stands = torch.tensor([name == "bottom of the box" for name in target_names])[:, None]
    ends[..., 1] = torch.where(stands, lowest, ends[..., 1])
    starts = base_points(relation, plain_points(base_names, base))[..., 0, :]
    side = torch.tensor([{"top of the box": 0.5, "bottom of the box": -0.5}.get(name, 0.0) for name in base_names])
    starts[..., 1] += side[:, None] * relation.scale_base[..., 1]
    return ends, starts


def plain_units(pairs: list[tuple[Category, Category]], choice: Choice, relation: Relation) -> Tensor:
    """(r, k, 3) distances at which things touch: the half widths about both anchors, or what lies between both sizes.

    Along the target's axes, always what lies between both sizes.
    """
    corners = target_to_base(relation, CORNERS)
    half_target = (corners.amax(dim=-2) - corners.amin(dim=-2)) / 2
    roomy, widths = [], []
    for (_, base), t, b in zip(pairs, choice.target.tolist(), choice.base.tolist(), strict=True):
        roomy.append([t < BOX_TARGET, t == MIDDLE, t < BOX_TARGET])
        width = np.array([0.5, 0.5 * (b == MIDDLE), 0.5])
        if b >= BOX_BASE:
            frame = base.template.frames[BASE_NAMES[b]]
            width = np.array([frame.half[0], 0.0, frame.half[1]]) / base.template.extents
        widths.append(np.minimum(width, 0.5))
    room, width = torch.tensor(roomy)[:, None].double(), torch.from_numpy(np.stack(widths))[:, None]
    middling = relation.scale_target.amax(dim=-1, keepdim=True).sqrt()
    units = room * half_target + width * relation.scale_base + (1 - room) * (1 - width / 0.5) * middling
    return torch.where((choice.axes == OF_TARGET)[:, None, None], middling, units)


def test_the_objects_of_these_tests_have_every_frame() -> None:
    assert {name for one in objects() for name in one.template.frames} == set(FRAMES)
    assert (TARGETS, BASES) == (len(TARGET_NAMES), len(BASE_NAMES)) == (2 + len(FRAMES), 3 + len(FRAMES))
    assert {OF_BASE, OF_TARGET} == set(range(AXES))


@few
@given(seed=seeds, shift=st.integers(0, 80))
def test_coordinates_between_any_two_points_can_be_undone(
    random_vectors: Vectors, seed: int, shift: int
) -> None:
    _, choice = every_choice(shift)
    anchors, vectors = choice.anchors(), random_vectors(seed, 2 * len(choice.shapes)).view(-1, 2, 15)
    x = to_coordinates(vectors, "contact", anchors)
    assert bool(torch.isfinite(x).all()) and set(choice.target.tolist()) == set(range(TARGETS))
    torch.testing.assert_close(from_coordinates(x, "contact", anchors), vectors, rtol=1e-9, atol=1e-9)


@few
@given(seed=seeds, shift=st.integers(0, 80))
def test_coordinates_lead_from_the_bases_point_to_the_targets_in_units_of_contact(
    random_vectors: Vectors, seed: int, shift: int
) -> None:
    pairs, choice = every_choice(shift)
    vectors = random_vectors(seed, 2 * len(pairs)).view(-1, 2, 15)
    relation, anchors = unpack(vectors), choice.anchors()
    ends, starts = plain_ends(pairs, choice, relation)
    units = plain_units(pairs, choice, relation)
    torch.testing.assert_close(contact(relation, anchors)[1], units, rtol=1e-9, atol=1e-12)
    way = ends - starts
    of_target = torch.einsum("pkji,pkj->pki", relation.R_base_target, way)
    way = torch.where((choice.axes == OF_TARGET)[:, None, None], of_target, way)
    u = to_coordinates(vectors, "contact", anchors)[..., T]
    torch.testing.assert_close(u * units, way, rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds, base=st.sampled_from([MIDDLE, TOP]))
def test_the_target_stands_on_the_base_where_its_bottom_is_at_the_top(
    random_vectors: Vectors, seed: int, base: int
) -> None:
    """Between two middles that is at the coordinate 1; between bottom and top at 0; and so it is for the mixed choices."""
    rng = np.random.default_rng(seed)
    pair = tuple(objects()[i] for i in rng.integers(len(objects()), size=2))
    vectors = random_vectors(seed, 8)
    relation = unpack(vectors)
    lowest = target_to_base(relation, CORNERS)[..., 1].amin(dim=-1)
    vectors[:, T.start + 1] += relation.scale_base[:, 1] / 2 - lowest
    for target in (MIDDLE, BOTTOM):
        choice = Choice(described([pair]), *torch.tensor([[target], [base], [OF_BASE]]))
        u_y = to_coordinates(vectors, "contact", choice.anchors().rows(0))[:, T.start + 1]
        if target == MIDDLE:
            expected = torch.ones(8).double()
        elif base == TOP:
            expected = torch.zeros(8).double()
        else:
            continue  # from the middle of the base, how high its top is in these units depends on its size
        torch.testing.assert_close(u_y, expected, rtol=0, atol=1e-9)


@few
@given(seed=seeds, shift=st.integers(0, 80))
def test_typical_instances_have_log_scales_of_zero(
    random_vectors: Vectors, seed: int, shift: int
) -> None:
    pairs, choice = every_choice(shift)
    edges = [torch.from_numpy(np.stack([one.template.extents * one.typical_m for one in column])) for column in zip(
        *pairs, strict=True)]
    some = unpack(random_vectors(seed, len(pairs)))
    vectors = pack(gauge(Relation(some.R_base_target, some.t_base_target, *edges)))[:, None]
    x = to_coordinates(vectors, "contact", choice.anchors())
    assert float(x[..., SCALE_TARGET].abs().max()) < 1e-9 and float(x[..., SCALE_BASE].abs().max()) < 1e-9


@laws
@given(seed=seeds, shape=st.sampled_from([(1,), (3,), (2, 3)]))
def test_two_unknown_shapes_measured_by_their_boxes_are_no_anchors_at_all(
    random_vectors: Vectors, seed: int, shape: tuple[int, int]
) -> None:
    vectors = random_vectors(seed, math.prod(shape)).view(*shape, 15)
    rows = torch.zeros(shape[0], dtype=torch.long)
    choice = Choice(torch.zeros(shape[0], 2, WIDTH, dtype=torch.float64), rows, rows, rows)
    anchors = choice.anchors() if len(shape) == 2 else choice.anchors().rows((slice(None), 0))
    expected = boxes(vectors[:, :1] if len(shape) == 2 else vectors)
    assert all(torch.equal(getattr(anchors, name), part) for name, part in vars(expected).items())
    for change in (to_coordinates, from_coordinates):
        assert torch.equal(change(vectors, "contact", anchors), change(vectors, "contact"))
        assert torch.equal(change(vectors, "contact", expected), change(vectors, "contact"))


@pytest.mark.parametrize("unknown", [(0,), (1,), (0, 1)], ids=["target", "base", "both"])
def test_of_an_unknown_shape_there_is_a_box_and_nothing_is_promised(unknown: tuple[int, ...]) -> None:
    shapes = described(list(itertools.pairwise(objects())))
    shapes[:, list(unknown)] = 0
    has = available(shapes)
    for number, count in ((0, BOX_TARGET), (1, BOX_BASE)):
        frames = has[number][:, count:].any(dim=1)
        assert bool(has[number][:, :count].all()) and bool(frames.any()) == (number not in unknown)
    chosen = (torch.multinomial(part.double(), 1, generator=generator(0))[:, 0] for part in has)
    anchors = Choice(shapes, *chosen, torch.arange(len(shapes)) % AXES).anchors()
    assert not anchors.log_scale.any() and bool(torch.isfinite(anchors.numbers()).all())


def test_the_points_of_a_shape_are_those_of_its_box_and_its_frames() -> None:
    for one in objects():
        for has, count in zip(available(described([(one, one)])), (BOX_TARGET, BOX_BASE), strict=True):
            frames = [name in one.template.frames for name in FRAMES]
            assert has.dtype == torch.bool and has[0].tolist() == [True] * count + frames


def test_points_are_looked_up_for_any_leading_dimensions() -> None:
    shapes = described([(one, other) for one, other in zip(objects()[:6], objects()[6:12], strict=True)])
    for whole, folded in zip(available(shapes), available(shapes.view(2, 3, 2, WIDTH)), strict=True):
        assert torch.equal(whole, folded.flatten(0, 1))
    for whole, empty in zip(available(shapes), available(shapes[:0]), strict=True):
        assert empty.shape == (0, whole.shape[1])


def test_a_network_reads_the_anchors_and_the_ways_their_frames_point() -> None:
    pairs, choice = every_choice(5)
    numbers = choice.described()
    assert numbers.shape == (len(pairs), ANCHOR_WIDTH) and torch.equal(numbers[:, :20], choice.anchors().numbers()[:, 0])
    for number, (chosen, names) in enumerate(((choice.target, TARGET_NAMES), (choice.base, BASE_NAMES))):
        axes = [pair[number].template.frames[names[i]].axis if names[i] in FRAMES else np.zeros(3) for pair, i in zip(
            pairs, chosen, strict=True)]
        np.testing.assert_array_equal(numbers[:, 20 + 3 * number : 23 + 3 * number], np.stack(axes))
    assert torch.equal(numbers[:, 19], (choice.axes == OF_TARGET).double())


def test_a_choice_is_a_row_each() -> None:
    _, choice = every_choice(7)
    order = torch.randperm(len(choice.shapes), generator=generator(0))
    mixed = Choice(choice.shapes[order], choice.target[order], choice.base[order], choice.axes[order])
    assert torch.equal(mixed.described(), choice.described()[order])
    assert torch.equal(mixed.anchors().numbers(), choice.anchors().numbers()[order])
    single = replace(choice, shapes=choice.shapes.float()).described()
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), choice.described(), rtol=1e-5, atol=1e-5)


def text_about(shapes: Tensor, seed: int, size: float = 1.0) -> Conditioning:
    """Three random tokens in each of the four segments, about these shapes."""
    mask, segment = torch.ones(len(shapes), 12, dtype=torch.bool), torch.arange(4).repeat_interleave(3).expand(len(shapes), 12)
    states = size * torch.randn(len(shapes), 12, 8, generator=generator(seed), dtype=shapes.dtype)
    return Conditioning(states, mask, segment, shapes)


def choosable(shapes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Which points of both objects there are, and the axes of both, which always are."""
    return *available(shapes), torch.ones(len(shapes), AXES, dtype=torch.bool)


def some_shapes(seed: int, count: int = 24) -> Tensor:
    """Pairs of real shapes, some of them hidden."""
    rng = np.random.default_rng(seed)
    shapes = described([tuple(objects()[i] for i in rng.integers(len(objects()), size=2)) for _ in range(count)])
    return shapes * torch.from_numpy(rng.random((count, 2, 1)) > 0.2)


@laws
@given(seed=seeds, size=st.sampled_from([0.0, 1.0, 1e4]))
def test_a_text_chooses_among_the_points_that_are_there(
    lively_denoiser: Make, seed: int, size: float
) -> None:
    net, shapes = lively_denoiser(seed=seed % 1000).double().anchor_net, some_shapes(seed)
    for chosen, has in zip(net(text_about(shapes, seed, size)), choosable(shapes), strict=True):
        assert chosen.shape == has.shape and torch.equal(torch.isneginf(chosen), ~has)
        assert not chosen.isnan().any() and not chosen.exp()[~has].any()
        total = chosen.exp().sum(dim=-1)
        torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-6)


def test_without_shapes_a_text_chooses_among_boxes(lively_denoiser: Make) -> None:
    target, base, axes = lively_denoiser().double().anchor_net(text_about(torch.zeros(30, 2, WIDTH, dtype=torch.float64), 0))
    assert axes.shape == (30, AXES) and bool((axes.exp() > 0).all())
    assert bool((target.exp()[:, :BOX_TARGET] > 0).all()) and not target.exp()[:, BOX_TARGET:].any()
    assert bool((base.exp()[:, :BOX_BASE] > 0).all()) and not base.exp()[:, BOX_BASE:].any()


@laws
@given(seed=seeds)
def test_the_likeliest_points_are_taken_and_they_are_there(lively_denoiser: Make, seed: int) -> None:
    denoiser, text = lively_denoiser(seed=seed % 1000).double(), text_about(some_shapes(seed), seed)
    choice = denoiser.anchors(text)
    assert torch.equal(choice.shapes, text.shapes)
    for number, chosen, there in zip(
        (choice.target, choice.base, choice.axes), denoiser.anchor_net(text), choosable(text.shapes), strict=True
    ):
        assert bool(there.gather(1, number[:, None]).all())
        assert torch.equal(chosen.gather(1, number[:, None])[:, 0], chosen.amax(dim=1))


def probabilities(seed: int, *shape: int, there: Tensor | None = None) -> Tensor:
    """Log-probabilities of random sharpness over the points that are there."""
    logits = torch.randn(shape, generator=generator(seed), dtype=torch.float64) * 10 ** (2 * (seed % 7) / 6)
    return (logits if there is None else logits.masked_fill(~there, -torch.inf)).log_softmax(dim=-1)


def some_spreads(seed: int, count: int) -> Tensor:
    """(count, TARGETS, BASES, AXES) tables whose least is 0, some with several choices that are as good."""
    table = WORST * torch.rand(count, TARGETS * BASES * AXES, generator=generator(seed), dtype=torch.float64)
    ties = torch.rand(table.shape, generator=generator(seed + 1)) < 0.001
    table = torch.where(ties, 0.0, table)
    return (table - table.amin(dim=1, keepdim=True)).view(count, *CHOICES)


@laws
@given(seed=seeds)
def test_the_anchor_loss_is_a_mean_spread_of_what_is_chosen_that_counts_the_good_ones_more(seed: int) -> None:
    has = choosable(some_shapes(seed, 5))
    target, base, axes = (probabilities(seed + i, 5, n, there=has[i]) for i, n in enumerate(CHOICES))
    spreads = some_spreads(seed, 5)
    table, *chances = (part.numpy() for part in (spreads, target.exp(), base.exp(), axes.exp()))
    good, mean = np.zeros(5), np.zeros(5)
    for p, t, b, a in itertools.product(range(5), *map(range, CHOICES)):
        chance = chances[0][p, t] * chances[1][p, b] * chances[2][p, a]
        good[p] += chance * math.exp(-SHARP * table[p, t, b, a])
        mean[p] += chance * table[p, t, b, a]
    loss = float(anchor_loss((target, base, axes), spreads))
    assert loss == pytest.approx(-np.log(good).mean() / SHARP, rel=1e-9, abs=1e-12)
    assert -1e-12 <= loss <= mean.mean() + 1e-12 and mean.max() <= WORST


@laws
@given(seed=seeds, other=st.integers(1, TARGETS * BASES * AXES - 1))
def test_the_anchor_loss_is_zero_where_nothing_but_best_choices_is_likely(seed: int, other: int) -> None:
    spreads = some_spreads(seed, 1)
    best = (spreads[0] == 0).nonzero()[seed % int((spreads == 0).sum())]
    target, base, axes = sure = [torch.full((1, n), -torch.inf, dtype=torch.float64) for n in CHOICES]
    for part, i in zip(sure, best, strict=True):
        part[0, i] = 0.0
    assert float(anchor_loss((target, base, axes), spreads)) == 0
    elsewhere = np.unravel_index((np.ravel_multi_index(best.tolist(), CHOICES) + other) % math.prod(CHOICES), CHOICES)
    for number in range(3):
        if elsewhere[number] == best[number]:
            continue
        target, base, axes = doubting = [part.clone() for part in sure]
        doubting[number][0, best[number]], doubting[number][0, elsewhere[number]] = math.log(0.999), math.log(0.001)
        moved = best.tolist()
        moved[number] = elsewhere[number]
        expected = -math.log(0.999 + 0.001 * math.exp(-SHARP * float(spreads[0][tuple(moved)]))) / SHARP
        assert float(anchor_loss((target, base, axes), spreads)) == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_choices_that_are_as_good_may_share_the_probability() -> None:
    spreads = torch.full((1, *CHOICES), 2.0, dtype=torch.float64)
    spreads[0, :3, :2, OF_TARGET] = 0.0
    target, base, axes = (torch.full((1, n), -torch.inf, dtype=torch.float64) for n in CHOICES)
    target[0, :3], base[0, :2], axes[0, OF_TARGET] = math.log(1 / 3), math.log(1 / 2), 0.0
    assert float(anchor_loss((target, base, axes), spreads)) == pytest.approx(0, abs=1e-12)
    target, base, axes = (torch.full((1, n), -math.log(n), dtype=torch.float64) for n in CHOICES)
    share = 6 / math.prod(CHOICES)
    expected = -math.log(share + (1 - share) * math.exp(-SHARP * 2)) / SHARP
    assert float(anchor_loss((target, base, axes), spreads)) == pytest.approx(expected)


@laws
@given(seed=seeds, size=st.sampled_from([0.0, 1.0, 1e4]))
def test_the_gradient_of_the_anchor_loss_is_finite_whatever_is_missing(
    lively_denoiser: Make, seed: int, size: float
) -> None:
    net = lively_denoiser(seed=seed % 1000).double().requires_grad_(True).anchor_net
    text = text_about(some_shapes(seed), seed, size)
    text.states.requires_grad_()
    text.shapes.requires_grad_()
    anchor_loss(net(text), some_spreads(seed, len(text.mask))).backward()
    gradients = [text.states.grad, text.shapes.grad, *(p.grad for p in net.parameters())]
    assert all(gradient is not None and bool(torch.isfinite(gradient).all()) for gradient in gradients)


@pytest.mark.parametrize("number", range(3), ids=["target", "base", "axes"])
def test_a_choice_that_was_ruled_out_can_still_be_learned(number: int) -> None:
    """Its gradient is not in proportion to its small chance."""
    best = (5, 4, OF_TARGET)
    spreads = torch.full((1, *CHOICES), WORST, dtype=torch.float64)
    spreads[0][best] = 0.0
    logits = [torch.zeros(1, n, dtype=torch.float64) for n in CHOICES]
    for other, part in enumerate(logits):
        chance = 0.001 if other == number else 0.999
        part[0, best[other]] = math.log(chance / (1 - chance) * (part.shape[1] - 1))
        part.requires_grad_()
    target, base, axes = (part.log_softmax(dim=-1) for part in logits)
    anchor_loss((target, base, axes), spreads).backward()
    gradient = logits[number].grad
    assert gradient is not None and float(gradient[0, best[number]]) < -0.3
    assert float((target, base, axes)[number].detach().exp()[0, best[number]]) == pytest.approx(0.001)


def test_descent_on_the_anchor_loss_ends_at_a_best_choice() -> None:
    spreads = some_spreads(3, 6)
    target, base, axes = logits = [torch.zeros(6, n, dtype=torch.float64, requires_grad=True) for n in CHOICES]
    optimiser = torch.optim.Adam(logits, lr=0.1)
    for _ in range(600):
        optimiser.zero_grad()
        chances = target.log_softmax(dim=-1), base.log_softmax(dim=-1), axes.log_softmax(dim=-1)
        anchor_loss(chances, spreads).backward()
        optimiser.step()
    chosen = spreads[torch.arange(6), *(part.argmax(dim=1) for part in logits)]
    assert float(chosen.mean()) < 0.1 < float(spreads.mean())


SOME_FRAMES = ("spout", "handle", "opening", "top", "foot")


def scattered_shapes(seed: int, groups: int) -> Tensor:
    """(groups, 2, WIDTH): boxes of any proportions, with frames at any of their points, at others in every group."""
    rng = np.random.default_rng(seed)
    shapes = np.zeros((groups, 2, WIDTH))
    extents = rng.uniform(0.3, 1.0, (groups, 2, 3))
    shapes[..., EXTENTS] = extents / extents.max(axis=-1, keepdims=True)
    shapes[..., LOG_SIZE] = rng.normal(size=(groups, 2, 1))
    frames = shapes[..., PLAIN:].reshape(groups, 2, len(FRAMES), 9)
    for name in SOME_FRAMES:
        row = frames[..., list(FRAMES).index(name), :]
        row[..., THERE] = 1.0
        row[..., POINT] = DOUBLED * rng.uniform(-0.5, 0.5, (groups, 2, 3)) * shapes[..., EXTENTS]
        row[..., AXIS] = rng.normal(size=(groups, 2, 3))
        row[..., HALF] = DOUBLED * rng.uniform(0.0, 0.2, (groups, 2, 2))
    return torch.from_numpy(np.concatenate([shapes[..., :PLAIN], frames.reshape(groups, 2, -1)], axis=-1))


HERE = (0.0, 0.0, 0.0)


def held_at(
    shapes: Tensor,
    target: int,
    base: int,
    seed: int,
    count: int = 64,
    noise: float = 0.01,
    sizes: float = 1.0,
    way: tuple[float, float, float] = HERE,
    axes: int = OF_BASE,
    turns: Tensor | None = None,
) -> Tensor:
    """(g, count, 15): the target's point is at the base's, or this way from it, but for some noise.

    sizes: how much the edges of both vary, in nats. way: in units of what lies between both sizes, along these axes. turns:
    (..., 3, 3) how the target is turned; else anyhow.
    """
    rng = np.random.default_rng(seed)
    n = len(shapes) * count
    R = torch.from_numpy(Rotation.random(n, random_state=rng).as_matrix()).view(-1, count, 3, 3)
    R = R if turns is None else turns.expand_as(R)
    edges = [torch.from_numpy(np.exp(-sizes * rng.random((len(shapes), count, 3)))) for _ in range(2)]
    scale_target, scale_base = (edge * shapes[:, None, i, EXTENTS] for i, edge in enumerate(edges))
    still = gauge(Relation(R, torch.zeros_like(scale_base), scale_target, scale_base))
    points = []
    for number, (chosen, count_box) in enumerate(((target, BOX_TARGET), (base, BOX_BASE))):
        frame = shapes[:, number, PLAIN:].unflatten(-1, (len(FRAMES), 9))[:, max(chosen - count_box, 0)]
        points.append((frame[:, POINT] / DOUBLED / shapes[:, number, EXTENTS] * (chosen >= count_box))[:, None, None])
    end, start = target_to_base(still, points[0])[..., 0, :], base_points(still, points[1])[..., 0, :]
    if target == BOTTOM:
        end[..., 1] = target_to_base(still, CORNERS)[..., 1].amin(dim=-1)
    if base in (BOTTOM, TOP):
        start[..., 1] = still.scale_base[..., 1] * (0.5 if base == TOP else -0.5)
    ahead = torch.tensor(way, dtype=torch.float64) * still.scale_target.amax(dim=-1, keepdim=True).sqrt()
    ahead = (R @ ahead[..., None])[..., 0] if axes == OF_TARGET else ahead
    t = start - end + ahead + noise * torch.from_numpy(rng.normal(size=end.shape))
    return pack(Relation(R, t, still.scale_target, still.scale_base))


def without_room(shapes: Tensor) -> Tensor:
    """The same, but every frame is a point without extent."""
    frames = shapes[..., PLAIN:].unflatten(-1, (len(FRAMES), 9)).clone()
    frames[..., HALF] = 0
    return torch.cat([shapes[..., :PLAIN], frames.flatten(-2)], dim=-1)


def alone(vectors: Tensor, shapes: Tensor) -> Tensor:
    """(TARGETS, BASES, AXES) spreads of a context that is the only one of its relation."""
    return anchor_spreads(contact_moments(vectors, shapes)[None], torch.tensor([5]))[0]


def numbers_of(names: tuple[str, ...]) -> st.SearchStrategy[int]:
    return st.sampled_from([i for i, name in enumerate(names) if name in SOME_FRAMES or name not in FRAMES])


def as_good(number: int, boxes: int) -> list[int]:
    """Choices that differ from this one by which point of the box it is: measured in boxes, one of them promises the others."""
    return list(range(boxes)) if number < boxes else [number]


@laws
@given(seed=seeds, target=numbers_of(TARGET_NAMES), base=numbers_of(BASE_NAMES))
def test_the_points_that_meet_are_found_among_all_others(seed: int, target: int, base: int) -> None:
    shapes = scattered_shapes(seed, 8)
    table = alone(held_at(shapes, target, base, seed), shapes).amin(dim=-1)
    same = torch.cartesian_prod(*map(torch.tensor, (as_good(target, BOX_TARGET), as_good(base, BOX_BASE)))).T
    assert float(table[target, base]) < 0.25 and float(table[same[0], same[1]].min()) == 0
    table[same[0], same[1]] = torch.inf
    assert float(table.min()) > 0.5, (TARGET_NAMES[target], BASE_NAMES[base])


some_frames = st.sampled_from(SOME_FRAMES)
AHEAD = (0.3, -0.4, 1.2)
UPRIGHT = torch.from_numpy(Rotation.from_rotvec(np.outer(np.arange(64) * math.tau / 64, [0, 1, 0])).as_matrix())


@laws
@given(seed=seeds, target=some_frames, base=some_frames, axes=st.sampled_from([OF_BASE, OF_TARGET]))
def test_along_the_axes_that_a_place_belongs_to_samples_do_not_vary(seed: int, target: str, base: str, axes: int) -> None:
    """A target that is aimed always has what it is aimed at in the same place, as it sees it."""
    t, b, other = TARGET_NAMES.index(target), BASE_NAMES.index(base), 1 - axes
    shapes = without_room(scattered_shapes(seed, 4))
    vectors = held_at(shapes, t, b, seed, noise=0.0, way=AHEAD, axes=axes)
    mean, variance, log_unit = contact_moments(vectors, shapes)[t, b].unbind(dim=1)
    torch.testing.assert_close(mean[axes], torch.tensor(AHEAD, dtype=torch.float64), rtol=0, atol=1e-9)
    assert float(variance[axes].max()) < 1e-18
    far = float(torch.tensor(AHEAD).square().sum())
    assert float(variance[other].min()) > 0.2 * far and float(mean[other].norm()) < 0.3 * math.sqrt(far)
    assert float(variance[other].sum() + mean[other].square().sum()) == pytest.approx(far)
    torch.testing.assert_close(log_unit[0], log_unit[1], rtol=0, atol=1e-12)


@laws
@given(seed=seeds, target=some_frames, base=some_frames)
def test_of_what_is_aimed_from_anywhere_the_targets_axes_are_found(seed: int, target: str, base: str) -> None:
    t, b, shapes = TARGET_NAMES.index(target), BASE_NAMES.index(base), scattered_shapes(seed, 8)
    table = alone(held_at(shapes, t, b, seed, way=AHEAD, axes=OF_TARGET), shapes)
    assert float(table[t, b, OF_TARGET]) < 0.25 and float(table[..., OF_BASE].min()) > 2
    assert bool((best_choice(table.expand(8, *CHOICES), shapes).axes == OF_TARGET).all())


@laws
@given(seed=seeds, target=some_frames, base=some_frames, upright=st.booleans())
def test_of_what_has_a_fixed_place_however_it_is_turned_the_bases_axes_are_found(
    seed: int, target: str, base: str, upright: bool
) -> None:
    t, b, shapes = TARGET_NAMES.index(target), BASE_NAMES.index(base), without_room(scattered_shapes(seed, 8))
    table = alone(held_at(shapes, t, b, seed, way=AHEAD, turns=UPRIGHT if upright else None), shapes)
    assert float(table[t, b, OF_BASE]) < 0.25 and float(table[..., OF_TARGET].min()) > 2
    assert bool((best_choice(table.expand(8, *CHOICES), shapes).axes == OF_BASE).all())


@laws
@given(seed=seeds, axes=st.sampled_from([OF_BASE, OF_TARGET]))
def test_of_a_target_that_is_never_turned_the_bases_axes_are_taken(seed: int, axes: int) -> None:
    """As both are the same."""
    t, b, shapes = TARGET_NAMES.index("spout"), BASE_NAMES.index("top"), without_room(scattered_shapes(seed, 4))
    vectors = held_at(shapes, t, b, seed, way=AHEAD, axes=axes, turns=torch.eye(3).double())
    moments, table = contact_moments(vectors, shapes), alone(vectors, shapes)
    frames = [slice(count, None) for count in (BOX_TARGET, BOX_BASE)]
    of_base, of_target = moments[frames[0], frames[1]].unbind(dim=2)
    torch.testing.assert_close(of_target, of_base, rtol=1e-9, atol=1e-9, equal_nan=True)
    of_base, of_target = table[frames[0], frames[1]].unbind(dim=2)
    torch.testing.assert_close(of_target, (of_base + PLAIN_CHOICE).clamp_max(WORST), rtol=0, atol=1e-9)
    assert not best_choice(table.expand(4, *CHOICES), shapes).axes.any()


@laws
@given(seed=seeds)
def test_contexts_that_are_aimed_from_one_side_each_tell_the_axes_together(seed: int) -> None:
    """Each context by itself leaves it open."""
    t, b = TARGET_NAMES.index("spout"), BASE_NAMES.index("top")
    shapes = [without_room(scattered_shapes(seed + i, 1)) for i in range(6)]
    turns = torch.from_numpy(Rotation.random(6, random_state=np.random.default_rng(seed)).as_matrix())
    vectors = [
        held_at(shape, t, b, seed + i, way=AHEAD, axes=OF_TARGET, turns=turn)
        for i, (shape, turn) in enumerate(zip(shapes, turns, strict=True))
    ]
    for own, shape in zip(vectors, shapes, strict=True):
        of_base, of_target = alone(own, shape)[t, b]
        assert float((of_target - of_base).abs()) < 2 * PLAIN_CHOICE
    moments = torch.stack([contact_moments(own, shape) for own, shape in zip(vectors, shapes, strict=True)])
    of_base, of_target = anchor_spreads(moments, torch.zeros(6, dtype=torch.long))[:, t, b].T
    assert float(of_target.max()) < 0.25 and float(of_base.min()) > 2


@pytest.mark.parametrize("seed", range(4))
def test_a_network_learns_from_texts_along_whose_axes_to_measure(lively_denoiser: Make, seed: int) -> None:
    """Of the same objects, one text says that the target is aimed, the other that it has its place."""
    t, b, shapes = TARGET_NAMES.index("spout"), BASE_NAMES.index("top"), scattered_shapes(seed, 4)
    spreads = torch.stack([alone(held_at(shapes, t, b, seed, way=AHEAD, axes=axes), shapes) for axes in (OF_TARGET, OF_BASE)])
    denoiser = Denoiser(lively_denoiser().config)
    initialise(denoiser, seed)
    net, text = denoiser.double().anchor_net, text_about(shapes[:1].expand(2, -1, -1), seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(60):
        optimiser.zero_grad()
        anchor_loss(net(text), spreads).backward()
        optimiser.step()
    choice = denoiser.anchors(text)
    assert choice.axes.tolist() == [OF_TARGET, OF_BASE]
    assert float(spreads[torch.arange(2), choice.target, choice.base, choice.axes].max()) < 0.25


@cache
def six(name: str) -> list[Category]:
    return instances(categories()[name], 6, 1)


@laws
@given(seed=seeds)
def test_the_points_of_real_shapes_that_meet_are_found(seed: int) -> None:
    """Frames that lie close together in some instance may be as good."""
    rng = np.random.default_rng(seed)
    one, other = rng.choice(NAMES, 2)
    pairs = list(zip(six(one), six(other), strict=True))
    shapes = described(pairs)
    target, base = (int(rng.choice(np.flatnonzero(has[0].numpy()))) for has in available(shapes))
    table = alone(held_at(shapes, target, base, seed), shapes).amin(dim=-1)
    assert float(table[target, base]) < 0.3, (one, TARGET_NAMES[target], other, BASE_NAMES[base])
    middle = torch.zeros(6, 1, 3, dtype=torch.float64)
    still = Relation(torch.eye(3).double().expand(6, 1, 3, 3), middle, *(shapes[:, None, i, EXTENTS] for i in range(2)))

    def point(number: int) -> Tensor:
        rows = torch.full((6,), number)
        return plain_ends(pairs, Choice(shapes, rows, 0 * rows, 0 * rows), still)[0][:, 0]

    for number in available(shapes)[0][0].nonzero()[:, 0].tolist():
        far = float((point(number) - point(target)).norm(dim=-1).min()) > 0.2
        if far and number not in as_good(target, BOX_TARGET):
            assert float(table[number].min()) > 0.5, (one, TARGET_NAMES[target], TARGET_NAMES[number])


@laws
@given(seed=seeds)
def test_one_context_may_leave_open_what_the_others_of_its_relation_tell(seed: int) -> None:
    """Objects of one size and shape: any point of the base is as good as another, as they never move against each other."""
    target, base = (TARGET_NAMES.index("spout"), BASE_NAMES.index("opening"))
    shapes = [scattered_shapes(seed + i, 1) for i in range(6)]
    vectors = [held_at(shape, target, base, seed + i, sizes=0.0) for i, shape in enumerate(shapes)]
    frames = [BASE_NAMES.index(name) for name in SOME_FRAMES]
    for shape, own in zip(shapes, vectors, strict=True):
        table = alone(own, shape)[..., OF_BASE]
        assert float(table[target, frames].max()) < 1e-6 and int(table.amin(dim=1).argmin()) == target
    moments = torch.stack([contact_moments(own, shape) for own, shape in zip(vectors, shapes, strict=True)])
    spreads = anchor_spreads(moments, torch.zeros(6, dtype=torch.long))
    assert not spreads[:, target, base].amin(dim=-1).any()
    spreads[:, target, base] = torch.inf
    assert float(spreads.min()) > 0.5


POINTS = {  # the points of target and base that a relation is about
    Context("teapot", "pours into", "teacup"): ("spout", "opening"),
    Context("hat", "worn by", "doll"): ("fit", "crown"),
    Context("pliers", "grips", "nail"): ("jaw", "head"),
    Context("screwdriver", "drives", "screw"): ("tip", "head"),
    Context("hammer", "hits", "nail"): ("face", "head"),
    Context("camera", "mounts on", "tripod"): ("foot", "mount"),
    Context("plug", "plugs into", "power strip"): ("prongs", "socket"),
    Context("key", "unlocks", "padlock"): ("tip", "keyhole"),
    Context("coat", "hangs on", "coat rack"): ("hang", "peg"),
}
BOXES = {  # the middle of the target's box is as good as the bottom
    Context("apple", "inside", "bowl"): ("bottom of the box", "floor"),
    Context("ball", "under", "table"): ("bottom of the box", "bottom of the box"),
    Context("mug", "left of", "plate"): ("bottom of the box", "middle of the box"),
}
POURING = (
    Context("bottle", "pours into", "bowl"),
    Context("kettle", "pours into", "mug"),
    Context("pitcher", "pours into", "jar"),
)
LYING = Context("mug", "on", "table"), Context("teacup", "on", "table"), Context("book", "on", "desk")
AIMED = (  # from anywhere
    Context("camera", "photographs", "vase"),
    Context("flashlight", "points at", "garden gnome"),
    Context("chair", "faces", "television"),
    Context("fan", "blows on", "bed"),
    Context("spray bottle", "sprays", "potted plant"),
    Context("match", "lights", "candle"),
)
DRAWS = 64


@pytest.fixture(scope="module")
def found() -> dict[Context, tuple[Tensor, Tensor, Tensor]]:
    """Vectors (8, DRAWS, 15), shapes, and spreads of contexts of the catalog, each as the only one of its relation."""
    known = (*POINTS, *BOXES, *POURING, *LYING, *AIMED)
    data = catalog_data(8 * DRAWS, 2, 8, 0, known)
    vectors, shapes = data.vectors.view(len(known), 8, DRAWS, 15), data.shapes.double().view(len(known), 8, 2, WIDTH)
    return {c: (v, s, alone(v, s)) for c, v, s in zip(known, vectors, shapes, strict=True)}


@pytest.mark.parametrize("context", POINTS, ids=str)
def test_what_a_relation_is_about_is_seen_in_its_draws(
    found: dict[Context, tuple[Tensor, Tensor, Tensor]], context: Context
) -> None:
    table = found[context][2]
    target, base = TARGET_NAMES.index(POINTS[context][0]), BASE_NAMES.index(POINTS[context][1])
    assert float(table[target, base, OF_BASE]) == 0 and float(table[..., OF_TARGET].min()) > 0
    least = table.amin(dim=(1, 2))
    least[target] = torch.inf
    assert float(least.min()) > 0.3


@pytest.mark.parametrize("context", BOXES, ids=str)
def test_a_box_does_where_no_point_of_the_target_is_special(
    found: dict[Context, tuple[Tensor, Tensor, Tensor]], context: Context
) -> None:
    table = found[context][2]
    assert float(table[TARGET_NAMES.index(BOXES[context][0]), BASE_NAMES.index(BOXES[context][1]), OF_BASE]) < 0.01
    assert float(table[:BOX_TARGET].min()) == 0 and float(table[BOX_TARGET:].min()) > 0.3


@pytest.mark.parametrize("context", AIMED, ids=str)
def test_what_is_aimed_is_measured_along_its_own_axes(
    found: dict[Context, tuple[Tensor, Tensor, Tensor]], context: Context
) -> None:
    _, shapes, table = found[context]
    assert float(table[..., OF_TARGET].min()) == 0 and float(table[..., OF_BASE].min()) > 0.5
    assert bool((best_choice(table.expand(8, *CHOICES), shapes).axes == OF_TARGET).all())


@pytest.mark.parametrize("context", [*BOXES, *POURING, *LYING], ids=str)
def test_what_is_not_aimed_is_measured_along_the_bases_axes(
    found: dict[Context, tuple[Tensor, Tensor, Tensor]], context: Context
) -> None:
    _, shapes, table = found[context]
    assert float(table[..., OF_BASE].min()) == 0 < float(table[..., OF_TARGET].min())
    assert not best_choice(table.expand(8, *CHOICES), shapes).axes.any()


def test_half_of_the_draws_find_the_same_points_and_axes(found: dict[Context, tuple[Tensor, Tensor, Tensor]]) -> None:
    chosen = torch.randperm(DRAWS, generator=generator(0))
    for context in (*POINTS, *AIMED):
        vectors, shapes, whole = found[context]
        for half in (chosen[: DRAWS // 2], chosen[DRAWS // 2 :]):
            table = alone(vectors[:, half], shapes)
            assert int(table.amin(dim=(0, 1)).argmin()) == int(whole.amin(dim=(0, 1)).argmin()), context
            assert context in AIMED or int(table.amin(dim=(1, 2)).argmin()) == int(whole.amin(dim=(1, 2)).argmin()), context
            assert float((table - whole).abs().max()) < 0.5


def test_what_one_context_leaves_open_is_clear_from_others_of_its_relation(
    found: dict[Context, tuple[Tensor, Tensor, Tensor]],
) -> None:
    """A bottle's spout is its opening; the floor of a mug is as far from the table as its bottom."""
    moments = torch.stack([contact_moments(*found[c][:2]) for c in (*POURING, *LYING)])
    spreads = anchor_spreads(moments, torch.tensor([0, 0, 0, 1, 1, 1]))
    spout, opening, floor, bottom = map(TARGET_NAMES.index, ("spout", "opening", "floor", "bottom of the box"))
    bottle, mug = found[POURING[0]][2], found[LYING[0]][2]
    assert float(bottle[spout].min()) < 1e-6 and float(bottle[opening].min()) < 1e-6
    assert not spreads[:3, spout, BASE_NAMES.index("opening"), OF_BASE].any() and float(spreads[0, opening].min()) > 0.3
    assert float(mug[floor].min()) == 0 and float(spreads[3, floor].min()) > 0.3
    assert float(spreads[3:, bottom, BASE_NAMES.index("surface"), OF_BASE].max()) < 0.01


def test_points_that_no_shape_has_are_as_bad_as_can_be(found: dict[Context, tuple[Tensor, Tensor, Tensor]]) -> None:
    for vectors, shapes, table in found.values():
        has_target, has_base = (has.any(dim=0) for has in available(shapes))
        there = (has_target[:, None] & has_base)[..., None].expand(CHOICES)
        assert bool((table[~there] == WORST).all()) and float(table.min()) == 0 and float(table.max()) == WORST
        moments = contact_moments(vectors, shapes)
        assert torch.equal(moments.isfinite(), there[..., None, None].expand_as(moments))
        assert torch.equal(moments.isnan(), ~moments.isfinite())


def naive_moments(vectors: Tensor, shapes: Tensor) -> Tensor:
    """The definition, one choice after another."""
    has_target, has_base = available(shapes)
    table = np.full((*CHOICES, 3, 3), np.nan)
    for t, b, a in itertools.product(*map(range, CHOICES)):
        own = [g for g in range(len(shapes)) if has_target[g, t] and has_base[g, b]]
        if own:
            anchors = Choice(shapes[own], *torch.tensor([t, b, a])[:, None].expand(-1, len(own))).anchors()
            u = to_coordinates(vectors[own], "contact", anchors)[..., T].flatten(0, 1).numpy()
            unit = contact(unpack(vectors[own]), anchors)[1].flatten(0, 1).numpy()
            table[t, b, a] = u.mean(axis=0), u.var(axis=0), np.log(unit).mean(axis=0)
    return torch.from_numpy(table)


def without_some_frames(seed: int, shapes: Tensor) -> Tensor:
    """Every group loses some of its frames."""
    lost = torch.rand(len(shapes), 2, len(FRAMES), 1, generator=generator(seed)) < 0.3
    frames = shapes[..., PLAIN:].unflatten(-1, (len(FRAMES), 9)).masked_fill(lost, 0.0)
    return torch.cat([shapes[..., :PLAIN], frames.flatten(-2)], dim=-1)


@laws
@given(seed=seeds, groups=st.integers(1, 4), count=st.integers(1, 9), lacking=st.booleans())
def test_moments_are_taken_over_the_groups_that_have_both_points(
    random_vectors: Vectors, seed: int, groups: int, count: int, lacking: bool
) -> None:
    shapes, vectors = scattered_shapes(seed, groups), random_vectors(seed, groups * count).view(groups, count, 15)
    shapes = without_some_frames(seed, shapes) if lacking else shapes
    moments = contact_moments(vectors, shapes)
    torch.testing.assert_close(moments, naive_moments(vectors, shapes), rtol=1e-9, atol=1e-9, equal_nan=True)


def test_points_that_only_different_groups_have_belong_to_nobody(random_vectors: Vectors) -> None:
    shapes = scattered_shapes(0, 2)
    spout, top = (list(FRAMES).index(name) for name in ("spout", "top"))
    shapes[1, 0, PLAIN + 9 * spout : PLAIN + 9 * (spout + 1)] = 0  # the target of the first group alone has a spout
    shapes[0, 1, PLAIN + 9 * top : PLAIN + 9 * (top + 1)] = 0  # the base of the second group alone has a top
    vectors = random_vectors(0, 20).view(2, 10, 15)
    assert bool(contact_moments(vectors, shapes)[BOX_TARGET + spout, BOX_BASE + top].isnan().all())
    table = alone(vectors, shapes)
    assert table[BOX_TARGET + spout, BOX_BASE + top].tolist() == [WORST, WORST] and float(table.min()) == 0
    assert bool(torch.isfinite(table).all())


@laws
@given(seed=seeds, lacking=st.booleans())
def test_the_order_of_groups_and_of_samples_does_not_matter_nor_how_often_all_are_seen(
    random_vectors: Vectors, seed: int, lacking: bool
) -> None:
    shapes, vectors = scattered_shapes(seed, 5), random_vectors(seed, 5 * 12).view(5, 12, 15)
    shapes = without_some_frames(seed, shapes) if lacking else shapes
    moments = contact_moments(vectors, shapes)
    groups, samples = (torch.randperm(n, generator=generator(seed)) for n in (5, 12))
    for other in (
        contact_moments(vectors[groups], shapes[groups]),
        contact_moments(vectors[:, samples], shapes),
        contact_moments(vectors.repeat(1, 3, 1), shapes),
        contact_moments(vectors.repeat(2, 1, 1), shapes.repeat(2, 1, 1)),
    ):
        torch.testing.assert_close(other, moments, rtol=1e-9, atol=1e-9, equal_nan=True)


def entropy(variance: NDArray[np.float64], log_unit: NDArray[np.float64]) -> float:
    """Of a Gaussian in units of D, in units of length, which is not known better than RESOLUTION; up to a constant."""
    return float((0.5 * np.log(variance * np.exp(2 * log_unit) + RESOLUTION**2)).sum())


def naive_spreads(moments: Tensor, relation: Tensor) -> Tensor:
    """The definition, one relation and one choice after another."""
    table, finite = moments.numpy(), ~moments[..., 0, 0].isnan().numpy()
    spreads = np.full(finite.shape, np.inf)
    for number in set(relation.tolist()):
        members = [c for c in range(len(table)) if relation[c] == number]
        surplus, proven = np.zeros(CHOICES), np.zeros(CHOICES, bool)
        for choice in itertools.product(*map(range, CHOICES)):
            rows = table[[c for c in members if finite[c][choice]], *choice]
            proven[choice] = len(rows) >= min(FEW, len(members))
            if proven[choice]:
                mean, variance, log_unit = rows[:, 0], rows[:, 1].mean(axis=0), rows[:, 2].mean(axis=0)
                surplus[choice] = entropy(variance + mean.var(axis=0), log_unit) - entropy(variance, log_unit)
        surplus[~proven] = surplus[proven].max()
        for c, t, b, a in itertools.product(members, *map(range, CHOICES)):
            if finite[c, t, b, a]:
                plain = PLAIN_CHOICE * ((t < BOX_TARGET) + (b < BOX_BASE) + (a == OF_TARGET))
                spreads[c, t, b, a] = entropy(*table[c, t, b, a, 1:]) + surplus[t, b, a] + plain
    return torch.from_numpy(np.minimum(spreads - spreads.min(axis=(1, 2, 3), keepdims=True), WORST))


def some_moments(vectors: Vectors, seed: int, contexts: int) -> Tensor:
    """(contexts, TARGETS, BASES, AXES, 3, 3) of contexts whose objects lack one or other frame."""
    rows = []
    for i in range(contexts):
        shapes = without_some_frames(seed + i, scattered_shapes(seed + i, 1)).expand(2, -1, -1)
        rows.append(contact_moments(vectors(seed + i, 10).view(2, 5, 15), shapes))
    return torch.stack(rows)


@laws
@given(seed=seeds, relation=st.lists(st.integers(0, 1), min_size=1, max_size=7))
def test_spreads_are_entropies_within_and_between_the_contexts_of_a_relation(
    random_vectors: Vectors, seed: int, relation: list[int]
) -> None:
    moments, number = some_moments(random_vectors, seed, len(relation)), torch.tensor(relation)
    spreads = anchor_spreads(moments, number)
    torch.testing.assert_close(spreads, naive_spreads(moments, number), rtol=1e-9, atol=1e-7)
    assert bool((spreads.amin(dim=(1, 2, 3)) == 0).all()) and float(spreads.max()) == WORST


@laws
@given(seed=seeds, relation=st.lists(st.integers(0, 2), min_size=2, max_size=7))
def test_relations_do_not_know_of_each_other_nor_of_their_numbers(
    random_vectors: Vectors, seed: int, relation: list[int]
) -> None:
    moments, number = some_moments(random_vectors, seed, len(relation)), torch.tensor(relation)
    spreads = anchor_spreads(moments, number)
    torch.testing.assert_close(anchor_spreads(moments, 7 - 2 * number), spreads)
    order = torch.randperm(len(relation), generator=generator(seed))
    torch.testing.assert_close(anchor_spreads(moments[order], number[order]), spreads[order])
    for one in set(relation):
        own = number == one
        torch.testing.assert_close(anchor_spreads(moments[own], number[own]), spreads[own])


def test_contexts_that_are_alike_tell_no_more_than_one(random_vectors: Vectors) -> None:
    moments = some_moments(random_vectors, 0, 1)
    spreads = anchor_spreads(moments.expand(5, -1, -1, -1, -1, -1), torch.zeros(5, dtype=torch.long))
    torch.testing.assert_close(spreads, anchor_spreads(moments, torch.zeros(1, dtype=torch.long)).expand(5, -1, -1, -1))


def test_of_choices_that_the_data_cannot_tell_apart_the_one_with_names_wins(random_vectors: Vectors) -> None:
    """One sample varies nowhere."""
    shapes = scattered_shapes(0, 1)
    table = alone(random_vectors(0, 1).view(1, 1, 15), shapes)
    there = available(shapes)[0][0][:, None] & available(shapes)[1][0]
    boxes = (torch.arange(TARGETS)[:, None] < BOX_TARGET).double() + (torch.arange(BASES) < BOX_BASE)
    plain = boxes[..., None] + torch.tensor([OF_BASE, OF_TARGET])
    torch.testing.assert_close(table[there], PLAIN_CHOICE * plain[there], rtol=0, atol=1e-7)
    assert bool((table[~there] == WORST).all())


def test_differences_below_the_resolution_do_not_count() -> None:
    shapes = scattered_shapes(0, 1)
    finer, coarser = (alone(held_at(shapes, 3, 4, 0, noise=noise * RESOLUTION), shapes) for noise in (1e-6, 1e-3))
    torch.testing.assert_close(finer, coarser, rtol=0, atol=0.02)


def test_the_best_choice_is_one_that_the_shapes_have() -> None:
    pairs = [(categories()["teapot"], categories()["teacup"]), (categories()["hat"], categories()["doll"])]
    shapes = described([*pairs, *pairs])
    shapes[2:] = 0
    spreads = torch.rand(4, *CHOICES, generator=generator(0), dtype=torch.float64)
    spout, opening = TARGET_NAMES.index("spout"), BASE_NAMES.index("opening")
    spreads[:, spout, opening, OF_TARGET] = -1  # the teapot and the teacup have it, the hat and unknown shapes do not
    choice = best_choice(spreads, shapes)
    assert (int(choice.target[0]), int(choice.base[0]), int(choice.axes[0])) == (spout, opening, OF_TARGET)
    has_target, has_base = available(shapes)
    for p in range(4):
        assert has_target[p, choice.target[p]] and has_base[p, choice.base[p]]
        least = spreads[p][has_target[p]][:, has_base[p]].min()
        assert spreads[p, choice.target[p], choice.base[p], choice.axes[p]] == least
