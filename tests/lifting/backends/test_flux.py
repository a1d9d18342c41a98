"""FLUX and Wan, of tiny models: pictures of a seed, motions that start there, and a white that is white."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

pytest.importorskip("diffusers", reason="pip install 'oor-toolkit[models]' to test backends of diffusers")

from lifting.backends import flux, hub
from lifting.backends.film import Film
from lifting.backends.flux import FluxImages, before_white
from lifting.backends.hub import Hardware
from lifting.images import read_picture
from lifting.items import drawn_items
from lifting.motions import MotionSource, Reel
from lifting.pipeline import settings_of
from lifting.prompting import words_for
from lifting.refusals import NotLiftableError
from oor.catalog.contexts import Context

Tiny = Callable[..., str]
POUR = Context("teapot", "pours into", "teacup")


@pytest.fixture
def film(tiny: Tiny) -> Film:
    return Film(model=tiny("wan"), size_px=32, frames=5, steps=2)


@pytest.fixture
def images(tiny: Tiny, film: Film) -> FluxImages:
    return FluxImages(tiny("flux"), size_px=32, steps=2, tokens=16, shapes=2, backdrop=255, film=film)


def test_a_still_is_of_its_prompt_and_seed(images: FluxImages, monkeypatch: pytest.MonkeyPatch) -> None:
    source: MotionSource = images
    first = source.still(POUR, 3)
    assert first.rgb.shape == (32, 32, 3) and first.rgb.dtype == np.uint8 and len(np.unique(first.rgb)) > 20
    assert (first.caption, first.prompt) == words_for(POUR, 3, 2)
    assert np.array_equal(source.still(POUR, 3).rgb, first.rgb) and not np.array_equal(source.still(POUR, 4).rgb, first.rgb)
    monkeypatch.setattr(flux, "words_for", lambda *_: (first.caption, "the table."))
    assert not np.array_equal(source.still(POUR, 3).rgb, first.rgb)


def test_steps_and_guidance_reach_the_sampler(images: FluxImages) -> None:
    first = images.still(POUR, 3).rgb
    for other in (replace(images, steps=3), replace(images, guidance=3.5)):
        assert not np.array_equal(other.still(POUR, 3).rgb, first)


def test_a_motion_starts_at_the_still_and_moves(images: FluxImages) -> None:
    still = images.still(POUR, 3)
    rgb = images.motion(still, 3, 3)
    assert rgb.shape == (3, 32, 32, 3) and rgb.dtype == np.uint8
    assert np.array_equal(rgb, images.motion(still, 3, 3)) and not np.array_equal(rgb, images.motion(still, 4, 3))
    whole = images.film(still.rgb, still.prompt, 3)
    assert len(whole) == 5 and all(np.array_equal(a, before_white(b, 255)) for a, b in zip(rgb, whole[[0, 2, 4]], strict=True))
    other = replace(still, rgb=255 - still.rgb)
    assert not np.array_equal(images.motion(other, 3, 3), rgb)


def test_only_one_of_the_two_models_is_loaded(images: FluxImages) -> None:
    still = images.still(POUR, 3)
    assert type(hub._Desk.models).__name__ == "FluxPipeline"
    images.motion(still, 3, 2)
    assert type(hub._Desk.models).__name__ == "WanImageToVideoPipeline"


def test_half_precision_is_asked_of_the_weights_but_not_of_the_films_autoencoder(film: Film) -> None:
    pipeline = replace(film, hardware=Hardware(dtype="bfloat16"))._load()
    assert (pipeline.transformer.dtype, pipeline.text_encoder.dtype) == (torch.bfloat16, torch.bfloat16)
    assert pipeline.vae.dtype == torch.float32


def test_offloading_without_a_gpu_is_one_sentence(images: FluxImages) -> None:
    with pytest.raises(ValueError, match="offload=model moves models to a GPU and back, and there is none"):
        replace(images, hardware=Hardware("cpu", offload="model")).still(POUR, 0)


@pytest.mark.parametrize("offload", ["model", "sequential"])
def test_offloading_is_left_to_diffusers(offload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    class Pipeline:
        def set_progress_bar_config(self, **_: bool) -> None:
            pass

        def to(self, device: object) -> None:
            raise AssertionError("moved as a whole")

        def enable_model_cpu_offload(self, device: torch.device) -> None:
            told.append(f"model {device}")

        def enable_sequential_cpu_offload(self, device: torch.device) -> None:
            told.append(f"sequential {device}")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    Hardware("cuda:1", offload=offload).settled(Pipeline())
    assert told == [f"{offload} cuda:1"]


class Counted:
    """A source that counts what it makes."""

    def __init__(self, source: FluxImages) -> None:
        self.source, self.made = source, list[str]()

    @property
    def motion_identity(self) -> str:
        return self.source.motion_identity

    def still(self, context: Context, seed: int) -> Any:
        self.made.append(f"still {seed}")
        return self.source.still(context, seed)

    def motion(self, still: Any, seed: int, frames: int) -> NDArray[np.uint8]:
        self.made.append(f"motion {seed} {frames}")
        return self.source.motion(still, seed, frames)


def test_all_frames_of_a_scene_are_made_once_and_kept(images: FluxImages, tmp_path: Path) -> None:
    source = Counted(images)
    items = drawn_items([POUR], 2, 3, seed=5)
    reel = Reel(source, settings_of(images), tmp_path)
    found = [reel.picture(item) for item in items]
    assert source.made == ["still 5", "motion 5 3", "still 6", "motion 6 3"]
    again = [Reel(source, settings_of(images), tmp_path).picture(item) for item in items]
    assert len(source.made) == 4
    assert all(np.array_equal(a.rgb, b.rgb) and a.prompt == b.prompt for a, b in zip(found, again, strict=True))
    assert len({picture.rgb.tobytes() for picture in found}) == 6
    still = images.still(POUR, 5)
    assert np.array_equal(found[0].rgb, still.rgb) and np.array_equal(found[2].rgb, images.motion(still, 5, 3)[2])
    Reel(source, settings_of(replace(images, steps=3)), tmp_path).picture(items[0])
    assert source.made[4:] == ["still 5"]


def disc(ground: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A red ring, with the ground in its middle, before a ground."""
    y, x = np.mgrid[:60, :60] - 29.5
    rgb = ground.copy()
    rgb[(x**2 + y**2 < 20**2) & (x**2 + y**2 > 10**2)] = (180, 20, 30)
    return rgb


def test_what_is_about_white_around_the_objects_becomes_white_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    shaded = np.repeat(rng.integers(215, 256, (60, 60, 1)), 3, axis=2) + rng.integers(-5, 1, (60, 60, 3))
    rgb = disc(shaded.astype(np.uint8))
    made = before_white(rgb, 60)
    y, x = np.mgrid[:60, :60] - 29.5
    outside, ring = x**2 + y**2 >= 20**2, (x**2 + y**2 < 20**2) & (x**2 + y**2 > 10**2)
    assert (made[outside] == 255).all() and np.array_equal(made[ring], rgb[ring])
    inside = ~outside & ~ring
    assert np.array_equal(made[inside], rgb[inside])  # a white plate stays as it is
    assert np.array_equal(before_white(made, 60), made)


def test_a_coloured_or_dark_border_is_no_white_background() -> None:
    with pytest.raises(NotLiftableError, match="not about white") as caught:
        before_white(disc(np.full((60, 60, 3), 120, np.uint8)), 60)
    assert caught.value.reason == "no white background"
    pink = disc(np.tile(np.array([255, 205, 215], np.uint8), (60, 60, 1)))
    assert np.array_equal(before_white(pink, 60), pink)


@pytest.mark.parametrize("wrong", [
    {"steps": 0}, {"tokens": 0}, {"shapes": 0}, {"size_px": 8}, {"guidance": -1.0}, {"backdrop": 256}, {"backdrop": -1},
])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not possible; give"):
        FluxImages(**wrong)


@pytest.mark.parametrize("wrong", [{"pipeline": "FluxPipeline"}, {"frames": 4}, {"steps": 0}, {"size_px": 8}])
def test_films_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"makes no video|is not possible; give 5 frames"):
        Film(**wrong)


def test_a_pipeline_that_diffusers_lacks_is_named(tiny: Tiny) -> None:
    with pytest.raises(ValueError, match="diffusers has no NoSuchImageToVideoPipeline"):
        Film("NoSuchImageToVideoPipeline", tiny("wan"))(np.zeros((8, 8, 3), np.uint8), "a", 0)


def test_a_half_written_model_is_one_sentence(tiny: Tiny, tmp_path: Path, images: FluxImages) -> None:
    import shutil

    shutil.copytree(images.model, folder := tmp_path / "flux")
    next((folder / "transformer").glob("*.safetensors")).write_bytes(b"half")
    with pytest.raises(ValueError, match="could not be loaded") as caught:
        replace(images, model=str(folder)).still(POUR, 0)
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value)


def test_pictures_in_run_folders_are_what_the_source_made(images: FluxImages, tmp_path: Path) -> None:
    from lifting.backends.oracle import KnownFeatures, KnownMasks, KnownStructure
    from lifting.pipeline import Backends, Pipeline
    from lifting.runs import update
    from lifting.views import OrbitRenderer

    line = Pipeline(Backends(images, OrbitRenderer(), KnownStructure(), KnownMasks(), KnownFeatures()), tmp_path)
    (item,) = drawn_items([POUR], 1, 1, seed=5)
    update(tmp_path / "item", line.stages(item)[:1])
    made, kept = images.still(POUR, 5), read_picture(tmp_path / "item" / "image")
    assert np.array_equal(made.rgb, kept.rgb) and (made.caption, made.prompt) == (kept.caption, kept.prompt)
