"""The embedded world: two textured instances of catalog categories in a relation, lit, and seen by a camera.

A `Scene` is the whole truth about one picture. Only what makes pictures and what scores results may look at it; it is kept apart
from the picture, in files of its own (`write_scene`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from oor.catalog.contexts import Context
from oor.files import write_npz, write_text
from oor.rendering import Camera, GBuffer, Surface, render_views
from oor.textures import Texture

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Instance:
    """One object: its mesh in its own canonical space (box centred, longest edge 1), what covers it, and its place.

    regions: (F,) which of the texture's materials a face has. part_of: the part's name of each region. T_world_object: (4, 4)
    rigid. scale: (3,) the box's edges in world units.
    """

    category: str
    mesh: trimesh.Trimesh
    regions: NDArray[np.int32]
    part_of: tuple[str, ...]
    texture: Texture
    T_world_object: Array
    scale: Array

    @property
    def placed(self) -> trimesh.Trimesh:
        """The mesh in the world."""
        mesh = self.mesh.copy()
        R, t = self.T_world_object[:3, :3], self.T_world_object[:3, 3]
        mesh.vertices = self.scale.max() * np.asarray(self.mesh.vertices) @ R.T + t
        return mesh

    @property
    def surface(self) -> Surface:
        """What the renderer needs to paint it."""
        return Surface(np.asarray(self.mesh.vertices, float), self.regions, self.texture)


@dataclass(frozen=True, eq=False)
class Scene:
    """The truth about a picture: the target (mesh 0 of a render) and the base (mesh 1), light, and the picture's camera.

    World: the base unturned on the ground, its longest edge 1, so `vector` (15,) holds in it. light: (3,) towards the light.
    centre: (3,) what the camera looks at. metres_per_unit: how long the unit is.
    """

    context: Context
    target: Instance
    base: Instance
    vector: Array
    light: Array
    camera: Camera
    centre: Array
    metres_per_unit: float

    @property
    def instances(self) -> tuple[Instance, Instance]:
        """Target and base, in the order of a render's ids."""
        return self.target, self.base

    def views(self, cameras: Sequence[Camera], supersample: int = 2) -> Iterator[GBuffer]:
        """What each camera sees, before a white background; `own` is in canonical space, `regions` index the materials."""
        return render_views([instance.placed for instance in self.instances], cameras, supersample=supersample, light=self.light,
                            surfaces=[instance.surface for instance in self.instances])

    def orbit(self, azimuth_deg: float, elevation_deg: float, zoom: float = 1.0) -> Camera:
        """A camera like the picture's, moved round the centre by these angles; zoom > 1 comes nearer."""
        back = self.camera.eye - self.centre
        distance = float(np.linalg.norm(back)) / zoom
        azimuth = np.degrees(np.arctan2(back[0], back[2])) + azimuth_deg
        elevation = np.degrees(np.arcsin(np.clip(back[1] / np.linalg.norm(back), -1, 1))) + elevation_deg
        eye = self.centre + distance * towards(azimuth, float(np.clip(elevation, -89.0, 89.0)))
        moved = Camera.look_at(eye, self.centre, width=self.camera.width, height=self.camera.height)
        return replace(moved, K=self.camera.K)


def towards(azimuth_deg: float, elevation_deg: float) -> Array:
    """(3,) the unit vector in a direction: azimuth 0 is +z, 90 is +x; elevation 90 is +y."""
    azimuth, elevation = np.radians([azimuth_deg, elevation_deg])
    return np.array([np.cos(elevation) * np.sin(azimuth), np.sin(elevation), np.cos(elevation) * np.cos(azimuth)])


def write_scene(folder: Path, scene: Scene) -> None:
    """`scene.npz` (numbers) and `scene.json` (words and materials): everything that is needed to picture it again."""
    numbers: dict[str, NDArray[Any]] = {"vector": scene.vector, "light": scene.light, "centre": scene.centre,
                                        "K": scene.camera.K, "T_camera_world": scene.camera.T_camera_world}
    context, camera = scene.context, scene.camera
    words: dict[str, Any] = {"target": context.target, "predicate": context.predicate, "base": context.base, "instances": {},
                             "metres_per_unit": scene.metres_per_unit, "width": camera.width, "height": camera.height}
    for role, instance in zip(("target", "base"), scene.instances, strict=True):
        numbers |= {f"{role}_vertices": np.asarray(instance.mesh.vertices, float),
                    f"{role}_faces": np.asarray(instance.mesh.faces, np.int32), f"{role}_regions": instance.regions,
                    f"{role}_T_world_object": instance.T_world_object, f"{role}_scale": instance.scale}
        words["instances"][role] = {"category": instance.category, "part_of": instance.part_of,
                                    "texture": instance.texture.to_json()}
    write_npz(folder / "scene.npz", numbers)
    write_text(folder / "scene.json", json.dumps(words, indent=1) + "\n")


def read_scene(folder: Path) -> Scene:
    """The scene that `write_scene` wrote: its pictures are the same, byte for byte."""
    words = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
    with np.load(folder / "scene.npz", allow_pickle=False) as file:
        numbers = dict(file)
    instances = []
    for role in ("target", "base"):
        told = words["instances"][role]
        mesh = trimesh.Trimesh(numbers[f"{role}_vertices"], numbers[f"{role}_faces"], process=False)
        instances.append(Instance(told["category"], mesh, numbers[f"{role}_regions"], tuple(told["part_of"]),
                                  Texture.from_json(told["texture"]), numbers[f"{role}_T_world_object"],
                                  numbers[f"{role}_scale"]))
    camera = Camera(numbers["K"], numbers["T_camera_world"], words["width"], words["height"])
    context = Context(words["target"], words["predicate"], words["base"])
    return Scene(context, instances[0], instances[1], numbers["vector"], numbers["light"], camera, numbers["centre"],
                 words["metres_per_unit"])
