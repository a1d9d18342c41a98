"""Does the model sample relations that hold, as varied as the truth, and because of the text? Measured against the catalog."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.generation import sample_many
from diffusion.metrics import whitened_energy_distance
from diffusion.network import RELATION
from diffusion.text_encoder import Condition, TextEncoder
from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts
from oor.catalog.posed import Posed
from oor.catalog.predicates import PREDICATES
from oor.catalog.programs import draw
from oor.catalog.prompts import held_out_prompts
from oor.files import write_text
from oor.query import parse_query
from oor.relation import unpack

PROMPTS = 8  # held-out sentences per context

Advance = Callable[[int], None]


@dataclass(frozen=True)
class ContextScore:
    """One row of the per-context table. Success rates are shares in [0, 1]."""

    target: str
    predicate: str
    base: str
    success: float
    success_text_only: float
    ceiling: float
    shuffled: float
    energy: float
    floor: float


@dataclass(frozen=True)
class SuccessReport:
    """The suite's figures. `energy_over_floor` is the mean over contexts of energy distance / noise floor."""

    contexts: int
    samples: int
    success: float
    success_worst: float
    worst_context: str
    success_text_only: float
    ceiling: float
    ceiling_worst: float
    shuffled: float
    energy_over_floor: float
    energy_over_floor_worst: float
    left_right: float
    left_right_text_only: float
    parsed: float


def holds(context: Context, vectors: Tensor) -> np.ndarray:
    """(n,) whether the context's predicate accepts relation vectors (n, 15) of its templates."""
    known, relation, n = categories(), unpack(vectors.double()), len(vectors)
    parts = (relation.R_base_target, relation.t_base_target, relation.scale_target)
    target = Posed(known[context.target].template, *(part.numpy() for part in parts))
    base = Posed(known[context.base].template, np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)), relation.scale_base.numpy())
    return np.asarray(PREDICATES[context.predicate](target, base))


def held_out_conditions(context: Context) -> list[Condition]:
    """Sentences that no training prompt resembles, as the sampling door would read them."""
    prompts = held_out_prompts(context)
    chosen = [prompts[i * len(prompts) // PROMPTS] for i in range(PROMPTS)]
    queries = [parse_query(prompt) for prompt in chosen]
    return [Condition(q.prompt, q.target, q.base, q.predicate) for q in queries]


def success_suite(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    *,
    samples: int,
    draws: int,
    seed: int,
    steps: int,
    advance: Advance = lambda _: None,
) -> tuple[SuccessReport, list[ContextScore]]:
    """All figures of the suite; `advance` hears of every finished context."""
    known = contexts()
    conditions = [held_out_conditions(context) for context in known]
    shuffled = [conditions[i] for i in derangement(len(known), np.random.default_rng(seed))]
    each = -(-samples // PROMPTS)

    def sampled(rows: Sequence[Condition], count: int, hide: int | None = None) -> Tensor:
        return sample_many(checkpoint, encoder, rows, count, seed=seed, steps=steps, hide=hide).flatten(0, 1)

    scores = []
    for i, context in enumerate(known):
        truth = [torch.from_numpy(draw(context, draws, np.random.default_rng([seed, 7, k, i]))) for k in range(3)]
        many = sampled(conditions[i], -(-draws // PROMPTS))[:draws]
        scores.append(
            ContextScore(
                context.target,
                context.predicate,
                context.base,
                success=_share(context, sampled(conditions[i], each)[:samples]),
                success_text_only=_share(context, sampled(conditions[i], each, RELATION)[:samples]),
                ceiling=_share(context, truth[0][:samples]),
                shuffled=_share(context, sampled(shuffled[i], each)[:samples]),
                energy=whitened_energy_distance(many, truth[0], truth[2]),
                floor=whitened_energy_distance(truth[1], truth[0], truth[2]),
            )
        )
        advance(1)
    parsed = np.mean(
        [
            (c.target, c.relation, c.base) == (k.target, k.predicate, k.base)
            for k, rows in zip(known, conditions, strict=True)
            for c in rows
        ]
    )
    sides = [
        left_right(checkpoint, encoder, known, samples=samples, seed=seed, steps=steps, hide=hide) for hide in (None, RELATION)
    ]
    return _summary(scores, samples, sides, float(parsed)), scores


def left_right(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    known: Sequence[Context],
    *,
    samples: int,
    seed: int,
    steps: int,
    hide: int | None,
) -> float:
    """Share of samples on the side that was asked for, over the pairs that have both a left and a right context."""
    shares = []
    for context in known:
        if context.predicate in ("left of", "right of"):
            rows = held_out_conditions(context)
            vectors = sample_many(checkpoint, encoder, rows, -(-samples // PROMPTS), seed=seed, steps=steps, hide=hide).flatten(
                0, 1
            )
            sign = -1 if context.predicate == "left of" else 1
            shares.append(float((unpack(vectors).t_base_target[:, 0] * sign > 0).double().mean()))
    return float(np.mean(shares))


def derangement(n: int, rng: np.random.Generator) -> list[int]:
    """A random permutation that leaves nothing in its place."""
    while True:
        order = rng.permutation(n)
        if (order != np.arange(n)).all():
            return [int(i) for i in order]


def write_table(path: Path, scores: Sequence[ContextScore]) -> None:
    """The per-context table as CSV."""
    text = io.StringIO()
    rows = [asdict(score) for score in scores]
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: f"{v:.4f}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    write_text(path, text.getvalue())


def _share(context: Context, vectors: Tensor) -> float:
    return float(holds(context, vectors).mean())


def _summary(scores: Sequence[ContextScore], samples: int, sides: Sequence[float], parsed: float) -> SuccessReport:
    def mean(name: str) -> float:
        return float(np.mean([getattr(score, name) for score in scores]))

    worst = min(scores, key=lambda score: score.success)
    ratios = [score.energy / score.floor for score in scores]
    return SuccessReport(
        contexts=len(scores),
        samples=samples,
        success=mean("success"),
        success_worst=worst.success,
        worst_context=f"{worst.target} {worst.predicate} {worst.base}",
        success_text_only=mean("success_text_only"),
        ceiling=mean("ceiling"),
        ceiling_worst=min(score.ceiling for score in scores),
        shuffled=mean("shuffled"),
        energy_over_floor=float(np.mean(ratios)),
        energy_over_floor_worst=max(ratios),
        left_right=sides[0],
        left_right_text_only=sides[1],
        parsed=parsed,
    )
