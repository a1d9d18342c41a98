"""Circles of views: exact at level 0, and less consistent the more one asks for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from lifting.images import Picture, photograph
from lifting.staging import SWAY_DEG, Studio, scenes
from lifting.views import VIEWS, OrbitRenderer, Views, ViewSynthesizer, read_views, write_views
from lifting.world import Scene
from oor.catalog.contexts import Context

POUR = Context("teapot", "pours into", "teacup")
FEW = OrbitRenderer(views=5, supersample=1)
LEVELS = (0.0, 0.2, 0.5, 1.0)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A scene with weak textures, so that neighbouring pixels are alike."""
    return scenes(POUR, 2, studio=Studio(size_px=80, supersample=1, detail=0.4))[0]


@pytest.fixture(scope="module")
def picture(scene: Scene) -> Picture:
    return photograph(scene, 2, supersample=1)


@pytest.fixture(scope="module")
def by_level(scene: Scene, picture: Picture) -> list[Views]:
    return [replace(FEW, inconsistency=level)(picture, scene, 3) for level in LEVELS]


def test_the_orbit_is_that_of_sv3d() -> None:
    orbit = OrbitRenderer()
    assert len(orbit.orbit_deg) == VIEWS == 21 and not orbit.orbit_deg[:, 1].any()
    np.testing.assert_allclose(np.diff(orbit.orbit_deg[:, 0]), 360 / 21)
    swaying = OrbitRenderer(sway_deg=10).orbit_deg
    assert np.abs(swaying[:, 1]).max() == pytest.approx(10, rel=0.01) and swaying[0].tolist() == [0, 0]
    assert abs(swaying[:, 1].mean()) < 1e-9


def test_view_0_is_the_picture_at_every_level(by_level: list[Views], picture: Picture) -> None:
    for views in by_level:
        assert views.rgb.shape == (5, 80, 80, 3) and views.rgb[0].tobytes() == picture.rgb.tobytes()


def test_the_orbit_of_a_camera_starts_at_the_camera(scene: Scene) -> None:
    first = scene.orbit(0, 0)
    np.testing.assert_allclose(first.T_camera_world, scene.camera.T_camera_world, atol=1e-9)
    np.testing.assert_array_equal(first.K, scene.camera.K)
    for azimuth, sway in ((120.0, 0.0), (250.0, -9.0)):
        a, b = scene.camera.eye - scene.centre, scene.orbit(azimuth, sway).eye - scene.centre
        assert np.linalg.norm(a) == pytest.approx(np.linalg.norm(b))
        turned = np.degrees(np.arctan2(b[0], b[2]) - np.arctan2(a[0], a[2])) % 360
        raised = np.degrees(np.arcsin(b[1] / np.linalg.norm(b)) - np.arcsin(a[1] / np.linalg.norm(a)))
        assert turned == pytest.approx(azimuth) and raised == pytest.approx(sway, abs=1e-9)


def test_consistent_views_are_renders_from_the_cameras_they_name(scene: Scene, picture: Picture) -> None:
    orbit = replace(FEW, sway_deg=SWAY_DEG)
    views, cameras = orbit(picture, scene, 9), orbit.cameras(scene, 1)  # no seed matters
    for rgb, seen in zip(views.rgb, scene.views(cameras, 1), strict=True):
        assert rgb.tobytes() == seen.rgb.tobytes()
        rows, columns = np.nonzero(seen.ids >= 0)
        assert min(rows.min(), columns.min()) >= 2 and max(rows.max(), columns.max()) <= 77


def test_consistent_views_show_a_point_in_one_colour(scene: Scene) -> None:
    """A visible point of one view, projected into another one, is either hidden there or has the same colour."""
    cameras = FEW.cameras(scene, 0)[:2]
    near = [scene.orbit(12, 0), scene.camera]
    for pair in (cameras, near):
        a, b = scene.views(pair, 1)
        rows, columns = np.nonzero(a.ids >= 0)
        pixels = np.stack([columns, rows], axis=1) + 0.5
        world = pair[0].unproject(pixels, a.depth[rows, columns])
        there, depth = pair[1].project(world)
        place = (there - 0.5).T[::-1]
        smooth = map_coordinates(np.where(np.isfinite(b.depth), b.depth, 1e3), place, order=1)
        both = np.abs(smooth - depth) < 2e-3 * depth
        both &= b.ids[tuple(np.round(place).astype(int))] == a.ids[rows, columns]
        colours = np.stack([map_coordinates(b.rgb[..., c].astype(float), place, order=1) for c in range(3)], axis=1)
        error = np.abs(colours - a.rgb[rows, columns]).mean(axis=1)[both]
        assert both.sum() > 60 and np.median(error) < 4 and error.mean() < 12


def test_views_disagree_more_the_more_one_asks_for_it(by_level: list[Views]) -> None:
    truth = by_level[0].rgb.astype(float)
    errors = np.array([[np.abs(rgb - right).mean() for rgb, right in zip(views.rgb, truth, strict=True)] for views in by_level])
    assert (errors[:, 0] == 0).all() and (np.diff(errors[:, 1:].mean(axis=1)) > 0).all()
    assert (errors[-1, 1:] > errors[1, 1:]).all() and (errors[1, 1:] > 0).all()


def test_cameras_and_poses_stray_in_proportion(scene: Scene) -> None:
    eyes = [np.stack([camera.eye for camera in replace(FEW, inconsistency=level).cameras(scene, 3)]) for level in LEVELS]
    away = np.array([np.linalg.norm(eye - eyes[0], axis=1) for eye in eyes])
    assert (away[:, 0] == 0).all() and (np.diff(away[:, 1:], axis=0) > 0).all()
    np.testing.assert_allclose(away[1, 1:] / away[3, 1:], 0.2, rtol=0.15)


def test_however_inconsistent_the_background_stays_white_and_the_objects_are_there(by_level: list[Views], scene: Scene) -> None:
    for views in by_level:
        for rgb in views.rgb:
            assert (rgb[:2] == 255).all() and (rgb[:, :2] == 255).all()
            ink = (rgb < 250).any(axis=-1).mean()
            assert 0.04 < ink < 0.7


def test_the_same_seed_gives_the_same_views_and_another_one_others(scene: Scene, picture: Picture) -> None:
    orbit = OrbitRenderer(views=3, supersample=1, inconsistency=0.5)
    one, again, other = (orbit(picture, scene, seed).rgb for seed in (1, 1, 2))
    assert one.tobytes() == again.tobytes() and (one[1:] != other[1:]).any(axis=(1, 2, 3)).all()
    more = replace(orbit, views=6)(picture, scene, 1)
    assert more.rgb.shape[0] == 6


def test_a_picture_whose_truth_is_unknown_cannot_be_turned(picture: Picture) -> None:
    synthesize: ViewSynthesizer = FEW
    with pytest.raises(ValueError, match="truth about this picture is not known"):
        synthesize(picture, None, 0)


@pytest.mark.parametrize("changes", [{"views": 0}, {"sway_deg": SWAY_DEG + 1}, {"inconsistency": 1.1}, {"inconsistency": -0.1},
                                     {"inconsistency": float("nan")}, {"supersample": 0}, {"sway_deg": float("nan")}])
def test_impossible_orbits_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is not possible"):
        OrbitRenderer(**changes)  # type: ignore[arg-type]


def test_views_read_back_are_the_same_and_missing_ones_are_named(tmp_path: Path, by_level: list[Views]) -> None:
    write_views(tmp_path, by_level[2])
    again = read_views(tmp_path)
    assert again.rgb.tobytes() == by_level[2].rgb.tobytes()
    np.testing.assert_allclose(again.orbit_deg, by_level[2].orbit_deg)
    (tmp_path / "03.png").unlink()
    with pytest.raises(ValueError, match=r"lacks 03\.png of 5 views"):
        read_views(tmp_path)
