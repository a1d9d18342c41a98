"""Encoders from folders and from the hub's layout, and four texts laid side by side. Nothing here may touch the network."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from diffusion import text_encoder
from diffusion.network import BASE, RELATION, SENTENCE, TARGET
from diffusion.text_encoder import (
    EMBEDDED,
    Condition,
    T5TextEncoder,
    TextEncoder,
    conditioning,
    load_folder,
    load_text_encoder,
    new_t5,
    normalise_sentence,
)
from diffusion.text_training import TextConfig, t5_config
from oor.catalog.category import categories
from oor.catalog.descriptors import WIDTH as SHAPE_WIDTH
from oor.catalog.descriptors import descriptor
from oor.files import write_safetensors, write_text

laws = settings(deadline=None, max_examples=100, derandomize=True)
WORDS = ["a", "the", "mug", "plate", "is", "left", "right", "of", "on", "under", "teapot"]
TEXTS = ["a mug", "the mug is left of the plate", "a teapot on a mug", "plate"]
TINY = TextConfig(width=16, layers=2, heads=2, hidden=24)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's offline mode, and a failure where it is not kept. (The environment variable is read at import: too late here.)"""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"a test reached for the network: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def word_tokenizer() -> Tokenizer:
    vocabulary = {word: i for i, word in enumerate(["<pad>", "</s>", "<unk>", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def random_t5(dtype: torch.dtype = torch.float32) -> torch.nn.Module:
    model, generator = new_t5(t5_config(TINY, 3 + len(WORDS))), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return model.eval().to(dtype)


def write_own_layout(folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    weights = {name: value for name, value in random_t5(dtype).state_dict().items() if name != "encoder.embed_tokens.weight"}
    write_text(folder / "config.json", json.dumps(t5_config(TINY, 3 + len(WORDS))))
    write_safetensors(folder / "model.safetensors", weights, {"format": "pt"})
    write_text(folder / "tokenizer.json", word_tokenizer().to_str())
    return folder


def write_hub_layout(folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    from transformers import PreTrainedTokenizerFast

    random_t5(dtype).save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=word_tokenizer(), pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_own_layout(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def hub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hub_layout(tmp_path_factory.mktemp("hub"))


@pytest.fixture(params=["own", "hub", "embedded"])
def encoder(
    request: pytest.FixtureRequest, own_folder: Path, hub_folder: Path, embedded: T5TextEncoder
) -> Iterator[T5TextEncoder]:
    if request.param == "embedded":
        yield embedded
    else:
        yield load_folder(own_folder, "own") if request.param == "own" else load_text_encoder(str(hub_folder))


@pytest.mark.parametrize("folder", ["own", "embedded"])
def test_a_folder_gives_exactly_what_transformers_gives(own_folder: Path, folder: str) -> None:
    from transformers import T5EncoderModel

    path = own_folder if folder == "own" else EMBEDDED
    states, mask = load_folder(path, folder).encode(TEXTS)
    ids = load_folder(path, folder).tokenise(TEXTS)
    reference = T5EncoderModel.from_pretrained(path, dtype=torch.float32).eval()
    with torch.no_grad():
        expected = reference(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    assert torch.equal(states, expected * mask[..., None]) and torch.equal(mask, ids != 0)
    assert states.shape == (*ids.shape, reference.config.d_model)


def test_the_same_encoder_is_the_same_in_both_layouts(own_folder: Path, hub_folder: Path) -> None:
    own, hub = load_folder(own_folder, "own"), load_text_encoder(str(hub_folder))
    assert hub.name == str(hub_folder) and hub.width == own.width == TINY.width
    assert torch.equal(own.tokenise(TEXTS), hub.tokenise(TEXTS))
    torch.testing.assert_close(hub.encode(TEXTS), own.encode(TEXTS), rtol=0, atol=1e-6)


def test_a_folder_that_training_wrote_loads_by_its_path(embedded: T5TextEncoder) -> None:
    by_path = load_text_encoder(str(EMBEDDED))
    torch.testing.assert_close(by_path.encode(TEXTS), embedded.encode(TEXTS), rtol=0, atol=1e-5)


def test_states_are_float32_whatever_the_weights_are_stored_in(tmp_path: Path) -> None:
    hub = load_text_encoder(str(write_hub_layout(tmp_path / "hub", torch.bfloat16)))
    assert hub.encode(TEXTS)[0].dtype == torch.float32
    assert load_folder(write_own_layout(tmp_path / "own", torch.float16), "own").encode(TEXTS)[0].dtype == torch.float32


def test_padding_does_not_change_states(encoder: T5TextEncoder) -> None:
    states, mask = encoder.encode(TEXTS)
    for row, text in enumerate(TEXTS):
        alone, alone_mask = encoder.encode([text])
        torch.testing.assert_close(states[row][mask[row]], alone[0], rtol=0, atol=1e-5)
        assert bool(alone_mask.all()) and not states[row][~mask[row]].any()


def test_states_are_float32_without_gradients_and_depend_on_word_order(encoder: T5TextEncoder) -> None:
    (one, other), _ = encoder.encode(["mug left of plate", "plate left of mug"])
    assert one.dtype == torch.float32 and not one.requires_grad
    assert float((one.sum(dim=0) - other.sum(dim=0)).abs().max()) > 1e-3


def test_encoding_in_chunks_changes_nothing(encoder: T5TextEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = encoder.encode(TEXTS)
    monkeypatch.setattr(text_encoder, "CHUNK", 3)
    torch.testing.assert_close(encoder.encode(TEXTS), whole, rtol=0, atol=1e-5)


def test_a_very_long_text_is_cut(embedded: T5TextEncoder) -> None:
    assert embedded.encode(["mug " * 500, "mug"])[1].sum(dim=1).tolist() == [64, 2]


def refusal(name: str) -> str:
    """What the user reads: one sentence that repeats the name and says what to do."""
    with pytest.raises(ValueError, match=r"give a folder, a hub id,? or 'embedded'") as caught:
        load_text_encoder(name)
    message = str(caught.value)
    assert repr(name) in message and "\n" not in message and len(message) < 400
    return message


@pytest.mark.parametrize("name", ["nobody/nothing-here", "embeded", "/no/such/folder", "not a/hub id"])
def test_an_unknown_name_is_refused_in_one_sentence(name: str) -> None:
    refusal(name)


@pytest.mark.parametrize("spoilt", ["config.json", "model.safetensors"])
def test_a_damaged_folder_is_refused_in_one_sentence(hub_folder: Path, tmp_path: Path, spoilt: str) -> None:
    folder = shutil.copytree(hub_folder, tmp_path / "copy")
    (folder / spoilt).write_text("{")
    refusal(str(folder))


def test_a_model_that_is_no_t5_is_refused_instead_of_filled_with_random_weights(hub_folder: Path, tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    folder = shutil.copytree(hub_folder, tmp_path / "bert")
    BertModel(
        BertConfig(
            vocab_size=30,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            classifier_dropout=0.1,
        )
    ).save_pretrained(folder)
    refusal(str(folder))


def test_a_missing_encoder_says_which_command_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no text encoder in .*python -m oor\.train recipe=text out="):
        load_folder(tmp_path, "nothing")


@laws
@given(sentence=st.text(alphabet="aB .,;:!?()\"\t\n\u00c9'-", max_size=20))
def test_normalising_is_idempotent_and_leaves_single_inner_spaces(sentence: str) -> None:
    plain = normalise_sentence(sentence)
    assert normalise_sentence(plain) == plain == plain.strip() and "  " not in plain and plain == plain.lower()
    assert not set(plain) & set('.,;:!?"()\t\n') and {*plain} - {" "} >= set(sentence.lower()) & set("ab\u00e9'-")
    assert normalise_sentence(f"  {sentence.upper()} . ") == normalise_sentence(sentence.upper())


@pytest.mark.parametrize(
    ("sentence", "plain"),
    [
        ("A Mug is\tLEFT  of\n the plate.", "a mug is left of the plate"),
        ("Really?!", "really"),
        ("wait, what ; ...", "wait what"),
        ('On the plate,a mug (red): "mine"!', "on the plate a mug red mine"),
        ("half-open box's lid", "half-open box's lid"),
        (" . ", ""),
    ],
)
def test_a_normalised_sentence(sentence: str, plain: str) -> None:
    assert normalise_sentence(sentence) == plain


CONDITIONS = [
    Condition("A mug  is left of the plate.", "mug", "plate", "left of"),
    Condition("teapot on mug", "teapot", "mug", "on"),
    Condition("a mug is left of the plate", "mug", "plate", "left of"),
]


def test_the_four_texts_lie_side_by_side_in_the_order_of_their_segments(word_encoder: TextEncoder) -> None:
    text = conditioning(word_encoder, CONDITIONS)
    assert text.states.shape == (3, 7 + 1 + 1 + 2, word_encoder.width) and text.mask.shape == text.segment.shape == (3, 11)
    assert text.segment[0].tolist() == [SENTENCE] * 7 + [TARGET] + [BASE] + [RELATION] * 2 == sorted(text.segment[0].tolist())
    for row, condition in enumerate(CONDITIONS):
        parts = (normalise_sentence(condition.sentence), condition.target, condition.base, condition.relation)
        for segment, part in zip((SENTENCE, TARGET, BASE, RELATION), parts, strict=True):
            own = text.mask[row] & (text.segment[row] == segment)
            assert torch.equal(text.states[row][own], word_encoder.encode([part])[0][0])
    assert not text.states[~text.mask].any()


def test_each_distinct_text_is_encoded_once(word_encoder: TextEncoder) -> None:
    conditioning(word_encoder, CONDITIONS * 50)
    assert word_encoder.seen == ["a mug is left of the plate", "teapot on mug", "mug", "teapot", "plate", "mug", "left of", "on"]


def test_equal_conditions_have_equal_states(embedded: T5TextEncoder) -> None:
    text = conditioning(embedded, CONDITIONS)
    assert torch.equal(text.states[0], text.states[2]) and torch.equal(text.mask[0], text.mask[2])
    alone = conditioning(embedded, CONDITIONS[1:2])
    torch.testing.assert_close(text.states[1][text.mask[1]], alone.states[0][alone.mask[0]], rtol=0, atol=1e-5)


def test_shapes_are_the_typical_ones_unless_they_are_given(word_encoder: TextEncoder) -> None:
    own = np.random.default_rng(0).normal(size=(2, SHAPE_WIDTH))
    conditions = [*CONDITIONS[:2], replace(CONDITIONS[1], shapes=own), Condition("a gizmo on a mug", "gizmo", "mug", "on")]
    shapes = conditioning(word_encoder, conditions).shapes
    assert shapes.shape == (4, 2, SHAPE_WIDTH) and shapes.dtype == torch.float32
    mug, plate, teapot = (torch.from_numpy(descriptor(categories()[name])).float() for name in ("mug", "plate", "teapot"))
    expected = [torch.stack([mug, plate]), torch.stack([teapot, mug]), torch.from_numpy(own).float(),
                torch.stack([torch.zeros(SHAPE_WIDTH), mug])]
    assert torch.equal(shapes, torch.stack(expected))
    assert word_encoder.seen.count("teapot") == 1  # shapes are no text


def test_a_condition_of_unknown_words_is_none_but_its_shapes_are_zero(word_encoder: TextEncoder) -> None:
    text = conditioning(word_encoder, [Condition("a gizmo on a gadget", "gizmo", "gadget", "on")])
    assert bool(text.mask.all()) and not text.shapes.any()
