"""Templates of bathroom things."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import trimesh

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    BLUE,
    DARK,
    RED,
    STEEL,
    WHITE,
    WOOD,
    Colour,
    arc,
    ball,
    box,
    corners,
    cylinder,
    joined,
    lathe,
    lofted,
    oblong,
    paint,
    repeated,
    ring,
    rounded,
    sheet,
    smooth,
    tinted,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical
from oor.catalog.vessels import vessel

CHROME: Colour = (190, 198, 206)
MINT: Colour = (140, 206, 176)
CERAMIC: Colour = (244, 244, 240)
TEAL: Colour = (70, 160, 168)


def _oval(x: float, z: float, y: float, dz: float = 0.0, power: float = 0.5, count: int = 40) -> Array:
    """(count, 3) points of a level rounded outline with half widths x and z; power 1 an ellipse, toward 0 a rectangle."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False) + np.pi / count
    c, s = np.cos(t), np.sin(t)
    return np.column_stack([x * np.sign(c) * np.abs(c) ** power, np.full(count, y), dz + z * np.sign(s) * np.abs(s) ** power])


def _round(stations: Sequence[tuple[float, float, float]], colour: Colour, sections: int = 20) -> trimesh.Trimesh:
    """A rod along x; each station is (x, half height, half depth)."""
    return lofted([ring((x, 0, 0), (0, y, 0), (0, 0, z), sections) for x, y, z in stations], colour)


def _spikes(starts: Array, ends: Array, radii: tuple[float, float], colour: Colour) -> trimesh.Trimesh:
    """Square rods from each of (n, 3) starting points to its end point, with the half widths of both ends."""
    rod = lofted([oblong((0, y, 0), (1, 0, 0), (0, 0, 1)) for y in (0.0, 1.0)], colour)
    along = ends - starts
    side = np.cross(along, [0.31, 0.12, 0.94])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(side, along / np.linalg.norm(along, axis=1, keepdims=True))
    x, y, z = (rod.vertices[None, :, i, None] for i in range(3))
    wide = np.where(y > 0.5, radii[1], radii[0])
    vertices = starts[:, None] + y * along[:, None] + wide * (x * side[:, None] + z * other[:, None])
    faces = rod.faces[None] + len(rod.vertices) * np.arange(len(starts))[:, None, None]
    return paint(trimesh.Trimesh(vertices.reshape(-1, 3), faces.reshape(-1, 3), process=False), colour)


def _along_z(profile: Sequence[tuple[float, float]], colour: Colour) -> trimesh.Trimesh:
    """A profile of (radius, z) points turned about the z axis."""
    return turned(lathe(profile, colour=colour), 90, (1, 0, 0))


@category("toothbrush", length_m=(0.16, 0.21), mass="featherlight", plural="toothbrushes")
def toothbrush(length: float = 0.185, head: float = 0.03, bristle: float = 0.011, rows: int = 7) -> Template:
    """A toothbrush lying along x with its bristles up, its head toward +x."""
    end, neck = length / 2, length / 2 - head - 0.014
    handle = _round([(-end, 0.0015, 0.002), (-end + 0.003, 0.0036, 0.005), (-end + 0.03, 0.005, 0.0068),
                     (-0.2 * length, 0.0046, 0.0062),
                     (0, 0.0048, 0.0066), (0.12 * length, 0.0034, 0.0042), (neck, 0.0026, 0.003), (neck + 0.014, 0.0026, 0.0058),
                     (end - 0.006, 0.0026, 0.0058), (end - 0.0015, 0.0022, 0.004), (end, 0.001, 0.0012)], BLUE)
    grip = _round([(-0.4 * length, 0.0035, 0.0055), (-0.37 * length, 0.0056, 0.0071), (-0.12 * length, 0.0053, 0.007),
                   (-0.09 * length, 0.0035, 0.0055)], WHITE)
    x = np.linspace(end - head + 0.002, end - 0.006, rows)
    step = x[1] - x[0]
    tuft, y = box((0.72 * step, bristle, 0.0028), colour=WHITE), 0.0015 + bristle / 2
    spots = np.array([(a, y, z) for a in x for z in (-0.0038, 0, 0.0038)])
    blue = np.abs(spots[:, 0] - x.mean()) < 1.1 * step
    tufts = joined(repeated(tuft, spots[~blue]), repeated(box((0.72 * step, bristle, 0.0028), colour=(90, 190, 220)),
                                                          spots[blue]))
    return canonical({"handle": joined(handle, grip), "bristles": tufts},
                     {"surface": Frame.at((x.mean(), 0.0015 + bristle, 0), half=(head / 2 - 0.003, 0.005)),
                      "tip": Frame.at((end, 0, 0), (1, 0, 0)), "handle": Frame.at((-end, 0, 0), (-1, 0, 0), 0.004),
                      "top": Frame.at((end, 0, 0), (1, 0, 0)), "foot": Frame.at((-end, 0, 0), (-1, 0, 0), 0.004)})


@category("toothpaste", length_m=(0.13, 0.2), synonyms=("toothpaste tube", "tube of toothpaste"), plural="toothpastes",
          symmetry="half-turn about x")
def toothpaste(length: float = 0.155, radius: float = 0.019, nozzle: float = 0.0062) -> Template:
    """An open tube of toothpaste lying along x, its nozzle toward +x."""
    a, b = -length / 2, length / 2 - 0.028
    t = np.linspace(0, 1, 15)
    stations = [(a + (b - a) * k, radius * (0.06 + 0.94 * k**0.7), radius * (1.42 - 0.42 * k**1.5)) for k in t]
    body = _round([(a - 0.012, 0.0012, 1.42 * radius), *stations], WHITE, 32)
    x = body.triangles_center[:, 0]
    body = tinted(body, (x > a + 0.6 * (b - a)) & (x < a + 0.78 * (b - a)), RED)
    body = tinted(body, (x > a + 0.1 * (b - a)) & (x < a + 0.6 * (b - a)), (44, 130, 190))
    crimp = box((0.012, 0.0028, 2.86 * radius), (a - 0.006, 0, 0), (44, 130, 190))
    shoulder = _round([(b, 0.98 * radius, 0.98 * radius), (b + 0.004, 0.9 * radius, 0.9 * radius),
                       (b + 0.012, 1.35 * nozzle, 1.35 * nozzle), (b + 0.014, 1.35 * nozzle, 1.35 * nozzle)], WHITE, 32)
    thread = _round([(b + 0.012 + 0.0012 * i, nozzle * (1.22 if i % 3 == 1 else 1), nozzle * (1.22 if i % 3 == 1 else 1))
                     for i in range(13)],
                    WHITE, 24)
    paste = _round([(b + 0.02, 0.6 * nozzle, 0.6 * nozzle), (b + 0.027, 0.6 * nozzle, 0.6 * nozzle),
                    (b + 0.028, 0.3 * nozzle, 0.3 * nozzle)],
                   (120, 210, 200))
    return canonical({"tube": joined(body, crimp), "nozzle": joined(shoulder, thread), "paste": paste},
                     {"outlet": Frame.at((b + 0.027, 0, 0), (1, 0, 0), 0.6 * nozzle),
                      "handle": Frame.at((a - 0.012, 0, 0), (-1, 0, 0))})


def _letters(word: str, pitch: float, y: float, colour: Colour) -> trimesh.Trimesh:
    """Seven-segment block letters lying on a level face, the word along x."""
    strokes = {"a": (0, -1), "b": (1, -0.5), "c": (1, 0.5), "d": (0, 1), "e": (-1, 0.5), "f": (-1, -0.5), "g": (0, 0)}
    lit = {"S": "afgcd", "O": "abcdef", "A": "abcefg", "P": "abefg"}
    w, h, pen = 0.3 * pitch, 0.55 * pitch, 0.16 * pitch
    marks = []
    for i, letter in enumerate(word):
        for name in lit[letter]:
            x, z = strokes[name]
            size = (2 * w, pen) if x == 0 else (pen, h + 0.6 * pen)
            marks.append(box((size[0], 0.0012, size[1]), ((i - (len(word) - 1) / 2) * pitch + x * w, y, z * h), colour))
    return joined(*marks)


@category("soap", length_m=(0.07, 0.11), synonyms=("bar of soap", "soap bar"), symmetry="half-turn")
def soap(length: float = 0.09, width: float = 0.056, height: float = 0.026) -> Template:
    """A bar of soap lying flat, its name stamped on top."""
    x, z = length / 2, width / 2
    bar = lofted([_oval(x - i, z - i, y, power=0.6) for y, i in (
        (0, 0.009), (0.0015, 0.005), (0.005, 0.0015), (0.4 * height, 0), (0.6 * height, 0), (height - 0.005, 0.0015),
        (height - 0.0015, 0.005), (height, 0.009), (height, 0.0105), (height - 0.001, 0.0115))], MINT)
    name = _letters("SOAP", 0.17 * length, height - 0.0008, (84, 160, 128))
    return canonical({"bar": bar, "name": name},
                     {"pad": Frame.at((0, 0, 0), (0, -1, 0), (x - 0.009, z - 0.009)),
                      "surface": Frame.at((0, height, 0), half=(x - 0.011, z - 0.011))})


@category("towel", length_m=(0.5, 0.7), synonyms=("bath towel",), rest="z", fronted=True)
def towel(width: float = 0.4, length: float = 0.58, fold: float = 0.016, stripes: int = 2) -> Template:
    """A towel hanging folded over something: its longer half in front, open at the fold from side to side."""
    thick, back = 0.011, 0.8 * length
    top, across = length - fold - thick, np.linspace(-width / 2, width / 2, 17)
    angles = np.radians(np.linspace(180, 0, 13))
    outer: list[tuple[float, float]] = []
    inner: list[tuple[float, float]] = []
    for grid, r in ((outer, fold + thick), (inner, fold)):
        rear = [(y, -r) for y in np.linspace(length - back, top, 8)]
        bend = [(top + r * np.sin(a), r * np.cos(a)) for a in angles[1:-1]]
        grid += [*rear, *bend, *[(y, r) for y in np.linspace(top, 0, 24)]]
    sway = np.array([np.clip((top - y) / length, 0, 1) for y, _ in outer])[:, None] * 0.016 * np.sin(3 * np.pi * across / width)
    faces = [np.stack([np.broadcast_to(across, sway.shape), np.broadcast_to(np.array(g)[:, :1], sway.shape),
                       np.array(g)[:, 1:] + sway], axis=-1) for g in (outer, inner)]
    cloth = sheet(faces[0], (0, 0, -0.001), TEAL)
    cloth.vertices = np.concatenate([face.reshape(-1, 3) for face in faces])
    if cloth.volume < 0:
        cloth.invert()
    y = cloth.triangles_center[:, 1]
    row = top / 23
    bands = np.any([np.abs(y - (3.5 + 2 * i) * row) < 0.5 * row for i in range(stripes)], axis=0)
    return canonical({"cloth": tinted(cloth, bands, CERAMIC)}, {"hang": Frame.at((0, top + fold, 0))})


@category("towel rack", length_m=(0.5, 0.82), synonyms=("towel rail", "towel bar", "towel holder"), rest="z", fronted=True,
          symmetry="half-turn about z")
def towel_rack(width: float = 0.64, reach: float = 0.085, bar: float = 0.009) -> Template:
    """A wall rail: a bar held clear of the wall by two posts with round plates."""
    x = width / 2
    plates = [_along_z([(0, 0), (0.028, 0), (0.028, 0.006), (0.02, 0.011), (0, 0.011)], CHROME) for _ in range(2)]
    for s, plate in zip((-1, 1), plates, strict=True):
        plate.apply_translation((s * (x - 0.03), 0, 0))
    posts = repeated(cylinder(0.011, reach, (0, 0, 0), (0, 0, 1), CHROME), [(s * (x - 0.03), 0, reach / 2) for s in (-1, 1)])
    knobs = [ball(0.018, (s * (x - 0.03), 0, reach), CHROME, 3) for s in (-1, 1)]
    ends = [ball((0.014, 0.013, 0.013), (s * (x - 0.008), 0, reach), CHROME, 2) for s in (-1, 1)]
    rail = cylinder(bar, width - 0.02, (0, 0, reach), (1, 0, 0), CHROME)
    return canonical({"rail": joined(rail, *ends), "posts": joined(posts, *knobs), "plates": joined(*plates)},
                     {"peg": Frame.at((0, 0, reach), (0, 0, 1), (bar, 0))})


@category("toilet", length_m=(0.8, 1.15), synonyms=("toilet bowl", "lavatory", "commode"), fronted=True, mass="heavy")
def toilet(bowl: float = 0.185, height: float = 0.4, tank: float = 0.36, lid: bool = True) -> Template:
    """A toilet with its cistern behind, the seat down, the cover up or taken off."""
    deep, z, floor = 1.3, 0.1, 0.5 * height
    pan, _ = vessel([(0.13, 0), (0.125, 0.03), (0.1, 0.3 * height), (0.115, 0.45 * height), (0.8 * bowl, 0.68 * height),
                     (0.97 * bowl, 0.9 * height), (bowl, height)], 0.03, floor, CERAMIC, (226, 236, 240))
    water = cylinder(0.11 * bowl / 0.185, 0.012, (0, floor + 0.003, 0), colour=(150, 196, 214))
    r = bowl + 0.004
    seat = lathe([(r - 0.055, height), (r, height), (r, height + 0.014), (r - 0.008, height + 0.02), (r - 0.045, height + 0.02),
                  (r - 0.055, height + 0.014), (r - 0.055, height)], colour=WHITE)
    for part in (pan, water, seat):
        part.vertices = part.vertices * [1, 1, deep] + [0, 0, z]
    back = z - deep * bowl
    neck = rounded((1.2 * bowl, 0.6 * height, 0.24), 0.03, (0, 0.69 * height, back - 0.09), CERAMIC, 3)
    stem = rounded((0.2, 0.45 * height, 0.32), 0.03, (0, 0.225 * height, back - 0.02), CERAMIC, 3)
    rear = back - 0.08
    cistern = rounded((2.4 * bowl, tank, 0.17), 0.022, (0, height + tank / 2 - 0.01, rear), CERAMIC, 4)
    roof = rounded((2.4 * bowl + 0.02, 0.03, 0.19), 0.012, (0, height + tank, rear), CERAMIC, 3)
    lever = joined(cylinder(0.014, 0.02, (-0.8 * bowl, height + 0.82 * tank, rear + 0.09), (0, 0, 1), CHROME),
                   rounded((0.07, 0.014, 0.012), 0.005, (-0.8 * bowl + 0.025, height + 0.82 * tank, rear + 0.1), CHROME, 2))
    parts = {"bowl": joined(pan, neck, stem), "water": water, "seat": seat, "cistern": joined(cistern, roof), "lever": lever}
    if lid:
        cover = lofted([_oval(0.98 * r * w, 0.98 * deep * r * w, y, power=0.85) for y, w in ((0, 1), (0.014, 1), (0.018, 0.96))],
                       WHITE)
        cover.apply_translation((0, 0, deep * r))
        parts["cover"] = turned(cover, -96, (1, 0, 0)).apply_translation((0, height + 0.03, rear + 0.115))
    inner = bowl - 0.055
    return canonical(parts, {"opening": Frame.at((0, height + 0.02, z), half=(inner, deep * inner)),
                             "floor": Frame.at((0, floor + 0.009, z), half=(0.45 * bowl, 0.5 * bowl))})


@category("bathtub", length_m=(1.35, 1.85), synonyms=("bath", "bath tub"), mass="heavy", symmetry="half-turn")
def bathtub(length: float = 1.6, width: float = 0.74, height: float = 0.56, claws: bool = True) -> Template:
    """A bathtub, hollow, its taps at the middle of the far side; on claw feet or on the floor."""
    x, z, low, wall = length / 2, width / 2, 0.11 if claws else 0.0, 0.035
    shape = [(0.76, 0.7, 0), (0.84, 0.8, 0.03), (0.9, 0.88, 0.4), (0.94, 0.93, 0.85), (1, 1, 0.95), (1, 1, 1)]
    outside = [_oval(x * a, z * b, low + k * (height - low), power=0.62) for a, b, k in shape]
    deep = low + 0.05
    inside = [_oval(x * a - wall, z * b - wall, deep + k * (height - deep), power=0.62) for a, b, k in (
        (0.95, 0.93, 1), (0.94, 0.92, 0.93), (0.9, 0.87, 0.4), (0.84, 0.78, 0.06), (0.78, 0.68, 0))]
    shell = lofted([*outside, *inside], CERAMIC)
    tap = tube(smooth([(0, height - 0.02, -z + 0.03), (0, height + 0.1, -z + 0.03), (0, height + 0.13, -z + 0.07),
                       (0, height + 0.09, -z + 0.13)], 14),
               0.015, CHROME, 12)
    knobs = [cylinder(0.026, 0.05, (s * 0.1, height + 0.025, -z + 0.03), colour=CHROME) for s in (-1, 1)]
    drain = cylinder(0.025, 0.004, (0.5 * x, deep, 0), colour=DARK)
    parts = {"shell": shell, "taps": joined(tap, *knobs), "drain": drain}
    if claws:
        foot = lofted([ring((0, y, 0), (r, 0, 0), (0, 0, r), 16) for y,
                       r in ((0, 0.035), (0.03, 0.04), (0.06, 0.026), (0.2, 0.045))], CHROME)
        parts["claws"] = repeated(foot, corners(0.62 * x, 0, 0.55 * z))
    return canonical(parts, {"opening": Frame.at((0, height, 0), half=(0.9 * (x - wall), 0.88 * (z - wall))),
                             "floor": Frame.at((0, deep + 0.002, 0), half=(0.62 * x, 0.5 * z))})


@category("sink", length_m=(0.7, 1.0), synonyms=("wash basin", "washbasin", "bathroom sink", "washbowl"), fronted=True,
          mass="heavy")
def sink(width: float = 0.56, depth: float = 0.44, height: float = 0.8, pedestal: float = 0.085) -> Template:
    """A wash basin on a pedestal, its tap at the back."""
    x, z, low, wall, shift = width / 2, depth / 2, height - 0.2, 0.028, 0.035
    shape = [(0.5, 0.55, 0), (0.78, 0.8, 0.2), (0.93, 0.94, 0.55), (0.98, 0.98, 0.85), (1, 1, 0.9), (1, 1, 1)]
    outside = [_oval(x * a, z * b, low + k * 0.2, power=0.66) for a, b, k in shape]
    inside = [_oval((x - wall) * a, (z - wall - shift) * a, height - d, shift, 0.72) for a, d in (
        (1, 0), (0.97, 0.02), (0.88, 0.09), (0.76, 0.13), (0.6, 0.145))]
    basin = lofted([*outside, *inside], CERAMIC)
    column = lathe([(0, 0), (1.5 * pedestal, 0), (1.5 * pedestal, 0.02), (1.1 * pedestal, 0.1), (pedestal, 0.35 * low),
                    (1.05 * pedestal, 0.75 * low), (1.7 * pedestal, low + 0.04), (0, low + 0.04)], colour=CERAMIC)
    rear = -z + 0.045
    tap = joined(tube(smooth([(0, height - 0.01, rear), (0, height + 0.1, rear), (0, height + 0.14, rear + 0.05),
                              (0, height + 0.1, rear + 0.11)], 16),
                      0.013, CHROME, 12), cylinder(0.024, 0.012, (0, height + 0.004, rear), colour=CHROME))
    knobs = [joined(cylinder(0.014, 0.04, (s * 0.11, height + 0.018, rear), colour=CHROME),
                    ball((0.026, 0.012, 0.026), (s * 0.11, height + 0.042, rear), colour, 2))
             for s, colour in ((-1, RED), (1, BLUE))]
    drain = cylinder(0.02, 0.004, (0, height - 0.145, shift), colour=DARK)
    return canonical({"basin": basin, "pedestal": column, "taps": joined(tap, *knobs), "drain": drain},
                     {"opening": Frame.at((0, height, shift), half=(0.88 * (x - wall), 0.88 * (z - wall - shift))),
                      "floor": Frame.at((0, height - 0.143, shift), half=(0.56 * (x - wall), 0.56 * (z - wall - shift)))})


@category("mirror", length_m=(1.2, 1.85), synonyms=("standing mirror", "looking glass", "full-length mirror"),
          symmetry="half-turn", fronted=True,
          mass="medium")
def mirror(height: float = 1.5, width: float = 0.5, frame: float = 0.035, post: float = 0.018) -> Template:
    """A tall oval mirror in a wooden frame that swings between two footed posts."""
    mid, tall, wide = 0.56 * height, 0.44 * height, width / 2
    rim = lofted([ring((0, mid, z), (wide + grow, 0, 0), (0, tall + grow, 0), 48) for z, grow in (
        (-0.016, -0.006), (-0.012, 0), (0.01, 0), (0.016, -0.008), (0.016, -frame), (0.008, -frame - 0.002))], WOOD)
    glass = lofted([ring((0, mid, z), (wide - frame, 0, 0), (0, tall - frame, 0), 48) for z in (0.0, 0.01)], (182, 208, 220))
    glints = [turned(lofted([oblong((dx, mid + s * 0.2 * wide * k, 0.0105), (w, 0, 0), (0, 0, 0.0008)) for s in (-6, 6)],
                            (226, 238, 244)), -28,
                     (0, 0, 1), (0, mid, 0)) for dx, w, k in ((-0.28 * wide, 0.06 * wide, 0.5),
                                                              (-0.05 * wide, 0.03 * wide, 0.45))]
    x = wide + post + 0.008
    posts = repeated(cylinder(post, mid + 0.16, colour=WOOD), [(s * x, (mid + 0.16) / 2 + 0.03, 0) for s in (-1, 1)])
    balls = repeated(ball(1.7 * post, colour=WOOD, subdivisions=2), [(s * x, mid + 0.2, 0) for s in (-1, 1)])
    pivots = cylinder(0.009, 2 * x, (0, mid, -0.006), (1, 0, 0), STEEL)
    feet = [tube(arc((s * x, -0.12, 0), 0.27, 30, 150, "zy", 13), post, WOOD, 12) for s in (-1, 1)]
    stay = cylinder(0.8 * post, 2 * x, (0, 0.1, 0), (1, 0, 0), WOOD)
    return canonical({"frame": rim, "glass": glass, "glints": joined(*glints),
                      "stand": joined(posts, balls, pivots, *feet, stay)},
                     {"screen": Frame.at((0, mid, 0.0112), (0, 0, 1), (wide - frame, tall - frame))})


@category("hair dryer", length_m=(0.19, 0.29), synonyms=("hairdryer", "blow dryer", "hair drier"), rest="x")
def hair_dryer(length: float = 0.2, radius: float = 0.036, grip: float = 0.13, nozzle: bool = True) -> Template:
    """A hair dryer held upright, blowing toward +z."""
    pink: Colour = (208, 72, 110)
    a, b = -0.4 * length, 0.6 * length
    body = _along_z([(0, a), (0.6 * radius, a), (0.9 * radius, a + 0.012), (radius, a + 0.04), (0.95 * radius, 0),
                     (0.74 * radius, 0.45 * length),
                     (0.7 * radius, b), (0.6 * radius, b), (0.6 * radius, b - 0.025), (0, b - 0.025)], pink)
    grille = joined(*(_along_z([(r - 0.0025, a - 0.002), (r, a - 0.002), (r, a + 0.003), (r - 0.0025, a + 0.003),
                                (r - 0.0025, a - 0.002)], DARK)
                      for r in (0.55 * radius, 0.38 * radius, 0.2 * radius)))
    mouth = _along_z([(0, b - 0.026), (0.59 * radius, b - 0.026), (0.59 * radius, b - 0.018), (0, b - 0.018)], DARK)
    handle = lofted([ring((0, -y, -0.12 * y), (0.014 * w, 0, 0), (0, 0, 0.02 * w)) for y, w in (
        (0, 1.1), (0.3 * grip, 1.0), (0.6 * grip, 0.98), (grip + 0.015, 1.05), (grip + 0.02, 0.8))], DARK)
    switch = rounded((0.012, 0.03, 0.008), 0.003, (0, -radius - 0.025, 0.016), WHITE, 2)
    cord = tube(smooth([(0, -grip, -0.12 * grip), (0, -grip - 0.035, -0.13 * grip), (0, -grip - 0.045, -0.3 * grip)], 8), 0.0045,
                BLACK, 10)
    parts = {"body": body, "mouth": joined(grille, mouth), "handle": joined(handle, switch, cord)}
    if nozzle:
        stations = ((b - 0.015, 0.72 * radius, 0.72 * radius), (b + 0.012, 0.76 * radius, 0.6 * radius),
                    (b + 0.045, 0.95 * radius, 0.24 * radius))
        skin = [ring((0, 0, z), (w, 0, 0), (0, h, 0), 32) for z, w, h in stations]
        hollow = [ring((0, 0, z), (w - 0.003, 0, 0), (0, h - 0.003, 0), 32) for z, w, h in stations[:0:-1]]
        parts["nozzle"] = lofted([*skin, *hollow], BLACK)
    return canonical(parts, {"nose": Frame.at((0, 0, b + 0.045 if nozzle else b), (0, 0, 1), (0.6 * radius, 0)),
                             "handle": Frame.at((0, -grip - 0.02, -0.12 * grip), (0, -1, 0), 0.014)})


@category("comb", length_m=(0.12, 0.2), synonyms=("hair comb", "pocket comb"), symmetry="half-turn about z", mass="featherlight")
def comb(length: float = 0.16, depth: float = 0.034, teeth: int = 30) -> Template:
    """A comb lying flat along x, its teeth toward the viewer."""
    x, thick, spine = length / 2, 0.0042, 0.36 * depth
    red: Colour = (150, 62, 44)
    t = np.linspace(-1, 1, 17)
    bow = 0.16 * depth * (1 - t**2)
    back = lofted([oblong((k * x, 0, -spine / 2 - 0.5 * b), (0, thick / 2, 0), (0, 0, spine / 2 + 0.5 * b)) for k,
                   b in zip(t, bow, strict=True)], red)
    pitch = (length - 0.012) / teeth
    tooth = lofted([oblong((0, 0, z), (w * pitch, 0, 0), (0, h * thick, 0)) for z, w, h in (
        (-0.001, 0.3, 0.42), (0.8 * (depth - spine), 0.24, 0.36), (depth - spine, 0.08, 0.12))], red)
    row = repeated(tooth, [((i - (teeth - 1) / 2) * pitch, 0, 0) for i in range(teeth)])
    ends = repeated(box((0.005, thick, depth - spine), colour=red),
                    [(s * (x - 0.0025), 0, (depth - spine) / 2 - 0.0005) for s in (-1, 1)])
    return canonical({"spine": back, "teeth": joined(row, ends)},
                     {"foot": Frame.at((x, 0, 0), (1, 0, 0)), "top": Frame.at((-x, 0, 0), (-1, 0, 0)),
                      "handle": Frame.at((0, 0, -spine), (0, 0, -1))})


@category("hairbrush", length_m=(0.19, 0.27), synonyms=("hair brush", "paddle brush"), plural="hairbrushes")
def hairbrush(length: float = 0.24, head: float = 0.034, bristle: float = 0.018, rows: int = 9) -> Template:
    """A paddle brush lying along x with its bristles up, its handle toward -x."""
    end, long = length / 2, 0.26 * length
    centre, thick = end - long, 0.014
    board = lofted([_oval(long - i, head - i, y, power=0.75) + np.array([centre, 0, 0]) for y, i in (
        (0, 0.004), (0.004, 0), (thick - 0.003, 0), (thick, 0.003))], WOOD)
    cushion = lofted([_oval((long - 0.006) * w, (head - 0.005) * w, y, power=0.75) + np.array([centre, 0, 0]) for y, w in (
        (thick - 0.002, 1), (thick + 0.002, 0.97), (thick + 0.004, 0.85))], (196, 84, 96))
    grip = _round([(-end, 0.004, 0.005), (-end + 0.004, 0.0065, 0.0095), (-end + 0.05, 0.0068, 0.0105),
                   (centre - long - 0.01, 0.0062, 0.008), (centre - 0.85 * long, 0.0065, 0.014)], WOOD)
    grip.apply_translation((0, 0.0072, 0))
    pin, tip = cylinder(0.0009, bristle, colour=DARK, sections=6), ball(0.0017, colour=BLACK, subdivisions=0)
    y = thick + 0.003 + bristle / 2
    spots = np.array([(centre + a, y, b) for i, a in enumerate(np.linspace(-0.85, 0.85, rows) * long) for b in
                      (np.arange(-3, 4) + 0.5 * (i % 2)) * 0.23 * head if (a / long) ** 4 + (b / head) ** 4 < 0.62])
    high = spots + np.array([0, bristle / 2, 0])
    return canonical({"board": joined(board, grip), "cushion": cushion, "bristles": repeated(pin, spots),
                      "ends": repeated(tip, high)},
                     {"pad": Frame.at((centre, thick + 0.003 + bristle, 0), half=(0.85 * long, 0.8 * head)),
                      "handle": Frame.at((-end, 0.0072, 0), (-1, 0, 0), 0.008)})


@category("toilet paper", length_m=(0.1, 0.143), synonyms=("toilet roll", "toilet paper roll", "roll of toilet paper"),
          mass="featherlight")
def toilet_paper(radius: float = 0.054, height: float = 0.104, core: float = 0.021, tail: float = 0.05) -> Template:
    """A roll of toilet paper standing upright, its last sheet hanging loose."""
    soft: Colour = (246, 244, 240)
    roll = lathe([(core, 0), (radius - 0.002, 0), (radius, 0.002), (radius, height - 0.002), (radius - 0.002, height),
                  (core, height), (core, 0)],
                 colour=soft)
    card = lathe([(core - 0.0018, 0.0005), (core + 0.0005, 0.0005), (core + 0.0005, height + 0.0004),
                  (core - 0.0018, height + 0.0004), (core - 0.0018, 0.0005)],
                 colour=(176, 136, 96))
    rings = [lathe([(r, height - 0.001), (r + 0.0012, height - 0.001), (r + 0.0012, height + 0.0003), (r, height + 0.0003),
                    (r, height - 0.001)],
                   colour=(216, 212, 206)) for r in np.linspace(core, radius, 6)[1:-1]]
    t = np.linspace(0, 1, 9)
    x, z = tail * t - 0.004, radius - 0.0005 + 0.004 * np.sin(4 * t) - 0.1 * tail * t**2
    leaf = lofted([oblong((a, height / 2, b), (0, height / 2, 0), (0, 0, 0.0009)) for a, b in zip(x, z, strict=True)],
                  (238, 236, 230))
    return canonical({"roll": roll, "core": card, "layers": joined(*rings), "sheet": leaf},
                     {"centre": Frame.at((0, height / 2, 0), half=radius)})


@category("toilet brush", length_m=(0.33, 0.46), synonyms=("lavatory brush", "toilet bowl brush"), plural="toilet brushes",
          symmetry="revolution", rest="x")
def toilet_brush(length: float = 0.39, head: float = 0.042, grip: float = 0.12, tufts: int = 22) -> Template:
    """A toilet brush standing on its bristles, handle up."""
    tall = 2.1 * head
    stem = lathe([(0, 0.3 * tall), (0.006, 0.3 * tall), (0.006, length - grip), (0.011, length - grip + 0.01),
                  (0.0085, length - 0.6 * grip), (0.012, length - 0.012),
                  (0.008, length - 0.002), (0, length)], colour=BLUE, sections=32)
    core = lathe([(0, 0.12 * tall), (0.35 * head, 0.14 * tall), (0.5 * head, 0.5 * tall), (0.35 * head, 0.9 * tall),
                  (0, 0.95 * tall)], colour=(222, 226, 230), sections=24)
    heights = np.radians(np.linspace(-88, 52, 9))
    counts = np.maximum(np.round(tufts * np.cos(heights)).astype(int), 4)
    turn = np.concatenate([np.linspace(0, 2 * np.pi, k, endpoint=False) + 3 * h for k, h in zip(counts, heights, strict=True)])
    rise = np.repeat(heights, counts)
    out = np.column_stack([np.cos(turn) * np.cos(rise), np.sin(rise), np.sin(turn) * np.cos(rise)])
    hub = np.array([0, tall / 2, 0])
    spikes = _spikes(hub + 0.25 * head * out, hub + out * [head, tall / 2, head], (0.0045, 0.0032), WHITE)
    return canonical({"stem": stem, "core": core, "bristles": spikes},
                     {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "pad": Frame.at((0, 0, 0), (0, -1, 0), 0.7 * head),
                      "handle": Frame.at((0, length, 0), half=0.008)})


@category("razor", length_m=(0.1, 0.16), synonyms=("shaving razor", "safety razor", "shaver"), rest="z", mass="featherlight")
def razor(length: float = 0.135, head: float = 0.042, lean_deg: float = 28.0, ridges: int = 6) -> Template:
    """A razor upright, its blades at the top toward the front."""
    top = length - 0.012
    path = [(0, 0.003, 0.004), (0, 0.3 * top, 0), (0, 0.7 * top, -0.002), (0, top, 0.008)]
    handle = lofted([ring(tuple(p), (w, 0, 0), (0, 0, 0.8 * w), 16) for p, w in zip(smooth(path, 16), np.interp(
        np.linspace(0, 1, 16), [0, 0.06, 0.4, 0.8, 1], [0.0035, 0.0068, 0.0072, 0.0052, 0.0042]), strict=True)], BLUE)
    grips = repeated(rounded((0.0105, 0.0028, 0.004), 0.001, (0, 0, 0), WHITE, 1),
                     [(0, y, 0.0052) for y in np.linspace(0.25, 0.55, ridges) * top])
    yoke = tube(smooth([(-0.36 * head, top + 0.006, 0.01), (0, top - 0.003, 0.006), (0.36 * head, top + 0.006, 0.01)], 9),
                0.0026, BLUE, 10)
    case = rounded((head, 0.02, 0.008), 0.003, (0, 0, 0), (220, 224, 230), 2)
    blades = repeated(box((0.9 * head, 0.0016, 0.0016), colour=DARK), [(0, y, 0.0042) for y in (-0.0045, -0.001, 0.0025)])
    strip = rounded((0.9 * head, 0.0032, 0.002), 0.0008, (0, 0.0068, 0.004), (120, 210, 170), 1)
    for part in (case, blades, strip):
        turned(part, lean_deg, (1, 0, 0)).apply_translation((0, top + 0.006, 0.014))
    tilt = np.radians(lean_deg)
    out = (0.0, -float(np.sin(tilt)), float(np.cos(tilt)))
    return canonical({"handle": joined(handle, yoke), "grips": grips, "head": joined(case, strip), "blades": blades},
                     {"edge": Frame.at((0, top + 0.006 + 0.005 * out[1], 0.014 + 0.005 * out[2]), out, (0.45 * head, 0)),
                      "handle": Frame.at((0, 0.003, 0.004), (0, -1, 0), 0.004)})


@category("toothbrush holder", length_m=(0.085, 0.13), synonyms=("toothbrush cup", "toothbrush mug", "toothbrush stand"),
          symmetry="revolution")
def toothbrush_holder(radius: float = 0.036, height: float = 0.1, flare: float = 1.06, band: float = 0.5) -> Template:
    """A ceramic cup for toothbrushes, a toothbrush painted on its side."""
    body, frames = vessel([(1.1 * radius, 0), (1.1 * radius, 0.006), (0.96 * radius, 0.012), (radius, 0.3 * height),
                           (radius * flare, height)], 0.0035, 0.01,
                          CERAMIC, (222, 232, 234))
    r, y = radius * (0.99 + (flare - 1) * 0.6), band * height
    hoops = [lathe([(r - 0.004, d), (r + 0.0018, d), (r + 0.0018, d + 0.004), (r - 0.004, d + 0.004), (r - 0.004, d)],
                   colour=TEAL)
             for d in (y - 0.34 * height, y + 0.34 * height)]
    brush = joined(box((0.07 * radius * 2, 0.46 * height, 0.004), (0, y, r), BLUE),
                   box((0.3 * radius, 0.02 * height, 0.004), (0.1 * radius, y + 0.1 * height, r), BLUE),
                   *(box((0.26 * radius, 0.022 * height, 0.004), (0.18 * radius, y + k * height, r - 0.0005), (90, 190, 220))
                     for k in (0.08, 0.12, 0.16, 0.2)))
    return canonical({"cup": body, "bands": joined(*hoops), "emblem": brush}, frames)


@category("bathroom scale", length_m=(0.26, 0.36), synonyms=("weighing scale", "scales", "body scale", "scale"), mass="medium",
          symmetry="half-turn")
def bathroom_scale(width: float = 0.3, depth: float = 0.27, height: float = 0.04, tread: float = 0.085) -> Template:
    """A bathroom scale with its dial at the far edge and a mat for either foot."""
    body = rounded((width, height - 0.012, depth), 0.01, (0, 0.012 + (height - 0.012) / 2, 0), (226, 232, 238), 4)
    feet = repeated(cylinder(0.018, 0.016, colour=BLACK), corners(0.4 * width, 0.008, 0.38 * depth))
    mats = joined(*(lofted([_oval(0.36 * tread, 0.33 * depth, y, 0.04 * depth, 0.8) + np.array([s * 0.6 * tread, 0, 0])
                            for y in (height - 0.001, height + 0.0012)], DARK)
                    for s in (-1, 1)))
    z = -0.34 * depth
    dial = cylinder(0.13 * depth, 0.006, (0, height, z), colour=STEEL)
    face = cylinder(0.11 * depth, 0.0072, (0, height, z), colour=WHITE)
    ticks = [turned(box((0.0015, 0.0076, 0.02 * depth), (0, height, z - 0.09 * depth), BLACK), a, (0, 1, 0), (0, height, z))
             for a in range(-120, 121, 30)]
    needle = turned(box((0.0022, 0.0082, 0.09 * depth), (0, height, z - 0.03 * depth), RED), 25, (0, 1, 0), (0, height, z))
    return canonical({"body": joined(body, feet), "mats": mats, "dial": joined(dial, face, *ticks, needle)},
                     {"surface": Frame.at((0, height + 0.001, 0.04 * depth), half=(0.4 * width, 0.36 * depth))})
