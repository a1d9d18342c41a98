"""Masks: whose a point is, and their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lifting.masks import BASE, NOTHING, TARGET, read_masks, whose, write_masks
from lifting.structure import Structure, read_structure, write_structure


def structure(point: list[int], view: list[int], xy: list[tuple[float, float]]) -> Structure:
    count = max(point) + 1
    return Structure(np.zeros((count, 3)), np.zeros((2, 3, 3)), np.tile(np.eye(4), (2, 1, 1)), np.array(point, np.int32),
                     np.array(view, np.int32), np.array(xy, float))


@pytest.fixture
def masks() -> np.ndarray:
    """Left half target, right half base in view 0; all base in view 1."""
    found = np.full((2, 4, 6), BASE, np.uint8)
    found[0, :, :3] = TARGET
    return found


def test_a_point_is_whose_most_of_its_observations_say(masks: np.ndarray) -> None:
    seen = structure([0, 0, 1, 1, 2], [0, 0, 0, 1, 1], [(0.5, 0.5), (2.9, 3.9), (1.0, 1.0), (1.0, 1.0), (5.5, 0.5)])
    assert whose(seen, masks).tolist() == [TARGET, NOTHING, BASE]
    assert whose(seen, masks, least=0.5).tolist() == [TARGET, TARGET, BASE]


def test_points_that_nobody_sees_and_pixels_beyond_the_border_are_no_error(masks: np.ndarray) -> None:
    seen = structure([1, 1], [0, 1], [(-3.0, 9.0), (99.0, 2.0)])
    assert whose(seen, masks).tolist() == [NOTHING, NOTHING]


def test_masks_and_structures_come_back_from_their_files(masks: np.ndarray, tmp_path: Path) -> None:
    masks[1, 2, 2] = NOTHING
    write_masks(tmp_path, masks)
    assert np.array_equal(read_masks(tmp_path), masks)
    seen = structure([0, 1], [0, 1], [(0.25, 1.0), (3.0, 2.0)])
    seen.Ts_camera_world[1] = np.nan
    write_structure(tmp_path, seen)
    back = read_structure(tmp_path)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(vars(seen).values(), vars(back).values(), strict=True))
    assert back.placed.tolist() == [True, False]


def test_a_folder_without_masks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no masks; make them again"):
        read_masks(tmp_path)
