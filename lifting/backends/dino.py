"""DINO as a feature extractor: what the paper chooses templates by [7, 42], and half of what it registers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lifting.backends.hub import Hardware, fetched, identity_of, on_desk
from lifting.backends.pixels import fitted_size, to_imagenet

AT_ONCE = 4  # pictures that go through the network together


@dataclass(frozen=True)
class DinoFeatures:
    """Patch tokens of DINOv2, with registers or without, or of DINOv3 (transformers), each of length 1.

    model: a hub id or a folder. size_px: the picture's longer edge, rounded to whole patches.
    """

    model: str = "facebook/dinov2-with-registers-base"
    revision: str | None = None
    size_px: int = 560
    hardware: Hardware = field(default_factory=Hardware)

    def __post_init__(self) -> None:
        if self.size_px < 14:
            raise ValueError(f"size_px={self.size_px} is smaller than a patch; give 14 or more")

    @property
    def models(self) -> tuple[str, ...]:
        """The pretrained models that it needs."""
        return (self.model,)

    @property
    def identity(self) -> str:
        """Which weights they are."""
        return identity_of(self.model, self.revision)

    def __call__(self, rgb: NDArray[np.uint8]) -> Tensor:
        """(n, f, rows, columns): 768 numbers for each patch of the base models."""
        network = on_desk(self, lambda: load_dino(self.model, self.revision, self.hardware))
        return dino_maps(network, rgb, self.size_px)


def load_dino(model: str, revision: str | None, hardware: Hardware) -> Any:
    """The network. ValueError for a model that is not there, or has no patches."""
    from transformers import AutoModel

    def load() -> Any:
        return AutoModel.from_pretrained(model, revision=revision, dtype=hardware.number).to(hardware.place).eval()

    network = fetched(model, load)
    if not isinstance(getattr(network.config, "patch_size", None), int):
        raise ValueError(f"{model} gives no features of patches; choose a DINOv2 or DINOv3, such as {DinoFeatures.model}")
    return network


def dino_maps(network: Any, rgb: NDArray[np.uint8], size_px: int) -> Tensor:
    """(n, f, rows, columns) float32 on the CPU, of length 1 in each cell; pictures (n, H, W, 3)."""
    size = fitted_size((rgb.shape[1], rgb.shape[2]), size_px, network.config.patch_size)
    rows, columns = (edge // network.config.patch_size for edge in size)
    maps = []
    for start in range(0, len(rgb), AT_ONCE):
        pixels = to_imagenet(rgb[start : start + AT_ONCE], size).to(network.device, network.dtype)
        with torch.inference_mode():
            tokens = network(pixel_values=pixels).last_hidden_state[:, -rows * columns :]  # after the class and the registers
        maps.append(tokens.float().cpu().mT.reshape(len(tokens), -1, rows, columns))
    return functional.normalize(torch.cat(maps), dim=1).clone()
