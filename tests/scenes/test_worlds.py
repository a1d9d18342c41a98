"""Worlds and their relations: round trips, the unit, the order of a graph."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.testing import assert_close

from oor.relation import Relation, compose, pack
from oor.scene_graph import Edge, SceneGraph
from scenes.worlds import Wiring, World, at_root, edge_relations, moved, placed, proposals, relations

Random = Callable[..., World]


def same(one: World, other: World) -> None:
    for name in ("R", "t", "scale"):
        assert_close(getattr(one, name), getattr(other, name))


def test_depth_is_the_longest_way_and_bases_come_first(wiring: Wiring) -> None:
    assert wiring.nodes[0] == "desk" and wiring.nodes[-1] == "keyboard"
    assert (wiring.bases < wiring.targets).all()
    assert [len(level) for level in wiring.levels] == [2, 3]
    assert sorted(torch.cat(wiring.levels).tolist()) == list(range(5))
    assert wiring.parents.tolist() == [0, 1, 1, 3]


def test_strangers_are_the_pairs_without_an_edge(wiring: Wiring) -> None:
    pairs = [{wiring.nodes[i] for i in pair} for pair in wiring.strangers.tolist()]
    assert pairs == [{"monitor", "mouse"}]
    assert Wiring.of(SceneGraph([Edge("a", "on", "b", "a on b")])).strangers.shape == (0, 2)


def test_relations_of_a_world_place_it_again_from_every_base(wiring: Wiring, random_world: Random) -> None:
    world = random_world(4, 6)
    told, again = proposals(edge_relations(world, wiring), wiring)
    same(again, at_root(world))
    same(told, at_root(world).of(wiring.targets))


def test_seen_from_the_root_relations_are_the_same(wiring: Wiring, random_world: Random) -> None:
    world = random_world(4, 5, seed=1)
    seen = at_root(world)
    assert_close(seen.R[0], torch.eye(3, dtype=torch.float64).expand(5, 3, 3))
    assert_close(seen.t[0], torch.zeros(5, 3, dtype=torch.float64))
    assert_close(seen.scale[0].amax(dim=-1), torch.ones(5, dtype=torch.float64))
    assert_close(pack(edge_relations(seen, wiring)), pack(edge_relations(world, wiring)))


def test_lengths_add_up_along_a_chain_as_relations_compose(random_world: Random) -> None:
    wiring = Wiring.of(SceneGraph([Edge("b", "on", "a", "b on a"), Edge("c", "on", "b", "c on b")]))
    found = edge_relations(random_world(3, 4, seed=2), wiring)
    outer, inner = (Relation(*(part[i] for part in vars(found).values())) for i in range(2))
    whole = compose(outer, inner)
    _, world = proposals(found, wiring)
    assert_close(world.t[2], whole.t_base_target)
    assert_close(world.R[2], whole.R_base_target)
    assert_close(world.scale[2], whole.scale_target)


def test_a_target_is_where_its_relation_says(random_world: Random) -> None:
    base, target = random_world(2, 3, seed=3), random_world(2, 3, seed=4)
    same(placed(relations(base, target), base), target)


def test_the_mean_of_two_bases_is_between_them(wiring: Wiring, random_world: Random) -> None:
    relation = edge_relations(random_world(4, 2, seed=5), wiring)
    shifted = Relation(relation.R_base_target, relation.t_base_target + torch.arange(5)[:, None, None], relation.scale_target,
                       relation.scale_base)
    told, world = proposals(shifted, wiring)
    of_keyboard = (wiring.targets == 3).nonzero()[:, 0]
    assert_close(world.t[3], told.t[of_keyboard].mean(dim=0))
    assert_close(world.scale[3], told.scale[of_keyboard].mean(dim=0))
    assert_close(world.R[3] @ world.R[3].mT, torch.eye(3, dtype=torch.float64).expand(2, 3, 3))


def test_a_step_turns_about_the_object_shifts_by_its_size_and_grows_it(random_world: Random) -> None:
    world = random_world(2, 3, seed=6)
    step = torch.zeros(2, 3, 9, dtype=torch.float64)
    step[..., 1], step[..., 5], step[..., 8] = torch.pi / 2, 2.0, 0.5
    after = moved(world, step)
    assert_close(after.R[..., 0], -world.R[..., 2])  # x turns to -z about y
    assert_close(after.t[..., 2] - world.t[..., 2], 2 * world.scale.amax(dim=-1))
    assert_close(after.scale[..., 2] / world.scale[..., 2], torch.full((2, 3), torch.e**0.5, dtype=torch.float64))
