"""Predicates of bowing, drumming, striking, sitting before and upon things, wearing, aiming and dropping."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.posed import Posed
from oor.catalog.predicates.measures import SUNK, TOUCH, UP, Bools, angle_deg, apart, smaller, within
from oor.catalog.template import Array

FRONT = np.array([0.0, 0.0, 1.0])
RIGHT = np.array([1.0, 0.0, 0.0])


def _rows_dot(a: Array, b: Array) -> Array:
    return np.asarray((a * b).sum(axis=-1))


def _level(directions: Array) -> Array:
    return directions * [1.0, 0.0, 1.0]


def bows(target: Posed, base: Posed) -> Bools:
    """The hair meets the strings within its middle two thirds, crossing them within 20 degrees of square, stick outside."""
    hair, strings = target.frame("hair"), base.frame("strings")
    along, across = target.direction(RIGHT), base.direction(RIGHT)
    offset = strings.points - hair.points
    _, _, length = target.local_frame("hair")
    on_hair = _rows_dot(offset, along)
    miss = np.linalg.norm(offset - on_hair[:, None] * along, axis=1)
    turned = angle_deg(along, across)
    crossing = (np.minimum(turned, 180 - turned) < 20) & (angle_deg(hair.axes, -strings.axes) < 30)
    return crossing & (np.abs(on_hair) < 0.67 * length[:, 0]) & (miss < 0.35 * TOUCH * smaller(target, base))


def drums_on(target: Posed, base: Posed) -> Bools:
    """The tip on the skin or an eighth of a stick above it, the shaft rising 10 to 60 degrees within 70 of the front."""
    tip, handle = target.frame("tip").points, target.frame("handle").points
    over, height = within(base, "surface", tip[:, None], grow=1.05)
    low = 90 - angle_deg(handle - tip, UP)
    toward = angle_deg(_level(handle - tip), base.direction(FRONT))
    near = (height[:, 0] > -0.03 * target.size) & (height[:, 0] < 0.125 * target.size)
    return over[:, 0] & near & (low > 10) & (low < 60) & (toward < 70) & (base.depth_of(handle[:, None])[:, 0] == 0)


def strikes(target: Posed, base: Posed) -> Bools:
    """The ball before the face, over it, and within 0.7 of a ball; the face upright within 40 degrees, the handle not below."""
    face, handle, ball = target.frame("face"), target.frame("handle").points, base.frame("centre").points
    offset = ball - face.points
    ahead = _rows_dot(offset, face.axes)
    aside = np.linalg.norm(offset - ahead[:, None] * face.axes, axis=1)
    _, _, half = target.local_frame("face")
    radius = 0.5 / np.linalg.norm(base.to_local((base.t + face.axes)[:, None])[:, 0] / base.s, axis=1)
    gap = ahead - radius
    near = (gap > -0.15 * base.size) & (gap < 0.7 * base.size) & (aside < half.min(axis=1) + 0.3 * base.size)
    level = np.abs(angle_deg(face.axes, UP) - 90) < 40
    return near & level & (handle[:, 1] > base.low[:, 1] - 0.25 * TOUCH * target.size)


def before(target: Posed, base: Posed) -> Bools:
    """At most half its depth before the base's front, facing it within 30 degrees, by the middle third, on the same ground."""
    corners = base.to_local(target.to_world(target.shape.corners))
    gap = corners[..., 2].min(axis=1) - base.s[:, 2] / 2
    middle = (corners[..., 0].min(axis=1) + corners[..., 0].max(axis=1)) / 2
    close = (gap > -SUNK * smaller(target, base)) & (gap < 0.5 * target.s[:, 2]) & (np.abs(middle) < base.s[:, 0] / 3)
    turned = angle_deg(target.direction(FRONT), -base.direction(FRONT)) < 30
    return close & turned & _on_its_feet(target, base)


def _standing(target: Posed) -> Bools:
    return angle_deg(target.direction(UP), UP) < 20


def _on_its_feet(target: Posed, base: Posed) -> Bools:
    """Upright, and its lowest point level with the base's."""
    return _standing(target) & (np.abs(target.low[:, 1] - base.low[:, 1]) < 0.5 * TOUCH * smaller(target, base))


def _upon(target: Posed, base: Posed) -> Bools:
    """Upright, what it sits with over the surface and touching it, the two not run into each other."""
    bottom = target.frame("foot").points if target.has("foot") else target.t
    over, _ = within(base, "surface", bottom[:, None])
    height = target.low[:, 1] - base.frame("surface").points[:, 1]
    return over[:, 0] & (np.abs(height) < 0.6 * TOUCH * smaller(target, base)) & _standing(target) & apart(target, base)


def sits_on(target: Posed, base: Posed) -> Bools:
    """Upon the seat, its back to the backrest (within 35 degrees) if there is one."""
    forward = target.direction(FRONT)
    return _upon(target, base) & (~_backed(base) | (angle_deg(forward, base.direction(FRONT)) < 35))


def _backed(base: Posed) -> Bools:
    """Whether what rises above the surface stands behind it: the seat has a front."""
    point, _, _ = base.local_frame("surface")
    offset = base.s[:, None] * base.shape.cloud - point[:, None]
    high = offset[..., 1] > 0.05 * base.size[:, None]
    behind = (offset[..., 2] * high).sum(axis=1) / np.maximum(high.sum(axis=1), 1)
    return (high.mean(axis=1) > 0.05) & (behind < -0.05 * base.size)


def rides_on(target: Posed, base: Posed) -> Bools:
    """Upon the vehicle, looking along its longer side within 30 degrees: ahead if that runs to its front, else either way."""
    lengthwise = base.s[:, 2] > base.s[:, 0]
    forward = target.direction(FRONT)
    aside = angle_deg(forward, base.direction(RIGHT))
    turned = np.where(lengthwise, angle_deg(forward, base.direction(FRONT)), np.minimum(aside, 180 - aside))
    return _upon(target, base) & (turned < 30)


def worn_by(target: Posed, base: Posed) -> Bools:
    """Upright within 20 degrees on the head, round it, its rim not above it; fronts together unless it is round."""
    fit, crown = target.frame("fit"), base.frame("crown")
    skull = base.local_frame("crown")[2].min(axis=1)
    inner = target.local_frame("fit")[2][:, 0]
    offset = base.to_local((fit.points - crown.points + base.t)[:, None])[:, 0]
    aside = np.hypot(offset[:, 0], offset[:, 2])
    seated = (offset[:, 1] < 0.3 * skull) & (offset[:, 1] > -1.3 * skull) & (aside < 0.3 * skull)
    fits = (inner > 0.55 * skull) & (inner < 2.0 * skull)
    round_ = np.abs(target.s[:, 0] - target.s[:, 2]) < 0.04 * target.size
    turned = angle_deg(target.direction(FRONT), base.direction(FRONT))
    return seated & fits & (angle_deg(fit.axes, -crown.axes) < 20) & (round_ | (turned < 30))


def faces(target: Posed, base: Posed) -> Bools:
    """On the same ground 0.35 to 2.3 of the base's widths off, front to its middle within 18 degrees; on a screen's side."""
    away = _level(target.t - base.t)
    local = base.to_local((base.t + away)[:, None])[:, 0]
    beyond = np.linalg.norm(np.maximum(np.abs(local) - base.s / 2, 0)[:, [0, 2]], axis=1) - target.s[:, 2] / 2
    off = (beyond > 0.35 * base.s[:, 0]) & (beyond < 2.3 * base.s[:, 0])
    turned = angle_deg(_level(target.direction(FRONT)), -away) < 18
    return off & turned & _shown(base, away, 50) & _on_its_feet(target, base)


def _shown(base: Posed, away: Array, tolerance_deg: float) -> Bools:
    """Whether horizontal directions away from the base lie on its screen's side; anything without a screen shows all round."""
    if not base.has("screen"):
        return np.ones(len(away), bool)
    return angle_deg(away, _level(base.frame("screen").axes)) < tolerance_deg


def _aimed(target: Posed, base: Posed, unit: Array, furthest: float, level: bool = False) -> Bools:
    """The nose half a unit to `furthest` units off the base, its line (seen from above if `level`) near the base's middle."""
    nose = target.frame("nose")
    middle, axis = base.t - nose.points, nose.axes
    if level:
        middle, axis = _level(middle), _level(axis) / np.maximum(np.linalg.norm(_level(axis), axis=1, keepdims=True), 1e-9)
    ahead = _rows_dot(middle, axis)
    miss = np.linalg.norm(middle - ahead[:, None] * axis, axis=1)
    local = np.abs(base.to_local(nose.points[:, None])[:, 0]) - base.s / 2
    gap = np.linalg.norm(np.maximum(local, 0)[:, [0, 2] if level else [0, 1, 2]], axis=1)
    near = (gap > 0.47 * unit) & (gap < furthest * unit)
    return near & (ahead > 0) & (miss < 0.11 * base.size) & _shown(base, _level(nose.points - base.t), 80)


def _held_upright(target: Posed) -> Bools:
    """Its own up in the upright plane through its nose, within 20 degrees, and above; what is not longer that way may roll."""
    axis, up = target.frame("nose").axes, target.direction(UP)
    side = np.cross(axis, UP)
    roll = np.degrees(np.arcsin(np.clip(_rows_dot(up, side) / np.maximum(np.linalg.norm(side, axis=1), 1e-9), -1, 1)))
    along = np.abs(_rows_dot(axis, up)) > 0.9
    return along | ((np.abs(roll) < 20) & (up[:, 1] > 0))


def points_at(target: Posed, base: Posed) -> Bools:
    """Aimed at the base's middle half to three lengths of the larger object, upright, nose at most 20 degrees up or 60 down."""
    rise = 90 - angle_deg(target.frame("nose").axes, UP)
    return _aimed(target, base, np.maximum(target.size, base.size), 3.0) & (rise < 20) & (rise > -60) & _held_upright(target)


def sprays(target: Posed, base: Posed) -> Bools:
    """Aimed at the base's middle from half to two and a half of its lengths away, held upright."""
    rise = 90 - angle_deg(target.frame("nose").axes, UP)
    return _aimed(target, base, target.size, 2.6) & (rise < 20) & (rise > -70) & _held_upright(target)


def blows_on(target: Posed, base: Posed) -> Bools:
    """Standing on the base's ground, its breath passing over or through the middle of the base, 0.4 to 1.6 lengths off."""
    unit = np.maximum(target.size, base.size)
    return _aimed(target, base, unit, 1.6, level=True) & _on_its_feet(target, base)


def drops_into(target: Posed, base: Posed) -> Bools:
    """All of it over the opening, through which it passes as it is turned; its middle above the rim but not far."""
    inside, height = within(base, "opening", target.cloud, grow=1.0)
    _, middle = within(base, "opening", target.t[:, None])
    _, _, half = base.local_frame("opening")
    low = height.min(axis=1)
    above = (middle[:, 0] > 0) & (low < 0.65 * half.max(axis=1))
    return above & (inside.mean(axis=1) > 0.96)


PREDICATES: dict[str, Callable[[Posed, Posed], Bools]] = {
    "bows": bows,
    "drums on": drums_on,
    "strikes": strikes,
    "types at": before,
    "plays": before,
    "sits on": sits_on,
    "rides on": rides_on,
    "worn by": worn_by,
    "faces": faces,
    "points at": points_at,
    "blows on": blows_on,
    "photographs": points_at,
    "sprays": sprays,
    "drops into": drops_into,
}
