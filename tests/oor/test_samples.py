"""Sample sets survive the disk, interruptions, and other people's files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oor import samples as samples_module
from oor.samples import METADATA_KEY, SCHEMA, SampleSet, append_samples, concatenate, read_samples, write_samples


def sample_set(seed: int, count: int = 5, **metadata: Any) -> SampleSet:
    rng = np.random.default_rng(seed)
    vector = rng.normal(size=(count, 15))
    vector[:, 9:] = np.abs(vector[:, 9:]) + 0.01
    return SampleSet(vector=vector, prompt=("A teapot pours tea into a teacup.",) * count, target=("teapot",) * count,
                     predicate=("pours into",) * count, base=("teacup",) * count,
                     source=tuple(f"catalog/seed={seed}/ü{i}" for i in range(count)), quality=rng.uniform(size=count),
                     metadata=metadata)


def assert_equal(left: SampleSet, right: SampleSet) -> None:
    assert np.array_equal(left.vector, right.vector) and np.array_equal(left.quality, right.quality)
    for name in ("prompt", "target", "predicate", "base", "source", "metadata"):
        assert getattr(left, name) == getattr(right, name)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_writing_and_reading_keep_every_bit(tmp_path: Path, count: int) -> None:
    made = sample_set(0, count, generator="catalog", views=8, range=(1, 2))
    write_samples(tmp_path / "s.parquet", made)
    again = read_samples(tmp_path / "s.parquet")
    assert_equal(again, made)
    assert len(again) == count and again.metadata == {"generator": "catalog", "views": 8, "range": [1, 2]}
    assert [item.name for item in tmp_path.iterdir()] == ["s.parquet"]


def test_the_file_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_samples(tmp_path / name, sample_set(1, b=1, a=2))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_appending_adds_to_the_end(tmp_path: Path) -> None:
    path, first, second = tmp_path / "s.parquet", sample_set(1, g=1), sample_set(2, 3, g=1)
    append_samples(path, first)
    append_samples(path, second)
    assert_equal(read_samples(path), concatenate([first, second]))
    assert len(read_samples(path)) == 8


def test_appending_other_settings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    append_samples(path, sample_set(1, views=8, size=2))
    with pytest.raises(ValueError, match=r"different settings \(views\)"):
        append_samples(path, sample_set(2, views=9, size=2))
    assert len(read_samples(path)) == 5


def test_an_interrupted_append_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.parquet"
    write_samples(path, sample_set(1))
    before = path.read_bytes()

    def half_a_table(_: pa.Table, stream: Any, **__: Any) -> None:
        stream.write(b"PAR1 and then the power went")
        raise KeyboardInterrupt

    monkeypatch.setattr(samples_module.pq, "write_table", half_a_table)
    with pytest.raises(KeyboardInterrupt):
        append_samples(path, sample_set(2))
    assert path.read_bytes() == before and [item.name for item in tmp_path.iterdir()] == ["s.parquet"]


def test_a_reader_of_the_old_file_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    write_samples(path, sample_set(1))
    with path.open("rb") as reader:
        before = reader.read()
        append_samples(path, sample_set(2))
        reader.seek(0)
        assert reader.read() == before != path.read_bytes()


@pytest.mark.parametrize(("row", "column", "value", "message"), [
    (2, 0, np.nan, "vector 2 of 5 contains NaN"), (1, 7, np.inf, "contains NaN or infinity"),
    (0, 10, 0.0, "scale_target"), (4, 12, -1.0, "scale_base"),
])
def test_vectors_that_are_no_relations_are_refused(row: int, column: int, value: float, message: str) -> None:
    vector = sample_set(0).vector.copy()
    vector[row, column] = value
    with pytest.raises(ValueError, match=message):
        replace(sample_set(0), vector=vector)


@pytest.mark.parametrize(("change", "message"), [
    ({"vector": np.ones((5, 14))}, r"shape \(n, 15\)"),
    ({"quality": np.ones(4)}, "finite qualities"),
    ({"quality": np.full(5, np.nan)}, "finite qualities"),
    ({"prompt": ("one",)}, "'prompt' needs one string"),
    ({"base": "teacu"}, "'base' needs one string"),
    ({"source": (1, 2, 3, 4, 5)}, "'source' needs one string"),
])
def test_columns_that_do_not_fit_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(sample_set(0), **change)


def test_nothing_to_concatenate_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to concatenate"):
        concatenate([])


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no sample file"):
        read_samples(tmp_path / "none.parquet")


@pytest.mark.parametrize("keep", [0, 3, 100, -1])
def test_damaged_files_are_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "s.parquet"
    write_samples(path, sample_set(1))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match="not a readable Parquet file") as caught:
        read_samples(path)
    assert "\n" not in str(caught.value)


def test_a_flipped_bit_in_the_data_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    write_samples(path, sample_set(1, 200))
    data = bytearray(path.read_bytes())
    data[2000] ^= 0x10
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"s\.parquet"):
        read_samples(path)


def rewritten(path: Path, table: pa.Table) -> Path:
    pq.write_table(table, path)
    return path


def test_foreign_and_altered_tables_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    write_samples(path, sample_set(1))
    table = pq.ParquetFile(path).read()
    foreign = rewritten(tmp_path / "foreign", pa.table({"x": [1, 2]}))
    newer = rewritten(tmp_path / "newer", table.replace_schema_metadata({METADATA_KEY: b'{"schema_version": "9.9"}'}))
    odd = rewritten(tmp_path / "odd", table.replace_schema_metadata({METADATA_KEY: b"[]"}))
    lacking = rewritten(tmp_path / "lacking", table.drop_columns(["quality"]))
    narrow_vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.ones(70)), 14)
    narrow = rewritten(tmp_path / "narrow", table.set_column(0, "vector", narrow_vectors))
    expected = ((foreign, "no relation samples"), (newer, r"schema_version '9\.9'"), (odd, "schema_version None"),
                (lacking, "'quality' is missing"), (narrow, r"'vector' is fixed_size_list.*\[14\]"))
    for bad, message in expected:
        with pytest.raises(ValueError, match=message):
            read_samples(bad)


def test_the_columns_on_disk_are_the_documented_ones(tmp_path: Path) -> None:
    write_samples(tmp_path / "s.parquet", sample_set(1))
    schema = pq.read_schema(tmp_path / "s.parquet")
    assert schema.names == ["vector", "prompt", "target", "predicate", "base", "source", "quality"]
    assert schema.remove_metadata() == SCHEMA and schema.field("vector").type.list_size == 15
