"""The last stage: two registrations become a relation, and filters say whether it is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lifting.images import Picture
from lifting.refusals import NotLiftableError
from lifting.registering import read_boxes, read_figures, read_reasons
from lifting.relative import relative, viewer
from lifting.results import Sample
from lifting.structure import Structure
from oor.relation import pack


def conclude(picture: Picture, structure: Structure, registration: Path) -> Sample:
    """The sample of an item. NotLiftableError where an object was not found."""
    for role, (reason, message) in read_reasons(registration).items():
        raise NotLiftableError(f"{role}: {reason}", message)
    boxes, figures = read_boxes(registration, picture.context), read_figures(registration)
    relation = relative(boxes["target"], boxes["base"], viewer(structure))
    ratios = [figures[role]["inlier_ratio"] for role in boxes]
    return Sample(tuple(pack(relation).tolist()), picture.caption, True, float(np.mean(ratios)),
                  figures={f"{role}_{name}": value for role, own in figures.items() for name, value in own.items()})
