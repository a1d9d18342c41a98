"""Cameras, and pictures of meshes without a display: colour, depth, normals and instance ids, by ray casting (embreex).

Conventions: OpenCV cameras (+x right, +y down, +z forward), world y up, pixel (row i, column j) has its centre at
(x, y) = (j + 0.5, i + 0.5), depth is the camera z coordinate (not the length of the ray).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from oor.files import write_bytes
from oor.meshes import face_colours

Array = NDArray[np.float64]
LIGHT = (0.35, 0.8, 0.5)  # towards the key light, world frame: views of one scene agree on what is bright
_SKY, _GROUND, _KEY = 0.62, 0.36, 0.55  # shading weights; lit from above 1.17: highlights clip softly to white
_CREASE = float(np.cos(np.radians(40.0)))  # faces that meet at a sharper angle are shaded flat across it
_MAX_VALENCE = 96  # hubs of larger fans are shaded flat, so that smoothing costs no more than linear time


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera. K: (3, 3) in pixels; T_camera_world: (4, 4) rigid; width, height: pixels."""

    K: Array
    T_camera_world: Array
    width: int
    height: int

    @staticmethod
    def look_at(eye: ArrayLike, target: ArrayLike, up: ArrayLike = (0.0, 1.0, 0.0), *, fov_deg: float = 40.0,
                width: int = 256, height: int = 256) -> Camera:
        """A camera at eye (3,) with target (3,) in the middle of the picture; fov_deg is the vertical field of view."""
        origin = np.asarray(eye, float)
        forward = np.asarray(target, float) - origin
        if not np.linalg.norm(forward) > 0:
            raise ValueError(f"camera eye and target are both {origin.tolist()}; move one of them")
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, np.asarray(up, float))
        if np.linalg.norm(right) < 1e-9:  # looking along `up`: take -z as the top of the picture instead
            right = np.cross(forward, [0.0, 0.0, -1.0] if abs(forward[2]) < 0.9 else [0.0, 1.0, 0.0])
        return _posed(origin, right / np.linalg.norm(right), forward, fov_deg, width, height)

    @property
    def eye(self) -> Array:
        """(3,) the camera centre in the world."""
        return np.asarray(-self.T_camera_world[:3, :3].T @ self.T_camera_world[:3, 3], float)

    @property
    def forward(self) -> Array:
        """(3,) the unit viewing direction in the world."""
        return np.asarray(self.T_camera_world[2, :3], float)

    def project(self, points_world: ArrayLike) -> tuple[Array, Array]:
        """Pixels (..., 2) and depth (...) of world points (..., 3); pixels mean nothing where depth <= 0."""
        p_camera = np.asarray(points_world, float) @ self.T_camera_world[:3, :3].T + self.T_camera_world[:3, 3]
        depth = p_camera[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = (p_camera @ self.K.T)[..., :2] / depth[..., None]
        return pixels, depth

    def unproject(self, pixels: ArrayLike, depth: ArrayLike) -> Array:
        """World points (..., 3) seen at pixels (..., 2) at depth (...): the inverse of `project`."""
        return self.eye + self._rays(np.asarray(pixels, float)) * np.asarray(depth, float)[..., None]

    def _rays(self, pixels: Array) -> Array:
        """World directions (..., 3) through pixels (..., 2), of camera z 1: a ray's parameter is its depth."""
        homogeneous = np.concatenate([pixels, np.ones_like(pixels[..., :1])], axis=-1)
        return np.asarray(homogeneous @ (np.linalg.inv(self.K).T @ self.T_camera_world[:3, :3]), float)


def _posed(eye: Array, right: Array, forward: Array, fov_deg: float, width: int, height: int) -> Camera:
    """A camera from its centre and two of its axes, with square pixels and a centred principal point."""
    if not 0 < fov_deg < 180 or width < 1 or height < 1:
        raise ValueError(f"a camera needs 0 < fov_deg < 180 and a picture, got {fov_deg} and {width} x {height} pixels")
    R_camera_world = np.stack([right, np.cross(forward, right), forward])
    T_camera_world = np.eye(4)
    T_camera_world[:3, :3], T_camera_world[:3, 3] = R_camera_world, -R_camera_world @ eye
    focal = height / 2 / np.tan(np.radians(fov_deg) / 2)
    return Camera(np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]]), T_camera_world, width, height)


def orbit_camera(bounds: ArrayLike, azimuth_deg: float, elevation_deg: float, *, fov_deg: float = 30.0,
                 width: int = 256, height: int = 256, margin: float = 1.1) -> Camera:
    """The nearest camera aimed at the centre of a world box that sees all of it.

    bounds: (2, 3) lowest and highest corner. Azimuth 0 looks from +z towards -z, 90 from +x; elevation 90 looks down.
    margin: the box ends at 1 / margin of the way from the middle of the picture to its border.
    """
    box = np.asarray(bounds, float)
    if box.shape != (2, 3) or not np.isfinite(box).all():
        raise ValueError(f"bounds must be finite lowest and highest corners, (2, 3), got {box.tolist()}")
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    back = np.array([np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)])
    right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
    centre, camera = box.mean(axis=0), _posed(np.zeros(3), right, -back, fov_deg, width, height)
    corners = np.stack(np.meshgrid(*box.T, indexing="ij"), axis=-1).reshape(8, 3) - centre
    x, y, z = (corners @ camera.T_camera_world[:3, :3].T).T
    size = float(np.linalg.norm(box[1] - box[0])) or 1.0
    slope_x, slope_y = 2 * margin * camera.K[0, 0] / np.array([width, height])
    distance = np.max([slope_x * abs(x) - z, slope_y * abs(y) - z, 1e-3 * size - z])
    return _posed(centre + distance * back, right, -back, fov_deg, width, height)


@dataclass(frozen=True, eq=False)
class Surface:
    """A mesh's surface in the object's own frame, and what is painted there; posing or sizing the mesh leaves it as it is.

    points: (V, 3) the mesh's vertices in its own frame. regions: (F,) a number >= 0 for each face: a part, or a material.
    colour: points (n, 3) and their regions (n,) -> RGB (n, 3), 0 to 255; None leaves the face colours.
    """

    points: Array
    regions: NDArray[np.int32]
    colour: Callable[[Array, NDArray[np.int32]], Array] | None = None


@dataclass(frozen=True, eq=False)
class GBuffer:
    """What a camera sees, per pixel.

    rgb: (H, W, 3) uint8. depth: (H, W) float32 camera z, inf where nothing is. normals: (H, W, 3) float32 unit, world
    frame, facing the camera, 0 where nothing is. ids: (H, W) int32 index into the meshes, -1 where nothing is.
    own: (H, W, 3) float32 the visible point in its object's own frame, 0 where no `Surface` is. regions: (H, W) int32, -1
    where no `Surface` is.
    """

    rgb: NDArray[np.uint8]
    depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    ids: NDArray[np.int32]
    own: NDArray[np.float32]
    regions: NDArray[np.int32]


def render(meshes: Sequence[trimesh.Trimesh], camera: Camera, *, background: tuple[int, int, int] = (255, 255, 255),
           supersample: int = 1, light: ArrayLike = LIGHT, shadows: bool = True,
           surfaces: Sequence[Surface | None] = ()) -> GBuffer:
    """Picture of meshes given in world coordinates; `supersample` n averages the colour of n x n rays per pixel.

    surfaces: one per mesh, or none at all.
    """
    views = render_views(meshes, [camera], background=background, supersample=supersample, light=light, shadows=shadows,
                         surfaces=surfaces)
    return next(views)


def render_views(meshes: Sequence[trimesh.Trimesh], cameras: Sequence[Camera], *,
                 background: tuple[int, int, int] = (255, 255, 255), supersample: int = 1, light: ArrayLike = LIGHT,
                 shadows: bool = True, surfaces: Sequence[Surface | None] = ()) -> Iterator[GBuffer]:
    """Like `render`, one picture per camera of one scene that is built once (turntables)."""
    scene = _Scene.build(meshes, _fitting(meshes, surfaces))
    to_light = np.asarray(light, np.float32) / np.float32(np.linalg.norm(light))
    for camera in cameras:
        middle = scene.cast(camera, 0.5, 0.5)
        steps = (np.arange(supersample) + 0.5) / supersample
        views = [middle] if supersample == 1 else (scene.cast(camera, x, y) for y in steps for x in steps)
        total = np.zeros((camera.height * camera.width, 3), np.float32)
        for view in views:
            total += view.shade(scene, to_light, background, shadows)
        yield middle.gbuffer((total / supersample**2 + 0.5).astype(np.uint8), scene, camera)


def _fitting(meshes: Sequence[trimesh.Trimesh], surfaces: Sequence[Surface | None]) -> Sequence[Surface | None]:
    """One surface or None for each mesh; ValueError when they do not belong together."""
    if surfaces and len(surfaces) != len(meshes):
        raise ValueError(f"{len(meshes)} meshes need as many surfaces, or none, got {len(surfaces)}; use None for a plain mesh")
    for mesh, surface in zip(meshes, surfaces, strict=False):
        if surface is not None and (len(surface.points), len(surface.regions)) != (len(mesh.vertices), len(mesh.faces)):
            raise ValueError(f"a mesh of {len(mesh.vertices)} vertices and {len(mesh.faces)} faces has a surface of "
                             f"{len(surface.points)} and {len(surface.regions)}; make it from the same mesh")
    return surfaces or [None] * len(meshes)


@dataclass(frozen=True, eq=False)
class _Scene:
    """Triangles of all meshes together."""

    embree: Any
    origin: Array  # vertices are stored relative to this point, so that float32 loses nothing far from the world origin
    reach: float  # diagonal of the scene
    face_normals: NDArray[np.float32]  # (F, 3)
    corner_normals: NDArray[np.float32]  # (F, 3, 3): face, corner, component
    face_colours: NDArray[np.uint8]  # (F, 3)
    instance: NDArray[np.int32]  # (F,)
    own_corners: NDArray[np.float32]  # (F, 3, 3) like corner_normals; of no face where no mesh has a surface
    regions: NDArray[np.int32]  # (F,) -1 where no surface is, or of no face
    paints: dict[int, Callable[[Array, NDArray[np.int32]], Array]] = field(default_factory=dict)  # by mesh

    @staticmethod
    def build(meshes: Sequence[trimesh.Trimesh], surfaces: Sequence[Surface | None]) -> _Scene:
        solid = [(i, mesh) for i, mesh in enumerate(meshes) if len(mesh.faces)]
        if not solid:
            none = np.zeros((0, 3, 3), np.float32)
            nobody = np.zeros(0, np.int32)
            return _Scene(None, np.zeros(3), 0.0, none[:, 0], none, none[:, 0].astype(np.uint8), nobody, none, nobody)
        vertices = np.concatenate([np.asarray(mesh.vertices, float) for _, mesh in solid])
        starts = np.cumsum([0] + [len(mesh.vertices) for _, mesh in solid])
        faces = np.concatenate([np.asarray(mesh.faces) + s for (_, mesh), s in zip(solid, starts, strict=False)])
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        centred = (vertices - (low + high) / 2).astype(np.float32)
        embree = EmbreeScene(robust=True)  # rays do not slip through the edge between two triangles
        TriangleMesh(embree, centred, faces.astype(np.int32))
        a, b, c = (centred[faces[:, k]] for k in range(3))
        normals = _unit(np.cross(b - a, c - a))
        return _Scene(
            embree, origin=(low + high) / 2, reach=float(np.linalg.norm(high - low)), face_normals=normals,
            corner_normals=_corner_normals(faces, normals),
            face_colours=np.concatenate([face_colours(mesh) for _, mesh in solid]),
            instance=np.repeat([i for i, _ in solid], [len(mesh.faces) for _, mesh in solid]).astype(np.int32),
            **_own_frames([(mesh, surfaces[i]) for i, mesh in solid]),
            paints={i: surface.colour for i, _ in solid if (surface := surfaces[i]) is not None and surface.colour is not None},
        )

    def cast(self, camera: Camera, x: float, y: float) -> _View:
        """One ray per pixel through the point (x, y) of the pixel's unit square."""
        columns, rows = np.meshgrid(np.arange(camera.width) + x, np.arange(camera.height) + y)
        rays = camera._rays(np.stack([columns, rows], axis=-1).reshape(-1, 2)).astype(np.float32)
        eye = (camera.eye - self.origin).astype(np.float32)
        if self.embree is None:
            none = np.zeros((0, 3), np.float32)
            return _View(len(rays), none[:, 0].astype(int), none[:, 0].astype(int), none, none, none, none[:, 0])
        found = self.embree.run(np.broadcast_to(eye, rays.shape).copy(), rays, output=1)
        pixel = np.flatnonzero(found["primID"] >= 0)
        face, depth, u, v = (found[key][pixel] for key in ("primID", "tfar", "u", "v"))
        weights = np.stack([1 - u - v, u, v], axis=1)
        normals, hits = self.normals(face, weights, rays[pixel]), eye + rays[pixel] * depth[:, None]
        return _View(len(rays), pixel, face, weights, normals, hits, depth)

    def own(self, face: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) points of faces in their objects' own frames."""
        return np.einsum("nc,ncd->nd", weights, self.own_corners[face])

    def colours(self, face: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) RGB before light, 0 to 255."""
        colour = self.face_colours[face].astype(np.float32)
        for i, paint in self.paints.items():
            mine = np.flatnonzero(self.instance[face] == i)
            if len(mine):
                colour[mine] = paint(self.own(face[mine], weights[mine]).astype(float), self.regions[face[mine]])
        return colour

    def normals(self, face: NDArray[np.int32], weights: NDArray[np.float32],
                rays: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) interpolated unit normals, turned towards the camera as the face is."""
        flat = self.face_normals[face]
        side = np.where(np.einsum("nd,nd->n", flat, rays) > 0, np.float32(-1), np.float32(1))[:, None]
        smooth = _unit(np.einsum("nc,ncd->nd", weights, self.corner_normals[face])) * side
        away = np.einsum("nd,nd->n", smooth, rays) > 0  # at silhouettes a smoothed normal may lean past the horizon
        smooth[away] = (flat * side)[away]
        return smooth


@dataclass(frozen=True, eq=False)
class _View:
    """What the rays of one picture hit; arrays over the n rays that hit something."""

    size: int  # number of pixels
    pixel: NDArray[np.int64]  # (n,) row * width + column
    face: NDArray[np.int32]  # (n,)
    weights: NDArray[np.float32]  # (n, 3) barycentric, on the face
    normals: NDArray[np.float32]  # (n, 3)
    points: NDArray[np.float32]  # (n, 3) relative to the scene's origin
    depth: NDArray[np.float32]  # (n,)

    def shade(self, scene: _Scene, to_light: NDArray[np.float32], background: tuple[int, int, int],
              shadows: bool) -> NDArray[np.float32]:
        """(H * W, 3) colours, 0 to 255: sky and ground light by the normal's height, and one light with shadows."""
        picture = np.tile(np.asarray(background, np.float32), (self.size, 1))
        if len(self.pixel) == 0:
            return picture
        colour = scene.colours(self.face, self.weights)
        key = np.clip(self.normals @ to_light, 0, None)
        if shadows:
            lit = np.flatnonzero(key)
            starts = self.points[lit] + np.float32(2e-4 * scene.reach) * (self.normals[lit] + to_light)
            blocked = scene.embree.run(starts, np.broadcast_to(to_light, starts.shape).copy(), query="OCCLUDED") >= 0
            key[lit[blocked]] *= 0.25
        ambient = _GROUND + (_SKY - _GROUND) * (self.normals[:, 1] + 1) / 2
        picture[self.pixel] = np.clip(colour * (ambient + _KEY * key)[:, None], 0, 255)
        return picture

    def gbuffer(self, rgb: NDArray[np.uint8], scene: _Scene, camera: Camera) -> GBuffer:
        """The picture's arrays in their shape."""
        depth, ids = np.full(self.size, np.inf, np.float32), np.full(self.size, -1, np.int32)
        normals = np.zeros((self.size, 3), np.float32)
        depth[self.pixel], normals[self.pixel], ids[self.pixel] = self.depth, self.normals, scene.instance[self.face]
        own, regions = np.zeros_like(normals), np.full_like(ids, -1)
        if len(scene.regions):
            own[self.pixel], regions[self.pixel] = scene.own(self.face, self.weights), scene.regions[self.face]
        shape = (camera.height, camera.width)
        return GBuffer(rgb.reshape(*shape, 3), depth.reshape(shape), normals.reshape(*shape, 3), ids.reshape(shape),
                       own.reshape(*shape, 3), regions.reshape(shape))


def _own_frames(pieces: Sequence[tuple[trimesh.Trimesh, Surface | None]]) -> dict[str, Any]:
    """`own_corners` and `regions` of a scene."""
    if all(surface is None for _, surface in pieces):
        return {"own_corners": np.zeros((0, 3, 3), np.float32), "regions": np.zeros(0, np.int32)}
    corners, regions = [], []
    for mesh, surface in pieces:
        count = len(mesh.faces)
        corners.append(np.zeros((count, 3, 3)) if surface is None else np.asarray(surface.points)[mesh.faces])
        regions.append(np.full(count, -1) if surface is None else surface.regions)
    return {"own_corners": np.concatenate(corners).astype(np.float32), "regions": np.concatenate(regions).astype(np.int32)}


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt(np.einsum("...d,...d->...", vectors, vectors))[..., None]
    return vectors / np.maximum(lengths, np.finfo(np.float32).tiny)


def _corner_normals(faces: NDArray[np.int64], normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """(F, 3, 3) per corner: the mean normal of the faces around its vertex, less those across a crease."""
    order = np.argsort(faces.ravel(), kind="stable")  # corners, vertex by vertex
    _, first, count = np.unique(faces.ravel()[order], return_index=True, return_counts=True)
    reach = np.where(count <= _MAX_VALENCE, count, 0)
    per_corner = np.repeat(reach, count)
    start = np.repeat(first, count)
    own = np.repeat(np.arange(len(order)), per_corner)  # every pair (corner, corner at the same vertex)
    other = np.arange(len(own)) - np.repeat(np.cumsum(per_corner) - per_corner, per_corner) + start[own]
    face = order // 3
    mine, theirs = normals[face[own]], normals[face[other]]
    theirs = theirs * (np.einsum("nd,nd->n", mine, theirs) >= _CREASE)[:, None]
    total = np.stack([np.bincount(own, theirs[:, d], len(order)) for d in range(3)], axis=1).astype(np.float32)
    result = np.zeros_like(total)
    result[order] = np.where((per_corner == 0)[:, None], normals[face], _unit(total))
    return result.reshape(-1, 3, 3)


def contact_sheet(images: Sequence[Sequence[NDArray[np.uint8]]], *, labels: Sequence[Sequence[str]] | None = None,
                  gap_px: int = 4) -> Image.Image:
    """Rows of equally large images (H, W, 3) on one sheet; short rows leave cells empty. labels: one text per cell."""
    sizes = {image.shape[:2] for row in images for image in row}
    if len(sizes) != 1:
        raise ValueError(f"a contact sheet needs images of one size, got {sorted(sizes) or 'none'}; resize them first")
    height, width = sizes.pop()
    columns = max(len(row) for row in images)
    size = (columns * (width + gap_px) + gap_px, len(images) * (height + gap_px) + gap_px)
    sheet = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for i, row in enumerate(images):
        for j, image in enumerate(row):
            x, y = gap_px + j * (width + gap_px), gap_px + i * (height + gap_px)
            sheet.paste(Image.fromarray(np.asarray(image, np.uint8)).convert("RGB"), (x, y))
            if labels is not None and i < len(labels) and j < len(labels[i]):
                _label(draw, (x + 4, y + 3), labels[i][j])
    return sheet


def _label(draw: ImageDraw.ImageDraw, corner: tuple[int, int], text: str) -> None:
    left, top, right, bottom = draw.textbbox(corner, text)
    draw.rectangle((left - 2, top - 2, right + 2, bottom + 2), fill=(255, 255, 255))
    draw.text(corner, text, fill=(20, 20, 20))


def write_png(path: str | Path, image: NDArray[np.uint8] | Image.Image) -> Path:
    """Write an image (H, W, 3) or (H, W) as PNG, whole or not at all."""
    picture = image if isinstance(image, Image.Image) else Image.fromarray(np.asarray(image))
    data = io.BytesIO()
    picture.save(data, format="PNG")
    write_bytes(path, data.getvalue())
    return Path(path)
