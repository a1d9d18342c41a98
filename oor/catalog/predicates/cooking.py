"""Predicates of cooking and eating: scoop, whisk, dip, sprinkle, grate, squeeze, spread, roll out, flip, light, cover."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.posed import Posed
from oor.catalog.predicates.measures import TOUCH, UP, Bools, angle_deg, apart, smaller, within
from oor.catalog.template import Array


def _dipped(target: Posed, base: Posed) -> tuple[Bools, Array, Array]:
    """Whether a tool reaches into the cavity through the opening, at which share of its depth it ends, how far it leans."""
    end, handle = target.frame("tip" if target.has("tip") else "pad").points, target.frame("handle").points
    depth = (base.local_frame("opening")[0] - base.local_frame("floor")[0])[:, 1]
    over, height = within(base, "opening", np.stack([end, handle], axis=1), grow=1.05)
    up = np.clip(-height[:, 0] / np.maximum(height[:, 1] - height[:, 0], 1e-9), 0, 1)[:, None]
    through, _ = within(base, "opening", (end + up * (handle - end))[:, None], grow=1.1)
    reaches = over[:, 0] & through[:, 0] & (height[:, 0] < 0) & (height[:, 1] > height[:, 0])
    return reaches & apart(target, base), 1 + height[:, 0] / depth, angle_deg(handle - end, UP)


def _across(v: Array, axis: Array) -> Array:
    """(n, 3) vectors less their parts along unit axes."""
    return np.asarray(v - (v * axis).sum(axis=1, keepdims=True) * axis)


def _faces_up(target: Posed) -> Bools:
    """The side of a tool that is up as it lies (its front, if it is modelled standing) looks up, within 50 degrees of roll."""
    shaft = target.frame("handle").points - target.frame("tip").points
    shaft /= np.linalg.norm(shaft, axis=1, keepdims=True)
    upper = target.direction(np.array([0.0, 1.0, 0.01]))
    return angle_deg(_across(upper, shaft), _across(np.tile(UP, (len(shaft), 1)), shaft)) < 50


def scoops_from(target: Posed, base: Posed) -> Bools:
    """Its end in the cavity, off the floor, its handle slanting out over the rim (38 to 72 degrees), its upper side up."""
    dipped, level, lean = _dipped(target, base)
    return dipped & (level > 0.27) & (level < 0.85) & (lean > 38) & (lean < 72) & _faces_up(target)


def whisks_in(target: Posed, base: Posed) -> Bools:
    """Its end in the lower half of the cavity, within 24 degrees of upright."""
    dipped, level, lean = _dipped(target, base)
    return dipped & (level > -0.1) & (level < 0.45) & (lean < 24)


def dips_into(target: Posed, base: Posed) -> Bools:
    """Its end under the rim, not lower than the middle of the cavity, within 24 degrees of upright."""
    dipped, level, lean = _dipped(target, base)
    return dipped & (level > 0.38) & (lean < 24)


def _over_receiver(base: Posed, points: Array, slack: Array, share: float = 1.0) -> tuple[Bools, Array]:
    """Whether points (n, 3) are over the middle share of the base's opening, surface or top, and how far above it."""
    point, _, half = base.local_frame(next(name for name in ("opening", "surface", "top") if base.has(name)))
    offset = base.to_local(points[:, None])[:, 0] - point
    limit = share * np.where(half > 0, half, 0.3 * base.s[:, [0, 2]]) + slack[:, None]
    return np.all(np.abs(offset[:, [0, 2]]) < limit, axis=1), offset[:, 1]


def _poured(target: Posed, base: Posed, low: float, high: float) -> tuple[Bools, Array]:
    """Whether the outlet is over the base, between two heights (shares of the target's length), and its angle from down."""
    outlet = target.frame("outlet")
    over, height = _over_receiver(base, outlet.points, 0.03 * target.size, 0.65)
    near = (height > low * target.size) & (height < high * target.size)
    return over & near & apart(target, base), angle_deg(outlet.axes, -UP)


def sprinkles_on(target: Posed, base: Posed) -> Bools:
    """Outlet over the base, within 22 degrees of straight down, half its length above it."""
    poured, tilt = _poured(target, base, 0.24, 0.66)
    return poured & (tilt < 22)


def grates_onto(target: Posed, base: Posed) -> Bools:
    """Lower end over the base and close above it, tilted 14 to 63 degrees off upright, a broad side up."""
    poured, tilt = _poured(target, base, -0.02, 0.25)
    broad_side_up = np.abs(angle_deg(target.direction(np.array([0.0, 0.0, 1.0])), UP) - 90) > 0.75 * tilt
    lowest = target.frame("outlet").points[:, 1] - target.low[:, 1] < 0.06 * target.size
    return poured & (tilt > 14) & (tilt < 63) & broad_side_up & lowest


def squeezes_onto(target: Posed, base: Posed) -> Bools:
    """Nozzle over the base and within a ninth of the tube's length of it, 16 to 55 degrees off straight down."""
    poured, tilt = _poured(target, base, -0.015, 0.115)
    return poured & (tilt > 16) & (tilt < 55)


def spreads_on(target: Posed, base: Posed) -> Bools:
    """The blade's middle over the base and touching it, its side down but 7 to 55 degrees off flat; handle above the surface."""
    flat, edge = target.frame("flat"), target.frame("edge").points
    over, height = _over_receiver(base, flat.points, 0.02 * target.size)
    dip = np.abs(target.R[:, 1, 0]) * target.local_frame("edge")[2][:, 0]
    lowest = height - np.abs((edge - flat.points)[:, 1]) - dip
    tilt = angle_deg(flat.axes, -UP)
    handle = target.frame("handle").points[:, 1] - flat.points[:, 1]
    level = np.abs(handle) < 0.25 * target.size
    touches = np.abs(lowest) < 0.6 * TOUCH * smaller(target, base)
    return over & touches & (tilt > 7) & (tilt < 55) & level & (handle > -0.03 * target.size) & apart(target, base)


def rolls_out(target: Posed, base: Posed) -> Bools:
    """The roller's lowest line on the dough, within 15 degrees of level, its middle over the dough's middle part."""
    pad = target.frame("pad")
    over, height = _over_receiver(base, pad.points, 0 * target.size)
    return over & (np.abs(height) < 0.6 * TOUCH * smaller(target, base)) & (angle_deg(pad.axes, -UP) < 15)


def flips(target: Posed, base: Posed) -> Bools:
    """The blade's middle under the base and against its bottom, within 25 degrees of level, handle outside and higher."""
    flat, handle = target.frame("flat"), target.frame("handle").points
    local = base.to_local(np.stack([flat.points, handle], axis=1)) / base.s[:, None]
    under = (np.abs(local[:, 0, [0, 2]]) < 0.5).all(axis=1) & (np.abs(local[:, 1, [0, 2]]) > 0.5).any(axis=1)
    height = flat.points[:, 1] - base.low[:, 1]
    against = (height < 0.25 * base.s[:, 1]) & (height > -0.4 * TOUCH * (target.size + base.size))
    rise = 90 - angle_deg(handle - flat.points, UP)
    return under & against & (angle_deg(flat.axes, -UP) < 25) & (rise > 4) & (rise < 50) & apart(target, base)


def lights(target: Posed, base: Posed) -> Bools:
    """The tip within a fifth of the target's length of the wick, not pointing up, the rest of it clear of the candle."""
    tip, wick = target.frame("tip"), base.frame("wick")
    near = np.linalg.norm(tip.points - wick.points, axis=1) < 0.2 * target.size
    along = tip.points[:, None] + np.linspace(0.8, 2, 9)[None, :, None] * (target.t - tip.points)[:, None]
    return near & (angle_deg(tip.axes, UP) > 75) & (base.depth_of(along) == 0).all(axis=1)


def covers(target: Posed, base: Posed) -> Bools:
    """Level within 8 degrees on the rim, coaxial with the opening within 12 % of its radius, and as wide, give or take 25 %."""
    fit, rim = target.frame("fit"), base.frame("opening")
    inner, radius = target.local_frame("fit")[2].mean(axis=1), base.local_frame("opening")[2].mean(axis=1)
    offset = base.to_local((fit.points - rim.points + base.t)[:, None])[:, 0]
    coaxial = np.hypot(offset[:, 0], offset[:, 2]) < 0.12 * radius
    wide = (inner > 0.85 * radius) & (inner < 1.3 * radius)
    return coaxial & wide & (np.abs(offset[:, 1]) < 0.15 * radius) & (angle_deg(fit.axes, -rim.axes) < 8) & apart(target, base)


PREDICATES: dict[str, Callable[[Posed, Posed], Bools]] = {
    "scoops from": scoops_from, "whisks in": whisks_in, "dips into": dips_into, "sprinkles on": sprinkles_on,
    "grates onto": grates_onto, "squeezes onto": squeezes_onto, "spreads on": spreads_on, "rolls out": rolls_out,
    "flips": flips, "lights": lights, "covers": covers,
}
