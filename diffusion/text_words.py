"""The words that the text encoder's training sentences are filled with, and those that are held out of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from diffusion.wordnet import LIVING, THINGS, WordNet
from oor.catalog.category import categories
from oor.catalog.nouns import HELD_OUT_ADJECTIVES, TRAINING_ADJECTIVES
from oor.catalog.phrases import PHRASES, gerund, third_person
from oor.catalog.prompts import training_structures
from oor.catalog.splits import held_out_categories, training_categories


@cache
def _held_out_words() -> re.Pattern[str]:
    known = categories()
    words = {word for name in held_out_categories() for word in (*name.split(), *known[name].words)}
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})(?:s|es)?\b")


def mentions_held_out(text: str) -> bool:
    """Whether a word of a held-out category occurs in the text."""
    return _held_out_words().search(text.lower()) is not None


@cache
def held_out_phrase_words() -> frozenset[str]:
    """The words that held-out phrasings and adjectives use and training ones do not, verbs in all their forms."""

    hidden = set()
    for wording in (phrases.held_out for phrases in PHRASES.values()):
        verbs = [form(verb) for verb in wording.verbs for form in (str, third_person, gerund)]
        rest = (*wording.passives, *wording.places, *wording.postures, *wording.inverses)
        hidden |= {word for text in (*verbs, *rest) for word in text.split()}
    known = {word for predicate in PHRASES for text in training_structures(predicate) for word in text.split()}
    hidden |= {word for options in HELD_OUT_ADJECTIVES.values() for text in options for word in text.split()}
    known |= {"a", "an", "and", "the"}  # of any grammar
    known |= {word for options in TRAINING_ADJECTIVES.values() for text in options for word in text.split()}
    known |= {word for category in training_categories().values() for text in category.words for word in text.split()}
    return frozenset(hidden - known)


def free(lemmas: Iterable[str]) -> list[str]:
    """Those that have no word held out."""
    return [lemma for lemma in lemmas if not mentions_held_out(lemma) and not held_out_phrase_words() & set(lemma.split())]


@dataclass(frozen=True)
class Words:
    """What sentences are filled with: the catalog's names, WordNet's nouns and verbs, none of them held out."""

    names: list[str]
    nouns: list[str]
    verbs: list[str]

    @staticmethod
    def of(wordnet: WordNet) -> Words:
        """Things, the living ones that a definition mentions, and regular verbs."""
        told = {word for synset in wordnet.nouns for word in synset.gloss.lower().split()}
        living = [lemma for lemma in wordnet.lemmas(LIVING) if lemma in told]
        spoken = {*training_categories(), *(word for known in training_categories().values() for word in known.words)}
        nouns = [lemma for lemma in dict.fromkeys([*wordnet.lemmas(THINGS), *living]) if lemma not in spoken]
        verbs = [verb for verb in wordnet.regular_verbs() if verb not in _catalog_verbs()]
        return Words(list(training_categories()), free(nouns), free(verbs))

    def noun(self, rng: random.Random) -> str:
        """A name of the catalog or any other noun."""
        return rng.choice(self.names if rng.random() < 0.5 else self.nouns)


@cache
def _catalog_verbs() -> frozenset[str]:
    return frozenset(verb.split()[0] for phrases in PHRASES.values() for verb in phrases.training.verbs)
