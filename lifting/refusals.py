"""Refusals: an item that a stage cannot lift keeps its folder, with the reason in it, and the run goes on.

What belongs to the data (views that give no structure, points that tell no similarity) is a refusal. Anything else that a stage
raises is a mistake in code or surroundings, and stops the run with a `StageError` that names item and stage.
"""

from __future__ import annotations

import json
import shutil
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lifting.runs import Stage
from lifting.similarity import RefusalError
from lifting.structure import StructureError
from oor.files import write_text

FILE = "refused.json"  # what a stage's folder holds instead of its own files
DETAILS = "error.txt"  # in an item's folder, where a stage failed


@dataclass(frozen=True)
class Refused:
    """Why an item went no further. stage: that said so. reason: a short name that programs count. message: a sentence."""

    stage: str
    reason: str
    message: str


class NotLiftableError(ValueError):
    """What a stage raises where an item cannot be lifted and no error of its own says so better."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StageError(ValueError):
    """A stage that failed for no reason that belongs to the data; the message names it, its item and what happened."""


def guarded(stage: Stage, item: str, carry: bool = True) -> Stage:
    """The stage, such that a refusal before it or in it becomes `refused.json`, and any other error a `StageError`.

    carry: whether what was refused before it is refused by it; otherwise it works with what there is.
    """

    def work(folders: Mapping[str, Path], out: Path) -> None:
        before = next(filter(None, (read_refusal(folder) for folder in folders.values())), None)
        if before is not None and carry:
            write_refusal(out, before)
            return
        try:
            stage.work(folders, out)
        except (NotLiftableError, RefusalError, StructureError) as error:
            _empty(out)
            write_refusal(out, Refused(stage.name, reason_of(error), " ".join(str(error).split())))
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:  # a full disk is nobody's mistake
                raise
            write_text(out.parent / DETAILS, traceback.format_exc())
            raise StageError(f"{item}: the stage {stage.name!r} failed with {type(error).__name__} ({error}); "
                             f"the whole story is in {out.parent / DETAILS}") from error

    return replace(stage, work=work)


def reason_of(error: Exception) -> str:
    """The short name of why: the error's own, if it has one."""
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, str) else "no structure" if isinstance(error, StructureError) else "refused"


def write_refusal(folder: Path, refused: Refused) -> None:
    """`refused.json`."""
    write_text(folder / FILE, json.dumps(asdict(refused), indent=1) + "\n")


def read_refusal(folder: Path) -> Refused | None:
    """Why the item went no further than this stage; None if it did."""
    if not (folder / FILE).is_file():
        return None
    return Refused(**json.loads((folder / FILE).read_text(encoding="utf-8")))


def _empty(folder: Path) -> None:
    """Nothing of a stage that refused half way is kept."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
