"""Meshes in and out: load what trimesh can read, refuse what is broken, canonicalise, write and read GLB scenes.

A loaded mesh has finite vertices, all used; faces that index them; a surface; an extent along two axes or more; and
one colour per face. Files are data here: nothing in them is executed, fetched, or looked up outside their own folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import struct
import urllib.parse
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray

from oor.files import write_bytes
from oor.glb import VERTEX_ATTRIBUTE, GlbNode, encode_glb

Array = NDArray[np.float64]
SUFFIXES = ("glb", "gltf", "obj", "off", "ply", "stl")
PLAIN = (190, 190, 194)  # RGB of meshes without a usable colour
MAX_BYTES = 512 * 2**20
MAX_TRIANGLES = 5_000_000
_MAX_PIXELS = 64 * 2**20
_COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])  # (x, y, z) -> (x, z, -y)


def load_mesh(path: str | Path) -> trimesh.Trimesh:
    """The triangles of a file as one mesh in the file's world frame, equal vertices merged, one colour per face.

    Raises ValueError with one sentence for every file that cannot be used.
    """
    with _reading(Path(path)):
        parts = [part.apply_transform(transform) for _, part, transform in _parts(_open_scene(Path(path)))]
        return _checked(_welded(trimesh.util.concatenate(parts)))


def face_colours(mesh: trimesh.Trimesh) -> NDArray[np.uint8]:
    """(F, 3) RGB per face, from face colours, vertex colours (mean) or a texture (at the middle of the face)."""
    visual, count = mesh.visual, len(mesh.faces)
    try:
        if isinstance(visual, trimesh.visual.TextureVisuals):
            image = getattr(visual.material, "image", None) or getattr(visual.material, "baseColorTexture", None)
            if image is not None and visual.uv is not None and image.width * image.height <= _MAX_PIXELS:
                colours = trimesh.visual.uv_to_color(np.asarray(visual.uv)[mesh.faces].mean(axis=1), image)
            else:
                colours = visual.material.main_color
                colours = PLAIN if np.array_equal(colours, trimesh.visual.color.DEFAULT_COLOR) else colours
        else:
            colours = visual.face_colors if visual.defined else PLAIN
        return np.broadcast_to(np.asarray(colours, np.uint8)[..., :3], (count, 3)).copy()
    except Exception:  # materials of foreign files break in many ways; the shape is still good
        return np.full((count, 3), PLAIN, np.uint8)


def canonicalise(mesh: trimesh.Trimesh) -> tuple[trimesh.Trimesh, Array, float]:
    """The mesh in canonical space (box centre at the origin, longest edge 1), with the centre (3,) and scale removed.

    x_original = scale * x_canonical + centre. The mesh must be upright: y up, front along +z (see `upright`).
    """
    if len(mesh.faces) == 0 or not np.isfinite(mesh.bounds).all() or not max(mesh.extents) > 0:
        raise ValueError("a mesh without extent has no canonical form; load meshes with load_mesh, which refuses them")
    centre, scale = np.asarray(mesh.bounds, float).mean(axis=0), float(np.max(mesh.extents))
    canonical = mesh.copy()
    canonical.vertices = (np.asarray(mesh.vertices, float) - centre) / scale
    return canonical, centre, scale


def upright(mesh: trimesh.Trimesh, *, up: str = "y", front_deg: float = 0.0) -> trimesh.Trimesh:
    """The mesh turned to y up, front +z. up: axis that points up in the file, "y" or "z" (then front is -y).

    front_deg: angle about y, counter-clockwise from above, that brings the front to +z afterwards.
    """
    if up not in ("y", "z"):
        raise ValueError(f"up must be 'y' or 'z', got {up!r}")
    turn = trimesh.transformations.rotation_matrix(np.radians(front_deg), [0, 1, 0])
    return mesh.copy().apply_transform(turn @ (_Y_UP if up == "z" else np.eye(4)))


def mesh_hash(mesh: trimesh.Trimesh) -> str:
    """16 hex digits that identify the geometry: SHA-256 of vertices (float32) and faces (int32), little endian."""
    digest = hashlib.sha256(np.asarray(mesh.vertices, "<f4").tobytes())
    digest.update(np.asarray(mesh.faces, "<i4").tobytes())
    return digest.hexdigest()[:16]


def write_glb(path: str | Path, meshes: Mapping[str, trimesh.Trimesh], transforms: Mapping[str, Array]) -> Path:
    """Write a binary glTF scene: one node per object, named by it, with its transform (4, 4) and its own geometry.

    Equal input gives equal bytes. Face colours are kept; other visuals become face colours (`face_colours`).
    """
    if not meshes or set(meshes) != set(transforms) or not all(meshes) or "world" in meshes:
        raise ValueError(f"{path}: objects need a mesh and a transform each and a name other than '' and 'world', "
                         f"got meshes {sorted(meshes)} and transforms {sorted(transforms)}")
    for name, transform in transforms.items():
        if np.shape(transform) != (4, 4) or not np.isfinite(transform).all() or len(meshes[name].faces) == 0:
            raise ValueError(f"{path}: {name!r} needs triangles and a finite 4 x 4 transform to be written")
    nodes = [
        GlbNode(name, vertices=np.asarray(mesh.vertices), faces=np.asarray(mesh.faces), colours=face_colours(mesh),
                T_world_object=np.asarray(transforms[name], float))
        for name, mesh in meshes.items()
    ]
    write_bytes(path, encode_glb(nodes))
    return Path(path)


def read_glb(path: str | Path) -> tuple[dict[str, trimesh.Trimesh], dict[str, Array]]:
    """Meshes in their own coordinates, and T_world_object (4, 4), by node name (sorted); the inverse of `write_glb`.

    Also reads scenes that other programs have edited. Raises ValueError with one sentence for unusable files.
    """
    pieces: dict[str, list[trimesh.Trimesh]] = {}
    transforms: dict[str, Array] = {}
    with _reading(Path(path)):
        for name, part, transform in sorted(_parts(_open_scene(Path(path))), key=lambda item: item[0]):
            pieces.setdefault(name, []).append(part)
            transforms[name] = transform
        return {name: _checked(trimesh.util.concatenate(several)) for name, several in pieces.items()}, transforms


class _RefusalError(Exception):
    """What is wrong and what to do; `_reading` adds where."""


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn anything that goes wrong while a file is read into one ValueError sentence, and keep trimesh quiet."""
    logger = logging.getLogger("trimesh")
    was_disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    except _RefusalError as refusal:
        raise ValueError(" ".join(f"{path}: {refusal}".splitlines())) from None
    except Exception as error:
        plain = isinstance(error, ValueError | OSError | NotImplementedError)
        reason = str(error)[:120] if plain else f"its structure is broken, {type(error).__name__}"
        sentence = f"{path}: is not readable as a mesh ({reason}); export it again, for example as GLB"
        raise ValueError(" ".join(sentence.splitlines())) from None
    finally:
        logger.disabled = was_disabled


class _Folder(trimesh.resolvers.Resolver):
    """Finds what a file refers to (buffers, materials, textures) in its own folder, and nowhere else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def get(self, name: str) -> bytes:
        for spelling in (str(name).strip(), urllib.parse.unquote(str(name).strip())):
            found = (self.folder / spelling).resolve()
            if found.is_relative_to(self.folder) and found.is_file() and found.stat().st_size <= MAX_BYTES:
                return found.read_bytes()
        raise _RefusalError(f"refers to {str(name)[:80]!r}, not a file in its folder; put it there or use GLB")

    def namespaced(self, namespace: str) -> _Folder:
        inner = (self.folder / namespace).resolve()
        return _Folder(inner if inner.is_relative_to(self.folder) else self.folder)

    def keys(self) -> list[str]:
        return []

    def write(self, name: str, data: Any) -> None:
        raise _RefusalError(f"asks to write {name!r}; export it again as GLB")


def _open_scene(path: Path) -> trimesh.Scene:
    """The file as trimesh sees it, once it is known to be a file of a kind and size worth reading."""
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in SUFFIXES:
        raise _RefusalError(f"has the unsupported suffix {path.suffix!r}; use one of {', '.join(SUFFIXES)}")
    if not path.exists():
        raise _RefusalError("does not exist; check the path")
    if not path.is_file():
        raise _RefusalError("is not a file; give the path of one mesh file")
    size = path.stat().st_size
    if size == 0:
        raise _RefusalError("is empty; export it again")
    if size > MAX_BYTES:
        raise _RefusalError(f"holds {size} bytes; reduce it to {MAX_BYTES} or less")
    data = path.read_bytes()
    if suffix in ("glb", "gltf"):
        _check_counts(_gltf_json(data, suffix))
    return trimesh.load_scene(io.BytesIO(data), file_type=suffix, resolver=_Folder(path.parent), process=False)


def _gltf_json(data: bytes, suffix: str) -> Any:
    if suffix == "glb":
        (length,) = struct.unpack_from("<I", data, 12)
        data = data[20 : 20 + length]
    return json.loads(data.decode("utf-8-sig"))


def _check_counts(document: Any) -> None:
    """A few bytes of glTF can ask for any amount of memory: refuse more than a permitted mesh can need."""
    accessors = document.get("accessors", [])
    if any(accessor["count"] < 0 for accessor in accessors):
        raise _RefusalError("announces an array of negative length; repair or re-export it")
    announced = sum(accessor["count"] * 4 * _COMPONENTS[accessor["type"]] for accessor in accessors)
    if announced > 2 * MAX_BYTES:
        raise _RefusalError(f"announces {announced} bytes of arrays; reduce it to {2 * MAX_BYTES} or less")


def _parts(scene: trimesh.Scene) -> list[tuple[str, trimesh.Trimesh, Array]]:
    """(node name, sound mesh in the node's coordinates, T_world_node) for every node that has triangles."""
    found = []
    for node in scene.graph.nodes_geometry:
        transform, geometry_name = scene.graph[node]
        geometry = scene.geometry[geometry_name]
        if isinstance(geometry, trimesh.Trimesh) and len(geometry.faces):
            split = geometry.metadata.get("from_gltf_primitive")  # trimesh makes a child node per material
            found.append((str(scene.graph.transforms.parents[node] if split else node), geometry, transform))
    total = sum(len(geometry.faces) for _, geometry, _ in found)
    if total == 0:
        raise _RefusalError("holds no triangles; export the surface as a triangle mesh")
    if total > MAX_TRIANGLES:
        raise _RefusalError(f"holds {total} triangles; reduce it below {MAX_TRIANGLES}")
    return [(name, _sound(geometry), np.array(transform, float)) for name, geometry, transform in found]


def _sound(geometry: trimesh.Trimesh) -> trimesh.Trimesh:
    """A fresh mesh with the same surface and face colours: indices checked, vertices finite and all used."""
    vertices, faces = np.asarray(geometry.vertices, float), np.asarray(geometry.faces, np.int64)
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise _RefusalError(f"has a face with vertex {faces.max()} of {len(vertices)}; repair or re-export it")
    colours = face_colours(geometry)
    vertices, faces = _unsplit(vertices, faces, geometry.vertex_attributes.get(VERTEX_ATTRIBUTE))
    used = np.zeros(len(vertices), bool)
    used[faces] = True
    vertices, faces = vertices[used], (np.cumsum(used) - 1)[faces]
    if not np.isfinite(vertices).all():
        raise _RefusalError("has vertices that are not finite numbers; repair or re-export it")
    return trimesh.Trimesh(vertices, faces, face_colors=colours, process=False)


def _unsplit(vertices: Array, faces: NDArray[np.int64], index: Any) -> tuple[Array, NDArray[np.int64]]:
    """Undo the split of vertices between colours that `write_glb` notes in the file, if the note still holds."""
    if index is None or len(index) != len(vertices) or not np.isfinite(index).all():
        return vertices, faces
    original = np.asarray(index, np.int64).ravel()
    if len(original) != len(vertices) or (np.unique(original) != np.arange(original.max() + 1)).any():
        return vertices, faces
    joined = np.zeros((original.max() + 1, 3))
    joined[original] = vertices
    return (joined, original[faces]) if (joined[original] == vertices).all() else (vertices, faces)


def _welded(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Vertices at one position (to 1e-8 of the mesh's size) become one; faces that vanish by it are dropped."""
    size = float(np.max(mesh.extents))
    if size == 0:
        raise _RefusalError("has all vertices in one place; repair or re-export it")
    if not 1e-15 < size < 1e15:
        raise _RefusalError(f"has a size of {size}; scale it to ordinary units")
    rows = (np.asarray(mesh.vertices) - mesh.bounds[0]) / size
    keep, inverse = trimesh.grouping.unique_rows(rows, digits=8, keep_order=True)
    faces = inverse[mesh.faces]
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    colours = face_colours(mesh)[whole]
    welded = trimesh.Trimesh(mesh.vertices[keep], faces[whole], face_colors=colours, process=False)
    welded.remove_unreferenced_vertices()
    return welded


def _checked(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """The mesh, if it has a surface that could be an object's."""
    if len(mesh.faces) == 0 or not np.isfinite(mesh.vertices).all():
        raise _RefusalError("holds no proper triangles; repair or re-export it")
    extents = np.asarray(mesh.extents, float)
    if np.sum(extents <= 1e-9 * extents.max()) >= 2 or not mesh.area > 1e-12 * extents.max() ** 2:
        raise _RefusalError(f"has no surface: its box is {extents.tolist()}; repair or re-export it")
    return mesh
