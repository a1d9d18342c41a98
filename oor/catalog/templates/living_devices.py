"""Templates of devices and ornaments about the house."""

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
    GREEN,
    RED,
    SOOT,
    STEEL,
    WHITE,
    YELLOW,
    Colour,
    Point,
    arc,
    ball,
    box,
    cylinder,
    fluted,
    joined,
    lathe,
    lofted,
    paint,
    repeated,
    ring,
    rounded,
    smooth,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical

WAX: Colour = (240, 228, 200)
MARBLE: Colour = (226, 222, 212)
CHROME: Colour = (200, 204, 210)
GLOW: Colour = (255, 232, 160)
GREY: Colour = (128, 132, 140)
TAN: Colour = (146, 92, 54)


def _along_z(profile: Sequence[tuple[float, float]], colour: Colour, sections: int = 40) -> trimesh.Trimesh:
    """A profile of (radius, z) points turned about the z axis."""
    return turned(lathe(profile, colour=colour, sections=sections), 90, (1, 0, 0))


def _knob(radius: float, depth: float, centre: Point, colour: Colour) -> trimesh.Trimesh:
    """A round knob facing +z, its foot at the centre."""
    x, y, z = centre
    return joined(cylinder(radius, depth, (x, y, z + depth / 2), (0, 0, 1), colour, 0.86 * radius, 28),
                  box((0.18 * radius, 0.8 * radius, 0.002), (x, y + 0.35 * radius, z + depth), WHITE))


@category("taper candle", length_m=(0.2, 0.3), stretch=0.03, synonyms=("dinner candle", "candlestick candle", "tapered candle"),
          symmetry="revolution", mass="featherlight", ranges={"height": (0.235, 0.265), "radius": (0.0105, 0.0115)})
def taper_candle(height: float = 0.25, radius: float = 0.011, slim: float = 0.72, twisted: bool = False) -> Template:
    """A slim unlit dinner candle standing upright, plain or twisted."""
    t = np.linspace(0.16, 0.955, 26)
    side = [(radius * float(np.interp(u, (0.16, 0.955), (1, slim))), height * u) for u in t]
    end = [(0.86 * slim * radius, 0.975 * height), (0.5 * slim * radius, 0.992 * height), (0, height)]
    if twisted:
        shaft = fluted(lathe([(0, 0.15 * height), *side, *end], colour=WAX, sections=40), 0.24, 4, 110.0)
    else:
        shaft = lathe([(0, 0.15 * height), side[0], side[-1], *end], colour=WAX)
    butt = lathe([(0, 0), (0.9 * radius, 0), (radius, 0.003), (radius, 0.16 * height), (0, 0.16 * height)], colour=WAX)
    wick = tube(smooth([(0, 0.98 * height, 0), (0, height + 0.006, 0), (0.001, height + 0.012, 0)], 6), 0.0014, SOOT, 10)
    low = Frame.at((0, 0, 0), (0, -1, 0), radius)
    return canonical({"wax": joined(butt, shaft), "wick": wick},
                     {"foot": low, "tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, height / 2, 0)),
                      "wick": Frame.at((0, height + 0.012, 0)), "top": Frame.at((0, height + 0.012, 0))})


@category("remote control", length_m=(0.17, 0.24), synonyms=("remote", "tv remote", "television remote"), mass="light",
          ranges={"rows": (3, 4)})
def remote_control(length: float = 0.2, width: float = 0.05, height: float = 0.02, rows: int = 4) -> Template:
    """A television remote lying flat, buttons up, its front end toward +z."""
    y, z = height, length / 2
    body = rounded((width, height, length), 0.4 * height, (0, height / 2, 0), BLACK, 4)
    eye = rounded((0.5 * width, 0.45 * height, 0.01), 0.003, (0, 0.55 * height, z - 0.004), (120, 22, 30), 3)
    key = 0.075 * width
    button = cylinder(1.6 * key, 0.003, colour=(214, 216, 220), sections=18)
    columns = (-0.29 * width, 0.0, 0.29 * width)
    pad = [(x, y + 0.001, 0.25 * length - 0.068 * k * length) for k in range(rows) for x in columns]
    wheel = -0.19 * length
    ringed = joined(cylinder(0.34 * width, 0.003, (0, y + 0.001, wheel), colour=GREY),
                    cylinder(0.16 * width, 0.005, (0, y + 0.001, wheel), colour=(214, 216, 220)))
    colours: list[Colour] = [RED, GREEN, YELLOW, BLUE]
    strip = [rounded((0.16 * width, 0.004, 0.03 * length), 0.0014, (x * width, y + 0.001, -0.4 * length), c, 2)
             for x, c in zip((-0.33, -0.11, 0.11, 0.33), colours, strict=True)]
    power = cylinder(0.12 * width, 0.004, (-0.29 * width, y + 0.001, 0.39 * length), colour=(226, 48, 44), sections=24)
    return canonical({"body": body, "eye": eye, "keys": repeated(button, pad), "wheel": ringed, "colours": joined(*strip),
                      "power": power},
                     {"nose": Frame.at((0, height / 2, z), (0, 0, 1)), "surface": Frame.at((0, y, 0), half=(width / 2, z)),
                      "handle": Frame.at((0, height / 2, -0.35 * length), (0, 0, -1))})


@category("flashlight", length_m=(0.14, 0.25), synonyms=("torch", "hand torch", "electric torch"), plural="flashlights",
          symmetry="revolution about z")
def flashlight(length: float = 0.18, grip: float = 0.0165, head: float = 0.029, ribs: int = 6) -> Template:
    """A flashlight lying along z: a ribbed barrel, a wide head with an open silver reflector toward +z."""
    neck, flare, deep = 0.62 * length, 0.78 * length, 0.16 * length
    barrel = _along_z([(0, 0), (0.8 * grip, 0), (grip, 0.004), (grip, neck), (0, neck)], YELLOW)
    cap = _along_z([(0, -0.002), (0.85 * grip, -0.002), (1.06 * grip, 0.003), (1.06 * grip, 0.09 * length),
                    (0, 0.09 * length)], BLACK)
    hoop = [(0, -0.0035), (1.05 * grip, -0.0035), (1.1 * grip, -0.001), (1.1 * grip, 0.001), (1.05 * grip, 0.0035), (0, 0.0035)]
    bands = repeated(_along_z(hoop, BLACK), [(0, 0, (0.17 + 0.3 * k / ribs) * length) for k in range(ribs)])
    rim, hole = head - 0.0025, length - deep
    bell = _along_z([(0, neck - 0.01), (1.06 * grip, neck - 0.01), (1.08 * grip, neck), (head, flare), (head, length - 0.003),
                     (head - 0.001, length), (rim, length), (rim, length - 0.004), (0.3 * rim, hole), (0, hole)], BLACK)
    silver = _along_z([(0, hole - 0.001), (0.3 * rim, hole - 0.001), (rim + 0.0005, length - 0.0042),
                       (rim - 0.001, length - 0.0038), (0.28 * rim, hole + 0.0015), (0, hole + 0.0015)], (228, 230, 234))
    bulb = ball(0.18 * head, (0, 0, hole + 0.2 * head), GLOW, 2)
    switch = rounded((0.5 * grip, 0.005, 0.09 * length), 0.0022, (0, grip, 0.54 * length), RED, 3)
    return canonical({"barrel": barrel, "grip": joined(cap, bands), "head": bell, "reflector": silver, "bulb": bulb,
                      "switch": switch},
                     {"nose": Frame.at((0, 0, length), (0, 0, 1)), "handle": Frame.at((0, 0, 0.3 * length), (0, 0, -1))})


def _face(y: float, size: float) -> trimesh.Trimesh:
    """A stylised head looking to +z, its middle at a height: skull, jaw, nose, brow, eyes, lips, ears."""
    s = size
    skull = ball((0.78 * s, 0.95 * s, 0.92 * s), (0, y + 0.12 * s, -0.05 * s), MARBLE)
    jaw = ball((0.6 * s, 0.72 * s, 0.62 * s), (0, y - 0.42 * s, 0.2 * s), MARBLE, 2)
    nose = lofted([ring((0, y + h * s, z * s), (x * s, 0, 0), (0, 0, d * s), 12) for h, z, x, d in (
        (0.2, 0.8, 0.09, 0.08), (-0.1, 0.92, 0.13, 0.16), (-0.24, 0.92, 0.19, 0.2), (-0.31, 0.86, 0.14, 0.12))], MARBLE)
    brow = [tube(smooth([(k * 0.1 * s, y + 0.22 * s, 0.85 * s), (k * 0.34 * s, y + 0.27 * s, 0.78 * s),
                         (k * 0.58 * s, y + 0.18 * s, 0.56 * s)], 7), 0.075 * s, MARBLE, 8) for k in (-1, 1)]
    eyes = [ball((0.13 * s, 0.075 * s, 0.08 * s), (k * 0.31 * s, y + 0.05 * s, 0.76 * s), (196, 191, 180), 1) for k in (-1, 1)]
    lips = [ball((w * s, 0.05 * s, 0.08 * s), (0, y + h * s, 0.79 * s), (204, 199, 188), 1)
            for w, h in ((0.2, -0.47), (0.17, -0.56))]
    chin = ball((0.22 * s, 0.17 * s, 0.16 * s), (0, y - 0.84 * s, 0.62 * s), MARBLE, 1)
    ears = [ball((0.09 * s, 0.24 * s, 0.15 * s), (k * 0.79 * s, y, -0.02 * s), MARBLE, 1) for k in (-1, 1)]
    return joined(skull, jaw, nose, *brow, *eyes, *lips, chin, *ears)


def _curls(y: float, size: float) -> trimesh.Trimesh:
    """Short curly hair on the back and top of the head of `_face`."""
    k = np.arange(90) + 0.5
    h, around = 1 - 2 * k / 90, k * np.pi * (1 + 5**0.5)
    d = np.column_stack([np.sqrt(1 - h**2) * np.sin(around), h, np.sqrt(1 - h**2) * np.cos(around)])
    d = d[(d[:, 1] > -0.45) & (d[:, 1] > 0.62 * d[:, 2] + 0.1 - 0.5 * (d[:, 2] < 0.15))]
    spots = d * np.array([0.8, 0.97, 0.94]) * size + [0, y + 0.12 * size, -0.05 * size]
    return repeated(ball(0.19 * size, colour=(206, 201, 190), subdivisions=1), spots)


@category("statue", length_m=(0.25, 0.52), synonyms=("bust", "sculpture", "marble bust", "marble statue"), fronted=True,
          mass="medium")
def statue(shoulder: float = 0.11, head: float = 0.062, plinth: float = 0.045, curls: bool = True) -> Template:
    """A marble bust on a round socle and a square plinth."""
    w, low = shoulder, plinth + 0.055
    base = joined(box((1.5 * w, 0.75 * plinth, 1.15 * w), (0, 0.375 * plinth, 0), (126, 108, 96)),
                  box((1.25 * w, 0.26 * plinth, 0.95 * w), (0, 0.87 * plinth, 0), (142, 124, 110)))
    socle = lathe([(0, plinth - 0.001), (0.42 * w, plinth - 0.001), (0.42 * w, plinth + 0.01), (0.26 * w, plinth + 0.022),
                   (0.22 * w, plinth + 0.038), (0.32 * w, low + 0.01), (0, low + 0.01)], colour=(142, 124, 110), sections=40)
    top = low + 1.05 * w
    chest = [(0, 0.3, 0.24, 0), (0.16, 0.55, 0.36, 0.02), (0.42, 0.82, 0.44, 0.02), (0.68, 0.98, 0.42, 0),
             (0.85, 1.0, 0.37, -0.04), (0.97, 0.86, 0.3, -0.06), (1.05, 0.55, 0.25, -0.07), (1.1, 0.36, 0.22, -0.07)]
    torso = lofted([ring((0, low + h * w, z * w), (x * w, 0, 0), (0, 0, d * w), 32) for h, x, d, z in chest], MARBLE)
    middle = top + 0.3 * head + 1.15 * head
    neck = tube([(0, top - 0.1 * w, -0.1 * w), (0, middle - 0.3 * head, 0)], [0.55 * head, 0.47 * head], MARBLE, 24)
    folds = [tube(smooth([(k * 0.62 * w, low + 1.02 * w, 0.16 * w), (k * 0.4 * w, low + 0.72 * w, 0.4 * w),
                          (-0.12 * k * w, low + 0.34 * w, 0.42 * w)], 10), [0.05 * w] * 10, (208, 203, 192), 8) for k in (-1, 1)]
    crown = middle + 1.07 * head
    parts = {"plinth": base, "socle": socle, "torso": joined(torso, *folds), "neck": neck, "head": _face(middle, head)}
    if curls:
        parts["hair"] = _curls(middle, head)
        crown = float(parts["hair"].bounds[1, 1])
    return canonical(parts, {"top": Frame.at((0, crown, 0)), "centre": Frame.at((0, crown / 2, 0))})


@category("microwave", length_m=(0.58, 0.72), synonyms=("microwave oven",), fronted=True, mass="heavy")
def microwave(width: float = 0.62, height: float = 0.35, depth: float = 0.38, dials: bool = False) -> Template:
    """A closed microwave oven: a dark window and a handle at the left, the controls at the right."""
    feet, z, panel = 0.012, depth / 2, 0.24 * width
    y = feet + height / 2
    case = rounded((width, height, depth), 0.008, (0, y, 0), CHROME, 3)
    door = rounded((width - panel - 0.012, height - 0.016, 0.016), 0.005, (-panel / 2, y, z + 0.003), (214, 217, 222), 3)
    left, wide = -panel / 2 - 0.018, width - panel - 0.12
    glass = box((wide, 0.62 * height, 0.004), (left, y, z + 0.0115), (30, 33, 40))
    mesh = box((0.8 * wide, 0.44 * height, 0.002), (left, y, z + 0.014), (62, 66, 74))
    bar = width / 2 - panel - 0.028
    handle = joined(rounded((0.016, 0.7 * height, 0.014), 0.006, (bar, y, z + 0.04), STEEL, 3),
                    *(box((0.012, 0.014, 0.034), (bar, y + s * 0.3 * height, z + 0.024), STEEL) for s in (-1, 1)))
    right, face = width / 2 - panel / 2 - 0.002, z + 0.006
    board = rounded((panel - 0.012, height - 0.016, 0.01), 0.004, (right, y, z + 0.001), BLACK, 2)
    clock = joined(box((0.7 * panel, 0.13 * height, 0.002), (right, y + 0.34 * height, face), (16, 44, 40)),
                   *(box((0.07 * panel, 0.075 * height, 0.002), (right + k * 0.14 * panel, y + 0.34 * height, face + 0.001),
                         (96, 236, 180)) for k in (-1.4, -0.5, 0.5, 1.4)))
    if dials:
        keys = joined(*(_knob(0.22 * panel, 0.02, (right, y + h * height, face), CHROME) for h in (0.06, -0.26)))
    else:
        spots = [(right + i * 0.24 * panel, y + (0.16 - 0.13 * k) * height, face) for i in (-1, 0, 1) for k in range(4)]
        keys = joined(repeated(box((0.17 * panel, 0.075 * height, 0.004), colour=(206, 208, 212)), spots),
                      box((0.66 * panel, 0.08 * height, 0.004), (right, y - 0.38 * height, face), GREEN))
    stands = repeated(cylinder(0.014, feet + 0.004, colour=SOOT),
                      [(sx * (width / 2 - 0.05), feet / 2 + 0.002, sz * (z - 0.05)) for sx in (-1, 1) for sz in (-1, 1)])
    return canonical({"case": case, "door": door, "window": joined(glass, mesh), "handle": handle, "panel": board, "clock": clock,
                      "keys": keys, "feet": stands},
                     {"surface": Frame.at((0, feet + height, 0), half=(width / 2 - 0.01, z - 0.01))})


@category("toaster", length_m=(0.33, 0.46), synonyms=("bread toaster", "pop-up toaster"), fronted=True, mass="medium")
def toaster(width: float = 0.34, height: float = 0.19, depth: float = 0.17, lamp: bool = True) -> Template:
    """A chrome toaster with two long slots in its top, its lever and dial toward +z."""
    feet, z, bend = 0.012, depth / 2, 0.032
    y, top = feet + height / 2, feet + height
    body = rounded((width - 0.02, height, depth), bend, (0, y, 0), CHROME, 5)
    ends = repeated(rounded((0.035, height - 0.004, depth - 0.004), 0.0165, (0, 0, 0), DARK, 4),
                    [(s * (width / 2 - 0.0175), y, 0) for s in (-1, 1)])
    skirt = rounded((width - 0.012, 0.024, depth + 0.006), 0.008, (0, feet + 0.011, 0), DARK, 3)
    long, wide = 0.7 * width, 0.16 * depth
    spots = [(0, top, s * 0.185 * depth) for s in (-1, 1)]
    frames = repeated(box((long + 0.014, 0.003, wide + 0.012), colour=(232, 234, 238)), spots)
    slots = repeated(box((long, 0.0045, wide), colour=(28, 24, 24)), spots)
    wires = repeated(box((0.003, 0.0052, wide), colour=(190, 110, 60)),
                     [(k * long / 7, top, s[2]) for s in spots for k in range(-3, 4)])
    x = 0.3 * width
    track = box((0.012, 0.5 * height, 0.003), (x, y + 0.08 * height, z), SOOT)
    lever = rounded((0.05, 0.018, 0.028), 0.007, (x, y + 0.26 * height, z + 0.013), BLACK, 3)
    dial = _knob(0.021, 0.018, (0.06 * width, y - 0.1 * height, z - 0.001), BLACK)
    parts = {"body": body, "ends": ends, "skirt": skirt, "frames": frames, "slots": joined(slots, wires),
             "lever": joined(track, lever), "dial": dial}
    if lamp:
        parts["lamp"] = cylinder(0.006, 0.006, (-0.1 * width, y - 0.1 * height, z), (0, 0, 1), (236, 90, 50))
    return canonical(parts, {"surface": Frame.at((0, top + 0.002, 0), half=(width / 2 - 0.035, z - bend))})


@category("radio", length_m=(0.22, 0.36), synonyms=("portable radio", "transistor radio", "radio set"), fronted=True,
          mass="medium")
def radio(width: float = 0.28, height: float = 0.16, depth: float = 0.08, aerial: float = 0.11, handle: bool = True) -> Template:
    """A portable radio: a round loudspeaker at the left, a dial and knobs at the right, an aerial."""
    z, y = depth / 2, height / 2
    case = rounded((width, height, depth), 0.016, (0, y, 0), (172, 58, 50), 4)
    front = rounded((width - 0.024, height - 0.026, 0.008), 0.003, (0, y, z), WAX, 2)
    r, left, face = min(0.38 * height, 0.24 * width), -0.22 * width, z + 0.004
    grille = joined(cylinder(r, 0.006, (left, y, z + 0.003), (0, 0, 1), DARK),
                    *(tube(arc((left, y, face + 0.002), k * r, 0, 365, count=25), 0.0018, CHROME, 6)
                      for k in (0.33, 0.66, 1.0)))
    right, wide = 0.23 * width, 0.38 * width
    window = box((wide, 0.26 * height, 0.003), (right, y + 0.22 * height, face), (40, 44, 50))
    marks = repeated(box((0.0016, 0.1 * height, 0.0034), colour=WHITE),
                     [(right + u * wide, y + 0.24 * height, face + 0.0004) for u in np.linspace(-0.42, 0.42, 11)])
    needle = box((0.003, 0.24 * height, 0.004), (right + 0.12 * wide, y + 0.22 * height, face + 0.0008), (236, 60, 40))
    knobs = [_knob(0.12 * height, 0.014, (right + s * 0.26 * wide, y - 0.16 * height, face - 0.001), DARK) for s in (-1, 1)]
    x = width / 2 - 0.03
    rod = tube([(x, height - 0.01, -0.5 * z), (x, height + 0.55 * aerial, -0.5 * z), (x, height + 0.551 * aerial, -0.5 * z),
                (x, height + aerial, -0.5 * z)], [0.003, 0.003, 0.0021, 0.0021], STEEL, 10)
    mast = turned(joined(rod, ball(0.0042, (x, height + aerial, -0.5 * z), STEEL, 2)), 28, (0, 0, 1), (x, height - 0.01, 0))
    parts = {"case": case, "front": front, "grille": grille, "dial": joined(window, marks, needle),
             "knobs": joined(*knobs), "aerial": mast}
    if handle:
        reach = 0.3 * width
        path = [(u * reach, height + h, 0) for u, h in ((-1, -0.006), (-0.93, 0.026), (-0.6, 0.034), (0.6, 0.034), (0.93, 0.026),
                                                        (1, -0.006))]
        parts["handle"] = tube(smooth(path, 24), 0.0055, DARK, 12)
    return canonical(parts, {"top": Frame.at((0, height + (0.0395 if handle else 0), 0))})


@category("camping lantern", length_m=(0.24, 0.4), synonyms=("camp lantern",), symmetry="half-turn", mass="medium")
def camping_lantern(height: float = 0.2, radius: float = 0.062, globe: float = 0.05, bars: int = 4) -> Template:
    """A camping lantern: a fuel tank, a glowing glass globe behind bars, a vented cap, a bail upright over it."""
    low, high = 0.32 * height, 0.74 * height
    tank = lathe([(0, 0), (radius, 0), (1.04 * radius, 0.006), (1.04 * radius, 0.03), (0.95 * radius, 0.7 * low),
                  (0.72 * radius, low - 0.004), (0.72 * radius, low), (0, low)], colour=(58, 104, 72))
    glass = lathe([(0, low - 0.001), (0.75 * globe, low - 0.001), (0.95 * globe, low + 0.15 * height),
                   (globe, low + 0.22 * height), (0.92 * globe, low + 0.33 * height), (0.75 * globe, high + 0.002),
                   (0, high + 0.002)], colour=GLOW)
    cap = lathe([(0, high), (1.02 * radius, high), (1.05 * radius, high + 0.005), (0.9 * radius, high + 0.05 * height),
                 (0.62 * radius, high + 0.1 * height), (0.5 * radius, high + 0.1 * height), (0.5 * radius, high + 0.16 * height),
                 (0.66 * radius, high + 0.165 * height), (0.55 * radius, height - 0.006), (0.2 * radius, height), (0, height)],
                colour=(58, 104, 72))
    angles = np.pi * (np.arange(2 * (bars // 2 + 1)) + 0.5) / (bars // 2 + 1)
    out = 0.93 * radius
    cage = [tube([(out * c, 0.5 * low, out * s), (out * c, high + 0.003, out * s)], 0.0026, STEEL, 8)
            for c, s in zip(np.cos(angles), np.sin(angles), strict=True)]
    hoop = tube(arc((0, low + 0.21 * height, 0), out, 0, 365, "xz", 41), 0.0024, STEEL, 8)
    pivot, reach = high + 0.02, 1.1 * radius
    bow = arc((0, pivot + 0.45 * height, 0), reach, 0, 180)
    bail = tube([(reach, pivot - 0.008, 0), (reach, pivot, 0), *bow, (-reach, pivot, 0), (-reach, pivot - 0.008, 0)],
                0.0028, STEEL, 10)
    ears = repeated(cylinder(0.006, 0.012, axis=(1, 0, 0), colour=BRASS, sections=16),
                    [(s * 1.06 * radius, pivot - 0.006, 0) for s in (-1, 1)])
    top = pivot + 0.45 * height + reach
    return canonical({"tank": tank, "globe": glass, "cap": cap, "cage": joined(*cage, hoop), "bail": bail, "ears": ears},
                     {"light": Frame.at((0, low + 0.21 * height, 0), (0, -1, 0), globe), "hang": Frame.at((0, top - 0.0028, 0)),
                      "top": Frame.at((0, top + 0.0028, 0))})


def _band(across: float, deep: float, width: float, thick: float) -> trimesh.Trimesh:
    """A closed oval strap about the y axis, tapering away from its front (+z)."""
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    half = width / 2 * (0.85 + 0.15 * np.cos(angles))

    def loop(inset: float, side: int) -> Array:
        return np.column_stack([(across - inset) * np.sin(angles), side * half, (deep - inset) * np.cos(angles)])

    index = np.arange(240).reshape(4, 60).T
    ahead, i, j = np.roll(index, -1, axis=0), [0, 1, 2, 3], [1, 2, 3, 0]
    quads = np.stack([index[:, i], ahead[:, i], ahead[:, j], index[:, j]], axis=-1).reshape(-1, 4)
    mesh = trimesh.Trimesh(np.concatenate([loop(0, -1), loop(0, 1), loop(thick, 1), loop(thick, -1)]),
                           np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]), process=False)
    if mesh.volume < 0:
        mesh.invert()
    return paint(mesh, TAN)


@category("watch", length_m=(0.065, 0.095), synonyms=("wristwatch", "wrist watch", "analog watch"), plural="watches",
          mass="featherlight")
def watch(across: float = 0.035, deep: float = 0.022, case: float = 0.021, strap: float = 0.022) -> Template:
    """A wrist watch with its strap closed, lying on its side with its face toward +z, three o'clock up."""
    band = _band(across, deep, strap, 0.0028)
    z = deep - 0.004
    shell = _along_z([(0, 0), (0.9 * case, 0), (case, 0.002), (case, 0.008), (0.86 * case, 0.0105), (0.86 * case, 0.0085),
                      (0, 0.0085)], BRASS)
    shell.apply_translation((0, 0, z))
    face = z + 0.0085
    dial = cylinder(0.85 * case, 0.001, (0, 0, face + 0.0003), (0, 0, 1), WHITE, sections=40)

    def stroke(start: float, stop: float, wide: float, turn_deg: float, level: float) -> trimesh.Trimesh:
        bar = box((wide, (stop - start) * case, 0.0006), (0, (start + stop) / 2 * case, face + level), BLACK)
        return turned(bar, 90 - turn_deg, (0, 0, 1))

    hours = [stroke(0.64 if k % 3 else 0.56, 0.79, 0.0011 if k % 3 else 0.002, 30 * k, 0.0009) for k in range(12)]
    hands = [stroke(-0.08, 0.42, 0.0022, 305, 0.0012), stroke(-0.1, 0.66, 0.0015, 60, 0.0015),
             cylinder(0.0016, 0.002, (0, 0, face + 0.001), (0, 0, 1), BLACK, sections=14)]
    lugs = repeated(rounded((0.008, strap + 0.002, 0.006), 0.0022, (0, 0, 0), BRASS, 2),
                    [(s * case, 0, z + 0.002) for s in (-1, 1)])
    winder = cylinder(0.0026, 0.005, (0, case + 0.0015, z + 0.005), (0, 1, 0), BRASS, sections=16)
    buckle = box((0.016, 0.96 * strap, 0.003), (0, 0, -deep), BRASS)
    return canonical({"strap": band, "case": joined(shell, lugs, winder), "dial": dial, "hands": joined(*hours, *hands),
                      "buckle": buckle},
                     {"top": Frame.at((0, case + 0.004, z + 0.005)), "centre": Frame.at((0, 0, 0))})
