"""Masks and features without a download: the descriptor network that is shipped, and a rehearsal of the two categories.

Whose a pixel is, a probe says that has learned it from pictures of both (`lifting.rehearsal`). It looks twice: at the whole
view, and then at a window about each object, where small things are seen as large as those it has learned from.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lifting.descriptor import DescriptorNetwork, load_descriptor
from lifting.features import cut_out, window_about
from lifting.masks import BASE, NOTHING, TARGET, Masks
from lifting.rehearsal import Probe, Rehearsal, rehearse
from lifting.views import Views
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
        """(n, 64, 48, 48) of length 1; zero where a cell is rather background."""
        seen = look(_network(self.weights), rgb)
        return seen.descriptors * (seen.solid[:, None] > 0.5)


@dataclass(frozen=True)
class EmbeddedSegmenter:
    """Masks of the two objects of a context, by what instances of their categories look like."""

    weights: str | None = None
    rehearsal: Rehearsal = field(default_factory=Rehearsal)

    @property
    def identity(self) -> str:
        """A hash of the weights, so that other weights are other settings."""
        return _identity(self.weights)

    def __call__(self, views: Views, context: Context) -> Masks:
        """See `lifting.masks`. ValueError for categories that the catalog does not have, or for one and the same twice."""
        if context.target == context.base:
            raise ValueError(f"which {context.target} is meant cannot be told from what it looks like; ask for two categories")
        size_px, network, probe = views.rgb.shape[1:3], _network(self.weights), _probe(self.weights, context, self.rehearsal)
        seen = look(network, views.rgb)
        sure, solid = _enlarged(probe(seen.whole), size_px), _enlarged(seen.solid, size_px)
        masks = _labels(sure, solid, views.rgb)
        for role in (TARGET, BASE):
            sure, solid = _closer(network, probe, views.rgb, masks == role, sure, solid)
        return _labels(sure, solid, views.rgb)


def _closer(network: DescriptorNetwork, probe: Probe, rgb: NDArray[np.uint8], mask: NDArray[np.bool_], sure: Tensor,
            solid: Tensor) -> tuple[Tensor, Tensor]:
    """What windows about an object (n, H, W) add to how sure the pixels of each view are, and how solid."""
    found = [(i, window) for i, own in enumerate(mask) if (window := window_about(own)) is not None]
    if not found:
        return sure, solid
    seen = look(network, np.stack([cut_out(rgb[i], window, network.config.size_px) for i, window in found]))
    sure, solid = sure.clone(), solid.clone()
    for (i, (row, column, edge)), score, share in zip(found, probe(seen.whole), seen.solid, strict=True):
        top, left = max(row, 0), max(column, 0)
        inside = (slice(top, min(row + edge, rgb.shape[1])), slice(left, min(column + edge, rgb.shape[2])))
        part = (slice(top - row, inside[0].stop - row), slice(left - column, inside[1].stop - column))
        sure[i][inside] += _enlarged(score[None], (edge, edge))[0][part]
        solid[i][inside] = _enlarged(share[None], (edge, edge))[0][part]
    return sure, solid


class Seen(NamedTuple):
    """What the network says of pictures: descriptors (n, 64, h, w) of length 1, probabilities (n, h, w) of no background, and
    all that a probe may use (n, f, h, w)."""

    descriptors: Tensor
    solid: Tensor
    whole: Tensor


def look(network: DescriptorNetwork, rgb: NDArray[np.uint8]) -> Seen:
    """At pictures (n, H, W, 3)."""
    size = network.config.size_px
    parts = []
    with torch.inference_mode():
        for start in range(0, len(rgb), AT_ONCE):
            pictures = torch.from_numpy(rgb[start : start + AT_ONCE]).permute(0, 3, 1, 2).float() / 255
            if pictures.shape[2:] != (size, size):
                pictures = functional.interpolate(pictures, (size, size), mode="bilinear", antialias=True, align_corners=False)
            parts.append(_looked(network, pictures.contiguous(memory_format=torch.channels_last)))
    return Seen(*(torch.cat(part).clone() for part in zip(*parts, strict=True)))


def _looked(network: DescriptorNetwork, pictures: Tensor) -> Seen:
    with torch.autocast(pictures.device.type, torch.bfloat16):
        fine, coarse = network.seen(pictures)
        maps = network.head(fine).float()
    n, f, h, w = maps.shape
    told = network.directions(maps[:, :-1].permute(0, 2, 3, 1).reshape(-1, f - 1)).reshape(n, h, w, f - 1).permute(0, 3, 1, 2)
    coarse = functional.interpolate(coarse.float(), (h, w), mode="bilinear", align_corners=False)
    return Seen(told, maps[:, -1].sigmoid(), torch.cat([fine.float(), coarse, told], dim=1))


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


@lru_cache(16)
def _probe(weights: str | None, context: Context, rehearsal: Rehearsal) -> Probe:
    network = _network(weights)
    return rehearse(lambda rgb: look(network, rgb).whole, context, rehearsal, network.config.size_px)
