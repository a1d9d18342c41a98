"""Spatial programs: on, under, beside, inside, leaning against. Left and right are those of a viewer before the base's front."""

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
    first_contact,
    half_box,
    place,
    rested,
    stack,
)
from oor.catalog.template import Array


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
    widening = np.clip(half[:, 1] / np.maximum(depth, 1e-9), 0, 1)[:, None]
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
    thinnest, _, longest = np.argsort(pair.target.template.extents, kind="stable")
    long_axis, thin_axis = np.eye(3)[longest], np.eye(3)[thinnest]
    length, thick = pair.target_size @ long_axis, pair.target_size @ thin_axis / 2
    tilt = pair.uniform(np.radians(10), np.radians(26))
    up = np.cos(tilt)[:, None] * UP - np.sin(tilt)[:, None] * d
    out = np.sin(tilt)[:, None] * UP + np.cos(tilt)[:, None] * d
    R = carrying(long_axis, thin_axis, up, out)
    if not np.allclose(long_axis, UP):  # a plank has no upright way round
        R = np.matmul(R, about(thin_axis, pair.choose([0.0, np.pi])))
    slide = pair.uniform(-0.45, 0.45) * np.abs((across * pair.base_size / 2).sum(axis=1))
    foot = across * slide[:, None] + UP * (pair.floor + thick * np.sin(tilt))[:, None]
    position = foot + up * (length / 2)[:, None]
    reach = first_contact(pair, R, position, d, across) + 0.02 * length  # a hair's breadth, for round edges
    touching = np.isfinite(reach)
    return R, position + d * np.where(touching, reach, 0.0)[:, None], touching


PROGRAMS: dict[str, Callable[[Pair], Placement]] = {
    "on": on,
    "under": under,
    "left of": left_of,
    "right of": right_of,
    "in front of": in_front_of,
    "behind": behind,
    "beside": beside,
    "inside": inside,
    "leaning against": leaning,
}
