"""Reading heads beside an encoder: what is refused, what familiarity is, and figures made of known answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion import text_measures
from diffusion.text_measures import (
    SYNONYMS,
    auc,
    familiarity_auc,
    flag_auc,
    in_domain,
    likeness,
    measure,
    out_of_domain,
    stand_ins,
    synonyms,
)
from diffusion.text_reader import Heads, Reading, SentenceReader, load_reader
from oor.catalog.category import categories
from oor.catalog.contexts import predicates
from oor.catalog.splits import held_out_categories, training_contexts

NAMES = tuple(categories())


class Oracle(SentenceReader):
    """Reads "target / predicate / base" exactly, and the catalog's contexts.

    Its vectors are one axis per category and per predicate, and one for every other word.
    """

    def read(self, sentences: Any) -> Reading:
        slashed = {f"a {c}": f"{c.target} / {c.predicate} / {c.base}" for c in training_contexts()}
        parts = [[part.strip() for part in slashed.get(sentence, sentence).split("/")] for sentence in sentences]
        parts = [part if len(part) == 3 else [part[0], "", part[-1]] for part in parts]
        relation = torch.tensor([[float(said == name) for name in self.predicates] for _, said, _ in parts])
        target, base = (torch.stack([self.axis(part[i]) for part in parts]) for i in (0, 2))
        phrase = torch.stack([self.axis(said) for _, said, _ in parts])
        return Reading(relation, 1 - relation.sum(dim=1), phrase, target, base, target)

    @staticmethod
    def axis(word: str) -> torch.Tensor:
        words = (*NAMES, *predicates())
        place = words.index(word) if word in words else len(words)
        return torch.nn.functional.one_hot(torch.tensor(place), len(words) + 1).float()


@pytest.fixture
def oracle(embedded: Any) -> Oracle:
    return Oracle(embedded, Heads(4, 4, 4), predicates())


def test_a_training_context_is_wholly_familiar_and_nothing_else_is(oracle: Oracle) -> None:
    own = [f"{c.target} / {c.predicate} / {c.base}" for c in training_contexts()]
    assert oracle.familiarity(own).tolist() == [1.0] * len(own)
    swapped = [f"{c.base} / {c.predicate} / {c.target}" for c in training_contexts()]
    assert oracle.familiarity([text for text in swapped if text not in own]).max() == 0
    assert (
        oracle.familiarity(["zebra / on / sofa", "teapot / pours into / zebra", "teapot", "sofa / cuts / bread"]).tolist()
        == [0] * 4
    )


def test_pooling_ignores_padding_and_answers_have_length_one() -> None:
    heads, generator = Heads(8, 5, 6), torch.Generator().manual_seed(0)
    states, mask = torch.randn(3, 7, 8, generator=generator), torch.arange(7) < torch.tensor([[7], [4], [1]])
    logits, vectors = heads(states, mask)
    assert logits.shape == (3, 5) and vectors.shape == (3, 4, 6)
    torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(3, 4))
    changed = heads(torch.where(mask[..., None], states, 100.0), mask)
    torch.testing.assert_close((logits, vectors), changed)
    torch.testing.assert_close(heads(states[1:2, :4], mask[1:2, :4])[1], vectors[1:2])


def test_an_encoder_without_heads_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"no reading heads in .*; train them with `python -m oor\.train recipe=text out="
    ) as caught:
        load_reader(tmp_path)
    assert "\n" not in str(caught.value)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(high=st.lists(st.integers(0, 9), min_size=1, max_size=9), low=st.lists(st.integers(0, 9), min_size=1, max_size=9))
def test_auc_is_the_share_of_pairs_in_order(high: list[int], low: list[int]) -> None:
    share = sum((h > k) + (h == k) / 2 for h in high for k in low) / (len(high) * len(low))
    assert auc(torch.tensor(high), torch.tensor(low)) == pytest.approx(share)
    assert auc(torch.tensor(low), torch.tensor(high)) == pytest.approx(1 - share)


def test_the_synonyms_are_words_of_no_category_for_words_of_one() -> None:
    known = {word for category in categories().values() for word in category.words}
    assert len(SYNONYMS) >= 60 and len({word for word, _ in SYNONYMS}) == len(SYNONYMS)
    assert [word for word, name in SYNONYMS if word in known or name not in categories() or name in held_out_categories()] == []


def test_synonyms_are_ranked(teachers: Any) -> None:
    meant = dict(SYNONYMS)

    def knows(words: list[str]) -> torch.Tensor:
        return torch.stack([Oracle.axis(meant.get(word, word)) for word in words])

    assert synonyms(knows) == {"first": 1.0, "first_five": 1.0, "mean_rank": 0.0}
    assert synonyms(teachers().embed)["first_five"] < 0.2
    assert stand_ins(lambda words, names: [float(meant.get(words, words) == name) for name in names]) > 0.9
    assert stand_ins(lambda words, names: [0.0] * len(names)) < 0.4
    assert likeness(teachers().embed, teachers().embed) == pytest.approx(1, abs=1e-6)


def test_sentences_outside_the_domain_relate_nothing_and_those_inside_are_held_out() -> None:
    assert len(in_domain()) == 2 * len(training_contexts()) and len(set(out_of_domain())) > 150
    assert not set(in_domain()) & set(out_of_domain())


def test_the_sample_door_trusts_sentences_of_its_domain_only() -> None:
    assert flag_auc() > 0.99


def test_every_figure_is_measured(tmp_path: Path, oracle: Oracle, teachers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    few = training_contexts()[::97]
    monkeypatch.setattr(text_measures, "training_contexts", lambda: few)
    figures = measure(oracle, teachers())
    assert figures.keys() >= {
        "held_out_relation",
        "synonyms_first",
        "stand_ins",
        "teacher_synonyms_first",
        "never_met_like_teacher",
        "spatial_relation",
        "familiarity_auc",
        "flag_auc",
        "milliseconds",
        "mebibytes",
    }
    assert all(isinstance(value, float) for value in figures.values())


@pytest.fixture(scope="module")
def shipped() -> SentenceReader:
    return load_reader()


@pytest.mark.slow
def test_the_shipped_encoder_tells_its_domain_from_others(shipped: SentenceReader) -> None:
    assert familiarity_auc(shipped) >= 0.9


@pytest.mark.slow
def test_the_shipped_encoder_reads_what_it_never_met(shipped: SentenceReader) -> None:
    figures = measure(shipped)
    assert figures["held_out_relation"] > 0.5 and figures["held_out_target"] > 0.85 and figures["held_out_base"] > 0.85
    assert figures["spatial_not_opposite"] > 0.95 and figures["synonyms_first_five"] > 0.45  # 0.60 of the teacher's
    assert figures["mebibytes"] < 14
