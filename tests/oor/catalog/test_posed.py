"""Posed templates: frames of reference, and depths under boxes and spheres, whose answers are known."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from oor.catalog.category import categories
from oor.catalog.posed import CLOUD_POINTS, INNER_POINTS, Posed, Solid, shape_of, stretched
from oor.catalog.solids import ball, box, joined
from oor.catalog.template import Frame, Template, canonical, once_per_template

Array = NDArray[np.float64]
BOX = canonical({"box": box((2, 1, 0.5))}, {"top": Frame.at((0.3, 0.5, 0.1), (0.2, 1, 0.4), (0.4, 0.2))})
SPHERE = canonical({"ball": ball(1.0, subdivisions=5)}, {})
NAMES = tuple(categories())
N, K = 6, 300


def poses(template: Template, seed: int, n: int = N) -> Posed:
    rng = np.random.default_rng(seed)
    R = Rotation.random(n, random_state=np.random.RandomState(seed)).as_matrix()
    return Posed(template, R, rng.normal(size=(n, 3)), rng.uniform(0.2, 2, (n, 3)))


def box_depth(local: Array, s: Array) -> Array:
    """The naive oracle: distance to the nearest side of an axis-aligned box, 0 outside."""
    return np.clip((s[:, None] / 2 - np.abs(local)).min(axis=-1), 0, None)


@pytest.mark.parametrize("seed", range(3))
def test_the_depth_under_a_box_is_exact(seed: int) -> None:
    posed = poses(BOX, seed)
    local = np.random.default_rng(seed + 50).uniform(-0.7, 0.7, (N, K, 3)) * posed.s[:, None]
    world = np.einsum("nij,nkj->nki", posed.R, local) + posed.t[:, None]
    expected = box_depth(local, posed.s)
    assert (expected > 0).mean() > 0.2 and (expected == 0).mean() > 0.2
    assert_allclose(posed.depth_of(world), expected, atol=1e-6)


def test_the_depth_under_a_sphere_is_the_shortest_way_along_an_axis() -> None:
    rng = np.random.default_rng(1)
    R = Rotation.random(N, random_state=np.random.RandomState(1)).as_matrix()
    diameter = rng.uniform(0.5, 3, (N, 1))
    posed = Posed(SPHERE, R, rng.normal(size=(N, 3)), np.repeat(diameter, 3, axis=1))
    local = rng.uniform(-0.5, 0.5, (N, K, 3)) * diameter[:, None]
    radius = diameter[:, None] / 2
    inside = np.linalg.norm(local, axis=-1) < 0.98 * radius[..., 0]
    outside = np.linalg.norm(local, axis=-1) > radius[..., 0]
    others = (local**2).sum(axis=-1, keepdims=True) - local**2
    expected = (np.sqrt(np.clip(radius**2 - others, 0, None)) - np.abs(local)).min(axis=-1)
    depth = posed.depth_of(posed.to_world(local / posed.s[:, None]))
    assert_allclose(depth[inside], expected[inside], atol=4e-3 * diameter.max())
    assert (depth[outside] == 0).all()


def test_depth_is_that_of_the_deeper_of_two_overlapping_parts() -> None:
    two = canonical({"a": box((1, 1, 1), (-0.4, 0, 0)), "b": box((1, 1, 1), (0.4, 0, 0))}, {})
    one = canonical({"both": joined(box((1, 1, 1), (-0.4, 0, 0)), box((1, 1, 1), (0.4, 0, 0)))}, {})
    points = np.array([[[0.0, 0.0, 0.0], [-0.4, 0.0, 0.0], [0.3, 0.2, 0.1], [0.95, 0, 0]]])
    expected = [0.1, 0.5, 0.3, 0.0]
    for made in (two, one):
        posed = Posed(made, np.eye(3)[None], np.zeros((1, 3)), 1.8 * made.extents[None])
        assert_allclose(posed.depth_of(points)[0], expected, atol=1e-6)


def test_a_cavity_is_outside() -> None:
    bowl = categories()["bowl"].template
    opening, floor = (bowl.frames[name].point for name in ("opening", "floor"))
    posed = Posed(bowl, np.eye(3)[None], np.zeros((1, 3)), bowl.extents[None])
    assert posed.depth_of(np.array([[0.5 * (opening + floor), [5.0, 0, 0]]])).tolist() == [[0, 0]]


@pytest.mark.parametrize("name", NAMES[::20])
def test_what_is_sampled_of_a_template_lies_where_it_says(name: str) -> None:
    """Samples on the surface and in the unit box, corners around them, inner points inside, and solids for every part."""
    template = categories()[name].template
    shape = shape_of(template)
    assert shape_of(template) is shape and shape.cloud.shape == (CLOUD_POINTS, 3) and len(shape.inner) <= INNER_POINTS
    assert_allclose(shape.corners.max(axis=0), 0.5, atol=1e-9)
    assert_allclose(shape.corners.min(axis=0), -0.5, atol=1e-9)
    assert (np.abs(shape.cloud) <= 0.5 + 1e-9).all()
    one = Posed(template, np.eye(3)[None], np.zeros((1, 3)), template.extents[None])
    assert (one.depth_of(one.to_world(shape.inner))[0] > 0).all()
    assert (one.depth_of(one.to_world(1.01 * shape.corners))[0] == 0).all()
    pieces = sum(len(part.split(only_watertight=False)) for part in template.parts.values())
    assert 1 <= len(shape.solids) <= pieces


@pytest.mark.parametrize("name", ["mug", "chair", "grater", "teddy bear"])
def test_what_is_inside_has_depth_and_what_is_not_has_none(name: str) -> None:
    """By winding, as trimesh counts it, piece by piece."""
    template = categories()[name].template
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (400, 3)) * template.extents
    pieces = [piece for part in template.parts.values() for piece in part.split(only_watertight=False)]
    expected = np.any([piece.contains(points) for piece in pieces], axis=0)
    one = Posed(template, np.eye(3)[None], np.zeros((1, 3)), template.extents[None])
    assert ((one.depth_of(points[None])[0] > 0) == expected).mean() > 0.99 and expected.any() and not expected.all()


def test_a_process_holds_more_shapes_than_a_device_holds_scenes() -> None:
    cube = BOX.parts["box"]
    solids = [Solid(cube) for _ in range(1500)]
    depths = [float(solid.depth(np.zeros((1, 3)), np.ones((1, 3)))[0]) for solid in solids[::100]]
    assert_allclose(depths, 0.125, atol=1e-6)


def test_to_local_inverts_to_world() -> None:
    posed = poses(BOX, 4)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (K, 3))
    assert_allclose(posed.to_local(posed.to_world(points)), posed.s[:, None] * points, atol=1e-12)
    per_pose = np.random.default_rng(1).uniform(-0.5, 0.5, (N, K, 3))
    assert_allclose(posed.to_local(posed.to_world(per_pose)), posed.s[:, None] * per_pose, atol=1e-12)


def test_frames_move_as_points_and_directions_do() -> None:
    posed = poses(BOX, 5)
    frame = BOX.frames["top"]
    ends = np.stack([frame.point, frame.point + 1e-3 * frame.axis]) / BOX.extents
    start, end = np.moveaxis(posed.to_world(ends), 1, 0)
    found = posed.frame("top")
    assert_allclose(found.points, start, atol=1e-12)
    step = end - start
    assert_allclose(found.axes, step / np.linalg.norm(step, axis=1, keepdims=True), atol=1e-9)
    assert posed.has("top") and not posed.has("bottom")
    assert_allclose(posed.direction(np.array([0.0, 0, 1])), posed.R[:, :, 2], atol=1e-12)


def test_a_frame_on_an_unstretched_instance_is_the_template_s() -> None:
    point, axis, half = stretched(BOX.frames["top"], BOX.extents, BOX.extents[None])
    assert_allclose(point[0], BOX.frames["top"].point, atol=1e-12)
    assert_allclose(axis[0], BOX.frames["top"].axis, atol=1e-12)
    assert_allclose(half[0], BOX.frames["top"].half, atol=1e-12)


def test_bounds_and_cloud_agree_with_the_mesh() -> None:
    posed = poses(categories()["mug"].template, 7)
    vertices = posed.to_world(posed.template.mesh.vertices / posed.template.extents)
    assert_allclose(posed.low, vertices.min(axis=1), atol=1e-9)
    assert_allclose(posed.high, vertices.max(axis=1), atol=1e-9)
    assert (posed.cloud >= posed.low[:, None] - 1e-9).all() and (posed.cloud <= posed.high[:, None] + 1e-9).all()
    assert_allclose(posed.size, posed.s.max(axis=1))


def test_what_is_known_of_a_template_goes_with_it() -> None:
    calls: list[tuple[int, float]] = []

    @once_per_template
    def volume(template: Template, scale: float = 1.0) -> float:
        calls.append((id(template), scale))
        return float(template.mesh.volume) * scale

    mug, other = categories()["mug"].build(), categories()["mug"].build()
    assert volume(mug) == volume(mug) and volume(mug, 2.0) == 2 * volume(other) == volume(mug, 2.0)
    assert calls == [(id(mug), 1.0), (id(mug), 2.0), (id(other), 1.0)]
    shape, gone = weakref.ref(shape_of(mug)), weakref.ref(mug)
    del mug
    gc.collect()
    assert gone() is None and shape() is None
