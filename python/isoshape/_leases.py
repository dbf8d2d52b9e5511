"""Ask and tell: what a lease needs, as operations that both clients drive."""

from __future__ import annotations

import logging
import math
import platform
import re
import time
from collections.abc import Mapping
from typing import Any, Literal

from isoshape import _api
from isoshape._events import ENDED
from isoshape._operations import get_campaign
from isoshape._version import __version__
from isoshape._wire import Op, call
from isoshape.errors import FailedPrecondition, InvalidArgument, LeaseLost, NotFound

_LOG = logging.getLogger("isoshape")

PROGRAM = f"isoshape-python {__version__}"
POLL = 5.0
"""Seconds that the coordinator holds a call while there is no trial."""
OTHERS = 16
"""Trials of other campaigns that are passed over, at most, for one of the campaign asked."""
POINTS = 1000
"""Measurements in one request."""
REPORT_SECONDS = 1.0
"""Seconds between two reports, unless heartbeats are to be rarer than usual; what is measured
meanwhile goes with the next one."""
SAME = 0.02
"""How far the parameters of a model may be off those of its shape, as for any trainer."""


def worker_id(name: str | None) -> str:
    """A name of letters, digits, `_`, `-` and `.`: the given one, or one of this machine's."""
    name = name or f"{platform.node() or 'python'}-by-hand"
    return "workers/" + (re.sub(r"[^\w.-]", "-", name.removeprefix("workers/")) or "python")


def ask(campaign: str, worker: str, wait: float | None) -> Op[Held | None]:
    """A lease on a trial of the campaign, or None if there is none within `wait` seconds (None:
    as long as the campaign runs)."""
    end = None if wait is None else time.monotonic() + wait
    now = yield from get_campaign(campaign)
    registered = yield from _register(worker, now.dataset)
    said = ""
    while now.state not in (*ENDED, "paused"):
        left = POLL if end is None else min(POLL, end - time.monotonic())
        lease = yield from _lease_of(campaign, worker, max(0.0, left))
        if lease is not None:
            return Held(lease, worker, float(registered["heartbeat_interval"]))
        if end is not None and time.monotonic() >= end:
            return None
        now = yield from get_campaign(campaign)
        if now.waiting and now.waiting != said:
            said = now.waiting
            _LOG.warning("%s", said)
    return None


def _register(worker: str, dataset: str) -> Op[dict[str, Any]]:
    told = {
        "name": worker,
        "hostname": platform.node(),
        "device": "cpu",
        "device_name": "by hand",
        "slots": 64,
        "datasets": ["synthetic" if dataset.startswith("synthetic:") else dataset],
        "version": PROGRAM,
    }
    return (yield from call("WorkerService/RegisterWorker", {"worker": told}))


def _lease_of(campaign: str, worker: str, wait: float) -> Op[_api.Lease | None]:
    """One lease of this campaign. The coordinator gives those of any campaign on the same data, of
    the one with the fewest running trials first: others are held until it is this one's turn, and
    handed back."""
    others: list[_api.Lease] = []
    found = None
    while found is None and len(others) < OTHERS:
        request = {
            "worker": worker,
            "max_trials": 1,
            "wait": 0 if others else wait,
        }
        answer = yield from call("WorkerService/LeaseTrials", request, timeout=wait + 30)
        leases = [_api.Lease.from_json(each) for each in answer.get("leases", ())]
        if not leases:
            break
        if leases[0].trial.name.startswith(campaign + "/"):
            found = leases[0]
        else:
            others.append(leases[0])
    for lease in others:
        reason = f"it was asked for a trial of {campaign}"
        yield from _release(lease, worker, reason, None)
    if found is None and others:
        yield from call("CampaignService/GetCampaign", {"name": campaign}, delay=1.0)
    return found


def _release(lease: _api.Lease, worker: str, reason: str, cause: str | None) -> Op[None]:
    request = {**_key(lease, worker), "reason": reason[:1000], "cause": cause}
    yield from call("WorkerService/ReleaseTrial", request)


def _key(lease: _api.Lease, worker: str) -> dict[str, Any]:
    return {
        "worker": worker,
        "trial": lease.trial.name,
        "fencing_token": lease.fencing_token,
    }


class Held:
    """A lease and what it was told. The fencing token stays in here."""

    def __init__(self, lease: _api.Lease, worker: str, interval: float) -> None:
        self.lease = lease
        self.interval = lease.heartbeat_interval or interval
        """Seconds between two heartbeats, as the coordinator said last of this lease."""
        self.stopping = False
        self.ended = False
        self.lost = False
        self._worker = worker
        self._usual = interval
        self._points: list[dict[str, Any]] = []
        self._begin = time.monotonic()
        self._sent = -math.inf

    def measure(self, step: int, fields: Mapping[str, Any]) -> bool:
        """Keeps a point; True if it is time to send those that are kept."""
        self.check()
        trial = self.lease.trial
        tokens = step * trial.tokens_per_step
        seconds = time.monotonic() - self._begin
        point = {
            "step": step,
            "tokens": tokens,
            "flops": tokens * trial.flops_per_token,
            "elapsed_seconds": seconds,
            **_finite(fields),
        }
        unknown = set(point) - set(_api.Measurement.__dataclass_fields__)
        if unknown:
            raise InvalidArgument(
                f"{min(unknown)} is no field of Measurement; there are "
                f"{', '.join(_api.Measurement.__dataclass_fields__)}"
            )
        self._points.append(point)
        # A coordinator of many leases that asks for fewer heartbeats wants fewer reports too.
        pause = REPORT_SECONDS * max(1.0, self.interval / self._usual)
        return seconds - self._sent >= pause or len(self._points) >= POINTS

    def flush(self) -> Op[None]:
        """Sends the points that are kept."""
        self.check()
        while self._points:
            points = self._points[:POINTS]
            request = {**_key(self.lease, self._worker), "measurements": points}
            answer = yield from self._guarded("ReportMeasurements", request)
            self._sent = time.monotonic() - self._begin
            del self._points[: len(points)]
            self._obey(answer)

    def beat(self) -> Op[None]:
        """Extends the lease."""
        request = _key(self.lease, self._worker)
        self._obey((yield from self._guarded("Heartbeat", request)))

    def complete(
        self,
        state: Literal["succeeded", "diverged", "stopped", "failed"],
        *,
        card: Mapping[str, Any] | None = None,
        error: str | None = None,
        failure: str | None = None,
    ) -> Op[None]:
        """Ends the trial."""
        yield from self.flush()
        request = {
            **_key(self.lease, self._worker),
            "state": state,
            "shape_card": card,
            "error": error and " ".join(error.split())[:1000],
            "failure": failure,
        }
        yield from self._guarded("CompleteTrial", request)
        self.ended = True

    def tell(self, validation_loss: float, fields: Mapping[str, Any]) -> Op[None]:
        """Ends the trial with its loss; one that is not finite has diverged."""
        self.check()
        if not math.isfinite(validation_loss):
            said = f"the validation loss is {validation_loss}"
            yield from self.complete("diverged", error=said)
        else:
            yield from self.complete("succeeded", card=self._card(validation_loss, fields))

    def release(self, reason: str, cause: str | None = None) -> Op[None]:
        """Hands the trial back."""
        self.check()
        self.ended = True
        yield from self._naming_loss(_release(self.lease, self._worker, reason, cause))

    def check(self) -> None:
        """LeaseLost, or FailedPrecondition if the trial has ended."""
        if self.lost:
            raise LeaseLost(
                f"the lease on {self.lease.trial.name} is lost: no heartbeat reached the "
                "coordinator in time; ask for another trial"
            )
        if self.ended:
            raise FailedPrecondition(
                f"{self.lease.trial.name} has its result already; ask for another trial"
            )

    def _card(self, validation_loss: float, fields: Mapping[str, Any]) -> dict[str, Any]:
        trial = self.lease.trial
        card = {
            "validation_loss": float(validation_loss),
            "parameters": trial.parameters,
            "flops_per_token": trial.flops_per_token,
            "flops": trial.flops_per_token * trial.tokens,
            "tokens": trial.tokens,
            "steps": trial.steps,
            "wall_seconds": time.monotonic() - self._begin,
            "trainer": PROGRAM,
            **_finite(fields),
        }
        card = {name: value for name, value in card.items() if value is not None}
        if abs(card.get("parameters", trial.parameters) - trial.parameters) > (
            SAME * trial.parameters
        ):
            raise InvalidArgument(
                f"parameters {card['parameters']} are not those of {trial.shape}, "
                f"{trial.parameters}; train the shape that the trial asks for"
            )
        return card

    def _obey(self, answer: Mapping[str, Any]) -> None:
        self.stopping = self.stopping or answer.get("directive") == "stop"
        self.interval = float(answer.get("heartbeat_interval") or self._usual)

    def _guarded(self, method: str, request: Mapping[str, Any]) -> Op[dict[str, Any]]:
        operation = call(f"WorkerService/{method}", request)
        answer: dict[str, Any] = yield from self._naming_loss(operation)
        return answer

    def _naming_loss(self, operation: Op[Any]) -> Op[Any]:
        try:
            return (yield from operation)
        except (FailedPrecondition, NotFound) as error:
            self.lost = True
            raise LeaseLost(f"{error.message}; ask for another trial") from None


def _finite(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields without numbers that are not finite, which no result may have."""
    return {
        name: value
        for name, value in fields.items()
        if not (isinstance(value, float) and not math.isfinite(value))
    }
