"""Pictures as pretrained networks want them, and back. Image processors that need torchvision are not used."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def fitted_size(size: tuple[int, int], longest: int, multiple: int) -> tuple[int, int]:
    """(rows, columns) of a picture of another size whose longer edge becomes `longest`; both are multiples, at least one each."""
    rows, columns = (max(round(longest / max(size) * edge / multiple), 1) * multiple for edge in size)
    return rows, columns


def to_unit(rgb: NDArray[np.uint8], size: tuple[int, int]) -> Tensor:
    """(n, 3, rows, columns) between 0 and 1, of pictures (n, H, W, 3)."""
    pictures = torch.from_numpy(np.ascontiguousarray(rgb)).permute(0, 3, 1, 2).float() / 255
    if pictures.shape[2:] == size:
        return pictures
    return functional.interpolate(pictures, size, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def to_imagenet(rgb: NDArray[np.uint8], size: tuple[int, int]) -> Tensor:
    """(n, 3, rows, columns) normalised by the mean and spread of ImageNet, of pictures (n, H, W, 3)."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    return (to_unit(rgb, size) - mean) / std


def to_rgb(frames: NDArray[np.floating]) -> NDArray[np.uint8]:
    """(..., 3) uint8 of values between 0 and 1."""
    return np.round(np.clip(frames, 0, 1) * 255).astype(np.uint8)
