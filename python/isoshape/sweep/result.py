"""What a sweep came to, printed as `isoshape demo` does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isoshape import _api
from isoshape._files import FileFigure, figure
from isoshape._message import plain, short
from isoshape._programs import run as run_program
from isoshape.errors import FailedPrecondition
from isoshape.sweep.flops import Cost
from isoshape.sweep.train import SweepRun

SHOWN = 3
"""Shapes of each budget that are printed."""


def table_of(runs: Sequence[SweepRun]) -> list[dict[str, Any]]:
    """Rows for fits: the runs that have a loss, but for those that verify a prediction."""
    names = ("params", "tokens", "flops", "loss", "width", "depth", "budget", "seed")
    return [
        {name: getattr(run, name) for name in names}
        for run in runs
        if run.loss is not None and not run.verifies
    ]


@dataclass(frozen=True)
class Prediction:
    """The best shape of the factory at a compute that nothing was trained at."""

    target: float  # FLOPs
    depth: int
    width: int
    cost: Cost
    steps: int
    tokens: int
    loss: Any  # Estimate: of a run of this shape on these tokens
    best: _api.PredictShapeResponse
    """What the law says of the optimum; its `shape` is of a transformer of isoshape's own."""

    @property
    def shape(self) -> str:
        """`4x128`."""
        return f"{self.depth}x{self.width}"


@dataclass(frozen=True)
class Sweep:
    """A sweep that is done: `print(sweep)` says it all."""

    runs: Sequence[SweepRun]
    """All of them, those that came to nothing too."""
    fit: _api.FitLawResponse | None
    """The optimum of each budget and its growth; None if the runs do not fix them."""
    prediction: Prediction | None
    """None if the runs do not say what is best at the target; `problem` says why."""
    problem: str
    notes: Sequence[str]
    """What became of each budget, and of the prediction."""
    campaign: str = ""
    """`campaigns/{id}` of its coordinator; empty if it was planned without one."""

    @property
    def depth(self) -> int:
        """Of the best shape at the target. FailedPrecondition if the runs do not say it."""
        return self._predicted().depth

    @property
    def width(self) -> int:
        """Of the best shape at the target. FailedPrecondition if the runs do not say it."""
        return self._predicted().width

    def _predicted(self) -> Prediction:
        if self.prediction is None:
            raise FailedPrecondition(self.problem)
        return self.prediction

    @property
    def table(self) -> list[dict[str, Any]]:
        """The runs that the fits rest on, for isoshape.fit, isoshape.predict or a frame."""
        return table_of(self.runs)

    def figure(self, kind: str = "isoflop", **flags: Any) -> FileFigure:
        """A figure of the runs, which a notebook shows."""
        return figure(self.table, kind, **{"size": "flops", **flags})

    def __str__(self) -> str:
        parts = [
            "Best shapes, by budget and loss",
            self._best(),
            "Optimum of each isoFLOP curve, and its growth with compute",
            _law(self.table) if self.fit is not None else f"  {self.problem}",
        ]
        if self.prediction is None:
            parts += ["No best shape is predicted", f"  {self.problem}"]
        else:
            parts += [
                f"The best shape at {short(self.prediction.best.extrapolation, 3)} times the "
                "largest budget, predicted before it was trained",
                _predicted(self.prediction),
            ]
            if check := _checked(self.prediction, self.runs):
                parts += ["What training that shape gave", check]
        if self.notes:
            parts += ["Notes", "\n".join(f"  {note}" for note in self.notes)]
        return "\n".join(
            f"{text}" if number % 2 == 0 else f"{text}\n" for number, text in enumerate(parts)
        ).rstrip()

    def _best(self) -> str:
        rows = [("BUDGET", "SHAPE", "ASPECT", "SIZE", "PARAMETERS", "TOKENS", "LOSS")]
        for budget in sorted({run.budget for run in self.runs if not run.verifies}):
            shapes: dict[str, list[SweepRun]] = {}
            for run in self.runs:
                if run.budget == budget and run.loss is not None and not run.verifies:
                    shapes.setdefault(run.shape, []).append(run)
            ranked = sorted(shapes.values(), key=_mean)
            for same in ranked[:SHOWN]:
                first = same[0]
                size = first.flops / first.tokens / 6
                rows.append(
                    (
                        short(budget, 3),
                        first.shape,
                        short(first.width / first.depth, 3),
                        short(size, 3),
                        short(first.params, 3),
                        short(first.tokens, 3),
                        f"{_mean(same):.4f}",
                    )
                )
        return _columns(rows)


def _predicted(found: Prediction) -> str:
    best = found.best
    lines = [
        ("target", f"{short(found.target, 3)} FLOPs"),
        ("best shape", f"{found.shape}: depth {found.depth}, width {found.width}"),
        ("parameters", f"{found.cost.parameters:,}"),
        ("size", f"{short(found.cost.size, 4)} (FLOPs per token / 6)"),
        ("tokens", f"{found.tokens:,} in {found.steps:,} steps"),
        ("optimal size", str(best.optimal_size)),
        ("loss of a run", str(found.loss)),
        ("law", f"{best.law}; {best.method}"),
        *(("warning", warning) for warning in best.warnings),
    ]
    return "\n".join(f"  {name:<14} {text}" for name, text in lines)


def _checked(found: Prediction, runs: Sequence[SweepRun]) -> str:
    job = (found.target, found.depth, found.width)
    losses = [run.loss for run in runs if run.verifies and run.job[:3] == job and run.loss]
    if not losses or found.loss is None:
        return ""
    lower, upper = found.loss.lower, found.loss.upper
    within = [None not in (lower, upper) and lower <= loss <= upper for loss in losses]
    said = " ".join(
        f"{loss:.4f} ({'inside' if inside else 'outside'})"
        for loss, inside in zip(losses, within, strict=True)
    )
    return (
        f"  predicted  {found.loss}\n  measured   {said}\n"
        f"  {sum(within)} of {len(losses)} seeds inside the interval"
    )


def _law(table: list[dict[str, Any]]) -> str:
    """As the command line prints it."""
    rows = json.dumps(plain(table)).encode()
    said, _ = run_program(["fit", "--input=-", "--law=isoflop", "--size=flops"], rows)
    return said.decode().rstrip()


def _mean(runs: Sequence[SweepRun]) -> float:
    losses = [run.loss for run in runs if run.loss is not None]
    return sum(losses) / len(losses)


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
