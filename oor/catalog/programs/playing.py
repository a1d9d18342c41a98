"""Programs of music, sports and toys: bowing, drumming, striking, sitting before and upon things, wearing, aiming, dropping."""

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


def bows(pair: Pair) -> Placement:
    """The hair across the strings, touching them with some part of its middle half; either end to the right."""
    hair, away, length = pair.on_target("hair")
    strings, normal, _ = pair.on_base("strings")
    grip = hair + (pair.uniform(-0.5, 0.5) * length[:, 0])[:, None] * RIGHT
    R = about(np.cross(normal[0], RIGHT), np.clip(pair.normal(np.radians(3)), -0.12, 0.12))
    R = R @ about(normal[0], np.clip(pair.normal(np.radians(4)), -0.16, 0.16))
    R = R @ carrying(away, RIGHT, -normal, pair.choose([RIGHT, -RIGHT], [0.8, 0.2]))
    gap = pair.uniform(0.0, 0.008) * pair.base_size.max(axis=1)
    return R, place(R, grip, strings + normal * gap[:, None]), np.ones(pair.n, bool)


def drums_on(pair: Pair) -> Placement:
    """The tip on the skin or just above, the shaft rising 15 to 55 degrees toward a player before the front."""
    tip, _, _ = pair.on_target("tip")
    handle, _, _ = pair.on_target("handle")
    point, _, area = pair.on_base("surface")
    x, z = pair.disc(np.full(pair.n, 0.7))
    gap = pair.uniform(0.0, 0.1) * pair.target_size.max(axis=1)
    rise = np.tan(pair.uniform(np.radians(15), np.radians(55)))
    shaft = compass(pair.uniform(-np.pi / 3, np.pi / 3)) + rise[:, None] * UP
    R = carrying(handle - tip, FRONT, shaft, np.cross(shaft, UP)) if _upright(handle - tip) else carrying(
        handle - tip, UP, shaft, UP)
    return R, place(R, tip, point + stack(x * area[:, 0], gap, z * area[:, 1])), np.ones(pair.n, bool)


def _upright(direction: Array) -> bool:
    return bool(abs(direction[0, 1]) > 0.9 * np.linalg.norm(direction[0]))


def strikes(pair: Pair) -> Placement:
    """The face square to the ball, up to half a ball away: a club hangs down to it, a bat is swung level, a cue is level."""
    face, normal, _ = pair.on_target("face")
    handle, _, _ = pair.on_target("handle")
    centre, _, _ = pair.on_base("centre")
    shaft = handle - face
    in_line = abs((shaft * normal).sum(axis=1)[0]) > 0.9 * np.linalg.norm(shaft[0])
    club = not in_line and shaft[0, 1] > 0
    flat = np.minimum(1.0, pair.base_size[:, 1] / pair.base_size[:, 0])
    rise = pair.uniform(np.radians(3), np.radians(16)) if in_line else flat**2 * np.clip(pair.normal(np.radians(6)), -0.2, 0.2)
    back = compass(pair.uniform(-np.pi, np.pi)) + np.tan(rise)[:, None] * UP
    back /= np.linalg.norm(back, axis=1, keepdims=True)
    turn = pair.uniform(-np.pi, np.pi) if in_line else np.clip(pair.normal(np.radians(4)), -0.15, 0.15)
    if not in_line and not club:
        turn = pair.choose([1.0, -1.0], [0.8, 0.2]) * pair.uniform(np.radians(88), np.radians(135))
    R = carrying(normal, UP, -back, _tipped(back, turn))
    ball = 1 / np.linalg.norm(back / (pair.base_size / 2), axis=1)
    point = centre + back * (ball + pair.uniform(0.0, 0.5) * pair.base_size.max(axis=1))[:, None]
    if club:
        point += np.maximum(face[:, 1] + (pair.target_size - pair.base_size)[:, 1] / 2, 0)[:, None] * UP
    return R, place(R, face, point), np.ones(pair.n, bool)


def _tipped(axis: Array, angle: Array) -> Array:
    """(n, 3) the upward direction turned by angles (n,) about directions (n, 3), which are near level."""
    side = np.cross(axis, UP)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    return np.asarray(np.cos(angle)[:, None] * UP + np.sin(angle)[:, None] * side)


def before(pair: Pair) -> Placement:
    """Right before the base's front and facing it, on the same ground, near the middle."""
    R = about(UP, np.pi + pair.normal(np.radians(6)))
    half = half_box(R, pair.target_size)
    gap = pair.uniform(0.01, 0.25) * pair.target_size[:, 2]
    aside = np.clip(pair.normal(0.07), -0.2, 0.2) * pair.base_size[:, 0]
    return R, stack(aside, pair.floor + half[:, 1], pair.base_size[:, 2] / 2 + half[:, 2] + gap), np.ones(pair.n, bool)


def _seated(pair: Pair, yaw: Array) -> Placement:
    """Upright on the surface at a heading, near its middle, clear of what rises beside the surface: backrest, arms, neck."""
    R = about(UP, yaw)
    point, _, area = pair.on_base("surface")
    bottom, plan = _bottom(pair, R)
    legs_low, legs_high = (pair.target_size * bound for bound in _legs(pair.target.template))
    middle = np.einsum("nij,nj->ni", R, (legs_low + legs_high) / 2 - bottom)[:, [0, 2]]
    half = half_box(R, legs_high - legs_low)[:, [0, 2]]
    left, right = ((pair.base_size / pair.base.template.extents)[:, [0, 2]] * walls for walls in _walls(pair.base.template))
    low, high = np.maximum(half - middle - left, -0.8 * area), np.minimum(right - half - middle, 0.8 * area)
    shift = np.clip(pair.rng.uniform(-0.7, 0.7, (pair.n, 2)) * np.maximum(area - plan, 0), low, np.maximum(low, high))
    fits = ((low < high) & (plan < 2.2 * area)).min(axis=1)
    return R, place(R, bottom, point + shift @ np.stack([RIGHT, FRONT])), fits


def _bottom(pair: Pair, R: Array) -> tuple[Array, Array]:
    """What the target sits with: a point (n, 3) at its lowest height, and half its width and depth (n, 2) when turned."""
    bottom, plan = -0.5 * pair.target_size * UP, pair.target_size
    if "foot" in pair.target.template.frames:
        foot, _, half = pair.on_target("foot")
        bottom, plan = foot * [1, 0, 1] + bottom, 2 * half @ np.stack([RIGHT, FRONT])
    return bottom, half_box(R, plan)[:, [0, 2]]


@once_per_template
def _legs(template: Template) -> tuple[Array, Array]:
    """Lowest and highest coordinates (3,) of the target's lower third, in its unit box."""
    cloud = dense_cloud(template, 2000)
    lower = cloud[cloud[:, 1] < -0.2]
    return lower.min(axis=0), lower.max(axis=0)


@once_per_template
def _walls(template: Template) -> tuple[Array, Array]:
    """How far from the surface's middle something rises above it: at the left and behind (2,), at the right and before (2,)."""
    frame = template.frames["surface"]
    offset = dense_cloud(template, 2000) * template.extents - frame.point
    plan, high = offset[:, [0, 2]], offset[:, 1] > 0.02
    found = np.full((2, 2), np.inf)
    for axis in (0, 1):
        lies = high & (np.abs(plan[:, 1 - axis]) < 0.7 * frame.half[1 - axis]) & (np.abs(plan[:, axis]) > 0.5 * frame.half[axis])
        for side, sign in enumerate((-1, 1)):
            found[side, axis] = (sign * plan[lies & (sign * plan[:, axis] > 0), axis]).min(initial=np.inf)
    return found[0], found[1]


def sits_on(pair: Pair) -> Placement:
    """On the seat, facing the seat's front if it has one."""
    return _seated(pair, pair.normal(np.radians(7)) if pair.base.fronted else pair.uniform(-np.pi, np.pi))


def rides_on(pair: Pair) -> Placement:
    """On the vehicle, looking along its length, ahead if it has a front."""
    ahead = 0.0 if pair.base.template.extents[2] > pair.base.template.extents[0] else np.pi / 2
    yaw = ahead + pair.normal(np.radians(7))
    return _seated(pair, yaw if pair.base.fronted else yaw + pair.choose([0.0, np.pi]))


def worn_by(pair: Pair) -> Placement:
    """On the head, fronts together, as deep as the head goes in."""
    fit, _, inner = pair.on_target("fit")
    crown, _, head = pair.on_base("crown")
    width, skull = inner[:, 0], head.min(axis=1)
    R = about(UP, pair.normal(np.radians(7))) @ about(RIGHT, pair.normal(np.radians(4)))
    R = R @ about(FRONT, pair.normal(np.radians(4)))
    above = pair.target_size[:, 1] / 2 - fit[:, 1]
    round_head = skull * (1 - np.sqrt(1 - np.minimum(width / skull, 0.85) ** 2))
    depth = pair.uniform(0.85, 1.0) * np.minimum(round_head, 0.75 * above)
    x, z = pair.disc(0.08 * skull)
    fits = (width > 0.65 * skull) & (width < 1.7 * skull)
    return R, place(R, fit, crown + stack(x, -depth, z)), fits


def faces(pair: Pair) -> Placement:
    """Some way off on the same ground, turned to the base; before its front if it has one."""
    d = compass(_bearing(pair, 32))
    R = about(UP, np.arctan2(-d[:, 0], -d[:, 2]) + np.clip(pair.normal(np.radians(4)), -0.16, 0.16))
    position = _off(pair, d, pair.target_size[:, 2] / 2 + pair.uniform(0.5, 1.6) * pair.base_size[:, 0])
    position[:, 1] = pair.floor + pair.target_size[:, 1] / 2
    return R, position, np.ones(pair.n, bool)


def _bearing(pair: Pair, spread_deg: float) -> Array:
    """(n,) compass angles of a place seen from the base: about its front if it has one."""
    widest = np.radians(spread_deg) if pair.base.fronted else np.pi
    return pair.uniform(-widest, widest)


def _off(pair: Pair, d: Array, gap: Array) -> Array:
    """(n, 3) points seen from the base's centre along unit vectors d, `gap` off the nearest side of its box."""
    way = (pair.base_size / 2 + gap[:, None]) / np.maximum(np.abs(d), 1e-9)
    return np.asarray(d * way.min(axis=1)[:, None])


def _aimed(pair: Pair, gap: Array) -> Placement:
    """Held upright with its nose toward the middle of the base, a way `gap` off it, from any side it shows."""
    nose, axis, _ = pair.on_target("nose")
    rise = np.radians(pair.uniform(-5, 45))
    d = compass(_bearing(pair, 65)) * np.cos(rise)[:, None] + np.sin(rise)[:, None] * UP
    point = _off(pair, d, gap)
    point[:, 1] = np.maximum(point[:, 1], pair.floor + nose[:, 1] + pair.target_size[:, 1] / 2)
    toward = _middle(pair) - point
    up = RIGHT if _upright(axis) else UP
    R = carrying(axis, up, toward, _tipped(toward, np.clip(pair.normal(np.radians(3)), -0.12, 0.12)))
    return R, place(R, nose, point), np.ones(pair.n, bool)


def _middle(pair: Pair) -> Array:
    """(n, 3) points near the middle of the base, at most a twentieth of its size off along each axis."""
    return np.asarray(pair.rng.uniform(-0.05, 0.05, (pair.n, 3)) * pair.base_size.max(axis=1)[:, None])


def points_at(pair: Pair) -> Placement:
    """Aimed from half to two and a half lengths of the larger object away."""
    return _aimed(pair, pair.uniform(0.5, 1.7) * np.maximum(pair.target_size, pair.base_size).max(axis=1))


def sprays(pair: Pair) -> Placement:
    """Aimed from close by: half to two lengths of the tool."""
    return _aimed(pair, pair.uniform(0.5, 1.4) * pair.target_size.max(axis=1))


def blows_on(pair: Pair) -> Placement:
    """Standing on the base's ground, blowing toward its middle from nearby."""
    nose, axis, _ = pair.on_target("nose")
    d = compass(_bearing(pair, 65))
    point = _off(pair, d, pair.uniform(0.5, 1.1) * np.maximum(pair.target_size, pair.base_size).max(axis=1))
    toward = _middle(pair) - point
    R = about(UP, np.arctan2(toward[:, 0], toward[:, 2]) - np.arctan2(axis[:, 0], axis[:, 2]))
    position = place(R, nose, point)
    position[:, 1] = pair.floor + pair.target_size[:, 1] / 2
    return R, position, np.ones(pair.n, bool)


def drops_into(pair: Pair) -> Placement:
    """Above the opening or just entering it: what is round or roomy any way up, what needs a slot thin side across it."""
    rim, _, opening = pair.on_base("opening")
    slot = bool(opening[0].max() > 3 * opening[0].min())
    R = _through_slot(pair, opening) if slot else _tumbling(pair)
    half = half_box(R, pair.target_size) if slot else np.repeat(pair.target_size.max(axis=1)[:, None] / 2, 3, axis=1)
    room = opening - half[:, [0, 2]]
    x, z = pair.disc(0.5 * np.maximum(room.min(axis=1), 0))
    above = pair.uniform(0.6, 1.0) * half[:, 1] + pair.uniform(0.0, 0.5) * opening.max(axis=1)
    return R, rim + stack(x, above, z), room.min(axis=1) > 0


def _through_slot(pair: Pair, opening: Array) -> Array:
    """Thinnest axis across the slot, the middle one along it, either way round."""
    thin, middle, _ = np.argsort(pair.target.template.extents)
    across, along = (RIGHT, FRONT) if opening[0, 0] < opening[0, 1] else (FRONT, RIGHT)
    turned = carrying(np.eye(3)[thin], np.eye(3)[middle], across, along)
    return about(UP, pair.choose([0.0, np.pi])) @ about(across, np.clip(pair.normal(np.radians(4)), -0.15, 0.15)) @ turned


def _tumbling(pair: Pair) -> Array:
    """(n, 3, 3) uniformly random rotations."""
    axes = pair.rng.normal(size=(2, pair.n, 3))
    return carrying(RIGHT, UP, axes[0], axes[1])


PROGRAMS: dict[str, Callable[[Pair], Placement]] = {
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
