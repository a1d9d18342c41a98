"""Registrations whose answer is known: pairs with outliers, clouds of a surface, features of few directions and much noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import roma
import torch
import trimesh
from torch import Tensor

from lifting.similarity import Similarity
from oor.catalog.category import categories

NOISE = 0.01  # of the template's longest edge, along each axis
SHAPES = ("teapot", "chair", "mug", "watering can", "stapler", "guitar")
TEMPLATE = 5_000  # points of it that ICP knows


@dataclass(frozen=True, eq=False)
class Problem:
    """Points of a template and of a cloud (float64), and S_cloud_template between them.

    Where the cloud's points are paired with the template's, equal rows are pairs, and `wrong` (n,) says which of them are not
    meant to be. Where they are not, the template has normals.
    """

    source: Tensor
    destination: Tensor
    truth: Similarity
    wrong: Tensor | None = None
    normals: Tensor | None = None


def problem(rng: np.random.Generator, count: int, outliers: float, noise: float = NOISE) -> Problem:
    """Pairs of a template's surface; half of the outliers are on the object elsewhere, the others anywhere in its box."""
    source, _ = surface(rng, count)
    truth = placed(rng)
    bent = source + noise * torch.from_numpy(rng.normal(size=(count, 3)))
    wrong = torch.from_numpy(rng.permutation(count) < round(outliers * count))
    elsewhere, anywhere = source[rng.permutation(count)], torch.from_numpy(rng.uniform(-0.5, 0.5, (count, 3)))
    stray = torch.where(torch.from_numpy(rng.random(count) < 0.5)[:, None], elsewhere, anywhere * (2 * source.abs().amax(dim=0)))
    return Problem(source, truth(torch.where(wrong[:, None], stray, bent)), truth, wrong)


def clouds(rng: np.random.Generator, count: int, *, noise: float = NOISE / 2, one_sided: bool = False) -> Problem:
    """A template's points with normals, and other points of its surface, or of the side of it that faces one way."""
    shape = SHAPES[rng.integers(len(SHAPES))]
    source, normals = surface(rng, TEMPLATE, shape)
    cloud, outward = surface(rng, 4 * count, shape)
    if one_sided:
        cloud = cloud[outward @ torch.from_numpy(rng.normal(size=3)) > 0]
    truth = placed(rng)
    cloud = cloud[:count] + noise * torch.from_numpy(rng.normal(size=(min(count, len(cloud)), 3)))
    return Problem(source, truth(cloud), truth, normals=normals)


def surface(rng: np.random.Generator, count: int, shape: str = SHAPES[0]) -> tuple[Tensor, Tensor]:
    """(count, 3) points of a category's canonical template, and their outward normals."""
    points, faces = trimesh.sample.sample_surface(_mesh(shape), count, seed=rng)
    return torch.from_numpy(np.array(points)), torch.from_numpy(_mesh(shape).face_normals[faces])


@cache
def _mesh(shape: str) -> trimesh.Trimesh:
    return categories()[shape].template.mesh


def placed(rng: np.random.Generator) -> Similarity:
    """Any turn, a scale from 0.3 to 3, and about as far away as that."""
    quaternion = torch.from_numpy(rng.normal(size=4))
    R = roma.unitquat_to_rotmat(quaternion / torch.linalg.vector_norm(quaternion))
    scale = torch.tensor(math.exp(rng.uniform(math.log(0.3), math.log(3))), dtype=torch.float64)
    return Similarity(R, torch.from_numpy(rng.normal(size=3)), scale)


def start(rng: np.random.Generator, truth: Similarity, *, angle_deg: float = 8.0, growth: float = 1.08) -> Similarity:
    """A guess that is so far off, about an axis and along a direction that are drawn."""
    axis, aside = (torch.from_numpy(v / np.linalg.norm(v)) for v in rng.normal(size=(2, 3)))
    off = Similarity(
        roma.rotvec_to_rotmat(math.radians(angle_deg) * axis), 0.03 * aside, torch.tensor(growth, dtype=torch.float64)
    )
    return truth @ off


def features(rows: int, width: int = 768, seed: int = 0) -> Tensor:
    """(rows, width) float32 with an offset, 40 directions of falling strength, and noise: what a network's features are like."""
    generator = torch.Generator().manual_seed(seed)
    strengths = 3.0 * 0.9 ** torch.arange(40)
    directions = torch.linalg.qr(torch.randn(width, 40, generator=generator)).Q
    codes = torch.randn(rows, 40, generator=generator) * strengths
    noise = torch.randn(rows, width, generator=generator)
    return (codes @ directions.mT).add_(noise, alpha=0.05).add_(torch.randn(width, generator=generator))
