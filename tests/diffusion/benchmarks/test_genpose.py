"""GenPose's sampler as published, and its body under EDM's preconditioning, against problems whose answer is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from diffusion.benchmarks.genpose import EPS, STEPS, PreconditionedScoreNet, sample_scores
from diffusion.coordinates import FLOOR, SCALES
from diffusion.network import NetworkConfig
from diffusion.paper import CONDITION, LEVELS, PaperDenoiser, sigma_of
from diffusion.sampling import sample_rk45
from diffusion.schedule import NoiseConfig, sampling_sigmas
from diffusion.training import initialise
from oor.relation import WIDTH

TEXT = 8
MEAN = torch.linspace(0.5, 2, WIDTH)
VARIANCE = torch.linspace(0.04, 2, WIDTH)


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


class Oracle(nn.Module):
    """A network that knows the score (x, sigma) of noisy data, and counts how often it is asked."""

    def __init__(self, score: Callable[[Tensor, Tensor], Tensor], levels: NoiseConfig) -> None:
        super().__init__()
        self.score, self.levels, self.calls = score, levels, 0

    def forward(self, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        self.calls += 1
        assert t.shape == (len(x), 1)
        sigma = sigma_of(t, self.levels)
        return sigma * self.score(x, sigma)


def knowing(score: Callable[[Tensor, Tensor], Tensor], levels: NoiseConfig = LEVELS) -> tuple[PaperDenoiser, Oracle]:
    denoiser, oracle = PaperDenoiser(NetworkConfig(text_width=TEXT), levels), Oracle(score, levels)
    denoiser.net = oracle  # type: ignore[assignment]
    return denoiser, oracle


def gaussian(x: Tensor, sigma: Tensor) -> Tensor:
    """The score of data N(MEAN, VARIANCE) under noise sigma."""
    return (MEAN - x) / (VARIANCE + sigma**2)


def ends(noise: Tensor, levels: NoiseConfig) -> Tensor:
    """Where the flow of that Gaussian ends: distances to the mean keep their ratio to the width of the noisy data."""
    least = float(sigma_of(torch.tensor(EPS, dtype=torch.float64), levels))
    width = ((VARIANCE + least**2) / (VARIANCE + levels.sigma_max**2)).sqrt()
    end = MEAN + (levels.sigma_max * noise - MEAN) * width
    return end + least**2 * gaussian(end, torch.tensor(least))


# --- the sampler


@pytest.mark.parametrize("levels", [LEVELS, replace(LEVELS, sigma_max=10.0)], ids=["published", "less noise"])
def test_with_the_exact_score_of_a_gaussian_it_samples_that_gaussian(levels: NoiseConfig) -> None:
    noise = normal(3, 40, WIDTH)
    denoiser, oracle = knowing(gaussian, levels)
    x, calls = sample_scores(denoiser, torch.zeros(40, 1), noise, tolerance=1e-7, dense=False)
    torch.testing.assert_close(x, ends(noise, levels), rtol=0, atol=2e-4)
    assert calls == oracle.calls > 100 and x.dtype == torch.float32 and not x.requires_grad


def test_a_looser_tolerance_costs_fewer_calls_and_some_exactness() -> None:
    noise, errors, calls = normal(5, 10, WIDTH), [], []
    for tolerance in (1e-2, 1e-3, 1e-4, 1e-5):
        x, called = sample_scores(knowing(gaussian)[0], torch.zeros(10, 1), noise, tolerance=tolerance, dense=False)
        errors.append(float((x - ends(noise, LEVELS)).abs().max()))
        calls.append(called)
    assert calls == sorted(calls) and calls[-1] > 1.5 * calls[0]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 1e-3 < 0.1 * errors[0]


def test_intermediate_states_cost_no_calls_and_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import scipy.integrate

    kept: list[int] = []
    solve = scipy.integrate.solve_ivp

    def watched(*given: object, **settings: object) -> object:
        solved = solve(*given, **settings)
        kept.append(solved.y.shape[1])
        return solved

    monkeypatch.setattr(scipy.integrate, "solve_ivp", watched)
    noise, condition = normal(4, 10, WIDTH), torch.zeros(10, 1)
    one, calls = sample_scores(knowing(gaussian)[0], condition, noise)  # as GenPose has it
    other, as_many = sample_scores(knowing(gaussian)[0], condition, noise, dense=False)
    assert kept == [STEPS, 1] and calls == as_many
    torch.testing.assert_close(one, other, rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def random() -> PaperDenoiser:
    """A network in which everything acts."""
    denoiser = PaperDenoiser(NetworkConfig(text_width=TEXT))
    with torch.no_grad():
        for number, parameter in enumerate(denoiser.parameters()):
            parameter.copy_(normal(number, *parameter.shape) / math.sqrt(max(parameter.shape[-1], 64)))
        denoiser.net.leave.mul_(0.1)
    return denoiser.eval().requires_grad_(False)


@pytest.mark.parametrize("positive", [False, True])
def test_it_solves_what_the_toolkits_own_rk45_solves(random: PaperDenoiser, positive: bool) -> None:
    """With the guidance and without it, of any network, and every sample under its own condition."""
    noise, condition = normal(6, 5, WIDTH), normal(7, 5, CONDITION).relu()
    found, _ = sample_scores(random, condition, noise, positive=positive, dense=False)
    denoise = random.under(condition) if positive else lambda x, sigma: random(x, sigma, condition)
    own = sample_rk45(denoise, LEVELS.sigma_max * noise, sampling_sigmas(2, LEVELS))
    torch.testing.assert_close(found, own, rtol=1e-3, atol=3e-2)  # two paths of an error of 1e-5 a step
    least = float(found[:, SCALES].min())
    assert least == pytest.approx(FLOOR) if positive else least < -1
    other, _ = sample_scores(random, condition.roll(1, 0), noise, tolerance=1e-3, positive=positive, dense=False)
    assert float((other - found).abs().max()) > 0.1


def test_the_guidance_moves_only_scales() -> None:
    """Of data about zero, narrow against the noise: what is free to be negative is, and what is led is not."""
    denoiser, _ = knowing(lambda x, sigma: -x / (0.01 + sigma**2))
    noise = normal(8, 100, WIDTH)
    free, led = (
        sample_scores(denoiser, torch.zeros(100, 1), noise, positive=positive, tolerance=1e-6, dense=False)[0]
        for positive in (False, True)
    )
    torch.testing.assert_close(led[:, : SCALES.start], free[:, : SCALES.start], rtol=0, atol=1e-4)
    assert 0.4 < float((free[:, SCALES] < 0).double().mean()) < 0.6
    assert bool((led[:, SCALES] >= FLOOR).all()) and bool((led[:, SCALES] >= free[:, SCALES] - 1e-4).all())


# --- the same body under EDM's preconditioning


@pytest.fixture(scope="module")
def preconditioned() -> PreconditionedScoreNet:
    made = PreconditionedScoreNet(TEXT)
    initialise(made, 0)
    return made.requires_grad_(False)


@pytest.mark.parametrize("sigma", [0.003, 1.0, 40.0])
def test_a_new_preconditioned_net_shrinks_towards_zero(preconditioned: PreconditionedScoreNet, sigma: float) -> None:
    x, level = normal(8, 5, WIDTH), torch.full((5, 1), sigma)
    torch.testing.assert_close(preconditioned(x, level, normal(9, 5, CONDITION)), x / (1 + sigma**2))


@pytest.mark.parametrize("sigma", [0.003, 0.5, 40.0])
def test_its_body_reads_and_is_asked_for_numbers_of_unit_variance(sigma: float) -> None:
    """Of data of unit variance; and a body that says what is asked for makes the guess exact."""
    clean, noise, level = normal(11, 4000, WIDTH), normal(12, 4000, WIDTH), torch.full((4000, 1), sigma)
    noisy, skip = clean + sigma * noise, 1 / (1 + sigma**2)
    wanted = (clean - skip * noisy) / (sigma * math.sqrt(skip))
    read: list[Tensor] = []
    net = PreconditionedScoreNet(TEXT)

    class Body(nn.Module):
        def forward(self, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
            read.extend((x, t))
            return wanted

    net.body = Body()  # type: ignore[assignment]
    torch.testing.assert_close(net(noisy, level, torch.zeros(4000, 1)), clean, rtol=0, atol=1e-4)
    assert float(read[0].var()) == pytest.approx(1, abs=0.03) and float(wanted.var()) == pytest.approx(1, abs=0.03)
    torch.testing.assert_close(read[1], level.log() / (60 * math.pi))


@pytest.mark.parametrize("mean", [-4.0, 0.0, 3.0])
def test_its_loss_on_a_unit_gaussian_starts_at_one_for_every_level(preconditioned: PreconditionedScoreNet, mean: float) -> None:
    config, generator = NoiseConfig(log_mean=mean, log_std=0.0), torch.Generator().manual_seed(0)
    loss = preconditioned.loss(normal(10, 3000, WIDTH), torch.zeros(3000, CONDITION), config, generator)
    assert float(loss) == pytest.approx(1, abs=0.03)


def test_it_tells_levels_apart_that_a_sampler_visits(preconditioned: PreconditionedScoreNet) -> None:
    """Its time, ln sigma / 60 pi, is such that the body's fast frequencies vary smoothly over the levels."""
    levels = torch.tensor(np.geomspace(0.003, 40, 200)[:, None], dtype=torch.float32)
    phase = 2 * math.pi * levels.log() / (60 * math.pi) * preconditioned.body.frequencies
    features = torch.cat([phase.sin(), phase.cos()], dim=1)
    steps = (features[1:] - features[:-1]).norm(dim=1)
    assert float(steps.max()) < 0.15 * float((features[0] - features[-1]).norm()) and float(steps.min()) > 0.05
