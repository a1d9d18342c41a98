"""Noise levels: the spacing law of sampling, the distribution of training."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, lognorm

from diffusion.schedule import NoiseConfig, band_names, band_sigmas, sampling_sigmas, training_sigmas

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


def test_one_step_is_from_the_largest_level_to_none() -> None:
    assert sampling_sigmas(1, NoiseConfig(sigma_max=7.0)).tolist() == pytest.approx([7.0, 0.0], rel=1e-12)


@pytest.mark.parametrize("steps", [0, -1, -3])
def test_no_steps_are_refused(steps: int) -> None:
    with pytest.raises(ValueError, match=f"^a sampler needs at least one step, got {steps}$"):
        sampling_sigmas(steps, NoiseConfig())


def test_a_sampler_starts_where_the_data_are_all_but_gaussian() -> None:
    assert (NoiseConfig().sigma_min, NoiseConfig().sigma_max) == (0.03, 4.0)
    assert 1 - 1 / math.hypot(1, NoiseConfig().sigma_min) < 1e-3  # what the last step takes of the spread


@pytest.mark.parametrize(
    "bad",
    [
        {"sigma_min": 0.0},
        {"sigma_min": -1.0},
        {"sigma_min": 4.0},
        {"sigma_max": 0.03},
        {"sigma_max": math.inf},
        {"rho": 0.0},
        {"rho": -7.0},
        {"rho": math.inf},
        {"log_std": -0.1},
        {"log_mean": math.nan},
        {"sigma_min": math.nan},
        {"log_std": math.inf},
    ],
)
def test_levels_out_of_order_are_refused_in_one_sentence(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^NoiseConfig\(.*\) is not possible; give 0 < sigma_min < sigma_max, rho > 0"):
        NoiseConfig(**bad)


@pytest.mark.parametrize("bands", [2, 3, 5])
def test_bands_are_ranges_that_training_meets_equally_often(bands: int) -> None:
    config, generator = NoiseConfig(), torch.Generator().manual_seed(1)
    levels = [band_sigmas((4000,), config, band, bands, generator) for band in range(bands)]
    assert all(float(low.max()) <= float(high.min()) for low, high in pairwise(levels))
    law = lognorm(s=config.log_std, scale=math.exp(config.log_mean))
    assert kstest(torch.cat(levels).double().numpy(), law.cdf).pvalue > 0.01
    names = band_names(config, bands)
    edges = [float(name.split()[-1].split("-")[0]) for name in names[1:]]  # of "sigma 0.1-0.3": where it begins
    assert len(set(names)) == bands and names[0] == f"sigma < {edges[0]:g}" and names[-1] == f"sigma > {edges[-1]:g}"
    for below, above, edge in zip(levels[:-1], levels[1:], edges, strict=True):
        assert float(below.max()) <= 1.06 * edge and float(above.min()) >= 0.94 * edge  # names are rounded to two digits


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
