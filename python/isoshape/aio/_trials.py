"""The trials of a campaign for asyncio; `_trials.py` of the package is its twin."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from isoshape import _api, _operations
from isoshape._columns import Table
from isoshape._trials import number_of
from isoshape._wire import Op
from isoshape.aio._http import Transport

if TYPE_CHECKING:
    import pandas
    import polars

T = TypeVar("T")


class Trials:
    """Trials by number: `async for` follows all pages, and a frame has all of them."""

    def __init__(self, transport: Transport, campaign: str, where: str | None = None) -> None:
        self._transport = transport
        self._campaign = campaign
        self._where = where

    def where(self, filter: str) -> Trials:
        """Those that match: `budget=9e11 depth>4 state:succeeded` (docs/http.md)."""
        both = filter if self._where is None else f"{self._where} {filter}"
        return Trials(self._transport, self._campaign, both)

    async def count(self) -> int:
        return await self._run(_operations.count_trials(self._campaign, self._where))

    async def get(self, number: int) -> _api.Trial:
        """The trial of that number, from 1."""
        return await self._run(_operations.get_trial(self._name(number)))

    async def head(self, count: int) -> list[_api.Trial]:
        """The first ones, `count` at most."""
        found: list[_api.Trial] = []
        async for trial in self:
            if len(found) == count:
                break
            found.append(trial)
        return found

    async def create(
        self, *, shape: Mapping[str, Any] | _api.Shape, budget_flops: float | str, **fields: Any
    ) -> _api.Trial:
        """Adds a trial: of `shape`, at `budget_flops` (FLOPs); also `seed` and `purpose`.
        A `request_id` makes one trial, however often it is sent."""
        told = {"shape": shape, "budget_flops": budget_flops, **fields}
        return await self._run(_operations.create_trial(self._campaign, told))

    async def retry(self, number: int) -> _api.Trial:
        """Trains one again that failed, diverged or was stopped."""
        return await self._run(_operations.trial_verb(self._name(number), "Retry"))

    async def exclude(self, number: int, reason: str) -> _api.Trial:
        """Leaves one out of every fit and of the search; its result is kept."""
        return await self._run(_operations.trial_verb(self._name(number), "Exclude", reason))

    async def include(self, number: int) -> _api.Trial:
        """Takes an excluded one in again."""
        return await self._run(_operations.trial_verb(self._name(number), "Include"))

    async def measurements(self, number: int) -> list[_api.Measurement]:
        """The whole curve of a trial, as it was reported."""
        return await self._run(_operations.measurements(self._name(number)))

    async def table(self, columns: Sequence[str] | None = None) -> Table:
        """These columns, or all (docs/http.md), of all trials."""
        return await self._run(_operations.trial_table(self._campaign, self._where, columns))

    async def to_dict(self, columns: Sequence[str] | None = None) -> dict[str, list[Any]]:
        """Columns as lists; NaN is what was not measured."""
        return (await self.table(columns)).to_dict()

    async def to_pandas(self, columns: Sequence[str] | None = None) -> pandas.DataFrame:
        """A frame of pandas, a type for each column whatever it holds."""
        return (await self.table(columns)).to_pandas()

    async def to_polars(self, columns: Sequence[str] | None = None) -> polars.DataFrame:
        """A frame of polars, as `to_pandas`."""
        return (await self.table(columns)).to_polars()

    async def __aiter__(self) -> AsyncIterator[_api.Trial]:
        wanted = None
        if self._where is not None:
            numbers = _operations.trial_numbers(self._campaign, self._where)
            wanted = set(await self._run(numbers))
        token = ""
        while True:
            page, token = await self._run(_operations.trial_page(self._campaign, token))
            for trial in page:
                if wanted is None or number_of(trial) in wanted:
                    yield trial
            if not token:
                return

    def __repr__(self) -> str:
        matching = f" where {self._where}" if self._where else ""
        return f"<trials of {self._campaign}{matching}>"

    def _name(self, number: int) -> str:
        return _operations.trial_name(self._campaign, number)

    async def _run(self, operation: Op[T]) -> T:
        return await self._transport.run(operation)
