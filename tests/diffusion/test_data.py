"""Training data: every vector stays with its context, every context is met equally often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

import diffusion.data
from diffusion.anchors import (
    AXES,
    BASES,
    BOX_BASE,
    BOX_TARGET,
    OF_BASE,
    OF_TARGET,
    TARGETS,
    WORST,
    Choice,
    anchor_spreads,
    contact_moments,
)
from diffusion.coordinates import Translation
from diffusion.data import (
    FOR_ANCHORS,
    HIDE_RELATION,
    HIDE_SENTENCE,
    HIDE_SHAPES,
    TYPICAL,
    VARIANTS,
    WRONG_NAMES,
    WRONG_SENTENCE,
    RelationData,
    TrainingSet,
    catalog_data,
    file_data,
    instances,
    training_set,
)
from diffusion.network import BASE, RELATION, SENTENCE, TARGET, Conditioning
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context
from oor.catalog.descriptors import WIDTH as SHAPE_WIDTH
from oor.catalog.descriptors import descriptor, descriptors
from oor.catalog.frames import FRAMES
from oor.catalog.posed import Posed
from oor.catalog.predicates import PREDICATES
from oor.catalog.programs import draw
from oor.catalog.prompts import captions, training_prompts
from oor.relation import unpack
from oor.samples import SampleSet, write_samples

Vectors = Callable[[int, int], Tensor]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def labelled_set(groups: list[list[int]], prompts: list[int]) -> TrainingSet:
    """Vector j of group g is (g, j, 0 ...); the states of prompt j of context c are (c, j); the shapes of group g are all g + 1;
    the spreads of context c are all c.

    groups: how many vectors each group of each context has.
    """
    sizes = [size for own in groups for size in own]
    vectors = torch.tensor([[g, j] + [0] * 13 for g, count in enumerate(sizes) for j in range(count)]).float()
    states = torch.tensor([[c, j] for c, count in enumerate(prompts) for j in range(count)]).float()[:, None].repeat(1, 4, 1)
    shapes = (1.0 + torch.arange(len(sizes)))[:, None, None].expand(-1, 2, 3)
    mask, segment = torch.ones(len(states), 4, dtype=torch.bool), torch.arange(4).expand(len(states), 4)
    text = Conditioning(states, mask, segment, torch.full((len(states), 2, 3), -1.0))
    starts, group_starts, prompt_starts = (torch.tensor([0, *counts]).cumsum(0) for counts in (sizes, map(len, groups), prompts))
    spreads = torch.arange(len(groups)).float()[:, None, None, None].expand(-1, 4, 5, 2)
    return TrainingSet(vectors, starts, group_starts, shapes, text, prompt_starts, spreads)


GROUPS, PROMPTS = [[3], [5, 4], [100, 1, 2, 7], [2, 2]], [3, 4, 2, 7]
OWNER = torch.tensor([0, 1, 1, 2, 2, 2, 2, 3, 3])  # the context of each group
FIRST = torch.tensor([0, 3, 7, 9])  # the first prompt of each context


def batch(table: TrainingSet, prompts: int, draws: int, seed: int = 0) -> tuple[Tensor, Tensor, Conditioning]:
    """Groups (p,), vectors (p, draws, 15) and texts of them, as a training step draws them."""
    source = generator(seed)
    group, text = table.prompts(prompts, source)
    return group, table.drawn(group, draws, source), text


def said(text: Conditioning, segment: int) -> Tensor:
    """The number of the prompt (p,) that a segment was taken from, in a labelled set of PROMPTS."""
    return FIRST[text.states[:, segment, 0].long()] + text.states[:, segment, 1].long()


def test_vectors_prompts_and_shapes_come_from_the_group_that_is_told() -> None:
    group, vectors, text = batch(labelled_set(GROUPS, PROMPTS), 4000, 6)
    assert group.shape == (4000,) and vectors.shape == (4000, 6, 15) and text.states.shape == (4000, 4, 2)
    assert torch.equal(vectors[..., 0], group[:, None].float().expand(4000, 6))
    assert torch.equal(text.states[:, RELATION, 0], OWNER[group].float())  # never another context's prompt
    shown = text.shapes[:, 0, 0] > 0
    assert torch.equal(text.shapes[shown], (1.0 + group[shown])[:, None, None].expand(-1, 2, 3)) and not text.shapes[~shown].any()
    assert set(group.tolist()) == set(range(9))


def test_names_are_the_contexts_own_or_both_of_one_other_prompt_about_shapes_that_are_shown() -> None:
    group, text = labelled_set(GROUPS, PROMPTS).prompts(16000, generator())
    own, target, base = (said(text, segment) for segment in (RELATION, TARGET, BASE))
    assert torch.equal(target, base)
    wrong, shown = target != own, text.shapes.flatten(1).all(dim=1)
    assert bool(shown[wrong].all()) and torch.equal(shown, text.shapes.flatten(1).any(dim=1))
    assert float(wrong.float().mean()) == pytest.approx(WRONG_NAMES * 15 / 16, abs=0.015)  # in 16 prompts one finds itself
    assert float(shown.float().mean()) == pytest.approx(1 - HIDE_SHAPES, abs=0.012)
    others = wrong.sum() - own[wrong].bincount(minlength=16)
    assert chisquare(target[wrong].bincount(minlength=16).numpy(), others.numpy() / 15).pvalue > 0.01
    for g in range(9):
        assert float(shown[group == g].float().mean()) == pytest.approx(1 - HIDE_SHAPES, abs=0.06)


def test_without_a_relations_name_the_rest_is_right_and_all_hiding_is_by_chance_alone() -> None:
    _, text = labelled_set(GROUPS, PROMPTS).prompts(16000, generator(1))
    own, nameless = said(text, RELATION), ~text.mask[:, RELATION]
    assert torch.equal(said(text, SENTENCE)[nameless], own[nameless])
    hidden, wrong = ~text.shapes.flatten(1).any(dim=1), said(text, TARGET) != own
    for rare in (nameless, ~text.mask[:, SENTENCE], said(text, SENTENCE) != own):
        for other in (hidden, wrong):
            together = float((rare & other).float().mean())
            assert together == pytest.approx(float(rare.float().mean()) * float(other.float().mean()), abs=0.012)


def test_vectors_are_asked_for_in_any_order_of_groups() -> None:
    group = torch.tensor([3, 0, 0, 2, 3])
    vectors = labelled_set([[1], [5, 100], [2]], [1, 1, 1]).drawn(group, 50, generator())
    assert torch.equal(vectors[..., 0], group[:, None].float().expand(5, 50)) and not vectors[1:3, :, 1].any()
    assert not torch.equal(vectors[0], vectors[4])  # a group that is asked for twice is drawn from twice


def test_spreads_are_those_of_the_context_that_a_group_belongs_to() -> None:
    table, group = labelled_set(GROUPS, PROMPTS), torch.tensor([8, 0, 3, 3, 1, 2, 6, 7])
    spreads = table.spread_of(group)
    assert torch.equal(spreads, OWNER[group].float()[:, None, None, None].expand(8, 4, 5, 2))
    assert torch.equal(table.spread_of(torch.arange(9))[:, 0, 0, 0], OWNER.float())


def test_contexts_and_within_them_groups_vectors_and_prompts_are_equally_likely() -> None:
    group, vectors, text = batch(labelled_set(GROUPS, PROMPTS), 12000, 4)
    context = OWNER[group]
    assert chisquare(np.bincount(context)).pvalue > 0.01  # however many groups they have
    for c in range(4):
        assert chisquare(np.bincount(group[context == c])[OWNER.tolist().index(c) :]).pvalue > 0.01 or len(GROUPS[c]) == 1
        prompts = text.states[context == c][:, RELATION, 1].long()
        assert chisquare(np.bincount(prompts, minlength=PROMPTS[c])).pvalue > 0.001
    for g, size in enumerate(size for own in GROUPS for size in own):
        drawn = vectors[group == g][..., 1].long().flatten()
        assert size == 1 or chisquare(np.bincount(drawn, minlength=size)).pvalue > 0.001


def test_prompts_and_shapes_of_a_context_go_together_in_every_pairing() -> None:
    group, text = labelled_set(GROUPS, PROMPTS).prompts(16000, generator())
    pairs = {(int(g), int(p)) for g, p in zip(group, said(text, RELATION), strict=True)}
    assert pairs == {(g, int(FIRST[c]) + j) for g, c in enumerate(OWNER.tolist()) for j in range(PROMPTS[c])}


def test_a_prompt_hides_its_relation_or_its_sentence_or_nothing() -> None:
    group, text = labelled_set([[2], [2, 2]], [2, 2]).prompts(8000, generator())
    assert bool(text.mask[:, [TARGET, BASE]].all()) and bool((text.mask[:, SENTENCE] | text.mask[:, RELATION]).all())
    hidden = 1 - text.mask.float().mean(dim=0)
    assert float(hidden[RELATION]) == pytest.approx(HIDE_RELATION, abs=0.02) and float(hidden[SENTENCE]) == pytest.approx(
        HIDE_SENTENCE, abs=0.02
    )
    for chosen in (group == 0, group > 0):
        assert float(text.mask[chosen, RELATION].float().mean()) == pytest.approx(1 - HIDE_RELATION, abs=0.03)


def test_a_wrong_sentence_is_any_prompts_and_only_where_all_names_are_shown() -> None:
    _, text = labelled_set(GROUPS, PROMPTS).prompts(16000, generator())
    sentence, own = said(text, SENTENCE), said(text, RELATION)
    wrong = sentence != own
    assert bool(text.mask[wrong].all())
    assert float(wrong.float().mean()) == pytest.approx(WRONG_SENTENCE * 15 / 16, abs=0.015)  # in 16 prompts one finds itself
    others = wrong.sum() - own[wrong].bincount(minlength=16)
    assert chisquare(sentence[wrong].bincount(minlength=16).numpy(), others.numpy() / 15).pvalue > 0.01


def test_the_generator_fixes_the_batch() -> None:
    table = labelled_set([[10], [20, 5]], [3, 4])
    (group, vectors, text), (group_again, again, text_again), (_, other, _) = (batch(table, 8, 4, seed) for seed in (0, 0, 1))
    assert torch.equal(group, group_again) and torch.equal(vectors, again) and not torch.equal(vectors, other)
    assert all(torch.equal(getattr(text, part), getattr(text_again, part)) for part in ("states", "mask", "shapes"))


def test_the_table_itself_is_never_changed() -> None:
    table, fresh = (labelled_set(GROUPS, PROMPTS) for _ in range(2))
    batch(table, 500, 4)
    assert torch.equal(table.text.states, fresh.text.states) and bool(table.text.mask.all())
    assert torch.equal(table.text.shapes, fresh.text.shapes) and torch.equal(table.shapes, fresh.shapes)
    assert torch.equal(table.vectors, fresh.vectors) and torch.equal(table.spreads, fresh.spreads)


def test_all_of_it_moves_to_a_device_together() -> None:
    moved = labelled_set(GROUPS, PROMPTS).to(torch.device("meta"))
    parts = [getattr(moved, item.name) for item in fields(moved) if item.name != "text"]
    assert {part.device.type for part in (*parts, moved.text.states, moved.text.shapes)} == {"meta"}


TRIPLES = (Context("mug", "left of", "plate"), Context("ball", "under", "table"), Context("rock", "near", "river"))


def small_data(vectors: Tensor) -> RelationData:
    prompts = (
        ("a mug left of a plate", "mug by a plate"),
        ("ball under table",),
        ("a rock near the river", "rock near river", "the rock"),
    )
    shapes = torch.arange(4.0)[:, None, None].expand(4, 2, SHAPE_WIDTH)
    return RelationData(TRIPLES, vectors, torch.tensor([0, 15, 20, 25, 40]), torch.tensor([0, 0, 1, 2]), shapes, prompts, "test")


@pytest.mark.parametrize("translation", ["contact", "linear"])
def test_a_training_set_keeps_prompts_and_vectors_aligned(
    random_vectors: Vectors, word_encoder: TextEncoder, translation: Translation
) -> None:
    data = small_data(random_vectors(0, 40))
    table, normaliser = training_set(data, word_encoder, translation)
    assert normaliser.translation == translation and torch.equal(table.vectors, data.vectors.float())
    assert table.prompt_starts.tolist() == [0, 2, 3, 6] and torch.equal(table.starts, data.starts)
    assert table.group_starts.tolist() == [0, 2, 3, 4] and torch.equal(table.shapes, data.shapes)
    for c, context in enumerate(data.contexts):
        for j, prompt in enumerate(data.prompts[c]):
            row = table.text.rows(table.prompt_starts[c] + j + torch.zeros(1, dtype=torch.long))
            alone = conditioning(word_encoder, [Condition(prompt, context.target, context.base, context.predicate)])
            assert torch.equal(row.states[row.mask], alone.states[alone.mask]) and torch.equal(
                row.segment[row.mask], alone.segment[alone.mask]
            )


def real_data(vectors: Tensor) -> RelationData:
    """Groups of 64, 32, 32 and 16 vectors of two contexts of one relation and one of another, about real shapes."""
    known = (Context("mug", "left of", "plate"), Context("ball", "left of", "table"), Context("teapot", "pours into", "teacup"))
    group_context = torch.tensor([0, 0, 1, 2])
    shapes = torch.from_numpy(np.stack([descriptors(known[c].target, known[c].base) for c in group_context]))
    starts = torch.tensor([0, 64, 96, 128, 144])
    return RelationData(known, vectors, starts, group_context, shapes.float(), (("a",), ("b",), ("c",)), "test")


def test_spreads_are_of_each_context_among_those_of_its_relation(random_vectors: Vectors, word_encoder: TextEncoder) -> None:
    """And every group counts as much as any other, however many vectors it has."""
    data = real_data(random_vectors(0, 144))
    table, _ = training_set(data, word_encoder, "contact")
    assert FOR_ANCHORS == 64 and table.spreads.shape == (3, TARGETS, BASES, AXES)
    moments = []
    for c in range(3):
        groups = (data.group_context == c).nonzero()[:, 0]
        rows = [data.vectors[data.starts[g] : data.starts[g + 1]] for g in groups]
        moments.append(contact_moments(torch.stack([row.repeat_interleave(64 // len(row), dim=0) for row in rows]).float(),
                                       data.shapes[groups]))
    torch.testing.assert_close(table.spreads, anchor_spreads(torch.stack(moments), torch.tensor([4, 4, 9])))


@pytest.mark.parametrize("translation", ["contact", "linear"])
def test_the_normaliser_is_fitted_to_boxes_and_to_the_best_anchors_alike(
    random_vectors: Vectors, word_encoder: TextEncoder, translation: Translation
) -> None:
    data = real_data(random_vectors(0, 144))
    table, normaliser = training_set(data, word_encoder, translation)
    rows = [normaliser.normalise(data.vectors)]
    for g, c in enumerate(data.group_context):
        best = (table.spreads[c] == table.spreads[c].min()).nonzero()[:1]
        anchors = Choice(data.shapes[g : g + 1], *best.T).anchors().rows(0)
        rows.append(normaliser.normalise(data.vectors[data.starts[g] : data.starts[g + 1]], anchors))
    x = torch.cat(rows)
    torch.testing.assert_close(x.mean(dim=0), torch.zeros(15).double(), rtol=0, atol=1e-6)
    torch.testing.assert_close(x.std(dim=0, correction=0), torch.ones(15).double(), rtol=1e-6, atol=0)


def sample_file(path: Path, vectors: Tensor, rows: list[tuple[Context, str]]) -> Path:
    write_samples(
        path,
        SampleSet(
            vectors.numpy(),
            tuple(p for _, p in rows),
            tuple(c.target for c, _ in rows),
            tuple(c.predicate for c, _ in rows),
            tuple(c.base for c, _ in rows),
            ("test",) * len(rows),
            np.zeros(len(rows)),
        ),
    )
    return path


def test_files_are_grouped_by_context_and_nothing_is_lost(random_vectors: Vectors, tmp_path: Path) -> None:
    vectors = random_vectors(0, 40)
    rows = [(TRIPLES[i * i % 3], f"prompt {i % 5}") for i in range(40)]
    files = [
        sample_file(tmp_path / f"{name}.parquet", vectors[part], rows[part])
        for name, part in (("a", slice(0, 17)), ("b", slice(17, 40)))
    ]
    data = file_data(files)
    assert set(data.contexts) == {context for context, _ in rows} and list(data.contexts) == sorted(data.contexts)
    assert data.vectors.dtype == torch.float64 and data.source == "a.parquet, b.parquet"
    for c, context in enumerate(data.contexts):
        own = [i for i, (other, _) in enumerate(rows) if other == context]
        assert torch.equal(data.vectors[data.starts[c] : data.starts[c + 1]], vectors[own])
        assert Counter(data.prompts[c]) == Counter({rows[i][1] for i in own})
    assert int(data.starts[0]) == 0 and int(data.starts[-1]) == 40
    assert data.group_context.tolist() == list(range(len(data.contexts)))  # one group each: files say nothing about shapes
    expected = np.stack([descriptors(context.target, context.base) for context in data.contexts])
    np.testing.assert_allclose(data.shapes, expected, rtol=1e-6)


def test_things_nobody_knows_have_no_shapes(random_vectors: Vectors, tmp_path: Path) -> None:
    file = sample_file(tmp_path / "x.parquet", random_vectors(0, 3), [(context, "x") for context in TRIPLES])
    data = file_data([file])
    assert {context.target: bool(row.any()) for context, row in zip(data.contexts, data.shapes, strict=True)} == {
        "mug": True, "ball": True, "rock": False}


def test_the_order_of_files_does_not_change_which_vectors_a_context_has(random_vectors: Vectors, tmp_path: Path) -> None:
    vectors, rows = random_vectors(0, 6), [(TRIPLES[i % 3], "x") for i in range(6)]
    a, b = (sample_file(tmp_path / name, vectors[part], rows[part]) for name, part in (("a", slice(0, 3)), ("b", slice(3, 6))))
    one, other = file_data([a, b]), file_data([b, a])
    assert one.contexts == other.contexts and torch.equal(one.starts, other.starts)
    assert torch.equal(one.vectors.view(3, 2, 15), other.vectors.view(3, 2, 15).flip(1))


def test_files_without_samples_are_refused(tmp_path: Path) -> None:
    empty = sample_file(tmp_path / "empty.parquet", torch.zeros(0, 15, dtype=torch.float64), [])
    with pytest.raises(ValueError, match=r"no samples in .*empty\.parquet.*; lift or draw some first"):
        file_data([empty])


SOME = (Context("mug", "left of", "plate"), Context("teapot", "pours into", "teacup"), Context("ball", "under", "table"))


def test_catalog_data_has_groups_of_shapes_for_every_context() -> None:
    data = catalog_data(26, 5, 4, 0, SOME)
    assert data.contexts == SOME and data.source == "catalog draws"
    assert data.starts.tolist() == [6 * i for i in range(13)]  # 26 // 4 each
    assert data.group_context.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert data.vectors.shape == (72, 15) and data.shapes.shape == (12, 2, SHAPE_WIDTH)
    assert [len(sentences) for sentences in data.prompts] == [5, 5, 5]
    for context, sentences in zip(SOME, data.prompts, strict=True):
        assert sentences == (*captions(context, 2, 0), *training_prompts(context, 3, 0))
    torch.testing.assert_close(unpack(data.vectors).scale_base.amax(dim=1), torch.ones(72, dtype=torch.float64))


def test_each_context_finds_the_points_that_it_is_about(word_encoder: TextEncoder) -> None:
    aimed = Context("camera", "photographs", "vase")
    table, _ = training_set(catalog_data(8 * FOR_ANCHORS, 2, 8, 0, (*SOME, aimed)), word_encoder, "contact")
    spout, opening = (list(FRAMES).index(name) for name in ("spout", "opening"))
    assert float(table.spreads[1, BOX_TARGET + spout, BOX_BASE + opening, OF_BASE]) == 0
    assert float(table.spreads[1, :BOX_TARGET].min()) > 0.3  # nowhere on the teapot's box
    assert bool((table.spreads[[0, 2], :BOX_TARGET].amin(dim=(1, 2, 3)) == 0).all())
    assert float(table.spreads[:3, ..., OF_TARGET].min()) > 0 and float(table.spreads[3, ..., OF_BASE].min()) > 2
    assert bool((table.spreads[:, BOX_TARGET + list(FRAMES).index("keyhole")] == WORST).all())


def test_captions_from_elsewhere_come_after_the_grammars() -> None:
    more = {str(SOME[1]): ("A teapot filling a teacup.", "Tea!"), "ball under sofa": ("A ball.",)}
    plain, data = catalog_data(4, 3, 1, 0, SOME), catalog_data(4, 3, 1, 0, SOME, more)
    assert data.prompts == (plain.prompts[0], (*plain.prompts[1], "A teapot filling a teacup.", "Tea!"), plain.prompts[2])
    assert torch.equal(data.vectors, plain.vectors) and torch.equal(data.shapes, plain.shapes)


def test_shapes_that_do_not_fit_give_way_to_the_typical_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def narrow(context: Context, n: int, rng: np.random.Generator, pair: tuple[Category, Category]) -> np.ndarray:
        if pair[0] is not categories()[context.target]:
            raise ValueError("fewer than 1 pair in 200 fits together")
        return draw(context, n, rng, pair)

    monkeypatch.setattr(diffusion.data, "draw", narrow)
    data = catalog_data(40, 2, 5, 0, SOME)
    assert data.starts.tolist() == [8 * i for i in range(16)] and bool(torch.isfinite(data.vectors).all())
    for context, groups in zip(SOME, data.shapes.view(3, 5, 2, SHAPE_WIDTH), strict=True):
        plain = torch.from_numpy(descriptors(context.target, context.base)).float()
        assert torch.equal(groups, plain.expand(5, -1, -1))  # described as what was drawn


def test_the_first_groups_show_the_typical_shapes_and_the_others_random_instances() -> None:
    data = catalog_data(48, 2, 6, 3, SOME)
    shapes = data.shapes.view(3, 6, 2, SHAPE_WIDTH)
    for context, groups in zip(SOME, shapes, strict=True):
        plain = torch.from_numpy(descriptors(context.target, context.base)).float()
        assert torch.equal(groups[:TYPICAL], plain.expand(TYPICAL, -1, -1))
        for number, name in enumerate((context.target, context.base)):
            pool = [descriptor(one).astype(np.float32) for one in instances(categories()[name], VARIANTS, 3)]
            for group in groups[TYPICAL:, number].numpy():
                assert any(np.array_equal(group, known) for known in pool)
        assert context.target == "ball" or not (groups[TYPICAL:] == plain).flatten(1).all(dim=1).any()  # all balls are one ball
        assert len(groups.unique(dim=0)) >= 3


def test_the_vectors_of_a_group_are_relations_of_its_shapes() -> None:
    data = catalog_data(600, 2, 5, 1, SOME)
    for g, c in enumerate(data.group_context.tolist()):
        context, pair = SOME[c], []
        for number, name in enumerate((SOME[c].target, SOME[c].base)):
            known = [categories()[name], *instances(categories()[name], VARIANTS, 1)]
            pair.append(next(one for one in known if np.array_equal(descriptor(one).astype(np.float32), data.shapes[g, number])))
        relation = unpack(data.vectors[data.starts[g] : data.starts[g + 1]])
        n = len(relation.t_base_target)
        target = Posed(pair[0].template, *(x.numpy() for x in (relation.R_base_target, relation.t_base_target,
                                                               relation.scale_target)))
        base = Posed(pair[1].template, np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)), relation.scale_base.numpy())
        assert n == 120 and PREDICATES[context.predicate](target, base).mean() > 0.85, context
        edges = relation.scale_base.numpy() / pair[1].template.extents
        assert np.abs(np.log(edges / edges.mean(axis=1, keepdims=True))).mean() < 2 * pair[1].stretch  # its very proportions


def test_instances_of_a_category_are_always_the_same_for_a_seed() -> None:
    mug = categories()["mug"]
    few, many, other = instances(mug, 2, 5), instances(mug, 4, 5), instances(mug, 2, 6)
    cards = [[descriptor(one) for one in row] for row in (few, many, other)]
    assert np.array_equal(cards[0], cards[1][:2]) and not np.array_equal(cards[0], cards[2])
    assert len({card.tobytes() for card in cards[1]}) == 4
    assert {one.name for one in many} == {"mug"}
    assert not np.array_equal(cards[0][0], descriptor(instances(categories()["teacup"], 1, 5)[0]))


def test_the_seed_decides_the_draws_and_the_shapes_and_nothing_else_does() -> None:
    one, same, other = (catalog_data(8, 2, 4, seed, SOME) for seed in (0, 0, 1))
    assert torch.equal(one.vectors, same.vectors) and torch.equal(one.shapes, same.shapes) and one.prompts == same.prompts
    assert not torch.equal(one.vectors, other.vectors) and not torch.equal(one.shapes, other.shapes)
    assert one.prompts != other.prompts and torch.equal(one.starts, other.starts)
    first = catalog_data(8, 2, 4, 0, SOME[:1])
    assert torch.equal(first.vectors, one.vectors[:8]) and first.prompts == one.prompts[:1]  # whatever else there is


@pytest.mark.parametrize("shapes", [1, 2])
def test_few_groups_are_typical_ones(shapes: int) -> None:
    data = catalog_data(8, 2, shapes, 0, SOME)
    assert len(data.shapes) == 3 * shapes and len(data.vectors) == 24
    assert torch.equal(data.shapes[0], torch.from_numpy(descriptors("mug", "plate")).float())


def test_fewer_draws_than_groups_are_refused_or_leave_no_group_empty(word_encoder: TextEncoder) -> None:
    """A group without vectors would take those of the next one."""
    try:
        data = catalog_data(3, 2, 4, 0, SOME)
    except ValueError as error:
        assert "draws" in str(error) and "\n" not in str(error)
    else:
        assert int(data.starts.diff().min()) > 0
        assert bool(torch.isfinite(training_set(data, word_encoder, "contact")[0].spreads).all())
