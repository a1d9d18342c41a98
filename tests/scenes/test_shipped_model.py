"""The shipped weights do what the README says, on a part of the contexts; `python -m oor.evaluate success` does them all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from diffusion.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from diffusion.generation import sample_many
from diffusion.network import RELATION
from diffusion.text_encoder import EMBEDDED, T5TextEncoder, load_text_encoder
from oor.catalog.contexts import Context, contexts
from oor.relation import unpack
from scenes.metrics import held_out_conditions, holds

PART = contexts()[::5]


@pytest.fixture(scope="module")
def model() -> tuple[Checkpoint, T5TextEncoder]:
    """The shipped checkpoint and its text encoder."""
    checkpoint = load_checkpoint()
    return checkpoint, load_text_encoder(checkpoint.text_encoder)


def rate(model: tuple[Checkpoint, T5TextEncoder], judge: Context, said: Context, hide: int | None = None) -> float:
    vectors = sample_many(*model, held_out_conditions(said), 4, seed=5, hide=hide).flatten(0, 1)
    return float(holds(judge, vectors).mean())


def test_relations_hold_on_prompts_phrased_unlike_training(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    rates = [rate(model, context, context) for context in PART]
    assert np.mean(rates) > 0.9 and min(rates) > 0.5


def test_another_context_s_text_does_not_do(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    rates = [rate(model, context, PART[i - 7]) for i, context in enumerate(PART)]
    assert np.mean(rates) < 0.3


@pytest.mark.parametrize("hide", [None, RELATION])
def test_left_and_right_are_told_apart(model: tuple[Checkpoint, T5TextEncoder], hide: int | None) -> None:
    for predicate, sign in (("left of", -1), ("right of", 1)):
        conditions = held_out_conditions(Context("mug", predicate, "laptop"))
        x = unpack(sample_many(*model, conditions, 8, seed=1, hide=hide)).t_base_target[..., 0]
        assert float((x * sign > 0).double().mean()) > (0.95 if hide is None else 0.6)


def test_samples_of_one_prompt_differ_as_much_as_the_world_does(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    conditions = held_out_conditions(Context("teapot", "pours into", "teacup"))[:1]
    relation = unpack(sample_many(*model, conditions, 256, seed=2)[0])
    azimuth = torch.atan2(relation.t_base_target[:, 2], relation.t_base_target[:, 0])
    assert float(torch.exp(1j * azimuth).mean().abs()) < 0.25  # from every side
    assert float(relation.scale_target.amax(dim=1).std()) > 0.1


def test_weights_say_where_they_come_from() -> None:
    checkpoint = load_checkpoint()
    assert checkpoint.about["source"] == "catalog draws" and checkpoint.about["contexts"] == len(contexts())
    assert {"command", "commit", "seed", "settings"} <= set(checkpoint.about)
    with safe_open(EMBEDDED / "model.safetensors", "pt") as file:
        assert "loop" in json.loads(file.metadata()["training"])
    for file_ in (SHIPPED, EMBEDDED / "model.safetensors"):
        assert Path(file_).stat().st_size < 16 * 2**20
