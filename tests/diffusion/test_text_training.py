"""Training of the embedded encoder with a teacher that knows no meaning, in a world small enough to be learned by heart."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from tokenizers import Tokenizer

from diffusion.network import SENTENCE
from diffusion.text_corpus import Amounts, Row, tabulate
from diffusion.text_encoder import Condition, FastTokeniser, T5TextEncoder, conditioning, load_folder, new_t5
from diffusion.text_reader import SentenceReader, load_reader
from diffusion.text_training import Student, TextConfig, apart, begin, distillation, t5_config, train_text_encoder
from diffusion.text_vocabulary import train_tokenizer
from diffusion.training import LoopConfig, fit
from diffusion.wordnet import WordNet
from oor.catalog.contexts import predicates

TINY = TextConfig(
    width=16,
    layers=1,
    heads=2,
    hidden=16,
    vocabulary=3000,
    amounts=Amounts(prompts_per_context=2, unworded=1, random_pairs=40, foreign=20, nouns=20, glosses=20, bare=1),
    batch=16,
    loop=LoopConfig(steps=10, lr=1e-2, warmup=2, save_every=5, bf16=False),
)
FILES = ("config.json", "model.safetensors", "reader.safetensors", "tokenizer.json")


def nobody() -> Any:
    raise AssertionError("the teacher was asked")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, wordnet: WordNet, teachers: Any) -> tuple[Path, dict[str, float]]:
    out = tmp_path_factory.mktemp("text")
    return out, train_text_encoder(TINY, out, Console(file=io.StringIO()), wordnet=wordnet, teacher=teachers)


def same(one: Path, other: Path) -> list[str]:
    """The files of two runs that are the same byte for byte."""
    return [name for name in FILES if (one / name).read_bytes() == (other / name).read_bytes()]


def test_training_writes_a_folder_that_loads(trained: tuple[Path, dict[str, float]]) -> None:
    out, accuracy = trained
    assert {path.name for path in out.iterdir()} == {*FILES, "state.safetensors", "teacher.safetensors"}
    assert accuracy.keys() == {"relation", "target", "base"} and all(0 <= share <= 1 for share in accuracy.values())
    for name in ("model.safetensors", "reader.safetensors"):
        assert {value.dtype for value in load_file(out / name).values()} == {torch.float16}
    encoder = load_folder(out, "tiny")
    text = conditioning(encoder, [Condition("A mug left of a plate.", "mug", "plate", "left of")])
    assert encoder.width == TINY.width and text.states.dtype == torch.float32 and bool(torch.isfinite(text.states).all())
    assert int((text.segment == SENTENCE).sum()) == len(["a", "mug", "left", "of", "a", "plate"]) + 1


def test_the_reader_reads_what_the_student_did(trained: tuple[Path, dict[str, float]]) -> None:
    reader = load_reader(trained[0])
    reading = reader.read(["A mug left of a plate.", "samovar"])
    assert reading.relation.shape == (2, len(predicates())) and reader.predicates == predicates()
    torch.testing.assert_close(reading.relation.sum(dim=1) + reading.none, torch.ones(2))
    for vectors in (reading.phrase, reading.target, reading.base, reading.sentence, reader.nouns(["mug", "samovar"])):
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))


def test_training_is_reproducible_and_goes_on_without_its_teacher(
    trained: tuple[Path, dict[str, float]], tmp_path: Path, wordnet: WordNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.rand(3)
    (tmp_path / "teacher.safetensors").write_bytes((trained[0] / "teacher.safetensors").read_bytes())
    calls = 0
    original = torch.optim.AdamW.step

    def interrupted(self: Any, closure: Any = None) -> Any:
        nonlocal calls
        calls += 1
        if calls == 8:
            raise KeyboardInterrupt
        return original(self, closure)

    monkeypatch.setattr(torch.optim.AdamW, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_text_encoder(TINY, tmp_path, Console(file=io.StringIO()), wordnet=wordnet, teacher=nobody)
    assert not (tmp_path / "model.safetensors").exists()
    monkeypatch.setattr(torch.optim.AdamW, "step", original)
    again = train_text_encoder(TINY, tmp_path, Console(file=io.StringIO()), wordnet=wordnet, teacher=nobody)
    assert again == trained[1] and same(tmp_path, trained[0]) == list(FILES)


def test_missing_files_of_wordnet_are_named_before_anything_is_written(tmp_path: Path) -> None:
    config = replace(TINY, wordnet=str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match=r"no WordNet in .*nowhere"):
        train_text_encoder(config, tmp_path / "out", Console(file=io.StringIO()), teacher=nobody)
    assert list(tmp_path.iterdir()) == []


def test_the_default_weights_are_below_14_mebibytes() -> None:
    model = Student(new_t5(t5_config(TextConfig(), TextConfig().vocabulary)), TextConfig().width, len(predicates()) + 1, 384)
    assert 2 * sum(parameter.numel() for parameter in model.parameters()) < 13.5 * 2**20  # and a little for the header


def test_vectors_are_apart_unless_they_are_the_same(teachers: Any) -> None:
    wanted = teachers().embed(["mug", "plate", "red mug"])
    assert float(apart(wanted, wanted, 0.05, 4.0)) == pytest.approx(0, abs=1e-4)
    for k in range(3):
        moved = wanted.clone()
        moved[k] = wanted[(k + 1) % 3]
        assert float(apart(moved, wanted, 0.05, 4.0)) > 0.1
    assert float(apart(-wanted, wanted, 0.05, 4.0)) > float(apart(wanted.roll(1, 0), wanted, 0.05, 4.0))


def test_an_untrained_encoder_has_the_teachers_neighbourhoods(teachers: Any) -> None:
    words = [f"word{i}" for i in range(40)]
    config = replace(TINY, width=12, vocabulary=200)
    model = Student(new_t5(t5_config(config, 60)), 12, 3, 12)
    vectors = teachers().embed(words)
    begin(model, {10 + i: vectors[i] for i in range(40)}, seed=0)
    weight = model.t5.shared.weight[10:50] @ model.heads.vectors[1].weight.T  # type: ignore[union-attr, index, operator]
    torch.testing.assert_close(torch.nn.functional.normalize(weight, dim=1), vectors, rtol=0, atol=1e-4)


NOUNS = ("mug", "plate", "fork", "urn", "vase", "lamp", "sofa", "desk")
RELATIONS = ("left of", "right of", "pours into")


def world() -> list[Row]:
    """Every noun in every relation to every other, either named first."""
    pairs = [(a, b) for a in NOUNS for b in NOUNS if a != b]
    rows = [Row(f"the {a} {said} the {b}", k, said, a, b, True) for k, said in enumerate(RELATIONS) for a, b in pairs]
    rows += [Row(f"the {b} has the {a} {said} it", k, said, a, b) for k, said in enumerate(RELATIONS) for a, b in pairs]
    return rows + [Row(noun, len(RELATIONS), "", noun, noun, True) for noun in NOUNS for _ in range(20)]


def test_a_small_world_is_learned_by_heart_and_read_in_sentences_never_seen(teachers: Any, tmp_path: Path) -> None:
    rows = world()
    hidden = rows[5:330:9]
    data = tabulate([row for row in rows if row not in hidden], ["goes"], random.Random(0))
    config = replace(TINY, width=32, layers=2, hidden=32, batch=48, word_dropout=0.0, vocabulary=200)
    config = replace(config, loop=LoopConfig(steps=300, lr=5e-3, warmup=20, ema=0.95, bf16=False))
    tokenise = FastTokeniser(tokenizer := Tokenizer.from_str(train_tokenizer(data.noisy, [], [], config.vocabulary)))
    model = Student(new_t5(t5_config(config, tokenizer.get_vocab_size())), 32, 4, teachers().width)
    begin(model, {}, seed=0)
    ids, vectors = tokenise(data.noisy).to(torch.int32), teachers().embed(data.texts)
    loss = distillation(model, ids, data.labels, vectors, config)
    before = float(loss(torch.Generator().manual_seed(5)).detach())
    state = fit(model, loss, config.loop, tmp_path / "state.safetensors", Console(file=io.StringIO()))
    model.load_state_dict(state)
    assert float(loss(torch.Generator().manual_seed(5)).detach()) < 0.1 * before
    reader = SentenceReader(T5TextEncoder("tiny", model.t5.eval(), tokenise), model.heads.eval(), RELATIONS)
    reading = reader.read([row.sentence for row in hidden])
    assert reading.relation.argmax(dim=1).tolist() == [row.relation for row in hidden]  # opposites are apart
    nouns = teachers().embed(NOUNS)
    for vectors, wanted in ((reading.target, [r.target for r in hidden]), (reading.base, [r.base for r in hidden])):
        assert [NOUNS[i] for i in (vectors @ nouns.T).argmax(dim=1)] == wanted
    assert float(reader.read(NOUNS).none.min()) > 0.5
