"""Templates of toys and games, and of the figures that ride, play and dress up."""

from __future__ import annotations

from itertools import pairwise

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
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
    Colour,
    Point,
    arc,
    ball,
    banded,
    box,
    corners,
    cylinder,
    hull,
    joined,
    lathe,
    lofted,
    oblong,
    paint,
    repeated,
    ring,
    rounded,
    sheet,
    slab,
    smooth,
    tinted,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical

GOLD: Colour = (226, 182, 66)
PINK: Colour = (236, 156, 166)
ORANGE: Colour = (230, 124, 48)
FLESH: Colour = (240, 200, 168)
FUR: Colour = (172, 116, 66)
CREAM: Colour = (236, 214, 178)
RUBBER: Colour = (44, 44, 48)
SIDES = (-1, 1)


def _limb(path: ArrayLike, start: float, stop: float, colour: Colour) -> trimesh.Trimesh:
    """A stuffed limb along a path, rounded at its far end."""
    points = smooth(path, 8)
    return joined(tube(points, np.linspace(start, stop, 8).tolist(), colour, 14), ball(stop, tuple(points[-1]), colour, 2))


def _profile(outline: ArrayLike, width: float, colour: Colour, x: float = 0.0) -> trimesh.Trimesh:
    """A plate across x whose outline is given as seen from +x: (z, y) points."""
    return turned(slab(outline, width, colour), -90, (0, 1, 0)).apply_translation((x, 0, 0))


def _wheels(radius: float, width: float, x: float, zs: tuple[float, ...], hub: Colour = STEEL) -> trimesh.Trimesh:
    """Pairs of wheels on the floor at +-x and each z."""
    tyre = turned(lathe([(0, -width / 2), (0.9 * radius, -width / 2), (radius, -0.3 * width), (radius, 0.3 * width),
                         (0.9 * radius, width / 2), (0, width / 2)],
                        colour=RUBBER, sections=28), 90, (0, 0, 1))
    cap = cylinder(0.55 * radius, 1.1 * width, axis=(1, 0, 0), colour=hub, sections=20)
    spots = [(s * x, radius, z) for z in zs for s in SIDES]
    return joined(repeated(tyre, spots), repeated(cap, spots))


@category("teddy bear", length_m=(0.4, 0.54), synonyms=("teddy", "bear", "stuffed bear", "plush bear"), fronted=True,
          ranges={"head": (0.095, 0.118), "plump": (0.115, 0.145)})
def teddy_bear(head: float = 0.106, plump: float = 0.13, ears: float = 0.036, bow_tie: bool = True) -> Template:
    """A teddy bear sitting with its legs forward."""
    y, front = 0.262 + 0.72 * head, 0.92 * head
    belly = ball((plump, 0.145, 0.9 * plump), (0, 0.143, 0), FUR)
    skull = ball((head, 0.9 * head, 0.93 * head), (0, y, 0.01), FUR)
    lobes = [ball((ears, ears, 0.55 * ears), (s * 0.76 * head, y + 0.74 * head, 0), FUR, 1) for s in SIDES]
    inner = [ball((0.65 * ears, 0.65 * ears, 0.3 * ears), (s * 0.76 * head, y + 0.74 * head, 0.4 * ears), CREAM, 1)
             for s in SIDES]
    snout = ball((0.46 * head, 0.36 * head, 0.36 * head), (0, y - 0.28 * head, front), CREAM, 2)
    nose = ball((0.16 * head, 0.11 * head, 0.09 * head), (0, y - 0.13 * head, front + 0.33 * head), BLACK, 1)
    eyes = [ball(0.095 * head, (s * 0.36 * head, y + 0.16 * head, 0.9 * front), BLACK, 1) for s in SIDES]
    arms = [_limb([(s * 0.72 * plump, 0.225, 0.02), (s * (plump + 0.02), 0.17, 0.06), (s * (plump + 0.008), 0.115, 0.11)], 0.04,
                  0.042, FUR) for s in SIDES]
    legs = [_limb([(s * 0.5 * plump, 0.06, 0.03), (s * 0.68 * plump, 0.056, 0.12), (s * 0.78 * plump, 0.055, 0.185)], 0.055,
                  0.053, FUR) for s in SIDES]
    soles = [ball((0.048, 0.052, 0.02), (s * 0.79 * plump, 0.058, 0.226), CREAM, 1) for s in SIDES]
    tie = {"bow tie": joined(*(ball((0.038, 0.026, 0.014), (s * 0.034, 0.25, 0.86 * plump), RED, 2) for s in SIDES),
                             ball(0.015, (0, 0.25, 0.9 * plump), RED, 2))} if bow_tie else {}
    return canonical(
        {"body": belly, "head": skull, "ears": joined(*lobes, *inner), "snout": snout, "face": joined(nose, *eyes),
         "arms": joined(*arms),
         "legs": joined(*legs), "soles": joined(*soles), **tie},
        {"crown": Frame.at((0, y + 0.9 * head, 0.01), half=head), "centre": Frame.at((0, 0.15, 0)),
         "foot": Frame.at((0, 0, 0.02), (0, -1, 0), 0.1)},
    )


@category("doll", length_m=(0.28, 0.42), synonyms=("rag doll", "baby doll", "dolly"), fronted=True,
          ranges={"head": (0.06, 0.074)})
def doll(head: float = 0.067, skirt: float = 0.095, legs: float = 0.2, pigtails: bool = True) -> Template:
    """A doll in a red dress sitting with its legs forward."""
    hair, y = (122, 72, 36), 0.195 + 0.8 * head
    dress = lathe([(0, 0), (0.9 * skirt, 0), (skirt, 0.012), (0.9 * skirt, 0.04), (0.5 * skirt, 0.1), (0.052, 0.13),
                   (0.05, 0.175), (0.03, 0.198), (0, 0.198)], colour=RED, sections=40)
    collar = lathe([(0, 0.188), (0.046, 0.184), (0.05, 0.19), (0.03, 0.203), (0, 0.203)], colour=WHITE, sections=32)
    hem = lathe([(0, 0.006), (1.01 * skirt, 0.008), (1.015 * skirt, 0.018), (0.97 * skirt, 0.026), (0, 0.026)], colour=WHITE,
                sections=36)
    skull = ball((head, 0.98 * head, 0.95 * head), (0, y, 0), FLESH)
    wig = ball((1.08 * head, 1.06 * head, 1.0 * head), (0, y + 0.07 * head, -0.17 * head), hair)
    fringe = [ball((0.36 * head, 0.22 * head, 0.16 * head), (s * 0.4 * head, y + 0.62 * head, 0.7 * head), hair, 1)
              for s in SIDES]
    tails = [_limb([(s * 1.0 * head, y + 0.1 * head, -0.1 * head), (s * 1.5 * head, y - 0.1 * head, 0),
                    (s * 1.45 * head, y - 0.9 * head, 0.02)], 0.018, 0.013, hair) for s in SIDES]
    bows = [ball(0.02, (s * 1.08 * head, y + 0.12 * head, -0.05 * head), YELLOW, 1) for s in SIDES]
    eyes = [ball((0.1 * head, 0.13 * head, 0.06 * head), (s * 0.34 * head, y + 0.05 * head, 0.87 * head), (52, 74, 128), 1)
            for s in SIDES]
    cheeks = [ball((0.15 * head, 0.1 * head, 0.05 * head), (s * 0.5 * head, y - 0.27 * head, 0.76 * head), PINK, 1)
              for s in SIDES]
    mouth = tube(arc((0, y - 0.28 * head, 0.86 * head), 0.16 * head, 200, 340, "xy", 8), 0.025 * head, (176, 42, 52), 8)
    arms = [_limb([(s * 0.045, 0.17, 0), (s * 0.085, 0.135, 0.03), (s * 0.07, 0.1, 0.075)], 0.02, 0.015, RED) for s in SIDES]
    hands = [ball(0.018, (s * 0.066, 0.092, 0.086), FLESH, 1) for s in SIDES]
    shins = [_limb([(s * 0.035, 0.03, 0.04), (s * 0.04, 0.028, 0.1), (s * 0.045, 0.026, legs - 0.03)], 0.022, 0.018, FLESH)
             for s in SIDES]
    shoes = [ball((0.022, 0.034, 0.022), (s * 0.045, 0.034, legs - 0.016), BLACK, 1) for s in SIDES]
    return canonical(
        {"dress": joined(dress, *arms), "trim": joined(collar, hem), "head": skull,
         "hair": joined(wig, *fringe, *(tails if pigtails else [])),
         "face": joined(*eyes, *cheeks, mouth), "hands": joined(*hands), "legs": joined(*shins), "shoes": joined(*shoes),
         **({"bows": joined(*bows)} if pigtails else {})},
        {"crown": Frame.at((0, y + 1.13 * head, -0.12 * head), half=head), "centre": Frame.at((0, 0.13, 0)),
         "foot": Frame.at((0, 0, 0), (0, -1, 0), 0.8 * skirt)},
    )


@category("robot", length_m=(0.2, 0.4), synonyms=("toy robot", "tin robot"), fronted=True,
          ranges={"chest": (0.11, 0.15), "legs": (0.08, 0.11)})
def robot(chest: float = 0.13, head: float = 0.09, legs: float = 0.095, dials: int = 3) -> Template:
    """A boxy tin robot standing with its arms at its sides."""
    tall, grey = 0.12, (150, 160, 172)
    waist, top = legs, legs + tall
    trunk = rounded((chest, tall, 0.085), 0.012, (0, waist + tall / 2, 0), grey, 3)
    plate = box((0.72 * chest, 0.6 * tall, 0.012), (0, waist + 0.56 * tall, 0.04), BLUE)
    lamps = [cylinder(0.0105, 0.012, ((k - (dials - 1) / 2) * 0.62 * chest / dials, waist + 0.72 * tall, 0.045), (0, 0, 1),
                      (RED, YELLOW, GREEN, WHITE)[k % 4], sections=20)
             for k in range(dials)]
    slots = [box((0.5 * chest, 0.006, 0.008), (0, waist + y * tall, 0.045), DARK) for y in (0.36, 0.46)]
    neck = cylinder(0.022, 0.024, (0, top + 0.008, 0), colour=DARK)
    low, high = top + 0.016, 0.074
    skull = rounded((head, high, 0.075), 0.01, (0, low + high / 2, 0), grey, 3)
    eyes = [joined(cylinder(0.0155, 0.012, (s * 0.24 * head, low + 0.62 * high, 0.036), (0, 0, 1), DARK),
                   cylinder(0.011, 0.014, (s * 0.24 * head, low + 0.62 * high, 0.037), (0, 0, 1), YELLOW)) for s in SIDES]
    mouth = joined(box((0.56 * head, 0.014, 0.01), (0, low + 0.24 * high, 0.035), DARK),
                   repeated(box((0.003, 0.014, 0.012), colour=WHITE),
                            [(x * head, low + 0.24 * high, 0.035) for x in (-0.18, -0.06, 0.06, 0.18)]))
    knobs = [joined(cylinder(0.014, 0.012, (s * (head / 2 + 0.005), low + high / 2, 0), (1, 0, 0), RED),
                    cylinder(0.004, 0.03, (s * (head / 2 + 0.014), low + high / 2, 0), (1, 0, 0), STEEL)) for s in SIDES]
    shoulder = chest / 2 + 0.016
    joints = [ball(0.021, (s * (chest / 2 + 0.006), top - 0.024, 0), DARK, 2) for s in SIDES]
    arms = [tube([(s * shoulder, top - 0.024, 0), (s * (shoulder + 0.006), top - 0.075, 0.004),
                  (s * (shoulder + 0.004), top - 0.12, 0.02)], 0.0135, grey) for s in SIDES]
    claws = [tube(arc((s * (shoulder + 0.004), top - 0.138, 0.024), 0.017, 120, 420, "xy", 14), 0.006, RED, 10) for s in SIDES]
    shins = [box((0.036, legs - 0.02, 0.042), (s * 0.27 * chest, legs / 2 + 0.01, 0), DARK) for s in SIDES]
    shoes = [rounded((0.052, 0.03, 0.082), 0.01, (s * 0.27 * chest, 0.015, 0.012), RED, 3) for s in SIDES]
    return canonical(
        {"body": trunk, "chest plate": plate, "dials": joined(*lamps, *slots), "neck": neck, "head": skull,
         "face": joined(*eyes, mouth), "ears": joined(*knobs),
         "shoulders": joined(*joints), "arms": joined(*arms), "hands": joined(*claws), "legs": joined(*shins),
         "feet": joined(*shoes)},
        {"crown": Frame.at((0, low + high, 0), half=0.45 * head), "centre": Frame.at((0, waist + tall / 2, 0)),
         "foot": Frame.at((0, 0, 0.012), (0, -1, 0), (0.4 * chest, 0.04))},
    )


@category("cat", length_m=(0.3, 0.48), synonyms=("kitten", "toy cat", "kitty", "tomcat"), fronted=True, mass="medium",
          ranges={"head": (0.056, 0.07)})
def cat(head: float = 0.063, neck: float = 0.27, ears: float = 0.045, bib: bool = True) -> Template:
    """An orange cat sitting upright, its tail curled about its side."""
    coat, dark = (214, 136, 66), (166, 92, 40)
    rump = ball((0.09, 0.082, 0.1), (0, 0.08, -0.045), coat)
    trunk = lofted([ring((0, y, z), (x, 0, 0), (0, 0.35 * d, d), 20) for y, z, x, d in (
        (0.06, -0.01, 0.07, 0.07), (0.12, 0.0, 0.075, 0.065), (0.18, 0.025, 0.06, 0.052), (neck - 0.045, 0.04, 0.047, 0.042),
        (neck, 0.05, 0.042, 0.04))], coat)
    chest = {"bib": ball((0.042, 0.07, 0.026), (0, 0.165, 0.058), WHITE, 2)} if bib else {}
    y, z = neck + 0.3 * head, 0.062
    skull = ball((1.05 * head, 0.88 * head, 0.92 * head), (0, y, z), coat)
    tips = [hull([(s * x * head, y + h * head, z + d)
                  for x, h, d in ((0.2, 0.74, -0.012), (0.2, 0.74, 0.016), (0.92, 0.35, -0.012), (0.92, 0.35, 0.016))]
                 + [(s * 0.78 * head, y + 0.72 * head + ears, z)], coat) for s in SIDES]
    inner = [hull([(s * 0.36 * head, y + 0.7 * head, z + 0.0155), (s * 0.84 * head, y + 0.45 * head, z + 0.0155),
                   (s * 0.76 * head, y + 0.68 * head + 0.72 * ears, z + 0.006),
                   (s * 0.6 * head, y + 0.6 * head, z + 0.02)], PINK) for s in SIDES]
    muzzle = [ball((0.26 * head, 0.22 * head, 0.2 * head), (s * 0.2 * head, y - 0.3 * head, z + 0.82 * head), WHITE, 1)
              for s in SIDES]
    nose = ball((0.11 * head, 0.08 * head, 0.08 * head), (0, y - 0.15 * head, z + 0.96 * head), PINK, 1)
    eyes = [joined(ball((0.17 * head, 0.17 * head, 0.08 * head), (s * 0.4 * head, y + 0.12 * head, z + 0.78 * head),
                        (150, 190, 70), 1),
                   ball((0.06 * head, 0.14 * head, 0.05 * head), (s * 0.4 * head, y + 0.12 * head, z + 0.83 * head), BLACK,
                        2)) for s in SIDES]
    stripes = [tube(arc((0, y - 0.02 * head, z + x * head), 0.895 * head, 60, 120, "xy", 8), 0.05 * head, dark, 8)
               for x in (0.1, -0.15)]
    front = [_limb([(s * 0.034, 0.15, 0.045), (s * 0.034, 0.08, 0.062), (s * 0.034, 0.022, 0.07)], 0.026, 0.018, coat)
             for s in SIDES]
    paws = [ball((0.022, 0.017, 0.03), (s * 0.034, 0.017, 0.082), WHITE, 1) for s in SIDES]
    thighs = [ball((0.034, 0.058, 0.068), (s * 0.078, 0.06, -0.015), coat, 2) for s in SIDES]
    hind = [ball((0.022, 0.017, 0.042), (s * 0.088, 0.017, 0.036), WHITE, 1) for s in SIDES]
    tail = tube(smooth([(0, 0.035, -0.125), (0.07, 0.022, -0.135), (0.13, 0.02, -0.08), (0.142, 0.02, 0.0), (0.12, 0.022, 0.06)],
                       22), np.linspace(0.018, 0.013, 22).tolist(), coat, 12)
    end = ball(0.0145, (0.12, 0.022, 0.06), WHITE, 2)
    return canonical(
        {"body": joined(rump, trunk, *thighs, *front), **chest, "head": skull, "ears": joined(*tips, *inner),
         "face": joined(*muzzle, nose, *eyes), "stripes": joined(*stripes),
         "paws": joined(*paws, *hind), "tail": joined(tail, end)},
        {"crown": Frame.at((0, y + 0.88 * head, z), half=head), "centre": Frame.at((0, 0.12, 0)),
         "foot": Frame.at((0, 0, 0), (0, -1, 0), 0.08)},
    )


@category("snowman", length_m=(0.5, 0.9), plural="snowmen", fronted=True, mass="heavy", synonyms=("snow man",),
          ranges={"base": (0.19, 0.24), "head": (0.095, 0.12)})
def snowman(base: float = 0.215, chest: float = 0.155, head: float = 0.108, scarf: bool = True) -> Template:
    """A snowman of three balls with a carrot nose, coal eyes and twig arms."""
    snow = (244, 247, 251)
    first = 0.88 * base
    second = first + 0.72 * base + 0.6 * chest
    third = second + 0.74 * chest + 0.68 * head
    tilt = np.radians(np.linspace(np.degrees(np.arcsin(-0.88)), 90, 22))
    foot = lathe([(0, 0), *[(base * np.cos(a), first + base * np.sin(a)) for a in tilt[:-1]], (0, first + base)], colour=snow)
    balls = [ball(chest, (0, second, 0), snow), ball(head, (0, third, 0), snow)]
    nose = cylinder(0.19 * head, 1.0 * head, (0, third - 0.06 * head, 1.35 * head), (0, -0.06, 1), ORANGE, 0.01 * head, 16)
    coal = [(s * 0.36 * head, third + 0.28 * head, 0.88 * head, 0.11) for s in SIDES]
    coal += [(x * head, third - h * head, d * head, 0.065)
             for x, h, d in ((-0.42, 0.32, 0.84), (-0.22, 0.46, 0.85), (0, 0.51, 0.86), (0.22, 0.46, 0.85), (0.42, 0.32, 0.84))]
    coal += [(0, second + chest * np.sin(a), chest * np.cos(a), 0.13) for a in np.radians((35, 0, -35))]
    lumps = [ball(r * head, (x, y, z), BLACK, 1) for x, y, z, r in coal]
    arms = []
    for s in SIDES:
        elbow = np.array([s * 1.5 * chest, second + 0.32 * chest, 0.1 * chest])
        hand = np.array([s * 2.1 * chest, second + 0.85 * chest, 0.15 * chest])
        arms.append(tube(np.array([(s * 0.85 * chest, second + 0.15 * chest, 0), elbow, hand]), [0.014, 0.011, 0.008], DEEP_WOOD,
                         10))
        arms += [tube([0.35 * elbow + 0.65 * hand, 0.15 * elbow + 0.85 * hand + np.array(d) * chest], [0.007, 0.005], DEEP_WOOD,
                      8) for d in ((s * 0.3, 0.02, 0), (s * -0.05, 0.3, 0))]
    collar = (second + 0.74 * chest + third - 0.68 * head) / 2
    wide = 0.95 * max(np.sqrt(max(chest**2 - (collar - second) ** 2, 0.0)), 0.75 * head)
    around = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    wrap = {"scarf": joined(lathe([(wide + 0.024 * np.cos(a), collar + 0.03 * np.sin(a)) for a in (*around, 0.0)], colour=RED),
                            turned(rounded((0.062, 0.2, 0.024), 0.01, (0.4 * wide, collar - 0.09, chest * 0.98), RED, 2), -6,
                                   (1, 0, 0), (0, collar, chest)))} if scarf else {}
    return canonical({"body": joined(foot, *balls), "nose": nose, "coal": joined(*lumps), "arms": joined(*arms), **wrap},
                     {"crown": Frame.at((0, third + head, 0), half=head), "centre": Frame.at((0, second, 0)),
                      "foot": Frame.at((0, 0, 0), (0, -1, 0), 0.47 * base)})


@category("royal crown", length_m=(0.17, 0.23), synonyms=("king's crown", "golden crown", "coronet"), symmetry="8-fold",
          ranges={"points": (8, 8), "flare": (1.06, 1.22)})
def royal_crown(radius: float = 0.09, height: float = 0.11, flare: float = 1.12, points: int = 8) -> Template:
    """A golden king's crown with eight points, coloured stones about its band."""
    steps = 8 * points
    a = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    wave = np.abs((np.arange(steps) % 8) - 4) / 4
    tall = height * (0.46 + 0.54 * wave**1.3)

    def wall(spread: float, heights: Array) -> np.ndarray[tuple[int, int],
                                                                                                 np.dtype[np.float64]]:
        r = spread * radius * (1 + (flare - 1) * heights / height)
        return np.column_stack([r * np.cos(a), heights, r * np.sin(a)])

    loops = [wall(1.0, 0 * a), wall(1.0, 0.3 * height + 0 * a), wall(1.0, tall), wall(0.955, tall),
             wall(0.955, 0.3 * height + 0 * a), wall(0.955, 0 * a)]
    i, j, k = np.arange(steps), (np.arange(steps) + 1) % steps, len(loops)
    quads = np.concatenate([np.column_stack([p * steps + i, p * steps + j, q * steps + j, q * steps + i])
                            for p, q in ((n, (n + 1) % k) for n in range(k))])
    shell = trimesh.Trimesh(np.concatenate(loops), np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]), process=False)
    if shell.volume < 0:
        shell.invert()
    shell = tinted(shell, np.ones(len(shell.faces), bool), GOLD)
    rims = [lathe([(r0, y), (r1, y), (r1, y + h), (r0, y + h), (r0, y)], colour=(196, 150, 46)) for r0, r1, y, h in (
        (0.96 * radius, 1.03 * radius, 0, 0.06 * height),
        (0.97 * radius * (1 + 0.24 * (flare - 1)), 1.03 * radius * (1 + 0.24 * (flare - 1)), 0.26 * height, 0.05 * height))]
    beads = [ball(0.05 * height, (flare * 0.978 * radius * np.cos(t), height, flare * 0.978 * radius * np.sin(t)), GOLD, 1)
             for t in a[::8]]
    gems = [ball((0.055 * height, 0.075 * height, 0.055 * height),
                 (1.02 * radius * np.cos(t), 0.16 * height, 1.02 * radius * np.sin(t)), (RED, BLUE, GREEN)[n % 3], 1)
            for n, t in enumerate(a[::4])]
    return canonical({"crown": shell, "rims": joined(*rims), "beads": joined(*beads), "gems": joined(*gems)},
                     {"fit": Frame.at((0, 0, 0), (0, -1, 0), 0.955 * radius)})


@category("toy block", length_m=(0.035, 0.06), synonyms=("building block", "wooden block", "alphabet block", "letter block"),
          symmetry="4-fold",
          stretch=0.0)
def toy_block(edge: float = 0.045, border: float = 0.13, letter: float = 0.3) -> Template:
    """A wooden alphabet block, a red letter A in a blue border on each side."""
    half, wide = edge / 2, border * edge
    cube = rounded((edge, edge, edge), 0.06 * edge, (0, half, 0), (232, 204, 158), 3)
    rim, reach = 0.004 * edge, 0.44 * edge
    bars = [box((2 * reach, wide, 2 * rim), (0, half + s * (reach - wide / 2), half), BLUE) for s in SIDES]
    bars += [box((wide, 2 * reach, 2 * rim), (s * (reach - wide / 2), half, half), BLUE) for s in SIDES]
    tall = letter * edge * 0.85
    strokes = [hull([(s * x * edge, half + y * tall, half + z * rim)
                     for x, y in ((0.0, 1), (0.05, 1), (0.24, -1), (0.15, -1), (0, 0.65)) for z in (-1, 1)], RED) for s in SIDES]
    strokes.append(box((0.24 * edge, 0.07 * edge, 2 * rim), (0, half - 0.3 * tall, half), RED))
    face = joined(*bars, *strokes)
    sides = [turned(face.copy(), a, (0, 1, 0)) for a in (0, 90, 180, 270)]
    sides += [turned(face.copy(), a, (1, 0, 0), (0, half, 0)) for a in (90, -90)]
    return canonical({"block": cube, "faces": joined(*sides)},
                     {"surface": Frame.at((0, edge, 0), half=0.45 * edge), "top": Frame.at((0, edge, 0), half=0.45 * edge),
                      "centre": Frame.at((0, half, 0))})


@category("toy car", length_m=(0.12, 0.3), synonyms=("car", "model car", "toy automobile"), fronted=True,
          ranges={"cabin": (0.09, 0.12)})
def toy_car(length: float = 0.22, width: float = 0.1, cabin: float = 0.105, wheel: float = 0.022) -> Template:
    """A red toy car, its bonnet toward +z."""
    z, low, waist, roof = length / 2, 0.6 * wheel, 2.3 * wheel, 2.3 * wheel + 0.032
    body = _profile([(-z + 0.008, low), (z - 0.006, low), (z, low + 0.008), (z - 0.002, waist - 0.014),
                     (z - 0.014, waist - 0.006), (0.42 * cabin, waist), (-z + 0.008, waist),
                     (-z, waist - 0.01), (-z, low + 0.008)], width, RED)
    rear = -0.52 * cabin - 0.01
    glass = _profile([(rear, waist - 0.002), (0.58 * cabin, waist - 0.002), (0.3 * cabin, roof - 0.004),
                      (rear + 0.012, roof - 0.004)], 0.84 * width, (52, 62, 78))
    top = _profile([(rear + 0.008, roof - 0.006), (0.33 * cabin, roof - 0.006), (0.29 * cabin, roof), (rear + 0.014, roof)],
                   0.86 * width, RED)
    posts = [_profile([(p - 0.005, waist - 0.002), (p + 0.005, waist - 0.002), (q + 0.005, roof - 0.003),
                       (q - 0.005, roof - 0.003)], 0.865 * width, RED)
             for p, q in ((rear + 0.006, rear + 0.018), (0.02 * cabin, 0.02 * cabin), (0.55 * cabin, 0.29 * cabin))]
    lamps = [ball((0.011, 0.009, 0.005), (s * 0.33 * width, low + 0.6 * (waist - low) , z - 0.001), (250, 238, 180), 2)
             for s in SIDES]
    tails = [box((0.018, 0.01, 0.004), (s * 0.34 * width, waist - 0.016, -z), (255, 120, 60)) for s in SIDES]
    bumpers = [rounded((0.94 * width, 0.012, 0.012), 0.004, (0, low + 0.008, s * (z + 0.002)), STEEL, 2) for s in SIDES]
    return canonical(
        {"body": body, "windows": glass, "roof": joined(top, *posts), "lights": joined(*lamps, *tails),
         "bumpers": joined(*bumpers),
         "wheels": _wheels(wheel, 0.018, width / 2 - 0.004, (0.31 * length, -0.3 * length))},
        {"surface": Frame.at((0, roof, (rear + 0.014 + 0.29 * cabin) / 2), half=(0.4 * width, (0.29 * cabin - rear - 0.014) / 2)),
         "centre": Frame.at((0, waist, 0))},
    )


@category("toy truck", length_m=(0.25, 0.5), synonyms=("truck", "lorry", "toy dump truck", "dump truck"), fronted=True,
          plural="toy trucks", ranges={"bed": (0.18, 0.24), "width": (0.13, 0.17)})
def toy_truck(bed: float = 0.21, width: float = 0.15, cab: float = 0.11, wheel: float = 0.035) -> Template:
    """A toy truck, its cab toward +z, an open load bed behind."""
    floor, wall, gap = 2 * wheel + 0.012, 0.008, 0.012
    tall, rail, start = 0.115, 0.05, gap / 2
    frame = box((0.6 * width, 0.024, bed + cab), (0, 1.45 * wheel, (cab - bed) / 2), DARK)
    tray = box((width, 0.012, bed), (0, floor - 0.006, -start - bed / 2), YELLOW)
    walls = [box((wall, rail, bed), (s * (width - wall) / 2, floor + rail / 2 - 0.006, -start - bed / 2), YELLOW) for s in SIDES]
    walls += [box((width, rail + h, wall), (0, floor + (rail + h) / 2 - 0.006, z), YELLOW)
              for z, h in ((-start - wall / 2, 0.022), (-start - bed + wall / 2, 0))]
    low = 0.7 * wheel + 0.01
    house = _profile([(start, low), (start + cab, low), (start + cab, low + 0.45 * tall), (start + 0.86 * cab, low + 0.52 * tall),
                      (start + 0.68 * cab, low + tall), (start, low + tall)], width - 0.01, BLUE)
    pane = _profile([(start + 0.18 * cab, low + 0.56 * tall), (start + 0.75 * cab, low + 0.56 * tall),
                     (start + 0.63 * cab, low + 0.9 * tall), (start + 0.18 * cab, low + 0.9 * tall)], width - 0.007, (60, 72, 88))
    lean = np.array([0.86, 0.52]), np.array([0.68, 1.0])
    shield = hull([(s * 0.4 * width, low + (lean[0][1] + t * (lean[1] - lean[0])[1]) * tall,
                    start + (lean[0][0] + t * (lean[1] - lean[0])[0]) * cab + d)
                   for s in SIDES for t in (0.14, 0.84) for d in (-0.004, 0.002)], (60, 72, 88))
    lamps = [cylinder(0.012, 0.008, (s * 0.36 * width, low + 0.26 * tall, start + cab), (0, 0, 1), (250, 238, 180), sections=20)
             for s in SIDES]
    grille = box((0.36 * width, 0.2 * tall, 0.006), (0, low + 0.26 * tall, start + cab), STEEL)
    bumper = rounded((width, 0.018, 0.016), 0.006, (0, low + 0.006, start + cab + 0.004), STEEL, 2)
    return canonical(
        {"chassis": frame, "bed": joined(tray, *walls), "cab": house, "windows": joined(pane, shield), "lights": joined(*lamps),
         "front": joined(grille, bumper),
         "wheels": _wheels(wheel, 0.03, width / 2 - 0.012, (0.55 * cab, -0.42 * bed, -0.42 * bed - 2.1 * wheel), RED)},
        {"surface": Frame.at((0, floor, -start - bed / 2), half=(width / 2 - wall, bed / 2 - wall))},
    )


@category("toy train", length_m=(0.18, 0.36), synonyms=("train", "toy locomotive", "steam engine", "locomotive", "toy engine"),
          fronted=True)
def toy_train(length: float = 0.26, boiler: float = 0.038, cab: float = 0.08, wheels: int = 3) -> Template:
    """A toy steam locomotive, its chimney toward +z."""
    z, wheel, width = length / 2, 0.024, 0.1
    deck = 2 * wheel - 0.006
    bed = rounded((width, 0.016, length), 0.005, (0, deck, 0), RED, 2)
    tank = cylinder(boiler, length - cab - 0.012, (0, deck + boiler, cab / 2 - 0.004), (0, 0, 1), GREEN)
    front = cylinder(0.92 * boiler, 0.014, (0, deck + boiler, z - 0.008), (0, 0, 1), DARK)
    bands = [cylinder(1.04 * boiler, 0.007, (0, deck + boiler, t), (0, 0, 1), BRASS)
             for t in np.linspace(-z + cab + 0.03, z - 0.03, 3)]
    high = 2 * boiler + 0.042
    house = [box((width - 0.012, high * 0.46, cab - 0.008), (0, deck + 0.23 * high, -z + cab / 2), BLUE)]
    house += [box((0.01, high, 0.012), (s * (width / 2 - 0.011), deck + high / 2, t), BLUE) for s in SIDES
              for t in (-z + 0.01, -z + cab - 0.01)]
    house.append(box((width - 0.012, high, 0.01), (0, deck + high / 2, -z + cab - 0.009), BLUE))
    roof = rounded((width + 0.012, 0.014, cab + 0.018), 0.005, (0, deck + high + 0.004, -z + cab / 2), RED, 3)
    top = deck + 2 * boiler
    chimney = lathe([(0, -0.012), (0.013, -0.012), (0.012, 0.018), (0.02, 0.042), (0.02, 0.05), (0.013, 0.05), (0.011, 0.03),
                     (0, 0.03)], (0, top, z - 0.034), DARK)
    dome = joined(cylinder(0.014, 0.02, (0, top + 0.004, 0.02), colour=BRASS), ball(0.014, (0, top + 0.014, 0.02), BRASS, 2))
    lamp = cylinder(0.011, 0.012, (0, deck + 1.5 * boiler, z), (0, 0, 1), YELLOW, sections=20)
    fence = hull([(s * x, y, t) for s in SIDES
                  for x, y, t in ((0.04, 0.008, z - 0.004), (0.012, 0.008, z + 0.03), (0.045, deck - 0.004, z - 0.004),
                                  (0.02, deck - 0.006, z + 0.004))], DARK)
    zs = tuple(float(t) for t in np.linspace(-z + 0.035, z - 0.04, wheels))
    rods = repeated(box((0.006, 0.008, zs[-1] - zs[0]), colour=STEEL),
                    [(s * (width / 2 + 0.006), wheel, (zs[0] + zs[-1]) / 2) for s in SIDES])
    return canonical(
        {"bed": bed, "boiler": joined(tank, front), "bands": joined(*bands), "cab": joined(*house), "roof": roof,
         "chimney": chimney, "dome": dome, "lamp": lamp, "cowcatcher": fence,
         "wheels": _wheels(wheel, 0.014, width / 2 - 0.006, zs, RED), "rods": rods},
        {"surface": Frame.at((0, deck + high + 0.011, -z + cab / 2), half=(width / 2, cab / 2)),
         "nose": Frame.at((0, deck + boiler, z), (0, 0, 1), boiler)},
    )


@category("rocking horse", length_m=(0.75, 1.05), synonyms=("toy horse", "hobbyhorse"), fronted=True, mass="medium",
          ranges={"rocker": (0.84, 1.0)})
def rocking_horse(rocker: float = 0.92, body: float = 0.5, neck: float = 0.27, girth: float = 0.1) -> Template:
    """A wooden rocking horse with a red saddle, its head toward +z."""
    bow, x = 0.85 * rocker, 0.15
    angles = np.arcsin(np.linspace(-0.5, 0.5, 17) * rocker / bow)
    runners = [lofted([oblong((s * x, 0.022 + bow * (1 - np.cos(a)), bow * np.sin(a)), (0.016, 0, 0),
                              (0, 0.022 * np.cos(a), -0.022 * np.sin(a))) for a in angles], DEEP_WOOD) for s in SIDES]
    reach = 0.28 * rocker
    floor = bow * (1 - np.cos(np.arcsin(reach / bow))) + 0.03
    bars = [tube([(-x, floor, s * reach), (x, floor, s * reach)], 0.013, DEEP_WOOD, 12) for s in SIDES]
    y, half = 0.46, body / 2
    chest = ball((girth, 1.05 * girth, half), (0, y, 0), WOOD)
    legs = [tube([(s * 0.5 * girth, y - 0.02, t * 0.62 * half), (s * 0.85 * x, 0.24, t * 0.85 * reach),
                  (s * x, floor - 0.005, t * reach)], [0.045, 0.032, 0.026], WOOD, 14) for s in SIDES for t in SIDES]
    poll = np.array([0, y + 0.02 + neck, half + 0.06])
    throat = tube(smooth(np.array([(0, y + 0.01, 0.62 * half), (0, y + 0.5 * neck, half - 0.01), poll]), 10),
                  np.linspace(0.095, 0.055, 10).tolist(), WOOD)
    face = tube(smooth([poll - np.array([0, 0.0, 0.03]), poll + np.array([0, -0.05, 0.07]), poll + np.array([0, -0.13, 0.15])],
                       10), [0.05, 0.06, 0.062, 0.06, 0.055, 0.05, 0.047, 0.046, 0.044, 0.036], WOOD)
    ears = [cylinder(0.02, 0.065, (s * 0.034, float(poll[1]) + 0.065, float(poll[2]) - 0.01), (s * 0.2, 1, 0), WOOD, 0.002, 12)
            for s in SIDES]
    eyes = [ball(0.011, (s * 0.053, float(poll[1]) - 0.025, float(poll[2]) + 0.06), BLACK, 1) for s in SIDES]
    crest = tube(smooth([(0, y + 0.1, 0.42 * half), (0, y + 0.55 * neck, half - 0.1), (0, poll[1] + 0.02, poll[2] - 0.055),
                         (0, poll[1] + 0.055, poll[2] + 0.015)], 12), np.linspace(0.03, 0.022, 12).tolist(), (60, 38, 26), 10)
    tail = tube(smooth([(0, y + 0.05, -0.93 * half), (0, y + 0.07, -half - 0.08), (0, y - 0.05, -half - 0.14),
                        (0, y - 0.17, -half - 0.12)], 12),
                        [0.018, 0.028, 0.034, 0.037, 0.038, 0.038, 0.037, 0.034, 0.03, 0.025, 0.018, 0.01], (60, 38, 26), 12)
    grip = tube([(-0.15, poll[1] - 0.05, poll[2] - 0.01), (0.15, poll[1] - 0.05, poll[2] - 0.01)], 0.013, PALE_WOOD, 12)
    arch = np.radians(np.linspace(0, 180, 15))
    rings = [[(1.07 * w * girth * np.cos(a), y + 1.05 * girth * (0.15 + (k - 0.15) * np.sin(a)), z * half) for a in arch]
             for z, w, k in (
        (-0.5, 0.93, 1.12), (-0.42, 0.97, 1.13), (-0.15, 1.01, 1.06), (0.12, 1.0, 1.06), (0.3, 0.97, 1.13))]
    saddle = lofted(rings, RED)
    return canonical(
        {"rockers": joined(*runners, *bars), "body": joined(chest, *legs), "head": joined(throat, face, *ears),
         "eyes": joined(*eyes), "mane": joined(crest, tail), "handle": grip, "saddle": saddle},
        {"surface": Frame.at((0, y + 1.05 * 1.06 * girth, -0.06 * half), half=(0.5 * girth, 0.3 * half)),
         "handle": Frame.at((0, float(poll[1]) - 0.05, float(poll[2]) - 0.01), half=(0.15, 0.013))},
    )


@category("piggy bank", length_m=(0.14, 0.24), synonyms=("money box", "coin bank", "savings bank"), fronted=True,
          ranges={"plump": (0.058, 0.07)})
def piggy_bank(plump: float = 0.064, long: float = 0.08, ears: float = 0.028, slot: float = 0.021) -> Template:
    """A pink china pig with a coin slot in its back."""
    y = 0.025 + plump
    body = ball((plump, 0.95 * plump, long), (0, y, 0), PINK)
    front = long + 0.005
    snout = cylinder(0.4 * plump, 0.03, (0, y - 0.02 * plump, front), (0, 0, 1), (222, 126, 142), 0.36 * plump)
    holes = [ball((0.07 * plump, 0.11 * plump, 0.004), (s * 0.15 * plump, y - 0.02 * plump, front + 0.015), (120, 56, 70), 1)
             for s in SIDES]
    flaps = [hull([(s * 0.2 * plump, y + 0.72 * plump, 0.62 * long), (s * 0.62 * plump, y + 0.56 * plump, 0.6 * long),
                   (s * 0.4 * plump, y + 0.6 * plump, 0.45 * long),
                   (s * 0.55 * plump, y + 0.78 * plump + ears, 0.72 * long), (s * 0.42 * plump, y + 0.68 * plump, 0.72 * long)],
                   (222, 126, 142)) for s in SIDES]
    eyes = [ball(0.09 * plump, (s * 0.36 * plump, y + 0.32 * plump, 0.84 * long), BLACK, 1) for s in SIDES]
    legs = [cylinder(0.2 * plump, 0.05, (x, 0.025, z), colour=(222, 126, 142), top=0.28 * plump, sections=20)
            for x, _, z in corners(0.5 * plump, 0, 0.5 * long)]
    t = np.linspace(0, 2.6 * np.pi, 26)
    curl = tube(np.column_stack([0.011 * np.sin(t), y + 0.25 * plump + 0.011 * (1 - np.cos(t)), -0.95 * long - 0.0028 * t]),
                0.0042, (222, 126, 142), 8)
    top = y + 0.95 * plump
    gap = box((0.0056, 0.012, 2 * slot), (0, top - 0.0045, 0), (60, 28, 36))
    return canonical(
        {"body": body, "snout": joined(snout, *holes), "ears": joined(*flaps), "eyes": joined(*eyes), "legs": joined(*legs),
         "tail": curl, "slot": gap},
        {"opening": Frame.at((0, top + 0.0015, 0), half=(0.0028, slot)),
         "foot": Frame.at((0, 0, 0), (0, -1, 0), (0.5 * plump, 0.5 * long))},
    )


@category("treasure chest", length_m=(0.3, 0.65), synonyms=("chest", "treasure box", "pirate chest"), fronted=True, mass="medium",
          ranges={"depth": (0.27, 0.33), "height": (0.17, 0.22)})
def treasure_chest(width: float = 0.46, depth: float = 0.3, height: float = 0.195, bands: int = 2) -> Template:
    """A closed wooden chest with a rounded lid, metal bands and a lock with a keyhole."""
    z, rise = depth / 2, 0.42 * depth
    a = np.radians(np.linspace(0, 180, 15))
    arch = np.column_stack([z * np.cos(a), height + rise * np.sin(a)])
    case = box((width, height, depth), (0, height / 2, 0), WOOD)
    lid = _profile(arch, width, (158, 106, 62))
    planks = [box((width + 0.001, 0.004, depth + 0.002), (0, y * height, 0), DEEP_WOOD) for y in (0.33, 0.66)]
    ribs = np.concatenate([np.column_stack([(z + 0.006) * np.cos(a), height + (rise + 0.006) * np.sin(a)]),
                           [(-z - 0.006, 0), (z + 0.006, 0)]])
    straps = [_profile(ribs, 0.036, BRASS, float(x)) for x in np.linspace(-0.5, 0.5, bands + 2) * (width - 0.03)]
    seam = box((width + 0.012, 0.02, depth + 0.012), (0, height - 0.004, 0), BRASS)
    front = z + 0.016
    lock = rounded((0.086, 0.1, 0.026), 0.009, (0, height - 0.024, z + 0.003), (218, 178, 92), 2)
    hole = joined(cylinder(0.0105, 0.004, (0, height - 0.018, front), (0, 0, 1), BLACK, sections=20),
                  box((0.009, 0.03, 0.004), (0, height - 0.035, front), BLACK))
    rings = [turned(tube(arc((0, 0, 0), 0.032, 200, 520, "xy", 18), 0.006, BRASS, 8), 90,
                    (0, 1, 0)).apply_translation((s * (width / 2 + 0.01), 0.55 * height, 0)) for s in SIDES]
    return canonical(
        {"case": case, "lid": lid, "planks": joined(*planks), "bands": joined(*straps), "seam": seam, "lock": lock,
         "keyhole": hole, "handles": joined(*rings)},
        {"keyhole": Frame.at((0, height - 0.024, front + 0.002), (0, 0, 1), 0.0105),
         "surface": Frame.at((0, height + rise, 0), half=(width / 2, 0.25 * z)),
         "foot": Frame.at((0, 0, 0), (0, -1, 0), (width / 2, z))},
    )


@category("rubber duck", length_m=(0.07, 0.13), synonyms=("duck", "toy duck", "bath duck", "rubber ducky"), fronted=True,
          mass="featherlight",
          ranges={"head": (0.022, 0.027)})
def rubber_duck(head: float = 0.0245, body: float = 0.046, wide: float = 0.036, beak: float = 0.016) -> Template:
    """A yellow rubber duck swimming toward +z."""
    hue = (246, 206, 60)
    trunk = ball((wide, 0.03, body), (0, 0.0275, 0), hue)
    low = trunk.vertices[:, 1] < 0.006
    trunk.vertices = np.where(low[:, None] & np.array([False, True, False]), 0.4 * trunk.vertices + np.array([0, 0.0036, 0]),
                              trunk.vertices)
    tail = hull([(s * x, y, z) for s in SIDES
                 for x, y, z in ((0.55 * wide, 0.034, -0.62 * body), (0.3 * wide, 0.025, -0.85 * body),
                                 (0.012, 0.058, -1.1 * body), (0.3 * wide, 0.05, -0.65 * body))], hue)
    wings = [turned(ball((0.007, 0.017, 0.58 * body), (s * 0.95 * wide, 0.034, -0.1 * body), (236, 188, 44), 2), 10, (1, 0, 0),
                    (0, 0.034, -0.1 * body)) for s in SIDES]
    y, z = 0.046 + 0.9 * head, 0.5 * body
    skull = ball(head, (0, y, z), hue)
    neck = ball((0.8 * head, 0.6 * head, 0.8 * head), (0, y - 0.8 * head, z - 0.002), hue, 2)
    bill = [hull([(s * a * beak, y + b * beak, z + c) for s in SIDES for a, b, c in corner], ORANGE) for corner in (
        ((0.75, -0.16, 0.8 * head), (0.6, 0.3, 0.75 * head), (0.62, 0.02, head + 0.72 * beak), (0.3, 0.02, head + beak),
         (0.4, 0.12, head + 0.9 * beak), (0.6, -0.12, head + 0.72 * beak)),
        ((0.55, -0.5, 0.75 * head), (0.6, -0.22, 0.75 * head), (0.4, -0.24, head + 0.6 * beak), (0.3, -0.4, head + 0.45 * beak)))]
    eyes = [joined(ball(0.17 * head, (s * 0.5 * head, y + 0.34 * head, z + 0.74 * head), WHITE, 1),
                   ball(0.1 * head, (s * 0.54 * head, y + 0.36 * head, z + 0.84 * head), BLACK, 1)) for s in SIDES]
    return canonical({"body": joined(trunk, tail, neck), "wings": joined(*wings), "head": skull, "beak": joined(*bill),
                      "eyes": joined(*eyes)},
                     {"crown": Frame.at((0, y + head, z), half=head), "centre": Frame.at((0, 0.03, 0))})


@category("toy boat", length_m=(0.18, 0.4), synonyms=("sailboat", "toy sailboat", "boat", "sailing boat", "toy ship"),
          fronted=True,
          ranges={"mast": (0.22, 0.32)})
def toy_boat(length: float = 0.26, beam: float = 0.045, mast: float = 0.27, jib: bool = True) -> Template:
    """A toy sailing boat, its bow toward +z."""
    z = np.linspace(-0.5, 0.5, 15) * length
    t = np.linspace(0, 1, 15)
    wide = beam * np.clip(1 - np.clip((t - 0.35) / 0.65, 0, 1) ** 2.2, 0.03, 1) * (0.8 + 0.2 * np.clip(t / 0.35, 0, 1))
    high = 0.05 + 0.014 * t**2

    def shell(scale: float, low: float, top: float, colour: Colour) -> trimesh.Trimesh:
        return lofted([[(-scale * w, top * h, s), (scale * w, top * h, s), (scale * w * 0.45, low, s),
                        (-scale * w * 0.45, low, s)]
                       for s, w, h in zip(z, wide, high, strict=True)], colour)

    hull_ = shell(1.0, 0.0, 1.0, RED)
    deck = lofted([oblong((0, h, s), (0.9 * w, 0, 0), (0, 0.003, 0)) for s, w, h in zip(0.97 * z, wide, high, strict=True)],
                  PALE_WOOD)
    foot = 0.06 * length
    pole = tube([(0, 0.03, foot), (0, mast, foot)], [0.0048, 0.0032], DEEP_WOOD, 12)
    boom = tube([(0, 0.082, foot), (0, 0.082, foot - 0.47 * length)], 0.003, DEEP_WOOD, 10)
    sail = _profile([(foot - 0.006, 0.088), (foot - 0.46 * length, 0.088), (foot - 0.2 * length, 0.5 * (mast + 0.1)),
                     (foot - 0.006, mast - 0.012)], 0.0028, WHITE)
    stripe = _profile([(foot - 0.006, 0.105), (foot - 0.435 * length, 0.105), (foot - 0.38 * length, 0.122),
                       (foot - 0.006, 0.122)], 0.0036, BLUE)
    fore = {"jib": _profile([(foot + 0.012, 0.085), (0.46 * length, 0.075), (foot + 0.012, 0.82 * mast)], 0.0026,
                            CREAM)} if jib else {}
    flag = _profile([(foot, mast), (foot - 0.034, mast - 0.011), (foot, mast - 0.022)], 0.0022, YELLOW)
    return canonical({"hull": hull_, "deck": deck, "mast": joined(pole, boom), "sail": sail, "stripe": stripe, "flag": flag,
                      **fore},
                     {"foot": Frame.at((0, 0, 0), (0, -1, 0), (0.4 * beam, 0.3 * length)), "top": Frame.at((0, mast, foot)),
                      "surface": Frame.at((0, 0.055, 0.02), half=(0.6 * beam, 0.3 * length))})


@category("toy plane", length_m=(0.18, 0.42),
          synonyms=("toy airplane", "model airplane", "airplane", "aeroplane", "toy aeroplane"), fronted=True)
def toy_plane(length: float = 0.26, span: float = 0.3, chord: float = 0.06, blades: int = 3) -> Template:
    """A toy propeller aeroplane standing on its wheels, its nose toward +z."""
    y, z = 0.062, length / 2
    body = lofted([ring((0, y + dy, t * length), (r, 0, 0), (0, 1.1 * r, 0)) for t, r, dy in (
        (-0.5, 0.006, 0.014), (-0.3, 0.015, 0.008), (-0.05, 0.026, 0.003), (0.2, 0.03, 0), (0.38, 0.028, 0), (0.44, 0.024, 0))],
        RED)
    cowl = cylinder(0.029, 0.022, (0, y, 0.42 * length), (0, 0, 1), YELLOW)
    wing = rounded((span, 0.012, chord), 0.005, (0, y + 0.014, 0.14 * length), YELLOW, 3)
    tail = rounded((0.36 * span, 0.008, 0.6 * chord), 0.0035, (0, y + 0.016, -0.43 * length), YELLOW, 2)
    fin = _profile([(-0.5 * length, y + 0.01), (-0.34 * length, y + 0.015), (-0.42 * length, y + 0.064),
                    (-0.5 * length, y + 0.068)], 0.008, YELLOW)
    glass = ball((0.017, 0.02, 0.032), (0, y + 0.031, 0.02 * length), (150, 196, 214), 2)
    spinner = cylinder(0.011, 0.022, (0, y, z - 0.006), (0, 0, 1), DARK, 0.002, 20)
    vanes = [turned(box((0.014, 0.062, 0.004), (0, y + 0.034, z - 0.01), DARK), 360 * k / blades, (0, 0, 1), (0, y, 0))
             for k in range(blades)]
    struts = [tube([(s * 0.015, y - 0.02, 0.22 * length), (s * 0.045, 0.02, 0.25 * length)], 0.0038, STEEL, 8) for s in SIDES]
    wheels = repeated(joined(cylinder(0.019, 0.012, axis=(1, 0, 0), colour=RUBBER, sections=24)),
                      [(s * 0.05, 0.019, 0.25 * length) for s in SIDES])
    skid = tube([(0, y + 0.004, -0.46 * length), (0, y - 0.02, -0.5 * length)], 0.003, STEEL, 8)
    return canonical({"body": body, "cowling": cowl, "wings": joined(wing, tail, fin), "canopy": glass,
                      "propeller": joined(spinner, *vanes), "gear": joined(*struts, skid), "wheels": wheels},
                     {"nose": Frame.at((0, y, z + 0.005), (0, 0, 1)),
                      "surface": Frame.at((0, y + 0.02, 0.14 * length), half=(0.45 * span, 0.4 * chord))})


@category("kite", length_m=(0.7, 1.4), synonyms=("toy kite", "diamond kite"), rest="z", mass="featherlight",
          ranges={"waist": (0.6, 0.72), "knots": (3, 5)})
def kite(width: float = 0.62, height: float = 0.78, waist: float = 0.66, knots: int = 4) -> Template:
    """A diamond kite in four colours, upright, with a bowed tail."""
    tail, half, cross = 0.34, width / 2, waist * height + 0.34
    top, low = height + tail, tail
    quarters = [slab([(0, cross), (s * half, cross), (0, end)], 0.006, colour) for s, end, colour in (
        (-1, top, RED), (1, top, YELLOW), (1, low, BLUE), (-1, low, GREEN))]
    spars = [tube([(0, low, -0.005), (0, top, -0.005)], 0.006, DEEP_WOOD, 10),
             tube([(-half, cross, -0.005), (half, cross, -0.005)], 0.006, DEEP_WOOD, 10)]
    t = np.linspace(0, 1, 18)
    cord = np.column_stack([0.05 * np.sin(5 * t), low - tail * t, 0 * t])
    bows = []
    for k in range(knots):
        x, y, _ = cord[int(17 * (k + 0.8) / knots)]
        bows += [hull([(x, y, z) for z in (-0.005, 0.005)] + [(x + s * 0.06, y + d, z) for d in (-0.026, 0.026)
                                                              for z in (-0.005, 0.005)],
                                                              (RED, YELLOW, BLUE, GREEN)[k % 4]) for s in SIDES]
    return canonical({"sail": joined(*quarters), "spars": joined(*spars), "tail": tube(cord, 0.004, WHITE, 8),
                      "bows": joined(*bows)},
                     {"centre": Frame.at((0, cross, 0), (0, 0, 1)), "head": Frame.at((0, top, 0)),
                      "tip": Frame.at((0, 0, 0), (0, -1, 0))})


@category("puzzle cube", length_m=(0.05, 0.07), synonyms=("rubik's cube", "magic cube", "cube puzzle"), symmetry="4-fold",
          stretch=0.0)
def puzzle_cube(edge: float = 0.057, tile: float = 0.86, count: int = 3) -> Template:
    """A turning puzzle cube with coloured tiles on all its faces."""
    half, cell = edge / 2, edge / count
    core = rounded((edge, edge, edge), 0.05 * edge, (0, 0, 0), BLACK, 2)
    ways: tuple[tuple[float, Point], ...] = ((0, (1, 0, 0)), (180, (1, 0, 0)), (90, (1, 0, 0)), (-90, (1, 0, 0)), (90, (0, 1, 0)),
                                             (-90, (0, 1, 0)))
    hues = (RED, ORANGE, YELLOW, WHITE, BLUE, GREEN)
    plate, tiles = box((tile * cell, tile * cell, 0.012 * edge)), []
    grid = [((k % count - (count - 1) / 2) * cell, (k // count - (count - 1) / 2) * cell, half) for k in range(count**2)]
    for n, (angle, axis) in enumerate(ways):
        for m, hue in enumerate(hues):
            spots = [spot for k, spot in enumerate(grid) if (n + (7 * k + 3 * n) % 11) % 6 == m]
            tiles += [turned(repeated(paint(plate, hue), spots), angle, axis)] if spots else []
    return canonical({"core": core, "tiles": joined(*tiles)},
                     {"surface": Frame.at((0, half, 0), half=0.45 * edge), "centre": Frame.at((0, 0, 0)),
                      "top": Frame.at((0, half, 0), half=0.45 * edge)})


@category("die", length_m=(0.022, 0.04), plural="dice", synonyms=("gaming die", "six-sided die"), symmetry="4-fold", stretch=0.0,
          mass="featherlight")
def die(edge: float = 0.026, rounding: float = 0.17, pip: float = 0.095) -> Template:
    """A white die with black pips."""
    half, far = edge / 2, 0.26 * edge
    cube = rounded((edge, edge, edge), rounding * edge, (0, 0, 0), (246, 244, 238), 5)
    spots = {1: [(0, 0)], 2: [(-1, -1), (1, 1)], 3: [(-1, -1), (0, 0), (1, 1)]}
    spots[4] = [(-1, -1), (1, 1), (-1, 1), (1, -1)]
    spots[5], spots[6] = [*spots[4], (0, 0)], [*spots[4], (-1, 0), (1, 0)]
    ways: tuple[tuple[int, float, Point], ...] = ((1, 0, (1, 0, 0)), (6, 180, (1, 0, 0)), (5, 90, (1, 0, 0)), (2, -90, (1, 0, 0)),
                                                  (3, 90, (0, 1, 0)), (4, -90, (0, 1, 0)))
    dots = [turned(cylinder(pip * edge, 0.014 * edge, (x * far, y * far, half), (0, 0, 1), BLACK, sections=20), angle, axis)
            for number, angle, axis in ways for x, y in spots[number]]
    return canonical({"die": cube, "pips": joined(*dots)},
                     {"surface": Frame.at((0, half, 0), half=(0.5 - rounding) * edge), "centre": Frame.at((0, 0, 0)),
                      "top": Frame.at((0, half, 0), half=(0.5 - rounding) * edge)})


@category("chess pawn", length_m=(0.04, 0.07), synonyms=("pawn", "chess piece", "chessman"), symmetry="revolution",
          mass="featherlight")
def chess_pawn(height: float = 0.05, base: float = 0.0155, head: float = 0.009, neck: float = 0.0055) -> Template:
    """A white chess pawn."""
    y = height - head
    foot = [(0, 0), (base, 0), (base, 0.06 * height), (0.92 * base, 0.1 * height), (0.95 * base, 0.14 * height),
            (0.72 * base, 0.24 * height)]
    stem = [(0.85 * neck + 0.002, 0.4 * height), (neck, y - 1.3 * head), (1.0 * neck, y - 1.05 * head),
            (1.25 * head, y - 0.95 * head), (1.25 * head, y - 0.8 * head), (0.6 * head, y - 0.65 * head), (0, y - 0.65 * head)]
    body = lathe([*foot, *stem], colour=(236, 222, 192))
    felt = lathe([(0, -0.0006), (0.9 * base, -0.0006), (0.9 * base, 0.001), (0, 0.001)], colour=GREEN)
    return canonical({"body": body, "head": ball(head, (0, y, 0), (236, 222, 192)), "felt": felt},
                     {"top": Frame.at((0, height, 0), half=0.4 * head), "foot": Frame.at((0, 0, 0), (0, -1, 0), base)})


@category("chessboard", length_m=(0.3, 0.5), synonyms=("chess board", "checkerboard", "draughtboard"), symmetry="4-fold",
          stretch=0.0)
def chessboard(edge: float = 0.4, thick: float = 0.022, rim: float = 0.025) -> Template:
    """A wooden chessboard of eight by eight squares."""
    base = rounded((edge, thick - 0.002, edge), 0.004, (0, thick / 2 - 0.001, 0), DEEP_WOOD, 2)
    cell = (edge - 2 * rim) / 8
    field = box((8 * cell, 0.004, 8 * cell), (0, thick - 0.002, 0), (232, 206, 160))
    spots = [((i - 3.5) * cell, thick - 0.0015, (j - 3.5) * cell) for i in range(8) for j in range(8) if (i + j) % 2 == 1]
    dark = repeated(box((cell, 0.004, cell), colour=(92, 54, 34)), spots)
    return canonical({"base": base, "field": field, "squares": dark},
                     {"surface": Frame.at((0, thick + 0.0005, 0), half=edge / 2 - rim), "centre": Frame.at((0, thick / 2, 0))})


@category("balloon", length_m=(0.4, 0.8), synonyms=("toy balloon", "party balloon"), symmetry="revolution", mass="featherlight",
          ranges={"string": (0.18, 0.34), "radius": (0.12, 0.14)})
def balloon(radius: float = 0.13, height: float = 0.33, string: float = 0.24, shine: bool = True) -> Template:
    """A red balloon on a string."""
    t = np.radians(np.linspace(-90, 90, 26))
    wide = radius * np.cos(t) ** 0.92 * (1 + 0.12 * np.sin(t))
    tall = height / 2 * (np.sin(t) - 0.1 * np.cos(t) ** 2)
    y = string + height / 2 + 0.014
    bag = lathe([(0, y - height / 2), *zip(wide[1:-1], y + tall[1:-1], strict=True), (0, y + height / 2)], colour=RED)
    knot = lathe([(0, string), (0.011, string), (0.004, string + 0.009), (0.012, string + 0.026), (0, string + 0.026)],
                 colour=(160, 44, 38))
    cord = tube([(0.006 * np.sin(9 * s), string * s, 0) for s in np.linspace(0, 1.01, 16)], 0.0022, WHITE, 8)
    glint = {"shine": turned(ball((0.02, 0.045, 0.006), (-0.42 * radius, y + 0.26 * height, 0.68 * radius), (244, 168, 160), 2),
                             -32, (0, 1, 0), (-0.42 * radius, y, 0.68 * radius))} if shine else {}
    return canonical({"balloon": bag, "knot": knot, "string": cord, **glint},
                     {"centre": Frame.at((0, y, 0)), "top": Frame.at((0, y + height / 2, 0)),
                      "foot": Frame.at((0, 0, 0), (0, -1, 0))})


@category("spinning top", length_m=(0.05, 0.09), synonyms=("toy top", "humming top"), symmetry="revolution", mass="featherlight")
def spinning_top(radius: float = 0.03, height: float = 0.062, handle: float = 0.024, waist: float = 0.5) -> Template:
    """A wooden spinning top standing upright on its tip."""
    body = height - handle
    level = 0.62 * body
    rings = [(0.0012, 0), (0.05 * radius + 0.002, 0.05 * body), (waist * radius, 0.36 * level), (0.86 * radius, 0.78 * level),
             (radius, level), (radius, level + 0.1 * body), (0.8 * radius, level + 0.2 * body),
             (0.4 * radius, level + 0.29 * body), (0.15 * radius, body)]
    parts = {}
    for k, (low, high) in enumerate(pairwise(rings)):
        parts[f"band {k}"] = lathe([(0, low[1]), low, high, (0, high[1])],
                                   colour=(PALE_WOOD, RED, YELLOW, BLUE, RED, BLUE, YELLOW, RED)[k])
    peg = lathe([(0, body - 0.001), (0.12 * radius, body - 0.001), (0.09 * radius, height - 0.3 * handle),
                 (0.15 * radius, height - 0.1 * handle), (0.08 * radius, height), (0, height)], colour=PALE_WOOD)
    return canonical({**parts, "peg": peg},
                     {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, height, 0), (0, 1, 0), 0.1 * radius)})


@category("toy castle", length_m=(0.3, 0.6), synonyms=("castle", "play castle"), fronted=True, mass="medium",
          ranges={"tower": (0.042, 0.056)})
def toy_castle(width: float = 0.34, wall: float = 0.13, tower: float = 0.048, roofs: bool = True) -> Template:
    """A toy castle: four round towers, battlements and an arched gate."""
    stone, half, high = (186, 182, 174), width / 2, 1.5 * wall
    tooth = 0.024
    walls = [box((width, wall, 0.03), (0, wall / 2, s * half), stone)
             for s in SIDES] + [box((0.03, wall, width), (s * half, wall / 2, 0), stone) for s in SIDES]
    spots = np.linspace(-1, 1, 5) * (half - tower - 0.022)
    teeth = repeated(box((tooth, 0.024, tooth), colour=stone),
                     [p for x in spots for s in SIDES
                      for p in ((x, wall + 0.01, s * (half + 0.003)), (s * (half + 0.003), wall + 0.01, x))])
    round_ = cylinder(tower, high, colour=(170, 166, 158))
    towers = repeated(round_, corners(half, high / 2, half))
    rim = lathe([(0, -0.012), (tower, -0.012), (1.14 * tower, 0), (1.14 * tower, 0.022), (0, 0.022)], colour=stone)
    crests = repeated(rim, corners(half, high, half))
    if roofs:
        tops = repeated(lathe([(0, 0), (1.25 * tower, 0), (0, 2.1 * tower)], colour=BLUE), corners(half, high + 0.02, half))
    else:
        ring_ = [(1.0 * tower * np.cos(a), 0, 1.0 * tower * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 7, endpoint=False)]
        tops = repeated(box((0.02, 0.024, 0.02), colour=stone),
                        [(x + a, high + 0.03, z + b) for x, _, z in corners(half, 0, half) for a, _, b in ring_])
    keep = box((0.42 * width, 1.75 * wall, 0.42 * width), (0, 0.875 * wall, -0.1 * width), (196, 192, 184))
    brim = repeated(box((tooth, 0.026, tooth), colour=(196, 192, 184)),
                    [(x * 0.2 * width, 1.75 * wall + 0.011, -0.1 * width + z * 0.2 * width) for x in (-1, 0, 1)
                     for z in (-1, 0, 1) if x or z])
    door = 0.036
    outline = [(-door, 0), (door, 0), *[(door * np.cos(a), 0.06 + door * np.sin(a)) for a in np.radians(np.linspace(0, 180, 11))]]
    gate = slab(outline, 0.012, (96, 62, 38)).apply_translation((0, 0, half + 0.012))
    frame = slab(np.asarray(outline) * [1.28, 1.14], 0.006, (140, 136, 128)).apply_translation((0, 0, half + 0.014))
    windows = [box((0.014, 0.034, 0.008), (s * half, 0.72 * high, half + tower - 0.002), BLACK)
               for s in SIDES] + [box((0.02, 0.036, 0.008), (x, 1.45 * wall, 0.11 * width), BLACK) for x in (-0.04, 0.04)]
    pole = tube([(0, 1.7 * wall, -0.1 * width), (0, 2.4 * wall, -0.1 * width)], 0.003, DEEP_WOOD, 8)
    flag = slab([(0, 2.4 * wall), (0.06, 2.27 * wall), (0, 2.14 * wall)], 0.003, RED).apply_translation((0, 0, -0.1 * width))
    return canonical(
        {"walls": joined(*walls, teeth), "towers": towers, "crests": crests, "tower tops": tops, "keep": joined(keep, brim),
         "gate": gate, "arch": frame, "windows": joined(*windows), "flag": joined(pole, flag)},
        {"foot": Frame.at((0, 0, 0), (0, -1, 0), half), "centre": Frame.at((0, wall, 0))},
    )


@category("yo-yo", length_m=(0.05, 0.065), synonyms=("yoyo",), rest="z", symmetry="revolution about z",
          mass="featherlight")
def yo_yo(radius: float = 0.029, half: float = 0.016, gap: float = 0.0028) -> Template:
    """A yo-yo standing on its rim, a yellow disc on each side."""
    side = lathe([(0, gap), (0.8 * radius, gap), (0.97 * radius, 1.4 * gap), (radius, 2.2 * gap),
                  (0.97 * radius, 0.7 * half + gap), (0.8 * radius, half + gap), (0.55 * radius, 1.02 * half + gap),
                  (0, 0.9 * half + gap)], colour=RED)
    disc = cylinder(0.45 * radius, 0.002, (0, half + 0.8 * gap, 0), colour=YELLOW)
    halves = [turned(part.copy(), s * 90, (1, 0, 0)) for part in (side, disc) for s in SIDES]
    axle = cylinder(0.12 * radius, 2.4 * gap, axis=(0, 0, 1), colour=STEEL)
    cord = cylinder(0.6 * radius, 1.6 * gap, axis=(0, 0, 1), colour=WHITE)
    return canonical({"halves": joined(*halves[:2]), "discs": joined(*halves[2:]), "axle": axle, "string": cord},
                     {"centre": Frame.at((0, 0, 0), (0, 0, 1)), "axle": Frame.at((0, 0, 0), (0, 0, 1))})


@category("plastic brick", length_m=(0.028, 0.05), synonyms=("lego brick", "lego", "interlocking brick"), symmetry="half-turn",
          mass="featherlight", stretch=0.0)
def plastic_brick(pitch: float = 0.008, height: float = 0.0096, stud: float = 0.0025, studs: int = 4) -> Template:
    """A plastic toy brick with two rows of studs, hollow below."""
    width, depth, wall = studs * pitch, 2 * pitch, 0.0014
    walls = [box((width, height, wall), (0, height / 2, s * (depth - wall) / 2), RED)
             for s in SIDES] + [box((wall, height, depth), (s * (width - wall) / 2, height / 2, 0), RED) for s in SIDES]
    top = box((width, 0.0016, depth), (0, height - 0.0008, 0), RED)
    knobs = repeated(cylinder(stud, 0.0022, colour=(206, 68, 58), sections=24),
                     [((k - (studs - 1) / 2) * pitch, height + 0.0009, s * pitch / 2) for k in range(studs) for s in SIDES])
    return canonical({"brick": joined(top, *walls), "studs": knobs},
                     {"surface": Frame.at((0, height + 0.002, 0), half=(width / 2, depth / 2)),
                      "top": Frame.at((0, height + 0.002, 0), half=(width / 2, depth / 2)),
                      "centre": Frame.at((0, height / 2, 0))})


@category("stacking toy", length_m=(0.16, 0.26), synonyms=("ring tower", "ring stacker"), symmetry="revolution",
          ranges={"rings": (4, 6)})
def stacking_toy(base: float = 0.06, thick: float = 0.013, taper: float = 0.55, rings: int = 5) -> Template:
    """A tower of coloured rings on a peg, each smaller than the one below."""
    hues = (RED, ORANGE, YELLOW, GREEN, BLUE, (126, 84, 160))
    foot = lathe([(0, 0), (1.08 * base, 0), (1.08 * base, 0.008), (0.9 * base, 0.016), (0, 0.016)], colour=PALE_WOOD)
    around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    stack = []
    for k in range(rings):
        out = base * (1 - (1 - taper) * k / (rings - 1))
        middle, y = (out + 0.012) / 2, 0.016 + thick * (2 * k + 1)
        stack.append(lathe([(middle + (out - 0.012) / 2 * np.cos(a), y + thick * np.sin(a)) for a in (*around, 0.0)],
                           colour=hues[k % 6], sections=36))
    top = 0.016 + 2 * thick * rings
    peg = joined(cylinder(0.0105, top, (0, top / 2, 0), colour=PALE_WOOD), ball(0.02, (0, top + 0.012, 0), RED))
    return canonical({"base": foot, "rings": joined(*stack), "peg": peg},
                     {"top": Frame.at((0, top + 0.032, 0), half=0.012), "foot": Frame.at((0, 0, 0), (0, -1, 0), base)})


@category("nesting doll", length_m=(0.09, 0.18), synonyms=("matryoshka", "russian doll", "babushka doll"), fronted=True,
          ranges={"belly": (0.034, 0.042)})
def nesting_doll(height: float = 0.13, belly: float = 0.038, head: float = 0.026, flower: bool = True) -> Template:
    """A painted wooden nesting doll in a red scarf."""
    t = np.array([0, 0.02, 0.12, 0.28, 0.42, 0.56, 0.64, 0.74, 0.86, 0.94, 0.985])
    r = np.array([0.72 * belly, 0.76 * belly, 0.94 * belly, belly, 0.94 * belly, 0.76 * belly, 0.99 * head, head, 0.86 * head,
                  0.56 * head, 0.25 * head])
    fine = np.linspace(0, 0.985, 31)
    body = lathe([(0, 0), *zip(np.interp(fine, t, r), fine * height, strict=True), (0, height)], colour=(196, 50, 44))
    body = banded(body, -0.01, 0.41 * height, (46, 108, 96))
    body = banded(body, 0.4 * height, 0.46 * height, GOLD)
    face = ball((0.66 * head, 0.66 * head, 0.3 * head), (0, 0.76 * height, 0.76 * head), FLESH, 3)
    fringe = [ball((0.36 * head, 0.2 * head, 0.2 * head), (s * 0.28 * head, 0.76 * height + 0.46 * head, 0.84 * head),
                   (96, 54, 28), 1) for s in SIDES]
    eyes = [ball(0.075 * head, (s * 0.24 * head, 0.76 * height + 0.06 * head, 1.02 * head), BLACK, 1) for s in SIDES]
    cheeks = [ball((0.13 * head, 0.1 * head, 0.05 * head), (s * 0.34 * head, 0.76 * height - 0.2 * head, 0.97 * head), PINK, 1)
              for s in SIDES]
    mouth = ball((0.11 * head, 0.05 * head, 0.05 * head), (0, 0.76 * height - 0.28 * head, 1.01 * head), RED, 1)
    petals = [ball((0.16 * belly, 0.16 * belly, 0.08 * belly),
                   (0.26 * belly * np.cos(a), 0.24 * height + 0.26 * belly * np.sin(a), 0.95 * belly), PINK,
                   2) for a in np.linspace(0, 2 * np.pi, 5, endpoint=False)]
    bloom = {"flower": joined(*petals, ball((0.15 * belly, 0.15 * belly, 0.1 * belly), (0, 0.24 * height, 0.97 * belly), YELLOW,
                                            2))} if flower else {}
    return canonical({"body": body, "face": face, "hair": joined(*fringe), "features": joined(*eyes, *cheeks, mouth), **bloom},
                     {"crown": Frame.at((0, height, 0), half=head), "top": Frame.at((0, height, 0), half=0.3 * head),
                      "foot": Frame.at((0, 0, 0), (0, -1, 0), 0.7 * belly)})


@category("abacus", length_m=(0.2, 0.35), plural="abacuses", synonyms=("bead frame", "counting frame"), fronted=True,
          ranges={"rows": (4, 6)})
def abacus(width: float = 0.28, height: float = 0.24, bead: float = 0.0125, rows: int = 5) -> Template:
    """A counting frame: rows of coloured beads on rods between two posts."""
    x, low = width / 2, 0.02
    posts = repeated(rounded((0.018, height, 0.022), 0.005, colour=WOOD, centre=(0, 0, 0)),
                     [(s * (x - 0.009), height / 2, 0) for s in SIDES])
    feet = repeated(rounded((0.022, 0.018, 0.09), 0.006, colour=DEEP_WOOD, centre=(0, 0, 0)),
                    [(s * (x - 0.009), 0.009, 0) for s in SIDES])
    rails = [box((width - 0.02, 0.016, 0.016), (0, y, 0), WOOD) for y in (0.03, height - 0.012)]
    levels = np.linspace(low + 0.02 + 1.2 * bead, height - 0.02 - 1.2 * bead, rows)
    rods = [tube([(-x + 0.01, y, 0), (x - 0.01, y, 0)], 0.002, STEEL, 8) for y in levels]
    hues = (RED, YELLOW, GREEN, BLUE, ORANGE, PINK)
    beads, step = [], min(1.15 * bead, (width - 0.09) / 8)
    for k, y in enumerate(levels):
        split = (3 * k + 2) % 5 + 1
        spots = [(-x + 0.022 + step * (i + 0.5), y, 0) for i in range(split)] + [(x - 0.022 - step * (i + 0.5), y, 0)
                                                                                 for i in range(8 - split)]
        beads.append(repeated(ball((0.48 * step, 0.82 * bead, 0.82 * bead), colour=hues[k % 6], subdivisions=1), spots))
    return canonical({"posts": posts, "feet": feet, "rails": joined(*rails), "rods": joined(*rods), "beads": joined(*beads)},
                     {"top": Frame.at((0, height, 0), half=(x, 0.01)), "foot": Frame.at((0, 0, 0), (0, -1, 0), (x, 0.045))})


@category("dollhouse", length_m=(0.4, 0.8), synonyms=("doll's house", "toy house", "dolls' house"), fronted=True, mass="medium")
def dollhouse(width: float = 0.5, height: float = 0.36, depth: float = 0.28, chimney: bool = True) -> Template:
    """A toy house with a red roof, a door and windows in its front."""
    z, peak = depth / 2, 0.45 * height
    case = box((width, height, depth), (0, height / 2, 0), (244, 226, 190))
    base = box((width + 0.04, 0.02, depth + 0.05), (0, 0.01, 0), GREEN)
    gable = _profile([(-z, height), (z, height), (0, height + peak)], width, (244, 226, 190))
    slope = float(np.arctan2(peak, z))
    long = float(np.hypot(peak, z)) + 0.05
    slates = [turned(box((width + 0.05, 0.018, long), (0, 0, 0), RED), s * np.degrees(slope),
                     (1, 0, 0)).apply_translation((0, height + peak / 2 + 0.002, s * (z / 2 + 0.008))) for s in SIDES]
    stack = {"chimney": joined(box((0.05, 0.14, 0.05), (0.27 * width, height + peak - 0.02, -0.25 * z), (160, 84, 62)),
                               box((0.062, 0.014, 0.062), (0.27 * width, height + peak + 0.05, -0.25 * z),
                                   STEEL))} if chimney else {}
    door = joined(box((0.17 * width, 0.44 * height, 0.014), (0, 0.22 * height + 0.01, z), BLUE),
                  ball(0.008, (0.055 * width, 0.2 * height, z + 0.009), BRASS, 2))
    step = box((0.24 * width, 0.03, 0.03), (0, 0.015, z + 0.012), (170, 164, 156))
    panes, bars = [], []
    for x, y in ((-0.3, 0.3), (0.3, 0.3), (-0.3, 0.74), (0, 0.74), (0.3, 0.74)):
        w, h = 0.15 * width, 0.23 * height
        panes.append(box((w, h, 0.01), (x * width, y * height, z), (150, 200, 220)))
        bars += [box((w + 0.02, 0.012, 0.016), (x * width, y * height + s * h / 2, z), WHITE) for s in (-1, 0, 1)]
        bars += [box((0.012, h, 0.016), (x * width + s * w / 2, y * height, z), WHITE) for s in (-1, 0, 1)]
    return canonical({"house": joined(case, gable), "base": base, "roof": joined(*slates), "door": door, "step": step,
                      "windows": joined(*panes), "frames": joined(*bars), **stack},
                     {"foot": Frame.at((0, 0, 0), (0, -1, 0), (width / 2, z)), "centre": Frame.at((0, height / 2, 0))})


@category("beach ball", length_m=(0.3, 0.5), stretch=0.0, symmetry="revolution", mass="featherlight",
          ranges={"cap": (0.14, 0.24), "tilt": (25.0, 50.0)})
def beach_ball(cap: float = 0.19, tilt: float = 38.0, white: bool = True) -> Template:
    """An inflated ball of six gores, every second one perhaps white, with a white disc at either pole."""
    bright = (230, 52, 48), (40, 120, 214), (250, 204, 44)
    others = (WHITE, WHITE, WHITE) if white else ((60, 170, 90), (240, 130, 50), (150, 80, 180))
    gores = [shade for pair in zip(bright, others, strict=True) for shade in pair]
    rise = np.radians(np.concatenate([[-90, cap * 90 - 90], np.linspace(cap * 90 - 90, 90 - cap * 90, 27)[1:], [90]]))
    profile = np.column_stack([np.cos(rise), np.sin(rise)])
    profile[[0, -1], 0] = 0
    skin = lathe(profile.tolist(), colour=WHITE, sections=60)
    x, y, z = skin.triangles_center.T
    which = (np.arctan2(z, x) % (2 * np.pi) // (np.pi / 3)).astype(int)
    for k, colour in enumerate(gores):
        skin = tinted(skin, (which == k) & (np.abs(y) < np.cos(cap * np.pi / 2)), colour)
    skin = turned(turned(skin, tilt, (1, 0, 0)), 25, (0, 0, 1))
    return canonical({"ball": skin}, {"centre": Frame.at((0, 0, 0)), "top": Frame.at((0, 1, 0))})


@category("action figure", length_m=(0.15, 0.3), synonyms=("figurine",), fronted=True,
          ranges={"legs": (0.1, 0.118), "shoulders": (0.034, 0.04)})
def action_figure(legs: float = 0.108, shoulders: float = 0.037, head: float = 0.017, cape: bool = True) -> Template:
    """A masked hero standing with fists on the hips, with or without a cape."""
    suit, skin = (44, 96, 196), FLESH
    waist, neck = legs + 0.012, legs + 0.078
    trunk = lofted([ring((0, y, 0), (w, 0, 0), (0, 0, d), 24) for y, w, d in (
        (legs - 0.008, 0.017, 0.013), (waist, 0.021, 0.015), (waist + 0.01, 0.02, 0.0145),
        (waist + 0.038, 0.9 * shoulders, 0.0195), (neck - 0.014, shoulders, 0.018), (neck - 0.004, 0.6 * shoulders, 0.013),
        (neck, 0.009, 0.009))], suit)
    belt = lofted([ring((0, waist + y, 0), (0.0225, 0, 0), (0, 0, 0.0165), 24) for y in (-0.0035, 0.0035)], YELLOW)
    spikes = zip([0.012, 0.005] * 5, np.radians(np.arange(0, 360, 36)), strict=True)
    star = slab([(r * np.sin(a), r * np.cos(a)) for r, a in spikes], 0.006, YELLOW).apply_translation((0, neck - 0.03, 0.0185))
    trunks = lofted([ring((0, y, 0), (w, 0, 0), (0, 0, d), 24) for y, w, d in (
        (legs - 0.016, 0.008, 0.01), (legs - 0.006, 0.0205, 0.015), (waist, 0.0215, 0.0157))], RED)
    thighs = [_limb([(s * 0.011, legs, 0), (s * 0.017, 0.55 * legs, 0.002), (s * 0.021, 0.3 * legs, 0)], 0.0125, 0.009, suit)
              for s in SIDES]
    boots = [joined(tube([(s * 0.0195, 0.42 * legs, 0.001), (s * 0.0205, 0.36 * legs, 0), (s * 0.0235, 0.004, -0.002)],
                         [0.012, 0.0115, 0.0095], RED),
                    rounded((0.02, 0.013, 0.04), 0.005, (s * 0.0245, 0.0065, 0.006), RED, 3)) for s in SIDES]
    arms = [_limb([(s * (shoulders - 0.003), neck - 0.016, 0), (s * (shoulders + 0.017), neck - 0.042, -0.004),
                   (s * (shoulders + 0.005), waist + 0.014, 0.006)], 0.0105, 0.0075, suit) for s in SIDES]
    gloves = [ball(0.0105, (s * 0.029, waist + 0.007, 0.009), RED, 2) for s in SIDES]
    y = neck + 0.9 * head
    skull = joined(ball((0.88 * head, 1.1 * head, 0.95 * head), (0, y, 0.001), skin, 2),
                   tube([(0, neck - 0.007, 0), (0, neck + 0.007, 0)], 0.008, skin))
    hair = ball((0.95 * head, 0.85 * head, 0.98 * head), (0, y + 0.42 * head, -0.2 * head), (58, 36, 26), 2)
    mask = ball((0.92 * head, 0.26 * head, 0.6 * head), (0, y + 0.06 * head, 0.45 * head), RED, 2)
    eyes = [ball((0.17 * head, 0.11 * head, 0.1 * head), (s * 0.36 * head, y + 0.07 * head, 0.97 * head), WHITE, 1)
            for s in SIDES]
    parts = {"body": joined(trunk, *thighs, *arms), "trunks": trunks, "belt": joined(belt, star), "boots": joined(*boots),
             "gloves": joined(*gloves), "head": skull, "hair": hair, "face": joined(mask, *eyes)}
    if cape:
        across = np.linspace(-1, 1, 13)
        rows = [[(w * a, y, z - 0.003 * np.cos(2.5 * np.pi * a) * fold) for a in across] for y, w, z, fold in (
            (neck - 0.001, 0.7 * shoulders, -0.01, 0), (neck - 0.012, shoulders, -0.019, 0.3),
            (waist, 1.15 * shoulders, -0.026, 0.8), (0.5 * legs, 1.3 * shoulders, -0.034, 1.1),
            (0.16 * legs, 1.45 * shoulders, -0.042, 1.3))]
        parts["cape"] = sheet(rows, (0, 0, -0.003), RED)
    return canonical(parts, {"crown": Frame.at((0, y + 1.27 * head, -0.15 * head), half=0.9 * head),
                             "centre": Frame.at((0, waist, 0)), "foot": Frame.at((0, 0, 0.004), (0, -1, 0), (0.034, 0.018))})
