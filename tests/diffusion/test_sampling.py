"""The sampler against problems whose answer is known, and its noise."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, norm
from torch import Tensor

from diffusion.sampling import Denoise, initial_noise, sample_heun
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
