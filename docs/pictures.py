"""Makes the pictures of the README: python docs/pictures.py"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from oor.catalog.category import categories
from oor.catalog.export import sheet
from oor.rendering import write_png
from oor.sample import main

DOCS = Path(__file__).parent


def catalog() -> None:
    """Every category's typical shape, named."""
    write_png(DOCS / "catalog.png", sheet(list(categories().values()), size_px=112, columns=14).quantize(96))


def teapot() -> None:
    """The main job's contact sheet."""
    with tempfile.TemporaryDirectory() as folder:
        main(["a teapot pours into a teacup", f"out={folder}"])
        shutil.copyfile(Path(folder) / "preview.png", DOCS / "teapot.png")


if __name__ == "__main__":
    catalog()
    teapot()
