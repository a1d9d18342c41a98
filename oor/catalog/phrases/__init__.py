"""Phrases: how each predicate is said. One wording for training, another one, disjoint, held out."""

from __future__ import annotations

from functools import cache

from oor.catalog.phrases import cooking, functional, keeping, making, playing, spatial
from oor.catalog.phrases.wording import Phrases as Phrases
from oor.catalog.phrases.wording import Wording as Wording
from oor.catalog.phrases.wording import gerund as gerund
from oor.catalog.phrases.wording import third_person as third_person

PHRASES: dict[str, Phrases] = {
    **functional.PHRASES,
    **cooking.PHRASES,
    **making.PHRASES,
    **playing.PHRASES,
    **keeping.PHRASES,
    **spatial.PHRASES,
}

# verbs and participles beyond those of the phrases, that a user may type for each relation
MORE_VERBS: dict[str, str] = {
    **functional.MORE_VERBS,
    **cooking.MORE_VERBS,
    **making.MORE_VERBS,
    **playing.MORE_VERBS,
    **keeping.MORE_VERBS,
}


@cache
def said_with(predicate: str) -> frozenset[str]:
    """Every word of a predicate's verbs, participles and inverses."""
    wordings = (PHRASES[predicate].training, PHRASES[predicate].held_out)
    phrases = [text for wording in wordings for text in (*wording.verbs, *wording.passives, *wording.inverses)]
    return frozenset(word for text in phrases for word in text.split())
