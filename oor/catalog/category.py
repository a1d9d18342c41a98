"""Categories: what the world contains. `@category(...)` on a builder function adds one; that is all it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from oor.catalog.template import Template

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Category:
    """One kind of object.

    name: singular, lower case ("pizza cutter"). length_m: (shortest, longest) of the longest box edge in metres over
    instances. stretch: relative standard deviation of each box edge's own jitter, so that instances vary in shape.
    synonyms: other words for it. plural: None for regular. rest: the object axis that points up when it lies on a
    table (an upright mug "y"; a knife modelled blade-down lies on its side: "z"). fronted: it has a front, so
    that placing it means turning it (monitor, chair); otherwise any turn about the vertical is as good.
    """

    name: str
    build: Callable[[], Template]
    length_m: tuple[float, float]
    stretch: float = 0.06
    synonyms: tuple[str, ...] = ()
    plural: str | None = None
    rest: str = "y"
    fronted: bool = False

    @property
    def template(self) -> Template:
        """The canonical template, built once per process."""
        return _built(self.build)

    @property
    def typical_m(self) -> float:
        """Longest edge of a typical instance in metres: the geometric middle of the range."""
        return float((self.length_m[0] * self.length_m[1]) ** 0.5)

    @property
    def words(self) -> tuple[str, ...]:
        """Every singular word that means this category, its name first."""
        return (self.name, *self.synonyms)


_CATEGORIES: dict[str, Category] = {}


@cache
def _built(build: Callable[[], Template]) -> Template:
    return build()


def category(
    name: str, *, length_m: tuple[float, float], stretch: float = 0.06, synonyms: tuple[str, ...] = (),
    plural: str | None = None, rest: str = "y", fronted: bool = False,
) -> Callable[[Callable[[], Template]], Callable[[], Template]]:
    """Register the decorated builder as the template of a new category."""

    def register(build: Callable[[], Template]) -> Callable[[], Template]:
        if name in _CATEGORIES:
            raise ValueError(f"category {name!r} is defined twice; give one of them another name")
        _CATEGORIES[name] = Category(name, build, length_m, stretch, synonyms, plural, rest, fronted)
        return build

    return register


def categories() -> dict[str, Category]:
    """Every category by name, in order of definition."""
    from oor.catalog import templates  # noqa: F401  (importing the templates registers them)

    return dict(_CATEGORIES)
