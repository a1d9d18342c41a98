"""Training of the relation diffusion from end to end, on three contexts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import Tensor

from diffusion import training
from diffusion.checkpoint import Checkpoint, load_checkpoint
from diffusion.data import file_data, training_set
from diffusion.denoiser import Denoiser
from diffusion.generation import sample_relations
from diffusion.metrics import whitened_energy_distance
from diffusion.network import NetworkConfig
from diffusion.relation_training import RelationConfig, train_relations
from diffusion.schedule import NoiseConfig, training_sigmas
from diffusion.text_encoder import Condition, T5TextEncoder
from diffusion.training import LoopConfig, initialise
from oor.catalog.contexts import Context
from oor.catalog.programs import draw
from oor.catalog.prompts import training_prompts
from oor.samples import SampleSet, write_samples

CONTEXTS = (Context("mug", "left of", "plate"), Context("mug", "right of", "plate"), Context("ball", "under", "table"))
COUNT = 300


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> RelationConfig:
    """A tiny network and a file with draws of three contexts."""
    path = tmp_path_factory.mktemp("samples") / "three.parquet"
    vectors = np.concatenate([draw(context, COUNT, np.random.default_rng(i)) for i, context in enumerate(CONTEXTS)])
    rows = [(context, prompt) for context in CONTEXTS for prompt in (training_prompts(context, 10, 0) * COUNT)[:COUNT]]
    write_samples(
        path,
        SampleSet(
            vectors,
            tuple(p for _, p in rows),
            tuple(c.target for c, _ in rows),
            tuple(c.predicate for c, _ in rows),
            tuple(c.base for c, _ in rows),
            ("test",) * len(rows),
            np.zeros(len(rows)),
        ),
    )
    return RelationConfig(
        samples=(str(path),),
        batch_prompts=24,
        batch_draws=16,
        noise=NoiseConfig(sigma_max=20.0),
        network=NetworkConfig(width=64, hidden=128, blocks=2, queries=4),
        loop=LoopConfig(steps=700, lr=4e-3, warmup=20, ema=0.98, bf16=False),
    )


@pytest.fixture(scope="module")
def trained(config: RelationConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Checkpoint]:
    out = tmp_path_factory.mktemp("run")
    return out, train_relations(config, out, Console(quiet=True), "the command", "the commit")


def test_training_halves_the_loss(config: RelationConfig, trained: tuple[Path, Checkpoint], embedded: T5TextEncoder) -> None:
    table, _ = training_set(file_data([Path(config.samples[0])]), embedded, config.translation)

    @torch.no_grad()
    def loss(denoiser: Denoiser) -> float:
        generator = torch.Generator().manual_seed(77)
        clean, text = table.batch(100, 20, generator)
        sigma, noise = training_sigmas((100, 20, 1), config.noise, generator), torch.randn(clean.shape, generator=generator)
        return float(denoiser.loss(clean, noise, sigma, denoiser.context(text)))

    untrained = Denoiser(trained[1].denoiser.net.config)
    initialise(untrained, 0)
    start, end = loss(untrained), loss(trained[1].denoiser)
    assert end < 0.5 * start, (start, end)


def test_the_file_holds_what_training_returned_and_where_it_comes_from(
    config: RelationConfig, trained: tuple[Path, Checkpoint]
) -> None:
    out, returned = trained
    loaded = load_checkpoint(out / "relations.safetensors")
    for name, value in returned.denoiser.state_dict().items():
        assert torch.equal(value, loaded.denoiser.state_dict()[name]), name
    assert (
        loaded.text_encoder == "embedded" and loaded.noise == config.noise and loaded.normaliser.translation == config.translation
    )
    about = {
        "source": "three.parquet",
        "contexts": 3,
        "samples": 3 * COUNT,
        "command": "the command",
        "commit": "the commit",
        "seed": 0,
    }
    assert {key: loaded.about[key] for key in about} == about and loaded.about["settings"]["samples"] == list(config.samples)


def test_samples_look_like_their_own_context_more_than_like_the_others(
    trained: tuple[Path, Checkpoint], embedded: T5TextEncoder
) -> None:
    truth = [torch.from_numpy(draw(context, 200, np.random.default_rng(90 + i))) for i, context in enumerate(CONTEXTS)]
    for i, context in enumerate(CONTEXTS):
        condition = Condition(
            f"the {context.target} is {context.predicate} the {context.base}", context.target, context.base, context.predicate
        )
        samples = sample_relations(trained[1], embedded, condition, 200)
        distances = [whitened_energy_distance(samples, other, torch.cat(truth)) for other in truth]
        assert all(distances[i] < 0.5 * distance for j, distance in enumerate(distances) if j != i), distances


def short(config: RelationConfig) -> RelationConfig:
    return replace(config, loop=replace(config.loop, steps=12, warmup=2, save_every=4))


def weights(checkpoint: Checkpoint) -> dict[str, Tensor]:
    return {**checkpoint.denoiser.state_dict(), "mean": checkpoint.normaliser.mean}


def test_an_interrupted_training_goes_on_as_if_it_had_not_been(
    config: RelationConfig,
    tmp_path: Path,
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = train_relations(short(config), tmp_path / "a", console, "", "")
    real = training.learning_rate

    def interrupted(step: int, loop: LoopConfig) -> float:
        if step == 7:
            raise KeyboardInterrupt
        return real(step, loop)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "learning_rate", interrupted)
        train_relations(short(config), tmp_path / "b", console, "", "")
    assert not (tmp_path / "b" / "relations.safetensors").exists()
    one, other = weights(whole), weights(train_relations(short(config), tmp_path / "b", console, "", ""))
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


@pytest.mark.parametrize(
    "change",
    [
        {"translation": "linear"},
        {"batch_prompts": 12},
        {"noise": NoiseConfig(log_mean=0.0)},
        {"network": NetworkConfig(width=16)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_folder_of_a_run_with_other_settings_is_refused(
    config: RelationConfig,
    tmp_path: Path,
    console: Console,
    change: dict[str, object],
) -> None:
    train_relations(short(config), tmp_path, console, "", "")
    with pytest.raises(ValueError, match="other settings; give another out= folder"):
        train_relations(replace(short(config), **change), tmp_path, console, "", "")


def test_one_draw_per_prompt_is_refused_for_it_has_no_width(config: RelationConfig, tmp_path: Path, console: Console) -> None:
    with pytest.raises(ValueError, match="batch_draws"):
        train_relations(replace(short(config), batch_draws=1), tmp_path, console, "", "")
