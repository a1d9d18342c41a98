"""Contact sheets: what every stage saw of an item, on one picture for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import trimesh
from numpy.typing import NDArray
from PIL import Image

from lifting.masks import BASE, NOTHING, TARGET, Masks, read_masks, whose
from lifting.pca import joint_projection
from lifting.refusals import FILE as REFUSED
from lifting.registering import ROLES, Pool, read_chosen, read_features, read_fits
from lifting.reprojection import in_world
from lifting.structure import Structure, read_structure
from lifting.views import Views, read_views
from oor.catalog.contexts import Context
from oor.files import write_through
from oor.rendering import Camera, contact_sheet, render_views

Picture = NDArray[np.uint8]
CELL_PX, STRIP_PX = 144, 72
SHOWN = 3  # views on the sheet
MOST = 24  # on the strip
INK = {NOTHING: (150, 150, 150), TARGET: (230, 110, 30), BASE: (40, 110, 200)}
FADED = 0.35  # how much of a view is left under what is drawn on it


@dataclass(frozen=True, eq=False)
class _Seen:
    """An item's files as far as there are any; a stage that was refused gives None."""

    views: Views
    structure: Structure | None
    masks: Masks | None
    features: torch.Tensor | None
    meshes: Sequence[trimesh.Trimesh]  # target and base in the structure's world; none where they were not found


def write_sheet(out: Path, folders: Mapping[str, Path], context: Context, pool: Pool) -> None:
    """`views.jpg`, a strip of all views, and `sheet.jpg`: some views, and what later stages made of them; none without views."""
    if not _is_whole(folders["views"]):
        return
    views = read_views(folders["views"])
    step = -(-len(views.rgb) // MOST)
    _write_jpeg(out / "views.jpg", contact_sheet([[_small(view, STRIP_PX) for view in views.rgb[::step]]], gap_px=1))
    seen = _Seen(views, read_structure(folders["structure"]) if _is_whole(folders["structure"]) else None,
                 read_masks(folders["masks"]) if _is_whole(folders["masks"]) else None,
                 read_features(folders["features"]).observations if _is_whole(folders["features"]) else None,
                 _placed(folders, context, pool))
    rows: list[list[Picture]] = []
    labels: list[list[str]] = []
    for i in _chosen(seen):
        cells = _cells(seen, i)
        rows.append(list(cells.values()))
        labels.append(list(cells) if not labels else [])
    _write_jpeg(out / "sheet.jpg", contact_sheet(rows, labels=labels))


def _is_whole(folder: Path) -> bool:
    return folder.is_dir() and not (folder / REFUSED).is_file()


def _chosen(seen: _Seen) -> list[int]:
    """Views from about all sides, of those that were placed if any were."""
    placed = np.arange(len(seen.views.rgb)) if seen.structure is None else np.flatnonzero(seen.structure.placed)
    placed = placed if len(placed) else np.arange(len(seen.views.rgb))
    return [int(placed[k * len(placed) // SHOWN]) for k in range(min(SHOWN, len(placed)))]


def _cells(seen: _Seen, i: int) -> dict[str, Picture]:
    """What there is to show of a view, by name."""
    view = _small(seen.views.rgb[i], CELL_PX)
    cells = {"view": view}
    if seen.structure is not None:
        cells["points"] = _points(seen, i)
    if seen.masks is not None:
        cells["masks"] = _masked(view, seen.masks[i])
    if seen.features is not None:
        cells["features"] = _featured(seen, i, view)
    if len(seen.meshes) and seen.structure is not None:
        cells["meshes"] = _meshed(seen, i, view)
    return cells


def _small(rgb: Picture, size_px: int) -> Picture:
    """A square thumbnail before white."""
    factor = size_px / max(rgb.shape[:2])
    image = Image.fromarray(rgb).resize((round(factor * rgb.shape[1]), round(factor * rgb.shape[0])), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (size_px, size_px), (255, 255, 255))
    square.paste(image, ((size_px - image.width) // 2, (size_px - image.height) // 2))
    return np.asarray(square)


def _camera(seen: _Seen, i: int) -> Camera:
    """The camera of a view's thumbnail."""
    assert seen.structure is not None
    height, width = seen.views.rgb.shape[1:3]
    factor = CELL_PX / max(height, width)
    to_cell = np.array([[factor, 0, (CELL_PX - factor * width) / 2], [0, factor, (CELL_PX - factor * height) / 2], [0, 0, 1]])
    return Camera(to_cell @ seen.structure.Ks[i], seen.structure.Ts_camera_world[i], CELL_PX, CELL_PX)


def _dots(canvas: Picture, xy: NDArray[np.float64], colours: NDArray[np.uint8]) -> Picture:
    """Squares of two pixels on a canvas (H, W, 3)."""
    canvas = canvas.copy()
    for right in (0, 1):
        for down in (0, 1):
            with np.errstate(invalid="ignore"):
                column, row = np.floor(np.nan_to_num(xy, nan=-9, posinf=-9, neginf=-9)).clip(-9, 9999).astype(int).T
            column, row = column + right, row + down
            inside = (column >= 0) & (row >= 0) & (column < canvas.shape[1]) & (row < canvas.shape[0])
            canvas[row[inside], column[inside]] = colours[inside]
    return canvas


def _points(seen: _Seen, i: int) -> Picture:
    """All points of the structure as a view's camera sees them, in the colours of their objects."""
    assert seen.structure is not None
    label = np.zeros(len(seen.structure.points), int) if seen.masks is None else whose(seen.structure, seen.masks)
    colours = np.array([INK[k] for k in (NOTHING, TARGET, BASE)], np.uint8)[label]
    blank = np.full((CELL_PX, CELL_PX, 3), 255, np.uint8)
    if not seen.structure.placed[i]:
        return blank
    xy, depth = _camera(seen, i).project(seen.structure.points)
    order = np.argsort(-depth)  # what is near is drawn last
    return _dots(blank, xy[order], colours[order])


def _masked(view: Picture, mask: NDArray[np.uint8]) -> Picture:
    """A view tinted by whose its pixels are."""
    tint = np.array([(255, 255, 255), INK[TARGET], INK[BASE]], np.uint8)[mask]
    return (0.5 * view + 0.5 * _small(tint, CELL_PX)).astype(np.uint8)


def _featured(seen: _Seen, i: int, view: Picture) -> Picture:
    """A faded view with its observations, coloured by the three strongest axes of their features."""
    assert seen.structure is not None and seen.features is not None
    faded = (255 - FADED * (255.0 - view)).astype(np.uint8)
    mine = seen.structure.view == i
    if len(seen.features) < 3 or not mine.any() or seen.features.shape[1] < 3:
        return faded
    values = joint_projection([seen.features], 3)(seen.features).numpy()
    low, high = np.percentile(values, (2, 98), axis=0)
    colours = (255 * np.clip((values - low) / np.maximum(high - low, 1e-9), 0, 1)).astype(np.uint8)
    height, width = seen.views.rgb.shape[1:3]
    factor = CELL_PX / max(height, width)
    return _dots(faded, seen.structure.xy[mine] * factor + (CELL_PX - factor * np.array([width, height])) / 2, colours[mine])


def _meshed(seen: _Seen, i: int, view: Picture) -> Picture:
    """A faded view with the registered templates on it."""
    assert seen.structure is not None
    faded = 255 - FADED * (255.0 - view)
    if not seen.structure.placed[i]:
        return faded.astype(np.uint8)
    camera = _camera(seen, i)
    drawn = next(render_views(seen.meshes, [camera], light=camera.eye - np.mean(seen.meshes[0].bounds, axis=0), shadows=False))
    covered = (drawn.ids >= 0)[..., None]
    return np.where(covered, 0.3 * view + 0.7 * drawn.rgb, faded).astype(np.uint8)


def _placed(folders: Mapping[str, Path], context: Context, pool: Pool) -> list[trimesh.Trimesh]:
    """The templates that were taken, where they were found."""
    if not (_is_whole(folders["registration"]) and _is_whole(folders["templates"])):
        return []
    fits = read_fits(folders["registration"], context)
    chosen = read_chosen(folders["templates"])
    meshes = []
    for role, label in ROLES.items():
        box = fits[role].box
        if box is not None:
            candidate = pool.candidates(getattr(context, role))[chosen[role]["chosen"]]
            vertices = in_world(box, candidate, np.asarray(candidate.mesh.vertices, float))
            colours = np.tile(np.array([*INK[label], 255], np.uint8), (len(candidate.mesh.faces), 1))
            meshes.append(trimesh.Trimesh(vertices, candidate.mesh.faces, face_colors=colours, process=False))
    return meshes


def _write_jpeg(path: Path, image: Image.Image) -> None:
    write_through(path, lambda file: image.save(file, "JPEG", quality=85))
