"""Correspondences: for each point of a cloud, the template point of the most similar feature (paper, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

THRESHOLD = 0.7  # the paper's "in most cases"
CELLS = 2**22  # similarities that are held at a time on a CPU


@dataclass(frozen=True, eq=False)
class Pairs:
    """Cloud points and the template points that look like them; all (k,), in the cloud's order."""

    cloud: Tensor  # index of the cloud's point
    template: Tensor  # index of the template's point
    similarity: Tensor  # cosine, at least the threshold

    def __len__(self) -> int:
        return len(self.cloud)


def nearest_by_cosine(cloud: Tensor, template: Tensor, threshold: float = THRESHOLD) -> Pairs:
    """Features (n, k) of a cloud paired with the most similar of (m, k), where the cosine is at least the threshold.

    Among equals the first is taken. Features of length zero are like nothing. ValueError for widths that differ, for features
    that are not finite, and for a threshold that is no positive cosine.
    """
    if cloud.ndim != 2 or template.ndim != 2 or cloud.shape[1] != template.shape[1]:
        raise ValueError(f"Features must be (n, k) and (m, k), got {tuple(cloud.shape)} and {tuple(template.shape)}; "
                         "project both with one projection.")
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold={threshold} is no positive cosine; give a number above 0 and up to 1.")
    if not (torch.isfinite(cloud).all() and torch.isfinite(template).all()):
        raise ValueError("Features contain NaN or infinity; drop these points or fix what produced them.")
    if len(cloud) == 0 or len(template) == 0:
        none = torch.zeros(0, dtype=torch.long, device=cloud.device)
        return Pairs(none, none, cloud.new_zeros(0))
    a, b = _directions(cloud), _directions(template)
    similarity, nearest = _best(a, b) if a.device.type == "cpu" else (a @ b.mT).max(dim=1)
    kept = torch.nonzero(similarity >= threshold)[:, 0]
    return Pairs(kept, nearest[kept], similarity[kept])


def _directions(features: Tensor) -> Tensor:
    """Unit vectors (n, k) in float32; zero stays zero."""
    values = features.detach().float()
    return values / torch.linalg.vector_norm(values, dim=1, keepdim=True).clamp_min(torch.finfo(torch.float32).tiny)


def _best(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The largest of `a @ b.T` in each row, and where it is. NumPy: its argmax is twice as fast as torch's."""
    rows, columns = a.numpy(), np.ascontiguousarray(b.numpy().T)
    step = max(1, CELLS // len(b))
    where = np.concatenate([(rows[i : i + step] @ columns).argmax(axis=1) for i in range(0, len(rows), step)])
    return torch.from_numpy(np.einsum("nk,nk->n", rows, b.numpy()[where])), torch.from_numpy(where)
