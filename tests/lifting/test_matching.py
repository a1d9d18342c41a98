"""Correspondences are the most similar features, by angle alone, and only where they are similar."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lifting import matching
from lifting.matching import nearest_by_cosine

laws = settings(deadline=None, max_examples=40, derandomize=True)
seeds = st.integers(0, 2**31)


def drawn(seed: int, n: int = 40, m: int = 25, k: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, k, generator=generator), torch.randn(m, k, generator=generator)


@laws
@given(seeds, st.sampled_from([0.1, 0.7, 0.95]))
def test_pairs_are_the_best_of_all_and_at_least_the_threshold(seed: int, threshold: float) -> None:
    a, b = drawn(seed)
    cosines = torch.cosine_similarity(a[:, None].double(), b[None].double(), dim=-1)
    best, where = cosines.max(dim=1)
    pairs = nearest_by_cosine(a, b, threshold)
    kept = torch.nonzero(best >= threshold)[:, 0]
    assert pairs.cloud.tolist() == kept.tolist() and len(pairs) == len(kept)
    assert pairs.template.tolist() == where[kept].tolist()
    torch.testing.assert_close(pairs.similarity.double(), best[kept], atol=1e-6, rtol=0)


@laws
@given(seeds)
def test_length_does_not_matter_and_order_only_names_the_points(seed: int) -> None:
    a, b = drawn(seed)
    rng = np.random.default_rng(seed)
    plain = nearest_by_cosine(a, b, 0.3)
    scaled = nearest_by_cosine(a * torch.from_numpy(rng.uniform(0.1, 9, (40, 1))), 100 * b, 0.3)
    assert (scaled.cloud.tolist(), scaled.template.tolist()) == (plain.cloud.tolist(), plain.template.tolist())
    p, q = rng.permutation(40), rng.permutation(25)
    mixed = nearest_by_cosine(a[p], b[q], 0.3)
    assert {(p[i], q[j]) for i, j in zip(mixed.cloud, mixed.template, strict=True)} == set(
        zip(plain.cloud.tolist(), plain.template.tolist(), strict=True)
    )


def test_it_does_not_matter_how_much_is_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = drawn(0)
    whole = nearest_by_cosine(a, b, 0.2)
    monkeypatch.setattr(matching, "CELLS", 60)
    parts = nearest_by_cosine(a, b, 0.2)
    assert whole.template.tolist() == parts.template.tolist() and whole.cloud.tolist() == parts.cloud.tolist()


def test_of_equals_the_first_is_taken() -> None:
    one = torch.tensor([[1.0, 2, 3]])
    assert nearest_by_cosine(one, one.repeat(4, 1)).template.tolist() == [0]


@pytest.mark.parametrize(("angle_deg", "count"), [(45.5, 1), (45.6, 0)])
def test_the_papers_threshold_is_an_angle_of_about_45_and_a_half_degrees(angle_deg: float, count: int) -> None:
    angle = math.radians(angle_deg)
    assert math.degrees(math.acos(0.7)) == pytest.approx(45.57, abs=0.01)
    assert len(nearest_by_cosine(torch.tensor([[math.cos(angle), math.sin(angle)]]), torch.tensor([[1.0, 0]]))) == count


def test_zero_is_like_nothing_and_opposites_are_no_pair() -> None:
    a = torch.tensor([[0.0, 0], [1, 0]])
    assert len(nearest_by_cosine(a[:1], a)) == 0
    assert len(nearest_by_cosine(-a[1:], a)) == 0
    assert nearest_by_cosine(a[1:], a).template.tolist() == [1]


@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0), (0, 0)])
def test_without_points_there_are_no_pairs(n: int, m: int) -> None:
    pairs = nearest_by_cosine(torch.ones(n, 4), torch.ones(m, 4))
    assert len(pairs) == len(pairs.template) == len(pairs.similarity) == 0


@pytest.mark.parametrize(("a", "b", "threshold", "message"), [
    (torch.ones(3, 4), torch.ones(3, 5), 0.7, r"got \(3, 4\) and \(3, 5\); project both with one projection"),
    (torch.ones(3), torch.ones(3, 5), 0.7, "Features must be"),
    (torch.ones(3, 4), torch.ones(3, 4), 0.0, "threshold=0.0 is no positive cosine"),
    (torch.ones(3, 4), torch.ones(3, 4), 1.1, "threshold=1.1 is no positive cosine"),
    (torch.tensor([[math.nan]]), torch.ones(3, 1), 0.7, "NaN or infinity"),
    (torch.ones(3, 1), torch.tensor([[math.inf]]), 0.7, "NaN or infinity"),
])
def test_what_cannot_be_compared_is_refused(a: torch.Tensor, b: torch.Tensor, threshold: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        nearest_by_cosine(a, b, threshold)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_finds_the_same_pairs() -> None:
    a, b = drawn(1, 500, 300)
    here, there = nearest_by_cosine(a, b), nearest_by_cosine(a.cuda(), b.cuda())
    assert there.template.device.type == "cuda" and there.template.tolist() == here.template.tolist()
