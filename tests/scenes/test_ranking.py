"""How likely layouts are under sentences: in any order, wherever the world stands, for the objects as they are now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from diffusion.checkpoint import Checkpoint, load_checkpoint
from diffusion.likelihood import log_likelihood
from diffusion.text_encoder import Condition, T5TextEncoder, load_text_encoder
from oor.catalog.contexts import Context
from oor.layout import Layout, LayoutObject, relation_of
from oor.query import RelationQuery, parse_query
from oor.relation import invert, pack, unpack
from scenes.assets import template_asset
from scenes.pairs import layouts
from scenes.ranking import LEAST, log_likelihoods

Drawn = Callable[[Context], NDArray[np.float64]]
STEPS = 4  # what is compared is computed alike; how exact it is, tests/diffusion/test_likelihood.py says
ON = Context("mug", "on", "table")
TWINS = Context("book", "on", "book")


@pytest.fixture(scope="module")
def model(tiny_checkpoint: Path) -> tuple[Checkpoint, T5TextEncoder]:
    return load_checkpoint(tiny_checkpoint), load_text_encoder("embedded")


def placed(drawn: Drawn, context: Context, count: int = 3) -> tuple[Layout, ...]:
    vectors = torch.from_numpy(drawn(context)[:count])
    target, base = template_asset(context.target), template_asset(context.base)
    return layouts(unpack(vectors), target, base, predicate=context.predicate, prompt=str(context))


def said(*sentences: str) -> list[RelationQuery]:
    return [parse_query(sentence) for sentence in sentences]


def nats(model: tuple[Checkpoint, T5TextEncoder], samples: tuple[Layout, ...], *sentences: str) -> torch.Tensor:
    return log_likelihoods(*model, samples, said(*sentences), steps=STEPS)


def moved(layout: Layout, object_id: str, T_world: NDArray[np.float64]) -> Layout:
    """One object elsewhere."""
    return replace(
        layout,
        objects=tuple(
            replace(item, T_world_object=T_world @ item.T_world_object) if item.id == object_id else item
            for item in layout.objects
        ),
    )


def shift(*offset: float) -> NDArray[np.float64]:
    T = np.eye(4)
    T[:3, 3] = offset
    return T


def expected(model: tuple[Checkpoint, T5TextEncoder], query: RelationQuery, vectors: torch.Tensor) -> torch.Tensor:
    """What the likelihood of sampling says of relation vectors (n, 15)."""
    condition = Condition(query.prompt, query.target, query.base, query.predicate)
    return log_likelihood(*model, [condition], vectors, steps=STEPS)[0]


def test_rows_are_samples_and_columns_are_sentences(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    samples = placed(drawn, ON, 2)
    sentences = "a mug on a table", "a table under a mug"
    found = nats(model, samples, *sentences)
    assert found.shape == (2, 2) and found.dtype == torch.float64 and found.isfinite().all()
    assert len(found.flatten().unique()) == 4
    for i, sample in enumerate(samples):
        for j, sentence in enumerate(sentences):
            assert float(nats(model, (sample,), sentence)) == pytest.approx(float(found[i, j]), rel=1e-4, abs=1e-3)


def test_they_are_the_log_likelihoods_of_the_relations_that_were_sampled(
    model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn
) -> None:
    samples = placed(drawn, ON, 4)
    vectors = torch.from_numpy(np.stack([sample.relations[0].vector for sample in samples]))
    [query] = said("a mug on a table")
    torch.testing.assert_close(nats(model, samples, query.prompt)[:, 0], expected(model, query, vectors), rtol=1e-4, atol=1e-3)


def test_a_sentence_about_the_inverse_looks_from_the_other_object(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    samples = placed(drawn, ON, 2)
    [query] = said("a table under a mug")
    assert (query.target, query.base) == ("table", "mug")
    vectors = pack(invert(unpack(torch.from_numpy(np.stack([sample.relations[0].vector for sample in samples])))))
    torch.testing.assert_close(nats(model, samples, query.prompt)[:, 0], expected(model, query, vectors), rtol=1e-4, atol=1e-3)


def test_the_order_of_objects_in_the_file_does_not_matter(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    samples = placed(drawn, ON)
    turned = tuple(replace(sample, objects=sample.objects[::-1]) for sample in samples)
    assert torch.equal(nats(model, turned, "a mug on a table"), nats(model, samples, "a mug on a table"))


def test_moving_turning_and_scaling_the_world_changes_nothing(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    T = np.eye(4)
    T[:3, :3] = Rotation.random(random_state=4).as_matrix()
    T[:3, 3] = 3, -2, 7

    def elsewhere(item: LayoutObject) -> LayoutObject:
        T_world_object = item.T_world_object.copy()
        T_world_object[:3, 3] *= 2.5
        return replace(item, T_world_object=T @ T_world_object, scale=2.5 * item.scale)

    samples = placed(drawn, ON)
    other = tuple(replace(sample, objects=tuple(map(elsewhere, sample.objects))) for sample in samples)
    torch.testing.assert_close(
        nats(model, other, "a mug on a table"), nats(model, samples, "a mug on a table"), rtol=1e-4, atol=1e-2
    )


def test_what_counts_is_where_objects_are_now(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    """The farther the target is moved away the less likely it is, and the record of what was sampled does not help."""
    sample = placed(drawn, ON, 1)[0]
    target = sample.relations[0].target
    ways = tuple(moved(sample, target, shift(0, step, 0)) for step in (0, 10, 30, 100))
    found = nats(model, ways, "a mug on a table")[:, 0].tolist()
    assert found == sorted(found, reverse=True) and found[0] > found[-1] + 100
    alone = float(nats(model, (replace(sample, relations=()),), "a mug on a table"))
    assert alone == pytest.approx(found[0], rel=1e-4, abs=1e-3)


def test_a_world_that_is_out_of_reach_counts_as_the_least(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    sample = placed(drawn, ON, 1)[0]
    target = sample.relations[0].target
    far = tuple(moved(sample, target, shift(step, 0, -step)) for step in (1e6, 1e12, 1e30))
    *lost, here = nats(model, (*far, sample), "a mug on a table")[:, 0].tolist()
    assert lost == [LEAST] * 3 and LEAST < -1e3 < here
    assert here == pytest.approx(float(nats(model, (sample,), "a mug on a table")), rel=1e-4, abs=1e-3)


def test_of_twins_the_first_of_the_file_is_on_the_second(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    [sample], [query] = placed(drawn, TWINS, 1), said("a book on a book")
    assert [item.id for item in sample.objects] == ["book", "book_2"] and sample.relations[0].base == "book_2"
    right = float(expected(model, query, torch.from_numpy(sample.relations[0].vector[None].copy())))
    assert float(nats(model, (sample,), query.prompt)) == pytest.approx(right, rel=1e-4, abs=1e-3)
    swapped = replace(sample, objects=sample.objects[::-1], relations=())  # the lower one on the upper one
    other = float(expected(model, query, pack(relation_of(sample, "book_2", "book"))[None]))
    assert float(nats(model, (swapped,), query.prompt)) == pytest.approx(other, rel=1e-4, abs=1e-3)
    assert other != pytest.approx(right, abs=0.1)


def test_of_twins_the_relation_says_which_is_which(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    sample = placed(drawn, TWINS, 1)[0]
    turned = replace(sample, objects=sample.objects[::-1])
    assert torch.equal(nats(model, (turned,), "a book on a book"), nats(model, (sample,), "a book on a book"))


@pytest.mark.parametrize(
    ("sentence", "objects"),
    [
        ("a mug on a chair", "mug, table"),
        ("a plate on a table", "mug, table"),
        ("a mug on a mug", "mug, table"),
        ("a book on a book", "mug, table"),
    ],
)
def test_a_sentence_about_what_is_not_there_is_refused(
    model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn, sentence: str, objects: str
) -> None:
    good = placed(drawn, ON, 1)
    with pytest.raises(
        ValueError, match=f"^sample 0 holds {objects}, so it says nothing about '{sentence}'; ask about what is in it$"
    ):
        nats(model, good, sentence)


def test_a_sample_with_two_of_a_kind_says_nothing_about_one(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    sample = placed(drawn, ON, 1)[0]
    mug, table = sample.objects
    second, third = replace(mug, id="mug_2"), replace(mug, id="mug_3")
    for objects, held in (((mug, table, second), "mug, table, mug"), ((table,), "table")):
        with pytest.raises(ValueError, match=rf"^sample 1 holds {held}, so it says nothing about 'a mug on a table'; ask "):
            nats(model, (sample, Layout(objects)), "a mug on a table")
    with pytest.raises(ValueError, match=r"^sample 0 holds mug, table, mug, mug, so it says nothing about 'a mug on a mug'"):
        nats(model, (Layout((mug, table, second, third)),), "a mug on a mug")


def test_other_objects_do_no_harm(model: tuple[Checkpoint, T5TextEncoder], drawn: Drawn) -> None:
    sample = placed(drawn, ON, 1)[0]
    lamp = replace(sample.objects[0], id="lamp", category="lamp")
    crowd = replace(sample, objects=(lamp, *sample.objects, replace(lamp, id="lamp_2")))
    assert torch.equal(nats(model, (crowd,), "a mug on a table"), nats(model, (sample,), "a mug on a table"))
