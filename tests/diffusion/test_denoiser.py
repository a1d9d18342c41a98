"""Preconditioning, the loss, and what the texts may and may not change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from diffusion.denoiser import LOG_STD, Denoiser
from diffusion.network import BASE, RELATION, SENTENCE, TARGET, NetworkConfig, TextPool, TextStates
from diffusion.text_encoder import Condition, T5TextEncoder, conditioning
from diffusion.training import initialise
from oor.relation import WIDTH

CONFIG = NetworkConfig(text_width=8, width=16, hidden=24, blocks=2, queries=2, heads=2, sigma_features=8)
LEVELS = [0.003, 0.3, 1.0, 7.0, 40.0]
Make = Callable[..., Denoiser]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def level(sigma: float) -> Tensor:
    return torch.tensor(sigma, dtype=torch.float64)


def some_text(prompts: int, length: int = 3, seed: int = 0) -> TextStates:
    """`length` tokens in each of the four segments."""
    shape = (prompts, 4 * length)
    segment = torch.arange(4).repeat_interleave(length).expand(shape)
    return TextStates(normal(*shape, CONFIG.text_width, seed=seed), torch.ones(shape, dtype=torch.bool), segment)


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
    torch.testing.assert_close(
        denoiser(sigma * direction, sigma, context), denoiser.net(direction, sigma.log(), context), rtol=0, atol=1e-7
    )


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
    clean = mean + std * normal(1, 20_000, WIDTH, seed=1)
    value = denoiser.loss(clean, normal(1, 20_000, WIDTH, seed=2), level(sigma), promise(denoiser, mean, std))
    assert float(value.detach()) == pytest.approx(1, abs=0.01)


def test_colouring_gives_the_promised_moments(lively_denoiser: Make) -> None:
    denoiser, mean, std = lively_denoiser().double(), normal(WIDTH, seed=3), (0.3 * normal(WIDTH, seed=4)).exp()
    context, z = promise(denoiser, mean, std), normal(1, 20_000, WIDTH)
    torch.testing.assert_close(denoiser.colour(z, context), mean + std * z, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(denoiser.colour(torch.zeros(1, 1, WIDTH), context)[0, 0].double(), mean, rtol=1e-6, atol=1e-6)


def test_promised_widths_stay_in_their_range() -> None:
    denoiser, ones = Denoiser(CONFIG).double(), torch.ones(WIDTH)
    for log_std, bound in ((-50.0, LOG_STD[0]), (50.0, LOG_STD[1])):
        _, std = denoiser.moments(promise(denoiser, ones, ones) + log_std)
        torch.testing.assert_close(std, torch.full_like(std, bound).exp(), rtol=1e-6, atol=0)


def test_the_moments_learn_from_their_own_error_alone() -> None:
    denoiser = Denoiser(CONFIG).double()
    clean, noise = 0.3 + 0.5 * normal(2, 7, WIDTH, seed=1), normal(2, 7, WIDTH, seed=2)
    context = torch.cat(
        [promise(denoiser, normal(WIDTH), torch.ones(WIDTH)), promise(denoiser, normal(WIDTH), torch.full((WIDTH,), 0.7))]
    )
    context.requires_grad_()
    (gradient,) = torch.autograd.grad(denoiser.loss(clean, noise, level(0.6), context), context)
    error = torch.cat(
        [
            context[..., :WIDTH] - clean.mean(dim=1, keepdim=True),
            context[..., WIDTH : 2 * WIDTH] - clean.std(dim=1, keepdim=True).log(),
        ],
        -1,
    )
    torch.testing.assert_close(gradient[..., : 2 * WIDTH], 2 * error.detach() / (2 * WIDTH), rtol=1e-6, atol=1e-9)


def test_equal_samples_have_a_finite_loss_and_gradient() -> None:
    denoiser = Denoiser(CONFIG).double()
    clean = normal(4, 1, WIDTH).expand(4, 6, WIDTH)
    denoiser.loss(clean, normal(4, 6, WIDTH, seed=1), level(0.6), denoiser.context(some_text(4))).backward()
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


def test_every_parameter_takes_part(lively_denoiser: Make) -> None:
    denoiser = lively_denoiser().double().requires_grad_(True)
    denoiser.loss(normal(2, 3, 15), normal(2, 3, 15, seed=1), level(0.5), denoiser.context(some_text(2))).backward()
    assert [name for name, p in denoiser.named_parameters() if p.grad is None or not bool(p.grad.any())] == []


def test_the_noise_level_and_each_text_matter(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(1)
    context = denoiser.context(text)
    x = normal(1, 1, 15)
    assert float((denoiser.net(x, level(0.1), context) - denoiser.net(x, level(1.5), context)).abs().max()) > 1e-3
    for segment in (SENTENCE, TARGET, BASE, RELATION):
        hidden = denoiser.context(text.without(segment, torch.tensor([True])))
        assert float((hidden - context).abs().max()) > 1e-3


@pytest.mark.parametrize("segment", [SENTENCE, TARGET, BASE, RELATION])
def test_a_hidden_segment_has_no_influence_at_all(lively_denoiser: Make, segment: int) -> None:
    denoiser, text, dropped = lively_denoiser().double(), some_text(2), torch.tensor([True, False])
    other = TextStates(
        torch.where((text.segment == segment)[..., None], 100 * normal(*text.states.shape, seed=9), text.states),
        text.mask,
        text.segment,
    )
    plain, changed = (denoiser.context(t.without(segment, dropped)) for t in (text, other))
    assert torch.equal(plain[0], changed[0])
    assert not torch.allclose(plain[1], changed[1])
    torch.testing.assert_close(plain[1], denoiser.context(text)[1], rtol=1e-12, atol=1e-12)  # shown to the other prompt as before


def test_hiding_changes_nothing_but_the_mask_of_that_segment() -> None:
    text = some_text(3)
    hidden = text.without(RELATION, torch.tensor([True, False, True]))
    assert torch.equal(hidden.states, text.states) and torch.equal(hidden.segment, text.segment)
    assert torch.equal(~hidden.mask, (text.segment == RELATION) & torch.tensor([True, False, True])[:, None])
    assert bool(text.mask.all())


def test_padding_has_no_influence(lively_denoiser: Make) -> None:
    denoiser, text = lively_denoiser().double(), some_text(2)
    longer = TextStates(
        torch.cat([text.states, 100 * normal(2, 5, CONFIG.text_width, seed=4)], dim=1),
        torch.cat([text.mask, torch.zeros(2, 5, dtype=torch.bool)], dim=1),
        torch.cat([text.segment, torch.zeros(2, 5, dtype=torch.long)], dim=1),
    )
    torch.testing.assert_close(denoiser.context(longer), denoiser.context(text), rtol=1e-12, atol=1e-12)


def test_the_pool_sees_more_than_the_mean_of_the_states(lively_denoiser: Make) -> None:
    pool = lively_denoiser().double().net.pool
    assert isinstance(pool, TextPool)
    middle, offset = normal(1, 1, CONFIG.text_width), normal(1, 1, CONFIG.text_width, seed=1)
    near, far = (torch.cat([middle - scale * offset, middle + scale * offset], dim=1) for scale in (0.1, 2.0))
    mask, segment = torch.ones(1, 2, dtype=torch.bool), torch.zeros(1, 2, dtype=torch.long)
    assert float((pool(TextStates(near, mask, segment)) - pool(TextStates(far, mask, segment))).abs().max()) > 1e-2


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
    difference, noise = float((context[0] - context[1]).abs().max()), float((context[0] - context[2]).abs().max())
    assert difference > 1e-2 > 1e-5 > noise
