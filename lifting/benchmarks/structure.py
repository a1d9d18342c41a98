"""How well structure from motion does where the truth is known: scenes of the embedded world, seen from the circle."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import trimesh
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from lifting.images import photograph
from lifting.staging import scenes
from lifting.structure import Structure, StructureError, StructureFromMotion, tidied
from lifting.views import OrbitRenderer
from lifting.world import Scene
from oor.catalog.contexts import Context

Array = NDArray[np.float64]
SURFACE = 100_000  # points of each object's surface that a found point may be near to


@dataclass(frozen=True)
class Row:
    """What one way made of one scene.

    points: on the target, on the base. camera_deg: the median camera's rotation is wrong by. middle, most: in per cent of the
    scene's diagonal, how far half and nine of ten points of the worse object are off its surface. NaN and 0 where it refused.
    """

    way: str
    context: str
    inconsistency: float
    placed: int
    points: tuple[int, int]
    camera_deg: float
    middle: float
    most: float
    seconds: float


def rows(ways: Mapping[str, StructureFromMotion], contexts: Iterable[Context], orbit: OrbitRenderer,
         seed: int = 1) -> Iterator[Row]:
    """Every way on one scene of every context, its views made once. seconds: of the processor, for the way alone."""
    refused = 0, (0, 0), np.nan, np.full(2, np.nan)
    for context in contexts:
        scene = scenes(context, seed)[0]
        views = orbit(photograph(scene, seed, orbit.supersample), scene, seed)
        for name, way in ways.items():
            begin = time.process_time()
            try:
                found: Structure | None = way(views, seed)
            except StructureError:
                found = None
            seconds = time.process_time() - begin
            placed, points, camera_deg, off = refused if found is None else score(found, scene, orbit, seed)
            yield Row(name, str(context), orbit.inconsistency, placed, points, camera_deg, float(off[0]), float(off[1]), seconds)


def score(found: Structure, scene: Scene, orbit: OrbitRenderer, seed: int) -> tuple[int, tuple[int, int], float, Array]:
    """Views placed, points on target and base, the cameras' error in degrees, and the points' (2,) in per cent.

    Both come in the frame that a structure's own cameras tell, so nothing is fitted to the truth.
    """
    placed, truth = found.placed, true_structure(scene, orbit, seed)
    truth = tidied(replace(truth, Ts_camera_world=np.where(placed[:, None, None], truth.Ts_camera_world, np.nan)))
    gap = found.Ts_camera_world[placed, :3, :3] - truth.Ts_camera_world[placed, :3, :3]
    camera_deg = np.degrees(2 * np.arcsin(np.minimum(np.linalg.norm(gap, axis=(1, 2)) / np.sqrt(8), 1)))
    away, index = cKDTree(truth.points).query(found.points)
    diagonal = np.linalg.norm(np.ptp(truth.points, axis=0))
    owner = index // SURFACE
    off = [np.quantile(away[owner == i], (0.5, 0.9)) if (owner == i).any() else np.full(2, np.nan) for i in (0, 1)]
    counts = int((owner == 0).sum()), int((owner == 1).sum())
    return int(placed.sum()), counts, float(np.median(camera_deg)), 100 * np.max(off, axis=0) / diagonal


def true_structure(scene: Scene, orbit: OrbitRenderer, seed: int) -> Structure:
    """The true cameras, and points of both surfaces, those of the target first."""
    cameras = orbit.cameras(scene, seed)
    points = [trimesh.sample.sample_surface(instance.placed, SURFACE, seed=0)[0] for instance in scene.instances]
    none = np.zeros(0, np.int32)
    return Structure(np.concatenate(points), np.stack([camera.K for camera in cameras]),
                     np.stack([camera.T_camera_world for camera in cameras]), none, none, np.zeros((0, 2)))

