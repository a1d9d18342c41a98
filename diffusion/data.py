"""What the relation network learns from: relation vectors grouped by context and shapes, and sentences that say each context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from diffusion.anchors import anchor_spreads, best_choice, contact_moments
from diffusion.coordinates import Anchors, Normaliser, Scales, Translation
from diffusion.network import BASE, RELATION, SENTENCE, TARGET, Conditioning
from diffusion.text_encoder import Condition, TextEncoder, conditioning
from oor.catalog.category import Category, categories
from oor.catalog.contexts import Context
from oor.catalog.descriptors import descriptor, descriptors
from oor.catalog.programs import draw
from oor.catalog.prompts import captions, training_prompts
from oor.samples import read_samples

HIDE_RELATION = 0.3  # share of prompts that must be understood from the sentence, without the relation's name
HIDE_SENTENCE = 0.1  # share that must do with the names
WRONG_SENTENCE = 0.3  # share whose sentence is another's: where the names are there, they count, however strange the sentence
HIDE_SHAPES = 0.2  # share that must do without shapes, by the words alone
WRONG_NAMES = 0.3  # share whose objects go by other objects' names: where the shapes are there, they count, whatever the word
NO_MORE: Mapping[str, Sequence[str]] = MappingProxyType({})
TYPICAL = 2  # shape groups of a context that show the typical shapes; the others show random instances
FOR_ANCHORS = 64  # vectors of each group that decide on a context's anchors
VARIANTS = 12  # random instances per category that the groups choose from


@dataclass(frozen=True)
class RelationData:
    """Relation vectors in groups (one context, one pair of shapes), and each context's sentences.

    vectors: (n, 15), all groups one after another; starts: (g + 1,) where each begins. group_context: (g,) rising indices into
    contexts. shapes: (g, 2, c) descriptors of target and base. prompts: per context.
    """

    contexts: tuple[Context, ...]
    vectors: Tensor
    starts: Tensor
    group_context: Tensor
    shapes: Tensor
    prompts: tuple[tuple[str, ...], ...]
    source: str


def catalog_data(
    draws: int, prompts: int, shapes: int, seed: int, known: Sequence[Context], more: Mapping[str, Sequence[str]] = NO_MORE
) -> RelationData:
    """Draws of contexts in `shapes` groups each, with training prompts of the grammar and, by the context's name, `more`."""
    if not 0 < shapes <= draws:
        raise ValueError(f"draws={draws} with shapes={shapes} leaves groups empty; give at least one draw for each shape")
    pool = {name: instances(category, VARIANTS, seed) for name, category in categories().items()}
    rows, described = [], []
    for i, context in enumerate(known):
        rng = np.random.default_rng([seed, i])
        for k in range(shapes):
            pair = typical = categories()[context.target], categories()[context.base]
            if k >= TYPICAL:
                pair = pool[context.target][rng.integers(VARIANTS)], pool[context.base][rng.integers(VARIANTS)]
            try:
                rows.append(draw(context, draws // shapes, rng, pair))
            except ValueError:  # these two shapes do not fit together
                pair = typical
                rows.append(draw(context, draws // shapes, rng, pair))
            described.append(np.stack([descriptor(category) for category in pair]))
    few = prompts // 2
    sentences = tuple((*captions(c, few, seed), *training_prompts(c, prompts - few, seed), *more.get(str(c), ())) for c in known)
    starts = torch.arange(len(rows) + 1) * (draws // shapes)
    group_context = torch.arange(len(known)).repeat_interleave(shapes)
    vectors, cards = torch.from_numpy(np.concatenate(rows)), torch.from_numpy(np.stack(described)).float()
    return RelationData(tuple(known), vectors, starts, group_context, cards, sentences, "catalog draws")


def instances(category: Category, count: int, seed: int) -> list[Category]:
    """`count` instances of random shape, always the same for a seed."""
    key = [seed, *category.name.encode()]
    return [category.instance(np.random.default_rng([*key, k])) for k in range(count)]


def file_data(paths: list[Path]) -> RelationData:
    """Sample files (oor/samples.py), grouped by (target, predicate, base); their own prompts."""
    groups: dict[Context, list[tuple[Tensor, str]]] = {}
    for path in paths:
        samples = read_samples(path)
        for vector, prompt, *triple in zip(
            samples.vector, samples.prompt, samples.target, samples.predicate, samples.base, strict=True
        ):
            groups.setdefault(Context(*map(str, triple)), []).append((torch.as_tensor(vector), str(prompt)))
    if not groups:
        raise ValueError(f"no samples in {', '.join(map(str, paths))}; lift or draw some first")
    known = tuple(sorted(groups))
    counts = torch.tensor([0, *(len(groups[context]) for context in known)])
    vectors = torch.stack([vector for context in known for vector, _ in groups[context]]).double()
    sentences = tuple(tuple(dict.fromkeys(prompt for _, prompt in groups[context])) for context in known)
    shapes = torch.from_numpy(np.stack([descriptors(context.target, context.base) for context in known])).float()
    source = ", ".join(path.name for path in paths)
    return RelationData(known, vectors, counts.cumsum(0), torch.arange(len(known)), shapes, sentences, source)


@dataclass(frozen=True)
class TrainingSet:
    """The data as training steps want it: vectors by group, every prompt's token states, and what anchors suit each context."""

    vectors: Tensor  # (n, 15) relation vectors
    starts: Tensor  # (g + 1,) where each group's vectors begin
    group_starts: Tensor  # (c + 1,) where each context's groups begin
    shapes: Tensor  # (g, 2, s) of each group
    text: Conditioning  # all prompts
    prompt_starts: Tensor  # (c + 1,) where each context's prompts begin
    spreads: Tensor  # (c, targets, bases, axes) how well each choice of anchors suits a context (diffusion/anchors.py)

    def to(self, device: torch.device) -> TrainingSet:
        """The same on another device."""
        return TrainingSet(*(getattr(self, item.name).to(device) for item in fields(self)))

    def prompts(self, count: int, generator: torch.Generator) -> tuple[Tensor, Conditioning]:
        """`plain_prompts` with gaps and errors.

        Some lack the relation's name; others, which have it, lack the sentence or have a wrong one. Some lack the shapes; others,
        which have them, call the objects by wrong names.
        """
        device = self.starts.device
        group, text = self.plain_prompts(count, generator)
        strange = self.text.rows(torch.randint(len(self.text.mask), (count,), generator=generator, device=device))
        chance = torch.rand(2, count, generator=generator, device=device)
        text = text.without(RELATION, chance[0] < HIDE_RELATION).without(SENTENCE, chance[0] > 1 - HIDE_SENTENCE)
        wrong = (chance[0] > 1 - HIDE_SENTENCE - WRONG_SENTENCE) & (chance[0] <= 1 - HIDE_SENTENCE)
        text = text.swapped((SENTENCE,), strange, wrong).swapped((TARGET, BASE), strange, chance[1] > 1 - WRONG_NAMES)
        return group, text.shaped(text.shapes * (chance[1] > HIDE_SHAPES)[:, None, None])

    def plain_prompts(self, count: int, generator: torch.Generator) -> tuple[Tensor, Conditioning]:
        """Random groups (count,), all contexts equally likely, and a prompt and the shapes of each."""
        context = torch.randint(len(self.prompt_starts) - 1, (count,), generator=generator, device=self.starts.device)
        group = _pick(self.group_starts, context, (count,), generator)
        text = self.text.rows(_pick(self.prompt_starts, context, (count,), generator))
        return group, text.shaped(self.shapes[group])

    def drawn(self, group: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """(p, count, 15) random vectors of groups (p,)."""
        return self.vectors[_pick(self.starts, group, (len(group), count), generator)]

    def spread_of(self, group: Tensor) -> Tensor:
        """(p, targets, bases, axes) of the contexts that groups (p,) belong to."""
        return self.spreads[torch.searchsorted(self.group_starts, group, right=True) - 1]


def _pick(starts: Tensor, owner: Tensor, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Uniform row indices of the given shape; row i lies in the range of owner[i]."""
    low, size = starts[owner], (starts[1:] - starts[:-1])[owner]
    share = torch.rand(shape, generator=generator, device=starts.device, dtype=torch.float64)
    spread = (len(owner), *(1,) * (len(shape) - 1))
    return low.view(spread) + (share * size.view(spread)).long()


def training_set(
    data: RelationData, encoder: TextEncoder, translation: Translation, scales: Scales = "log"
) -> tuple[TrainingSet, Normaliser]:
    """Encode every prompt once, find each context's anchors, and fit the normaliser."""
    relations = {name: number for number, name in enumerate(sorted({context.predicate for context in data.contexts}))}
    relation = torch.tensor([relations[context.predicate] for context in data.contexts])
    each_context = torch.arange(len(data.shapes)).split(_group_starts(data).diff().tolist())
    spreads = anchor_spreads(torch.stack([_moments(data, groups) for groups in each_context]), relation)
    return training_table(data, encoder, spreads), fitted(data, spreads, translation, scales)


def fitted(data: RelationData, spreads: Tensor, translation: Translation, scales: Scales = "log") -> Normaliser:
    """The normaliser of the data, whose translations are measured between the anchors of least spread (c, t, b, a)."""
    anchors = best_choice(spreads[data.group_context], data.shapes).anchors()
    each = torch.arange(len(data.shapes)).repeat_interleave(data.starts.diff())
    on_vectors = Anchors(*(part[each, 0] for part in vars(anchors).values()))
    return Normaliser.of(data.vectors, translation, on_vectors, scales)


def training_table(data: RelationData, encoder: TextEncoder, spreads: Tensor) -> TrainingSet:
    """The data with every prompt encoded once; spreads (c, targets, bases, axes) of its contexts."""
    conditions = [
        Condition(prompt, context.target, context.base, context.predicate)
        for context, prompts in zip(data.contexts, data.prompts, strict=True)
        for prompt in prompts
    ]
    text = conditioning(encoder, conditions)
    prompt_starts = torch.tensor([0, *(len(prompts) for prompts in data.prompts)]).cumsum(0)
    return TrainingSet(data.vectors.float(), data.starts, _group_starts(data), data.shapes, text, prompt_starts, spreads)


def _group_starts(data: RelationData) -> Tensor:
    return torch.searchsorted(data.group_context, torch.arange(len(data.contexts) + 1))


def _moments(data: RelationData, groups: Tensor) -> Tensor:
    """`contact_moments` of some groups, from as many evenly chosen vectors of each."""
    starts, sizes = data.starts[groups], data.starts.diff()[groups]
    share = torch.arange(FOR_ANCHORS) / FOR_ANCHORS
    rows = starts[:, None] + (share * sizes[:, None]).long()
    return contact_moments(data.vectors[rows].float(), data.shapes[groups])
