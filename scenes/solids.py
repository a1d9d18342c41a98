"""Do meshes run into each other? Surface points of one against the signed distance to the other, both with slopes.

Boxes cannot say: the box of a tilted knife is mostly air, and so is the room under a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from diffusion.coordinates import half_turned
from oor.catalog.category import categories
from oor.catalog.posed import Posed, shape_of
from oor.catalog.template import Array, Template, once_per_template
from scenes.worlds import World

CELLS = 32  # of a distance field, along each edge of the object's box
POINTS = 128  # surface points of an object, of those that it is judged by
EMPTY = 1e-6  # deeper than this, the middle of a cell is inside


@dataclass(frozen=True, eq=False)
class Solids:
    """Distance fields and surface points of u templates, and which of them each of n objects has.

    fields: (u, c, c, c) signed distances in canonical units at the middles of the cells of the box and of one layer around it,
    positive outside. points: (u, m, 3) on the surface, in the unit cube. extents: (u, 3) canonical box edges. kinds: (n,).
    """

    fields: Tensor
    points: Tensor
    extents: Tensor
    kinds: Tensor

    @staticmethod
    def of(names: Sequence[str]) -> Solids:
        """The solids of n objects of these categories, in float64."""
        distinct = list(dict.fromkeys(names))
        templates = [categories()[name].template for name in distinct]
        return Solids(
            torch.from_numpy(np.stack([distance_field(template) for template in templates])),
            torch.from_numpy(np.stack([shape_of(template).cloud[:POINTS] for template in templates])),
            torch.from_numpy(np.stack([template.extents for template in templates])),
            torch.tensor([distinct.index(name) for name in names]),
        )

    def rows(self, objects: Tensor) -> Solids:
        """Those of some of the objects, in that order; repeated ones too."""
        return Solids(self.fields, self.points, self.extents, self.kinds[objects])


@once_per_template
def distance_field(template: Template) -> Array:
    """(c + 2, c + 2, c + 2) signed distance of cell middles to the surface in canonical units, positive outside."""
    axis = (np.arange(-1, CELLS + 1) + 0.5) / CELLS - 0.5
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(1, -1, 3)
    one = Posed(template, np.eye(3)[None], np.zeros((1, 3)), template.extents[None])
    inside = (one.depth_of(grid * template.extents) > EMPTY).reshape(3 * (CELLS + 2,))
    cell = template.extents / CELLS
    half = 0.5 * cell.min()  # from the middle of a cell to its nearest side
    out, within = (distance_transform_edt(where, sampling=cell) for where in (~inside, inside))
    return np.asarray(np.where(inside, half - within, out - half))


def penetration(world: World, pairs: Tensor, solids: Solids) -> Tensor:
    """(p, k) how deep the objects of pairs (p, 2) are in each other, in units of the smaller one's longest edge.

    The root of the summed squares of the depths of both objects' surface points: 0 where no point of one is in the other.
    """
    first, second = pairs.unbind(dim=1)
    depths = torch.cat([_depths(world, a, b, solids) for a, b in ((first, second), (second, first))], dim=-1)
    size = world.scale.amax(dim=-1)
    squares = depths.square().sum(dim=-1)
    root = torch.where(squares > 0, squares, 1.0).sqrt() * (squares > 0)  # the root has no slope at 0
    return root / torch.minimum(size[first], size[second])


def near(world: World, pairs: Tensor) -> Tensor:
    """(p,) whether the world-axis-aligned boxes of a pair meet in any sample: nothing else can collide."""
    half = half_turned(world.R, world.scale)
    first, second = pairs.unbind(dim=1)
    apart = (world.t[first] - world.t[second]).abs() - half[first] - half[second]
    return (apart.amax(dim=-1) < 0).any(dim=-1)


def _depths(world: World, movers: Tensor, walls: Tensor, solids: Solids) -> Tensor:
    """(p, k, m) how deep the surface points of `movers` (p,) are in `walls` (p,), in world units."""
    mover, wall, kinds = world.of(movers), world.of(walls), solids.kinds[walls]
    points = (mover.scale[..., None, :] * solids.points[solids.kinds[movers]][:, None]) @ mover.R.mT + mover.t[..., None, :]
    local = ((points - wall.t[..., None, :]) @ wall.R) / wall.scale[..., None, :]
    boxed = (local.detach().abs() < 0.5).all(dim=-1)  # the others are outside
    fields = kinds[:, None, None].expand(boxed.shape)[boxed]
    depth = (-_sampled(solids.fields, fields, local[boxed])).clamp_min(0)
    size = (wall.scale / solids.extents[kinds][:, None]).log().mean(dim=-1).exp()
    return torch.zeros_like(local[..., 0]).masked_scatter(boxed, depth) * size[..., None]


def _sampled(fields: Tensor, which: Tensor, points: Tensor) -> Tensor:
    """(q,) values of fields (u, c, c, c), the one of `which` (q,) for each point (q, 3) of the unit cube, linear in between."""
    place = (points + 0.5) * CELLS + 0.5  # cell middles are at whole numbers
    low = place.detach().floor().clamp(0, CELLS).long()
    share = place - low
    value = torch.zeros_like(points[:, 0])
    for corner in range(8):
        bits = torch.tensor([corner >> 2 & 1, corner >> 1 & 1, corner & 1], device=fields.device)
        x, y, z = (low + bits).unbind(dim=1)
        value = value + torch.where(bits > 0, share, 1 - share).prod(dim=1) * fields[which, x, y, z]
    return value
