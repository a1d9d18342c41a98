"""The embedded encoder's vocabulary, corpus and training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from safetensors.torch import load_file
from tokenizers import Tokenizer

from diffusion.network import SENTENCE
from diffusion.text_encoder import EMBEDDED, Condition, conditioning, load_folder, normalise_sentence
from diffusion.text_training import IGNORE, Corpus, TextConfig, corpus, train_text_encoder, train_tokenizer
from diffusion.training import LoopConfig
from oor.catalog.category import categories
from oor.catalog.contexts import contexts, predicates
from oor.catalog.prompts import held_out_prompts, training_prompts
from oor.catalog.splits import (
    category_contexts,
    held_out_categories,
    held_out_combinations,
    training_categories,
    training_contexts,
)

TINY = TextConfig(
    width=16,
    layers=1,
    heads=2,
    hidden=16,
    prompts_per_context=3,
    random_pairs=40,
    batch=16,
    loop=LoopConfig(steps=10, lr=1e-2, warmup=2, save_every=5, bf16=False),
)
WORDS = [word for known in training_categories().values() for word in known.words]


@pytest.fixture(scope="module")
def data() -> Corpus:
    return corpus(TINY)


@pytest.fixture(scope="module")
def vocabulary(data: Corpus) -> str:
    return train_tokenizer(data.sentences)


@pytest.fixture(params=["trained here", "shipped"])
def tokenizer(request: pytest.FixtureRequest, vocabulary: str) -> Tokenizer:
    return (
        Tokenizer.from_str(vocabulary)
        if request.param == "trained here"
        else Tokenizer.from_file(str(EMBEDDED / "tokenizer.json"))
    )


def test_the_first_three_ids_pad_end_and_unknown(tokenizer: Tokenizer) -> None:
    assert [tokenizer.id_to_token(i) for i in range(3)] == ["<pad>", "</s>", "<unk>"]
    assert tokenizer.encode("").ids == [1] and tokenizer.encode("\u6c34").ids[-2:] == [2, 1]


def test_every_word_of_a_category_is_one_piece(tokenizer: Tokenizer) -> None:
    split = {word: tokenizer.encode(word).tokens for word in WORDS}
    expected = {word: [f"\u2581{part}" for part in word.split()] + ["</s>"] for word in WORDS}
    assert {word: tokens for word, tokens in split.items() if tokens != expected[word]} == {}


@settings(deadline=None, max_examples=200, derandomize=True)
@given(words=st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'-", min_size=1, max_size=12), min_size=1, max_size=5))
def test_any_latin_word_is_spelled_and_can_be_read_back(vocabulary: str, words: list[str]) -> None:
    tokenizer, sentence = Tokenizer.from_str(vocabulary), " ".join(words)
    ids = tokenizer.encode(sentence).ids
    assert 0 not in ids and 2 not in ids and ids[-1] == 1 and ids.count(1) == 1
    assert tokenizer.decode(ids) == sentence
    assert tokenizer.encode(sentence.upper()).ids == ids


def test_no_prompt_of_the_catalog_has_an_unknown_word(tokenizer: Tokenizer) -> None:
    sentences = [normalise_sentence(prompt).replace(",", "") for context in contexts() for prompt in held_out_prompts(context)]
    assert [s for s, encoding in zip(sentences, tokenizer.encode_batch(sentences), strict=True) if 2 in encoding.ids] == []


def test_the_vocabulary_is_the_same_every_time(data: Corpus, vocabulary: str) -> None:
    assert train_tokenizer(data.sentences) == vocabulary


def test_the_corpus_says_what_its_labels_say(data: Corpus) -> None:
    names, relations = list(training_categories()), list(predicates())
    assert data.labels.shape == (len(data.sentences), 3) and len(data.noisy) == len(data.sentences)
    for sentence, (relation, target, base) in zip(data.sentences, data.labels.tolist(), strict=True):
        spoken = [[word for word in categories()[names[i]].words if word in sentence] for i in (target, base)]
        assert spoken[0] and spoken[1], sentence
        assert relation == IGNORE or 0 <= relation < len(relations)
        assert (relation == IGNORE) == (sentence in WORDS and target == base)


def test_the_contexts_come_first_with_their_own_prompts(data: Corpus) -> None:
    names, relations = list(training_categories()), list(predicates())
    for i, context in enumerate(training_contexts()):
        rows = slice(i * TINY.prompts_per_context, (i + 1) * TINY.prompts_per_context)
        assert data.sentences[rows] == [
            normalise_sentence(prompt) for prompt in training_prompts(context, TINY.prompts_per_context, 0)
        ]
        label = [relations.index(context.predicate), names.index(context.target), names.index(context.base)]
        assert data.labels[rows].tolist() == [label] * TINY.prompts_per_context


def test_nothing_of_it_is_held_out(data: Corpus) -> None:
    names, relations = list(training_categories()), list(predicates())
    hidden = {word for name in held_out_categories() for word in name.split()}
    assert [sentence for sentence in data.sentences if hidden & set(sentence.split())] == []
    own = data.labels[: len(training_contexts()) * TINY.prompts_per_context].tolist()
    told = {(names[target], relations[relation], names[base]) for relation, target, base in own}
    assert told == {(c.target, c.predicate, c.base) for c in training_contexts()}
    assert not told & {(c.target, c.predicate, c.base) for c in (*held_out_combinations(), *category_contexts())}


def test_every_word_of_training_is_met_bare_and_every_relation_is_said(data: Corpus) -> None:
    bare = [sentence for sentence, relation in zip(data.sentences, data.labels[:, 0].tolist(), strict=True) if relation == IGNORE]
    assert sorted(bare) == sorted(word for word in WORDS for _ in range(8))
    assert set(data.labels[:, 0].tolist()) == {IGNORE, *range(len(predicates()))}


def test_the_held_out_words_are_spelled_and_can_be_read_back(tokenizer: Tokenizer) -> None:
    for name in held_out_categories():
        for word in categories()[name].words:
            ids = tokenizer.encode(word).ids
            assert 2 not in ids and tokenizer.decode(ids) == word
    assert any(len(tokenizer.encode(name).ids) > len(name.split()) + 1 for name in held_out_categories())


def test_made_up_words_are_only_added_and_never_to_bare_words(data: Corpus) -> None:
    for clean, noisy, label in zip(data.sentences, data.noisy, data.labels[:, 0].tolist(), strict=True):
        rest = iter(noisy.split())
        assert all(word in rest for word in clean.split()), (clean, noisy)  # the clean words in their order
        assert label != IGNORE or noisy == clean
    said = data.labels[:, 0] != IGNORE
    changed = torch.tensor([clean != noisy for clean, noisy in zip(data.sentences, data.noisy, strict=True)])
    assert float(changed[said].float().mean()) == pytest.approx(0.5, abs=0.08)


def test_the_corpus_depends_on_the_seed_alone(data: Corpus) -> None:
    again = corpus(TINY)
    assert again.sentences == data.sentences and again.noisy == data.noisy and torch.equal(again.labels, data.labels)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, float]]:
    out = tmp_path_factory.mktemp("text")
    return out, train_text_encoder(TINY, out, Console(quiet=True))


def test_training_writes_a_folder_that_loads(trained: tuple[Path, dict[str, float]]) -> None:
    out, accuracy = trained
    assert {path.name for path in out.iterdir()} >= {"config.json", "model.safetensors", "tokenizer.json"}
    assert accuracy.keys() == {"relation", "target", "base"} and all(0 <= share <= 1 for share in accuracy.values())
    assert {value.dtype for value in load_file(out / "model.safetensors").values()} == {torch.float16}
    encoder = load_folder(out, "tiny")
    text = conditioning(encoder, [Condition("A mug left of a plate.", "mug", "plate", "left of")])
    assert encoder.width == TINY.width and text.states.dtype == torch.float32 and bool(torch.isfinite(text.states).all())
    assert int((text.segment == SENTENCE).sum()) == len(["a", "mug", "left", "of", "a", "plate"]) + 1


def test_training_is_reproducible(trained: tuple[Path, dict[str, float]], tmp_path: Path) -> None:
    torch.rand(3)
    assert train_text_encoder(TINY, tmp_path, Console(quiet=True)) == trained[1]
    one, other = (load_file(folder / "model.safetensors") for folder in (trained[0], tmp_path))
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []
    assert (tmp_path / "tokenizer.json").read_bytes() == (trained[0] / "tokenizer.json").read_bytes()
