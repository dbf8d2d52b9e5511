"""Runs of a sweep that no coordinator knows of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from isoshape import _api
from isoshape._files import fit, predict
from isoshape.sweep.flops import Counter
from isoshape.sweep.plan import Grid, Job
from isoshape.sweep.pool import run_all
from isoshape.sweep.result import table_of
from isoshape.sweep.store import Store
from isoshape.sweep.train import SweepRun, Training, train


class OwnRuns:
    """Kept in a file and fitted by the command line, so a module may cost what no transformer
    costs."""

    campaign = ""

    def __init__(
        self,
        grid: Grid,
        counter: Counter,
        training: Training,
        store: Store,
        devices: Sequence[str],
        say: Callable[[str], None],
    ) -> None:
        self.where = str(store.path)
        self._grid, self._counter, self._training = grid, counter, training
        self._store, self._devices, self._say = store, devices, say

    def ended(self) -> list[SweepRun]:
        return list(self._store.runs)

    def train(self, jobs: Sequence[Job]) -> None:
        costs = {job: self._counter.cost(job.depth, job.width) for job in jobs}
        steps = {job: self._grid.steps(job.budget, job.depth, job.width) for job in jobs}

        def work(job: Job, device: str, stop: threading.Event) -> SweepRun:
            flops = costs[job].flops_per_token
            return train(self._training, job, steps[job], flops, device, stop)

        run_all(jobs, self._devices, work, self._done)

    def fit(self) -> _api.FitLawResponse:
        return fit(self._table(), "isoflop", size="flops", quiet=True)

    def predict(self, target: float, law: str | None) -> _api.PredictShapeResponse:
        flags: dict[str, Any] = {} if law is None else {"law": law}
        return predict(self._table(), target, size="flops", quiet=True, **flags)

    def loss_of(self, size: float, tokens: int, law: str) -> _api.Estimate | None:
        flags: dict[str, Any] = {"at_size": size, "at_tokens": tokens, "law": law}
        return predict(self._table(), size="flops", quiet=True, **flags).loss

    def _table(self) -> list[dict[str, Any]]:
        return table_of(self._store.runs)

    def _done(self, run: SweepRun) -> None:
        self._store.add(run)
        self._say(str(run))
