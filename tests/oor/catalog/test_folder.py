"""A catalog folder of one's own: what it adds, whole or not at all, and how its mistakes are named."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from numpy.testing import assert_allclose

from oor.catalog import category, contexts, splits
from oor.catalog.audit import accepts
from oor.catalog.category import Symmetry, categories
from oor.catalog.contexts import Context
from oor.catalog.descriptors import descriptor, typical
from oor.catalog.folder import add_folder
from oor.catalog.frames import missing_frames
from oor.catalog.lexicon import lexicon
from oor.catalog.programs import draw
from oor.catalog.prompts import all_words, captions, held_out_prompts, spoken_words
from oor.catalog.roles import fillers
from oor.catalog.template import Template
from oor.meshes import load_mesh
from oor.query import parse_query

POURS = Context("moka pot", "pours into", "tin mug")
BOX = {"name": "tin box", "mesh": "box.obj", "length_m": "[0.08, 0.12]"}
pytestmark = pytest.mark.usefixtures("untouched")


@pytest.fixture
def boxed(tmp_path: Path) -> Path:
    """A folder with a box of edges 2, 3, 4 about the origin, and meshes that are no good."""
    place = tmp_path / "own"
    place.mkdir()
    box = trimesh.creation.box(extents=(2, 3, 4))
    for path in (place / "box.obj", tmp_path / "outside.obj"):
        box.export(path)
    (place / "link.obj").symlink_to(tmp_path / "outside.obj")
    (place / "empty.obj").write_text("")
    (place / "words.obj").write_text("not a mesh")
    (place / "flat.obj").write_text("v 0 0 0\nv 1 0 0\nv 1 0 1\nv 0 0 1\nf 1 2 3\nf 1 3 4\n")
    (place / "nan.obj").write_text("v nan 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 2 3\nf 1 2 4\n")
    return place


def listed(field: str, *entries: dict[str, str]) -> str:
    """YAML of a list of entries, a line per field, the values as they are given."""
    rows = [[f"{key}: {value}" for key, value in entry.items()] for entry in entries]
    return "\n".join([f"{field}:", *(("  - ", "    ")[i > 0] + row for lines in rows for i, row in enumerate(lines)), ""])


def with_frames(*rows: str, **fields: str) -> dict[str, str]:
    return BOX | fields | {"frames": "".join(f"\n      {row}" for row in rows)}


def test_it_adds_categories_and_contexts_behind_the_catalogs(own_folder: Path) -> None:
    known, told = categories(), contexts.contexts()
    made = add_folder(own_folder)
    assert [c.name for c in made[0]] == ["moka pot", "tin mug"] and made[1] == [POURS]
    assert list(categories().items()) == [*known.items(), *((c.name, c) for c in made[0])]
    assert contexts.contexts() == (*told, POURS) and POURS not in contexts.catalog_contexts()
    pot, mug = made[0]
    assert (pot.length_m, pot.room, pot.words, pot.resembles, pot.shape) == ((0.15, 0.25), "own", ("moka pot",), None, {})
    assert mug.words == ("tin mug", "billy", "trail mug") and mug.symmetry == Symmetry(1)


def test_its_draws_hold(own_folder: Path) -> None:
    add_folder(own_folder)
    vectors = draw(POURS, 256, np.random.default_rng(0))
    assert accepts(POURS, vectors) > 0.99
    vectors[:, 6] += 2
    assert accepts(POURS, vectors) == 0
    assert not missing_frames("pours into", categories()["moka pot"], categories()["teacup"])
    assert accepts(Context("moka pot", "pours into", "teacup"), draw(Context("moka pot", "pours into", "teacup"), 64,
                                                                      np.random.default_rng(1))) > 0.98


@pytest.mark.parametrize("sentence", [
    "a moka pot pours into a tin mug", "The Moka-Pot is filling the billy.", "moka pots pour into tin mugs",
    "a trail mug being filled by a red moka pot", "an old tin mug with a moka pot pouring into it",
])
def test_sentences_about_it_are_understood(own_folder: Path, sentence: str) -> None:
    add_folder(own_folder)
    query = parse_query(sentence)
    assert (query.target, query.predicate, query.base) == (POURS.target, POURS.predicate, POURS.base)
    assert (query.warnings, query.familiarity) == ((), "near") and query.nearest.predicate == "pours into"  # never trained on


def test_its_own_prompts_say_its_context(own_folder: Path) -> None:
    add_folder(own_folder)
    for prompt in (*captions(POURS, 50, 0), *held_out_prompts(POURS)):
        query = parse_query(prompt)
        assert (query.target, query.predicate, query.base, query.warnings) == ("moka pot", "pours into", "tin mug", ()), prompt


def test_what_was_remembered_is_forgotten(own_folder: Path) -> None:
    assert ("billy",) not in lexicon().objects and "billy" not in all_words() and spoken_words("tin mug") == ("tin mug",)
    assert not typical("moka pot").any() and "moka pot" not in fillers("pours into", "target")
    pot = add_folder(own_folder)[0][0]
    assert lexicon().objects[("billy",)] == "tin mug" and spoken_words("tin mug") == ("tin mug", "billy", "trail mug")
    assert "billy" in all_words() and fillers("pours into", "target")["moka pot"] == 1
    assert np.array_equal(typical("moka pot"), descriptor(pot)) and typical("moka pot").any()


def test_templates_are_canonical_and_keep_the_files_shape(own_folder: Path) -> None:
    for made, name in zip(add_folder(own_folder)[0], ("kettle.obj", "bg_mug.obj"), strict=True):
        mesh, file = made.template.mesh, load_mesh(own_folder / name)
        assert_allclose(mesh.bounds.sum(axis=0), 0, atol=1e-12)
        assert_allclose(mesh.extents.max(), 1, atol=1e-12)
        assert_allclose(mesh.extents, file.extents / file.extents.max(), atol=1e-12)  # half a turn keeps the box
        assert np.array_equal(mesh.faces, file.faces)
        assert_allclose(mesh.area, file.area / file.extents.max() ** 2, rtol=1e-9)
        assert made.template is made.build() is replace(made).template


def test_frames_are_turned_with_the_mesh(own_folder: Path) -> None:
    pot, mug = (made.template.frames for made in add_folder(own_folder)[0])
    low, high = load_mesh(own_folder / "kettle.obj").bounds
    centre, size = (low + high) / 2, (high - low).max()
    turned = np.array([-1, 1, -1])  # half a turn about y
    assert pot.keys() == {"spout", "opening"}
    assert_allclose(pot["spout"].point, turned * ([-0.17, 0.095, 0] - centre) / size, atol=1e-12)
    assert_allclose(pot["spout"].axis, np.array([2, 1, 0]) / np.sqrt(5), atol=1e-12)
    assert_allclose(pot["opening"].point, turned * ([0, 0.12, 0] - centre) / size, atol=1e-12)
    assert_allclose(pot["opening"].axis, [0, 1, 0], atol=1e-12)
    assert_allclose(pot["opening"].half, 0.05 / size)
    assert_allclose(mug["floor"].half, np.array([0.035, 0.03]) / load_mesh(own_folder / "bg_mug.obj").extents.max())


TURNS = [
    ([], np.eye(3)),
    ([("x", -90)], np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])),  # z up to y up
    ([("z", 90)], np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])),
    ([("x", 90), ("y", 90)], np.array([[0, 1, 0], [0, 0, -1], [-1, 0, 0]])),  # the first one first
    ([("y", 90), ("x", 90)], np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])),
    ([("y", 450), ("y", -90)], np.eye(3)),
]


@pytest.mark.parametrize(("turns", "R"), TURNS, ids=str)
def test_turns_come_one_after_another(boxed: Path, turns: list[tuple[str, int]], R: np.ndarray) -> None:
    steps = ", ".join(f"{{axis: {axis}, degrees: {degrees}}}" for axis, degrees in turns)
    rows = ("spout: {point: [1, 1.5, 2], axis: [1, 2, 3]}", "top: {point: [0, 0, 0]}")
    (boxed / "x.yaml").write_text(listed("categories", with_frames(*rows, turn=f"[{steps}]")))
    ((made,), _) = add_folder(boxed)
    assert_allclose(made.template.extents, np.abs(R @ [2, 3, 4]) / 4, atol=1e-12)
    spout, top = made.template.frames["spout"], made.template.frames["top"]
    assert_allclose(spout.point, R @ [1, 1.5, 2] / 4, atol=1e-12)  # a corner stays that corner
    assert np.linalg.norm(made.template.mesh.vertices - spout.point, axis=1).min() < 1e-12
    assert_allclose(spout.axis, R @ [1, 2, 3] / np.sqrt(14), atol=1e-12)
    assert_allclose(top.axis, [0, 1, 0], atol=1e-12)  # up is up after the turns
    assert trimesh.triangles.mass_properties(made.template.mesh.triangles)["volume"] == pytest.approx(24 / 64)  # not mirrored


def test_a_category_that_resembles_another_has_its_shape(boxed: Path) -> None:
    first = {"name": "dye pot", "resembles": "pot", "length_m": "[0.5, 0.7]"}
    second = {"name": "dye vat", "resembles": "dye pot", "length_m": "[1, 1]", "mass": "heavy", "symmetry": "none"}
    (boxed / "x.yaml").write_text(listed("categories", first, second, BOX, BOX | {"name": "tin crate", "resembles": "tin box"}
                                         | {"mesh": "~"}).replace("    mesh: ~\n", ""))
    pot, vat, box, crate = add_folder(boxed)[0]
    like = categories()["pot"]
    for made in (pot, vat):
        assert_allclose(made.template.mesh.vertices, like.template.mesh.vertices)
        assert made.template.frames.keys() == like.template.frames.keys() and made.shape == like.shape
        assert (made.rest, made.fronted, made.room, made.stretch) == (like.rest, like.fronted, like.room, like.stretch)
        assert not np.allclose(made.instance(np.random.default_rng(0)).template.extents, like.template.extents)
    assert (pot.length_m, pot.resembles, pot.symmetry, pot.mass) == ((0.5, 0.7), "pot", like.symmetry, like.mass)
    assert (vat.length_m, vat.resembles, vat.symmetry, vat.mass) == ((1.0, 1.0), "dye pot", Symmetry(1), "heavy")
    assert crate.resembles == "tin box" and crate.template is box.template
    context = Context("spoon", "stirs", "dye pot")
    assert accepts(context, draw(context, 64, np.random.default_rng(0))) > 0.95


def test_what_it_says_about_a_category_is_kept(boxed: Path) -> None:
    told = {"plural": "tin boxen", "rest": "z", "fronted": "true", "room": "attic", "symmetry": "4-fold about x", "mass": "heavy"}
    (boxed / "x.yml").write_text(listed("categories", BOX | told))
    ((box,), none) = add_folder(boxed)
    assert none == [] and (box.plural, box.rest, box.fronted, box.room, box.mass) == ("tin boxen", "z", True, "attic", "heavy")
    assert (box.symmetry, str(box.symmetry)) == (Symmetry(4, "x"), "4-fold about x")
    query = parse_query("two tin boxen under a table")
    assert (query.target, query.predicate, query.base) == ("tin box", "under", "table")


def test_files_are_read_in_the_order_of_their_names_and_contexts_last(boxed: Path) -> None:
    (boxed / "a.yaml").write_text(listed("contexts", BOXED))
    (boxed / "b.yml").write_text(listed("categories", BOX))
    (boxed / "c.yaml").write_text(listed("categories", {"name": "tin crate", "resembles": "tin box", "length_m": "[1, 2]"})
                                  + listed("contexts", {"target": "tin crate", "predicate": "under", "base": "table"}))
    (boxed / "notes.txt").write_text("none of its business: {")
    made, told = add_folder(boxed)
    assert [c.name for c in made] == ["tin box", "tin crate"]
    assert told == [Context("tin box", "on", "table"), Context("tin crate", "under", "table")]


def test_one_folder_after_another(boxed: Path, own_folder: Path) -> None:
    (boxed / "x.yaml").write_text(listed("categories", BOX))
    add_folder(boxed)
    add_folder(own_folder)
    assert [*categories()][-3:] == ["tin box", "moka pot", "tin mug"]
    with pytest.raises(ValueError, match='"tin box" already means the category "tin box"'):
        add_folder(boxed)


def test_the_splits_do_not_depend_on_it(boxed: Path) -> None:
    before = splits.held_out_categories(), splits.held_out_combinations(), splits.training_contexts()
    rows = [BOX | {"name": f"odd {name}"} for name in sorted(before[0])]
    (boxed / "x.yaml").write_text(listed("categories", *rows))
    add_folder(boxed)
    for cached in vars(splits).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()
    assert (splits.held_out_categories(), splits.held_out_combinations(), splits.training_contexts()) == before


def test_on_needs_no_quotes(boxed: Path) -> None:
    """YAML 1.1 takes a plain `on` for true."""
    (boxed / "x.yaml").write_text(listed("categories", BOX) + "contexts:\n  - {target: tin box, predicate: on, base: table}\n")
    assert add_folder(boxed)[1] == [Context("tin box", "on", "table")]


def refusal(place: Path) -> str:
    """One sentence; nothing is added."""
    before = categories(), contexts.contexts()
    with pytest.raises(ValueError, match=r".") as caught:
        add_folder(place)
    assert (categories(), contexts.contexts()) == before and list(categories()) == list(before[0])
    message = str(caught.value)
    assert "\n" not in message and len(message.replace(str(place), "")) < 500
    return message


CATEGORY_MISTAKES: dict[str, tuple[dict[str, str], str, str]] = {  # fields, the one that is wrong, what is said of it
    "unknown field": (BOX | {"colour": "red"}, "colour", "unknown field; choose from name, length_m, mesh, "),
    "no name": ({"mesh": "box.obj", "length_m": "[1, 2]"}, "", "name is missing"),
    "no length": ({"name": "tin box", "mesh": "box.obj"}, "", "length_m is missing"),
    "a number for a name": (BOX | {"name": "7"}, "name", "expected text, got 7"),
    "an empty name": (BOX | {"name": '" "'}, "name", "expected text"),
    "no value": (BOX | {"name": ""}, "name", "expected text, got None"),
    "a list for a name": (BOX | {"name": "[tin, box]"}, "name", "expected text"),
    "text for a length": (BOX | {"length_m": "long"}, "length_m", "expected 2 finite numbers, got 'long'"),
    "one length": (BOX | {"length_m": "[1]"}, "length_m", "expected 2 finite numbers"),
    "three lengths": (BOX | {"length_m": "[1, 2, 3]"}, "length_m", "expected 2 finite numbers"),
    "NaN": (BOX | {"length_m": "[.nan, 1]"}, "length_m", "expected 2 finite numbers, got [nan, 1]"),
    "infinity": (BOX | {"length_m": "[1, .inf]"}, "length_m", "expected 2 finite numbers"),
    "a number beyond all": (BOX | {"length_m": f"[1, 1{'0' * 400}]"}, "length_m", "expected 2 finite numbers"),
    "true for a number": (BOX | {"length_m": "[true, 2]"}, "length_m", "expected 2 finite numbers"),
    "no length at all": (BOX | {"length_m": "[0, 1]"}, "length_m", "expected 0 < shortest <= longest in metres, got 0 and 1"),
    "negative": (BOX | {"length_m": "[-1, 1]"}, "length_m", "expected 0 < shortest"),
    "longest first": (BOX | {"length_m": "[2, 1]"}, "length_m", "got 2 and 1"),
    "name taken": (BOX | {"name": "TEA  pot"}, "name", '"tea pot" already means the category "teapot"; choose another word'),
    "name taken with a hyphen": (BOX | {"name": "wine-glass"}, "name", 'already means the category "wine glass"'),
    "name taken by a plural": (BOX | {"name": "teapots"}, "name", 'already means the category "teapot"'),
    "synonym taken": (BOX | {"synonyms": "[coffer, sofa]"}, "synonyms[1]", '"sofa" already means the category "sofa"'),
    "synonyms in no list": (BOX | {"synonyms": "coffer"}, "synonyms", "expected a list"),
    "a number for a synonym": (BOX | {"synonyms": "[3]"}, "synonyms[0]", "expected text, got 3"),
    "mesh and resembles": (BOX | {"resembles": "box"}, "", "give either mesh, a file, or resembles, another category"),
    "neither": ({"name": "tin box", "length_m": "[1, 2]"}, "", "give either mesh, a file, or resembles"),
    "mesh outside": (BOX | {"mesh": "../outside.obj"}, "mesh", "../outside.obj lies outside the catalog's folder; put the mesh"),
    "mesh by a link": (BOX | {"mesh": "link.obj"}, "mesh", "link.obj lies outside the catalog's folder"),
    "mesh of the system": (BOX | {"mesh": "/etc/passwd"}, "mesh", "/etc/passwd lies outside the catalog's folder"),
    "missing mesh": (BOX | {"mesh": "none.obj"}, "mesh", "none.obj cannot be used: "),
    "no mesh file": (BOX | {"mesh": "bad.yaml"}, "mesh", "bad.yaml is not a mesh file; give one of glb, gltf, obj, "),
    "a number for a mesh": (BOX | {"mesh": "3"}, "mesh", "expected text, got 3"),
    "flat mesh": (BOX | {"mesh": "flat.obj"}, "mesh", "flat"),
    "empty mesh": (BOX | {"mesh": "empty.obj"}, "mesh", "is empty"),
    "words for a mesh": (BOX | {"mesh": "words.obj"}, "mesh", "words.obj cannot be used: "),
    "NaN in a mesh": (BOX | {"mesh": "nan.obj"}, "mesh", "nan.obj cannot be used: "),
    "resembles nothing": ({"name": "tin box", "resembles": "bxo", "length_m": "[1, 2]"}, "resembles", 'no category "bxo"'),
    "resembles itself": ({"name": "tin box", "resembles": "tin box", "length_m": "[1, 2]"}, "resembles", "no category"),
    "resembles with frames": ({"name": "tin box", "resembles": "box", "length_m": "[1, 2]", "frames": "{}"}, "frames",
                              "a category that resembles another one has that one's frames"),
    "resembles with a turn": ({"name": "tin box", "resembles": "box", "length_m": "[1, 2]", "turn": "[]"}, "turn",
                              "a category that resembles another one"),
    "unknown frame": (with_frames("snout: {point: [0, 0, 0]}"), "frames.snout", "unknown frame; choose from spout, opening, "),
    "frames in a list": (BOX | {"frames": "[]"}, "frames", "expected fields"),
    "a frame without a point": (with_frames("spout: {axis: [0, 1, 0]}"), "frames.spout", "point is missing"),
    "a frame of numbers": (with_frames("spout: [0, 0, 0]"), "frames.spout", "expected fields"),
    "an unknown field of a frame": (with_frames("spout: {point: [0, 0, 0], radius: 1}"), "frames.spout.radius", "unknown field"),
    "a point in the plane": (with_frames("spout: {point: [0, 0]}"), "frames.spout.point", "expected 3 finite numbers"),
    "NaN in a point": (with_frames("spout: {point: [0, .nan, 0]}"), "frames.spout.point", "expected 3 finite numbers"),
    "a point far outside": (with_frames("spout: {point: [0, 0, 3.1]}"), "frames.spout.point",
                            "[0.0, 0.0, 3.1] lies far outside the mesh, whose box is [-1.0, -1.5, -2.0] to [1.0, 1.5, 2.0]"),
    "the second of two frames": (with_frames("spout: {point: [0, 0, 0]}", "tip: {point: [-9, 0, 0]}"), "frames.tip.point",
                                 "lies far outside the mesh"),
    "an axis of length 0": (with_frames("spout: {point: [0, 0, 0], axis: [0, 0, 0]}"), "frames.spout.axis",
                            "an axis needs a direction"),
    "text for an axis": (with_frames("spout: {point: [0, 0, 0], axis: up}"), "frames.spout.axis", "expected 3 finite numbers"),
    "negative half": (with_frames("opening: {point: [0, 0, 0], half: -1}"), "frames.opening.half", "half widths are not neg"),
    "three halves": (with_frames("opening: {point: [0, 0, 0], half: [1, 1, 1]}"), "frames.opening.half", "expected 2 finite num"),
    "turn in no list": (BOX | {"turn": "90"}, "turn", "expected a list"),
    "turn about w": (BOX | {"turn": "[{axis: w, degrees: 90}]"}, "turn[0].axis", "'w' is not possible; choose x, y, z"),
    "turn by words": (BOX | {"turn": "[{axis: x, degrees: 9}, {axis: x, degrees: half}]"}, "turn[1].degrees", "expected 1 fin"),
    "turn by nothing": (BOX | {"turn": "[{axis: x}]"}, "turn[0]", "degrees is missing"),
    "symmetry": (BOX | {"symmetry": "round"}, "symmetry", "symmetry 'round' is not known; write none, half-turn"),
    "mass": (BOX | {"mass": "2 kg"}, "mass", "'2 kg' is not possible; choose featherlight, light, medium, heavy"),
    "rest": (BOX | {"rest": "w"}, "rest", "'w' is not possible; choose x, y, z"),
    "fronted": (BOX | {"fronted": "perhaps"}, "fronted", "expected true or false, got 'perhaps'"),
    "plural": (BOX | {"plural": "2"}, "plural", "expected text, got 2"),
    "no date": (BOX | {"room": "2026-99-99"}, "room", "expected text"),
    "a tag of one's own": (BOX | {"room": "!attic dusty"}, "room", "expected text"),
}


def line_of(text: str, after: int, field: str) -> int:
    """The number of the line where a field's value stands, in or after line `after`."""
    keys = [part.partition("[")[0] for part in field.split(".")]
    key = keys[1] if keys[0] == "frames" and len(keys) > 1 else keys[0]
    rows = list(enumerate(text.splitlines(), 1))[after - 1 :]
    return next(number for number, row in rows if not key or row.lstrip(" -").startswith(f"{key}:"))


def assert_named(message: str, file: Path, line: int, entry: str, field: str, says: str) -> None:
    where = re.escape(f"{entry}.{field}" if field else entry)
    assert re.match(rf"{re.escape(str(file))} line {line}, (file\.)?{where}: ", message), (message, line, where)
    assert says in message


@pytest.mark.parametrize("case", CATEGORY_MISTAKES)
def test_a_mistake_in_a_category_is_named(boxed: Path, case: str) -> None:
    fields, wrong, says = CATEGORY_MISTAKES[case]
    text = listed("categories", {"name": "good box", "resembles": "box", "length_m": "[1, 2]"}, fields)
    (boxed / "bad.yaml").write_text(text)
    assert_named(refusal(boxed), boxed / "bad.yaml", line_of(text, 5, wrong), "categories[1]", wrong, says)


BOXED = {"target": "tin box", "predicate": '"on"', "base": "table"}
CONTEXT_MISTAKES: dict[str, tuple[dict[str, str], str, str]] = {
    "unknown field": (BOXED | {"prompt": "x"}, "prompt", "unknown field; choose from target, predicate, base"),
    "no base": ({"target": "tin box", "predicate": "under"}, "", "base is missing"),
    "unknown relation": (BOXED | {"predicate": "juggles"}, "predicate", "'juggles' is not possible; "),
    "a number for a relation": (BOXED | {"predicate": "3"}, "predicate", "expected text, got 3"),
    "unknown target": (BOXED | {"target": "tin can opener"}, "target", 'there is no category "tin can opener"'),
    "unknown base": (BOXED | {"base": "taable"}, "base", 'there is no category "taable"'),
    "a synonym for a name": (BOXED | {"base": "couch"}, "base", 'there is no category "couch"'),
    "one of the catalog's": (BOXED | {"target": "mug"}, "", 'the context "mug on table" is there already; leave it out'),
    "twice": (BOXED | {"target": "good box"}, "", 'the context "good box on table" is there already; leave it out'),
    "no spout": (BOXED | {"predicate": "pours into", "base": "teacup"}, "target",
                 '"pours into" needs the frame spout on its target, which "tin box" lacks; add it under frames'),
    "no opening": ({"target": "teapot", "predicate": "pours into", "base": "tin box"}, "base",
                   '"pours into" needs the frame opening on its base, which "tin box" lacks'),
    "two frames": ({"target": "apple", "predicate": "inside", "base": "tin box"}, "base",
                   "needs the frames opening, floor on its base"),
    "no wick": ({"target": "match", "predicate": "lights", "base": "tin box"}, "base", "needs the frame wick on its base"),
}


@pytest.mark.parametrize("case", CONTEXT_MISTAKES)
def test_a_mistake_in_a_context_is_named(boxed: Path, case: str) -> None:
    fields, wrong, says = CONTEXT_MISTAKES[case]
    good = listed("categories", BOX, {"name": "good box", "resembles": "box", "length_m": "[1, 2]"})
    text = good + listed("contexts", BOXED | {"target": "good box"}, fields)
    (boxed / "bad.yaml").write_text(text)
    assert_named(refusal(boxed), boxed / "bad.yaml", line_of(text, 12, wrong), "contexts[1]", wrong, says)


FILE_MISTAKES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", " line 1: the file is empty; give categories or contexts"),
    "a comment": ("# nothing\n\n", " line 1: the file is empty"),
    "words": ("tin box", " line 1, file: expected fields"),
    "a list": ("- name: tin box\n", " line 1, file: expected fields"),
    "unknown field": ("contexts: []\ncategory: []\n", "category: unknown field; choose from categories, contexts"),
    "twice": ("contexts: []\ncategories: []\ncontexts: []\n", "contexts: given twice"),
    "nothing in it": ("categories:\n", "categories: expected a list"),
    "one in no list": ("categories:\n  name: tin box\n", "categories: expected a list"),
    "words in a list": ("categories:\n  - tin box\n", "categories[0]: expected fields"),
    "an open bracket": ("categories:\n  - {name: tin box\n", "bad.yaml line 3: "),
    "a wrong indent": ("categories:\n  - name: tin box\n   mesh: x\n", "bad.yaml line 3: "),
    "a tab": ("categories:\n\t- name: tin box\n", "bad.yaml line 2: "),
    "an unknown anchor": ("categories: *old\n", "bad.yaml line 1: "),
    "two documents": ("contexts: []\n---\ncontexts: []\n", "bad.yaml line 2: "),
    "not UTF-8": ("categories: [{name: t\u00fc}]".encode("latin-1"), "bad.yaml is not readable as YAML; save it as UTF-8 text"),
    "UTF-16": ("categories: []".encode("utf-16"), "bad.yaml is not readable as YAML"),
    "bytes": (bytes(range(32)), "bad.yaml is not readable as YAML"),
}


@pytest.mark.parametrize("case", FILE_MISTAKES)
def test_a_mistake_in_a_file_is_named(boxed: Path, case: str) -> None:
    content, says = FILE_MISTAKES[case]
    (boxed / "bad.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    message = refusal(boxed)
    assert message.startswith(f"{boxed / 'bad.yaml'} ") and says in message.replace(f"{boxed}/", ""), message


@pytest.mark.parametrize("tag", [
    "!!python/object/apply:os.system ['touch {}']", "!!python/object/new:os.system ['touch {}']", "!!python/name:os.system",
    "!!python/object/apply:pathlib.Path ['{}']", "!!python/module:os",
])
@pytest.mark.parametrize("form", [
    "categories:\n  - {{name: {}, mesh: box.obj, length_m: [1, 2]}}\n",
    "categories:\n  - {{name: tin box, mesh: box.obj, length_m: {}}}\n",
    "categories:\n  - {}\n", "categories: {}\n", "contexts:\n  - {{target: mug, predicate: {}, base: table}}\n",
])
def test_a_tag_executes_nothing(boxed: Path, tag: str, form: str) -> None:
    trace = boxed / "trace"
    (boxed / "bad.yaml").write_text(form.format(tag.format(trace)))
    message = refusal(boxed)
    assert re.match(rf"{re.escape(str(boxed / 'bad.yaml'))} line [12](, [\w.\[\]]+)?: ", message), message
    assert not trace.exists()


def test_what_is_no_folder_of_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("contexts: []")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "own.yaml").write_text("contexts: []")
    assert refusal(tmp_path) == f"no .yaml file in {tmp_path}; describe your categories and contexts in one"
    for path in (tmp_path / "none", tmp_path / "notes.txt", tmp_path / "deeper" / "own.yaml"):
        assert refusal(path) == f"there is no catalog folder {path}; give a folder with .yaml files"


def test_a_mistake_in_the_last_file_undoes_them_all(boxed: Path) -> None:
    (boxed / "a.yaml").write_text(listed("categories", BOX) + listed("contexts", BOXED))
    (boxed / "z.yaml").write_text(listed("contexts", BOXED))
    assert refusal(boxed).startswith(f"{boxed / 'z.yaml'} line 2, ")
    (boxed / "z.yaml").unlink()
    assert len(add_folder(boxed)[0]) == 1


def bare(like: category.Category, without: str) -> category.Category:
    frames = {name: frame for name, frame in like.template.frames.items() if name != without}
    template = Template(like.template.parts, frames)
    return replace(like, name=f"bare {like.name}", build=lambda: template, ranges={})


@pytest.mark.parametrize("predicate", contexts.predicates())
def test_a_frame_that_a_relation_cannot_do_without_is_asked_for(predicate: str) -> None:
    """A context with any one frame taken away is either refused by name or can be drawn and judged."""
    context = next(c for c in contexts.contexts() if c.predicate == predicate)
    known = categories()
    assert not missing_frames(predicate, known[context.target], known[context.base])
    for role in ("target", "base"):
        for name in known[getattr(context, role)].template.frames:
            new = bare(known[getattr(context, role)], name)
            category._CATEGORIES[new.name] = new
            changed = replace(context, **{role: new.name})
            pair = [categories()[part] for part in (changed.target, changed.base)]
            missing = missing_frames(predicate, pair[0], pair[1])
            assert list(missing) in ([], [role]) and all(name in said.split(" or ") for said in missing.get(role, []))
            if not missing:
                accepts(changed, drawn_or_none(changed))


def drawn_or_none(context: Context) -> Any:
    try:
        return draw(context, 4, np.random.default_rng(0))
    except ValueError as error:  # hardly any pair of instances fits: no matter here
        assert "fits together" in str(error)
        return np.zeros((0, 15))
