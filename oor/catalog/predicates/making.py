"""Predicates of the workshop, the desk and the surgery, and how the shape of a tool says which way its mouth closes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.posed import Posed
from oor.catalog.predicates.measures import SUNK, UP, Bools, angle_deg, apart, smaller, within
from oor.catalog.template import Array, Template


def slimmest(template: Template, frame: str) -> Array:
    """(3,) the box axis along which the template is thinnest, of those square to a frame's axis."""
    along = np.abs(template.frames[frame].axis) > 0.7
    return np.eye(3)[int(np.argmin(np.where(along, np.inf, template.extents)))]


def mouth_axis(template: Template) -> Array:
    """(3,) the direction in which the arms of a gripping tool close: across its mouth, in the plane of the flat tool."""
    return np.cross(slimmest(template, "jaw"), template.frames["jaw"].axis)


def _axis_deg(a: Array, b: Array) -> Array:
    """(n,) angle between two lines."""
    angle = angle_deg(a, b)
    return np.minimum(angle, 180 - angle)


def _clear(target: Posed, base: Posed, frame: str, reach: float) -> Bools:
    """Farther from the target's frame than a share of its length, the two do not run into each other, beyond a graze."""
    point = target.frame(frame).points[:, None]
    deepest = np.zeros(len(target.t))
    for solid, points in ((base, target.cloud), (base, target.to_world(target.shape.inner)), (target, base.cloud)):
        far = np.linalg.norm(points - point, axis=-1) > reach * target.size[:, None]
        deepest = np.maximum(deepest, np.where(far, solid.depth_of(points), 0.0).max(axis=1, initial=0.0))
    return deepest < SUNK * smaller(target, base)


def _enters(target: Posed, frame: str, base: Posed, hole: str, deepest: float, tolerance_deg: float) -> Bools:
    """Two frames face to face: near one axis, in line with it, the target's point at most so many target lengths inside.

    Aside by up to the hole's half width or a tenth of the smaller object, before it by up to a fiftieth of the target.
    """
    point, at = target.frame(frame), base.frame(hole)
    offset = point.points - at.points
    ahead = (offset * at.axes).sum(axis=1)
    aside = np.linalg.norm(offset - ahead[:, None] * at.axes, axis=1)
    wide = np.maximum(base.local_frame(hole)[2].min(axis=1), 0.1 * smaller(target, base))
    level = (ahead > -deepest * target.size) & (ahead < 0.02 * target.size)
    return level & (aside < wide) & (angle_deg(point.axes, -at.axes) < tolerance_deg) & _clear(target, base, frame, 1.5 * deepest)


def drills_into(target: Posed, base: Posed) -> Bools:
    """Bit over the surface and within 15 degrees of straight down, its tip at it or up to half-way in, the rest clear."""
    tip = target.frame("tip")
    over, height = within(base, "surface", tip.points[:, None])
    thickness = base.frame("surface").points[:, 1] - base.low[:, 1]
    deep = (height[:, 0] < 0.02 * target.size) & (height[:, 0] > -np.minimum(0.5 * thickness, 0.15 * target.size))
    return over[:, 0] & deep & (angle_deg(tip.axes, -UP) < 15) & _clear(target, base, "tip", 0.2)


def paints(target: Posed, base: Posed) -> Bools:
    """Bristles' end at the surface, within a fiftieth of the brush, its handle rising 10 to 70 degrees off the vertical."""
    tip = target.frame("tip")
    over, height = within(base, "surface", tip.points[:, None])
    slant = angle_deg(tip.axes, -UP)
    touches = np.abs(height[:, 0]) < 0.018 * target.size
    return over[:, 0] & touches & (slant > 10) & (slant < 70) & _clear(target, base, "tip", 0.2)


def sews(target: Posed, base: Posed) -> Bools:
    """The point, or what is a tenth of the needle beside it, is in the cloth, by less than an eighteenth of the needle.

    The needle comes from above, 12 to 60 degrees aslant.
    """
    tip, length = target.frame("tip"), target.size[:, None]
    ahead, before = tip.points + 0.012 * length * tip.axes, tip.points - 0.055 * length * tip.axes
    beside = 0.1 * length * np.cross(tip.axes, UP)
    depth = base.depth_of(np.stack([ahead, ahead + beside, ahead - beside, before], axis=1))
    slant = angle_deg(tip.axes, -UP)
    return (depth[:, :3] > 0).any(axis=1) & (depth[:, 3] == 0) & (slant > 12) & (slant < 60) & _clear(target, base, "tip", 0.3)


def injects_into(target: Posed, base: Posed) -> Bools:
    """The needle's end in the vial's top, within a tenth of the syringe, at most 25 degrees off straight."""
    return _enters(target, "tip", base, "socket" if base.has("socket") else "opening", 0.12, 25)


def unlocks(target: Posed, base: Posed) -> Bools:
    """The key's end in the keyhole, up to 0.4 of the key, at most 15 degrees off straight; it may be turned."""
    return _enters(target, "tip", base, "keyhole", 0.4, 15)


def plugs_into(target: Posed, base: Posed) -> Bools:
    """The prongs' ends in the socket, up to a quarter of the plug, at most 15 degrees off straight."""
    return _enters(target, "prongs", base, "socket", 0.25, 15)


def tightens(target: Posed, base: Posed) -> Bools:
    """The mouth's middle at the head, within its radius sideways and up to twice that below its top, the wrench level."""
    jaw, head = target.frame("jaw"), base.frame("head")
    offset = jaw.points - head.points
    ahead = (offset * head.axes).sum(axis=1)
    aside = np.linalg.norm(offset - ahead[:, None] * head.axes, axis=1)
    r = base.local_frame("head")[2].min(axis=1)
    level = _axis_deg(target.direction(slimmest(target.template, "jaw")), head.axes) < 20
    return level & (aside < r) & (ahead < 0.4 * r) & (ahead > -2 * r) & _clear(target, base, "jaw", 0.2)


def magnifies(target: Posed, base: Posed) -> Bools:
    """The lens within 20 degrees of level, over the middle of the surface, up to 2.6 radii above it, all of it lifted off."""
    lens = target.frame("lens")
    over, height = within(base, "surface", lens.points[:, None], grow=0.55)
    r = target.local_frame("lens")[2].min(axis=1)
    lifted = target.low[:, 1] > base.high[:, 1] + 0.05 * target.size
    return over[:, 0] & lifted & (height[:, 0] < 2.6 * r) & (_axis_deg(lens.axes, UP) < 20)


def _bitten(target: Posed, base: Posed, closing: Array, tolerance_deg: float = 30) -> Bools:
    """A sheet's edge is in the target's mouth: there is sheet at the jaws but none at the tool's other end.

    The mouth opens along the sheet, within 30 degrees, closes across it, and is no farther above or below its middle than
    a twentieth of the tool.
    """
    thin = int(np.argmin(base.template.extents))
    normal, jaw = base.direction(np.eye(3)[thin]), target.frame("jaw")
    tail = jaw.points - 0.85 * target.size[:, None] * jaw.axes
    local = base.to_local(np.stack([jaw.points, tail], axis=1))
    near = np.abs(local[:, 0, thin]) < base.s[:, thin] / 2 + target.size / 20
    off = (np.abs(local[:, 1]) > base.s / 2)[:, np.arange(3) != thin].any(axis=1)
    heights = np.linspace(-0.42, 0.42, 7)[None, :, None] * (base.s[:, thin, None] * normal)[:, None]
    middle = jaw.points - normal * local[:, 0, thin, None]
    further = 0.03 * (target.size[:, None] * (jaw.axes + np.cross(normal, jaw.axes)))
    probes = np.stack([middle, middle + further], axis=1)[:, :, None] + heights[:, None]
    there = (base.depth_of(probes.reshape(len(jaw.points), -1, 3)) > 0).any(axis=1)
    along = np.abs(_axis_deg(jaw.axes, normal) - 90) < 30
    return near & off & there & along & (_axis_deg(target.direction(closing), normal) < tolerance_deg) & (
        _clear(target, base, "jaw", 0.35))


def staples(target: Posed, base: Posed) -> Bools:
    """A sheet's edge in the stapler's mouth, the stapler the right way up, within 25 degrees."""
    return _bitten(target, base, UP, 25) & (angle_deg(target.direction(UP), UP) < 25)


def punches(target: Posed, base: Posed) -> Bools:
    """A sheet's edge in the punch's slot, near that edge's middle (by a quarter of it), the punch the right way up."""
    jaw = target.frame("jaw")
    into = np.abs(np.einsum("nji,nj->ni", base.R, jaw.axes))
    local = np.abs(base.to_local(jaw.points[:, None])[:, 0]) / base.s
    middle = np.where(into[:, 0] > into[:, 2], local[:, 2], local[:, 0]) < 0.25
    return middle & staples(target, base)


def clips(target: Posed, base: Posed) -> Bools:
    """An edge between the clip's arms; a clip as flat as a wire lies flat on the sheet."""
    if target.template.extents.min() < 0.08:
        return _bitten(target, base, slimmest(target.template, "jaw"), 20)
    return _bitten(target, base, mouth_axis(target.template))


def snips(target: Posed, base: Posed) -> Bools:
    """A sheet's edge between the blades, one above and one below it."""
    return _bitten(target, base, mouth_axis(target.template))


def erases(target: Posed, base: Posed) -> Bools:
    """The face over the surface and touching it with an end or a side: it is tilted by 6 to 32 degrees."""
    pad, (point, _, half) = target.frame("pad"), target.local_frame("pad")
    over, _ = within(base, "surface", pad.points[:, None])
    corners = np.array([(x, 0, z) for x in (-1, 1) for z in (-1, 1)]) * np.insert(half, 1, 0, axis=1)[:, None]
    world = np.einsum("nij,nkj->nki", target.R, point[:, None] + corners) + target.t[:, None]
    gap = world[..., 1].min(axis=1) - base.frame("surface").points[:, 1]
    tilt = angle_deg(pad.axes, -UP)
    return over[:, 0] & (np.abs(gap) < 0.02 * target.size) & (tilt > 6) & (tilt < 32) & apart(target, base)


def grips(target: Posed, base: Posed) -> Bools:
    """The jaws at the thing's head, or within its box, coming from above or the side and closing across its thin way."""
    jaw = target.frame("jaw")
    closing = target.direction(mouth_axis(target.template))
    if base.has("head"):
        head = base.frame("head")
        near = np.linalg.norm(jaw.points - head.points, axis=1) < base.local_frame("head")[2].min(axis=1) + 0.02 * target.size
        across = np.abs(_axis_deg(closing, head.axes) - 90) < 35
    else:
        near = (np.abs(base.to_local(jaw.points[:, None])[:, 0]) < base.s / 2 + 0.02 * target.size[:, None]).all(axis=1)
        extents = base.template.extents
        thin = np.eye(3)[extents < 1.25 * extents.min()]
        across = np.min([_axis_deg(closing, base.direction(axis)) for axis in thin], axis=0) < 35
    return near & across & (jaw.axes[:, 1] < 0.45) & _clear(target, base, "jaw", 0.35)


PREDICATES: dict[str, Callable[[Posed, Posed], Bools]] = {
    "drills into": drills_into,
    "tightens": tightens,
    "paints": paints,
    "sews": sews,
    "injects into": injects_into,
    "unlocks": unlocks,
    "plugs into": plugs_into,
    "magnifies": magnifies,
    "staples": staples,
    "punches": punches,
    "clips": clips,
    "erases": erases,
    "snips": snips,
    "grips": grips,
}
