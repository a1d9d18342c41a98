"""One object of a structure: its points, their features, and where a template is among them (paper, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from lifting.locating import locate
from lifting.masks import NOTHING, Masks, whose
from lifting.pca import WIDTH, joint_projection, mean_by_point
from lifting.registration import FeaturePoints, Registration, RegistrationConfig
from lifting.relative import PlacedBox, placed
from lifting.shape import ShapeConfig
from lifting.stretch import StretchConfig, stretched
from lifting.structure import Structure
from lifting.templates import Candidate, Described

NEIGHBOURS = 6  # whose mean distance says how lonely a point is


@dataclass(frozen=True)
class FitConfig:
    """How an object is fitted.

    Two of the paper's ablations (its Table 3): width 0 leaves out the projection, and unless segmented an object is looked for
    among the points of both.
    """

    width: int = WIDTH  # of the projected features
    segmented: bool = True
    lonely: float = 4.0  # a point whose neighbours are so many times farther than is usual is left out
    registration: RegistrationConfig = field(default_factory=RegistrationConfig)
    shape: ShapeConfig | None = field(default_factory=ShapeConfig)  # None: features alone tell, as in the paper
    stretch: StretchConfig | None = field(default_factory=StretchConfig)  # None: the template keeps its proportions (Eq. 6)


@dataclass(frozen=True, eq=False)
class Fit:
    """Where an object is, or why that is not known: then `registration` has a reason, and there is no box."""

    registration: Registration
    cloud: Tensor  # (n, 3) the object's points, without lonely ones; float64
    box: PlacedBox | None


@dataclass(frozen=True, eq=False)
class ObjectPoints:
    """What a structure knows of one object: points (n, 3), and observations (m,) of them with features (m, f)."""

    points: Tensor
    point: Tensor
    features: Tensor


def object_points(
    structure: Structure, masks: Masks, features: Tensor, label: int, config: FitConfig | None = None
) -> ObjectPoints:
    """The points of the object that masks (n, H, W) call `label`, and those of their observations that lie in its masks.

    features: (m, f) of the structure's observations. Points far from all others are left out, as `FitConfig.lonely` says, and so
    are those that are not finite.
    """
    config = config or FitConfig()
    if not config.segmented:
        masks = np.where(masks == NOTHING, NOTHING, label).astype(np.uint8)
    mine = (whose(structure, masks) == label) & np.isfinite(structure.points).all(axis=1)
    mine[mine] = _in_company(structure.points[mine], config.lonely)
    height, width = masks.shape[1:]
    column, row = (np.clip(structure.xy[:, i].astype(int), 0, size - 1) for i, size in enumerate((width, height)))
    told = torch.from_numpy(mine[structure.point] & (masks[structure.view, row, column] == label))
    number = torch.from_numpy(np.cumsum(mine) - 1)
    return ObjectPoints(torch.from_numpy(structure.points[mine]), number[torch.from_numpy(structure.point).long()[told]],
                        features[told])


def _in_company(points: NDArray[np.float64], lonely: float) -> NDArray[np.bool_]:
    """(n,) whether points (n, 3) have neighbours about as near as is usual; all of them where there are hardly any."""
    if len(points) <= NEIGHBOURS:
        return np.ones(len(points), bool)
    distance = cKDTree(points).query(points, NEIGHBOURS + 1)[0][:, 1:].mean(axis=1)
    return np.asarray(distance <= lonely * np.median(distance))


def fit_object(found: ObjectPoints, candidate: Candidate, described: Described, *, generator: torch.Generator,
               config: FitConfig | None = None) -> Fit:
    """A candidate registered to an object's points.

    Features of the object's observations and of the candidate's pixels are projected together, then averaged per point; the
    projection is affine, so that the mean of projected features is the projected mean. ValueError for features of other widths.
    """
    config = config or FitConfig()
    cloud, template = _projected(found, described, config.width)
    registration = locate(cloud, template, generator=generator, symmetry=candidate.symmetry, config=config.registration,
                          shape=config.shape)
    if registration.similarity is None:
        return Fit(registration, found.points, None)
    extents = torch.tensor(candidate.extents)
    box = placed(registration.similarity, extents, candidate.symmetry)
    if config.stretch is not None:
        box = stretched(cloud, template, registration.similarity, extents, candidate.symmetry, config.stretch)
    return Fit(registration, found.points, box)


def _projected(found: ObjectPoints, described: Described, width: int) -> tuple[FeaturePoints, FeaturePoints]:
    """Cloud and template with features of one projection; zeros where there is nothing to project."""
    surface, count = described.surface, len(found.points)
    if len(found.features) == 0:
        return FeaturePoints(found.points, torch.zeros(count, width)), FeaturePoints(surface.points, surface.features[:, :width])
    if width == 0:
        return FeaturePoints(found.points, mean_by_point(found.features, found.point, count)), surface
    project = joint_projection([found.features, described.pixels], min(width, found.features.shape[1]))
    told = mean_by_point(project(found.features), found.point, count)
    return (FeaturePoints(found.points, told),
            FeaturePoints(surface.points, project(surface.features), surface.normals))
