"""Layouts as files: GLB scenes with a node per object, and contact sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from oor.catalog.solids import paint
from oor.catalog.template import Array
from oor.layout import Layout, LayoutObject
from oor.meshes import write_glb
from oor.rendering import contact_sheet, orbit_camera, render_views
from scenes.assets import Asset

VIEWS = ((35.0, 22.0), (125.0, 18.0))  # azimuth and elevation of a contact sheet's two pictures
GROUND = (238, 238, 236)


def T_world_mesh(placed: LayoutObject, asset: Asset) -> Array:  # noqa: N802 (a transform: frames keep their case)
    """(4, 4) from canonical mesh points to the world: the object's rigid pose after its scale (not rigid itself)."""
    return np.asarray(placed.T_world_object @ np.diag([*(placed.scale / asset.extents), 1.0]))


def world_meshes(layout: Layout, assets: Mapping[str, Asset]) -> list[trimesh.Trimesh]:
    """The layout's objects in world coordinates."""
    return [assets[item.id].mesh.copy().apply_transform(T_world_mesh(item, assets[item.id])) for item in layout.objects]


def export_glb(path: Path, layout: Layout, assets: Mapping[str, Asset]) -> None:
    """One node per object, named by its id, carrying the canonical mesh."""
    write_glb(
        path,
        {item.id: assets[item.id].mesh for item in layout.objects},
        {item.id: T_world_mesh(item, assets[item.id]) for item in layout.objects},
    )


def preview(layouts: Sequence[Layout], assets: Mapping[str, Asset], *, size_px: int = 240, columns: int = 4) -> Image.Image:
    """A contact sheet: each layout from two sides, `columns` layouts to a row."""
    cells = []
    for i, layout in enumerate(layouts):
        meshes = world_meshes(layout, assets)
        bounds = np.array([np.min([m.bounds[0] for m in meshes], axis=0), np.max([m.bounds[1] for m in meshes], axis=0)])
        cameras = [orbit_camera(bounds, azimuth, elevation, width=size_px, height=size_px) for azimuth, elevation in VIEWS]
        views = [view.rgb for view in render_views([*meshes, _ground(bounds)], cameras, supersample=2)]
        cells.append((views, [f"{i:03d}", ""]))
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    images = [[image for views, _ in row for image in views] for row in rows]
    return contact_sheet(images, labels=[[label for _, labels in row for label in labels] for row in rows])


def _ground(bounds: Array) -> trimesh.Trimesh:
    """A pale disc under the scene: shadows on it show what touches the floor."""
    low, high = bounds
    centre = np.array([(low + high)[0] / 2, min(0.0, low[1]) - 1e-3, (low + high)[2] / 2])
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    ring = centre + 0.75 * np.linalg.norm((high - low)[[0, 2]]) * np.stack([np.sin(angles), 0 * angles, np.cos(angles)], axis=1)
    i = np.arange(64)
    fan = np.stack([np.zeros(64, int), 1 + i, 1 + (i + 1) % 64], axis=1)
    return paint(trimesh.Trimesh(np.vstack([centre, ring]), fan, process=False), GROUND)
