"""DINO's features: each cell is its own patch's, whatever the model, the picture's shape and its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from lifting.backends.dino import DinoFeatures
from lifting.backends.hub import Hardware
from lifting.backends.pixels import IMAGENET_MEAN, IMAGENET_STD, fitted_size, to_imagenet, to_rgb, to_unit
from lifting.features import FeatureExtractor
from lifting.templates import Rig, candidates, describe, scores
from oor.catalog.category import categories

Tiny = Callable[..., str]
Noise = Callable[..., NDArray[np.uint8]]
KINDS = ("dinov2", "dinov2_with_registers", "dinov3_vit")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("height", "width", "grid"), [(56, 56, (4, 4)), (40, 80, (2, 4)), (90, 60, (4, 3))])
def test_features_have_a_cell_for_each_patch_and_length_1(
    tiny: Tiny, noise: Noise, kind: str, height: int, width: int, grid: tuple[int, int]
) -> None:
    maps = DinoFeatures(tiny("dino", kind=kind), size_px=56)(noise(5, height, width))
    assert maps.shape == (5, 16, *grid) and maps.dtype == torch.float32 and not maps.requires_grad
    torch.testing.assert_close(maps.norm(dim=1), torch.ones(5, *grid))


@pytest.mark.parametrize("kind", KINDS)
def test_a_patch_changes_its_own_cell_and_no_other(tiny: Tiny, noise: Noise, kind: str) -> None:
    """Without layers no patch knows of another, so this tells where cells are."""
    extractor = DinoFeatures(tiny("dino", kind=kind, layers=0), size_px=70)
    rgb = noise(1, 70, 42)
    before = extractor(rgb)
    for row, column in ((0, 0), (1, 2), (4, 0), (3, 1)):
        changed = rgb.copy()
        changed[0, 14 * row : 14 * row + 14, 14 * column : 14 * column + 14] //= 3
        moved = (extractor(changed) - before).abs().amax(dim=1)[0] > 1e-6
        assert moved.nonzero().tolist() == [[row, column]]


def test_features_are_those_of_the_model_itself(tiny: Tiny, noise: Noise) -> None:
    from transformers import AutoModel

    folder, rgb = tiny("dino"), noise(1, 56, 56)
    pixels = (torch.from_numpy(rgb[0]) / 255 - torch.tensor(IMAGENET_MEAN)) / torch.tensor(IMAGENET_STD)
    with torch.inference_mode():
        network = AutoModel.from_pretrained(folder).eval()
        tokens = network(pixel_values=pixels.permute(2, 0, 1)[None]).last_hidden_state[0]
    assert len(tokens) == 1 + 4 + 16  # class, registers, patches
    expected = torch.nn.functional.normalize(tokens[5:], dim=1).T.reshape(16, 4, 4)
    torch.testing.assert_close(DinoFeatures(folder, size_px=56)(rgb)[0], expected, atol=1e-5, rtol=1e-4)


def test_a_picture_has_the_same_features_in_any_company(tiny: Tiny, noise: Noise) -> None:
    extractor = DinoFeatures(tiny("dino"), size_px=56)
    rgb = noise(6, 56, 56)
    together = extractor(rgb)
    assert torch.equal(together, extractor(rgb))
    torch.testing.assert_close(together[4:5], extractor(rgb[4:5]), atol=1e-5, rtol=0)
    assert (together[0] - together[1]).abs().max() > 0.05


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_nearly_the_same(tiny: Tiny, noise: Noise, dtype: str) -> None:
    whole = DinoFeatures(tiny("dino"), size_px=56)
    half = replace(whole, hardware=Hardware(dtype=dtype))
    rgb = noise(2, 56, 56)
    found = half(rgb)
    assert found.dtype == torch.float32 and not torch.equal(found, whole(rgb))
    assert (found * whole(rgb)).sum(dim=1).min() > 0.99


def test_a_template_is_most_like_itself(tiny: Tiny) -> None:
    extractor: FeatureExtractor = DinoFeatures(tiny("dino"), size_px=56)
    rig = Rig(views=4, size_px=48, points=60, pixels=50, supersample=1)
    known = [describe(candidates(categories()[name], 1)[0], extractor, rig) for name in ("teapot", "knife", "book")]
    assert all(described.surface.features.shape[1] == 16 for described in known)
    for i, own in enumerate(known):
        assert int(scores(own.views, known).argmax()) == i


def test_a_size_below_a_patch_is_refused() -> None:
    with pytest.raises(ValueError, match="size_px=8 is smaller than a patch; give 14 or more"):
        DinoFeatures(size_px=8)


@pytest.mark.parametrize(("size", "longest", "multiple", "found"), [
    ((100, 100), 560, 14, (560, 560)), ((100, 200), 560, 14, (280, 560)), ((3, 1000), 64, 64, (64, 64)),
    ((50, 33), 70, 14, (70, 42)),
])
def test_pictures_are_fitted_into_whole_patches(
    size: tuple[int, int], longest: int, multiple: int, found: tuple[int, int]
) -> None:
    assert fitted_size(size, longest, multiple) == found


def test_pictures_are_resized_as_pillow_does_it(noise: Noise) -> None:
    rgb = noise(1, 60, 80)
    told = to_rgb(to_unit(rgb, (30, 40))[0].permute(1, 2, 0).numpy())
    expected = np.asarray(Image.fromarray(rgb[0]).resize((40, 30), Image.Resampling.BICUBIC))
    assert np.abs(told.astype(int) - expected).max() <= 3  # Pillow rounds between rows and columns
    assert np.array_equal(to_rgb(to_unit(rgb, (60, 80))[0].permute(1, 2, 0).numpy()), rgb[0])
    white = to_imagenet(np.full((1, 4, 4, 3), 255, np.uint8), (4, 4))[0, :, 0, 0]
    torch.testing.assert_close(white * torch.tensor(IMAGENET_STD) + torch.tensor(IMAGENET_MEAN), torch.ones(3))
