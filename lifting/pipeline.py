"""The order of the stages, and what each reads: from a context to what is known about one image of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from lifting.images import photograph, read_picture, write_picture
from lifting.runs import TRUTH, Stage
from lifting.staging import Studio, scenes
from lifting.views import OrbitRenderer, write_views
from lifting.world import read_scene, write_scene
from oor.catalog.contexts import Context


def item_name(context: Context, seed: int, frame: int = 0) -> str:
    """What an item's folder is called: teapot-pours_into-teacup-000003-00."""
    words = (re.sub(r"[^a-z0-9]+", "_", word.lower()) for word in (context.target, context.predicate, context.base))
    return f"{'-'.join(words)}-{seed:06d}-{frame:02d}"


def embedded_stages(context: Context, seed: int, *, frame: int = 0, frames: int = 1, studio: Studio | None = None,
                    views: OrbitRenderer | None = None) -> list[Stage]:
    """Truth, image and views of one frame of a scene's motion, made by the embedded world.

    frame: which of `scenes(context, seed, frames)`; 0 is always there.
    """
    seen, orbit = studio or Studio(), views or OrbitRenderer()

    def stage_scene(_: Mapping[str, Path], out: Path) -> None:
        write_scene(out, scenes(context, seed, frames, seen)[frame])

    def take_picture(folders: Mapping[str, Path], out: Path) -> None:
        write_picture(out, photograph(read_scene(folders[TRUTH]), seed, seen.supersample))

    def go_round(folders: Mapping[str, Path], out: Path) -> None:
        write_views(out, orbit(read_picture(folders["image"]), read_scene(folders[TRUTH]), seed))

    asked = {"context": str(context), "seed": seed, "frame": frame, "frames": frames, **asdict(seen)}
    return [
        Stage(TRUTH, stage_scene, settings=asked),
        Stage("image", take_picture, (TRUTH,), {"seed": seed, "supersample": seen.supersample}),
        Stage("views", go_round, ("image", TRUTH), {"seed": seed, **asdict(orbit)}),
    ]
