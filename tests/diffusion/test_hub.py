"""A model as the hub has it: a folder that gives the same samples; every way in which it cannot be had ends in one sentence."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
import torch
from huggingface_hub import constants
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError
from safetensors.torch import load_file

from diffusion.checkpoint import (
    FORMAT,
    Checkpoint,
    from_pretrained,
    load_checkpoint,
    push_to_hub,
    save_checkpoint,
    save_pretrained,
)
from diffusion.generation import sample_relations
from diffusion.hub import is_hub_id
from diffusion.sampling import Solver
from diffusion.text_encoder import Condition, TextEncoder
from oor.files import write_safetensors

FILES = ["README.md", "config.json", "model.safetensors"]


@pytest.fixture
def folder(tmp_path: Path, checkpoint: Checkpoint) -> Path:
    save_pretrained(tmp_path / "model", checkpoint)
    return tmp_path / "model"


def refusal(name: Path | str, revision: str | None = None) -> str:
    with pytest.raises(ValueError, match="; ") as caught:
        from_pretrained(name, revision)
    message = str(caught.value)
    assert "\n" not in message and str(name) in message and len(message) < 500
    return message


@pytest.mark.parametrize("half", [False, True])
def test_a_folder_gives_the_samples_of_the_file_bit_for_bit(
    tmp_path: Path, checkpoint: Checkpoint, word_encoder: TextEncoder, half: bool
) -> None:
    save_checkpoint(tmp_path / "file.safetensors", checkpoint, half=half)
    before = load_checkpoint(tmp_path / "file.safetensors")
    save_pretrained(tmp_path / "model", before)
    after = from_pretrained(tmp_path / "model")
    condition = Condition("a mug on a table", "mug", "table", "on")
    one, other = (sample_relations(c, word_encoder, condition, 5, seed=3, solver=Solver(steps=6)) for c in (before, after))
    assert torch.equal(one, other) and before.identity == after.identity != ""
    assert (after.noise, after.text_encoder, after.about) == (before.noise, before.text_encoder, before.about)
    dtypes = {v.dtype for k, v in load_file(tmp_path / "model" / "model.safetensors").items() if k.startswith("denoiser.")}
    assert dtypes == {torch.float16 if half else torch.float32}


def test_the_folder_is_what_the_hub_expects(folder: Path, checkpoint: Checkpoint) -> None:
    assert sorted(path.name for path in folder.iterdir()) == FILES
    config = json.loads((folder / "config.json").read_text())
    assert set(config) == {"network", "noise", "translation", "text_encoder", "frames", "format", "about"}
    assert config["network"]["width"] == checkpoint.denoiser.config.width and config["format"] == str(FORMAT)
    assert huggingface_hub.ModelCard.load(folder / "README.md").data.license == "apache-2.0"


def test_files_folders_and_the_folder_of_a_training_are_all_taken(folder: Path, checkpoint: Checkpoint, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "out" / "relations.safetensors", checkpoint)
    file = load_checkpoint(tmp_path / "out" / "relations.safetensors").identity
    for name in (folder, str(folder), tmp_path / "out", tmp_path / "out" / "relations.safetensors"):
        assert load_checkpoint(name).identity == from_pretrained(name).identity == file


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_refused(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    assert "no checkpoint at" in refusal(folder)


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"x"', "[" * 100_000, "\x00"])
def test_a_config_that_is_no_json_object_is_refused(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match="is not a JSON object; "):
        from_pretrained(folder)


def test_a_config_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "config.json").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(ValueError, match="is not a JSON object; "):
        from_pretrained(folder)


NETWORK: dict[str, Any] = {"text_width": 8, "width": 16, "hidden": 24, "blocks": 2, "queries": 2, "heads": 2, "sigma_features": 8}


@pytest.mark.parametrize(
    "changes",
    [
        {"network": {**NETWORK, "width": 2**40}},
        {"network": {**NETWORK, "blocks": 10**12}},
        {"network": {**NETWORK, "queries": 2**40}},
        {"network": {**NETWORK, "blocks": 1}},
        {"network": {**NETWORK, "heads": 0}},
        {"network": {**NETWORK, "width": "16"}},
        {"network": {**NETWORK, "width": True}},
        {"network": {**NETWORK, "code": "import os"}},
        {"network": [1]},
        {"network": 3},
        {"noise": {"sigma_min": -1.0}},
        {"noise": {"sigma_max": "40"}},
        {"noise": {"rho": float("nan")}},
        {"noise": None},
        {"translation": "polar"},
        {"translation": ["contact"]},
        {"about": 3},
        {"about": [1]},
    ],
    ids=str,
)
def test_a_hostile_config_is_refused(folder: Path, changes: dict[str, Any]) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    assert "is damaged" in refusal(folder)


@pytest.mark.parametrize("changes", [{"format": "3"}, {"format": None}, {"frames": ["spout"]}, {"frames": None}], ids=str)
def test_a_config_of_another_format_is_refused(folder: Path, changes: dict[str, Any]) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    assert f"is no relation checkpoint of format {FORMAT}" in refusal(folder)


def test_a_transformers_model_is_refused(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "t5", "d_model": 8}')
    assert f"is no relation checkpoint of format {FORMAT}" in refusal(folder)


@pytest.mark.parametrize("width", [1, 14])
def test_a_normaliser_of_another_width_is_refused(folder: Path, width: int) -> None:
    tensors = load_file(folder / "model.safetensors")
    write_safetensors(folder / "model.safetensors", {**tensors, "normaliser.mean": torch.zeros(width)}, {})
    assert "is damaged" in refusal(folder)


def test_foreign_weights_are_refused(folder: Path) -> None:
    write_safetensors(folder / "model.safetensors", {"weight": torch.zeros(2)}, {"format": "pt"})
    assert "is damaged" in refusal(folder)
    (folder / "model.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(ValueError, match="is not a safetensors file; "):
        from_pretrained(folder)


@pytest.mark.parametrize("name", ["owner/name", "a/b.c-d_e", "0/1"])
def test_a_name_of_the_hub(name: str) -> None:
    assert is_hub_id(name)


@pytest.mark.parametrize(
    "name",
    ["name", "/a/b", "../b", "a/..", "a/b/c", "a/b.safetensors", "a//b", "a/", "", ".", "a b/c", "a/b--c", "\u00e9/a", "~/a"],
)
def test_no_name_of_the_hub(name: str) -> None:
    assert not is_hub_id(name)


Asked = list[dict[str, Any]]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Asked:
    """A hub whose every model is `folder`; what it was asked for."""
    asked: Asked = []

    def download(repo_id: str, **how: Any) -> str:
        asked.append({"repo_id": repo_id, **how})
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    return asked


def test_a_model_of_the_hub_is_fetched_at_its_revision(hub: Asked, folder: Path) -> None:
    expected = from_pretrained(folder).identity
    assert from_pretrained("owner/name", revision="v1").identity == load_checkpoint(Path("owner/name")).identity == expected
    files = ["config.json", "model.safetensors"]
    assert hub == [{"repo_id": "owner/name", "revision": revision, "allow_patterns": files} for revision in ("v1", None)]


def test_a_folder_goes_before_the_hub(hub: Asked, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folder, tmp_path / "owner" / "name")
    from_pretrained("owner/name")
    assert hub == []


def test_a_model_without_the_files_is_refused(hub: Asked, folder: Path) -> None:
    (folder / "config.json").unlink()
    assert "no checkpoint at owner/name" in refusal("owner/name")


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (RepositoryNotFoundError, "404\nlong", "no such model, or a private one"),
        (GatedRepoError, "403", "has to grant access"),
        (RevisionNotFoundError, "404", "no revision 'v9'"),
        (RuntimeError, "odd.\nand long", "odd; try again"),
        (ArithmeticError, "", "ArithmeticError; try again"),
    ],
)
def test_what_the_hub_refuses_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception], text: str, reason: str
) -> None:
    def download(*_: Any, **__: Any) -> str:
        error = kind.__new__(kind)  # the hub's own want the response of an HTTP library
        error.args = (text,)
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert reason in refusal("owner/name", "v9")


@pytest.mark.parametrize("offline", [True, False], ids=["offline", "out of reach"])
def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, offline: bool) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert "the hub cannot be reached and it is not in the cache" in refusal("owner/name")


def test_pushing_uploads_the_folder(monkeypatch: pytest.MonkeyPatch, checkpoint: Checkpoint) -> None:
    done: list[Any] = []

    class Api:
        def create_repo(self, repo_id: str, **how: Any) -> None:
            done.append((repo_id, how))

        def upload_folder(self, *, repo_id: str, folder_path: Path, commit_message: str) -> SimpleNamespace:
            done.append((repo_id, sorted(path.name for path in folder_path.iterdir()), from_pretrained(folder_path).text_encoder))
            return SimpleNamespace(commit_url="https://hub/owner/name/commit/1")

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    assert push_to_hub(checkpoint, "owner/name", private=True) == "https://hub/owner/name/commit/1"
    assert done == [("owner/name", {"private": True, "exist_ok": True}), ("owner/name", FILES, "words")]


def test_a_push_that_fails_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, checkpoint: Checkpoint, tmp_path: Path) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match=r"^owner/name could not be written on the hub: .*hf auth login") as caught:
        push_to_hub(checkpoint, "owner/name")
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="is no name of a model on the hub; "):
        push_to_hub(checkpoint, "../name")
    with pytest.raises(ValueError, match="is a folder here; "):
        push_to_hub(replace(checkpoint, text_encoder=str(tmp_path)), "owner/name")
