"""What several test files share: real data, draws of every context, a checkpoint small enough to make on the spot."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings
from numpy.typing import NDArray

import oor.catalog.contexts
from diffusion.checkpoint import Checkpoint, save_checkpoint
from diffusion.coordinates import Normaliser
from diffusion.denoiser import Denoiser
from diffusion.network import NetworkConfig
from diffusion.schedule import NoiseConfig
from diffusion.text_encoder import load_text_encoder
from diffusion.training import initialise
from oor.catalog import category, folder, splits
from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts
from oor.catalog.programs import draw
from oor.doors import run

settings.register_profile("fixed", derandomize=True, deadline=None)  # the same examples in every run
settings.load_profile("fixed")

DATA = Path(os.getenv("OOR_TEST_DATA", Path(__file__).parents[1].parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real test data, which is not part of the repository."""
    if not DATA.is_dir():
        pytest.skip(f"no test data at {DATA}; set OOR_TEST_DATA")
    return DATA


@pytest.fixture(scope="session")
def drawn() -> Callable[[Context], NDArray[np.float64]]:
    """48 draws of a context, made once."""

    @cache
    def of(context: Context) -> NDArray[np.float64]:
        return draw(context, 48, np.random.default_rng([11, contexts().index(context)]))

    return of


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of a small untrained network whose samples vary with the seed and a little with the text."""
    vectors = [draw(context, 4, np.random.default_rng(i)) for i, context in enumerate(contexts()[::6])]
    width = load_text_encoder("embedded").width
    denoiser = Denoiser(NetworkConfig(text_width=width, width=16, hidden=16, blocks=1, queries=1, heads=1, sigma_features=8))
    initialise(denoiser, 0)
    with torch.no_grad():
        leave = denoiser.net.leave.weight
        leave.copy_(0.01 * torch.randn(leave.shape, generator=torch.Generator().manual_seed(1)))
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    normaliser = Normaliser.of(torch.from_numpy(np.concatenate(vectors)), "contact")
    save_checkpoint(path, Checkpoint(denoiser, normaliser, NoiseConfig(), "embedded", {"source": "untrained"}))
    return path


@pytest.fixture
def untouched() -> Iterator[None]:
    """The catalog is afterwards as it was before."""
    known, added = categories(), list(oor.catalog.contexts._ADDED)
    yield
    category._CATEGORIES.clear()
    category._CATEGORIES.update(known)
    oor.catalog.contexts._ADDED[:] = added
    folder.forget()
    for cached in vars(splits).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()


OWN = """\
categories:
  - name: Moka  Pot
    mesh: kettle.obj
    length_m: [0.15, 0.25]
    turn: [{axis: y, degrees: 180}]
    frames:
      spout: {point: [-0.17, 0.095, 0], axis: [-1, 0.5, 0]}
      opening: {point: [0, 0.12, 0], half: 0.05}
  - name: tin mug
    mesh: bg_mug.obj
    length_m: [0.08, 0.12]
    synonyms: [billy, trail mug]
    frames:
      opening: {point: [0, 0.1, 0], half: 0.04}
      floor: {point: [0, 0.01, 0], half: [0.035, 0.03]}
contexts:
  - {target: moka pot, predicate: pours into, base: tin mug}
"""


@pytest.fixture
def own_folder(tmp_path: Path, data: Path, untouched: None) -> Path:
    """A catalog folder with two real meshes, two categories and a context; what is added of it goes again."""
    place = tmp_path / "own catalog"
    place.mkdir()
    for name in ("kettle.obj", "bg_mug.obj"):
        shutil.copy(data / "meshes" / name, place)
    (place / "own.yaml").write_text(OWN)
    return place


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: exit code and the texts it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Runs a door's `main` with arguments, as `python -m` would, in this process."""

    def call(main: Callable[[list[str]], None], *arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["oor", *arguments])
        capsys.readouterr()
        code: object = 0
        try:
            run(main)
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        assert isinstance(code, int)
        return Outcome(code, out, err)

    return call


@pytest.fixture
def refused(command: Callable[..., Outcome]) -> Callable[..., str]:
    """Runs a door that must refuse: exit code 2, one line on stderr, no traceback. Returns that line."""

    def call(main: Callable[[list[str]], None], *arguments: str) -> str:
        outcome = command(main, *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1 and outcome.err.endswith("\n")
        assert "Traceback" not in outcome.err and len(outcome.err) < 600
        return outcome.err

    return call
