"""What a run came to: samples of the items that were accepted, reasons of the others, and how many passed each stage."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lifting.items import Item
from lifting.refusals import read_refusal
from lifting.runs import read_receipt
from lifting.scoring import SampleError, summary
from oor.files import write_text
from oor.relation import WIDTH
from oor.samples import SampleSet, write_samples

SAMPLE, SCORE, SHEET = "sample", "score", "sheet"  # the last stages of an item; what comes after the sample changes nothing
FILE = "sample.json"
ERRORS = ("rotation_deg", "translation", "scale", "edges", "gross")  # medians over what was accepted, and the share of wrong ones


@dataclass(frozen=True)
class Sample:
    """What lifting an item came to, when no stage refused it.

    vector: (15,), or none. prompt: the sentence that says it. quality: from 0 to 1, higher is better. stage: that lost it, if
    filters did, and then reason and message say why. figures: numbers by name, on which the filters relied.
    """

    vector: tuple[float, ...]
    prompt: str
    quality: float
    stage: str = SAMPLE
    reason: str = ""
    message: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """An item, its sample if there is one, and where and why it was lost if it was.

    error: how far from the truth it is, where that is known. seconds: of each stage.
    """

    item: Item
    sample: Sample | None
    stage: str
    reason: str
    message: str
    error: SampleError | None
    seconds: Mapping[str, float]

    @property
    def accepted(self) -> bool:
        """Whether it gives a sample."""
        return self.reason == ""


def write_sample(folder: Path, sample: Sample) -> None:
    """`sample.json`."""
    write_text(folder / FILE, json.dumps(asdict(sample), indent=1) + "\n")


def read_sample(folder: Path) -> Sample:
    """The sample that `write_sample` wrote."""
    words = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return Sample(**{**words, "vector": tuple(words["vector"])})


def write_error(folder: Path, error: SampleError | None) -> None:
    """`score.json`."""
    write_text(folder / "score.json", json.dumps(None if error is None else asdict(error), indent=1) + "\n")


def read_error(folder: Path) -> SampleError | None:
    """The error that `write_error` wrote."""
    told: dict[str, Any] | None = json.loads((folder / "score.json").read_text(encoding="utf-8"))
    if told is None:
        return None
    edges: dict[str, Any] = {name: tuple(told.pop(name)) for name in ("edges_target", "edges_base")}
    return SampleError(**told, **edges)


def read_outcome(folder: Path, item: Item, stages: Sequence[str]) -> Outcome:
    """What came of an item that is done, from its folder."""
    receipts = {name: read_receipt(folder / name) for name in stages}
    seconds = {name: receipt.seconds for name, receipt in receipts.items() if receipt is not None}
    refused = read_refusal(folder / SAMPLE)
    if refused is not None:
        return Outcome(item, None, refused.stage, refused.reason, refused.message, None, seconds)
    sample = read_sample(folder / SAMPLE)
    error = read_error(folder / SCORE) if SCORE in stages else None
    return Outcome(item, sample, sample.stage, sample.reason, sample.message, error, seconds)


def gather(out: Path, outcomes: Sequence[Outcome], settings: Mapping[str, Any]) -> None:
    """Write `samples.parquet`, `rejected.csv` and `yields.json`. Outcomes come in the order of items, whoever was done first.

    settings: kept with the samples. "oracles" there names stages that looked at the truth; then every sample's source says so.
    """
    good = [(outcome.item, outcome.sample) for outcome in outcomes if outcome.accepted and outcome.sample is not None]
    vectors = np.array([sample.vector for _, sample in good], float).reshape(-1, WIDTH)
    how = f"lift (oracles: {', '.join(settings['oracles'])})" if settings.get("oracles") else "lift"
    write_samples(out / "samples.parquet", SampleSet(
        vectors, tuple(sample.prompt for _, sample in good), tuple(item.context.target for item, _ in good),
        tuple(item.context.predicate for item, _ in good), tuple(item.context.base for item, _ in good),
        tuple(f"{how}:{item.name}" for item, _ in good), np.array([sample.quality for _, sample in good], float), settings))
    write_text(out / "rejected.csv", rejected_table(outcomes))
    write_text(out / "yields.json", json.dumps(yields(outcomes), indent=1) + "\n")


def rejected_table(outcomes: Sequence[Outcome]) -> str:
    """A line for each item that gives no sample, as CSV."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["item", "target", "predicate", "base", "stage", "reason", "message"])
    for outcome in outcomes:
        if not outcome.accepted:
            context = outcome.item.context
            rows.writerow([outcome.item.name, context.target, context.predicate, context.base, outcome.stage, outcome.reason,
                           outcome.message])
    return text.getvalue()


def yields(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Of all items and of each context's: how many there are, were accepted, passed each stage, and why the others did not."""
    stages = list(outcomes[0].seconds) if outcomes else []
    by_context: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_context.setdefault(str(outcome.item.context), []).append(outcome)
    return {"all": _yields(outcomes, stages), "contexts": {name: _yields(own, stages) for name, own in by_context.items()}}


def _yields(outcomes: Sequence[Outcome], stages: Sequence[str]) -> dict[str, Any]:
    lost = Counter(outcome.stage for outcome in outcomes if not outcome.accepted)
    seconds = {name: round(sum(outcome.seconds.get(name, 0.0) for outcome in outcomes), 3) for name in stages}
    stages = [name for name in stages if name not in (SCORE, SHEET)]
    passed, left = {}, len(outcomes)
    for name in stages:
        left -= lost[name]
        passed[name] = left
    reasons: dict[str, dict[str, int]] = {}
    for name in stages:
        counts = Counter(outcome.reason for outcome in outcomes if not outcome.accepted and outcome.stage == name)
        if counts:
            reasons[name] = dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    told = {"items": len(outcomes), "accepted": left, "passed": passed, "reasons": reasons, "seconds": seconds}
    errors = [outcome.error for outcome in outcomes if outcome.accepted and outcome.error is not None]
    if errors:
        found = summary(errors)
        told["errors"] = {name: round(getattr(found, name), 4) for name in ERRORS}
    return told
