"""Eqs. 5 and 6: the relation between two registered boxes, whatever the world's frame, and one of all that look the same."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import roma
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lifting.benchmarks.problems import placed as any_similarity
from lifting.relative import PlacedBox, placed, relative, viewer
from lifting.similarity import Similarity
from lifting.structure import Structure
from lifting.symmetry import rotation_error
from oor.catalog.category import Symmetry
from oor.relation import Relation, gauge, pack, unpack

seeds = st.integers(0, 2**31)
NONE = Symmetry(1)
symmetries = st.sampled_from([NONE, Symmetry(0), Symmetry(2), Symmetry(4), Symmetry(0, "x"), Symmetry(2, "z"), Symmetry(3)])


def turn(rng: np.random.Generator) -> Tensor:
    return any_similarity(rng).R


def relation(rng: np.random.Generator) -> Relation:
    sizes = torch.from_numpy(rng.uniform(0.2, 1.5, (2, 3)))
    return gauge(Relation(turn(rng), torch.from_numpy(rng.normal(size=3)), sizes[0], sizes[1]))


def registered(wanted: Relation, S_world_base: Similarity, target: Symmetry = NONE, base: Symmetry = NONE
               ) -> tuple[PlacedBox, PlacedBox]:
    """The boxes of templates whose registrations stand in a relation."""
    boxes = []
    for R, t, scale, symmetry in ((wanted.R_base_target, wanted.t_base_target, wanted.scale_target, target),
                                  (torch.eye(3).double(), torch.zeros(3).double(), wanted.scale_base, base)):
        length = scale.max()
        boxes.append(placed(S_world_base @ Similarity(R, t, length), scale / length, symmetry))
    return boxes[0], boxes[1]


def moved(box: PlacedBox, S: Similarity) -> PlacedBox:
    return replace(box, R=S.R @ box.R, t=S(box.t[None])[0], scale=S.scale * box.scale)


def group_turn(symmetry: Symmetry, rng: np.random.Generator) -> Tensor:
    angle = rng.uniform(0, 2 * math.pi) if symmetry.fold == 0 else 2 * math.pi / symmetry.fold * rng.integers(symmetry.fold)
    axis = torch.zeros(3, dtype=torch.float64)
    axis["xyz".index(symmetry.axis)] = angle
    R: Tensor = roma.rotvec_to_rotmat(axis)
    return R


@given(seeds)
def test_a_known_relation_comes_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted = relation(rng)
    found = relative(*registered(wanted, any_similarity(rng)))
    torch.testing.assert_close(pack(found), pack(wanted), atol=1e-9, rtol=1e-9)
    assert float(found.scale_base.max()) == pytest.approx(1, abs=1e-12)
    torch.testing.assert_close(pack(unpack(pack(found))), pack(found), atol=1e-9, rtol=0)


@given(seeds, symmetries, symmetries)
def test_the_world_does_not_matter(seed: int, target: Symmetry, base: Symmetry) -> None:
    rng = np.random.default_rng(seed)
    boxes, S, R_world_viewer = registered(relation(rng), any_similarity(rng), target, base), any_similarity(rng), turn(rng)
    plain = relative(*boxes, R_world_viewer)
    again = relative(moved(boxes[0], S), moved(boxes[1], S), S.R @ R_world_viewer)
    torch.testing.assert_close(pack(again), pack(plain), atol=1e-7, rtol=1e-7)


@given(seeds, symmetries, symmetries)
def test_what_looks_the_same_gives_the_same(seed: int, target: Symmetry, base: Symmetry) -> None:
    """Registrations that differ by a turn of either object are one relation, and that relation is among those that look it."""
    rng = np.random.default_rng(seed)
    wanted, R_world_viewer = relation(rng), turn(rng)
    boxes = registered(wanted, any_similarity(rng), target, base)
    other = (replace(boxes[0], R=boxes[0].R @ group_turn(target, rng)), replace(boxes[1], R=boxes[1].R @ group_turn(base, rng)))
    plain, again = relative(*boxes, R_world_viewer), relative(*other, R_world_viewer)
    torch.testing.assert_close(pack(again), pack(plain), atol=1e-6, rtol=1e-6)
    assert float(plain.t_base_target.norm()) == pytest.approx(float(wanted.t_base_target.norm()), rel=1e-9)
    assert torch.equal(plain.scale_target, relative(*boxes).scale_target)
    assert float(rotation_error(relative(*other).R_base_target, relative(other[0], other[1]).R_base_target, target)) < 1e-6


@given(seeds)
def test_a_round_base_faces_the_viewer_and_the_target_is_turned_least(seed: int) -> None:
    rng = np.random.default_rng(seed)
    azimuth, up = rng.uniform(-3, 3), rng.uniform(0.1, 1.2)
    wanted = replace(relation(rng), R_base_target=group_turn(Symmetry(0), rng))
    target, base = registered(wanted, Similarity.identity(), Symmetry(0), Symmetry(0))
    R_world_viewer = roma.rotvec_to_rotmat(torch.tensor([0.0, azimuth, 0.0]).double()) @ roma.rotvec_to_rotmat(
        torch.tensor([-up, 0.0, 0.0]).double())
    found = relative(target, base, R_world_viewer)
    torch.testing.assert_close(found.R_base_target, torch.eye(3).double(), atol=1e-6, rtol=0)
    before, after = (math.atan2(float(t[0]), float(t[2])) for t in (wanted.t_base_target, found.t_base_target))
    assert math.remainder(before - azimuth - after, 2 * math.pi) == pytest.approx(0, abs=1e-6)


def test_the_viewer_is_the_first_view_that_was_placed() -> None:
    Ts = np.tile(np.eye(4), (3, 1, 1))
    Ts[0] = np.nan
    Ts[1, :3, :3] = [[0, 0, -1], [0, -1, 0], [-1, 0, 0]]  # looks along -x, its right is -z, y is up
    nothing = np.zeros(0, np.int32)
    structure = Structure(np.zeros((0, 3)), np.tile(np.eye(3), (3, 1, 1)), Ts, nothing, nothing, np.zeros((0, 2)))
    expected = torch.tensor([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]], dtype=torch.float64)
    assert torch.equal(viewer(structure), expected) and float(torch.linalg.det(expected)) == 1
    with pytest.raises(ValueError, match="no view"):
        viewer(replace(structure, Ts_camera_world=np.full((3, 4, 4), np.nan)))
