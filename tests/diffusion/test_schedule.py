"""Noise levels: the spacing law of sampling, the distribution of training."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, lognorm

from diffusion.schedule import NoiseConfig, sampling_sigmas, training_sigmas

laws = settings(deadline=None, max_examples=50, derandomize=True)
configs = st.builds(NoiseConfig, sigma_min=st.floats(1e-4, 0.1), sigma_max=st.floats(1, 100), rho=st.floats(1, 10))


@laws
@given(steps=st.integers(2, 200), config=configs)
def test_levels_fall_from_sigma_max_to_sigma_min_and_then_to_zero(steps: int, config: NoiseConfig) -> None:
    sigmas = sampling_sigmas(steps, config)
    assert sigmas.shape == (steps + 1,) and sigmas.dtype == torch.float64
    assert math.isclose(sigmas[0], config.sigma_max, rel_tol=1e-12) and math.isclose(sigmas[-2], config.sigma_min, rel_tol=1e-9)
    assert float(sigmas[-1]) == 0 and bool((sigmas.diff() < 0).all())


@laws
@given(steps=st.integers(2, 200), config=configs)
def test_the_rho_th_roots_are_equally_spaced(steps: int, config: NoiseConfig) -> None:
    roots = sampling_sigmas(steps, config)[:-1] ** (1 / config.rho)
    step = (config.sigma_min ** (1 / config.rho) - config.sigma_max ** (1 / config.rho)) / (steps - 1)
    torch.testing.assert_close(roots.diff(), torch.full_like(roots[1:], step), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_fewer_than_two_steps_are_refused(steps: int) -> None:
    with pytest.raises(ValueError, match=f"at least 2 steps, got {steps}"):
        sampling_sigmas(steps, NoiseConfig())


@pytest.mark.parametrize("config", [NoiseConfig(), NoiseConfig(log_mean=0.7, log_std=0.3)])
def test_training_levels_are_log_normal(config: NoiseConfig) -> None:
    sigmas = training_sigmas((100, 200, 1), config, torch.Generator().manual_seed(0))
    assert sigmas.shape == (100, 200, 1) and bool((sigmas > 0).all())
    law = lognorm(s=config.log_std, scale=math.exp(config.log_mean))
    assert kstest(sigmas.double().flatten().numpy(), law.cdf).pvalue > 0.01


def test_the_same_generator_gives_the_same_levels_and_goes_on() -> None:
    one, two = (torch.Generator().manual_seed(5) for _ in range(2))
    first = training_sigmas((4, 3), NoiseConfig(), one)
    assert torch.equal(first, training_sigmas((4, 3), NoiseConfig(), two))
    assert not torch.equal(first, training_sigmas((4, 3), NoiseConfig(), one))
