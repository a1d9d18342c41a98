"""Training data: every vector stays with its context, every context is met equally often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

from diffusion.data import HIDE_RELATION, HIDE_SENTENCE, RelationData, TrainingSet, catalog_data, file_data, training_set
from diffusion.network import BASE, RELATION, SENTENCE, TARGET, TextStates
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
    text = TextStates(states, torch.ones(len(states), 4, dtype=torch.bool), torch.arange(4).expand(len(states), 4))
    starts, prompt_starts = (torch.tensor([0, *counts]).cumsum(0) for counts in (vectors, prompts))
    return TrainingSet(clean, starts, text, prompt_starts)


def test_vectors_come_from_the_prompts_own_context() -> None:
    table = labelled_set([1, 5, 100, 2], [3, 1, 2, 7])
    clean, text = table.batch(500, 6, generator())
    assert clean.shape == (500, 6, 15) and text.states.shape == (500, 4, 2)
    assert torch.equal(clean[..., 0], text.states[:, :1, 0].expand(500, 6))


def test_contexts_their_vectors_and_their_prompts_are_equally_likely() -> None:
    vectors, prompts = [3, 5, 100, 2], [3, 4, 2, 7]
    clean, text = labelled_set(vectors, prompts).batch(8000, 4, generator())
    context = text.states[:, 0, 0].long()
    assert chisquare(np.bincount(context)).pvalue > 0.01
    for c in range(4):
        drawn, said = clean[context == c][..., 1].long().flatten(), text.states[context == c][:, 0, 1].long()
        assert chisquare(np.bincount(drawn, minlength=vectors[c])).pvalue > 0.001
        assert chisquare(np.bincount(said, minlength=prompts[c])).pvalue > 0.001


def test_a_prompt_hides_its_relation_or_its_sentence_or_nothing() -> None:
    _, text = labelled_set([2, 2], [2, 2]).batch(8000, 1, generator())
    assert bool(text.mask[:, [TARGET, BASE]].all()) and bool((text.mask[:, SENTENCE] | text.mask[:, RELATION]).all())
    hidden = 1 - text.mask.float().mean(dim=0)
    assert float(hidden[RELATION]) == pytest.approx(HIDE_RELATION, abs=0.02) and float(hidden[SENTENCE]) == pytest.approx(
        HIDE_SENTENCE, abs=0.02
    )
    context = text.states[:, 0, 0].bool()
    assert float(text.mask[context, RELATION].float().mean()) == pytest.approx(1 - HIDE_RELATION, abs=0.03)  # in every context


def test_the_generator_fixes_the_batch() -> None:
    table = labelled_set([10, 20], [3, 4])
    (clean, text), (again, text_again), (other, _) = (table.batch(8, 4, generator(seed)) for seed in (0, 0, 1))
    assert torch.equal(clean, again) and torch.equal(text.states, text_again.states) and torch.equal(text.mask, text_again.mask)
    assert not torch.equal(clean, other)


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
