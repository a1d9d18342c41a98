"""The embedded encoder's vocabulary."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from diffusion.text_encoder import EMBEDDED, normalise_sentence
from diffusion.text_vocabulary import train_tokenizer
from oor.catalog.category import categories
from oor.catalog.contexts import contexts, predicates
from oor.catalog.prompts import held_out_prompts, training_prompts
from oor.catalog.splits import training_categories, training_contexts

NEEDED = [word for known in categories().values() for word in known.words] + list(predicates())
TEXTS = [normalise_sentence(p) for c in training_contexts()[::4] for p in training_prompts(c, 3, 0)] + ["the samovar", "the urn"]
SIZE = 4000


@pytest.fixture(scope="module")
def vocabulary() -> str:
    return train_tokenizer(TEXTS, NEEDED, ["samovar"], SIZE)


@pytest.fixture(params=["trained here", "shipped"])
def tokenizer(request: pytest.FixtureRequest, vocabulary: str) -> Tokenizer:
    if request.param == "trained here":
        return Tokenizer.from_str(vocabulary)
    return Tokenizer.from_file(str(EMBEDDED / "tokenizer.json"))


def whole(tokenizer: Tokenizer, text: str) -> bool:
    return list(tokenizer.encode(text).tokens) == [*(f"\u2581{part}" for part in text.split()), "</s>"]


def test_the_first_three_ids_pad_end_and_unknown(tokenizer: Tokenizer) -> None:
    assert [tokenizer.id_to_token(i) for i in range(3)] == ["<pad>", "</s>", "<unk>"]
    assert tokenizer.encode("").ids == [1] and tokenizer.encode("\u6c34").ids[-2:] == [2, 1]


def test_every_word_of_a_category_is_one_piece(tokenizer: Tokenizer) -> None:
    words = [word for known in training_categories().values() for word in known.words]
    assert [word for word in words if not whole(tokenizer, word)] == []


def test_every_needed_word_is_one_piece_and_the_size_is_kept(vocabulary: str) -> None:
    tokenizer = Tokenizer.from_str(vocabulary)
    assert [word for word in NEEDED if not whole(tokenizer, word)] == [] and tokenizer.get_vocab_size() <= SIZE


def test_wanted_words_come_before_others_that_are_as_frequent() -> None:
    words = [a + b + c for a in "bdfgk" for b in "aeiou" for c in "lmnrst"]
    tokenizer = Tokenizer.from_str(train_tokenizer(words, [], words[100:], 150))
    kept = [word for word in words if f"\u2581{word}" in tokenizer.get_vocab()]
    assert set(words[100:]) <= set(kept) and len(kept) < len(words)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(words=st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'-", min_size=1, max_size=12), min_size=1, max_size=5))
def test_any_latin_word_is_spelled_and_can_be_read_back(vocabulary: str, words: list[str]) -> None:
    tokenizer, sentence = Tokenizer.from_str(vocabulary), " ".join(words)
    ids = tokenizer.encode(sentence).ids
    assert 0 not in ids and 2 not in ids and ids[-1] == 1 and ids.count(1) == 1
    assert tokenizer.decode(ids) == sentence
    assert tokenizer.encode(sentence.upper()).ids == ids


def test_no_prompt_of_the_catalog_has_an_unknown_word(tokenizer: Tokenizer) -> None:
    sentences = [normalise_sentence(prompt) for context in contexts() for prompt in held_out_prompts(context)]
    assert [s for s, encoding in zip(sentences, tokenizer.encode_batch(sentences), strict=True) if 2 in encoding.ids] == []


def test_the_vocabulary_is_the_same_every_time(vocabulary: str) -> None:
    assert train_tokenizer(TEXTS, NEEDED, ["samovar"], SIZE) == vocabulary
