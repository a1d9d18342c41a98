"""Prompts for image models: the caption of a context with the paper's three additions, in words of the templates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lifting.prompting import TALLER, described, differ_much, words_for
from lifting.templates import candidates
from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts
from oor.query import parse_query
from oor.textures import ADJECTIVES

POUR = Context("teapot", "pours into", "teacup")


@pytest.mark.parametrize("context", contexts()[::90], ids=str)
def test_every_prompt_says_its_context_before_white(context: Context) -> None:
    caption, prompt = words_for(context, 3, 2)
    query = parse_query(caption)
    assert (query.target, query.predicate, query.base) == (context.target, context.predicate, context.base)
    assert prompt.endswith(". White background.") and (", from a diagonal angle." in prompt) == differ_much(context)
    assert set(_words(caption)) - {"a", "an"} <= set(_words(prompt))


def _words(sentence: str) -> Sequence[str]:
    return sentence.lower().replace(".", " ").replace(",", " ").split()


def test_prompts_vary_with_the_seed_and_with_nothing_else() -> None:
    assert words_for(POUR, 4, 3) == words_for(POUR, 4, 3)
    assert len({words_for(POUR, seed, 3)[1] for seed in range(12)}) > 6


def test_looks_are_those_of_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said of a teapot is true of one of the templates that may be chosen for it."""
    said = {words_for(POUR, seed, 4)[1] for seed in range(12)}
    looks = {described("teapot", number, 4) for number in range(4)}
    assert looks - {""} and all(any(look in prompt for look in looks) for prompt in said)


@pytest.mark.parametrize("name", ["teapot", "mug", "vase", "hammer"])
def test_tall_and_low_are_told_by_the_typical_template(name: str) -> None:
    pool = candidates(categories()[name], 6)
    slender = [own.extents[1] / np.sqrt(own.extents[0] * own.extents[2]) for own in pool]
    for number, own in enumerate(slender):
        words = described(name, number, 6).split()
        assert ("tall" in words) == (own / slender[0] > TALLER) and ("low" in words) == (own / slender[0] < 1 / TALLER)
        assert set(words) - {"tall", "low"} <= set(ADJECTIVES.values())
    assert {"tall", "low"}.isdisjoint(described(name, 0, 6).split())


def test_nobody_says_what_grew_is_made_of() -> None:
    assert set(described("apple", 1, 3).split()) <= {"tall", "low"}


@pytest.mark.parametrize(("context", "much"), [
    (Context("mug", "on", "table"), True), (Context("teacup", "on", "table"), True), (POUR, False),
    (Context("fork", "left of", "plate"), False),
])
def test_a_teacup_is_much_smaller_than_a_table(context: Context, much: bool) -> None:
    assert differ_much(context) == differ_much(Context(context.base, context.predicate, context.target)) == much
