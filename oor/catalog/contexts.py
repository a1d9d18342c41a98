"""Contexts: which (target, predicate, base) triples the world knows. One more is one more word in the table below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, order=True)
class Context:
    """A target that stands in a named relation (a program's name) to a base."""

    target: str
    predicate: str
    base: str

    def __str__(self) -> str:
        return f"{self.target} {self.predicate} {self.base}"


# predicate -> rows of "targets / bases", every target with every base of its row
_TABLE: dict[str, tuple[str, ...]] = {
    "pours into": ("teapot, kettle / teacup, mug", "bottle / wine glass, bowl", "kettle / pot, bowl"),
    "waters": ("watering can / flower pot",),
    "cuts": ("knife / apple, bread, orange, pizza",),
    "chops on": ("knife / cutting board",),
    "slices": ("pizza cutter / pizza",),
    "sprinkles into": ("salt shaker / pan, pot, bowl",),
    "stirs": ("spoon / teacup, mug, bowl, pot",),
    "hits": ("hammer / nail",),
    "drives": ("screwdriver / screw",),
    "saws": ("saw / plank",),
    "writes on": ("pencil, pen / notebook",),
    "sits at": ("chair / table, desk", "stool / table"),
    "shines on": ("desk lamp / book, notebook",),
    "on": (
        "teacup, mug, plate, bowl, bottle, vase, teapot, wine glass, book, laptop, candle / table, desk",
        "monitor, keyboard, desk lamp / desk",
        "pizza, bread, pot / table",
        "apple, bread, knife / cutting board",
        "apple, orange / plate",
        "book, vase / coffee table, bookshelf, stool",
        "teacup / plate, book",
        "book, pillow / chair",
        "pillow / sofa, bed",
        "book / book, bed",
    ),
    "under": ("ball, box, suitcase / table, desk", "ball, box / chair"),
    "left of": (
        "fork, mug, teacup, wine glass / plate",
        "mug, desk lamp, book / laptop, monitor",
        "mouse, mug, notebook / keyboard",
        "floor lamp, ball / sofa",
        "teapot, spoon / teacup",
    ),
    "right of": (
        "knife, spoon, mug, teacup, wine glass / plate",
        "mug, desk lamp, book / laptop, monitor",
        "mouse, mug, notebook / keyboard",
        "floor lamp, ball / sofa",
        "teapot, spoon / teacup",
    ),
    "in front of": (
        "keyboard, mug, notebook / monitor",
        "ball, coffee table / sofa",
        "chair, box / bookshelf",
        "teacup / teapot",
        "bowl, salt shaker / bottle",
    ),
    "behind": (
        "floor lamp, box / sofa",
        "vase, desk lamp / laptop",
        "bottle / plate, bowl",
        "teapot / teacup",
        "chair, box / desk",
    ),
    "beside": ("mouse / keyboard", "floor lamp / bed, sofa", "suitcase / bed, chair", "mug / laptop", "stool / table"),
    "inside": (
        "apple, orange / bowl, pot, bucket",
        "spoon, fork / mug, bowl, pot",
        "pencil, pen / mug",
        "ball, book, candle / box",
        "ball / bucket",
    ),
    "leaning against": (
        "broom, ladder, shovel / bookshelf, table",
        "umbrella, guitar / chair, sofa, bookshelf",
        "guitar / bed",
        "plank / table",
    ),
}


def _rows() -> Iterator[Context]:
    for predicate, rows in _TABLE.items():
        for row in rows:
            targets, bases = (part.split(", ") for part in row.split(" / "))
            for target in targets:
                for base in bases:
                    yield Context(target.strip(), predicate, base.strip())


@cache
def contexts() -> tuple[Context, ...]:
    """All contexts, in a fixed order."""
    return tuple(_rows())


def predicates() -> tuple[str, ...]:
    """The names of all relations, in order."""
    return tuple(_TABLE)
