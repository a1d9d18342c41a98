"""How likely a relation is under a text: the density along the probability-flow ODE, with the exact trace of its Jacobian.

Song et al. 2021, Eq. 39, in tau = ln sigma: a point flows by dx / dtau = x - D(x), its log-density falls by the divergence of
that flow, and at the largest noise level the density is a Gaussian's. Fifteen dimensions are few enough to differentiate each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from diffusion.checkpoint import Checkpoint
from diffusion.coordinates import contact
from diffusion.sampling import Denoise
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.relation import unpack

BLUR = 0.05  # noise, in units of the context's spread, under which a density is asked for
HIGHEST = 80.0  # noise at which nothing is left of the data but mean 0 and variance 1, if a network was taught as much
STEPS = 48


def log_density(denoiser: Denoise, x: Tensor, *, blur: float = BLUR, highest: float = HIGHEST, steps: int = STEPS) -> Tensor:
    """(...,) ln density of x (..., d) among data of mean 0 and variance 1 with noise `blur` on it.

    Runge and Kutta's fourth-order method, four calls a step, on y = x / sqrt(1 + sigma^2), which stays where it is if the data
    are Gaussian. The prior's error is of order (covariance - 1) / highest^2, and mean / highest for each deviation that x is off.
    """
    times = torch.linspace(math.log(blur), math.log(highest), steps + 1, dtype=torch.float64)
    width = x.shape[-1]
    y, gained = x / math.sqrt(1 + blur**2), torch.zeros_like(x[..., 0])
    h = float(times[1] - times[0])
    for now in times[:-1]:
        first, one = _flow(denoiser, y, now)
        second, two = _flow(denoiser, y + h / 2 * first, now + h / 2)
        third, three = _flow(denoiser, y + h / 2 * second, now + h / 2)
        fourth, four = _flow(denoiser, y + h * third, now + h)
        y, gained = y + h / 6 * (first + 2 * second + 2 * third + fourth), gained + h / 6 * (one + 2 * two + 2 * three + four)
    return gained - 0.5 * ((y**2).sum(dim=-1) + width * math.log(2 * math.pi * (1 + blur**2)))


def _flow(denoiser: Denoise, y: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
    """dy / dtau (..., d) and its divergence (...,)."""
    sigma = time.exp().to(y)
    scale, noise = (1 + sigma**2).sqrt(), sigma**2 / (1 + sigma**2)

    def along(direction: Tensor) -> tuple[Tensor, Tensor]:
        both = torch.func.jvp(lambda point: denoiser(point, sigma), (scale * y,), (direction.expand_as(y),))
        return both[0], (both[1] * direction).sum(dim=-1)

    clean, slopes = torch.func.vmap(along)(torch.eye(y.shape[-1]).to(y))
    return y * (1 - noise) - clean[0] / scale, y.shape[-1] * (1 - noise) - slopes.sum(dim=0)


@torch.no_grad()
def log_likelihood(
    checkpoint: Checkpoint,
    encoder: TextEncoder,
    conditions: Sequence[Condition],
    vectors: Tensor,
    *,
    blur: float = BLUR,
    steps: int = STEPS,
) -> Tensor:
    """(p, n) ln density of relation vectors (n, 15) under each of p conditions, or (p, n, 15) each under its own; nats, float64.

    The density is over the fifteen numbers rot6d | t | ln scale_target | ln scale_base, and of samples blurred by `blur` of their
    context's own spread along each coordinate: without that, numbers that a context never varies would count infinitely. Of a
    checkpoint of the paper's kind it is over the scales themselves, and of samples blurred by `blur` itself in each number, as
    nothing there is measured in units of a spread.
    """
    text = conditioning(encoder, conditions)
    choice = checkpoint.denoiser.anchors(text)
    anchors, context = choice.anchors(), checkpoint.denoiser.context(text, choice)
    each = vectors.expand(len(conditions), *vectors.shape[-2:])
    z = checkpoint.denoiser.whiten(checkpoint.normaliser.normalise(each, anchors), context).float()

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        clean: Tensor = checkpoint.denoiser(x, sigma, context)
        return clean

    stretched = checkpoint.denoiser.log_spread(context) + checkpoint.normaliser.std.log().sum()
    if checkpoint.normaliser.translation == "contact":
        stretched = stretched + contact(unpack(each, validate=False), anchors)[1].log().sum(dim=-1)
    highest = min(HIGHEST, checkpoint.noise.sigma_max) if checkpoint.noise.spacing == "uniform" else HIGHEST
    return log_density(denoise, z, blur=blur, highest=highest, steps=steps).double() - stretched
