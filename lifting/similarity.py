"""Similarities: a rotation, a translation and one scale. How to fit them to pairs of points, and how well pairs tell them.

The paper's Eq. 4: `x_cloud = scale * R @ x_template + t`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import roma
import torch
from torch import Tensor

Reason = Literal[
    "too few points", "not finite", "no pairs", "collinear", "no consensus", "rotation undetermined", "scale undetermined",
    "no overlap",
]  # fmt: skip
PRECISION = 1e-3  # in lengths of the template: no pair of points is trusted to be better than that


class RefusalError(ValueError):
    """Points that tell no similarity. `reason` is what a program asks for, the sentence is for people."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Similarity:
    """S_a_b maps points of b to a: `x_a = scale * R @ x_b + t`, so that neighbours cancel in `S_a_b @ S_b_c`.

    Fields share leading batch dimensions (broadcasting is allowed), dtype and device.
    """

    R: Tensor  # (..., 3, 3) rotation
    t: Tensor  # (..., 3) in units of a
    scale: Tensor  # (...) > 0

    @staticmethod
    def identity(dtype: torch.dtype = torch.float64) -> Similarity:
        """What moves nothing."""
        return Similarity(torch.eye(3, dtype=dtype), torch.zeros(3, dtype=dtype), torch.ones((), dtype=dtype))

    def __call__(self, points: Tensor) -> Tensor:
        """Points (..., n, 3) of b, in a."""
        return self.scale[..., None, None] * points @ self.R.mT + self.t[..., None, :]

    def __matmul__(self, other: Similarity) -> Similarity:
        """S_a_c of S_a_b and S_b_c: first the other, then this one."""
        t = self.scale[..., None] * (self.R @ other.t[..., None])[..., 0] + self.t
        return Similarity(self.R @ other.R, t, self.scale * other.scale)

    def inverse(self) -> Similarity:
        """S_b_a."""
        back = (self.R.mT @ self.t[..., None])[..., 0]
        return Similarity(self.R.mT, -back / self.scale[..., None], 1 / self.scale)

    def __getitem__(self, index: int | Tensor) -> Similarity:
        """Some of a batch."""
        return Similarity(self.R[index], self.t[index], self.scale[index])

    @cached_property
    def matrix(self) -> Tensor:
        """(..., 4, 4), for homogeneous points. It is no T: it has a scale inside."""
        top = torch.cat([self.scale[..., None, None] * self.R, self.t[..., None]], dim=-1)
        bottom = top.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(*top.shape[:-2], 1, 4)
        return torch.cat([top, bottom], dim=-2)


def umeyama(source: Tensor, destination: Tensor, weights: Tensor | None = None, *, scaled: bool = True) -> Similarity:
    """The similarity that brings points (..., n, 3) to others with the least sum of (weighted) squared distances.

    S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns", TPAMI 1991, Eqs. 40 to 42.
    Never a reflection. weights: (..., n), not negative. scaled: False for scale 1. Batched, and differentiable in everything.
    Points on a line leave the turn about it open, and points in one place leave all of it (NaN): who cannot exclude that asks
    `doubt`.
    """
    if source.shape != destination.shape or source.shape[-1:] != (3,):
        raise ValueError(f"Points that are paired must both be (..., n, 3), got {tuple(source.shape)} and "
                         f"{tuple(destination.shape)}.")
    share = torch.ones_like(source[..., 0]) if weights is None else weights
    share = (share / share.sum(dim=-1, keepdim=True))[..., None]
    middle, aim = (share * source).sum(dim=-2, keepdim=True), (share * destination).sum(dim=-2, keepdim=True)
    x, y = source - middle, destination - aim
    M = (share * y).mT @ x
    R = _nearest_rotation(M)
    scale = torch.ones_like(M[..., 0, 0])
    if scaled:
        scale = (R * M).sum(dim=(-2, -1)) / (share * x * x).sum(dim=(-2, -1))
    t = aim - scale[..., None, None] * middle @ R.mT
    return Similarity(R, t[..., 0, :], scale)


def _nearest_rotation(M: Tensor) -> Tensor:
    """The rotation R with the largest trace of `R^T M`. Roma knows its gradient where singular values are equal, too."""
    if M.requires_grad:
        R: Tensor = roma.special_procrustes(M)
        return R
    U, _, Vh = torch.linalg.svd(M)
    turned = torch.where(torch.linalg.det(U) * torch.linalg.det(Vh) < 0, -1.0, 1.0).to(M.dtype)
    last = torch.stack([torch.ones_like(turned), torch.ones_like(turned), turned], dim=-1)
    return (U * last[..., None, :]) @ Vh


def triangle_similarity(source: Tensor, destination: Tensor) -> Similarity:
    """The similarity between triangles (..., 3, 3), corners in rows: their frames, circumferences and middles. No SVD.

    For triangles of one shape it is exact, for others a guess that costs little. NaN where a triangle is a line.
    """
    R = _frames(destination) @ _frames(source).mT
    scale = _circumference(destination) / _circumference(source)
    t = destination.mean(dim=-2) - scale[..., None] * (R @ source.mean(dim=-2)[..., None])[..., 0]
    return Similarity(R, t, scale)


def _frames(triangle: Tensor) -> Tensor:
    """(..., 3, 3) rotations whose columns are the first edge's direction, across it in the plane, and the normal."""
    first, second = triangle[..., 1, :] - triangle[..., 0, :], triangle[..., 2, :] - triangle[..., 0, :]
    x = first / torch.linalg.vector_norm(first, dim=-1, keepdim=True)
    normal = torch.linalg.cross(x, second)
    z = normal / torch.linalg.vector_norm(normal, dim=-1, keepdim=True)
    return torch.stack([x, torch.linalg.cross(z, x), z], dim=-1)


def _circumference(triangle: Tensor) -> Tensor:
    return torch.linalg.vector_norm(triangle - triangle.roll(1, dims=-2), dim=-1).sum(dim=-1)


@dataclass(frozen=True)
class Doubt:
    """Standard errors of a fit: of the turn about its least certain axis, in radians, and of the scale, as a share of it."""

    rotation: float
    scale: float


def doubt(source: Tensor, residual: float) -> Doubt:
    """How far off Umeyama's fit to n pairs is to be expected, whose source points are (n, 3), in units of the template.

    residual: root mean square distance that is left, in the same units; less than PRECISION counts as that. For errors of sigma
    along each axis that know nothing of each other, and points that spread by l1 >= l2 >= l3 along their principal axes, the
    turn about the first axis errs by `sigma / sqrt(n (l2^2 + l3^2))` and the scale by `sigma / sqrt(n (l1^2 + l2^2 + l3^2))`.
    Infinite for points on a line, or in one place.
    """
    sigma = max(residual, PRECISION) / math.sqrt(3)
    centred = (source - source.mean(dim=0)).double()
    first, *others = sorted((max(float(v), 0.0) for v in torch.linalg.eigvalsh(centred.mT @ centred)), reverse=True)
    across = sum(others)
    return Doubt(
        sigma / math.sqrt(across) if across > 1e-12 * first else math.inf,
        sigma / math.sqrt(first + across) if first > 0 else math.inf,
    )
