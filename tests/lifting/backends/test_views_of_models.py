"""SV3D as a program, and a video model as a turntable: 21 views in their order, on white."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lifting.backends.programs import Program
from lifting.backends.sv3d import SCRIPT, Sv3d, cut_free
from lifting.images import Picture
from lifting.refusals import NotLiftableError
from lifting.views import ViewSynthesizer
from oor.catalog.contexts import Context

POUR = Context("teapot", "pours into", "teacup")
FAKE = """\
import json, pathlib, sys
import numpy as np
from PIL import Image
here = pathlib.Path(__file__).parents[2]
mode = (here / "mode").read_text()
told = dict(word[2:].split("=", 1) for word in sys.argv[1:])
(here / "asked.json").write_text(json.dumps([str(pathlib.Path.cwd()), sys.argv]))
with Image.open(told["input_path"]) as image:
    assert image.mode == "RGBA", image.mode
    given = np.asarray(image.resize((48, 48)))
(here / "alpha.json").write_text(json.dumps(float((given[..., 3] > 0).mean())))
if mode == "crash":
    raise AssertionError("Please provide 1 value")
if mode != "nothing":
    out = pathlib.Path(told["output_folder"])
    out.mkdir(parents=True)
    count = 20 if mode == "short" else 21
    np.save(out / "film.npy", np.stack([np.full((48, 48, 3), 10 * i, np.uint8) for i in range(1, count + 1)]))
    (out / "film.npy").rename(out / "000000.mp4")
"""
IMAGEIO = """\
import numpy as np
from PIL import Image
def get_reader(path):
    with open(path, "rb") as file:
        return np.load(file)
def imwrite(path, frame):
    Image.fromarray(frame).save(path)
"""


@pytest.fixture
def picture() -> Picture:
    rgb = np.full((40, 60, 3), 255, np.uint8)
    rgb[10:30, 15:45] = (200, 30, 40)
    rgb[15:20, 20:30] = 255  # something white on it
    return Picture(rgb, POUR, "A teapot pours tea into a teacup.", "A teapot pours tea into a teacup. White background.")


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Sv3d]:
    """SV3D whose script is a fake, and whose environment has an imageio that reads the fake's films."""

    def made(mode: str = "good", **settings: Any) -> Sv3d:
        repository = tmp_path / "clone"
        (repository / SCRIPT).parent.mkdir(parents=True, exist_ok=True)
        (repository / SCRIPT).write_text(FAKE)
        (repository / "imageio.py").write_text(IMAGEIO)
        (repository / "mode").write_text(mode)
        return Sv3d(program=Program(str(repository), sys.executable, 60.0), **settings)

    return made


def test_the_last_frame_of_the_film_is_the_first_view(fake: Callable[..., Sv3d], picture: Picture) -> None:
    backend = fake()
    backend.check()
    stage: ViewSynthesizer = backend
    views = stage(picture, None, 3)
    assert views.rgb.shape == (21, 48, 48, 3)
    assert views.rgb[:, 0, 0, 0].tolist() == [210, *range(10, 210, 10)]
    np.testing.assert_allclose(views.orbit_deg, [[360 / 21 * i, 0] for i in range(21)])
    turned = fake(turn=-1)(picture, None, 3).orbit_deg[:, 0]
    np.testing.assert_allclose((turned + views.orbit_deg[:, 0]) % 360, 0, atol=1e-9)


@pytest.mark.parametrize(("settings", "more"), [
    ({}, ["--version=sv3d_u", "--num_steps=50", "--decoding_t=7"]),
    ({"version": "sv3d_p", "elevation_deg": 12.5, "steps": 30}, ["--version=sv3d_p", "--num_steps=30", "--elevations_deg=12.5",
                                                                 "--decoding_t=7"]),
])
def test_the_command_line_is_the_one_that_the_script_knows(
    fake: Callable[..., Sv3d], picture: Picture, settings: dict[str, Any], more: list[str]
) -> None:
    backend = fake(**settings)
    backend(picture, None, 5)
    folder, asked = json.loads((Path(backend.program.repository) / "asked.json").read_text())
    assert folder == backend.program.repository and asked[0] == SCRIPT
    given = next(word.split("=")[1] for word in asked if word.startswith("--input_path="))
    out = next(word.split("=")[1] for word in asked if word.startswith("--output_folder="))
    assert asked[1:] == [f"--input_path={given}", *more, "--seed=5", f"--output_folder={out}"]
    assert not Path(given).exists()


def test_what_is_white_inside_an_outline_is_not_cut_out(fake: Callable[..., Sv3d], picture: Picture) -> None:
    cut = cut_free(picture.rgb)
    assert cut.shape == (60, 60, 4)
    shown = np.zeros((60, 60), bool)
    shown[20:40, 15:45] = True
    assert np.array_equal(cut[..., 3] > 0, shown) and np.array_equal(cut[10:50, :, :3][shown[10:50]], picture.rgb[shown[10:50]])
    with pytest.raises(NotLiftableError, match="white all over") as caught:
        cut_free(np.full((4, 4, 3), 255, np.uint8))
    assert caught.value.reason == "blank"
    backend = fake()
    backend(picture, None, 0)
    assert json.loads((Path(backend.program.repository) / "alpha.json").read_text()) == pytest.approx(20 * 30 / 3600, abs=0.05)


@pytest.mark.parametrize(("mode", "message"), [
    ("crash", "SV3D ended with exit code 1: AssertionError: Please provide 1 value"),
    ("nothing", "SV3D wrote 0 films"), ("short", "SV3D made 20 views where 21"),
])
def test_a_film_that_is_not_there_is_one_sentence(
    fake: Callable[..., Sv3d], picture: Picture, mode: str, message: str
) -> None:
    with pytest.raises(NotLiftableError, match=message):
        fake(mode)(picture, None, 0)


def test_a_script_that_is_not_there_or_settings_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"SV3D is run from a clone of its repository, and no folder is given"):
        Sv3d().check()
    with pytest.raises(ValueError, match=r"holds no scripts/sampling/simple_video_sample\.py"):
        Sv3d(program=Program(str(tmp_path))).check()
    with pytest.raises(ValueError, match="is not possible; give steps"):
        Sv3d(elevation_deg=90)


def test_a_video_model_goes_once_round(tiny: Callable[..., str], picture: Picture) -> None:
    pytest.importorskip("diffusers", reason="pip install 'oor-toolkit[models]' to test backends of diffusers")
    from lifting.backends.film import Film
    from lifting.backends.turntable import ASKED, Turntable

    film = Film(model=tiny("wan"), size_px=32, frames=9, steps=2)
    backend = Turntable(4, 255, film)
    stage: ViewSynthesizer = backend
    views = stage(picture, None, 3)
    made = film(picture.rgb, f"{ASKED}. {picture.prompt}", 3)
    assert len(made) == 9 and views.rgb.shape == (4, 32, 32, 3)
    np.testing.assert_allclose(views.orbit_deg, [[0, 0], [90, 0], [180, 0], [270, 0]])
    around = [np.any(view != frame, axis=-1) for view, frame in zip(views.rgb, made[[0, 2, 4, 6]], strict=True)]
    assert all((view[changed] == 255).all() for view, changed in zip(views.rgb, around, strict=True))
    assert np.array_equal(views.rgb, stage(picture, None, 3).rgb) and not np.array_equal(views.rgb, stage(picture, None, 4).rgb)
    for wrong in ({"views": 2}, {"views": 10}, {"backdrop": 300}):
        with pytest.raises(ValueError, match="is not possible; give 3 views or more"):
            Turntable(**{"film": film, **wrong})

