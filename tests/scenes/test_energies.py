"""The paper's energies: zero where they should be, known values, slopes that finite differences confirm."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from oor.relation import Relation, pack, unpack
from oor.scene_graph import Edge, SceneGraph
from scenes.energies import collision, inconsistency, inconsistency_parts, relation_collision
from scenes.worlds import Wiring, World, edge_relations

Random = Callable[..., World]


def disturbed(relation: Relation, seed: int = 0) -> Tensor:
    vectors = pack(relation)
    return vectors + 0.05 * torch.randn(vectors.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def boxes(*centres_and_edges: tuple[list[float], list[float]]) -> World:
    centres, edges = (torch.tensor(part, dtype=torch.float64)[:, None] for part in zip(*centres_and_edges, strict=True))
    return World(torch.eye(3, dtype=torch.float64).expand(len(centres), 1, 3, 3), centres, edges)


PAIR = torch.tensor([[0, 1]])


def test_what_one_world_has_is_consistent(wiring: Wiring, random_world: Random) -> None:
    parts = inconsistency_parts(edge_relations(random_world(4, 6), wiring), wiring)
    assert torch.stack(parts).abs().max() < 1e-20


def test_the_energy_is_the_mean_of_its_parts_each_of_which_counts(wiring: Wiring, random_world: Random) -> None:
    relation = unpack(disturbed(edge_relations(random_world(4, 6), wiring)))
    parts = torch.stack(inconsistency_parts(relation, wiring))
    assert (parts > 1e-6).all()
    assert_close(inconsistency(relation, wiring), parts.mean(dim=0))


def test_edges_of_the_root_that_differ_in_its_scale_are_the_first_part() -> None:
    wiring = Wiring.of(SceneGraph([Edge("a", "on", "r", "a on r"), Edge("b", "on", "r", "b on r")]))
    one = torch.ones(2, 1, 3, dtype=torch.float64)
    scale_base = torch.tensor([[[1.0, 0.5, 0.4]], [[1.0, 0.7, 0.4]]], dtype=torch.float64)
    relation = Relation(torch.eye(3, dtype=torch.float64).expand(2, 1, 3, 3), one, one, scale_base)
    first, second, third = inconsistency_parts(relation, wiring)
    assert_close(first, torch.tensor([0.1**2 / 3], dtype=torch.float64))
    assert second == 0 and third == 0


def test_bases_that_differ_in_where_an_object_is_are_the_second_part(wiring: Wiring, random_world: Random) -> None:
    true = edge_relations(random_world(4, 3), wiring)
    t = true.t_base_target.clone()
    t[0] += torch.tensor([0.3, 0.0, 0.0], dtype=torch.float64)  # the desk's word on the keyboard: by 0.3 of its unit
    first, second, third = inconsistency_parts(Relation(true.R_base_target, t, true.scale_target, true.scale_base), wiring)
    spread = 0.3**2 * (1 / 3) * (2 / 3) / 12  # of 0, 0, 0.3; one of twelve numbers
    assert_close(second, torch.full((3,), spread, dtype=torch.float64))
    assert first.abs().max() < 1e-20 and third.abs().max() < 1e-20


def test_proportions_of_a_base_that_differ_from_its_own_are_the_third_part() -> None:
    wiring = Wiring.of(SceneGraph([Edge("b", "on", "a", "b on a"), Edge("c", "on", "b", "c on b")]))
    eye = torch.eye(3, dtype=torch.float64).expand(2, 1, 3, 3)
    one = torch.ones(2, 1, 3, dtype=torch.float64)
    target = torch.tensor([[[0.5, 0.4, 0.2]], [[0.1, 0.1, 0.1]]], dtype=torch.float64)

    def third(base: list[float]) -> Tensor:
        scales = torch.stack([one[0], torch.tensor([base], dtype=torch.float64)])
        return inconsistency_parts(Relation(eye, one, target, scales), wiring)[2]

    assert third([1.0, 0.8, 0.4]).abs().max() < 1e-30  # the paper's own example
    ratios = torch.tensor([0.5, 0.4, 0.25], dtype=torch.float64)
    assert_close(third([1.0, 1.0, 0.8])[0], ratios.var(correction=0))


def test_boxes_overlap_by_a_volume() -> None:
    cube = [1.0, 1.0, 1.0]
    assert_close(collision(boxes(([0, 0, 0], cube), ([0.5, 0, 0], cube)), PAIR), torch.tensor([0.5], dtype=torch.float64))
    assert collision(boxes(([0, 0, 0], cube), ([1.01, 0, 0], cube)), PAIR) == 0
    turned = boxes(([0, 0, 0], cube), ([1.1, 0, 0], cube))
    c = 0.5**0.5
    R = torch.tensor([[c, 0, c], [0, 1, 0], [-c, 0, c]], dtype=torch.float64)
    world = World(torch.stack([turned.R[0], R[None]]), turned.t, turned.scale)
    assert collision(world, PAIR) > 0  # turned by 45 degrees it reaches 0.207 further


def test_a_box_within_another_is_driven_out() -> None:
    t = torch.tensor([[[0.0, 0, 0]], [[0.1, 0, 0]]], dtype=torch.float64, requires_grad=True)
    world = boxes(([0, 0, 0], [2, 2, 2]), ([0, 0, 0], [0.2, 0.2, 0.2]))
    (slope,) = torch.autograd.grad(collision(World(world.R, t, world.scale), PAIR).sum(), t)
    assert slope[1, 0, 0] < -0.5 and slope[0, 0, 0] > 0.5  # less of it further out


@pytest.mark.parametrize("energy", [inconsistency, relation_collision])
def test_slopes_are_those_of_finite_differences(
    energy: Callable[[Relation, Wiring], Tensor], wiring: Wiring, random_world: Random
) -> None:
    close = random_world(4, 1, seed=3)
    vectors = disturbed(edge_relations(World(close.R, 0.2 * close.t, close.scale), wiring)).requires_grad_()
    assert (energy(unpack(vectors), wiring) > 0).all()
    assert torch.autograd.gradcheck(lambda v: energy(unpack(v, validate=False), wiring), (vectors,), eps=1e-6, atol=1e-6)
