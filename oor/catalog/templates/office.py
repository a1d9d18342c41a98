"""Templates of office things."""

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
    DEEP_WOOD,
    RED,
    STEEL,
    WHITE,
    WOOD,
    YELLOW,
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
    tube,
    turned,
)
from oor.catalog.template import Array, Frame, Template, canonical

SKY: Colour = (112, 172, 222)
PAPER: Colour = (248, 245, 234)


@category("desk", length_m=(1.1, 1.8), fronted=True,
          synonyms=("writing desk", "office desk", "computer desk"), mass="heavy")
def desk(width: float = 1.4, depth: float = 0.66, height: float = 0.75) -> Template:
    """A writing desk: drawers on the right, a panel at the back, the rest of the underside free."""
    top, leg, block = 0.035, 0.045, 0.36
    x, z, under = width / 2 - leg, depth / 2 - leg, height - top
    legs = repeated(box((leg, under, leg), colour=DARK), corners(x, under / 2, z))
    right = x - leg / 2 - block / 2
    fronts = repeated(box((block - 0.03, 0.15, 0.02), colour=WOOD), [(right, under - y, z) for y in (0.1, 0.27)])
    knobs = repeated(box((0.1, 0.018, 0.03), colour=STEEL), [(right, under - y, z + 0.02) for y in (0.1, 0.27)])
    free = (-x + leg / 2, right - block / 2)
    return canonical(
        {"top": box((width, top, depth), (0, height - top / 2, 0), WOOD), "legs": legs,
         "panel": box((2 * x, 0.34, 0.02), (0, under - 0.17, -z), DEEP_WOOD),
         "drawers": joined(box((block, 0.37, 2 * z), (right, under - 0.185, 0), DEEP_WOOD), fronts, knobs)},
        {"surface": Frame.at((0, height, 0), half=(width / 2, depth / 2)),
         "clearance": Frame.at((sum(free) / 2, under, 0), (0, -1, 0), ((free[1] - free[0]) / 2, z - leg / 2))},
    )


@category("monitor", length_m=(0.45, 0.7), fronted=True,
          synonyms=("computer monitor", "screen", "computer screen", "display"), mass="medium")
def monitor(width: float = 0.54, height: float = 0.32, foot: float = 0.12) -> Template:
    """A flat screen on a neck and a base."""
    middle, inset = foot + height / 2, 0.012
    screen = box((width - 2 * inset, height - 2 * inset, 0.006), (0, middle, 0.012), SKY)
    hill = (58, 120, 150)
    picture = box((width - 2 * inset, 0.05, 0.002), (0, foot + inset + 0.025, 0.0152), hill)
    neck = lofted([oblong((0, 0.01, -0.05), (0.035, 0, 0), (0, 0, 0.012)),
                   oblong((0, middle, -0.025), (0.03, 0, 0), (0, 0, 0.01))], STEEL)
    return canonical(
        {"panel": rounded((width, height, 0.022), 0.008, (0, middle, 0), BLACK, 2),
         "housing": rounded((width * 0.5, height * 0.5, 0.03), 0.012, (0, middle, -0.018), DARK, 2),
         "screen": joined(screen, picture),
         "stand": joined(neck, rounded((0.24, 0.014, 0.17), 0.006, (0, 0.007, -0.02), STEEL, 3))},
        {"screen": Frame.at((0, middle, 0.0162), (0, 0, 1), (width / 2 - inset, height / 2 - inset))},
    )


@category("laptop", length_m=(0.31, 0.4), synonyms=("laptop computer", "notebook computer"), fronted=True, mass="medium")
def laptop(width: float = 0.34, depth: float = 0.235, open_deg: float = 108.0) -> Template:
    """An open laptop, keyboard toward the user, screen at the back."""
    thick, hinge = 0.016, -depth / 2
    deck = rounded((width, thick, depth), 0.006, (0, thick / 2, 0), STEEL, 3)
    pitch = (width - 0.05) / 13
    keys = repeated(box((pitch * 0.84, 0.003, 0.018 * 0.84), colour=BLACK),
                    [((i - 6) * pitch, thick, hinge + 0.035 + 0.022 * row) for row in range(5) for i in range(13)])
    pad = box((0.1, 0.002, 0.065), (0, thick, depth / 2 - 0.045), (140, 146, 154))
    lid = rounded((width, depth, 0.009), 0.004, (0, depth / 2, 0), STEEL, 2)
    bezel = box((width - 0.012, depth - 0.012, 0.002), (0, depth / 2, 0.0045), BLACK)
    screen = box((width - 0.03, depth - 0.034, 0.002), (0, depth / 2 + 0.002, 0.0055), SKY)
    about = (0.0, 0.0, 0.0)
    for part in (lid, bezel, screen):
        turned(part, 90 - open_deg, (1, 0, 0), about).apply_translation((0, thick - 0.002, hinge + 0.004))
    tilt = np.radians(open_deg - 90)
    out = (0.0, float(np.sin(tilt)), float(np.cos(tilt)))
    mid = screen.bounds.mean(axis=0)
    face = (0.0, float(mid[1] + 0.001 * out[1]), float(mid[2] + 0.001 * out[2]))
    return canonical(
        {"deck": deck, "keys": joined(keys, pad), "lid": joined(lid, bezel), "screen": screen},
        {"screen": Frame.at(face, out, (width / 2 - 0.015, depth / 2 - 0.017)),
         "surface": Frame.at((0, thick + 0.0015, 0), half=(width / 2, depth / 2))},
    )


@category("keyboard", length_m=(0.35, 0.46), synonyms=("computer keyboard",), fronted=True, symmetry="half-turn")
def keyboard(width: float = 0.44, depth: float = 0.15, height: float = 0.026) -> Template:
    """A computer keyboard, spacebar toward the user."""
    base = rounded((width, height * 0.6, depth), 0.006, (0, height * 0.3, 0), DARK, 3)
    rows: Sequence[Sequence[float]] = ([1] * 15, [1.6, *[1] * 12, 1.4], [1.9, *[1] * 11, 2.1],
                                       [2.4, *[1] * 10, 2.6], [1.4, 1.2, 1.2, 6.6, 1.2, 1.2, 2.2])
    pitch, row_pitch = (width - 0.02) / 15, (depth - 0.02) / 5
    offsets, scales = [], []
    for row, widths in enumerate(rows):
        ends = np.cumsum(widths) - 7.5
        for end, w in zip(ends, widths, strict=True):
            offsets.append(((end - w / 2) * pitch, height * 0.72, (row - 2) * row_pitch))
            scales.append((w * pitch - 0.004, 1, row_pitch - 0.004))
    cap = lofted([oblong((0, -0.28 * height, 0), (0.5, 0, 0), (0, 0, 0.5)),
                  oblong((0, 0.28 * height, 0), (0.43, 0, 0), (0, 0, 0.4))], WHITE)
    accents = [i for i, s in enumerate(scales) if s[0] > 1.3 * pitch and s[0] < 5 * pitch]
    plain = [i for i in range(len(scales)) if i not in accents]
    tinted = paint(cap.copy(), (176, 186, 198))
    pick = (np.array(offsets), np.array(scales))
    return canonical(
        {"base": base, "keys": joined(repeated(cap, pick[0][plain], pick[1][plain]),
                                      repeated(tinted, pick[0][accents], pick[1][accents]))},
        {"surface": Frame.at((0, height, 0), half=(width / 2, depth / 2))},
    )


@category("mouse", length_m=(0.095, 0.13), synonyms=("computer mouse",), plural="mice", fronted=True)
def mouse(width: float = 0.064, height: float = 0.04, length: float = 0.112) -> Template:
    """A computer mouse, its buttons and wheel at the far end, the palm end toward the user."""
    angles = np.linspace(0, np.pi, 21)

    def swell(t: float) -> float:
        return float((1 - abs(t) ** 3.2) ** (1 / 2.4))

    def high(t: float) -> float:
        return height * swell(t) ** 0.75 * (0.8 + 0.3 * t - 0.2 * t * t)

    def shell(t: float, grow: float) -> Array:
        wide = width / 2 * swell(t) * (1 - 0.12 * (1 - t * t) * (0.6 + t))
        x = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** 0.7 * (wide + grow)
        return np.column_stack([x, np.sin(angles) ** 0.75 * (high(t) + grow), np.full(len(angles), t * length / 2)])

    body = lofted([shell(t, 0) for t in np.sin(np.linspace(-np.pi / 2, np.pi / 2, 25)) * 0.9985], (214, 218, 224))
    buttons = lofted([shell(t, 0.0006) for t in np.linspace(-0.93, -0.12, 9)], BLACK)
    seam = lofted([oblong((0, high(t) * 0.6, t * length / 2), (0.0008, 0, 0), (0, high(t) * 0.42 + 0.0014, 0))
                   for t in np.linspace(-0.92, -0.12, 9)], (214, 218, 224))
    wheel = cylinder(0.01, 0.008, (0, high(-0.55) - 0.007, -0.55 * length / 2), (1, 0, 0), RED, sections=20)
    return canonical(
        {"body": body, "buttons": joined(buttons, seam), "wheel": wheel},
        {"surface": Frame.at((0, high(0.3), 0.15 * length), half=(width / 4, length / 4))},
    )


@category("book", length_m=(0.19, 0.3), synonyms=("novel", "textbook", "closed book"), symmetry="half-turn about x")
def book(width: float = 0.165, thickness: float = 0.036, height: float = 0.235) -> Template:
    """A closed book lying on its back, its spine at the left."""
    board, spine = 0.003, -width / 2
    covers = repeated(box((width, board, height), colour=RED), [(0, board / 2, 0), (0, thickness - board / 2, 0)])
    angles = np.radians(np.linspace(90, 270, 9))
    back = np.column_stack([spine + 0.006 + 0.006 * np.cos(angles), thickness / 2 * (1 + np.sin(angles)), 0 * angles])
    bands = [lofted([back + np.array([dx, 0, z + s * w]) for s in (-1, 1)], colour) for dx, z, w, colour in (
        (0, 0, height / 2, (164, 46, 40)), (-0.0006, -height / 3, 0.004, YELLOW), (-0.0006, height / 3, 0.004, YELLOW))]
    label = box((width * 0.62, 0.0008, height * 0.2), (0.006, thickness, -height * 0.18), YELLOW)
    lines = repeated(box((width * 0.3, 0.0008, height * 0.018), colour=YELLOW),
                     [(0.006, thickness, height * d) for d in (0.24, 0.29)])
    pages = box((width - 0.012, thickness - 2 * board, height - 0.012), (0.001, thickness / 2, 0), PAPER)
    return canonical(
        {"cover": joined(covers, *bands), "title": joined(label, lines), "pages": pages},
        {"surface": Frame.at((0, thickness + 0.0004, 0), half=(width / 2, height / 2))},
    )


@category("notebook", length_m=(0.15, 0.3), synonyms=("notepad", "writing pad", "spiral notebook"))
def notebook(width: float = 0.16, thickness: float = 0.014, height: float = 0.215, lines: int = 15) -> Template:
    """A spiral notebook open at a ruled page, its spiral at the left."""
    left = -width / 2
    page = box((width - 0.006, thickness - 0.002, height - 0.006), (0.001, thickness / 2 + 0.001, 0), PAPER)
    rules = repeated(box((width - 0.03, 0.0006, 0.0014), colour=(120, 160, 210)),
                     [(0.01, thickness, z) for z in np.linspace(-0.38, 0.45, lines) * height])
    margin = box((0.0016, 0.0008, height - 0.008), (left + 0.03, thickness, 0), RED)
    count = 15
    loop = [(left + 0.004 + 1.1 * x, thickness / 2 + y, 0) for x, y in
            zip(0.009 * np.cos(np.radians(np.linspace(-10, 340, 15))),
                0.009 * np.sin(np.radians(np.linspace(-10, 340, 15))), strict=True)]
    coils = repeated(tube(loop, 0.0015, DARK, 8), [(0, 0, z) for z in np.linspace(-0.45, 0.45, count) * height])
    cover = box((width, 0.003, height), (0, 0.0015, 0), BLUE)
    return canonical(
        {"cover": cover, "page": joined(page, rules, margin), "spiral": coils},
        {"surface": Frame.at((0.006, thickness, 0), half=(width / 2 - 0.01, height / 2))},
    )


def _rod(start: float, stop: float, radii: tuple[float, float], colour: Colour, sections: int = 24) -> trimesh.Trimesh:
    """A solid along z from one radius to another."""
    return lofted([ring((0, 0, z), (r, 0, 0), (0, r, 0), sections) for z, r in zip((start, stop), radii, strict=True)],
                  colour)


@category("pencil", length_m=(0.12, 0.19), synonyms=("lead pencil", "colored pencil"),
          symmetry="revolution about z", mass="featherlight")
def pencil(length: float = 0.17, radius: float = 0.0062) -> Template:
    """A pencil lying with its point away from the viewer and its eraser toward him."""
    a, b = -length / 2, length / 2
    lead = _rod(a, a + 0.008, (0.0004, 0.0019), BLACK, 6)
    cone = _rod(a + 0.008, a + 0.026, (0.0019, radius), (228, 196, 150), 6)
    wood = _rod(a + 0.026, b - 0.02, (radius, radius), YELLOW, 6)
    ferrule = _rod(b - 0.021, b - 0.008, (radius, radius), STEEL)
    rubber = _rod(b - 0.009, b, (0.93 * radius, 0.88 * radius), (232, 132, 136))
    return canonical(
        {"point": joined(lead, cone), "body": wood, "ferrule": ferrule, "eraser": rubber},
        {"tip": Frame.at((0, 0, a), (0, 0, -1)), "handle": Frame.at((0, 0, b), (0, 0, 1), radius)},
    )


@category("pen", length_m=(0.13, 0.18), synonyms=("ballpoint pen", "ballpoint"),
          symmetry="4-fold about z", mass="featherlight")
def pen(length: float = 0.145, radius: float = 0.0062) -> Template:
    """A ballpoint pen lying with its point away from the viewer, its clip on top."""
    a, b = -length / 2, length / 2
    metal = [_rod(a, a + 0.004, (0.0005, 0.0014), STEEL), _rod(a + 0.004, a + 0.022, (0.0014, 0.9 * radius), STEEL),
             _rod(0.008, 0.012, (1.05 * radius, 1.05 * radius), STEEL), _rod(b - 0.012, b, (0.003, 0.003), STEEL)]
    grip = _rod(a + 0.022, 0.008, (0.9 * radius, radius), BLACK)
    barrel = _rod(0.012, b - 0.008, (radius, 0.92 * radius), BLUE)
    clip = box((0.0032, 0.0016, 0.044), (0, radius + 0.0022, b - 0.03), STEEL)
    bridge = box((0.0032, 0.004, 0.004), (0, radius + 0.001, b - 0.01), STEEL)
    return canonical(
        {"point": joined(*metal), "grip": grip, "barrel": barrel, "clip": joined(clip, bridge)},
        {"tip": Frame.at((0, 0, a), (0, 0, -1)), "handle": Frame.at((0, 0, b), (0, 0, 1), radius)},
    )


@category("desk lamp", length_m=(0.35, 0.6), synonyms=("lamp", "table lamp", "reading lamp"), fronted=True, mass="medium")
def desk_lamp(height: float = 0.42, back: float = 0.1, reach: float = 0.07, lean_deg: float = 28.0) -> Template:
    """A jointed desk lamp whose shade leans over toward the front; its elbow is bent back."""
    elbow, head = (0.64 * height, -back), (height, reach)
    base = lathe([(0, 0), (0.09, 0), (0.09, 0.014), (0.05, 0.026), (0.016, 0.03), (0, 0.03)], (0, 0, -0.03), DARK)
    arms = [tube([(0, 0.02, -0.03), (0, *elbow)], 0.007, STEEL), tube([(0, *elbow), (0, *head)], 0.007, STEEL)]
    hinges = [cylinder(0.016, 0.03, (0, *elbow), (1, 0, 0), DARK), cylinder(0.014, 0.028, (0, *head), (1, 0, 0), DARK)]
    shade = lathe([(0, 0.02), (0.022, 0.02), (0.03, -0.02), (0.05, -0.04), (0.088, -0.12), (0.083, -0.12),
                   (0.045, -0.042), (0.024, -0.024), (0, -0.02)], (0, 0, 0), RED)
    bulb = ball(0.03, (0, -0.07, 0), (255, 240, 176), 2)
    drop = np.radians(lean_deg)
    axis = (0.0, -float(np.cos(drop)), float(np.sin(drop)))
    for part in (shade, bulb):
        turned(part, -lean_deg, (1, 0, 0)).apply_translation((0, *head))
    return canonical(
        {"base": base, "arm": joined(*arms, *hinges), "shade": shade, "bulb": bulb},
        {"light": Frame.at((0, head[0] + 0.12 * axis[1], head[1] + 0.12 * axis[2]), axis, 0.083)},
    )


@category("briefcase", length_m=(0.4, 0.5), synonyms=("attache case",), fronted=True, mass="medium")
def briefcase(width: float = 0.42, height: float = 0.3, depth: float = 0.11, flap: float = 0.6) -> Template:
    """A leather briefcase standing on its bottom: flap, two buckled straps, a handle on top."""
    leather, dark = (124, 80, 48), (84, 52, 32)
    shell = rounded((width, height, depth), 0.016, (0, height / 2, 0), leather, 4)
    front = rounded((width - 0.006, flap * height, 0.012), 0.005, (0, height * (1 - flap / 2) - 0.008, depth / 2),
                    (108, 68, 40), 3)
    seam = rounded((width + 0.005, height - 0.02, 0.008), 0.0035, (0, height / 2, -0.3 * depth), dark, 2)
    low = 0.2 * height
    straps = repeated(rounded((0.03, 0.98 * height - low, 0.01), 0.004, (0, 0, 0), dark, 2),
                      [(s * 0.27 * width, (0.98 * height + low) / 2 - 0.006, depth / 2 + 0.006) for s in (-1, 1)])
    spot = height * (1 - flap) + 0.012
    buckles = repeated(rounded((0.046, 0.034, 0.01), 0.004, (0, 0, 0), BRASS, 2),
                       [(s * 0.27 * width, spot, depth / 2 + 0.011) for s in (-1, 1)])
    lift = arc((0, 0, -0.34 * depth), 1, 180, 0, "xy", 24) * [0.16 * width, 0.042, 1] + [0, height - 0.004, 0]
    rings = repeated(rounded((0.026, 0.012, 0.022), 0.004, (0, 0, 0), BRASS, 2),
                     [(s * 0.16 * width, height + 0.003, -0.34 * depth) for s in (-1, 1)])
    return canonical({"shell": joined(shell, seam), "flap": front, "straps": straps, "buckles": joined(buckles, rings),
                      "handle": tube(lift, 0.0085, dark)},
                     {"surface": Frame.at((0, height, 0.12 * depth), half=(width / 2 - 0.03, 0.3 * depth)),
                      "handle": Frame.at((0, height + 0.046, -0.34 * depth), half=(0.08 * width, 0.0085))})
