"""Ask and tell, blocking: a lease that beats by itself in a thread of its own."""

from __future__ import annotations

import os
import threading
import weakref
from types import TracebackType
from typing import Any

from isoshape import _api
from isoshape._http import Transport
from isoshape._leases import Held, ask
from isoshape.errors import FailedPrecondition, IsoshapeError, LeaseLost, NotTold

_LEASES: weakref.WeakSet[Lease] = weakref.WeakSet()


def _disown_in_child() -> None:
    for lease in list(_LEASES):
        lease._owned = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_in_child)


class TrialView:
    """What a trial asks for, by name."""

    _held: Held

    @property
    def trial(self) -> _api.Trial:
        return self._held.lease.trial

    @property
    def name(self) -> str:
        """`campaigns/{campaign}/trials/{number}`."""
        return self.trial.name

    @property
    def shape(self) -> _api.Shape:
        return self.trial.shape

    @property
    def recipe(self) -> _api.Recipe:
        """How to train it: rates, schedule, batch."""
        return self._held.lease.recipe

    @property
    def dataset(self) -> str:
        """The campaign's name of its data."""
        return self._held.lease.dataset

    @property
    def seed(self) -> int:
        return self.trial.seed

    @property
    def steps(self) -> int:
        """Steps of the optimizer."""
        return self.trial.steps

    @property
    def tokens_per_step(self) -> int:
        return self.trial.tokens_per_step

    @property
    def tokens(self) -> int:
        """Tokens of the whole run."""
        return self.trial.tokens

    @property
    def budget_flops(self) -> float:
        return self.trial.budget_flops

    @property
    def stopping(self) -> bool:
        """True if the coordinator wants no more of it: end the run, and call `stop`."""
        return self._held.stopping

    def __repr__(self) -> str:
        return f"<{self.name}: {self.shape} for {self.steps} steps, seed {self.seed}>"


class Lease(TrialView):
    """A trial that this process trains. Heartbeats are sent by a daemon thread over a connection
    of its own until the trial is told, handed back or lost. A forked child does not hold it."""

    def __init__(self, transport: Transport, held: Held) -> None:
        self._held = held
        self._transport = transport
        self._owned = True
        self._done = threading.Event()
        _LEASES.add(self)
        self._beats = threading.Thread(
            target=_beat, args=(held, transport.another(), self._done), daemon=True
        )
        self._beats.start()

    def report(self, step: int, **fields: float) -> bool:
        """A point of the curve after `step` steps: `train_loss` and `validation_loss` (nats per
        token), `gradient_norm`, `learning_rate`, `tokens_per_second`, `peak_memory_bytes`. May be
        called at every step: points are sent once a second. False if the run is to end
        (`stopping`). LeaseLost if the trial was given to another worker."""
        self._check_owned()
        if self._held.measure(step, fields):
            self._transport.run(self._held.flush())
        return not self._held.stopping

    def tell(self, validation_loss: float, **card: Any) -> None:
        """The result: the loss on held-out data at the end, nats per token, and any field of
        ShapeCard; one that is None is not said. A loss that is not finite makes the trial
        diverged."""
        self._check_owned()
        self._transport.run(self._held.tell(validation_loss, card))
        self._done.set()

    def stop(self) -> None:
        """It was ended early, as `stopping` asked."""
        self._end("stopped")

    def diverge(self, error: str) -> None:
        """The loss left the numbers: a result about its shape."""
        self._end("diverged", error=error)

    def fail(self, error: str, *, out_of_memory: bool = False) -> None:
        """It cannot be trained, on any machine: it needs too much memory, or is invalid."""
        self._end("failed", error=error, failure="out_of_memory" if out_of_memory else "invalid")

    def release(self, reason: str = "handed back") -> None:
        """Hands it back unfinished; another worker gets it, and nobody is blamed."""
        self._check_owned()
        self._done.set()
        self._transport.run(self._held.release(reason))

    def _end(self, state: Any, **told: Any) -> None:
        self._check_owned()
        self._transport.run(self._held.complete(state, **told))
        self._done.set()

    def _check_owned(self) -> None:
        if not self._owned:
            raise FailedPrecondition(
                f"{self.name} is held by the process that this one was forked from; report there"
            )


def _beat(held: Held, transport: Transport, done: threading.Event) -> None:
    while not done.wait(held.interval) and not held.lost:
        try:
            transport.run(held.beat())
        except LeaseLost:
            break
        except IsoshapeError:
            continue  # the lease lasts for three beats, and the next one may come through
    transport.close()


class Ask:
    """`with` gives a Lease, or None if there is nothing left to train."""

    def __init__(
        self, transport: Transport, campaign: str, worker: str, wait: float | None
    ) -> None:
        self._transport = transport
        self._asked = (campaign, worker, wait)
        self._lease: Lease | None = None

    def take(self) -> Lease | None:
        """The lease without `with`: to be told, stopped, failed or released by the caller."""
        held = self._transport.run(ask(*self._asked))
        return Lease(self._transport, held) if held is not None else None

    def __enter__(self) -> Lease | None:
        self._lease = self.take()
        return self._lease

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        lease = self._lease
        if lease is None or not lease._owned or lease._held.ended:
            return
        lease._done.set()
        if lease._held.lost:
            return
        try:
            lease.release(reason_of(error))
        except IsoshapeError:
            if error is None:
                raise  # else the coordinator takes it back when the lease expires
        if error is None:
            raise not_told(lease.name)


def reason_of(error: BaseException | None) -> str:
    """Why a trial is handed back at the end of `with`, one line."""
    if error is None:
        return "it ended without a result"
    return " ".join(f"{type(error).__name__}: {error}".split())


def not_told(trial: str) -> NotTold:
    """The error of a `with` that ended without a result."""
    return NotTold(
        f"{trial} ended without a result and was handed back; call tell, stop, diverge, fail or "
        "release before the end of `with`"
    )
