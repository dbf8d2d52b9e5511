"""The client for asyncio; `_client.py` of the package is its twin."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from isoshape import _api, _operations
from isoshape._address import address_of, tls_of, token_of
from isoshape._imports import Asked, Imported, read, space_of_campaign, write
from isoshape._wire import DEFAULT_TIMEOUT, call
from isoshape.aio._campaign import Campaign
from isoshape.aio._http import Transport


async def connect(
    address: str | None = None,
    *,
    token: str | None = None,
    token_file: str | os.PathLike[str] | None = None,
    ca_file: str | os.PathLike[str] | None = None,
) -> Client:
    """A client of the coordinator at `address`, as `isoshape.connect`."""
    where = address_of(address)
    transport = Transport(where, token_of(where, token, token_file), tls_of(where, ca_file))
    return Client(transport, await transport.run(_operations.check_version()))


class Client:
    """A coordinator. Holds no state but connections."""

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

    async def describe(
        self, shape: Mapping[str, Any] | _api.Shape | str, budgets: Sequence[float | str] = ()
    ) -> _api.DescribeShapeResponse:
        return await self._transport.run(_operations.describe(shape, budgets))

    async def import_runs(
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
        """Brings runs that were trained elsewhere into a campaign, as Client.import_runs of the
        package; they are read in another thread."""
        name = into.name if isinstance(into, Campaign) else into
        asked = Asked(runs, columns, where, source, shapes, quiet, flags)
        campaign = await self._transport.run(space_of_campaign(name, create))
        answer = await asyncio.to_thread(read, asked, campaign)
        return await self._transport.run(write(campaign.name, answer))

    async def call(
        self,
        method: str,
        request: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> dict[str, Any]:
        """A raw call by its name, `CampaignService.ListTrials`: JSON in, JSON out."""
        return await self._transport.run(call(method, request, timeout=timeout))

    async def close(self) -> None:
        """Closes connections; the client can still be used."""
        await self._transport.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<isoshape coordinator {self.version} at {self.address}>"


class Campaigns:
    """The campaigns of a coordinator, newest first."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(
        self,
        id: str | None = None,
        *,
        campaign: Mapping[str, Any] | _api.Campaign | None = None,
        **fields: Any,
    ) -> Campaign:
        made = await self._transport.run(_operations.create_campaign(id, campaign, fields, False))
        return Campaign(self._transport, made.name, made)

    async def validate(
        self, *, campaign: Mapping[str, Any] | _api.Campaign | None = None, **fields: Any
    ) -> _api.Campaign:
        return await self._transport.run(_operations.create_campaign(None, campaign, fields, True))

    async def get(self, name: str) -> Campaign:
        """The campaign of that name. NotFound if there is none."""
        wanted = _operations.get_campaign(_operations.campaign_name(name))
        found = await self._transport.run(wanted)
        return Campaign(self._transport, found.name, found)

    async def list(
        self, *, labels: Mapping[str, str] | None = None, state: str | None = None
    ) -> list[Campaign]:
        """All campaigns, or those in a state or with all of these labels; `.record` of each is
        what it is now."""
        found = await self._transport.run(_operations.campaigns(labels, state))
        return [Campaign(self._transport, each.name, each) for each in found]

    async def __aiter__(self) -> AsyncIterator[Campaign]:
        for each in await self.list():
            yield each
