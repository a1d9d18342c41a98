"""Distances between sets of relation vectors."""

from __future__ import annotations

import torch
from torch import Tensor

from oor.relation import unpack

MIN_STD = 0.05


def features(vectors: Tensor) -> Tensor:
    """(n, 18): the nine entries of R, t, and log-scales; distances between them mean the same everywhere on SO(3)."""
    relation = unpack(vectors, validate=False)
    return torch.cat(
        [relation.R_base_target.flatten(-2), relation.t_base_target, relation.scale_target.log(), relation.scale_base.log()], -1
    )


def energy_distance(a: Tensor, b: Tensor) -> float:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| over all pairs (Szekely and Rizzo); a, b: (n, d), (m, d).

    This is the plain V-statistic, which is never negative: two independent sets of the same distribution have a
    distance of order 1 / n, the noise floor to compare with.
    """
    return float(2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean())


def whitened_energy_distance(sample: Tensor, truth: Tensor, reference: Tensor) -> float:
    """Energy distance of relation vectors in `features`, each divided by its standard deviation over `reference`."""
    std = features(reference).std(dim=0).clamp_min(MIN_STD)
    return energy_distance(features(sample) / std, features(truth) / std)


def outside(sample: Tensor, truth: Tensor, quantile: float = 0.99) -> float:
    """Share of samples (n, 15) farther from every true one (m, 15) than that quantile of true ones is from all others."""
    std = features(truth).std(dim=0).clamp_min(MIN_STD)
    known, asked = features(truth) / std, features(sample) / std
    apart = torch.cdist(known, known).fill_diagonal_(torch.inf).amin(dim=1)
    return float((torch.cdist(asked, known).amin(dim=1) > apart.quantile(quantile)).double().mean())
