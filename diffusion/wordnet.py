"""WordNet's text files: nouns of things one can touch, verbs, and what words mean. Needed to train the text encoder only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ANIMAL, ARTIFACT, BODY, FOOD, OBJECT, PLANT = 5, 6, 8, 13, 17, 20  # lexicographer files of data.noun
THINGS = frozenset({ARTIFACT, BODY, FOOD, OBJECT})
LIVING = frozenset({ANIMAL, PLANT})
_LEMMA = re.compile(r"[a-z][a-z'-]+(_[a-z][a-z'-]+)?")  # lower case, one word or two
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Synset:
    """Lemmas that mean the same, from which lexicographer file, and the definition without its examples."""

    lemmas: tuple[str, ...]
    file: int
    gloss: str


@dataclass(frozen=True)
class WordNet:
    """Synsets by part of speech, and the verbs whose participle does not end in -ed."""

    nouns: tuple[Synset, ...]
    verbs: tuple[Synset, ...]
    adverbs: tuple[Synset, ...]
    irregular: frozenset[str]

    def lemmas(self, files: frozenset[int]) -> list[str]:
        """Every noun of these lexicographer files once, in order."""
        return list(dict.fromkeys(lemma for synset in self.nouns if synset.file in files for lemma in synset.lemmas))

    def regular_verbs(self) -> list[str]:
        """Every verb of one word whose participle ends in -ed, in order."""
        verbs = dict.fromkeys(lemma for synset in self.verbs for lemma in synset.lemmas)
        return [verb for verb in verbs if _WORD.fullmatch(verb) and verb not in self.irregular]


def read_wordnet(folder: Path) -> WordNet:
    """WordNet 3 from data.noun, data.verb, data.adv and verb.exc. ValueError when they are missing or damaged."""
    nouns, verbs, adverbs = (tuple(_synsets(folder / f"data.{part}")) for part in ("noun", "verb", "adv"))
    forms = [line.split() for line in _lines(folder / "verb.exc")]
    irregular = {base for form, *bases in forms for base in bases if not form.endswith(("ed", "ing", "s"))}
    return WordNet(nouns, verbs, adverbs, frozenset(irregular))


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise ValueError(
            f"no WordNet in {path.parent} ({path.name} is missing); install the package wordnet-base, "
            "or say where its files are with wordnet=FOLDER"
        )
    return path.read_text(encoding="utf-8").splitlines()


def _synsets(path: Path) -> Iterator[Synset]:
    for number, line in enumerate(_lines(path), 1):
        if line.startswith("  ") or not line:  # the licence
            continue
        fields, bar, gloss = line.partition(" | ")
        parts = fields.split(" ")
        try:
            lemmas = parts[4 : 4 + 2 * int(parts[3], 16) : 2]
            file = int(parts[1])
        except (IndexError, ValueError):
            lemmas, file = [], 0
        if not bar or not lemmas:
            raise ValueError(
                f"{path}, line {number} is no WordNet synset ({line[:40]!r}); install the package wordnet-base again"
            )
        known = tuple(lemma.replace("_", " ") for lemma in lemmas if _LEMMA.fullmatch(lemma))
        if known:
            yield Synset(known, file, gloss.split('; "')[0].strip())
