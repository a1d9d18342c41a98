"""Looking at a training: it changes nothing, writes every measurement once, and keeps control characters out of log files."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from torch import Tensor, nn

from diffusion.monitor import Watch, kept_history
from diffusion.training import LoopConfig, fit, initialise

CONFIG = LoopConfig(steps=22, lr=1e-2, warmup=3, save_every=8, bf16=False)


def watching(tmp_path: Path, every: int = 5, hear: Callable[[], None] = lambda: None) -> Watch:
    """Figures that depend on the weights, from a look that upsets every global generator."""

    def levels() -> dict[str, float]:
        torch.rand(3)
        np.random.rand(3)  # noqa: NPY002
        return {"loss at sigma < 0.1": 0.5}

    def measure(average: Mapping[str, Tensor]) -> dict[str, float]:
        hear()
        return {"success": float(average["weight"].sum()), "distance": math.nan}

    return Watch(every, tmp_path / "history.jsonl", levels, measure)


def run(state: Path, console: Console, watch: Watch | None, stop: int = -1) -> dict[str, Tensor]:
    model, calls = nn.Linear(3, 1), iter(range(10**6))
    initialise(model, 0)

    def loss(generator: torch.Generator) -> Tensor:
        if next(calls) == stop:
            raise KeyboardInterrupt
        return (model(torch.randn(16, 3, generator=generator)) ** 2).mean()

    return fit(model, loss, CONFIG, state, console, watch=watch)


def rows(tmp_path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]


def test_looking_changes_nothing(tmp_path: Path, console: Console) -> None:
    run(tmp_path / "a", console, None)
    run(tmp_path / "b", console, watching(tmp_path))
    run(tmp_path / "c", Console(file=io.StringIO(), force_terminal=True), watching(tmp_path, every=1))
    states = [load_file(tmp_path / name) for name in "abc"]
    assert all(torch.equal(states[0][key], state[key]) for state in states for key in states[0])


def test_every_measurement_is_one_line_of_json_and_the_last_step_is_measured(tmp_path: Path, console: Console) -> None:
    average = run(tmp_path / "s", console, watching(tmp_path))
    assert [row["step"] for row in rows(tmp_path)] == [5, 10, 15, 20, 22]
    assert rows(tmp_path)[-1] == {
        "step": 22,
        "loss at sigma < 0.1": 0.5,
        "success": pytest.approx(float(average["weight"].sum())),
        "distance": None,
    }


def test_zero_is_never(tmp_path: Path, console: Console) -> None:
    run(tmp_path / "s", console, watching(tmp_path, every=0))
    assert not (tmp_path / "history.jsonl").exists()


@pytest.mark.parametrize("stop", [0, 5, 6, 16, 21])
def test_a_resumed_run_measures_what_the_uninterrupted_one_does(tmp_path: Path, console: Console, stop: int) -> None:
    (tmp_path / "whole").mkdir()
    run(tmp_path / "whole" / "s", console, watching(tmp_path / "whole"))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "s", console, watching(tmp_path), stop)
    run(tmp_path / "s", console, watching(tmp_path))
    run(tmp_path / "s", console, watching(tmp_path))  # finished: nothing is measured again
    assert rows(tmp_path) == rows(tmp_path / "whole")


def test_a_measurement_that_was_cut_off_is_made_after_the_resume(tmp_path: Path, console: Console) -> None:
    def give_up() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "s", console, watching(tmp_path, hear=give_up))
    assert not (tmp_path / "history.jsonl").exists()
    run(tmp_path / "s", console, watching(tmp_path))
    assert [row["step"] for row in rows(tmp_path)] == [5, 10, 15, 20, 22]


def test_what_is_later_twice_or_half_written_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    assert kept_history(path, 9) == []
    lines = ['{"step": 5, "a": 1.0}', '{"step": 5, "a": 2.0}', "", "[3]", '{"step": "x"}', '{"a": 1}', '{"step": 15, "a": 3.0}']
    path.write_text("\n".join([*lines, '{"step": 8, "a": nul']))
    assert kept_history(path, 9) == [{"step": 5, "a": 1.0}]
    assert [row["step"] for row in kept_history(path, 15)] == [5, 15]


def test_a_log_file_gets_a_plain_line_per_measurement(tmp_path: Path, console: Console) -> None:
    run(tmp_path / "s", console, watching(tmp_path))
    text = console.file.getvalue()
    lines = text.splitlines()
    assert text.isprintable() or all(line.isprintable() for line in lines)
    assert [line.split(":")[0] for line in lines] == [f"step {n} of 22" for n in (5, 10, 15, 20, 22, 22)]
    assert "loss at sigma < 0.1 0.5000, success " in lines[0] and "step 22 of 22: loss " in lines[-1]


def test_a_terminal_shows_bar_and_table(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    run(tmp_path / "s", console, watching(tmp_path))
    last = console.file.getvalue().splitlines()[-8:]
    text = "\n".join(last)
    assert "22/22" in text and "measured at step" in text and "success" in text and "loss at sigma < 0.1" in text


def test_another_measure_every_belongs_to_the_same_run() -> None:
    from diffusion.relation_training import RelationConfig

    assert repr(replace(RelationConfig(), measure_every=7)) == repr(RelationConfig())
