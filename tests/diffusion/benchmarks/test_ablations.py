"""The table of ablations: each row really lacks what its name says, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.benchmarks import ablations, training
from diffusion.benchmarks.ablations import STAGES, ablation_suite, distilled, guidance, pooled, row, silent, unwhitened
from diffusion.benchmarks.arena import SENTENCES, Arena, Drawn, arena
from diffusion.benchmarks.training import Trained, ours, sampler, solved, untaught
from diffusion.checkpoint import Checkpoint
from diffusion.denoiser import Denoiser
from diffusion.generation import DEFAULT
from diffusion.network import BASE, RELATION, SEGMENTS, SENTENCE, TARGET, Conditioning, NetworkConfig
from diffusion.relation_training import RelationConfig, Steps
from diffusion.sampling import Solver
from diffusion.schedule import NoiseConfig
from diffusion.text_encoder import Condition, T5TextEncoder, conditioning
from oor.catalog.prompts import held_out_prompts
from oor.relation import SCALE_BASE, SCALE_TARGET, WIDTH, T

TINY = NetworkConfig(width=16, hidden=16, blocks=1, queries=2, heads=2, sigma_features=8)
ROWS = (
    ("floor", 0),
    ("ours", 12),
    ("exploding noise", None),  # RK45 calls as often as it wants
    ("EDM, GenPose's body", 35),
    ("no whitening", 12),
    ("no whitening, far levels", 35),
    ("linear translation", 12),
    ("linear scales", 12),
    ("pooled text", 12),
    ("guidance 1.5", 24),
    ("guidance 2", 24),
    ("student, 1 call", 1),
    ("student, 2 calls", 2),
    ("student, 4 calls", 4),
)


@pytest.fixture(scope="module")
def ground(embedded: T5TextEncoder) -> Arena:
    return arena(2, 64, 16, embedded)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """The toolkit's network, shrunk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "NetworkConfig", lambda text_width: replace(TINY, text_width=text_width))
        yield


@pytest.fixture(scope="module")
def lively(ground: Arena, lively_denoiser: Callable[..., Denoiser]) -> Checkpoint:
    """A network whose samples depend on every word."""
    denoiser = lively_denoiser(replace(TINY, text_width=ground.texts.states.shape[-1]))
    return Checkpoint(denoiser, ground.normaliser("contact", "log"), NoiseConfig(), "embedded", {})


def contexts_of(checkpoint: Checkpoint, text: Conditioning) -> Tensor:
    return checkpoint.denoiser.context(text, checkpoint.denoiser.anchors(text))


def test_the_suite_trains_and_judges_every_row(
    ground: Arena, embedded: T5TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it, on two contexts; and what each training of the toolkit's network was made of."""
    made: list[tuple[Arena, Checkpoint]] = []

    def watched(ground: Arena, steps: int, *rest: Any, **changes: Any) -> tuple[Trained, Checkpoint]:
        trained, checkpoint = ours(ground, steps, *rest, **changes)
        made.append((ground, checkpoint))
        return trained, checkpoint

    monkeypatch.setattr(ablations, "ours", watched)
    monkeypatch.setattr(ablations, "arena", lambda *sizes: ground)
    done: list[int] = []
    report = ablation_suite(embedded, contexts=2, steps=10, judged=16, advance=done.append)
    table = {line["name"]: line for line in report["ablations"]}
    assert done == [1] * STAGES and list(table) == [name for name, _ in ROWS]
    assert all(math.isfinite(value) for line in table.values() for name, value in line.items() if name != "name")
    assert all(table[name]["calls"] == count for name, count in ROWS if count is not None)
    assert table["exploding noise"]["calls"] > 12
    assert len({line["energy"] for line in table.values()}) == len({line["energy_held_out"] for line in table.values()}) == STAGES
    assert all(line["cpu_seconds"] > 0 for name, line in table.items() if name != "floor")
    assert table["student, 1 call"]["cpu_seconds"] > table["ours"]["cpu_seconds"] == table["guidance 2"]["cpu_seconds"]

    coordinates = [(checkpoint.normaliser.translation, checkpoint.normaliser.scales) for _, checkpoint in made]
    assert coordinates == [("contact", "log")] * 2 + [("linear", "log"), ("contact", "linear"), ("contact", "log")]
    still = [not contexts_of(checkpoint, world.texts)[..., : 2 * WIDTH].any() for world, checkpoint in made]
    assert still == [False, True, False, False, False]
    assert [world is ground for world, _ in made] == [True, True, True, True, False]
    last, _ = made[-1]
    assert last.texts.states.shape[1] == last.held_out.states.shape[1] == last.table.text.states.shape[1] == SEGMENTS


def test_without_whitening_samples_stay_as_they_are(ground: Arena, random_vectors: Callable[[int, int], Tensor]) -> None:
    plain = untaught(ground)
    bare = ours(ground, 2, unwhitened(untaught(ground)))[1].denoiser
    x = random_vectors(0, 10).float().view(2, 5, WIDTH)
    for text in (ground.texts, ground.held_out):
        context = bare.context(text)
        assert torch.equal(bare.whiten(x, context), x) and torch.equal(bare.colour(x, context), x)
        assert not bare.log_spread(context).any()
        assert not torch.equal(plain.whiten(x, plain.context(text)), x)
    left = unwhitened(untaught(ground)).state_dict()
    assert all(torch.equal(left[name], value) for name, value in plain.state_dict().items() if "moment_net" not in name)


def test_linear_translations_know_no_anchors(ground: Arena) -> None:
    vectors = ground.truth.clone()
    linear, contact = ours(ground, 1, translation="linear")[1].normaliser, ground.normaliser("contact", "log")
    anchors = untaught(ground).anchors(ground.texts).anchors()
    z = linear.normalise(vectors, anchors)
    assert torch.allclose(z[..., T] * linear.std[T] + linear.mean[T], vectors[..., T])
    assert torch.equal(linear.normalise(vectors), z)
    assert not torch.allclose(contact.normalise(vectors, anchors)[..., T], contact.normalise(vectors)[..., T])


def test_linear_scales_grow_by_adding(ground: Arena) -> None:
    linear = ours(ground, 1, scales="linear")[1].normaliser
    anchors = untaught(ground).anchors(ground.texts).anchors()
    vectors = ground.truth[:, :5].clone()
    z = linear.normalise(vectors, anchors)
    for step in (1.0, 2.0, 30.0):
        z[..., SCALE_TARGET] += step
        wider = linear.denormalise(z, anchors)
        vectors[..., SCALE_TARGET] += step * linear.std[SCALE_TARGET]
        assert torch.allclose(wider[..., SCALE_TARGET], vectors[..., SCALE_TARGET])
        assert torch.allclose(wider[..., SCALE_BASE], vectors[..., SCALE_BASE])


def test_pooled_text_is_one_mean_for_each_text(ground: Arena) -> None:
    text = ground.table.text
    few = text.pooled()
    assert few.states.shape == (2 * SENTENCES, SEGMENTS, text.states.shape[-1]) and bool(few.mask.all())
    for segment in range(SEGMENTS):
        for words, mask, number, one in zip(text.states, text.mask, text.segment, few.states[:, segment], strict=True):
            torch.testing.assert_close(one, words[mask & (number == segment)].mean(dim=0), atol=1e-6, rtol=1e-5)
    again = few.pooled()
    assert torch.equal(again.states, few.states) and torch.equal(again.mask, few.mask)
    assert torch.equal(few.shapes, text.shapes) and torch.equal(ground.texts.pooled().states, pooled(ground).texts.states)


def test_pooling_goes_with_the_gaps_of_training(ground: Arena) -> None:
    """Hidden and swapped texts are the same before and after, so that pooled texts may be trained on like others."""
    text = ground.table.text
    other, chosen = text.rows(torch.arange(len(text.mask)).flip(0)), torch.arange(len(text.mask)) % 3 == 0
    for first, then in (
        (text.without(RELATION, chosen).pooled(), text.pooled().without(RELATION, chosen)),
        (text.swapped((TARGET, BASE), other, chosen).pooled(), text.pooled().swapped((TARGET, BASE), other.pooled(), chosen)),
    ):
        assert torch.equal(first.mask, then.mask)
        assert torch.equal(first.states[first.mask], then.states[then.mask])
    assert not text.without(SENTENCE, chosen).pooled().mask[chosen, SENTENCE].any()


def test_what_a_pooled_arena_trains_on_is_pooled(ground: Arena) -> None:
    steps = Steps(untaught(ground), pooled(ground).table, ground.boxes, RelationConfig())
    _, text = steps.prompts(torch.Generator().manual_seed(0))
    assert text.states.shape[1] == SEGMENTS and not text.mask.all()


def test_guidance_of_weight_one_is_none(ground: Arena, lively: Checkpoint) -> None:
    plain = sampler(lively)(ground.texts, 6)
    assert torch.equal(guidance(lively, 1.0)(ground.texts, 6).vectors, plain.vectors)
    led = guidance(lively, 2.0)(ground.texts, 6)
    assert not torch.allclose(led.vectors, plain.vectors, atol=1e-3) and led.calls == 2 * plain.calls


@pytest.mark.parametrize("weight", [0.0, 1.5, 2.0])
def test_guidance_goes_on_from_what_the_hidden_text_gives(ground: Arena, lively: Checkpoint, weight: float) -> None:
    """Against the formula, on the plain forward pass."""
    denoiser, text = lively.denoiser, ground.texts
    choice = denoiser.anchors(text)
    full, bare = denoiser.context(text, choice), denoiser.context(silent(text), choice)
    assert not torch.allclose(full[..., : 2 * WIDTH], bare[..., : 2 * WIDTH])
    bare[..., : 2 * WIDTH] = full[..., : 2 * WIDTH]

    def denoise(z: Tensor, sigma: Tensor) -> Tensor:
        hidden = denoiser(z, sigma, bare)
        return hidden + weight * (denoiser(z, sigma, full) - hidden)

    with torch.no_grad():
        wanted = solved(lively, denoise, full, choice, 4, DEFAULT)
    torch.testing.assert_close(guidance(lively, weight)(text, 4).vectors, wanted, atol=1e-3, rtol=1e-3)


def test_silent_texts_name_the_objects_only(ground: Arena, lively: Checkpoint) -> None:
    texts = silent(ground.texts)
    assert set(texts.segment[texts.mask].tolist()) == {TARGET, BASE}
    names = torch.isin(ground.texts.segment, torch.tensor([TARGET, BASE]))
    assert torch.equal(texts.mask, ground.texts.mask & names)
    loud = replace(texts, states=torch.where(names[..., None], texts.states, 7.0))  # what is hidden acts on nothing
    assert torch.equal(contexts_of(lively, loud), contexts_of(lively, texts))


def test_a_student_leaves_its_teacher_as_it_is(ground: Arena) -> None:
    _, teacher = ours(ground, 3)
    before = {name: value.clone() for name, value in teacher.denoiser.state_dict().items()}
    student, seconds = distilled(ground, teacher, 3)
    after, learned = teacher.denoiser.state_dict(), student.denoiser.state_dict()
    assert seconds > 0 and all(torch.equal(before[name], after[name]) for name in before)
    moved = {name.partition(".")[0] for name in before if not torch.equal(learned[name], before[name])}
    assert moved == {"net"} and student.normaliser is teacher.normaliser
    assert sampler(student, Solver("student", 1))(ground.texts, 4).vectors.shape == (2, 4, WIDTH)


def test_a_row_is_judged_under_trained_and_under_held_out_sentences(ground: Arena, embedded: T5TextEncoder) -> None:
    def said(texts: Conditioning, count: int) -> Drawn:
        """The truth under trained sentences, other draws under others."""
        known = torch.equal(texts.states, ground.texts.states)
        return Drawn((ground.truth if known else ground.other)[:, :count], 5)

    line = row("said", Trained(ground, said, 2.5))
    assert (line.energy, line.outside) == (pytest.approx(0, abs=1e-9), 0.0)
    assert line.energy_held_out == pytest.approx(ground.floor()["energy"]) and (line.calls, line.cpu_seconds) == (5, 2.5)

    known, prompts = ground.data.contexts, [held_out_prompts(context)[0] for context in ground.data.contexts]
    fresh = conditioning(embedded, [Condition(p, c.target, c.base, c.predicate) for p, c in zip(prompts, known, strict=True)])
    assert torch.equal(fresh.states, ground.held_out.states) and torch.equal(fresh.shapes, ground.texts.shapes)
    assert not set(prompts) & {prompt for trained in ground.data.prompts for prompt in trained}


def test_networks_that_are_frozen_stay_as_they_are(ground: Arena) -> None:
    denoiser = untaught(ground)
    denoiser.anchor_net.requires_grad_(False)
    before = untaught(ground).state_dict()
    after = ours(ground, 2, denoiser)[1].denoiser.state_dict()
    moved = {name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"moment_net", "net"}
