"""Sentences and YAML to scene graphs: who is who, what belongs to what, and errors that say what was understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from oor.scene_file import read_scene_file
from oor.scene_text import read_scene


def graph_of(text: str) -> list[str]:
    return [f"{edge.target} {edge.predicate} {edge.base}" for edge in read_scene(text).graph.edges]


CASES = {
    "a monitor on a desk, a keyboard in front of the monitor, a mouse to the right of the keyboard": [
        "monitor on desk", "keyboard in front of monitor", "mouse right of keyboard"],
    "A monitor on a desk. A keyboard on the desk and in front of the monitor; a mouse on the desk.": [
        "monitor on desk", "keyboard on desk", "keyboard in front of monitor", "mouse on desk"],
    "two chairs at a table, a plate on the table": ["chair sits at table", "chair_2 sits at table", "plate on table"],
    "a cup and a plate on a table": ["teacup on table", "plate on table"],
    "a cup on a saucer on a table": ["teacup on saucer", "saucer on table"],
    "a keyboard on a desk in front of a monitor, the monitor on the desk": [
        "keyboard on desk", "keyboard in front of monitor", "monitor on desk"],
    "a teapot pours into a teacup on a table": ["teapot pours into teacup", "teacup on table"],
    "a teapot on the table pours into a teacup on the table": [
        "teapot on table", "teapot pours into teacup", "teacup on table"],
    "the left cup on the table, the right cup on the table, a spoon to the right of the left cup": [
        "left_teacup on table", "right_teacup on table", "spoon right of left_teacup"],
    "a mug on a desk, another mug on the desk, a pencil in the second mug": [
        "mug on desk", "mug_2 on desk", "pencil inside mug_2"],
    "a red mug on a table, a blue mug on the table, a spoon in the blue mug": [
        "red_mug on table", "blue_mug on table", "spoon inside blue_mug"],
    "a book on a table, another book on the book": ["book on table", "book_2 on book"],
    "a mug on a table, a mug to the left of a plate, the plate on the table": [
        "mug on table", "mug left of plate", "plate on table"],
    "a desk with a monitor on it and a keyboard in front of the monitor": ["monitor on desk", "keyboard in front of monitor"],
    "a monitor on a desk, a keyboard in front of it": ["monitor on desk", "keyboard in front of monitor"],
    "chair 1 at a table, chair 2 at the table, a cushion on chair 1": [
        "chair_1 sits at table", "chair_2 sits at table", "cushion on chair_1"],
    "two chairs at a table, a cushion on the first chair": ["chair sits at table", "chair_2 sits at table", "cushion on chair"],
    "on the desk are a monitor and a keyboard": ["monitor on desk", "keyboard on desk"],
    "a sofa, a floor lamp to the left of the sofa": ["floor_lamp left of sofa"],
    "There is a table. A plate is on the table.": ["plate on table"],
    "a coffee table in front of the sofa with a vase on it": ["coffee_table in front of sofa", "vase on coffee_table"],
}


@pytest.mark.parametrize("text", CASES)
def test_sentences_become_the_graph_that_they_say(text: str) -> None:
    assert graph_of(text) == CASES[text]


def test_repeated_relations_count_once() -> None:
    assert graph_of("a mug on a table, the mug on the table") == ["mug on table"]


def test_edges_carry_their_sentences_and_kinds() -> None:
    scene = read_scene("two red chairs at a table, a samovar on the table")
    assert scene.graph.edges[0].prompt == "a red chair at a table"
    assert dict(scene.graph.categories).items() >= {"chair": "chair", "chair_2": "chair", "table": "table"}.items()
    assert scene.familiarity == ("known", "known", "far")
    assert any("samovar" in warning and "--" not in warning for warning in scene.warnings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("empty",)),
        ("hello world", ("nothing is said",)),
        ("a mug", ("nothing is said", "mug")),
        ("a mug on a table, a fork on a plate", ("unconnected", "fork, plate", "read so far: mug on table; fork on plate")),
        ("a mug on a book, a book on a mug", ("circle", "book -> mug -> book")),
        ("a mug on a table, the mug on a book", ("2 objects have no base", "book, table", "read so far")),
        ("two chairs at a table, a cushion on the chair", ("chair", "any of 2", "the first chair", "read so far")),
        ("a mug on a table. " * 400, ("characters",)),
        (", ".join(f"book {i} on a table" for i in range(120)), ("objects", "100")),
        ("a mug on a table, on a book a mug on a table a book", ("read so far",)),
    ],
)
def test_what_is_no_scene_is_refused_in_one_sentence(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError) as error:
        read_scene(text)
    assert all(word in str(error.value) for word in words) and "\n" not in str(error.value)


def written(folder: Path, text: str) -> Path:
    (path := folder / "scene.yaml").write_text(text)
    return path


def test_files_hold_sentences_and_relations_spelt_out(tmp_path: Path) -> None:
    path = written(tmp_path, """
objects: {left_cup: teacup, right_cup: teacup}
relations:
  - {target: left_cup, predicate: "on", base: table}
  - {target: right_cup, predicate: "on", base: table, prompt: a cup rests on a table}
  - a plate on the table
  - a spoon to the right of the left cup
""")
    graph = read_scene_file(path).graph
    assert [f"{edge.target} {edge.predicate} {edge.base}" for edge in graph.edges] == [
        "left_cup on table", "right_cup on table", "plate on table", "spoon right of left_cup"]
    assert graph.categories["left_cup"] == "teacup" and graph.edges[1].prompt == "a cup rests on a table"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", ("not YAML",)),
        ("relations: []", ("relations",)),
        ("relations: [a mug on a table]\ncolour: red", ("colour",)),
        ("objects: {cup: teacap}\nrelations: [a mug on a table]", ("teacap", 'did you mean "teacup"')),
        ("relations: [{target: mug, predicate: onto, base: table}]", ("relations[0]", "onto")),
        ("relations: [{target: mug, base: table}]", ("relations[0]", "predicate")),
        ("relations: [{target: mug, predicate: 'on', base: tabel}]", ("relations[0].base", "tabel", "table")),
    ],
)
def test_broken_files_are_named_with_the_place(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(ValueError) as error:
        read_scene_file(written(tmp_path, text))
    assert all(word in str(error.value) for word in ("scene.yaml", *words))
