"""What the embedded text encoder reads in training: sentences of the catalog's grammar, and general language around them.

Grammar: the training contexts; random pairs, half of whose nouns are WordNet's; the same with verbs and places that the catalog
does not have. General language: bare nouns, verbs and phrases, and WordNet's definitions. The names of held-out categories and
their words occur nowhere, not even in a definition. A word that only held-out phrasings or adjectives use occurs in definitions
of other words (general language) and nowhere else.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from diffusion.text_encoder import normalise_sentence
from diffusion.text_words import Words, free, held_out_phrase_words, mentions_held_out
from diffusion.wordnet import LIVING, THINGS, WordNet
from oor.catalog.category import categories
from oor.catalog.contexts import Context, predicates
from oor.catalog.nouns import TRAINING_ADJECTIVES, indefinite
from oor.catalog.phrases import PHRASES, Wording, gerund, third_person
from oor.catalog.prompts import training_prompts, worded_prompt
from oor.catalog.splits import training_categories, training_contexts

IGNORE = -100
PARTS = ("relation", "phrase", "target", "base", "sentence")  # columns of `Corpus.labels`
SYLLABLES = (
    "ta",
    "re",
    "in",
    "so",
    "be",
    "lor",
    "mi",
    "der",
    "pha",
    "wit",
    "un",
    "es",
    "ki",
    "ly",
    "ment",
    "ter",
    "con",
    "sh",
    "gra",
    "vo",
)
FOLLOWED_BY = (
    "",
    "",
    "",
    "into",
    "onto",
    "on",
    "at",
    "over",
    "from",
    "through",
    "around",
    "against",
    "across",
    "off",
    "with",
    "near",
)
PLACES = ("near", "around", "past", "beyond", "opposite", "away from", "far from", "along", "across from", "outside")
AGENTS = ("by", "by", "with", "from")


@dataclass(frozen=True)
class Row:
    """A sentence, which relation it says (an index, or IGNORE), and the words that say relation, target and base ("": none).

    meant: whether the sentence as a whole has a vector of the teacher's.
    """

    sentence: str
    relation: int = IGNORE
    phrase: str = ""
    target: str = ""
    base: str = ""
    meant: bool = False


@dataclass(frozen=True)
class Corpus:
    """Sentences, with made-up words among them (noisy) and without; the texts that the teacher embeds; labels (n, 5).

    The columns of the labels are PARTS: the index of a predicate, or one past the last for none of them; four indices of texts.
    """

    sentences: list[str]
    noisy: list[str]
    texts: list[str]
    labels: Tensor


@dataclass(frozen=True)
class Amounts:
    """How much there is of each kind."""

    prompts_per_context: int = 40
    unworded: int = 6  # sentences per context with a verb that the catalog does not have: the nouns alone must tell the relation
    random_pairs: int = 40_000  # sentences about pairs outside the contexts, so that words compose
    foreign: int = 16_000  # sentences with verbs and places that the catalog does not have
    nouns: int = 40_000  # bare nouns of WordNet at most
    glosses: int = 45_000  # definitions at most
    bare: int = 8  # times that a bare word of the catalog is met


def corpus(amounts: Amounts, wordnet: WordNet, seed: int) -> Corpus:
    """The whole of it; the same for the same seed."""
    rng = random.Random(seed)
    words = Words.of(wordnet)
    made = (part(amounts, words, rng) for part in (_contexts, _pairs, _foreign, _bare))
    rows = [row for part in made for row in part if not held_out_phrase_words() & set(row.sentence.lower().strip(".").split())]
    rows += _glosses(amounts, wordnet, rng)
    return tabulate([row for row in rows if not mentions_held_out(row.sentence)], words.verbs, rng)


def tabulate(rows: list[Row], strangers: list[str], rng: random.Random) -> Corpus:
    """Rows as a corpus: normalised, made noisy where somebody is related to somebody, texts numbered."""
    clean = [normalise_sentence(row.sentence) for row in rows]
    noisy = [
        _with_strange_words(text, strangers, rng) if row.phrase and row.target else text
        for text, row in zip(clean, rows, strict=True)
    ]
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts)) if text else IGNORE

    labels = [
        (row.relation, number(row.phrase), number(row.target), number(row.base), number(text if row.meant else ""))
        for text, row in zip(clean, rows, strict=True)
    ]
    return Corpus(clean, noisy, list(texts), torch.tensor(labels))


def _contexts(amounts: Amounts, words: Words, rng: random.Random) -> list[Row]:
    rows = []
    for context in training_contexts():
        prompts = training_prompts(context, amounts.prompts_per_context, 0)
        rows += [said(context, prompt, meant=i < 8) for i, prompt in enumerate(prompts)]
    for context in training_contexts():
        relation = predicates().index(context.predicate)
        for _ in range(amounts.unworded):
            _, wording = _foreign_verb(words, rng)
            target, base = _spoken(context, prompt := worded_prompt(wording, context, rng))
            rows.append(Row(prompt, relation, target=target, base=base))
    return rows


def _pairs(amounts: Amounts, words: Words, rng: random.Random) -> list[Row]:
    rows = []
    for i in range(amounts.random_pairs // 4):
        context = Context(words.noun(rng), rng.choice(predicates()), words.noun(rng))
        rows += [said(context, prompt, meant=k == 0) for k, prompt in enumerate(training_prompts(context, 4, i))]
    return rows


def _foreign(amounts: Amounts, words: Words, rng: random.Random) -> list[Row]:
    rows = []
    for _ in range(amounts.foreign):
        phrase, wording = _foreign_verb(words, rng) if rng.random() < 0.8 else _foreign_place(rng)
        context = Context(words.noun(rng), phrase, words.noun(rng))
        target, base = _spoken(context, prompt := worded_prompt(wording, context, rng))
        rows.append(Row(prompt, phrase=phrase, target=target, base=base))
    return rows


def _foreign_place(rng: random.Random) -> tuple[str, Wording]:
    """A place that is none of the catalog's, and how sentences say it."""
    place = rng.choice(PLACES)
    return place, Wording(places=(place,), inverses=(f"with {{T}} {place} it",))


def _foreign_verb(words: Words, rng: random.Random) -> tuple[str, Wording]:
    """A verb that is none of the catalog's, in the third person, and how sentences say it."""
    verb, follows = rng.choice(words.verbs), rng.choice(FOLLOWED_BY)
    phrase = f"{verb} {follows}".strip()
    done = f"{gerund(verb).removesuffix('ing')}ed {rng.choice(AGENTS)}"
    return third_person(phrase), Wording((phrase,), (done,), inverses=(f"with {{T}} {gerund(phrase)} it",))


def _bare(amounts: Amounts, words: Words, rng: random.Random) -> list[Row]:
    none = len(predicates())
    rows = [
        Row(word, none, "", word, word, True)
        for known in training_categories().values()
        for word in known.words
        for _ in range(amounts.bare)
    ]
    nouns = rng.sample(words.nouns, min(amounts.nouns, len(words.nouns)))
    rows += [Row(word, none, "", word, word, True) for word in nouns]
    rows += [Row(verb, phrase=verb, meant=True) for verb in words.verbs]
    for noun in [*words.names, *rng.sample(nouns, len(nouns) // 3)]:
        adjective = rng.choice([*TRAINING_ADJECTIVES["any"], *TRAINING_ADJECTIVES["made"]])
        rows.append(Row(f"{rng.choice(('the', 'my', 'a'))} {adjective} {noun}", none, "", noun, noun))
        rows.append(Row(f"{indefinite(noun)} and {indefinite(words.noun(rng))}", none))
    for relation, predicate in enumerate(predicates()):
        names = [predicate] * amounts.bare
        rows += [Row(text, relation, text, meant=True) for text in (*names, *dict.fromkeys(_forms(predicate).values()))]
    return rows


def _glosses(amounts: Amounts, wordnet: WordNet, rng: random.Random) -> list[Row]:
    none = len(predicates())
    physical = [(synset, none) for synset in wordnet.nouns if synset.file in THINGS | LIVING]
    others = [(synset, IGNORE) for synset in (*wordnet.verbs, *wordnet.adverbs)]
    rows = []
    for synset, relation in (*physical, *others):
        lemmas = free(synset.lemmas)
        if lemmas and not mentions_held_out(synset.gloss):
            gloss = " ".join(synset.gloss.split()[:24])
            rows.append(Row(f"{rng.choice(lemmas)}: {gloss}", relation, meant=True))
    return rng.sample(rows, min(amounts.glosses, len(rows)))


@cache
def _forms(predicate: str) -> dict[str, str]:
    """How the predicate may stand in a training sentence -> the phrase of it that has a vector."""
    wording = PHRASES[predicate].training
    forms = {form(verb): third_person(verb) for verb in wording.verbs for form in (third_person, gerund)}
    forms |= {text: text for text in (*wording.passives, *wording.places, *wording.postures)}
    return dict(sorted(forms.items(), key=lambda item: -len(item[0])))


def said(context: Context, prompt: str, meant: bool = False) -> Row:
    """A training prompt of a context with what it says."""
    text = f" {normalise_sentence(prompt)} "
    phrase = next((said for form, said in _forms(context.predicate).items() if f" {form} " in text), context.predicate)
    return Row(prompt, predicates().index(context.predicate), phrase, *_spoken(context, prompt), meant)


def _spoken(context: Context, prompt: str) -> tuple[str, str]:
    """The word of the target and that of the base that a prompt uses."""
    known, text = categories(), normalise_sentence(prompt)
    found = []
    for name in (context.target, context.base):
        words = known[name].words if name in known else (name,)
        found.append(max((word for word in words if word in text), key=len, default=name))
    return found[0], found[1]


def _with_strange_words(sentence: str, strangers: list[str], rng: random.Random) -> str:
    """Half of the sentences get words that are made up or out of place, mostly in front: neither should confuse the encoder."""
    words = sentence.split()
    if rng.random() < 0.5:
        for _ in range(rng.choice((1, 2, 3))):
            place = rng.choice((0, 0, 0, len(words), rng.randrange(len(words) + 1)))
            made_up = "".join(rng.choice(SYLLABLES) for _ in range(rng.choice((1, 2))))
            words.insert(place, made_up if rng.random() < 0.5 else rng.choice(strangers))
    return " ".join(words)
