"""The training loop: AdamW, cosine learning rate, gradient clipping, moving average, checkpoints, exact resume.

Every step draws its randomness from a generator seeded by (seed, step), so a run that was interrupted and resumed does
the same arithmetic as one that was not, and so do several processes that share the work, up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from diffusion.monitor import Monitor, Watch
from diffusion.processes import ALONE, Processes, stop_request
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
    model: nn.Module,
    loss: Loss,
    config: LoopConfig,
    state_file: Path,
    console: Console,
    settings: str = "",
    *,
    processes: Processes = ALONE,
    watch: Watch | None = None,
) -> dict[str, Tensor]:
    """Minimise `loss(generator)` over the model's parameters and return the moving average of its state.

    Continues from `state_file` when it exists and writes it every `save_every` steps and on interruption. Of several processes
    each has a loss of its own, their average is minimised, and the first one writes. watch: what to look at meanwhile.
    """
    state = _State(model, config, state_file, settings)
    state.restore()
    device = next(model.parameters()).device
    processes.agree(state.step, device)
    run = torch.compile(loss) if config.compile else loss
    shown = Monitor(console, config.steps, state.step, watch if processes.first else None)
    with shown as monitor, stop_request(processes) as stop:
        try:
            monitor.measure(state.step, state.average)
            while state.step < config.steps:
                generator = torch.Generator(device=device).manual_seed(config.seed * 1_000_000_007 + state.step)
                with torch.autocast(device.type, torch.bfloat16, enabled=config.bf16):
                    value = run(generator)
                value, stopped = state.advance(value, processes, stop.is_set())
                if stopped:
                    raise KeyboardInterrupt
                if processes.first and (state.step % config.save_every == 0 or state.step == config.steps):
                    state.save()
                monitor.step(state.step, value, state.average)
        except KeyboardInterrupt:
            if processes.first and state.whole:
                state.save()
            saved = state.step if state.whole else state.step // config.save_every * config.save_every
            console.print(f"interrupted; run the same command to go on from step {saved}")
            raise
    return state.average


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


class _State:
    """What a training carries from step to step, and its file."""

    def __init__(self, model: nn.Module, config: LoopConfig, path: Path, settings: str) -> None:
        self.model, self.config, self.path = model, config, path
        self.optimiser = torch.optim.AdamW(model.parameters(), config.lr, (0.9, 0.99), weight_decay=config.weight_decay)
        self.average = {name: value.detach().clone() for name, value in model.state_dict().items()}
        shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
        self.settings = f"{config!r} {shapes} {settings}"
        self.step = 0
        self.whole = True  # false while a step is half done: such a state is no state to go on from

    def advance(self, value: Tensor, processes: Processes, stopping: bool) -> tuple[Tensor, bool]:
        """One step down from a loss; the loss over all processes, and whether any of several has been asked to stop."""
        rate, self.whole = learning_rate(self.step, self.config), False
        value, stopped = _descend(self.model, self.optimiser, value, rate, self.config.clip, processes, stopping)
        self.step += 1
        _update_average(self.average, self.model, min(self.config.ema, self.step / (self.step + 9)))
        self.whole = True
        return value, stopped

    def save(self) -> None:
        """Write the file."""
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.items()}
        for index, moments in self.optimiser.state_dict()["state"].items():
            tensors |= {f"adam.{index}.{k}": v for k, v in moments.items()}
        write_safetensors(self.path, tensors, {"step": str(self.step), "config": self.settings})

    def restore(self) -> None:
        """Go on from the file, if there is one. Raises ValueError when it is of another training or none at all."""
        if not self.path.exists():
            return
        metadata, tensors = _read(self.path)
        if metadata["config"] != self.settings:
            advice = "give another out= folder or delete it to start over"
            raise ValueError(f"{self.path} belongs to a run with other settings; {advice}")
        self.model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
        for name, value in self.average.items():
            value.copy_(tensors[f"average.{name}"])
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("adam."):
                _, index, name = key.split(".", 2)
                moments.setdefault(int(index), {})[name] = value
        self.optimiser.load_state_dict({"state": moments, "param_groups": self.optimiser.state_dict()["param_groups"]})
        self.step = int(metadata["step"])


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, "pt") as file:
            metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError:
        raise ValueError(f"{path} is not a training state; delete it to start over") from None
    if not metadata or "config" not in metadata:
        raise ValueError(f"{path} is not a training state; delete it to start over")
    return metadata, tensors


def _descend(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    value: Tensor,
    lr: float,
    clip: float,
    processes: Processes,
    stopping: bool,
) -> tuple[Tensor, bool]:
    for group in optimiser.param_groups:
        group["lr"] = lr
    optimiser.zero_grad(set_to_none=True)
    value.backward()
    value, wish = value.detach().float(), torch.full((), float(stopping), device=value.device)
    processes.average([*(p.grad for p in model.parameters() if p.grad is not None), value, wish])
    nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimiser.step()
    return value, processes.count > 1 and bool(wish)


@torch.no_grad()
def _update_average(average: dict[str, Tensor], model: nn.Module, decay: float) -> None:
    for name, value in model.state_dict().items():
        average[name].lerp_(value, 1 - decay)
