"""Templates are sound solids in canonical space, carry the frames their roles need, and are as large as the real things."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from oor.catalog.category import Category, categories
from oor.catalog.contexts import contexts
from oor.catalog.frames import FRAMES, ROLES, missing_frames
from oor.catalog.programs import PROGRAMS
from oor.catalog.solids import box
from oor.catalog.template import Frame, Template, canonical

NAMES = tuple(categories())
MAX_TRIANGLES = 20_000
LYING = {"shirt", "toothbrush", "comb"}  # modelled as they lie, not as they stand or hang
HOLLOW = sorted({c.base for c in contexts() if {"opening", "floor"} <= set(ROLES.get(c.predicate, ((), ()))[1])})
# category -> class of measured assets; what is measured as a ScrubBrush is a toilet brush in its stand
MEASURED = {
    "kettle": "Kettle", "bowl": "Bowl", "bottle": "Bottle", "plate": "Plate", "knife": "Knife", "fork": "Fork",
    "spoon": "Spoon", "pan": "Pan", "pot": "Pot", "mug": "Mug", "teacup": "Cup", "apple": "Apple", "bread": "Bread",
    "salt shaker": "SaltShaker", "chair": "Chair", "stool": "Stool", "desk": "Desk", "table": "DiningTable",
    "coffee table": "CoffeeTable", "sofa": "Sofa", "bed": "Bed", "bookshelf": "ShelvingUnit", "pillow": "Pillow",
    "floor lamp": "FloorLamp", "desk lamp": "DeskLamp", "laptop": "Laptop", "book": "Book", "pencil": "Pencil", "pen": "Pen",
    "box": "Box", "vase": "Vase", "candle": "Candle", "watering can": "WateringCan", "ball": "BasketBall",
    "pepper shaker": "PepperShaker", "butter knife": "ButterKnife", "ladle": "Ladle", "spatula": "Spatula", "tomato": "Tomato",
    "egg": "Egg", "phone": "CellPhone", "newspaper": "Newspaper", "remote control": "RemoteControl", "clock": "AlarmClock",
    "microwave": "Microwave", "toaster": "Toaster", "television": "Television", "television stand": "TVStand",
    "armchair": "ArmChair", "side table": "SideTable", "nightstand": "SideTable", "cabinet": "Dresser",
    "trash can": "GarbageCan", "laundry basket": "LaundryHamper", "hamper": "LaundryHamper", "sponge": "DishSponge",
    "cloth": "Cloth", "dishcloth": "Cloth", "towel": "Towel", "hand towel": "HandTowel", "towel rack": "TowelHolder",
    "soap": "SoapBar", "toilet": "Toilet", "toilet paper": "ToiletPaper", "sink": "Sink",
    "spray bottle": "SprayBottle", "vacuum cleaner": "VacuumCleaner", "statue": "Statue", "potted plant": "HousePlant",
    "picture frame": "Painting", "teddy bear": "TeddyBear", "watch": "Watch", "baseball bat": "BaseballBat",
    "tennis racket": "TennisRacket", "dumbbell": "Dumbbell",
}


def template(name: str) -> Template:
    return categories()[name].template


def unsound(made: Template) -> list[str]:
    """What is wrong with a template as a solid in canonical space with frames; nothing if all is well."""
    wrong, mesh = [], made.mesh
    for part, piece in made.parts.items():
        if not (piece.is_watertight and piece.is_winding_consistent):
            wrong.append(f"{part} is open")
        elif not all(body.volume > 0 for body in piece.split(only_watertight=False)):
            wrong.append(f"{part} faces inward")
        if not (np.isfinite(piece.vertices).all() and piece.area_faces.min() > 1e-12):
            wrong.append(f"{part} has degenerate faces")
    if not (made.parts and len(mesh.faces) < MAX_TRIANGLES):
        wrong.append(f"{len(mesh.faces)} triangles")
    middle, longest = mesh.bounds.mean(axis=0), mesh.extents.max()
    if np.abs(middle).max() > 1e-9 or abs(longest - 1) > 1e-9 or mesh.extents.min() < 1e-3:
        wrong.append(f"box {mesh.bounds.tolist()}")
    if not np.array_equal(made.extents, mesh.extents):
        wrong.append(f"extents {made.extents.tolist()}")
    limit = made.extents / 2 + 0.06
    for label, frame in made.frames.items():
        region = np.abs(frame.point[[0, 2]]) + frame.half
        sound = frame.point.shape == frame.axis.shape == (3,) and frame.half.shape == (2,) and (frame.half >= 0).all()
        if not sound or abs(np.linalg.norm(frame.axis) - 1) > 1e-12 or (np.abs(frame.point) > limit).any():
            wrong.append(f"frame {label} {frame}")
        elif abs(frame.axis[1]) > 0.9 and (region > limit[[0, 2]] + 0.06).any():
            wrong.append(f"frame {label} reaches out of the box: {region} in {limit}")
    return wrong


@pytest.mark.parametrize("name", NAMES)
def test_a_typical_template_is_sound(name: str) -> None:
    assert unsound(template(name)) == []


@pytest.mark.parametrize("seed", [0, 1])
def test_a_template_of_a_random_shape_is_sound(own: Category, seed: int, instance: Callable[[str, int], Category]) -> None:
    varied = instance(own.name, seed).template
    assert unsound(varied) == []
    assert set(own.template.frames) == set(varied.frames)  # what it can do does not depend on its shape


def test_what_is_unsound_is_found() -> None:
    """The check itself, on templates that are each wrong in one way."""
    cube = box((1, 1, 1))
    assert unsound(Template({"cube": cube}, {"top": Frame.at((0, 0.5, 0), half=0.5)})) == []
    open_, inward, flat, far = cube.copy(), cube.copy(), cube.copy(), cube.copy()
    open_.update_faces(np.arange(len(cube.faces)) > 0)
    inward.invert()
    flat.vertices[:, 1] *= 1e-4
    far.apply_translation((0.1, 0, 0))
    for wrong, complaint in ((open_, "open"), (inward, "inward"), (flat, "box"), (far, "box")):
        assert any(complaint in found for found in unsound(Template({"cube": wrong}, {})))
    for frame in (Frame.at((0, 0.7, 0)), Frame(np.zeros(3), np.array([0, 2.0, 0])), Frame.at((0.4, 0.5, 0), half=0.4)):
        assert any("frame top" in found for found in unsound(Template({"cube": cube}, {"top": frame})))


def test_every_role_has_its_frames() -> None:
    known = categories()
    lacking = {str(c): missing_frames(c.predicate, known[c.target], known[c.base]) for c in contexts()}
    assert {name: missing for name, missing in lacking.items() if missing} == {}


def test_roles_and_templates_use_no_frame_without_a_meaning() -> None:
    assert set(ROLES) <= set(PROGRAMS)
    assert {name for roles in ROLES.values() for told in roles for names in told for name in names.split(" or ")} <= set(FRAMES)
    strays = {(name, frame) for name in NAMES for frame in template(name).frames if frame not in FRAMES}
    assert strays == set()
    assert {frame for name in NAMES for frame in template(name).frames} == set(FRAMES)


def test_missing_frames_are_told_by_role() -> None:
    known = categories()
    assert missing_frames("stirs", known["ball"], known["pot"]) == {"target": ["tip", "handle"]}
    assert missing_frames("pours into", known["apple"], known["plank"]) == {"target": ["spout"], "base": ["opening"]}
    assert missing_frames("stirs", known["spoon"], known["pot"]) == {}
    assert missing_frames("beside", known["ball"], known["apple"]) == {}


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


@pytest.mark.parametrize(("frame", "meaning"), [(name, said) for name, said in FRAMES.items() if re.search("up|down", said)])
def test_what_is_said_to_point_up_or_down_does(frame: str, meaning: str) -> None:
    expected = [0, -1 if "down" in meaning else 1, 0]
    having = {name: template(name).frames[frame].axis for name in NAMES if frame in template(name).frames and name not in LYING}
    assert len(having) >= 2
    assert {name: axis.tolist() for name, axis in having.items() if not np.allclose(axis, expected, atol=1e-9)} == {}


def test_canonical_moves_parts_and_frames_together() -> None:
    parts = {"left": box((1, 2, 3), (5, 0, 0)), "right": box((1, 1, 1), (8, 0, 0))}
    made = canonical(parts, {"f": Frame.at((5, 1, 0), (0, 2, 0), (0.3, 0.6))})
    assert_allclose(made.extents, np.array([4, 2, 3]) / 4, atol=1e-12)
    assert_allclose(made.frames["f"].point, (np.array([5, 1, 0]) - [6.5, 0, 0]) / 4, atol=1e-12)
    assert_allclose(made.frames["f"].axis, [0, 1, 0])
    assert_allclose(made.frames["f"].half, [0.075, 0.15])
    assert_allclose(parts["left"].bounds[:, 0], [4.5, 5.5])  # the given parts stay where they were


@pytest.mark.parametrize("name", NAMES[::30])
def test_canonical_undoes_any_shift_and_scale(name: str) -> None:
    made, rng = template(name), np.random.default_rng(0)
    shift, scale = rng.normal(size=3), float(rng.uniform(0.1, 9))
    moved = {part: mesh.copy().apply_scale(scale).apply_translation(shift) for part, mesh in made.parts.items()}
    frames = {label: Frame(scale * f.point + shift, f.axis, scale * f.half) for label, f in made.frames.items()}
    again = canonical(moved, frames)
    assert_allclose(again.mesh.vertices, made.mesh.vertices, atol=1e-9)
    assert np.array_equal(again.mesh.faces, made.mesh.faces)
    for label, frame in made.frames.items():
        for field in ("point", "axis", "half"):
            assert_allclose(getattr(again.frames[label], field), getattr(frame, field), atol=1e-9)


def test_a_frame_s_axis_has_unit_length_and_a_disc_two_equal_widths() -> None:
    axis = Rotation.random(random_state=np.random.RandomState(0)).as_matrix()[0]
    frame = Frame.at((1, 2, 3), tuple(7 * axis), 0.4)
    assert_allclose(frame.axis, axis, atol=1e-12)
    assert frame.half.tolist() == [0.4, 0.4] and frame.point.tolist() == [1, 2, 3]
    assert Frame.at((0, 0, 0)).half.tolist() == [0, 0] and Frame.at((0, 0, 0)).axis.tolist() == [0, 1, 0]


def test_the_measured_classes_are_those_of_known_categories(data: Path) -> None:
    assert set(MEASURED.values()) <= set(json.loads((data / "facts" / "object_sizes_procthor.json").read_text())["sizes"])
    assert set(MEASURED) <= set(NAMES)


@pytest.mark.parametrize("name", MEASURED)
def test_sizes_agree_with_measured_assets(name: str, data: Path) -> None:
    """The typical longest edge lies within those of the real class."""
    measured = json.loads((data / "facts" / "object_sizes_procthor.json").read_text())["sizes"][MEASURED[name]]
    slack = 1.1 if measured["n"] < 5 else 1.0  # one or two assets have no spread of their own
    assert max(measured["min"]) / slack <= categories()[name].typical_m <= max(measured["max"]) * slack
