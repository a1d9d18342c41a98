"""The figures of the success suite: on samples whose answer is known, and end to end on a checkpoint that knows nothing."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import scenes.metrics
from diffusion.checkpoint import load_checkpoint
from diffusion.text_encoder import Condition, load_text_encoder
from oor.catalog.contexts import Context, contexts
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
THREE = (Context("fork", "left of", "plate"), Context("knife", "right of", "plate"), Context("mug", "on", "table"))


def test_holds_is_a_row_each(drawn: Drawn) -> None:
    context = Context("mug", "on", "table")
    vectors = torch.from_numpy(drawn(context).copy())
    vectors[::2, 7] += 1.0
    assert np.array_equal(holds(context, vectors), np.arange(48) % 2 == 1)
    assert np.array_equal(holds(context, vectors.flip(0)), holds(context, vectors)[::-1])
    assert holds(context, vectors.float()).dtype == bool


@pytest.mark.parametrize("n", [2, 3, 10, 180])
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
        assert left_right(checkpoint, load_text_encoder(), THREE, samples=16, seed=0, steps=4, hide=None) == expected


def test_the_suite_on_a_model_that_knows_nothing(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes.metrics, "contexts", lambda: THREE)
    finished: list[int] = []
    report, scores = success_suite(load_checkpoint(tiny_checkpoint), load_text_encoder(), samples=8, draws=24, seed=0, steps=6,
                                   advance=finished.append)
    assert finished == [1, 1, 1] and report.contexts == 3 and report.samples == 8
    assert [(s.target, s.predicate, s.base) for s in scores] == [(c.target, c.predicate, c.base) for c in THREE]
    shares = ("success", "success_worst", "success_text_only", "ceiling", "shuffled", "left_right", "left_right_text_only",
              "parsed")
    assert all(0 <= getattr(report, name) <= 1 for name in shares)
    assert report.parsed == 1 and report.ceiling > 0.9 and report.success < 0.5
    assert report.energy_over_floor > 1.5  # its samples are not those of the catalog
    assert report.success_worst <= report.success and report.ceiling_worst <= report.ceiling


def test_the_table_is_csv(tmp_path: Path) -> None:
    score = ContextScore("mug", "on", "table", 0.5, 0.25, 1.0, 0.0, 0.123456, 0.1)
    write_table(tmp_path / "t.csv", [score, replace(score, target="book")])
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["target"] for row in rows] == ["mug", "book"]
    assert float(rows[0]["success"]) == 0.5 and rows[0]["energy"] == "0.1235"
