"""Dining: food, and what it is carried, stood and lit with."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import ArrayLike

from oor.catalog.category import category
from oor.catalog.solids import (
    BLUE,
    BRASS,
    GREEN,
    PALE_WOOD,
    PORCELAIN,
    WHITE,
    WOOD,
    YELLOW,
    Colour,
    arc,
    ball,
    banded,
    box,
    cylinder,
    joined,
    lathe,
    leaf,
    lofted,
    paint,
    repeated,
    rounded,
    slab,
    smooth,
    tinted,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical
from oor.catalog.templates.kitchen_tools import tray_shell
from oor.catalog.vessels import vessel

CRUST: Colour = (184, 116, 58)
CRUMB: Colour = (242, 210, 150)
BUN: Colour = (214, 142, 68)
CREAM: Colour = (246, 236, 212)
CHEESE: Colour = (246, 198, 74)
RIND: Colour = (206, 146, 40)
BROWNED: Colour = (122, 66, 40)
CHOCOLATE: Colour = (92, 52, 34)
STALK: Colour = (104, 122, 56)
GOLD = 2.399963  # radians between neighbours that fill a disc evenly


def _lying(outline: ArrayLike, thickness: float, colour: Colour, low: float = 0.0) -> trimesh.Trimesh:
    """A plate with an (x, z) outline, its underside at a height."""
    plate = turned(slab(outline, thickness, colour), 90, (1, 0, 0))
    plate.apply_translation((0, low + thickness / 2, 0))
    return plate


def _cushion(outline: Array, height: float, bevel: float, colour: Colour) -> trimesh.Trimesh:
    """A flat lump with an (x, z) outline around the origin, its edges rounded off by `bevel` relative to its width."""
    rings = [(1 - bevel, 0), (1 - 0.3 * bevel, 0.1), (1, 0.32), (1, 0.62), (1 - 0.4 * bevel, 0.88), (1 - 1.4 * bevel, 1)]
    return lofted([np.column_stack([k * outline[:, 0], np.full(len(outline), h * height), k * outline[:, 1]]) for k, h in rings],
                  colour)


def _scattered(count: int, radius: float) -> Array:
    """(count, 2) places evenly spread over a disc."""
    k = np.arange(count) + 0.5
    return radius * np.sqrt(k / count)[:, None] * np.column_stack([np.cos(GOLD * k), np.sin(GOLD * k)])


@category("bread slice", length_m=(0.1, 0.15), mass="featherlight",
          synonyms=("slice of bread", "toast", "slice of toast", "piece of toast", "piece of bread"))
def bread_slice(width: float = 0.115, height: float = 0.12, thickness: float = 0.015) -> Template:
    """A slice of toast lying flat, its crust around a paler crumb."""
    right = np.array([(0.0, 0.5), (0.4, 0.5), (0.445, 0.45), (0.44, 0.1), (0.44, -0.12), (0.5, -0.22), (0.49, -0.36),
                      (0.4, -0.47), (0.22, -0.5), (0.0, -0.48)])
    curve = np.concatenate([right[:2], smooth(right[1:], 26)[1:]])
    shape = np.concatenate([curve, curve[-2:0:-1] * [-1, 1]]) * [width, height]
    parts = {"crust": _lying(shape, thickness, CRUST), "crumb": _lying(0.9 * shape, thickness + 0.0016, CRUMB, -0.0008)}
    top = thickness + 0.0008
    return canonical(parts, {"surface": Frame.at((0, top, 0), half=(0.4 * width, 0.4 * height)),
                             "centre": Frame.at((0, thickness / 2, 0))})


@category("pancake", length_m=(0.11, 0.18), synonyms=("flapjack", "hotcake"), symmetry="revolution", mass="featherlight",
          ranges={"thickness": (0.009, 0.016)})
def pancake(radius: float = 0.07, thickness: float = 0.012, butter: bool = True) -> Template:
    """One thick golden pancake, with or without a pat of butter."""
    edge = arc((radius - 0.5 * thickness, 0.5 * thickness, 0), 0.5 * thickness, -80, 80, count=9)[:, :2]
    cake = lathe([(0, 0), *edge, (radius - 0.7 * thickness, thickness), (0, thickness)], colour=(240, 208, 142), sections=56)
    y = cake.triangles[..., 1]
    cake = tinted(cake, (y > 0.93 * thickness).all(axis=1) | (y < 0.07 * thickness).all(axis=1), (198, 128, 62))
    parts = {"pancake": cake}
    if butter:
        parts["butter"] = turned(box((0.022, 0.006, 0.022), (0, thickness + 0.002, 0), (250, 226, 120)), 25, (0, 1, 0))
    return canonical(parts, {"surface": Frame.at((0, thickness, 0), half=0.85 * radius),
                             "centre": Frame.at((0, thickness / 2, 0))})


def _lettuce(radius: float, height: float) -> trimesh.Trimesh:
    """A frilled leaf around a burger."""
    disc = lathe([(0, -0.0015), (0.7 * radius, -0.0015), (0.9 * radius, -0.0015), (radius, 0), (0.9 * radius, 0.0015),
                  (0.7 * radius, 0.0015), (0, 0.0015)], colour=(122, 176, 66), sections=72)
    x, y, z = disc.vertices.T
    far = (np.hypot(x, z) / radius) ** 6
    disc.vertices = np.column_stack([x, y + height + far * (0.0045 * np.sin(12 * np.arctan2(z, x)) - 0.003), z])
    return disc


@category("burger", length_m=(0.1, 0.14), synonyms=("hamburger", "cheeseburger", "beefburger"), symmetry="revolution",
          ranges={"patties": (1, 2)})
def burger(radius: float = 0.053, dome: float = 0.036, patties: int = 1) -> Template:
    """A burger: sesame bun, lettuce, tomato, one or two patties with melting cheese."""
    base = lathe([(0, 0), (0.88 * radius, 0), (0.97 * radius, 0.006), (0.97 * radius, 0.012), (0.93 * radius, 0.016), (0, 0.016)],
                 colour=BUN)
    base = banded(base, 0.0115, 0.017, CRUMB)
    meat, cheese, y = [], [], 0.015
    for _ in range(patties):
        meat.append(lathe([(0, 0), (0.96 * radius, 0), (1.02 * radius, 0.004), (1.02 * radius, 0.009), (0.95 * radius, 0.013),
                           (0, 0.013)], (0, y, 0), BROWNED))
        corners = [(sx * 0.83 * radius, sz * 0.83 * radius) for sx, sz in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
        cheese.append(_lying(corners, 0.003, CHEESE, y + 0.0125))
        y += 0.0145
    tomato = cylinder(0.94 * radius, 0.005, (0, y + 0.003, 0), colour=(208, 60, 44), sections=40)
    green, y = _lettuce(1.08 * radius, y + 0.007), y + 0.008
    lid = lathe([(0, y), (0.97 * radius, y), *smooth([(radius, y + 0.006), (0.94 * radius, y + 0.42 * dome),
                 (0.6 * radius, y + 0.86 * dome), (0.01 * radius, y + dome)], 16), (0, y + dome)], colour=BUN)
    spots = _scattered(34, 0.72 * radius)
    heights = y + np.interp(np.hypot(*spots.T) / radius, [0, 0.3, 0.6, 0.8], np.array([1, 0.97, 0.86, 0.68]) * dome)
    seeds = repeated(ball((0.0022, 0.0012, 0.0015), colour=CREAM, subdivisions=1),
                     np.column_stack([spots[:, 0], heights, spots[:, 1]]))
    frames = {"surface": Frame.at((0, y + dome, 0), half=0.45 * radius), "top": Frame.at((0, y + dome, 0)),
              "centre": Frame.at((0, (y + dome) / 2, 0))}
    return canonical({"bun": joined(base, lid), "patty": joined(*meat), "cheese": joined(*cheese), "tomato": tomato,
                      "lettuce": green, "seeds": seeds}, frames)


def _sausage(length: float, radius: float, y: float, colour: Colour) -> trimesh.Trimesh:
    """A round-ended roll along x, its middle at a height."""
    ends = np.array([0, 0.05, 0.2, 0.45, 0.75, 1.0])
    x = np.concatenate([-length / 2 + radius * ends, np.linspace(-length / 2 + 2 * radius, length / 2 - 2 * radius, 7),
                        length / 2 - radius * ends[::-1]])
    inset = np.clip((length / 2 - np.abs(x)) / radius, 0, 1)
    radii = radius * np.maximum(np.sqrt(1 - (1 - inset) ** 2), 0.06)
    return tube(np.column_stack([x, y + 0 * x, 0 * x]), radii.tolist(), colour, 24)


@category("hot dog", length_m=(0.14, 0.2), synonyms=("hotdog",), symmetry="half-turn",
          ranges={"overhang": (0.004, 0.016)})
def hot_dog(length: float = 0.15, radius: float = 0.0125, overhang: float = 0.01) -> Template:
    """A sausage in a split bun along x, with a wave of mustard on top."""
    half = _sausage(length, 1.45 * radius, 0, BUN)
    bun = joined(*(half.copy().apply_translation((0, 1.4 * radius, side * 1.2 * radius)) for side in (-1, 1)))
    middle, top = 2.15 * radius, 3.2 * radius
    meat = _sausage(length + 2 * overhang, radius, middle, (176, 76, 46))
    x = np.linspace(-0.42, 0.42, 60) * length
    wave = 0.5 * radius * np.sin(2 * np.pi * 5 * x / (0.84 * length))
    mustard = tube(np.column_stack([x, middle + np.sqrt(radius**2 - wave**2) + 0.0008, wave]), 0.0026, YELLOW, 8)
    frames = {"surface": Frame.at((0, top, 0), half=(0.42 * length, 0.6 * radius)), "centre": Frame.at((0, middle, 0))}
    return canonical({"bun": bun, "sausage": meat, "mustard": mustard}, frames)


@category("cake", length_m=(0.2, 0.3), synonyms=("birthday cake", "layer cake", "cream cake", "chocolate cake"),
          symmetry="8-fold", mass="medium")
def cake(radius: float = 0.11, height: float = 0.095, cherries: bool = True) -> Template:
    """A round cake in pink icing under dripping chocolate, ringed with cream swirls and perhaps cherries."""
    body = lathe([(0, 0), (radius, 0), (radius, 0.46 * height), (radius, 0.54 * height), (radius, height - 0.006),
                  (radius - 0.006, height), (0, height)], colour=(240, 178, 186))
    body = banded(body, 0.45 * height, 0.55 * height, CREAM)
    glaze = lathe([(0, height - 0.002), (radius + 0.002, height - 0.012), (radius + 0.0025, height - 0.006),
                   (radius - 0.005, height + 0.003), (0, height + 0.003)], colour=CHOCOLATE)
    drops = []
    for first, low in ((0, 0.36 * height), (1, 0.2 * height)):
        run = tube([(radius + 0.0005, height - 0.007, 0), (radius + 0.0005, height - low, 0)], 0.0065, CHOCOLATE, 10)
        drop = joined(run, ball(0.0068, (radius + 0.0005, height - low, 0), CHOCOLATE, 1))
        drops += [turned(drop.copy(), 22.5 * k, (0, 1, 0)) for k in range(first, 16, 2)]
    swirl = lathe([(0, 0), (0.016, 0), (0.019, 0.005), (0.014, 0.012), (0.009, 0.017), (0.003, 0.023), (0, 0.0235)], colour=CREAM,
                  sections=20)
    seat, top = 0.78 * radius, height + 0.002
    ring = np.array([(seat * np.cos(a), top, seat * np.sin(a)) for a in np.radians(np.arange(0, 360, 45))])
    parts = {"cake": body, "glaze": joined(glaze, *drops), "swirls": repeated(swirl, ring)}
    if cherries:
        parts["cherries"] = repeated(ball(0.0105, (0, 0.025, 0), (190, 24, 40), 2), ring)
    inner = Frame.at((0, height + 0.003, 0), half=seat - 0.022)
    return canonical(parts, {"surface": inner, "top": Frame.at((0, height + 0.003, 0)), "centre": Frame.at((0, height / 2, 0))})


@category("dough", length_m=(0.18, 0.3), synonyms=("pizza dough", "bread dough", "ball of dough", "lump of dough"),
          ranges={"height": (0.03, 0.05), "lump": (0.02, 0.06)})
def dough(radius: float = 0.11, height: float = 0.038, lump: float = 0.04) -> Template:
    """A flat round lump of dough, floury on top."""
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    reach = radius * (1 + lump * (np.sin(3 * angle) + 0.6 * np.sin(2 * angle + 1) + 0.3 * np.cos(7 * angle)))
    rings = [(0.86, 0), (0.96, 0.1), (1, 0.35), (0.97, 0.62), (0.88, 0.84), (0.72, 0.96), (0.45, 1.0), (0.2, 1.0)]
    mass = lofted([np.column_stack([k * reach * np.cos(angle), np.full(60, h * height), k * reach * np.sin(angle)])
                   for k, h in rings], (236, 214, 168))
    mass = banded(mass, 0.95 * height, 1.01 * height, (248, 240, 222))
    frames = {"surface": Frame.at((0, height, 0), half=0.6 * radius), "centre": Frame.at((0, height / 2, 0))}
    return canonical({"dough": mass}, frames)


@category("fried egg", length_m=(0.09, 0.14), synonyms=("sunny side up egg",), mass="featherlight",
          ranges={"yolk": (0.018, 0.024), "ragged": (0.5, 1.3)})
def fried_egg(radius: float = 0.052, yolk: float = 0.021, ragged: float = 1.0) -> Template:
    """A fried egg: a ragged white with a golden rim, a domed yolk off its middle."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    wave = 0.09 * np.sin(2 * angle + 0.5) + 0.07 * np.sin(3 * angle + 1) + 0.04 * np.sin(5 * angle)
    reach = radius * (1 + ragged * wave)
    circle = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    rim = _lying(circle, 0.003, (216, 168, 100))
    levels = [(0.96, 0.0005), (0.97, 0.0032), (0.9, 0.0048), (0.6, 0.0055)]
    white = lofted([np.column_stack([k * circle[:, 0], np.full(72, h), k * circle[:, 1]]) for k, h in levels], (250, 248, 240))
    middle = (0.12 * radius, 0.0045, -0.08 * radius)
    dome = lathe([(0, 0), (yolk, 0), *smooth([(0.98 * yolk, 0.002), (0.75 * yolk, 0.0085), (0.4 * yolk, 0.0115),
                  (0.05 * yolk, 0.0125)], 10), (0, 0.0125)], middle, (250, 184, 40), 36)
    top = 0.017
    frames = {"surface": Frame.at((0, top, 0), half=0.7 * radius), "centre": Frame.at((0, 0.003, 0))}
    return canonical({"rim": rim, "white": white, "yolk": dome}, frames)


@category("steak", length_m=(0.18, 0.28), synonyms=("t-bone steak", "beef steak", "beefsteak"),
          ranges={"thickness": (0.02, 0.03)})
def steak(length: float = 0.22, width: float = 0.14, thickness: float = 0.025) -> Template:
    """A grilled T-bone steak along x: fat rim, T of bone, char marks."""
    spread = np.array([length, width])
    loop = [(-0.5, 0.05), (-0.42, 0.34), (-0.2, 0.47), (0.02, 0.36), (0.2, 0.4), (0.4, 0.3), (0.5, 0.02), (0.42, -0.3),
            (0.22, -0.47), (0, -0.42), (-0.22, -0.48), (-0.42, -0.32), (-0.5, 0.05)]
    outline = smooth(loop, 61)[:-1] * spread
    meat = _cushion(0.93 * outline, thickness - 0.002, 0.05, (146, 78, 54)).apply_translation((0, 0.002, 0))
    fat = _cushion(outline, 0.88 * thickness, 0.06, (236, 206, 160))
    stem = [(-0.02, -0.3), (0.025, -0.3), (0.03, 0.3), (-0.03, 0.3)]
    bar = [(-0.16, 0.26), (0.17, 0.26), (0.15, 0.335), (-0.14, 0.335)]
    bone = joined(*(_lying(shape * spread, thickness - 0.001, CREAM, 0.002) for shape in (stem, bar)))
    char = turned(box((0.007, 0.001, 0.48 * width), (0, thickness, 0), (74, 38, 26)), 24, (0, 1, 0))
    places = [(-0.34, 0), (-0.22, -0.03), (-0.1, -0.1), (0.12, -0.1), (0.23, -0.06), (0.34, -0.02)]
    marks = repeated(char, [(x * length, 0, z * width) for x, z in places])
    frames = {"surface": Frame.at((0, thickness, 0), half=(0.38 * length, 0.34 * width)),
              "centre": Frame.at((0, thickness / 2, 0))}
    return canonical({"meat": meat, "fat": fat, "bone": bone, "marks": marks}, frames)


@category("banana", length_m=(0.16, 0.22), ranges={"bend": (70, 105)})
def banana(length: float = 0.19, thickness: float = 0.0175, bend: float = 88.0) -> Template:
    """A ripe banana lying on its side, curved from -x to +x, stalk at +x."""
    curve = length / np.radians(bend)
    path = arc((0, thickness, -curve), curve, 90 + bend / 2, 90 - bend / 2, "xz", 30)
    share = np.linspace(0, 1, 30)
    radii = thickness * np.interp(share, [0, 0.03, 0.09, 0.2, 0.45, 0.72, 0.84, 0.89, 0.97, 1],
                                  [0.22, 0.3, 0.55, 0.84, 1, 0.86, 0.55, 0.32, 0.28, 0.32])
    fruit = tube(path, radii.tolist(), (244, 208, 62), 7)
    x = fruit.triangles_center[:, 0]
    ends = [float(path[k, 0]) for k in (1, 25, 28)]
    fruit = tinted(tinted(tinted(fruit, x < ends[0], CHOCOLATE), x > ends[1], (186, 176, 70)), x > ends[2], CHOCOLATE)
    return canonical({"fruit": fruit}, {"centre": Frame.at((0, thickness, 0))})


@category("tomato", length_m=(0.08, 0.12), plural="tomatoes", synonyms=("beef tomato", "red tomato"), symmetry="revolution",
          ranges={"flatness": (0.72, 0.9)})
def tomato(radius: float = 0.048, flatness: float = 0.8) -> Template:
    """A round red tomato with its green star and stalk."""
    high = 2 * flatness * radius
    outline = smooth([(0.0, 0.02), (0.4, 0.03), (0.95, 0.36), (0.96, 0.66), (0.5, 0.96), (0.15, 0.95), (0.0, 0.9)],
                     36) * [radius, high]
    outline[[0, -1], 0] = 0
    flesh = lathe(np.maximum(outline, [0, -1]).tolist(), colour=(214, 50, 38), sections=44)
    top = float(flesh.bounds[1, 1])
    star = joined(*(leaf((0.02 * radius, 0.93 * high, 0), 0.62 * radius, 0.17 * radius, 78, turn, (74, 128, 52))
                    for turn in range(0, 360, 60)))
    path = [(0, 0.88 * high, 0), (0.01 * radius, top + 0.08 * radius, 0), (0.07 * radius, top + 0.2 * radius, 0)]
    stalk = tube(smooth(path, 6), 0.06 * radius, STALK, 10)
    return canonical({"flesh": flesh, "star": star, "stalk": stalk},
                     {"top": Frame.at((0, top, 0)), "centre": Frame.at((0, high / 2, 0))})


def _frond(length: float, width: float, turn: float, rise: float) -> trimesh.Trimesh:
    """A feathery leaf on a thin stem, growing toward -x from the origin."""
    along = np.linspace(0.3, 1, 12)
    half = width / 2 * np.sin(np.pi * (along - 0.22) / 0.8) ** 0.7 * np.where(np.arange(12) % 2, 0.35, 1)
    edge = np.column_stack([-along, half / length]) * length
    blade = _lying(np.concatenate([edge, [(-1.03 * length, 0)], edge[::-1] * [1, -1]]), 0.0025, GREEN)
    stem = tube([(0.004, 0, 0), (-0.5 * length, 0.001, 0), (-0.95 * length, 0.001, 0)], [0.003, 0.0022, 0.0012], STALK, 10)
    return turned(turned(joined(blade, stem), -rise, (0, 0, 1)), turn, (0, 1, 0))


@category("carrot", length_m=(0.2, 0.34), ranges={"greens": (0.09, 0.14)})
def carrot(root: float = 0.17, thickness: float = 0.018, greens: float = 0.11, ridged: bool = True) -> Template:
    """An orange carrot along x with feathery greens at -x."""
    along = np.linspace(0, 1, 34)
    radii = thickness * np.interp(along, [0, 0.02, 0.07, 0.3, 0.75, 0.94, 1], [0.45, 0.8, 1, 0.86, 0.44, 0.2, 0.05])
    if ridged:
        radii *= 1 - 0.035 * (np.arange(34) % 5 == 3)
    flesh = tube(np.column_stack([root * along, 0 * along, 0 * along]), radii.tolist(), (238, 124, 34), 28)
    fronds = [_frond(reach * greens, 0.3 * greens, turn, rise) for turn, rise, reach in
              ((0, 4, 1.0), (24, 12, 0.85), (-26, 9, 0.9), (50, 22, 0.62), (-48, 19, 0.66))]
    frames = {"tip": Frame.at((root, 0, 0), (1, 0, 0)), "centre": Frame.at((0.45 * root, 0, 0))}
    return canonical({"root": flesh, "greens": joined(*fronds)}, frames)


@category("egg", length_m=(0.05, 0.075), synonyms=("hen's egg", "chicken egg", "boiled egg", "brown egg"), rest="z",
          mass="featherlight", symmetry="revolution", ranges={"blunt": (0.42, 0.48)})
def egg(radius: float = 0.0225, height: float = 0.06, blunt: float = 0.45) -> Template:
    """A hen's egg, blunt end down."""
    angle = np.linspace(-90, 90, 30)
    r, rise = radius * np.cos(np.radians(angle)), np.sin(np.radians(angle))
    y = height * (blunt + np.where(rise < 0, blunt, 1 - blunt) * rise)
    r[[0, -1]] = 0
    shell = lathe(np.column_stack([r, y]).tolist(), colour=(226, 180, 140), sections=44)
    return canonical({"shell": shell}, {"centre": Frame.at((0, blunt * height, 0)),
                                        "foot": Frame.at((0, 0, 0), (0, -1, 0), 0.8 * radius)})


def _torus(ring: float, radius: float, colour: Colour) -> trimesh.Trimesh:
    """A level ring of round section around the origin."""
    mesh = trimesh.creation.torus(ring, radius, major_sections=54, minor_sections=22)
    return paint(turned(mesh, -90, (1, 0, 0)), colour)


@category("donut", length_m=(0.08, 0.12), synonyms=("doughnut", "ring doughnut"), symmetry="revolution",
          mass="featherlight", ranges={"fat": (0.42, 0.52)})
def donut(ring: float = 0.031, fat: float = 0.5, sprinkles: bool = True) -> Template:
    """A ring donut with pink icing and, often, sprinkles."""
    thick = fat * ring * 1.15
    dough = _torus(ring, thick, (208, 148, 82))
    icing = paint(dough.copy(), (240, 130, 168))
    x, y, z = icing.vertices.T
    around, out = np.arctan2(z, x), np.hypot(x, z) - ring
    edge = np.where(out > 0, 0.12 * np.sin(7 * around) + 0.06 * np.sin(11 * around + 1), 0.0) + 0.06
    swell = np.where(y / thick > edge, 1.055, 0.95)
    r = ring + out * swell
    icing.vertices = np.column_stack([r * np.cos(around), y * swell, r * np.sin(around)])
    parts = {"dough": dough, "icing": icing}
    if sprinkles:
        parts |= _sprinkles(ring, 1.06 * thick)
    return canonical(parts, {"surface": Frame.at((0, 1.055 * thick, 0), half=ring + 0.4 * thick), "centre": Frame.at((0, 0, 0))})


def _sprinkles(ring: float, radius: float) -> dict[str, trimesh.Trimesh]:
    """Small coloured rods over the top of a ring of round section."""
    rod, up = cylinder(0.0011, 0.006, axis=(1, 0, 0), sections=6), (0, 1, 0)
    turn, move = trimesh.transformations.rotation_matrix, trimesh.transformations.translation_matrix
    groups: list[list[trimesh.Trimesh]] = [[], [], [], []]
    for k in range(44):
        tilt = np.radians(65 - 130 * (0.5698 * k % 1))
        way = turn(4.743 * k, up) @ move((ring, 0, 0)) @ turn(tilt, (0, 0, 1)) @ move((0, radius, 0)) @ turn(2.11 * k, up)
        groups[k // 11].append(rod.copy().apply_transform(way))
    return {name: paint(joined(*group), colour) for (name, colour), group in
            zip({"white": WHITE, "yellow": YELLOW, "blue": BLUE, "green": GREEN}.items(), groups, strict=True)}


@category("cheese", length_m=(0.12, 0.2), synonyms=("wedge of cheese", "cheese wedge", "piece of cheese", "swiss cheese"),
          ranges={"height": (0.05, 0.075)})
def cheese(length: float = 0.15, width: float = 0.1, height: float = 0.062) -> Template:
    """A wedge of holey cheese along x, its point at +x, its rind at -x."""
    back, tip, half = -length / 2, length / 2, width / 2

    def side(share: float) -> Array:
        return np.array([back + share * length, half * (1 - share)])

    slope = np.degrees(np.arctan2(half, length))
    def bite(share: float, size: float) -> Array:
        return arc((*side(share), 0), size, 180 - slope, 360 - slope, count=9)[:, :2]

    upper = [side(0.02), *bite(0.22, 0.011), *bite(0.62, 0.008), (tip, 0.002)]
    lower = [(tip, -0.002), *(bite(0.45, 0.012)[::-1] * [1, -1]), side(0.02) * [1, -1]]
    wedge = _lying([*upper, *lower], height, CHEESE)
    rind = box((0.006, 1.01 * height, width), (back + 0.002, 0.503 * height, 0), (216, 140, 46))
    spots = [(0.25, 0.3, 0.0105), (0.45, 0.7, 0.008), (0.68, 0.35, 0.007), (0.12, 0.72, 0.007), (0.8, 0.75, 0.005)]
    holes = []
    for (share, rise, size), sign in ((spot, sign) for spot in spots for sign in (1, -1)):
        dent = turned(ball((size, size, 0.0012), colour=RIND, subdivisions=2), sign * slope, (0, 1, 0))
        x, z = side(share + 0.08 * (sign < 0))
        holes.append(dent.apply_translation((x, rise * height, sign * z)))
    dots = [ball((size, 0.001, size), (x * length, height, z * width), RIND, 2) for x, z, size in
            ((-0.36, -0.2, 0.009), (-0.2, 0.05, 0.012), (0.02, -0.06, 0.007), (0.2, 0.03, 0.006), (-0.38, 0.25, 0.006))]
    frames = {"surface": Frame.at((-0.17 * length, height, 0), half=(0.3 * length, 0.25 * width)),
              "top": Frame.at((-0.17 * length, height, 0)), "centre": Frame.at((-0.17 * length, height / 2, 0))}
    return canonical({"wedge": wedge, "rind": rind, "holes": joined(*holes, *dots)}, frames)


@category("tray", length_m=(0.36, 0.52), synonyms=("serving tray", "breakfast tray", "tea tray"), symmetry="half-turn")
def tray(length: float = 0.4, width: float = 0.27, rim: float = 0.035) -> Template:
    """A wooden serving tray with a raised rim and a brass handle at either end."""
    flare, wall = 0.25 * rim, 0.007
    shell = tray_shell(length / 2, width / 2, rim, flare, 0.002, wall, WOOD)
    y = shell.triangles[..., 1]
    shell = tinted(shell, (np.abs(y - wall) < 1e-6).all(axis=1), PALE_WOOD)
    end = length / 2 + flare - 0.4 * wall
    bow = smooth([(end, rim - 0.004, -0.055), (end + 0.006, rim + 0.024, -0.048), (end + 0.012, rim + 0.034, 0),
                  (end + 0.006, rim + 0.024, 0.048), (end, rim - 0.004, 0.055)], 26)
    handles = joined(tube(bow, 0.0055, BRASS, 12), tube(bow * [-1, 1, -1], 0.0055, BRASS, 12))
    return canonical({"tray": shell, "handles": handles},
                     {"surface": Frame.at((0, wall, 0), half=(length / 2 - 0.02, width / 2 - 0.02)),
                      "handle": Frame.at((end + 0.012, rim + 0.034, 0), (1, 0, 0))})


@category("egg cup", length_m=(0.055, 0.085), synonyms=("eggcup", "egg holder"), symmetry="revolution")
def egg_cup(radius: float = 0.025, height: float = 0.064, foot: float = 0.022) -> Template:
    """A small porcelain cup on a foot, for one egg."""
    stem = 0.36 * height
    outside = [(foot, 0), (foot, 0.003), (0.6 * foot, 0.008), (0.0085, 0.6 * stem), (0.009, stem),
               *smooth([(0.62 * radius, stem + 0.005), (0.9 * radius, 0.66 * height), (radius, 0.86 * height),
                        (radius, 0.9 * height), (radius, height)], 12)]
    cup, frames = vessel(outside, 0.0026, stem + 0.008, PORCELAIN)
    cup = banded(cup, 0.84 * height, 0.96 * height, BLUE)
    return canonical({"cup": cup}, frames)


@category("candlestick", length_m=(0.14, 0.26), synonyms=("candle holder", "candleholder", "candlestick holder"),
          symmetry="revolution", mass="medium", ranges={"socket": (0.0135, 0.018)})
def candlestick(height: float = 0.19, foot: float = 0.05, socket: float = 0.0155) -> Template:
    """A turned brass candlestick: broad foot, knobbed stem, drip pan, an open socket on top."""
    stem = smooth([(0.012, 0.14), (0.0075, 0.2), (0.0085, 0.3), (0.015, 0.42), (0.0145, 0.48), (0.008, 0.56), (0.007, 0.66),
                   (0.0085, 0.74)], 26) * [1, height]
    pan = [(0.014, 0.755), (0.03, 0.78), (0.031, 0.79), (socket + 0.003, 0.797)] * np.array([1, height])
    outside = [(foot, 0), (foot, 0.006), (0.9 * foot, 0.011), (0.5 * foot, 0.08 * height), (0.4 * foot, 0.1 * height),
               *stem, *pan, (socket + 0.0022, 0.83 * height), (socket + 0.0022, height - 0.006),
               (socket + 0.004, height - 0.005), (socket + 0.004, height)]
    brass, frames = vessel(outside, 0.0028, 0.82 * height, BRASS, (120, 88, 40))
    return canonical({"candlestick": brass}, frames)


@category("watermelon", length_m=(0.28, 0.42), synonyms=("melon", "water melon"), symmetry="revolution about x", mass="medium")
def watermelon(length: float = 0.34, radius: float = 0.115) -> Template:
    """A whole striped watermelon along x."""
    angle = np.radians(np.linspace(-90, 90, 31))
    r = radius * np.cos(angle) ** 0.85
    r[[0, -1]] = 0
    rind = lathe(np.column_stack([r, 0.5 * length * np.sin(angle)]).tolist(), colour=(112, 168, 72), sections=96)
    x, y, z = rind.triangles_center.T
    wave = np.cos(9 * np.arctan2(z, x) + 0.5 * np.sin(42 * y / length) + 0.3 * np.sin(41 * y / length))
    rind = turned(tinted(rind, wave > 0.25, (42, 96, 44)), -90, (0, 0, 1))
    end = length / 2
    stalk = tube([(end - 0.004, 0, 0), (end + 0.006, 0.002, 0)], [0.007, 0.005], STALK, 12)
    return canonical({"rind": rind, "stalk": stalk}, {"centre": Frame.at((0, 0, 0)), "top": Frame.at((0, radius, 0))})


def _strewn(count: int, reach: float) -> Array:
    """(count, 2) places spread evenly over a disc, in a sunflower's order."""
    k = np.arange(count)
    angle = 2.4 * k + 0.4 * np.sin(5 * k)
    return np.column_stack([np.cos(angle), np.sin(angle)]) * (reach * np.sqrt((k + 0.5) / count))[:, None]


@category("tortilla", length_m=(0.2, 0.28), synonyms=("flatbread",), symmetry="revolution", mass="featherlight",
          ranges={"thickness": (0.0025, 0.0045), "uneven": (0.004, 0.014)})
def tortilla(radius: float = 0.12, thickness: float = 0.0035, uneven: float = 0.009, spots: int = 22) -> Template:
    """A thin floury round of flatbread with brown spots."""
    half = thickness / 2
    disc = lathe([(0, 0), (0.97 * radius, 0), (radius, half), (0.97 * radius, thickness), (0, thickness)],
                 colour=(240, 220, 176), sections=72)
    x, y, z = disc.vertices.T
    angle = np.arctan2(z, x)
    reach = 1 + uneven * (np.sin(3 * angle) + 0.6 * np.sin(5 * angle + 1))
    disc.vertices = np.column_stack([x * reach, y, z * reach])
    browned = []
    for k, (x, z) in enumerate(_strewn(spots, 0.9 * radius)):
        size, colour = (0.07 + 0.045 * np.sin(2.1 * k)) * radius, (BROWNED, (176, 112, 58), (204, 152, 92))[k % 3]
        a = np.radians(50 * k) + np.linspace(0, 2 * np.pi, 14, endpoint=False)
        outline = np.column_stack([x + 1.25 * size * np.cos(a), 0 * a, z + 0.85 * size * np.sin(a)])
        browned.append(lofted([outline + np.array([0, y, 0]) for y in (-0.0004, thickness + 0.0004)], colour))
    return canonical({"bread": disc, "spots": joined(*browned)},
                     {"surface": Frame.at((0, thickness, 0), half=0.85 * radius), "centre": Frame.at((0, half, 0))})


@category("cookie", length_m=(0.06, 0.1), synonyms=("biscuit", "chocolate chip cookie"), symmetry="revolution",
          mass="featherlight", ranges={"thickness": (0.01, 0.014)})
def cookie(radius: float = 0.04, thickness: float = 0.012, chips: int = 13) -> Template:
    """A round baked cookie studded with chocolate chips."""
    outline = [(0.9, 0), (0.99, 0.2), (1, 0.45), (0.93, 0.75), (0.8, 0.93), (0.5, 1), (0.25, 1)]
    dough = lathe([(0, 0), *((r * radius, y * thickness) for r, y in outline), (0, thickness)], colour=(214, 158, 92))
    dough = banded(dough, -1, 0.8 * thickness, (186, 124, 64))
    x, y, z = dough.vertices.T
    angle = np.arctan2(z, x)
    reach = 1 + 0.012 * (np.sin(5 * angle) + np.cos(8 * angle + 1))
    dough.vertices = np.column_stack([x * reach, y, z * reach])
    spots = _strewn(chips, 0.82 * radius)
    sizes = 0.0046 * (1 + 0.2 * np.sin(3 * np.arange(chips)))
    rise = thickness * np.interp(np.linalg.norm(spots, axis=1), [0.5 * radius, 0.8 * radius], [1, 0.94])
    lumps = joined(*(ball((s, 0.0025, 0.85 * s), (x, y - 0.0008, z), (74, 40, 26), 2)
                     for (x, z), y, s in zip(spots, rise, sizes, strict=True)))
    return canonical({"dough": dough, "chips": lumps},
                     {"surface": Frame.at((0, thickness + 0.0015, 0), half=0.8 * radius),
                      "centre": Frame.at((0, thickness / 2, 0))})


def _lattice(reach: float, width: float, height: float, strips: int) -> trimesh.Trimesh:
    """Strips of pastry crossing each other over a disc."""
    bars = []
    for turn in (0, 90):
        for x in np.linspace(-0.72, 0.72, strips) * reach:
            bar = rounded((width, 0.006, 2 * float(np.sqrt(reach**2 - x**2))), 0.0025, (float(x), height, 0), (226, 168, 92), 2)
            bars.append(turned(bar, 45 + turn, (0, 1, 0)))
    return joined(*bars)


@category("pie", length_m=(0.24, 0.3), synonyms=("apple pie",), symmetry="revolution", mass="medium",
          ranges={"height": (0.036, 0.048)})
def pie(radius: float = 0.125, height: float = 0.042, strips: int = 5, lattice: bool = True) -> Template:
    """A pie with a crimped crust in a shallow tin, under a lattice or a lid with vents."""
    golden, inner, low = (214, 150, 76), 0.84 * radius, height - 0.006
    tin = lathe([(0, 0), (0.78 * radius, 0), (0.98 * radius, 0.72 * height), (1.04 * radius, 0.74 * height),
                 (1.04 * radius, 0.78 * height), (0, 0.78 * height)], colour=(178, 184, 192), sections=64)
    crust = lathe([(0, 0.5 * height), (0.93 * radius, 0.7 * height), (1.01 * radius, 0.8 * height),
                   (1.01 * radius, 0.95 * height), (0.95 * radius, 1.08 * height), (0.88 * radius, 1.04 * height),
                   (inner, low), (0.5 * inner, low + 0.001),
                   (0, low + 0.001)], colour=golden, sections=112)
    x, y, z = crust.vertices.T
    crimp = (np.hypot(x, z) > 0.87 * radius) * np.cos(28 * np.arctan2(z, x))
    crust.vertices = np.column_stack([x * (1 + 0.014 * crimp), y + 0.0022 * crimp * (y > 0.75 * height), z * (1 + 0.014 * crimp)])
    if lattice:
        away = np.hypot(*np.moveaxis(crust.triangles[..., [0, 2]], -1, 0)).max(axis=1)
        crust = tinted(crust, (away < 1.01 * inner) & (crust.triangles_center[:, 1] > 0.8 * low), (168, 52, 40))
        cover = _lattice(0.98 * inner, 0.9 * inner / strips, low + 0.003, strips)
    else:
        lid = lathe([(0, low - 0.004), (inner, low - 0.004), (inner, low), (0.6 * inner, low + 0.005), (0, low + 0.006)],
                    colour=(226, 168, 92), sections=64)
        slit = ball((0.22 * inner, 0.0015, 0.04 * inner), (0.48 * inner, low + 0.0055, 0), (122, 44, 34), 2)
        cover = joined(lid, *(turned(slit.copy(), 360 * k / strips, (0, 1, 0)) for k in range(strips)))
    top = max(1.08 * height, low + 0.006)
    return canonical({"tin": tin, "crust": crust, "cover": cover},
                     {"surface": Frame.at((0, top, 0), half=0.8 * radius), "top": Frame.at((0, top, 0)),
                      "centre": Frame.at((0, height / 2, 0))})


@category("lemon", length_m=(0.065, 0.095), symmetry="revolution about x", ranges={"nipple": (0.16, 0.24), "girth": (0.33, 0.38)})
def lemon(length: float = 0.08, girth: float = 0.355, nipple: float = 0.2) -> Template:
    """A lemon lying along x, drawn out to a tip at either end."""
    radius = girth * length
    outline = [(0.0, -0.5), (0.55 * nipple, -0.492), (nipple, -0.465), (1.5 * nipple, -0.425), (0.68, -0.33), (0.93, -0.17),
               (1, 0), (0.92, 0.17), (0.68, 0.31), (1.7 * nipple, 0.4), (nipple, 0.445), (0.75 * nipple, 0.48),
               (0.4 * nipple, 0.498), (0.0, 0.5)]
    curve = smooth(outline, 44) * [radius, length]
    curve[[0, -1], 0] = 0
    peel = turned(lathe(np.maximum(curve, [0, -1]).tolist(), colour=(246, 214, 52), sections=44), -90, (0, 0, 1))
    button = cylinder(0.5 * nipple * radius, 0.03 * length, (-0.49 * length, 0, 0), (1, 0, 0), (128, 138, 60), sections=14)
    return canonical({"peel": peel, "button": button},
                     {"top": Frame.at((0, radius, 0)), "centre": Frame.at((0, 0, 0))})


@category("onion", length_m=(0.07, 0.11), symmetry="revolution", ranges={"flatness": (0.8, 0.95)})
def onion(radius: float = 0.042, flatness: float = 0.87, neck: float = 0.02) -> Template:
    """A golden onion: a streaked bulb drawn out to a dry tip, with a tuft of roots below."""
    high = 2 * flatness * radius
    points = [(0.0, 0.0), (0.014, 0.001), (0.75 * radius, 0.16 * high), (radius, 0.48 * high), (0.72 * radius, 0.83 * high),
              (0.3 * radius, high), (0.17 * radius, high + 0.35 * neck), (0.13 * radius, high + 0.7 * neck),
              (0.06 * radius, high + neck)]
    outline = np.concatenate([smooth(points, 40), [(0, high + neck)]])
    outline[0] = 0
    skin = lathe(np.maximum(outline, [0, 0]).tolist(), colour=(214, 150, 70), sections=72)
    x, y, z = skin.triangles_center.T
    streak = np.cos(18 * np.arctan2(z, x))
    skin = tinted(tinted(skin, streak > 0.55, (186, 112, 46)), y > high + 0.25 * neck, (168, 122, 70))
    roots = [tube([(0.004 * np.cos(a), 0.003, 0.004 * np.sin(a)), (0.012 * np.cos(a), 0, 0.012 * np.sin(a))], [0.0012, 0.0008],
                  (214, 190, 146), 8) for a in np.radians(np.arange(0, 360, 45))]
    top = high + neck
    return canonical({"bulb": skin, "roots": joined(*roots)},
                     {"top": Frame.at((0, top, 0)), "centre": Frame.at((0, high / 2, 0))})
