"""The lexicon: which words name objects, which say a relation and how, and which only hold a sentence together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from oor.catalog.contexts import contexts
from oor.catalog.nouns import PAIRS
from oor.catalog.phrases import MORE_VERBS, PHRASES, gerund, third_person
from oor.catalog.vocabulary import (
    ABSENT,
    FUNCTION,
    GENERAL_VERBS,
    HELD,
    HOLDERS,
    IGNORED,
    NEGATIONS,
    NOT_ACTIONS,
    PLACES,
    SURROUNDINGS,
    SYMMETRIC,
    WEAK_PLACES,
)

if TYPE_CHECKING:
    from oor.catalog.category import Category

Tokens = tuple[str, ...]

_USED = {"used", "as", "a", "to", "for"}  # "used as a holder for" is said by the holder
_POSTURES = {"sit", "stand", "rest", "stay", "remain", "lie"}

@dataclass(frozen=True)
class Marker:
    """How a spatial phrase works. kind: "governs" (the base follows: "on"), "refers" (it points back at the base: "on
    it"), "holds" (the base comes first, the target follows: "supporting"), "held" (the reverse), "both" (side by side).
    bare: a governing phrase that can also stand alone, pointing back. weak: read only when nothing else helps.
    """

    predicate: str
    kind: str
    bare: bool = False
    weak: bool = False


@dataclass(frozen=True)
class Lexicon:
    """objects: token tuple -> category. object_tokens: single tokens of them. actions: verb form -> its predicates.
    markers: token tuple -> how it places things. structure: words that end a noun phrase.
    """

    objects: Mapping[Tokens, str]
    object_tokens: frozenset[str]
    actions: Mapping[str, tuple[str, ...]]
    markers: Mapping[Tokens, Marker]
    structure: frozenset[str]
    surroundings: frozenset[str] = SURROUNDINGS


def tokenize(text: str) -> Tokens:
    """Lower-case words: NFKC, no punctuation, no possessive 's, hyphens as spaces. "to the plate's left" is turned round."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    plain = re.sub(r"\b(?:to|on|at) ((?:\w+ ){0,4}\w+)'s (left|right)\b(?: side)?", r"to the \2 of \1", plain)
    plain = re.sub(r"'s\b", "", plain).replace("'", "")
    plain = re.sub(r"\bclose[- ]up\b", "closeup", plain)
    return tuple(re.sub(r"[\W_]+", " ", plain).split())


def plural(noun: str) -> str:
    """The regular plural of the noun's last word, or of the word before "of"."""
    if " of " in noun:
        head, _, rest = noun.partition(" of ")
        return f"{plural(head)} of {rest}"
    if noun.endswith(("knife",)):
        return noun[:-2] + "ves"
    if noun.endswith(("shelf", "loaf")):
        return noun[:-1] + "ves"
    if noun.endswith("mouse"):
        return noun[:-5] + "mice"
    return third_person(noun.replace(" ", "\0")).replace("\0", " ")


@cache
def lexicon() -> Lexicon:
    """The lexicon of the catalog, built once per process."""
    from oor.catalog.category import categories  # the templates load slowly; sentences are not read on import

    return lexicon_of(categories())


def lexicon_of(known: Mapping[str, Category]) -> Lexicon:
    """The lexicon for these categories; names that only the table of contexts has are included too."""
    objects: dict[Tokens, str] = {}
    named = {name: tuple(known[name].words) if name in known else (name,) for name in
             dict.fromkeys((*known, *(name for c in contexts() for name in (c.target, c.base))))}
    for name, words in sorted(named.items(), key=lambda item: item[0]):
        own = known[name].plural if name in known else None
        for form in (name, plural(name), own or name):
            objects[tokenize(form)] = name
        for word in words[1:]:
            for form in (word, plural(word)):
                if form not in named:
                    objects.setdefault(tokenize(form), name)
        for word in words:
            if word.endswith(PAIRS):
                objects.setdefault(tokenize(f"pair of {word}"), name)
    markers = _markers()
    actions = _actions()
    structure = FUNCTION | GENERAL_VERBS | NEGATIONS | frozenset(key[0] for key in markers if len(key) == 1)
    tokens = frozenset(token for key in objects for token in key if len(token) > 2 and token not in structure)
    return Lexicon(objects, tokens, actions, markers, structure - tokens | {"one", "other"})


def _actions() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for predicate, phrases in PHRASES.items():
        if phrases.training.postures or phrases.training.places:
            continue
        forms = set(MORE_VERBS.get(predicate, "").split())
        for wording in (phrases.training, phrases.held_out):
            forms |= {form for verb in wording.verbs for form in _verb_forms(verb)}
            forms |= {next(word for word in passive.split() if word not in _USED) for passive in wording.passives}
            forms |= {inverse.split()[0] for inverse in wording.inverses} - {"with", "has", "that"}
        for form in sorted(forms - NOT_ACTIONS):
            found.setdefault(form, {})[predicate] = None
    return {form: tuple(names) for form, names in found.items()}


def _verb_forms(verb: str) -> list[str]:
    """The words that say a verb: "pour into" is pour, pours, pouring; "sit nested in" is nested."""
    head, *rest = verb.split()
    if head in _POSTURES and rest and rest[0].endswith("ed"):
        return [rest[0]]
    return [say(verb).split()[0] for say in (str, third_person, gerund)]


def _markers() -> dict[Tokens, Marker]:
    found: dict[Tokens, Marker] = {}
    absent = {predicate: _phrases(text) for predicate, text in ABSENT.items()}
    for predicate, phrases in absent.items():
        found.update({phrase: Marker(predicate, "refers", bare=True) for phrase in phrases})
    for kind, table in (("holds", HOLDERS), ("held", HELD)):
        for predicate, text in table.items():
            found.update({phrase: Marker(predicate, kind) for phrase in _phrases(text)})
    places = {name: _phrases(text) for name, text in PLACES.items()}
    for name, told in PHRASES.items():
        for wording in (told.training, told.held_out):
            places.setdefault(name, []).extend(map(tokenize, wording.places))
            places[name] += map(tokenize if name == "leaning against" else _preposition, wording.postures)
    weak = {name: _phrases(text) for name, text in WEAK_PLACES.items()}
    for table_, is_weak in ((weak, True), (places, False)):
        for name, forms in table_.items():
            for form in forms:
                alone = form in absent.get(name, ())
                found[form] = Marker(name, "governs", bare=alone, weak=is_weak)
                for pronoun in ("it", "which", "them", "him", "her"):
                    found[(*form, pronoun)] = Marker(name, "refers", weak=is_weak)
    found.update({phrase: Marker("beside", "both") for phrase in _phrases(SYMMETRIC)})
    found.update({phrase: Marker("", "ignored") for phrase in _phrases(IGNORED)})
    mirrored = {tuple("right" if word == "left" else word for word in phrase):
                Marker("right of", marker.kind, marker.bare, marker.weak)
                for phrase, marker in found.items() if marker.predicate == "left of"}
    return found | mirrored


def _preposition(posture: str) -> Tokens:
    """ "sitting on top of" -> "on top of"."""
    tokens = tokenize(posture)
    while tokens[0] in GENERAL_VERBS:
        tokens = tokens[1:]
    return tokens


def _phrases(text: str) -> list[Tokens]:
    return [tuple(part.split()) for part in text.split(";") if part.strip()]
