"""The shipped weights do what the README says, on a part of the contexts; `python -m oor.evaluate success` does them all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from diffusion.anchors import BOX_BASE, BOX_TARGET, OF_BASE, OF_TARGET
from diffusion.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from diffusion.generation import sample_many
from diffusion.network import RELATION
from diffusion.sampling import Solver
from diffusion.student import SHIPPED_STUDENT, load_student
from diffusion.text_encoder import EMBEDDED, T5TextEncoder, conditioning, load_text_encoder
from oor.catalog.contexts import Context
from oor.catalog.descriptors import descriptors
from oor.catalog.frames import FRAMES, ROLES
from oor.catalog.splits import category_contexts, held_out_combinations, training_contexts
from oor.relation import unpack
from scenes.metrics import held_out_conditions, holds

POURS = Context("teapot", "pours into", "teacup")
PART = training_contexts()[::8]


@pytest.fixture(scope="module")
def model() -> tuple[Checkpoint, T5TextEncoder]:
    """The shipped checkpoint and its text encoder."""
    checkpoint = load_checkpoint()
    return checkpoint, load_text_encoder(checkpoint.text_encoder)


def rate(model: tuple[Checkpoint, T5TextEncoder], judge: Context, said: Context, shapes: bool = True) -> float:
    vectors = sample_many(*model, held_out_conditions(said), 4, seed=5, shapes=shapes).flatten(0, 1)
    return float(holds(judge, vectors).mean())


def test_relations_hold_on_prompts_phrased_unlike_training(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    rates = [rate(model, context, context) for context in PART]
    assert np.mean(rates) > 0.95 and np.median(rates) > 0.95


@pytest.mark.parametrize("split", [held_out_combinations, category_contexts])
def test_relations_mostly_hold_for_what_was_never_seen(model: tuple[Checkpoint, T5TextEncoder], split: Callable[[], Any]) -> None:
    rates = [rate(model, context, context) for context in split()[::3]]
    assert not set(split()) & set(training_contexts()) and np.mean(rates) > 0.7


def test_what_is_aimed_is_measured_along_its_own_axes(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    """Also for pairs and objects that it never saw."""
    aimed = {"photographs", "points at", "sprays", "blows on", "strikes", "grips"}
    never = {"on", "under", "left of", "right of", "pours into", "sits on", "stirs", "worn by"}
    for names, axes in ((aimed, OF_TARGET), (never, OF_BASE)):
        known = [c for c in (*held_out_combinations(), *category_contexts()) if c.predicate in names]
        text = conditioning(model[1], [held_out_conditions(context)[0] for context in known])
        assert len(known) > 4 and float((model[0].denoiser.anchors(text).axes == axes).double().mean()) > 0.8


def test_the_text_chooses_the_points_that_a_relation_is_about(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    """Nobody told it what a spout is for: of pairs it never saw together, it measures between the frames that programs use."""
    checkpoint, encoder = model
    agreed = []
    for context in (*held_out_combinations(), *category_contexts()):
        roles = [{name for entry in names for name in entry.split(" or ")} for names in ROLES.get(context.predicate, ((), ()))]
        choice = checkpoint.denoiser.anchors(conditioning(encoder, held_out_conditions(context)[:2]))
        for wanted, picked, boxes in zip(roles, (choice.target, choice.base), (BOX_TARGET, BOX_BASE), strict=True):
            if wanted:
                agreed += [int(i) >= boxes and list(FRAMES)[int(i) - boxes] in wanted for i in picked]
    assert len(agreed) > 100 and np.mean(agreed) > 0.8


def test_shapes_are_a_help(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    told, blind = ([rate(model, context, context, shapes=shapes) for context in PART[::3]] for shapes in (True, False))
    assert np.mean(told) > np.mean(blind) > 0.75


def test_an_object_of_unknown_name_is_placed_by_its_frames(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    """A teapot that is called by a word nobody heard still pours with its spout, if its shape is told."""

    def rates(shapes: np.ndarray | None) -> float:
        rows = [replace(row, sentence=row.sentence.lower().replace("teapot", "wug"), target="wug", shapes=shapes)
                for row in held_out_conditions(POURS)]
        return float(holds(POURS, sample_many(*model, rows, 8, seed=3).flatten(0, 1)).mean())

    assert rates(descriptors("teapot", "teacup")) > 0.6 > rates(descriptors("ladder", "teacup"))


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
    conditions = held_out_conditions(POURS)[:1]
    relation = unpack(sample_many(*model, conditions, 256, seed=2)[0])
    azimuth = torch.atan2(relation.t_base_target[:, 2], relation.t_base_target[:, 0])
    assert float(torch.exp(1j * azimuth).mean().abs()) < 0.25  # from every side
    assert float(relation.scale_target.amax(dim=1).std()) > 0.1


def test_the_student_s_three_calls_do_what_twelve_of_the_teacher_s_do(model: tuple[Checkpoint, T5TextEncoder]) -> None:
    student, few = load_student(model[0]), PART[::4]

    def rates(checkpoint: Checkpoint, solver: Solver) -> list[float]:
        vectors = [sample_many(checkpoint, model[1], held_out_conditions(c), 4, seed=6, solver=solver) for c in few]
        return [float(holds(c, rows.flatten(0, 1)).mean()) for c, rows in zip(few, vectors, strict=True)]

    assert np.mean(rates(student, Solver("student", 3))) > np.mean(rates(model[0], Solver("dpm", 12))) - 0.03
    assert SHIPPED_STUDENT.stat().st_size < 16 * 2**20


def test_weights_say_where_they_come_from() -> None:
    checkpoint = load_checkpoint()
    assert checkpoint.about["source"] == "catalog draws" and checkpoint.about["contexts"] == len(training_contexts())
    assert checkpoint.about["settings"]["held_out"] is True
    assert {"command", "commit", "seed", "settings"} <= set(checkpoint.about)
    with safe_open(EMBEDDED / "model.safetensors", "pt") as file:
        assert "loop" in json.loads(file.metadata()["training"])
    for file_ in (SHIPPED, EMBEDDED / "model.safetensors"):
        assert Path(file_).stat().st_size < 16 * 2**20
