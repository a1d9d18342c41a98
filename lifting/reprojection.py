"""The registered pair, seen again through the cameras of its structure: for filters that compare it with the views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray

from lifting.relative import PlacedBox
from lifting.structure import Structure
from lifting.templates import Candidate
from oor.rendering import Camera, GBuffer, Surface, render_views

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RegisteredPair:
    """Target and base where a structure has them: each candidate fills its box. size_px: (width, height) of the views."""

    structure: Structure
    size_px: tuple[int, int]
    candidates: tuple[Candidate, Candidate]
    boxes: tuple[PlacedBox, PlacedBox]

    def views(self, width_px: int) -> Iterator[tuple[int, GBuffer]]:
        """Every view that was placed, by number, in a smaller size: ids are 0 for the target and 1 for the base, `own` is in
        the candidates' canonical space."""
        width, height = width_px, max(1, round(width_px * self.size_px[1] / self.size_px[0]))
        smaller = np.diag([width / self.size_px[0], height / self.size_px[1], 1.0])
        placed = np.flatnonzero(self.structure.placed)
        cameras = [Camera(smaller @ self.structure.Ks[i], self.structure.Ts_camera_world[i], width, height) for i in placed]
        meshes, surfaces = [], []
        for candidate, box in zip(self.candidates, self.boxes, strict=True):
            vertices = in_world(box, candidate, np.asarray(candidate.mesh.vertices, float))
            meshes.append(trimesh.Trimesh(vertices, candidate.mesh.faces, process=False))
            surfaces.append(Surface(candidate.surface.points, candidate.surface.regions))
        yield from zip(placed.tolist(), render_views(meshes, cameras, shadows=False, surfaces=surfaces), strict=True)

    def shown(self, width_px: int = 64) -> tuple[Array, Array]:
        """(n, 3) and (m, 3) points of the target's and the base's surface that the views show, in the world."""
        seen = [view for _, view in self.views(width_px)]
        own = [np.concatenate([np.zeros((0, 3)), *(view.own[view.ids == i] for view in seen)]) for i in range(2)]
        return in_world(self.boxes[0], self.candidates[0], own[0]), in_world(self.boxes[1], self.candidates[1], own[1])


def in_world(box: PlacedBox, candidate: Candidate, points: Array) -> Array:
    """(n, 3) canonical points of a candidate that fills a box, in the box's world: Eq. 2 and the box's pose."""
    return np.asarray(points / candidate.extents * box.scale.numpy() @ box.R.numpy().T + box.t.numpy(), float)
