"""Views round a picture by SV3D, as in the paper: Stability AI's own script, run from its repository.

No library has SV3D's code, and its weights come with that repository's configuration, so the script is run as it is: 21 views of
576 x 576 on a film, the last of which is the picture itself. A second command of the same environment takes the film apart.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_fill_holes

from lifting.backends.folder import pictures, read_rgb
from lifting.backends.programs import Program
from lifting.images import Picture
from lifting.refusals import NotLiftableError
from lifting.sweep import foreground
from lifting.views import VIEWS, Views
from lifting.world import Scene

SCRIPT = "scripts/sampling/simple_video_sample.py"
APART = ("import imageio, sys; [imageio.imwrite(f'{sys.argv[2]}/{i:02d}.png', frame) for i, frame in "
         "enumerate(imageio.get_reader(sys.argv[1]))]")


@dataclass(frozen=True)
class Sv3d:
    """SV3D: sv3d_u goes round at the picture's own height; sv3d_p is told one, `elevation_deg`.

    steps: of its sampler. decode: frames that are decoded at once, fewer for less memory. turn: 1 if its azimuth grows as here,
    towards the camera's right, else -1; only structure=colmap relies on it.
    """

    version: Literal["sv3d_u", "sv3d_p"] = "sv3d_u"
    elevation_deg: float = 10.0
    steps: int = 50
    decode: int = 7
    turn: Literal[1, -1] = 1
    program: Program = field(default_factory=Program)

    def __post_init__(self) -> None:
        if self.steps < 1 or self.decode < 1 or not -90 < self.elevation_deg < 90:
            raise ValueError(f"{self} is not possible; give steps and decode above 0, and an elevation between -90 and 90")

    @property
    def models(self) -> tuple[str, ...]:
        """The pretrained models that it needs."""
        return ("stabilityai/sv3d",)

    @property
    def setup(self) -> tuple[str, ...]:
        """Commands to set it up, and one to see that it runs."""
        return self.program.setup("https://github.com/Stability-AI/generative-models",
                                  self.command(Path("assets/test_image.png"), Path("film"), 0),
                                  f"hf download stabilityai/sv3d {self.version}.safetensors --local-dir checkpoints")

    def check(self) -> None:
        """ValueError where the program is not there."""
        self.program.check(SCRIPT, "SV3D", "views")

    def command(self, picture: Path, out: Path, seed: int) -> list[str]:
        """What the interpreter is given to make a film of a picture."""
        height = [f"--elevations_deg={self.elevation_deg:g}"] if self.version == "sv3d_p" else []
        return [SCRIPT, f"--input_path={picture}", f"--version={self.version}", f"--num_steps={self.steps}", *height,
                f"--decoding_t={self.decode}", f"--seed={seed}", f"--output_folder={out}"]

    def __call__(self, picture: Picture, scene: Scene | None, seed: int) -> Views:
        with tempfile.TemporaryDirectory(prefix="views-") as folder:
            given, out, frames = Path(folder) / "picture.png", Path(folder) / "film", Path(folder) / "frames"
            frames.mkdir()
            Image.fromarray(cut_free(picture.rgb)).save(given)
            self.program.run(self.command(given, out, seed), "SV3D")
            films = sorted(out.glob("*.mp4"))
            if len(films) != 1:
                raise NotLiftableError("no views", f"SV3D wrote {len(films)} films where one was asked for")
            self.program.run(["-c", APART, str(films[0]), str(frames)], "SV3D")
            rgb = [read_rgb(file) for file in pictures(frames)]
        if len(rgb) != VIEWS or len({view.shape for view in rgb}) != 1:
            raise NotLiftableError("no views", f"SV3D made {len(rgb)} views where {VIEWS} of one size were asked for")
        azimuth = self.turn * np.arange(VIEWS) * 360.0 / VIEWS % 360
        return Views(np.stack([rgb[-1], *rgb[:-1]]), np.stack([azimuth, np.zeros(VIEWS)], axis=1))


def cut_free(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(s, s, 4) a picture (H, W, 3) in a square, transparent where it is white around its objects, so that nobody has to guess.

    NotLiftableError for a picture that is all white.
    """
    shown = binary_fill_holes(foreground(rgb[None])[0])
    if not shown.any():
        raise NotLiftableError("blank", "the picture is white all over; nothing in it can be turned")
    edge = max(rgb.shape[:2])
    top, left = (edge - rgb.shape[0]) // 2, (edge - rgb.shape[1]) // 2
    out = np.zeros((edge, edge, 4), np.uint8)
    out[top : top + rgb.shape[0], left : left + rgb.shape[1]] = np.dstack([rgb, 255 * shown.astype(np.uint8)])
    return out
