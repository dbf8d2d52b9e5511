"""One run of a sweep, by a plain loop of PyTorch."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from isoshape._api import Recipe
from isoshape._message import short
from isoshape.errors import InvalidArgument, IsoshapeError
from isoshape.sweep.data import Batches
from isoshape.sweep.flops import LossOf, MakeModel, moved
from isoshape.sweep.plan import Job
from isoshape.trainer.outcome import Stopped, result_of
from isoshape.trainer.schedule import schedule_factor

_SEEDING = threading.Lock()
"""Threads have one generator on the CPU, from which weights are drawn."""

MakeOptimizer = Callable[[Any, int, int], Any]
Report = Callable[[int, float], bool]
"""Is told the steps done and the loss of the last one, nats per token; false if the run is to
end."""
CLIP = 1.0
LOOKS = 50
"""Times that a run looks at its loss, for which a GPU is waited for."""


@dataclass(frozen=True)
class SweepRun:
    """A finished run; its row in a table of runs."""

    budget: float  # FLOPs
    depth: int
    width: int
    seed: int
    verifies: bool
    params: int
    tokens: int
    flops: float  # of the whole run
    steps: int
    outcome: str  # succeeded, diverged, out_of_memory, failed
    loss: float | None  # on held-out batches, nats per target
    loss_stderr: float | None
    seconds: float
    device: str
    error: str = ""

    @property
    def job(self) -> Job:
        return Job(self.budget, self.depth, self.width, self.seed, self.verifies)

    @property
    def shape(self) -> str:
        """`4x128`."""
        return self.job.shape

    def __str__(self) -> str:
        what = f"loss {self.loss:.4f}" if self.loss is not None else f"{self.outcome}: {self.error}"
        return (
            f"{short(self.budget, 3)} FLOPs {self.shape} seed {self.seed}: {self.steps} steps, "
            f"{self.seconds:.1f} s on {self.device}, {what}"
        )

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)


@dataclass(frozen=True)
class Training:
    """What all runs have in common."""

    make_model: MakeModel
    loss_of: LossOf
    batches: Batches
    learning_rate: float
    base_width: int
    growing: Callable[[int, int], frozenset[str]]
    """Names of the parameters of a shape whose rate falls with the width."""
    make_optimizer: MakeOptimizer | None

    def optimizer(self, model: Any, depth: int, width: int) -> Any:
        """The user's, or AdamW whose rate of matrices with inputs that grow with the width is
        learning_rate x base_width / width."""
        import torch

        if self.make_optimizer is not None:
            return self.make_optimizer(model, depth, width)
        names = self.growing(depth, width)
        rates = {True: self.learning_rate * self.base_width / width, False: self.learning_rate}
        groups = [
            {
                "params": [p for name, p in model.named_parameters() if (name in names) is wide],
                "lr": rate,
            }
            for wide, rate in rates.items()
        ]
        used = [group for group in groups if group["params"]]
        return torch.optim.AdamW(used, betas=(0.9, 0.95), weight_decay=0.1)


def train(
    training: Training,
    job: Job,
    steps: int,
    flops_per_token: float,
    device: str,
    stop: threading.Event,
    report: Report | None = None,
) -> SweepRun:
    """Trains a run, and says what it came to; what it raises ends the run alone, but for what the
    coordinator or the machine is at fault for, which says nothing of the shape and is raised.
    Stopped, if `stop` is set or `report` says that it is to end."""
    began = time.monotonic()
    parameters, loss, stderr, error, outcome = 0, None, None, "", "succeeded"
    try:
        model = _begin(training, job, device)
        parameters = sum(p.numel() for p in model.parameters())
        _steps(training, model, job, steps, device, stop, report)
        loss, stderr = _evaluate(training, model, training.batches.held_out, device, stop)
        if not math.isfinite(loss):
            loss, outcome, error = None, "diverged", "the held-out loss is not finite"
    except Exception as raised:
        result = result_of(raised)
        outcome, error = result.outcome, result.error
        refused = isinstance(raised, IsoshapeError) and not isinstance(raised, InvalidArgument)
        if refused or outcome == "device_lost" or result.fault == "worker":
            raise
    tokens = steps * training.batches.tokens
    return SweepRun(
        budget=job.budget,
        depth=job.depth,
        width=job.width,
        seed=job.seed,
        verifies=job.verifies,
        params=parameters,
        tokens=tokens,
        flops=tokens * flops_per_token,
        steps=steps,
        outcome=outcome,
        loss=loss,
        loss_stderr=stderr,
        seconds=time.monotonic() - began,
        device=device,
        error=error,
    )


def _begin(training: Training, job: Job, device: str) -> Any:
    import torch

    with _SEEDING:
        torch.random.default_generator.manual_seed(job.seed)
        if device != "cpu":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(job.seed)
        return training.make_model(job.depth, job.width).to(device)


def _steps(
    training: Training,
    model: Any,
    job: Job,
    steps: int,
    device: str,
    stop: threading.Event,
    report: Report | None,
) -> None:
    """Warmup, constant rate and cooldown, as isoshape's recipes have it by default."""
    import torch

    from isoshape.trainer.outcome import Diverged

    optimizer = training.optimizer(model, job.depth, job.width)
    rates = [group["lr"] for group in optimizer.param_groups]
    model.train()
    check = max(1, steps // LOOKS)
    for step, batch in zip(range(steps), training.batches.train(job.seed), strict=False):
        if stop.is_set():
            raise Stopped()
        factor = schedule_factor(step, steps, Recipe())
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor
        loss = training.loss_of(model, moved(batch, device))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        if step % check:
            continue
        now = float(loss.detach())
        if not math.isfinite(now):
            raise Diverged(f"the loss is not finite at step {step + 1}")
        if report is not None and not report(step + 1, now):
            raise Stopped()


def _evaluate(
    training: Training, model: Any, batches: Iterable[Any], device: str, stop: threading.Event
) -> tuple[float, float | None]:
    """The mean loss over batches, and its standard error."""
    import torch

    model.eval()
    losses = []
    with torch.no_grad():
        for batch in batches:
            if stop.is_set():
                raise Stopped()
            losses.append(float(training.loss_of(model, moved(batch, device))))
    mean = sum(losses) / len(losses)
    if len(losses) < 2:
        return mean, None
    variance = sum((x - mean) ** 2 for x in losses) / (len(losses) - 1)
    return mean, math.sqrt(variance / len(losses))
