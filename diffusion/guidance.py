"""Samples of which some numbers are known: a mesh's proportions, a side, a height.

Guidance by the pseudo-inverse (Song et al. 2023, "Pseudoinverse-guided diffusion models"), for any smooth function of the clean
sample: at noise sigma the clean sample is taken for a Gaussian about the denoiser's guess with variance sigma^2 / (1 + sigma^2),
and the guess is moved to where the known numbers are what they should be. Exact for Gaussian data of unit variance.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from diffusion.sampling import Denoise

SOFT = 1e-3  # by how much known numbers may be missed, so that numbers which cannot be met together are met as well as possible


def guided(denoiser: Denoise, observed: Callable[[Tensor], Tensor], wanted: Tensor) -> Denoise:
    """A denoiser of samples x (..., d) with observed(x) (..., m) as wanted (..., m)."""

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        variance = sigma**2 / (1 + sigma**2)
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            clean = denoiser(x, sigma)
            seen, slopes = _jacobian(observed, clean.detach())  # (..., m), (..., m, d)
            spread = variance * slopes @ slopes.mT + SOFT**2 * torch.eye(seen.shape[-1]).to(x)
            pull = torch.linalg.solve(spread, (wanted - seen)[..., None])
            direction = (slopes.mT @ pull)[..., 0].detach()  # in the space of clean samples
            (back,) = torch.autograd.grad((clean * direction).sum(), x)
        return clean.detach() + sigma**2 * back

    return denoise


def _jacobian(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """function(x) (..., m) and its derivatives (..., m, d), for a function that treats rows alike and apart."""
    seen = function(x)

    def along(direction: Tensor) -> Tensor:
        return torch.func.jvp(function, (x,), (direction.expand_as(x),))[1]

    columns = torch.func.vmap(along)(torch.eye(x.shape[-1]).to(x))  # (d, ..., m)
    return seen, columns.movedim(0, -1)
