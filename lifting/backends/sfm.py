"""Structure from motion by VGGSfM, as in the paper, or by its successor VGGT: each run from its own repository.

Both need packages that cannot be installed beside this toolkit's (VGGSfM wants Python 3.10 and torch 2.1), so each works in an
environment of its own. They write COLMAP's format, which is read as that of the embedded backend is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lifting.backends.programs import Program
from lifting.reconstruction import read_reconstruction
from lifting.structure import Structure, StructureError, tidied
from lifting.views import Views
from oor.rendering import write_png

LEAST_VIEWS = 3
Command = Callable[[Path, int], list[str]]  # folder of the scene, seed -> what the interpreter is given


@dataclass(frozen=True)
class Vggsfm:
    """VGGSfM 2 (`python demo.py` in a clone of facebookresearch/vggsfm).

    points: tracks that start in a picture. queries: pictures in which tracks start. least_placed: share of the views that must be
    placed.
    """

    points: int = 2048
    queries: int = 3
    least_placed: float = 0.5
    program: Program = field(default_factory=Program)

    @property
    def models(self) -> tuple[str, ...]:
        """The pretrained models that it needs."""
        return ("facebook/VGGSfM",)

    @property
    def setup(self) -> tuple[str, ...]:
        """Commands to set it up, and one to see that it runs."""
        return self.program.setup("https://github.com/facebookresearch/vggsfm", self.command(Path("examples/kitchen"), 0))

    def check(self) -> None:
        """ValueError where the program is not there."""
        self.program.check("demo.py", "VGGSfM", "structure")

    def command(self, scene: Path, seed: int) -> list[str]:
        """What the interpreter is given. Observations are asked for in the pictures' own pixels: not its default."""
        return ["demo.py", f"SCENE_DIR={scene}", "camera_type=SIMPLE_PINHOLE", "shared_camera=True", f"seed={seed}",
                "shift_point2d_to_original_res=True", f"query_frame_num={self.queries}", f"max_query_pts={self.points}"]

    def __call__(self, views: Views, seed: int) -> Structure:
        return reconstructed(self.program, self.command, "VGGSfM", views, seed, self.least_placed)


@dataclass(frozen=True)
class Vggt:
    """VGGT (`python demo_colmap.py` in a clone of facebookresearch/vggt), with tracks and bundle adjustment.

    points, queries, least_placed: as VGGSfM has them.
    """

    points: int = 4096
    queries: int = 8
    least_placed: float = 0.5
    program: Program = field(default_factory=Program)

    @property
    def models(self) -> tuple[str, ...]:
        """The pretrained models that it needs."""
        return ("facebook/VGGT-1B",)

    @property
    def setup(self) -> tuple[str, ...]:
        """Commands to set it up, and one to see that it runs."""
        return self.program.setup("https://github.com/facebookresearch/vggt", self.command(Path("examples/kitchen"), 0))

    def check(self) -> None:
        """ValueError where the program is not there."""
        self.program.check("demo_colmap.py", "VGGT", "structure")

    def command(self, scene: Path, seed: int) -> list[str]:
        """What the interpreter is given."""
        return ["demo_colmap.py", f"--scene_dir={scene}", f"--seed={seed}", "--use_ba", "--shared_camera",
                "--camera_type=SIMPLE_PINHOLE", f"--query_frame_num={self.queries}", f"--max_query_pts={self.points}"]

    def __call__(self, views: Views, seed: int) -> Structure:
        return reconstructed(self.program, self.command, "VGGT", views, seed, self.least_placed)


def reconstructed(program: Program, command: Command, what: str, views: Views, seed: int, least_placed: float) -> Structure:
    """The structure, tidied, that a program makes of the pictures in a folder `images`, and writes into `sparse` beside it.

    StructureError where it places too few views; NotLiftableError where it fails.
    """
    count = len(views.rgb)
    if count < LEAST_VIEWS:
        raise StructureError(f"{count} views show too little; structure needs at least {LEAST_VIEWS}")
    names = [f"{i:03d}.png" for i in range(count)]
    with tempfile.TemporaryDirectory(prefix="structure-") as folder:
        scene = Path(folder)
        for name, rgb in zip(names, views.rgb, strict=True):
            write_png(scene / "images" / name, rgb)
        program.run(command(scene, seed), what)
        found = tidied(read_reconstruction(scene / "sparse", names))
    if found.placed.sum() < max(LEAST_VIEWS, least_placed * count):
        raise StructureError(f"only {int(found.placed.sum())} of {count} views could be placed; they do not fit together")
    return found
