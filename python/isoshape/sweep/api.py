"""`isoshape.sweep`: from a factory of models and data to the best depth and width."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from isoshape._files import fit, predict
from isoshape._programs import program
from isoshape._quantities import quantity
from isoshape.errors import FailedPrecondition, InvalidArgument
from isoshape.sweep.data import Batches, Data, default_loss, target_tokens
from isoshape.sweep.flops import Counter, LossOf, MakeModel
from isoshape.sweep.plan import Grid, GridOptions, Job
from isoshape.sweep.pool import all_devices, run_all
from isoshape.sweep.result import Prediction, Sweep, table_of
from isoshape.sweep.store import Store
from isoshape.sweep.train import MakeOptimizer, SweepRun, Training, train

TARGET = 3.0
"""The target, in largest budgets, if none is given."""


def sweep(
    model: MakeModel,
    data: Data,
    budgets: Sequence[float | str],
    *,
    loss: LossOf = default_loss,
    validation: Iterable[Any] | None = None,
    tokens: Callable[[Any], int] = target_tokens,
    target: float | str | None = None,
    verify: int = 2,
    learning_rate: float = 0.003,
    base_width: int = 64,
    optimizer: MakeOptimizer | None = None,
    seeds: int = 1,
    sizes: int = 5,
    aspect_ratios: int = 3,
    center_aspect_ratio: float = 16.0,
    max_depth: int = 64,
    max_width: int = 8192,
    width_multiple: int = 16,
    devices: Sequence[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    quiet: bool = False,
) -> Sweep:
    """Trains models of many shapes at fixed training FLOPs, fits how the best size grows, and
    predicts the best depth and width at more.

        result = isoshape.sweep(model=make_model, data=batches, budgets=[1e11, 3e11, 9e11])
        print(result); make_model(result.depth, result.width)

    model: make_model(depth, width) returns a torch.nn.Module. data: batches, a list or a
    DataLoader, or a function of a seed that returns one; they are gone over again as often as a
    run needs. budgets: training FLOPs of a run, three or more. FLOPs are counted by PyTorch's own
    counter over one forward and backward pass.

    loss: of a model and a batch, the mean in nats for a token; by default the cross entropy of
    model(inputs) for pairs of inputs and targets. tokens: of a batch; by default as many as it has
    targets (of images: images). validation: batches to measure losses on; by default the first
    sixteen of the data, which are then not trained on. target: FLOPs to predict for; by default
    three times the largest budget. verify: seeds that train the predicted shape; 0: none.

    learning_rate: AdamW's at base_width, after a warmup and before a cooldown; that of matrices
    whose inputs grow with the width is multiplied by base_width / width. optimizer: of a model, its
    depth and width, instead. seeds: of each shape. sizes, aspect_ratios: of the grid of each
    budget. width_multiple: widths are multiples of it. devices: `cuda:0`, `cpu`; by default every
    GPU, else the CPU; a run on each at a time. folder: keeps finished runs in `runs.jsonl`; the
    same call goes on from there.

    InvalidArgument, FailedPrecondition and NotFound have what is wrong and the remedy;
    KeyboardInterrupt ends it at the next step, and finished runs are kept.
    """
    program("isoshape")  # before anything is trained: fits need it
    levels = _levels(budgets)
    batches = Batches(data, validation, tokens)
    counter = Counter(model, loss, batches.example, batches.tokens)
    counter.check_growth(width_multiple)
    options = GridOptions(
        budgets=levels,
        seeds=seeds,
        sizes=sizes,
        aspect_ratios=aspect_ratios,
        center_aspect_ratio=center_aspect_ratio,
        max_depth=max_depth,
        max_width=max_width,
        width_multiple=width_multiple,
    )
    training = Training(model, loss, batches, learning_rate, base_width, counter.growing, optimizer)
    identity = {
        "flops_per_token": counter.cost(2, 2 * width_multiple).flops_per_token,
        "parameters": counter.cost(2, 2 * width_multiple).parameters,
        "tokens_per_step": batches.tokens,
        "learning_rate": learning_rate,
        "base_width": base_width,
    }
    runner = _Runner(
        Grid(options, counter, batches.tokens),
        counter,
        training,
        Store(folder, identity),
        list(devices or all_devices()),
        quiet,
    )
    return runner.sweep(
        levels, TARGET * levels[-1] if target is None else quantity(target, "target"), verify
    )


def _levels(budgets: Sequence[float | str]) -> list[float]:
    levels = sorted({quantity(budget, "budgets") for budget in budgets})
    if len(levels) < 3:
        raise InvalidArgument(
            f"budgets: {len(levels)} are too few to see growth; give three or more different ones"
        )
    if levels[0] <= 0:
        raise InvalidArgument(f"budgets: {levels[0]:g} is no compute; give FLOPs above 0")
    return levels


class _Runner:
    """Runs what the grid asks for, then what checks the prediction."""

    def __init__(
        self,
        grid: Grid,
        counter: Counter,
        training: Training,
        store: Store,
        devices: list[str],
        quiet: bool,
    ) -> None:
        self._grid, self._counter, self._training = grid, counter, training
        self._store, self._devices, self._quiet = store, devices, quiet

    def sweep(self, budgets: Sequence[float], target: float, verify: int) -> Sweep:
        known = len(self._store.runs)
        if known:
            self._say(f"goes on after {known} runs in {self._store.path}")
        while jobs := self._grid.jobs(self._losses()):
            self._run(jobs)
        notes = list(self._grid.notes)
        table = table_of(self._store.runs)
        if not table:
            raise FailedPrecondition(self._nothing(budgets))
        law, prediction, problem = None, None, ""
        try:
            law = fit(table, "isoflop", size="flops", quiet=True)
            prediction = self._predict(table, target, notes)
        except FailedPrecondition as error:
            problem = str(error)
            self._say(f"no prediction: {problem}")
        if prediction is not None:
            self._verify(prediction, verify)
        return Sweep(list(self._store.runs), law, prediction, problem, notes)

    def _verify(self, prediction: Prediction, seeds: int) -> None:
        self._say(
            f"predicted for {prediction.target:.3g} FLOPs, before training it: {prediction.shape}, "
            f"loss {prediction.loss}; now training it with {seeds} seeds"
        )
        job = (prediction.target, prediction.depth, prediction.width)
        checks = [Job(*job, seed, verifies=True) for seed in range(seeds)]
        self._run([check for check in checks if check not in self._losses()])

    def _predict(self, table: list[dict[str, Any]], target: float, notes: list[str]) -> Prediction:
        """By the law that predicts the largest budget best when it is left out; if none can be
        tried so, by the trend of the optima."""
        try:
            best = predict(table, target, size="flops", quiet=True)
        except FailedPrecondition as error:
            best = predict(table, target, law="isoflop", size="flops", quiet=True)
            notes.append(f"predicted by the trend of the optima: {error}")
        assert best.optimal_size is not None
        aspect = best.aspect_ratio or self._grid.options.center_aspect_ratio
        shape = self._grid.shape_of(best.optimal_size.value, aspect, target)
        if shape is None:
            raise FailedPrecondition(
                f"the best size at {target:.3g} FLOPs, {best.optimal_size}, has no shape within "
                "max_depth, max_width and width_multiple; allow more"
            )
        cost = self._counter.cost(*shape)
        steps = self._grid.steps(target, *shape)
        tokens = steps * self._training.batches.tokens
        loss = best.loss
        if best.law != "isoflop":  # the others know the loss beside the optimum, too
            flags: dict[str, Any] = {"at_size": cost.size, "at_tokens": tokens, "law": best.law}
            loss = predict(table, size="flops", quiet=True, **flags).loss
        return Prediction(target, *shape, cost, steps, tokens, loss, best)

    def _losses(self) -> dict[Job, float | None]:
        return {run.job: run.loss for run in self._store.runs}

    def _run(self, jobs: Sequence[Job]) -> None:
        costs = {job: self._counter.cost(job.depth, job.width) for job in jobs}
        steps = {job: self._grid.steps(job.budget, job.depth, job.width) for job in jobs}

        def work(job: Job, device: str, stop: threading.Event) -> SweepRun:
            flops = costs[job].flops_per_token
            return train(self._training, job, steps[job], flops, device, stop)

        # The longest first, so that no device waits long for another at the end.
        run_all(sorted(jobs, key=lambda job: -job.budget), self._devices, work, self._done)

    def _done(self, run: SweepRun) -> None:
        self._store.add(run)
        what = f"loss {run.loss:.4f}" if run.loss is not None else f"{run.outcome}: {run.error}"
        self._say(
            f"{run.budget:.3g} FLOPs {run.shape} seed {run.seed}: {run.steps} steps, "
            f"{run.seconds:.1f} s on {run.device}, {what}"
        )

    def _nothing(self, budgets: Sequence[float]) -> str:
        runs = self._store.runs
        if not runs:
            return (
                f"no shape has {self._grid.options.min_steps} steps at {budgets[0]:.3g} FLOPs; "
                "give larger budgets, or smaller batches"
            )
        return f"none of {len(runs)} runs has a loss; the first: {runs[0].error}"

    def _say(self, line: str) -> None:
        if not self._quiet:
            print(f"isoshape.sweep: {line}", file=sys.stderr, flush=True)
