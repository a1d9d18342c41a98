"""The embedded structure from motion: COLMAP's features and mappers, for a circle of views on white.

Three modes. "orbit" believes that the views were made from the circle that was asked for; what is left open is told by matches
(`lifting.orbit`). "incremental" and "global" believe nothing, and need more texture.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from lifting.orbit import NEAR_PX, Matches, errors_px, fit_orbit, intrinsics, orbit_poses
from lifting.reconstruction import pycolmap_or_refusal, structure_of
from lifting.structure import Structure, StructureError, tidied
from lifting.sweep import Sweep, foreground
from lifting.views import Views
from oor.rendering import write_png

Array = NDArray[np.float64]
Mode = Literal["orbit", "incremental", "global"]
FOCAL = 1.6  # first guess, in widths of the picture, where nothing tells it
STILL_PX = 1.0  # views between which matches move less show nothing from another side
LEAST_VIEWS = 3
LEAST_MATCHES = 30
_GROWN_PX = 3  # features on the outline are worth keeping


@dataclass(frozen=True)
class Colmap:
    """Structure from motion by pycolmap (`pip install oor-toolkit[lift]`).

    neighbours: a view is matched with so many on either side of it. upsample: look for features in pictures of twice the size,
    too. peak: the least contrast of a feature. least_placed: share of the views that must be placed. dense: adds points on what
    has few features; None leaves it.
    """

    mode: Mode = "orbit"
    neighbours: int = 3
    upsample: bool = True
    peak: float = 0.002
    least_placed: float = 0.5
    dense: Sweep | None = field(default_factory=Sweep)

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ValueError(f"mode={self.mode!r} is not possible; choose {', '.join(get_args(Mode))}")
        if self.neighbours < 1 or not 0 < self.peak < 1 or not 0 <= self.least_placed <= 1:
            raise ValueError(f"{self} is not possible; give neighbours >= 1, and peak and least_placed between 0 and 1")

    def __call__(self, views: Views, seed: int) -> Structure:
        count = len(views.rgb)
        if count < LEAST_VIEWS:
            raise StructureError(f"{count} views show too little; structure needs at least {LEAST_VIEWS}")
        masks = foreground(views.rgb)
        if not masks.any(axis=(1, 2)).all():
            raise StructureError(f"view {int(np.argmin(masks.any(axis=(1, 2))))} is blank; nothing in it can be placed")
        with tempfile.TemporaryDirectory(prefix="colmap-") as folder:
            bench = _Bench(_pycolmap(seed), Path(folder), views, seed)
            bench.detect(masks, self)
            bench.match(circle_pairs(count, self.neighbours), verify=self.mode != "orbit")
            model = bench.from_orbit() if self.mode == "orbit" else bench.from_nothing(self.mode)
            found = tidied(structure_of(model, bench.names))
        if found.placed.sum() < max(LEAST_VIEWS, self.least_placed * count):
            raise StructureError(f"only {int(found.placed.sum())} of {count} views could be placed; they do not fit together")
        return self.dense(views.rgb, masks, found) if self.dense else found


def circle_pairs(count: int, neighbours: int) -> list[tuple[int, int]]:
    """Each of `count` views on a circle with those up to `neighbours` steps away, all round; (i, j) with i < j, sorted."""
    pairs = {(i, (i + step) % count) for i in range(count) for step in range(1, neighbours + 1)}
    return sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})


def _pycolmap(seed: int) -> Any:
    """The package, silent and seeded."""
    pycolmap = pycolmap_or_refusal()
    pycolmap.set_random_seed(seed)
    return pycolmap


class _Bench:
    """A folder with pictures and a database of features and matches, and what is built from them."""

    def __init__(self, pycolmap: Any, folder: Path, views: Views, seed: int) -> None:
        self.pycolmap, self.folder, self.views, self.seed = pycolmap, folder, views, seed
        self.size_px = (views.rgb.shape[2], views.rgb.shape[1])
        self.names = [f"{i:03d}.png" for i in range(len(views.rgb))]
        self.database = folder / "database.db"

    def detect(self, masks: NDArray[np.bool_], settings: Colmap) -> None:
        """SIFT features where something is."""
        images, covers = self.folder / "images", self.folder / "masks"
        for name, rgb, mask in zip(self.names, self.views.rgb, masks, strict=True):
            write_png(images / name, rgb)
            write_png(covers / f"{name}.png", 255 * binary_dilation(mask, iterations=_GROWN_PX).astype(np.uint8))
        reader, options = self.pycolmap.ImageReaderOptions(), self.pycolmap.FeatureExtractionOptions()
        width, height = self.size_px
        reader.camera_model, reader.mask_path = "SIMPLE_PINHOLE", covers
        reader.camera_params = f"{FOCAL * width},{width / 2},{height / 2}"
        options.num_threads, options.use_gpu = 1, False
        options.sift.first_octave, options.sift.peak_threshold = -1 if settings.upsample else 0, settings.peak
        self.pycolmap.extract_features(self.database, images, camera_mode=self.pycolmap.CameraMode.SINGLE,
                                       reader_options=reader, extraction_options=options)

    def match(self, pairs: Sequence[tuple[int, int]], verify: bool) -> None:
        """Features that are alike in pairs of views; `verify` keeps those that some epipolar geometry explains."""
        listing = self.folder / "pairs.txt"
        listing.write_text("".join(f"{self.names[i]} {self.names[j]}\n" for i, j in pairs), encoding="utf-8")
        pairing, options = self.pycolmap.ImportedPairingOptions(), self.pycolmap.FeatureMatchingOptions()
        verification = self.pycolmap.TwoViewGeometryOptions()
        pairing.match_list_path = listing
        options.num_threads, options.use_gpu, options.skip_geometric_verification = 1, False, not verify
        verification.ransac.random_seed = self.seed
        self.pycolmap.match_image_pairs(self.database, options, pairing, verification)
        self._refuse_stills(pairs)

    def _refuse_stills(self, pairs: Sequence[tuple[int, int]]) -> None:
        matches, _ = self._matches()
        if len(matches.views) < LEAST_MATCHES:
            raise StructureError(f"{len(pairs)} pairs of views have {len(matches.views)} matches; they show too little texture")
        moved = np.linalg.norm(matches.xy[:, 1] - matches.xy[:, 0], axis=1)
        if np.median(moved) < STILL_PX:
            raise StructureError("nothing moves between the views; structure needs views from different sides")

    def _matches(self) -> tuple[Matches, NDArray[np.uint32]]:
        """All matches, pair by pair, and which features (m, 2) they are between."""
        with self.pycolmap.Database.open(self.database) as database:
            ids = self._ids(database)
            xy = {i: np.asarray(database.read_keypoints(i), float)[:, :2] for i in ids}
            places, features, numbers = [np.zeros((0, 2, 2))], [np.zeros((0, 2), np.uint32)], [np.zeros((0, 2), np.int32)]
            for a, i in enumerate(ids):
                for b, j in enumerate(ids[a + 1 :], a + 1):
                    if database.exists_matches(i, j):
                        found = np.asarray(database.read_matches(i, j), np.uint32)
                        features.append(found)
                        numbers.append(np.tile(np.array([[a, b]], np.int32), (len(found), 1)))
                        places.append(np.stack([xy[i][found[:, 0]], xy[j][found[:, 1]]], axis=1))
        return Matches(np.concatenate(numbers), np.concatenate(places)), np.concatenate(features)

    def _ids(self, database: Any) -> list[int]:
        """The database's number of each view."""
        return [int(database.read_image_with_name(name).image_id) for name in self.names]

    def from_nothing(self, mode: Mode) -> Any:
        """COLMAP's own incremental or global mapper; the largest of its models."""
        module, out = self.pycolmap, self.folder / "models"
        out.mkdir()
        options = module.IncrementalPipelineOptions() if mode == "incremental" else module.GlobalPipelineOptions()
        options.num_threads, options.random_seed, options.min_model_size, options.multiple_models = 1, self.seed, 3, False
        if mode == "incremental":
            options.extract_colors = False
            options.mapper.init_min_tri_angle, options.mapper.init_min_num_inliers = 8.0, 30  # neighbours are 17 degrees apart
            options.mapper.abs_pose_min_num_inliers = 15
        mapper = module.incremental_mapping if mode == "incremental" else module.global_mapping
        models = mapper(self.database, self.folder / "images", out, options=options)
        if not models:
            raise StructureError("no two views could be placed; they have too few matches that fit together")
        return max(models.values(), key=lambda model: (model.num_reg_images(), model.num_points3D()))

    def from_orbit(self) -> Any:
        """Cameras on the circle, and points between them.

        The cameras stay where they were asked for. Bundle adjustment makes them worse: a little for consistent views, a lot for
        others, whose matches are too few to hold them.
        """
        matches, features = self._matches()
        elevation, focal = fit_orbit(matches, self.views.orbit_deg, self.size_px)
        Ts, K = orbit_poses(self.views.orbit_deg, elevation), intrinsics(focal, self.size_px)
        near = np.abs(errors_px(matches, Ts, K))
        right = near < max(2 * NEAR_PX, 3 * float(np.median(near)))
        if right.sum() < LEAST_MATCHES:
            raise StructureError(f"{int(right.sum())} of {len(right)} matches fit the circle of views; it takes {LEAST_MATCHES}")
        self._verify(matches[right], features[right])
        return self._triangulated(Ts, focal)

    def _verify(self, matches: Matches, features: NDArray[np.uint32]) -> None:
        """Let only these matches count."""
        with self.pycolmap.Database.open(self.database) as database:
            ids = self._ids(database)
            for a, b in np.unique(matches.views, axis=0):
                geometry = self.pycolmap.TwoViewGeometry()
                geometry.config = self.pycolmap.TwoViewGeometryConfiguration.CALIBRATED
                geometry.inlier_matches = features[(matches.views == (a, b)).all(axis=1)]
                database.write_two_view_geometry(ids[a], ids[b], geometry)

    def _triangulated(self, Ts_camera_world: Array, focal: float) -> Any:
        """A model of cameras (n, 4, 4), and points where three views or more agree."""
        module, out = self.pycolmap, self.folder / "points"
        out.mkdir()
        model = module.Reconstruction()
        with module.Database.open(self.database) as database:
            camera = database.read_all_cameras()[0]
            camera.focal_length = focal
            model.add_camera_with_trivial_rig(camera)
            for i, T in zip(self._ids(database), Ts_camera_world, strict=True):
                image = database.read_image(i)
                image.camera_id = camera.camera_id
                new = module.Image(name=image.name, keypoints=np.zeros((0, 2)), camera_id=camera.camera_id, image_id=i)
                model.add_image_with_trivial_frame(new, module.Rigid3d(T[:3]))
        options = module.IncrementalPipelineOptions()
        options.num_threads, options.random_seed = 1, self.seed
        return module.triangulate_points(model, self.database, self.folder / "images", out, options=options)
