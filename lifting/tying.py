"""Masks tied together by the structure: a point is one object's in all views, and so are points that lie close together.

Which points are the target's and which the base's is a cut through the graph of neighbours that costs least: as few points as can
be on another side than their observations say, and as few neighbours as can be apart (a minimum cut; Greig, Porteous and Seheult
1989). Two objects that touch hang together by few points, so the cut goes there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow
from scipy.spatial import cKDTree

from lifting.masks import BASE, NOTHING, TARGET, Masks
from lifting.structure import Structure

_UNIT = 1000  # of capacities, which are whole numbers


@dataclass(frozen=True)
class Ties:
    """How much points and pixels have to do with their neighbours.

    neighbours: of a point. pull: what it costs to cut off one of them that is as near as is usual, where a point that all its
    observations call by one name costs 1 to call by the other. reach: parts of a view's width as far from an observation as a
    pixel takes its label from there.
    """

    neighbours: int = 8
    pull: float = 0.3
    reach: float = 0.03

    def __post_init__(self) -> None:
        if self.neighbours < 1 or not 0 <= self.pull < 1000 or not 0 <= self.reach <= 1:
            raise ValueError(f"{self} is not possible; give neighbours >= 1, pull >= 0, and reach between 0 and 1")

    def __call__(self, masks: Masks, structure: Structure) -> Masks:
        """Masks (n, H, W) in which every pixel that shows something is of the object that the nearest point is of."""
        sides = self.sides(said(masks, structure), structure.points)
        return self.painted(masks, structure, sides)

    def sides(self, votes: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(p,) whether points (p, 3) are the target's, from what is said of each: 1 the target's, -1 the base's."""
        count = len(points)
        if count <= self.neighbours:
            return votes > 0
        near, who = cKDTree(points).query(points, self.neighbours + 1)
        length = near[:, 1:].ravel()
        pull = 2 * self.pull / (1 + (length / np.median(length)) ** 2)
        rows, columns = np.repeat(np.arange(count), self.neighbours), who[:, 1:].ravel()
        source, sink = count, count + 1
        told = np.arange(count)
        heads = np.concatenate([rows, columns, np.full(count, source), told])
        tails = np.concatenate([columns, rows, told, np.full(count, sink)])
        weights = np.concatenate([pull / 2, pull / 2, votes.clip(0), (-votes).clip(0)])
        kept = heads != tails
        graph = csr_array((np.round(_UNIT * weights[kept]).astype(np.int32), (heads[kept], tails[kept])),
                          shape=(count + 2, count + 2))
        graph.sum_duplicates()
        left = graph - maximum_flow(graph, source, sink).flow
        left.data = np.maximum(left.data, 0)
        left.eliminate_zeros()
        side = np.zeros(count + 2, bool)
        side[breadth_first_order(left, source, return_predecessors=False)] = True
        return side[:count]

    def painted(self, masks: Masks, structure: Structure, sides: NDArray[np.bool_]) -> Masks:
        """Masks (n, H, W) with the labels of points (p,) where these are seen."""
        out = masks.copy()
        for view in range(len(masks)):
            mine = structure.view == view
            rows, columns = np.nonzero(masks[view] != NOTHING)
            if not mine.any() or len(rows) == 0:
                continue
            tree = cKDTree(structure.xy[mine])
            apart, nearest = tree.query(np.stack([columns, rows], axis=1) + 0.5, distance_upper_bound=self.reach * masks.shape[2])
            found = np.isfinite(apart)
            label = np.where(sides[structure.point[mine][nearest[found]]], TARGET, BASE)
            out[view, rows[found], columns[found]] = label
        return out


def said(masks: Masks, structure: Structure) -> NDArray[np.float64]:
    """(p,) what a point's observations say of it: the share that calls it the target's, minus that which calls it the base's."""
    height, width = masks.shape[1:]
    column, row = (np.clip(structure.xy[:, i].astype(int), 0, size - 1) for i, size in enumerate((width, height)))
    label = masks[structure.view, row, column]
    signs = (label == TARGET).astype(float) - (label == BASE)
    total = np.bincount(structure.point, minlength=len(structure.points))
    votes = np.bincount(structure.point, signs, minlength=len(structure.points))
    return np.asarray(votes / np.maximum(total, 1))
