"""The run folder: what is up to date is left alone, what is not is made again, and nothing is ever half there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lifting.runs import ABANDONED_S, RECEIPT, Stage, digest, read_receipt, update
from oor.files import write_text

ROOT = Path(__file__).parents[2]


class Line:
    """Three stages, each of which adds a word to the text of the one before, and a record of which have worked."""

    def __init__(self) -> None:
        self.worked: list[str] = []

    def stages(self, *words: str) -> list[Stage]:
        return [self.stage(name, word, read) for name, word, read in
                zip(("first", "second", "third"), words, ((), ("first",), ("second",)), strict=False)]

    def stage(self, name: str, word: str, reads: tuple[str, ...]) -> Stage:
        def work(folders: Mapping[str, Path], out: Path) -> None:
            self.worked.append(name)
            assert list(out.iterdir()) == [] and list(folders) == list(reads)
            before = "".join((folder / "deep" / "text.txt").read_text() for folder in folders.values())
            write_text(out / "deep" / "text.txt", before + word)

        return Stage(name, work, reads, {"word": word})


def text(item: Path, stage: str = "third") -> str:
    return (item / stage / "deep" / "text.txt").read_text()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_up_to_date_is_not_done_again(tmp_path: Path) -> None:
    line = Line()
    receipts = update(tmp_path, line.stages("a", "b", "c"))
    before = files(tmp_path)
    heard: list[tuple[str, bool]] = []
    again = update(tmp_path, line.stages("a", "b", "c"), advance=lambda receipt, worked: heard.append((receipt.stage, worked)))
    assert line.worked == ["first", "second", "third"] and text(tmp_path) == "abc"
    assert again == receipts and files(tmp_path) == before
    assert heard == [("first", False), ("second", False), ("third", False)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second", "third"]


@pytest.mark.parametrize(("words", "expected"), [
    (("x", "b", "c"), ["first", "second", "third"]), (("a", "x", "c"), ["second", "third"]), (("a", "b", "x"), ["third"]),
])
def test_a_changed_setting_redoes_its_stage_and_what_follows(tmp_path: Path, words: tuple[str, ...], expected: list[str]) -> None:
    update(tmp_path, Line().stages("a", "b", "c"))
    line = Line()
    update(tmp_path, line.stages(*words))
    assert line.worked == expected and text(tmp_path) == "".join(words)
    line.worked.clear()
    update(tmp_path, line.stages(*words))
    assert line.worked == []


def test_a_new_version_of_the_code_redoes_its_stage_and_the_rest_only_if_it_writes_something_else(tmp_path: Path) -> None:
    line = Line()
    stages = line.stages("a", "b", "c")
    update(tmp_path, stages)
    line.worked.clear()
    update(tmp_path, [stages[0], replace(stages[1], version=2), stages[2]])
    assert line.worked == ["second"]


def test_one_stage_can_be_done_again_alone(tmp_path: Path) -> None:
    line = Line()
    update(tmp_path, line.stages("a", "b", "c"))
    before = files(tmp_path)
    line.worked.clear()
    update(tmp_path, line.stages("a", "b", "c"), again=["second"])
    assert line.worked == ["second"]
    assert {name for name, data in files(tmp_path).items() if data != before[name]} <= {f"second/{RECEIPT}"}  # its seconds


@pytest.mark.parametrize("damage", ["lost file", "changed file", "added file", "lost receipt", "broken receipt",
                                    "foreign receipt"])
def test_what_is_damaged_is_made_again(tmp_path: Path, damage: str) -> None:
    line = Line()
    update(tmp_path, line.stages("a", "b", "c"))
    folder = tmp_path / "second"
    {"lost file": lambda: (folder / "deep" / "text.txt").unlink(),
     "changed file": lambda: (folder / "deep" / "text.txt").write_text("zzz"),
     "added file": lambda: (folder / "note").write_text(""),
     "lost receipt": lambda: (folder / RECEIPT).unlink(),
     "broken receipt": lambda: (folder / RECEIPT).write_text((folder / RECEIPT).read_text()[:40]),
     "foreign receipt": lambda: (folder / RECEIPT).write_text("[1]")}[damage]()
    line.worked.clear()
    update(tmp_path, line.stages("a", "b", "c"))
    assert line.worked == ["second"] and text(tmp_path, "second") == "ab" and text(tmp_path) == "abc"
    assert sorted(path.name for path in folder.iterdir()) == ["deep", RECEIPT]


def test_a_receipt_says_what_was_done_and_how_long_it_took(tmp_path: Path) -> None:
    stages = Line().stages("a", "b")
    slow = replace(stages[1], work=lambda folders, out: (time.sleep(0.05), stages[1].work(folders, out))[1],
                   settings={"word": "b", "sizes": (1, 2.5)})
    first, second = update(tmp_path, [stages[0], slow])
    assert read_receipt(tmp_path / "second") == second and second.inputs == {"first": first.digest}
    assert second.settings == {"word": "b", "sizes": [1, 2.5]} and 0.05 <= second.seconds < 5
    assert json.loads((tmp_path / "second" / RECEIPT).read_text())["seconds"] == second.seconds
    assert read_receipt(tmp_path / "nothing") is None


def test_a_digest_is_of_names_and_bytes_but_not_of_the_receipt(tmp_path: Path) -> None:
    for name, content in {"a": {"x": "12", "y": "3"}, "b": {"x": "1", "y": "23"}, "c": {"x": "12", "z": "3"},
                          "d": {"x": "12", "y": "3", RECEIPT: "?"}}.items():
        for file, words in content.items():
            write_text(tmp_path / name / file, words)
    a, b, c, d = (digest(tmp_path / name) for name in "abcd")
    assert len({a, b, c}) == 3 and a == d


def test_a_stage_that_fails_leaves_nothing_and_what_was_before_it_stays(tmp_path: Path) -> None:
    stages = Line().stages("a", "b", "c")

    def fail(_: Mapping[str, Path], out: Path) -> None:
        (out / "half.txt").write_text("ha")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        update(tmp_path, [stages[0], replace(stages[1], work=fail), stages[2]])
    assert [path.name for path in tmp_path.iterdir()] == ["first"]
    line = Line()
    update(tmp_path, line.stages("a", "b", "c"))
    assert line.worked == ["second", "third"]


def test_a_failed_rework_keeps_the_old_result(tmp_path: Path) -> None:
    stages = Line().stages("a", "b")
    update(tmp_path, stages)
    before = files(tmp_path)

    def fail(_: Mapping[str, Path], out: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(tmp_path, [replace(stages[0], work=fail, settings={"word": "x"}), stages[1]])
    assert files(tmp_path) == before


KILLED = """
import os, sys
from pathlib import Path
from lifting.runs import Stage, update
def die(folders, out):
    (out / "half.txt").write_text("ha")
    os.kill(os.getpid(), 9)
update(Path(sys.argv[1]), [Stage("second", die, settings={"word": "new"})])
"""


def test_a_killed_process_leaves_what_was_there_whole(tmp_path: Path) -> None:
    update(tmp_path, [Stage("second", lambda folders, out: write_text(out / "old.txt", "old"))])
    before = files(tmp_path / "second")
    child = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False, capture_output=True)
    assert child.returncode == -9
    (left,) = (path for path in tmp_path.iterdir() if path.name != "second")
    assert left.name.startswith(".second.") and files(tmp_path / "second") == before
    update(tmp_path, [Stage("second", lambda folders, out: write_text(out / "new.txt", "new"), settings={"word": "new"})])
    assert sorted(files(tmp_path / "second")) == ["new.txt", RECEIPT] and left.is_dir()  # somebody may be at work there
    os.utime(left, (0, time.time() - ABANDONED_S - 1))
    update(tmp_path, [])
    assert [path.name for path in tmp_path.iterdir()] == ["second"]


def _write_slowly(_: Mapping[str, Path], out: Path) -> None:
    for i in range(20):
        write_text(out / f"{i:02d}.txt", "x" * 1000)
        time.sleep(0.005)


RACING = """
import sys, time
from pathlib import Path
from lifting.runs import Stage, update
from oor.files import write_text
def work(folders, out):
    for i in range(20):
        write_text(out / f"{i:02d}.txt", "x" * 1000)
        time.sleep(0.005)
print("ready", flush=True)
sys.stdin.readline()
receipts = update(Path(sys.argv[1]), [Stage("slow", work), Stage("after", work, ("slow",))])
print(*(receipt.digest for receipt in receipts))
"""


def test_two_processes_at_one_item_agree(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACING, str(tmp_path)]
    racers = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [racer.stdout.readline() for racer in racers if racer.stdout] == ["ready\n"] * 2
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    told = [racer.communicate(timeout=120)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert told[0] == told[1] and len(told[0].split()) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["after", "slow"]
    for name in ("slow", "after"):
        receipt = read_receipt(tmp_path / name)
        assert receipt is not None and receipt.digest == digest(tmp_path / name) and len(files(tmp_path / name)) == 21


def test_whoever_comes_second_finds_the_same_and_throws_its_own_away(tmp_path: Path) -> None:
    stages = Line().stages("a")

    def late(folders: Mapping[str, Path], out: Path) -> None:
        update(tmp_path, stages)  # another process, meanwhile
        stages[0].work(folders, out)

    (receipt,) = update(tmp_path, [replace(stages[0], work=late)])
    assert read_receipt(tmp_path / "first") == receipt and [path.name for path in tmp_path.iterdir()] == ["first"]


def test_a_stage_sees_only_what_it_reads(tmp_path: Path) -> None:
    seen: list[list[str]] = []
    write = Line().stages("a")[0].work
    look = Stage("look", lambda folders, out: seen.append(list(folders)), ("truth",))
    guess = Stage("guess", lambda folders, out: seen.append(list(folders)))
    update(tmp_path, [Stage("truth", write), look, guess])
    assert seen == [["truth"], []]


@pytest.mark.parametrize(("names", "reads", "said"), [
    (["a", "a"], (), "own name"), (["a", "B c"], (), "'B c'"), (["a", "../b"], (), "own name"), (["a", "b"], ("c",), "reads c"),
    (["a", "b"], ("b",), "does not come before"),
])
def test_stages_that_do_not_fit_together_are_refused(tmp_path: Path, names: list[str], reads: tuple[str, ...], said: str) -> None:
    stages = [Stage(names[0], _write_slowly), Stage(names[1], _write_slowly, reads)]
    with pytest.raises(ValueError, match=said):
        update(tmp_path / "new", stages)
    assert not (tmp_path / "new").exists()


def test_settings_must_be_plain_and_again_must_be_known(tmp_path: Path) -> None:
    for value in (object(), float("nan"), {1, 2}):
        with pytest.raises(ValueError, match="no JSON values"):
            update(tmp_path, [Stage("a", _write_slowly, settings={"x": value})])
    with pytest.raises(ValueError, match="no stage b; choose a"):
        update(tmp_path, [Stage("a", _write_slowly)], again=["b"])
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_moved_is_still_up_to_date(tmp_path: Path) -> None:
    line = Line()
    update(tmp_path / "here", line.stages("a", "b"))
    shutil.move(tmp_path / "here", tmp_path / "there")
    line.worked.clear()
    update(tmp_path / "there", line.stages("a", "b"))
    assert line.worked == []
