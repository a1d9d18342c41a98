"""The embedded world's stages in a run folder: the same bytes every time, and the truth kept apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lifting.backends.oracle import KnownFeatures, KnownMasks, KnownStructure
from lifting.images import EmbeddedImages, read_picture
from lifting.items import drawn_items, item_name
from lifting.pipeline import Backends, Pipeline
from lifting.runs import RECEIPT, TRUTH, Stage, update
from lifting.staging import Studio
from lifting.views import OrbitRenderer, read_views
from lifting.world import read_scene
from oor.catalog.contexts import Context

POUR = Context("teapot", "pours into", "teacup")
SMALL, FEW = Studio(size_px=40, supersample=1), OrbitRenderer(views=3, supersample=1)


def made(context: Context, seed: int, *, frame: int = 0, frames: int = 1, studio: Studio = SMALL,
         views: OrbitRenderer = FEW) -> list[Stage]:
    """Truth, image and views of an item."""
    backends = Backends(EmbeddedImages(studio), views, KnownStructure(), KnownMasks(), KnownFeatures())
    (item,) = (item for item in drawn_items([context], 1, frames, seed) if item.frame == frame)
    return Pipeline(backends, Path("nowhere")).stages(item)[:3]


def contents(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != RECEIPT)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_run_is_the_same_byte_for_byte_and_says_what_the_source_says(tmp_path: Path) -> None:
    for name in ("one", "two"):
        update(tmp_path / name, made(POUR, 3))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    (shot,) = EmbeddedImages(SMALL)(POUR, 3)
    picture = read_picture(tmp_path / "one" / "image")
    assert picture.rgb.tobytes() == shot.picture.rgb.tobytes() and picture.prompt == shot.picture.prompt
    assert shot.scene is not None and np.array_equal(read_scene(tmp_path / "one" / TRUTH).vector, shot.scene.vector)
    views = read_views(tmp_path / "one" / "views")
    assert views.rgb.tobytes() == FEW(shot.picture, shot.scene, 3).rgb.tobytes()


def test_more_inconsistent_views_leave_truth_and_image_alone(tmp_path: Path) -> None:
    worked: list[str] = []

    def again(level: float, detail: float = 1.0) -> list[str]:
        worked.clear()
        studio = Studio(size_px=40, supersample=1, detail=detail)
        update(tmp_path, made(POUR, 3, studio=studio, views=OrbitRenderer(3, 0.0, level, 1)),
               advance=lambda receipt, done: worked.append(receipt.stage) if done else None)
        return list(worked)

    assert again(0.0) == ["truth", "image", "views"] and again(0.0) == [] and again(0.5) == ["views"]
    assert again(0.5, detail=0.2) == ["truth", "image", "views"]


def test_frames_of_a_motion_are_items_of_their_own(tmp_path: Path) -> None:
    shots = list(EmbeddedImages(SMALL)(POUR, 3, 3))
    for frame, shot in enumerate(shots):
        item = tmp_path / item_name(POUR, 3, frame)
        update(item, made(POUR, 3, frame=frame, frames=3)[:2])
        assert read_picture(item / "image").rgb.tobytes() == shot.picture.rgb.tobytes()
    assert len({path.name for path in tmp_path.iterdir()}) == len(shots) > 1


def test_what_a_picture_tells_does_not_give_the_truth_away(tmp_path: Path) -> None:
    update(tmp_path, made(POUR, 3))
    assert sorted(contents(tmp_path / "image")) == ["image.json", "image.png"]
    assert sorted(contents(tmp_path / "views")) == ["00.png", "01.png", "02.png", "views.json"]
    vector = read_scene(tmp_path / TRUTH).vector
    told = b"".join(data for folder in ("image", "views") for name, data in contents(tmp_path / folder).items() if "json" in name)
    assert not any(f"{abs(number):.5f}".encode() in told for number in vector if abs(number) not in (0, 1))


def test_items_have_plain_names_of_their_own() -> None:
    names = [item_name(POUR, 3), item_name(POUR, 3, 1), item_name(POUR, 4), item_name(Context("a/b", "on", "C d"), 0)]
    assert names[0] == "teapot-pours_into-teacup-000003-00" and len(set(names)) == 4
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") for name in names)
