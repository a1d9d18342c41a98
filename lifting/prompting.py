"""What an image model is told: a caption of the context and the paper's three additions (section A).

A white background; the shape and texture of the template that shall be registered; and a diagonal view where sizes differ much.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lifting.images import prompt_for
from lifting.staging import APART
from lifting.templates import Candidate, candidates
from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context
from oor.catalog.nouns import FOOD, LIVING
from oor.catalog.prompts import captions
from oor.textures import ADJECTIVES, Texture

TALLER = 1.12  # times as high for its width as the typical template: what one would call tall


def words_for(context: Context, seed: int, shapes: int) -> tuple[str, str]:
    """A caption of the context, and the prompt for a picture of it.

    shapes: so many templates of each category may lend their looks; each seed takes one of each.
    """
    (caption,) = captions(context, 1, seed)
    rng = np.random.default_rng([seed, 5])
    looks = [described(name, int(rng.integers(shapes)), shapes) for name in (context.target, context.base)]
    return caption, prompt_for(context, caption, looks=(looks[0], looks[1]), diagonal=differ_much(context))


def differ_much(context: Context) -> bool:
    """Whether the two objects usually differ so much in size that both are seen only from further away."""
    sizes = [_usual_m(categories()[name]) for name in (context.target, context.base)]
    return max(sizes) > APART * min(sizes)


def _usual_m(category: Category) -> float:
    return float(np.sqrt(category.length_m[0] * category.length_m[1]))


@cache
def described(name: str, number: int, count: int) -> str:
    """Adjectives for one of a category's candidate templates: proportions beside the typical one's, and what it is made of."""
    pool = candidates(categories()[name], count)
    own = pool[number % len(pool)]
    parts = (_proportions(own, pool[0]), "" if name in FOOD | LIVING else _material(own))
    return " ".join(word for word in parts if word)


def _proportions(own: Candidate, typical: Candidate) -> str:
    """Tall, low or nothing, by the height for the width."""
    slender = [float(one.extents[1] / np.sqrt(one.extents[0] * one.extents[2])) for one in (own, typical)]
    ratio = slender[0] / slender[1]
    return "tall" if ratio > TALLER else "low" if ratio < 1 / TALLER else ""


def _material(own: Candidate) -> str:
    """What covers most of it."""
    texture = own.surface.colour
    if not isinstance(texture, Texture):
        return ""
    areas = np.bincount(own.surface.regions, own.mesh.area_faces, len(texture.materials))
    return ADJECTIVES[texture.materials[int(np.argmax(areas))].kind]
