"""The figures of a half-trained model: the same at every call, of the contexts that it is trained for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import scenes.progress
from diffusion.checkpoint import load_checkpoint
from oor.catalog.contexts import Context, contexts
from oor.catalog.programs import draw
from oor.catalog.splits import category_contexts, held_out_combinations, training_contexts
from oor.samples import SampleSet, write_samples
from scenes.progress import progress_measure, splits_of


def sample_file(path: Path, known: list[Context]) -> str:
    vectors = np.stack([draw(contexts()[0], 1, np.random.default_rng(0))[0]] * len(known))
    columns = (tuple(getattr(c, part) for c in known) for part in ("target", "predicate", "base"))
    write_samples(path, SampleSet(vectors, ("x",) * len(known), *columns, ("test",) * len(known), np.zeros(len(known))))
    return str(path)


def test_a_training_is_judged_by_what_it_is_trained_for(tmp_path: Path) -> None:
    assert [list(known) for known in splits_of((), True).values()] == [
        list(training_contexts()),
        list(held_out_combinations()),
        list(category_contexts()),
    ]
    assert {name: list(known) for name, known in splits_of((), False).items()} == {"success": list(contexts())}
    own = Context("gizmo", "hums at", "plate")
    assert splits_of([sample_file(tmp_path / "a", [contexts()[7], own])], True) == {"success": [contexts()[7]]}
    assert splits_of([sample_file(tmp_path / "b", [own])], True) == {}
    assert progress_measure([str(tmp_path / "b")])(None) == {}


@pytest.mark.slow
def test_measuring_is_repeatable_and_uses_no_global_generator(tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes.progress, "CONTEXTS", 2)
    monkeypatch.setattr(scenes.progress, "MEASURED", 1)
    checkpoint, before = load_checkpoint(tiny_checkpoint), torch.get_rng_state()
    figures = progress_measure()(checkpoint)
    assert list(figures) == [
        "success",
        "success on unseen combinations",
        "success on unseen categories",
        "energy distance over floor",
    ]
    assert all(0 <= value <= 1 for value in list(figures.values())[:3]) and figures["energy distance over floor"] > 1
    assert progress_measure()(checkpoint) == figures
    assert torch.equal(torch.get_rng_state(), before)
