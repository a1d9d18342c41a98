"""Makes the pictures of the README: python docs/pictures.py"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from oor.catalog.category import categories
from oor.rendering import contact_sheet, orbit_camera, render, write_png
from oor.sample import main

DOCS = Path(__file__).parent
COLUMNS = 10


def catalog(size_px: int = 150) -> None:
    """Every template, named."""
    images, labels = [], []
    for category in categories().values():
        mesh = category.template.mesh
        camera = orbit_camera(mesh.bounds, 30, 20, width=size_px, height=size_px)
        images.append(render([mesh], camera, supersample=2, shadows=False).rgb)
        labels.append(category.name)
    rows = range(0, len(images), COLUMNS)
    sheet = contact_sheet([images[i : i + COLUMNS] for i in rows], labels=[labels[i : i + COLUMNS] for i in rows])
    write_png(DOCS / "catalog.png", sheet.quantize(128))


def teapot() -> None:
    """The main job's contact sheet."""
    with tempfile.TemporaryDirectory() as folder:
        main(["a teapot pours into a teacup", f"out={folder}"])
        shutil.copyfile(Path(folder) / "preview.png", DOCS / "teapot.png")


if __name__ == "__main__":
    catalog()
    teapot()
