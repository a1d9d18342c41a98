"""python -m oor.evaluate: one line of JSON a machine can read, or a table for people."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import diffusion.benchmarks.ablations
import diffusion.benchmarks.report
import diffusion.student
import diffusion.text_encoder
import diffusion.text_measures
import diffusion.text_reader
import diffusion.text_teacher
import oor.catalog.contexts
import scenes.metrics
from diffusion.benchmarks.report import STAGES
from diffusion.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from oor.backends import GROUPS
from oor.catalog.contexts import contexts
from oor.doors import config_folder
from oor.evaluate import main
from scenes.metrics import SuccessReport

Refused = Callable[..., str]
Command = Callable[..., Any]


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """A world of a few contexts, sides among them."""
    few = tuple(c for c in contexts() if (c.target, c.base) in {("fork", "plate"), ("knife", "plate"), ("mug", "table")})
    assert {c.predicate for c in few} == {"left of", "right of", "on"}
    monkeypatch.setattr(oor.catalog.contexts, "contexts", lambda: few)
    for name, split in (("training_contexts", few), ("held_out_combinations", few[:1]), ("category_contexts", few[1:2])):
        monkeypatch.setattr(scenes.metrics, name, lambda split=split: split)


@pytest.mark.parametrize(("arguments", "message"), [
    (["sucess"], "did you mean success?"),
    (["everything"], "there is success"),
    (["success", "success"], "unknown suite"),
    (["samples=4"], "unknown suite"),
    (["success", "sample=4"], "did you mean samples?"),
    (["success", "samples=0"], "samples=0 is not possible"),
    (["success", "draws=2"], "draws=2 is not possible"),
    (["success", "seed=-3"], "seed=-3 is not possible"),
    (["success", "--json"], "unknown option --json"),
    (["text", "text_encoder=no/such/folder"], "no reading heads in no/such/folder; train them with"),
    (["success", "checkpoint=no_such.safetensors"], "no checkpoint at no_such.safetensors"),
    (["success", "sampler=best"], "sampler=best is not possible; choose dpm, heun, euler, rk45 or student"),
    (["diffusion", "arena=1"], "arena=1 is not possible; give a whole number from 2 to 500"),
    (["diffusion", "race_steps=9"], "race_steps=9 is not possible; give a whole number from 10 to"),
    (["diffusion", "checkpoint=no_such.safetensors"], "no checkpoint at no_such.safetensors"),
])
def test_a_mistake_is_refused(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(main, *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("three")
def test_json_is_one_line_of_plain_keys(tmp_path: Path, command: Command, tiny_checkpoint: Path) -> None:
    outcome = command(main, "success", "json=true", "samples=8", "draws=16", "steps=6", f"checkpoint={tiny_checkpoint}",
                      f"table={tmp_path / 'scores.csv'}")
    assert (outcome.code, outcome.err) == (0, "") and outcome.out.count("\n") == 1
    figures = json.loads(outcome.out)
    assert set(figures) == {"suite", "checkpoint", "source", *(field.name for field in fields(SuccessReport))}
    assert all(key.replace("_", "").isalpha() and key.islower() for key in figures)
    assert (figures["suite"], figures["contexts"], figures["samples"]) == ("success", 3, 8)
    assert figures["checkpoint"] == load_checkpoint(tiny_checkpoint).identity and figures["source"] == "untrained"
    with (tmp_path / "scores.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "training"]
    assert len(rows) == 3
    mean = sum(float(row["success"]) for row in rows) / 3
    assert mean == pytest.approx(figures["success"], abs=1e-4)


@pytest.mark.usefixtures("three")
def test_people_get_a_table_of_the_same_figures(command: Command, tiny_checkpoint: Path) -> None:
    few = ("success", "samples=8", "draws=16", "steps=6", f"checkpoint={tiny_checkpoint}")
    plain, figures = command(main, *few), json.loads(command(main, *few, "json=true").out)
    assert plain.code == 0
    rows = dict(line.rsplit(maxsplit=1) for line in plain.out.splitlines())
    rows = {name.strip(): value for name, value in rows.items()}
    assert rows["parsed"] == f"{figures['parsed']:.4g}"
    assert rows["ceiling"] == f"{figures['ceiling']:.4g}"


def test_help(command: Command) -> None:
    outcome = command(main, "--help")
    assert outcome.code == 0 and "python -m oor.evaluate success" in outcome.out


def test_the_text_suite_measures_the_encoder_that_is_named(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(diffusion.text_reader, "load_reader", lambda folder: asked.append(folder) or "reader")
    monkeypatch.setattr(diffusion.text_teacher, "find_teacher", lambda: "teacher")
    monkeypatch.setattr(diffusion.text_measures, "measure", lambda *given: asked.extend(given) or {"held_out_relation": 0.5})
    outcome = command(main, "text", "json=true", f"text_encoder={tmp_path}")
    assert (outcome.code, outcome.err) == (0, "") and asked == [tmp_path, "reader", "teacher"]
    assert json.loads(outcome.out) == {"suite": "text", "held_out_relation": 0.5}


def test_the_ablations_are_one_table_of_the_sizes_that_are_asked_for(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"name": "ours", "energy": 0.25, "calls": 12}
    monkeypatch.setattr(diffusion.text_encoder, "load_text_encoder", lambda name: f"the {name} one")

    def suite(encoder: str, *, advance: Callable[[int], None], **sizes: int) -> dict[str, Any]:
        advance(1)
        return {"encoder": encoder, **sizes, "ablations": [line]}

    monkeypatch.setattr(diffusion.benchmarks.ablations, "ablation_suite", suite)
    asked = ("ablations", "arena=3", "race_steps=20", "draws=8")
    figures = {"suite": "ablations", "encoder": "the embedded one", "contexts": 3, "steps": 20, "judged": 16, "ablations": [line]}
    assert json.loads(command(main, *asked, "json=true").out) == figures
    shown = [row.split() for row in command(main, *asked).out.splitlines()]
    assert [*line] in shown and ["ours", "0.25", "12"] in shown


@pytest.mark.parametrize(("counts", "wrong"), [
    ("[0]", "0"), ("[10,2.5]", "2.5"), ("[many,1]", "many"), ("[1,1e8]", "1"),
    ("0", "0"),
])
def test_a_count_of_samples_that_cannot_be_is_refused(counts: str, wrong: str, refused: Refused, tiny_checkpoint: Path) -> None:
    told = refused(main, "diffusion", f"counts={counts}", f"checkpoint={tiny_checkpoint}")
    assert told.startswith(f"error: counts={wrong}")


def test_json_is_true_or_false(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diffusion.text_reader, "load_reader", lambda folder: "reader")
    monkeypatch.setattr(diffusion.text_teacher, "find_teacher", lambda: None)
    monkeypatch.setattr(diffusion.text_measures, "measure", lambda *_: {})
    assert "json=maybe is not possible; give true or false" in refused(main, "text", "json=maybe")


def test_the_diffusion_suite_is_asked_for_what_is_set(
    command: Command, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint that is named comes alone; the shipped one comes with its student."""
    asked: list[tuple[object, ...]] = []

    def suite(checkpoint: Checkpoint, student: object, encoder: object, *, advance: Callable[[int], None], **numbers: Any) -> Any:
        asked.append((checkpoint.identity, student, numbers))
        advance(STAGES)
        return {"training": {"ours": {"energy": 0.25}}, "speed": [{"samples": 1, "seconds": 0.5}], "order": {"heun": 2.0}}

    monkeypatch.setattr(diffusion.benchmarks.report, "diffusion_suite", suite)
    monkeypatch.setattr(diffusion.student, "load_student", lambda checkpoint: f"student of {checkpoint.identity}")
    tiny = f"checkpoint={tiny_checkpoint}"
    outcome = command(main, "diffusion", tiny, "arena=3", "race_steps=10", "counts=[2,40]", "draws=8", "json=true")
    identity = load_checkpoint(tiny_checkpoint).identity
    assert (outcome.code, outcome.err) == (0, "") and json.loads(outcome.out).items() >= {
        "suite": "diffusion", "checkpoint": identity, "order": {"heun": 2.0}}.items()
    assert asked == [(identity, None, {"contexts": 3, "steps": 10, "judged": 16, "counts": [2, 40]})]
    shipped = load_checkpoint(SHIPPED).identity
    plain = command(main, "diffusion")
    assert plain.code == 0
    assert asked[1] == (
        shipped, f"student of {shipped}", {"contexts": 12, "steps": 2000, "judged": 512, "counts": [1, 100, 10000]})
    told = [line.split() for line in plain.out.splitlines()]
    assert ["training.ours.energy", "0.25"] in told and ["order.heun", "2"] in told  # figures of figures, by dotted names
    at = next(i for i, words in enumerate(told) if words == ["speed"])
    assert told[at + 1] == ["samples", "seconds"] and told[at + 2] == ["1", "0.5"]


@pytest.mark.slow
def test_every_backend_says_how_it_was_exercised_and_that_no_real_weights_were(command: Command) -> None:
    pytest.importorskip("diffusers", reason="pip install 'oor-toolkit[models]' to test backends of diffusers")
    outcome = command(main, "backends", "json=true")
    assert outcome.code == 0, outcome.err
    figures = json.loads(outcome.out.splitlines()[-1])
    rows = {(row["stage"], row["name"]): row for row in figures["backends"]}
    files = [path for group in GROUPS for path in (config_folder() / group).glob("*.yaml")]
    assert len(rows) == figures["count"] == len(files)
    run = {name for (_, name), row in rows.items() if row["exercised"].startswith("just now")}
    assert run == {"flux", "flux_dev", "turntable", "sam2", "dino", "sd_dino"}
    assert rows["image", "flux"]["made"] == "3 x 32 x 32 x 3" and rows["masks", "sam2"]["made"] == "3 x 56 x 56"
    assert rows["features", "dino"]["made"] == "2 x 16 x 4 x 4" == rows["features", "sd_dino"]["made"]
    stood_in = {name for (_, name), row in rows.items() if "stands in" in row["exercised"]}
    assert stood_in == {"sv3d", "vggsfm", "vggt", "vlm"}
    assert all((row["run_with_real_weights"] == "none needed") == (not row["models"]) for row in rows.values())
    assert all(not row["run_with_real_weights"].startswith("yes") for row in rows.values())
    assert "FLUX.1-dev" in rows["image", "flux_dev"]["models"] and rows["image", "flux_dev"]["commercial"] == "no, yes"
