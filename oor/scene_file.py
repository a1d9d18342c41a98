"""Scene graphs from a small YAML file: sentences, relations spelt out, or both.

    objects: {left_cup: teacup, saucer: saucer}   # ids and categories; optional
    relations:
      - a saucer on a table                       # read as in oor/scene_text.py
      - {target: left_cup, predicate: "on", base: saucer}

An id that `objects` does not list is its own category. `prompt` says a spelt-out relation in words of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from oor.catalog.category import categories
from oor.catalog.contexts import Context, predicates
from oor.catalog.nouns import indefinite
from oor.catalog.phrases import PHRASES
from oor.catalog.phrases.wording import Wording
from oor.catalog.splits import training_contexts
from oor.query import Familiarity, Nearness, RelationQuery, nearest_context, suggest
from oor.scene_text import Said, Scene, SceneReader, told
from oor.scene_things import Thing

KEYS = ("target", "predicate", "base")


def read_scene_file(path: Path, nearness: Nearness | None = None) -> Scene:
    """The scene of a file. ValueError names the file, what is wrong and where."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML ({' '.join(str(error).split())[:200]})") from None
    if not isinstance(document, dict) or not isinstance(document.get("relations"), list) or not document["relations"]:
        raise ValueError(f"{path} needs a list `relations` of sentences, or of target, predicate and base")
    unknown = sorted(map(str, set(document) - {"objects", "relations"}))
    if unknown:
        raise ValueError(f"{path} has {', '.join(unknown)}; a scene has `objects` and `relations`")
    objects = document.get("objects") or {}
    if not isinstance(objects, dict):
        raise ValueError(f"{path}: `objects` must map ids to categories, got {objects!r}")
    reader = SceneReader(nearness)
    things = {str(name): _declared(reader, str(name), str(kind), f"{path}: objects") for name, kind in objects.items()}

    def read(reader: SceneReader) -> None:
        for i, item in enumerate(document["relations"]):
            if isinstance(item, str):
                reader.read(item)
                reader.finish()
            else:
                reader.said.append(_spelt_out(reader, item, things, f"{path}: relations[{i}]"))

    return told(reader, read, str(path))


def _declared(reader: SceneReader, name: str, kind: str, where: str) -> Thing:
    if kind not in categories():
        raise ValueError(f"{where}: {name} is a {kind!r}, which the catalog does not have{suggest(kind, categories())}")
    nouns = {noun for word in categories()[kind].words for noun in word.split()}
    thing = Thing(kind, frozenset(name.lower().replace("_", " ").split()) - nouns, kind, name)
    reader.things.every.append(thing)
    return thing


def _spelt_out(reader: SceneReader, item: Any, things: dict[str, Thing], where: str) -> Said:
    if not isinstance(item, Mapping) or not set(KEYS) <= set(item) <= {*KEYS, "prompt"}:
        raise ValueError(f"{where} must be a sentence, or have target, predicate, base and perhaps prompt, got {item!r}")
    predicate = str(item["predicate"])
    if predicate not in predicates():
        raise ValueError(f"{where}: there is no relation {predicate!r}{suggest(predicate, predicates())}")
    ends = []
    for key in ("target", "base"):
        name = str(item[key])
        if name not in things:
            things[name] = _declared(reader, name, name.replace("_", " "), f"{where}.{key}")
        ends.append(things[name])
    target, base = (str(thing.category) for thing in ends)
    context = Context(target, predicate, base)
    prompt = str(item.get("prompt") or _prompt(context))
    familiarity: Familiarity = "known" if context in training_contexts() else "near"
    nearest = nearest_context(target, predicate, base)
    return Said(ends[0], ends[1], RelationQuery(prompt, target, predicate, base, target, base, (), familiarity, nearest))


def _prompt(context: Context) -> str:
    """A sentence that says a context: "a mug to the left of a laptop", "a knife is cutting an apple"."""
    wording: Wording = PHRASES[context.predicate].training
    target, base = indefinite(context.target), indefinite(context.base)
    if wording.places:
        return f"{target} {wording.places[0]} {base}"
    return f"{target} {context.predicate} {base}"
