"""The table of contexts: what it must hold, and that everything it names exists."""

from __future__ import annotations

import pytest

from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts, predicates
from oor.catalog.phrases import PHRASES
from oor.catalog.predicates import PREDICATES
from oor.catalog.programs import PROGRAMS

SPATIAL = {"on", "under", "left of", "right of", "in front of", "behind", "beside", "inside", "leaning against"}


def test_there_are_enough_categories_and_contexts() -> None:
    assert len(categories()) >= 24 and len(contexts()) >= 40
    assert len(set(contexts())) == len(contexts())


def test_every_name_exists() -> None:
    known = set(categories())
    assert [c for c in contexts() if {c.target, c.base} - known] == []
    assert {c.predicate for c in contexts()} == set(predicates()) == set(PROGRAMS) == set(PREDICATES) == set(PHRASES)


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
