"""python -m oor.lift: sentences become runs that can be stopped anywhere, and end in the same samples."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import lifting.pipeline
import lifting.runs
from diffusion.data import file_data
from lifting.backends.folder import FolderImages, FolderViews
from lifting.backends.oracle import KnownFeatures, KnownMasks, KnownStructure
from lifting.images import read_picture
from lifting.pipeline import STAGES, Backends, Pipeline
from lifting.results import SHEET
from lifting.runs import update
from lifting.views import read_views
from oor.backends import backend_class
from oor.lift import Reader, main, read_request
from oor.samples import read_samples

Refused = Callable[..., str]
Command = Callable[..., Any]
ROOT = Path(__file__).parents[2]
POUR = "a teapot pours into a teacup"
ORACLES = ("structure=oracle", "masks=oracle", "features=oracle")
SMALL = (*ORACLES, "image.studio.size_px=96", "image.studio.supersample=1", "views.views=8", "views.supersample=1",
         "templates.count=1", "templates.rig.views=6", "templates.rig.size_px=96", "templates.rig.supersample=1", "workers=1")
LAX = ("filters.points=10", "filters.distance=1", "filters.agreement=0", "filters.slack=100", "judge.least=0")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two items that filters let pass."""
    out = tmp_path_factory.mktemp("lift") / "run"
    main([POUR, f"out={out}", "images=2", *SMALL, *LAX])
    return out


@pytest.mark.parametrize(("arguments", "message"), [
    ([POUR], "no output folder"),
    (["out=x", *ORACLES], "give sentences or contexts="),
    ([POUR, "contexts=3", "out=x", *ORACLES], "not both"),
    (["a", "teapot", "out=x", *ORACLES], "put each sentence in quotes"),
    (["a teapot pours", "out=x", *ORACLES], "only one object (teapot)"),
    (["a frobnicator zaps a blarg", "out=x", *ORACLES], "no known object"),
    (["a mug on a guitar", "out=x", *ORACLES], "the catalog knows no "),
    ([POUR, "out=x", *ORACLES, "image=4"], "image=4 is not possible; there is embedded, flux, flux_dev, folder"),
    ([POUR, "out=x", *ORACLES, "imges=4"], "did you mean images?"),
    ([POUR, "out=x", "structure=oracle", "masks=orcale"], "masks=orcale is not possible; did you mean oracle?"),
    ([POUR, "out=x", *ORACLES, "views.inconsistncy=1"], "did you mean views.inconsistency?"),
    ([POUR, "out=x", *ORACLES, "views.inconsistency=2"], "inconsistency from 0 to 1"),
    ([POUR, "out=x", *ORACLES, "views.views=many"], "views.views=many is not possible; give a value of type int"),
    ([POUR, "out=x", *ORACLES, "images=0"], "images=0 is not possible; give a whole number from 1 to"),
    ([POUR, "out=x", *ORACLES, "workers=0"], "workers=0 is not possible"),
    ([POUR, "out=x", *ORACLES, "views=folder"], "needs the cameras, which only views=embedded knows"),
    ([POUR, "out=x", *ORACLES, "image=folder", "image.path=no"], "needs the scene behind a picture"),
    ([POUR, "out=x", *ORACLES, "--fast"], "unknown option --fast"),
])
def test_a_mistake_is_refused_and_leaves_no_trace(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(main, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_what_is_foreign_is_not_touched(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert "holds files that are no lifting run's" in refused(main, POUR, f"out={tmp_path}", *SMALL)
    assert "is a file" in refused(main, POUR, f"out={tmp_path / 'mine.txt'}", *SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_help(command: Command) -> None:
    for arguments in ((), ("--help",)):
        assert "structure=colmap|oracle" in command(main, *arguments).out


def test_contexts_of_the_catalog_and_frames_become_items(tmp_path: Path) -> None:
    request = read_request(["contexts=4", "images=2", "frames=3", "seed=5", f"out={tmp_path / 'x'}", *SMALL])
    assert len(request.items) == 24 and len({item.name for item in request.items}) == 24
    assert len({item.context for item in request.items}) == 4 and {item.seed for item in request.items} == {5, 6}


def test_a_run_ends_in_samples_that_training_reads(run: Path) -> None:
    samples = read_samples(run / "samples.parquet")
    yields = json.loads((run / "yields.json").read_text())
    assert len(samples) == yields["all"]["accepted"] == 2 and yields["all"]["passed"]["sample"] == 2
    how = "lift (oracles: structure, masks, features)"  # nobody shall take these for results
    assert samples.source == tuple(f"{how}:teapot-pours_into-teacup-00000{i}-00" for i in (0, 1))
    assert "structure, masks, features: oracles" in (run / "report.html").read_text()
    assert all("tea" in prompt for prompt in samples.prompt) and ((samples.quality >= 0) & (samples.quality <= 1)).all()
    assert samples.metadata["lift"]["views"]["views"] == 8
    data = file_data([run / "samples.parquet"])
    assert data.vectors.shape == (2, 15) and [str(context) for context in data.contexts] == ["teapot pours into teacup"]
    assert set(yields["all"]["errors"]) == {"rotation_deg", "translation", "scale", "edges", "gross"}
    assert set(yields["contexts"]) == {"teapot pours into teacup"} and set(yields["all"]["seconds"]) == set(STAGES)


def test_the_report_opens_offline_and_shows_every_item(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert page.count('class="card"') == 2 and "<script" not in page and "http" not in page
    pictures = re.findall(r'<img [^>]*src="([^"]+)"', page)
    assert len(pictures) == 4 and all((run / path).is_file() for path in pictures)


def test_what_is_rejected_keeps_its_reason_and_only_what_changed_is_done(
    run: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked = []
    done = lifting.runs._done
    monkeypatch.setattr(lifting.runs, "_done", lambda item, stage, inputs: worked.append(stage.name) or done(item, stage, inputs))
    first = (run / "samples.parquet").read_bytes()
    outcome = command(main, POUR, f"out={run}", "images=2", *SMALL, *LAX, "filters.points=100000")
    assert outcome.code == 0 and "too few points 2" in outcome.out
    assert set(worked) == {"sample", "score", SHEET} and len(read_samples(run / "samples.parquet")) == 0
    rows = list(csv.DictReader((run / "rejected.csv").read_text().splitlines()))
    assert [(row["stage"], row["reason"]) for row in rows] == [("masks", "too few points")] * 2
    page = (run / "report.html").read_text()
    assert page.count('class="card lost"') == 2 and "masks: too few points" in page
    assert command(main, POUR, f"out={run}", "images=2", *SMALL, *LAX).code == 0
    assert (run / "samples.parquet").read_bytes() == first


def test_a_run_that_is_stopped_at_every_stage_ends_as_the_other_does(
    run: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = POUR, f"out={tmp_path / 'cut'}", "images=2", *SMALL, *LAX
    done = lifting.runs._done
    for stage in STAGES:

        def stopping(item: Path, at: Any, inputs: Any, stage: str = stage) -> Any:
            if at.name == stage:
                raise KeyboardInterrupt
            return done(item, at, inputs)

        with monkeypatch.context() as patch:
            patch.setattr(lifting.runs, "_done", stopping)
            assert command(main, *arguments).code == 130
        assert not (tmp_path / "cut" / "samples.parquet").exists()
    assert command(main, *arguments).code == 0
    assert (tmp_path / "cut" / "samples.parquet").read_bytes() == (run / "samples.parquet").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_of_two_workers_that_is_killed_goes_on(number: signal.Signals, run: Path, tmp_path: Path, command: Command) -> None:
    out = tmp_path / "cut"
    arguments = [POUR, f"out={out}", "images=2", *SMALL, *LAX, "workers=2"]
    hear = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731 (what runs in the background is deaf to it)
    line = [sys.executable, "-m", "oor.lift", *arguments]
    process = subprocess.Popen(line, cwd=ROOT, stderr=subprocess.DEVNULL, preexec_fn=hear)
    while process.poll() is None and not list(out.glob("items/*/image")):
        time.sleep(0.05)
    os.kill(process.pid, number)
    assert process.wait(120) == (-signal.SIGKILL if number == signal.SIGKILL else 130)
    assert not (out / "samples.parquet").exists()
    assert command(main, *arguments).code == 0
    assert (out / "samples.parquet").read_bytes() == (run / "samples.parquet").read_bytes()


def test_a_failing_stage_is_named_without_a_traceback(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(lifting.pipeline, "scenes", broken)
    outcome = command(main, POUR, f"out={tmp_path / 'x'}", "images=1", *SMALL)
    told = "error: teapot-pours_into-teacup-000000-00: the stage 'truth' failed with ZeroDivisionError (oh)"
    assert outcome.code == 2 and told in outcome.err and "Traceback" not in outcome.err


def test_a_full_disk_is_one_sentence(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lifting.pipeline, "write_scene", full)
    outcome = command(main, POUR, f"out={tmp_path / 'x'}", "images=1", *SMALL)
    assert outcome.code == 2 and f"error: cannot use {tmp_path / 'x'}: no space left on device" in outcome.err


def test_every_backend_that_is_written_down_has_defaults() -> None:
    for told in ("image=folder", "views=folder", "structure=colmap", *ORACLES):
        assert backend_class(*told.split("="))() == backend_class(*told.split("="))()


def test_pictures_of_a_folder_are_items(tmp_path: Path) -> None:
    photos, turns = tmp_path / "photos", tmp_path / "turns"
    for folder in (photos, turns / "First one"):
        folder.mkdir(parents=True)
    Image.new("RGBA", (20, 16), (0, 0, 0, 0)).save(photos / "First one.png")
    Image.new("RGB", (20, 16), (9, 9, 9)).save(photos / "second.jpg")
    (photos / "second.txt").write_text("a mug on a table\n")
    for i in range(4):
        Image.new("RGB", (20, 16), (9, i, 9)).save(turns / "First one" / f"{i:02d}.png")
    source = FolderImages(str(photos))
    items = source.items(POUR, Reader().context)
    assert [item.name for item in items] == ["teapot-pours_into-teacup-first_one", "mug-on-table-second"]
    line = Pipeline(Backends(source, FolderViews(str(turns)), KnownStructure(), KnownMasks(), KnownFeatures()), tmp_path / "run")
    for item in items:
        update(tmp_path / item.name, line.stages(item)[:2])
    picture = read_picture(tmp_path / items[0].name / "image")
    assert picture.rgb.shape == (16, 20, 3) and (picture.rgb == 255).all() and picture.caption == POUR
    views = read_views(tmp_path / items[0].name / "views")
    assert np.array_equal(views.orbit_deg, [[0, 0], [90, 0], [180, 0], [270, 0]]) and len(views.rgb) == 4
    assert json.loads((tmp_path / items[1].name / "views" / "refused.json").read_text())["reason"] == "no views"
    (photos / "third.png").write_bytes((photos / "First one.png").read_bytes())
    with pytest.raises(ValueError, match=r"nothing says what .* shows"):
        source.items(None, Reader().context)
