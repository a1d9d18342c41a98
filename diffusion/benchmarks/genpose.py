"""What this toolkit is compared with: the score network and sampler of GenPose (Zhang et al. 2023), which the paper builds on.

Re-created from the published settings, at 15 dimensions and with text instead of a point cloud, to be measured side by side
(`python -m oor.evaluate diffusion`) and for no other use. Noise explodes as sigma(t) = 0.01 * 5000^t, every three numbers have a
head of their own, scales are linear, and scipy's RK45 solves the whole batch as one system.

How the text becomes the 1024 numbers that GenPose has of a point cloud is not published: here the mean token states of sentence,
target and base are projected to them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from diffusion.network import BASE, SENTENCE, TARGET, Conditioning
from diffusion.schedule import NoiseConfig, training_sigmas
from oor.relation import SCALE_BASE, SCALE_TARGET, WIDTH, gauge, pack, unpack

EPS = 1e-5  # smallest time of training and sampling
STEPS = 500  # times at which RK45 reports; the last denoising step is one of them long
CONDITION = 1024


@dataclass(frozen=True)
class Explosion:
    """Noise levels of the variance-exploding process, as published."""

    sigma_min: float = 0.01
    sigma_max: float = 50.0

    @property
    def growth(self) -> float:
        """d ln sigma / dt."""
        return math.log(self.sigma_max / self.sigma_min)

    def sigma(self, t: Tensor) -> Tensor:
        """Level at time t in (0, 1]."""
        return self.sigma_min * (self.growth * t).exp()


class ScoreNet(nn.Module):
    """GenPose's body on noisy vectors (n, 15) at times (n, 1) under conditions (n, 1024); a score, once divided by sigma."""

    def __init__(self, text_width: int) -> None:
        super().__init__()
        self.condition_net = nn.Sequential(nn.Linear(3 * text_width, CONDITION), nn.ReLU())
        self.pose = nn.Sequential(nn.Linear(WIDTH, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU())
        self.frequencies: Tensor
        self.register_buffer("frequencies", 30.0 * torch.randn(64, generator=torch.Generator().manual_seed(0)))
        self.time = nn.Sequential(nn.Linear(128, 128), nn.ReLU())
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(CONDITION + 128 + 256, 256), nn.ReLU(), nn.Linear(256, 3)) for _ in range(WIDTH // 3)
        )
        for head in self.heads:
            nn.init.zeros_(head[-1].weight)  # type: ignore[index]
            nn.init.zeros_(head[-1].bias)  # type: ignore[index]

    def condition(self, text: Conditioning) -> Tensor:
        """(p, 1024) of p prompts."""
        means = []
        for segment in (SENTENCE, TARGET, BASE):
            own = (text.mask & (text.segment == segment))[..., None]
            means.append((text.states * own).sum(dim=1) / own.sum(dim=1).clamp_min(1))
        return self.condition_net(torch.cat(means, dim=1))

    def forward(self, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        phase = 2 * math.pi * t * self.frequencies
        parts = [condition, self.time(torch.cat([phase.sin(), phase.cos()], dim=-1)), self.pose(x)]
        whole = torch.cat(parts, dim=-1)
        return torch.cat([head(whole) for head in self.heads], dim=-1)


def score_loss(net: ScoreNet, noise_levels: Explosion, x: Tensor, condition: Tensor, generator: torch.Generator) -> Tensor:
    """Denoising score matching (paper, Eq. 8) with weight sigma^2, summed over dimensions; x (n, 15), condition (n, 1024)."""
    t = EPS + (1 - EPS) * torch.rand(len(x), 1, generator=generator, device=x.device)
    noise = torch.randn(x.shape, generator=generator, device=x.device)
    sigma = noise_levels.sigma(t)
    return ((sigma / (sigma + 1e-7) * net(x + sigma * noise, t, condition) + noise) ** 2).sum(dim=-1).mean()


def sample_scores(
    net: ScoreNet,
    noise_levels: Explosion,
    condition: Tensor,
    noise: Tensor,
    *,
    tolerance: float = 1e-5,
    positivity: float = 1.0,
    dense: bool = True,
) -> tuple[Tensor, int]:
    """What the net learned, (n, 15), under conditions (n, 1024) from standard Gaussian noise (n, 15), and the number of calls.

    The paper's Eq. 9 by RK45, all samples as one system, as GenPose does it: double precision on the CPU, the state handed to
    the network at every call. positivity: weight of the guidance that keeps (linear) scales positive. dense: keep the STEPS
    intermediate states that GenPose keeps. The score then takes away what noise is left at the smallest time.
    """
    from scipy.integrate import solve_ivp

    device, calls = condition.device, 0
    scales = slice(SCALE_TARGET.start, SCALE_BASE.stop)

    def score(x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        times = torch.full((len(x), 1), t, device=device)
        sigma = noise_levels.sigma(times)
        return net(x, times, condition) / (sigma + 1e-7), sigma

    def drift(t: float, flat: Any) -> Any:
        nonlocal calls
        calls += 1
        x = torch.as_tensor(flat, dtype=torch.float32, device=device).view(-1, WIDTH)
        slope, sigma = score(x, t)
        slope = -(sigma**2) * noise_levels.growth * slope
        slope[:, scales] += positivity * noise_levels.growth * x[:, scales].clamp_max(0)  # as t falls, scales below 0 rise
        return slope.double().flatten().cpu().numpy()

    times = torch.linspace(1.0, EPS, STEPS, dtype=torch.float64).numpy() if dense else [EPS]
    start = (noise_levels.sigma_max * noise).double().flatten().cpu().numpy()
    with torch.inference_mode():
        solved = solve_ivp(drift, (1.0, EPS), start, rtol=tolerance, atol=tolerance, method="RK45", t_eval=times)
        x = torch.as_tensor(solved.y[:, -1], dtype=torch.float32, device=device).view(-1, WIDTH)
        slope, sigma = score(x, EPS)
    return x + sigma**2 * slope, calls + 1


def as_relations(x: Tensor) -> Tensor:
    """Linear coordinates (n, 15) as valid, gauged relation vectors: rotations orthonormalised, scales at least 1e-3."""
    x = x.double()
    scales = slice(SCALE_TARGET.start, SCALE_BASE.stop)
    x = torch.cat([x[:, : scales.start], x[:, scales].clamp_min(1e-3)], dim=1)
    return pack(gauge(unpack(x, validate=False)))


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
