"""The paper's recipe from the command line on: a short run learns, its file is sampled from, mistakes end in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import Tensor

from diffusion.benchmarks.arena import arena
from diffusion.benchmarks.genpose import sample_scores
from diffusion.benchmarks.report import race
from diffusion.checkpoint import SHIPPED, Checkpoint, load_checkpoint
from diffusion.coordinates import Normaliser
from diffusion.data import training_table
from diffusion.generation import sample_relations
from diffusion.network import NetworkConfig, RelationNet
from diffusion.paper import LEVELS, PaperDenoiser
from diffusion.processes import Processes
from diffusion.relation_training import RelationConfig, Scores, load_data, train_relations
from diffusion.sampling import Solver
from diffusion.schedule import NoiseConfig
from diffusion.text_encoder import Condition, T5TextEncoder, conditioning
from diffusion.training import LoopConfig
from oor import sample
from oor.catalog.contexts import Context
from oor.catalog.programs import draw
from oor.catalog.prompts import training_prompts
from oor.doors import configuration
from oor.layout import read_layout
from oor.relation import SCALE_TARGET, WIDTH, T
from oor.samples import SampleSet, write_samples
from oor.train import build, main

CONTEXTS = (Context("ball", "under", "table"), Context("mug", "on", "table"))
COUNT = 200
Command = Callable[..., Any]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with draws of two contexts."""
    path = tmp_path_factory.mktemp("samples") / "two.parquet"
    vectors = np.concatenate([draw(context, COUNT, np.random.default_rng(i)) for i, context in enumerate(CONTEXTS)])
    rows = [(context, prompt) for context in CONTEXTS for prompt in (training_prompts(context, 10, 0) * COUNT)[:COUNT]]
    names = zip(*((prompt, c.target, c.predicate, c.base, "test") for c, prompt in rows), strict=True)
    write_samples(path, SampleSet(vectors, *names, np.zeros(len(rows))))
    return path


@pytest.fixture(scope="module")
def config(samples: Path) -> RelationConfig:
    """recipe=paper, shrunk."""
    recipe = build(RelationConfig, recipe_values())
    loop = replace(recipe.loop, steps=250, lr=3e-3, warmup=20, ema=0.95)
    return replace(recipe, samples=(str(samples),), batch_prompts=16, loop=loop)


def recipe_values() -> dict[str, Any]:
    values = configuration("train", {"recipe": "paper"}, {**asdict(RelationConfig()), "stage": "relations"})
    return {key: value for key, value in values.items() if key not in ("out", "stage")}


@pytest.fixture(scope="module")
def trained(config: RelationConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Checkpoint]:
    out = tmp_path_factory.mktemp("run")
    return out, train_relations(config, out, Console(quiet=True), "the command", "the commit")


def test_the_recipe_is_genposes() -> None:
    config = build(RelationConfig, recipe_values())
    assert (config.parametrisation, config.translation, config.scales) == ("ve", "linear", "linear")
    assert config.noise == LEVELS and (LEVELS.sigma_min, LEVELS.sigma_max) == (0.01, 50.0)
    assert (config.batch_prompts, config.batch_draws) == (192, 20)
    wanted = LoopConfig(lr=1e-3, warmup=100, weight_decay=0.0, clip=1.0, ema=0.999, bf16=False)
    assert config.loop == wanted and config.network == NetworkConfig()


def test_the_main_recipe_is_what_it_was() -> None:
    config = RelationConfig()
    assert (config.parametrisation, config.translation, config.scales) == ("edm", "contact", "log")
    assert (config.noise.spacing, config.noise.sampler) == ("normal", "dpm")


def test_a_run_leaves_no_trace_of_trainings_that_it_has_not(trained: tuple[Path, Checkpoint], config: RelationConfig) -> None:
    out, checkpoint = trained
    assert {path.name for path in out.iterdir()} == {"state.safetensors", "relations.safetensors", "history.jsonl", "README.md"}
    assert isinstance(checkpoint.denoiser, PaperDenoiser) and checkpoint.noise == config.noise
    assert torch.equal(checkpoint.normaliser.mean, torch.zeros(WIDTH))
    assert torch.equal(checkpoint.normaliser.std, torch.ones(WIDTH))


@torch.no_grad()
def test_training_lowers_the_loss(trained: tuple[Path, Checkpoint], config: RelationConfig, embedded: T5TextEncoder) -> None:
    data, checkpoint = load_data(config), trained[1]
    table = training_table(data, embedded, torch.zeros(len(data.contexts), 1, 1, 1))
    many, untrained = replace(config, batch_prompts=64), PaperDenoiser(checkpoint.denoiser.config)
    before, after = (
        float(Scores(denoiser, table, checkpoint.normaliser, many).denoising(torch.Generator().manual_seed(0)))
        for denoiser in (untrained, checkpoint.denoiser)
    )
    assert before == pytest.approx(15, abs=0.5) and after < 0.75 * before


def test_the_text_decides_above_or_below(trained: tuple[Path, Checkpoint], embedded: T5TextEncoder) -> None:
    for context, sign in zip(CONTEXTS, (-1, 1), strict=True):
        prompt = f"a {context.target} {context.predicate} a {context.base}"
        vectors = sample_relations(trained[1], embedded, Condition(prompt, *astuple(context)), 60)
        assert float((vectors[:, T.start + 1] * sign > 0).double().mean()) > 0.6


def astuple(context: Context) -> tuple[str, str, str]:
    return context.target, context.base, context.predicate


@torch.no_grad()
def test_a_step_is_told_the_truth(config: RelationConfig, embedded: T5TextEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """No wrong names or sentences, which only a model that sees shapes and relation names can see through; a level each."""
    data, seen = load_data(config), []
    table = training_table(data, embedded, torch.zeros(len(data.contexts), 1, 1, 1))
    group, text = table.plain_prompts(40, torch.Generator().manual_seed(3))
    own = [table.text.rows(torch.arange(table.prompt_starts[g], table.prompt_starts[g + 1])) for g in group]  # a group a context
    assert all(bool((t.states == s).flatten(1).all(dim=1).any()) for t, s in zip(own, text.states, strict=True))
    assert bool(text.mask.any(dim=1).all()) and torch.equal(text.shapes, table.shapes[group])

    def recording(self: PaperDenoiser, z: Tensor, noise: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        seen.append((z, sigma))
        return z.sum()

    monkeypatch.setattr(PaperDenoiser, "loss", recording)
    denoiser = PaperDenoiser(NetworkConfig(text_width=embedded.width))
    Scores(denoiser, table, Normaliser.plain(), config).denoising(torch.Generator().manual_seed(3))
    ((z, sigma),) = seen
    assert z.shape == (16, 20, 1, WIDTH) and sigma.shape == (16, 20, 1, 1) and len(sigma.unique()) == 320
    known = {tuple(vector) for vector in table.vectors.tolist()}
    assert all(tuple(vector) in known for vector in z.flatten(0, 2).tolist())


LEVEL_NAMES = ("sigma < 0.084", "sigma 0.084-0.71", "sigma 0.71-5.9", "sigma > 5.9")


def test_it_is_watched_over_its_own_noise_levels(trained: tuple[Path, Checkpoint], config: RelationConfig) -> None:
    out, checkpoint = trained
    (row,) = [json.loads(line) for line in (out / "history.jsonl").read_text().splitlines()]
    assert row.keys() == {"step", *(f"loss at {name}" for name in LEVEL_NAMES)} and row["step"] == config.loop.steps
    card = (out / "README.md").read_text()
    assert checkpoint.about["figures"] == row and '"parametrisation": "ve"' in card and r"loss at sigma \> 5.9" in card
    assert all(0 < row[f"loss at {name}"] < 16 for name in LEVEL_NAMES)


def test_several_processes_share_a_step(
    trained: tuple[Path, Checkpoint], config: RelationConfig, embedded: T5TextEncoder
) -> None:
    data, checkpoint = load_data(config), trained[1]
    table = training_table(data, embedded, torch.zeros(len(data.contexts), 1, 1, 1))
    whole = Scores(checkpoint.denoiser, table, checkpoint.normaliser, config)
    with torch.no_grad():
        loss = float(whole.denoising(torch.Generator().manual_seed(5)))
        parts = [replace(whole, processes=Processes(rank, 3)) for rank in range(3)]
        losses = [float(part.denoising(torch.Generator().manual_seed(5))) for part in parts]
    assert np.mean(losses) == pytest.approx(loss, rel=1e-5) and len(set(losses)) == 3
    assert whole.by_level() == parts[1].by_level()


def test_a_training_goes_on_from_its_kind_only(trained: tuple[Path, Checkpoint], config: RelationConfig, tmp_path: Path) -> None:
    file = str(trained[0] / "relations.safetensors")
    more = replace(
        config, start=file, noise=NoiseConfig(), measure_every=0, loop=replace(config.loop, steps=1, lr=1e-9, warmup=1)
    )
    after = train_relations(more, tmp_path / "more", Console(quiet=True), "", "")
    assert after.noise == LEVELS and after.about["start"]["command"] == "the command"
    for name, value in trained[1].denoiser.state_dict().items():
        torch.testing.assert_close(after.denoiser.state_dict()[name], value, rtol=0, atol=1e-6)
    other = replace(RelationConfig(), samples=config.samples, start=file)
    with pytest.raises(ValueError, match=r"is of parametrisation=ve, not edm; train with recipe=paper$"):
        train_relations(other, tmp_path / "other", Console(quiet=True), "", "")
    with pytest.raises(ValueError, match=r"is of parametrisation=edm, not ve; train without recipe=paper$"):
        train_relations(replace(config, start=str(SHIPPED)), tmp_path / "other", Console(quiet=True), "", "")
    assert not (tmp_path / "other").exists()


@torch.no_grad()
def test_genposes_solver_and_this_toolkits_end_alike(trained: tuple[Path, Checkpoint], embedded: T5TextEncoder) -> None:
    denoiser, noise = trained[1].denoiser, torch.randn(20, WIDTH, generator=torch.Generator().manual_seed(0))
    assert isinstance(denoiser, PaperDenoiser)
    text = conditioning(embedded, [Condition("a mug left of a plate", "mug", "plate", "left of")])
    context = denoiser.context(text)
    theirs, calls = sample_scores(denoiser, context[0].expand(20, -1), noise, positive=True)
    mine = Solver()(denoiser.under(context), noise[None], LEVELS)[0]
    assert calls > 50 and float((theirs - mine).abs().median()) < 1e-2 and float(mine[:, SCALE_TARGET].min()) > 0


def test_from_the_command_line_to_layouts(samples: Path, tmp_path: Path, command: Command) -> None:
    arguments = ("recipe=paper", f"samples=[{samples}]", "batch_prompts=4", "batch_draws=4", "loop.steps=2", "loop.warmup=1",
                 "measure_every=0")  # fmt: skip
    outcome = command(main, *arguments, f"out={tmp_path / 'run'}")
    assert (outcome.code, outcome.err) == (0, "")
    file = tmp_path / "run" / "relations.safetensors"
    for extra, said in (((), "rk45 in steps of its own"), (("sampler=dpm", "steps=6"), "dpm in 6 steps")):
        places = f"checkpoint={file}", f"out={tmp_path / 'x'}"
        outcome = command(sample.main, "a mug left of a plate", *places, "num_samples=1", "check=false", *extra)
        assert outcome.code == 0 and said in outcome.out, outcome.err
        assert read_layout(tmp_path / "x" / "layout.json").checkpoint == load_checkpoint(file).identity


@pytest.mark.parametrize(("setting", "message"), [
    ("scales=log", "scales=log does not go with parametrisation=ve; give scales=linear"),
    ("translation=contact", "translation=contact does not go with parametrisation=ve; give translation=linear"),
    ("network.width=128", "network settings do not go with parametrisation=ve, whose sizes are GenPose's; leave them away"),
    ("parametrisation=flow", "parametrisation=flow is not possible; choose edm or ve"),
    ("scales=cubic", "scales=cubic is not possible; choose log or linear"),
    ("noise.spacing=odd", "noise.spacing=odd is not possible; choose normal or uniform"),
    ("noise.sampler=student", "noise.sampler=student is not possible; choose dpm or heun or euler or rk45"),
    ("batch_draws=6", "batch_draws=6 is not possible; give a multiple of 4"),
])  # fmt: skip
def test_settings_that_do_not_go_together_are_refused(
    setting: str, message: str, tmp_path: Path, refused: Callable[..., str]
) -> None:
    assert message in refused(main, "recipe=paper", setting, f"out={tmp_path / 'x'}")
    assert list(tmp_path.iterdir()) == []


def test_the_toolkits_own_network_learns_linear_scales_too(
    config: RelationConfig, tmp_path: Path, embedded: T5TextEncoder
) -> None:
    small, loop = NetworkConfig(width=16, hidden=16, blocks=1, queries=1, heads=1), LoopConfig(steps=3, warmup=1, bf16=False)
    few = {"batch_prompts": 4, "batch_draws": 4, "anchor_steps": 2, "moment_steps": 2}
    own = RelationConfig(samples=config.samples, scales="linear", network=small, loop=loop, **few)  # type: ignore[arg-type]
    checkpoint = train_relations(own, tmp_path, Console(quiet=True), "", "")
    assert checkpoint.normaliser.scales == "linear" and isinstance(checkpoint.denoiser.net, RelationNet)
    vectors = sample_relations(checkpoint, embedded, Condition("a mug left of a plate", "mug", "plate", "left of"), 5)
    assert bool((vectors[:, SCALE_TARGET.start :] > 0).all())


@pytest.mark.slow
def test_the_race_of_the_benchmarks_runs(embedded: T5TextEncoder) -> None:
    report, scores = race(arena(2, 64, 16, embedded), 20, lambda _: None)
    assert isinstance(scores, PaperDenoiser) and set(report) >= {"paper", "tuned", "preconditioned", "ours", "floor"}
    assert all(np.isfinite(report[name]["energy"]) for name in ("paper", "tuned", "preconditioned", "ours"))
