"""Samplers: functions from noise to samples. A denoiser is any `denoiser(x, sigma) -> clean`.

All of them solve the probability-flow ODE dx / dsigma = (x - denoiser(x, sigma)) / sigma (Karras et al. 2022, Eq. 1 with s = 1)
from x (..., d) of width sigmas[0] down to the last of sigmas (steps + 1,), decreasing; the state is kept in x's dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor

from diffusion.schedule import NoiseConfig, Sampler, sampling_sigmas

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
        x = float(next_sigma / sigma) * x
        for weight, guess in zip(_weights([h, *steps][: len(clean)]), clean, strict=True):
            x = torch.add(x, guess, alpha=weight)
        steps = [h, *steps[:1]]
    return x


def _weights(h: list[float]) -> list[float]:
    """What the latest guesses count in a step of h[0] in ln sigma; h[1], h[2] are the steps before.

    The integral of exp(-s) over the step, times the polynomial through the guesses.
    """
    whole = -math.expm1(-h[0])
    first = 1 - whole / h[0]
    if len(h) == 1:
        return [whole]
    r = h[0] / h[1]
    if len(h) == 2:
        return [whole + first * r, -first * r]
    q, both = h[0] / h[2], h[0] / (h[1] + h[2])
    bend = first * h[1] / h[0] + 1 - 2 * first / h[0]  # of (r (D0 - D1) - q (D1 - D2)) both
    return [whole + (first + bend * both) * r, -first * r - bend * both * (r + q), bend * both * q]


def sample_rk45(denoiser: Denoise, x: Tensor, sigmas: Tensor, *, rtol: float = 1e-5, atol: float = 1e-5) -> Tensor:
    """The paper's solver: scipy's adaptive Runge-Kutta 4(5) over all samples as one system, in ln sigma; then the clean guess.

    Only the first and the last positive level of sigmas count: the method chooses its own steps.
    """
    from scipy.integrate import solve_ivp

    levels = sigmas[sigmas > 0].log()

    def slope(time: float, flat: Any) -> Any:
        state = torch.as_tensor(flat).view(x.shape).to(x)
        return (state - denoiser(state, torch.tensor(math.exp(time)).to(x))).double().flatten().cpu().numpy()

    start = x.double().flatten().cpu().numpy()
    solved = solve_ivp(slope, (float(levels[0]), float(levels[-1])), start, rtol=rtol, atol=atol)
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


def sample_student(student: Denoise, noise: Sequence[Tensor], sigmas: Tensor) -> Tensor:
    """A student guesses at once where the ODE ends; every further call looks again, under fresh noise of the next level.

    Multistep consistency sampling (Song et al. 2023, algorithm 1). noise: one standard Gaussian (..., d) for each level but the
    last, which is 0; at the first level the data count as Gaussian.
    """
    x = torch.zeros_like(noise[0])
    for i, (sigma, fresh) in enumerate(zip(sigmas[:-1], noise, strict=True)):
        width = (1 + sigma**2).sqrt() if i == 0 else sigma
        x = student(x + width.to(x) * fresh, sigma.to(x))
    return x


@dataclass(frozen=True)
class Solver:
    """How noise becomes samples.

    sampler: "dpm" (DPM-Solver++(3M)) and "euler" call the denoiser once a step, "heun" twice; "rk45" takes the steps it wants;
    "student" is for a distilled denoiser (diffusion/student.py), a call a step; none is what the noise levels name.
    temperature: by how much the first noise is scaled. Below 1, samples keep closer to what is most usual: their spread shrinks
    by just that factor where they are Gaussian. Raises ValueError for anything else.
    """

    sampler: Sampler | Literal["student"] | None = None
    steps: int = 12
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if self.sampler not in (None, *SAMPLERS, "student"):
            raise ValueError(f"sampler={self.sampler} is not possible; choose {', '.join(SAMPLERS)} or student")
        if self.steps < 1:
            raise ValueError(f"steps={self.steps} is not possible; give at least 1")
        if not 0 <= self.temperature <= 2:
            raise ValueError(f"temperature={self.temperature} is not possible; give a number from 0 to 2")

    @property
    def draws(self) -> int:
        """Standard Gaussians that every sample is made of."""
        return self.steps if self.sampler == "student" else 1

    def described(self, levels: NoiseConfig) -> str:
        """For people."""
        name = self.sampler or levels.sampler
        return f"{name} in steps of its own" if name == "rk45" else f"{name} in {self.steps} steps"

    def __call__(self, denoiser: Denoise, noise: Tensor, levels: NoiseConfig) -> Tensor:
        """Samples (..., d) of data with mean 0 and variance 1, from standard Gaussians (..., draws * d).

        Under noise of levels.sigma_max the data are taken for Gaussian.
        """
        if self.sampler == "student":
            sigmas = sampling_sigmas(self.steps, STUDENT_LEVELS)
            return sample_student(denoiser, (self.temperature * noise).chunk(self.steps, dim=-1), sigmas)
        sigmas = sampling_sigmas(self.steps, levels)
        start = self.temperature * float((1 + sigmas[0] ** 2).sqrt()) * noise
        return SAMPLERS[self.sampler or levels.sampler](denoiser, start, sigmas)


SAMPLERS: dict[Sampler, Callable[[Denoise, Tensor, Tensor], Tensor]] = {
    "dpm": sample_dpm,
    "heun": sample_heun,
    "euler": sample_euler,
    "rk45": sample_rk45,
}
STUDENT_LEVELS = NoiseConfig(sigma_min=0.2)
