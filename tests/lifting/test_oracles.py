"""Oracles tell the truth: masks, features that know a category's symmetry, and a structure up to one similarity."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from lifting.benchmarks.items import Item
from lifting.masks import BASE, TARGET, whose
from lifting.oracles import OracleFeatures, OracleStructure, place_features, true_views
from lifting.similarity import umeyama
from oor.catalog.category import categories

Items = Callable[[str, str, str, int], Item]
POUR = ("teapot", "pours into", "teacup", 0)


def test_masks_are_what_is_seen(item: Items) -> None:
    pour = item(*POUR)
    for mask, view in zip(pour.masks, true_views(pour.scene, pour.cameras), strict=True):
        assert np.array_equal(mask == TARGET, view.ids == 0) and np.array_equal(mask == BASE, view.ids == 1)
    assert set(np.unique(pour.masks)) == {0, 1, 2}


def test_a_structure_is_the_scene_up_to_one_similarity(item: Items) -> None:
    pour = item(*POUR)
    exact = OracleStructure(pour.scene, pour.cameras, noise=0, jitter_px=0, strays=0)(pour.views, 5)
    assert exact.placed.all() and (np.diff(exact.point) >= 0).all() and np.bincount(exact.point).min() >= 3
    p_camera = np.einsum("mij,mj->mi", exact.Ts_camera_world[exact.view, :3, :3], exact.points[exact.point])
    p_camera += exact.Ts_camera_world[exact.view, :3, 3]
    pixels = np.einsum("mij,mj->mi", exact.Ks[exact.view], p_camera)
    np.testing.assert_allclose(pixels[:, :2] / pixels[:, 2:], exact.xy, atol=1e-6)
    eyes = [-T[:3, :3].T @ T[:3, 3] for T in exact.Ts_camera_world]
    S = umeyama(torch.from_numpy(np.stack([camera.eye for camera in pour.cameras])), torch.from_numpy(np.stack(eyes)))
    mine = S.inverse()(torch.from_numpy(exact.points)).numpy()
    surface = np.concatenate([view_points(pour, i) for i in range(len(pour.cameras))])
    apart = np.linalg.norm(mine[::20, None] - surface[None], axis=2).min(axis=1)
    assert apart.max() < 1e-4
    other = OracleStructure(pour.scene, pour.cameras)(pour.views, 6)
    assert not np.allclose(other.Ts_camera_world[0], exact.Ts_camera_world[0])


def view_points(pour: Item, i: int) -> np.ndarray:
    """(n, 3) what a view shows, in the world."""
    (view,) = true_views(pour.scene, pour.cameras[i : i + 1])
    rows, columns = np.nonzero(view.ids >= 0)
    return pour.cameras[i].unproject(np.stack([columns, rows], axis=1) + 0.5, view.depth[rows, columns].astype(float))


def test_points_belong_to_whom_they_lie_on(item: Items) -> None:
    pour = item(*POUR)
    owners = whose(pour.structure, pour.masks)
    assert min((owners == TARGET).mean(), (owners == BASE).mean()) > 0.3 and (owners == 0).mean() < 0.1


@pytest.mark.parametrize("category", ["bottle", "book", "teapot", "rolling pin"])
def test_features_know_a_symmetry_and_nothing_else(category: str) -> None:
    rng = np.random.default_rng(0)
    known = categories()[category]
    place = rng.uniform(-0.5, 0.5, (300, 3))
    plain = place_features(category, place)
    axis = np.eye(3)["xyz".index(known.symmetry.axis)]
    angle = 1.0 if known.symmetry.fold == 0 else 2 * math.pi / known.symmetry.fold
    turned = Rotation.from_rotvec(angle * axis).apply(place * known.template.extents) / known.template.extents
    np.testing.assert_allclose(place_features(category, turned), plain, atol=1e-5)
    length = np.linalg.norm(plain, axis=1, keepdims=True)
    alike = (plain / length) @ (plain / length).T
    assert (alike.argmax(axis=1) == np.arange(300)).all() and alike.min() < 0.7
    stranger = place_features("chair", place)
    assert ((stranger * plain).sum(axis=1) / length[:, 0] / np.linalg.norm(stranger, axis=1)).max() < 0.9


def test_a_picture_that_was_not_introduced_is_refused(item: Items) -> None:
    pour, oracle = item(*POUR), OracleFeatures()
    oracle.introduce(replace(pour.views, rgb=pour.views.rgb[:2]), pour.scene, pour.cameras[:2])
    maps = oracle(pour.views.rgb[:2])
    assert maps.shape[0] == 2 and maps.shape[2:] == pour.views.rgb.shape[1:3]
    nothing = torch.from_numpy(pour.masks[:2] == 0)
    assert not maps.permute(0, 2, 3, 1)[nothing].any() and bool(maps.permute(0, 2, 3, 1)[~nothing].any(dim=1).all())
    with pytest.raises(ValueError, match="introduced"):
        oracle(pour.views.rgb[:3])
