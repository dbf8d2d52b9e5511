"""Runs that were trained elsewhere, brought into a campaign."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isoshape import _api
from isoshape._files import say_columns, with_columns
from isoshape._operations import campaign_name, get_campaign
from isoshape._programs import flags_of, run_json
from isoshape._runs import source_of
from isoshape._wire import LONG_TIMEOUT, Op, call
from isoshape.errors import AlreadyExists, InvalidArgument, NotFound

AT_ONCE = 1000
"""Runs in one call, the most that the coordinator takes."""
SPACE = ("name", "space", "recipe", "budgets")
"""Fields of a campaign that say what its shapes are."""


@dataclass(frozen=True)
class Asked:
    """What `import_runs` was given."""

    runs: Any
    columns: Mapping[str, str] | None
    where: Mapping[str, str] | Sequence[str] | None
    source: str | None
    shapes: bool
    quiet: bool
    flags: Mapping[str, Any]


@dataclass(frozen=True)
class Imported:
    """What was imported, and how it was read."""

    campaign: str
    """`campaigns/{id}`."""
    trials: Sequence[_api.Trial]
    """Of purpose IMPORTED, in the order of the rows; those that were there already, too."""
    known: int
    """How many were there already."""
    columns: Mapping[str, str]
    """By `loss`, `params`, `tokens` and so on the name of that column in the table."""
    notes: Sequence[str]
    """What was read otherwise than it stands there, a sentence each."""

    def __len__(self) -> int:
        return len(self.trials)

    def __repr__(self) -> str:
        added = len(self.trials) - self.known
        return f"<{added} runs imported into {self.campaign}, {self.known} were there already>"


def space_of_campaign(name: str, create: bool) -> Op[_api.Campaign]:
    """The campaign that runs go into; with `create` one that trains nothing by itself, if there is
    none of that name."""
    try:
        return (yield from get_campaign(campaign_name(name)))
    except NotFound as error:
        if not create:
            raise NotFound(
                f"{error.message}; create=True makes one for runs alone, which trains nothing"
            ) from None
    told = {"display_name": "runs from elsewhere", "algorithm": {"external": {}}}
    request = {"campaign_id": campaign_name(name).removeprefix("campaigns/"), "campaign": told}
    try:
        answer = yield from call("CampaignService/CreateCampaign", request)
        return _api.Campaign.from_json(answer)
    except AlreadyExists:  # by somebody else meanwhile
        return (yield from get_campaign(campaign_name(name)))


def read(asked: Asked, campaign: _api.Campaign) -> dict[str, Any]:
    """The runs as the command line reads them for this campaign: `runs`, as ImportedRun has them,
    `columns` and `notes`. InvalidArgument says what was seen, and what is needed."""
    source = source_of(asked.runs)
    told = flags_of(asked.flags.items())
    told += with_columns(asked.columns, asked.where)
    told += [f"--source={asked.source or Path(source.name).name}"]
    told += [] if asked.shapes else ["--no-shapes"]
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as record:
        told_of = campaign.to_json()
        json.dump({name: told_of[name] for name in SPACE if name in told_of}, record)
        record.flush()
        command = ["import", "--dry-run", f"--into-record={record.name}", *told]
        found, notes = run_json([*command, source.path or "-"], source.text)
    answer: dict[str, Any] = found
    said = [note for note in notes if note not in answer["notes"]]
    answer["notes"] = [*answer["notes"], *said]
    if not asked.quiet:
        say_columns(source, answer, answer["notes"])
    return answer


def write(campaign: str, answer: Mapping[str, Any]) -> Op[Imported]:
    """Brings them, a thousand at a time; all of a thousand or, if one is refused, none. What was
    brought before stays, and is known when it is brought again."""
    runs: list[dict[str, Any]] = list(answer["runs"])
    trials: list[_api.Trial] = []
    known = 0
    for begin in range(0, len(runs), AT_ONCE):
        some = runs[begin : begin + AT_ONCE]
        request = {"parent": campaign, "runs": some}
        try:
            told = yield from call("CampaignService/ImportTrials", request, timeout=LONG_TIMEOUT)
        except (InvalidArgument, AlreadyExists) as error:
            raise type(error)(_by_source(error.message, some, begin)) from None
        found = _api.ImportTrialsResponse.from_json(told)
        trials += found.trials
        known += found.known
    return Imported(campaign, trials, known, answer.get("columns", {}), answer["notes"])


def _by_source(message: str, runs: Sequence[Mapping[str, Any]], before: int) -> str:
    """`runs[12].tokens …` names the run, and what became of the others."""
    found = re.search(r"runs\[(\d+)\][.:]?", message)
    if found is None or int(found[1]) >= len(runs):
        return message
    source = runs[int(found[1])].get("source", "")
    said = f"{message[: found.start()]}{source}: {message[found.end() :].lstrip()}"
    kept = f"the {before} runs before are imported" if before else "no run is imported"
    return f"{said}; {kept}"
