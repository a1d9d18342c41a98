"""Structure from motion: points in space from views, and where each view saw them (paper, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lifting.views import Views
from oor.files import write_npz

Array = NDArray[np.float64]
Ints = NDArray[np.int32]
FILE = "structure.npz"


@dataclass(frozen=True, eq=False)
class Structure:
    """Points and cameras up to one similarity, and the observations that tie them together.

    A view that could not be placed has a camera of NaN. Observations are in the order of their points.
    """

    points: Array  # (p, 3)
    Ks: Array  # (n, 3, 3) pixels; of each view
    Ts_camera_world: Array  # (n, 4, 4) rigid
    point: Ints  # (m,) of each observation, ascending
    view: Ints  # (m,)
    xy: Array  # (m, 2) pixels; the first pixel's centre is (0.5, 0.5)

    @property
    def placed(self) -> NDArray[np.bool_]:
        """(n,) whether a view's camera is known."""
        return np.asarray(np.isfinite(self.Ts_camera_world).all(axis=(1, 2)))


def tidied(structure: Structure) -> Structure:
    """The same structure where views tell what is where: what they look at is the origin, the median camera is 1 away, pictures
    are upright about y, and the first camera that is placed stands in the y-z plane, where z > 0.

    Raises StructureError when no two views are placed, or what they look at is no one place.
    """
    T = structure.Ts_camera_world[structure.placed]
    if len(T) < 2:
        raise StructureError(f"{len(T)} of {len(structure.Ks)} views could be placed; they do not fit together")
    eyes = -np.einsum("nji,nj->ni", T[:, :3, :3], T[:, :3, 3])
    across = np.eye(3) - T[:, 2, :3, None] * T[:, 2, None, :3]  # onto the plane a camera looks along the normal of
    total = across.sum(axis=0)
    if np.linalg.cond(total) > 1e6:
        raise StructureError("all views look the same way; structure needs views from different sides")
    centre = np.linalg.solve(total, np.einsum("nij,nj->i", across, eyes))
    distance = float(np.median(np.linalg.norm(eyes - centre, axis=1)))
    up = np.linalg.eigh(T[:, 0, :3].T @ T[:, 0, :3])[1][:, 0]  # a camera that is not rolled has its own x axis level
    up *= -np.copysign(1.0, T[:, 1, :3].sum(axis=0) @ up)
    right = np.cross(up, eyes[0] - centre)
    right /= np.linalg.norm(right)
    R = np.stack([right, up, np.cross(right, up)])
    Ts = structure.Ts_camera_world.copy()
    Ts[:, :3, 3] = (Ts[:, :3, 3] + Ts[:, :3, :3] @ centre) / distance
    Ts[:, :3, :3] = Ts[:, :3, :3] @ R.T
    return replace(structure, points=(structure.points - centre) @ R.T / distance, Ts_camera_world=Ts)


class StructureFromMotion(Protocol):
    """Makes a structure of views. Raises `StructureError` where they do not fit together."""

    def __call__(self, views: Views, seed: int) -> Structure: ...


class StructureError(ValueError):
    """Views that give no structure; the message says why."""


def write_structure(folder: Path, structure: Structure) -> None:
    """`structure.npz`."""
    write_npz(folder / FILE, vars(structure))


def read_structure(folder: Path) -> Structure:
    """The structure that `write_structure` wrote."""
    with np.load(folder / FILE, allow_pickle=False) as file:
        return Structure(**file)
