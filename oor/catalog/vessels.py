"""Vessels: hollow turned bodies, together with the frames that pouring, filling and putting inside are written with."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import ArrayLike

from oor.catalog.solids import PORCELAIN, Colour, lathe, tinted
from oor.catalog.template import Frame


def vessel(profile: ArrayLike, wall: float, floor: float, colour: Colour = PORCELAIN, inside: Colour | None = None,
           sections: int = 48) -> tuple[trimesh.Trimesh, dict[str, Frame]]:
    """A hollow turned vessel and its frames "opening" and "floor".

    profile: (radius, height) of the outside from foot to rim, height rising. floor: height of the inside's bottom.
    """
    outer = np.asarray(profile, float)
    rim, top = outer[-1]
    at_floor = float(np.interp(floor, outer[:, 1], outer[:, 0])) - wall
    inner = outer[outer[:, 1] > floor + wall / 2] - [wall, 0]
    lip = (rim - wall / 2, top + wall / 3)
    mesh = lathe([(0, outer[0, 1]), *outer, lip, *inner[::-1], (at_floor, floor), (0, floor)], colour=colour,
                 sections=sections)
    if inside is not None:
        x, y, z = np.moveaxis(mesh.triangles, -1, 0)
        skin = np.interp(y, outer[:, 1], outer[:, 0])
        mesh = tinted(mesh, ((y >= floor - 1e-9) & (np.hypot(x, z) < skin - 0.75 * wall)).all(axis=1), inside)
    frames = {"opening": Frame.at((0, top, 0), half=rim - wall), "floor": Frame.at((0, floor, 0), half=at_floor)}
    return mesh, frames
