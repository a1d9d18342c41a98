"""Relation programs: distributions over poses, written with functional frames.

A program places n targets about n bases. It works in metres in the base's own axes (box centre at the origin, y up) and
returns, for every draw, a rotation, the position of the target's box centre, and whether these two instances fit
together at all (an apple wider than the bowl does not). Draws that do not fit are drawn again by `draw`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import roma
import torch
import trimesh
from numpy.typing import NDArray

from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context
from oor.catalog.posed import stretched
from oor.catalog.template import Array, Template

Bools = NDArray[np.bool_]
Placement = tuple[Array, Array, Bools]

UP = np.array([0.0, 1.0, 0.0])
RIGHT, FRONT = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Pair:
    """n instances of a target category beside n of a base category: box edges in metres, and a generator."""

    target: Category
    base: Category
    target_size: Array
    base_size: Array
    rng: np.random.Generator

    @property
    def n(self) -> int:
        return len(self.target_size)

    @property
    def floor(self) -> Array:
        """(n,) height of the plane the base stands on."""
        return -self.base_size[:, 1] / 2

    def on_target(self, name: str) -> tuple[Array, Array, Array]:
        """A target frame's points (n, 3), axes (n, 3), half widths (n, 2) in the target's own axes, metres."""
        template = self.target.template
        return stretched(template.frames[name], template.extents, self.target_size)

    def on_base(self, name: str) -> tuple[Array, Array, Array]:
        """The same for the base."""
        template = self.base.template
        return stretched(template.frames[name], template.extents, self.base_size)

    def uniform(self, low: float | Array, high: float | Array) -> Array:
        """(n,) uniform numbers."""
        return self.rng.uniform(low, high, self.n)

    def normal(self, sigma: float) -> Array:
        """(n,) centred Gaussian numbers."""
        return self.rng.normal(0.0, sigma, self.n)

    def disc(self, radius: Array) -> tuple[Array, Array]:
        """Uniform points in discs of radii (n,): x (n,) and z (n,)."""
        r, angle = radius * np.sqrt(self.uniform(0, 1)), self.uniform(0, 2 * np.pi)
        return r * np.cos(angle), r * np.sin(angle)

    def choose(self, options: Array, weights: list[float] | None = None) -> Array:
        """n rows of `options`, drawn with weights."""
        return np.asarray(options)[self.rng.choice(len(options), self.n, p=weights)]


# ---------------------------------------------------------------------------------------------- rotations


def about(axis: Array, angle: Array) -> Array:
    """(n, 3, 3) rotations by angles (n,) about a fixed axis (3,)."""
    rotvec = torch.from_numpy(np.asarray(angle)[:, None] * np.asarray(axis, float))
    return np.asarray(roma.rotvec_to_rotmat(rotvec).numpy())


def carrying(a: Array, b: Array, to_a: Array, to_b: Array) -> Array:
    """(n, 3, 3) rotations that carry a to to_a, and b as near to to_b as that allows. All (n, 3) or (3,)."""
    return _triad(to_a, to_b) @ np.swapaxes(_triad(a, b), -1, -2)


def _triad(a: Array, b: Array) -> Array:
    a, b = np.broadcast_arrays(np.atleast_2d(a), np.atleast_2d(b))
    x = a / np.linalg.norm(a, axis=-1, keepdims=True)
    z = np.cross(x, b)
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], axis=-1)


def compass(angle: Array) -> Array:
    """(n, 3) horizontal unit vectors; 0 is +z (front), 90 degrees is +x (right)."""
    return np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], axis=-1)


_REST = {"y": np.eye(3), "z": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]), "x": np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])}


def rested(pair: Pair, setting: bool = False) -> Array:
    """(n, 3, 3) rotations of targets that lie or stand on a plane by themselves.

    What lies on a side lies on either. Turn about the vertical: with the base's front for what has a front, handle
    toward the viewer for table-setting tools when `setting`, along the base (either way round) for furniture, else free.
    """
    rest = np.broadcast_to(_REST[pair.target.rest], (pair.n, 3, 3))
    if pair.target.rest != "y":
        long_axis = np.eye(3)[int(np.argmax(pair.target.template.extents))]
        rest = rest @ about(long_axis, pair.choose([0.0, np.pi]))
    return about(UP, _turn(pair, rest, setting)) @ rest


def _turn(pair: Pair, rest: Array, setting: bool) -> Array:
    plan = half_box(rest, pair.target_size)
    if pair.target.fronted:
        return pair.normal(np.radians(8))
    if setting and {"tip", "handle"} <= set(pair.target.template.frames):
        handle = np.einsum("nij,nj->ni", rest, pair.on_target("handle")[0])
        return -np.arctan2(handle[:, 0], handle[:, 2]) + pair.normal(np.radians(7))
    furniture = (np.median(plan, axis=0)[[0, 2]].max() > 0.3) and pair.target.template.extents[[0, 2]].min() < 0.8
    if furniture:
        return pair.choose([0.0, np.pi]) + pair.normal(np.radians(6))
    return pair.uniform(-np.pi, np.pi)


def half_box(R: Array, size: Array) -> Array:
    """(n, 3) half edges, along the base's axes, of the box around a turned box."""
    return np.asarray(np.einsum("nij,nj->ni", np.abs(R), size) / 2)


def place(R: Array, point_local: Array, point_base: Array) -> Array:
    """(n, 3) box centres that bring the target's own point to a point of the base's space."""
    return point_base - np.einsum("nij,nj->ni", R, point_local)


def stack(x: Array, y: Array, z: Array) -> Array:
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1)


# ---------------------------------------------------------------------------------------------- spatial programs


def on(pair: Pair) -> Placement:
    """Standing or lying anywhere on the supporting surface that its footprint allows."""
    R = rested(pair)
    half = half_box(R, pair.target_size)
    point, _, area = pair.on_base("surface")
    room = np.maximum(0.95 * area - half[:, [0, 2]], 0.0)
    overhang = np.maximum(half[:, [0, 2]] - area, 0.0).max(axis=1)
    position = stack(point[:, 0] + room[:, 0] * pair.uniform(-1, 1), point[:, 1] + half[:, 1],
                     point[:, 2] + room[:, 1] * pair.uniform(-1, 1))
    return R, position, overhang < 0.1 * half[:, [0, 2]].min(axis=1)


def under(pair: Pair) -> Placement:
    """On the floor beneath the base, within its legs."""
    R = rested(pair)
    half = half_box(R, pair.target_size)
    point, _, area = pair.on_base("clearance")
    room = area - half[:, [0, 2]]
    position = stack(point[:, 0] + np.maximum(room[:, 0], 0) * pair.uniform(-0.9, 0.9), pair.floor + half[:, 1],
                     point[:, 2] + np.maximum(room[:, 1], 0) * pair.uniform(-0.9, 0.9))
    fits = (room > 0).all(axis=1) & (2 * half[:, 1] < 0.95 * (point[:, 1] - pair.floor))
    return R, position, fits


def _beside(pair: Pair, direction: Array) -> Placement:
    """On the base's own ground, off to one side of it: direction (n, 3) is +-x or +-z."""
    R = rested(pair, setting=True)
    half, base_half = half_box(R, pair.target_size), pair.base_size / 2
    reach = (np.abs(direction) * (half + base_half)).sum(axis=1)
    gap = pair.uniform(0.04, 0.5) * np.minimum(pair.target_size.max(axis=1), pair.base_size.max(axis=1))
    across = np.abs(direction[:, [2, 1, 0]])
    slide = (across * base_half).sum(axis=1) * pair.uniform(-0.4, 0.4)
    position = direction * (reach + gap)[:, None] + across * slide[:, None]
    position[:, 1] = pair.floor + half[:, 1]
    return R, position, np.ones(pair.n, bool)


def left_of(pair: Pair) -> Placement:
    """To the left for a viewer who faces the base's front."""
    return _beside(pair, np.tile(-RIGHT, (pair.n, 1)))


def right_of(pair: Pair) -> Placement:
    """To the right for a viewer who faces the base's front."""
    return _beside(pair, np.tile(RIGHT, (pair.n, 1)))


def in_front_of(pair: Pair) -> Placement:
    """On the side the base's front faces."""
    return _beside(pair, np.tile(FRONT, (pair.n, 1)))


def behind(pair: Pair) -> Placement:
    """On the side away from the base's front."""
    return _beside(pair, np.tile(-FRONT, (pair.n, 1)))


def beside(pair: Pair) -> Placement:
    """Right of the base 8 times in 10 (as a mouse is to a keyboard), left of it otherwise."""
    return _beside(pair, pair.choose(np.array([RIGHT, -RIGHT]), [0.8, 0.2]))


def inside(pair: Pair) -> Placement:
    """In the cavity: on its floor, or, if long and slim, standing in it and leaning on the rim."""
    ends = {"tip", "handle"} <= set(pair.target.template.frames)
    return _standing_in(pair) if ends else _contained(pair)


def _contained(pair: Pair) -> Placement:
    R = rested(pair)
    half = half_box(R, pair.target_size)
    rim, _, opening = pair.on_base("opening")
    floor, _, area = pair.on_base("floor")
    depth, footprint = rim[:, 1] - floor[:, 1], half[:, [0, 2]]
    widening = np.clip(half[:, 1] / depth, 0, 1)[:, None]
    clear = area + widening * (opening - area) - footprint  # what is left around it at the height of its middle
    room = 0.7 * np.clip(np.minimum(clear, area), 0, None)
    x, z = pair.disc(np.ones(pair.n))
    position = stack(floor[:, 0] + room[:, 0] * x, floor[:, 1] + half[:, 1], floor[:, 2] + room[:, 1] * z)
    return R, position, (clear > 0.05 * footprint).all(axis=1) & (half[:, 1] < 1.2 * depth)


def _standing_in(pair: Pair) -> Placement:
    rim, _, opening = pair.on_base("opening")
    floor, _, area = pair.on_base("floor")
    tip, axis, _ = pair.on_target("tip")
    thick = np.sort(pair.target_size, axis=1)[:, 1] / 2
    d = compass(pair.uniform(-np.pi, np.pi))
    foot = floor - d * (pair.uniform(0.2, 0.8) * np.maximum(area.min(axis=1) - thick, 0))[:, None]
    foot[:, 1] += 0.3 * thick
    edge = rim + d * (opening.min(axis=1) - thick)[:, None]
    R = carrying(axis, UP + 0.01, foot - edge, compass(pair.uniform(-np.pi, np.pi)) + 0.01)
    return R, place(R, tip, foot), opening.min(axis=1) > 1.5 * thick


def leaning(pair: Pair) -> Placement:
    """Foot on the floor, tilted toward the base until it touches; on the sides or behind what has a front."""
    weights = [0.4, 0.4, 0.2, 0.0] if pair.base.fronted else [0.25] * 4
    d = pair.choose(np.array([RIGHT, -RIGHT, -FRONT, FRONT]), weights)
    across = np.cross(UP, d)
    extents = pair.target.template.extents
    long_axis, thin_axis = np.eye(3)[int(np.argmax(extents))], np.eye(3)[int(np.argmin(extents))]
    length, thick = pair.target_size @ long_axis, pair.target_size @ thin_axis / 2
    tilt = pair.uniform(np.radians(10), np.radians(26))
    up = np.cos(tilt)[:, None] * UP - np.sin(tilt)[:, None] * d
    out = np.sin(tilt)[:, None] * UP + np.cos(tilt)[:, None] * d
    R = carrying(long_axis, thin_axis, up, out)
    if not np.allclose(long_axis, UP):  # a plank has no upright way round
        R = R @ about(thin_axis, pair.choose([0.0, np.pi]))
    slide = pair.uniform(-0.45, 0.45) * np.abs((across * pair.base_size / 2).sum(axis=1))
    foot = across * slide[:, None] + UP * (pair.floor + thick * np.sin(tilt))[:, None]
    position = foot + up * (length / 2)[:, None]
    reach = first_contact(pair, R, position, d, across)
    touching = np.isfinite(reach)
    return R, position + d * np.where(touching, reach, 0.0)[:, None], touching


def first_contact(pair: Pair, R: Array, position: Array, d: Array, across: Array) -> Array:
    """(n,) how far along d a target at `position` must move for it just to touch the base; -inf if it never does.

    Both surfaces are sampled and binned by height and across d; in each bin the base's outermost point meets the target's
    innermost one.
    """
    rows, columns = 20, 7
    base_cloud = dense_cloud(pair.base.template, 3000)
    target_cloud = dense_cloud(pair.target.template, 1500)
    reach = np.zeros(pair.n)
    for chunk in np.array_split(np.arange(pair.n), max(1, pair.n // 256)):
        base = base_cloud * pair.base_size[chunk, None]
        target = np.einsum("nij,nkj->nki", R[chunk], target_cloud * pair.target_size[chunk, None]) + position[chunk, None]
        sideways = np.einsum("nki,ni->nk", target, across[chunk])
        low, high = sideways.min(axis=1), sideways.max(axis=1)
        top = np.minimum(target[..., 1].max(axis=1), base[..., 1].max(axis=1))
        outer = np.full((len(chunk), (rows + 2) * (columns + 2)), -np.inf)
        inner = np.full_like(outer, np.inf)
        for cloud, profile, extreme in ((base, outer, np.maximum), (target, inner, np.minimum)):
            row = 1 + np.floor(rows * (cloud[..., 1] - pair.floor[chunk, None]) / (top - pair.floor[chunk])[:, None])
            column = 1 + np.floor(columns * (np.einsum("nki,ni->nk", cloud, across[chunk]) - low[:, None]) / (high - low)[:, None])
            within = (row >= 1) & (row <= rows) & (column >= 1) & (column <= columns)
            cell = (np.clip(row, 0, rows + 1) * (columns + 2) + np.clip(column, 0, columns + 1)).astype(int)
            draw_index = np.broadcast_to(np.arange(len(chunk))[:, None], cell.shape)
            along = np.einsum("nki,ni->nk", cloud, d[chunk])
            extreme.at(profile, (draw_index[within], cell[within]), along[within])
        with np.errstate(invalid="ignore"):
            push = outer - inner
        reach[chunk] = np.where(np.isnan(push), -np.inf, push).max(axis=1)
    return reach


@cache
def dense_cloud(template: Template, count: int) -> Array:
    """(count, 3) surface samples in scale-normalised space."""
    return np.asarray(trimesh.sample.sample_surface(template.mesh, count, seed=1)[0] / template.extents)


# ---------------------------------------------------------------------------------------------- functional programs


def pours_into(pair: Pair) -> Placement:
    """Spout above the opening, outflow 10 to 55 degrees below the horizontal, from any side."""
    tip, flow, _ = pair.on_target("spout")
    rim, _, opening = pair.on_base("opening")
    elevation = np.arctan2(flow[:, 1], np.hypot(flow[:, 0], flow[:, 2]))
    tilt = elevation + pair.uniform(np.radians(10), np.radians(55))
    spin = pair.uniform(-np.pi, np.pi) if abs(pair.target.template.frames["spout"].axis[1]) > 0.95 else np.zeros(pair.n)
    R = about(UP, pair.uniform(-np.pi, np.pi)) @ about(-FRONT, tilt) @ about(UP, spin)
    x, z = pair.disc(0.5 * opening.min(axis=1))
    above = pair.uniform(0.2, 0.9) * opening.min(axis=1)
    return R, place(R, tip, rim + stack(x, above, z)), np.ones(pair.n, bool)


def _cut(pair: Pair, depth: Array, x: Array, z: Array, yaw: Array, top: Array) -> Placement:
    """Blade upright, edge down, its middle at (x, z) and `depth` below the height `top`."""
    edge, axis, half = pair.on_target("edge")
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
    R = about(UP, pair.uniform(-np.pi, np.pi)) @ about(FRONT, pair.uniform(np.radians(-35), 0.0)) @ about(RIGHT, pair.normal(np.radians(5)))
    x, z = pair.disc(0.85 * area.min(axis=1))
    low = point[:, 1] - pair.uniform(0.1, 0.9) * (point[:, 1] - pair.floor)
    axle, _, _ = pair.on_target("axle")
    wheel = np.linalg.norm(edge - axle, axis=1)
    return R, place(R, axle, stack(point[:, 0] + x, low + wheel, point[:, 2] + z)), np.ones(pair.n, bool)


def sprinkles_into(pair: Pair) -> Placement:
    """Turned over above the opening, 15 to 80 degrees past the horizontal, from any side."""
    outlet, _, _ = pair.on_target("outlet")
    rim, _, opening = pair.on_base("opening")
    R = about(UP, pair.uniform(-np.pi, np.pi)) @ about(-FRONT, pair.uniform(np.radians(105), np.radians(170)))
    R = R @ about(UP, pair.uniform(-np.pi, np.pi))
    x, z = pair.disc(0.6 * opening.min(axis=1))
    above = pair.uniform(0.3, 1.3) * opening.min(axis=1)
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
    R = about(RIGHT, pair.normal(np.radians(3))) @ about(FRONT, pair.normal(np.radians(3))) @ about(UP, pair.uniform(-np.pi, np.pi))
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
    slide = pair.uniform(-0.3, 0.3) * np.abs((across * pair.base_size / 2).sum(axis=1))
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
    return R, position, np.ones(pair.n, bool)


PROGRAMS: dict[str, Callable[[Pair], Placement]] = {
    "pours into": pours_into, "waters": pours_into, "cuts": cuts, "chops on": chops_on, "slices": slices,
    "sprinkles into": sprinkles_into, "stirs": stirs, "hits": hits, "drives": drives, "saws": saws,
    "writes on": writes_on, "sits at": sits_at, "shines on": shines_on,
    "on": on, "under": under, "left of": left_of, "right of": right_of, "in front of": in_front_of, "behind": behind,
    "beside": beside, "inside": inside, "leaning against": leaning,
}


# ---------------------------------------------------------------------------------------------- drawing


def instance_sizes(category: Category, n: int, rng: np.random.Generator) -> Array:
    """(n, 3) box edges in metres: one size per instance, and a small jitter of each edge."""
    low, high = np.log(category.length_m)
    size = np.exp(rng.uniform(low, high, (n, 1)))
    return np.asarray(category.template.extents * size * np.exp(category.stretch * rng.normal(size=(n, 3))))


def draw(context: Context, n: int, rng: np.random.Generator) -> Array:
    """(n, 15) relation vectors from the context's program: rot6d (columns) | t | scale_target | scale_base.

    Raises ValueError if hardly any pair of instances fits together.
    """
    from oor.relation import Relation, gauge, pack

    known = categories()
    target, base = known[context.target], known[context.base]
    rows: list[Array] = []
    missing, tried = n, 0
    while missing > 0:
        m = max(2 * missing, 64)
        sizes = instance_sizes(target, m, rng), instance_sizes(base, m, rng)
        R, position, fits = PROGRAMS[context.predicate](Pair(target, base, *sizes, rng))
        relation = Relation(*(torch.from_numpy(np.ascontiguousarray(x[fits])) for x in (R, position, *sizes)))
        rows.append(pack(gauge(relation)).numpy()[:missing])
        missing, tried = missing - len(rows[-1]), tried + m
        if tried > 400 * n + 4000:
            raise ValueError(f"{context}: fewer than 1 pair of instances in 200 fits together; change the sizes of one of them")
    return np.concatenate(rows)
