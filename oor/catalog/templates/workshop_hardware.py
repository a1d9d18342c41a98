"""Templates of hand tools, fittings and what one works on."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import ArrayLike

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    BLUE,
    BRASS,
    DARK,
    DEEP_WOOD,
    GREEN,
    PALE_WOOD,
    RED,
    SOOT,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
    Colour,
    Point,
    arc,
    ball,
    box,
    cylinder,
    fluted,
    hoop,
    hull,
    joined,
    lathe,
    lofted,
    oblong,
    repeated,
    ring,
    rounded,
    slab,
    smooth,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical
from oor.catalog.vessels import vessel

CHROME: Colour = (188, 194, 202)
IVORY: Colour = (238, 236, 228)
FLAME: Colour = (250, 170, 50)


def _flat(outline: ArrayLike, thickness: float, colour: Colour, y: float = 0.0) -> trimesh.Trimesh:
    """A level plate: a simple polygon of (x, z) points, thickened along y about a height."""
    mesh = turned(slab(np.asarray(outline, float) * [1, -1], thickness, colour), -90, (1, 0, 0))
    mesh.apply_translation((0, y, 0))
    return mesh


def _pierced(outer: Array, inner: Array, height: float, colour: Colour) -> trimesh.Trimesh:
    """A level plate with a hole, standing on y = 0: two (k, 2) outlines of (x, z) points whose corners face each other."""
    levels = ((outer, 0), (outer, height), (inner, height), (inner, 0))
    return hoop([np.insert(outline, 1, y, axis=1) for outline, y in levels], colour)


def _round(radius: float, count: int = 48, corners: int = 0) -> Array:
    """(count, 2) points on a circle, or on a polygon of that inner radius whose first side faces +x."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + (np.pi / corners if corners else 0)
    reach = radius if not corners else radius / np.cos((angles + np.pi / corners) % (2 * np.pi / corners) - np.pi / corners)
    return np.column_stack([reach * np.cos(angles), reach * np.sin(angles)])


@category("drill", length_m=(0.2, 0.32), synonyms=("power drill", "cordless drill", "electric drill"), rest="z", mass="medium",
          ranges={"bit": (0.06, 0.09)})
def drill(body: float = 0.15, bit: float = 0.075, grip: float = 0.13, radius: float = 0.031) -> Template:
    """A cordless drill, its bit pointing down and its grip toward +x."""
    low = bit + 0.045
    top = low + body
    ridge = [(0.0026 if k % 2 else 0.0036, y) for k, y in enumerate(np.linspace(0.008, bit, 13))]
    steel = lathe([(0, 0), *ridge, (0, bit)], colour=CHROME, sections=16)
    chuck = lathe([(0, bit - 0.004), (0.009, bit - 0.004), (0.017, bit + 0.016), (0.019, low), (0, low)], colour=BLACK)
    collar = fluted(cylinder(0.021, 0.018, (0, low - 0.005, 0), colour=DARK, sections=48), 0.08, 16)
    casing = lathe([(0, low), (0.74 * radius, low), (radius, low + 0.25 * body), (radius, top - 0.2 * body), (0.8 * radius, top),
                   (0, top)], colour=YELLOW)
    vent = [box((0.5 * radius, 0.005, 2.02 * radius), (0, top - 0.05 - 0.011 * k, 0), BLACK) for k in range(3)]
    end, y = radius + grip, top - 0.26 * body
    stem = lofted([oblong((x, h, 0), (0, a, 0), (0, 0, 0.017)) for x, h, a in (
        (0.3 * radius, y, 0.027), (radius + 0.02, y - 0.002, 0.022), (radius + 0.5 * grip, y - 0.006, 0.023),
        (end, y - 0.012, 0.027))], DARK)
    trigger = rounded((0.03, 0.018, 0.014), 0.004, (radius + 0.026, y - 0.028, 0), RED, 2)
    battery = rounded((0.038, 0.115, 0.066), 0.01, (end + 0.006, y - 0.024, 0), BLACK, 3)
    plate = rounded((0.012, 0.1, 0.06), 0.004, (end - 0.014, y - 0.022, 0), YELLOW, 2)
    return canonical({"bit": steel, "chuck": joined(chuck, collar), "body": casing, "vents": joined(*vent),
                      "grip": joined(stem, trigger), "battery": joined(battery, plate)},
                     {"tip": Frame.at((0, 0, 0), (0, -1, 0)),
                      "handle": Frame.at((radius + 0.55 * grip, y - 0.006, 0), (1, 0, 0))})


@category("wrench", length_m=(0.15, 0.28), synonyms=("combination wrench",),
          symmetry="half-turn about x")
def wrench(length: float = 0.21, jaw: float = 0.0105, thick: float = 0.008, ring_end: bool = True) -> Template:
    """A wrench lying flat, its open jaw toward -x."""
    head, neck = 2.1 * jaw, 0.62 * jaw
    curve = np.radians(np.linspace(140, 25, 14))
    upper = np.column_stack([head * np.cos(curve), head * np.sin(curve)])
    lip = [(-0.15 * jaw, jaw), (-1.05 * head, jaw)]
    upper[0] = (-1.0 * head, 1.5 * jaw)
    tail = length - head - 2.2 * jaw
    side = [(0.35 * jaw, 0.0), (0.2 * jaw, 0.6 * jaw), *lip, *upper.tolist(), (1.6 * head, neck), (tail, neck)]
    outline = side + [(x, -z) for x, z in side[::-1] if z > 0]
    bar = _flat(outline, thick, CHROME)
    groove = box((0.5 * length, 0.0012, 0.7 * neck), (0.42 * length, thick / 2, 0), (140, 146, 156))
    if ring_end:
        eye = _pierced(_round(1.9 * jaw), _round(1.15 * jaw, corners=6), 1.2 * thick, CHROME)
    else:
        eye = _pierced(_round(1.1 * jaw), _round(0.5 * jaw), thick, CHROME)
    eye.apply_translation((tail + (1.6 if ring_end else 0.9) * jaw, -0.6 * thick if ring_end else -thick / 2, 0))
    return canonical({"bar": joined(bar, groove), "ring": eye},
                     {"jaw": Frame.at((-0.55 * head, 0, 0), (-1, 0, 0)), "handle": Frame.at((0.85 * tail, 0, 0), (1, 0, 0))})


@category("bolt", length_m=(0.04, 0.09), synonyms=("hex bolt", "machine bolt"), rest="x",
          symmetry="revolution", mass="featherlight")
def bolt(length: float = 0.055, shank: float = 0.005, head: float = 0.0095) -> Template:
    """A hexagon bolt standing on its thread, head up."""
    neck, thick = length - 0.75 * head, 0.75 * head
    turns = round((neck - 0.014) / 0.0026)
    thread = [(r, y + dy) for y in np.linspace(0.003, neck - 0.012, turns, endpoint=False)
              for r, dy in ((0.86 * shank, 0), (shank, 0.0012))]
    pin = lathe([(0, 0), (0.7 * shank, 0), *thread, (shank, neck - 0.011), (shank, neck + 0.001), (0, neck + 0.001)],
                colour=CHROME, sections=24)
    hexagon = _round(head, corners=6, count=6)
    block = lofted([np.insert(hexagon * s, 1, y, axis=1) for y, s in (
        (neck, 1), (length - 0.14 * thick, 1), (length, 0.9))], STEEL)
    washer = cylinder(1.1 * head, 0.12 * thick, (0, neck, 0), colour=STEEL)
    return canonical({"pin": pin, "head": joined(block, washer)},
                     {"head": Frame.at((0, length, 0), half=0.9 * head), "tip": Frame.at((0, 0, 0), (0, -1, 0))})


@category("nut", length_m=(0.021, 0.045), synonyms=("hex nut",), symmetry="6-fold", mass="featherlight")
def nut(radius: float = 0.0125, hole: float = 0.0072, height: float = 0.0105) -> Template:
    """A hexagon nut lying flat."""
    hexagon, bore = _round(radius, corners=6), _round(hole)
    body = _pierced(hexagon, bore, height, STEEL)
    rings = [_pierced(_round(1.08 * hole), _round(0.88 * hole), 0.0011, DARK) for _ in range(4)]
    for k, thread in enumerate(rings):
        thread.apply_translation((0, (0.12 + 0.22 * k) * height, 0))
    face = _pierced(_round(0.97 * radius), bore, 0.0008, CHROME)
    face.apply_translation((0, height - 0.0003, 0))
    return canonical({"nut": joined(body, face), "thread": joined(*rings)},
                     {"head": Frame.at((0, height + 0.0005, 0), half=radius), "centre": Frame.at((0, height / 2, 0))})


@category("paintbrush", length_m=(0.18, 0.28), synonyms=("paint brush", "house painting brush"), rest="z",
          symmetry="half-turn")
def paintbrush(length: float = 0.23, width: float = 0.056, bristle: float = 0.06, wet: bool = True) -> Template:
    """A flat paintbrush standing on its bristles."""
    x, z, cuff = width / 2, 0.16 * width, bristle + 0.03

    def section(y: float, a: float, b: float) -> Array:
        return ring((0, y, 0), (a, 0, 0), (0, 0, b), 28)

    def hair(y: float) -> Array:
        full = np.interp(y, [0, 0.3 * bristle, bristle], [0.92, 1.0, 0.94])
        return section(y, full * x, np.interp(y, [0, 0.5 * bristle, bristle], [0.3, 0.9, 1.0]) * z)

    dip = 0.45 * bristle
    dry = (0.6 * dip if wet else 0, dip, 0.7 * bristle, bristle + 0.004)
    parts = {"bristles": lofted([hair(y) for y in dry], (198, 160, 104))}
    if wet:
        parts["paint"] = lofted([hair(y) * [1.02, 1, 1.04] for y in (0, 0.06 * bristle, 0.2 * bristle, dip)], BLUE)
    parts["ferrule"] = lofted([section(y, a * x, b * z) for y, a, b in (
        (bristle, 1.02, 1.12), (bristle + 0.004, 1.04, 1.2), (cuff - 0.004, 1.04, 1.2), (cuff, 1.0, 1.1))], CHROME)
    run = length - cuff
    parts["handle"] = lofted([section(cuff - 0.003 + t * (run + 0.003), a * x, b * z) for t, a, b in (
        (0, 0.96, 1.05), (0.1, 0.9, 1.05), (0.24, 0.42, 1.0), (0.5, 0.3, 0.95), (0.8, 0.4, 0.95), (0.95, 0.36, 0.8),
        (1, 0.2, 0.4))], RED)
    return canonical(parts, {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, length - 0.25 * run, 0))})


@category("paint can", length_m=(0.18, 0.3), synonyms=("can of paint", "paint bucket", "paint pot", "paint tin"), mass="medium",
          ranges={"fill": (0.25, 0.6)})
def paint_can(height: float = 0.19, radius: float = 0.082, fill: float = 0.45, drip: bool = True) -> Template:
    """An open can of paint with a wire handle leaning back."""
    level, pivot = fill * height, (0.0, 0.86 * height, 0.0)
    can, _ = vessel([(0.98 * radius, 0), (radius, 0.004), (radius, 0.03 * height), (0.98 * radius, 0.05 * height),
                     (0.98 * radius, 0.94 * height), (1.01 * radius, 0.95 * height), (1.01 * radius, height)],
                    0.003, 0.004, CHROME)
    pool = lathe([(0, 0.002), (0.96 * radius, 0.002), (0.96 * radius, level), (0, level)], colour=BLUE)
    label = [_pierced(_round(out * radius), _round(0.965 * radius), tall * height, colour)
             for out, tall, colour in ((0.995, 0.66, WHITE), (1.0, 0.26, BLUE))]
    for part, low in zip(label, (0.14, 0.34), strict=True):
        part.apply_translation((0, low * height, 0))
    hoop = turned(tube(arc(pivot, 1.04 * radius, 0, 180, count=28), 0.0022, STEEL, 8), -38, (1, 0, 0), pivot)
    ears = [cylinder(0.009, 0.01, (s * radius, pivot[1], 0), (1, 0, 0), STEEL, sections=16) for s in (-1, 1)]
    parts = {"can": can, "paint": pool, "label": joined(*label), "handle": joined(hoop, *ears)}
    if drip:
        edge = [(1.005 * radius * np.cos(a), 1.005 * radius * np.sin(a), run * height)
                for a, run in ((1.05, 0.3), (1.26, 0.5), (1.47, 0.2), (1.69, 0.36))]
        parts["drips"] = joined(*(tube([(x, y, z) for y in (1.005 * height, height - run, height - run - 0.006)],
                                       [0.006, 0.0055, 0.002], BLUE, 10) for x, z, run in edge))
    frames = {"opening": Frame.at((0, height, 0), half=0.95 * radius), "floor": Frame.at((0, level, 0), half=0.95 * radius)}
    return canonical(parts, frames)


@category("canvas", length_m=(0.3, 0.65), synonyms=("artist's canvas",), symmetry="half-turn")
def canvas(width: float = 0.45, depth: float = 0.35, thick: float = 0.02, sun: float = 0.035) -> Template:
    """A stretched canvas with a painted landscape, lying flat."""
    x, z, y = 0.46 * width, 0.45 * depth, thick
    t = np.linspace(-1, 1, 11)
    parts = {"canvas": rounded((width, thick, depth), 0.2 * thick, (0, thick / 2, 0), IVORY, 2),
             "sky": box((2 * x, 0.0016, 2 * z), (0, y, 0), (132, 188, 226)),
             "sun": cylinder(sun, 0.0028, (0.5 * x, y, -0.5 * z), colour=YELLOW)}
    land: list[tuple[str, float, float, float, Colour, float]] = [
        ("far hills", -0.1, 0.22, 0.4, (96, 132, 170), 0.0036), ("hills", 0.25, 0.2, 2.6, GREEN, 0.0044),
        ("meadow", 0.6, 0.1, 4.4, (140, 178, 84), 0.0052)]
    for name, base, sway, phase, tone, thin in land:
        crest = [(x * k, z * (base + sway * np.sin(3.1 * k + phase))) for k in t]
        parts[name] = _flat([(-x, z), *crest, (x, z)], thin, tone, y)
    return canonical(parts, {"surface": Frame.at((0, y + 0.0016, 0), half=(x, z)), "centre": Frame.at((0, thick / 2, 0))})


@category("padlock", length_m=(0.05, 0.09), synonyms=("lock",), fronted=True, ranges={"shackle": (0.02, 0.03)})
def padlock(width: float = 0.045, height: float = 0.038, depth: float = 0.018, shackle: float = 0.024) -> Template:
    """A closed brass padlock, its keyhole toward the viewer."""
    bend = 0.34 * width
    body = rounded((width, height, depth), 0.3 * depth, (0, height / 2, 0), BRASS, 4)
    top = height + shackle - bend + 0.3 * width
    bow = np.concatenate([[(bend, height - 0.01, 0)], arc((0, top - bend, 0), bend, 0, 180, count=20),
                          [(-bend, height - 0.01, 0)]])
    shank = tube(bow, 0.09 * width, CHROME, 14)
    y, front = 0.5 * height, depth / 2
    plate = cylinder(0.2 * width, 0.0016, (0, y, front), (0, 0, 1), (170, 124, 56))
    hole = cylinder(0.075 * width, 0.003, (0, y + 0.05 * width, front), (0, 0, 1), SOOT, sections=20)
    slit = hull([(s * w * width, y - d * width, front + dz) for s in (-1, 1) for w, d in ((0.03, -0.04), (0.055, 0.15))
                 for dz in (-0.0015, 0.0015)], SOOT)
    return canonical({"body": body, "shackle": shank, "plate": plate, "keyhole": joined(hole, slit)},
                     {"keyhole": Frame.at((0, y, front + 0.0015), (0, 0, 1)), "hang": Frame.at((0, top, 0))})


@category("key", length_m=(0.05, 0.09), synonyms=("door key", "skeleton key"), mass="featherlight")
def key(length: float = 0.07, bow: float = 0.011, thick: float = 0.005, teeth: int = 2) -> Template:
    """An old-fashioned key lying flat, its tip toward +x."""
    start, end = 2 * bow, length
    loop = _pierced(_round(bow), _round(0.6 * bow), 0.9 * thick, BRASS)
    loop.apply_translation((bow, -0.45 * thick, 0))
    shank = tube([(start - 0.2 * bow, 0, 0), (end - 0.001, 0, 0), (end, 0, 0)], [0.5 * thick, 0.5 * thick, 0.36 * thick],
                 BRASS, 16)
    collars = [cylinder(0.72 * thick, 0.0018, (x, 0, 0), (1, 0, 0), BRASS, sections=20)
               for x in (start + 0.003, start + 0.007, 0.72 * length)]
    wide, reach = 0.2 * length / teeth, 0.85 * bow
    bits = [box((0.62 * wide, 0.55 * thick, reach), (end - 0.05 * length - (k + 0.5) * wide, 0, reach / 2), BRASS)
            for k in range(teeth)]
    bits.append(box((0.2 * length, 0.55 * thick, 0.45 * reach), (end - 0.15 * length, 0, 0.225 * reach), BRASS))
    return canonical({"bow": loop, "shank": joined(shank, *collars), "bit": joined(*bits)},
                     {"tip": Frame.at((end, 0, 0), (1, 0, 0)), "handle": Frame.at((bow, 0, 0), (-1, 0, 0))})


@category("plug", length_m=(0.08, 0.15), synonyms=("power plug", "electric plug", "mains plug"), mass="featherlight",
          ranges={"prong": (0.015, 0.02)})
def plug(body: float = 0.034, prong: float = 0.018, girth: float = 0.024, cable: float = 0.06) -> Template:
    """An electric plug with a piece of cable lying on a table, its prongs toward +x."""
    y, levels = girth / 2, ((0.0, 1.0), (0.22, 1.0), (0.32, 0.84), (0.7, 0.72), (1.0, 0.46))
    shell = lofted([ring((-t * body, y, 0), (0, s * girth / 2, 0), (0, 0, 0.62 * s * girth), 28) for t, s in levels], IVORY)
    pins = [box((prong + 0.004, 0.0066, 0.0018), (prong / 2 - 0.002, y, s * 0.27 * girth), BRASS) for s in (-1, 1)]
    relief = [cylinder(0.0052, 0.0022, (-body - 0.003 - 0.004 * k, y, 0), (1, 0, 0), IVORY, sections=18) for k in range(3)]
    x = -body - cable
    cord = tube(smooth([(-body + 0.004, y, 0), (-body - 0.014, y - 0.001, 0), (-body - 0.5 * cable, 0.0036, 0.22 * cable),
                        (x, 0.0036, -0.05 * cable)], 16), 0.0036, IVORY, 10)
    return canonical({"body": shell, "prongs": joined(*pins), "cable": joined(cord, *relief)},
                     {"prongs": Frame.at((prong, y, 0), (1, 0, 0)), "handle": Frame.at((-0.5 * body, y, 0), (-1, 0, 0))})


def _outlet(centre: Point, size: float) -> trimesh.Trimesh:
    """An outlet's dark slots in a level face at the centre, side by side along z."""
    x, y, z = centre
    slots = [box((0.5 * size, 0.0016, 0.15 * size), (x + 0.1 * size, y, z + s * 0.42 * size), SOOT) for s in (-1, 1)]
    return joined(*slots, cylinder(0.13 * size, 0.0016, (x - 0.5 * size, y, z), colour=SOOT, sections=14))


@category("power strip", length_m=(0.25, 0.42), synonyms=("extension cord", "power bar", "multi-socket"))
def power_strip(pitch: float = 0.042, width: float = 0.05, height: float = 0.032, outlets: int = 5) -> Template:
    """A power strip with a red switch, its outlets facing up."""
    run = outlets * pitch
    x = run / 2
    body = rounded((run + 0.06, height, width), 0.007, (-0.02, height / 2, 0), IVORY, 3)
    places = [(-x + (k + 0.5) * pitch, height, 0.0) for k in range(outlets)]
    discs = repeated(cylinder(0.4 * width, 0.0014, colour=(206, 206, 200)), places)
    slots = [_outlet((px, py + 0.0006, pz), 0.016) for px, py, pz in places]
    switch = rounded((0.016, 0.008, 0.022), 0.0025, (-x - 0.026, height + 0.001, 0), RED, 2)
    cord = tube(smooth([(x, height / 2, 0), (x + 0.03, 0.45 * height, 0), (x + 0.06, 0.006, 0.012), (x + 0.085, 0.005, 0.0)], 14),
                0.0048, WHITE, 10)
    middle = places[outlets // 2]
    return canonical({"body": body, "outlets": discs, "slots": joined(*slots), "switch": switch, "cable": cord},
                     {"socket": Frame.at((middle[0], height + 0.001, 0), half=0.4 * width)})


@category("wall socket", length_m=(0.08, 0.13), synonyms=("power outlet", "wall outlet", "electrical outlet"),
          fronted=True, symmetry="half-turn about z")
def wall_socket(width: float = 0.075, height: float = 0.115, depth: float = 0.012, double: bool = True) -> Template:
    """A wall plate with one or two outlets facing the viewer."""
    plate = turned(rounded((width, depth, height), 0.3 * depth, (0, 0, 0), IVORY, 3), 90, (1, 0, 0))
    spots = (0.23 * height, -0.23 * height) if double else (0.0,)
    face, holes = depth / 2, []
    for y in spots:
        slots = turned(_outlet((0, 0, 0), 0.016), 90, (0, 1, 0))
        holes.append(turned(slots, 90, (1, 0, 0)))
        holes[-1].apply_translation((0, y, face + 0.0016))
    discs = [cylinder(0.235 * width, 0.004, (0, y, face), (0, 0, 1), (214, 212, 204)) for y in spots]
    screw = cylinder(0.003, 0.0016, (0, 0 if double else 0.36 * height, face), (0, 0, 1), STEEL, sections=14)
    return canonical({"plate": plate, "outlets": joined(*discs), "slots": joined(*holes), "screw": screw},
                     {"socket": Frame.at((0, spots[0], face + 0.002), (0, 0, 1))})


@category("pliers", length_m=(0.15, 0.22), plural="pliers", synonyms=("pair of pliers",), symmetry="half-turn about x",
          ranges={"open_deg": (8, 16)})
def pliers(length: float = 0.18, nose: float = 0.045, thick: float = 0.01, open_deg: float = 12.0) -> Template:
    """Pliers lying flat, their open mouth toward +x."""
    halves, grips = [], []
    for s in (-1, 1):
        jaw = _flat(np.array([(0.012, -0.001), (nose, -0.0005), (nose, 0.004), (0.3 * nose, 0.011), (-0.004, 0.012),
                              (-0.016, 0.004), (-0.014, -0.01), (0.0, -0.012)]) * [1, s], thick, CHROME)
        tail = length - nose
        path = smooth([(-0.006, 0, -0.006 * s), (-0.25 * tail, 0, -0.016 * s), (-0.6 * tail, 0, -0.024 * s),
                       (-tail, 0, -0.019 * s)], 16)
        arm = tube(path[:6], 0.42 * thick, CHROME, 10)
        girth = np.interp(np.linspace(0, 1, 13), [0, 0.1, 0.9, 1], [0.5, 0.66, 0.66, 0.45]) * thick
        grip = tube(path[3:], girth.tolist(), RED, 12)
        halves += [turned(part, -s * open_deg / 2, (0, 1, 0)) for part in (jaw, arm)]
        grips.append(turned(grip, -s * open_deg / 2, (0, 1, 0)))
    pivot = cylinder(0.0085, 1.2 * thick, colour=DARK, sections=24)
    return canonical({"jaws": joined(*halves), "handles": joined(*grips), "pivot": pivot},
                     {"jaw": Frame.at((0.85 * nose, 0, 0), (1, 0, 0)),
                      "handle": Frame.at((-0.75 * (length - nose), 0, 0), (-1, 0, 0))})


@category("axe", length_m=(0.4, 0.85), synonyms=("hatchet", "ax", "wood axe"), rest="z", mass="medium")
def axe(length: float = 0.6, blade: float = 0.13, reach: float = 0.13) -> Template:
    """An axe, its handle along x and its edge pointing down."""
    eye, x = 0.022, 0.06
    levels = [(0.035, 0.026, 0.9), (-0.024, 0.026, 1.0), (-0.35 * reach, 0.3 * blade, 0.72), (-0.75 * reach, 0.42 * blade, 0.4),
              (-0.97 * reach, 0.5 * blade, 0.14), (-reach, 0.485 * blade, 0.03)]
    head = lofted([oblong((-x + 0.12 * (0.026 - half), y, 0), (half, 0, 0), (0, 0, w * eye)) for y, half, w in levels], STEEL)
    bevel = lofted([oblong((-x + 0.12 * (0.026 - half), y, 0), (1.001 * half, 0, 0), (0, 0, 1.02 * w * eye + 0.0004))
                    for y, half, w in levels[3:5]], (216, 220, 226))
    end = length - x - 0.03
    path = smooth([(-x - 0.05, 0.004, 0), (0.1 * length, 0.002, 0), (0.5 * length, 0.014, 0), (0.8 * end, 0.006, 0),
                   (end, -0.012, 0)], 22)
    girth = np.interp(np.linspace(0, 1, 22), [0, 0.3, 0.8, 0.94, 1], [0.019, 0.0165, 0.0165, 0.023, 0.016])
    shaft = tube(path, girth.tolist(), WOOD, 16)
    shaft.vertices *= [1, 1, 0.72]
    band = tube(path[17:19], (girth[17:19] + 0.0012).tolist(), RED, 16)
    band.vertices *= [1, 1, 0.75]
    middle = -x + 0.12 * (0.026 - 0.485 * blade)
    return canonical({"head": joined(head, bevel), "handle": shaft, "band": band},
                     {"edge": Frame.at((middle, -reach, 0), (0, -1, 0), (0.485 * blade, 0)),
                      "handle": Frame.at((0.85 * end, 0.004, 0), (1, 0, 0))})


@category("brick", length_m=(0.19, 0.26), synonyms=("house brick", "red brick"), symmetry="half-turn", mass="medium",
          ranges={"height": (0.05, 0.072)})
def brick(length: float = 0.215, height: float = 0.062, depth: float = 0.102, holes: int = 3) -> Template:
    """A fired clay brick with round holes from top to bottom."""
    clay: Colour = (178, 84, 62)
    body = rounded((length, height, depth), 0.004, (0, height / 2, 0), clay, 2)
    pitch = 0.8 * length / holes
    spots = [((k - (holes - 1) / 2) * pitch, height / 2, 0) for k in range(holes)]
    dark = repeated(cylinder(min(0.3 * pitch, 0.24 * depth), height + 0.0008, colour=(74, 34, 28)), spots)
    rng = np.random.default_rng(5)
    grit = repeated(box((0.004, 0.001, 0.003), colour=(206, 122, 94)),
                    [(0.47 * length * u, height, s * (0.3 + 0.16 * v) * depth) for u, v, s in zip(
                        rng.uniform(-1, 1, 24), rng.uniform(0, 1, 24), np.tile([-1, 1], 12), strict=True)])
    return canonical({"brick": body, "holes": dark, "grit": grit},
                     {"surface": Frame.at((0, height, 0), half=(length / 2, depth / 2)), "centre": Frame.at((0, height / 2, 0))})


@category("match", length_m=(0.04, 0.07), synonyms=("matchstick", "wooden match"), mass="featherlight",
          symmetry="revolution about x")
def match(length: float = 0.05, thick: float = 0.003, head: float = 0.0058) -> Template:
    """A wooden match lying flat, its red head toward +x."""
    stick = box((length - 0.003, thick, thick), (-0.0015, 0, 0), PALE_WOOD)
    bulb = ball((head, 0.82 * thick, 0.82 * thick), (length / 2 - head, 0, 0), RED, 2)
    return canonical({"stick": stick, "head": bulb},
                     {"tip": Frame.at((length / 2, 0, 0), (1, 0, 0)), "handle": Frame.at((-length / 2, 0, 0), (-1, 0, 0))})


@category("lighter", length_m=(0.075, 0.11), synonyms=("cigarette lighter", "pocket lighter"), mass="featherlight")
def lighter(height: float = 0.078, width: float = 0.025, depth: float = 0.013, flame: bool = True) -> Template:
    """A plastic pocket lighter standing upright, its flame at the top."""
    body = 0.76 * height
    tank = lofted([ring((0, y, 0), (s * width / 2, 0, 0), (0, 0, s * depth / 2), 32) for y, s in (
        (0, 0.95), (0.001, 1), (body, 1), (body + 0.0006, 0.97))], RED)
    guard = lofted([ring((-0.08 * width, y, 0), (0.41 * width, 0, 0), (0, 0, 0.46 * depth), 28)
                    for y in (body, height - 0.003)], CHROME)
    wheel = cylinder(0.0052, 0.42 * depth, (0.2 * width, height - 0.0045, 0), (0, 0, 1), DARK, sections=22)
    lever = rounded((0.3 * width, 0.006, 0.6 * depth), 0.0016, (0.36 * width, body + 0.003, 0), BLACK, 2)
    port = -0.22 * width
    jet = cylinder(0.0018, 0.004, (port, height - 0.002, 0), colour=BRASS, sections=14)
    parts = {"tank": tank, "guard": guard, "wheel": joined(wheel, lever), "jet": jet}
    tip = height
    if flame:
        tip = height + 0.024
        parts["flame"] = lathe([(0, height - 0.001), (0.0026, height + 0.002), (0.004, height + 0.008), (0.0028, height + 0.015),
                                (0.001, height + 0.021), (0, tip)], (port, 0, 0), FLAME, 18)
    return canonical(parts, {"tip": Frame.at((port, tip, 0)), "handle": Frame.at((0.4 * width, 0.4 * body, 0), (1, 0, 0))})


@category("needle", length_m=(0.035, 0.08), synonyms=("sewing needle", "darning needle"), rest="z", mass="featherlight",
          ranges={"length": (0.045, 0.06)})
def needle(length: float = 0.052, girth: float = 0.0011, thread: float = 0.02) -> Template:
    """A sewing needle pointing down, a red thread in its eye."""
    rise = np.array([0, 0.18, 0.45, 0.86])
    pin = tube([(0, y, 0) for y in rise * length], (np.array([0.12, 0.75, 1.0, 1.0]) * girth).tolist(), CHROME, 14)
    eye = smooth([(0, 0.85 * length, 0), (1.1 * girth, 0.9 * length, 0), (0.9 * girth, 0.97 * length, 0),
                  (0, length - 0.3 * girth, 0)], 12)
    loop = [tube(eye * [s, 1, 1], 0.5 * girth, CHROME, 10) for s in (-1, 1)]
    y = 0.925 * length
    yarn = [(0, y - 0.004, -0.004), (0, y, 0), (0.1 * thread, y + 0.005, 0.006), (0.5 * thread, y + 0.011, 0.003),
            (0.75 * thread, y + 0.002, -0.003), (thread, y + 0.008, -0.001)]
    return canonical({"needle": joined(pin, *loop), "thread": tube(smooth(yarn, 30), 0.55 * girth, RED, 8)},
                     {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, 0.8 * length, 0))})


@category("log", length_m=(0.4, 0.8), synonyms=("tree log", "log of wood"), mass="medium",
          symmetry="revolution about x")
def log(length: float = 0.5, radius: float = 0.085, ridges: int = 14) -> Template:
    """A log with bark and pale ends, lying along x."""
    span = np.linspace(-0.49, 0.49, 7) * length
    bark = lathe([(0, span[0]), *((radius * (1 + 0.02 * np.sin(3 * k)), y) for k, y in enumerate(span)), (0, span[-1])],
                 colour=(112, 80, 56), sections=84)
    bark = fluted(bark, 0.06, ridges, 4.0)
    sap: Colour = (222, 186, 136)
    years = [cylinder(share * radius, length + 0.0012 * (k + 1), colour=sap if k % 2 else DEEP_WOOD)
             for k, share in enumerate((0.74, 0.66, 0.5, 0.42, 0.26, 0.18))]
    parts = {"bark": bark, "ends": cylinder(0.93 * radius, length, colour=sap, sections=40), "rings": joined(*years)}
    laid = {name: turned(part, -90, (0, 0, 1)) for name, part in parts.items()}
    top = Frame.at((0, radius, 0), half=(0.45 * length, 0.25 * radius))
    return canonical(laid, {"surface": top, "top": top, "centre": Frame.at((0, 0, 0))})


@category("mallet", length_m=(0.26, 0.36), synonyms=("rubber mallet",), rest="z", symmetry="half-turn")
def mallet(length: float = 0.31, reach: float = 0.058, radius: float = 0.032) -> Template:
    """A rubber mallet standing on its handle: a thick black cylinder across a wooden stick, its faces toward +x and -x."""
    y = length - radius
    half = [(0, reach), (radius - 0.005, reach), (radius - 0.001, reach - 0.002), (radius, reach - 0.006),
            (radius, 0.5 * reach), (0.93 * radius, 0.44 * reach)]
    head = lathe([*((r, -h) for r, h in half), *half[::-1]], colour=BLACK)
    turned(head, -90, (0, 0, 1)).apply_translation((0, y, 0))
    profile = [(0, 0.011), (0.006, 0.0145), (0.1, 0.015), (0.15, 0.0125), (y - 0.5 * radius, 0.012), (y + radius + 0.004, 0.0115)]
    stick = lofted([ring((0, h, 0), (1.15 * r, 0, 0), (0, 0, 0.9 * r)) for h, r in profile], WOOD)
    return canonical({"head": head, "handle": stick},
                     {"face": Frame.at((reach, y, 0), (1, 0, 0), 0.9 * radius),
                      "handle": Frame.at((0, 0.055, 0), (0, -1, 0), 0.015)})
