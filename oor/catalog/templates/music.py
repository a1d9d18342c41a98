"""Templates of musical instruments and of what stands about them on a stage."""

from __future__ import annotations

import numpy as np
import trimesh
from scipy.interpolate import PchipInterpolator

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
    box,
    corners,
    cylinder,
    hull,
    joined,
    lathe,
    lofted,
    oblong,
    repeated,
    rounded,
    smooth,
    tube,
    turned,
)
from oor.catalog.template import Frame, Template, canonical

RUBBER: Colour = (44, 44, 48)
SKIN: Colour = (240, 234, 218)
VARNISH: Colour = (164, 84, 38)
RAINBOW: tuple[Colour, ...] = (RED, (226, 120, 50), YELLOW, GREEN, (60, 160, 170), BLUE, (116, 74, 150), (206, 90, 140))
UP_TO_X = (-90.0, (0.0, 0.0, 1.0))


def _band(inner: float, outer: float, low: float, high: float, colour: Colour) -> trimesh.Trimesh:
    """A flat-walled ring about the y axis."""
    return lathe([(inner, low), (outer, low), (outer, high), (inner, high), (inner, low)], colour=colour)


def _tripod(reach: float, hub: float, radius: float, colour: Colour) -> trimesh.Trimesh:
    """Three straight legs from a hub on the y axis down to the floor."""
    feet = [(reach * np.cos(a), radius, reach * np.sin(a)) for a in np.radians((90, 210, 330))]
    legs = [tube([(0, hub, 0), foot], radius, colour, 10) for foot in feet]
    return joined(*legs, *(ball(1.8 * radius, (x, 1.8 * radius, z), RUBBER, 1) for x, _, z in feet))


def _bout(width: float) -> PchipInterpolator:
    """Half width of a fiddle's body by height, as a fraction of the body's length from the tail."""
    t = [0, 0.02, 0.08, 0.22, 0.34, 0.385, 0.42, 0.5, 0.6, 0.645, 0.69, 0.8, 0.93, 0.985, 1]
    w = [0.25, 0.5, 0.82, 1.0, 0.88, 0.86, 0.6, 0.54, 0.62, 0.74, 0.74, 0.81, 0.64, 0.36, 0.15]
    return PchipInterpolator(t, np.array(w) * width / 2)


def _fiddle(length: float, width: float, depth: float, wood: Colour) -> tuple[dict[str, trimesh.Trimesh], dict[str, Frame]]:
    """The common parts of the violin family: upright, tail at the origin, belly toward +z."""
    body, nut, front, high = 0.6 * length, 0.83 * length, depth / 2, 0.058 * length
    half, t = _bout(width), np.linspace(0, 1, 41)
    ribs = lofted([oblong((0, y * body, 0), (0.96 * w, 0, 0), (0, 0, front - 0.002)) for y, w in zip(t, half(t), strict=True)],
                  DEEP_WOOD)
    plates = [lofted([oblong((0, (0.005 + 0.99 * y) * body - 0.001, s * (front - 0.06 * depth)), (w, 0, 0), (0, 0, 0.06 * depth))
                      for y, w in zip(t, half(t), strict=True)], wood) for s in (-1, 1)]
    arch = [ball((0.8 * half(0.22), 0.42 * body, 0.16 * depth), (0, 0.5 * body, s * front), wood) for s in (-1, 1)]
    for bulge in arch:
        squeeze = half(np.clip(bulge.vertices[:, 1] / body, 0, 1)) / half(0.22)
        bulge.vertices = bulge.vertices * np.column_stack([squeeze, np.ones((len(squeeze), 2))])
    rise, bridge, end = front + high, 0.27 * length, 0.36 * length
    foot = lofted([oblong((0, bridge, z), (x, 0, 0), (0, 0.005 * length, 0)) for x, z in (
        (0.038 * length, front - 0.02 * length), (0.026 * length, front + 0.45 * high), (0.033 * length, rise - 0.002 * length))],
        PALE_WOOD)
    tail = lofted([oblong((0, y * length, z), (x * length, 0, 0), (0, 0, 0.007 * length)) for y, z, x in (
        (0.005, front + 0.03 * length, 0.012), (0.05, front + 0.035 * length, 0.018), (0.19, front + 0.05 * length, 0.034),
        (0.2, front + 0.05 * length, 0.03))], BLACK)
    low = front + 0.02 * length
    board = lofted([oblong((0, y, z), (x * length, 0, 0), (0, 0, 0.007 * length)) for y, z, x in (
        (end, rise - 0.018 * length, 0.035), (nut, low - 0.001 * length, 0.021))], BLACK)
    neck = lofted([oblong((0, y, z), (x * length, 0, 0), (0, 0, d)) for y, z, x, d in (
        (0.59 * length, 0.2 * front, 0.026, 0.6 * front), (0.62 * length, front - 0.02 * length, 0.021, 0.03 * length),
        (nut, low - 0.02 * length, 0.019, 0.018 * length), (0.86 * length, low - 0.026 * length, 0.02, 0.022 * length),
        (0.965 * length, low - 0.05 * length, 0.013, 0.016 * length))], wood)
    curl = (0, 0.966 * length, low - 0.036 * length)
    scroll = [cylinder(r * length, x * length, curl, (1, 0, 0), wood, sections=24)
              for r, x in ((0.033, 0.03), (0.021, 0.048), (0.009, 0.062))]
    pegs = [tube([(-s * 0.03 * length, y, low - 0.03 * length), (s * 0.07 * length, y, low - 0.03 * length)],
                 [0.005 * length, 0.011 * length], BLACK, 10) for s,
                 y in zip((1, -1, 1, -1), np.linspace(0.855, 0.93, 4) * length, strict=True)]
    wires = []
    for x in (-1, -0.33, 0.33, 1):
        spots = [(x * 0.022 * length, 0.19 * length, front + 0.056 * length), (x * 0.027 * length, bridge, rise),
                 (x * 0.014 * length, nut, low + 0.007 * length)]
        wires.append(tube(spots, 0.0021 * length, STEEL, 6))
    holes = []
    for s in (-1, 1):
        x = s * 0.3 * width
        path = smooth([(x - s * 0.05 * width, 0.55 * body, front), (x - s * 0.08 * width, 0.53 * body, front),
                       (x - s * 0.055 * width, 0.505 * body, front),
                       (x, 0.45 * body, front), (x + s * 0.055 * width, 0.395 * body, front),
                       (x + s * 0.08 * width, 0.37 * body, front),
                       (x + s * 0.05 * width, 0.35 * body, front)], 18)
        path[:, 2] += 0.0015 * length + 0.03 * depth
        holes.append(tube(path, 0.0065 * length, (24, 16, 12), 8))
    parts = {"ribs": ribs, "plates": joined(*plates, *arch), "neck": joined(neck, *scroll), "fingerboard": joined(board, tail),
             "bridge": foot,
             "pegs": joined(*pegs), "strings": joined(*wires), "f-holes": joined(*holes)}
    spot = 0.32 * length
    level = rise + (low + 0.007 * length - rise) * (spot - bridge) / (nut - bridge)
    frames = {"strings": Frame.at((0, spot, level + 0.002 * length), (0, 0, 1), (0.026 * length, 0)),
              "head": Frame.at((0, length, curl[2])), "foot": Frame.at((0, 0, 0), (0, -1, 0), (0.15 * width, front))}
    return parts, frames


@category("violin", length_m=(0.52, 0.66), synonyms=("fiddle",), rest="z",
          ranges={"width": (0.19, 0.22), "depth": (0.034, 0.046)})
def violin(length: float = 0.6, width: float = 0.208, depth: float = 0.04, chin_rest: bool = True) -> Template:
    """A violin upright on its tail, belly and strings toward the viewer."""
    parts, frames = _fiddle(length, width, depth, VARNISH)
    if chin_rest:
        parts["chin rest"] = ball((0.17 * width, 0.055 * length, 0.012), (-0.26 * width, 0.06 * length, depth / 2 + 0.014), BLACK,
                                  2)
    return canonical(parts, frames)


@category("cello", length_m=(1.1, 1.35), synonyms=("violoncello",), rest="z", mass="medium",
          ranges={"width": (0.4, 0.46), "depth": (0.13, 0.17)})
def cello(length: float = 1.2, width: float = 0.43, depth: float = 0.15, pin: float = 0.12) -> Template:
    """A cello upright on its end pin, belly and strings toward the viewer."""
    parts, frames = _fiddle(length, width, depth, (140, 62, 30))
    spike = lathe([(0, -pin), (0.004, -pin + 0.012), (0.006, -pin + 0.02), (0.006, -0.012), (0.016, -0.01), (0.02, 0.02),
                   (0, 0.02)], colour=STEEL)
    foot = Frame.at((0, -pin, 0), (0, -1, 0))
    return canonical({**parts, "end pin": spike}, {**frames, "foot": foot})


@category("violin bow", length_m=(0.6, 0.76), synonyms=("fiddle bow", "bow"), rest="z",
          ranges={"camber": (0.011, 0.016), "high": (0.032, 0.038)})
def violin_bow(length: float = 0.74, camber: float = 0.014, high: float = 0.034, frog: float = 0.045) -> Template:
    """A violin bow along x, its hair below the stick, its frog toward -x."""
    t = np.linspace(0, 1, 25)
    sticks = np.column_stack([t * length, high - camber * np.sin(np.pi * t**0.9), 0 * t])
    stick = tube(sticks, np.linspace(0.0046, 0.0034, 25).tolist(), (120, 52, 28), 12)
    button = tube([(-0.016, high, 0), (0.002, high, 0)], 0.0055, STEEL, 12)
    start, stop = 0.075, length - 0.01
    hair = box((stop - start, 0.0016, 0.009), ((start + stop) / 2, 0.0008, 0), (246, 240, 222))
    heel = hull([(x, y, z) for z in (-0.0062, 0.0062)
                 for x, y in ((start - frog, 0.002), (start, 0), (start, 0.008), (start - 0.008, high - 0.004),
                                                                   (start - frog, high - 0.003))], BLACK)
    head = hull([(x, y, z) for z in (-0.0048, 0.0048)
                 for x, y in ((stop - 0.003, 0), (stop + 0.018, -0.001), (length + 0.002, high + 0.003),
                                                                   (length - 0.02, high - 0.002))], (120, 52, 28))
    eye = cylinder(0.0035, 0.014, (start - frog / 2, 0.5 * high, 0), (0, 0, 1), WHITE, sections=16)
    wrap = tube([(start + 0.001, high - 0.3 * camber, 0), (start + 0.06, high - 0.62 * camber, 0)], 0.0056, (206, 206, 210), 12)
    return canonical(
        {"stick": joined(stick, head), "button": button, "hair": hair, "frog": heel, "eye": eye, "wrapping": wrap},
        {"hair": Frame.at(((start + stop) / 2, 0, 0), (0, -1, 0), ((stop - start) / 2, 0)),
         "handle": Frame.at((start - frog / 2, high / 2, 0), (-1, 0, 0), 0.006),
         "tip": Frame.at((length + 0.003, high, 0), (1, 0, 0))},
    )


@category("drum", length_m=(0.3, 0.5), synonyms=("snare drum", "snare"), symmetry="revolution", mass="medium",
          ranges={"height": (0.18, 0.32)})
def drum(radius: float = 0.18, height: float = 0.24, rods: int = 8) -> Template:
    """A drum with a white head, steel hoops and tension rods about its red shell."""
    shell = cylinder(radius, height - 0.01, (0, height / 2, 0), colour=RED, sections=48)
    heads = [lathe([(0, y), (radius + 0.004, y), (radius + 0.004, y + 0.012), (0, y + 0.012)], colour=SKIN)
             for y in (0.004, height - 0.016)]
    hoops = [_band(radius - 0.001, radius + 0.012, y, y + 0.024, STEEL) for y in (0.0, height - 0.021)]
    spots = [((radius + 0.006) * np.cos(a), height / 2, (radius + 0.006) * np.sin(a))
             for a in np.linspace(0, 2 * np.pi, rods, endpoint=False)]
    poles = repeated(cylinder(0.0035, height - 0.02, colour=STEEL, sections=10), spots)
    lugs = repeated(ball((0.011, 0.16 * height, 0.011), colour=(206, 210, 216), subdivisions=1), spots)
    return canonical(
        {"shell": shell, "heads": joined(*heads), "hoops": joined(*hoops), "rods": poles, "lugs": lugs},
        {"surface": Frame.at((0, height - 0.004, 0), half=0.95 * radius),
         "top": Frame.at((0, height - 0.004, 0), half=0.95 * radius),
         "foot": Frame.at((0, 0, 0), (0, -1, 0), radius)},
    )


@category("drumstick", length_m=(0.35, 0.42), synonyms=("drum stick",), rest="y", symmetry="revolution about x",
          mass="featherlight",
          ranges={"bead": (0.0055, 0.008)})
def drumstick(length: float = 0.4, radius: float = 0.0078, bead: float = 0.0065, dipped: bool = False) -> Template:
    """A wooden drumstick along x, its bead toward +x."""
    tip = [(0.0035, length - 0.024), (0.004, length - 0.021), (bead, length - 0.012), (0.8 * bead, length - 0.003),
           (0.4 * bead, length)]
    stick = lathe([(0, 0), (0.75 * radius, 0.001), (radius, 0.006), (radius, 0.66 * length), *tip, (0, length)],
                  colour=(220, 178, 116))
    dip = {"grip": turned(lathe([(0, -0.0008), (0.8 * radius, -0.0006), (1.05 * radius, 0.005), (1.05 * radius, 0.3 * length),
                                 (0, 0.3 * length)],
                                colour=RED), *UP_TO_X)} if dipped else {}
    return canonical({"stick": turned(stick, *UP_TO_X), **dip},
                     {"tip": Frame.at((length, 0, 0), (1, 0, 0), bead),
                      "handle": Frame.at((0.15 * length, 0, 0), (-1, 0, 0), radius)})


@category("cymbal", length_m=(0.6, 1.0), synonyms=("crash cymbal", "ride cymbal"), symmetry="3-fold", mass="medium",
          ranges={"radius": (0.19, 0.26)})
def cymbal(height: float = 0.8, radius: float = 0.22, spread: float = 0.2, dome: float = 0.02) -> Template:
    """A brass cymbal level on a tripod stand."""
    bell, wall = 0.24 * radius, 0.003
    upper = [(radius, 0.0), (0.7 * radius, 0.5 * dome), (bell, dome), (0.8 * bell, dome + 0.012), (0.4 * bell, dome + 0.022)]
    disc = lathe([(0, dome + 0.022 - wall), *[(r, h - wall) for r, h in upper[::-1]], *upper, (0, dome + 0.024)], (0, height, 0),
                 BRASS, 64)
    rings = [_band(r - 0.001, r + 0.001, height + h, height + h + 0.0012, (168, 124, 52))
             for r, h in ((0.85 * radius, 0.24 * dome), (0.7 * radius, 0.5 * dome))]
    pole = joined(tube([(0, 0.1, 0), (0, 0.55 * height, 0)], 0.012, STEEL),
                  tube([(0, 0.5 * height, 0), (0, height + dome + 0.05, 0)], 0.007, STEEL))
    nut = joined(cylinder(0.016, 0.02, (0, 0.55 * height, 0), colour=DARK),
                 box((0.035, 0.008, 0.008), (0, height + dome + 0.045, 0), STEEL),
                 cylinder(0.02, 0.012, (0, height + dome + 0.028, 0), colour=DARK))
    return canonical(
        {"cymbal": disc, "grooves": joined(*rings), "pole": pole, "nuts": nut, "legs": _tripod(spread, 0.32, 0.009, STEEL)},
        {"surface": Frame.at((0, height + 0.5 * dome, 0), half=0.9 * radius), "foot": Frame.at((0, 0, 0), (0, -1, 0), spread)},
    )


@category("xylophone", length_m=(0.32, 0.55), synonyms=("marimba",), fronted=True, mass="medium",
          ranges={"bars": (7, 9)})
def xylophone(pitch: float = 0.05, long: float = 0.24, short: float = 0.13, bars: int = 8) -> Template:
    """A toy xylophone, its coloured bars across two wooden rails, the long low ones at the left."""
    xs, lengths, top = (np.arange(bars) - (bars - 1) / 2) * pitch, np.linspace(long, short, bars), 0.062
    plates = [rounded((0.82 * pitch, 0.014, z), 0.004, (x, top - 0.007, 0), RAINBOW[k % 8], 2)
              for k, (x, z) in enumerate(zip(xs, lengths, strict=True))]
    ends, reach = (xs[0] - 0.7 * pitch, xs[-1] + 0.7 * pitch), (0.29 * long, 0.29 * short)
    rails = [lofted([oblong((x, top - 0.031, s * z), (0, 0.018, 0), (0, 0, 0.011)) for x, z in zip(ends, reach, strict=True)],
                    WOOD) for s in (-1, 1)]
    feet = [box((0.03, 0.02, 2.5 * z), (x, 0.01, 0), DEEP_WOOD)
            for x, z in zip((0.92 * ends[0], 0.92 * ends[1]), reach, strict=True)]
    posts = [box((0.024, 0.03, 0.018), (x, 0.025, s * z), DEEP_WOOD)
             for x, z in zip((0.92 * ends[0], 0.92 * ends[1]), reach, strict=True) for s in (-1, 1)]
    screws = repeated(cylinder(0.006, 0.006, colour=STEEL, sections=12),
                      [(x, top, s * 0.29 * z) for x, z in zip(xs, lengths, strict=True) for s in (-1, 1)])
    return canonical(
        {"bars": joined(*plates), "rails": joined(*rails), "feet": joined(*feet, *posts), "screws": screws},
        {"surface": Frame.at((0, top, 0), half=(float(xs[-1]) + 0.4 * pitch, 0.45 * short))},
    )


def _keys(width: float, white: int, low: float, depth: float, back: float) -> dict[str, trimesh.Trimesh]:
    """A row of piano keys along x from z = back forward, their tops at height low + 0.02."""
    pitch = width / white
    ivory = repeated(box((0.9 * pitch, 0.02, depth), colour=WHITE),
                     [((k + 0.5) * pitch - width / 2, low + 0.01, back + depth / 2) for k in range(white)])
    sharps = [k for k in range(1, white) if k % 7 not in (0, 3)]
    ebony = repeated(box((0.5 * pitch, 0.014, 0.62 * depth), colour=BLACK),
                     [(k * pitch - width / 2, low + 0.025, back + 0.31 * depth) for k in sharps])
    return {"white keys": ivory, "black keys": ebony}


@category("piano", length_m=(1.35, 1.6), synonyms=("upright piano",), fronted=True, mass="heavy",
          ranges={"keys": (28, 36), "height": (1.1, 1.3)})
def piano(width: float = 1.48, height: float = 1.2, depth: float = 0.6, keys: int = 32, music_desk: bool = True) -> Template:
    """An upright piano, its keys toward the viewer."""
    case, shelf, back = (74, 40, 28), 0.66, -depth / 2
    z, deep = depth / 2, 0.55 * depth
    cabinet = box((width, height - 0.03, deep), (0, (height - 0.03) / 2, back + deep / 2), case)
    lid = rounded((width + 0.03, 0.035, deep + 0.03), 0.012, (0, height - 0.0175, back + deep / 2 + 0.01), (92, 50, 34), 3)
    front = back + deep
    bed = box((width, 0.09, z - front), (0, shelf - 0.045, (z + front) / 2), case)
    cheeks = [rounded((0.07, 0.22, z - front + 0.02), 0.02, (s * (width / 2 - 0.035), shelf + 0.02, (z + front) / 2 - 0.01), case,
                      3) for s in (-1, 1)]
    legs = [lofted([oblong((s * (width / 2 - 0.05), y, z - 0.05), (r, 0, 0), (0, 0, r))
                    for y, r in ((0.0, 0.035), (0.06, 0.028), (0.3, 0.04), (shelf - 0.06, 0.03), (shelf - 0.04, 0.045))],
                    case) for s in (-1, 1)]
    plinth = [box((0.1, 0.06, depth), (s * (width / 2 - 0.05), 0.03, 0), case) for s in (-1, 1)]
    panels = [box((0.44 * width, h, 0.012), (s * 0.24 * width, y, front), (92, 50, 34)) for s in (-1, 1)
              for y, h in ((0.33, 0.36), ((height + 0.85) / 2, 0.6 * (height - 0.85)))]
    pedals = [box((0.05, 0.015, 0.12), (x, 0.06, front + 0.05), BRASS) for x in (-0.09, 0, 0.09)]
    notes = _keys(width - 0.16, keys, shelf, 0.8 * (z - front), front + 0.08 * (z - front))
    desk = {"music desk": turned(rounded((0.6, 0.24, 0.015), 0.006, (0, 0.96, front + 0.05), (120, 70, 44), 2), -10, (1, 0, 0),
                                 (0, 0.84, front + 0.05)),
            "sheet music": turned(box((0.36, 0.2, 0.006), (0, 0.95, front + 0.062), WHITE), -10, (1, 0, 0),
                                  (0, 0.84, front + 0.05))} if music_desk else {}
    return canonical(
        {"case": joined(cabinet, bed, *cheeks, *plinth), "lid": lid, "legs": joined(*legs), "panels": joined(*panels),
         "pedals": joined(*pedals), **notes, **desk},
        {"surface": Frame.at((0, height, back + deep / 2), half=(width / 2, deep / 2)),
         "clearance": Frame.at((0, shelf - 0.09, (z + front) / 2), (0, -1, 0), (width / 2 - 0.1, (z - front) / 2))},
    )


@category("synthesizer", length_m=(0.6, 1.1), synonyms=("electric piano", "synth", "digital piano", "electronic keyboard"),
          fronted=True, mass="medium",
          ranges={"keys": (20, 28), "width": (0.8, 1.0)})
def synthesizer(width: float = 0.9, depth: float = 0.29, keys: int = 24, pads: bool = True) -> Template:
    """An electronic keyboard lying flat: piano keys in front, knobs and a display behind them."""
    case = box((width, 0.045, depth), (0, 0.0225, 0), DARK)
    deck, z = 0.4 * depth, depth / 2
    panel = hull([(s * width / 2, y, -z + d) for s in (-1, 1) for y, d in ((0.04, 0), (0.04, deck), (0.07, deck), (0.09, 0))],
                 (48, 50, 56))
    cheeks = [rounded((0.04, 0.072, depth), 0.014, (s * width / 2, 0.036, 0), RED, 3) for s in (-1, 1)]
    tilt = np.degrees(np.arctan2(0.02, deck))

    def on_panel(part: trimesh.Trimesh, x: float, down: float) -> trimesh.Trimesh:
        turned(part, tilt, (1, 0, 0))
        part.apply_translation((x, 0.09 - 0.02 * down, -z + down * deck))
        return part

    knobs = [on_panel(cylinder(0.011, 0.022, colour=(200, 202, 206), sections=16), x * width, d)
             for x in np.linspace(-0.42, -0.16, 6) for d in (0.3, 0.7)]
    screen = on_panel(box((0.16 * width, 0.006, 0.62 * deck), colour=(120, 196, 220)), 0, 0.5)
    squares = [on_panel(box((0.03, 0.012, 0.03), colour=RAINBOW[k % 8]), (0.17 + 0.045 * (k % 6)) * width, 0.3 + 0.4 * (k // 6))
               for k in range(12)]
    return canonical(
        {"case": case, "panel": panel, "cheeks": joined(*cheeks), "knobs": joined(*knobs), "display": screen,
         **_keys(width - 0.05, keys, 0.042, depth - deck - 0.014, -z + deck + 0.004),
         **({"pads": joined(*squares)} if pads else {})},
        {"surface": Frame.at((0, 0.062, z - 0.3 * depth), half=(width / 2 - 0.03, 0.25 * depth))},
    )


@category("microphone", length_m=(0.15, 0.24), synonyms=("mic", "mike"), rest="x", symmetry="revolution",
          ranges={"head": (0.023, 0.029)})
def microphone(length: float = 0.19, head: float = 0.026, foot: float = 0.011, switch: bool = True) -> Template:
    """A hand microphone standing on its end, its wire mesh head up."""
    low = length - 2 * head + 0.006
    grip = lathe([(0, 0), (0.85 * foot, 0), (foot, 0.004), (foot, 0.012), (1.05 * foot, 0.03), (0.72 * head, low - 0.004),
                  (0.9 * head, low + 0.008), (0, low + 0.008)],
                 colour=(52, 54, 60))
    a = np.radians(np.linspace(-62, 90, 24))
    ridge = 1 + 0.018 * (np.arange(24) % 2)
    bulb = list(zip(head * ridge * np.cos(a), length - head + head * np.sin(a), strict=True))[:-1]
    mesh = lathe([(0, length - 1.88 * head), *bulb, (0, length)], colour=(168, 172, 178))
    band = lathe([(0, -0.0045), (1.06 * head, -0.0045), (1.08 * head, 0), (1.06 * head, 0.0045), (0, 0.0045)],
                 (0, length - head, 0), (110, 114, 122))
    button = {"switch": box((0.008, 0.022, 0.006), (0, 0.62 * low, 0.7 * head - 0.0035), (190, 60, 50))} if switch else {}
    return canonical({"grip": grip, "mesh": mesh, "band": band, **button},
                     {"foot": Frame.at((0, 0, 0), (0, -1, 0), foot), "nose": Frame.at((0, length, 0), (0, 1, 0), head),
                      "handle": Frame.at((0, 0.4 * low, 0), (0, -1, 0), foot)})


@category("microphone stand", length_m=(0.9, 1.6), synonyms=("mic stand", "mike stand"), symmetry="revolution", mass="medium")
def microphone_stand(height: float = 1.3, base: float = 0.15, pole: float = 0.011) -> Template:
    """A straight microphone stand on a round iron foot, with a clip at its top."""
    foot = lathe([(0, 0), (base, 0), (base, 0.012), (0.9 * base, 0.02), (0.16 * base, 0.034), (0, 0.034)], colour=BLACK)
    rods = joined(cylinder(1.35 * pole, 0.55 * height, (0, 0.275 * height + 0.02, 0), colour=STEEL),
                  cylinder(pole, 0.45 * height, (0, 0.74 * height, 0), colour=STEEL))
    clutch = lathe([(0, -0.05), (1.7 * pole, -0.05), (2.1 * pole, -0.03), (2.1 * pole, 0.02), (1.4 * pole, 0.035), (0, 0.035)],
                   (0, 0.56 * height, 0), BLACK)
    clip = lathe([(0, -0.05), (1.1 * pole, -0.05), (1.3 * pole, -0.03), (1.9 * pole, -0.008), (2.0 * pole, 0), (0, 0)],
                 (0, height, 0), BLACK)
    return canonical({"foot": foot, "pole": rods, "clutch": clutch, "clip": clip},
                     {"mount": Frame.at((0, height, 0), half=2 * pole), "foot": Frame.at((0, 0, 0), (0, -1, 0), base)})


@category("trumpet", length_m=(0.42, 0.56), synonyms=("bugle", "cornet"), rest="z", mass="medium",
          ranges={"bell": (0.055, 0.068), "valves": (3, 4)})
def trumpet(length: float = 0.5, bell: float = 0.06, loop: float = 0.055, valves: int = 3) -> Template:
    """A brass trumpet held level, its bell toward +x, its valves up."""
    t = np.linspace(0, 1, 20)
    flare = 0.0065 + 0.012 * t**2 + (bell - 0.0185) * t**9
    horn = [(r, 0.42 * length + 0.58 * length * x) for x, r in zip(t, flare, strict=True)]
    funnel = lathe([(0, 0.42 * length + 0.1), *[(r - 0.0025, y) for r, y in horn if y > 0.42 * length + 0.12],
                    (bell - 0.001, length + 0.002), *horn[::-1], (0, 0.42 * length)], colour=BRASS)
    cone = turned(funnel, *UP_TO_X)
    cone.apply_translation((0, 0.03, 0))
    low = 0.03 - loop
    left = arc((0.13, 0.03 - loop / 2, 0), loop / 2, 90, 270, "xy", 12)
    main = tube([(0.42 * length + 0.01, 0.03, 0), *left, (0.42 * length, low, 0)], 0.0065, BRASS, 12)
    right = arc((0.66 * length, 0.025 - loop / 2, 0.022), loop / 2, 90, -90, "xy", 12)
    lead = tube([(0.0, 0.025, 0.022), *right, (0.45 * length, 0.025 - loop, 0.022)], 0.006, (214, 176, 96), 12)
    mouth = turned(lathe([(0, -0.045), (0.009, -0.045), (0.0135, -0.042), (0.0135, -0.036), (0.007, -0.018), (0.0055, 0.02),
                          (0, 0.02)], colour=STEEL), *UP_TO_X)
    mouth.apply_translation((0.0, 0.025, 0.022))
    xs = 0.42 * length + 0.032 * (np.arange(valves) - (valves - 1) / 2)
    cases = repeated(cylinder(0.0135, 0.125, colour=BRASS, sections=20), [(x, 0.01, 0.01) for x in xs])
    stems = repeated(cylinder(0.004, 0.035, colour=STEEL, sections=10), [(x, 0.082, 0.01) for x in xs])
    buttons = repeated(cylinder(0.01, 0.006, colour=WHITE, sections=20), [(x, 0.1, 0.01) for x in xs])
    caps = repeated(cylinder(0.015, 0.012, colour=(150, 112, 50), sections=20),
                    [(x, y, 0.01) for x in xs for y in (-0.052, 0.07)])
    return canonical(
        {"bell": cone, "tubing": joined(main, lead), "valves": joined(cases, caps), "buttons": joined(stems, buttons),
         "mouthpiece": mouth},
        {"nose": Frame.at((length, 0.03, 0), (1, 0, 0), 0.75 * bell), "tip": Frame.at((-0.045, 0.025, 0.022), (-1, 0, 0)),
         "handle": Frame.at((0.42 * length, 0, 0.01), (0, -1, 0), 0.02)},
    )


@category("flute", length_m=(0.56, 0.7), synonyms=("transverse flute",), rest="y", symmetry="revolution about x",
          ranges={"keys": (11, 14)})
def flute(length: float = 0.66, radius: float = 0.0095, keys: int = 12) -> Template:
    """A silver flute along x, its keys on top, its mouth hole toward -x."""
    pipe = turned(cylinder(radius, length, colour=(200, 204, 212)), *UP_TO_X)
    pipe.apply_translation((length / 2, 0, 0))
    collars = repeated(turned(cylinder(1.22 * radius, 0.014, colour=STEEL), *UP_TO_X),
                       [(x * length, 0, 0) for x in (0.007, 0.34, 0.84, 0.992)])
    lip = joined(ball((0.022, 0.35 * radius, 1.1 * radius), (0.14 * length, 0.9 * radius, 0), (212, 216, 222), 2),
                 ball((0.006, 0.2 * radius, 0.0045), (0.14 * length, 1.2 * radius, 0), BLACK, 1))
    xs = np.concatenate([np.linspace(0.4, 0.81, keys - 2), [0.88, 0.94]]) * length
    cups = repeated(cylinder(0.85 * radius, 0.004, colour=(226, 228, 232), sections=20), [(x, 1.32 * radius, 0) for x in xs])
    posts = repeated(cylinder(0.3 * radius, 0.5 * radius, colour=STEEL, sections=10), [(x, 1.05 * radius, 0) for x in xs])
    rod = tube([(0.38 * length, 0.95 * radius, 0.9 * radius), (0.82 * length, 0.95 * radius, 0.9 * radius)], 0.0022, STEEL, 8)
    return canonical({"pipe": pipe, "collars": collars, "lip plate": lip, "keys": joined(cups, posts), "rod": rod},
                     {"tip": Frame.at((length, 0, 0), (1, 0, 0), radius),
                      "handle": Frame.at((0.5 * length, radius, 0), half=(0.1, radius))})


@category("tambourine", length_m=(0.2, 0.3), synonyms=("timbrel",), symmetry="revolution",
          ranges={"jingles": (6, 9)})
def tambourine(radius: float = 0.12, height: float = 0.045, jingles: int = 8) -> Template:
    """A tambourine lying skin up, pairs of jingles in its wooden hoop."""
    hoop = joined(_band(radius - 0.009, radius, 0, 0.28 * height, WOOD),
                  _band(radius - 0.009, radius, 0.72 * height, height - 0.001, WOOD))
    head = lathe([(0, height - 0.003), (radius - 0.002, height - 0.003), (radius + 0.001, height - 0.006),
                  (radius + 0.001, height), (0, height)], colour=SKIN)
    angles = np.linspace(0, 2 * np.pi, jingles, endpoint=False)
    gap = np.pi / jingles
    posts = [lofted([[((r) * np.cos(a + d), y, r * np.sin(a + d))
                      for r, d in ((radius - 0.009, -0.55 * gap), (radius - 0.009, 0.55 * gap), (radius, 0.55 * gap),
                                   (radius, -0.55 * gap))]
                     for y in (0.2 * height, 0.8 * height)], WOOD) for a in angles + gap]
    spots = [((radius - 0.0045) * np.cos(a), height / 2 + y, (radius - 0.0045) * np.sin(a)) for a in angles
             for y in (-0.0045, 0.0045)]
    discs = repeated(lathe([(0, -0.001), (0.02, -0.001), (0.02, 0), (0.008, 0.003), (0, 0.003)], colour=(222, 196, 110),
                           sections=20), spots)
    pins = repeated(cylinder(0.0015, 0.6 * height, colour=STEEL, sections=8), spots[::2])
    tacks = repeated(ball(0.0035, colour=BRASS, subdivisions=1),
                     [((radius + 0.001) * np.cos(a), 0.86 * height, (radius + 0.001) * np.sin(a))
                      for a in np.linspace(0, 2 * np.pi, 24, endpoint=False)])
    return canonical({"hoop": joined(hoop, *posts), "head": head, "jingles": discs, "pins": pins, "tacks": tacks},
                     {"surface": Frame.at((0, height, 0), half=0.95 * radius)})


@category("speaker", length_m=(0.4, 1.1), synonyms=("loudspeaker", "stereo speaker"), fronted=True, mass="medium",
          ranges={"height": (0.42, 0.8), "width": (0.22, 0.28)})
def speaker(height: float = 0.55, width: float = 0.25, depth: float = 0.26, tweeters: int = 1) -> Template:
    """A loudspeaker box, its cones toward the viewer."""
    front, big = depth / 2, 0.4 * width
    case = rounded((width, height, depth), 0.012, (0, height / 2, 0), (96, 60, 40), 2)
    panel = box((width - 0.016, height - 0.016, 0.012), (0, height / 2, front), (40, 41, 45))
    small = min(0.17 * width, 0.3 * (height - 2.4 * big) / tweeters)
    spots = [(1.25 * big, big)] + [(2.3 * big + small + (height - 2.3 * big - 0.03) / tweeters * k, small)
                                   for k in range(tweeters)]

    def driver(y: float, r: float) -> trimesh.Trimesh:
        frame = turned(_band(0.88 * r, r, 0, 0.012, STEEL), 90, (1, 0, 0))
        edge = turned(lathe([(0, 0), (0.9 * r, 0), (0.9 * r, 0.006), (0.82 * r, 0.011), (0.74 * r, 0.006), (0.3 * r, 0.003),
                             (0, 0.003)], colour=(24, 24, 27)), 90, (1, 0, 0))
        cap = ball((0.28 * r, 0.28 * r, 0.12 * r), (0, 0, 0.004), (86, 88, 96), 2)
        return joined(frame, edge, cap).apply_translation((0, y, front + 0.004))

    port = turned(_band(0.02, 0.026, 0, 0.008, STEEL), 90, (1, 0, 0)).apply_translation((0.36 * width, 0.03, front + 0.004))
    return canonical({"case": case, "panel": panel, "drivers": joined(*(driver(*spot) for spot in spots)), "port": port},
                     {"surface": Frame.at((0, height, 0), half=(width / 2, depth / 2)),
                      "centre": Frame.at((0, height / 2, front), (0, 0, 1))})


@category("music stand", length_m=(0.9, 1.5), synonyms=("sheet music stand",), fronted=True,
          ranges={"height": (1.0, 1.3)})
def music_stand(height: float = 1.15, width: float = 0.5, tilt: float = 22.0, sheets: bool = True) -> Template:
    """A music stand: a leaning desk that faces the viewer on a tripod."""
    tall, low = 0.34, height - 0.3
    hinge: Point = (0, low, 0.02)
    desk = box((width, tall, 0.008), (0, low + tall / 2 - 0.06, 0.02), BLACK)
    ledge = box((width, 0.012, 0.06), (0, low - 0.06, 0.05), BLACK)
    lip = box((width, 0.03, 0.006), (0, low - 0.05, 0.08), BLACK)
    board = turned(joined(desk, ledge, lip), -tilt, (1, 0, 0), hinge)
    paper = [turned(box((0.21, 0.28, 0.004), (x, low - 0.055 + 0.14, 0.027), WHITE), -tilt, (1, 0, 0), hinge)
             for x in (-0.107, 0.107)]
    lines = [turned(box((0.17, 0.006, 0.005), (x, low - 0.01 + 0.045 * k, 0.0275), (90, 92, 98)), -tilt, (1, 0, 0), hinge)
             for x in (-0.107, 0.107) for k in range(5)]
    pole = joined(tube([(0, 0.12, 0), (0, 0.6 * height, 0)], 0.013, BLACK),
                  tube([(0, 0.5 * height, 0), (0, low + 0.05, 0)], 0.009, STEEL))
    page = {"sheets": joined(*paper), "staves": joined(*lines)} if sheets else {}
    return canonical({"desk": board, "pole": pole, "legs": _tripod(0.26, 0.3, 0.009, BLACK), **page},
                     {"foot": Frame.at((0, 0, 0), (0, -1, 0), 0.26),
                      "screen": Frame.at((0, low + 0.1, 0.0), (0, float(np.sin(np.radians(tilt))),
                                                               float(np.cos(np.radians(tilt)))), (0.5 * width, 0.1))})


@category("hand bell", length_m=(0.1, 0.2), synonyms=("handbell", "bell", "school bell"), symmetry="revolution",
          ranges={"mouth": (0.038, 0.052)})
def hand_bell(height: float = 0.15, mouth: float = 0.045, handle: float = 0.075, wall: float = 0.003) -> Template:
    """A brass hand bell standing on its mouth, its wooden handle up."""
    top = height - handle
    t = np.array([0, 0.1, 0.3, 0.6, 0.85, 1.0])
    r = np.array([1.0, 0.84, 0.68, 0.58, 0.48, 0.25]) * mouth
    outside = list(zip(r, t * top, strict=True))
    cup = lathe([(0, top - 2 * wall), *[(max(x - wall, 0.2 * x), y - (wall if y > 0.8 * top else 0)) for x, y in outside[::-1]],
                 *outside, (0, top)], colour=BRASS)
    grip = lathe([(0, top - 0.004), (0.008, top - 0.004), (0.0095, top + 0.008), (0.006, top + 0.016),
                  (0.0085, top + 0.4 * handle), (0.0115, top + 0.7 * handle),
                  (0.0105, height - 0.008), (0.005, height), (0, height)], colour=DEEP_WOOD)
    clapper = joined(tube([(0, top - wall, 0), (0, 0.2 * top, 0)], 0.0015, STEEL, 8),
                     ball(0.18 * mouth, (0, 0.2 * top, 0), DARK, 2))
    return canonical({"bell": cup, "handle": grip, "clapper": clapper},
                     {"handle": Frame.at((0, height, 0), (0, 1, 0), 0.01)})


@category("maraca", length_m=(0.2, 0.3), synonyms=("rumba shaker",), rest="x", symmetry="revolution",
          ranges={"head": (0.036, 0.048)})
def maraca(length: float = 0.25, head: float = 0.042, handle: float = 0.0095, stripes: int = 3) -> Template:
    """A maraca, its rattling head up."""
    low, tall = length - 2.5 * head, 2.5 * head
    a = np.radians(np.linspace(-80, 90, 20))
    shell = [(head * np.cos(x), length - tall / 2 + tall / 2 * np.sin(x)) for x in a[:-1]]
    gourd = lathe([(0, shell[0][1]), *shell, (0, length)], colour=RED)
    for k in range(stripes):
        y = length - tall * (0.25 + 0.2 * k)
        r = head * np.sqrt(1 - ((y - length + tall / 2) / (tall / 2)) ** 2)
        gourd = joined(gourd, lathe([(0, y - 0.004), (r + 0.0012, y - 0.004), (r + 0.0012, y + 0.004), (0, y + 0.004)],
                                    colour=(YELLOW, GREEN, BLUE, WHITE)[k % 4]))
    stick = lathe([(0, 0), (1.2 * handle, 0), (1.35 * handle, 0.006), (handle, 0.014), (0.85 * handle, 0.5 * low),
                   (handle, low + 0.01), (0, low + 0.01)], colour=PALE_WOOD)
    return canonical({"gourd": gourd, "handle": stick},
                     {"handle": Frame.at((0, 0.5 * low, 0), (0, -1, 0), handle), "head": Frame.at((0, length, 0))})


@category("metronome", length_m=(0.18, 0.26), synonyms=("mechanical metronome",), fronted=True)
def metronome(height: float = 0.22, width: float = 0.115, slim: float = 0.4, swing: float = 14.0) -> Template:
    """A pyramid metronome, its pendulum before the scale on its front."""
    half = width / 2
    case = lofted([oblong((0, y, -s), (half * k, 0, 0), (0, 0, half * k))
                   for y, k, s in ((0.016, 1, 0), (height - 0.012, slim, 0), (height, 0.7 * slim, 0))], (116, 62, 36))
    base = rounded((width + 0.014, 0.018, width + 0.014), 0.006, (0, 0.011, 0), DEEP_WOOD, 2)
    feet = repeated(cylinder(0.008, 0.006, colour=BRASS, sections=16), corners(half - 0.008, 0.003, half - 0.008))
    slope = float(np.degrees(np.arctan2(half * (1 - slim), height - 0.028)))
    low, tall = 0.05, height - 0.075

    def on_front(part: trimesh.Trimesh, lift: float) -> trimesh.Trimesh:
        part.apply_translation((0, 0, half + lift))
        return turned(part, -slope, (1, 0, 0), (0, 0.016, half))

    scale = on_front(box((0.34 * width, tall, 0.004), (0, low + tall / 2, 0), (228, 214, 176)), 0.001)
    marks = on_front(repeated(box((0.2 * width, 0.002, 0.005), colour=BLACK), [(0, low + tall * k / 9, 0) for k in range(1, 9)]),
                     0.001)
    rod = turned(box((0.004, tall + 0.02, 0.003), (0, low + tall / 2, 0), STEEL), swing, (0, 0, 1), (0, low - 0.01, 0))
    bob = turned(hull([(x, low + 0.72 * tall + y, z)
                       for x, y in ((-0.014, 0.014), (0.014, 0.014), (0.009, -0.012), (-0.009, -0.012)) for z in (-0.004, 0.004)],
                       BRASS), swing, (0, 0, 1), (0, low - 0.01, 0))
    key = cylinder(0.012, 0.02, (half * 0.85, 0.07, 0), (1, 0, 0), BRASS, sections=16)
    return canonical({"case": case, "base": base, "feet": feet, "scale": scale, "marks": marks,
                      "pendulum": on_front(joined(rod, bob), 0.007), "key": key},
                     {"top": Frame.at((0, height, 0), half=0.7 * slim * half), "centre": Frame.at((0, height / 2, 0))})


@category("record player", length_m=(0.38, 0.5), synonyms=("turntable", "phonograph"), fronted=True, mass="medium")
def record_player(width: float = 0.45, depth: float = 0.35, height: float = 0.11, record: bool = True) -> Template:
    """A record player, its arm at the right of a round platter."""
    case = rounded((width, height - 0.03, depth), 0.012, (0, (height - 0.03) / 2 + 0.012, 0), WOOD, 3)
    feet = repeated(cylinder(0.02, 0.016, colour=BLACK, sections=20), corners(width / 2 - 0.05, 0.008, depth / 2 - 0.05))
    top, r, x = height - 0.018, 0.42 * depth, -0.5 * width + 0.5 * depth
    deck = box((width - 0.02, 0.004, depth - 0.02), (0, top, 0), (46, 47, 52))
    platter = cylinder(1.02 * r, 0.014, (x, top + 0.008, 0), colour=STEEL, sections=48)
    disc = joined(cylinder(r, 0.004, (x, top + 0.017, 0), colour=(22, 22, 25), sections=48),
                  cylinder(0.34 * r, 0.0052, (x, top + 0.017, 0), colour=RED)) if record else \
        cylinder(r, 0.004, (x, top + 0.017, 0), colour=(84, 86, 92), sections=48)
    grooves = [_band(k * r, (k + 0.012) * r, top + 0.018, top + 0.0197, (66, 66, 72)).apply_translation((x, 0, 0))
               for k in (0.5, 0.66, 0.82, 0.95)]
    pin = cylinder(0.004, 0.02, (x, top + 0.022, 0), colour=STEEL, sections=12)
    post: Point = (0.5 * width - 0.055, top, -0.5 * depth + 0.075)
    arm = joined(cylinder(0.03, 0.012, (post[0], top + 0.006, post[2]), colour=STEEL),
                 cylinder(0.013, 0.04, (post[0], top + 0.022, post[2]), colour=DARK),
                 tube(smooth([(post[0], top + 0.036, post[2] - 0.04), (post[0], top + 0.036, post[2] + 0.1),
                              (x + 0.72 * r, top + 0.03, 0.55 * r)], 14), 0.004, STEEL, 10),
                 cylinder(0.013, 0.03, (post[0], top + 0.036, post[2] - 0.04), (0, 0, 1), DARK))
    shell = turned(box((0.016, 0.012, 0.032), (0, 0, 0), BLACK), -30,
                   (0, 1, 0)).apply_translation((x + 0.7 * r, top + 0.027, 0.6 * r))
    knob = cylinder(0.018, 0.02, (0.5 * width - 0.05, top + 0.01, 0.5 * depth - 0.05), colour=STEEL)
    return canonical(
        {"case": case, "feet": feet, "deck": deck, "platter": platter, "record": disc,
         **({"grooves": joined(*grooves)} if record else {}), "pin": pin, "arm": joined(arm, shell), "knob": knob},
        {"surface": Frame.at((x, top + 0.0196, 0), half=0.95 * r)},
    )


@category("harmonica", length_m=(0.09, 0.15), synonyms=("mouth organ",), rest="y", symmetry="half-turn about x",
          ranges={"holes": (8, 12)})
def harmonica(length: float = 0.11, depth: float = 0.028, height: float = 0.024, holes: int = 10) -> Template:
    """A harmonica along x, its row of holes toward the viewer."""
    comb = box((0.97 * length, 0.4 * height, depth), (0, height / 2, 0), RED)
    plates = [hull([(sx * length / 2 * k, height / 2 + s * y * height, z * depth) for sx in (-1, 1) for y, z, k in (
        (0.16, 0.47, 1.0), (0.16, -0.47, 1.0), (0.5, 0.28, 0.93), (0.5, -0.34, 0.93))], (204, 208, 214)) for s in (-1, 1)]
    pitch = 0.9 * length / holes
    slots = repeated(box((0.6 * pitch, 0.26 * height, 0.004), colour=(20, 20, 22)),
                     [((k - (holes - 1) / 2) * pitch, height / 2, depth / 2) for k in range(holes)])
    return canonical({"comb": comb, "covers": joined(*plates), "holes": slots},
                     {"handle": Frame.at((0, height, 0), half=(0.3 * length, 0.2 * depth)),
                      "nose": Frame.at((0, height / 2, depth / 2), (0, 0, 1))})


@category("triangle", length_m=(0.14, 0.24), synonyms=("musical triangle",), rest="z", stretch=0.04)
def triangle(side: float = 0.19, thick: float = 0.0052, gap: float = 0.02) -> Template:
    """A steel triangle, the instrument, upright with its open corner at the left."""
    tall, bend = side * 3**0.5 / 2, 0.012
    knots = [(-side / 2 + gap, 0, 0), (side / 2 - bend, 0, 0), (side / 2 - 0.2 * bend, 0.5 * bend, 0),
             (side / 2 - 0.6 * bend, 1.2 * bend, 0), (0.6 * bend, tall - 1.2 * bend, 0), (0, tall - 0.6 * bend, 0),
             (-0.6 * bend, tall - 1.2 * bend, 0), (-side / 2 + 0.4 * bend, 0.8 * bend, 0)]
    bar = tube(knots, thick, (196, 200, 208), 12)
    loop = tube(arc((0, tall + 0.012, 0), 0.022, 280, 620, "xy", 24), 0.0014, RED, 8)
    return canonical({"bar": bar, "loop": loop},
                     {"hang": Frame.at((0, tall + 0.034, 0)), "centre": Frame.at((0, tall / 3, 0), (0, 0, 1))})
