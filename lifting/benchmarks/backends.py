"""How each backend of lifting has been exercised, and with what weights; those of hub models are run, on tiny random ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifting.backends.hub import clear_desk, is_here
from lifting.backends.licences import licences
from lifting.benchmarks import tiny_models
from lifting.images import Picture
from lifting.views import Views
from oor.catalog.contexts import Context

POUR = Context("teapot", "pours into", "teacup")
SIZE = 56
TINY = "random ones of a tiny model, made on the spot"
STANDS_IN = {"program": "in tests: a program stands in for it, checks the command line, and writes or fails as it does",
             "endpoint": "in tests: a server on this machine stands in for it, with good answers, bad ones and none"}
Row = dict[str, Any]


def exercised(stage: str, name: str, backend: Any, folder: Path) -> Row:
    """A line about one backend as its file has it. folder: for tiny models."""
    terms = list(licences({stage: backend}))
    row: Row = {"stage": stage, "name": name, "backend": type(backend).__name__, "models": ", ".join(one.model for one in terms),
                "commercial": ", ".join(dict.fromkeys(one.commercial for one in terms)),
                "memory_gb": max((one.memory_gb or 0 for one in terms), default=0), "made": "", "seconds": 0.0}
    stand_in = next((told for field, told in STANDS_IN.items() if hasattr(backend, field)), None)
    if stand_in:
        return row | {"exercised": stand_in, "weights": "none", "run_with_real_weights": "no"}
    if not terms:
        return row | {"exercised": "in tests, as it is", "weights": _own(backend), "run_with_real_weights": "none needed"}
    start = time.perf_counter()
    made = CALLS[type(backend).__name__](backend, folder)
    clear_desk()
    here = "no, though they are here" if all(is_here(one.model) for one in terms) else "no"
    return row | {"exercised": "just now: saved, loaded, called", "weights": TINY, "run_with_real_weights": here,
                  "made": " x ".join(map(str, made.shape)), "seconds": round(time.perf_counter() - start, 2)}


def _own(backend: Any) -> str:
    """Which weights a backend without hub models has."""
    try:
        return f"its own, {backend.identity}" if hasattr(type(backend), "identity") else "none needed"
    except ValueError:
        return "its own, which are not shipped yet"


def _noise(count: int) -> NDArray[np.uint8]:
    cells = np.random.default_rng(0).integers(0, 256, (count, SIZE // 8, SIZE // 8, 3))
    return np.repeat(np.repeat(cells, 8, axis=1), 8, axis=2).astype(np.uint8)


def _film(film: Any, folder: Path) -> Any:
    return replace(film, model=str(tiny_models.tiny_wan(folder / "wan")), size_px=32, frames=5, steps=2)


def _flux(images: Any, folder: Path) -> Any:
    small = replace(images, model=str(tiny_models.tiny_flux(folder / "flux")), size_px=32, steps=2, tokens=16, shapes=1,
                    backdrop=255, film=_film(images.film, folder))
    return small.motion(small.still(POUR, 0), 0, 3)


def _turntable(table: Any, folder: Path) -> Any:
    small = replace(table, views=3, backdrop=255, film=_film(table.film, folder))
    return small(Picture(_noise(1)[0], POUR, "A teapot.", "A teapot."), None, 0).rgb


def _sam2(segmenter: Any, folder: Path) -> Any:
    small = replace(segmenter, detector=str(tiny_models.tiny_grounding_dino(folder / "detector")), least=0.0, size_px=128,
                    segmenter=str(tiny_models.tiny_sam2(folder / "segmenter")))
    return small(Views(_noise(3), np.zeros((3, 2))), POUR)


def _dino(features: Any, folder: Path) -> Any:
    return replace(features, model=str(tiny_models.tiny_dino(folder / "dino")), size_px=SIZE)(_noise(2))


def _sd_dino(features: Any, folder: Path) -> Any:
    small = replace(features, diffusion=str(tiny_models.tiny_stable_diffusion(folder / "sd")), size_px=64, dino_px=SIZE,
                    dino=str(tiny_models.tiny_dino(folder / "beside")), width=16)
    return small(_noise(2))


CALLS: Mapping[str, Callable[[Any, Path], Any]] = {
    "FluxImages": _flux, "Turntable": _turntable, "GroundedSam2": _sam2, "DinoFeatures": _dino, "SdDinoFeatures": _sd_dino,
}  # fmt: skip
