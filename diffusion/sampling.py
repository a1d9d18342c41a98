"""Samplers: functions from noise to samples. A denoiser is any `denoiser(x, sigma) -> clean`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

Denoise = Callable[[Tensor, Tensor], Tensor]


def sample_heun(denoiser: Denoise, x: Tensor, sigmas: Tensor, *, callback: Callable[[int, Tensor], None] | None = None) -> Tensor:
    """The probability-flow ODE by Heun's second-order method (EDM algorithm 1, deterministic).

    x: (..., d) noise of width sigmas[0]. sigmas: (steps + 1,) decreasing, ending in 0; the last step is an Euler step, so this
    costs 2 * steps - 1 calls. The state is kept in x's dtype.
    """
    for i, (sigma, next_sigma) in enumerate(pairwise(sigmas)):
        level, h = sigma.to(x), (next_sigma - sigma).to(x)
        d = (x - denoiser(x, level)) / level
        x_next = x + h * d
        if next_sigma > 0:
            next_level = next_sigma.to(x)
            d_next = (x_next - denoiser(x_next, next_level)) / next_level
            x_next = x + h * (d + d_next) / 2
        x = x_next
        if callback is not None:
            callback(i, x)
    return x


def initial_noise(seed: int, indices: Sequence[int], width: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """(n, width) standard Gaussians, one generator per sample: sample i of a seed is the same in every batch."""
    rows = []
    for i in indices:
        generator = torch.Generator().manual_seed((seed * 1_000_003 + i) % 2**63)
        rows.append(torch.randn(width, generator=generator, dtype=dtype))
    return torch.stack(rows)
