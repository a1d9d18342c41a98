"""VGGSfM and VGGT as programs: what they are asked, what is read of what they write, and how they fail."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

pytest.importorskip("pycolmap", reason="pip install 'oor-toolkit[lift]' to test structure from motion")

import pycolmap

from lifting.backends.programs import Program
from lifting.backends.sfm import Vggsfm, Vggt
from lifting.orbit import intrinsics, orbit_poses
from lifting.reconstruction import PARTS, is_whole, read_reconstruction
from lifting.refusals import NotLiftableError
from lifting.structure import Structure, StructureError, StructureFromMotion, tidied
from lifting.views import Views

COUNT, SIZE = 6, 64
FAKE = """\
import json, pathlib, shutil, subprocess, sys, time
here = pathlib.Path(__file__).parent
mode = (here / "mode").read_text()
(here / "asked.json").write_text(json.dumps([str(pathlib.Path.cwd()), sys.argv]))
scene = next(pathlib.Path(a.split("=", 1)[1]) for a in sys.argv if a.lower().startswith(("scene_dir=", "--scene_dir=")))
pictures = sorted(path.name for path in (scene / "images").iterdir())
assert pictures == [f"{i:03d}.png" for i in range(len(pictures))], pictures
print("Model Config: ...")
if mode == "crash":
    raise RuntimeError("linalg.svd: the algorithm failed to converge")
if mode == "import":
    import lightglue_of_their_own
if mode == "memory":
    sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB")
if mode == "sleep":
    subprocess.Popen([sys.executable, "-c", f"import time; time.sleep(1.5); open({str(here / 'late')!r}, 'w')"])
    time.sleep(60)
if mode != "nothing":
    shutil.copytree(here / "made", scene / "sparse")
if mode == "half":
    points = scene / "sparse" / "points3D.bin"
    points.write_bytes(points.read_bytes()[:-1000])
if mode == "missing":
    (scene / "sparse" / "images.bin").unlink()
print("Demo Finished Successfully")
"""


@pytest.fixture(scope="module")
def truth() -> Structure:
    """Cameras on a circle about 80 points, of which each view sees three of four."""
    rng = np.random.default_rng(0)
    Ts, K = orbit_poses(np.stack([np.arange(COUNT) * 60.0, np.zeros(COUNT)], axis=1), 20.0), intrinsics(90.0, (SIZE, SIZE))
    points = rng.uniform(-0.2, 0.2, (80, 3))
    rows = [(p, v) for p in range(80) for v in range(COUNT) if (p + v) % 4]
    point, view = np.array(rows, np.int32).T
    seen = np.einsum("mij,mj->mi", Ts[view, :3, :3], points[point]) + Ts[view, :3, 3]
    xy = (seen @ K.T)[:, :2] / seen[:, 2:]
    return Structure(points, np.repeat(K[None], COUNT, axis=0), Ts, point, view, xy)


def write_text_model(folder: Path, structure: Structure, names: list[str], placed: int = COUNT) -> None:
    """COLMAP's text format, from its documentation: a moved, turned and enlarged copy of a structure."""
    R, t, scale = Rotation.from_rotvec([0.4, -1.0, 0.3]).as_matrix(), np.array([3.0, -1.0, 2.0]), 5.0
    folder.mkdir(parents=True)
    K = structure.Ks[0]
    (folder / "cameras.txt").write_text(f"1 SIMPLE_PINHOLE {SIZE} {SIZE} {K[0, 0]} {K[0, 2]} {K[1, 2]}\n")
    lines, spots = [], dict[tuple[int, int], int]()
    for view, name in enumerate(names[:placed]):
        T = structure.Ts_camera_world[view]
        turn = T[:3, :3] @ R.T
        x, y, z, w = Rotation.from_matrix(turn).as_quat()
        shift = scale * T[:3, 3] - turn @ t
        lines.append(" ".join(map(str, (view + 1, w, x, y, z, *shift, 1, name))))
        mine = np.flatnonzero(structure.view == view)
        spots |= {(int(structure.point[row]), view): spot for spot, row in enumerate(mine)}
        lines.append(" ".join(f"{structure.xy[row, 0]} {structure.xy[row, 1]} {structure.point[row] + 1}" for row in mine))
    (folder / "images.txt").write_text("\n".join(lines) + "\n")
    rows = []
    for number, point in enumerate(structure.points):
        track = [f"{v + 1} {spots[number, v]}" for v in range(placed) if (number, v) in spots]
        rows.append(" ".join(map(str, (number + 1, *(scale * R @ point + t), 1, 2, 3, 0.1, *track))))
    (folder / "points3D.txt").write_text("\n".join(rows) + "\n")


NAMES = [f"{i:03d}.png" for i in range(COUNT)]
Made = Callable[..., Any]


@pytest.fixture(params=[Vggsfm, Vggt], ids=["vggsfm", "vggt"])
def fake(request: pytest.FixtureRequest, tmp_path: Path, truth: Structure) -> Made:
    """A backend whose program is a fake, in one of its modes."""
    kind = request.param

    def made(mode: str, placed: int = COUNT, timeout_s: float = 60.0) -> Any:
        repository = tmp_path / "clone"
        write_text_model(tmp_path / "text", truth, NAMES, placed)
        (repository / "made").mkdir(parents=True)
        pycolmap.Reconstruction(tmp_path / "text").write(repository / "made")
        (repository / ("demo.py" if kind is Vggsfm else "demo_colmap.py")).write_text(FAKE)
        (repository / "mode").write_text(mode)
        return kind(program=Program(str(repository), sys.executable, timeout_s))

    return made


@pytest.fixture
def views() -> Views:
    rgb = np.full((COUNT, SIZE, SIZE, 3), 255, np.uint8)
    rgb[:, 20:40, 20:40] = 9
    return Views(rgb, np.stack([np.arange(COUNT) * 60.0, np.zeros(COUNT)], axis=1))


def same(found: Structure, wanted: Structure) -> None:
    for name, values in vars(wanted).items():
        np.testing.assert_allclose(getattr(found, name), values, atol=1e-6, err_msg=name)


def test_what_the_program_writes_becomes_the_structure_it_means(fake: Made, views: Views, truth: Structure) -> None:
    backend = fake("good")
    backend.check()
    stage: StructureFromMotion = backend
    same(stage(views, 3), tidied(truth))


def test_the_command_line_is_the_one_that_the_program_knows(fake: Made, views: Views) -> None:
    backend = fake("good")
    backend(views, 7)
    folder, asked = json.loads((Path(backend.program.repository) / "asked.json").read_text())
    assert folder == backend.program.repository
    (scene,) = (word.split("=")[1] for word in asked if "scene_dir=" in word.lower())
    assert not Path(scene).exists()  # nothing is left of it
    assert asked == backend.command(Path(scene), 7)
    written = {
        Vggsfm: ["demo.py", f"SCENE_DIR={scene}", "camera_type=SIMPLE_PINHOLE", "shared_camera=True", "seed=7",
                 "shift_point2d_to_original_res=True", "query_frame_num=3", "max_query_pts=2048"],
        Vggt: ["demo_colmap.py", f"--scene_dir={scene}", "--seed=7", "--use_ba", "--shared_camera",
               "--camera_type=SIMPLE_PINHOLE", "--query_frame_num=8", "--max_query_pts=4096"],
    }
    assert asked == written[type(backend)]


@pytest.mark.parametrize(("mode", "kind", "message"), [
    ("crash", NotLiftableError, r"ended with exit code 1: RuntimeError: linalg\.svd: the algorithm failed to converge$"),
    ("nothing", StructureError, "sparse holds no cameras, images, points3D of COLMAP's; nothing was reconstructed"),
    ("missing", StructureError, "sparse holds no cameras, images, points3D"),
    ("half", StructureError, "points3D of the reconstruction cannot be read; it is half a file"),
    ("import", ValueError, r"cannot work here \(exit code 1: ModuleNotFoundError: .*lightglue_of_their_own.*runs by itself"),
    ("memory", ValueError, "cannot work here .*CUDA out of memory"),
])
def test_a_program_that_fails_says_why_in_a_sentence(
    fake: Made, views: Views, mode: str, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        fake(mode)(views, 0)
    assert type(caught.value) is kind and "\n" not in str(caught.value)


def test_a_program_that_hangs_ends_with_all_it_has_started(fake: Made, views: Views) -> None:
    backend = fake("sleep", timeout_s=1.0)
    start = time.monotonic()
    with pytest.raises(NotLiftableError, match="was not done after 1 s") as caught:
        backend(views, 0)
    assert caught.value.reason.endswith("took too long") and time.monotonic() - start < 30
    time.sleep(1.0)
    assert not (Path(backend.program.repository) / "late").exists()


def test_views_that_were_not_placed_have_no_camera(fake: Made, views: Views, truth: Structure) -> None:
    backend = fake("good", placed=4)
    found = backend(views, 0)
    assert found.placed.tolist() == [True] * 4 + [False] * 2 and found.view.max() == 3
    with pytest.raises(StructureError, match="only 4 of 6 views could be placed"):
        replace(backend, least_placed=0.9)(views, 0)


def test_a_program_that_is_not_there_is_one_sentence(views: Views, tmp_path: Path) -> None:
    for kind in (Vggsfm, Vggt):
        with pytest.raises(ValueError, match=r"no folder is given; give structure\.program\.repository=FOLDER"):
            kind().check()
        with pytest.raises(ValueError, match=r"holds no demo"):
            kind(program=Program(str(tmp_path))).check()
        with pytest.raises(ValueError, match=r"cannot be started with no_such_python \(no such file or directory\)"):
            kind(program=Program(str(tmp_path), "no_such_python"))(views, 0)
    with pytest.raises(ValueError, match="timeout_s=0 is not possible"):
        Program(timeout_s=0)


def test_too_few_views_start_no_program(views: Views) -> None:
    with pytest.raises(StructureError, match="2 views show too little"):
        Vggsfm(program=Program(python="no_such_python"))(Views(views.rgb[:2], views.orbit_deg[:2]), 0)


def test_reconstructions_are_read_in_both_formats_and_of_these_pictures_only(tmp_path: Path, truth: Structure) -> None:
    write_text_model(tmp_path / "text", truth, NAMES)
    (tmp_path / "binary").mkdir()
    pycolmap.Reconstruction(tmp_path / "text").write(tmp_path / "binary")
    one, other = (read_reconstruction(tmp_path / name, NAMES) for name in ("text", "binary"))
    same(one, other)
    same(tidied(one), tidied(truth))
    with pytest.raises(StructureError, match=r"of other pictures \(005\.png\)"):
        read_reconstruction(tmp_path / "text", NAMES[:-1])


@pytest.mark.parametrize("part", PARTS)
def test_a_file_that_breaks_off_anywhere_is_not_whole(tmp_path: Path, truth: Structure, part: str) -> None:
    """COLMAP itself would fill the memory with what is not there."""
    write_text_model(tmp_path / "text", truth, NAMES)
    (tmp_path / "binary").mkdir()
    pycolmap.Reconstruction(tmp_path / "text").write(tmp_path / "binary")
    file = tmp_path / "binary" / f"{part}.bin"
    data = file.read_bytes()
    assert is_whole(file)
    for end in {0, 5, 8, 30, len(data) // 3, len(data) // 2, len(data) - 1}:
        file.write_bytes(data[:end])
        assert not is_whole(file)
    file.write_bytes(data + b"\0")
    assert not is_whole(file)
    file.write_bytes(np.random.default_rng(0).bytes(len(data)))
    assert not is_whole(file)


@pytest.mark.parametrize("model", [
    "SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV", "OPENCV_FISHEYE", "FULL_OPENCV", "FOV",
    "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE", "THIN_PRISM_FISHEYE",
])
def test_cameras_of_every_model_are_as_long_as_colmap_writes_them(tmp_path: Path, model: str) -> None:
    reconstruction = pycolmap.Reconstruction()
    reconstruction.add_camera_with_trivial_rig(pycolmap.Camera.create_from_model_name(1, model, 50.0, 64, 64))
    reconstruction.write(tmp_path)
    assert is_whole(tmp_path / "cameras.bin")


def test_an_empty_reconstruction_is_refused(tmp_path: Path, truth: Structure) -> None:
    write_text_model(tmp_path / "text", truth, NAMES)
    (tmp_path / "text" / "points3D.txt").write_text("")
    with pytest.raises(StructureError, match=r"no camera or no point|cannot be read"):
        read_reconstruction(tmp_path / "text", NAMES)


def reprojected(structure: Structure) -> NDArray[np.float64]:
    """(m,) how far observations are from their points, in pixels."""
    T, K = structure.Ts_camera_world[structure.view], structure.Ks[structure.view]
    seen = np.einsum("mij,mj->mi", T[:, :3, :3], structure.points[structure.point]) + T[:, :3, 3]
    image = np.einsum("mij,mj->mi", K, seen)
    return np.linalg.norm(image[:, :2] / image[:, 2:] - structure.xy, axis=1)


def test_points_are_where_their_observations_say(fake: Made, views: Views) -> None:
    assert reprojected(fake("good")(views, 0)).max() < 1e-6
