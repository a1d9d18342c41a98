"""Templates of furniture, of what hangs in the hall, and of things about the house."""

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
    PALE_WOOD,
    PORCELAIN,
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
    corners,
    cylinder,
    hoop,
    hull,
    joined,
    lathe,
    leaf,
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

LEATHER: Colour = (150, 88, 52)
OLIVE: Colour = (96, 112, 78)
FELT: Colour = (112, 92, 78)
CAMEL: Colour = (188, 146, 98)
RUST: Colour = (182, 92, 62)
EARTH: Colour = (84, 60, 44)


def _legs(x: float, z: float, height: float, thick: float, colour: Colour, splay: float = 0.0) -> trimesh.Trimesh:
    """Four square legs tapering down from (+-x, height, +-z), their feet `splay` farther out."""
    return joined(*(lofted([oblong((px + s * np.sign(px) * splay, y, pz + s * np.sign(pz) * splay), (w / 2, 0, 0), (0, 0, w / 2))
                            for y, w, s in ((0, 0.65 * thick, 1), (height, thick, 0))], colour)
                    for px, _, pz in corners(x, 0, z)))


def _strap(path: ArrayLike, wide: Point, thick: float, colour: Colour) -> trimesh.Trimesh:
    """A flat belt along a path: `wide` is half its width as a vector across the path."""
    points = np.asarray(path, float)
    normal = np.cross(np.gradient(points, axis=0), wide)
    normal *= thick / 2 / np.linalg.norm(normal, axis=1, keepdims=True)
    return lofted([oblong((x, y, z), wide, (a, b, c)) for (x, y, z), (a, b, c) in zip(points, normal, strict=True)], colour)


def _turned_ring(profile: ArrayLike, colour: Colour, sections: int = 56) -> trimesh.Trimesh:
    """A closed profile of (radius, height) points away from the axis, turned about y."""
    return hoop([ring((0, y, 0), (r, 0, 0), (0, 0, r), sections) for r, y in np.asarray(profile, float)], colour)


@category("hat", length_m=(0.27, 0.38), synonyms=("fedora", "felt hat", "brimmed hat"), symmetry="half-turn", mass="featherlight",
          ranges={"brim": (0.055, 0.085), "height": (0.1, 0.14)})
def hat(brim: float = 0.065, crown: float = 0.095, height: float = 0.12, band: bool = True) -> Template:
    """A felt hat with a dented crown, lying on its brim."""
    wall, rim = 0.004, crown + brim
    outside = [(rim, 0.012), (crown + 0.3 * brim, 0.003), (crown, 0.004), (0.97 * crown, 0.02), (0.93 * crown, 0.35 * height),
               (0.88 * crown, 0.7 * height), (0.8 * crown, 0.92 * height), (0.66 * crown, height), (0.35 * crown, height),
               (0, height)]
    inside = [(0, height - wall), (0.33 * crown, height - wall), (0.63 * crown, height - wall), (0.76 * crown, 0.91 * height),
              (0.84 * crown, 0.68 * height), (0.93 * crown - wall, 0.33 * height), (0.97 * crown - wall, 0.018),
              (crown - wall, 0), (crown + 0.3 * brim, 0), (rim, 0.009)]
    felt = lathe([(0, height), *outside[-2::-1], *inside[::-1]], colour=FELT, sections=56)
    parts = {"hat": felt}
    if band:
        shell = [(1.01 * crown, 0.005), (0.985 * crown, 0.02), (0.955 * crown, 0.3 * height), (0.9 * crown, 0.31 * height),
                 (0.92 * crown, 0.02), (0.95 * crown, 0.005)]
        parts["band"] = _turned_ring(shell, SOOT)
    dent = 0.16 * height
    for part in parts.values():
        x, y, z = part.vertices.T
        drop = dent * np.exp(-((x / (0.3 * crown)) ** 2)) * np.clip(y / height - 0.6, 0, None) / 0.4
        pinch = 1 - 0.12 * np.clip(y / height - 0.4, 0, None) / 0.6
        part.vertices = np.column_stack([0.88 * x * pinch,
                                         y - drop + 0.16 * brim * (x / rim) ** 2 * (np.hypot(x, z) > 1.05 * crown), z])
    return canonical(parts, {"fit": Frame.at((0, 0, 0), (0, -1, 0), 0.9 * crown),
                             "hang": Frame.at((0, height - wall - dent, 0))})


@category("coat rack", length_m=(1.6, 1.9), stretch=0.04, synonyms=("coat stand", "hat stand", "hat rack"), symmetry="4-fold",
          mass="medium", ranges={"height": (1.6, 1.85)})
def coat_rack(height: float = 1.72, peg: float = 0.15, foot: float = 0.26, tier: bool = True) -> Template:
    """A wooden coat rack on four feet with four pegs, and a second tier of small ones."""
    pole = lathe([(0, 0.1), (0.03, 0.1), (0.03, 0.3), (0.022, 0.34), (0.019, height - 0.12), (0.024, height - 0.1),
                  (0.024, height - 0.03), (0.014, height - 0.028), (0.026, height - 0.012), (0.018, height - 0.002),
                  (0, height)], colour=DEEP_WOOD, sections=24)

    def arms(path: Array, radius: list[float]) -> trimesh.Trimesh:
        arm = tube(path, radius, DEEP_WOOD, 10)
        return joined(*(turned(arm.copy(), 90 * k, (0, 1, 0)) for k in range(4)))

    y = height - 0.09
    hook = smooth([(0, y, 0), (0, y - 0.004, 0.5 * peg), (0, y + 0.02, 0.85 * peg), (0, y + 0.06, peg)], 12)
    pegs = arms(hook, [0.012] * 10 + [0.013, 0.016])
    tips = repeated(ball(0.019, colour=DEEP_WOOD, subdivisions=2),
                    [(0, y + 0.066, peg), (0, y + 0.066, -peg), (peg, y + 0.066, 0), (-peg, y + 0.066, 0)])
    parts = {"pole": pole, "pegs": joined(pegs, tips)}
    if tier:
        low = 0.78 * height
        short = smooth([(0, low, 0), (0, low + 0.004, 0.4 * peg), (0, low + 0.035, 0.62 * peg)], 8)
        parts["small pegs"] = arms(short, [0.011] * 6 + [0.013, 0.009])
    leg = smooth([(0, 0.26, 0), (0, 0.2, 0.3 * foot), (0, 0.06, 0.8 * foot), (0, 0.016, foot)], 12)
    parts["feet"] = arms(leg, [0.019] * 10 + [0.017, 0.016])
    return canonical(parts, {"peg": Frame.at((0, y + 0.009, 0.55 * peg), (0, 0, 1), (peg, 0))})


@category("wall hook", length_m=(0.09, 0.16), synonyms=("coat hook", "hook"), fronted=True)
def wall_hook(height: float = 0.12, width: float = 0.05, reach: float = 0.06, lower: bool = True) -> Template:
    """A brass hook on a wooden back plate, facing the viewer."""
    plate = rounded((width, height, 0.014), 0.006, (0, 0, -0.007), WOOD, 3)
    base = turned(lathe([(0, -0.002), (0.3 * width, -0.002), (0.3 * width, 0.004), (0.2 * width, 0.01), (0, 0.01)], colour=BRASS),
                  90, (1, 0, 0))
    top = 0.3 * height
    path = smooth([(0, 0.06 * height, 0.006), (0, 0.04 * height, 0.5 * reach), (0, 0.12 * height, 0.86 * reach), (0, top, reach)],
                  14)
    parts = {"plate": plate, "hook": joined(base, tube(path, np.linspace(0.0065, 0.005, 14).tolist(), BRASS, 14),
                                            ball(0.009, (0, top + 0.004, reach), BRASS, 2))}
    if lower:
        small = smooth([(0, -0.04 * height, 0.004), (0, -0.3 * height, 0.22 * reach), (0, -0.34 * height, 0.5 * reach),
                        (0, -0.24 * height, 0.62 * reach)], 12)
        parts["lower hook"] = joined(tube(small, 0.005, BRASS, 12), ball(0.0075, (0, -0.22 * height, 0.62 * reach), BRASS, 2))
    parts["screws"] = joined(*(cylinder(0.0036, 0.002, (0, s * 0.41 * height, 0), (0, 0, 1), STEEL, sections=14)
                               for s in (-1, 1)))
    return canonical(parts, {"peg": Frame.at((0, 0.05 * height + 0.0065, 0.55 * reach), (0, 0, 1), (reach, 0))})


@category("coat", length_m=(0.9, 1.25), stretch=0.05, synonyms=("overcoat", "trench coat", "winter coat"), fronted=True,
          mass="medium", ranges={"length": (0.95, 1.15)})
def coat(length: float = 1.05, shoulder: float = 0.23, hem: float = 0.26, belt: bool = True) -> Template:
    """A coat as it hangs, buttoned, its front toward the viewer."""
    levels = [(0, hem, 0.105), (0.25 * length, 0.9 * hem, 0.1), (0.52 * length, 0.175, 0.085), (0.7 * length, 0.19, 0.09),
              (0.86 * length, 0.86 * shoulder, 0.085), (0.915 * length, 0.75 * shoulder, 0.07), (0.955 * length, 0.075, 0.055)]
    body = lofted([ring((0, y, 0), (x, 0, 0), (0, 0, z), 40) for y, x, z in levels], CAMEL)
    sleeves, cuffs = [], []
    for s in (-1, 1):
        path = smooth([(s * 0.7 * shoulder, 0.89 * length, 0), (s * (shoulder + 0.01), 0.84 * length, 0),
                       (s * (shoulder + 0.055), 0.62 * length, 0.01), (s * (shoulder + 0.075), 0.38 * length, 0.03)], 14)
        sleeves.append(tube(path, np.linspace(0.066, 0.054, 14).tolist(), CAMEL, 16))
        cuffs.append(tube(path[11:13], [0.058, 0.0575], FELT, 16))
    dark: Colour = (158, 118, 76)
    lapel = ((0.05, 0.97, 0.04, 0.03), (0.055, 0.93, 0.078, 0.05), (0.045, 0.84, 0.092, 0.052), (0.012, 0.7, 0.093, 0.006))
    collar = [lofted([oblong((s * x, y * length, z), (s * w, 0, 0), (0, 0.004, 0.006)) for x, y, z, w in lapel], dark)
              for s in (-1, 1)]
    neck = _turned_ring([(0.062, 0.93 * length), (0.085, 0.93 * length), (0.078, 0.985 * length), (0.06, length),
                         (0.056, 0.985 * length)], dark, 32)
    neck.vertices *= [1, 1, 0.8]
    front = [(0.0, 0.002, 0.106), (0.0, 0.25 * length, 0.101), (0, 0.52 * length, 0.086), (0, 0.7 * length, 0.091)]
    flap = _strap(smooth(front, 12), (0.004, 0, 0), 0.004, (120, 86, 54))
    spots = [(s * 0.045, y * length, z) for y, z in ((0.38, 0.094), (0.5, 0.087), (0.62, 0.089)) for s in (-1, 1)]
    buttons = repeated(cylinder(0.013, 0.012, axis=(0, 0, 1), colour=SOOT, sections=14), spots)
    pockets = [box((0.11, 0.022, 0.02), (s * 0.12, 0.4 * length, 0.083), dark) for s in (-1, 1)]
    parts = {"body": body, "sleeves": joined(*sleeves), "cuffs": joined(*cuffs), "collar": joined(*collar, neck),
             "front": joined(flap, *pockets), "buttons": buttons}
    if belt:
        parts["belt"] = joined(lofted([ring((0, y, 0), (0.181, 0, 0), (0, 0, 0.09), 40)
                                       for y in (0.535 * length, 0.575 * length)], FELT),
                               box((0.05, 0.055, 0.012), (0, 0.555 * length, 0.093), BRASS))
    return canonical(parts, {"hang": Frame.at((0, 0.975 * length, -0.045)), "centre": Frame.at((0, length / 2, 0))})


@category("handbag", length_m=(0.28, 0.45), synonyms=("purse", "shoulder bag", "tote bag"), ranges={"strap": (0.12, 0.2)})
def handbag(width: float = 0.32, height: float = 0.22, depth: float = 0.12, strap: float = 0.16) -> Template:
    """A leather handbag with an open top, a clasp in front and its strap up."""
    wall, x, z = 0.006, width / 2, depth / 2
    levels = ((0, 0.95, 1.0), (0.02 * height, 1, 1.04), (0.5 * height, 0.94, 0.9), (height, 0.84, 0.72))
    outer = [squircle(a * x, y, b * z, 4.0) for y, a, b in levels]
    inner = [squircle(a * x - wall, max(y, wall), b * z - wall, 4.0) for y, a, b in levels[:0:-1]]
    body = lofted([*outer, *inner], LEATHER)
    rims = [squircle(a * x, y, b * z, 4.0) for y, a, b in ((0.001, 0.96, 1.01), (0.09 * height, 1.005, 1.04))]
    base = lofted([*rims, *(loop * [0.97, 1, 0.94] for loop in rims[::-1])], (104, 58, 36))
    foot = 0.8 * x
    bow = smooth([(-foot, 0.82 * height, 0), (-0.8 * foot, height + 0.55 * strap, 0), (0, height + strap, 0),
                  (0.8 * foot, height + 0.55 * strap, 0), (foot, 0.82 * height, 0)], 28)
    loop = _strap(bow, (0, 0, 0.012), 0.006, (104, 58, 36))
    rings = [cylinder(0.016, 0.01, (s * 0.86 * x, 0.84 * height, 0), (1, 0, 0), BRASS, sections=20) for s in (-1, 1)]
    tab = lofted([oblong((0, y, dz), (0.028, 0, 0), (0, 0, 0.004)) for y, dz in (
        (0.62 * height, 0.84 * z), (0.8 * height, 0.81 * z), (height + 0.004, 0.73 * z))], (104, 58, 36))
    clasp = cylinder(0.014, 0.012, (0, 0.67 * height, 0.87 * z), (0, 0, 1), BRASS, sections=24)
    return canonical({"body": body, "base": base, "strap": loop, "rings": joined(*rings), "tab": tab, "clasp": clasp},
                     {"hang": Frame.at((0, height + strap - 0.004, 0)),
                      "opening": Frame.at((0, height, 0), half=(0.7 * x, 0.55 * z)),
                      "floor": Frame.at((0, wall, 0), half=(0.75 * x, 0.75 * z))})


@category("backpack", length_m=(0.4, 0.56), synonyms=("rucksack", "school bag", "knapsack"), fronted=True)
def backpack(width: float = 0.31, height: float = 0.45, depth: float = 0.17, pockets: bool = True) -> Template:
    """A backpack standing upright, its pocket toward the viewer and its straps behind."""
    x, z = width / 2, depth / 2
    navy: Colour = (44, 66, 112)
    bag: Colour = (62, 96, 160)
    levels = ((0, 0.93, 0.9), (0.02, 1, 1), (0.5 * height, 1, 0.98), (0.78 * height, 0.95, 0.9), (0.92 * height, 0.72, 0.68),
              (0.985 * height, 0.4, 0.4), (height, 0.2, 0.2))
    body = lofted([squircle(a * x, y, b * z, 3.2) for y, a, b in levels], bag)
    pocket = rounded((1.4 * x, 0.42 * height, 0.06), 0.024, (0, 0.26 * height, z + 0.012), navy, 4)
    zips = [box((1.2 * x, 0.007, 0.064), (0, 0.4 * height, z + 0.012), YELLOW)]
    zips.append(tube(smooth([(-0.86 * x, 0.6 * height, 0.82 * z), (-0.72 * x, 0.82 * height, 0.72 * z),
                             (0, 0.95 * height, 0.55 * z),
                             (0.72 * x, 0.82 * height, 0.72 * z), (0.86 * x, 0.6 * height, 0.82 * z)], 24), 0.006, YELLOW, 8))
    straps = []
    for s in (-1, 1):
        path = smooth([(s * 0.3 * x, 0.93 * height, -0.4 * z), (s * 0.4 * x, 0.84 * height, -z - 0.03),
                       (s * 0.56 * x, 0.5 * height, -z - 0.055),
                       (s * 0.72 * x, 0.14 * height, -z - 0.02), (s * 0.7 * x, 0.08 * height, -0.85 * z)], 20)
        straps.append(_strap(path, (0.03, 0, 0), 0.012, navy))
    loop = tube(smooth([(-0.12, 0.93 * height, -0.3 * z), (-0.06, height + 0.024, -0.3 * z), (0.06, height + 0.024, -0.3 * z),
                        (0.12, 0.93 * height, -0.3 * z)] * np.array([0.5, 1, 1]), 16), 0.007, navy, 10)
    parts = {"bag": body, "pocket": pocket, "zips": joined(*zips), "straps": joined(*straps), "loop": loop}
    if pockets:
        side = rounded((0.05, 0.34 * height, 1.1 * z), 0.022, (0, 0.2 * height, 0), navy, 3)
        parts["side pockets"] = repeated(side, [(s * (x + 0.004), 0, 0) for s in (-1, 1)])
    return canonical(parts, {"hang": Frame.at((0, height + 0.012, -0.3 * z)), "centre": Frame.at((0, height / 2, 0))})


@category("television", length_m=(0.85, 1.5), stretch=0.05, fronted=True,
          synonyms=("tv", "television set", "tv set", "flat screen"),
          mass="medium")
def television(width: float = 1.15, height: float = 0.66, foot: float = 0.24, soundbar: bool = False) -> Template:
    """A flat television on two feet, colour bars on its screen."""
    lift, edge, front = 0.07, 0.016, 0.018
    frame = rounded((width, height, 0.036), 0.01, (0, lift + height / 2, 0), BLACK, 3)
    back = rounded((0.7 * width, 0.6 * height, 0.05), 0.015, (0, lift + 0.42 * height, -0.03), DARK, 3)
    wide, tall, low = width - 2 * edge, height - 2.4 * edge, lift + 1.4 * edge
    bars: list[Colour] = [(226, 226, 224), (222, 212, 60), (70, 196, 204), (78, 182, 78), (194, 74, 184), (204, 58, 52),
                          (54, 70, 184)]
    glow = [box((wide / 7, tall, 0.002), (wide * ((k + 0.5) / 7 - 0.5), low + tall / 2, front), c) for k, c in enumerate(bars)]
    strip = [box((wide / 4, 0.2 * tall, 0.0034), (wide * ((k + 0.5) / 4 - 0.5), low + 0.1 * tall, front), c)
             for k, c in enumerate([(36, 40, 90), (236, 236, 234), (70, 40, 100), (26, 26, 30)])]
    feet = [joined(tube([(s * 0.33 * width, lift + 0.02, 0), (s * 0.35 * width, 0.008, d * foot / 2)], 0.0085, STEEL, 10),
                   ball(0.0085, (s * 0.35 * width, 0.0085, d * foot / 2), STEEL, 1)) for s in (-1, 1) for d in (-1, 1)]
    parts = {"frame": joined(frame, back), "screen": joined(*glow), "picture": joined(*strip), "feet": joined(*feet)}
    if soundbar:
        parts["soundbar"] = rounded((0.6 * width, 0.05, 0.06), 0.015, (0, 0.026, 0.05), DARK, 3)
    return canonical(parts, {"screen": Frame.at((0, low + tall / 2, front + 0.001), (0, 0, 1), (wide / 2, tall / 2)),
                             "centre": Frame.at((0, lift + height / 2, 0))})


@category("armchair", length_m=(0.85, 1.1), synonyms=("easy chair", "lounge chair", "club chair"), fronted=True, mass="heavy")
def armchair(width: float = 0.86, depth: float = 0.84, seat: float = 0.43, height: float = 0.92) -> Template:
    """An upholstered armchair."""
    x, z, arm, foot = width / 2, depth / 2, 0.17, 0.12
    soft: Colour = (206, 122, 90)
    base = rounded((width - 0.04, 0.18, depth - 0.08), 0.03, (0, foot + 0.09, 0.01), RUST, 4)
    sides = [rounded((arm, seat + 0.2 - foot, depth - 0.06), 0.065, (s * (x - arm / 2), (seat + 0.2 + foot) / 2, 0.02), RUST, 5)
             for s in (-1, 1)]
    back = rounded((width - 0.06, height - foot - 0.02, 0.2), 0.085, (0, (height + foot) / 2 - 0.004, -z + 0.14), RUST, 5)
    inner = width - 2 * arm
    thick = max(seat - foot - 0.15, 0.1)
    cushion = rounded((inner + 0.01, thick, depth - 0.22), min(0.05, 0.4 * thick), (0, seat - thick / 2, 0.1), soft, 5)
    rest = rounded((inner + 0.005, height - seat - 0.04, 0.14), 0.06, (0, (seat + height) / 2, -z + 0.27), soft, 5)
    for leaning, low, angle in ((back, foot, -5), (rest, seat, -9)):
        turned(leaning, angle, (1, 0, 0), (0, low, float(leaning.bounds[:, 2].mean())))
    sit = Frame.at((0, seat, 0.14), half=(inner / 2, z - 0.2))
    return canonical({"frame": joined(base, *sides, back), "cushion": cushion, "back": rest,
                      "legs": _legs(x - 0.1, z - 0.12, foot + 0.02, 0.05, DEEP_WOOD, 0.02)}, {"surface": sit, "seat": sit})


@category("potted plant", length_m=(0.5, 0.9), synonyms=("rubber plant", "indoor plant", "ficus"), mass="medium",
          ranges={"leaf_size": (0.24, 0.3)})
def potted_plant(pot: float = 0.13, height: float = 0.24, leaf_size: float = 0.27, stem: float = 0.22) -> Template:
    """A tall leafy house plant in a white pot."""
    white, _ = vessel([(0.68 * pot, 0), (0.72 * pot, 0.006), (0.94 * pot, 0.8 * height), (pot, height - 0.02), (pot, height)],
                      0.01, 0.02, PORCELAIN)
    level = height - 0.025
    earth = lathe([(0, level - 0.03), (0.9 * pot, level - 0.03), (0.9 * pot, level), (0, level)], colour=EARTH)
    stalks, leaves, rng = [], [], np.random.default_rng(7)
    for k in range(13):
        turn, share = 137.5 * k, k / 12
        rise, out = level + stem * (0.25 + 0.75 * share), 0.02 + 0.06 * (1 - share)
        a = np.radians(turn)
        top: Point = (out * np.cos(a), rise, -out * np.sin(a))
        bend = (0.3 * top[0], level + 0.6 * (rise - level), 0.3 * top[2])
        stalks.append(tube([(0, level - 0.01, 0), bend, top], 0.006, (108, 126, 70), 8))
        size = leaf_size * rng.uniform(0.85, 1.05) * (1 - 0.18 * share)
        tone: Colour = (52 + 16 * (k % 3), 112 + 14 * (k % 3), 62 + 6 * (k % 3))
        leaves.append(leaf(top, size, 0.42 * size, 64 - 48 * share, turn, tone))
    parts = {"pot": white, "earth": earth, "stalks": joined(*stalks), "leaves": joined(*leaves)}
    crown = max(float(part.bounds[1, 1]) for part in parts.values())
    plane = Frame.at((0, level, 0), half=0.9 * pot)
    return canonical(parts, {"centre": Frame.at((0, level + 0.6 * (crown - level), 0)), "top": Frame.at((0, crown, 0)),
                             "opening": plane, "floor": plane})


@category("nightstand", length_m=(0.45, 0.68), synonyms=("bedside table", "night table", "bedside cabinet"), fronted=True,
          mass="heavy", ranges={"drawers": (1, 3)})
def nightstand(width: float = 0.46, height: float = 0.55, depth: float = 0.4, drawers: int = 2) -> Template:
    """A nightstand with drawers on short legs."""
    top, foot = 0.025, 0.14
    case = box((width - 0.03, height - top - foot, depth - 0.03), (0, (height - top + foot) / 2, 0), WOOD)
    board = rounded((width, top, depth), 0.009, (0, height - top / 2, 0), DEEP_WOOD, 3)
    pitch = (height - top - foot - 0.02) / drawers
    fronts = [rounded((width - 0.07, pitch - 0.02, 0.02), 0.006, (0, foot + 0.01 + (k + 0.5) * pitch, depth / 2 - 0.013),
                      PALE_WOOD, 3)
              for k in range(drawers)]
    knobs = [ball((0.016, 0.016, 0.014), (0, foot + 0.01 + (k + 0.5) * pitch, depth / 2 + 0.008), BRASS, 2)
             for k in range(drawers)]
    return canonical({"case": case, "top": board, "drawers": joined(*fronts), "knobs": joined(*knobs),
                      "legs": _legs(width / 2 - 0.05, depth / 2 - 0.05, foot + 0.01, 0.045, DEEP_WOOD, 0.015)},
                     {"surface": Frame.at((0, height, 0), half=(width / 2, depth / 2))})


@category("bench", length_m=(1.1, 1.8), synonyms=("park bench", "garden bench"), fronted=True, mass="heavy")
def bench(width: float = 1.45, depth: float = 0.5, seat: float = 0.44, height: float = 0.84) -> Template:
    """A park bench of wooden slats on iron sides."""
    x, z, deep = width / 2 - 0.12, depth / 2, (depth - 0.08) / 4
    slats = [rounded((width, 0.026, deep - 0.014), 0.007, (0, seat - 0.013, -z + 0.1 + (k + 0.5) * deep - 0.03), WOOD, 2)
             for k in range(4)]
    rise = (height - seat - 0.12) / 3
    back = [rounded((width, rise - 0.014, 0.024), 0.007, (0, seat + 0.12 + (k + 0.5) * rise, -z + 0.05), WOOD, 2)
            for k in range(3)]
    back = [turned(slat, -10, (1, 0, 0), (0, seat, -z + 0.05)) for slat in back]
    iron: Colour = (52, 62, 58)
    lean = -z + 0.035 - 0.18 * (height - seat - 0.02)
    sides = []
    for s in (-1, 1):
        sides += [tube([(s * x, 0, -z + 0.01), (s * x, seat - 0.03, -z + 0.05), (s * x, height - 0.02, lean)], 0.02, iron, 10),
                  tube([(s * x, 0, z - 0.01), (s * x, seat - 0.035, z - 0.06)], 0.02, iron, 10),
                  tube([(s * x, seat - 0.04, -z + 0.03), (s * x, seat - 0.04, z - 0.04)], 0.016, iron, 10),
                  tube(smooth([(s * x, seat + 0.2, -z + 0.0), (s * x, seat + 0.21, z - 0.1), (s * x, seat + 0.12, z - 0.03),
                               (s * x, seat - 0.05, z - 0.05)], 14), 0.016, iron, 10)]
    return canonical({"seat": joined(*slats), "back": joined(*back), "sides": joined(*sides)},
                     {"surface": Frame.at((0, seat, 0.02), half=(x - 0.03, 0.36 * depth)),
                      "clearance": Frame.at((0, seat - 0.06, 0), (0, -1, 0), (x - 0.05, z - 0.06))})


@category("picture frame", length_m=(0.5, 0.95), synonyms=("framed picture", "wall picture", "framed painting"),
          fronted=True, symmetry="half-turn about z", ranges={"height": (0.4, 0.62)})
def picture(width: float = 0.7, height: float = 0.5, frame: float = 0.05, mat: bool = True) -> Template:
    """A landscape in a gilded frame, facing the viewer."""
    depth, x, y = 0.03, width / 2, height / 2
    sides = [oblong((0, 0, z), (x - d, 0, 0), (0, y - d, 0)) for z, d in (
        (-depth / 2, 0), (0.35 * depth, 0), (depth / 2, 0.6 * frame), (depth / 2, frame), (-depth / 2, frame))]
    bars = hoop(sides, BRASS)
    board = box((width - frame, height - frame, 0.01), (0, 0, -0.008), WHITE)
    edge = 0.045 if mat else 0.0
    w, h = x - frame - edge, y - frame - edge
    t = np.linspace(-1, 1, 11)
    land: list[tuple[float, float, float, Colour, float]] = [
        (0.1, 0.24, 0.4, (106, 138, 176), 0.006), (-0.25, 0.2, 2.6, (74, 126, 74), 0.008),
        (-0.62, 0.1, 4.4, (206, 176, 92), 0.01)]
    scene = [slab([(-w, -h), *((w * k, h * (base + sway * np.sin(3.1 * k + phase))) for k in t), (w, -h)], thin, tone)
             for base, sway, phase, tone, thin in land]
    sky = box((2 * w, 2 * h, 0.004), (0, 0, 0), (160, 200, 226))
    sun = cylinder(0.16 * h, 0.006, (0.5 * w, 0.55 * h, 0), (0, 0, 1), (244, 214, 110))
    for part in (sky, sun, *scene):
        part.apply_translation((0, 0, -0.002))
    return canonical({"frame": bars, "board": board, "sky": sky, "sun": sun, "land": joined(*scene)},
                     {"screen": Frame.at((0, 0, 0.003), (0, 0, 1), (w, h)), "hang": Frame.at((0, y - 0.5 * frame, -depth / 2))})


@category("cabinet", length_m=(0.8, 1.2), synonyms=("cupboard", "sideboard", "storage cabinet"), fronted=True, mass="heavy",
          ranges={"width": (0.8, 1.1), "height": (0.76, 0.95)})
def cabinet(width: float = 0.92, height: float = 0.86, depth: float = 0.42, drawer: bool = True) -> Template:
    """A cabinet with two doors, and a row of drawers above them."""
    top, foot, gap = 0.03, 0.1, 0.012
    case = box((width - 0.02, height - top - foot, depth - 0.03), (0, (height - top + foot) / 2, -0.005), DEEP_WOOD)
    board = rounded((width + 0.02, top, depth), 0.01, (0, height - top / 2, 0), WOOD, 3)
    split = height - top - (0.18 if drawer else 0.02)
    wide, front = (width - 0.02 - 3 * gap) / 2, depth / 2 - 0.014
    doors, knobs = [], []
    for s in (-1, 1):
        centre = s * (wide + gap) / 2
        tall = split - foot - 2 * gap
        doors += [box((wide, tall, 0.02), (centre, foot + gap + tall / 2, front), WOOD),
                  box((wide - 0.12, tall - 0.12, 0.028), (centre, foot + gap + tall / 2, front), PALE_WOOD)]
        knobs.append(cylinder(0.008, 0.12, (s * 0.035, foot + gap + 0.56 * tall, front + 0.026), colour=BRASS, sections=14))
        if drawer:
            doors.append(box((wide, 0.18 - 2 * gap, 0.02), (centre, split + 0.09 - gap / 2, front), WOOD))
            knobs.append(cylinder(0.008, 0.12, (centre, split + 0.09, front + 0.024), (1, 0, 0), BRASS, sections=14))
    plinth = box((width - 0.08, foot + 0.01, depth - 0.1), (0, foot / 2, -0.01), SOOT)
    return canonical({"case": case, "top": board, "doors": joined(*doors), "handles": joined(*knobs), "plinth": plinth},
                     {"surface": Frame.at((0, height, 0), half=(width / 2, depth / 2))})


@category("fan", length_m=(0.9, 1.35), stretch=0.05, synonyms=("electric fan", "standing fan", "pedestal fan"), fronted=True,
          mass="medium", ranges={"blades": (3, 5), "cage": (0.19, 0.24)})
def fan(height: float = 1.15, cage: float = 0.21, foot: float = 0.2, blades: int = 4) -> Template:
    """A standing fan, its cage toward the viewer."""
    y, z = height - cage, 0.05
    base = lathe([(0, 0), (foot, 0), (foot, 0.014), (0.9 * foot, 0.026), (0.2 * foot, 0.04), (0.026, 0.06), (0, 0.06)],
                 colour=DARK)
    pole = tube([(0, 0.04, 0), (0, y - 0.04, 0)], 0.014, STEEL)
    collar = cylinder(0.02, 0.09, (0, 0.55 * y, 0), colour=DARK)
    motor = lofted([ring((0, y, d), (r, 0, 0), (0, r, 0), 24) for d, r in (
        (-0.12, 0.03), (-0.11, 0.05), (0.0, 0.06), (0.012, 0.055))], DARK)
    neck = rounded((0.05, 0.1, 0.05), 0.015, (0, y - 0.06, -0.03), DARK, 3)
    hub = lofted([ring((0, y, d), (r, 0, 0), (0, r, 0), 24) for d, r in ((0.0, 0.034), (0.055, 0.034), (0.066, 0.024))], BLUE)
    vane = []
    for k in range(blades):
        sweep = ((0.025, 0.02), (0.45 * cage, 0.3 * cage), (0.88 * cage, 0.34 * cage), (0.92 * cage, 0.1 * cage))
        pts = [(0, r, w * c) for r, w in sweep for c in (-0.6, 1)]
        blade = hull([(a + dx, b, c) for a, b, c in pts for dx in (-0.002, 0.002)], (104, 146, 202))
        blade = turned(turned(blade, 68, (0, 1, 0)), 360 * k / blades, (0, 0, 1))
        blade.apply_translation((0, y, 0.032))
        vane.append(blade)
    wires = [tube(arc((0, y, z + d), r, 0, 359, count=33), w, STEEL, 6) for r, d, w in (
        (cage, 0, 0.007), (0.8 * cage, 0.034, 0.0025), (0.56 * cage, 0.048, 0.0025), (0.8 * cage, -0.05, 0.0025),
        (0.3 * cage, 0.052, 0.003))]
    spokes = [tube([(0, r * cage, d) for r, d in path], 0.002, STEEL, 5) for path in (
        ((0.22, 0.053), (0.56, 0.048), (0.8, 0.034), (1.0, 0)), ((0.24, -0.07), (0.8, -0.05), (1.0, 0)))]
    wires += [turned(spoke.copy(), 20 * k, (0, 0, 1)) for spoke in spokes for k in range(18)]
    for wire in wires[5:]:
        wire.apply_translation((0, y, z))
    badge = cylinder(0.25 * cage, 0.006, (0, y, z + 0.055), (0, 0, 1), WHITE)
    return canonical({"base": base, "pole": joined(pole, collar), "motor": joined(motor, neck), "blades": joined(hub, *vane),
                      "cage": joined(*wires), "badge": badge}, {"nose": Frame.at((0, y, z + 0.06), (0, 0, 1))})


@category("umbrella stand", length_m=(0.45, 0.65), synonyms=("umbrella holder", "umbrella rack"), symmetry="revolution",
          mass="medium")
def umbrella_stand(height: float = 0.54, radius: float = 0.115, flare: float = 0.018, bands: int = 2) -> Template:
    """A tall open stand, an umbrella painted on its front."""
    t = np.linspace(0.04, 0.95, 8)
    side = [(radius + flare * (2 * s - 1) ** 2, s * height) for s in t]
    body, frames = vessel([(radius + flare - 0.006, 0), *side, (radius + flare + 0.008, 0.96 * height),
                           (radius + flare + 0.008, height)],
                          0.007, 0.016, (58, 98, 94), (38, 60, 60))
    hoops = []
    for k in range(bands):
        for y in (0.1 + 0.05 * k, 0.86 - 0.05 * k):
            r = radius + flare * (2 * y - 1) ** 2
            rim = [(r + out, y * height + dy) for out, dy in ((-0.004, -0.007), (0.003, -0.007), (0.003, 0.007), (-0.004, 0.007))]
            hoops.append(_turned_ring(rim, BRASS, 48))
    dome = [(0.062 * np.cos(a), 0.062 * np.sin(a)) for a in np.linspace(0, np.pi, 17)]
    dome += [(x, 0.011 * abs(np.sin(np.pi * (x + 0.062) / 0.0413))) for x in np.linspace(-0.062, 0.062, 13)[1:-1]]
    sign = slab(dome, 0.006, (236, 214, 150))
    hook = tube(np.concatenate([[(0, 0.072, 0), (0, 0.02, 0)], arc((0.014, -0.055, 0), 0.014, 180, 360, count=9)]), 0.0032,
                (236, 214, 150), 8)
    emblem = joined(sign, hook)
    x, y, z = emblem.vertices.T
    emblem.vertices = np.column_stack([radius * np.sin(x / radius), y + 0.5 * height, radius * np.cos(x / radius) + 0.6 * z])
    waist = radius - 0.007
    frames = {name: Frame(frame.point, frame.axis, np.full(2, waist)) for name, frame in frames.items()}
    return canonical({"stand": body, "bands": joined(*hoops), "emblem": emblem}, frames)


@category("wardrobe", length_m=(1.75, 2.2), stretch=0.05, synonyms=("armoire", "clothes closet"), fronted=True, mass="heavy",
          ranges={"height": (1.8, 2.1)})
def wardrobe(width: float = 1.1, height: float = 1.95, depth: float = 0.56, cornice: bool = True) -> Template:
    """A wardrobe with two tall doors over a drawer."""
    foot, gap, low = 0.08, 0.01, 0.36
    case = box((width - 0.02, height - foot - 0.03, depth - 0.02), (0, (height + foot - 0.03) / 2, -0.01), DEEP_WOOD)
    wide, front, tall = (width - 0.04 - gap) / 2, depth / 2 - 0.018, height - low - 0.09
    doors, knobs = [box((width - 0.04, low - foot - 2 * gap, 0.022), (0, (low + foot) / 2, front), WOOD)], []
    for s in (-1, 1):
        x = s * (wide + gap) / 2
        doors.append(box((wide, tall, 0.022), (x, low + tall / 2, front), WOOD))
        doors += [box((wide - 0.14, h * tall, 0.032), (x, low + c * tall, front), PALE_WOOD) for c,
                  h in ((0.25, 0.38), (0.72, 0.44))]
        knobs += [cylinder(0.01, 0.14, (s * 0.045, low + 0.48 * tall, front + 0.028), colour=BRASS, sections=14),
                  ball(0.018, (s * 0.24 * width, (low + foot) / 2, front + 0.02), BRASS, 2)]
    parts = {"case": case, "doors": joined(*doors), "handles": joined(*knobs),
             "feet": joined(*(box((0.09, foot + 0.01, 0.09), (px, foot / 2, pz), DEEP_WOOD)
                              for px, _, pz in corners(width / 2 - 0.07, 0, depth / 2 - 0.07)))}
    if cornice:
        parts["cornice"] = rounded((width + 0.05, 0.07, depth + 0.04), 0.02, (0, height - 0.035, 0), DEEP_WOOD, 3)
    else:
        parts["top"] = box((width, 0.04, depth), (0, height - 0.02, 0), DEEP_WOOD)
    return canonical(parts, {"top": Frame.at((0, height, 0), half=(width / 2, depth / 2))})
