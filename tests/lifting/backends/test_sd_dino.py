"""Stable Diffusion's and DINO's features together, of tiny models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

pytest.importorskip("diffusers", reason="pip install 'oor-toolkit[models]' to test backends of diffusers")

from lifting.backends import sd_dino
from lifting.backends.hub import Hardware
from lifting.backends.sd_dino import SdDinoFeatures, calibration, diffusion_maps, load_diffusion, principal_directions
from lifting.features import FeatureExtractor

Tiny = Callable[..., str]
Noise = Callable[..., NDArray[np.uint8]]
CHANNELS = 32 + 32 + 16  # of the first three blocks of the tiny UNet's decoder


@pytest.fixture
def small(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> SdDinoFeatures:
    """Both models, and four renders to find directions by."""
    monkeypatch.setattr(sd_dino, "SHOWN", ("teapot", "knife", "book", "chair"))
    return SdDinoFeatures(tiny("stable_diffusion"), tiny("dino"), width=24, size_px=64, dino_px=56)


def test_both_halves_are_equally_long_and_say_what_the_picture_says(small: SdDinoFeatures, noise: Noise) -> None:
    extractor: FeatureExtractor = small
    rgb = noise(3, 40, 80)
    maps = extractor(rgb)
    assert maps.shape == (3, 24, 2, 4) and maps.dtype == torch.float32
    for half in maps.split(12, dim=1):
        torch.testing.assert_close(half.norm(dim=1), torch.full((3, 2, 4), 0.5**0.5))
        assert (half[0] - half[1]).abs().max() > 0.05
    assert torch.equal(maps, extractor(rgb))
    torch.testing.assert_close(maps[2:], extractor(rgb[2:]), atol=1e-5, rtol=0)


def test_the_noise_is_the_same_for_all_and_more_at_later_timesteps(small: SdDinoFeatures, noise: Noise) -> None:
    pipeline = load_diffusion(small.diffusion, None, Hardware())
    rgb = noise(2, 64, 64)
    clean, twice, late = (diffusion_maps(pipeline, rgb[[0, 1, 0]], 64, t, (8, 8)) for t in (0, 0, 900))
    assert torch.equal(clean, twice) and torch.equal(clean[0], clean[2]) and clean.shape == (3, CHANNELS, 8, 8)
    differ = [(maps[0] - maps[1]).norm() for maps in (clean, late)]
    assert 0 < differ[1] < differ[0]  # what is mostly noise is mostly alike
    assert all(not block._forward_hooks for block in pipeline.unet.up_blocks)


def test_all_levels_of_the_decoder_weigh_the_same(small: SdDinoFeatures, noise: Noise) -> None:
    pipeline = load_diffusion(small.diffusion, None, Hardware())
    maps = diffusion_maps(pipeline, noise(1, 64, 64), 64, 50, (8, 8))
    parts = [part.norm(dim=1) for part in maps.split([32, 32, 16], dim=1)]
    torch.testing.assert_close(parts[2], torch.full_like(parts[2], 3**-0.5), atol=0.08, rtol=0)


def test_a_width_beyond_what_there_is_takes_what_there_is(small: SdDinoFeatures, noise: Noise) -> None:
    assert replace(small, width=768)(noise(1, 56, 56)).shape == (1, CHANNELS + 16, 4, 4)


def test_other_weights_of_either_model_are_another_identity(small: SdDinoFeatures, tiny: Tiny) -> None:
    other = replace(small, dino=tiny("dino", kind="dinov2"))
    assert small.identity != other.identity and small.identity.split()[0] == other.identity.split()[0]
    assert small.models == (small.diffusion, small.dino)


def test_principal_directions_are_those_of_the_spread() -> None:
    generator = torch.Generator().manual_seed(0)
    axes = torch.linalg.qr(torch.randn(6, 6, generator=generator))[0]
    spread = torch.tensor([5.0, 3.0, 1.0, 0.1, 0.05, 0.01])
    cells = (torch.randn(40_000, 6, generator=generator) * spread) @ axes.T + 7.0
    maps = cells.T.reshape(1, 6, 200, 200)
    found = principal_directions([maps[:, :, :100], maps[:, :, 100:]], 3)
    torch.testing.assert_close((found.T @ axes[:, :3]).abs(), torch.eye(3), atol=0.03, rtol=0)
    torch.testing.assert_close(found.T @ found, torch.eye(3), atol=1e-5, rtol=0)
    assert principal_directions([maps], 9).shape == (6, 6)


@pytest.mark.slow
def test_the_renders_that_decide_directions_never_change() -> None:
    first, again = calibration(), calibration()
    assert len(first) == len(sd_dino.SHOWN) == 24
    assert all(np.array_equal(a, b) and (a < 200).any() and (a == 255).any() for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("wrong", [{"width": 7}, {"timestep": 1000}, {"timestep": -1}, {"size_px": 0}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="is not possible; give an even width"):
        SdDinoFeatures(**wrong)
