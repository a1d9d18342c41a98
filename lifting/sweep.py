"""Points where features are few: pixels of a view are looked for along their rays in the views beside it (plane sweep stereo).

A pixel's patch is compared with those of the neighbours at every depth that no silhouette rules out. A point is kept when the
best depth stands out, and when another view, asked in the same way, finds the same point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

from lifting.structure import Structure

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
WHITE = 250  # and above in all channels is background
_REACH = np.array([-6, -4, -2, 0, 2, 4, 6])  # rows and columns of a patch, from its middle, in pixels
_SIZE = 20  # numbers that a patch is compared by
_FLAT = 4.0  # grey levels: contrast below this does not count as texture
_CELLS = 64  # of the visual hull, along each axis
_PEAK = 4  # depths about the best one that belong to it


@dataclass(frozen=True)
class Sweep:
    """How densely pixels are tried, and what is believed.

    stride_px: between pixels. neighbours: views on either side that are compared. alike: the least correlation at the best depth.
    stands_out: by how much it must beat other depths. agree: other views that must find the same point. cell_px: of points nearer
    to each other than so many pixels only the best is kept.
    """

    stride_px: int = 4
    neighbours: int = 2
    alike: float = 0.7
    stands_out: float = 0.03
    agree: int = 1
    cell_px: float = 3.0

    def __call__(self, rgb: NDArray[np.uint8], masks: Mask, structure: Structure) -> Structure:
        """The structure (tidied) with more points. rgb: (n, H, W, 3). masks: (n, H, W) where something is."""
        rig = _Rig.of(rgb, masks, structure)
        depths = [rig.depths(view, self) for view in range(len(rig.views))]
        points, scores, seen = rig.agreed(depths, self)
        order = np.argsort(-scores, kind="stable")
        cells = np.floor(points[order] * rig.focal / self.cell_px).astype(np.int64)
        _, first = np.unique(cells, axis=0, return_index=True)
        return rig.added(structure, points, seen, np.sort(order[first]))


def foreground(rgb: NDArray[np.uint8]) -> Mask:
    """(n, H, W) where pictures (n, H, W, 3) on white show something."""
    return np.asarray((rgb < WHITE).any(axis=-1))


@dataclass(frozen=True, eq=False)
class _Depths:
    """What one view finds."""

    xy: Array  # (k, 2) pixels
    inverse: Array  # (k,) inverse depths
    scores: Array  # (k,) how alike
    grid: Array  # (rows, columns) inverse depths of the tried pixels, NaN where nothing stood out


@dataclass(frozen=True, eq=False)
class _Rig:
    """The placed views in their order round the circle."""

    views: NDArray[np.int64]  # (v,) their numbers
    T: Array  # (v, 4, 4)
    K: Array
    masks: Mask  # (v, H, W)
    rows: list[NDArray[np.int32]]  # (H, W) each pixel's row in `patches`; 0 where nothing is
    patches: list[Floats]  # (1 + pixels, _SIZE)
    hull: Mask  # (_CELLS, _CELLS, _CELLS)
    radius: float
    inverse: Array  # (d,) inverse depths, one pixel apart in the next view

    @property
    def focal(self) -> float:
        """In pixels."""
        return float(self.K[0, 0])

    @staticmethod
    def of(rgb: NDArray[np.uint8], masks: Mask, structure: Structure) -> _Rig:
        views = np.flatnonzero(structure.placed)
        T, K, masks = structure.Ts_camera_world[views], structure.Ks[views[0]], masks[views]
        rows, patches = _described(rgb[views], masks)
        radius = min(0.8, float(np.hypot(K[0, 2], K[1, 2]) / K[0, 0]))
        hull, radius = _hull(T, K, masks, radius)
        eyes = -np.einsum("nji,nj->ni", T[:, :3, :3], T[:, :3, 3])
        gap = float(np.median(np.linalg.norm(eyes - np.roll(eyes, 1, axis=0), axis=1)))
        low, high = 1 / (1 + radius), 1 / (1 - radius)
        inverse = np.linspace(low, high, max(8, int(np.ceil(K[0, 0] * gap * (high - low)))))
        return _Rig(views, T, K, masks, rows, patches, hull, radius, inverse)

    def beside(self, view: int, steps: int) -> list[list[int]]:
        """Up to `steps` views on either side, nearest first."""
        count = len(self.views)
        return [[(view + sign * step) % count for step in range(1, steps + 1) if 2 * step < count] for sign in (-1, 1)]

    def world(self, view: int, xy: Array, inverse: Array) -> Array:
        """(k, 3) points at pixels (k, 2) of a view at inverse depths (k,)."""
        rays = np.concatenate([(xy - self.K[:2, 2]) / self.focal, np.ones((len(xy), 1))], axis=1)
        return np.asarray((rays / inverse[:, None] - self.T[view, :3, 3]) @ self.T[view, :3, :3])

    def pixels(self, view: int, points: Array) -> tuple[Array, Array]:
        """Pixels (k, 2) and depths (k,) of points (k, 3) in a view."""
        p_camera = points @ self.T[view, :3, :3].T + self.T[view, :3, 3]
        return p_camera[:, :2] / p_camera[:, 2:] * self.focal + self.K[:2, 2], p_camera[:, 2]

    def rows_at(self, view: int, xy: Array) -> NDArray[np.int32]:
        """(k,) rows of the patches at pixels (k, 2); 0 outside."""
        height, width = self.rows[view].shape
        x, y = xy.astype(np.int64).T
        inside = (xy[:, 0] >= 0) & (x < width) & (xy[:, 1] >= 0) & (y < height)
        return np.asarray(np.where(inside, self.rows[view][y.clip(0, height - 1), x.clip(0, width - 1)], 0))

    def depths(self, view: int, sweep: Sweep) -> _Depths:
        """Where the rays of a view's pixels meet what its neighbours see."""
        step = sweep.stride_px
        some = binary_erosion(self.masks[view], iterations=1)[step // 2 :: step, step // 2 :: step]
        cells = np.argwhere(some)
        xy: Array = (cells[:, ::-1] * step + step // 2 + 0.5).astype(np.float64)
        pixel, depth = np.divmod(np.arange(len(xy) * len(self.inverse)), len(self.inverse))
        points = self.world(view, xy[pixel], self.inverse[depth])
        possible = self._in_hull(points)
        pixel, depth, points = pixel[possible], depth[possible], points[possible]
        own = self.patches[view][self.rows_at(view, xy)]
        best = np.full(len(pixel), -1.0, np.float32)
        for side in self.beside(view, sweep.neighbours):
            total = np.zeros(len(pixel), np.float32)
            for other in side:
                there = self.patches[other][self.rows_at(other, self.pixels(other, points)[0])]
                total += np.einsum("kc,kc->k", there, own[pixel])
            best = np.maximum(best, total / max(1, len(side)))
        scores = np.full((len(xy), len(self.inverse)), -1.0)
        scores[pixel, depth] = best
        return self._peaks(scores, cells, xy, some.shape, sweep)

    def _peaks(self, scores: Array, cells: NDArray[np.int64], xy: Array, shape: tuple[int, ...], sweep: Sweep) -> _Depths:
        """The depths that stand out, between the tried ones, of pixels' scores (k, d)."""
        top, at = scores.max(axis=1), scores.argmax(axis=1).clip(1, len(self.inverse) - 2)
        far = np.abs(np.arange(len(self.inverse)) - at[:, None]) > _PEAK
        good = np.flatnonzero((top > sweep.alike) & (top - np.where(far, scores, -1.0).max(axis=1) > sweep.stands_out))
        before, here, after = (scores[good, at[good] + shift] for shift in (-1, 0, 1))
        bend = np.minimum(before - 2 * here + after, -1e-6)
        shift = np.where((before > -1) & (after > -1), np.clip((before - after) / (2 * bend), -0.5, 0.5), 0.0)
        inverse = self.inverse[at[good]] + shift * (self.inverse[1] - self.inverse[0])
        grid = np.full(shape, np.nan)
        grid[tuple(cells[good].T)] = inverse
        return _Depths(xy[good], inverse, top[good], grid)

    def _in_hull(self, points: Array) -> Mask:
        place = np.floor((points / self.radius + 1) * (_CELLS / 2)).astype(np.int64)
        inside = ((place >= 0) & (place < _CELLS)).all(axis=1)
        return np.asarray(inside & self.hull[tuple(place.clip(0, _CELLS - 1).T)])

    def agreed(self, depths: list[_Depths], sweep: Sweep) -> tuple[Array, Array, Mask]:
        """Points (k, 3) that other views find too, how alike they look (k,), and which views find them (k, v)."""
        points, scores, seen = [], [], []
        for view, own in enumerate(depths):
            here = self.world(view, own.xy, own.inverse)
            who = np.zeros((len(here), len(depths)), bool)
            who[:, view] = True
            for other in [near for side in self.beside(view, sweep.neighbours + 1) for near in side]:
                who[:, other] = self._finds(depths[other].grid, *self.pixels(other, here), sweep.stride_px)
            enough = who.sum(axis=1) > sweep.agree
            points.append(here[enough])
            scores.append(own.scores[enough])
            seen.append(who[enough])
        return np.concatenate(points), np.concatenate(scores), np.concatenate(seen)

    def _finds(self, grid: Array, xy: Array, depth: Array, step: int) -> Mask:
        """(k,) whether a view's grid of inverse depths has one near a pixel that says the same."""
        column, row = np.floor(xy / step).astype(np.int64).T
        found = np.zeros(len(xy), bool)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                y, x = row + down, column + right
                inside = (y >= 0) & (x >= 0) & (y < grid.shape[0]) & (x < grid.shape[1])
                value = np.where(inside, grid[y.clip(0, grid.shape[0] - 1), x.clip(0, grid.shape[1] - 1)], np.nan)
                found |= np.abs(value - 1 / depth) < 1.5 * (self.inverse[1] - self.inverse[0])
        return found

    def added(self, structure: Structure, points: Array, seen: Mask, chosen: NDArray[np.int64]) -> Structure:
        """The structure with the chosen points, each observed where it falls in the views that found it."""
        which, view = np.nonzero(seen[chosen])
        xy = np.zeros((len(which), 2))
        for i in range(len(self.views)):
            xy[view == i] = self.pixels(i, points[chosen][which[view == i]])[0]
        start = len(structure.points)
        return Structure(
            np.concatenate([structure.points, points[chosen]]), structure.Ks, structure.Ts_camera_world,
            np.concatenate([structure.point, (start + which).astype(np.int32)]),
            np.concatenate([structure.view, self.views[view].astype(np.int32)]), np.concatenate([structure.xy, xy]),
        )  # fmt: skip


def _described(rgb: NDArray[np.uint8], masks: Mask) -> tuple[list[NDArray[np.int32]], list[Floats]]:
    """Numbers whose scalar product is the correlation of two patches, for each pixel where something is."""
    offsets = np.stack(np.meshgrid(_REACH, _REACH, indexing="ij"), axis=-1).reshape(-1, 2)
    weights = np.exp(-0.5 * (offsets**2).sum(axis=1) / 4.0**2)
    weights = np.sqrt(weights / weights.sum()).astype(np.float32)
    edge = int(_REACH.max())
    axes: Floats | None = None
    rows, patches = [], []
    for picture, mask in zip(rgb, masks, strict=True):
        soft = gaussian_filter(picture.astype(np.float32), (0.7, 0.7, 0))
        padded = np.pad(soft, ((edge, edge), (edge, edge), (0, 0)), mode="edge")
        y, x = np.nonzero(mask)
        cut = np.stack([padded[y + edge + dy, x + edge + dx] for dy, dx in offsets], axis=1)  # (k, patch, 3)
        cut -= (cut * (weights**2)[:, None]).sum(axis=1, keepdims=True)
        flat = (cut * weights[:, None]).reshape(len(y), -1)
        if axes is None:
            _, axes = np.linalg.eigh((flat.T @ flat).astype(np.float64))
            axes = axes[:, -_SIZE:].astype(np.float32)
        numbers = flat @ axes
        numbers /= np.sqrt((numbers**2).sum(axis=1, keepdims=True) + _FLAT**2)
        row = np.zeros(mask.shape, np.int32)
        row[y, x] = np.arange(1, len(y) + 1)
        rows.append(row)
        patches.append(np.concatenate([np.zeros((1, _SIZE), np.float32), numbers]))
    return rows, patches


def _hull(T: Array, K: Array, masks: Mask, radius: float) -> tuple[Mask, float]:
    """Cells (_CELLS^3) of a cube about the origin that hardly any silhouette rules out, and half the cube's edge."""
    middles = (np.arange(_CELLS) + 0.5) * (2 / _CELLS) - 1
    cells = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1).reshape(-1, 3) * radius
    height, width = masks.shape[1:]
    reach = int(np.ceil(radius / _CELLS * K[0, 0]))  # half a cell in pixels
    outside = np.zeros(len(cells), np.int64)
    for pose, mask in zip(T, masks, strict=True):
        grown = binary_dilation(mask, iterations=reach)
        p_camera = cells @ pose[:3, :3].T + pose[:3, 3]
        x, y = (p_camera[:, :2] / p_camera[:, 2:] * K[0, 0] + K[:2, 2]).astype(np.int64).T
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        outside += ~(inside & grown[y.clip(0, height - 1), x.clip(0, width - 1)])
    return (outside <= len(T) // 10).reshape(_CELLS, _CELLS, _CELLS), radius
