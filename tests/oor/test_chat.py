"""Questions to a model behind a server: what is kept of its answers, how often it is asked, what is said when it is silent."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from oor.chat import Chat, ChatError, Field, NoAnswerError, as_schema, data_url, read_answer, read_key, wanted

FIELDS = {"holds": Field("boolean", "whether it holds"), "score": Field("integer", "how well", 0, 100),
          "reason": Field("string", "why")}
GOOD = {"holds": True, "score": 70, "reason": "It does."}


@dataclass
class Server:
    """Answers in order, the last one for ever: (status, body, headers), or seconds to be silent for. asked: what it was sent."""

    url: str
    answers: list[Any] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)


def says(content: Any, **more: Any) -> tuple[int, bytes, dict[str, str]]:
    text = content if content is None or isinstance(content, str) else json.dumps(content)
    return 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": text, **more}}]}).encode(), {}


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.asked.append(body | {"key": self.headers["Authorization"]})
            answer = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            if isinstance(answer, float):
                time.sleep(answer)
                return
            status, body, headers = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        found = Server(f"http://127.0.0.1:{listening.server_port}/v1")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        listening.shutdown()
        thread.join()


@pytest.fixture
def chat(server: Server) -> Chat:
    return Chat(server.url, "small", "secret", tries=3, timeout_s=5.0, pause_s=0.001)


def test_a_good_answer_is_taken_at_once(server: Server, chat: Chat, tmp_path: Path) -> None:
    server.answers = [says(GOOD)]
    picture = np.random.default_rng(0).integers(0, 255, (5, 7, 3)).astype(np.uint8)
    reply = chat.ask("Does it hold?", FIELDS, [picture], tmp_path / "chat.jsonl")
    assert reply.answer == GOOD and [attempt.problem for attempt in reply.attempts] == [""]
    (asked,) = server.asked
    assert (asked["model"], asked["key"]) == ("small", "Bearer secret") and asked["response_format"] == as_schema(FIELDS)
    ((text, image),) = [message["content"] for message in asked["messages"]]
    assert text["text"] == f"Does it hold?\n\n{wanted(FIELDS)}" and all(name in text["text"] for name in FIELDS)
    head, data = image["image_url"]["url"].split(",")
    assert head == "data:image/png;base64" and image["image_url"]["url"] == data_url(picture)
    with Image.open(io.BytesIO(base64.b64decode(data))) as seen:
        assert np.array_equal(np.asarray(seen), picture)
    (line,) = (tmp_path / "chat.jsonl").read_text().splitlines()
    assert json.loads(line)["said"] == json.dumps(GOOD) and "secret" not in line


BAD = [
    ("I would say so.", "is no JSON object"), ('{"holds": true, "score"', "is no JSON object"), ("[1, 2]", "is no JSON object"),
    ("{" * 3000, "is no JSON object"), ('{"holds": true, "score": 70}', "lacks the field 'reason'"),
    (json.dumps({**GOOD, "holds": "yes"}), "has a field 'holds' that is no boolean"),
    (json.dumps({**GOOD, "score": True}), "has a field 'score' that is no integer"),
    (json.dumps({**GOOD, "score": 101}), "has a field 'score' that is not from 0 to 100"),
    (json.dumps({**GOOD, "reason": None}), "has a field 'reason' that is no string"),
]


@pytest.mark.parametrize(("said", "problem"), BAD)
def test_what_is_wrong_with_an_answer_is_told_to_the_model(server: Server, chat: Chat, said: str, problem: str) -> None:
    assert read_answer(said, FIELDS) == (None, problem)
    server.answers = [says(said), says(GOOD)]
    reply = chat.ask("Does it hold?", FIELDS)
    assert reply.answer == GOOD and [attempt.problem for attempt in reply.attempts] == [problem, ""]
    first, again = (asked["messages"] for asked in server.asked)
    assert again[0] == first[0] and again[1] == {"role": "assistant", "content": said} and problem in again[2]["content"]


@pytest.mark.parametrize("said", [
    json.dumps(GOOD), f"```json\n{json.dumps(GOOD)}\n```", f"Well, {json.dumps(GOOD)} I think.", json.dumps({**GOOD, "more": 1}),
])
def test_an_answer_with_words_around_it_is_read(said: str) -> None:
    assert read_answer(said, FIELDS) == (GOOD, "")


def test_a_model_that_never_answers_is_asked_so_often_and_no_more(server: Server, chat: Chat, tmp_path: Path) -> None:
    server.answers = [says("Perhaps.")]
    with pytest.raises(NoAnswerError, match="small gave no answer that can be read in 3 attempts; the last one is no JSON"):
        chat.ask("Does it hold?", FIELDS, log=tmp_path / "chat.jsonl")
    assert len(server.asked) == 3 == len((tmp_path / "chat.jsonl").read_text().splitlines())


def test_a_refusal_is_no_answer(server: Server, chat: Chat) -> None:
    server.answers = [says(None, refusal="I cannot help with that.")]
    with pytest.raises(NoAnswerError):
        chat.ask("Does it hold?", FIELDS)
    assert len(server.asked) == 3 and server.asked[1]["messages"][1]["content"] == "I cannot help with that."


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: Server, chat: Chat, status: int) -> None:
    server.answers = [(status, b"{}", {}), (status, b"{}", {"Retry-After": "0"}), says(GOOD)]
    reply = chat.ask("Does it hold?", FIELDS)
    assert reply.answer == GOOD and [str(status) in attempt.problem for attempt in reply.attempts] == [True, True, False]
    assert server.asked[0]["messages"] == server.asked[2]["messages"]  # it was not the answer that was wrong
    server.answers = [(status, b"{}", {})]
    with pytest.raises(ChatError, match=rf"answered {status} .*; check model= and the key \(asked 3 times\)"):
        chat.ask("Does it hold?", FIELDS)
    assert len(server.asked) == 6


def test_a_server_is_left_alone_as_long_as_it_wants(server: Server, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("oor.chat.time.sleep", slept.append)
    server.answers = [(429, b"", {"Retry-After": "7"}), (429, b"", {"Retry-After": "999999"}),
                      (429, b"", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), (503, b"", {}), says(GOOD)]
    replace(chat, tries=5, pause_s=2.0).ask("Does it hold?", FIELDS)
    assert slept == [7.0, 60.0, 8.0, 16.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_will_not_pass_is_not_tried_again(server: Server, chat: Chat, status: int) -> None:
    server.answers = [(status, b"{}", {})]
    with pytest.raises(ChatError, match=f"answered {status} "):
        chat.ask("Does it hold?", FIELDS)
    assert len(server.asked) == 1


def test_a_silent_server_is_given_up(server: Server, chat: Chat) -> None:
    server.answers = [1.0]
    with pytest.raises(ChatError, match=r"\(timed out\); is the server running\? \(asked 2 times\)"):
        replace(chat, timeout_s=0.1, tries=2).ask("Does it hold?", FIELDS)
    assert len(server.asked) == 2


def test_no_server_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ChatError, match="is the server running") as caught:
        Chat(f"http://127.0.0.1:{port}/v1", "small", tries=2, pause_s=0.0).ask("?", FIELDS)
    assert "\n" not in str(caught.value)
    with pytest.raises(ChatError, match="endpoint=here is not a web address"):
        Chat("here", "small").ask("?", FIELDS)


@pytest.mark.parametrize("content", ["", "two words", "a\nb", "k\u00e9y", "\x00"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="does not hold a key"):
        read_key(tmp_path / "key")
    (tmp_path / "key").write_text("sk-123\n")
    assert read_key(tmp_path / "key") == "sk-123"
