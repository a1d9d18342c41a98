"""Items: what is lifted one by one, each in a folder of its own. An item is one picture of one context."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oor.catalog.contexts import Context


@dataclass(frozen=True)
class Item:
    """One picture to lift.

    seed: of all that is random about it. frame: which of the `frames` of a motion that starts at its scene. file: the picture,
    where somebody has made it already. caption: the sentence that goes with that file.
    """

    name: str
    context: Context
    seed: int
    frame: int = 0
    frames: int = 1
    file: Path | None = None
    caption: str = ""


def item_name(context: Context, seed: int, frame: int = 0) -> str:
    """What an item's folder is called: teapot-pours_into-teacup-000003-00."""
    return f"{'-'.join(map(_plain, (context.target, context.predicate, context.base)))}-{seed:06d}-{frame:02d}"


def file_item_name(context: Context, file: Path) -> str:
    """The same for a picture in a file: teapot-pours_into-teacup-my_photo."""
    return f"{'-'.join(map(_plain, (context.target, context.predicate, context.base)))}-{_plain(file.stem)}"


def drawn_items(contexts: Sequence[Context], images: int, frames: int = 1, seed: int = 0) -> list[Item]:
    """`images` scenes of each context, and `frames` of each scene, context by context."""
    return [Item(item_name(context, number, frame), context, number, frame, frames)
            for context in contexts for number in range(seed, seed + images) for frame in range(frames)]


def _plain(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.lower())
