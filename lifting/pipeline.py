"""The order of the stages, and what each reads and writes: from what is asked for to a sample of the relation.

    truth         the whole scene, where the embedded world draws it; only its own views, oracles and scoring read it
    image         image.png, image.json; what a model makes for several items at once is kept beside them, in motions/
    views         00.png and on, views.json
    structure     structure.npz
    masks         00.png and on, tied together by the structure
    features      features.npz: of each observation, and the mean of each object in each view
    templates     templates.json: how much each candidate looks like target and base, and which are taken
    registration  registration.json: where they are; clouds.npz
    sample        sample.json: the relation, the filters' verdict, and figures; chat.jsonl: what a model was asked, and said
    score         score.json: how far it is from the truth, where that is known
    sheet         views.jpg, sheet.jpg: what there is to see of all that

Instead of its own files a stage's folder may hold `refused.json` (lifting/refusals.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lifting.backends.folder import FolderImages, FolderViews, fingerprint, read_file
from lifting.backends.oracle import KnownMasks, KnownStructure
from lifting.backends.vlm import VlmJudge
from lifting.features import FeatureExtractor
from lifting.filtering import Thresholds
from lifting.fitting import FitConfig
from lifting.images import EmbeddedImages, photograph, read_picture, write_picture
from lifting.items import Item
from lifting.judging import OutlineJudge
from lifting.masks import Segmenter, read_masks, write_masks
from lifting.motions import MotionSource, Reel
from lifting.refusals import DETAILS, NotLiftableError, guarded
from lifting.registering import (
    Pool,
    TemplateChoice,
    choose,
    fit_objects,
    item_features,
    read_chosen,
    read_features,
    read_fits,
    write_chosen,
    write_features,
    write_fits,
)
from lifting.results import SAMPLE, SCORE, SHEET, Outcome, read_outcome, read_sample, write_error, write_sample
from lifting.runs import TRUTH, Stage, update
from lifting.sheets import write_sheet
from lifting.staging import scenes
from lifting.structure import StructureFromMotion, read_structure, write_structure
from lifting.tying import Ties
from lifting.verdict import conclude, score
from lifting.views import OrbitRenderer, ViewSynthesizer, read_views, write_views
from lifting.world import read_scene, write_scene
from oor.catalog.folder import add_folder

STAGES = (TRUTH, "image", "views", "structure", "masks", "features", "templates", "registration", SAMPLE, SCORE, SHEET)
ITEMS = "items"  # in a run's folder
TEMPLATES = "templates"  # there, what candidates look like
MOTIONS = "motions"  # and stills and motions that models made

Folders = Mapping[str, Path]


@dataclass(frozen=True)
class Backends:
    """What does each stage. One with a method `knowing` is an oracle: it is told the truth about an item first."""

    image: EmbeddedImages | MotionSource | FolderImages
    views: ViewSynthesizer | FolderViews
    structure: StructureFromMotion | KnownStructure
    masks: Segmenter | KnownMasks
    features: FeatureExtractor
    ties: Ties = field(default_factory=Ties)
    templates: TemplateChoice = field(default_factory=TemplateChoice)
    registration: FitConfig = field(default_factory=FitConfig)
    filters: Thresholds = field(default_factory=Thresholds)
    judge: OutlineJudge | VlmJudge = field(default_factory=OutlineJudge)

    @property
    def oracles(self) -> list[str]:
        """The stages that are measured with the truth instead of done, in order."""
        return [name for name in STAGES if hasattr(getattr(self, name, None), "knowing")]

    @property
    def sees_truth(self) -> list[str]:
        """The stages that take it, in order."""
        return [name for name in STAGES if _reads_truth(getattr(self, name, None))]


def _reads_truth(backend: object) -> bool:
    return isinstance(backend, OrbitRenderer) or hasattr(backend, "knowing")


def settings_of(backend: Any) -> dict[str, Any]:
    """What a stage's receipt says of its backend: its class, its fields, and which weights it has, if any."""
    told = {"backend": type(backend).__name__, **asdict(backend)}
    return told | ({"identity": backend.identity} if hasattr(backend, "identity") else {})


@dataclass
class Pipeline:
    """Lifts items into a run's folder. It is sent to other processes, each of which loads networks for itself.

    catalog: a folder of categories of one's own. sheets: whether to make pictures for the report.
    """

    backends: Backends
    out: Path
    catalog: Path | None = None
    sheets: bool = True

    def __call__(self, item: Item) -> Outcome:
        """Bring the item's stages up to date, and say what came of it. StageError names a stage that fails for no good reason."""
        folder = self.out / ITEMS / item.name
        stages = self.stages(item)
        update(folder, stages)
        (folder / DETAILS).unlink(missing_ok=True)
        return read_outcome(folder, item, [stage.name for stage in stages])

    def __getstate__(self) -> dict[str, Any]:
        return {"backends": self.backends, "out": self.out, "catalog": self.catalog, "sheets": self.sheets}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.catalog is not None:  # another process, which does not know it yet
            add_folder(self.catalog)

    @cached_property
    def pool(self) -> Pool:
        """The candidates."""
        backends = self.backends
        identity = json.dumps(settings_of(backends.features), sort_keys=True)
        return Pool(backends.features, identity, backends.templates, self.out / TEMPLATES)

    def stages(self, item: Item) -> list[Stage]:
        """Those of an item, in order; refusals are kept."""
        made = [*self._picturing(item), self._views(item), *self._seeing(item), *self._placing(item)]
        return [guarded(stage, item.name, carry=stage.name != SHEET) for stage in (*made, *self._shown(item, made))]

    def _picturing(self, item: Item) -> list[Stage]:
        source = self.backends.image
        if isinstance(source, EmbeddedImages):
            return _embedded(item, source)
        if isinstance(source, FolderImages):
            assert item.file is not None
            settings = {"file": item.file.name, "bytes": fingerprint(item.file), "caption": item.caption}
            return [Stage("image", lambda _, out: write_picture(out, read_file(item)), (), settings)]

        told = settings_of(source)
        reel = Reel(source, told, self.out / MOTIONS)
        known = {**_asked(item), **told} | ({"motion": source.motion_identity} if item.frame else {})
        return [Stage("image", lambda _, out: write_picture(out, reel.picture(item)), (), known)]

    def _views(self, item: Item) -> Stage:
        source = self.backends.views
        if isinstance(source, FolderViews):
            settings = {"folder": source.of(item).name, "bytes": fingerprint(source.of(item))}
            return Stage("views", lambda _, out: write_views(out, source.read(item)), ("image",), settings)

        def go_round(folders: Folders, out: Path) -> None:
            scene = read_scene(folders[TRUTH]) if TRUTH in folders else None
            write_views(out, source(read_picture(folders["image"]), scene, item.seed))

        return Stage("views", go_round, ("image", *self._truth("views")), {"seed": item.seed, **settings_of(source)})

    def _truth(self, stage: str) -> tuple[str, ...]:
        """What a stage reads besides, if its backend takes the truth."""
        return (TRUTH,) if _reads_truth(getattr(self.backends, stage)) else ()

    def _told(self, stage: str, folders: Folders, item: Item) -> Any:
        """The backend of a stage; an oracle, once it knows the scene."""
        backend, orbit = getattr(self.backends, stage), self.backends.views
        if not hasattr(backend, "knowing"):
            return backend
        assert isinstance(orbit, OrbitRenderer)  # the door has seen to that
        scene = read_scene(folders[TRUTH])
        return backend.knowing(read_views(folders["views"]), scene, orbit.cameras(scene, item.seed))

    def _seeing(self, item: Item) -> list[Stage]:
        def structure(folders: Folders, out: Path) -> None:
            write_structure(out, self._told("structure", folders, item)(read_views(folders["views"]), item.seed))

        def masks(folders: Folders, out: Path) -> None:
            if item.context.target == item.context.base and not _reads_truth(self.backends.masks):
                raise NotLiftableError("alike", f"which {item.context.target} is meant cannot be told from what it looks like")
            found = self._told("masks", folders, item)(read_views(folders["views"]), item.context)
            if not _reads_truth(self.backends.masks):  # what is true needs no ties
                found = self.backends.ties(found, read_structure(folders["structure"]))
            write_masks(out, found)

        def features(folders: Folders, out: Path) -> None:
            write_features(out, item_features(self._told("features", folders, item), read_views(folders["views"]),
                                              read_structure(folders["structure"]), read_masks(folders["masks"])))

        known = {name: settings_of(getattr(self.backends, name)) for name in ("structure", "masks", "features")}
        return [Stage("structure", structure, ("views", *self._truth("structure")), {"seed": item.seed, **known["structure"]}),
                Stage("masks", masks, ("views", "structure", *self._truth("masks")),
                      {"context": str(item.context), "ties": asdict(self.backends.ties), **known["masks"]}),
                Stage("features", features, ("views", "structure", "masks", *self._truth("features")), known["features"])]

    def _placing(self, item: Item) -> list[Stage]:
        backends, context = self.backends, item.context

        def templates(folders: Folders, out: Path) -> None:
            write_chosen(out, choose(read_features(folders["features"]), context, self.pool))

        def registration(folders: Folders, out: Path) -> None:
            chosen = read_chosen(folders["templates"])
            seen = read_structure(folders["structure"]), read_masks(folders["masks"]), read_features(folders["features"])
            write_fits(out, fit_objects(*seen, context, chosen, self.pool, item.seed, backends.registration))

        def sample(folders: Folders, out: Path) -> None:
            seen = read_picture(folders["image"]), read_structure(folders["structure"]), read_masks(folders["masks"])
            fits, chosen = read_fits(folders["registration"], context), read_chosen(folders["templates"])
            judge = backends.judge.logging(out) if isinstance(backends.judge, VlmJudge) else backends.judge
            write_sample(out, conclude(*seen, fits, chosen, self.pool, judge, backends.filters))

        looks = {**settings_of(backends.templates), "features": settings_of(backends.features)}
        return [Stage("templates", templates, ("features",), {"context": str(context), **looks}),
                Stage("registration", registration, ("structure", "masks", "features", "templates"),
                      {"seed": item.seed, **settings_of(backends.registration), "looks": looks}),
                Stage(SAMPLE, sample, ("image", "structure", "masks", "templates", "registration"),
                      {"filters": asdict(backends.filters), "judge": settings_of(backends.judge)})]

    def _shown(self, item: Item, made: list[Stage]) -> list[Stage]:
        """What is found out about an item after it is done: its error where the truth is known, and pictures for people."""
        def compare(folders: Folders, out: Path) -> None:
            write_error(out, score(read_sample(folders[SAMPLE]), item.context, folders[TRUTH]))

        names = tuple(stage.name for stage in made)
        later = [Stage(SCORE, compare, (TRUTH, SAMPLE))] if TRUTH in names else []
        if self.sheets:
            reads = tuple(name for name in names if name != TRUTH)
            later.append(Stage(SHEET, lambda folders, out: write_sheet(out, folders, item.context, self.pool), reads))
        return later


def _asked(item: Item) -> dict[str, Any]:
    return {"context": str(item.context), "seed": item.seed, "frame": item.frame, "frames": item.frames}


def _embedded(item: Item, source: EmbeddedImages) -> list[Stage]:
    """Truth and image of one frame of a scene's motion, made by the embedded world."""
    studio = source.studio

    def stage_scene(_: Folders, out: Path) -> None:
        try:
            found = scenes(item.context, item.seed, item.frames, studio)
        except ValueError as error:
            raise NotLiftableError("not drawn", str(error)) from None
        if item.frame >= len(found):
            raise NotLiftableError("frame left out", f"the relation holds in only {len(found)} frames of this motion")
        write_scene(out, found[item.frame])

    def take_picture(folders: Folders, out: Path) -> None:
        write_picture(out, photograph(read_scene(folders[TRUTH]), item.seed, studio.supersample))

    return [Stage(TRUTH, stage_scene, (), {**_asked(item), **asdict(studio)}),
            Stage("image", take_picture, (TRUTH,), {"seed": item.seed, "supersample": studio.supersample})]
