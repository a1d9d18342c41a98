"""Semantic features: what a pixel shows, in numbers that are alike where two instances of a category correspond."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lifting.structure import Structure


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


def of_observations(extractor: FeatureExtractor, rgb: NDArray[np.uint8], structure: Structure, at_once: int = 4) -> Tensor:
    """(m, f) the feature of each observation of a structure; `at_once` views are looked at together."""
    parts = []
    where = torch.zeros(0, dtype=torch.long)
    view, xy = torch.from_numpy(structure.view).long(), torch.from_numpy(structure.xy)
    for start in range(0, len(rgb), at_once):
        mine = torch.nonzero((view >= start) & (view < start + at_once))[:, 0]
        maps = extractor(rgb[start : start + at_once])
        parts.append(at_pixels(maps, view[mine] - start, xy[mine], (rgb.shape[2], rgb.shape[1])))
        where = torch.cat([where, mine])
    features = torch.cat(parts)
    return torch.zeros_like(features).index_copy_(0, where, features)
