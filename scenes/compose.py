"""Scenes of many objects: all relations of a scene graph are sampled together, and every object gets one place (section 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.generation import DEFAULT
from diffusion.sampling import Solver, initial_noise
from diffusion.schedule import NoiseConfig
from diffusion.text_encoder import Condition, TextEncoder
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.catalog.frames import missing_frames
from oor.layout import Layout, LayoutObject, LayoutRelation
from oor.relation import WIDTH, pack
from oor.scene_graph import SceneGraph
from scenes.assets import Asset
from scenes.edge_model import EdgeModel
from scenes.energies import inconsistency
from scenes.fitting import Fit, fitted, precision_of
from scenes.metrics import holds
from scenes.recipes import Recipe
from scenes.solids import Solids, penetration
from scenes.worlds import Wiring, World, at_root, edge_relations, joined, proposals

BLOCK = 16  # scenes that are denoised together
CLOSING = 20  # steps of the last fit

Advance = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class JointSamples:
    """k scenes of a graph, and what is known of each.

    world: objects (n, k) in the order of wiring.nodes, the root at the origin. vectors: (e, k, 15) relations as they hold in it.
    inconsistency: (k,) energy of the relations as they were sampled, before every object got one place. energy: (k,) what samples
    are ranked by: how far these relations had to be bent for that, in standard deviations, and how deep unrelated objects are in
    each other, both as half squares. collision: (k,) the deepest of these collisions, over the smaller object's longest edge.
    """

    wiring: Wiring
    world: World
    vectors: Tensor
    inconsistency: Tensor
    energy: Tensor
    collision: Tensor


def conditions_of(graph: SceneGraph) -> list[Condition]:
    """What the model is told of each edge."""
    kinds = graph.categories
    return [Condition(edge.prompt, kinds[edge.target], kinds[edge.base], edge.predicate) for edge in graph.edges]


def sample_jointly(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    graph: SceneGraph,
    count: int,
    *,
    recipe: Recipe,
    seed: int = 0,
    solver: Solver = DEFAULT,
    advance: Advance = lambda _: None,
) -> JointSamples:
    """That many scenes; `advance` hears of every finished block. The same arguments give the same numbers."""
    wiring, conditions = Wiring.of(graph), conditions_of(graph)
    model = EdgeModel(checkpoint, encoder, conditions)
    solids = Solids.of([graph.categories[node] for node in wiring.nodes])
    blocks = []
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        noise = initial_noise(seed, range(start, start + size), len(conditions) * WIDTH)
        noise = noise.view(size, len(conditions), WIDTH).movedim(0, 1).to(model.like)
        blocks.append(_sampled(model, wiring, solids, recipe, solver, checkpoint.noise, noise))
        advance(size)
    world = joined([block.world for block in blocks])
    rest = {name: torch.cat([getattr(block, name) for block in blocks]) for name in ("inconsistency", "energy", "collision")}
    return JointSamples(wiring, world, torch.cat([block.vectors for block in blocks], dim=1), **rest)


@torch.no_grad()
def _sampled(
    model: EdgeModel, wiring: Wiring, solids: Solids, recipe: Recipe, solver: Solver, levels: NoiseConfig, noise: Tensor
) -> JointSamples:
    """Scenes from standard Gaussians (e, k, 15)."""
    z = solver(recipe.guide(model, wiring, solids), noise, levels)
    relation = model.relation(z)
    _, slopes = model.slopes(z, torch.tensor(levels.sigma_min).to(z))
    fit = Fit(wiring, model.coordinates, model.coordinates(relation), precision_of(slopes), solids)
    _, world = proposals(relation, wiring)
    if recipe.placing == "fit":
        world = fitted(fit if recipe.collision else replace(fit, solids=None), world, CLOSING)
    depths = penetration(world, wiring.strangers, solids)
    deepest = depths.amax(dim=0) if len(depths) else torch.zeros_like(world.t[0, :, 0])
    vectors = pack(edge_relations(world, wiring))
    return JointSamples(wiring, at_root(world), vectors, inconsistency(relation, wiring), fit.cost(world), deepest)


def judged(graph: SceneGraph, vectors: Tensor) -> np.ndarray:
    """(e, k) whether geometry says that relations (e, k, 15) hold; only for graphs of which `unjudged` says nothing."""
    return np.stack([holds(context, rows) for context, rows in zip(contexts_of(graph), vectors, strict=True)])


def contexts_of(graph: SceneGraph) -> list[Context]:
    """The edges as contexts of the catalog."""
    return [Context(graph.categories[edge.target], edge.predicate, graph.categories[edge.base]) for edge in graph.edges]


def unjudged(graph: SceneGraph) -> list[str]:
    """The relations that geometry cannot judge, as they take frames that the catalog does not know, and why."""
    reasons = []
    for context in contexts_of(graph):
        names = {"target": context.target, "base": context.base}
        lacking = missing_frames(context.predicate, *(categories()[name] for name in names.values()))
        for role, frames in lacking.items():
            reasons.append(f"{context}: the catalog knows no {' and no '.join(frames)} of {names[role]}")
    return reasons


def ranked(samples: JointSamples, count: int, holding: np.ndarray | None = None) -> list[int]:
    """The best samples, that many: by energy; those for which all of `holding` (e, k) is true first, if it is given."""
    order = samples.energy.argsort(stable=True).tolist()
    if holding is not None:
        good = np.asarray(holding.all(axis=0))
        order.sort(key=lambda i: not good[i])  # stable
    return [int(i) for i in order[:count]]


def layouts_of(
    graph: SceneGraph, samples: JointSamples, chosen: Sequence[int], assets: Mapping[str, Asset], likely: Tensor | None = None
) -> tuple[Layout, ...]:
    """One layout per chosen sample, the root on the ground; assets by node id. likely: (e, k) nats of the relations."""
    ordered = {name: assets[name] for name in samples.wiring.nodes}
    return tuple(_layout(graph, samples, k, ordered, likely) for k in chosen)


def _layout(graph: SceneGraph, samples: JointSamples, k: int, assets: Mapping[str, Asset], likely: Tensor | None) -> Layout:
    world = samples.world
    lift = float(world.scale[0, k, 1]) / 2
    objects = []
    for i, (name, asset) in enumerate(assets.items()):
        T_world_object = np.eye(4)
        T_world_object[:3, :3], T_world_object[:3, 3] = world.R[i, k].numpy(), world.t[i, k].numpy()
        T_world_object[1, 3] += lift
        objects.append(LayoutObject(name, asset.category, T_world_object, world.scale[i, k].numpy(), None, asset.hash))
    relations = tuple(
        LayoutRelation(edge.target, edge.predicate, edge.base, edge.prompt, samples.vectors[e, k].numpy(),
                       None if likely is None else float(likely[e, k]))
        for e, edge in enumerate(graph.edges)
    )
    return Layout(tuple(objects), relations)
