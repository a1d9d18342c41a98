"""A few contexts for recipes to learn from, and fresh draws to judge them by."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from diffusion.coordinates import Normaliser, Scales, Translation
from diffusion.data import RelationData, TrainingSet, catalog_data, fitted, training_set
from diffusion.metrics import outside, whitened_energy_distance
from diffusion.network import Conditioning
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.catalog.programs import draw
from oor.catalog.prompts import held_out_prompts
from oor.catalog.splits import evenly, training_contexts

ROWS = 20  # noise draws per prompt and step, as GenPose has it
PROMPTS = 48  # prompts per step: a quarter of GenPose's 192, for CPU cores
SENTENCES = 20  # per context


class Drawn(NamedTuple):
    """Relation vectors (p, n, 15), and how often the network was called for each."""

    vectors: Tensor
    calls: int


Sampler = Callable[[Conditioning, int], Drawn]  # under p texts, how many of each


@dataclass(frozen=True)
class Arena:
    """Some contexts of typical shapes: what is learned from, under which sentences, and fresh draws (c, n, 15) to be judged by.

    boxes: the normaliser of the vectors with translations between the boxes. texts, held_out: a sentence for each context, one of
    those that are trained on and one that says it as none of them does.
    """

    data: RelationData
    table: TrainingSet
    boxes: Normaliser
    texts: Conditioning
    held_out: Conditioning
    truth: Tensor
    other: Tensor

    def normaliser(self, translation: Translation, scales: Scales) -> Normaliser:
        """As training fits it."""
        return fitted(self.data, self.table.spreads, translation, scales)

    def batch(self, generator: torch.Generator) -> tuple[Tensor, Conditioning]:
        """(PROMPTS, ROWS, 15) vectors and their sentences."""
        context = torch.randint(len(self.truth), (PROMPTS,), generator=generator)
        low, size = self.table.prompt_starts[context], self.table.prompt_starts.diff()[context]
        row = low + (torch.rand(PROMPTS, generator=generator) * size).long()
        return self.table.drawn(self.table.group_starts[context], ROWS, generator), self.table.text.rows(row)

    def judge(self, sampler: Sampler, texts: Conditioning) -> dict[str, float]:
        """Of samples under a text for each context: means over contexts of the energy distance to the truth and of the share
        outside its 99 % region; and calls of the network."""
        drawn = sampler(texts, self.truth.shape[1])
        return {**self._judged(drawn.vectors.double()), "calls": drawn.calls}

    def floor(self) -> dict[str, float]:
        """The same means of other draws of the truth."""
        return self._judged(self.other)

    def _judged(self, each: Tensor) -> dict[str, float]:
        pairs = list(zip(each, self.truth, strict=True))
        return {
            "energy": float(np.mean([whitened_energy_distance(sample, truth, truth) for sample, truth in pairs])),
            "outside": float(np.mean([outside(sample, truth) for sample, truth in pairs])),
        }


def arena(count: int, draws: int, judged: int, encoder: TextEncoder, seed: int = 0) -> Arena:
    """Evenly chosen training contexts with `draws` vectors to learn from and `judged` to be judged by."""
    chosen = evenly(training_contexts(), count)
    data = catalog_data(draws, SENTENCES, 1, seed, chosen)
    table, _ = training_set(data, encoder, "contact")
    fresh = [
        torch.stack([torch.from_numpy(draw(c, judged, np.random.default_rng([seed, i, j]))) for i, c in enumerate(chosen)])
        for j in (1, 2)
    ]
    held_out = [Condition(held_out_prompts(c)[0], c.target, c.base, c.predicate) for c in chosen]
    texts = table.text.rows(table.prompt_starts[:-1])
    return Arena(data, table, Normaliser.of(data.vectors, "contact"), texts, conditioning(encoder, held_out), *fresh)


def descend(net: nn.Module, loss: Callable[[torch.Generator], Tensor], steps: int, lr: float, *, cosine: bool) -> Iterator[float]:
    """Adam with GenPose's warm-up, clipping and moving average; in the end the net is that average. Yields CPU seconds."""
    optimiser = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=lr)
    average = {name: value.detach().clone() for name, value in net.state_dict().items()}
    for step in range(steps):
        start = time.process_time()
        rate = min(1.0, (step + 1) / 100) * (0.5 * (1 + np.cos(np.pi * step / steps)) if cosine else 1.0)
        for group in optimiser.param_groups:
            group["lr"] = lr * rate
        value = loss(torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        decay = min(0.999, (1 + step) / (10 + step))
        for name, current in net.state_dict().items():
            average[name].lerp_(current, 1 - decay)
        yield time.process_time() - start
    net.load_state_dict(average)
