"""Rotations of an object that has a symmetry: how far apart they are, and which of those that look the same stands for them."""

from __future__ import annotations

import math
from dataclasses import replace

import roma
import torch
from torch import Tensor

from lifting.similarity import Similarity
from oor.catalog.category import Symmetry

_FLAT = 1e-6  # a cosine's amplitude below which no turn is better than another


def rotation_error(R: Tensor, R_other: Tensor, symmetry: Symmetry) -> Tensor:
    """(...) the least angle in radians between two rotations (..., 3, 3) of a template, over the turns that leave it as it is."""
    angle: Tensor = roma.rotmat_geodesic_distance(canonical_rotation(R, symmetry, R_other), R_other)
    return angle


def canonical_rotation(R: Tensor, symmetry: Symmetry, reference: Tensor | None = None) -> Tensor:
    """(..., 3, 3) of all rotations `R @ g` that look the same, the one nearest to a reference (the identity unless given).

    For a turn g by an angle about the axis, `trace(reference^T R g)` is a constant and a cosine of the angle; its top is the
    nearest turn. Where the axis is upside down the cosine is flat: there, what is nearest to the reference after a half-turn
    about the next axis stands for all.
    """
    if symmetry.fold == 1:
        return R
    a = "xyz".index(symmetry.axis)
    M = R if reference is None else reference.mT @ R
    upright, inverted = _wave(M, a), _wave(_half_turn((a + 1) % 3).to(M) @ M, a)
    flat = upright.square().sum(dim=-1) < _FLAT**2
    cosine, sine = torch.where(flat[..., None], inverted, upright).unbind(dim=-1)
    angle = torch.atan2(sine, cosine)
    if symmetry.fold > 1:
        step = 2 * math.pi / symmetry.fold
        angle = step * torch.round(angle / step)
    return R @ _about_axis(angle, a)


def canonical(S: Similarity, symmetry: Symmetry) -> Similarity:
    """A registration S_cloud_template with the rotation that stands for all that look the same: the one nearest to none.

    The axis goes through the template's origin, so that nothing else changes.
    """
    return replace(S, R=canonical_rotation(S.R, symmetry))


def turned(points: Tensor, seen: Tensor, symmetry: Symmetry) -> Tensor:
    """(..., n, 3) points of a template, each after the turn of the symmetry that brings it nearest to what is seen of it.

    points, seen: (..., n, 3) in the template's frame. A turn by the difference of their angles about the axis brings them
    nearest; of turns by fixed steps the next one does.
    """
    if symmetry.fold == 1:
        return points.expand_as(seen)
    a = "xyz".index(symmetry.axis)
    b, c = (a + 1) % 3, (a + 2) % 3
    angle = torch.atan2(seen[..., c], seen[..., b]) - torch.atan2(points[..., c], points[..., b])
    if symmetry.fold > 1:
        step = 2 * math.pi / symmetry.fold
        angle = step * torch.round(angle / step)
    out: list[Tensor] = [points[..., a].expand_as(angle)] * 3
    out[b] = points[..., b] * angle.cos() - points[..., c] * angle.sin()
    out[c] = points[..., b] * angle.sin() + points[..., c] * angle.cos()
    return torch.stack(out, dim=-1)


def _wave(M: Tensor, a: int) -> Tensor:
    """(..., 2) the factors of cosine and sine of the angle in the trace of M times a turn about axis a."""
    b, c = (a + 1) % 3, (a + 2) % 3
    return torch.stack([M[..., b, b] + M[..., c, c], M[..., b, c] - M[..., c, b]], dim=-1)


def _half_turn(a: int) -> Tensor:
    signs = -torch.ones(3)
    signs[a] = 1
    return torch.diag(signs)


def _about_axis(angle: Tensor, a: int) -> Tensor:
    """(..., 3, 3) turns by angles (...) about an axis of the template."""
    axis = torch.zeros(3, dtype=angle.dtype, device=angle.device)
    axis[a] = 1
    R: Tensor = roma.rotvec_to_rotmat(angle[..., None] * axis)
    return R
