"""Scenes drawn at random: a context's relation program places instances of random shape and texture before a camera."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from lifting.world import Instance, Scene, towards
from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context
from oor.catalog.nouns import FOOD, LIVING
from oor.catalog.posed import Posed
from oor.catalog.predicates import PREDICATES
from oor.catalog.programs import draw_sized
from oor.meshes import face_colours
from oor.relation import ROT6D, T, unpack
from oor.rendering import Camera, render_views
from oor.textures import Texture, random_texture

Array = NDArray[np.float64]
TURN_DEG = np.arange(0.0, 360.0, 10.0)  # where a camera that goes round is checked to see everything
SWAY_DEG = 12.0  # and how far up and down it may go on the way
DIRECTIONS = 6  # from which a scene is looked at, to find one that shows it well
SHOWN = 0.5  # good enough: of what one can see of the worse shown object at all
APART = 3.0  # objects whose sizes differ by more are pictured wider, and diagonally (paper, section A)


@dataclass(frozen=True)
class Studio:
    """How scenes are made and pictured.

    size_px: width and height. margin: both objects end at 1 / margin of the way from the middle to the border, from all sides.
    detail: strength of textures, 0 to 2. shapes: whether instances have shapes of their own. supersample: rays per pixel edge.
    """

    size_px: int = 576
    margin: float = 1.08
    detail: float = 1.0
    shapes: bool = True
    supersample: int = 2

    def __post_init__(self) -> None:
        if self.size_px < 8 or self.supersample < 1 or not 1 <= self.margin < 10 or not 0 <= self.detail <= 2:
            raise ValueError(f"{self} is not possible; give size_px >= 8, supersample >= 1, margin from 1 and detail from 0 to 2")


def scenes(context: Context, seed: int, frames: int = 1, studio: Studio | None = None) -> list[Scene]:
    """A random scene of a context, then up to `frames - 1` more of a motion that starts there and keeps the relation true.

    Shapes, textures, poses, cameras and light have random streams of their own, so that one setting does not change the others.
    Raises ValueError when there is no such context, or its instances hardly ever fit together.
    """
    studio = studio or Studio()
    if frames < 1:
        raise ValueError(f"frames={frames} is not possible; a scene has at least 1")
    known = categories()
    if {context.target, context.base} - set(known) or context.predicate not in PREDICATES:
        raise ValueError(f'the catalog cannot draw "{context}"; its categories and relations are in oor.catalog')
    shapes, first, metres = _drawn(context, seed, studio.shapes)
    vectors = _motion(context, shapes, first, metres, frames, _stream(context, seed, "motion"))
    light = towards(*_stream(context, seed, "light").uniform([-180, 30], [180, 75]))
    covers = [covered(category, _stream(context, seed, f"texture of the {role}"), studio.detail)
              for role, category in zip(("target", "base"), shapes, strict=True)]
    found = []
    for vector in vectors:
        target, base = _posed_instances(covers, vector)
        camera, centre = _camera(target, base, _stream(context, seed, "camera"), studio)
        found.append(Scene(context, target, base, vector, light, camera, centre, metres))
    return found


def _stream(context: Context, seed: int, what: str) -> np.random.Generator:
    """A generator of its own for each aspect of a scene, whatever else the catalog holds."""
    digest = hashlib.sha256(f"{context}/{what}".encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])


def holds(predicate: str, shapes: tuple[Category, Category], vectors: Array) -> NDArray[np.bool_]:
    """(n,) whether a relation holds between instances of these shapes under vectors (n, 15)."""
    relation, n = unpack(torch.from_numpy(np.asarray(vectors, float))), len(vectors)
    parts = (relation.R_base_target, relation.t_base_target, relation.scale_target, relation.scale_base)
    R, t, scale_target, scale_base = (part.numpy() for part in parts)
    target = Posed(shapes[0].template, R, t, scale_target)
    base = Posed(shapes[1].template, np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)), scale_base)
    return np.asarray(PREDICATES[predicate](target, base))


def _drawn(context: Context, seed: int, own_shapes: bool) -> tuple[tuple[Category, Category], Array, float]:
    """Two instances' shapes, their relation (15,) in which the predicate holds, and the metres of its unit."""
    rng, known = _stream(context, seed, "pose"), categories()
    shapes = known[context.target], known[context.base]
    for attempt in range(8):
        if own_shapes:
            stream = _stream(context, seed, f"shape {attempt}")
            shapes = known[context.target].instance(stream), known[context.base].instance(stream)
        vectors, metres = draw_sized(context, 4, rng, shapes)
        good = np.flatnonzero(holds(context.predicate, shapes, vectors))
        if len(good):
            return shapes, vectors[good[0]], float(metres[good[0]])
    raise ValueError(f'"{context}" hardly ever holds for instances of random shape (seed {seed}); use shapes=False')


def _motion(context: Context, shapes: tuple[Category, Category], start: Array, metres: float, frames: int,
            rng: np.random.Generator) -> Array:
    """(m, 15) with 1 <= m <= frames: from `start` towards another draw of the same instances, where the relation holds.

    Of several ends, the one whose path holds longest is taken. Rotations go the short way round, all speeds are smooth.
    """
    if frames == 1:
        return start[None]
    relation = unpack(torch.from_numpy(start))
    sizes = tuple(metres * scale.numpy() for scale in (relation.scale_target, relation.scale_base))
    ends, _ = draw_sized(context, 12, rng, shapes, (sizes[0], sizes[1]))
    paths = np.stack([_path(start, end, frames) for end in ends])
    good = holds(context.predicate, shapes, paths.reshape(-1, paths.shape[-1])).reshape(len(ends), frames)
    good[:, 0] = True
    best = int(np.argmax(good.sum(axis=1)))
    return np.asarray(paths[best][good[best]])


def _path(start: Array, end: Array, frames: int) -> Array:
    """(frames, 15) vectors from `start` to the pose of `end`, with smooth speed; sizes stay those of `start`."""
    first, last = (unpack(torch.from_numpy(vector)).R_base_target.numpy() for vector in (start, end))
    s = np.linspace(0, 1, frames)
    s = s * s * (3 - 2 * s)
    R = Slerp([0, 1], Rotation.from_matrix(np.stack([first, last])))(s).as_matrix()
    path = np.tile(start, (frames, 1))
    path[1:, ROT6D] = np.swapaxes(R[1:, :, :2], 1, 2).reshape(-1, 6)
    path[:, T] = start[T] + s[:, None] * (end[T] - start[T])
    return path


class Cover(NamedTuple):
    """A category's template and what covers it.

    mesh: in canonical space. regions: (F,) which of the texture's materials a face has. part_of: the part's name of each region.
    """

    category: Category
    mesh: trimesh.Trimesh
    regions: NDArray[np.int32]
    part_of: tuple[str, ...]
    texture: Texture


def covered(category: Category, rng: np.random.Generator, detail: float = 1.0) -> Cover:
    """A category's template with a random texture, as scenes' instances have; detail: its strength."""
    parts = category.template.parts
    regions: list[NDArray[np.int64]] = []
    colours: list[NDArray[np.uint8]] = []
    part_of: list[str] = []
    for name, part in parts.items():
        own, inverse, count = np.unique(face_colours(part), axis=0, return_inverse=True, return_counts=True)
        order = np.argsort(-count, kind="stable")  # the part's main colour decides what it is made of
        regions.append(len(colours) + np.argsort(order)[inverse.reshape(-1)])
        colours.extend(own[order])
        part_of.extend([name] * len(own))
    numbers = {name: i for i, name in enumerate(parts)}
    texture = random_texture(np.array(colours), [numbers[name] for name in part_of], rng, detail=detail,
                             natural=category.name in FOOD | LIVING)
    return Cover(category, category.template.mesh, np.concatenate(regions).astype(np.int32), tuple(part_of), texture)


def _posed_instances(covers: Sequence[Cover], vector: Array) -> tuple[Instance, Instance]:
    """Target and base in the world: the base unturned, standing on y = 0."""
    relation = unpack(torch.from_numpy(vector))
    T_world_base, T_world_target = np.eye(4), np.eye(4)
    T_world_base[1, 3] = float(relation.scale_base[1]) / 2
    T_world_target[:3, :3] = relation.R_base_target.numpy()
    T_world_target[:3, 3] = relation.t_base_target.numpy() + T_world_base[:3, 3]
    scales = relation.scale_target.numpy(), relation.scale_base.numpy()
    found = []
    for (category, mesh, regions, part_of, texture), pose, scale in zip(covers, (T_world_target, T_world_base), scales,
                                                                        strict=True):
        own = trimesh.Trimesh(np.asarray(mesh.vertices) / category.template.extents * scale / scale.max(), mesh.faces,
                              face_colors=face_colours(mesh), process=False)
        found.append(Instance(category.name, own, regions, part_of, texture, pose, scale))
    return found[0], found[1]


def _camera(target: Instance, base: Instance, rng: np.random.Generator, studio: Studio) -> tuple[Camera, Array]:
    """A camera that sees both objects whole, and keeps seeing them when it goes round; and what it looks at.

    Of a few random directions, each higher up than the last, it is the first one that shows both objects well. Objects of very
    different sizes are seen diagonally from above, through a wider lens.
    """
    meshes = [target.placed, base.placed]
    points = np.concatenate([np.asarray(mesh.vertices) for mesh in meshes])
    centre, apart = (points.min(axis=0) + points.max(axis=0)) / 2, far_apart(target, base)
    fov_deg = float(rng.uniform(38, 46) if apart else rng.uniform(28, 36))
    cameras = []
    for attempt in range(DIRECTIONS):
        azimuth = float(rng.choice([-1.0, 1.0]) * (rng.uniform(30, 60) if apart else rng.uniform(0, 65)))
        elevation = float(5 * attempt + (rng.uniform(25, 45) if apart else rng.uniform(10, 35)))
        cameras.append(_round_camera(points, centre, azimuth, elevation, fov_deg, studio))
    shown = _shown(meshes, cameras)
    good = np.flatnonzero(shown > SHOWN)
    return cameras[int(good[0] if len(good) else np.argmax(shown))], centre


def far_apart(target: Instance, base: Instance) -> bool:
    """Whether the sizes of two objects differ so much that one must step back, and look down, to see both."""
    sizes = sorted(float(np.linalg.norm(instance.scale)) for instance in (target, base))
    return sizes[1] > APART * sizes[0]


def _round_camera(points: Array, centre: Array, azimuth_deg: float, elevation_deg: float, fov_deg: float,
                  studio: Studio) -> Camera:
    """The nearest camera in a direction that sees all points (n, 3), also after a turn about the centre with some sway."""
    hull = np.asarray(trimesh.convex.hull_points(points)) - centre
    slope = studio.margin / np.tan(np.radians(fov_deg) / 2)
    distance = 0.0
    for elevation in (elevation_deg - SWAY_DEG, elevation_deg, elevation_deg + SWAY_DEG):
        azimuths = np.radians(azimuth_deg + TURN_DEG)
        up, flat = np.sin(np.radians(elevation)), np.cos(np.radians(elevation))
        back = np.stack([flat * np.sin(azimuths), np.full_like(azimuths, up), flat * np.cos(azimuths)], axis=1)
        right = np.stack([np.cos(azimuths), np.zeros_like(azimuths), -np.sin(azimuths)], axis=1)
        x, y, near = hull @ right.T, hull @ np.cross(back, right).T, hull @ back.T
        distance = max(distance, float((slope * np.maximum(abs(x), abs(y)) + near).max()))
    eye = centre + distance * towards(azimuth_deg, elevation_deg)
    return Camera.look_at(eye, centre, fov_deg=fov_deg, width=studio.size_px, height=studio.size_px)


def _shown(meshes: Sequence[trimesh.Trimesh], cameras: Sequence[Camera], size_px: int = 96) -> Array:
    """(n,) how well each camera shows the object that it shows worse: the visible part of the largest outline it has in any."""
    factor = size_px / cameras[0].width
    small = [replace(camera, K=np.diag([factor, factor, 1]) @ camera.K, width=size_px, height=size_px) for camera in cameras]
    together = [view.ids for view in render_views(meshes, small, shadows=False)]
    shares = []
    for i, mesh in enumerate(meshes):
        alone = max(int((view.ids >= 0).sum()) for view in render_views([mesh], small, shadows=False))
        shares.append([float((ids == i).sum()) / max(alone, 1) for ids in together])
    return np.asarray(np.min(shares, axis=0))
