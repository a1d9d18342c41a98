"""Backends that look at the truth, to measure the other stages alone: the settings of `lifting.oracles`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lifting.oracles import OracleFeatures, OracleSegmenter, OracleStructure
from lifting.templates import Candidate, Rig
from lifting.views import Views
from lifting.world import Scene
from oor.rendering import Camera


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
