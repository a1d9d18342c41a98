"""Guidance of a small model: the paper's weights, who acts when, and that agreeing is what comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from oor.relation import Relation, T, pack, unpack
from scenes.edge_model import EdgeModel
from scenes.energies import inconsistency, relation_collision
from scenes.recipes import FROM_SIGMA, RATE, RECIPES, FitGuidance, PaperGuidance, Recipe, paper_weights
from scenes.solids import Solids
from scenes.worlds import Wiring, World, edge_relations


@pytest.fixture(scope="module")
def solids() -> Solids:
    return Solids.of(["desk", "monitor", "mouse", "keyboard"])


def samples(k: int = 3) -> Tensor:
    return torch.randn(5, k, 15, generator=torch.Generator().manual_seed(0))


def test_the_weights_are_those_of_section_4_2() -> None:
    assert paper_weights(0.5) == (200, 400)
    assert paper_weights(0.1) == pytest.approx((1000, 10_000))
    assert paper_weights(0.001) == (10_000, 100_000)


def test_coordinates_and_relations_are_each_others_inverse(tiny_model: EdgeModel) -> None:
    relation = tiny_model.relation(samples())
    again = tiny_model.relation(tiny_model.coordinates(relation))
    for name, part in vars(relation).items():
        assert_close(getattr(again, name), part, atol=1e-5, rtol=1e-5)


def test_slopes_of_the_denoiser_are_those_of_finite_differences(tiny_model: EdgeModel) -> None:
    z, sigma, step = samples(2), torch.tensor(0.3), 1e-2
    clean, slopes = tiny_model.slopes(z, sigma)
    assert_close(clean, tiny_model.denoise(z, sigma))
    for i in (0, 7, 14):
        along = torch.zeros(15)
        along[i] = step
        numeric = (tiny_model.denoise(z + along, sigma) - tiny_model.denoise(z - along, sigma)) / (2 * step)
        assert_close(slopes[..., i], numeric, atol=2e-3, rtol=1e-2)


@pytest.mark.parametrize("name", ["ours", "paper"])
def test_nothing_is_led_under_much_noise_and_something_below(
    name: str, tiny_model: EdgeModel, wiring: Wiring, solids: Solids
) -> None:
    guide = RECIPES[name].guide(tiny_model, wiring, solids)
    z = samples()
    for sigma, led in ((1.01 * FROM_SIGMA, False), (0.9 * FROM_SIGMA, True)):
        level = torch.tensor(sigma)
        assert torch.equal(guide(z, level).detach(), tiny_model.denoise(z, level)) != led


def test_without_energies_or_guidance_the_denoiser_is_as_it_is(tiny_model: EdgeModel, wiring: Wiring, solids: Solids) -> None:
    for recipe in (RECIPES["independent"], Recipe(collision=False, inconsistency=False)):
        assert recipe.guide(tiny_model, wiring, solids) == tiny_model.denoise


def test_the_papers_guidance_is_the_slope_of_its_energies(tiny_model: EdgeModel, wiring: Wiring) -> None:
    z, sigma = samples(2), torch.tensor(0.1)
    guide = PaperGuidance(tiny_model, wiring, RECIPES["paper"])
    pull = RATE * (tiny_model.denoise(z, sigma) - guide(z, sigma)).double()
    first, second = paper_weights(float(torch.log(sigma / 0.01)) / RATE)

    def energy(point: Tensor) -> Tensor:
        relation = tiny_model.relation(point)
        return (first * relation_collision(relation, wiring) + second * inconsistency(relation, wiring)).sum()

    point = z.double().requires_grad_()
    (slope,) = torch.autograd.grad(energy(point), point)
    assert_close(pull, slope, rtol=1e-3, atol=1e-3 * float(slope.abs().max()))


class Exact:
    """A model of edges that knows its answer: the samples are relation vectors, and clean."""

    def denoise(self, z: Tensor, sigma: Tensor) -> Tensor:
        return z

    def slopes(self, z: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        return z, torch.eye(15, dtype=z.dtype).expand(*z.shape, 15)

    def relation(self, z: Tensor) -> Relation:
        return unpack(z)

    def coordinates(self, relation: Relation) -> Tensor:
        return pack(relation)


def test_a_fitted_guess_is_of_one_world(wiring: Wiring, solids: Solids, random_world: Callable[..., World]) -> None:
    loose = random_world(4, 6)
    world = World(loose.R, loose.t, loose.scale[..., :1] * torch.tensor([0.6, 1.0, 0.3]))
    z = pack(edge_relations(world, wiring))
    z[..., T] += 0.05 * torch.randn(5, 6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    guide = FitGuidance(Exact(), wiring, solids, Recipe(collision=False))  # type: ignore[arg-type]
    led = guide(z, torch.tensor(0.1))
    before, after = (inconsistency(unpack(part), wiring) for part in (z, led))
    assert (before > 1e-5).all() and (after < 1e-4 * before).all()
    assert (led - z).abs().max() < 0.3


def test_edges_that_agree_and_objects_that_are_clear_are_left_alone(
    wiring: Wiring, solids: Solids, random_world: Callable[..., World]
) -> None:
    far = random_world(4, 3, seed=1)
    z = pack(edge_relations(World(far.R, 20 * far.t, far.scale), wiring))
    for recipe in (RECIPES["ours"], Recipe(inconsistency=False)):
        guide = FitGuidance(Exact(), wiring, solids, recipe)  # type: ignore[arg-type]
        assert_close(guide(z, torch.tensor(0.1)), z)
