"""Categories: symmetry that is true, shapes that vary as they say, words that mean one thing, and relatives that differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from oor.catalog import category as registry
from oor.catalog.category import SPREAD, Category, Symmetry, add, categories, category
from oor.catalog.frames import FRAMES
from oor.catalog.lexicon import plural
from oor.catalog.relatives import ROWS, made, recoloured
from oor.catalog.template import Template

OWN = tuple(known for known in categories().values() if known.resembles is None)
RELATIVES = tuple(known for known in categories().values() if known.resembles is not None)
ROOMS = {"kitchen", "dining", "desk", "office", "workshop", "bathroom", "living", "garden", "cleaning", "sports", "music",
         "medical", "toys"}
SYMMETRIES = ("none", "half-turn", "4-fold", "revolution", "half-turn about x", "3-fold about z", "revolution about z",
              "12-fold about x")


def strayed(mesh: trimesh.Trimesh, turns: Iterable[tuple[str, float]], cloud: int = 20_000) -> list[float]:
    """How far the surface, turned about an axis by degrees, lies off itself: the 97th percentile over samples. One per turn."""
    points = trimesh.sample.sample_surface(mesh, 600, seed=1)[0]
    tree = cKDTree(trimesh.sample.sample_surface(mesh, cloud, seed=0)[0])
    turned = [points @ Rotation.from_euler(axis, degrees, degrees=True).as_matrix().T for axis, degrees in turns]
    return [float(np.quantile(tree.query(there)[0], 0.97)) for there in turned]


HALF_TURNS = (("x", 180.0), ("y", 180.0), ("z", 180.0))


@pytest.mark.parametrize("text", SYMMETRIES)
def test_a_symmetry_reads_as_it_is_written(text: str) -> None:
    assert str(Symmetry.of(text)) == text
    assert Symmetry.of(str(Symmetry.of(text))) == Symmetry.of(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("none", Symmetry(1)), ("half-turn", Symmetry(2)), ("2-fold", Symmetry(2)), ("5-fold about x", Symmetry(5, "x")),
    ("revolution", Symmetry(0)), ("revolution about z", Symmetry(0, "z")), ("half-turn about y", Symmetry(2, "y")),
])
def test_a_symmetry_means_a_fold_and_an_axis(text: str, expected: Symmetry) -> None:
    assert Symmetry.of(text) == expected


@pytest.mark.parametrize("text", ["", "None", "round", "fold", "four-fold", "4 fold", "-2-fold", "half-turn about w",
                                  "revolution about", "4-fold about xy", "half turn", " none", "none\n", "0-fold"])
def test_other_symmetries_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=rf"symmetry {re.escape(repr(text))} is not known; write none, half-turn, 4-fold or"):
        Symmetry.of(text)


@pytest.mark.parametrize("known", [known for known in OWN if known.symmetry.fold != 1], ids=lambda known: known.name)
def test_the_declared_symmetry_holds_on_the_mesh(known: Category, instance: Callable[[str, int], Category]) -> None:
    """Of the typical template, and of one with another number of parts."""
    fold, axis = known.symmetry.fold, known.symmetry.axis
    counted = any(isinstance(typical, int) for typical in known.shape.values())
    for shape in (known, instance(known.name, 0)) if counted else (known,):
        turns = [(axis, degrees) for degrees in ((360 / fold,) if fold else (37, 90, 161))]
        assert max(strayed(shape.template.mesh, turns)) < 0.045, str(known.symmetry)


def test_none_is_not_secretly_a_half_turn() -> None:
    """What has no symmetry looks different after a half-turn about any axis, mostly at a glance, and always at a closer look."""
    least = {known.name: min(strayed(known.template.mesh, HALF_TURNS, cloud=10_000))
             for known in OWN if known.symmetry.fold == 1}
    assert len(least) >= 100 and min(least.values()) > 0.01
    assert float(np.mean(np.array(list(least.values())) > 0.03)) > 0.8
    for name in ("mug", "teapot", "chair", "sofa", "teddy bear", "bicycle", "piano", "guitar", "hammer", "laptop", "stapler"):
        assert least[name] > 0.03, name


def test_balls_are_round_and_crates_are_not() -> None:
    """The measure itself."""
    ball, crate = trimesh.creation.icosphere(radius=0.5), trimesh.creation.box((1, 0.8, 0.6))
    assert max(strayed(ball, [("x", 37), *HALF_TURNS])) < 0.02
    assert max(strayed(crate, HALF_TURNS)) < 0.02 < 0.05 < min(strayed(crate, [("y", 37), ("y", 90), ("z", 90)]))


def test_there_are_enough_categories_of_every_room() -> None:
    known = categories()
    assert len(known) >= 188 and len(OWN) >= 96
    assert {found.room for found in known.values()} >= ROOMS
    assert min(Counter(found.room for found in OWN if found.room in ROOMS).values()) >= 8


def test_rooms_are_where_things_are_at_home() -> None:
    known = categories()
    expected = {"pot": "kitchen", "desk": "office", "watering can": "garden", "hammer": "workshop", "toothbrush": "bathroom",
                "sofa": "living", "violin": "music", "syringe": "medical", "teddy bear": "toys", "baseball": "sports",
                "mop": "cleaning", "stapler": "desk", "cake": "dining", "stockpot": "kitchen"}
    assert {name: known[name].room for name in expected} == expected


def test_categories_say_how_large_and_how_they_rest() -> None:
    for known in categories().values():
        low, high = known.length_m
        assert 0.008 < low < high < 4 and high < 3 * low, known.name
        assert 0 <= known.stretch < 0.2 and known.rest in "xyz", known.name
        assert known.typical_m == pytest.approx((low * high) ** 0.5) and low < known.typical_m < high


def test_heavier_classes_are_larger_things() -> None:
    middle = {mass: np.median([known.typical_m for known in categories().values() if known.mass == mass])
              for mass in ("featherlight", "light", "medium", "heavy")}
    assert list(middle.values()) == sorted(middle.values())
    expected = {"coin": "featherlight", "pencil": "featherlight", "mug": "light", "hammer": "light", "chair": "medium",
                "bowling ball": "medium", "sledgehammer": "medium", "piano": "heavy", "sofa": "heavy"}
    assert {name: categories()[name].mass for name in expected} == expected


def test_a_word_means_one_category() -> None:
    uses = Counter(word for known in categories().values() for word in {*known.words, *filter(None, [known.plural])})
    assert [word for word, count in uses.items() if count > 1] == []
    forms = Counter(form for known in categories().values() for form in {f for word in known.words for f in (word, plural(word))})
    assert [form for form, count in forms.items() if count > 1] == []
    assert all(word == " ".join(word.lower().split()) and word for word in uses)
    assert all(known.words[0] == known.name and len(set(known.words)) == len(known.words) for known in categories().values())


def test_instances_differ_within_what_the_category_says(own: Category) -> None:
    """Floats in their range, counts by one, parts there or not; over seeds all of it is used."""
    drawn = [own.instance(np.random.default_rng(seed)).shape for seed in range(40)]
    for name, typical in own.shape.items():
        found = [shape[name] for shape in drawn]
        if isinstance(typical, bool):
            assert set(found) == {True, False}, name
        elif isinstance(typical, int):
            low, high = own.ranges.get(name, (max(typical - 1, 1), typical + 1))
            assert {type(value) for value in found} == {int}
            assert low <= min(found) and max(found) <= high and low <= typical <= high, name
            assert len(set(found)) >= min(high - low + 1, 16), name
        else:
            low, high = sorted(own.ranges.get(name, (typical / SPREAD, typical * SPREAD)))
            assert low <= min(found) <= low + 0.2 * (high - low) and high - 0.2 * (high - low) <= max(found) <= high, name
            assert low <= typical <= high, name
    assert all(list(shape) == list(own.shape) for shape in drawn)


def test_nothing_but_the_shape_is_drawn(own: Category) -> None:
    varied = own.instance(np.random.default_rng(0))
    assert replace(varied, build=own.build) == own
    assert own.shape == categories()[own.name].shape


@pytest.mark.parametrize("known", OWN[::8], ids=lambda known: known.name)
def test_a_seed_decides_the_shape(known: Category, instance: Callable[[str, int], Category]) -> None:
    one, same = instance(known.name, 0).template, known.instance(np.random.default_rng(0)).template
    assert np.array_equal(one.mesh.vertices, same.mesh.vertices) and np.array_equal(one.mesh.faces, same.mesh.faces)
    assert np.array_equal(one.mesh.visual.face_colors, same.mesh.visual.face_colors)
    assert one.frames.keys() == same.frames.keys() and one is not same
    again = known.build()
    assert np.array_equal(again.mesh.vertices, known.template.mesh.vertices)


def test_nearly_all_categories_change_their_proportions(instance: Callable[[str, int], Category]) -> None:
    def differ(one: Category, other: Category) -> bool:
        return bool(np.abs(np.log(one.template.extents / other.template.extents)).max() > 0.005)

    varied = [known for known in OWN if differ(instance(known.name, 0), instance(known.name, 1))]
    assert len(varied) > 0.9 * len(OWN)
    vertices = [known for known in OWN if known.shape and np.array_equal(
        instance(known.name, 0).template.mesh.vertices, instance(known.name, 1).template.mesh.vertices)]
    assert vertices == [] and sum(not known.shape for known in OWN) <= 0.02 * len(OWN)


def test_an_instance_of_a_relative_keeps_what_makes_it_differ() -> None:
    for row in ROWS:
        name, like, _, _, changes = row
        pinned = {key: value for key, value in changes.items() if key not in ("colour", "mass")}
        shape = categories()[name].shape
        assert {key: shape[key] for key in pinned} == pinned, name
        assert list(shape) == list(categories()[like].shape)
        assert not set(categories()[name].ranges) & set(pinned)


def test_relatives_resemble_a_category_with_a_template_of_its_own() -> None:
    known, own = categories(), {known.name for known in OWN}
    assert {row[0] for row in ROWS} == {relative.name for relative in RELATIVES} and len(ROWS) == len(RELATIVES)
    assert {row[1] for row in ROWS} <= own and not own & {row[0] for row in ROWS}
    assert {relative.name: relative.resembles for relative in RELATIVES} == {row[0]: row[1] for row in ROWS}
    for relative in RELATIVES:
        model = known[str(relative.resembles)]
        assert set(relative.template.frames) == set(model.template.frames) <= set(FRAMES)
        for said in ("room", "rest", "fronted", "symmetry", "stretch"):
            assert getattr(relative, said) == getattr(model, said), (relative.name, said)


@pytest.mark.parametrize("relative", RELATIVES, ids=lambda known: known.name)
def test_a_relative_differs_from_its_model_and_its_siblings_in_size_or_shape(relative: Category) -> None:
    near = [known for known in categories().values() if relative.resembles in (known.name, known.resembles)]
    assert relative in near and len(near) >= 2
    for other in near:
        shaped = not np.allclose(relative.template.extents, other.template.extents, atol=0.01)
        assert shaped or relative.length_m != other.length_m or other is relative, other.name


def test_a_painted_template_changes_its_main_colour_and_nothing_else() -> None:
    mug = categories()["mug"]
    painted = recoloured(mug.build, (1, 2, 3))()
    assert np.array_equal(painted.mesh.vertices, mug.template.mesh.vertices)
    before, after = (np.asarray(made.mesh.visual.face_colors) for made in (mug.template, painted))
    changed = (before != after).any(axis=1)
    assert len(np.unique(before[changed], axis=0)) == 1 and (after[changed] == [1, 2, 3, 255]).all()
    areas = mug.template.mesh.area_faces
    colours, which = np.unique(before, axis=0, return_inverse=True)
    assert areas[changed].sum() == pytest.approx(np.bincount(which.ravel(), weights=areas).max()) and len(colours) > 1


def test_the_table_makes_the_relatives_there_are() -> None:
    again = made({known.name: known for known in OWN})
    assert [replace(known, build=template) for known in again] == [replace(known, build=template) for known in RELATIVES]
    assert [known.shape for known in again] == [known.shape for known in RELATIVES]


@pytest.fixture
def clean() -> Iterator[None]:
    """Forgets what a test adds."""
    before = categories()
    yield
    registry._CATEGORIES.clear()
    registry._CATEGORIES.update(before)


def template() -> Template:
    return categories()["mug"].template


@pytest.mark.usefixtures("clean")
def test_one_decorated_builder_is_one_more_category() -> None:
    @category("gadget", length_m=(0.1, 0.4), synonyms=("gizmo",), symmetry="4-fold about z", ranges={"wide": (1, 2)})
    def gadget(wide: float = 1.5, teeth: int = 3, lid: bool = True) -> Template:
        return template()

    new = categories()["gadget"]
    assert list(categories())[-1] == "gadget" and new.build is gadget
    assert new.words == ("gadget", "gizmo") and new.typical_m == pytest.approx(0.2)
    assert new.symmetry == Symmetry(4, "z") and new.shape == {"wide": 1.5, "teeth": 3, "lid": True}
    assert new.room == __name__.rpartition(".")[2].partition("_")[0] and new.resembles is None
    assert (new.mass, new.fronted, new.rest, new.plural, new.stretch) == ("light", False, "y", None, 0.06)


def test_a_category_cannot_be_defined_twice() -> None:
    with pytest.raises(ValueError, match="'mug' is defined twice; give one of them another name"):
        category("mug", length_m=(0.1, 0.2))(template)


@pytest.mark.parametrize(("changes", "complaint"), [
    ({"mass": "weightless"}, "category 'gadget': mass 'weightless' is not known; choose featherlight, light, medium, heavy"),
    ({"ranges": {"tall": (1, 2)}}, "category 'gadget' has no shape parameter tall; its builder takes none"),
    ({"symmetry": "round"}, "symmetry 'round' is not known"),
])
def test_what_is_no_category_is_refused_and_leaves_nothing(changes: dict[str, str], complaint: str) -> None:
    before = categories()
    with pytest.raises(ValueError, match=complaint):
        category("gadget", length_m=(0.1, 0.2), **changes)(template)
    assert categories() == before


def test_a_stray_range_names_the_parameters_there_are() -> None:
    mug = categories()["mug"]
    with pytest.raises(ValueError, match=f"no shape parameter depth, tall; its builder takes {', '.join(mug.shape)}"):
        add(replace(mug, name="gadget", ranges={"tall": (1, 2), "depth": (1, 2)}))
    assert "gadget" not in categories()
