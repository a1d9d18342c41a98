"""Stable Diffusion's features beside DINO's, fused as in Zhang et al. (NeurIPS 2023), which the paper's features [71] build on.

Both are of every picture's patches, each half of length 1 / sqrt(2). The paper's own are 768 numbers that a network, trained on
labelled correspondences, makes of the two; its repository names no licence, so it is not used. Here each half is brought to 384
numbers by its principal directions over renders of the catalog's templates. These renders are always the same, so the directions
are as well, and views and templates that are looked at apart can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lifting.backends.dino import DinoFeatures, dino_maps, load_dino
from lifting.backends.hub import Hardware, identity_of, load_pipeline, on_desk
from lifting.backends.pixels import fitted_size, to_unit
from lifting.templates import Rig, candidates
from oor.catalog.category import categories

LEVELS = 3  # blocks of the UNet's decoder, from the coarsest, whose outputs are taken
UNIT_PX = 64  # what a picture's edges are multiples of: eight pixels to a latent, eight of these to the coarsest cell
SHOWN = (
    "teapot", "teacup", "mug", "knife", "apple", "cutting board", "saucepan", "spoon", "hammer", "nail", "screwdriver", "laptop",
    "monitor", "book", "chair", "table", "desk lamp", "sofa", "guitar", "camera", "toothbrush", "bottle", "vase", "umbrella",
)  # fmt: skip
SHOWN_PX = 192  # size of these categories' renders, by which directions are found
_EVERY = 3  # of these renders' cells, one of so many along each axis


class _Eyes(NamedTuple):
    """What is loaded: two networks, and the directions (channels, kept) of each."""

    diffusion: Any
    dino: Any
    bases: tuple[Tensor, Tensor]


@dataclass(frozen=True)
class SdDinoFeatures:
    """Features of a Stable Diffusion UNet's decoder at one timestep (diffusers), and of DINO (transformers).

    diffusion, dino: hub ids or folders. width: numbers of a feature, half of them of each. timestep: of 1000, at which noise is
    added. size_px, dino_px: longer edges of the pictures that each looks at.
    """

    diffusion: str = "stable-diffusion-v1-5/stable-diffusion-v1-5"
    dino: str = DinoFeatures.model
    revision: str | None = None  # of the diffusion
    width: int = 768
    timestep: int = 50
    size_px: int = 640
    dino_px: int = 560
    hardware: Hardware = field(default_factory=Hardware)

    def __post_init__(self) -> None:
        if self.width < 2 or self.width % 2 or not 0 <= self.timestep < 1000 or min(self.size_px, self.dino_px) < 1:
            raise ValueError(f"{self} is not possible; give an even width, a timestep from 0 to 999, and sizes above 0")

    @property
    def models(self) -> tuple[str, ...]:
        """The pretrained models that it needs."""
        return self.diffusion, self.dino

    @property
    def identity(self) -> str:
        """Which weights they are."""
        return f"{identity_of(self.diffusion, self.revision)} {identity_of(self.dino)}"

    def __call__(self, rgb: NDArray[np.uint8]) -> Tensor:
        """(n, width, rows, columns) of length 1 in each cell, on DINO's grid; narrower where a network has too few channels."""
        eyes = on_desk(self, self._load)
        halves = self._halves(eyes.diffusion, eyes.dino, rgb)
        kept = [functional.normalize(torch.einsum("nchw,ck->nkhw", half, basis), dim=1)
                for half, basis in zip(halves, eyes.bases, strict=True)]
        return torch.cat(kept, dim=1) / 2**0.5

    def _load(self) -> _Eyes:
        diffusion = load_diffusion(self.diffusion, self.revision, self.hardware)
        dino = load_dino(self.dino, None, self.hardware)
        seen = [self._halves(diffusion, dino, picture[None]) for picture in calibration()]
        first, second = (principal_directions([pair[i] for pair in seen], self.width // 2) for i in range(2))
        return _Eyes(diffusion, dino, (first, second))

    def _halves(self, diffusion: Any, dino: Any, rgb: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """Features (n, c, rows, columns) of both networks on DINO's grid, each of length 1."""
        told = dino_maps(dino, rgb, self.dino_px)
        maps = [diffusion_maps(diffusion, picture[None], self.size_px, self.timestep, told.shape[2:]) for picture in rgb]
        return torch.cat(maps), told


def load_diffusion(model: str, revision: str | None, hardware: Hardware) -> Any:
    """A Stable Diffusion pipeline, of which autoencoder, text encoder and UNet are used."""
    unused = {"safety_checker": None, "feature_extractor": None, "image_encoder": None, "requires_safety_checker": False}
    return load_pipeline("StableDiffusionPipeline", model, revision, hardware, **unused)


def diffusion_maps(pipeline: Any, rgb: NDArray[np.uint8], size_px: int, timestep: int, grid: Sequence[int]) -> Tensor:
    """(n, c, *grid) of length 1: the outputs of the UNet's first decoder blocks, each of length 1, under an empty prompt.

    The noise is the same for all pictures of a size, so that equal pictures have equal features.
    """
    size, device = fitted_size((rgb.shape[1], rgb.shape[2]), size_px, UNIT_PX), pipeline._execution_device
    dtype = pipeline.unet.dtype
    outputs: list[Tensor] = []
    hooks = [block.register_forward_hook(lambda *told: outputs.append(told[2])) for block in pipeline.unet.up_blocks[:LEVELS]]
    try:
        with torch.inference_mode():
            pixels = (2 * to_unit(rgb, size) - 1).to(device, dtype)
            latents = pipeline.vae.encode(pixels).latent_dist.mean * pipeline.vae.config.scaling_factor
            noise = torch.randn(latents.shape[1:], generator=torch.Generator().manual_seed(0)).to(latents)
            t = torch.tensor([timestep], device=device)
            words, _ = pipeline.encode_prompt("", device, 1, False)
            noisy = pipeline.scheduler.add_noise(latents, noise.expand_as(latents), t)
            pipeline.unet(noisy, t, encoder_hidden_states=words.expand(len(rgb), -1, -1))
    finally:
        for hook in hooks:
            hook.remove()
    levels = [functional.interpolate(functional.normalize(level.float().cpu(), dim=1), tuple(grid), mode="bilinear",
                                     align_corners=False) for level in outputs]
    return functional.normalize(torch.cat(levels, dim=1), dim=1).clone()


def calibration() -> list[NDArray[np.uint8]]:
    """Renders (H, W, 3) of typical templates from all over the catalog, always the same."""
    known = categories()
    rigs = [Rig(1, ((15.0, 45.0, -25.0)[i % 3],), SHOWN_PX, supersample=1) for i in range(len(SHOWN))]
    return [next(rig.renders(candidates(known[name], 1)[0])).rgb for rig, name in zip(rigs, SHOWN, strict=True)]


def principal_directions(maps: Sequence[Tensor], count: int) -> Tensor:
    """(c, k) orthonormal directions of largest spread of the cells of maps (n, c, h, w); k is `count`, or c if that is less."""
    cells = torch.cat([part[:, :, ::_EVERY, ::_EVERY].movedim(1, 3).flatten(0, 2) for part in maps]).double()
    centred = cells - cells.mean(dim=0)
    vectors = torch.linalg.eigh(centred.mT @ centred)[1]
    return vectors[:, -count:].flip(1).float()
