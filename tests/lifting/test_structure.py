"""The form of a structure: which views are placed, its own frame, and its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lifting.orbit import intrinsics, orbit_poses
from lifting.structure import FILE, Structure, StructureError, read_structure, tidied, write_structure


def example(elevation: float = 25.0) -> Structure:
    """Eight cameras on a circle, the fourth not placed, and three points."""
    Ts = orbit_poses(np.c_[np.arange(8) * 45.0, np.zeros(8)], elevation)
    Ts[3] = np.nan
    points = np.random.default_rng(0).uniform(-0.2, 0.2, (3, 3))
    point, view = np.repeat(np.arange(3), 2).astype(np.int32), np.array([0, 1, 1, 2, 0, 5], np.int32)
    return Structure(points, np.tile(intrinsics(300, (256, 256)), (8, 1, 1)), Ts, point, view, np.full((6, 2), 9.5))


def moved(structure: Structure) -> Structure:
    """The same structure in another frame and another unit."""
    R, t, scale = Rotation.from_rotvec([0.4, -1.1, 2.0]).as_matrix(), np.array([3.0, -2.0, 0.7]), 4.2
    Ts = structure.Ts_camera_world.copy()
    Ts[:, :3, :3] = Ts[:, :3, :3] @ R.T
    Ts[:, :3, 3] = scale * Ts[:, :3, 3] - Ts[:, :3, :3] @ t
    return replace(structure, points=scale * structure.points @ R.T + t, Ts_camera_world=Ts)


def test_a_view_is_placed_where_its_camera_is_known() -> None:
    assert example().placed.tolist() == [True, True, True, False, True, True, True, True]


def test_a_circle_about_the_origin_is_tidy() -> None:
    tidy = tidied(example())
    np.testing.assert_allclose(tidy.Ts_camera_world, example().Ts_camera_world, atol=1e-9)
    np.testing.assert_allclose(tidy.points, example().points, atol=1e-9)


def test_a_tidy_structure_does_not_depend_on_the_frame_it_came_in() -> None:
    tidy, other = tidied(example()), tidied(moved(example()))
    np.testing.assert_allclose(other.points, tidy.points, atol=1e-9)
    np.testing.assert_allclose(other.Ts_camera_world, tidy.Ts_camera_world, atol=1e-9)
    assert np.linalg.det(other.Ts_camera_world[0, :3, :3]) == pytest.approx(1)


def test_cameras_that_tell_no_frame_are_refused() -> None:
    lone = example()
    lone.Ts_camera_world[1:] = np.nan
    with pytest.raises(StructureError, match="1 of 8 views"):
        tidied(lone)
    still = example()
    still.Ts_camera_world[:] = still.Ts_camera_world[0]
    with pytest.raises(StructureError, match="look the same way"):
        tidied(still)


def test_a_structure_read_back_is_the_same_and_written_again_has_the_same_bytes(tmp_path: Path) -> None:
    write_structure(tmp_path / "a", example())
    again = read_structure(tmp_path / "a")
    for name, array in vars(example()).items():
        np.testing.assert_array_equal(getattr(again, name), array)
        assert getattr(again, name).dtype == array.dtype
    write_structure(tmp_path / "b", again)
    assert (tmp_path / "a" / FILE).read_bytes() == (tmp_path / "b" / FILE).read_bytes()
