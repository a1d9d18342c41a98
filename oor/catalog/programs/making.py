"""Programs of the workshop, the desk and the surgery: tips that touch or enter, things inserted, mouths around an edge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.predicates.making import mouth_axis, slimmest
from oor.catalog.programs.placing import FRONT, RIGHT, UP, Pair, Placement, carrying, compass, place, stack
from oor.catalog.template import Array


def _off(pair: Pair, axis: Array, low: float, high: float) -> Array:
    """(n, 3) unit vectors that lean off an axis by so many degrees, any way."""
    aside = np.cross(axis, pair.rng.normal(size=(pair.n, 3)))
    angle = np.radians(pair.uniform(low, high))[:, None]
    return np.asarray(np.cos(angle) * axis + np.sin(angle) * aside / np.linalg.norm(aside, axis=1, keepdims=True))


def _spot(pair: Pair, share: float) -> Array:
    """(n, 3) points of the base's surface, within a share of its half widths."""
    point, _, area = pair.on_base("surface")
    x, z = (pair.uniform(-share, share) * area[:, i] for i in (0, 1))
    return point + stack(x, np.zeros(pair.n), z)


def _pointed(pair: Pair, shaft: Array, spot: Array, flank: Array | None = None) -> Placement:
    """The tip at a spot, the tool rising from it along the shaft; its own flank level, or turned about it at random."""
    tip, axis, _ = pair.on_target("tip")
    level = np.cross(UP, shaft) * pair.choose([1.0, -1.0])[:, None]
    if flank is None:
        flank, level = np.eye(3)[int(np.argmin(np.abs(axis[0])))], pair.rng.normal(size=(pair.n, 3))
    R = carrying(axis, flank, -shaft, level)
    return R, place(R, tip, spot), np.ones(pair.n, bool)


def drills_into(pair: Pair) -> Placement:
    """The bit straight down, from touching the surface to a third of the way in, short of the chuck; grip any way round."""
    spot = _spot(pair, 0.75)
    deep = np.minimum((spot[:, 1] - pair.floor) / 3, 0.1 * pair.target_size.max(axis=1)) * pair.uniform(0, 1)
    return _pointed(pair, _off(pair, UP, 0, 7), spot - UP * deep[:, None])


def paints(pair: Pair) -> Placement:
    """The bristles' whole width on the surface, the handle 20 to 60 degrees off the vertical, to the right 8 times in 10."""
    azimuth = pair.choose([np.pi / 4, -np.pi / 4], [0.8, 0.2]) + pair.normal(np.radians(20))
    lean = np.tan(np.radians(pair.uniform(20, 60)))
    wide = np.cross(slimmest(pair.target.template, "tip"), pair.target.template.frames["tip"].axis)
    return _pointed(pair, UP + compass(azimuth) * lean[:, None], _spot(pair, 0.75), wide)


def sews(pair: Pair) -> Placement:
    """The needle's tip just in the cloth, the needle 22 to 50 degrees off the vertical; a stuffed thing is sewn near its top."""
    shaft = _off(pair, UP, 22, 50)
    flat = pair.base.template.extents[1] < 0.15
    deep = pair.uniform(0.006, 0.02) * pair.target_size.max(axis=1)
    return _pointed(pair, shaft, _spot(pair, 0.7 if flat else 0.12) - shaft * deep[:, None])


def injects_into(pair: Pair) -> Placement:
    """The needle through the middle of the vial's top, within 12 degrees of straight."""
    top, out, half = pair.on_base("socket" if "socket" in pair.base.template.frames else "opening")
    x, z = pair.disc(0.3 * half.min(axis=1))
    deep = pair.uniform(0.02, 0.08) * pair.target_size.max(axis=1)
    return _pointed(pair, _off(pair, out, 0, 12), top + stack(x, np.zeros(pair.n), z) - out * deep[:, None])


def _inserted(pair: Pair, frame: str, hole: str, flank: Array, deep: Array) -> Placement:
    """The tip so deep in the hole, in line with it, the target's own flank level (across the base if the hole looks up)."""
    tip, axis, _ = pair.on_target(frame)
    at, out, _ = pair.on_base(hole)
    across = RIGHT if pair.base.template.extents[0] < pair.base.template.extents[2] else FRONT
    level = np.where(np.abs(out[:, 1:2]) > 0.9, across, np.cross(UP, out))
    beside = pair.choose([1.0, -1.0])[:, None] * level + pair.rng.normal(0, 0.06, (pair.n, 3))
    R = carrying(axis, flank, _off(pair, -out, 0, 3), beside)
    return R, place(R, tip, at - out * deep[:, None]), np.ones(pair.n, bool)


def unlocks(pair: Pair) -> Placement:
    """The key straight in the keyhole, its blade upright, a third of it inside at most."""
    deep = pair.uniform(0.05, 0.3) * pair.target_size.max(axis=1)
    return _inserted(pair, "tip", "keyhole", slimmest(pair.target.template, "tip"), deep)


def plugs_into(pair: Pair) -> Placement:
    """The prongs in the socket, all or most of the way."""
    _, axis, _ = pair.on_target("prongs")
    flank = np.cross(axis[0], slimmest(pair.target.template, "prongs"))
    return _inserted(pair, "prongs", "socket", flank, pair.uniform(0.1, 0.155) * pair.target_size.max(axis=1))


def tightens(pair: Pair) -> Placement:
    """The wrench level, its mouth around the bolt's head, handle any way round and either side up."""
    jaw, axis, _ = pair.on_target("jaw")
    head, out, half = pair.on_base("head")
    flat, r = slimmest(pair.target.template, "jaw"), half.min(axis=1)
    up = _off(pair, out, 0, 5) * pair.choose([1.0, -1.0])[:, None]
    R = carrying(flat, axis[0], up, compass(pair.uniform(-np.pi, np.pi)))
    mouth = pair.target_size @ np.abs(np.cross(flat, axis[0]))
    low = pair.uniform(0.2, 0.5) * r
    return R, place(R, jaw, head - out * low[:, None]), 2 * r < 0.8 * mouth


def magnifies(pair: Pair) -> Placement:
    """The lens level or its handle raised, held over the middle, handle toward the viewer 8 times in 10."""
    lens, axis, half = pair.on_target("lens")
    handle, r = pair.on_target("handle")[0] - lens, half.min(axis=1)
    azimuth = pair.normal(np.radians(25)) + pair.choose([0.0, np.pi / 2, -np.pi / 2, np.pi], [0.8, 0.09, 0.09, 0.02])
    raised = np.tan(np.radians(pair.uniform(0, 15)))
    lowest = np.sin(np.arctan(raised)) + pair.uniform(0.75, 1.7)
    up = UP * pair.choose([1.0, -1.0])[:, None] + pair.rng.normal(0, 0.06, (pair.n, 3))
    R = carrying(handle, axis, compass(azimuth) + UP * raised[:, None], up)
    spot = _spot(pair, 0.45)
    return R, place(R, lens, spot + UP * (lowest * r)[:, None]), np.ones(pair.n, bool)


def erases(pair: Pair) -> Placement:
    """One end or side of the eraser's face pressed on the surface, the face tilted by 10 to 25 degrees, any heading."""
    pad, axis, half = pair.on_target("pad")
    aside = np.eye(3)[int(np.argmin(np.abs(axis[0])))]
    R = carrying(axis, aside, _off(pair, -UP, 10, 25), compass(pair.uniform(-np.pi, np.pi)))
    lowest = np.abs(R[:, 1, 0]) * half[:, 0] + np.abs(R[:, 1, 2]) * half[:, 1]
    return R, place(R, pad, _spot(pair, 0.75) + UP * lowest[:, None]), np.ones(pair.n, bool)


def _edge(pair: Pair, share: float, longest: bool) -> tuple[Array, Array]:
    """A point half-way up the edge of a lying sheet, within a share of that edge, and the direction out of it. (n, 3)."""
    point, _, area = pair.on_base("surface")
    out = pair.choose(_sides(pair, longest))
    along = np.abs(np.cross(UP, out))
    slide = pair.uniform(-share, share) * (along[:, [0, 2]] * area).sum(axis=1)
    return out * pair.base_size / 2 + along * (point + slide[:, None]), out


def _sides(pair: Pair, longest: bool) -> Array:
    """The sides (k, 3) on which a sheet's usable surface reaches its edge; of these only the longest ones if wanted."""
    point, _, area = (values[0] for values in pair.on_base("surface"))
    out = np.array([RIGHT, -RIGHT, FRONT, -FRONT])
    half = np.abs(out) @ (pair.base_size[0] / 2)
    region = out @ point + np.abs(out)[:, [0, 2]] @ area
    length = np.abs(out)[:, [2, 0]] @ area
    reaches = (half - region < 0.15 * half) | (half - region == (half - region).min())
    if longest:
        reaches &= length > 0.95 * length[reaches].max()
    return np.asarray(out[reaches])


def _bites(pair: Pair, closing: Array, deep: tuple[float, float], share: float, sway: float, flips: bool = True,
           longest: bool = False, gape: float = 0.25) -> Placement:
    """The sheet's edge in the mouth, which closes up and down: so many target lengths deep, so far aslant.

    gape: the thickest sheet that goes in, in target lengths.
    """
    jaw, axis, _ = pair.on_target("jaw")
    edge, out = _edge(pair, share, longest)
    length = pair.target_size.max(axis=1)
    side = pair.choose([1.0, -1.0])[:, None] if flips else 1.0
    R = carrying(axis, closing, _off(pair, -out, 0, sway), side * UP + pair.rng.normal(0, 0.06, (pair.n, 3)))
    return R, place(R, jaw, edge - out * (pair.uniform(*deep) * length)[:, None]), pair.base_size[:, 1] < gape * length


def staples(pair: Pair) -> Placement:
    """The stapler upright, a sheet's edge in its mouth, anywhere along any side."""
    return _bites(pair, UP, (0.06, 0.2), 0.85, 6, flips=False)


def punches(pair: Pair) -> Placement:
    """The hole punch upright, the middle of a long edge in its slot."""
    return _bites(pair, UP, (0.06, 0.11), 0.12, 3, flips=False, longest=True, gape=0.12)


def clips(pair: Pair) -> Placement:
    """Arms astride an edge, or, if the clip is as flat as a wire, pushed flat onto it; aslant by up to 15 degrees."""
    extents = pair.target.template.extents
    if extents.min() > 0.08:
        return _bites(pair, mouth_axis(pair.target.template), (0.15, 0.3), 0.85, 15, gape=0.4)
    R, position, fits = _bites(pair, slimmest(pair.target.template, "jaw"), (0.14, 0.22), 0.85, 3)
    return R, position + UP * (pair.base_size[:, 1:2] / 2), fits


def snips(pair: Pair) -> Placement:
    """The blades one above and one below the sheet, cutting into an edge."""
    return _bites(pair, mouth_axis(pair.target.template), (0.05, 0.22), 0.7, 12)


def grips(pair: Pair) -> Placement:
    """The mouth around the thing's head or its middle, from above or the side, closing across it where it is thin."""
    template = pair.base.template
    if "head" in template.frames:
        at, _, half = pair.on_base("head")
        across, thick, play = compass(pair.uniform(-np.pi, np.pi)), 2 * half.min(axis=1), np.zeros(pair.n)
    else:
        at, _, _ = pair.on_base("centre")
        across = pair.choose(np.eye(3)[template.extents < 1.25 * template.extents.min()])
        thick, play = (across * pair.base_size).sum(axis=1), pair.uniform(0, 0.5)
    out = pair.rng.normal(size=(pair.n, 3))
    out[:, 1] = np.abs(out[:, 1])
    out -= across * (out * across).sum(axis=1, keepdims=True)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    jaw, axis, _ = pair.on_target("jaw")
    R = carrying(axis, mouth_axis(pair.target.template), _off(pair, -out, 0, 8), across * pair.choose([1.0, -1.0])[:, None])
    reach = play / np.linalg.norm(out / (pair.base_size / 2), axis=1)
    return R, place(R, jaw, at + out * reach[:, None]), thick < 0.3 * pair.target_size.max(axis=1)


PROGRAMS: dict[str, Callable[[Pair], Placement]] = {
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
