"""Image to video by diffusers: a motion that starts at a picture, or a camera that goes round what it shows.

The paper's video model, Kling, is a paid service; Wan 2.2 is open to all uses. Others of diffusers that take a picture, a prompt,
a size and a number of frames are named by their class: LTXImageToVideoPipeline, CogVideoXImageToVideoPipeline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from lifting.backends.hub import Hardware, identity_of, load_pipeline, on_desk
from lifting.backends.pixels import to_rgb
from lifting.refusals import NotLiftableError

FLAWS = "blurry, low quality, text, watermark, cut, new objects, changing shapes"  # what the prompt does not ask for


@dataclass(frozen=True)
class Film:
    """An image-to-video pipeline of diffusers.

    pipeline: the class. model: a hub id or a folder. frames: how many it makes; Wan wants 4k + 1 of them, LTX 8k + 1. size_px:
    the edge of its squares. steps, guidance: of its sampler.
    """

    pipeline: str = "WanImageToVideoPipeline"
    model: str = "Wan-AI/Wan2.2-TI2V-5B-Diffusers"
    revision: str | None = None
    frames: int = 81
    size_px: int = 704
    steps: int = 40
    guidance: float = 5.0
    hardware: Hardware = field(default_factory=Hardware)

    def __post_init__(self) -> None:
        if not self.pipeline.endswith("ImageToVideoPipeline"):
            raise ValueError(f"pipeline={self.pipeline} makes no video of a picture; give a class of diffusers such as "
                             f"{Film.pipeline}")
        if self.frames < 5 or self.size_px < 16 or self.steps < 1 or self.guidance < 0:
            raise ValueError(f"{self} is not possible; give 5 frames or more, and size, steps and guidance above 0")

    @property
    def identity(self) -> str:
        """Which weights they are."""
        return identity_of(self.model, self.revision)

    def __call__(self, rgb: NDArray[np.uint8], prompt: str, seed: int) -> NDArray[np.uint8]:
        """(frames, size, size, 3), of a picture (H, W, 3) which is squeezed into a square; frame 0 is about that picture."""
        pipeline = on_desk(self, self._load)
        picture = Image.fromarray(rgb).resize((self.size_px, self.size_px), Image.Resampling.LANCZOS)
        found = pipeline(
            image=picture, prompt=prompt, negative_prompt=FLAWS, height=self.size_px, width=self.size_px,
            num_frames=self.frames, num_inference_steps=self.steps, guidance_scale=self.guidance, output_type="np",
            generator=torch.Generator("cpu").manual_seed(seed),
        ).frames[0]  # fmt: skip
        if not np.isfinite(found).all():
            raise NotLiftableError("no motion", f"{self.model} made frames without numbers; give film.hardware.dtype=float32")
        return to_rgb(found)

    def _load(self) -> Any:
        number = {"default": self.hardware.number, "vae": torch.float32}  # autoencoders of videos lose much in half precision
        return load_pipeline(self.pipeline, self.model, self.revision, self.hardware, dtype=number)
