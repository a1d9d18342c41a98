"""A relation between two objects and its 15 numbers. No other file knows their order, or the gauge.

The vector is `(..., 15)`: rot6d (first two columns of R) | t | scale_target | scale_base.
Lengths are in units of the base's longest edge, so `max(scale_base) == 1`: that choice of unit is the gauge.
"""

from __future__ import annotations

from dataclasses import dataclass

import roma
import torch
from torch import Tensor

WIDTH = 15
NUMBERS = (
    "r_xx", "r_yx", "r_zx", "r_xy", "r_yy", "r_zy",  # r_yx: how far the target's x axis points along the base's y
    "t_x", "t_y", "t_z",
    "target_x", "target_y", "target_z",
    "base_x", "base_y", "base_z",
)  # fmt: skip
ROT6D, T, SCALE_TARGET, SCALE_BASE = slice(0, 6), slice(6, 9), slice(9, 12), slice(12, 15)


@dataclass(frozen=True, eq=False)
class Relation:
    """Pose and box scales of a target object seen from a base object (paper, Eq. 1).

    A scale is the three edge lengths of an object's box along its own axes. All fields share leading batch
    dimensions (broadcasting is allowed), dtype and device.
    """

    R_base_target: Tensor  # (..., 3, 3) rotation
    t_base_target: Tensor  # (..., 3) centre of the target's box in the base's frame
    scale_target: Tensor  # (..., 3) > 0
    scale_base: Tensor  # (..., 3) > 0

    def __post_init__(self) -> None:
        if self.R_base_target.shape[-2:] != (3, 3):
            raise ValueError(f"R_base_target must be (..., 3, 3), got {tuple(self.R_base_target.shape)}.")
        for name in ("t_base_target", "scale_target", "scale_base"):
            shape = getattr(self, name).shape
            if shape[-1:] != (3,):
                raise ValueError(f"{name} must be (..., 3), got {tuple(shape)}.")

    @property
    def batch_shape(self) -> torch.Size:
        """The leading dimensions, broadcast over the four fields."""
        vectors = (self.t_base_target, self.scale_target, self.scale_base)
        return torch.broadcast_shapes(self.R_base_target.shape[:-2], *(v.shape[:-1] for v in vectors))


def pack(relation: Relation) -> Tensor:
    """The relation as one vector `(..., 15)`: rot6d | t | scale_target | scale_base."""
    parts = (matrix_to_columns_6d(relation.R_base_target), relation.t_base_target, relation.scale_target,
             relation.scale_base)
    return torch.cat([part.expand(*relation.batch_shape, part.shape[-1]) for part in parts], dim=-1)


def unpack(vector: Tensor, *, validate: bool = True) -> Relation:
    """The relation of a vector `(..., 15)`; the rotation is orthonormalised by Gram-Schmidt.

    Raises ValueError when the width is not 15, a number is not finite, a scale is not positive, or the two columns
    are parallel. `validate=False` skips all but the width: for the inside of samplers, where a denoiser's guess may
    leave the valid set for a while and the check would synchronise the device.
    """
    if vector.shape[-1:] != (WIDTH,):
        raise ValueError(f"A relation vector has {WIDTH} numbers in its last dimension, got {tuple(vector.shape)}.")
    if validate:
        _refuse_invalid(vector)
    R = columns_6d_to_matrix(vector[..., ROT6D])
    return Relation(R, vector[..., T], vector[..., SCALE_TARGET], vector[..., SCALE_BASE])


def _refuse_invalid(vector: Tensor) -> None:
    rows = vector.detach().reshape(-1, WIDTH)
    first, second = rows[:, :3], rows[:, 3:6]
    area = torch.linalg.vector_norm(torch.linalg.cross(first, second), dim=-1)
    lengths = torch.linalg.vector_norm(first, dim=-1) * torch.linalg.vector_norm(second, dim=-1)
    problems = (
        ("contains NaN or infinity", ~torch.isfinite(rows).all(dim=-1)),
        ("has a scale_target that is not > 0", (rows[:, SCALE_TARGET] <= 0).any(dim=-1)),
        ("has a scale_base that is not > 0", (rows[:, SCALE_BASE] <= 0).any(dim=-1)),
        ("has two parallel (or zero) rotation columns", area <= 1e-6 * lengths),
    )
    for problem, bad in problems:
        if bad.any():
            row = int(bad.nonzero()[0])
            raise ValueError(f"Relation vector {row} of {len(rows)} {problem}: {rows[row].tolist()}; "
                             "drop it or fix what produced it.")


def gauge(relation: Relation) -> Relation:
    """The same relation in units of the base's longest edge: `max(scale_base) == 1`. Idempotent."""
    unit = relation.scale_base.amax(dim=-1, keepdim=True)
    return Relation(relation.R_base_target, relation.t_base_target / unit, relation.scale_target / unit,
                    relation.scale_base / unit)


def target_to_base(relation: Relation, points_normalised: Tensor) -> Tensor:
    """Eq. 2: points `(..., n, 3)` of the target's unit cube, in the base's frame: `R (scale_target * x) + t`."""
    scaled = relation.scale_target[..., None, :] * points_normalised
    return scaled @ relation.R_base_target.mT + relation.t_base_target[..., None, :]


def base_points(relation: Relation, points_normalised: Tensor) -> Tensor:
    """Eq. 3: points `(..., n, 3)` of the base's unit cube, in the base's frame: `scale_base * x`."""
    return relation.scale_base[..., None, :] * points_normalised


def T_base_target(relation: Relation) -> Tensor:  # noqa: N802
    """The rigid transform `(..., 4, 4)` from the target's frame to the base's. Scales are not in it."""
    batch = relation.batch_shape
    R, t = relation.R_base_target.expand(*batch, 3, 3), relation.t_base_target.expand(*batch, 3)
    last_row = R.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(*batch, 1, 4)
    return torch.cat([torch.cat([R, t[..., None]], dim=-1), last_row], dim=-2)


def relation_from_world(T_world_base: Tensor, scale_base: Tensor, T_world_target: Tensor,
                        scale_target: Tensor) -> Relation:
    """The gauged relation of two boxes placed in a world: rigid transforms `(..., 4, 4)`, scales `(..., 3)`.

    Moving, turning or uniformly scaling the world changes nothing.
    """
    R_base_world = T_world_base[..., :3, :3].mT
    R = R_base_world @ T_world_target[..., :3, :3]
    offset = T_world_target[..., :3, 3] - T_world_base[..., :3, 3]
    return gauge(Relation(R, _rotate(R_base_world, offset), scale_target, scale_base))


def compose(outer: Relation, inner: Relation, *, tolerance: float = 1e-3) -> Relation:
    """Target c relative to base a, from `outer` (b relative to a) and `inner` (c relative to b), in a's units.

    `inner` is written in units of b, so its lengths are multiplied by b's longest edge as `outer` measures it.
    The object b must be the same box in both, up to that unit: ValueError when its proportions differ by more than
    `tolerance` (relative). Pass `math.inf` to accept two samples that disagree; `outer` then decides b's size.
    """
    unit = outer.scale_target.amax(dim=-1, keepdim=True) / inner.scale_base.amax(dim=-1, keepdim=True)
    mismatch = (inner.scale_base * unit / outer.scale_target - 1).detach().abs()
    if not bool((mismatch <= tolerance).all()):
        raise ValueError(f"The shared object has proportions that differ by {float(mismatch.amax()):.3g} (relative) "
                         f"between the two relations, more than {tolerance:g}: fit both to one instance first "
                         "(fit_instance).")
    t = _rotate(outer.R_base_target, unit * inner.t_base_target) + outer.t_base_target
    return Relation(outer.R_base_target @ inner.R_base_target, t, unit * inner.scale_target, outer.scale_base)


def invert(relation: Relation) -> Relation:
    """The base seen from the target, in units of the target's longest edge. `invert(invert(r)) == gauge(r)`."""
    R_target_base = relation.R_base_target.mT
    return gauge(Relation(R_target_base, -_rotate(R_target_base, relation.t_base_target), relation.scale_base,
                          relation.scale_target))


def fit_instance(scale: Tensor, bbox: Tensor) -> Tensor:
    """Eq. 16: the scale `(..., 3)` of an instance with box edges `bbox` `(..., 3)` in the place of a box of `scale`.

    `s' = mean(s / bbox) * bbox`. Fitting a base changes its longest edge; the gauge is not restored here.
    """
    if not bool((torch.isfinite(bbox) & (bbox > 0)).all()):
        raise ValueError(f"An instance's box needs three finite edges > 0, got {bbox.tolist()}: "
                         "give the mesh a thickness.")
    return (scale / bbox).mean(dim=-1, keepdim=True) * bbox


def columns_6d_to_matrix(columns_6d: Tensor) -> Tensor:
    """Rotation `(..., 3, 3)` from its first two columns, concatenated `(..., 6)`: this toolkit's 6D."""
    rotation: Tensor = roma.special_gramschmidt(columns_6d.unflatten(-1, (2, 3)).mT)
    return rotation


def matrix_to_columns_6d(R: Tensor) -> Tensor:
    """The first two columns of R, concatenated: `(..., 3, 3)` to `(..., 6)`."""
    return R[..., :, :2].mT.flatten(-2)


def rows_6d_to_matrix(rows_6d: Tensor) -> Tensor:
    """Rotation `(..., 3, 3)` from its first two rows, concatenated `(..., 6)`: the 6D of pytorch3d and of ParaHome."""
    return columns_6d_to_matrix(rows_6d).mT


def matrix_to_rows_6d(R: Tensor) -> Tensor:
    """The first two rows of R, concatenated, as pytorch3d writes them: `(..., 3, 3)` to `(..., 6)`."""
    return R[..., :2, :].flatten(-2)


def _rotate(R: Tensor, vector: Tensor) -> Tensor:
    return (R @ vector[..., None])[..., 0]
