"""What stands on a kitchen table: vessels that pour and hold, tools that cut, and things to eat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import trimesh

from oor.catalog.category import category
from oor.catalog.solids import (
    BLUE,
    BRASS,
    DARK,
    GLASS,
    PALE_WOOD,
    PORCELAIN,
    RED,
    SOOT,
    STEEL,
    WHITE,
    WOOD,
    Colour,
    Point,
    arc,
    ball,
    banded,
    cylinder,
    hull,
    joined,
    lathe,
    leaf,
    sheet,
    slab,
    smooth,
    strap,
    tinted,
    tube,
    turned,
)
from oor.catalog.template import Frame, Template, canonical
from oor.catalog.vessels import vessel

BARK: Colour = (96, 66, 42)


def _mouth(point: Point, axis: Point, radius: float) -> trimesh.Trimesh:
    """The dark hole in the end of a spout."""
    return cylinder(radius, radius / 4, point, axis, SOOT, sections=20)


@category("teapot", length_m=(0.2, 0.28), synonyms=("tea pot",))
def teapot(belly: float = 0.088, spout: float = 0.165) -> Template:
    """A round porcelain teapot: lid with a knob, curved spout, ear handle."""
    body = lathe([(0, 0), (0.05, 0), (0.052, 0.006), *smooth([(0.05, 0.009), (0.98 * belly, 0.05),
                  (0.96 * belly, 0.085), (0.052, 0.128), (0.044, 0.133)], 26), (0, 0.133)])
    body = banded(body, 0.06, 0.078, BLUE)
    lid = lathe([(0, 0.13), (0.047, 0.13), (0.048, 0.136), *smooth([(0.044, 0.138), (0.028, 0.15), (0.007, 0.155)], 8),
                 (0.006, 0.16), (0.012, 0.165), (0.0145, 0.172), (0.011, 0.179), (0, 0.182)])
    lid = banded(lid, 0.1605, 0.19, BLUE)
    path = smooth([(0.06, 0.046, 0), (0.108, 0.058, 0), (0.13, 0.1, 0), (spout, 0.139, 0)], 18)
    neck = tube(path, np.linspace(0.029, 0.0095, 18).tolist())
    flow = path[-1] - path[-2]
    lip: Point = tuple(path[-1])
    handle = tube(smooth([(-0.066, 0.113, 0), (-0.105, 0.13, 0), (-0.142, 0.106, 0), (-0.134, 0.062, 0),
                          (-0.08, 0.038, 0)], 22), [0.0095] * 22)
    frames = {"spout": Frame.at(lip, tuple(flow)), "opening": Frame.at((0, 0.133, 0), half=0.044),
              "handle": Frame.at((-0.142, 0.09, 0), (-1, 0, 0))}
    return canonical({"body": body, "lid": lid, "handle": handle,
                      "spout": joined(neck, _mouth(lip, tuple(flow), 0.007))}, frames)


@category("kettle", length_m=(0.18, 0.2378), synonyms=("tea kettle", "teakettle", "water kettle", "electric kettle",
                                                       "water boiler"))
def kettle(base: float = 0.095) -> Template:
    """A steel stove kettle: broad base, short spout, black handle arching over the lid."""
    body = lathe([(0, 0), (base - 0.004, 0), (base, 0.004), *smooth([(base, 0.012), (base, 0.03), (0.082, 0.082),
                  (0.052, 0.116), (0.045, 0.12)], 22), (0, 0.12)], colour=STEEL)
    lid = lathe([(0, 0.118), (0.047, 0.118), (0.047, 0.123), (0.034, 0.13), (0.008, 0.134), (0, 0.134)],
                colour=(150, 156, 166))
    knob = lathe([(0, 0.132), (0.006, 0.132), (0.006, 0.138), (0.014, 0.142), (0.014, 0.15), (0, 0.153)], colour=SOOT)
    path = smooth([(0.07, 0.05, 0), (0.1, 0.072, 0), (0.122, 0.105, 0), (0.142, 0.132, 0)], 14)
    neck = tube(path, np.linspace(0.026, 0.0125, 14).tolist(), STEEL)
    flow: Point = tuple(path[-1] - path[-2])
    lip: Point = tuple(path[-1])
    bow = smooth([(-0.072, 0.09, 0), (-0.088, 0.15, 0), (-0.05, 0.198, 0), (0.02, 0.204, 0), (0.066, 0.17, 0)], 30)
    front = tube(smooth([(0.062, 0.168, 0), (0.07, 0.14, 0), (0.058, 0.106, 0)], 8), 0.006, STEEL)
    handle = tube(bow, (0.0075 + 0.004 * np.sin(np.linspace(0, np.pi, 30))).tolist(), SOOT)
    frames = {"spout": Frame.at(lip, flow), "opening": Frame.at((0, 0.12, 0), half=0.045),
              "handle": Frame.at((-0.015, 0.205, 0))}
    return canonical({"body": body, "lid": joined(lid, knob), "handle": joined(handle, front),
                      "spout": joined(neck, _mouth(lip, flow, 0.0095))}, frames)


@category("teacup", length_m=(0.09, 0.13), synonyms=("tea cup", "cup", "coffee cup", "cup of tea"))
def teacup(rim: float = 0.051) -> Template:
    """A wide porcelain cup on a small foot, with an ear handle."""
    body, frames = vessel([(0.024, 0), (0.025, 0.004), *smooth([(0.024, 0.007), (0.039, 0.021), (0.045, 0.045),
                           (rim, 0.064)], 20)], 0.0028, 0.0105)
    x, y, z = np.moveaxis(body.triangles, -1, 0)
    outside = np.hypot(x, z) > np.interp(y, (0.045, 0.064), (0.0435, rim - 0.001))
    body = tinted(body, ((y > 0.046) & (y < 0.058) & outside).all(axis=1), BLUE)
    handle = tube(smooth([(rim - 0.0038, 0.05, 0), (rim + 0.01, 0.056, 0), (rim + 0.023, 0.043, 0),
                          (rim + 0.011, 0.025, 0), (rim - 0.0102, 0.0245, 0)], 20), [0.0042] * 20)
    frames["handle"] = Frame.at((rim + 0.023, 0.043, 0), (1, 0, 0))
    return canonical({"body": body, "handle": handle}, frames)


@category("mug", length_m=(0.11, 0.14), synonyms=("coffee mug", "tumbler"))
def mug(radius: float = 0.042, height: float = 0.098) -> Template:
    """A straight mug, white inside, with a D handle."""
    body, frames = vessel([(radius - 0.004, 0), (radius, 0.004), *((radius, y) for y in np.linspace(0.01, height, 8))],
                          0.0035, 0.007, RED, WHITE)
    low, high, out = 0.2 * height, 0.8 * height, radius + 0.033
    ear = smooth([(radius - 0.001, high, 0), (out - 0.01, high - 0.001, 0), (out, height / 2, 0),
                  (out - 0.01, low + 0.001, 0), (radius - 0.001, low, 0)], 24)
    frames["handle"] = Frame.at((out, height / 2, 0), (1, 0, 0))
    return canonical({"body": body, "handle": tube(ear, 0.0062, RED)}, frames)


@category("bowl", length_m=(0.15, 0.24), synonyms=("soup bowl", "cereal bowl", "dish"),
          symmetry="revolution")
def bowl(radius: float = 0.1, height: float = 0.08) -> Template:
    """A deep round bowl on a foot ring."""
    wall = smooth([(0.046, 0.01), (0.45 * radius + 0.025, 0.25 * height), (0.92 * radius, 0.66 * height),
                   (radius, height)], 18)
    body, frames = vessel([(0.044, 0), (0.046, 0.009), *wall], 0.005, 0.016, BLUE, PORCELAIN)
    return canonical({"body": body}, frames)


@category("pot", length_m=(0.3, 0.45), synonyms=("cooking pot", "casserole",
                                                 "dutch oven"), symmetry="half-turn", mass="medium")
def pot(radius: float = 0.115, height: float = 0.14) -> Template:
    """An open steel cooking pot with two loop handles."""
    body, frames = vessel([(radius - 0.012, 0), (radius - 0.003, 0.004), *((radius, y) for y in
                           np.linspace(0.012, height - 0.006, 6)), (radius + 0.003, height - 0.004),
                           (radius + 0.003, height)], 0.0055, 0.007, STEEL, (142, 148, 158))
    loop = smooth([(radius - 0.002, 0, -0.038), (radius + 0.03, 0.004, -0.034), (radius + 0.043, 0.006, 0),
                   (radius + 0.03, 0.004, 0.034), (radius - 0.002, 0, 0.038)], 22)
    loop[:, 1] += 0.78 * height
    handles = joined(tube(loop, 0.0075, SOOT), tube(loop * [-1, 1, -1], 0.0075, SOOT))
    frames["handle"] = Frame.at((radius + 0.043, 0.78 * height + 0.006, 0), (1, 0, 0))
    return canonical({"body": body, "handles": handles}, frames)


@category("pan", length_m=(0.38, 0.46), synonyms=("frying pan", "fry pan", "skillet", "griddle"), mass="medium")
def pan(radius: float = 0.125, handle: float = 0.19) -> Template:
    """A dark frying pan with flared sides and a long wooden handle."""
    body, frames = vessel([(0.78 * radius, 0), *smooth([(0.82 * radius, 0.003), (0.93 * radius, 0.018),
                           (radius, 0.044)], 8)], 0.005, 0.006, DARK, (84, 86, 92))
    bracket = strap([(radius - 0.0035, 0.035, 0), (radius + 0.004, 0.035, 0), (radius + 0.02, 0.04, 0),
                     (radius + 0.06, 0.047, 0)], [0.015, 0.014, 0.011, 0.009], 0.45, STEEL)
    end = radius + handle
    grip = strap(smooth([(radius + 0.045, 0.046, 0), (radius + 0.55 * handle, 0.056, 0), (end, 0.066, 0)], 14),
                 [0.009, 0.012, 0.0125, 0.0125, 0.0125, 0.0125, 0.0125, 0.013, 0.0135, 0.014, 0.0145, 0.0145, 0.013,
                  0.008], 0.75, WOOD)
    frames["handle"] = Frame.at((radius + 0.6 * handle, 0.057, 0), (1, 0, 0))
    return canonical({"body": body, "handle": joined(bracket, grip)}, frames)


@category("wine glass", length_m=(0.17, 0.24), plural="wine glasses",
          synonyms=("wineglass", "glass", "goblet", "drinking glass"), symmetry="revolution")
def wine_glass(stem: float = 0.082) -> Template:
    """A stemmed glass with a tulip bowl."""
    cup = smooth([(0.009, 0), (0.031, 0.017), (0.0405, 0.045), (0.033, 0.105)], 20) + np.array([0, stem + 0.006])
    body, frames = vessel([(0.036, 0), (0.036, 0.0025), (0.014, 0.006), (0.005, 0.012), (0.004, 0.03),
                           (0.004, stem - 0.006), (0.006, stem + 0.002), *cup], 0.0016, stem + 0.012, GLASS,
                          (206, 226, 230))
    return canonical({"glass": body}, frames)


@category("bottle", length_m=(0.22, 0.287), synonyms=("wine bottle", "glass bottle",
                                                      "oil bottle", "milk bottle"), symmetry="revolution")
def bottle(radius: float = 0.037) -> Template:
    """A green wine bottle with a slim neck and a paper label."""
    shoulder = smooth([(radius, 0.178), (0.94 * radius, 0.196), (0.019, 0.222), (0.0145, 0.24)], 12)
    body = lathe([(0, 0.006), (radius - 0.008, 0), (radius - 0.001, 0.002), (radius, 0.006),
                  *((radius, y) for y in (0.055, 0.135)), *shoulder, (0.0138, 0.285), (0.016, 0.287), (0.016, 0.298),
                  (0.0145, 0.3), (0.0095, 0.3), (0.0095, 0.285), (0, 0.285)], colour=(52, 98, 66))
    label = lathe([(0, 0.055), (radius + 4e-4, 0.055), (radius + 4e-4, 0.135), (0, 0.135)], colour=(238, 228, 200))
    label = joined(label, lathe([(0, 0.062), (radius + 7e-4, 0.062), (radius + 7e-4, 0.07), (0, 0.07)], colour=RED))
    body = banded(body, 0.2845, 0.301, BRASS)
    mouth = Frame.at((0, 0.3, 0), half=0.0095)
    return canonical({"body": body, "label": label}, {"spout": mouth, "opening": mouth})


@category("plate", length_m=(0.2, 0.28), synonyms=("dinner plate",), symmetry="revolution")
def plate(radius: float = 0.12) -> Template:
    """A shallow porcelain plate with a blue rim."""
    flat = 0.64 * radius
    dish = lathe([(0, 0), (0.52 * radius, 0), (flat, 0.003), (0.97 * radius, 0.0165), (radius, 0.019), (radius, 0.0215),
                  (0.985 * radius, 0.022), (0.9 * radius, 0.0185), (0.74 * radius, 0.0105), (0.68 * radius, 0.0075),
                  (flat, 0.0065), (0, 0.0065)], sections=64)
    dish = banded(dish, 0.018, 0.023, BLUE)
    return canonical({"plate": dish}, {"surface": Frame.at((0, 0.0065, 0), half=flat)})


@category("cutting board", length_m=(0.3, 0.45), synonyms=("chopping board", "bread board", "cheese board"),
          symmetry="half-turn about x")
def cutting_board(length: float = 0.28, width: float = 0.2, thickness: float = 0.018) -> Template:
    """A wooden board of two planks with a holed grip at +x."""
    half, end, corner = length / 2, length / 2 + 0.1, 0.02
    edge = [(-half, 0), *arc((-half + corner, width / 2 - corner, 0), corner, 180, 90, count=7)[:, :2],
            *arc((half - corner, width / 2 - corner, 0), corner, 90, 0, count=7)[:, :2],
            *arc((half + 0.02, 0.05, 0), 0.02, 180, 270, count=6)[:, :2],
            *arc((end - 0.03, 0, 0), 0.03, 90, 0, count=9)[:, :2],
            *arc((end - 0.032, 0, 0), 0.012, 0, 180, count=11)[:, :2]]
    planks = [slab(np.array(edge) * [1, side], thickness, colour)
              for side, colour in ((1, PALE_WOOD), (-1, (202, 160, 108)))]
    board = turned(joined(*planks), -90, (1, 0, 0))
    return canonical({"board": board}, {"surface": Frame.at((0, thickness / 2, 0), half=(half, width / 2)),
                                        "handle": Frame.at((half + 0.05, 0, 0), (1, 0, 0))})


@category("pizza", length_m=(0.25, 0.36), synonyms=("pepperoni pizza",), symmetry="revolution")
def pizza(radius: float = 0.15) -> Template:
    """A round pizza: baked crust, cheese, pepperoni and basil."""
    rim = arc((radius - 0.013, 0.012, 0), 0.0125, -70, 200, count=12)[:, :2]
    crust = lathe([(0, 0), (radius - 0.015, 0), *rim, (radius - 0.028, 0.006), (0, 0.006)], colour=(206, 150, 84))
    sauce = lathe([(0, 0.003), (radius - 0.021, 0.003), (radius - 0.023, 0.0125), (0, 0.0125)], colour=(190, 70, 40))
    cheese = lathe([(0, 0.004), (radius - 0.03, 0.004), (radius - 0.032, 0.0145), (0, 0.0145)], colour=(244, 206, 108))
    spots = [(0.0, 0.0), *((0.082 * np.cos(a), 0.082 * np.sin(a)) for a in np.radians(np.arange(20, 380, 60)))]
    meat = joined(*(cylinder(0.0235, 0.006, (x, 0.0145, z), colour=(178, 52, 40), sections=24) for x, z in spots))
    basil = joined(*(ball((0.016, 0.003, 0.008), (0.05 * np.cos(a), 0.016, 0.05 * np.sin(a)), (70, 122, 56), 1)
                     for a in np.radians((50, 170, 290))))
    top = 0.0175
    frames = {"surface": Frame.at((0, top, 0), half=radius - 0.032), "top": Frame.at((0, top, 0)),
              "centre": Frame.at((0, 0.012, 0))}
    return canonical({"crust": crust, "sauce": sauce, "cheese": cheese, "pepperoni": meat, "basil": basil}, frames)


@category("bread", length_m=(0.24, 0.34), synonyms=("loaf", "loaf of bread", "bread loaf"), plural="loaves",
          symmetry="half-turn")
def bread(length: float = 0.28) -> Template:
    """A crusty loaf, flat below, with three pale scores on top."""
    wide, high, low = 0.066, 0.062, -0.03
    loaf = ball((length / 2, high, wide), colour=(190, 122, 62))
    unit = np.asarray(loaf.vertices) / [length / 2, high, wide]
    unit[:, 0] = np.sign(unit[:, 0]) * np.abs(unit[:, 0]) ** 0.92
    unit[:, 1] = np.maximum(unit[:, 1], low / high)
    loaf.vertices = unit * [length / 2, high, wide]
    loaf = banded(loaf, -1, low + 0.006, (214, 160, 98))

    def score(middle: float) -> trimesh.Trimesh:
        z = np.linspace(-0.6, 0.6, 11) * wide
        x = middle + 0.5 * z
        y = high * np.sqrt(1 - (2 * x / length) ** 2 - (z / wide) ** 2) - 0.003
        return tube(np.column_stack([x, y, z]), (0.0015 + 0.007 * np.sin(np.linspace(0, np.pi, 11))).tolist(),
                    (240, 212, 158), 10)

    scores = joined(*(score(x) for x in (-0.27 * length, 0.0, 0.27 * length)))
    return canonical({"loaf": loaf, "scores": scores},
                     {"top": Frame.at((0, high, 0)), "centre": Frame.at((0, (high + low) / 2, 0))})


@category("apple", length_m=(0.08, 0.14), synonyms=("red apple", "green apple"))
def apple(radius: float = 0.042) -> Template:
    """A red apple with a stem and one leaf."""
    outline = radius * smooth([(0.0, 0.14), (0.3, 0.02), (0.75, 0.36), (1, 1.05), (0.86, 1.55), (0.45, 1.8),
                               (0.17, 1.7), (0.0, 1.52)], 34)
    outline[[0, -1], 0] = 0
    flesh = lathe(np.maximum(outline, [0, -1]).tolist(), colour=(200, 48, 44), sections=40)
    top = float(flesh.bounds[1, 1])
    stem = tube(radius * smooth([(0, 1.45, 0), (0.02, 1.85, 0), (0.16, 2.15, 0)], 7),
                [0.06 * radius] * 6 + [0.09 * radius], BARK, 10)
    blade = leaf((0.04 * radius, 1.85 * radius, 0), 0.8 * radius, 0.42 * radius, 62, 20)
    return canonical({"flesh": flesh, "stem": stem, "leaf": blade},
                     {"top": Frame.at((0, top, 0)), "centre": Frame.at((0, 1.08 * radius, 0))})


@category("orange", length_m=(0.07, 0.1), synonyms=("tangerine", "mandarin", "clementine"))
def orange(radius: float = 0.04) -> Template:
    """An orange with its green button and a leaf."""
    outline = radius * smooth([(0.0, 0.03), (0.5, 0.1), (1, 0.95), (0.55, 1.78), (0.1, 1.86), (0.0, 1.82)], 30)
    outline[[0, -1], 0] = 0
    flesh = lathe(np.maximum(outline, [0, -1]).tolist(), colour=(240, 140, 34), sections=40)
    button = cylinder(0.1 * radius, 0.14 * radius, (0, 1.88 * radius, 0), colour=BARK, top=0.07 * radius, sections=12)
    blade = leaf((0, 1.88 * radius, 0), 0.85 * radius, 0.45 * radius, 70, 25)
    return canonical({"flesh": flesh, "button": button, "leaf": blade},
                     {"top": Frame.at((0, float(flesh.bounds[1, 1]), 0)),
                      "centre": Frame.at((0, 0.95 * radius, 0))})


@category("knife", length_m=(0.3, 0.36), synonyms=("kitchen knife", "chef's knife", "chef knife"), plural="knives", rest="z")
def knife(blade: float = 0.2, height: float = 0.046) -> Template:
    """A chef's knife: wedge blade, bolster, riveted black handle."""
    low, thick = -height / 2, 0.0016
    edge = np.array([(0, low), (0.45, low), (0.7, low + 0.1 * height), (0.88, low + 0.36 * height),
                     (1, low + 0.72 * height)])
    spine = np.array([(0, height / 2), (0.55, 0.47 * height), (0.85, 0.36 * height), (1, low + 0.76 * height)])
    bevel = edge[:4] + np.array([0, 0.16 * height])
    rows = [(edge, 1e-4), (bevel, 0.8 * thick), (spine, thick)]
    steel = hull([(x * blade, y, side * z) for row, z in rows for x, y in row for side in (-1, 1)], (206, 211, 218))
    bolster = hull([(x, y, z) for x, y1 in ((-0.012, 0.013), (0.004, 0.021)) for y in (y1, 0.021 - 2 * y1 + 0.002)
                    for z in (-0.005, 0.005)], (140, 146, 154))
    end = -0.128
    grip = strap(smooth([(-0.01, 0.0095, 0), (-0.07, 0.0105, 0), (end, 0.004, 0)], 12),
                 [0.0088, 0.0092, 0.0096, 0.0098, 0.0098, 0.0096, 0.0095, 0.0098, 0.0105, 0.0112, 0.011, 0.008], 1.35,
                 SOOT)
    rivets = joined(*(cylinder(0.003, 0.0205, (x, 0.0095, 0), (0, 0, 1), STEEL, sections=14)
                      for x in (-0.035, -0.065, -0.095)))
    frames = {"edge": Frame.at((0.48 * blade, low, 0), (0, -1, 0), (0.48 * blade, 0)),
              "tip": Frame.at((blade, low + 0.74 * height, 0), (1, 0, 0)),
              "handle": Frame.at((-0.068, 0.01, 0), (-1, 0, 0))}
    return canonical({"blade": steel, "bolster": bolster, "handle": joined(grip, rivets)}, frames)


@category("pizza cutter", length_m=(0.18, 0.25), synonyms=("pizza wheel", "pizza slicer"), rest="z")
def pizza_cutter(wheel: float = 0.045, handle: float = 0.115) -> Template:
    """A sharp wheel in a steel fork on a red handle."""
    thin = 0.0014
    disc = lathe([(0, -thin), (0.86 * wheel, -thin), (wheel, 0), (0.86 * wheel, thin), (0, thin)],
                 colour=(206, 211, 218), sections=64)
    disc = turned(disc, 90, (1, 0, 0))
    axle = cylinder(0.0075, 0.017, axis=(0, 0, 1), colour=(120, 126, 134), sections=24)
    way, across = np.array([-0.94, 0.342, 0]), np.array([0.342, 0.94, 0])

    def bar(ends: Sequence[tuple[float, float]], near: float, far: float) -> trimesh.Trimesh:
        corners = [way * along + sign * width * across + [0, 0, z] for along, width in ends for sign in (-1, 1)
                   for z in (near, far)]
        return hull(corners, STEEL)

    fork = joined(*(bar([(-0.009, 0.008), (0.06, 0.006)], side * 0.0035, side * 0.006) for side in (-1, 1)),
                  bar([(0.052, 0.007), (0.062, 0.007)], -0.0062, 0.0062))
    start, stop = way * 0.06, way * (0.06 + handle)
    guard = cylinder(0.0175, 0.005, tuple(way * 0.064), tuple(way), SOOT, sections=24)
    grip = tube(np.linspace(start, stop, 12), [0.01, 0.0105, 0.0095, 0.0095, 0.0105, 0.0115, 0.0125, 0.013, 0.013,
                                               0.0125, 0.011, 0.006], RED)
    frames = {"edge": Frame.at((0, -wheel, 0), (0, -1, 0)), "axle": Frame.at((0, 0, 0), (0, 0, 1)),
              "handle": Frame.at(tuple((start + stop) / 2), tuple(way))}
    return canonical({"wheel": disc, "axle": axle, "fork": fork, "handle": joined(grip, guard)}, frames)


@category("salt shaker", length_m=(0.09, 0.14), synonyms=("shaker", "saltshaker", "salt cellar", "spice shaker",
                                                          "pepper pot"), symmetry="revolution")
def salt_shaker(radius: float = 0.027) -> Template:
    """A faceted glass shaker, half full of salt, under a holed metal cap."""
    body = lathe([(0, 0), (radius - 0.002, 0), (radius, 0.003), (0.9 * radius, 0.044), (0.86 * radius, 0.058),
                  (0.82 * radius, 0.068), (0, 0.068)], colour=GLASS, sections=8)
    body = banded(body, 0.002, 0.045, WHITE)
    cap = lathe([(0, 0.064), (0.88 * radius, 0.064), (0.92 * radius, 0.067), (0.92 * radius, 0.08),
                 *smooth([(0.86 * radius, 0.084), (0.5 * radius, 0.0925), (0.02 * radius, 0.095)], 8), (0, 0.095)],
                colour=STEEL)
    spots = [(0.0, 0.0935, 0.0), *((0.4 * radius * np.cos(a), 0.0921, 0.4 * radius * np.sin(a))
                                   for a in np.radians(np.arange(0, 360, 60)))]
    holes = joined(*(cylinder(0.0024, 0.004, spot, colour=SOOT, sections=10) for spot in spots))
    return canonical({"body": body, "cap": cap, "holes": holes},
                     {"outlet": Frame.at((0, 0.095, 0), half=0.5 * radius)})


def _stem() -> trimesh.Trimesh:
    """The handle that spoon and fork share, from z = -0.05 back to z = 0.085."""
    along = np.concatenate([np.linspace(0, 0.9, 14), [0.94, 0.97, 0.988, 1]])
    path = smooth([(0, 0.012, -0.05), (0, 0.013, -0.03), (0, 0.0125, 0.02), (0, 0.009, 0.085)], 101)
    widths = np.interp(along, [0, 0.2, 0.6, 0.88, 0.94, 0.97, 0.988, 1],
                       [0.0042, 0.003, 0.005, 0.0088, 0.0084, 0.007, 0.005, 0.0025])
    return strap(path[np.round(100 * along).astype(int)], widths, 0.3, STEEL)


@category("spoon", length_m=(0.18, 0.2348), synonyms=("tablespoon", "soup spoon"), mass="featherlight")
def spoon(width: float = 0.021, length: float = 0.032) -> Template:
    """A table spoon lying on its back."""
    outside = [(0, 0), *smooth([(0.3, 0.0004), (0.7, 0.0036), (0.9, 0.0084), (1.0, 0.013)], 10)]
    inside = [(0, 0.0016), *smooth([(0.3, 0.0021), (0.66, 0.0052), (0.86, 0.0096), (0.95, 0.0134)], 10)]
    bowl = lathe([*outside, *inside[::-1]], colour=(186, 192, 200))
    x, y, z = bowl.vertices.T
    bowl.vertices = np.column_stack([x * width * (1 - 0.16 * z), y, z * length - 0.076])
    frames = {"tip": Frame.at((0, 0.013, -0.076 - length), (0, 0, -1)),
              "handle": Frame.at((0, 0.0115, 0.04), (0, 0, 1)),
              "bowl": Frame.at((0, 0.0016, -0.076), (0, 0, -1), (0.6 * width, 0.6 * length))}
    return canonical({"bowl": bowl, "handle": _stem()}, frames)


@category("fork", length_m=(0.2, 0.25), synonyms=("dinner fork", "table fork", "salad fork"), mass="featherlight")
def fork(width: float = 0.013, tines: int = 4) -> Template:
    """A table fork lying on its back."""
    z = np.linspace(-0.042, -0.082, 9)
    half = np.interp(z, [-0.082, -0.066, -0.054, -0.042], [width, 0.96 * width, 0.62 * width, 0.0034])
    across = np.linspace(-1, 1, 7)
    height = np.interp(z, [-0.082, -0.06, -0.042], [0.0015, 0.005, 0.0112])
    grid = np.stack([half[:, None] * across, np.broadcast_to(height[:, None], (9, 7)) + 0.0015 * across**2,
                     np.broadcast_to(z[:, None], (9, 7))], axis=-1)
    palm = sheet(grid, (0, 0.0019, 0), STEEL)
    prongs = [strap(smooth([(x, 0.0026 + 0.0012 * (x / width) ** 2, -0.08), (x, 0.0022, -0.1), (x, 0.0075, -0.128)], 9),
                    np.linspace(0.0023, 0.001, 9), 0.7, STEEL) for x in np.linspace(-0.82, 0.82, tines) * width]
    frames = {"tip": Frame.at((0, 0.0075, -0.128), (0, 0, -1)), "handle": Frame.at((0, 0.0115, 0.04), (0, 0, 1))}
    return canonical({"head": joined(palm, *prongs), "handle": _stem()}, frames)
