"""Telling two categories apart, learned on the spot: the network has seen all categories a little, a rehearsal these two a lot.

Instances of both are drawn alone, and together in any arrangement, since how they are arranged is what lifting is to find out.
What the network says of their pixels is all that a logistic regression needs to tell the one from the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import Tensor
from torch.nn import functional

from lifting.descriptor_data import Shots, pictures
from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context
from oor.catalog.programs import instance_sizes
from oor.relation import Relation, gauge, pack

Array = NDArray[np.float64]
STEPS = 10  # of Newton's method
EVERY = 2  # of the known points of a picture one in so many is used


@dataclass(frozen=True)
class Rehearsal:
    """What is drawn: `instances` of each category alone and `scenes` of both, `views` of each. ridge: keeps weights small."""

    instances: int = 12
    scenes: int = 16
    views: int = 4
    ridge: float = 0.003
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.instances, self.scenes, self.views) < 1 or not self.ridge > 0:
            raise ValueError(f"{self} is not possible; give instances, scenes and views >= 1, and ridge > 0")

    def shots(self, context: Context, size_px: int) -> Shots:
        """Pictures of target and base of a context, and points of which one knows whose they are."""
        rng = np.random.default_rng([self.seed, *str(context).encode()])
        table = categories()
        known = table[context.target], table[context.base]
        alone = np.zeros((self.views, 0))
        found = [pictures((category.instance(rng),), alone, rng, size_px) for category in known for _ in range(self.instances)]
        for _ in range(self.scenes):
            pair = known[0].instance(rng), known[1].instance(rng)
            found.append(pictures(pair, np.stack([anyhow(pair, rng) for _ in range(self.views)]), rng, size_px))
        return Shots.joined(found)


def anyhow(pair: tuple[Category, Category], rng: np.random.Generator) -> Array:
    """(15,) a relation of two instances of usual sizes that means nothing: turned anyhow, about as far apart as to touch."""
    edges = [instance_sizes(category, 1, rng)[0] for category in pair]
    upright = Rotation.from_rotvec([0, rng.uniform(0, 2 * np.pi), 0])
    R = (upright if rng.random() < 0.5 else Rotation.random(random_state=rng)).as_matrix()
    towards = rng.normal(size=3)
    towards /= np.linalg.norm(towards)
    room = np.abs(R) @ edges[0] / 2 + edges[1] / 2
    t = towards * (room / np.maximum(np.abs(towards), 1e-6)).min() * rng.uniform(0.6, 1.1)
    parts = (torch.from_numpy(np.ascontiguousarray(part, float)) for part in (R, t, *edges))
    return np.asarray(pack(gauge(Relation(*parts))))


@dataclass(frozen=True, eq=False)
class Probe:
    """Who tells one of two from what the network says of a pixel: weights (f,) and a bias."""

    weights: Tensor
    bias: float

    def __call__(self, maps: Tensor) -> Tensor:
        """(n, h, w) logits of maps (n, f, h, w): above zero the target."""
        return torch.einsum("nfhw,f->nhw", maps, self.weights) + self.bias


def rehearse(look: Callable[[NDArray[np.uint8]], Tensor], context: Context, rehearsal: Rehearsal, size_px: int) -> Probe:
    """A probe for a context. look: pictures (n, s, s, 3) to maps (n, f, h, w)."""
    shots = rehearsal.shots(context, size_px)
    maps = look(shots.rgb)
    xy = torch.from_numpy(shots.xy.astype(np.float32))[:, :, ::EVERY]
    found = functional.grid_sample(maps, 2 * xy.flatten(1, 2)[:, None] - 1, align_corners=False)
    told = found[:, :, 0].mT.unflatten(1, xy.shape[1:3])
    category = torch.from_numpy(shots.category.astype(np.int64))
    shown = category >= 0
    target = (category[shown] == list(categories()).index(context.target))[:, None].expand(-1, xy.shape[2])
    return logistic(told[shown].flatten(0, 1), target.flatten(), rehearsal.ridge)


def logistic(x: Tensor, yes: Tensor, ridge: float) -> Probe:
    """Logistic regression of (n,) booleans on (n, f), both sides of equal weight; ridge: on weights of standardised numbers."""
    x = x.double()
    mean, spread = x.mean(dim=0), x.std(dim=0) + 1e-6
    z = torch.cat([(x - mean) / spread, x.new_ones(len(x), 1)], dim=1)
    y = yes.double()
    share = torch.where(yes, 0.5 / y.mean().clamp_min(1e-9), 0.5 / (1 - y).mean().clamp_min(1e-9)) / len(x)
    keep = ridge * torch.eye(z.shape[1], dtype=x.dtype)
    keep[-1, -1] = 1e-9
    w = z.new_zeros(z.shape[1])
    for _ in range(STEPS):
        p = torch.sigmoid(z @ w)
        slope = z.mT @ (share * (p - y)) + keep @ w
        bend = z.mT @ ((share * (p * (1 - p)).clamp_min(1e-4))[:, None] * z) + keep
        w = w - torch.linalg.solve(bend, slope)
    weights = w[:-1] / spread
    return Probe(weights.float(), float(w[-1] - mean @ weights))
