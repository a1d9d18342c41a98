"""Geometric predicates: does a relation hold? Decided from posed meshes and their named frames alone.

Nothing here reads a program's angles or ranges: a tolerance below says what a person would still accept, in degrees or
in fractions of the objects' own sizes. Every function returns one boolean per pose. World: y up, the base's front is its
own +z.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from oor.catalog.posed import Posed
from oor.catalog.template import Array

Bools = NDArray[np.bool_]
UP = np.array([0.0, 1.0, 0.0])

TOUCH = 0.12  # a gap or overlap of this share of the smaller object's longest edge still counts as touching
SUNK = 0.07  # deeper than this share of the smaller object's longest edge is a collision
BURIED = 0.2  # and so is a larger share of the surface than this


def _small(target: Posed, base: Posed) -> Array:
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
    return (deepest < SUNK * _small(target, base)) & ((in_base > 0).mean(axis=1) < BURIED)


def upright(target: Posed, tolerance_deg: float = 20) -> Bools:
    """Some box axis of the target is vertical: it stands or lies, it is not tipping over. What is round may roll."""
    radii = np.linalg.norm(target.to_local(target.cloud), axis=-1)
    round_ = radii.std(axis=1) < 0.05 * radii.mean(axis=1)
    tips = np.stack([angle_deg(target.direction(axis), UP) for axis in np.eye(3)])
    return round_ | (np.minimum(tips, 180 - tips).min(axis=0) < tolerance_deg)


def on_ground(target: Posed, base: Posed) -> Bools:
    """The target's lowest point is level with the base's."""
    return np.abs(target.low[:, 1] - base.low[:, 1]) < TOUCH * _small(target, base)


def _within(base: Posed, frame: str, points_world: Array, grow: float = 1.0) -> tuple[Bools, Array]:
    """Whether points (n, k, 3) lie over a base frame's region, and their height above it, in the base's axes."""
    point, _, half = base.local_frame(frame)
    local = base.to_local(points_world) - point[:, None]
    limit = grow * half[:, None]
    return np.all(np.abs(local[..., [0, 2]]) < limit, axis=-1), local[..., 1]


def on(target: Posed, base: Posed) -> Bools:
    """At rest on the supporting surface: centre over it, lowest point touching it, not tipping, not sunk."""
    over, _ = _within(base, "surface", target.t[:, None])
    surface = base.frame("surface").points[:, 1]
    touches = np.abs(target.low[:, 1] - surface) < TOUCH * _small(target, base)
    return over[:, 0] & touches & upright(target) & apart(target, base)


def under(target: Posed, base: Posed) -> Bools:
    """On the floor, below the base's underside, within its plan."""
    within, height = _within(base, "clearance", target.t[:, None], grow=1.15)
    below = target.high[:, 1] < base.frame("clearance").points[:, 1] + SUNK * target.size
    beneath = within[:, 0] & (height[:, 0] < 0) & below
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
    beside_it = (gap > -TOUCH * _small(target, base)) & (gap < reach) & faces
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
    within, over_rim = _within(base, "opening", target.cloud, grow=1.1)
    point, _, _ = base.local_frame("opening")
    floor, _, _ = base.local_frame("floor")
    depth = point[:, 1] - floor[:, 1]
    lowest = over_rim.min(axis=1)
    in_cavity = within & (over_rim < 0)
    rests = (lowest + depth > -0.2 * depth) & (lowest + depth < 0.35 * depth)
    below = over_rim < 0.1 * depth[:, None]
    mostly = (within & below).sum(axis=1) > 0.85 * np.maximum(below.sum(axis=1), 1)
    return rests & mostly & (in_cavity.mean(axis=1) > 0.2) & apart(target, base)


def leaning_against(target: Posed, base: Posed) -> Bools:
    """Foot on the ground, tilted, top toward the base, touching it somewhere."""
    axis = target.direction(np.eye(3)[int(np.argmax(target.template.extents))])
    axis = np.where(axis[:, 1:2] < 0, -axis, axis)
    tilt = angle_deg(axis, UP)
    ends = np.stack([target.t - axis * target.size[:, None] / 2, target.t + axis * target.size[:, None] / 2], axis=1)
    outside = np.linalg.norm(np.maximum(np.abs(base.to_local(ends)) - base.s[:, None] / 2, 0)[..., [0, 2]], axis=-1)
    toward = outside[:, 1] < outside[:, 0] + 1e-9
    touches = gap(target, base) < 0.6 * TOUCH * np.maximum(target.size, base.size)
    return (tilt > 4) & (tilt < 50) & toward & touches & on_ground(target, base) & apart(target, base)


def gap(target: Posed, base: Posed) -> Array:
    """(n,) distance between the two surfaces' samples."""
    return np.array([cdist(a, b).min() for a, b in zip(target.cloud, base.cloud, strict=True)])


def pours_into(target: Posed, base: Posed) -> Bools:
    """Spout over the opening and near it, outflow downward, vessels clear of each other."""
    spout = target.frame("spout")
    over, height = _within(base, "opening", spout.points[:, None])
    _, _, half = base.local_frame("opening")
    near = (height[:, 0] > -0.2 * half.min(axis=1)) & (height[:, 0] < 2.0 * half.max(axis=1))
    return over[:, 0] & near & (angle_deg(spout.axes, -UP) < 88) & apart(target, base)


def _blade(target: Posed, tolerance_deg: float = 30) -> tuple[Array, Bools]:
    """(n, 9, 3) points along the cutting edge, and whether it faces down."""
    point, axis, half = target.local_frame("edge")
    steps = np.linspace(-1, 1, 9)[None, :, None] * (half[:, :1, None] * np.array([1.0, 0, 0]))
    edge = np.einsum("nij,nkj->nki", target.R, point[:, None] + steps) + target.t[:, None]
    return edge, angle_deg(np.einsum("nij,nj->ni", target.R, axis), -UP) < tolerance_deg


def cuts(target: Posed, base: Posed) -> Bools:
    """Edge down, passing over or through the base's middle third, between its bottom and just above its top; handle clear."""
    edge, down = _blade(target)
    local = base.to_local(edge) / base.s[:, None]
    slack = TOUCH * target.size / base.s[:, 1]
    level = (local[..., 1] > -0.55) & (local[..., 1] < 0.5 + slack[:, None])
    through = (np.abs(local[..., [0, 2]]) < 0.5).all(axis=-1) & level
    handle = target.frame("handle").points[:, None]
    return down & through.any(axis=1) & (base.depth_of(handle)[:, 0] == 0)


def chops_on(target: Posed, base: Posed) -> Bools:
    """Edge down, its middle over the board, touching it or a little above."""
    edge, down = _blade(target)
    over, height = _within(base, "surface", edge[:, 4:5], grow=1.05)
    lowest = (edge[..., 1] - base.frame("surface").points[:, 1:2]).min(axis=1)
    return down & over[:, 0] & (lowest > -0.5 * TOUCH * target.size) & (height[:, 0] < 2 * TOUCH * target.size)


def slices(target: Posed, base: Posed) -> Bools:
    """Wheel upright, its lowest point within the pizza's thickness and outline."""
    axle, edge = target.frame("axle"), target.frame("edge")
    wheel = np.linalg.norm(edge.points - axle.points, axis=1)
    lowest = axle.points - UP * wheel[:, None]
    over, height = _within(base, "surface", lowest[:, None], grow=1.05)
    slack = 0.5 * TOUCH * target.size
    level = (height[:, 0] < slack) & (lowest[:, 1] > base.low[:, 1] - slack)
    handle_up = target.frame("handle").points[:, 1] > base.high[:, 1] - slack
    return over[:, 0] & level & (np.abs(angle_deg(axle.axes, UP) - 90) < 30) & handle_up


def sprinkles_into(target: Posed, base: Posed) -> Bools:
    """Outlet over the opening, turned below the horizontal, above the rim but not far."""
    outlet = target.frame("outlet")
    over, height = _within(base, "opening", outlet.points[:, None])
    _, _, half = base.local_frame("opening")
    return over[:, 0] & (height[:, 0] > -0.1 * half.min(axis=1)) & (height[:, 0] < 2.5 * half.max(axis=1)) & (
        angle_deg(outlet.axes, -UP) < 85) & apart(target, base)


def stirs(target: Posed, base: Posed) -> Bools:
    """The spoon's bowl within the cavity, its handle up and out through the opening."""
    tip, handle = target.frame("tip").points, target.frame("handle").points
    inside_tip, below = _within(base, "opening", tip[:, None], grow=1.05)
    rim, _, _ = base.local_frame("opening")
    floor, _, _ = base.local_frame("floor")
    deep = (below[:, 0] < 0) & (below[:, 0] > 1.25 * (floor - rim)[:, 1])
    steps = np.linspace(0, 1, 65)[None, :, None]
    shaft = tip[:, None] + (handle - tip)[:, None] * steps
    over, height = _within(base, "opening", shaft, grow=1.1)
    crossing = np.take_along_axis(over, np.abs(height).argmin(axis=1)[:, None], axis=1)[:, 0]
    return inside_tip[:, 0] & deep & crossing & (angle_deg(handle - tip, UP) < 60) & apart(target, base)


def hits(target: Posed, base: Posed) -> Bools:
    """The hammer's face squarely before the nail's head, within one nail length, not past it."""
    face, head = target.frame("face"), base.frame("head")
    offset = face.points - head.points
    ahead = (offset * head.axes).sum(axis=1)
    aside = np.linalg.norm(offset - ahead[:, None] * head.axes, axis=1)
    radius = base.local_frame("head")[2].min(axis=1) + _cross_radius(target, "face")
    length = base.size
    return (angle_deg(face.axes, -head.axes) < 25) & (aside < radius) & (ahead > -0.12 * length) & (ahead < length)


def _cross_radius(posed: Posed, frame: str) -> Array:
    """(n,) radius of the flat end around a frame: the median distance of the mesh's points in that end plane."""
    point, axis, _ = posed.local_frame(frame)
    vertices = posed.s[:, None] * (posed.template.mesh.vertices / posed.template.extents)
    offset = vertices - point[:, None]
    along = np.abs(np.einsum("nki,ni->nk", offset, axis))
    radial = np.linalg.norm(offset - np.einsum("nki,ni->nk", offset, axis)[..., None] * axis[:, None], axis=-1)
    in_plane = along < 0.01 * posed.size[:, None]
    return np.asarray(np.nanmax(np.where(in_plane, radial, np.nan), axis=1))


def drives(target: Posed, base: Posed) -> Bools:
    """The tip at the screw's head, shaft in line with the screw."""
    tip, head = target.frame("tip"), base.frame("head")
    offset = tip.points - head.points
    ahead = (offset * head.axes).sum(axis=1)
    aside = np.linalg.norm(offset - ahead[:, None] * head.axes, axis=1)
    radius = base.local_frame("head")[2].min(axis=1)
    return (angle_deg(tip.axes, -head.axes) < 20) & (aside < 1.2 * radius) & (np.abs(ahead) < 0.3 * base.size)


def writes_on(target: Posed, base: Posed) -> Bools:
    """The point on the page, the shaft rising from it at a writing slant."""
    tip = target.frame("tip")
    over, height = _within(base, "surface", tip.points[:, None], grow=1.02)
    slant = angle_deg(tip.axes, -UP)
    return over[:, 0] & (np.abs(height[:, 0]) < 0.6 * TOUCH * target.size) & (slant > 5) & (slant < 75)


def sits_at(target: Posed, base: Posed) -> Bools:
    """On the base's ground, seat at its edge, facing it (if it has a front), not run into it."""
    front = target.direction(np.array([0.0, 0, 1]))
    local = base.to_local(target.t[:, None])[:, 0]
    beyond = np.maximum(np.abs(local) - base.s / 2, 0)[:, [0, 2]]
    distance = np.linalg.norm(beyond, axis=1)
    nearest = np.einsum("nij,nj->ni", base.R, np.clip(local, -base.s / 2, base.s / 2) * [0.3, 0, 0.3])
    heading = nearest + base.t - target.t
    heading[:, 1] = 0
    faces = angle_deg(front, heading) < 50 if "back" in target.template.frames else np.ones(len(front), bool)
    inside_plan = (np.abs(local) < base.s / 2 - 0.3 * target.size[:, None])[:, [0, 2]].all(axis=1)
    return ~inside_plan & (distance < 0.8 * target.size) & faces & on_ground(target, base) & upright(target) & apart(target, base)


def shines_on(target: Posed, base: Posed) -> Bools:
    """A ray from the lamp's light lands on the base; both stand on the same ground, clear of each other."""
    light = target.frame("light")
    fall = (light.points[:, 1] - base.high[:, 1]) / np.maximum(-light.axes[:, 1], 1e-6)
    landing = light.points + light.axes * fall[:, None]
    local = base.to_local(landing[:, None])[:, 0] / base.s
    below = light.points + (base.high[:, 1] - light.points[:, 1])[:, None] * UP
    local_below = base.to_local(below[:, None])[:, 0] / base.s
    lit = (np.abs(local) < 0.75)[:, [0, 2]].all(axis=1) | (np.abs(local_below) < 0.5)[:, [0, 2]].all(axis=1)
    return lit & (light.axes[:, 1] < -0.3) & (fall > 0) & on_ground(target, base) & upright(target) & apart(target, base)


PREDICATES: dict[str, Callable[[Posed, Posed], Bools]] = {
    "pours into": pours_into, "waters": pours_into, "cuts": cuts, "chops on": chops_on, "slices": slices,
    "sprinkles into": sprinkles_into, "stirs": stirs, "hits": hits, "drives": drives, "saws": cuts,
    "writes on": writes_on, "sits at": sits_at, "shines on": shines_on,
    "on": on, "under": under, "left of": left_of, "right of": right_of, "in front of": in_front_of, "behind": behind,
    "beside": beside, "inside": inside, "leaning against": leaning_against,
}
