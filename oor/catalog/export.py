"""The catalog as files: a GLB per category, one JSON of everything else, and contact sheets."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from oor.catalog.category import Category
from oor.catalog.contexts import Context
from oor.catalog.lexicon import plural
from oor.catalog.prompts import captions
from oor.catalog.splits import category_contexts, held_out_categories, held_out_combinations
from oor.files import write_text
from oor.meshes import write_glb
from oor.rendering import contact_sheet, orbit_camera, render

FORMAT = 1
COLUMNS = 12

Advance = Callable[[int], None]


def file_name(category: str) -> str:
    """What a category's mesh file is called: a plain name, whatever the category's is, so that it stays in its folder.

    A name that does not survive that is told apart from others by a digest of it.
    """
    plain = re.sub(r"[^a-z0-9-]+", "_", category.lower())[:60]
    digest = "" if plain.replace("_", " ") == category else f".{hashlib.sha256(category.encode()).hexdigest()[:12]}"
    return f"{plain}{digest}.glb"


def category_record(category: Category) -> dict[str, Any]:
    """Everything about a category that is not triangles. Frames in canonical space: box centre 0, longest edge 1."""
    frames = {
        name: {"point": frame.point.round(6).tolist(), "axis": frame.axis.round(6).tolist(), "half": frame.half.round(6).tolist()}
        for name, frame in category.template.frames.items()
    }
    return {
        "name": category.name,
        "plural": category.plural or plural(category.name),
        "synonyms": list(category.synonyms),
        "room": category.room,
        "resembles": category.resembles,
        "length_m": list(category.length_m),
        "box": category.template.extents.round(6).tolist(),
        "rest": category.rest,
        "fronted": category.fronted,
        "symmetry": str(category.symmetry),
        "mass": category.mass,
        "shape": category.shape,
        "frames": frames,
        "mesh": file_name(category.name),
        "held_out": category.name in held_out_categories(),
    }


def context_record(context: Context, prompts: int) -> dict[str, Any]:
    """A context with captions and the split it belongs to."""
    hidden = {**dict.fromkeys(category_contexts(), "categories"), **dict.fromkeys(held_out_combinations(), "combinations")}
    return {
        "target": context.target,
        "predicate": context.predicate,
        "base": context.base,
        "split": hidden.get(context, "training"),
        "prompts": captions(context, prompts, 0),
    }


def write_catalog(
    folder: Path, categories: Sequence[Category], contexts: Sequence[Context], prompts: int, advance: Advance = lambda _: None
) -> None:
    """`folder/meshes/*.glb` (a node per part, metres, typical size) and `folder/catalog.json`; `advance` hears of each mesh."""
    (folder / "meshes").mkdir(parents=True, exist_ok=True)
    for category in categories:
        parts = category.template.parts
        scale = np.diag([*[category.typical_m] * 3, 1.0])
        write_glb(folder / "meshes" / file_name(category.name), parts, dict.fromkeys(parts, scale))
        advance(1)
    records = {
        "format": FORMAT,
        "units": "metres",
        "up": "y",
        "front": "z",
        "categories": [category_record(category) for category in categories],
        "contexts": [context_record(context, prompts) for context in contexts],
    }
    write_text(folder / "catalog.json", json.dumps(records, indent=1))


def sheet(categories: Sequence[Category], *, size_px: int = 130, columns: int = COLUMNS) -> Image.Image:
    """Every category's typical shape, named."""
    images, labels = [], []
    for category in categories:
        mesh = category.template.mesh
        camera = orbit_camera(mesh.bounds, 30, 20, width=size_px, height=size_px)
        images.append(render([mesh], camera, supersample=2, shadows=False).rgb)
        labels.append(category.name)
    blank = np.full_like(images[0], 255)
    while len(images) % columns and len(images) > columns:
        images.append(blank)
        labels.append("")
    rows = range(0, len(images), columns)
    return contact_sheet([images[i : i + columns] for i in rows], labels=[labels[i : i + columns] for i in rows])
