"""Sample sets on disk: one Parquet file of relation vectors with their prompts, provenance and quality.

A set is one file, so it can be copied, hashed and shipped as a whole. An append writes the longer file under a
temporary name and renames it: an interruption leaves the old set, never a damaged one. Rewriting a set is cheap next
to making samples; append in batches. One process writes a file at a time; parallel workers write their own files and
`concatenate` joins them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray

from oor.files import write_through
from oor.relation import WIDTH, unpack

SCHEMA_VERSION = "1.0"
TEXTS = ("prompt", "target", "predicate", "base", "source")
METADATA_KEY = b"oor.samples"
SCHEMA = pa.schema([
    pa.field("vector", pa.list_(pa.field("element", pa.float64(), nullable=False), WIDTH), nullable=False),
    *(pa.field(name, pa.string(), nullable=False) for name in TEXTS),
    pa.field("quality", pa.float64(), nullable=False),
])


@dataclass(frozen=True, eq=False)
class SampleSet:
    """Relation samples as columns of equal length n, named as in the file.

    Raises ValueError for vectors that are no relations (not finite, scales not > 0, wrong width), for qualities that
    are not finite, and for columns of different lengths.
    """

    vector: NDArray[np.float64]  # (n, 15), in the order of oor.relation
    prompt: tuple[str, ...]
    target: tuple[str, ...]  # category
    predicate: tuple[str, ...]
    base: tuple[str, ...]  # category
    source: tuple[str, ...]  # provenance of each sample: what made it, and from which seed
    quality: NDArray[np.float64]  # (n,), higher is better
    metadata: Mapping[str, Any] = field(default_factory=dict)  # of the whole set: generator settings; JSON values

    def __post_init__(self) -> None:
        vector = np.array(self.vector, dtype=np.float64)
        if vector.ndim != 2 or vector.shape[1] != WIDTH:
            raise ValueError(f"The vectors of a sample set must have shape (n, {WIDTH}), got {vector.shape}.")
        unpack(torch.from_numpy(vector))
        quality = np.array(self.quality, dtype=np.float64)
        if quality.shape != (len(vector),) or not np.isfinite(quality).all():
            raise ValueError(f"A sample set of {len(vector)} vectors needs as many finite qualities, got {quality}.")
        object.__setattr__(self, "vector", vector)
        object.__setattr__(self, "quality", quality)
        object.__setattr__(self, "metadata", json.loads(json.dumps(dict(self.metadata), allow_nan=False)))
        for name in TEXTS:
            object.__setattr__(self, name, _texts(name, getattr(self, name), len(vector)))

    def __len__(self) -> int:
        return len(self.vector)


def concatenate(sets: Sequence[SampleSet]) -> SampleSet:
    """One set of all the samples, in order. The sets must have the same metadata: ValueError names what differs."""
    if not sets:
        raise ValueError("There is nothing to concatenate; give at least one sample set.")
    for other in sets[1:]:
        _refuse_other_metadata(sets[0].metadata, other.metadata)
    texts = {name: tuple(text for part in sets for text in getattr(part, name)) for name in TEXTS}
    return SampleSet(vector=np.concatenate([part.vector for part in sets]),
                     quality=np.concatenate([part.quality for part in sets]), metadata=sets[0].metadata, **texts)


def write_samples(path: str | Path, samples: SampleSet) -> None:
    """Writes a set, replacing what is at `path` in one step: a reader sees the old set or the new one, whole."""
    table = _table(samples)

    def write(file: Path) -> None:
        with file.open("wb") as stream:
            pq.write_table(table, stream, compression="zstd", write_page_checksum=True)

    write_through(path, write)


def append_samples(path: str | Path, samples: SampleSet) -> None:
    """Adds samples to the set at `path`, or starts it. ValueError when the set there has other metadata."""
    write_samples(path, concatenate([read_samples(path), samples]) if Path(path).exists() else samples)


def read_samples(path: str | Path) -> SampleSet:
    """Reads a set. Raises a one-sentence ValueError for a damaged or foreign file, FileNotFoundError for none."""
    if not Path(path).is_file():
        raise FileNotFoundError(f"There is no sample file at {path}; write one with oor.lift or write_samples.")
    table = _read_table(Path(path))
    try:
        metadata = _metadata(table.schema)
        _refuse_other_columns(table.schema)
        columns: dict[str, Any] = {name: table[name].to_pylist() for name in TEXTS}
        vector = table["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, WIDTH)
        return SampleSet(vector=vector, quality=table["quality"].to_numpy(), metadata=metadata, **columns)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _texts(name: str, values: Sequence[str], count: int) -> tuple[str, ...]:
    if isinstance(values, str) or len(values) != count or not all(isinstance(value, str) for value in values):
        raise ValueError(f"The column {name!r} needs one string for each of the {count} vectors.")
    return tuple(values)


def _refuse_other_metadata(known: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    differing = sorted(key for key in {*known, *other} if known.get(key) != other.get(key))
    if differing:
        raise ValueError(f"The sets were made with different settings ({', '.join(differing)}); keep two files.")


def _table(samples: SampleSet) -> pa.Table:
    vector = pa.FixedSizeListArray.from_arrays(pa.array(samples.vector.reshape(-1)), type=SCHEMA.field("vector").type)
    columns = [vector, *(pa.array(getattr(samples, name), pa.string()) for name in TEXTS), pa.array(samples.quality)]
    header = {"schema_version": SCHEMA_VERSION, "metadata": dict(samples.metadata)}
    text = json.dumps(header, sort_keys=True, allow_nan=False)
    return pa.Table.from_arrays(columns, schema=SCHEMA.with_metadata({METADATA_KEY: text.encode()}))


def _read_table(path: Path) -> pa.Table:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            return file.read()
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path} is not a readable Parquet file ({reason}); restore it or write it again.") from None


def _metadata(schema: pa.Schema) -> dict[str, Any]:
    text = (schema.metadata or {}).get(METADATA_KEY)
    if text is None:
        raise ValueError("This Parquet file holds no relation samples; write them with oor.samples.write_samples.")
    header = json.loads(text)
    version = header.get("schema_version") if isinstance(header, dict) else None
    if version != SCHEMA_VERSION:
        raise ValueError(f"The samples have schema_version {version!r}, but this package knows {SCHEMA_VERSION!r}: "
                         "upgrade it, or write the samples again.")
    metadata: dict[str, Any] = header["metadata"]
    return metadata


def _refuse_other_columns(schema: pa.Schema) -> None:
    for expected in SCHEMA:
        found = schema.field(expected.name).type if expected.name in schema.names else "missing"
        if found != expected.type:
            raise ValueError(f"The column {expected.name!r} is {found}, not {expected.type}; write the file again.")
