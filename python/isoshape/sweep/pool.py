"""The devices of this machine, one run on each at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Sequence

from isoshape.sweep.plan import Job
from isoshape.sweep.train import SweepRun
from isoshape.trainer.outcome import Stopped

Work = Callable[[Job, str, threading.Event], SweepRun]
Done = Callable[[SweepRun], None]
Loop = Callable[[str, threading.Event, Done], None]


def all_devices() -> list[str]:
    """Every GPU that PyTorch sees, else the CPU."""
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return [f"cuda:{number}" for number in range(count)] or ["cpu"]


def run_all(jobs: Iterable[Job], devices: Sequence[str], work: Work, done: Done) -> None:
    """Runs all jobs, and calls `done` here for each that has ended, as `on_devices`."""
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)

    def loop(device: str, stop: threading.Event, ended: Done) -> None:
        while not stop.is_set():
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            ended(work(job, device, stop))

    on_devices(devices, loop, done)


def on_devices(devices: Sequence[str], loop: Loop, done: Done) -> None:
    """Calls `loop` in a thread for each device until all have returned, and `done` here for each
    run that they say has ended. KeyboardInterrupt and what a loop raises end all, at the next step
    of what runs."""
    ended: queue.SimpleQueue[SweepRun | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def guarded(device: str) -> None:
        try:
            loop(device, stop, ended.put)
        except Stopped:
            pass
        except BaseException as error:
            ended.put(error)
        ended.put(None)

    threads = [threading.Thread(target=guarded, args=(device,)) for device in devices]
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
