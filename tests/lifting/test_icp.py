"""Closest points: trimesh's and PyTorch3D's results, exact answers, sizes and sides that do not matter, and no shrinking."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from lifting.benchmarks.problems import Problem, clouds, placed, start, surface
from lifting.benchmarks.registration import off
from lifting.icp import IcpConfig, Refined, icp
from lifting.similarity import RefusalError, Similarity

laws = settings(deadline=None, max_examples=10, derandomize=True)
seeds = st.integers(0, 2**31)
PLAIN = IcpConfig(rounds=200, keep=1.0, reach=math.inf, still=1e-9, scaled=False)  # Besl and McKay's, without scale


def fine(p: Problem, *, normals: bool = True, **changes: float) -> Refined:
    return icp(p.destination, p.source, start(np.random.default_rng(9), p.truth), normals=p.normals if normals else None,
               config=IcpConfig(**changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("cloud", [10, 20, 50, 100])
@pytest.mark.parametrize("template", [10, 20, 50, 100])
def test_rigid_results_are_the_published_ones(data: Path, cloud: int, template: int) -> None:
    """Of random clouds, by trimesh; PyTorch3D is tested by them as well. Their points are rows: `x R + T`."""
    path = data / "numeric" / "pytorch3d_icp.npz"
    if not path.is_file():
        pytest.skip(f"no reference data at {path}")
    with np.load(path) as arrays:
        X, Y, R, T, s = (arrays[f"({cloud}, {template}, 0)_{i}"] for i in range(5))
    if not X.any():
        pytest.skip(f"{path} holds nothing but zeros")
    for x, y, R_rows, t, scale in zip(X, Y, R, T, s, strict=True):
        found = icp(torch.from_numpy(x), torch.from_numpy(y), Similarity.identity(), config=PLAIN)
        S_template_cloud = found.similarity.inverse()
        assert found.converged and scale == pytest.approx(1, abs=1e-6)
        np.testing.assert_allclose(S_template_cloud.R.numpy(), R_rows.T, atol=1e-5)
        np.testing.assert_allclose(S_template_cloud.t.numpy(), t, atol=1e-5)


@laws
@given(seeds, st.sampled_from([12, 60]), st.sampled_from([15, 90]))
def test_rigid_results_are_trimeshs(seed: int, cloud: int, template: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(cloud, 3)), rng.normal(size=(template, 3))
    found = icp(torch.from_numpy(x), torch.from_numpy(y), Similarity.identity(), config=PLAIN)
    matrix, moved, _ = trimesh.registration.icp(x, y, threshold=1e-12, max_iterations=300, scale=False, reflection=False)
    S_template_cloud = found.similarity.inverse()
    np.testing.assert_allclose(S_template_cloud.matrix.numpy(), matrix, atol=1e-6)
    np.testing.assert_allclose(S_template_cloud(torch.from_numpy(x)).numpy(), moved, atol=1e-6)


@laws
@given(seeds, st.booleans(), st.booleans())
def test_a_cloud_of_template_points_is_found_exactly(seed: int, one_sided: bool, planes: bool) -> None:
    rng = np.random.default_rng(seed)
    source, normals = surface(rng, 600, "chair")
    truth = placed(rng)
    seen = source[normals @ torch.from_numpy(rng.normal(size=3)) > 0] if one_sided else source
    guess = start(rng, truth, angle_deg=2, growth=1.01)
    found = icp(truth(seen), source, guess, normals=normals if planes else None, config=IcpConfig(rounds=200, still=1e-9))
    assert found.converged and found.overlap == 1 and found.residual < 1e-6
    torch.testing.assert_close(found.similarity.matrix, truth.matrix, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("one_sided", [False, True])
def test_planes_bring_a_rough_guess_close(seed: int, one_sided: bool) -> None:
    p = clouds(np.random.default_rng(seed), 2000, one_sided=one_sided)
    found = fine(p)
    angle, scale = off(found.similarity, p.truth)
    assert angle < 1 and scale < 0.015 and found.overlap > 0.95 and found.residual < 0.02


def test_planes_need_fewer_rounds_than_points_and_come_closer() -> None:
    problems = [clouds(np.random.default_rng(seed), 1000) for seed in range(4)]
    results = [[(fine(p, normals=normals), p) for p in problems] for normals in (True, False)]
    rounds = [sum(found.rounds for found, _ in several) for several in results]
    errors = [sum(off(found.similarity, p.truth)[0] for found, p in several) for several in results]
    assert rounds[0] < rounds[1] / 1.5 and errors[0] < errors[1]


@laws
@given(seeds)
def test_the_result_moves_with_the_cloud_and_so_does_the_guess(seed: int) -> None:
    p, S = clouds(np.random.default_rng(seed), 300), placed(np.random.default_rng(seed + 1))
    guess = start(np.random.default_rng(seed), p.truth)
    plain = icp(p.destination, p.source, guess, normals=p.normals)
    moved = icp(S(p.destination), p.source, S @ guess, normals=p.normals)
    torch.testing.assert_close(moved.similarity.matrix, (S @ plain.similarity).matrix, atol=1e-6, rtol=1e-6)
    assert (moved.rounds, moved.overlap) == (plain.rounds, plain.overlap)
    assert moved.residual == pytest.approx(plain.residual)


@laws
@given(seeds)
def test_the_order_of_points_and_the_side_of_normals_do_not_matter(seed: int) -> None:
    p, rng = clouds(np.random.default_rng(seed), 300), np.random.default_rng(seed)
    guess = start(rng, p.truth)
    a, b = torch.from_numpy(rng.permutation(300)), torch.from_numpy(rng.permutation(len(p.source)))
    assert p.normals is not None
    signs = torch.from_numpy(rng.choice([-1.0, 1.0], (len(p.source), 1)))
    plain = icp(p.destination, p.source, guess, normals=p.normals)
    mixed = icp(p.destination[a], p.source[b], guess, normals=(signs * p.normals)[b])
    torch.testing.assert_close(mixed.similarity.matrix, plain.similarity.matrix, atol=1e-8, rtol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_what_tells_the_turn_is_not_trimmed_away_before_it_has(seed: int) -> None:
    """A mug's handle is a tenth of it, and farthest from where it belongs."""
    rng = np.random.default_rng([seed, 1000])
    (source, normals), (cloud, _) = surface(rng, 3000, "mug"), surface(rng, 1000, "mug")
    turn = roma.rotvec_to_rotmat(torch.tensor([0, math.radians(12), 0], dtype=torch.float64))
    found = icp(cloud, source, replace(Similarity.identity(), R=turn), normals=normals)
    assert off(found.similarity, Similarity.identity())[0] < 1


def test_a_tenth_of_strays_near_the_template_is_left_out() -> None:
    p, rng = clouds(np.random.default_rng(2), 2000, noise=0.0), np.random.default_rng(3)
    strays = p.truth(p.truth.inverse()(p.destination[:150]) + 0.06 * torch.from_numpy(rng.normal(size=(150, 3))))
    spoilt = Problem(p.source, torch.cat([p.destination[150:], strays]), p.truth, normals=p.normals)
    trimmed, plain = (off(fine(spoilt, keep=keep).similarity, p.truth) for keep in (0.9, 1.0))
    assert trimmed[0] < 0.4 and trimmed[0] < plain[0]


@pytest.mark.parametrize("planes", [False, True])
def test_a_noisy_cloud_does_not_shrink_into_the_template(planes: bool) -> None:
    rng = np.random.default_rng(0)
    source, normals = surface(rng, 3000, "knife")
    cloud = source + 0.005 * torch.from_numpy(rng.normal(size=source.shape))
    found = icp(cloud, source, start(rng, Similarity.identity(), angle_deg=4, growth=0.97), normals=normals if planes else None)
    assert abs(math.log(float(found.similarity.scale))) < 0.04


def test_what_planes_leave_open_stays_as_it_was() -> None:
    """A sphere does not turn, a bottle not about its axis."""
    rng = np.random.default_rng(1)
    directions = torch.from_numpy(rng.normal(size=(3000, 3)))
    normals = directions / directions.norm(dim=1, keepdim=True)
    guess = start(rng, Similarity.identity(), angle_deg=20, growth=1.05)
    found = icp(normals[:1000] / 2, normals / 2, guess, normals=normals, config=IcpConfig(reach=0.3))
    assert off(found.similarity, Similarity.identity())[0] == pytest.approx(20, abs=1.5)
    assert float(found.similarity.scale) == pytest.approx(1, abs=5e-3)
    assert float(found.similarity.t.norm()) < 5e-3


@pytest.mark.parametrize("planes", [False, True])
def test_anchors_say_what_surfaces_leave_open(planes: bool) -> None:
    """How a ball is turned, and where on a plane one is."""
    rng = np.random.default_rng(1)
    directions = torch.from_numpy(rng.normal(size=(3000, 3)))
    ball = directions / directions.norm(dim=1, keepdim=True)
    guess = start(rng, Similarity.identity(), angle_deg=12, growth=1.05)
    config = IcpConfig(rounds=200, anchors=1.0)
    normals = ball if planes else None
    known = icp(ball[:800] / 2, ball / 2, guess, normals=normals, anchors=(ball[800:830] / 2, ball[800:830] / 2), config=config)
    alone = icp(ball[:800] / 2, ball / 2, guess, normals=normals, config=config)
    assert off(known.similarity, Similarity.identity())[0] < 1 < 5 < off(alone.similarity, Similarity.identity())[0]


@laws
@given(seeds, st.booleans())
def test_true_anchors_do_not_move_a_true_result(seed: int, planes: bool) -> None:
    rng = np.random.default_rng(seed)
    source, normals = surface(rng, 600, "chair")
    truth = placed(rng)
    found = icp(truth(source), source, start(rng, truth, angle_deg=2, growth=1.01), normals=normals if planes else None,
                anchors=(source[:9], truth(source[:9])), config=IcpConfig(rounds=200, still=1e-9))
    torch.testing.assert_close(found.similarity.matrix, truth.matrix, atol=1e-5, rtol=1e-5)


def test_without_scale_the_scale_stays() -> None:
    p = clouds(np.random.default_rng(4), 500)
    for planes in (False, True):
        guess = start(np.random.default_rng(0), p.truth, growth=1.0)
        found = icp(p.destination, p.source, guess, normals=p.normals if planes else None, config=IcpConfig(scaled=False))
        torch.testing.assert_close(found.similarity.scale, p.truth.scale)
        assert off(found.similarity, p.truth)[0] < 1


def test_a_tree_saves_nothing_but_time() -> None:
    from scipy.spatial import cKDTree

    p = clouds(np.random.default_rng(5), 300)
    guess = start(np.random.default_rng(0), p.truth)
    with_tree = icp(p.destination, p.source, guess, normals=p.normals, tree=cKDTree(p.source.numpy()))
    assert with_tree.similarity.matrix.equal(icp(p.destination, p.source, guess, normals=p.normals).similarity.matrix)


def test_a_cloud_that_is_elsewhere_has_no_overlap() -> None:
    p = clouds(np.random.default_rng(6), 100)
    far = p.truth @ Similarity(torch.eye(3).double(), torch.tensor([3.0, 0, 0]).double(), torch.tensor(1.0).double())
    with pytest.raises(RefusalError, match="0 of 100 points are near the template") as refusal:
        icp(p.destination, p.source, far, normals=p.normals)
    assert refusal.value.reason == "no overlap"


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_none_are_refused(which: int, bad: float) -> None:
    given_points = [torch.eye(3), torch.eye(3), torch.eye(3)]
    given_points[which] = given_points[which] * bad
    with pytest.raises(RefusalError) as refusal:
        icp(given_points[0], given_points[1], Similarity.identity(), normals=given_points[2])
    assert refusal.value.reason == "not finite"


def test_half_an_anchor_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="Anchors are pairs of points, got 3 of the template and 2 of the cloud"):
        icp(torch.eye(3), torch.eye(3), Similarity.identity(), anchors=(torch.eye(3), torch.eye(3)[:2]))


def test_shapes_that_do_not_fit_are_mistakes() -> None:
    for cloud, template, normals, message in (
        (torch.zeros(4, 2), torch.zeros(4, 3), None, r"The cloud must be \(n, 3\), got \(4, 2\)"),
        (torch.zeros(4, 3), torch.zeros(3), None, r"The template must be"),
        (torch.zeros(4, 3), torch.zeros(4, 3), torch.zeros(5, 3), "template of 4 points needs as many normals, got 5"),
    ):
        with pytest.raises(ValueError, match=message):
            icp(cloud, template, Similarity.identity(), normals=normals)
