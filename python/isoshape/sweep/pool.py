"""The devices of this machine, one run on each at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Sequence

from isoshape.sweep.plan import Job
from isoshape.sweep.train import SweepRun
from isoshape.trainer.outcome import Stopped

Work = Callable[[Job, str, threading.Event], SweepRun]


def all_devices() -> list[str]:
    """Every GPU that PyTorch sees, else the CPU."""
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [f"cuda:{number}" for number in range(count)] or ["cpu"]


def run_all(
    jobs: Iterable[Job], devices: Sequence[str], work: Work, done: Callable[[SweepRun], None]
) -> None:
    """Runs all jobs, a thread for each device, and calls `done` here for each that has ended.
    KeyboardInterrupt and what `work` raises end all, at the next step of what runs."""
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    ended: queue.SimpleQueue[SweepRun | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def loop(device: str) -> None:
        try:
            while not stop.is_set():
                ended.put(work(waiting.get_nowait(), device, stop))
        except (queue.Empty, Stopped):
            pass
        except BaseException as error:
            ended.put(error)
        ended.put(None)

    threads = [threading.Thread(target=loop, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    failed: BaseException | None = None
    left = len(threads)
    try:
        while left:
            found = ended.get()
            if found is None:
                left -= 1
            elif isinstance(found, BaseException):
                failed = failed or found
                stop.set()
            else:
                done(found)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failed is not None:
        raise failed
