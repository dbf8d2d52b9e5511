"""Runs of a sweep in a file, so that a sweep that was interrupted goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isoshape.errors import FailedPrecondition
from isoshape.sweep.train import SweepRun

RUNS = "runs.jsonl"
"""In the folder of a sweep."""


class Store:
    """JSON lines: what was swept, then a run each. Appended to, never rewritten."""

    def __init__(self, folder: str | os.PathLike[str] | None, identity: Mapping[str, Any]) -> None:
        """`identity`: what a run depends on besides its shape, budget and seed. None: nothing is
        kept. FailedPrecondition if the folder holds runs of something else."""
        self.path = Path(folder) / RUNS if folder is not None else None
        self.runs: list[SweepRun] = []
        if self.path is None:
            return
        wanted = json.loads(json.dumps(identity))
        if self.path.exists():
            self._read(wanted)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._append({"sweep": wanted})

    def add(self, run: SweepRun) -> None:
        """Keeps a finished run."""
        self.runs.append(run)
        if self.path is not None:
            self._append(run.to_json())

    def _read(self, wanted: dict[str, Any]) -> None:
        assert self.path is not None
        lines = self.path.read_text(encoding="utf-8").splitlines()
        found: dict[str, Any] = {}
        try:
            found = json.loads(lines[0])["sweep"]
        except (IndexError, KeyError, ValueError, TypeError):
            raise FailedPrecondition(
                f"folder: {self.path} is no file of a sweep; name another folder"
            ) from None
        for name, value in wanted.items():
            if found.get(name) != value:
                raise FailedPrecondition(
                    f"folder: {self.path} holds runs of another sweep, whose {name} is "
                    f"{found.get(name)!r} and not {value!r}; name another folder"
                )
        for line in lines[1:]:
            try:
                self.runs.append(SweepRun(**json.loads(line)))
            except (ValueError, TypeError):
                continue  # cut off when it was written
        if lines and not self.path.read_bytes().endswith(b"\n"):
            with open(self.path, "ab") as file:
                file.write(b"\n")

    def _append(self, line: Mapping[str, Any]) -> None:
        assert self.path is not None
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
