"""The denoiser that samplers ask: `Denoiser.under` is `Denoiser.forward` under fixed contexts, at less cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from diffusion.denoiser import LEVELS, Denoiser
from diffusion.network import Block, Conditioning, RelationNet
from diffusion.text_encoder import Condition, TextEncoder, conditioning

Make = Callable[..., Denoiser]
laws = settings(deadline=None, max_examples=25, derandomize=True)
SIGMAS = [1e-6, 0.003, 0.3, 1.0, 7.0, 80.0, 1e4]
CONDITIONS = [Condition(f"a mug {side} of a plate", "mug", "plate", f"{side} of") for side in ("left", "right", "north")]


def normal(seed: int, *shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


@pytest.fixture
def texts(word_encoder: TextEncoder) -> Conditioning:
    return conditioning(word_encoder, CONDITIONS)


def in_double(text: Conditioning) -> Conditioning:
    return Conditioning(text.states.double(), text.mask, text.segment, text.shapes.double())


@pytest.mark.parametrize("prompts", [1, 3])
@pytest.mark.parametrize("sigma", SIGMAS)
def test_it_is_the_denoiser(lively_denoiser: Make, texts: Conditioning, prompts: int, sigma: float) -> None:
    denoiser = lively_denoiser().double()
    context = denoiser.context(in_double(texts).rows(slice(prompts)))
    z, level = (1 + sigma) * normal(0, prompts, 5, 15), torch.tensor(sigma, dtype=torch.float64)
    torch.testing.assert_close(denoiser.under(context)(z, level), denoiser(z, level, context), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("prompts", [1, 3])
@pytest.mark.parametrize("sigma", SIGMAS[1:6])
def test_it_is_the_denoiser_in_single_precision_too(
    lively_denoiser: Make, texts: Conditioning, prompts: int, sigma: float
) -> None:
    denoiser = lively_denoiser()
    context = denoiser.context(texts.rows(slice(prompts)))
    z, level = (1 + sigma) * normal(1, prompts, 5, 15, dtype=torch.float32), torch.tensor(sigma)
    found = denoiser.under(context)(z, level)
    assert found.dtype == torch.float32 and found.shape == z.shape
    torch.testing.assert_close(found, denoiser(z, level, context), rtol=1e-4, atol=1e-5 * (1 + sigma))


def test_one_context_alone_is_what_it_is_among_others(lively_denoiser: Make, texts: Conditioning) -> None:
    denoiser = lively_denoiser().double()
    context, z, level = denoiser.context(in_double(texts)), normal(2, 3, 4, 15), torch.tensor(0.7).double()
    together = denoiser.under(context)(z, level)
    for row in range(3):
        alone = denoiser.under(context[row : row + 1])(z[row : row + 1], level)
        torch.testing.assert_close(alone, together[row : row + 1], rtol=1e-11, atol=1e-11)
    assert float((together[0] - denoiser.under(context[1:2])(z[:1], level)).abs().max()) > 1e-3


@laws
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 6))
def test_a_block_s_way_for_one_context_is_its_way_for_many(seed: int, rows: int) -> None:
    block = Block(16, 24).double()
    with torch.no_grad():
        for number, parameter in enumerate(block.parameters()):
            parameter.copy_(normal(seed + number, *parameter.shape))
    x, gain, shift = normal(seed + 10, 1, rows, 16), normal(seed + 11, 1, 1, 16), normal(seed + 12, 1, 1, 16)
    one = block(x, gain, shift)  # the norm does it all
    many = block(x.expand(2, -1, -1), gain.expand(2, -1, -1), shift.expand(2, -1, -1))
    torch.testing.assert_close(many, one.expand_as(many), rtol=1e-11, atol=1e-11)
    naive = (x - x.mean(dim=-1, keepdim=True)) / (x.var(dim=-1, unbiased=False, keepdim=True) + 1e-5).sqrt() * gain + shift
    expected = x + torch.nn.functional.silu(naive @ block.up.weight.T + block.up.bias) @ block.down.weight.T + block.down.bias
    torch.testing.assert_close(one, expected, rtol=1e-9, atol=1e-9)


def test_what_hangs_on_the_level_is_computed_once_and_forgotten_when_there_are_too_many(
    lively_denoiser: Make, texts: Conditioning, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    real = RelationNet.modulation

    def counting(self: RelationNet, log_sigma: Tensor, context: Tensor) -> object:
        asked.append(float(log_sigma.exp()))
        return real(self, log_sigma, context)

    denoiser = lively_denoiser().double()
    context, z = denoiser.context(in_double(texts)), normal(3, 3, 2, 15)
    levels = torch.linspace(0.1, 5, LEVELS + 1, dtype=torch.float64)
    expected = [denoiser(z, level, context) for level in levels]
    monkeypatch.setattr(RelationNet, "modulation", counting)
    denoise = denoiser.under(context)
    for _ in range(3):
        for level in levels[:LEVELS]:
            denoise(z, level)
    assert asked == pytest.approx(levels[:LEVELS].tolist())
    denoise(z, levels[-1])  # one too many: nothing is kept but this
    asked.clear()
    for level, right in zip(levels.flip(0)[:5], expected[::-1][:5], strict=True):
        torch.testing.assert_close(denoise(z, level), right, rtol=1e-11, atol=1e-11)
    assert asked == pytest.approx(levels.flip(0)[1:5].tolist())


def test_two_of_one_denoiser_do_not_share_what_they_remember(lively_denoiser: Make, texts: Conditioning) -> None:
    denoiser = lively_denoiser().double()
    context, z, level = denoiser.context(in_double(texts)), normal(4, 1, 3, 15), torch.tensor(0.5).double()
    first, second = denoiser.under(context[:1]), denoiser.under(context[1:2])
    before = first(z, level)
    second(z, level)
    assert torch.equal(first(z, level), before)


@pytest.mark.parametrize("prompts", [1, 3])
@pytest.mark.parametrize("sigma", [0.03, 0.5, 4.0])
def test_in_bfloat16_it_is_close_and_the_weights_stay_as_they_are(
    lively_denoiser: Make, texts: Conditioning, prompts: int, sigma: float
) -> None:
    denoiser = lively_denoiser()
    before = {name: value.clone() for name, value in denoiser.state_dict().items()}
    context = denoiser.context(texts.rows(slice(prompts)))
    z, level = (1 + sigma) * normal(5, prompts, 40, 15, dtype=torch.float32), torch.tensor(sigma)
    exact = denoiser.under(context)(z, level)
    rounded = denoiser.under(context, torch.bfloat16)(z, level)
    assert rounded.dtype == torch.float32 and rounded.shape == exact.shape
    off = float((rounded - exact).std() / (exact - z / (1 + sigma**2)).std())  # of what the network says
    assert 0 < off < 0.03
    after = denoiser.state_dict()
    assert all(after[name].dtype == value.dtype and torch.equal(after[name], value) for name, value in before.items())
    assert torch.equal(denoiser.under(context)(z, level), exact)


def test_no_dtype_is_that_of_the_weights(lively_denoiser: Make, texts: Conditioning) -> None:
    denoiser = lively_denoiser()
    context, z, level = denoiser.context(texts), normal(6, 3, 2, 15, dtype=torch.float32), torch.tensor(0.4)
    assert torch.equal(denoiser.under(context, torch.float32)(z, level), denoiser.under(context)(z, level))


def test_slopes_go_through_it(lively_denoiser: Make, texts: Conditioning) -> None:
    denoiser = lively_denoiser().double()
    context, z, level = denoiser.context(in_double(texts)), normal(7, 3, 2, 15), torch.tensor(0.4).double()
    denoise = denoiser.under(context)
    for _ in range(2):  # again, with what was remembered
        slopes = [
            torch.autograd.grad(ask(point).square().sum(), point)[0]
            for ask in (lambda x: denoise(x, level), lambda x: denoiser(x, level, context))
            for point in (z.clone().requires_grad_(),)
        ]
        torch.testing.assert_close(*slopes, rtol=1e-9, atol=1e-9)
