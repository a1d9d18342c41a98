"""Does the model sample relations that hold, as varied as the truth, and because of the text? Measured against the catalog."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.generation import DEFAULT, sample_many
from diffusion.metrics import whitened_energy_distance
from diffusion.network import RELATION
from diffusion.sampling import Solver
from diffusion.text_encoder import Condition, TextEncoder
from oor.catalog.audit import posed
from oor.catalog.contexts import Context
from oor.catalog.predicates import PREDICATES
from oor.catalog.programs import draw
from oor.catalog.prompts import held_out_prompts
from oor.catalog.splits import category_contexts, held_out_combinations, training_contexts
from oor.files import write_text
from oor.query import parse_query
from oor.relation import unpack

PROMPTS = 8  # held-out sentences per context

Advance = Callable[[int], None]


@dataclass(frozen=True)
class ContextScore:
    """One row of the per-context table. Success rates are shares in [0, 1]; nan where only trained contexts are scored."""

    split: str
    target: str
    predicate: str
    base: str
    success: float
    ceiling: float
    success_text_only: float
    success_no_shapes: float
    shuffled: float
    energy: float
    floor: float


@dataclass(frozen=True)
class SuccessReport:
    """The suite's figures. Unmarked ones are about the trained contexts, under phrasings that training never saw.

    combinations, categories: the held-out splits. text_only: without the relation's name as the parser found it. no_shapes:
    without shape descriptors. shuffled: under another context's texts. `energy_over_floor` is the mean over contexts of energy
    distance / noise floor.
    """

    contexts: int
    samples: int
    success: float
    ceiling: float
    success_worst: float
    worst_context: str
    success_text_only: float
    success_no_shapes: float
    shuffled: float
    contexts_combinations: int
    success_combinations: float
    ceiling_combinations: float
    contexts_categories: int
    success_categories: float
    ceiling_categories: float
    energy_over_floor: float
    energy_over_floor_worst: float
    left_right: float
    left_right_text_only: float
    parsed: float


def holds(context: Context, vectors: Tensor) -> np.ndarray:
    """(n,) whether the context's predicate accepts relation vectors (n, 15) of its templates."""
    return np.asarray(PREDICATES[context.predicate](*posed(context, vectors.double().numpy())))


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
    solver: Solver = DEFAULT,
    advance: Advance = lambda _: None,
) -> tuple[SuccessReport, list[ContextScore]]:
    """All figures of the suite; `advance` hears of every finished context."""
    splits = {"training": training_contexts(), "combinations": held_out_combinations(), "categories": category_contexts()}
    known = [context for split in splits.values() for context in split]
    labels = [name for name, split in splits.items() for _ in split]
    conditions = [held_out_conditions(context) for context in known]
    trained = len(splits["training"])
    shuffled = [conditions[i] for i in derangement(trained, np.random.default_rng(seed))]
    each = -(-samples // PROMPTS)

    def share(context: Context, rows: Sequence[Condition], **how: Any) -> float:
        vectors = sample_many(checkpoint, encoder, rows, each, seed=seed, solver=solver, **how).flatten(0, 1)
        return _share(context, vectors[:samples])

    scores = []
    for i, (label, context) in enumerate(zip(labels, known, strict=True)):
        truth = [torch.from_numpy(draw(context, draws, np.random.default_rng([seed, 7, k, i]))) for k in range(3)]
        only = dict.fromkeys(("success_text_only", "success_no_shapes", "shuffled", "energy", "floor"), float("nan"))
        if label == "training":
            many = sample_many(checkpoint, encoder, conditions[i], -(-draws // PROMPTS), seed=seed, solver=solver)
            only = {
                "success_text_only": share(context, conditions[i], hide=RELATION),
                "success_no_shapes": share(context, conditions[i], shapes=False),
                "shuffled": share(context, shuffled[i]),
                "energy": whitened_energy_distance(many.flatten(0, 1)[:draws], truth[0], truth[2]),
                "floor": whitened_energy_distance(truth[1], truth[0], truth[2]),
            }
        scores.append(
            ContextScore(
                label,
                context.target,
                context.predicate,
                context.base,
                success=share(context, conditions[i]),
                ceiling=_share(context, truth[0][:samples]),
                **only,
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
        left_right(checkpoint, encoder, splits["training"], samples=samples, seed=seed, solver=solver, hide=hide)
        for hide in (None, RELATION)
    ]
    return _summary(scores, samples, sides, float(parsed)), scores


def left_right(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    known: Sequence[Context],
    *,
    samples: int,
    seed: int,
    solver: Solver = DEFAULT,
    hide: int | None,
) -> float:
    """Share of samples on the side that was asked for, over the pairs that have both a left and a right context."""
    shares = []
    for context in known:
        if context.predicate in ("left of", "right of"):
            rows = held_out_conditions(context)
            vectors = sample_many(checkpoint, encoder, rows, -(-samples // PROMPTS), seed=seed, solver=solver, hide=hide).flatten(
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
    splits = {name: [score for score in scores if score.split == name] for name in ("training", "combinations", "categories")}

    def mean(name: str, split: str = "training") -> float:
        return float(np.mean([getattr(score, name) for score in splits[split]])) if splits[split] else float("nan")

    worst = min(splits["training"], key=lambda score: score.success)
    ratios = [score.energy / score.floor for score in splits["training"]]
    return SuccessReport(
        contexts=len(splits["training"]),
        samples=samples,
        success=mean("success"),
        ceiling=mean("ceiling"),
        success_worst=worst.success,
        worst_context=f"{worst.target} {worst.predicate} {worst.base}",
        success_text_only=mean("success_text_only"),
        success_no_shapes=mean("success_no_shapes"),
        shuffled=mean("shuffled"),
        contexts_combinations=len(splits["combinations"]),
        success_combinations=mean("success", "combinations"),
        ceiling_combinations=mean("ceiling", "combinations"),
        contexts_categories=len(splits["categories"]),
        success_categories=mean("success", "categories"),
        ceiling_categories=mean("ceiling", "categories"),
        energy_over_floor=float(np.mean(ratios)),
        energy_over_floor_worst=max(ratios),
        left_right=sides[0],
        left_right_text_only=sides[1],
        parsed=parsed,
    )
