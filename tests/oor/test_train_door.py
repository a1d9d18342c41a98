"""python -m oor.train: recipes and overrides become typed settings; a tiny run ends in a checkpoint that can be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

import diffusion.processes
import diffusion.relation_training
import diffusion.text_training
import diffusion.training
from diffusion.checkpoint import load_checkpoint
from diffusion.processes import Processes
from diffusion.relation_training import RelationConfig
from diffusion.text_training import TextConfig
from oor import sample
from oor.layout import read_layout
from oor.train import build, main

Refused = Callable[..., str]
Command = Callable[..., Any]
FEW = ("recipe=tiny", "draws=4", "shapes=2", "prompts=2", "batch_prompts=4", "batch_draws=4", "network.width=16",
       "network.hidden=16",
       "network.blocks=1", "network.queries=1", "network.heads=1", "loop.warmup=1", "loop.save_every=2")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The configurations that training was started with; nothing is trained."""
    found: list[Any] = []
    monkeypatch.setattr(diffusion.relation_training, "train_relations", lambda config, *_: found.append(config))
    monkeypatch.setattr(diffusion.text_training, "train_text_encoder", lambda config, *_: found.append(config) or {"x": 1.0})
    return found


@pytest.mark.parametrize(("arguments", "message"), [
    (["recipe=tiny"], "no output folder"),
    (["recipe=tiny", "out=x", "more"], "unexpected 'more'"),
    (["recipe=tiny", "out=x", "loop.step=5"], "did you mean loop.steps?"),
    (["recipe=tiny", "out=x", "drwas=5"], "did you mean draws?"),
    (["recipe=tiny", "out=x", "loop.steps=many"], "loop.steps=many is not possible; give a value of type int"),
    (["recipe=tiny", "out=x", "loop.steps=2.5"], "loop.steps=2.5 is not possible; give a value of type int"),
    (["recipe=tiny", "out=x", "loop.lr=fast"], "loop.lr=fast is not possible; give a value of type float"),
    (["recipe=tiny", "out=x", "loop.bf16=7"], "loop.bf16=7 is not possible; give a value of type bool"),
    (["recipe=tiny", "out=x", "translation=spherical"], "translation=spherical is not possible; choose contact or linear"),
    (["recipe=gigantic", "out=x"], "gigantic"),
    (["recipe=text", "out=x", "wordnet=no such/folder"], "no WordNet in no such/folder (data.noun is missing); install"),
    (["recipe=tiny", "out=x", "--fast"], "unknown option --fast"),
    (["recipe=tiny", "out=x", "samples=[no_such.parquet]"], "no_such.parquet"),
])
def test_a_mistake_is_refused_and_leaves_no_trace(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Refused,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(main, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_defaults_are_those_of_the_dataclass(command: Command, asked: list[Any]) -> None:
    assert command(main, "out=x").code == 0
    assert asked == [RelationConfig()]


def test_a_recipe_and_overrides_are_laid_over_the_defaults(command: Command, asked: list[Any]) -> None:
    assert command(main, "recipe=tiny", "out=x", "loop.lr=1", "samples=[a.parquet,b c.parquet]", "translation=linear").code == 0
    (config,) = asked
    assert (config.draws, config.loop.steps, config.network.width) == (64, 200, 64)
    assert config.loop.lr == 1.0 and type(config.loop.lr) is float
    assert (config.samples, config.translation) == (("a.parquet", "b c.parquet"), "linear")
    assert config.noise == RelationConfig().noise and config.network.heads == RelationConfig().network.heads


def test_the_text_recipe_trains_the_encoder(command: Command, asked: list[Any]) -> None:
    outcome = command(main, "recipe=text", "out=x")
    assert outcome.code == 0 and asked == [TextConfig()] and "x/model.safetensors" in outcome.out


@pytest.mark.parametrize("out", ["with space", "[b]old[/b]", "[red]", "x, y"])
def test_an_odd_folder_is_named_in_full(out: str, command: Command, asked: list[Any]) -> None:
    outcome = command(main, "recipe=tiny", f"out={out}")
    assert outcome.code == 0 and f"{out}/relations.safetensors" in "".join(outcome.out.splitlines())


def test_a_configuration_survives_plain_values() -> None:
    assert build(RelationConfig, asdict(RelationConfig())) == RelationConfig()
    assert build(TextConfig, asdict(TextConfig())) == TextConfig()
    with pytest.raises(ValueError, match=r"unknown setting loop\.stepps; did you mean steps\?"):
        build(RelationConfig, {"loop": {"stepps": 3}})


def test_help(command: Command) -> None:
    for arguments in ((), ("--help",)):
        outcome = command(main, *arguments)
        assert outcome.code == 0 and "recipe=relations|quick|text|student|tiny" in outcome.out


def test_a_text_encoder_is_not_trained_by_several(
    monkeypatch: pytest.MonkeyPatch, refused: Refused, asked: list[Any]
) -> None:
    monkeypatch.setattr(diffusion.processes, "together", lambda: nullcontext(Processes(0, 2)))
    assert "trains in one process" in refused(main, "recipe=text", "out=x") and asked == []


def test_all_but_the_first_process_are_silent(
    monkeypatch: pytest.MonkeyPatch, command: Command, asked: list[Any]
) -> None:
    monkeypatch.setattr(diffusion.processes, "together", lambda: nullcontext(Processes(1, 2)))
    outcome = command(main, "out=x")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "") and len(asked) == 1


def test_a_tiny_run_ends_in_a_checkpoint_to_sample_from(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "run"
    outcome = command(main, *FEW, "loop.steps=4", f"out={out}")
    assert (outcome.code, outcome.err) == (0, "")
    checkpoint = load_checkpoint(out / "relations.safetensors")
    assert checkpoint.about["source"] == "catalog draws" and checkpoint.about["settings"]["loop"]["steps"] == 4
    assert checkpoint.about["command"].startswith("python -m oor.train recipe=tiny")
    (measured,) = [json.loads(line) for line in (out / "history.jsonl").read_text().splitlines()]
    assert measured["step"] == 4 and 0 <= measured["success on unseen combinations"] <= 1
    assert checkpoint.about["figures"] == measured and "loop.steps=4" in (out / "README.md").read_text()
    assert "step 4 of 4: loss at sigma" in outcome.out and "\x1b" not in outcome.out and "\r" not in outcome.out
    places = f"checkpoint={out / 'relations.safetensors'}", f"out={tmp_path / 'x'}"
    assert command(sample.main, "a mug on a table", *places, "num_samples=1", "steps=6").code == 0
    assert read_layout(tmp_path / "x" / "layout.json").checkpoint == checkpoint.identity


def test_a_run_that_was_interrupted_ends_where_the_other_does(tmp_path: Path, command: Command) -> None:
    def weights(folder: Path) -> dict[str, torch.Tensor]:
        return load_checkpoint(folder / "relations.safetensors").denoiser.state_dict()

    arguments = (*FEW, "loop.steps=6")
    assert command(main, *arguments, f"out={tmp_path / 'whole'}").code == 0
    with pytest.MonkeyPatch.context() as patch:
        descend = diffusion.training._descend
        steps: list[int] = []

        def interrupting(*rest: Any) -> Any:
            steps.append(1)
            if len(steps) == 4:
                raise KeyboardInterrupt
            return descend(*rest)

        patch.setattr(diffusion.training, "_descend", interrupting)
        assert command(main, *arguments, f"out={tmp_path / 'cut'}").code == 130
    assert not (tmp_path / "cut" / "relations.safetensors").exists()
    assert command(main, *arguments, f"out={tmp_path / 'cut'}").code == 0
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert all(torch.equal(one[name], other[name]) for name in one)
