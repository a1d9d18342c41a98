"""Pictures and views that somebody has made already: photographs, or what a model wrote elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from lifting.images import Picture, prompt_for
from lifting.items import Item, file_item_name
from lifting.refusals import NotLiftableError
from lifting.views import Views, read_views
from oor.catalog.contexts import Context

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True)
class FolderImages:
    """Pictures in a folder, before white; what each shows is said in `<its name>.txt`, or by the one sentence that is given.

    path: the folder.
    """

    path: str = ""

    def items(self, sentence: str | None, understood: Callable[[str], Context], seed: int = 0) -> list[Item]:
        """One for each picture, in the order of their names. ValueError where there is none, or one without a sentence."""
        if not self.path or not Path(self.path).is_dir():
            raise ValueError(f"image.path={self.path} is no folder of pictures; give one, such as image.path=my_pictures")
        found: dict[str, Item] = {}
        for i, file in enumerate(pictures(Path(self.path))):
            words = file.with_suffix(".txt")
            caption = " ".join(words.read_text(encoding="utf-8").split()) if words.is_file() else sentence
            if not caption:
                raise ValueError(f"nothing says what {file} shows; write a sentence into {words.name}, or give one to all")
            item = Item(file_item_name(context := understood(caption), file), context, seed + i, file=file, caption=caption)
            if item.name in found:
                raise ValueError(f"{file.name} and {found[item.name].file} are too alike in name; rename one of them")
            found[item.name] = item
        if not found:
            raise ValueError(f"image.path={self.path} holds no pictures ({', '.join(SUFFIXES)}); choose another folder")
        return list(found.values())


@dataclass(frozen=True)
class FolderViews:
    """Views round each picture, in a folder of the picture's name: `00.png` and on, 00 the picture itself.

    path: the folder of these folders. A `views.json` beside them says where they were taken; without it they go round evenly.
    """

    path: str = ""

    def of(self, item: Item) -> Path:
        """The folder of an item's views."""
        return Path(self.path) / (item.file.stem if item.file is not None else item.name)

    def read(self, item: Item) -> Views:
        """The views of an item. NotLiftableError when there are none, or they differ in size."""
        folder = self.of(item)
        if (folder / "views.json").is_file():
            return read_views(folder)
        files = pictures(folder) if folder.is_dir() else []
        if not files:
            raise NotLiftableError("no views", f"there are no views in {folder}; put 00.png and on there")
        rgb = [read_rgb(file) for file in files]
        if len({view.shape for view in rgb}) > 1:
            raise NotLiftableError("views of two sizes", f"the views in {folder} differ in size; make them equally large")
        azimuth = np.arange(len(rgb)) * 360.0 / len(rgb)
        return Views(np.stack(rgb), np.stack([azimuth, np.zeros(len(rgb))], axis=1))


def pictures(folder: Path) -> list[Path]:
    """The picture files of a folder, by name."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())


def read_rgb(file: Path) -> NDArray[np.uint8]:
    """(H, W, 3); what is transparent becomes white. NotLiftableError for a file that is no picture."""
    try:
        with Image.open(file) as image:
            layer = image.convert("RGBA")
    except UnidentifiedImageError:
        raise NotLiftableError("no picture", f"{file} is no picture that can be read; save it as PNG") from None
    white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    return np.asarray(Image.alpha_composite(white, layer).convert("RGB"))


def read_file(item: Item) -> Picture:
    """An item's picture from its file."""
    assert item.file is not None
    return Picture(read_rgb(item.file), item.context, item.caption, prompt_for(item.context, item.caption))


def fingerprint(path: Path) -> str:
    """32 hex digits that identify a file's bytes, or those of the pictures of a folder."""
    files = pictures(path) + sorted(path.glob("views.json")) if path.is_dir() else [path]
    parts = [hashlib.sha256(file.read_bytes()).digest() for file in files if file.is_file()]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:32]
