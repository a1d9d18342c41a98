"""The circle of cameras that a multi-view model was asked for: known but for the focal length and the picture's elevation.

Every camera looks at the centre of the circle from the same distance, and all have one lens. Two numbers are left; matches
between views tell them, because few epipolar geometries fit hundreds of matches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Array = NDArray[np.float64]
FOV_DEG = (15.0, 70.0)  # lenses that are looked for
ELEVATION_DEG = (-30.0, 80.0)  # and heights of the first camera
NEAR_PX = 2.0  # a match that lies so far from its epipolar line begins to look wrong
LEAST_PX, MOST_PX = 0.2, 8.0  # what "so far" may become when the matches have shown how exact they are
USUAL_FOV_DEG, USUAL_FACTOR, USUAL_SHARE = 35.0, 1.3, 0.05  # lenses of pictures of objects; counts as this share of the matches
_GRID = 16  # values of each that are tried at first
_AT_MOST = 4000  # matches are enough to tell two numbers


@dataclass(frozen=True, eq=False)
class Matches:
    """Pairs of pixels that may show one point. views: (m, 2) two views each. xy: (m, 2, 2) where, in the first and the second."""

    views: NDArray[np.int32]
    xy: Array

    def __getitem__(self, some: NDArray[np.bool_] | slice) -> Matches:
        return Matches(self.views[some], self.xy[some])


def orbit_poses(orbit_deg: Array, elevation_deg: float) -> Array:
    """(n, 4, 4) T_camera_world of cameras at distance 1 from the origin, which they look at; y is up.

    orbit_deg: (n, 2) azimuth and elevation from the first camera's own, which stands in the y-z plane where z > 0.
    """
    azimuth, up = np.radians(orbit_deg[:, 0]), np.radians(np.clip(elevation_deg + orbit_deg[:, 1], -89.0, 89.0))
    right = np.stack([np.cos(azimuth), np.zeros_like(up), -np.sin(azimuth)], axis=1)
    forward = -np.stack([np.cos(up) * np.sin(azimuth), np.sin(up), np.cos(up) * np.cos(azimuth)], axis=1)
    T = np.tile(np.eye(4), (len(up), 1, 1))
    T[:, :3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    T[:, 2, 3] = 1.0
    return T


def intrinsics(focal_px: float, size_px: tuple[int, int]) -> Array:
    """(3, 3) K of a lens with square pixels, whose axis goes through the middle of the picture (width, height)."""
    return np.array([[focal_px, 0, size_px[0] / 2], [0, focal_px, size_px[1] / 2], [0, 0, 1.0]])


def errors_px(matches: Matches, Ts_camera_world: Array, K: Array) -> Array:
    """(m,) signed Sampson distances: how far, to first order, matches are from where epipolar geometry has them."""
    own, which = np.unique(matches.views, axis=0, return_inverse=True)
    T_a, T_b = Ts_camera_world[own[:, 0]], Ts_camera_world[own[:, 1]]
    R = T_b[:, :3, :3] @ np.swapaxes(T_a[:, :3, :3], 1, 2)
    x, y, z = (T_b[:, :3, 3] - (R @ T_a[:, :3, 3:])[..., 0]).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    F = (np.linalg.inv(K).T @ cross @ R @ np.linalg.inv(K))[which.reshape(-1)]  # x_b^T F x_a = 0
    xa, xb = (np.concatenate([matches.xy[:, i], np.ones((len(matches.xy), 1))], axis=1) for i in (0, 1))
    lines_b, lines_a = np.einsum("mij,mj->mi", F, xa), np.einsum("mij,mi->mj", F, xb)
    slope = np.sqrt((lines_b[:, :2] ** 2).sum(axis=1) + (lines_a[:, :2] ** 2).sum(axis=1))
    return np.asarray((xb * lines_b).sum(axis=1) / np.maximum(slope, 1e-12))


def fit_orbit(matches: Matches, orbit_deg: Array, size_px: tuple[int, int]) -> tuple[float, float]:
    """The first camera's elevation in degrees and the focal length in pixels that suit the matches best.

    Many may be wrong: each counts little more when it is far off than when it is a few pixels off.
    """
    few = matches[:: max(1, len(matches.views) // _AT_MOST)]

    def errors(x: Array) -> Array:
        return errors_px(few, orbit_poses(orbit_deg, float(x[0])), intrinsics(focal_px(float(x[1]), size_px), size_px))

    def residuals(x: Array, near_px: float) -> Array:
        unusual = np.log(x[1] / USUAL_FOV_DEG) / np.log(USUAL_FACTOR)
        share = USUAL_SHARE * min(1.0, near_px / NEAR_PX) ** 2  # exact matches need no advice
        return np.append(errors(x) / near_px, np.full(int(np.ceil(share * len(few.views))), unusual))

    def cost(x: Array) -> float:
        return float(np.log1p(residuals(x, NEAR_PX) ** 2).sum())

    def refined(x: Array, near_px: float) -> Array:
        found = least_squares(residuals, x, args=(near_px,), bounds=(lows, highs), loss="cauchy", x_scale=10.0, max_nfev=30)
        return np.asarray(found.x)

    lows, highs = np.array([ELEVATION_DEG, FOV_DEG]).T
    grid = np.stack(np.meshgrid(*np.linspace(lows + 0.1, highs - 0.1, _GRID).T), axis=-1).reshape(-1, 2)
    starts = sorted(grid, key=cost)[:3]
    best = min((refined(start, NEAR_PX) for start in starts), key=cost)
    spread = 2.6 * float(np.quantile(np.abs(errors(best)), 0.3))  # of right matches: a standard deviation if most are right
    elevation, fov = refined(best, min(max(spread, LEAST_PX), MOST_PX))
    return float(elevation), focal_px(float(fov), size_px)


def focal_px(fov_deg: float, size_px: tuple[int, int]) -> float:
    """Of a vertical field of view."""
    return float(size_px[1] / 2 / np.tan(np.radians(fov_deg) / 2))
