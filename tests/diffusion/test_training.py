"""The training loop: exact resume, refusals, the learning rate, the moving average, the first weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from safetensors.torch import load_file
from torch import Tensor, nn

from diffusion import training
from diffusion.denoiser import Denoiser
from diffusion.network import NetworkConfig
from diffusion.training import LoopConfig, fit, initialise, learning_rate
from oor.files import write_safetensors

laws = settings(deadline=None, max_examples=50, derandomize=True)
CONFIG = LoopConfig(steps=24, lr=1e-2, warmup=3, save_every=8, bf16=False)


def new_model() -> nn.Module:
    model = nn.Sequential(nn.Linear(3, 8), nn.SiLU(), nn.LayerNorm(8), nn.Linear(8, 2))
    initialise(model, 0)
    return model


def regression(model: nn.Module, before: Callable[[int], None] = lambda call: None) -> Callable[[torch.Generator], Tensor]:
    """A noisy loss; `before` hears the number of each call."""
    calls = iter(range(10**6))

    def loss(generator: torch.Generator) -> Tensor:
        before(next(calls))
        x = torch.randn(16, 3, generator=generator)
        return ((model(x) - torch.stack([x.sum(dim=1), x.prod(dim=1)], dim=1)) ** 2).mean()

    return loss


def stop_at(stop: int, error: BaseException) -> Callable[[int], None]:
    def before(call: int) -> None:
        if call == stop:
            raise error

    return before


def run(state: Path, console: Console, config: LoopConfig = CONFIG) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Train a new model to the end: its moving average, and all of its final state file."""
    model = new_model()
    return fit(model, regression(model), config, state, console), load_file(state)


def assert_same(one: tuple[dict[str, Tensor], ...], other: tuple[dict[str, Tensor], ...]) -> None:
    for a, b in zip(one, other, strict=True):
        assert a.keys() == b.keys()
        assert [name for name in a if not torch.equal(a[name], b[name])] == []


@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, bf16=True)], ids=["float32", "bf16"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the lights went out")], ids=["interrupted", "crashed"])
@pytest.mark.parametrize("stop", [0, 1, 7, 8, 13, 23])
def test_a_resumed_run_is_the_uninterrupted_run_bit_for_bit(
    tmp_path: Path,
    console: Console,
    config: LoopConfig,
    error: BaseException,
    stop: int,
) -> None:
    model = new_model()
    with pytest.raises(type(error)):
        fit(model, regression(model, stop_at(stop, error)), config, tmp_path / "b", console)
    torch.rand(7)  # the global generator is elsewhere after a restart
    assert_same(run(tmp_path / "b", console, config), run(tmp_path / "a", console, config))


def test_many_interruptions_are_as_good_as_none(tmp_path: Path, console: Console) -> None:
    for _ in range(CONFIG.steps // 5):
        model = new_model()
        with pytest.raises(KeyboardInterrupt):
            fit(model, regression(model, stop_at(5, KeyboardInterrupt())), CONFIG, tmp_path / "b", console)
    assert_same(run(tmp_path / "b", console), run(tmp_path / "a", console))


@pytest.mark.parametrize("place", ["optimiser", "average"])
def test_an_interruption_between_the_parts_of_a_step_does_no_harm(
    tmp_path: Path,
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    owner, name = (torch.optim.AdamW, "step") if place == "optimiser" else (training, "_update_average")
    real, calls = getattr(owner, name), iter(range(100))

    def interrupted(*args: object, **kwargs: object) -> None:
        if next(calls) == 12:
            if place == "optimiser":
                real(*args, **kwargs)
            raise KeyboardInterrupt
        real(*args, **kwargs)

    model = new_model()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(owner, name, interrupted)
        fit(model, regression(model), CONFIG, tmp_path / "b", console)
    assert_same(run(tmp_path / "b", console), run(tmp_path / "a", console))


def test_a_crash_costs_the_steps_since_the_last_save_and_no_more(tmp_path: Path, console: Console) -> None:
    model = new_model()
    with pytest.raises(RuntimeError):
        fit(model, regression(model, stop_at(CONFIG.save_every + 5, RuntimeError())), CONFIG, tmp_path / "s", console)
    resumed, calls = new_model(), []
    fit(resumed, regression(resumed, calls.append), CONFIG, tmp_path / "s", console)
    assert len(calls) == CONFIG.steps - CONFIG.save_every


def test_interruption_says_how_to_go_on(tmp_path: Path, console: Console) -> None:
    model = new_model()
    with pytest.raises(KeyboardInterrupt):
        fit(model, regression(model, stop_at(5, KeyboardInterrupt())), CONFIG, tmp_path / "s", console)
    assert "interrupted; run the same command to go on from step 5" in console.file.getvalue()


def test_a_finished_run_is_not_run_again(tmp_path: Path, console: Console) -> None:
    first = run(tmp_path / "s", console)
    model = new_model()
    again = fit(model, regression(model, stop_at(0, AssertionError("a step was taken"))), CONFIG, tmp_path / "s", console)
    assert_same(first, (again, load_file(tmp_path / "s")))


@pytest.mark.parametrize("other", [{"lr": 2e-2}, {"steps": 48}, {"seed": 1}, {"bf16": True}, {"ema": 0.9}])
def test_a_state_of_other_settings_is_refused(tmp_path: Path, console: Console, other: dict[str, float]) -> None:
    run(tmp_path / "s", console)
    with pytest.raises(ValueError, match="other settings; give another out= folder or delete it"):
        run(tmp_path / "s", console, replace(CONFIG, **other))


def test_a_state_of_another_model_is_refused(tmp_path: Path, console: Console) -> None:
    run(tmp_path / "s", console)
    model = nn.Linear(3, 2)
    with pytest.raises(ValueError, match="delete it"):
        fit(model, regression(model), CONFIG, tmp_path / "s", console)


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "foreign", "foreign with metadata"])
def test_a_file_that_is_no_training_state_is_refused(tmp_path: Path, console: Console, damage: str) -> None:
    state = tmp_path / "s"
    run(state, console)
    if damage == "foreign":
        write_safetensors(state, {"a": torch.zeros(2)}, {})
    elif damage == "foreign with metadata":
        write_safetensors(state, {"a": torch.zeros(2)}, {"format": "pt"})
    else:
        state.write_bytes({"empty": b"", "text": b"step: 3\n" * 10, "cut": state.read_bytes()[:-10]}[damage])
    with pytest.raises(ValueError, match="delete it to start over"):
        run(state, console)


def test_seeds_matter(tmp_path: Path, console: Console) -> None:
    one, _ = run(tmp_path / "a", console)
    other, _ = run(tmp_path / "b", console, replace(CONFIG, seed=1))
    assert not torch.equal(one["0.weight"], other["0.weight"])


def test_training_leaves_the_global_generator_alone_and_brings_the_loss_down(tmp_path: Path, console: Console) -> None:
    model, before = new_model(), torch.get_rng_state()
    loss = regression(model)
    start = float(loss(torch.Generator().manual_seed(9)).detach())
    model.load_state_dict(fit(model, loss, replace(CONFIG, steps=300, save_every=1000), tmp_path / "s", console))
    assert torch.equal(torch.get_rng_state(), before)
    assert float(loss(torch.Generator().manual_seed(9)).detach()) < 0.5 * start


@laws
@given(steps=st.integers(1, 500), warmup=st.integers(0, 100), lr=st.floats(1e-5, 1))
def test_the_learning_rate_rises_to_its_peak_and_falls_to_a_hundredth(steps: int, warmup: int, lr: float) -> None:
    config = LoopConfig(steps=warmup + steps, warmup=warmup, lr=lr)
    rates = torch.tensor([learning_rate(step, config) for step in range(config.steps + 1)], dtype=torch.float64)
    up, down = rates[: warmup + 1], rates[warmup:]
    assert math.isclose(rates[warmup], lr) and math.isclose(rates[-1], 0.01 * lr) and bool((rates > 0).all())
    assert bool((up.diff() >= -1e-12 * lr).all()) and bool((down.diff() < 0).all())
    torch.testing.assert_close(up[:-1], lr * torch.arange(1, warmup + 1).double() / max(warmup, 1))
    torch.testing.assert_close(down + down.flip(0), torch.full_like(down, 1.01 * lr))  # a cosine is odd about its middle


def test_a_constant_gradient_moves_by_the_learning_rate_and_the_average_follows_its_law(tmp_path: Path, console: Console) -> None:
    config = LoopConfig(steps=40, lr=1e-2, warmup=4, weight_decay=0.0, ema=0.7, clip=1e-3)  # Adam does not see the clipping
    model = nn.Linear(4, 1, bias=False).double()
    with torch.no_grad():
        model.weight.fill_(1.0)
    average = fit(model, lambda generator: 5 * model.weight.sum(), config, tmp_path / "s", console)["weight"]
    weight = mean = 1.0
    for step in range(config.steps):
        weight -= learning_rate(step, config)
        decay = min(config.ema, (step + 1) / (step + 10))
        mean = decay * mean + (1 - decay) * weight
    assert model.weight.detach().flatten().tolist() == pytest.approx([weight] * 4, rel=1e-5)
    assert average.flatten().tolist() == pytest.approx([mean] * 4, rel=1e-5) and weight < mean < 1


def test_the_gradient_is_clipped_as_a_whole(tmp_path: Path, console: Console) -> None:
    model = nn.Linear(4, 1, bias=False)
    fit(model, lambda generator: 100 * model.weight.sum(), replace(CONFIG, steps=1), tmp_path / "s", console)
    assert model.weight.grad is not None and float(model.weight.grad.norm()) == pytest.approx(CONFIG.clip, rel=1e-4)


def test_the_first_weights_depend_on_the_seed_alone() -> None:
    def weights(seed: int) -> dict[str, Tensor]:
        torch.rand(seed + 11)  # wherever the global generator is
        denoiser = Denoiser(NetworkConfig(width=16, blocks=2, queries=2))
        initialise(denoiser, seed)
        return denoiser.state_dict()

    one, same, other = weights(0), weights(0), weights(1)
    assert_same((one,), (same,))
    random = {name for name in one if not torch.equal(one[name], other[name])}
    assert random == {name for name, value in one.items() if value.ndim >= 2 and bool(value.any())}


def test_what_is_zero_or_one_by_design_stays_so_and_the_rest_keeps_the_variance() -> None:
    denoiser = Denoiser(NetworkConfig(text_width=128, width=256, blocks=2))
    initialise(denoiser, 0)
    for name, value in denoiser.named_parameters():
        if "leave" in name or "down" in name or name.endswith("bias"):
            assert not bool(value.any()), name
        elif value.ndim == 1:
            assert bool((value == 1).all()), name
        else:
            assert float(value.detach().std()) * value.shape[-1] ** 0.5 == pytest.approx(1, abs=0.1), name
