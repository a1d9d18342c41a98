"""Text to token states by a T5 encoder: the small one trained here and shipped, or any T5 of the hub.

`load_text_encoder("embedded")` needs no download. A hub id ("google/flan-t5-base") or a folder in the usual layout (config.json,
model.safetensors, tokenizer files) loads through transformers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from diffusion.network import Conditioning
from oor.catalog.descriptors import descriptors
from oor.catalog.template import Array

if TYPE_CHECKING:
    from tokenizers import Tokenizer

EMBEDDED = Path(__file__).parent / "weights" / "text_encoder"
PAD = 0
CHUNK = 512  # sentences encoded at once


class TextEncoder(Protocol):
    """Anything that turns sentences into token states."""

    @property
    def name(self) -> str:
        """What a checkpoint calls it: "embedded", a folder or a hub id."""
        ...

    @property
    def width(self) -> int:
        """Size d of a token state."""
        ...

    def encode(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        """States (n, l, d), zero where there is no token, and mask (n, l)."""
        ...


@dataclass(frozen=True)
class T5TextEncoder:
    """A `T5EncoderModel` and a function from texts to padded token ids (n, l)."""

    name: str
    model: torch.nn.Module
    tokenise: Tokeniser

    @cached_property
    def width(self) -> int:
        return int(self.model.config.d_model)  # type: ignore[union-attr, arg-type]

    @torch.no_grad()
    def encode(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        ids = self.tokenise(texts)
        mask = ids != PAD
        chunks = [
            self.model(input_ids=i, attention_mask=m.long()).last_hidden_state
            for i, m in zip(ids.split(CHUNK), mask.split(CHUNK), strict=True)
        ]
        return torch.cat(chunks) * mask[..., None], mask


class Tokeniser(Protocol):
    """Texts to padded token ids (n, l); 0 pads."""

    def __call__(self, texts: list[str]) -> Tensor: ...


@dataclass(frozen=True)
class FastTokeniser:
    """A `tokenizers` file; importing transformers' tokenizer classes would double the start-up time."""

    tokenizer: Tokenizer
    max_length: int = 64

    def __call__(self, texts: list[str]) -> Tensor:
        rows = [encoding.ids[: self.max_length] for encoding in self.tokenizer.encode_batch(texts)]
        longest = max(len(row) for row in rows)
        return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


@dataclass(frozen=True)
class HubTokeniser:
    """A transformers tokenizer of a hub T5 (pad id 0, as in every T5)."""

    tokenizer: object

    def __call__(self, texts: list[str]) -> Tensor:
        batch = self.tokenizer(texts, padding=True, truncation=True, return_tensors="pt")  # type: ignore[operator]
        return torch.as_tensor(batch["input_ids"])


def load_text_encoder(name: str = "embedded") -> T5TextEncoder:
    """The shipped encoder ("embedded"), a folder, or a hub id. Raises ValueError when it cannot be had."""
    if name == "embedded":
        return load_folder(EMBEDDED, name)
    if (Path(name) / "tokenizer.json").is_file() and not (Path(name) / "tokenizer_config.json").is_file():
        return load_folder(Path(name), name)  # as `recipe=text` writes it
    from safetensors import SafetensorError
    from transformers import AutoTokenizer, T5EncoderModel

    try:
        model, report = T5EncoderModel.from_pretrained(name, dtype=torch.float32, output_loading_info=True)
        if report["missing_keys"]:
            raise ValueError("it is no T5")
        tokenizer = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"text encoder {name!r} could not be loaded ({reason}); give a folder, a hub id or 'embedded'") from None
    return T5TextEncoder(name, model.eval(), HubTokeniser(tokenizer))


def load_folder(folder: Path, name: str) -> T5TextEncoder:
    """A T5 encoder from config.json, model.safetensors and tokenizer.json, without transformers' start-up cost."""
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    if not (folder / "model.safetensors").is_file():
        raise ValueError(f"no text encoder in {folder}; train one with `python -m oor.train recipe=text out={folder}`")
    model = new_t5(json.loads((folder / "config.json").read_text()))
    weights = {key: value.float() for key, value in load_file(folder / "model.safetensors").items()}
    model.load_state_dict({**weights, "encoder.embed_tokens.weight": weights["shared.weight"]})  # one tensor, two names
    return T5TextEncoder(name, model.eval(), FastTokeniser(Tokenizer.from_file(str(folder / "tokenizer.json"))))


def new_t5(config: dict[str, object]) -> torch.nn.Module:
    """An untrained `T5EncoderModel` of a configuration."""
    from transformers.models.t5.configuration_t5 import T5Config
    from transformers.models.t5.modeling_t5 import T5EncoderModel

    with torch.random.fork_rng(devices=[]):  # its first weights are drawn from the global generator, which is not ours to move
        model: torch.nn.Module = T5EncoderModel(T5Config(**config))
    return model


@dataclass(frozen=True)
class Condition:
    """What a relation is sampled under: a free sentence, what it is about by name (target, base, relation), and shapes.

    shapes: (2, c) descriptors of these very objects; None for the typical shapes of the categories so named.
    """

    sentence: str
    target: str
    base: str
    relation: str
    shapes: Array | None = None


def conditioning(encoder: TextEncoder, conditions: Sequence[Condition]) -> Conditioning:
    """The four texts of each condition, encoded apart and laid side by side, in the order of their segments; and the shapes."""
    shapes = np.stack([descriptors(c.target, c.base) if c.shapes is None else c.shapes for c in conditions])
    texts = zip(*((normalise_sentence(c.sentence), c.target, c.base, c.relation) for c in conditions), strict=True)
    states, masks, segments = [], [], []
    for number, column in enumerate(texts):
        place = {text: i for i, text in enumerate(dict.fromkeys(column))}
        state, mask = encoder.encode(list(place))
        rows = torch.tensor([place[text] for text in column])
        states.append(state[rows])
        masks.append(mask[rows])
        segments.append(torch.full(masks[-1].shape, number))
    state, mask, segment = (torch.cat(columns, dim=1) for columns in (states, masks, segments))
    return Conditioning(state, mask, segment, torch.from_numpy(shapes).float())


def normalise_sentence(sentence: str) -> str:
    """The form every sentence takes before it is encoded: lower case, single spaces, no punctuation."""
    return " ".join(re.sub(r"[.,;:!?\"()]", " ", sentence.lower()).split())
