"""What the tests of this folder share: an encoder without weights, a network whose every part acts, a silent console."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
from diffusion.wordnet import WordNet, read_wordnet
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


@dataclass(frozen=True)
class WordTeacher:
    """A teacher that knows no meaning: a text's vector is the sum of one random vector per word. `asked` keeps every text."""

    width: int = 12
    asked: list[str] = field(default_factory=list)

    def embed(self, texts: Sequence[str]) -> torch.Tensor:
        self.asked.extend(texts)
        found = torch.zeros(len(texts), self.width)
        for row, text in enumerate(texts):
            for word in text.split():
                generator = torch.Generator().manual_seed(zlib.crc32(word.encode()))
                found[row] += torch.randn(self.width, generator=generator)
        return torch.nn.functional.normalize(found, dim=1)


@pytest.fixture
def word_teacher() -> WordTeacher:
    return WordTeacher()


@pytest.fixture(scope="session")
def teachers() -> type[WordTeacher]:
    """Makes teachers that all know the same."""
    return WordTeacher


LICENCE = "  1 This line and the next are what a licence looks like.\n  2 Two spaces stand before it.\n"
WORDNET = {
    "data.noun": """\
00000001 06 n 02 samovar 0 tea_urn 1 001 @ 00000002 n 0000 | a metal urn with a spigot at the base; "he filled the samovar"
00000002 06 n 01 spigot 0 000 | a tap that lets a liquid out of a barrel
00000003 06 n 03 Davenport 0 davenport 0 sleeping_car_attendant's_bed 0 000 | a large seat for two; may be turned into a bed
00000004 06 n 01 calabash 0 000 | a gourd that holds water
00000005 06 n 01 armoire 0 000 | a large closet for clothes
00000006 06 n 01 chiffonier 0 000 | a tall chest that stands beside a wardrobe
00000007 13 n 01 kumquat 0 000 | a small orange fruit
00000008 05 n 01 otter 0 000 | an animal that swims; an otter eats fish
00000009 05 n 01 xenarthran 0 000 | a mammal without teeth
00000010 04 n 01 decanting 0 000 | the act of letting liquid out
00000011 17 n 01 pebble 0 000 | a small smooth stone
00000012 08 n 01 elbow 0 000 | the joint between the arms
""",
    "data.verb": """\
00000020 35 v 02 polish 0 shine_up 0 001 @ 00000021 v 0000 02 + 08 00 + 02 00 | make smooth and bright
00000021 35 v 01 break 2 000 01 + 08 00 | come apart; "the cup broke"
00000022 35 v 01 perforate 0 000 01 + 08 00 | make a hole into something
00000023 35 v 01 admire 0 000 01 + 08 00 | look at with wonder
00000024 35 v 01 pour 0 000 01 + 08 00 | let run out of something
""",
    "data.adv": "00000030 02 r 01 aloft 0 000 | beneath the clouds or above the ground\n",
    "verb.exc": "broke break\nbroken break\npolished polish\npouring pour\n",
}


def _write_wordnet(folder: Path) -> Path:
    for name, text in WORDNET.items():
        (folder / name).write_text(LICENCE + text if name.startswith("data") else text)
    return folder


@pytest.fixture(scope="session")
def wordnet_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WordNet of 18 synsets."""
    return _write_wordnet(tmp_path_factory.mktemp("wordnet"))


@pytest.fixture(scope="session")
def wordnet(wordnet_folder: Path) -> WordNet:
    return read_wordnet(wordnet_folder)


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
