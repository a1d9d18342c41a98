"""Training of the relation diffusion on catalog draws or on sample files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor, nn

from diffusion.anchors import Choice, anchor_loss
from diffusion.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from diffusion.coordinates import Normaliser, Translation
from diffusion.data import NO_MORE, RelationData, TrainingSet, catalog_data, file_data, training_set
from diffusion.denoiser import Denoiser, moment_loss
from diffusion.network import NetworkConfig
from diffusion.schedule import NoiseConfig, training_sigmas
from diffusion.text_encoder import load_text_encoder
from diffusion.training import LoopConfig, fit, initialise
from oor.catalog.augmentation import read_captions
from oor.catalog.contexts import contexts
from oor.catalog.splits import training_contexts
from oor.relation import WIDTH

MOMENT_DRAWS = 128  # vectors that a group's moments are read off
PER_LEVEL = 4  # training samples that share a noise level


@dataclass(frozen=True)
class RelationConfig:
    """Everything that decides a training run."""

    samples: tuple[str, ...] = ()  # sample files; none means catalog draws
    draws: int = 4096  # catalog draws per context
    shapes: int = 16  # groups of shapes that the draws of a context are divided into
    held_out: bool = True  # leave the catalog's held-out combinations and categories out
    prompts: int = 50  # catalog sentences per context
    more_prompts: str = ""  # a file of captions besides, from `python -m oor.catalog prompts`
    text_encoder: str = "embedded"  # or a folder, or a hub id of a T5
    translation: Translation = "contact"  # or "linear", as in the paper
    batch_prompts: int = 128  # prompts per step
    batch_draws: int = 32  # noisy samples per prompt, a multiple of 4
    anchor_steps: int = 1000  # steps of the network that chooses the points to measure between, before the others
    moment_steps: int = 4000  # steps of the moment network, before the denoiser's
    half: bool = True  # write the weights in half precision
    network: NetworkConfig = field(default_factory=NetworkConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)


def load_data(config: RelationConfig) -> RelationData:
    """The samples the configuration names."""
    if config.samples:
        return file_data([Path(path) for path in config.samples])
    known = training_contexts() if config.held_out else contexts()
    more = read_captions(Path(config.more_prompts)) if config.more_prompts else NO_MORE
    return catalog_data(config.draws, config.prompts, config.shapes, config.loop.seed, known, more)


def train_relations(config: RelationConfig, out: Path, console: Console, command: str, commit: str) -> Checkpoint:
    """Train and write `out/relations.safetensors`; resumes from `out/state.safetensors`."""
    if config.batch_draws < 1 or config.batch_draws % PER_LEVEL:
        raise ValueError(f"batch_draws={config.batch_draws} is not possible; give a multiple of {PER_LEVEL}")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    encoder = load_text_encoder(config.text_encoder)
    with console.status("drawing samples and encoding prompts"):
        data = load_data(config)
        table, normaliser = training_set(data, encoder, config.translation)
    table = table.to(device)
    network = NetworkConfig(**{**asdict(config.network), "text_width": encoder.width})
    denoiser = Denoiser(network)
    initialise(denoiser, config.loop.seed)
    denoiser.to(device)

    steps = Steps(denoiser, table, normaliser, config)
    _teach(denoiser.anchor_net, steps.anchors, config.anchor_steps, config, out / "anchors.safetensors", console)
    _teach(denoiser.moment_net, steps.moments, config.moment_steps, config, out / "moments.safetensors", console)
    average = fit(denoiser, steps.denoising, config.loop, out / "state.safetensors", console, repr(config))
    denoiser.load_state_dict(average)
    about = {
        "source": data.source,
        "contexts": len(data.contexts),
        "samples": len(data.vectors),
        "command": command,
        "commit": commit,
        "seed": config.loop.seed,
        "settings": asdict(config),
    }
    checkpoint = Checkpoint(denoiser.cpu().eval(), normaliser, config.noise, config.text_encoder, about)
    save_checkpoint(out / "relations.safetensors", checkpoint, half=config.half)
    return load_checkpoint(out / "relations.safetensors")


@dataclass(frozen=True)
class Steps:
    """The losses of the three trainings, which follow each other: each network is frozen before the next one learns."""

    denoiser: Denoiser
    table: TrainingSet
    normaliser: Normaliser
    config: RelationConfig

    def anchors(self, generator: torch.Generator) -> Tensor:
        """Which points a relation is about."""
        group, text = self.table.prompts(self.config.batch_prompts, generator)
        return anchor_loss(self.denoiser.anchor_net(text), self.table.spread_of(group))

    def moments(self, generator: torch.Generator) -> Tensor:
        """Where, measured between those points, and with what spread."""
        group, text = self.table.prompts(self.config.batch_prompts, generator)
        choice = self.denoiser.anchors(text)
        std, mean = torch.std_mean(self._clean(group, MOMENT_DRAWS, choice, generator), dim=1, correction=0)
        return moment_loss(self.denoiser.moment_net(text, choice.described()), mean, std)

    def denoising(self, generator: torch.Generator) -> Tensor:
        """How it is distributed, in units of that spread."""
        group, text = self.table.prompts(self.config.batch_prompts, generator)
        choice = self.denoiser.anchors(text)
        context = self.denoiser.context(text, choice)
        z = self.denoiser.whiten(self._clean(group, self.config.batch_draws, choice, generator), context)
        z = z.view(len(group), -1, PER_LEVEL, WIDTH)  # a few samples share a noise level, whose modulation is computed once
        sigma = training_sigmas((*z.shape[:2], 1, 1), self.config.noise, generator)
        noise = torch.randn(z.shape, generator=generator, device=z.device)
        return self.denoiser.loss(z, noise, sigma, context[:, None])

    def _clean(self, group: Tensor, count: int, choice: Choice, generator: torch.Generator) -> Tensor:
        with torch.autocast(group.device.type, enabled=False):
            return self.normaliser.normalise(self.table.drawn(group, count, generator), choice.anchors())


def _teach(
    net: nn.Module, step: Callable[[torch.Generator], Tensor], steps: int, config: RelationConfig, state: Path, console: Console
) -> None:
    """Fit a small network in full precision, then freeze it."""
    loop = replace(config.loop, steps=steps, warmup=min(100, steps), ema=0.99, bf16=False)
    net.load_state_dict(fit(net, step, loop, state, console, repr(config)))
    net.requires_grad_(False)
