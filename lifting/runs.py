"""The run folder: every stage of every item reads and writes plain files, and is done again only when it has to be.

    ITEMS/<item>/<stage>/            what the stage wrote, and receipt.json: settings, inputs, seconds
    ITEMS/<item>/.<stage>.<random>/  a stage at work, or one that was killed

A stage works in a folder of its own that is renamed when all is written, receipt last: a stage's folder is whole or absent. It is
up to date when its receipt names the same settings and version, the bytes of what it reads, and the bytes that lie there now; so
what was lost or changed is made again, and then all that follows from it. The truth about an item, where it is known, is a stage
like others, called "truth": a stage is shown only the folders in its `reads`, and only the embedded world and scoring name it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from oor.files import write_text

TRUTH = "truth"  # the stage that only the embedded world and scoring read
RECEIPT = "receipt.json"
ABANDONED_S = 86_400.0  # a folder of a stage at work that nobody has touched for so long is removed

Work = Callable[[Mapping[str, Path], Path], None]


@dataclass(frozen=True)
class Stage:
    """One step for one item.

    name: of its folder. work: called with the folders of the stages it reads, by name, and an empty folder to fill. reads: stages
    before it. settings: JSON values that change what it writes. version: raise it when its code writes something else.
    """

    name: str
    work: Work
    reads: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True)
class Receipt:
    """What a stage did. digest: of what it wrote. inputs: digests of what it read. seconds: of its work, when it was done."""

    stage: str
    version: int
    settings: Mapping[str, Any]
    inputs: Mapping[str, str]
    digest: str
    seconds: float

    def is_for(self, stage: Stage, inputs: Mapping[str, str]) -> bool:
        """Whether the same stage, settings and inputs are asked for."""
        asked = (stage.name, stage.version, _plain(stage.settings), dict(inputs))
        return asked == (self.stage, self.version, self.settings, self.inputs)


def update(item: Path, stages: Sequence[Stage], *, again: Collection[str] = (),
           advance: Callable[[Receipt, bool], None] = lambda receipt, worked: None) -> list[Receipt]:
    """Bring an item's stages up to date, in order; `again` names some to do in any case. `advance` hears of each.

    Two processes may do the same item: the second to finish finds the place taken and throws its own work away. What a stage
    raises is raised here, and leaves no folder. Raises ValueError when stages do not fit together.
    """
    _refuse_misfits(stages, again)
    _sweep(item)
    digests: dict[str, str] = {}
    receipts = []
    for stage in stages:
        inputs = {name: digests[name] for name in stage.reads}
        receipt = read_receipt(item / stage.name)
        fresh = (receipt is not None and stage.name not in again and receipt.is_for(stage, inputs)
                 and receipt.digest == digest(item / stage.name))
        if receipt is None or not fresh:
            receipt = _done(item, stage, inputs)
        digests[stage.name] = receipt.digest
        receipts.append(receipt)
        advance(receipt, not fresh)
    return receipts


def read_receipt(folder: Path) -> Receipt | None:
    """A stage's receipt; None when it is not there, or not one of ours."""
    try:
        return Receipt(**json.loads((folder / RECEIPT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def digest(folder: Path) -> str:
    """32 hex digits that identify the files in a folder, names and bytes, but for its receipt."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / RECEIPT):
        name, data = file.relative_to(folder).as_posix().encode(), file.read_bytes()
        total.update(b"%d %d " % (len(name), len(data)) + name + data)
    return total.hexdigest()[:32]


def _done(item: Path, stage: Stage, inputs: Mapping[str, str]) -> Receipt:
    """Let the stage work, and put what it wrote in its place."""
    folder = item / f".{stage.name}.{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    try:
        start = time.perf_counter()
        stage.work({name: item / name for name in stage.reads}, folder)
        seconds = round(time.perf_counter() - start, 3)
        receipt = Receipt(stage.name, stage.version, _plain(stage.settings), dict(inputs), digest(folder), seconds)
        write_text(folder / RECEIPT, json.dumps(asdict(receipt), indent=1) + "\n")
        return _put(folder, item / stage.name, receipt)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(folder: Path, place: Path, receipt: Receipt) -> Receipt:
    """Rename the folder to its place, unless another process has put the same there; the receipt of what lies there."""
    while True:
        try:
            folder.rename(place)  # fails where a folder with files lies
            return receipt
        except OSError:
            if not place.is_dir():
                raise
        there = read_receipt(place)
        if there is not None and replace(there, seconds=receipt.seconds) == receipt and digest(place) == receipt.digest:
            return there
        aside = folder.with_name(f"{folder.name}.old")
        with suppress(FileNotFoundError):  # another process was faster
            place.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def _sweep(item: Path) -> None:
    """Remove what killed processes left long ago."""
    for folder in item.glob(".*.*"):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(folder, ignore_errors=True)


def _refuse_misfits(stages: Sequence[Stage], again: Collection[str]) -> None:
    names = [stage.name for stage in stages]
    for i, stage in enumerate(stages):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", stage.name) or stage.name in names[:i]:
            raise ValueError(f"a stage cannot be called {stage.name!r} here; give each its own name of letters, digits and _")
        missing = [name for name in stage.reads if name not in names[:i]]
        if missing:
            raise ValueError(f"the stage {stage.name!r} reads {', '.join(missing)}, which does not come before it")
        _plain(stage.settings)
    unknown = sorted(set(again) - set(names))
    if unknown:
        raise ValueError(f"there is no stage {', '.join(unknown)}; choose {', '.join(names)}")


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as JSON gives them back, so that a tuple equals the list it became."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(settings), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"the settings {settings!r} are no JSON values ({error}); use numbers, texts and lists") from None
    return plain
