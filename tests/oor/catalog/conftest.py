"""What the catalog's tests share: fixed samples of its contexts, in which every relation occurs, and shapes of its categories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import pytest

from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context, contexts, predicates

STRIDE = 16


def spread(found: Sequence[Context], count: int) -> list[Context]:
    """So many of them, from first to last in even steps."""
    return [found[i * len(found) // count] for i in range(count)]


# two contexts of every relation, of large ones up to four
FEW = {name: spread(own, min(max(len(own) // 10, 2), 4)) for name in predicates()
       if (own := [context for context in contexts() if context.predicate == name])}
SAMPLE = [c for i, c in enumerate(contexts()) if i % STRIDE == 0 or c in FEW[c.predicate]]


@pytest.fixture(params=predicates())
def predicate(request: pytest.FixtureRequest) -> str:
    """Every relation."""
    return str(request.param)


@pytest.fixture
def few(predicate: str) -> list[Context]:
    """At least two contexts of the relation."""
    return FEW[predicate]


@pytest.fixture(scope="session")
def few_of() -> Mapping[str, list[Context]]:
    """At least two contexts of each relation."""
    return FEW


@pytest.fixture(scope="session")
def sample() -> list[Context]:
    """Every sixteenth context, and at least two of every relation."""
    return SAMPLE


@pytest.fixture(params=SAMPLE, ids=str)
def context(request: pytest.FixtureRequest) -> Context:
    """Every context of the sample."""
    assert isinstance(request.param, Context)
    return request.param


@pytest.fixture(params=[name for name, known in categories().items() if known.resembles is None])
def own(request: pytest.FixtureRequest) -> Category:
    """Every category with a template of its own."""
    return categories()[request.param]


@pytest.fixture(scope="session")
def instance() -> Callable[[str, int], Category]:
    """A category in the random shape of a seed, made once."""

    @cache
    def of(name: str, seed: int) -> Category:
        return categories()[name].instance(np.random.default_rng(seed))

    return of
