"""`isoshape.sweep`: from a factory of models and data to the best depth and width."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isoshape._client import Client, connect
from isoshape._programs import program
from isoshape._quantities import quantity
from isoshape.errors import FailedPrecondition, InvalidArgument
from isoshape.sweep.campaign import CampaignRuns, Plan
from isoshape.sweep.coordinator import DATABASE, OwnCoordinator
from isoshape.sweep.data import Batches, Data, default_loss, target_tokens
from isoshape.sweep.flops import Counter, LossOf, MakeModel
from isoshape.sweep.own_runs import OwnRuns
from isoshape.sweep.plan import Grid, GridOptions
from isoshape.sweep.pool import all_devices
from isoshape.sweep.result import Sweep
from isoshape.sweep.runner import Runner, Runs
from isoshape.sweep.space import space_of
from isoshape.sweep.store import RUNS, Store
from isoshape.sweep.train import MakeOptimizer, Training

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
    coordinator: Client | str | bool = True,
    campaign: str = "sweep",
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
    GPU, else the CPU; a run on each at a time.

    The runs are trials of a campaign, and this process is their worker, if the modules cost what
    transformers of the same depth and width cost (within 2 %); a coordinator knows no others, and
    they are swept without one. coordinator: one that runs, by its address or as a client, and the
    name of the `campaign` there; True: one of its own, for as long as it takes; False: none.
    folder: keeps what is done, in the database of its own coordinator or in `runs.jsonl`. The same
    call goes on from there, as it does with a coordinator that runs.

    InvalidArgument, FailedPrecondition, NotFound and Unavailable have what is wrong and the remedy;
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
    asked = _Asked(
        counter,
        training,
        options,
        TARGET * levels[-1] if target is None else quantity(target, "target"),
        verify,
        list(devices or all_devices()),
        Path(folder) if folder is not None else None,
        quiet,
    )
    return asked.sweep(coordinator, campaign)


def _levels(budgets: Sequence[float | str]) -> list[float]:
    levels = sorted({quantity(budget, "budgets") for budget in budgets})
    if len(levels) < 3:
        raise InvalidArgument(
            f"budgets: {len(levels)} are too few to see growth; give three or more different ones"
        )
    if levels[0] <= 0:
        raise InvalidArgument(f"budgets: {levels[0]:g} is no compute; give FLOPs above 0")
    return levels


@dataclass(frozen=True)
class _Asked:
    """A sweep, with a coordinator or without one."""

    counter: Counter
    training: Training
    options: GridOptions
    target: float  # FLOPs
    verify: int
    devices: list[str]
    folder: Path | None
    quiet: bool

    def sweep(self, coordinator: Client | str | bool, campaign: str) -> Sweep:
        if coordinator is False:
            return self._alone()
        if self.folder is not None and (self.folder / RUNS).exists():
            holds = f"{self.folder} holds runs without a coordinator"
            if coordinator is not True:
                raise FailedPrecondition(
                    f"folder: {holds}; name another folder, or bring them by import_runs"
                )
            self._say(f"without a coordinator, as {holds}")
            return self._alone()
        multiple = self.options.width_multiple
        space = space_of(self.counter, self.training.batches.tokens, multiple)
        if isinstance(space, str):
            if coordinator is not True:
                raise FailedPrecondition(
                    f"coordinator: these modules are no transformers in what they cost, {space}; "
                    "leave `coordinator` out, and bring the runs by import_runs(result.table)"
                )
            self._say(f"without a coordinator, which counts transformers alone: {space}")
            return self._alone()
        plan = Plan(campaign, space, self.options, self.target, self._identity())
        with ExitStack() as ends:
            if coordinator is True:
                own = ends.enter_context(OwnCoordinator(self.folder))
                later = (
                    f"; then by isoshape serve --db {self.folder / DATABASE}" if self.folder else ""
                )
                self._say(f"while it runs, see {own.address}/{later}")
                coordinator = own.address
            iso = coordinator
            if not isinstance(iso, Client):
                iso = ends.enter_context(connect(str(iso)))
            runs = CampaignRuns(iso, plan, self.counter, self.training, self.devices, self._say)
            return self._swept(self._grid(), runs)

    def _alone(self) -> Sweep:
        grid, store = self._grid(), Store(self.folder, self._identity())
        runs = OwnRuns(grid, self.counter, self.training, store, self.devices, self._say)
        return self._swept(grid, runs)

    def _identity(self) -> dict[str, Any]:
        """What a run depends on besides its shape, budget and seed: runs of another identity are
        never mixed in."""
        training, multiple = self.training, self.options.width_multiple
        cost = self.counter.cost(2, 2 * multiple)
        return {
            "flops_per_token": cost.flops_per_token,
            "parameters": cost.parameters,
            "tokens_per_step": training.batches.tokens,
            "learning_rate": training.learning_rate,
            "base_width": training.base_width,
        }

    def _grid(self) -> Grid:
        return Grid(self.options, self.counter, self.training.batches.tokens)

    def _swept(self, grid: Grid, runs: Runs) -> Sweep:
        return Runner(grid, self.counter, runs, self._say).sweep(self.target, self.verify)

    def _say(self, line: str) -> None:
        if not self.quiet:
            print(f"isoshape.sweep: {line}", file=sys.stderr, flush=True)
