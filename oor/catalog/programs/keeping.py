"""Programs of keeping house: pressing a pad on a surface, and putting things where they belong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oor.catalog.programs.placing import (
    FRONT,
    RIGHT,
    UP,
    Pair,
    Placement,
    about,
    carrying,
    compass,
    dense_cloud,
    half_box,
    place,
    stack,
)
from oor.catalog.template import Array, Template, once_per_template

LEVELS = 24  # heights of an outline
_OBLIQUE = np.array([0.48, 0.64, 0.6])  # along no axis of a tool


def _pad(template: Template) -> str:
    return "pad" if "pad" in template.frames else "head"


def _pressed(pair: Pair, tilt: Array, where: str = "surface") -> Placement:
    """The pad's lowest corner on the surface, or on a cavity's floor between its walls; any heading."""
    pad, _, half = pair.on_target(_pad(pair.target.template))
    point, _, area = pair.on_base(where)
    R = about(UP, pair.uniform(-np.pi, np.pi)) @ tilt
    corners = np.array([[i, 0, j] for i in (-1, 1) for j in (-1, 1)]) * half[:, None][..., [0, 0, 1]]
    corners = np.einsum("nij,nkj->nki", R, corners)
    walled = pair.base_size[:, 1] / 2 - point[:, 1] > 0.02 * pair.base_size.max(axis=1)
    plan = (half_box(R, pair.target_size) if where == "floor" else np.abs(corners).max(axis=1))[:, [0, 2]]
    if np.ptp(pair.base.template.frames[where].half) < 0.01:  # round: any heading must fit
        round_trip = np.hypot(*(pair.target_size[:, [0, 2]].T / 2 if where == "floor" else half.T))
        plan = np.where(walled[:, None], round_trip[:, None], plan)
    room = np.maximum(0.97 * area - plan, 0.0)
    x, z = pair.disc(np.ones(pair.n))
    spot = point + stack(room[:, 0] * x, -corners[..., 1].min(axis=1), room[:, 1] * z)
    return R, place(R, pad, spot), np.asarray((plan < np.where(walled, 1.0, 1.3)[:, None] * area).all(axis=1))


def _tipped(pair: Pair, degrees: float) -> Array:
    """(n, 3, 3) tilts by up to so many degrees in any direction."""
    heading = pair.uniform(-np.pi, np.pi)
    return about(UP, heading) @ about(RIGHT, np.radians(pair.uniform(0, degrees))) @ about(UP, -heading)


def _leaning(pair: Pair, low: float, high: float) -> Array:
    """(n, 3, 3) tilts of a long-handled tool about the long way of its head, to either side."""
    width, depth = pair.target.template.frames[_pad(pair.target.template)].half
    return about(RIGHT if width >= depth else FRONT, pair.choose([1, -1]) * np.radians(pair.uniform(low, high)))


def irons(pair: Pair) -> Placement:
    """The sole flat on the cloth, pointing any way."""
    return _pressed(pair, _tipped(pair, 4))


def wipes(pair: Pair) -> Placement:
    """Pressed flat, or nearly, anywhere on the surface."""
    return _pressed(pair, _tipped(pair, 10))


def mops(pair: Pair) -> Placement:
    """The head on the surface, the handle 18 to 50 degrees from the vertical."""
    return _pressed(pair, _leaning(pair, 18, 50))


def sweeps(pair: Pair) -> Placement:
    """The bristles on the surface, the handle 12 to 40 degrees from the vertical."""
    return _pressed(pair, _leaning(pair, 12, 40))


def vacuums(pair: Pair) -> Placement:
    """The floor head flat on the surface, pointing any way."""
    return _pressed(pair, _tipped(pair, 2))


def scrubs(pair: Pair) -> Placement:
    """The bristles on the surface, or on the bottom of what is hollow, tilted by up to 18 degrees."""
    return _pressed(pair, _tipped(pair, 18), "floor" if "floor" in pair.base.template.frames else "surface")


@once_per_template
def _outline(template: Template, frame: str, square: bool = False) -> tuple[Array, float]:
    """Widest radius about a frame's axis at LEVELS heights above the end that goes in, and the length; canonical units."""
    axis = template.frames[frame].axis * (1 if frame == "opening" else -1)
    offset = dense_cloud(template, 6000) * template.extents - template.frames[frame].point
    along = offset @ axis
    radius = _radius(offset - along[:, None] * axis, square, template.frames[frame].half)
    level = (LEVELS * (along - along.min()) / np.ptp(along)).astype(int).clip(0, LEVELS - 1)
    widest = np.zeros(LEVELS)
    np.maximum.at(widest, level, radius)
    return widest, float(np.ptp(along))


@once_per_template
def _cavity(template: Template, square: bool = False) -> Array:
    """(LEVELS,) narrowest radius of the inner wall between floor and rim, in canonical units."""
    rim, floor = template.frames["opening"], template.frames["floor"]
    offset = dense_cloud(template, 12000) * template.extents - floor.point
    height = offset[:, 1] / max(rim.point[1] - floor.point[1], 1e-6)
    inner = np.linspace(floor.half.min(), rim.half.min(), LEVELS)
    wall = (height > 0.03) & (height < 1)
    found = np.full(LEVELS, np.inf)
    np.minimum.at(found, (LEVELS * height[wall]).astype(int), _radius(offset[wall] * [1, 0, 1], square, rim.half))
    return np.where(np.isfinite(found), found, inner)


def _radius(offset: Array, square: bool, half: Array) -> Array:
    """Distance from the axis; of an outline with corners, in widths of its x side."""
    return np.asarray(np.linalg.norm(offset, axis=1) if not square else (np.abs(offset) * [1, 0, half[0] / half[1]]).max(axis=1))


def _scales(size: Array, template: Template, axis: Array) -> tuple[Array, Array, Array]:
    """Metres per canonical unit of instances: along an axis, and the most and the least across it. Each (n,)."""
    k, ratio = int(np.argmax(np.abs(axis))), size / template.extents
    across = np.delete(ratio, k, axis=1)
    return ratio[:, k], across.max(axis=1), across.min(axis=1)


def _let_down(outline: Array, length: Array, cavity: Array, width: Array, depth: Array) -> Array:
    """(n,) how deep below the rim an upright thing comes to rest. outline: its radii (n, LEVELS); cavity: (LEVELS,) of the
    vessel, canonical; width: metres per canonical unit of the vessel."""
    passable = np.minimum.accumulate(cavity[::-1])[::-1]
    stuck = np.searchsorted(passable, outline / width[:, None]) / LEVELS * depth[:, None]  # height where each radius stops
    bottom = stuck - np.arange(LEVELS) / LEVELS * length[:, None]
    return depth - bottom.max(axis=1).clip(0, depth)


def stands_in(pair: Pair) -> Placement:
    """What fills the opening stands upright in it, as deep as it goes; what is slimmer leans on the rim."""
    end = "foot" if "foot" in pair.target.template.frames else "tip"
    low, axis, _ = pair.on_target(end)
    rim, _, _ = pair.on_base("opening")
    floor, _, area = pair.on_base("floor")
    depth = np.maximum(rim - floor, 1e-6)[:, 1]
    shape, span = _outline(pair.target.template, end)
    along, across, _ = _scales(pair.target_size, pair.target.template, pair.target.template.frames[end].axis)
    outline, length = shape * across[:, None], span * along
    cavity, width = _cavity(pair.base.template), _scales(pair.base_size, pair.base.template, UP)[2]
    sunk = _let_down(outline, length, cavity, width, depth)
    below = np.arange(LEVELS) / LEVELS * length[:, None] < 1.1 * depth[:, None]
    thick = np.where(below, outline, 0.0).max(axis=1)
    neck = cavity[LEVELS // 2 :].min() * width
    tight = (thick > 0.45 * np.minimum(neck, area.min(axis=1)))[:, None]
    d = compass(pair.uniform(-np.pi, np.pi))
    back = pair.uniform(0.1, 0.8) * np.maximum(area.min(axis=1) - 1.2 * thick, 0)
    foot = np.where(tight, rim - UP * sunk[:, None], floor - d * back[:, None] + UP * (0.4 * outline[:, :1]))
    edge = np.where(tight, rim + UP, rim + d * (neck - 1.2 * thick)[:, None])
    R = carrying(axis, _OBLIQUE, foot - edge, compass(pair.uniform(-np.pi, np.pi)))
    rises = length * ((edge - foot)[:, 1] / np.linalg.norm(edge - foot, axis=1))
    fits = (sunk > 0.2 * np.minimum(depth, length)) & (rises > np.where(tight[:, 0], sunk, depth) + 0.12 * length)
    return R, place(R, low, foot), fits


def mounts_on(pair: Pair) -> Placement:
    """Upright on the mount, in line with it; facing the base's front if both have one."""
    foot, _, _ = pair.on_target("foot")
    mount, _, _ = pair.on_base("mount")
    forward = pair.target.fronted and pair.base.fronted
    yaw = pair.normal(np.radians(12)).clip(-0.6, 0.6) if forward else pair.uniform(-np.pi, np.pi)
    R = _tipped(pair, 3) @ about(UP, yaw)
    return R, place(R, foot, mount), np.ones(pair.n, bool)


def _broad_side(template: Template) -> Array:
    """(3,) the object's own axis along which it is thinnest, of those that are level when it hangs."""
    level = np.abs(template.frames["hang"].axis) < 0.7
    return np.eye(3)[int(np.argmin(np.where(level, template.extents, np.inf)))]


def _facing(pair: Pair) -> Array:
    """(n,) turns of what hangs: its front outward; either side if it has none; any way if it is as thick as broad."""
    if pair.target.fronted:
        return pair.normal(np.radians(6))
    level = pair.target.template.extents[np.abs(pair.target.template.frames["hang"].axis) < 0.7]
    if level.min() > 0.9 * level.max():
        return pair.uniform(-np.pi, np.pi)
    return pair.choose([0.0, np.pi]) + pair.normal(np.radians(6))


def hangs_on(pair: Pair) -> Placement:
    """Hanging straight down from the peg, broad side outward, as near to its root as the thing's back allows."""
    hang, up, _ = pair.on_target("hang")
    peg, out, half = pair.on_base("peg")
    outward = out * [1, 0, 1] / np.linalg.norm(out[:, [0, 2]], axis=1, keepdims=True)
    R = _tipped(pair, 4) @ about(UP, _facing(pair)) @ carrying(up, _broad_side(pair.target.template), UP, outward)
    behind = (np.abs(outward) * half_box(R, pair.target_size)).sum(axis=1) + (place(R, -hang, 0 * hang) * outward).sum(axis=1)
    length = half[:, 0]
    along = pair.uniform(np.clip(behind - length / 2, -0.35 * length, 0.35 * length), 0.35 * length)
    return R, place(R, hang, peg + out * along[:, None]), np.ones(pair.n, bool)


def _square(template: Template) -> bool:
    """Whether its outline in plan has corners."""
    plan = (dense_cloud(template, 6000) * template.extents)[:, [0, 2]]
    return bool(np.linalg.norm(plan, axis=1).max() > 1.15 * np.abs(plan).max())


def _aligned(pair: Pair) -> Array:
    """(n,) turns that lay like on like: any for what is round, else along the base within a few degrees."""
    if not (_square(pair.target.template) and _square(pair.base.template)):
        return pair.uniform(-np.pi, np.pi)
    x, _, z = pair.target.template.extents
    turns = np.arange(4) * np.pi / 2 if 0.85 < x / z < 1.18 else np.array([0.0, np.pi])
    return pair.choose(turns) + pair.normal(np.radians(2.5)).clip(-0.13, 0.13)


def stacks_on(pair: Pair) -> Placement:
    """Squarely on top, middle on middle; not much wider than what carries it."""
    frames = pair.base.template.frames
    support = next((name for name in ("surface", "top") if name in frames), None)
    point = pair.on_base(support)[0] if support else UP * pair.base_size / 2
    R = about(UP, _aligned(pair))
    half = half_box(R, pair.target_size)
    slack = 0.1 * np.minimum(pair.base_size, pair.target_size)[:, [0, 2]].min(axis=1)
    x, z = pair.disc(slack)
    position = stack(point[:, 0] + x, point[:, 1] + half[:, 1], point[:, 2] + z)
    fits = (half < 0.56 * pair.base_size)[:, [0, 2]].all(axis=1)
    if not support and "opening" in frames:  # wide enough not to fall in
        foot = pair.on_target("floor")[2] if "floor" in pair.target.template.frames else half[:, [0, 2]]
        fits &= (foot > pair.on_base("opening")[2]).any(axis=1)
    return R, position, np.asarray(fits)


def nests_in(pair: Pair) -> Placement:
    """Upright in the larger one, let down until it meets the wall or the floor; only pairs that go well in."""
    inner, outer = pair.target.template, pair.base.template
    square = _square(inner) and _square(outer)
    yaw = pair.choose([0.0, np.pi]) + pair.normal(0.01) if square else pair.uniform(-np.pi, np.pi)
    rim, _, _ = pair.on_base("opening")
    floor, _, _ = pair.on_base("floor")
    mouth, _, _ = pair.on_target("opening")
    shape, span = _outline(inner, "opening", square)
    along, across, _ = _scales(pair.target_size, inner, UP)
    cavity, width = _cavity(outer, square), _scales(pair.base_size, outer, UP)[2]
    depth = np.maximum(rim - floor, 1e-6)[:, 1]
    sunk = _let_down(1.03 * shape * across[:, None], span * along, cavity, width, depth)
    x, z = pair.disc(0.02 * cavity.min() * width)
    R = about(UP, yaw)
    position = place(R, mouth * [1, 0, 1], rim + stack(x, pair.target_size[:, 1] / 2 - sunk, z))
    narrower = (pair.target_size < pair.base_size)[:, [0, 2]].all(axis=1)
    return R, position, narrower & (sunk > 0.6 * depth) & (depth > 0.2 * pair.base_size[:, 1])


PROGRAMS: dict[str, Callable[[Pair], Placement]] = {
    "irons": irons,
    "wipes": wipes,
    "mops": mops,
    "sweeps": sweeps,
    "vacuums": vacuums,
    "scrubs": scrubs,
    "stands in": stands_in,
    "mounts on": mounts_on,
    "hangs on": hangs_on,
    "stacks on": stacks_on,
    "nests in": nests_in,
}
