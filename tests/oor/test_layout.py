"""Layouts keep the relation they were made from, in memory and through their file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from oor.boxes import corners
from oor.layout import (
    Layout,
    LayoutObject,
    LayoutRelation,
    LayoutSet,
    ObjectIdentity,
    from_json,
    layout_from_relation,
    read_layout,
    relation_of,
    to_json,
    write_layout,
)
from oor.relation import Relation, T_base_target, gauge, pack

laws = settings(deadline=None, max_examples=50, derandomize=True)
seeds = st.integers(0, 2**31)
TEAPOT = ObjectIdentity("teapot_1", "teapot", "meshes/teapot.glb", "sha256:00ff")
TEACUP = ObjectIdentity("teacup_1", "teacup")


def relation(seed: int, dtype: torch.dtype = torch.float64) -> Relation:
    rng = np.random.default_rng(seed)
    R = Rotation.random(random_state=seed).as_matrix()
    parts = (R, rng.normal(size=3), rng.uniform(0.1, 2, 3), rng.uniform(0.1, 2, 3))
    return Relation(*(torch.tensor(part).to(dtype) for part in parts))


def layout(seed: int, dtype: torch.dtype = torch.float64) -> Layout:
    return layout_from_relation(relation(seed, dtype), target=TEAPOT, base=TEACUP, predicate="pours into",
                                prompt="A teapot pours tea into a teacup.", log_likelihood=-1.25)


def layouts(*seeds_: int) -> LayoutSet:
    return LayoutSet(samples=tuple(layout(seed) for seed in seeds_), seed=7, checkpoint="embedded-1",
                     query={"target": "teapot", "base": "teacup"}, warnings=("café is not a known category",),
                     metres_per_unit=0.09)


def broken(change: Callable[[dict[str, Any]], object]) -> str:
    document = json.loads(to_json(layouts(1, 2)))
    change(document)
    return json.dumps(document)


@laws
@given(seeds)
def test_a_layout_keeps_its_relation(seed: int) -> None:
    expected, made = pack(gauge(relation(seed))), layout(seed)
    torch.testing.assert_close(pack(relation_of(made, "teapot_1", "teacup_1")), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(made.relations[0].vector, expected.numpy(), atol=1e-12)


@laws
@given(seeds)
def test_the_file_keeps_the_relation_to_a_millionth(seed: int) -> None:
    text = to_json(layouts(seed))
    again = from_json(text)
    found = pack(relation_of(again.samples[0], "teapot_1", "teacup_1"))
    torch.testing.assert_close(found, pack(gauge(relation(seed))), rtol=1e-6, atol=1e-6)
    assert to_json(again) == text


@laws
@given(seeds)
def test_the_base_stands_on_the_ground_and_frames_chain(seed: int) -> None:
    made = layout(seed)
    base, target = made.object("teacup_1"), made.object("teapot_1")
    bottom = corners(base.T_world_object, base.scale)[:, 1].min()
    assert bottom == pytest.approx(0, abs=1e-12)
    assert base.T_world_object[[0, 2], 3].tolist() == [0, 0] and np.array_equal(base.T_world_object[:3, :3], np.eye(3))
    expected = base.T_world_object @ T_base_target(gauge(relation(seed))).numpy()
    np.testing.assert_allclose(target.T_world_object, expected, atol=1e-12)


def test_float32_relations_make_layouts() -> None:
    found = pack(relation_of(layout(3, torch.float32), "teapot_1", "teacup_1"))
    torch.testing.assert_close(found, pack(gauge(relation(3))), rtol=0, atol=1e-5)


def test_the_inverse_relation_can_be_read_too() -> None:
    vector = pack(relation_of(layout(4), "teacup_1", "teapot_1"))
    assert float(vector[12:].max()) == 1


def test_writing_and_reading_keep_everything(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    path.write_text("something older")
    write_layout(path, layouts(1, 2))
    again = read_layout(path)
    assert [again.seed, again.checkpoint, again.metres_per_unit] == [7, "embedded-1", 0.09]
    assert again.query == {"target": "teapot", "base": "teacup"} and again.warnings == layouts(1).warnings
    assert again.samples[1].relations[0].log_likelihood == -1.25
    assert (again.samples[0].object("teapot_1").mesh_file, TEACUP.mesh_file) == ("meshes/teapot.glb", None)
    assert [item.name for item in tmp_path.iterdir()] == ["layout.json"]
    assert json.loads(path.read_text(encoding="utf-8"))["samples"][0]["relations"][0]["target"] == "teapot_1"


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    write_layout(path, layouts(1))
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_layout(path, LayoutSet(samples=(), query={"path": tmp_path}))
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_a_reader_of_the_old_file_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    write_layout(path, layouts(1))
    with path.open("rb") as reader:
        before = reader.read()
        write_layout(path, layouts(2))
        reader.seek(0)
        assert reader.read() == before != path.read_bytes()


def sample(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["samples"][1]
    return found


CHANGES: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    (r"schema_version 2\.0, but this package knows 1\.0", lambda d: d.update(schema_version="2.0")),
    (r"schema_version is 'new'", lambda d: d.update(schema_version="new")),
    (r"lacks the key 'seed'", lambda d: d.pop("seed")),
    (r"'samples' in the document must be list", lambda d: d.update(samples={})),
    (r"up_axis is 'z'", lambda d: d.update(up_axis="z")),
    (r"metres_per_unit is -1", lambda d: d.update(metres_per_unit=-1)),
    (r"samples\[1\] lacks the key 'relations'", lambda d: sample(d).pop("relations")),
    (r"samples\[1\] must be a JSON object", lambda d: d["samples"].__setitem__(1, 3)),
    (r"samples\[1\]\.objects\[0\] lacks the key 'scale'", lambda d: sample(d)["objects"][0].pop("scale")),
    (r"samples\[1\]\.objects\[0\]: .* is not rigid",
     lambda d: sample(d)["objects"][0]["T_world_object"][0].__setitem__(0, 9)),
    (r"samples\[1\]\.objects\[1\]: .* NaN", lambda d: sample(d)["objects"][1]["scale"].__setitem__(0, float("nan"))),
    (r"samples\[1\]\.objects\[1\]: .* must be > 0", lambda d: sample(d)["objects"][1]["scale"].__setitem__(0, 0)),
    (r"samples\[1\]\.objects\[1\]: .* shape \(4, 4\)", lambda d: sample(d)["objects"][1]["T_world_object"].pop()),
    (r"samples\[1\]\.objects\[1\]: .* must be numbers", lambda d: sample(d)["objects"][1]["scale"].__setitem__(0, "x")),
    (r"samples\[1\]: Object ids repeat: teapot_1", lambda d: sample(d)["objects"][1].update(id="teapot_1")),
    (r"samples\[1\]: Relations name objects .*: lid", lambda d: sample(d)["relations"][0].update(target="lid")),
    (r"samples\[1\]\.relations\[0\]: .* shape \(15,\)", lambda d: sample(d)["relations"][0]["vector"].pop()),
    (r"samples\[1\]\.relations\[0\]: .*scale_base", lambda d: sample(d)["relations"][0]["vector"].__setitem__(14, -1)),
    (r"log_likelihood .* is nan", lambda d: sample(d)["relations"][0].update(log_likelihood=float("nan"))),
]


@pytest.mark.parametrize(("message", "change"), CHANGES, ids=[message for message, _ in CHANGES])
def test_a_broken_file_is_refused_with_its_reason(message: str, change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        from_json(broken(change))
    assert "\n" not in str(caught.value)


def test_text_that_is_no_layout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    path.write_text('{"samples": [')
    with pytest.raises(ValueError, match=r"layout\.json: This is not JSON"):
        read_layout(path)
    with pytest.raises(ValueError, match="must be a JSON object"):
        from_json("[]")


def test_a_reflection_is_not_rigid_and_arrays_are_frozen() -> None:
    with pytest.raises(ValueError, match="not rigid"):
        LayoutObject("a", "cup", np.diag([-1.0, 1, 1, 1]), np.ones(3))
    item = LayoutObject("a", "cup", np.eye(4), np.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        item.scale[0] = 2


def test_batches_and_unknown_ids_are_refused() -> None:
    one = relation(0)
    batch = Relation(one.R_base_target[None], one.t_base_target, one.scale_target, one.scale_base)
    with pytest.raises(ValueError, match="got a batch"):
        layout_from_relation(batch, target=TEAPOT, base=TEACUP, predicate="on", prompt="")
    with pytest.raises(ValueError, match="No object is called 'spoon'"):
        relation_of(layout(0), "spoon", "teacup_1")
    with pytest.raises(ValueError, match="do not exist"):
        Layout(layout(0).objects, (LayoutRelation("spoon", "in", "teacup_1", "", layout(0).relations[0].vector),))
