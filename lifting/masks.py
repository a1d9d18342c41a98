"""Masks: which pixels of a view are the target's, which the base's; and which of the two each point in space belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lifting.structure import Structure
from lifting.views import Views
from oor.catalog.contexts import Context
from oor.rendering import write_png

Masks = NDArray[np.uint8]  # (n, H, W) one of NOTHING, TARGET, BASE
NOTHING, TARGET, BASE = 0, 1, 2
LEAST_SHARE = 0.6  # of a point's observations that must agree on whose it is


class Segmenter(Protocol):
    """Finds the two objects of a context in its views."""

    def __call__(self, views: Views, context: Context) -> Masks: ...


def whose(structure: Structure, masks: Masks, least: float = LEAST_SHARE) -> NDArray[np.uint8]:
    """(p,) whom each point belongs to by the majority of its observations; NOTHING where they do not agree.

    least: the share of a point's observations that must say the same.
    """
    height, width = masks.shape[1:]
    column, row = (np.clip(structure.xy[:, i].astype(int), 0, size - 1) for i, size in enumerate((width, height)))
    said = masks[structure.view, row, column]
    votes = np.stack([np.bincount(structure.point[said == label], minlength=len(structure.points)) for label in range(3)], axis=1)
    winner = votes.argmax(axis=1)
    agreed = votes.max(axis=1) >= least * np.maximum(votes.sum(axis=1), 1)
    return np.where(agreed, winner, NOTHING).astype(np.uint8)


def write_masks(folder: Path, masks: Masks) -> None:
    """`00.png` and on: 0, 127 and 255 for nothing, target and base."""
    for i, mask in enumerate(masks):
        write_png(folder / f"{i:02d}.png", np.repeat((mask.astype(np.uint16) * 255 // 2).astype(np.uint8)[..., None], 3, axis=2))


def read_masks(folder: Path) -> Masks:
    """The masks that `write_masks` wrote, or others in the same grey values."""
    found = []
    for file in sorted(folder.glob("[0-9]*.png")):
        with Image.open(file) as image:
            found.append(np.round(np.asarray(image.convert("L")) / 127.5).astype(np.uint8))
    if not found:
        raise ValueError(f"{folder} holds no masks; make them again")
    return np.stack(found)
