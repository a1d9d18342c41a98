"""Pictures of a relation by FLUX, and of motions that start there by an image-to-video model (paper, sections 3.2 and A)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import label

from lifting.backends.film import Film
from lifting.backends.hub import Hardware, identity_of, load_pipeline, on_desk
from lifting.backends.pixels import to_rgb
from lifting.images import Picture
from lifting.prompting import words_for
from lifting.refusals import NotLiftableError
from lifting.templates import COUNT
from oor.catalog.contexts import Context

GREY = 24  # by how much the channels of a shadow on white may differ


@dataclass(frozen=True)
class FluxImages:
    """Pictures by FLUX (diffusers). What is like the white around the objects becomes white.

    model: a hub id or a folder; FLUX.1-schnell is open to all uses and wants 4 steps without guidance, FLUX.1-dev, which the
    paper takes, is for research and wants 28 with guidance 3.5 (`image=flux_dev`). shapes: templates of each category that may
    lend their looks. tokens: of a prompt. backdrop: how far from white the border may be, of 255. film: makes motions of them.
    """

    model: str = "black-forest-labs/FLUX.1-schnell"
    revision: str | None = None
    steps: int = 4
    guidance: float = 0.0
    size_px: int = 1024
    tokens: int = 256
    shapes: int = COUNT
    backdrop: int = 60
    film: Film = field(default_factory=Film)
    hardware: Hardware = field(default_factory=Hardware)

    def __post_init__(self) -> None:
        if min(self.steps, self.tokens, self.shapes) < 1 or self.size_px < 16 or self.guidance < 0:
            raise ValueError(f"{self} is not possible; give 1 or more steps, tokens and shapes, and a size of 16 or more")
        if not 0 <= self.backdrop <= 255:
            raise ValueError(f"backdrop={self.backdrop} is not possible; give a number from 0 to 255")

    @property
    def models(self) -> tuple[str, ...]:
        """The pretrained models that it needs."""
        return self.model, self.film.model

    @property
    def identity(self) -> str:
        """Which weights make stills."""
        return identity_of(self.model, self.revision)

    @property
    def motion_identity(self) -> str:
        """Which weights make motions."""
        return self.film.identity

    def still(self, context: Context, seed: int) -> Picture:
        """One picture. NotLiftableError where it is not before white."""
        caption, prompt = words_for(context, seed, self.shapes)
        made = on_desk((self.model, self.revision, self.hardware), self._load)(
            prompt=prompt, height=self.size_px, width=self.size_px, num_inference_steps=self.steps, guidance_scale=self.guidance,
            max_sequence_length=self.tokens, output_type="np", generator=torch.Generator("cpu").manual_seed(seed),
        ).images[0]  # fmt: skip
        if not np.isfinite(made).all():
            raise NotLiftableError("no picture", f"{self.model} made no numbers; give image.hardware.dtype=float32")
        return Picture(before_white(to_rgb(made), self.backdrop), context, caption, prompt)

    def motion(self, still: Picture, seed: int, frames: int) -> NDArray[np.uint8]:
        """(frames, H, W, 3) of the motion that starts at a still, evenly over its film; the first is the still's."""
        made = self.film(still.rgb, still.prompt, seed)
        taken = np.round(np.linspace(0, len(made) - 1, frames)).astype(int)
        return np.stack([before_white(made[i], self.backdrop) for i in taken])

    def _load(self) -> Any:
        return load_pipeline("FluxPipeline", self.model, self.revision, self.hardware)


def before_white(rgb: NDArray[np.uint8], backdrop: int) -> NDArray[np.uint8]:
    """A picture (H, W, 3) in which all that is about white, greyish, and connected to the border is white.

    backdrop: how far from white. NotLiftableError where the border itself, in the median, is not so white.
    """
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    if 255 - np.median(border.min(axis=1)) > backdrop:
        raise NotLiftableError("no white background", "the picture's border is not about white, so nothing tells its objects "
                               "from what is behind them")
    light = (255 - rgb.min(axis=2) <= backdrop) & (np.ptp(rgb.astype(int), axis=2) <= GREY)
    numbers, _ = label(light)
    outer = np.unique(np.concatenate([numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]]))
    around = np.isin(numbers, outer[outer > 0])
    return np.where(around[..., None], np.uint8(255), rgb)
