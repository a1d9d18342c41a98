"""The suite's figures: of fakes whose figures are known, of problems that are what they say, and the whole of it in small."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import lifting.benchmarks.registration as suite
from lifting.benchmarks.problems import NOISE, clouds, features, placed, problem, start
from lifting.benchmarks.registration import STAGES, Score, consensus_row, off, projection_rows, registration_suite, row, score
from lifting.ransac import distances
from lifting.similarity import Similarity
from oor.evaluate import main


@pytest.mark.parametrize("outliers", [0.0, 0.5, 0.9])
def test_a_problem_has_the_outliers_and_the_noise_that_it_says(outliers: float) -> None:
    p = problem(np.random.default_rng(0), 2000, outliers)
    apart = distances(p.source, p.destination, p.truth)
    assert p.wrong is not None and float(p.wrong.double().mean()) == outliers
    right = apart[~p.wrong]
    assert float(right.square().mean().sqrt()) == pytest.approx(NOISE * math.sqrt(3), rel=0.1)
    assert float(right.max()) < 6 * NOISE
    if outliers > 0:
        assert float(apart[p.wrong].median()) > 0.2
    assert float((p.source.amax(dim=0) - p.source.amin(dim=0)).max()) == pytest.approx(1, abs=0.02)


def test_a_cloud_lies_on_its_template_and_may_show_one_side() -> None:
    for one_sided in (False, True):
        p = clouds(np.random.default_rng(1), 500, one_sided=one_sided)
        seen = p.truth.inverse()(p.destination)
        apart, nearest = torch.cdist(seen, p.source).min(dim=1)
        assert float(apart.median()) < 0.03 and len(seen) == 500 and p.normals is not None
        normals = p.normals[nearest].mean(dim=0).norm()
        assert (float(normals) > 0.25) == one_sided


def test_a_guess_is_off_by_what_is_said() -> None:
    truth = placed(np.random.default_rng(2))
    assert off(start(np.random.default_rng(3), truth), truth) == pytest.approx((8, 0.08))
    assert off(truth, truth) == pytest.approx((0, 0), abs=1e-5)
    assert off(start(np.random.default_rng(3), truth, angle_deg=180, growth=1), truth) == pytest.approx((180, 0), abs=1e-5)


def test_features_are_the_same_again_and_of_few_directions() -> None:
    x = features(400, width=64)
    assert x.equal(features(400, width=64)) and x.dtype == torch.float32
    strengths = torch.linalg.svdvals(x - x.mean(dim=0))
    assert float(strengths[0]) > 10 * float(strengths[45])


def test_success_is_within_five_degrees_and_three_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, rng = placed(np.random.default_rng(4)), np.random.default_rng(5)
    guesses = [start(rng, truth, angle_deg=a, growth=g) for a, g in ((1.0, 1.01), (3.0, 0.99), (6.0, 1.0), (1.0, 1.05))]
    clock, ran = [0.0], []
    monkeypatch.setattr(suite.time, "perf_counter", lambda: clock[0])

    def solved(index: int, cost: float) -> Callable[[], Similarity | None]:
        def solve() -> Similarity | None:
            clock[0] += cost
            ran.append(index)
            return guesses[index] if index < 4 else None

        return solve

    found = score([(solved(i, cost), truth) for i, cost in enumerate((1.0, 2.0, 3.0, 7.0, 9.0))])
    assert ran == [0, 0, 1, 2, 3, 4]  # the first warms up
    assert vars(found) == pytest.approx({"success": 0.4, "ms": 3000, "rotation_deg": 2, "scale_percent": 1}, rel=1e-6)
    nothing = score([(solved(4, 1.0), truth)])
    assert nothing.success == 0 and math.isnan(nothing.rotation_deg)


def test_a_row_stands_alone_or_beside_the_other_sides() -> None:
    ours, theirs = Score(1.0, 2.0, 0.1, 0.2), Score(0.5, 8.0, 1.0, 2.0)
    alone, beside = row(10, 0.5, ours, None), row(10, 0.5, ours, theirs)
    assert (alone.success, alone.open3d_ms, alone.time_ratio) == (1.0, None, None)
    assert (beside.success, beside.open3d_success, beside.open3d_scale_percent, beside.time_ratio) == (1.0, 0.5, 2.0, 4.0)


def test_both_sides_get_the_same_pairs_and_the_other_side_a_threshold_in_its_units(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    own: list[Any] = []
    seeded: list[int] = []
    open3d = SimpleNamespace(utility=SimpleNamespace(random=SimpleNamespace(seed=seeded.append)))
    monkeypatch.setattr(suite, "open3d_consensus", lambda _, p: asked.append(p) or p.truth)
    monkeypatch.setattr(suite, "own_consensus", lambda p: own.append(p))
    found = consensus_row(50, 0.5, 3, open3d)
    assert (found.success, found.open3d_success, seeded) == (0.0, 1.0, [0])
    assert asked == own and len(own) == 4


def test_projections_are_beside_the_exact_one() -> None:
    class Learner:
        """Axes of a peer that learns the first fifteen numbers."""

        def __init__(self, width: int) -> None:
            self.components_ = np.eye(width, 768)

        def partial_fit(self, chunk: Any) -> None:
            assert chunk.shape[1] == 768

    rows = projection_rows(800, SimpleNamespace(IncrementalPCA=Learner))
    assert [r.way.split(",")[0] for r in rows] == ["covariance", "covariance", "scikit-learn"]
    assert rows[0].least_cosine > 0.99999 and rows[1].least_cosine > 0.999 and rows[2].least_cosine < 0.9
    assert rows[0].time_ratio == 1 and all(r.time_ratio == pytest.approx(r.seconds / rows[0].seconds) for r in rows)
    assert [r.way for r in projection_rows(800, None)] == [r.way for r in rows[:2]]


def test_the_whole_in_small_says_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "find_spec", lambda name: None)
    monkeypatch.setattr(suite, "POINTS", (200,))
    monkeypatch.setattr(suite, "OUTLIERS", (0.5, 0.7))
    done: list[int] = []
    figures = registration_suite(trials=3, rows=800, advance=done.append)
    assert figures["open3d"] == figures["scikit_learn"] == "not installed"
    assert [(r["points"], r["outliers"]) for r in figures["ransac"]] == [(200, 0.5), (200, 0.7)]
    assert all(r["success"] == 1 and r["open3d_ms"] is None for r in figures["ransac"])
    assert len(figures["icp"]) == 1 and len(figures["pca"]) == 2 and len(done) == 4
    assert json.loads(json.dumps(figures)) == figures


def test_the_door_asks_for_as_many_trials_as_samples(command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def told(*, trials: int, advance: Callable[[int], None]) -> dict[str, Any]:
        for _ in range(STAGES):
            advance(1)
        return {"trials": trials, "ransac": [{"points": 1, "ms": 0.5}]}

    monkeypatch.setattr(suite, "registration_suite", told)
    outcome = command(main, "registration", "json=true", "samples=7")
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == {"suite": "registration", "trials": 7, "ransac": [{"points": 1, "ms": 0.5}]}
    assert "points" in command(main, "registration", "samples=7").out
