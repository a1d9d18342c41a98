"""Pseudo multi-views of an image: a circle of views, as SV3D makes them, and from the embedded world, which knows the truth.

A model's views look right one by one, but do not quite agree. The embedded ones agree exactly, or as little as one asks for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates, zoom
from scipy.spatial.transform import Rotation

from lifting.images import Picture
from lifting.staging import SWAY_DEG
from lifting.world import Instance, Scene
from oor.files import write_text
from oor.rendering import Camera, write_png

Array = NDArray[np.float64]
VIEWS = 21  # SV3D's

# what full inconsistency means: standard deviations
TURN_DEG, ROLL_DEG, ZOOM = 3.0, 2.0, 0.03  # of the camera
SHIFT, TILT_DEG = 0.03, 3.0  # of the target against the base; the shift in parts of its own longest edge
GAIN, HUE_DEG = 0.08, 8.0  # of the colours
WARP = 0.01  # of a pixel's place, in parts of the picture's width
_WARP_CELLS = 5


@dataclass(frozen=True, eq=False)
class Views:
    """Views around a picture; view 0 is the picture's own.

    rgb: (n, H, W, 3) uint8 before white. orbit_deg: (n, 2) azimuth and elevation that were asked for, from the picture's own.
    """

    rgb: NDArray[np.uint8]
    orbit_deg: Array


class ViewSynthesizer(Protocol):
    """Makes views around a picture. A model sees the picture only; `scene` is for those that render the truth."""

    def __call__(self, picture: Picture, scene: Scene | None, seed: int) -> Views: ...


@dataclass(frozen=True)
class OrbitRenderer:
    """Renders views of the picture's scene, on a circle about what it looks at.

    views: how many. sway_deg: the elevation follows one sine of this height round the circle. inconsistency: 0 is exact; up to 1,
    views disagree more and more in the camera's and the target's pose, in colour, and by smooth local warps. supersample: rays
    per pixel edge. Raises ValueError for settings out of range, and when the scene is not known.
    """

    views: int = VIEWS
    sway_deg: float = 0.0
    inconsistency: float = 0.0
    supersample: int = 2

    def __post_init__(self) -> None:
        if self.views < 1 or self.supersample < 1 or not 0 <= self.inconsistency <= 1 or not abs(self.sway_deg) <= SWAY_DEG:
            raise ValueError(f"{self} is not possible; give views and supersample >= 1, inconsistency from 0 to 1, and at most "
                             f"{SWAY_DEG:g} degrees of sway")

    @property
    def orbit_deg(self) -> Array:
        """(n, 2) azimuth and elevation from the picture's own."""
        azimuth = np.arange(self.views) * 360.0 / self.views
        return np.stack([azimuth, self.sway_deg * np.sin(np.radians(azimuth))], axis=1)

    def __call__(self, picture: Picture, scene: Scene | None, seed: int) -> Views:
        if scene is None:
            raise ValueError("the truth about this picture is not known, so it cannot be turned; use a model that makes views")
        rgb = [picture.rgb]
        for flaws, (moved, camera) in zip(self._flaws(seed), self._takes(scene, seed), strict=True):
            if flaws.view:
                rgb.append(flaws.develop(next(moved.views([camera], self.supersample)).rgb))
        return Views(np.stack(rgb), self.orbit_deg)

    def cameras(self, scene: Scene, seed: int) -> list[Camera]:
        """The true camera of each view, before its warp: for scoring."""
        return [camera for _, camera in self._takes(scene, seed)]

    def _flaws(self, seed: int) -> list[_Flaws]:
        return [_Flaws.drawn(view, seed, self.inconsistency) for view in range(self.views)]

    def _takes(self, scene: Scene, seed: int) -> Iterator[tuple[Scene, Camera]]:
        """The scene as each view has it, and the camera; those of view 0 are the picture's."""
        yield scene, scene.camera
        for flaws, (azimuth, elevation) in list(zip(self._flaws(seed), self.orbit_deg, strict=True))[1:]:
            turn, sway = flaws.turn_deg
            camera = scene.orbit(azimuth + turn, elevation + sway, flaws.zoom)
            roll = np.eye(4)
            roll[:3, :3] = Rotation.from_euler("z", flaws.roll_deg, degrees=True).as_matrix()
            moved = replace(scene, target=_moved(scene.target, flaws)) if flaws.any else scene
            yield moved, replace(camera, T_camera_world=roll @ camera.T_camera_world)


@dataclass(frozen=True, eq=False)
class _Flaws:
    """What is wrong with one view. The same random numbers at every level, only larger."""

    view: int
    any: bool
    turn_deg: Array  # (2,) azimuth, elevation
    roll_deg: float
    zoom: float
    shift: Array  # (3,)
    tilt_deg: Array  # (3,)
    colour: Array  # (3, 3) acts on 255 - rgb, so that white stays white
    warp: Array  # (2, cells, cells) rows and columns, in parts of the width

    @staticmethod
    def drawn(view: int, seed: int, level: float) -> _Flaws:
        level = level if view else 0.0
        rng = np.random.default_rng([seed, view, 21])
        amounts = level * np.clip(rng.normal(size=12), -2.5, 2.5)
        warp = level * WARP * rng.normal(size=(2, _WARP_CELLS, _WARP_CELLS))
        about_grey = Rotation.from_rotvec(np.radians(HUE_DEG * amounts[11]) * np.ones(3) / np.sqrt(3)).as_matrix()
        return _Flaws(view, level > 0, TURN_DEG * amounts[:2], float(ROLL_DEG * amounts[2]), float(np.exp(ZOOM * amounts[3])),
                      SHIFT * amounts[4:7], TILT_DEG * amounts[7:10], np.exp(GAIN * amounts[10]) * about_grey, warp)

    def develop(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A view (H, W, 3) with this colour and warp; exactly as it was if nothing is wrong."""
        if not self.any:
            return rgb
        ink = (255.0 - rgb) @ self.colour.T
        height, width = rgb.shape[:2]
        rows, columns = np.mgrid[:height, :width].astype(float)
        bend = [width * zoom(field, (height / _WARP_CELLS, width / _WARP_CELLS), order=3, mode="nearest") for field in self.warp]
        places = [rows + bend[0], columns + bend[1]]
        bent = np.stack([map_coordinates(ink[..., channel], places, order=1, cval=0.0) for channel in range(3)], axis=-1)
        return np.clip(255.0 - bent + 0.5, 0, 255).astype(np.uint8)


def _moved(instance: Instance, flaws: _Flaws) -> Instance:
    """The instance a little off its place."""
    T = instance.T_world_object.copy()
    T[:3, :3] = Rotation.from_rotvec(np.radians(flaws.tilt_deg)).as_matrix() @ T[:3, :3]
    T[:3, 3] += flaws.shift * instance.scale.max()
    return replace(instance, T_world_object=T)


def write_views(folder: Path, views: Views) -> None:
    """`00.png` and on, and `views.json` with the orbit that was asked for."""
    for i, rgb in enumerate(views.rgb):
        write_png(folder / f"{i:02d}.png", rgb)
    write_text(folder / "views.json", json.dumps({"orbit_deg": views.orbit_deg.tolist()}) + "\n")


def read_views(folder: Path) -> Views:
    """The views that `write_views` wrote. ValueError when some are missing."""
    orbit_deg = np.array(json.loads((folder / "views.json").read_text(encoding="utf-8"))["orbit_deg"], float).reshape(-1, 2)
    files = [folder / f"{i:02d}.png" for i in range(len(orbit_deg))]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise ValueError(f"{folder} lacks {', '.join(missing)} of {len(files)} views; make them again")
    rgb = []
    for file in files:
        with Image.open(file) as image:
            rgb.append(np.asarray(image.convert("RGB")))
    return Views(np.stack(rgb), orbit_deg)
