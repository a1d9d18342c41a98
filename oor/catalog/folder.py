"""A catalog of one's own: a folder with YAML files, and meshes beside them, adds categories and contexts to the catalog.

    categories:
      - name: moka pot
        mesh: moka.obj                  # obj, glb, gltf, ply, stl, off; relative to this file
        length_m: [0.15, 0.25]          # shortest and longest of the longest box edge
        turn: [{axis: x, degrees: -90}] # only if the file is not y up, front along +z
        frames:                         # in the file's own coordinates, before the turn
          spout: {point: [0.1, 0.2, 0], axis: [1, 0.3, 0]}
          opening: {point: [0, 0.22, 0], half: 0.04}
      - name: stockpot
        resembles: pot                  # instead of a mesh: the template of another category
        length_m: [0.35, 0.5]
    contexts:
      - {target: moka pot, predicate: pours into, base: teacup}

Frames are those of oor/catalog/descriptors.py; which of them a relation needs is in `ROLES` (oor/catalog/frames.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import trimesh

from oor.catalog import category, contexts, descriptors, lexicon, prompts, roles
from oor.catalog.category import Category, Mass, Symmetry
from oor.catalog.contexts import Context
from oor.catalog.entries import Entry, document
from oor.catalog.frames import FRAMES, missing_frames
from oor.catalog.template import Frame, Template, canonical
from oor.meshes import SUFFIXES, load_mesh

_OPTIONAL = ("mesh", "resembles", "frames", "turn", "synonyms", "plural", "rest", "fronted", "room", "symmetry", "mass")
Known = dict[str, Category]


def add_folder(folder: Path) -> tuple[list[Category], list[Context]]:
    """Add what all YAML files of a folder define, or nothing. ValueError names file, line and field of the first mistake."""
    if not folder.is_dir():
        raise ValueError(f"there is no catalog folder {folder}; give a folder with .yaml files")
    files = sorted({*folder.glob("*.yaml"), *folder.glob("*.yml")})
    if not files:
        raise ValueError(f"no .yaml file in {folder}; describe your categories and contexts in one")
    documents = [document(file, ("categories", "contexts")) for file in files]
    known = category.categories()
    made: Known = {}
    for entry in _listed(documents, "categories"):
        new = _category(entry, folder, known | made)
        made[new.name] = new
    told: list[Context] = []
    for entry in _listed(documents, "contexts"):
        told.append(_context(entry, known | made, told))
    for new in made.values():
        category.add(new)
    for context in told:
        contexts.add(context)
    forget()
    return list(made.values()), told


def forget() -> None:
    """Drop what is remembered about the catalog, after it has changed."""
    words = (lexicon.lexicon, prompts.spoken_words, prompts.all_words)
    for cached in (*words, roles.known_triples, roles.fillers, descriptors.typical):
        cached.cache_clear()


def _listed(documents: list[dict[str, Entry]], field: str) -> list[Entry]:
    return [entry for found in documents if field in found for entry in found[field].items()]


def _category(entry: Entry, folder: Path, known: Known) -> Category:
    found = entry.fields(("name", "length_m"), _OPTIONAL)
    synonyms = [item for item in found["synonyms"].items()] if "synonyms" in found else []
    words = [_free_word(item, known) for item in (found["name"], *synonyms)]
    low, high = found["length_m"].numbers(2)
    if not 0 < low <= high:
        raise found["length_m"].wrong(f"expected 0 < shortest <= longest in metres, got {low:g} and {high:g}")
    if ("mesh" in found) == ("resembles" in found):
        raise entry.wrong("give either mesh, a file, or resembles, another category")
    made = _resembling(found, known) if "resembles" in found else _of_mesh(found, folder)
    return Category(words[0], length_m=(low, high), synonyms=tuple(words[1:]), **(made | _told(found)))


def _told(found: dict[str, Entry]) -> dict[str, Any]:
    """What the entry says about the category beyond its name, size and shape."""
    told: dict[str, Any] = {key: found[key].text() for key in ("plural", "room") if key in found}
    told |= {key: found[key].choice(options) for key, options in (("rest", ("x", "y", "z")), ("mass", get_args(Mass)))
             if key in found}
    if "fronted" in found:
        told["fronted"] = found["fronted"].value(bool)
    if "symmetry" in found:
        try:
            told["symmetry"] = Symmetry.of(found["symmetry"].text())
        except ValueError as error:
            raise found["symmetry"].wrong(str(error)) from None
    return told


def _free_word(entry: Entry, known: Known) -> str:
    word = entry.text()
    if not lexicon.tokenize(word):
        raise entry.wrong(f'"{word}" has no letters; choose a word')
    for other in known.values():
        if lexicon.tokenize(word) in {lexicon.tokenize(form) for own in other.words for form in (own, lexicon.plural(own))}:
            raise entry.wrong(f'"{word}" already means the category "{other.name}"; choose another word')
    return word


def _resembling(found: dict[str, Entry], known: Known) -> dict[str, Any]:
    for key in ("frames", "turn"):
        if key in found:
            raise found[key].wrong("a category that resembles another one has that one's frames; leave this out")
    name = found["resembles"].text()
    if name not in known:
        raise found["resembles"].wrong(f'there is no category "{name}"; `python -m oor.catalog` lists them')
    like = known[name]
    return {"build": like.build, "stretch": like.stretch, "rest": like.rest, "fronted": like.fronted, "room": like.room,
            "symmetry": like.symmetry, "mass": like.mass, "ranges": like.ranges, "resembles": name}


def _of_mesh(found: dict[str, Entry], folder: Path) -> dict[str, Any]:
    name = str(found["mesh"].value(str))
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise found["mesh"].wrong(f"{name} lies outside the catalog's folder; put the mesh into it")
    if path.suffix.lower().lstrip(".") not in SUFFIXES:
        raise found["mesh"].wrong(f"{name} is not a mesh file; give one of {', '.join(SUFFIXES)}")
    try:
        mesh = load_mesh(path)
    except (ValueError, OSError) as error:
        raise found["mesh"].wrong(f"{name} cannot be used: {error}") from None
    if mesh.extents.min() < 1e-4 * mesh.extents.max():
        raise found["mesh"].wrong(f"{name} is flat; give a mesh with volume")
    template = _template(mesh, found)
    return {"build": lambda: template, "room": "own"}


def _template(mesh: trimesh.Trimesh, found: dict[str, Entry]) -> Template:
    R = _turn(found["turn"]) if "turn" in found else np.eye(3)
    low, high = mesh.bounds
    frames = {}
    for name, entry in (found["frames"].mapping() if "frames" in found else {}).items():
        if name not in FRAMES:
            raise entry.wrong(f"unknown frame; choose from {', '.join(FRAMES)}")
        given = entry.fields(("point",), ("axis", "half"))
        point = np.array(given["point"].numbers(3))
        if (np.maximum(low - point, point - high) > 0.25 * mesh.extents.max()).any():
            raise given["point"].wrong(f"{point.tolist()} lies far outside the mesh, whose box is {low.round(4).tolist()} to "
                                       f"{high.round(4).tolist()}")
        axis = np.array(given["axis"].numbers(3)) if "axis" in given else R.T @ [0.0, 1.0, 0.0]
        if not np.linalg.norm(axis) > 0:
            raise given["axis"].wrong("an axis needs a direction; give three numbers that are not all 0")
        frames[name] = Frame.at(tuple(R @ point), tuple(R @ axis), _half(given))
    turned = mesh.copy()
    turned.vertices = mesh.vertices @ R.T
    return canonical({"mesh": turned}, frames)


def _half(given: dict[str, Entry]) -> float | tuple[float, float]:
    if "half" not in given:
        return 0.0
    one = not isinstance(given["half"].plain(), list)
    widths = given["half"].numbers(1 if one else 2)
    if min(widths) < 0:
        raise given["half"].wrong("half widths are not negative")
    return widths[0] if one else (widths[0], widths[1])


def _turn(entry: Entry) -> np.ndarray:
    """(3, 3) rotation by the listed turns, the first one first."""
    R = np.eye(3)
    for item in entry.items():
        step = item.fields(("axis", "degrees"), ())
        axis = np.eye(3)["xyz".index(step["axis"].choice(("x", "y", "z")))]
        (degrees,) = step["degrees"].numbers(1)
        R = trimesh.transformations.rotation_matrix(np.radians(degrees), axis)[:3, :3] @ R
    return R


def _context(entry: Entry, known: Known, told: list[Context]) -> Context:
    found = entry.fields(("target", "predicate", "base"), ())
    for role in ("target", "base"):
        if found[role].text() not in known:
            raise found[role].wrong(f'there is no category "{found[role].text()}"; `python -m oor.catalog` lists them')
    context = Context(found["target"].text(), found["predicate"].choice(contexts.predicates()), found["base"].text())
    if context in (*contexts.contexts(), *told):
        raise entry.wrong(f'the context "{context}" is there already; leave it out')
    for role, names in missing_frames(context.predicate, known[context.target], known[context.base]).items():
        raise found[role].wrong(f'"{context.predicate}" needs the frame{"s" if len(names) > 1 else ""} {", ".join(names)} on its '
                                f'{role}, which "{getattr(context, role)}" lacks; add it under frames')
    return context
