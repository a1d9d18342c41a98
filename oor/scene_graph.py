"""A scene graph: the question for many objects. A rooted directed acyclic graph whose edges are pairwise questions.

Edges point from a base to its target. The one node without a base is the root: everything else is placed from it,
in topological order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import networkx as nx

SCHEMA_VERSION = "1.0"


@dataclass(frozen=True)
class Edge:
    """One pairwise question: `target` and `base` are node ids, `predicate` the verb phrase, `prompt` the sentence."""

    target: str
    predicate: str
    base: str
    prompt: str


class SceneGraph:
    """A validated, immutable graph of edges. Raises a one-sentence ValueError when they do not form a rooted DAG.

    `categories` gives each node's category, so that two cups can be told apart: `{"cup_1": "cup", "cup_2": "cup"}`.
    A node it leaves out is its own category. A node may have several bases; a pair of nodes has one edge at most.
    """

    def __init__(self, edges: Iterable[Edge], categories: Mapping[str, str] | None = None) -> None:
        self.edges: tuple[Edge, ...] = tuple(edges)
        _refuse_malformed(self.edges)
        _refuse_duplicates(self.edges)
        graph = nx.DiGraph((edge.base, edge.target) for edge in self.edges)
        _refuse_cycle(graph)
        _refuse_pieces(graph)
        self.root: str = _only_root(graph)
        self._graph = graph
        self.categories: Mapping[str, str] = _categories(tuple(graph), categories or {})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SceneGraph):
            return NotImplemented
        return self.edges == other.edges and self.categories == other.categories

    def __hash__(self) -> int:
        return hash(self.edges)

    def __repr__(self) -> str:
        return f"SceneGraph({len(self.categories)} objects, {len(self.edges)} relations, root {self.root!r})"

    def topological_order(self) -> tuple[str, ...]:
        """Node ids, every base before its targets; the root first; ties in the order the edges named them."""
        rank = {node: position for position, node in enumerate(self._graph)}
        return tuple(nx.lexicographical_topological_sort(self._graph, key=rank.__getitem__))

    def parents(self, node: str) -> tuple[str, ...]:
        """The bases of a node; empty for the root. ValueError for an unknown id."""
        return tuple(edge.base for edge in self.edges_to(node))

    def children(self, node: str) -> tuple[str, ...]:
        """The targets of a node. ValueError for an unknown id."""
        return tuple(edge.target for edge in self.edges_from(node))

    def edges_to(self, node: str) -> tuple[Edge, ...]:
        """The questions that place a node."""
        return tuple(edge for edge in self.edges if edge.target == self._known(node))

    def edges_from(self, node: str) -> tuple[Edge, ...]:
        """The questions in which a node is the base."""
        return tuple(edge for edge in self.edges if edge.base == self._known(node))

    def to_json(self) -> str:
        """The graph as text, the same bytes every time."""
        document = {"schema_version": SCHEMA_VERSION, "categories": dict(self.categories),
                    "edges": [asdict(edge) for edge in self.edges]}
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> SceneGraph:
        """The graph of a text; ValueError says what is wrong with it."""
        try:
            document = json.loads(text, object_pairs_hook=_unique_keys)
        except json.JSONDecodeError as error:
            raise ValueError(f"This is not JSON ({error}); write scene graphs with SceneGraph.to_json.") from None
        if not isinstance(document, dict) or not isinstance(document.get("edges"), list):
            raise ValueError("A scene graph file is a JSON object with a list of 'edges'.")
        if document.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(f"The scene graph has schema_version {document.get('schema_version')!r}, but this package "
                             f"knows {SCHEMA_VERSION!r}: upgrade it, or write the file again.")
        categories = document.get("categories", {})
        if not isinstance(categories, dict):
            raise ValueError(f"'categories' must map node ids to categories, got {categories!r}.")
        return cls([_edge(item, f"edges[{i}]") for i, item in enumerate(document["edges"])], categories)

    def _known(self, node: str) -> str:
        if node not in self.categories:
            raise ValueError(f"No object is called {node!r}; the graph has {', '.join(self.categories)}.")
        return node


def _refuse_malformed(edges: Sequence[Edge]) -> None:
    if not edges:
        raise ValueError("A scene graph needs at least one edge; give it a relation between two objects.")
    for edge in edges:
        for name in ("target", "predicate", "base", "prompt"):
            value = getattr(edge, name)
            if not isinstance(value, str) or not value.strip():
                raise ValueError(f"The {name} of {edge} must be a non-empty string.")
        if edge.target == edge.base:
            raise ValueError(f"{edge.target!r} is related to itself; name two different objects.")


def _refuse_duplicates(edges: Sequence[Edge]) -> None:
    for (base, target), count in Counter((edge.base, edge.target) for edge in edges).items():
        if count > 1:
            raise ValueError(f"{target!r} is related to {base!r} by {count} edges; say it once, in one prompt.")


def _refuse_cycle(graph: nx.DiGraph) -> None:
    if nx.is_directed_acyclic_graph(graph):
        return
    nodes = [base for base, _ in nx.find_cycle(graph)]
    raise ValueError(f"The relations go round in a circle, {' -> '.join([*nodes, nodes[0]])}; drop one of them.")


def _refuse_pieces(graph: nx.DiGraph) -> None:
    pieces = [", ".join(sorted(piece)) for piece in nx.weakly_connected_components(graph)]
    if len(pieces) > 1:
        raise ValueError(f"The scene falls into {len(pieces)} unconnected pieces ({' | '.join(sorted(pieces))}); "
                         "relate them to each other.")


def _only_root(graph: nx.DiGraph) -> str:
    roots = [str(node) for node, degree in graph.in_degree() if degree == 0]
    if len(roots) > 1:
        raise ValueError(f"{len(roots)} objects have no base ({', '.join(sorted(roots))}); "
                         "relate all but one of them to another object.")
    return roots[0]


def _categories(nodes: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(given) - set(nodes))
    if unknown:
        raise ValueError(f"Categories are given for objects in no relation: {', '.join(unknown)}.")
    for node, category in given.items():
        if not isinstance(category, str) or not category.strip():
            raise ValueError(f"The category of {node!r} must be a non-empty string, got {category!r}.")
    return {node: given.get(node, node) for node in nodes}


def _edge(item: Any, where: str) -> Edge:
    names = [field.name for field in fields(Edge)]
    if not isinstance(item, dict) or set(item) != set(names):
        raise ValueError(f"{where} must have exactly the keys {', '.join(names)}, got {item!r}.")
    return Edge(**item)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise ValueError(f"The key {repeated[0]!r} appears twice in one JSON object; a node has one category.")
    return dict(pairs)
