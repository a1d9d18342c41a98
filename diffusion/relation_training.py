"""Training of the relation diffusion on catalog draws or on sample files, in one process or several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import torch
from rich.console import Console
from torch import Tensor, nn

from diffusion.anchors import Choice, anchor_loss
from diffusion.card import model_card
from diffusion.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, untrained
from diffusion.coordinates import Normaliser, Scales, Translation
from diffusion.data import NO_MORE, RelationData, TrainingSet, catalog_data, file_data, training_set, training_table
from diffusion.denoiser import Denoiser, Parametrisation, RelationDenoiser, moment_loss
from diffusion.monitor import Figures, Watch, kept_history
from diffusion.network import Conditioning, NetworkConfig
from diffusion.processes import ALONE, Processes
from diffusion.schedule import NoiseConfig, band_names, band_sigmas, training_sigmas
from diffusion.text_encoder import TextEncoder, load_text_encoder
from diffusion.training import LoopConfig, fit, initialise
from oor.catalog.augmentation import read_captions
from oor.catalog.contexts import contexts
from oor.catalog.splits import evenly, training_contexts
from oor.files import write_text
from oor.relation import WIDTH

MOMENT_DRAWS = 128  # vectors that a group's moments are read off
PER_LEVEL = 4  # training samples that share a noise level
BANDS = 4  # ranges of noise levels whose losses are told apart
RECIPES = {"ve": "train with recipe=paper", "edm": "train without recipe=paper"}

Measure = Callable[[Checkpoint], Figures]


@dataclass(frozen=True)
class RelationConfig:
    """Everything that decides a training run."""

    samples: tuple[str, ...] = ()  # sample files; none means catalog draws
    contexts: int = 0  # of the catalog's contexts, evenly chosen; 0 for all
    draws: int = 4096  # catalog draws per context
    shapes: int = 16  # groups of shapes that the draws of a context are divided into
    held_out: bool = True  # leave the catalog's held-out combinations and categories out
    prompts: int = 50  # catalog sentences per context
    more_prompts: str = ""  # a file of captions besides, from `python -m oor.catalog prompts`
    text_encoder: str = "embedded"  # or a folder, or a hub id of a T5
    start: str = ""  # a checkpoint of this parametrisation to go on from, whose network, coordinates and text encoder then count
    parametrisation: Parametrisation = "edm"  # or "ve": the paper's score network (diffusion/paper.py)
    translation: Translation = "contact"  # or "linear", as in the paper
    scales: Scales = "log"  # or "linear", as in the paper
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
    known = evenly(known, config.contexts) if config.contexts else known
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
        config = _continued(config, begun)
    encoder = load_text_encoder(config.text_encoder)
    with console.status("drawing samples and encoding prompts"):
        data = load_data(config)
        table, normaliser = _prepared(data, encoder, config)
    table = table.to(device)
    if begun is None:
        denoiser = untrained(config.parametrisation, replace(config.network, text_width=encoder.width), config.noise)
        initialise(denoiser, config.loop.seed)
    else:
        denoiser, normaliser = begun.denoiser.train(), begun.normaliser
    denoiser.to(device)

    rest = table, normaliser, config, processes
    training: Training = Steps(denoiser, *rest) if isinstance(denoiser, Denoiser) else Scores(denoiser, *rest)
    training.prepare(out, console)
    watch = Watch(config.measure_every, out / "history.jsonl", training.by_level, partial(_measured, measure, training))
    state = out / "state.safetensors"
    average = fit(denoiser, training.denoising, config.loop, state, console, repr(config), processes=processes, watch=watch)
    about = _about(config, data, begun, command, commit)
    if not processes.first:
        return training.checkpoint(average, about)
    if config.measure_every:
        about["figures"] = kept_history(watch.history, config.loop.steps)[-1]
    save_checkpoint(out / "relations.safetensors", training.checkpoint(average, about), half=config.half)
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
    if config.contexts < 0:
        raise ValueError(f"contexts={config.contexts} is not possible; give how many, 0 for all")
    if config.measure_every < 0:
        raise ValueError(f"measure_every={config.measure_every} is not possible; give a number of steps, 0 for never")
    if config.batch_prompts < processes.count:
        raise ValueError(
            f"batch_prompts={config.batch_prompts} is too few for {processes.count} processes; give one each, or more"
        )
    if config.parametrisation == "ve":
        for name, value in (("translation", config.translation), ("scales", config.scales)):
            if value != "linear":
                raise ValueError(f"{name}={value} does not go with parametrisation=ve; give {name}=linear")
        if config.network != NetworkConfig():
            raise ValueError("network settings do not go with parametrisation=ve, whose sizes are GenPose's; leave them away")


def _continued(config: RelationConfig, begun: Checkpoint) -> RelationConfig:
    """The settings, but for what a checkpoint has decided. ValueError for one of another parametrisation."""
    own = begun.denoiser.parametrisation
    if own != config.parametrisation:
        raise ValueError(f"start={config.start} is of parametrisation={own}, not {config.parametrisation}; {RECIPES[own]}")
    config = replace(config, noise=begun.noise if own == "ve" else config.noise)  # a score network knows its levels as times
    coordinates = begun.normaliser
    return replace(config, text_encoder=begun.text_encoder, translation=coordinates.translation, scales=coordinates.scales)


def _prepared(data: RelationData, encoder: TextEncoder, config: RelationConfig) -> tuple[TrainingSet, Normaliser]:
    if config.parametrisation == "ve":  # no anchors, no normalisation
        return training_table(data, encoder, torch.zeros(len(data.contexts), 1, 1, 1)), Normaliser.plain()
    return training_set(data, encoder, config.translation, config.scales)


def _measured(measure: Measure | None, training: Training, average: Mapping[str, Tensor]) -> Figures:
    return {} if measure is None else measure(training.checkpoint(average, {}))


@dataclass(frozen=True)
class Training(ABC):
    """The losses of a training.

    Of several processes each sees its own rows of the batch; the average of their losses is that of the whole batch.
    """

    denoiser: RelationDenoiser
    table: TrainingSet
    normaliser: Normaliser
    config: RelationConfig
    processes: Processes = ALONE

    per_level: ClassVar[int]  # samples that share a noise level, whose modulation is computed once

    @abstractmethod
    def prepare(self, out: Path, console: Console) -> None:
        """Train whatever goes before the denoising."""

    @abstractmethod
    def prompts(self, generator: torch.Generator) -> tuple[Tensor, Conditioning]:
        """A batch of groups and of what is said of them."""

    def denoising(self, generator: torch.Generator) -> Tensor:
        """How relations are distributed: the loss of the denoiser."""
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
        return (self.config.batch_prompts, self.config.batch_draws // self.per_level, 1, 1)

    def _batch(self, count: int, generator: torch.Generator) -> tuple[Conditioning, Tensor]:
        """This process's rows of a batch of prompts, and `count` vectors of each."""
        group, text = self.prompts(generator)
        return text.rows(self._mine), self.table.drawn(group, count, generator)[self._mine]

    def _noise(self, generator: torch.Generator) -> Tensor:
        return torch.randn((*self._levels[:2], self.per_level, WIDTH), generator=generator, device=generator.device)

    def _denoised(self, text: Conditioning, vectors: Tensor, sigma: Tensor, noise: Tensor) -> Tensor:
        choice = self.denoiser.anchors(text)
        context = self.denoiser.context(text, choice)
        z = self.denoiser.whiten(self._clean(vectors, choice), context)
        return self.denoiser.loss(z.view(noise.shape), noise, sigma, context[:, None])

    def _clean(self, vectors: Tensor, choice: Choice) -> Tensor:
        with torch.autocast(vectors.device.type, enabled=False):
            return self.normaliser.normalise(vectors, choice.anchors())


@dataclass(frozen=True)
class Scores(Training):
    """The paper's training (Eq. 8): true texts only, and a noise level for every sample."""

    per_level = 1

    def prepare(self, out: Path, console: Console) -> None:
        """Nothing goes before it."""

    def prompts(self, generator: torch.Generator) -> tuple[Tensor, Conditioning]:
        """Groups, with what is true of them."""
        return self.table.plain_prompts(self.config.batch_prompts, generator)


@dataclass(frozen=True)
class Steps(Training):
    """Three trainings, which follow each other: each network is frozen before the next one learns."""

    denoiser: Denoiser
    per_level = PER_LEVEL

    def prepare(self, out: Path, console: Console) -> None:
        """Fit the small networks."""
        self.teach(self.denoiser.anchor_net, self.anchors, self.config.anchor_steps, out / "anchors.safetensors", console)
        self.teach(self.denoiser.moment_net, self.moments, self.config.moment_steps, out / "moments.safetensors", console)

    def prompts(self, generator: torch.Generator) -> tuple[Tensor, Conditioning]:
        """Groups, with gaps and errors in what is said of them."""
        return self.table.prompts(self.config.batch_prompts, generator)

    def anchors(self, generator: torch.Generator) -> Tensor:
        """Which points a relation is about."""
        group, text = self.prompts(generator)
        loss = anchor_loss(self.denoiser.anchor_net(text.rows(self._mine)), self.table.spread_of(group[self._mine]))
        return self._share * loss

    def moments(self, generator: torch.Generator) -> Tensor:
        """Where, measured between those points, and with what spread."""
        text, vectors = self._batch(MOMENT_DRAWS, generator)
        choice = self.denoiser.anchors(text)
        std, mean = torch.std_mean(self._clean(vectors, choice), dim=1, correction=0)
        return self._share * moment_loss(self.denoiser.moment_net(text, choice.described()), mean, std)

    def teach(self, net: nn.Module, step: Callable[[torch.Generator], Tensor], steps: int, state: Path, console: Console) -> None:
        """Fit a small network in full precision, then freeze it."""
        loop = replace(self.config.loop, steps=steps, warmup=min(100, steps), ema=0.99, bf16=False)
        net.load_state_dict(fit(net, step, loop, state, console, repr(self.config), processes=self.processes))
        net.requires_grad_(False)
