"""Do scenes hold together? Twenty scenes of three to five objects, by every recipe, judged from the posed meshes alone."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.generation import DEFAULT
from diffusion.sampling import Solver
from diffusion.text_encoder import TextEncoder
from oor.catalog.category import categories
from oor.catalog.posed import Posed
from oor.catalog.template import Array, Template, once_per_template
from oor.scene_graph import Edge, SceneGraph
from oor.scene_text import read_scene
from scenes.compose import judged, ranked, sample_jointly
from scenes.recipes import RECIPES, Recipe
from scenes.solids import near
from scenes.worlds import World

SCENES = (
    "a monitor on a desk, a keyboard on the desk and in front of the monitor, "
    "a mouse on the desk and to the right of the keyboard",
    "a teacup on a table, a teapot pours into the teacup, a plate on the table, a donut on the plate",
    "a plate on a table, a fork on the table and to the left of the plate, a knife on the table and to the right of the plate",
    "a cutting board on a table, an apple on the cutting board, a knife cuts the apple, a plate on the table",
    "a coffee table in front of a sofa, a vase on the coffee table, a floor lamp to the right of the sofa",
    "a book on a bookshelf, a vase on the bookshelf, a broom leaning against the bookshelf, a chair in front of the bookshelf",
    "two chairs at a table, a bottle on the table, a bowl on the table",
    "a laptop on a desk, a mug on the desk and to the right of the laptop, a trash can to the left of the desk",
    "a nightstand to the left of a bed, a clock on the nightstand, a pillow on the bed, a hamper beside the bed",
    "a pan on a table, a salt shaker sprinkles into the pan, a pot on the table",
    "a bowl on a table, an apple in the bowl, an orange in the bowl, a candle on the table",
    "a television on a television stand, a speaker to the left of the television, a sofa faces the television",
    "a mug on a table, a spoon stirs the mug, a teapot on the table, a book on the table",
    "a bench in front of a piano, a book on the bench, a vase on the piano",
    "a desk lamp on a desk, a book on the desk, a notebook on the desk, a chair at the desk",
    "a teacup on a tray, a donut on the tray, the tray on a table, a vase on the table",
    "a flower pot beside a bench, a watering can waters the flower pot, a potted plant on the bench",
    "a bottle pours into a wine glass, the wine glass on a table, a plate on the table and to the left of the wine glass",
    "a toolbox on a workbench, a hammer on the workbench, a bucket under the workbench, a drill on the workbench",
    "a teddy bear sits on a sofa, a side table to the left of the sofa, a vase on the side table, a cushion on the sofa",
)
ABLATION = {
    "ours": Recipe(),
    "ours, inconsistency only": Recipe(collision=False),
    "ours, collision only": Recipe(inconsistency=False, placing="mean"),
    "independent, then fitted": Recipe("independent"),
    "paper": RECIPES["paper"],
    "independent, averaged": RECIPES["independent"],
}
KEPT = 4  # one in so many of the sampled scenes is kept, by energy
MOST = 0.01  # of the smaller object's volume may be in an object that it has nothing to do with
INNER = 3000  # points in an object's box, of which those in its mesh measure that
ON_TABLE = ("plate", "mug", "bowl", "book", "vase", "candle", "bottle", "teapot", "teacup", "wine glass", "laptop")

Advance = Callable[[int], None]


def scene_suite(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    *,
    scenes: int,
    samples: int,
    objects: Sequence[int],
    seed: int,
    solver: Solver = DEFAULT,
    advance: Advance = lambda _: None,
) -> dict[str, Any]:
    """Figures of every recipe over the first scenes, then what ours costs at several numbers of objects."""
    figures: dict[str, dict[str, float]] = {}
    for name, recipe in ABLATION.items():
        found = []
        for text in SCENES[:scenes]:
            found.append(measured(checkpoint, encoder, read_scene(text).graph, recipe, samples, seed, solver))
            advance(1)
        figures[name] = {key: float(np.mean([one[key] for one in found])) for key in found[0]}
    ours, alone = figures["ours"], figures["independent, averaged"]
    costs = []
    for count in objects:
        costs.append(cost(checkpoint, encoder, count, seed, solver))
        advance(1)
    return {
        "scenes": len(SCENES[:scenes]),
        "samples": samples,
        "hold": ours["hold"],
        "clear": ours["clear"],
        "inconsistency_ratio": alone["inconsistency"] / max(ours["inconsistency"], 1e-30),
        "recipes": [{"recipe": name, **row} for name, row in figures.items()],
        "costs": costs,
    }


def measured(
    checkpoint: Checkpoint, encoder: TextEncoder, graph: SceneGraph, recipe: Recipe, samples: int, seed: int, solver: Solver
) -> dict[str, float]:
    """Of the kept scenes: shares in which all relations hold, in which unrelated objects are clear of each other, and in which
    both is so. Of all: the share in which all relations hold, mean inconsistency before objects get one place, and CPU seconds.
    """
    start = time.process_time()
    drawn = sample_jointly(checkpoint, encoder, graph, samples, recipe=recipe, seed=seed, solver=solver)
    seconds = time.process_time() - start
    kept = ranked(drawn, max(1, samples // KEPT))
    whole = np.asarray(judged(graph, drawn.vectors).all(axis=0))
    names = [graph.categories[node] for node in drawn.wiring.nodes]
    shared = shared_volume(drawn.world.samples(torch.tensor(kept)), drawn.wiring.strangers, names)
    clear = np.asarray(shared.max(axis=0, initial=0.0) < MOST)
    return {
        "hold": float(whole[kept].mean()),
        "clear": float(clear.mean()),
        "both": float((whole[kept] & clear).mean()),
        "hold_all": float(whole.mean()),
        "inconsistency": float(drawn.inconsistency.mean()),
        "cpu_seconds": seconds,
    }


def shared_volume(world: World, pairs: Tensor, names: Sequence[str]) -> Array:
    """(p, k) share of the smaller object's volume that is in the other one, for pairs (p, 2); by points in its mesh."""
    shares = np.zeros((len(pairs), world.t.shape[1]))
    placed = [
        Posed(categories()[name].template, *(part[i].numpy() for part in (world.R, world.t, world.scale)))
        for i, name in enumerate(names)
    ]
    meet = near(world, pairs)
    for row, (i, j) in enumerate(pairs.tolist()):
        if meet[row]:
            small, large = sorted((placed[i], placed[j]), key=lambda one: _volume(one))
            points = small.to_world(inner_points(small.template))
            shares[row] = (large.depth_of(points) > 0).mean(axis=1)
    return shares


@once_per_template
def inner_points(template: Template) -> Array:
    """(m, 3) points in the template's mesh, evenly in its volume, in the unit cube."""
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (1, INNER, 3))
    one = Posed(template, np.eye(3)[None], np.zeros((1, 3)), template.extents[None])
    inside = points[0][one.depth_of(points * template.extents)[0] > 0]
    return inside if len(inside) else np.zeros((1, 3))


def _volume(one: Posed) -> float:
    return float(one.s.prod(axis=1).mean() * len(inner_points(one.template)))


def cost(checkpoint: Checkpoint, encoder: TextEncoder, objects: int, seed: int, solver: Solver) -> dict[str, float]:
    """Seconds per scene with so many objects on one table, four scenes at once; the process's largest memory so far."""
    names = [ON_TABLE[i % len(ON_TABLE)] for i in range(objects - 1)]
    kinds = {f"{name.replace(' ', '_')}_{i}": name for i, name in enumerate(names)}
    graph = SceneGraph([Edge(node, "on", "table", f"a {name} on a table") for node, name in kinds.items()], kinds)
    start, began = time.perf_counter(), time.process_time()
    drawn = sample_jointly(checkpoint, encoder, graph, 4, recipe=RECIPES["ours"], seed=seed, solver=solver)
    seconds, cpu = ((now - then) / 4 for now, then in ((time.perf_counter(), start), (time.process_time(), began)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    deepest = float(drawn.collision.mean())
    return {"objects": objects, "seconds_per_scene": seconds, "cpu_seconds_per_scene": cpu, "peak_mb": peak, "deepest": deepest}
