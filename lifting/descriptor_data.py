"""What the descriptor network learns from: pictures of the embedded world whose points on the objects are known.

Two kinds: scenes of a context, seen from around and as crops of one object, and portraits of one instance alone, as templates are
rendered. Every picture has textures, light and a camera of its own. All follows from a seed and a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lifting.staging import Cover, covered, instance_of, posed_instances
from lifting.world import Instance, towards
from oor.catalog.category import Category, categories
from oor.catalog.contexts import contexts
from oor.catalog.programs import draw_sized
from oor.files import write_npz
from oor.rendering import Camera, GBuffer, render_views

Array = NDArray[np.float64]
POINTS = 160  # of each object in a picture
LEAST = 24  # pixels by which an object is seen at all
VIEWS = 6  # of one scene, and of one instance alone
SCENES, ALONE = 24, 16  # of a shard
CELL = 4  # pixels of a descriptor, along each edge


@dataclass(frozen=True, eq=False)
class Shots:
    """Pictures and points in them. Role 0 is the target or the object alone, role 1 the base.

    own: in the canonical space of the category's typical template, into which the instance's box is stretched. part: its number
    among the typical template's parts, -1 for one that this has not. category: its number in the catalog, -1 for nobody.
    """

    rgb: NDArray[np.uint8]  # (n, s, s, 3)
    solid: NDArray[np.uint8]  # (n, s/4, s/4) the share of a cell that is no background, 0 to 255
    category: NDArray[np.int16]  # (n, 2)
    xy: NDArray[np.float16]  # (n, 2, POINTS, 2) in parts of the picture's edge
    own: NDArray[np.float16]  # (n, 2, POINTS, 3)
    part: NDArray[np.int8]  # (n, 2, POINTS)

    def __len__(self) -> int:
        return len(self.rgb)

    @staticmethod
    def joined(shots: list[Shots]) -> Shots:
        """All of them in a row."""
        return Shots(*(np.concatenate([vars(shot)[name] for shot in shots]) for name in vars(shots[0])))

    @staticmethod
    def read(path: Path) -> Shots:
        """Those that `write` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return Shots(**file)

    def write(self, path: Path) -> None:
        """As an npz file."""
        write_npz(path, vars(self))


def shard(number: int, seed: int, size_px: int) -> Shots:
    """SCENES scenes and ALONE instances alone."""
    scenes = [scene_shots(SCENES * number + i, seed, size_px) for i in range(SCENES)]
    return Shots.joined([*(shots for shots in scenes if shots is not None),
                         *(portraits(ALONE * number + i, seed, size_px) for i in range(ALONE))])


def scene_shots(number: int, seed: int, size_px: int) -> Shots | None:
    """VIEWS pictures of a random scene; None where instances do not fit together, or target and base look alike."""
    rng = np.random.default_rng([seed, number, 1])
    known = list(contexts())
    context = known[int(rng.integers(len(known)))]
    if context.target == context.base:
        return None
    table = categories()
    shapes = table[context.target].instance(rng), table[context.base].instance(rng)
    try:
        vectors, _ = draw_sized(context, VIEWS, rng, shapes)
    except ValueError:
        return None
    return pictures(shapes, vectors, rng, size_px)


def portraits(number: int, seed: int, size_px: int) -> Shots:
    """VIEWS pictures of one instance; every category has its turn."""
    rng = np.random.default_rng([seed, number, 2])
    table = list(categories().values())
    category = table[number % len(table)]
    return pictures((category.instance(rng),), np.zeros((VIEWS, 0)), rng, size_px)


def pictures(shapes: Sequence[Category], vectors: Array, rng: np.random.Generator, size_px: int) -> Shots:
    """One picture for each vector of a pair; of one shape alone, as many as there are empty vectors."""
    found = []
    for vector in vectors:
        instances = _posed([covered(shape, rng, float(rng.uniform(0.2, 1.2))) for shape in shapes], vector)
        light = towards(*rng.uniform([-180, 25], [180, 80]))
        (view,) = render_views([instance.placed for instance in instances], [_camera(instances, rng, size_px)], light=light,
                               shadows=bool(rng.random() < 0.7), surfaces=[instance.surface for instance in instances])
        found.append(_shot(view, instances, rng))
    return Shots.joined(found)


def _posed(covers: Sequence[Cover], vector: Array) -> Sequence[Instance]:
    if len(covers) == 1:
        return [instance_of(covers[0], np.eye(4), covers[0].category.template.extents)]
    return posed_instances(covers, vector)


def _camera(instances: Sequence[Instance], rng: np.random.Generator, size_px: int) -> Camera:
    """From anywhere around, not from below a scene: of everything, or of a window about one object."""
    clouds = [np.asarray(instance.placed.vertices) for instance in instances]
    points = np.concatenate(clouds)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    fov_deg = float(rng.uniform(26, 46))
    distance = np.linalg.norm(points - centre, axis=1).max() / np.sin(np.radians(fov_deg / 2))
    eye = centre + distance * towards(float(rng.uniform(-180, 180)), float(rng.uniform(-5 if len(instances) > 1 else -40, 70)))
    camera = Camera.look_at(eye, centre, fov_deg=fov_deg, width=size_px, height=size_px)
    near = clouds[int(rng.integers(len(clouds)))] if rng.random() < 0.6 else points
    pixels, _ = camera.project(near)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    edge = (high - low).max() * np.exp(rng.uniform(np.log(1.03), np.log(1.6)))
    room = (edge - (high - low).max()) / 2
    corner = (low + high) / 2 - edge / 2 + rng.uniform(-room, room, 2)
    K = np.diag([size_px / edge, size_px / edge, 1.0]) @ (camera.K - np.array([[0, 0, corner[0]], [0, 0, corner[1]], [0, 0, 0]]))
    return replace(camera, K=K)


def _shot(view: GBuffer, instances: Sequence[Instance], rng: np.random.Generator) -> Shots:
    size_px = len(view.ids)
    cells = (view.ids >= 0).reshape(size_px // CELL, CELL, size_px // CELL, CELL).mean(axis=(1, 3))
    category = np.full(2, -1, np.int16)
    xy, own, part = np.zeros((2, POINTS, 2)), np.zeros((2, POINTS, 3)), np.full((2, POINTS), -1, np.int8)
    table, names = categories(), list(categories())
    for role, instance in enumerate(instances):
        rows, columns = np.nonzero(view.ids == role)
        if len(rows) < LEAST:
            continue
        pick = rng.choice(len(rows), POINTS, replace=len(rows) < POINTS)
        rows, columns = rows[pick], columns[pick]
        typical = table[instance.category].template
        parts = {name: i for i, name in enumerate(typical.parts)}
        category[role] = names.index(instance.category)
        xy[role] = (np.stack([columns, rows], axis=1) + 0.5) / size_px
        own[role] = view.own[rows, columns] / (instance.scale / instance.scale.max()) * typical.extents
        part[role] = np.array([parts.get(name, -1) for name in instance.part_of])[view.regions[rows, columns]]
    return Shots(view.rgb[None], np.round(255 * cells).astype(np.uint8)[None], category[None], xy.astype(np.float16)[None],
                 own.astype(np.float16)[None], part[None])
