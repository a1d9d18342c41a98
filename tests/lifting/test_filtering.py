"""Filters: each refuses what it is for, by name, in the paper's order; what is right passes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import roma
import torch

from lifting.benchmarks.items import Item, typical
from lifting.filtering import Evidence, Judgement, Thresholds, Verdict, verdict
from lifting.fitting import Fit
from lifting.judging import OutlineJudge
from lifting.registration import Registration
from lifting.relative import PlacedBox
from oor.catalog.contexts import Context
from oor.relation import Relation

Items = Callable[[str, str, str, int], Item]
ASKED = (("teapot", "pours into", "teacup", 0), ("mug", "on", "desk", 0), ("lid", "covers", "stockpot", 1))
LENIENT = Judgement(True, "It is well.", {"mood": 1.0})


def known(item: Item) -> Evidence:
    pair = typical(item.scene.context)
    return item.evidence(pair, item.fits(pair))


@pytest.fixture(scope="module")
def good(item: Items) -> Evidence:
    return known(item(*ASKED[0]))


def judged(evidence: Evidence, thresholds: Thresholds | None = None) -> Verdict:
    return verdict(evidence, OutlineJudge(), thresholds)


def with_box(evidence: Evidence, which: int, change: Callable[[PlacedBox], PlacedBox]) -> Evidence:
    assert evidence.fits is not None
    fits = list(evidence.fits)
    box = fits[which].box
    assert box is not None
    fits[which] = replace(fits[which], box=change(box))
    return replace(evidence, fits=(fits[0], fits[1]))


def turned(axis: str, degrees: float) -> Callable[[PlacedBox], PlacedBox]:
    turn = roma.rotvec_to_rotmat(np.radians(degrees) * torch.eye(3, dtype=torch.float64)["xyz".index(axis)])
    return lambda box: replace(box, R=box.R @ turn)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: "-".join(asked[:3]))
def test_what_is_right_passes(item: Items, asked: tuple[str, str, str, int]) -> None:
    found = judged(known(item(*asked)))
    assert found.passed and found.reason is None and found.sentence == "All filters were passed."
    assert {"target_points", "base_agreement", "target_distance", "ratio", "target_iou", "base_iou"} <= set(found.figures)
    assert min(found.figures["target_iou"], found.figures["base_iou"]) > 0.75


def test_every_failure_has_its_reason(good: Evidence) -> None:
    assert good.masks is not None and good.structure is not None and good.fits is not None and good.relation is not None
    refused = Fit(Registration(None, "no consensus", "They disagree."), good.fits[1].cloud, None)
    doubtful = replace(good.fits[1], registration=replace(good.fits[1].registration, inlier_ratio=0.2, lead=math.nan))
    bent = replace(good.fits[1], registration=replace(good.fits[1].registration, misfit=0.2))
    torn = replace(good.fits[0], registration=replace(good.fits[0].registration, lead=1.01))
    half = np.where(np.arange(14)[:, None, None] % 2, good.structure.Ts_camera_world, np.nan)
    lost = replace(good.structure, Ts_camera_world=half)
    r = good.relation
    huge = Relation(r.R_base_target, r.t_base_target, 9 * r.scale_target, r.scale_base)
    cases: list[tuple[Evidence, str]] = [
        (replace(good, masks=None), "segmentation failed"),
        (replace(good, masks=np.where(good.masks == 1, 0, good.masks)), "segmentation failed"),
        (replace(good, masks=good.masks[:0]), "segmentation failed"),
        (replace(good, structure=None), "structure failed"),
        (replace(good, structure=lost), "structure failed"),
        (replace(good, points=(500, 99)), "too few points"),
        (replace(good, fits=(good.fits[0], refused)), "registration refused"),
        (replace(good, fits=(good.fits[0], doubtful)), "few pairs agree"),
        (replace(good, fits=(torn, good.fits[1])), "ambiguous"),
        (replace(good, fits=(good.fits[0], bent)), "another shape"),
        (with_box(good, 0, lambda box: replace(box, t=box.t + 0.6 * box.scale.max())), "mesh off the cloud"),
        (with_box(good, 1, lambda box: replace(box, t=box.t + 99 * box.scale.max())), "mesh off the cloud"),
        (replace(good, relation=huge), "implausible scale"),
    ]
    for evidence, reason in cases:
        found = judged(evidence)
        assert found.reason == reason and not found.passed and found.sentence.endswith("."), (reason, found)
        assert all(np.isfinite(value) for value in found.figures.values())
        assert found.detail == ("no consensus" if reason == "registration refused" else "")
    assert judged(replace(good, points=(500, 99))).figures["base_points"] == 99


@pytest.mark.parametrize(("which", "axis"), [(0, "y"), (0, "x"), (1, "x")])
def test_a_flipped_mesh_is_seen(good: Evidence, which: int, axis: str) -> None:
    """A teapot with its spout behind, or upside down, is near the cloud in many places; its outline tells."""
    flipped = with_box(good, which, turned(axis, 180))
    assert judged(flipped).reason in ("mesh off the cloud", "judged wrong")
    worse, right = (OutlineJudge()(evidence).figures for evidence in (flipped, good))
    role = ("target", "base")[which]
    assert worse[f"{role}_iou"] < right[f"{role}_iou"] - 0.05


def test_the_first_failure_is_told_and_nobody_is_asked_after_it(good: Evidence) -> None:
    asked = []

    def judge(evidence: Evidence) -> Judgement:
        asked.append(evidence)
        return LENIENT

    assert verdict(replace(good, points=(0, 0), fits=None, relation=None), judge).reason == "too few points" and asked == []
    passed = verdict(good, judge)
    assert passed.passed and asked == [good] and passed.figures["mood"] == 1.0
    stern = verdict(good, lambda _: Judgement(False, "It is not what was asked for."))
    assert (stern.reason, stern.sentence) == ("judged wrong", "It is not what was asked for.")


def test_thresholds_decide(good: Evidence) -> None:
    for limits, reason in ((Thresholds(points=10**6), "too few points"), (Thresholds(distance=0.001), "mesh off the cloud"),
                           (Thresholds(lead=100.0), "ambiguous"), (Thresholds(seen=0.9), "segmentation failed"),
                           (Thresholds(placed=1.1), "structure failed")):
        assert judged(good, limits).reason == reason
    assert verdict(good, OutlineJudge(least=0.999)).reason == "judged wrong"
    other = replace(good, context=Context("teapot", "pours into", "bathtub"))
    assert judged(other).reason == "implausible scale" and judged(other, Thresholds(slack=1e3)).passed
