"""Samples of which some numbers are known: a mesh's proportions, a side, a height.

Guidance by the pseudo-inverse (Song et al. 2023, "Pseudoinverse-guided diffusion models"), for any smooth function of the clean
sample: at noise sigma the clean sample is taken for a Gaussian about the denoiser's guess with variance sigma^2 / (1 + sigma^2),
and the guess is moved to where the known numbers are what they should be. Exact for Gaussian data of unit variance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from diffusion.sampling import Denoise
from oor.relation import NUMBERS, ROT6D, SCALE_BASE, SCALE_TARGET, WIDTH, matrix_to_columns_6d, unpack

SOFT = 1e-3  # by how much known numbers may be missed, so that numbers which cannot be met together are met as well as possible
EXACT = 1e-7  # by how much at the end
CORRECTIONS = 60  # of a rotation,
FARTHEST = 0.3  # radians each
RESTARTS = 64
IMPOSSIBLE = "the known numbers cannot be had together; give fewer of them, or other values"


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
    def places(self) -> dict[int, float]:
        """Values by their places in a relation vector."""
        return {NUMBERS.index(name): float(value) for name, value in self.values.items()}

    @property
    def wanted(self) -> Tensor:
        """(m,) float64 values; sizes as logarithms."""
        return self._flat(torch.tensor(list(self.values.values()), dtype=torch.float64))

    def seen(self, vectors: Tensor) -> Tensor:
        """(..., m) the same numbers of relation vectors (..., 15)."""
        return self._flat(vectors[..., list(self.places)])

    def _flat(self, numbers: Tensor) -> Tensor:
        """(..., m) numbers of which the sizes are logarithms: these are nearly linear in the model's coordinates."""
        sizes = torch.tensor([i >= SCALE_TARGET.start for i in self.places], device=numbers.device)
        return torch.where(sizes, numbers.log(), numbers)


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


def met(known: Known, vectors: Tensor) -> Tensor:
    """Relation vectors (n, 15) float64 with the rotations and sizes that are known, turned and resized as little as possible.

    Translations stay as they are. ValueError where the numbers cannot be had together.
    """
    R, rest = unpack(vectors).R_base_target, vectors[:, ROT6D.stop :].clone()
    entries = {(i % 3, i // 3): value for i, value in known.places.items() if i < ROT6D.stop}
    if entries:
        R = turned(R, list(entries), torch.tensor(list(entries.values())).to(R))
    vectors = torch.cat([matrix_to_columns_6d(R), rest], dim=1)
    for i, value in known.places.items():
        if i >= SCALE_TARGET.start:
            vectors[:, i] = value
    edges = [known.places.get(i, 0.0) for i in range(SCALE_BASE.start, WIDTH)]
    if 0 < max(edges) < 1:  # then one that is not known is the longest
        free = [SCALE_BASE.start + i for i, edge in enumerate(edges) if not edge]
        if not free:
            raise ValueError(IMPOSSIBLE)
        vectors[:, free] /= vectors[:, free].amax(dim=1, keepdim=True)
    return vectors


def turned(R: Tensor, entries: Sequence[tuple[int, int]], wanted: Tensor) -> Tensor:
    """Rotations (n, 3, 3) turned as little as possible until their entries (row, column) are as wanted (m,).

    Those that get stuck become the nearest of what RESTARTS others lead to. ValueError where these get stuck as well.
    """
    found, done = _levenberg(R, entries, wanted)
    if not bool(done.all()):
        begin = roma.random_rotmat(RESTARTS, dtype=R.dtype, device=R.device, generator=torch.Generator(R.device).manual_seed(0))
        others, right = _levenberg(begin, entries, wanted)
        if not bool(right.any()):
            raise ValueError(IMPOSSIBLE)
        apart = roma.rotmat_geodesic_distance(R[~done, None], others[None, right])
        found[~done] = others[right][apart.argmin(dim=1)]
    return found


def _levenberg(R: Tensor, entries: Sequence[tuple[int, int]], wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Rotations (n, 3, 3) after Levenberg's method on |entries - wanted|^2, and whether nothing is missing, (n,)."""
    rows, columns = zip(*entries, strict=True)
    one = torch.eye(3).to(R)
    turns = torch.linalg.cross(one[:, None].expand(3, 3, 3), one[None].expand(3, 3, 3)).mT  # turns[k] x = e_k cross x
    damping = R.new_full((len(R), 1, 1), 1e-3)
    missing = wanted - R[:, rows, columns]
    for _ in range(CORRECTIONS):
        slopes = (R[:, None] @ turns)[:, :, rows, columns]  # (n, 3, m): by turning about each of the target's axes
        step = torch.linalg.solve(slopes @ slopes.mT + damping * one, slopes @ missing[..., None])[..., 0]
        step = step * (FARTHEST / step.norm(dim=-1, keepdim=True)).clamp_max(1)
        there = R @ roma.rotvec_to_rotmat(step)
        left = wanted - there[:, rows, columns]
        nearer = left.norm(dim=-1) < missing.norm(dim=-1)
        R = torch.where(nearer[:, None, None], there, R)
        missing = torch.where(nearer[:, None], left, missing)
        damping = torch.where(nearer[:, None, None], damping / 8, damping * 8).clamp(1e-15, 1e6)
    return roma.special_gramschmidt(R), missing.abs().amax(dim=-1) < EXACT


def _jacobian(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """function(x) (..., m) and its derivatives (..., m, d), for a function that treats rows alike and apart."""
    seen = function(x)

    def along(direction: Tensor) -> Tensor:
        return torch.func.jvp(function, (x,), (direction.expand_as(x),))[1]

    columns = torch.func.vmap(along)(torch.eye(x.shape[-1]).to(x))  # (d, ..., m)
    return seen, columns.movedim(0, -1)
