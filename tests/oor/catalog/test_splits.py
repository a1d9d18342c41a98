"""Splits: disjoint, complete, the same everywhere, and what is held out is held out of every sentence that trains."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from oor.catalog import contexts as table
from oor.catalog import splits
from oor.catalog.category import categories
from oor.catalog.contexts import Context, add, catalog_contexts, predicates
from oor.catalog.lexicon import plural
from oor.catalog.prompts import captions, training_prompts, training_structures
from oor.catalog.splits import (
    CATEGORIES,
    KEPT,
    SHARE,
    category_contexts,
    evenly,
    held_out_categories,
    held_out_combinations,
    training_categories,
    training_contexts,
)

SPLITS = (training_contexts(), held_out_combinations(), category_contexts())


def names_of(context: Context) -> set[str]:
    return {context.target, context.base}


def hidden_words() -> re.Pattern[str]:
    """Any word, singular or plural, that means a held-out category, where it stands as whole words."""
    words = {form for name in held_out_categories() for word in categories()[name].words for form in (word, plural(word))}
    return re.compile(rf"\b(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})\b")


def test_the_splits_are_disjoint_and_cover_everything_in_order() -> None:
    assert sorted(itertools.chain(*SPLITS)) == sorted(set(catalog_contexts()))
    for one, other in itertools.combinations(SPLITS, 2):
        assert not set(one) & set(other)
    for split in SPLITS:
        assert list(split) == [context for context in catalog_contexts() if context in set(split)]


def test_the_splits_are_as_large_as_they_say() -> None:
    assert len(held_out_categories()) == CATEGORIES and held_out_categories() <= set(categories())
    free = [context for context in catalog_contexts() if not names_of(context) & held_out_categories()]
    assert len(held_out_combinations()) == round(SHARE * len(free)) >= 40
    assert len(training_contexts()) >= 475 and len(category_contexts()) >= 20


def test_every_split_has_functional_and_spatial_relations_and_training_has_all() -> None:
    counts = Counter(context.predicate for context in training_contexts())
    assert set(counts) == set(predicates())
    everywhere = Counter(context.predicate for context in catalog_contexts())
    assert all(counts[name] >= min(everywhere[name], KEPT) for name in predicates())
    for split in SPLITS[1:]:
        found = {context.predicate for context in split}
        assert len(found) >= 10 and found & {"on", "inside", "leaning against"} and found - {"on", "inside", "leaning against"}


def test_the_parts_of_a_held_out_combination_occur_in_training() -> None:
    seen = {part: {getattr(context, part) for context in training_contexts()} for part in ("target", "predicate", "base")}
    for context in held_out_combinations():
        assert all(getattr(context, part) in found for part, found in seen.items()), context


def test_a_held_out_category_takes_all_its_contexts_along() -> None:
    for context in catalog_contexts():
        assert (context in category_contexts()) == bool(names_of(context) & held_out_categories())
    assert {name for context in category_contexts() for name in names_of(context)} >= held_out_categories()
    assert set(training_categories()) == set(categories()) - held_out_categories()
    assert all(training_categories()[name] is known for name, known in categories().items() if name in training_categories())


def test_no_word_of_a_held_out_category_is_another_category_s() -> None:
    hidden = hidden_words()
    tokens = {token for name in held_out_categories() for token in name.split()}
    for name, known in training_categories().items():
        for word in known.words:
            assert not hidden.search(word), (name, word)
            assert not tokens & set(word.split()), (name, word)


def test_no_word_of_a_held_out_category_is_in_what_training_reads() -> None:
    hidden = hidden_words()
    said = [f"{predicate}: {structure}" for predicate in predicates() for structure in training_structures(predicate)]
    said += [sentence for context in training_contexts()
             for sentence in (*captions(context, 12, 0), *training_prompts(context, 12, 0))]
    assert len(said) > 24 * len(training_contexts())
    assert [sentence for sentence in said if hidden.search(sentence.lower())] == []


def test_the_check_for_hidden_words_finds_them() -> None:
    hidden = hidden_words()
    for context in category_contexts():
        assert any(hidden.search(sentence.lower()) for sentence in captions(context, 12, 0)), context


def test_the_splits_are_the_same_in_another_process() -> None:
    """Whatever the order of sets there: another hash seed."""
    program = ("import json; from oor.catalog.splits import *; print(json.dumps([sorted(held_out_categories()), "
               "[str(c) for c in held_out_combinations()]]))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                          cwd=Path(splits.__file__).parents[2], env={"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"})
    assert json.loads(done.stdout) == [sorted(held_out_categories()), [str(context) for context in held_out_combinations()]]


@pytest.fixture
def clean() -> Iterator[None]:
    """Forgets what a test adds, and what the splits remember."""
    cached = (held_out_categories, held_out_combinations, category_contexts, training_contexts)
    before = [split() for split in cached]
    for split in cached:
        split.cache_clear()
    yield
    table._ADDED.clear()
    for split in cached:
        split.cache_clear()
    assert [split() for split in cached] == before


@pytest.mark.usefixtures("clean")
def test_what_users_add_changes_no_split() -> None:
    add(Context("mug", "under", "bed"))
    add(Context(min(held_out_categories()), "beside", "bed"))
    assert (training_contexts(), held_out_combinations(), category_contexts()) == SPLITS


@pytest.mark.usefixtures("clean")
def test_another_lot_holds_out_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    before = held_out_categories(), held_out_combinations()
    for split in (held_out_categories, held_out_combinations, category_contexts, training_contexts):
        split.cache_clear()
    with monkeypatch.context() as changed:
        changed.setattr(splits, "SEED", splits.SEED + 1)
        assert held_out_categories() != before[0] and held_out_combinations() != before[1]
        assert len(held_out_categories()) == CATEGORIES


@pytest.mark.parametrize("count", [1, 2, 7, 475, 790, 791, 5000])
def test_evenly_chosen_contexts_keep_their_order_and_their_distance(count: int) -> None:
    known = training_contexts()
    places = [known.index(context) for context in evenly(known, count)]
    assert len(places) == min(count, len(known)) and places[0] == 0
    gaps = {after - before for before, after in pairwise(places)}
    assert min(gaps, default=1) >= 1 and max(gaps, default=1) - min(gaps, default=1) <= 1
