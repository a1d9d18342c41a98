"""A few contexts for recipes to learn from, and fresh draws to judge them by."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from diffusion.coordinates import Normaliser
from diffusion.data import TrainingSet, catalog_data, training_set
from diffusion.metrics import outside, whitened_energy_distance
from diffusion.network import Conditioning
from diffusion.text_encoder import TextEncoder
from oor.catalog.contexts import Context
from oor.catalog.programs import draw
from oor.catalog.splits import training_contexts

ROWS = 20  # noise draws per prompt and step, as GenPose has it
PROMPTS = 48  # prompts per step: a quarter of GenPose's 192, for CPU cores
SENTENCES = 20  # per context
Sampler = Callable[[Tensor, int], Tensor]  # which contexts (p,), how many each -> relation vectors (p, n, 15)


@dataclass(frozen=True)
class Arena:
    """Some contexts of typical shapes: what is learned from, under which sentences, and fresh draws (c, n, 15) to be judged by.

    linear, contact: normalisers of the vectors with translations as they are, and between the boxes. learned: the one between
    anchors that training fits.
    """

    contexts: tuple[Context, ...]
    table: TrainingSet
    learned: Normaliser
    linear: Normaliser
    contact: Normaliser
    truth: Tensor
    other: Tensor

    def texts(self) -> Conditioning:
        """One sentence for each context."""
        return self.table.text.rows(self.table.prompt_starts[:-1]).shaped(self.table.shapes[self.table.group_starts[:-1]])

    def batch(self, generator: torch.Generator) -> tuple[Tensor, Conditioning]:
        """(PROMPTS, ROWS, 15) vectors and their sentences."""
        context = torch.randint(len(self.contexts), (PROMPTS,), generator=generator)
        low, size = self.table.prompt_starts[context], self.table.prompt_starts.diff()[context]
        row = low + (torch.rand(PROMPTS, generator=generator) * size).long()
        return self.table.drawn(self.table.group_starts[context], ROWS, generator), self.table.text.rows(row)

    def judge(self, sampler: Sampler) -> dict[str, float]:
        """Means over contexts: energy distance to the truth, and the share of samples outside the true 99 % region."""
        each = sampler(torch.arange(len(self.contexts)), self.truth.shape[1]).double()
        return self._judged(each)

    def floor(self) -> dict[str, float]:
        """The same of other draws of the truth."""
        return self._judged(self.other)

    def _judged(self, each: Tensor) -> dict[str, float]:
        pairs = list(zip(each, self.truth, strict=True))
        return {
            "energy": float(np.mean([whitened_energy_distance(sample, truth, truth) for sample, truth in pairs])),
            "outside": float(np.mean([outside(sample, truth) for sample, truth in pairs])),
        }


def arena(count: int, draws: int, judged: int, encoder: TextEncoder, seed: int = 0) -> Arena:
    """Evenly chosen training contexts with `draws` vectors to learn from and `judged` to be judged by."""
    known = training_contexts()
    chosen = tuple(known[i * len(known) // count] for i in range(count))
    data = catalog_data(draws, SENTENCES, 1, seed, chosen)
    table, learned = training_set(data, encoder, "contact")
    fresh = [
        torch.stack([torch.from_numpy(draw(c, judged, np.random.default_rng([seed, i, j]))) for i, c in enumerate(chosen)])
        for j in (1, 2)
    ]
    linear, contact = Normaliser.of(data.vectors, "linear"), Normaliser.of(data.vectors, "contact")
    return Arena(chosen, table, learned, linear, contact, *fresh)


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
