"""Server-sent events as batches of changes, and what is told of one campaign."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from isoshape._api import Campaign
from isoshape._columns import values_of
from isoshape._wire import Request, target
from isoshape.errors import CampaignCancelled, CampaignIncomplete, DeadlineExceeded, NotFound

ENDED = ("completed", "incomplete", "cancelled")
"""States that a campaign does not leave by itself."""
COLUMNS = ("number", "state", "depth", "width", "budget_flops", "validation_loss")
SILENCE = 40.0
"""Seconds without a line after which a stream is lost; a comment comes every 15 s."""
PAUSE = 0.5
"""Seconds before a lost stream is asked for again."""
PATIENCE = 600.0
"""Seconds that a watcher waits for a coordinator that is gone, as the command line does."""


class EventReader:
    """Lines of a stream in, the JSON of its events out."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def feed(self, line: str) -> dict[str, Any] | None:
        """The event that this line ends, if it ends one."""
        if line.startswith("data:"):
            self._data.append(line[5:].removeprefix(" "))
        if line or not self._data:
            return None
        event: dict[str, Any] = json.loads("\n".join(self._data))
        self._data = []
        return event


def events_request(campaign: str, after: int, *, measured: bool, timeout: float) -> Request:
    """The stream of one campaign's changes after a sequence; 0: from now on. It is lost if no line
    comes for `timeout` seconds."""
    query = {
        "campaigns": campaign,
        "columns": COLUMNS,
        "after": after or None,
        "measured": measured or None,
    }
    return Request("GET", target("/v1/events", query), timeout=timeout)


@dataclass(frozen=True)
class Change:
    """What changed in a campaign since the change before.

    `sequence` is where to go on from (`watch(after=…)`). `trials` are rows of those that changed:
    number, state, depth, width, budget_flops, validation_loss (nats per token). `reset`: what
    happened meanwhile cannot be told, so that everything is to be read anew.
    """

    sequence: int
    campaign: Campaign
    trials: Sequence[dict[str, Any]] = field(default=())
    reset: bool = False

    def __str__(self) -> str:
        counts = self.campaign.trial_counts
        ended = counts.succeeded + counts.diverged + counts.stopped + counts.failed
        ended += counts.cancelled
        total = ended + counts.pending + counts.leased
        said = f"{self.campaign.name} {self.campaign.state}: {ended} of {total} trials ended"
        for row in self.trials[:3]:
            said += f", {row['number']} {row['state']}"
            if row["validation_loss"] == row["validation_loss"]:
                said += f" ({row['validation_loss']:.4f})"
        more = len(self.trials) - 3
        return said + (f", and {more} more" if more > 0 else "")


class Follower:
    """What a watcher of one campaign knows: which batch is news, and where to go on from."""

    def __init__(self, name: str, after: int) -> None:
        self.name = name
        self.sequence = after
        self.current: Campaign | None = None

    def begin(self, campaign: Campaign) -> Change:
        """The campaign as it is when the watching begins, or after a reset."""
        first = self.current is None
        self.current = campaign
        return Change(self.sequence, campaign, reset=not first)

    def take(self, batch: dict[str, Any]) -> Change | None:
        """The change that a batch tells, if it tells one of this campaign. NotFound: it is gone."""
        self.sequence = int(batch.get("sequence", self.sequence))
        for told in batch.get("changes", ()):
            campaign = Campaign.from_json(told.get("campaign", {}))
            if campaign.name != self.name:
                continue
            if told.get("deleted"):
                raise NotFound(f"{self.name} was deleted; there is nothing more to watch")
            self.current = campaign
            return Change(self.sequence, campaign, rows_of(told.get("columns", ())))
        return None

    def is_lost(self, batch: dict[str, Any]) -> bool:
        """Whether the campaign is to be read after this batch."""
        return self.current is None or bool(batch.get("reset"))


def rows_of(columns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Columns as rows."""
    read = {column["name"]: values_of(column) for column in columns}
    return [dict(zip(read, row, strict=True)) for row in zip(*read.values(), strict=True)]


def check_ended_well(campaign: Campaign, *, allow_incomplete: bool) -> Campaign:
    """The campaign, if it ended with what was asked for; else the error says what it lacks."""
    if campaign.state == "cancelled":
        raise CampaignCancelled(f"{campaign.name} was cancelled; create another one")
    if campaign.state == "incomplete" and not allow_incomplete:
        raise CampaignIncomplete(
            f"{campaign.name} is incomplete: {campaign.missing}; retry its trials, or wait with "
            "allow_incomplete=True"
        )
    return campaign


def not_ended(name: str, timeout: object) -> DeadlineExceeded:
    """The error of a campaign that was waited for in vain."""
    return DeadlineExceeded(f"{name} has not ended in {timeout}; it goes on, wait for it again")
