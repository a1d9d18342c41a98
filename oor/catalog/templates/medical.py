"""Templates of medical things."""

from __future__ import annotations

import numpy as np

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    BLUE,
    DARK,
    GLASS,
    PALE_WOOD,
    RED,
    STEEL,
    WHITE,
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
    tube,
)
from oor.catalog.template import Frame, Template, canonical
from oor.catalog.vessels import vessel

AMBER: Colour = (226, 128, 44)
GAUZE: Colour = (238, 228, 208)


@category("syringe", length_m=(0.12, 0.18), synonyms=("hypodermic syringe", "hypodermic needle"), rest="z", symmetry="half-turn",
          mass="featherlight")
def syringe(barrel: float = 0.075, radius: float = 0.0085, needle: float = 0.036, drawn: float = 0.5) -> Template:
    """A syringe upright, its needle pointing down, its plunger partly drawn out."""
    low, high = needle + 0.012, needle + 0.012 + barrel
    level = low + 0.006 + drawn * 0.75 * barrel
    body = lathe([(0, low), (0.8 * radius, low), (radius, low + 0.003), (radius, high), (0, high)], colour=(212, 230, 236))
    drug = lathe([(0, low + 0.004), (1.03 * radius, low + 0.004), (1.03 * radius, level), (0, level)], colour=(96, 178, 226))
    stopper = lathe([(0, level), (1.03 * radius, level), (1.03 * radius, level + 0.007), (0, level + 0.007)], colour=BLACK)
    scale = repeated(box((0.6 * radius, 0.0009, 0.002), colour=DARK),
                     [(0, y, 0.99 * radius) for y in np.linspace(low + 0.008, high - 0.012, 9)])
    wings = rounded((5.6 * radius, 0.0032, 2.6 * radius), 0.0014, (0, high, 0), WHITE, 2)
    end = level + barrel + 0.008
    rod = joined(*(box((x, end - level - 0.004, z), (0, (level + 0.004 + end) / 2, 0), WHITE)
                   for x, z in ((1.3 * radius, 0.0022), (0.0022, 1.3 * radius))))
    thumb = cylinder(1.25 * radius, 0.003, (0, end, 0), colour=WHITE)
    hub = lathe([(0, needle - 0.002), (0.0024, needle - 0.002), (0.0032, needle + 0.008), (0.0024, low + 0.001),
                 (0, low + 0.001)],
                colour=BLUE, sections=24)
    shaft = lofted([ring((0, y, 0), (r, 0, 0), (0, 0, r), 12) for y, r in (
        (0, 0.0002), (0.003, 0.0009), (needle, 0.0009))], STEEL)
    return canonical({"barrel": joined(body, wings), "liquid": joined(drug, stopper), "scale": scale,
                      "plunger": joined(rod, thumb),
                      "needle": joined(hub, shaft)},
                     {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, end + 0.0015, 0), half=radius)})


@category("vial", length_m=(0.04, 0.075), synonyms=("medicine vial", "vaccine vial"), symmetry="revolution",
          mass="featherlight")
def vial(radius: float = 0.0125, height: float = 0.05, neck: float = 0.0075, cap: float = 0.01) -> Template:
    """A glass vial closed by a rubber stopper in a crimped metal ring."""
    shoulder = height - cap - 0.009
    body, _ = vessel([(0.9 * radius, 0), (radius, 0.0012), (radius, shoulder), (0.85 * radius, shoulder + 0.004),
                      (neck, height - cap), (neck, height - 0.001)], 0.0012, 0.0016, GLASS)
    label = lathe([(radius - 0.0004, 0.18 * height), (radius + 0.0003, 0.18 * height), (radius + 0.0003, 0.58 * height),
                   (radius - 0.0004, 0.58 * height), (radius - 0.0004, 0.18 * height)], colour=WHITE)
    stripe = lathe([(radius, 0.45 * height), (radius + 0.0006, 0.45 * height), (radius + 0.0006, 0.53 * height),
                    (radius, 0.53 * height), (radius, 0.45 * height)], colour=BLUE)
    crimp = lathe([(neck - 0.0005, height - cap), (neck + 0.0022, height - cap), (neck + 0.0022, height), (0.55 * neck, height),
                   (0.55 * neck, height - 0.001), (neck - 0.0005, height - 0.001), (neck - 0.0005, height - cap)], colour=STEEL)
    rubber = cylinder(0.9 * neck, 0.006, (0, height - 0.0032, 0), colour=(176, 92, 92))
    return canonical({"body": body, "label": joined(label, stripe), "cap": crimp, "stopper": rubber},
                     {"socket": Frame.at((0, height - 0.0002, 0), half=0.55 * neck),
                      "foot": Frame.at((0, 0, 0), (0, -1, 0), radius)})


@category("pill bottle", length_m=(0.07, 0.12), synonyms=("medicine bottle", "prescription bottle"), symmetry="revolution",
          mass="featherlight")
def pill_bottle(radius: float = 0.024, height: float = 0.085, cap: float = 0.021) -> Template:
    """A closed bottle for pills: amber, labelled, with a ribbed white cap."""
    low = height - cap
    body = lathe([(0, 0), (0.93 * radius, 0), (radius, 0.002), (radius, low - 0.006), (0.88 * radius, low - 0.001),
                  (0.88 * radius, low + 0.004), (0, low + 0.004)], colour=AMBER)
    label = lathe([(0.9 * radius, 0.16 * low), (1.015 * radius, 0.16 * low), (1.015 * radius, 0.84 * low),
                   (0.9 * radius, 0.84 * low), (0.9 * radius, 0.16 * low)], colour=WHITE)
    lines = [box((w * radius, 0.0022, 0.002), (0, y * low, 1.015 * radius), DARK) for y,
             w in ((0.36, 0.7), (0.46, 0.5), (0.56, 0.8))]
    cross = [box((w * radius, h * radius, 0.003), (0, 0.71 * low, 1.01 * radius), RED) for w, h in ((0.5, 0.16), (0.16, 0.5))]
    rib = fluted(lathe([(0, 0), (1.07 * radius, 0), (1.07 * radius, cap - 0.004), (0, cap - 0.004)], (0, low, 0), WHITE, 96),
                 0.035, 32)
    lid = lathe([(0, 0.002), (1.06 * radius, 0.002), (1.06 * radius, cap - 0.002), (0.97 * radius, cap), (0, cap)], (0, low, 0),
                (228, 230, 232))
    return canonical({"body": body, "label": joined(label, *lines, *cross), "cap": joined(rib, lid)},
                     {"top": Frame.at((0, height, 0), half=0.95 * radius),
                      "foot": Frame.at((0, 0, 0), (0, -1, 0), 0.93 * radius)})


@category("thermometer", length_m=(0.11, 0.17), synonyms=("fever thermometer", "clinical thermometer"), rest="z",
          symmetry="half-turn", mass="featherlight")
def thermometer(length: float = 0.135, radius: float = 0.0062, reading: float = 0.62, marks: int = 16) -> Template:
    """A glass thermometer upright, its red bulb at the bottom, its scale toward the front."""
    deep = 0.75 * radius
    stem = lofted([ring((0, y, 0), (w * radius, 0, 0), (0, 0, w * deep)) for y, w in (
        (0.013, 0.5), (0.018, 0.85), (0.026, 1), (length - 0.006, 1), (length - 0.002, 0.8), (length, 0.4))], (226, 238, 240))
    bulb = lofted([ring((0, y, 0), (r, 0, 0), (0, 0, r)) for y, r in (
        (0, 0.0008), (0.001, 0.0022), (0.004, 0.0034), (0.012, 0.0036), (0.018, 0.003))], RED)
    back = rounded((1.2 * radius, length - 0.04, 0.001), 0.00045, (0, length / 2 + 0.012, 0.75 * deep), WHITE, 1)
    column = box((0.0022, reading * (length - 0.03), 0.003), (0, 0.02 + reading * (length - 0.03) / 2, 0.85 * deep), RED)
    y = np.linspace(0.04, length - 0.012, marks)
    long = np.where(np.arange(marks) % 5 == 0, 0.75, 0.45) * radius
    ticks = [box((w, 0.0009, 0.0012), (0.0014 + w / 2, h, 0.93 * deep - 0.5 * (w / radius) * 0.001), BLACK)
             for w, h in zip(long, y, strict=True)]
    return canonical({"stem": joined(stem, back), "bulb": joined(bulb, column), "scale": joined(*ticks)},
                     {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, length, 0), half=0.4 * radius)})


@category("crutch", length_m=(1.05, 1.45), synonyms=("walking crutch", "underarm crutch"), plural="crutches", rest="z",
          symmetry="half-turn")
def crutch(height: float = 1.25, spread: float = 0.075, grip: float = 0.6, join: float = 0.32) -> Template:
    """An underarm crutch standing upright: two bars from the arm rest down to one leg."""
    low, top = join * height, height - 0.03
    bars = [tube([(s * 0.014, low - 0.06, 0), (s * 0.018, low, 0), (s * 0.8 * spread, low + 0.3 * (top - low), 0),
                  (s * spread, low + 0.55 * (top - low), 0), (s * spread, top, 0)], 0.0125, PALE_WOOD, 12) for s in (-1, 1)]
    leg = cylinder(0.0155, low + 0.06, (0, 0.02 + (low + 0.06) / 2, 0), colour=PALE_WOOD)
    rubber = lathe([(0, 0), (0.03, 0), (0.03, 0.008), (0.02, 0.05), (0.016, 0.055), (0, 0.055)], colour=DARK)
    handle = cylinder(0.019, 2 * spread, (0, grip * height, 0), (1, 0, 0), DARK)
    rest = lofted([ring((x * (spread + 0.035), height - 0.026 - dip, 0), (0, 0.026 * w, 0), (0, 0, 0.03 * w)) for x, w, dip in (
        (-1, 0.3, 0), (-0.95, 0.8, 0), (-0.8, 1, 0.001), (0, 0.95, 0.008), (0.8, 1, 0.001), (0.95, 0.8, 0), (1, 0.3, 0))], DARK)
    bolts = [cylinder(0.006, 0.06, (0, y, 0), (1, 0, 0), STEEL) for y in (low - 0.03, low - 0.005)]
    return canonical({"bars": joined(*bars), "leg": joined(leg, *bolts), "tip": rubber, "grip": handle, "rest": rest},
                     {"foot": Frame.at((0, 0, 0), (0, -1, 0), 0.03),
                      "head": Frame.at((0, height - 0.008, 0), half=(spread, 0.028))})


@category("tweezers", length_m=(0.08, 0.14), synonyms=("pair of tweezers",), plural="tweezers",
          symmetry="half-turn about x",
          mass="featherlight")
def tweezers(length: float = 0.11, gap: float = 0.016, width: float = 0.009) -> Template:
    """Tweezers lying on their side, their open ends toward +x."""
    t = np.linspace(0, 1, 15)
    arms = []
    for side in (-1, 1):
        z = side * (0.0012 + gap / 2 * np.sin(np.pi * np.minimum(0.9 * t, 0.6)) ** 0.9)
        z -= side * 0.25 * gap * np.clip((t - 0.7) / 0.3, 0, 1)
        high = width / 2 * np.interp(t, [0, 0.15, 0.55, 1], [0.7, 1, 0.95, 0.16])
        arms.append(lofted([oblong((x * length, 0, d), (0, h, 0), (0, 0, 0.0011)) for x, d, h in zip(t, z, high, strict=True)],
                           STEEL))
    bridge = rounded((0.016, 0.75 * width, 0.0052), 0.002, (0.006, 0, 0), STEEL, 2)
    ridges = [box((0.0016, 0.55 * width, 0.002), (x * length, 0, s * (gap / 2 + 0.0018)), DARK)
              for x in (0.5, 0.53, 0.56, 0.59, 0.62) for s in (-1, 1)]
    return canonical({"arms": joined(*arms), "bridge": bridge, "grips": joined(*ridges)},
                     {"jaw": Frame.at((0.96 * length, 0, 0), (1, 0, 0)), "handle": Frame.at((-0.002, 0, 0), (-1, 0, 0), 0.003)})


@category("bandage roll", length_m=(0.055, 0.11), synonyms=("bandage", "gauze roll", "roll of gauze", "roll of bandage"),
          mass="featherlight")
def bandage_roll(radius: float = 0.032, height: float = 0.055, tail: float = 0.035, turns: int = 4) -> Template:
    """A rolled bandage standing on its side edges, its end coming loose."""
    angle = np.linspace(0, 2 * np.pi * turns, 20 * turns + 1)
    r = np.linspace(0.25 * radius, 0.95 * radius, len(angle))
    thick = 0.72 * 0.7 * radius / turns
    rim = np.column_stack([r * np.sin(angle), 0 * r, r * np.cos(angle)])
    normal = np.column_stack([np.sin(angle), 0 * r, np.cos(angle)])
    loose = np.linspace(0.15, 1, 6)
    rim = np.concatenate([rim, np.column_stack([loose * tail, 0 * loose, rim[-1, 2] + 0.25 * tail * loose**2])])
    normal = np.concatenate([normal, np.column_stack([-0.5 * loose, 0 * loose, np.ones(6)])])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    wide = np.full(len(rim), thick / 2)
    wide[-6:] = np.linspace(0.8, 0.35, 6) * thick / 2
    cloth = lofted([oblong((x, height / 2, z), tuple(w * n), (0, height / 2, 0)) for (x, _, z), n,
                    w in zip(rim, normal, wide, strict=True)], GAUZE)
    core = cylinder(0.3 * radius, 0.98 * height, (0, height / 2, 0), colour=(222, 208, 184))
    middle = (0.5 * tail, height / 2, 0.95 * radius + 0.0625 * tail + 0.35 * thick)
    cross = [box((w * radius, h * radius, 0.12 * radius), middle, RED) for w, h in ((0.5, 0.16), (0.16, 0.5))]
    return canonical({"cloth": cloth, "core": core, "mark": joined(*cross)},
                     {"surface": Frame.at((0, height, 0), half=0.7 * radius),
                      "centre": Frame.at((0, height / 2, 0), half=radius)})


@category("first aid kit", length_m=(0.22, 0.38), synonyms=("first-aid kit", "first aid box", "medical kit"),
          fronted=True,
          mass="medium", symmetry="half-turn")
def first_aid_kit(width: float = 0.3, height: float = 0.2, depth: float = 0.11, cross: float = 0.11) -> Template:
    """A red first-aid case standing upright, a white cross on its front, a handle on top."""
    body = rounded((width, height, depth), 0.018, (0, height / 2, 0), RED, 4)
    seam = rounded((width + 0.004, height + 0.004, 0.008), 0.0035, (0, height / 2, 0), (150, 40, 36), 2)
    mark = [box((w * cross, h * cross, 0.004), (0, 0.48 * height, s * depth / 2), WHITE) for w,
            h in ((1, 0.32), (0.32, 1)) for s in (-1, 1)]
    posts = repeated(rounded((0.018, 0.035, 0.024), 0.005, (0, 0, 0), DARK, 2),
                     [(s * 0.16 * width, height + 0.012, 0) for s in (-1, 1)])
    bar = rounded((0.32 * width + 0.018, 0.014, 0.022), 0.005, (0, height + 0.032, 0), DARK, 2)
    latches = repeated(rounded((0.03, 0.02, 0.036), 0.005, (0, 0, 0), STEEL, 2),
                       [(s * 0.34 * width, height - 0.002, 0) for s in (-1, 1)])
    return canonical({"case": joined(body, seam), "cross": joined(*mark), "handle": joined(posts, bar), "latches": latches},
                     {"handle": Frame.at((0, height + 0.039, 0), half=(0.16 * width, 0.011))})


@category("cane", length_m=(0.85, 1.0), synonyms=("walking stick",), rest="z")
def cane(height: float = 0.92, crook: float = 0.055, stick: float = 0.0115) -> Template:
    """A wooden walking stick standing upright on a rubber foot, its crook bent toward +x."""
    wood, top = (124, 80, 46), height - crook - 1.25 * stick
    bend = arc((crook, top, 0), crook, 180, -25, "xy", 26)
    path = [(0, 0.01, 0), (0, 0.3 * top, 0), (0, 0.7 * top, 0), *bend]
    shaft = tube(path, np.r_[0.85 * stick, 0.95 * stick, stick, np.linspace(1.08, 1.25, 25) * stick, 0.9 * stick].tolist(), wood)
    rubber = lathe([(0, 0), (1.6 * stick, 0), (1.6 * stick, 0.008), (1.2 * stick, 0.035), (1.1 * stick, 0.04), (0, 0.04)],
                   colour=DARK)
    collar = cylinder(1.25 * stick, 0.022, (0, top - 0.06, 0), colour=(204, 160, 78))
    summit = (crook, height, 0)
    return canonical({"stick": shaft, "collar": collar, "tip": rubber},
                     {"foot": Frame.at((0, 0, 0), (0, -1, 0), 1.6 * stick), "tip": Frame.at((0, 0, 0), (0, -1, 0)),
                      "head": Frame.at(summit, half=(0.6 * crook, stick)), "handle": Frame.at(summit)})
