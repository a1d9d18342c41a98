"""A trained model: weights, configuration, normaliser, text encoder id, provenance. Never a pickle.

Training writes one safetensors file that has it all. For the Hugging Face hub the same stands in a folder: config.json,
model.safetensors, README.md.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, get_args

import torch
from torch import Tensor

from diffusion.card import model_card
from diffusion.coordinates import Normaliser, Scales, Translation
from diffusion.denoiser import Denoiser, Parametrisation, RelationDenoiser
from diffusion.hub import fetched, is_hub_id, uploaded
from diffusion.network import NetworkConfig
from diffusion.paper import PaperDenoiser
from diffusion.schedule import NoiseConfig
from diffusion.stored import LATER, as_config, identity_of, read_config, read_tensors, told, typed
from oor.catalog.frames import FRAMES
from oor.files import write_safetensors, write_text
from oor.relation import WIDTH

FORMAT = 4  # since translations are measured between anchors, along either object's axes
SHIPPED = Path(__file__).parent / "weights" / "relations.safetensors"
TRAINED = "relations.safetensors"  # what training calls its file
CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"  # what the hub calls a folder's files


@dataclass(frozen=True)
class Checkpoint:
    """A denoiser with what is needed to use it.

    about: how it came to be (source of the data, command, seed, figures). identity: a short hash of all that was read, the same
    for a file and for a folder made of it.
    """

    denoiser: RelationDenoiser
    normaliser: Normaliser
    noise: NoiseConfig
    text_encoder: str
    about: dict[str, Any]
    identity: str = ""


def untrained(parametrisation: Parametrisation, network: NetworkConfig, noise: NoiseConfig) -> RelationDenoiser:
    """A denoiser as training finds it."""
    return PaperDenoiser(network, noise) if parametrisation == "ve" else Denoiser(network)


def save_checkpoint(path: Path, checkpoint: Checkpoint, *, half: bool = False) -> None:
    """Write the file; the denoiser's weights as they are, or rounded to half precision at half the size."""
    write_safetensors(path, _tensors(checkpoint, half), _metadata(checkpoint))


def load_checkpoint(path: Path | str = SHIPPED) -> Checkpoint:
    """Read a file of `save_checkpoint`, or whatever `from_pretrained` takes.

    Raises ValueError when it is missing, foreign, or of another format.
    """
    if not Path(path).is_file():
        return from_pretrained(path)
    metadata, tensors = read_tensors(Path(path))
    return _assembled(Path(path), metadata, tensors)


def save_pretrained(folder: Path | str, checkpoint: Checkpoint) -> None:
    """Write config.json, model.safetensors and a model card; weights that half precision holds exactly take half the size."""
    folder, config = Path(folder), as_config(_metadata(checkpoint))
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
    return _assembled(folder, read_config(folder / CONFIG), read_tensors(folder / WEIGHTS)[1])


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
    words = {
        "format": str(FORMAT),
        "parametrisation": checkpoint.denoiser.parametrisation,
        "network": json.dumps(asdict(checkpoint.denoiser.config)),
        "noise": json.dumps(told(asdict(checkpoint.noise))),
        "translation": checkpoint.normaliser.translation,
        "scales": checkpoint.normaliser.scales,
        "text_encoder": checkpoint.text_encoder,
        "frames": json.dumps(list(FRAMES)),
        "about": json.dumps(checkpoint.about),
    }
    return told(words)


def _tensors(checkpoint: Checkpoint, half: bool) -> dict[str, Tensor]:
    state = checkpoint.denoiser.state_dict()
    tensors = {f"denoiser.{name}": value.half() if half else value for name, value in state.items()}
    return tensors | {"normaliser.mean": checkpoint.normaliser.mean, "normaliser.std": checkpoint.normaliser.std}


def _assembled(path: Path, metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> Checkpoint:
    if "network" not in metadata or (metadata.get("format"), metadata.get("frames")) != (str(FORMAT), json.dumps(list(FRAMES))):
        raise ValueError(f"{path} is no relation checkpoint of format {FORMAT}; train it again or use the package it came with")
    try:
        words, noise = {**LATER, **metadata}, typed(NoiseConfig, metadata["noise"])
        for name, kind in (("parametrisation", Parametrisation), ("translation", Translation), ("scales", Scales)):
            if words[name] not in get_args(kind):
                raise ValueError(f"unknown {name}")
        return Checkpoint(
            _denoiser(cast(Parametrisation, words["parametrisation"]), typed(NetworkConfig, words["network"]), noise, tensors),
            _normaliser(tensors, cast(Translation, words["translation"]), cast(Scales, words["scales"])),
            noise,
            words["text_encoder"],
            dict(json.loads(words["about"])),
            identity_of(metadata, tensors),
        )
    except (RuntimeError, KeyError, TypeError, ValueError, ArithmeticError, RecursionError):
        raise ValueError(f"{path} is damaged: it lacks weights or settings; train it again or fetch it anew") from None


def _denoiser(
    parametrisation: Parametrisation, network: NetworkConfig, noise: NoiseConfig, tensors: Mapping[str, Tensor]
) -> RelationDenoiser:
    weights = {key.removeprefix("denoiser."): v.float() for key, v in tensors.items() if key.startswith("denoiser.")}
    if network.blocks > len(weights):
        raise ValueError("more blocks than weights")
    with torch.device("meta"):  # sizes are compared before there is memory for them
        denoiser = untrained(parametrisation, network, noise)
    denoiser.load_state_dict(weights, assign=True)
    return denoiser.eval()


def _normaliser(tensors: Mapping[str, Tensor], translation: Translation, scales: Scales) -> Normaliser:
    mean, std = tensors["normaliser.mean"], tensors["normaliser.std"]
    if {mean.shape, std.shape} != {(WIDTH,)}:
        raise ValueError("not fifteen numbers")
    return Normaliser(mean, std, translation, scales)
