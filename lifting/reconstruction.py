"""Reconstructions in COLMAP's format, as structures: what pycolmap holds, or what any program wrote into a folder."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifting.structure import Structure, StructureError

Array = NDArray[np.float64]
PARTS = ("cameras", "images", "points3D")  # files of a reconstruction, as .bin or as .txt
PARAMETERS = dict(enumerate((3, 4, 4, 5, 8, 8, 12, 5, 4, 5, 12)))  # numbers that COLMAP's camera models have


def pycolmap_or_refusal() -> Any:
    """The package. ValueError where it is not installed."""
    try:
        import pycolmap
    except ImportError:
        raise ValueError("COLMAP is not installed; pip install oor-toolkit[lift]") from None
    pycolmap.logging.minloglevel = int(pycolmap.logging.FATAL.value)
    return pycolmap


def read_reconstruction(folder: Path, names: Sequence[str]) -> Structure:
    """The structure in a folder of COLMAP's; `names`: the pictures' files, in the order of the views.

    StructureError where files are missing, cannot be read, hold no camera or point, or name other pictures.
    """
    kinds = [kind for kind in ("bin", "txt") if all((folder / f"{part}.{kind}").is_file() for part in PARTS)]
    if not kinds:
        raise StructureError(f"{folder.name} holds no {', '.join(PARTS)} of COLMAP's; nothing was reconstructed")
    if kinds[0] == "bin" and (torn := [part for part in PARTS if not is_whole(folder / f"{part}.bin")]):
        raise StructureError(f"{', '.join(torn)} of the reconstruction cannot be read; it is half a file, or another kind of it")
    try:
        model = pycolmap_or_refusal().Reconstruction(folder)
    except (RuntimeError, ValueError, IndexError, MemoryError, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise StructureError(f"the reconstruction in {folder.name} cannot be read ({reason})") from None
    strangers = sorted({image.name for image in model.images.values()} - set(names))
    if strangers:
        raise StructureError(f"the reconstruction is of other pictures ({', '.join(strangers[:3])})")
    if not model.cameras or not model.points3D:
        raise StructureError("the reconstruction holds no camera or no point; the views do not fit together")
    return structure_of(model, names)


def is_whole(file: Path) -> bool:
    """Whether a binary file of COLMAP's ends where its own counts say. COLMAP itself would read on into nothing, without end."""
    data = file.read_bytes()
    records = {"cameras": _camera, "images": _image, "points3D": _point}[file.stem]
    try:
        (count,), at = struct.unpack_from("<Q", data), 8
        for _ in range(count):
            at = records(data, at)
    except (struct.error, ValueError, KeyError, OverflowError):
        return False
    return at == len(data)


def _camera(data: bytes, at: int) -> int:
    """Where the record that begins here ends: number, model, size, parameters."""
    (model,) = struct.unpack_from("<i", data, at + 4)
    return at + 24 + 8 * PARAMETERS[model]


def _image(data: bytes, at: int) -> int:
    """Number, pose, camera; a name that ends with a zero; places and points."""
    named = data.index(b"\0", at + 64) + 1
    (spots,) = struct.unpack_from("<Q", data, named)
    return named + 8 + 24 * int(spots)


def _point(data: bytes, at: int) -> int:
    """Number, place, colour, error; the track."""
    (track,) = struct.unpack_from("<Q", data, at + 43)
    return at + 51 + 8 * int(track)


def structure_of(model: Any, names: Sequence[str]) -> Structure:
    """A pycolmap reconstruction's numbers: points in the order of their numbers, observations in that of the views."""
    numbers = {name: i for i, name in enumerate(names)}
    Ts, Ks = np.full((len(names), 4, 4), np.nan), np.zeros((len(names), 3, 3))
    Ks[:] = next(iter(model.cameras.values())).calibration_matrix()
    views = {}
    for image in model.images.values():
        views[image.image_id] = numbers[image.name]
        Ks[numbers[image.name]] = model.cameras[image.camera_id].calibration_matrix()
        if image.has_pose:
            Ts[numbers[image.name]] = np.vstack([image.cam_from_world().matrix(), [0, 0, 0, 1]])
    points: list[Array] = []
    seen: list[tuple[float, ...]] = []
    for key in sorted(model.points3D):
        track = sorted({(views[e.image_id], e.point2D_idx, e.image_id) for e in model.points3D[key].track.elements})
        seen += [(len(points), view, *model.images[i].points2D[spot].xy) for view, spot, i in track]
        points.append(model.points3D[key].xyz)
    table = np.array(seen, float).reshape(-1, 4)
    return Structure(np.array(points, float).reshape(-1, 3), Ks, Ts, table[:, 0].astype(np.int32),
                     table[:, 1].astype(np.int32), table[:, 2:])
