"""Pretrained models, from a hub or a folder: where they compute, which weights they are, and that one is loaded at a time."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from huggingface_hub import HfApi, try_to_load_from_cache
from safetensors import SafetensorError
from transformers.utils import logging

Loaded = TypeVar("Loaded")
Number = Literal["auto", "float32", "float16", "bfloat16"]
Offload = Literal["none", "model", "sequential"]
CONFIGS = ("model_index.json", "config.json")  # what every model of diffusers and of transformers has
_ENDS = 1 << 20  # bytes at either end of a large file by which it is known


@dataclass(frozen=True)
class Hardware:
    """Where and in which precision a model computes.

    device: "auto" is a GPU where there is one. dtype: "auto" is bfloat16 on a GPU and float32 elsewhere. offload: what of a
    diffusers pipeline waits in main memory for its turn on the GPU: nothing, each of its models, or each of their layers.
    """

    device: str = "auto"
    dtype: Number = "auto"
    offload: Offload = "none"

    def __post_init__(self) -> None:
        try:
            torch.device("cpu" if self.device == "auto" else self.device)
        except RuntimeError:
            raise ValueError(f"device={self.device} is not possible; give auto, cpu, cuda or cuda:1") from None

    @property
    def place(self) -> torch.device:
        """The device. ValueError for a GPU that there is not."""
        known = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if self.device == "auto" else self.device)
        if known.type == "cuda" and not torch.cuda.is_available():
            raise ValueError(f"device={self.device} needs a GPU that torch can use, and there is none; give device=cpu or auto")
        return known

    @property
    def number(self) -> torch.dtype:
        """The precision of weights."""
        if self.dtype == "auto":
            return torch.bfloat16 if self.place.type == "cuda" else torch.float32
        known: torch.dtype = getattr(torch, self.dtype)
        return known

    def settled(self, pipeline: Any) -> Any:
        """A diffusers pipeline on its device, or on its way there part by part."""
        pipeline.set_progress_bar_config(disable=True)
        if self.offload == "none":
            return pipeline.to(self.place)
        if self.place.type == "cpu":
            raise ValueError(f"offload={self.offload} moves models to a GPU and back, and there is none; give offload=none")
        move = pipeline.enable_model_cpu_offload if self.offload == "model" else pipeline.enable_sequential_cpu_offload
        move(device=self.place)
        return pipeline


class _Desk:
    """Room for one model."""

    owner: Hashable = None
    models: Any = None


def on_desk(owner: Hashable, load: Callable[[], Loaded]) -> Loaded:
    """What `load` gives, which is kept until another owner needs the room."""
    if owner != _Desk.owner:
        clear_desk()
        _Desk.models = load()
        _Desk.owner = owner
    models: Loaded = _Desk.models
    return models


def clear_desk() -> None:
    """Let go of the model that is loaded, if there is one, and of the memory it had on a GPU."""
    if _Desk.owner is None:
        return
    _Desk.owner = _Desk.models = None
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def fetched(model: str, load: Callable[[], Loaded]) -> Loaded:
    """What `load` gives. ValueError that says what to do where the model is not there, not complete, or not open to everybody."""
    logging.set_verbosity_error()  # of processors that torchvision would make faster, and of a bar for each part that is loaded
    logging.disable_progress_bar()
    try:
        return load()
    except ImportError as error:
        lacking = error.name or "a package"
        raise ValueError(f"{model} needs {lacking}, which is not installed; pip install 'oor-toolkit[models]'") from None
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if isinstance(error, torch.cuda.OutOfMemoryError):
            raise ValueError(f"the GPU's memory is too small for {model}; give hardware.offload=model, or sequential") from None
        if "gated" in str(error).lower():
            raise ValueError(f"{model} is open only to those who have accepted its licence; do so at "
                             f"https://huggingface.co/{model}, and log in with `hf auth login`") from None
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise ValueError(f"the model {model} could not be loaded ({reason}); give a folder or a hub id, and log in with "
                         "`hf auth login` if it needs that") from None


def load_pipeline(kind: str, model: str, revision: str | None, hardware: Hardware, **settings: Any) -> Any:
    """A pipeline of diffusers, by the name of its class. ValueError where there is no such class or it cannot be loaded."""

    def load() -> Any:
        import diffusers

        diffusers.utils.logging.disable_progress_bar()
        found = getattr(diffusers, kind, None)
        if found is None:
            raise ValueError(f"diffusers has no {kind}")
        numbers = {"dtype": hardware.number} | settings
        return hardware.settled(found.from_pretrained(model, revision=revision, **numbers))

    return fetched(model, load)


@cache
def identity_of(model: str, revision: str | None = None) -> str:
    """12 hex digits that name the weights: a hash of a folder's files, or the hub's commit.

    ValueError where there is no such folder, and neither the cache nor the hub knows the name.
    """
    if model and Path(model).is_dir():
        return _folder_hash(Path(model))
    for name in CONFIGS:
        found = _cached(model, name, revision)
        if found is not None:
            return found[:12]
    try:
        told = HfApi().model_info(model, revision=revision, timeout=20).sha
    except (OSError, ValueError, RuntimeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise ValueError(f"no model {model} is here, neither as a folder nor in the hub's cache, and the hub does not have it or "
                         f"does not answer ({reason}); check the name, the network and `hf auth login`") from None
    return str(told)[:12]


def is_here(model: str, revision: str | None = None) -> bool:
    """Whether a model lies in a folder of this name, or in the hub's cache."""
    return (bool(model) and Path(model).is_dir()) or any(_cached(model, name, revision) for name in CONFIGS)


def _cached(model: str, name: str, revision: str | None) -> str | None:
    """The commit of which the hub's cache holds this file of a model."""
    try:
        found = try_to_load_from_cache(model, name, revision=revision)
    except ValueError:  # no name that the hub could have
        return None
    return Path(found).parent.name if isinstance(found, str) else None


def _folder_hash(folder: Path) -> str:
    """Of names, sizes and bytes; of files of gigabytes, the bytes at both ends."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        size = file.stat().st_size
        total.update(f"{file.relative_to(folder).as_posix()} {size} ".encode())
        with file.open("rb") as stream:
            total.update(stream.read(_ENDS))
            stream.seek(max(size - _ENDS, 0))
            total.update(stream.read(_ENDS))
    return total.hexdigest()[:12]
