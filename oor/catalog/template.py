"""A template: the mesh a category is drawn with, its named parts, and its functional frames.

Builders model an object in any units and anywhere (y up, front along +z); `canonical` moves it into canonical space:
box centre at the origin, longest box edge 1 (seeds/oor.md section 3.1 is the paper's text of it).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import trimesh
from numpy.typing import NDArray

Array = NDArray[np.float64]
Given = ParamSpec("Given")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Frame:
    """Where something happens on an object, and along which direction.

    point: (3,) position. axis: (3,) direction the frame acts along (a spout's outflow, an opening's outward normal,
    a blade's cutting direction). half: half widths (x, z) of a region around the point (an opening's radius twice, half
    the edges of a table top); zeros for a point-like frame.
    """

    point: Array
    axis: Array
    half: Array = field(default_factory=lambda: np.zeros(2))

    @staticmethod
    def at(point: tuple[float, float, float], axis: tuple[float, float, float] = (0.0, 1.0, 0.0),
           half: float | tuple[float, float] = 0.0) -> Frame:
        """A frame from plain numbers; `half` one number for a disc, (x, z) for a rectangle."""
        direction = np.asarray(axis, float)
        widths = np.broadcast_to(np.asarray(half, float), (2,)).copy()
        return Frame(np.asarray(point, float), direction / np.linalg.norm(direction), widths)


@dataclass(frozen=True, eq=False)
class Template:
    """Named closed parts and named frames in canonical space. Build one with `canonical`."""

    parts: Mapping[str, trimesh.Trimesh]
    frames: Mapping[str, Frame]

    @cached_property
    def mesh(self) -> trimesh.Trimesh:
        """All parts as one mesh (parts may overlap; each is closed)."""
        return trimesh.util.concatenate(list(self.parts.values()))

    @cached_property
    def extents(self) -> Array:
        """(3,) box edges; the longest is 1."""
        return np.asarray(self.mesh.extents, float)


def canonical(parts: Mapping[str, trimesh.Trimesh], frames: Mapping[str, Frame]) -> Template:
    """Shift and scale parts and frames together so that the common box is centred with longest edge 1."""
    bounds = np.array([part.bounds for part in parts.values()])
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    centre, size = (low + high) / 2, float((high - low).max())
    moved = {}
    for name, part in parts.items():
        copy = part.copy()
        copy.apply_translation(-centre)
        copy.apply_scale(1.0 / size)
        moved[name] = copy
    placed = {name: Frame((f.point - centre) / size, f.axis, f.half / size) for name, f in frames.items()}
    return Template(moved, placed)


def once_per_template(
    find: Callable[Concatenate[Template, Given], Found],
) -> Callable[Concatenate[Template, Given], Found]:
    """Like `functools.cache`, for functions of a template; what was found is forgotten with the template.

    Categories' typical templates live for ever, those of random instances do not: there may be any number of them.
    """
    known: WeakKeyDictionary[Template, dict[Hashable, Found]] = WeakKeyDictionary()

    @wraps(find)
    def remembered(template: Template, *args: Given.args, **kwargs: Given.kwargs) -> Found:
        found = known.setdefault(template, {})
        key = (args, tuple(sorted(kwargs.items())))
        if key not in found:
            found[key] = find(template, *args, **kwargs)
        return found[key]

    return remembered
