"""Tiny models of random weights, made once, and no way to the network."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from lifting.backends.hub import clear_desk
from lifting.benchmarks import tiny_models


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hub's offline mode, and a failure where it is not kept; afterwards nothing is loaded."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    found = socket.getaddrinfo

    def local(host: object, *rest: object, **more: object) -> object:
        assert host in ("127.0.0.1", "localhost"), f"a test reached for the network: {host}"
        return found(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", local)
    yield
    clear_desk()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """The folder of a tiny model: tiny("dino", kind="dinov2")."""

    @cache
    def made(name: str, **settings: object) -> str:
        return str(getattr(tiny_models, f"tiny_{name}")(tmp_path_factory.mktemp(name) / "model", **settings))

    return made


@pytest.fixture
def noise() -> Callable[..., NDArray[np.uint8]]:
    """Pictures (n, H, W, 3) of smooth random colours."""

    def of(n: int, height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
        coarse = np.random.default_rng(seed).integers(0, 256, (n, height // 10 + 1, width // 10 + 1, 3))
        return np.repeat(np.repeat(coarse, 10, axis=1), 10, axis=2)[:, :height, :width].astype(np.uint8)

    return of
