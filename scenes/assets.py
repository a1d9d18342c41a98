"""Assets: the meshes a layout shows, in canonical space, and where they came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh

from oor.catalog.category import categories
from oor.catalog.template import Array
from oor.meshes import canonicalise, load_mesh, mesh_hash


@dataclass(frozen=True, eq=False)
class Asset:
    """A canonical mesh (box centre at the origin, longest edge 1). file: None for a template of the catalog."""

    category: str
    mesh: trimesh.Trimesh
    file: Path | None = None

    @property
    def extents(self) -> Array:
        """(3,) box edges; the longest is 1."""
        return np.asarray(self.mesh.extents, float)

    @property
    def hash(self) -> str:
        """What identifies the geometry in a layout file."""
        return mesh_hash(self.mesh)


def template_asset(category: str) -> Asset:
    """The catalog's template of a category."""
    return Asset(category, categories()[category].template.mesh)


def file_asset(path: Path, category: str) -> Asset:
    """A user's mesh, taken as y up with its front along +z. Raises ValueError when the file is unusable."""
    mesh, _, _ = canonicalise(load_mesh(path))
    if mesh.extents.min() < 1e-4:
        raise ValueError(f"{path} is flat ({np.round(mesh.extents, 5).tolist()} of its longest edge); give a mesh with volume")
    return Asset(category, mesh, path)
