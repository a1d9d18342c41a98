"""What all doors share: arguments to settings, mistakes to one sentence."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oor.doors import configuration, did_you_mean, known_numbers, number, run, split_arguments, whole_number, yes_or_no
from oor.relation import NUMBERS


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
    assert plain == {"num_samples": 8, "seed": 0, "sampler": None, "steps": None, "temperature": 1.0, "known": None,
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


@pytest.mark.parametrize("value", [-1, -1.0, 0, 0.5, 1e-300, 2, 2.0])
def test_numbers(value: float) -> None:
    assert number("n", value, -1, 2) == value and type(number("n", value, -1, 2)) is float


@pytest.mark.parametrize("value", [-1.0001, 2.0001, 3, -5, True, False, "abc", "1", None, [1], {}, math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_in_range_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^n=.* is not possible; give a number from -1 to 2$") as error:
        number("n", value, -1, 2)
    assert f"n={value} " in str(error.value)


@pytest.mark.parametrize(("word", "value"), [("true", True), ("false", False), ("True", True), ("FALSE", False)])
def test_yes_or_no(word: str, value: bool) -> None:
    given = configuration("sample", {"check": word})["check"]
    assert given is value and yes_or_no("check", given) is value


@pytest.mark.parametrize("value", [0, 1, 1.0, "true", "yes", "maybe", "", None, [True]])
def test_what_is_neither_true_nor_false_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^check=.* is not possible; give true or false$") as error:
        yes_or_no("check", value)
    assert f"check={value} " in str(error.value)


@given(st.dictionaries(st.sampled_from(NUMBERS), st.floats(allow_nan=False), min_size=1), st.sampled_from(["", " ", "  "]))
def test_known_numbers_are_read_as_they_are_written(numbers: dict[str, float], space: str) -> None:
    written = f"{space},{space}".join(f"{space}{name}{space}={space}{value!r}" for name, value in numbers.items())
    found = known_numbers(written)
    assert found == numbers and list(found) == list(numbers)


def test_known_numbers_reach_the_door_as_they_are_typed() -> None:
    written = "t_x=0.3, target_y = 1e-3"
    assert configuration("sample", {"known": written})["known"] == written
    assert known_numbers(written) == {"t_x": 0.3, "target_y": 0.001}


@pytest.mark.parametrize("text", [
    "", " ", ",", "t_x", "t_x=", "t_x=a", "t_x=0.3,", ",t_x=0.3", "t_x=0.3,,t_y=1", "t_x=0.3 t_y=1", "t_x=0.3;t_y=1", "t_x:0.3",
    "t_x=1=2", "0.3", "t_x=0,3", "[t_x=1]", "{t_x=0.3}", "t_x=0.3m",
])
def test_what_is_no_list_of_numbers_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"^known=.* is not possible; write numbers like t_x=0\.3,target_y=0\.5$") as error:
        known_numbers(text)
    assert f"known={text} " in str(error.value)


@pytest.mark.parametrize("text", ["t_x=1,t_x=2", "t_x=1,t_x=1", "t_x=1,t_y=2, t_x =3"])
def test_a_number_that_is_given_twice_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^known=.* gives t_x twice; give it once$"):
        known_numbers(text)


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
