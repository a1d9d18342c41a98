"""COLMAP on circles of views whose truth is known: cameras, points, and what is refused."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from lifting.benchmarks.structure import SURFACE, true_structure
from lifting.colmap import Colmap, Mode, circle_pairs
from lifting.images import photograph
from lifting.staging import Studio, scenes
from lifting.structure import FILE, Structure, StructureError, StructureFromMotion, tidied, write_structure
from lifting.sweep import foreground
from lifting.views import OrbitRenderer, Views
from lifting.world import Scene
from oor.catalog.contexts import Context

Array = NDArray[np.float64]
ORBIT = OrbitRenderer(supersample=1)
SFM: StructureFromMotion = Colmap()


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A scene with much texture."""
    return scenes(Context("book", "on", "bookshelf"), 1, studio=Studio(size_px=256, supersample=1, detail=1.5))[0]


@pytest.fixture(scope="module")
def views(scene: Scene) -> Views:
    return ORBIT(photograph(scene, 1, supersample=1), scene, 1)


@pytest.fixture(scope="module")
def structure(views: Views) -> Structure:
    return SFM(views, 0)


def angles_deg(a: Array, b: Array) -> Array:
    """(n,) between rotations (n, 3, 3)."""
    chord = np.linalg.norm(a - b, axis=(1, 2)) / np.sqrt(8)
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(chord, 1))))


def check(structure: Structure, scene: Scene, camera_deg: float, near: float) -> None:
    """Cameras are right to so many degrees; 9 of 10 points are on a surface, to `near` of the distance of the cameras."""
    truth, placed = tidied(true_structure(scene, ORBIT, 1)), structure.placed
    found = structure.Ts_camera_world[placed]
    assert angles_deg(found[:, :3, :3], truth.Ts_camera_world[placed, :3, :3]).max() < camera_deg
    away, index = cKDTree(truth.points).query(structure.points)
    assert np.quantile(away, 0.9) < near
    on_target = index[away < near] < SURFACE
    assert min(on_target.sum(), (~on_target).sum()) >= 100


def test_every_view_is_placed_and_the_points_lie_on_both_objects(structure: Structure, scene: Scene) -> None:
    assert structure.placed.all()
    check(structure, scene, camera_deg=0.5, near=0.015)
    assert structure.Ks[0, 0, 0] == pytest.approx(scene.camera.K[0, 0], rel=0.04)


def test_observations_are_where_the_points_fall(structure: Structure) -> None:
    p_camera = np.einsum("mij,mj->mi", structure.Ts_camera_world[structure.view, :3, :3], structure.points[structure.point])
    p_camera += structure.Ts_camera_world[structure.view, :3, 3]
    image = np.einsum("mij,mj->mi", structure.Ks[structure.view], p_camera)
    off = np.linalg.norm(image[:, :2] / image[:, 2:] - structure.xy, axis=1)
    assert (p_camera[:, 2] > 0).all() and np.median(off) < 0.5 and off.max() < 6
    assert (np.diff(structure.point) >= 0).all() and np.bincount(structure.point, minlength=len(structure.points)).min() >= 2


def test_the_sweep_adds_points_and_leaves_the_cameras(structure: Structure, views: Views) -> None:
    sparse = replace(Colmap(), dense=None)(views, 0)
    np.testing.assert_array_equal(sparse.Ts_camera_world, structure.Ts_camera_world)
    np.testing.assert_array_equal(sparse.points, structure.points[: len(sparse.points)])
    assert len(structure.points) > 2 * len(sparse.points)


def test_equal_views_and_seed_give_equal_bytes(structure: Structure, views: Views, tmp_path: Path) -> None:
    write_structure(tmp_path / "a", structure)
    write_structure(tmp_path / "b", SFM(Views(views.rgb.copy(), views.orbit_deg.copy()), 0))
    assert (tmp_path / "a" / FILE).read_bytes() == (tmp_path / "b" / FILE).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["incremental", "global"])
def test_without_the_circle_large_textured_views_are_enough(mode: Mode) -> None:
    large = scenes(Context("book", "on", "bookshelf"), 1, studio=Studio(supersample=1, detail=1.5))[0]
    views = ORBIT(photograph(large, 1, supersample=1), large, 1)
    found = Colmap(mode)(views, 0)
    check(found, large, camera_deg=1.5, near=0.015)
    again = Colmap(mode, dense=None)(views, 0)
    assert again.points.tobytes() == found.points[: len(again.points)].tobytes()


def test_views_that_show_nothing_are_refused(views: Views) -> None:
    white = np.full((5, 64, 64, 3), 255, np.uint8)
    circle = np.c_[np.arange(5) * 72.0, np.zeros(5)]
    with pytest.raises(StructureError, match="view 0 is blank"):
        SFM(Views(white, circle), 0)
    with pytest.raises(StructureError, match="1 views show too little"):
        SFM(Views(views.rgb[:1], views.orbit_deg[:1]), 0)
    grey = white.copy()
    grey[:, 16:48, 16:48] = 128
    with pytest.raises(StructureError, match="too little texture"):
        SFM(Views(grey, circle), 0)


def test_views_that_are_all_the_same_are_refused(views: Views) -> None:
    with pytest.raises(StructureError, match="nothing moves"):
        SFM(Views(np.repeat(views.rgb[:1], 5, axis=0), views.orbit_deg[:5]), 0)


def test_nothing_is_left_behind(views: Views, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(StructureError):
        SFM(Views(np.repeat(views.rgb[:1], 3, axis=0), views.orbit_deg[:3]), 0)
    assert list(tmp_path.iterdir()) == []


def test_without_pycolmap_it_says_what_to_install(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(ValueError, match=r"pip install oor-toolkit\[lift\]"):
        SFM(views, 0)


@pytest.mark.parametrize("changes", [{"mode": "guess"}, {"neighbours": 0}, {"peak": 0.0}, {"least_placed": 1.5}])
def test_impossible_settings_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is not possible"):
        Colmap(**changes)  # type: ignore[arg-type]


def test_neighbours_go_all_the_way_round() -> None:
    assert circle_pairs(5, 1) == [(0, 1), (0, 4), (1, 2), (2, 3), (3, 4)]
    assert len(circle_pairs(21, 3)) == 63 and circle_pairs(3, 5) == [(0, 1), (0, 2), (1, 2)]


def test_the_foreground_is_what_is_not_near_white() -> None:
    rgb = np.full((1, 2, 2, 3), 255, np.uint8)
    rgb[0, 0, 1, 2] = 200
    assert foreground(rgb)[0].tolist() == [[False, True], [False, False]]
