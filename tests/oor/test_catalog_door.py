"""python -m oor.catalog: what it lists, shows, renders, exports and asks for is what the catalog holds, and how it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from PIL import Image

from oor.catalog.__main__ import HELP, SETTINGS, main
from oor.catalog.augmentation import ServerModel, complaint, read_captions, request_for
from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context, contexts, predicates
from oor.catalog.export import FORMAT, category_record, file_name
from oor.catalog.prompts import captions
from oor.catalog.splits import held_out_categories, held_out_combinations, training_contexts
from oor.doors import configuration
from oor.meshes import read_glb

ROOT = Path(__file__).parents[2]
Refused = Callable[..., str]
Command = Callable[..., Any]
Keeps = Callable[[Category], bool]
Tells = Callable[[Context], bool]


def listing(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def document(folder: Path) -> dict[str, Any]:
    told = json.loads((folder / "catalog.json").read_text(encoding="utf-8"))
    assert isinstance(told, dict)
    return told


def spelled(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else ""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own working directory: what is written to a relative path lands there."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture(autouse=True)
def composed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that were composed before are taken from memory: that takes longer than all else together."""
    monkeypatch.setattr("oor.catalog.__main__.configuration", lambda name, pairs: dict(composed(name, *pairs.items())))


@cache
def composed(name: str, *pairs: tuple[str, str]) -> dict[str, Any]:
    return configuration(name, dict(pairs))


@pytest.fixture
def said(command: Command) -> Callable[..., str]:
    """Runs the door, which must succeed without a word on stderr. Returns what it printed."""

    def call(*arguments: str) -> str:
        outcome = command(main, *arguments)
        assert (outcome.code, outcome.err) == (0, "")
        return str(outcome.out)

    return call


ODD = ("tin crate", "[bold] box", "[/x] pail", "box/lid", "../wok rest", "gr\u00f6\u00dfe", "gr\u00fc\u00dfe",
       "\u65e5\u672c \u7bb1", ":cat: tray", "[link=x]y[/link]", "caf\u00e9 100% {x}", "n'th \"drum\"", "a" * 150)
VAT, OTHER_VAT = "dye [i]pot[/i]", "[red]vat"
OWN_CONTEXTS = [Context(ODD[1], "on", ODD[0]), Context("spoon", "stirs", VAT)]


def extents_of(i: int) -> tuple[float, float, float]:
    """The box of the i-th odd name, of a shape that no other one has."""
    return 1.0, 1.0 + 0.1 * i, 3.0


@pytest.fixture
def own(tmp_path: Path, untouched: None) -> Path:
    """A catalog folder: a box per odd name, a category that resembles the pot, and two contexts. JSON is YAML."""
    place = tmp_path / "my [b]catalog (1)"
    place.mkdir()
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(ODD):
        trimesh.creation.box(extents_of(i)).export(place / f"box {i}.obj")
        rows.append({"name": name, "mesh": f"box {i}.obj", "length_m": [0.1 + 0.1 * i, 0.2 + 0.1 * i]})
    rows[0]["frames"] = {"surface": {"point": [0, 0.5, 0], "half": [0.5, 1.5]}}
    rows.append({"name": VAT, "resembles": "pot", "length_m": [0.5, 0.7], "synonyms": [OTHER_VAT], "mass": "heavy"})
    told = [{"target": c.target, "predicate": c.predicate, "base": c.base} for c in OWN_CONTEXTS]
    (place / "own.yaml").write_text(json.dumps({"categories": rows, "contexts": told}, ensure_ascii=False), encoding="utf-8")
    return place


def test_help_names_every_command(said: Callable[..., str], here: Path) -> None:
    for arguments in (("--help",), ("-h",), ("help",), ("help", "me")):
        assert said(*arguments) == f"{HELP}\n"
    assert all(f"python -m oor.catalog {name} " in HELP for name in SETTINGS if name != "summary")
    assert listing(here) == {}


@pytest.mark.parametrize("words", [(), ("summary",)])
def test_the_summary_counts(words: tuple[str, ...], said: Callable[..., str]) -> None:
    known, told = categories(), contexts()
    own = sum(category.resembles is None for category in known.values())
    figures = json.loads(said(*words, "json=true"))
    rooms = {room: sum(category.room == room for category in known.values()) for room in figures["rooms"]}
    assert figures == {"categories": len(known), "templates": own, "relations": len(predicates()), "contexts": len(told),
                       "rooms": rooms}
    assert sum(rooms.values()) == len(known)
    lines = said(*words).splitlines()
    assert lines[0] == (f"{len(known)} categories ({own} with a template of their own), {len(predicates())} relations, "
                        f"{len(told)} contexts")
    assert lines[1].split(maxsplit=1) == ["rooms", ", ".join(f"{room} {count}" for room, count in rooms.items())]
    relations = {name: sum(context.predicate == name for context in told) for name in predicates()}
    assert lines[2].split(maxsplit=1) == ["relations", ", ".join(f"{name} {count}" for name, count in relations.items())]
    assert len(lines) == 4 and min(relations.values()) > 0


OF_CATEGORIES: list[tuple[tuple[str, ...], Keeps]] = [
    ((), lambda c: True),
    (("room=music",), lambda c: c.room == "music"),
    (("mass=heavy",), lambda c: c.mass == "heavy"),
    (("frame=spout",), lambda c: "spout" in c.template.frames),
    (("resembles=bowl",), lambda c: c.resembles == "bowl"),
    (("word=tea",), lambda c: any("tea" in word for word in c.words)),
    (("word=hoover",), lambda c: c.name == "vacuum cleaner"),
    (("room=kitchen", "mass=light", "frame=opening", "word=o"),
     lambda c: (c.room, c.mass) == ("kitchen", "light") and "opening" in c.template.frames and any("o" in w for w in c.words)),
    (("room=null", "mass=featherlight"), lambda c: c.mass == "featherlight"),
]


@pytest.mark.parametrize(("filters", "keeps"), OF_CATEGORIES, ids=spelled)
def test_categories_are_filtered(filters: tuple[str, ...], keeps: Keeps, said: Callable[..., str]) -> None:
    wanted = [category for category in categories().values() if keeps(category)]
    assert len(wanted) > 0 and (len(wanted) < len(categories())) == bool(filters)
    assert json.loads(said("list", *filters, "json=true")) == [category_record(category) for category in wanted]
    heading, *lines = said("list", *filters).splitlines()
    starts = [heading.index(word) for word in ("name", "room", "length in m", "mass", "symmetry", "template", "other words")]
    cells = [[line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)] for line in lines]
    assert cells == [[c.name, c.room, f"{c.length_m[0]:g} to {c.length_m[1]:g}", c.mass, str(c.symmetry), c.resembles or "own",
                      ", ".join(c.synonyms)] for c in wanted]  # one line each, however narrow the screen is


OF_CONTEXTS: list[tuple[tuple[str, ...], Tells]] = [
    ((), lambda c: True),
    (("predicate=pours into",), lambda c: c.predicate == "pours into"),
    (("predicate=on",), lambda c: c.predicate == "on"),
    (("target=teapot",), lambda c: c.target == "teapot"),
    (("base=vase",), lambda c: c.base == "vase"),
    (("word=tea",), lambda c: "tea" in str(c)),
    (("word=cup in front",), lambda c: "cup in front" in str(c)),
    (("target=mug", "predicate=on", "base=table"), lambda c: c == Context("mug", "on", "table")),
]


@pytest.mark.parametrize(("filters", "tells"), OF_CONTEXTS, ids=spelled)
def test_contexts_are_filtered(filters: tuple[str, ...], tells: Tells, said: Callable[..., str]) -> None:
    wanted = [context for context in contexts() if tells(context)]
    assert len(wanted) > 0 and (len(wanted) < len(contexts())) == bool(filters)
    assert json.loads(said("contexts", *filters, "json=true")) == [list(astuple(context)) for context in wanted]
    assert said("contexts", *filters).splitlines() == [str(context) for context in wanted]


@pytest.mark.parametrize(("words", "name"), [("teapot", "teapot"), ("tea pot", "teapot"), ("wine glass", "wine glass"),
                                             ("hoover", "vacuum cleaner"), ("saucer", "saucer")])
def test_a_category_is_shown_by_any_of_its_words(words: str, name: str, said: Callable[..., str]) -> None:
    category = categories()[name]
    told = [str(context) for context in contexts() if name in (context.target, context.base)]
    record = category_record(category) | {"contexts": told}
    assert json.loads(said("show", words, "json=true")) == record
    assert said("show", *words.split()) == said("show", words)
    text = said("show", words)
    assert re.match(rf"name +{name} *\n", text) and set(re.findall(r"^\w[\w ]*?(?=  )", text, re.M)) == {
        key.replace("_", " ") for key in record}
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert [line.removeprefix("contexts ") for line in lines[-len(told):]] == told
    for frame, values in record["frames"].items():
        assert any(line.endswith(f"{frame}: point {values['point']}, axis {values['axis']}") for line in lines)


@pytest.mark.parametrize(("name", "key"), [
    ("summary", "room"), ("list", "out"), ("contexts", "mass"), ("show", "word"), ("render", "base"), ("export", "endpoint"),
    ("prompts", "frame"),
])
def test_a_setting_that_a_command_would_not_look_at_is_refused(name: str, key: str, refused: Refused) -> None:
    assert f"{name} does not take {key}=; it takes {', '.join(SETTINGS[name])}, catalog" in refused(main, name, f"{key}=x")


MISTAKES: dict[str, tuple[list[str], str]] = {
    "unknown command": (["lsit"], "unknown command 'lsit'; did you mean list?"),
    "another unknown command": (["zzz"], "unknown command 'zzz'; there is summary, list, contexts, show, render, export, "),
    "a word too many": (["list", "toys"], "unexpected 'toys'; filters are key=value, such as room=kitchen"),
    "markup in a command": (["[bold]list[/bold]"], "unknown command '[bold]list[/bold]'"),
    "an option": (["list", "--json"], "unknown option --json"),
    "unknown key": (["list", "rom=toys"], "unknown setting rom=; did you mean room?"),
    "another unknown key": (["export", "out=x", "hydra.run.dir=y"], "unknown setting hydra.run.dir="),
    "unknown room": (["list", "room=kitchn"], "there is no room 'kitchn'; did you mean kitchen?"),
    "unknown room to export": (["export", "out=x", "room=attic"], "there is no room 'attic'; there is bathroom, "),
    "unknown room to render": (["render", "out=x.png", "room=[toys]"], "there is no room '[toys]'; did you mean toys?"),
    "unknown mass": (["list", "mass=huge"], "there is no mass 'huge'; there is featherlight, light, medium, heavy"),
    "unknown frame": (["list", "frame=spuot"], "there is no frame 'spuot'; did you mean spout?"),
    "resembles nothing": (["list", "resembles=bwol"], "there is no category 'bwol'; did you mean bowl?"),
    "unknown relation": (["contexts", "predicate=pours in"], "there is no relation 'pours in'; did you mean pours into?"),
    "another unknown relation": (["contexts", "predicate=qqqq"], "no relation 'qqqq'; `python -m oor.catalog help` says how"),
    "unknown relation to export": (["export", "out=x", "predicate=juggles"], "there is no relation 'juggles'"),
    "unknown relation to ask for": (["prompts", "out=x.json", "model=m", "endpoint=http://127.0.0.1:9", "predicate=juggles"],
                                    "there is no relation 'juggles'"),
    "unknown target": (["contexts", "target=tepot"], "there is no category 'tepot'; did you mean teapot?"),
    "unknown base": (["contexts", "base=[/x]"], "there is no category '[/x]'; `python -m oor.catalog help` says how"),
    "show nothing": (["show"], "say which category to show, as in show teapot"),
    "show what is not there": (["show", "teapto"], "there is no category 'teapto'; did you mean teapot?"),
    "show a long nothing": (["show", "x" * 100], f"there is no category '{'x' * 100}'; `python -m oor.catalog help` says"),
    "no category left": (["list", "room=toys", "frame=spout"], "no category is left by these filters; leave one of them out"),
    "none left by a word": (["list", "word=[bold]"], "no category is left by these filters"),
    "no category to render": (["render", "out=x.png", "word=zzz"], "no category is left by these filters"),
    "no category to export": (["export", "out=x", "word=zzz"], "no category is left by these filters"),
    "no context left": (["contexts", "target=teapot", "predicate=cuts"], "no context is left by these filters"),
    "no context to export": (["export", "out=x", "target=teapot", "predicate=cuts"], "no context is left by these filters"),
    "json of another kind": (["list", "json=maybe"], "json=maybe is not possible; give true or false"),
    "render nowhere": (["render", "room=toys"], "no place to write to; give out=FILE"),
    "export nowhere": (["export", "room=toys"], "no place to write to; give out=FOLDER"),
    "export to nothing": (["export", "out="], "no place to write to; give out=FOLDER"),
    "a picture of another kind": (["render", "out=x.jpg"], "out=x.jpg is not a picture; end it with .png"),
    "a picture of no kind": (["render", "out=x"], "out=x is not a picture"),
    "a folder for a picture": (["render", "out=a.png"], "out=a.png is a folder; choose a file"),
    "a picture under a file": (["render", "out=a_file/x.png"], "a_file, which is a file; choose another place"),
    "a file for a folder": (["export", "out=a_file"], "out=a_file is a file; choose a folder"),
    "a folder under a file": (["export", "out=a_file/x/y"], "a_file, which is a file; choose another place"),
    "no prompts": (["export", "out=x", "prompts=0"], "prompts=0 is not possible; give a whole number from 1 to 1000"),
    "half a prompt": (["export", "out=x", "prompts=1.5"], "prompts=1.5 is not possible"),
    "words for a number": (["export", "out=x", "prompts=many"], "prompts=many is not possible"),
    "no model": (["prompts", "out=x.json"], "say which model writes and where to: model=NAME out=more.json"),
    "no file for prompts": (["prompts", "model=m"], "say which model writes and where to"),
    "missing catalog": (["list", "catalog=no such"], "there is no catalog folder no such; give a folder with .yaml files"),
    "broken catalog": (["list", "catalog=broken"], "broken/own.yaml line 1"),
    "a catalog of signs": (["list", "catalog=signs"], 'signs/own.yaml line 1, file.categories[0].name: "[/]" has no letters'),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_refused_and_leaves_no_trace(case: str, here: Path, refused: Refused) -> None:
    (here / "a_file").write_text("I am not a folder")
    (here / "a.png").mkdir()
    for name, content in (("broken", "categories: ["),
                          ("signs", "categories: [{name: '[/]', resembles: pot, length_m: [1, 1]}]")):
        (here / name).mkdir()
        (here / name / "own.yaml").write_text(content)
    before, known, told = listing(here), categories(), contexts()
    arguments, message = MISTAKES[case]
    assert message in refused(main, *arguments)
    assert listing(here) == before and categories() == known and contexts() == told


def test_odd_names_are_listed_shown_and_filtered_by_as_they_are(own: Path, said: Callable[..., str]) -> None:
    names = [row.split("  ")[0] for row in said("list", f"catalog={own}").splitlines()[1:]]
    assert names == list(categories()) and names[-len(ODD) - 1 :] == [*ODD, VAT]
    for word in (*ODD, OTHER_VAT):
        category = categories()[VAT if word == OTHER_VAT else word]
        (found,) = json.loads(said("list", f"word={word}", "json=true"))
        assert found == category_record(category)
        text = said("show", word)
        lines = [line.strip().split(maxsplit=1) for line in text.splitlines()]
        assert lines[0] == ["name", category.name] and lines[2] == ["synonyms", *category.synonyms]
        told = [str(context) for context in OWN_CONTEXTS if category.name in (context.target, context.base)]
        assert all(context in text for context in told) and len(told) == (word in (*ODD[:2], OTHER_VAT))


def test_own_contexts_come_last(own: Path, said: Callable[..., str]) -> None:
    assert said("contexts", f"catalog={own}").splitlines()[-2:] == [str(context) for context in OWN_CONTEXTS]
    assert said("contexts", f"base={VAT}").splitlines() == [str(OWN_CONTEXTS[1])]


def test_relatives_of_an_own_category_are_listed(own: Path, said: Callable[..., str]) -> None:
    (own / "own2.yaml").write_text("categories: [{name: tin chest, resembles: '[bold] box', length_m: [1, 2]}]")
    (record,) = json.loads(said("list", "resembles=[bold] box", "json=true", f"catalog={own}"))
    assert record == category_record(categories()["tin chest"]) and (record["name"], record["resembles"]) == ("tin chest", ODD[1])


def test_a_narrow_terminal_loses_nothing(own: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "60")):
        monkeypatch.setenv(name, value)
    lines = re.sub(r"\x1b\[\d*m", "", command(main, "list", "room=own", f"catalog={own}").out).splitlines()
    assert max(map(len, lines)) <= 60 and not any("\u2026" in line for line in lines)
    room = next(line.index("room") for line in lines if "room" in line)
    column = "".join("".join(line[:room].split()) for line in lines)
    assert all(name.replace(" ", "") in column for name in ODD if name.isascii())


def picture(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def filled(sheet: np.ndarray, size_px: int = 130, gap_px: int = 4) -> int:
    """How many cells of a contact sheet show something below their label."""
    step = size_px + gap_px
    rows, columns = (sheet.shape[0] - gap_px) // step, (sheet.shape[1] - gap_px) // step
    assert sheet.shape == (rows * step + gap_px, columns * step + gap_px, 3)
    cells = [sheet[y * step + gap_px + 20 : (y + 1) * step, x * step + gap_px : (x + 1) * step]
             for y in range(rows) for x in range(columns)]
    shown = [bool((cell < 250).any()) for cell in cells]
    assert shown == sorted(shown, reverse=True)  # from the left, row after row
    return sum(shown)


@pytest.mark.parametrize("filters", [("word=teapot",), ("resembles=bowl",), ("room=office",)])
def test_a_sheet_shows_every_category_once(filters: tuple[str, ...], here: Path, said: Callable[..., str]) -> None:
    count = len(json.loads(said("list", *filters, "json=true")))
    assert said("render", "out=new/my [b] sheet.PNG", *filters) == f"wrote new/my [b] sheet.PNG: {count} categories\n"
    assert [*listing(here)] == ["new", "new/my [b] sheet.PNG"]
    assert filled(picture(here / "new" / "my [b] sheet.PNG")) == count
    before = listing(here)
    said("render", "out=new/my [b] sheet.PNG", *filters)
    assert listing(here) == before


def test_own_categories_are_rendered_too(own: Path, here: Path, said: Callable[..., str]) -> None:
    said("render", "out=x.png", "room=own", f"catalog={own}")
    assert filled(picture(here / "x.png")) == len(ODD)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole catalog, exported."""
    out = tmp_path_factory.mktemp("export") / "world"
    main(["export", f"out={out}", "prompts=2"])
    return out


def check_mesh(path: Path, category: Category, record: dict[str, Any]) -> None:
    """A GLB stands at the origin, of typical size in metres, with the parts of the template."""
    scene = trimesh.load_scene(path)
    assert_allclose(scene.bounds.sum(axis=0), 0, atol=1e-6 * category.typical_m)
    assert scene.extents.max() == pytest.approx(category.typical_m, abs=1e-3, rel=1e-3)
    assert_allclose(scene.extents / scene.extents.max(), record["box"], atol=2e-6)
    assert category.length_m[0] <= scene.extents.max() * (1 + 1e-6) and scene.extents.max() <= category.length_m[1] * (1 + 1e-6)
    assert {scene.graph.transforms.parents[node] if node not in category.template.parts else node
            for node in scene.graph.nodes_geometry} == set(category.template.parts)


def test_the_whole_catalog_makes_the_round_trip(world: Path) -> None:
    known, told = categories(), document(world)
    assert sorted(path.name for path in world.iterdir()) == ["catalog.json", "meshes"]
    assert {key: told[key] for key in told if key not in ("categories", "contexts")} == {
        "format": FORMAT, "units": "metres", "up": "y", "front": "z"}
    assert told["categories"] == [category_record(category) for category in known.values()]
    assert [record["mesh"] for record in told["categories"]] == [f"{name.replace(' ', '_')}.glb" for name in known]
    assert sorted(path.name for path in (world / "meshes").iterdir()) == sorted(record["mesh"] for record in told["categories"])
    for record, category in zip(told["categories"], known.values(), strict=True):
        check_mesh(world / "meshes" / record["mesh"], category, record)


def test_exported_parts_and_frames_are_the_templates(world: Path) -> None:
    for record in document(world)["categories"][::9]:
        category = categories()[record["name"]]
        assert record["frames"].keys() == category.template.frames.keys()
        for name, frame in category.template.frames.items():
            for key in ("point", "axis", "half"):
                assert_allclose(record["frames"][name][key], getattr(frame, key), atol=1e-6)
        meshes, transforms = read_glb(world / "meshes" / record["mesh"])
        assert meshes.keys() == category.template.parts.keys()
        for name, part in category.template.parts.items():
            placed = trimesh.transform_points(meshes[name].vertices, transforms[name])
            assert_allclose(placed, part.vertices * category.typical_m, atol=1e-6 * category.typical_m)
            assert np.array_equal(meshes[name].faces, part.faces)
            assert np.array_equal(meshes[name].visual.face_colors, part.visual.face_colors)


def test_exported_contexts_carry_captions_and_their_split(world: Path) -> None:
    rows = document(world)["contexts"]
    assert [(row["target"], row["predicate"], row["base"]) for row in rows] == [astuple(context) for context in contexts()]
    by_split = {name: [Context(row["target"], row["predicate"], row["base"]) for row in rows if row["split"] == name]
                for name in ("training", "combinations", "categories")}
    assert sum(map(len, by_split.values())) == len(rows)
    assert (by_split["training"], by_split["combinations"]) == ([*training_contexts()], [*held_out_combinations()])
    assert all({c.target, c.base} & held_out_categories() for c in by_split["categories"])
    assert {row["name"] for row in document(world)["categories"] if row["held_out"]} == held_out_categories()
    for row, context in list(zip(rows, contexts(), strict=True))[::11]:
        assert row["prompts"] == captions(context, 2, 0)


def test_an_export_is_the_same_again(here: Path, said: Callable[..., str]) -> None:
    written = [said("export", f"out={out}", "room=medical", "prompts=3") for out in "ab"]
    assert written[0] == written[1].replace("wrote b", "wrote a") and listing(here / "a") == listing(here / "b")
    before = listing(here)
    said("export", "out=a", "room=medical", "prompts=3")
    assert listing(here) == before


@pytest.mark.parametrize(("filters", "keeps", "tells"), [
    (("room=toys",), lambda c: c.room == "toys", lambda c: True),
    (("word=hoover",), lambda c: c.name == "vacuum cleaner", lambda c: True),  # a synonym, which no context says
    (("word=tea", "predicate=pours into"), lambda c: "tea" in " ".join(c.words), lambda c: c.predicate == "pours into"),
    (("room=kitchen", "mass=light", "target=teapot"), lambda c: (c.room, c.mass) == ("kitchen", "light"),
     lambda c: c.target == "teapot"),
    (("room=toys", "base=table"), lambda c: c.room == "toys", lambda c: False),
], ids=spelled)
def test_a_filtered_export_holds_those_only(
    filters: tuple[str, ...], keeps: Keeps, tells: Tells, here: Path, said: Callable[..., str]
) -> None:
    names = [category.name for category in categories().values() if keeps(category)]
    told = [context for context in contexts() if tells(context) and {context.target, context.base} <= {*names}]
    line = said("export", "out=new/[b]world", *filters, "prompts=1")
    assert line == f"wrote new/[b]world: meshes/*.glb of {len(names)} categories, catalog.json with {len(told)} contexts\n"
    found = document(here / "new" / "[b]world")
    assert [record["name"] for record in found["categories"]] == names
    assert [(row["target"], row["predicate"], row["base"], len(row["prompts"])) for row in found["contexts"]] == [
        (*astuple(context), 1) for context in told]
    meshes = {path.name for path in (here / "new" / "[b]world" / "meshes").iterdir()}
    assert meshes == {file_name(name) for name in names}


def test_odd_names_stay_in_the_folder_and_apart(own: Path, here: Path, said: Callable[..., str]) -> None:
    before = listing(own)
    said("export", "out=x", "room=own", f"catalog={own}", "prompts=4")
    found = document(here / "x")
    files = [record["mesh"] for record in found["categories"]]
    assert [record["name"] for record in found["categories"]] == [*ODD] and len({*files}) == len(ODD)
    assert sorted(listing(here)) == sorted(["x", "x/catalog.json", "x/meshes", *(f"x/meshes/{name}" for name in files)])
    for i, (record, name) in enumerate(zip(found["categories"], ODD, strict=True)):
        check_mesh(here / "x" / "meshes" / record["mesh"], categories()[name], record)
        assert_allclose(record["box"], np.array(extents_of(i)) / 3, atol=1e-6)  # no mesh lies over another one
        assert record["length_m"] == pytest.approx([0.1 + 0.1 * i, 0.2 + 0.1 * i]) and not record["held_out"]
    assert found["categories"][0]["frames"] == {"surface": {"point": [0.0, 0.166667, 0.0], "axis": [0.0, 1.0, 0.0],
                                                            "half": [0.166667, 0.5]}}
    (row,) = found["contexts"]
    assert (row["target"], row["predicate"], row["base"]) == astuple(OWN_CONTEXTS[0]) and len(row["prompts"]) == 4
    assert all("bold" in prompt and "tin crate" in prompt for prompt in row["prompts"]) and listing(own) == before


def test_a_resembling_category_is_exported_in_its_own_size(own: Path, here: Path, said: Callable[..., str]) -> None:
    said("export", "out=x", "resembles=pot", "mass=heavy", f"catalog={own}", "prompts=1")
    (record,) = document(here / "x")["categories"]
    check_mesh(here / "x" / "meshes" / record["mesh"], categories()[VAT], record)
    assert record == category_record(categories()["pot"]) | {
        "name": VAT, "plural": "dye [i]pot[/i]s", "synonyms": [OTHER_VAT], "resembles": "pot", "length_m": [0.5, 0.7],
        "mass": "heavy", "mesh": file_name(VAT)}


@pytest.mark.parametrize(("catalog", "out"), [("own", "own"), ("own", "own/../own"), ("world/meshes", "world")])
def test_an_export_never_lies_over_ones_own_catalog(
    catalog: str, out: str, untouched: None, here: Path, refused: Refused,
) -> None:
    (here / catalog).mkdir(parents=True)
    trimesh.creation.box((1, 2, 3)).export(here / catalog / "tin_box.glb")
    (here / catalog / "own.yaml").write_text("categories: [{name: tin box, mesh: tin_box.glb, length_m: [1, 1]}]")
    before = listing(here)
    assert "own catalog's files; choose another folder" in refused(main, "export", f"catalog={catalog}", f"out={out}", "room=own")
    assert listing(here) == before


NAMES = st.text(min_size=1, max_size=12) | st.text("ab_ -.\u00fc", min_size=1, max_size=5)


@given(NAMES, NAMES)
def test_file_names_are_plain_and_tell_names_apart(one: str, other: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]+(\.[0-9a-f]{12})?\.glb", file_name(one))
    assert (file_name(one) == file_name(other)) == (one == other)


def test_a_full_disk_is_one_sentence(here: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "x.png")

    monkeypatch.setattr("oor.rendering.write_png", full)
    assert refused(main, "render", "out=x.png", "word=teapot") == (
        "error: cannot use x.png: no space left on device; choose another path\n")
    assert listing(here) == {}


@dataclass
class Server:
    """What a chat server says to a request (status, text), and what it was asked."""

    url: str
    says: Callable[[str], tuple[int, str]] = lambda _: (200, "")
    asked: list[tuple[str, str]] = field(default_factory=list)  # key, request


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on a free port of this machine that speaks OpenAI's chat completions."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert (self.path, body["model"]) == ("/v1/chat/completions", "small")
            request = body["messages"][0]["content"]
            found.asked.append((self.headers.get("Authorization", ""), request))
            status, text = found.says(request)
            content = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        found = Server(f"http://127.0.0.1:{listening.server_port}/v1")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        listening.shutdown()
        thread.join()


HITS = [context for context in contexts() if context.predicate == "hits"]


def captioned(request: str) -> tuple[int, str]:
    """Two good captions of the context that is asked for, one of them twice, and two bad ones."""
    (context,) = (context for context in HITS if request_for(context, 2) == request)
    one, other = captions(context, 2, 0)
    return 200, f"1. {one}\n2. {one}\n3. A dog barks.\n- {other}\n4. Hits!"


def asking(server: Server, *arguments: str) -> list[str]:
    return ["prompts", "predicate=hits", "out=new/more.json", "model=small", f"endpoint={server.url}", "prompts=2", *arguments]


def test_a_server_writes_prompts(server: Server, here: Path, said: Callable[..., str]) -> None:
    server.says = captioned
    assert said(*asking(server)) == (f"wrote new/more.json: {2 * len(HITS)} captions of {len(HITS)} contexts; "
                                     f"{2 * len(HITS)} rejected by the check\n")
    assert server.asked == [("", request_for(context, 2)) for context in HITS]
    found = read_captions(here / "new" / "more.json")
    assert found == {str(context): tuple(captions(context, 2, 0)) for context in HITS}
    assert all(complaint(sentence, context) is None for context in HITS for sentence in found[str(context)])
    assert [*listing(here)] == ["new", "new/more.json"]


def test_a_model_that_says_nothing_of_use_leaves_empty_lists(server: Server, here: Path, said: Callable[..., str]) -> None:
    server.says = lambda _: (200, "Sorry, I cannot.")
    line = said(*asking(server, "target=mallet"))
    told = [context for context in HITS if context.target == "mallet"]
    assert line.endswith(f": 0 captions of {len(told)} contexts; {len(told)} rejected by the check\n")
    assert read_captions(here / "new" / "more.json") == {str(context): () for context in told}


def test_the_key_is_read_from_its_file(server: Server, here: Path, said: Callable[..., str]) -> None:
    server.says = captioned
    (here / "my key.txt").write_text("  sk-secret\r\n")
    printed = said(*asking(server, "key_file=my key.txt"))
    assert {key for key, _ in server.asked} == {"Bearer sk-secret"}
    assert "secret" not in printed and b"secret" not in ((here / "new" / "more.json").read_bytes())


@pytest.mark.parametrize(("content", "message"), [
    (None, "cannot use key.txt: no such file or directory; choose another path"),
    (b"", "key_file=key.txt does not hold a key"), (b" \n", "does not hold a key"), (b"sk-1\nsk-2", "does not hold a key"),
    (b"sk secret", "does not hold a key"), (b"\xff\xfe\x00", "does not hold a key"), ("k\u00e9y".encode(), "not hold a key"),
    (b"sk\x00secret", "does not hold a key"),
])
def test_a_key_file_without_a_key_is_refused(
    content: bytes | None, message: str, server: Server, here: Path, refused: Refused,
) -> None:
    if content is not None:
        (here / "key.txt").write_bytes(content)
    before = listing(here)
    error = refused(main, *asking(server, "key_file=key.txt"))
    assert message in error and "secret" not in error
    assert listing(here) == before and server.asked == []


@pytest.mark.parametrize(("arguments", "message"), [
    (("key_file=.",), "cannot use .: is a directory; choose another path"),
    (("out=.",), "out=. is a folder; choose a file"), (("out=a_file/x.json",), "a_file, which is a file"),
    (("out=",), "say which model writes and where to"), (("model=",), "say which model writes and where to"),
    (("endpoint=localhost",), "endpoint=localhost is not a web address"), (("endpoint=",), "endpoint= is not a web address"),
    (("prompts=0",), "prompts=0 is not possible"), (("prompts=1001",), "prompts=1001 is not possible"),
    (("seed=-1",), "seed=-1 is not possible"), (("target=teapot",), "no context is left by these filters"),
    (("target=tepot",), "there is no category 'tepot'; did you mean teapot?"),
])
def test_a_mistake_is_refused_before_the_server_is_asked(
    arguments: tuple[str, ...], message: str, server: Server, here: Path, refused: Refused,
) -> None:
    (here / "a_file").write_text("I am not a folder")
    before = listing(here)
    assert message in refused(main, *asking(server, *arguments))
    assert listing(here) == before and server.asked == []


def test_a_server_that_is_not_there_leaves_an_earlier_file_alone(here: Path, server: Server, refused: Refused) -> None:
    server.says = lambda _: (500, "")
    (here / "new").mkdir()
    (here / "new" / "more.json").write_text("{}")
    before = listing(here)
    assert f"{server.url}/chat/completions answered 500 " in refused(main, *asking(server))
    assert listing(here) == before and len(server.asked) == 1


def test_what_was_told_before_a_server_broke_down_is_kept(server: Server, here: Path, refused: Refused) -> None:
    server.says = lambda request: captioned(request) if len(server.asked) < len(HITS) else (503, "")
    assert "answered 503 " in refused(main, *asking(server))
    found = read_captions(here / "new" / "more.json")
    assert found == {str(context): tuple(captions(context, 2, 0)) for context in HITS[:-1]}
    assert [*listing(here)] == ["new", "new/more.json"]


def test_an_interruption_keeps_what_was_written(
    server: Server, here: Path, command: Command, monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.says = captioned
    ask = ServerModel.__call__

    def until_ctrl_c(model: ServerModel, request: str) -> str:
        if len(server.asked) == 2:
            raise KeyboardInterrupt
        return ask(model, request)

    monkeypatch.setattr(ServerModel, "__call__", until_ctrl_c)
    outcome = command(main, *asking(server))
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "")
    found = read_captions(here / "new" / "more.json")
    assert found == {str(context): tuple(captions(context, 2, 0)) for context in HITS[:2]}
    assert [*listing(here)] == ["new", "new/more.json"]


def test_own_contexts_get_prompts(own: Path, server: Server, here: Path, said: Callable[..., str]) -> None:
    server.says = lambda _: (200, "A bold box rests on a tin crate.\nA [bold] box lies on the tin crate.\nA dog barks.")
    place = "out=x.json", "model=small", f"endpoint={server.url}"
    line = said("prompts", *place, "prompts=2", f"target={ODD[1]}", f"catalog={own}")
    assert line == "wrote x.json: 2 captions of 1 contexts; 1 rejected by the check\n"
    assert read_captions(here / "x.json") == {
        "[bold] box on tin crate": ("A bold box rests on a tin crate.", "A [bold] box lies on the tin crate.")}


def test_without_an_endpoint_a_local_model_is_asked(
    here: Path, said: Callable[..., str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[tuple[str, int]] = []

    def local_model(name: str, seed: int) -> Callable[[str], str]:
        loaded.append((name, seed))
        return lambda request: captioned(request)[1]

    monkeypatch.setattr("oor.catalog.augmentation.local_model", local_model)
    said("prompts", "predicate=hits", "out=x.json", "model=my/model 7", "prompts=2", "seed=3")
    assert loaded == [("my/model 7", 3)] and len(read_captions(here / "x.json")) == len(HITS)


def python_m(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "oor.catalog", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_module_runs_as_a_command(tmp_path: Path) -> None:
    run = python_m("render", "word=teapot", f"out={tmp_path / 'x.png'}")
    assert (run.returncode, run.stderr, filled(picture(tmp_path / "x.png"))) == (0, "", 1)
    wrong = python_m("show", "teapto")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "error: there is no category 'teapto'; did you mean teapot?\n"
