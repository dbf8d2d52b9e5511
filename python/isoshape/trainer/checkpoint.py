"""Checkpoints of a run: a file that is written under another name, flushed and renamed."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from isoshape.trainer.data import DataError
from isoshape.trainer.device import torch

SHARE = 20  # at most one in so many seconds is spent in writing


class Checkpoint:
    """What a run keeps in the folder that the worker names. Without a folder nothing is kept.

    The file is PyTorch's, read with `weights_only`; if PyTorch was not imported it is a pickle,
    which is read from the worker's own folder alone.
    """

    def __init__(
        self, folder: str, seconds: float, identity: Mapping[str, Any], keep: Callable[[], Any]
    ) -> None:
        """`identity`: what a checkpoint must be of, to be gone on from. `keep`: what the run
        itself keeps beside the states."""
        self._path = Path(folder) / "checkpoint.pt" if folder else None
        self._seconds, self._identity, self._keep = seconds, dict(identity), keep
        self._parts: tuple[Any, ...] = ()
        self._save: Callable[[], Any] | None = None
        self._written, self._cost = time.monotonic(), 0.0

    def register(
        self,
        parts: tuple[Any, ...],
        save: Callable[[], Any] | None,
        load: Callable[[Any], None] | None,
    ) -> dict[str, Any] | None:
        """Restores the states if there is a checkpoint, and returns what `keep` had kept."""
        for part in parts:
            if not (hasattr(part, "state_dict") and hasattr(part, "load_state_dict")):
                raise TypeError(
                    f"run.checkpoint takes objects with state_dict and load_state_dict, and "
                    f"{type(part).__name__} has none; use run.checkpoint(save=…, load=…)"
                )
        if (save is None) != (load is None):
            raise TypeError("run.checkpoint takes save and load together; give both")
        self._parts, self._save = parts, save
        if self._path is None or not self._path.exists():
            return None
        kept = self._read()
        if kept["identity"] != self._identity:
            raise DataError(
                f"checkpoint {self._path} is of another run: its shape, recipe, data, seed or "
                "length differ; remove it"
            )
        for part, state in zip(parts, kept["states"], strict=True):
            part.load_state_dict(state)
        if load is not None:
            load(kept["saved"])
        self._set_random(kept["random"])
        found: dict[str, Any] = kept["run"]
        return found

    @property
    def due(self) -> bool:
        """Whether it is time to write one."""
        if self._path is None or not (self._parts or self._save):
            return False
        return time.monotonic() - self._written >= max(self._seconds, SHARE * self._cost)

    def write(self) -> float:
        """Writes one, and returns the seconds that it took. A full disk costs the checkpoint and
        not the run."""
        if self._path is None or not (self._parts or self._save):
            return 0.0
        began = time.monotonic()
        content = {
            "identity": self._identity,
            "states": [part.state_dict() for part in self._parts],
            "saved": self._save() if self._save else None,
            "random": self._random(),
            "run": self._keep(),
        }
        other = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(other, "wb") as file:
                if (module := torch()) is not None:
                    module.save(content, file)
                else:
                    pickle.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(other, self._path)
        except (OSError, RuntimeError) as error:
            self.skip(str(error))
            with contextlib.suppress(OSError):
                other.unlink(missing_ok=True)
        self._written = time.monotonic()
        self._cost = self._written - began
        return self._cost

    def skip(self, why: str) -> None:
        """Writes none, and says why; the next is due as if one had been written."""
        print(f"isoshape.trainer: no checkpoint {self._path}: {why}", file=sys.stderr)
        self._written = time.monotonic()

    def _read(self) -> dict[str, Any]:
        assert self._path is not None
        try:
            with open(self._path, "rb") as file:
                if (module := torch()) is not None:
                    found = module.load(file, map_location="cpu", weights_only=True)
                else:
                    found = pickle.load(file)
        except Exception as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DataError(f"checkpoint {self._path} cannot be read: {said}; remove it") from error
        if not isinstance(found, dict) or found.keys() != _KEYS:
            raise DataError(f"checkpoint {self._path} is none of this trainer; remove it")
        return found

    @staticmethod
    def _random() -> dict[str, Any]:
        if (module := torch()) is None:
            return {}
        states = {"cpu": module.get_rng_state()}
        if module.cuda.is_initialized():
            states["cuda"] = module.cuda.get_rng_state()
        return states

    @staticmethod
    def _set_random(states: Mapping[str, Any]) -> None:
        if (module := torch()) is None:
            return
        if "cpu" in states:
            module.set_rng_state(states["cpu"])
        if "cuda" in states and module.cuda.is_available():
            module.cuda.set_rng_state(states["cuda"])


_KEYS = {"identity", "states", "saved", "random", "run"}
