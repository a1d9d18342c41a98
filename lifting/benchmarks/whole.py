"""The whole of lifting, measured: embedded backends beside oracles, without what the paper adds, and as views agree less.

All runs of a suite lie in one folder and are ordinary runs of `python -m oor.lift`: what is there is not made again. The truth is
looked at by oracles, which say so, and by what scores.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lifting.backends.oracle import KnownFeatures, KnownMasks
from lifting.colmap import Colmap
from lifting.embedded import EmbeddedFeatures, EmbeddedSegmenter
from lifting.fitting import FitConfig
from lifting.images import EmbeddedImages
from lifting.items import Item, drawn_items
from lifting.pipeline import ITEMS, TEMPLATES, Backends, Pipeline, settings_of
from lifting.relative import PlacedBox, relative
from lifting.results import ERRORS, Outcome, gather, yields
from lifting.runs import TRUTH
from lifting.scoring import summary
from lifting.views import OrbitRenderer
from lifting.workers import work_through
from lifting.world import Scene, read_scene
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.files import write_text
from oor.relation import pack, unpack

Array = NDArray[np.float64]
EMBEDDED = "embedded"
LEVELS = (0.125, 0.25, 0.5)  # of inconsistency; at 0 views agree


def embedded(weights: str | None = None) -> Backends:
    """What `python -m oor.lift` takes when nothing is said. weights: of masks and features, if not those that are shipped."""
    return Backends(EmbeddedImages(), OrbitRenderer(), Colmap(), EmbeddedSegmenter(weights), EmbeddedFeatures(weights))


def variants(plain: Backends) -> dict[str, Backends]:
    """The plain run; with the truth instead of one or two stages; and the ablations of the paper's Table 3."""
    def fitted(config: FitConfig) -> Backends:
        return replace(plain, registration=config)

    return {
        EMBEDDED: plain,
        "oracle masks": replace(plain, masks=KnownMasks()),
        "oracle features": replace(plain, features=KnownFeatures()),
        "oracle masks and features": replace(plain, masks=KnownMasks(), features=KnownFeatures()),
        "without PCA": fitted(replace(plain.registration, width=0)),
        "without segmentation": fitted(replace(plain.registration, segmented=False)),
    }


def lifting_suite(contexts: Sequence[Context], images: int, out: Path, *, plain: Backends, workers: int, seed: int = 0,
                  levels: Sequence[float] = LEVELS, advance: Callable[[int], None] = lambda n: None) -> dict[str, Any]:
    """Figures of every variant over all items; of the plain one over a quarter of the contexts as views agree less and less."""
    _mark(out)
    assert isinstance(plain.views, OrbitRenderer)  # who else would disagree by as much as is asked for
    items, few = (drawn_items(some, images, seed=seed) for some in (list(contexts), list(contexts)[::4]))
    runs = {name: _Run(out / name.replace(" ", "_"), backends) for name, backends in variants(plain).items()}
    known = runs[EMBEDDED].out
    rows, done = [], {}
    for name, run in runs.items():
        done[name] = run.lifted(items, workers, known, advance)
        rows.append({"variant": name, "oracles": ", ".join(run.backends.oracles), **figures(done[name], run.out)})
    curve = [{"inconsistency": 0.0, **figures([outcome for outcome in done[EMBEDDED] if outcome.item in few], known)}]
    for level in levels:
        run = _Run(out / f"inconsistency_{level:g}", replace(plain, views=replace(plain.views, inconsistency=level)))
        curve.append({"inconsistency": level, **figures(run.lifted(few, workers, known, advance), run.out)})
    told = yields(done[EMBEDDED])["all"]
    seconds = {name: round(value / len(items), 2) for name, value in told["seconds"].items()}
    lost = [{"stage": stage, "reason": reason, "items": count}
            for stage, reasons in told["reasons"].items() for reason, count in reasons.items()]
    return {"contexts": len(contexts), "items": len(items), "workers": workers,
            "seconds_per_item": round(sum(seconds.values()), 1), "seconds": seconds, "passed": told["passed"],
            "variants": rows, "inconsistency": curve, "lost": lost}


def stages_of(count: int, images: int, levels: int = len(LEVELS)) -> int:
    """How many items all runs of a suite have."""
    return images * (count * len(variants(embedded())) + levels * len(range(0, count, 4)))


@dataclass(frozen=True)
class _Run:
    """One run of a suite."""

    out: Path
    backends: Backends

    def lifted(self, items: Sequence[Item], workers: int, known: Path, advance: Callable[[int], None]) -> list[Outcome]:
        """Outcomes in the order of items. known: a run whose folders are taken over; only what differs is made again."""
        for part in (TEMPLATES, *(f"{ITEMS}/{item.name}" for item in items)):
            there, here = known / part, self.out / part
            if there.is_dir() and not here.exists():
                shutil.copytree(there, here, copy_function=os.link)
        outcomes = {}
        for item, outcome in work_through(items, Pipeline(self.backends, self.out, sheets=False), workers):
            outcomes[item.name] = outcome
            advance(1)
        found = [outcomes[item.name] for item in items]
        settings = {"lift": {name: settings_of(getattr(self.backends, name)) for name in ("structure", "masks", "features")}}
        gather(self.out, found, settings | ({"oracles": self.backends.oracles} if self.backends.oracles else {}))
        return found


def _mark(out: Path) -> None:
    """Say that a folder is a suite's. ValueError for one that holds something else."""
    mark = out / "suite.json"
    if out.is_dir() and any(out.iterdir()) and not mark.is_file():
        raise ValueError(f"out={out} holds files that are no suite's; choose another out=")
    write_text(mark, '{"suite": "lifting"}\n')


def figures(outcomes: Sequence[Outcome], run: Path) -> dict[str, float | None]:
    """Yield, errors of what was accepted, and how far its distribution is from that of the truth of all items."""
    done = [outcome for outcome in outcomes if outcome.error is not None and outcome.accepted]
    found = summary([outcome.error for outcome in done if outcome.error is not None])
    lifted = np.array([outcome.sample.vector for outcome in done if outcome.sample is not None]).reshape(-1, 15)
    truth = np.array(list(_truths(outcomes, run)))
    errors = {name: getattr(found, name) if done else None for name in ERRORS}
    return {"yield": len(done) / max(len(outcomes), 1), **errors, "frechet": frechet(lifted, truth) if len(lifted) > 1 else None}


def _truths(outcomes: Sequence[Outcome], run: Path) -> Iterator[Array]:
    for outcome in outcomes:
        folder = run / ITEMS / outcome.item.name / TRUTH
        if (folder / "scene.npz").is_file():
            yield described(read_scene(folder))


def described(scene: Scene) -> Array:
    """(15,) the relation of a scene in the words that lifting finds for it: of all that look the same, the same one."""
    relation = unpack(torch.from_numpy(scene.vector.copy()).double())
    target, base = (categories()[instance.category].symmetry for instance in scene.instances)
    boxes = (PlacedBox(relation.R_base_target, relation.t_base_target, relation.scale_target, target),
             PlacedBox(torch.eye(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64), relation.scale_base, base))
    R_world_camera = torch.from_numpy(scene.camera.T_camera_world[:3, :3].T * [1.0, -1.0, -1.0])
    return np.asarray(pack(relative(*boxes, R_world_camera)))


def frechet(a: Array, b: Array) -> float:
    """The distance of the Gaussians that have the means and covariances of vectors (n, k) and (m, k) (Dowson and Landau 1982).

    `sqrt(|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)))`.
    """
    values, axes = np.linalg.eigh(np.cov(a.T))
    root = (axes * np.sqrt(values.clip(0))) @ axes.T  # so that few vectors, whose covariance is singular, do no harm
    between = np.sqrt(np.linalg.eigvalsh(root @ np.cov(b.T) @ root).clip(0)).sum()
    square = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2) + np.trace(np.cov(a.T) + np.cov(b.T)) - 2 * between
    return float(np.sqrt(max(square, 0.0)))
