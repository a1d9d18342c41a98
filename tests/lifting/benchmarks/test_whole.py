"""The suite of lifting as a whole: its distance against known ones, and all runs of it in small."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from lifting.backends.oracle import KnownStructure
from lifting.benchmarks.whole import LEVELS, described, embedded, frechet, lifting_suite, stages_of, variants
from lifting.descriptor import DescriptorConfig, DescriptorNetwork, save_descriptor
from lifting.descriptor_training import start
from lifting.embedded import EmbeddedFeatures, EmbeddedSegmenter
from lifting.images import EmbeddedImages
from lifting.pipeline import Backends
from lifting.registering import TemplateChoice
from lifting.rehearsal import Rehearsal
from lifting.scoring import sample_error
from lifting.staging import Studio, scenes
from lifting.templates import Rig
from lifting.views import OrbitRenderer
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.samples import read_samples

Refused = Callable[..., str]
POUR, BESIDE = Context("teapot", "pours into", "teacup"), Context("mug", "left of", "plate")


def test_the_distance_is_that_of_gaussians_with_the_same_moments() -> None:
    a = np.random.default_rng(0).normal(size=(4000, 5))
    assert frechet(a, a[::-1]) == pytest.approx(0, abs=1e-5)
    assert frechet(a, a + np.array([3, 0, 0, 4, 0])) == pytest.approx(5, rel=1e-6)
    std = a.std(axis=0, ddof=1)
    grown = (a - a.mean(axis=0)) * 2 + a.mean(axis=0)
    whole = math.sqrt(np.trace(np.cov(a.T)))
    assert frechet(a, grown) == pytest.approx(whole, rel=1e-5)
    assert whole == pytest.approx(math.sqrt((std**2).sum()), rel=1e-9)
    R = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    b = a @ np.diag([1, 2, 3, 1, 1]) + 1
    assert frechet(a @ R, b @ R) == pytest.approx(frechet(a, b), rel=1e-5) and frechet(a, b) == pytest.approx(frechet(b, a))


@pytest.mark.parametrize("context", [POUR, Context("lid", "covers", "stockpot"), BESIDE])
def test_the_truth_in_the_words_of_lifting_is_still_the_truth(context: Context) -> None:
    (scene,) = scenes(context, 5, studio=Studio(size_px=40, supersample=1))
    target, base = (categories()[name].symmetry for name in (context.target, context.base))
    error = sample_error(torch.from_numpy(described(scene)), torch.from_numpy(scene.vector), target, base)
    assert error.rotation_deg < 0.02 and error.translation < 1e-3 and error.scale < 1e-9


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Backends:
    """Small pictures, a known structure, and a network that knows nothing."""
    weights = tmp_path_factory.mktemp("weights") / "descriptor.safetensors"
    network = DescriptorNetwork(DescriptorConfig(size_px=32, channels=16, layers=1, heads=2, width=8))
    start(network, 0)
    save_descriptor(weights, network, {})
    choice = TemplateChoice(1, Rig(views=6, size_px=96, points=800, pixels=1500, supersample=1))
    return Backends(EmbeddedImages(Studio(size_px=112, supersample=1)), OrbitRenderer(views=10, supersample=1), KnownStructure(),
                    EmbeddedSegmenter(str(weights), Rehearsal(instances=1, scenes=1, views=2)), EmbeddedFeatures(str(weights)),
                    templates=choice)


def test_oracles_find_what_an_untrained_network_does_not(plain: Backends, tmp_path: Path) -> None:
    ticks: list[int] = []
    told = lifting_suite([POUR, BESIDE], 1, tmp_path / "runs", plain=plain, workers=1, levels=(0.5,), advance=ticks.append)
    assert sum(ticks) == stages_of(2, 1, levels=1) == 13 and told["items"] == 2
    rows = {row["variant"]: row for row in told["variants"]}
    assert list(rows) == list(variants(plain)) and rows["embedded"]["yield"] == 0 and rows["embedded"]["frechet"] is None
    known = rows["oracle masks and features"]
    assert known["yield"] == 1 and known["rotation_deg"] < 3 and known["scale"] < 0.05 and known["gross"] == 0
    assert known["oracles"] == "structure, masks, features" and rows["embedded"]["oracles"] == "structure"
    assert sum(row["items"] for row in told["lost"]) == 2
    assert [row["inconsistency"] for row in told["inconsistency"]] == [0.0, 0.5]
    samples = read_samples(tmp_path / "runs" / "oracle_masks_and_features" / "samples.parquet")
    assert all(source.startswith("lift (oracles: structure, masks, features):") for source in samples.source)
    ticks.clear()
    again = lifting_suite([POUR, BESIDE], 1, tmp_path / "runs", plain=plain, workers=1, levels=(0.5,), advance=ticks.append)
    assert again == told  # nothing was made again: even the seconds are those of before


def test_a_folder_of_something_else_is_left_alone(plain: Backends, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="holds files that are no suite's; choose another out="):
        lifting_suite([POUR], 1, tmp_path, plain=plain, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_suite_is_of_what_lifting_takes_by_default() -> None:
    from oor.backends import GROUPS, backend_class, default_choice

    for group in GROUPS:
        assert getattr(embedded(), group) == backend_class(group, default_choice(group))(), group
    assert stages_of(40, 2) == 2 * (6 * 40 + len(LEVELS) * 10)
