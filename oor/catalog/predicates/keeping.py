"""Predicates of keeping house."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.posed import Posed
from oor.catalog.predicates.measures import UP, Bools, angle_deg, apart, smaller, within
from oor.catalog.predicates.spatial import gap
from oor.catalog.template import Array

ROUND = 0.9  # what is nearly as thick as broad, seen from above, faces no way


def _pressed(target: Posed, base: Posed, tilt_deg: float, where: str = "surface") -> Bools:
    """The pad's middle over the region, its lowest corner within 4 % of it, its face down, the two clear of each other."""
    name = "pad" if target.has("pad") else "head"
    pad, _, half = target.local_frame(name)
    corners = pad[:, None] + np.array([[i, 0, j] for i in (-1, 1) for j in (-1, 1)]) * half[:, None][..., [0, 0, 1]]
    _, height = within(base, where, np.einsum("nij,nkj->nki", target.R, corners) + target.t[:, None])
    frame = target.frame(name)
    over, _ = within(base, where, frame.points[:, None], grow=1.02)
    touches = np.abs(height.min(axis=1)) < 0.04 * smaller(target, base)
    return over[:, 0] & touches & (angle_deg(frame.axes, -UP) < tilt_deg) & apart(target, base)


def irons(target: Posed, base: Posed) -> Bools:
    """The sole lies on it within 12 degrees, handle up."""
    return _pressed(target, base, 12)


def wipes(target: Posed, base: Posed) -> Bools:
    """The pad is pressed on it within 20 degrees."""
    return _pressed(target, base, 20)


def vacuums(target: Posed, base: Posed) -> Bools:
    """The floor head lies on it within 12 degrees, handle up."""
    return _pressed(target, base, 12)


def _leans(target: Posed, low_deg: float, high_deg: float) -> Bools:
    """The line from head to handle is so far from the vertical, and the long way of the head level within 15 degrees."""
    pad, handle = target.frame("pad" if target.has("pad") else "head").points, target.frame("handle").points
    lean = angle_deg(handle - pad, UP)
    half = target.template.frames["pad" if target.has("pad") else "head"].half
    across = target.direction(np.eye(3)[0 if half[0] >= half[1] else 2])
    return (lean > low_deg) & (lean < high_deg) & (np.abs(angle_deg(across, UP) - 90) < 15)


def mops(target: Posed, base: Posed) -> Bools:
    """The head's edge is on it, the handle 12 to 60 degrees from the vertical."""
    return _pressed(target, base, 65) & _leans(target, 12, 60)


def sweeps(target: Posed, base: Posed) -> Bools:
    """The bristles' edge is on it, the handle 8 to 50 degrees from the vertical."""
    return _pressed(target, base, 55) & _leans(target, 8, 50)


def scrubs(target: Posed, base: Posed) -> Bools:
    """The bristles are on it, or on the bottom inside, tilted by less than 25 degrees."""
    return _pressed(target, base, 25, "floor" if base.has("floor") else "surface")


def stands_in(target: Posed, base: Posed) -> Bools:
    """Lower end down in the cavity, its line through the opening, its top out above the rim.

    It stands on the bottom (within a third of the depth) or is held by the wall (within 10 % of the smaller object). It is
    upright within 12 degrees or, if slim, leans by less than 42: on the rim (within half a thickness and 20 % of a radius),
    its foot not on that side of the bottom.
    """
    end = target.frame("foot" if target.has("foot") else "tip")
    inside_end, below = within(base, "opening", end.points[:, None], grow=1.1)
    depth = (base.local_frame("opening")[0] - base.local_frame("floor")[0])[:, 1]
    deep = (below[:, 0] < -0.12 * depth) & (below[:, 0] > -1.06 * depth)
    rising = -end.axes
    crossing = end.points + rising * (-below[:, 0] / np.maximum(rising[:, 1], 0.1))[:, None]
    through, _ = within(base, "opening", crossing[:, None], grow=1.05)
    sticks_out = target.high[:, 1] > base.frame("opening").points[:, 1] + 0.05 * target.size
    held = (below[:, 0] < -0.67 * depth) | (gap(target, base) < 0.1 * smaller(target, base))
    lean = angle_deg(rising, UP)
    ahead = rising * [1, 0, 1] / np.maximum(np.linalg.norm(rising[:, [0, 2]], axis=1), 1e-6)[:, None]
    radius = base.local_frame("opening")[2].min(axis=1)
    on_rim = ((crossing - base.frame("opening").points) * ahead).sum(axis=1) > 0.8 * radius - np.median(target.s, axis=1) / 2
    on_far_side = ((end.points - base.frame("floor").points) * ahead).sum(axis=1) < 0.2 * radius
    slim = target.size > 2.5 * np.median(target.s, axis=1)
    rests = (lean < 12) | (lean < 42) & on_rim & on_far_side & slim & (below[:, 0] < -0.85 * depth)
    return inside_end[:, 0] & deep & through[:, 0] & held & rests & sticks_out & apart(target, base)


def mounts_on(target: Posed, base: Posed) -> Bools:
    """Upright within 12 degrees, its foot on the mount and in line with it."""
    foot, mount = target.frame("foot"), base.frame("mount")
    offset = foot.points - mount.points
    aside = np.linalg.norm(offset[:, [0, 2]], axis=1)
    radius = base.local_frame("mount")[2].min(axis=1)
    touches = np.abs(offset[:, 1]) < 0.06 * smaller(target, base)
    return touches & (aside < 0.5 * radius + 0.05 * target.size) & (angle_deg(foot.axes, -UP) < 12) & apart(target, base)


def hangs_on(target: Posed, base: Posed) -> Bools:
    """The hanging point on the peg's line, within three quarters of its length and 8 % of the thing's size aside; its upper
    end up within 12 degrees, a broad side outward within 25; at most 15 % of its size run into the base."""
    hang, peg = target.frame("hang"), base.frame("peg")
    length = base.local_frame("peg")[2][:, 0]
    offset = hang.points - peg.points
    along = (offset * peg.axes).sum(axis=1)
    aside = np.linalg.norm(offset - along[:, None] * peg.axes, axis=1)
    on_peg = (np.abs(along) < 0.75 * length + 0.02 * target.size) & (aside < 0.08 * target.size)
    straight = (angle_deg(hang.axes, UP) < 12) & _faces_outward(target, peg.axes)
    return on_peg & straight & (base.depth_of(target.cloud).max(axis=1) < 0.15 * target.size)


def _faces_outward(target: Posed, outward: Array) -> Bools:
    level = np.abs(target.template.frames["hang"].axis) < 0.7
    edges = np.where(level, target.template.extents, np.nan)
    if np.nanmin(edges) > ROUND * np.nanmax(edges):
        return np.ones(len(outward), bool)
    turn = angle_deg(target.direction(np.eye(3)[int(np.nanargmin(edges))]), outward * [1, 0, 1])
    return np.minimum(turn, 180 - turn) < 25


def stacks_on(target: Posed, base: Posed) -> Bools:
    """Upright within 10 degrees on the base's top, middles within 20 % of the narrower width, outlines with corners in line
    within 10 degrees, and not much wider than the base."""
    support = next((name for name in ("surface", "top") if base.has(name)), None)
    point = base.frame(support).points if support else base.t + UP * base.s / 2
    offset = target.t - point
    edges = np.minimum(target.s, base.s)[:, [0, 2]].min(axis=1)
    middle = np.linalg.norm(offset[:, [0, 2]], axis=1) < 0.2 * edges
    touches = np.abs(target.low[:, 1] - point[:, 1]) < 0.06 * smaller(target, base)
    standing = (angle_deg(target.direction(UP), UP) < 10) & _in_line(target, base)
    half = (target.high - target.low)[:, [0, 2]] / 2
    carried = (half < 0.6 * base.s[:, [0, 2]]).all(axis=1)
    return middle & touches & standing & carried & apart(target, base)


def _in_line(target: Posed, base: Posed) -> Bools:
    """What both have corners lies along the base within 10 degrees."""
    if not (_cornered(target) and _cornered(base)):
        return np.ones(len(target.t), bool)
    heading = target.direction(np.array([1.0, 0.0, 0.0]))
    off = np.degrees(np.arctan2(heading[:, 2], heading[:, 0])) % 90
    return np.minimum(off, 90 - off) < 10


def _cornered(posed: Posed) -> bool:
    plan = (posed.shape.corners * posed.template.extents)[:, [0, 2]]
    return bool(np.linalg.norm(plan, axis=1).max() > 1.15 * np.abs(plan).max())


def nests_in(target: Posed, base: Posed) -> Bools:
    """Both openings up within 10 degrees and coaxial within 15 % of the outer one's; the inner one's foot within 42 %
    of the cavity's depth of its floor; walls clear of each other."""
    mouth, rim = target.frame("opening"), base.frame("opening")
    opening = base.local_frame("opening")
    depth = (opening[0] - base.local_frame("floor")[0])[:, 1]
    aside = np.linalg.norm((mouth.points - rim.points)[:, [0, 2]], axis=1)
    coaxial = (aside < 0.15 * opening[2].min(axis=1)) & (angle_deg(mouth.axes, UP) < 10)
    above_floor = target.low[:, 1] - base.frame("floor").points[:, 1]
    low = (above_floor > -0.1 * depth) & (above_floor < 0.42 * depth)
    return coaxial & low & (target.s < 1.02 * base.s)[:, [0, 2]].all(axis=1) & apart(target, base)


PREDICATES: dict[str, Callable[[Posed, Posed], Bools]] = {
    "irons": irons, "wipes": wipes, "mops": mops, "sweeps": sweeps, "vacuums": vacuums, "scrubs": scrubs,
    "stands in": stands_in, "mounts on": mounts_on, "hangs on": hangs_on, "stacks on": stacks_on, "nests in": nests_in,
}
