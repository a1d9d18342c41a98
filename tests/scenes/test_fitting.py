"""Worlds fitted to relations: exact where that can be, never worse than where it began, with the slopes of differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor
from torch.testing import assert_close

from oor.relation import WIDTH, T, pack
from scenes.fitting import STIFF, Fit, _normal_equations, better_of, fitted, precision_of
from scenes.solids import Solids
from scenes.worlds import Wiring, World, edge_relations, moved, proposals

Random = Callable[..., World]
KINDS = ("desk", "ball", "ball", "mug")


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def precisions(e: int, k: int) -> Tensor:
    root = noise(e, k, WIDTH, WIDTH, seed=9)
    return root @ root.mT / WIDTH + 0.1 * torch.eye(WIDTH, dtype=torch.float64)


def fit_of(world: World, wiring: Wiring, off: float = 0.0) -> Fit:
    wanted = pack(edge_relations(world, wiring))
    return Fit(wiring, pack, wanted + off * noise(*wanted.shape), precisions(*wanted.shape[:2]))


def test_precision_is_the_inverse_within_bounds() -> None:
    vectors = torch.linalg.qr(noise(WIDTH, WIDTH))[0]
    values = torch.linspace(0.05, 0.95, WIDTH, dtype=torch.float64)
    slopes = vectors @ torch.diag(values) @ vectors.T
    skew = noise(WIDTH, WIDTH, seed=1)
    assert_close(precision_of(slopes + skew - skew.T), torch.linalg.inv(slopes))
    wild = vectors @ torch.diag(torch.linspace(-1, 3, WIDTH, dtype=torch.float64)) @ vectors.T
    found = torch.linalg.eigvalsh(precision_of(wild))
    assert_close(found[0], torch.tensor(1.0, dtype=torch.float64))
    assert_close(found[-1], torch.tensor(1 / STIFF, dtype=torch.float64))


def test_relations_of_one_world_are_met_exactly_from_nearby(wiring: Wiring, random_world: Random) -> None:
    loose = random_world(4, 5)  # their longest edges are longest by far: which it is has no slope
    world = World(loose.R, loose.t, loose.scale[..., :1] * torch.tensor([0.6, 1.0, 0.3]))
    fit = fit_of(world, wiring)
    found = fitted(fit, moved(world, 0.01 * noise(4, 5, 9)), steps=15)
    assert fit.cost(found).max() < 1e-16
    assert_close(pack(edge_relations(found, wiring)), fit.wanted)


def test_nothing_gets_worse_and_the_mean_places_get_better(wiring: Wiring, random_world: Random) -> None:
    world = random_world(4, 8, seed=1)
    fit = fit_of(world, wiring, off=0.2)
    start = proposals(edge_relations(world, wiring), wiring)[1]
    costs = [fit.cost(fitted(fit, start, steps)) for steps in (0, 1, 3, 9)]
    assert_close(costs[0], fit.cost(start))
    assert all((after <= before).all() for before, after in pairwise(costs))
    assert (costs[-1] < 0.9 * costs[0]).all()


def test_where_it_ends_the_slope_vanishes(wiring: Wiring, random_world: Random) -> None:
    fit = fit_of(random_world(4, 3, seed=2), wiring, off=0.05)
    before = _normal_equations(fit, random_world(4, 3, seed=2))[1]
    after = _normal_equations(fit, fitted(fit, random_world(4, 3, seed=2), steps=40))[1]
    assert after.abs().max() < 1e-6 * before.abs().max()


def test_slopes_are_those_of_finite_differences(wiring: Wiring, random_world: Random) -> None:
    world = random_world(4, 2, seed=3)
    close = World(world.R, 0.2 * world.t, world.scale)
    fit = replace(fit_of(close, wiring, off=0.1), solids=Solids.of(KINDS))
    assert (fit.collisions(close) > 0).any()
    _, slope = _normal_equations(fit, close)
    step, numeric = 1e-6, torch.zeros(2, 36, dtype=torch.float64)
    for i in range(36):
        along = torch.zeros(4, 2, 9, dtype=torch.float64)
        along[i // 9, :, i % 9] = step
        numeric[:, i] = (fit.cost(moved(close, along)) - fit.cost(moved(close, -along))) / (2 * step)
    assert_close(slope, numeric, atol=1e-3 * float(slope.abs().max()), rtol=1e-3)


def test_stiff_edges_give_way_least(wiring: Wiring, random_world: Random) -> None:
    fit = fit_of(random_world(4, 4, seed=4), wiring)
    fit.wanted[..., T] += 0.1 * noise(5, 4, 3)  # that one edge alone could meet
    stiff = fit.precision.clone()
    stiff[0] *= 1e4
    start = random_world(4, 4, seed=4)
    plain = fit.residuals(fitted(fit, start, 30))[0].norm(dim=-1)
    held = replace(fit, precision=stiff)
    assert (held.residuals(fitted(held, start, 30))[0].norm(dim=-1) < 0.2 * plain).all()


def test_what_collides_is_pushed_apart(wiring: Wiring, random_world: Random) -> None:
    world = random_world(4, 6, seed=5)
    t = world.t.clone()
    monitor, mouse = (wiring.nodes.index(name) for name in ("monitor", "mouse"))
    t[mouse] = t[monitor] + 0.1
    together = World(world.R, t, world.scale)
    soft = 1e-2 * torch.eye(WIDTH, dtype=torch.float64).expand(5, 6, WIDTH, WIDTH)
    fit = replace(fit_of(together, wiring), solids=Solids.of(KINDS), precision=soft)
    after = fitted(fit, together, 30)
    assert (fit.collisions(together) > 1).all()
    assert (fit.collisions(after) < 0.05 * fit.collisions(together)).all()


def test_of_two_worlds_each_sample_takes_its_better_one(wiring: Wiring, random_world: Random) -> None:
    good, bad = random_world(4, 4, seed=6), random_world(4, 4, seed=7)
    fit = fit_of(good, wiring)
    mixed = better_of(fit, World(bad.R, bad.t, bad.scale), good)
    assert_close(mixed.t, good.t)
    assert_close(fit.cost(mixed), torch.zeros(4, dtype=torch.float64))
