"""Templates of desk things."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import trimesh

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    BLUE,
    BRASS,
    DARK,
    DEEP_WOOD,
    GLASS,
    GREEN,
    PALE_WOOD,
    PORCELAIN,
    RED,
    STEEL,
    WHITE,
    YELLOW,
    Colour,
    arc,
    ball,
    box,
    cylinder,
    hull,
    joined,
    lathe,
    lofted,
    oblong,
    repeated,
    rounded,
    slab,
    tinted,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical
from oor.catalog.vessels import vessel

PAPER: Colour = (248, 246, 238)
INK: Colour = (96, 98, 108)
SEA: Colour = (74, 136, 196)
PINK: Colour = (232, 130, 140)
SKY: Colour = (112, 172, 222)
CREAM: Colour = (238, 228, 200)


def _hood(stations: Sequence[tuple[float, float, float, float]], colour: Colour) -> trimesh.Trimesh:
    """A round-backed body along x; each station is (x, bottom, top, half width)."""
    t = np.linspace(0, np.pi, 15)
    z, y = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** 0.5, np.abs(np.sin(t)) ** 0.5
    return lofted([np.column_stack([np.full(15, x), low + (high - low) * y, half * z]) for x, low, high, half in stations],
                  colour)


def _profiled(outline: Sequence[tuple[float, float]], width: float, colour: Colour) -> trimesh.Trimesh:
    """A side view of (z, y) points, `width` thick along x."""
    return turned(slab([(-z, y) for z, y in outline], width, colour), 90, (0, 1, 0))


def _along_z(profile: Sequence[tuple[float, float]], colour: Colour, sections: int = 48) -> trimesh.Trimesh:
    """A profile of (radius, z) points turned about the z axis."""
    return turned(lathe(profile, colour=colour, sections=sections), 90, (1, 0, 0))


def _along_x(profile: Sequence[tuple[float, float]], colour: Colour, sections: int = 48) -> trimesh.Trimesh:
    """A profile of (radius, x) points turned about the x axis."""
    return turned(lathe(profile, colour=colour, sections=sections), -90, (0, 0, 1))


@category("stapler", length_m=(0.11, 0.18), synonyms=("desk stapler", "paper stapler"))
def stapler(length: float = 0.145, back: float = 0.024, width: float = 0.034, open_deg: float = 9.0) -> Template:
    """A desk stapler along x, its mouth open toward +x."""
    hinge, front = (-length / 2 + 0.014, 0.016), length / 2
    reach = (front - hinge[0]) / np.cos(np.radians(open_deg)) - 0.002
    magazine = box((reach - 0.004, 0.012, 0.5 * width), (reach / 2, 0.006, 0), STEEL)
    cap = _hood([(-0.012, 0.006, 0.012, 0.3 * width), (-0.009, 0.004, 0.008 + 0.6 * back, 0.46 * width),
                 (0.2 * reach, 0.006, 0.008 + 0.95 * back, 0.5 * width), (0.6 * reach, 0.006, 0.008 + back, 0.48 * width),
                 (0.92 * reach, 0.006, 0.008 + 0.8 * back, 0.42 * width), (reach, 0.007, 0.008 + 0.45 * back, 0.34 * width)], RED)
    for part in (magazine, cap):
        turned(part, open_deg, (0, 0, 1)).apply_translation((*hinge, 0))
    base = joined(rounded((length, 0.008, width), 0.0035, (0, 0.004, 0), DARK, 2),
                  rounded((0.04, 0.02, 0.8 * width), 0.004, (hinge[0] + 0.008, 0.014, 0), DARK, 2))
    anvil = box((0.02, 0.002, 0.5 * width), (front - 0.016, 0.0085, 0), STEEL)
    x = front - 0.016
    gap = (0.0095, hinge[1] + (x - hinge[0]) * float(np.tan(np.radians(open_deg))))
    return canonical({"base": base, "anvil": anvil, "magazine": magazine, "cap": cap},
                     {"jaw": Frame.at((x, sum(gap) / 2, 0), (1, 0, 0))})


@category("hole punch", length_m=(0.09, 0.15), synonyms=("hole puncher", "paper punch"), plural="hole punches")
def hole_punch(width: float = 0.115, depth: float = 0.1, lift: float = 0.022) -> Template:
    """A two-hole punch: its slot open toward +x, its lever rising toward -x."""
    back, front, punches = -depth / 2, 0.25 * depth, (-0.32 * width, 0.32 * width)
    base = rounded((depth, 0.017, width), 0.006, (0, 0.0085, 0), BLACK, 3)
    spine = rounded((0.3 * depth, 0.03, 0.86 * width), 0.004, (-0.12 * depth, 0.026, 0), DARK, 2)
    deck = rounded((0.5 * depth, 0.012, 0.86 * width), 0.004, (0, 0.032, 0), DARK, 2)
    posts = repeated(cylinder(0.0075, 0.03, colour=STEEL), [(0.1 * depth, 0.048, z) for z in punches])
    feet = repeated(cylinder(0.0045, 0.012, colour=STEEL), [(0.1 * depth, 0.0255, z) for z in punches])
    top = 0.054
    lever = _hood([(front, top, top + 0.006, 0.34 * width), (0.22 * depth, top - 0.004, top + 0.012, 0.42 * width),
                   (0, top - 0.002, top + 0.018, 0.45 * width), (0.8 * back, top + 0.5 * lift, top + 0.02 + lift, 0.45 * width),
                   (1.1 * back, top + lift, top + 0.014 + lift, 0.4 * width)], BLUE)
    arms = repeated(box((0.3 * depth, 0.03, 0.004), colour=STEEL), [(0.02 * depth, 0.047, s * 0.41 * width) for s in (-1, 1)])
    return canonical({"base": base, "body": joined(spine, deck), "punches": joined(posts, feet, arms), "lever": lever},
                     {"jaw": Frame.at((0.18 * depth, 0.0215, 0), (1, 0, 0))})


@category("paper", length_m=(0.26, 0.36), symmetry="half-turn", mass="featherlight",
          synonyms=("sheet of paper", "stack of paper", "paper sheet", "printout"))
def paper(width: float = 0.21, length: float = 0.297, thickness: float = 0.004, lines: int = 14) -> Template:
    """A few printed sheets lying flat, not quite in line."""
    sheets = []
    for i, turn in enumerate((-1.2, 0.9, 0.0)):
        one = box((width, thickness / 3, length), (0, (i + 0.5) * thickness / 3, 0), PAPER if i == 2 else (222, 222, 216))
        sheets.append(turned(one, turn, (0, 1, 0)))
    z = np.linspace(-0.3, 0.42, lines) * length
    short = np.where(np.arange(lines) % 5 == 4, 0.45, 0.78) * width
    text = repeated(box((1, 0.0005, 0.0035), colour=INK), [(0.5 * s - 0.39 * width, thickness, d) for s,
                                                           d in zip(short, z, strict=True)],
                    [(s, 1, 1) for s in short])
    title = box((0.5 * width, 0.0006, 0.011), (0, thickness, -0.4 * length), DARK)
    return canonical({"sheets": joined(*sheets), "text": joined(text, title)},
                     {"surface": Frame.at((0, thickness + 0.0003, 0), half=(width / 2, length / 2))})


@category("eraser", length_m=(0.04, 0.07), synonyms=("rubber eraser", "pencil eraser"), symmetry="half-turn about z",
          mass="featherlight")
def eraser(length: float = 0.055, height: float = 0.013, width: float = 0.021, slant: float = 0.008) -> Template:
    """A slanted block of rubber, two thirds pink and one third blue."""
    a, cut, b = -length / 2, length / 6, length / 2

    def face(x: float, inset: float) -> Array:
        t = np.radians(np.arange(0, 360, 15))
        y = np.clip(1.25 * np.sin(t), -1, 1) * (height / 2 - inset)
        z = np.clip(1.25 * np.cos(t), -1, 1) * (width / 2 - inset)
        return np.column_stack([x + slant * y / height, y + height / 2, z])

    block = lofted([face(a, 0.0012), face(a + 0.0012, 0), face(cut, 0), face(b - 0.0012, 0), face(b, 0.0012)], PINK)
    x, y, _ = np.moveaxis(block.triangles, -1, 0)
    beyond = x - slant * (y / height - 0.5) > cut - 1e-9
    return canonical({"body": tinted(block, beyond.all(axis=1), BLUE)},
                     {"pad": Frame.at((-slant / 2, 0, 0), (0, -1, 0), (length / 2 - 0.002, width / 2 - 0.002))})


@category("ruler", length_m=(0.16, 0.34), synonyms=("straightedge", "wooden ruler", "measuring stick"), symmetry="half-turn",
          mass="featherlight")
def ruler(length: float = 0.31, width: float = 0.034, thickness: float = 0.004, marks: int = 30) -> Template:
    """A wooden ruler along x, its marks at the far edge."""
    body = box((length, thickness, width), (0, thickness / 2, 0), PALE_WOOD)
    x = np.linspace(-0.48, 0.48, 2 * marks + 1) * length
    tall = np.where(np.arange(2 * marks + 1) % 10 == 0, 0.5, np.where(np.arange(2 * marks + 1) % 2 == 0, 0.32, 0.18)) * width
    ticks = repeated(box((0.0011, 0.0006, 1), colour=BLACK), [(d, thickness, (h - width) / 2) for d,
                                                              h in zip(x, tall, strict=True)],
                     [(1, 1, h) for h in tall])
    digits = repeated(box((0.0045, 0.0006, 0.005), colour=RED), [(d, thickness, 0.12 * width) for d in x[10:-1:10]])
    return canonical({"body": body, "marks": joined(ticks, digits)},
                     {"pad": Frame.at((0, 0, 0), (0, -1, 0), (length / 2, width / 2))})


@category("scissors", length_m=(0.13, 0.23), synonyms=("pair of scissors", "shears"), plural="scissors",
          symmetry="half-turn about x")
def scissors(blade: float = 0.1, grip: float = 0.024, open_deg: float = 26.0) -> Template:
    """Open scissors lying flat, blades toward +x, grips toward -x."""
    thin, back = 0.003, -0.042
    blades: list[trimesh.Trimesh] = []
    handles: list[trimesh.Trimesh] = []
    for side in (-1, 1):
        outline = [(-0.012, -side * 0.007), (-0.012, side * 0.005), (0.012, side * 0.0085), (0.55 * blade, side * 0.0085),
                   (blade, -side * 0.0015), (0.5 * blade, -side * 0.0045), (0.01, -side * 0.0055)]
        shape = slab(outline, thin, STEEL)
        shape.apply_translation((0, 0, side * thin / 2))
        hoop = arc((back - grip, -side * 0.75 * grip, 0), grip, 30, 395, count=25)
        hoop[:, 0] = (hoop[:, 0] - back) * 1.25 + back
        shank = tube([(back - 0.2 * grip, -side * 0.35 * grip, 0), (-0.03, -side * 0.005, side * thin / 2),
                      (0.006, 0, side * thin / 2)], (0.0055, 0.0062, 0.0045), RED)
        for part, group in ((shape, blades), (joined(tube(hoop, 0.0052, RED, 12), shank), handles)):
            group.append(turned(turned(part, side * open_deg / 2, (0, 0, 1)), -90, (1, 0, 0)))
    pivot = cylinder(0.0055, 2 * thin + 0.003, colour=DARK)
    middle, end = 0.7 * blade * np.cos(np.radians(open_deg / 2)), (back - 2 * grip) * 1.1
    return canonical({"blades": joined(*blades), "handles": joined(*handles), "pivot": pivot},
                     {"jaw": Frame.at((middle, 0, 0), (1, 0, 0)), "handle": Frame.at((end, 0, 0), (-1, 0, 0), 0.5 * grip)})


@category("magnifying glass", length_m=(0.14, 0.24), synonyms=("magnifier", "hand lens"), plural="magnifying glasses",
          symmetry="half-turn about z")
def magnifying_glass(lens: float = 0.042, handle: float = 0.1, rim: float = 0.0045) -> Template:
    """A magnifying glass with its lens level and its handle toward +z."""
    glass = lathe([(0, -0.004), (0.5 * lens, -0.0032), (lens, -0.001), (lens, 0.001), (0.5 * lens, 0.0032), (0, 0.004)],
                  colour=GLASS)
    start = lens + 0.5 * rim
    frame = tube(arc((0, 0, 0), lens, 0, 365, "xz", 49), rim, BRASS, 12)
    neck = cylinder(0.005, 0.024, (0, 0, start + 0.01), (0, 0, 1), BRASS)
    grip = _along_z([(0, 0), (0.0075, 0), (0.009, 0.006), (0.007, 0.014), (0.0085, 0.3 * handle), (0.0105, 0.7 * handle),
                     (0.0095, 0.93 * handle), (0.005, handle), (0, handle)], DEEP_WOOD)
    grip.apply_translation((0, 0, start + 0.018))
    return canonical({"lens": glass, "rim": joined(frame, neck), "handle": grip},
                     {"lens": Frame.at((0, 0, 0), half=lens), "handle": Frame.at((0, 0, start + 0.018 + handle), (0, 0, 1),
                                                                                 0.009)})


@category("globe", length_m=(0.25, 0.48), synonyms=("desk globe", "world globe", "terrestrial globe"), mass="medium")
def globe(radius: float = 0.14, tilt_deg: float = 23.0, base: float = 0.1, stand: float = 0.045) -> Template:
    """A terrestrial globe, leaning in a half ring on a turned foot."""
    sphere = ball(radius, colour=SEA, subdivisions=4)
    x, y, z = (sphere.triangles_center / radius).T
    east, north = np.degrees(np.arctan2(x, z)), np.degrees(np.arcsin(np.clip(y, -1, 1)))
    lands = ((-100, 52, 38, 22), (-92, 28, 16, 14), (-60, -12, 20, 20), (-66, -36, 9, 18), (18, 8, 24, 22), (24, -18, 14, 18),
             (20, 52, 28, 14), (95, 52, 58, 22), (78, 24, 12, 16), (110, 26, 16, 16), (134, -25, 19, 11), (-42, 73, 16, 10))
    land = np.any([((east - a) / w) ** 2 + ((north - b) / h) ** 2 < 1 for a, b, w, h in lands], axis=0)
    sphere = tinted(tinted(sphere, land, GREEN), (north < -72) | (north > 80), WHITE)
    out = 1.09 * radius
    bow = tube(arc((0, 0, 0), out, 88, 272, count=33), 0.055 * radius, BRASS, 12)
    pins = [cylinder(0.05 * radius, 0.16 * radius, (0, s * 1.06 * radius, 0), colour=BRASS, sections=16) for s in (-1, 1)]
    for part in (sphere, bow, *pins):
        turned(part, -tilt_deg, (0, 0, 1))
    low, y = -out - stand, -out + 0.02 * radius
    foot = lathe([(0, low), (base, low), (base, low + 0.012), (0.8 * base, low + 0.022), (0.25 * base, low + 0.03),
                  (0.012, low + 0.04), (0.012, y), (0, y)], colour=DEEP_WOOD)
    return canonical({"sphere": sphere, "ring": joined(bow, *pins), "foot": foot},
                     {"foot": Frame.at((0, low, 0), (0, -1, 0), base), "centre": Frame.at((0, 0, 0), half=radius)})


@category("clock", length_m=(0.14, 0.24), synonyms=("alarm clock", "desk clock", "table clock"), fronted=True)
def clock(radius: float = 0.06, depth: float = 0.045, bells: bool = True) -> Template:
    """A round clock on two feet, with a pair of bells or without."""
    case = _along_z([(0, -depth / 2), (0.85 * radius, -depth / 2), (radius, -0.3 * depth), (radius, depth / 2),
                     (0.93 * radius, 0.56 * depth), (0.88 * radius, depth / 2), (0.88 * radius, 0.4 * depth), (0,
                                                                                                               0.4 * depth)], RED)
    face = cylinder(0.9 * radius, 0.004, (0, 0, 0.4 * depth), (0, 0, 1), WHITE, sections=48)
    z = 0.4 * depth + 0.003
    ticks = [turned(box((0.05 * radius if i % 3 else 0.08 * radius, 0.14 * radius, 0.002), (0, 0.74 * radius, z), BLACK), 30 * i,
                    (0, 0, 1))
             for i in range(12)]
    hands = [turned(box((0.09 * radius, 0.5 * radius, 0.002), (0, 0.22 * radius, z + 0.001), BLACK), 60, (0, 0, 1)),
             turned(box((0.06 * radius, 0.75 * radius, 0.002), (0, 0.3 * radius, z + 0.002), BLACK), -60, (0, 0, 1)),
             cylinder(0.07 * radius, 0.006, (0, 0, z), (0, 0, 1), RED)]
    legs = [turned(cylinder(0.09 * radius, 0.5 * radius, (0, -1.1 * radius, 0), colour=DARK, top=0.14 * radius), s * 32,
                   (0, 0, 1))
            for s in (-1, 1)]
    parts = {"case": case, "face": joined(face, *ticks), "hands": joined(*hands), "legs": joined(*legs)}
    if bells:
        dome = [(0, 0), (0.4 * radius, 0), (0.38 * radius, 0.14 * radius), (0.24 * radius, 0.27 * radius), (0, 0.33 * radius)]
        pair = [turned(lathe(dome, (0, 1.12 * radius, 0), BRASS), s * 34, (0, 0, 1)) for s in (-1, 1)]
        stems = [turned(cylinder(0.05 * radius, 0.4 * radius, (0, 1.05 * radius, 0), colour=DARK), s * 34, (0, 0, 1))
                 for s in (-1, 1)]
        loop = tube(arc((0, 1.2 * radius, 0), 0.34 * radius, -10, 190), 0.04 * radius, DARK, 10)
        parts |= {"bells": joined(*pair), "handle": joined(*stems, loop)}
    return canonical(parts, {"centre": Frame.at((0, 0, z), (0, 0, 1), (0.88 * radius, 0))})


@category("phone", length_m=(0.12, 0.18), synonyms=("smartphone", "cell phone", "cellphone", "mobile phone", "mobile"),
          symmetry="half-turn")
def phone(width: float = 0.073, length: float = 0.15, thickness: float = 0.0095, rows: int = 4) -> Template:
    """A smartphone lying with its screen up, its top away from the viewer."""
    t = np.radians(np.arange(5, 360, 10))
    edge, corner = np.column_stack([np.cos(t), np.sin(t)]), 0.011

    def outline(y: float, inset: float) -> Array:
        core = np.sign(edge) * [width / 2 - corner, length / 2 - corner]
        x, z = (core + (corner - inset) * edge).T
        return np.column_stack([x, np.full(len(x), y), z])

    body = lofted([outline(0, 0.002), outline(0.002, 0), outline(thickness - 0.002, 0), outline(thickness, 0.002)], BLACK)
    glass = lofted([outline(thickness - 0.001, 0.0035), outline(thickness + 0.0004, 0.0035)], SEA)
    palette: tuple[Colour, ...] = (RED, WHITE, YELLOW, (90, 190, 110), (240, 140, 60), (150, 90, 190))
    step = (width - 0.018) / 4
    icons = [box((0.7 * step, 0.0006, 0.7 * step), ((i - 1.5) * step, thickness + 0.0005, -length / 2 + 0.026 + 1.35 * step * j),
                 palette[(5 * i + 2 * j) % 6]) for i in range(4) for j in range(rows)]
    dock = box((width - 0.016, 0.0006, 0.016), (0, thickness + 0.0005, length / 2 - 0.018), (180, 210, 236))
    notch = box((0.3 * width, 0.0008, 0.004), (0, thickness + 0.0005, -length / 2 + 0.008), BLACK)
    half = (width / 2 - 0.0035, length / 2 - 0.0035)
    return canonical({"body": joined(body, notch), "screen": glass, "icons": joined(*icons, dock)},
                     {"screen": Frame.at((0, thickness + 0.0008, 0), half=half),
                      "surface": Frame.at((0, thickness + 0.0008, 0), half=half)})


@category("stamp", length_m=(0.025, 0.04), synonyms=("postage stamp",), symmetry="half-turn", mass="featherlight")
def stamp(width: float = 0.024, length: float = 0.03, holes: int = 9) -> Template:
    """A postage stamp with a perforated edge and a landscape on it, lying face up."""
    thin = 0.0008
    s = np.linspace(-1, 1, 4 * holes, endpoint=False)
    depth = 1 - 0.03 * np.resize([0, 0.25, 1, 0.25], len(s))
    edge = np.concatenate([np.column_stack([s, depth]), np.column_stack([depth, -s]), np.column_stack([-s, -depth]),
                           np.column_stack([-depth, s])]) * [width / 2, length / 2]
    sheet = lofted([np.insert(edge, 1, y, axis=1) for y in (0.0, thin)], PAPER)
    picture = box((0.76 * width, 0.0003, 0.8 * length), (0, thin, 0), SKY)
    hills = [hull([(x + dx * width, thin + y, z * length) for y in (-0.0001, h) for dx, z in ((-w, 0.4), (w, 0.4), (0, top))],
                  colour)
             for x, w, top, h, colour in ((0.1 * width, 0.26, -0.02, 0.0002, (70, 120, 90)),
                                          (-0.12 * width, 0.25, 0.1, 0.0003, (52, 92, 70)))]
    sun = cylinder(0.09 * width, 0.0007, (-0.2 * width, thin, -0.18 * length), colour=YELLOW, sections=20)
    price = repeated(box((0.03 * width, 0.0007, 0.1 * length), colour=RED),
                     [(x * width, thin, -0.28 * length) for x in (0.18, 0.25, 0.32)])
    return canonical({"sheet": sheet, "picture": joined(picture, *hills, sun, price)},
                     {"surface": Frame.at((0, thin + 0.0003, 0), half=(width / 2, length / 2)),
                      "centre": Frame.at((0, thin / 2, 0))})


@category("pen holder", length_m=(0.085, 0.13), synonyms=("pencil holder", "pencil cup", "pen cup"), symmetry="revolution")
def pen_holder(radius: float = 0.041, height: float = 0.1, flare: float = 1.04, wires: int = 12) -> Template:
    """A cup of wire mesh for pens."""
    wall = 0.0018
    body, frames = vessel([(radius, 0), (radius * (1 + flare) / 2, height / 2), (radius * flare, height)], wall, 0.004,
                          (70, 72, 80), DARK)
    t = np.linspace(0, 1, 9)
    spirals = []
    for sign in (-1, 1):
        for start in np.linspace(0, 2 * np.pi, wires, endpoint=False):
            turn, r = start + sign * 1.3 * t, radius * (1 + (flare - 1) * t)
            spirals.append(tube(np.column_stack([r * np.cos(turn), height * (0.02 + 0.96 * t), r * np.sin(turn)]), 0.0011, STEEL,
                                4))
    rings = [lathe([(r - 0.0018, y - 0.0025), (r + 0.0022, y - 0.0025), (r + 0.0022, y + 0.0025), (r - 0.0018, y + 0.0025),
                    (r - 0.0018, y - 0.0025)], colour=STEEL) for r, y in ((radius * flare, height - 0.002), (radius, 0.0025))]
    return canonical({"body": body, "mesh": joined(*spirals), "rims": joined(*rings)}, frames)


@category("headphones", length_m=(0.16, 0.22), synonyms=("headset", "pair of headphones"), plural="headphones", fronted=True,
          symmetry="half-turn")
def headphones(radius: float = 0.088, cup: float = 0.04, drop: float = 0.03) -> Template:
    """Headphones as worn: the band on top, a padded cup at either side."""
    angles = np.radians(np.linspace(-4, 184, 33))
    spoke = np.column_stack([np.cos(angles), np.sin(angles), 0 * angles])

    def bow(r: float, thick: float, wide: float, part: slice, colour: Colour) -> trimesh.Trimesh:
        return lofted([oblong(tuple(r * d), tuple(thick * d), (0, 0, wide)) for d in spoke[part]], colour)

    band = joined(bow(radius, 0.003, 0.013, slice(None), DARK), bow(radius - 0.006, 0.005, 0.014, slice(7, 26), BLACK))
    shell = [(0, 0), (0.9 * cup, 0), (cup, 0.006), (cup, 0.012), (0.82 * cup, 0.022), (0.5 * cup, 0.026), (0, 0.026)]
    cushion = [(0.5 * cup, -0.002), (0.5 * cup, -0.008), (0.62 * cup, -0.015), (0.85 * cup, -0.015), (cup, -0.008),
               (0.96 * cup, 0.002), (0.5 * cup, -0.002)]
    shells: list[trimesh.Trimesh] = []
    pads: list[trimesh.Trimesh] = []
    posts = []
    for side in (-1, 1):
        for profile, colour, group in ((shell, RED, shells), (cushion, BLACK, pads)):
            part = turned(lathe(profile, colour=colour), -side * 90, (0, 0, 1))
            part.vertices = part.vertices * [1, 1.12, 1] + [side * (radius - 0.007), -drop, 0]
            group.append(part)
        posts.append(box((0.006, drop + 0.01, 0.02), (side * radius, -drop / 2, 0), STEEL))
    return canonical({"band": band, "cups": joined(*shells), "pads": joined(*pads), "posts": joined(*posts)},
                     {"fit": Frame.at((0, radius - 0.011, 0), (0, -1, 0), (radius - 0.011, cup + 0.022))})


@category("camera", length_m=(0.11, 0.17), synonyms=("photo camera", "digital camera", "dslr", "dslr camera"), fronted=True)
def camera(width: float = 0.135, height: float = 0.085, lens: float = 0.06, flash: bool = False) -> Template:
    """A reflex camera, its lens toward the front."""
    deep, r = 0.05, 0.41 * height
    body = rounded((width, height, deep), 0.009, (0, height / 2, 0), BLACK, 3)
    band = rounded((width + 0.001, 0.5 * height, deep + 0.001), 0.008, (0, 0.45 * height, 0), DARK, 3)
    grip = rounded((0.2 * width, 0.92 * height, 0.03), 0.012, (-0.4 * width, 0.47 * height, deep / 2 + 0.004), BLACK, 3)
    hump = lofted([oblong((0, y, 0.002), (w, 0, 0), (0, 0, d)) for y, w, d in (
        (height - 0.01, 0.24 * width, 0.026), (height + 0.01, 0.18 * width, 0.026), (height + 0.02, 0.12 * width, 0.02))], BLACK)
    x, z = 0.03 * width, deep / 2
    barrel = _along_z([(0, 0), (r, 0), (r, 0.12 * lens), (0.92 * r, 0.16 * lens), (0.92 * r, 0.55 * lens), (0.98 * r, 0.6 * lens),
                       (0.98 * r, lens), (0.82 * r, lens), (0.7 * r, 0.86 * lens), (0, 0.86 * lens)], BLACK)
    ring = _along_z([(0, 0.25 * lens), (0.97 * r, 0.25 * lens), (0.97 * r, 0.48 * lens), (0, 0.48 * lens)], (92, 94, 102))
    glass = _along_z([(0, 0.8 * lens), (0.7 * r, 0.8 * lens), (0.68 * r, 0.87 * lens), (0.4 * r, 0.92 * lens), (0, 0.94 * lens)],
                     (110, 130, 190))
    for part in (barrel, ring, glass):
        part.apply_translation((x, 0.46 * height, z - 0.002))
    button = cylinder(0.0065, 0.01, (-0.38 * width, height + 0.002, 0.012), colour=STEEL)
    dial = cylinder(0.01, 0.012, (0.34 * width, height + 0.002, 0), colour=STEEL)
    parts = {"body": joined(body, band, grip, hump), "lens": joined(barrel, ring), "glass": glass,
             "controls": joined(button, dial)}
    if flash:
        parts["flash"] = joined(box((0.02, 0.014, 0.02), (0, height + 0.022, 0), BLACK),
                                rounded((0.05, 0.026, 0.026), 0.004, (0, height + 0.036, 0.004), DARK, 2),
                                box((0.04, 0.016, 0.003), (0, height + 0.036, 0.0175), WHITE))
    return canonical(parts, {"nose": Frame.at((x, 0.46 * height, z + lens - 0.002), (0, 0, 1), (0.8 * r, 0)),
                             "foot": Frame.at((0, 0, 0), (0, -1, 0), (0.25 * width, 0.4 * deep))})


@category("tripod", length_m=(1.0, 1.6), synonyms=("camera tripod",), mass="medium")
def tripod(height: float = 1.3, spread_deg: float = 22.0, neck: float = 0.2, plate: float = 0.045) -> Template:
    """A tripod standing on its three spread legs, a level plate on top."""
    hub = height - neck
    foot = hub * np.tan(np.radians(spread_deg))
    upper, lower, braces, sole = [], [], [], np.array([0, 0.02, 0])
    for k in range(3):
        out = np.array([np.sin(2 * np.pi * k / 3), 0, np.cos(2 * np.pi * k / 3)])
        top, toe = 0.035 * out + [0, hub, 0], foot * out
        knee = top + 0.55 * (toe - top)
        upper.append(tube([top, knee], 0.017, BLACK, 12))
        lower += [tube([knee + 0.04 * (top - toe), toe + sole], 0.0105, STEEL, 12), ball(0.02, tuple(toe + sole), BLACK, 2)]
        braces.append(tube([(0, 0.62 * hub, 0), top + 0.42 * (toe - top)], 0.006, STEEL, 8))
    column = cylinder(0.014, height - 0.55 * hub, (0, (height + 0.55 * hub) / 2 - 0.02, 0), colour=STEEL)
    crown = joined(cylinder(0.05, 0.06, (0, hub, 0), colour=BLACK), ball(0.03, (0, height - 0.045, 0), BLACK, 2),
                   cylinder(plate, 0.022, (0, height - 0.011, 0), colour=BLACK), cylinder(0.022, 0.05, (0, 0.6 * hub, 0),
                                                                                          colour=BLACK))
    return canonical({"legs": joined(*upper), "feet": joined(*lower), "braces": joined(*braces), "column": column, "head": crown},
                     {"mount": Frame.at((0, height, 0), half=plate)})


@category("telescope", length_m=(0.45, 0.9), synonyms=("spyglass", "refractor"), mass="medium")
def telescope(length: float = 0.62, radius: float = 0.04, finder: bool = True) -> Template:
    """A telescope's tube looking toward +z, with the saddle it is mounted by."""
    a, b = -length / 2, length / 2
    tube_ = _along_z([(0, a + 0.12), (radius, a + 0.12), (radius, b - 0.1), (0, b - 0.1)], WHITE)
    shade = _along_z([(0, b - 0.11), (1.2 * radius, b - 0.11), (1.2 * radius, b), (1.1 * radius, b), (1.1 * radius, b - 0.07),
                      (0, b - 0.07)], DARK)
    lens = _along_z([(0, b - 0.08), (1.12 * radius, b - 0.08), (0.6 * radius, b - 0.06), (0, b - 0.055)], GLASS)
    tail = _along_z([(0, a + 0.02), (0.45 * radius, a + 0.02), (0.45 * radius, a + 0.08), (0.8 * radius, a + 0.085),
                     (radius, a + 0.125), (0, a + 0.125)], DARK)
    bend = joined(cylinder(0.5 * radius, 0.05, (0, 0, a + 0.022), (0, 0, 1), BLACK),
                  cylinder(0.42 * radius, 0.07, (0, 0.045, a + 0.016), (0, 1, 0), BLACK, top=0.5 * radius))
    knobs = cylinder(0.012, 3.2 * radius, (0, -0.01, a + 0.1), (1, 0, 0), STEEL)
    low = -radius - 0.05
    saddle = joined(cylinder(1.12 * radius, 0.03, (0, 0, 0.05), (0, 0, 1), DARK),
                    cylinder(1.12 * radius, 0.03, (0, 0, -0.05), (0, 0, 1), DARK),
                    rounded((0.04, 0.03, 0.16), 0.006, (0, -1.1 * radius, 0), DARK, 2),
                    cylinder(0.026, radius + 0.02, (0, low + (radius + 0.02) / 2, 0), colour=DARK))
    parts = {"tube": tube_, "shade": shade, "lens": lens, "eyepiece": joined(tail, bend, knobs), "saddle": saddle}
    if finder:
        y, z = radius + 0.03, a + 0.19
        parts["finder"] = joined(_along_z([(0, z - 0.06), (0.011, z - 0.06), (0.011, z + 0.03), (0.016, z + 0.05),
                                           (0.016, z + 0.08), (0, z + 0.08)],
                                          BLACK, 24), box((0.008, 0.04, 0.016), (0, -0.015, z), BLACK))
        parts["finder"].apply_translation((0, y, 0))
    return canonical(parts, {"nose": Frame.at((0, 0, b), (0, 0, 1), (radius, 0)),
                             "foot": Frame.at((0, low, 0), (0, -1, 0), 0.026)})


@category("paper clip", length_m=(0.028, 0.05), synonyms=("paperclip",), mass="featherlight")
def paper_clip(length: float = 0.036, width: float = 0.011, wire: float = 0.0007) -> Template:
    """A bent wire clip lying flat along x, its open end toward +x."""
    r = width / 2
    right, left, inner = length / 2 - r, -length / 2 + 0.8 * r, length / 2 - 1.3 * r
    path = np.concatenate([
        [(-0.22 * length, 0, -r), (-0.1 * length, 0, -r)], arc((right, 0, 0), r, -90, 90, "xz", 13), [(0, 0, r)],
        arc((left, 0, 0.2 * r), 0.8 * r, 90, 270, "xz", 13), [(0, 0, -0.6 * r)],
        arc((inner, 0, -0.05 * r), 0.55 * r, -90, 90, "xz", 11), [(-0.1 * length, 0, 0.5 * r), (-0.2 * length, 0, 0.5 * r)]])
    return canonical({"wire": tube(path, wire, (120, 134, 160), 10)}, {"jaw": Frame.at((0.8 * inner, 0, 0), (1, 0, 0))})


@category("newspaper", length_m=(0.26, 0.36), synonyms=("folded newspaper", "daily paper"), symmetry="half-turn")
def newspaper(width: float = 0.31, depth: float = 0.22, thickness: float = 0.016, columns: int = 4) -> Template:
    """A folded newspaper lying with its front page up, its fold toward the viewer."""
    grey, fold = (226, 224, 214), thickness / 2
    leaves = [box((width, 0.82 * thickness / 4, depth - fold - gap), (0, (i + 0.5) * thickness / 4, -fold / 2 + gap / 2),
                  (232, 230, 222) if i % 2 else (206, 204, 196))
              for i, gap in enumerate((0.0, 0.004, 0.002, 0.0))]
    page = box((width, 0.22 * thickness, depth - fold), (0, 0.89 * thickness, -fold / 2), grey)
    crease = cylinder(fold, width, (0, fold, depth / 2 - fold), (1, 0, 0), grey)
    y, left, pitch = thickness, -0.46 * width, 0.92 * width / columns
    title = box((0.8 * width, 0.0008, 0.11 * depth), (0, y, -0.38 * depth), BLACK)
    rule = box((0.92 * width, 0.0008, 0.004), (0, y, -0.28 * depth), BLACK)
    photo = box((1.85 * pitch, 0.0008, 0.3 * depth), (left + pitch, y, -0.08 * depth), (120, 122, 126))
    lines = [box((0.86 * pitch, 0.0008, 0.008), (left + (i + 0.5) * pitch, y, z * depth), INK)
             for i in range(columns) for z in np.arange(-0.22, 0.42, 0.065) if i > 1 or z > 0.1]
    return canonical({"leaves": joined(*leaves), "page": joined(page, crease), "print": joined(title, rule, photo, *lines)},
                     {"surface": Frame.at((0, y + 0.0004, 0), half=(width / 2, depth / 2))})


@category("coin", length_m=(0.021, 0.035), synonyms=("metal coin", "silver coin", "gold coin"), symmetry="revolution",
          mass="featherlight")
def coin(radius: float = 0.013, thickness: float = 0.0022, core: float = 0.0085) -> Template:
    """A coin lying flat: a silver rim around a golden core with a one on it."""
    t, gold = thickness, (222, 178, 84)
    rim = lathe([(0, 0.0003), (0.86 * radius, 0.0003), (0.89 * radius, 0), (radius - 0.0002, 0), (radius, 0.0002),
                 (radius, t - 0.0002), (radius - 0.0002, t), (0.89 * radius, t), (0.86 * radius, t - 0.0003), (0, t - 0.0003)],
                colour=(200, 204, 210), sections=64)
    middle = lathe([(0, 0.0001), (core, 0.0001), (core, t - 0.0001), (0, t - 0.0001)], colour=gold)
    one = joined(box((0.22 * core, 0.0003, 1.1 * core), (0, t, 0), DEEP_WOOD),
                 box((0.7 * core, 0.0003, 0.16 * core), (0, t, 0.5 * core), DEEP_WOOD),
                 turned(box((0.4 * core, 0.0003, 0.16 * core), (-0.14 * core, t, -0.46 * core), DEEP_WOOD), 35, (0, 1, 0),
                        (0, 0, -0.46 * core)))
    dots = repeated(cylinder(0.0005, 0.0004, colour=INK, sections=8),
                    [(0.75 * radius * np.sin(a), t - 0.0002, 0.75 * radius * np.cos(a))
                                                                      for a in np.linspace(0, 2 * np.pi, 12, endpoint=False)])
    return canonical({"rim": rim, "core": middle, "relief": joined(one, dots)},
                     {"centre": Frame.at((0, t / 2, 0), half=radius), "surface": Frame.at((0, t, 0), half=0.7 * radius)})


@category("envelope", length_m=(0.15, 0.26), synonyms=("letter", "mailing envelope"), symmetry="half-turn", mass="featherlight")
def envelope(width: float = 0.2, depth: float = 0.13, thickness: float = 0.005, seal: bool = True) -> Template:
    """A closed envelope lying with its flap up."""
    x, z, t = width / 2, depth / 2, thickness
    body = hull([*oblong((0, 0, 0), (x - 0.002, 0, 0), (0, 0, z - 0.002)), *oblong((0, t / 2, 0), (x, 0, 0), (0, 0, z)),
                 *oblong((0, t, 0), (x - 0.002, 0, 0), (0, 0, z - 0.002))], CREAM)
    flap = hull([(s * (x - 0.002), t + y, -z + 0.002) for s in (-1, 1) for y in (0.0, 0.0008)]
                + [(0, t + y, 0.12 * depth) for y in (0, 0.0008)], (226, 212, 178))
    seams = [tube([(s * (x - 0.004), t, z - 0.004), (0, t, 0.05 * depth)], 0.0008, (176, 160, 124), 6) for s in (-1, 1)]
    edges = [tube([(s * (x - 0.002), t + 0.0006, -z + 0.002), (0, t + 0.0006, 0.12 * depth)], 0.0009, (150, 134, 100), 6)
             for s in (-1, 1)]
    parts = {"body": body, "flap": flap, "seams": joined(*seams, *edges)}
    if seal:
        parts["seal"] = cylinder(0.075 * depth, 0.003, (0, t + 0.001, 0.1 * depth), colour=RED)
    return canonical(parts, {"surface": Frame.at((0, t + (0.0025 if seal else 0.0012), 0), half=(x, z))})


@category("printer", length_m=(0.36, 0.52), synonyms=("computer printer", "inkjet printer", "laser printer"), fronted=True,
          mass="medium")
def printer(width: float = 0.43, depth: float = 0.32, height: float = 0.17, feeder: bool = True) -> Template:
    """A printer with a printed sheet in its front tray and perhaps a paper feeder at the back."""
    z = depth / 2
    lower = rounded((width, 0.62 * height, depth), 0.012, (0, 0.31 * height, 0), (92, 96, 104), 3)
    upper = rounded((width + 0.006, 0.45 * height, depth + 0.006), 0.014, (0, 0.775 * height, 0), PORCELAIN, 3)
    slot = box((0.66 * width, 0.3 * height, 0.02), (0, 0.34 * height, z - 0.008), BLACK)
    tray = box((0.62 * width, 0.008, 0.15), (0, 0.2 * height, z + 0.06), DARK)
    sheet = box((0.5 * width, 0.003, 0.16), (0, 0.2 * height + 0.006, z + 0.04), PAPER)
    text = repeated(box((0.36 * width, 0.001, 0.005), colour=INK),
                    [(0, 0.2 * height + 0.0078, z + d) for d in (0.03, 0.05, 0.07, 0.09)])
    panel = box((0.3 * width, 0.05, 0.008), (-0.26 * width, 0.82 * height, z + 0.002), DARK)
    view = box((0.14 * width, 0.034, 0.003), (-0.3 * width, 0.82 * height, z + 0.0065), SKY)
    buttons = repeated(cylinder(0.007, 0.006, axis=(0, 0, 1), colour=GREEN, sections=16),
                       [(-0.19 * width + d, 0.82 * height, z + 0.006) for d in (0, 0.024)])
    parts = {"lower": lower, "upper": upper, "tray": joined(slot, tray), "paper": joined(sheet, text),
             "panel": joined(panel, view, buttons)}
    if feeder:
        parts["feeder"] = joined(*(turned(box((w, 0.2, t), (0, height + 0.07, -z + 0.03 + dz), colour), -18, (1, 0, 0),
                                          (0, height, -z + 0.03))
                                   for w, t, dz, colour in ((0.6 * width, 0.01, 0, DARK), (0.5 * width, 0.005, 0.008, PAPER))))
    deep = z - 0.05 if feeder else z - 0.012
    return canonical(parts, {"surface": Frame.at((0, height, z - 0.01 - deep), half=(width / 2 - 0.01, deep))})


@category("typewriter", length_m=(0.34, 0.48), fronted=True, mass="medium")
def typewriter(width: float = 0.34, roller: float = 0.023, sheet: float = 0.15, columns: int = 10) -> Template:
    """A typewriter, its keys toward the viewer, a sheet of paper in its carriage."""
    teal = (64, 128, 128)
    body = _profiled([(0.16, 0), (0.165, 0.028), (0.04, 0.07), (0.036, 0.1), (0.02, 0.108), (-0.145, 0.108), (-0.155, 0)], width,
                     teal)
    bed = _profiled([(0.152, 0.025), (0.152, 0.034), (0.042, 0.071), (0.042, 0.06)], 0.88 * width, BLACK)
    rows = (0.056, 0.08, 0.104, 0.128)
    pitch = 0.82 * width / columns
    spots = [((i - (columns - 1) / 2 + 0.25 * (j % 2 * 2 - 1)) * pitch, 0.084 - 0.336 * (z - 0.04), z) for j,
             z in enumerate(rows) for i in range(columns)]
    keys = joined(repeated(cylinder(0.0092, 0.005, colour=CREAM, sections=16), spots),
                  repeated(cylinder(0.0103, 0.004, colour=STEEL, sections=16), np.array(spots) - [0, 0.002, 0]))
    stems = repeated(cylinder(0.002, 0.02, colour=STEEL, sections=6), np.array(spots) - [0, 0.011, 0])
    space = rounded((0.46 * width, 0.008, 0.013), 0.003, (0, 0.05, 0.15), CREAM, 2)
    y, z = 0.108 + 0.75 * roller, -0.085
    basket = box((0.4 * width, 0.003, 0.05), (0, 0.108, -0.01), BLACK)
    platen = cylinder(roller, 1.04 * width, (0, y, z), (1, 0, 0), BLACK)
    knobs = [cylinder(0.85 * roller, 0.02, (s * 0.56 * width, y, z), (1, 0, 0), DARK) for s in (-1, 1)]
    axle = cylinder(0.006, 1.14 * width, (0, y, z), (1, 0, 0), STEEL)
    lever = tube([(-0.5 * width, y + 0.5 * roller, z), (-0.53 * width, y + roller, z + 0.06)], 0.004, STEEL, 8)
    page = turned(box((0.62 * width, sheet, 0.003), (0, y + sheet / 2, z - roller - 0.002), PAPER), -12, (1, 0, 0), (0, y, z))
    lines = [turned(box((0.46 * width, 0.004, 0.002), (0, y + d * sheet, z - roller), INK), -12, (1, 0, 0), (0, y, z))
             for d in (0.5, 0.62, 0.74)]
    return canonical({"body": joined(body, bed, basket), "keys": keys, "stems": joined(stems, space),
                      "carriage": joined(platen, *knobs, axle, lever),
                      "paper": joined(page, *lines)}, {"surface": Frame.at((0, 0.1095, -0.01), half=(0.45 * width, 0.03))})
