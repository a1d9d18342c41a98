"""The network: token states of four texts, and two shape descriptors, become a context; a residual MLP denoises under it.

The context part depends on texts and shapes only and the noise-level part on sigma only, so each is computed once and reused over
the samples (context) and the contexts (sigma).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from oor.catalog.descriptors import WIDTH as SHAPE_WIDTH
from oor.relation import WIDTH


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the network."""

    text_width: int = 128  # of the text encoder's token states
    shape_width: int = SHAPE_WIDTH  # of an object's shape descriptor
    width: int = 256  # of the residual stream
    hidden: int = 512  # inside a block
    blocks: int = 4
    queries: int = 6  # learned questions asked of the tokens
    heads: int = 4
    sigma_features: int = 64

    def __post_init__(self) -> None:
        if self.width <= 0 or self.heads <= 0 or self.width % (2 * self.heads):
            raise ValueError(f"network.width={self.width} is not possible with {self.heads} heads; give a multiple of twice that")


SEGMENTS = 4
SENTENCE, TARGET, BASE, RELATION = range(SEGMENTS)
ANCHOR_WIDTH = 26  # numbers that describe the two points a relation is about (diffusion/anchors.py)


@dataclass(frozen=True)
class Conditioning:
    """What p relations are sampled under: token states of four texts side by side, and the shapes of target and base.

    states (p, l, d), mask (p, l) true where a token is, segment (p, l): 0 the sentence, 1 the target's name, 2 the base's name,
    3 the relation's name. shapes (p, 2, c): descriptors of target and base (oor/catalog/descriptors.py), zeros if unknown.
    """

    states: Tensor
    mask: Tensor
    segment: Tensor
    shapes: Tensor

    def to(self, device: torch.device) -> Conditioning:
        """The same on another device."""
        return Conditioning(*(part.to(device) for part in (self.states, self.mask, self.segment, self.shapes)))

    def rows(self, index: Tensor | slice) -> Conditioning:
        """The chosen prompts."""
        return Conditioning(self.states[index], self.mask[index], self.segment[index], self.shapes[index])

    def swapped(self, segments: tuple[int, ...], other: Conditioning, chosen: Tensor) -> Conditioning:
        """Segments taken from other prompts where chosen (p,) is true. Both must have the same layout of segments."""
        here = chosen[:, None] & torch.isin(self.segment, torch.tensor(segments, device=self.segment.device))
        states = torch.where(here[..., None], other.states, self.states)
        return replace(self, states=states, mask=torch.where(here, other.mask, self.mask))

    def without(self, segment: int, dropped: Tensor) -> Conditioning:
        """Hide one segment from the prompts where dropped (p,) is true."""
        return replace(self, mask=self.mask & ~(dropped[:, None] & (self.segment == segment)))

    def mean(self, segment: int) -> Tensor:
        """(p, d) mean token state of a segment; zeros where it has no token."""
        own = (self.mask & (self.segment == segment))[..., None]
        return (self.states * own).sum(dim=1) / own.sum(dim=1).clamp_min(1)

    def pooled(self) -> Conditioning:
        """One token for each segment, the mean of its own: what an encoder that gives a text one vector would give."""
        segments = torch.arange(SEGMENTS, device=self.segment.device).expand(len(self.mask), -1)
        there = (self.mask[:, None] & (self.segment[:, None] == segments[..., None])).any(dim=-1)
        return Conditioning(torch.stack([self.mean(i) for i in range(SEGMENTS)], dim=1), there, segments, self.shapes)

    def shaped(self, shapes: Tensor) -> Conditioning:
        """The same texts about objects of other shapes (p, 2, c)."""
        return replace(self, shapes=shapes)


class ContextPool(nn.Module):
    """Learned queries attend over the token states (a mean could not tell left from right); shapes join in afterwards.

    anchored: whether the points that the relation is about are known by then and join in as well.
    """

    def __init__(self, config: NetworkConfig, *, anchored: bool) -> None:
        super().__init__()
        self.project = nn.Linear(config.text_width, config.width)
        self.segments = nn.Embedding(SEGMENTS, config.width)
        self.queries = nn.Parameter(torch.ones(config.queries, config.width))  # `initialise` draws them
        self.attend = nn.MultiheadAttention(config.width, config.heads, batch_first=True)
        self.shapes = nn.Sequential(nn.Linear(config.shape_width, config.width), nn.SiLU(), nn.Linear(config.width, config.width))
        self.anchors = nn.Sequential(nn.Linear(ANCHOR_WIDTH, config.width), nn.SiLU()) if anchored else None
        parts = config.queries + (3 if anchored else 2)
        self.mix = nn.Sequential(
            nn.LayerNorm(parts * config.width),
            nn.Linear(parts * config.width, 2 * config.width),
            nn.SiLU(),
            nn.Linear(2 * config.width, config.width),
        )

    def forward(self, text: Conditioning, anchors: Tensor | None = None) -> Tensor:
        """(p, w) of p prompts; anchors (p, ANCHOR_WIDTH) as `Choice.described` (diffusion/anchors.py) makes them."""
        tokens = self.project(text.states) + self.segments(text.segment)
        queries = self.queries.expand(len(tokens), -1, -1)
        # asking for the weights takes the plain path: six questions to thirty tokens are too few for the fused one
        pooled, _ = self.attend(queries, tokens, tokens, key_padding_mask=~text.mask)
        shapes = self.shapes(text.shapes.to(pooled))
        parts = [pooled.flatten(1), shapes.flatten(1)]
        if self.anchors is not None and anchors is not None:
            parts.append(self.anchors(anchors.to(pooled)))
        return self.mix(torch.cat(parts, dim=1))


class MomentNet(nn.Module):
    """Texts -> mean and log standard deviation (p, 30) of the relations they describe, in network space."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.pool = ContextPool(config, anchored=True)
        self.read = nn.Sequential(nn.SiLU(), nn.Linear(config.width, config.width), nn.SiLU(), nn.Linear(config.width, 2 * WIDTH))

    def forward(self, text: Conditioning, anchors: Tensor) -> Tensor:
        return self.read(self.pool(text, anchors))


Modulation = list[tuple[Tensor, Tensor]]  # of each block: what its normalised input is multiplied with, and what is added


class Block(nn.Module):
    """x + W2 silu(W1 modulate(norm(x))), scaled and shifted by the context and the noise level."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
        width = x.shape[-1:]
        if gain.numel() == width.numel():  # one context: the norm does it all at once
            h = nn.functional.layer_norm(x, width, gain.flatten(), shift.flatten())
        else:
            h = torch.addcmul(shift, nn.functional.layer_norm(x, width), gain)
        return x + self.down(nn.functional.silu(self.up(h)))


class RelationNet(nn.Module):
    """F(x, log sigma, context): p prompts with k samples each, x (p, k, 15) -> (p, k, 15).

    More dimensions between p and 15 are welcome, as long as log_sigma and context broadcast against them.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.pool = ContextPool(config, anchored=True)
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

    def context(self, text: Conditioning, anchors: Tensor) -> Tensor:
        """(p, 1, m) modulation by texts, shapes and anchors; computed once per prompt."""
        return self.context_modulation(nn.functional.silu(self.pool(text, anchors)))[:, None]

    def modulation(self, log_sigma: Tensor, context: Tensor) -> Modulation:
        """What the blocks do under a context from `context` at log_sigma (p, k, 1), or any shape that broadcasts to it."""
        phase = log_sigma * self.frequencies
        sigma = self.sigma_modulation(self.sigma_net(torch.cat([phase.sin(), phase.cos()], dim=-1)))
        gains, shifts = (context + sigma).chunk(2, dim=-1)
        blocks = self.config.blocks
        return list(zip((1 + gains).chunk(blocks, dim=-1), shifts.chunk(blocks, dim=-1), strict=True))

    def denoise(self, x: Tensor, modulation: Modulation) -> Tensor:
        """F of x (p, k, 15) under what `modulation` gave."""
        h = self.enter(x)
        for block, (gain, shift) in zip(self.blocks, modulation, strict=True):
            h = block(h, gain, shift)
        return self.leave(self.norm(h))

    def forward(self, x: Tensor, log_sigma: Tensor, context: Tensor) -> Tensor:
        """x (p, k, 15); log_sigma (p, k, 1) or any shape that broadcasts to it; context from `context`."""
        return self.denoise(x, self.modulation(log_sigma, context))
