"""Kitchen tools: what cooking is done with besides pots and knives."""

from __future__ import annotations

import numpy as np
import trimesh

from oor.catalog.category import category
from oor.catalog.solids import (
    BLACK,
    DARK,
    DEEP_WOOD,
    GLASS,
    PALE_WOOD,
    RED,
    SOOT,
    STEEL,
    WHITE,
    Colour,
    arc,
    ball,
    banded,
    box,
    cylinder,
    hull,
    joined,
    lathe,
    lofted,
    oblong,
    repeated,
    slab,
    smooth,
    strap,
    tinted,
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical
from oor.catalog.vessels import vessel

BRIGHT: Colour = (206, 211, 218)
KETCHUP: Colour = (204, 36, 30)


def _cupped(radius: float, depth: float, z: float) -> tuple[trimesh.Trimesh, Frame]:
    """A round steel bowl at a distance along z, rim up, and its frame "bowl"."""
    outside = [(0.3 * radius, 0), *smooth([(0.45 * radius, 0.06 * depth), (0.8 * radius, 0.4 * depth), (radius, depth)], 12)]
    shell, frames = vessel(outside, 0.0018, 0.003, STEEL, (150, 156, 166), 40)
    shell.apply_translation((0, 0, z))
    return shell, Frame.at((0, 0.003, z), (0, 0, -1), frames["opening"].half[0] * 0.6)


@category("ladle", length_m=(0.26, 0.32), synonyms=("soup ladle",), ranges={"bowl": (0.037, 0.047), "depth": (0.65, 0.95)})
def ladle(length: float = 0.3, bowl: float = 0.042, depth: float = 0.8, hook: bool = True) -> Template:
    """A steel soup ladle: deep round bowl, long rising handle, a hook at its end."""
    rim, end = depth * bowl, length - bowl
    cup, inside = _cupped(bowl, rim, 0)
    path = smooth([(0, 0.72 * rim, 0.93 * bowl), (0, rim + 0.008, bowl + 0.013), (0, rim + 0.045, 0.5 * end + 0.03),
                   (0, rim + 0.06, end)], 20)
    parts = {"bowl": cup, "handle": strap(path, np.linspace(0.0085, 0.0065, 20), 0.4, STEEL)}
    if hook:
        bend = arc((0, rim + 0.049, end - 0.001), 0.011, 90, -95, "zy", 14)
        parts["hook"] = tube(bend, 0.003, STEEL, 12)
    frames = {"tip": Frame.at((0, 0.75 * rim, -0.98 * bowl), (0, 0, -1)), "bowl": inside,
              "handle": Frame.at((0, rim + 0.05, 0.6 * end), (0, 0, 1))}
    return canonical(parts, frames)


@category("whisk", length_m=(0.22, 0.34), synonyms=("balloon whisk", "egg beater", "eggbeater", "egg whisk"), rest="z",
          symmetry="revolution")
def whisk(cage: float = 0.15, belly: float = 0.033, grip: float = 0.12, loops: int = 6) -> Template:
    """A balloon whisk, wires down: a cage of bent wires below a steel grip."""
    side = smooth([(0.1 * belly, 0), (0.72 * belly, 0.13 * cage), (belly, 0.36 * cage), (0.55 * belly, 0.75 * cage),
                   (0.006, cage)], 17)
    profile = np.concatenate([side[::-1] * [-1, 1], side])
    wire = tube(np.column_stack([profile, np.zeros(len(profile))]), 0.0015, BRIGHT, 6)
    cages = joined(*(turned(wire.copy(), 180 * k / loops, (0, 1, 0)) for k in range(loops)))
    outline = [(0, 0), (0.009, 0), (0.0095, 0.012), (0.0085, 0.02), *smooth([(0.009, 0.03), (0.0125, 0.6 * grip),
               (0.011, grip - 0.004), (0.006, grip)], 14), (0, grip)]
    handle = lathe(outline, (0, cage - 0.006, 0), STEEL, 28)
    handle = banded(handle, cage + 0.012, cage + grip - 0.006, DARK)
    top = cage - 0.006 + grip
    loop = tube(arc((0, top + 0.006, 0), 0.008, -80, 260, count=20), 0.0018, STEEL, 10)
    frames = {"tip": Frame.at((0, 0, 0), (0, -1, 0)), "handle": Frame.at((0, cage + 0.5 * grip, 0))}
    return canonical({"wires": cages, "handle": handle, "loop": loop}, frames)


def _slotted(front: float, back: float, length: float, slots: int) -> trimesh.Trimesh:
    """A thin level blade from z = 0 to z = -length, `front` and `back` its half widths, with slots along it."""
    thick = 0.0022

    def piece(spans: list[tuple[float, float, float]]) -> trimesh.Trimesh:
        return hull([(x, y, -z * length) for low, high, z in spans for x in (low, high) for y in (0, thick)], STEEL)

    def width(z: float) -> float:
        return back + (front - back) * z

    cross = [piece([(-width(a), width(a), a), (-width(b), width(b), b), (-c * width(b), c * width(b), d)])
             for a, b, c, d in ((0.74, 0.94, 0.88, 1.0), (0.2, 0.03, 0.5, 0.0))]
    edges = np.linspace(-1, 1, 3 * slots + 1)
    bars = [piece([(u * width(z), v * width(z), z) for z in (0.18, 0.78)])
            for u, v in zip(edges[::3], edges[1::3], strict=False)]
    last = piece([(edges[-2] * width(z), width(z), z) for z in (0.18, 0.78)])
    return joined(*cross, *bars, last)


@category("spatula", length_m=(0.265, 0.33), synonyms=("turner", "flipper", "fish slice"), ranges={"slots": (3, 5)})
def spatula(length: float = 0.3, width: float = 0.075, blade: float = 0.095, slots: int = 4) -> Template:
    """A slotted steel turner with a cranked shaft and a black grip."""
    plate = _slotted(width / 2, 0.4 * width, blade, slots)
    end = length - blade
    path = smooth([(0, 0.0015, -0.012), (0, 0.006, 0.006), (0, 0.03, 0.05), (0, 0.043, 0.45 * end), (0, 0.053, end)], 24)
    shaft = strap(path[:14], np.linspace(0.011, 0.006, 14), 0.3, STEEL)
    grip = strap(path[11:], np.interp(np.arange(13), [0, 2, 6, 11, 12], [0.007, 0.0105, 0.0095, 0.012, 0.008]), 0.55, SOOT)
    frames = {"flat": Frame.at((0, 0, -blade / 2), (0, -1, 0), (0.45 * width, blade / 2)),
              "tip": Frame.at((0, 0.0011, -blade), (0, 0, -1)), "handle": Frame.at((0, 0.048, 0.7 * end), (0, 0, 1))}
    return canonical({"blade": plate, "shaft": shaft, "handle": grip}, frames)


def _face_grid(columns: int, rows: int, width: float, height: float, taper: float) -> Array:
    """(n, 2) staggered places (x, y) on a grater's face that narrows upward."""
    u, v = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(0.14, 0.86, rows))
    u = u + np.where(np.arange(rows) % 2, 0.5, -0.5)[:, None] / max(columns - 1, 1)
    x = 0.36 * width * (1 + (taper - 1) * v) * u
    return np.column_stack([x.ravel(), height * v.ravel()])


@category("grater", length_m=(0.2, 0.28), synonyms=("cheese grater", "box grater", "vegetable grater"), symmetry="half-turn",
          ranges={"taper": (0.6, 0.8), "rows": (6, 8)})
def grater(width: float = 0.105, height: float = 0.19, taper: float = 0.7, rows: int = 7) -> Template:
    """A steel box grater: four sheets that narrow upward, full of teeth, under a black handle."""
    x, z, thin = width / 2, 0.32 * width, 0.0025
    rim, crown = [np.array([(sx * x * k, y, sz * z * k) for sx, sz in ((1, 1), (-1, 1), (-1, -1), (1, -1))])
                  for k, y in ((1.0, 0.0), (taper, height))]
    sheets = [hull(np.concatenate([row[[i, (i + 1) % 4]] * (1, 1, 1) for row in (rim, crown)]
                                  + [row[[i, (i + 1) % 4]] * (1 - thin / x, 1, 1 - thin / z) for row in (rim, crown)]), STEEL)
              for i in range(4)]
    spots = _face_grid(5, rows, width, height, taper)
    depth = z * (1 + (taper - 1) * spots[:, 1] / height)
    hole = turned(cylinder(0.0042, 0.003, colour=SOOT, sections=8), 90, (1, 0, 0))
    lip = ball((0.0042, 0.0028, 0.003), colour=BRIGHT, subdivisions=1)
    both = [np.column_stack([spots, side * depth]) for side in (1, -1)]
    holes = joined(*(repeated(hole, np.add(at, (0, 0.0025, 0))) for at in both))
    teeth = repeated(lip, both[0] - [0, 0.0025, 0])
    slits = [box((0.002, 0.006, 0.9 * z), (side * (x * (1 + (taper - 1) * v) - 0.0005), v * height, 0), SOOT)
             for v in (0.25, 0.5, 0.75) for side in (-1, 1)]
    top = box((2.04 * x * taper, 0.008, 2.04 * z * taper), (0, height + 0.002, 0), BLACK)
    bow = smooth([(-0.8 * x * taper, height, 0), (-0.62 * x * taper, height + 0.026, 0), (0, height + 0.036, 0),
                  (0.62 * x * taper, height + 0.026, 0), (0.8 * x * taper, height, 0)], 22)
    frames = {"outlet": Frame.at((0, 0, z), (0, -1, 0), (0.7 * x, 0)), "handle": Frame.at((0, height + 0.036, 0))}
    return canonical({"faces": joined(*sheets), "holes": joined(holes, *slits), "teeth": teeth,
                      "handle": joined(top, tube(bow, 0.0065, BLACK, 12))}, frames)


@category("rolling pin", length_m=(0.36, 0.52), symmetry="revolution about x",
          ranges={"grip": (0.075, 0.11), "radius": (0.022, 0.032)})
def rolling_pin(roller: float = 0.24, radius: float = 0.027, grip: float = 0.092) -> Template:
    """A wooden rolling pin along x, with a red handle at either end."""
    half = roller / 2
    wood = lathe([(0, -half), (radius - 0.004, -half), (radius, 0.004 - half), (radius, half - 0.004), (radius - 0.004, half),
                  (0, half)], colour=PALE_WOOD, sections=40)
    outline = [(0, -0.002), (0.007, -0.002), (0.007, 0.012), *smooth([(0.0095, 0.014), (0.0145, 0.45 * grip),
               (0.0125, 0.85 * grip), (0.007, grip)], 14), (0, grip)]
    handle = lathe(outline, (0, half, 0), RED, 28)
    handle = banded(handle, half - 0.003, half + 0.0125, STEEL)
    other = turned(handle.copy(), 180, (0, 0, 1))
    wood, handle, other = (turned(part, -90, (0, 0, 1)) for part in (wood, handle, other))
    frames = {"pad": Frame.at((0, -radius, 0), (0, -1, 0), (half, 0.2 * radius)),
              "handle": Frame.at((half + 0.5 * grip, 0, 0), (1, 0, 0))}
    return canonical({"roller": wood, "handles": joined(handle, other)}, frames)


@category("butter knife", length_m=(0.23, 0.28), synonyms=("table knife", "dinner knife", "butter spreader"),
          plural="butter knives", rest="z")
def butter_knife(blade: float = 0.115, height: float = 0.025, handle: float = 0.118) -> Template:
    """A round-tipped steel table knife, edge down."""
    low, thick = -0.68 * height, 0.0013
    edge = np.array([(0, 0.6), (0.1, 1), (0.82, 1), (0.93, 0.72), (0.985, 0.24)]) * [blade, low]
    spine = np.array([(0, -0.34), (0.6, -0.42), (0.86, -0.47), (0.96, -0.36), (1, -0.08)]) * [blade, low]
    bevel = edge[:4] + np.array([0, 0.2 * height])
    rows = [(edge, 1e-4), (bevel, 0.8 * thick), (spine, thick)]
    steel = hull([(x, y, side * z) for row, z in rows for x, y in row for side in (-1, 1)], BRIGHT)
    path = smooth([(0.012, 0, 0), (-0.02, 0.001, 0), (-0.6 * handle, 0.002, 0), (-handle, 0.0005, 0)], 16)
    widths = np.interp(np.linspace(0, 1, 16), [0, 0.12, 0.3, 0.85, 0.95, 1], [0.003, 0.0033, 0.0036, 0.0056, 0.0053, 0.003])
    frames = {"edge": Frame.at((0.46 * blade, low, 0), (0, -1, 0), (0.36 * blade, 0)),
              "flat": Frame.at((0.5 * blade, 0.3 * low, thick), (0, 0, 1), (0.45 * blade, 0.4 * height)),
              "tip": Frame.at((blade, 0.05 * height, 0), (1, 0, 0)), "handle": Frame.at((-0.6 * handle, 0.002, 0), (-1, 0, 0))}
    return canonical({"blade": steel, "handle": strap(path, widths, 2.0, STEEL)}, frames)


@category("ice cream scoop", length_m=(0.17, 0.23), synonyms=("ice cream scooper", "scoop"), ranges={"bowl": (0.025, 0.031)})
def ice_cream_scoop(bowl: float = 0.028, neck: float = 0.045, grip: float = 0.1, lever: bool = True) -> Template:
    """A steel ice cream scoop lying on its back: deep bowl, short neck, thick red grip, a thumb lever."""
    rim = 0.95 * bowl
    cup, inside = _cupped(bowl, rim, 0)
    height, start = 0.6 * rim, bowl + neck
    shaft = tube([(0, height, 0.9 * bowl), (0, height, start + 0.01)], [0.0062, 0.0055], STEEL)
    outline = [(0, 0), (0.0095, 0), (0.011, 0.004), *smooth([(0.0105, 0.01), (0.0135, 0.6 * grip), (0.013, 0.9 * grip),
               (0.007, grip)], 14), (0, grip)]
    handle = turned(lathe(outline, colour=RED, sections=32), 90, (1, 0, 0))
    handle.apply_translation((0, height, start))
    parts = {"bowl": cup, "neck": shaft, "handle": handle}
    if lever:
        thumb = strap(smooth([(0, height + 0.003, start - 0.024), (0, height + 0.014, start - 0.012),
                              (0, height + 0.025, start + 0.016)], 8), np.linspace(0.005, 0.008, 8), 0.4, STEEL)
        parts["lever"] = joined(thumb, box((0.005, 0.012, 0.008), (0, height + 0.006, start - 0.02), STEEL))
    frames = {"tip": Frame.at((0, 0.75 * rim, -0.98 * bowl), (0, 0, -1)), "bowl": inside,
              "handle": Frame.at((0, height, start + 0.5 * grip), (0, 0, 1))}
    return canonical(parts, frames)


@category("lid", length_m=(0.16, 0.32), synonyms=("pot lid", "pan lid", "saucepan lid"), symmetry="revolution")
def lid(radius: float = 0.12, dome: float = 0.034, knob: float = 0.019) -> Template:
    """A domed glass lid with a steel rim and a black knob, hollow below."""
    wall, inner = 0.0035, radius - 0.006
    outside = smooth([(inner, 0.006), (0.75 * inner, 0.62 * dome), (0.35 * inner, 0.94 * dome), (0.01, dome)], 14)
    inside = np.maximum(outside - [0.4 * wall, wall], [0, 0.002])
    skin = [(0, dome), *outside[::-1], (inner + 0.001, 0.008), (radius, 0.007), (radius, 0), (inner, 0), *inside[1:],
            (0, dome - wall)]
    cover = lathe(skin, colour=GLASS, sections=56)
    cover = tinted(cover, (np.hypot(cover.triangles[..., 0], cover.triangles[..., 2]) > inner - 0.004).all(axis=1), STEEL)
    stub = lathe([(0, dome - 0.001), (0.5 * knob, dome - 0.001), (0.42 * knob, dome + 0.008), (0.95 * knob, dome + 0.014),
                  (knob, dome + 0.02), (0.8 * knob, dome + 0.025), (0, dome + 0.026)], colour=BLACK, sections=32)
    frames = {"fit": Frame.at((0, 0, 0), (0, -1, 0), inner), "handle": Frame.at((0, dome + 0.026, 0))}
    return canonical({"cover": cover, "knob": stub}, frames)


@category("pepper mill", length_m=(0.14, 0.22), synonyms=("pepper grinder", "peppermill"), symmetry="revolution",
          ranges={"waist": (0.58, 0.78)})
def pepper_mill(height: float = 0.19, radius: float = 0.028, waist: float = 0.68) -> Template:
    """A turned wooden pepper mill with a round head and a steel nut on top."""
    body = lathe([(0, 0), (radius, 0), (radius, 0.01), *(smooth([(0.92 * radius, 0.07), (waist * radius, 0.3),
                  (0.8 * radius, 0.52), (0.95 * radius, 0.62)], 16) * [1, height]), (0.8 * radius, 0.64 * height),
                  (0, 0.64 * height)], colour=DEEP_WOOD, sections=40)
    head = lathe([(0, 0.63 * height), *(smooth([(0.78 * radius, 0.645), (0.98 * radius, 0.71), (0.97 * radius, 0.83),
                  (0.5 * radius, 0.93), (0.012 * 0.5, 0.94)], 18) * [1, height]), (0, 0.94 * height)],
                 colour=(120, 76, 42), sections=40)
    collar = cylinder(0.84 * radius, 0.02 * height, (0, 0.64 * height, 0), colour=STEEL, sections=40)
    nut = ball((0.3 * radius, 0.035 * height, 0.3 * radius), (0, 0.965 * height, 0), STEEL, 2)
    frames = {"outlet": Frame.at((0, 0, 0), (0, -1, 0), 0.6 * radius), "top": Frame.at((0, height, 0))}
    return canonical({"body": body, "head": head, "collar": collar, "nut": nut}, frames)


@category("jar", length_m=(0.1, 0.18), synonyms=("glass jar", "mason jar", "jam jar", "preserving jar"), symmetry="revolution",
          ranges={"neck": (0.78, 0.88)})
def jar(radius: float = 0.043, height: float = 0.125, neck: float = 0.82) -> Template:
    """An open glass jar with a threaded neck and a paper label."""
    mouth, low, high = neck * radius, 0.2 * height, 0.6 * height
    outside = [(radius - 0.005, 0), (radius - 0.001, 0.003), (radius, 0.007), *((radius, y) for y in (low, high, 0.72 * height)),
               *smooth([(0.995 * radius, 0.75 * height), (0.94 * radius + 0.06 * mouth, 0.8 * height),
                        (mouth, 0.86 * height)], 7),
               *((mouth + out, (0.86 + rise) * height) for rise, out in
                 ((0.025, 0), (0.035, 0.0018), (0.045, 0), (0.07, 0), (0.08, 0.0018), (0.09, 0), (0.14, 0)))]
    glass, frames = vessel(outside, 0.0025, 0.006, GLASS, (206, 226, 230))
    x, y, z = np.moveaxis(glass.triangles, -1, 0)
    front = (np.hypot(x, z) > radius - 0.001) & (y > low - 1e-6) & (y < high + 1e-6) & (z > 0.62 * radius)
    return canonical({"glass": tinted(glass, front.all(axis=1), WHITE)}, frames)


@category("ketchup bottle", length_m=(0.17, 0.24), synonyms=("squeeze bottle", "sauce bottle", "bottle of ketchup", "ketchup"),
          symmetry="revolution")
def ketchup_bottle(radius: float = 0.031, body: float = 0.135, nozzle: float = 0.055) -> Template:
    """A red squeeze bottle of ketchup with a pointed nozzle."""
    flask = lathe([(0, 0), (radius - 0.004, 0), (radius, 0.004), *((radius, k * body) for k in (0.3, 0.62)),
                   (radius, body - 0.012), (0.93 * radius, body - 0.004), (0.8 * radius, body), (0, body)],
                  colour=KETCHUP, sections=40)
    flask = banded(flask, 0.29 * body, 0.63 * body, WHITE)
    ribs = [(0.86 * radius - 0.001 * (k % 2), body - 0.001 + 0.0022 * k) for k in range(8)]
    cap = lathe([(0, body - 0.001), *ribs, (0.4 * radius, body + 0.02), (0.0075, body + 0.024), (0.0032, body + nozzle),
                 (0.0018, body + nozzle), (0.0018, body + nozzle - 0.006), (0, body + nozzle - 0.006)], colour=(176, 26, 24),
                sections=40)
    fruit = ball((0.26 * radius, 0.25 * radius, 0.1 * radius), (0, 0.45 * body, 0.96 * radius), KETCHUP, 2)
    leaf = ball((0.12 * radius, 0.06 * radius, 0.08 * radius), (0, 0.45 * body + 0.25 * radius, 0.98 * radius), (70, 130, 60), 1)
    return canonical({"flask": flask, "cap": cap, "picture": joined(fruit, leaf)},
                     {"outlet": Frame.at((0, body + nozzle, 0), half=0.0018), "top": Frame.at((0, body + nozzle, 0))})


@category("soda can", length_m=(0.11, 0.17), synonyms=("drink can", "drinks can", "beer can", "tin can"),
          symmetry="revolution")
def can(radius: float = 0.033, height: float = 0.125) -> Template:
    """A closed aluminium soda can with a pull tab."""
    neck, top = radius - 0.006, height
    side = [(neck, 0), (neck + 0.001, 0.003), (radius, 0.012), *((radius, k * height) for k in (0.36, 0.4, 0.62, 0.66)),
            (radius, height - 0.018), (neck + 0.001, height - 0.004), (neck + 0.0015, height - 0.002), (neck + 0.001, top)]
    metal = lathe([(0, 0.004), (neck - 0.004, 0.003), *side, (neck - 0.001, top), (neck - 0.002, top - 0.003), (0, top - 0.003)],
                  colour=RED, sections=48)
    for low, high, colour in ((0.35, 0.41, WHITE), (0.61, 0.67, WHITE)):
        metal = banded(metal, low * height, high * height, colour)
    y = metal.triangles[..., 1]
    metal = tinted(metal, ((y < 0.0121) | (y > height - 0.0181)).all(axis=1), BRIGHT)
    tab = joined(cylinder(0.0065, 0.0016, (0, top - 0.002, 0.004), colour=(150, 154, 160), sections=20),
                 box((0.009, 0.0016, 0.012), (0, top - 0.002, -0.002), (150, 154, 160)))
    mouth = cylinder(0.0085, 0.0008, (0, top - 0.0028, -0.012), colour=(120, 124, 132), sections=20)
    return canonical({"can": metal, "tab": joined(tab, mouth)},
                     {"top": Frame.at((0, top, 0)), "surface": Frame.at((0, top, 0), half=neck)})


@category("colander", length_m=(0.24, 0.36), synonyms=("strainer", "sieve"), symmetry="half-turn")
def colander(radius: float = 0.12, height: float = 0.1, loop: float = 0.032) -> Template:
    """A steel colander: a bowl full of holes on a ring foot, with two loop handles."""
    wall = smooth([(0.52 * radius, 0.012), (0.74 * radius, 0.022 + 0.12 * height), (0.95 * radius, 0.62 * height),
                   (radius, height - 0.004)], 14)
    outside = [(0.5 * radius, 0), (0.53 * radius, 0.004), *wall, (radius + 0.006, height - 0.003), (radius + 0.006, height)]
    shell, frames = vessel(outside, 0.0035, 0.0145, STEEL, (196, 201, 208), 40)
    holes = []
    for share, count in ((0.34, 14), (0.52, 16), (0.7, 18), (0.86, 18)):
        r = float(np.interp(share * height, *np.asarray(outside).T[::-1])) - 0.0018
        hole = cylinder(0.0045, 0.0054, (r, share * height, 0), (1, 0.5 * (share - 1), 0), SOOT, sections=8)
        holes += [turned(hole.copy(), 360 * (k + 0.5 * (share in (0.52, 0.86))) / count, (0, 1, 0)) for k in range(count)]
    ear = smooth([(radius, 0, -loop), (radius + 0.022, 0, -0.9 * loop), (radius + 0.034, 0, 0), (radius + 0.022, 0, 0.9 * loop),
                  (radius, 0, loop)], 18)
    ear[:, 1] += height - 0.005
    ears = joined(tube(ear, 0.0045, STEEL, 10), tube(ear * [-1, 1, -1], 0.0045, STEEL, 10))
    frames["handle"] = Frame.at((radius + 0.034, height - 0.005, 0), (1, 0, 0))
    return canonical({"bowl": shell, "holes": joined(*holes), "handles": ears}, frames)


def tray_shell(x: float, z: float, height: float, flare: float, lip: float, wall: float, colour: Colour) -> trimesh.Trimesh:
    """An open rectangular tray with rounded corners: half edges x, z of its floor, walls leaning out by `flare`, a flat lip."""

    def outline(out: float, y: float) -> Array:
        corner = 0.25 * min(x, z) + out
        middles = [(sx * (x + out - corner), sz * (z + out - corner)) for sx, sz in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
        quarters = [arc((cx, y, cz), corner, 90 * k, 90 * k + 90, "xz", 6) for k, (cx, cz) in enumerate(middles)]
        return np.concatenate(quarters)

    rings = [(0, 0), (flare, height - wall), (flare + lip, height - wall), (flare + lip, height), (flare - wall, height),
             (-wall, wall)]
    return lofted([outline(out, y) for out, y in rings], colour)


@category("baking tray", length_m=(0.32, 0.46), synonyms=("baking sheet", "cookie sheet", "oven tray", "baking pan", "sheet pan"),
          symmetry="half-turn", mass="medium")
def baking_tray(length: float = 0.36, width: float = 0.25, height: float = 0.026, handles: bool = True) -> Template:
    """A dark baking tray with a low slanting rim, with or without grips at its ends."""
    wall, flare = 0.003, 0.3 * height
    parts = {"tray": tray_shell(length / 2, width / 2, height, flare, 0.008, wall, (78, 80, 88))}
    if handles:
        end = length / 2 + flare
        bow = smooth([(end, 0, -0.3 * width), (end + 0.026, 0, -0.24 * width), (end + 0.026, 0, 0.24 * width),
                      (end, 0, 0.3 * width)], 22)
        bow[:, 1] += height - 0.004
        parts["handles"] = joined(tube(bow, 0.0038, DARK, 10), tube(bow * [-1, 1, -1], 0.0038, DARK, 10))
    return canonical(parts, {"surface": Frame.at((0, wall, 0), half=(length / 2 - 0.01, width / 2 - 0.01))})


def _paddle(length: float, width: float) -> trimesh.Trimesh:
    """The scalloped end of a tong's arm, upright in the yz plane, from z = 0 to z = -length."""
    angles = np.radians(np.linspace(0, 360, 60, endpoint=False))
    bumps = 1 + 0.1 * np.cos(10 * angles) * (np.cos(angles) > -0.5)
    outline = np.column_stack([length / 2 * (1 + bumps * np.cos(angles)), width / 2 * bumps * np.sin(angles)])
    return turned(slab(outline, 0.003, STEEL), 90, (0, 1, 0))


@category("tongs", length_m=(0.22, 0.34), synonyms=("pair of tongs", "kitchen tongs", "salad tongs", "barbecue tongs"),
          plural="tongs", symmetry="half-turn about z", ranges={"spread": (0.028, 0.044)})
def tongs(length: float = 0.26, spread: float = 0.035, width: float = 0.022, pull: bool = True) -> Template:
    """Steel tongs lying open along z: two arms hinged at +z, scalloped jaws at -z, black grips."""
    back, front = length / 2, -length / 2
    along = np.array([back, back - 0.02, 0.1 * length, front + 0.05, front + 0.03])
    out = np.array([0.003, 0.008, 0.75 * spread, spread, 0.86 * spread])
    high = np.array([0.6, 1, 1, 0.8, 0.5]) * width / 2
    arm = lofted([oblong((x, 0, z), (0.0014, 0, 0), (0, h, 0)) for x, z, h in zip(out, along, high, strict=True)], STEEL)
    blade = _paddle(0.05, 1.5 * width)
    blade = turned(blade, 12, (0, 1, 0))
    blade.apply_translation((0.95 * spread, 0, front + 0.048))
    reach = np.linspace(0.08, 0.42, 8) * length
    grip = lofted([oblong((float(np.interp(z, along[::-1], out[::-1])) + 0.002, 0, z), (0.004, 0, 0), (0, 0.62 * width, 0))
                   for z in reach - 0.02], BLACK)
    one = joined(arm, blade)
    hinge = joined(cylinder(0.008, 1.05 * width, (0, 0, back - 0.004), (0, 1, 0), DARK, sections=24))
    parts = {"arms": joined(one, turned(one.copy(), 180, (0, 0, 1))), "grips": joined(grip, turned(grip.copy(), 180, (0, 0, 1))),
             "hinge": hinge}
    if pull:
        parts["pull"] = tube(arc((0, 0, back + 0.012), 0.011, -180, 178, "xz", 24), 0.0018, STEEL, 8)
    frames = {"jaw": Frame.at((0, 0, front + 0.015), (0, 0, -1), (0.7 * spread, 0.5 * width)),
              "handle": Frame.at((0, 0, 0.3 * length), (0, 0, 1))}
    return canonical(parts, frames)


@category("pitcher", length_m=(0.22, 0.3), synonyms=("water pitcher", "jug"), mass="medium")
def pitcher(radius: float = 0.075, height: float = 0.24, neck: float = 0.62, lip: float = 0.03) -> Template:
    """A bulbous glazed jug: its pouring lip drawn out toward +x, an ear handle opposite."""
    glaze: Colour = (206, 212, 226)
    outline = np.array([(0.58 * radius, 0), (0.62 * radius, 0.004), *smooth([
        (0.64 * radius, 0.03 * height), (radius, 0.34 * height), (0.86 * radius, 0.58 * height), (neck * radius, 0.82 * height),
        ((neck + 0.1) * radius, height)], 18)])
    body, frames = vessel(outline, 0.005, 0.009, glaze, (176, 184, 204))
    body = banded(body, 0.4 * height, 0.54 * height, (62, 100, 172))
    x, y, z = body.vertices.T
    pull = np.clip(y / height - 0.78, 0, None) / 0.22 * np.exp(-((np.arctan2(z, x) / 0.42) ** 2))
    body.vertices = np.column_stack([x + lip * pull**1.4, y + 0.35 * lip * pull**2, z * (1 - 0.25 * pull)])
    high, low = (float(np.interp(h * height, outline[:, 1], outline[:, 0])) - 0.002 for h in (0.88, 0.4))
    out = -1.05 * radius - 0.035
    ear = smooth([(-high, 0.88 * height, 0), (0.75 * out, 0.93 * height, 0), (out, 0.78 * height, 0),
                  (0.98 * out, 0.58 * height, 0), (-low, 0.4 * height, 0)], 28)
    frames["spout"] = Frame.at(((neck + 0.1) * radius + lip, height + 0.35 * lip, 0), (0.93, 0.36, 0), 0.012)
    frames["handle"] = Frame.at((out - 0.008, 0.7 * height, 0), (-1, 0, 0))
    return canonical({"body": body, "handle": tube(ear, np.linspace(0.0095, 0.0075, 28).tolist(), (62, 100, 172))}, frames)


@category("wooden spoon", length_m=(0.26, 0.34), mass="featherlight")
def wooden_spoon(width: float = 0.028, length: float = 0.042, stick: float = 0.23) -> Template:
    """A wooden cooking spoon lying on its back: shallow oval bowl, straight round stick."""
    wood: Colour = (186, 132, 80)
    outside = [(0, 0), *smooth([(0.35, 0.0004), (0.7, 0.0036), (0.92, 0.0095), (1.0, 0.0165)], 10)]
    inside = [(0, 0.005), *smooth([(0.3, 0.0058), (0.6, 0.009), (0.78, 0.0132), (0.86, 0.0172)], 10)]
    bowl = lathe([*outside, *inside[::-1]], colour=wood)
    x, y, z = bowl.vertices.T
    bowl.vertices = np.column_stack([x * width * (1 - 0.14 * z), y, z * length])
    end = 0.9 * length + stick
    path = np.column_stack([np.zeros(14), np.linspace(0.011, 0.024, 14), np.linspace(0.93 * length, end, 14)])
    radii = np.interp(np.linspace(0, 1, 14), [0, 0.12, 0.5, 0.93, 1], [0.009, 0.0068, 0.006, 0.0078, 0.0055])
    frames = {"tip": Frame.at((0, 0.0165, -length), (0, 0, -1)),
              "handle": Frame.at((0, 0.018, length + 0.6 * stick), (0, 0, 1)),
              "bowl": Frame.at((0, 0.005, 0), (0, 0, -1), (0.55 * width, 0.55 * length))}
    return canonical({"bowl": bowl, "handle": strap(path, radii, 0.75, wood)}, frames)


@category("wok", length_m=(0.42, 0.55), mass="medium")
def wok(radius: float = 0.16, depth: float = 0.095, handle: float = 0.17, ear: bool = True) -> Template:
    """A deep round black pan with a long wooden handle, and perhaps an ear opposite."""
    iron: Colour = (44, 46, 52)
    body, frames = vessel([(0.4 * radius, 0), *smooth([
        (0.44 * radius, 0.002), (0.66 * radius, 0.2 * depth), (0.88 * radius, 0.56 * depth), (radius, depth)], 16)],
        0.005, 0.006, iron, (84, 86, 92))
    end, rise = radius + handle, 0.3 * handle
    grip = strap(smooth([(radius + 0.045, 0.9 * depth + 0.016, 0), (radius + 0.55 * handle, 0.9 * depth + 0.62 * rise, 0),
                         (end, 0.9 * depth + rise, 0)], 14), np.r_[np.linspace(0.011, 0.0145, 12), 0.013, 0.008], 0.85, DEEP_WOOD)
    neck = strap([(0.98 * radius - 0.002, 0.88 * depth, 0), (radius + 0.025, 0.9 * depth + 0.008, 0),
                  (radius + 0.06, 0.9 * depth + 0.022, 0)], [0.015, 0.01, 0.0085], 0.6, STEEL)
    parts = {"body": body, "handle": joined(neck, grip)}
    if ear:
        loop = arc((-radius, 0.9 * depth, 0), 0.032, 90, 270, "xz", 16)
        parts["ear"] = tube(loop, 0.006, STEEL, 12)
    frames["handle"] = Frame.at((radius + 0.6 * handle, 0.9 * depth + 0.66 * rise, 0), (1, 0.3, 0))
    return canonical(parts, frames)


@category("paring knife", length_m=(0.16, 0.22), synonyms=("fruit knife",), rest="z")
def paring_knife(blade: float = 0.085, height: float = 0.021, grip: float = 0.1) -> Template:
    """A small knife, cutting edge down: short pointed blade, stout red handle."""
    low, thick = -height / 2, 0.0012
    edge = np.array([(0, low), (0.5, low), (0.8, low + 0.08 * height), (1, low + 0.3 * height)])
    spine = np.array([(0, 0.5 * height), (0.45, 0.46 * height), (0.75, 0.22 * height), (1, low + 0.34 * height)])
    bevel = edge[:3] + np.array([0, 0.2 * height])
    rows = [(edge, 1e-4), (bevel, 0.8 * thick), (spine, thick)]
    steel = hull([(x * blade, y, side * z) for row, z in rows for x, y in row for side in (-1, 1)], BRIGHT)
    collar = lofted([oblong((x, 0, 0), (0, 0.5 * height + 1e-4, 0), (0, 0, 0.0045)) for x in (-0.006, 0.003)], (140, 146, 154))
    path = smooth([(-0.004, 0.0005, 0), (-0.5 * grip, 0.003, 0), (-grip, -0.002, 0)], 12)
    radii = [0.0072, 0.0078, 0.0084, 0.0088, 0.009, 0.009, 0.0086, 0.0082, 0.0084, 0.009, 0.0088, 0.006]
    rivets = joined(*(cylinder(0.0022, 0.0186, (-x * grip, 0.002, 0), (0, 0, 1), STEEL, sections=14) for x in (0.3, 0.7)))
    frames = {"edge": Frame.at((0.4 * blade, low, 0), (0, -1, 0), (0.4 * blade, 0)),
              "tip": Frame.at((blade, low + 0.32 * height, 0), (1, 0, 0)),
              "handle": Frame.at((-0.55 * grip, 0.002, 0), (-1, 0, 0))}
    return canonical({"blade": steel, "collar": collar, "handle": joined(strap(path, radii, 1.3, RED), rivets)}, frames)
