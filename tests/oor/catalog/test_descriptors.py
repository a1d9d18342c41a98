"""Descriptors: a fixed layout that tells size, proportions and frames, and turns and moves as the template does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform

from oor.catalog.category import Category, categories
from oor.catalog.descriptors import PLAIN, WIDTH, descriptor, descriptors, typical
from oor.catalog.frames import FRAMES
from oor.catalog.solids import box
from oor.catalog.template import Frame, Template, canonical

NAMES = tuple(categories())


def named(vector: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """The nine numbers of every frame."""
    return dict(zip(FRAMES, vector[PLAIN:].reshape(-1, 9), strict=True))


def block(build: Callable[[], Template], **told: object) -> Category:
    return replace(categories()["box"], build=build, ranges={}, **told)


def test_the_layout_is_eleven_numbers_and_nine_per_frame() -> None:
    assert PLAIN == 11 and len(FRAMES) == 36 and WIDTH == 11 + 9 * 36
    assert list(FRAMES)[:3] == ["spout", "opening", "floor"]  # checkpoints count on the order


@pytest.mark.parametrize(("target", "base", "known"), [
    ("mug", "table", (True, True)), ("samovar", "table", (False, True)), ("mug", "", (True, False)),
    ("Mug", "stein", (False, False)),
])
def test_names_that_are_not_in_the_catalog_are_zeros(target: str, base: str, known: tuple[bool, bool]) -> None:
    found = descriptors(target, base)
    assert found.shape == (2, WIDTH) and found.dtype == np.float64
    assert tuple(row.any() for row in found) == known
    for row, name in zip(found, (target, base), strict=True):
        assert np.array_equal(row, typical(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_descriptor_says_what_the_template_is(name: str) -> None:
    known, vector = categories()[name], typical(name)
    assert np.array_equal(vector, descriptor(known)) and vector.shape == (WIDTH,)
    assert np.isfinite(vector).all() and np.abs(vector).max() < 6  # of order 1
    assert np.exp(vector[0] - 1) == pytest.approx(known.typical_m)
    assert_allclose(vector[1:4], known.template.extents, atol=1e-12)
    assert_allclose(np.exp(2 * vector[4:7]), known.template.extents, atol=1e-12)
    assert vector[1:4].max() == pytest.approx(1) and vector[7:10].tolist() == [known.rest == axis for axis in "xyz"]
    assert vector[10] == known.fronted


@pytest.mark.parametrize("name", NAMES)
def test_flags_tell_which_frames_there_are_and_the_rest_where(name: str) -> None:
    frames = categories()[name].template.frames
    found = named(typical(name))
    assert {label for label, row in found.items() if row[0]} == set(frames) and {row[0] for row in found.values()} <= {0.0, 1.0}
    for label, row in found.items():
        if label in frames:
            frame = frames[label]
            assert_allclose(row, [1, *(2 * frame.point), *frame.axis, *(2 * frame.half)], atol=1e-12)
        else:
            assert not row.any()


def test_a_block_is_told_by_hand() -> None:
    made = block(lambda: canonical({"box": box((2, 1, 0.5))}, {"top": Frame.at((0.5, 0.5, 0), (0, 3, 0), (0.2, 0.1))}),
                 length_m=(0.5, 2.0), rest="z", fronted=True)
    vector = descriptor(made)
    assert_allclose(vector[:PLAIN], [1, 1, 0.5, 0.25, 0, np.log(0.5) / 2, np.log(0.25) / 2, 0, 0, 1, 1], atol=1e-12)
    rows = named(vector)
    assert_allclose(rows.pop("top"), [1, 0.5, 0.5, 0, 0, 1, 0, 0.2, 0.1], atol=1e-12)
    assert not any(row.any() for row in rows.values())


def test_turned_frames_are_told_turned() -> None:
    """A quarter turn about y carries points, axes and edges along, and changes nothing else."""
    R = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    kettle = categories()["kettle"]

    def build() -> Template:
        parts = {}
        for part, mesh in kettle.template.parts.items():
            parts[part] = mesh.copy()
            parts[part].vertices = mesh.vertices @ R.T
        frames = kettle.template.frames.items()
        return canonical(parts, {label: Frame(R @ f.point, R @ f.axis, f.half[::-1]) for label, f in frames})

    before, after = descriptor(kettle), descriptor(replace(kettle, build=build))
    assert_allclose(after[[0, *range(7, PLAIN)]], before[[0, *range(7, PLAIN)]], atol=1e-12)
    for start in (1, 4):
        assert_allclose(after[start:start + 3], before[start:start + 3][[2, 1, 0]], atol=1e-9)
    for label, row in named(after).items():
        told = named(before)[label]
        assert row[0] == told[0]
        assert_allclose(row[1:4], R @ told[1:4], atol=1e-9)
        assert_allclose(row[4:7], R @ told[4:7], atol=1e-9)
        assert_allclose(row[7:], told[7:][::-1], atol=1e-9)


def test_moved_and_scaled_models_are_told_alike() -> None:
    def build(scale: float, shift: float) -> Callable[[], Template]:
        return lambda: canonical({"box": box((scale, 2 * scale, scale), (shift, 0, -shift))},
                                 {"foot": Frame.at((shift, -scale, -shift), (0, -1, 0), 0.3 * scale)})

    assert_allclose(descriptor(block(build(1, 0))), descriptor(block(build(0.01, 5))), atol=1e-9)


def test_shape_and_size_are_told_apart() -> None:
    mug = categories()["mug"]
    larger = descriptor(replace(mug, length_m=(0.2, 0.4))) - descriptor(mug)
    assert larger[0] == pytest.approx(np.log(np.sqrt(0.08) / mug.typical_m)) and not larger[1:].any()
    varied = descriptor(mug.instance(np.random.default_rng(0))) - descriptor(mug)
    assert varied[0] == 0 and varied[1:7].any() and not varied[7:PLAIN].any()
    flags = varied[PLAIN::9]
    assert not flags.any()


def test_no_two_categories_are_told_the_same() -> None:
    rows = np.array([typical(name) for name in NAMES])
    near = squareform(pdist(rows, "chebyshev")) < 1e-3
    assert [(NAMES[i], NAMES[j]) for i, j in np.argwhere(np.triu(near, 1))] == []
