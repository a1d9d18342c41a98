"""Training of the relation diffusion on catalog draws or on sample files."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor

from diffusion.checkpoint import Checkpoint, save_checkpoint
from diffusion.coordinates import Translation
from diffusion.data import RelationData, catalog_data, file_data, training_set
from diffusion.denoiser import Denoiser
from diffusion.network import NetworkConfig
from diffusion.schedule import NoiseConfig, training_sigmas
from diffusion.text_encoder import load_text_encoder
from diffusion.training import LoopConfig, fit, initialise


@dataclass(frozen=True)
class RelationConfig:
    """Everything that decides a training run."""

    samples: tuple[str, ...] = ()  # sample files; none means catalog draws
    draws: int = 4096  # catalog draws per context
    prompts: int = 60  # catalog sentences per context
    text_encoder: str = "embedded"  # or a folder, or a hub id of a T5
    translation: Translation = "contact"  # or "linear", as in the paper
    batch_prompts: int = 128  # prompts per step
    batch_draws: int = 32  # noisy samples per prompt
    network: NetworkConfig = field(default_factory=NetworkConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)


def load_data(config: RelationConfig) -> RelationData:
    """The samples the configuration names."""
    if config.samples:
        return file_data([Path(path) for path in config.samples])
    return catalog_data(config.draws, config.prompts, config.loop.seed)


def train_relations(config: RelationConfig, out: Path, console: Console, command: str, commit: str) -> Checkpoint:
    """Train and write `out/relations.safetensors`; resumes from `out/state.safetensors`."""
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

    def loss(generator: torch.Generator) -> Tensor:
        clean, text = table.batch(config.batch_prompts, config.batch_draws, generator)
        sigma = training_sigmas((*clean.shape[:2], 1), config.noise, generator)
        noise = torch.randn(clean.shape, generator=generator, device=device)
        return denoiser.loss(clean, noise, sigma, denoiser.context(text))

    average = fit(denoiser, loss, config.loop, out / "state.safetensors", console)
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
    save_checkpoint(out / "relations.safetensors", checkpoint)
    return checkpoint
