"""Scene graphs: what is refused, and the order of what is accepted."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oor.scene_graph import Edge, SceneGraph


def on(target: str, base: str) -> Edge:
    return Edge(target, "stands on", base, f"A {target} stands on a {base}.")


def random_graph(seed: int) -> SceneGraph:
    """Each node after the first hangs on one to three earlier ones; the edges come in any order."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 9))
    edges = [on(f"n{i}", f"n{b}") for i in range(1, count)
             for b in rng.choice(i, size=min(i, int(rng.integers(1, 4))), replace=False)]
    shuffled = [edges[k] for k in rng.permutation(len(edges))]
    return SceneGraph(shuffled, {f"n{i}": f"category {i % 3}" for i in range(count)})


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.integers(0, 2**31))
def test_every_base_comes_before_its_targets(seed: int) -> None:
    graph = random_graph(seed)
    order = graph.topological_order()
    place = {node: i for i, node in enumerate(order)}
    assert order[0] == graph.root == "n0" and sorted(order) == sorted(graph.categories)
    assert all(place[edge.base] < place[edge.target] for edge in graph.edges)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(st.integers(0, 2**31))
def test_json_keeps_the_graph(seed: int) -> None:
    graph = random_graph(seed)
    again = SceneGraph.from_json(graph.to_json())
    assert again == graph and hash(again) == hash(graph)
    assert again.to_json() == graph.to_json() and again.topological_order() == graph.topological_order()


def test_parents_children_and_edges() -> None:
    graph = SceneGraph([on("cup", "table"), on("pot", "table"), on("spoon", "cup"), on("spoon", "pot")])
    assert (graph.root, graph.topological_order()) == ("table", ("table", "cup", "pot", "spoon"))
    assert graph.parents("spoon") == ("cup", "pot") and graph.parents("table") == ()
    assert graph.children("table") == ("cup", "pot") and graph.children("spoon") == ()
    assert graph.edges_to("spoon") == (on("spoon", "cup"), on("spoon", "pot"))
    assert graph.edges_from("cup") == (on("spoon", "cup"),)
    assert "4 objects, 4 relations, root 'table'" in repr(graph)
    with pytest.raises(ValueError, match="No object is called 'fork'"):
        graph.parents("fork")


def test_categories_default_to_the_ids() -> None:
    graph = SceneGraph([on("cup_1", "table"), on("cup_2", "table")], {"cup_1": "cup", "cup_2": "cup"})
    assert graph.categories == {"table": "table", "cup_1": "cup", "cup_2": "cup"}
    assert graph != SceneGraph(graph.edges) and graph != "a graph"


BAD: list[tuple[str, list[Edge]]] = [
    ("at least one edge", []),
    ("'cup' is related to itself", [on("cup", "cup")]),
    ("by 2 edges", [on("cup", "table"), Edge("cup", "leans on", "table", "...")]),
    ("circle, .*cup -> .*cup", [on("cup", "table"), on("pot", "cup"), on("cup", "pot")]),
    ("circle", [on("a", "b"), on("b", "a")]),
    (r"2 unconnected pieces \(cup, table \| lamp, shelf\)", [on("cup", "table"), on("lamp", "shelf")]),
    (r"2 objects have no base \(chair, table\)", [on("cup", "table"), on("cup", "chair")]),
    ("The predicate of .* non-empty", [Edge("cup", " ", "table", "...")]),
]


@pytest.mark.parametrize(("message", "edges"), BAD, ids=[message for message, _ in BAD])
def test_what_is_no_rooted_dag_is_refused(message: str, edges: list[Edge]) -> None:
    with pytest.raises(ValueError, match=message):
        SceneGraph(edges)


def test_a_cycle_is_named_in_full() -> None:
    ring = ["a", "b", "c", "d"]
    with pytest.raises(ValueError) as caught:
        SceneGraph([on("a", "root"), *(on(target, base) for base, target in pairwise([*ring, "a"]))])
    assert "a -> b -> c -> d -> a" in str(caught.value)


def test_bad_categories_are_refused() -> None:
    with pytest.raises(ValueError, match="in no relation: fork"):
        SceneGraph([on("cup", "table")], {"fork": "fork"})
    with pytest.raises(ValueError, match="category of 'cup'"):
        SceneGraph([on("cup", "table")], {"cup": ""})


@pytest.mark.parametrize(("text", "message"), [
    ("{", "not JSON"),
    ("[]", "list of 'edges'"),
    ('{"schema_version": "9.0", "edges": []}', "schema_version '9.0'"),
    ('{"schema_version": "1.0", "edges": [{"target": "a"}]}', r"edges\[0\] must have exactly"),
    ('{"schema_version": "1.0", "edges": [], "categories": 3}', "'categories' must map"),
    ('{"schema_version": "1.0", "edges": [], "categories": {"a": "cup", "a": "pot"}}', "'a' appears twice"),
])
def test_a_broken_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SceneGraph.from_json(text)


def test_the_file_has_stable_keys() -> None:
    document = json.loads(SceneGraph([on("cup", "table")]).to_json())
    assert list(document) == ["schema_version", "categories", "edges"]
    assert list(document["edges"][0]) == ["target", "predicate", "base", "prompt"]
