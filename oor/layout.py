"""Layouts: objects placed in a world, and the file they live in (`layout.json`).

Worlds are y-up and measured in scene units: the base's longest edge is 1. An object is a rigid transform and a scale
(its box's three edges); its points are `T_world_object @ (scale * x)` for x in the unit cube. Scale is never in a T.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from oor.files import write_text
from oor.relation import WIDTH, Relation, T_base_target, gauge, pack, relation_from_world, unpack

Array = NDArray[np.float64]
Item = TypeVar("Item")

SCHEMA_VERSION = "1.0"
UNITS = "scene units: the base's longest edge is 1"
UP_AXIS = "y"
DIGITS = 9  # significant digits of a number in the file
RIGID_TOLERANCE = 1e-5  # float32 rotations pass, sheared or scaled ones do not
OBJECT_KEYS: dict[str, tuple[type, ...]] = {
    "id": (str,), "category": (str,), "T_world_object": (list,), "scale": (list,), "mesh_file": (str, NoneType),
    "mesh_hash": (str, NoneType)}
RELATION_KEYS: dict[str, tuple[type, ...]] = {
    "target": (str,), "predicate": (str,), "base": (str,), "prompt": (str,), "vector": (list,),
    "log_likelihood": (float, int, NoneType)}


def _package_version() -> str:
    from oor import __version__  # late: oor re-exports this module

    return __version__


@dataclass(frozen=True, eq=False)
class ObjectIdentity:
    """Who an object is, before it has a place. `mesh_file` is relative to the layout file; without one, it is a box."""

    id: str
    category: str
    mesh_file: str | None = None
    mesh_hash: str | None = None


@dataclass(frozen=True, eq=False)
class LayoutObject:
    """One object in its place. Arrays are read-only float64; anything array-like is accepted.

    Raises ValueError when the transform is not rigid, a number is not finite, or an edge is not > 0.
    """

    id: str
    category: str
    T_world_object: Array  # (4, 4) rigid, the object's box centre and axes in the world
    scale: Array  # (3,) > 0, the box's edges along the object's axes
    mesh_file: str | None = None
    mesh_hash: str | None = None

    def __post_init__(self) -> None:
        for name, shape in (("T_world_object", (4, 4)), ("scale", (3,))):
            object.__setattr__(self, name, _numbers(getattr(self, name), shape, f"{name} of {self.id!r}"))
        if (self.scale <= 0).any():
            raise ValueError(f"The scale of {self.id!r} is {self.scale.tolist()}, but edges must be > 0.")
        if not _is_rigid(self.T_world_object):
            raise ValueError(f"T_world_object of {self.id!r} is not rigid: use a rotation and a translation, "
                             "and put sizes in scale.")


@dataclass(frozen=True, eq=False)
class LayoutRelation:
    """The relation as it was sampled. Edits move objects, not this record; `relation_of` reads what holds now."""

    target: str  # object id
    predicate: str
    base: str  # object id
    prompt: str
    vector: Array  # (15,), in the order of oor.relation
    log_likelihood: float | None = None

    def __post_init__(self) -> None:
        name = f"{self.target} {self.predicate} {self.base}"
        object.__setattr__(self, "vector", _numbers(self.vector, (WIDTH,), f"vector of {name!r}"))
        unpack(torch.tensor(self.vector.tolist(), dtype=torch.float64))
        if self.log_likelihood is not None and not np.isfinite(self.log_likelihood):
            raise ValueError(f"The log_likelihood of {name!r} is {self.log_likelihood}; use null when it is unknown.")


@dataclass(frozen=True, eq=False)
class Layout:
    """One sample: objects with unique ids, and relations between them."""

    objects: tuple[LayoutObject, ...]
    relations: tuple[LayoutRelation, ...] = ()

    def __post_init__(self) -> None:
        ids = [item.id for item in self.objects]
        repeated = sorted({name for name in ids if ids.count(name) > 1})
        if repeated:
            raise ValueError(f"Object ids repeat: {', '.join(repeated)}; give every object its own id.")
        unknown = sorted({name for item in self.relations for name in (item.target, item.base)} - set(ids))
        if unknown:
            raise ValueError(f"Relations name objects that do not exist: {', '.join(unknown)}; "
                             f"the layout has {', '.join(ids) or 'none'}.")

    def object(self, object_id: str) -> LayoutObject:
        """The object of that id; ValueError when there is none."""
        for item in self.objects:
            if item.id == object_id:
                return item
        raise ValueError(f"No object is called {object_id!r}; the layout has {', '.join(o.id for o in self.objects)}.")


@dataclass(frozen=True, eq=False)
class LayoutSet:
    """The contents of a `layout.json`: the samples, and how they were made."""

    samples: tuple[Layout, ...]
    seed: int | None = None
    checkpoint: str | None = None
    query: Mapping[str, Any] = field(default_factory=dict)  # JSON values only
    warnings: tuple[str, ...] = ()
    metres_per_unit: float | None = None
    package_version: str = field(default_factory=_package_version)

    def __post_init__(self) -> None:
        if self.metres_per_unit is not None and not 0 < self.metres_per_unit < float("inf"):
            raise ValueError(f"metres_per_unit is {self.metres_per_unit}; it must be > 0, or null when unknown.")


def layout_from_relation(relation: Relation, *, target: ObjectIdentity, base: ObjectIdentity, predicate: str,
                         prompt: str, log_likelihood: float | None = None) -> Layout:
    """One unbatched relation as a world: the base unrotated on the ground plane y = 0, its box centre above the origin.

    `T_world_target = T_world_base @ T_base_target`, in scene units (the relation is gauged first). The target may reach
    below the ground: nothing is moved to please it.
    """
    if relation.batch_shape:
        raise ValueError(f"A layout holds one relation, got a batch of shape {tuple(relation.batch_shape)}; index it.")
    fields = (relation.R_base_target, relation.t_base_target, relation.scale_target, relation.scale_base)
    gauged = gauge(Relation(*(part.detach().cpu().double() for part in fields)))
    T_world_base = np.eye(4)
    T_world_base[1, 3] = float(gauged.scale_base[1]) / 2
    T_world_target = T_world_base @ T_base_target(gauged).numpy()
    objects = (_placed(target, T_world_target, gauged.scale_target.numpy()),
               _placed(base, T_world_base, gauged.scale_base.numpy()))
    record = LayoutRelation(target.id, predicate, base.id, prompt, pack(gauged).numpy(), log_likelihood)
    return Layout(objects, (record,))


def relation_of(layout: Layout, target_id: str, base_id: str) -> Relation:
    """The relation that holds now between two placed objects: unbatched, float64, gauged."""
    base, target = layout.object(base_id), layout.object(target_id)
    parts = (base.T_world_object, base.scale, target.T_world_object, target.scale)
    return relation_from_world(*(torch.tensor(part.tolist(), dtype=torch.float64) for part in parts))


def to_json(layouts: LayoutSet) -> str:
    """The text of a `layout.json`: fixed key order, numbers with nine significant digits, the same bytes every time."""
    document = {
        "schema_version": SCHEMA_VERSION, "package_version": layouts.package_version, "units": UNITS,
        "metres_per_unit": layouts.metres_per_unit, "up_axis": UP_AXIS, "seed": layouts.seed,
        "checkpoint": layouts.checkpoint, "query": layouts.query, "warnings": layouts.warnings,
        "samples": [{"objects": [vars(item) for item in sample.objects],
                     "relations": [vars(item) for item in sample.relations]} for sample in layouts.samples],
    }
    return json.dumps(_plain(document), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def from_json(text: str) -> LayoutSet:
    """The layouts of a `layout.json` text. Raises a one-sentence ValueError that says what is wrong, and where."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not JSON ({error}); write layout files with oor.layout.") from None
    top = "the document"
    _refuse_unknown_version(_get(document, "schema_version", top, str))
    if _get(document, "up_axis", top, str) != UP_AXIS:
        raise ValueError(f"up_axis is {document['up_axis']!r}, but layouts are y-up; rotate the world first.")
    samples = _get(document, "samples", top, list)
    return LayoutSet(
        samples=tuple(_layout(sample, f"samples[{i}]") for i, sample in enumerate(samples)),
        seed=_get(document, "seed", top, int, NoneType),
        checkpoint=_get(document, "checkpoint", top, str, NoneType),
        query=_get(document, "query", top, dict),
        warnings=tuple(_get(document, "warnings", top, list)),
        metres_per_unit=_get(document, "metres_per_unit", top, float, int, NoneType),
        package_version=_get(document, "package_version", top, str),
    )


def write_layout(path: str | Path, layouts: LayoutSet) -> None:
    """Writes a `layout.json` whole: a reader sees the old file or the new one."""
    write_text(path, to_json(layouts))


def read_layout(path: str | Path) -> LayoutSet:
    """Reads a `layout.json`; the ValueError of a broken one names the file."""
    try:
        return from_json(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _placed(who: ObjectIdentity, T_world_object: Array, scale: Array) -> LayoutObject:
    return LayoutObject(who.id, who.category, T_world_object, scale, who.mesh_file, who.mesh_hash)


def _numbers(values: object, shape: tuple[int, ...], name: str) -> Array:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers of shape {shape}, got {values!r}.") from None
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinity; drop the sample or fix what produced it.")
    array.setflags(write=False)
    return array


def _is_rigid(T: Array) -> bool:
    R = T[:3, :3]
    orthonormal = np.allclose(R @ R.T, np.eye(3), atol=RIGID_TOLERANCE, rtol=0)
    return bool(orthonormal and np.linalg.det(R) > 0 and np.array_equal(T[3], [0, 0, 0, 1]))


def _plain(value: Any) -> Any:
    """JSON values: arrays and tuples become lists, floats are rounded to the file's digits."""
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _refuse_unknown_version(version: str) -> None:
    if not re.fullmatch(r"\d+\.\d+", version):
        raise ValueError(f"schema_version is {version!r}, expected something like {SCHEMA_VERSION!r}.")
    found, known = ([int(part) for part in text.split(".")] for text in (version, SCHEMA_VERSION))
    if found > known:
        raise ValueError(f"The file has schema_version {version}, but this package knows {SCHEMA_VERSION}: upgrade it.")


def _get(document: Any, key: str, where: str, *types: type) -> Any:
    if not isinstance(document, dict):
        raise ValueError(f"{where} must be a JSON object, got {type(document).__name__}.")
    if key not in document:
        raise ValueError(f"{where} lacks the key {key!r}; it has {', '.join(document) or 'none'}.")
    if not isinstance(document[key], types):
        names = " or ".join("null" if kind is NoneType else kind.__name__ for kind in types)
        raise ValueError(f"{key!r} in {where} must be {names}, got {document[key]!r}.")
    return document[key]


def _layout(sample: Any, where: str) -> Layout:
    objects = [_item(LayoutObject, OBJECT_KEYS, item, f"{where}.objects[{i}]")
               for i, item in enumerate(_get(sample, "objects", where, list))]
    relations = [_item(LayoutRelation, RELATION_KEYS, item, f"{where}.relations[{i}]")
                 for i, item in enumerate(_get(sample, "relations", where, list))]
    try:
        return Layout(tuple(objects), tuple(relations))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _item(make: Callable[..., Item], keys: Mapping[str, tuple[type, ...]], document: Any, where: str) -> Item:
    values = {key: _get(document, key, where, *types) for key, types in keys.items()}
    try:
        return make(**values)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
