"""Where a template is in a reconstructed cloud (paper, section 3.2, Eq. 4): correspondences, RANSAC, iterated closest points."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import torch
from scipy.spatial import cKDTree
from torch import Tensor

from lifting.axial import axial_consensus, axial_distances
from lifting.icp import IcpConfig, Refined, icp
from lifting.matching import THRESHOLD, Pairs, nearest_by_cosine
from lifting.ransac import RansacConfig, distances, ransac
from lifting.similarity import Doubt, Reason, RefusalError, Similarity
from lifting.symmetry import canonical, turned
from oor.catalog.category import Symmetry

NONE = Symmetry(1)


@dataclass(frozen=True, eq=False)
class FeaturePoints:
    """Points (n, 3) of a cloud or a template, a feature (n, k) for each, and unit normals (n, 3) of either sign where known.

    A template is in canonical space, its longest edge 1. ValueError for shapes that do not fit.
    """

    points: Tensor
    features: Tensor
    normals: Tensor | None = None

    def __post_init__(self) -> None:
        n = len(self.points)
        normals = self.points if self.normals is None else self.normals
        if not self.points.shape == normals.shape == (n, 3) or self.features.ndim != 2 or len(self.features) != n:
            raise ValueError(f"n points (n, 3) have features (n, k) and normals (n, 3), got {tuple(self.points.shape)}, "
                             f"{tuple(self.features.shape)} and {tuple(normals.shape)}.")

    @property
    def finite(self) -> bool:
        """Whether all numbers are."""
        return all(bool(torch.isfinite(v).all()) for v in (self.points, self.features, self.normals) if v is not None)

    @cached_property
    def tree(self) -> cKDTree:
        """For nearest points, built once."""
        return cKDTree(self.points.detach().double().cpu().numpy())


@dataclass(frozen=True)
class RegistrationConfig:
    """How a template is looked for."""

    similarity: float = THRESHOLD  # least cosine of features that correspond
    ransac: RansacConfig = field(default_factory=RansacConfig)
    agreement: float = 0.15  # least share of the pairs that agree: wrong features may be wrong together
    icp: IcpConfig | None = field(default_factory=IcpConfig)  # None: pairs have the last word
    kept: float = 0.7  # share of the agreeing pairs that must still agree after ICP; otherwise it went astray and is forgotten
    overlap: float = 0.3  # least share of the cloud that lies on the template in the end


@dataclass(frozen=True, eq=False)
class Registration:
    """Where a template is in a cloud, or why that is not known. Lengths are in units of the template."""

    similarity: Similarity | None  # S_cloud_template, float64 on the CPU: x_cloud = scale * R @ x_template + t
    reason: Reason | None  # of a refusal
    message: str  # the same in a sentence
    pairs: int = 0  # that features made
    inlier_ratio: float = 0.0  # share of the pairs that agree with it, after turns that leave the template as it is
    residual: float = math.nan  # root mean square: of the cloud's distance to the template, or of the agreeing pairs without ICP
    overlap: float = math.nan  # share of the cloud within ICP's reach of the template
    hypotheses: int = 0
    doubt: Doubt | None = None  # standard errors, from the pairs
    refined: bool = False  # whether ICP had the last word
    misfit: float = math.nan  # of shape: how far cloud and template are from each other, both ways, where shape was asked too
    lead: float = math.nan  # and by what factor the next answer that is turned otherwise is worse

    @property
    def found(self) -> Similarity:
        """The similarity. RefusalError where there is none."""
        if self.similarity is None:
            raise RefusalError(self.reason or "no pairs", self.message)
        return self.similarity

    @property
    def R(self) -> Tensor:  # noqa: N802
        """(3, 3)."""
        return self.found.R

    @property
    def t(self) -> Tensor:
        """(3,), in the cloud's units."""
        return self.found.t

    @property
    def scale(self) -> float:
        """Length of the template's longest edge in the cloud."""
        return float(self.found.scale)


def register(
    cloud: FeaturePoints,
    template: FeaturePoints,
    *,
    generator: torch.Generator,
    symmetry: Symmetry = NONE,
    config: RegistrationConfig | None = None,
) -> Registration:
    """The similarity from a template to a cloud whose features tell which points look alike.

    symmetry: of the template; features may not tell apart what looks the same, and of all such rotations the result has the one
    that is nearest to none. Data that tell
    no similarity give a registration with a reason, never a wrong similarity. Equal generators give equal results. ValueError for
    features of different widths.
    """
    config = config or RegistrationConfig()
    pairs = 0
    try:
        if not (cloud.finite and template.finite):
            raise RefusalError("not finite", "Points, features or normals contain NaN or infinity; fix what produced them.")
        if min(len(cloud.points), len(template.points)) < 3:
            raise RefusalError("too few points", "A cloud and a template need three points each, or more.")
        matched = nearest_by_cosine(cloud.features, template.features, config.similarity)
        pairs = len(matched)
        return _registered(cloud, template, matched, generator, symmetry, config)
    except RefusalError as refusal:
        return Registration(None, refusal.reason, str(refusal), pairs)


def _registered(
    cloud: FeaturePoints,
    template: FeaturePoints,
    pairs: Pairs,
    generator: torch.Generator,
    symmetry: Symmetry,
    config: RegistrationConfig,
) -> Registration:
    if len(pairs) == 0:
        raise RefusalError("no pairs", f"No two features have a cosine of {config.similarity} or more; check the features.")
    source, destination = template.points[pairs.template], cloud.points[pairs.cloud]
    if symmetry.fold == 0:
        agreed = axial_consensus(source, destination, symmetry, generator=generator, config=config.ransac)
    else:
        agreed = ransac(source, destination, generator=generator, config=config.ransac)
    rough = Similarity(agreed.similarity.R.cpu(), agreed.similarity.t.cpu(), agreed.similarity.scale.cpu())
    source = turned(source.double().cpu(), rough.inverse()(destination.double().cpu()), symmetry)
    inliers = distances(source, destination.double().cpu(), rough) <= config.ransac.threshold
    ratio = float(inliers.double().mean())
    if ratio < config.agreement:
        raise RefusalError("no consensus", f"Only {ratio:.0%} of {len(pairs)} pairs agree; check the features.")
    close = None if config.icp is None else icp(
        cloud.points, template.points, rough, normals=template.normals, tree=template.tree, config=config.icp,
        anchors=(source[inliers], destination.cpu()[inliers]),
    )  # fmt: skip
    best, share = rough, ratio
    if close is not None:
        if close.overlap < config.overlap:
            raise RefusalError("no overlap", f"{close.overlap:.0%} of the cloud is near the template; check its segmentation.")
        still = _agreement(source, destination, close, symmetry, config)
        best, share = (close.similarity, still) if still >= config.kept * share else (rough, share)
    refined = close is not None and best is close.similarity
    return Registration(
        canonical(best, symmetry), None, "", len(pairs), share,
        close.residual if close is not None and refined else agreed.residual,
        math.nan if close is None else close.overlap, agreed.hypotheses, agreed.doubt, refined,
    )  # fmt: skip


def _agreement(source: Tensor, destination: Tensor, close: Refined, symmetry: Symmetry, config: RegistrationConfig) -> float:
    """The share of pairs that agree with what ICP made of it."""
    apart = axial_distances(source, destination.double().cpu(), close.similarity, symmetry)
    return float((apart <= config.ransac.threshold).double().mean())
