"""Runs of a sweep as trials of a coordinator's campaign, which keeps, leases and fits them; this
process asks for them and is their workers, one for each device."""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isoshape import _api
from isoshape._ask import Lease, reason_of
from isoshape._campaign import Campaign
from isoshape._client import Client
from isoshape._events import ENDED
from isoshape._message import short
from isoshape.errors import (
    AlreadyExists,
    CampaignCancelled,
    FailedPrecondition,
    IsoshapeError,
    LeaseLost,
)
from isoshape.sweep.flops import Counter
from isoshape.sweep.plan import GridOptions, Job
from isoshape.sweep.pool import Done, on_devices
from isoshape.sweep.space import SAME, Space
from isoshape.sweep.train import SweepRun, Training, train
from isoshape.trainer.outcome import Stopped

WAIT = 1.0
"""Seconds that a device waits for a trial before it looks whether all is done."""
LABEL = "sweep."
"""Before the names of what a run depends on besides its trial, in the campaign's labels."""
MAX_ID = 63
"""Letters of an id, at most, as common/text/id_text.h has it."""
RESULTS = ("succeeded", "diverged", "stopped", "failed")


@dataclass(frozen=True)
class Plan:
    """What a campaign is created from."""

    id: str
    space: Space
    options: GridOptions
    target: float  # FLOPs
    identity: Mapping[str, Any]
    """What a run depends on besides its trial."""

    @property
    def dataset(self) -> str:
        """A name of its own, so that workers on other machines leave its trials alone. One that
        would be too long ends in a word that tells it from others of the same beginning."""
        name = f"sweep-{self.id}"
        if len(name) <= MAX_ID:
            return name
        told_apart = uuid.uuid5(uuid.NAMESPACE_OID, self.id).hex[:12]
        return f"{name[: MAX_ID - 13]}-{told_apart}"

    def fields(self, training: Training) -> dict[str, Any]:
        """The fields of Campaign."""
        options = self.options
        return {
            "display_name": "isoshape.sweep of a module",
            "budgets": list(options.budgets),
            "seeds": options.seeds,
            "target_flops": self.target,
            "dataset": self.dataset,
            "space": {
                **self.space.to_json(),
                "max_depth": options.max_depth,
                "max_width": options.max_width,
                # The grid has said already which runs have steps enough.
                "min_tokens": training.batches.tokens,
            },
            "recipe": {
                "tokens_per_step": training.batches.tokens,
                "learning_rate": training.learning_rate,
                "base_width": training.base_width,
            },
            # The grid of a coordinator also tunes the widths of feed-forward blocks, which a
            # factory of depth and width cannot follow.
            "algorithm": {"external": {}},
            "labels": {LABEL + name: str(value) for name, value in self.identity.items()},
        }


class CampaignRuns:
    """A campaign whose trials this process asks for and trains."""

    def __init__(
        self,
        iso: Client,
        plan: Plan,
        counter: Counter,
        training: Training,
        devices: Sequence[str],
        say: Callable[[str], None],
    ) -> None:
        """FailedPrecondition if the coordinator has a campaign of that name of another sweep."""
        self._plan, self._counter, self._training = plan, counter, training
        self._devices, self._say = devices, say
        self._of = _ensured(iso, plan, training)
        self.campaign = self.where = self._of.name
        self._made = (self._of.record or self._of.get()).create_time

    def ended(self) -> list[SweepRun]:
        return [self._run(trial) for trial in self._trials() if trial.state in RESULTS]

    def train(self, jobs: Sequence[Job]) -> None:
        there = {_job(trial) for trial in self._trials()}
        for job in jobs:
            if job not in there:
                self._of.trials.create(
                    shape=self._plan.space.shape(job.depth, job.width),
                    budget_flops=job.budget,
                    seed=job.seed,
                    purpose="verification" if job.verifies else "search",
                    request_id=self._request_id(job),
                )
        on_devices(self._devices, self._loop, lambda run: self._say(str(run)))

    def fit(self) -> _api.FitLawResponse:
        return self._of.fit("isoflop")

    def predict(self, target: float, law: str | None) -> _api.PredictShapeResponse:
        return self._of.predict(target, law=law or "unspecified")

    def loss_of(self, size: float, tokens: int, law: str) -> _api.Estimate | None:
        return self._of.predict(law=law, run={"size": size, "tokens": tokens}).loss

    def _trials(self) -> list[_api.Trial]:
        """Those that are trained here: imported ones are of other data and recipes, and a search
        must not take them for its own."""
        return [trial for trial in self._of.trials if trial.purpose != "imported"]

    def _request_id(self, job: Job) -> str:
        """The same in all processes that share a sweep, which come to the same jobs. A campaign
        that was deleted and made again has others: the coordinator keeps its answers for a day,
        and would tell of a trial that is gone."""
        name = f"{self.campaign} {self._made} {job}"
        return uuid.uuid5(uuid.NAMESPACE_OID, name).hex

    def _loop(self, device: str, stop: threading.Event, ended: Done) -> None:
        """A worker: trains trials until none waits or runs."""
        name = f"sweep-{platform.node() or 'python'}-{os.getpid()}-{device.replace(':', '')}"
        while not stop.is_set():
            lease = self._of.ask(worker=name, wait=WAIT).take()
            if lease is not None:
                run = self._train(lease, device, stop)
                if run is not None:
                    ended(run)
                continue
            state = self._of.state
            if state == "cancelled":
                raise CampaignCancelled(f"{self.campaign} was cancelled; name another campaign")
            if state in ENDED:
                return
            stop.wait(WAIT if state == "paused" else 0)

    def _train(self, lease: Lease, device: str, stop: threading.Event) -> SweepRun | None:
        """A trial to its end; None if it came to none here."""
        job = _job(lease.trial)
        try:
            cost = self._cost(lease.trial)
            run = train(
                self._training,
                job,
                lease.steps,
                lease.trial.flops_per_token,
                device,
                stop,
                lambda step, loss: lease.report(step, train_loss=loss),
            )
            self._tell(lease, run, cost.parameters)
        except LeaseLost as error:
            self._say(f"{short(job.budget, 3)} FLOPs {job.shape} seed {job.seed}: {error}")
            return None
        except Stopped:
            if not lease.stopping:
                _give_back(lease, "the sweep was interrupted")
                raise
            with contextlib.suppress(LeaseLost):
                lease.stop()
            return None
        except BaseException as error:
            _give_back(lease, reason_of(error))
            raise
        return run

    def _cost(self, trial: _api.Trial) -> Any:
        cost = self._counter.cost(trial.shape.depth, trial.shape.width)
        if abs(trial.flops_per_token / cost.flops_per_token - 1) <= 2 * SAME:
            return cost
        raise FailedPrecondition(
            f"model: make_model({trial.shape.depth}, {trial.shape.width}) costs "
            f"{short(cost.flops_per_token, 4)} FLOPs a token, and other sizes let expect "
            f"{short(trial.flops_per_token, 4)}; give coordinator=False, which plans by what is "
            "counted"
        )

    def _tell(self, lease: Lease, run: SweepRun, parameters: int) -> None:
        if run.outcome == "diverged":
            lease.diverge(run.error)
        elif run.loss is None:
            lease.fail(run.error, out_of_memory=run.outcome == "out_of_memory")
        else:
            wanted = lease.trial.parameters
            lease.tell(
                run.loss,
                validation_loss_stderr=run.loss_stderr,
                # The shape has the FLOPs of the module and may have other parameters.
                parameters=parameters if abs(parameters - wanted) <= SAME * wanted else None,
                device=run.device.partition(":")[0],
                device_name=run.device,
                wall_seconds=run.seconds,
                trainer="isoshape.sweep",
            )

    def _run(self, trial: _api.Trial) -> SweepRun:
        card, shape = trial.shape_card or _api.ShapeCard(), trial.shape
        oom = trial.failure == "out_of_memory"
        has_loss = trial.state == "succeeded" and not trial.excluded
        return SweepRun(
            **_job(trial)._asdict(),
            params=self._counter.cost(shape.depth, shape.width).parameters,
            tokens=trial.tokens,
            flops=trial.flops_per_token * trial.tokens,
            steps=trial.steps,
            outcome="out_of_memory" if oom else trial.state,
            loss=card.validation_loss if has_loss else None,
            loss_stderr=card.validation_loss_stderr if has_loss else None,
            seconds=card.wall_seconds or 0.0,
            device=card.device_name,
            error=trial.error or trial.exclusion_reason,
        )


def _ensured(iso: Client, plan: Plan, training: Training) -> Campaign:
    """The campaign, created or as it is there, with what is asked for now."""
    fields = plan.fields(training)
    try:
        return iso.campaigns.create(plan.id, **fields)
    except AlreadyExists:
        found = iso.campaigns.get(plan.id)
    record = found.record or found.get()
    for name, value in fields["labels"].items():
        if (was := record.labels.get(name)) != value:
            raise FailedPrecondition(
                f"campaign: {found.name} is of another sweep, whose {name.removeprefix(LABEL)} is "
                f"{was} and not {value}; name another campaign or folder"
            )
    asked = {"budgets": tuple(record.budgets), "seeds": record.seeds}
    changed = {
        name: fields[name]
        for name, was in {**asked, "target_flops": record.target_flops}.items()
        if (tuple(fields[name]) if name == "budgets" else fields[name]) != was
    }
    if changed:
        found.update(**changed)
    return found


def _job(trial: _api.Trial) -> Job:
    shape, verifies = trial.shape, trial.purpose == "verification"
    return Job(trial.budget_flops, shape.depth, shape.width, trial.seed, verifies)


def _give_back(lease: Lease, reason: str) -> None:
    with contextlib.suppress(IsoshapeError):  # else it comes back when the lease expires
        lease.release(reason)
