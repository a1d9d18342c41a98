"""Shape descriptors: what a network is told about an object besides its name. Size, proportions, rest, and named frames.

With them a model can place an object whose word it never met, as long as the object has frames that it knows from others.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from oor.catalog.category import Category, categories
from oor.catalog.frames import FRAMES
from oor.catalog.template import Array

PLAIN = 11  # numbers that are not about frames
WIDTH = PLAIN + 9 * len(FRAMES)
LOG_SIZE, EXTENTS = slice(0, 1), slice(1, 4)  # log metres of the longest edge, up to a constant; box edges in canonical space
THERE, POINT, AXIS, HALF = slice(0, 1), slice(1, 4), slice(4, 7), slice(7, 9)  # of the nine numbers of a frame
DOUBLED = 2.0  # points and half widths are stored twice as large


def descriptor(category: Category) -> Array:
    """(WIDTH,) numbers of order 1: log size in metres | box edges and their logarithms | rest axis | front | frames.

    Every frame takes nine: 1 if it is there, twice its point, its axis, twice its half widths; canonical space.
    """
    extents = category.template.extents
    rest = [float(category.rest == axis) for axis in "xyz"]
    plain = [np.log(category.typical_m) + 1, *extents, *np.log(extents) / 2, *rest, float(category.fronted)]
    named = np.zeros((len(FRAMES), 9))
    for row, name in zip(named, FRAMES, strict=True):
        frame = category.template.frames.get(name)
        if frame is not None:
            row[:] = [1.0, *(DOUBLED * frame.point), *frame.axis, *(DOUBLED * frame.half)]
    return np.concatenate([plain, named.ravel()])


@cache
def typical(name: str) -> Array:
    """The descriptor of a category's typical shape; zeros for a name that is not in the catalog."""
    known = categories().get(name)
    return np.zeros(WIDTH) if known is None else descriptor(known)


def descriptors(target: str, base: str) -> Array:
    """(2, WIDTH) descriptors of two categories' typical shapes; zeros for a name that is not in the catalog."""
    return np.stack([typical(target), typical(base)])
