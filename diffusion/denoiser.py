"""EDM preconditioning (Karras et al. 2022, table 1) around the network, in a space whitened for each context.

A small network reads a mean and a standard deviation of the relations off the text, and denoising happens on
z = (x - mean) / std. What a context leaves fixed (the height of a cup on a table, the uprightness of a lamp) is then right from
the start, and data of unit variance is what the preconditioning assumes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import deepcopy
from dataclasses import replace
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from diffusion.anchors import AnchorNet, Choice
from diffusion.network import Conditioning, Modulation, MomentNet, NetworkConfig, RelationNet
from diffusion.sampling import Denoise
from oor.relation import WIDTH

LOG_STD = (-4.0, 1.5)  # range of a context's log standard deviation, in units of that of all contexts together
LEVELS = 256  # noise levels that are remembered at most
MEAN_UNIT = 0.03  # means need not be more exact than this share of the spread of all contexts together


Parametrisation = Literal["edm", "ve"]


class RelationDenoiser(nn.Module, ABC):
    """What training, generation, likelihoods and checkpoints ask of any parametrisation of D(z; sigma).

    z is a sample of network space (diffusion/coordinates.py), perhaps whitened for its context, with noise sigma on it.
    """

    parametrisation: ClassVar[Parametrisation]  # what a checkpoint calls it

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @abstractmethod
    def anchors(self, text: Conditioning) -> Choice:
        """Which points of the two objects each prompt's relation is measured between."""

    @abstractmethod
    def context(self, text: Conditioning, choice: Choice | None = None) -> Tensor:
        """(p, 1, c), once per prompt: all that the other methods need of it."""

    @abstractmethod
    def forward(self, z: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """z (p, k, 15), sigma broadcastable to (p, k, 1), context from `context` -> the best guess of the clean z, (p, k, 15)."""

    @abstractmethod
    def under(self, context: Tensor, dtype: torch.dtype | None = None) -> Denoise:
        """The denoiser under p contexts (p, 1, c), for samplers. dtype: of the network's arithmetic, where that is free."""

    @abstractmethod
    def whiten(self, x: Tensor, context: Tensor) -> Tensor:
        """Samples of network space (p, k, 15) as `forward` wants them."""

    @abstractmethod
    def colour(self, z: Tensor, context: Tensor) -> Tensor:
        """The inverse of `whiten`."""

    @abstractmethod
    def log_spread(self, context: Tensor) -> Tensor:
        """(p, 1) ln of the volume by which `colour` stretches space."""

    @abstractmethod
    def loss(self, z: Tensor, noise: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """What training minimises for clean samples z, standard Gaussians like z, and levels sigma."""


class Denoiser(RelationDenoiser):
    """D(z; sigma) = c_skip z + c_out F(c_in z; ln sigma), the best guess of the clean sample behind z."""

    parametrisation = "edm"

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        self.anchor_net = AnchorNet(replace(config, width=config.width // 2, queries=2))
        self.moment_net = MomentNet(config)
        self.net = RelationNet(config)

    @torch.no_grad()
    def anchors(self, text: Conditioning) -> Choice:
        """Which points of the two objects each prompt's relation is measured between."""
        with _exact(text):
            chosen = self.anchor_net(text)
        return Choice(text.shapes, *(part.argmax(dim=-1) for part in chosen))

    def context(self, text: Conditioning, choice: Choice | None = None) -> Tensor:
        """(p, 1, 30 + m), once per prompt: mean, log standard deviation, and what modulates the network."""
        points = (self.anchors(text) if choice is None else choice).described()
        with torch.no_grad(), _exact(text):  # rounded moments would shift the data
            moments = self.moment_net(text, points)[:, None]
        return torch.cat([moments, self.net.context(text, points).to(moments)], dim=-1)

    def forward(self, z: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """z (p, k, 15) whitened, sigma broadcastable to (p, k, 1), context from `context` -> clean (p, k, 15)."""
        c_skip = 1 / (1 + sigma**2)
        c_out, c_in = sigma * c_skip.sqrt(), c_skip.sqrt()
        return c_skip * z + c_out * self.net(c_in * z, sigma.log(), context[..., 2 * WIDTH :])

    def under(self, context: Tensor, dtype: torch.dtype | None = None) -> Denoise:
        """The denoiser under p contexts (p, 1, c), for samplers: what hangs on the noise level is computed once per level.

        dtype: of the network's arithmetic; none means that of its weights.
        """
        levels: dict[float, Modulation] = {}
        own = self.net.enter.weight.dtype
        net = self.net if dtype in (None, own) else deepcopy(self.net).to(dtype)
        dtype = dtype or own

        def denoise(z: Tensor, sigma: Tensor) -> Tensor:
            level = float(sigma)
            if level not in levels:
                if len(levels) == LEVELS:
                    levels.clear()
                both = self.net.modulation(sigma.log().view(1, 1, 1).to(context), context[..., 2 * WIDTH :])
                levels[level] = [(gain.to(dtype), shift.to(dtype)) for gain, shift in both]
            c_skip = 1 / (1 + level**2)
            out = net.denoise((c_skip**0.5 * z).to(dtype), levels[level])
            return torch.add(c_skip * z, out, alpha=level * c_skip**0.5)

        return denoise

    def whiten(self, x: Tensor, context: Tensor) -> Tensor:
        """Samples of network space (p, k, 15) in units of their context's own spread."""
        mean, std = _moments(context)
        return (x - mean) / std

    def colour(self, z: Tensor, context: Tensor) -> Tensor:
        """The inverse of `whiten`."""
        mean, std = _moments(context)
        return mean + std * z

    def log_spread(self, context: Tensor) -> Tensor:
        """(p, 1) ln of the volume by which `colour` stretches space."""
        return _moments(context)[1].log().sum(dim=-1)

    def loss(self, z: Tensor, noise: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        """Denoising error of whitened samples; weight (1 + sigma^2) / sigma^2, so that every level starts alike (EDM Eq. 8)."""
        error = self(z + sigma * noise, sigma, context) - z
        return ((1 + sigma**2) / sigma**2 * error**2).mean()


def moment_loss(predicted: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Error of means, in units of the true spread where that is large enough to matter, and squared error of log deviations.

    A mean that is wrong by more than its spread counts in proportion, not squared: the narrow dimensions, which decide whether
    things touch, must not be drowned by a few that are far off. predicted: (p, 30) from MomentNet; mean, std: (p, 15) of the
    prompts' samples.
    """
    log_std = std.log().clamp(*LOG_STD)
    off = (predicted[:, :WIDTH] - mean) / log_std.exp().clamp_min(MEAN_UNIT)
    means = 2 * nn.functional.huber_loss(off, torch.zeros_like(off), reduction="none")
    return (means + (predicted[:, WIDTH:] - log_std) ** 2).mean()


def _exact(text: Conditioning) -> torch.autocast:
    return torch.autocast(text.states.device.type, enabled=False)


def _moments(context: Tensor) -> tuple[Tensor, Tensor]:
    mean, log_std = context[..., : 2 * WIDTH].float().chunk(2, dim=-1)
    return mean, log_std.clamp(*LOG_STD).exp()
