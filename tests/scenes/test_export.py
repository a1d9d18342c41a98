"""Exported scenes put every vertex where the layout says, and name every node."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from oor.boxes import corners
from oor.catalog.contexts import Context
from oor.catalog.programs import draw
from oor.layout import Layout
from oor.meshes import read_glb
from oor.relation import unpack
from scenes.assets import Asset, template_asset
from scenes.export import T_world_mesh, export_glb, preview, world_meshes
from scenes.pairs import layouts


def scene(context: Context, n: int = 3) -> tuple[tuple[Layout, ...], dict[str, Asset]]:
    target, base = template_asset(context.target), template_asset(context.base)
    vectors = torch.from_numpy(draw(context, n, np.random.default_rng(0)))
    made = layouts(unpack(vectors), target, base, predicate=context.predicate, prompt=str(context))
    return made, dict(zip((item.id for item in made[0].objects), (target, base), strict=True))


@pytest.mark.parametrize("context", [Context("pizza cutter", "slices", "pizza"), Context("book", "on", "book")], ids=str)
def test_a_glb_holds_the_scene(context: Context, tmp_path: Path) -> None:
    made, assets = scene(context)
    export_glb(tmp_path / "scene.glb", made[0], assets)
    meshes, transforms = read_glb(tmp_path / "scene.glb")
    assert set(meshes) == set(transforms) == {item.id for item in made[0].objects}
    for item, world in zip(made[0].objects, world_meshes(made[0], assets), strict=True):
        asset = assets[item.id]
        assert_allclose(transforms[item.id], T_world_mesh(item, asset), atol=1e-6)
        assert len(meshes[item.id].faces) == len(asset.mesh.faces)
        read = meshes[item.id].apply_transform(transforms[item.id])
        assert_allclose(read.bounds, world.bounds, atol=1e-6)
        assert read.area == pytest.approx(world.area, rel=1e-5)


def test_the_same_scene_gives_the_same_bytes(tmp_path: Path) -> None:
    made, assets = scene(Context("mug", "on", "table"), 1)
    for name in ("a", "b"):
        export_glb(tmp_path / f"{name}.glb", made[0], assets)
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_world_meshes_fill_the_layout_s_boxes() -> None:
    made, assets = scene(Context("teapot", "pours into", "mug"))
    for item, world in zip(made[1].objects, world_meshes(made[1], assets), strict=True):
        local = (world.vertices - item.T_world_object[:3, 3]) @ item.T_world_object[:3, :3]
        assert_allclose(np.ptp(local, axis=0), item.scale, atol=1e-9)
        box = corners(item.T_world_object, item.scale)
        assert (world.bounds[0] >= box.min(axis=0) - 1e-9).all() and (world.bounds[1] <= box.max(axis=0) + 1e-9).all()
    template = assets["mug"].mesh
    assert_allclose(template.bounds.mean(axis=0), 0, atol=1e-9)  # the shared asset was not moved


def test_a_preview_has_a_cell_per_view() -> None:
    made, assets = scene(Context("mug", "on", "table"), 3)
    one = preview(made[:1], assets, size_px=48, columns=2)
    three = preview(made, assets, size_px=48, columns=2)
    assert one.mode == three.mode == "RGB"
    assert 2 * 48 <= one.width < 3 * 48 and 48 <= one.height < 2 * 48
    assert 4 * 48 <= three.width < 5 * 48 and 2 * 48 <= three.height < 3 * 48
    assert np.asarray(one).std() > 5  # something is to be seen
