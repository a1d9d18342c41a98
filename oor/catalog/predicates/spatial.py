"""Predicates of place: on, under, beside, inside, leaning against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from oor.catalog.posed import Posed
from oor.catalog.predicates.measures import SUNK, TOUCH, UP, Bools, angle_deg, apart, on_ground, smaller, upright, within
from oor.catalog.template import Array


def on(target: Posed, base: Posed) -> Bools:
    """At rest on the supporting surface: centre over it, lowest point touching it, not tipping, not sunk."""
    over, _ = within(base, "surface", target.t[:, None])
    surface = base.frame("surface").points[:, 1]
    touches = np.abs(target.low[:, 1] - surface) < TOUCH * smaller(target, base)
    return over[:, 0] & touches & upright(target) & apart(target, base)


def under(target: Posed, base: Posed) -> Bools:
    """On the floor, below the base's underside, within its plan."""
    inside_plan, height = within(base, "clearance", target.t[:, None], grow=1.15)
    below = target.high[:, 1] < base.frame("clearance").points[:, 1] + SUNK * target.size
    beneath = inside_plan[:, 0] & (height[:, 0] < 0) & below
    return beneath & on_ground(target, base) & upright(target) & apart(target, base)


def _side(target: Posed, base: Posed, axis: int, sign: int) -> Bools:
    """Clear of the base on one side of its own axes, nearer to that side than to any other, on the same ground."""
    base_half = base.s / 2
    corners = base.to_local(target.to_world(target.shape.corners))
    low, high = corners.min(axis=1), corners.max(axis=1)
    near = low[:, axis] if sign > 0 else -high[:, axis]
    gap = near - base_half[:, axis]
    centre = (low + high) / 2
    other = 2 - axis
    reach = np.maximum(target.size, base.size)
    faces = np.abs(centre[:, other]) < base_half[:, other] + (high - low)[:, other] / 2
    beside_it = (gap > -TOUCH * smaller(target, base)) & (gap < reach) & faces
    return beside_it & on_ground(target, base) & upright(target) & apart(target, base)


def left_of(target: Posed, base: Posed) -> Bools:
    """At the base's left as seen by a viewer before its front."""
    return _side(target, base, 0, -1)


def right_of(target: Posed, base: Posed) -> Bools:
    """At the base's right as seen by a viewer before its front."""
    return _side(target, base, 0, 1)


def in_front_of(target: Posed, base: Posed) -> Bools:
    """On the side of the base's front."""
    return _side(target, base, 2, 1)


def behind(target: Posed, base: Posed) -> Bools:
    """On the side away from the base's front."""
    return _side(target, base, 2, -1)


def beside(target: Posed, base: Posed) -> Bools:
    """On the base's left or right."""
    return left_of(target, base) | right_of(target, base)


def inside(target: Posed, base: Posed) -> Bools:
    """Its lower end is in the cavity, near the floor, and what rises above the rim rises through the opening."""
    aligned, over_rim = within(base, "opening", target.cloud, grow=1.1)
    point, _, _ = base.local_frame("opening")
    floor, _, _ = base.local_frame("floor")
    depth = point[:, 1] - floor[:, 1]
    lowest = over_rim.min(axis=1)
    in_cavity = aligned & (over_rim < 0)
    rests = (lowest + depth > -0.2 * depth) & (lowest + depth < 0.35 * depth)
    below = over_rim < 0.1 * depth[:, None]
    mostly = (aligned & below).sum(axis=1) > 0.85 * np.maximum(below.sum(axis=1), 1)
    return rests & mostly & (in_cavity.mean(axis=1) > 0.2) & apart(target, base)


def leaning_against(target: Posed, base: Posed) -> Bools:
    """Foot on the ground, tilted by 5 to 34 degrees, top toward the base, touching it somewhere."""
    axis = target.direction(np.eye(3)[int(np.argmax(target.template.extents))])
    axis = np.where(axis[:, 1:2] < 0, -axis, axis)
    tilt = angle_deg(axis, UP)
    ends = np.stack([target.t - axis * target.size[:, None] / 2, target.t + axis * target.size[:, None] / 2], axis=1)
    outside = np.linalg.norm(np.maximum(np.abs(base.to_local(ends)) - base.s[:, None] / 2, 0)[..., [0, 2]], axis=-1)
    toward = outside[:, 1] < outside[:, 0] + 1e-9
    touches = gap(target, base) < 0.6 * TOUCH * np.maximum(target.size, base.size)
    grounded = np.abs(target.low[:, 1] - base.low[:, 1]) < 0.08 * target.size
    return (tilt > 5) & (tilt < 34) & toward & touches & grounded & apart(target, base)


def gap(target: Posed, base: Posed) -> Array:
    """(n,) distance between the two surfaces' samples."""
    return np.array([cdist(a, b).min() for a, b in zip(target.cloud, base.cloud, strict=True)])


PREDICATES: dict[str, Callable[[Posed, Posed], Bools]] = {
    "on": on, "under": under, "left of": left_of, "right of": right_of, "in front of": in_front_of, "behind": behind,
    "beside": beside, "inside": inside, "leaning against": leaning_against,
}
