"""How the descriptor network learns: of points on two instances, those that correspond shall look alike, and no others.

For every point the network's similarities to the points of other pictures are a distribution over these; it shall be the one that
falls with the distance between the points on the category's typical template. Distances are the least over the turns that leave
the category's shape as it is, so that symmetric parts ask for nothing impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
import trimesh
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.nn import functional

from lifting.descriptor import DescriptorConfig, DescriptorNetwork, save_descriptor
from lifting.descriptor_data import Shots, shard
from oor.catalog.category import Symmetry, categories
from oor.catalog.template import Template

REACH = 0.05  # parts of a template's longest edge within which points count as the same
OTHER_PART = 0.1  # how far points are moved apart that lie on different parts
LANDMARKS = 128  # of each category
KNOWN = 0.1  # least similarity to its best partner, of 1, for a point to have one at all


@dataclass(frozen=True)
class LessonConfig:
    """What one step looks at."""

    categories: int = 10  # drawn for each step
    pictures: int = 3  # of each category: one portrait, one scene, then either
    points: int = 48  # of each object in a picture
    turn_deg: float = 20.0  # pictures are turned, cut and coloured at random
    zoom: float = 1.15
    colour: float = 0.25


class Landmarks(nn.Module):
    """Descriptors of some points of every category's template, learned along with the network and then forgotten.

    What pictures of a category have in common is told faster by landmarks that all of them share than by pairs of pictures.
    """

    def __init__(self, width: int, count: int = LANDMARKS) -> None:
        super().__init__()
        places, parts = zip(*(_landmarks(category.template, count) for category in categories().values()), strict=True)
        self.place, self.part = torch.from_numpy(np.stack(places)).float(), torch.from_numpy(np.stack(parts))
        generator = torch.Generator().manual_seed(0)
        self.code = nn.Parameter(torch.randn(len(places), count, width, generator=generator) / width**0.5)

    def forward(self, descriptors: Tensor, sharpness: Tensor, category: Tensor, own: Tensor, part: Tensor,
                symmetries: Sequence[Symmetry]) -> Tensor:
        """As `contrast`, to the landmarks of all categories in the batch instead of to the points of other pictures."""
        o, k, f = descriptors.shape
        shown = category.unique()
        codes = functional.normalize(self.code[shown].float().flatten(0, 1), dim=1)
        log_share = (sharpness.exp() * (descriptors.reshape(o * k, f) @ codes.mT)).float().log_softmax(dim=1)
        log_share = log_share.reshape(o, k, len(shown), -1)
        losses = []
        for i, c in enumerate(shown.tolist()):
            mine = category == c
            apart = squared_distances(own[mine].reshape(-1, 3), self.place[c], symmetries[c])
            apart = apart + _other_part(part[mine].reshape(-1), self.part[c])
            wanted = torch.softmax(-apart / (2 * REACH**2), dim=1)
            losses.append(-(wanted * log_share[mine][:, :, i].flatten(0, 1)).sum(dim=1))
        return torch.cat(losses).mean()


def _landmarks(template: Template, count: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points (count, 3) spread over a template, and on which of its parts they are."""
    meshes = list(template.parts.values())
    clouds = [np.asarray(trimesh.sample.sample_surface(mesh, 512, seed=2)[0]) for mesh in meshes]
    keep = max(1, 6 * count // len(clouds))
    points = np.concatenate([cloud[:keep] for cloud in clouds])
    part = np.repeat(np.arange(len(clouds)), [len(cloud[:keep]) for cloud in clouds])
    chosen = [0]
    distance = np.full(len(points), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
        chosen.append(int(distance.argmax()))
    return points[chosen], part[chosen]


class Learner(nn.Module):
    """What learns: the network, and the landmarks that help it."""

    def __init__(self, config: DescriptorConfig, seed: int) -> None:
        super().__init__()
        self.network = DescriptorNetwork(config)
        start(self.network, seed)
        self.landmarks = Landmarks(config.width)


class Lessons:
    """Pictures by what they show."""

    def __init__(self, shots: Shots, config: LessonConfig) -> None:
        self.shots, self.config = shots, config
        table = list(categories().values())
        self.symmetries = [category.symmetry for category in table]
        alone = shots.category[:, 1] < 0
        shown = [np.flatnonzero((shots.category == i).any(axis=1)) for i in range(len(table))]
        self.portraits = [rows[alone[rows]] for rows in shown]
        self.scenes = [rows[~alone[rows]] for rows in shown]
        self.taught = [i for i, rows in enumerate(shown) if len(rows) >= config.pictures]

    def loss(self, learner: Learner, generator: torch.Generator) -> Tensor:
        """The mean over the points and cells of a random batch."""
        network = learner.network
        rows = self.batch(generator)
        pictures, xy, solid = self.pictured(rows, generator)
        maps = network(pictures)
        category, own, part = self._told(rows, generator)
        pick, found = category >= 0, functional.grid_sample(maps, 2 * xy.flatten(1, 2)[:, None] - 1, align_corners=False)
        raw = found[:, :-1, 0].mT.unflatten(1, xy.shape[1:3])[pick]
        descriptors = network.directions(raw.flatten(0, 1)).reshape(raw.shape)
        picture = torch.arange(len(rows))[:, None].expand(category.shape)[pick]
        alike = contrast(descriptors, network.sharpness, category[pick], picture, own[pick], part[pick], self.symmetries)
        learned = learner.landmarks(descriptors, network.sharpness, category[pick], own[pick], part[pick], self.symmetries)
        background = functional.binary_cross_entropy_with_logits(maps[:, -1].float(), solid)
        return alike + learned + background

    def batch(self, generator: torch.Generator) -> NDArray[np.int64]:
        """(b,) pictures: of each category a portrait, a scene, then either."""
        found: list[int] = []
        for i in torch.randperm(len(self.taught), generator=generator)[: self.config.categories].tolist():
            alone, among = (rows if len(rows) else both for rows, both in self._kinds(self.taught[i]))
            either = np.concatenate([alone, among])
            for pool in [alone, among, *[either] * (self.config.pictures - 2)]:
                found.append(int(pool[int(torch.randint(len(pool), (), generator=generator))]))
        return np.array(found)

    def _kinds(self, category: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        alone, among = self.portraits[category], self.scenes[category]
        return [(alone, among), (among, alone)]

    def _told(self, rows: NDArray[np.int64], generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        shots, k = self.shots, self.config.points
        own, part = torch.from_numpy(shots.own[rows].astype(np.float32)), torch.from_numpy(shots.part[rows].astype(np.int64))
        return torch.from_numpy(shots.category[rows].astype(np.int64)), own[:, :, :k], part[:, :, :k]

    def pictured(self, rows: NDArray[np.int64], generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (b, 3, s, s) turned, cut and coloured at random, where their points are now, and how solid their cells."""
        config, b = self.config, len(rows)
        ink = 1 - torch.from_numpy(self.shots.rgb[rows]).permute(0, 3, 1, 2).float() / 255
        solid = torch.from_numpy(self.shots.solid[rows]).float()[:, None] / 255
        angle = torch.randn(b, generator=generator) * np.radians(config.turn_deg) / 2
        zoom = torch.exp((2 * torch.rand(b, generator=generator) - 1) * np.log(config.zoom))
        turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1).unflatten(1, (2, 2))
        turn = zoom[:, None, None] * turn
        shift = 0.1 * (2 * torch.rand(b, 2, 1, generator=generator) - 1)
        grid = functional.affine_grid(torch.cat([turn, shift], dim=2), list(ink.shape), align_corners=False)
        coarse = functional.affine_grid(torch.cat([turn, shift], dim=2), list(solid.shape), align_corners=False)
        ink = functional.grid_sample(ink, grid, align_corners=False)
        solid = functional.grid_sample(solid, coarse, align_corners=False)
        mix = torch.eye(3) + config.colour * torch.randn(b, 3, 3, generator=generator) / 3
        ink = (torch.einsum("bij,bjhw->bihw", mix, ink) * torch.exp(config.colour * torch.randn(b, 1, 1, 1, generator=generator)))
        ink = ink.clamp(0, 1) + 0.02 * torch.rand(b, 1, 1, 1, generator=generator) * torch.randn(ink.shape, generator=generator)
        xy = torch.from_numpy(self.shots.xy[rows].astype(np.float32))[:, :, : config.points]
        moved = torch.einsum("bij,brkj->brki", torch.linalg.inv(turn), 2 * xy - 1 - shift[:, None, None, :, 0])
        return (1 - ink).contiguous(memory_format=torch.channels_last), (moved + 1) / 2, solid[:, 0]


def contrast(descriptors: Tensor, sharpness: Tensor, category: Tensor, picture: Tensor, own: Tensor, part: Tensor,
             symmetries: Sequence[Symmetry]) -> Tensor:
    """Mean over the points of objects: descriptors (o, k, f), own (o, k, 3), part (o, k); category, picture (o,).

    A point's partners are all points of other pictures. Two terms: cross entropy against the distribution that falls with the
    distance, for points that have a partner; and against the category alone, for all that have any.
    """
    o, k, f = descriptors.shape
    flat = descriptors.reshape(o * k, f)
    logits = sharpness.exp() * (flat @ flat.mT)
    other = (picture[:, None] != picture[None]).repeat_interleave(k, 0).repeat_interleave(k, 1)
    logits = logits.float().masked_fill(~other, -torch.inf)
    near = torch.zeros_like(logits)
    same = torch.zeros_like(other)
    with torch.no_grad():
        for c in category.unique().tolist():
            rows = (torch.nonzero(category == c) * k + torch.arange(k)).reshape(-1)
            points, parts = own[category == c].reshape(-1, 3), part[category == c].reshape(-1)
            apart = squared_distances(points, points, symmetries[c]) + _other_part(parts, parts)
            near[rows[:, None], rows[None]] = torch.exp(-apart / (2 * REACH**2))
            same[rows[:, None], rows[None]] = True
        near, same = near * other, same & other
        known = near.amax(dim=1) > KNOWN
        wanted = near[known] / near[known].sum(dim=1, keepdim=True)
    log_share = logits.log_softmax(dim=1)
    where = -(wanted * log_share[known].masked_fill(~other[known], 0.0)).sum(dim=1).mean()
    among = same.any(dim=1)
    whom = -log_share[among].masked_fill(~same[among], -torch.inf).logsumexp(dim=1).mean()
    return where + whom


def squared_distances(points: Tensor, others: Tensor, symmetry: Symmetry) -> Tensor:
    """(n, m) between points (n, 3) and (m, 3) of a template, the least over the turns that leave it as it is."""
    axis = "xyz".index(symmetry.axis)
    if symmetry.fold == 0:
        points, others = (torch.stack([p[:, axis], p[:, [i for i in range(3) if i != axis]].norm(dim=1)], dim=1)
                          for p in (points, others))
    best = torch.cdist(points, others).square()
    for i in range(1, symmetry.fold):
        best = torch.minimum(best, torch.cdist(_turned(points, axis, 2 * np.pi * i / symmetry.fold), others).square())
    return best


def _other_part(part: Tensor, other: Tensor) -> Tensor:
    """(n, m) squared distance that is added between points on parts (n,) and (m,), where both are known."""
    return OTHER_PART**2 * ((part[:, None] != other) & (part[:, None] >= 0) & (other >= 0))


def _turned(points: Tensor, axis: int, angle: float) -> Tensor:
    b, c = (axis + 1) % 3, (axis + 2) % 3
    turned = points.clone()
    turned[:, b] = np.cos(angle) * points[:, b] - np.sin(angle) * points[:, c]
    turned[:, c] = np.sin(angle) * points[:, b] + np.cos(angle) * points[:, c]
    return turned


def start(network: nn.Module, seed: int) -> None:
    """Give every convolution and matrix that is not zero by design a value from one generator (He et al. 2015)."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim >= 2 and bool(parameter.any()):
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * (parameter[0].numel() / 1.5) ** -0.5)
            elif parameter.ndim == 1 and not bool((parameter == 1).all()):
                parameter.zero_()


@dataclass(frozen=True)
class DescriptorRecipe:
    """How the descriptor network is made. Steps and learning rate are the loop's, which comes from outside."""

    shards: int = 100  # of pictures, see lifting.descriptor_data
    seed: int = 0
    network: DescriptorConfig = field(default_factory=DescriptorConfig)
    lessons: LessonConfig = field(default_factory=LessonConfig)


Fit = Callable[[nn.Module, Callable[[torch.Generator], Tensor], Path, str], dict[str, Tensor]]  # model, loss, state, settings


def train_descriptor(recipe: DescriptorRecipe, out: Path, fit: Fit, console: Console, about: Mapping[str, str]) -> Path:
    """Draw pictures into `out/shots`, learn from them, and write `out/descriptor.safetensors`; the path of that.

    fit: what minimises a loss and returns the averaged weights. Pictures that are there already are not drawn again. ValueError
    for fewer pictures than a step needs.
    """
    files = drawn(out / "shots", recipe.shards, recipe.seed, recipe.network.size_px, console)
    lessons = Lessons(Shots.joined([Shots.read(file) for file in files]), recipe.lessons)
    if len(lessons.taught) < 2:
        raise ValueError(f"{recipe.shards} shards show too few categories often enough; ask for more")
    learner = Learner(recipe.network, recipe.seed)
    weights = fit(learner, lambda generator: lessons.loss(learner, generator), out / "descriptor.state", repr(recipe))
    learner.load_state_dict(weights)
    save_descriptor(out / "descriptor.safetensors", learner.network, about)
    return out / "descriptor.safetensors"


def drawn(folder: Path, count: int, seed: int, size_px: int, console: Console) -> list[Path]:
    """Files of `count` shards of pictures; those that are missing are drawn, on all cores."""
    files = [folder / f"{size_px}-{seed}-{i:04d}.npz" for i in range(count)]
    missing = [i for i, file in enumerate(files) if not file.exists()]
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with (Progress(*columns, console=console) as progress,
          ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)) as pool):
        task = progress.add_task("pictures", total=count, completed=count - len(missing))
        for _ in pool.map(_draw, [files[i] for i in missing], missing, repeat(seed), repeat(size_px)):
            progress.advance(task)
    return files


def _draw(file: Path, number: int, seed: int, size_px: int) -> None:
    shard(number, seed, size_px).write(file)
