"""The race: its rules on fakes, and a lap of every recipe."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.benchmarks import arena as arena_module
from diffusion.benchmarks import training
from diffusion.benchmarks.arena import Arena, Drawn
from diffusion.benchmarks.training import (
    LR,
    Trained,
    calls,
    each_row,
    gaussian,
    learned,
    ours,
    paper,
    preconditioned,
    sampled,
    seconds_to,
    tuned,
)
from diffusion.checkpoint import Checkpoint, load_checkpoint
from diffusion.coordinates import Normaliser
from diffusion.generation import sample_many
from diffusion.metrics import whitened_energy_distance
from diffusion.network import Conditioning, NetworkConfig
from diffusion.paper import LEVELS, PaperDenoiser, ScoreNet
from diffusion.sampling import Solver
from diffusion.schedule import NoiseConfig
from diffusion.text_encoder import Condition, T5TextEncoder, conditioning
from oor.relation import unpack


@pytest.fixture(scope="module")
def tiny(tiny_checkpoint: Path) -> Checkpoint:
    return load_checkpoint(tiny_checkpoint)


@pytest.fixture(scope="module")
def light() -> Iterator[None]:
    """Small batches and a small network of ours."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (arena_module, training):
            patch.setattr(module, "PROMPTS", 6)
            patch.setattr(module, "ROWS", 4)
        small = NetworkConfig(width=16, hidden=16, blocks=1, queries=1, heads=1, sigma_features=8)
        patch.setattr(training, "NetworkConfig", lambda **own: replace(small, **own))
        yield


# --- on the way to a quality


@pytest.mark.parametrize(
    ("first", "most", "expected"),
    [(25, 399, [25, 50, 100, 200, 399]), (25, 400, [25, 50, 100, 200, 400]), (25, 25, [25]), (25, 10, [10])],
)
def test_runs_double_until_the_last(judged: Callable[..., Trained], first: int, most: int, expected: list[int]) -> None:
    runs = learned(lambda n: judged(float(n), energy=1 / n), first, most)
    assert list(runs) == expected and [run.seconds for run in runs.values()] == expected


@pytest.mark.parametrize(
    ("energy", "expected"), [(1.0, 25.0), (1 / 25, 25.0), (1 / 26, 50.0), (1 / 200, 200.0), (1 / 201, None), (math.nan, None)]
)
def test_the_shortest_run_that_is_good_enough_counts(
    judged: Callable[..., Trained], energy: float, expected: float | None
) -> None:
    runs = learned(lambda n: judged(float(n), energy=1 / n), 25, 200)
    assert seconds_to(energy, dict(reversed(runs.items()))) == expected


# --- what all share


def test_a_result_is_judged_once_under_sentences_of_its_training(ground: Arena) -> None:
    asked: list[Conditioning] = []

    def sampler(texts: Conditioning, count: int) -> Drawn:
        asked.append(texts)
        return Drawn(ground.other[:, :count], 4)

    trained = Trained(ground, sampler, 1.0)
    assert asked == []
    assert trained.figures == trained.figures == {**ground.floor(), "calls": 4}
    assert len(asked) == 1 and asked[0] is ground.texts


@pytest.mark.parametrize(
    ("solver", "count"),
    [
        (Solver(), 12),
        (Solver("dpm", 6), 6),
        (Solver("euler", 5), 5),
        (Solver("heun", 64), 127),
        (Solver("heun", 1), 1),
        (Solver("student", 2), 2),
        (Solver("rk45", 9), 0),
    ],
)
def test_calls_are_what_a_solver_makes(solver: Solver, count: int) -> None:
    assert calls(solver) == count
    asked: list[float] = []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        asked.append(float(sigma))
        return x / (1 + sigma**2)

    solver(denoise, torch.ones(1, 15 * solver.draws), NoiseConfig())
    assert len(asked) == count or (count == 0 and len(asked) > 10)


def test_noise_is_always_the_same_and_conditions_repeat_row_by_row(ground: Arena) -> None:
    assert torch.equal(gaussian(7), gaussian(7)) and gaussian(7).shape == (7, 15)
    assert float(gaussian(2000).std()) == pytest.approx(1, abs=0.02) and len(gaussian(50).unique(dim=0)) == 50
    net = ScoreNet(ground.table.text.states.shape[-1])
    with torch.no_grad():
        each, own = each_row(net, ground.texts, 3), net.condition(ground.texts)
    assert each.shape == (6, 1024) and torch.equal(each, own[[0, 0, 0, 1, 1, 1]])


@pytest.mark.parametrize(
    "solver", [Solver("dpm", 4), Solver("heun", 3), Solver("student", 2)], ids=lambda s: f"{s.sampler}-{s.steps}"
)
def test_samples_are_relations_from_the_same_noise_every_time(tiny: Checkpoint, ground: Arena, solver: Solver) -> None:
    with torch.inference_mode():
        vectors = sampled(tiny, ground.texts, 6, solver)
        assert torch.equal(sampled(tiny, ground.texts, 6, solver), vectors)
    assert vectors.shape == (2, 6, 15) and vectors.dtype == torch.float64 and len(vectors.flatten(0, 1).unique(dim=0)) == 12
    R = unpack(vectors).R_base_target
    torch.testing.assert_close(R.mT @ R, torch.eye(3).double().expand_as(R), rtol=0, atol=1e-6)


def test_samples_are_what_the_product_samples(tiny: Checkpoint, embedded: T5TextEncoder) -> None:
    conditions = [
        Condition("a mug left of a plate", "mug", "plate", "left of"),
        Condition("a hat on a sofa", "hat", "sofa", "on"),
    ]
    with torch.inference_mode():
        here = sampled(tiny, conditioning(embedded, conditions), 300, Solver(steps=4))
    there = sample_many(tiny, embedded, conditions, 300, seed=1, solver=Solver(steps=4))
    again = sample_many(tiny, embedded, conditions, 300, seed=2, solver=Solver(steps=4))
    for one, other, third in zip(here, there, again, strict=True):
        assert whitened_energy_distance(one, other, other) < 1.6 * whitened_energy_distance(third, other, other)


def test_samples_in_bfloat16_are_rounded(tiny: Checkpoint, ground: Arena) -> None:
    with torch.inference_mode():
        exact, rounded = (sampled(tiny, ground.texts, 6, Solver("dpm", 4), dtype) for dtype in (None, torch.bfloat16))
    assert not torch.equal(exact, rounded)
    torch.testing.assert_close(rounded, exact, rtol=0.1, atol=0.1)


def test_noise_is_on_the_device_of_the_networks() -> None:
    """Any device but the CPU shows it: meta has no numbers, only places."""
    meta, found = torch.device("meta"), []

    class Way(Solver):
        def __call__(self, denoiser: object, noise: Tensor, levels: object) -> Tensor:
            found.append(noise.device)
            return noise

    denoiser = SimpleNamespace(
        device=meta,
        anchors=lambda text: SimpleNamespace(anchors=lambda: None),
        context=lambda text, choice: torch.zeros(2, 1, 4, device=meta),
        under=lambda context, dtype=None: None,
        colour=lambda z, context: z,
    )
    normaliser = SimpleNamespace(denormalise=lambda z, anchors: z)
    checkpoint: Any = SimpleNamespace(denoiser=denoiser, normaliser=normaliser, noise=NoiseConfig())
    assert sampled(checkpoint, object(), 3, Way()).shape == (2, 3, 15)  # type: ignore[arg-type]
    assert found == [meta]


# --- a lap of every recipe


class Lap:
    """In the place of the published sampler: it says what it was asked, and answers with draws of the truth."""

    def __init__(self, ground: Arena, normaliser: Normaliser) -> None:
        self.ground, self.normaliser = ground, normaliser
        self.asked: list[dict[str, Any]] = []

    def __call__(self, denoiser: PaperDenoiser, condition: Tensor, noise: Tensor, **how: Any) -> tuple[Tensor, int]:
        with torch.no_grad():
            own = denoiser.net.condition(self.ground.texts)
        assert torch.equal(noise, gaussian(len(noise)))
        assert torch.equal(condition, own.repeat_interleave(len(noise) // len(own), dim=0))
        self.asked.append({**how, "levels": denoiser.levels})
        return self.normaliser.normalise(self.ground.other).flatten(0, 1).float(), 77


def assert_trained(trained: Trained, ground: Arena) -> None:
    assert trained.figures.keys() == {"energy", "outside", "calls"} and 0 <= trained.figures["outside"] <= 1
    assert 0 < trained.figures["energy"] < math.inf and trained.figures["calls"] > 0 and trained.seconds > 0
    with torch.inference_mode():
        vectors, count = trained.sampler(ground.held_out.rows(slice(1, 2)), 3)
    assert vectors.shape == (1, 3, 15) and vectors.isfinite().all() and count > 0
    unpack(vectors)  # valid
    torch.testing.assert_close(vectors[..., 12:].amax(dim=-1), torch.ones(1, 3).double())


@pytest.mark.usefixtures("light")
def test_ours_learns_and_is_judged_by_its_own_sampler(ground: Arena) -> None:
    trained, checkpoint = ours(ground, 40)
    assert_trained(trained, ground)
    normaliser = ground.normaliser("contact", "log")
    assert torch.equal(checkpoint.normaliser.mean, normaliser.mean) and torch.equal(checkpoint.normaliser.std, normaliser.std)
    assert checkpoint.text_encoder == "embedded" and not checkpoint.denoiser.training
    with torch.inference_mode():
        own = ground.judge(lambda texts, count: Drawn(sampled(checkpoint, texts, count, Solver()), 12), ground.texts)
    assert own == trained.figures
    assert trained.figures["energy"] < ours(ground, 2)[0].figures["energy"]


@pytest.mark.usefixtures("light")
def test_the_published_recipe_is_that_of_the_paper(ground: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linear vectors, guidance to positive scales, the published levels and the tolerance that is asked for."""
    lap = Lap(ground, Normaliser.plain())
    monkeypatch.setattr(training, "sample_scores", lap)
    trained, denoiser = paper(ground, 2)
    floor = {**ground.floor(), "calls": 77}
    assert trained.figures == pytest.approx(floor, abs=1e-4)  # what was sampled reaches the judge as it was
    assert lap.asked == [{"tolerance": 1e-5, "positive": True, "dense": False, "levels": LEVELS}]
    assert isinstance(denoiser, PaperDenoiser) and float(denoiser.net.leave.detach().abs().max()) > 0
    assert paper(ground, 1, tolerance=0.1)[0].figures and lap.asked[-1]["tolerance"] == 0.1


@pytest.mark.usefixtures("light")
def test_the_tuned_recipe_samples_contact_coordinates_without_guidance(ground: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    lap = Lap(ground, ground.boxes)
    monkeypatch.setattr(training, "sample_scores", lap)
    monkeypatch.setattr(training, "TRIALS", training.TRIALS[1:2])
    trained, denoiser = tuned(ground, 2, 1)
    levels = replace(LEVELS, sigma_max=10.0)
    assert denoiser.levels == levels and trained.figures == pytest.approx({**ground.floor(), "calls": 77}, abs=1e-3)
    assert lap.asked == [{"tolerance": 1e-3, "positive": False, "dense": False, "levels": levels}] * 2


@pytest.mark.usefixtures("light")
def test_the_published_network_learns(ground: Arena) -> None:
    """Its loss starts at fifteen, what the noise alone is worth."""
    vectors, text = ground.batch(torch.Generator().manual_seed(99))
    noise, sigma = torch.randn(vectors.shape, generator=torch.Generator().manual_seed(1)), torch.tensor(5.0)

    def loss(steps: int) -> float:
        denoiser = paper(ground, steps)[1]
        with torch.no_grad():
            return float(denoiser.loss(vectors.float(), noise, sigma, denoiser.context(text)))

    start = float((noise**2).sum(dim=-1).mean())
    assert loss(1) == pytest.approx(start, rel=0.01) and loss(50) < 0.8 * start


@pytest.mark.usefixtures("light")
def test_every_recipe_ends_in_valid_relations(ground: Arena) -> None:
    few = replace(ground, truth=ground.truth[:, :8], other=ground.other[:, :8])
    assert_trained(paper(few, 3, tolerance=1e-2)[0], few)
    assert_trained(preconditioned(few, 3, few.boxes), few)


def test_the_tuned_recipe_takes_the_best_of_its_trials(
    ground: Arena, judged: Callable[..., Trained], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[int, float, float, object, float]] = []
    quality = {(1e-3, 50.0): 0.5, (1e-3, 10.0): 0.2, (3e-4, 10.0): 0.3}
    assert set(training.TRIALS) == set(quality) and (LR, LEVELS.sigma_max) in quality  # the published ones compete

    def scores(
        arena: Arena, steps: int, lr: float, sigma_max: float, normaliser: object, tolerance: float = 1e-3
    ) -> tuple[Trained, object]:
        tried.append((steps, lr, sigma_max, normaliser, tolerance))
        return judged(1.0, energy=quality[lr, sigma_max]), None

    monkeypatch.setattr(training, "scores", scores)
    best, _ = tuned(ground, 100, 25)
    assert best.figures["energy"] == 0.2
    settings = [(25, *trial) for trial in training.TRIALS] + [(100, 1e-3, 10.0)]
    assert tried == [(*setting, ground.boxes, 1e-3) for setting in settings]
