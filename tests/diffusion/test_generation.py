"""Samples from a checkpoint: reproducible one by one, valid whatever the network says, in blocks of one size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from diffusion.anchors import BOX_BASE, BOX_TARGET, MIDDLE, TARGETS
from diffusion.checkpoint import Checkpoint
from diffusion.coordinates import Normaliser
from diffusion.denoiser import LOG_STD, Denoiser
from diffusion.generation import BLOCK, sample_many, sample_relations
from diffusion.network import BASE, RELATION, SENTENCE, TARGET
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from diffusion.training import initialise
from oor.catalog.category import categories
from oor.catalog.descriptors import descriptors
from oor.catalog.frames import FRAMES
from oor.relation import ROT6D, SCALE_BASE, SCALE_TARGET, WIDTH, T, base_points, pack, target_to_base, unpack

LEFT = Condition("a mug left of a plate", "mug", "plate", "left of")
RIGHT = Condition("a mug right of a plate", "mug", "plate", "right of")


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
    whole = sample_relations(checkpoint, word_encoder, LEFT, 2 * BLOCK + 3, seed=5, steps=4)
    some = sample_relations(checkpoint, word_encoder, LEFT, num_samples, seed=5, steps=4)
    assert some.shape == (num_samples, 15) and some.numpy().tobytes() == whole[:num_samples].numpy().tobytes()


def test_samples_seeds_and_texts_all_matter(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    one, seed, text = (
        sample_relations(checkpoint, word_encoder, condition, 70, seed=seed, steps=4)
        for condition, seed in ((LEFT, 0), (LEFT, 1), (RIGHT, 0))
    )
    assert len(torch.cat([one, seed, text]).unique(dim=0)) == 210


def test_the_global_generator_neither_matters_nor_moves(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    before = torch.get_rng_state()
    one = sample_relations(checkpoint, word_encoder, LEFT, 3, steps=4)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    assert torch.equal(sample_relations(checkpoint, word_encoder, LEFT, 3, steps=4), one)


@pytest.mark.parametrize("translation", ["contact", "linear"])
@pytest.mark.parametrize("training", ["random", "none"])
def test_samples_are_valid_relations_even_of_an_untrained_network(
    checkpoint: Checkpoint,
    word_encoder: TextEncoder,
    translation: str,
    training: str,
) -> None:
    if training == "none":
        denoiser = Denoiser(checkpoint.denoiser.net.config)
        initialise(denoiser, 0)
        checkpoint = replace(checkpoint, denoiser=denoiser)
    checkpoint = replace(checkpoint, normaliser=replace(checkpoint.normaliser, translation=translation))
    vectors = sample_relations(checkpoint, word_encoder, LEFT, 100, steps=6)
    assert vectors.dtype == torch.float64 and not vectors.requires_grad
    assert_valid(vectors)


def test_a_network_that_only_knows_the_moments_samples_their_gaussian(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    with torch.no_grad():
        checkpoint.denoiser.net.leave.weight.zero_()
        checkpoint.denoiser.net.leave.bias.zero_()
    text = conditioning(word_encoder, [LEFT])
    promised = checkpoint.denoiser.context(text)[0, 0, : 2 * WIDTH].double()
    mean, std = promised[:WIDTH], promised[WIDTH:].clamp(*LOG_STD).exp()
    anchors = checkpoint.denoiser.anchors(text).anchors().rows(0)
    x = checkpoint.normaliser.normalise(sample_relations(checkpoint, word_encoder, LEFT, 4000, steps=40), anchors)
    for part in (T, SCALE_TARGET):  # what the return to a valid relation leaves alone
        z = (x[:, part] - mean[part]) / std[part]
        torch.testing.assert_close(z.mean(dim=0), torch.zeros(3).double(), rtol=0, atol=0.06)
        torch.testing.assert_close(z.std(dim=0), torch.ones(3).double(), rtol=0, atol=0.05)


POUR = Condition("the teapot pours into the teacup", "teapot", "teacup", "pours into")


def meeting(checkpoint: Checkpoint, target: int, base: int) -> Checkpoint:
    """A network that chooses these points where they are there, and promises that they meet, however the rest may be."""
    denoiser, net = checkpoint.denoiser, checkpoint.denoiser.anchor_net.read[1]
    with torch.no_grad():
        for layer in (denoiser.net.leave, net, denoiser.moment_net.read[3]):
            layer.weight.zero_()
            layer.bias.zero_()
        net.bias[[target, TARGETS + base]] = 2.0
        net.bias[[MIDDLE, TARGETS + MIDDLE]] = 1.0
    std = torch.ones(WIDTH, dtype=torch.float64)
    std[T] = 1e-6
    return replace(checkpoint, normaliser=Normaliser(torch.zeros_like(std), std, "contact"))


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_translations_are_told_between_the_points_that_the_text_chose(
    checkpoint: Checkpoint, word_encoder: TextEncoder, many: bool
) -> None:
    frames = (BOX_TARGET + list(FRAMES).index("spout"), BOX_BASE + list(FRAMES).index("opening"))
    model = meeting(checkpoint, *frames)
    vectors = (
        sample_many(model, word_encoder, [LEFT, POUR, POUR], 30, steps=4)[1:].flatten(0, 1)
        if many
        else sample_relations(model, word_encoder, POUR, 80, steps=4)
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
    relation = unpack(sample_many(meeting(checkpoint, *frames), word_encoder, [POUR], 30, steps=4, shapes=False))
    assert float(relation.t_base_target.abs().max()) < 1e-3


def test_sizes_are_told_from_those_of_the_shapes(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    """A network that expects what is typical promises typical sizes, whatever they are; without shapes, cubes of one size."""
    model = meeting(checkpoint, MIDDLE, MIDDLE)
    model = replace(model, normaliser=replace(model.normaliser, std=torch.full((WIDTH,), 1e-6, dtype=torch.float64)))
    teapot, teacup = (categories()[name] for name in ("teapot", "teacup"))
    for shapes in (True, False):
        relation = unpack(sample_many(model, word_encoder, [POUR], 5, steps=4, shapes=shapes))
        edges = (teapot.template.extents * teapot.typical_m / teacup.typical_m, teacup.template.extents)
        for scale, known in zip((relation.scale_target, relation.scale_base), edges, strict=True):
            expected = torch.tensor(known) if shapes else torch.ones(3).double()
            torch.testing.assert_close(scale, expected.expand_as(scale), rtol=1e-3, atol=1e-3)


def test_the_network_meets_blocks_of_one_size_and_progress_is_told(
    checkpoint: Checkpoint,
    word_encoder: TextEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes, forward = [], Denoiser.forward

    def recording(self: Denoiser, x: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        shapes.append((x.shape, sigma.shape, context.shape[:2]))
        return forward(self, x, sigma, context)

    monkeypatch.setattr(Denoiser, "forward", recording)
    sample_relations(checkpoint, word_encoder, LEFT, 2 * BLOCK + 6, steps=3)
    assert set(shapes) == {((1, BLOCK, 15), (1, 1, 1), (1, 1))} and len(shapes) == 3 * (2 * 3 - 1)


def test_the_text_is_read_once(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    sample_relations(checkpoint, word_encoder, LEFT, 2 * BLOCK, steps=3)
    assert word_encoder.seen == [LEFT.sentence, "mug", "plate", "left of"]


def test_many_conditions_at_once_are_valid_and_each_its_own(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    vectors = sample_many(checkpoint, word_encoder, [LEFT, RIGHT] * 10, 3, steps=4)
    assert vectors.shape == (20, 3, 15) and len(vectors.view(60, 15).unique(dim=0)) == 60
    assert_valid(vectors)
    alone = sample_relations(checkpoint, word_encoder, LEFT, 3, steps=4)  # the noise of the first rows is the same
    torch.testing.assert_close(vectors[0], alone, rtol=1e-3, atol=1e-3)


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
        return sample_many(checkpoint, word_encoder, [condition], 4, steps=4, hide=hidden)

    torch.testing.assert_close(sample(LEFT, hide), sample(other, hide), rtol=1e-3, atol=1e-3)
    assert float((sample(LEFT, None) - sample(other, None)).abs().max()) > 0.02


@pytest.mark.parametrize("number", [0, 1], ids=["target", "base"])
def test_hidden_shapes_are_not_known_to_the_model(checkpoint: Checkpoint, word_encoder: TextEncoder, number: int) -> None:
    changed = SHAPES.copy()
    changed[number] = descriptors("ladder", "sofa")[number]

    def sample(shapes: bool, condition: Condition) -> Tensor:
        return sample_many(checkpoint, word_encoder, [condition], 4, steps=4, shapes=shapes)

    one, other = replace(LEFT, shapes=SHAPES), replace(LEFT, shapes=changed)
    assert torch.equal(sample(False, one), sample(False, other)) and torch.equal(sample(False, one), sample(False, LEFT))
    assert float((sample(True, one) - sample(True, other)).abs().max()) > 0.02
    assert torch.equal(sample(True, replace(LEFT, shapes=np.zeros_like(SHAPES))), sample(False, LEFT))


def test_one_condition_is_sampled_for_its_own_shapes_or_the_typical_ones(
    checkpoint: Checkpoint, word_encoder: TextEncoder
) -> None:
    def sample(condition: Condition) -> Tensor:
        return sample_relations(checkpoint, word_encoder, condition, 4, steps=4)

    assert torch.equal(sample(LEFT), sample(replace(LEFT, shapes=SHAPES)))
    other = sample(replace(LEFT, shapes=descriptors("ladder", "sofa")))
    assert float((sample(LEFT) - other).abs().max()) > 0.02


def test_objects_that_nobody_knows_can_be_sampled(checkpoint: Checkpoint, word_encoder: TextEncoder) -> None:
    strange = Condition("a gizmo left of a gadget", "gizmo", "gadget", "left of")
    assert not conditioning(word_encoder, [strange]).shapes.any()
    assert_valid(sample_relations(checkpoint, word_encoder, strange, 8, steps=4))


def test_more_steps_approach_one_answer(
    checkpoint: Checkpoint, word_encoder: TextEncoder, lively_denoiser: Callable[..., Denoiser]
) -> None:
    coarse, middle, fine = (sample_relations(checkpoint, word_encoder, LEFT, 8, steps=steps) for steps in (16, 64, 256))
    assert float((middle - fine).abs().median()) < 0.25 * float((coarse - fine).abs().median())
