"""The programs that tests of the Python package run against: those of ISOSHAPE_BIN."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def program(name: str) -> str:
    """The path of a program of the build; the test is skipped if it was not built."""
    path = Path(os.environ["ISOSHAPE_BIN"]) / name
    if not path.exists():
        pytest.skip(f"{path} was not built")
    return str(path)


class Coordinator:
    """A coordinator with a store of its own, at free ports that it names itself."""

    def __init__(self, folder: Path, *flags: str, http: str = "127.0.0.1:0") -> None:
        self.process = subprocess.Popen(
            [program("isoshape-coordinator"), "--db", str(folder / "test.db"),
             "--address", "127.0.0.1:0", "--http", http, *flags],
            stdout=subprocess.PIPE, text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline() + self.process.stdout.readline()
        grpc = re.search(r"listening on (\S+),", said)
        page = re.search(r"dashboard: (\S+)/", said)
        assert grpc and page, said
        self.grpc, self.url = grpc[1], page[1]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture
def coordinator(tmp_path: Path) -> Iterator[Coordinator]:
    """A coordinator of this test alone."""
    started = Coordinator(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def root() -> Path:
    """The folder of the checkout."""
    return ROOT
