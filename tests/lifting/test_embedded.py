"""The embedded masks and features, with a network that has learned nothing: their form, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from lifting.descriptor import DescriptorConfig, DescriptorNetwork, save_descriptor
from lifting.descriptor_training import start
from lifting.embedded import EmbeddedFeatures, EmbeddedSegmenter
from lifting.masks import BASE, NOTHING, TARGET
from lifting.rehearsal import Rehearsal
from lifting.views import Views
from oor.catalog.contexts import Context

PAIR = Context("teapot", "pours into", "teacup")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of a small network; it finds everything solid."""
    network = DescriptorNetwork(DescriptorConfig(size_px=32, channels=16, layers=1, heads=2, width=8))
    start(network, 0)
    torch.nn.init.constant_(network.head.bias, 3.0)
    path = tmp_path_factory.mktemp("weights") / "descriptor.safetensors"
    save_descriptor(path, network, {})
    return str(path)


@pytest.fixture(scope="module")
def views() -> Views:
    """Two pictures with a dark square before white."""
    rgb = np.full((2, 64, 64, 3), 255, np.uint8)
    rgb[:, 16:48, 20:40] = np.random.default_rng(0).integers(0, 200, (2, 32, 20, 3), np.uint8)
    return Views(rgb, np.zeros((2, 2)))


def test_descriptors_have_length_one_or_none(weights: str, views: Views) -> None:
    maps = EmbeddedFeatures(weights)(views.rgb)
    length = maps.norm(dim=1)
    assert maps.shape == (2, 8, 8, 8) and bool((length > 0).any())
    assert bool(((length - 1).abs() < 1e-4).logical_or(length == 0).all())


def test_a_picture_is_described_alike_in_any_company(weights: str, views: Views) -> None:
    many = np.concatenate([views.rgb] * 5)
    torch.testing.assert_close(EmbeddedFeatures(weights)(many)[6], EmbeddedFeatures(weights)(views.rgb)[0], atol=1e-4, rtol=0)


def test_white_is_nobodys_and_everything_else_is_somebodys(weights: str, views: Views) -> None:
    masks = EmbeddedSegmenter(weights, Rehearsal(instances=1, scenes=1, views=2))(views, PAIR)
    assert masks.shape == (2, 64, 64) and masks.dtype == np.uint8
    white = (views.rgb == 255).all(axis=3)
    assert (masks[white] == NOTHING).all() and set(np.unique(masks[~white])) <= {TARGET, BASE}


def test_two_of_one_category_cannot_be_told_apart(weights: str, views: Views) -> None:
    with pytest.raises(ValueError, match="which book is meant cannot be told"):
        EmbeddedSegmenter(weights)(views, Context("book", "on", "book"))


def test_other_weights_have_another_identity(weights: str, tmp_path: Path) -> None:
    network = DescriptorNetwork(DescriptorConfig(size_px=32, channels=16, layers=1, heads=2, width=8))
    save_descriptor(tmp_path / "other.safetensors", network, {})
    first, other = EmbeddedFeatures(weights).identity, EmbeddedFeatures(str(tmp_path / "other.safetensors")).identity
    assert first != other and first == EmbeddedSegmenter(weights).identity and len(first) == 12


def test_weights_that_are_not_there_are_asked_for() -> None:
    with pytest.raises(ValueError, match=r"there is no file nowhere.*recipe=descriptor"):
        _ = EmbeddedFeatures("nowhere.safetensors").identity
