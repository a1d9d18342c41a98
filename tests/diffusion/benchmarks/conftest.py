"""What the tests of the benchmarks share: two contexts to learn from, in a world that has no other objects; results of fakes."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from diffusion import data
from diffusion.benchmarks import arena as arena_module
from diffusion.benchmarks.arena import Arena, Drawn, arena
from diffusion.benchmarks.training import Trained
from diffusion.network import Conditioning
from diffusion.text_encoder import T5TextEncoder
from oor.catalog.category import categories
from oor.catalog.contexts import Context

CONTEXTS = tuple(Context("mug", side, "plate") for side in ("left of", "right of", "behind", "in front of"))


@pytest.fixture(scope="session")
def grounds(embedded: T5TextEncoder) -> Callable[[int], Arena]:
    """Makes, by a seed, a ground of two of four contexts: 64 draws of each to learn from, 40 to be judged by."""

    def made(seed: int) -> Arena:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(data, "categories", lambda: {name: categories()[name] for name in ("mug", "plate")})
            patch.setattr(arena_module, "training_contexts", lambda: CONTEXTS)
            return arena(2, 64, 40, embedded, seed=seed)

    return made


@pytest.fixture(scope="session")
def ground(grounds: Callable[[int], Arena]) -> Arena:
    return grounds(3)


def _nobody(texts: Conditioning, count: int) -> Drawn:
    raise AssertionError("whoever is judged already need not sample")


def _judged(seconds: float, **figures: float) -> Trained:
    world: Any = SimpleNamespace(texts=None, judge=lambda sampler, texts: figures)
    return Trained(world, _nobody, seconds)


@pytest.fixture(scope="session")
def judged() -> Callable[..., Trained]:
    """Makes, of seconds and figures, what became of a recipe that was never run."""
    return _judged
