"""What programs are written with: a pair of instances, rotations, and ways to rest, place and bring into contact.

Lengths are metres in the base's own axes: box centre at the origin, y up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import roma
import torch
import trimesh
from numpy.typing import ArrayLike, NDArray

from oor.catalog.category import Category
from oor.catalog.posed import stretched
from oor.catalog.template import Array, Template, once_per_template

Bools = NDArray[np.bool_]
Placement = tuple[Array, Array, Bools]  # R (n, 3, 3), the target's box centre (n, 3), whether the two fit together (n,)

UP = np.array([0.0, 1.0, 0.0])
RIGHT, FRONT = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Pair:
    """n instances of a target category beside n of a base category: box edges in metres, and a generator."""

    target: Category
    base: Category
    target_size: Array
    base_size: Array
    rng: np.random.Generator

    @property
    def n(self) -> int:
        return len(self.target_size)

    @property
    def floor(self) -> Array:
        """(n,) height of the plane the base stands on."""
        return -self.base_size[:, 1] / 2

    def on_target(self, name: str) -> tuple[Array, Array, Array]:
        """A target frame's points (n, 3), axes (n, 3), half widths (n, 2) in the target's own axes, metres."""
        template = self.target.template
        return stretched(template.frames[name], template.extents, self.target_size)

    def on_base(self, name: str) -> tuple[Array, Array, Array]:
        """The same for the base."""
        template = self.base.template
        return stretched(template.frames[name], template.extents, self.base_size)

    def uniform(self, low: float | Array, high: float | Array) -> Array:
        """(n,) uniform numbers."""
        return self.rng.uniform(low, high, self.n)

    def normal(self, sigma: float) -> Array:
        """(n,) centred Gaussian numbers."""
        return self.rng.normal(0.0, sigma, self.n)

    def disc(self, radius: Array) -> tuple[Array, Array]:
        """Uniform points in discs of radii (n,): x (n,) and z (n,)."""
        r, angle = radius * np.sqrt(self.uniform(0, 1)), self.uniform(0, 2 * np.pi)
        return r * np.cos(angle), r * np.sin(angle)

    def choose(self, options: ArrayLike, weights: list[float] | None = None) -> Array:
        """n rows of `options`, drawn with weights."""
        rows = np.asarray(options)
        return rows[self.rng.choice(len(rows), self.n, p=weights)]


def about(axis: Array, angle: Array) -> Array:
    """(n, 3, 3) rotations by angles (n,) about a fixed axis (3,)."""
    rotvec = torch.from_numpy(np.asarray(angle)[:, None] * np.asarray(axis, float))
    return np.asarray(roma.rotvec_to_rotmat(rotvec).numpy())


def carrying(a: Array, b: Array, to_a: Array, to_b: Array) -> Array:
    """(n, 3, 3) rotations that carry a to to_a, and b as near to to_b as that allows. All (n, 3) or (3,)."""
    return _triad(to_a, to_b) @ np.swapaxes(_triad(a, b), -1, -2)


def _triad(a: Array, b: Array) -> Array:
    a, b = np.broadcast_arrays(np.atleast_2d(a), np.atleast_2d(b))
    x = a / np.linalg.norm(a, axis=-1, keepdims=True)
    z = np.cross(x, b)
    z /= np.linalg.norm(z, axis=-1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], axis=-1)


def compass(angle: Array) -> Array:
    """(n, 3) horizontal unit vectors; 0 is +z (front), 90 degrees is +x (right)."""
    return np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], axis=-1)


def half_box(R: Array, size: Array) -> Array:
    """(n, 3) half edges, along the base's axes, of the box around a turned box."""
    return np.asarray(np.einsum("nij,nj->ni", np.abs(R), size) / 2)


def place(R: Array, point_local: Array, point_base: Array) -> Array:
    """(n, 3) box centres that bring the target's own point to a point of the base's space."""
    return point_base - np.einsum("nij,nj->ni", R, point_local)


def stack(x: Array, y: Array, z: Array) -> Array:
    """(n, 3) points from their coordinates, each (n,) or one number for all."""
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1)


_REST = {"y": np.eye(3), "z": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]), "x": np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])}


def rested(pair: Pair, setting: bool = False) -> Array:
    """(n, 3, 3) rotations of targets that lie or stand on a plane by themselves.

    What lies on a side lies on either. Turn about the vertical: with the base's front for what has a front, handle
    toward the viewer for table-setting tools when `setting`, along the base (either way round) for furniture, else free.
    """
    rest = np.broadcast_to(_REST[pair.target.rest], (pair.n, 3, 3))
    if pair.target.rest != "y":
        long_axis = np.eye(3)[int(np.argmax(pair.target.template.extents))]
        rest = rest @ about(long_axis, pair.choose([0.0, np.pi]))
    return about(UP, _turn(pair, rest, setting)) @ rest


def _turn(pair: Pair, rest: Array, setting: bool) -> Array:
    plan = half_box(rest, pair.target_size)
    if pair.target.fronted:
        return pair.normal(np.radians(8))
    if setting and {"tip", "handle"} <= set(pair.target.template.frames):
        handle = np.einsum("nij,nj->ni", rest, pair.on_target("handle")[0])
        return -np.arctan2(handle[:, 0], handle[:, 2]) + pair.normal(np.radians(7))
    furniture = (np.median(plan, axis=0)[[0, 2]].max() > 0.3) and pair.target.template.extents[[0, 2]].min() < 0.8
    if furniture:
        return pair.choose([0.0, np.pi]) + pair.normal(np.radians(6))
    return pair.uniform(-np.pi, np.pi)


def first_contact(pair: Pair, R: Array, position: Array, d: Array, across: Array) -> Array:
    """(n,) how far along d a target at `position` must move for it just to touch the base; -inf if it never does.

    Both surfaces are sampled and binned by height and across d; in each bin the base's outermost point meets the target's
    innermost one.
    """
    rows, columns = 20, 7
    base_cloud = dense_cloud(pair.base.template, 6000)
    target_cloud = dense_cloud(pair.target.template, 600)
    reach = np.zeros(pair.n)
    for chunk in np.array_split(np.arange(pair.n), max(1, pair.n // 256)):
        base = base_cloud * pair.base_size[chunk, None]
        target = np.einsum("nij,nkj->nki", R[chunk], target_cloud * pair.target_size[chunk, None]) + position[chunk, None]
        sideways = np.einsum("nki,ni->nk", target, across[chunk])
        low, high = sideways.min(axis=1), sideways.max(axis=1)
        top = np.minimum(target[..., 1].max(axis=1), base[..., 1].max(axis=1))
        outer = np.full((len(chunk), (rows + 2) * (columns + 2)), -np.inf)
        inner = np.full_like(outer, np.inf)
        for cloud, profile, extreme in ((base, outer, np.maximum), (target, inner, np.minimum)):
            row = 1 + np.floor(rows * (cloud[..., 1] - pair.floor[chunk, None]) / (top - pair.floor[chunk])[:, None])
            aside = np.einsum("nki,ni->nk", cloud, across[chunk])
            column = 1 + np.floor(columns * (aside - low[:, None]) / (high - low)[:, None])
            within = (row >= 1) & (row <= rows) & (column >= 1) & (column <= columns)
            cell = (np.clip(row, 0, rows + 1) * (columns + 2) + np.clip(column, 0, columns + 1)).astype(int)
            draw_index = np.broadcast_to(np.arange(len(chunk))[:, None], cell.shape)
            along = np.einsum("nki,ni->nk", cloud, d[chunk])
            extreme.at(profile, (draw_index[within], cell[within]), along[within])
        with np.errstate(invalid="ignore"):
            push = outer - inner
        reach[chunk] = np.where(np.isnan(push), -np.inf, push).max(axis=1)
    return reach


@once_per_template
def dense_cloud(template: Template, count: int) -> Array:
    """(count, 3) surface samples in scale-normalised space."""
    return np.asarray(trimesh.sample.sample_surface(template.mesh, count, seed=1)[0] / template.extents)
