"""Programs of cooking and eating: scoop, whisk, dip, sprinkle, grate, squeeze, spread, roll out, flip, light, cover."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.programs.placing import FRONT, RIGHT, UP, Pair, Placement, carrying, compass, place, stack
from oor.catalog.template import Array

OFF = FRONT + 0.01  # a direction that is never quite a frame's axis


def _degrees(pair: Pair, low: float, high: float) -> Array:
    return pair.uniform(np.radians(low), np.radians(high))


def _any_way(pair: Pair) -> Array:
    return compass(pair.uniform(-np.pi, np.pi))


def _dipped(pair: Pair, level: Array, aside: Array, lean: Array, turn: Array, facing: Array) -> Placement:
    """The tool's lower end in the cavity, its handle out through the opening.

    level: height of the end, as a share of the cavity's depth. aside: its way from the middle, as a share of the room there.
    lean: of the handle from the vertical, to the side `turn` away from the end's. facing: where the tool's upper side looks.
    """
    rim, _, opening = pair.on_base("opening")
    floor, _, area = pair.on_base("floor")
    end, _, _ = pair.on_target("tip" if "tip" in pair.target.template.frames else "pad")
    shaft = pair.on_target("handle")[0] - end
    thick = np.sort(pair.target_size, axis=1)[:, 1] / 2
    wall = (1 - level) * area.min(axis=1) + level * opening.min(axis=1)
    side = pair.uniform(-np.pi, np.pi)
    low = floor + level[:, None] * (rim - floor) + compass(side) * (aside * np.maximum(wall - thick, 0))[:, None]
    way = UP + compass(side + turn) * np.tan(lean)[:, None]
    below = (rim - low)[:, 1]
    across = low + way * below[:, None] - rim
    through = np.hypot(across[:, 0], across[:, 2]) < 0.88 * opening.min(axis=1)
    out = np.linalg.norm(shaft, axis=1) * np.cos(lean) > 1.05 * below
    R = carrying(shaft, UP + 0.01 * OFF, way, facing)
    return R, place(R, end, low), through & out & (thick < 1.1 * wall)


def scoops_from(pair: Pair) -> Placement:
    """The end low on one side of the cavity, the handle leaning 40 to 68 degrees over the other side's rim, bowl up."""
    level, aside = pair.uniform(0.36, 0.66), pair.uniform(0.2, 1.0)
    turn = np.pi + pair.normal(np.radians(15))
    return _dipped(pair, level, aside, _degrees(pair, 40, 68), turn, UP + 0.25 * _any_way(pair))


def whisks_in(pair: Pair) -> Placement:
    """The whisk up to 18 degrees off upright, its lower end near the floor."""
    level, aside = pair.uniform(0.04, 0.25), pair.uniform(0, 0.8)
    return _dipped(pair, level, aside, _degrees(pair, 1, 18), pair.uniform(-np.pi, np.pi), _any_way(pair) + 0.01)


def dips_into(pair: Pair) -> Placement:
    """The tool steeply down, its end between just under the rim and half-way down."""
    level, aside = pair.uniform(0.5, 0.93), pair.uniform(0, 0.9)
    return _dipped(pair, level, aside, _degrees(pair, 2, 18), pair.uniform(-np.pi, np.pi), _any_way(pair) + 0.01)


def _receiver(pair: Pair) -> tuple[Array, Array]:
    """Middle (n, 3) and half widths (n, 2) of what things fall on: the base's opening, surface or top."""
    frames = pair.base.template.frames
    point, _, half = pair.on_base(next(name for name in ("opening", "surface", "top") if name in frames))
    return point, np.where(half > 0, half, 0.3 * pair.base_size[:, [0, 2]])


def _on_receiver(pair: Pair, share: float, above: Array) -> Array:
    """(n, 3) points above the middle `share` of the receiver."""
    point, half = _receiver(pair)
    x, z = pair.disc(np.full(pair.n, share))
    return point + stack(x * half[:, 0], above, z * half[:, 1])


def _poured(pair: Pair, tilt: Array, spot: Array, facing: Array) -> Placement:
    """The outlet at a spot, pointing down but for `tilt` (to any side)."""
    outlet, axis, _ = pair.on_target("outlet")
    R = carrying(axis, OFF, _any_way(pair) * np.tan(tilt)[:, None] - UP, facing)
    return R, place(R, outlet, spot), np.ones(pair.n, bool)


def sprinkles_on(pair: Pair) -> Placement:
    """Turned over above the middle of the base, outlet within 17 degrees of straight down."""
    spot = _on_receiver(pair, 0.35, pair.uniform(0.3, 0.6) * pair.target_size.max(axis=1))
    return _poured(pair, _degrees(pair, 0, 17), spot, _any_way(pair) + 0.01)


def grates_onto(pair: Pair) -> Placement:
    """The grater tilted 22 to 55 degrees, a face up, its lower end close above the middle of the base."""
    spot = _on_receiver(pair, 0.4, pair.uniform(0.03, 0.18) * pair.target_size.max(axis=1))
    return _poured(pair, _degrees(pair, 22, 55), spot, -UP + 0.05 * _any_way(pair))


def squeezes_onto(pair: Pair) -> Placement:
    """The nozzle just above the base, pointing 20 to 50 degrees off straight down; the more it slants the higher."""
    tilt = _degrees(pair, 20, 50)
    wide = np.sort(pair.target_size, axis=1)[:, 1] / 2
    above = pair.uniform(0.01, 0.05) * pair.target_size.max(axis=1) + 0.4 * wide * np.sin(tilt)
    return _poured(pair, tilt, _on_receiver(pair, 0.45, above), _any_way(pair) + 0.01)


def spreads_on(pair: Pair) -> Placement:
    """The blade's side on the base, one long edge raised 12 to 40 degrees, the handle raised a little, pointing any way."""
    flat, normal, _ = pair.on_target("flat")
    edge, _, half = pair.on_target("edge")
    backward = np.sign(pair.on_target("handle")[0][:, :1] - flat[:, :1]) * RIGHT
    heading, roll, pitch = _any_way(pair), _degrees(pair, 12, 40), _degrees(pair, 1, 9)
    side = pair.choose([1.0, -1.0], [0.8, 0.2])[:, None] * np.cross(heading, UP)
    R = carrying(backward, normal, heading + UP * np.tan(pitch)[:, None], side * np.tan(roll)[:, None] - UP)
    wide = np.linalg.norm((edge - flat)[:, 1:], axis=1)
    spot = _on_receiver(pair, 0.5, wide * np.sin(roll) + half[:, 0] * np.sin(pitch))
    return R, place(R, flat, spot), np.ones(pair.n, bool)


def rolls_out(pair: Pair) -> Placement:
    """The roller level on the dough, pressed in a little, heading anywhere."""
    pad, normal, _ = pair.on_target("pad")
    R = carrying(normal, RIGHT, -UP + 0.02 * _any_way(pair), _any_way(pair))
    spot = _on_receiver(pair, 0.45, -pair.uniform(0, 0.12) * pair.base_size[:, 1])
    return R, place(R, pad, spot), np.ones(pair.n, bool)


def flips(pair: Pair) -> Placement:
    """The blade slid under the base from any side, touching its bottom's edge, the handle rising."""
    flat, normal, _ = pair.on_target("flat")
    handle, tip = pair.on_target("handle")[0] - flat, pair.on_target("tip")[0] - flat
    heading, pitch = _any_way(pair), _degrees(pair, 0, 12)[:, None]
    R = carrying(normal, handle, heading * np.tan(pitch) - UP, heading + UP * np.tan(pitch))
    reach = np.linalg.norm(heading * pair.base_size / 2, axis=1)
    under, aside = pair.uniform(0, 0.5) * reach, pair.uniform(-0.25, 0.25) * reach
    thick = 2 * np.abs((tip * normal).sum(axis=1))
    height = pair.floor - thick - (reach - under) * np.tan(pitch[:, 0])
    spot = heading * under[:, None] + np.cross(UP, heading) * aside[:, None] + UP * height[:, None]
    return R, place(R, flat, spot), np.ones(pair.n, bool)


def lights(pair: Pair) -> Placement:
    """The tip at the wick, coming from any side, 5 to 60 degrees from above."""
    tip, axis, _ = pair.on_target("tip")
    wick, _, _ = pair.on_base("wick")
    back = _any_way(pair) + UP * np.tan(_degrees(pair, 5, 60))[:, None]
    back /= np.linalg.norm(back, axis=1, keepdims=True)
    R = carrying(axis, UP + 0.01 * OFF, -back, _any_way(pair) + 0.01)
    gap = pair.uniform(0.02, 0.1) * pair.target_size.max(axis=1)
    return R, place(R, tip, wick + back * gap[:, None]), np.ones(pair.n, bool)


def covers(pair: Pair) -> Placement:
    """The lid level on the rim, any way round; it must be as wide as the opening."""
    fit, axis, inner = pair.on_target("fit")
    rim, _, opening = pair.on_base("opening")
    ratio = inner.mean(axis=1) / opening.mean(axis=1)
    R = carrying(axis, OFF, -UP + 0.01 * _any_way(pair), _any_way(pair))
    x, z = pair.disc(0.03 * opening.min(axis=1))
    return R, place(R, fit, rim + stack(x, np.zeros(pair.n), z)), (ratio > 0.96) & (ratio < 1.2)


PROGRAMS: dict[str, Callable[[Pair], Placement]] = {
    "scoops from": scoops_from,
    "whisks in": whisks_in,
    "dips into": dips_into,
    "sprinkles on": sprinkles_on,
    "grates onto": grates_onto,
    "squeezes onto": squeezes_onto,
    "spreads on": spreads_on,
    "rolls out": rolls_out,
    "flips": flips,
    "lights": lights,
    "covers": covers,
}
