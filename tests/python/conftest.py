"""The programs that tests of the Python package run against: those of ISOSHAPE_BIN."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from trainer_process import start_trainer  # noqa: F401  # a fixture

import isoshape

ROOT = Path(__file__).resolve().parents[2]
BUDGETS = [1e10, 3e10, 9e10]


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
            [
                program("isoshape-coordinator"),
                "--db",
                str(folder / "test.db"),
                "--address",
                "127.0.0.1:0",
                "--http",
                http,
                *flags,
            ],
            stdout=subprocess.PIPE,
            text=True,
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


class Worker:
    """A worker with a trainer that answers at once, tests/service/fake_trainer.py."""

    def __init__(self, folder: Path, server: str, mode: str = "succeed") -> None:
        data = folder / "words.txt"
        data.write_text(" ".join(map(str, range(3000))))
        os.mkfifo(fifo := folder / "fifo")
        trainer = f"{sys.executable} {ROOT}/tests/service/fake_trainer.py {mode} {fifo}"
        self.log = folder / "worker.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    program("isoshape-worker"),
                    "--server",
                    server,
                    "--data",
                    str(data),
                    "--device",
                    "cpu",
                    "--slots",
                    "2",
                    "--trainer",
                    trainer,
                ],
                stderr=log,
            )

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


class Finished(NamedTuple):
    """A campaign `c1` in which every trial has ended."""

    coordinator: Coordinator
    iso: isoshape.Client
    campaign: isoshape.Campaign


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """A campaign that is done, for tests that only read: 3 budgets, 2 seeds."""
    folder = tmp_path_factory.mktemp("finished")
    coordinator = Coordinator(folder)
    worker = Worker(folder, coordinator.grpc)
    iso = isoshape.connect(coordinator.url)
    campaign = iso.campaigns.create("c1", budgets=BUDGETS, seeds=2)
    campaign.wait("2m")
    worker.stop()
    yield Finished(coordinator, iso, campaign)
    coordinator.stop()


@pytest.fixture
def worker(tmp_path: Path, coordinator: Coordinator) -> Iterator[Worker]:
    """A worker of `coordinator`."""
    started = Worker(tmp_path, coordinator.grpc)
    yield started
    started.stop()


@pytest.fixture
def iso(coordinator: Coordinator) -> isoshape.Client:
    """A client of `coordinator`."""
    return isoshape.connect(coordinator.url)


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
