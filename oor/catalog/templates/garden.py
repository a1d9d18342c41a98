"""What stands outdoors and in the broom cupboard."""

from __future__ import annotations

import numpy as np

from oor.catalog.category import category
from oor.catalog.solids import (
    BLUE,
    BRASS,
    CLAY,
    DARK,
    RED,
    SOOT,
    STEEL,
    WOOD,
    YELLOW,
    Colour,
    Point,
    arc,
    ball,
    box,
    cylinder,
    hull,
    joined,
    lathe,
    leaf,
    sheet,
    smooth,
    tube,
    turned,
)
from oor.catalog.template import Frame, Template, canonical
from oor.catalog.vessels import vessel

EARTH: Colour = (84, 60, 44)
STRAW: Colour = (222, 184, 96)
ENAMEL: Colour = (66, 138, 112)
LEAF: Colour = (98, 152, 82)
NAVY: Colour = (52, 84, 144)
PINK: Colour = (222, 84, 110)


@category("watering can", length_m=(0.23, 0.3036), synonyms=("watering pot", "sprinkling can", "garden can"))
def watering_can(radius: float = 0.078, height: float = 0.15) -> Template:
    """A green can with a long spout, a brass rose and a hoop handle."""
    body, inner = vessel([(radius, 0), (1.03 * radius, 0.004), (1.03 * radius, 0.012), (radius, 0.016),
                          (0.93 * radius, 0.95 * height), (0.97 * radius, 0.97 * height), (0.97 * radius, height)],
                         0.004, 0.006, ENAMEL, (50, 104, 86))
    path = smooth([(radius - 0.005, 0.044, 0), (0.115, 0.075, 0), (0.165, 0.135, 0), (0.205, 0.172, 0)], 16)
    neck = tube(path, np.linspace(0.021, 0.0105, 16).tolist(), ENAMEL)
    flow = (path[-1] - path[-2]) / np.linalg.norm(path[-1] - path[-2])
    face: Point = tuple(path[-1] + 0.032 * flow)
    rose = cylinder(0.0105, 0.036, tuple(path[-1] + 0.014 * flow), tuple(flow), BRASS, top=0.031, sections=28)
    side = np.array([-flow[1], flow[0], 0])
    dots = [np.add(face, r * (np.cos(a) * side + [0, 0, np.sin(a)])) for r, n in ((0, 1), (0.012, 6), (0.023, 10))
            for a in np.arange(n) * 2 * np.pi / n]
    holes = joined(*(cylinder(0.0032, 0.003, tuple(dot), tuple(flow), SOOT, sections=8) for dot in dots))
    hoop = smooth([(0.03, height - 0.008, 0.0), (0.01, height + 0.055, 0), (-0.07, height + 0.055, 0),
                   (-0.13, height - 0.03, 0), (-0.115, 0.06, 0), (-0.074, 0.035, 0)], 30)
    bridge = tube([(0.03, height - 0.006, -0.07), (0.03, height - 0.006, 0.07)], 0.006, ENAMEL)
    frames = {"spout": Frame.at(face, tuple(flow), 0.031), "opening": inner["opening"],
              "handle": Frame.at((-0.1, height + 0.03, 0), (-1, 1, 0))}
    return canonical({"body": body, "spout": neck, "rose": joined(rose, holes),
                      "handle": joined(tube(hoop, 0.0085, ENAMEL), bridge)}, frames)


@category("flower pot", length_m=(0.25, 0.45), synonyms=("flowerpot", "plant",
                                                         "houseplant", "house plant", "potted flower"), mass="medium")
def flower_pot(radius: float = 0.1, height: float = 0.17) -> Template:
    """A terracotta pot of earth with a small leafy plant and a few blossoms."""
    collar = height - 0.04
    clay, _ = vessel([(0.66 * radius, 0), (0.69 * radius, 0.006), (0.9 * radius, collar - 0.002), (radius, collar),
                      (radius + 0.004, height)], 0.009, 0.02, CLAY)
    level, inside = height - 0.014, radius - 0.0065
    earth = lathe([(0, level - 0.02), (inside - 0.002, level - 0.02), (inside + 0.002, level), (0, level)],
                  colour=EARTH)
    blades = [leaf((0, level - 0.004, 0), size, 0.36 * size, lean, start + turn, colour)
              for size, lean, start, n, colour in ((0.1, 62, 0, 6, (74, 126, 66)), (0.105, 30, 30, 5, LEAF))
              for turn in np.arange(n) * 360 / n]
    heads = [(0.0, 0.125, 0.012), (-0.034, 0.1, -0.012), (0.036, 0.106, -0.016)]
    stalks = [tube(smooth([(0, level - 0.004, 0), (0.3 * x, level + 0.5 * y, 0.3 * z), (x, level + y, z)], 7), 0.0028,
                   LEAF, 8) for x, y, z in heads]
    petals = [ball((0.0115, 0.008, 0.0115), (x + 0.0125 * np.cos(a), level + y, z + 0.0125 * np.sin(a)), PINK, 1)
              for x, y, z in heads for a in np.arange(5) * 2 * np.pi / 5]
    hearts = [ball((0.008, 0.009, 0.008), (x, level + y + 0.004, z), YELLOW, 1) for x, y, z in heads]
    earth_plane = Frame.at((0, level, 0), half=inside)
    return canonical({"pot": clay, "earth": earth, "plant": joined(*blades, *stalks),
                      "flowers": joined(*petals, *hearts)}, {"opening": earth_plane, "floor": earth_plane})


@category("bucket", length_m=(0.25, 0.4), synonyms=("pail", "water bucket", "tub"), mass="medium")
def bucket(radius: float = 0.145, height: float = 0.26) -> Template:
    """A blue bucket with a rolled rim and its bail leaning back."""
    side_wall = [((0.72 + 0.27 * t) * radius, 0.006 + t * (height - 0.03)) for t in (0.0, 0.3, 0.6, 0.97)]
    body, frames = vessel([(0.7 * radius, 0), *side_wall, (radius + 0.005, height - 0.02),
                           (radius + 0.007, height - 0.004), (radius + 0.004, height)], 0.007, 0.009, BLUE, NAVY)
    pivot: Point = (0, height - 0.03, 0)
    bail = turned(tube(arc(pivot, radius + 0.007, 0, 180, count=32), 0.004, STEEL, 10), -42, (1, 0, 0), pivot)
    grip = turned(tube(arc(pivot, radius + 0.007, 76, 104, count=6), 0.0105, DARK, 14), -42, (1, 0, 0), pivot)
    ears = joined(*(cylinder(0.017, 0.014, (side * (radius + 0.003), height - 0.03, 0), (1, 0, 0), NAVY)
                    for side in (-1, 1)))
    back: Point = (0, float(np.cos(np.radians(42))), -float(np.sin(np.radians(42))))
    frames["handle"] = Frame.at(tuple(np.add(pivot, (radius + 0.007) * np.array(back))), back)
    return canonical({"body": body, "ears": ears, "bail": joined(bail, grip)}, frames)


@category("broom", length_m=(1.1, 1.5), stretch=0.04, synonyms=("broomstick", "sweeping brush", "besom"), symmetry="half-turn")
def broom(length: float = 1.3, width: float = 0.32) -> Template:
    """A straw broom standing on its bristles."""
    tufts = []
    for z in (-0.022, 0.022):
        for k, x in enumerate(np.linspace(-1, 1, 11)):
            foot, top, shade = x * width / 2, x * 0.065, 18 * ((k + (z > 0)) % 2)
            tufts.append(hull([(middle + sx * wide, y, fan * z + sz * deep) for sx in (-1, 1) for sz in (-1, 1)
                               for middle, y, fan, wide, deep in ((foot, 0.012 * abs(x), 1.5, 0.017, 0.014),
                                                                  (top, 0.34, 0.45, 0.008, 0.01))],
                              (STRAW[0] - shade, STRAW[1] - shade, STRAW[2] - shade)))
    bands = [hull([(sx * half, y + dy, sz * deep) for sx in (-1, 1) for sz in (-1, 1) for dy in (-0.008, 0.008)], RED)
             for y, half, deep in ((0.22, 0.112, 0.036), (0.28, 0.096, 0.031))]
    collar = hull([(sx * x, y, sz * z) for x, y, z in ((0.077, 0.325, 0.025), (0.03, 0.42, 0.02), (0.02, 0.45, 0.018))
                   for sx in (-1, 1) for sz in (-1, 1)], RED)
    stick = tube([(0, 0.3, 0), (0, 0.6, 0), (0, length - 0.01, 0), (0, length, 0)],
                 [0.0145, 0.0145, 0.0145, 0.009], WOOD)
    return canonical({"bristles": joined(*tufts), "binding": joined(*bands, collar), "stick": stick},
                     {"head": Frame.at((0, 0, 0), (0, -1, 0), (width / 2, 0.045)), "handle": Frame.at((0, length, 0))})


@category("ladder", length_m=(1.8, 3.0), stretch=0.05, synonyms=("wooden ladder",),
          symmetry="half-turn", mass="medium")
def ladder(length: float = 2.2, width: float = 0.5, rungs: int = 7) -> Template:
    """A straight wooden ladder."""
    rails = joined(*(box((0.045, length - 0.03, 0.085), (side * (width / 2 - 0.0225), length / 2 + 0.015, 0), WOOD)
                     for side in (-1, 1)))
    heights = np.linspace(0.22, length - 0.2, rungs)
    bars = joined(*(cylinder(0.024, width - 0.03, (0, y, 0), (1, 0, 0), (214, 170, 112), sections=16) for y in heights))
    feet = joined(*(box((0.055, 0.07, 0.095), (side * (width / 2 - 0.0225), 0.035, 0), DARK) for side in (-1, 1)))
    return canonical({"rails": rails, "rungs": bars, "feet": feet},
                     {"foot": Frame.at((0, 0, 0), (0, -1, 0), (width / 2, 0.045)),
                      "head": Frame.at((0, length, 0), half=(width / 2, 0.045))})


@category("shovel", length_m=(0.9, 1.3), stretch=0.04, synonyms=("garden shovel",), mass="medium")
def shovel(length: float = 1.05, width: float = 0.21, blade: float = 0.29) -> Template:
    """A pointed shovel with a wooden shaft and a D grip."""
    up = np.linspace(0, 1, 13)
    half = width / 2 * np.interp(up, [0, 0.08, 0.22, 0.42, 0.9, 1], [0.05, 0.36, 0.72, 0.97, 1, 0.93])
    across = np.linspace(-1, 1, 9)
    x = half[:, None] * across
    dish = 2.6 * x**2 + 0.05 * (1 - up[:, None]) ** 2
    grid = np.stack([x, np.broadcast_to(up[:, None] * blade, x.shape), dish], axis=-1)
    plate = sheet(grid, (0, 0, -0.005), (150, 156, 166))
    socket = tube([(0, blade - 0.12, 0.002), (0, blade - 0.05, 0.002), (0, blade + 0.02, 0), (0, blade + 0.13, 0)],
                  [0.005, 0.014, 0.0205, 0.0185], DARK)
    neck = length - 0.12
    shaft = tube([(0, blade + 0.02, 0), (0, neck, 0)], 0.0165, WOOD)
    arm = smooth([(0, neck - 0.03, 0), (0.03, neck + 0.02, 0), (0.055, length - 0.014, 0)], 8)
    yoke = joined(*(tube(arm * [side, 1, 1], np.linspace(0.0165, 0.012, 8).tolist(), DARK) for side in (-1, 1)))
    bar = cylinder(0.0155, 0.13, (0, length - 0.0155, 0), (1, 0, 0), DARK, sections=20)
    return canonical({"blade": plate, "socket": socket, "shaft": shaft, "grip": joined(yoke, bar)},
                     {"head": Frame.at((0, 0, 0.05), (0, -1, 0)), "handle": Frame.at((0, length, 0))})
