"""Questions to language models behind any server that speaks OpenAI's chat completions, and answers that are what was asked for.

An answer is a JSON object of known fields. What is none, or is refused, is asked for again, a limited number of times, and so is
what a busy server did not answer; every attempt is logged. A server that cannot be asked at all is an error, never a silence.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 529)  # statuses that may be another one soon
MOST_S = 60.0  # that is waited before the next attempt
Messages = list[dict[str, Any]]


class ChatError(ValueError):
    """A server that does not answer. passing: it may, if asked again. wait_s: how long it wants to be left alone."""

    def __init__(self, message: str, passing: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.passing, self.wait_s = passing, wait_s


class NoAnswerError(ValueError):
    """A model that was asked as often as allowed and gave no answer of the kind that was asked for."""


@dataclass(frozen=True)
class Field:
    """One field of an answer. low, high: of whole numbers. meaning: told to the model."""

    kind: Literal["boolean", "integer", "string"]
    meaning: str
    low: int | None = None
    high: int | None = None

    def complaint(self, value: Any) -> str | None:
        """What is wrong with a value; None if nothing is."""
        if type(value) is not {"boolean": bool, "integer": int, "string": str}[self.kind]:
            return f"is no {self.kind}"
        if isinstance(value, int) and self.low is not None and self.high is not None and not self.low <= int(value) <= self.high:
            return f"is not from {self.low} to {self.high}"
        return None


Fields = Mapping[str, Field]


@dataclass(frozen=True)
class Attempt:
    """One time that a model was asked. problem: why what it said was not taken; empty if it was."""

    said: str
    problem: str
    seconds: float


@dataclass(frozen=True)
class Reply:
    """An answer, and all attempts at it, of which the last one was taken."""

    answer: Mapping[str, Any]
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Chat:
    """A model behind a server. endpoint: up to the version, as in http://127.0.0.1:8000/v1.

    tries: how often one question is asked at most. pause_s: before the second time, and twice as long before each later one.
    """

    endpoint: str
    model: str
    key: str | None = None
    tries: int = 4
    timeout_s: float = 120.0
    pause_s: float = 2.0

    def ask(self, question: str, fields: Fields, pictures: Sequence[NDArray[np.uint8]] = (), log: Path | None = None) -> Reply:
        """The answer to a question about pictures (H, W, 3). log: a file that every attempt is appended to, as a line of JSON.

        ChatError where the server cannot be asked, or does not answer for as long as it is tried; NoAnswerError where the model
        gives no such answer.
        """
        shown = [{"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in pictures]
        messages: Messages = [{"role": "user", "content": [{"type": "text", "text": f"{question}\n\n{wanted(fields)}"}, *shown]}]
        attempts: list[Attempt] = []
        for number in range(self.tries):
            start, failure, answer, said = time.monotonic(), None, None, ""
            try:
                asked = self.endpoint, self.model, messages, self.key, self.timeout_s
                said = completion(*asked, response_format=as_schema(fields))
                answer, problem = read_answer(said, fields)
            except ChatError as error:
                failure, problem = error, str(error)
            attempts.append(Attempt(said, problem, round(time.monotonic() - start, 3)))
            _write(log, question, attempts[-1])
            if answer is not None:
                return Reply(answer, tuple(attempts))
            if failure is not None and not failure.passing:
                raise failure
            if failure is None:
                messages = [*messages[:1], {"role": "assistant", "content": said},
                            {"role": "user", "content": f"That cannot be read: {problem}. {wanted(fields)}"}]
            elif number + 1 < self.tries:
                time.sleep(min(max(self.pause_s * 2**number, failure.wait_s), MOST_S))
        if failure is not None:
            raise ChatError(f"{failure} (asked {self.tries} times)")
        raise NoAnswerError(f"{self.model} gave no answer that can be read in {self.tries} attempts; the last one {problem}")


def completion(url: str, model: str, messages: Messages, key: str | None = None, timeout_s: float = 120.0, **more: Any) -> str:
    """What a model says next, or the reason that it gives for not saying it. ChatError where there is no such thing."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    address = f"{url.rstrip('/')}/chat/completions"
    if not address.startswith(("http://", "https://")):
        raise ChatError(f"endpoint={url} is not a web address; give one such as http://127.0.0.1:8000/v1")
    try:
        asked = urllib.request.Request(address, json.dumps({"model": model, "messages": messages, **more}).encode(), headers)
        with urllib.request.urlopen(asked, timeout=timeout_s) as answer:
            message = json.load(answer)["choices"][0]["message"]
            said = message["content"] or message.get("refusal")
    except urllib.error.HTTPError as error:
        error.close()
        raise ChatError(f"{address} answered {error.code} {error.reason}; check model= and the key", error.code in PASSING,
                        _seconds(error.headers.get("Retry-After"))) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = " ".join(str(error).split())
        raise ChatError(f"no usable answer from {address} ({reason}); is the server running?", True) from None
    except (KeyError, IndexError, TypeError, AttributeError):
        said = None
    if not isinstance(said, str):
        raise ChatError(f"{address} does not answer like a chat completion; is it OpenAI-compatible?")
    return said


def read_answer(said: str, fields: Fields) -> tuple[dict[str, Any] | None, str]:
    """The JSON object in what a model said, if it has all fields as they should be; else None, and what is wrong with it."""
    start = said.find("{")
    try:
        answer, _ = json.JSONDecoder().raw_decode(said, start if start >= 0 else 0)
    except (ValueError, RecursionError):
        return None, "is no JSON object"
    if not isinstance(answer, dict):
        return None, "is no JSON object"
    for name, field in fields.items():
        if name not in answer:
            return None, f"lacks the field {name!r}"
        wrong = field.complaint(answer[name])
        if wrong:
            return None, f"has a field {name!r} that {wrong}"
    return {name: answer[name] for name in fields}, ""


def wanted(fields: Fields) -> str:
    """How a model is told what to answer with."""
    lines = [f'"{name}": {field.kind}, {field.meaning}' for name, field in fields.items()]
    return "Answer with one JSON object and nothing else. Its fields:\n" + "\n".join(lines)


def as_schema(fields: Fields) -> dict[str, Any]:
    """The same for servers that can hold a model to it."""
    properties = {name: {"type": field.kind, "description": field.meaning} for name, field in fields.items()}
    schema = {"type": "object", "properties": properties, "required": list(fields), "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def data_url(rgb: NDArray[np.uint8]) -> str:
    """A picture (H, W, 3) as PNG inside an address."""
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def read_key(path: Path) -> str:
    """The key that a file holds. ValueError for one that holds anything else."""
    key = path.read_text(encoding="utf-8", errors="replace").strip()
    if key.split() != [key] or not (key.isascii() and key.isprintable()):
        raise ValueError(f"key_file={path} does not hold a key; write the key and nothing else into it")
    return key


def _seconds(text: str | None) -> float:
    try:
        return max(float(text or 0), 0.0)
    except ValueError:  # a date, which few servers send
        return 0.0


def _write(log: Path | None, question: str, attempt: Attempt) -> None:
    if log is not None:
        with log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"question": question, **asdict(attempt)}) + "\n")
