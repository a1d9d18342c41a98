"""Items whose structure, masks and features are the truth's: they measure what comes after alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from lifting.filtering import Evidence
from lifting.fitting import Fit, FitConfig, fit_object, object_points
from lifting.masks import BASE, TARGET, Masks
from lifting.oracles import OracleFeatures, OracleSegmenter, OracleStructure
from lifting.relative import relative, viewer
from lifting.scoring import SampleError, sample_error
from lifting.staging import Studio, scenes
from lifting.structure import Structure
from lifting.templates import Candidate, Described, Rig, candidates, describe
from lifting.views import OrbitRenderer, Views
from lifting.world import Instance, Scene
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.relation import pack
from oor.rendering import Camera

RIG = Rig(views=9, size_px=96, points=1200, pixels=2000, supersample=1)


@dataclass(frozen=True, eq=False)
class Item:
    """A scene, and what oracles say of its views."""

    scene: Scene
    cameras: list[Camera]
    views: Views
    masks: Masks
    structure: Structure
    features: Tensor  # of the structure's observations

    def fits(self, candidates: tuple[Candidate, Candidate], config: FitConfig | None = None, rig: Rig = RIG) -> tuple[Fit, Fit]:
        """Target and base, each by a candidate."""
        found = []
        for label, instance, candidate in zip((TARGET, BASE), self.scene.instances, candidates, strict=True):
            points = object_points(self.structure, self.masks, self.features, label)
            known = described(candidate, instance.category, rig)
            found.append(fit_object(points, candidate, known, generator=torch.Generator().manual_seed(0), config=config))
        return found[0], found[1]

    def evidence(self, candidates: tuple[Candidate, Candidate], fits: tuple[Fit, Fit]) -> Evidence:
        """What filters want to know."""
        target, base = (fit.box for fit in fits)
        relation = None if target is None or base is None else relative(target, base, viewer(self.structure))
        counts = len(fits[0].cloud), len(fits[1].cloud)
        return Evidence(self.scene.context, self.masks, self.structure, counts, candidates, fits, relation)

    def error(self, evidence: Evidence) -> SampleError:
        """Of an item whose fits have boxes."""
        assert evidence.relation is not None
        target, base = (categories()[instance.category].symmetry for instance in self.scene.instances)
        return sample_error(pack(evidence.relation), torch.from_numpy(self.scene.vector), target, base)


def item(context: Context, seed: int, *, views: int = 14, size_px: int = 112) -> Item:
    """A scene of a context as oracles see it; its views are noise, at which oracles do not look."""
    (scene,) = scenes(context, seed, studio=Studio(size_px=size_px, supersample=1))
    orbit, oracle = OrbitRenderer(views=views, supersample=1), OracleFeatures()
    cameras = orbit.cameras(scene, seed)
    noise = np.random.default_rng(seed).integers(0, 256, (views, size_px, size_px, 3), np.uint8)
    seen = Views(noise, orbit.orbit_deg)
    oracle.introduce(seen, scene, cameras)
    structure = OracleStructure(scene, cameras)(seen, seed)
    masks = OracleSegmenter(scene, cameras)(seen, context)
    return Item(scene, cameras, seen, masks, structure, oracle.observed(seen, structure))


@lru_cache(64)
def typical(context: Context) -> tuple[Candidate, Candidate]:
    """The templates of the typical shapes of target and base."""
    known = categories()
    return candidates(known[context.target], 1)[0], candidates(known[context.base], 1)[0]


def itself(instance: Instance) -> Candidate:
    """A scene's instance as a candidate: the template that nobody has."""
    return Candidate(f"this {instance.category}", instance.mesh, instance.surface, categories()[instance.category].symmetry)


@lru_cache(64)
def described(candidate: Candidate, category: str, rig: Rig) -> Described:
    """What the oracle says of a candidate."""
    oracle = OracleFeatures()
    oracle.introduce_candidate(candidate, category, rig)
    return describe(candidate, oracle, rig)
