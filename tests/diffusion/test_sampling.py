"""The sampler against problems whose answer is known, and its noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, norm
from torch import Tensor

from diffusion.sampling import Denoise, initial_noise, sample_dpm, sample_euler, sample_heun, sample_rk45
from diffusion.schedule import NoiseConfig, sampling_sigmas

laws = settings(deadline=None, max_examples=30, derandomize=True)
D = 5


class Gaussian:
    """Data N(mu, Q diag(variances) Q^T): its denoiser, and the solution of its probability-flow ODE."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.mu = torch.tensor(rng.normal(size=D))
        self.Q = torch.tensor(np.linalg.qr(rng.normal(size=(D, D)))[0])
        self.variances = torch.tensor(rng.uniform(0.05, 3, D))

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        """mu + Sigma (Sigma + sigma^2 I)^-1 (x - mu)."""
        Sigma = self.Q @ torch.diag(self.variances) @ self.Q.T
        gain = torch.linalg.solve(Sigma + sigma**2 * torch.eye(D, dtype=torch.float64), Sigma)
        return self.mu + (x - self.mu) @ gain

    def flow(self, x: Tensor, start: float, end: float) -> Tensor:
        """Along each axis of Sigma, the distance to mu keeps its ratio to the noisy distribution's width."""
        shrink = ((self.variances + end**2) / (self.variances + start**2)).sqrt()
        return self.mu + (x - self.mu) @ self.Q @ torch.diag(shrink) @ self.Q.T


def start_of(sigma: float, count: int, width: int = D) -> Tensor:
    return sigma * torch.randn(count, width, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("seed", [0, 1])
def test_heun_converges_to_the_flow_of_a_gaussian_with_order_two(seed: int) -> None:
    data, config = Gaussian(seed), NoiseConfig(sigma_min=0.05, sigma_max=20.0)
    x = start_of(config.sigma_max, 64)
    exact = data.flow(x, config.sigma_max, config.sigma_min)
    errors = [
        float((sample_heun(data.denoise, x, sampling_sigmas(steps, config)[:-1]) - exact).abs().max())
        for steps in (33, 65, 129, 257)
    ]
    orders = [math.log2(coarse / fine) for coarse, fine in pairwise(errors)]
    assert errors[-1] < 1e-3 and orders[-1] == pytest.approx(2, abs=0.1), (errors, orders)


Sampler = Callable[[Denoise, Tensor, Tensor], Tensor]
ONE_CALL: dict[str, Sampler] = {
    "euler": sample_euler,
    "dpm 1": partial(sample_dpm, order=1),
    "dpm 2": partial(sample_dpm, order=2),
    "dpm 3": sample_dpm,
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("dpm 1", 1), ("dpm 2", 2), ("dpm 3", 3)])
def test_every_sampler_converges_with_its_order(name: str, order: int, seed: int) -> None:
    """The multistep ones start where the noise has long hidden the data, so that their first, lower-order steps cost nothing."""
    data, config = Gaussian(seed), NoiseConfig(sigma_min=0.05, sigma_max=500.0)
    x = start_of(config.sigma_max, 64)
    exact = data.flow(x, config.sigma_max, config.sigma_min)
    errors = [
        float((ONE_CALL[name](data.denoise, x, sampling_sigmas(steps, config)[:-1]) - exact).abs().max())
        for steps in (65, 129, 257)
    ]
    orders = [math.log2(coarse / fine) for coarse, fine in pairwise(errors)]
    assert orders[-1] == pytest.approx(order, abs=0.2), (errors, orders)


def test_euler_and_the_first_order_of_dpm_are_one_method() -> None:
    data, sigmas = Gaussian(2), sampling_sigmas(9, NoiseConfig())
    x = start_of(40.0, 8)
    torch.testing.assert_close(
        sample_euler(data.denoise, x, sigmas), sample_dpm(data.denoise, x, sigmas, order=1), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("order", [2, 3])
def test_dpm_is_exact_for_a_denoiser_that_is_a_polynomial_of_its_order_in_the_logarithm_of_noise(order: int) -> None:
    """x' = x - D in tau = ln sigma, and D is a polynomial of degree order - 1 in tau: the multistep method has it in its span."""
    sigmas = torch.tensor([3.0, 2.2, 1.1, 0.8, 0.5, 0.1], dtype=torch.float64)
    factors = torch.tensor([0.7, -0.4, 0.3], dtype=torch.float64)[:order]

    def clean(sigma: Tensor) -> Tensor:
        return (factors * sigma.log() ** torch.arange(order)).sum()

    def particular(sigma: Tensor) -> Tensor:
        """The polynomial solution: x = D + D' + D''."""
        tau = sigma.log()
        first = factors[1] + (2 * factors[2] * tau if order == 3 else 0)
        return clean(sigma) + first + (2 * factors[2] if order == 3 else 0)

    head = sigmas[: order]  # a start-up by hand: as many exact points as the method needs
    x, past = start_of(3.0, 1), []
    for sigma in head[:-1]:
        past.append(clean(sigma))
    solved = particular(sigmas[-1]) + (x - particular(sigmas[0])) * sigmas[-1] / sigmas[0]
    errors = []
    for count in (6, 41, 321):
        levels = torch.logspace(math.log10(3.0), -1, count, dtype=torch.float64)
        errors.append(float((sample_dpm(lambda x, s: clean(s).expand_as(x), x, levels, order=order) - solved).abs().max()))
    assert errors[-1] < 1e-3 * errors[0] and past, errors


def test_an_order_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="order 1, 2 or 3, got 4"):
        sample_dpm(Gaussian(0).denoise, start_of(1.0, 2), sampling_sigmas(4, NoiseConfig()), order=4)


@pytest.mark.parametrize("name", list(ONE_CALL))
def test_one_call_a_step_and_the_last_is_the_clean_guess(name: str) -> None:
    data, sigmas, calls = Gaussian(3), sampling_sigmas(7, NoiseConfig()), []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        calls.append(float(sigma))
        return data.denoise(x, sigma)

    x = start_of(40.0, 3)
    result = ONE_CALL[name](denoise, x, sigmas)
    assert calls == [float(sigma) for sigma in sigmas[:-1]]
    before = ONE_CALL[name](data.denoise, x, sigmas[:-1])
    torch.testing.assert_close(result, data.denoise(before, sigmas[-2]), rtol=1e-12, atol=1e-12)


def test_rk45_meets_its_tolerance_and_spends_more_calls_on_a_tighter_one() -> None:
    data, config, counts, errors = Gaussian(1), NoiseConfig(sigma_min=0.05, sigma_max=20.0), [], []
    x = start_of(20.0, 16)
    exact = data.flow(x, 20.0, 0.05)
    for tolerance in (1e-3, 1e-5, 1e-8):
        calls = []

        def denoise(x: Tensor, sigma: Tensor, calls: list[float] = calls) -> Tensor:
            calls.append(float(sigma))
            return data.denoise(x, sigma)

        end = sample_rk45(denoise, x, sampling_sigmas(4, config)[:-1], rtol=tolerance, atol=tolerance)
        counts.append(len(calls))
        errors.append(float((end - exact).abs().max()))
    assert counts == sorted(counts) and counts[0] < counts[2] and errors[2] < 1e-6 < errors[0] < 0.05, (counts, errors)
    whole = sample_rk45(data.denoise, x, sampling_sigmas(4, config))
    torch.testing.assert_close(whole, data.denoise(exact, torch.tensor(0.05).double()), rtol=0, atol=1e-3)


def test_the_whole_schedule_ends_on_the_clean_solution() -> None:
    data, config = Gaussian(2), NoiseConfig(sigma_min=1e-3, sigma_max=20.0)
    x = start_of(config.sigma_max, 64)
    torch.testing.assert_close(
        sample_heun(data.denoise, x, sampling_sigmas(256, config)), data.flow(x, config.sigma_max, 0), rtol=0, atol=1e-3
    )


def test_the_last_step_is_the_denoiser_itself() -> None:
    data, sigmas = Gaussian(3), torch.tensor([0.7, 0.0], dtype=torch.float64)
    x = start_of(0.7, 8)
    torch.testing.assert_close(sample_heun(data.denoise, x, sigmas), data.denoise(x, sigmas[0]), rtol=1e-12, atol=1e-12)


def test_a_mixture_is_sampled_with_the_right_proportions_places_and_widths() -> None:
    modes = torch.tensor([[-1.0, 0.0], [1.0, 0.5], [0.0, -2.0]], dtype=torch.float64)
    shares, width, n = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64), 0.1, 4000

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        variance = width**2 + sigma**2
        chance = (shares.log() - ((x[:, None] - modes) ** 2).sum(dim=-1) / (2 * variance)).softmax(dim=1)
        return chance @ modes * (sigma**2 / variance) + x * (width**2 / variance)

    x = sample_heun(denoise, start_of(40.0, n, 2), sampling_sigmas(40, NoiseConfig()))
    nearest = torch.cdist(x, modes).argmin(dim=1)
    for i, share in enumerate(shares):
        own = x[nearest == i]
        assert len(own) / n == pytest.approx(float(share), abs=4 * math.sqrt(0.25 / n))
        torch.testing.assert_close(own.mean(dim=0), modes[i], rtol=0, atol=0.02)
        torch.testing.assert_close(own.std(dim=0), torch.full((2,), width, dtype=torch.float64), rtol=0.1, atol=0)


def test_every_step_costs_two_calls_but_the_last_and_is_told() -> None:
    sigmas, calls, heard = sampling_sigmas(7, NoiseConfig()), [], []

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        calls.append(float(sigma))
        return x / (1 + sigma**2)

    x = start_of(40.0, 3)
    before = x.clone()
    result = sample_heun(denoise, x, sigmas, callback=lambda i, state: heard.append((i, state)))
    assert calls == [float(s) for pair in pairwise(sigmas) for s in pair][:-1] and len(calls) == 2 * 7 - 1
    assert [i for i, _ in heard] == list(range(7)) and torch.equal(heard[-1][1], result) and torch.equal(x, before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_state_keeps_its_dtype(dtype: torch.dtype) -> None:
    seen = set()

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        seen.update({x.dtype, sigma.dtype})
        return x / 2

    assert sample_heun(denoise, start_of(40.0, 2).to(dtype), sampling_sigmas(4, NoiseConfig())).dtype == dtype and seen == {dtype}


def test_samples_do_not_meet_in_the_sampler() -> None:
    data, sigmas = Gaussian(4), sampling_sigmas(6, NoiseConfig())
    denoise: Denoise = data.denoise
    x = start_of(40.0, 6)
    alone = torch.cat([sample_heun(denoise, row[None], sigmas) for row in x])
    torch.testing.assert_close(sample_heun(denoise, x.view(2, 3, D), sigmas).view(6, D), alone, rtol=1e-9, atol=1e-9)


@laws
@given(seed=st.integers(0, 2**40), indices=st.lists(st.integers(0, 1000), min_size=1, max_size=8))
def test_noise_of_a_sample_does_not_depend_on_which_others_are_asked_for(seed: int, indices: list[int]) -> None:
    rows = initial_noise(seed, indices, 15)
    assert all(torch.equal(row, initial_noise(seed, [i], 15)[0]) for row, i in zip(rows, indices, strict=True))


def test_noise_differs_between_samples_and_between_seeds() -> None:
    rows = torch.cat([initial_noise(seed, range(1000), 15) for seed in range(5)])
    assert len(rows.unique(dim=0)) == 5000


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_noise_is_standard_gaussian_and_neighbours_are_independent(dtype: torch.dtype) -> None:
    rows = initial_noise(3, range(1500), 15, dtype).double()
    assert kstest(rows.flatten().numpy(), norm.cdf).pvalue > 0.01
    assert abs(float((rows[:-1] * rows[1:]).mean())) < 4 / math.sqrt(rows.numel())  # sample i and sample i + 1
    other = initial_noise(4, range(1500), 15, dtype).double()
    assert abs(float((rows * other).mean())) < 4 / math.sqrt(rows.numel())  # seed s and seed s + 1


def test_noise_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    initial_noise(0, range(3), 15)
    assert torch.equal(torch.get_rng_state(), before)
