"""The last filter: does the registered pair look like the views? The embedded judge compares outlines with the masks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import trimesh
from numpy.typing import NDArray

from lifting.filtering import ROLES, Evidence, Judgement, in_world
from lifting.masks import Masks
from oor.rendering import Camera, render_views


@dataclass(frozen=True)
class OutlineJudge:
    """Believes a pair whose meshes cover what the masks do, in the views that were placed.

    least: intersection over union of each object, the mean over views. size_px: width at which outlines are compared.
    """

    least: float = 0.55
    size_px: int = 144

    def __call__(self, evidence: Evidence) -> Judgement:
        """Of an item whose fits have boxes."""
        assert evidence.masks is not None
        columns, rows = (np.minimum(((np.arange(count) + 0.5) * length / count).astype(int), length - 1)
                         for count, length in zip(self._size(evidence.masks), evidence.masks.shape[:0:-1], strict=True))
        figures: dict[str, list[float]] = {role: [] for role, _ in ROLES}
        for view, ids in self.outlines(evidence):
            mask = evidence.masks[view][rows[:, None], columns]
            for i, (role, label) in enumerate(ROLES):
                mine, told = ids == i, mask == label
                union = int((mine | told).sum())
                if union:
                    figures[role].append(float((mine & told).sum()) / union)
        found = {f"{role}_iou": float(np.mean(values)) if values else 0.0 for role, values in figures.items()}
        worst = min(found.values())
        sentence = f"The worse outline has {worst:.2f} in common with its mask; {self.least:g} are needed."
        return Judgement(worst >= self.least, sentence, found)

    def outlines(self, evidence: Evidence) -> Iterator[tuple[int, NDArray[np.int32]]]:
        """Views that were placed, and which mesh a pixel shows there: 0 the target, 1 the base, -1 nothing."""
        structure, fits, candidates = evidence.structure, evidence.fits, evidence.candidates
        assert structure is not None and fits is not None and candidates is not None and evidence.masks is not None
        meshes = []
        for fit, candidate in zip(fits, candidates, strict=True):
            assert fit.box is not None
            vertices = in_world(fit.box, candidate, np.asarray(candidate.mesh.vertices, float))
            meshes.append(trimesh.Trimesh(vertices, candidate.mesh.faces, process=False))
        width, height = self._size(evidence.masks)
        views = np.flatnonzero(structure.placed)
        smaller = np.diag([width / evidence.masks.shape[2], height / evidence.masks.shape[1], 1.0])
        cameras = [Camera(smaller @ structure.Ks[i], structure.Ts_camera_world[i], width, height) for i in views]
        for view, seen in zip(views.tolist(), render_views(meshes, cameras, shadows=False), strict=True):
            yield view, seen.ids

    def _size(self, masks: Masks) -> tuple[int, int]:
        height, width = masks.shape[1:]
        return self.size_px, max(1, round(self.size_px * height / width))
