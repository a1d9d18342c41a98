"""Samples from a checkpoint: reproducible one by one, valid whatever the network says, in blocks of one size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from diffusion import generation
from diffusion.anchors import BASES, BOX_BASE, BOX_TARGET, MIDDLE, OF_BASE, OF_TARGET, TARGETS
from diffusion.checkpoint import Checkpoint
from diffusion.coordinates import Normaliser
from diffusion.denoiser import LOG_STD, Denoiser
from diffusion.generation import BLOCK, accepted_relations, relation_blocks, sample_many, sample_relations
from diffusion.guidance import Known
from diffusion.metrics import whitened_energy_distance
from diffusion.network import BASE, RELATION, SENTENCE, TARGET, Modulation, RelationNet
from diffusion.sampling import Sampler, Solver
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from diffusion.training import initialise
from oor.catalog.category import categories
from oor.catalog.descriptors import descriptors
from oor.catalog.frames import FRAMES
from oor.relation import ROT6D, SCALE_BASE, SCALE_TARGET, WIDTH, T, base_points, pack, target_to_base, unpack

LEFT = Condition("a mug left of a plate", "mug", "plate", "left of")
FEW = Solver(steps=4)
RIGHT = Condition("a mug right of a plate", "mug", "plate", "right of")
laws = settings(deadline=None, max_examples=100, derandomize=True)


def assert_valid(vectors: Tensor) -> None:
    """Finite, positive sizes, orthonormal right-handed rotations, gauged, in float64."""
    R = unpack(vectors).R_base_target
    eye = torch.eye(3, dtype=torch.float64).expand_as(R)
    torch.testing.assert_close(R.mT @ R, eye, rtol=0, atol=1e-6)
    torch.testing.assert_close(torch.linalg.det(R), eye[..., 0, 0], rtol=0, atol=1e-6)
    torch.testing.assert_close(vectors[..., ROT6D], pack(unpack(vectors))[..., ROT6D], rtol=0, atol=1e-12)
    assert torch.equal(vectors[..., SCALE_BASE].amax(dim=-1), torch.ones(vectors.shape[:-1], dtype=torch.float64))


@pytest.mark.parametrize("num_samples", [1, 2, 3, BLOCK - 1, BLOCK, BLOCK + 1, 70])
def test_sample_i_has_the_same_bytes_however_many_are_asked_for(
    checkpoint: Checkpoint, word_encoder: TextEncoder, num_samples: int
) -> None:
    whole = sample_relations(checkpoint, word_encoder, LEFT, 2 * BLOCK + 3, seed=5, solver=FEW)
    some = sample_relations(checkpoint, word_encoder, LEFT, num_samples, seed=5, solver=FEW)
    assert some.shape == (num_samples, 15) and some.numpy().tobytes() == whole[:num_samples].numpy().tobytes()


def test_samples_seeds_and_texts_all_matter(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    one, seed, text = (
        sample_relations(checkpoint, word_encoder, condition, 70, seed=seed, solver=FEW)
        for condition, seed in ((LEFT, 0), (LEFT, 1), (RIGHT, 0))
    )
    assert len(torch.cat([one, seed, text]).unique(dim=0)) == 210


def test_the_global_generator_neither_matters_nor_moves(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    before = torch.get_rng_state()
    one = sample_relations(checkpoint, word_encoder, LEFT, 3, solver=FEW)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    assert torch.equal(sample_relations(checkpoint, word_encoder, LEFT, 3, solver=FEW), one)


@pytest.mark.parametrize("translation", ["contact", "linear"])
@pytest.mark.parametrize("training", ["random", "none"])
def test_samples_are_valid_relations_even_of_an_untrained_network(
    checkpoint: Checkpoint,
    word_encoder: TextEncoder,
    translation: str,
    training: str,
) -> None:
    if training == "none":
        denoiser = Denoiser(checkpoint.denoiser.config)
        initialise(denoiser, 0)
        checkpoint = replace(checkpoint, denoiser=denoiser)
    checkpoint = replace(checkpoint, normaliser=replace(checkpoint.normaliser, translation=translation))
    vectors = sample_relations(checkpoint, word_encoder, LEFT, 100, solver=Solver(steps=6))
    assert vectors.dtype == torch.float64 and not vectors.requires_grad
    assert_valid(vectors)


def known_gaussians(checkpoint: Checkpoint) -> None:
    """From now on the network knows the moments only."""
    with torch.no_grad():
        checkpoint.denoiser.net.leave.weight.zero_()
        checkpoint.denoiser.net.leave.bias.zero_()


def test_a_network_that_only_knows_the_moments_samples_their_gaussian(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    known_gaussians(checkpoint)
    text = conditioning(word_encoder, [LEFT])
    promised = checkpoint.denoiser.context(text)[0, 0, : 2 * WIDTH].double()
    mean, std = promised[:WIDTH], promised[WIDTH:].clamp(*LOG_STD).exp()
    anchors = checkpoint.denoiser.anchors(text).anchors().rows(0)
    x = checkpoint.normaliser.normalise(sample_relations(checkpoint, word_encoder, LEFT, 4000, solver=Solver(steps=40)), anchors)
    for part in (T, SCALE_TARGET):  # what the return to a valid relation leaves alone
        z = (x[:, part] - mean[part]) / std[part]
        torch.testing.assert_close(z.mean(dim=0), torch.zeros(3).double(), rtol=0, atol=0.06)
        torch.testing.assert_close(z.std(dim=0), torch.ones(3).double(), rtol=0, atol=0.05)


POUR = Condition("the teapot pours into the teacup", "teapot", "teacup", "pours into")


HERE = (0.0, 0.0, 0.0)


def meeting(
    checkpoint: Checkpoint, target: int, base: int, axes: int = OF_BASE, way: tuple[float, float, float] = HERE
) -> Checkpoint:
    """A network that chooses these points where they are there, and promises that they meet, however the rest may be.

    Or that it is this way from one to the other, along these axes.
    """
    denoiser, net = checkpoint.denoiser, checkpoint.denoiser.anchor_net.read[1]
    with torch.no_grad():
        for layer in (denoiser.net.leave, net, denoiser.moment_net.read[3]):
            layer.weight.zero_()
            layer.bias.zero_()
        net.bias[[target, TARGETS + base, TARGETS + BASES + axes]] = 2.0
        net.bias[[MIDDLE, TARGETS + MIDDLE]] = 1.0
    mean, std = torch.zeros(WIDTH, dtype=torch.float64), torch.ones(WIDTH, dtype=torch.float64)
    mean[T], std[T] = torch.tensor(way, dtype=torch.float64), 1e-6
    return replace(checkpoint, normaliser=Normaliser(mean, std, "contact"))


@pytest.mark.parametrize("axes", [OF_BASE, OF_TARGET], ids=["base", "target"])
def test_translations_are_told_along_the_axes_that_the_text_chose(
    checkpoint: Checkpoint, word_encoder: TextEncoder, axes: int
) -> None:
    way = (0.3, -0.2, 1.5)
    frames = (BOX_TARGET + list(FRAMES).index("spout"), BOX_BASE + list(FRAMES).index("handle"))  # without extent
    relation = unpack(sample_relations(meeting(checkpoint, *frames, axes, way), word_encoder, POUR, 80, solver=FEW))
    spout, handle = (
        torch.from_numpy(categories()[name].template.frames[frame].point / categories()[name].template.extents)[None]
        for name, frame in (("teapot", "spout"), ("teacup", "handle"))
    )
    found = (target_to_base(relation, spout) - base_points(relation, handle))[:, 0]
    if axes == OF_TARGET:
        found = torch.einsum("nji,nj->ni", relation.R_base_target, found)
    unit = relation.scale_target.amax(dim=1, keepdim=True).sqrt()
    torch.testing.assert_close(found / unit, torch.tensor(way).double().expand(80, 3), rtol=0, atol=1e-3)
    others = (relation.R_base_target - relation.R_base_target[0]).abs().amax(dim=(1, 2))
    assert float(others[1:].min()) > 0.01


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_translations_are_told_between_the_points_that_the_text_chose(
    checkpoint: Checkpoint, word_encoder: TextEncoder, many: bool
) -> None:
    frames = (BOX_TARGET + list(FRAMES).index("spout"), BOX_BASE + list(FRAMES).index("opening"))
    model = meeting(checkpoint, *frames)
    vectors = (
        sample_many(model, word_encoder, [LEFT, POUR, POUR], 30, solver=FEW)[1:].flatten(0, 1)
        if many
        else sample_relations(model, word_encoder, POUR, 80, solver=FEW)
    )
    relation = unpack(vectors)
    spout, rim = (
        torch.from_numpy(categories()[name].template.frames[frame].point / categories()[name].template.extents)[None]
        for name, frame in (("teapot", "spout"), ("teacup", "opening"))
    )
    torch.testing.assert_close(target_to_base(relation, spout), base_points(relation, rim), rtol=0, atol=1e-3)
    assert float(relation.t_base_target.norm(dim=-1).min()) > 0.05


def test_without_shapes_translations_are_told_between_the_boxes(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    frames = (BOX_TARGET + list(FRAMES).index("spout"), BOX_BASE + list(FRAMES).index("opening"))
    relation = unpack(sample_many(meeting(checkpoint, *frames), word_encoder, [POUR], 30, solver=FEW, shapes=False))
    assert float(relation.t_base_target.abs().max()) < 1e-3


def test_sizes_are_told_from_those_of_the_shapes(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    """A network that expects what is typical promises typical sizes, whatever they are; without shapes, cubes of one size."""
    model = meeting(checkpoint, MIDDLE, MIDDLE)
    model = replace(model, normaliser=replace(model.normaliser, std=torch.full((WIDTH,), 1e-6, dtype=torch.float64)))
    teapot, teacup = (categories()[name] for name in ("teapot", "teacup"))
    for shapes in (True, False):
        relation = unpack(sample_many(model, word_encoder, [POUR], 5, solver=FEW, shapes=shapes))
        edges = (teapot.template.extents * teapot.typical_m / teacup.typical_m, teacup.template.extents)
        for scale, known in zip((relation.scale_target, relation.scale_base), edges, strict=True):
            expected = torch.tensor(known) if shapes else torch.ones(3).double()
            torch.testing.assert_close(scale, expected.expand_as(scale), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("sampler", "calls"), [("dpm", 3), ("euler", 3), ("heun", 5), ("student", 3)])
def test_the_network_meets_blocks_of_one_size_as_often_as_the_sampler_asks(
    checkpoint: Checkpoint, word_encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch, sampler: Sampler, calls: int
) -> None:
    shapes, levels = [], []
    denoise, modulation = RelationNet.denoise, RelationNet.modulation

    def recording(self: RelationNet, x: Tensor, modulation: Modulation) -> Tensor:
        shapes.append(x.shape)
        return denoise(self, x, modulation)

    def counting(self: RelationNet, log_sigma: Tensor, context: Tensor) -> Modulation:
        levels.append(float(log_sigma))
        return modulation(self, log_sigma, context)

    monkeypatch.setattr(RelationNet, "denoise", recording)
    monkeypatch.setattr(RelationNet, "modulation", counting)
    sample_relations(checkpoint, word_encoder, LEFT, 2 * BLOCK + 6, solver=Solver(sampler, 3))
    assert set(shapes) == {(1, BLOCK, 15)} and len(shapes) == 3 * calls
    assert len(levels) == len(set(levels)) == 3  # what hangs on the noise level is computed once for all blocks


def test_the_text_is_read_once(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    sample_relations(checkpoint, word_encoder, LEFT, 2 * BLOCK, solver=Solver(steps=3))
    assert word_encoder.seen == [LEFT.sentence, "mug", "plate", "left of"]


def test_many_conditions_at_once_are_valid_and_each_its_own(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    vectors = sample_many(checkpoint, word_encoder, [LEFT, RIGHT] * 10, 3, solver=FEW)
    assert vectors.shape == (20, 3, 15) and len(vectors.view(60, 15).unique(dim=0)) == 60
    assert_valid(vectors)
    assert torch.equal(sample_many(checkpoint, word_encoder, [LEFT, RIGHT] * 10, 3, solver=FEW), vectors)
    assert not torch.equal(sample_many(checkpoint, word_encoder, [LEFT, RIGHT] * 10, 3, seed=1, solver=FEW), vectors)


@pytest.mark.parametrize("rows", [1, 7, 64, 4096])
@pytest.mark.parametrize("num_samples", [1, 5, 30])
def test_many_come_in_chunks_of_which_none_is_large(
    checkpoint: Checkpoint, word_encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch, rows: int, num_samples: int
) -> None:
    shapes, denoise = [], RelationNet.denoise

    def recording(self: RelationNet, x: Tensor, modulation: Modulation) -> Tensor:
        shapes.append(x.shape)
        return denoise(self, x, modulation)

    monkeypatch.setattr(RelationNet, "denoise", recording)
    monkeypatch.setattr(generation, "ROWS", rows)
    vectors = sample_many(checkpoint, word_encoder, [LEFT, RIGHT, LEFT], num_samples, solver=Solver(steps=1))
    assert vectors.shape == (3, num_samples, 15) and vectors.dtype == torch.float64 and not vectors.requires_grad
    assert_valid(vectors)
    assert len(vectors.view(-1, 15).unique(dim=0)) == 3 * num_samples
    assert sum(p * n for p, n, _ in shapes) == 3 * num_samples
    assert max(p * n for p, n, _ in shapes) <= rows
    assert len(shapes) == (3 * -(-num_samples // rows) if rows <= num_samples else -(-3 // (rows // num_samples)))


@pytest.mark.parametrize("rows", [50, 4096])
@pytest.mark.parametrize("dtype", [None, torch.bfloat16], ids=["float32", "bfloat16"])
def test_chunks_and_rounding_leave_every_sample_its_own_and_the_distribution_as_it_is(
    checkpoint: Checkpoint, word_encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch, rows: int, dtype: torch.dtype | None
) -> None:
    """Judged by the energy distance to samples made one by one, beside that of two such sets."""
    monkeypatch.setattr(generation, "ROWS", rows)
    one, other = (sample_relations(checkpoint, word_encoder, RIGHT, 500, seed=seed, solver=FEW) for seed in (1, 2))
    pour, right = sample_many(checkpoint, word_encoder, [POUR, RIGHT], 500, solver=FEW, dtype=dtype)
    assert len(torch.cat([pour, right]).unique(dim=0)) == 1000
    floor = whitened_energy_distance(other, one, one)
    assert whitened_energy_distance(right, one, one) < 1.5 * floor < 3 * floor < whitened_energy_distance(pour, one, one)


def test_many_of_a_known_gaussian_have_its_moments(
    checkpoint: Checkpoint, word_encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_gaussians(checkpoint)
    monkeypatch.setattr(generation, "ROWS", 1500)
    text = conditioning(word_encoder, [LEFT, RIGHT])
    promised = checkpoint.denoiser.context(text)[:, 0, : 2 * WIDTH].double()
    anchors = checkpoint.denoiser.anchors(text).anchors()
    many = sample_many(checkpoint, word_encoder, [LEFT, RIGHT], 4000, solver=Solver(steps=30), dtype=torch.bfloat16)
    mean, log_std = promised[:, None].chunk(2, dim=-1)
    z = (checkpoint.normaliser.normalise(many, anchors) - mean) / log_std.clamp(*LOG_STD).exp()
    for part in (T, SCALE_TARGET):  # what the return to a valid relation leaves alone
        torch.testing.assert_close(z[..., part].mean(dim=1), torch.zeros(2, 3).double(), rtol=0, atol=0.07)
        torch.testing.assert_close(z[..., part].std(dim=1), torch.ones(2, 3).double(), rtol=0, atol=0.05)
    assert abs(float((z[:, :-1, T] * z[:, 1:, T]).mean())) < 4 / math.sqrt(z[..., T].numel())  # neighbours are independent


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
@pytest.mark.parametrize("sampler", ["heun", "euler", "rk45", "student"])
def test_every_sampler_makes_valid_relations(
    checkpoint: Checkpoint, word_encoder: TextEncoder, sampler: Sampler, many: bool
) -> None:
    solver = Solver(sampler, 3)
    vectors = (
        sample_many(checkpoint, word_encoder, [LEFT, RIGHT], 9, solver=solver)
        if many
        else sample_relations(checkpoint, word_encoder, LEFT, 18, solver=solver)
    ).view(18, 15)
    assert_valid(vectors)
    assert len(vectors.unique(dim=0)) == 18


@pytest.mark.parametrize("sampler", ["dpm", "student"])
def test_without_temperature_all_samples_of_a_text_are_one(
    checkpoint: Checkpoint, word_encoder: TextEncoder, sampler: Sampler
) -> None:
    solver = Solver(sampler, 4, 0.0)
    vectors = sample_relations(checkpoint, word_encoder, LEFT, 70, solver=solver)
    torch.testing.assert_close(vectors, vectors[:1].expand_as(vectors), rtol=0, atol=1e-5)
    torch.testing.assert_close(
        sample_relations(checkpoint, word_encoder, LEFT, 1, seed=9, solver=solver), vectors[:1], rtol=0, atol=1e-5
    )


# --- streams of blocks, and of those that are accepted


def stream(checkpoint: Checkpoint, encoder: TextEncoder, **how: Any) -> Iterator[Tensor]:
    return relation_blocks(checkpoint, encoder, LEFT, solver=FEW, **how)


def test_blocks_go_on_and_are_what_is_sampled_from_them(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    blocks = list(islice(stream(checkpoint, word_encoder, seed=3), 5))
    assert all(block.shape == (BLOCK, 15) and block.dtype == torch.float64 for block in blocks)
    whole = torch.cat(blocks)
    assert len(whole.unique(dim=0)) == 5 * BLOCK and not whole.requires_grad
    assert torch.equal(
        sample_relations(checkpoint, word_encoder, LEFT, 4 * BLOCK + 1, seed=3, solver=FEW), whole[: 4 * BLOCK + 1]
    )
    assert torch.equal(torch.cat(list(islice(stream(checkpoint, word_encoder, seed=3), 2))), whole[: 2 * BLOCK])
    assert not torch.equal(next(stream(checkpoint, word_encoder, seed=4)), blocks[0])


def test_streams_do_not_disturb_each_other(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    alone = [list(islice(stream(checkpoint, word_encoder, seed=seed), 3)) for seed in (0, 1)]
    one, other = stream(checkpoint, word_encoder, seed=0), stream(checkpoint, word_encoder, seed=1)
    turns = [(next(one), next(other)) for _ in range(3)]
    for found, expected in zip(zip(*turns, strict=True), alone, strict=True):
        assert torch.equal(torch.cat(found), torch.cat(expected))


@pytest.mark.parametrize("known", [None, Known({"t_x": 0.3})], ids=["free", "known"])
def test_whoever_takes_blocks_keeps_gradients_as_they_were(
    checkpoint: Checkpoint, word_encoder: TextEncoder, known: Known | None
) -> None:
    checkpoint.denoiser.requires_grad_(True)  # as a loaded one
    blocks = stream(checkpoint, word_encoder, known=known)
    for _ in range(2):
        block = next(blocks)
        assert torch.is_grad_enabled() and not block.requires_grad
        weight = torch.ones(15, dtype=torch.float64, requires_grad=True)
        (block * weight).sum().backward()
        assert weight.grad is not None and torch.allclose(weight.grad, block.sum(dim=0))
    with torch.no_grad():
        next(blocks)
        assert not torch.is_grad_enabled()
    blocks.close()
    assert torch.is_grad_enabled() and all(parameter.grad is None for parameter in checkpoint.denoiser.parameters())


@st.composite
def trials(draw: Any) -> tuple[list[Tensor], int, int]:
    """Blocks of numbered rows, whose second number says whether they are good; how many are wanted, and tries."""
    size, count = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    good = draw(st.lists(st.booleans(), min_size=size * count, max_size=size * count))
    rows = torch.tensor([[float(i), float(fine)] for i, fine in enumerate(good)])
    tries = draw(st.integers(1, size * count))
    return list(rows.split(size)), draw(st.integers(1, tries)), tries


def is_good(block: Tensor) -> Tensor:
    return block[:, 1] > 0


def naive(blocks: list[Tensor], wanted: int, tries: int) -> tuple[list[int], int, int]:
    """Row by row: numbers of the rows that are taken, how many were good, of how many."""
    good: list[int] = []
    others: list[int] = []
    tried = 0
    for block in blocks:
        if tried >= tries:
            break
        for number, fine in block.tolist():
            tried += 1
            (good if fine else others).append(int(number))
            if len(good) == wanted:
                return good, wanted, tried
    return [*good, *others][:wanted], len(good), tried


@laws
@given(trials())
def test_the_first_accepted_come_first_and_the_first_others_fill_up(trial: tuple[list[Tensor], int, int]) -> None:
    blocks, wanted, tries = trial
    vectors, held, tried = accepted_relations(iter(blocks), is_good, wanted, tries)
    numbers, expected_held, expected_tried = naive(blocks, wanted, tries)
    assert (vectors[:, 0].int().tolist(), held, tried) == (numbers, expected_held, expected_tried)
    assert int(is_good(vectors).sum()) == held <= wanted == len(vectors) and is_good(vectors)[:held].all()


@laws
@given(trials(), st.data())
def test_whoever_wants_fewer_gets_the_first_of_them(trial: tuple[list[Tensor], int, int], data: st.DataObject) -> None:
    blocks, wanted, tries = trial
    fewer = data.draw(st.integers(1, wanted))
    many, held, tried = accepted_relations(iter(blocks), is_good, wanted, tries)
    few, few_held, few_tried = accepted_relations(iter(blocks), is_good, fewer, tries)
    assert torch.equal(few, many[:fewer]) and few_held == min(held, fewer) and few_tried <= tried


@laws
@given(trials())
def test_no_more_blocks_are_made_than_are_needed(trial: tuple[list[Tensor], int, int]) -> None:
    blocks, wanted, tries = trial
    rest = iter(blocks)
    _, _, tried = accepted_relations(rest, is_good, wanted, tries)
    size = len(blocks[0])
    assert len(list(rest)) == len(blocks) - -(-tried // size)


def test_when_all_are_good_as_many_are_tried_as_are_wanted_and_when_none_is_they_are_the_first(
    checkpoint: Checkpoint, word_encoder: TextEncoder
) -> None:
    first = sample_relations(checkpoint, word_encoder, LEFT, BLOCK + 5, solver=FEW)
    for fine, held, tried in ((True, BLOCK + 5, BLOCK + 5), (False, 0, 3 * BLOCK)):
        accept = lambda block, fine=fine: torch.full((len(block),), fine)  # noqa: E731
        vectors, *counts = accepted_relations(stream(checkpoint, word_encoder), accept, BLOCK + 5, 2 * BLOCK + 1)
        assert torch.equal(vectors, first) and counts == [held, tried]


SHAPES = descriptors("mug", "plate")


@pytest.mark.parametrize(
    ("hide", "other"),
    [
        (SENTENCE, replace(LEFT, sentence="the kettle pours into bowls")),
        (TARGET, replace(LEFT, target="book", shapes=SHAPES)),
        (BASE, replace(LEFT, base="book", shapes=SHAPES)),
        (RELATION, replace(LEFT, relation="right of")),
    ],
    ids=["sentence", "target", "base", "relation"],
)
def test_a_hidden_text_is_not_known_to_the_model(
    checkpoint: Checkpoint,
    word_encoder: TextEncoder,
    hide: int,
    other: Condition,
) -> None:
    def sample(condition: Condition, hidden: int | None) -> Tensor:
        return sample_many(checkpoint, word_encoder, [condition], 4, solver=FEW, hide=hidden)

    torch.testing.assert_close(sample(LEFT, hide), sample(other, hide), rtol=1e-3, atol=1e-3)
    assert float((sample(LEFT, None) - sample(other, None)).abs().max()) > 0.02


@pytest.mark.parametrize("number", [0, 1], ids=["target", "base"])
def test_hidden_shapes_are_not_known_to_the_model(checkpoint: Checkpoint, word_encoder: TextEncoder, number: int) -> None:
    changed = SHAPES.copy()
    changed[number] = descriptors("ladder", "sofa")[number]

    def sample(shapes: bool, condition: Condition) -> Tensor:
        return sample_many(checkpoint, word_encoder, [condition], 4, solver=FEW, shapes=shapes)

    one, other = replace(LEFT, shapes=SHAPES), replace(LEFT, shapes=changed)
    assert torch.equal(sample(False, one), sample(False, other)) and torch.equal(sample(False, one), sample(False, LEFT))
    assert float((sample(True, one) - sample(True, other)).abs().max()) > 0.02
    assert torch.equal(sample(True, replace(LEFT, shapes=np.zeros_like(SHAPES))), sample(False, LEFT))


def test_one_condition_is_sampled_for_its_own_shapes_or_the_typical_ones(
    checkpoint: Checkpoint, word_encoder: TextEncoder
) -> None:
    def sample(condition: Condition) -> Tensor:
        return sample_relations(checkpoint, word_encoder, condition, 4, solver=FEW)

    assert torch.equal(sample(LEFT), sample(replace(LEFT, shapes=SHAPES)))
    other = sample(replace(LEFT, shapes=descriptors("ladder", "sofa")))
    assert float((sample(LEFT) - other).abs().max()) > 0.02


def test_objects_that_nobody_knows_can_be_sampled(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    strange = Condition("a gizmo left of a gadget", "gizmo", "gadget", "left of")
    assert not conditioning(word_encoder, [strange]).shapes.any()
    assert_valid(sample_relations(checkpoint, word_encoder, strange, 8, solver=FEW))


def test_more_steps_approach_one_answer(
    checkpoint: Checkpoint, word_encoder: TextEncoder, lively_denoiser: Callable[..., Denoiser]
) -> None:
    coarse, middle, fine = (
        sample_relations(checkpoint, word_encoder, LEFT, 8, solver=Solver(steps=steps)) for steps in (16, 64, 256)
    )
    assert float((middle - fine).abs().median()) < 0.25 * float((coarse - fine).abs().median())
