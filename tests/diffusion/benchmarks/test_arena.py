"""The ground that recipes are compared on: what is learned from, who judges, and how one descends."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from diffusion.benchmarks.arena import PROMPTS, ROWS, SENTENCES, Arena, arena, descend
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


def test_contexts_are_evenly_chosen_and_have_what_was_asked_for(ground: Arena) -> None:
    assert ground.contexts == (Context("mug", "left of", "plate"), Context("mug", "behind", "plate"))
    assert ground.table.vectors.shape == (128, 15) and ground.table.prompt_starts.diff().tolist() == [SENTENCES, SENTENCES]
    assert ground.truth.shape == ground.other.shape == (2, 40, 15)
    assert not torch.isclose(ground.truth, ground.other)[..., 6].any()  # fresh draws, twice
    assert (ground.linear.translation, ground.contact.translation, ground.learned.translation) == ("linear", "contact", "contact")
    sides = ground.truth[0, :, 6], ground.truth[1, :, 8]
    assert bool((sides[0] < 0).all()) and bool((sides[1] < 0).all())  # left of it, behind it


def test_the_same_seed_gives_the_same_ground(ground: Arena, embedded: T5TextEncoder) -> None:
    again, other = arena(2, 64, 40, embedded, seed=3), arena(2, 64, 40, embedded, seed=4)
    assert torch.equal(again.truth, ground.truth) and torch.equal(again.table.vectors, ground.table.vectors)
    assert not torch.equal(other.truth, ground.truth) and not torch.equal(other.table.vectors, ground.table.vectors)


def test_one_sentence_is_said_of_each_context_with_its_shapes(ground: Arena, embedded: T5TextEncoder) -> None:
    text = ground.texts()
    names = conditioning(embedded, [Condition("x", c.target, c.base, c.predicate) for c in ground.contexts])
    for segment in (1, 2, 3):
        for row in range(2):
            said, known = (part.states[row][(part.segment[row] == segment) & part.mask[row]] for part in (text, names))
            torch.testing.assert_close(said, known)
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
    assert ground.judge(lambda contexts, count: ground.truth[contexts, :count]) == {
        "energy": pytest.approx(0, abs=1e-6),
        "outside": 0,
    }
    floor = ground.floor()
    assert ground.judge(lambda contexts, count: ground.other[contexts, :count].float()) == pytest.approx(floor, abs=1e-4)
    assert 0 < floor["energy"] < 0.5 and floor["outside"] < 0.2


def test_whoever_mixes_up_contexts_or_misses_is_judged_worse(ground: Arena) -> None:
    floor = ground.floor()
    swapped = ground.judge(lambda contexts, count: ground.truth[contexts.flip(0), :count])
    moved = ground.judge(lambda contexts, count: ground.truth[contexts, :count] + 3 * (torch.arange(15) == 7))
    half = torch.cat([ground.truth[:, :20], ground.truth[:, 20:] + 3 * (torch.arange(15) == 7)], dim=1)
    partly = ground.judge(lambda contexts, count: half[contexts, :count])
    assert floor["energy"] < partly["energy"] < moved["energy"] and floor["energy"] < swapped["energy"]
    assert (partly["outside"], moved["outside"]) == (0.5, 1)


def test_the_judge_asks_for_every_context_once(ground: Arena) -> None:
    asked: list[tuple[list[int], int]] = []

    def sampler(contexts: Tensor, count: int) -> Tensor:
        asked.append((contexts.tolist(), count))
        return ground.other

    ground.judge(sampler)
    assert asked == [([0, 1], 40)]
    one = replace(ground, contexts=ground.contexts[:1], truth=ground.truth[:1], other=ground.other[:1])
    assert one.judge(lambda contexts, count: ground.truth[contexts]) == {"energy": pytest.approx(0, abs=1e-6), "outside": 0}


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
        net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
        with torch.no_grad():
            for number, parameter in enumerate(net.parameters()):
                parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))
        net[0].requires_grad_(False)
        first = net[0].weight.clone()

        def loss(generator: torch.Generator) -> Tensor:
            x = torch.randn(32, 2, generator=generator)
            return ((net(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()

        before = float(loss(torch.Generator().manual_seed(999)).detach())
        for _ in descend(net, loss, 300, 1e-2, cosine=True):
            pass
        assert torch.equal(net[0].weight, first) and float(loss(torch.Generator().manual_seed(999)).detach()) < 0.7 * before
        return net

    one, other = run(), run()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
