"""Worlds: where all objects of a scene graph are, and how relations of pairs make them and are read off them.

Tensors lead with objects n or edges e and then samples k: a batch of worlds is R (n, k, 3, 3), t (n, k, 3), scale (n, k, 3). An
edge's relation is measured in units of its base's longest edge; a child's place in the world is therefore

    T_world_child = T_world_base @ T_base_child with lengths times the base's longest edge in the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import roma
import torch
from torch import Tensor

from oor.relation import Relation, gauge
from oor.scene_graph import SceneGraph


@dataclass(frozen=True, eq=False)
class World:
    """Rigid poses and box edges of n objects in k worlds (or any other leading dimensions)."""

    R: Tensor  # (n, k, 3, 3)
    t: Tensor  # (n, k, 3) box centres
    scale: Tensor  # (n, k, 3) > 0

    def of(self, objects: Tensor) -> World:
        """Some of the objects, in that order; repeated ones too."""
        return World(self.R[objects], self.t[objects], self.scale[objects])

    def samples(self, index: Tensor) -> World:
        """Some of the samples."""
        return World(self.R[:, index], self.t[:, index], self.scale[:, index])


@dataclass(frozen=True, eq=False)
class Wiring:
    """A scene graph in numbers: objects in topological order by depth, edges in the order of the graph.

    nodes: ids of the n objects, the root first. bases, targets: (e,) places of each edge's objects among them. levels: for each
    depth from 1 on, the edges (into objects of that depth); an object's depth is the longest way from the root.
    """

    nodes: tuple[str, ...]
    bases: Tensor
    targets: Tensor
    levels: tuple[Tensor, ...]

    @staticmethod
    def of(graph: SceneGraph) -> Wiring:
        """The wiring of a graph."""
        depth: dict[str, int] = {}
        for node in graph.topological_order():
            depth[node] = 1 + max((depth[parent] for parent in graph.parents(node)), default=-1)
        nodes = tuple(sorted(depth, key=lambda node: depth[node]))  # stable: topological within a depth
        place = {node: i for i, node in enumerate(nodes)}
        levels = [[i for i, edge in enumerate(graph.edges) if depth[edge.target] == level] for level in
                  range(1, 1 + max(depth.values()))]
        return Wiring(nodes, torch.tensor([place[edge.base] for edge in graph.edges]),
                      torch.tensor([place[edge.target] for edge in graph.edges]), tuple(map(torch.tensor, levels)))

    @cached_property
    def parents(self) -> Tensor:
        """(n,) how many bases each object has."""
        return torch.bincount(self.targets, minlength=len(self.nodes))

    @cached_property
    def strangers(self) -> Tensor:
        """(p, 2) pairs of objects that no edge relates: what must not run into each other."""
        related = {frozenset(pair) for pair in zip(self.bases.tolist(), self.targets.tolist(), strict=True)}
        pairs = [pair for pair in combinations(range(len(self.nodes)), 2) if frozenset(pair) not in related]
        return torch.tensor(pairs, dtype=torch.long).view(-1, 2)


def proposals(relation: Relation, wiring: Wiring) -> tuple[World, World]:
    """What each edge says of its target (e, k, ...), and the worlds (n, k, ...) in which objects are at the mean of that.

    The root is at the origin, unturned, and as large as its edges say on average, up to the unit: its longest edge is 1.
    Means of rotations are the means of their first two columns, orthonormalised. Differentiable.
    """
    from_root = relation.scale_base[wiring.bases == 0].mean(dim=0)
    scale = [(from_root / from_root.amax(dim=-1, keepdim=True))[None]]
    R = [torch.eye(3).to(from_root).expand(1, *from_root.shape[:-1], 3, 3)]
    t = [torch.zeros_like(scale[0])]
    told: list[World] = []
    for edges in wiring.levels:
        so_far = World(torch.cat(R), torch.cat(t), torch.cat(scale))
        told.append(placed(_rows(relation, edges), so_far.of(wiring.bases[edges])))
        first = int(wiring.targets[edges].min())
        slots = wiring.targets[edges] - first
        R.append(roma.special_gramschmidt(_mean(told[-1].R[..., :2], slots)))
        t.append(_mean(told[-1].t, slots))
        scale.append(_mean(told[-1].scale, slots))
    order = torch.cat(wiring.levels).argsort()
    every = World(*(torch.cat([getattr(part, name) for part in told])[order] for name in ("R", "t", "scale")))
    return every, World(torch.cat(R), torch.cat(t), torch.cat(scale))


def placed(relation: Relation, base: World) -> World:
    """The targets of relations (e, k) whose bases are these (e, k)."""
    unit = base.scale.amax(dim=-1, keepdim=True)
    t = base.t + (base.R @ (unit * relation.t_base_target)[..., None])[..., 0]
    return World(base.R @ relation.R_base_target, t, unit * relation.scale_target)


def relations(base: World, target: World) -> Relation:
    """The relations that hold between placed objects, in units of the bases' longest edges."""
    R_base_world = base.R.mT
    t = (R_base_world @ (target.t - base.t)[..., None])[..., 0]
    return gauge(Relation(R_base_world @ target.R, t, target.scale, base.scale))


def edge_relations(world: World, wiring: Wiring) -> Relation:
    """The relation (e, k) of every edge as it holds in the worlds."""
    return relations(world.of(wiring.bases), world.of(wiring.targets))


def at_root(world: World) -> World:
    """The same worlds seen from their root: it is at the origin, unturned, its longest edge 1."""
    unit = world.scale[:1].amax(dim=-1, keepdim=True)
    R_root_world = world.R[:1].mT
    t = (R_root_world @ ((world.t - world.t[:1]) / unit)[..., None])[..., 0]
    return World(R_root_world @ world.R, t, world.scale / unit)


def moved(world: World, step: Tensor) -> World:
    """Worlds after steps (n, k, 9): a turn about the object's own axes, a shift in units of its size, a change of log edges."""
    turn, shift, growth = step.split(3, dim=-1)
    size = world.scale.amax(dim=-1, keepdim=True)
    return World(world.R @ roma.rotvec_to_rotmat(turn), world.t + size * shift, world.scale * growth.exp())


def joined(worlds: Sequence[World]) -> World:
    """The samples of all of them."""
    return World(*(torch.cat([getattr(world, name) for world in worlds], dim=1) for name in ("R", "t", "scale")))


def _rows(relation: Relation, edges: Tensor) -> Relation:
    return Relation(relation.R_base_target[edges], relation.t_base_target[edges], relation.scale_target[edges],
                    relation.scale_base[edges])


def _mean(values: Tensor, slots: Tensor) -> Tensor:
    """Means of values (e, ...) that have the same slot (e,)."""
    count = torch.bincount(slots).to(values)
    total = values.new_zeros(len(count), *values.shape[1:]).index_add(0, slots, values)
    return total / count.view(-1, *[1] * (values.dim() - 1))
