"""Writing files so that nobody ever meets half of one: a temporary name beside the target, then a rename."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor


def write_through(path: str | Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file in the same folder, then rename it to `path`; on failure leave nothing behind.

    Missing folders are made; one that cannot be made or written raises OSError.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem[:32]}.{uuid.uuid4().hex[:12]}{path.suffix}")
    try:
        write(temporary)
        with temporary.open("r+b") as stream:
            os.fsync(stream.fileno())  # the contents reach the disk before the name does
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def filled_folder(out: Path, stale: str) -> Iterator[Path]:
    """A temporary folder beside `out` to fill. Its files then move to `out`; what matches `stale` there goes first."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".filling-") as name:
        yield Path(name)
        out.mkdir(exist_ok=True)
        for old in out.glob(stale):
            old.unlink()
        for file in sorted(Path(name).iterdir()):
            shutil.move(file, out / file.name)


def write_bytes(path: str | Path, data: bytes) -> None:
    """A file of these bytes."""
    write_through(path, lambda file: file.write_bytes(data))


def write_text(path: str | Path, text: str) -> None:
    """A UTF-8 text file, its lines ended by a line feed on every system."""
    write_through(path, lambda file: file.write_text(text, encoding="utf-8", newline="\n"))


def write_npz(path: str | Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """A compressed npz file of arrays by name, without pickles; equal arrays give equal bytes."""
    data = io.BytesIO()
    np.savez_compressed(data, allow_pickle=False, **arrays)
    write_bytes(path, data.getvalue())


def write_safetensors(path: str | Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """A safetensors file with string metadata."""
    from safetensors.torch import save

    whole = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    raw = save(whole, dict(metadata))  # its metadata come in an order that differs from call to call
    end = 8 + int.from_bytes(raw[:8], "little")
    header = json.dumps(json.loads(raw[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    write_bytes(path, len(header).to_bytes(8, "little") + header + raw[end:])
