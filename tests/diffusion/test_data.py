"""Training data: every vector stays with its context, every context is met equally often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

from diffusion.data import (
    HIDE_RELATION,
    HIDE_SENTENCE,
    WRONG_SENTENCE,
    RelationData,
    TrainingSet,
    catalog_data,
    file_data,
    training_set,
)
from diffusion.network import BASE, RELATION, SENTENCE, TARGET, Conditioning
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.catalog.contexts import Context, contexts
from oor.relation import unpack
from oor.samples import SampleSet, write_samples

Vectors = Callable[[int, int], Tensor]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def labelled_set(vectors: list[int], prompts: list[int]) -> TrainingSet:
    """Vector j of context c is (c, j, 0 ...); the states of prompt j of context c are (c, j)."""
    clean = torch.tensor([[c, j] + [0] * 13 for c, count in enumerate(vectors) for j in range(count)]).float()
    states = torch.tensor([[c, j] for c, count in enumerate(prompts) for j in range(count)]).float()[:, None].repeat(1, 4, 1)
    text = Conditioning(states, torch.ones(len(states), 4, dtype=torch.bool), torch.arange(4).expand(len(states), 4))
    starts, prompt_starts = (torch.tensor([0, *counts]).cumsum(0) for counts in (vectors, prompts))
    return TrainingSet(clean, starts, text, prompt_starts)


def batch(table: TrainingSet, prompts: int, draws: int, seed: int = 0) -> tuple[Tensor, Tensor, Conditioning]:
    """Contexts (p,), vectors (p, draws, 15) and texts of them, as a training step draws them."""
    source = generator(seed)
    context, text = table.prompts(prompts, source)
    return context, table.vectors(context, draws, source), text


def test_vectors_and_prompts_come_from_the_context_that_is_told() -> None:
    context, clean, text = batch(labelled_set([1, 5, 100, 2], [3, 1, 2, 7]), 500, 6)
    assert context.shape == (500,) and clean.shape == (500, 6, 15) and text.states.shape == (500, 4, 2)
    assert torch.equal(clean[..., 0], context[:, None].float().expand(500, 6))
    names = text.states[:, [TARGET, BASE, RELATION]]
    assert torch.equal(names[..., 0], context[:, None].float().expand(500, 3))
    assert torch.equal(names, names[:, :1].expand_as(names))  # all of one prompt
    lost = ~text.mask[:, RELATION]
    assert torch.equal(text.states[lost], names[lost][:, :1].expand(-1, 4, -1))  # where the relation's name is hidden


def test_vectors_are_asked_for_in_any_order_of_contexts() -> None:
    context = torch.tensor([3, 0, 0, 2, 3])
    clean = labelled_set([1, 5, 100, 2], [1, 1, 1, 1]).vectors(context, 50, generator())
    assert torch.equal(clean[..., 0], context[:, None].float().expand(5, 50)) and not clean[1:3, :, 1].any()
    assert not torch.equal(clean[0], clean[4])  # a context that is asked for twice is drawn from twice


def test_contexts_their_vectors_and_their_prompts_are_equally_likely() -> None:
    vectors, prompts = [3, 5, 100, 2], [3, 4, 2, 7]
    context, clean, text = batch(labelled_set(vectors, prompts), 8000, 4)
    assert chisquare(np.bincount(context)).pvalue > 0.01
    for c in range(4):
        drawn, said = clean[context == c][..., 1].long().flatten(), text.states[context == c][:, TARGET, 1].long()
        assert chisquare(np.bincount(drawn, minlength=vectors[c])).pvalue > 0.001
        assert chisquare(np.bincount(said, minlength=prompts[c])).pvalue > 0.001


def test_a_prompt_hides_its_relation_or_its_sentence_or_nothing() -> None:
    context, text = labelled_set([2, 2], [2, 2]).prompts(8000, generator())
    assert bool(text.mask[:, [TARGET, BASE]].all()) and bool((text.mask[:, SENTENCE] | text.mask[:, RELATION]).all())
    hidden = 1 - text.mask.float().mean(dim=0)
    assert float(hidden[RELATION]) == pytest.approx(HIDE_RELATION, abs=0.02) and float(hidden[SENTENCE]) == pytest.approx(
        HIDE_SENTENCE, abs=0.02
    )
    for c in range(2):
        assert float(text.mask[context == c, RELATION].float().mean()) == pytest.approx(1 - HIDE_RELATION, abs=0.03)


def test_a_wrong_sentence_is_any_prompts_and_only_where_all_names_are_shown() -> None:
    prompts = [3, 4, 2, 7]
    _, text = labelled_set([1] * 4, prompts).prompts(16000, generator())
    first = torch.tensor([0, 3, 7, 9])
    said, own = (first[text.states[:, segment, 0].long()] + text.states[:, segment, 1].long() for segment in (SENTENCE, TARGET))
    wrong = said != own
    assert bool(text.mask[wrong].all())
    assert float(wrong.float().mean()) == pytest.approx(WRONG_SENTENCE * 15 / 16, abs=0.015)  # in 16 prompts one finds itself
    others = wrong.sum() - own[wrong].bincount(minlength=16)
    assert chisquare(said[wrong].bincount(minlength=16).numpy(), others.numpy() / 15).pvalue > 0.01


def test_the_generator_fixes_the_batch() -> None:
    table = labelled_set([10, 20], [3, 4])
    (context, clean, text), (context_again, again, text_again), (_, other, _) = (batch(table, 8, 4, seed) for seed in (0, 0, 1))
    assert torch.equal(context, context_again) and torch.equal(clean, again) and not torch.equal(clean, other)
    assert torch.equal(text.states, text_again.states) and torch.equal(text.mask, text_again.mask)


@pytest.mark.parametrize("counts", [[1], [1, 5, 100, 2], [40, 1, 1]])
def test_moments_are_those_of_each_context_alone(counts: list[int]) -> None:
    rng = np.random.default_rng(0)
    rows = [rng.normal(rng.normal(size=15), rng.uniform(0.01, 3, 15), (count, 15)).astype(np.float32) for count in counts]
    table = replace(labelled_set(counts, counts), clean=torch.from_numpy(np.concatenate(rows)))
    mean, std = table.moments()
    assert mean.shape == std.shape == (len(counts), 15)
    for c, row in enumerate(rows):
        np.testing.assert_allclose(mean[c], row.astype(np.float64).mean(axis=0), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(std[c], row.astype(np.float64).std(axis=0), rtol=1e-5, atol=1e-6)
        assert len(row) > 1 or not std[c].any()


TRIPLES = (Context("mug", "left of", "plate"), Context("ball", "under", "table"), Context("rock", "near", "river"))


def small_data(vectors: Tensor) -> RelationData:
    prompts = (
        ("a mug left of a plate", "mug by a plate"),
        ("ball under table",),
        ("a rock near the river", "rock near river", "the rock"),
    )
    return RelationData(TRIPLES, vectors, torch.tensor([0, 20, 25, 40]), prompts, "test")


@pytest.mark.parametrize("translation", ["contact", "linear"])
def test_a_training_set_keeps_prompts_and_vectors_aligned(
    random_vectors: Vectors, word_encoder: TextEncoder, translation: str
) -> None:
    data = small_data(random_vectors(0, 40))
    table, normaliser = training_set(data, word_encoder, translation)
    assert normaliser.translation == translation and table.clean.dtype == torch.float32
    torch.testing.assert_close(normaliser.denormalise(table.clean.double()), data.vectors, rtol=1e-4, atol=1e-4)
    assert table.prompt_starts.tolist() == [0, 2, 3, 6] and torch.equal(table.starts, data.starts)
    for c, context in enumerate(data.contexts):
        for j, prompt in enumerate(data.prompts[c]):
            row = table.text.rows(table.prompt_starts[c] + j + torch.zeros(1, dtype=torch.long))
            alone = conditioning(word_encoder, [Condition(prompt, context.target, context.base, context.predicate)])
            assert torch.equal(row.states[row.mask], alone.states[alone.mask]) and torch.equal(
                row.segment[row.mask], alone.segment[alone.mask]
            )


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


def test_catalog_data_has_every_context_and_grows_only_with_the_numbers_asked_for() -> None:
    data, same = catalog_data(3, 2, 0), catalog_data(3, 2, 0)
    assert data.contexts == contexts() and data.starts.tolist() == [3 * i for i in range(len(contexts()) + 1)]
    assert (
        data.vectors.shape == (3 * len(contexts()), 15)
        and torch.equal(data.vectors, same.vectors)
        and data.prompts == same.prompts
    )
    assert all(len(set(sentences)) == 2 for sentences in data.prompts)
    relation = unpack(data.vectors)
    torch.testing.assert_close(relation.scale_base.amax(dim=1), torch.ones(len(data.vectors), dtype=torch.float64))


def test_the_seed_changes_the_draws() -> None:
    assert not torch.equal(catalog_data(1, 1, 0).vectors, catalog_data(1, 1, 1).vectors)
