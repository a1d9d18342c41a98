"""Functional programs: pour, cut, sprinkle, stir, strike, drive, write, sit, shine. Each is written with named frames."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.programs.placing import FRONT, RIGHT, UP, Pair, Placement, about, carrying, compass, half_box, place, stack
from oor.catalog.template import Array


def pours_into(pair: Pair) -> Placement:
    """Spout above the opening, outflow 10 to 55 degrees below the horizontal, from any side."""
    tip, flow, _ = pair.on_target("spout")
    rim, _, opening = pair.on_base("opening")
    elevation = np.arctan2(flow[:, 1], np.hypot(flow[:, 0], flow[:, 2]))
    tilt = elevation + pair.uniform(np.radians(10), np.radians(55))
    spin = pair.uniform(-np.pi, np.pi) if abs(pair.target.template.frames["spout"].axis[1]) > 0.95 else np.zeros(pair.n)
    R = about(UP, pair.uniform(-np.pi, np.pi)) @ about(-FRONT, tilt) @ about(UP, spin)
    x, z = pair.disc(0.5 * opening.min(axis=1))
    above = pair.uniform(0.2, 0.9) * np.minimum(opening.min(axis=1), 0.5 * pair.target_size.max(axis=1))
    return R, place(R, tip, rim + stack(x, above, z)), np.ones(pair.n, bool)


def _cut(pair: Pair, depth: Array, x: Array, z: Array, yaw: Array, top: Array) -> Placement:
    """Blade upright, edge down, its middle at (x, z) and `depth` below the height `top`."""
    edge, _, half = pair.on_target("edge")
    along = pair.uniform(-0.35, 0.35) * half[:, 0]
    R = about(UP, yaw) @ about(FRONT, pair.normal(np.radians(6))) @ about(RIGHT, pair.normal(np.radians(5)))
    return R, place(R, edge + along[:, None] * RIGHT, stack(x, top - depth, z)), np.ones(pair.n, bool)


def cuts(pair: Pair) -> Placement:
    """Blade upright over or part-way through the middle of the base; across its length if it is long."""
    size = pair.base_size
    depth = pair.uniform(0.0, 0.6) * size[:, 1]
    long_way = bool(np.median(size[:, 0] / size[:, 2]) > 1.3)
    yaw = pair.choose([np.pi / 2, -np.pi / 2]) + pair.normal(np.radians(8)) if long_way else pair.uniform(-np.pi, np.pi)
    x, z = pair.uniform(-0.3, 0.3) * size[:, 0], pair.normal(0.05) * size[:, 2]
    if not long_way:
        x, z = pair.disc(0.12 * size[:, 0])
    return _cut(pair, depth, x, z, yaw, size[:, 1] / 2)


def saws(pair: Pair) -> Placement:
    """Teeth down across the plank, between touching it and through it."""
    return cuts(pair)


def chops_on(pair: Pair) -> Placement:
    """Blade upright over the board, edge touching it or just raised."""
    point, _, area = pair.on_base("surface")
    raised = pair.uniform(0.0, 0.12) * pair.target_size[:, 0]
    x, z = (point[:, i] + pair.uniform(-0.5, 0.5) * area[:, j] for i, j in ((0, 0), (2, 1)))
    return _cut(pair, -raised, x, z, pair.uniform(-np.pi, np.pi), point[:, 1])


def slices(pair: Pair) -> Placement:
    """The wheel upright in the pizza, rolling any way, handle raised a little."""
    point, _, area = pair.on_base("surface")
    edge, _, _ = pair.on_target("edge")
    R = about(UP, pair.uniform(-np.pi, np.pi)) @ about(FRONT, pair.uniform(np.radians(-35), 0.0))
    R = R @ about(RIGHT, pair.normal(np.radians(5)))
    x, z = pair.disc(0.85 * area.min(axis=1))
    low = point[:, 1] - pair.uniform(0.1, 0.9) * (point[:, 1] - pair.floor)
    axle, _, _ = pair.on_target("axle")
    wheel = np.linalg.norm(edge - axle, axis=1)
    return R, place(R, axle, stack(point[:, 0] + x, low + wheel, point[:, 2] + z)), np.ones(pair.n, bool)


def sprinkles_into(pair: Pair) -> Placement:
    """Turned over above the opening, outlet 2 to 35 degrees from straight down, from any side."""
    outlet, axis, _ = pair.on_target("outlet")
    rim, _, opening = pair.on_base("opening")
    falling = pair.uniform(np.radians(55), np.radians(88))
    flow = compass(pair.uniform(-np.pi, np.pi)) * np.cos(falling)[:, None] - UP * np.sin(falling)[:, None]
    R = carrying(axis, RIGHT + 0.01, flow, compass(pair.uniform(-np.pi, np.pi)) + 0.01)
    x, z = pair.disc(0.5 * opening.min(axis=1))
    above = pair.uniform(0.25, 0.75) * np.minimum(opening.min(axis=1), pair.target_size.max(axis=1))
    return R, place(R, outlet, rim + stack(x, above, z)), np.ones(pair.n, bool)


def stirs(pair: Pair) -> Placement:
    """The spoon's bowl low in the cavity, its handle rising through the opening at up to 35 degrees."""
    rim, _, opening = pair.on_base("opening")
    floor, _, area = pair.on_base("floor")
    tip, axis, _ = pair.on_target("tip")
    r, height = np.minimum(opening, area).min(axis=1), rim[:, 1] - floor[:, 1]
    x, z = pair.disc(0.55 * r)
    low = floor + stack(x, pair.uniform(0.06, 0.35) * height, z)
    lean = np.tan(pair.uniform(np.radians(4), np.radians(35)))
    toward = compass(pair.uniform(-np.pi, np.pi)) * lean[:, None]
    across = low + height[:, None] * toward - rim
    inside_rim = np.hypot(across[:, 0], across[:, 2]) < 0.85 * opening.min(axis=1)
    R = carrying(axis, UP + 0.01, -(UP + toward), compass(pair.uniform(-np.pi, np.pi)) + 0.01)
    return R, place(R, tip, low), inside_rim


def hits(pair: Pair) -> Placement:
    """The hammer's face square above the nail's head, from touching to half a nail away; handle any way round."""
    face, normal, _ = pair.on_target("face")
    head, _, half = pair.on_base("head")
    handle = compass(pair.uniform(-np.pi, np.pi))
    R = about(RIGHT, pair.normal(np.radians(4))) @ about(FRONT, pair.normal(np.radians(4))) @ carrying(normal, -UP, -UP, handle)
    x, z = pair.disc(half.min(axis=1))
    gap = pair.uniform(0.0, 0.5) * pair.base_size[:, 1]
    return R, place(R, face, head + stack(x, gap, z)), np.ones(pair.n, bool)


def drives(pair: Pair) -> Placement:
    """The screwdriver's tip in the screw's head, in line with it, any spin."""
    tip, _, _ = pair.on_target("tip")
    head, _, half = pair.on_base("head")
    R = about(RIGHT, pair.normal(np.radians(3))) @ about(FRONT, pair.normal(np.radians(3)))
    R = R @ about(UP, pair.uniform(-np.pi, np.pi))
    x, z = pair.disc(0.3 * half.min(axis=1))
    gap = pair.uniform(-0.02, 0.12) * pair.base_size[:, 1]
    return R, place(R, tip, head + stack(x, gap, z)), np.ones(pair.n, bool)


def writes_on(pair: Pair) -> Placement:
    """The point on the page, 25 to 55 degrees from the vertical, toward a right hand 8 times in 10."""
    tip, axis, _ = pair.on_target("tip")
    point, _, area = pair.on_base("surface")
    x, z = (point[:, i] + pair.uniform(-0.75, 0.75) * area[:, j] for i, j in ((0, 0), (2, 1)))
    azimuth = pair.choose([np.pi / 4, -np.pi / 4], [0.8, 0.2]) + pair.normal(np.radians(12))
    lean = np.tan(pair.uniform(np.radians(25), np.radians(55)))
    R = carrying(axis, UP + 0.01, -(UP + compass(azimuth) * lean[:, None]), compass(pair.uniform(-np.pi, np.pi)) + 0.01)
    return R, place(R, tip, stack(x, point[:, 1], z)), np.ones(pair.n, bool)


def sits_at(pair: Pair) -> Placement:
    """Facing the base from one of its sides (its front if it has one), pushed in by up to half a seat."""
    side = pair.choose([0.0] if pair.base.fronted else [0.0, np.pi / 2, np.pi, -np.pi / 2])
    d = compass(side)
    across = np.cross(UP, d)
    yaw = pair.uniform(-np.pi, np.pi) if not pair.target.fronted else side + np.pi + pair.normal(np.radians(6))
    R = about(UP, yaw)
    depth = pair.target_size[:, 2]
    edge = np.abs((d * pair.base_size / 2).sum(axis=1))
    middle, _, free = pair.on_base("clearance")
    width = np.abs(across)[:, [0, 2]]
    room = np.maximum((width * (free - half_box(R, pair.target_size)[:, [0, 2]])).sum(axis=1), 0)
    slide = (across * middle).sum(axis=1) + 0.7 * room * pair.uniform(-1, 1)
    away = edge + depth * (0.5 - pair.uniform(-0.1, 0.45))
    position = d * away[:, None] + across * slide[:, None]
    position[:, 1] = pair.floor + pair.target_size[:, 1] / 2
    return R, position, np.ones(pair.n, bool)


def shines_on(pair: Pair) -> Placement:
    """Standing behind or beside the base on the same table, its light falling on it."""
    light, _, _ = pair.on_target("light")
    yaw = pair.normal(np.radians(35))
    R = about(UP, yaw)
    x, z = pair.disc(0.3 * pair.base_size[:, [0, 2]].min(axis=1))
    position = place(R, light, stack(x, np.zeros(pair.n), z - 0.2 * pair.base_size[:, 2]))
    position[:, 1] = pair.floor + pair.target_size[:, 1] / 2
    on_it = (np.abs(position) < 0.5 * pair.base_size)[:, [0, 2]].all(axis=1)
    return R, position, np.asarray(~on_it)


PROGRAMS: dict[str, Callable[[Pair], Placement]] = {
    "pours into": pours_into,
    "waters": pours_into,
    "cuts": cuts,
    "chops on": chops_on,
    "slices": slices,
    "sprinkles into": sprinkles_into,
    "stirs": stirs,
    "hits": hits,
    "drives": drives,
    "saws": saws,
    "writes on": writes_on,
    "sits at": sits_at,
    "shines on": shines_on,
}
