"""Sampled vectors become layouts, and keep their contacts on meshes with other proportions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from numpy.testing import assert_allclose

from diffusion.coordinates import reach
from oor.catalog.contexts import Context
from oor.catalog.programs import draw
from oor.meshes import canonicalise, mesh_hash
from oor.relation import Relation, T_base_target, fit_instance, gauge, pack, unpack
from scenes.assets import Asset, file_asset, template_asset
from scenes.pairs import layouts, object_ids, on_instances, resized

ONE = torch.ones(1, dtype=torch.float64)


def box_asset(name: str, edges: tuple[float, float, float]) -> Asset:
    mesh, _, _ = canonicalise(trimesh.creation.box(extents=edges))
    return Asset(name, mesh, Path(f"{name}.obj"))


def on_top(target: tuple[float, float, float], base: tuple[float, float, float], yaw_deg: float = 0.0) -> Relation:
    """A box turned about the vertical that stands exactly on a box."""
    c, s = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
    R = torch.tensor([[[c, 0, s], [0, 1, 0], [-s, 0, c]]], dtype=torch.float64)
    scale_target, scale_base = (torch.tensor([edges], dtype=torch.float64) for edges in (target, base))
    t = torch.tensor([[0.1, (target[1] + base[1]) / 2, -0.05]], dtype=torch.float64)
    return gauge(Relation(R, t, scale_target, scale_base))


@pytest.mark.parametrize("target", [(1, 1, 1), (0.2, 0.9, 0.4), (3, 0.1, 2)])
@pytest.mark.parametrize("base", [(1, 1, 1), (1, 0.05, 0.6), (0.3, 2, 0.3)])
def test_a_box_on_a_box_stays_exactly_on_it(target: tuple[float, float, float], base: tuple[float, float, float]) -> None:
    relation = on_top((0.4, 0.3, 0.2), (1.0, 0.7, 0.5), yaw_deg=35)
    fitted = on_instances(relation, box_asset("a", target), box_asset("b", base))
    standing = (fitted.scale_target[:, 1] + fitted.scale_base[:, 1]) / 2
    assert_allclose(fitted.t_base_target[:, 1], standing, atol=1e-12)
    assert_allclose(fitted.R_base_target, relation.R_base_target)


def test_own_meshes_follow_equation_16() -> None:
    relation = on_top((0.4, 0.3, 0.2), (1.0, 0.7, 0.5), yaw_deg=20)
    target, base = box_asset("a", (0.2, 0.9, 0.4)), box_asset("b", (1, 0.05, 0.6))
    fitted = on_instances(relation, target, base)
    assert_allclose(fitted.scale_base.amax(dim=-1), ONE, atol=1e-12)
    expected = [fit_instance(scale, torch.tensor(asset.extents))
                for scale, asset in ((relation.scale_target, target), (relation.scale_base, base))]
    unit = expected[1].amax(dim=-1, keepdim=True)
    assert_allclose(fitted.scale_target, expected[0] / unit, atol=1e-12)
    assert_allclose(fitted.scale_base, expected[1] / unit, atol=1e-12)
    for relation_, asset in ((fitted.scale_target, target), (fitted.scale_base, base)):
        ratio = relation_[0].numpy() / asset.extents
        assert_allclose(ratio, ratio[0], rtol=1e-12)  # the mesh is not stretched


def test_contact_coordinates_are_kept() -> None:
    vectors = torch.from_numpy(draw(Context("knife", "chops on", "cutting board"), 8, np.random.default_rng(0)))
    relation = unpack(vectors)
    fitted = on_instances(relation, box_asset("knife", (1, 0.3, 0.1)), template_asset("cutting board"))

    def contact(r: Relation) -> torch.Tensor:
        return r.t_base_target / reach(r.R_base_target, r.scale_target, r.scale_base)

    assert_allclose(contact(fitted), contact(relation), atol=1e-12)


def test_templates_keep_the_sampled_boxes() -> None:
    vectors = torch.from_numpy(draw(Context("mug", "on", "table"), 5, np.random.default_rng(0)))
    fitted = on_instances(unpack(vectors), template_asset("mug"), template_asset("table"))
    assert_allclose(pack(fitted), vectors, atol=1e-12)


def test_ids_name_the_objects_and_tell_twins_apart() -> None:
    assert object_ids("pizza cutter", "pizza") == ("pizza_cutter", "pizza")
    assert object_ids("book", "book") == ("book", "book_2")


def test_layouts_stand_on_the_ground_and_chain_their_frames() -> None:
    vectors = torch.from_numpy(draw(Context("teapot", "pours into", "teacup"), 4, np.random.default_rng(0)))
    made = layouts(unpack(vectors), template_asset("teapot"), template_asset("teacup"), predicate="pours into", prompt="tea!")
    assert len(made) == 4
    for i, layout in enumerate(made):
        target, base = layout.objects
        assert (target.id, base.id) == ("teapot", "teacup")
        assert base.T_world_object[1, 3] == pytest.approx(base.scale[1] / 2, abs=1e-12)
        expected = base.T_world_object @ T_base_target(unpack(vectors[i])).numpy()
        assert_allclose(target.T_world_object, expected, atol=1e-12)
        (relation,) = layout.relations
        assert (relation.target, relation.predicate, relation.base, relation.prompt) == ("teapot", "pours into", "teacup", "tea!")
        assert_allclose(relation.vector, vectors[i], atol=1e-12)
        assert (target.mesh_file, target.mesh_hash) == (None, mesh_hash(template_asset("teapot").mesh))


def test_a_file_s_mesh_is_named_in_the_layout(tmp_path: Path) -> None:
    path = tmp_path / "my box.obj"
    trimesh.creation.box(extents=(2, 3, 4)).export(path)
    asset = file_asset(path, "book")
    vectors = torch.from_numpy(draw(Context("book", "on", "book"), 2, np.random.default_rng(0)))
    layout = layouts(unpack(vectors), asset, template_asset("book"), predicate="on", prompt="")[1]
    target, base = layout.objects
    assert (target.id, base.id) == ("book", "book_2")
    assert (target.mesh_file, target.mesh_hash, base.mesh_file) == (str(path), asset.hash, None)
    assert_allclose(target.scale / target.scale.max(), [0.5, 0.75, 1], atol=1e-9)
    assert_allclose(asset.extents, [0.5, 0.75, 1], atol=1e-9)


def test_a_flat_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flat.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(ValueError, match="flat"):
        file_asset(path, "book")


def test_what_stood_on_one_ground_still_does() -> None:
    vectors = torch.from_numpy(draw(Context("mug", "left of", "laptop"), 16, np.random.default_rng(0)))
    generator = torch.Generator().manual_seed(0)
    edges = [0.2 + torch.rand((16, 3), generator=generator, dtype=torch.float64) for _ in range(2)]
    after = resized(unpack(vectors), *edges)
    bottom = (after.t_base_target - reach(after.R_base_target, after.scale_target, 0 * after.scale_base))[:, 1]
    assert_allclose(bottom, -after.scale_base[:, 1] / 2, atol=1e-9)


def test_the_same_edges_change_nothing() -> None:
    before = unpack(torch.from_numpy(draw(Context("knife", "cuts", "apple"), 16, np.random.default_rng(0))))
    assert_allclose(pack(resized(before, before.scale_target, before.scale_base)), pack(before), atol=1e-12)
