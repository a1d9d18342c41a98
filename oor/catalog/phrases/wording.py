"""What a predicate's wording consists of, and how its verbs are inflected."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DOUBLES = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")  # one short syllable: "drop" -> "dropping"


@dataclass(frozen=True)
class Wording:
    """Ways to say one predicate. {T} stands for the target with its article; the base comes where the phrase ends.

    verbs: bare infinitives with what follows ("pour water into"): target first, base last. passives: participles with
    their particle ("filled by"): base first, target last. places: prepositions ("on top of"); postures: participles
    that act as prepositions ("resting on"): target first, base last. inverses: what follows the base, in full ("with
    {T} on it"). adverbs: manners that fit every verb of the list.
    """

    verbs: tuple[str, ...] = ()
    passives: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    postures: tuple[str, ...] = ()
    inverses: tuple[str, ...] = ()
    adverbs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phrases:
    """The wording a model is trained on and the wording it is tested with; no phrase is in both."""

    training: Wording
    held_out: Wording


def third_person(verb: str) -> str:
    """ "pour water into" -> "pours water into"."""
    head, _, rest = verb.partition(" ")
    if head.endswith(("s", "sh", "ch", "x", "z")):
        head += "es"
    elif head.endswith("y") and head[-2] not in "aeiou":
        head = head[:-1] + "ies"
    else:
        head += "s"
    return f"{head} {rest}".strip()


def gerund(verb: str) -> str:
    """ "cut into" -> "cutting into"; "slice" -> "slicing"."""
    head, _, rest = verb.partition(" ")
    if _DOUBLES.fullmatch(head):
        head += head[-1]
    elif head.endswith("ie"):
        head = head[:-2] + "y"
    elif head.endswith("e") and not head.endswith(("ee", "oe", "ye")):
        head = head[:-1]
    return f"{head}ing {rest}".strip()


CALMLY = ("gently", "slowly", "carefully")
FIRMLY = ("firmly", "carefully", "steadily")
