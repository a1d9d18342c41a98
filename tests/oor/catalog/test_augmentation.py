"""Captions by a language model: what is kept of them, why the others are not, and how models are asked."""

from __future__ import annotations

import gc
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch

from oor.catalog.augmentation import WORDS, ServerModel, augmented, complaint, local_model, read_captions, request_for
from oor.catalog.contexts import Context, contexts
from oor.catalog.prompts import captions

POURS = Context("teapot", "pours into", "teacup")
LEFT = Context("fork", "left of", "plate")
CUTS = Context("knife", "cuts", "apple")

GOOD = [
    (POURS, "A teapot pours into a teacup."), (POURS, "The teacup is being filled by a teapot"),
    (POURS, "A small teapot pouring hot tea into the teacup."), (POURS, "A teacup with a teapot pouring into it."),
    (POURS, "The teapots pour into the teacups."), (POURS, "An old teapot, tilted, fills the small teacup below."),
    (POURS, "A teapot pours into a cup of tea"), (LEFT, "A fork to the left of a plate."),
    (LEFT, "A plate with a fork to its left."), (LEFT, "An elegant fork lies left of the dinner plate"),
    (CUTS, "An apple is being cut by a knife."), (CUTS, "The kitchen knives cut apples."),
    (Context("book", "on", "bookshelf"), "The bookshelf supports a book."),
    (Context("plate", "stacks on", "plate"), "A plate stacked on another plate."),
    (Context("hammer", "hits", "nail"), "A nail struck by a claw hammer."),
]
BAD = [
    (POURS, "", "does not start with"), (POURS, "...", "does not start with"), (POURS, "\u00a0", "does not start with"),
    (POURS, "a teapot pours into a teacup.", 'does not start with "A", "An" or "The"'),
    (POURS, "Teapot pouring into a teacup.", "does not start"), (POURS, "Another teapot pours into a teacup.", "does not start"),
    (POURS, "Two teapots pour into a teacup.", "does not start"), (POURS, "There is a teapot filling a teacup.", "not start"),
    (POURS, "Apple tea: a teapot pours into a teacup.", "does not start with"),
    (POURS, "A teapot pours.", "does not name the teacup"), (POURS, "A kettle pours into a teacup.", "does not name the teapot"),
    (POURS, "A teapot pours into a mug.", "not name the teacup"), (POURS, "A teapott fills a teacup.", "not name the teapot"),
    (POURS, "A steaming vessel fills a teacup.", "does not name the teapot by a word the catalog knows"),
    (POURS, "A teapot pours into a teacup on a table.", "names a third object"),
    (POURS, "A teapot and a mug pour into a teacup.", "names a third object"),
    (POURS, "A teapot stands beside a teacup.", 'reads as "teapot beside teacup"'),
    (POURS, "A teacup to the left of a teapot.", 'reads as "teacup left of teapot"'),
    (POURS, "A teapot and a teacup.", "no relation recognised"), (POURS, "A teapot does not pour into a teacup.", "negation"),
    (POURS, "A teacup pours into a teapot.", "the other way round"), (LEFT, "A plate left of a fork.", 'as "plate left of fork"'),
    (LEFT, "A fork to the right of a plate.", 'reads as "fork right of plate"'),
    (CUTS, "A knife cuts bread.", "does not name the apple"), (CUTS, "The knife lies on the apple.", 'reads as "knife on apple"'),
    (CUTS, f"A {'very ' * 22}sharp knife cuts an apple.", f"more than {WORDS} words"),
    (CUTS, f"A knife cuts an apple {'and another ' * 200}", f"more than {WORDS} words"),
]


@pytest.mark.parametrize(("context", "sentence"), GOOD, ids=[sentence for _, sentence in GOOD])
def test_a_caption_is_left_alone(context: Context, sentence: str) -> None:
    assert context in contexts() and complaint(sentence, context) is None


@pytest.mark.parametrize(("context", "sentence", "says"), BAD, ids=[sentence[:60] for _, sentence, _ in BAD])
def test_what_is_no_caption_is_complained_about(context: Context, sentence: str, says: str) -> None:
    found = complaint(sentence, context)
    assert found is not None and says in found and "\n" not in found


def test_the_last_word_that_is_allowed() -> None:
    sentence = f"A {'very ' * (WORDS - 6)}sharp knife cuts an apple."
    assert len(sentence.split()) == WORDS and complaint(sentence, CUTS) is None


def test_the_catalogs_own_captions_pass() -> None:
    found = {sentence: complaint(sentence, context) for context in contexts()[::13] for sentence in captions(context, 8, 0)}
    assert {sentence: wrong for sentence, wrong in found.items() if wrong} == {}


def test_a_caption_of_one_context_is_none_of_another() -> None:
    few = contexts()[::40]
    for context in few:
        (sentence,) = captions(context, 1, 1)
        assert [other for other in few if other != context and complaint(sentence, other) is None] == []


@dataclass
class Script:
    """A model that answers what it is told to, and keeps what it was asked."""

    answers: list[str]
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: str) -> str:
        self.asked.append(request)
        return self.answers[len(self.asked) - 1]


def test_a_request_names_the_situation_the_number_and_the_conditions() -> None:
    cases = ((POURS, '"a teapot pours into a teacup"'), (Context("orange", "on", "plate"), '"an orange on a plate"'))
    for context, said in cases:
        request = request_for(context, 7)
        assert "Write 7 English captions, one per line" in request and said in request
        for condition in ('"A", "An" or "The"', "names both objects", "Name no third object", "nothing but the captions"):
            assert condition in request


def test_lines_become_sentences() -> None:
    lines = ["1. A teapot pours into a teacup.", "2) The teapot fills a teacup.", "- An old teapot pours into the teacup", "",
             "* The teacup is filled by a teapot.", "\u2022 A teapot filling a teacup",
             '  "A teacup being filled by a teapot."  ', "12: A teacup with a teapot pouring into it.", "   "]
    kept, rejected = augmented(POURS, Script(["\r\n".join(lines)]), 7)
    assert kept == ["A teapot pours into a teacup.", "The teapot fills a teacup.", "An old teapot pours into the teacup",
                    "The teacup is filled by a teapot.", "A teapot filling a teacup", "A teacup being filled by a teapot.",
                    "A teacup with a teapot pouring into it."] and rejected == {}


def test_a_model_is_asked_again_for_what_is_missing() -> None:
    model = Script(["A teapot pours into a teacup.\nHere you are!\nA teapot fills a mug.",
                    "A teapot pours into a teacup.\nThe teapot fills a teacup.\nSorry, a teapot!",
                    "A teacup being filled by a teapot.\nA teapot filling a teacup."])
    kept, rejected = augmented(POURS, model, 3)
    assert kept == ["A teapot pours into a teacup.", "The teapot fills a teacup.", "A teacup being filled by a teapot."]
    assert list(rejected) == ["Here you are!", "A teapot fills a mug.", "Sorry, a teapot!"]
    assert rejected == {sentence: complaint(sentence, POURS) for sentence in rejected}
    assert [int(re.search(r"Write (\d+) ", request)[1]) for request in model.asked] == [3, 2, 1]


@pytest.mark.parametrize("rounds", [1, 4, 6])
def test_a_model_that_cannot_do_it_is_asked_only_so_often(rounds: int) -> None:
    model = Script([f"I cannot do {i}." for i in range(9)])
    kept, rejected = augmented(POURS, model, 5, rounds)
    assert kept == [] and len(model.asked) == rounds == len(rejected)
    assert augmented(POURS, Script([""] * 4), 5) == ([], {})


def test_never_more_than_asked_for() -> None:
    every = captions(POURS, 40, 0)
    model = Script(["\n".join(every)])
    assert augmented(POURS, model, 15) == (every[:15], {}) and len(model.asked) == 1


def test_captions_are_read_as_they_were_written(tmp_path: Path) -> None:
    told = {str(POURS): captions(POURS, 3, 0), str(LEFT): [], "caf\u00e9 on table": ["A caf\u00e9."]}
    (tmp_path / "more.json").write_text(json.dumps(told), encoding="utf-8")
    assert read_captions(tmp_path / "more.json") == {name: tuple(rows) for name, rows in told.items()}
    (tmp_path / "more.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    assert read_captions(tmp_path / "more.json")["caf\u00e9 on table"] == ("A caf\u00e9.",)


@pytest.mark.parametrize("content", [b"", b"captions", b"{", b"\xff\xfe{}", b"[]", b"3", b"null", b'{"x": "A teapot."}',
                                     b'{"x": [1]}', b'{"x": [["A teapot."]]}', b'{"x": null}', b'{"x": {"A": 1}}'])
def test_another_file_is_no_file_of_captions(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "more.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"more\.json .*`python -m oor\.catalog prompts`$"):
        read_captions(tmp_path / "more.json")


@dataclass
class Server:
    """What a web server answers (status, body, declared length) and what it was asked."""

    url: str
    answer: tuple[int, bytes, int | None] = (200, b"", None)
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    """A real server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.asked.append((self.path, dict(self.headers), json.loads(body)))
            status, content, length = found.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) if length is None else length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        found = Server(f"http://127.0.0.1:{listening.server_port}/v1")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        listening.shutdown()
        thread.join()


@contextmanager
def plain_socket(answer: bytes) -> Iterator[str]:
    """The address of a server that takes one connection and says this, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        thread.join()


def chat(content: object) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


def refusal(model: Callable[[str], str]) -> str:
    """What the user reads: one sentence."""
    with pytest.raises(ValueError, match=r".") as caught:
        model("hello")
    message = str(caught.value)
    assert "\n" not in message and len(message) < 400
    return message


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("key", [None, "secret"])
def test_a_server_is_asked_as_openai_would_be(server: Server, slash: str, key: str | None) -> None:
    server.answer = (200, chat("Tea \u2603\nand more"), None)
    assert ServerModel(server.url + slash, "small", key)("write \u00e9!") == "Tea \u2603\nand more"
    ((path, headers, body),) = server.asked
    assert path == "/v1/chat/completions" and headers["Content-Type"] == "application/json"
    assert headers.get("Authorization") == (key and "Bearer secret")
    assert (body["model"], body["messages"]) == ("small", [{"role": "user", "content": "write \u00e9!"}])


def test_captions_come_through_a_server(server: Server) -> None:
    server.answer = (200, chat("1. A teapot pours into a teacup.\n2. A kettle pours into a teacup."), None)
    kept, rejected = augmented(POURS, ServerModel(server.url, "small"), 1)
    assert kept == ["A teapot pours into a teacup."] and list(rejected) == ["A kettle pours into a teacup."]
    assert [body["messages"][0]["content"] for _, _, body in server.asked] == [request_for(POURS, 1)]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_server_that_refuses_is_named_with_its_status(server: Server, status: int) -> None:
    server.answer = (status, b'{"error": "no"}', None)
    message = refusal(ServerModel(server.url, "small"))
    assert message.startswith(f"{server.url}/chat/completions answered {status} ") and "check model= and the key" in message
    gc.collect()  # a connection that was left open would say so here


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"{", b'{"choices": [', b"\xff\xfe\x00", b"data: {}\n\n"])
def test_an_answer_that_is_no_json_is_refused(server: Server, body: bytes) -> None:
    server.answer = (200, body, None)
    assert f"no usable answer from {server.url}/chat/completions (" in refusal(ServerModel(server.url, "small"))


@pytest.mark.parametrize("body", [
    b"{}", b"[]", b"null", b"3", b'"text"', b'{"choices": []}', b'{"choices": {}}', b'{"choices": [{}]}', b'{"choices": null}',
    b'{"choices": [{"message": null}]}', b'{"choices": [{"message": "text"}]}', b'{"choices": [{"text": "A"}]}',
    b'{"error": {"message": "no"}}', chat(None), chat([{"type": "text", "text": "A teapot"}]), chat(3),
], ids=lambda body: body.decode()[:40])
def test_an_answer_of_another_shape_is_refused(server: Server, body: bytes) -> None:
    server.answer = (200, body, None)
    message = refusal(ServerModel(server.url, "small"))
    assert message == f"{server.url}/chat/completions does not answer like a chat completion; is it OpenAI-compatible?"


def test_an_answer_that_breaks_off_is_refused(server: Server) -> None:
    server.answer = (200, chat("A teapot"), 4096)
    assert f"no usable answer from {server.url}/chat/completions (" in refusal(ServerModel(server.url, "small"))


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 what\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200],
    ids=["nothing", "SSH", "no status", "endless headers"],
)
def test_a_server_of_another_kind_is_refused(answer: bytes) -> None:
    with plain_socket(answer) as url:
        assert f"no usable answer from {url}/chat/completions (" in refusal(ServerModel(url, "small"))


def test_a_silent_server_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert "timed out" in refusal(ServerModel(url, "small", timeout_s=0.1))


def test_a_port_without_a_server_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    message = refusal(ServerModel(f"http://127.0.0.1:{port}/v1", "small"))
    assert message.startswith(f"no usable answer from http://127.0.0.1:{port}/v1/chat/completions (")
    assert message.endswith("is the server running?")


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000/v1", "file:///etc/passwd", "ftp://127.0.0.1/v1", "localhost", "/v1"])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert refusal(ServerModel(url, "small")).startswith(f"endpoint={url} is not a web address; give one such as http://")


@pytest.mark.parametrize(
    "url", ["http://", "http://127.0.0.1:port/v1", "http://127.0.0.1:99999/v1", "http://[::1/v1", "http://a b/v1"]
)
def test_a_web_address_that_cannot_be_is_refused(url: str) -> None:
    assert url.rstrip("/") in refusal(ServerModel(url, "small"))


WORDS_OF_IT = ["a", "an", "the", "teapot", "teacup", "pours", "into", "."]


def word_tokenizer(template: str | None = None) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(["<unk>", "</s>", *WORDS_OF_IT])}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, unk_token="<unk>", eos_token="</s>")
    tokenizer.chat_template = template
    return tokenizer


def write_gpt2(folder: Path, template: str | None = None) -> Path:
    """A GPT-2 of random weights that knows ten words."""
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {"vocab_size": 2 + len(WORDS_OF_IT), "n_positions": 512, "n_embd": 16, "n_layer": 1, "n_head": 2}
    config = GPT2Config(**sizes, bos_token_id=1, eos_token_id=1)
    model, generator = GPT2LMHeadModel(config), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)
    model.save_pretrained(folder)
    word_tokenizer(template).save_pretrained(folder)
    return folder


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's offline mode, and a failure where it is not kept."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"a test reached for the network: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("offline")
def test_a_model_in_a_folder_answers_in_its_own_words_and_as_its_seed_says(tmp_path: Path) -> None:
    folder = str(write_gpt2(tmp_path))
    first, again, other = (local_model(folder, seed, 40)("a teapot pours") for seed in (3, 3, 4))
    assert first == again != other
    for answer in (first, other):
        assert 0 < len(answer.split()) <= 40 and set(answer.split()) <= set(WORDS_OF_IT)
    kept, rejected = augmented(POURS, local_model(folder, 0, 20), 3, rounds=2)
    assert all(complaint(sentence, POURS) is None for sentence in kept) and None not in rejected.values()


TEMPLATE = "{% for message in messages %}the {{ message['content'] }} {% endfor %}{% if add_generation_prompt %}into{% endif %}"


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(("template", "read"), [(None, "a teapot"), (TEMPLATE, "the a teapot into")])
def test_a_model_reads_the_request_and_says_only_what_comes_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str | None, read: str
) -> None:
    seen: list[dict[str, Any]] = []
    tokenizer = word_tokenizer()

    def generate(_: object, input_ids: torch.Tensor, **settings: Any) -> torch.Tensor:
        seen.append({"input_ids": input_ids, **settings})
        answer = torch.tensor([[*tokenizer.encode("pours the teacup", add_special_tokens=False), 1]])
        return torch.cat([input_ids, answer], dim=1)

    monkeypatch.setattr("transformers.GPT2LMHeadModel.generate", generate)
    assert local_model(str(write_gpt2(tmp_path, template)), new_tokens=17)("a teapot") == "pours the teacup"
    assert tokenizer.decode(seen[0]["input_ids"][0]) == read
    assert (seen[0]["max_new_tokens"], seen[0]["do_sample"]) == (17, True) and bool(seen[0]["attention_mask"].all())


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("spoilt", ["everything", "config.json", "model.safetensors", "tokenizer.json"])
def test_a_model_that_cannot_be_loaded_is_refused(tmp_path: Path, spoilt: str) -> None:
    folder = tmp_path / "model"
    if spoilt != "everything":
        (write_gpt2(folder) / spoilt).write_text("{")
    with pytest.raises(ValueError, match="language model") as caught:
        local_model(str(folder))
    message = str(caught.value)
    assert repr(str(folder)) in message and message.endswith("; give a folder or a hub id") and "\n" not in message


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["nobody/nothing-here", "no such", ""])
def test_an_unknown_model_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"language model .* could not be loaded .*; give a folder or a hub id"):
        local_model(name)
