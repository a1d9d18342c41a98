"""What the tests of scenes share: a graph with an object of three bases, random worlds, and a small model of its edges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import roma
import torch

from diffusion.checkpoint import load_checkpoint
from diffusion.text_encoder import load_text_encoder
from oor.scene_graph import Edge, SceneGraph
from scenes.compose import conditions_of
from scenes.edge_model import EdgeModel
from scenes.worlds import Wiring, World


def edge(target: str, predicate: str, base: str) -> Edge:
    return Edge(target, predicate, base, f"a {target} {predicate} a {base}")


@pytest.fixture(scope="session")
def desk() -> SceneGraph:
    """The paper's Fig. 5: the keyboard is placed by the desk, the monitor and the mouse."""
    return SceneGraph([
        edge("keyboard", "on", "desk"),
        edge("monitor", "on", "desk"),
        edge("mouse", "on", "desk"),
        edge("keyboard", "in front of", "monitor"),
        edge("keyboard", "left of", "mouse"),
    ])


@pytest.fixture
def wiring(desk: SceneGraph) -> Wiring:
    return Wiring.of(desk)


@pytest.fixture(scope="session")
def random_world() -> Callable[..., World]:
    """random_world(n, k, seed=0): worlds of objects anywhere, of any size from 0.2 to 1.2."""

    def made(n: int, k: int, seed: int = 0) -> World:
        generator = torch.Generator().manual_seed(seed)
        R = roma.random_rotmat(n * k, dtype=torch.float64, generator=generator).view(n, k, 3, 3)
        t = torch.randn(n, k, 3, generator=generator, dtype=torch.float64)
        return World(R, t, 0.2 + torch.rand(n, k, 3, generator=generator, dtype=torch.float64))

    return made


@pytest.fixture(scope="session")
def tiny_model(tiny_checkpoint: Path, desk: SceneGraph) -> EdgeModel:
    checkpoint = load_checkpoint(tiny_checkpoint)
    return EdgeModel(checkpoint, load_text_encoder(checkpoint.text_encoder), conditions_of(desk))
