"""What this toolkit is compared with: the sampler of GenPose (Zhang et al. 2023), which the paper builds on, as it is published.

It solves the paper's Eq. 9 for the score network of diffusion/paper.py, as `sample_rk45` does, and does more besides: the state
goes to the CPU and back at every call, and is kept at 500 times. That is what `python -m oor.evaluate diffusion` times.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from diffusion.paper import PaperDenoiser, ScoreNet, keep_positive, sigma_of
from diffusion.schedule import NoiseConfig, training_sigmas
from oor.relation import WIDTH

EPS = 1e-5  # smallest time
STEPS = 500  # times at which RK45 reports; the last denoising step is one of them long


def sample_scores(
    denoiser: PaperDenoiser,
    condition: Tensor,
    noise: Tensor,
    *,
    tolerance: float = 1e-5,
    positive: bool = False,
    dense: bool = True,
) -> tuple[Tensor, int]:
    """What the net learned, (n, 15), under conditions (n, 1024) from standard Gaussian noise (n, 15), and the number of calls.

    The paper's Eq. 9 by RK45, all samples as one system, as GenPose does it: double precision on the CPU, the state handed to
    the network at every call. positive: with the guidance that keeps (linear) scales positive. dense: keep the STEPS
    intermediate states that GenPose keeps. The score then takes away what noise is left at the smallest time.
    """
    from scipy.integrate import solve_ivp

    device, calls, levels = condition.device, 0, denoiser.levels
    growth = math.log(levels.sigma_max / levels.sigma_min)

    def clean(x: Tensor, t: float) -> Tensor:
        times = torch.full((len(x), 1), t, device=device)
        sigma = sigma_of(times, levels)
        score = denoiser.net(x, times, condition) / (sigma + 1e-7)
        guess = x + sigma**2 * score
        return keep_positive(guess) if positive else guess

    def drift(t: float, flat: Any) -> Any:
        nonlocal calls
        calls += 1
        x = torch.as_tensor(flat, dtype=torch.float32, device=device).view(-1, WIDTH)
        return (growth * (x - clean(x, t))).double().flatten().cpu().numpy()

    times = torch.linspace(1.0, EPS, STEPS, dtype=torch.float64).numpy() if dense else [EPS]
    start = (levels.sigma_max * noise).double().flatten().cpu().numpy()
    with torch.inference_mode():
        solved = solve_ivp(drift, (1.0, EPS), start, rtol=tolerance, atol=tolerance, method="RK45", t_eval=times)
        x = torch.as_tensor(solved.y[:, -1], dtype=torch.float32, device=device).view(-1, WIDTH)
        return clean(x, EPS), calls + 1


class PreconditionedScoreNet(nn.Module):
    """The same body under EDM preconditioning: what the parametrisation alone is worth."""

    def __init__(self, text_width: int) -> None:
        super().__init__()
        self.body = ScoreNet(text_width)

    def forward(self, x: Tensor, sigma: Tensor, condition: Tensor) -> Tensor:
        """D(x; sigma): x (n, 15) of unit variance plus noise sigma (n, 1)."""
        c_skip = 1 / (1 + sigma**2)
        c_out, c_in = sigma * c_skip.sqrt(), c_skip.sqrt()
        time = sigma.log() / (60 * math.pi)  # so that the body's frequencies, 30 turns per unit of time, are of order 1
        return c_skip * x + c_out * self.body(c_in * x, time, condition)

    def loss(self, x: Tensor, condition: Tensor, config: NoiseConfig, generator: torch.Generator) -> Tensor:
        """EDM Eq. 8; every level starts alike."""
        sigma = training_sigmas((len(x), 1), config, generator)
        noise = torch.randn(x.shape, generator=generator, device=x.device)
        error = self(x + sigma * noise, sigma, condition) - x
        return ((1 + sigma**2) / sigma**2 * error**2).mean()
