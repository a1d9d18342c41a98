"""Phrases: how each predicate is said. One wording for training, another one, disjoint, held out."""

from __future__ import annotations

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
