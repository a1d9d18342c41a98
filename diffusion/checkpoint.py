"""A trained model in one safetensors file: weights, configuration, normaliser, text encoder id, provenance. Never a pickle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, get_args

from safetensors import SafetensorError, safe_open
from torch import Tensor

from diffusion.coordinates import Normaliser, Translation
from diffusion.denoiser import Denoiser
from diffusion.network import NetworkConfig
from diffusion.schedule import NoiseConfig
from oor.catalog.frames import FRAMES
from oor.files import write_safetensors

FORMAT = 4  # since translations are measured between anchors, along either object's axes
SHIPPED = Path(__file__).parent / "weights" / "relations.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """A denoiser with what is needed to use it.

    about: how it came to be (source of the data, command, seed, figures). identity: a short hash of the file.
    """

    denoiser: Denoiser
    normaliser: Normaliser
    noise: NoiseConfig
    text_encoder: str
    about: dict[str, Any]
    identity: str = ""


def save_checkpoint(path: Path, checkpoint: Checkpoint, *, half: bool = False) -> None:
    """Write the file; the denoiser's weights as they are, or rounded to half precision at half the size."""
    state = checkpoint.denoiser.state_dict()
    tensors = {f"denoiser.{name}": value.half() if half else value for name, value in state.items()}
    tensors |= {"normaliser.mean": checkpoint.normaliser.mean, "normaliser.std": checkpoint.normaliser.std}
    metadata = {
        "format": str(FORMAT),
        "network": json.dumps(asdict(checkpoint.denoiser.net.config)),
        "noise": json.dumps(asdict(checkpoint.noise)),
        "translation": checkpoint.normaliser.translation,
        "text_encoder": checkpoint.text_encoder,
        "frames": json.dumps(list(FRAMES)),
        "about": json.dumps(checkpoint.about),
    }
    write_safetensors(path, tensors, metadata)


def load_checkpoint(path: Path = SHIPPED) -> Checkpoint:
    """Read a file of `save_checkpoint`. Raises ValueError when it is missing, foreign, or of a newer format."""
    if not path.is_file():
        raise ValueError(f"no checkpoint at {path}; train one with `python -m oor.train`, or leave checkpoint= away")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError:
        raise ValueError(f"{path} is not a safetensors file; give a checkpoint that `python -m oor.train` wrote") from None
    if "network" not in metadata or (metadata.get("format"), metadata.get("frames")) != (str(FORMAT), json.dumps(list(FRAMES))):
        raise ValueError(f"{path} is no relation checkpoint of format {FORMAT}; train it again or use the package it came with")
    try:
        return _assembled(metadata, tensors, hashlib.sha256(path.read_bytes()).hexdigest()[:12])
    except (RuntimeError, KeyError, TypeError, ValueError):
        raise ValueError(f"{path} is damaged: it lacks weights or settings; train it again or fetch it anew") from None


def _assembled(metadata: dict[str, str], tensors: dict[str, Tensor], identity: str) -> Checkpoint:
    denoiser = Denoiser(NetworkConfig(**json.loads(metadata["network"])))
    denoiser.load_state_dict({key.removeprefix("denoiser."): v for key, v in tensors.items() if key.startswith("denoiser.")})
    return Checkpoint(
        denoiser.eval(),
        Normaliser(tensors["normaliser.mean"], tensors["normaliser.std"], _translation(metadata["translation"])),
        NoiseConfig(**json.loads(metadata["noise"])),
        metadata["text_encoder"],
        json.loads(metadata["about"]),
        identity,
    )


def _translation(name: str) -> Translation:
    if name not in get_args(Translation):
        raise ValueError(f"unknown translation coordinates {name!r}; expected contact or linear")
    return cast(Translation, name)
