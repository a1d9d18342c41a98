"""python -m oor.rank: the likeliest first, the best sentence named, the same figures for machines and people, and refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from diffusion.checkpoint import load_checkpoint
from diffusion.text_encoder import load_text_encoder
from oor.catalog.contexts import Context
from oor.layout import Layout, LayoutSet, read_layout, write_layout
from oor.query import parse_query
from oor.rank import main
from oor.relation import unpack
from scenes.assets import template_asset
from scenes.pairs import layouts
from scenes.ranking import log_likelihoods

ROOT = Path(__file__).parents[2]
ON, UNDER = "a mug on a table", "a table under a mug"
LIFTED = (10.0, 0.0, 100.0, 30.0)  # of the four samples: by how much the mug is lifted off the table
ORDER = [1, 0, 3, 2]
Drawn = Callable[[Context], NDArray[np.float64]]
Refused = Callable[..., str]
Command = Callable[..., Any]


@pytest.fixture(scope="module")
def samples(drawn: Drawn) -> tuple[Layout, ...]:
    """Mugs on tables, and above them."""
    context = Context("mug", "on", "table")
    vectors = torch.from_numpy(drawn(context)[:1]).repeat(len(LIFTED), 1)
    vectors[:, 7] += torch.tensor(LIFTED, dtype=torch.float64)
    return layouts(unpack(vectors), template_asset("mug"), template_asset("table"), predicate="on", prompt=ON)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, samples: tuple[Layout, ...]) -> Path:
    """An own working directory with a layout file."""
    monkeypatch.chdir(tmp_path)
    write_layout("mugs.json", LayoutSet(samples, seed=0, query={"prompt": ON}))
    return tmp_path


@pytest.fixture
def quick(tiny_checkpoint: Path) -> list[str]:
    """Settings that make a run short."""
    return [f"checkpoint={tiny_checkpoint}", "steps=4"]


def answer(command: Command, *arguments: str) -> dict[str, Any]:
    outcome = command(main, *arguments, "json=true")
    assert (outcome.code, outcome.err) == (0, "") and outcome.out.count("\n") == 1
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def test_the_likeliest_comes_first_and_every_figure_is_that_of_its_sample(
    here: Path, command: Command, quick: list[str], tiny_checkpoint: Path
) -> None:
    found = answer(command, "mugs.json", ON, UNDER, *quick)
    checkpoint = load_checkpoint(tiny_checkpoint)
    assert found.keys() == {"checkpoint", "sentences", "samples"} and found["checkpoint"] == checkpoint.identity
    assert found["sentences"] == [ON, UNDER] and [row["sample"] for row in found["samples"]] == ORDER
    read = read_layout("mugs.json").samples
    nats = log_likelihoods(checkpoint, load_text_encoder(), read, [parse_query(ON), parse_query(UNDER)], steps=4).numpy()
    assert [row["log_likelihood"] for row in found["samples"]] == nats[ORDER].tolist()
    assert [row["best"] for row in found["samples"]] == [found["sentences"][i] for i in nats[ORDER].argmax(axis=1)]
    assert (np.diff(nats[ORDER].max(axis=1)) < 0).all()


def test_without_a_sentence_the_files_own_counts(here: Path, command: Command, quick: list[str]) -> None:
    found = answer(command, "mugs.json", *quick)
    assert found == answer(command, "mugs.json", ON, *quick) and found["sentences"] == [ON]
    assert {row["best"] for row in found["samples"]} == {ON}


def test_the_best_sentence_decides_the_order(here: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """With figures that are known: of equally likely samples the earlier comes first, of equal sentences the first is best."""
    nats = torch.tensor([[-3.0, -5.0], [-9.0, -1.0], [-4.0, -4.0], [-1.0, -1.0]], dtype=torch.float64)
    monkeypatch.setattr("scenes.ranking.log_likelihoods", lambda *_, **__: nats)
    found = answer(command, "mugs.json", ON, UNDER)
    assert [row["sample"] for row in found["samples"]] == [1, 3, 0, 2]
    assert [row["best"] for row in found["samples"]] == [UNDER, ON, ON, ON]


@pytest.mark.parametrize(("setting", "steps"), [([], 48), (["steps=7"], 7), (["steps=1e2"], 100)])
def test_the_integral_takes_the_steps_that_are_asked_for(
    setting: list[str], steps: int, here: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counted(_model: object, _encoder: object, found: tuple[Layout, ...], queries: list[object], *, steps: int) -> Tensor:
        asked.append(steps)
        return torch.zeros(len(found), len(queries), dtype=torch.float64)

    monkeypatch.setattr("scenes.ranking.log_likelihoods", counted)
    answer(command, "mugs.json", *setting)
    assert asked == [steps]


@pytest.mark.parametrize("sentence", [ON, "a mug [red]on[/red] a table", "a mug = on a table, :smile:"])
def test_people_get_a_table_of_the_same_figures(sentence: str, here: Path, command: Command, quick: list[str]) -> None:
    outcome = command(main, "mugs.json", sentence, *quick)
    assert (outcome.code, outcome.err) == (0, "")
    head, *rows = outcome.out.splitlines()
    assert head.split() == ["sample", *sentence.split()]
    found = answer(command, "mugs.json", sentence, *quick)
    assert [row.split() for row in rows] == [[str(row["sample"]), f"{row['log_likelihood'][0]:.1f}"] for row in found["samples"]]


def test_an_edited_layout_is_ranked_as_it_is_now(
    here: Path, command: Command, quick: list[str], samples: tuple[Layout, ...]
) -> None:
    """The first sample's mug is put where the second's is; what was sampled, and a likelihood written then, do not count."""
    record = replace(samples[0].relations[0], log_likelihood=1e3)
    edited = Layout((samples[1].objects[0], samples[0].objects[1]), (record,))
    write_layout("edited.json", LayoutSet((edited, *samples[1:])))
    found = answer(command, "edited.json", ON, *quick)
    assert [row["sample"] for row in found["samples"]] == [0, 1, 3, 2]
    assert found["samples"][0]["log_likelihood"] == pytest.approx(found["samples"][1]["log_likelihood"], rel=1e-4, abs=1e-3)


def test_nothing_is_written(here: Path, command: Command, quick: list[str]) -> None:
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    answer(command, "mugs.json", *quick)
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


def test_help(here: Path, command: Command) -> None:
    for arguments in ((), ("--help",), ("-h",), ("help",)):
        outcome = command(main, *arguments)
        assert (outcome.code, outcome.err) == (0, "") and "python -m oor.rank layout.json" in outcome.out


def bad_files(folder: Path, samples: tuple[Layout, ...]) -> None:
    write_layout(folder / "none.json", LayoutSet((), query={"prompt": ON}))
    write_layout(folder / "silent.json", LayoutSet(samples))
    write_layout(folder / "empty prompt.json", LayoutSet(samples, query={"prompt": ""}))
    write_layout(folder / "odd prompt.json", LayoutSet(samples, query={"prompt": "the quick brown idea"}))
    (folder / "words.json").write_text("not JSON")
    (folder / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (folder / "list.json").write_text("[]")
    (folder / "half.json").write_text((folder / "mugs.json").read_text()[:500])
    (folder / "newer.json").write_text((folder / "mugs.json").read_text().replace('"1.0"', '"99.0"', 1))
    (folder / "a_folder").mkdir()
    (folder / "corrupt.safetensors").write_bytes(b"\x00\xff" * 64)


BAD: Mapping[str, tuple[list[str], str]] = {
    "no file": (["steps=4"], "no layout file; give one, such as outputs/"),
    "missing file": (["no such.json"], "cannot use no such.json: no such file or directory; choose another path"),
    "folder": (["a_folder"], "cannot use a_folder: is a directory"),
    "sentence for a file": ([ON], "cannot use a mug on a table: no such file"),
    "words": (["words.json"], "words.json: This is not JSON"),
    "bytes": (["bytes.json"], "bytes.json: "),
    "list": (["list.json"], "list.json: the document must be a JSON object, got list"),
    "cut off": (["half.json"], "half.json: This is not JSON"),
    "newer": (["newer.json"], "newer.json: The file has schema_version 99.0, but this package knows 1.0"),
    "no samples": (["none.json"], "none.json holds no samples; sample some with `python -m oor.sample`"),
    "no sentence": (["silent.json"], "silent.json names no sentence of its own; give one"),
    "empty sentence of its own": (["empty prompt.json"], "empty prompt.json names no sentence of its own; give one"),
    "odd sentence of its own": (["odd prompt.json"], "no known object"),
    "empty sentence": (["mugs.json", ""], "prompt is empty"),
    "second sentence empty": (["mugs.json", ON, "  "], "prompt is empty"),
    "one object": (["mugs.json", "a mug"], "only one object (mug)"),
    "10,000 characters": (["mugs.json", "a mug on a table " * 600], "at most 300"),
    "other objects": (["mugs.json", "a hat on a sofa"], "sample 0 holds mug, table, so it says nothing about 'a hat on a sofa'"),
    "one other object": (["mugs.json", ON, "a mug on a sofa"], "sample 0 holds mug, table, so it says nothing about"),
    "unknown key": (["mugs.json", "step=3"], "unknown setting step=; did you mean steps?"),
    "unknown option": (["mugs.json", "--json"], "unknown option --json"),
    "no step": (["mugs.json", "steps=0"], "steps=0 is not possible; give a whole number from 1 to 1000"),
    "too many steps": (["mugs.json", "steps=1001"], "steps=1001 is not possible"),
    "word for a number": (["mugs.json", "steps=many"], "steps=many is not possible"),
    "nothing for a number": (["mugs.json", "steps="], "steps="),
    "missing checkpoint": (["mugs.json", "checkpoint=no_such.safetensors"], "no checkpoint at no_such.safetensors"),
    "corrupt checkpoint": (["mugs.json", "checkpoint=corrupt.safetensors"], "not a safetensors file"),
    "missing catalog": (["mugs.json", "catalog=no such"], "there is no catalog folder no such"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_refused(
    case: str, here: Path, refused: Refused, samples: tuple[Layout, ...], tiny_checkpoint: Path
) -> None:
    arguments, message = BAD[case]
    bad_files(here, samples)
    own = [] if "checkpoint" in case else [f"checkpoint={tiny_checkpoint}"]
    assert message in refused(main, *arguments, *own)


def test_json_is_true_or_false(here: Path, refused: Refused, quick: list[str]) -> None:
    assert "json=maybe is not possible; give true or false" in refused(main, "mugs.json", "json=maybe", *quick)


def test_the_module_runs_as_a_command(here: Path) -> None:
    command = [sys.executable, "-m", "oor.rank", str(here / "mugs.json"), "steps=0"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "error: steps=0 is not possible; give a whole number from 1 to 1000\n"


def test_mistakes_are_found_before_anything_heavy_is_loaded() -> None:
    script = ("import sys\nfrom oor.rank import main\ntry:\n    main(['a.json', 'steps=0'])\n"
              "except ValueError:\n    print('torch' in sys.modules)")
    child = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "False"
