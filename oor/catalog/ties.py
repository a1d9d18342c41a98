"""Ties: which two objects of a sentence a spatial phrase relates, from where it stands."""

from __future__ import annotations

from oor.catalog.contexts import contexts
from oor.catalog.mentions import Mention, Parse, Place
from oor.catalog.vocabulary import DETERMINERS, PARTS

_MIRROR = {"left of": "right of", "right of": "left of", "in front of": "behind", "behind": "in front of"}


def tie(parse: Parse, place: Place) -> tuple[Mention, Mention] | None:
    """(target, base) that the phrase relates, or None."""
    before = [m for m in parse.mentions if m.end <= place.start]
    after = [m for m in parse.mentions if m.start >= place.end]
    kind = place.marker.kind
    if kind == "governs":
        base = _governed(parse, place, after)
        if base is not None:
            return _subject_of(parse, place, base, before, after)
        if place.end == len(parse.tokens) and len(before) >= 2:
            return before[-1], before[-2]
        if not place.marker.bare:
            return None
        kind = "refers"
    if kind == "refers":
        return _referred(parse, place, before, after)
    if kind == "both":
        first, second = parse.mentions[:2]
        return (second, first) if _stands_beside(second, first) else (first, second)
    if before and _governed(parse, place, after):
        return (after[0], before[-1]) if kind == "holds" else (before[-1], after[0])
    return None


def _governed(parse: Parse, place: Place, after: list[Mention]) -> Mention | None:
    """The object right after the phrase, past an article, adjectives and "the edge of"."""
    if not after:
        return None
    base, tokens, index = after[0], parse.tokens, place.end
    for position in range(index, min(index + 4, base.start)):
        if tokens[position] in PARTS and tokens[position + 1] == "of":
            index = position + 2
    while index < base.opens and tokens[index] in DETERMINERS | {"other", "of"}:
        index += 1
    opened = any(t in DETERMINERS for t in tokens[place.end : index])
    return base if index >= base.opens or (opened and _plain_between(parse, index, base.opens)) else None


def _plain_between(parse: Parse, index: int, stop: int) -> bool:
    """Only attributes such as "freshly cut" lie between: no article, no other phrase of place."""
    blocked = {i for place in parse.places for i in range(place.start, place.end)}
    return stop - index <= 3 and all(
        i not in blocked and (parse.tokens[i].endswith(("ly", "ed", "ing", "en")) or parse.tokens[i] in {"cut", "lit"})
        for i in range(index, stop)
    )


def _subject_of(
    parse: Parse, place: Place, base: Mention, before: list[Mention], after: list[Mention]
) -> tuple[Mention, Mention] | None:
    """What stands at the governed base: the object before the phrase ("X on Y"), else after it ("on Y is an X")."""
    if before:
        named = [mention for mention in before if mention.category] or before
        return named[-1], base
    others = [mention for mention in after if mention is not base]
    return (others[0], base) if others else None


def _referred(
    parse: Parse, place: Place, before: list[Mention], after: list[Mention]
) -> tuple[Mention, Mention] | None:
    """A phrase that points back: "a table with a ball under it", "fork on the left, plate on the right"."""
    if place.marker.bare and place.marker.predicate in _MIRROR:
        opposite = [p for p in parse.places if p.marker.predicate == _MIRROR[place.marker.predicate] and p is not place]
        if opposite and len(parse.mentions) >= 2 and opposite[0].start > place.start:
            return parse.mentions[0], parse.mentions[1]
    if len(before) >= 2:
        return before[-1], before[-2]
    if before and after:
        if any(p.start > place.start and not p.marker.weak and _governed(parse, p, after) for p in parse.places):
            return None
        fronted = parse.tokens[0] == "with"
        return (before[0], after[0]) if fronted else (after[0], before[0])
    if len(after) >= 2 and place.marker.bare:
        return after[0], after[1]
    return None


def _stands_beside(target: Mention, base: Mention) -> bool:
    return any((c.target, c.predicate, c.base) == (target.category, "beside", base.category) for c in contexts())
