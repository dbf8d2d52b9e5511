"""Ask and tell for asyncio: the lease beats by itself in a task."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

from isoshape._ask import TrialView, not_told, reason_of
from isoshape._leases import Held, ask
from isoshape.aio._http import Transport
from isoshape.errors import IsoshapeError, LeaseLost


class Lease(TrialView):
    """A trial that this task trains; `isoshape.aio` sends the heartbeats while the event loop
    runs, so that training itself belongs into a thread or another process."""

    def __init__(self, transport: Transport, held: Held) -> None:
        self._held = held
        self._transport = transport
        self._beats = asyncio.create_task(self._beat())

    async def report(self, step: int, **fields: float) -> bool:
        """A point of the curve after `step` steps. False if the run is to end (`stopping`)."""
        if self._held.measure(step, fields):
            await self._transport.run(self._held.flush())
        return not self._held.stopping

    async def tell(self, validation_loss: float, **card: Any) -> None:
        """The result: the loss on held-out data at the end, nats per token, and any field of
        ShapeCard. A loss that is not finite makes the trial diverged."""
        await self._transport.run(self._held.tell(validation_loss, card))
        self._beats.cancel()

    async def stop(self) -> None:
        """It was ended early, as `stopping` asked."""
        await self._end("stopped")

    async def diverge(self, error: str) -> None:
        """The loss left the numbers: a result about its shape."""
        await self._end("diverged", error=error)

    async def fail(self, error: str, *, out_of_memory: bool = False) -> None:
        """It cannot be trained, on any machine: it needs too much memory, or is invalid."""
        failure = "out_of_memory" if out_of_memory else "invalid"
        await self._end("failed", error=error, failure=failure)

    async def release(self, reason: str = "handed back") -> None:
        """Hands it back unfinished; another worker gets it, and nobody is blamed."""
        self._beats.cancel()
        await self._transport.run(self._held.release(reason))

    async def _end(self, state: Any, **told: Any) -> None:
        await self._transport.run(self._held.complete(state, **told))
        self._beats.cancel()

    async def _beat(self) -> None:
        while not self._held.lost:
            await asyncio.sleep(self._held.interval)
            try:
                await self._transport.run(self._held.beat())
            except LeaseLost:
                return
            except IsoshapeError:
                continue  # the lease lasts for three beats, and the next one may come through


class Ask:
    """`async with` gives a Lease, or None if there is nothing left to train."""

    def __init__(
        self, transport: Transport, campaign: str, worker: str, wait: float | None
    ) -> None:
        self._transport = transport
        self._asked = (campaign, worker, wait)
        self._lease: Lease | None = None

    async def take(self) -> Lease | None:
        """The lease without `async with`: to be told, stopped, failed or released."""
        held = await self._transport.run(ask(*self._asked))
        return Lease(self._transport, held) if held is not None else None

    async def __aenter__(self) -> Lease | None:
        self._lease = await self.take()
        return self._lease

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        lease = self._lease
        if lease is None or lease._held.ended:
            return
        lease._beats.cancel()
        if lease._held.lost:
            return
        try:
            await lease.release(reason_of(error))
        except IsoshapeError:
            if error is None:
                raise  # else the coordinator takes it back when the lease expires
        if error is None:
            raise not_told(lease.name)
