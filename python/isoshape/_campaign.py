"""A campaign: its trials, what it tells, and its figures."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from isoshape import _api, _operations
from isoshape._ask import Ask
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
from isoshape._http import Transport
from isoshape._leases import worker_id
from isoshape._quantities import seconds
from isoshape._trials import Trials
from isoshape.errors import Unavailable

_LOG = logging.getLogger("isoshape")


class Figure(Picture):
    """A figure; a notebook shows it as SVG. `.data` is the Figure message."""

    def __init__(
        self, transport: Transport, data: _api.Figure, request: Mapping[str, Any], theme: str
    ) -> None:
        super().__init__(data, request)
        self._transport = transport
        self._theme = theme

    def drawn(self, format: str, *, width: str | None = None, theme: str | None = None) -> bytes:
        """The figure as svg, pdf, png, tex, gp, csv, json or text, drawn by the coordinator.
        `width` is that of the page, such as `90mm`; `theme` light or dark (svg also auto)."""
        query = {**self._query, "width": width, "theme": theme or self._theme}
        return self._transport.run(_operations.drawing(self._campaign, self._kind, format, query))

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        width: str | None = None,
        theme: str | None = None,
    ) -> Path:
        """Writes a file in the format that its name ends in. Returns its path."""
        drawn = self.drawn(format_of(path), width=width, theme=theme)
        return write_whole(path, drawn)

    def _repr_svg_(self) -> str | None:
        try:
            return self.drawn("svg").decode()
        except Unavailable:  # there is no gnuplot on its machine: the text says what it tells
            return None


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

    def get(self) -> _api.Campaign:
        """The campaign as it is now."""
        return self._transport.run(_operations.get_campaign(self.name))

    @property
    def state(self) -> _api.CampaignState:
        """The state that it is in now."""
        return self.get().state

    @property
    def trials(self) -> Trials:
        """All trials, read when they are asked for."""
        return Trials(self._transport, self.name)

    def update(self, **fields: Any) -> _api.Campaign:
        """Changes display_name, labels, target_flops and the like, or asks for more: budgets,
        seeds, total_flops, `algorithm={"grid": {"sizes": 9}}`."""
        return self._transport.run(_operations.update_campaign(self.name, fields))

    def pause(self) -> _api.Campaign:
        """Running trials go on, nothing new is leased."""
        return self._transport.run(_operations.campaign_verb(self.name, "Pause"))

    def resume(self) -> _api.Campaign:
        return self._transport.run(_operations.campaign_verb(self.name, "Resume"))

    def cancel(self) -> _api.Campaign:
        """Ends it for good."""
        return self._transport.run(_operations.campaign_verb(self.name, "Cancel"))

    def delete(self, *, force: bool = False) -> None:
        """Deletes it with all results. FailedPrecondition if it runs and `force` is not set."""
        self._transport.run(_operations.delete_campaign(self.name, force))

    def watch(self, *, after: int = 0, measured: bool = False) -> Iterator[Change]:
        """Yields the campaign as it is, then each change, until it has ended; Ctrl-C ends the
        watching. Goes on after a lost connection and waits ten minutes for a coordinator that is
        gone. `after` is the sequence of the last change seen, `measured` yields measurements too.
        """
        follower = Follower(self.name, after)
        try:
            for change in self._follow(follower, measured):
                yield change
                if change.campaign.state in ENDED:
                    return
        except KeyboardInterrupt:
            return

    def wait(
        self, timeout: float | str | timedelta | None = None, *, allow_incomplete: bool = False
    ) -> _api.Campaign:
        """Waits until it has ended, `timeout` at most (seconds, or `10m`), and returns it.

        Raises CampaignCancelled, CampaignIncomplete, or DeadlineExceeded. While trials wait and
        none runs, the logger `isoshape` says why.
        """
        end = None if timeout is None else time.monotonic() + seconds(timeout, "timeout")
        for change in self._follow(Follower(self.name, 0), False, end):
            if change.campaign.state in ENDED:
                return check_ended_well(change.campaign, allow_incomplete=allow_incomplete)
        raise not_ended(self.name, timeout)

    def _follow(
        self, follower: Follower, measured: bool, end: float | None = None
    ) -> Iterator[Change]:
        """Changes without an end, over any number of connections, or until `end`."""
        silent_since = time.monotonic()
        said = ""
        while (left := SILENCE if end is None else end - time.monotonic()) > 0:
            request = events_request(
                self.name, follower.sequence, measured=measured, timeout=min(left, SILENCE)
            )
            try:
                for change in self._changes(follower, self._transport.stream(request), end):
                    silent_since = time.monotonic()
                    if change is not None:
                        yield change
                    elif (reason := self.get().waiting) != said and reason:
                        said = reason
                        _LOG.warning("%s: %s", self.name, reason)
            except Unavailable:
                if time.monotonic() - silent_since > PATIENCE:
                    raise
            time.sleep(min(PAUSE, max(0.0, left)))

    def _changes(
        self, follower: Follower, lines: Iterator[str], end: float | None
    ) -> Iterator[Change | None]:
        """What a stream tells; None for each time that it only says that it is there."""
        reader = EventReader()
        for line in lines:
            batch = reader.feed(line)
            if batch is not None:
                change = follower.take(batch)
                if follower.is_lost(batch):
                    change = follower.begin(self.get())
                if change is not None:
                    yield change
            elif line.startswith(":"):
                yield None
            if end is not None and time.monotonic() >= end:
                return

    def curves(
        self,
        trials: Sequence[int] | None = None,
        *,
        where: str | None = None,
        max_points: int = 10000,
    ) -> _operations.Curves:
        """Training curves of these trials, or of all that match: iterate over them, or make a
        frame of all points. A curve of more than `max_points` is thinned, with a warning."""
        return self._transport.run(_operations.curves(self.name, trials, where, max_points))

    def best(
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
        """The best measured shapes of each budget (FLOPs), within limits of parameters, peak
        memory (bytes, or `2GiB`) and latency of a decoded token (s), in one variant of the
        campaign. With `cached` it does not wait until the newest trials are in the answer."""
        limits = {
            "max_parameters": max_parameters,
            "max_memory_bytes": max_memory,
            "max_decode_seconds": max_decode_seconds,
        }
        ranking = _operations.best(self.name, top, budget, limits, cached, variant)
        return self._transport.run(ranking)

    def compare(
        self, reference: str = "base", *, cached: bool = False, **options: Any
    ) -> _api.CompareVariantsResponse:
        """The variants of the campaign beside `reference`, by the pairs of trials that differ in
        nothing else; options are the fields of CompareVariantsRequest (`variants`, `level`, …)."""
        return self._transport.run(_operations.compare(self.name, reference, cached, options))

    def fit(
        self, law: str | None = None, *, cached: bool = False, **options: Any
    ) -> _api.FitLawResponse:
        """A law of loss with intervals: isoflop (default), parametric, shape, surface, levine,
        envelope, methods or ladder; options are the fields of FitLawRequest (`resamples`,
        `level`, …). FailedPrecondition says what trials it lacks."""
        return self._transport.run(_operations.fit(self.name, law, cached, options))

    def predict(
        self, target: float | str | None = None, *, cached: bool = False, **options: Any
    ) -> _api.PredictShapeResponse:
        """The best shape at a compute (FLOPs); without one the campaign's target. Options are
        the fields of PredictShapeRequest (`law`, `max_parameters`, `serve_tokens`, …)."""
        return self._transport.run(_operations.predict(self.name, target, cached, options))

    def figure(self, kind: str = "isoflop", *, theme: str = "light", **options: Any) -> Figure:
        """A figure (docs/figures.md has the kinds); options are the fields of GetFigureRequest."""
        request = figure_request(self.name, kind, options)
        data = self._transport.run(_operations.figure(request))
        return Figure(self._transport, data, request, theme)

    def ask(self, worker: str | None = None, *, wait: float | str | timedelta | None = None) -> Ask:
        """A trial to train by hand: `with c.ask() as t:` gives a lease that beats by itself, or
        None when nothing is left, and hands the trial back on an exception.

        `worker` is the name of who trains. If all trials are held by others, it waits for `wait`
        (seconds, or `10m`) at most, and without it as long as the campaign runs.
        """
        limit = None if wait is None else seconds(wait, "wait")
        return Ask(self._transport, self.name, worker_id(worker), limit)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Campaign)
            and self.name == other.name
            and self._transport.address == other._transport.address
        )

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<{self.name} at {self._transport.address}>"
