"""Views round a picture by an image-to-video model that is asked for a camera which goes round: SV3D's place, open to all uses.

Such a model was not trained to keep angles, so what it makes is for structure that believes none: structure=vggsfm, vggt or
colmap with mode=incremental.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lifting.backends.film import Film
from lifting.backends.flux import before_white
from lifting.images import Picture
from lifting.views import VIEWS, Views
from lifting.world import Scene

ASKED = ("The camera slowly goes once all the way round at a steady height and distance, like a turntable. Nothing else moves: "
         "the objects stay frozen as they are")


@dataclass(frozen=True)
class Turntable:
    """Frames of a film in which the camera goes round, evenly taken. views: how many. backdrop: as image=flux has it."""

    views: int = VIEWS
    backdrop: int = 60
    film: Film = field(default_factory=Film)

    def __post_init__(self) -> None:
        if not 3 <= self.views <= self.film.frames or not 0 <= self.backdrop <= 255:
            raise ValueError(f"{self} is not possible; give 3 views or more, as many as the film has frames at most, and a "
                             "backdrop from 0 to 255")

    @property
    def models(self) -> tuple[str, ...]:
        """The pretrained models that it needs."""
        return (self.film.model,)

    @property
    def identity(self) -> str:
        """Which weights they are."""
        return self.film.identity

    def __call__(self, picture: Picture, scene: Scene | None, seed: int) -> Views:
        made = self.film(picture.rgb, f"{ASKED}. {picture.prompt}", seed)
        azimuth = np.arange(self.views) * 360.0 / self.views
        taken = np.round(azimuth / 360 * (len(made) - 1)).astype(int)  # the last frame is back at the first
        rgb = np.stack([before_white(made[i], self.backdrop) for i in taken])
        return Views(rgb, np.stack([azimuth, np.zeros(self.views)], axis=1))
