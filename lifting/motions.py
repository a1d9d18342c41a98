"""Stills and motions that a model makes, kept in a run's folder: all frames of a scene are items, and none is made twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lifting.images import Picture
from lifting.items import Item
from lifting.refusals import NotLiftableError
from oor.catalog.contexts import Context
from oor.files import write_npz


class MotionSource(Protocol):
    """A source of images whose stills and motions are made by two models, one after the other."""

    @property
    def motion_identity(self) -> str:
        """Which weights make motions."""

    def still(self, context: Context, seed: int) -> Picture:
        """The picture that a scene starts with."""

    def motion(self, still: Picture, seed: int, frames: int) -> NDArray[np.uint8]:
        """(frames, H, W, 3) of what happens then; the first is the still's."""


@dataclass(frozen=True)
class Reel:
    """The pictures of a source. told: the source's settings and weights, so that those of another are not taken for its own."""

    source: MotionSource
    told: dict[str, Any]
    folder: Path

    def picture(self, item: Item) -> Picture:
        """An item's picture: its scene's still, or a later frame of its motion."""
        still = self._still(item)
        return still if item.frame == 0 else replace(still, rgb=self._motion(item, still)[item.frame])

    def _still(self, item: Item) -> Picture:
        file = self._file(item, "still")
        if not file.is_file():
            write_npz(file, self._made(item))
        with np.load(file, allow_pickle=False) as kept:
            if "reason" in kept:
                raise NotLiftableError(str(kept["reason"]), str(kept["message"]))
            return Picture(kept["rgb"], item.context, str(kept["caption"]), str(kept["prompt"]))

    def _made(self, item: Item) -> dict[str, NDArray[Any]]:
        """A still, or why there is none, so that later frames do not try it again."""
        try:
            made = self.source.still(item.context, item.seed)
        except NotLiftableError as error:
            return {"reason": np.array(error.reason), "message": np.array(str(error))}
        return {"rgb": made.rgb, "caption": np.array(made.caption), "prompt": np.array(made.prompt)}

    def _motion(self, item: Item, still: Picture) -> NDArray[np.uint8]:
        file = self._file(item, f"motion of {item.frames} by {self.source.motion_identity}")
        if not file.is_file():
            write_npz(file, {"rgb": self.source.motion(still, item.seed, item.frames)})
        with np.load(file, allow_pickle=False) as kept:
            rgb: NDArray[np.uint8] = kept["rgb"]
        return rgb

    def _file(self, item: Item, what: str) -> Path:
        told = json.dumps([self.told, str(item.context), item.seed, what], sort_keys=True)
        return self.folder / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.npz"
