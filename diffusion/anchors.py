"""Which points of two objects a relation is about: spout and opening, foot and seat, or just the middles of two boxes.

A translation between box centres says little about a teapot that pours: how far the centre is from the cup depends on the pot, on
the cup and on the tilt. Measured from spout to rim it is nearly the same for all pots and cups. Which points those are is not
told: it is found in the data, as the pair of points between which the samples of a context vary least, over all the shapes it is
seen with and over the other contexts of its relation (`anchor_spreads`). The text is taught to choose them (`AnchorNet`), so that
it also chooses for pairs never seen. An object of unknown shape has its box only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from diffusion.coordinates import Anchors, measured
from diffusion.network import Conditioning, ContextPool, NetworkConfig
from oor.catalog.descriptors import AXIS, DOUBLED, EXTENTS, HALF, LOG_SIZE, PLAIN, POINT, THERE
from oor.catalog.frames import FRAMES
from oor.relation import unpack

BOX_TARGET = 2  # choices that every target has: the middle of its box, the bottom of the box around it as it is turned
BOX_BASE = 3  # choices that every base has: the middle, the bottom and the top of its box
TARGETS, BASES = BOX_TARGET + len(FRAMES), BOX_BASE + len(FRAMES)
MIDDLE, BOTTOM, TOP = 0, 1, 2
OF_BASE, OF_TARGET = 0, 1
AXES = 2  # u is along the axes of the base or, where the target is aimed at something, of the target
RESOLUTION = 0.005  # spreads below this share of the base's longest edge do not count as any smaller
PLAIN_CHOICE = 0.1  # nats; what a point without a name, and the target's axes, must each be better by
FEW = 3  # contexts of a relation that must have two points for it to be known how these suit the relation
SHARP = 2.0  # by how much the loss prefers a good choice to a worse one, per nat
WORST = 4.0  # nats; a choice that is worse than the best by more is just as wrong


def available(shapes: Tensor) -> tuple[Tensor, Tensor]:
    """Which choices (..., TARGETS) and (..., BASES) two shapes (..., 2, c) leave."""
    there = _frames(shapes)[..., THERE.start] > 0
    always = there.new_ones(*there.shape[:-2], max(BOX_TARGET, BOX_BASE))
    target, base = there.unbind(dim=-2)
    return torch.cat([always[..., :BOX_TARGET], target], dim=-1), torch.cat([always[..., :BOX_BASE], base], dim=-1)


@dataclass(frozen=True)
class Choice:
    """For p pairs of shapes (p, 2, c), which choice of the target (p,) and of the base (p,), and along whose axes (p,)."""

    shapes: Tensor
    target: Tensor
    base: Tensor
    axes: Tensor

    def anchors(self) -> Anchors:
        """What coordinates need: (p, 1, ...), to broadcast over samples (p, k, 15)."""
        extents = torch.where(self.shapes[..., EXTENTS] > 0, self.shapes[..., EXTENTS], 1.0)
        of_target, of_base = self._frames()
        on_box_target, on_box_base = (self.target < BOX_TARGET)[:, None], (self.base < BOX_BASE)[:, None]
        stands = (self.target == BOTTOM)[:, None].to(self.shapes)
        up = self.shapes.new_tensor([0.0, 1.0, 0.0])
        edge = ((self.base == TOP).to(self.shapes) - (self.base == BOTTOM).to(self.shapes))[:, None]
        half = torch.stack([of_base[:, HALF][:, 0], torch.zeros_like(edge[:, 0]), of_base[:, HALF][:, 1]], dim=-1)
        parts = Anchors(
            target=torch.where(on_box_target, 0.0, of_target[:, POINT] / (DOUBLED * extents[:, 0])),
            target_room=on_box_target * (1 - stands * up),
            stands=stands,
            base=torch.where(on_box_base, 0.5 * edge * up, of_base[:, POINT] / (DOUBLED * extents[:, 1])),
            base_room=torch.where(on_box_base, 0.5 * (1 - edge.abs() * up), (half / (DOUBLED * extents[:, 1])).clamp(0, 0.5)),
            log_scale=_log_scales(self.shapes),
            turned=(self.axes == OF_TARGET)[:, None].to(self.shapes),
        )
        return Anchors(*(part[:, None] for part in vars(parts).values()))

    def described(self) -> Tensor:
        """(p, ANCHOR_WIDTH) the anchors and the axes of the frames they are of (zeros for boxes), for a network to read."""
        of_target, of_base = self._frames()
        ways = of_target[:, AXIS] * (self.target >= BOX_TARGET)[:, None], of_base[:, AXIS] * (self.base >= BOX_BASE)[:, None]
        return torch.cat([self.anchors().numbers()[:, 0], *ways], dim=-1)

    def _frames(self) -> tuple[Tensor, Tensor]:
        """(p, 9) of target and base; some frame's where the choice is of the box."""
        each = torch.arange(len(self.shapes), device=self.shapes.device)
        frames = _frames(self.shapes)
        return frames[each, 0, (self.target - BOX_TARGET).clamp_min(0)], frames[each, 1, (self.base - BOX_BASE).clamp_min(0)]


def best_choice(spreads: Tensor, shapes: Tensor) -> Choice:
    """The choice of least spread (p, TARGETS, BASES, AXES) that each of p pairs of shapes (p, 2, c) has."""
    has_target, has_base = available(shapes)
    suits = spreads.masked_fill(~(has_target[:, :, None] & has_base[:, None])[..., None], torch.inf)
    return Choice(shapes, *torch.unravel_index(suits.flatten(1).argmin(dim=1), (TARGETS, BASES, AXES)))


def _frames(shapes: Tensor) -> Tensor:
    return shapes[..., PLAIN:].unflatten(-1, (len(FRAMES), -1))


def _log_scales(shapes: Tensor) -> Tensor:
    """(..., 6) log box edges of target and base in units of the base's longest edge; zeros unless both shapes are known."""
    extents, size = shapes[..., EXTENTS], shapes[..., LOG_SIZE]
    logs = torch.where(extents > 0, extents, 1.0).log()
    known = (extents > 0).all(dim=-1).all(dim=-1)[..., None]
    ratio = size[..., 0, :] - size[..., 1, :]
    return torch.where(known, torch.cat([logs[..., 0, :] + ratio, logs[..., 1, :]], dim=-1), 0.0)


Chosen = tuple[Tensor, Tensor, Tensor]  # log-probabilities (p, TARGETS), (p, BASES) and (p, AXES)


class AnchorNet(nn.Module):
    """Texts -> which of the available points the relation is about, and along whose axes."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.pool = ContextPool(config, anchored=False)
        self.read = nn.Sequential(nn.SiLU(), nn.Linear(config.width, TARGETS + BASES + AXES))

    def forward(self, text: Conditioning) -> Chosen:
        """Minus infinity where a shape lacks the frame."""
        target, base, axes = self.read(self.pool(text)).split([TARGETS, BASES, AXES], dim=-1)
        has_target, has_base = available(text.shapes)
        target, base = target.masked_fill(~has_target, -torch.inf), base.masked_fill(~has_base, -torch.inf)
        return target.log_softmax(dim=-1), base.log_softmax(dim=-1), axes.log_softmax(dim=-1)


def anchor_loss(chosen: Chosen, spreads: Tensor) -> Tensor:
    """How unlikely an `AnchorNet` is to choose well, in nats of spread; spreads (p, TARGETS, BASES, AXES).

    Minus the logarithm of the mean of exp(-SHARP spread) over what it would choose. The mean spread itself would not do: a
    network that has come to rule out the right choice, since it suits most relations badly, would not learn of it any more.
    """
    target, base, axes = chosen
    joint = target[:, :, None, None] + base[:, None, :, None] + axes[:, None, None]
    return -(joint - SHARP * spreads).flatten(1).logsumexp(dim=1).mean() / SHARP


def contact_moments(vectors: Tensor, shapes: Tensor) -> Tensor:
    """(TARGETS, BASES, AXES, 3, 3): mean and variance of u, and mean of ln D, of a context's samples, however they are measured.

    vectors: (g, k, 15) samples with g pairs of shapes (g, 2, c). NaN between points that no pair of shapes has.
    """
    has_target, has_base = available(shapes)
    has_points = (has.any(dim=0).nonzero()[:, 0] for has in (has_target, has_base))
    pairs = torch.cartesian_prod(*has_points, torch.arange(AXES, device=shapes.device))
    choice = Choice(shapes.repeat(len(pairs), 1, 1), *pairs.T.repeat_interleave(len(shapes), dim=1))
    on_pairs = Anchors(*(part.unflatten(0, (len(pairs), len(shapes))) for part in vars(choice.anchors()).values()))
    u, unit = measured(unpack(vectors, validate=False), on_pairs)  # (c, g, k, 3)
    there = (has_target.T[pairs[:, 0]] & has_base.T[pairs[:, 1]])[..., None, None].expand(*u.shape[:3], 1)
    mean = _mean(u, there)
    table = vectors.new_full((TARGETS, BASES, AXES, 3, 3), torch.nan)
    moments = torch.stack([mean, _mean((u - mean[:, None, None]) ** 2, there), _mean(unit.log(), there)], dim=1)
    table[tuple(pairs.T)] = torch.where(there.any(dim=1).any(dim=1)[..., None], moments, torch.nan)
    return table


def anchor_spreads(moments: Tensor, relation: Tensor) -> Tensor:
    """(c, TARGETS, BASES, AXES) how badly each choice suits each context, in nats above the best; WORST where it is none.

    moments: (c, TARGETS, BASES, AXES, 3, 3) of `contact_moments`; relation: (c,) the number of each context's relation. The
    entropy of a Gaussian that is fitted to u D within the context, plus what one Gaussian for all contexts of its relation would
    add, and a little more for each box and for the target's axes, so that of choices that the data cannot tell apart one with
    names wins.
    """
    _, variance, unit = moments.unbind(dim=-2)
    spreads = _entropy(variance, unit) + sum(_surplus(moments, relation == number) for number in relation.unique())
    target, base, axes = torch.meshgrid(torch.arange(TARGETS), torch.arange(BASES), torch.arange(AXES), indexing="ij")
    plain = (target < BOX_TARGET).to(spreads) + (base < BOX_BASE).to(spreads) + (axes == OF_TARGET).to(spreads)
    spreads = (spreads + PLAIN_CHOICE * plain).nan_to_num(torch.inf)
    return (spreads - spreads.amin(dim=(1, 2, 3), keepdim=True)).clamp_max(WORST)


def _surplus(moments: Tensor, members: Tensor) -> Tensor:
    """(c, TARGETS, BASES, AXES) nats by which one Gaussian for all members is wider than their own, for the members; else 0.

    A choice that fewer than FEW members have is as bad as the worst that more have.
    """
    mean, variance, unit = moments[members].unbind(dim=-2)
    within, unit = variance.nanmean(dim=0), unit.nanmean(dim=0)
    between = (mean - mean.nanmean(dim=0)).square().nanmean(dim=0)
    surplus = _entropy(within + between, unit) - _entropy(within, unit)
    proven = (~mean[..., 0].isnan()).sum(dim=0) >= min(FEW, int(members.sum()))
    worst = surplus[proven].max()
    surplus = torch.where(proven, surplus, worst).clamp_max(worst)
    return torch.where(members[:, None, None, None], surplus, 0.0)


def _entropy(variance: Tensor, unit: Tensor) -> Tensor:
    """Of u D, up to a constant, summed over axes; nothing is known better than RESOLUTION."""
    return (0.5 * (variance + (RESOLUTION / unit.exp()) ** 2).log() + unit).sum(dim=-1)


def _mean(x: Tensor, there: Tensor) -> Tensor:
    """(c, 3) means of (c, g, k, 3) over the samples that are there (c, g, k, 1)."""
    return torch.where(there, x, 0.0).sum(dim=(1, 2)) / there.sum(dim=(1, 2))
