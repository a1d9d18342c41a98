"""Words and tensors as the file or folder of a checkpoint holds them: read, checked for their types, and hashed.

What they mean stands in diffusion/checkpoint.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

NESTED = ("network", "noise", "frames", "about")  # metadata that are JSON
LATER = {"parametrisation": "edm", "scales": "log", "spacing": "normal", "sampler": "dpm"}  # what files without these words mean

Settings = TypeVar("Settings")


def read_tensors(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The words and tensors of a safetensors file. ValueError when it is none."""
    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError:
        raise ValueError(f"{path} is not a safetensors file; give a checkpoint that `python -m oor.train` wrote") from None


def as_config(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Words as config.json has them."""
    return {name: json.loads(text) if name in NESTED else text for name, text in metadata.items()}


def read_config(path: Path) -> dict[str, str]:
    """The inverse of `as_config`, from a file. ValueError when it is no JSON object."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise ValueError(f"{path} is not a JSON object; give a folder that `save_pretrained` wrote")
    return {name: json.dumps(value) if name in NESTED else str(value) for name, value in config.items()}


def told(words: Mapping[str, Any]) -> dict[str, Any]:
    """All but what goes without saying, so that what was read from an older file keeps its identity."""
    return {name: value for name, value in words.items() if LATER.get(name) != value}


def typed(kind: type[Settings], text: str) -> Settings:
    """A configuration dataclass from its words. TypeError for a value of another type than the default."""
    values, default = json.loads(text), kind()
    for item in fields(default):  # type: ignore[arg-type]
        if item.name in values and type(values[item.name]) is not type(getattr(default, item.name)):
            raise TypeError(item.name)
    return kind(**values)


def identity_of(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    """A short hash of all that was read."""
    digest = hashlib.sha256(json.dumps(as_config(metadata), sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:12]
