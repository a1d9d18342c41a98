"""Laws of relations, checked on random, near-identity and half-turn poses in float64."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from oor.relation import (
    NUMBERS,
    WIDTH,
    Relation,
    T_base_target,
    base_points,
    columns_6d_to_matrix,
    compose,
    fit_instance,
    gauge,
    invert,
    matrix_to_columns_6d,
    matrix_to_rows_6d,
    pack,
    relation_from_world,
    rows_6d_to_matrix,
    target_to_base,
    unpack,
)

TEST_DATA = Path(os.environ.get("OOR_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))  # noqa: TID251
laws = settings(deadline=None, max_examples=50, derandomize=True)
seeds = st.integers(0, 2**31)
angles = st.sampled_from([0.0, 1e-12, 1e-8, 1e-4, 1.0, math.pi - 1e-8, math.pi])


def rotations(rng: np.random.Generator, count: int, angle: float | None = None) -> torch.Tensor:
    axes = rng.normal(size=(count, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    turns = rng.uniform(0, math.pi, (count, 1)) if angle is None else np.full((count, 1), angle)
    return torch.tensor(Rotation.from_rotvec(axes * turns).as_matrix())


def scales(rng: np.random.Generator, count: int) -> torch.Tensor:
    return torch.tensor(np.exp(rng.uniform(-3, 1, (count, 3))))


def relations(seed: int, count: int = 4, angle: float | None = None) -> Relation:
    rng = np.random.default_rng(seed)
    t = torch.tensor(rng.normal(size=(count, 3)) * 2)
    return gauge(Relation(rotations(rng, count, angle), t, scales(rng, count), scales(rng, count)))


def rigid(rng: np.random.Generator, count: int) -> torch.Tensor:
    T = torch.eye(4, dtype=torch.float64).repeat(count, 1, 1)
    T[:, :3, :3] = rotations(rng, count)
    T[:, :3, 3] = torch.tensor(rng.normal(size=(count, 3)))
    return T


def chain(seed: int, length: int) -> list[Relation]:
    """Relations of neighbours among `length + 1` boxes in one world: element i is box i + 1 relative to box i."""
    rng = np.random.default_rng(seed)
    poses, sizes = [rigid(rng, 2) for _ in range(length + 1)], [scales(rng, 2) for _ in range(length + 1)]
    return [relation_from_world(poses[i], sizes[i], poses[i + 1], sizes[i + 1]) for i in range(length)]


def assert_same(left: Relation, right: Relation, tolerance: float = 1e-9) -> None:
    torch.testing.assert_close(pack(left), pack(right), rtol=tolerance, atol=tolerance)


@laws
@given(seeds, angles)
def test_unpack_undoes_pack(seed: int, angle: float) -> None:
    relation = relations(seed, angle=angle)
    assert_same(unpack(pack(relation)), relation, 1e-12)
    torch.testing.assert_close(unpack(pack(relation)).R_base_target, relation.R_base_target, rtol=0, atol=1e-12)


def test_the_order_of_the_fifteen_numbers() -> None:
    R = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    relation = Relation(R, torch.tensor([7.0, 8, 9]), torch.tensor([10.0, 11, 12]), torch.tensor([0.5, 1, 0.25]))
    assert pack(relation).tolist() == [0, 1, 0, -1, 0, 0, 7, 8, 9, 10, 11, 12, 0.5, 1, 0.25]


@laws
@given(seeds)
def test_every_number_has_a_name_that_says_where_it_is_found(seed: int) -> None:
    relation = relations(seed)
    R, axis = relation.R_base_target, {"x": 0, "y": 1, "z": 2}
    lengths = {"t": relation.t_base_target, "target": relation.scale_target, "base": relation.scale_base}
    assert len(set(NUMBERS)) == len(NUMBERS) == WIDTH
    for name, column in zip(NUMBERS, pack(relation).unbind(dim=-1), strict=True):
        kind, _, letters = name.partition("_")
        if kind == "r":  # r_yx: along the base's y, of the target's x
            assert torch.equal(column, R[:, axis[letters[0]], axis[letters[1]]]), name
        else:
            assert torch.equal(column, lengths[kind][:, axis[letters]]), name


def test_a_name_of_the_rotation_says_where_the_targets_axis_points() -> None:
    """A quarter turn about y carries the target's x axis to the base's -z, and its z axis to x."""
    turned = Rotation.from_euler("y", 90, degrees=True).as_matrix()
    relation = Relation(torch.tensor(turned), *torch.ones(3, 3, dtype=torch.float64))
    named = dict(zip(NUMBERS, pack(relation).tolist(), strict=True))
    rotation = {name: round(value, 12) for name, value in named.items() if name.startswith("r_")}
    assert rotation == {"r_xx": 0, "r_yx": 0, "r_zx": -1, "r_xy": 0, "r_yy": 1, "r_zy": 0}


@laws
@given(seeds)
def test_unpack_makes_a_rotation_of_any_two_columns(seed: int) -> None:
    vector = torch.tensor(np.random.default_rng(seed).normal(size=(2, 3, 15)))
    vector[..., 9:] = vector[..., 9:].abs() + 0.01
    R = unpack(vector).R_base_target
    torch.testing.assert_close(R @ R.mT, torch.eye(3, dtype=torch.float64).expand_as(R), rtol=0, atol=1e-12)
    torch.testing.assert_close(torch.linalg.det(R), torch.ones(2, 3, dtype=torch.float64))
    direction = torch.nn.functional.normalize(vector[..., :3], dim=-1)
    torch.testing.assert_close(R[..., :, 0], direction, rtol=0, atol=1e-12)


@laws
@given(seeds, angles)
def test_both_6d_conventions_agree_with_scipy(seed: int, angle: float) -> None:
    R = rotations(np.random.default_rng(seed), 3, angle)
    columns, rows = matrix_to_columns_6d(R), matrix_to_rows_6d(R)
    reference = Rotation.from_matrix(R.numpy()).as_matrix()
    np.testing.assert_allclose(columns.numpy(), np.concatenate([reference[:, :, 0], reference[:, :, 1]], 1), atol=1e-12)
    np.testing.assert_allclose(rows.numpy(), np.concatenate([reference[:, 0], reference[:, 1]], 1), atol=1e-12)
    torch.testing.assert_close(columns_6d_to_matrix(columns), R, rtol=0, atol=1e-12)
    torch.testing.assert_close(rows_6d_to_matrix(rows), R, rtol=0, atol=1e-12)
    torch.testing.assert_close(columns_6d_to_matrix(rows), R.mT, rtol=0, atol=1e-12)


@laws
@given(seeds)
def test_points_follow_equations_2_and_3(seed: int) -> None:
    relation, points = relations(seed), torch.tensor(np.random.default_rng(seed).uniform(-0.5, 0.5, (4, 7, 3)))
    moved, own = target_to_base(relation, points), base_points(relation, points)
    for b in range(4):
        rotation = Rotation.from_matrix(relation.R_base_target[b].numpy())
        expected = rotation.apply((relation.scale_target[b] * points[b]).numpy()) + relation.t_base_target[b].numpy()
        np.testing.assert_allclose(moved[b].numpy(), expected, atol=1e-12)
    torch.testing.assert_close(own, relation.scale_base[:, None] * points)


@laws
@given(seeds)
def test_the_rigid_transform_is_equation_2_without_the_scale(seed: int) -> None:
    relation, points = relations(seed), torch.tensor(np.random.default_rng(seed).normal(size=(4, 5, 3)))
    T = T_base_target(relation)
    scaled = relation.scale_target[:, None] * points
    moved = scaled @ T[:, :3, :3].mT + T[:, None, :3, 3]
    torch.testing.assert_close(moved, target_to_base(relation, points), rtol=0, atol=1e-12)
    assert T[:, 3].tolist() == [[0, 0, 0, 1]] * 4


@laws
@given(seeds)
def test_gauge_sets_the_unit_and_is_idempotent(seed: int) -> None:
    relation = relations(seed)
    double = Relation(relation.R_base_target, *(3.7 * v for v in (relation.t_base_target, relation.scale_target,
                                                                  relation.scale_base)))
    assert relation.scale_base.amax(dim=-1).tolist() == [1, 1, 1, 1]
    assert_same(gauge(double), relation, 1e-12)
    assert torch.equal(pack(gauge(relation)), pack(relation))


@laws
@given(seeds, angles)
def test_inverting_twice_changes_nothing(seed: int, angle: float) -> None:
    relation = relations(seed, angle=angle)
    assert_same(invert(invert(relation)), relation)
    assert invert(relation).scale_base.amax(dim=-1).sub(1).abs().max() == 0


@laws
@given(seeds)
def test_a_relation_composed_with_its_inverse_is_the_base_in_its_own_place(seed: int) -> None:
    relation = relations(seed)
    there_and_back = compose(relation, invert(relation))
    identity = Relation(torch.eye(3, dtype=torch.float64).expand(4, 3, 3), torch.zeros(4, 3, dtype=torch.float64),
                        relation.scale_base, relation.scale_base)
    assert_same(there_and_back, identity)


@laws
@given(seeds)
def test_composition_is_associative_and_inverts_in_reverse(seed: int) -> None:
    ab, bc, cd = chain(seed, 3)
    assert_same(compose(compose(ab, bc), cd), compose(ab, compose(bc, cd)))
    assert_same(invert(compose(ab, bc)), compose(invert(bc), invert(ab)))


@laws
@given(seeds)
def test_composition_is_what_the_world_shows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    (Ta, Tb, Tc), (a, b, c) = (rigid(rng, 3) for _ in range(3)), (scales(rng, 3) for _ in range(3))
    composed = compose(relation_from_world(Ta, a, Tb, b), relation_from_world(Tb, b, Tc, c))
    assert_same(composed, relation_from_world(Ta, a, Tc, c))


@laws
@given(seeds, st.floats(0.01, 100))
def test_a_change_of_world_changes_no_relation(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    Tb, Tt, G, b, t = rigid(rng, 2), rigid(rng, 2), rigid(rng, 1), scales(rng, 2), scales(rng, 2)
    before = relation_from_world(Tb, b, Tt, t)
    Tb, Tt = G @ Tb, G @ Tt
    Tb[:, :3, 3], Tt[:, :3, 3] = unit * Tb[:, :3, 3], unit * Tt[:, :3, 3]
    assert_same(relation_from_world(Tb, unit * b, Tt, unit * t), before)


def test_compose_refuses_two_shapes_of_the_shared_object() -> None:
    ab, bc = relations(0), relations(1)
    with pytest.raises(ValueError, match="shared object has proportions"):
        compose(ab, bc)
    assert torch.isfinite(pack(compose(ab, bc, tolerance=math.inf))).all()


@laws
@given(seeds)
def test_fitting_an_instance_keeps_its_proportions_and_is_idempotent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scale, bbox = scales(rng, 5), scales(rng, 5)
    fitted = fit_instance(scale, bbox)
    ratio = fitted / bbox
    torch.testing.assert_close(ratio, ratio[:, :1].expand(5, 3))
    torch.testing.assert_close(ratio[:, 0], (scale / bbox).sum(dim=-1) / 3)
    torch.testing.assert_close(fit_instance(fitted, 2.5 * bbox), fitted)


def test_fitting_a_flat_instance_is_refused() -> None:
    with pytest.raises(ValueError, match="three finite edges"):
        fit_instance(torch.ones(3), torch.tensor([1.0, 0.0, 1.0]))


def test_gradients_are_finite_and_right_at_the_identity() -> None:
    t, ones = torch.zeros(1, 3, dtype=torch.float64), torch.ones(1, 3, dtype=torch.float64)
    vector = pack(Relation(torch.eye(3, dtype=torch.float64)[None], t, ones, ones * torch.tensor([1.0, 0.5, 0.2])))
    vector.requires_grad_(True)
    points = torch.tensor([[[0.5, -0.2, 0.1]]], dtype=torch.float64)

    def chained(v: torch.Tensor) -> torch.Tensor:
        relation = unpack(v)
        return target_to_base(compose(relation, invert(relation)), points) + target_to_base(invert(relation), points)

    assert torch.autograd.gradcheck(lambda v: target_to_base(unpack(v), points), vector)
    (gradient,) = torch.autograd.grad(chained(vector).sum(), vector)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_and_batch_shape_belong_to_the_caller(dtype: torch.dtype) -> None:
    one = unpack(pack(relations(3)).to(dtype).reshape(2, 2, 15))
    mixed = Relation(one.R_base_target, one.t_base_target, one.scale_target[0, 0], one.scale_base[0, 0])
    assert pack(one).dtype == pack(invert(one)).dtype == T_base_target(mixed).dtype == dtype
    assert pack(mixed).shape == (2, 2, 15) and T_base_target(mixed).shape == (2, 2, 4, 4)
    none = unpack(torch.zeros(0, 15, dtype=dtype))
    assert pack(compose(none, invert(none))).shape == (0, 15)


@pytest.mark.parametrize(("column", "value", "message"), [
    (6, math.nan, "NaN or infinity"), (2, math.inf, "NaN or infinity"), (9, 0.0, "scale_target"),
    (14, -0.1, "scale_base"),
])
def test_unpack_says_which_vector_is_wrong_and_why(column: int, value: float, message: str) -> None:
    vectors = pack(relations(5))
    vectors[2, column] = value
    with pytest.raises(ValueError, match=f"vector 2 of 4 .*{message}"):
        unpack(vectors)
    assert unpack(vectors, validate=False).t_base_target.shape == (4, 3)


def test_unpack_refuses_parallel_columns_and_wrong_widths() -> None:
    vector = pack(relations(5))
    with pytest.raises(ValueError, match="15 numbers"):
        unpack(vector[:, :14])
    vector[0, 3:6] = -2 * vector[0, :3]
    with pytest.raises(ValueError, match="parallel"):
        unpack(vector)


def test_a_relation_refuses_wrong_shapes() -> None:
    with pytest.raises(ValueError, match="R_base_target must be"):
        Relation(torch.zeros(3), torch.zeros(3), torch.ones(3), torch.ones(3))
    with pytest.raises(ValueError, match="scale_base must be"):
        Relation(torch.eye(3), torch.zeros(3), torch.ones(3), torch.ones(4))


def from_rows(R: torch.Tensor, t: torch.Tensor, s: torch.Tensor) -> Relation:
    """The similarity pytorch3d writes `s * X @ R + t`, as a relation with an isotropic scale."""
    edges = s[:, None].expand(-1, 3)
    return Relation(R.mT, t, edges, torch.ones_like(edges))


@laws
@given(seeds)
def test_a_row_convention_similarity_becomes_the_same_map(seed: int) -> None:
    rng = np.random.default_rng(seed)
    R, t, s = rotations(rng, 4), torch.tensor(rng.normal(size=(4, 3))), torch.tensor(rng.uniform(0.1, 3, 4))
    X = torch.tensor(rng.normal(size=(4, 6, 3)))
    expected = s[:, None, None] * X @ R + t[:, None]
    torch.testing.assert_close(target_to_base(from_rows(R, t, s), X), expected, rtol=0, atol=1e-12)


def test_reference_icp_results_bring_the_points_together() -> None:
    path = TEST_DATA / "numeric" / "pytorch3d_icp.npz"
    if not path.is_file():
        pytest.skip(f"no reference data at {path}; set OOR_TEST_DATA")
    arrays = np.load(path)
    names = sorted({key.rsplit("_", 1)[0] for key in arrays.files})
    if not any(arrays[key].any() for key in arrays.files):
        pytest.skip(f"{path} holds only zeros ({len(arrays.files)} arrays): nothing to compare with")
    for name in names:
        X, Y, R, t, s = (torch.tensor(arrays[f"{name}_{i}"], dtype=torch.float64) for i in range(5))
        moved = target_to_base(from_rows(R, t, s), X)
        for before, after, goal in zip(X, moved, Y, strict=True):
            tree = cKDTree(goal.numpy())
            far, near = (np.square(tree.query(points.numpy())[0]).mean() for points in (before, after))
            assert near <= far * (1 + 1e-4)  # each step of ICP lowers this or leaves it
