"""The prompt grammar: every sentence says its context, held-out sentences are built unlike training ones."""

from __future__ import annotations

import re

import pytest

from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts, predicates
from oor.catalog.phrases import PHRASES, gerund, third_person
from oor.catalog.prompts import (
    held_out_prompts,
    held_out_structures,
    indefinite,
    training_prompts,
    training_structures,
)
from oor.query import parse_query


def misread(context: Context, prompts: list[str]) -> list[str]:
    found = []
    for prompt in prompts:
        query = parse_query(prompt)
        read = (query.target, query.predicate, query.base)
        if read != (context.target, context.predicate, context.base) or query.familiarity != "known":
            found.append(f"{prompt!r} as {read}, {query.familiarity}")
    return found


@pytest.mark.parametrize("predicate", predicates())
def test_every_prompt_parses_to_its_context(predicate: str) -> None:
    for context in contexts():
        if context.predicate == predicate:
            assert not misread(context, training_prompts(context, 30, seed=1))
            assert not misread(context, held_out_prompts(context))


def test_every_predicate_has_disjoint_phrasings() -> None:
    assert set(PHRASES) == set(predicates())
    for phrases in PHRASES.values():
        for field in ("verbs", "passives", "places", "postures", "inverses"):
            training, held_out = getattr(phrases.training, field), getattr(phrases.held_out, field)
            assert not set(training) & set(held_out)
        assert phrases.training.verbs or phrases.training.places
        assert phrases.held_out.inverses


@pytest.mark.parametrize("predicate", predicates())
def test_held_out_structures_are_not_training_structures(predicate: str) -> None:
    training = {re.sub(r"\{a?([TBtb])\}", r"{\1}", s).lower() for s in training_structures(predicate)}
    held_out = {re.sub(r"\{a?([TBtb])\}", r"{\1}", s).lower() for f in held_out_structures(predicate) for s in f}
    assert len(training) >= 25 and len(held_out) >= 20
    assert not training & held_out


def test_masked_sentences_are_disjoint() -> None:
    """The same, from the outside: mask every noun phrase of the sentences themselves."""
    training, held_out = set(), set()
    for context in contexts():
        training |= {masked(prompt) for prompt in training_prompts(context, 60, seed=2)}
        held_out |= {masked(prompt) for prompt in held_out_prompts(context)}
    assert not training & held_out


def masked(prompt: str) -> str:
    query = parse_query(prompt)
    text = " ".join(re.sub(r"[^\w]+", " ", prompt.lower().replace("'s", "")).split())
    for words in sorted({query.target_words, query.base_words}, key=len, reverse=True):
        text = re.sub(rf"\b(?:(?:an?|the|some|another) )?{re.escape(words)}\b", "_", text)
    return text


@pytest.mark.parametrize("context", contexts(), ids=str)
def test_enough_distinct_prompts(context: Context) -> None:
    training, held_out = training_prompts(context, 60, seed=0), held_out_prompts(context)
    assert len(set(training)) == 60 and len(set(held_out)) == len(held_out) >= 8
    assert not set(training) & set(held_out)
    assert training == training_prompts(context, 60, seed=0) != training_prompts(context, 60, seed=1)
    assert held_out == held_out_prompts(context)
    assert {prompt[0].isupper() for prompt in training} == {True, False}


def test_articles_fit_the_sound() -> None:
    for noun, article in {"apple": "an", "orange": "an", "umbrella": "an", "used mug": "a", "hour": "an",
                          "ukulele": "a", "electric kettle": "an", "mug": "a", "old box": "an", "urn": "an",
                          "unopened bottle": "an", "one": "a", "oak desk": "an", "utensil": "a"}.items():
        assert indefinite(noun) == f"{article} {noun}"
    prompts = [p for c in contexts() for p in (*training_prompts(c, 30, seed=3), *held_out_prompts(c))]
    for prompt in prompts:
        for article, noun in re.findall(r"\b(an?) (\w+)", prompt.lower()):
            if noun not in {"ukulele"}:
                assert (article == "an") == (noun[0] in "aeiou"), prompt


def test_same_category_is_told_apart() -> None:
    twins = [context for context in contexts() if context.target == context.base]
    assert twins
    for context in twins:
        assert all("another" in p or p.lower().count(context.target) == 2 for p in training_prompts(context, 60, seed=0))


def test_too_many_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match="ask for fewer"):
        training_prompts(Context("book", "on", "book"), 100_000, seed=0)


def test_inflection() -> None:
    assert [third_person(v) for v in ("pour into", "brush", "carry", "stay")] == [
        "pours into", "brushes", "carries", "stays"]
    assert [gerund(v) for v in ("cut into", "slice", "tie", "top up", "see", "hit")] == [
        "cutting into", "slicing", "tying", "topping up", "seeing", "hitting"]


def test_all_categories_of_the_contexts_exist() -> None:
    assert {name for c in contexts() for name in (c.target, c.base)} <= set(categories())
