"""Semantic features: what a pixel shows, in numbers that are alike where two instances of a category correspond."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lifting.masks import BASE, TARGET, Masks
from lifting.structure import Structure

WINDOW = 1.25  # edge of the window about an object, in parts of the object's
LEAST_PX = 12  # an object of fewer pixels gets no window
CUT_PX = 288  # edge of the picture that a window becomes


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


def of_observations(extractor: FeatureExtractor, rgb: NDArray[np.uint8], masks: Masks, structure: Structure,
                    size_px: int = CUT_PX) -> Tensor:
    """(m, f) features of a structure's observations: of each object from windows about it, zero where masks say nothing."""
    view, xy = torch.from_numpy(structure.view).long(), torch.from_numpy(structure.xy)
    height, width = masks.shape[1:]
    column, row = (np.clip(structure.xy[:, i].astype(int), 0, size - 1) for i, size in enumerate((width, height)))
    whose = torch.from_numpy(masks[structure.view, row, column])
    out = torch.zeros(0)
    for label in (TARGET, BASE):
        windows = [window_about(mask == label) for mask in masks]
        for i, window in enumerate(windows):
            mine = torch.nonzero((view == i) & (whose == label))[:, 0]
            if window is None or len(mine) == 0:
                continue
            maps = extractor(cut_out(rgb[i], window, size_px)[None])
            out = maps.new_zeros(len(view), maps.shape[1]) if len(out) == 0 else out
            place = (xy[mine] - torch.tensor([window[1], window[0]])) * (size_px / window[2])
            out[mine] = at_pixels(maps, torch.zeros(len(mine), dtype=torch.long), place, (size_px, size_px))
    return out
