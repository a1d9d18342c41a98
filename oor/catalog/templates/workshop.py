"""Templates of tools and workshop things."""

from __future__ import annotations

import numpy as np

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    DARK,
    DEEP_WOOD,
    PALE_WOOD,
    RED,
    STEEL,
    WOOD,
    YELLOW,
    Colour,
    arc,
    box,
    cylinder,
    fluted,
    joined,
    lathe,
    lofted,
    oblong,
    repeated,
    ring,
    rounded,
    slab,
    tube,
    turned,
)
from oor.catalog.template import Frame, Template, canonical

IRON: Colour = (128, 134, 142)
CARDBOARD: Colour = (198, 156, 106)


@category("hammer", length_m=(0.25, 0.38), synonyms=("claw hammer",), rest="z")
def hammer(length: float = 0.31, reach: float = 0.07) -> Template:
    """A claw hammer standing on its handle: striking face toward +x, claw toward -x."""
    y = length - 0.02
    profile = [(0, 0.012), (0.008, 0.0145), (0.1, 0.0155), (0.14, 0.0125), (y - 0.03, 0.0105), (y + 0.015, 0.0105)]
    handle = lofted([ring((0, h, 0), (1.25 * r, 0, 0), (0, 0, 0.9 * r)) for h, r in profile], WOOD)
    grip = lofted([ring((0, h, 0), (1.25 * r + 0.001, 0, 0), (0, 0, 0.9 * r + 0.001)) for h, r in profile[:3]], RED)
    eye = rounded((0.042, 0.036, 0.032), 0.005, (0, y, 0), IRON, 3)
    poll = lathe([(0, 0), (0.0125, 0), (0.0125, 0.026), (0.019, 0.03), (0.019, reach - 0.019), (0.017, reach - 0.016),
                  (0, reach - 0.016)], (0, 0, 0), IRON)
    turned(poll, -90, (0, 0, 1)).apply_translation((0.016, y, 0))
    t = np.linspace(0, 1, 9)
    spine = np.column_stack([-0.016 - 0.072 * t, y + 0.004 - 0.036 * t**2])
    claws = [lofted([oblong((x, h, s * (0.006 + 0.005 * k)), (0.004 * k, 0.014 * (1 - k) + 0.002, 0), (0, 0, 0.0062))
                     for (x, h), k in zip(spine, t, strict=True)], IRON) for s in (-1, 1)]
    return canonical(
        {"head": joined(eye, poll, *claws), "handle": handle, "grip": grip},
        {"face": Frame.at((reach, y, 0), (1, 0, 0), 0.017), "handle": Frame.at((0, 0.055, 0), (0, -1, 0), 0.015)},
    )


@category("nail", length_m=(0.05, 0.12), synonyms=("iron nail", "tack", "spike"), rest="x",
          symmetry="revolution", mass="featherlight")
def nail(length: float = 0.09, head: float = 0.0082, shank: float = 0.0036) -> Template:
    """A nail, head up."""
    pin = lathe([(0, 0), (0.55 * shank, 0.006), (shank, 0.014), (shank, length - 0.002), (0, length - 0.002)],
                colour=STEEL, sections=32)
    barbs = repeated(cylinder(1.08 * shank, 0.0008, colour=IRON),
                     [(0, length - 0.012 + 0.0022 * i, 0) for i in range(4)])
    top = lathe([(0, -0.007), (shank, -0.007), (0.94 * head, -0.0032), (head, -0.0026), (head, -0.0006),
                 (0.93 * head, 0), (0, 0)], (0, length, 0), STEEL)
    return canonical(
        {"shank": joined(pin, barbs), "head": top},
        {"head": Frame.at((0, length, 0), (0, 1, 0), head), "tip": Frame.at((0, 0, 0), (0, -1, 0))},
    )


@category("screw", length_m=(0.03, 0.08), synonyms=("wood screw",), rest="x", symmetry="revolution", mass="featherlight")
def screw(length: float = 0.06, head: float = 0.0075, shank: float = 0.0034, pitch: float = 0.0034) -> Template:
    """A wood screw, its slotted head up."""
    neck = length - 0.016
    profile, y = [(0.0, 0.0)], 0.002
    while y < neck:
        core = shank * min(1.0, 0.3 + 0.7 * y / (0.28 * length))
        profile += [(0.72 * core, y), (1.42 * core, y + 0.45 * pitch), (0.72 * core, y + 0.8 * pitch)]
        y += pitch
    brass: Colour = (204, 168, 92)
    thread = lathe([*profile, (shank, y), (shank, length - 0.006), (0, length - 0.006)], colour=brass, sections=32)
    cone = lathe([(0, -0.0085), (shank, -0.0085), (0.98 * head, -0.003), (head, -0.0022), (0, -0.0022)], (0, length, 0),
                 brass)
    slot = float(np.degrees(np.arcsin(0.15)))
    rims = [arc((0, 0, 0), head, slot + a, 180 - slot + a, "xz", 17) for a in (0, 180)]
    halves = [lofted([rim + np.array([0, h, 0]) for h in (length - 0.003, length)], brass) for rim in rims]
    bottom = box((1.96 * head, 0.0004, 0.3 * head), (0, length - 0.0022, 0), DARK)
    return canonical(
        {"thread": thread, "head": joined(cone, *halves), "slot": bottom},
        {"head": Frame.at((0, length, 0), (0, 1, 0), head), "tip": Frame.at((0, 0, 0), (0, -1, 0))},
    )


@category("screwdriver", length_m=(0.15, 0.28), synonyms=("flathead screwdriver", "screw driver"), rest="x",
          symmetry="revolution")
def screwdriver(length: float = 0.22, handle: float = 0.1, radius: float = 0.0165) -> Template:
    """A flat-blade screwdriver standing on its blade, handle up."""
    foot = length - handle
    grip = lathe([(0, 0), (0.6 * radius, 0), (0.72 * radius, 0.006), (0.62 * radius, 0.016), (0.85 * radius, 0.03),
                  (radius, 0.045), (radius, 0.085), (0.93 * radius, 0.094), (0.7 * radius, handle), (0, handle)],
                 (0, foot, 0), RED, 72)
    collar = lathe([(0, 0), (0.5 * radius, -0.006), (0.63 * radius, 0), (0.745 * radius, 0.006), (0.65 * radius, 0.014),
                    (0, 0.014)], (0, foot, 0), BLACK)
    cap = lathe([(0, 0), (0.94 * radius, 0), (0.72 * radius, 0.007), (0.4 * radius, 0.009), (0, 0.009)],
                (0, length - 0.0075, 0), YELLOW)
    shaft = cylinder(0.0034, foot - 0.012, (0, (foot + 0.024) / 2, 0), colour=STEEL)
    blade = lofted([ring((0, y, 0), (w, 0, 0), (0, 0, d)) for y, w, d in (
        (0, 0.0042, 0.0006), (0.006, 0.0052, 0.0012), (0.014, 0.0048, 0.002), (0.026, 0.0034, 0.0034))], STEEL)
    return canonical(
        {"grip": joined(fluted(grip, 0.16, 6), collar, cap), "shaft": shaft, "blade": blade},
        {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, length, 0), (0, 1, 0), 0.4 * radius)},
    )


@category("toolbox", length_m=(0.35, 0.55), synonyms=("tool box", "tool case", "tool chest"), plural="toolboxes",
          fronted=True, mass="medium")
def toolbox(width: float = 0.44, height: float = 0.17, depth: float = 0.2) -> Template:
    """A closed tool box with a sloping lid and a carrying handle, its latches in front."""
    lid = lofted([oblong((0, y, 0), (w / 2, 0, 0), (0, 0, d / 2)) for y, w, d in (
        (height, width + 0.012, depth + 0.012), (height + 0.016, width + 0.012, depth + 0.012),
        (height + 0.06, width - 0.05, depth - 0.09))], RED)
    body = rounded((width, height, depth), 0.008, (0, height / 2, 0), RED, 3)
    seam = box((width + 0.004, 0.008, depth + 0.004), (0, height - 0.003, 0), BLACK)
    latches = repeated(rounded((0.034, 0.06, 0.016), 0.004, (0, 0, 0), STEEL, 2),
                       [(x, height - 0.004, depth / 2 + 0.006) for x in (-0.12, 0.12)])
    posts = repeated(box((0.014, 0.05, 0.022), colour=BLACK), [(x, height + 0.075, 0) for x in (-0.09, 0.09)])
    grip = tube([(-0.1, height + 0.1, 0), (0.1, height + 0.1, 0)], 0.0125, BLACK)
    badge = box((0.09, 0.035, 0.004), (0, height * 0.45, depth / 2), YELLOW)
    return canonical(
        {"body": joined(body, seam, badge), "lid": lid, "latches": latches, "handle": joined(posts, grip)},
        {"handle": Frame.at((0, height + 0.1125, 0), (0, 1, 0), (0.1, 0.0125))},
    )


@category("box", length_m=(0.3, 0.55), plural="boxes",
          synonyms=("cardboard box", "carton", "package", "parcel"))
def open_box(width: float = 0.42, height: float = 0.28, depth: float = 0.34, wall: float = 0.007) -> Template:
    """A hollow cardboard box, open at the top, its flaps folded out and down."""
    x, z = width / 2, depth / 2
    sides = [box((width, height, wall), (0, height / 2, s * (z - wall / 2)), CARDBOARD) for s in (-1, 1)]
    ends = [box((wall, height, depth), (s * (x - wall / 2), height / 2, 0), CARDBOARD) for s in (-1, 1)]
    fold, out = 0.085, 0.045
    pale: Colour = (212, 174, 126)
    flaps = []
    for s in (-1, 1):
        front, side = (0, 0.003, s * 0.002), (s * 0.002, 0.003, 0)
        flaps += [lofted([oblong((0, height - 0.003, s * (z - 0.002)), (x, 0, 0), front),
                          oblong((0, height - fold, s * (z + out)), (x, 0, 0), front)], pale),
                  lofted([oblong((s * (x - 0.002), height - 0.003, 0), (0, 0, z), side),
                          oblong((s * (x + out), height - fold, 0), (0, 0, z), side)], pale)]
    tape = box((0.055, height * 0.4, 0.002), (0, height * 0.2, z), (226, 204, 160))
    return canonical(
        {"walls": joined(*sides, *ends, tape), "floor": box((width, wall, depth), (0, wall / 2, 0), CARDBOARD),
         "flaps": joined(*flaps)},
        {"opening": Frame.at((0, height, 0), half=(x - wall, z - wall)),
         "floor": Frame.at((0, wall, 0), half=(x - wall, z - wall))},
    )


@category("saw", length_m=(0.4, 0.6), synonyms=("handsaw", "hand saw", "wood saw"), rest="z")
def saw(length: float = 0.38, heel: float = 0.12, toe: float = 0.06, teeth: int = 26) -> Template:
    """A hand saw: toe toward -x, teeth down, handle toward +x."""
    thin, steel = 0.0022, (206, 210, 216)
    pitch = length / teeth
    blade = slab([(-length, 0), (0.02, 0), (0.02, heel), (-length + 0.02, toe), (-length, toe - 0.015)], thin, steel)
    tooth = slab([(-pitch / 2, 0.002), (-pitch * 0.3, -0.011), (pitch / 2, 0.002)], thin, steel)
    row = repeated(tooth, [(-length + pitch * (i + 0.5), 0, 0) for i in range(teeth)])
    loop = [(-0.015, 0.012), (0.03, -0.004), (0.075, -0.012), (0.11, -0.002), (0.122, 0.03), (0.116, 0.07),
            (0.118, 0.1), (0.13, 0.125), (0.116, 0.136), (0.07, 0.13), (0.02, 0.128), (-0.012, 0.115),
            (0.016, 0.098), (0.04, 0.1), (0.072, 0.108), (0.09, 0.092), (0.086, 0.06), (0.09, 0.03), (0.08, 0.014),
            (0.055, 0.014), (0.03, 0.026), (0.016, 0.03)]
    cheek = [(-0.015, 0.012), (0.045, 0.012), (0.03, 0.06), (0.05, 0.108), (-0.012, 0.115), (-0.03, 0.065)]
    rivets = repeated(cylinder(0.007, 0.027, axis=(0, 0, 1), colour=(204, 168, 92), sections=20),
                      [(0.004, 0.036, 0), (0.0, 0.066, 0), (0.006, 0.096, 0)])
    return canonical(
        {"blade": blade, "teeth": row, "handle": joined(slab(loop, 0.024, WOOD), slab(cheek, 0.024, WOOD), rivets)},
        {"edge": Frame.at((-length / 2, -0.011, 0), (0, -1, 0), (length / 2, 0)),
         "handle": Frame.at((0.103, 0.06, 0), (1, 0, 0))},
    )


@category("plank", length_m=(0.6, 1.6), synonyms=("wooden board", "board of wood", "wooden plank", "board"),
          symmetry="half-turn", mass="medium")
def plank(length: float = 1.0, thickness: float = 0.035, width: float = 0.18) -> Template:
    """A sawn wooden board, lying long along x."""
    body = box((length, thickness, width), (0, thickness / 2, 0), PALE_WOOD)
    ends = repeated(box((0.004, thickness * 0.98, width * 0.98), colour=WOOD),
                    [(s * length / 2, thickness / 2, 0) for s in (-1, 1)])
    t = np.linspace(-0.49, 0.49, 25) * length
    grain, tone = [], (184, 140, 90)
    waves = ((-0.36, 0.02, 0.3), (-0.2, 0.05, 1.2), (-0.02, 0.07, 2), (0.17, 0.05, 2.6), (0.35, 0.03, 3.4))
    for z, sway, phase in waves:
        bend = width * (z + sway * np.sin(5.5 * t / length + phase) + 0.4 * sway * np.sin(13 * t / length))
        lines = [oblong((x, thickness, b), (0, 0.0006, 0), (0, 0, 0.0016)) for x, b in zip(t, bend, strict=True)]
        grain.append(lofted(lines, tone))
    knot = cylinder(0.011, 0.0012, (0.22 * length, thickness, 0.08 * width), colour=DEEP_WOOD)
    return canonical(
        {"body": joined(body, ends), "grain": joined(*grain, knot)},
        {"surface": Frame.at((0, thickness + 0.0006, 0), half=(length / 2, width / 2))},
    )
