"""Energies of the paper (section 3.3, Eq. 10; section B): what is wrong with a set of pairwise relations as one scene.

Both are scalars per sample, differentiable in the relations (e, k) of all edges.
"""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.coordinates import half_turned
from oor.relation import Relation, matrix_to_columns_6d
from scenes.worlds import Wiring, World, proposals


def inconsistency(relation: Relation, wiring: Wiring) -> Tensor:
    """(k,) the mean of the three parts of section B; 0 exactly where all edges agree on one scene."""
    return torch.stack(inconsistency_parts(relation, wiring)).mean(dim=0)


def inconsistency_parts(relation: Relation, wiring: Wiring) -> tuple[Tensor, Tensor, Tensor]:
    """(k,) each: (1) of the root's scale over its edges, (2) of objects over their bases, (3) of the edges' bases.

    (1) the variance of s_base over the edges out of the root. (2) The variance of an object's pose (six numbers of the rotation,
    three of the place) and scale in the world over its bases; the mean over the objects that have several. (3) For every edge
    whose base is not the root, the variance over the three axes of the ratio between the base's scale in the world and s_base;
    the mean over those edges. Each variance is the mean over the numbers it is of. A part that no edge or object has is 0.
    """
    told, world = proposals(relation, wiring)
    root = wiring.bases == 0
    of_root = relation.scale_base[root].var(dim=0, correction=0).mean(dim=-1)
    seen = torch.cat([matrix_to_columns_6d(told.R), told.t, told.scale], dim=-1)
    several = (wiring.parents > 1).nonzero()[:, 0].tolist()
    spreads = [seen[wiring.targets == node].var(dim=0, correction=0).mean(dim=-1) for node in several]
    ratios = world.scale[wiring.bases[~root]] / relation.scale_base[~root]
    none = torch.zeros_like(of_root)
    of_bases = ratios.var(dim=-1, correction=0).mean(dim=0) if len(ratios) else none
    return of_root, torch.stack(spreads).mean(dim=0) if several else none, of_bases


def collision(world: World, pairs: Tensor) -> Tensor:
    """(k,) the sum over pairs (p, 2) of how far their world-axis-aligned boxes overlap, as a volume.

    The overlap along an axis is how far one box must move along it to be clear of the other. That is the width of the common
    part where neither box is within the other, and, unlike it, still has a slope where one is.
    """
    half = half_turned(world.R, world.scale)
    first, second = pairs.unbind(dim=1)
    overlap = half[first] + half[second] - (world.t[first] - world.t[second]).abs()
    return overlap.clamp_min(0).prod(dim=-1).sum(dim=0)


def relation_collision(relation: Relation, wiring: Wiring) -> Tensor:
    """(k,) `collision` of the objects that no edge relates, where the relations put them."""
    return collision(proposals(relation, wiring)[1], wiring.strangers)
