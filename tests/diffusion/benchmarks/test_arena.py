"""The ground that recipes are compared on: what is learned from, who judges, and how one descends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from diffusion.benchmarks.arena import PROMPTS, ROWS, SENTENCES, Arena, Drawn, Sampler, descend
from diffusion.coordinates import Normaliser, Scales, Translation
from diffusion.data import training_set
from diffusion.network import Conditioning
from diffusion.text_encoder import Condition, T5TextEncoder, conditioning
from oor.catalog.contexts import Context
from oor.catalog.descriptors import descriptors


def context_of(ground: Arena, vectors: Tensor) -> list[int]:
    """Which context's draws vectors (n, 15) are."""
    apart = torch.cdist(vectors.double(), ground.table.vectors.double(), compute_mode="donot_use_mm_for_euclid_dist")
    row = apart.argmin(dim=1)
    assert float(apart.amin(dim=1).max()) < 1e-6
    group = torch.searchsorted(ground.table.starts, row, right=True) - 1
    return (torch.searchsorted(ground.table.group_starts, group, right=True) - 1).tolist()


def always(vectors: Tensor) -> Sampler:
    """Draws the first of these, whatever it is told."""
    return lambda texts, count: Drawn(vectors[:, :count], 7)


def test_contexts_are_evenly_chosen_and_have_what_was_asked_for(ground: Arena) -> None:
    assert ground.data.contexts == (Context("mug", "left of", "plate"), Context("mug", "behind", "plate"))
    assert ground.table.vectors.shape == (128, 15) and ground.table.prompt_starts.diff().tolist() == [SENTENCES, SENTENCES]
    assert ground.truth.shape == ground.other.shape == (2, 40, 15)
    assert not torch.isclose(ground.truth, ground.other)[..., 6].any()  # fresh draws, twice
    sides = ground.truth[0, :, 6], ground.truth[1, :, 8]
    assert bool((sides[0] < 0).all()) and bool((sides[1] < 0).all())  # left of it, behind it


@pytest.mark.parametrize("translation", ["linear", "contact"])
@pytest.mark.parametrize("scales", ["linear", "log"])
def test_normalisers_are_those_of_training(
    ground: Arena, embedded: T5TextEncoder, translation: Translation, scales: Scales
) -> None:
    mine, (_, trained) = ground.normaliser(translation, scales), training_set(ground.data, embedded, translation, scales)
    assert (mine.translation, mine.scales) == (trained.translation, trained.scales) == (translation, scales)
    assert torch.equal(mine.mean, trained.mean) and torch.equal(mine.std, trained.std)


def test_translations_between_boxes_are_measured_without_anchors(ground: Arena) -> None:
    boxes, learned = Normaliser.of(ground.data.vectors, "contact"), ground.normaliser("contact", "log")
    assert (ground.boxes.translation, ground.boxes.scales) == ("contact", "log")
    assert torch.equal(ground.boxes.mean, boxes.mean) and torch.equal(ground.boxes.std, boxes.std)
    assert not torch.allclose(boxes.mean, learned.mean)


def test_the_same_seed_gives_the_same_ground(ground: Arena, grounds: Callable[[int], Arena]) -> None:
    again, other = grounds(3), grounds(4)
    assert torch.equal(again.truth, ground.truth) and torch.equal(again.table.vectors, ground.table.vectors)
    assert not torch.equal(other.truth, ground.truth) and not torch.equal(other.table.vectors, ground.table.vectors)


def test_a_sentence_of_its_training_is_said_of_each_context_with_its_shapes(ground: Arena, embedded: T5TextEncoder) -> None:
    known = zip(ground.data.contexts, ground.data.prompts, strict=True)
    wanted = conditioning(embedded, [Condition(prompts[0], c.target, c.base, c.predicate) for c, prompts in known])
    for text, segments in ((ground.texts, (0, 1, 2, 3)), (ground.held_out, (1, 2, 3))):
        for segment in segments:
            for row in range(2):
                said, meant = (part.states[row][(part.segment[row] == segment) & part.mask[row]] for part in (text, wanted))
                torch.testing.assert_close(said, meant)
        torch.testing.assert_close(text.shapes[0].double(), torch.from_numpy(descriptors("mug", "plate")), rtol=1e-5, atol=1e-6)


def test_a_batch_is_vectors_of_contexts_and_a_sentence_of_the_same(ground: Arena) -> None:
    vectors, text = ground.batch(torch.Generator().manual_seed(0))
    assert vectors.shape == (PROMPTS, ROWS, 15) and len(text.mask) == PROMPTS
    number = torch.tensor(context_of(ground, vectors.flatten(0, 1))).view(PROMPTS, ROWS)
    assert torch.equal(number, number[:, :1].expand(-1, ROWS)) and set(number[:, 0].tolist()) == {0, 1}
    states = ground.table.text.states
    for prompt in range(PROMPTS):
        said = (states == text.states[prompt]).all(dim=2).all(dim=1).nonzero().flatten()
        owner = torch.searchsorted(ground.table.prompt_starts, said, right=True) - 1
        assert int(number[prompt, 0]) in owner.tolist()
    same, _ = ground.batch(torch.Generator().manual_seed(0))
    assert torch.equal(same, vectors) and not torch.equal(ground.batch(torch.Generator().manual_seed(1))[0], vectors)


def test_the_truth_is_judged_perfect_and_other_draws_of_it_make_the_floor(ground: Arena) -> None:
    perfect = {"energy": pytest.approx(0, abs=1e-6), "outside": 0, "calls": 7}
    assert ground.judge(always(ground.truth), ground.texts) == perfect
    floor = ground.floor()
    assert ground.judge(always(ground.other.float()), ground.texts) == pytest.approx({**floor, "calls": 7}, abs=1e-4)
    assert floor.keys() == {"energy", "outside"} and 0 < floor["energy"] < 0.5 and floor["outside"] < 0.2


def test_whoever_mixes_up_contexts_or_misses_is_judged_worse(ground: Arena) -> None:
    floor, miss = ground.floor(), 3 * (torch.arange(15) == 7)
    half = torch.cat([ground.truth[:, :20], ground.truth[:, 20:] + miss], dim=1)
    swapped, moved, partly = (
        ground.judge(always(vectors), ground.texts) for vectors in (ground.truth.flip(0), ground.truth + miss, half)
    )
    assert floor["energy"] < partly["energy"] < moved["energy"] and floor["energy"] < swapped["energy"]
    assert (partly["outside"], moved["outside"]) == (0.5, 1)


def test_the_judge_asks_once_under_the_texts_that_it_is_given(ground: Arena) -> None:
    asked: list[tuple[Conditioning, int]] = []

    def sampler(texts: Conditioning, count: int) -> Drawn:
        asked.append((texts, count))
        return Drawn(ground.other, 3)

    assert ground.judge(sampler, ground.held_out)["calls"] == 3
    ((texts, count),) = asked
    assert texts is ground.held_out and count == 40
    one = replace(ground, truth=ground.truth[:1], other=ground.other[:1])
    assert one.judge(always(ground.truth[:1]), ground.texts.rows(slice(1))) == {
        "energy": pytest.approx(0, abs=1e-6),
        "outside": 0,
        "calls": 7,
    }


@pytest.mark.parametrize("cosine", [False, True])
def test_descending_a_slope_follows_warm_up_rate_and_average(cosine: bool) -> None:
    """Adam goes down a constant slope by the learning rate; the net ends as the moving average of the way."""
    net, steps, lr = nn.Linear(4, 1, bias=False).double(), 150, 1e-2
    with torch.no_grad():
        net.weight.fill_(1.0)
    seconds = list(descend(net, lambda generator: 5 * net.weight.sum(), steps, lr, cosine=cosine))
    weight = mean = 1.0
    for step in range(steps):
        weight -= lr * min(1, (step + 1) / 100) * (0.5 * (1 + math.cos(math.pi * step / steps)) if cosine else 1)
        decay = min(0.999, (1 + step) / (10 + step))
        mean = decay * mean + (1 - decay) * weight
    assert net.weight.detach().flatten().tolist() == pytest.approx([mean] * 4, rel=1e-5) and weight < mean < 1
    assert len(seconds) == steps and min(seconds) >= 0


def test_descending_is_reproducible_and_leaves_what_is_frozen_alone() -> None:
    def run() -> nn.Sequential:
        frozen = nn.Linear(2, 4)
        net = nn.Sequential(frozen, nn.ReLU(), nn.Linear(4, 1))
        with torch.no_grad():
            for number, parameter in enumerate(net.parameters()):
                parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))
        frozen.requires_grad_(False)
        first = frozen.weight.clone()

        def loss(generator: torch.Generator) -> Tensor:
            x = torch.randn(32, 2, generator=generator)
            return ((net(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()

        before = float(loss(torch.Generator().manual_seed(999)).detach())
        for _ in descend(net, loss, 300, 1e-2, cosine=True):
            pass
        assert torch.equal(frozen.weight, first) and float(loss(torch.Generator().manual_seed(999)).detach()) < 0.7 * before
        return net

    one, other = run(), run()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
