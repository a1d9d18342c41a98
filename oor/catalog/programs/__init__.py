"""Relation programs: distributions over poses, written with functional frames, and how to draw from them.

A program (one function per relation, in the modules of this package) places n targets about n bases. It works in metres in
the base's own axes and returns, for every draw, a rotation, the position of the target's box centre, and whether these two
instances fit together at all (an apple wider than the bowl does not). Draws that do not fit are drawn again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context
from oor.catalog.programs import cooking, functional, keeping, making, playing, spatial
from oor.catalog.programs.placing import Pair, Placement
from oor.catalog.template import Array
from oor.relation import WIDTH, Relation, gauge, pack

PROGRAMS: dict[str, Callable[[Pair], Placement]] = {
    **functional.PROGRAMS,
    **cooking.PROGRAMS,
    **making.PROGRAMS,
    **playing.PROGRAMS,
    **keeping.PROGRAMS,
    **spatial.PROGRAMS,
}


def instance_sizes(category: Category, n: int, rng: np.random.Generator) -> Array:
    """(n, 3) box edges in metres: one size per instance, and a small jitter of each edge."""
    low, high = np.log(category.length_m)
    size = np.exp(rng.uniform(low, high, (n, 1)))
    return np.asarray(category.template.extents * size * np.exp(category.stretch * rng.normal(size=(n, 3))))


def draw(context: Context, n: int, rng: np.random.Generator, shapes: tuple[Category, Category] | None = None) -> Array:
    """(n, 15) relation vectors from the context's program: rot6d (columns) | t | scale_target | scale_base.

    shapes: the target and base categories with templates of their own shape (`Category.instance`); None for the typical ones.
    Raises ValueError if hardly any pair of instances fits together.
    """
    return draw_sized(context, n, rng, shapes)[0]


def draw_sized(context: Context, n: int, rng: np.random.Generator, shapes: tuple[Category, Category] | None = None,
               sizes: tuple[Array, Array] | None = None) -> tuple[Array, Array]:
    """Like `draw`, and the metres (n,) of each vector's unit of length.

    sizes: box edges (3,) of the target and the base in metres, for n draws of one and the same pair of instances.
    """
    known = categories()
    target, base = shapes or (known[context.target], known[context.base])
    rows: list[Array] = []
    units: list[Array] = []
    missing, tried = n, 0
    while missing > 0:
        expected = missing * max(tried, 1) / max(n - missing, 1) if tried else missing
        m = int(min(max(1.1 * expected, 64), 8 * n + 64))
        edges = (instance_sizes(target, m, rng), instance_sizes(base, m, rng)) if sizes is None else _repeated(sizes, m)
        R, position, fits = PROGRAMS[context.predicate](Pair(target, base, *edges, rng))
        fits = fits & np.isfinite(R).all(axis=(1, 2)) & np.isfinite(position).all(axis=1)
        relation = Relation(*(torch.from_numpy(np.ascontiguousarray(x[fits])) for x in (R, position, *edges)))
        rows.append(pack(gauge(relation)).numpy()[:missing])
        units.append(edges[1][fits].max(axis=1)[:missing])
        missing, tried = missing - len(rows[-1]), tried + m
        if tried > 400 * n + 4000:
            raise ValueError(f"{context}: fewer than 1 pair of instances in 200 fits together; change the sizes of one of them")
    return np.concatenate([np.zeros((0, WIDTH)), *rows]), np.concatenate([np.zeros(0), *units])


def _repeated(sizes: tuple[Array, Array], n: int) -> tuple[Array, Array]:
    target, base = (np.tile(np.asarray(size, float), (n, 1)) for size in sizes)
    return target, base
