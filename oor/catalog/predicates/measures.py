"""What predicates measure with: angles, contact, collision, uprightness, and what lies over a region.

Tolerances are in degrees or in fractions of the objects' own sizes. Everything returns one value per pose. World: y up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oor.catalog.posed import Posed
from oor.catalog.template import Array

Bools = NDArray[np.bool_]
UP = np.array([0.0, 1.0, 0.0])

TOUCH = 0.12  # a gap or overlap of this share of the smaller object's longest edge still counts as touching
SUNK = 0.07  # deeper than this share of the smaller object's longest edge is a collision
BURIED = 0.2  # and so is a larger share of the surface than this
GRAZE = 0.01  # shallower than this is contact: a flat thing that lies is not buried when it lies a hair too low


def smaller(target: Posed, base: Posed) -> Array:
    """(n,) the shorter of the two objects' longest edges."""
    return np.minimum(target.size, base.size)


def angle_deg(a: Array, b: Array) -> Array:
    """(n,) angle between vectors."""
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.degrees(np.arctan2(cross, (a * np.broadcast_to(b, a.shape)).sum(axis=-1))))


def apart(target: Posed, base: Posed) -> Bools:
    """The two solids do not run into each other, beyond a graze."""
    in_base, in_target = base.depth_of(target.cloud), target.depth_of(base.cloud)
    swallowed = base.depth_of(target.to_world(target.shape.inner))  # what coincides meets at its surface with no depth
    deepest = np.max([depth.max(axis=1, initial=0.0) for depth in (in_base, in_target, swallowed)], axis=0)
    buried = in_base > GRAZE * smaller(target, base)[:, None]
    return (deepest < SUNK * smaller(target, base)) & (buried.mean(axis=1) < BURIED)


def upright(target: Posed, tolerance_deg: float = 12) -> Bools:
    """Some box axis of the target is vertical: it stands or lies, it is not tipping over. What is round may roll."""
    radii = np.linalg.norm(target.to_local(target.cloud), axis=-1)
    round_ = radii.std(axis=1) < 0.05 * radii.mean(axis=1)
    tips = np.stack([angle_deg(target.direction(axis), UP) for axis in np.eye(3)])
    return round_ | (np.minimum(tips, 180 - tips).min(axis=0) < tolerance_deg)


def on_ground(target: Posed, base: Posed) -> Bools:
    """The target's lowest point is level with the base's."""
    return np.abs(target.low[:, 1] - base.low[:, 1]) < TOUCH * smaller(target, base)


def within(base: Posed, frame: str, points_world: Array, grow: float = 1.0) -> tuple[Bools, Array]:
    """Whether points (n, k, 3) lie over a base frame's region, and their height above it, in the base's axes."""
    point, _, half = base.local_frame(frame)
    local = base.to_local(points_world) - point[:, None]
    limit = grow * half[:, None]
    return np.all(np.abs(local[..., [0, 2]]) < limit, axis=-1), local[..., 1]
