"""Looking at a training while it goes on: a progress bar over a table of figures in a terminal, else a line per measurement.

Looking never changes what is trained. Measurements go to a file, one JSON line each, without gaps or repeats after a resume.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from torch import Tensor

from oor.files import write_text

Figures = Mapping[str, float]
SHOW = 20  # steps between two updates of the bar
LOOK = 100  # steps between two looks at the noise levels, in a terminal


@dataclass(frozen=True)
class Watch:
    """What to look at, and how often.

    levels: the loss of the network as it is, by noise level. measure: figures of a moving average of the weights. Both must leave
    the training's randomness alone and give the same numbers for the same weights.
    """

    every: int  # steps between measurements, and one at the end; 0 for never
    history: Path
    levels: Callable[[], Figures]
    measure: Callable[[Mapping[str, Tensor]], Figures]


class Monitor:
    """Shows a training of `total` steps that begins or goes on at `step`; a context manager."""

    def __init__(self, console: Console, total: int, step: int, watch: Watch | None = None) -> None:
        self.console, self.total, self.watch = console, total, watch
        self.loss = math.nan
        self.rows = [] if watch is None else kept_history(watch.history, step)
        self.figures: Figures = self.rows[-1] if self.rows else {}
        self.progress = _progress()
        self.task = self.progress.add_task("training", total=total, completed=step, loss=self.loss)
        self.live = Live(get_renderable=self._render, console=console, refresh_per_second=4)

    def __enter__(self) -> Monitor:
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live.is_started:
            self.live.stop()
        elif self.progress.tasks[0].completed == self.total and math.isfinite(self.loss):
            self._say({"loss": self.loss})

    def step(self, step: int, loss: Tensor, average: Mapping[str, Tensor]) -> None:
        """Hear that a step is done: its loss, and the moving average after it."""
        if step % SHOW == 0 or step == self.total:
            self.loss = float(loss)
            self.progress.update(self.task, completed=step, loss=self.loss)
        if self.watch is not None and self.live.is_started and step % LOOK == 0:
            self.figures = {**self.figures, **self.watch.levels()}
        self.measure(step, average)

    def measure(self, step: int, average: Mapping[str, Tensor]) -> None:
        """Measure if it is time to and has not been done, show it and write it down."""
        if self.watch is None or not self.watch.every or step == 0:
            return
        due = step % self.watch.every == 0 or step == self.total
        if not due or step in (row["step"] for row in self.rows):
            return
        self.figures = {"step": step, **self.watch.levels(), **self.watch.measure(average)}
        self.rows.append(self.figures)
        write_text(self.watch.history, "".join(json.dumps(_finite(row)) + "\n" for row in self.rows))
        if not self.live.is_started:
            self._say(self.figures)

    def _say(self, figures: Figures) -> None:
        done = int(self.progress.tasks[0].completed)
        numbers = ", ".join(f"{name} {value:.4f}" for name, value in figures.items() if name != "step")
        self.console.print(f"step {int(figures.get('step', done))} of {self.total}: {numbers}", markup=False, soft_wrap=True)

    def _render(self) -> Group:
        table = Table(show_header=False, box=None)
        for name, value in self.figures.items():
            table.add_row("measured at step" if name == "step" else name, f"{value:.0f}" if name == "step" else f"{value:.4f}")
        return Group(self.progress, table) if self.figures else Group(self.progress)


def kept_history(path: Path, step: int) -> list[dict[str, Any]]:
    """The measurements of a file up to a step, in order; what is later, twice there or half written does not count."""
    rows: dict[int, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            row = json.loads(line)
            if 0 < row["step"] <= step:
                rows.setdefault(int(row["step"]), {name: math.nan if value is None else value for name, value in row.items()})
        except (ValueError, KeyError, TypeError):
            continue
    return [rows[number] for number in sorted(rows)]


def _finite(row: Figures) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in row.items()}  # JSON knows no nan


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
