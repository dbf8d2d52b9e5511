"""The device of this trainer: what its `ready` line says, and what a run takes of it."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from pathlib import Path
from typing import Any

from isoshape.trainer.outcome import TrainerError


def torch() -> Any:
    """PyTorch, if the trainer has imported it; else None."""
    return sys.modules.get("torch")


def framework() -> str:
    """`torch`, `jax`, `numpy` or `python`: what the trainer has imported."""
    return next((name for name in ("torch", "jax", "numpy") if name in sys.modules), "python")


class Device:
    """Where runs are trained: `kind` is `cpu` or `cuda`, one GPU of it."""

    def __init__(self, wanted: str | None = None) -> None:
        """`wanted`: `cpu`, `cuda` or `auto`; else ISOSHAPE_DEVICE. TrainerError if it is not
        there."""
        self.kind = self._choose(wanted or os.environ.get("ISOSHAPE_DEVICE") or "auto")
        self._base = 0

    @staticmethod
    def _choose(wanted: str) -> str:
        if wanted not in ("auto", "cpu", "cuda"):
            raise TrainerError(f"device {wanted!r} is unknown; use cpu, cuda or auto")
        there = False
        if wanted != "cpu":
            if (module := torch()) is not None:
                there = bool(module.cuda.is_available())
            elif "jax" in sys.modules:
                there = sys.modules["jax"].default_backend() == "gpu"
        if wanted == "cuda" and not there:
            raise TrainerError(
                f"device cuda is asked for and {framework()} sees no GPU; install its build with "
                "CUDA, or start the worker with --device cpu"
            )
        return "cuda" if there else "cpu"

    @property
    def name(self) -> str:
        """Name of the processor or GPU."""
        if self.kind == "cuda":
            if (module := torch()) is not None:
                return str(module.cuda.get_device_name(0))
            return str(sys.modules["jax"].devices()[0].device_kind)
        for line in _lines("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
        return platform.processor() or platform.machine()

    @property
    def memory_limit_bytes(self) -> int:
        """What runs may use now, bytes; 0 if nobody says."""
        if self.kind == "cuda":
            if (module := torch()) is not None:
                return int(module.cuda.mem_get_info(0)[0])
            stats = sys.modules["jax"].devices()[0].memory_stats() or {}
            return int(stats.get("bytes_limit", 0)) - int(stats.get("bytes_in_use", 0))
        free = 1024 * _kibibytes("/proc/meminfo", "MemAvailable")
        # Control groups: what is left to this one.
        most, used = _lines("/sys/fs/cgroup/memory.max"), _lines("/sys/fs/cgroup/memory.current")
        if most and used and most[0].strip().isdigit():
            free = min(free, max(0, int(most[0]) - int(used[0])))
        return free

    def begin(self) -> None:
        """A run begins: its peak of memory is counted from here."""
        if self.kind == "cuda" and (module := torch()) is not None:
            module.cuda.reset_peak_memory_stats()
            self._base = int(module.cuda.memory_allocated())
        elif self.kind == "cpu":
            with contextlib.suppress(OSError):  # then the peak is that of the process
                Path("/proc/self/clear_refs").write_text("5")
            self._base = 1024 * _kibibytes("/proc/self/status", "VmRSS")

    def peak_memory_bytes(self) -> int | None:
        """Peak of the run so far, bytes: resident (CPU) or allocated (CUDA) beyond what the
        process held before it. None if nobody says."""
        if self.kind == "cuda":
            if (module := torch()) is None:
                return None
            return max(0, int(module.cuda.max_memory_allocated()) - self._base)
        peak = 1024 * _kibibytes("/proc/self/status", "VmHWM")
        return max(0, peak - self._base) if peak else None

    def release(self) -> None:
        """A run has ended: cached memory goes back to the device."""
        if self.kind == "cuda" and (module := torch()) is not None:
            module.cuda.empty_cache()


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _kibibytes(path: str, field: str) -> int:
    """`VmRSS:   1234 kB` of a file in /proc; 0 if it is not there."""
    for line in _lines(path):
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0
