"""Closed solids to build templates from. Every function returns a watertight, outward-facing mesh with a flat colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import trimesh
from numpy.typing import ArrayLike, NDArray

Colour = tuple[int, int, int]
Point = tuple[float, float, float]

PORCELAIN: Colour = (236, 232, 222)
STEEL: Colour = (176, 182, 190)
DARK: Colour = (58, 60, 66)
WOOD: Colour = (176, 124, 74)
PALE_WOOD: Colour = (214, 178, 128)
RED: Colour = (196, 62, 52)
BLUE: Colour = (70, 110, 180)
GREEN: Colour = (88, 140, 78)
YELLOW: Colour = (226, 184, 70)
GLASS: Colour = (168, 200, 206)
CLAY: Colour = (186, 104, 72)
WHITE: Colour = (244, 244, 242)


def paint(mesh: trimesh.Trimesh, colour: Colour) -> trimesh.Trimesh:
    """The mesh with every face in one colour."""
    mesh.visual = trimesh.visual.ColorVisuals(mesh, face_colors=np.tile([*colour, 255], (len(mesh.faces), 1)))
    return mesh


def box(size: Point, centre: Point = (0, 0, 0), colour: Colour = WOOD) -> trimesh.Trimesh:
    """An axis-aligned box."""
    mesh = trimesh.creation.box(extents=size)
    mesh.apply_translation(centre)
    return paint(mesh, colour)


def ball(radii: float | Point, centre: Point = (0, 0, 0), colour: Colour = RED, subdivisions: int = 3) -> trimesh.Trimesh:
    """A sphere or ellipsoid."""
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions)
    mesh.vertices = mesh.vertices * np.broadcast_to(np.asarray(radii, float), (3,)) + np.asarray(centre, float)
    return paint(mesh, colour)


def lathe(profile: Sequence[tuple[float, float]], centre: Point = (0, 0, 0), colour: Colour = PORCELAIN,
          sections: int = 48) -> trimesh.Trimesh:
    """A profile of (radius, height) points turned about the y axis.

    Start and end on the axis (radius 0) to close it: up the outside and back down the inside makes a cup.
    """
    turned = trimesh.creation.revolve(np.asarray(profile, float), sections=sections)
    vertices = np.asarray(turned.vertices)[:, [0, 2, 1]] * [1, 1, -1]  # trimesh turns about z; rotate -90 deg about x
    mesh = trimesh.Trimesh(vertices + np.asarray(centre, float), turned.faces, process=True)
    return paint(_outward(mesh), colour)


def cylinder(radius: float, height: float, centre: Point = (0, 0, 0), axis: Point = (0, 1, 0), colour: Colour = STEEL,
             top: float | None = None, sections: int = 32) -> trimesh.Trimesh:
    """A cylinder along `axis`, or a frustum whose radius at the axis' end is `top`."""
    end = radius if top is None else max(top, 5e-3 * height)
    start = max(radius, 5e-3 * height)
    mesh = lathe([(0, -height / 2), (start, -height / 2), (end, height / 2), (0, height / 2)], sections=sections)
    mesh.apply_transform(trimesh.geometry.align_vectors([0, 1, 0], axis))
    mesh.apply_translation(centre)
    return paint(mesh, colour)


def tube(path: ArrayLike, radius: float | Sequence[float], colour: Colour = PORCELAIN, sections: int = 16) -> trimesh.Trimesh:
    """A round tube swept along (n, 3) points with flat end caps; one radius, or one per point."""
    points = np.asarray(path, float)
    radii = np.broadcast_to(np.asarray(radius, float), (len(points),))
    tangents = np.gradient(points, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    angles = np.linspace(0, 2 * np.pi, sections, endpoint=False)
    side = np.linalg.svd(tangents[:1])[2][-1]  # any direction across the first tangent
    rings = []
    for point, tangent, r in zip(points, tangents, radii, strict=True):
        side = side - tangent * (side @ tangent)  # carried along without twist
        side /= np.linalg.norm(side)
        rings.append(point + r * (np.outer(np.cos(angles), side) + np.outer(np.sin(angles), np.cross(tangent, side))))
    vertices = np.concatenate([*rings, points[:1], points[-1:]])
    n, k = sections, len(points)
    i, j = np.arange(n), (np.arange(n) + 1) % n
    walls = [np.column_stack([r * n + i, r * n + j, (r + 1) * n + j, (r + 1) * n + i]) for r in range(k - 1)]
    quads = np.concatenate(walls)
    caps = [np.column_stack([np.full(n, k * n), j, i]), np.column_stack([np.full(n, k * n + 1), (k - 1) * n + i, (k - 1) * n + j])]
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]], *caps])
    return paint(_outward(trimesh.Trimesh(vertices, faces, process=True)), colour)


def hull(points: ArrayLike, colour: Colour = STEEL) -> trimesh.Trimesh:
    """The convex hull of (n, 3) points."""
    return paint(trimesh.convex.convex_hull(np.asarray(points, float)), colour)


def slab(outline: ArrayLike, thickness: float, colour: Colour = STEEL) -> trimesh.Trimesh:
    """A plate: a simple polygon of (x, y) points, not necessarily convex, thickened along z about z = 0."""
    polygon = np.asarray(outline, float)
    if _signed_area(polygon) < 0:
        polygon = polygon[::-1]
    triangles = _ear_clip(polygon)
    n = len(polygon)
    front = np.column_stack([polygon, np.full(n, thickness / 2)])
    back = np.column_stack([polygon, np.full(n, -thickness / 2)])
    i, j = np.arange(n), (np.arange(n) + 1) % n
    walls = np.concatenate([np.column_stack([i, i + n, j + n]), np.column_stack([i, j + n, j])])
    faces = np.concatenate([triangles, triangles[:, ::-1] + n, walls])
    return paint(_outward(trimesh.Trimesh(np.concatenate([front, back]), faces, process=False)), colour)


def arc(centre: Point, radius: float, start_deg: float, stop_deg: float, plane: str = "xy", count: int = 16) -> NDArray[np.float64]:
    """(count, 3) points on a circular arc, for tubes; angle 0 along the plane's first axis, 90 along its second."""
    angles = np.radians(np.linspace(start_deg, stop_deg, count))
    points = np.tile(np.asarray(centre, float), (count, 1))
    points[:, "xyz".index(plane[0])] += radius * np.cos(angles)
    points[:, "xyz".index(plane[1])] += radius * np.sin(angles)
    return points


def turned(mesh: trimesh.Trimesh, angle_deg: float, axis: Point, about: Point = (0, 0, 0)) -> trimesh.Trimesh:
    """The mesh rotated by an angle about an axis through a point."""
    mesh.apply_transform(trimesh.transformations.rotation_matrix(np.radians(angle_deg), axis, about))
    return mesh


def joined(*meshes: trimesh.Trimesh) -> trimesh.Trimesh:
    """Several closed solids as one part (they may overlap)."""
    return trimesh.util.concatenate(list(meshes))


def _outward(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    if mesh.volume < 0:
        mesh.invert()
    return mesh


def _signed_area(polygon: NDArray[np.float64]) -> float:
    x, y = polygon.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _ear_clip(polygon: NDArray[np.float64]) -> NDArray[np.int64]:
    """Triangles of a counter-clockwise simple polygon, by cutting ears."""
    ring, triangles = list(range(len(polygon))), []
    while len(ring) > 3:
        for k in range(len(ring)):
            a, b, c = ring[k - 1], ring[k], ring[(k + 1) % len(ring)]
            others = [p for p in ring if p not in (a, b, c)]
            if _cross(polygon[a], polygon[b], polygon[c]) > 1e-12 and not any(
                _in_triangle(polygon[p], polygon[a], polygon[b], polygon[c]) for p in others
            ):
                triangles.append((a, b, c))
                ring.pop(k)
                break
        else:
            raise ValueError("outline is not a simple polygon; list its corners in order, without crossings")
    triangles.append((ring[0], ring[1], ring[2]))
    return np.asarray(triangles)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _in_triangle(p: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]) -> bool:
    return bool(min(_cross(a, b, p), _cross(b, c, p), _cross(c, a, p)) > -1e-12)
