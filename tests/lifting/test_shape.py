"""Shape alone: what has one pose is found from anywhere, what has several is found in all of them, and features choose."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lifting.benchmarks.problems import placed, surface
from lifting.locating import LEAD, locate
from lifting.registration import NONE, FeaturePoints, RegistrationConfig
from lifting.shape import Answer, Fit, ShapeConfig, shape_answers
from lifting.similarity import Similarity
from lifting.symmetry import rotation_error
from oor.catalog.category import Symmetry, categories


def cloud_of(category: str, seed: int, count: int = 900) -> tuple[torch.Tensor, FeaturePoints, Similarity]:
    """A cloud of a category, a template of other points with plain features, and the truth."""
    rng = np.random.default_rng(seed)
    x, normals = surface(rng, 1200, category)
    seen, _ = surface(rng, count, category)
    truth = placed(rng)
    cloud = truth(seen + 0.004 * torch.from_numpy(rng.normal(size=seen.shape)))
    return cloud, FeaturePoints(x, torch.ones(len(x), 3), normals), truth


def off(answer: Similarity, truth: Similarity, symmetry: Symmetry) -> tuple[float, float]:
    """Degrees, and the relative error of the scale."""
    return math.degrees(float(rotation_error(answer.R, truth.R, symmetry))), abs(float(answer.scale / truth.scale) - 1)


@pytest.mark.parametrize(("category", "seed"), [("teapot", 0), ("chair", 1), ("wine glass", 2), ("hammer", 3), ("toilet", 4)])
def test_a_shape_is_found_wherever_it_is(category: str, seed: int) -> None:
    cloud, template, truth = cloud_of(category, seed)
    symmetry = categories()[category].symmetry
    answers = shape_answers(cloud, template.points, symmetry)
    angle, growth = off(answers[0].similarity, truth, symmetry)
    assert angle < 12 and growth < 0.08
    misfits = [answer.misfit for answer in answers]
    assert misfits == sorted(misfits) and (len(misfits) == 1 or misfits[1] > 1.05 * misfits[0])
    assert all(one.angle_deg(other, symmetry) > 25 for i, one in enumerate(answers) for other in answers[:i])


def test_answers_move_with_the_cloud() -> None:
    cloud, template, _ = cloud_of("teapot", 5)
    motion = placed(np.random.default_rng(6))
    here, there = (shape_answers(points, template.points, NONE)[0] for points in (cloud, motion(cloud)))
    angle, growth = off(there.similarity, motion @ here.similarity, NONE)
    assert angle < 6 and growth < 0.03 and there.misfit == pytest.approx(here.misfit, rel=0.2)


def test_the_misfit_is_a_distance_in_units_of_the_template() -> None:
    """Of a template moved off its own cloud: by nothing, by a little, and by so much that only the reach counts."""
    x, _ = surface(np.random.default_rng(7), 400, "chair")
    fit = Fit.of(5 * x, x, ShapeConfig(points=400))
    for shift, least, most in ((0.0, 0.0, 1e-9), (0.02, 0.003, 0.02), (40.0, 0.15 - 1e-9, 0.15 + 1e-9)):
        S = Similarity(torch.eye(3).double()[None], torch.tensor([[5 * shift, 0.0, 0.0]]).double(), torch.tensor([5.0]).double())
        assert least <= float(fit.misfits(S)[0]) <= most
        assert float(fit.misfits(fit.nearer(S))[0]) <= float(fit.misfits(S)[0]) + 1e-9


def box(rng: np.random.Generator, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (count, 3) on a box with three different edges, and normals."""
    edges, axis = np.array([1.0, 0.7, 0.4]), rng.integers(0, 3, count)
    x, side = rng.uniform(-0.5, 0.5, (count, 3)), rng.choice([-1.0, 1.0], count)
    x[np.arange(count), axis] = side / 2
    normals = side[:, None] * np.eye(3)[axis]
    return torch.from_numpy(x * edges), torch.from_numpy(normals)


def test_a_box_has_four_poses_and_features_choose() -> None:
    rng = np.random.default_rng(8)
    (x, normals), (seen, _), truth = box(rng, 1500), box(rng, 900), placed(rng)
    cloud = truth(seen)
    answers = shape_answers(cloud, x, NONE)
    turns = [np.diag(signs) for signs in ([1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1])]
    for turn in turns:
        R = truth.R @ torch.from_numpy(np.asarray(turn, float))
        assert min(math.degrees(float(rotation_error(answer.similarity.R, R, NONE))) for answer in answers[:4]) < 6
    waves = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 12)))
    for told, lead in ((0.0, 1.15), (1.0, LEAD)):
        features = [told * torch.sin(4 * points @ waves + torch.arange(12)).float() for points in (seen, x)]
        found = locate(FeaturePoints(cloud, features[0]), FeaturePoints(x, features[1], normals), symmetry=NONE,
                       generator=torch.Generator().manual_seed(0), config=RegistrationConfig(), shape=ShapeConfig())
        assert found.similarity is not None and found.refined
        if told:
            assert off(found.similarity, truth, NONE)[0] < 1 and 1.5 < found.lead <= lead and found.inlier_ratio > 0.7
        else:
            assert 1 <= found.lead < lead and found.inlier_ratio == 0 and found.pairs == 0


def test_without_shape_features_have_the_only_word() -> None:
    cloud, template, _ = cloud_of("teapot", 9)
    mute = FeaturePoints(cloud, torch.zeros(len(cloud), 3))

    def located(points: FeaturePoints, shape: ShapeConfig | None) -> str | None:
        found = locate(points, template, generator=torch.Generator().manual_seed(0), symmetry=NONE,
                       config=RegistrationConfig(), shape=shape)
        assert (found.similarity is None) == (found.reason is not None) and math.isnan(found.lead) == (found.similarity is None)
        return found.reason

    assert located(mute, None) == "no pairs" and located(mute, ShapeConfig()) is None
    few = FeaturePoints(cloud[:2], torch.zeros(2, 3))
    assert located(few, ShapeConfig()) == located(few, None) == "too few points"
    bad = FeaturePoints(cloud * torch.nan, torch.zeros(len(cloud), 3))
    assert located(bad, ShapeConfig()) == "not finite"


def test_answers_are_compared_modulo_the_symmetry() -> None:
    spin = torch.from_numpy(np.diag([-1.0, 1.0, -1.0]))
    one, other = (Answer(Similarity(R, torch.zeros(3), torch.ones(())), 0.0) for R in (torch.eye(3).double(), spin))
    assert one.angle_deg(other, NONE) == pytest.approx(180) and one.angle_deg(other, Symmetry(2)) == pytest.approx(0, abs=1e-4)
