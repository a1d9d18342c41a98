"""What is measured of samplers: on fakes whose figures are known, and on a checkpoint that knows nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.benchmarks import sampling
from diffusion.benchmarks.arena import Arena
from diffusion.benchmarks.sampling import CONVERGED, likelihood_error, loosest, orders, qualities, seconds, speeds
from diffusion.checkpoint import Checkpoint, load_checkpoint
from diffusion.denoiser import Denoiser
from diffusion.metrics import outside, whitened_energy_distance
from diffusion.network import NetworkConfig
from diffusion.paper import PaperDenoiser
from diffusion.sampling import Solver
from diffusion.training import initialise


@pytest.fixture(scope="module")
def tiny(tiny_checkpoint: Path) -> Checkpoint:
    return load_checkpoint(tiny_checkpoint)


@pytest.fixture(scope="module")
def scores(ground: Arena) -> PaperDenoiser:
    """As it is before training."""
    made = PaperDenoiser(NetworkConfig(text_width=ground.table.text.states.shape[-1]))
    initialise(made, 0)
    return made.requires_grad_(False)


def test_every_sampler_has_the_order_that_is_claimed() -> None:
    found = orders()
    assert found == {
        name: pytest.approx(order, abs=0.1) for name, order in {"euler": 1, "heun": 2, "dpm1": 1, "dpm2": 2, "dpm3": 3}.items()
    }


def test_the_likelihood_is_exact_to_a_hundredth_of_a_nat_and_better_with_more_steps() -> None:
    coarse, fine, usual = likelihood_error(12), likelihood_error(24), likelihood_error()
    assert usual < 1e-2
    assert coarse > 4 * fine > 16 * usual  # fourth order, in the limit, is sixteen a step


def test_seconds_are_those_of_the_fastest_run_after_one_that_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, costs, ran = [0.0], iter([100.0, 3.0, 1.0, 2.0]), []
    monkeypatch.setattr(sampling.time, "perf_counter", lambda: clock[0])

    def task() -> None:
        clock[0] += next(costs)
        ran.append(clock[0])

    assert seconds(task, 3) == 1.0 and len(ran) == 4
    costs = iter([7.0])
    assert seconds(task, 1) == 7.0 and len(ran) == 5  # what takes long runs once


@pytest.mark.parametrize(("scale", "expected"), [(0.1, 1e-2), (10.0, 3e-3), (30.0, 1e-3), (200.0, 1e-4), (1e5, 1e-5)])
def test_the_loosest_tolerance_is_the_largest_that_moves_samples_by_less_than_a_twentieth_of_their_spread(
    scores: PaperDenoiser, ground: Arena, monkeypatch: pytest.MonkeyPatch, scale: float, expected: float
) -> None:
    """With samples that are off by `scale` times the tolerance, in units of their own spread."""
    asked: list[float] = []

    def sample(
        scores: PaperDenoiser, condition: Tensor, noise: Tensor, *, tolerance: float = 1e-5, dense: bool = True
    ) -> tuple[Tensor, int]:
        assert condition.shape == (500, 1024) and noise.shape == (500, 15) and not dense
        asked.append(tolerance)
        spread = torch.linspace(0.1, 30, 15)
        return (noise + (scale * tolerance if tolerance > 1e-5 else 0)) * spread, 10

    monkeypatch.setattr(sampling, "sample_scores", sample)
    assert loosest(scores, ground.texts.rows(slice(1))) == expected
    assert asked[0] == 1e-5 and asked[1:] == sorted(asked[1:], reverse=True) and (asked[-1] == expected or expected == 1e-5)


def test_qualities_are_the_means_over_contexts_of_the_metrics(
    tiny: Checkpoint, ground: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = {CONVERGED: ground.other, Solver("dpm", 4): ground.truth, Solver("student", 1): ground.other + 0.5}
    heard: list[tuple[object, int, Solver]] = []

    def sampled(checkpoint: Checkpoint, text: object, count: int, solver: Solver) -> Tensor:
        heard.append((checkpoint, count, solver))
        return drawn[solver]

    other = replace(tiny, about={"another": True})
    monkeypatch.setattr(sampling, "sampled", sampled)
    found = qualities({Solver("dpm", 4): tiny, Solver("student", 1): other}, ground.texts, ground.truth)
    assert [(row.solver, row.calls) for row in found] == [("heun-64", 127), ("dpm-4", 4), ("student-1", 1)]
    assert heard == [(tiny, 40, CONVERGED), (tiny, 40, Solver("dpm", 4)), (other, 40, Solver("student", 1))]
    unit = ground.other.std(dim=1, keepdim=True).clamp_min(0.02)
    for row, vectors in zip(found, drawn.values(), strict=True):
        pairs = list(zip(vectors, ground.truth, strict=True))
        assert row.energy == pytest.approx(sum(whitened_energy_distance(a, b, b) for a, b in pairs) / 2)
        assert row.outside == pytest.approx(sum(outside(a, b) for a, b in pairs) / 2)
        assert row.off == pytest.approx(float((((vectors - ground.other) / unit) ** 2).mean().sqrt()))
    assert found[0].off == 0 and found[1].energy == pytest.approx(0, abs=1e-6)


def test_more_calls_come_nearer_to_where_the_converged_solver_ends(tiny: Checkpoint, ground: Arena) -> None:
    found = qualities({Solver(steps=n): tiny for n in (2, 6, 24)}, ground.texts, ground.truth[:, :20])
    off = [row.off for row in found[1:]]
    assert off == sorted(off, reverse=True) and off[-1] < 0.1 * off[0]
    assert all(math.isfinite(value) for row in found for value in (row.energy, row.outside, row.off))


def test_speeds_are_of_every_solver_and_precision_beside_both_rivals(
    tiny: Checkpoint, scores: PaperDenoiser, ground: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that tells who is running: the published sampler 8 s, the loose one 2 s, ours 0.5 s or, in bfloat16, 0.25 s."""
    ran: list[tuple[str, Any]] = []

    def theirs(rival: PaperDenoiser, condition: Tensor, noise: Tensor, *, tolerance: float) -> None:
        assert rival is scores
        assert condition.shape[0] == noise.shape[0]
        ran.append(("theirs", (len(noise), tolerance)))

    def ours(checkpoint: Checkpoint, dtype: torch.dtype, context: Tensor, choice: object, count: int, solver: Solver) -> None:
        ran.append(("ours", (count, solver, dtype)))

    def clock(task: Callable[[], object], repeats: int) -> float:
        task()
        who, what = ran[-1]
        if who == "theirs":
            return 8.0 if what[1] == 1e-5 else 2.0
        return 0.5 if what[2] == torch.float32 else 0.25

    monkeypatch.setattr(sampling, "sample_scores", theirs)
    monkeypatch.setattr(Denoiser, "under", lambda self, context, dtype: dtype)
    monkeypatch.setattr(sampling, "solved", ours)
    monkeypatch.setattr(sampling, "seconds", clock)
    solvers = {Solver("dpm", 4): tiny, Solver("student", 1): tiny}
    found = speeds(scores, 1e-2, solvers, ground.texts.rows(slice(1)), [1, 4])
    kinds = (("float32", 0.5, 16.0, 4.0), ("bfloat16", 0.25, 32.0, 8.0))
    assert [asdict(row) for row in found] == [
        {"samples": n, "solver": name, "dtype": dtype, "seconds": mine, "against_paper": paper, "against_tuned": tuned}
        for n in (1, 4)
        for name in ("dpm-4", "student-1")
        for dtype, mine, paper, tuned in kinds
    ]


def test_speeds_are_of_runs_that_do_what_is_timed(
    tiny: Checkpoint, scores: PaperDenoiser, ground: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the clock says: both sides make as many samples as they are asked for."""
    made: list[tuple[int, ...]] = []

    def clock(task: Callable[[], Any], repeats: int) -> float:
        done = task()
        made.append(tuple((done[0] if isinstance(done, tuple) else done).shape))
        return 1.0

    monkeypatch.setattr(sampling, "seconds", clock)
    found = speeds(scores, 1e-1, {Solver("dpm", 2): tiny}, ground.texts.rows(slice(1)), [1, 3])
    assert made == [shape for n in (1, 3) for shape in ((n, 15), (n, 15), (1, n, 15), (1, n, 15))] and len(found) == 4
