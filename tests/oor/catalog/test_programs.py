"""Programs draw what they promise: valid relations, one generator, real sizes, and as many ways to do it as there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy import stats

from oor.catalog.audit import posed
from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context, contexts
from oor.catalog.frames import ROLES, missing_frames
from oor.catalog.posed import Posed
from oor.catalog.predicates import PREDICATES
from oor.catalog.programs import PROGRAMS, draw, draw_sized, instance_sizes
from oor.catalog.template import Template
from oor.relation import Relation, gauge, pack, unpack

Array = NDArray[np.float64]
Drawn = Callable[[Context], Array]
ALPHA = 1e-3  # the seeds are fixed: a law that holds is not refused by bad luck
ON_THE_GROUND = ("left of", "right of", "in front of", "behind", "beside", "under", "sits at", "faces", "types at", "plays")


def relation(context: Context, n: int, seed: int = 0) -> Relation:
    return unpack(torch.from_numpy(draw(context, n, np.random.default_rng(seed))))


def azimuth_deg(vectors: Array) -> Array:
    """Angle of horizontal directions (n, 3): 0 is +z, 90 is +x."""
    return np.degrees(np.arctan2(vectors[:, 0], vectors[:, 2]))


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_draws_are_gauged_relations(name: str, drawn: Drawn) -> None:
    """Of every context: each one can be drawn."""
    for context in contexts():
        if context.predicate == name:
            vectors = drawn(context)
            assert vectors.shape == (48, 15) and vectors.dtype == np.float64
            found = unpack(torch.from_numpy(vectors))  # finite, positive scales, independent columns
            columns = vectors[:, :6].reshape(-1, 2, 3)
            assert_allclose(columns @ columns.swapaxes(1, 2), np.tile(np.eye(2), (48, 1, 1)), atol=1e-9, err_msg=str(context))
            assert_allclose(torch.linalg.det(found.R_base_target).numpy(), 1, atol=1e-9)
            assert_allclose(vectors[:, 12:].max(axis=1), 1, atol=1e-12)
            assert_allclose(pack(gauge(found)).numpy(), vectors, atol=1e-9)
            assert len(np.unique(vectors.round(9), axis=0)) == 48, context  # no two alike
            assert (vectors.std(axis=0)[9:12] > 0).all(), context  # instances differ


@pytest.mark.parametrize("context", contexts()[::20], ids=str)
def test_a_generator_s_seed_decides_the_draws(context: Context) -> None:
    one, same, other = (draw(context, 20, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(one, same) and not np.isclose(one, other).all(axis=1).any()


def test_draws_continue_a_generator_and_any_number_can_be_had() -> None:
    context = Context("apple", "inside", "bowl")  # not every pair of instances fits
    rng = np.random.default_rng(0)
    first, second = draw(context, 5, rng), draw(context, 5, rng)
    assert not np.isclose(first, second).any(axis=0).all()
    assert [len(draw(context, n, rng)) for n in (0, 1, 63, 200)] == [0, 1, 63, 200]


@pytest.mark.parametrize("context", contexts()[::150], ids=str)
def test_draws_of_one_pair_of_instances_keep_their_sizes(context: Context) -> None:
    vectors, metres = draw_sized(context, 3, np.random.default_rng(1))
    assert np.array_equal(vectors, draw(context, 3, np.random.default_rng(1)))
    sizes = vectors[0, 9:12] * metres[0], vectors[0, 12:] * metres[0]
    again, units = draw_sized(context, 6, np.random.default_rng(2), sizes=sizes)
    assert_allclose(again[:, 9:], np.tile(vectors[0, 9:], (6, 1)), rtol=1e-12)
    assert_allclose(units, metres[0], rtol=1e-12)
    assert len(np.unique(again[:, :9], axis=0)) == 6


def test_a_pair_that_never_fits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"table inside mug: fewer than 1 pair of instances in 200 fits"):
        draw(Context("table", "inside", "mug"), 4, np.random.default_rng(0))


def test_every_program_ran() -> None:
    assert {context.predicate for context in contexts()} == set(PROGRAMS)


def restricted(category: Category, names: tuple[str, ...]) -> Category:
    """The category with no other frames than these; of "tip or pad" the first one it has."""
    frames = category.template.frames
    kept = {next(name for name in told.split(" or ") if name in frames) for told in names}
    template = Template(category.template.parts, {name: frame for name, frame in frames.items() if name in kept})
    return replace(category, build=lambda: template, ranges={})


def held(predicate: str, target: Category, base: Category, vectors: Array) -> NDArray[np.bool_]:
    """Whether the predicate accepts relations of templates that need not be the catalog's."""
    parts = posed(Context("mug", "on", "table"), vectors)
    poses = [Posed(one.template, part.R, part.t, part.s) for one, part in zip((target, base), parts, strict=True)]
    return np.asarray(PREDICATES[predicate](*poses))


def test_the_roles_frames_suffice_to_draw_and_to_judge(predicate: str, few_of: Mapping[str, list[Context]]) -> None:
    """A category with these frames alone can take the role, and is judged as before."""
    context, known = few_of[predicate][0], categories()
    roles = ROLES.get(predicate, ((), ()))
    target, base = (restricted(known[name], names) for name, names in zip((context.target, context.base), roles, strict=True))
    assert missing_frames(predicate, target, base) == {}
    vectors = draw(context, 16, np.random.default_rng(0), (target, base))
    assert held(predicate, target, base, vectors).mean() >= 0.75


@pytest.mark.parametrize(("name", "role", "frame"), [
    (name, role, frame) for name, roles in ROLES.items() for role in (0, 1) for frame in roles[role]])
def test_no_role_asks_for_more_frames_than_it_uses(name: str, role: int, frame: str, few_of: Mapping[str, list[Context]]) -> None:
    context, known = few_of[name][0], categories()
    pair = [known[context.target], known[context.base]]
    gone = frame.split(" or ")
    stripped = Template(pair[role].template.parts, {k: v for k, v in pair[role].template.frames.items() if k not in gone})
    vectors = draw(context, 4, np.random.default_rng(0))
    pair[role] = replace(pair[role], build=lambda: stripped, ranges={})
    assert list(missing_frames(name, *pair).values()) == [[frame]]
    with pytest.raises((KeyError, StopIteration)):
        held(name, pair[0], pair[1], draw(context, 4, np.random.default_rng(0), (pair[0], pair[1])))
        held(name, pair[0], pair[1], vectors)


@pytest.mark.parametrize("name", ["mug", "desk", "ladder", "book", "screw", "violin", "bowling pin"])
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
        assert (longest > low / jitter - 1e-9).all() and (longest < high * jitter + 1e-9).all(), context


def test_random_shapes_are_drawn_and_judged_by_their_own_frames(
    predicate: str, few_of: Mapping[str, list[Context]], instance: Callable[[str, int], Category]) -> None:
    """Of a context's pairs of random shapes one at least fits, and its draws are accepted as those shapes."""
    context = few_of[predicate][-1]
    for seed in range(4):
        target, base = instance(context.target, seed), instance(context.base, seed)
        try:
            vectors = draw(context, 24, np.random.default_rng(seed), (target, base))
        except ValueError:
            continue
        assert held(predicate, target, base, vectors).mean() >= 0.8
        ratio = np.log(vectors[:, 9:12] / target.template.extents)
        spread = (ratio - ratio.mean(axis=1, keepdims=True)).mean(axis=0)
        assert np.abs(spread).max() <= 2 * target.stretch + 1e-9  # instances of this shape, not of the typical one
        return
    pytest.fail(f"{context}: no pair of random shapes fits")


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
    Context("spoon", "stirs", "bowl"), Context("ladle", "scoops from", "pot"), Context("match", "lights", "candle"),
    Context("wrench", "tightens", "bolt"), Context("lid", "covers", "pot"), Context("iron", "irons", "cloth"),
], ids=str)
def test_the_turn_about_the_vertical_is_uniform_where_nothing_prefers_one(context: Context) -> None:
    R = relation(context, 600).R_base_target.numpy()
    frames = categories()[context.target].template.frames
    level = [frames[name].axis for name in ("spout", "outlet", "jaw", "handle") if name in frames]
    axis = level[0] if level and context.predicate not in ("covers", "irons", "lights") else np.array([1.0, 0, 0])
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


def test_what_is_driven_or_plugged_goes_in_along_the_axis() -> None:
    for context, one, other in (
        (Context("screwdriver", "drives", "screw"), "tip", "head"), (Context("hammer", "hits", "nail"), "face", "head"),
        (Context("plug", "plugs into", "wall socket"), "prongs", "socket"),
        (Context("key", "unlocks", "padlock"), "tip", "keyhole"),
    ):
        target, base = posed(context, draw(context, 60, np.random.default_rng(0)))
        opposed = (target.frame(one).axes * base.frame(other).axes).sum(axis=1)
        assert opposed.max() < -0.85, context


@pytest.mark.parametrize(("side", "axis", "sign"), [
    ("left of", 0, -1), ("right of", 0, 1), ("in front of", 2, 1), ("behind", 2, -1), ("types at", 2, 1), ("plays", 2, 1),
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
][::4], ids=str)
def test_left_mirrored_is_right(context: Context) -> None:
    left = mirrored(draw(context, 400, np.random.default_rng(1)))
    right = draw(Context(context.target, "right of", context.base), 400, np.random.default_rng(2))
    for column in (6, 7, 8, 9, 10, 11):
        assert stats.ks_2samp(left[:, column], right[:, column]).pvalue > ALPHA, column


@pytest.mark.parametrize("context", [
    Context("teapot", "pours into", "teacup"), Context("hammer", "hits", "nail"), Context("apple", "inside", "bowl"),
    Context("spoon", "stirs", "mug"), Context("ladle", "scoops from", "pot"), Context("lid", "covers", "pot"),
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
        if context.predicate in ("on", "stacks on", *ON_THE_GROUND):
            found = unpack(torch.from_numpy(drawn(context)))
            half = 0.5 * torch.einsum("nj,nj->n", found.R_base_target[:, 1].abs(), found.scale_target)
            bottom = (found.t_base_target[:, 1] - half).numpy()
            base = categories()[context.base].template
            ratio = found.scale_base[:, 1].numpy() / base.extents[1]
            frame = next((base.frames[name] for name in ("surface", "top") if name in base.frames), None)
            top = frame.point[1] * ratio if frame else found.scale_base[:, 1].numpy() / 2
            level = -found.scale_base[:, 1].numpy() / 2 if context.predicate in ON_THE_GROUND else top
            assert_allclose(bottom, level, atol=1e-9, err_msg=str(context))
