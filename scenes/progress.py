"""How well does a half-trained model do? A small, fixed part of the success suite (scenes/metrics.py), the same at every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.generation import sample_many
from diffusion.metrics import whitened_energy_distance
from diffusion.text_encoder import load_text_encoder
from oor.catalog.contexts import Context, contexts
from oor.catalog.programs import draw
from oor.catalog.splits import category_contexts, evenly, held_out_combinations, training_contexts
from oor.samples import read_samples
from scenes.metrics import PROMPTS, held_out_conditions, holds

CONTEXTS = 24  # of each split, evenly chosen
EACH = 2  # samples of each held-out phrasing of a context
MEASURED = 8  # trained contexts whose distance to the catalog is measured
DRAWS = 64  # samples and catalog draws of each of these

Splits = Mapping[str, Sequence[Context]]


def splits_of(samples: Sequence[str], held_out: bool) -> Splits:
    """The contexts that a training can be judged by, under their names: trained ones, and what the catalog held out of it.

    samples: the sample files it learns from, if any; what the catalog has no predicate for is left out.
    """
    if samples:
        files = [read_samples(Path(path)) for path in samples]
        seen = {Context(*row) for file in files for row in zip(file.target, file.predicate, file.base, strict=True)}
        trained = [context for context in contexts() if context in seen]
        return {"success": trained} if trained else {}
    if not held_out:
        return {"success": contexts()}
    return {
        "success": training_contexts(),
        "success on unseen combinations": held_out_combinations(),
        "success on unseen categories": category_contexts(),
    }


def progress_measure(samples: Sequence[str] = (), held_out: bool = True) -> Callable[[Checkpoint], dict[str, float]]:
    """A function from a checkpoint to figures >= 0, for `splits_of(samples, held_out)`; no figures if there is none.

    They are the success of each split under phrasings that training never saw, and the mean energy distance of trained contexts
    to fresh catalog draws, over that between two sets of such draws.
    """
    splits = cache(lambda: splits_of(samples, held_out))
    encoder = cache(load_text_encoder)
    conditions = cache(held_out_conditions)
    truth = cache(_truth)

    def measure(checkpoint: Checkpoint) -> dict[str, float]:
        chosen = {name: evenly(known, CONTEXTS) for name, known in splits().items()}
        if not chosen:
            return {}

        def sampled(known: Sequence[Context], each: int) -> Tensor:
            rows = [row for context in known for row in conditions(context)]
            return sample_many(checkpoint, encoder(checkpoint.text_encoder), rows, each).view(len(known), PROMPTS * each, -1)

        figures = {}
        for name, known in chosen.items():
            shares = [holds(context, vectors).mean() for context, vectors in zip(known, sampled(known, EACH), strict=True)]
            figures[name] = float(np.mean(shares))
        near = evenly(chosen["success"], MEASURED)
        distances = [_over_floor(vectors, *truth(c)) for c, vectors in zip(near, sampled(near, DRAWS // PROMPTS), strict=True)]
        return {**figures, "energy distance over floor": float(np.mean(distances))}

    return measure


def _truth(context: Context) -> tuple[Tensor, Tensor, Tensor]:
    number = contexts().index(context)
    first, second, third = (torch.from_numpy(draw(context, DRAWS, np.random.default_rng([97, k, number]))) for k in range(3))
    return first, second, third


def _over_floor(vectors: Tensor, first: Tensor, second: Tensor, reference: Tensor) -> float:
    floor = whitened_energy_distance(second, first, reference)
    return whitened_energy_distance(vectors, first, reference) / floor
