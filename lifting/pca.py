"""Features: fewer numbers each by a principal component analysis of all of them, then one mean for every 3D point.

The paper (section 3.2) has it in this order: PCA of the features of image pixels and of rendered templates together, from 768 to
15 numbers; then the mean of what the pixels of a point say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

WIDTH = 15  # the paper's F'


@dataclass(frozen=True, eq=False)
class Projection:
    """The principal axes of features, the strongest first; each is a unit vector whose largest number is positive."""

    mean: Tensor  # (f,)
    axes: Tensor  # (f, width), orthonormal columns
    variances: Tensor  # (width,), descending: of the features along each axis

    def __call__(self, features: Tensor) -> Tensor:
        """(..., width) of features (..., f)."""
        return (features.to(self.axes) - self.mean) @ self.axes


class Moments:
    """The mean and covariance of features that come in chunks: O(f^2) memory, however many there are.

    Chunks are centred on the mean of the first and multiplied in `precision`, then added in float64. bfloat16 rounds what a chunk
    adds to 1 part in 256, which does not matter among many chunks. The result does not depend on the features' offset.
    """

    def __init__(self, precision: torch.dtype = torch.float32) -> None:
        self.precision = precision
        self.count = 0
        self._origin = self._sum = self._gram = torch.zeros(0)

    def add(self, features: Tensor) -> None:
        """Features (n, f). ValueError when they are of another width than before, or not finite."""
        if features.ndim != 2 or (self.count > 0 and features.shape[1] != len(self._sum)):
            known = f"(n, {len(self._sum)}) like those before" if self.count > 0 else "(n, f)"
            raise ValueError(f"Features must be {known}, got {tuple(features.shape)}; extract all of them with one network.")
        if len(features) == 0:
            return
        if self.count == 0:
            self._origin = features.float().mean(dim=0)
            self._sum = torch.zeros_like(self._origin, dtype=torch.float64)
            self._gram = self._sum.new_zeros(len(self._sum), len(self._sum))
        centred = features.float() - self._origin
        total = centred.sum(dim=0, dtype=torch.float64)
        if not torch.isfinite(total).all():
            raise ValueError("Features contain NaN or infinity; drop these rows or fix what produced them.")
        rounded = centred.to(self.precision)
        self._sum += total
        self._gram += (rounded.mT @ rounded).double()
        self.count += len(features)

    def projection(self, width: int = WIDTH) -> Projection:
        """Onto the `width` strongest axes. ValueError for fewer than two features, or fewer numbers each than asked for."""
        if self.count < 2:
            raise ValueError(f"Principal axes need two features or more, got {self.count}.")
        if not 1 <= width <= len(self._sum):
            raise ValueError(f"Features of {len(self._sum)} numbers have no {width} principal axes; ask for 1 to that many.")
        middle = self._sum / self.count
        covariance = self._gram / self.count - torch.outer(middle, middle)
        values, vectors = torch.linalg.eigh(covariance.float())
        axes = vectors[:, -width:].flip(1)
        largest = axes.gather(0, axes.abs().argmax(dim=0, keepdim=True))
        variances = values[-width:].flip(0).clamp_min(0)
        return Projection((self._origin + middle).float(), axes * largest.sign(), variances)


def joint_projection(
    chunks: Iterable[Tensor], width: int = WIDTH, *, precision: torch.dtype = torch.float32, rows: int = 16384
) -> Projection:
    """One projection for features from several places: images, views of a template. chunks: (n, f) each, on one device.

    rows: how many are multiplied at a time. ValueError as `Moments` has it.
    """
    moments = Moments(precision)
    for chunk in chunks:
        for part in chunk.split(rows):
            moments.add(part)
    return moments.projection(width)


def mean_by_point(features: Tensor, point: Tensor, count: int) -> Tensor:
    """(count, k) means of features (n, k) that belong to points (n,), 0 to count - 1; zero for a point that has none.

    Observations add up in float64, so that their order does not show. ValueError for an index that is no point's.
    """
    if features.shape[:1] != point.shape or features.ndim != 2:
        raise ValueError(f"Every feature belongs to one point, got {tuple(features.shape)} for points {tuple(point.shape)}.")
    if len(point) > 0 and not 0 <= int(point.min()) <= int(point.max()) < count:
        raise ValueError(f"Points are 0 to {count - 1}, got {int(point.min())} to {int(point.max())}.")
    total = features.new_zeros(count, features.shape[1], dtype=torch.float64).index_add_(0, point, features.double())
    seen = torch.bincount(point, minlength=count).clamp_min(1)
    return (total / seen[:, None]).to(features.dtype)
