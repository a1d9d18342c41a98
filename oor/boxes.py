"""Oriented boxes: what the scale of an object describes. Corners, intersection volume, intersection over union."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection

Array = NDArray[np.float64]

UNIT_CORNERS: Array = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))  # (8, 3), z varies fastest
UNIT_CORNERS.setflags(write=False)
THINNEST = 1e-7  # thinner than this part of its length, a body has no volume (the linear programme sees no finer)


def corners(T_world_box: ArrayLike, scale: ArrayLike) -> Array:
    """The corners `(..., 8, 3)` of boxes centred in their frames, in the order of `UNIT_CORNERS`.

    `T_world_box` is rigid `(..., 4, 4)` and `scale` holds the edges `(..., 3)`: Eq. 2 at the corners of the unit cube.
    For gradients, apply `oor.relation.target_to_base` to `UNIT_CORNERS` instead.
    """
    T, lengths = np.asarray(T_world_box, float), np.asarray(scale, float)
    if T.shape[-2:] != (4, 4) or lengths.shape[-1:] != (3,):
        raise ValueError(f"Corners need transforms (..., 4, 4) and scales (..., 3), got {T.shape}, {lengths.shape}.")
    scaled = lengths[..., None, :] * UNIT_CORNERS
    points: Array = scaled @ np.swapaxes(T[..., :3, :3], -1, -2) + T[..., None, :3, 3]
    return points


def intersection_volume(corners_a: ArrayLike, corners_b: ArrayLike) -> float:
    """The volume shared by two boxes given by their corners `(8, 3)`, in any order. Disjoint, touching or flat: 0.

    Works for any convex bodies given by their corners. The bodies are moved and scaled to the origin first, so the
    result is as exact far from the origin, or for small boxes, as the coordinates are.
    """
    a, b = _body(corners_a), _body(corners_b)
    centre = np.concatenate([a, b]).mean(axis=0)
    size = float(min(np.ptp(a, axis=0).max(), np.ptp(b, axis=0).max()))
    if size == 0 or _boxes_apart(a, b):
        return 0.0
    a, b = (a - centre) / size, (b - centre) / size
    if _is_flat(a) or _is_flat(b):
        return 0.0
    halfspaces = np.concatenate([_faces(a), _faces(b)])
    inside, radius = _deepest_point(halfspaces)
    if radius < THINNEST:
        return 0.0
    shared = HalfspaceIntersection(halfspaces, inside).intersections
    return 0.0 if _is_flat(shared) else float(ConvexHull(shared).volume) * size**3


def volume(corners_box: ArrayLike) -> float:
    """The volume of one box (or convex body) given by its corners `(8, 3)` in any order; 0 when it is flat."""
    points = _body(corners_box)
    return 0.0 if _is_flat(points) else float(ConvexHull(points - points.mean(axis=0)).volume)


def iou(corners_a: ArrayLike, corners_b: ArrayLike) -> float:
    """Intersection over union of two boxes given by their corners `(8, 3)`, in [0, 1]; 0 for two flat boxes."""
    shared = intersection_volume(corners_a, corners_b)
    union = volume(corners_a) + volume(corners_b) - shared
    return min(1.0, shared / union) if union > 0 else 0.0


def _body(points: ArrayLike) -> Array:
    body = np.asarray(points, float)
    if body.ndim != 2 or body.shape[-1] != 3 or len(body) < 4:
        raise ValueError(f"A box is given by its corners (8, 3), got shape {body.shape}.")
    if not np.isfinite(body).all():
        raise ValueError("A box has a corner that is NaN or infinite; drop it or fix what produced it.")
    return body


def _boxes_apart(a: Array, b: Array) -> bool:
    """True when the axis-aligned bounds do not overlap: the cheap answer for most pairs."""
    return bool(np.any((a.min(axis=0) >= b.max(axis=0)) | (b.min(axis=0) >= a.max(axis=0))))


def _is_flat(points: Array) -> bool:
    widths = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(len(points) < 4 or widths[-1] <= THINNEST * widths[0])


def _faces(points: Array) -> Array:
    """Half-spaces `(n, 4)`: normal . x + offset <= 0 inside. Qhull splits faces that rounding bent: merged here."""
    equations = ConvexHull(points).equations
    _, kept = np.unique(equations.round(6), axis=0, return_index=True)
    faces: Array = equations[kept]
    return faces


def _deepest_point(halfspaces: Array) -> tuple[Array, float]:
    """Centre and radius of the largest ball inside all half-spaces, by linear programming; radius 0 if none."""
    normals, offsets = halfspaces[:, :3], halfspaces[:, 3]
    with_radius = np.column_stack([normals, np.linalg.norm(normals, axis=1)])
    result = linprog([0, 0, 0, -1], A_ub=with_radius, b_ub=-offsets, bounds=[(None, None)] * 3 + [(0, None)])
    return (result.x[:3], float(result.x[3])) if result.success else (np.zeros(3), 0.0)
