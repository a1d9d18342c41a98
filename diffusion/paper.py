"""The paper's own diffusion: GenPose's score network (Zhang et al. 2023) under texts, on the fifteen numbers as they are.

Noise explodes as sigma(t) = sigma_min (sigma_max / sigma_min)^t and the network learns the score s of noisy vectors (paper, Eq. 7
and 8). In terms of sigma that is one more preconditioning of a denoiser: sigma s = F gives, by Tweedie's formula,

    D(x; sigma) = x + sigma^2 s(x, t) = x + sigma F(x, t),

so c_skip = 1, c_out = sigma and c_in = 1, and every sampler of this toolkit solves the paper's Eq. 9. Scales are linear, so that
nothing keeps them positive but guidance (`keep_positive`) and, in the end, a floor (diffusion/coordinates.py).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from diffusion.anchors import MIDDLE, OF_BASE, Choice
from diffusion.coordinates import FLOOR, SCALES
from diffusion.denoiser import RelationDenoiser
from diffusion.network import BASE, SENTENCE, TARGET, Conditioning, NetworkConfig
from diffusion.sampling import Denoise
from diffusion.schedule import NoiseConfig
from oor.relation import WIDTH

CONDITION = 1024  # numbers that GenPose has of a point cloud, and this has of the texts
HIDDEN = 256  # of the pose encoder and the heads
HEADS = 5  # of three numbers each
FREQUENCIES = 64  # random ones of the time embedding,
TURNS = 30.0  # of this standard deviation, per unit of t
PARTS = (CONDITION, 2 * FREQUENCIES, HIDDEN)  # that the heads read
LEVELS = NoiseConfig(sigma_min=0.01, sigma_max=50.0, spacing="uniform", sampler="rk45")  # GenPose's
POSITIVITY = 1.0  # weight of `keep_positive`; the paper gives none, and 1 moves a guess that is not positive just to the border


def time_of(sigma: Tensor, levels: NoiseConfig) -> Tensor:
    """t in [0, 1] at which noise has exploded to sigma."""
    return (sigma / levels.sigma_min).log() / math.log(levels.sigma_max / levels.sigma_min)


def sigma_of(t: Tensor, levels: NoiseConfig) -> Tensor:
    """The inverse: sigma_min (sigma_max / sigma_min)^t."""
    return levels.sigma_min * (levels.sigma_max / levels.sigma_min) ** t


def keep_positive(clean: Tensor, weight: float = POSITIVITY) -> Tensor:
    """A guess of clean vectors (..., 15), one step of gradient descent down E = 1/2 sum min(scale - FLOOR, 0)^2.

    This is the guidance that the paper (section B) adds to the reverse ODE. It does not give its form; like that of Eq. 10 it is
    the gradient of an energy here: with D - weight grad E for D, Eq. 9 reads dx / dt = -sigma sigma' s + weight sigma' / sigma
    grad E, and as t falls, scales rise. E is of the clean guess, not of the noisy x, half of whose scales are negative whatever
    they will become: pulled up there, the scales that an exact model samples lose two fifths of their spread.
    """
    scales = clean[..., SCALES]
    return torch.cat([clean[..., : SCALES.start], torch.lerp(scales, scales.clamp_min(FLOOR), weight)], dim=-1)


class ScoreNet(nn.Module):
    """GenPose's body: noisy vectors (..., 15) at times and under conditions to sigma times the score (..., 15).

    Every three numbers have a head of their own. How the text becomes the 1024 numbers that GenPose has of a point cloud is not
    published: here the mean token states of sentence, target and base are projected to them.
    """

    def __init__(self, text_width: int) -> None:
        super().__init__()
        self.condition_net = nn.Sequential(nn.Linear(3 * text_width, CONDITION), nn.ReLU())
        self.pose = nn.Sequential(nn.Linear(WIDTH, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU())
        self.frequencies: Tensor
        turns = TURNS * torch.randn(FREQUENCIES, generator=torch.Generator().manual_seed(0), device="cpu")
        self.register_buffer("frequencies", turns.half().float())  # that weights in half precision do not change them
        self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, 2 * FREQUENCIES), nn.ReLU())
        self.enter = nn.Linear(sum(PARTS), HEADS * HIDDEN)  # all heads side by side
        self.leave = nn.Parameter(torch.zeros(HEADS, HIDDEN, WIDTH // HEADS))
        self.bias = nn.Parameter(torch.zeros(WIDTH))

    def condition(self, text: Conditioning) -> Tensor:
        """(p, 1024) of p prompts."""
        return self.condition_net(torch.cat([text.mean(segment) for segment in (SENTENCE, TARGET, BASE)], dim=1))

    def forward(self, x: Tensor, t: Tensor, condition: Tensor) -> Tensor:
        """x (..., 15); t broadcastable to (..., 1) and condition to (..., 1024)."""
        phase = 2 * math.pi * t * self.frequencies
        parts = condition, self.time(torch.cat([phase.sin(), phase.cos()], dim=-1)), self.pose(x)
        each = zip(parts, self.enter.weight.split(PARTS, dim=1), strict=True)  # not side by side: one text serves many samples
        hidden = nn.functional.relu(sum((nn.functional.linear(*pair) for pair in each), self.enter.bias))
        return torch.einsum("...hi,hij->...hj", hidden.unflatten(-1, (HEADS, HIDDEN)), self.leave).flatten(-2) + self.bias


class PaperDenoiser(RelationDenoiser):
    """D(x; sigma) = x + sigma F(x, t(sigma)): no whitening, no shapes, no anchors. Of the config, only text_width counts."""

    parametrisation = "ve"

    def __init__(self, config: NetworkConfig, levels: NoiseConfig = LEVELS) -> None:
        super().__init__(config)
        self.levels = levels
        self.net = ScoreNet(config.text_width)

    def anchors(self, text: Conditioning) -> Choice:
        """The middles of the boxes, along the base's axes."""
        nothing = torch.zeros(len(text.mask), dtype=torch.long, device=text.mask.device)
        return Choice(text.shapes, nothing + MIDDLE, nothing + MIDDLE, nothing + OF_BASE)

    def context(self, text: Conditioning, choice: Choice | None = None) -> Tensor:
        """(p, 1, 1024)."""
        return self.net.condition(text)[:, None]

    def forward(self, z: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        return z + sigma * self.net(z, time_of(sigma, self.levels), context)

    def under(self, context: Tensor, dtype: torch.dtype | None = None) -> Denoise:
        """With the guidance to positive scales. dtype is not heeded: at large sigma most digits of x + sigma F cancel."""

        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            return keep_positive(self(x, sigma, context))

        return denoise

    def whiten(self, x: Tensor, context: Tensor) -> Tensor:
        """The samples themselves."""
        return x

    def colour(self, z: Tensor, context: Tensor) -> Tensor:
        """The samples themselves."""
        return z

    def log_spread(self, context: Tensor) -> Tensor:
        """(p, 1) zeros."""
        return context.new_zeros(len(context), 1)

    def loss(self, z: Tensor, noise: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """Paper, Eq. 8, weighted by sigma^2 as in GenPose: |sigma s + noise|^2, summed over the fifteen numbers."""
        out = self.net(z + sigma * noise, time_of(sigma, self.levels), context)
        return ((out + noise) ** 2).sum(dim=-1).mean()
