"""Binary glTF bytes of coloured objects. `oor.meshes` writes and reads the files.

Colours go into one small palette texture: glTF reads textures as sRGB (vertex colours are linear, and Blender hides
them), so every viewer shows them right.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

VERTEX_ATTRIBUTE = "_VERTEX"  # per vertex in the file: its index before vertices were split between colours


@dataclass(frozen=True, eq=False)
class GlbNode:
    """One object: vertices (V, 3) in its own frame, faces (F, 3), colours (F, 3) RGB uint8, T_world_object (4, 4)."""

    name: str
    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    colours: NDArray[np.uint8]
    T_world_object: NDArray[np.float64]


def encode_glb(nodes: Sequence[GlbNode]) -> bytes:
    """A glTF 2.0 scene with one root node per object, byte for byte the same for the same input."""
    palette = np.unique(np.concatenate([node.colours for node in nodes]), axis=0)
    side = int(np.ceil(np.sqrt(len(palette))))
    buffer = _Buffer()
    image = buffer.view(_palette_png(palette, side))
    meshes = [_mesh(node, palette, side, buffer) for node in nodes]
    document = {
        "asset": {"version": "2.0", "generator": "oor-toolkit"},
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": [{"name": node.name, "mesh": i, "matrix": node.T_world_object.T.ravel().tolist()}
                  for i, node in enumerate(nodes)],
        "meshes": meshes,
        "materials": [{"name": "palette", "doubleSided": True, "pbrMetallicRoughness": {
            "baseColorTexture": {"index": 0}, "metallicFactor": 0, "roughnessFactor": 0.8}}],
        "textures": [{"source": 0, "sampler": 0}],
        "images": [{"bufferView": image, "mimeType": "image/png"}],
        "samplers": [{"magFilter": 9728, "minFilter": 9728, "wrapS": 33071, "wrapT": 33071}],  # nearest, clamp
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
        "buffers": [{"byteLength": len(buffer.data)}],
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    body += struct.pack("<I4s", len(buffer.data), b"BIN\0") + buffer.data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


class _Buffer:
    """The binary chunk while it grows, with the views and accessors into it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes) -> int:
        self.views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)})
        self.data += data + bytes(-len(data) % 4)
        return len(self.views) - 1

    def accessor(self, values: NDArray[Any], kind: str) -> int:
        """values: (n, k) float32 or uint32, little endian; kind: SCALAR, VEC2 or VEC3."""
        self.accessors.append({
            "bufferView": self.view(values.tobytes()), "componentType": 5126 if values.dtype.kind == "f" else 5125,
            "count": len(values), "type": kind, "min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist(),
        })
        return len(self.accessors) - 1


def _palette_png(palette: NDArray[np.uint8], side: int) -> bytes:
    pixels = np.zeros((side * side, 3), np.uint8)
    pixels[: len(palette)] = palette
    png = io.BytesIO()
    Image.fromarray(pixels.reshape(side, side, 3)).save(png, format="PNG")
    return png.getvalue()


def _mesh(node: GlbNode, palette: NDArray[np.uint8], side: int, buffer: _Buffer) -> dict[str, Any]:
    """The node's glTF mesh; a vertex between two colours is written once for each of them."""
    base = np.array([65536, 256, 1])
    colour = np.searchsorted(palette @ base, node.colours @ base)
    codes, faces = np.unique(node.faces.ravel() * len(palette) + np.repeat(colour, 3), return_inverse=True)
    vertex, entry = np.divmod(codes, len(palette))
    row, column = np.divmod(entry, side)
    attributes = {
        "POSITION": buffer.accessor(node.vertices[vertex].astype("<f4"), "VEC3"),
        "TEXCOORD_0": buffer.accessor(((np.stack([column, row], axis=1) + 0.5) / side).astype("<f4"), "VEC2"),
        VERTEX_ATTRIBUTE: buffer.accessor(vertex[:, None].astype("<f4"), "SCALAR"),
    }
    indices = buffer.accessor(faces.reshape(-1, 1).astype("<u4"), "SCALAR")
    return {"name": node.name, "primitives": [{"attributes": attributes, "indices": indices, "material": 0}]}
