"""A campaign for asyncio; `_campaign.py` of the package is its twin, and has the words."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any

from isoshape import _api, _operations
from isoshape._events import (
    ENDED,
    PATIENCE,
    PAUSE,
    SILENCE,
    Change,
    EventReader,
    Follower,
    check_ended_well,
    events_request,
    not_ended,
)
from isoshape._figure import Picture, figure_request, format_of, write_whole
from isoshape._leases import worker_id
from isoshape._quantities import seconds
from isoshape.aio._ask import Ask
from isoshape.aio._http import Transport
from isoshape.aio._trials import Trials
from isoshape.errors import Unavailable

_LOG = logging.getLogger("isoshape")


class Figure(Picture):
    """A figure: `.data` is the Figure message, `await drawn("svg")` its picture."""

    def __init__(
        self, transport: Transport, data: _api.Figure, request: Mapping[str, Any], theme: str
    ) -> None:
        super().__init__(data, request)
        self._transport = transport
        self._theme = theme

    async def drawn(
        self, format: str, *, width: str | None = None, theme: str | None = None
    ) -> bytes:
        """The figure as svg, pdf, png, tex, gp, csv, json or text, drawn by the coordinator."""
        query = {**self._query, "width": width, "theme": theme or self._theme}
        drawing = _operations.drawing(self._campaign, self._kind, format, query)
        return await self._transport.run(drawing)

    async def save(
        self, path: str | os.PathLike[str], *, width: str | None = None, theme: str | None = None
    ) -> Path:
        """Writes a file in the format that its name ends in. Returns its path."""
        drawn = await self.drawn(format_of(path), width=width, theme=theme)
        return write_whole(path, drawn)


class Campaign:
    """A campaign on a coordinator, by name: what it does and tells is asked there."""

    def __init__(
        self, transport: Transport, name: str, record: _api.Campaign | None = None
    ) -> None:
        self._transport = transport
        self.name = name
        """`campaigns/{id}`."""
        self.record = record
        """As it was when it was listed, got or created, to read without a call; None of one that
        was only named. `get()` is how it is now."""

    @property
    def id(self) -> str:
        return self.name.removeprefix("campaigns/")

    @property
    def trials(self) -> Trials:
        """All trials, read when they are asked for."""
        return Trials(self._transport, self.name)

    async def get(self) -> _api.Campaign:
        """The campaign as it is now."""
        return await self._transport.run(_operations.get_campaign(self.name))

    async def update(self, **fields: Any) -> _api.Campaign:
        return await self._transport.run(_operations.update_campaign(self.name, fields))

    async def pause(self) -> _api.Campaign:
        return await self._transport.run(_operations.campaign_verb(self.name, "Pause"))

    async def resume(self) -> _api.Campaign:
        return await self._transport.run(_operations.campaign_verb(self.name, "Resume"))

    async def cancel(self) -> _api.Campaign:
        return await self._transport.run(_operations.campaign_verb(self.name, "Cancel"))

    async def delete(self, *, force: bool = False) -> None:
        await self._transport.run(_operations.delete_campaign(self.name, force))

    async def watch(
        self, *, after: int = 0, measured: bool = False
    ) -> AsyncGenerator[Change, None]:
        """Yields the campaign as it is, then each change, until it has ended."""
        async with aclosing(self._follow(Follower(self.name, after), measured)) as changes:
            async for change in changes:
                yield change
                if change.campaign.state in ENDED:
                    return

    async def wait(
        self, timeout: float | str | timedelta | None = None, *, allow_incomplete: bool = False
    ) -> _api.Campaign:
        """Waits until it has ended, `timeout` at most (seconds, or `10m`), and returns it.
        Raises CampaignCancelled, CampaignIncomplete, or DeadlineExceeded."""
        end = None if timeout is None else time.monotonic() + seconds(timeout, "timeout")
        async with aclosing(self._follow(Follower(self.name, 0), False, end)) as changes:
            async for change in changes:
                if change.campaign.state in ENDED:
                    return check_ended_well(change.campaign, allow_incomplete=allow_incomplete)
        raise not_ended(self.name, timeout)

    async def _follow(
        self, follower: Follower, measured: bool, end: float | None = None
    ) -> AsyncGenerator[Change, None]:
        silent_since = time.monotonic()
        said = ""
        while (left := SILENCE if end is None else end - time.monotonic()) > 0:
            request = events_request(
                self.name, follower.sequence, measured=measured, timeout=min(left, SILENCE)
            )
            try:
                async with aclosing(self._changes(follower, request, end)) as changes:
                    async for change in changes:
                        silent_since = time.monotonic()
                        if change is not None:
                            yield change
                        elif (reason := (await self.get()).waiting) != said and reason:
                            said = reason
                            _LOG.warning("%s: %s", self.name, reason)
            except Unavailable:
                if time.monotonic() - silent_since > PATIENCE:
                    raise
            await asyncio.sleep(min(PAUSE, max(0.0, left)))

    async def _changes(
        self, follower: Follower, request: Any, end: float | None
    ) -> AsyncGenerator[Change | None, None]:
        reader = EventReader()
        async with aclosing(self._transport.stream(request)) as lines:
            async for line in lines:
                batch = reader.feed(line)
                if batch is not None:
                    change = follower.take(batch)
                    if follower.is_lost(batch):
                        change = follower.begin(await self.get())
                    if change is not None:
                        yield change
                elif line.startswith(":"):
                    yield None
                if end is not None and time.monotonic() >= end:
                    return

    async def curves(
        self,
        trials: Sequence[int] | None = None,
        *,
        where: str | None = None,
        max_points: int = 10000,
    ) -> _operations.Curves:
        curves = _operations.curves(self.name, trials, where, max_points)
        return await self._transport.run(curves)

    async def best(
        self,
        top: int = 3,
        *,
        budget: float | str | None = None,
        max_parameters: float | str | None = None,
        max_memory: float | str | None = None,
        max_decode_seconds: float | None = None,
        variant: str = "",
        cached: bool = False,
    ) -> _operations.Ranking:
        limits = {
            "max_parameters": max_parameters,
            "max_memory_bytes": max_memory,
            "max_decode_seconds": max_decode_seconds,
        }
        ranking = _operations.best(self.name, top, budget, limits, cached, variant)
        return await self._transport.run(ranking)

    async def compare(
        self, reference: str = "base", *, cached: bool = False, **options: Any
    ) -> _api.CompareVariantsResponse:
        return await self._transport.run(_operations.compare(self.name, reference, cached, options))

    async def fit(
        self, law: str | None = None, *, cached: bool = False, **options: Any
    ) -> _api.FitLawResponse:
        return await self._transport.run(_operations.fit(self.name, law, cached, options))

    async def predict(
        self, target: float | str | None = None, *, cached: bool = False, **options: Any
    ) -> _api.PredictShapeResponse:
        return await self._transport.run(_operations.predict(self.name, target, cached, options))

    async def figure(
        self, kind: str = "isoflop", *, theme: str = "light", **options: Any
    ) -> Figure:
        request = figure_request(self.name, kind, options)
        data = await self._transport.run(_operations.figure(request))
        return Figure(self._transport, data, request, theme)

    def ask(self, worker: str | None = None, *, wait: float | str | timedelta | None = None) -> Ask:
        """A trial to train by hand: `async with c.ask() as t:`."""
        limit = None if wait is None else seconds(wait, "wait")
        return Ask(self._transport, self.name, worker_id(worker), limit)

    def __repr__(self) -> str:
        return f"<{self.name} at {self._transport.address}>"
