"""More prompts by a language model: asked under the paper's conditions (Fig. 12), and checked on what comes back.

A model is any server that speaks OpenAI's chat completions (`ServerModel`), or a causal language model of transformers that lies
in a folder or on the hub (`local_model`). Whatever it writes, only sentences that `complaint` has nothing to say about are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oor.catalog.category import categories
from oor.catalog.contexts import Context
from oor.catalog.lexicon import plural, tokenize
from oor.catalog.nouns import indefinite
from oor.chat import completion
from oor.query import parse_query

Model = Callable[[str], str]  # a request -> its answer

WORDS = 24  # a caption has no more
_ARTICLES = ("a", "an", "the")
_BULLET = re.compile(r"^\s*(?:[-*\u2022]|\d+[.):])?\s*")


@dataclass(frozen=True)
class ServerModel:
    """A chat model behind an OpenAI-compatible server. url: up to the version, as in http://127.0.0.1:8000/v1."""

    url: str
    model: str
    key: str | None = None
    timeout_s: float = 120.0

    def __call__(self, request: str) -> str:
        messages = [{"role": "user", "content": request}]
        return completion(self.url, self.model, messages, self.key, self.timeout_s, temperature=1.0)


def local_model(name: str, seed: int = 0, new_tokens: int = 768) -> Model:
    """A causal language model of transformers, by folder or hub id. ValueError when it cannot be loaded."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

    try:
        tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModelForCausalLM.from_pretrained(name)
    except (OSError, ValueError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(f"language model {name!r} could not be loaded ({reason}); give a folder or a hub id") from None
    set_seed(seed)

    def answer(request: str) -> str:
        if tokenizer.chat_template:
            told = tokenizer.apply_chat_template(
                [{"role": "user", "content": request}], add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
        else:
            told = tokenizer(request, return_tensors="pt")
        with torch.inference_mode():
            made = model.generate(**told, max_new_tokens=new_tokens, do_sample=True, pad_token_id=tokenizer.eos_token_id)
        return str(tokenizer.decode(made[0, told["input_ids"].shape[1] :], skip_special_tokens=True))

    return answer


def request_for(context: Context, count: int) -> str:
    """What a model is asked: captions of one context, under the conditions of the paper's Fig. 12."""
    return (
        f"Write {count} English captions, one per line, each for a picture of this situation: "
        f'"{indefinite(context.target)} {context.predicate} {indefinite(context.base)}".\n'
        'Every caption starts with "A", "An" or "The" and names both objects. Either may be the subject. Mix active sentences, '
        "passive sentences and noun phrases. Name no third object, add no decoration, and vary "
        "the verb only where another one says the same. Write nothing but the captions."
    )


def augmented(context: Context, model: Model, count: int, rounds: int = 4) -> tuple[list[str], dict[str, str]]:
    """Up to `count` captions that pass the check, and the rejected ones with the reason for each.

    The model is asked again, at most `rounds` times, while some are missing.
    """
    kept: dict[str, None] = {}
    rejected: dict[str, str] = {}
    for _ in range(rounds):
        for line in model(request_for(context, max(count - len(kept), 1))).splitlines():
            sentence = _BULLET.sub("", line).strip().strip('"').strip()
            if not sentence or sentence in kept:
                continue
            wrong = complaint(sentence, context)
            if wrong is None and len(kept) < count:
                kept[sentence] = None
            elif wrong is not None:
                rejected[sentence] = wrong
        if len(kept) >= count:
            break
    return list(kept), rejected


def read_captions(path: Path) -> dict[str, tuple[str, ...]]:
    """Context -> captions, from a file that `python -m oor.catalog prompts` wrote. ValueError when it is another file."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError(f"{path} is not a JSON file; write one with `python -m oor.catalog prompts`") from None
    if not isinstance(told, dict) or not all(isinstance(rows, list) and all(isinstance(x, str) for x in rows) for rows in
                                             told.values()):
        raise ValueError(f"{path} does not map contexts to lists of captions; write it with `python -m oor.catalog prompts`")
    return {name: tuple(rows) for name, rows in told.items()}


def complaint(sentence: str, context: Context) -> str | None:
    """Why a sentence is no caption of the context under the paper's conditions; None if it is one."""
    tokens = tokenize(sentence)
    if not tokens or sentence[0] not in "AT" or tokens[0] not in _ARTICLES:
        return 'it does not start with "A", "An" or "The"'
    if len(tokens) > WORDS:
        return f"it has more than {WORDS} words"
    for name in {context.target, context.base}:
        if not any(_contains(tokens, tokenize(form)) for word in categories()[name].words for form in (word, plural(word))):
            return f"it does not name the {name} by a word the catalog knows"
    try:
        query = parse_query(sentence)
    except ValueError as error:
        return str(error)
    if any("more than two objects" in warning for warning in query.warnings):
        return "it names a third object"
    if (query.target, query.base) != (context.target, context.base) or query.predicate != context.predicate:
        return f'it reads as "{query.target} {query.predicate} {query.base}"'
    return query.warnings[0] if query.warnings else None


def _contains(tokens: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(tokens[i : i + len(part)] == part for i in range(len(tokens) - len(part) + 1))
