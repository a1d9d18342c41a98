"""Densities against those that are known: Gaussians, mixtures, and the way densities change with coordinates."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from diffusion.anchors import BASES, BOX_BASE, BOX_TARGET, OF_BASE, OF_TARGET, TARGETS
from diffusion.checkpoint import Checkpoint
from diffusion.coordinates import Normaliser
from diffusion.likelihood import BLUR, log_density, log_likelihood
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.catalog.frames import FRAMES
from oor.relation import T

LEFT = Condition("a mug left of a plate", "mug", "plate", "left of")
RIGHT = Condition("a mug right of a plate", "mug", "plate", "right of")
POUR = Condition("the teapot pours into the teacup", "teapot", "teacup", "pours into")
WIDE = 15


class Mixture:
    """Gaussians of one width about random places, together of mean 0 and about unit variance: its denoiser and its density."""

    def __init__(self, seed: int, modes: int, width: float) -> None:
        rng = np.random.default_rng(seed)
        self.width, places = width, torch.tensor(rng.normal(size=(modes, WIDE)) * math.sqrt(max(1 - width**2, 0)))
        self.shares = torch.tensor(rng.dirichlet(np.full(modes, 5.0)))
        self.places = places - self.shares @ places

    def responsibilities(self, x: Tensor, variance: Tensor | float) -> Tensor:
        return self.shares.log() - ((x[..., None, :] - self.places) ** 2).sum(dim=-1) / (2 * variance)

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        variance = self.width**2 + sigma**2
        near = self.responsibilities(x, variance).softmax(dim=-1)
        return near @ self.places * (sigma**2 / variance) + x * (self.width**2 / variance)

    def log_density(self, x: Tensor, blur: float) -> Tensor:
        variance = self.width**2 + blur**2
        return self.responsibilities(x, variance).logsumexp(dim=-1) - WIDE / 2 * math.log(2 * math.pi * variance)

    def draw(self, count: int) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        chosen = torch.multinomial(self.shares, count, replacement=True, generator=generator)
        return self.places[chosen] + self.width * torch.randn(count, WIDE, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(("modes", "width"), [(1, 1.0), (1, 0.5), (2, 0.5), (4, 0.5), (6, 0.7)])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_density_of_a_mixture_is_right_to_a_hundredth_of_a_nat(modes: int, width: float, seed: int) -> None:
    data = Mixture(seed, modes, width)
    x = torch.cat([data.draw(30), torch.randn(10, WIDE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)])
    error = log_density(data.denoise, x) - data.log_density(x, BLUR)
    assert float(error.abs().max()) < 1e-2 and float(error.abs().mean()) < 2e-3


def test_a_standard_gaussian_needs_a_single_step() -> None:
    x = torch.randn(5, WIDE, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = log_density(lambda x, sigma: x / (1 + sigma**2), x, steps=1)
    variance = 1 + BLUR**2
    expected = -0.5 * ((x**2).sum(dim=1) / variance + WIDE * math.log(2 * math.pi * variance))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_more_steps_converge_with_order_four() -> None:
    data = Mixture(3, 2, 0.6)
    x = data.draw(20)
    fine = log_density(data.denoise, x, steps=512)
    errors = [float((log_density(data.denoise, x, steps=steps) - fine).abs().max()) for steps in (64, 128, 256)]
    assert math.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.5) and errors[2] < 1e-5, errors


def gaussian(checkpoint: Checkpoint) -> Checkpoint:
    """A network that only knows the moments: its samples are Gaussian in network space."""
    with torch.no_grad():
        checkpoint.denoiser.net.leave.weight.zero_()
        checkpoint.denoiser.net.leave.bias.zero_()
    return checkpoint


def choosing(checkpoint: Checkpoint, *chosen: int) -> Checkpoint:
    """A network that chooses these of TARGETS, BASES and AXES, counted through, and else what it likes."""
    with torch.no_grad():
        checkpoint.denoiser.anchor_net.read[1].bias[list(chosen)] += 1000
    return checkpoint


@pytest.mark.parametrize("axes", [OF_BASE, OF_TARGET], ids=["base", "target"])
@pytest.mark.parametrize("translation", ["contact", "linear"])
def test_a_gaussian_networks_likelihood_is_the_gaussians_with_the_volume_of_the_coordinates(
    checkpoint: Checkpoint, word_encoder: TextEncoder, random_vectors: Callable[[int, int], Tensor], translation: str, axes: int
) -> None:
    checkpoint = gaussian(replace(checkpoint, normaliser=replace(checkpoint.normaliser, translation=translation)))
    checkpoint = choosing(checkpoint, TARGETS + BASES + axes)
    vectors, conditions = random_vectors(4, 6), [LEFT, RIGHT]
    found = log_likelihood(checkpoint, word_encoder, conditions, vectors)
    assert found.shape == (2, 6) and found.dtype == torch.float64
    text = conditioning(word_encoder, conditions)
    choice, context = checkpoint.denoiser.anchors(text), checkpoint.denoiser.context(text)
    assert choice.axes.tolist() == [axes, axes]

    def whitened(numbers: Tensor, p: int) -> Tensor:
        """From rot6d | t | log-scales, over which the density is."""
        vector = torch.cat([numbers[:9], numbers[9:].exp()])[None, None]
        x = checkpoint.normaliser.normalise(vector, choice.anchors().rows(torch.tensor([p])))
        return checkpoint.denoiser.whiten(x, context[p : p + 1].double())[0, 0]

    variance = 1 + BLUR**2
    for p in range(2):
        for i in range(6):
            numbers = torch.cat([vectors[i, :9], vectors[i, 9:].log()])
            z = whitened(numbers, p)
            volume = torch.linalg.slogdet(torch.func.jacrev(whitened)(numbers, p)).logabsdet
            expected = -0.5 * ((z**2).sum() / variance + WIDE * math.log(2 * math.pi * variance)) + volume
            assert float(found[p, i]) == pytest.approx(float(expected), rel=1e-4)


def test_along_whose_axes_it_is_measured_does_not_change_the_likelihood_of_a_round_gaussian(
    checkpoint: Checkpoint, word_encoder: TextEncoder, random_vectors: Callable[[int, int], Tensor]
) -> None:
    """Between points without extent: other axes turn translations and stretch nothing."""
    points = BOX_TARGET + list(FRAMES).index("spout"), TARGETS + BOX_BASE + list(FRAMES).index("handle")
    checkpoint, vectors = choosing(gaussian(checkpoint), *points), random_vectors(6, 8)
    mean, std = checkpoint.normaliser.mean.clone(), checkpoint.normaliser.std.clone()
    last = checkpoint.denoiser.moment_net.read[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.zero_()
    found = []
    for way in (0.0, 5.0):
        mean[T], std[T] = way, 2.0
        model = replace(checkpoint, normaliser=Normaliser(mean.clone(), std, "contact"))
        for axes in (OF_BASE, OF_TARGET):
            other = choosing(replace(model, denoiser=deepcopy(model.denoiser)), TARGETS + BASES + axes)
            found.append(log_likelihood(other, word_encoder, [POUR], vectors))
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-3)
    assert float((found[2] - found[3]).abs().max()) > 1  # unless it is round about another place


def test_the_unit_of_the_coordinates_does_not_change_a_likelihood(
    checkpoint: Checkpoint, word_encoder: TextEncoder, random_vectors: Callable[[int, int], Tensor]
) -> None:
    """Where the normaliser is twice as wide and the promised spread half as wide, the same samples come out."""
    checkpoint = gaussian(checkpoint)
    vectors = random_vectors(5, 4)
    before = log_likelihood(checkpoint, word_encoder, [LEFT], vectors)
    old = checkpoint.normaliser
    wider = Normaliser(torch.zeros_like(old.mean), 2 * old.std, old.translation)
    with torch.no_grad():
        last = checkpoint.denoiser.moment_net.read[-1]
        text = conditioning(word_encoder, [LEFT])
        mean = checkpoint.denoiser.context(text)[0, 0, :WIDE].double()
        last.bias[:WIDE] += ((mean * old.std + old.mean) / (2 * old.std) - mean).float()
        last.bias[WIDE:] -= math.log(2)
    after = log_likelihood(replace(checkpoint, normaliser=wider), word_encoder, [LEFT], vectors)
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-2)
