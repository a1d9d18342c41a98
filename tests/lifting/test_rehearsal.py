"""Rehearsals: a regression with a known answer, arrangements that mean nothing, and a probe that has learned from pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from lifting.rehearsal import Probe, Rehearsal, anyhow, logistic, rehearse
from lifting.staging import holds
from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.relation import unpack

PAIR = Context("banana", "inside", "bowl")
FEW = Rehearsal(instances=3, scenes=3, views=2)


def test_two_gaussians_are_told_apart_by_their_linear_discriminant() -> None:
    """Of equal covariance C and means m and -m, the log odds are 2 C^-1 m x."""
    generator = torch.Generator().manual_seed(0)
    L = torch.tril(torch.randn(4, 4, generator=generator).double()) + 2 * torch.eye(4)
    mean = torch.tensor([0.5, -0.3, 0.0, 0.4]).double()
    yes = torch.rand(60_000, generator=generator) < 0.3  # however many there are of each, both sides weigh the same
    x = torch.randn(len(yes), 4, generator=generator).double() @ L.T + torch.where(yes, 1.0, -1.0)[:, None] * mean
    found = logistic(x.float(), yes, 1e-6)
    torch.testing.assert_close(found.weights.double(), 2 * torch.linalg.solve(L @ L.T, mean), atol=0.02, rtol=0)
    assert abs(found.bias) < 0.03
    moved = logistic((3 * x + 7).float(), yes, 1e-6)
    torch.testing.assert_close(moved.weights, found.weights / 3, atol=1e-4, rtol=0)


def test_a_ridge_keeps_weights_finite_where_two_sides_do_not_touch() -> None:
    x, yes = torch.cat([torch.full((9, 1), -1.0), torch.full((5, 1), 1.0)]), torch.arange(14) >= 9
    large, small = (float(logistic(x, yes, ridge).weights) for ridge in (1e-3, 1.0))
    assert 0 < small < large < 50
    assert float(logistic(torch.zeros(14, 1), yes, 1e-3).weights) == 0


def test_a_probe_is_linear_in_every_cell() -> None:
    maps = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    probe = Probe(torch.tensor([1.0, -2.0, 0.5]), 0.25)
    assert torch.allclose(probe(maps)[1, 2, 3], maps[1, :, 2, 3] @ probe.weights + 0.25, atol=1e-6)


def test_arrangements_mean_nothing_but_are_near_each_other() -> None:
    """Hardly any is what the context says; boxes touch or nearly do; half of the targets stand upright."""
    table, rng = categories(), np.random.default_rng(2)
    pair = table["teapot"], table["teacup"]
    vectors = np.stack([anyhow(pair, rng) for _ in range(200)])
    assert holds("pours into", pair, vectors).mean() < 0.1
    relation = unpack(torch.from_numpy(vectors))
    half = (relation.R_base_target.abs() @ relation.scale_target[..., None])[..., 0] / 2 + relation.scale_base / 2
    share = (relation.t_base_target.abs() / half).amax(dim=1)
    assert float(share.min()) > 0.55 and float(share.max()) < 1.15
    upright = (relation.R_base_target[:, 1, 1] > 0.999).double().mean()
    assert 0.35 < float(upright) < 0.65


def test_pictures_follow_from_the_seed_and_show_both() -> None:
    one, same, other = FEW.shots(PAIR, 32), FEW.shots(PAIR, 32), Rehearsal(3, 3, 2, seed=1).shots(PAIR, 32)
    assert np.array_equal(one.rgb, same.rgb) and not np.array_equal(one.rgb, other.rgb)
    names = list(categories())
    assert len(one) == (2 * 3 + 3) * 2
    assert set(np.unique(one.category)) == {-1, names.index("banana"), names.index("bowl")}


def test_a_probe_learns_from_colours_what_is_yellow() -> None:
    def look(rgb: np.ndarray) -> torch.Tensor:
        return functional.avg_pool2d(torch.from_numpy(rgb).permute(0, 3, 1, 2).float() / 255, 4)

    probe = rehearse(look, PAIR, Rehearsal(8, 4, 3), 64)
    shots = Rehearsal(6, 2, 3, seed=5).shots(PAIR, 64)
    sure = probe(look(shots.rgb))
    grid = 2 * torch.from_numpy(shots.xy.astype(np.float32)).flatten(1, 2)[:, None] - 1
    said = functional.grid_sample(sure[:, None], grid, align_corners=False)[:, 0, 0].unflatten(1, (2, -1)) > 0
    shown = torch.from_numpy(shots.category.astype(int)) >= 0
    right = said == torch.from_numpy(shots.category.astype(int) == list(categories()).index("banana"))[..., None]
    assert float(right[shown].double().mean()) > 0.75


@pytest.mark.parametrize("settings", [{"instances": 0}, {"views": 0}, {"ridge": 0.0}])
def test_impossible_rehearsals_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is not possible; give instances"):
        Rehearsal(**settings)  # type: ignore[arg-type]
