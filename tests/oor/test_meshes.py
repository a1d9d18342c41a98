import base64
import json
import logging
import os
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from oor.catalog.solids import BLUE, RED, ball, box, joined
from oor.meshes import (
    SUFFIXES,
    canonicalise,
    face_colours,
    load_mesh,
    mesh_hash,
    read_glb,
    upright,
    write_glb,
)
from oor.rendering import orbit_camera, render

DATA = Path(os.getenv("OOR_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no test data at {DATA}; set OOR_TEST_DATA")
TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"


def two_coloured():
    return joined(box((1, 2, 3), colour=RED), ball(0.5, (2, 0, 0), BLUE, subdivisions=2))


def assert_sound(mesh):
    assert np.isfinite(mesh.vertices).all() and len(mesh.faces) > 0 and mesh.area > 0
    assert mesh.faces.min() >= 0 and set(mesh.faces.ravel()) == set(range(len(mesh.vertices)))
    assert np.sum(mesh.extents > 0) >= 2
    assert face_colours(mesh).shape == (len(mesh.faces), 3)


def refusal(path):
    """The one sentence a file is refused with."""
    with pytest.raises(ValueError) as caught:
        load_mesh(path)
    assert type(caught.value) is ValueError and caught.value.__suppress_context__
    message = str(caught.value)
    assert len(message.splitlines()) == 1 and str(path) in message and ";" in message
    return message


def gltf_triangle(**changes):
    """A valid one-triangle glTF document, with some of its top-level entries replaced."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    document = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "name": "n"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36, "uri": "data:;base64," + base64.b64encode(points).decode()}],
    }
    return json.dumps(document | changes)


# --- files that are refused

@pytest.mark.parametrize(("name", "content", "why"), [
    ("missing.obj", None, "does not exist"),
    ("scene.blend", b"BLENDER", "unsupported suffix"),
    ("no_suffix", b"x", "unsupported suffix"),
    ("empty.obj", b"", "is empty"),
    ("points.obj", TRIANGLE.encode(), "no triangles"),
    ("range.obj", (TRIANGLE + "f 1 2 9").encode(), "structure is broken"),
    ("nan.obj", b"v 0 0 0\nv 1 0 0\nv 0 nan 0\nf 1 2 3", "not finite"),
    ("line.obj", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3", "no surface"),
    ("diagonal.obj", b"v 0 0 0\nv 1 1 1\nv 2 2 2\nf 1 2 3", "no surface"),
    ("point.obj", b"v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3", "one place"),
    ("huge.obj", b"v 0 0 0\nv 1 0 0\nv 0 1e300 0\nf 1 2 3", "ordinary units"),
    ("text.gltf", b"this is not JSON", "not readable"),
    ("deep.gltf", b"[" * 100_000, "not readable"),
    ("cut.glb", b"glTF\x02\0\0\0", "not readable"),
    # what trimesh makes of it depends on whether something that guesses encodings is installed
    ("count.stl", bytes(80) + struct.pack("<I", 2**32 - 1) + bytes(50), "not readable|no triangles"),
    ("count.ply", b"ply\nformat binary_little_endian 1.0\nelement vertex 999999999999\n"
                  b"property float x\nproperty float y\nproperty float z\nend_header\n\0", "not readable"),
    ("count.off", b"OFF\n999999999999 1 0\n0 0 0\n3 0 0 0\n", "not readable"),
])
def test_unusable_files_are_refused_in_one_sentence(tmp_path, name, content, why):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert re.search(why, refusal(tmp_path / name))


def test_folders_pipes_and_odd_names_are_refused(tmp_path):
    (tmp_path / "folder.obj").mkdir()
    assert "is not a file" in refusal(tmp_path / "folder.obj")
    os.mkfifo(tmp_path / "pipe.obj")
    assert "is not a file" in refusal(tmp_path / "pipe.obj")  # and does not wait for a writer
    refusal(tmp_path / ("x" * 300 + ".obj"))


def test_size_limits_hold(tmp_path, monkeypatch):
    path = tmp_path / "ball.stl"
    ball(1.0, subdivisions=1).export(path)
    assert_sound(load_mesh(path))
    monkeypatch.setattr("oor.meshes.MAX_TRIANGLES", 79)
    assert "80 triangles" in refusal(path)
    monkeypatch.setattr("oor.meshes.MAX_BYTES", 100)
    assert "bytes" in refusal(path)


@pytest.mark.parametrize("changes", [
    {"accessors": [{"componentType": 5126, "count": 10**12, "type": "VEC3"}]},
    {"accessors": [{"componentType": 5126, "count": 15_000_000, "type": "MAT4"}] * 400},
    {"accessors": [{"componentType": 5126, "count": -1, "type": "VEC3"}]},
])
def test_small_gltf_files_cannot_ask_for_much_memory(tmp_path, changes):
    path = tmp_path / "bomb.gltf"
    path.write_text(gltf_triangle())
    assert_sound(load_mesh(path))
    path.write_text(gltf_triangle(**changes))
    assert "announces" in refusal(path)


def test_node_instances_count_as_triangles(tmp_path, monkeypatch):
    path = tmp_path / "many.gltf"
    path.write_text(gltf_triangle(scenes=[{"nodes": list(range(50))}], nodes=[{"mesh": 0}] * 50))
    monkeypatch.setattr("oor.meshes.MAX_TRIANGLES", 49)
    assert "50 triangles" in refusal(path)


# --- files outside the folder

def escapes(secret):
    yield from ("../secret.bin", "%2e%2e/secret.bin", str(secret), f"file://{secret}", "x/../../secret.bin")
    yield from ("link.bin", "http://127.0.0.1:9/secret.bin")


def test_gltf_buffers_outside_the_folder_are_not_read(tmp_path, monkeypatch):
    folder, secret = tmp_path / "model", tmp_path / "secret.bin"
    folder.mkdir()
    secret.write_bytes(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes())
    (folder / "link.bin").symlink_to(secret)
    read: list[Path] = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: (read.append(self.resolve()), original(self))[1])
    for uri in escapes(secret):
        (folder / "scene.gltf").write_text(gltf_triangle(buffers=[{"byteLength": 36, "uri": uri}]))
        assert "not a file in its folder" in refusal(folder / "scene.gltf")
    assert secret not in read
    (folder / "own data.bin").write_bytes(secret.read_bytes())
    (folder / "scene.gltf").write_text(gltf_triangle(buffers=[{"byteLength": 36, "uri": "own%20data.bin"}]))
    assert_sound(load_mesh(folder / "scene.gltf"))


def test_obj_materials_outside_the_folder_do_not_colour_the_mesh(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for place in (tmp_path, folder):
        (place / "paint.mtl").write_text("newmtl m\nKd 1 0 0\n")
    textured = TRIANGLE + "vt 0.5 0.5\nusemtl m\nf 1/1 2/1 3/1\n"
    (folder / "in.obj").write_text("mtllib paint.mtl\n" + textured)
    assert (face_colours(load_mesh(folder / "in.obj")) == (255, 0, 0)).all()
    (folder / "paint.mtl").unlink()
    for reference in ("../paint.mtl", str(tmp_path / "paint.mtl")):
        (folder / "out.obj").write_text(f"mtllib {reference}\n" + textured)
        assert (face_colours(load_mesh(folder / "out.obj")) != (255, 0, 0)).any()
    (folder / "map.mtl").write_text("newmtl m\nmap_Kd ../red.png\n")
    Image.new("RGB", (2, 2), (255, 0, 0)).save(tmp_path / "red.png")
    (folder / "map.obj").write_text("mtllib map.mtl\n" + textured)
    assert (face_colours(load_mesh(folder / "map.obj")) != (255, 0, 0)).any()
    Image.new("RGB", (2, 2), (255, 0, 0)).save(folder / "red.png")
    (folder / "map.mtl").write_text("newmtl m\nmap_Kd red.png\n")
    assert (face_colours(load_mesh(folder / "map.obj")) == (255, 0, 0)).all()


# --- files that load

@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same_welded_surface(tmp_path, suffix):
    original = ball((1, 2, 3), (4, 5, 6), subdivisions=2)
    path = tmp_path / f"ball.{suffix}"
    if suffix == "gltf":
        for name, data in trimesh.Scene(original).export(file_type="gltf").items():
            (tmp_path / (path.name if name == "model.gltf" else name)).write_bytes(data)
    else:
        original.export(path)
    loaded = load_mesh(path)
    assert_sound(loaded)
    assert loaded.is_watertight and len(loaded.vertices) == len(original.vertices)
    assert loaded.volume == pytest.approx(original.volume, rel=1e-5)
    np.testing.assert_allclose(loaded.bounds, original.bounds, atol=1e-5)


def test_scene_transforms_are_applied_and_mirrors_stay_outward(tmp_path):
    part = box((1, 1, 1))
    moves = [np.diag([2.0, 3, 4, 1]), trimesh.transformations.translation_matrix([10, 0, 0]) @ np.diag([-1.0, 1, 1, 1])]
    write_glb(tmp_path / "s.glb", {"a": part, "b": part}, dict(zip("ab", moves, strict=True)))
    loaded = load_mesh(tmp_path / "s.glb")
    np.testing.assert_allclose(loaded.bounds, [[-1, -1.5, -2], [10.5, 1.5, 2]], atol=1e-6)
    assert loaded.volume == pytest.approx(24 + 1)


def test_loading_makes_no_noise(tmp_path, caplog, capfd):
    (tmp_path / "a.obj").write_text("mtllib gone.mtl\nusemtl m\n" + TRIANGLE + "f 1 2 3\n")
    load_mesh(tmp_path / "a.obj")
    assert not caplog.records and capfd.readouterr() == ("", "")
    assert not logging.getLogger("trimesh").disabled


@needs_data
@pytest.mark.parametrize("path", sorted((DATA / "meshes").glob("*.obj")), ids=lambda path: path.stem)
def test_real_objects_load_canonicalise_and_draw(path):
    mesh = load_mesh(path)
    assert_sound(mesh)
    canonical, _, _ = canonicalise(mesh)
    seen = render([canonical], orbit_camera(canonical.bounds, 30, 25, width=32, height=32))
    assert np.mean(seen.ids == 0) > 0.02


@needs_data
@pytest.mark.parametrize("folder", ["assimp", "gltf_validator"])
def test_malformed_files_load_soundly_or_are_refused(folder):
    files = [f for f in (DATA / "malformed" / folder).rglob("*") if f.is_file() and f.suffix != ".json"]
    refused = []
    for path in files:
        try:
            mesh = load_mesh(path)
        except ValueError as error:
            message = str(error)
            assert len(message.splitlines()) == 1 and str(path) in message and ";" in message
            refused.append(path)
        else:
            assert_sound(mesh)
    gltf = [path for path in refused if path.suffix in (".gltf", ".glb")]
    assert len(gltf) >= (100 if folder == "gltf_validator" else 5)
    assert len(refused) < len(files) or folder == "gltf_validator"


# --- canonical space

@given(st.floats(1e-3, 1e3), st.lists(st.floats(-100, 100), min_size=3, max_size=3), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_canonical_form_forgets_scale_and_place(scale, shift, seed):
    points = np.random.default_rng(seed).normal(size=(8, 3))
    mesh = trimesh.Trimesh(points, [[0, 1, 2], [3, 4, 5], [5, 6, 7]], process=False)
    moved = trimesh.Trimesh(scale * points + shift, mesh.faces, process=False)
    canonical, centre, size = canonicalise(mesh)
    again, moved_centre, moved_size = canonicalise(moved)
    np.testing.assert_allclose(again.vertices, canonical.vertices, atol=1e-9)
    np.testing.assert_allclose(moved_centre, scale * centre + shift, atol=1e-9)
    assert moved_size == pytest.approx(scale * size)
    np.testing.assert_allclose(canonical.bounds.mean(axis=0), 0, atol=1e-12)
    assert canonical.extents.max() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(size * canonical.vertices + centre, points, atol=1e-12)
    twice, none, one = canonicalise(canonical)
    np.testing.assert_allclose(twice.vertices, canonical.vertices, atol=1e-12)
    np.testing.assert_allclose([*none, one], [0, 0, 0, 1], atol=1e-12)


def test_canonicalise_keeps_colours_and_its_input():
    mesh = two_coloured()
    before = mesh.vertices.copy()
    canonical, _, _ = canonicalise(mesh)
    np.testing.assert_array_equal(mesh.vertices, before)
    np.testing.assert_array_equal(face_colours(canonical), face_colours(mesh))
    with pytest.raises(ValueError, match="canonical form"):
        canonicalise(trimesh.Trimesh())


def test_upright_turns_axes():
    points = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]])
    mesh = trimesh.Trimesh(points, [[0, 1, 2]], process=False)
    np.testing.assert_allclose(upright(mesh, up="z").vertices, points[:, [0, 2, 1]] * [1, 1, -1], atol=1e-12)
    np.testing.assert_allclose(upright(mesh, front_deg=90).vertices, points[:, [2, 1, 0]] * [1, 1, -1], atol=1e-12)
    with pytest.raises(ValueError, match="up must be"):
        upright(mesh, up="x")


def test_hash_sees_geometry_only():
    mesh, moved, turned = two_coloured(), two_coloured(), two_coloured()
    assert mesh_hash(mesh) == mesh_hash(moved) and len(mesh_hash(mesh)) == 16
    moved.visual.face_colors = [0, 0, 0, 255]
    assert mesh_hash(mesh) == mesh_hash(moved)
    moved.vertices[3, 1] += 1e-3
    turned.faces = turned.faces[:, [1, 2, 0]]
    assert len({mesh_hash(mesh), mesh_hash(moved), mesh_hash(turned)}) == 3


# --- GLB scenes

@given(st.integers(0, 2**32 - 1), st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4, unique=True))
@settings(max_examples=25, deadline=None)
def test_glb_round_trip(tmp_path_factory, seed, names):
    rng = np.random.default_rng(seed)
    names = [name for name in names if name.isprintable() and name != "world"] or ["mug"]
    meshes = {name: two_coloured() if i % 2 else box((1, 2, 3), colour=BLUE) for i, name in enumerate(names)}
    transforms = {}
    for name in names:
        transforms[name] = trimesh.transformations.random_rotation_matrix(rng.random(3))
        transforms[name][:3, :3] *= rng.uniform(0.1, 5, 3)  # non-uniform scale after rotation's columns
        transforms[name][:3, 3] = rng.normal(size=3) * 10
    path = write_glb(tmp_path_factory.mktemp("glb") / "scene.glb", meshes, transforms)
    read, poses = read_glb(path)
    assert list(read) == list(poses) == sorted(names)
    for name in names:
        np.testing.assert_allclose(poses[name], transforms[name], atol=1e-12)
        np.testing.assert_allclose(read[name].vertices, meshes[name].vertices, atol=1e-6)
        np.testing.assert_array_equal(read[name].faces, meshes[name].faces)
        np.testing.assert_array_equal(face_colours(read[name]), face_colours(meshes[name]))
        assert mesh_hash(read[name]) == mesh_hash(meshes[name])
    assert [p.name for p in path.parent.iterdir()] == ["scene.glb"]


def test_glb_bytes_depend_on_content_only(tmp_path):
    pose = {"mug": np.eye(4)}
    one = write_glb(tmp_path / "one.glb", {"mug": two_coloured()}, pose).read_bytes()
    assert one == write_glb(tmp_path / "two.glb", {"mug": two_coloured()}, pose).read_bytes()
    moved = {"mug": np.diag([1, 1, 2, 1])}
    assert one != write_glb(tmp_path / "three.glb", {"mug": two_coloured()}, moved).read_bytes()


def test_glb_colours_are_right_in_another_reader(tmp_path):
    """trimesh knows nothing of our palette: it must find every face's colour in the texture."""
    rng = np.random.default_rng(0)
    mesh = ball(1.0, subdivisions=3)
    colours = np.column_stack([rng.integers(0, 256, (len(mesh.faces), 3)), np.full(len(mesh.faces), 255)])
    mesh.visual = trimesh.visual.ColorVisuals(mesh, face_colors=colours)
    path = write_glb(tmp_path / "a.glb", {"ball": mesh}, {"ball": np.eye(4)})
    (other,) = trimesh.load_scene(path).geometry.values()
    corner = other.visual.to_color().vertex_colors[other.faces]
    assert (corner == corner[:, :1]).all()
    order = np.lexsort(np.asarray(other.triangles_center).round(5).T)
    expected = np.lexsort(np.asarray(mesh.triangles_center).round(5).T)
    np.testing.assert_array_equal(corner[order, 0, :3], colours[expected, :3])


def test_glb_is_valid_gltf(tmp_path):
    data = write_glb(tmp_path / "a.glb", {"mug": two_coloured()}, {"mug": np.eye(4)}).read_bytes()
    magic, version, length, json_length, kind = struct.unpack_from("<4sIII4s", data)
    assert (magic, version, length, kind) == (b"glTF", 2, len(data), b"JSON") and json_length % 4 == 0
    document = json.loads(data[20 : 20 + json_length])
    binary = data[28 + json_length :]
    assert len(binary) == document["buffers"][0]["byteLength"] and len(binary) % 4 == 0
    size = {5126: 4, 5125: 4}
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}
    for accessor in document["accessors"]:
        view = document["bufferViews"][accessor["bufferView"]]
        assert view["byteOffset"] % 4 == 0 and view["byteOffset"] + view["byteLength"] <= len(binary)
        assert view["byteLength"] == accessor["count"] * size[accessor["componentType"]] * width[accessor["type"]]
    position = document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    np.testing.assert_allclose([position["min"], position["max"]], two_coloured().bounds, atol=1e-6)


def test_scenes_of_other_programs_are_read_with_hierarchy_and_several_materials(tmp_path):
    scene = trimesh.Scene()
    scene.add_geometry(box((1, 1, 1)), node_name="table", geom_name="t", transform=np.diag([2.0, 2, 2, 1]))
    scene.add_geometry(box((1, 1, 1)), node_name="cup", geom_name="c", parent_node_name="table",
                       transform=trimesh.transformations.translation_matrix([0, 1, 0]))
    scene.export(tmp_path / "other.glb")
    _, poses = read_glb(tmp_path / "other.glb")
    np.testing.assert_allclose(poses["cup"], [[2, 0, 0, 0], [0, 2, 0, 2], [0, 0, 2, 0], [0, 0, 0, 1]], atol=1e-6)
    primitive = {"attributes": {"POSITION": 0}}
    (tmp_path / "two.gltf").write_text(gltf_triangle(meshes=[{"primitives": [primitive, primitive]}]))
    meshes, poses = read_glb(tmp_path / "two.gltf")
    assert list(meshes) == list(poses) == ["n"] and len(meshes["n"].faces) == 2


@pytest.mark.parametrize(("names", "poses"), [([], []), ("a", []), ("a", "b"), (["world"], ["world"]), ([""], [""])])
def test_scenes_that_could_not_be_read_back_are_not_written(tmp_path, names, poses):
    with pytest.raises(ValueError, match="name other than"):
        write_glb(tmp_path / "a.glb", {name: box((1, 1, 1)) for name in names}, {name: np.eye(4) for name in poses})
    assert not list(tmp_path.iterdir())


def test_broken_objects_are_not_written(tmp_path):
    cube = box((1, 1, 1))
    for mesh, pose in [(trimesh.Trimesh(), np.eye(4)), (cube, np.full((4, 4), np.nan)), (cube, np.eye(3))]:
        with pytest.raises(ValueError, match="'a' needs"):
            write_glb(tmp_path / "a.glb", {"a": mesh}, {"a": pose})
    (tmp_path / "b.glb").write_bytes(b"glTF")
    with pytest.raises(ValueError, match=r"b\.glb"):
        read_glb(tmp_path / "b.glb")
