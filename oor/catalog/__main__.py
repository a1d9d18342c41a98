"""python -m oor.catalog: list, show, render and export what the world contains, one's own additions included."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from oor.catalog.category import Category
from oor.catalog.contexts import Context
from oor.doors import configuration, did_you_mean, run, split_arguments, whole_number
from oor.files import write_text

COMMANDS = ("list", "contexts", "show", "render", "export", "prompts")
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
    console = Console(highlight=False)
    if arguments and arguments[0] in ("-h", "--help", "help"):
        console.print(HELP, markup=False)
        return
    words, pairs, _ = split_arguments(arguments)
    command = words[0] if words else "summary"
    if command not in (*COMMANDS, "summary"):
        raise ValueError(f"unknown command {command!r}{did_you_mean(command, COMMANDS)}")
    if len(words) > 1 and command != "show":
        raise ValueError(f"unexpected {words[1]!r}; filters are key=value, such as room=kitchen")
    config = configuration("catalog", pairs)
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
    else:
        write(console, command, config)


def chosen_categories(config: dict[str, Any]) -> list[Category]:
    """The categories that the filters leave. ValueError when there is none."""
    from oor.catalog.category import categories

    known = categories()
    rooms = sorted({category.room for category in known.values()})
    if config["room"] is not None and config["room"] not in rooms:
        raise ValueError(f"there is no room {config['room']!r}{did_you_mean(str(config['room']), rooms)}")
    found = [
        category
        for category in known.values()
        if config["room"] in (None, category.room)
        and config["mass"] in (None, category.mass)
        and (config["frame"] is None or config["frame"] in category.template.frames)
        and config["resembles"] in (None, category.resembles)
        and (config["word"] is None or any(str(config["word"]) in word for word in category.words))
    ]
    if not found:
        raise ValueError("no category is left by these filters; leave one of them out")
    return found


def chosen_contexts(config: dict[str, Any]) -> list[Context]:
    """The contexts that the filters leave. ValueError when there is none."""
    from oor.catalog.contexts import contexts, predicates

    if config["predicate"] is not None and config["predicate"] not in predicates():
        raise ValueError(f"there is no relation {config['predicate']!r}{did_you_mean(str(config['predicate']), predicates())}")
    found = [
        context
        for context in contexts()
        if config["predicate"] in (None, context.predicate)
        and config["target"] in (None, context.target)
        and config["base"] in (None, context.base)
        and (config["word"] is None or str(config["word"]) in str(context))
    ]
    if not found:
        raise ValueError("no context is left by these filters; leave one of them out")
    return found


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
        console.print(json.dumps(figures), markup=False, soft_wrap=True)
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
        console.print(json.dumps([category_record(category) for category in found]), markup=False, soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "room", "length in m", "mass", "symmetry", "template", "other words"):
        table.add_column(heading)
    for c in found:
        length = f"{c.length_m[0]:g} to {c.length_m[1]:g}"
        table.add_row(c.name, c.room, length, c.mass, str(c.symmetry), c.resembles or "own", ", ".join(c.synonyms))
    console.print(table)


def list_contexts(console: Console, config: dict[str, Any]) -> None:
    """One line per context."""
    found = chosen_contexts(config)
    if config["json"]:
        console.print(json.dumps([[c.target, c.predicate, c.base] for c in found]), markup=False, soft_wrap=True)
        return
    for context in found:
        console.print(str(context), markup=False)


def show(console: Console, word: str, config: dict[str, Any]) -> None:
    """All about one category. ValueError when no category goes by the word."""
    from oor.catalog.category import categories
    from oor.catalog.contexts import contexts
    from oor.catalog.export import category_record

    known = {name: category for category in categories().values() for name in category.words}
    if word not in known:
        raise ValueError(f"there is no category {word!r}{_hint(word, known)}")
    category = known[word]
    record = category_record(category)
    record["contexts"] = [str(context) for context in contexts() if category.name in (context.target, context.base)]
    if config["json"]:
        console.print(json.dumps(record), markup=False, soft_wrap=True)
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for key, value in record.items():
        if key == "frames":
            value = "\n".join(f"{name}: point {frame['point']}, axis {frame['axis']}" for name, frame in value.items())
        table.add_row(key.replace("_", " "), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
    console.print(table)


def _hint(word: str, known: dict[str, Category]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else "; `python -m oor.catalog list` names them all"


def write(console: Console, command: str, config: dict[str, Any]) -> None:
    """Render a contact sheet or export everything."""
    from oor.catalog.export import sheet, write_catalog
    from oor.rendering import write_png

    if config["out"] is None:
        raise ValueError("no place to write to; give out=sheet.png or out=FOLDER")
    out, found = Path(str(config["out"])), chosen_categories(config)
    shown = _tracked(found, command)
    if command == "render":
        if out.suffix.lower() != ".png":
            raise ValueError(f"out={out} is not a picture; end it with .png")
        out.parent.mkdir(parents=True, exist_ok=True)
        write_png(out, sheet(shown))
        console.print(f"wrote {out}: {len(found)} categories", markup=False, soft_wrap=True)
        return
    if out.exists() and not out.is_dir():
        raise ValueError(f"out={out} is a file; choose a folder")
    names = {category.name for category in found}
    told = [context for context in chosen_contexts(config) if {context.target, context.base} <= names]
    write_catalog(out, shown, told, whole_number("prompts", config["prompts"], 1, 1000))
    console.print(f"wrote {out}: meshes/*.glb of {len(found)} categories, catalog.json with {len(told)} contexts", markup=False,
                  soft_wrap=True)


def _tracked(found: list[Category], what: str) -> Sequence[Category]:
    """The same list, its templates built under a progress bar."""
    for category in track(found, f"{what}: templates", console=Console(stderr=True), transient=True):
        category.template  # noqa: B018 (built on first use)
    return found


def write_prompts(console: Console, config: dict[str, Any]) -> None:
    """Ask a language model for captions of the chosen contexts and write those that pass the check."""
    from oor.catalog.augmentation import ServerModel, augmented, local_model

    if config["out"] is None or config["model"] is None:
        raise ValueError("say which model writes and where to: model=NAME out=more.json (and endpoint=URL for a server)")
    count, seed = whole_number("prompts", config["prompts"], 1, 1000), whole_number("seed", config["seed"], 0, 2**32 - 1)
    found, endpoint, name = chosen_contexts(config), config["endpoint"], str(config["model"])
    key = None if config["key_file"] is None else Path(str(config["key_file"])).read_text().strip()
    model = local_model(name, seed) if endpoint is None else ServerModel(str(endpoint), name, key)
    out = Path(str(config["out"]))
    told: dict[str, list[str]] = {}
    dropped = 0
    for context in track(found, "asking", console=Console(stderr=True), transient=True):
        told[str(context)], rejected = augmented(context, model, count)
        dropped += len(rejected)
        write_text(out, json.dumps(told, indent=1))  # after each: an interruption loses one context at most
    kept = sum(map(len, told.values()))
    console.print(f"wrote {out}: {kept} captions of {len(told)} contexts; {dropped} rejected by the check", markup=False,
                  soft_wrap=True)


if __name__ == "__main__":
    run(main)
