"""The training loop: AdamW, cosine learning rate, gradient clipping, moving average, checkpoints, exact resume.

Every step draws its randomness from a generator seeded by (seed, step), so a run that was interrupted and resumed does
the same arithmetic as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from oor.files import write_safetensors

Loss = Callable[[torch.Generator], Tensor]


@dataclass(frozen=True)
class LoopConfig:
    """How to train. Shared by the text encoder and the relation network."""

    steps: int = 12_000  # gradient steps of the whole run
    lr: float = 1.5e-3  # peak learning rate
    warmup: int = 300  # steps to reach it; then a cosine down to 1 % of it
    weight_decay: float = 1e-4
    clip: float = 1.0  # gradient norm
    ema: float = 0.999  # decay of the moving average that is kept
    save_every: int = 500  # steps between resumable states
    seed: int = 0
    bf16: bool = True  # matrix products in bfloat16; false for exact float32
    compile: bool = False  # torch.compile the loss; needs a C++ compiler


def fit(
    model: nn.Module, loss: Loss, config: LoopConfig, state_file: Path, console: Console, settings: str = ""
) -> dict[str, Tensor]:
    """Minimise `loss(generator)` over the model's parameters and return the moving average of its state.

    Continues from `state_file` when it exists and writes it every `save_every` steps and on interruption.
    """
    optimiser = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay, betas=(0.9, 0.99))
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    settings = _settings(model, config, settings)
    step = _restore(state_file, model, optimiser, average, settings)
    device = next(model.parameters()).device
    run = torch.compile(loss) if config.compile else loss
    whole = True  # false while a step is half done: such a state is no state to go on from
    with _progress(console) as progress:
        task = progress.add_task("training", total=config.steps, completed=step, loss=float("nan"))
        try:
            while step < config.steps:
                generator = torch.Generator(device=device).manual_seed(config.seed * 1_000_000_007 + step)
                with torch.autocast(device.type, torch.bfloat16, enabled=config.bf16):
                    value = run(generator)
                rate, whole = learning_rate(step, config), False
                _descend(model, optimiser, value, rate, config.clip)
                step += 1
                _update_average(average, model, min(config.ema, step / (step + 9)))
                whole = True
                if step % 20 == 0:
                    progress.update(task, completed=step, loss=float(value.detach()))
                if step % config.save_every == 0 or step == config.steps:
                    _save(state_file, model, optimiser, average, step, settings)
        except KeyboardInterrupt:
            if whole:
                _save(state_file, model, optimiser, average, step, settings)
            saved = step if whole else step // config.save_every * config.save_every
            console.print(f"interrupted; run the same command to go on from step {saved}")
            raise
    return average


def learning_rate(step: int, config: LoopConfig) -> float:
    """Linear warm-up, then a cosine down to 1 % of the peak."""
    if step < config.warmup:
        return config.lr * (step + 1) / config.warmup
    done = (step - config.warmup) / max(config.steps - config.warmup, 1)
    return config.lr * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


def initialise(model: nn.Module, seed: int) -> None:
    """Give every weight that is not zero by design a value from one generator, so that a seed fixes the network."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2 and bool(parameter.any()):
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * parameter.shape[-1] ** -0.5)
            elif parameter.ndim == 1 and not bool((parameter == 1).all()):
                parameter.zero_()


def _descend(model: nn.Module, optimiser: torch.optim.Optimizer, value: Tensor, lr: float, clip: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = lr
    optimiser.zero_grad(set_to_none=True)
    value.backward()
    nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimiser.step()


@torch.no_grad()
def _update_average(average: dict[str, Tensor], model: nn.Module, decay: float) -> None:
    for name, value in model.state_dict().items():
        average[name].lerp_(value, 1 - decay)


def _settings(model: nn.Module, config: LoopConfig, others: str) -> str:
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    return f"{config!r} {shapes} {others}"


def _save(
    path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, average: dict[str, Tensor], step: int, settings: str
) -> None:
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()} | {f"average.{k}": v for k, v in average.items()}
    for index, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{k}": v for k, v in moments.items()}
    write_safetensors(path, tensors, {"step": str(step), "config": settings})


def _restore(
    path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, average: dict[str, Tensor], settings: str
) -> int:
    if not path.exists():
        return 0
    try:
        with safe_open(path, "pt") as file:
            metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError:
        raise ValueError(f"{path} is not a training state; delete it to start over") from None
    if not metadata or "config" not in metadata:
        raise ValueError(f"{path} is not a training state; delete it to start over")
    if metadata["config"] != settings:
        raise ValueError(f"{path} belongs to a run with other settings; give another out= folder or delete it to start over")
    model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    for name, value in average.items():
        value.copy_(tensors[f"average.{name}"])
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("adam."):
            _, index, name = key.split(".", 2)
            state.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    return int(metadata["step"])


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
