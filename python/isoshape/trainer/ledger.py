"""What a run has come to so far: the points of its curve, whether it diverges, its costs."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from isoshape.trainer.outcome import Diverged

# As trainer/run/divergence.cc and run_ledger.cc have them.
GRACE, PATIENCE = 0.2, 0.1
SPIKE = 1.2
TAIL = 20  # the card's training loss is the mean of the last one in so many steps
START_UP = 3  # steps that speeds are not measured over


@dataclass
class Progress:
    """What goes into a checkpoint."""

    first_loss: float = math.nan  # of the first report, nats per token
    above_since: int = 0  # the step at which losses rose above it; 0: not now
    tail_loss: float = 0.0
    tail_reports: int = 0
    norm_sum: float = 0.0
    norm_max: float = 0.0
    norms: int = 0
    spikes: int = 0
    seconds: float = 0.0  # of the run before this process


def numbers(values: Sequence[Any]) -> list[float]:
    """Numbers of any library as floats, with one transfer from a GPU."""
    torch = sys.modules.get("torch")
    if torch is not None and values and all(isinstance(v, torch.Tensor) for v in values):
        return [float(v) for v in torch.stack([v.reshape(()) for v in values]).double().tolist()]
    return [float(value) for value in values]


def detached(value: Any) -> Any:
    """A tensor without its graph; anything else as it is. Nothing is transferred."""
    return value.detach() if hasattr(value, "detach") else value


class Ledger:
    """Enters reports and makes measurements of them. Not thread-safe. Numbers are read from the
    device only when a measurement is made."""

    def __init__(self, steps: int, tokens_per_step: int, report_seconds: float) -> None:
        self._steps, self._tokens_per_step = steps, tokens_per_step
        self._report_seconds = report_seconds
        self.progress = Progress()
        self.last_step = 0  # of the last measurement
        self.reports = 0
        self._losses: list[Any] = []
        self._norms: list[Any] = []
        self._last_loss = 0.0
        self._began = time.monotonic()
        self._flushed = self._began
        self._pause = 0.0  # seconds of evaluations and checkpoints
        self._timed_from: tuple[int, float] | None = None
        self._timed_to = (0, 0.0)

    def begin(self, start_step: int, progress: dict[str, Any]) -> None:
        """The run goes on from a checkpoint."""
        self.last_step = start_step
        self.progress = Progress(**progress)

    def to_json(self) -> dict[str, Any]:
        """What `begin` takes."""
        return asdict(self.progress) | {"seconds": self.seconds}

    @property
    def seconds(self) -> float:
        """Since the run began, those of an earlier process with it."""
        return self.progress.seconds + time.monotonic() - self._began

    def pause(self, seconds: float) -> None:
        """So many seconds were no training."""
        self._pause += seconds

    def enter(self, train_loss: Any, gradient_norm: Any) -> None:
        """A report of one step."""
        self.reports += 1
        if train_loss is not None:
            self._losses.append(detached(train_loss))
        if gradient_norm is not None:
            self._norms.append(detached(gradient_norm))

    def due(self, step: int) -> bool:
        """Whether it is time for a measurement. The last twentieth of the steps begins with
        one, so that the card's training loss is theirs."""
        if step in (1, START_UP, self._tail_begin, self._steps):
            return True
        return time.monotonic() - self._flushed >= self._report_seconds

    @property
    def _tail_begin(self) -> int:
        return self._steps - max(1, self._steps // TAIL)

    def measure(self, step: int, extra: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """The point of the curve at `step`, and why the run has diverged or an empty text."""
        losses, norms = numbers(self._losses), numbers(self._norms)
        self._losses, self._norms = [], []
        now = time.monotonic()
        since, self._flushed = now - self._flushed, now
        point: dict[str, Any] = {"step": step, "elapsed_seconds": self.seconds, **extra}
        if losses:
            point["train_loss"] = sum(losses) / len(losses)
        if norms:
            point["gradient_norm"] = sum(norms) / len(norms)
        if since > 0 and step > self.last_step:
            point["tokens_per_second"] = (step - self.last_step) * self._tokens_per_step / since
        before, self.last_step = self.last_step, step
        self._time(step, now - self._pause)
        problem = self._enter(before, step, losses, norms)
        return point, problem

    def _time(self, step: int, now: float) -> None:
        if self._timed_from is None and (step >= START_UP or step >= self._steps):
            self._timed_from = (step, now)
        self._timed_to = (step, now)

    def _enter(self, before: int, step: int, losses: list[float], norms: list[float]) -> str:
        if not all(map(math.isfinite, losses + norms)):
            return (
                f"the loss or the gradient norm was not finite within step {before + 1} to {step}; "
                "a smaller learning rate may help"
            )
        progress = self.progress
        if norms:
            progress.norm_sum += sum(norms)
            progress.norms += len(norms)
            progress.norm_max = max(progress.norm_max, *norms)
        if not losses:
            return ""
        loss = sum(losses) / len(losses)
        if self._last_loss > 0 and max(losses) > SPIKE * self._last_loss:
            progress.spikes += 1
        self._last_loss = loss
        if step > self._tail_begin:
            progress.tail_loss += sum(losses)
            progress.tail_reports += len(losses)
        return self._rising(before, step, loss)

    def _rising(self, before: int, step: int, loss: float) -> str:
        progress = self.progress
        if math.isnan(progress.first_loss):
            progress.first_loss = loss
        if loss <= progress.first_loss:
            progress.above_since = 0
            return ""
        progress.above_since = progress.above_since or max(1, before)
        rises = step - progress.above_since >= PATIENCE * self._steps
        if step <= GRACE * self._steps or not rises:
            return ""
        return (
            f"the training loss has been above that of the first step, {progress.first_loss:.4g}, "
            f"since step {progress.above_since} and is {loss:.4g} at step {step}; a smaller "
            "learning rate may help"
        )

    def check(self, problem: str) -> None:
        """Diverged, if there is a problem."""
        if problem:
            raise Diverged(problem)

    def card(self) -> dict[str, Any]:
        """Fields of the shape card that follow from the reports and their times."""
        progress = self.progress
        card: dict[str, Any] = {"loss_spikes": progress.spikes, "wall_seconds": self.seconds}
        if progress.tail_reports:
            card["train_loss"] = progress.tail_loss / progress.tail_reports
        if progress.norms:
            card["gradient_norm_mean"] = progress.norm_sum / progress.norms
            card["gradient_norm_max"] = progress.norm_max
        if self._timed_from is not None and self._timed_to[0] > self._timed_from[0]:
            steps = self._timed_to[0] - self._timed_from[0]
            seconds = self._timed_to[1] - self._timed_from[1]
            card["timed_steps"], card["step_seconds"] = steps, seconds / steps
            card["tokens_per_second"] = self._tokens_per_step * steps / max(seconds, 1e-9)
        return card
