"""Backends that look at the truth, to measure the other stages alone: the settings of `lifting.oracles`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lifting.features import at_pixels
from lifting.oracles import OracleFeatures, OracleSegmenter, OracleStructure
from lifting.structure import Structure
from lifting.templates import Candidate, Rig
from lifting.views import Views
from lifting.world import Scene
from oor.rendering import Camera


def observed(oracle: OracleFeatures, views: Views, structure: Structure) -> Tensor:
    """(m, f) the features of a structure's observations. An oracle knows whole views only, no windows of them."""
    view, xy = torch.from_numpy(structure.view).long(), torch.from_numpy(structure.xy)
    size_px = (views.rgb.shape[2], views.rgb.shape[1])
    rows, parts = [], []
    for i in range(len(views.rgb)):
        rows.append(torch.nonzero(view == i)[:, 0])
        parts.append(at_pixels(oracle(views.rgb[i : i + 1]), torch.zeros(len(rows[-1]), dtype=torch.long), xy[rows[-1]], size_px))
    features = torch.cat(parts)
    return torch.zeros_like(features).index_copy_(0, torch.cat(rows), features)


@dataclass(frozen=True)
class KnownStructure:
    """Structure from true depth. points: of each view. noise, jitter_px, strays: what is wrong with it."""

    points: int = 150
    noise: float = 0.001
    jitter_px: float = 0.5
    strays: float = 0.03

    def knowing(self, views: Views, scene: Scene, cameras: Sequence[Camera]) -> OracleStructure:
        """The stage for one item."""
        return OracleStructure(scene, cameras, **asdict(self))


@dataclass(frozen=True)
class KnownMasks:
    """Masks from true renders."""

    def knowing(self, views: Views, scene: Scene, cameras: Sequence[Camera]) -> OracleSegmenter:
        """The stage for one item."""
        return OracleSegmenter(scene, cameras)


@dataclass(frozen=True)
class KnownFeatures:
    """Features that say where on its object a pixel is."""

    def knowing(self, views: Views, scene: Scene, cameras: Sequence[Camera]) -> OracleFeatures:
        """The stage for one item."""
        oracle = OracleFeatures()
        oracle.introduce(views, scene, cameras)
        return oracle

    def of_candidate(self, candidate: Candidate, category: str, rig: Rig) -> OracleFeatures:
        """What knows the renders of one template."""
        oracle = OracleFeatures()
        oracle.introduce_candidate(candidate, category, rig)
        return oracle

    def __call__(self, rgb: NDArray[np.uint8]) -> Tensor:
        """An extractor like others, but that it knows no picture."""
        return OracleFeatures()(rgb)
