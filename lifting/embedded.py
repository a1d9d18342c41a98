"""Masks and features without a download: the descriptor network that is shipped, and templates that say what to look for.

A pixel is the target's if its descriptor is more like the target's template than like the base's. The network looks twice: at the
whole view, and then at a window about each object, where small things are seen as large as those it has learned from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lifting.descriptor import DescriptorNetwork, load_descriptor
from lifting.features import FeatureExtractor, cut_out, window_about
from lifting.masks import BASE, NOTHING, TARGET, Masks
from lifting.templates import Rig, candidates, describe
from lifting.views import Views
from oor.catalog.category import categories
from oor.catalog.contexts import Context

WEIGHTS = Path(__file__).parent / "weights" / "descriptor.safetensors"
AT_ONCE = 7  # pictures that go through the network together
BLANK = 6  # how far a pixel of the white background may be from white


@dataclass(frozen=True)
class EmbeddedFeatures:
    """Descriptors of the shipped network, or of another file that `python -m oor.train recipe=descriptor` wrote."""

    weights: str | None = None

    @property
    def identity(self) -> str:
        """A hash of the weights, so that other weights are other settings."""
        return _identity(self.weights)

    def __call__(self, rgb: NDArray[np.uint8]) -> Tensor:
        """(n, 64, 48, 48) of length 1, times how sure it is that a cell is no background."""
        maps, solid = look(_network(self.weights), rgb)
        return maps * (solid[:, None] > 0.5)


@dataclass(frozen=True)
class EmbeddedSegmenter:
    """Masks of the two objects of a context, by what their categories' typical templates look like."""

    weights: str | None = None
    shapes: int = 2  # templates of each category that it compares with

    @property
    def identity(self) -> str:
        """A hash of the weights, so that other weights are other settings."""
        return _identity(self.weights)

    def __call__(self, views: Views, context: Context) -> Masks:
        """See `lifting.masks`. ValueError for categories that the catalog does not have, or for one and the same twice."""
        if context.target == context.base:
            raise ValueError(f"which {context.target} is meant cannot be told from what it looks like; ask for two categories")
        network = _network(self.weights)
        known = [_template(self.weights, name, self.shapes) for name in (context.target, context.base)]
        score, solid = _scores(network, views.rgb, known)
        sure = _enlarged(score, views.rgb.shape[1:3])
        solid = _enlarged(solid, views.rgb.shape[1:3])
        masks = _labels(sure, solid, views.rgb)
        for role in (TARGET, BASE):
            sure, solid = self._closer(network, views.rgb, masks, role, known, sure, solid)
        return _labels(sure, solid, views.rgb)

    def _closer(self, network: DescriptorNetwork, rgb: NDArray[np.uint8], masks: Masks, role: int, known: Sequence[Tensor],
                sure: Tensor, solid: Tensor) -> tuple[Tensor, Tensor]:
        """What windows about an object add to how sure the pixels of each view are."""
        windows = [window_about(mask == role) for mask in masks]
        near = [i for i, window in enumerate(windows) if window is not None]
        if not near:
            return sure, solid
        cut = np.stack([cut_out(rgb[i], window, network.config.size_px) for i in near if (window := windows[i]) is not None])
        closer, solidity = _scores(network, cut, known)
        sure, solid = sure.clone(), solid.clone()
        for i, score, share in zip(near, closer, solidity, strict=True):
            window = windows[i]
            assert window is not None
            row, column, edge = window
            top, left = max(row, 0), max(column, 0)
            inside = (slice(top, min(row + edge, rgb.shape[1])), slice(left, min(column + edge, rgb.shape[2])))
            part = (slice(top - row, inside[0].stop - row), slice(left - column, inside[1].stop - column))
            sure[i][inside] += _enlarged(score[None], (edge, edge))[0][part]
            solid[i][inside] = _enlarged(share[None], (edge, edge))[0][part]
        return sure, solid


def look(network: DescriptorNetwork, rgb: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Descriptors (n, 64, h, w) of length 1 and probabilities (n, h, w) of no background, of pictures (n, H, W, 3)."""
    size = network.config.size_px
    maps = []
    with torch.inference_mode():
        for start in range(0, len(rgb), AT_ONCE):
            pictures = torch.from_numpy(rgb[start : start + AT_ONCE]).permute(0, 3, 1, 2).float() / 255
            if pictures.shape[2:] != (size, size):
                pictures = functional.interpolate(pictures, (size, size), mode="bilinear", antialias=True, align_corners=False)
            maps.append(network(pictures))
        both = torch.cat(maps)
        n, f, h, w = both.shape
        told = network.directions(both[:, :-1].permute(0, 2, 3, 1).reshape(-1, f - 1)).reshape(n, h, w, f - 1)
    return told.permute(0, 3, 1, 2).clone(), both[:, -1].sigmoid().clone()


def _scores(network: DescriptorNetwork, rgb: NDArray[np.uint8], known: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """(n, h, w) by how much cells look more like the first template than like the second, and how solid they are."""
    descriptors, solid = look(network, rgb)
    n, f, h, w = descriptors.shape
    cells, sharpness = descriptors.permute(0, 2, 3, 1).reshape(-1, f), float(network.sharpness.detach().exp())
    alike = []
    for template in known:
        parts = [torch.logsumexp(sharpness * (rows @ template.mT), dim=1) for rows in cells.split(8192)]
        alike.append(torch.cat(parts) - np.log(len(template)))
    return (alike[0] - alike[1]).reshape(n, h, w), solid


def _labels(sure: Tensor, solid: Tensor, rgb: NDArray[np.uint8]) -> Masks:
    """Masks (n, H, W) of how sure pixels are the target's, and how solid."""
    shown = (solid.numpy() > 0.5) & (rgb.min(axis=3) < 255 - BLANK)
    return np.where(shown, np.where(sure.numpy() > 0, TARGET, BASE), NOTHING).astype(np.uint8)


def _enlarged(cells: Tensor, size: tuple[int, int]) -> Tensor:
    return functional.interpolate(cells[:, None], size, mode="bilinear", align_corners=False)[:, 0]


@cache
def _identity(weights: str | None) -> str:
    path = Path(weights) if weights else WEIGHTS
    if not path.is_file():
        what = f"there is no file {path}" if weights else "no weights for masks and features are shipped yet"
        raise ValueError(f"{what}; `python -m oor.train recipe=descriptor out=runs/descriptor` makes some, which masks.weights= "
                         "and features.weights= take, and masks=oracle features=oracle measure the other stages")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@cache
def _network(weights: str | None) -> DescriptorNetwork:
    return load_descriptor(Path(weights) if weights else WEIGHTS)


@cache
def _template(weights: str | None, category: str, shapes: int) -> Tensor:
    """(p, f) descriptors of length 1 of points on a category's templates."""
    extractor: FeatureExtractor = EmbeddedFeatures(weights)
    pool = candidates(categories()[category], shapes)
    found = [describe(candidate, extractor, Rig(points=800)).surface.features for candidate in pool]
    return functional.normalize(torch.cat(found), dim=1)
