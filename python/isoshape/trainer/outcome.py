"""How a run ends, and whose fault it is (docs/trainer-protocol.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from isoshape.trainer.data import DataError


class Stopped(BaseException):
    """The worker told this run to end. No `except Exception` of a trainer swallows it."""


class Diverged(Exception):
    """The loss left the numbers or rose for long: a result about the shape."""


class TrainerError(Exception):
    """The trainer does not do what a run asks of it. Says nothing of the shape, so the trial
    goes back to the coordinator."""


class OtherData(DataError):
    """The data are not those that the run asks for."""

    def __init__(self, what: str, fingerprint: str) -> None:
        super().__init__(what)
        self.fingerprint = fingerprint


@dataclass(frozen=True)
class Result:
    """The last line of a run."""

    outcome: str
    """`succeeded`, `diverged`, `stopped`, `out_of_memory`, `device_lost` or `failed`."""
    error: str = ""  # one line
    fault: str = ""
    """Of a run that failed: `worker`, `trial`, or empty if that is not known."""
    other_data: str = ""  # the fingerprint of the data, if they are others
    card: Mapping[str, Any] = field(default_factory=dict)


# Bugs of the trainer, and what is missing on this machine: they say nothing of
# the shape, and a campaign must not lose its trials to them.
_WORKERS_FAULTS = (TrainerError, OSError, ImportError, NameError, AttributeError, TypeError)
# A shape or recipe that the trainer refuses.
_TRIALS_FAULTS = (ValueError, NotImplementedError)

_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "RESOURCE_EXHAUSTED",
    "cudaErrorMemoryAllocation",
    "_STATUS_ALLOC_FAILED",
)
_DEVICE_LOST = (
    "CUDA error",
    "CUDNN_STATUS_EXECUTION_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR",
    "CUDA_ERROR_ILLEGAL_ADDRESS",
    "CUDA_ERROR_LAUNCH_FAILED",
)


def one_line(text: str) -> str:
    """A text without line breaks and control characters, at most 400 characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 400 else line[:399] + "…"


def described(error: BaseException) -> str:
    """An exception as a line: the class, unless it is of this package, and what it says."""
    said = str(error)
    if isinstance(error, Diverged | TrainerError | DataError):
        return one_line(said)
    name = type(error).__name__
    return one_line(f"{name}: {said}" if said else name)


def result_of(error: BaseException) -> Result:
    """What a run that ended by an exception has come to. Other libraries' classes are known by
    their names, as none of them is imported here."""
    if isinstance(error, Stopped):
        return Result("stopped")
    if isinstance(error, Diverged):
        return Result("diverged", described(error))
    names = {each.__name__ for each in type(error).__mro__}
    said = str(error)
    if isinstance(error, MemoryError) or "OutOfMemoryError" in names:
        return Result("out_of_memory", described(error))
    if isinstance(error, RuntimeError):
        if any(phrase in said for phrase in _NO_MEMORY):
            return Result("out_of_memory", described(error))
        if "AcceleratorError" in names or any(phrase in said for phrase in _DEVICE_LOST):
            what = f"the device failed: {said.splitlines()[0]}; another trainer must be started"
            return Result("device_lost", one_line(what), "worker")
    other = error.fingerprint if isinstance(error, OtherData) else ""
    fault = (
        "worker"
        if isinstance(error, _WORKERS_FAULTS)
        else "trial"
        if isinstance(error, _TRIALS_FAULTS)
        else ""
    )
    return Result("failed", described(error), fault, other)
