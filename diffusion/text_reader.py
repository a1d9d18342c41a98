"""The embedded text encoder under reading heads: which relation a sentence says, between what; and how familiar that is.

Training needs the heads; sampling does not. They are kept beside the encoder, in reader.safetensors, for whoever wants one vector
of a sentence or of the noun in a role, or wants to know whether a sentence is like those of training.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from diffusion.text_encoder import EMBEDDED, T5TextEncoder, load_folder, normalise_sentence
from oor.catalog.splits import training_contexts

VECTORS = ("phrase", "target", "base", "sentence")  # what the reader gives a vector each
READER = "reader.safetensors"
CHUNK = 512


class Heads(nn.Module):
    """Attention pooling of token states, one question per vector; the phrase's answer also says which relation it is.

    classes: the predicates, and one more for none of them.
    """

    def __init__(self, width: int, classes: int, vector: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.ones(len(VECTORS), width))
        self.key, self.value = nn.Linear(width, width), nn.Linear(width, width)
        self.relation = nn.Linear(width, classes)
        self.vectors = nn.ModuleList(nn.Linear(width, vector, bias=False) for _ in VECTORS)

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """States (n, l, w) and mask (n, l) -> logits (n, classes), vectors (n, 4, d) of length 1."""
        scores = (self.key(states) @ self.queries.T) / self.queries.shape[1] ** 0.5
        weights = scores.masked_fill(~mask[..., None], -1e4).softmax(dim=1)
        pooled = torch.einsum("nlq,nld->nqd", weights, self.value(states).to(weights))
        found = torch.stack([head(pooled[:, i]) for i, head in enumerate(self.vectors)], dim=1)
        return self.relation(pooled[:, 0]).float(), nn.functional.normalize(found.float(), dim=-1)


@dataclass(frozen=True)
class Reading:
    """What n sentences say: probabilities (n, predicates) and that of none of them (n,); vectors (n, d) of length 1."""

    relation: Tensor
    none: Tensor
    phrase: Tensor
    target: Tensor
    base: Tensor
    sentence: Tensor


@dataclass(frozen=True)
class SentenceReader:
    """An encoder with its heads. predicates: the relations it tells apart, in the order of its answers."""

    encoder: T5TextEncoder
    heads: Heads
    predicates: tuple[str, ...]

    @torch.no_grad()
    def read(self, sentences: Sequence[str]) -> Reading:
        """Each sentence on its own."""
        texts = [normalise_sentence(sentence) for sentence in sentences]
        parts = [self.heads(*self.encoder.encode(texts[i : i + CHUNK])) for i in range(0, len(texts), CHUNK)]
        logits, vectors = (torch.cat(column) for column in zip(*parts, strict=True))
        chances = logits.softmax(dim=1)
        return Reading(chances[:, :-1], chances[:, -1], *vectors.unbind(dim=1))

    def nouns(self, words: Sequence[str]) -> Tensor:
        """Vectors (n, d) of bare nouns, to compare those of `read` with."""
        reading = self.read(words)
        return nn.functional.normalize(reading.target + reading.base, dim=1)

    def nearness(self, words: str, names: Sequence[str]) -> list[float]:
        """How near words are in meaning to each name, from -1 to 1."""
        word, *others = self.nouns([words, *names])
        return [float(word @ other) for other in others]

    @cached_property
    def _familiar(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Of the training contexts: indices of predicate, target and base, vectors of their phrases; vectors of the names."""
        known = training_contexts()
        names = sorted({name for c in known for name in (c.target, c.base)})
        places = [[self.predicates.index(c.predicate), names.index(c.target), names.index(c.base)] for c in known]
        predicate, target, base = torch.tensor(places).T
        return predicate, target, base, self.read([f"a {c}" for c in known]).phrase, self.nouns(names)

    def familiarity(self, sentences: Sequence[str]) -> Tensor:
        """How much each sentence is like one of the training contexts: (n,) from 0, none at all, to 1.

        The best context's product of three shares: its relation, how near its target, and how near its base are to what was read.
        The relation's is the mean of how sure it is and how near its phrase is, as verbs are open like nouns.
        """
        reading = self.read(sentences)
        predicate, target, base, phrases, vectors = self._familiar
        targets, bases = ((part @ vectors.T).clamp(min=0) for part in (reading.target, reading.base))
        relation = (reading.relation[:, predicate] + (reading.phrase @ phrases.T).clamp(min=0)) / 2
        return (relation * targets[:, target] * bases[:, base]).amax(dim=1)


def load_reader(folder: Path = EMBEDDED) -> SentenceReader:
    """The reader of an encoder's folder. ValueError when it has none."""
    path = folder / READER
    if not path.is_file():
        raise ValueError(f"no reading heads in {folder}; train them with `python -m oor.train recipe=text out={folder}`")
    with safe_open(path, "pt") as file:
        weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a dict)
        names = tuple(json.loads(file.metadata()["predicates"]))
    heads = Heads(weights["queries"].shape[1], len(weights["relation.bias"]), len(weights["vectors.0.weight"]))
    heads.load_state_dict(weights)
    return SentenceReader(load_folder(folder, str(folder)), heads.eval(), names)


@cache
def shipped_reader() -> SentenceReader:
    """The reader of the embedded encoder."""
    return load_reader()


def nearness(words: str, names: Sequence[str]) -> list[float]:
    """How near words are in meaning to each name, from -1 to 1, by the embedded encoder, which is loaded when first asked."""
    return shipped_reader().nearness(words, names)
