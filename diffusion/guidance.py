"""Samples of which some numbers are known: a mesh's proportions, a side, a height.

Guidance by the pseudo-inverse (Song et al. 2023, "Pseudoinverse-guided diffusion models"), for any smooth function of the clean
sample: at noise sigma the clean sample is taken for a Gaussian about the denoiser's guess with variance sigma^2 / (1 + sigma^2),
and the guess is moved to where the known numbers are what they should be. Exact for Gaussian data of unit variance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.sampling import Denoise
from oor.relation import NUMBERS

SOFT = 1e-3  # by how much known numbers may be missed, so that numbers which cannot be met together are met as well as possible
EXACT = 1e-6  # by how much at the end
CORRECTIONS = 50  # at most
HALVINGS = 12  # of each


@dataclass(frozen=True)
class Known:
    """Numbers of a relation vector that are given, by their names in `oor.relation.NUMBERS`.

    Raises ValueError for names it has not, and for values that no relation has: a size that is not positive, a base edge beyond
    1, an entry of a rotation beyond 1.
    """

    values: Mapping[str, float]

    def __post_init__(self) -> None:
        for name, value in self.values.items():
            if name not in NUMBERS:
                raise ValueError(f"a relation has no number {name!r}; its numbers are {', '.join(NUMBERS)}")
            low, high = _range(name)
            if not low < value <= high:
                raise ValueError(f"{name}={value} is not possible; give a number above {low:g} and up to {high:g}")

    @property
    def wanted(self) -> Tensor:
        """(m,) float64 values."""
        return torch.tensor(list(self.values.values()), dtype=torch.float64)

    def seen(self, vectors: Tensor) -> Tensor:
        """(..., m) the same numbers of relation vectors (..., 15)."""
        return vectors[..., [NUMBERS.index(name) for name in self.values]]


def _range(name: str) -> tuple[float, float]:
    kind = name.partition("_")[0]
    return {"target": (0.0, 1e3), "base": (0.0, 1.0), "t": (-1e3, 1e3)}.get(kind, (-1.0 - EXACT, 1.0))


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


def met(observed: Callable[[Tensor], Tensor], wanted: Tensor, x: Tensor) -> Tensor:
    """Samples x (..., d) moved as little as possible to where observed(x) (..., m) is wanted (m,), by Gauss and Newton's method.

    A sample's step is halved while it would lead farther away. ValueError where the numbers cannot be had.
    """
    for _ in range(CORRECTIONS):
        seen, slopes = _jacobian(observed, x)
        missing = wanted - seen
        if float(missing.abs().max()) < EXACT:
            return x
        spread = slopes @ slopes.mT + EXACT**2 * torch.eye(missing.shape[-1]).to(x)
        step = (slopes.mT @ torch.linalg.solve(spread, missing[..., None]))[..., 0]
        for _ in range(HALVINGS):
            farther = (wanted - observed(x + step)).norm(dim=-1) > missing.norm(dim=-1)
            if not farther.any():
                break
            step = torch.where(farther[..., None], step / 2, step)
        x = x + step
    raise ValueError("the known numbers cannot be had together; give fewer of them, or other values")


def _jacobian(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """function(x) (..., m) and its derivatives (..., m, d), for a function that treats rows alike and apart."""
    seen = function(x)

    def along(direction: Tensor) -> Tensor:
        return torch.func.jvp(function, (x,), (direction.expand_as(x),))[1]

    columns = torch.func.vmap(along)(torch.eye(x.shape[-1]).to(x))  # (d, ..., m)
    return seen, columns.movedim(0, -1)
