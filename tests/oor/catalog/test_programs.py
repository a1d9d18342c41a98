"""Programs draw what they promise: valid relations, one generator, real sizes, and as many ways to do it as there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy import stats

from oor.catalog.category import categories
from oor.catalog.contexts import Context, contexts
from oor.catalog.programs import PROGRAMS, draw, instance_sizes
from oor.relation import Relation, gauge, pack, unpack

Array = NDArray[np.float64]
Drawn = Callable[[Context], Array]
ALPHA = 1e-3  # the seeds are fixed: a law that holds is not refused by bad luck


def relation(context: Context, n: int, seed: int = 0) -> Relation:
    return unpack(torch.from_numpy(draw(context, n, np.random.default_rng(seed))))


def azimuth_deg(vectors: Array) -> Array:
    """Angle of horizontal directions (n, 3): 0 is +z, 90 is +x."""
    return np.degrees(np.arctan2(vectors[:, 0], vectors[:, 2]))


@pytest.mark.parametrize("context", contexts(), ids=str)
def test_draws_are_gauged_relations(context: Context, drawn: Drawn) -> None:
    vectors = drawn(context)
    assert vectors.shape == (48, 15) and vectors.dtype == np.float64
    found = unpack(torch.from_numpy(vectors))  # finite, positive scales, independent columns
    columns = vectors[:, :6].reshape(-1, 2, 3)
    assert_allclose(columns @ columns.swapaxes(1, 2), np.tile(np.eye(2), (48, 1, 1)), atol=1e-9)
    assert_allclose(torch.linalg.det(found.R_base_target).numpy(), 1, atol=1e-9)
    assert_allclose(vectors[:, 12:].max(axis=1), 1, atol=1e-12)
    assert_allclose(pack(gauge(found)).numpy(), vectors, atol=1e-9)
    assert (vectors.std(axis=0)[6:12] > 0).all()  # instances differ


@pytest.mark.parametrize("context", contexts()[::7], ids=str)
def test_a_generator_s_seed_decides_the_draws(context: Context) -> None:
    one, same, other = (draw(context, 20, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(one, same) and not np.isclose(one, other).all(axis=1).any()


def test_draws_continue_a_generator_and_any_number_can_be_had() -> None:
    context = Context("apple", "inside", "bowl")  # not every pair of instances fits
    rng = np.random.default_rng(0)
    first, second = draw(context, 5, rng), draw(context, 5, rng)
    assert not np.isclose(first, second).any(axis=0).all()
    assert [len(draw(context, n, rng)) for n in (1, 63, 200)] == [1, 63, 200]


def test_a_pair_that_never_fits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"table inside mug: fewer than 1 pair of instances in 200 fits"):
        draw(Context("table", "inside", "mug"), 4, np.random.default_rng(0))


def test_every_program_ran() -> None:
    assert {context.predicate for context in contexts()} == set(PROGRAMS)


@pytest.mark.parametrize("name", ["mug", "desk", "ladder", "book", "screw"])
def test_instances_have_the_category_s_sizes_and_shapes(name: str) -> None:
    known = categories()[name]
    sizes = instance_sizes(known, 4000, np.random.default_rng(0))
    jitter = 5 * known.stretch
    low, high = known.length_m
    longest = sizes[:, int(np.argmax(known.template.extents))]
    assert (longest > low * np.exp(-jitter)).all() and (longest < high * np.exp(jitter)).all()
    ratio = np.log(sizes / known.template.extents)
    own = ratio - ratio.mean(axis=1, keepdims=True)
    assert_allclose(own.std(axis=0), known.stretch * np.sqrt(2 / 3), rtol=0.1)
    assert np.median(longest) == pytest.approx(np.sqrt(low * high), rel=0.05)


def test_sizes_of_a_draw_are_those_of_instances(drawn: Drawn) -> None:
    """Ratios of a draw's sizes lie where metres put them: nothing is rescaled to fit."""
    for context in contexts():
        target, base = categories()[context.target], categories()[context.base]
        jitter = np.exp(5 * (target.stretch + base.stretch))
        low, high = target.length_m[0] / base.length_m[1], target.length_m[1] / base.length_m[0]
        longest = drawn(context)[:, 9:12].max(axis=1)
        assert (longest > low / jitter).all() and (longest < high * jitter).all(), context


def test_a_mouse_is_right_of_its_keyboard_eight_times_in_ten() -> None:
    right = relation(Context("mouse", "beside", "keyboard"), 600).t_base_target[:, 0] > 0
    assert stats.binomtest(int(right.sum()), 600, 0.8).pvalue > ALPHA


@pytest.mark.parametrize("tool", ["pencil", "pen"])
def test_writing_leans_to_the_right_hand_eight_times_in_ten(tool: str) -> None:
    R = relation(Context(tool, "writes on", "notebook"), 600).R_base_target.numpy()
    shaft = -R @ categories()[tool].template.frames["tip"].axis
    right = shaft[:, 0] > 0
    assert stats.binomtest(int(right.sum()), 600, 0.8).pvalue > ALPHA
    tilt = np.degrees(np.arccos(shaft[:, 1]))
    assert tilt.min() > 20 and tilt.max() < 60


def test_chairs_take_all_four_sides_of_a_table_and_the_front_of_a_desk() -> None:
    table = relation(Context("chair", "sits at", "table"), 800)
    facing = azimuth_deg(table.R_base_target.numpy() @ np.array([0.0, 0, 1]))
    sides = np.round(facing / 90).astype(int) % 4
    assert stats.chisquare(np.bincount(sides, minlength=4)).pvalue > ALPHA
    desk = relation(Context("chair", "sits at", "desk"), 100)
    assert (desk.t_base_target[:, 2] > 0).all()
    assert (np.abs(azimuth_deg(-desk.R_base_target.numpy() @ np.array([0.0, 0, 1]))) < 30).all()


@pytest.mark.parametrize("context", [
    Context("teapot", "pours into", "teacup"), Context("bottle", "pours into", "bowl"),
    Context("watering can", "waters", "flower pot"), Context("salt shaker", "sprinkles into", "pan"),
    Context("hammer", "hits", "nail"), Context("apple", "inside", "bowl"), Context("knife", "cuts", "apple"),
    Context("spoon", "stirs", "bowl"),
], ids=str)
def test_the_turn_about_the_vertical_is_uniform_where_nothing_prefers_one(context: Context) -> None:
    R = relation(context, 600).R_base_target.numpy()
    frames = categories()[context.target].template.frames
    axis = next((frames[name].axis for name in ("spout", "outlet", "handle") if name in frames), np.array([1.0, 0, 0]))
    if context.predicate == "cuts":
        axis = np.array([1.0, 0, 0])  # along the blade
    turn = azimuth_deg(R @ axis)
    assert stats.kstest(turn, stats.uniform(-180, 360).cdf).pvalue > ALPHA


def test_a_loaf_is_cut_across_and_an_apple_anyhow() -> None:
    def along(base: str) -> Array:
        blade = relation(Context("knife", "cuts", base), 300).R_base_target.numpy()[:, :, 0]
        turn = np.abs(azimuth_deg(blade))
        return np.minimum(turn, 180 - turn)  # 0: along z, across the loaf; 90: along it

    assert along("bread").max() < 40
    assert np.ptp(along("apple")) > 80


def test_cutlery_stands_in_cups_and_fruit_lies_in_bowls() -> None:
    spoon = relation(Context("spoon", "inside", "mug"), 200)
    handle = spoon.R_base_target.numpy() @ categories()["spoon"].template.frames["tip"].axis
    assert (handle[:, 1] < -0.5).all()
    apple = relation(Context("apple", "inside", "bowl"), 200)
    assert_allclose(apple.R_base_target.numpy()[:, 1, 1], 1, atol=1e-9)


@pytest.mark.parametrize(("side", "axis", "sign"), [
    ("left of", 0, -1), ("right of", 0, 1), ("in front of", 2, 1), ("behind", 2, -1),
])
def test_sides_are_those_of_a_viewer_before_the_front(side: str, axis: int, sign: int, drawn: Drawn) -> None:
    rows = np.concatenate([drawn(context) for context in contexts() if context.predicate == side])
    assert (sign * rows[:, 6 + axis] > 0).all()


def mirrored(vectors: Array) -> Array:
    """The same scenes seen in a mirror at the base's middle (x -> -x), targets mirrored likewise."""
    found = unpack(torch.from_numpy(vectors))
    M = torch.diag(torch.tensor([-1.0, 1, 1], dtype=torch.float64))
    return pack(Relation(M @ found.R_base_target @ M, found.t_base_target @ M, found.scale_target, found.scale_base)).numpy()


@pytest.mark.parametrize("context", [
    c for c in contexts() if c.predicate == "left of" and c.target not in ("fork", "spoon")
][::3], ids=str)
def test_left_mirrored_is_right(context: Context) -> None:
    left = mirrored(draw(context, 400, np.random.default_rng(1)))
    right = draw(Context(context.target, "right of", context.base), 400, np.random.default_rng(2))
    for column in (6, 7, 8, 9, 10, 11):
        assert stats.ks_2samp(left[:, column], right[:, column]).pvalue > ALPHA, column


@pytest.mark.parametrize("context", [
    Context("teapot", "pours into", "teacup"), Context("hammer", "hits", "nail"), Context("apple", "inside", "bowl"),
    Context("spoon", "stirs", "mug"),
], ids=str)
def test_turning_a_free_scene_about_the_vertical_changes_nothing(context: Context) -> None:
    """What such a turn changes is distributed as in a set turned by hand."""
    plain, other = (relation(context, 500, seed) for seed in (1, 2))
    c, s = np.cos(1.1), np.sin(1.1)
    turn = torch.tensor([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    found, expected = plain.R_base_target.flatten(1), (turn @ other.R_base_target).flatten(1)
    for column in range(9):
        assert stats.ks_2samp(found[:, column].numpy(), expected[:, column].numpy()).pvalue > ALPHA, column


def test_things_stand_on_what_they_are_on_and_beside_each_other_on_one_floor(drawn: Drawn) -> None:
    for context in contexts():
        if context.predicate in ("on", "left of", "right of", "in front of", "behind", "beside"):
            found = unpack(torch.from_numpy(drawn(context)))
            half = 0.5 * torch.einsum("nj,nj->n", found.R_base_target[:, 1].abs(), found.scale_target)
            bottom = (found.t_base_target[:, 1] - half).numpy()
            base = categories()[context.base].template
            ratio = found.scale_base[:, 1].numpy() / base.extents[1]
            level = base.frames["surface"].point[1] * ratio if context.predicate == "on" else -found.scale_base[:, 1].numpy() / 2
            assert_allclose(bottom, level, atol=1e-9, err_msg=str(context))
