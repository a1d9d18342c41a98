"""The README shows nothing that does not run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import trimesh
from PIL import Image

from oor.catalog import category, contexts
from oor.catalog.folder import forget
from oor.compose import read_request as read_scene_request
from oor.lift import main as lift
from oor.lift import read_request as read_lift_request
from oor.sample import read_request

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
LINES = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
LIFTS = [line for line in LINES if line.startswith("python -m oor.lift")]
SCENES = [line for line in LINES if line.startswith("python -m oor.compose")]
SENTENCES = [line for line in LINES if line.startswith("python -m oor.sample")]


def test_python_blocks_run_and_have_the_shapes_they_say() -> None:
    (block,) = (block for kind, block in BLOCKS if kind == "python")
    names: dict[str, object] = {}
    exec(block, names)  # noqa: S102 (our own README)
    for line in block.splitlines():
        shape = re.search(r"# \((\d[\d, ]*)\)", line)
        if shape:
            expression = line.split("#")[0].split("=")[0].strip()
            value = eval(expression, names)  # noqa: S307
            assert tuple(value.shape) == tuple(int(n) for n in shape.group(1).split(", "))


@pytest.mark.parametrize("line", SENTENCES)
def test_commands_are_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trimesh.creation.cylinder(0.04, 0.1).export(tmp_path / "my_mug.obj")
    (folder := tmp_path / "my_folder").mkdir()
    trimesh.creation.box((0.34, 0.24, 0.24)).export(folder / "kettle.obj")
    (folder / "camp.yaml").write_text(next(block for kind, block in BLOCKS if kind == "yaml"))
    known, told = dict(category._CATEGORIES), list(contexts._ADDED)
    try:
        request = read_request(shlex.split(line, comments=True)[3:])
    finally:
        category._CATEGORIES.clear()
        category._CATEGORIES.update(known)
        contexts._ADDED[:] = told
        forget()
    assert request.query.familiarity != "far" and not list(tmp_path.glob("outputs"))


@pytest.mark.parametrize("line", SCENES)
def test_scene_commands_are_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    request = read_scene_request(shlex.split(line, comments=True)[3:])
    assert "far" not in request.scene.familiarity and request.scene.warnings == () and not list(tmp_path.iterdir())


@pytest.mark.parametrize("line", LIFTS)
def test_lifting_commands_are_understood(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    if "dry_run=true" in line:
        lift(shlex.split(line, comments=True)[3:])
        assert "hf download " in capsys.readouterr().out and not list(tmp_path.iterdir())
        return
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (8, 8), (255, 255, 255)).save(tmp_path / "photos" / "tea.png")
    try:
        request = read_lift_request(shlex.split(line, comments=True)[3:])
    except ValueError as error:
        if "which is not installed" in str(error):
            pytest.skip(str(error))
        raise
    assert request.items and all("oracles" in warning for warning in request.warnings) and not list(tmp_path.glob("runs"))


def test_every_file_it_links_exists() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links and all((ROOT / link).exists() for link in links)
