"""Images of a relation: from whatever can make them, and from the embedded world, which needs no download.

The paper asks a text-to-image model, with prompts that make objects easy to lift: a white background, what the objects look like,
and a diagonal view when their sizes differ much (sections 3.2 and A). The embedded source follows the same prompts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lifting.staging import Studio, far_apart, scenes
from lifting.world import Instance, Scene
from oor.catalog.contexts import Context
from oor.catalog.nouns import FOOD, LIVING, indefinite
from oor.catalog.prompts import captions, spoken_words
from oor.files import write_text
from oor.rendering import write_png
from oor.textures import ADJECTIVES


@dataclass(frozen=True, eq=False)
class Picture:
    """All that later stages may know of an image.

    rgb: (H, W, 3) uint8 before white. context: what was asked for. caption: a sentence that says it. prompt: what an image model
    is told, the caption with the paper's additions.
    """

    rgb: NDArray[np.uint8]
    context: Context
    caption: str
    prompt: str


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture and, beside it, the truth about it: None from a source that does not know it."""

    picture: Picture
    scene: Scene | None = None


class ImageSource(Protocol):
    """Makes images of a context: one, or more of a motion that starts there (image to video). The same for the same seed."""

    def __call__(self, context: Context, seed: int, frames: int = 1) -> Iterator[Shot]: ...


@dataclass(frozen=True)
class EmbeddedImages:
    """Renders of scenes drawn from the catalog's relation programs. Of a motion, frames where the relation fails are left out."""

    studio: Studio = field(default_factory=Studio)

    def __call__(self, context: Context, seed: int, frames: int = 1) -> Iterator[Shot]:
        for scene in scenes(context, seed, frames, self.studio):
            yield Shot(photograph(scene, seed, self.studio.supersample), scene)


def photograph(scene: Scene, seed: int, supersample: int = 2) -> Picture:
    """The picture of a scene, with a caption and a prompt that fit it."""
    (caption,) = captions(scene.context, 1, seed)
    looks = [_looks(instance) for instance in scene.instances]
    prompt = prompt_for(scene.context, caption, looks=(looks[0], looks[1]), diagonal=far_apart(*scene.instances))
    return Picture(next(scene.views([scene.camera], supersample)).rgb, scene.context, caption, prompt)


def prompt_for(context: Context, caption: str, looks: tuple[str, str] = ("", ""), diagonal: bool = False) -> str:
    """A caption with the paper's additions: how target and base look, a diagonal view, a white background."""
    sentence = caption.rstrip(".")
    if context.target != context.base:  # of two books nobody could tell which is meant
        for category, adjective in zip((context.target, context.base), looks, strict=True):
            sentence = _described(sentence, category, adjective)
    return f"{sentence}{', from a diagonal angle' if diagonal else ''}. White background."


def _described(sentence: str, category: str, adjective: str) -> str:
    """The sentence with an adjective before the category's noun, and "a" or "an" to fit; unchanged where it has no such noun."""
    words = sorted({category, *spoken_words(category)}, key=len, reverse=True)
    noun = re.search(rf"\b(?:(an?) )?({'|'.join(map(re.escape, words))})\b", sentence, re.IGNORECASE)
    if not adjective or noun is None or noun[2].startswith(adjective):
        return sentence
    phrase = f"{adjective} {noun[2]}"
    if noun[1]:
        phrase = indefinite(phrase)
        phrase = phrase[0].upper() + phrase[1:] if noun[1][0].isupper() else phrase
    return sentence[: noun.start()] + phrase + sentence[noun.end() :]


def _looks(instance: Instance) -> str:
    """What one would call the material that covers most of an object; nothing for what grew."""
    if instance.category in FOOD | LIVING:
        return ""
    areas = np.bincount(instance.regions, instance.placed.area_faces, len(instance.part_of))
    return ADJECTIVES[instance.texture.materials[int(np.argmax(areas))].kind]


def write_picture(folder: Path, picture: Picture) -> None:
    """`image.png` and `image.json`."""
    write_png(folder / "image.png", picture.rgb)
    words = {"target": picture.context.target, "predicate": picture.context.predicate, "base": picture.context.base,
             "caption": picture.caption, "prompt": picture.prompt}
    write_text(folder / "image.json", json.dumps(words, indent=1) + "\n")


def read_picture(folder: Path) -> Picture:
    """The picture that `write_picture` wrote, or one that somebody put there by hand."""
    words = json.loads((folder / "image.json").read_text(encoding="utf-8"))
    with Image.open(folder / "image.png") as image:
        rgb = np.asarray(image.convert("RGB"))
    context = Context(words["target"], words["predicate"], words["base"])
    return Picture(rgb, context, words["caption"], words["prompt"])
