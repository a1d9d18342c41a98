"""Pretrained models: which they are, that one is loaded at a time, and what is said when one cannot be had."""

from __future__ import annotations

import gc
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub.errors import GatedRepoError

from lifting.backends import hub
from lifting.backends.dino import DinoFeatures
from lifting.backends.hub import Hardware, clear_desk, fetched, identity_of, is_here, on_desk

Tiny = Callable[..., str]


class Thing:
    """What can be referred to weakly."""


def test_the_desk_holds_one_model_and_lets_the_last_one_go() -> None:
    loads: list[str] = []

    def load(name: str) -> Callable[[], Thing]:
        return lambda: loads.append(name) or Thing()

    first = weakref.ref(on_desk("a", load("a")))
    assert on_desk("a", load("a")) is first() and loads == ["a"]
    on_desk("b", load("b"))
    gc.collect()
    assert first() is None and loads == ["a", "b"]
    on_desk("a", load("a"))
    assert loads == ["a", "b", "a"]
    clear_desk()
    on_desk("a", load("a"))
    assert loads == ["a", "b", "a", "a"]


def test_room_is_made_before_the_next_model_is_loaded() -> None:
    gone: list[bool] = []
    first = weakref.ref(on_desk("a", Thing))
    on_desk("b", lambda: gone.append(first() is None))
    assert gone == [True]


def test_a_model_that_fails_to_load_leaves_the_desk_empty() -> None:
    def fail() -> Any:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        on_desk("a", fail)
    assert on_desk("a", lambda: 3) == 3


def test_other_weights_have_another_identity(tiny: Tiny, tmp_path: Path) -> None:
    there = Path(tiny("dino"))
    for name in ("one", "two"):
        shutil.copytree(there, tmp_path / name)
    assert identity_of(str(tmp_path / "one")) == identity_of(str(tmp_path / "two")) == DinoFeatures(str(there)).identity
    shutil.copytree(there, tmp_path / "three")
    data = bytearray((tmp_path / "three" / "model.safetensors").read_bytes())
    data[-3] ^= 1
    (tmp_path / "three" / "model.safetensors").write_bytes(bytes(data))
    assert identity_of(str(tmp_path / "three")) != identity_of(str(tmp_path / "one"))


def test_a_model_in_the_cache_is_known_by_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "0123456789abcdef" * 2 + "01234567"
    place = tmp_path / "models--some--thing"
    (place / "snapshots" / commit).mkdir(parents=True)
    (place / "snapshots" / commit / "config.json").write_text("{}")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(commit)
    monkeypatch.setattr(hub, "try_to_load_from_cache", lambda model, name, revision: _cached(model, name, revision, tmp_path))
    assert identity_of("some/thing") == commit[:12] and is_here("some/thing") and not is_here("some/other")


def _cached(model: str, name: str, revision: str | None, folder: Path) -> Any:
    from huggingface_hub import try_to_load_from_cache

    return try_to_load_from_cache(model, name, cache_dir=folder, revision=revision)


@pytest.mark.parametrize("name", ["nobody/nothing-here", "no such name", "a/b/c", ""])
def test_an_unknown_model_is_one_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="check the name, the network and `hf auth login`") as caught:
        identity_of(name)
    assert name in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("spoilt", "content"), [
    ("config.json", b"{"), ("config.json", b'{"model_type": "bert"}'), ("model.safetensors", b"half"),
    ("model.safetensors", None),
])
def test_a_broken_folder_is_one_sentence(tiny: Tiny, tmp_path: Path, spoilt: str, content: bytes | None) -> None:
    shutil.copytree(tiny("dino"), folder := tmp_path / "model")
    (folder / spoilt).unlink()
    if content is not None:
        (folder / spoilt).write_bytes(content)
    with pytest.raises(ValueError, match=r"could not be loaded|gives no features of patches") as caught:
        DinoFeatures(str(folder))(torch.zeros(1, 28, 28, 3, dtype=torch.uint8).numpy())
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_gated_says_where_to_ask() -> None:
    def gated() -> Any:
        raise OSError("You are trying to access a gated repo.\nMake sure to have access") from None

    with pytest.raises(ValueError, match=r"do so at https://huggingface\.co/some/thing, and log in with `hf auth login`$"):
        fetched("some/thing", gated)
    assert issubclass(GatedRepoError, OSError)


def test_a_missing_package_is_named() -> None:
    def lacking() -> Any:
        import no_such_package  # type: ignore[import-not-found]  # noqa: F401

    with pytest.raises(ValueError, match=r"needs no_such_package, which is not installed; pip install 'oor-toolkit\[models\]'$"):
        fetched("some/thing", lacking)


def test_a_memory_that_is_too_small_says_what_to_do() -> None:
    def large() -> Any:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(ValueError, match=r"too small for some/thing; give hardware\.offload=model"):
        fetched("some/thing", large)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_hardware_that_is_not_there_is_refused() -> None:
    assert (Hardware().place.type, Hardware().number) == ("cpu", torch.float32)
    assert Hardware(dtype="float16").number == torch.float16
    for device in ("cuda", "cuda:1"):
        with pytest.raises(ValueError, match="needs a GPU"):
            _ = Hardware(device).place
    with pytest.raises(ValueError, match="device=gpu is not possible"):
        Hardware("gpu")
