"""The order of work when stages have large models: all items go through one stage before the next model is loaded.

Without such models each item goes all the way at once, and is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lifting.items import Item
from lifting.pipeline import ITEMS, Pipeline
from lifting.runs import update

LAST = {"image": "image", "views": "views", "structure": "structure", "masks": "masks", "features": "templates"}


@dataclass
class Phase:
    """Brings items up to one stage, and does no more. name: what a progress bar says."""

    name: str
    pipeline: Pipeline
    last: str

    def __call__(self, item: Item) -> None:
        stages = self.pipeline.stages(item)
        end = [stage.name for stage in stages].index(self.last) + 1
        update(self.pipeline.out / ITEMS / item.name, stages[:end])


def phases(pipeline: Pipeline, items: Sequence[Item]) -> Iterator[tuple[Phase, list[Item]]]:
    """What comes before all items are finished, and for which of them: stills before motions, then stage by stage.

    There is none where no stage has a model of its own. Features go together with templates, which the same model describes.
    """
    for stage, last in LAST.items():
        if not getattr(getattr(pipeline.backends, stage), "models", ()):
            continue
        if stage == "image":
            yield Phase("stills", pipeline, last), [item for item in items if item.frame == 0]
            later = [item for item in items if item.frame > 0]
            if later:
                yield Phase("motions", pipeline, last), later
        else:
            yield Phase(stage, pipeline, last), list(items)
