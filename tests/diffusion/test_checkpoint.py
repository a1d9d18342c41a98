"""A checkpoint keeps all it was given, names itself by its content, and is refused in one sentence when it is none."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from diffusion.checkpoint import FORMAT, Checkpoint, load_checkpoint, save_checkpoint
from diffusion.coordinates import Normaliser
from diffusion.denoiser import Denoiser
from diffusion.schedule import NoiseConfig
from oor.catalog.descriptors import WIDTH as SHAPE_WIDTH
from oor.catalog.frames import FRAMES
from oor.files import write_safetensors


def saved(path: Path, checkpoint: Checkpoint) -> Checkpoint:
    save_checkpoint(path, checkpoint)
    return load_checkpoint(path)


@pytest.mark.parametrize("translation", ["contact", "linear"])
def test_what_is_saved_is_loaded(tmp_path: Path, checkpoint: Checkpoint, translation: str) -> None:
    normaliser = replace(checkpoint.normaliser, translation=translation)
    before = replace(
        checkpoint, normaliser=normaliser, noise=NoiseConfig(sigma_min=0.01, rho=5.0), about={"\u00e9": [1, 2.5, None]}
    )
    after = saved(tmp_path / "x.safetensors", before)
    weights, loaded = before.denoiser.state_dict(), after.denoiser.state_dict()
    assert weights.keys() == loaded.keys() and [name for name in weights if not torch.equal(weights[name], loaded[name])] == []
    assert after.denoiser.config == before.denoiser.config and not after.denoiser.training
    assert torch.equal(after.normaliser.mean, normaliser.mean) and torch.equal(after.normaliser.std, normaliser.std)
    assert (after.normaliser.translation, after.noise, after.text_encoder, after.about) == (
        translation,
        before.noise,
        "words",
        before.about,
    )


def test_a_loaded_checkpoint_can_be_saved_again(tmp_path: Path, checkpoint: Checkpoint) -> None:
    first = saved(tmp_path / "a.safetensors", checkpoint)
    assert saved(tmp_path / "b.safetensors", first).about == checkpoint.about


def test_identity_is_the_same_for_the_same_content(tmp_path: Path, checkpoint: Checkpoint) -> None:
    assert len({saved(tmp_path / f"{i}.safetensors", checkpoint).identity for i in range(8)}) == 1


def test_identity_changes_with_any_part_of_the_content(
    tmp_path: Path,
    checkpoint: Checkpoint,
    lively_denoiser: Callable[..., Denoiser],
) -> None:
    normaliser = checkpoint.normaliser
    variants = [
        checkpoint,
        replace(checkpoint, denoiser=lively_denoiser(seed=1)),
        replace(checkpoint, noise=NoiseConfig(sigma_max=21.0)),
        replace(checkpoint, about={"seed": 4}),
        replace(checkpoint, text_encoder="other"),
        replace(checkpoint, normaliser=replace(normaliser, translation="linear")),
        replace(checkpoint, normaliser=Normaliser(normaliser.mean + 1e-9, normaliser.std, "contact")),
    ]
    identities = [saved(tmp_path / f"{i}.safetensors", variant).identity for i, variant in enumerate(variants)]
    assert len(set(identities)) == len(variants) and all(
        len(identity) == 12 and int(identity, 16) >= 0 for identity in identities
    )


def test_the_file_is_plain_safetensors_with_json_beside_the_weights(tmp_path: Path, checkpoint: Checkpoint) -> None:
    path = tmp_path / "x.safetensors"
    save_checkpoint(path, checkpoint)
    raw = path.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    assert {entry["dtype"] for name, entry in header.items() if name.startswith("denoiser.")} == {"F32"}
    assert not raw.startswith((b"\x80", b"PK"))  # what pickles and torch.save begin with


def test_half_precision_rounds_the_weights_and_nothing_else(tmp_path: Path, checkpoint: Checkpoint) -> None:
    paths = tmp_path / "whole.safetensors", tmp_path / "half.safetensors"
    for path, half in zip(paths, (False, True), strict=True):
        save_checkpoint(path, checkpoint, half=half)
    with safe_open(paths[1], "pt") as file:
        assert {file.get_slice(name).get_dtype() for name in file.keys() if name.startswith("denoiser.")} == {"F16"}  # noqa: SIM118
    whole, half = map(load_checkpoint, paths)
    exact, rounded = whole.denoiser.state_dict(), half.denoiser.state_dict()
    assert {value.dtype for value in rounded.values()} == {torch.float32} and exact.keys() == rounded.keys()
    assert [name for name in exact if not torch.equal(rounded[name], exact[name].half().float())] == []
    assert torch.equal(half.normaliser.mean, whole.normaliser.mean) and torch.equal(half.normaliser.std, whole.normaliser.std)
    assert (half.noise, half.text_encoder, half.about) == (whole.noise, whole.text_encoder, whole.about)
    assert half.identity != whole.identity and len({saved(tmp_path / "x", whole).identity, whole.identity}) == 1
    save_checkpoint(tmp_path / "again.safetensors", half, half=True)
    assert (tmp_path / "again.safetensors").read_bytes() == paths[1].read_bytes()


def test_others_may_read_the_file_as_they_may_any_other(tmp_path: Path, checkpoint: Checkpoint) -> None:
    save_checkpoint(tmp_path / "x.safetensors", checkpoint)
    (tmp_path / "plain").write_text("")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("x.safetensors", "plain")}
    assert len(modes) == 1, [oct(mode) for mode in modes]


def refusal(path: Path) -> str:
    """What the user reads: one sentence that names the file."""
    with pytest.raises(ValueError, match="; ") as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert str(path) in message and "\n" not in message
    return message


def rewritten(path: Path, checkpoint: Checkpoint, **changes: str) -> None:
    """The checkpoint's file with other metadata."""
    save_checkpoint(path, checkpoint)
    with safe_open(path, "pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    write_safetensors(path, tensors, {**metadata, **changes})


@pytest.mark.parametrize("part", ["denoiser.anchor_net.", "denoiser.moment_net.", "denoiser.net.", "normaliser."])
def test_a_file_that_lacks_a_part_is_refused(tmp_path: Path, checkpoint: Checkpoint, part: str) -> None:
    path = tmp_path / "x.safetensors"
    save_checkpoint(path, checkpoint)
    with safe_open(path, "pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    write_safetensors(path, {key: value for key, value in tensors.items() if not key.startswith(part)}, metadata)
    assert any(key.startswith(part) for key in tensors) and "is damaged" in refusal(path)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    assert "python -m oor.train" in refusal(tmp_path / "none.safetensors") and "no checkpoint" in refusal(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [lambda raw: b"", lambda raw: b"no tensors\n" * 9, lambda raw: raw[:-10], lambda raw: raw[:100], lambda raw: raw + b"more"],
    ids=["empty", "text", "cut", "cut in the header", "too long"],
)
def test_a_damaged_file_is_refused(tmp_path: Path, checkpoint: Checkpoint, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "x.safetensors"
    save_checkpoint(path, checkpoint)
    path.write_bytes(damage(path.read_bytes()))
    assert "not a safetensors file" in refusal(path)


@pytest.mark.parametrize("metadata", [{}, {"format": "pt"}, {"step": "3", "config": "LoopConfig()"}])
def test_foreign_tensors_are_refused(tmp_path: Path, metadata: dict[str, str]) -> None:
    write_safetensors(tmp_path / "x.safetensors", {"weight": torch.zeros(2)}, metadata)
    assert f"is no relation checkpoint of format {FORMAT}; train it again" in refusal(tmp_path / "x.safetensors")


@pytest.mark.parametrize("version", ["1", "2", "3", str(FORMAT + 1), "", "4.0", "pt"])
def test_another_format_is_refused_before_anything_of_it_is_read(tmp_path: Path, checkpoint: Checkpoint, version: str) -> None:
    rewritten(tmp_path / "x.safetensors", checkpoint, format=version, network="in a new language")
    assert f"is no relation checkpoint of format {FORMAT}; train it again" in refusal(tmp_path / "x.safetensors")


def test_a_network_that_measured_between_boxes_alone_is_refused(tmp_path: Path, checkpoint: Checkpoint) -> None:
    """A file of format 2 has no network that chooses anchors, and all else."""
    path = tmp_path / "x.safetensors"
    rewritten(path, checkpoint, format="2")
    with safe_open(path, "pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    write_safetensors(path, {key: value for key, value in tensors.items() if "anchor" not in key}, metadata)
    assert any("anchor" in key for key in tensors)
    expected = f"{path} is no relation checkpoint of format {FORMAT}; train it again or use the package it came with"
    assert refusal(path) == expected


def test_the_file_says_its_format_and_which_frames_its_shapes_describe(tmp_path: Path, checkpoint: Checkpoint) -> None:
    save_checkpoint(tmp_path / "x.safetensors", checkpoint)
    with safe_open(tmp_path / "x.safetensors", "pt") as file:
        metadata = file.metadata()
    assert metadata["format"] == str(FORMAT) and json.loads(metadata["frames"]) == list(FRAMES)
    assert json.loads(metadata["network"])["shape_width"] == checkpoint.denoiser.config.shape_width == SHAPE_WIDTH


@pytest.mark.parametrize(
    "frames",
    [[*FRAMES, "hinge"], list(FRAMES)[:-1], list(FRAMES)[::-1], [*list(FRAMES)[1:], "spout"], [], "spout", None],
    ids=["one more", "one less", "backwards", "in another order", "none", "a word", "null"],
)
def test_a_network_that_learned_other_frames_is_refused(tmp_path: Path, checkpoint: Checkpoint, frames: object) -> None:
    """The same numbers at the same places would mean other things to it."""
    rewritten(tmp_path / "x.safetensors", checkpoint, frames=json.dumps(frames))
    assert f"is no relation checkpoint of format {FORMAT}" in refusal(tmp_path / "x.safetensors")


def test_a_network_that_never_heard_of_frames_is_refused(tmp_path: Path, checkpoint: Checkpoint) -> None:
    save_checkpoint(tmp_path / "x.safetensors", checkpoint)
    with safe_open(tmp_path / "x.safetensors", "pt") as file:
        metadata, tensors = file.metadata(), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    write_safetensors(tmp_path / "x.safetensors", tensors, {key: text for key, text in metadata.items() if key != "frames"})
    assert f"is no relation checkpoint of format {FORMAT}" in refusal(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("translation", "polar"),
        ("network", '{"depth": 3}'),
        ("network", '{"width": 32}'),
        ("network", '{"text_width": 8, "shape_width": 7, "width": 16, "hidden": 24, "blocks": 2, "queries": 2, "heads": 2}'),
        ("network", "{"),
        ("format", "pt"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(tmp_path: Path, checkpoint: Checkpoint, key: str, value: str) -> None:
    rewritten(tmp_path / "x.safetensors", checkpoint, **{key: value})
    refusal(tmp_path / "x.safetensors")
