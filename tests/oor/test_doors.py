"""What all doors share: arguments to settings, mistakes to one sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from oor.doors import configuration, did_you_mean, run, split_arguments, whole_number


def test_words_pairs_and_options_are_told_apart() -> None:
    words, pairs, options = split_arguments(
        ["a mug on a table", "seed=3", "loop.steps=5", "--target-mesh", "a=b.obj", "--base-mesh=c d.obj", "out=x=y"],
        ("target-mesh", "base-mesh"))
    assert words == ["a mug on a table"]
    assert pairs == {"seed": "3", "loop.steps": "5", "out": "x=y"}
    assert options == {"target-mesh": "a=b.obj", "base-mesh": "c d.obj"}


@pytest.mark.parametrize("sentence", [
    'the "big" teapot pours into a teacup', "a mug (size = 3) on a table", "a mug = on a table", "a {mug} on ${seed} [table]",
    "teapot, teacup: pours", "~a mug on a table", "$HOME/mug on a table", "a mug's handle on a table", "a größer mug \u2603",
    "+mug on a table", "mug on table size=3", "a mug on a table\nseed=3",
])
def test_a_sentence_never_reaches_the_override_grammar(sentence: str) -> None:
    assert split_arguments([sentence, "seed=1"]) == ([sentence], {"seed": "1"}, {})


def test_an_option_without_a_value_and_an_unknown_one_are_refused() -> None:
    with pytest.raises(ValueError, match="--base-mesh needs a value"):
        split_arguments(["a", "--base-mesh"], ("base-mesh",))
    with pytest.raises(ValueError, match=r"unknown option --target-mseh; did you mean --target-mesh\?"):
        split_arguments(["--target-mseh", "x"], ("target-mesh", "base-mesh"))
    with pytest.raises(ValueError, match=r"unknown option --zzz$"):
        split_arguments(["--zzz"])


def test_suggestions() -> None:
    assert did_you_mean("sede", ["seed", "steps"]) == "; did you mean seed?"
    assert did_you_mean("zzz", ["seed", "steps"], "--") == "; there is --seed, --steps"
    assert did_you_mean("zzz", []) == ""


def test_settings_have_defaults_and_types() -> None:
    plain = configuration("sample", {})
    assert plain == {"num_samples": 8, "seed": 0, "sampler": "dpm", "steps": None, "temperature": 1.0, "known": None,
                     "check": True, "likelihood": False, "out": None, "checkpoint": None, "catalog": None}
    assert configuration("sample", {"seed": "7", "out": "null"}) == plain | {"seed": 7}
    assert configuration("evaluate", {"json": "true"})["json"] is True


@pytest.mark.parametrize("value", [
    "a b", "a'b", 'a"b', "it's \"quoted\"", "a,b", "[x] (y)", "a=b", "${seed}", "{a: b}", "a:b", "#x", "~/x", "é ü", "50%",
    " lead", "x/y/../z", "a;b", "[/b]", "[red]", "tail ", "a\tb", r"C:\runs\new", "é", r"a\'b",
])
def test_a_path_is_taken_literally(value: str) -> None:
    assert configuration("sample", {"out": value})["out"] == value
    literal = {key: value for key in ("catalog", "endpoint", "model", "key_file", "out")}
    assert configuration("catalog", literal).items() >= literal.items()


@pytest.mark.parametrize("key", ["sede", "num_sample", "hydra.run.dir", "loop.steps"])
def test_an_unknown_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=rf"unknown setting {key}="):
        configuration("sample", {key: "1"})


@pytest.mark.parametrize(("value", "expected"), [(3, 3), (3.0, 3), (1e3, 1000), (1, 1), (1000, 1000)])
def test_whole_numbers(value: Any, expected: int) -> None:
    assert whole_number("n", value, 1, 1000) == expected


@pytest.mark.parametrize("value", [0, -1, 1001, 1e9, 2.5, True, "abc", None, "3", [3], float("nan"), float("inf")])
def test_what_is_not_a_whole_number_in_range_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"n=.* is not possible; give a whole number from 1 to 1000"):
        whole_number("n", value, 1, 1000)


def failing(error: BaseException) -> Callable[[list[str]], None]:
    def main(_: list[str]) -> None:
        raise error

    return main


def test_mistakes_end_in_one_sentence(refused: Callable[..., str]) -> None:
    assert refused(failing(ValueError("bad [bold]value[/bold]\n  here"))) == "error: bad [bold]value[/bold] here\n"
    missing = refused(failing(FileNotFoundError(2, "No such file or directory", "a/b")))
    assert missing == "error: cannot use a/b: no such file or directory; choose another path\n"
    long = " ".join(["word"] * 60)
    assert refused(failing(ValueError(long))) == f"error: {long}\n"


def test_ctrl_c_ends_quietly_and_other_errors_are_shown(command: Callable[..., Any]) -> None:
    outcome = command(failing(KeyboardInterrupt()))
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "")
    with pytest.raises(ZeroDivisionError):
        command(failing(ZeroDivisionError()))


def test_a_door_gets_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(sys, "argv", ["oor", "a", "b=c"])
    run(seen.append)
    assert seen == [["a", "b=c"]]
