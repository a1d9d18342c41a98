"""Samplers: functions from noise to samples. A denoiser is any `denoiser(x, sigma) -> clean`.

All of them solve the probability-flow ODE dx / dsigma = (x - denoiser(x, sigma)) / sigma (Karras et al. 2022, Eq. 1 with s = 1)
from x (..., d) of width sigmas[0] down to the last of sigmas (steps + 1,), decreasing; the state is kept in x's dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

Denoise = Callable[[Tensor, Tensor], Tensor]


def sample_euler(denoiser: Denoise, x: Tensor, sigmas: Tensor) -> Tensor:
    """First order, one call a step (DDIM)."""
    for sigma, next_sigma in pairwise(sigmas):
        level = sigma.to(x)
        x = x + (next_sigma - sigma).to(x) / level * (x - denoiser(x, level))
    return x


def sample_dpm(denoiser: Denoise, x: Tensor, sigmas: Tensor, *, order: int = 3) -> Tensor:
    """DPM-Solver++ multistep (Lu et al. 2022, algorithm 2 and its third order), one call a step.

    Exact in what is linear and extrapolating the denoiser in -ln sigma from the last `order` calls; a last sigma of 0 gives the
    clean guess itself.
    """
    if order not in (1, 2, 3):
        raise ValueError(f"DPM-Solver++ has order 1, 2 or 3, got {order}")
    clean: list[Tensor] = []  # the latest first
    steps: list[float] = []
    for sigma, next_sigma in pairwise(sigmas):
        clean = [denoiser(x, sigma.to(x)), *clean[: order - 1]]
        if next_sigma == 0:
            return clean[0]
        h = float((sigma / next_sigma).log())
        x = float(next_sigma / sigma) * x + _extrapolated(clean, [h, *steps])
        steps = [h, *steps[:1]]
    return x


def _extrapolated(clean: list[Tensor], h: list[float]) -> Tensor:
    """Integral of the denoiser over a step of h[0], through its latest values; h[1], h[2] are the steps before."""
    whole = -math.expm1(-h[0])  # integral of exp(-s) over the step
    first, total = 1 - whole / h[0], whole * clean[0]
    if len(clean) == 1:
        return total
    slope = (clean[0] - clean[1]) * (h[0] / h[1])
    if len(clean) == 2:
        return total + first * slope
    earlier = (clean[1] - clean[2]) * (h[0] / h[2])
    bend = (slope - earlier) * (h[0] / (h[1] + h[2]))
    slope = slope + bend * (h[1] / h[0])
    return total + first * slope + (1 - 2 * first / h[0]) * bend


def sample_rk45(denoiser: Denoise, x: Tensor, sigmas: Tensor, *, rtol: float = 1e-5, atol: float = 1e-5) -> Tensor:
    """The paper's solver: scipy's adaptive Runge-Kutta 4(5) over all samples as one system, in ln sigma; then the clean guess.

    Only the first and the last positive level of sigmas count: the method chooses its own steps.
    """
    from scipy.integrate import solve_ivp

    levels = sigmas[sigmas > 0].log()

    def slope(time: float, flat: Any) -> Any:
        state = torch.as_tensor(flat).view(x.shape).to(x)
        return (state - denoiser(state, torch.tensor(math.exp(time)).to(x))).double().flatten().numpy()

    solved = solve_ivp(slope, (float(levels[0]), float(levels[-1])), x.double().flatten().numpy(), rtol=rtol, atol=atol)
    if not solved.success:
        raise ValueError(f"RK45 gave up ({solved.message}); loosen rtol and atol, or take another sampler")
    end = torch.as_tensor(solved.y[:, -1]).view(x.shape).to(x)
    return denoiser(end, levels[-1].exp().to(x)) if sigmas[-1] == 0 else end


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
