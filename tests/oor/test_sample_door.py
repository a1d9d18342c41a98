"""python -m oor.sample: what it writes, that it writes the same again, and how it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import astuple
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import trimesh
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file

from diffusion.sampling import Solver
from diffusion.student import load_student
from oor import sample
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.catalog.prompts import captions
from oor.catalog.splits import category_contexts, held_out_categories, held_out_combinations, training_contexts
from oor.layout import LayoutSet, read_layout, relation_of
from oor.meshes import load_mesh, mesh_hash, read_glb
from oor.rank import main as rank
from oor.relation import NUMBERS, pack
from oor.sample import main, read_request, slug

ROOT = Path(__file__).parents[2]
TEA = "a teapot pours into a teacup"
Array = NDArray[np.float64]
Refused = Callable[..., str]
Command = Callable[..., Any]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own working directory: the default output folder is relative."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def quick(tiny_checkpoint: Path) -> list[str]:
    """Settings that make a run short."""
    return [f"checkpoint={tiny_checkpoint}", "steps=6", "check=false"]


def listing(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def write_box(path: Path, edges: tuple[float, float, float] = (2, 3, 4)) -> Path:
    trimesh.creation.box(extents=edges).export(path)
    return path


def bad_files(folder: Path) -> None:
    (folder / "empty.obj").write_text("")
    (folder / "flat.obj").write_text("v 0 0 0\nv 1 0 0\nv 1 0 1\nv 0 0 1\nf 1 2 3\nf 1 3 4\n")
    (folder / "nan.obj").write_text("v nan 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n")
    (folder / "words.obj").write_text("not a mesh")
    (folder / "mesh.xyz").write_text("0 0 0")
    write_box(folder / "box.obj")
    (folder / "a_file").write_text("I am not a folder")
    (folder / "corrupt.safetensors").write_bytes(b"\x00\xff" * 64)
    for name, file, content in (("no yaml", "own.txt", ""), ("broken", "own.yaml", "categories: ["),
                                ("wrong", "own.yaml", "categories:\n  - {name: teapot, length_m: 1}\n")):
        (folder / name).mkdir()
        (folder / name / file).write_text(content)


BAD: dict[str, tuple[list[str], str]] = {
    "empty prompt": ([""], "prompt is empty"),
    "blank prompt": (["  \n "], "prompt is empty"),
    "10,000 characters": (["a teapot pours into a teacup " * 345], "at most 300"),
    "no object": (["the quick brown idea jumps"], "no known object"),
    "no words": (["!!! ???"], "no words"),
    "one object": (["a teapot"], "only one object (teapot)"),
    "two sentences": ([TEA, "a mug on a table"], "expected one sentence, got 2"),
    "no sentence": (["seed=1"], "expected one sentence, got 0"),
    "missing mesh": ([TEA, "--target-mesh", "no_such.obj"], "no_such.obj: does not exist"),
    "empty mesh": ([TEA, "--target-mesh", "empty.obj"], "empty.obj: is empty"),
    "NaN mesh": ([TEA, "--base-mesh", "nan.obj"], "nan.obj"),
    "flat mesh": ([TEA, "--base-mesh", "flat.obj"], "flat"),
    "words for a mesh": ([TEA, "--base-mesh=words.obj"], "words.obj"),
    "mesh of another kind": ([TEA, "--base-mesh=mesh.xyz"], "unsupported suffix"),
    "option without value": ([TEA, "--base-mesh"], "--base-mesh needs a value"),
    "out is a file": ([TEA, "out=a_file"], "cannot be a folder"),
    "out under a file": ([TEA, "out=a_file/x/y"], "cannot be a folder"),
    "no samples": ([TEA, "num_samples=0"], "whole number from 1 to 1000"),
    "too many samples": ([TEA, "num_samples=1e9"], "whole number from 1 to 1000"),
    "half a sample": ([TEA, "num_samples=2.5"], "whole number from 1 to 1000"),
    "word for a number": ([TEA, "num_samples=abc"], "num_samples=abc is not possible"),
    "nothing for a number": ([TEA, "num_samples="], "num_samples="),
    "negative seed": ([TEA, "seed=-1"], "seed=-1 is not possible"),
    "no step": ([TEA, "steps=0"], "steps=0 is not possible"),
    "unknown key": ([TEA, "sede=3"], "did you mean seed?"),
    "unknown option": ([TEA, "--target-mseh", "x.obj"], "did you mean --target-mesh?"),
    "cold": ([TEA, "temperature=-0.1"], "temperature=-0.1 is not possible; give a number from 0 to 2"),
    "hot": ([TEA, "temperature=2.01"], "temperature=2.01 is not possible; give a number from 0 to 2"),
    "warm": ([TEA, "temperature=warm"], "temperature=warm is not possible; give a number from 0 to 2"),
    "no temperature": ([TEA, "temperature=nan"], "temperature=nan is not possible; give a number from 0 to 2"),
    "yes for a temperature": ([TEA, "temperature=true"], "temperature=True is not possible; give a number from 0 to 2"),
    "unknown sampler": ([TEA, "sampler=best"], "sampler=best is not possible; choose dpm, heun, euler, rk45 or student"),
    "number for a sampler": ([TEA, "sampler=3"], "sampler=3 is not possible; choose dpm, heun, euler, rk45 or student"),
    "maybe checked": ([TEA, "check=maybe"], "check=maybe is not possible; give true or false"),
    "one for a likelihood": ([TEA, "likelihood=1"], "likelihood=1 is not possible; give true or false"),
    "nothing known": ([TEA, "known="], "known= is not possible; write numbers like t_x=0.3,target_y=0.5"),
    "a name alone is known": ([TEA, "known=t_x"], "known=t_x is not possible; write numbers like t_x=0.3,target_y=0.5"),
    "known twice": ([TEA, "known=t_x=1,t_x=2"], "known=t_x=1,t_x=2 gives t_x twice; give it once"),
    "unknown number": ([TEA, "known=t_w=1"], "a relation has no number 't_w'; its numbers are r_xx, r_yx, "),
    "known size of nothing": ([TEA, "known=target_y=0"], "target_y=0.0 is not possible; give a number above 0 and up to 1000"),
    "known turn beyond one": ([TEA, "known=r_xx=1.5"], "r_xx=1.5 is not possible; give a number above -1 and up to 1"),
    "known is no number": ([TEA, "known=t_x=nan"], "t_x=nan is not possible; give a number above -1000 and up to 1000"),
    "known to a student": ([TEA, "known=t_x=1", "sampler=student"], "a student goes none; take sampler=dpm with it"),
    "known size of an own target": ([TEA, "known=t_x=1,target_z=1", "--target-mesh=box.obj"],
                                    "known=target_z is a size of the target, whose mesh has proportions of its own; give only"),
    "known size of an own base": ([TEA, "known=base_x=1", "--base-mesh", "box.obj"], "known=base_x is a size of the base, whose"),
    "missing checkpoint": ([TEA, "checkpoint=no_such.safetensors"], "no checkpoint at no_such.safetensors"),
    "missing catalog": ([TEA, "catalog=no such"], "there is no catalog folder no such; give a folder with .yaml files"),
    "file for a catalog": ([TEA, "catalog=a_file"], "there is no catalog folder a_file"),
    "empty catalog": ([TEA, "catalog=no yaml"], "no .yaml file in no yaml; describe your categories"),
    "nothing for a catalog": ([TEA, "catalog="], "no .yaml file in"),
    "broken catalog": ([TEA, "catalog=broken"], "broken/own.yaml line 1: "),
    "wrong catalog": ([TEA, "catalog=wrong"], 'wrong/own.yaml line 2, '),
    "corrupt checkpoint": ([TEA, "checkpoint=corrupt.safetensors"], "not a safetensors file"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_refused_and_leaves_no_trace(case: str, here: Path, refused: Refused) -> None:
    arguments, message = BAD[case]
    bad_files(here)
    before = listing(here)
    assert message in refused(main, *arguments)
    assert listing(here) == before


@pytest.mark.parametrize("change", ["foreign", "truncated", "tensor missing", "newer format", "metadata missing"])
def test_a_checkpoint_that_is_none_is_refused(change: str, here: Path, refused: Refused, tiny_checkpoint: Path) -> None:
    from safetensors import safe_open

    path = here / "bad.safetensors"
    with safe_open(tiny_checkpoint, "pt") as file:
        metadata = dict(file.metadata())
    tensors = load_file(tiny_checkpoint)
    if change == "foreign":
        save_file({"x": torch.ones(3)}, path)
    elif change == "truncated":
        path.write_bytes(tiny_checkpoint.read_bytes()[:-100])
    elif change == "tensor missing":
        save_file({key: value for key, value in tensors.items() if "leave" not in key}, path, metadata)
    elif change == "newer format":
        save_file(tensors, path, metadata | {"format": "99"})
    else:
        save_file(tensors, path, {key: value for key, value in metadata.items() if key != "noise"})
    before = listing(here)
    assert "bad.safetensors" in refused(main, TEA, f"checkpoint={path}")
    assert listing(here) == before


def test_help_needs_nothing(here: Path, command: Command) -> None:
    for arguments in ((), ("--help",), ("-h",), ("help",)):
        outcome = command(main, *arguments)
        assert (outcome.code, outcome.err) == (0, "") and "python -m oor.sample" in outcome.out
    assert listing(here) == {}


def test_a_run_writes_its_documented_files(here: Path, command: Command, quick: list[str]) -> None:
    outcome = command(main, TEA, "num_samples=3", "seed=5", *quick)
    assert (outcome.code, outcome.err) == (0, "")
    out = here / "outputs" / slug(TEA)
    assert sorted(path.name for path in out.iterdir()) == [
        "layout.json", "preview.png", "sample_000.glb", "sample_001.glb", "sample_002.glb"]
    assert [path.name for path in out.parent.iterdir()] == [out.name]  # no temporary folder is left
    document = json.loads((out / "layout.json").read_text(encoding="utf-8"))
    assert set(document) == {"schema_version", "package_version", "units", "metres_per_unit", "up_axis", "seed", "checkpoint",
                             "query", "warnings", "samples"}
    assert (document["seed"], document["up_axis"], document["warnings"]) == (5, "y", [])
    assert document["query"] == {"prompt": TEA, "target": "teapot", "predicate": "pours into", "base": "teacup",
                                 "familiarity": "known", "nearest_context": "teapot pours into teacup"}
    layouts = read_layout(out / "layout.json")
    assert len(layouts.samples) == 3
    for i, layout in enumerate(layouts.samples):
        assert [item.id for item in layout.objects] == ["teapot", "teacup"]
        meshes, _ = read_glb(out / f"sample_{i:03d}.glb")
        assert set(meshes) == {"teapot", "teacup"}
    with Image.open(out / "preview.png") as image:
        assert image.width > image.height > 100
    assert "teapot pours into teacup" in outcome.out and "known" in outcome.out


def test_the_same_seed_gives_the_same_bytes(here: Path, command: Command, quick: list[str]) -> None:
    for out, seed in (("a", 5), ("b", 5), ("c", 6)):
        assert command(main, TEA, "num_samples=2", f"seed={seed}", f"out={out}", *quick).code == 0
    one, same, other = (listing(here / out) for out in "abc")
    assert one == same
    assert one["layout.json"] != other["layout.json"] and one["sample_000.glb"] != other["sample_000.glb"]


def test_a_sample_is_the_same_however_many_are_asked_for_and_old_ones_go(
    here: Path, command: Command, quick: list[str],
) -> None:
    assert command(main, TEA, "num_samples=9", "out=x", *quick).code == 0
    many, many_files = read_layout(here / "x" / "layout.json"), listing(here / "x")
    (here / "x" / "notes.txt").write_text("mine")
    assert command(main, TEA, "num_samples=3", "out=x", *quick).code == 0
    few, few_files = read_layout(here / "x" / "layout.json"), listing(here / "x")
    for i in range(3):
        assert np.array_equal(few.samples[i].relations[0].vector, many.samples[i].relations[0].vector)
        assert few_files[f"sample_{i:03d}.glb"] == many_files[f"sample_{i:03d}.glb"]
    assert sorted(few_files) == ["layout.json", "notes.txt", "preview.png", *(f"sample_{i:03d}.glb" for i in range(3))]


@pytest.mark.parametrize("out", ["with space", "a, b", "it's \"here\"", "[b]old[/b] (1)", "x=y", "é/ü", "[red]"])
def test_odd_folders_work_and_are_named_in_full(out: str, here: Path, command: Command, quick: list[str]) -> None:
    outcome = command(main, TEA, "num_samples=1", f"out={out}", *quick)
    assert (outcome.code, outcome.err) == (0, "")
    assert (here / out / "layout.json").is_file()
    assert f"{out}/layout.json" in "".join(outcome.out.splitlines())


@pytest.mark.parametrize("sentence", [
    'a "big" teapot pours into a teacup', "a teapot = a pot that pours into a teacup",
    "a teapot [red] pours into a [/red] teacup", "a teapot pours into a teacup ${seed} {x}",
    "a teapot pours into a teacup \u2603 $HOME", "a teapot, that pours into a teacup!",
])
def test_sentences_with_signs_are_only_sentences(sentence: str, here: Path, command: Command, quick: list[str]) -> None:
    outcome = command(main, sentence, "num_samples=1", "out=x", *quick)
    assert (outcome.code, outcome.err) == (0, "")
    query = read_layout(here / "x" / "layout.json").query
    assert (query["prompt"], query["target"], query["base"]) == (sentence, "teapot", "teacup")


def test_an_own_mesh_keeps_its_proportions_and_is_recorded(here: Path, command: Command, quick: list[str]) -> None:
    path = write_box(here / "my pot.obj")
    outcome = command(main, TEA, "num_samples=2", "out=x", "--target-mesh", str(path), *quick)
    assert (outcome.code, outcome.err) == (0, "")
    for layout in read_layout(here / "x" / "layout.json").samples:
        target, base = layout.objects
        assert target.mesh_file == str(path) and len(target.mesh_hash or "") == 16 and base.mesh_file is None
        assert_allclose(target.scale / target.scale.max(), [0.5, 0.75, 1], rtol=1e-6)
        assert base.scale.max() == pytest.approx(1, abs=1e-9)
    meshes, transforms = read_glb(here / "x" / "sample_000.glb")
    assert len(meshes["teapot"].faces) == 12
    assert np.linalg.cond(transforms["teapot"][:3, :3]) == pytest.approx(1, abs=1e-5)  # turned and scaled, not stretched


def test_a_real_kettle_fills_a_cup(data: Path, here: Path, command: Command, quick: list[str]) -> None:
    shutil.copy(data / "meshes" / "kettle.obj", here / "kettle.obj")
    outcome = command(main, "a kettle fills a teacup", "num_samples=1", "out=x", "--target-mesh", "kettle.obj", *quick)
    assert (outcome.code, outcome.err) == (0, "")
    target = read_layout(here / "x" / "layout.json").samples[0].objects[0]
    extents = read_request(["a kettle fills a teacup", "--target-mesh", "kettle.obj"]).target.extents
    assert_allclose(target.scale / target.scale.max(), extents, rtol=1e-6)
    assert (target.category, target.mesh_file) == ("kettle", "kettle.obj")


def test_an_unknown_word_with_a_mesh_is_placed_by_its_role(here: Path) -> None:
    request = read_request(["a samovar pours into a teacup", "--target-mesh", str(write_box(here / "s.obj"))])
    assert (request.query.predicate, request.query.base, request.target.file) == ("pours into", "teacup", here / "s.obj")
    assert any("samovar" in warning for warning in request.query.warnings)


def vectors(layouts: LayoutSet) -> Array:
    """(n, 15) of a run's layouts."""
    return np.stack([layout.relations[0].vector for layout in layouts.samples])


def sampled(*arguments: str) -> sample.Outcome:
    """What would be written."""
    return sample.sample(read_request([TEA, *arguments]))


def test_known_numbers_are_met_in_every_file(here: Path, command: Command, quick: list[str]) -> None:
    values = {"t_x": 0.3, "r_yy": 0.8, "target_y": 0.2}
    known = ", ".join(f"{name} = {value}" for name, value in values.items())
    outcome = command(main, TEA, "num_samples=3", f"known={known}", "out=x", *quick)
    assert (outcome.code, outcome.err) == (0, "")
    found = vectors(read_layout(here / "x" / "layout.json"))
    assert_allclose(found[:, [NUMBERS.index(name) for name in values]], np.tile([*values.values()], (3, 1)), atol=1e-6)
    assert len(np.unique(found, axis=0)) == 3
    for i, layout in enumerate(read_layout(here / "x" / "layout.json").samples):
        now = dict(zip(NUMBERS, pack(relation_of(layout, "teapot", "teacup")).tolist(), strict=True))
        assert {name: now[name] for name in values} == pytest.approx(values, abs=1e-6)
        _, T_world = read_glb(here / "x" / f"sample_{i:03d}.glb")
        T_base_target = np.linalg.inv(T_world["teacup"]) @ T_world["teapot"]
        assert T_base_target[0, 3] * np.linalg.norm(T_world["teacup"][:3, 0]) == pytest.approx(0.3, abs=1e-4)


@pytest.mark.parametrize("mesh", ["target", "base"])
def test_the_size_of_the_other_object_may_be_known(mesh: str, here: Path, command: Command, quick: list[str]) -> None:
    other, value = ("base_y", 1.0) if mesh == "target" else ("target_y", 0.4)
    arguments = [TEA, f"known={other}={value}", f"--{mesh}-mesh", str(write_box(here / "box.obj"))]
    known = read_request(arguments).known
    assert known is not None and dict(known.values) == {other: value}


def test_numbers_that_cannot_be_had_together_leave_no_trace(here: Path, refused: Refused, quick: list[str]) -> None:
    known = "known=base_x=0.5,base_y=0.6,base_z=0.7"  # the longest is 1
    assert "the known numbers cannot be had together; give fewer of them, or other values" in refused(main, TEA, known, *quick)
    assert listing(here) == {}


def test_a_lower_temperature_keeps_closer_to_what_is_usual(quick: list[str]) -> None:
    none, half, whole, usual = (
        vectors(sampled("num_samples=12", *setting, *quick).layouts)
        for setting in (["temperature=0"], ["temperature=0.5"], ["temperature=1"], [])
    )
    assert (none.std(axis=0) < 1e-6).all() and np.array_equal(whole, usual)
    assert 0.2 * whole.std(axis=0)[:9].sum() < half.std(axis=0)[:9].sum() < 0.8 * whole.std(axis=0)[:9].sum()


def test_likelihoods_are_written_and_ranking_says_the_same(here: Path, command: Command, quick: list[str]) -> None:
    assert command(main, TEA, "num_samples=3", "likelihood=true", "out=x", *quick).code == 0
    written, silent = read_layout(here / "x" / "layout.json"), sampled("num_samples=3", *quick).layouts
    assert [layout.relations[0].log_likelihood for layout in silent.samples] == [None] * 3
    nats = [layout.relations[0].log_likelihood or 0.0 for layout in written.samples]
    assert_allclose(vectors(written), vectors(silent), rtol=1e-8, atol=1e-12)
    assert len(set(nats)) == 3
    outcome = command(rank, "x/layout.json", quick[0], "json=true")
    rows = json.loads(outcome.out)["samples"]
    assert [row["sample"] for row in rows] == sorted(range(3), key=lambda i: -nats[i])
    for row in rows:
        assert row["log_likelihood"] == [pytest.approx(nats[row["sample"]], rel=1e-4, abs=1e-2)]


def test_checked_samples_are_the_first_that_hold(
    here: Path, command: Command, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a geometry that accepts the right half: those of the unchecked stream, in its order."""
    asked: set[Context] = set()
    every = vectors(sampled("num_samples=64", *quick).layouts)
    right = np.median(every[:, 6])

    def holds(context: Context, block: torch.Tensor) -> Array:
        asked.add(context)
        return (block[:, 6] > right).numpy()

    monkeypatch.setattr("scenes.metrics.holds", holds)
    outcome = command(main, TEA, "num_samples=5", "out=x", *quick[:-1], "check=true")
    assert (outcome.code, outcome.err) == (0, "") and asked == {Context("teapot", "pours into", "teacup")}
    good = np.flatnonzero(every[:, 6] > right)[:5]
    found = read_layout(here / "x" / "layout.json")
    assert_allclose(vectors(found), every[good], rtol=1e-8, atol=1e-12)
    assert f"5 of {good[-1] + 1} hold" in outcome.out and found.warnings == ()


@pytest.mark.parametrize("good", [[], [40, 50], [0, 9, 30]])
def test_where_too_few_hold_the_others_come_after_them_with_a_warning(
    good: list[int], here: Path, command: Command, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "TRIES", 1)
    every = vectors(sampled("num_samples=64", *quick).layouts)
    sides = every[good, 6]
    monkeypatch.setattr("scenes.metrics.holds", lambda _, block: (abs(block[:, 6, None].numpy() - sides) < 1e-9).any(axis=1))
    outcome = command(main, TEA, "num_samples=4", "out=x", *quick[:-1], "check=true")
    assert outcome.code == 0 and f"{len(good)} of 128 hold" in outcome.out
    found, others = read_layout(here / "x" / "layout.json"), [i for i in range(64) if i not in good]
    assert_allclose(vectors(found), every[[*good, *others][:4]], rtol=1e-8, atol=1e-12)
    doubt = f"geometry says that only {len(good)} of 128 samples hold; the others here do not"
    assert found.warnings == (doubt,) and doubt in " ".join(outcome.out.split())


def test_own_meshes_are_not_checked_and_that_is_said(here: Path, command: Command, quick: list[str]) -> None:
    mesh = str(write_box(here / "pot.obj"))
    outcome = command(main, TEA, "num_samples=1", "out=x", "--target-mesh", mesh, *quick[:-1], "check=true")
    assert outcome.code == 0 and "not checked: the geometry of your own meshes is not known by name" in outcome.out
    assert not read_request([TEA, "--target-mesh", mesh]).check and read_request([TEA]).check


def test_what_geometry_cannot_judge_is_sampled_and_that_is_said(here: Path, command: Command, quick: list[str]) -> None:
    outcome = command(main, "a mug on a guitar", "num_samples=1", "out=x", *quick[:-1], "check=true")
    assert outcome.code == 0 and "not checked: the catalog knows no surface of guitar" in " ".join(outcome.out.split())


def test_who_wants_no_check_hears_nothing_of_own_meshes(here: Path, command: Command, quick: list[str]) -> None:
    outcome = command(main, TEA, "num_samples=1", "out=x", *quick)
    assert outcome.code == 0 and "own meshes" not in outcome.out


@pytest.mark.parametrize(("setting", "told"), [
    ([], "dpm in 6 steps"), (["sampler=heun"], "heun in 6 steps"), (["sampler=euler"], "euler in 6 steps"),
    (["sampler=rk45"], "rk45 in steps of its own"), (["sampler=student"], "student in 6 steps"),
])
def test_the_sampler_that_is_named_samples(
    setting: list[str], told: str, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diffusion.student.load_student", lambda checkpoint: checkpoint)
    outcome, dpm = sampled("num_samples=2", *setting, *quick), sampled("num_samples=2", "sampler=dpm", *quick)
    assert outcome.solver == told
    assert np.array_equal(vectors(outcome.layouts), vectors(dpm.layouts)) == (setting == [])


def test_the_solver_is_named_to_people(here: Path, command: Command, quick: list[str]) -> None:
    outcome = command(main, TEA, "num_samples=1", "out=x", "sampler=heun", "seed=3", *quick)
    assert outcome.code == 0 and "1, seed 3, heun in 6 steps" in outcome.out


def test_a_student_takes_three_steps_and_others_twelve_unless_told() -> None:
    assert read_request([TEA]).solver == Solver(None, 12)
    assert read_request([TEA, "sampler=student"]).solver == Solver("student", 3)
    assert read_request([TEA, "sampler=student", "steps=5", "temperature=0.5"]).solver == Solver("student", 5, 0.5)


def test_a_student_that_is_not_there_is_refused(
    here: Path, refused: Refused, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diffusion.student.load_student", partial(load_student, path=here / "student.safetensors"))
    told = refused(main, TEA, "sampler=student", *quick)
    assert f"no student at {here}/student.safetensors; distil one with `python -m oor.train recipe=student`" in told
    assert listing(here) == {}


OWN_TEA = "a moka pot fills a tin mug"


def test_a_catalog_of_ones_own_is_sampled_from(own_folder: Path, here: Path, command: Command, quick: list[str]) -> None:
    with pytest.raises(ValueError, match="known object"):
        read_request(["a billy on a moka"])
    outcome = command(main, OWN_TEA, "num_samples=3", "out=x", f"catalog={own_folder}", *quick)
    assert (outcome.code, outcome.err) == (0, "")
    found = read_layout(here / "x" / "layout.json")
    assert (found.query["target"], found.query["predicate"], found.query["base"]) == ("moka pot", "pours into", "tin mug")
    assert found.query["familiarity"] == "near" and "known: trained on" not in outcome.out
    assert found.warnings == ()
    assert found.metres_per_unit == pytest.approx((0.08 * 0.12) ** 0.5)
    for layout in found.samples:
        target, base = layout.objects
        assert (target.id, base.id, target.category, base.category) == ("moka_pot", "tin_mug", "moka pot", "tin mug")
        assert (target.mesh_file, base.mesh_file) == (None, None)  # templates, of the user's catalog
        assert target.mesh_hash == mesh_hash(categories()["moka pot"].template.mesh)
    meshes, _ = read_glb(here / "x" / "sample_000.glb")
    assert len(meshes["moka_pot"].faces) == len(load_mesh(own_folder / "kettle.obj").faces)
    assert len(meshes["tin_mug"].faces) == len(load_mesh(own_folder / "bg_mug.obj").faces)


def test_a_catalog_of_ones_own_is_reproducible_and_changes_nothing_else(
    own_folder: Path, here: Path, command: Command, quick: list[str]
) -> None:
    assert command(main, TEA, "num_samples=2", "out=plain", *quick).code == 0
    assert command(main, TEA, "num_samples=2", "out=with", f"catalog={own_folder}", *quick).code == 0
    assert listing(here / "plain") == listing(here / "with")


def test_a_catalog_of_ones_own_gives_the_same_bytes_in_every_process(own_folder: Path, tiny_checkpoint: Path) -> None:
    for out in ("one", "two"):
        arguments = [OWN_TEA, "num_samples=2", f"out={own_folder / out}", f"checkpoint={tiny_checkpoint}", "steps=4",
                     f"catalog={own_folder}"]
        command = [sys.executable, "-m", "oor.sample", *arguments]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, "")
    assert listing(own_folder / "one") == listing(own_folder / "two")


def test_a_context_that_training_left_out_is_near(here: Path, command: Command, quick: list[str]) -> None:
    context = held_out_combinations()[0]
    outcome = command(main, captions(context, 1, 0)[0], "num_samples=1", "out=x", *quick)
    assert (outcome.code, outcome.err) == (0, "") and "known: trained on" not in outcome.out
    query = read_layout(here / "x" / "layout.json").query
    assert (query["target"], query["predicate"], query["base"], query["familiarity"]) == (*astuple(context), "near")
    assert query["nearest_context"] in map(str, training_contexts())


@pytest.mark.parametrize("split", [held_out_combinations, category_contexts])
def test_an_object_that_no_training_context_has_is_named(
    split: Callable[[], tuple[Context, ...]], here: Path, command: Command, quick: list[str]
) -> None:
    context = split()[0]
    strangers = {context.target, context.base} & held_out_categories()
    assert bool(strangers) == (split is category_contexts)
    outcome = command(main, captions(context, 1, 0)[0], "num_samples=1", "out=x", *quick)
    told = " ".join(outcome.out.split())
    assert all(f"no {name} " in told for name in strangers) and ("look before you trust it" in told) == bool(strangers)


def test_warnings_are_shown_and_recorded(here: Path, command: Command, quick: list[str]) -> None:
    outcome = command(main, "a samovar pours into a teacup", "num_samples=1", "out=x", *quick)
    assert outcome.code == 0 and "warning:" in outcome.out and "samovar" in outcome.out
    assert any("samovar" in warning for warning in read_layout(here / "x" / "layout.json").warnings)


@pytest.mark.parametrize("out", ["2026", "1e3", "1_0", "007", "true", "1.50"])
def test_a_folder_that_looks_like_a_number_is_a_folder(out: str, here: Path) -> None:
    assert read_request([TEA, f"out={out}"]).out == Path(out)


@pytest.mark.parametrize(("sentence", "expected"), [
    (TEA, "a-teapot-pours-into-a-teacup"), ("../../etc: A Mug!", "etc-a-mug"), ("\u2603", "layout"),
    ("x " * 200, "x-" * 29 + "x"),
])
def test_a_slug_is_one_plain_folder_name(sentence: str, expected: str) -> None:
    assert slug(sentence) == expected and len(expected) <= 60


def test_a_failure_while_writing_keeps_the_earlier_run(
    here: Path, command: Command, quick: list[str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert command(main, TEA, "num_samples=2", "out=x", *quick).code == 0
    before = listing(here)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "preview.png")

    monkeypatch.setattr("oor.rendering.write_png", full)
    outcome = command(main, TEA, "num_samples=3", "seed=9", "out=x", *quick)
    assert outcome.code == 2 and "no space left" in outcome.err
    assert listing(here) == before


def test_the_module_runs_as_a_command(tmp_path: Path, tiny_checkpoint: Path) -> None:
    arguments = [TEA, "num_samples=1", f"out={tmp_path / 'x'}", f"checkpoint={tiny_checkpoint}", "steps=6", "check=false"]

    def python_m(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "oor.sample", *words], cwd=ROOT, capture_output=True, text=True, check=False)

    run = python_m(*arguments)
    assert (run.returncode, run.stderr) == (0, "")
    assert (tmp_path / "x" / "layout.json").is_file()
    wrong = python_m(TEA, "sede=1")
    assert wrong.returncode == 2 and wrong.stdout == ""
    assert wrong.stderr.startswith("error: unknown setting sede=") and wrong.stderr.count("\n") == 1


def test_mistakes_are_found_before_anything_heavy_is_loaded() -> None:
    script = ("import sys\nfrom oor.sample import read_request\ntry:\n    read_request(['a teapot', 'num_samples=0'])\n"
              "except ValueError:\n    print('torch' in sys.modules)")
    child = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "False"
    assert sample.MAX_SAMPLES == 1000
