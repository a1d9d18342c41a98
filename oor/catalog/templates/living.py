"""Templates of furniture and things about the house."""

from __future__ import annotations

import numpy as np
import trimesh
from scipy.interpolate import PchipInterpolator

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    BLUE,
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
    box,
    corners,
    cylinder,
    fluted,
    joined,
    lathe,
    lofted,
    oblong,
    paint,
    repeated,
    ring,
    rounded,
    tube,
    turned,
)
from oor.catalog.template import Frame, Template, canonical

TEAL: Colour = (62, 128, 132)
CREAM: Colour = (238, 226, 202)


def _leg(bottom: Point, top: Point, thin: float, thick: float, colour: Colour) -> trimesh.Trimesh:
    """A square leg tapering down."""
    return lofted([oblong(p, (w / 2, 0, 0), (0, 0, w / 2)) for p, w in ((bottom, thin), (top, thick))], colour)


def _four_legs(x: float, z: float, height: float, thin: float, thick: float, colour: Colour, splay: float = 0.0,
               ) -> trimesh.Trimesh:
    """Legs up to (+-x, height, +-z), their feet `splay` farther out along x and z."""
    return joined(*(_leg((px + splay * np.sign(px), 0, pz + splay * np.sign(pz)), (px, height, pz), thin, thick, colour)
                    for px, _, pz in corners(x, height, z)))


def _cushion(size: Point, centre: Point, colour: Colour) -> trimesh.Trimesh:
    """A stuffed cushion with pinched corners."""
    mesh = trimesh.creation.icosphere(subdivisions=3)
    x, y, z = mesh.vertices.T
    away, around = np.hypot(x, z) + 1e-9, np.arctan2(z, x)
    square = (np.abs(np.cos(around)) ** 6 + np.abs(np.sin(around)) ** 6) ** (-1 / 6)
    spread = square * away**0.8
    spread *= 1 - 0.07 * away**6 * (1 - np.sin(2 * around) ** 2)
    wide = np.column_stack([np.cos(around) * spread, y * (0.55 + 0.45 * np.abs(y)), np.sin(around) * spread])
    mesh.vertices = wide / np.abs(wide).max(axis=0) * (np.asarray(size, float) / 2) + np.asarray(centre, float)
    return paint(mesh, colour)


@category("table", length_m=(1.1, 1.9), synonyms=("dining table", "kitchen table", "wooden table"),
          symmetry="half-turn", mass="heavy")
def table(width: float = 1.5, depth: float = 0.9, height: float = 0.75) -> Template:
    """A dining table on four tapering legs."""
    top, apron, leg = 0.035, 0.07, 0.075
    x, z, under = width / 2 - 0.07, depth / 2 - 0.07, height - top - apron
    rails = [box((2 * x, apron, 0.022), (0, under + apron / 2, s * z), DEEP_WOOD) for s in (-1, 1)]
    rails += [box((0.022, apron, 2 * z), (s * x, under + apron / 2, 0), DEEP_WOOD) for s in (-1, 1)]
    return canonical(
        {"top": rounded((width, top, depth), 0.012, (0, height - top / 2, 0), WOOD, 3), "apron": joined(*rails),
         "legs": _four_legs(x, z, height - top, 0.045, leg, DEEP_WOOD)},
        {"surface": Frame.at((0, height, 0), half=(width / 2, depth / 2)),
         "clearance": Frame.at((0, under, 0), (0, -1, 0), (x - leg / 2, z - leg / 2))},
    )


@category("coffee table", length_m=(0.8, 1.4), synonyms=("low table", "tea table"), symmetry="half-turn", mass="heavy")
def coffee_table(width: float = 1.1, depth: float = 0.6, height: float = 0.42) -> Template:
    """A low table with a rounded top on splayed round legs."""
    top, x, z = 0.04, width / 2 - 0.15, depth / 2 - 0.12
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    rim = np.column_stack([np.cos(angles), 0 * angles, np.sin(angles)])
    rim *= ((np.abs(rim[:, [0]]) ** 5 + np.abs(rim[:, [2]]) ** 5) ** -0.2)
    layers = [(height - top, 0.97), (height - top * 0.6, 1.0), (height - 0.006, 1.0), (height, 0.992)]
    plate = lofted([rim * [s * width / 2, 1, s * depth / 2] + [0, y, 0] for y, s in layers], PALE_WOOD)
    legs = [tube([(px, height - top, pz), (px * 1.24, 0, pz * 1.3)], [0.022, 0.012], DARK)
            for px, _, pz in corners(x, 0, z)]
    return canonical(
        {"top": plate, "legs": joined(*legs)},
        {"surface": Frame.at((0, height, 0), half=(width / 2, depth / 2)),
         "clearance": Frame.at((0, height - top, 0), (0, -1, 0), (x - 0.02, z - 0.02))},
    )


@category("chair", length_m=(0.8, 1.0), synonyms=("dining chair", "wooden chair", "kitchen chair"), fronted=True, mass="medium")
def chair(width: float = 0.45, depth: float = 0.44, seat: float = 0.45, height: float = 0.9) -> Template:
    """A wooden chair with a slatted backrest."""
    x, z, leg, lean = width / 2 - 0.03, depth / 2 - 0.03, 0.04, 0.07
    cushion = rounded((width, 0.04, depth), 0.016, (0, seat - 0.02, 0), RED, 4)
    front = [_leg((s * x, 0, z), (s * x, seat - 0.03, z), 0.026, leg, WOOD) for s in (-1, 1)]
    rear = [lofted([oblong((s * x, y, -z - dz), (w / 2, 0, 0), (0, 0, w / 2)) for y, dz, w in (
        (0, 0.03, 0.026), (seat - 0.03, 0, leg), (height - 0.03, lean, 0.03))], WOOD) for s in (-1, 1)]
    rails = [box((2 * x, 0.04, 0.02), (0, seat - 0.055, s * z), WOOD) for s in (-1, 1)]
    rails += [box((0.02, 0.04, 2 * z), (s * x, seat - 0.055, 0), WOOD) for s in (-1, 1)]

    def bar(low: float, high: float, across: float, wide: float) -> trimesh.Trimesh:
        slope = lean / (height - seat)
        return lofted([oblong((across, y, -z - slope * (y - seat + 0.03)), (wide, 0, 0), (0, 0, 0.009))
                       for y in (low, high)], WOOD)

    back = [bar(height - 0.09, height, 0, width / 2), bar(seat + 0.08, seat + 0.12, 0, x)]
    back += [bar(seat + 0.1, height - 0.06, t * width, 0.018) for t in (-0.24, -0.08, 0.08, 0.24)]
    sit = Frame.at((0, seat, 0), half=(width / 2, depth / 2))
    return canonical(
        {"seat": cushion, "legs": joined(*front, *rear, *rails), "backrest": joined(*back)},
        {"seat": sit, "surface": sit, "back": Frame.at((0, height, -z - lean), half=(width / 2, 0.009)),
         "clearance": Frame.at((0, seat - 0.075, 0), (0, -1, 0), (x - leg / 2, z - leg / 2))},
    )


@category("stool", length_m=(0.45, 0.75), synonyms=("footstool", "wooden stool"), symmetry="4-fold", mass="medium")
def stool(radius: float = 0.17, height: float = 0.6) -> Template:
    """A round stool on four splayed legs with foot rails."""
    thick, spread = 0.04, 0.115
    seat = lathe([(0, height - thick), (radius * 0.94, height - thick), (radius, height - 0.6 * thick),
                  (radius, height - 0.012), (radius * 0.96, height), (0, height)], colour=WOOD)
    feet, tops = corners(spread * 1.45, 0, spread * 1.45), corners(spread * 0.8, height - thick / 2, spread * 0.8)
    legs = [tube([top, foot], [0.019, 0.014], PALE_WOOD) for top, foot in zip(tops, feet, strict=True)]
    knee = [foot + (top - foot) * 0.36 for top, foot in zip(tops, feet, strict=True)]
    rails = [tube([knee[a], knee[b]], 0.01, PALE_WOOD) for a, b in ((0, 1), (1, 3), (3, 2), (2, 0))]
    return canonical(
        {"seat": seat, "legs": joined(*legs), "rails": joined(*rails)},
        {"surface": Frame.at((0, height, 0), half=radius * 0.96),
         "clearance": Frame.at((0, height - thick, 0), (0, -1, 0), spread * 0.8)},
    )


@category("sofa", length_m=(1.7, 2.5), synonyms=("couch", "settee"), fronted=True, mass="heavy")
def sofa(width: float = 2.0, depth: float = 0.9, seat: float = 0.45, height: float = 0.84) -> Template:
    """A two-seat sofa."""
    arm, back, dark = 0.2, 0.2, (48, 104, 108)
    x, z, foot = width / 2, depth / 2, 0.1
    tall = height - foot - 0.04
    base = box((width - 0.06, 0.2, depth - 0.06), (0, foot + 0.1, 0), dark)
    arms = repeated(rounded((arm, 0.64 - foot, depth), 0.06, (0, 0, 0), TEAL, 5),
                    [(s * (x - arm / 2), foot + (0.64 - foot) / 2, 0) for s in (-1, 1)])
    rear = rounded((width - 0.1, tall, back), 0.07, (0, foot + tall / 2, -z + back / 2), TEAL, 5)
    inner = width / 2 - arm
    soft: Colour = (84, 156, 158)
    seats = repeated(rounded((inner - 0.008, seat - foot - 0.18, depth - back), 0.05, (0, 0, 0), soft, 5),
                     [(s * inner / 2, (seat + foot + 0.18) / 2, back / 2 + 0.01) for s in (-1, 1)])
    pads = repeated(turned(rounded((inner - 0.02, height - seat, 0.16), 0.06, (0, 0, 0), soft, 5), -10, (1, 0, 0)),
                    [(s * inner / 2, (seat + height) / 2 - 0.01, -z + back + 0.05) for s in (-1, 1)])
    legs = repeated(cylinder(0.025, foot, top=0.035, colour=DEEP_WOOD), corners(x - 0.09, foot / 2, z - 0.09))
    return canonical(
        {"frame": joined(base, arms, rear), "seat": seats, "back": pads, "legs": legs},
        {"surface": Frame.at((0, seat, 0.16), half=(inner, z - 0.18))},
    )


@category("bookshelf", length_m=(1.4, 2.1), plural="bookshelves", fronted=True,
          synonyms=("bookcase", "shelf", "shelving unit", "book shelf"), mass="heavy")
def bookshelf(width: float = 0.9, height: float = 1.8, depth: float = 0.32, shelves: int = 5) -> Template:
    """A bookcase, open in front, some books in it."""
    board, base = 0.028, 0.08
    x, inner = width / 2, width - 2 * 0.028
    sides = repeated(box((board, height, depth), colour=WOOD), [(s * (x - board / 2), height / 2, 0) for s in (-1, 1)])
    levels = np.linspace(base, height - board / 2, shelves + 1)
    boards = repeated(box((inner, board, depth - 0.01), colour=WOOD), [(0, y, 0) for y in levels])
    kick = box((inner, base, 0.02), (0, base / 2, depth / 2 - 0.04), DEEP_WOOD)
    colours: list[Colour] = [RED, BLUE, GREEN, YELLOW, CREAM, (116, 74, 122), TEAL]
    rng = np.random.default_rng(3)
    books: dict[Colour, list[tuple[Point, Point]]] = {c: [] for c in colours}
    filled = ((0.0, 0.55), (0.42, 1.0), (0.0, 0.72), (0.3, 1.0), (0.0, 0.48))
    for level, (start, stop) in zip(levels, filled, strict=False):
        at, k = start * inner + 0.004, int(rng.integers(7))
        while at < stop * inner - 0.06:
            w, h, d = rng.uniform(0.026, 0.056), rng.uniform(0.19, 0.27), rng.uniform(0.17, 0.22)
            books[colours[k % 7]].append(((at + w / 2 - inner / 2, level + board / 2 + h / 2, 0.1 - d / 2), (w, h, d)))
            at, k = at + w + 0.002, k + int(rng.integers(1, 4))
    row = [repeated(box((1, 1, 1), colour=c), *zip(*items, strict=True)) for c, items in books.items() if items]
    return canonical(
        {"sides": sides, "shelves": joined(boards, kick), "books": joined(*row),
         "back": box((width - 0.01, height - 0.02, 0.012), (0, height / 2, -depth / 2 + 0.006), DEEP_WOOD)},
        {"surface": Frame.at((0, height, 0), half=(width / 2, depth / 2))},
    )


@category("bed", length_m=(1.95, 2.25), synonyms=("double bed", "single bed"), fronted=True, mass="heavy")
def bed(width: float = 1.5, length: float = 2.1, height: float = 0.55, headboard: float = 1.0) -> Template:
    """A bed, its headboard and pillows at the back, its foot toward the viewer."""
    z, under, leg = length / 2, 0.17, 0.08
    rail = box((width, 0.16, length - 0.04), (0, under + 0.08, 0), WOOD)
    board = rounded((width + 0.06, headboard - 0.15, 0.06), 0.025, (0, headboard / 2 + 0.075, -z + 0.03), WOOD, 4)
    low = under + 0.13
    mattress = rounded((width - 0.04, height - low, length - 0.1), 0.06, (0, (height + low) / 2, 0.02), WHITE, 5)
    blanket = rounded((width + 0.02, 0.24, length * 0.66), 0.05, (0, height - 0.1, z - length * 0.33 + 0.015), BLUE, 5)
    fold = rounded((width + 0.03, 0.1, 0.2), 0.045, (0, height - 0.012, -z + length * 0.36), (196, 212, 232), 5)
    pillows = [_cushion((0.62, 0.17, 0.42), (s * width * 0.24, height + 0.07, -z + 0.32), WHITE) for s in (-1, 1)]
    legs = _four_legs(width / 2 - leg, z - leg, under + 0.02, 0.06, leg, DEEP_WOOD)
    return canonical(
        {"frame": joined(rail, board), "mattress": mattress, "blanket": joined(blanket, fold),
         "pillows": joined(*pillows), "legs": legs},
        {"surface": Frame.at((0, height + 0.02, z - length * 0.29), half=(width / 2, length * 0.29)),
         "clearance": Frame.at((0, under, 0), (0, -1, 0), (width / 2 - 1.5 * leg, z - 1.5 * leg))},
    )


def _football(radius: float, split: int = 12) -> trimesh.Trimesh:
    """A sphere in black pentagons and white hexagons."""
    solid = trimesh.creation.icosahedron()
    grid = [(i, j) for i in range(split + 1) for j in range(split + 1 - i)]
    index = {corner: n for n, corner in enumerate(grid)}
    faces = [(index[i, j], index[i + 1, j], index[i, j + 1]) for i, j in grid if i + j < split]
    faces += [(index[i + 1, j], index[i + 1, j + 1], index[i, j + 1]) for i, j in grid if i + j < split - 1]
    a, b = np.array(grid).T / split
    weights = np.column_stack([a, b, 1 - a - b])
    points = np.concatenate([weights @ corner for corner in solid.triangles])
    points *= radius / np.linalg.norm(points, axis=1, keepdims=True)
    local = np.concatenate([np.asarray(faces) + len(weights) * k for k in range(20)])
    middle = weights[np.asarray(faces)].mean(axis=1)
    black = np.tile(middle.max(axis=1) > 2 / 3, 20)
    mesh = trimesh.Trimesh(points, local, process=False)
    mesh.merge_vertices(digits_vertex=9)
    colours = np.where(black[:, None], [36, 38, 42, 255], [246, 246, 242, 255])
    mesh.visual = trimesh.visual.ColorVisuals(mesh, face_colors=colours.astype(np.uint8))
    return mesh


@category("ball", length_m=(0.2, 0.28), stretch=0.0, synonyms=("football", "soccer ball", "basketball", "sphere"),
          symmetry="revolution")
def football(radius: float = 0.12) -> Template:
    """A football."""
    return canonical({"ball": _football(radius)},
                     {"centre": Frame.at((0, 0, 0)), "top": Frame.at((0, radius, 0))})


@category("vase", length_m=(0.16, 0.3), synonyms=("flower vase", "urn"), symmetry="revolution")
def vase(height: float = 0.3, belly: float = 0.085, mouth: float = 0.045, wall: float = 0.006) -> Template:
    """A bellied vase with an open neck."""
    t = np.array([0, 0.06, 0.18, 0.34, 0.5, 0.64, 0.76, 0.85, 0.93, 1.0])
    r = np.array([0.6, 0.66, 0.88, 1.0, 0.95, 0.72, 0.5, 0.42, 0.45, mouth / belly]) * belly
    fine = np.linspace(0, 1, 31)
    radius = PchipInterpolator(t, r)(fine)
    outside = list(zip(radius, fine * height, strict=True))
    inside = [(x - wall, y) for x, y in outside[::-1] if y > 0.02]
    body = lathe([(0, 0), *outside, *inside, (inside[-1][0] - 0.004, 0.012), (0, 0.012)], colour=(66, 108, 164))
    step = body.triangles[:, :, 1].min(axis=1) / height * 30 + 1e-6
    away, mid = np.hypot(*body.triangles_center[:, [0, 2]].T), body.triangles_center[:, 1] / height
    banded = (step < 2) | ((step >= 9) & (step < 13)) | (step >= 28)
    body.visual.face_colors[banded & (away > np.interp(mid, fine, radius) - 0.85 * wall)] = (*CREAM, 255)
    return canonical(
        {"body": body},
        {"opening": Frame.at((0, height, 0), half=mouth - wall),
         "floor": Frame.at((0, 0.012, 0), half=inside[-1][0] - 0.004)},
    )


@category("candle", length_m=(0.1, 0.24), synonyms=("wax candle", "pillar candle"), symmetry="revolution")
def candle(height: float = 0.15, radius: float = 0.032) -> Template:
    """A burning pillar candle in a small dish."""
    dish = lathe([(0, 0), (1.3 * radius, 0), (1.85 * radius, 0.012), (1.75 * radius, 0.015), (1.25 * radius, 0.005),
                  (0, 0.005)], colour=(204, 168, 92))
    wax = lathe([(0, 0.004), (radius, 0.004), (radius, height - 0.004), (0.94 * radius, height), (0.8 * radius, height),
                 (0.5 * radius, height - 0.005), (0, height - 0.006)], colour=CREAM)
    runs = [(0.5 * radius, 0.866 * radius, 0.045), (0.98 * radius, 0.2 * radius, 0.028),
            (-0.42 * radius, 0.9 * radius, 0.03)]
    drips = [tube([(0.97 * x, height - 0.004, 0.97 * z), (x, height - low, z)], [0.004, 0.0062], CREAM, 12)
             for x, z, low in runs]
    beads = [ball(0.0062, (x, height - low, z), CREAM, 2) for x, z, low in runs]
    wick = tube([(0, height - 0.008, 0), (0, height + 0.014, 0)], 0.0016, BLACK, 10)
    flame = lathe([(0, 0), (0.005, 0.002), (0.0085, 0.009), (0.009, 0.015), (0.0068, 0.025), (0.003, 0.036),
                   (0, 0.044)], (0, height + 0.006, 0), (250, 176, 48), 32)
    return canonical(
        {"wax": joined(wax, *drips, *beads), "wick": wick, "flame": flame, "dish": dish},
        {"top": Frame.at((0, height, 0), half=radius * 0.9), "wick": Frame.at((0, height + 0.014, 0))},
    )


@category("umbrella", length_m=(0.75, 0.95), synonyms=("closed umbrella",), rest="x")
def umbrella(length: float = 0.86, radius: float = 0.055) -> Template:
    """A closed umbrella standing on its tip, its crook handle on top."""
    bend = 0.045
    top = length - bend - 0.012
    cloth = lathe([(0, 0.07), (0.014, 0.07), (0.35 * radius, 0.14), (0.72 * radius, 0.32), (0.95 * radius, 0.5),
                   (radius, 0.57), (0.9 * radius, 0.6), (0.4 * radius, 0.61), (0, 0.61)], colour=BLUE, sections=96)
    strap = lathe([(0, -0.012), (0.78 * radius, -0.012), (0.8 * radius, 0.012), (0, 0.012)], (0, 0.33, 0), YELLOW)
    shaft = tube([(0, 0, 0), (0, 0.03, 0), (0, 0.031, 0), (0, top - 0.04, 0)], [0.004, 0.0055, 0.0065, 0.0065], STEEL)
    crook = arc((0, top, bend), bend, 180, -20, "zy", 20)
    handle = tube([(0, top - 0.09, 0), *crook], 0.0125, WOOD)
    return canonical(
        {"canopy": fluted(cloth, 0.3, 8, 4.0), "strap": strap, "shaft": shaft, "handle": handle},
        {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, top + bend + 0.0125, bend))},
    )


@category("guitar", length_m=(0.9, 1.05), synonyms=("acoustic guitar",), rest="z", mass="medium")
def guitar(length: float = 1.0, thick: float = 0.1) -> Template:
    """An acoustic guitar standing on its body, strings toward the viewer."""
    brown: Colour = (122, 66, 38)
    outline = [(0, 0.05), (0.006, 0.095), (0.02, 0.138), (0.05, 0.176), (0.09, 0.195), (0.14, 0.198), (0.19, 0.184),
               (0.235, 0.155), (0.27, 0.134), (0.3, 0.127), (0.34, 0.134), (0.39, 0.146), (0.43, 0.138), (0.462, 0.104),
               (0.478, 0.066), (0.485, 0.02)]
    chest = lofted([oblong((0, h, 0), (x, 0, 0), (0, 0, thick / 2)) for h, x in outline], brown)
    face = lofted([oblong((0, 0.005 + 0.98 * h, thick / 2), (x - 0.005, 0, 0), (0, 0, 0.003)) for h, x in outline],
                  (226, 172, 104))
    hole, front = (0, 0.325, thick / 2), thick / 2 + 0.006
    rose = cylinder(0.06, 0.008, hole, (0, 0, 1), DEEP_WOOD)
    dark = cylinder(0.05, 0.01, hole, (0, 0, 1), (30, 22, 18))
    bridge = box((0.13, 0.026, 0.016), (0, 0.13, front), (66, 40, 26))
    neck = box((0.052, 0.42, 0.03), (0, 0.64, front - 0.015), brown)
    board = box((0.05, 0.46, 0.008), (0, 0.61, front + 0.003), (50, 34, 26))
    frets = repeated(box((0.05, 0.003, 0.0012), colour=STEEL),
                     [(0, 0.38 + 0.46 * 0.9**i, front + 0.007) for i in range(1, 15)])
    head = lofted([oblong((0, h, front - 0.014), (x, 0, 0), (0, 0, 0.01)) for h, x in (
        (0.84, 0.027), (0.862, 0.042), (length - 0.01, 0.048), (length, 0.04))], brown)
    pegs = repeated(rounded((0.03, 0.016, 0.014), 0.006, (0, 0, 0), CREAM, 2),
                    [(s * 0.056, h, front - 0.014) for s in (-1, 1) for h in (0.885, 0.92, 0.955)])
    strings = repeated(box((0.0018, 0.76, 0.0018), colour=(232, 226, 206)),
                       [(x, 0.505, front + 0.0095) for x in np.linspace(-0.018, 0.018, 6)])
    return canonical(
        {"body": joined(chest, face), "hole": joined(rose, dark), "bridge": bridge, "neck": joined(neck, board, frets),
         "headstock": joined(head, pegs), "strings": strings},
        {"foot": Frame.at((0, 0, 0), (0, -1, 0), (0.05, thick / 2)), "head": Frame.at((0, length, front - 0.014))},
    )


@category("floor lamp", length_m=(1.4, 1.9), synonyms=("standing lamp", "standard lamp"), symmetry="revolution", mass="medium")
def floor_lamp(height: float = 1.6, shade: float = 0.21) -> Template:
    """A tall lamp: a weighted foot, a pole, a tapering fabric shade."""
    low = height - 0.3
    foot = lathe([(0, 0), (0.16, 0), (0.16, 0.014), (0.03, 0.032), (0.012, 0.06), (0, 0.06)], colour=DARK)
    pole = tube([(0, 0.03, 0), (0, low + 0.2, 0)], 0.012, DARK)
    cover = lathe([(0, height - 0.012), (0.66 * shade - 0.006, height - 0.012), (0.66 * shade - 0.006, height),
                   (0.66 * shade, height), (shade, low), (shade - 0.006, low), (0.66 * shade - 0.01, height - 0.018),
                   (0, height - 0.018)], colour=(244, 222, 170))
    bulb = ball(0.05, (0, low + 0.12, 0), (255, 244, 196), 2)
    return canonical(
        {"foot": foot, "pole": pole, "shade": cover, "bulb": bulb},
        {"light": Frame.at((0, low, 0), (0, -1, 0), shade - 0.006)},
    )


@category("pillow", length_m=(0.4, 0.65), synonyms=(), symmetry="half-turn")
def pillow(width: float = 0.56, thickness: float = 0.17, depth: float = 0.4) -> Template:
    """A stuffed pillow, lying flat."""
    return canonical({"pillow": _cushion((width, thickness, depth), (0, 0, 0), (226, 206, 226))},
                     {"surface": Frame.at((0, thickness / 2, 0), half=(width * 0.3, depth * 0.3))})


@category("skateboard", length_m=(0.7, 0.85), synonyms=(), symmetry="half-turn", mass="medium")
def skateboard(length: float = 0.8, width: float = 0.2, height: float = 0.11) -> Template:
    """A skateboard, lying long along x with upturned ends."""
    t = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 31)) * 0.999
    wide = width / 2 * (1 - np.abs(t) ** 8) ** 0.5 + 0.004
    lift = height + 0.05 * np.clip((np.abs(t) - 0.66) / 0.34, 0, 1) ** 1.4

    def layer(low: float, high: float, shrink: float, colour: Colour) -> trimesh.Trimesh:
        mid, half = (low + high) / 2, (high - low) / 2
        return lofted([oblong((shrink * x * length / 2, y - mid, 0), (0, half, 0), (0, 0, shrink * w))
                       for x, y, w in zip(t, lift, wide, strict=True)], colour)

    deck, tape = layer(0.0, 0.013, 1.0, (224, 120, 60)), layer(-0.0008, 0.003, 0.985, BLACK)
    axle = height - 0.056
    trucks = [box((0.05, 0.055, 0.06), (s * length * 0.27, axle + 0.022, 0), STEEL) for s in (-1, 1)]
    trucks += [cylinder(0.009, width * 0.9, (s * length * 0.27, axle, 0), (0, 0, 1), sections=16) for s in (-1, 1)]
    tread = ((-0.019, 0.028), (-0.014, 0.033), (0.014, 0.033), (0.019, 0.028))
    wheel = lofted([ring((0, 0, z), (r, 0, 0), (0, r, 0)) for z, r in tread], CREAM)
    wheels = repeated(wheel, corners(length * 0.27, axle, width * 0.38))
    return canonical(
        {"deck": deck, "grip": tape, "trucks": joined(*trucks), "wheels": wheels},
        {"surface": Frame.at((0, height + 0.0008, 0), half=(length * 0.33, width / 2))},
    )


@category("suitcase", length_m=(0.7, 1.0), synonyms=("luggage", "travel bag", "trolley case"), fronted=True, mass="medium")
def suitcase(width: float = 0.42, body: float = 0.6, depth: float = 0.25, pull: float = 0.24) -> Template:
    """An upright rolling suitcase, its pull handle drawn out at the back."""
    low, top = 0.05, 0.05 + body
    shell = rounded((width, body, depth), 0.045, (0, low + body / 2, 0), YELLOW, 5)
    ribs = repeated(rounded((0.022, body - 0.1, depth + 0.012), 0.005, (0, 0, 0), (204, 162, 52), 2),
                    [(x * width, low + body / 2, 0) for x in (-0.32, -0.16, 0, 0.16, 0.32)])
    zipper = rounded((width + 0.006, body + 0.004, 0.012), 0.0055, (0, low + body / 2, 0.01), BLACK, 2)
    back, out = -depth / 2 + 0.03, width / 2 - 0.06
    rods = repeated(box((0.014, pull + 0.04, 0.01), colour=STEEL),
                    [(s * 0.085, top + pull / 2 - 0.02, back) for s in (-1, 1)])
    grip = rounded((0.21, 0.032, 0.03), 0.012, (0, top + pull, back), BLACK, 4)
    wheels = repeated(cylinder(0.027, 0.024, axis=(1, 0, 0), colour=BLACK), corners(out, 0.027, depth / 2 - 0.05))
    forks = repeated(box((0.04, 0.03, 0.04), colour=DARK), corners(out, 0.05, depth / 2 - 0.05))
    return canonical(
        {"shell": joined(shell, ribs, zipper), "handle": joined(rods, grip), "wheels": joined(wheels, forks)},
        {"surface": Frame.at((0, top + 0.002, 0.02), half=(width / 2 - 0.03, depth / 2 - 0.045)),
         "handle": Frame.at((0, top + pull + 0.016, back), half=(0.1, 0.015))},
    )
