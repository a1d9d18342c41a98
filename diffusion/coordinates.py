"""Where the network works: relation vectors to and from normalised coordinates.

A relation vector (rot6d | t | scale_target | scale_base) becomes rot6d | u | log scale_target | log scale_base, then every
dimension is shifted and scaled to mean 0 and variance 1 over the training set. Log-scales keep scales positive by
construction. `u` is the translation in contact coordinates: t divided, axis by axis, by half the sum of the base's
box edges and those of the axis-aligned box around the turned target,

    u = t / (1/2 (s_base + |R| s_target)),

so u_y = 1 means "the target's box stands exactly on the base's box", whatever the two sizes are. Given R and the scales the
map is invertible, which is all a generative model needs; `translation="linear"` keeps t itself, as the paper does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from oor.relation import ROT6D, SCALE_BASE, SCALE_TARGET, Relation, T, pack, unpack

Translation = Literal["contact", "linear"]
MAX_LOG = 12.0  # sizes beyond e^12 are an untrained network's; they stay numbers
MIN_STD = 0.02  # a dimension that hardly varies (the base edge that is always 1) is not blown up to unit variance


def reach(R: Tensor, scale_target: Tensor, scale_base: Tensor) -> Tensor:
    """(..., 3) distance between box centres, per base axis, at which the two boxes touch."""
    turned = (R.abs() @ scale_target[..., None])[..., 0]
    return 0.5 * (scale_base + turned)


def to_coordinates(vector: Tensor, translation: Translation) -> Tensor:
    """(..., 15) relation vectors to unnormalised network coordinates."""
    relation = unpack(vector, validate=False)
    t = relation.t_base_target
    if translation == "contact":
        t = t / reach(relation.R_base_target, relation.scale_target, relation.scale_base)
    return torch.cat([vector[..., ROT6D], t, relation.scale_target.log(), relation.scale_base.log()], dim=-1)


def from_coordinates(x: Tensor, translation: Translation) -> Tensor:
    """The inverse; rotations land on SO(3) and the gauge max(scale_base) = 1 is restored, whatever x is."""
    log_base = x[..., SCALE_BASE]
    scale_base = (log_base - log_base.amax(dim=-1, keepdim=True)).clamp_min(-MAX_LOG).exp()
    scale_target = x[..., SCALE_TARGET].clamp(-MAX_LOG, MAX_LOG).exp()
    R = unpack(torch.cat([x[..., ROT6D], x[..., T], scale_target, scale_base], dim=-1), validate=False).R_base_target
    t = x[..., T]
    if translation == "contact":
        t = t * reach(R, scale_target, scale_base)
    return pack(Relation(R, t, scale_target, scale_base))


@dataclass(frozen=True)
class Normaliser:
    """Mean and standard deviation (15,) of network coordinates over the training set, and which translation they describe."""

    mean: Tensor
    std: Tensor
    translation: Translation

    @staticmethod
    def of(vectors: Tensor, translation: Translation) -> Normaliser:
        """Fitted to (n, 15) relation vectors."""
        x = to_coordinates(vectors, translation)
        return Normaliser(x.mean(dim=0), x.std(dim=0, correction=0).clamp_min(MIN_STD), translation)

    def normalise(self, vector: Tensor) -> Tensor:
        """Relation vectors (..., 15) to network space."""
        return (to_coordinates(vector, self.translation) - self.mean.to(vector)) / self.std.to(vector)

    def denormalise(self, x: Tensor) -> Tensor:
        """Network space (..., 15) to relation vectors."""
        return from_coordinates(x * self.std.to(x) + self.mean.to(x), self.translation)
