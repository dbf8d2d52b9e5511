"""Trainers as processes, and words to train on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from isoshape.trainer.check.orders import run_line, small_shape
from isoshape.trainer.check.process import TrainerProcess
from isoshape.trainer.check.sample_text import sample_text

HEAD = "from isoshape.trainer import Run, serve\n"
SILENCE = 120.0  # seconds; a test that waits for so long has failed


class Trainer:
    """A trainer of some lines of Python, driven as a worker does."""

    def __init__(self, folder: Path, source: str) -> None:
        self.file = folder / "trainer.py"
        self.file.write_text(HEAD + source)
        self.process = TrainerProcess([sys.executable, str(self.file)], "cpu", SILENCE)
        self.ready = self.process.start()
        self.data = folder / "words.txt"
        if not self.data.exists():
            self.data.write_bytes(sample_text(100_000))

    def order(self, run: str = "r", **more: Any) -> dict[str, Any]:
        """A run line of the smallest shape."""
        data = more.pop("data", str(self.data))
        shape = more.pop("shape", small_shape(1, 16))
        return run_line(run, shape, data, **more)

    def run(self, run: str = "r", **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The lines of a run before its result, but for heartbeats, and that."""
        self.process.send(self.order(run, **more))
        return self.result(run)

    def result(self, run: str = "r") -> tuple[list[dict[str, Any]], dict[str, Any]]:
        lines = []
        while (line := self.process.next())["type"] != "result":
            assert line["run"] == run
            if line["type"] != "heartbeat":  # may come at any time
                lines.append(line)
        return lines, line


@pytest.fixture(name="trainer")
def start_trainer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Trainer]]:
    """Starts a trainer from its source; all are ended with the test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # tests run beside one another
    started: list[Trainer] = []

    def start(source: str) -> Trainer:
        started.append(Trainer(tmp_path, source))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
