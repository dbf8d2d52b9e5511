"""The client: where a coordinator is, and the campaigns that it has."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from isoshape import _api, _operations
from isoshape._address import address_of, tls_of, token_of
from isoshape._campaign import Campaign
from isoshape._http import Transport
from isoshape._imports import Asked, Imported, read, space_of_campaign, write
from isoshape._wire import DEFAULT_TIMEOUT, call


def connect(
    address: str | None = None,
    *,
    token: str | None = None,
    token_file: str | os.PathLike[str] | None = None,
    ca_file: str | os.PathLike[str] | None = None,
) -> Client:
    """A client of the coordinator at `address`: HOST:PORT, http://…, https://… or unix:PATH.

    Without one it is that of ISOSHAPE_HTTP, else port 50580 on the host of ISOSHAPE_SERVER, else
    of this machine. Starts nothing; one GET checks the version. `token` (else ISOSHAPE_TOKEN, or
    the file `token_file`, else of ISOSHAPE_TOKEN_FILE) is sent with every request; `ca_file` has
    the authorities that https trusts instead of the system's.

    Raises Unavailable if no coordinator answers, VersionMismatch if it is of another major
    version.
    """
    where = address_of(address)
    transport = Transport(where, token_of(where, token, token_file), tls_of(where, ca_file))
    return Client(transport, transport.run(_operations.check_version()))


class Client:
    """A coordinator. Holds no state but connections; may be used by several threads."""

    def __init__(self, transport: Transport, version: str) -> None:
        self._transport = transport
        self.version = version
        """Version of the coordinator."""
        self.campaigns = Campaigns(transport)

    @property
    def address(self) -> str:
        """Where the coordinator answers, which is also its dashboard."""
        return str(self._transport.address)

    def campaign(self, name: str) -> Campaign:
        """The campaign of that name, `c1` or `campaigns/c1`; nothing is asked."""
        return Campaign(self._transport, _operations.campaign_name(name))

    def describe(
        self, shape: Mapping[str, Any] | _api.Shape | str, budgets: Sequence[float | str] = ()
    ) -> _api.DescribeShapeResponse:
        """Parameters, FLOPs, memory, and tokens at budgets (FLOPs) of a shape or of the name of a
        reference shape such as `llama-7b`."""
        return self._transport.run(_operations.describe(shape, budgets))

    def import_runs(
        self,
        runs: Any,
        into: str | Campaign,
        *,
        create: bool = False,
        columns: Mapping[str, str] | None = None,
        where: Mapping[str, str] | Sequence[str] | None = None,
        source: str | None = None,
        shapes: bool = True,
        quiet: bool = False,
        **flags: Any,
    ) -> Imported:
        """Brings runs that were trained elsewhere into a campaign, as trials of purpose IMPORTED:
        fits, predictions and figures use them with `imported=True`, and unasked if the campaign has
        no others; the search never does.

        `runs`, `columns` and `where` are those of `isoshape.fit`: a file (CSV, JSON, JSON lines,
        Parquet), a frame, a list of mappings, runs of wandb, a study of Optuna. `into` is the
        campaign; `create` makes one that trains nothing, if there is none of that name. A run is
        brought once: it is known by `source` (by default the name of the file, or the kind of
        table) and its id in the table, or else its row. Depth and width are brought if the
        campaign's space makes models of so many parameters of them, unless `shapes` is false.
        Further keywords are the flags of `isoshape import`.

        InvalidArgument names the columns that were seen and those that are needed, or the row that
        is no run; AlreadyExists the one that the campaign has with other figures. Of each thousand
        runs all are imported or none.
        """
        name = into.name if isinstance(into, Campaign) else into
        asked = Asked(runs, columns, where, source, shapes, quiet, flags)
        campaign = self._transport.run(space_of_campaign(name, create))
        return self._transport.run(write(campaign.name, read(asked, campaign)))

    def call(
        self,
        method: str,
        request: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> dict[str, Any]:
        """A raw call by its name, `CampaignService.ListTrials`: JSON in, JSON out, no limit but
        the coordinator's. `timeout` is in seconds."""
        return self._transport.run(call(method, request, timeout=timeout))

    def close(self) -> None:
        """Closes connections; the client can still be used."""
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<isoshape coordinator {self.version} at {self.address}>"


class Campaigns:
    """The campaigns of a coordinator, newest first."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        id: str | None = None,
        *,
        campaign: Mapping[str, Any] | _api.Campaign | None = None,
        **fields: Any,
    ) -> Campaign:
        """Creates a campaign and proposes its first trials. Keywords are the fields of Campaign
        (`budgets`, in FLOPs, is required), over those of `campaign`; parts are mappings:
        `space={"max_depth": 8}`. Without `id` the coordinator names it.

        Raises InvalidArgument with `.field` and `.remedy`, AlreadyExists, or FailedPrecondition
        if no shape is feasible.
        """
        made = self._transport.run(_operations.create_campaign(id, campaign, fields, False))
        return Campaign(self._transport, made.name, made)

    def validate(
        self, *, campaign: Mapping[str, Any] | _api.Campaign | None = None, **fields: Any
    ) -> _api.Campaign:
        """What `create` would make: defaults filled in, and in `planner_note` how many trials
        would come first. Nothing is stored."""
        return self._transport.run(_operations.create_campaign(None, campaign, fields, True))

    def get(self, name: str) -> Campaign:
        """The campaign of that name. NotFound if there is none."""
        found = self._transport.run(_operations.get_campaign(_operations.campaign_name(name)))
        return Campaign(self._transport, found.name, found)

    def list(
        self, *, labels: Mapping[str, str] | None = None, state: str | None = None
    ) -> list[Campaign]:
        """All campaigns, or those in a state or with all of these labels; `.record` of each is
        what it is now."""
        found = self._transport.run(_operations.campaigns(labels, state))
        return [Campaign(self._transport, each.name, each) for each in found]

    def __iter__(self) -> Iterator[Campaign]:
        yield from self.list()

    def __getitem__(self, name: str) -> Campaign:
        return self.get(name)

    def __len__(self) -> int:
        return len(self.list())
