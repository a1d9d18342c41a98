"""Oriented boxes against published volumes, and against what is known without computing."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from oor.boxes import UNIT_CORNERS, corners, intersection_volume, iou, volume
from oor.relation import Relation, T_base_target, target_to_base

TEST_DATA = Path(os.environ.get("OOR_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))  # noqa: TID251
laws = settings(deadline=None, max_examples=30, derandomize=True)
seeds = st.integers(0, 2**31)
Array = NDArray[np.float64]


def reference(name: str) -> dict[str, Array]:
    path = TEST_DATA / "numeric" / name
    if not path.is_file():
        pytest.skip(f"no reference data at {path}; set OOR_TEST_DATA")
    with np.load(path) as arrays:
        return {key: np.asarray(arrays[key], float) for key in arrays.files}


def assembled(scalars: dict[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    """An array stored as one scalar per element, called name_0_0, name_0_1, ..."""
    return np.array([scalars["_".join([name, *map(str, index)])] for index in np.ndindex(shape)]).reshape(shape)


def pose(rng: np.random.Generator) -> Array:
    T = np.eye(4)
    T[:3, :3] = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()
    T[:3, 3] = rng.normal(size=3)
    return T


def moved(T: Array, points: Array) -> Array:
    return points @ T[:3, :3].T + T[:3, 3]


def test_all_pairs_match_the_published_volumes_and_ious() -> None:
    arrays = reference("objectron_vols_ious.npz")
    pairs = [(a, b) for a in arrays["boxes1"] for b in arrays["boxes2"]]
    volumes = np.array([intersection_volume(a, b) for a, b in pairs]).reshape(5, 5)
    ious = np.array([iou(a, b) for a, b in pairs]).reshape(5, 5)
    np.testing.assert_allclose(volumes, arrays["vols"], atol=1e-6)
    np.testing.assert_allclose(ious, arrays["ious"], atol=1e-6)
    np.testing.assert_allclose(ious, arrays["ious_sampling"], atol=0.01)


@pytest.mark.parametrize("which", ["1", "2"])
def test_real_boxes_are_their_pose_and_edges(which: str) -> None:
    scalars = reference("real_boxes.npz")
    box, R = assembled(scalars, "box" + which, (6,)), assembled(scalars, "pose" + which, (3, 3))
    vertices = assembled(scalars, "verts" + which, (8, 3))
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = R, box[:3]
    built = corners(T, box[[5, 4, 3]])  # the file lists the edges as z, y, x
    nearest = np.linalg.norm(built[:, None] - vertices[None], axis=-1).min(axis=1)
    assert nearest.max() < 1e-5  # float32 coordinates near 60
    assert iou(vertices, built) > 1 - 1e-5
    assert volume(vertices) == pytest.approx(box[3:].prod(), rel=1e-5)


def test_real_boxes_overlap_with_themselves_only() -> None:
    scalars = reference("real_boxes.npz")
    first, second = assembled(scalars, "verts1", (8, 3)), assembled(scalars, "verts2", (8, 3))
    upright = assembled(scalars, "verts1_from_identity", (8, 3))
    assert [iou(first, first), iou(second, second)] == pytest.approx([1, 1], abs=1e-5)
    assert iou(first, second) == 0
    assert 0.1 < iou(first, upright) < 0.9


@laws
@given(seeds)
def test_parallel_boxes_overlap_by_the_product_of_their_overlaps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    T, a, b, offset = pose(rng), rng.uniform(0.1, 2, 3), rng.uniform(0.1, 2, 3), rng.uniform(-1, 1, 3)
    shifted = T.copy()
    shifted[:3, 3] += T[:3, :3] @ offset
    expected = np.clip(np.minimum(a / 2, offset + b / 2) - np.maximum(-a / 2, offset - b / 2), 0, None).prod()
    assert intersection_volume(corners(T, a), corners(shifted, b)) == pytest.approx(expected, abs=1e-6)


@laws
@given(seeds)
def test_iou_is_symmetric_ignores_order_and_the_choice_of_world(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = corners(pose(rng), rng.uniform(0.5, 2, 3)), corners(pose(rng), rng.uniform(0.5, 2, 3))
    world = pose(rng)
    value = iou(a, b)
    assert 0 <= value <= 1
    assert iou(rng.permutation(b), rng.permutation(a)) == pytest.approx(value, abs=1e-9)
    assert iou(7.0 * moved(world, a), 7.0 * moved(world, b)) == pytest.approx(value, abs=1e-9)


@laws
@given(seeds)
def test_a_box_inside_another_shares_its_whole_volume(seed: int) -> None:
    rng = np.random.default_rng(seed)
    T, edges = pose(rng), rng.uniform(0.1, 0.5, 3)
    inner, outer = corners(T, edges), corners(np.eye(4), np.full(3, 20.0))
    assert intersection_volume(inner, outer) == pytest.approx(edges.prod(), rel=1e-9)
    assert iou(inner, outer) == pytest.approx(edges.prod() / 8000, rel=1e-9)


def test_the_turned_cube_meets_the_cube_in_an_octagon() -> None:
    T = np.eye(4)
    T[:3, :3] = Rotation.from_euler("y", 45, degrees=True).as_matrix()
    assert intersection_volume(corners(T, np.ones(3)), UNIT_CORNERS) == pytest.approx(2 * (np.sqrt(2) - 1), abs=1e-12)


@pytest.mark.parametrize("gap", [0.0, 1e-12, 1e-3, 5.0])
def test_touching_and_disjoint_boxes_share_nothing(gap: float) -> None:
    beside = UNIT_CORNERS + np.array([1 + gap, 0.3, 0.2])
    assert intersection_volume(UNIT_CORNERS, beside) == 0
    assert iou(UNIT_CORNERS, UNIT_CORNERS + np.array([1 + gap, 1, 1])) == 0


def test_boxes_whose_bounds_overlap_can_still_be_apart() -> None:
    T = np.eye(4)
    T[:3, :3] = Rotation.from_euler("z", 45, degrees=True).as_matrix()
    T[:3, 3] = [1.1, 1.1, 0]
    assert intersection_volume(UNIT_CORNERS, corners(T, [1, 1, 1])) == 0


def test_flat_and_pointlike_boxes_have_no_volume() -> None:
    flat, point = corners(np.eye(4), [1, 0, 1]), corners(np.eye(4), [0, 0, 0])
    assert [volume(flat), intersection_volume(flat, UNIT_CORNERS), iou(flat, flat), iou(point, point)] == [0, 0, 0, 0]


@pytest.mark.parametrize("bad", [np.zeros((8, 2)), np.full((8, 3), np.nan)])
def test_bad_corners_are_refused(bad: Array) -> None:
    with pytest.raises(ValueError, match="A box"):
        intersection_volume(UNIT_CORNERS, bad)


def test_corners_are_batched_and_agree_with_equation_2() -> None:
    rng = np.random.default_rng(0)
    Ts, edges = np.stack([[pose(rng) for _ in range(2)] for _ in range(3)]), rng.uniform(0.1, 2, (3, 2, 3))
    relation = Relation(torch.tensor(Ts[..., :3, :3]), torch.tensor(Ts[..., :3, 3]), torch.tensor(edges), torch.ones(3))
    expected = target_to_base(relation, torch.tensor(UNIT_CORNERS.tolist(), dtype=torch.float64)).numpy()
    np.testing.assert_allclose(corners(T_base_target(relation).numpy(), edges), expected, atol=1e-12)
    with pytest.raises(ValueError, match="Corners need"):
        corners(np.eye(3), np.ones(3))
