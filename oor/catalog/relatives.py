"""Relatives: categories without a template of their own. Each names the one it resembles, its own size, and what else differs.

One more is one more row: name, the category it resembles, (shortest, longest) length in metres, synonyms, then changed shape
parameters and perhaps a colour or another mass class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial, wraps
from typing import Any

import numpy as np
import trimesh

from oor.catalog import templates  # noqa: F401  (what the relatives resemble)
from oor.catalog.category import Category, add, registered
from oor.catalog.solids import Colour
from oor.catalog.template import Template

Row = tuple[str, str, tuple[float, float], tuple[str, ...], dict[str, Any]]

ROWS: tuple[Row, ...] = (
    ("saucepan", "pot", (0.24, 0.34), ("sauce pan",), {"radius": 0.085, "height": 0.095}),
    ("stockpot", "pot", (0.36, 0.46), ("soup pot", "stewpot"), {"radius": 0.13, "height": 0.22}),
    ("espresso cup", "teacup", (0.06, 0.09), ("demitasse",), {"colour": (120, 72, 48)}),
    ("beer stein", "mug", (0.15, 0.2), ("stein", "beer mug"), {"height": 0.15, "radius": 0.05, "colour": (206, 170, 92)}),
    ("salad bowl", "bowl", (0.22, 0.3), (), {"radius": 0.12, "height": 0.085, "colour": (176, 124, 74)}),
    ("mixing bowl", "bowl", (0.2, 0.28), (), {"height": 0.11, "colour": (188, 194, 200)}),
    ("champagne flute", "wine glass", (0.2, 0.26), ("champagne glass", "flute glass"), {"stem": 0.1}),
    ("saucer", "plate", (0.13, 0.17), (), {"colour": (230, 214, 196)}),
    ("platter", "plate", (0.3, 0.4), ("serving plate", "serving platter"), {"colour": (120, 150, 140)}),
    ("water bottle", "bottle", (0.2, 0.28), ("drinking bottle",), {"radius": 0.042, "colour": (90, 160, 210)}),
    ("beer bottle", "bottle", (0.22, 0.25), (), {"radius": 0.034, "colour": (120, 72, 36)}),
    ("coffee pot", "teapot", (0.22, 0.3), ("coffeepot",), {"colour": (92, 64, 50)}),
    ("cleaver", "knife", (0.28, 0.36), ("meat cleaver", "butcher knife"), {"height": 0.075}),
    ("bread knife", "knife", (0.3, 0.38), ("serrated knife",), {"height": 0.03}),
    ("teaspoon", "spoon", (0.12, 0.15), (), {}),
    ("pepper shaker", "salt shaker", (0.1, 0.16), (), {"colour": (70, 66, 66)}),
    ("peach", "apple", (0.06, 0.09), (), {"colour": (238, 160, 104)}),
    ("lime", "lemon", (0.05, 0.07), (), {"colour": (116, 168, 60)}),
    ("grapefruit", "orange", (0.1, 0.14), (), {"colour": (240, 140, 92)}),
    ("baguette", "bread", (0.5, 0.65), ("french bread",), {"length": 0.58}),
    ("mustard bottle", "ketchup bottle", (0.16, 0.22), ("mustard",), {"colour": (226, 184, 50)}),
    ("shampoo bottle", "ketchup bottle", (0.18, 0.26), ("shampoo", "bottle of shampoo"), {"colour": (120, 170, 200)}),
    ("glue bottle", "ketchup bottle", (0.12, 0.17), ("glue", "bottle of glue"), {"colour": (236, 236, 240)}),
    ("ointment", "toothpaste", (0.09, 0.14), ("tube of ointment", "salve"), {"colour": (210, 120, 110)}),
    ("marker", "pen", (0.12, 0.15), ("felt tip pen", "highlighter"), {"colour": (214, 76, 140)}),
    ("crayon", "pencil", (0.08, 0.11), ("wax crayon",), {"colour": (96, 160, 90)}),
    ("dictionary", "book", (0.22, 0.32), ("encyclopedia", "atlas"), {"thickness": 0.07, "colour": (120, 44, 44)}),
    ("sketchbook", "notebook", (0.26, 0.36), ("sketch pad", "drawing pad"), {}),
    ("magazine", "newspaper", (0.26, 0.32), (), {"colour": (210, 120, 150)}),
    ("tablet", "phone", (0.22, 0.3), ("tablet computer",), {}),
    ("television stand", "cabinet", (0.9, 1.6), ("tv stand",), {"colour": (70, 58, 52)}),
    ("bar stool", "stool", (0.65, 0.85), ("barstool",), {"height": 0.72}),
    ("side table", "coffee table", (0.45, 0.7), ("end table",), {"width": 0.5, "depth": 0.5, "height": 0.5}),
    ("workbench", "table", (1.2, 2.0), ("work bench",), {"colour": (150, 112, 72)}),
    ("loveseat", "sofa", (1.4, 1.7), (), {"width": 1.5, "colour": (150, 92, 88)}),
    ("cushion", "pillow", (0.35, 0.5), ("throw pillow",), {"depth": 0.42, "colour": (200, 120, 60)}),
    ("ukulele", "guitar", (0.5, 0.62), (), {"colour": (200, 132, 72)}),
    ("parasol", "umbrella", (0.85, 1.1), ("sunshade",), {"colour": (240, 200, 90)}),
    ("longboard", "skateboard", (0.9, 1.15), (), {}),
    ("sledgehammer", "hammer", (0.6, 0.95), ("sledge hammer",), {"mass": "medium"}),
    ("chisel", "screwdriver", (0.2, 0.3), ("wood chisel",), {"colour": (226, 184, 70)}),
    ("thumbtack", "nail", (0.025, 0.035), ("drawing pin", "pushpin"), {"length": 0.02, "head": 0.006, "shank": 0.001}),
    ("hacksaw", "saw", (0.3, 0.42), (), {"heel": 0.08, "toe": 0.05}),
    ("wooden beam", "plank", (1.2, 2.4), ("timber", "roof beam"), {"thickness": 0.1, "width": 0.12}),
    ("crate", "box", (0.35, 0.6), ("wooden crate",), {"colour": (150, 104, 62)}),
    ("shoebox", "box", (0.28, 0.36), ("shoe box",), {"width": 0.32, "height": 0.12, "depth": 0.2, "colour": (206, 90, 70)}),
    ("spade", "shovel", (0.9, 1.2), ("garden spade",), {}),
    ("planter", "flower pot", (0.4, 0.7), ("plant pot",), {"colour": (120, 124, 130)}),
    ("stepladder", "ladder", (1.2, 1.9), ("step ladder",), {"rungs": 5}),
    ("daisy", "flower", (0.2, 0.35), ("marguerite",), {"colour": (246, 240, 226)}),
    ("dishcloth", "cloth", (0.2, 0.3), ("dish towel", "tea towel"), {"colour": (90, 150, 190)}),
    ("carpet", "rug", (1.8, 3.0), (), {"colour": (150, 60, 60)}),
    ("bath mat", "rug", (0.5, 0.8), (), {"colour": (120, 180, 180)}),
    ("hamper", "laundry basket", (0.6, 0.85), ("laundry hamper",), {"colour": (190, 154, 110)}),
    ("hand towel", "towel", (0.35, 0.5), (), {"colour": (220, 150, 160)}),
    ("nail brush", "scrub brush", (0.09, 0.13), (), {"colour": (230, 120, 140)}),
    ("ampoule", "vial", (0.05, 0.08), (), {}),
    ("cricket bat", "baseball bat", (0.8, 0.97), (), {"colour": (226, 200, 150)}),
    ("badminton racket", "tennis racket", (0.6, 0.68), ("badminton racquet",), {"colour": (60, 120, 200)}),
    ("putter", "golf club", (0.8, 0.95), (), {}),
    ("snowboard", "surfboard", (1.4, 1.65), (), {"colour": (70, 90, 170)}),
    ("cello bow", "violin bow", (0.7, 0.75), (), {}),
    ("viola", "violin", (0.64, 0.7), (), {"colour": (150, 74, 36)}),
    ("double bass", "cello", (1.6, 1.9), ("contrabass", "upright bass"), {"colour": (120, 62, 32)}),
    ("bongo", "drum", (0.18, 0.24), ("bongo drum",), {"colour": (176, 110, 60)}),
    ("glockenspiel", "xylophone", (0.4, 0.6), (), {"colour": (190, 196, 204)}),
    ("amplifier", "speaker", (0.4, 0.6), ("guitar amplifier",), {"colour": (60, 44, 40)}),
    ("recorder", "flute", (0.3, 0.36), (), {"colour": (214, 178, 128)}),
    ("toy panda", "teddy bear", (0.25, 0.45), ("panda", "plush panda"), {"colour": (232, 232, 230)}),
    ("spanner", "wrench", (0.15, 0.2), ("small wrench",), {}),
)


def made(known: Mapping[str, Category]) -> list[Category]:
    """The categories of the table, made from those they resemble."""
    found = []
    for name, like, length_m, synonyms, changes in ROWS:
        model = known[like]
        shape = {key: value for key, value in changes.items() if key not in ("colour", "mass")}
        build = partial(model.build, **shape) if shape else model.build
        if "colour" in changes:
            build = recoloured(build, changes["colour"])
        ranges = {key: limits for key, limits in model.ranges.items() if key not in shape}
        found.append(replace(model, name=name, build=build, length_m=length_m, synonyms=synonyms, plural=None, ranges=ranges,
                             mass=changes.get("mass", model.mass), resembles=like))
    return found


def recoloured(build: Callable[..., Template], colour: Colour) -> Callable[..., Template]:
    """The same builder with its main colour, the one of most surface, replaced by another."""

    @wraps(build)
    def painted(**shape: Any) -> Template:
        template = build(**shape)
        mesh = template.mesh
        colours, which = np.unique(np.asarray(mesh.visual.face_colors), axis=0, return_inverse=True)
        main = colours[np.bincount(which.ravel(), weights=mesh.area_faces).argmax()]
        parts = {name: _exchanged(part, main, colour) for name, part in template.parts.items()}
        return Template(parts, template.frames)

    return painted


def _exchanged(part: trimesh.Trimesh, old: np.ndarray, new: Colour) -> trimesh.Trimesh:
    changed = part.copy()
    colours = np.array(part.visual.face_colors)
    colours[(colours == old).all(axis=1)] = [*new, 255]
    changed.visual = trimesh.visual.ColorVisuals(changed, face_colors=colours)
    return changed


for _relative in made(registered()):
    add(_relative)

SHIPPED = registered()  # all categories of the catalog itself
