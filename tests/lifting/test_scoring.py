"""Errors of samples: nothing for all that looks the same, the right amount for what is known to be off."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lifting.benchmarks.problems import placed
from lifting.scoring import SampleError, sample_error, summary
from oor.catalog.category import Symmetry
from oor.relation import Relation, gauge, pack, unpack

seeds = st.integers(0, 2**31)
symmetries = st.sampled_from([Symmetry(1), Symmetry(0), Symmetry(2), Symmetry(4), Symmetry(0, "x"), Symmetry(2, "z")])
few = settings(deadline=None, max_examples=25, derandomize=True)
NONE = Symmetry(1)


def vector(rng: np.random.Generator) -> Tensor:
    sizes = torch.from_numpy(rng.uniform(0.2, 1.5, (2, 3)))
    return pack(gauge(Relation(placed(rng).R, torch.from_numpy(rng.normal(size=3)), sizes[0], sizes[1])))


def about(axis: str, angle: float) -> Tensor:
    R: Tensor = roma.rotvec_to_rotmat(angle * torch.eye(3, dtype=torch.float64)["xyz".index(axis)])
    return R


def any_turn(symmetry: Symmetry, rng: np.random.Generator) -> Tensor:
    angle = rng.uniform(0, 2 * math.pi) if symmetry.fold == 0 else 2 * math.pi / symmetry.fold * rng.integers(symmetry.fold)
    return about(symmetry.axis, float(angle))


@few
@given(seeds, symmetries, symmetries)
def test_what_looks_the_same_is_no_error(seed: int, target: Symmetry, base: Symmetry) -> None:
    rng = np.random.default_rng(seed)
    truth = vector(rng)
    r, g = unpack(truth), any_turn(base, rng)
    same = pack(replace(r, R_base_target=g @ r.R_base_target @ any_turn(target, rng), t_base_target=g @ r.t_base_target))
    error = sample_error(same, truth, target, base)
    assert error.rotation_deg < 0.03 and error.translation < 1e-3 and error.scale < 1e-9 and not error.gross
    assert np.allclose(error.edges_target + error.edges_base, 0)


@few
@given(seeds, symmetries, symmetries)
def test_known_errors_are_found_and_never_exceeded(seed: int, target: Symmetry, base: Symmetry) -> None:
    rng = np.random.default_rng(seed)
    truth, angle, shift, growth = vector(rng), rng.uniform(0, 30), rng.normal(size=3), rng.uniform(0.7, 1.4)
    axis = torch.nn.functional.normalize(torch.from_numpy(rng.normal(size=3)), dim=0)
    r = unpack(truth)
    off = replace(r, R_base_target=roma.rotvec_to_rotmat(math.radians(angle) * axis) @ r.R_base_target,
                  t_base_target=r.t_base_target + torch.from_numpy(shift), scale_target=growth * r.scale_target)
    error = sample_error(pack(off), truth, target, base)
    exact = sample_error(pack(off), truth, NONE, NONE)
    assert exact.rotation_deg == pytest.approx(angle, abs=1e-4) and exact.translation == pytest.approx(np.linalg.norm(shift))
    assert error.scale == pytest.approx(abs(growth - 1)) and np.allclose(error.edges_target, growth - 1)
    assert exact.gross == (angle > 20 or abs(growth - 1) > 0.2)
    length = float(r.scale_target.max())
    total, most = (length * math.radians(e.rotation_deg) + e.translation for e in (error, exact))
    assert total <= most + 1e-6


def test_turn_and_place_of_a_round_base_go_together() -> None:
    """A turn that would mend the rotation alone does not count where it spoils the place."""
    one = torch.ones(3, dtype=torch.float64)
    here = torch.tensor([2.0, 0, 0], dtype=torch.float64)
    truth = pack(Relation(torch.eye(3).double(), here, 0.1 * one, one))
    turned = pack(Relation(about("y", 1.0), here, 0.1 * one, one))
    error = sample_error(turned, truth, NONE, Symmetry(0))
    assert error.rotation_deg == pytest.approx(math.degrees(1), abs=0.1) and error.translation < 0.01


def test_the_unit_does_not_matter() -> None:
    truth = vector(np.random.default_rng(0))
    doubled = torch.cat([truth[:6], 2 * truth[6:]])
    assert sample_error(doubled, truth, NONE, NONE).translation < 1e-9
    with pytest.raises(ValueError, match="NaN"):
        sample_error(truth * math.nan, truth, NONE, NONE)


def test_a_summary_counts_everything_once() -> None:
    errors = [SampleError(float(i), 0.1 * i, 0.01 * i, (0.01 * i, 0.0, -0.01 * i), (0.0, 0.0, 0.0)) for i in (1, 2, 30)]
    found = summary([*errors, "too few points", "judged wrong", "too few points", *errors[:0]])
    assert (found.items, found.passed, found.gross) == (6, 0.5, pytest.approx(1 / 3))
    assert (found.rotation_deg, found.translation, found.scale) == (2.0, pytest.approx(0.2), pytest.approx(0.02))
    assert found.reasons == {"too few points": 2, "judged wrong": 1} and found.edges == pytest.approx(0.01)
    empty = summary(["judged wrong"])
    assert empty.passed == 0 and math.isnan(empty.rotation_deg) and math.isnan(summary([]).passed)
