"""Many items by several processes. One that is killed is replaced, and its item done again: stages are whole or absent."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

import torch

Job = TypeVar("Job")
Result = TypeVar("Result")
TRIES = 2  # a job that has cost so many processes their lives is not tried again
PATIENCE_S = 5.0  # that a process is given to end


class WorkerError(ValueError):
    """A job in which processes die without a word: mostly because memory ran out."""


def work_through(jobs: Sequence[Job], work: Callable[[Job], Result], workers: int) -> Iterator[tuple[Job, Result]]:
    """Each job and its result, as they are done. One worker works here, more are processes of their own (spawned).

    work and jobs must be picklable. What `work` raises is raised here, and then, as when the caller stops, the processes end.
    """
    if workers == 1 or len(jobs) < 2:
        with one_thread():
            for job in jobs:
                yield job, work(job)
        return
    pool = _Pool(work, list(enumerate(jobs)))
    try:
        pool.hire(min(workers, len(jobs)))
        while pool.busy:
            for number, result in pool.results():
                yield jobs[number], result
    finally:
        pool.close()


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes in one thread, so that results do not depend on how many processes share the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass
class _Worker:
    """A process, our end of the line to it, and the job it is at."""

    process: Any
    line: Connection
    number: int


class _Pool(Generic[Job, Result]):
    """Processes that take jobs from the front of a queue."""

    def __init__(self, work: Callable[[Job], Result], queue: list[tuple[int, Job]]) -> None:
        self._work, self._jobs, self._waiting = work, dict(queue), [number for number, _ in queue]
        self._lost: dict[int, int] = {}  # how many processes died in a job
        self._context = get_context("spawn")
        self.busy: list[_Worker] = []

    def hire(self, count: int) -> None:
        """Start so many processes, each with a job."""
        for _ in range(count):
            ours, theirs = self._context.Pipe()
            process = self._context.Process(target=_serve, args=(theirs, self._work), daemon=True)
            process.start()
            theirs.close()  # so that its death is heard on our end
            self._hand_out(_Worker(process, ours, -1))

    def results(self) -> Iterator[tuple[int, Result]]:
        """What has come in, after waiting for something."""
        ready = wait([worker.line for worker in self.busy])
        for worker in [worker for worker in self.busy if worker.line in ready]:
            self.busy.remove(worker)
            try:
                good, result = worker.line.recv()
            except (EOFError, ConnectionError):
                self._mourn(worker)
                continue
            number = worker.number
            self._hand_out(worker)
            if not good:
                raise result
            yield number, result

    def close(self) -> None:
        """End all processes."""
        for worker in self.busy:
            worker.process.terminate()
        for worker in self.busy:
            worker.process.join(PATIENCE_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.line.close()
        self.busy.clear()

    def _hand_out(self, worker: _Worker) -> None:
        """Give a process the next job, or let it go."""
        if not self._waiting:
            worker.line.close()
            worker.process.join(PATIENCE_S)
            return
        worker.number = self._waiting.pop(0)
        self.busy.append(worker)
        with suppress(ConnectionError):  # it is dead already, which results() will hear
            worker.line.send(self._jobs[worker.number])

    def _mourn(self, worker: _Worker) -> None:
        """A process died: its job goes first in the queue, for a new one."""
        worker.line.close()
        worker.process.join()
        self._lost[worker.number] = lost = self._lost.get(worker.number, 0) + 1
        if lost >= TRIES:
            raise WorkerError(f"{lost} processes died at {self._jobs[worker.number]} (exit code {worker.process.exitcode}); "
                              "take fewer workers, if memory ran out, and give the command again to go on")
        self._waiting.insert(0, worker.number)
        self.hire(1)


def _serve(line: Connection, work: Callable[[Any], Any]) -> None:
    """A process: do what comes over the line until it is closed. The parent alone hears Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    while True:
        try:
            job = line.recv()
        except (EOFError, ConnectionError):
            return
        try:
            answer = True, work(job)
        except Exception as error:
            error.__traceback__ = error.__cause__ = error.__context__ = None
            answer = False, error
        try:
            line.send(answer)
        except ConnectionError:
            return
