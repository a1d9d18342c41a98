"""Samples with known numbers against Gaussians, whose conditional distributions are known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from diffusion.guidance import guided
from diffusion.sampling import sample_heun
from diffusion.schedule import NoiseConfig, sampling_sigmas

D, N = 5, 4000
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
