"""Structure from motion: points in space from views, and where each view saw them (paper, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
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
