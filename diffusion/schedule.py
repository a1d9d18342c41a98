"""Noise levels: which are trained on, and which a sampler visits (Karras et al. 2022, "EDM")."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor

Sampler = Literal["dpm", "heun", "euler", "rk45"]  # what they are: diffusion/sampling.py
Spacing = Literal["normal", "uniform"]


@dataclass(frozen=True)
class NoiseConfig:
    """Noise levels relative to data of unit variance, and the sampler that visits them where none is named.

    Raises ValueError for a spacing or a sampler that is none, and for levels that are out of order.
    """

    sigma_min: float = 0.03  # smallest level a sampler visits before the clean sample
    sigma_max: float = 4.0  # where sampling starts: under this much noise whitened data are all but Gaussian
    rho: float = 7.0  # spacing: larger puts more steps at small levels
    log_mean: float = -1.2  # training levels are log-normal
    log_std: float = 1.6
    spacing: Spacing = "normal"  # or "uniform": the logarithms of training levels are, from sigma_min to sigma_max
    sampler: Sampler = "dpm"

    def __post_init__(self) -> None:
        for name, kind in (("spacing", Spacing), ("sampler", Sampler)):
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"noise.{name}={getattr(self, name)} is not possible; choose {' or '.join(get_args(kind))}")
        in_order = 0 < self.sigma_min < self.sigma_max < math.inf
        if not (in_order and 0 < self.rho < math.inf and math.isfinite(self.log_mean) and 0 <= self.log_std < math.inf):
            raise ValueError(f"{self} is not possible; give 0 < sigma_min < sigma_max, rho > 0, log_std >= 0")


def training_sigmas(shape: tuple[int, ...], config: NoiseConfig, generator: torch.Generator) -> Tensor:
    """Noise levels: log-normal (EDM table 1, "noise distribution"), or log-uniform (Song et al. 2021, VE with uniform time)."""
    if config.spacing == "uniform":
        return _quantiles(torch.rand(shape, generator=generator, device=generator.device), config)
    return (config.log_mean + config.log_std * torch.randn(shape, generator=generator, device=generator.device)).exp()


def band_sigmas(shape: tuple[int, ...], config: NoiseConfig, band: int, bands: int, generator: torch.Generator) -> Tensor:
    """Noise levels as `training_sigmas` draws them, but of one of `bands` ranges, rising and all equally likely."""
    share = torch.rand(shape, generator=generator, device=generator.device, dtype=torch.float64)
    return _quantiles(((band + share) / bands).clamp(1e-6, 1 - 1e-6), config).float()


def band_names(config: NoiseConfig, bands: int) -> list[str]:
    """What to call those ranges: "sigma < 0.10", "sigma 0.10-0.30", ..., "sigma > 0.89"."""
    edges = [f"{edge:.2g}" for edge in _quantiles(torch.arange(1, bands, dtype=torch.float64) / bands, config).tolist()]
    between = [f"sigma {low}-{high}" for low, high in pairwise(edges)]
    return [f"sigma < {edges[0]}", *between, f"sigma > {edges[-1]}"]


def _quantiles(share: Tensor, config: NoiseConfig) -> Tensor:
    """The levels that exceed these shares of the trained ones."""
    if config.spacing == "uniform":
        return config.sigma_min * (config.sigma_max / config.sigma_min) ** share
    return (config.log_mean + config.log_std * torch.special.ndtri(share)).exp()


def sampling_sigmas(steps: int, config: NoiseConfig) -> Tensor:
    """(steps + 1,) float64 levels from sigma_max down to sigma_min, then 0 (EDM Eq. 5)."""
    if steps < 1:
        raise ValueError(f"a sampler needs at least one step, got {steps}")
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64)
    low, high = config.sigma_min ** (1 / config.rho), config.sigma_max ** (1 / config.rho)
    return torch.cat([(high + ramp * (low - high)) ** config.rho, torch.zeros(1, dtype=torch.float64)])
