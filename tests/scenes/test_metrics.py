"""The figures of the success suite: on samples whose answer is known, and end to end on a checkpoint that knows nothing."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import scenes.metrics
from diffusion.checkpoint import load_checkpoint
from diffusion.sampling import Solver
from diffusion.text_encoder import Condition, load_text_encoder
from oor.catalog.contexts import Context, contexts
from oor.catalog.splits import category_contexts, held_out_combinations
from scenes.metrics import (
    PROMPTS,
    ContextScore,
    derangement,
    held_out_conditions,
    holds,
    left_right,
    success_suite,
    write_table,
)

Drawn = Callable[[Context], NDArray[np.float64]]
FEW = Solver(steps=4)
THREE = (Context("fork", "left of", "plate"), Context("knife", "right of", "plate"), Context("mug", "on", "table"))


def test_holds_is_a_row_each(drawn: Drawn) -> None:
    context = Context("mug", "on", "table")
    vectors = torch.from_numpy(drawn(context).copy())
    vectors[::2, 7] += 1.0
    assert np.array_equal(holds(context, vectors), np.arange(48) % 2 == 1)
    assert np.array_equal(holds(context, vectors.flip(0)), holds(context, vectors)[::-1])
    assert holds(context, vectors.float()).dtype == bool


@pytest.mark.parametrize("n", [2, 3, 10, 900])
def test_a_derangement_moves_everything(n: int) -> None:
    for seed in range(20):
        order = derangement(n, np.random.default_rng(seed))
        assert sorted(order) == list(range(n)) and all(i != k for i, k in enumerate(order))
    assert len({tuple(derangement(n, np.random.default_rng(seed))) for seed in range(20)}) > 1 or n == 2


def test_held_out_conditions_say_their_context() -> None:
    for context in contexts()[::20]:
        conditions = held_out_conditions(context)
        assert len(conditions) == PROMPTS == len({c.sentence for c in conditions})
        assert {(c.target, c.relation, c.base) for c in conditions} == {(context.target, context.predicate, context.base)}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Context, ...]]:
    """Splits of few contexts, sides among the trained ones."""
    splits = {"training": THREE, "combinations": held_out_combinations()[:2], "categories": category_contexts()[:1]}
    for name, split in zip(("training_contexts", "held_out_combinations", "category_contexts"), splits.values(), strict=True):
        monkeypatch.setattr(scenes.metrics, name, lambda split=split: split)
    return splits


def test_left_right_counts_the_asked_side(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, drawn: Drawn) -> None:
    """With perfect samples the figure is 1, with swapped sides 0, whatever the other contexts are."""
    checkpoint = load_checkpoint(tiny_checkpoint)

    def perfect(swap: bool) -> Callable[..., torch.Tensor]:
        def sampled(_model: object, _encoder: object, rows: list[Condition], count: int, **_: object) -> torch.Tensor:
            context = next(c for c in THREE[:2] if (c.predicate == rows[0].relation) != swap)
            return torch.from_numpy(drawn(context)[: len(rows) * count]).view(len(rows), count, 15)
        return sampled

    for swap, expected in ((False, 1.0), (True, 0.0)):
        monkeypatch.setattr(scenes.metrics, "sample_many", perfect(swap))
        assert left_right(checkpoint, load_text_encoder(), THREE, samples=16, seed=0, solver=FEW, hide=None) == expected


def test_the_suite_on_a_model_that_knows_nothing(tiny_checkpoint: Path, world: dict[str, tuple[Context, ...]]) -> None:
    finished: list[int] = []
    report, scores = success_suite(load_checkpoint(tiny_checkpoint), load_text_encoder(), samples=8, draws=24, seed=0, solver=FEW,
                                   advance=finished.append)
    assert finished == [1] * 6 and report.samples == 8
    assert (report.contexts, report.contexts_combinations, report.contexts_categories) == (3, 2, 1)
    rows = [(s.split, s.target, s.predicate, s.base) for s in scores]
    assert rows == [(name, c.target, c.predicate, c.base) for name, split in world.items() for c in split]
    shares = ("success", "success_worst", "success_text_only", "success_no_shapes", "ceiling", "shuffled", "left_right",
              "left_right_text_only", "parsed", "success_combinations", "ceiling_combinations", "success_categories",
              "ceiling_categories")
    assert all(0 <= getattr(report, name) <= 1 for name in shares)
    assert report.parsed == 1 and report.success < 0.5
    assert min(report.ceiling, report.ceiling_combinations, report.ceiling_categories) > 0.9
    assert report.energy_over_floor > 1.5  # its samples are not those of the catalog
    assert report.success_worst <= report.success and report.energy_over_floor <= report.energy_over_floor_worst
    for score in scores:
        trained = score.split == "training"
        only = (score.success_text_only, score.success_no_shapes, score.shuffled, score.energy, score.floor)
        assert all(math.isnan(value) != trained for value in only)


@pytest.mark.usefixtures("world")
def test_the_suite_on_a_model_that_reads_names_and_shapes_alone(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, drawn: Drawn
) -> None:
    """What is hidden from it, or said of others, comes out as a failure of just that figure."""

    def perfect(_model: object, _encoder: object, rows: list[Condition], count: int, *, hide: int | None = None,
                shapes: bool = True, **_: object) -> torch.Tensor:
        found = drawn(Context(rows[0].target, rows[0].relation, rows[0].base))[: len(rows) * count].reshape(len(rows), count, 15)
        return torch.from_numpy(found + (hide is not None or not shapes) * 10.0 * (np.arange(15) == 7))

    monkeypatch.setattr(scenes.metrics, "sample_many", perfect)
    report, scores = success_suite(load_checkpoint(tiny_checkpoint), load_text_encoder(), samples=32, draws=48, seed=0)
    assert min(report.success, report.success_combinations, report.success_categories) > 0.95
    assert report.success_text_only == report.success_no_shapes == 0 and report.left_right == 1
    assert report.shuffled < 0.6 and report.energy_over_floor < 1.5
    assert report.success == pytest.approx(np.mean([score.success for score in scores[:3]]))


def test_a_split_without_contexts_has_no_figures(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, split in (("training_contexts", THREE), ("held_out_combinations", ()), ("category_contexts", ())):
        monkeypatch.setattr(scenes.metrics, name, lambda split=split: split)
    report, _ = success_suite(load_checkpoint(tiny_checkpoint), load_text_encoder(), samples=8, draws=16, seed=0, solver=FEW)
    assert (report.contexts_combinations, report.contexts_categories) == (0, 0)
    assert math.isnan(report.success_combinations) and math.isnan(report.ceiling_categories)


def test_the_table_is_csv(tmp_path: Path) -> None:
    score = ContextScore("training", "mug", "on", "table", 0.5, 0.25, 1.0, 0.0, 0.25, 0.123456, 0.1)
    write_table(tmp_path / "t.csv", [score, replace(score, split="categories", target="book", energy=math.nan)])
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [item.name for item in fields(ContextScore)]
    assert [(row["split"], row["target"]) for row in rows] == [("training", "mug"), ("categories", "book")]
    assert float(rows[0]["success"]) == 0.5 and [row["energy"] for row in rows] == ["0.1235", "nan"]
