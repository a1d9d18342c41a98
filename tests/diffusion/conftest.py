"""What the tests of this folder share: an encoder without weights, a network whose every part acts, a silent console."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from rich.console import Console
from scipy.spatial.transform import Rotation

from diffusion.checkpoint import Checkpoint
from diffusion.coordinates import Normaliser
from diffusion.denoiser import Denoiser
from diffusion.network import NetworkConfig
from diffusion.schedule import NoiseConfig
from diffusion.text_encoder import T5TextEncoder, load_text_encoder
from oor.relation import Relation, gauge, pack

SMALL = NetworkConfig(text_width=8, width=16, hidden=24, blocks=2, queries=2, heads=2, sigma_features=8)


@dataclass
class WordEncoder:
    """A text encoder without weights: one state per word, made from the word and its place. `seen` keeps every text asked for."""

    name: str = "words"
    width: int = SMALL.text_width
    seen: list[str] = field(default_factory=list)

    def encode(self, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        self.seen += texts
        longest = max(len(text.split()) for text in texts)
        states, mask = torch.zeros(len(texts), longest, self.width), torch.zeros(len(texts), longest, dtype=torch.bool)
        for row, text in enumerate(texts):
            for place, word in enumerate(text.split()):
                generator = torch.Generator().manual_seed(1000 * zlib.crc32(word.encode()) + place)
                states[row, place], mask[row, place] = torch.randn(self.width, generator=generator), True
        return states, mask


@pytest.fixture
def word_encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture(scope="session")
def embedded() -> T5TextEncoder:
    return load_text_encoder("embedded")


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO())


def _lively_denoiser(config: NetworkConfig = SMALL, seed: int = 0) -> Denoiser:
    denoiser, generator = Denoiser(config), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in denoiser.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / math.sqrt(parameter.shape[-1]))
    return denoiser.eval().requires_grad_(False)


def _random_vectors(seed: int, count: int) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    R = torch.tensor(Rotation.random(count, random_state=rng).as_matrix())
    t = torch.tensor(rng.normal(size=(count, 3)) * 2)
    scale_target, scale_base = (torch.tensor(np.exp(rng.uniform(-4, 2, (count, 3)))) for _ in range(2))
    return pack(gauge(Relation(R, t, scale_target, scale_base)))


@pytest.fixture(scope="session")
def lively_denoiser() -> Callable[..., Denoiser]:
    """Makes denoisers without zeros, so that everything that could act on the output does."""
    return _lively_denoiser


@pytest.fixture(scope="session")
def random_vectors() -> Callable[[int, int], torch.Tensor]:
    """(seed, count) to (count, 15) valid relation vectors in float64, any rotation, sizes over six e-folds."""
    return _random_vectors


@pytest.fixture
def checkpoint() -> Checkpoint:
    """A small network of random weights with a normaliser that matters."""
    normaliser = Normaliser.of(_random_vectors(1, 200), "contact")
    return Checkpoint(_lively_denoiser(), normaliser, NoiseConfig(sigma_max=20.0), "words", {"seed": 3, "words": ["a", "b"]})
