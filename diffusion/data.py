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

HIDE_RELATION = 0.4  # share of prompts that must be understood from the sentence, without the relation's name
HIDE_SENTENCE = 0.2  # share that must do with the names


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
    """The data as the training step wants it: normalised vectors, and every prompt's token states."""

    clean: Tensor  # (n, 15) in network space
    starts: Tensor  # (c + 1,)
    text: TextStates  # all prompts
    prompt_starts: Tensor  # (c + 1,)

    def to(self, device: torch.device) -> TrainingSet:
        """The same on another device."""
        return TrainingSet(self.clean.to(device), self.starts.to(device), self.text.to(device), self.prompt_starts.to(device))

    def batch(self, prompts: int, draws: int, generator: torch.Generator) -> tuple[Tensor, TextStates]:
        """`draws` clean vectors (p, k, 15) for each of `prompts` random prompts, contexts equally likely."""
        device = self.clean.device

        def pick(starts: Tensor, context: Tensor, shape: tuple[int, ...]) -> Tensor:
            low, high = starts[context], starts[context + 1]
            share = torch.rand(shape, generator=generator, device=device, dtype=torch.float64)
            view = low.view(-1, *(1,) * (len(shape) - 1)), (high - low).view(-1, *(1,) * (len(shape) - 1))
            return view[0] + (share * view[1]).long()

        context = torch.randint(len(self.starts) - 1, (prompts,), generator=generator, device=device)
        text = self.text.rows(pick(self.prompt_starts, context, (prompts,)))
        chance = torch.rand(prompts, generator=generator, device=device)
        text = text.without(RELATION, chance < HIDE_RELATION).without(SENTENCE, chance > 1 - HIDE_SENTENCE)
        return self.clean[pick(self.starts, context, (prompts, draws))], text


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
