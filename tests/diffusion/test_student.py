"""A student of a teacher that is small enough to make on the spot: what it learns, what it shares, and its file."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from rich.console import Console
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from diffusion import data, student
from diffusion.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from diffusion.data import TrainingSet, catalog_data, training_set
from diffusion.denoiser import Denoiser
from diffusion.generation import BLOCK, sample_many, sample_relations
from diffusion.network import NetworkConfig
from diffusion.sampling import STUDENT_LEVELS, Solver
from diffusion.schedule import sampling_sigmas
from diffusion.student import FORMAT, Lesson, StudentConfig, load_student, student_of, train_student
from diffusion.text_encoder import Condition, T5TextEncoder
from diffusion.training import LoopConfig
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.files import write_safetensors
from oor.relation import WIDTH, unpack

CONTEXTS = (Context("mug", "left of", "plate"), Context("mug", "right of", "plate"), Context("ball", "under", "table"))
CUP = Condition("a mug to the left of a plate", "mug", "plate", "left of")
LOOP = LoopConfig(steps=120, lr=1e-2, warmup=5, ema=0.9, save_every=20, bf16=False)


@pytest.fixture(scope="module")
def teacher(tiny_checkpoint: Path) -> Checkpoint:
    return load_checkpoint(tiny_checkpoint)


@pytest.fixture(scope="module")
def config(tiny_checkpoint: Path) -> StudentConfig:
    return StudentConfig(str(tiny_checkpoint), 2, True, 4, batch_prompts=8, batch_paths=16, calls=6, loop=LOOP)


@pytest.fixture(scope="module", autouse=True)
def small_world(embedded: T5TextEncoder) -> Iterator[None]:
    """Three contexts and the instances of their objects only, and a text encoder that is loaded once."""
    few = {name: categories()[name] for context in CONTEXTS for name in (context.target, context.base)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "categories", lambda: few)
        patch.setattr(data, "VARIANTS", 2)
        patch.setattr(student, "load_text_encoder", lambda name: embedded)
        patch.setattr(student, "training_contexts", lambda: CONTEXTS)
        patch.setattr(student, "contexts", lambda: CONTEXTS[:1])
        yield


@pytest.fixture(scope="module")
def table(config: StudentConfig, teacher: Checkpoint, embedded: T5TextEncoder) -> TrainingSet:
    drawn = catalog_data(4, config.prompts, config.shapes, 5, CONTEXTS)
    return training_set(drawn, embedded, teacher.normaliser.translation)[0]


@pytest.fixture(scope="module")
def trained(config: StudentConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Checkpoint]:
    out = tmp_path_factory.mktemp("student")
    return out, train_student(config, out, Console(quiet=True), "the command", "the commit")


def lesson(teacher: Checkpoint, learner: Denoiser, table: TrainingSet, config: StudentConfig) -> Lesson:
    return Lesson(teacher.denoiser, learner, table, teacher, config)


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# --- what it learns


def test_the_loss_falls_and_one_call_comes_near_to_where_the_teacher_ends(
    teacher: Checkpoint, trained: tuple[Path, Checkpoint], table: TrainingSet, config: StudentConfig, embedded: T5TextEncoder
) -> None:
    before, after = student_of(teacher.denoiser), trained[1].denoiser
    start, end = (
        float(lesson(teacher, learner, table, config).loss(torch.Generator().manual_seed(99)).detach())
        for learner in (before, after)
    )
    assert end < 0.3 * start, (start, end)
    far = sample_relations(teacher, embedded, CUP, BLOCK, solver=Solver(steps=config.calls))  # from the same noise
    apart = [
        float(
            (sample_relations(replace(teacher, denoiser=one), embedded, CUP, BLOCK, solver=Solver("student", 1)) - far)
            .abs()
            .median()
        )
        for one in (before, after)
    ]
    assert apart[1] < 0.3 * apart[0], apart


def test_a_step_teaches_the_student_s_network_and_nothing_else(
    teacher: Checkpoint, table: TrainingSet, config: StudentConfig
) -> None:
    learner, generator = student_of(teacher.denoiser), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in learner.net.parameters():  # nothing in it is zero, so that everything acts
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    for parameter in teacher.denoiser.parameters():
        parameter.grad = None
    lesson(teacher, learner, table, config).loss(generator).backward()
    assert all(parameter.grad is None for parameter in teacher.denoiser.parameters())  # anchors and moments among them
    still = [name for name, value in learner.net.named_parameters() if value.grad is None or not bool(value.grad.any())]
    assert still == []


def test_paths_are_those_of_the_teacher(teacher: Checkpoint, table: TrainingSet, config: StudentConfig) -> None:
    _, text = table.prompts(3, torch.Generator().manual_seed(0))
    context = teacher.denoiser.context(text)
    noise = torch.randn(3, 5, WIDTH, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        points, levels, end = lesson(teacher, teacher.denoiser, table, config)._paths(noise, context)
        denoise = teacher.denoiser.under(context)
        torch.testing.assert_close(end, Solver(steps=config.calls)(denoise, noise, teacher.noise))
        torch.testing.assert_close(end, denoise(points[-1], levels[-1]))  # the last guess is the clean one
    assert points.shape == (config.calls, 3, 5, WIDTH)
    torch.testing.assert_close(levels.double(), sampling_sigmas(config.calls, teacher.noise)[:-1], rtol=1e-6, atol=0)
    torch.testing.assert_close(points[0], math.hypot(1, teacher.noise.sigma_max) * noise)
    assert STUDENT_LEVELS.sigma_max == teacher.noise.sigma_max  # else it would be asked where it never learned


def test_a_student_that_knows_the_ends_has_nothing_to_learn(
    teacher: Checkpoint, table: TrainingSet, config: StudentConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the unit of the loss: a student that says 0 is wrong by (1 + s^2) / s^2 times the mean square of the ends."""
    ends: list[Tensor] = []
    real = Lesson._paths

    def remembering(self: Lesson, noise: Tensor, context: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        points, sigmas, end = real(self, noise, context)
        ends.append(end)
        return points, sigmas, end

    monkeypatch.setattr(Lesson, "_paths", remembering)
    learner = student_of(teacher.denoiser)
    monkeypatch.setattr(Denoiser, "forward", lambda self, x, sigma, context: ends[-1])
    assert float(lesson(teacher, learner, table, config).loss(torch.Generator().manual_seed(0))) == 0
    asked: list[Tensor] = []

    def nothing(self: Denoiser, x: Tensor, sigma: Tensor, context: Tensor) -> Tensor:
        asked.append(sigma)
        return torch.zeros_like(x)

    monkeypatch.setattr(Denoiser, "forward", nothing)
    loss = float(lesson(teacher, learner, table, config).loss(torch.Generator().manual_seed(0)))
    assert loss == pytest.approx(float(((1 + asked[0] ** -2) * ends[-1] ** 2).mean()), rel=1e-5)
    assert asked[0].shape == (config.batch_prompts, config.batch_paths, 1) and len(asked[0].unique()) == config.calls


# --- what it shares


def test_it_shares_anchors_and_moments_and_its_network_is_its_own(
    teacher: Checkpoint, trained: tuple[Path, Checkpoint], table: TrainingSet
) -> None:
    learner = trained[1].denoiser
    text = table.text.rows(slice(5))
    assert same(learner.anchor_net.state_dict(), teacher.denoiser.anchor_net.state_dict())
    assert same(learner.moment_net.state_dict(), teacher.denoiser.moment_net.state_dict())
    assert torch.equal(learner.anchors(text).described(), teacher.denoiser.anchors(text).described())
    one, other = learner.context(text), teacher.denoiser.context(text)
    assert torch.equal(one[..., : 2 * WIDTH], other[..., : 2 * WIDTH])
    assert float((one[..., 2 * WIDTH :] - other[..., 2 * WIDTH :]).detach().abs().max()) > 1e-3


def test_a_new_student_is_its_teacher_and_training_it_leaves_the_teacher_alone(
    teacher: Checkpoint, trained: tuple[Path, Checkpoint], tiny_checkpoint: Path
) -> None:
    assert same(teacher.denoiser.state_dict(), load_checkpoint(tiny_checkpoint).denoiser.state_dict())
    new = student_of(teacher.denoiser)
    assert same(new.state_dict(), teacher.denoiser.state_dict())
    assert new.anchor_net is teacher.denoiser.anchor_net and new.moment_net is teacher.denoiser.moment_net
    assert not {id(value) for value in new.net.parameters()} & {id(value) for value in teacher.denoiser.net.parameters()}
    with torch.no_grad():
        new.net.leave.weight.add_(1)
    assert same(teacher.denoiser.state_dict(), load_checkpoint(tiny_checkpoint).denoiser.state_dict())


@pytest.mark.parametrize("calls", [1, 2, 4])
def test_it_samples_valid_relations_in_any_number_of_calls(
    trained: tuple[Path, Checkpoint], embedded: T5TextEncoder, calls: int
) -> None:
    solver = Solver("student", calls)
    vectors = sample_relations(trained[1], embedded, CUP, BLOCK + 6, seed=4, solver=solver)
    assert vectors.shape == (BLOCK + 6, 15) and len(vectors.unique(dim=0)) == BLOCK + 6
    R = unpack(vectors).R_base_target
    torch.testing.assert_close(R.mT @ R, torch.eye(3).double().expand_as(R), rtol=0, atol=1e-6)
    assert torch.equal(vectors[:, 12:].amax(dim=1), torch.ones(BLOCK + 6).double()) and bool((vectors[:, 9:] > 0).all())
    assert torch.equal(sample_relations(trained[1], embedded, CUP, 7, seed=4, solver=solver), vectors[:7])
    assert sample_many(trained[1], embedded, [CUP] * 3, 5, solver=solver).isfinite().all()


# --- its file


def test_the_file_has_the_network_and_how_it_came_to_be(
    trained: tuple[Path, Checkpoint], teacher: Checkpoint, config: StudentConfig, embedded: T5TextEncoder
) -> None:
    path, learner = trained[0] / "student.safetensors", trained[1]
    tensors = load_file(path)
    assert tensors.keys() == teacher.denoiser.net.state_dict().keys() and {value.dtype for value in tensors.values()} == {
        torch.float16
    }
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    about = {"teacher": teacher.identity, "command": "the command", "commit": "the commit", "settings": asdict(config)}
    assert metadata["format"] == FORMAT and json.loads(metadata["about"]) == json.loads(json.dumps(about))
    again = load_student(teacher, path)
    assert same(again.denoiser.state_dict(), learner.denoiser.state_dict())
    assert again.about == {**teacher.about, "student": json.loads(metadata["about"])}
    assert (again.noise, again.normaliser, again.text_encoder) == (teacher.noise, teacher.normaliser, teacher.text_encoder)
    for calls in (1, 3):
        one, other = (sample_relations(model, embedded, CUP, 9, solver=Solver("student", calls)) for model in (learner, again))
        assert torch.equal(one, other)


def written(teacher: Checkpoint, path: Path, **changes: str) -> Path:
    """A student that learned nothing."""
    metadata = {"format": FORMAT, "about": json.dumps({"teacher": teacher.identity})} | changes
    write_safetensors(path, dict(teacher.denoiser.net.state_dict()), metadata)
    return path


def test_full_precision_is_kept(teacher: Checkpoint, config: StudentConfig, tmp_path: Path) -> None:
    assert same(load_student(teacher, written(teacher, tmp_path / "s")).denoiser.state_dict(), teacher.denoiser.state_dict())
    short = replace(config, half=False, loop=replace(LOOP, steps=2))
    learner = train_student(short, tmp_path, Console(quiet=True), "", "")
    tensors = load_file(tmp_path / "student.safetensors")
    assert {value.dtype for value in tensors.values()} == {torch.float32} and same(tensors, learner.denoiser.net.state_dict())


def test_the_student_of_another_teacher_is_refused(teacher: Checkpoint, tiny_checkpoint: Path, tmp_path: Path) -> None:
    path = written(teacher, tmp_path / "s")
    other = load_checkpoint(tiny_checkpoint)
    with torch.no_grad():
        other.denoiser.net.leave.bias.add_(0.1)
    save_checkpoint(tmp_path / "other.safetensors", other)
    other = load_checkpoint(tmp_path / "other.safetensors")
    message = f"^{path} is the student of {teacher.identity}, not of {other.identity}; take sampler=dpm$"
    with pytest.raises(ValueError, match=message):
        load_student(other, path)
    assert load_student(teacher, path).identity == teacher.identity


def test_a_missing_file_is_refused_with_what_makes_one(teacher: Checkpoint, tmp_path: Path) -> None:
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(ValueError, match=f"^no student at {path}; distil one with `python -m oor.train recipe=student`, or "):
            load_student(teacher, path)


def damage(teacher: Checkpoint, path: Path, how: str) -> None:
    written(teacher, path)
    state = dict(teacher.denoiser.net.state_dict())
    about = json.dumps({"teacher": teacher.identity})
    if how == "empty":
        path.write_bytes(b"")
    elif how == "text":
        path.write_text("I am a student\n" * 20)
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    elif how == "foreign":
        write_safetensors(path, {"a": torch.zeros(2)}, {"format": FORMAT, "about": about})
    elif how == "a tensor missing":
        write_safetensors(path, {k: v for k, v in state.items() if k != "leave.bias"}, {"format": FORMAT, "about": about})
    elif how == "a tensor too many":
        write_safetensors(path, state | {"more": torch.zeros(1)}, {"format": FORMAT, "about": about})
    elif how == "another size":
        net = Denoiser(NetworkConfig(text_width=8, width=16, hidden=24, blocks=1, queries=1, heads=1, sigma_features=8)).net
        write_safetensors(path, dict(net.state_dict()), {"format": FORMAT, "about": about})
    elif how == "no metadata":
        write_safetensors(path, state, {})
    elif how == "broken metadata":
        write_safetensors(path, state, {"format": FORMAT, "about": "{"})
    elif how == "a list of metadata":
        write_safetensors(path, state, {"format": FORMAT, "about": "[]"})
    elif how == "newer format":
        write_safetensors(path, state, {"format": "student 99", "about": about})


DAMAGES = [
    "empty",
    "text",
    "cut",
    "foreign",
    "a tensor missing",
    "a tensor too many",
    "another size",
    "no metadata",
    "broken metadata",
    "a list of metadata",
    "newer format",
]


@pytest.mark.parametrize("how", DAMAGES)
def test_a_file_that_is_no_student_is_refused(teacher: Checkpoint, tmp_path: Path, how: str) -> None:
    path = tmp_path / "s.safetensors"
    damage(teacher, path, how)
    with pytest.raises(ValueError, match=rf"^{path} is no student of format '{FORMAT}'; distil it again or fetch it anew$"):
        load_student(teacher, path)


def test_a_checkpoint_is_no_student(teacher: Checkpoint, tiny_checkpoint: Path) -> None:
    with pytest.raises(ValueError, match="is no student of format"):
        load_student(teacher, tiny_checkpoint)


# --- the run


SHORT = replace(LOOP, steps=24, save_every=8)


def run(config: StudentConfig, out: Path) -> bytes:
    train_student(config, out, Console(quiet=True), "", "")
    return (out / "student.safetensors").read_bytes()


def interrupted(config: StudentConfig, out: Path, stop: int, error: BaseException, patch: pytest.MonkeyPatch) -> None:
    real, calls = Lesson.loss, iter(range(1000))

    def loss(self: Lesson, generator: torch.Generator) -> Tensor:
        if next(calls) == stop:
            raise error
        return real(self, generator)

    with patch.context() as own, pytest.raises(type(error)):
        own.setattr(Lesson, "loss", loss)
        run(config, out)


def test_loading_one_leaves_the_global_generator_alone(teacher: Checkpoint, tmp_path: Path) -> None:
    path, before = written(teacher, tmp_path / "s"), torch.get_rng_state()
    load_student(teacher, path)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_same_command_gives_the_same_bytes_and_another_seed_others(config: StudentConfig, tmp_path: Path) -> None:
    short = replace(config, loop=SHORT)
    one = run(short, tmp_path / "a")
    torch.rand(3)  # wherever the global generator is
    assert run(short, tmp_path / "b") == one
    assert run(replace(short, loop=replace(SHORT, seed=1)), tmp_path / "c") != one


@pytest.mark.parametrize(
    ("stop", "error"), [(0, KeyboardInterrupt()), (11, KeyboardInterrupt()), (13, RuntimeError("lights out"))]
)
def test_a_resumed_run_is_the_uninterrupted_run_byte_for_byte(
    config: StudentConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int, error: BaseException
) -> None:
    short = replace(config, loop=SHORT)
    interrupted(short, tmp_path / "b", stop, error, monkeypatch)
    assert not (tmp_path / "b" / "student.safetensors").exists()
    assert run(short, tmp_path / "b") == run(short, tmp_path / "a")


@pytest.mark.parametrize(
    "change", [{"calls": 5}, {"batch_paths": 15}, {"loop": replace(SHORT, lr=2e-2)}], ids=["calls", "paths", "rate"]
)
def test_a_run_of_other_settings_is_not_gone_on_with(config: StudentConfig, tmp_path: Path, change: dict[str, object]) -> None:
    short = replace(config, loop=replace(SHORT, steps=2))
    run(short, tmp_path)
    with pytest.raises(ValueError, match="other settings; give another out= folder or delete it"):
        run(replace(short, **change), tmp_path)


def test_what_the_catalog_held_out_is_learned_if_it_is_said_so(
    config: StudentConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def recording(draws: int, prompts: int, shapes: int, seed: int, known: tuple[Context, ...]) -> object:
        seen.append((draws // shapes, prompts, shapes, seed, known))
        return catalog_data(draws, prompts, shapes, seed, known)

    monkeypatch.setattr(student, "catalog_data", recording)
    for held_out in (True, False):
        run(replace(config, held_out=held_out, loop=replace(SHORT, steps=1)), tmp_path / str(held_out))
    assert seen == [(student.FEW, 4, 2, 0, CONTEXTS), (student.FEW, 4, 2, 0, CONTEXTS[:1])]
