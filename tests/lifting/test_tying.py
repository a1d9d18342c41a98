"""Ties between masks: the cut is the cheapest there is, keeps what is right, and mends what is not."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.spatial import cKDTree

from lifting.masks import BASE, NOTHING, TARGET
from lifting.structure import Structure
from lifting.tying import Ties, said


def cost(side: np.ndarray, votes: np.ndarray, points: np.ndarray, ties: Ties) -> float:
    """What a choice of sides costs."""
    near, who = cKDTree(points).query(points, ties.neighbours + 1)
    length = near[:, 1:]
    pull = ties.pull / (1 + (length / np.median(length)) ** 2)
    apart = (side[:, None] != side[who[:, 1:]]) * pull
    return float(2 * apart.sum() / 2 + np.where(side, (-votes).clip(0), votes.clip(0)).sum())


@pytest.mark.parametrize("seed", range(4))
def test_no_other_choice_costs_less(seed: int) -> None:
    rng, ties = np.random.default_rng(seed), Ties(neighbours=3, pull=0.2)
    points, votes = rng.normal(size=(10, 3)), rng.uniform(-1, 1, 10)
    found = cost(ties.sides(votes, points), votes, points, ties)
    costs = [cost(np.array(choice), votes, points, ties) for choice in product([False, True], repeat=10)]
    assert found == pytest.approx(min(costs), abs=0.02) and max(costs) > min(costs) + 1


def two_balls(rng: np.random.Generator, count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Points (2 count, 3) on two balls that touch, and which are on the first."""
    points = rng.normal(size=(2 * count, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    first = np.arange(2 * count) < count
    points[:, 0] += np.where(first, -1.0, 1.0)
    return points, first


def test_a_cut_goes_where_two_bodies_touch() -> None:
    """A quarter of what is said is wrong, and on a cap of the first ball everything is."""
    rng = np.random.default_rng(0)
    points, first = two_balls(rng)
    wrong = rng.random(len(first)) < 0.25
    wrong |= first & (points[:, 2] > 0.9)
    votes = np.where(first ^ wrong, 1.0, -1.0)
    assert ((votes > 0) == first).mean() < 0.76
    assert (Ties(pull=0.5).sides(votes, points) == first).mean() > 0.95
    assert (Ties(pull=0.0).sides(votes, points) == (votes > 0)).all()
    assert not Ties(pull=100.0).sides(np.where(first, 0.5, -1.0), points).any()  # then the majority wins


def test_few_points_and_none_are_what_is_said_of_them() -> None:
    assert Ties().sides(np.array([1.0, -0.5]), np.zeros((2, 3))).tolist() == [True, False]
    assert Ties().sides(np.zeros(0), np.zeros((0, 3))).shape == (0,)


def seen(points: np.ndarray, first: np.ndarray, size_px: int = 64) -> tuple[Structure, np.ndarray]:
    """Two balls in two views from the front, and the right masks; the second view sees only every other point."""
    xy = size_px * (0.5 + 0.2 * points[:, :2])
    which = [np.arange(len(points)), np.arange(0, len(points), 2)]
    point, view = np.concatenate(which), np.repeat([0, 1], [len(w) for w in which])
    structure = Structure(points, np.tile(np.eye(3), (2, 1, 1)), np.tile(np.eye(4), (2, 1, 1)), point.astype(np.int32),
                          view.astype(np.int32), xy[point])
    column, row = np.meshgrid(np.arange(size_px) + 0.5, np.arange(size_px) + 0.5)
    ball = [(column - 0.5 * size_px - sign * 0.2 * size_px) ** 2 + (row - size_px / 2) ** 2 < (0.2 * size_px) ** 2
            for sign in (-1, 1)]
    mask = np.where(ball[0], TARGET, np.where(ball[1], BASE, NOTHING)).astype(np.uint8)
    return structure, np.stack([mask, mask])


def test_pixels_get_the_label_of_the_points_beside_them() -> None:
    points, first = two_balls(np.random.default_rng(1))
    structure, right = seen(points, first)
    assert (Ties()(right, structure) == right).mean() > 0.995
    rng, wrong = np.random.default_rng(2), right.copy()
    flips = rng.random(wrong.shape) < 0.3
    wrong[flips & (right > 0)] = (TARGET + BASE - right)[flips & (right > 0)]
    mended = Ties()(wrong, structure)
    assert (mended[right > 0] == right[right > 0]).mean() > 0.97 and ((mended > 0) == (right > 0)).all()
    assert (Ties(reach=0.0)(wrong, structure) == wrong).all()  # nobody is that near
    masks = np.zeros_like(right)
    assert (Ties()(masks, structure) == masks).all()  # nothing shows, nothing is painted


def test_what_is_said_is_the_balance_of_the_observations() -> None:
    structure = Structure(np.zeros((3, 3)), np.zeros((2, 3, 3)), np.zeros((2, 4, 4)), np.array([0, 0, 1, 1], np.int32),
                          np.array([0, 1, 0, 1], np.int32), np.array([[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [1.5, 0.5]]))
    masks = np.array([[[TARGET, BASE]], [[TARGET, NOTHING]]], np.uint8)
    assert said(masks, structure).tolist() == [1.0, -0.5, 0.0]


@pytest.mark.parametrize("settings", [{"neighbours": 0}, {"pull": -1.0}, {"reach": 2.0}])
def test_impossible_ties_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is not possible; give neighbours"):
        Ties(**settings)  # type: ignore[arg-type]
