"""What the tests of the benchmarks share: two contexts to learn from, in a world that has no other objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from diffusion import data
from diffusion.benchmarks import arena as arena_module
from diffusion.benchmarks.arena import Arena, arena
from diffusion.text_encoder import T5TextEncoder
from oor.catalog.category import categories
from oor.catalog.contexts import Context

CONTEXTS = tuple(Context("mug", side, "plate") for side in ("left of", "right of", "behind", "in front of"))


@pytest.fixture(scope="session")
def ground(embedded: T5TextEncoder) -> Iterator[Arena]:
    """Two of four contexts, 64 draws of each to learn from, 40 to be judged by."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "categories", lambda: {name: categories()[name] for name in ("mug", "plate")})
        patch.setattr(arena_module, "training_contexts", lambda: CONTEXTS)
        yield arena(2, 64, 40, embedded, seed=3)
