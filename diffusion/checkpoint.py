"""A trained model: weights, configuration, normaliser, text encoder id, provenance. Never a pickle.

Training writes one safetensors file that has it all. For the Hugging Face hub the same stands in a folder: config.json,
model.safetensors, README.md.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from diffusion.card import model_card
from diffusion.coordinates import Normaliser, Translation
from diffusion.denoiser import Denoiser
from diffusion.hub import fetched, is_hub_id, uploaded
from diffusion.network import NetworkConfig
from diffusion.schedule import NoiseConfig
from oor.catalog.frames import FRAMES
from oor.files import write_safetensors, write_text
from oor.relation import WIDTH

FORMAT = 4  # since translations are measured between anchors, along either object's axes
SHIPPED = Path(__file__).parent / "weights" / "relations.safetensors"
TRAINED = "relations.safetensors"  # what training calls its file
CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"  # what the hub calls a folder's files
NESTED = ("network", "noise", "frames", "about")  # metadata that are JSON

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Checkpoint:
    """A denoiser with what is needed to use it.

    about: how it came to be (source of the data, command, seed, figures). identity: a short hash of all that was read, the same
    for a file and for a folder made of it.
    """

    denoiser: Denoiser
    normaliser: Normaliser
    noise: NoiseConfig
    text_encoder: str
    about: dict[str, Any]
    identity: str = ""


def save_checkpoint(path: Path, checkpoint: Checkpoint, *, half: bool = False) -> None:
    """Write the file; the denoiser's weights as they are, or rounded to half precision at half the size."""
    write_safetensors(path, _tensors(checkpoint, half), _metadata(checkpoint))


def load_checkpoint(path: Path | str = SHIPPED) -> Checkpoint:
    """Read a file of `save_checkpoint`, or whatever `from_pretrained` takes.

    Raises ValueError when it is missing, foreign, or of another format.
    """
    if not Path(path).is_file():
        return from_pretrained(path)
    metadata, tensors = _read(Path(path))
    return _assembled(Path(path), metadata, tensors)


def save_pretrained(folder: Path | str, checkpoint: Checkpoint) -> None:
    """Write config.json, model.safetensors and a model card; weights that half precision holds exactly take half the size."""
    folder, config = Path(folder), _config(_metadata(checkpoint))
    half = all(torch.equal(value, value.half().to(value)) for value in checkpoint.denoiser.state_dict().values())
    write_safetensors(folder / WEIGHTS, _tensors(checkpoint, half), {"format": "pt"})
    write_text(folder / CONFIG, json.dumps(config, indent=1, sort_keys=True) + "\n")
    write_text(folder / CARD, model_card(checkpoint.about))


def from_pretrained(folder_or_hub_id: Path | str, revision: str | None = None) -> Checkpoint:
    """Read a folder of `save_pretrained` or of a training, or a model of the hub ("owner/name", at a branch, tag or commit).

    Raises ValueError when there is none, it cannot be fetched, or it is foreign, damaged or of another format.
    """
    folder = Path(folder_or_hub_id)
    name = folder.as_posix()
    if folder.is_file():
        return load_checkpoint(folder)
    if not folder.exists() and is_hub_id(name):
        folder = fetched(name, [CONFIG, WEIGHTS], revision)
    elif (folder / TRAINED).is_file() and not (folder / CONFIG).exists():
        return load_checkpoint(folder / TRAINED)
    if not ((folder / CONFIG).is_file() and (folder / WEIGHTS).is_file()):
        advice = "train one with `python -m oor.train`, or leave checkpoint= away"
        raise ValueError(f"no checkpoint at {name}: no file, and no folder with {CONFIG} and {WEIGHTS}; {advice}")
    return _assembled(folder, _read_config(folder / CONFIG), _read(folder / WEIGHTS)[1])


def push_to_hub(checkpoint: Checkpoint, repo_id: str, *, private: bool = False) -> str:
    """Put the files of `save_pretrained` into a model on the hub ("owner/name") and return the address of the commit.

    Raises ValueError when that fails, and for a model whose text encoder is a folder here, which nobody else could load.
    """
    if not is_hub_id(repo_id):
        raise ValueError(f"{repo_id!r} is no name of a model on the hub; give owner/name")
    if Path(checkpoint.text_encoder).exists():
        raise ValueError(f"the text encoder {checkpoint.text_encoder} is a folder here; train with one of the hub, by its id")
    with tempfile.TemporaryDirectory() as folder:
        save_pretrained(folder, checkpoint)
        return uploaded(Path(folder), repo_id, private=private)


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    return {
        "format": str(FORMAT),
        "network": json.dumps(asdict(checkpoint.denoiser.net.config)),
        "noise": json.dumps(asdict(checkpoint.noise)),
        "translation": checkpoint.normaliser.translation,
        "text_encoder": checkpoint.text_encoder,
        "frames": json.dumps(list(FRAMES)),
        "about": json.dumps(checkpoint.about),
    }


def _tensors(checkpoint: Checkpoint, half: bool) -> dict[str, Tensor]:
    state = checkpoint.denoiser.state_dict()
    tensors = {f"denoiser.{name}": value.half() if half else value for name, value in state.items()}
    return tensors | {"normaliser.mean": checkpoint.normaliser.mean, "normaliser.std": checkpoint.normaliser.std}


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError:
        raise ValueError(f"{path} is not a safetensors file; give a checkpoint that `python -m oor.train` wrote") from None


def _config(metadata: Mapping[str, str]) -> dict[str, Any]:
    return {name: json.loads(text) if name in NESTED else text for name, text in metadata.items()}


def _read_config(path: Path) -> dict[str, str]:
    """The inverse of `_config`."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise ValueError(f"{path} is not a JSON object; give a folder that `save_pretrained` wrote")
    return {name: json.dumps(value) if name in NESTED else str(value) for name, value in config.items()}


def _assembled(path: Path, metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> Checkpoint:
    if "network" not in metadata or (metadata.get("format"), metadata.get("frames")) != (str(FORMAT), json.dumps(list(FRAMES))):
        raise ValueError(f"{path} is no relation checkpoint of format {FORMAT}; train it again or use the package it came with")
    try:
        return Checkpoint(
            _denoiser(_typed(NetworkConfig, metadata["network"]), tensors),
            _normaliser(tensors, metadata["translation"]),
            _typed(NoiseConfig, metadata["noise"]),
            metadata["text_encoder"],
            dict(json.loads(metadata["about"])),
            _identity(metadata, tensors),
        )
    except (RuntimeError, KeyError, TypeError, ValueError, ArithmeticError, RecursionError):
        raise ValueError(f"{path} is damaged: it lacks weights or settings; train it again or fetch it anew") from None


def _denoiser(config: NetworkConfig, tensors: Mapping[str, Tensor]) -> Denoiser:
    weights = {key.removeprefix("denoiser."): v.float() for key, v in tensors.items() if key.startswith("denoiser.")}
    if config.blocks > len(weights):
        raise ValueError("more blocks than weights")
    with torch.device("meta"):  # sizes are compared before there is memory for them
        denoiser = Denoiser(config)
    denoiser.load_state_dict(weights, assign=True)
    return denoiser.eval()


def _typed(kind: type[Settings], text: str) -> Settings:
    values, default = json.loads(text), kind()
    for item in fields(default):  # type: ignore[arg-type]
        if item.name in values and type(values[item.name]) is not type(getattr(default, item.name)):
            raise TypeError(item.name)
    return kind(**values)


def _normaliser(tensors: Mapping[str, Tensor], translation: str) -> Normaliser:
    mean, std = tensors["normaliser.mean"], tensors["normaliser.std"]
    if translation not in get_args(Translation) or {mean.shape, std.shape} != {(WIDTH,)}:
        raise ValueError("unknown coordinates")
    return Normaliser(mean, std, cast(Translation, translation))


def _identity(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(json.dumps(_config(metadata), sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:12]
