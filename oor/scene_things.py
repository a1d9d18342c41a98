"""Who is who in a text about many objects: "the cup" is the cup of before, "another cup" is not.

- "the X", and "a X" said again, are the X of before; the first of either makes it.
- "another X", "a second X" and a name that differs ("the left cup", "a red mug" beside "a blue mug", "chair 2") make a new one.
- "two X" makes two, "the X" in the plural means all of them, "the first X" and "the other X" one of them.
- Where several would do, nothing is guessed: ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ORDINALS = {name: i for i, name in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), start=1)}
COUNTS = {name: i for i, name in enumerate(("two", "three", "four", "five", "six", "seven", "eight"), start=2)}
COUNTS |= {"both": 2}
SIDES = frozenset({"left", "right"})


@dataclass(frozen=True)
class Phrase:
    """One noun phrase. key: the category, or the words of a thing that no list has; words: as written, without its article.

    names: what keeps it apart from others of its kind ("left", "red", "2"). count: how many, None for all there are.
    """

    key: str
    words: str
    definite: bool = False
    fresh: bool = False
    other: bool = False
    names: frozenset[str] = frozenset()
    ordinal: int | None = None
    count: int | None = 1


@dataclass
class Thing:
    """One object of the scene. category: of the catalog, once a relation has said it; id: the one it was given, if any."""

    key: str
    names: frozenset[str]
    category: str | None = None
    id: str | None = None


@dataclass
class Things:
    """All objects of the scene so far, in the order of their first mention."""

    every: list[Thing] = field(default_factory=list)

    def meant(self, phrase: Phrase, besides: Sequence[Thing] = ()) -> list[Thing]:
        """The things a phrase means, made where they are new. besides: what the same sentence names already, which it is not."""
        same = [thing for thing in self.every if thing.key == phrase.key and not any(thing is one for one in besides)]
        taken = len(same) < sum(thing.key == phrase.key for thing in self.every)
        if phrase.count is None:
            return same or self._several(phrase, 2)
        if phrase.count > 1:
            return same if phrase.definite and len(same) == phrase.count else self._several(phrase, phrase.count)
        if phrase.fresh:
            return [self._made(phrase)]
        if phrase.ordinal is not None:
            alike = [thing for thing in self.every if thing.key == phrase.key]
            return [alike[phrase.ordinal - 1] if phrase.ordinal <= len(alike) else self._made(phrase)]
        if phrase.names:
            return [self._named(phrase, same)]
        if not same or (len(same) == 1 and phrase.other and not taken):
            return [self._made(phrase)]
        if len(same) == 1:
            return same
        plain = [thing for thing in same if not thing.names]
        if len(plain) == 1:
            return plain
        known = ", ".join(" ".join((*sorted(thing.names), thing.key)) for thing in same)
        raise ValueError(f'"{phrase.words}" could be any of {len(same)} ({known}); say which, as in "the first {phrase.key}"')

    def ids(self) -> list[str]:
        """A name for every thing: its category, with what keeps it apart, or else a number, where there are several."""
        found: list[str] = []
        for thing in self.every:
            alike = [other for other in self.every if _kind(other) == _kind(thing)]
            apart = len({other.names for other in alike}) == len(alike)
            names = sorted(thing.names, key=str.isdigit) if len(alike) > 1 and apart else []
            words = [*(name for name in names if not name.isdigit()), _kind(thing), *filter(str.isdigit, names)]
            given = [other.id for other in self.every if other.id]
            found.append(thing.id or _free(_slug(" ".join(words)), [*found, *given]))
        return found

    def _named(self, phrase: Phrase, same: Sequence[Thing]) -> Thing:
        fits = [thing for thing in same if phrase.names <= thing.names]
        if len(fits) == 1:
            return fits[0]
        plain = [thing for thing in same if not thing.names]
        if phrase.definite and not fits and len(plain) == 1 == len(same) and not phrase.names & SIDES:
            return plain[0]
        if len(fits) > 1:
            raise ValueError(f'"{phrase.words}" could be any of {len(fits)}; say which')
        return self._made(phrase)

    def _several(self, phrase: Phrase, count: int) -> list[Thing]:
        return [self._made(phrase) for _ in range(count)]

    def _made(self, phrase: Phrase) -> Thing:
        self.every.append(Thing(phrase.key, phrase.names))
        return self.every[-1]


def _kind(thing: Thing) -> str:
    return thing.category or thing.key


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_") or "object"


def _free(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of name_2, name_3, ... that is not taken."""
    names, number, free = set(taken), 2, name
    while free in names:
        free, number = f"{name}_{number}", number + 1
    return free
