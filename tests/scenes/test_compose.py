"""Joint samples: the same for a seed, ranked by energy, and layouts that say what was sampled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from diffusion.checkpoint import Checkpoint, load_checkpoint
from diffusion.text_encoder import TextEncoder, load_text_encoder
from oor.catalog.category import categories
from oor.layout import relation_of
from oor.relation import pack
from oor.scene_graph import SceneGraph
from oor.scene_text import read_scene
from scenes.assets import template_asset
from scenes.compose import JointSamples, judged, layouts_of, ranked, sample_jointly, unjudged
from scenes.recipes import RECIPES
from scenes.scene_suite import SCENES, inner_points, shared_volume
from scenes.worlds import World, edge_relations


@pytest.fixture(scope="module")
def model(tiny_checkpoint: Path) -> tuple[Checkpoint, TextEncoder]:
    return load_checkpoint(tiny_checkpoint), load_text_encoder("embedded")


@pytest.fixture(scope="module")
def samples(model: tuple[Checkpoint, TextEncoder], desk: SceneGraph) -> JointSamples:
    return sample_jointly(*model, desk, 3, recipe=RECIPES["ours"], seed=2)


def test_the_same_seed_gives_the_same_numbers(
    samples: JointSamples, model: tuple[Checkpoint, TextEncoder], desk: SceneGraph
) -> None:
    again = sample_jointly(*model, desk, 3, recipe=RECIPES["ours"], seed=2)
    other = sample_jointly(*model, desk, 3, recipe=RECIPES["ours"], seed=3)
    assert torch.equal(again.vectors, samples.vectors) and torch.equal(again.energy, samples.energy)
    assert not torch.equal(other.vectors, samples.vectors)


def test_vectors_are_the_relations_of_the_world(samples: JointSamples) -> None:
    assert_close(samples.vectors, pack(edge_relations(samples.world, samples.wiring)))


def test_layouts_stand_on_the_ground_and_keep_the_relations(samples: JointSamples, desk: SceneGraph) -> None:
    assets = {node: template_asset(kind) for node, kind in desk.categories.items()}
    likely = torch.arange(15.0).view(5, 3)
    layouts = layouts_of(desk, samples, [2, 0], assets, likely)
    for layout, k in zip(layouts, (2, 0), strict=True):
        root = layout.object("desk")
        assert root.T_world_object[1, 3] == pytest.approx(root.scale[1] / 2) and root.scale.max() == pytest.approx(1)
        for e, edge in enumerate(desk.edges):
            now = pack(relation_of(layout, edge.target, edge.base))
            assert_close(now, samples.vectors[e, k], atol=1e-6, rtol=1e-6)
            assert layout.relations[e].log_likelihood == float(likely[e, k])


def test_the_best_come_first_and_those_that_hold_before_them_if_asked(samples: JointSamples) -> None:
    order = ranked(samples, 3)
    assert (samples.energy[order].diff() >= 0).all() and sorted(order) == [0, 1, 2]
    holding = np.ones((5, 3), bool)
    holding[1, order[0]] = False
    assert ranked(samples, 3, holding) == [order[1], order[2], order[0]]
    assert ranked(samples, 1, holding) == [order[1]]


def test_what_geometry_cannot_judge_is_said(desk: SceneGraph) -> None:
    assert unjudged(desk) == []
    (doubt,) = unjudged(read_scene("a mug on a guitar").graph)
    assert "guitar" in doubt


@pytest.mark.parametrize("text", SCENES)
def test_scenes_of_the_suite_are_understood_and_can_be_judged(text: str) -> None:
    scene = read_scene(text)
    assert 3 <= len(scene.graph.categories) <= 5 and unjudged(scene.graph) == []
    assert "far" not in scene.familiarity and scene.warnings == ()
    assert len(scene.graph.edges) >= len(scene.graph.categories) - 1


def test_balls_share_the_volume_of_their_lens() -> None:
    R = torch.eye(3, dtype=torch.float64).expand(2, 3, 3, 3)
    t = torch.zeros(2, 3, 3, dtype=torch.float64)
    t[1, :, 0] = torch.tensor([0.5, 0.9, 1.1])
    shares = shared_volume(World(R, t, torch.ones_like(t)), torch.tensor([[0, 1]]), ["ball", "ball"])[0]
    lens = [(2 + d) * (1 - d) ** 2 / 2 for d in (0.5, 0.9)]  # of unit diameter, d apart, over the volume of one
    assert shares == pytest.approx([*lens, 0.0], abs=0.03)
    assert len(inner_points(categories()["ball"].template)) == pytest.approx(3000 * np.pi / 6, rel=0.05)


@pytest.mark.slow
def test_the_shipped_model_sets_a_desk_as_said() -> None:
    checkpoint = load_checkpoint()
    encoder = load_text_encoder(checkpoint.text_encoder)
    graph = read_scene(SCENES[0]).graph
    ours, alone = (sample_jointly(checkpoint, encoder, graph, 8, recipe=RECIPES[name]) for name in ("ours", "independent"))
    assert judged(graph, ours.vectors).all(axis=0).mean() >= 0.75
    assert ours.inconsistency.mean() < 1e-3 * alone.inconsistency.mean()
    assert ours.collision.max() < 0.02
