"""Categories: what the world contains. `@category(...)` on a builder function adds one; that is all it takes.

A builder's parameters are the template's shape parameters, with the typical shape as their defaults. `Category.instance` draws
others: floats within a range, counts one up or down, parts (booleans) present or not.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Literal, get_args

import numpy as np

from oor.catalog.template import Template

Vector = tuple[float, float, float]
Mass = Literal["featherlight", "light", "medium", "heavy"]  # below 0.1, 1, 10 kg, and above
Builder = Callable[..., Template]
Ranges = Mapping[str, tuple[float, float]]

SPREAD = 1.12  # a float shape parameter without a range of its own lies within this factor of its default
_SYMMETRY = re.compile(r"(none|half-turn|revolution|([2-9]|[1-9]\d)-fold)(?: about ([xyz]))?")


@dataclass(frozen=True)
class Symmetry:
    """Turns about an axis of the template that leave its shape as it is: by 360/fold degrees; by any angle if fold is 0."""

    fold: int
    axis: str = "y"

    @staticmethod
    def of(text: str) -> Symmetry:
        """From "none", "half-turn", "4-fold", "revolution", each optionally with " about x"."""
        match = _SYMMETRY.fullmatch(text)
        if match is None:
            raise ValueError(f"symmetry {text!r} is not known; write none, half-turn, 4-fold or revolution, as in "
                             '"revolution about x"')
        name, count, axis = match.groups()
        fold = int(count) if count else {"none": 1, "half-turn": 2, "revolution": 0}[name]
        return Symmetry(fold, axis or "y")

    def __str__(self) -> str:
        name = {0: "revolution", 1: "none", 2: "half-turn"}.get(self.fold, f"{self.fold}-fold")
        return name if self.fold == 1 or self.axis == "y" else f"{name} about {self.axis}"


@dataclass(frozen=True)
class Category:
    """One kind of object.

    name: singular, lower case ("pizza cutter"). build: makes the template, its keywords are shape parameters. length_m:
    (shortest, longest) of the longest box edge in metres over instances. stretch: relative standard deviation of each box
    edge's own jitter. synonyms: other words for it. plural: None for regular. rest: the object axis that points up when it
    lies on a table (an upright mug "y"; a knife modelled blade-down lies on its side: "z"). fronted: it has a front, so that
    placing it means turning it (monitor, chair); otherwise any turn about the vertical is as good. room: where it is at home.
    symmetry: turns that change nothing. mass: by weight class. ranges: (low, high) of shape parameters whose spread is not the
    usual one. resembles: the category whose template it borrows, if it has none of its own.
    """

    name: str
    build: Builder
    length_m: tuple[float, float]
    stretch: float = 0.06
    synonyms: tuple[str, ...] = ()
    plural: str | None = None
    rest: str = "y"
    fronted: bool = False
    room: str = ""
    symmetry: Symmetry = Symmetry(1)
    mass: Mass = "light"
    ranges: Ranges = field(default_factory=dict, hash=False)
    resembles: str | None = None

    @cached_property
    def template(self) -> Template:
        """The canonical template of the typical shape, built once."""
        return self.build()

    @property
    def typical_m(self) -> float:
        """Longest edge of a typical instance in metres: the geometric middle of the range."""
        return float((self.length_m[0] * self.length_m[1]) ** 0.5)

    @property
    def words(self) -> tuple[str, ...]:
        """Every singular word that means this category, its name first."""
        return (self.name, *self.synonyms)

    @property
    def shape(self) -> dict[str, Any]:
        """The shape parameters with their typical values."""
        return {name: parameter.default for name, parameter in inspect.signature(self.build).parameters.items()}

    def instance(self, rng: np.random.Generator) -> Category:
        """The same category with a template of a random shape.

        Floats are uniform in their range, counts of parts differ by at most one, an optional part is there half of the time.
        """
        drawn: dict[str, Any] = {}
        for name, typical in self.shape.items():
            if isinstance(typical, bool):
                drawn[name] = bool(rng.random() < 0.5)
            elif isinstance(typical, int):
                low, high = self.ranges.get(name, (max(typical - 1, 1), typical + 1))
                drawn[name] = int(rng.integers(int(low), int(high) + 1))
            else:
                drawn[name] = float(rng.uniform(*self.ranges.get(name, sorted((typical / SPREAD, typical * SPREAD)))))
        return replace(self, build=partial(self.build, **drawn))


_CATEGORIES: dict[str, Category] = {}


def category(
    name: str, *, length_m: tuple[float, float], stretch: float = 0.06, synonyms: tuple[str, ...] = (), plural: str | None = None,
    rest: str = "y", fronted: bool = False, symmetry: str = "none", mass: Mass = "light", ranges: Ranges | None = None,
) -> Callable[[Builder], Builder]:
    """Register the decorated builder as the template of a new category; the room is what its module's name starts with."""

    def registered(build: Builder) -> Builder:
        room = build.__module__.rpartition(".")[2].partition("_")[0]
        add(Category(name, build, length_m, stretch, synonyms, plural, rest, fronted, room, Symmetry.of(symmetry), mass,
                     ranges or {}))
        return build

    return registered


def add(new: Category) -> None:
    """Register a category. ValueError when the name is taken or a range belongs to no shape parameter."""
    if new.name in _CATEGORIES:
        raise ValueError(f"category {new.name!r} is defined twice; give one of them another name")
    if new.mass not in get_args(Mass):
        raise ValueError(f"category {new.name!r}: mass {new.mass!r} is not known; choose {', '.join(get_args(Mass))}")
    strays = set(new.ranges) - set(new.shape)
    if strays:
        raise ValueError(f"category {new.name!r} has no shape parameter {', '.join(sorted(strays))}; its builder takes "
                         f"{', '.join(new.shape) or 'none'}")
    _CATEGORIES[new.name] = new


def categories() -> dict[str, Category]:
    """Every category by name, in order of definition."""
    from oor.catalog import relatives, templates  # noqa: F401  (importing them registers what they hold)

    return registered()


def registered() -> dict[str, Category]:
    """The categories defined so far: for what is imported while the catalog is still being filled."""
    return dict(_CATEGORIES)
