"""Prompts: English sentences for a context. Those a network is trained on, and others, built differently, for tests.

A structure is a sentence with slots: {T} and {B} are the target and the base with an article, {aT} and {aB} with an
indefinite one, {t} and {b} bare words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import cache

from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.catalog.nouns import (
    HELD_OUT_ADJECTIVES,
    MASS,
    MODIFIERS,
    PAIRS,
    TRAINING_ADJECTIVES,
    UNSPOKEN,
    Adjectives,
    fitting,
    indefinite,
)
from oor.catalog.phrases import PHRASES, Wording, gerund, third_person


@cache
def training_structures(predicate: str) -> tuple[str, ...]:
    """Every sentence structure that training prompts of the predicate are made of."""
    return structures(PHRASES[predicate].training)


@cache
def structures(wording: Wording) -> tuple[str, ...]:
    """Every sentence structure, of those that training uses, that a wording gives."""
    found = []
    for verb in wording.verbs:
        found += [f"{{T}} {third_person(verb)} {{B}}", f"{{T}} is {gerund(verb)} {{B}}", f"{{T}} {gerund(verb)} {{B}}",
                  f"there is {{aT}} {gerund(verb)} {{B}}", f"{{t}} {gerund(verb)} {{b}}"]
        found += [f"{{T}} {adverb} {third_person(verb)} {{B}}" for adverb in wording.adverbs]
        found += [f"{{T}} is {adverb} {gerund(verb)} {{B}}" for adverb in wording.adverbs]
    for passive in wording.passives:
        found += [f"{{B}} is {passive} {{T}}", f"{{B}} is being {passive} {{T}}", f"{{B}} being {passive} {{T}}",
                  f"there is {{aB}} being {passive} {{T}}", f"{{b}} being {passive} {{t}}"]
    for place in wording.places:
        found += [f"{{T}} {place} {{B}}", f"{{T}} is {place} {{B}}", f"{{T}} sits {place} {{B}}",
                  f"{{T}} is placed {place} {{B}}", f"there is {{aT}} {place} {{B}}", f"{{t}} {place} {{b}}"]
    for posture in wording.postures:
        found += [f"{{T}} {posture} {{B}}", f"{{T}} is {posture} {{B}}", f"there is {{aT}} {posture} {{B}}",
                  f"{{t}} {posture} {{b}}"]
    for inverse in wording.inverses:
        found.append(f"{{B}} {inverse}")
        if not inverse.startswith("has "):
            found.append(f"there is {{aB}} {inverse}")
            found.append(f"{{b}} {inverse.replace('{T}', '{t}')}")
    return tuple(dict.fromkeys(found))


@cache
def held_out_structures(predicate: str) -> tuple[tuple[str, ...], ...]:
    """The sentence structures of held-out prompts, grouped by their frame; none of them is a training structure."""
    wording = PHRASES[predicate].held_out
    frames: list[tuple[str, ...]] = []
    frames += _held_out_actions(wording)
    frames += _held_out_places(wording)
    plain = [inverse for inverse in wording.inverses if not inverse.startswith("that ")]
    related = [inverse for inverse in wording.inverses if inverse.startswith("that ")]
    frames.append(tuple(f"here you see {{B}} {inverse}" for inverse in plain))
    frames.append(tuple(f"a close-up of {{aB}} {inverse}" for inverse in (*plain, *related)))
    frames.append(tuple(f"find {{aB}} {inverse}" for inverse in (*related, *plain)))
    return tuple(frame for frame in frames if frame)


def _held_out_actions(wording: Wording) -> list[tuple[str, ...]]:
    acts = [(third_person(verb), gerund(verb)) for verb in wording.verbs]
    return [
        tuple(f"photo showing {{aT}} {doing} {{B}}" for _, doing in acts),
        tuple(f"{{T}} that {does} {{B}}" for does, _ in acts),
        tuple(f"imagine {{aT}} {doing} {{B}}" for _, doing in acts),
        tuple(f"a picture in which {{aT}} {does} {{B}}" for does, _ in acts),
        tuple(f"look at {{B}} as {{T}} {does} it" for does, _ in acts if " " not in does),
        tuple(f"find {{aB}} that is being {passive} {{aT}}" for passive in wording.passives),
        tuple(f"{{B}} which gets {passive} {{T}}" for passive in wording.passives if not passive.startswith("used")),
        tuple(f"photo showing {{B}} while it is {passive} {{T}}" for passive in wording.passives),
    ]


def _held_out_places(wording: Wording) -> list[tuple[str, ...]]:
    return [
        tuple(f"{place} {{B}} there is {{aT}}" for place in wording.places),
        tuple(f"{place} {{B}} you will find {{aT}}" for place in (*wording.places, *wording.postures)),
        tuple(f"{place} {{B}} is {{aT}}" for place in (*wording.places, *wording.postures)),
        tuple(f"{{T}} that is {place} {{B}}" for place in (*wording.places, *wording.postures)),
        tuple(f"photo showing {{aT}} {place} {{B}}" for place in (*wording.places, *wording.postures)),
        tuple(f"imagine {{aT}} positioned {place} {{B}}" for place in wording.places),
        tuple(f"imagine {{aT}} {posture} {{B}}" for posture in wording.postures),
        tuple(f"{{T}} has been left {place} {{B}}" for place in wording.places),
        tuple(f"find {{aT}} which is located {place} {{B}}" for place in wording.places),
        tuple(f"picture {{aB}}, and {{aT}} {place} it" for place in wording.places),
        tuple(f"{{T}} can be seen {posture} {{B}}" for posture in wording.postures),
        tuple(f"a picture in which {{aT}} is {posture} {{B}}" for posture in wording.postures),
    ]


def captions(context: Context, count: int, seed: int) -> list[str]:
    """`count` distinct training sentences under the conditions of the paper's Fig. 12.

    They start with A, An or The and name both objects and nothing else: active, passive, noun phrases, either object first.
    ValueError when the grammar has hardly any more.
    """
    structures = [text for text in training_structures(context.predicate) if text.startswith(("{T}", "{B}"))]
    return _distinct(structures, context, {}, count, random.Random(f"captions/{context}/{seed}"), (_as_sentence,))


def training_prompts(context: Context, count: int, seed: int) -> list[str]:
    """`count` distinct sentences that say the context; the same for the same seed.

    ValueError when the grammar has hardly any more.
    """
    rng = random.Random(f"training/{context}/{seed}")
    return _distinct(training_structures(context.predicate), context, TRAINING_ADJECTIVES, count, rng, _FINISHES)


def worded_prompt(wording: Wording, context: Context, rng: random.Random) -> str:
    """A sentence of the training grammar that says of the context's objects what a wording says, not what its predicate does."""
    return _sentence(rng.choice(structures(wording)), context, TRAINING_ADJECTIVES, rng)


def _distinct(structures: Sequence[str], context: Context, adjectives: Adjectives, count: int, rng: random.Random,
              finishes: Sequence[Callable[[str], str]]) -> list[str]:
    found: dict[str, None] = {}
    repeats = 0
    while len(found) < count:
        sentence = rng.choice(finishes)(_sentence(rng.choice(structures), context, adjectives, rng))
        repeats = repeats + 1 if sentence in found else 0
        found[sentence] = None
        if repeats > 500:
            raise ValueError(f"only about {len(found)} prompts for {context}, {count} wanted; ask for fewer")
    return list(found)


def held_out_prompts(context: Context) -> list[str]:
    """At least 8 distinct sentences that say the context as no training prompt does; always the same ones."""
    rng = random.Random(f"held out/{context}")
    frames = held_out_structures(context.predicate)
    found: dict[str, None] = {}
    while len(found) < max(12, len(frames)):
        for frame in frames:
            found[rng.choice(_FINISHES)(_sentence(rng.choice(frame), context, HELD_OUT_ADJECTIVES, rng))] = None
    return list(found)


def _sentence(structure: str, context: Context, adjectives: Adjectives, rng: random.Random) -> str:
    nouns = {"t": _noun(context.target, adjectives, rng), "b": _noun(context.base, adjectives, rng)}
    twins = context.target == context.base
    if twins:
        nouns["b"] = nouns["t"] = rng.choice((context.target, *spoken_words(context.target)))
        pair = rng.choice((("a", "another"), ("the", "the other")))
    articles = rng.choice((("a", "a"), ("a", "a"), ("a", "the"), ("the", "the")))
    slots = re.findall(r"\{(a?[TBtb])\}", structure)
    fillers = {}
    for place, slot in enumerate(slots):
        noun, name = nouns[slot[-1].lower()], context.target if slot[-1] in "Tt" else context.base
        if slot in "tb":
            fillers[slot] = noun
        elif twins:
            fillers[slot] = indefinite(noun) if pair[place] == "a" else f"{pair[place]} {noun}"
        elif slot[0] == "a" or articles[place] == "a":
            mass = name in MASS and noun.endswith(name) and " of " not in noun
            fillers[slot] = f"{'some' if adjectives else 'the'} {noun}" if mass else indefinite(noun)
        else:
            fillers[slot] = f"the {noun}"
    return re.sub(r"\{(a?[TBtb])\}", lambda slot: fillers[slot.group(1)], structure)


def _noun(name: str, adjectives: Adjectives, rng: random.Random) -> str:
    word = rng.choice((name, name, *spoken_words(name)))
    if word.endswith(PAIRS) and " of " not in word:
        word = f"pair of {word}"  # its verb is singular, as that of every other noun
    if not adjectives or rng.random() < 0.6 or " of " in word or word.split()[0] in MODIFIERS:
        return word
    described = f"{rng.choice(fitting(name, adjectives))} {word}"
    return word if described in all_words() else described  # an old wooden spoon, but no "wooden spoon" for a spoon


@cache
def all_words() -> frozenset[str]:
    """Every singular word of every category."""
    return frozenset(word for category in categories().values() for word in category.words)


@cache
def spoken_words(name: str) -> tuple[str, ...]:
    """The category's words that no other category shares."""
    known = categories()
    others = {word for other in known.values() if other.name != name for word in other.words}
    return tuple(word for word in known[name].words if word not in others | UNSPOKEN) if name in known else (name,)


def _plain(text: str) -> str:
    return text


def _as_sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


_FINISHES: tuple[Callable[[str], str], ...] = (_plain, _plain, _as_sentence, lambda text: text[0].upper() + text[1:])
