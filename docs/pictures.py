"""Makes the pictures of the README: python docs/pictures.py"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from oor.catalog.category import categories
from oor.catalog.export import sheet
from oor.rendering import write_png
from oor.sample import main

DOCS = Path(__file__).parent
COLUMNS = 3
SENTENCES = (
    "a whisk beats eggs in a mixing bowl", "a drumstick hits the drum", "a flower stands in a jar", "a key unlocks a padlock",
    "a syringe injects into a vial", "a teddy bear wearing a hat", "toothpaste squeezed onto a toothbrush",
    "a violin bow bows a violin", "a wrench tightens a bolt", "an iron pressing a shirt",
    "a butter knife spreads butter on a slice of toast", "a hat hangs on a coat rack",
)


def catalog() -> None:
    """Every category's typical shape, named."""
    write_png(DOCS / "catalog.png", sheet(list(categories().values()), size_px=112, columns=14).quantize(96))


def teapot() -> None:
    """The main job's contact sheet."""
    with tempfile.TemporaryDirectory() as folder:
        main(["a teapot pours into a teacup", f"out={folder}"])
        shutil.copyfile(Path(folder) / "preview.png", DOCS / "teapot.png")


def relations() -> None:
    """One sample of each of twelve sentences, from two sides."""
    cells = []
    with tempfile.TemporaryDirectory() as folder:
        for sentence in SENTENCES:
            main([sentence, "num_samples=1", f"out={folder}"])
            cells.append(np.asarray(Image.open(Path(folder) / "preview.png").convert("RGB")))
    rows = [np.concatenate(cells[i : i + COLUMNS], axis=1) for i in range(0, len(cells), COLUMNS)]
    write_png(DOCS / "relations.png", Image.fromarray(np.concatenate(rows)).quantize(192))


if __name__ == "__main__":
    catalog()
    teapot()
    relations()
