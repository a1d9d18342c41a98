"""Features at pixels, and of windows about objects."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lifting.features import Closeups, at_pixels, cut_out, of_observations, window_about
from lifting.masks import BASE, NOTHING, TARGET
from lifting.structure import Structure


def test_maps_are_linear_between_the_middles_of_their_cells() -> None:
    """A map that says where its cells are says where any pixel is."""
    columns, rows = torch.meshgrid((torch.arange(12) + 0.5) * 4, (torch.arange(8) + 0.5) * 4, indexing="xy")
    maps = torch.stack([columns, rows])[None].repeat(2, 1, 1, 1)
    maps[1] += 100
    xy = torch.rand(50, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([44.0, 28.0]) + 2
    view = torch.arange(50) % 2
    torch.testing.assert_close(at_pixels(maps, view, xy, (48, 32)), xy + 100 * view[:, None])


@pytest.mark.parametrize(("rows", "columns"), [((10, 20), (5, 9)), ((0, 3), (0, 40)), ((30, 40), (38, 40))])
def test_a_window_is_a_square_with_its_object_in_the_middle(rows: tuple[int, int], columns: tuple[int, int]) -> None:
    mask = np.zeros((40, 40), bool)
    mask[slice(*rows), slice(*columns)] = True
    window = window_about(mask, 1.5)
    assert window is not None
    row, column, edge = window
    assert edge == np.ceil(1.5 * max(rows[1] - rows[0], columns[1] - columns[0]))
    assert abs(row + edge / 2 - sum(rows) / 2) <= 0.5 and abs(column + edge / 2 - sum(columns) / 2) <= 0.5


def test_a_speck_has_no_window() -> None:
    mask = np.zeros((40, 40), bool)
    mask[3, :11] = True
    assert window_about(mask) is None
    mask[4, 0] = True
    assert window_about(mask) is not None


def test_what_lies_beyond_the_picture_is_white() -> None:
    rgb = np.zeros((10, 10, 3), np.uint8)
    cut = cut_out(rgb, (-5, 5, 10), 10)
    assert (cut[:5] == 255).all() and (cut[:, 5:] == 255).all() and (cut[5:, :5] == 0).all()


def test_observations_have_the_features_of_their_place_in_a_window() -> None:
    """An extractor that paints cells in the picture's own colours gives every observation the colour at its pixel."""

    def colours(rgb: NDArray[np.uint8]) -> Tensor:
        return torch.from_numpy(rgb).permute(0, 3, 1, 2).float()

    edge = 96
    ramp = np.mgrid[:edge, :edge].astype(np.uint8) * 2
    rgb = np.stack([np.stack([ramp[0], ramp[1], ramp[0]], axis=-1)] * 2)
    masks = np.full((2, edge, edge), NOTHING, np.uint8)
    masks[0, 10:50, 12:70], masks[1, 40:90, 20:60] = TARGET, BASE
    xy = np.array([[30.5, 20.5], [60.5, 40.5], [5.5, 5.5], [30.5, 60.5], [50.5, 80.5]])
    view = np.array([0, 0, 0, 1, 1], np.int32)
    seen = Structure(np.zeros((5, 3)), np.zeros((2, 3, 3)), np.zeros((2, 4, 4)), np.arange(5, dtype=np.int32), view, xy)
    near = {label: Closeups.of(rgb, masks == label) for label in (TARGET, BASE)}
    found = of_observations(colours, seen, masks, near)
    expected = torch.from_numpy(np.stack([2 * (xy[:, 1] - 0.5), 2 * (xy[:, 0] - 0.5)], axis=1)).float()
    expected[2] = 0
    torch.testing.assert_close(found[:, :2], expected, atol=1.0, rtol=0)
    assert (found[2] == 0).all()
    assert near[TARGET].view.tolist() == [0] and near[BASE].view.tolist() == [1]
    inside = near[TARGET].mask.mean() * near[TARGET].windows[0][2] ** 2
    assert inside == pytest.approx(40 * 58, rel=0.02)


def test_nothing_seen_is_refused() -> None:
    seen = Structure(np.zeros((1, 3)), np.zeros((1, 3, 3)), np.zeros((1, 4, 4)), np.zeros(1, np.int32), np.zeros(1, np.int32),
                     np.ones((1, 2)))
    rgb, masks = np.zeros((1, 8, 8, 3), np.uint8), np.zeros((1, 8, 8), np.uint8)
    with pytest.raises(ValueError, match="no view shows an object"):
        of_observations(lambda pictures: torch.zeros(1, 2, 2, 2), seen, masks, {TARGET: Closeups.of(rgb, masks == TARGET)})
