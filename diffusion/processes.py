"""Several processes that train one network: torchrun starts them, each takes its rows of every batch, gradients are averaged.

Every process draws the randomness of the whole batch and works on its own rows, so any number of processes does the arithmetic of
one, up to the order of sums. The first one alone writes and prints.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType

import torch
from torch import Tensor, distributed

PATIENCE = timedelta(hours=1)  # how long the others wait while the first one measures or one is late with its data


@dataclass(frozen=True)
class Processes:
    """This process's place among those that train together."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and prints."""
        return self.rank == 0

    def rows(self, total: int) -> slice:
        """This process's part of a batch; the parts are consecutive and differ by one row at most."""
        return slice(total * self.rank // self.count, total * (self.rank + 1) // self.count)

    def share(self, total: int) -> float:
        """What a mean over this process's rows counts, so that the average over the processes is the mean over the batch."""
        rows = self.rows(total)
        return (rows.stop - rows.start) * self.count / total

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors, alike in type and device, by their means over the processes, in one exchange."""
        if self.count == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        distributed.all_reduce(flat)
        flat /= self.count
        for tensor, mean in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def agree(self, step: int, device: torch.device) -> None:
        """Raises ValueError unless all are at the same step of the training, that is, have read the same state."""
        steps = torch.zeros(self.count, dtype=torch.float64, device=device)
        steps[self.rank] = step
        self.average([steps])
        if len(set(steps.tolist())) > 1:
            raise ValueError("the processes go on from different states; give an out= folder that all of their machines share")


ALONE = Processes()


@contextmanager
def together() -> Iterator[Processes]:
    """The processes that torchrun started, each on its own GPU where there are any; without torchrun, this one alone."""
    if not distributed.is_torchelastic_launched():
        yield ALONE
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(distributed.get_node_local_rank())
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=PATIENCE)
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()


@contextmanager
def stop_request(processes: Processes) -> Iterator[threading.Event]:
    """An event that SIGINT or SIGTERM to one of several processes sets: they must stop after the same step.

    A process alone need not wait: SIGTERM interrupts it wherever it is, as Ctrl-C does.
    """
    asked = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        asked.set()
        if processes.count == 1:
            raise KeyboardInterrupt

    signals = [signal.SIGTERM] if processes.count == 1 else [signal.SIGTERM, signal.SIGINT]
    here = threading.current_thread() is threading.main_thread()  # nobody else may set handlers
    before: dict[signal.Signals, Callable[..., object] | int | None] = {}
    try:
        before = {number: signal.signal(number, interrupt) for number in signals if here}
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
