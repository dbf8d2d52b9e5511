"""A sweep from its grid to its answer, wherever its runs are trained and kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from isoshape import _api
from isoshape._message import short
from isoshape.errors import FailedPrecondition
from isoshape.sweep.flops import Counter
from isoshape.sweep.plan import Grid, Job
from isoshape.sweep.result import Prediction, Sweep
from isoshape.sweep.train import SweepRun

CHECKS = 500
"""The first seed of runs that verify a prediction: a coordinator takes a run of a shape, budget
and seed once, and a search of that budget has the seeds from 0."""


class Runs(Protocol):
    """Where runs are trained and kept, and asked what they tell."""

    where: str
    """For people: a file, or a campaign."""
    campaign: str
    """`campaigns/{id}`, or empty."""

    def ended(self) -> list[SweepRun]:
        """All that have ended, in the order in which they were asked for."""

    def train(self, jobs: Sequence[Job]) -> None:
        """Trains them to their ends, those that have ended already left out."""

    def fit(self) -> _api.FitLawResponse:
        """The optimum of each budget. FailedPrecondition if the runs do not fix them."""

    def predict(self, target: float, law: str | None) -> _api.PredictShapeResponse:
        """What is best at a compute (FLOPs), by a law or by the one that proves best.
        FailedPrecondition if the runs do not say it."""

    def loss_of(self, size: float, tokens: int, law: str) -> _api.Estimate | None:
        """The loss of a run of a size (FLOPs per token / 6), by a law."""


class Runner:
    """Trains what a grid asks for, then what checks the prediction."""

    def __init__(
        self, grid: Grid, counter: Counter, runs: Runs, say: Callable[[str], None]
    ) -> None:
        self._grid, self._counter, self._runs, self._say = grid, counter, runs, say

    def sweep(self, target: float, verify: int) -> Sweep:
        """To the end; `target` is in FLOPs, and so many seeds verify what is predicted for it.
        FailedPrecondition if no run comes to a loss."""
        known = len(self._runs.ended())
        if known:
            self._say(f"goes on after {known} runs in {self._runs.where}")
        while jobs := self._grid.jobs(self._losses()):
            # The longest first, so that no device waits long for another at the end.
            self._train(sorted(jobs, key=lambda job: -job.budget))
        if not any(run.loss is not None for run in self._runs.ended()):
            raise FailedPrecondition(self._nothing())
        notes = list(self._grid.notes)
        law, prediction, problem = None, None, ""
        try:
            law = self._runs.fit()
            prediction = self._predict(target, notes)
        except FailedPrecondition as error:
            problem = str(error)
            self._say(f"no prediction: {problem}")
        if prediction is not None:
            self._verify(prediction, verify)
        return Sweep(self._runs.ended(), law, prediction, problem, notes, self._runs.campaign)

    def _predict(self, target: float, notes: list[str]) -> Prediction:
        """By the law that predicts the largest budget best when it is left out; if none can be
        tried so, by the trend of the optima."""
        try:
            best = self._runs.predict(target, None)
        except FailedPrecondition as error:
            best = self._runs.predict(target, "isoflop")
            notes.append(f"predicted by the trend of the optima: {error}")
        size = math.nan if best.optimal_size is None else best.optimal_size.value
        if not math.isfinite(size):
            raise FailedPrecondition(
                f"the best size at {short(target, 3)} FLOPs is not known: "
                f"{best.unidentified or 'the runs do not identify it'}"
            )
        aspect = best.aspect_ratio or self._grid.options.center_aspect_ratio
        shape = self._grid.shape_of(size, aspect, target)
        if shape is None:
            raise FailedPrecondition(
                f"the best size at {short(target, 3)} FLOPs, {best.optimal_size}, has no shape "
                "within max_depth, max_width and width_multiple; allow more"
            )
        cost = self._counter.cost(*shape)
        steps = self._grid.steps(target, *shape)
        tokens = steps * self._grid.batch_tokens
        loss = best.loss
        if best.law != "isoflop":  # the others know the loss beside the optimum, too
            loss = self._runs.loss_of(cost.size, tokens, best.law)
        return Prediction(target, *shape, cost, steps, tokens, loss, best)

    def _verify(self, prediction: Prediction, seeds: int) -> None:
        job = (prediction.target, prediction.depth, prediction.width)
        losses = self._losses()
        checks = [Job(*job, CHECKS + seed, verifies=True) for seed in range(seeds)]
        missing = [check for check in checks if check not in losses]
        if not missing:
            return
        self._say(
            f"predicted for {short(prediction.target, 3)} FLOPs, before training it: "
            f"{prediction.shape}, loss {prediction.loss}; now training it with {seeds} seeds"
        )
        self._train(missing)

    def _train(self, jobs: Sequence[Job]) -> None:
        """FailedPrecondition if one of them has not ended then: it would be asked for again and
        again, as when somebody deletes the campaign meanwhile."""
        self._runs.train(jobs)
        ended = self._losses()
        if left := [job for job in jobs if job not in ended]:
            raise FailedPrecondition(
                f"{self._runs.where} has no end of {len(left)} of the {len(jobs)} runs that were "
                f"asked for; the first: {short(left[0].budget, 3)} FLOPs {left[0].shape} seed "
                f"{left[0].seed}; call it again, or name another campaign"
            )

    def _losses(self) -> dict[Job, float | None]:
        return {run.job: run.loss for run in self._runs.ended()}

    def _nothing(self) -> str:
        runs = self._runs.ended()
        if not runs:
            options = self._grid.options
            return (
                f"no shape has {options.min_steps} steps at {short(options.budgets[0], 3)} FLOPs; "
                "give larger budgets, or smaller batches"
            )
        return f"none of {len(runs)} runs has a loss; the first: {runs[0].error}"
