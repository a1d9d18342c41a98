"""How the descriptor network learns: of points on two instances, those that correspond shall look alike, and no others.

For every point the similarities to landmarks on the typical templates of categories are a distribution over these. It shall
fall with the distance to the landmarks of the own category, the least over the turns that leave that category's shape
as it is, so that symmetric parts ask for nothing impossible.
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
TURNS = 16  # that stand for a revolution


@dataclass(frozen=True)
class LessonConfig:
    """What one step looks at."""

    pictures: int = 16  # that each process draws for a step
    points: int = 32  # of each object in a picture
    small_px: int = 128  # of the pictures in most steps, which see as much in half the time
    full_share: float = 0.2  # of the steps, whose pictures are as large as those the network is for
    turn_deg: float = 20.0  # pictures are turned, cut and coloured at random
    zoom: float = 1.15
    colour: float = 0.25


class Landmarks(nn.Module):
    """Descriptors of some points of every category's template, learned along with the network and then forgotten.

    Three things together say what one looks like: where it is, in words that all categories share and that are learned first;
    which category it is of; and what it alone has.
    """

    words: Tensor
    place: Tensor
    part: Tensor

    def __init__(self, width: int, count: int = LANDMARKS, seed: int = 0) -> None:
        super().__init__()
        table = list(categories().values())
        places, parts = zip(*(_landmarks(category.template, count) for category in table), strict=True)
        generator = torch.Generator().manual_seed(seed)
        self.register_buffer("place", torch.from_numpy(np.stack(places)).float(), persistent=False)
        self.register_buffer("part", torch.from_numpy(np.stack(parts)), persistent=False)
        skew = torch.randn(3, 24, generator=generator)
        words = torch.stack([_words(place, category.symmetry, skew) for place, category in zip(self.place, table, strict=True)])
        self.register_buffer("words", (words - words.mean(dim=(0, 1))) / (words.std(dim=(0, 1)) + 1e-3), persistent=False)
        self.where = nn.Parameter(torch.randn(words.shape[-1], width, generator=generator) / (words.shape[-1] * width) ** 0.5)
        self.whose = nn.Parameter(0.5 * torch.randn(len(table), 1, width, generator=generator) / width**0.5)
        self.which = nn.Parameter(0.1 * torch.randn(len(table), count, width, generator=generator) / width**0.5)

    def codes(self, category: Tensor) -> Tensor:
        """(c, n, width) descriptors of length 1 of the landmarks of categories (c,)."""
        codes = self.words[category] @ self.where + self.whose[category] + self.which[category]
        return functional.normalize(codes.float(), dim=2)

    def forward(self, descriptors: Tensor, sharpness: Tensor, category: Tensor, own: Tensor, part: Tensor,
                symmetries: Sequence[Symmetry]) -> Tensor:
        """Mean cross entropy over the points of objects: descriptors (o, k, f), own (o, k, 3), part (o, k); category (o,).

        The shares are of the landmarks of all categories in the batch; those wanted fall with the distance.
        """
        o, k, f = descriptors.shape
        shown = category.unique()
        codes = self.codes(shown).flatten(0, 1)
        log_share = (sharpness.exp() * (descriptors.reshape(o * k, f) @ codes.mT)).float().log_softmax(dim=1)
        mine = log_share.reshape(o, k, len(shown), -1)[torch.arange(o), :, torch.searchsorted(shown, category)]
        wanted = torch.zeros_like(mine)
        for c in shown.tolist():
            rows = category == c
            apart = squared_distances(own[rows].reshape(-1, 3), self.place[c], symmetries[c])
            apart = apart + _other_part(part[rows].reshape(-1), self.part[c])
            wanted[rows] = torch.softmax(-apart / (2 * REACH**2), dim=1).unflatten(0, (-1, k))
        return -(wanted * mine).sum(dim=2).mean()


def _words(places: Tensor, symmetry: Symmetry, skew: Tensor) -> Tensor:
    """(n, f) waves over the places (n, 3), their means over the turns that leave the category as it is."""
    axis, turns = "xyz".index(symmetry.axis), symmetry.fold or TURNS
    heard = []
    for i in range(turns):
        turned = _turned(places, axis, 2 * np.pi * i / turns)
        phases = torch.cat([np.pi * turned, 2 * np.pi * turned, 4 * np.pi * turned, 2 * np.pi * turned @ skew], dim=1)
        heard.append(torch.cat([turned, phases.sin(), phases.cos()], dim=1))
    return torch.stack(heard).mean(dim=0)


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
        self.landmarks = Landmarks(config.width, seed=seed)


class Lessons:
    """Pictures, and what is asked about them. part: which of how many processes this is; each looks at pictures of its own."""

    def __init__(self, shots: Shots, config: LessonConfig, part: tuple[int, int] = (0, 1)) -> None:
        self.shots, self.config, self.part = shots, config, part
        self.symmetries = [category.symmetry for category in categories().values()]

    def loss(self, learner: Learner, generator: torch.Generator) -> Tensor:
        """The mean over the points and cells of random pictures."""
        network, config = learner.network, self.config
        own, count = self.part
        rows = torch.randint(len(self.shots), (count, config.pictures), generator=generator)[own].numpy()
        pictures, xy, solid = self.pictured(rows, generator)
        if pictures.shape[2] > config.small_px and float(torch.rand((), generator=generator)) >= config.full_share:
            size = config.small_px, config.small_px
            pictures = functional.interpolate(pictures, size, mode="bilinear", antialias=True, align_corners=False)
        maps = network(pictures).float()
        few = torch.randint(xy.shape[2], (config.points,), generator=generator)
        category, place, part = self._told(rows, few)
        xy = xy[:, :, few]
        pick, found = category >= 0, functional.grid_sample(maps, 2 * xy.flatten(1, 2)[:, None] - 1, align_corners=False)
        raw = found[:, :-1, 0].mT.unflatten(1, xy.shape[1:3])[pick]
        descriptors = network.directions(raw.flatten(0, 1)).reshape(raw.shape)
        alike = learner.landmarks(descriptors, network.sharpness, category[pick], place[pick], part[pick], self.symmetries)
        seen = functional.interpolate(maps[:, -1:], solid.shape[1:], mode="bilinear", align_corners=False)[:, 0]
        background: Tensor = functional.binary_cross_entropy_with_logits(seen, solid)
        return alike + background

    def _told(self, rows: NDArray[np.int64], few: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        category, own, part = (torch.from_numpy(x[rows]) for x in (self.shots.category, self.shots.own, self.shots.part))
        return category.long(), own[:, :, few].float(), part[:, :, few].long()

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
        xy = torch.from_numpy(self.shots.xy[rows].astype(np.float32))
        moved = torch.einsum("bij,brkj->brki", torch.linalg.inv(turn), 2 * xy - 1 - shift[:, None, None, :, 0])
        return (1 - ink).contiguous(memory_format=torch.channels_last), (moved + 1) / 2, solid[:, 0]


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


def train_descriptor(
    recipe: DescriptorRecipe, files: Sequence[Path], out: Path, fit: Fit, about: Mapping[str, str], part: tuple[int, int] = (0, 1)
) -> Path:
    """Learn from pictures that were `drawn`, and write `out/descriptor.safetensors`; the path of that.

    fit: what minimises a loss and returns the averaged weights. part: which of how many processes this is; the first one writes.
    """
    lessons = Lessons(Shots.joined([Shots.read(file) for file in files]), recipe.lessons, part)
    learner = Learner(recipe.network, recipe.seed)
    weights = fit(learner, lambda generator: lessons.loss(learner, generator), out / "descriptor.state", repr(recipe))
    learner.load_state_dict(weights)
    if part[0] == 0:
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
