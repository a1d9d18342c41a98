"""The table of contexts: what it must hold, and that everything it names exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from oor.catalog import contexts as table
from oor.catalog.audit import inventory
from oor.catalog.category import categories
from oor.catalog.contexts import Context, add, catalog_contexts, contexts, predicates
from oor.catalog.phrases import MORE_VERBS, PHRASES
from oor.catalog.predicates import PREDICATES
from oor.catalog.programs import PROGRAMS
from oor.catalog.splits import training_contexts

SPATIAL = {"on", "under", "left of", "right of", "in front of", "behind", "beside", "inside", "leaning against"}


def test_there_are_enough_contexts_programs_and_sentences() -> None:
    counted = inventory()
    assert counted["training_contexts"] == len(training_contexts()) >= 475
    assert counted["functional_programs"] == len(set(PROGRAMS) - SPATIAL) >= 40
    assert counted["contexts"] == len(contexts()) == len(set(contexts())) >= 900
    assert counted["programs"] == len(PROGRAMS) >= 72
    assert counted["categories"] == len(categories()) and counted["prompts"] == 50 * len(contexts())
    assert counted["held_out_combinations"] >= 40 and counted["held_out_categories"] >= 10


def test_every_name_exists() -> None:
    known = set(categories())
    assert [c for c in contexts() if {c.target, c.base} - known] == []
    assert {c.predicate for c in contexts()} == set(predicates()) == set(PROGRAMS) == set(PREDICATES) == set(PHRASES)
    assert set(MORE_VERBS) <= set(predicates())


def test_every_relation_has_two_contexts_or_more() -> None:
    assert [name for name, count in Counter(c.predicate for c in contexts()).items() if count < 2] == []


def test_nearly_every_category_occurs() -> None:
    used = {name for c in contexts() for name in (c.target, c.base)}
    assert len(set(categories()) - used) <= 20


def test_the_nine_spatial_relations_are_there() -> None:
    assert set(predicates()) >= SPATIAL


@pytest.mark.parametrize("context", [
    Context("teapot", "pours into", "teacup"), Context("knife", "cuts", "apple"), Context("knife", "chops on", "cutting board"),
    Context("pizza cutter", "slices", "pizza"), Context("salt shaker", "sprinkles into", "pan"), Context("teacup", "on", "table"),
    Context("monitor", "on", "desk"), Context("keyboard", "in front of", "monitor"), Context("mouse", "beside", "keyboard"),
    Context("hammer", "hits", "nail"), Context("chair", "sits at", "table"),
], ids=str)
def test_the_pairs_of_the_paper_are_there(context: Context) -> None:
    assert context in contexts()


def test_left_is_what_right_is_but_for_the_table_setting() -> None:
    sides = [{(c.target, c.base) for c in contexts() if c.predicate == name} for name in ("left of", "right of")]
    assert len(sides[0] & sides[1]) >= 10
    assert {base for _, base in sides[0] ^ sides[1]} <= {"plate"}


def test_a_context_reads_as_a_sentence_and_orders() -> None:
    assert str(Context("mug", "on", "table")) == "mug on table"
    assert sorted([Context("b", "on", "a"), Context("a", "on", "b")])[0].target == "a"


@pytest.fixture
def clean() -> Iterator[None]:
    """Forgets what a test adds."""
    assert contexts() == catalog_contexts()
    yield
    table._ADDED.clear()


@pytest.mark.usefixtures("clean")
def test_added_contexts_come_last_and_train_nothing() -> None:
    new, before = Context("mug", "under", "bed"), training_contexts()
    add(new)
    assert contexts() == (*catalog_contexts(), new)
    assert training_contexts() == before and new not in before


@pytest.mark.usefixtures("clean")
def test_a_context_is_added_once_and_by_a_known_relation() -> None:
    with pytest.raises(ValueError, match='"mug on table" is in the catalog already'):
        add(Context("mug", "on", "table"))
    add(Context("mug", "on", "bed"))
    with pytest.raises(ValueError, match='"mug on bed" is in the catalog already'):
        add(Context("mug", "on", "bed"))
    with pytest.raises(ValueError, match=r'no relation "hovers above"; choose one of pours into'):
        add(Context("mug", "hovers above", "table"))
    assert contexts()[len(catalog_contexts()):] == (Context("mug", "on", "bed"),)
