"""Templates of sports things: bats, rackets, clubs and the balls they meet, and what stands in a gym or a club house."""

from __future__ import annotations

import numpy as np
import trimesh
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    BLUE,
    BRASS,
    DARK,
    DEEP_WOOD,
    PALE_WOOD,
    RED,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
    Colour,
    Point,
    arc,
    ball,
    banded,
    box,
    cylinder,
    hull,
    joined,
    lathe,
    lofted,
    oblong,
    paint,
    repeated,
    ring,
    rounded,
    slab,
    smooth,
    tinted,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical
from oor.catalog.vessels import vessel

ORANGE: Colour = (226, 108, 44)
RUBBER: Colour = (44, 44, 48)
CREAM_SISAL: Colour = (236, 220, 176)
GREEN_SISAL: Colour = (40, 120, 70)
UP_TO_X = (-90.0, (0.0, 0.0, 1.0))


def _hoop(radius: float, thick: float, colour: Colour, sections: int = 48) -> trimesh.Trimesh:
    """A ring of round wire about the y axis."""
    around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    return lathe([(radius + thick * np.cos(a), thick * np.sin(a)) for a in (*around, 0.0)], colour=colour, sections=sections)


def _seam(radius: float) -> Array:
    """(n, 3) points along the one seam of a baseball or tennis ball."""
    t = np.linspace(0, 4 * np.pi - 0.02, 97)
    rise, spin = np.pi / 2 - (np.pi / 2 - 0.44) * np.cos(t), t / 2 + 0.44 * np.sin(2 * t)
    return radius * np.column_stack([np.sin(rise) * np.cos(spin), np.sin(rise) * np.sin(spin), np.cos(rise)])


def _off(point: Array, x: float, y: float, z: float) -> Array:
    """The point, or each of several, moved by an offset."""
    return np.asarray(point + np.array([x, y, z]))


def _globe(radius: float) -> dict[str, Frame]:
    """The frames of a ball about the origin."""
    return {"centre": Frame.at((0, 0, 0)), "top": Frame.at((0, radius, 0))}


@category("baseball bat", length_m=(0.7, 0.95), synonyms=("bat", "wooden bat"), rest="x", symmetry="revolution",
          ranges={"length": (0.76, 0.92), "barrel": (0.029, 0.036)})
def baseball_bat(length: float = 0.84, barrel: float = 0.033, grip: float = 0.0125, wrapped: bool = True) -> Template:
    """A wooden baseball bat, barrel up."""
    t = np.array([0, 0.008, 0.022, 0.034, 0.25, 0.45, 0.62, 0.78, 0.92, 0.985, 1.0])
    r = np.array([1.6 * grip, 2.0 * grip, 1.9 * grip, grip, grip, 1.3 * grip, 0.75 * barrel, 0.97 * barrel, barrel, 0.9 * barrel,
                  0.55 * barrel])
    fine = np.concatenate([t[:4], np.linspace(0.05, 0.97, 24), t[-2:]])
    outside = list(zip(PchipInterpolator(t, r)(fine), fine * length, strict=True))
    body = lathe([(0, 0), *outside, (0, length)], colour=(206, 156, 96))
    ends = np.linspace(0.04, 0.3, 20)
    ridges = 1.0006 + 0.04 * (np.arange(20) % 2)
    wrap = [(r * k, y * length) for r, y, k in zip(PchipInterpolator(t, 1.03 * r)(ends), ends, ridges, strict=True)]
    tape = {"grip": lathe([(0, wrap[0][1]), *wrap, (0, wrap[-1][1])], colour=BLACK)} if wrapped else {}
    mark = lathe([(0, 0.6), (0.705 * barrel, 0.6), (0.715 * barrel, 0.61), (0, 0.61)], colour=DEEP_WOOD)
    mark.apply_scale([1, length, 1])
    return canonical(
        {"body": body, "mark": mark, **tape},
        {"face": Frame.at((0.97 * barrel, 0.8 * length, 0), (1, 0, 0), 0.6 * barrel),
         "handle": Frame.at((0, 0.1 * length, 0), (0, -1, 0), grip), "tip": Frame.at((0, length, 0))},
    )


@category("baseball", length_m=(0.071, 0.076), stretch=0.0, symmetry="revolution")
def baseball(radius: float = 0.037, stitch: float = 0.0068, stitches: int = 44) -> Template:
    """A white baseball with red stitches along its seam."""
    path = _seam(radius)
    seam = tube(path, 0.0011, (206, 190, 178), 6)
    at = np.linspace(0, len(path) - 2, stitches).astype(int)
    marks = []
    for point, ahead in zip(path[at], path[at + 1], strict=True):
        along = (ahead - point) / np.linalg.norm(ahead - point)
        side = np.cross(point / radius, along)
        for s in (-1, 1):
            foot, end = point + 0.0012 * s * side, point + s * stitch * side + 0.4 * stitch * along
            end *= radius / np.linalg.norm(end)
            marks.append(lofted([oblong(p, 0.0009 * along, 0.0012 * point / radius) for p in (foot, end)], RED))
    return canonical({"ball": ball(radius, colour=(240, 236, 226), subdivisions=3), "seam": seam, "stitches": joined(*marks)},
                     _globe(radius))


@category("tennis ball", length_m=(0.064, 0.07), stretch=0.0, symmetry="revolution", mass="featherlight")
def tennis_ball(radius: float = 0.0335, seam: float = 0.0016) -> Template:
    """A yellow-green tennis ball with its curved white seam."""
    return canonical({"ball": ball(radius, colour=(204, 222, 60), subdivisions=4),
                      "seam": tube(_seam(0.986 * radius), 0.9 * seam, WHITE, 8)}, _globe(radius))


def _stringed(half_width: float, half_height: float, count: int, centre: float) -> trimesh.Trimesh:
    """Crossing strings that fill an upright ellipse at z = 0."""
    spots = np.linspace(-1, 1, count + 2)[1:-1]
    reach = np.sqrt(1 - spots**2)
    wire = box((1, 1, 1), colour=(238, 232, 206))
    mains = repeated(wire, [(s * half_width, centre, 0) for s in spots], [(0.0016, 2 * r * half_height, 0.0016) for r in reach])
    crosses = repeated(wire, [(0, centre + s * half_height, 0) for s in spots],
                       [(2 * r * half_width, 0.0016, 0.0016) for r in reach])
    return joined(mains, crosses)


@category("tennis racket", length_m=(0.55, 0.72), synonyms=("racket", "racquet", "tennis racquet"), rest="z",
          symmetry="half-turn",
          ranges={"head": (0.115, 0.14), "tall": (0.155, 0.185)})
def tennis_racket(length: float = 0.68, head: float = 0.127, tall: float = 0.17, strings: int = 16) -> Template:
    """A tennis racket standing on its grip, its strings toward the viewer."""
    middle, grip = length - tall - 0.012, 0.2
    frame = turned(_hoop(1.0, 0.09, RED, 64), 90, (1, 0, 0))
    frame.apply_scale([head, tall, 0.14])
    frame.apply_translation((0, middle, 0))
    low = middle - 0.8 * tall
    throat = [tube(smooth([(s * 0.62 * head, low, 0), (s * 0.3 * head, low - 0.55 * (low - grip), 0), (s * 0.011, grip, 0)], 8),
                   0.0095, RED) for s in (-1, 1)]
    shaft = lofted([ring((0, y, 0), (r, 0, 0), (0, 0, 0.85 * r), 8) for y, r in (
        (0, 0.0185), (0.012, 0.0185), (0.016, 0.0162), (grip, 0.015), (grip + 0.012, 0.011))], BLACK)
    return canonical(
        {"frame": joined(frame, *throat), "strings": _stringed(head, tall, strings, middle), "grip": shaft},
        {"face": Frame.at((0, middle, 0), (0, 0, 1), 0.5 * head), "handle": Frame.at((0, 0.08, 0), (0, -1, 0), 0.016)},
    )


@category("ping pong paddle", length_m=(0.22, 0.29), rest="z", symmetry="half-turn",
          synonyms=("table tennis bat", "paddle", "table tennis paddle", "table tennis racket"))
def ping_pong_paddle(head: float = 0.077, tall: float = 0.08, handle: float = 0.1) -> Template:
    """A table tennis paddle standing on its handle, its red rubber toward the viewer."""
    middle = handle + 0.9 * tall
    blade = cylinder(1, 0.007, (0, 0, 0), (0, 0, 1), PALE_WOOD, sections=48)
    blade.apply_scale([head, tall, 1])
    blade.apply_translation((0, middle, 0))
    cut = np.radians(np.linspace(-58, 238, 41))
    pad = np.column_stack([0.985 * head * np.cos(cut), middle + 0.985 * tall * np.sin(cut)])
    front, rear = slab(pad, 0.004, RED), slab(pad, 0.004, BLACK)
    front.apply_translation((0, 0, 0.0045))
    rear.apply_translation((0, 0, -0.0045))
    grip = lofted([ring((0, y, 0), (x, 0, 0), (0, 0, z), 16) for y, x, z in (
        (0, 0.0175, 0.0125), (0.4 * handle, 0.0145, 0.0115), (handle, 0.014, 0.0105), (handle + 0.016, 0.0185, 0.006))], WOOD)
    return canonical(
        {"blade": blade, "front": front, "rear": rear, "grip": grip},
        {"face": Frame.at((0, middle, 0.0065), (0, 0, 1), 0.35 * head),
         "handle": Frame.at((0, 0.4 * handle, 0), (0, -1, 0), 0.014)},
    )


@category("ping pong ball", length_m=(0.038, 0.042), stretch=0.0, symmetry="revolution", mass="featherlight",
          synonyms=("table tennis ball",))
def ping_pong_ball(radius: float = 0.02, mark: float = 0.3) -> Template:
    """A plain white table tennis ball with a small printed mark."""
    label = turned(_hoop(mark * radius, 0.06 * radius, ORANGE), 90, (1, 0, 0))
    label.apply_translation((0, 0, radius * (0.98 - 0.5 * mark**2)))
    return canonical({"ball": ball(radius, colour=(246, 244, 234), subdivisions=4), "mark": label}, _globe(radius))


@category("golf club", length_m=(0.9, 1.15), synonyms=("driver", "golf driver"), rest="z",
          ranges={"lean": (0.15, 0.3), "head": (0.052, 0.066)})
def golf_club(length: float = 1.08, lean: float = 0.22, head: float = 0.06) -> Template:
    """A golf driver standing on its head, its face toward the viewer, toe toward +x."""
    cap = trimesh.creation.icosphere(subdivisions=3).vertices * [1.05 * head, 0.62 * head, 0.95 * head]
    cap[:, 2] = np.clip(cap[:, 2], None, 0.5 * head)
    cap[:, 1] = np.clip(cap[:, 1], -0.48 * head, None)
    solid = hull(_off(cap, 0, 0.48 * head, 0), (52, 60, 78))
    plate = cap * [0.82, 0.86, 0] + [0, 0.5 * head, 0.5 * head]
    face = hull(np.concatenate([plate, _off(plate, 0, 0, 0.0015)]), STEEL)
    foot = np.array([-0.75 * head, 0.6 * head, -0.1 * head])
    rise = np.array([-np.sin(lean), np.cos(lean), 0.0])
    shaft = tube([foot, foot + 0.05 * rise, foot + 0.0505 * rise, foot + length * rise], [0.0085, 0.0075, 0.0048, 0.0068], STEEL)
    grip = tube([foot + (length + a) * rise for a in (-0.27, -0.265, -0.002, 0.004)], [0.0085, 0.0098, 0.0135, 0.011], BLACK)
    return canonical(
        {"head": solid, "face": face, "shaft": shaft, "grip": grip},
        {"face": Frame.at((0.1 * head, 0.55 * head, 0.5 * head + 0.0015), (0, 0, 1), 0.45 * head),
         "handle": Frame.at(tuple(foot + (length - 0.12) * rise), tuple(rise), 0.012)},
    )


@category("golf ball", length_m=(0.041, 0.045), stretch=0.0, symmetry="revolution", mass="featherlight",
          ranges={"dimples": (110, 150)})
def golf_ball(radius: float = 0.0214, deep: float = 0.05, dimples: int = 130) -> Template:
    """A white golf ball covered in dimples."""
    mesh = trimesh.creation.icosphere(subdivisions=4)
    k = np.arange(dimples)
    height, spin = 1 - (2 * k + 1) / dimples, k * np.pi * (3 - 5**0.5)
    spots = np.column_stack([np.sqrt(1 - height**2) * np.cos(spin), height, np.sqrt(1 - height**2) * np.sin(spin)])
    away = cKDTree(spots).query(mesh.vertices)[0] / (1.55 / np.sqrt(dimples))
    mesh.vertices = mesh.vertices * (radius * (1 - deep * np.clip(1 - away**2, 0, 1)))[:, None]
    return canonical({"ball": paint(mesh, WHITE)}, _globe(radius))


@category("hockey stick", length_m=(1.2, 1.6), synonyms=("ice hockey stick",), rest="z",
          ranges={"lean": (0.3, 0.5), "blade": (0.26, 0.34)})
def hockey_stick(length: float = 1.35, lean: float = 0.4, blade: float = 0.3, tall: float = 0.072) -> Template:
    """An ice hockey stick, its blade on the ground toward +x, its broad side toward the viewer."""
    rise, side = np.array([-np.sin(lean), np.cos(lean)]), 0.016 * np.array([np.cos(lean), np.sin(lean)])
    knee, top = 1.15 * tall * rise, length * rise
    toe = [(blade - 0.02, tall), (blade - 0.004, 0.75 * tall), (blade, 0.45 * tall), (blade - 0.012, 0.12 * tall),
           (blade - 0.045, 0)]
    shaft = slab(np.array([top - side, top + side, knee + side, knee + side + np.array([0.03, -0.2 * tall]), *toe, (0.02, 0),
                           (-0.014, 0.012)]),
                 0.019,
                 (198, 160, 108))
    tape = slab([(0.3 * blade, 0.98 * tall), *toe, (0.3 * blade, 0)], 0.0215, RUBBER)
    ends = (top - 0.16 * length * rise, top + 0.004 * rise)
    grip = lofted([oblong((*p, 0), (*1.15 * side, 0), (0, 0, 0.0115)) for p in ends], RUBBER)
    stripes = [lofted([oblong((*(a * rise), 0), (*1.04 * side, 0), (0, 0, 0.0102)) for a in (low, low + 0.06)], RED)
               for low in (0.45 * length, 0.55 * length, 0.65 * length)]
    return canonical(
        {"stick": shaft, "blade tape": tape, "grip": grip, "stripes": joined(*stripes)},
        {"face": Frame.at((0.6 * blade, 0.5 * tall, 0.0108), (0, 0, 1), 0.45 * tall),
         "handle": Frame.at((*(0.93 * length * rise), 0), (*rise, 0), 0.016)},
    )


@category("puck", length_m=(0.07, 0.08), synonyms=("hockey puck",), symmetry="revolution", stretch=0.03)
def puck(radius: float = 0.038, height: float = 0.0254, bevel: float = 0.0022, logo: bool = True) -> Template:
    """A black ice hockey puck lying flat."""
    disc = lathe([(0, 0), (radius - bevel, 0), (radius, bevel), (radius, 0.3 * height), (0.975 * radius, 0.34 * height),
                  (0.975 * radius, 0.66 * height), (radius, 0.7 * height), (radius, height - bevel), (radius - bevel, height),
                  (0, height)], colour=(30, 30, 34))
    print_ = {"logo": joined(cylinder(0.6 * radius, 0.0004, (0, height, 0), colour=WHITE),
                             cylinder(0.5 * radius, 0.0008, (0, height, 0), colour=RED))} if logo else {}
    return canonical({"disc": disc, **print_}, {"surface": Frame.at((0, height, 0), half=radius - bevel),
                                                "centre": Frame.at((0, height / 2, 0))})


@category("pool cue", length_m=(1.25, 1.5), synonyms=("billiard cue", "cue", "snooker cue", "cue stick"), rest="y",
          symmetry="revolution about x", ranges={"tip": (0.006, 0.0075)})
def pool_cue(length: float = 1.45, butt: float = 0.0155, tip: float = 0.0066) -> Template:
    """A pool cue lying along x, its tip toward +x."""
    parts = {}
    joints = (("butt", 0.0, 0.1, DEEP_WOOD), ("grip", 0.1, 0.28, BLACK), ("forearm", 0.28, 0.5, (120, 52, 34)),
              ("collar", 0.5, 0.507, BRASS), ("shaft", 0.507, 0.981, (224, 190, 138)), ("ferrule", 0.981, 0.992, WHITE),
              ("tip", 0.992, 1.0, BLUE))
    for name, start, stop, colour in joints:
        low, high = (butt + (tip - butt) * t for t in (start, stop))
        parts[name] = cylinder(low, (stop - start) * length, ((start + stop) / 2 * length, 0, 0), (1, 0, 0), colour, high, 24)
    end = Frame.at((length, 0, 0), (1, 0, 0), tip)
    return canonical(parts, {"face": end, "tip": end, "handle": Frame.at((0.15 * length, 0, 0), (-1, 0, 0), butt)})


@category("billiard ball", length_m=(0.052, 0.06), stretch=0.0, symmetry="revolution", synonyms=("pool ball", "eight ball"),
          ranges={"spot": (0.42, 0.54)})
def billiard_ball(radius: float = 0.0286, spot: float = 0.48, striped: bool = False) -> Template:
    """A billiard ball with its number in a white spot, black or striped yellow."""
    tilt = np.radians(np.linspace(-90, 90, 41))
    mesh = lathe([(0, -radius), *[(radius * np.cos(a), radius * np.sin(a)) for a in tilt[1:-1]], (0, radius)],
                 colour=WHITE if striped else BLACK)
    if striped:
        mesh = banded(mesh, -0.6 * radius, 0.6 * radius, YELLOW)
    rim = np.arcsin(spot) * np.linspace(0, 1, 9)
    disc = lathe([*[(0.98 * radius * np.sin(a), 0.98 * radius * np.cos(a)) for a in rim],
                  *[(1.002 * radius * np.sin(a), 1.002 * radius * np.cos(a)) for a in rim[:0:-1]],
                  (0, 1.002 * radius)], colour=WHITE)
    turned(disc, 90, (1, 0, 0))
    eye = 0.17 * radius
    loops = [turned(_hoop(eye, 0.28 * eye, BLACK, 20), 90, (1, 0, 0)) for _ in range(2 if not striped else 1)]
    for loop, height in zip(loops, (eye, -1.1 * eye), strict=False):
        loop.apply_translation((0, height, 1.002 * radius))
    tail = [tube(arc((-0.4 * eye, eye, 1.002 * radius), 1.4 * eye, 0, -80, "xy", 6), 0.28 * eye, BLACK, 8)] if striped else []
    return canonical({"ball": mesh, "spot": disc, "number": joined(*loops, *tail)}, _globe(radius))


@category("basketball hoop", length_m=(2.4, 3.6), synonyms=("hoop", "basketball goal", "basketball net"), fronted=True,
          mass="heavy",
          ranges={"height": (2.7, 3.3), "ring": (0.21, 0.245)})
def basketball_hoop(height: float = 3.0, board: float = 1.15, ring: float = 0.228, net: bool = True) -> Template:
    """A basketball hoop: a ring and a backboard on a pole with a weighted base."""
    tall, out = 0.66 * board, 0.13 + ring
    rim, pole = height - 0.78 * tall, -0.5
    base = rounded((0.75, 0.2, 0.9), 0.08, (0, 0.1, pole + 0.1), DARK, 4)
    arms = [tube([(s * 0.1, y, pole), (s * 0.1, y + 0.16, -0.02)], 0.025, STEEL) for s in (-1, 1)
            for y in (rim - 0.1, rim + 0.12)]
    post = joined(cylinder(0.06, rim + 0.02, (0, rim / 2 + 0.15, pole), colour=DARK),
                  box((0.26, 0.06, 0.08), (0, rim + 0.1, pole), DARK))
    sheet = box((board, tall, 0.03), (0, height - tall / 2, 0), WHITE)
    edges = [box((board, 0.04, 0.044), (0, height - y, 0), RED) for y in (0.02, tall - 0.02)]
    edges += [box((0.04, tall, 0.044), (s * (board / 2 - 0.02), height - tall / 2, 0), RED) for s in (-1, 1)]
    square = [box((0.52, 0.035, 0.036), (0, rim + y, 0), RED) for y in (0.06, 0.42)]
    square += [box((0.035, 0.36, 0.036), (s * 0.2425, rim + 0.24, 0), RED) for s in (-1, 1)]
    hoop = _hoop(ring + 0.011, 0.011, ORANGE)
    hoop.apply_translation((0, rim, out))
    bracket = box((0.13, 0.05, out - ring), (0, rim - 0.02, (out - ring) / 2), ORANGE)
    web = {"net": _net(ring, (0, rim, out))} if net else {}
    return canonical(
        {"base": base, "post": post, "arms": joined(*arms), "board": joined(sheet, *edges, *square),
         "ring": joined(hoop, bracket),
         **web},
        {"opening": Frame.at((0, rim + 0.011, out), half=ring), "foot": Frame.at((0, 0, pole + 0.1), (0, -1, 0), 0.35)},
    )


def _net(radius: float, centre: Point, strings: int = 10) -> trimesh.Trimesh:
    """A hanging net, narrower below, open at both ends."""
    down = np.linspace(0, 1, 7)
    wide, cords = radius * (1.04 - 0.38 * down**0.7), []
    for k in range(strings):
        for turn in (-1, 1):
            angle = 2 * np.pi * (k + turn * 2.5 * down) / strings
            path = np.column_stack([wide * np.cos(angle), -0.42 * down, wide * np.sin(angle)]) + centre
            cords.append(tube(path, 0.007, WHITE, 5))
    return joined(*cords)


@category("helmet", length_m=(0.25, 0.32), synonyms=("bike helmet", "bicycle helmet", "cycling helmet"), fronted=True,
          ranges={"wide": (0.1, 0.112), "long": (0.13, 0.15)})
def helmet(wide: float = 0.106, long: float = 0.14, high: float = 0.135, ribs: int = 5, visor: bool = True) -> Template:
    """A bicycle helmet: a dark shell under coloured ribs that run from front to back."""
    quarter = np.radians(np.linspace(0, 90, 10))[:-1]
    dome = [(np.cos(a), np.sin(a)) for a in quarter]
    shell = lathe([(0, 0.86), *[(0.86 * x, 0.86 * y) for x, y in dome[::-1]], *dome, (0, 1)], colour=RUBBER)
    shell.apply_scale([wide - 0.012, high - 0.012, long - 0.012])
    brim = _hoop(1.0, 0.1, RED)
    brim.apply_scale([wide - 0.014, 0.18, long - 0.014])
    brim.apply_translation((0, 0.012, 0))
    theta = np.radians(np.linspace(8, 172, 17))
    bars = []
    for a in np.radians(np.linspace(-66, 66, ribs)):
        path = np.column_stack([wide * np.sin(a) * np.sin(theta), high * np.cos(a) * np.sin(theta), long * np.cos(theta)])
        bars.append(tube((path - [0, high / 2, 0]) * 0.93 + [0, 0.93 * high / 2, 0], 0.02 - 0.0014 * ribs, RED, 10))
    sun = {"visor": hull([(s * x, y, z) for s in (-1, 1) for x, z in ((0.6 * wide, 0.72 * long), (0.42 * wide, 1.26 * long))
                          for y in (0.03, 0.036)], BLACK)} if visor else {}
    half = 0.86 * (wide - 0.012)
    return canonical(
        {"shell": shell, "rim": brim, "ribs": joined(*bars), **sun},
        {"fit": Frame.at((0, 0, 0), (0, -1, 0), half), "crown": Frame.at((0, high, 0), half=half)},
    )


@category("trophy", length_m=(0.25, 0.45), synonyms=("trophy cup", "winner's cup"), plural="trophies", symmetry="half-turn",
          mass="medium",
          ranges={"bowl": (0.055, 0.075), "height": (0.28, 0.36)})
def trophy(height: float = 0.32, bowl: float = 0.066, base: float = 0.055, plaque: bool = True) -> Template:
    """A golden two-handled cup on a dark base."""
    low = 0.24 * height
    foot = lathe([(0, 0), (base, 0), (base, 0.4 * low), (0.86 * base, 0.46 * low), (0.86 * base, low), (0, low)], colour=BLACK)
    t = np.array([0, 0.03, 0.1, 0.2, 0.27, 0.31, 0.36, 0.46, 0.62, 0.8, 1.0])
    r = np.array([0.62, 0.58, 0.26, 0.15, 0.26, 0.16, 0.34, 0.66, 0.84, 0.9, 1.0])
    gold: Colour = (222, 176, 66)
    cup, frames = vessel(np.column_stack([bowl * r, low + (height - low) * t]), 0.0025, low + 0.4 * (height - low), gold,
                         (178, 132, 44))
    span = height - low
    ears = [tube(smooth([(s * 0.86 * bowl, low + 0.9 * span, 0), (s * 1.32 * bowl, low + 0.93 * span, 0),
                         (s * 1.45 * bowl, low + 0.78 * span, 0), (s * 1.1 * bowl, low + 0.58 * span, 0),
                         (s * 0.62 * bowl, low + 0.5 * span, 0)], 14), 0.0055, gold, 10) for s in (-1, 1)]
    plate = {"plaque": box((0.9 * base, 0.3 * low, 0.02), (0, 0.2 * low, base - 0.009), gold)} if plaque else {}
    return canonical(
        {"base": foot, "cup": cup, "handles": joined(*ears), **plate},
        {**frames, "foot": Frame.at((0, 0, 0), (0, -1, 0), base),
         "handle": Frame.at((1.45 * bowl, low + 0.78 * span, 0), (1, 0, 0))},
    )


@category("bowling pin", length_m=(0.3, 0.4), synonyms=("pin", "ninepin", "skittle"), symmetry="revolution", mass="medium")
def bowling_pin(height: float = 0.38, belly: float = 0.06, neck: float = 0.0235, stripes: int = 2) -> Template:
    """A white bowling pin with red stripes about its neck."""
    t = np.array([0, 0.02, 0.3, 0.55, 0.68, 0.76, 0.88, 0.96, 1.0])
    r = np.array([0.42 * belly, 0.48 * belly, belly, 0.62 * belly, neck, 1.03 * neck, 1.35 * neck, 1.02 * neck, 0.3 * neck])
    fine = np.linspace(0, 1, 47)
    body = lathe([(0, 0), *zip(PchipInterpolator(t, r)(fine), fine * height, strict=True), (0, height)], colour=(246, 243, 234))
    for k in range(stripes):
        body = banded(body, (0.628 + 0.058 * k) * height, (0.678 + 0.058 * k) * height, RED)
    return canonical({"body": body},
                     {"top": Frame.at((0, height, 0), half=neck), "foot": Frame.at((0, 0, 0), (0, -1, 0), 0.48 * belly)})


@category("dumbbell", length_m=(0.25, 0.4), synonyms=("hand weight", "free weight"), rest="y", symmetry="6-fold about x",
          mass="medium")
def dumbbell(length: float = 0.32, head: float = 0.068, thick: float = 0.1, grip: float = 0.016) -> Template:
    """A dumbbell lying along x: two six-sided weights and a steel grip."""
    outer = length / 2
    weights = []
    for s in (-1, 1):
        profile = ((outer, 0.84), (outer - 0.014, 1.0), (outer - thick + 0.014, 1.0), (outer - thick, 0.84))
        weights.append(lofted([ring((s * x, 0, 0), (0, 0, head * k), (0, head * k, 0), 6) for x, k in profile], RUBBER))
    swell = [(0, -outer + 0.05), *[(grip * (1 + 0.12 * np.cos(np.pi * y)), y * (outer - 0.05)) for y in np.linspace(-1, 1, 11)],
             (0, outer - 0.05)]
    bar = turned(lathe([(0, -outer + 0.049), *swell[1:-1], (0, outer - 0.049)], colour=STEEL), *UP_TO_X)
    discs = repeated(cylinder(0.5 * head, 0.002, axis=(1, 0, 0), colour=STEEL), [(s * outer, 0, 0) for s in (-1, 1)])
    return canonical({"weights": joined(*weights), "bar": bar, "caps": discs},
                     {"handle": Frame.at((0, grip, 0), half=(0.05, grip))})


@category("kettlebell", length_m=(0.18, 0.3), synonyms=("kettle bell",), symmetry="half-turn", mass="heavy")
def kettlebell(radius: float = 0.1, handle: float = 0.075, thick: float = 0.017) -> Template:
    """A cast iron kettlebell with its loop of a handle."""
    low = -0.82 * radius
    angles = np.radians(np.linspace(np.degrees(np.arcsin(-0.82)), 90, 16))
    body = lathe([(0, low), *[(radius * np.cos(a), radius * np.sin(a)) for a in angles[:-1]], (0, radius)], colour=(66, 70, 78))
    top = 0.9 * radius + 0.075
    loop = tube(smooth([(-0.5 * radius, 0.7 * radius, 0), (-handle, top - 0.035, 0), (-0.6 * handle, top, 0),
                        (0.6 * handle, top, 0),
                        (handle, top - 0.035, 0), (0.5 * radius, 0.7 * radius, 0)], 26), thick, (66, 70, 78))
    band = lathe([(0, -0.01), (1.004 * radius, -0.01), (1.004 * radius, 0.01), (0, 0.01)], colour=YELLOW)
    return canonical({"body": body, "band": band, "handle": loop}, {"handle": Frame.at((0, top, 0), half=(0.5 * handle, thick))})


@category("surfboard", length_m=(1.7, 2.5), synonyms=("surf board",), rest="z", mass="medium",
          ranges={"width": (0.46, 0.58), "nose": (0.15, 0.5)})
def surfboard(length: float = 2.0, width: float = 0.52, nose: float = 0.3, fins: int = 3) -> Template:
    """A surfboard standing on its tail, its deck toward the viewer."""
    t = np.linspace(0, 1, 33)
    wide = PchipInterpolator([0, 0.03, 0.2, 0.5, 0.8, 0.95, 1],
                             [0.25, 0.4, 0.78, 1.0, 0.72 + 0.2 * nose, 0.4 * nose + 0.2, 0.03])(t)
    thick = 0.033 * np.clip(np.sin(np.pi * (0.1 + 0.84 * t)), 0.25, 1)
    bend = 0.13 * np.clip((t - 0.6) / 0.4, 0, 1) ** 2 + 0.03 * np.clip((0.2 - t) / 0.2, 0, 1) ** 2

    def layer(scale: float, lift: float, colour: Colour) -> trimesh.Trimesh:
        return lofted([ring((0, y * length, b + lift), (scale * w * width / 2, 0, 0), (0, 0, d), 28)
                       for y, w, d, b in zip(t, wide, thick, bend, strict=True)], colour)

    board = banded(layer(1.0, 0.0, (244, 236, 214)), 0.62 * length, 0.76 * length, (40, 150, 164))
    board = banded(board, 0.78 * length, 0.82 * length, ORANGE)
    line = lofted([oblong((0, y * length, b + d), (0.006, 0, 0), (0, 0, 0.0025))
                   for y, d, b in zip(t[1:-1], thick[1:-1], bend[1:-1], strict=True)],
                  DEEP_WOOD)
    fin = turned(slab([(0, 0.2), (0.0, 0.06), (0.07, 0.02), (0.12, 0.015), (0.06, 0.11)], 0.01, BLACK), 90, (0, 1, 0))
    spots = [(x, 0, 0.0) for x in np.linspace(-0.28, 0.28, fins) * width] if fins > 1 else [(0, 0, 0)]
    keel = repeated(fin, [(x, 0.05 + 0.5 * abs(x), -0.012) for x, _, _ in spots])
    return canonical(
        {"board": board, "stringer": line, "fins": keel},
        {"head": Frame.at((0, length, float(bend[-1]))), "foot": Frame.at((0, 0, 0), (0, -1, 0), (0.1 * width, 0.02))},
    )


@category("yoga mat", length_m=(0.55, 0.75), synonyms=("exercise mat", "rolled yoga mat"), rest="y",
          symmetry="revolution about x")
def yoga_mat(length: float = 0.62, radius: float = 0.062, turns: int = 5, straps: bool = True) -> Template:
    """A rolled-up yoga mat lying along x."""
    violet, step = (132, 92, 168), radius / (turns + 0.5)
    core = turned(cylinder(radius - 0.5 * step, length - 0.02, colour=(84, 54, 112)), *UP_TO_X)
    layers = []
    for k in range(turns):
        out, half = radius - k * step, length / 2
        layers.append(turned(lathe([(out - 0.75 * step, -half), (out, -half), (out, half), (out - 0.75 * step, half),
                                    (out - 0.75 * step, -half)], colour=violet), *UP_TO_X))
    flap = rounded((length, 0.006, 0.03), 0.0025, (0, 0.92 * radius, 0.4 * radius), violet, 2)
    bands = {"straps": repeated(turned(cylinder(1.03 * radius, 0.025, colour=BLACK), *UP_TO_X),
                                [(s * 0.27 * length, 0, 0) for s in (-1, 1)])} if straps else {}
    return canonical({"core": core, "layers": joined(*layers), "flap": turned(flap, 24, (1, 0, 0)), **bands},
                     {"centre": Frame.at((0, 0, 0)), "surface": Frame.at((0, radius, 0), half=(length / 2, 0.2 * radius))})


@category("scooter", length_m=(0.75, 1.05), synonyms=("kick scooter", "push scooter"), fronted=True, mass="medium",
          ranges={"height": (0.78, 0.98), "deck": (0.42, 0.54)})
def scooter(height: float = 0.88, deck: float = 0.48, wheel: float = 0.062, bar: float = 0.4) -> Template:
    """A kick scooter: a low deck on two wheels, a steering column, a handlebar."""
    plate, half, front = wheel + 0.035, deck / 2, deck / 2 + 0.16
    board = rounded((0.12, 0.03, deck), 0.012, (0, plate - 0.015, 0), BLUE, 3)
    tape = box((0.1, 0.004, 0.84 * deck), (0, plate, -0.01), BLACK)
    neck = tube(smooth([(0, plate - 0.015, half - 0.02), (0, plate + 0.02, half + 0.06), (0, plate + 0.12, front - 0.015)], 10),
                0.021, BLUE)
    lean = np.array([0.0, height - 0.015 - wheel, -0.1])
    axle = np.array([0.0, wheel, front + 0.02])
    column = tube([axle + 0.13 * lean, axle + lean], [0.02, 0.016], STEEL)
    forks = [tube([_off(axle, s * 0.028, 0, 0), axle + 0.12 * lean + [s * 0.024, 0, 0]], 0.008, STEEL, 10) for s in (-1, 1)]
    crown = box((0.07, 0.03, 0.04), tuple(axle + 0.13 * lean), STEEL)
    top = axle + lean
    steer = tube([top - [bar / 2, 0, 0], _off(top, bar / 2, 0, 0)], 0.0125, STEEL)
    grips = [tube([_off(top, s * bar / 2, 0, 0), _off(top, s * (bar / 2 - 0.11), 0, 0)], 0.019, BLACK) for s in (-1, 1)]
    rear = np.array([0.0, wheel, -half - 0.04])
    stays = repeated(box((0.012, 0.035, 0.15), colour=BLUE), [_off(rear, s * 0.03, 0, 0.04) for s in (-1, 1)])
    fender = lofted([oblong((0, wheel + 1.12 * wheel * np.sin(a), rear[2] - 1.12 * wheel * np.cos(a)), (0.022, 0, 0),
                            (0, 0.004 * np.sin(a), -0.004 * np.cos(a))) for a in np.radians(np.linspace(20, 120, 9))], BLACK)
    roll = turned(joined(lathe([(0, -0.014), (0.8 * wheel, -0.016), (wheel, -0.007), (wheel, 0.007), (0.8 * wheel, 0.016),
                                (0, 0.014)],
                               colour=RUBBER), cylinder(0.6 * wheel, 0.036, colour=WHITE)), 90, (0, 0, 1))
    wheels = [roll.copy().apply_translation(spot) for spot in (axle, rear)]
    return canonical(
        {"deck": joined(board, tape, neck), "steering": joined(column, crown, *forks, steer), "grips": joined(*grips),
         "stays": stays, "fender": fender, "wheels": joined(*wheels)},
        {"surface": Frame.at((0, plate + 0.002, -0.06), half=(0.06, half - 0.06)),
         "handle": Frame.at(tuple(top), (0, 1, 0), (bar / 2, 0.0125))},
    )


@category("shuttlecock", length_m=(0.075, 0.095), synonyms=("badminton birdie", "birdie"), symmetry="revolution",
          mass="featherlight", rest="x")
def shuttlecock(height: float = 0.085, mouth: float = 0.033, feathers: int = 16) -> Template:
    """A badminton shuttlecock standing on its cork, feathers up."""
    cork = lathe([(0, 0), (0.006, 0.0008), (0.0105, 0.005), (0.013, 0.013), (0.013, 0.026), (0, 0.026)], colour=(232, 220, 194))
    band = cylinder(0.0134, 0.006, (0, 0.022, 0), colour=RED)
    vanes, quills = [], []
    for a in np.linspace(0, 2 * np.pi, feathers, endpoint=False):
        out = np.array([np.cos(a), 0.0, np.sin(a)])
        side = np.array([-np.sin(a), 0.0, np.cos(a)]) + 0.25 * out
        path = [(0.011 + (mouth - 0.011) * (y - 0.022) / (height - 0.022)) * out + [0, y, 0]
                for y in np.linspace(0.022, height, 5)]
        quills.append(tube(path[::4], 0.0007, WHITE, 6))
        wide = 1.1 * np.pi * mouth / feathers
        vanes.append(lofted([oblong(p, tuple(w * wide * side), tuple(0.0003 * out))
                             for p, w in zip(path[2:], (0.35, 0.95, 0.75), strict=True)],
                            WHITE))
    rims = [lathe([(r + 0.0006, h), (r + 0.0014, h + 0.0012), (r - 0.0004, h + 0.0012), (r + 0.0006, h)], colour=(170, 176, 180))
            for h, r in ((y, 0.011 + (mouth - 0.011) * (y - 0.022) / (height - 0.022)) for y in (0.036, 0.044))]
    return canonical({"cork": cork, "band": band, "feathers": joined(*vanes), "quills": joined(*quills),
                      "threads": joined(*rims)},
                     {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "centre": Frame.at((0, 0.013, 0))})


@category("frisbee", length_m=(0.22, 0.28), synonyms=("flying disc",), symmetry="revolution")
def frisbee(radius: float = 0.135, depth: float = 0.03, rings: int = 3) -> Template:
    """A flying disc lying right way up, hollow below."""
    wall = 0.0035
    outside = [(0.985 * radius, 0), (radius, 0.15 * depth), (0.995 * radius, 0.5 * depth), (0.96 * radius, 0.8 * depth),
               (0.88 * radius, 0.96 * depth)]
    under = [(r - 1.6 * wall, h) for r, h in outside[:3]] + [(0.88 * radius, 0.96 * depth - wall)]
    disc = lathe([(0, depth - wall), *under[::-1], *outside, (0, depth)], colour=ORANGE)
    grooves = [lathe([(r - 0.002, 0.94 * depth), (r + 0.002, 0.94 * depth), (r + 0.0015, 1.02 * depth),
                      (r - 0.0015, 1.02 * depth),
                      (r - 0.002, 0.94 * depth)], colour=WHITE) for r in np.linspace(0.4, 0.8, rings) * radius]
    return canonical({"disc": disc, "rings": joined(*grooves)},
                     {"surface": Frame.at((0, depth, 0), half=0.8 * radius), "centre": Frame.at((0, depth / 2, 0))})


@category("rugby ball", length_m=(0.26, 0.32), stretch=0.03, rest="y", symmetry="revolution about x")
def rugby_ball(length: float = 0.29, radius: float = 0.092, band: float = 0.2) -> Template:
    """A white oval ball lying along x, its ends and two bands coloured."""
    t = np.linspace(-1, 1, 41)
    body = lathe([(radius * (1 - abs(x) ** 2.2) ** 0.62 if abs(x) < 1 else 0.0, x * length / 2) for x in t], colour=WHITE)
    for s in (-1, 1):
        for low, high, colour in ((0.78, 1.01, BLUE), (band, band + 0.22, RED)):
            start, stop = sorted((s * low * length / 2, s * high * length / 2))
            body = banded(body, start, stop, colour)
    valve = cylinder(0.004, 0.003, (0, radius, 0), colour=BLACK, sections=12)
    return canonical({"ball": turned(body, *UP_TO_X), "valve": valve},
                     {"centre": Frame.at((0, 0, 0)), "top": Frame.at((0, radius, 0))})


@category("dartboard", length_m=(0.38, 0.5), synonyms=("dart board",), rest="z", fronted=True, mass="medium",
          symmetry="revolution about z")
def dartboard(radius: float = 0.225, thick: float = 0.04, bull: float = 0.1) -> Template:
    """A round dartboard facing the viewer, standing on its rim."""
    back = cylinder(radius, thick, (0, 0, 0), (0, 0, 1), (28, 28, 30), sections=60)
    scored, front = 0.76 * radius, thick / 2
    rings = [f * scored for f in (0.0, 0.57, 0.63, 0.94, 1.0)]
    face = lathe([(0, -0.004), (scored, -0.004), *[(r, 0.003) for r in rings[:0:-1]], (0, 0.003)], colour=BLACK, sections=60)
    x, _, z = face.triangles_center.T
    odd, out = np.floor(np.degrees(np.arctan2(z, x)) / 18) % 2 == 1, np.hypot(x, z) / scored
    double = ((out > 0.58) & (out < 0.63)) | (out > 0.95)
    for mask, colour in ((odd & ~double, CREAM_SISAL), (~odd & double, RED), (odd & double, GREEN_SISAL)):
        face = tinted(face, mask, colour)
    turned(turned(face, 9, (0, 1, 0)), 90, (1, 0, 0)).apply_translation((0, 0, front))
    eyes = [cylinder(s * bull * radius, 0.007, (0, 0, front + 0.0005 * k), (0, 0, 1), c) for k, (s, c) in
            enumerate(((1.0, GREEN_SISAL), (0.45, RED)))]
    wires = [turned(_hoop(f * scored, 0.0012, STEEL, 40), 90, (1, 0, 0)) for f in (0.57, 0.63, 0.94, 1.0)]
    for wire in wires:
        wire.apply_translation((0, 0, front + 0.003))
    return canonical({"board": back, "fields": face, "bull": joined(*eyes), "wires": joined(*wires)},
                     {"centre": Frame.at((0, 0, front), (0, 0, 1), bull * radius)})


@category("bicycle", length_m=(1.5, 1.9), synonyms=("bike", "road bike", "push bike"), fronted=True, mass="heavy",
          ranges={"wheel": (0.3, 0.36), "base": (0.98, 1.1)})
def bicycle(wheel: float = 0.33, base: float = 1.03, seat: float = 0.92, bar: float = 0.5) -> Template:
    """A bicycle standing upright, its front wheel toward +z."""
    rear, front = np.array([0, wheel, -base / 2]), np.array([0, wheel, base / 2])
    crank = np.array([0, wheel - 0.05, -0.08])
    under = np.array([0, seat - 0.14, -0.24])
    saddle = np.array([0, seat - 0.03, -0.27])
    head, low = np.array([0, wheel + 0.5, base / 2 - 0.2]), np.array([0, wheel + 0.36, base / 2 - 0.155])
    frame = [tube(path, 0.017, RED, 12)
             for path in ((crank, under), (under, head), (crank, low), (low, _off(head, 0, 0.05, -0.016)))]
    frame += [tube([_off(a, s * 0.035, 0, 0), _off(b, s * 0.012, 0, 0)], 0.009, RED, 10) for s in (-1, 1)
              for a, b in ((rear, crank), (rear, under))]
    forks = [tube(smooth([_off(front, s * 0.045, 0, 0), _off(low, s * 0.035, -0.12, 0.06), _off(low, s * 0.025, 0, 0)], 8), 0.011,
                  RED, 10) for s in (-1, 1)]
    top = _off(head, 0, 0.12, -0.035)
    stem = [tube([head, top], 0.014, STEEL), tube([top, _off(top, 0, 0.0, 0.07)], 0.012, STEEL)]
    grip = _off(top, 0, 0.0, 0.07)
    steer = tube(smooth([_off(grip, s * x * bar, y, z) for s, x, y, z in (
        (-1, 0.5, 0.03, -0.12), (-1, 0.3, 0.03, 0), (1, 0, 0, 0.0), (1, 0.3, 0.03, 0), (1, 0.5, 0.03, -0.12))], 21), 0.011, STEEL,
        10)
    ends = [tube([_off(grip, s * 0.5 * bar, 0.03, -0.12), _off(grip, s * 0.4 * bar, 0.03, -0.06)], 0.017, BLACK, 10)
            for s in (-1, 1)]
    post = tube([under, saddle], 0.013, STEEL, 12)
    pad = hull([(s * x, saddle[1] + y, saddle[2] + z) for s in (-1, 1) for x, y, z in (
        (0.07, 0.03, -0.12), (0.075, 0.0, -0.11), (0.03, 0.028, 0.02), (0.02, 0.022, 0.13), (0.018, 0.0, 0.13),
        (0.04, -0.01, -0.02))], BLACK)
    reach, origin = wheel - 0.04, np.zeros(3)
    hub = cylinder(0.022, 0.09, axis=(1, 0, 0), sections=16)
    circles = [turned(_hoop(*shape), 90, (0, 0, 1)) for shape in ((wheel - 0.018, 0.018, RUBBER), (wheel - 0.042, 0.01, STEEL))]
    spokes = [lofted([oblong(tuple(_off(origin, 0, r * np.sin(a), r * np.cos(a))), (0.002, 0, 0),
                             (0, 0.002 * np.cos(a), -0.002 * np.sin(a))) for r in (0.01, reach)], STEEL)
              for a in np.linspace(0, 2 * np.pi, 16, endpoint=False)]
    rolling = joined(hub, *circles, *spokes)
    wheels = [rolling.copy().apply_translation(place) for place in (rear, front)]
    cog = cylinder(0.085, 0.008, (0.05, *crank[1:]), (1, 0, 0), DARK)
    arms = [tube([_off(crank, s * 0.06, 0, 0), _off(crank, s * 0.07, s * 0.1, s * 0.13)], 0.011, DARK, 8) for s in (-1, 1)]
    pedals = [box((0.09, 0.02, 0.07), tuple(_off(crank, s * 0.12, s * 0.1, s * 0.13)), BLACK) for s in (-1, 1)]
    chain = [box((0.006, 0.006, base / 2 - 0.08), (0.05, wheel - 0.02 + y, -base / 4 - 0.04), DARK) for y in (0.05, -0.05)]
    return canonical(
        {"frame": joined(*frame, *forks), "steering": joined(*stem, steer), "grips": joined(*ends), "saddle": joined(post, pad),
         "wheels": joined(*wheels), "drive": joined(cog, *arms, *chain), "pedals": joined(*pedals)},
        {"surface": Frame.at((0, float(saddle[1]) + 0.03, float(saddle[2]) - 0.03), half=(0.07, 0.08)),
         "handle": Frame.at(tuple(grip), (0, 1, 0), (bar / 2, 0.02))},
    )


@category("bowling ball", length_m=(0.2, 0.23), stretch=0.0, symmetry="revolution", mass="medium",
          ranges={"hole": (0.013, 0.017), "apart": (13.0, 17.0), "thumb": (36.0, 46.0)})
def bowling_ball(hole: float = 0.015, apart: float = 15.0, thumb: float = 40.0) -> Template:
    """A heavy dark blue ball with three finger holes."""
    radius = 0.108
    shell = ball(radius, colour=(34, 44, 108), subdivisions=4)
    spots = [(-apart / 2, 58.0, hole), (apart / 2, 58.0, hole), (0.0, 58.0 - thumb, 1.15 * hole)]
    holes = []
    for turn, rise, size in spots:
        a, b = np.radians(45 + turn / np.cos(np.radians(rise))), np.radians(rise)
        way = np.array([np.cos(b) * np.sin(a), np.sin(b), np.cos(b) * np.cos(a)])
        holes.append(cylinder(size, 0.006, tuple((radius - 0.0026) * way), tuple(way), (8, 8, 12), sections=28))
    return canonical({"ball": shell, "holes": joined(*holes)},
                     {"centre": Frame.at((0, 0, 0)), "top": Frame.at((0, radius, 0))})


@category("volleyball", length_m=(0.19, 0.22), stretch=0.0, symmetry="revolution",
          ranges={"seam": (0.02, 0.04), "groove": (0.01, 0.02)})
def volleyball(seam: float = 0.03, groove: float = 0.015) -> Template:
    """A ball of six squares of three strips each, white, yellow and blue, with grooves between them."""
    third = 1 / 3
    half = np.array([0, 0.1, 0.2, third - seam, third, third + seam, 0.5, 0.65, 0.82, 1 - seam, 1])
    lines = np.concatenate([-half[:0:-1], half])
    u, v = (part.ravel() for part in np.meshgrid(lines, lines, indexing="ij"))
    n = len(lines)
    index = np.arange(n * n).reshape(n, n)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1).reshape(-1, 4)
    across, along = u[quads].mean(axis=1), v[quads].mean(axis=1)
    kind = np.select([np.abs(across) < third, across > 0], [1, 2], 0)
    gap = (np.abs(np.abs(across) - third) < seam) | (np.maximum(np.abs(across), np.abs(along)) > 1 - seam)
    sunk = np.isclose(np.abs(u), third) | np.isclose(np.maximum(np.abs(u), np.abs(v)), 1)
    flat = np.column_stack([np.tan(u * np.pi / 4), np.tan(v * np.pi / 4), np.ones(n * n)])
    face = flat / np.linalg.norm(flat, axis=1)[:, None] * (1 - groove * sunk)[:, None]
    palette = np.array([(250, 206, 40), (244, 244, 238), (36, 84, 170), (72, 76, 90)])
    points: list[Array] = []
    tris: list[Array] = []
    for k in range(3):
        for side in (1, -1):
            points.append(np.roll(face * [side, 1, side], k, axis=1))
            tris.append(len(tris) * n * n + np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]))
    mesh = trimesh.Trimesh(np.concatenate(points), np.concatenate(tris), process=False)
    mesh.merge_vertices(digits_vertex=6)
    shades = np.tile(palette[np.where(gap, 3, kind)], (12, 1))
    mesh.visual = trimesh.visual.ColorVisuals(mesh, face_colors=np.column_stack([shades, np.full(len(shades), 255)]))
    return canonical({"ball": mesh}, {"centre": Frame.at((0, 0, 0)), "top": Frame.at((0, 1, 0))})
