"""Samples with known numbers against Gaussians, whose conditional distributions are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from diffusion import generation
from diffusion.checkpoint import Checkpoint, load_checkpoint
from diffusion.generation import sample_relations
from diffusion.guidance import Known, guided, met, turned
from diffusion.sampling import Solver, sample_heun
from diffusion.schedule import NoiseConfig, sampling_sigmas
from diffusion.text_encoder import Condition, T5TextEncoder
from oor.catalog.contexts import Context
from oor.catalog.programs import draw
from oor.relation import NUMBERS, Relation, gauge, pack, unpack

D, N, BLOCK = 5, 4000, 16
laws = settings(deadline=None, max_examples=40, derandomize=True)
SIGMAS = sampling_sigmas(40, NoiseConfig(sigma_max=80.0))


def start(count: int = N) -> Tensor:
    return 80.0 * torch.randn(count, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def standard(x: Tensor, sigma: Tensor) -> Tensor:
    return x / (1 + sigma**2)


@pytest.mark.parametrize("known", [[0], [1, 3], [0, 1, 2, 3]])
def test_known_numbers_are_met_and_the_others_are_free(known: list[int]) -> None:
    wanted = torch.linspace(-1.5, 1.2, len(known), dtype=torch.float64)
    x = sample_heun(guided(standard, lambda clean: clean[..., known], wanted), start(), SIGMAS)
    torch.testing.assert_close(x[:, known], wanted.expand(N, -1), rtol=0, atol=5e-3)
    free = [i for i in range(D) if i not in known]
    torch.testing.assert_close(x[:, free].mean(dim=0), torch.zeros(len(free)).double(), rtol=0, atol=0.06)
    torch.testing.assert_close(x[:, free].std(dim=0), torch.ones(len(free)).double(), rtol=0, atol=0.05)


def test_what_hangs_together_follows() -> None:
    """Correlated data: x1 = 0.8 x0 + 0.6 noise, so that E[x1 | x0 = 1.5] = 1.2 and its deviation is 0.6."""
    Sigma = torch.eye(D, dtype=torch.float64)
    Sigma[0, 1] = Sigma[1, 0] = 0.8

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        return x @ torch.linalg.solve(Sigma + sigma**2 * torch.eye(D, dtype=torch.float64), Sigma)

    x = sample_heun(guided(denoise, lambda clean: clean[..., :1], torch.tensor([1.5]).double()), start(), SIGMAS)
    assert float((x[:, 0] - 1.5).abs().max()) < 0.02
    assert float(x[:, 1].mean()) == pytest.approx(1.2, abs=0.1) and float(x[:, 1].std()) == pytest.approx(0.6, abs=0.1)
    assert float(x[:, 2:].std(dim=0).min()) > 0.9


def test_a_curved_observation_is_met() -> None:
    wanted = torch.tensor([2.0], dtype=torch.float64)
    observed = lambda clean: (clean[..., :2] ** 2).sum(dim=-1, keepdim=True).sqrt()  # noqa: E731
    x = sample_heun(guided(standard, observed, wanted), start(), SIGMAS)
    torch.testing.assert_close(observed(x), wanted.expand(N, 1), rtol=0, atol=0.05)
    angle = torch.atan2(x[:, 1], x[:, 0])
    assert abs(float(angle.cos().mean())) < 0.06 and abs(float(angle.sin().mean())) < 0.06  # from all sides


def test_demands_that_contradict_each_other_are_met_half_way() -> None:
    wanted = torch.tensor([1.0, 2.0], dtype=torch.float64)
    x = sample_heun(guided(standard, lambda clean: clean[..., [0, 0]], wanted), start(8), SIGMAS)
    torch.testing.assert_close(x[:, 0], torch.full((8,), 1.5).double(), rtol=0, atol=0.02)


def test_every_sample_may_have_demands_of_its_own() -> None:
    wanted = torch.linspace(-1, 1, 8, dtype=torch.float64)[:, None]
    x = sample_heun(guided(standard, lambda clean: clean[..., :1], wanted), start(8), SIGMAS)
    torch.testing.assert_close(x[:, :1], wanted, rtol=0, atol=5e-3)
    assert not x.requires_grad


# --- numbers by name

OUTSIDE = {
    "r": (-1.1, 1.0001, 2.0, math.nan, math.inf, -math.inf),
    "t": (-1000.1, 1000.1, math.nan, math.inf, -math.inf),
    "target": (0.0, -0.3, 1000.1, math.nan, math.inf, -math.inf),
    "base": (0.0, -0.3, 1.0001, math.nan, math.inf, -math.inf),
}
INSIDE = {
    "r": (-1.0, 0.0, 0.3, 1.0),
    "t": (-999.0, -0.5, 0.0, 3, 1000.0),
    "target": (1e-6, 0.4, 1.0, 7, 1000.0),
    "base": (1e-6, 0.4, 1.0, 1),
}


def kind(name: str) -> str:
    return name.partition("_")[0]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_no_relation_has_is_refused_in_one_sentence_that_names_it(name: str) -> None:
    for value in OUTSIDE[kind(name)]:
        with pytest.raises(ValueError, match=rf"^{name}={value} is not possible; give a number above \S+ and up to \S+$"):
            Known({"r_xx": 0.5, name: value})
    for value in INSIDE[kind(name)]:
        assert Known({name: value}).places == {NUMBERS.index(name): value}


@pytest.mark.parametrize("name", ["", "T_x", "t_w", "x", "r_zz", "r_xz", " t_x", "target", "scale_target_x", "[b]t_x[/b]"])
def test_a_name_that_no_number_has_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(ValueError, match=r"^a relation has no number ") as error:
        Known({name: 0.1})
    assert repr(name) in str(error.value) and str(error.value).endswith(", ".join(NUMBERS)) and "\n" not in str(error.value)


@laws
@given(st.permutations(NUMBERS), st.integers(1, 15), st.integers(0, 1000))
def test_known_numbers_are_those_of_the_vector_in_the_order_they_are_given(names: list[str], count: int, seed: int) -> None:
    vectors = torch.rand(2, 3, 15, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    known = Known(dict.fromkeys(names[:count], 0.5))
    assert known.seen(vectors).shape == (2, 3, count) and known.wanted.dtype == torch.float64
    for column, name in enumerate(names[:count]):  # sizes as logarithms
        change = torch.log if kind(name) in ("target", "base") else torch.clone
        assert torch.equal(known.seen(vectors)[..., column], change(vectors[..., NUMBERS.index(name)]))
        assert float(known.wanted[column]) == float(change(torch.tensor(0.5).double()))


# --- the last step: exactly as wanted

ENTRIES = [(row, column) for column in range(2) for row in range(3)]


def rotations(seed: int, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    turned_ones: Tensor = roma.random_rotmat(count, dtype=torch.float64, generator=generator)
    return turned_ones


def relations(seed: int, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.rand(count, 6, generator=generator, dtype=torch.float64) + 0.1
    R, t = rotations(seed, count), torch.randn(count, 3, generator=generator, dtype=torch.float64)
    return pack(gauge(Relation(R, t, sizes[:, :3], sizes[:, 3:])))


@laws
@given(st.lists(st.sampled_from(ENTRIES), min_size=1, unique=True), st.integers(0, 10**6))
def test_entries_that_a_rotation_has_are_had_by_rotations(entries: list[tuple[int, int]], seed: int) -> None:
    rows, columns = zip(*entries, strict=True)
    wanted = rotations(seed, 1)[0, rows, columns]
    R = turned(rotations(seed + 1, 5), entries, wanted)
    torch.testing.assert_close(R[:, rows, columns], wanted.expand(5, -1), rtol=0, atol=1e-6)
    torch.testing.assert_close(R.mT @ R, torch.eye(3).double().expand(5, 3, 3), rtol=0, atol=1e-12)
    assert float((torch.linalg.det(R) - 1).abs().max()) < 1e-12


@laws
@given(st.floats(-1, 1), st.sampled_from(ENTRIES), st.integers(0, 10**6))
def test_one_entry_is_had_by_the_smallest_turn(value: float, entry: tuple[int, int], seed: int) -> None:
    """The angle between the two axes changes by the difference of the arc cosines, and by no turn less."""
    R = rotations(seed, 4)
    after = turned(R, [entry], torch.tensor([value]).double())
    least = (R[:, entry[0], entry[1]].arccos() - math.acos(value)).abs()
    torch.testing.assert_close(roma.rotmat_geodesic_distance(R, after), least, rtol=0, atol=2e-3)


@pytest.mark.parametrize("axis", range(3))
def test_an_object_is_put_upright_though_entries_of_one_have_no_slope(axis: int) -> None:
    for value in (1.0, -1.0):
        R = turned(rotations(5, 6), [(axis, 1)], torch.tensor([value]).double())
        torch.testing.assert_close(R[:, axis, 1], torch.full((6,), value, dtype=torch.float64), rtol=0, atol=1e-6)
        least = roma.rotmat_geodesic_distance(rotations(5, 6), R)
        torch.testing.assert_close(least, (value * rotations(5, 6)[:, axis, 1]).arccos(), rtol=0, atol=2e-3)


def test_what_is_met_stays_as_it_is() -> None:
    vectors = relations(0, 1)
    values = {name: float(vectors[0, i].clamp(-1, 1)) for i, name in enumerate(NUMBERS[:6])}
    known = Known(values | {"target_y": float(vectors[0, 10])})
    torch.testing.assert_close(met(known, vectors), vectors, rtol=0, atol=1e-6)


@laws
@given(st.integers(0, 10**6), st.permutations(range(3)), st.floats(0.01, 0.99), st.floats(0.01, 30))
def test_sizes_are_had_and_the_longest_base_edge_stays_one(seed: int, axes: list[int], edge: float, size: float) -> None:
    before = relations(seed, 6)
    names = f"base_{'xyz'[axes[0]]}", f"target_{'xyz'[axes[1]]}"
    after = met(Known({names[0]: edge, names[1]: size}), before)
    assert torch.equal(after[:, 12 + axes[0]], torch.full((6,), edge, dtype=torch.float64))
    assert torch.equal(after[:, 9 + axes[1]], torch.full((6,), size, dtype=torch.float64))
    assert torch.equal(after[:, 12:].amax(dim=1), torch.ones(6).double())
    two = [12 + axes[1], 12 + axes[2]]  # the other edges keep their proportion
    torch.testing.assert_close(after[:, two[0]] / after[:, two[1]], before[:, two[0]] / before[:, two[1]])
    untouched = [i for i in range(12) if i != 9 + axes[1]]
    torch.testing.assert_close(after[:, untouched], before[:, untouched], rtol=0, atol=1e-12)


# --- relations with known numbers

CUP = Condition("a mug on a table", "mug", "table", "on")
KNOWN: list[dict[str, float]] = [
    {"t_x": 0.3},
    {"t_y": -2.0},
    {"r_xx": 0.6},
    {"r_xx": 0.6, "r_xy": 0.6},
    {"r_xx": 0.6, "r_yx": -0.7},
    {"target_x": 0.2},
    {"target_y": 0.2, "t_x": 0.3},
    {"base_y": 1.0},
    {"t_x": 0.1, "t_y": 0.2, "t_z": 0.3},
    {"r_yy": 0.4, "t_z": 1.5, "target_y": 0.25, "base_x": 1.0},
    {"r_zy": -0.99},
    {"r_yy": -0.98, "t_y": 0.3},
    {"target_x": 0.05, "target_y": 0.1, "target_z": 3},
    {"base_x": 0.6},
    {"base_y": 0.3, "base_z": 0.4},
]


def named(values: dict[str, float]) -> str:
    return ",".join(f"{name}={value}" for name, value in values.items())


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guidance differentiates every row in fifteen directions: few rows at a time are enough here."""
    monkeypatch.setattr(generation, "BLOCK", BLOCK)


@pytest.fixture(scope="module")
def tiny(tiny_checkpoint: Path) -> Checkpoint:
    return load_checkpoint(tiny_checkpoint)


def assert_relations(vectors: Tensor, values: dict[str, float]) -> None:
    """The known numbers to 1e-6; rotations, positive sizes and the gauge as ever."""
    for name, value in values.items():
        torch.testing.assert_close(
            vectors[:, NUMBERS.index(name)], torch.full((len(vectors),), float(value)).double(), rtol=0, atol=1e-6
        )
    R = unpack(vectors).R_base_target
    torch.testing.assert_close(R.mT @ R, torch.eye(3).double().expand_as(R), rtol=0, atol=1e-9)
    torch.testing.assert_close(torch.linalg.det(R), torch.ones(len(R)).double(), rtol=0, atol=1e-9)
    torch.testing.assert_close(pack(unpack(vectors)), vectors, rtol=0, atol=1e-9)
    assert torch.equal(vectors[:, 12:].amax(dim=1), torch.ones(len(vectors)).double())


@pytest.mark.parametrize("values", KNOWN, ids=named)
def test_known_numbers_are_had_and_the_rest_is_a_relation_that_varies(
    tiny: Checkpoint, embedded: T5TextEncoder, values: dict[str, float]
) -> None:
    vectors = sample_relations(tiny, embedded, CUP, 12, known=Known(values))
    assert vectors.shape == (12, 15) and vectors.dtype == torch.float64
    assert_relations(vectors, values)
    assert len(vectors.unique(dim=0)) == 12
    column = values.keys() & {"r_xx", "r_yx", "r_zx"}, values.keys() & {"r_xy", "r_yy", "r_zy"}
    for name in NUMBERS:  # a number that is not known, nor bound to known ones, varies
        own = column[name.endswith("y")] if kind(name) == "r" else set()
        if name not in values and kind(name) != "base" and len(own) < 2:
            assert float(vectors[:, NUMBERS.index(name)].std()) > 1e-3, name


def test_all_numbers_of_a_relation_together_are_that_relation(tiny: Checkpoint, embedded: T5TextEncoder) -> None:
    truth = torch.from_numpy(draw(Context("teapot", "pours into", "teacup"), 1, np.random.default_rng(3)))
    values = dict(zip(NUMBERS, truth[0].clamp_max(1.0).tolist(), strict=True)) | {
        name: float(truth[0, NUMBERS.index(name)]) for name in NUMBERS if kind(name) == "target"
    }
    vectors = sample_relations(tiny, embedded, CUP, 3, known=Known(values))
    torch.testing.assert_close(vectors, truth.expand(3, -1), rtol=0, atol=1e-5)


def test_known_samples_are_reproducible_one_by_one(tiny: Checkpoint, embedded: T5TextEncoder) -> None:
    known, few = Known({"t_x": 0.3, "r_xx": -0.2}), Solver(steps=4)
    many = sample_relations(tiny, embedded, CUP, BLOCK + 6, seed=2, known=known, solver=few)
    assert_relations(many, dict(known.values))
    assert torch.equal(sample_relations(tiny, embedded, CUP, 5, seed=2, known=known, solver=few), many[:5])
    assert not torch.equal(sample_relations(tiny, embedded, CUP, 5, seed=3, known=known, solver=few), many[:5])


@pytest.mark.parametrize("sampler", ["heun", "euler"])
def test_every_sampler_can_be_led(tiny: Checkpoint, embedded: T5TextEncoder, sampler: str) -> None:
    values = {"t_x": 0.3, "r_xx": -0.5}
    assert_relations(sample_relations(tiny, embedded, CUP, 4, known=Known(values), solver=Solver(sampler, 4)), values)


IMPOSSIBLE = [
    {"base_x": 0.5, "base_y": 0.6, "base_z": 0.7},
    {"r_xx": 0.9, "r_yx": 0.9},
    {"r_xy": -0.8, "r_zy": 0.8},
    {"r_xx": 0.9, "r_xy": 0.9},
    {"r_xx": 0.6, "r_yx": 0.6, "r_zx": 0.1},
    {"r_xx": 1.0, "r_xy": 0.5},
]


@pytest.mark.parametrize("values", IMPOSSIBLE, ids=named)
def test_numbers_that_no_relation_has_together_are_refused_in_one_sentence(
    tiny: Checkpoint, embedded: T5TextEncoder, values: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match=r"^the known numbers cannot be had together; give fewer of them, or other values$"):
        sample_relations(tiny, embedded, CUP, 4, known=Known(values), solver=Solver(steps=4))


def test_a_number_that_the_model_would_give_anyway_changes_little(tiny: Checkpoint, embedded: T5TextEncoder) -> None:
    """Where the one known number is what a sample has, guidance leaves the sample nearly as it was."""
    free = sample_relations(tiny, embedded, CUP, 1)
    led = sample_relations(tiny, embedded, CUP, 1, known=Known({"t_x": float(free[0, 6])}))
    other = sample_relations(tiny, embedded, CUP, 1, known=Known({"t_x": float(free[0, 6]) + 2}))
    assert float((led - free).abs().max()) < 0.3 * float((other - free).abs().max())
