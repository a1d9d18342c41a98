"""What the relation network learns from: relation vectors grouped by context, and sentences that say each context."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffusion.coordinates import Normaliser, Translation
from diffusion.network import RELATION, SENTENCE, TextStates
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.catalog.contexts import Context, contexts
from oor.catalog.programs import draw
from oor.catalog.prompts import training_prompts
from oor.samples import read_samples

HIDE_RELATION = 0.3  # share of prompts that must be understood from the sentence, without the relation's name
HIDE_SENTENCE = 0.1  # share that must do with the names
WRONG_SENTENCE = 0.3  # share whose sentence is another's: where the names are there, they count, however strange the sentence


@dataclass(frozen=True)
class RelationData:
    """Contexts, each with vectors and prompts.

    vectors: (n, 15), all contexts one after another; starts: (c + 1,) where each begins. prompts: per context, its sentences.
    """

    contexts: tuple[Context, ...]
    vectors: Tensor
    starts: Tensor
    prompts: tuple[tuple[str, ...], ...]
    source: str


def catalog_data(draws: int, prompts: int, seed: int) -> RelationData:
    """Draws of every catalog context, with training prompts of the grammar."""
    rows = [draw(context, draws, np.random.default_rng([seed, i])) for i, context in enumerate(contexts())]
    sentences = tuple(tuple(training_prompts(context, prompts, seed)) for context in contexts())
    starts = torch.arange(len(rows) + 1) * draws
    return RelationData(contexts(), torch.from_numpy(np.concatenate(rows)), starts, sentences, "catalog draws")


def file_data(paths: list[Path]) -> RelationData:
    """Sample files (oor/samples.py), grouped by (target, predicate, base); their own prompts."""
    groups: dict[Context, list[tuple[Tensor, str]]] = {}
    for path in paths:
        samples = read_samples(path)
        for vector, prompt, *triple in zip(
            samples.vector, samples.prompt, samples.target, samples.predicate, samples.base, strict=True
        ):
            groups.setdefault(Context(*map(str, triple)), []).append((torch.as_tensor(vector), str(prompt)))
    if not groups:
        raise ValueError(f"no samples in {', '.join(map(str, paths))}; lift or draw some first")
    known = tuple(sorted(groups))
    counts = torch.tensor([0, *(len(groups[context]) for context in known)])
    vectors = torch.stack([vector for context in known for vector, _ in groups[context]]).double()
    sentences = tuple(tuple(dict.fromkeys(prompt for _, prompt in groups[context])) for context in known)
    return RelationData(known, vectors, counts.cumsum(0), sentences, ", ".join(path.name for path in paths))


@dataclass(frozen=True)
class TrainingSet:
    """The data as training steps want it: normalised vectors, and every prompt's token states."""

    clean: Tensor  # (n, 15) in network space
    starts: Tensor  # (c + 1,) where each context's vectors begin
    text: TextStates  # all prompts
    prompt_starts: Tensor  # (c + 1,) where each context's prompts begin

    def to(self, device: torch.device) -> TrainingSet:
        """The same on another device."""
        return TrainingSet(self.clean.to(device), self.starts.to(device), self.text.to(device), self.prompt_starts.to(device))

    def prompts(self, count: int, generator: torch.Generator) -> tuple[Tensor, TextStates]:
        """Random contexts (count,), all equally likely, and a prompt of each.

        Some lack the relation's name; others, which have it, lack the sentence or have a wrong one.
        """
        device = self.starts.device
        context = torch.randint(len(self.starts) - 1, (count,), generator=generator, device=device)
        text = self.text.rows(_pick(self.prompt_starts, context, (count,), generator))
        strange = self.text.rows(torch.randint(len(self.text.mask), (count,), generator=generator, device=device))
        chance = torch.rand(count, generator=generator, device=device)
        text = text.without(RELATION, chance < HIDE_RELATION).without(SENTENCE, chance > 1 - HIDE_SENTENCE)
        wrong = (chance > 1 - HIDE_SENTENCE - WRONG_SENTENCE) & (chance <= 1 - HIDE_SENTENCE)
        return context, text.swapped(SENTENCE, strange, wrong)

    def vectors(self, context: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """(p, count, 15) random vectors of contexts (p,)."""
        return self.clean[_pick(self.starts, context, (len(context), count), generator)]

    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation (c, 15) of every context's vectors; one vector alone has deviation 0."""
        pieces = self.clean.split(self.starts.diff().tolist())
        return torch.stack([p.mean(dim=0) for p in pieces]), torch.stack([p.std(dim=0, correction=0) for p in pieces])


def _pick(starts: Tensor, context: Tensor, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Uniform row indices of the given shape; row i lies in the range of context[i]."""
    low, size = starts[context], (starts[1:] - starts[:-1])[context]
    share = torch.rand(shape, generator=generator, device=starts.device, dtype=torch.float64)
    spread = (len(context), *(1,) * (len(shape) - 1))
    return low.view(spread) + (share * size.view(spread)).long()


def training_set(data: RelationData, encoder: TextEncoder, translation: Translation) -> tuple[TrainingSet, Normaliser]:
    """Encode every prompt once and normalise every vector."""
    normaliser = Normaliser.of(data.vectors, translation)
    conditions = [
        Condition(prompt, context.target, context.base, context.predicate)
        for context, prompts in zip(data.contexts, data.prompts, strict=True)
        for prompt in prompts
    ]
    text = conditioning(encoder, conditions)
    prompt_starts = torch.tensor([0, *(len(prompts) for prompts in data.prompts)]).cumsum(0)
    return TrainingSet(normaliser.normalise(data.vectors).float(), data.starts, text, prompt_starts), normaliser
