"""Refusals: what belongs to the data is kept in the folder and carried on; anything else stops with item and stage."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path

import pytest

from lifting.refusals import DETAILS, FILE, NotLiftableError, Refused, StageError, guarded, read_refusal
from lifting.runs import Stage, update
from lifting.similarity import RefusalError
from lifting.structure import StructureError

REFUSALS = [(StructureError("views do not\n fit"), "no structure", "views do not fit"),
            (RefusalError("no pairs", "none"), "no pairs", "none"),
            (NotLiftableError("no target", "hidden"), "no target", "hidden")]


def stages(error: Exception | None) -> list[Stage]:
    def first(_: Mapping[str, Path], out: Path) -> None:
        (out / "half.txt").write_text("half")
        (out / "deep").mkdir()
        if error is not None:
            raise error

    def second(folders: Mapping[str, Path], out: Path) -> None:
        (out / "seen.txt").write_text(", ".join(sorted(path.name for path in folders["first"].iterdir())))

    return [guarded(Stage("first", first), "item"), guarded(Stage("second", second, ("first",)), "item"),
            guarded(Stage("third", second, ("first", "second")), "item", carry=False)]


@pytest.mark.parametrize(("error", "reason", "message"), REFUSALS)
def test_a_refusal_is_kept_and_carried_on(error: Exception, reason: str, message: str, tmp_path: Path) -> None:
    update(tmp_path, stages(error))
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == ["receipt.json", FILE]
    assert read_refusal(tmp_path / "first") == read_refusal(tmp_path / "second") == Refused("first", reason, message)
    assert (tmp_path / "third" / "seen.txt").is_file() and read_refusal(tmp_path / "third") is None


def test_what_was_refused_is_done_when_it_can_be(tmp_path: Path) -> None:
    update(tmp_path, stages(REFUSALS[0][0]))
    update(tmp_path, stages(None), again=["first"])
    assert read_refusal(tmp_path / "first") is None and "half.txt" in (tmp_path / "second" / "seen.txt").read_text()


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), ValueError("y"), FileNotFoundError("z"), KeyError("k")])
def test_a_mistake_stops_and_names_item_and_stage(error: Exception, tmp_path: Path) -> None:
    with pytest.raises(StageError, match=rf"^item: the stage 'first' failed with {type(error).__name__} "):
        update(tmp_path, stages(error))
    assert [path.name for path in tmp_path.iterdir()] == [DETAILS]
    assert "Traceback" in (tmp_path / DETAILS).read_text()


def test_a_full_disk_is_nobodys_mistake(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        update(tmp_path, stages(OSError(errno.ENOSPC, "No space left on device")))
    assert list(tmp_path.iterdir()) == []
