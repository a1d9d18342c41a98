"""Training of the relation diffusion on catalog draws or on sample files, in one process or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import Tensor, nn

from diffusion.anchors import Choice, anchor_loss
from diffusion.card import model_card
from diffusion.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from diffusion.coordinates import Normaliser, Translation
from diffusion.data import NO_MORE, RelationData, TrainingSet, catalog_data, file_data, training_set
from diffusion.denoiser import Denoiser, moment_loss
from diffusion.monitor import Figures, Watch, kept_history
from diffusion.network import Conditioning, NetworkConfig
from diffusion.processes import ALONE, Processes
from diffusion.schedule import NoiseConfig, band_names, band_sigmas, training_sigmas
from diffusion.text_encoder import load_text_encoder
from diffusion.training import LoopConfig, fit, initialise
from oor.catalog.augmentation import read_captions
from oor.catalog.contexts import contexts
from oor.catalog.splits import training_contexts
from oor.files import write_text
from oor.relation import WIDTH

MOMENT_DRAWS = 128  # vectors that a group's moments are read off
PER_LEVEL = 4  # training samples that share a noise level
BANDS = 4  # ranges of noise levels whose losses are told apart

Measure = Callable[[Checkpoint], Figures]


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
    start: str = ""  # a checkpoint to go on from, whose network, coordinates and text encoder then count; none means from nothing
    translation: Translation = "contact"  # or "linear", as in the paper
    batch_prompts: int = 128  # prompts per step
    batch_draws: int = 32  # noisy samples per prompt, a multiple of 4
    anchor_steps: int = 1000  # steps of the network that chooses the points to measure between, before the others
    moment_steps: int = 4000  # steps of the moment network, before the denoiser's
    half: bool = True  # write the weights in half precision
    measure_every: int = field(default=1000, repr=False)  # steps between measurements, 0 for none; a run may go on with another
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


def train_relations(
    config: RelationConfig,
    out: Path,
    console: Console,
    command: str,
    commit: str,
    measure: Measure | None = None,
    processes: Processes = ALONE,
) -> Checkpoint:
    """Train and write `out/relations.safetensors` and its model card; resumes from `out/state.safetensors`.

    measure: figures of a checkpoint, asked for every `measure_every` steps besides the losses, and kept in `out/history.jsonl`.
    """
    _check(config, processes)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    begun = load_checkpoint(config.start) if config.start else None
    if begun is not None:
        config = replace(config, text_encoder=begun.text_encoder, translation=begun.normaliser.translation)
    encoder = load_text_encoder(config.text_encoder)
    with console.status("drawing samples and encoding prompts"):
        data = load_data(config)
        table, normaliser = training_set(data, encoder, config.translation)
    table = table.to(device)
    if begun is None:
        denoiser = Denoiser(NetworkConfig(**{**asdict(config.network), "text_width": encoder.width}))
        initialise(denoiser, config.loop.seed)
    else:
        denoiser, normaliser = begun.denoiser.train(), begun.normaliser
    denoiser.to(device)

    steps = Steps(denoiser, table, normaliser, config, processes)
    steps.teach(denoiser.anchor_net, steps.anchors, config.anchor_steps, out / "anchors.safetensors", console)
    steps.teach(denoiser.moment_net, steps.moments, config.moment_steps, out / "moments.safetensors", console)
    watch = Watch(config.measure_every, out / "history.jsonl", steps.by_level, partial(_measured, measure, steps))
    state = out / "state.safetensors"
    average = fit(denoiser, steps.denoising, config.loop, state, console, repr(config), processes=processes, watch=watch)
    about = _about(config, data, begun, command, commit)
    if not processes.first:
        return steps.checkpoint(average, about)
    if config.measure_every:
        about["figures"] = kept_history(watch.history, config.loop.steps)[-1]
    save_checkpoint(out / "relations.safetensors", steps.checkpoint(average, about), half=config.half)
    write_text(out / "README.md", model_card(about))
    return load_checkpoint(out / "relations.safetensors")


def _about(config: RelationConfig, data: RelationData, begun: Checkpoint | None, command: str, commit: str) -> dict[str, Any]:
    return {
        "source": data.source,
        "contexts": len(data.contexts),
        "samples": len(data.vectors),
        "command": command,
        "commit": commit,
        "start": None if begun is None else begun.about,
        "seed": config.loop.seed,
        "settings": asdict(config),
    }


def _check(config: RelationConfig, processes: Processes) -> None:
    if config.batch_draws < 1 or config.batch_draws % PER_LEVEL:
        raise ValueError(f"batch_draws={config.batch_draws} is not possible; give a multiple of {PER_LEVEL}")
    if config.measure_every < 0:
        raise ValueError(f"measure_every={config.measure_every} is not possible; give a number of steps, 0 for never")
    if config.batch_prompts < processes.count:
        raise ValueError(
            f"batch_prompts={config.batch_prompts} is too few for {processes.count} processes; give one each, or more"
        )


def _measured(measure: Measure | None, steps: Steps, average: Mapping[str, Tensor]) -> Figures:
    return {} if measure is None else measure(steps.checkpoint(average, {}))


@dataclass(frozen=True)
class Steps:
    """The losses of the three trainings, which follow each other: each network is frozen before the next one learns.

    Of several processes each sees its own rows of the batch; the average of their losses is that of the whole batch.
    """

    denoiser: Denoiser
    table: TrainingSet
    normaliser: Normaliser
    config: RelationConfig
    processes: Processes = ALONE

    def anchors(self, generator: torch.Generator) -> Tensor:
        """Which points a relation is about."""
        group, text = self.table.prompts(self.config.batch_prompts, generator)
        loss = anchor_loss(self.denoiser.anchor_net(text.rows(self._mine)), self.table.spread_of(group[self._mine]))
        return self._share * loss

    def moments(self, generator: torch.Generator) -> Tensor:
        """Where, measured between those points, and with what spread."""
        text, vectors = self._batch(MOMENT_DRAWS, generator)
        choice = self.denoiser.anchors(text)
        std, mean = torch.std_mean(self._clean(vectors, choice), dim=1, correction=0)
        return self._share * moment_loss(self.denoiser.moment_net(text, choice.described()), mean, std)

    def denoising(self, generator: torch.Generator) -> Tensor:
        """How it is distributed, in units of that spread."""
        text, vectors = self._batch(self.config.batch_draws, generator)
        sigma = training_sigmas(self._levels, self.config.noise, generator)
        return self._share * self._denoised(text, vectors, sigma[self._mine], self._noise(generator)[self._mine])

    @torch.no_grad()
    def by_level(self) -> dict[str, float]:
        """The denoising loss in each of BANDS equally likely ranges of noise levels, of a batch that is always the same."""
        generator = torch.Generator(self.table.starts.device).manual_seed(self.config.loop.seed)
        whole = replace(self, processes=ALONE)
        text, vectors = whole._batch(self.config.batch_draws, generator)
        noise, found = self._noise(generator), {}
        for band, name in enumerate(band_names(self.config.noise, BANDS)):
            sigma = band_sigmas(self._levels, self.config.noise, band, BANDS, generator)
            found[f"loss at {name}"] = float(self._denoised(text, vectors, sigma, noise))
        return found

    def teach(self, net: nn.Module, step: Callable[[torch.Generator], Tensor], steps: int, state: Path, console: Console) -> None:
        """Fit a small network in full precision, then freeze it."""
        loop = replace(self.config.loop, steps=steps, warmup=min(100, steps), ema=0.99, bf16=False)
        net.load_state_dict(fit(net, step, loop, state, console, repr(self.config), processes=self.processes))
        net.requires_grad_(False)

    def checkpoint(self, average: Mapping[str, Tensor], about: dict[str, Any]) -> Checkpoint:
        """The denoiser of these weights, on the CPU, with what is needed to use it."""
        denoiser = deepcopy(self.denoiser).cpu()
        denoiser.load_state_dict(average)
        return Checkpoint(denoiser.eval(), self.normaliser, self.config.noise, self.config.text_encoder, about)

    @property
    def _mine(self) -> slice:
        return self.processes.rows(self.config.batch_prompts)

    @property
    def _share(self) -> float:
        return self.processes.share(self.config.batch_prompts)

    @property
    def _levels(self) -> tuple[int, ...]:
        return (self.config.batch_prompts, self.config.batch_draws // PER_LEVEL, 1, 1)

    def _batch(self, count: int, generator: torch.Generator) -> tuple[Conditioning, Tensor]:
        """This process's rows of a batch of prompts, and `count` vectors of each."""
        group, text = self.table.prompts(self.config.batch_prompts, generator)
        return text.rows(self._mine), self.table.drawn(group, count, generator)[self._mine]

    def _noise(self, generator: torch.Generator) -> Tensor:
        return torch.randn((*self._levels[:2], PER_LEVEL, WIDTH), generator=generator, device=generator.device)

    def _denoised(self, text: Conditioning, vectors: Tensor, sigma: Tensor, noise: Tensor) -> Tensor:
        """The loss; a few samples share a noise level, whose modulation is computed once."""
        choice = self.denoiser.anchors(text)
        context = self.denoiser.context(text, choice)
        z = self.denoiser.whiten(self._clean(vectors, choice), context)
        return self.denoiser.loss(z.view(noise.shape), noise, sigma, context[:, None])

    def _clean(self, vectors: Tensor, choice: Choice) -> Tensor:
        with torch.autocast(vectors.device.type, enabled=False):
            return self.normaliser.normalise(vectors, choice.anchors())
