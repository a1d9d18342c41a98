"""Where the network works: relation vectors to and from normalised coordinates.

A relation vector (rot6d | t | scale_target | scale_base) becomes rot6d | u | log scale_target | log scale_base, then every
dimension is shifted and scaled to mean 0 and variance 1 over the training set. Log-scales keep scales positive by
construction. `u` is the translation in contact coordinates: measured between two points, the anchors, and divided axis by axis
by the distance at which things touch,

    u = (t + R s_target p_target - s_base p_base) / D,

and that along the base's axes or, where things are aimed, along the target's (R^T before the division).

Between the middles of the two boxes (p = 0) D is half the sum of the base's box edges and those of the axis-aligned box around
the turned target, D = 1/2 (s_base + |R| s_target), so u_y = 1 means "the target's box stands exactly on the base's box",
whatever the two sizes are. Between other points D is made of what room there is, such as a rim's half width, and of the objects'
sizes where there is none (`contact`). Where the shapes are known, log-scales are measured from what the shapes' typical sizes
promise. Given R and the scales the map is invertible, which is all a generative model needs; `translation="linear"` keeps t
itself and `scales="linear"` the scales themselves, as the paper does.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import torch
from torch import Tensor

from oor.relation import ROT6D, SCALE_BASE, SCALE_TARGET, WIDTH, Relation, T, gauge, pack, unpack

Translation = Literal["contact", "linear"]
Scales = Literal["log", "linear"]
SCALES = slice(SCALE_TARGET.start, SCALE_BASE.stop)
MAX_LOG = 12.0  # sizes beyond e^12 are an untrained network's; they stay numbers
FLOOR = 1e-3  # linear scales that are not positive become this, before the gauge is restored
SHARED = 8.0  # the more, the closer must a base edge be to the longest to have a part in its slope
MIN_STD = 0.02  # a dimension that hardly varies (the base edge that is always 1) is not blown up to unit variance


@dataclass(frozen=True)
class Anchors:
    """The points (...,) that translations are measured between, and the scales they are measured from.

    target, base: (..., 3) points in the unit cubes of the two objects' boxes. target_room: (..., 3) 1 along axes on which the
    turned target's half box counts towards D, else 0. stands: (..., 1) 1 where the target's point is not `target` but the bottom
    of the box around the turned target, else 0. base_room: (..., 3) half widths about the base's point that count towards D, in
    units of its box edges. log_scale: (..., 6) log-scales of target and base that the shapes promise. turned: (..., 1) 1 where
    u is along the target's axes instead of the base's, else 0.
    """

    target: Tensor
    target_room: Tensor
    stands: Tensor
    base: Tensor
    base_room: Tensor
    log_scale: Tensor
    turned: Tensor

    def rows(self, index: Tensor | int) -> Anchors:
        """The chosen ones."""
        return Anchors(*(getattr(self, item.name)[index] for item in fields(self)))

    def numbers(self) -> Tensor:
        """(..., 20): everything, for a network to read."""
        return torch.cat([getattr(self, item.name) for item in fields(self)], dim=-1)


def reach(R: Tensor, scale_target: Tensor, scale_base: Tensor) -> Tensor:
    """(..., 3) distance between box centres, per base axis, at which the two boxes touch."""
    return half_turned(R, scale_target) + 0.5 * scale_base


def half_turned(R: Tensor, scale: Tensor) -> Tensor:
    """(..., 3) half edges of the axis-aligned box around a turned box. A sum: matrix products may be rounded to bfloat16."""
    return 0.5 * (R.abs() * scale[..., None, :]).sum(dim=-1)


def boxes(like: Tensor) -> Anchors:
    """The middles of two boxes of unknown size: anchors for vectors (..., 15)."""
    zero = like.new_zeros(*like.shape[:-1], WIDTH)
    point, one = zero[..., :3], zero[..., :1]
    return Anchors(point, point + 1, one, point, point + 0.5, zero[..., :6], one)


def to_coordinates(vector: Tensor, translation: Translation, anchors: Anchors | None = None, scales: Scales = "log") -> Tensor:
    """(..., 15) relation vectors to unnormalised network coordinates. Anchors broadcast; none means boxes."""
    relation = unpack(vector, validate=False)
    sizes, t = vector[..., SCALES], relation.t_base_target
    anchors = boxes(vector) if anchors is None else anchors
    if scales == "log":
        sizes = sizes.log() - anchors.log_scale if translation == "contact" else sizes.log()
    if translation == "contact":
        t, _ = measured(relation, anchors)
    return torch.cat([vector[..., ROT6D], t, sizes], dim=-1)


def from_coordinates(x: Tensor, translation: Translation, anchors: Anchors | None = None, scales: Scales = "log") -> Tensor:
    """The inverse; rotations land on SO(3), scales are positive and the gauge max(scale_base) = 1 is restored, whatever x is."""
    anchors = boxes(x) if anchors is None else anchors
    if scales == "linear":
        relation = _linear_scales(x, translation)
    else:
        relation = _log_scales(x, anchors.log_scale if translation == "contact" else torch.zeros_like(x[..., SCALES]))
    if translation == "linear":
        return pack(relation)
    offset, unit = contact(relation, anchors)
    t = relation.t_base_target * unit
    t = torch.where(anchors.turned > 0, _rotated(relation.R_base_target, t), t) - offset
    return pack(replace(relation, t_base_target=t))


def _log_scales(x: Tensor, promised: Tensor) -> Relation:
    """Sizes of log-scales over promised ones (..., 6); the translation still as in x."""
    log_target, log_base = (x[..., SCALES] + promised).split(3, dim=-1)
    scale_base = (log_base - _longest(log_base)).clamp_min(-MAX_LOG).exp()
    scale_target = log_target.clamp(-MAX_LOG, MAX_LOG).exp()
    return unpack(torch.cat([x[..., ROT6D], x[..., T], scale_target, scale_base], dim=-1), validate=False)


def _longest(log_base: Tensor) -> Tensor:
    """(..., 1) largest of three; its derivatives are shared with those not much smaller, so that guidance can change which is."""
    soft = (SHARED * log_base).logsumexp(dim=-1, keepdim=True) / SHARED
    return soft + (log_base.amax(dim=-1, keepdim=True) - soft).detach()


def _linear_scales(x: Tensor, translation: Translation) -> Relation:
    """Sizes of scales as they are, in units of the base's longest edge. So is t, unless it is still in contact coordinates."""
    relation = unpack(torch.cat([x[..., : SCALES.start], x[..., SCALES].clamp_min(FLOOR)], dim=-1), validate=False)
    return gauge(relation) if translation == "linear" else replace(gauge(relation), t_base_target=x[..., T])


def measured(relation: Relation, anchors: Anchors) -> tuple[Tensor, Tensor]:
    """u and D, both (..., 3)."""
    offset, unit = contact(relation, anchors)
    between = relation.t_base_target + offset
    return torch.where(anchors.turned > 0, _rotated(relation.R_base_target.mT, between), between) / unit, unit


def contact(relation: Relation, anchors: Anchors) -> tuple[Tensor, Tensor]:
    """R s_target p_target - s_base p_base, and D: both (..., 3). Where neither object has room, D lies between their sizes."""
    R = relation.R_base_target
    half_target = half_turned(R, relation.scale_target)
    point_target = (R * (relation.scale_target * anchors.target)[..., None, :]).sum(dim=-1)
    up = R.new_tensor([0.0, 1.0, 0.0])
    offset = point_target - anchors.stands * up * half_target - relation.scale_base * anchors.base
    room = anchors.target_room * half_target + anchors.base_room * relation.scale_base
    middling = relation.scale_target.amax(dim=-1, keepdim=True).sqrt()  # between the longest edges of both: the base's is 1
    room = room + (1 - anchors.target_room) * (1 - 2 * anchors.base_room) * middling
    return offset, torch.where(anchors.turned > 0, middling, room)


def _rotated(R: Tensor, vector: Tensor) -> Tensor:
    """R vector, as a sum."""
    return (R * vector[..., None, :]).sum(dim=-1)


@dataclass(frozen=True)
class Normaliser:
    """Mean and standard deviation (15,) of network coordinates over the training set, and which coordinates they describe."""

    mean: Tensor
    std: Tensor
    translation: Translation
    scales: Scales = "log"

    @staticmethod
    def of(vectors: Tensor, translation: Translation, anchors: Anchors | None = None, scales: Scales = "log") -> Normaliser:
        """Fitted to (n, 15) relation vectors: between boxes, and, as often, between their anchors if these are given."""
        x = to_coordinates(vectors, translation, None, scales)
        if anchors is not None:
            x = torch.cat([x, to_coordinates(vectors, translation, anchors, scales)])
        return Normaliser(x.mean(dim=0), x.std(dim=0, correction=0).clamp_min(MIN_STD), translation, scales)

    @staticmethod
    def plain() -> Normaliser:
        """The paper's: all fifteen numbers as they are."""
        return Normaliser(torch.zeros(WIDTH), torch.ones(WIDTH), "linear", "linear")

    def normalise(self, vector: Tensor, anchors: Anchors | None = None) -> Tensor:
        """Relation vectors (..., 15) to network space."""
        return (to_coordinates(vector, self.translation, anchors, self.scales) - self.mean.to(vector)) / self.std.to(vector)

    def denormalise(self, x: Tensor, anchors: Anchors | None = None) -> Tensor:
        """Network space (..., 15) to relation vectors."""
        return from_coordinates(x * self.std.to(x) + self.mean.to(x), self.translation, anchors, self.scales)
