"""Candidates: canonical, the same every time, described where they are seen, and chosen by the paper's rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from numpy.typing import NDArray
from torch import Tensor

from lifting.oracles import OracleFeatures, place_features
from lifting.templates import (
    Candidate,
    Described,
    Rig,
    Shelf,
    candidate_from_file,
    candidates,
    describe,
    object_views,
    scores,
)
from oor.catalog.category import Symmetry, categories
from oor.meshes import mesh_hash
from oor.rendering import Surface

SMALL = Rig(views=6, size_px=64, points=300, pixels=500, supersample=1)


class Mosaic:
    """Features of a picture: its mean colours in cells of 8 pixels; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, rgb: NDArray[np.uint8]) -> Tensor:
        self.asked += len(rgb)
        return torch.nn.functional.avg_pool2d(torch.from_numpy(rgb).permute(0, 3, 1, 2).float(), 8)


@pytest.fixture(scope="module")
def mug() -> Candidate:
    return candidates(categories()["mug"], 1)[0]


@pytest.fixture(scope="module")
def described(mug: Candidate) -> Described:
    oracle = OracleFeatures()
    oracle.introduce_candidate(mug, "mug", SMALL)
    return describe(mug, oracle, SMALL)


def test_the_pool_is_the_typical_shape_and_others_always_the_same() -> None:
    category = categories()["teapot"]
    pool, again = candidates(category, 3), candidates(category, 3)
    assert mesh_hash(pool[0].mesh) == mesh_hash(category.template.mesh) and len({mesh_hash(c.mesh) for c in pool}) == 3
    assert [mesh_hash(c.mesh) for c in pool] == [mesh_hash(c.mesh) for c in again] and len({c.name for c in pool}) == 3
    for candidate in pool:
        np.testing.assert_allclose(candidate.mesh.bounds.mean(axis=0), 0, atol=1e-9)
        assert candidate.extents.max() == pytest.approx(1) and candidate.symmetry == category.symmetry
    fixed = replace(category, build=lambda: category.template)
    assert len(candidates(fixed, 4)) == 1  # equal shapes are no choice
    with pytest.raises(ValueError, match="count=0"):
        candidates(category, 0)


def test_a_file_becomes_a_canonical_candidate(tmp_path: Path) -> None:
    box = trimesh.creation.box((2.0, 6.0, 4.0))  # z is up in the file
    box.apply_translation((5, 5, 5)).export(tmp_path / "crate.obj")
    crate = candidate_from_file(tmp_path / "crate.obj", Symmetry(2), up="z")
    np.testing.assert_allclose(crate.extents, [1 / 3, 2 / 3, 1], atol=1e-9)
    np.testing.assert_allclose(crate.mesh.bounds.sum(axis=0), 0, atol=1e-9)
    assert (crate.name, crate.symmetry) == ("crate", Symmetry(2)) and describe(crate, Mosaic(), SMALL).views.shape == (6, 3)
    (tmp_path / "flat.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(ValueError, match="flat"):
        candidate_from_file(tmp_path / "flat.obj", Symmetry(1))
    (tmp_path / "empty.obj").write_text("")
    with pytest.raises(ValueError, match="empty"):
        candidate_from_file(tmp_path / "empty.obj", Symmetry(1))


def test_points_lie_on_the_surface_spread_evenly_with_its_normals(mug: Candidate, described: Described) -> None:
    points = described.surface.points.numpy()
    assert described.surface.normals is not None and 0.7 * SMALL.points < len(points) <= SMALL.points
    _, distance, face = trimesh.proximity.closest_point_naive(mug.mesh, points)
    assert distance.max() < 0.04 and np.median(distance) < 0.005
    agree = np.abs((mug.mesh.face_normals[face] * described.surface.normals.numpy()).sum(axis=1))
    assert np.median(agree) > 0.98
    apart = np.linalg.norm(points[:, None] - points[None], axis=2) + 9 * np.eye(len(points))
    assert np.median(apart.min(axis=1)) > 0.35 * np.sqrt(mug.mesh.area / 2 / len(points))
    assert np.abs(points).max() <= 0.5 + 1e-6 and np.ptp(points, axis=0).min() > 0.9 * mug.extents.min()


def test_a_point_has_the_mean_feature_of_what_shows_it(mug: Candidate, described: Described) -> None:
    expected = torch.from_numpy(place_features("mug", described.surface.points.numpy() / mug.extents))
    alike = torch.nn.functional.cosine_similarity(described.surface.features, expected, dim=1)
    assert float(alike.median()) > 0.99 and float(alike.quantile(0.05)) > 0.9
    assert described.views.shape == (SMALL.views, expected.shape[1]) and 300 < len(described.pixels) < 700
    every = described.pixels.mean(dim=0)
    torch.testing.assert_close(every, described.views.mean(dim=0), atol=0.05, rtol=0)


def test_the_choice_is_the_mean_cosine_over_all_pairs_of_views(described: Described) -> None:
    generator = torch.Generator().manual_seed(0)
    pool = [replace(described, views=torch.randn(m, 8, generator=generator)) for m in (3, 5, 4)]
    views = torch.randn(7, 8, generator=generator)
    naive = [np.mean([float(torch.cosine_similarity(a, b, dim=0)) for a in views for b in known.views]) for known in pool]
    np.testing.assert_allclose(scores(views, pool).numpy(), naive, atol=1e-6)
    np.testing.assert_allclose(scores(3 * views, pool).numpy(), naive, atol=1e-6)
    assert int(scores(pool[1].views, pool).argmax()) == 1
    with pytest.raises(ValueError, match="no view shows"):
        scores(views[:0], pool)


def test_views_of_an_object_are_means_over_its_mask() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)
    mask = np.zeros((5, 32, 32), bool)
    mask[0, :8, :8] = mask[3] = True
    found = object_views(Mosaic(), rgb, mask, at_once=2)
    np.testing.assert_allclose(found.numpy(), [rgb[0, :8, :8].mean(axis=(0, 1)), rgb[3].mean(axis=(0, 1))], rtol=1e-4)
    assert object_views(Mosaic(), rgb, np.zeros_like(mask)).shape == (0, 3)


def test_a_description_is_made_once_and_kept(mug: Candidate, tmp_path: Path) -> None:
    network, other = Mosaic(), Mosaic()
    first = Shelf(network, "mosaic 1", SMALL, tmp_path)
    made = first(mug)
    assert network.asked == SMALL.views and first(mug) is made and network.asked == SMALL.views
    kept = Shelf(other, "mosaic 1", SMALL, tmp_path)(mug)
    assert other.asked == 0 and kept.surface.normals is not None and made.surface.normals is not None
    for a, b in ((kept.surface.points, made.surface.points), (kept.surface.features, made.surface.features),
                 (kept.surface.normals, made.surface.normals), (kept.pixels, made.pixels), (kept.views, made.views)):
        assert torch.equal(a, b)
    shelves = first, Shelf(network, "mosaic 2", SMALL), Shelf(network, "mosaic 1", replace(SMALL, views=5))
    keys = {*(shelf.key(mug) for shelf in shelves), first.key(replace(mug, surface=replace(mug.surface, colour=None))),
            first.key(candidates(categories()["mug"], 2)[1])}
    assert len(keys) == 5 and Shelf(other, "mosaic 1", SMALL).key(mug) == first.key(mug)


def test_settings_that_show_nothing_are_refused(mug: Candidate) -> None:
    for changes in ({"views": 0}, {"elevations_deg": ()}, {"points": 0}, {"size_px": 4}):
        with pytest.raises(ValueError, match="is not possible"):
            Rig(**changes)  # type: ignore[arg-type]
    line = trimesh.Trimesh([[-0.5, 0, 0], [0.5, 0, 0]], [[0, 1, 1]], process=False)
    nothing = replace(mug, mesh=line, surface=Surface(np.asarray(line.vertices), np.zeros(1, np.int32)))
    with pytest.raises(ValueError, match="shows anything"):
        describe(nothing, Mosaic(), SMALL)
