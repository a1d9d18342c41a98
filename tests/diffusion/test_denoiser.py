"""Preconditioning, the loss, and what the texts may and may not change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from diffusion.anchors import AXES, BASES, TARGETS, Choice, anchor_loss, available
from diffusion.denoiser import LOG_STD, MEAN_UNIT, Denoiser, moment_loss
from diffusion.network import ANCHOR_WIDTH, BASE, RELATION, SENTENCE, TARGET, Conditioning, ContextPool, NetworkConfig
from diffusion.text_encoder import Condition, T5TextEncoder, conditioning
from diffusion.training import initialise
from oor.relation import WIDTH

CONFIG = NetworkConfig(text_width=8, width=16, hidden=24, blocks=2, queries=2, heads=2, sigma_features=8)
laws = settings(deadline=None, max_examples=40, derandomize=True)
seeds = st.integers(0, 2**31)
MOMENTS = slice(0, 2 * WIDTH)
MODULATION = slice(2 * WIDTH, None)
LEVELS = [0.003, 0.3, 1.0, 7.0, 40.0]
Make = Callable[..., Denoiser]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def level(sigma: float) -> Tensor:
    return torch.tensor(sigma, dtype=torch.float64)


def some_text(prompts: int, length: int = 3, seed: int = 0) -> Conditioning:
    """`length` tokens in each of the four segments, and two shapes."""
    shape = (prompts, 4 * length)
    segment = torch.arange(4).repeat_interleave(length).expand(shape)
    shapes = normal(prompts, 2, CONFIG.shape_width, seed=seed + 1000)
    return Conditioning(normal(*shape, CONFIG.text_width, seed=seed), torch.ones(shape, dtype=torch.bool), segment, shapes)


def another(choice: Choice, number: int) -> Choice:
    """The same, but for the point of every target (0) or of every base (1), or for the axes (2)."""
    if number == 2:
        return replace(choice, axes=1 - choice.axes)
    chosen = (choice.target, choice.base)
    there = available(choice.shapes)[number].scatter(1, chosen[number][:, None], False)
    return replace(choice, **{("target", "base")[number]: there.int().argmax(dim=1)})


def undecided(denoiser: Denoiser, text: Conditioning) -> Denoiser:
    """As many of these prompts choose the base's axes as the target's."""
    axes = denoiser.anchor_net(text)[2]
    denoiser.anchor_net.read[1].bias[-1] -= (axes[:, 1] - axes[:, 0]).median()
    return denoiser


class Gain(nn.Module):
    """F(z) = gain z: all that a Gaussian needs."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, x: Tensor, log_sigma: Tensor, context: Tensor) -> Tensor:
        return self.gain * x


def test_without_noise_the_denoiser_is_the_identity(lively_denoiser: Make) -> None:
    denoiser = lively_denoiser().double()
    x = normal(2, 3, 15)
    torch.testing.assert_close(denoiser(x, level(1e-9), denoiser.context(some_text(2))), x, rtol=0, atol=1e-7)


def test_in_pure_noise_the_denoiser_is_the_network(lively_denoiser: Make) -> None:
    denoiser, sigma = lively_denoiser().double(), level(1e9)
    direction, context = normal(2, 3, 15), denoiser.context(some_text(2))
    expected = denoiser.net(direction, sigma.log(), context[..., MODULATION])
    torch.testing.assert_close(denoiser(sigma * direction, sigma, context), expected, rtol=0, atol=1e-7)


def test_a_context_is_means_log_widths_and_modulation(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(3)
    points = denoiser.anchors(text).described()
    context, x, sigma = denoiser.context(text), normal(3, 4, 15), level(0.4)
    assert torch.equal(context[..., MOMENTS], denoiser.moment_net(text, points)[:, None])
    assert torch.equal(context[..., MODULATION], denoiser.net.context(text, points))
    other = torch.cat([normal(3, 1, 2 * WIDTH), context[..., MODULATION]], dim=-1)
    assert torch.equal(denoiser(x, sigma, context), denoiser(x, sigma, other))  # whitened samples do not know their moments


def test_the_text_chooses_the_anchors_unless_they_are_given(lively_denoiser: Make) -> None:
    text = some_text(40)
    denoiser = undecided(lively_denoiser().double(), text)
    choice = denoiser.anchors(text)
    assert torch.equal(denoiser.context(text), denoiser.context(text, choice))
    assert len(choice.target.unique()) > 5 and len(choice.base.unique()) > 5 and len(choice.axes.unique()) == AXES
    for number in range(3):
        other = denoiser.context(text, another(choice, number))
        for part in (MOMENTS, MODULATION):
            assert float((other - denoiser.context(text))[:, 0, part].abs().amax(dim=1).min()) > 1e-4


def test_anchors_matter_to_their_own_prompt_only(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(3)
    choice, second = denoiser.anchors(text), torch.tensor([False, True, False])
    for number, name in enumerate(("target", "base", "axes")):
        mixed = torch.where(second, getattr(another(choice, number), name), getattr(choice, name))
        change = (denoiser.context(text, replace(choice, **{name: mixed})) - denoiser.context(text)).abs().amax(dim=(1, 2))
        assert float(change[1]) > 1e-3 and float(change[~second].max()) < 1e-12


@pytest.mark.parametrize("sigma", LEVELS)
def test_a_new_network_leaves_only_the_skip_connection(sigma: float) -> None:
    denoiser = Denoiser(CONFIG).double()
    initialise(denoiser, 0)
    x = normal(2, 3, 15)
    assert torch.equal(denoiser(x, level(sigma), denoiser.context(some_text(2))), x * (1 / (1 + level(sigma) ** 2)))


def promise(denoiser: Denoiser, mean: Tensor, std: Tensor) -> Tensor:
    """A context (1, 1, c) that promises these moments and says nothing else."""
    context = torch.zeros_like(denoiser.context(some_text(1))).detach()
    context[..., :WIDTH], context[..., WIDTH : 2 * WIDTH] = mean, std.log()
    return context


@pytest.mark.parametrize("sigma", LEVELS)
def test_the_first_loss_is_one_at_every_level_whatever_moments_the_text_promises_rightly(sigma: float) -> None:
    denoiser = Denoiser(CONFIG).double()
    mean, std = normal(WIDTH, seed=3), (0.3 * normal(WIDTH, seed=4)).exp()
    clean, context = mean + std * normal(1, 20_000, WIDTH, seed=1), promise(denoiser, mean, std)
    value = denoiser.loss(denoiser.whiten(clean, context), normal(1, 20_000, WIDTH, seed=2), level(sigma), context)
    assert float(value.detach()) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("sigma", LEVELS)
def test_the_loss_is_the_weighted_error_of_the_denoiser(lively_denoiser: Make, sigma: float) -> None:
    denoiser = lively_denoiser().double()
    z, noise, context = normal(2, 5, WIDTH, seed=1), normal(2, 5, WIDTH, seed=2), denoiser.context(some_text(2))
    error = denoiser(z + sigma * noise, level(sigma), context) - z
    weight = (1 + sigma**2) / sigma**2
    assert float(denoiser.loss(z, noise, level(sigma), context)) == pytest.approx(weight * float((error**2).mean()), rel=1e-9)


def some_context(denoiser: Denoiser, prompts: int, seed: int) -> Tensor:
    """(prompts, 1, c) with arbitrary moments, log widths beyond their range among them."""
    moments = normal(prompts, 1, 2 * WIDTH, seed=seed) * torch.tensor([2.0] * WIDTH + [3.0] * WIDTH)
    return torch.cat([moments, denoiser.context(some_text(prompts, seed=seed))[..., MODULATION]], dim=-1).detach()


@laws
@given(seed=seeds, prompts=st.integers(1, 3), shared=st.booleans())
def test_whitening_and_colouring_undo_each_other(seed: int, prompts: int, shared: bool) -> None:
    denoiser = Denoiser(CONFIG).double()
    context, x = some_context(denoiser, 1 if shared else prompts, seed), 3 * normal(prompts, 6, WIDTH, seed=seed + 1)
    torch.testing.assert_close(denoiser.colour(denoiser.whiten(x, context), context), x, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(denoiser.whiten(denoiser.colour(x, context), context), x, rtol=1e-12, atol=1e-12)


@laws
@given(seed=seeds)
def test_coloured_samples_have_the_mean_and_the_width_of_their_own_context(seed: int) -> None:
    denoiser = Denoiser(CONFIG).double()
    mean, std = normal(2, 1, WIDTH, seed=seed), (0.3 * normal(2, 1, WIDTH, seed=seed + 1)).exp()
    context = torch.cat([promise(denoiser, m, s) for m, s in zip(mean, std, strict=True)])
    z = normal(2, 20, WIDTH, seed=seed + 2)
    z = (z - z.mean(dim=1, keepdim=True)) / z.std(dim=1, keepdim=True)  # of mean 0 and width 1 exactly
    x = denoiser.colour(z, context)
    torch.testing.assert_close(x.mean(dim=1, keepdim=True), mean, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(x.std(dim=1, keepdim=True), std, rtol=1e-6, atol=0)
    torch.testing.assert_close(x, mean + std * z, rtol=1e-6, atol=1e-6)


@laws
@given(seed=seeds, prompts=st.integers(1, 3))
def test_the_log_spread_is_that_of_the_volume_by_which_colouring_stretches(seed: int, prompts: int) -> None:
    denoiser = Denoiser(CONFIG).double()
    context = some_context(denoiser, prompts, seed)
    for p in range(prompts):
        z, own = normal(WIDTH, seed=seed + p), context[p]
        stretch = torch.autograd.functional.jacobian(lambda z, own=own: denoiser.colour(z, own)[0], z)
        assert float(torch.linalg.slogdet(stretch).logabsdet) == pytest.approx(float(denoiser.log_spread(context)[p]), rel=1e-5)


def test_promised_widths_stay_in_their_range() -> None:
    denoiser, zeros, ones = Denoiser(CONFIG).double(), torch.zeros(1, 1, WIDTH), torch.ones(1, 1, WIDTH)
    for log_std, bound in ((-50.0, LOG_STD[0]), (50.0, LOG_STD[1])):
        context = promise(denoiser, torch.zeros(WIDTH), torch.full((WIDTH,), log_std, dtype=torch.float64).exp())
        std = denoiser.colour(ones, context) - denoiser.colour(zeros, context)
        torch.testing.assert_close(std, torch.full_like(std, bound).exp(), rtol=1e-6, atol=0)


def truth(prompts: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Moments of contexts, some of no width and some beyond the range, and the prediction (p, 30) that is right."""
    mean, log_std = 2 * normal(prompts, WIDTH, seed=seed), -1.5 + 2 * normal(prompts, WIDTH, seed=seed + 1)
    std = log_std.exp().where(normal(prompts, WIDTH, seed=seed + 2) > -0.5, torch.zeros(()).double())
    return mean, std, torch.cat([mean, std.log().clamp(*LOG_STD)], dim=-1)


@laws
@given(seed=seeds)
def test_the_moment_loss_is_zero_at_the_truth_and_nowhere_else(seed: int) -> None:
    mean, std, right = truth(3, seed)
    assert float(moment_loss(right, mean, std)) == 0
    for column in range(2 * WIDTH):
        for change in (-1e-3, 1e-3):
            wrong = right.clone()
            wrong[seed % 3, column] += change
            assert float(moment_loss(wrong, mean, std)) > 0


def moment_units(right: Tensor) -> Tensor:
    """(p, 30) what errors are measured in: the true spread where that is large enough to matter; for log deviations, 1."""
    return torch.cat([right[:, WIDTH:].exp().clamp_min(MEAN_UNIT), torch.ones(len(right), WIDTH)], dim=-1)


@laws
@given(seed=seeds)
def test_the_moment_loss_is_a_parabola_with_the_truth_at_its_bottom(seed: int) -> None:
    """For means, as far as their own spread."""
    mean, std, right = truth(3, seed)
    unit, off = moment_units(right), normal(3, 2 * WIDTH, seed=seed + 3)
    off[:, :WIDTH] = off[:, :WIDTH].tanh()
    guess = (right + unit * off).requires_grad_()
    (gradient,) = torch.autograd.grad(moment_loss(guess, mean, std), guess)
    curvature = 2 / unit**2 / (3 * WIDTH)
    torch.testing.assert_close(gradient, curvature * (guess.detach() - right), rtol=1e-9, atol=1e-12)
    newton = guess.detach() - gradient / curvature
    torch.testing.assert_close(newton, right, rtol=1e-9, atol=1e-9)


@laws
@given(seed=seeds, far=st.floats(1, 1e3))
def test_a_mean_that_is_off_by_more_than_its_spread_counts_in_proportion(seed: int, far: float) -> None:
    mean, std, right = truth(3, seed)
    unit, row, column = moment_units(right), seed % 3, seed % WIDTH
    guess = right.clone()
    guess[row, column] += (-1) ** seed * far * unit[row, column]
    guess.requires_grad_()
    loss = moment_loss(guess, mean, std)
    assert float(loss.detach()) == pytest.approx((2 * far - 1) / (3 * WIDTH), rel=1e-6)  # as if the parabola went on straight
    (gradient,) = torch.autograd.grad(loss, guess)
    expected = torch.zeros_like(gradient)
    expected[row, column] = (-1) ** seed * 2 / unit[row, column] / (3 * WIDTH)
    torch.testing.assert_close(gradient, expected, rtol=1e-6, atol=1e-6 * float(expected.abs().max()))


def test_descent_on_the_moment_loss_ends_at_the_truth() -> None:
    mean, std, right = truth(4, 0)
    guess = torch.zeros_like(right).requires_grad_()
    optimiser = torch.optim.LBFGS([guess], max_iter=1000, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = moment_loss(guess, mean, std)
        value.backward()
        return value

    optimiser.step(closure)
    torch.testing.assert_close(guess.detach(), right, rtol=1e-4, atol=1e-4)


def test_the_denoising_loss_moves_neither_the_moments_nor_the_anchors(lively_denoiser: Make) -> None:
    denoiser = lively_denoiser().double().requires_grad_(True)
    text, x = some_text(2), normal(2, 7, WIDTH, seed=1)
    context = denoiser.context(text)
    denoiser.loss(denoiser.whiten(x, context), normal(2, 7, WIDTH, seed=2), level(0.6), context).backward()
    moved = {name.split(".")[0] for name, p in denoiser.named_parameters() if p.grad is not None}
    assert moved == {"net"}


def test_neither_the_moment_loss_nor_the_anchor_loss_moves_another_network(lively_denoiser: Make) -> None:
    text, spreads = some_text(2), 4 * normal(2, TARGETS, BASES, AXES).abs()
    for own in ("moment_net", "anchor_net"):
        denoiser = lively_denoiser().double().requires_grad_(True)
        if own == "moment_net":
            predicted = denoiser.moment_net(text, denoiser.anchors(text).described())
            moment_loss(predicted, normal(2, WIDTH), normal(2, WIDTH, seed=1).exp()).backward()
        else:
            anchor_loss(denoiser.anchor_net(text), spreads).backward()
        assert {name.split(".")[0] for name, p in denoiser.named_parameters() if p.grad is not None} == {own}


def test_the_moments_are_the_same_in_a_training_that_rounds_and_in_use(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser(), some_text(4)
    text = replace(text, states=text.states.float(), shapes=text.shapes.float())
    with torch.autocast("cpu", torch.bfloat16):
        rounded = denoiser.context(text)[..., MOMENTS]
    torch.testing.assert_close(rounded.float(), denoiser.context(text)[..., MOMENTS], rtol=1e-5, atol=1e-5)


def test_the_anchors_are_the_same_in_a_training_that_rounds_and_in_use(lively_denoiser: Make) -> None:
    text = some_text(2000)
    text = replace(text, states=text.states.float(), shapes=text.shapes.float())
    denoiser = undecided(lively_denoiser(), text)
    exact = denoiser.anchors(text)
    with torch.autocast("cpu", torch.bfloat16):
        rounding = denoiser.anchors(text)
        chances = denoiser.anchor_net(text)
    for name, rounded in zip(("target", "base", "axes"), chances, strict=True):
        assert torch.equal(getattr(rounding, name), getattr(exact, name))
        assert not torch.equal(rounded.argmax(dim=1), getattr(exact, name))  # what rounding would have come to
    assert torch.equal(rounding.described(), exact.described()) and rounding.described().dtype == torch.float32


def test_equal_samples_have_a_finite_loss_and_gradient() -> None:
    denoiser, text = Denoiser(CONFIG).double(), some_text(4)
    clean, noise = normal(4, 1, WIDTH).expand(4, 6, WIDTH), normal(4, 6, WIDTH, seed=1)
    predicted = denoiser.moment_net(text, denoiser.anchors(text).described())
    moment_loss(predicted, clean.mean(dim=1), clean.std(dim=1, correction=0)).backward()
    assert all(p.grad is not None for p in denoiser.moment_net.parameters())
    learned = denoiser.context(text)
    narrow = torch.cat([clean[:, :1], torch.full((4, 1, WIDTH), -99.0), learned[..., MODULATION]], dim=-1)
    for context in (learned, narrow):
        denoiser.loss(denoiser.whiten(clean, context), noise, level(0.003), context).backward(retain_graph=True)
    assert all(p.grad is None or bool(torch.isfinite(p.grad).all()) for p in denoiser.parameters())


@pytest.mark.parametrize("sigma", LEVELS)
@pytest.mark.parametrize("width", [0.5, 1.0, 2.0])
def test_the_loss_is_a_parabola_with_the_posterior_mean_at_its_bottom(sigma: float, width: float) -> None:
    denoiser = Denoiser(CONFIG)
    clean, noise = width * normal(1, 40_000, 15, seed=1), normal(1, 40_000, 15, seed=2)
    best = (width**2 / (width**2 + sigma**2) - 1 / (1 + sigma**2)) * (1 + sigma**2) / sigma  # so that D(x) = E[clean | x]

    def loss(gain: float) -> float:
        denoiser.net = Gain(gain)
        return float(denoiser.loss(clean, noise, level(sigma), torch.zeros(1, 1, 2 * WIDTH)))

    x = clean + sigma * noise
    denoiser.net = Gain(best)
    torch.testing.assert_close(
        denoiser(x, level(sigma), torch.zeros(1, 1, 2 * WIDTH)), x * (width**2 / (width**2 + sigma**2)), rtol=1e-9, atol=1e-9
    )
    curvature = (width**2 + sigma**2) / (1 + sigma**2)  # variance of the network's input: every level weighs the same
    for change in (-1.0, 1.0):
        assert loss(best + change) - loss(best) == pytest.approx(curvature, rel=0.03)


def test_all_rows_at_once_are_the_rows_one_by_one(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(3)
    x, sigma = normal(3, 4, 15), normal(3, 4, 1, seed=5).exp()
    whole = denoiser(x, sigma, denoiser.context(text))
    for p in range(3):
        context = denoiser.context(text.rows(torch.tensor([p])))
        for k in range(4):
            alone = denoiser(x[p, k].view(1, 1, 15), sigma[p, k].view(1, 1, 1), context)
            torch.testing.assert_close(whole[p, k], alone[0, 0], rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1)])
def test_one_level_serves_all_rows(lively_denoiser: Make, shape: tuple[int, ...]) -> None:
    denoiser = lively_denoiser().double()
    x, context = normal(2, 4, 15), denoiser.context(some_text(2))
    shared = denoiser(x, torch.full(shape, 0.4, dtype=torch.float64), context)
    torch.testing.assert_close(
        shared, denoiser(x, torch.full((2, 4, 1), 0.4, dtype=torch.float64), context), rtol=1e-12, atol=1e-12
    )


def test_one_context_serves_all_prompts_of_a_block(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(1)
    x, sigma = normal(3, 4, 15), level(0.4)
    repeated = denoiser.context(text.rows(torch.zeros(3, dtype=torch.long)))
    torch.testing.assert_close(denoiser(x, sigma, denoiser.context(text)), denoiser(x, sigma, repeated), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("sigma_shape", [(2, 3, 1, 1), (2, 1, 1, 1), (1, 3, 1, 1), (2, 3, 4, 1), ()])
def test_samples_that_share_a_level_are_the_samples_one_level_each(lively_denoiser: Make, sigma_shape: tuple[int, ...]) -> None:
    denoiser, x, noise = lively_denoiser().double(), normal(2, 3, 4, 15), normal(2, 3, 4, 15, seed=6)
    sigma, context = normal(*sigma_shape, seed=5).exp(), denoiser.context(some_text(2))
    flat, each, flat_noise = x.flatten(1, 2), sigma.expand(2, 3, 4, 1).flatten(1, 2), noise.flatten(1, 2)
    near = {"rtol": 1e-11, "atol": 1e-11}
    torch.testing.assert_close(denoiser(x, sigma, context[:, None]).flatten(1, 2), denoiser(flat, each, context), **near)
    modulation = context[..., MODULATION]
    torch.testing.assert_close(
        denoiser.net(x, sigma.log(), modulation[:, None]).flatten(1, 2), denoiser.net(flat, each.log(), modulation), **near
    )
    torch.testing.assert_close(
        denoiser.loss(x, noise, sigma, context[:, None]), denoiser.loss(flat, flat_noise, each, context), **near
    )


def test_every_parameter_takes_part(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double().requires_grad_(True), some_text(2)
    denoiser.loss(normal(2, 3, 15), normal(2, 3, 15, seed=1), level(0.5), denoiser.context(text)).backward()
    points = denoiser.anchors(text).described()
    moment_loss(denoiser.moment_net(text, points), normal(2, 15), normal(2, 15, seed=1).exp()).backward()
    spreads = normal(2, TARGETS, BASES, AXES).abs()
    anchor_loss(denoiser.anchor_net(text), spreads).backward()
    assert [name for name, p in denoiser.named_parameters() if p.grad is None or not bool(p.grad.any())] == []


def test_the_noise_level_and_each_text_matter(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(1)
    context = denoiser.context(text)
    x, modulation = normal(1, 1, 15), context[..., MODULATION]
    assert float((denoiser.net(x, level(0.1), modulation) - denoiser.net(x, level(1.5), modulation)).abs().max()) > 1e-3
    for segment in (SENTENCE, TARGET, BASE, RELATION):
        change = (denoiser.context(text.without(segment, torch.tensor([True]))) - context).abs()
        assert float(change[..., MOMENTS].max()) > 1e-3 and float(change[..., MODULATION].max()) > 1e-3


@pytest.mark.parametrize("segment", [SENTENCE, TARGET, BASE, RELATION])
def test_a_hidden_segment_has_no_influence_at_all(lively_denoiser: Make, segment: int) -> None:
    denoiser, text, dropped = lively_denoiser().double(), some_text(2), torch.tensor([True, False])
    changed_states = torch.where((text.segment == segment)[..., None], 100 * normal(*text.states.shape, seed=9), text.states)
    other = replace(text, states=changed_states)
    plain, changed = (denoiser.context(t.without(segment, dropped)) for t in (text, other))
    assert torch.equal(plain[0], changed[0])
    for part in (MOMENTS, MODULATION):
        assert not torch.allclose(plain[1, :, part], changed[1, :, part])
    torch.testing.assert_close(plain[1], denoiser.context(text)[1], rtol=1e-12, atol=1e-12)  # shown to the other prompt as before


def test_hiding_changes_nothing_but_the_mask_of_that_segment() -> None:
    text = some_text(3)
    hidden = text.without(RELATION, torch.tensor([True, False, True]))
    assert all(torch.equal(getattr(hidden, part), getattr(text, part)) for part in ("states", "segment", "shapes"))
    assert torch.equal(~hidden.mask, (text.segment == RELATION) & torch.tensor([True, False, True])[:, None])
    assert bool(text.mask.all())


@pytest.mark.parametrize("segments", [(), (SENTENCE,), (TARGET, BASE), (RELATION, SENTENCE, BASE), (0, 1, 2, 3)])
def test_swapped_segments_are_the_other_prompts_and_the_rest_is_as_it_was(segments: tuple[int, ...]) -> None:
    one, other, chosen = some_text(3), some_text(3, seed=1), torch.tensor([True, False, True])
    other = other.without(SENTENCE, torch.tensor([True, True, False])).without(BASE, torch.tensor([True, False, False]))
    swapped = one.swapped(segments, other, chosen)
    here = chosen[:, None] & sum((one.segment == segment for segment in segments), torch.zeros_like(one.mask))
    assert torch.equal(swapped.segment, one.segment) and torch.equal(swapped.shapes, one.shapes)
    assert torch.equal(swapped.states[here], other.states[here]) and torch.equal(swapped.states[~here], one.states[~here])
    assert torch.equal(swapped.mask[here], other.mask[here]) and torch.equal(swapped.mask[~here], one.mask[~here])
    assert int(here.sum()) == 6 * len(segments) and bool(one.mask.all())
    nothing = one.swapped(segments, other, torch.zeros(3, dtype=torch.bool))
    assert torch.equal(nothing.states, one.states) and torch.equal(nothing.mask, one.mask)


def test_swapping_segments_at_once_is_swapping_them_one_by_one() -> None:
    one, other, chosen = some_text(4), some_text(4, seed=1), torch.tensor([True, False, True, True])
    both, each = one.swapped((TARGET, RELATION), other, chosen), one.swapped((RELATION,), other, chosen).swapped(
        (TARGET,), other, chosen)
    assert torch.equal(both.states, each.states) and torch.equal(both.mask, each.mask)
    back = both.swapped((TARGET, RELATION), one, chosen)
    assert torch.equal(back.states, one.states)


def test_chosen_rows_take_their_shapes_along() -> None:
    text, index = some_text(5), torch.tensor([3, 0, 3])
    rows = text.rows(index)
    for part in fields(Conditioning):
        assert torch.equal(getattr(rows, part.name), getattr(text, part.name)[index])


def test_other_shapes_leave_the_texts_as_they_were() -> None:
    text, shapes = some_text(3), normal(3, 2, CONFIG.shape_width, seed=8)
    shaped = text.shaped(shapes)
    assert shaped.shapes is shapes and all(getattr(shaped, part) is getattr(text, part) for part in ("states", "mask", "segment"))
    assert not torch.equal(text.shapes, shapes)


def test_all_parts_move_to_a_device_together() -> None:
    moved = some_text(2).to(torch.device("meta"))
    assert {getattr(moved, part.name).device.type for part in fields(Conditioning)} == {"meta"}


@pytest.mark.parametrize("number", [0, 1], ids=["target", "base"])
def test_each_shape_matters_to_its_own_prompt_only(lively_denoiser: Make, number: int) -> None:
    denoiser, text = lively_denoiser().double(), some_text(3)
    changed = text.shapes.clone()
    changed[1, number] = 0
    plain, other = denoiser.context(text), denoiser.context(text.shaped(changed))
    for part in (MOMENTS, MODULATION):
        assert float((plain - other)[1, :, part].abs().max()) > 1e-3
    torch.testing.assert_close(plain[[0, 2]], other[[0, 2]], rtol=1e-12, atol=1e-12)


def test_target_and_base_have_places_of_their_own(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(1)
    plain, exchanged = denoiser.context(text), denoiser.context(text.shaped(text.shapes.flip(1)))
    assert float((plain - exchanged).abs().max()) > 1e-3


def test_without_shapes_the_texts_decide_alone(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(2)
    text = text.shaped(torch.zeros_like(text.shapes))
    same = text.rows(torch.tensor([0, 0]))
    context = denoiser.context(same)
    torch.testing.assert_close(context[0], context[1], rtol=1e-12, atol=1e-12)
    assert float((denoiser.context(text)[0] - denoiser.context(text)[1]).abs().max()) > 1e-3


def test_shapes_may_be_as_exact_as_they_like(lively_denoiser: Make) -> None:
    """Descriptors in float64 meet a network in float32."""
    denoiser, text = lively_denoiser(), some_text(2)
    text = replace(text, states=text.states.float())
    assert text.shapes.dtype == torch.float64
    assert torch.equal(denoiser.context(text), denoiser.context(text.shaped(text.shapes.float())))


def test_padding_has_no_influence(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(2)
    longer = Conditioning(
        torch.cat([text.states, 100 * normal(2, 5, CONFIG.text_width, seed=4)], dim=1),
        torch.cat([text.mask, torch.zeros(2, 5, dtype=torch.bool)], dim=1),
        torch.cat([text.segment, torch.zeros(2, 5, dtype=torch.long)], dim=1),
        text.shapes,
    )
    torch.testing.assert_close(denoiser.context(longer), denoiser.context(text), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("part", ["net", "moment_net", "anchor_net"])
def test_the_pool_sees_more_than_the_mean_of_the_states(lively_denoiser: Make, part: str) -> None:
    pool = getattr(lively_denoiser().double(), part).pool
    assert isinstance(pool, ContextPool)
    middle, offset = normal(1, 1, CONFIG.text_width), normal(1, 1, CONFIG.text_width, seed=1)
    near, far = (torch.cat([middle - scale * offset, middle + scale * offset], dim=1) for scale in (0.1, 2.0))
    mask, segment = torch.ones(1, 2, dtype=torch.bool), torch.zeros(1, 2, dtype=torch.long)
    shapes, points = torch.zeros(1, 2, CONFIG.shape_width), None if part == "anchor_net" else torch.zeros(1, ANCHOR_WIDTH)
    one, other = (pool(Conditioning(states, mask, segment, shapes), points) for states in (near, far))
    assert float((one - other).abs().max()) > 1e-2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a mug left of a plate", "a mug right of a plate"),
        ("a mug left of a plate", "a plate left of a mug"),  # the same words in another order
    ],
)
def test_the_context_tells_sentences_apart(lively_denoiser: Make, embedded: T5TextEncoder, one: str, other: str) -> None:
    denoiser = lively_denoiser(NetworkConfig(text_width=embedded.width, width=32, blocks=1, queries=2))
    text = conditioning(embedded, [Condition(sentence, "mug", "plate", "left of") for sentence in (one, other, one)])
    context = denoiser.context(text)
    for part in (MOMENTS, MODULATION):
        difference, noise = (float((context[0] - context[i])[:, part].abs().max()) for i in (1, 2))
        assert difference > 1e-3 > 1e-5 > noise
