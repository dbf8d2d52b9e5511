"""The trials of a campaign: a sequence that is read as far as it is asked for, and never cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from isoshape import _api, _operations
from isoshape._columns import Table
from isoshape._http import Transport
from isoshape._wire import Op

if TYPE_CHECKING:
    import pandas
    import polars

T = TypeVar("T")

FEW = 16
"""So many trials are read one by one, more by pages."""


class Trials:
    """Trials by number. `len()` counts them on the coordinator, iteration follows all pages,
    indices and slices are as of a list, and a frame has all of them."""

    def __init__(self, transport: Transport, campaign: str, where: str | None = None) -> None:
        self._transport = transport
        self._campaign = campaign
        self._where = where

    def where(self, filter: str) -> Trials:
        """Those that match: `budget=9e11 depth>4 state:succeeded` (docs/http.md)."""
        both = filter if self._where is None else f"{self._where} {filter}"
        return Trials(self._transport, self._campaign, both)

    def get(self, number: int) -> _api.Trial:
        """The trial of that number, from 1."""
        return self._run(_operations.get_trial(_operations.trial_name(self._campaign, number)))

    def head(self, count: int) -> list[_api.Trial]:
        """The first ones, `count` at most."""
        return self[:count]

    def create(
        self, *, shape: Mapping[str, Any] | _api.Shape, budget_flops: float | str, **fields: Any
    ) -> _api.Trial:
        """Adds a trial: of `shape`, at `budget_flops` (FLOPs); also `seed` and `purpose`.
        A `request_id` makes one trial, however often it is sent."""
        told = {"shape": shape, "budget_flops": budget_flops, **fields}
        return self._run(_operations.create_trial(self._campaign, told))

    def retry(self, number: int) -> _api.Trial:
        """Trains one again that failed, diverged or was stopped."""
        return self._verb(number, "Retry")

    def exclude(self, number: int, reason: str) -> _api.Trial:
        """Leaves one out of every fit and of the search; its result is kept."""
        return self._verb(number, "Exclude", reason)

    def include(self, number: int) -> _api.Trial:
        """Takes an excluded one in again."""
        return self._verb(number, "Include")

    def measurements(self, number: int) -> list[_api.Measurement]:
        """The whole curve of a trial, as it was reported."""
        name = _operations.trial_name(self._campaign, number)
        return self._run(_operations.measurements(name))

    def table(self, columns: Sequence[str] | None = None) -> Table:
        """These columns, or all (docs/http.md), of all trials."""
        return self._run(_operations.trial_table(self._campaign, self._where, columns))

    def to_dict(self, columns: Sequence[str] | None = None) -> dict[str, list[Any]]:
        """Columns as lists; NaN is what was not measured."""
        return self.table(columns).to_dict()

    def to_pandas(self, columns: Sequence[str] | None = None) -> pandas.DataFrame:
        """A frame of pandas, a type for each column whatever it holds; NaN is what was not
        measured."""
        return self.table(columns).to_pandas()

    def to_polars(self, columns: Sequence[str] | None = None) -> polars.DataFrame:
        """A frame of polars, as `to_pandas`."""
        return self.table(columns).to_polars()

    def __len__(self) -> int:
        return self._run(_operations.count_trials(self._campaign, self._where))

    def __iter__(self) -> Iterator[_api.Trial]:
        wanted = None if self._where is None else set(self._numbers())
        token = ""
        while True:
            page, token = self._run(_operations.trial_page(self._campaign, token))
            for trial in page:
                if wanted is None or number_of(trial) in wanted:
                    yield trial
            if not token:
                return

    @overload
    def __getitem__(self, index: int) -> _api.Trial: ...
    @overload
    def __getitem__(self, index: slice) -> list[_api.Trial]: ...
    def __getitem__(self, index: int | slice) -> _api.Trial | list[_api.Trial]:
        numbers = self._numbers()
        if isinstance(index, int):
            return self.get(numbers[index])
        chosen = numbers[index]
        if len(chosen) <= FEW:
            return [self.get(number) for number in chosen]
        every = {number_of(trial): trial for trial in Trials(self._transport, self._campaign)}
        return [every[number] for number in chosen]

    def __bool__(self) -> bool:
        return len(self) > 0

    def __repr__(self) -> str:
        matching = f" where {self._where}" if self._where else ""
        return f"<trials of {self._campaign}{matching}>"

    def _numbers(self) -> list[int]:
        return self._run(_operations.trial_numbers(self._campaign, self._where))

    def _verb(self, number: int, verb: str, reason: str | None = None) -> _api.Trial:
        name = _operations.trial_name(self._campaign, number)
        return self._run(_operations.trial_verb(name, verb, reason))

    def _run(self, operation: Op[T]) -> T:
        return self._transport.run(operation)


def number_of(trial: _api.Trial) -> int:
    """The number in a trial's name."""
    return int(trial.name.rpartition("/")[2])
