"""Templates are sound solids in canonical space, carry the frames their roles need, and are as large as the real things."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from oor.catalog.category import categories, category
from oor.catalog.contexts import contexts
from oor.catalog.solids import box
from oor.catalog.template import Frame, Template, canonical

NAMES = tuple(categories())
MAX_TRIANGLES = 8000
# what a predicate asks of the template in each role
TARGET_FRAMES = {
    "pours into": {"spout"}, "waters": {"spout"}, "cuts": {"edge", "handle"}, "chops on": {"edge", "handle"},
    "slices": {"edge", "axle", "handle"}, "sprinkles into": {"outlet"}, "stirs": {"tip", "handle"}, "hits": {"face"},
    "drives": {"tip"}, "saws": {"edge", "handle"}, "writes on": {"tip"}, "shines on": {"light"},
}
BASE_FRAMES = {
    "pours into": {"opening"}, "waters": {"opening"}, "chops on": {"surface"}, "slices": {"surface"},
    "sprinkles into": {"opening"}, "stirs": {"opening", "floor"}, "hits": {"head"}, "drives": {"head"},
    "writes on": {"surface"}, "on": {"surface"}, "under": {"clearance"}, "inside": {"opening", "floor"},
}
HOLLOW = sorted({context.base for context in contexts() if context.predicate in ("inside", "stirs")})
# category -> class of measured assets
MEASURED = {
    "kettle": "Kettle", "bowl": "Bowl", "bottle": "Bottle", "plate": "Plate", "knife": "Knife", "fork": "Fork",
    "spoon": "Spoon", "pan": "Pan", "pot": "Pot", "mug": "Mug", "teacup": "Cup", "apple": "Apple", "bread": "Bread",
    "salt shaker": "SaltShaker", "chair": "Chair", "stool": "Stool", "desk": "Desk", "table": "DiningTable",
    "coffee table": "CoffeeTable", "sofa": "Sofa", "bed": "Bed", "bookshelf": "ShelvingUnit", "pillow": "Pillow",
    "floor lamp": "FloorLamp", "desk lamp": "DeskLamp", "laptop": "Laptop", "book": "Book", "pencil": "Pencil", "pen": "Pen",
    "box": "Box", "vase": "Vase", "candle": "Candle", "watering can": "WateringCan", "ball": "BasketBall",
}


def template(name: str) -> Template:
    return categories()[name].template


@pytest.mark.parametrize("name", NAMES)
def test_every_part_is_a_closed_solid_that_faces_outward(name: str) -> None:
    assert len(template(name).parts) > 0
    for part, mesh in template(name).parts.items():
        assert mesh.is_watertight and mesh.is_winding_consistent, part
        assert mesh.area_faces.min() > 1e-12, part
        assert all(piece.volume > 0 for piece in mesh.split(only_watertight=False)), part


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_canonical_and_light(name: str) -> None:
    mesh = template(name).mesh
    assert_allclose(mesh.bounds.mean(axis=0), 0, atol=1e-9)
    assert mesh.extents.max() == pytest.approx(1, abs=1e-9)
    assert mesh.extents.min() > 1e-3 and len(mesh.faces) < MAX_TRIANGLES
    assert np.array_equal(template(name).extents, mesh.extents)


@pytest.mark.parametrize("name", NAMES)
def test_frames_lie_in_the_box_with_unit_axes(name: str) -> None:
    limit = template(name).extents / 2 + 0.06
    for label, frame in template(name).frames.items():
        assert (np.abs(frame.point) <= limit).all(), label
        assert np.linalg.norm(frame.axis) == pytest.approx(1, abs=1e-12), label
        assert frame.half.shape == (2,) and (frame.half >= 0).all(), label
        assert (np.abs(frame.point[[0, 2]]) + frame.half <= limit[[0, 2]] + 0.06).all() or label in ("screen", "edge"), label


def test_every_role_has_its_frames() -> None:
    missing = [
        (str(context), role, frames - set(template(name).frames))
        for context in contexts()
        for role, name, frames in (("target", context.target, TARGET_FRAMES.get(context.predicate, set())),
                                   ("base", context.base, BASE_FRAMES.get(context.predicate, set())))
        if not frames <= set(template(name).frames)
    ]
    assert missing == []


@pytest.mark.parametrize("name", HOLLOW)
def test_a_cavity_is_open_at_the_top_and_has_its_floor_below(name: str) -> None:
    opening, floor = template(name).frames["opening"], template(name).frames["floor"]
    assert floor.point[1] < opening.point[1] - 0.05
    assert opening.half.min() > 0 and floor.half.min() > 0
    assert_allclose(opening.axis, [0, 1, 0], atol=1e-12)
    steps = np.linspace(0.03, 0.97, 12)[:, None]  # nothing solid on the way down the middle
    middle = floor.point + steps * (opening.point - floor.point)
    for part in template(name).parts.values():
        for piece in part.split(only_watertight=False):
            assert not piece.contains(middle).any()


@pytest.mark.parametrize("name", [name for name in NAMES if {"surface", "clearance"} <= set(template(name).frames)])
def test_the_underside_is_below_the_top(name: str) -> None:
    frames = template(name).frames
    assert frames["clearance"].point[1] < frames["surface"].point[1]
    assert frames["clearance"].half.min() > 0


def test_canonical_moves_parts_and_frames_together() -> None:
    parts = {"left": box((1, 2, 3), (5, 0, 0)), "right": box((1, 1, 1), (8, 0, 0))}
    made = canonical(parts, {"f": Frame.at((5, 1, 0), (0, 2, 0), (0.3, 0.6))})
    assert_allclose(made.extents, np.array([4, 2, 3]) / 4, atol=1e-12)
    assert_allclose(made.frames["f"].point, (np.array([5, 1, 0]) - [6.5, 0, 0]) / 4, atol=1e-12)
    assert_allclose(made.frames["f"].axis, [0, 1, 0])
    assert_allclose(made.frames["f"].half, [0.075, 0.15])
    assert_allclose(parts["left"].bounds[:, 0], [4.5, 5.5])  # the given parts stay where they were


def test_a_word_means_one_category() -> None:
    uses = Counter(word for known in categories().values() for word in {*known.words, *filter(None, [known.plural])})
    assert [word for word, count in uses.items() if count > 1] == []
    assert all(word == word.lower().strip() for word in uses)


def test_a_category_cannot_be_defined_twice() -> None:
    with pytest.raises(ValueError, match="'mug' is defined twice"):
        category("mug", length_m=(0.1, 0.2))(lambda: template("mug"))


def test_categories_say_how_large_and_how_they_rest() -> None:
    for known in categories().values():
        low, high = known.length_m
        assert 0.02 < low < high < 4 and high < 3 * low, known.name
        assert 0 <= known.stretch < 0.2 and known.rest in "xyz", known.name


@pytest.mark.parametrize("name", MEASURED)
def test_sizes_agree_with_measured_assets(name: str, data: Path) -> None:
    measured = json.loads((data / "facts" / "object_sizes_procthor.json").read_text())["sizes"][MEASURED[name]]
    low, high = categories()[name].length_m
    slack = 1.1 if measured["n"] < 5 else 1.0  # one or two assets have no spread of their own
    assert max(measured["min"]) / slack <= (low + high) / 2 <= max(measured["max"]) * slack
