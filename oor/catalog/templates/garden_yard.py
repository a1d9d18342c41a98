"""Templates of garden tools and of what stands in the yard."""

from __future__ import annotations

import numpy as np
import trimesh

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
    Colour,
    Point,
    arc,
    ball,
    box,
    corners,
    cylinder,
    fluted,
    hull,
    joined,
    lathe,
    leaf,
    lofted,
    oblong,
    repeated,
    ring,
    sheet,
    slab,
    smooth,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical

STEM: Colour = (92, 138, 70)
GOURD: Colour = (226, 122, 42)
SKIN: Colour = (238, 188, 150)
IRON: Colour = (62, 66, 70)
BLADE: Colour = (160, 166, 174)


@category("trowel", length_m=(0.25, 0.36), synonyms=("garden trowel", "hand shovel"), rest="z")
def trowel(length: float = 0.3, blade: float = 0.14, width: float = 0.075) -> Template:
    """A garden trowel standing on its tip."""
    up, across = np.linspace(0, 1, 13), np.linspace(-1, 1, 9)
    half = width / 2 * np.interp(up, [0, 0.08, 0.22, 0.45, 0.9, 1], [0.06, 0.36, 0.7, 0.97, 1, 0.86])
    x = half[:, None] * across
    dish = 0.3 * x**2 / half.max() + 0.012 * (1 - up[:, None]) ** 2
    grid = np.stack([x, np.broadcast_to(up[:, None] * blade, x.shape), dish], axis=-1)
    plate = sheet(grid, (0, 0, -0.003), BLADE)
    neck = tube(smooth([(0, 0.62 * blade, -0.002), (0, 0.95 * blade, -0.003), (0, blade + 0.02, -0.012), (0, blade + 0.045, 0)],
                       12),
                np.linspace(0.0035, 0.0055, 12).tolist(), BLADE, 10)
    low, run = blade + 0.04, length - blade - 0.04
    grip = lathe([(0, low), (0.009, low), (0.012, low + 0.03 * run), (0.0115, low + 0.3 * run), (0.0145, low + 0.7 * run),
                  (0.0135, low + 0.93 * run), (0.008, length), (0, length)], colour=WOOD, sections=24)
    cuff = cylinder(0.0125, 0.014, (0, low + 0.006, 0), colour=STEEL, sections=24)
    return canonical({"blade": plate, "neck": joined(neck, cuff), "grip": grip},
                     {"tip": Frame.at((0, 0, 0.011), (0, -1, 0)), "handle": Frame.at((0, length - 0.4 * run, 0))})


@category("rake", length_m=(1.2, 1.65), stretch=0.04, synonyms=("leaf rake", "garden rake", "lawn rake"),
          ranges={"length": (1.3, 1.6), "width": (0.4, 0.54)})
def rake(length: float = 1.45, width: float = 0.46, fan: float = 0.34, tines: int = 13) -> Template:
    """A leaf rake standing on its tines, which bend toward the viewer."""
    wires = []
    for t in np.linspace(-1, 1, tines):
        x = t * (width / 2 - 0.006)
        path = [(0.05 * t, fan + 0.06, 0), (0.45 * x + 0.02 * t, 0.62 * fan, 0), (0.92 * x, 0.09, 0.004), (x, 0.03, 0.03),
                (x, 0, 0.06)]
        wires.append(tube(smooth(path, 10), 0.0055, GREEN, 6))
    spread = np.interp(0.5, [0.265, 1.0], [0.92, 0.3]) * width / 2
    bar = box((2 * spread, 0.022, 0.016), (0, 0.5 * fan, 0), GREEN)
    hub = hull([(sx * x, y, sz * z) for x, y, z in ((0.062, fan + 0.035, 0.012), (0.06, fan + 0.06, 0.013),
                                                    (0.019, fan + 0.14, 0.018))
                for sx in (-1, 1) for sz in (-1, 1)], DARK)
    stick = tube([(0, fan + 0.06, 0), (0, length - 0.01, 0), (0, length, 0)], [0.0145, 0.0145, 0.009], PALE_WOOD)
    return canonical({"tines": joined(*wires), "bar": bar, "hub": hub, "stick": stick},
                     {"pad": Frame.at((0, 0, 0.06), (0, -1, 0), (width / 2, 0.01)), "handle": Frame.at((0, length, 0))})


@category("wheelbarrow", length_m=(1.2, 1.6), stretch=0.05, synonyms=("barrow", "garden cart"), mass="heavy",
          ranges={"tray": (0.76, 0.9)})
def wheelbarrow(tray: float = 0.82, width: float = 0.62, wheel: float = 0.19, height: float = 0.62) -> Template:
    """A wheelbarrow, its wheel toward the viewer and its handles behind."""
    low, wall, x = 0.34, 0.006, width / 2
    front, rear = 0.52 * tray, -0.4 * tray

    def outline(y: float, a: float, start: float, stop: float) -> Array:
        return oblong((0, y, (start + stop) / 2), (a, 0, 0), (0, 0, (stop - start) / 2))

    foot = (0.62 * x, 0.66 * rear, 0.5 * front)
    loops = [outline(low, *foot), outline(height, x, rear, front), outline(height, x - wall, rear + wall, front - wall),
             outline(low + wall, foot[0] - wall, foot[1] + wall, foot[2] - wall)]
    rim = tube([(sx * x, height, z) for sx, z in ((-1, rear), (-1, front), (1, front), (1, rear))], 0.011, RED, 8)
    axle = front + 0.14
    rails, end = [], rear - 0.52
    for s in (-1, 1):
        path = smooth([(s * 0.055, wheel, axle), (s * 0.13, low - 0.06, 0.4 * front), (s * 0.2, low - 0.022, 0.5 * rear),
                       (s * 0.26, low + 0.1, rear - 0.16), (s * 0.27, height - 0.03, end + 0.16), (s * 0.27, height - 0.02, end)],
                       26)
        rails += [tube(path, 0.016, WOOD, 10),
                  tube([(s * 0.27, height - 0.02, end + 0.13), (s * 0.27, height - 0.02, end - 0.01)], 0.02, BLACK, 12),
                  tube([(s * 0.2, low, 0.3 * rear), (s * 0.24, 0.012, 0.72 * rear), (s * 0.24, 0.012, rear - 0.06)], 0.013, IRON,
                       8)]
    tyre = turned(lathe([(0, -0.016), (0.72 * wheel, -0.02), (0.8 * wheel, -0.04), (wheel, -0.03), (wheel, 0.03),
                         (0.8 * wheel, 0.04), (0.72 * wheel, 0.02), (0, 0.016)], colour=BLACK, sections=36), 90, (0, 0, 1))
    disc = cylinder(0.7 * wheel, 0.045, axis=(1, 0, 0), colour=RED)
    hub = cylinder(0.016, 0.15, axis=(1, 0, 0), colour=STEEL)
    for part in (tyre, disc, hub):
        part.apply_translation((0, wheel, axle))
    return canonical({"tray": joined(lofted(loops, RED), rim), "frame": joined(*rails), "wheel": tyre, "hub": joined(disc, hub)},
                     {"opening": Frame.at((0, height, (front + rear) / 2), half=(x - 0.03, (front - rear) / 2 - 0.03)),
                      "floor": Frame.at((0, low + wall, (foot[1] + foot[2]) / 2),
                                        half=(foot[0] - 0.02, (foot[2] - foot[1]) / 2 - 0.02)),
                      "handle": Frame.at((0, height - 0.02, end), (0, 0, -1))})


def _petals(centre: Point, radius: float, height: float, count: int, turn_deg: float, flare: float,
            colour: Colour) -> trimesh.Trimesh:
    """A ring of cupped petals around the vertical."""
    v, u = np.meshgrid(np.linspace(0, 1, 7), np.linspace(-1, 1, 7), indexing="ij")
    away = radius * (0.3 + 0.7 * np.sin(np.pi / 2 * np.minimum(1.5 * v, 1))) * (1 + flare * v**3)
    angle = u * 1.25 * np.pi / count * (0.6 + 0.4 * np.sin(np.pi * np.minimum(v, 0.75)))
    grid = np.stack([away * np.cos(angle), height * v * (1 - 0.16 * u**2), away * np.sin(angle)], axis=-1)
    petal = sheet(grid, (-0.1 * radius, 0.0, 0.0), colour)
    petal.apply_translation(centre)
    return joined(*(turned(petal.copy(), turn_deg + 360 * k / count, (0, 1, 0), centre) for k in range(count)))


@category("flower", length_m=(0.28, 0.5), synonyms=("rose", "cut flower", "red rose"), rest="x", mass="featherlight",
          ranges={"blossom": (0.026, 0.034), "length": (0.34, 0.42)})
def flower(length: float = 0.38, blossom: float = 0.029, leaf_size: float = 0.075, leaves: int = 3) -> Template:
    """A cut rose standing on the end of its long stem."""
    tall = 1.75 * blossom
    low = length - tall
    stem = tube(smooth([(0, 0, 0), (0.004, 0.4 * low, 0.002), (0, low, 0)], 12), 0.0034, STEM, 10)
    sepals = joined(lathe([(0, low - 0.014), (0.004, low - 0.012), (0.009, low), (0.006, low + 0.006), (0, low + 0.006)],
                          colour=STEM, sections=16),
                    *(leaf((0, low - 0.003, 0), 0.9 * blossom, 0.3 * blossom, 58, 72 * k, STEM) for k in range(5)))
    twigs = [leaf((0.003, (0.36 + 0.42 * k / leaves) * low, 0), leaf_size, 0.46 * leaf_size, 42, 140 * k, (70, 122, 60))
             for k in range(leaves)]
    foot: Point = (0, low, 0)
    rings = [_petals(foot, r * blossom, h * tall, n, turn, flare, tone) for r, h, n, turn, flare, tone in (
        (0.98, 0.82, 5, 0, 0.22, (206, 48, 58)), (0.76, 0.93, 4, 40, 0.08, (190, 36, 48)), (0.5, 1.0, 3, 15, 0.0, (172, 28, 42)))]
    core = ball((0.34 * blossom, 0.42 * tall, 0.34 * blossom), (0, low + 0.5 * tall, 0), (150, 22, 36), 2)
    tip = Frame.at((0, 0, 0), (0, -1, 0))
    return canonical({"stem": stem, "sepals": sepals, "leaves": joined(*twigs), "petals": joined(*rings), "core": core},
                     {"foot": tip, "tip": tip, "top": Frame.at((0, length, 0)), "handle": Frame.at((0, low + tall / 2, 0)),
                      "centre": Frame.at((0, length / 2, 0))})


@category("birdhouse", length_m=(0.22, 0.36), synonyms=("bird house", "nest box", "nesting box"),
          fronted=True)
def birdhouse(width: float = 0.15, wall: float = 0.16, depth: float = 0.15, perch: bool = True) -> Template:
    """A wooden birdhouse with a pitched roof, its hole toward the viewer."""
    x, z = width / 2, depth / 2
    ridge = wall + 0.72 * x
    body = slab([(-x, 0.012), (x, 0.012), (x, wall), (0, ridge), (-x, wall)], depth, PALE_WOOD)
    floor = box((width + 0.03, 0.014, depth + 0.03), (0, 0.007, 0), DEEP_WOOD)
    eaves, drop, thick = x + 0.028, 0.72 * 0.028, 0.014
    roof = slab([(0, ridge), (-eaves, wall - drop), (-eaves, wall - drop + thick), (0, ridge + 1.2 * thick),
                 (eaves, wall - drop + thick), (eaves, wall - drop)], depth + 0.05, RED)
    hole = cylinder(0.24 * width, 0.004, (0, 0.66 * wall, z), (0, 0, 1), SOOT)
    frame = cylinder(0.3 * width, 0.002, (0, 0.66 * wall, z), (0, 0, 1), DEEP_WOOD)
    seams = repeated(box((0.0025, 0.9 * wall, 0.0016), colour=(184, 148, 100)),
                     [(s * 0.33 * width, 0.46 * wall, z) for s in (-1, 1)])
    parts = {"body": joined(body, seams), "floor": floor, "roof": roof, "hole": joined(frame, hole)}
    if perch:
        parts["perch"] = cylinder(0.006, 0.055, (0, 0.28 * wall, z + 0.024), (0, 0, 1), DEEP_WOOD, sections=14)
    return canonical(parts, {"top": Frame.at((0, ridge + 1.2 * thick, 0)), "centre": Frame.at((0, wall / 2, 0))})


@category("lantern", length_m=(0.25, 0.45), synonyms=("candle lantern", "garden lantern", "storm lantern"), symmetry="4-fold",
          mass="medium")
def lantern(width: float = 0.13, height: float = 0.2, roof: float = 0.06, bars: bool = True) -> Template:
    """A metal lantern with a burning candle behind its posts, a ring on top."""
    x, low = width / 2, 0.026
    base = joined(box((width + 0.024, 0.014, width + 0.024), (0, 0.007, 0), IRON),
                  box((width, low, width), (0, low / 2, 0), IRON))
    top, inset = low + height, x - 0.005
    posts = repeated(box((0.01, height, 0.01), colour=IRON), corners(inset, low + height / 2, inset))
    cap = lofted([oblong((0, y, 0), (a, 0, 0), (0, 0, a)) for y, a in (
        (top - 0.004, x + 0.016), (top + 0.006, x + 0.016), (top + 0.55 * roof, 0.6 * x), (top + roof, 0.24 * x))], IRON)
    knob = cylinder(0.2 * x, 0.018, (0, top + roof + 0.006, 0), colour=IRON)
    loop = tube(arc((0, top + roof + 0.034, 0), 0.024, 0, 359, count=29), 0.0035, IRON, 8)
    wax = lathe([(0, low), (0.38 * x, low), (0.38 * x, low + 0.5 * height), (0.3 * x, low + 0.48 * height),
                 (0, low + 0.48 * height)], colour=(240, 232, 208), sections=32)
    tip = low + 0.5 * height
    flame = lathe([(0, tip), (0.09 * x, tip + 0.012), (0.11 * x, tip + 0.022), (0.05 * x, tip + 0.04), (0, tip + 0.052)],
                  colour=(252, 176, 52), sections=18)
    parts = {"base": base, "posts": posts, "cap": joined(cap, knob), "ring": loop, "candle": wax, "flame": flame}
    if bars:
        rod, rail = box((0.005, height, 0.005), colour=IRON), box((width - 0.01, 0.005, 0.005), colour=IRON)
        side = joined(repeated(rod, [(0, low + height / 2, inset)]), repeated(rail, [(0, tip, inset)]))
        parts["bars"] = joined(*(turned(side.copy(), 90 * k, (0, 1, 0)) for k in range(4)))
    return canonical(parts, {"hang": Frame.at((0, top + roof + 0.0545, 0)), "centre": Frame.at((0, top / 2, 0)),
                             "light": Frame.at((0, tip + 0.03, 0), (0, -1, 0))})


@category("garden gnome", length_m=(0.3, 0.6), synonyms=("gnome", "lawn gnome"), fronted=True, mass="medium")
def garden_gnome(girth: float = 0.095, body: float = 0.2, head: float = 0.062, cap: float = 0.19) -> Template:
    """A garden gnome with a white beard and a pointed red cap."""
    boots = joined(*(ball((0.05, 0.034, 0.072), (s * 0.05, 0.034, 0.025), (70, 48, 34), 2) for s in (-1, 1)))
    low, neck = 0.035, 0.035 + body
    coat = lathe([(0, low), (0.85 * girth, low), (0.98 * girth, low + 0.12 * body), (girth, low + 0.35 * body),
                  (0.8 * girth, low + 0.75 * body), (0.5 * girth, neck), (0, neck)], colour=BLUE, sections=40)
    waist = low + 0.38 * body
    belt = lathe([(0, waist - 0.014), (1.012 * girth, waist - 0.014), (1.005 * girth, waist + 0.014), (0, waist + 0.014)],
                 colour=BLACK, sections=40)
    buckle = box((0.034, 0.034, 0.01), (0, waist, 1.01 * girth), BRASS)
    eye = neck + 0.6 * head
    face = ball(head, (0, eye, 0), SKIN, 3)
    nose = ball(0.3 * head, (0, eye - 0.08 * head, 0.98 * head), (230, 150, 122), 2)
    eyes = repeated(ball(0.11 * head, colour=BLACK, subdivisions=2),
                    [(s * 0.36 * head, eye + 0.18 * head, 0.92 * head) for s in (-1, 1)])
    beard = lofted([ring((0, y, z), (a, 0, 0), (0, 0, b), 24) for y, z, a, b in (
        (waist + 0.024, 0.88 * girth, 0.006, 0.006), (waist + 0.06, 0.86 * girth, 0.4 * head, 0.25 * head),
        (neck, 0.6 * head, 0.86 * head, 0.55 * head), (eye - 0.28 * head, 0.3 * head, 0.95 * head, 0.66 * head),
        (eye + 0.1 * head, 0.0, 1.02 * head, 0.5 * head))], WHITE)
    wings = [turned(ball((0.36 * head, 0.15 * head, 0.2 * head), (0, 0, 0), WHITE, 2), -18 * s, (0, 0, 1)) for s in (-1, 1)]
    for s, wing in zip((-1, 1), wings, strict=True):
        wing.apply_translation((s * 0.28 * head, eye - 0.34 * head, 0.94 * head))
    rim = eye + 0.34 * head
    hat = lathe([(0, rim), (1.1 * head, rim), (1.14 * head, rim + 0.012), (1.02 * head, rim + 0.03),
                 (0.66 * head, rim + 0.45 * cap), (0.3 * head, rim + 0.8 * cap), (0.1 * head, rim + 0.97 * cap),
                 (0, rim + cap)], colour=RED, sections=40)
    arms, hands = [], []
    for s in (-1, 1):
        path = smooth([(s * 0.5 * girth, neck - 0.02, 0), (s * 1.05 * girth, low + 0.6 * body, 0.1 * girth),
                       (s * 0.8 * girth, waist + 0.02, 0.72 * girth)], 10)
        arms.append(tube(path, np.linspace(0.028, 0.03, 10).tolist(), (58, 94, 158), 14))
        hands.append(ball(0.027, (s * 0.72 * girth, waist + 0.016, 0.9 * girth), SKIN, 2))
    crown = rim + 0.45 * cap
    return canonical({"boots": boots, "coat": joined(coat, *arms), "belt": belt, "buckle": buckle, "face": joined(face, *hands),
                      "nose": nose,
                      "eyes": eyes, "beard": joined(beard, *wings), "cap": hat},
                     {"crown": Frame.at((0, crown, 0), half=0.66 * head), "top": Frame.at((0, rim + cap, 0)),
                      "centre": Frame.at((0, neck / 2, 0))})


@category("pumpkin", length_m=(0.2, 0.38), synonyms=("gourd", "squash"), symmetry="10-fold", mass="medium")
def pumpkin(radius: float = 0.14, height: float = 0.19, ribs: float = 0.15, stem: float = 0.05) -> Template:
    """A ribbed orange pumpkin with a crooked stem."""
    angles = np.linspace(-90, 90, 19)[1:-1]
    profile = [(radius * np.cos(np.radians(a)) ** 0.72, height / 2 * np.sin(np.radians(a)) - 0.035 * np.cos(np.radians(a)) ** 2)
               for a in angles]
    top = height / 2 - 0.03
    skin = lathe([(0, 0.06 - height / 2), (0.1 * radius, 0.03 - height / 2), *profile, (0.1 * radius, top + 0.016), (0, top)],
                 colour=GOURD, sections=100)
    body = fluted(skin, ribs, 10)
    stalk = tube(smooth([(0, top - 0.01, 0), (0.002, top + 0.4 * stem, 0), (0.012, top + 0.8 * stem, 0.004),
                         (0.03, top + stem, 0.008)], 12),
                 np.interp(np.linspace(0, 1, 12), [0, 0.2, 0.8, 1], [0.027, 0.017, 0.012, 0.015]).tolist(), (116, 124, 62), 10)
    return canonical({"pumpkin": body, "stem": stalk},
                     {"top": Frame.at((0.026, top + stem, 0.008)), "centre": Frame.at((0, 0, 0))})
