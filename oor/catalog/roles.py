"""Roles: which predicate a sentence states, and which of its objects is the target and which the base."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

from oor.catalog.contexts import Context, contexts
from oor.catalog.lexicon import Lexicon
from oor.catalog.mentions import Mention, Parse, Place, covered
from oor.catalog.phrases import MORE_VERBS, PHRASES
from oor.catalog.ties import tie
from oor.catalog.vocabulary import DETERMINERS, GENERAL_VERBS

_OVERHEAD = ("magnifies", "pours into", "waters", "sprinkles into", "shines on", "stirs", "hits")
# what a word of place may mean between objects that the catalog joins only so: "a lid on a pot"
_SPECIAL = {
    "on": ("covers", "stacks on", "mounts on", "hangs on", "sits on", "rides on", "worn by"),
    "inside": ("sits on", "stands in", "nests in", "drops into", "dips into", "plugs into", "unlocks"),
    "in front of": ("faces", "types at", "plays"),
}
_ASIDE = {"inside", "left of", "right of", "in front of", "behind", "beside", "under"}
_HELD = {"worn"}  # "a hat worn by a bear": the target comes first, though it is passive
_MOVED_UNDER = {"tucked", "pushed", "slid", "tucking"}
_MANY = 8  # mentions beyond these are not paired
_STUFF = {"water", "salt", "light"}  # verbs only right before an object
_ARTICLES = {("a",), ("an",), ("the",), ("some",), ("up",), ("from",)}
_LEANING = {"lean", "leans", "leaning", "leaned", "leant", "propped", "props", "propping"}


@dataclass(frozen=True)
class Reading:
    """What the sentence states. recognised: a relation was said, not guessed. notes: sentences for the user."""

    target: Mention
    predicate: str
    base: Mention
    recognised: bool = True
    notes: tuple[str, ...] = ()


@cache
def known_triples() -> frozenset[tuple[str | None, str, str | None]]:
    """The triples of the catalog as a set."""
    return frozenset((c.target, c.predicate, c.base) for c in contexts())


@cache
def reversing() -> frozenset[str]:
    """Verbs whose subject is the base: "wearing" a hat."""
    wordings = [wording for phrases in PHRASES.values() for wording in (phrases.training, phrases.held_out)]
    said = [inverse.split() for wording in wordings for inverse in wording.inverses if not wording.postures]
    forms = {words[0] for words in said if words[1:2] == ["{T}"] and words[0] not in {"with", "has", "that"}}
    stems = {form[:4] for form in forms}
    return frozenset(form for verbs in MORE_VERBS.values() for form in verbs.split() if form[:4] in stems) | forms


@cache
def drawn_from() -> frozenset[str]:
    """Words after which "from" names the target: "filled from a kettle", "receiving water from it"."""
    wordings = [wording for phrases in PHRASES.values() for wording in (phrases.training, phrases.held_out)]
    passives = {text.split()[0] for wording in wordings for text in wording.passives if text.endswith(" from")}
    return frozenset(passives | {text.split()[0] for wording in wordings for text in wording.inverses if "from {T}" in text})


@cache
def fillers(predicate: str, role: str) -> Counter[str]:
    """How often the catalog has each category in a role ("target" or "base") of the predicate."""
    return Counter(getattr(context, role) for context in contexts() if context.predicate == predicate)


def resolve(parse: Parse, lexicon: Lexicon) -> Reading:
    """The best reading of a sentence with at least two mentions."""
    return (
        _known_action(parse, lexicon)
        or _action_of_a_stranger(parse, lexicon)
        or _plausible_action(parse, lexicon)
        or _spatial(parse)
        or _any_action(parse, lexicon)
        or _guess(parse)
    )


def _pairs(parse: Parse) -> list[tuple[Mention, Mention]]:
    """All pairs in the order of the sentence, the closest first."""
    m = parse.mentions[:_MANY]
    return [(m[i], m[i + gap]) for gap in range(1, len(m)) for i in range(len(m) - gap)]


def _actions(parse: Parse, lexicon: Lexicon, attributive: bool) -> list[tuple[int, str]]:
    """(position, predicate) of every verb; without `attributive` not the ones before a noun ("a sliced apple")."""
    tied = [place for place in parse.places if place.marker.kind not in {"holds", "held"} and tie(parse, place) is not None]
    taken = covered(parse.mentions) | covered(tied)
    objects = {mention.opens for mention in parse.mentions}
    found = []
    for index, token in enumerate(parse.tokens):
        before = parse.tokens[index - 1] if index else ""
        if index in taken or not (attributive or before not in DETERMINERS or before in {"that", "this"}):
            continue
        if token in GENERAL_VERBS and _goes_aside(index, tied):
            continue  # "sitting to the left of" is no sitting on
        if token in _STUFF and index + 1 not in objects and parse.tokens[index + 1 : index + 2] not in _ARTICLES:
            continue
        found += [(index, predicate) for predicate in lexicon.actions.get(token, ())]
    return found


def _goes_aside(verb: int, places: list[Place]) -> bool:
    """Whether a word of place other than "on" or "in" follows the verb."""
    return any(p.marker.predicate in _ASIDE and not p.marker.weak and verb < p.start <= verb + 2 for p in places)


def _known_action(parse: Parse, lexicon: Lexicon) -> Reading | None:
    """A verb and two objects that the catalog joins by it. The catalog says which of them acts."""
    verbs = _actions(parse, lexicon, attributive=len(parse.mentions) == 2)
    for first, second in _pairs(parse):
        for verb, predicate in verbs:
            forward = (first.category, predicate, second.category) in known_triples()
            backward = (second.category, predicate, first.category) in known_triples()
            if forward or backward:
                said = forward if "used" in parse.tokens else _first_acts(parse, first, second, verb)
                acts = said if forward and backward else forward
                return _action(parse, first, second, predicate, acts, said)
    return None


def _action(parse: Parse, first: Mention, second: Mention, predicate: str, acts: bool, said: bool) -> Reading:
    target, base = (first, second) if acts else (second, first)
    notes: tuple[str, ...] = ()
    if acts != said:
        notes = (f'the sentence says it the other way round; read as "{target.category} {predicate} {base.category}", '
                 "which the catalog knows",)
    return Reading(target, predicate, base, notes=notes)


def _first_acts(parse: Parse, first: Mention, second: Mention, verb: int) -> bool:
    """By grammar alone: does the first object do it? Not in "X is filled by Y", "X with Y pouring into it"."""
    between = parse.tokens[first.end : _phrase_start(parse, second)]
    said = parse.tokens[verb]
    if between and between[-1] == "from" and said not in drawn_from():
        return verb < second.start
    if between and between[-1] in {"by", "with", "from", "using"} and said not in _HELD:
        return False
    if said in reversing():
        return verb >= second.start
    return verb < second.start or (verb >= second.end and not {"with", "as", "and", "while", "has"} & set(between))


def _phrase_start(parse: Parse, mention: Mention) -> int:
    start = mention.opens
    while start > 0 and parse.tokens[start - 1] in DETERMINERS:
        start -= 1
    return start


def _action_of_a_stranger(parse: Parse, lexicon: Lexicon) -> Reading | None:
    """ "a samovar pours into a teacup": the known object fits its role, the other one is unknown."""
    if all(mention.category for mention in parse.mentions):
        return None
    for verb, predicate in _actions(parse, lexicon, attributive=False):
        for first, second in zip(parse.mentions, parse.mentions[1:], strict=False):
            strangers = [first.category, second.category].count(None)
            if strangers == 0 or (strangers == 2 and len(parse.mentions) > 2):
                continue
            acts = _first_acts(parse, first, second, verb)
            target, base = (first, second) if acts else (second, first)
            fits = target.category in fillers(predicate, "target") or base.category in fillers(predicate, "base")
            if fits or strangers == 2:
                return Reading(target, predicate, base)
    return None


def _plausible_action(parse: Parse, lexicon: Lexicon) -> Reading | None:
    """A verb whose actor or object the catalog has in that role, though not with each other; not where the place is known."""
    if any(_is_known(place, tie(parse, place)) for place in parse.places):
        return None
    verbs = _actions(parse, lexicon, attributive=False)
    for first, second in _pairs(parse):
        for verb, predicate in verbs:
            acts = _first_acts(parse, first, second, verb)
            target, base = (first, second) if acts else (second, first)
            for one, other in ((target, base), (base, target)):
                does, takes = one.category in fillers(predicate, "target"), other.category in fillers(predicate, "base")
                if does and (takes or (one is target and _acts_alone(parse, verb))):
                    return Reading(one, predicate, other)
    return None


def _is_known(place: Place, tied: tuple[Mention, Mention] | None) -> bool:
    """Whether the catalog has two objects in this relation of place."""
    return tied is not None and (tied[0].category, place.marker.predicate, tied[1].category) in known_triples()


def _acts_alone(parse: Parse, verb: int) -> bool:
    """The verb governs the sentence: "writing on a box", "hits a box", but not "filled with tea on a table"."""
    place = next((p for p in parse.places if p.start > verb), None)
    if len(parse.mentions) > 2:
        return False
    return place is None or place.marker.weak or place.start == verb + 1 or tie(parse, place) is None


def _any_action(parse: Parse, lexicon: Lexicon) -> Reading | None:
    for verb, predicate in _actions(parse, lexicon, attributive=True):
        first, second = parse.mentions[:2]
        acts = _first_acts(parse, first, second, verb)
        return Reading(first if acts else second, predicate, second if acts else first)
    return None


def _spatial(parse: Parse) -> Reading | None:
    """The first spatial phrase that ties two objects; weak ones ("by", "over") and dangling ones ("on top") last."""
    found = []
    for place in parse.places:
        tied = tie(parse, place)
        if (tied is not None and tied[0] is not tied[1]) or (tied is not None and place.marker.kind == "both"):
            dangling = place.marker.kind == "refers" and place.marker.bare
            found.append((place.marker.weak, dangling, place.start, place, tied))
    if not found:
        return None
    *_, place, (target, base) = min(found, key=lambda item: item[:3])
    if place.marker.predicate == "above" and (base.category, "under", target.category) in known_triples():
        target, base = base, target
    if place.marker.kind == "holds" and (base.category, "grips", target.category) in known_triples():
        return Reading(base, "grips", target)
    predicate, notes = _settled(parse, place, target, base)
    return Reading(target, predicate, base, notes=notes)


def _settled(parse: Parse, place: Place, target: Mention, base: Mention) -> tuple[str, tuple[str, ...]]:
    """The predicate that the phrase means between these two objects, and a note where that took a choice."""
    said = place.marker.predicate
    words = " ".join(parse.tokens[place.start : place.end])
    triple = known_triples()
    if said == "above":
        return _over(words, target, base)
    if words == "at" and target.category and target.category not in fillers(said, "target"):
        return ("on" if (target.category, "on", base.category) in triple else "beside"), ()
    if words == "into":
        return _into(target, base)
    if said == "on/inside":
        return next((p for p in ("inside", "on") if (target.category, p, base.category) in triple), "inside"), ()
    if (said in {"on", "beside"} and _LEANING & set(parse.tokens)) or (said == "at" and _LEANING & set(parse.tokens)):
        return "leaning against", ()
    special = [name for name in _SPECIAL.get(said, ()) if (target.category, name, base.category) in triple]
    if len(special) == 1 and (target.category, said, base.category) not in triple:
        return special[0], ()
    seated = (target.category, "sits at", base.category) in triple
    if said == "under" and seated and _MOVED_UNDER & set(parse.tokens):
        return "sits at", ()
    if said == "inside" and place.marker.kind == "governs":
        on = (target.category, "on", base.category) in triple
        if on and (target.category, "inside", base.category) not in triple:
            return "on", (f'read "{words}" as "on", as the catalog has {target.category} and {base.category}',)
    return said, ()


def _over(words: str, target: Mention, base: Mention) -> tuple[str, tuple[str, ...]]:
    triple = known_triples()
    if (target.category, "under", base.category) in triple:
        return "under", ()
    for predicate in _OVERHEAD:
        if (target.category, predicate, base.category) in triple:
            return predicate, (f'read "{words}" as "{predicate}"; name the action to be sure',)
    return "on", (f'there is no relation "{words}" in the catalog; read as "on"',)


def _into(target: Mention, base: Mention) -> tuple[str, tuple[str, ...]]:
    """ "teapot into teacup" names no action: what the catalog does with these two, else inside."""
    for predicate in ("inside", "pours into", "sprinkles into", "drops into", "plugs into", "dips into"):
        known = (target.category, predicate, base.category) in known_triples()
        if known or (target.category is None and base.category in fillers(predicate, "base")):
            return predicate, () if predicate == "inside" else (f'read "into" as "{predicate}"',)
    return "inside", ()


def _guess(parse: Parse) -> Reading:
    """No relation was said: the most typical one of the two objects, else beside."""
    for first, second in _pairs(parse):
        if not (first.category and second.category):
            continue
        typical = typical_of(first.category, second.category)
        if typical is not None:
            forward = typical.target == first.category
            target, base = (first, second) if forward else (second, first)
            return Reading(target, typical.predicate, base, recognised=False)
    first, second = parse.mentions[:2]
    return Reading(first, "beside", second, recognised=False)


def typical_of(one: str, other: str) -> Context | None:
    """The first context of the catalog with these two objects, in either role."""
    pairs = ((one, other), (other, one))
    return next((context for context in contexts() if (context.target, context.base) in pairs), None)
