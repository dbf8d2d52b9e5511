"""A trainer as a process, as a worker has it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

MAX_LINE = 1 << 20  # bytes


class LostError(Exception):
    """The worker would end this trainer and start another; the text says why, in one line."""


class TrainerProcess:
    """Starts a trainer, gives it lines and reads its lines. `start` may be called again."""

    def __init__(self, command: Sequence[str], device: str, timeout: float) -> None:
        """timeout: seconds that it may be silent."""
        self._command, self._timeout = list(command), timeout
        self._environment = {**os.environ, "ISOSHAPE_DEVICE": device}
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def start(self) -> dict[str, Any]:
        """Its `ready` line. LostError if that does not come first."""
        self._lines = queue.SimpleQueue()
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise LostError(f"it cannot be started: {error.strerror}: {self._command[0]}") from None
        threading.Thread(target=self._read, args=(self._process, self._lines), daemon=True).start()
        line = self.next()
        if line.get("type") != "ready":
            raise LostError(f"its first line does not say ready: {_short(line)}")
        if line.get("protocol") != 1:
            raise LostError(f"it speaks protocol {line.get('protocol')!r}, not 1")
        if line.get("device") not in ("cpu", "cuda"):
            raise LostError(f"its device is {line.get('device')!r}, not cpu or cuda")
        return line

    def send(self, line: Mapping[str, Any]) -> None:
        """LostError if it has ended."""
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise LostError(f"it ended: {self._ending()}") from None

    def next(self) -> dict[str, Any]:
        """Its next line. LostError if it is silent, ends, or prints what is not of the protocol."""
        try:
            text = self._lines.get(timeout=self._timeout)
        except queue.Empty:
            raise LostError(
                f"it was silent for {self._timeout:g} s; send heartbeats while it works on "
                "something without measurements"
            ) from None
        if text is None:
            raise LostError(f"it ended: {self._ending()}")
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict) or len(text) > MAX_LINE:
            said = text[:80].decode(errors="replace")
            raise LostError(
                f"it printed a line that is not of the protocol: {said!r}; "
                "standard output belongs to the worker: `out, sys.stdout = sys.stdout, sys.stderr` "
                "before anything prints, or isoshape.trainer.serve"
            )
        return line

    def end_input(self, patience: float) -> str:
        """Closes its input and says how it ended: `exit code 0`."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        return self._wait(patience, "after the end of its input")

    def terminate(self, patience: float) -> tuple[str, float]:
        """Sends SIGTERM; how it ended, and after how many seconds."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        return self._wait(patience, "after SIGTERM"), time.monotonic() - began

    def kill(self) -> None:
        """Ends it and what it has left in its process group."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait(self, patience: float, when: str) -> str:
        assert self._process is not None
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"it did not end {patience:g} s {when}"
        return self._ending()

    def _ending(self) -> str:
        assert self._process is not None
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return "it closed its output and lives on"
        if code < 0:
            return f"signal {signal.Signals(-code).name}"
        return f"exit code {code}"

    @staticmethod
    def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)


def _short(line: Mapping[str, Any]) -> str:
    text = json.dumps(line)
    return text if len(text) <= 80 else text[:79] + "…"
