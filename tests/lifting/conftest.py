"""Items of the embedded world as oracles see them, made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from lifting.benchmarks.items import Item
from lifting.benchmarks.items import item as make
from oor.catalog.contexts import Context


@pytest.fixture(scope="session")
def item() -> Callable[[str, str, str, int], Item]:
    """An item of target, predicate, base and seed."""

    @cache
    def of(target: str, predicate: str, base: str, seed: int) -> Item:
        return make(Context(target, predicate, base), seed)

    return of
