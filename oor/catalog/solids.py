"""Closed solids to build templates from: every one is watertight, faces outward and has one flat colour.

Between them stand the few functions that draw their outlines (`arc`, `smooth`, `ring`, `squircle`, `oblong`, `corners`) and those
that change a finished solid (`paint`, `tinted`, `banded`, `fluted`, `turned`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import trimesh
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from oor.catalog.template import Array

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
DEEP_WOOD: Colour = (140, 92, 54)
BLACK: Colour = (38, 40, 45)
SOOT: Colour = (34, 34, 38)
BRASS: Colour = (204, 160, 78)


def paint(mesh: trimesh.Trimesh, colour: Colour) -> trimesh.Trimesh:
    """The mesh with every face in one colour."""
    mesh.visual = trimesh.visual.ColorVisuals(mesh, face_colors=np.tile([*colour, 255], (len(mesh.faces), 1)))
    return mesh


def tinted(mesh: trimesh.Trimesh, mask: NDArray[np.bool_], colour: Colour) -> trimesh.Trimesh:
    """The mesh with the faces of the mask in another colour."""
    colours = np.array(mesh.visual.face_colors)
    colours[mask] = [*colour, 255]
    mesh.visual = trimesh.visual.ColorVisuals(mesh, face_colors=colours)
    return mesh


def banded(mesh: trimesh.Trimesh, low: float, high: float, colour: Colour) -> trimesh.Trimesh:
    """The mesh with the rings of faces that lie wholly between two heights in another colour."""
    heights = mesh.triangles[..., 1]
    return tinted(mesh, ((heights > low) & (heights < high)).all(axis=1), colour)


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
    first, last, end = np.full(n, k * n), np.full(n, k * n + 1), (k - 1) * n
    caps = [np.column_stack([first, j, i]), np.column_stack([last, end + i, end + j])]
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]], *caps])
    return paint(_outward(trimesh.Trimesh(vertices, faces, process=True)), colour)


def strap(path: ArrayLike, radius: float | Sequence[float] | Array, flat: float, colour: Colour) -> trimesh.Trimesh:
    """A tube along a path, `flat` times as high (y) as wide: the handle of cutlery or of a pan."""
    points = np.asarray(path, float) * [1, 1 / flat, 1]
    mesh = tube(points, np.asarray(radius, float).tolist(), sections=16)
    mesh.vertices = mesh.vertices * [1, flat, 1]
    return paint(mesh, colour)


def lofted(rings: ArrayLike, colour: Colour) -> trimesh.Trimesh:
    """A skin over (n, k, 3) successive outlines of k points each, closed by flat ends."""
    loops = np.asarray(rings, float)
    n, k = loops.shape[:2]
    i, j = np.arange(k), (np.arange(k) + 1) % k
    walls = [np.column_stack([r * k + i, r * k + j, (r + 1) * k + j, (r + 1) * k + i]) for r in range(n - 1)]
    quads = np.concatenate(walls)
    start, stop, last = np.full(k, n * k), np.full(k, n * k + 1), (n - 1) * k
    caps = [np.column_stack([start, j, i]), np.column_stack([stop, last + i, last + j])]
    vertices = np.concatenate([loops.reshape(-1, 3), loops[[0, -1]].mean(axis=1)])
    mesh = trimesh.Trimesh(vertices, np.concatenate([quads[:, :3], quads[:, [0, 2, 3]], *caps]), process=False)
    return paint(_outward(mesh), colour)


def hoop(loops: ArrayLike, colour: Colour) -> trimesh.Trimesh:
    """A closed ring-shaped skin over (n, k, 3) loops around its inside and outside, the last joined to the first."""
    points = np.asarray(loops, float)
    n, k = points.shape[:2]
    r, i = (grid.ravel() for grid in np.mgrid[:n, :k])
    a, b, c, d = r * k + i, r * k + (i + 1) % k, (r + 1) % n * k + (i + 1) % k, (r + 1) % n * k + i
    faces = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    return paint(_outward(trimesh.Trimesh(points.reshape(-1, 3), faces, process=False)), colour)


def rounded(size: Point, radius: float, centre: Point, colour: Colour, steps: int = 4) -> trimesh.Trimesh:
    """An axis-aligned box with rounded edges; `radius` is less than half its shortest edge."""
    half = np.asarray(size, float) / 2 - radius
    theta = np.radians(np.concatenate([np.linspace(q, q + 90, steps + 1) for q in (0, 90, 180, 270)]))
    quarter = np.radians(np.repeat([45, 135, 225, 315], steps + 1))
    core = np.column_stack([half[0] * np.sign(np.cos(quarter)), half[2] * np.sign(np.sin(quarter))])
    tilt = np.radians(np.linspace(15, 90, steps + 1))
    end = [(1.0, 0.5 * np.sin(tilt[0]))]  # a flat rim around each end, so that smooth shading leaves the ends flat
    end += [(np.cos(t) / np.cos(tilt[0]), np.sin(t)) for t in tilt]
    loops = []
    for side, rise, reach in [*((-1, *e) for e in end), *((1, *e) for e in end[::-1])]:
        x, z = (core + radius * reach * np.column_stack([np.cos(theta), np.sin(theta)])).T
        loops.append(np.column_stack([x, np.full(len(x), side * (half[1] + radius * rise)), z]) + np.asarray(centre))
    return lofted(loops, colour)


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


def sheet(grid: ArrayLike, offset: Point, colour: Colour) -> trimesh.Trimesh:
    """A curved plate: an (n, m, 3) grid of points on one face, the other face moved by `offset`."""
    face = np.asarray(grid, float)
    n, m = face.shape[:2]
    index = np.arange(n * m).reshape(n, m)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
    near = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    border = np.concatenate([index[:, 0], index[-1, 1:], index[-2::-1, -1], index[0, -2:0:-1]])
    ahead, k = np.roll(border, -1), n * m
    walls = [np.column_stack([border, border + k, ahead + k]), np.column_stack([border, ahead + k, ahead])]
    faces = np.concatenate([near, near[:, ::-1] + k, *walls])
    flat = face.reshape(-1, 3)
    mesh = trimesh.Trimesh(np.concatenate([flat, flat + offset]), faces, process=False)
    return paint(_outward(mesh), colour)


def leaf(base: Point, length: float, width: float, lean_deg: float, turn_deg: float,
         colour: Colour = GREEN) -> trimesh.Trimesh:
    """A pointed, arching leaf growing from `base`, leaning from the vertical and turned about it."""
    along = np.linspace(0, 1, 9)
    half = width / 2 * np.maximum(np.sin(np.pi * along**0.8), 0.06)
    lean = np.radians(lean_deg) * (0.6 + 0.8 * along)
    x = np.concatenate([[0.0], np.cumsum(np.sin(lean[:-1]))]) * length / 8
    y = np.concatenate([[0.0], np.cumsum(np.cos(lean[:-1]))]) * length / 8
    across = np.linspace(-1, 1, 5)
    grid = np.stack([np.broadcast_to(x[:, None], (9, 5)), y[:, None] + half[:, None] * 0.4 * across**2,
                     half[:, None] * across], axis=-1)
    mesh = sheet(grid, (-0.03 * length, 0.03 * length, 0.0), colour)
    mesh.apply_translation(base)
    return turned(mesh, turn_deg, (0, 1, 0), base)


def arc(centre: Point, radius: float, start_deg: float, stop_deg: float, plane: str = "xy", count: int = 16) -> Array:
    """(count, 3) points on a circular arc, for tubes; angle 0 along the plane's first axis, 90 along its second."""
    angles = np.radians(np.linspace(start_deg, stop_deg, count))
    points = np.tile(np.asarray(centre, float), (count, 1))
    points[:, "xyz".index(plane[0])] += radius * np.cos(angles)
    points[:, "xyz".index(plane[1])] += radius * np.sin(angles)
    return points


def smooth(points: ArrayLike, count: int = 20) -> Array:
    """`count` points on a smooth curve through the given points, evenly spaced along it."""
    given = np.asarray(points, float)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(given, axis=0), axis=1))])
    return np.asarray(CubicSpline(along, given)(np.linspace(0, along[-1], count)))


def ring(centre: Point, first: Point, second: Point, sections: int = 24) -> Array:
    """(sections, 3) points on an ellipse with two half axes, for `lofted`."""
    angles = np.linspace(0, 2 * np.pi, sections, endpoint=False)
    return np.asarray(centre, float) + np.outer(np.cos(angles), first) + np.outer(np.sin(angles), second)


def squircle(x: float, y: float, z: float, power: float = 5.0, count: int = 48) -> Array:
    """(count, 3) points on a level rectangle with round corners and half edges x and z."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    cos, sin = np.cos(angles), np.sin(angles)
    reach = (np.abs(cos) ** power + np.abs(sin) ** power) ** (-1 / power)
    return np.column_stack([x * cos * reach, np.full(count, y), z * sin * reach])


def oblong(centre: Point, first: Point, second: Point) -> Array:
    """(4, 3) corners of a rectangle with two half edges, for `lofted`."""
    signs = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], float)
    return np.asarray(centre, float) + signs @ np.array([first, second], float)


def corners(x: float, y: float, z: float) -> Array:
    """(4, 3) points at (+-x, y, +-z): where legs and wheels go."""
    return np.array([(sx * x, y, sz * z) for sx in (-1, 1) for sz in (-1, 1)])


def turned(mesh: trimesh.Trimesh, angle_deg: float, axis: Point, about: Point = (0, 0, 0)) -> trimesh.Trimesh:
    """The mesh rotated by an angle about an axis through a point."""
    mesh.apply_transform(trimesh.transformations.rotation_matrix(np.radians(angle_deg), axis, about))
    return mesh


def joined(*meshes: trimesh.Trimesh) -> trimesh.Trimesh:
    """Several closed solids as one part (they may overlap)."""
    return trimesh.util.concatenate(list(meshes))


def repeated(mesh: trimesh.Trimesh, offsets: ArrayLike, scales: ArrayLike = (1, 1, 1)) -> trimesh.Trimesh:
    """Copies of a one-coloured solid around (n, 3) offsets, each with its own (n, 3) scale if wanted."""
    shift = np.asarray(offsets, float)
    scale = np.broadcast_to(np.asarray(scales, float), shift.shape)
    vertices = mesh.vertices[None] * scale[:, None] + shift[:, None]
    faces = mesh.faces[None] + len(mesh.vertices) * np.arange(len(shift))[:, None, None]
    copies = trimesh.Trimesh(vertices.reshape(-1, 3), faces.reshape(-1, 3), process=False)
    red, green, blue, _ = (int(c) for c in mesh.visual.face_colors[0])
    return paint(copies, (red, green, blue))


def fluted(mesh: trimesh.Trimesh, depth: float, count: int, twist: float = 0.0) -> trimesh.Trimesh:
    """The mesh with `count` grooves around the y axis, `depth` relative to the radius, `twist` radians per metre."""
    x, y, z = mesh.vertices.T
    factor = 1 - depth * (0.5 + 0.5 * np.cos(count * np.arctan2(z, x) + twist * y))
    mesh.vertices = np.column_stack([x * factor, y, z * factor])
    return mesh


def _outward(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    if mesh.volume < 0:
        mesh.invert()
    return mesh


def _signed_area(polygon: Array) -> float:
    x, y = polygon.T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _ear_clip(polygon: Array) -> NDArray[np.int64]:
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


def _cross(a: Array, b: Array, c: Array) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _in_triangle(p: Array, a: Array, b: Array, c: Array) -> bool:
    return bool(min(_cross(a, b, p), _cross(b, c, p), _cross(c, a, p)) > -1e-12)
