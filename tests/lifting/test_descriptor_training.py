"""What the descriptor network is taught: distances modulo symmetry, the loss and its optimum, pictures and their points."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from lifting.descriptor import DescriptorConfig
from lifting.descriptor_data import POINTS, Shots, portraits, scene_shots, shard
from lifting.descriptor_training import Landmarks, Learner, LessonConfig, Lessons, contrast, squared_distances
from oor.catalog.category import Symmetry, categories

SIZE = 48


@pytest.fixture(scope="module")
def shots() -> Shots:
    """Three categories alone, twice each, and a scene."""
    scene = next(found for i in range(9) if (found := scene_shots(i, 0, SIZE)) is not None)
    count = len(categories())
    return Shots.joined([portraits(i + j * count, 0, SIZE) for i in (0, 40, 80) for j in (0, 1)] + [scene])


def turn(axis: int, angle: float) -> torch.Tensor:
    R = torch.eye(3)
    b, c = (axis + 1) % 3, (axis + 2) % 3
    R[b, b] = R[c, c] = math.cos(angle)
    R[c, b], R[b, c] = math.sin(angle), -math.sin(angle)
    return R


@pytest.mark.parametrize("text", ["none", "half-turn", "3-fold about x", "4-fold", "revolution about z"])
def test_distances_do_not_see_what_the_symmetry_hides(text: str) -> None:
    symmetry, points = Symmetry.of(text), torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    plain = squared_distances(points, points, symmetry)
    axis = "xyz".index(symmetry.axis)
    angle = 1.234 if symmetry.fold == 0 else 2 * math.pi / symmetry.fold
    turned = torch.cat([points, points @ turn(axis, angle).T])
    found = squared_distances(turned, turned, symmetry)
    torch.testing.assert_close(found[:40, 40:], plain, atol=1e-5, rtol=1e-5)
    assert bool((found[:40, 40:].diagonal() < 1e-5).all())
    assert bool((plain <= torch.cdist(points, points).square() + 1e-5).all())


def test_a_revolution_is_the_limit_of_many_turns() -> None:
    points = torch.randn(30, 3, generator=torch.Generator().manual_seed(1))
    limit = squared_distances(points, points, Symmetry(0))
    apart = [squared_distances(points, points, Symmetry(fold)) - limit for fold in (32, 64)]
    assert float(apart[0].min()) > -1e-5 and float(apart[1].max()) < float(apart[0].max()) / 3


def problem() -> tuple[torch.Tensor, ...]:
    """Two categories, each in two pictures at the same places, all far from each other."""
    generator = torch.Generator().manual_seed(2)
    places = torch.randn(2, 5, 3, generator=generator)
    codes = functional.normalize(torch.linalg.qr(torch.randn(16, 10, generator=generator))[0].T.reshape(2, 5, 16), dim=-1)
    category = torch.tensor([0, 0, 1, 1])
    return codes[category], category, torch.tensor([0, 1, 2, 1]), places[category], torch.zeros(4, 5, dtype=torch.long)


def test_the_loss_vanishes_where_corresponding_points_alone_are_alike() -> None:
    codes, category, picture, own, part = problem()
    sharp = torch.tensor(math.log(200.0))
    assert float(contrast(codes, sharp, category, picture, own, part, [Symmetry(1)] * 2)) < 1e-4
    mixed = codes.clone()
    mixed[0] = codes[0].flip(0)
    assert float(contrast(mixed, sharp, category, picture, own, part, [Symmetry(1)] * 2)) > 10


def test_points_on_other_parts_do_not_correspond() -> None:
    codes, category, picture, own, part = problem()
    own = own[:, :1].expand(own.shape).clone()  # all at one place, so that only parts tell them apart
    part = torch.arange(5).expand(4, 5)
    told, sharp = torch.tensor(0.0), torch.tensor(math.log(200.0))
    same = contrast(codes, sharp, category, picture, own, torch.zeros_like(part), [Symmetry(1)] * 2)
    told = contrast(codes, sharp, category, picture, own, part, [Symmetry(1)] * 2)
    assert float(told) < 0.6 * float(same)


def test_landmarks_are_spread_over_every_template_and_are_best_alike_with_their_own_points() -> None:
    landmarks = Landmarks(8, 32)
    table = list(categories().values())
    for i in (3, 77, 200):
        extents = torch.tensor(table[i].template.extents.tolist())
        place = landmarks.place[i]
        assert bool((place.abs() <= extents / 2 + 1e-3).all())
        torch.testing.assert_close(place.amax(dim=0) - place.amin(dim=0), extents, atol=0.15, rtol=0)
        assert set(landmarks.part[i].tolist()) <= set(range(len(table[i].template.parts)))
    symmetries = [category.symmetry for category in table]
    category, sharp = torch.tensor([3, 77]), torch.tensor(math.log(300.0))
    codes = functional.normalize(landmarks.code[category], dim=-1)
    own, part = landmarks.place[category], landmarks.part[category]
    right = landmarks(codes, sharp, category, own, part, symmetries)
    wrong = landmarks(codes, sharp, category.flip(0), own.flip(0), part.flip(0), symmetries)
    assert float(right.detach()) < 0.5 * float(wrong.detach())


def test_pictures_know_the_places_of_their_points(shots: Shots) -> None:
    """On the object, in its box, and where the picture is dark."""
    table = list(categories().values())
    for i, role in zip(*np.nonzero(shots.category >= 0), strict=True):
        extents = table[shots.category[i, role]].template.extents
        assert (np.abs(shots.own[i, role].astype(float)) <= extents / 2 + 0.01).all()
        column, row = (shots.xy[i, role].astype(float) * SIZE).astype(int).T
        assert (shots.rgb[i, row, column].min(axis=1) < 255).mean() > 0.9
        assert (shots.solid[i, row // 4, column // 4] > 0).all()
    assert shots.xy.shape[1:] == (2, POINTS, 2)


def test_what_augmentation_does_to_pictures_it_does_to_points(shots: Shots) -> None:
    """A point painted red is found again where it is said to be."""
    marked = Shots(np.full_like(shots.rgb, 255), *list(vars(shots).values())[1:])
    xy = np.full(shots.xy.shape, -1.0, np.float16)
    for i in range(len(marked)):
        row, column = 14 + i % 16, 20 + i % 7
        marked.rgb[i, row - 1 : row + 2, column - 1 : column + 2] = 0
        xy[i, :, :] = (np.array([column, row]) + 0.5) / SIZE
    lessons = Lessons(Shots(marked.rgb, marked.solid, marked.category, xy, marked.own, marked.part), LessonConfig(colour=0.0))
    rows = np.arange(len(marked))
    pictures, places, _ = lessons.pictured(rows, torch.Generator().manual_seed(0))
    ink = (1 - pictures).mean(dim=1).clamp(min=0.1) - 0.1
    grid = (torch.arange(SIZE) + 0.5) / SIZE
    weight = ink.sum(dim=(1, 2))
    middle = torch.stack([(ink * grid).sum(dim=(1, 2)), (ink * grid[:, None]).sum(dim=(1, 2))], dim=1) / weight[:, None]
    torch.testing.assert_close(middle, places[:, 0, 0], atol=0.3 / SIZE, rtol=0)


def test_shards_follow_from_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lifting.descriptor_data.SCENES", 1)
    monkeypatch.setattr("lifting.descriptor_data.ALONE", 1)
    for name in ("a", "b"):
        shard(5, 0, SIZE).write(tmp_path / f"{name}.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert vars(Shots.read(tmp_path / "a.npz")).keys() == vars(shard(6, 0, SIZE)).keys()


def test_some_steps_of_learning_tell_three_categories_apart(shots: Shots) -> None:
    learner = Learner(DescriptorConfig(size_px=SIZE, channels=16, layers=1, heads=2, width=16), 0)
    lessons = Lessons(shots, LessonConfig(points=24))
    optimiser = torch.optim.AdamW(learner.parameters(), 3e-3)
    losses = []
    for step in range(30):
        loss = lessons.loss(learner, torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.detach().item())
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:3])
