"""Processes that take jobs: all results whoever dies, and nobody left behind."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from lifting.workers import WorkerError, work_through


@dataclass(frozen=True)
class Square:
    """Squares numbers; at -1 it fails, at `deadly` its process is killed, so often as `lives` says."""

    folder: Path
    deadly: int = -2
    lives: int = 1

    def __call__(self, number: int) -> tuple[int, int, int]:
        if number == -1:
            raise ValueError("no root")
        marks = self.folder / f"{number}"
        if number == self.deadly and len(list(self.folder.glob(f"{number}.*"))) < self.lives:
            marks.with_suffix(f".{os.getpid()}").write_text("")
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number, os.getpid(), torch.get_num_threads()


def test_one_worker_works_here_in_one_thread(tmp_path: Path) -> None:
    found = list(work_through([3, 4], Square(tmp_path), 1))
    assert found == [(3, (9, os.getpid(), 1)), (4, (16, os.getpid(), 1))]
    with pytest.raises(ValueError, match="no root"):
        list(work_through([-1], Square(tmp_path), 8))


@pytest.mark.slow
def test_a_killed_process_is_replaced_and_a_mistake_is_raised_here(tmp_path: Path) -> None:
    found = dict(work_through([1, 2, 3, 4], Square(tmp_path, deadly=2), 2))
    assert {job: result[0] for job, result in found.items()} == {1: 1, 2: 4, 3: 9, 4: 16}
    assert all(pid != os.getpid() and threads == 1 for _, pid, threads in found.values())
    with pytest.raises(ValueError, match="no root"):
        list(work_through([1, -1, 2], Square(tmp_path), 2))


@pytest.mark.slow
def test_a_job_that_always_kills_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"^2 processes died at 7 \(exit code -9\)"):
        list(work_through([1, 7], Square(tmp_path, deadly=7, lives=9), 2))
