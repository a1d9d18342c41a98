"""The circle of cameras: its geometry is that of the renderer, and matches tell what of it is not known."""

from __future__ import annotations

import numpy as np
import pytest

from lifting.orbit import Matches, errors_px, fit_orbit, focal_px, intrinsics, orbit_poses
from lifting.staging import Studio, scenes
from lifting.views import OrbitRenderer
from oor.catalog.contexts import Context

SIZE = (400, 300)
ORBIT = OrbitRenderer(sway_deg=8)


def seen(elevation: float, focal: float, points: int = 60, outliers: float = 0.0, noise_px: float = 0.0) -> Matches:
    """Matches of random points between neighbours on a circle; some are with another point."""
    rng = np.random.default_rng(5)
    world = np.c_[rng.uniform(-0.2, 0.2, (points, 3)), np.ones(points)]
    p_camera = world @ np.swapaxes(orbit_poses(ORBIT.orbit_deg, elevation)[:, :3], 1, 2)
    image = p_camera @ intrinsics(focal, SIZE).T
    pixels = image[..., :2] / image[..., 2:]
    pixels += noise_px * rng.normal(size=pixels.shape)
    views, xy = [], []
    for i in range(len(pixels)):
        j = (i + 1) % len(pixels)
        other = np.where(rng.random(points) < outliers, rng.permutation(points), np.arange(points))
        views.append(np.tile([i, j], (points, 1)))
        xy.append(np.stack([pixels[i], pixels[j][other]], axis=1))
    return Matches(np.concatenate(views).astype(np.int32), np.concatenate(xy))


def test_the_circle_is_that_of_the_renderer() -> None:
    scene = scenes(Context("teapot", "pours into", "teacup"), 0, studio=Studio(size_px=16, supersample=1))[0]
    true = np.stack([camera.T_camera_world for camera in ORBIT.cameras(scene, 0)])
    back = scene.camera.eye - scene.centre
    elevation = float(np.degrees(np.arcsin(back[1] / np.linalg.norm(back))))
    ours = orbit_poses(ORBIT.orbit_deg, elevation)
    true[:, :3, 3] = (true[:, :3, 3] + true[:, :3, :3] @ scene.centre) / np.linalg.norm(back)
    np.testing.assert_allclose(ours @ np.linalg.inv(ours[0]), true @ np.linalg.inv(true[0]), atol=1e-9)
    np.testing.assert_allclose(ours[:, :3, 3], np.tile([0, 0, 1], (21, 1)), atol=1e-12)


def test_a_match_lies_on_its_epipolar_line_and_a_moved_one_as_far_off_as_it_moved() -> None:
    matches = seen(20, 500)
    K = intrinsics(500, SIZE)
    poses = orbit_poses(ORBIT.orbit_deg, 20)
    assert np.abs(errors_px(matches, poses, K)).max() < 1e-9
    moved = matches.xy.copy()
    moved[:, 1, 1] += 0.5  # lines run across, so most of this is away from them, shared by two pictures
    off = np.abs(errors_px(Matches(matches.views, moved), poses, K))
    assert 0.25 < np.median(off) < 0.5


@pytest.mark.parametrize(("elevation", "focal"), [(-10, 260.0), (0, 420.0), (25, 420.0), (60, 700.0)])
def test_the_unknown_two_numbers_are_found(elevation: float, focal: float) -> None:
    found = fit_orbit(seen(elevation, focal), ORBIT.orbit_deg, SIZE)
    assert found == pytest.approx((elevation, focal), rel=1e-3, abs=1e-2)


def test_they_are_found_among_noise_and_wrong_matches() -> None:
    elevation, focal = fit_orbit(seen(30, 420, points=200, outliers=0.4, noise_px=0.3), ORBIT.orbit_deg, SIZE)
    assert abs(elevation - 30) < 0.5 and abs(focal / 420 - 1) < 0.05


def test_a_field_of_view_has_its_focal_length() -> None:
    assert focal_px(90, SIZE) == pytest.approx(150)
