"""Splits, fixed by a seed: what training never sees. Phrasings (oor/catalog/prompts.py), combinations, and whole categories.

A held-out category takes all its contexts along, and none of its name's words occur in another category's; a held-out combination
is a context whose relation, target and base each occur in other contexts of training.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import cache

from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context, catalog_contexts
from oor.catalog.phrases import PHRASES, gerund, third_person
from oor.catalog.relatives import SHIPPED

SEED = 8  # leaves the pairs that the paper shows, such as teapot and teacup, to training
CATEGORIES = 14  # held out
SHARE = 0.08  # of the contexts left are held out as combinations
KEPT = 5  # contexts of every relation that training keeps at least


def _lot(name: str) -> str:
    """A number drawn for a name: other names that come or go do not change it."""
    return hashlib.sha256(f"{SEED}/{name}".encode()).hexdigest()


@cache
def held_out_categories() -> frozenset[str]:
    """Names of the categories that training never sees."""
    order = sorted({name for context in catalog_contexts() for name in (context.target, context.base)}, key=_lot)
    chosen: set[str] = set()
    left = list(catalog_contexts())
    for name in order:
        rest = [context for context in left if name not in (context.target, context.base)]
        if len(chosen) < CATEGORIES and _keeps_enough(rest, left) and not _words_elsewhere(name):
            chosen.add(name)
            left = rest
    return frozenset(chosen)


@cache
def held_out_combinations() -> tuple[Context, ...]:
    """Contexts whose parts training sees, but never together."""
    left = [c for c in catalog_contexts() if not {c.target, c.base} & held_out_categories()]
    count, chosen = round(SHARE * len(left)), set[Context]()
    seen = {part: Counter(getattr(c, part) for c in left) for part in ("predicate", "target", "base")}
    needed = {"predicate": KEPT, "target": 1, "base": 1}
    for context in sorted(left, key=lambda context: _lot(str(context))):
        if len(chosen) < count and all(seen[part][getattr(context, part)] > least for part, least in needed.items()):
            chosen.add(context)
            for part in needed:
                seen[part][getattr(context, part)] -= 1
    return tuple(context for context in left if context in chosen)


@cache
def category_contexts() -> tuple[Context, ...]:
    """Contexts with a held-out category."""
    return tuple(c for c in catalog_contexts() if {c.target, c.base} & held_out_categories())


@cache
def training_contexts() -> tuple[Context, ...]:
    """All other contexts of the catalog."""
    hidden = {*held_out_combinations(), *category_contexts()}
    return tuple(context for context in catalog_contexts() if context not in hidden)


def evenly(known: Sequence[Context], count: int) -> tuple[Context, ...]:
    """That many of the contexts, at even distances in their order; all where there are no more."""
    return tuple(known[i * len(known) // count] for i in range(count)) if len(known) > count else tuple(known)


def training_categories() -> dict[str, Category]:
    """The categories whose words training may see."""
    return {name: known for name, known in categories().items() if name not in held_out_categories()}


def _keeps_enough(rest: list[Context], before: list[Context]) -> bool:
    now, then = (Counter(context.predicate for context in contexts) for contexts in (rest, before))
    return all(now[name] >= min(count, KEPT) for name, count in then.items())


@cache
def _words_elsewhere(name: str) -> bool:
    """Whether a word of the name occurs in another category's words or in the phrases."""
    others = {token for known in SHIPPED.values() if known.name != name for word in known.words for token in word.split()}
    wordings = [wording for phrases in PHRASES.values() for wording in (phrases.training, phrases.held_out)]
    spoken = {token for wording in wordings for verb in wording.verbs for say in (str, third_person, gerund)
              for token in say(verb).split()}
    return bool(set(name.split()) & (others | spoken))
