"""Semantic features: what a pixel shows, in numbers that are alike where two instances of a category correspond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lifting.masks import Masks
from lifting.structure import Structure

WINDOW = 1.25  # edge of the window about an object, in parts of the object's
LEAST_PX = 12  # an object of fewer pixels gets no window
CUT_PX = 288  # edge of the picture that a window becomes
AT_ONCE = 4  # pictures that are looked at together


class FeatureExtractor(Protocol):
    """Features of pictures (n, H, W, 3) uint8 before white: maps (n, f, h, w) float32 of the same frame, mostly coarser."""

    def __call__(self, rgb: NDArray[np.uint8]) -> Tensor: ...


def at_pixels(maps: Tensor, view: Tensor, xy: Tensor, size_px: tuple[int, int]) -> Tensor:
    """(m, f) features at pixels (m, 2) of views (m,), between the cells of maps (n, f, h, w) of pictures (width, height)."""
    out = maps.new_zeros(len(view), maps.shape[1])
    scale = 2.0 / torch.tensor(size_px, dtype=maps.dtype)
    for i in view.unique().tolist():
        mine = torch.nonzero(view == i)[:, 0]
        grid = (xy[mine].to(maps) * scale - 1.0)[None, None]
        found = torch.nn.functional.grid_sample(maps[i : i + 1], grid, align_corners=False, padding_mode="border")
        out[mine] = found[0, :, 0].T
    return out


Window = tuple[int, int, int]  # first row, first column, edge: a square of pixels that may reach beyond the picture


def window_about(mask: NDArray[np.bool_], edge: float = WINDOW) -> Window | None:
    """The square about a mask (H, W), `edge` times as large as what it holds; None for fewer than LEAST_PX pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if np.count_nonzero(mask) < LEAST_PX:
        return None
    size = int(np.ceil(edge * max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)))
    return int((rows[0] + rows[-1] + 1 - size) // 2), int((columns[0] + columns[-1] + 1 - size) // 2), size


def cut_out(rgb: NDArray[np.uint8], window: Window, size_px: int) -> NDArray[np.uint8]:
    """(size_px, size_px, 3) what a window shows of a picture (H, W, 3), and white beyond it."""
    row, column, edge = window
    out = np.full((edge, edge, 3), 255, np.uint8)
    top, left = max(row, 0), max(column, 0)
    seen = rgb[top : row + edge, left : column + edge]
    out[top - row : top - row + seen.shape[0], left - column : left - column + seen.shape[1]] = seen
    how = Image.Resampling.BOX if edge >= size_px else Image.Resampling.BICUBIC
    return np.array(Image.fromarray(out).resize((size_px, size_px), how))


@dataclass(frozen=True, eq=False)
class Closeups:
    """What windows about an object show, in those views that show it at all."""

    view: NDArray[np.int64]  # (k,)
    windows: tuple[Window, ...]  # k
    rgb: NDArray[np.uint8]  # (k, s, s, 3)
    mask: NDArray[np.bool_]  # (k, s, s) where the object is

    @staticmethod
    def of(rgb: NDArray[np.uint8], mask: NDArray[np.bool_], size_px: int = CUT_PX) -> Closeups:
        """Of an object in views (n, H, W, 3), masks (n, H, W)."""
        found = [(i, window) for i, own in enumerate(mask) if (window := window_about(own)) is not None]
        cut = [cut_out(rgb[i], window, size_px) for i, window in found]
        own = [cut_out(np.where(mask[i][..., None], np.uint8(0), np.uint8(255)), window, size_px)[..., 0] < 128
               for i, window in found]
        return Closeups(np.array([i for i, _ in found], int), tuple(window for _, window in found),
                        np.reshape(cut, (-1, size_px, size_px, 3)).astype(np.uint8), np.reshape(own, (-1, size_px, size_px)))


def of_observations(extractor: FeatureExtractor, structure: Structure, masks: Masks, closeups: Mapping[int, Closeups]) -> Tensor:
    """(m, f) features of a structure's observations, from close-ups by label; zero where masks (n, H, W) name no label.

    ValueError where there are no close-ups at all.
    """
    view, xy = torch.from_numpy(structure.view).long(), torch.from_numpy(structure.xy)
    height, width = masks.shape[1:]
    column, row = (np.clip(structure.xy[:, i].astype(int), 0, size - 1) for i, size in enumerate((width, height)))
    whose = torch.from_numpy(masks[structure.view, row, column])
    out: Tensor | None = None
    for label, near in closeups.items():
        size_px = near.rgb.shape[1]
        for start in range(0, len(near.view), AT_ONCE):
            maps = extractor(near.rgb[start : start + AT_ONCE])
            out = maps.new_zeros(len(view), maps.shape[1]) if out is None else out
            for i, (row_0, column_0, edge) in enumerate(near.windows[start : start + AT_ONCE]):
                mine = torch.nonzero((view == int(near.view[start + i])) & (whose == label))[:, 0]
                place = (xy[mine] - torch.tensor([column_0, row_0])) * (size_px / edge)
                out[mine] = at_pixels(maps[i : i + 1], torch.zeros_like(mine), place, (size_px, size_px))
    if out is None:
        raise ValueError("no view shows an object, so there is nothing to look at")
    return out
