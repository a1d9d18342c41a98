"""From two registrations to the relation between them (paper, Eqs. 5 and 6), and which of equal descriptions stands for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from lifting.similarity import Similarity
from lifting.structure import Structure
from lifting.symmetry import canonical_rotation
from oor.catalog.category import Symmetry
from oor.relation import Relation, relation_from_world


@dataclass(frozen=True, eq=False)
class PlacedBox:
    """The box of an object in the world of a structure, and the turns that leave the object as it is."""

    R: Tensor  # (3, 3) R_world_object, float64
    t: Tensor  # (3,) the centre, in units of the world
    scale: Tensor  # (3,) > 0: the edges along the object's own axes, in units of the world
    symmetry: Symmetry

    @property
    def T_world_object(self) -> Tensor:  # noqa: N802
        """(4, 4) rigid."""
        return torch.cat([torch.cat([self.R, self.t[:, None]], dim=1), self.R.new_tensor([[0.0, 0.0, 0.0, 1.0]])])


def placed(S_world_template: Similarity, extents: Tensor, symmetry: Symmetry) -> PlacedBox:
    """The box of a registered template whose edges are (3,) (Eq. 6: `s * BBOX`)."""
    return PlacedBox(S_world_template.R, S_world_template.t, S_world_template.scale * extents.to(S_world_template.t), symmetry)


def relative(target: PlacedBox, base: PlacedBox, R_world_viewer: Tensor | None = None) -> Relation:
    """The target as the base sees it: `T_base_target = T_world_base^-1 T_world_target` (Eq. 5), the base's longest edge 1.

    Objects that have a symmetry are described in many ways, of which one is taken. The base faces the viewer as well as it can:
    what looks the same from all sides has its front where the picture was taken from. Then the target is turned as little as can
    be against the base. R_world_viewer: (3, 3) whose axes are the picture's right, up, and towards the viewer; None leaves the
    base as it is registered.
    """
    if R_world_viewer is not None:
        base = replace(base, R=canonical_rotation(base.R, base.symmetry, R_world_viewer))
    relation = relation_from_world(base.T_world_object, base.scale, target.T_world_object, target.scale)
    return replace(relation, R_base_target=canonical_rotation(relation.R_base_target, target.symmetry))


def viewer(structure: Structure) -> Tensor:
    """(3, 3) R_world_viewer of the picture: of view 0, or of the first that was placed. ValueError where none was."""
    found = np.flatnonzero(structure.placed)
    if len(found) == 0:
        raise ValueError("no view of the structure was placed, so nobody knows where it was seen from")
    R_camera_world = structure.Ts_camera_world[found[0], :3, :3]
    return torch.from_numpy(R_camera_world.T * [1.0, -1.0, -1.0])
