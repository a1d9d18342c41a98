"""Several processes do the arithmetic of one: rows, losses, gradients; they stop together and are saved once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from diffusion.data import file_data, training_set
from diffusion.denoiser import Denoiser
from diffusion.network import NetworkConfig
from diffusion.processes import ALONE, Processes, stop_request, together
from diffusion.relation_training import RelationConfig, Steps, train_relations
from diffusion.text_encoder import TextEncoder
from diffusion.training import LoopConfig, fit, initialise
from oor.catalog.contexts import Context
from oor.catalog.programs import draw
from oor.samples import SampleSet, write_samples

ROOT = Path(__file__).parents[2]
CONTEXTS = (Context("mug", "left of", "plate"), Context("ball", "under", "table"))
LOOP = LoopConfig(steps=20, lr=1e-2, warmup=3, save_every=8, bf16=False)


@given(total=st.integers(1, 300), count=st.integers(1, 20))
def test_every_row_is_somebodys_and_counts_the_same(total: int, count: int) -> None:
    members = [Processes(rank, count) for rank in range(count)]
    assert [row for member in members for row in range(total)[member.rows(total)]] == list(range(total))
    sizes = [len(range(total)[member.rows(total)]) for member in members]
    assert max(sizes) - min(sizes) <= 1
    assert [member.share(total) / count * total for member in members] == pytest.approx(sizes)
    assert ALONE.share(total) == 1 and ALONE.rows(total) == slice(0, total)


def test_without_torchrun_a_process_is_alone() -> None:
    with together() as processes:
        assert processes == ALONE and processes.first and not torch.distributed.is_initialized()
        processes.agree(3, torch.device("cpu"))


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with 64 draws of each of two contexts."""
    path = tmp_path_factory.mktemp("samples") / "two.parquet"
    vectors = np.concatenate([draw(context, 64, np.random.default_rng(i)) for i, context in enumerate(CONTEXTS)])
    rows = [context for context in CONTEXTS for _ in range(64)]
    prompts = tuple(f"{i % 3} {c.target} {c.predicate} {c.base}" for i, c in enumerate(rows))
    names = (tuple(getattr(c, part) for c in rows) for part in ("target", "predicate", "base"))
    write_samples(path, SampleSet(vectors, prompts, *names, ("test",) * len(rows), np.zeros(len(rows))))
    return path


@pytest.fixture
def steps(samples: Path, word_encoder: TextEncoder) -> Steps:
    table, normaliser = training_set(file_data([samples]), word_encoder, "contact")
    denoiser = Denoiser(NetworkConfig(text_width=word_encoder.width, width=16, hidden=16, blocks=1, queries=2, heads=1))
    initialise(denoiser, 0)
    with torch.no_grad():
        denoiser.net.leave.weight.fill_(0.1)
    config = RelationConfig(samples=(str(samples),), batch_prompts=7, batch_draws=8)
    return Steps(denoiser, table, normaliser, config)


def gradients(steps: Steps, name: str) -> tuple[float, dict[str, Tensor]]:
    steps.denoiser.zero_grad()
    loss = getattr(steps, name)(torch.Generator().manual_seed(3))
    loss.backward()
    return float(loss.detach()), {k: p.grad.clone() for k, p in steps.denoiser.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("count", [2, 3, 7])
@pytest.mark.parametrize("name", ["anchors", "moments", "denoising"])
def test_the_average_over_processes_is_the_loss_of_the_whole_batch(steps: Steps, name: str, count: int) -> None:
    whole, expected = gradients(steps, name)
    parts = [gradients(replace(steps, processes=Processes(rank, count)), name) for rank in range(count)]
    assert np.mean([loss for loss, _ in parts]) == pytest.approx(whole, rel=1e-5)
    for key, value in expected.items():
        mean = torch.stack([grads[key] for _, grads in parts]).mean(dim=0)
        torch.testing.assert_close(mean, value, rtol=1e-4, atol=1e-6)
    assert len({loss for loss, _ in parts}) > 1  # they did see different rows


def test_losses_by_noise_level_average_to_the_loss_and_do_not_depend_on_the_process(steps: Steps) -> None:
    levels = steps.by_level()
    assert list(levels) == ["loss at sigma < 0.1", "loss at sigma 0.1-0.3", "loss at sigma 0.3-0.89", "loss at sigma > 0.89"]
    assert levels == steps.by_level() == replace(steps, processes=Processes(1, 3)).by_level()
    with torch.no_grad():
        drawn = [float(steps.denoising(torch.Generator().manual_seed(seed))) for seed in range(30)]
    assert np.mean(list(levels.values())) == pytest.approx(np.mean(drawn), rel=0.2)


def test_more_processes_than_prompts_are_refused(samples: Path, tmp_path: Path) -> None:
    config = RelationConfig(samples=(str(samples),), batch_prompts=3)
    with pytest.raises(ValueError, match=r"^batch_prompts=3 is too few for 4 processes; "):
        train_relations(config, tmp_path / "out", Console(quiet=True), "", "", None, Processes(0, 4))
    assert not (tmp_path / "out").exists()


def regression(model: nn.Module, stop: int = -1) -> object:
    calls = iter(range(10**6))

    def loss(generator: torch.Generator) -> Tensor:
        if next(calls) == stop:
            os.kill(os.getpid(), signal.SIGTERM)
        x = torch.randn(15, 3, generator=generator)
        return ((model(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()

    return loss


def model() -> nn.Module:
    made = nn.Sequential(nn.Linear(3, 8), nn.SiLU(), nn.Linear(8, 1))
    initialise(made, 0)
    return made


def test_sigterm_is_an_interruption_to_go_on_from(tmp_path: Path, console: Console) -> None:
    before = signal.getsignal(signal.SIGTERM)
    first, again, other = model(), model(), model()
    with pytest.raises(KeyboardInterrupt):
        fit(first, regression(first, 5), LOOP, tmp_path / "s", console)
    assert signal.getsignal(signal.SIGTERM) is before and "go on from step 5" in console.file.getvalue()
    resumed = fit(again, regression(again), LOOP, tmp_path / "s", console)
    whole = fit(other, regression(other), LOOP, tmp_path / "w", console)
    assert [name for name in whole if not torch.equal(whole[name], resumed[name])] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_of_several_processes_finishes_its_step_first(number: signal.Signals) -> None:
    with stop_request(Processes(0, 2)) as asked:
        assert not asked.is_set()
        os.kill(os.getpid(), number)
        assert asked.is_set()


GROUP = """
import os, signal, sys
from pathlib import Path
import torch
from rich.console import Console
from torch import nn
from diffusion.processes import together
from diffusion.training import LoopConfig, fit, initialise

state, stop, who = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with together() as processes:
    console = Console() if processes.first else Console(quiet=True)
    model = nn.Sequential(nn.Linear(3, 8), nn.SiLU(), nn.Linear(8, 1))
    initialise(model, 0)
    calls = iter(range(10**6))

    def loss(generator):
        if next(calls) == stop and processes.rank == who:
            os.kill(os.getpid(), signal.SIGTERM)
        x = torch.randn(15, 3, generator=generator)[processes.rows(15)]
        return processes.share(15) * ((model(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()

    try:
        fit(model, loss, LoopConfig(steps=20, lr=1e-2, warmup=3, save_every=8, bf16=False), state, console, processes=processes)
    except KeyboardInterrupt:
        pass
"""


def started(count: int, *arguments: object) -> str:
    """What a group of processes printed; all of them must end well."""
    torchrun = ("-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}", "--no-python")
    command = [sys.executable, *torchrun, sys.executable, "-c", GROUP, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def assert_close(one: Path, other: Path) -> None:
    a, b = load_file(one), load_file(other)
    assert a.keys() == b.keys()
    for name, value in a.items():
        torch.testing.assert_close(value, b[name], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_two_processes_train_what_one_does_and_stop_together(tmp_path: Path, console: Console) -> None:
    alone = model()
    fit(alone, regression(alone), LOOP, tmp_path / "one", console)
    output = started(2, tmp_path / "two", -1, 0)
    assert_close(tmp_path / "one", tmp_path / "two")
    assert output.count("step 20 of 20") == 1 and sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]

    output = started(2, tmp_path / "cut", 4, 1)  # the second process is told; both finish the fifth step
    with safe_open(tmp_path / "cut", "pt") as file:
        assert file.metadata()["step"] == "5"
    assert output.count("go on from step 5") == 1
    resumed = model()
    fit(resumed, regression(resumed), LOOP, tmp_path / "cut", console)
    assert_close(tmp_path / "one", tmp_path / "cut")
