"""The process that takes one run after another from a worker."""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from isoshape.trainer.channel import Channel
from isoshape.trainer.data import Corpus, DataError
from isoshape.trainer.device import Device, torch
from isoshape.trainer.order import names_of, parse_order
from isoshape.trainer.outcome import Result, Stopped, result_of
from isoshape.trainer.run import Run, Session

TICK = 0.5  # seconds
BEAT = 4.0  # seconds without a line after which the run says that it lives
STOP_PATIENCE = 2.0  # seconds that a run has to notice by itself that it is to stop


def serve(
    train: Callable[[Run], Any],
    *,
    name: str | None = None,
    device: str | None = None,
    silence_seconds: float = 600,
) -> None:
    """Trains what a worker asks for, until its input ends; the last call of a trainer.

        def train(run):
            ...
            return run.evaluate(...)

        serve(train)          # isoshape worker --trainer "python3 my_trainer.py"

    `train` builds `run.shape`, does `run.steps` steps, and returns the validation loss: what
    run.evaluate gives, a number, or a mapping of fields of the shape card. What it raises ends
    the run and not the trainer: out of memory, a loss that is not finite, a bug.

    name: of the trainer in shape cards; by default that of its file. device: `cpu`, `cuda` or
    `auto`; by default what the worker says (ISOSHAPE_DEVICE). silence_seconds: a run that for so
    long neither takes a batch nor reports is taken to hang: it says no more that it lives, and
    the worker ends the trainer.

    Call it in the main thread. Standard output belongs to the worker: whatever is printed goes to
    standard error.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        print(
            "isoshape.trainer: waits for the lines of a worker on standard input; "
            "`python -m isoshape.trainer check FILE` tries this trainer, "
            '`isoshape worker --trainer "python3 FILE"` runs it',
            file=sys.stderr,
        )
    status = _Server(train, Channel(), name, device, silence_seconds).run()
    if status:
        raise SystemExit(status)


class _Server(Session):
    """The main thread trains. One thread reads lines, another says that the run lives and
    interrupts one that does not stop by itself."""

    def __init__(
        self,
        train: Callable[[Run], Any],
        channel: Channel,
        name: str | None,
        device: str | None,
        silence_seconds: float,
    ) -> None:
        self._train, self._channel = train, channel
        self._name = name or _name_of_program()
        self._wanted_device, self._silence = device, silence_seconds
        self._orders: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._stops: set[str] = set()
        self._present = ""  # the run in hand
        self._training = False
        self._guarded = 0
        self._terminated = False
        self._alive_at = self._stop_at = time.monotonic()
        self._opened: Corpus | None = None

    def run(self) -> int:
        """The exit status: 0, or 1 if the device is lost or the worker is gone."""
        for number, handler in self._handlers().items():
            signal.signal(number, handler)
        os.register_at_fork(after_in_child=self._in_child)
        try:
            device = Device(self._wanted_device)
            self._say_ready(device)
            for work in (self._read, self._watch):
                threading.Thread(target=work, daemon=True).start()
            while (line := self._orders.get()) is not None and not self._terminated:
                if not self._do(line, device):
                    return 1
        except BrokenPipeError:
            print("isoshape.trainer: the worker is gone", file=sys.stderr)
            return 1
        return 0

    # What a run asks of it.

    @property
    def stop_asked(self) -> bool:  # type: ignore[override]
        return self._terminated or self._present in self._stops

    def corpus(self, path: str) -> Corpus:
        if self._opened is None or self._opened.path != path or self._opened.change():
            self._opened = None
            self._opened = Corpus(path)
        return self._opened

    def say(self, kind: str, **fields: Any) -> None:
        with self.uninterrupted():
            self._channel.send({"type": kind, "run": self._present, **fields})

    def alive(self) -> None:
        self._alive_at = time.monotonic()

    @contextlib.contextmanager
    def uninterrupted(self) -> Iterator[None]:
        self._guarded += 1
        try:
            yield
        finally:
            self._guarded -= 1

    # The main thread.

    def _say_ready(self, device: Device) -> None:
        self._channel.send(
            {
                "type": "ready",
                "protocol": 1,
                "trainer": self._name,
                "device": device.kind,
                "device_name": device.name,
                "memory_limit_bytes": device.memory_limit_bytes,
            }
        )

    def _do(self, line: dict[str, Any], device: Device) -> bool:
        """False if the device is lost: nothing more can be trained in this process."""
        lost = False
        for name in names_of(line) or [""]:
            self._present = name
            result = self._result(line, device)
            lost = lost or result.outcome == "device_lost"
            self._say_result(result)
            self._stops.discard(name)
        self._present = ""
        gc.collect()
        if not lost:
            device.release()
        return not lost

    def _result(self, line: Mapping[str, Any], device: Device) -> Result:
        """Trains one run. Nothing that `train` raises leaves this but what ends the process."""
        began = False
        try:
            order = parse_order(line)
            if not (order.data_path.startswith("synthetic:") or Path(order.data_path).exists()):
                raise DataError(
                    f"data {order.data_path}: it is not there; name a text file or folder"
                )
            run = Run(order, device, self)
            run.check_stop()
            self.alive()
            began = True
            try:
                self._training = True
                returned = self._train(run)
            finally:
                self._training = False
            return Result("succeeded", card=run.card(returned))
        except (BrokenPipeError, GeneratorExit):
            raise
        except SystemExit as error:
            said = f"train() called sys.exit({error.code}); raise an error instead"
            return Result("failed", said, "worker")
        except (Exception, Stopped, KeyboardInterrupt) as error:
            result = result_of(error)
            if began and result.outcome == "failed" and not isinstance(error, DataError):
                traceback.print_exc()
            _forget(error)
            return result

    def _say_result(self, result: Result) -> None:
        fields: dict[str, Any] = {"outcome": result.outcome}
        if result.error:
            fields["error"] = result.error
        if result.fault:
            fields["fault"] = result.fault
        if result.other_data:
            fields |= {"other_data": True, "data_fingerprint": result.other_data}
        if result.card:
            fields["shape_card"] = dict(result.card)
        self.say("result", **fields)

    # Signals: the main thread.

    def _handlers(self) -> dict[signal.Signals, Callable[[int, FrameType | None], None]]:
        return {
            signal.SIGTERM: self._on_term,
            signal.SIGINT: self._on_term,
            signal.SIGUSR1: self._on_interrupt,
        }

    def _in_child(self) -> None:
        """A child, such as a worker of a DataLoader, ends by signals as any process does."""
        for number in self._handlers():
            signal.signal(number, signal.SIG_DFL)

    def _on_term(self, _number: int, _frame: FrameType | None) -> None:
        self._terminated = True
        self._stop_at = time.monotonic()
        self._orders.put(None)

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._training and not self._guarded:
            raise Stopped()

    # Other threads.

    def _read(self) -> None:
        for line in self._channel.lines():
            if line.get("type") == "run":
                self._orders.put(line)
            elif line.get("type") == "stop":
                self._stop_at = time.monotonic()
                self._stops.add(str(line.get("run", "")))
        self._orders.put(None)

    def _watch(self) -> None:
        main = threading.main_thread().ident
        while True:
            time.sleep(TICK)
            if not self._present:
                continue
            now = time.monotonic()
            if self.stop_asked:
                if now - self._stop_at > STOP_PATIENCE and main is not None:
                    signal.pthread_kill(main, signal.SIGUSR1)
                continue
            lives = now - self._alive_at < self._silence
            if lives and now - self._channel.last_sent > BEAT:
                with contextlib.suppress(OSError):
                    self._channel.send({"type": "heartbeat", "run": self._present})


def _forget(error: BaseException) -> None:
    """Lets go of what the frames of an exception hold: the model and its memory."""
    chain: BaseException | None = error
    while chain is not None:
        traceback.clear_frames(chain.__traceback__)
        chain.__traceback__ = None
        chain = chain.__context__
    gc.collect()
    if (module := torch()) is not None and module.cuda.is_initialized():
        with contextlib.suppress(RuntimeError):  # of a device that is lost
            module.cuda.empty_cache()


def _name_of_program() -> str:
    """`my_trainer.py, torch 2.11.0`."""
    file = Path(sys.argv[0]).name or "python"
    module = torch()
    return f"{file}, torch {module.__version__}" if module is not None else file
