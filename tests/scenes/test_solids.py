"""Meshes that run into each other: known depths, slopes, and what boxes get wrong."""

from __future__ import annotations

import numpy as np
import torch
from torch.testing import assert_close

from oor.catalog.category import categories
from scenes.energies import collision
from scenes.solids import CELLS, Solids, distance_field, near, penetration
from scenes.worlds import World

PAIR = torch.tensor([[0, 1]])


def upright(centres: list[list[float]], scales: list[list[float]]) -> World:
    n = len(centres)
    R = torch.eye(3, dtype=torch.float64).expand(n, 1, 3, 3)
    return World(R, torch.tensor(centres, dtype=torch.float64)[:, None], torch.tensor(scales, dtype=torch.float64)[:, None])


def test_the_field_of_a_ball_is_the_distance_to_it() -> None:
    field = distance_field(categories()["ball"].template)
    axis = (np.arange(-1, CELLS + 1) + 0.5) / CELLS - 0.5
    radius = np.linalg.norm(np.stack(np.meshgrid(axis, axis, axis, indexing="ij")), axis=0)
    assert np.abs(field - (radius - 0.5)).max() < 1.5 / CELLS


def test_balls_are_as_deep_in_each_other_as_they_overlap() -> None:
    solids, unit = Solids.of(["ball", "ball"]), [1.0, 1.0, 1.0]
    depths = [float(penetration(upright([[0, 0, 0], [d, 0, 0]], [unit, unit]), PAIR, solids)) for d in (1.05, 0.9, 0.7, 0.5)]
    assert depths[0] == 0 and 0 < depths[1] < depths[2] < depths[3]
    large = upright([[0, 0, 0], [2.1, 0, 0]], [[3.0] * 3, [3.0] * 3])
    same = penetration(upright([[0, 0, 0], [0.7, 0, 0]], [unit, unit]), PAIR, solids)
    assert_close(penetration(large, PAIR, solids), same)  # in units of the smaller one


def test_the_room_under_a_table_is_free_though_it_is_in_its_box() -> None:
    height = float(categories()["table"].template.extents[1])
    size = categories()["table"].template.extents.tolist()
    world = upright([[0, 0, 0], [0, 0.2 - height / 2, 0]], [size, [0.2, 0.2, 0.2]])
    solids = Solids.of(["table", "ball"])
    assert collision(world, PAIR) > 0 and near(world, PAIR).all()
    assert penetration(world, PAIR, solids) == 0
    through_the_top = World(world.R, world.t + torch.tensor([[[0.0, 0, 0]], [[0, height - 0.2, 0]]]).double(), world.scale)
    assert penetration(through_the_top, PAIR, solids) > 0


def test_slopes_are_those_of_finite_differences() -> None:
    solids = Solids.of(["ball", "mug"])
    world = upright([[0, 0, 0], [0.55, 0.13, 0.07]], [[1.0, 1.0, 1.0], [0.5, 0.6, 0.4]])
    t = world.t.clone().requires_grad_()
    depth = penetration(World(world.R, t, world.scale), PAIR, solids)
    (slope,) = torch.autograd.grad(depth.sum(), t)
    step, numeric = 1e-7, torch.zeros_like(t)
    for i in range(2):
        for axis in range(3):
            ends = [world.t.clone(), world.t.clone()]
            ends[0][i, 0, axis] += step
            ends[1][i, 0, axis] -= step
            up, down = (penetration(World(world.R, end, world.scale), PAIR, solids) for end in ends)
            numeric[i, 0, axis] = float(up - down) / (2 * step)
    assert depth > 0.01
    assert_close(slope, numeric, atol=1e-4, rtol=1e-4)
    assert slope[1, 0, 0] < 0  # less deep further out


def test_only_what_is_near_can_collide() -> None:
    world = upright([[0, 0, 0], [0.9, 0, 0], [3, 0, 0]], [[1.0] * 3] * 3)
    pairs = torch.tensor([[0, 1], [0, 2], [1, 2]])
    assert near(world, pairs).tolist() == [True, False, False]
    assert (penetration(world, pairs, Solids.of(["ball"] * 3))[1:] == 0).all()
