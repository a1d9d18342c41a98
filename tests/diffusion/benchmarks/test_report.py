"""The whole comparison, on a ground so small that it takes seconds."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from diffusion.benchmarks import arena as arena_module
from diffusion.benchmarks import report, sampling, training
from diffusion.benchmarks.arena import Arena
from diffusion.benchmarks.report import BY_CALLS, FIRST, STAGES, STUDENT_CALLS, TIMED, diffusion_suite, race
from diffusion.benchmarks.training import Trained
from diffusion.checkpoint import Checkpoint, load_checkpoint
from diffusion.network import Conditioning, NetworkConfig
from diffusion.paper import PaperDenoiser
from diffusion.sampling import Solver
from diffusion.text_encoder import T5TextEncoder


@pytest.fixture
def light(ground: Arena, monkeypatch: pytest.MonkeyPatch) -> Arena:
    """Small batches, small sets, one trial, and a tolerance that RK45 meets soon."""
    for module in (arena_module, training):
        monkeypatch.setattr(module, "PROMPTS", 4)
        monkeypatch.setattr(module, "ROWS", 4)
    small = NetworkConfig(width=16, hidden=16, blocks=1, queries=1, heads=1, sigma_features=8)
    monkeypatch.setattr(training, "NetworkConfig", lambda **own: replace(small, **own))
    monkeypatch.setattr(training, "TRIALS", training.TRIALS[:1])
    monkeypatch.setattr(sampling, "REPEATS", 1)
    return replace(ground, truth=ground.truth[:, :12], other=ground.other[:, :12])


def plain(value: Any) -> Iterator[float]:
    """All numbers of a report."""
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]:
        if isinstance(item, (dict, list)):
            yield from plain(item)
        elif isinstance(item, (int, float)):
            yield float(item)


def test_the_race_counts_on_the_way_to_what_each_rival_reaches(
    ground: Arena, judged: Callable[..., Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With fakes: paper reaches 0.4, tuned 0.03, ours 1 / n, so it is there after 25 and 50 steps; the other never is."""
    ran: list[int] = []
    tried: list[tuple[int, int]] = []
    scores = PaperDenoiser(NetworkConfig(text_width=8))

    def made(energy: float, seconds: float) -> Trained:
        return judged(seconds, energy=energy, outside=0.1, calls=12)

    def best(arena: Arena, steps: int, trial_steps: int) -> tuple[Trained, PaperDenoiser]:
        tried.append((steps, trial_steps))
        return made(0.03, 100.0), scores

    def own(arena: Arena, steps: int) -> tuple[Trained, None]:
        ran.append(steps)
        return made(1 / steps, float(steps)), None

    monkeypatch.setattr(report, "paper", lambda arena, steps: (made(0.4, 80.0), None))
    monkeypatch.setattr(report, "tuned", best)
    monkeypatch.setattr(report, "preconditioned", lambda arena, steps, normaliser: made(0.1, 0.5 * steps))
    monkeypatch.setattr(report, "ours", own)
    told: list[int] = []
    figures, net = race(ground, 2000, told.append)
    assert net is scores and tried == [(2000, 500)] and sum(told) == 4
    assert ran == [25, 50, 100, 200, 400, 800, 1600, 2000]
    assert figures["ours"] == {"energy": 1 / 2000, "outside": 0.1, "calls": 12, "cpu_seconds": 2000.0}
    assert figures["energy_paper_over_preconditioned"] == pytest.approx(4)
    assert figures["energy_tuned_over_preconditioned"] == pytest.approx(0.3)
    assert figures["cpu_seconds_ratio_to_their_quality"] == {
        "preconditioned": {"paper": pytest.approx(80 / (0.5 * FIRST)), "tuned": None},
        "ours": {"paper": pytest.approx(80 / FIRST), "tuned": pytest.approx(100 / (2 * FIRST))},
    }
    assert figures["curves"]["ours"][1] == {"steps": 50, "energy": 1 / 50, "cpu_seconds": 50.0}
    assert figures["floor"] == ground.floor() and (figures["contexts"], figures["steps"]) == (2, 2000)


RACE = {
    "contexts",
    "steps",
    "floor",
    "paper",
    "tuned",
    "preconditioned",
    "ours",
    "energy_paper_over_preconditioned",
    "energy_tuned_over_preconditioned",
    "curves",
    "cpu_seconds_ratio_to_their_quality",
}


def test_the_suite_has_all_its_figures(
    light: Arena, tiny_checkpoint: Path, embedded: T5TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = load_checkpoint(tiny_checkpoint)
    asked: list[tuple[int, int, int]] = []

    def arena(contexts: int, draws: int, judged: int, encoder: T5TextEncoder) -> Arena:
        asked.append((contexts, draws, judged))
        return light

    monkeypatch.setattr(report, "arena", arena)
    monkeypatch.setattr(report, "loosest", partial(sampling.loosest, count=8))
    monkeypatch.setattr(report, "likelihood_error", lambda: 0.01)
    told: list[int] = []
    figures = diffusion_suite(
        checkpoint, checkpoint, embedded, contexts=2, steps=10, judged=12, counts=[1, 4], advance=told.append
    )
    assert asked == [(2, 4096, 12)] and sum(told) == STAGES
    assert set(figures) == {
        "device",
        "threads",
        "training",
        "tuned_tolerance",
        "speed",
        "quality",
        "order",
        "likelihood_error_nats",
    }
    assert set(figures["training"]) == RACE
    timed = [*(f"dpm-{n}" for n in BY_CALLS if n in TIMED), *(f"student-{n}" for n in STUDENT_CALLS)]
    assert [(row["samples"], row["solver"], row["dtype"]) for row in figures["speed"]] == [
        (count, name, dtype) for count in (1, 4) for name in timed for dtype in ("float32", "bfloat16")
    ]
    names = ["heun-64", *(f"dpm-{n}" for n in BY_CALLS), *(f"student-{n}" for n in STUDENT_CALLS)]
    assert [row["solver"] for row in figures["quality"]] == names
    assert all(math.isfinite(value) for value in plain(figures))
    assert json.loads(json.dumps(figures)) == figures


def test_without_a_student_nothing_is_said_of_students(
    ground: Arena, tiny_checkpoint: Path, embedded: T5TextEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With fakes: who is measured, who is timed, and at which tolerance."""
    checkpoint, rival = load_checkpoint(tiny_checkpoint), PaperDenoiser(NetworkConfig(text_width=8))
    heard: dict[str, Any] = {}

    def qualities(solvers: Mapping[Solver, Checkpoint], text: Conditioning, truth: Tensor) -> list[Any]:
        heard["measured"] = list(solvers), len(text.mask), truth
        return []

    def speeds(
        scores: PaperDenoiser, tolerance: float, solvers: Mapping[Solver, Checkpoint], text: Conditioning, counts: list[int]
    ) -> list[Any]:
        heard["timed"] = scores, tolerance, list(solvers), len(text.mask), counts
        return []

    fakes: dict[str, Callable[..., Any]] = {
        "arena": lambda *_: ground,
        "race": lambda *_: ({}, rival),
        "qualities": qualities,
        "speeds": speeds,
        "loosest": lambda *_: 3e-3,
        "orders": lambda: {},
        "likelihood_error": lambda: 0.01,
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(report, name, fake)
    figures = diffusion_suite(checkpoint, None, embedded, contexts=2, steps=10, judged=12, counts=[5])
    assert heard["measured"] == ([Solver("dpm", n) for n in BY_CALLS], 2, ground.truth)
    assert heard["timed"] == (rival, 3e-3, [Solver("dpm", n) for n in BY_CALLS if n in TIMED], 1, [5])
    assert (figures["tuned_tolerance"], figures["likelihood_error_nats"]) == (3e-3, 0.01)
