"""Templates of cleaning things and of the laundry."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import ArrayLike

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    BLUE,
    DARK,
    GREEN,
    PALE_WOOD,
    RED,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
    Colour,
    Point,
    arc,
    box,
    cylinder,
    hoop,
    hull,
    joined,
    lofted,
    oblong,
    repeated,
    ring,
    rounded,
    slab,
    smooth,
    squircle,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical
from oor.catalog.vessels import vessel

COTTON: Colour = (232, 226, 208)
STRAW: Colour = (236, 226, 190)
ZINC: Colour = (150, 158, 164)
SKY: Colour = (120, 176, 216)
COIR: Colour = (150, 112, 70)
WINE: Colour = (138, 44, 50)
NAVY: Colour = (44, 62, 96)
SHADE: Colour = (52, 74, 96)
LETTERS: dict[str, list[tuple[float, float, float, float]]] = {  # strokes in a unit cell, x to the right and y up
    "w": [(0, 1, 0.25, 0), (0.25, 0, 0.5, 0.7), (0.5, 0.7, 0.75, 0), (0.75, 0, 1, 1)],
    "e": [(0, 0, 0, 1), (0, 1, 0.9, 1), (0, 0.5, 0.7, 0.5), (0, 0, 0.9, 0)],
    "l": [(0, 1, 0, 0), (0, 0, 0.9, 0)],
    "c": [(0.95, 1, 0, 1), (0, 1, 0, 0), (0, 0, 0.95, 0)],
    "o": [(0, 0, 0, 1), (0, 1, 1, 1), (1, 1, 1, 0), (1, 0, 0, 0)],
    "m": [(0, 0, 0, 1), (0, 1, 0.5, 0.35), (0.5, 0.35, 1, 1), (1, 1, 1, 0)],
}


def _strip(path: ArrayLike, thick: float, depth: float, colour: Colour, z: float = 0.0) -> trimesh.Trimesh:
    """A band along a path of (x, y) points, `depth` wide along z."""
    points = np.asarray(path, float)
    along = np.gradient(points, axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.linalg.norm(along, axis=1, keepdims=True) * thick / 2
    return lofted([oblong((x, y, z), (dx, dy, 0), (0, 0, depth / 2))
                   for (x, y), (dx, dy) in zip(points, across, strict=True)], colour)


@category("mop", length_m=(1.1, 1.5), stretch=0.04, synonyms=("string mop", "floor mop"), symmetry="half-turn",
          ranges={"length": (1.15, 1.45)})
def mop(length: float = 1.3, width: float = 0.34, strand: float = 0.014) -> Template:
    """A string mop standing on its strands."""
    top, rng = 0.2, np.random.default_rng(4)
    strands = []
    for row, reach in ((0, 0.45), (1, 1.0)):
        for a in (np.arange(13) + 0.5 * row) * 2 * np.pi / 13:
            x, z = reach * np.cos(a) * (width / 2 - strand), reach * np.sin(a) * (0.3 * width - strand)
            x, z = (x, z) * rng.uniform(0.9, 1.0, 2)
            path = smooth([(0.35 * x, top, 0.3 * z), (0.62 * x, 0.13, 0.66 * z), (0.9 * x, 0.05, 0.92 * z), (x, 0, z)], 6)
            strands.append(tube(path, strand, (232 - 12 * row, 226 - 12 * row, 208 - 14 * row), 7))
    clamp = hull([(sx * x, y, sz * z) for x, y, z in ((0.3 * width, top - 0.03, 0.04), (0.3 * width, top + 0.03, 0.03),
                                                      (0.02, top + 0.09, 0.02)) for sx in (-1, 1) for sz in (-1, 1)], BLUE)
    stick = tube([(0, top, 0), (0, length - 0.16, 0), (0, length - 0.01, 0), (0, length, 0)],
                 [0.012, 0.012, 0.012, 0.006], PALE_WOOD)
    grip = cylinder(0.0155, 0.16, (0, length - 0.09, 0), colour=BLUE)
    return canonical({"strands": joined(*strands), "clamp": clamp, "stick": joined(stick, grip)},
                     {"pad": Frame.at((0, 0, 0), (0, -1, 0), (0.47 * width, 0.28 * width)),
                      "handle": Frame.at((0, length, 0))})


@category("sponge", length_m=(0.11, 0.16), synonyms=("dish sponge", "kitchen sponge"), symmetry="half-turn",
          mass="featherlight")
def sponge(width: float = 0.12, height: float = 0.036, depth: float = 0.078) -> Template:
    """A yellow sponge on its green scouring side."""
    rough = 0.28 * height
    body = rounded((width, height - rough + 0.002, depth), 0.008, (0, (height + rough) / 2 - 0.001, 0), YELLOW, 4)
    scourer = rounded((0.985 * width, rough, 0.98 * depth), 0.3 * rough, (0, rough / 2, 0), GREEN, 3)
    rng = np.random.default_rng(2)
    spots = rng.uniform(-0.42, 0.42, (34, 2))
    pore = cylinder(0.0022, 0.0012, colour=(190, 146, 44), sections=10)
    tops = repeated(pore, [(x * width, height, z * depth) for x, z in spots], [(s, 1, s) for s in rng.uniform(0.5, 1.5, 34)])
    flank = turned(cylinder(0.002, 0.0012, colour=(190, 146, 44), sections=10), 90, (1, 0, 0))
    front = repeated(flank, [(x * width, rough + (0.3 + 0.45 * (t + 0.42)) * (height - rough), s * depth / 2)
                             for s in (-1, 1) for x, t in spots[:14]])
    return canonical({"sponge": body, "scourer": scourer, "pores": joined(tops, front)},
                     {"pad": Frame.at((0, 0, 0), (0, -1, 0), (0.48 * width, 0.48 * depth)),
                      "centre": Frame.at((0, height / 2, 0)), "top": Frame.at((0, height, 0), half=(width / 2, depth / 2))})


@category("cloth", length_m=(0.19, 0.26), synonyms=("dust cloth", "rag", "cleaning cloth"), mass="featherlight",
          ranges={"thick": (0.0042, 0.006)})
def cloth(width: float = 0.21, depth: float = 0.17, thick: float = 0.005, stripes: int = 2) -> Template:
    """A dust cloth folded in four layers, lying flat."""
    pitch, x = 1.15 * thick, width / 2 - 0.012
    path: list[tuple[float, float]] = []
    for layer in range(4):
        side, y = 1 - 2 * (layer % 2), thick / 2 + layer * pitch
        path += [(-side * t * x, y + 0.0004 * np.sin(9 * t)) for t in (0.97, 0.5, 0.0, -0.5, -0.93)]
        if layer < 3:
            path += [(side * (x + pitch * np.cos(a)), y + pitch / 2 + pitch / 2 * np.sin(a)) for a in np.radians([-65, 0, 65])]
    body = _strip(path, thick, depth, (228, 196, 92))
    bands = [_strip(path, thick + 0.0007, 0.011, RED, sign * (0.4 - 0.13 * k) * depth)
             for k in range(stripes) for sign in (-1, 1)]
    top = 3 * pitch + thick
    return canonical({"cloth": body, "stripes": joined(*bands)},
                     {"pad": Frame.at((0, 0, 0), (0, -1, 0), (x, depth / 2)),
                      "surface": Frame.at((0, top, 0), half=(x, depth / 2)), "centre": Frame.at((0, top / 2, 0))})


@category("dustpan", length_m=(0.3, 0.42), synonyms=("dust pan",))
def dustpan(width: float = 0.24, depth: float = 0.2, wall: float = 0.06, handle: float = 0.15) -> Template:
    """A red dustpan, its lip toward the viewer and its handle behind."""
    thick, z = 0.004, depth / 2
    floor = hull([(sx * 0.5 * w, y, dz) for sx in (-1, 1) for w, y, dz in (
        (width, 0, z), (width, 0.001, z), (0.86 * width, 0, -z), (0.86 * width, 2 * thick, -z), (width, 2 * thick, 0.3 * z),
    )], RED)
    back = hull([(sx * 0.43 * width, y, dz) for sx in (-1, 1) for y, dz in (
        (0, -z), (0, -z + thick), (wall, -z - 0.012), (wall, -z - 0.012 + thick))], RED)
    sides = [hull([(s * (x + d), y, dz) for d in (0, -thick) for x, y, dz in (
        (0.5 * width, 0, z), (0.5 * width, 0.01, z), (0.43 * width, 0, -z), (0.43 * width, wall, -z - 0.012))], RED)
        for s in (-1, 1)]
    hood = hull([(sx * 0.43 * width, wall + y, -z - 0.012 + dz) for sx in (-1, 1) for y, dz in (
        (0, 0), (thick, 0), (-0.006, 0.25 * depth), (thick - 0.006, 0.25 * depth))], RED)
    end = -z - 0.012 - handle
    grip = tube(smooth([(0, 0.5 * wall, -z - 0.02), (0, 0.72 * wall, -z - 0.3 * handle), (0, wall, end + 0.02), (0, wall, end)],
                       12),
                np.interp(np.linspace(0, 1, 12), [0, 0.3, 0.8, 1], [0.02, 0.012, 0.016, 0.01]).tolist(), DARK)
    return canonical({"pan": joined(floor, back, *sides, hood), "handle": grip},
                     {"surface": Frame.at((0, 2 * thick, 0.1 * z), half=(0.42 * width, 0.8 * z)),
                      "handle": Frame.at((0, wall, end + 0.04), (0, 0, -1))})


@category("vacuum cleaner", length_m=(0.9, 1.15), stretch=0.04, synonyms=("vacuum", "hoover", "upright vacuum"), fronted=True,
          mass="medium", ranges={"height": (0.98, 1.14)})
def vacuum_cleaner(height: float = 1.05, width: float = 0.31, canister: float = 0.075) -> Template:
    """An upright vacuum cleaner, its floor head toward the viewer."""
    head = lofted([squircle(s * width / 2, y, s * 0.14) + np.array([0, 0, dz]) for y, s, dz in (
        (0.012, 0.97, 0.06), (0.03, 1, 0.06), (0.06, 0.98, 0.055), (0.1, 0.7, 0.03), (0.115, 0.5, 0.01))], RED)
    sole = box((0.9 * width, 0.014, 0.22), (0, 0.007, 0.07), BLACK)
    lamp = box((0.3 * width, 0.02, 0.01), (0, 0.055, 0.19), WHITE)
    wheels = [cylinder(0.055, 0.03, (s * 0.36 * width, 0.055, -0.08), (1, 0, 0), BLACK) for s in (-1, 1)]
    spine = rounded((0.11, 0.52, 0.06), 0.025, (0, 0.34, -0.1), DARK, 4)
    motor = lofted([ring((0, y, -0.06), (r, 0, 0), (0, 0, r)) for y, r in ((0.09, 0.05), (0.12, 1.12 * canister),
                                                                           (0.25, 1.12 * canister), (0.27, canister))], RED)
    bin_ = cylinder(canister, 0.22, (0, 0.37, -0.06), colour=(186, 208, 214))
    lid = lofted([ring((0, y, -0.06), (r, 0, 0), (0, 0, r)) for y, r in ((0.47, canister), (0.48, 1.1 * canister),
                                                                         (0.54, canister), (0.57, 0.5 * canister))], RED)
    top = height - 0.085
    pole = tube([(0, 0.5, -0.1), (0, top, -0.1)], 0.016, STEEL)
    hoop = np.concatenate([[(0, top - 0.02, -0.1)], arc((0, top + 0.045, -0.1), 0.045, -90, 260, "zy", 24) * [1, 1, 1]])
    grip = tube(smooth(hoop[1:], 28), 0.014, BLACK)
    return canonical({"head": joined(head, lamp), "sole": sole, "wheels": joined(*wheels), "body": joined(spine, motor, lid),
                      "bin": bin_, "pole": pole, "grip": grip},
                     {"pad": Frame.at((0, 0, 0.07), (0, -1, 0), (0.45 * width, 0.11)),
                      "handle": Frame.at((0, height - 0.01, -0.1))})


@category("spray bottle", length_m=(0.22, 0.29), synonyms=("spray can", "atomizer"), fronted=True)
def spray_bottle(height: float = 0.25, width: float = 0.09, depth: float = 0.058, label: bool = True) -> Template:
    """A trigger spray bottle, its nozzle toward the viewer."""
    neck = height - 0.085
    levels = ((0, 0.93), (0.006, 1), (0.5 * neck, 1), (0.62 * neck, 0.97), (0.8 * neck, 0.72), (0.93 * neck, 0.34), (neck, 0.3))
    body = lofted([ring((0, y, 0), (s * width / 2, 0, 0), (0, 0, max(s * depth / 2, 0.013)), 32) for y, s in levels], SKY)
    collar = cylinder(0.0155, 0.024, (0, neck + 0.008, 0), colour=WHITE)
    top = height - 0.016
    head = hull([(sx * 0.5 * w, y, z) for sx in (-1, 1) for w, y, z in (
        (0.024, neck + 0.018, -0.016), (0.024, neck + 0.02, 0.014), (0.018, height, -0.022), (0.026, top - 0.014, -0.032),
        (0.016, height, 0.03), (0.022, top - 0.012, 0.045), (0.014, top + 0.009, 0.045))], WHITE)
    nozzle = cylinder(0.0085, 0.016, (0, top, 0.051), (0, 0, 1), RED, sections=20)
    hole = cylinder(0.0025, 0.002, (0, top, 0.0595), (0, 0, 1), BLACK, sections=10)
    lever = smooth([(0, top - 0.008, 0.03), (0, top - 0.034, 0.036), (0, top - 0.058, 0.032), (0, top - 0.072, 0.04)], 10)
    trigger = tube(lever, np.linspace(0.0068, 0.005, 10).tolist(), RED, 12)
    parts = {"bottle": body, "collar": collar, "head": head, "nozzle": joined(nozzle, hole), "trigger": trigger}
    if label:
        parts["label"] = lofted([ring((0, y, 0), (0.507 * width, 0, 0), (0, 0, 0.507 * depth), 32)
                                 for y in (0.14 * neck, 0.47 * neck)], WHITE)
    return canonical(parts, {"nose": Frame.at((0, top, 0.06), (0, 0, 1)),
                             "handle": Frame.at((0, neck + 0.02, -0.016), (0, 0, -1)), "top": Frame.at((0, height, 0))})


@category("iron", length_m=(0.24, 0.32), synonyms=("flatiron", "clothes iron", "steam iron"), mass="medium",
          ranges={"length": (0.25, 0.3)})
def iron(length: float = 0.27, width: float = 0.115, height: float = 0.14) -> Template:
    """A steam iron on its sole, nose toward +x."""
    t = np.linspace(-1, 1, 41)
    half = width / 2 * np.interp(np.abs(t), [0, 0.15, 0.5, 0.8, 1], [0, 0.34, 0.82, 1.0, 0.9])
    outline = np.column_stack([length * (0.5 - np.abs(t)), np.zeros(41), np.sign(t) * half])[:-1]

    def level(y: float, scale: float, shift: float = 0.0) -> Array:
        return outline * [scale, 1, scale] + [shift, y, 0]

    sole = lofted([level(0, 0.97), level(0.004, 1), level(0.012, 1)], STEEL)
    skirt = lofted([level(y, scale, shift) for y, scale, shift in (
        (0.012, 0.97, 0), (0.02, 0.99, 0), (0.3 * height, 0.9, -0.008), (0.44 * height, 0.7, -0.02))], BLUE)
    deck = lofted([level(0.4 * height, 0.66, -0.02), level(0.5 * height, 0.55, -0.03)], WHITE)
    x = length / 2
    path = smooth([(0.36 * x, 0.4 * height, 0), (0.3 * x, 0.74 * height, 0), (0.02 * x, height - 0.016, 0),
                   (-0.5 * x, height - 0.017, 0), (-0.82 * x, 0.74 * height, 0), (-0.86 * x, 0.4 * height, 0)], 24)
    handle = tube(path, np.interp(np.linspace(0, 1, 24), [0, 0.4, 0.7, 1], [0.02, 0.015, 0.015, 0.02]).tolist(), BLUE)
    dial = cylinder(0.018, 0.012, (-0.2 * x, 0.53 * height, 0), colour=RED)
    cord = tube(smooth([(-0.8 * x, 0.8 * height, 0), (-0.98 * x, 0.86 * height, 0), (-1.06 * x, 0.75 * height, 0.01)], 8),
                0.006, BLACK)
    return canonical({"sole": sole, "body": skirt, "deck": joined(deck, dial), "handle": handle, "cord": cord},
                     {"pad": Frame.at((0, 0, 0), (0, -1, 0), (0.46 * length, 0.46 * width)),
                      "handle": Frame.at((-0.2 * x, height, 0))})


@category("ironing board", length_m=(1.2, 1.5), stretch=0.04, mass="medium", ranges={"length": (1.25, 1.5)})
def ironing_board(length: float = 1.35, width: float = 0.38, height: float = 0.86) -> Template:
    """An ironing board on crossed legs, its pointed end toward +x."""
    thick = 0.03
    t = np.linspace(-1, 1, 49)
    half = width / 2 * np.interp(np.abs(t), [0, 0.02, 0.08, 0.2, 0.4, 0.94, 0.985, 1],
                                 [0, 0.2, 0.42, 0.66, 0.92, 1, 0.94, 0.84])
    outline = np.column_stack([length * (0.5 - np.abs(t)), np.zeros(49), np.sign(t) * half])[:-1]
    board = lofted([outline * [s, 1, s] + [0, y, 0] for y, s in (
        (height - thick, 0.985), (height - 0.7 * thick, 1), (height - 0.3 * thick, 1), (height, 0.985))], SKY)
    stripes = repeated(box((0.014, 0.002, 0.92 * width), colour=WHITE),
                       [(k * 0.09 * length, height, 0) for k in range(-5, 2)])
    z, foot, head = 0.36 * width, 0.36 * length, 0.3 * length
    legs = [tube([(-s * head, height - thick, dz), (s * foot, 0.015, dz)], 0.0125, STEEL, 10)
            for s, dz in ((1, z), (1, -z), (-1, z - 0.028), (-1, 0.028 - z))]
    bars = [tube([(s * foot, 0.015, -1.15 * z), (s * foot, 0.015, 1.15 * z)], 0.015, DARK, 10) for s in (-1, 1)]
    bars += [tube([(s * head, height - thick, -z), (s * head, height - thick, z)], 0.0125, STEEL, 10) for s in (-1, 1)]
    return canonical({"board": board, "stripes": stripes, "legs": joined(*legs), "bars": joined(*bars)},
                     {"surface": Frame.at((-0.08 * length, height, 0), half=(0.4 * length, 0.45 * width)),
                      "clearance": Frame.at((0, height - thick, 0), (0, -1, 0), (0.3 * length, z - 0.045))})


@category("laundry basket", length_m=(0.5, 0.7), synonyms=("clothes basket",), symmetry="half-turn")
def laundry_basket(width: float = 0.6, height: float = 0.32, depth: float = 0.42, slots: int = 9) -> Template:
    """A plastic laundry basket with slotted walls and a wide rim."""
    wall, x, z = 0.008, width / 2 - 0.02, depth / 2 - 0.02

    def scale(y: float) -> float:
        return 0.84 + 0.16 * y / height

    levels = [0.0, 0.5 * height, height]
    loops = [squircle(scale(y) * x, y, scale(y) * z) for y in levels]
    loops += [squircle(scale(y) * x - wall, y, scale(y) * z - wall) for y in (height, 0.5 * height, wall)]
    rim = [squircle(x + a, height + dy, z + a) for a, dy in (
        (0.002, -0.03), (0.02, -0.024), (0.02, 0), (-wall, 0), (-wall, -0.006), (-0.5 * wall, -0.01))]
    tall, deep, holes = 0.22 * height, 3 * wall, []
    for y in (0.27 * height, 0.57 * height):
        for s in (-1, 1):
            holes += [box((0.02, tall, deep), (k * 1.5 * x / slots, y, s * scale(y) * (z - wall / 2)), SHADE)
                      for k in np.arange(slots) - (slots - 1) / 2]
            holes += [box((deep, tall, 0.02), (s * scale(y) * (x - wall / 2), y, k * 0.2 * z), SHADE) for k in range(-3, 4)]
    grips = [box((deep, 0.03, 0.3 * z), (s * scale(0.84 * height) * (x - wall / 2), 0.84 * height, 0), SHADE) for s in (-1, 1)]
    inner = scale(wall)
    return canonical({"basket": lofted(loops, SKY), "rim": hoop(rim, SKY), "slots": joined(*holes, *grips)},
                     {"opening": Frame.at((0, height, 0), half=(0.94 * (x - wall), 0.94 * (z - wall))),
                      "floor": Frame.at((0, wall, 0), half=(0.94 * (inner * x - wall), 0.94 * (inner * z - wall)))})


@category("shirt", length_m=(0.6, 0.85), synonyms=("t-shirt", "tee shirt", "tee", "jersey"),
          symmetry="half-turn about z", ranges={"length": (0.66, 0.76), "width": (0.46, 0.54), "sleeve": (0.12, 0.17)})
def shirt(length: float = 0.7, width: float = 0.5, sleeve: float = 0.14, stripe: bool = True) -> Template:
    """A T-shirt laid out flat, its collar away from the viewer."""
    x, top, low, thick = width / 2, length / 2, -length / 2, 0.014
    half = [(x - 0.008, low), (x - 0.012, 0.1 * top), (x - 0.004, top - 0.24), (x + 0.5 * sleeve, top - 0.29),
            (x + sleeve, top - 0.2), (x - 0.02, top - 0.04), (0.09, top), (0.065, top - 0.03), (0.03, top - 0.055)]
    outline = half + [(0.0, top - 0.06)] + [(-px, py) for px, py in half[::-1]]
    cotton: Colour = (74, 132, 186)
    body = slab(outline, thick, cotton)
    neck = [(-0.088, top), (-0.06, top - 0.035), (0, top - 0.06), (0.06, top - 0.035), (0.088, top)]
    collar = tube(smooth([(px, py, 0) for px, py in neck], 16), 0.009, WHITE, 10)
    back = slab(neck, 0.007, SHADE)
    hems = [slab([(s * (x + dx), top - dy) for dx, dy in (
        (0.5 * sleeve - 0.008, 0.284), (sleeve - 0.01, 0.194), (sleeve, 0.2), (0.5 * sleeve, 0.29))], thick + 0.003, WHITE)
        for s in (-1, 1)]
    hems.append(box((width - 0.016, 0.012, thick + 0.002), (0, low + 0.01, 0), SHADE))
    if stripe:
        hems.append(box((width - 0.028, 0.05, thick + 0.002), (0, top - 0.32, 0), WHITE))
    parts = {"body": body, "back": back, "collar": collar, "trim": joined(*hems)}
    flat = {name: turned(part, -90, (1, 0, 0)) for name, part in parts.items()}
    return canonical(flat, {"surface": Frame.at((0, thick / 2, 0.04), half=(0.9 * x, top - 0.08)),
                            "hang": Frame.at((0, 0, -top + 0.005), (0, 0, -1)), "centre": Frame.at((0, 0, 0))})


@category("scrub brush", length_m=(0.15, 0.23), synonyms=("scrubbing brush", "cleaning brush"), symmetry="half-turn")
def scrub_brush(length: float = 0.18, width: float = 0.066, bristle: float = 0.032, arch: float = 0.05) -> Template:
    """A wooden scrub brush with an arched handle, standing on its bristles."""
    x, z, back = length / 2, width / 2, bristle + 0.02
    block = lofted([squircle(s * x, y, s * z, 3.0) for y, s in (
        (bristle, 0.95), (bristle + 0.004, 1), (back - 0.005, 1), (back, 0.93))], WOOD)
    spots = [(px * x, pz * z) for px in np.linspace(-0.78, 0.78, 9) for pz in (-0.64, -0.22, 0.22, 0.64)]
    tuft = cylinder(0.09 * width, bristle + 0.004, (0, bristle / 2 + 0.002, 0), colour=STRAW, top=0.05 * width, sections=9)
    bow = smooth([(-0.72 * x, back - 0.006), (-0.56 * x, back + 0.66 * arch), (0, back + arch - 0.009),
                  (0.56 * x, back + 0.66 * arch), (0.72 * x, back - 0.006)], 24)
    handle = _strip(bow, 0.016, 0.6 * width, BLUE)
    return canonical({"block": block, "bristles": repeated(tuft, [(px, 0, pz) for px, pz in spots]), "handle": handle},
                     {"pad": Frame.at((0, 0, 0), (0, -1, 0), (0.8 * x, 0.75 * z)),
                      "handle": Frame.at((0, back + arch, 0))})


def _liner(radius: float, top: float, wall: float) -> trimesh.Trimesh:
    """The creased edge of a bin bag folded over a rim."""
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    crease = 0.004 * np.sin(18 * angles) + 0.003 * np.sin(29 * angles)
    fold = [(0.004, -0.075, 1.0), (0.014, -0.07, 1.0), (0.016, 0.0, 0.0), (0.006, 0.01, 0.0), (-wall, 0.006, 0.0),
            (-wall - 0.002, -0.05, 0.0), (0.001, -0.04, 0.0)]
    return hoop([np.column_stack([(radius + out) * np.cos(angles), top + y + free * crease, (radius + out) * np.sin(angles)])
                  for out, y, free in fold], BLACK)


@category("trash can", length_m=(0.42, 0.66), synonyms=("garbage can", "trash bin", "dustbin", "wastebasket"),
          symmetry="half-turn", mass="medium", ranges={"height": (0.46, 0.6)})
def trash_can(height: float = 0.52, radius: float = 0.19, liner: bool = True) -> Template:
    """An open, ribbed metal trash can with two side handles."""
    wall, tall = 0.006, height - 0.01
    t = np.linspace(0.06, 0.92, 14)
    ribs = [((0.85 + 0.13 * s) * radius - 0.006 * (k % 2), s * tall) for k, s in enumerate(t)]
    body, frames = vessel([(0.84 * radius, 0), (0.86 * radius, 0.015), *ribs, (radius, 0.95 * tall),
                           (radius + 0.008, 0.96 * tall), (radius + 0.008, tall)], wall, 0.014, ZINC, (96, 102, 108), 40)
    loops = [tube(smooth([(s * (radius + out), y * height, dz) for out, y, dz in (
        (-0.006, 0.72, -0.06), (0.025, 0.71, -0.05), (0.032, 0.69, 0), (0.025, 0.71, 0.05), (-0.006, 0.72, 0.06))], 16),
        0.008, DARK, 10) for s in (-1, 1)]
    parts = {"can": body, "handles": joined(*loops)}
    if liner:
        parts["liner"] = _liner(radius, tall, wall)
    frames["opening"] = Frame.at((0, height, 0), half=radius - 0.012)
    return canonical(parts, frames)


@category("rug", length_m=(1.2, 2.2), stretch=0.05, synonyms=("area rug",), symmetry="half-turn", mass="medium",
          ranges={"length": (1.4, 2.0), "width": (0.9, 1.3)})
def rug(length: float = 1.7, width: float = 1.1, border: float = 0.11, fringe: bool = True) -> Template:
    """A woven rug with a border, a diamond pattern and fringes."""
    thick, x, z = 0.014, length / 2 - 0.05, width / 2
    field = ((0.3 * border, COTTON), (0.45 * border, NAVY), (border, COTTON), (1.15 * border, WINE))
    layers = [box((2 * (x - d), thick, 2 * (z - d)), (0, thick / 2 + 0.0006 * (k + 1), 0), c)
              for k, (d, c) in enumerate(field)]
    base = box((2 * x, thick, 2 * z), (0, thick / 2, 0), WINE)
    reach, y = 0.68 * (z - border), thick + 0.0024
    gems = [turned(slab(np.array([(-0.26 * length, 0), (0, -reach), (0.26 * length, 0), (0, reach)]) * s, 0.0014 * (k + 1), c),
                   90, (1, 0, 0)) for k, (s, c) in enumerate(((1.0, COTTON), (0.85, NAVY), (0.5, YELLOW), (0.3, WINE)))]
    for gem in gems:
        gem.apply_translation((0, y, 0))
    parts = {"rug": base, "pattern": joined(*layers, *gems)}
    if fringe:
        parts["fringe"] = repeated(box((0.06, 0.005, 0.012), colour=COTTON),
                                   [(s * (x + 0.02), 0.004, t * (z - 0.012)) for s in (-1, 1) for t in np.linspace(-1, 1, 36)])
    return canonical(parts, {"surface": Frame.at((0, thick + 0.003, 0), half=(x, z))})


@category("tile", length_m=(0.3, 0.6), synonyms=("floor tile", "ceramic tile"), symmetry="4-fold", mass="medium",
          ranges={"thick": (0.025, 0.035)})
def tile(width: float = 0.45, thick: float = 0.03, motif: float = 0.14) -> Template:
    """A thick square floor tile with a painted motif."""
    x = width / 2
    body = rounded((width, thick, width), 0.3 * thick, (0, thick / 2, 0), COTTON, 3)
    fans: list[trimesh.Trimesh] = []
    star = [turned(turned(slab([(-r, 0), (0, -0.4 * r), (r, 0), (0, 0.4 * r)], 0.0016, BLUE), 90, (1, 0, 0)), a, (0, 1, 0))
            for r, a in ((motif, 0), (motif, 90), (0.75 * motif, 45), (0.75 * motif, 135))]
    angles, corner = np.radians(np.linspace(90, 180, 12)), x - 0.4 * thick
    for r, colour in ((0.5 * x, BLUE), (0.4 * x, COTTON), (0.28 * x, (206, 128, 66))):
        fan = [(corner, -corner), *((corner + r * np.cos(a), -corner + r * np.sin(a)) for a in angles)]
        plate = turned(slab(fan, 0.0016 + 0.0003 * len(fans), colour), 90, (1, 0, 0))
        fans += [turned(plate.copy(), 90 * k, (0, 1, 0)) for k in range(4)]
    for part in (*star, *fans):
        part.apply_translation((0, thick, 0))
    return canonical({"tile": body, "motif": joined(*star, *fans)},
                     {"surface": Frame.at((0, thick + 0.0005, 0), half=(x, x))})


@category("clothespin", length_m=(0.06, 0.09), synonyms=("clothes peg", "clothes pin"), mass="featherlight",
          symmetry="half-turn about x")
def clothespin(length: float = 0.075, thick: float = 0.011, gape: float = 0.006) -> Template:
    """A wooden spring clothespin lying on its side, its mouth toward +x."""
    x, spring, side = length / 2, 0.1 * length, 0.5 * thick + 0.0012
    inside = [(-x, 0.006 + 0.08 * length), (spring - 0.01, 0.0012), (spring + 0.006, 0.0012), (spring + 0.018, 0.004),
              (x - 0.012, 0.0026), (x, gape / 2 + 0.001)]
    outside = [(x - 0.003, gape / 2 + 0.0055), (spring, 0.0085), (-x + 0.004, 0.0115 + 0.08 * length),
               (-x, 0.011 + 0.08 * length)]
    legs = [turned(slab(np.array(inside + outside) * [1, s], thick, PALE_WOOD), -90, (1, 0, 0)) for s in (-1, 1)]
    coil = [cylinder(0.0048, 0.0022, (spring, y, 0), colour=STEEL, sections=18) for y in (-side, side)]
    wires = [tube([(spring, y, 0), (spring + 0.016, y, s * 0.0095), (spring + 0.018, 0.5 * y, s * 0.0098),
                   (spring + 0.018, -0.2 * y, s * 0.0098)], 0.0012, STEEL, 8) for s, y in ((1, side), (-1, -side))]
    return canonical({"legs": joined(*legs), "spring": joined(*coil, *wires)},
                     {"jaw": Frame.at((x - 0.002, 0, 0), (1, 0, 0)), "handle": Frame.at((-x, 0, 0), (-1, 0, 0))})


@category("doormat", length_m=(0.6, 0.9), synonyms=("door mat", "welcome mat"), symmetry="half-turn")
def doormat(width: float = 0.72, depth: float = 0.44, thick: float = 0.02) -> Template:
    """A coir doormat that says WELCOME to the viewer."""
    base = rounded((width, thick, depth), 0.4 * thick, (0, thick / 2, 0), COIR, 3)
    rim = [box((w, 0.002, d), (x, thick, z), (70, 48, 32)) for w, d, x, z in (
        (0.92 * width, 0.016, 0, 0.42 * depth), (0.92 * width, 0.016, 0, -0.42 * depth),
        (0.016, 0.84 * depth, 0.46 * width, 0), (0.016, 0.84 * depth, -0.46 * width, 0))]
    cell, tall, strokes = 0.84 * width / 7, 0.34 * depth, []
    for k, letter in enumerate("welcome"):
        for stroke in LETTERS[letter]:
            ends = np.array(stroke).reshape(2, 2) * [0.68 * cell, tall] + [(k - 3.34) * cell, -tall / 2]
            along = np.diff(ends, axis=0)[0] / np.linalg.norm(ends[1] - ends[0])
            side: Point = (0.007 * along[1], 0, 0.007 * along[0])
            tips = (ends[0] - 0.007 * along, ends[1] + 0.007 * along)
            strokes.append(lofted([oblong((px, thick, -py), side, (0, 0.0016, 0)) for px, py in tips], (46, 34, 26)))
    return canonical({"mat": base, "border": joined(*rim), "letters": joined(*strokes)},
                     {"surface": Frame.at((0, thick + 0.001, 0), half=(width / 2, depth / 2))})
