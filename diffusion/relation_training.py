"""Training of the relation diffusion on catalog draws or on sample files."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor

from diffusion.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from diffusion.coordinates import Translation
from diffusion.data import NO_MORE, RelationData, TrainingSet, catalog_data, file_data, training_set
from diffusion.denoiser import Denoiser, moment_loss
from diffusion.network import MomentNet, NetworkConfig
from diffusion.schedule import NoiseConfig, training_sigmas
from diffusion.text_encoder import load_text_encoder
from diffusion.training import LoopConfig, fit, initialise
from oor.catalog.augmentation import read_captions
from oor.catalog.contexts import contexts
from oor.catalog.splits import training_contexts
from oor.relation import WIDTH

PER_LEVEL = 4  # training samples that share a noise level


@dataclass(frozen=True)
class RelationConfig:
    """Everything that decides a training run."""

    samples: tuple[str, ...] = ()  # sample files; none means catalog draws
    draws: int = 4096  # catalog draws per context
    shapes: int = 8  # groups of shapes that the draws of a context are divided into
    held_out: bool = True  # leave the catalog's held-out combinations and categories out
    prompts: int = 50  # catalog sentences per context
    more_prompts: str = ""  # a file of captions besides, from `python -m oor.catalog prompts`
    text_encoder: str = "embedded"  # or a folder, or a hub id of a T5
    translation: Translation = "contact"  # or "linear", as in the paper
    batch_prompts: int = 128  # prompts per step
    batch_draws: int = 32  # noisy samples per prompt, a multiple of 4
    moment_steps: int = 2500  # steps of the moment network, before the denoiser's
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

    _fit_moments(denoiser.moment_net, table, config, out, console)

    def loss(generator: torch.Generator) -> Tensor:
        which, text = table.prompts(config.batch_prompts, generator)
        context = denoiser.context(text)
        z = denoiser.whiten(table.vectors(which, config.batch_draws, generator), context)
        z = z.view(len(which), -1, PER_LEVEL, WIDTH)  # a few samples share a noise level, whose modulation is computed once
        sigma = training_sigmas((*z.shape[:2], 1, 1), config.noise, generator)
        noise = torch.randn(z.shape, generator=generator, device=device)
        return denoiser.loss(z, noise, sigma, context[:, None])

    average = fit(denoiser, loss, config.loop, out / "state.safetensors", console, repr(config))
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


def _fit_moments(net: MomentNet, table: TrainingSet, config: RelationConfig, out: Path, console: Console) -> None:
    """Teach the moment network what spread each context has, then freeze it."""
    mean, std = table.moments()

    def loss(generator: torch.Generator) -> Tensor:
        which, text = table.prompts(config.batch_prompts, generator)
        return moment_loss(net(text).float(), mean[which], std[which])

    loop = replace(config.loop, steps=config.moment_steps, warmup=min(100, config.moment_steps), ema=0.99, bf16=False)
    net.load_state_dict(fit(net, loss, loop, out / "moments.safetensors", console, repr(config)))
    net.requires_grad_(False)
