"""Programs of others, run beside this one: in their own folder and environment, with a time limit, and what they said kept."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lifting.refusals import NotLiftableError

# what a program says when it is its surroundings that are wrong, not the picture
SURROUNDINGS = ("ModuleNotFoundError", "ImportError", "CUDA out of memory", "OutOfMemoryError", "No CUDA GPUs", "No such file",
                "CUDA driver", "GatedRepoError", "401 Client Error", "Missing key", "unrecognized arguments")


@dataclass(frozen=True)
class Program:
    """A repository that somebody has set up for itself.

    repository: its folder. python: the interpreter of its own environment. timeout_s: after which a run is given up.
    """

    repository: str = ""
    python: str = "python"
    timeout_s: float = 1800.0

    def __post_init__(self) -> None:
        if self.timeout_s <= 0:
            raise ValueError(f"timeout_s={self.timeout_s:g} is not possible; give a number of seconds")

    def check(self, script: str, what: str, stage: str) -> None:
        """ValueError where the repository lacks the script of a stage, so that nothing is begun in vain."""
        if not self.repository or not (Path(self.repository) / script).is_file():
            where = f"{self.repository} holds no {script}" if self.repository else "no folder is given"
            raise ValueError(f"{what} is run from a clone of its repository, and {where}; give {stage}.program.repository=FOLDER "
                             f"and {stage}.program.python= of its own environment")

    def setup(self, home: str, arguments: Sequence[str], *more: str) -> tuple[str, ...]:
        """Commands that clone the repository from its home, if no folder is given, do more in it, and start it there."""
        folder = self.repository or home.rpartition("/")[2]
        clone = () if self.repository else (f"git clone {home}  # and install it as its README says, in its own environment",)
        return *clone, *(shlex.join(["cd", folder]) + " && " + line for line in (*more, shlex.join([self.python, *arguments])))

    def run(self, arguments: Sequence[str], what: str) -> None:
        """Let the interpreter work in the repository.

        NotLiftableError where it fails at what it was given or takes too long; ValueError where it cannot work here at all.
        """
        try:
            process = subprocess.Popen([self.python, *arguments], cwd=self.repository or None, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        except OSError as error:
            raise ValueError(f"{what} cannot be started with {self.python} ({(error.strerror or 'error').lower()}); give "
                             "program.python= of its own environment") from None
        with process:
            try:
                said, _ = process.communicate(timeout=self.timeout_s)
            except subprocess.TimeoutExpired:
                raise NotLiftableError(f"{what} took too long", f"{what} was not done after {self.timeout_s:g} s") from None
            finally:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)  # and with it all that it has started
        if process.returncode:
            _refuse(what, process.returncode, said)


def _refuse(what: str, code: int, said: str) -> None:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else "without a word"
    if any(sign in said for sign in SURROUNDINGS):
        raise ValueError(f"{what} cannot work here (exit code {code}: {last}); see that it runs by itself")
    raise NotLiftableError(f"{what} failed", f"{what} ended with exit code {code}: {last}")
