"""What the descriptor network is taught: distances modulo symmetry, the loss and its optimum, pictures and their points."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from lifting.descriptor import DescriptorConfig
from lifting.descriptor_data import POINTS, Shots, portraits, scene_shots, shard
from lifting.descriptor_training import REACH, Landmarks, Learner, LessonConfig, Lessons, _words, squared_distances
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


def landmarks_of(*numbers: int) -> tuple[Landmarks, torch.Tensor, list[Symmetry]]:
    """Few landmarks, and categories by their numbers."""
    return Landmarks(16, 32), torch.tensor(numbers), [category.symmetry for category in categories().values()]


def test_the_loss_is_the_entropy_of_what_is_wanted_where_the_shares_are_right() -> None:
    """Descriptors that are those of a category's landmarks, so far apart that each point wants one landmark alone."""
    landmarks, category, symmetries = landmarks_of(3, 77)
    landmarks.place.mul_(50)
    landmarks.part.zero_()
    own, part = landmarks.place[category], landmarks.part[category]
    codes, sharp = landmarks.codes(category).detach(), torch.tensor(math.log(3000.0))
    apart = [squared_distances(place, place, symmetries[c]) for c, place in zip(category.tolist(), own, strict=True)]
    wanted = torch.stack([torch.softmax(-squared / (2 * REACH**2), dim=1) for squared in apart])
    entropy = -(wanted * wanted.clamp_min(1e-30).log()).sum(dim=2)
    loss = landmarks(codes, sharp, category, own, part, symmetries)
    assert float(loss.detach()) >= float(entropy.mean()) - 1e-4
    assert float(loss.detach()) == pytest.approx(float(entropy.mean()), abs=0.05)
    mixed = landmarks(codes.flip(1), sharp, category, own, part, symmetries)
    assert float(mixed.detach()) > 10


def test_points_on_other_parts_do_not_correspond() -> None:
    """Landmarks all at one place, of two parts that look different: who looks like the one belongs to it."""
    landmarks, category, symmetries = landmarks_of(3)
    landmarks.place.zero_()
    landmarks.part.copy_((torch.arange(32) % 2).expand_as(landmarks.part))
    with torch.no_grad():
        landmarks.which[3, 1::2] += 1.0
    codes, own = landmarks.codes(category).detach(), landmarks.place[category]
    losses = [float(landmarks(codes, torch.tensor(math.log(20.0)), category, own, part[None], symmetries).detach())
              for part in (landmarks.part[3], torch.full((32,), -1), 1 - landmarks.part[3])]
    assert losses[0] < losses[1] - 0.2 and losses[1] < losses[2] - 0.2


def test_words_do_not_see_what_the_symmetry_hides() -> None:
    skew, places = torch.randn(3, 24), torch.randn(40, 3) / 4
    for text, angle, same in (("none", 1.0, False), ("half-turn", math.pi, True), ("half-turn", 1.0, False),
                              ("4-fold", math.pi / 2, True), ("revolution about z", math.pi / 8, True)):
        symmetry = Symmetry.of(text)
        R = turn("xyz".index(symmetry.axis), angle)
        told, turned = (_words(points, symmetry, skew) for points in (places, places @ R.T))
        assert torch.allclose(told, turned, atol=1e-4) == same, text


def test_landmarks_are_spread_over_every_template() -> None:
    landmarks = Landmarks(8, 32)
    table = list(categories().values())
    for i in (3, 77, 200):
        extents = torch.tensor(table[i].template.extents.tolist())
        place = landmarks.place[i]
        assert bool((place.abs() <= extents / 2 + 1e-3).all())
        torch.testing.assert_close(place.amax(dim=0) - place.amin(dim=0), extents, atol=0.15, rtol=0)
        assert set(landmarks.part[i].tolist()) <= set(range(len(table[i].template.parts)))


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
    lessons = Lessons(shots, LessonConfig(pictures=12, points=24, small_px=32))
    optimiser = torch.optim.AdamW(learner.parameters(), 3e-3)
    losses = []
    for step in range(30):
        loss = lessons.loss(learner, torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.detach().item())
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:3])
