"""The two streams between a worker and a trainer, kept from everything else in the process."""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

MAX_LINE = 1 << 20  # bytes


class Channel:
    """JSON lines out, JSON lines in. Thread-safe.

    It takes file descriptors 0 and 1 away: what anybody prints, in Python or in C, goes to
    standard error, and nobody else reads the worker's lines. A child of the process has neither.
    """

    def __init__(self) -> None:
        sys.stdout.flush()
        self._out = os.dup(1)  # not inherited by programs
        self._in = os.dup(0)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115  # of the whole process
        sys.stdout = sys.stderr
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self.last_sent = time.monotonic()
        """When the last line went out, seconds of time.monotonic()."""

    def send(self, line: Mapping[str, Any]) -> None:
        """Writes a line. Numbers that are not finite become null. In a child of the process it
        does nothing. If the worker is gone, the process is told so by BrokenPipeError."""
        if os.getpid() != self._pid:
            return
        text = json.dumps(plain(line), allow_nan=False, ensure_ascii=False)
        data = text.encode("utf-8", "replace") + b"\n"
        with self._lock:
            while data:
                data = data[os.write(self._out, data) :]
            self.last_sent = time.monotonic()

    def lines(self) -> Iterator[dict[str, Any]]:
        """The objects that come in, until the input ends. What is none is said on standard
        error and passed over."""
        stream: BinaryIO
        with open(self._in, "rb") as stream:
            for line in stream:
                try:
                    found = json.loads(line)
                except ValueError:
                    found = None
                if isinstance(found, dict):
                    yield found
                elif line.strip():
                    print(f"isoshape.trainer: not understood: {line[:120]!r}", file=sys.stderr)


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers of numpy, torch and jax as Python's, none that is not
    finite."""
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return plain(float(value))
