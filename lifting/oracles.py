"""Oracles: stages that look at the truth, to measure the other stages alone. Nothing they make is ever a result.

Each stands in for one stage, and knows the scene and the cameras of its views (`OrbitRenderer.cameras`). What views do wrong on
purpose (inconsistency) an oracle knows of the camera only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from torch import Tensor

from lifting.features import at_pixels
from lifting.masks import Masks
from lifting.structure import Structure
from lifting.templates import Candidate, Rig
from lifting.views import Views
from lifting.world import Scene
from oor.catalog.category import Symmetry, categories
from oor.catalog.contexts import Context
from oor.rendering import Camera, GBuffer, render_views

Array = NDArray[np.float64]
WAVES = 96  # numbers that say where on an object a pixel is
KINDS = 32  # and those that say what the object is
COARSE_PX = 400  # pictures of which only one pixel in nine is asked about; features are smooth
LENGTH = 0.3  # of the longest edge: how far the former stay alike
LEAST_VIEWS = 3  # that see a point


def true_views(scene: Scene, cameras: Sequence[Camera]) -> Iterator[GBuffer]:
    """What each camera sees, without paint and shadows."""
    bare = [replace(instance.surface, colour=None) for instance in scene.instances]
    return render_views([instance.placed for instance in scene.instances], cameras, shadows=False, surfaces=bare)


@dataclass(frozen=True, eq=False)
class OracleSegmenter:
    """Masks from true renders."""

    scene: Scene
    cameras: Sequence[Camera]

    def __call__(self, views: Views, context: Context) -> Masks:
        """(n, H, W): a render's ids, target 0 and base 1, are one less than the labels."""
        return np.stack([view.ids + 1 for view in true_views(self.scene, self.cameras)]).astype(np.uint8)


@dataclass
class OracleFeatures:
    """Features that vary smoothly over an object, alike where two instances of a category have the same place in their boxes.

    A category's symmetry is theirs, too. Pictures are known by their bytes: all must be introduced before they are asked about.
    """

    _maps: dict[str, Tensor] = field(default_factory=dict, init=False, repr=False)

    def introduce(self, views: Views, scene: Scene, cameras: Sequence[Camera]) -> None:
        """The views of a scene."""
        for rgb, view in zip(views.rgb, true_views(scene, cameras), strict=True):
            sized = [(instance.category, instance.scale / instance.scale.max()) for instance in scene.instances]
            self._maps[_digest(rgb)] = _map(view, sized)

    def introduce_candidate(self, candidate: Candidate, category: str, rig: Rig) -> None:
        """The renders of a template."""
        for view in rig.renders(candidate):
            self._maps[_digest(view.rgb)] = _map(view, [(category, candidate.extents)])

    def __call__(self, rgb: NDArray[np.uint8]) -> Tensor:
        """(n, f, h, w); zero where nothing is. ValueError for a picture that is not known."""
        unknown = [i for i, picture in enumerate(rgb) if _digest(picture) not in self._maps]
        if unknown:
            raise ValueError(f"pictures {unknown} of {len(rgb)} have not been introduced to the oracle")
        return torch.stack([self._maps[_digest(picture)] for picture in rgb])

    def observed(self, views: Views, structure: Structure) -> Tensor:
        """(m, f) the features of a structure's observations. An oracle knows whole views only, no windows of them."""
        view, xy = torch.from_numpy(structure.view).long(), torch.from_numpy(structure.xy)
        size_px = (views.rgb.shape[2], views.rgb.shape[1])
        rows, parts = [], []
        for i in range(len(views.rgb)):
            rows.append(torch.nonzero(view == i)[:, 0])
            first = torch.zeros(len(rows[-1]), dtype=torch.long)
            parts.append(at_pixels(self(views.rgb[i : i + 1]), first, xy[rows[-1]], size_px))
        features = torch.cat(parts)
        return torch.zeros_like(features).index_copy_(0, torch.cat(rows), features)


def _digest(rgb: NDArray[np.uint8]) -> str:
    return hashlib.sha256(np.ascontiguousarray(rgb).tobytes()).hexdigest()


def _map(view: GBuffer, sized: Sequence[tuple[str, Array]]) -> Tensor:
    """(f, h, w) of a render whose mesh i is of a category and has box edges (3,)."""
    step = 1 if view.ids.shape[0] < COARSE_PX else 3  # odd, so that cells have a pixel in their middle
    own, ids = (part[step // 2 :: step, step // 2 :: step] for part in (view.own, view.ids))
    out = np.zeros((*ids.shape, WAVES + KINDS), np.float32)
    for i, (category, extents) in enumerate(sized):
        out[ids == i] = place_features(category, own[ids == i] / extents)
    return torch.from_numpy(out).permute(2, 0, 1)


def place_features(category: str, place: Array) -> NDArray[np.float32]:
    """(n, f) features of places (n, 3) in a category's box, which is the unit cube: random Fourier features of a Gaussian kernel,
    the mean of those of all places that the symmetry makes one; then what stands for the category."""
    known = categories()[category]
    orbit = _orbit(np.asarray(place, float) * known.template.extents, known.symmetry)
    rng = np.random.default_rng(0)
    waves, phases = rng.normal(size=(3, WAVES)) / LENGTH, rng.uniform(0, 2 * np.pi, WAVES)
    where = np.mean([np.cos(points @ waves + phases) for points in orbit], axis=0) * np.sqrt(2 / WAVES)
    kind = np.random.default_rng([*category.encode()]).normal(size=KINDS)
    return np.concatenate([where, np.tile(kind / np.linalg.norm(kind), (len(where), 1))], axis=1).astype(np.float32)


def _orbit(points: Array, symmetry: Symmetry) -> list[Array]:
    """The points (n, 3), and where the symmetry's turns take them; of a revolution one point at each radius and height."""
    axis = "xyz".index(symmetry.axis)
    if symmetry.fold == 0:
        flat = np.zeros_like(points)
        flat[:, axis] = points[:, axis]
        flat[:, (axis + 1) % 3] = np.hypot(points[:, (axis + 1) % 3], points[:, (axis + 2) % 3])
        return [flat]
    turns = Rotation.from_rotvec(2 * np.pi / symmetry.fold * np.arange(symmetry.fold)[:, None] * np.eye(3)[axis])
    return [turn.apply(points) for turn in turns]


@dataclass(frozen=True, eq=False)
class OracleStructure:
    """Structure from true depth: random pixels of every view, found again where they are not hidden.

    points: per view. noise: of the points, in parts of the camera's distance. jitter_px: of the observations. strays: share of
    the points that are somewhere else. The world is turned, moved and scaled by the seed.
    """

    scene: Scene
    cameras: Sequence[Camera]
    points: int = 150
    noise: float = 0.001
    jitter_px: float = 0.5
    strays: float = 0.03

    def __call__(self, views: Views, seed: int) -> Structure:
        """See `lifting.structure`."""
        rng = np.random.default_rng([seed, 15])
        rendered = list(true_views(self.scene, self.cameras))
        world = np.concatenate([self._drawn(view, camera, rng) for view, camera in zip(rendered, self.cameras, strict=True)])
        point, view, xy = self._observed(world, rendered, rng)
        often = np.bincount(point, minlength=len(world)) >= LEAST_VIEWS
        kept = often[point]
        point, view, xy = (np.cumsum(often) - 1)[point[kept]], view[kept], xy[kept]
        world = world[often]
        size = float(np.linalg.norm(self.cameras[0].eye - self.scene.centre))
        world = world + self.noise * size * rng.normal(size=world.shape)
        stray = rng.random(len(world)) < self.strays
        world[stray] += 0.15 * size * rng.normal(size=(int(stray.sum()), 3))
        R, t, scale = Rotation.random(random_state=rng).as_matrix(), rng.normal(size=3), float(np.exp(rng.normal()))
        Ts = np.tile(np.eye(4), (len(self.cameras), 1, 1))
        for T, camera in zip(Ts, self.cameras, strict=True):
            T[:3, :3] = camera.T_camera_world[:3, :3] @ R.T
            T[:3, 3] = scale * camera.T_camera_world[:3, 3] - T[:3, :3] @ t
        return Structure(scale * world @ R.T + t, np.stack([camera.K for camera in self.cameras]), Ts,
                         point.astype(np.int32), view.astype(np.int32), xy)

    def _drawn(self, view: GBuffer, camera: Camera, rng: np.random.Generator) -> Array:
        """(k, 3) points of the world behind random pixels, half of each object as far as it shows enough."""
        found = [np.zeros((0, 3))]
        for i in range(2):
            rows, columns = np.nonzero(view.ids == i)
            some = rng.permutation(len(rows))[: self.points // 2]
            pixels = np.stack([columns[some], rows[some]], axis=1) + 0.5
            found.append(camera.unproject(pixels, view.depth[rows[some], columns[some]].astype(float)))
        return np.concatenate(found)

    def _observed(self, world: Array, rendered: Sequence[GBuffer], rng: np.random.Generator
                  ) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
        """Which points are seen by which views, and where; by point."""
        points, views, places = [], [], []
        for i, (view, camera) in enumerate(zip(rendered, self.cameras, strict=True)):
            xy, depth = camera.project(world)
            column, row = np.floor(xy).astype(int).T
            inside = (column >= 0) & (row >= 0) & (column < camera.width) & (row < camera.height) & (depth > 0)
            inside[inside] = np.abs(view.depth[row[inside], column[inside]] - depth[inside]) < 0.005 * depth[inside]
            points.append(np.flatnonzero(inside))
            views.append(np.full(int(inside.sum()), i))
            places.append(xy[inside] + self.jitter_px * rng.normal(size=(int(inside.sum()), 2)))
        point, view_of, xy = np.concatenate(points), np.concatenate(views), np.concatenate(places)
        order = np.argsort(point, kind="stable")
        return point[order], view_of[order], xy[order]
