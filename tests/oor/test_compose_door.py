"""The door of scenes: files, the same bytes for a seed, and mistakes that end in one sentence before anything is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import trimesh
from PIL import Image

from oor.compose import main
from oor.layout import read_layout

DESK = "a monitor on a desk, a keyboard on the desk and in front of the monitor"
SETTINGS = ("num_samples=2", "candidates=2", "steps=5", "seed=4", "likelihood=true")


@pytest.fixture(scope="module")
def made(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scene") / "desk"
    main([DESK, *SETTINGS, f"checkpoint={tiny_checkpoint}", f"out={out}"])
    return out


def test_a_run_leaves_a_layout_scenes_and_a_picture(made: Path) -> None:
    assert sorted(file.name for file in made.iterdir()) == ["layout.json", "preview.png", "scene.glb", "scene_001.glb"]
    layouts = read_layout(made / "layout.json")
    assert layouts.query["text"] == DESK and layouts.seed == 4 and len(layouts.samples) == 2
    assert layouts.query["relations"] == ["monitor on desk", "keyboard on desk", "keyboard in front of monitor"]
    for layout, file in zip(layouts.samples, ("scene.glb", "scene_001.glb"), strict=True):
        assert {item.id for item in layout.objects} == {"desk", "monitor", "keyboard"}
        assert all(relation.log_likelihood is not None for relation in layout.relations)
        scene = trimesh.load_scene(made / file)
        for item in layout.objects:
            centre = scene.graph[item.id][0][:3, 3]
            assert centre == pytest.approx(item.T_world_object[:3, 3], abs=1e-5)
    with Image.open(made / "preview.png") as picture:
        assert picture.size[0] > 1000


def test_the_same_seed_gives_the_same_bytes_and_old_scenes_go(made: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "scene_007.glb").write_bytes(b"old")
    main([DESK, *SETTINGS, f"checkpoint={tiny_checkpoint}", f"out={tmp_path}"])
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in made.iterdir()}


def test_a_file_of_relations_is_taken_too(tiny_checkpoint: Path, tmp_path: Path, command: Callable[..., object]) -> None:
    tea = "relations:\n  - {target: teapot, predicate: pours into, base: teacup}\n  - a teacup on a table"
    (tmp_path / "tea.yaml").write_text(tea)
    out = tmp_path / "tea"
    result = command(main, str(tmp_path / "tea.yaml"), "num_samples=1", "candidates=1", "method=paper",
                     f"checkpoint={tiny_checkpoint}", f"out={out}")
    assert result.code == 0 and "teapot pours into teacup" in result.out  # type: ignore[attr-defined]
    assert json.loads((out / "layout.json").read_text())["query"]["method"] == "paper"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ("expected one text",)),
        (["a mug", "on a table"], ("quotes",)),
        (["a mug on a table, a fork on a plate"], ("unconnected", "read so far")),
        (["a mug on a table", "method=hours"], ("method=hours", "ours")),
        (["a mug on a table", "num_samples=0"], ("num_samples=0",)),
        (["a mug on a table", "num_samples=8", "candidates=4"], ("candidates=4", "from 8")),
        (["a mug on a table", "sampler=student"], ("sampler=student",)),
        (["a mug on a table", "colision=false"], ("colision", "collision")),
        (["a mug on a table", "check=maybe"], ("check=maybe",)),
        (["nowhere.yaml"], ("nowhere.yaml",)),
    ],
)
def test_mistakes_end_in_one_sentence(
    arguments: list[str], words: tuple[str, ...], refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = refused(main, *(arguments or ["seed=1"]))
    assert all(word in message for word in words) and not list(tmp_path.iterdir())


def test_help_names_every_setting(command: Callable[..., object]) -> None:
    text = command(main, "help").out  # type: ignore[attr-defined]
    settings = (Path(__file__).parents[2] / "configs" / "compose.yaml").read_text()
    names = [line.partition(":")[0] for line in settings.splitlines() if not line.startswith("#")]
    assert len(names) > 10 and all(f"{name}=" in text for name in names)
