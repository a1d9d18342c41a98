"""Registration from features to a similarity: right on known scenes, the same for all that looks the same, or refused by name."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lifting.benchmarks.problems import placed, surface
from lifting.benchmarks.registration import off
from lifting.ransac import RansacConfig
from lifting.registration import NONE, FeaturePoints, Registration, RegistrationConfig, register
from lifting.similarity import RefusalError, Similarity
from lifting.symmetry import rotation_error
from oor.catalog.category import Symmetry, categories

laws = settings(deadline=None, max_examples=8, derandomize=True)
seeds = st.integers(0, 2**31)
RANSAC_ONLY = RegistrationConfig(icp=None)


def described(points: torch.Tensor, noise: float, rng: np.random.Generator) -> torch.Tensor:
    """(n, 15) features that vary smoothly over an object, as a network's do: waves of random directions, and noise."""
    waves = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 15)))
    features = torch.sin(7 * points @ waves + torch.arange(15))
    return (features + noise * torch.from_numpy(rng.normal(size=features.shape))).float()


def scene(
    seed: int, *, category: str = "chair", count: int = 500, one_sided: bool = True, strangers: float = 0.3, noise: float = 0.2
) -> tuple[FeaturePoints, FeaturePoints, Similarity]:
    """A cloud, a template of other points, and the truth. strangers: share of the cloud whose features are anything."""
    rng = np.random.default_rng(seed)
    x, normals = surface(rng, 1500, category)
    seen, outward = surface(rng, 3 * count, category)
    if one_sided:
        seen = seen[outward @ torch.from_numpy(rng.normal(size=3)) > 0]
    seen = seen[:count]
    features = described(seen, noise, rng)
    strange = torch.from_numpy(rng.random(len(seen)) < strangers)
    features[strange] = torch.from_numpy(rng.normal(size=(int(strange.sum()), 15))).float()
    truth = placed(rng)
    cloud = truth(seen + 0.004 * torch.from_numpy(rng.normal(size=seen.shape)))
    return FeaturePoints(cloud, features), FeaturePoints(x, described(x, 0.0, rng), normals), truth


def registered(
    cloud: FeaturePoints, template: FeaturePoints, symmetry: Symmetry = NONE, config: RegistrationConfig | None = None
) -> Registration:
    return register(cloud, template, generator=torch.Generator().manual_seed(0), symmetry=symmetry, config=config)


def refused(cloud: FeaturePoints, template: FeaturePoints, config: RegistrationConfig | None = None) -> str:
    """The reason; nothing else is told."""
    result = registered(cloud, template, config=config)
    assert result.similarity is None and result.reason is not None and result.message.endswith(".")
    for ask in ("R", "t", "scale"):
        with pytest.raises(RefusalError) as refusal:
            getattr(result, ask)
        assert refusal.value.reason == result.reason
    return result.reason


@pytest.mark.parametrize("category", ["chair", "teapot", "mug", "stapler", "guitar"])
@pytest.mark.parametrize("one_sided", [False, True])
def test_a_template_is_found_in_a_cloud(category: str, one_sided: bool) -> None:
    for seed in range(3):
        cloud, template, truth = scene(seed, category=category, one_sided=one_sided)
        result = registered(cloud, template)
        angle, scale = off(result.found, truth)
        assert angle < 2.5 and scale < 0.02, (seed, result)
        assert result.reason is None and result.message == "" and result.pairs > 100
        assert result.inlier_ratio > 0.4 and result.residual < 0.03 and result.overlap > 0.9
        torch.testing.assert_close(result.t, truth.t, atol=0.03 * float(truth.scale), rtol=0)


def test_closest_points_make_it_better() -> None:
    angles = {True: 0.0, False: 0.0}
    for seed in range(6):
        cloud, template, truth = scene(seed, noise=0.5)
        for last, config in ((True, None), (False, RANSAC_ONLY)):
            result = registered(cloud, template, config=config)
            assert result.refined == last and math.isnan(result.overlap) != last
            angles[last] += off(result.found, truth)[0]
    assert angles[True] < 0.7 * angles[False]


@laws
@given(seeds)
def test_the_answer_moves_with_the_cloud(seed: int) -> None:
    cloud, template, _ = scene(seed)
    S = placed(np.random.default_rng(seed + 1))
    plain, moved = registered(cloud, template), registered(replace(cloud, points=S(cloud.points)), template)
    torch.testing.assert_close(moved.found.matrix, (S @ plain.found).matrix, atol=1e-3, rtol=1e-3)
    assert moved.residual == pytest.approx(plain.residual, rel=0.01) and moved.pairs == plain.pairs


@laws
@given(seeds)
def test_the_order_of_points_and_the_length_of_features_do_not_matter(seed: int) -> None:
    cloud, template, _ = scene(seed)
    rng = np.random.default_rng(seed)
    a, b = torch.from_numpy(rng.permutation(len(cloud.points))), torch.from_numpy(rng.permutation(len(template.points)))
    assert template.normals is not None
    plain = registered(cloud, template)
    mixed = registered(
        FeaturePoints(cloud.points[a], 3 * cloud.features[a]),
        FeaturePoints(template.points[b], template.features[b] / 7, template.normals[b]),
    )
    assert off(mixed.found, plain.found)[0] < 0.1 and off(mixed.found, plain.found)[1] < 2e-3
    assert (mixed.pairs, mixed.reason) == (plain.pairs, None)


def test_equal_generators_give_equal_results() -> None:
    cloud, template, _ = scene(1)
    assert registered(cloud, template).found.matrix.equal(registered(cloud, template).found.matrix)


@pytest.mark.parametrize("name", ["bottle", "stool"])
def test_an_object_that_looks_the_same_is_registered_the_same(name: str) -> None:
    """Turned by what its symmetry allows, the template's features are found elsewhere, and the answer is the same."""
    symmetry = categories()[name].symmetry
    assert symmetry.fold != 1
    cloud, template, truth = scene(2, category=name, one_sided=False, strangers=0.1)
    turn = 2 * math.pi / (symmetry.fold or 5)
    c, s = math.cos(turn), math.sin(turn)
    g = torch.tensor([[c, 0, s], [0, 1, 0], [-s, 0, c]], dtype=torch.float64)
    assert template.normals is not None
    turned = FeaturePoints(template.points @ g.mT, template.features, template.normals @ g.mT)
    plain, other = registered(cloud, template, symmetry), registered(cloud, turned, symmetry)
    assert float(rotation_error(plain.R, truth.R, symmetry)) < math.radians(2)
    torch.testing.assert_close(other.R, plain.R, atol=0.05, rtol=0)
    assert off(registered(cloud, turned).found, registered(cloud, template).found)[0] > 60


@pytest.mark.parametrize("device", [
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")),
])
def test_a_gpus_points_are_registered_alike(device: str) -> None:
    cloud, template, truth = scene(3)
    there = [FeaturePoints(p.points.to(device), p.features.to(device), None) for p in (cloud, template)]
    result = registered(there[0], there[1])
    assert result.R.device.type == "cpu" and off(result.found, truth)[0] < 2.5


def test_too_few_points_are_refused() -> None:
    cloud, template, _ = scene(4)
    two = FeaturePoints(cloud.points[:2], cloud.features[:2])
    assert refused(two, template) == refused(cloud, two) == "too few points"
    none = FeaturePoints(cloud.points[:0], cloud.features[:0])
    assert refused(none, template) == refused(cloud, none) == "too few points"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", ["points", "features", "normals"])
def test_a_number_that_is_none_is_refused(where: str, bad: float) -> None:
    cloud, template, _ = scene(5)
    values = getattr(template, where).clone()
    values[7, 1] = bad
    assert refused(cloud, replace(template, **{where: values})) == "not finite"
    if where != "normals":
        values = getattr(cloud, where).clone()
        values[3, 0] = bad
        assert refused(replace(cloud, **{where: values}), template) == "not finite"


def test_features_that_are_nothing_alike_make_no_pairs() -> None:
    cloud, template, _ = scene(6)
    assert refused(replace(cloud, features=torch.zeros_like(cloud.features)), template) == "no pairs"
    assert refused(cloud, replace(template, features=torch.zeros_like(template.features))) == "no pairs"


@pytest.mark.parametrize("seed", range(5))
def test_features_of_strangers_are_no_consensus(seed: int) -> None:
    cloud, template, _ = scene(seed, strangers=1.0)
    config = RegistrationConfig(similarity=0.3, ransac=RansacConfig(most=20_000))
    assert refused(cloud, template, config) == "no consensus"


@pytest.mark.parametrize("seed", range(5))
def test_features_that_are_the_same_everywhere_are_refused(seed: int) -> None:
    cloud, template, _ = scene(seed)
    assert refused(replace(cloud, features=torch.ones_like(cloud.features)), template) in ("no pairs", "collinear")
    same = replace(template, features=torch.ones_like(template.features))
    assert refused(replace(cloud, features=torch.ones_like(cloud.features)), same) == "collinear"


def test_a_cloud_along_an_edge_is_refused() -> None:
    _, template, truth = scene(7, strangers=0.0, noise=0.0)
    rod = torch.linspace(-0.4, 0.4, 200)[:, None] * torch.tensor([0.0, 1, 0]) + torch.tensor([0.2, 0, 0.2])
    edge = FeaturePoints(truth(rod.double()), described(rod.double(), 0.0, np.random.default_rng(0)))
    whole = FeaturePoints(rod.double(), edge.features)
    assert refused(edge, whole) == "collinear"
    assert refused(edge, template) in ("collinear", "no consensus", "rotation undetermined", "no pairs")


def test_a_small_patch_is_refused_or_right() -> None:
    """One side of one part, with rough features: what it says of the turn and the scale is little."""
    reasons = set()
    for seed in range(6):
        cloud, template, truth = scene(seed, noise=0.6, strangers=0.2, count=2000)
        centre = cloud.points[0]
        near = (cloud.points - centre).norm(dim=1) < 0.12 * float(truth.scale)
        result = registered(FeaturePoints(cloud.points[near][:40], cloud.features[near][:40]), template)
        reasons.add(result.reason)
        if result.reason is None:
            angle, scale = off(result.found, truth)
            assert result.doubt is not None and angle < math.degrees(6 * result.doubt.rotation) + 10, (seed, result)
            assert scale < 6 * result.doubt.scale + 0.1, (seed, result)
    assert reasons - {None}


def test_a_cloud_of_many_things_has_too_little_overlap() -> None:
    cloud, template, truth = scene(8, strangers=0.0)
    rng = np.random.default_rng(0)
    clutter = truth(torch.from_numpy(rng.uniform(-4, 4, (3000, 3))))
    mixed = FeaturePoints(torch.cat([cloud.points, clutter]), torch.cat([cloud.features, torch.zeros(3000, 15)]))
    assert refused(mixed, template) == "no overlap"


@pytest.mark.parametrize(("points", "features", "normals"), [
    ((4, 2), (4, 5), None), ((4, 3), (5, 5), None), ((4, 3), (4,), None), ((4, 3), (4, 5), (5, 3)), ((4, 3), (4, 5), (4, 2)),
])
def test_what_is_no_list_of_points_is_a_mistake(
    points: tuple[int, ...], features: tuple[int, ...], normals: tuple[int, ...] | None
) -> None:
    with pytest.raises(ValueError, match=r"n points \(n, 3\) have features \(n, k\) and normals \(n, 3\)"):
        FeaturePoints(torch.zeros(points), torch.zeros(features), None if normals is None else torch.zeros(normals))


def test_features_of_two_projections_are_a_mistake() -> None:
    cloud, template, _ = scene(9)
    with pytest.raises(ValueError, match="project both with one projection"):
        registered(replace(cloud, features=cloud.features[:, :7]), template)
