"""What pretrained models may be used for, and what they take: so that nobody learns it after the download.

Licences are those that the models' own pages name; sizes are about. None of these weights has been loaded by this toolkit's
authors, see the README.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Use = Literal["yes", "no", "with limits", "unknown"]


@dataclass(frozen=True)
class Terms:
    """Of one model. commercial: whether what it makes may be sold. download_gb, memory_gb: about, in half precision.

    None is unknown. gated: only for those who have accepted the licence and logged in.
    """

    licence: str
    commercial: Use
    download_gb: float | None = None
    memory_gb: float | None = None
    gated: bool = False


KNOWN: Mapping[str, Terms] = {
    "black-forest-labs/FLUX.1-schnell": Terms("Apache-2.0", "yes", 34, 34),
    "black-forest-labs/FLUX.1-dev": Terms("FLUX.1 [dev] Non-Commercial License", "no", 34, 34, gated=True),
    "Wan-AI/Wan2.2-TI2V-5B-Diffusers": Terms("Apache-2.0", "yes", 34, 24),
    "stabilityai/sv3d": Terms("Stability AI Community License", "with limits", 9.4, 20, gated=True),
    "facebook/VGGSfM": Terms("CC BY-NC 4.0", "no"),
    "facebook/VGGT-1B": Terms("CC BY-NC 4.0", "no", 5, 6),
    "IDEA-Research/grounding-dino-base": Terms("Apache-2.0", "yes", 0.9, 2),
    "facebook/sam2.1-hiera-large": Terms("Apache-2.0", "yes", 0.9, 3),
    "stable-diffusion-v1-5/stable-diffusion-v1-5": Terms("CreativeML OpenRAIL-M", "with limits", 4.3, 4),
    "facebook/dinov2-with-registers-base": Terms("Apache-2.0", "yes", 0.4, 1),
}
UNKNOWN = Terms("unknown; read its page", "unknown")


@dataclass(frozen=True)
class Licence:
    """A model that a stage needs, and its terms."""

    stage: str
    model: str
    licence: str
    commercial: Use
    download_gb: float | None
    memory_gb: float | None
    gated: bool


def licences(backends: Mapping[str, Any]) -> Iterator[Licence]:
    """Those of all models that backends, by stage, need."""
    for stage, backend in backends.items():
        for model in getattr(backend, "models", ()):
            yield Licence(stage, model, **vars(KNOWN.get(model, UNKNOWN)))
