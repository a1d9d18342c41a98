"""Noise levels: which are trained on, and which a sampler visits (Karras et al. 2022, "EDM")."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class NoiseConfig:
    """Noise levels relative to data of unit variance."""

    sigma_min: float = 0.003  # smallest level a sampler visits before the clean sample
    sigma_max: float = 40.0  # start of sampling: a centred Gaussian of this width hides the data
    rho: float = 7.0  # spacing: larger puts more steps at small levels
    log_mean: float = -1.2  # training levels are log-normal
    log_std: float = 1.6


def training_sigmas(shape: tuple[int, ...], config: NoiseConfig, generator: torch.Generator) -> Tensor:
    """Log-normal noise levels (EDM table 1, "noise distribution")."""
    return (config.log_mean + config.log_std * torch.randn(shape, generator=generator, device=generator.device)).exp()


def sampling_sigmas(steps: int, config: NoiseConfig) -> Tensor:
    """(steps + 1,) float64 levels from sigma_max down to sigma_min, then 0 (EDM Eq. 5)."""
    if steps < 2:
        raise ValueError(f"a sampler needs at least 2 steps, got {steps}")
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64)
    low, high = config.sigma_min ** (1 / config.rho), config.sigma_max ** (1 / config.rho)
    return torch.cat([(high + ramp * (low - high)) ** config.rho, torch.zeros(1, dtype=torch.float64)])
