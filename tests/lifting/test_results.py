"""What a run came to: tables that add up, samples in the order of items, a page that nothing can break."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from lifting.items import Item
from lifting.report import write_report
from lifting.results import (
    ERRORS,
    Outcome,
    Sample,
    gather,
    read_error,
    read_sample,
    rejected_table,
    write_error,
    write_sample,
    yields,
)
from lifting.scoring import SampleError
from oor.catalog.contexts import Context
from oor.samples import read_samples

SECONDS = {"image": 1.0, "structure": 2.0, "sample": 0.5, "score": 0.1, "sheet": 0.2}
VECTOR = (1.0, 0, 0, 0, 1, 0, 0.1, 0.2, 0.3, 0.5, 0.5, 0.5, 1, 0.4, 0.4)
EVIL = 'A <script>alert("mug")</script> & a table.'
ERROR = SampleError(3.0, 0.02, 0.1, (0.1, 0.0, -0.1), (0.0, 0.0, 0.0))
MUG, TEA = Context("mug", "on", "table"), Context("teapot", "pours into", "teacup")


def outcome(name: str, context: Context = MUG, stage: str = "sample", reason: str = "", quality: float = 0.5) -> Outcome:
    sample = None if stage == "structure" else Sample(VECTOR, EVIL, quality, stage, reason, "told", {"ratio": 2.0})
    error = ERROR if sample is not None else None
    return Outcome(Item(name, context, 0), sample, stage, reason, EVIL if reason else "", error, SECONDS)


OUTCOMES = [outcome("b", quality=0.9), outcome("c", TEA, "structure", "no structure"), outcome("a", TEA, reason="judged wrong"),
            outcome("d", TEA)]


def test_samples_stand_in_the_order_of_items_with_prompt_source_and_quality(tmp_path: Path) -> None:
    gather(tmp_path, OUTCOMES, {"lift": {"seed": 1}})
    samples = read_samples(tmp_path / "samples.parquet")
    assert samples.source == ("lift:b", "lift:d") and samples.prompt == (EVIL, EVIL) and samples.target == ("mug", "teapot")
    assert np.array_equal(samples.quality, [0.9, 0.5]) and np.array_equal(samples.vector, [VECTOR, VECTOR])
    assert samples.metadata == {"lift": {"seed": 1}}
    first = (tmp_path / "samples.parquet").read_bytes()
    gather(tmp_path, OUTCOMES, {"lift": {"seed": 1}})
    assert (tmp_path / "samples.parquet").read_bytes() == first


def test_samples_that_oracles_helped_to_make_say_so(tmp_path: Path) -> None:
    gather(tmp_path, OUTCOMES, {"oracles": ["masks", "features"]})
    sources = read_samples(tmp_path / "samples.parquet").source
    assert sources == ("lift (oracles: masks, features):b", "lift (oracles: masks, features):d")


def test_a_run_without_samples_has_an_empty_file(tmp_path: Path) -> None:
    gather(tmp_path, OUTCOMES[1:3], {})
    assert len(read_samples(tmp_path / "samples.parquet")) == 0
    assert "errors" not in json.loads((tmp_path / "yields.json").read_text())["all"]


def test_yields_add_up() -> None:
    told = yields(OUTCOMES)
    assert told["all"]["passed"] == {"image": 4, "structure": 3, "sample": 2} and told["all"]["accepted"] == 2
    assert told["all"]["reasons"] == {"structure": {"no structure": 1}, "sample": {"judged wrong": 1}}
    assert told["all"]["seconds"]["structure"] == 8.0 and set(told["all"]["errors"]) == set(ERRORS)
    assert [own["items"] for own in told["contexts"].values()] == [1, 3]
    for own in (told["all"], *told["contexts"].values()):
        assert own["accepted"] + sum(n for counts in own["reasons"].values() for n in counts.values()) == own["items"]


def test_the_rejected_are_listed_with_their_reasons() -> None:
    rows = list(csv.DictReader(rejected_table(OUTCOMES).splitlines()))
    assert [(row["item"], row["stage"], row["reason"], row["message"]) for row in rows] == [
        ("c", "structure", "no structure", EVIL), ("a", "sample", "judged wrong", EVIL)]


@pytest.mark.parametrize("sample", [Sample(VECTOR, EVIL, 0.5), Sample((), "x", 0.0, "masks", "too few points", "3", {"a": 1.5})])
def test_a_sample_and_an_error_survive_their_files(sample: Sample, tmp_path: Path) -> None:
    write_sample(tmp_path, sample)
    assert read_sample(tmp_path) == sample
    for error in (ERROR, None):
        write_error(tmp_path, error)
        assert read_error(tmp_path) == error


class Tags(HTMLParser):
    """The tags that are open, and those that were closed wrongly."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("outcomes", [OUTCOMES, OUTCOMES[1:2]])
def test_the_report_is_escaped_and_well_formed(outcomes: list[Outcome], tmp_path: Path) -> None:
    out = tmp_path / "a <b> & run"
    write_report(out, outcomes, {"lift": {"path": EVIL}})
    page, tags = (out / "report.html").read_text(), Tags()
    tags.feed(page)
    assert tags.open == [] and not tags.seen & {"script", "link", "iframe"}
    assert "<title>Lifting: a &lt;b&gt; &amp; run" in page
    accepted = sum(outcome.accepted for outcome in outcomes)
    assert page.count('class="card"') == accepted and page.count('class="card lost"') == len(outcomes) - accepted
