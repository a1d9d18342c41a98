"""python -m oor.catalog: list, show, render and export what the world contains, one's own additions included."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from rich.console import Console
from rich.progress import track
from rich.table import Table

from oor.catalog.category import Category, Mass
from oor.catalog.contexts import Context
from oor.doors import configuration, did_you_mean, run, split_arguments, whole_number
from oor.files import write_text

Item = TypeVar("Item")

OF_CATEGORIES = ("room", "mass", "frame", "resembles")  # filters
OF_CONTEXTS = ("target", "predicate", "base")
FILTERS = (*OF_CATEGORIES, *OF_CONTEXTS, "word")
SETTINGS: dict[str, tuple[str, ...]] = {  # command -> what it takes besides catalog=
    "summary": ("json",),
    "list": (*OF_CATEGORIES, "word", "json"),
    "contexts": (*OF_CONTEXTS, "word", "json"),
    "show": ("json",),
    "render": (*OF_CATEGORIES, "word", "out"),
    "export": (*FILTERS, "out", "prompts"),
    "prompts": (*OF_CONTEXTS, "word", "out", "prompts", "seed", "endpoint", "model", "key_file"),
}
WIDE = 10_000  # characters of a line that nobody reads on a terminal
HELP = """\
python -m oor.catalog [command] [key=value ...]

  python -m oor.catalog                                    rooms and relations at a glance
  python -m oor.catalog list room=music                    categories; also mass=, frame=, resembles=, word=
  python -m oor.catalog contexts predicate="pours into"    contexts; also target=, base=, word=
  python -m oor.catalog show teapot                        one category: words, size, frames, shape, contexts
  python -m oor.catalog render out=sheet.png room=toys     a contact sheet
  python -m oor.catalog export out=world                   a GLB per category and catalog.json, filtered alike
  python -m oor.catalog prompts predicate=hits out=more.json endpoint=http://127.0.0.1:8000/v1 model=my-model
  python -m oor.catalog prompts predicate=hits out=more.json model=folder-or-hub-id

settings: catalog=FOLDER (your own categories and contexts besides; see oor/catalog/folder.py)
          json=false   prompts=50 (captions per context)   seed=0"""


def main(arguments: list[str]) -> None:
    """Do one command and print or write its result."""
    console = Console(highlight=False, markup=False, emoji=False)  # names stand as they are
    if not console.is_terminal:
        console.width = WIDE
    if arguments and arguments[0] in ("-h", "--help", "help"):
        console.print(HELP)
        return
    words, pairs, _ = split_arguments(arguments)
    command = words[0] if words else "summary"
    if command not in SETTINGS:
        raise ValueError(f"unknown command {command!r}{did_you_mean(command, tuple(SETTINGS))}")
    if len(words) > 1 and command != "show":
        raise ValueError(f"unexpected {words[1]!r}; filters are key=value, such as room=kitchen")
    config = settings(command, pairs)
    if config["catalog"] is not None:
        from oor.catalog.folder import add_folder

        add_folder(Path(str(config["catalog"])))
    if command == "show":
        show(console, " ".join(words[1:]), config)
    elif command == "summary":
        summary(console, config)
    elif command == "contexts":
        list_contexts(console, config)
    elif command == "list":
        list_categories(console, config)
    elif command == "prompts":
        write_prompts(console, config)
    elif command == "render":
        write_sheet(console, config)
    else:
        write_world(console, config)


def settings(command: str, pairs: dict[str, str]) -> dict[str, Any]:
    """The settings of a command. Filters are taken as written; one that the command would not look at is refused."""
    filters = {key: pairs[key] for key in FILTERS if key in pairs}
    config = configuration("catalog", {key: value for key, value in pairs.items() if key not in filters})
    for key in pairs:
        if key not in (*SETTINGS[command], "catalog"):
            raise ValueError(f"{command} does not take {key}=; it takes {', '.join((*SETTINGS[command], 'catalog'))}")
    if not isinstance(config["json"], bool):
        raise ValueError(f"json={config['json']} is not possible; give true or false")
    return config | {key: None if value == "null" else value for key, value in filters.items()}


def chosen_categories(config: dict[str, Any]) -> list[Category]:
    """The categories that the filters leave. ValueError when there is none."""
    from oor.catalog.category import categories
    from oor.catalog.frames import FRAMES

    known = categories()
    _must_be("room", config["room"], sorted({category.room for category in known.values()}))
    _must_be("mass", config["mass"], get_args(Mass))
    _must_be("frame", config["frame"], tuple(FRAMES))
    _must_be("category", config["resembles"], known)
    found = [
        category
        for category in known.values()
        if config["room"] in (None, category.room)
        and config["mass"] in (None, category.mass)
        and config["resembles"] in (None, category.resembles)
        and (config["word"] is None or any(config["word"] in word for word in category.words))
        and (config["frame"] is None or config["frame"] in category.template.frames)
    ]
    if not found:
        raise ValueError("no category is left by these filters; leave one of them out")
    return found


def chosen_contexts(config: dict[str, Any]) -> list[Context]:
    """The contexts that the filters leave. ValueError when there is none."""
    from oor.catalog.category import categories
    from oor.catalog.contexts import contexts, predicates

    _must_be("relation", config["predicate"], predicates())
    for role in ("target", "base"):
        _must_be("category", config[role], categories())
    found = [
        context
        for context in contexts()
        if config["predicate"] in (None, context.predicate)
        and config["target"] in (None, context.target)
        and config["base"] in (None, context.base)
        and (config["word"] is None or config["word"] in str(context))
    ]
    if not found:
        raise ValueError("no context is left by these filters; leave one of them out")
    return found


def _must_be(what: str, word: str | None, options: Collection[str]) -> None:
    """ValueError when a word is given that is none of the options."""
    if word is None or word in options:
        return
    few = len(options) < 40 or difflib.get_close_matches(word, options)  # too many to name them all
    more = did_you_mean(word, tuple(options)) if few else "; `python -m oor.catalog help` says how to list what there is"
    raise ValueError(f"there is no {what} {word!r}{more}")


def summary(console: Console, config: dict[str, Any]) -> None:
    """How much there is, by room and by relation."""
    from oor.catalog.category import categories
    from oor.catalog.contexts import contexts, predicates

    known = categories()
    rooms = Counter(category.room for category in known.values())
    own = sum(category.resembles is None for category in known.values())
    relations = Counter(context.predicate for context in contexts())
    if config["json"]:
        figures = {"categories": len(known), "templates": own, "relations": len(predicates()), "contexts": len(contexts()),
                   "rooms": rooms}
        console.print(json.dumps(figures), soft_wrap=True)
        return
    console.print(f"{len(known)} categories ({own} with a template of their own), {len(predicates())} relations, "
                  f"{len(contexts())} contexts")
    console.print("rooms      " + ", ".join(f"{room} {count}" for room, count in rooms.items()))
    console.print("relations  " + ", ".join(f"{name} {relations[name]}" for name in predicates()))
    console.print("more       python -m oor.catalog help")


def list_categories(console: Console, config: dict[str, Any]) -> None:
    """One line per category."""
    from oor.catalog.export import category_record

    found = chosen_categories(config)
    if config["json"]:
        console.print(json.dumps([category_record(category) for category in found]), soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "room", "length in m", "mass", "symmetry", "template", "other words"):
        table.add_column(heading, overflow="fold")
    for c in found:
        length = f"{c.length_m[0]:g} to {c.length_m[1]:g}"
        table.add_row(c.name, c.room, length, c.mass, str(c.symmetry), c.resembles or "own", ", ".join(c.synonyms))
    console.print(table)


def list_contexts(console: Console, config: dict[str, Any]) -> None:
    """One line per context."""
    found = chosen_contexts(config)
    if config["json"]:
        console.print(json.dumps([[c.target, c.predicate, c.base] for c in found]), soft_wrap=True)
        return
    console.print("\n".join(map(str, found)), soft_wrap=True)


def show(console: Console, word: str, config: dict[str, Any]) -> None:
    """All about one category. ValueError when no category goes by the word."""
    from oor.catalog.category import categories
    from oor.catalog.contexts import contexts
    from oor.catalog.export import category_record

    known = {name: category for category in categories().values() for name in category.words}
    if not word:
        raise ValueError("say which category to show, as in show teapot")
    _must_be("category", word, known)
    category = known[word]
    record = category_record(category)
    record["contexts"] = [str(context) for context in contexts() if category.name in (context.target, context.base)]
    if config["json"]:
        console.print(json.dumps(record), soft_wrap=True)
        return
    record["frames"] = [f"{name}: point {frame['point']}, axis {frame['axis']}" for name, frame in record["frames"].items()]
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(overflow="fold")
    for key, value in record.items():
        between = "\n" if key in ("frames", "contexts") else ", "
        table.add_row(key.replace("_", " "), between.join(map(str, value)) if isinstance(value, list) else str(value))
    console.print(table)


def write_sheet(console: Console, config: dict[str, Any]) -> None:
    """Render a contact sheet."""
    from oor.catalog.export import sheet
    from oor.rendering import write_png

    out, found = _place(config), chosen_categories(config)
    if out.suffix.lower() != ".png":
        raise ValueError(f"out={out} is not a picture; end it with .png")
    write_png(out, sheet(_built(found)))
    console.print(f"wrote {out}: {len(found)} categories", soft_wrap=True)


def write_world(console: Console, config: dict[str, Any]) -> None:
    """Export the chosen categories, and the chosen contexts among them; word= is about the categories."""
    from oor.catalog.export import write_catalog

    out, found = _place(config, folder=True), chosen_categories(config)
    own = None if config["catalog"] is None else Path(str(config["catalog"])).resolve()
    if own in (out.resolve(), (out / "meshes").resolve()):
        raise ValueError(f"out={out} would be written over your own catalog's files; choose another folder")
    names = {category.name for category in found}
    told = [context for context in chosen_contexts(config | {"word": None}) if {context.target, context.base} <= names]
    count = whole_number("prompts", config["prompts"], 1, 1000)
    write_catalog(out, _built(found), told, count)
    console.print(f"wrote {out}: meshes/*.glb of {len(found)} categories, catalog.json with {len(told)} contexts", soft_wrap=True)


def _place(config: dict[str, Any], folder: bool = False) -> Path:
    """Where to write a file or a folder. ValueError when no place is given or something is in the way."""
    if not config["out"]:
        raise ValueError("no place to write to; give out=FOLDER" if folder else "no place to write to; give out=FILE")
    out = Path(config["out"])
    if out.exists() and out.is_dir() != folder:
        raise ValueError(f"out={out} is a file; choose a folder" if folder else f"out={out} is a folder; choose a file")
    above = next(parent for parent in out.absolute().parents if parent.exists())
    if not above.is_dir():
        raise ValueError(f"out={out} lies below {above}, which is a file; choose another place")
    return out


def _built(found: Sequence[Category]) -> Sequence[Category]:
    """The same categories, their templates built under a progress bar."""
    for category in _tracked(found, "templates"):
        category.template  # noqa: B018 (built on first use)
    return found


def _tracked(items: Sequence[Item], what: str) -> Iterable[Item]:
    """The items, under a progress bar if somebody sees it."""
    console = Console(stderr=True)
    return track(items, what, console=console, transient=True, disable=not console.is_terminal)


def write_prompts(console: Console, config: dict[str, Any]) -> None:
    """Ask a language model for captions of the chosen contexts and write those that pass the check."""
    from oor.catalog.augmentation import ServerModel, augmented, local_model
    from oor.chat import read_key

    if not config["out"] or not config["model"]:
        raise ValueError("say which model writes and where to: model=NAME out=more.json (and endpoint=URL for a server)")
    count, seed = whole_number("prompts", config["prompts"], 1, 1000), whole_number("seed", config["seed"], 0, 2**32 - 1)
    out, found, endpoint, name = _place(config), chosen_contexts(config), config["endpoint"], config["model"]
    key = None if config["key_file"] is None else read_key(Path(config["key_file"]))
    model = local_model(name, seed) if endpoint is None else ServerModel(endpoint, name, key)
    told: dict[str, list[str]] = {}
    dropped = 0
    for context in _tracked(found, "asking"):
        told[str(context)], rejected = augmented(context, model, count)
        dropped += len(rejected)
        write_text(out, json.dumps(told, indent=1))  # after each: an interruption loses one context at most
    kept = sum(map(len, told.values()))
    console.print(f"wrote {out}: {kept} captions of {len(told)} contexts; {dropped} rejected by the check", soft_wrap=True)


if __name__ == "__main__":
    run(main)
