"""The network: token states of four texts are pooled into a context; a residual MLP denoises under its modulation.

The context part depends on the texts only and the noise-level part on sigma only, so each is computed once and reused over
the samples (context) and the contexts (sigma).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oor.relation import WIDTH


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the network."""

    text_width: int = 128  # of the text encoder's token states
    width: int = 256  # of the residual stream
    hidden: int = 512  # inside a block
    blocks: int = 4
    queries: int = 6  # learned questions asked of the tokens
    heads: int = 4
    sigma_features: int = 64


SENTENCE, TARGET, BASE, RELATION = range(4)


@dataclass(frozen=True)
class TextStates:
    """Token states of four texts side by side: states (p, l, d), mask (p, l) true where a token is, segment (p, l).

    Segments: 0 the sentence, 1 the target's name, 2 the base's name, 3 the relation's name.
    """

    states: Tensor
    mask: Tensor
    segment: Tensor

    def to(self, device: torch.device) -> TextStates:
        """The same on another device."""
        return TextStates(self.states.to(device), self.mask.to(device), self.segment.to(device))

    def rows(self, index: Tensor) -> TextStates:
        """The chosen prompts."""
        return TextStates(self.states[index], self.mask[index], self.segment[index])

    def swapped(self, segment: int, other: TextStates, chosen: Tensor) -> TextStates:
        """One segment taken from other prompts where chosen (p,) is true. Both must have the same layout of segments."""
        here = chosen[:, None] & (self.segment == segment)
        states = torch.where(here[..., None], other.states, self.states)
        return TextStates(states, torch.where(here, other.mask, self.mask), self.segment)

    def without(self, segment: int, dropped: Tensor) -> TextStates:
        """Hide one segment from the prompts where dropped (p,) is true."""
        return TextStates(self.states, self.mask & ~(dropped[:, None] & (self.segment == segment)), self.segment)


class TextPool(nn.Module):
    """Learned queries attend over the token states; a pooled mean could not tell "left of" from "right of"."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.project = nn.Linear(config.text_width, config.width)
        self.segments = nn.Embedding(4, config.width)
        self.queries = nn.Parameter(0.5 * torch.randn(config.queries, config.width, generator=_init_generator()))
        self.attend = nn.MultiheadAttention(config.width, config.heads, batch_first=True)
        self.mix = nn.Sequential(
            nn.LayerNorm(config.queries * config.width),
            nn.Linear(config.queries * config.width, 2 * config.width),
            nn.SiLU(),
            nn.Linear(2 * config.width, config.width),
        )

    def forward(self, text: TextStates) -> Tensor:
        tokens = self.project(text.states) + self.segments(text.segment)
        queries = self.queries.expand(len(tokens), -1, -1)
        pooled, _ = self.attend(queries, tokens, tokens, key_padding_mask=~text.mask, need_weights=False)
        return self.mix(pooled.flatten(1))


def _init_generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


class MomentNet(nn.Module):
    """Texts -> mean and log standard deviation (p, 30) of the relations they describe, in network space."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.pool = TextPool(config)
        self.read = nn.Sequential(nn.SiLU(), nn.Linear(config.width, config.width), nn.SiLU(), nn.Linear(config.width, 2 * WIDTH))

    def forward(self, text: TextStates) -> Tensor:
        return self.read(self.pool(text))


class Block(nn.Module):
    """x + W2 silu(W1 modulate(norm(x))), scaled and shifted by the context and the noise level."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return x + self.down(nn.functional.silu(self.up(self.norm(x) * (1 + scale) + shift)))


class RelationNet(nn.Module):
    """F(x, log sigma, context): p prompts with k samples each, x (p, k, 15) -> (p, k, 15).

    More dimensions between p and 15 are welcome, as long as log_sigma and context broadcast against them.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.pool = TextPool(config)
        self.frequencies: Tensor
        self.register_buffer("frequencies", torch.linspace(0.2, 4.0, config.sigma_features // 2))
        self.sigma_net = nn.Sequential(nn.Linear(config.sigma_features, config.width), nn.SiLU())
        self.context_modulation = nn.Linear(config.width, 2 * config.width * config.blocks)
        self.sigma_modulation = nn.Linear(config.width, 2 * config.width * config.blocks, bias=False)
        self.enter = nn.Linear(WIDTH, config.width)
        self.blocks = nn.ModuleList(Block(config.width, config.hidden) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.width)
        self.leave = nn.Linear(config.width, WIDTH)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def context(self, text: TextStates) -> Tensor:
        """(p, 1, m) modulation by the texts; computed once per prompt."""
        return self.context_modulation(nn.functional.silu(self.pool(text)))[:, None]

    def forward(self, x: Tensor, log_sigma: Tensor, context: Tensor) -> Tensor:
        """x (p, k, 15); log_sigma (p, k, 1) or any shape that broadcasts to it; context from `context`."""
        phase = log_sigma * self.frequencies
        sigma = self.sigma_modulation(self.sigma_net(torch.cat([phase.sin(), phase.cos()], dim=-1)))
        scales, shifts = (context + sigma).chunk(2, dim=-1)
        h = self.enter(x)
        pieces = zip(self.blocks, scales.chunk(self.config.blocks, -1), shifts.chunk(self.config.blocks, -1), strict=True)
        for block, scale, shift in pieces:
            h = block(h, scale, shift)
        return self.leave(self.norm(h))
