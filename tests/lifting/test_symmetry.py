"""Rotations that look the same are at no distance, and one of them stands for all."""

from __future__ import annotations

import math

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lifting.benchmarks.problems import placed
from lifting.symmetry import canonical, canonical_rotation, rotation_error, turned
from oor.catalog.category import Symmetry

laws = settings(deadline=None, max_examples=40, derandomize=True)
seeds = st.integers(0, 2**31)
symmetries = st.builds(Symmetry, st.sampled_from([0, 1, 2, 3, 4, 8]), st.sampled_from("xyz"))


def rotations(seed: int, count: int = 6) -> torch.Tensor:
    return roma.random_rotmat(count, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def turn(symmetry: Symmetry, rng: np.random.Generator) -> torch.Tensor:
    """One of its turns."""
    angle = rng.uniform(-9, 9) if symmetry.fold == 0 else rng.integers(-9, 9) * 2 * math.pi / symmetry.fold
    axis = torch.eye(3, dtype=torch.float64)["xyz".index(symmetry.axis)]
    return roma.rotvec_to_rotmat(angle * axis)


def every_turn(symmetry: Symmetry) -> torch.Tensor:
    """All of them, or a tight grid."""
    count = symmetry.fold or 7200
    axis = torch.eye(3, dtype=torch.float64)["xyz".index(symmetry.axis)]
    return roma.rotvec_to_rotmat(torch.arange(count).double()[:, None] * (2 * math.pi / count) * axis)


@laws
@given(seeds, symmetries)
def test_the_error_is_the_least_over_all_turns(seed: int, symmetry: Symmetry) -> None:
    a, b = rotations(seed), rotations(seed + 1)
    brute = roma.rotmat_geodesic_distance(a[:, None] @ every_turn(symmetry), b[:, None]).amin(dim=1)
    tolerance = 1e-7 if symmetry.fold else 1e-3
    torch.testing.assert_close(rotation_error(a, b, symmetry), brute, atol=tolerance, rtol=0)


@laws
@given(seeds, symmetries)
def test_turns_on_either_side_are_no_error(seed: int, symmetry: Symmetry) -> None:
    rng = np.random.default_rng(seed)
    a, b = rotations(seed), rotations(seed + 1)
    plain = rotation_error(a, b, symmetry)
    torch.testing.assert_close(rotation_error(a @ turn(symmetry, rng), b @ turn(symmetry, rng), symmetry), plain)
    torch.testing.assert_close(rotation_error(b, a, symmetry), plain)
    torch.testing.assert_close(rotation_error(a @ turn(symmetry, rng), a, symmetry), torch.zeros_like(plain), atol=1e-7, rtol=0)


@laws
@given(seeds, symmetries)
def test_the_error_does_not_depend_on_the_world_and_obeys_the_triangle(seed: int, symmetry: Symmetry) -> None:
    a, b, c, world = rotations(seed), rotations(seed + 1), rotations(seed + 2), rotations(seed + 3, 1)
    ab = rotation_error(a, b, symmetry)
    torch.testing.assert_close(rotation_error(world @ a, world @ b, symmetry), ab)
    assert (rotation_error(a, c, symmetry) <= ab + rotation_error(b, c, symmetry) + 1e-9).all()


@laws
@given(seeds, symmetries)
def test_one_rotation_stands_for_all_that_look_the_same(seed: int, symmetry: Symmetry) -> None:
    R, rng = rotations(seed), np.random.default_rng(seed)
    stands = canonical_rotation(R, symmetry)
    torch.testing.assert_close(canonical_rotation(R @ turn(symmetry, rng), symmetry), stands)
    torch.testing.assert_close(canonical_rotation(stands, symmetry), stands)
    assert (rotation_error(stands, R, symmetry) < 1e-7).all()
    upright = torch.eye(3, dtype=torch.float64).expand_as(R)
    torch.testing.assert_close(roma.rotmat_geodesic_distance(stands, upright), rotation_error(R, upright, symmetry))


@pytest.mark.parametrize("axis", "xyz")
def test_upside_down_one_rotation_stands_for_all_as_well(axis: str) -> None:
    """A cup on its opening: there, no turn is nearest to none."""
    symmetry = Symmetry(0, axis)
    across = torch.eye(3, dtype=torch.float64)[("xyz".index(axis) + 1) % 3]
    inverted = roma.rotvec_to_rotmat(math.pi * across) @ every_turn(Symmetry(36, axis))
    stands = canonical_rotation(inverted, symmetry)
    torch.testing.assert_close(stands, stands[:1].expand_as(stands))
    assert (rotation_error(stands, inverted, symmetry) < 1e-7).all()


def test_a_plate_turned_by_any_angle_is_as_it_was_and_a_mug_is_not() -> None:
    turned = roma.rotvec_to_rotmat(torch.tensor([0, 1.0, 0], dtype=torch.float64))
    upright = torch.eye(3, dtype=torch.float64)
    expected = {"revolution": 0, "none": 1, "4-fold": math.pi / 2 - 1, "half-turn": 1}
    errors = {text: float(rotation_error(turned, upright, Symmetry.of(text))) for text in expected}
    assert errors == pytest.approx(expected, abs=1e-7)


@laws
@given(seeds, symmetries)
def test_a_registration_keeps_its_place_and_size_and_what_it_looks_like(seed: int, symmetry: Symmetry) -> None:
    S = placed(np.random.default_rng(seed))
    stands = canonical(S, symmetry)
    assert stands.t.equal(S.t) and stands.scale.equal(S.scale)
    assert float(rotation_error(stands.R, S.R, symmetry)) < 1e-7


def test_it_is_differentiable() -> None:
    w = torch.tensor([0.3, 0.8, -0.2], dtype=torch.float64, requires_grad=True)
    for symmetry in (Symmetry(0), Symmetry(4)):
        assert torch.autograd.gradcheck(lambda v, s=symmetry: canonical_rotation(roma.rotvec_to_rotmat(v), s), (w,))


@pytest.mark.parametrize("symmetry", [Symmetry(1), Symmetry(2), Symmetry(4, "x"), Symmetry(0), Symmetry(0, "z")], ids=str)
def test_points_are_turned_to_where_they_are_nearest(symmetry: Symmetry) -> None:
    rng = np.random.default_rng(0)
    points, seen = torch.from_numpy(rng.normal(size=(2, 5, 40, 3)))
    found = turned(points, seen, symmetry)
    axis = torch.eye(3, dtype=torch.float64)["xyz".index(symmetry.axis)]
    angles = 2 * math.pi * torch.arange(symmetry.fold or 720, dtype=torch.float64) / (symmetry.fold or 720)
    every = torch.stack([points @ roma.rotvec_to_rotmat(angle * axis).mT for angle in angles])
    least = torch.linalg.vector_norm(every - seen, dim=-1).amin(dim=0)
    close = 0.02 if symmetry.fold == 0 else 1e-9
    torch.testing.assert_close(torch.linalg.vector_norm(found - seen, dim=-1), least, atol=close, rtol=0)
    nearest = torch.linalg.vector_norm(every - found, dim=-1).amin(dim=0)
    assert float(nearest.max()) < close  # it is the point after one of the turns
