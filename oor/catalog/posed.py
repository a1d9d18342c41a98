"""Posed objects: a template placed n times, with what predicates may ask of it. Everything is vectorised over the n poses.

A pose maps scale-normalised points (the template's box is the unit cube) to the world: x = R (s * x_hat) + t.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import trimesh
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore import EmbreeDevice
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from oor.catalog.template import Frame, Template, once_per_template

Array = NDArray[np.float64]

CLOUD_POINTS = 400
INNER_POINTS = 100


class Solid:
    """Closed pieces of a template that lie apart from each other, in scale-normalised space, with a ray caster."""

    def __init__(self, mesh: trimesh.Trimesh) -> None:
        self.bounds = np.asarray(mesh.bounds, float)
        self._normals = np.asarray(mesh.face_normals)
        self._scene = EmbreeScene(_device())
        TriangleMesh(self._scene, np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32))

    def depth(self, points: Array, s: Array) -> Array:
        """(m,) shortest way out along the box axes for points (m, 3) on instances with box edges s (m, 3); 0 outside.

        A point is inside a closed surface when the first face hit in every direction is seen from behind, whatever lies beyond.
        """
        origins = np.asarray(points, np.float32)
        depth = np.full(len(points), np.inf)
        for axis in range(3):
            for sign in (-1.0, 1.0):
                directions = np.zeros_like(origins)
                directions[:, axis] = sign
                hits = self._scene.run(origins, directions, query="INTERSECT", output=1)
                leaving = (hits["primID"] >= 0) & (self._normals[hits["primID"], axis] * sign > 0)
                depth = np.minimum(depth, np.where(leaving, hits["tfar"] * s[:, axis], 0.0))
        return depth


@cache
def _device() -> EmbreeDevice:
    """One device for all scenes: a process can hold about a thousand, and a catalog has more shapes than that."""
    return EmbreeDevice()


@dataclass(frozen=True)
class Shape:
    """A template's geometry in scale-normalised space.

    cloud: (k, 3) surface samples. inner: (m, 3) points half-way between surface and middle of its solids, well inside. corners:
    (h, 3) vertices of the convex hull. solids: its closed pieces, in groups.
    """

    cloud: Array
    inner: Array
    corners: Array
    solids: tuple[Solid, ...]


@once_per_template
def shape_of(template: Template) -> Shape:
    """The geometry of a template, computed once."""
    mesh, extents = template.mesh, template.extents
    cloud = trimesh.sample.sample_surface(mesh, CLOUD_POINTS, seed=0)[0] / extents
    corners = trimesh.convex.hull_points(mesh) / extents
    pieces = [piece for part in template.parts.values() for piece in part.split(only_watertight=False)]
    for piece in pieces:
        piece.apply_transform(np.diag([*(1 / extents), 1.0]))
    groups = _apart(pieces)
    solids = [Solid(trimesh.util.concatenate(group)) for group in groups]
    return Shape(np.asarray(cloud, float), _inner_points(groups, solids), np.asarray(corners, float), tuple(solids))


def _apart(pieces: list[trimesh.Trimesh]) -> list[list[trimesh.Trimesh]]:
    """The pieces in few groups; the boxes of a group's members do not meet."""
    groups: list[list[trimesh.Trimesh]] = []
    for piece in pieces:
        low, high = piece.bounds
        free = (group for group in groups
                if not any((low <= other.bounds[1]).all() and (high >= other.bounds[0]).all() for other in group))
        group = next(free, None)
        if group is None:
            groups.append([piece])
        else:
            group.append(piece)
    return groups


def _inner_points(groups: list[list[trimesh.Trimesh]], solids: list[Solid]) -> Array:
    """Up to INNER_POINTS points inside the solids, each half-way from a vertex to the middle of its piece."""
    found = [np.zeros((0, 3))]
    for group, solid in zip(groups, solids, strict=True):
        halfway = np.concatenate([(piece.vertices + piece.vertices.mean(axis=0)) / 2 for piece in group])
        found.append(halfway[solid.depth(halfway, np.ones_like(halfway)) > 0])
    points = np.concatenate(found)
    return points[np.linspace(0, len(points) - 1, min(INNER_POINTS, len(points))).astype(int)]


@dataclass(frozen=True)
class PosedFrame:
    """A frame in the world: points (n, 3), unit axes (n, 3)."""

    points: Array
    axes: Array


@dataclass(frozen=True)
class Posed:
    """A template under n poses: R (n, 3, 3), t (n, 3), s (n, 3)."""

    template: Template
    R: Array
    t: Array
    s: Array

    @cached_property
    def shape(self) -> Shape:
        """The template's geometry."""
        return shape_of(self.template)

    def to_world(self, points_normalised: Array) -> Array:
        """(k, 3) or (n, k, 3) scale-normalised points to (n, k, 3) world points."""
        return np.einsum("nij,nkj->nki", self.R, self.s[:, None] * points_normalised) + self.t[:, None]

    def to_local(self, points_world: Array) -> Array:
        """(n, k, 3) world points to the object's own axes about its box centre, still in world units."""
        return np.einsum("nji,nkj->nki", self.R, points_world - self.t[:, None])

    @cached_property
    def cloud(self) -> Array:
        """(n, k, 3) surface samples in the world."""
        return self.to_world(self.shape.cloud)

    @cached_property
    def low(self) -> Array:
        """(n, 3) lowest world coordinates of the mesh."""
        return self.to_world(self.shape.corners).min(axis=1)

    @cached_property
    def high(self) -> Array:
        """(n, 3) highest world coordinates of the mesh."""
        return self.to_world(self.shape.corners).max(axis=1)

    @cached_property
    def size(self) -> Array:
        """(n,) longest edge of the object's own box."""
        return self.s.max(axis=1)

    def has(self, frame: str) -> bool:
        """Whether the template names such a frame."""
        return frame in self.template.frames

    def frame(self, name: str) -> PosedFrame:
        """A named frame in the world."""
        points, axes, _ = self.local_frame(name)
        return PosedFrame(np.einsum("nij,nj->ni", self.R, points) + self.t, np.einsum("nij,nj->ni", self.R, axes))

    def local_frame(self, name: str) -> tuple[Array, Array, Array]:
        """Points (n, 3), axes (n, 3) and half widths (n, 2) along the object's own axes, in world units."""
        return stretched(self.template.frames[name], self.template.extents, self.s)

    def direction(self, local_axis: Array) -> Array:
        """(3,) direction of the object's own axes to (n, 3) in the world."""
        return self.R @ np.asarray(local_axis, float)

    def depth_of(self, points_world: Array) -> Array:
        """(n, k) how deep world points lie under this object's surface; 0 outside."""
        unit = self.to_local(points_world) / self.s[:, None]
        s = np.broadcast_to(self.s[:, None], unit.shape)
        depth = np.zeros(unit.shape[:2])
        for solid in self.shape.solids:
            near = np.all((unit > solid.bounds[0]) & (unit < solid.bounds[1]), axis=-1)
            if near.any():
                depth[near] = np.maximum(depth[near], solid.depth(unit[near], s[near]))
        return depth


def stretched(frame: Frame, extents: Array, s: Array) -> tuple[Array, Array, Array]:
    """A canonical frame on instances whose box edges are s (n, 3): points, unit axes, half widths."""
    ratio = s / extents
    axes = frame.axis * ratio
    return frame.point * ratio, axes / np.linalg.norm(axes, axis=1, keepdims=True), frame.half * ratio[:, [0, 2]]
