"""Candidate templates of a category, what they look like from all sides, and the choice among them (paper, section A).

A candidate is pictured as the paper's templates are, before white, from views around it. What the pixels show is brought together
on points of its surface; what a view shows as a whole decides which candidate is most like the object in an image.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
import trimesh
from numpy.typing import NDArray
from torch import Tensor

from lifting.features import FeatureExtractor, at_pixels
from lifting.registration import FeaturePoints
from lifting.staging import covered
from oor.catalog.category import Category, Symmetry
from oor.files import write_npz
from oor.meshes import canonicalise, load_mesh, mesh_hash, upright
from oor.rendering import GBuffer, Surface, orbit_camera, render_views

Array = NDArray[np.float64]
FLAT = 1e-4  # of the longest edge: thinner than this, a mesh is no body
COUNT = 4  # candidates of a category: the typical shape and drawn ones


@dataclass(frozen=True, eq=False)
class Candidate:
    """A mesh that may stand for an object: in canonical space (box centred, longest edge 1), with what is painted on it."""

    name: str
    mesh: trimesh.Trimesh
    surface: Surface
    symmetry: Symmetry

    @property
    def extents(self) -> Array:
        """(3,) box edges; the longest is 1."""
        return np.asarray(self.mesh.extents, float)


def candidates(category: Category, count: int = COUNT) -> list[Candidate]:
    """A category's typical template and `count - 1` of random shape, always the same; fewer where shapes are equal.

    ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count={count} leaves nothing to choose from; ask for 1 candidate or more")
    made: dict[str, Candidate] = {}
    for i in range(count):
        rng = np.random.default_rng([i, *category.name.encode()])
        cover = covered(category.instance(rng) if i else category, rng)
        name = f"{category.name} {i}" if i else category.name
        surface = Surface(np.asarray(cover.mesh.vertices, float), cover.regions, cover.texture)
        made.setdefault(mesh_hash(cover.mesh), Candidate(name, cover.mesh, surface, category.symmetry))
    return list(made.values())


def candidate_from_file(path: Path, symmetry: Symmetry, *, up: str = "y", front_deg: float = 0.0) -> Candidate:
    """A mesh file as a candidate, in its own colours. up, front_deg: as `oor.meshes.upright` has them.

    ValueError as `oor.meshes.load_mesh`, and for a mesh without volume, which has no proportions.
    """
    mesh = canonicalise(upright(load_mesh(path), up=up, front_deg=front_deg))[0]
    if mesh.extents.min() < FLAT:
        raise ValueError(f"{path}: is flat; give a mesh with volume")
    surface = Surface(np.asarray(mesh.vertices, float), np.zeros(len(mesh.faces), np.int32))
    return Candidate(path.stem, mesh, surface, symmetry)


@dataclass(frozen=True)
class Rig:
    """How candidates are pictured: view i of `views` round the object has elevation i, cyclically.

    size_px: width and height. points: about how many of the surface are kept. pixels: how many features of single pixels.
    """

    views: int = 12
    elevations_deg: tuple[float, ...] = (15.0, 45.0, -25.0)
    size_px: int = 288
    points: int = 2000
    pixels: int = 4096
    supersample: int = 2

    def __post_init__(self) -> None:
        if min(self.views, len(self.elevations_deg), self.points, self.pixels, self.supersample) < 1 or self.size_px < 8:
            raise ValueError(f"{self} is not possible; give at least 1 of everything, and size_px >= 8")

    def renders(self, candidate: Candidate) -> Iterator[GBuffer]:
        """The candidate from all sides; `own` and `normals` are in its canonical space."""
        turns = ((360.0 * i / self.views, self.elevations_deg[i % len(self.elevations_deg)]) for i in range(self.views))
        cameras = [orbit_camera(candidate.mesh.bounds, *turn, width=self.size_px, height=self.size_px) for turn in turns]
        return render_views([candidate.mesh], cameras, supersample=self.supersample, surfaces=[candidate.surface])


@dataclass(frozen=True, eq=False)
class Described:
    """What a candidate looks like.

    surface: points of it with outward normals and the mean feature (n, f) of the pixels that show each. pixels: (k, f) features
    of some pixels. views: (m, f) the mean feature of each view.
    """

    surface: FeaturePoints
    pixels: Tensor
    views: Tensor


def describe(candidate: Candidate, extractor: FeatureExtractor, rig: Rig | None = None) -> Described:
    """Features of a candidate's surface. ValueError when no view shows any of it."""
    rig = rig or Rig()
    seen = [view for view in rig.renders(candidate) if (view.ids >= 0).any()]
    if not seen:
        raise ValueError(f"no view shows anything of {candidate.name!r}; check its mesh")
    place, normals = (torch.from_numpy(np.concatenate([part[view.ids >= 0] for view, part in zip(seen, parts, strict=True)]))
                      .double() for parts in ([view.own for view in seen], [view.normals for view in seen]))
    cell = torch.from_numpy(_cells(place.numpy(), normals.numpy(), rig.points))
    some = torch.from_numpy(np.random.default_rng(0).random(len(place)) < rig.pixels / len(place))
    total, pixels, views = torch.zeros(0), [], []
    for features, mine in _by_view(seen, extractor):
        total = total if len(total) else features.new_zeros(int(cell.max()) + 1, features.shape[1])
        total.index_add_(0, cell[mine], features)
        pixels.append(features[some[mine]])
        views.append(features.mean(dim=0))
    count = torch.bincount(cell)[:, None]
    points, outward = (torch.zeros(len(count), 3, dtype=torch.float64).index_add_(0, cell, v) / count for v in (place, normals))
    surface = FeaturePoints(points, total / count, torch.nn.functional.normalize(outward, dim=1))
    return Described(surface, torch.cat(pixels), torch.stack(views))


def _by_view(seen: Sequence[GBuffer], extractor: FeatureExtractor) -> Iterator[tuple[Tensor, slice]]:
    """Features (m, f) of the pixels that show something in each view, and which of all such pixels they are."""
    start = 0
    for view in seen:
        row, column = np.nonzero(view.ids >= 0)
        xy = torch.from_numpy(np.stack([column, row], axis=1) + 0.5)
        height, width = view.ids.shape
        yield (at_pixels(extractor(view.rgb[None]), torch.zeros(len(xy), dtype=torch.long), xy, (width, height)),
               slice(start, start + len(xy)))
        start += len(xy)


def _cells(place: Array, normals: Array, count: int) -> NDArray[np.int64]:
    """(n,) to which of about `count` small cubes of space each point (n, 3) belongs; the two sides of a wall are kept apart."""
    strongest = np.abs(normals).argmax(axis=1)
    side = 2 * strongest + (np.take_along_axis(normals, strongest[:, None], axis=1)[:, 0] > 0)
    low, high = 0.002, 1.0  # edges of cubes that are too many, and too few
    while high / low > 1.02:
        edge = float(np.sqrt(low * high))
        cells = _numbered(place, side, edge)
        low, high = (edge, high) if cells.max() + 1 > count else (low, edge)
    return _numbered(place, side, high)


def _numbered(place: Array, side: NDArray[np.int64], edge: float) -> NDArray[np.int64]:
    x, y, z = np.floor((place + 1) / edge).astype(np.int64).T
    across = int(2 / edge) + 2
    return np.unique(((x * across + y) * across + z) * 6 + side, return_inverse=True)[1].reshape(-1)


def object_views(extractor: FeatureExtractor, rgb: NDArray[np.uint8], mask: NDArray[np.bool_], at_once: int = 4) -> Tensor:
    """(k, f) the mean feature of an object in each picture of (n, H, W, 3) that shows it; mask: (n, H, W) where it is."""
    found = []
    for start in range(0, len(rgb), at_once):
        maps = extractor(rgb[start : start + at_once])
        whole = torch.from_numpy(mask[start : start + at_once])[:, None].to(maps)
        share = torch.nn.functional.adaptive_avg_pool2d(whole, (maps.shape[2], maps.shape[3]))
        area = share.sum(dim=(1, 2, 3))
        total = (share * maps).sum(dim=(2, 3))
        found.append((total / area.clamp_min(1e-9)[:, None])[area > 0])
    return torch.cat(found)


def scores(views: Tensor, pool: Sequence[Described]) -> Tensor:
    """(c,) how much each candidate looks like an object: the mean cosine over its N views (n, f) and the M of the candidate.

    ValueError when no view shows the object.
    """
    if len(views) == 0:
        raise ValueError("no view shows the object, so no candidate is most like it; check the masks")
    own = torch.nn.functional.normalize(views.float(), dim=1).mean(dim=0)
    return torch.stack([torch.nn.functional.normalize(known.views.float(), dim=1).mean(dim=0) @ own for known in pool])


@dataclass
class Shelf:
    """Descriptions that are made once. identity: of the extractor, so that another one's are not taken for its own.

    folder: where they are kept for later runs, None for nowhere.
    """

    extractor: FeatureExtractor
    identity: str
    rig: Rig = field(default_factory=Rig)
    folder: Path | None = None
    _known: dict[str, Described] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, candidate: Candidate) -> Described:
        """The description of a candidate."""
        key = self.key(candidate)
        if key not in self._known:
            file = None if self.folder is None else self.folder / f"{key}.npz"
            if file is not None and file.is_file():
                self._known[key] = read_described(file)
            else:
                self._known[key] = describe(candidate, self.extractor, self.rig)
                if file is not None:
                    write_described(file, self._known[key])
        return self._known[key]

    def key(self, candidate: Candidate) -> str:
        """32 hex digits of all that a description depends on: extractor, rig, geometry and paint."""
        told = json.dumps([self.identity, asdict(self.rig), mesh_hash(candidate.mesh), candidate.name])
        paint = next(Rig(1, size_px=64, supersample=1).renders(candidate)).rgb.tobytes()
        return hashlib.sha256(told.encode() + paint).hexdigest()[:32]


def write_described(file: Path, described: Described) -> None:
    """An npz file without pickles."""
    surface = described.surface
    assert surface.normals is not None
    arrays = {"points": surface.points, "features": surface.features, "normals": surface.normals,
              "pixels": described.pixels, "views": described.views}
    write_npz(file, {name: values.numpy() for name, values in arrays.items()})


def read_described(file: Path) -> Described:
    """What `write_described` wrote."""
    with np.load(file, allow_pickle=False) as stored:
        told = {name: torch.from_numpy(stored[name]) for name in ("points", "features", "normals", "pixels", "views")}
    return Described(FeaturePoints(told["points"], told["features"], told["normals"]), told["pixels"], told["views"])
