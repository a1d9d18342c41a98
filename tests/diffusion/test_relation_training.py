"""Training of the relation diffusion from end to end, on three contexts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from rich.console import Console
from safetensors.torch import load_file
from torch import Tensor

from diffusion import relation_training, training
from diffusion.anchors import SHARP, anchor_loss, available
from diffusion.checkpoint import Checkpoint, load_checkpoint
from diffusion.data import TrainingSet, file_data, training_set
from diffusion.denoiser import LOG_STD, Denoiser, moment_loss
from diffusion.generation import sample_relations
from diffusion.metrics import whitened_energy_distance
from diffusion.network import RELATION, SENTENCE, Conditioning, NetworkConfig
from diffusion.relation_training import MOMENT_DRAWS, PER_LEVEL, RelationConfig, Steps, load_data, train_relations
from diffusion.schedule import NoiseConfig, training_sigmas
from diffusion.text_encoder import Condition, T5TextEncoder
from diffusion.training import LoopConfig, initialise
from oor.catalog.contexts import Context, contexts
from oor.catalog.programs import draw
from oor.catalog.prompts import training_prompts
from oor.catalog.splits import category_contexts, evenly, held_out_combinations, training_contexts
from oor.relation import WIDTH
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
        anchor_steps=150,
        moment_steps=1000,
        network=NetworkConfig(width=64, hidden=128, blocks=2, queries=4),
        loop=LoopConfig(steps=600, lr=4e-3, warmup=20, ema=0.98, bf16=False),
    )


@pytest.fixture(scope="module")
def trained(config: RelationConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Checkpoint]:
    out = tmp_path_factory.mktemp("run")
    return out, train_relations(config, out, Console(quiet=True), "the command", "the commit")


@pytest.fixture(scope="module")
def table(config: RelationConfig, embedded: T5TextEncoder) -> TrainingSet:
    return training_set(file_data([Path(config.samples[0])]), embedded, config.translation)[0]


def untrained(trained: tuple[Path, Checkpoint]) -> Denoiser:
    denoiser = Denoiser(trained[1].denoiser.config)
    initialise(denoiser, 0)
    return denoiser


def measured(trained: tuple[Path, Checkpoint], table: TrainingSet, text: Conditioning, group: Tensor) -> Tensor:
    """(p, COUNT, 15): all vectors of groups (p,) in network space, between the points that each of the prompts chooses."""
    rows = table.starts[group][:, None] + torch.arange(COUNT)
    return trained[1].normaliser.normalise(table.vectors[rows].double(), trained[1].denoiser.anchors(text).anchors())


@torch.no_grad()
def test_training_brings_all_losses_down(config: RelationConfig, trained: tuple[Path, Checkpoint], table: TrainingSet) -> None:
    before, after = untrained(trained), trained[1].denoiser
    generator = torch.Generator().manual_seed(77)
    group, text = table.prompts(200, generator)
    known = text.shapes.flatten(1).any(dim=1).nonzero()[:, 0]  # without shapes the best points are not among the choices
    spreads = table.spread_of(group[known])
    start, end = (float(anchor_loss(denoiser.anchor_net(text.rows(known)), spreads)) for denoiser in (before, after))
    assert end < 0.25 < 1 < start, (start, end)

    points, x = after.anchors(text).described(), measured(trained, table, text, group)
    std, mean = torch.std_mean(x, dim=1, correction=0)
    start, end = (float(moment_loss(denoiser.moment_net(text, points), mean, std)) for denoiser in (before, after))
    assert end < 0.001 * start, (start, end)

    context = after.context(text)
    z = after.whiten(x[:, :20].float(), context)
    sigma, noise = training_sigmas((200, 20, 1), config.noise, generator), torch.randn(z.shape, generator=generator)
    fixed = std.amax(dim=0) < 1e-3  # what no context varies, a trained denoiser knows; in the rest it sees what goes together

    def losses(denoiser: Denoiser) -> tuple[float, float]:
        error = (1 + sigma**2) / sigma**2 * (denoiser(z + sigma * noise, sigma, context) - z) ** 2
        assert float(denoiser.loss(z, noise, sigma, context)) == pytest.approx(float(error.mean()), rel=1e-4)
        return float(error[..., fixed].mean()), float(error[..., ~fixed].mean())

    (fixed_start, start), (fixed_end, end) = losses(before), losses(after)
    assert int(fixed.sum()) >= 4 and fixed_end < 0.25 * fixed_start, (fixed_start, fixed_end)
    assert start == pytest.approx(1, abs=0.1) and end < 0.9 * start, (start, end)


def test_every_prompt_chooses_points_that_suit_its_context(trained: tuple[Path, Checkpoint], table: TrainingSet) -> None:
    choice = trained[1].denoiser.anchors(table.text)
    context = torch.arange(len(CONTEXTS)).repeat_interleave(table.prompt_starts.diff())
    assert float(table.spreads[context, choice.target, choice.base, choice.axes].max()) < 0.25


@torch.no_grad()
@pytest.mark.parametrize("hidden", [None, SENTENCE, RELATION])
def test_every_prompt_promises_the_moments_of_its_contexts_data(
    trained: tuple[Path, Checkpoint], table: TrainingSet, hidden: int | None
) -> None:
    text = table.text
    if hidden is not None:
        text = text.without(hidden, torch.ones(len(text.mask), dtype=torch.bool))
    denoiser = trained[1].denoiser
    context = denoiser.context(text)
    zero, one = (denoiser.colour(torch.full((len(context), 1, WIDTH), value), context)[:, 0] for value in (0.0, 1.0))
    x = measured(trained, table, text, torch.arange(len(CONTEXTS)).repeat_interleave(10)).numpy()
    std = np.clip(x.std(axis=1), *np.exp(LOG_STD))
    mean_error = (zero.numpy() - x.mean(axis=1)) / np.maximum(std, 0.1)
    assert len(mean_error) == 10 * len(CONTEXTS) and table.prompt_starts.diff().tolist() == [10] * len(CONTEXTS)
    assert_allclose(mean_error, np.zeros_like(mean_error), atol=0.1)
    assert_allclose((one - zero).numpy(), std, rtol=0.08)


@torch.no_grad()
def test_whitened_data_have_mean_zero_and_variance_one_in_every_context(
    trained: tuple[Path, Checkpoint], table: TrainingSet
) -> None:
    denoiser = trained[1].denoiser
    for c in range(len(CONTEXTS)):
        text = table.text.rows(table.prompt_starts[c : c + 1])
        x = measured(trained, table, text, torch.tensor([c]))
        z = denoiser.whiten(x, denoiser.context(text))[0]
        wide = x[0].std(dim=0, correction=0).log() > LOG_STD[0]
        assert float(z[:, wide].mean(dim=0).abs().max()) < 0.1
        assert_allclose(z[:, wide].std(dim=0).numpy(), np.ones(int(wide.sum())), rtol=0.05)
        assert float(z[:, ~wide].std(dim=0).max()) < 1


@pytest.mark.parametrize(("part", "file"), [("anchor_net", "anchors.safetensors"), ("moment_net", "moments.safetensors")])
def test_what_is_trained_later_leaves_a_network_as_it_was_fitted(
    trained: tuple[Path, Checkpoint], part: str, file: str
) -> None:
    out, checkpoint = trained
    fitted, finished = load_file(out / file), load_file(out / "state.safetensors")
    for name, value in getattr(checkpoint.denoiser, part).state_dict().items():
        exact = fitted[f"average.{name}"]
        assert torch.equal(finished[f"average.{part}.{name}"], exact), name
        assert torch.equal(finished[f"model.{part}.{name}"], exact), name
        assert torch.equal(value, exact.half().float()), name


@pytest.fixture
def steps(table: TrainingSet, config: RelationConfig, trained: tuple[Path, Checkpoint]) -> Steps:
    """With networks that nobody has frozen and that are not yet what they will be."""
    denoiser = untrained(trained)
    with torch.no_grad():
        for seed, parameter in enumerate((denoiser.net.leave.weight, denoiser.net.context_modulation.bias)):
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator(seed)))
    return Steps(denoiser, table, trained[1].normaliser, config)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("step", "own"), [("anchors", "anchor_net"), ("moments", "moment_net"), ("denoising", "net")])
def test_each_step_teaches_one_network(steps: Steps, step: str, own: str) -> None:
    loss = getattr(steps, step)(generator(0))
    loss.backward()
    assert float(loss.detach()) > 0
    assert {name.split(".")[0] for name, p in steps.denoiser.named_parameters() if p.grad is not None} == {own}


@torch.no_grad()
def test_the_anchor_step_is_about_the_spreads_of_the_batch(steps: Steps, config: RelationConfig, table: TrainingSet) -> None:
    loss = float(steps.anchors(generator(3)))
    group, text = table.prompts(config.batch_prompts, generator(3))
    target, base, axes = (part.exp() for part in steps.denoiser.anchor_net(text))
    good = [(-SHARP * table.spreads[g]).exp() @ a for g, a in zip(group, axes, strict=True)]  # one group per context
    expected = [-float((t @ one @ b).log()) / SHARP for t, b, one in zip(target, base, good, strict=True)]
    assert loss == pytest.approx(np.mean(expected), rel=1e-5)
    assert all(torch.equal(part > 0, has) for part, has in zip((target, base), available(text.shapes), strict=True))


@torch.no_grad()
def test_the_moment_step_compares_with_each_groups_own_vectors_between_the_chosen_points(
    steps: Steps, config: RelationConfig, table: TrainingSet
) -> None:
    loss, again = float(steps.moments(generator(4))), generator(4)
    group, text = table.prompts(config.batch_prompts, again)
    vectors, choice = table.drawn(group, MOMENT_DRAWS, again).double(), steps.denoiser.anchors(text)
    x = torch.stack([steps.normaliser.normalise(v, choice.anchors().rows(p)) for p, v in enumerate(vectors)]).numpy()
    mean, std = torch.from_numpy(x.mean(axis=1)), torch.from_numpy(x.std(axis=1))
    expected = float(moment_loss(steps.denoiser.moment_net(text, choice.described()).double(), mean, std))
    assert loss == pytest.approx(expected, rel=1e-4)


@torch.no_grad()
def test_a_group_of_one_vector_has_that_for_its_mean_and_no_width(steps: Steps, table: TrainingSet) -> None:
    single = replace(table, vectors=table.vectors[table.starts[:-1]], starts=torch.arange(len(table.starts)))
    loss, again = float(replace(steps, table=single).moments(generator(5))), generator(5)
    group, text = single.prompts(steps.config.batch_prompts, again)
    choice = steps.denoiser.anchors(text)
    mean = steps.normaliser.normalise(single.vectors[group][:, None], choice.anchors())[:, 0]
    predicted = steps.denoiser.moment_net(text, choice.described())
    assert loss == pytest.approx(float(moment_loss(predicted, mean, torch.zeros_like(mean))), rel=1e-4)


@torch.no_grad()
def test_a_training_that_rounds_sees_the_same_data_as_one_that_does_not(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Tensor] = []
    whiten = Denoiser.whiten

    def recording(self: Denoiser, x: Tensor, context: Tensor) -> Tensor:
        z = whiten(self, x, context)
        seen.extend((x, z))
        return z

    monkeypatch.setattr(Denoiser, "whiten", recording)
    exact = float(steps.denoising(generator(6)))
    with torch.autocast("cpu", torch.bfloat16):
        rounded = float(steps.denoising(generator(6)))
    assert seen[0].dtype == seen[2].dtype == torch.float32 and torch.equal(seen[0], seen[2])
    torch.testing.assert_close(seen[3], seen[1], rtol=1e-4, atol=1e-4)
    assert rounded == pytest.approx(exact, rel=0.05) and rounded != exact


@torch.no_grad()
def test_the_denoising_step_is_the_loss_of_the_batch_between_the_chosen_points(
    steps: Steps, config: RelationConfig, table: TrainingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever draws the noise: with a network that knows the answer the loss is zero, and only with it."""
    again = generator(7)
    group, text = table.prompts(config.batch_prompts, again)
    vectors = table.drawn(group, config.batch_draws, again)
    choice = steps.denoiser.anchors(text)
    right = steps.denoiser.whiten(steps.normaliser.normalise(vectors, choice.anchors()), steps.denoiser.context(text, choice))
    answer = right.view(len(group), -1, PER_LEVEL, WIDTH)
    assert float(steps.denoising(generator(7))) > 0.1
    monkeypatch.setattr(Denoiser, "forward", lambda self, z, sigma, context: answer.view(z.shape))
    assert float(steps.denoising(generator(7))) < 1e-6
    assert float(steps.denoising(generator(8))) > 0.1


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
        assert all(distances[i] < 0.1 * distance for j, distance in enumerate(distances) if j != i), distances


@pytest.mark.parametrize("half", [False, True])
def test_weights_are_written_as_precisely_as_asked_for_and_returned_as_written(
    config: RelationConfig, tmp_path: Path, half: bool
) -> None:
    returned = train_relations(replace(short(config), half=half), tmp_path, Console(quiet=True), "", "")
    written = load_file(tmp_path / "relations.safetensors")
    assert {v.dtype for name, v in written.items() if name.startswith("denoiser.")} == {torch.float16 if half else torch.float32}
    exact = load_file(tmp_path / "state.safetensors")
    for name, value in returned.denoiser.state_dict().items():
        expected = exact[f"average.{name}"]
        assert torch.equal(value, expected.half().float() if half else expected), name
    assert returned.identity == load_checkpoint(tmp_path / "relations.safetensors").identity != ""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the catalog was asked for; nothing is drawn."""
    found: list[tuple[object, ...]] = []
    monkeypatch.setattr(relation_training, "catalog_data", lambda *arguments: found.append(arguments))
    return found


def test_training_draws_from_the_training_contexts_unless_told_otherwise(asked: list[tuple[object, ...]]) -> None:
    load_data(RelationConfig())
    load_data(RelationConfig(held_out=False, draws=8, prompts=3, shapes=2, loop=LoopConfig(seed=5)))
    assert [tuple(row[:5]) for row in asked] == [(4096, 50, 16, 0, training_contexts()), (8, 3, 2, 5, contexts())]
    assert not {*held_out_combinations(), *category_contexts()} & set(asked[0][4])
    assert dict(asked[0][5]) == dict(asked[1][5]) == {}


def test_captions_of_a_file_join_the_training(asked: list[tuple[object, ...]], tmp_path: Path) -> None:
    (tmp_path / "more.json").write_text('{"mug on table": ["A mug on a table.", "The table holds a mug."]}')
    load_data(RelationConfig(more_prompts=str(tmp_path / "more.json")))
    assert dict(asked[0][5]) == {"mug on table": ("A mug on a table.", "The table holds a mug.")}
    with pytest.raises(OSError, match=r"none\.json"):
        load_data(RelationConfig(more_prompts=str(tmp_path / "none.json")))


def test_sample_files_are_taken_as_they_are(asked: list[tuple[object, ...]], config: RelationConfig) -> None:
    data = load_data(config)
    assert asked == [] and data.contexts == tuple(sorted(CONTEXTS)) and data.source == "three.parquet"


@pytest.mark.parametrize(("draws", "shapes"), [(7, 8), (0, 8), (8, 0), (8, -1)])
def test_draws_that_leave_a_group_of_shapes_empty_are_refused(
    tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch, draws: int, shapes: int
) -> None:
    monkeypatch.setattr(relation_training, "training_contexts", lambda: CONTEXTS)
    config = RelationConfig(draws=draws, shapes=shapes, prompts=2, anchor_steps=1, moment_steps=1, loop=LoopConfig(steps=1))
    with pytest.raises(ValueError, match=r"(draws|shapes)=-?\d+"):
        train_relations(config, tmp_path / "out", console, "", "")
    assert not (tmp_path / "out").exists()


def short(config: RelationConfig) -> RelationConfig:
    return replace(config, anchor_steps=7, moment_steps=10, loop=replace(config.loop, steps=12, warmup=2, save_every=4))


@pytest.fixture(scope="module")
def whole(config: RelationConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run that nothing interrupted."""
    out = tmp_path_factory.mktemp("whole")
    train_relations(short(config), out, Console(quiet=True), "", "")
    return out


PHASES = {"anchors": 7, "moments": 10, "denoiser": 12}  # their steps in a short run
FILES = ("anchors.safetensors", "moments.safetensors", "state.safetensors", "relations.safetensors")


def watch(patch: pytest.MonkeyPatch, hear: Callable[[str, int], None]) -> None:
    """`hear` is told the phase and the number of every step."""
    real, phases = training.learning_rate, {steps: phase for phase, steps in PHASES.items()}

    def rate(step: int, loop: LoopConfig) -> float:
        hear(phases[loop.steps], step)
        return real(step, loop)

    patch.setattr(training, "learning_rate", rate)


def interrupt(
    patch: pytest.MonkeyPatch, config: RelationConfig, out: Path, phase: str, step: int, error: type[BaseException]
) -> None:
    """Run until this step of this phase, and no further."""

    def hear(*now: object) -> None:
        if now == (phase, step):
            raise error

    with patch.context() as patched, pytest.raises(error):
        watch(patched, hear)
        train_relations(short(config), out, Console(quiet=True), "", "")
    assert not (out / "relations.safetensors").exists()


def assert_same_files(one: Path, other: Path) -> None:
    assert [name for name in FILES if (one / name).read_bytes() != (other / name).read_bytes()] == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError], ids=["interrupted", "crashed"])
@pytest.mark.parametrize(
    ("phase", "step"),
    [
        ("anchors", 0), ("anchors", 3), ("anchors", 6),
        ("moments", 0), ("moments", 7), ("moments", 9),
        ("denoiser", 0), ("denoiser", 7), ("denoiser", 11),
    ],
)
def test_an_interrupted_training_goes_on_as_if_it_had_not_been(
    config: RelationConfig,
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    phase: str,
    step: int,
    error: type[BaseException],
) -> None:
    interrupt(monkeypatch, config, tmp_path, phase, step, error)
    torch.rand(7)  # the global generator is elsewhere after a restart
    steps: list[tuple[str, int]] = []
    with monkeypatch.context() as patch:
        watch(patch, lambda *now: steps.append(now))
        resumed = train_relations(short(config), tmp_path, Console(quiet=True), "", "")
    assert_same_files(tmp_path, whole)
    one, other = (c.denoiser.state_dict() for c in (resumed, load_checkpoint(whole / "relations.safetensors")))
    assert one.keys() == other.keys() and [name for name in one if not torch.equal(one[name], other[name])] == []
    start = step if error is KeyboardInterrupt else step - step % 4  # a crash goes back to the last save
    order = [(name, i) for name, count in PHASES.items() for i in range(count)]
    assert steps == order[order.index((phase, start)) :]


def test_an_interruption_in_each_phase_is_as_good_as_none(
    config: RelationConfig, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for phase, step in (("anchors", 2), ("anchors", 5), ("moments", 3), ("moments", 8), ("denoiser", 2), ("denoiser", 9)):
        interrupt(monkeypatch, config, tmp_path, phase, step, KeyboardInterrupt)
    train_relations(short(config), tmp_path, Console(quiet=True), "", "")
    assert_same_files(tmp_path, whole)


@pytest.mark.parametrize(
    "change",
    [
        {"translation": "linear"},
        {"batch_prompts": 12},
        {"noise": NoiseConfig(log_mean=0.0)},
        {"network": NetworkConfig(width=16)},
        {"anchor_steps": 8},
        {"moment_steps": 11},
        {"batch_draws": 8},
        {"half": False},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("left", ["all states", "the last two states", "the denoiser's state"])
def test_a_folder_of_a_run_with_other_settings_is_refused(
    config: RelationConfig,
    whole: Path,
    tmp_path: Path,
    console: Console,
    change: dict[str, object],
    left: str,
) -> None:
    out = shutil.copytree(whole, tmp_path / "out")
    if left != "all states":
        (out / "anchors.safetensors").unlink()
    if left == "the denoiser's state":
        (out / "moments.safetensors").unlink()
    with pytest.raises(ValueError, match="other settings; give another out= folder"):
        train_relations(replace(short(config), **change), out, console, "", "")


@pytest.mark.parametrize("draws", [-PER_LEVEL, 0, 1, 2, 6, 15])
def test_draws_that_cannot_share_noise_levels_evenly_are_refused_before_anything_is_made(
    config: RelationConfig, tmp_path: Path, console: Console, draws: int
) -> None:
    with pytest.raises(ValueError, match=rf"^batch_draws={draws} is not possible; give a multiple of {PER_LEVEL}$"):
        train_relations(replace(short(config), batch_draws=draws), tmp_path / "out", console, "", "")
    assert PER_LEVEL == 4 and not (tmp_path / "out").exists()


def test_as_many_contexts_are_learned_as_are_asked_for() -> None:
    few = RelationConfig(draws=2, shapes=1, prompts=2, contexts=3)
    assert load_data(few).contexts == evenly(training_contexts(), 3)
    with pytest.raises(ValueError, match=r"^contexts=-1 is not possible; give how many, 0 for all$"):
        train_relations(RelationConfig(contexts=-1), Path("nowhere"), Console(quiet=True), "", "")
