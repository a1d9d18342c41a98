"""Predicates of pouring, cutting, stirring, striking, driving, writing, sitting at and shining on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.posed import Posed
from oor.catalog.predicates.measures import TOUCH, UP, Bools, angle_deg, apart, on_ground, upright, within
from oor.catalog.template import Array


def pours_into(target: Posed, base: Posed) -> Bools:
    """Spout over the middle 3/4 of the opening and near it, outflow downward, not rolled over, vessels clear of each other."""
    spout = target.frame("spout")
    over, height = within(base, "opening", spout.points[:, None], grow=0.75)
    _, _, half = base.local_frame("opening")
    highest = np.minimum(2.0 * half.max(axis=1), 0.75 * target.size)
    near = (height[:, 0] > -0.2 * half.min(axis=1)) & (height[:, 0] < highest)
    return over[:, 0] & near & (angle_deg(spout.axes, -UP) < 88) & _level_across(target, "spout") & apart(target, base)


def _level_across(target: Posed, frame: str, tolerance_deg: float = 22) -> Bools:
    """A vessel with a spout to one side pours in the plane of the spout: its side axis stays level, its lid above its foot."""
    axis = target.template.frames[frame].axis
    side = np.cross([0.0, 1.0, 0.0], axis)
    if np.linalg.norm(side) < 0.3:  # it pours over its rim, all round
        return np.ones(len(target.t), bool)
    level = np.abs(angle_deg(target.direction(side / np.linalg.norm(side)), UP) - 90) < tolerance_deg
    return level & (angle_deg(target.direction(UP), UP) < 110)


def _blade(target: Posed, tolerance_deg: float = 24) -> tuple[Array, Bools]:
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
    over, height = within(base, "surface", edge[:, 4:5], grow=1.05)
    lowest = (edge[..., 1] - base.frame("surface").points[:, 1:2]).min(axis=1)
    return down & over[:, 0] & (lowest > -0.5 * TOUCH * target.size) & (height[:, 0] < 2 * TOUCH * target.size)


def slices(target: Posed, base: Posed) -> Bools:
    """Wheel upright, its lowest point within the pizza's thickness and outline."""
    axle, edge = target.frame("axle"), target.frame("edge")
    wheel = np.linalg.norm(edge.points - axle.points, axis=1)
    lowest = axle.points - UP * wheel[:, None]
    over, height = within(base, "surface", lowest[:, None], grow=1.05)
    slack = 0.3 * TOUCH * target.size
    level = (height[:, 0] < slack) & (lowest[:, 1] > base.low[:, 1] - slack)
    handle_up = target.frame("handle").points[:, 1] > base.high[:, 1] - slack
    return over[:, 0] & level & (np.abs(angle_deg(axle.axes, UP) - 90) < 18) & handle_up


def sprinkles_into(target: Posed, base: Posed) -> Bools:
    """Outlet over the middle 2/3 of the opening, turned down within 38 degrees, above the rim by less than its own length."""
    outlet = target.frame("outlet")
    over, height = within(base, "opening", outlet.points[:, None], grow=0.65)
    _, _, half = base.local_frame("opening")
    near = (height[:, 0] > -0.1 * half.min(axis=1)) & (height[:, 0] < 0.9 * target.size)
    return over[:, 0] & near & (angle_deg(outlet.axes, -UP) < 38) & apart(target, base)


def stirs(target: Posed, base: Posed) -> Bools:
    """The spoon's bowl within the cavity, its handle up and out through the opening."""
    tip, handle = target.frame("tip").points, target.frame("handle").points
    inside_tip, below = within(base, "opening", tip[:, None], grow=1.05)
    rim, _, _ = base.local_frame("opening")
    floor, _, _ = base.local_frame("floor")
    deep = (below[:, 0] < 0) & (below[:, 0] > 1.25 * (floor - rim)[:, 1])
    steps = np.linspace(0, 1, 65)[None, :, None]
    shaft = tip[:, None] + (handle - tip)[:, None] * steps
    over, height = within(base, "opening", shaft, grow=1.1)
    crossing = np.take_along_axis(over, np.abs(height).argmin(axis=1)[:, None], axis=1)[:, 0]
    return inside_tip[:, 0] & deep & crossing & (angle_deg(handle - tip, UP) < 38) & apart(target, base)


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
    over, height = within(base, "surface", tip.points[:, None], grow=1.02)
    slant = angle_deg(tip.axes, -UP)
    return over[:, 0] & (np.abs(height[:, 0]) < 0.25 * TOUCH * target.size) & (slant > 12) & (slant < 68)


def sits_at(target: Posed, base: Posed) -> Bools:
    """Upright on the base's ground, at most an eighth of its depth from the edge, facing it (if it has a front), clear of it."""
    front = target.direction(np.array([0.0, 0, 1]))
    local = base.to_local(target.t[:, None])[:, 0]
    beyond = np.maximum(np.abs(local) - base.s / 2, 0)[:, [0, 2]]
    distance = np.linalg.norm(beyond, axis=1)
    nearest = np.einsum("nij,nj->ni", base.R, np.clip(local, -base.s / 2, base.s / 2) * [0.3, 0, 0.3])
    heading = nearest + base.t - target.t
    heading[:, 1] = 0
    faces = angle_deg(front, heading) < 50 if "back" in target.template.frames else np.ones(len(front), bool)
    inside_plan = (np.abs(local) < base.s / 2 - 0.3 * target.size[:, None])[:, [0, 2]].all(axis=1)
    reach = distance - _plan_half(target, heading)
    standing = angle_deg(target.direction(UP), UP) < 15
    return ~inside_plan & (reach < 0.13 * target.s[:, 2]) & faces & on_ground(target, base) & standing & apart(target, base)


def _plan_half(target: Posed, heading: Array) -> Array:
    """(n,) half the width of the target's box along a horizontal direction."""
    d = heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-12)
    return np.asarray((np.abs(np.einsum("nji,nj->ni", target.R, d)) * target.s / 2).sum(axis=1))


def shines_on(target: Posed, base: Posed) -> Bools:
    """A ray from the lamp's light lands on the base; both stand on the same ground, clear of each other."""
    light = target.frame("light")
    fall = (light.points[:, 1] - base.high[:, 1]) / np.maximum(-light.axes[:, 1], 1e-6)
    landing = light.points + light.axes * fall[:, None]
    local = base.to_local(landing[:, None])[:, 0] / base.s
    below = light.points + (base.high[:, 1] - light.points[:, 1])[:, None] * UP
    local_below = base.to_local(below[:, None])[:, 0] / base.s
    lit = (np.abs(local) < 0.75)[:, [0, 2]].all(axis=1) | (np.abs(local_below) < 0.5)[:, [0, 2]].all(axis=1)
    stands_on_it = (np.abs(base.to_local(target.t[:, None])[:, 0] / base.s) < 0.45)[:, [0, 2]].all(axis=1)
    lit &= ~stands_on_it & (light.axes[:, 1] < -0.3) & (fall > 0)
    return lit & on_ground(target, base) & upright(target) & apart(target, base)


PREDICATES: dict[str, Callable[[Posed, Posed], Bools]] = {
    "pours into": pours_into, "waters": pours_into, "cuts": cuts, "chops on": chops_on, "slices": slices,
    "sprinkles into": sprinkles_into, "stirs": stirs, "hits": hits, "drives": drives, "saws": cuts,
    "writes on": writes_on, "sits at": sits_at, "shines on": shines_on,
}
