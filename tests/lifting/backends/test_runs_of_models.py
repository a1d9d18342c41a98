"""Whole runs of `oor.lift` with a model, or its likeness, in every stage: offline, on tiny random weights, from door to files."""

from __future__ import annotations

import csv
import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from lifting.backends import hub
from lifting.backends.licences import KNOWN
from lifting.filtering import Verdict
from lifting.phases import phases
from oor.backends import GROUPS, backend_class, default_backend, expanded
from oor.doors import config_folder
from oor.lift import main, read_request
from oor.samples import read_samples

Tiny = Callable[..., str]
Command = Callable[..., Any]
Refused = Callable[..., str]
POUR = "a teapot pours into a teacup"
ORACLES = ("structure=oracle", "masks=oracle", "features=oracle", "image.studio.size_px=96", "image.studio.supersample=1",
           "views.views=6", "views.supersample=1", "templates.count=1", "templates.rig.views=4", "templates.rig.size_px=64",
           "templates.rig.supersample=1", "workers=1", "images=1", "report=false")
LAX = ("filters.points=10", "filters.distance=1", "filters.agreement=0", "filters.slack=100")
SFM = """\
import pathlib, sys
import numpy as np
from scipy.spatial.transform import Rotation
from lifting.orbit import orbit_poses
scene = next(pathlib.Path(word.split("=")[1]) for word in sys.argv if word.startswith("SCENE_DIR="))
names = sorted(path.name for path in (scene / "images").iterdir())
n = len(names)
T = orbit_poses(np.stack([np.arange(n) * 360.0 / n, np.zeros(n)], axis=1), 20.0)
points = np.random.default_rng(0).uniform(-0.25, 0.25, (400, 3))
seen = np.einsum("nij,pj->npi", T[:, :3, :3], points) + T[:, None, :3, 3]
xy = 40 * seen[..., :2] / seen[..., 2:] + 16
(scene / "sparse").mkdir()
(scene / "sparse" / "cameras.txt").write_text("1 SIMPLE_PINHOLE 32 32 40 16 16\\n")
with (scene / "sparse" / "images.txt").open("w") as file:
    for i, name in enumerate(names):
        x, y, z, w = Rotation.from_matrix(T[i, :3, :3]).as_quat()
        print(i + 1, w, x, y, z, *T[i, :3, 3], 1, name, file=file)
        print(*(f"{u} {v} {p + 1}" for p, (u, v) in enumerate(xy[i])), file=file)
with (scene / "sparse" / "points3D.txt").open("w") as file:
    for p, point in enumerate(points):
        print(p + 1, *point, 1, 2, 3, 0.1, *(f"{i + 1} {p}" for i in range(n)), file=file)
"""


@pytest.fixture
def models(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Settings that put a tiny model into every stage."""
    pytest.importorskip("diffusers", reason="pip install 'oor-toolkit[models]' to test backends of diffusers")
    from lifting.backends import sd_dino

    monkeypatch.setattr(sd_dino, "SHOWN", ("teapot", "knife", "book", "chair"))
    clone = tmp_path / "vggsfm"
    clone.mkdir()
    (clone / "demo.py").write_text(SFM)
    film = (f"film.model={tiny('wan')}", "film.size_px=32", "film.frames=9", "film.steps=2")
    return [
        "pipeline=paper", f"image.model={tiny('flux')}", "image.size_px=32", "image.steps=2", "image.tokens=16", "image.shapes=1",
        "image.backdrop=255", *(f"image.{setting}" for setting in film), "views=turntable", "views.views=6", "views.backdrop=255",
        *(f"views.{setting}" for setting in film), f"structure.program.repository={clone}",
        f"structure.program.python={sys.executable}", f"masks.detector={tiny('grounding_dino')}", "masks.least=0.0",
        f"masks.segmenter={tiny('sam2')}", "masks.size_px=128", f"features.diffusion={tiny('stable_diffusion')}",
        f"features.dino={tiny('dino')}",
        "features.width=16", "features.size_px=64", "features.dino_px=56", "judge=outline", "templates.count=1",
        "templates.rig.views=3", "templates.rig.size_px=48", "templates.rig.supersample=1", "templates.rig.points=200",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_run_of_models_ends_in_samples_or_in_named_rejections(
    models: list[str], tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    real = hub.fetched
    for module in ("hub", "dino", "sam2"):
        monkeypatch.setattr(f"lifting.backends.{module}.fetched", lambda model, load: loads.append(Path(model).parent.name) or
                            real(model, load))
    out = tmp_path / "run"
    outcome = command(main, POUR, f"out={out}", "images=2", "frames=2", "seed=3", *models)
    assert outcome.code == 0, outcome.err
    yields, samples = json.loads((out / "yields.json").read_text())["all"], read_samples(out / "samples.parquet")
    rows = list(csv.DictReader((out / "rejected.csv").read_text().splitlines()))
    assert yields["items"] == 4 == len(samples) + len(rows) and yields["passed"]["masks"] == 4 - sum(
        row["stage"] in ("image", "views", "structure", "masks") for row in rows)
    assert all(row["reason"] and len(row["message"]) > 10 for row in rows)
    assert not any("StageError" in row["message"] for row in rows)
    # each model is loaded once, in the order of the stages, however many items there are; one film makes motions and views
    assert [name.rstrip("0123456789") for name in loads] == [
        "flux", "wan", "grounding_dino", "grounding_dino", "sam", "stable_diffusion", "dino"]
    told = json.loads((out / "licences.json").read_text())
    assert [row["stage"] for row in told] == ["image", "image", "views", "structure", "masks", "masks", "features", "features"]
    assert {row["licence"] for row in told} == {"unknown; read its page", KNOWN["facebook/VGGSfM"].licence}
    before = {path: path.read_bytes() for path in out.glob("*.*") if path.suffix in (".parquet", ".csv")}
    loads.clear()
    assert command(main, POUR, f"out={out}", "images=2", "frames=2", "seed=3", *models).code == 0
    assert loads == [] and all(path.read_bytes() == data for path, data in before.items())


def test_phases_go_stage_by_stage_and_stills_before_motions(models: list[str], tmp_path: Path) -> None:
    request = read_request([POUR, f"out={tmp_path / 'run'}", "images=2", "frames=3", *models])
    told = [(phase.name, phase.last, len(items)) for phase, items in phases(request.pipeline, request.items)]
    assert told == [("stills", "image", 2), ("motions", "image", 4), ("views", "views", 6), ("structure", "structure", 6),
                    ("masks", "masks", 6), ("features", "templates", 6)]
    assert request.workers == 1 and not request.warnings
    embedded = read_request([POUR, f"out={tmp_path / 'run'}", *ORACLES])
    assert list(phases(embedded.pipeline, embedded.items)) == []


@pytest.mark.parametrize("name", ["paper", "open"])
def test_a_dry_run_says_what_it_takes_and_touches_nothing(
    name: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = command(main, POUR, f"pipeline={name}", "dry_run=true", "out=run")
    assert (outcome.code, outcome.err) == (0, "") and list(tmp_path.iterdir()) == []
    text = "".join(outcome.out.split())
    backends = [backend_class(group, expanded({"pipeline": name})[group]) for group in GROUPS]
    for kind in backends:
        assert kind.__name__ in outcome.out
    assert "hf download facebook/sam2.1-hiera-large" in outcome.out and "Apache-2.0" in text
    paper = name == "paper"
    assert ("hf auth login" in outcome.out) == paper and ("CCBY-NC4.0" in text) == paper and ("[dev]" in text) == paper
    assert ("python scripts/sampling/simple_video_sample.py --input_path=" in outcome.out) == paper
    assert ("python demo.py SCENE_DIR=" in outcome.out) == paper


def test_models_of_the_open_pipeline_may_all_be_sold_and_the_papers_may_not() -> None:
    terms = {}
    for name in ("open", "paper"):
        chosen = expanded({"pipeline": name})
        models = [model for group in GROUPS for model in getattr(default_backend(group, chosen[group]), "models", ())]
        terms[name] = {KNOWN[model].commercial for model in models if model in KNOWN}
    assert terms["open"] == {"yes"}
    assert "no" in terms["paper"]


def test_what_is_given_wins_over_a_pipeline() -> None:
    assert expanded({"pipeline": "open", "image": "flux_dev"})["image"] == "flux_dev"
    assert expanded({"pipeline": "open"})["structure.mode"] == "incremental"
    assert "structure.mode" not in expanded({"pipeline": "open", "structure": "vggsfm"})
    assert "pipeline" not in expanded({"pipeline": "open"}) and expanded({"seed": "3"}) == {"seed": "3"}


def test_every_backend_can_be_built_from_its_file() -> None:
    kinds = {(folder, file.stem): default_backend(folder, file.stem) for folder in GROUPS
             for file in (config_folder() / folder).glob("*.yaml")}
    assert len(kinds) >= 20 and all(hash(backend) is not None for backend in kinds.values())


@pytest.mark.parametrize(("settings", "message"), [
    (["pipeline=papr"], "pipeline=papr is not possible; did you mean paper?"),
    (["pipeline=paper"], "and no folder is given; give views.program.repository=FOLDER"),
    (["structure=vggsfm", "masks=oracle", "features=oracle"], "VGGSfM is run from a clone of its repository"),
    (["judge=vlm", *ORACLES], "judge=vlm asks a model, and none is given; give judge.endpoint=URL judge.model=NAME"),
    (["judge=vlm", *ORACLES, "judge.endpoint=http://here/v1", "judge.model=m", "judge.key_file=no"], "cannot use no: no such"),
    ([*ORACLES[:3], "image=flux"], "needs the scene behind a picture, which only image=embedded knows"),
    (["features=dino", "features.model=nobody/nothing", "structure=oracle", "masks=oracle"], "no model nobody/nothing is here"),
    (["features=dino", "features.hardware.dtype=int8"], "features.hardware.dtype=int8 is not possible; choose auto or float32"),
    (["dry_run=maybe"], "dry_run=maybe is not possible; give true or false"),
])  # fmt: skip
def test_a_mistake_is_refused_before_anything_is_done(
    settings: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(main, POUR, "out=run", *settings)
    assert list(tmp_path.iterdir()) == []


@dataclass
class Judges:
    """A server, what it says in order (the last for ever), and what it was asked."""

    url: str
    says: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def judges() -> Iterator[Judges]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            said = found.says.pop(0) if len(found.says) > 1 else found.says[0]
            body = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        found = Judges(f"http://127.0.0.1:{listening.server_port}/v1")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        listening.shutdown()
        thread.join()


def verdict_of(score: int, holds: bool = True) -> str:
    return json.dumps({"both_present": True, "relation_holds": holds, "score": score, "reason": "So it looks."})


@pytest.mark.parametrize(("says", "accepted", "reason", "attempts"), [
    ([verdict_of(80)], 1, "", 1), (["Hmm.", verdict_of(80)], 1, "", 2), ([verdict_of(30)], 0, "judged wrong", 1),
    ([verdict_of(90, holds=False)], 0, "judged wrong", 1), (["I cannot say."], 0, "no judgement", 3),
])
def test_a_model_behind_a_server_judges_last(
    judges: Judges, tmp_path: Path, command: Command, says: list[str], accepted: int, reason: str, attempts: int
) -> None:
    judges.says = says
    out = tmp_path / "run"
    outcome = command(main, POUR, f"out={out}", *ORACLES, *LAX, "judge=vlm", f"judge.endpoint={judges.url}", "judge.model=eyes",
                      "judge.views=4", "judge.width_px=64", "judge.tries=3", "judge.pause_s=0.0", "judge.outline.least=0.0")
    assert outcome.code == 0, outcome.err
    assert len(read_samples(out / "samples.parquet")) == accepted and len(judges.asked) == attempts
    rows = list(csv.DictReader((out / "rejected.csv").read_text().splitlines()))
    assert [row["reason"] for row in rows] == ([reason] if reason else [])
    content = judges.asked[0]["messages"][0]["content"]
    assert [part["type"] for part in content] == ["text", *["image_url"] * 4]
    assert "a teapot pours into a teacup" in content[0]["text"]
    assert json.loads((out / "licences.json").read_text())[0]["model"] == "eyes"
    if reason != "no judgement":
        (folder,) = out.glob("items/*/sample")
        figures = json.loads((folder / "sample.json").read_text())["figures"]
        assert figures["vlm_asked"] == attempts == len((folder / "chat.jsonl").read_text().splitlines())


def test_a_judge_that_cannot_be_reached_stops_the_run(tmp_path: Path, command: Command) -> None:
    outcome = command(main, POUR, f"out={tmp_path / 'run'}", *ORACLES, *LAX, "judge=vlm", "judge.endpoint=http://127.0.0.1:1/v1",
                      "judge.model=eyes", "judge.tries=2", "judge.pause_s=0.0", "judge.width_px=64", "judge.outline.least=0.0")
    assert outcome.code == 2 and "is the server running? (asked 2 times)" in outcome.err and "Traceback" not in outcome.err
    assert not (tmp_path / "run" / "samples.parquet").exists()


def test_the_model_is_not_asked_about_outlines_that_do_not_fit(judges: Judges, tmp_path: Path, command: Command) -> None:
    judges.says = [verdict_of(100)]
    outcome = command(main, POUR, f"out={tmp_path / 'run'}", *ORACLES, *LAX, "judge=vlm", f"judge.endpoint={judges.url}",
                      "judge.model=eyes", "judge.outline.least=1.0")
    assert outcome.code == 0 and judges.asked == []
    assert Verdict("judged wrong", "").reason in (tmp_path / "run" / "rejected.csv").read_text()
