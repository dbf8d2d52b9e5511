"""Trials and curves in columns, as frames of pandas and polars with fixed types."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from isoshape.errors import InvalidArgument

if TYPE_CHECKING:
    import pandas
    import polars

Kind = Literal["integer", "number", "flag", "text", "time"]

INTEGERS = (
    "number depth width heads ffn_width seed steps tokens parameters lost_leases retries"
).split()
NUMBERS = (
    "aspect_ratio budget_flops flops size validation_loss validation_loss_stderr train_loss "
    "loss_above_best tokens_per_size step_seconds tokens_per_second wall_seconds decode_seconds "
    "prefill_seconds peak_memory_bytes gradient_norm_max generalization_gap loss_spikes last_loss"
).split()
TEXTS = (
    "state purpose variant worker device_name engine precision failure error reason source"
).split()
TIMES = "create_time start_time end_time".split()

TRIAL_COLUMNS: Mapping[str, Kind] = {
    **dict.fromkeys(INTEGERS, "integer"),
    "excluded": "flag",
    **dict.fromkeys(NUMBERS, "number"),
    **dict.fromkeys(TEXTS, "text"),
    **dict.fromkeys(TIMES, "time"),
}
"""Columns of trials (docs/http.md) with their kinds. What was not measured is NaN in numbers and
missing in times."""

CURVE_COLUMNS: Mapping[str, Kind] = {
    "trial": "integer",
    "budget_flops": "number",
    "size": "number",
    "state": "text",
    "tokens": "integer",
    "flops": "number",
    "train_loss": "number",
    "validation_loss": "number",
}
"""Columns of training curves, a row for each point. Losses are nats per token."""


def values_of(column: Mapping[str, Any]) -> list[Any]:
    """The values of a TrialColumn of JSON: NaN where a number was not measured."""
    texts = column.get("texts") or ()
    if column.get("codes"):
        return [texts[code] for code in column["codes"]]
    numbers = column.get("numbers") or ()
    kind = TRIAL_COLUMNS.get(column["name"], "number")
    if kind == "integer":
        return [int(value) for value in numbers]
    if kind == "flag":
        return [value != 0 for value in numbers]
    if kind == "time":
        return list(numbers)
    return [math.nan if value is None else float(value) for value in numbers]


def to_pandas(columns: Mapping[str, list[Any]], kinds: Mapping[str, Kind]) -> pandas.DataFrame:
    """A frame with a type for each kind: int64, float64, bool, string, datetime64[us, UTC]."""
    try:
        import pandas
    except ImportError:
        raise _missing("pandas") from None

    types = {"integer": "int64", "number": "float64", "flag": "bool", "text": "string"}
    series = {}
    for name, values in columns.items():
        kind = kinds[name]
        if kind == "time":
            plain = pandas.Series(_microseconds(values), dtype="Int64")
            series[name] = pandas.to_datetime(plain, unit="us", utc=True).astype(
                "datetime64[us, UTC]"
            )
        else:
            series[name] = pandas.Series(values, dtype=types[kind])
    frame: pandas.DataFrame = pandas.DataFrame(series, columns=list(columns))
    return frame


def to_polars(columns: Mapping[str, list[Any]], kinds: Mapping[str, Kind]) -> polars.DataFrame:
    """A frame with a type for each kind: Int64, Float64, Boolean, String, Datetime(us, UTC)."""
    try:
        import polars
    except ImportError:
        raise _missing("polars") from None

    types: dict[str, Any] = {
        "integer": polars.Int64,
        "number": polars.Float64,
        "flag": polars.Boolean,
        "text": polars.String,
        "time": polars.Datetime("us", "UTC"),
    }
    series = []
    for name, values in columns.items():
        kind = kinds[name]
        if kind == "time":
            plain = polars.Series(name, _microseconds(values), polars.Int64)
            series.append(plain.cast(types[kind]))
        else:
            series.append(polars.Series(name, values, types[kind]))
    return polars.DataFrame(series)


def _missing(package: str) -> InvalidArgument:
    return InvalidArgument(
        f"{package} is not installed; pip install {package}, or take lists by to_dict()"
    )


def _microseconds(values: list[Any]) -> list[int | None]:
    return [None if value is None else round(value * 1e6) for value in values]


class Table:
    """Columns of equal length with a kind each."""

    def __init__(self, columns: Mapping[str, list[Any]], kinds: Mapping[str, Kind]) -> None:
        self._columns = columns
        self._kinds = kinds

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns as lists."""
        return dict(self._columns)

    def to_pandas(self) -> pandas.DataFrame:
        """A frame of pandas, which must be installed."""
        return to_pandas(self._columns, self._kinds)

    def to_polars(self) -> polars.DataFrame:
        """A frame of polars, which must be installed."""
        return to_polars(self._columns, self._kinds)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))


def joined(pages: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Table:
    """The table of ListTrialTable's pages; also without rows it has its columns."""
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for page in pages:
        for told in page.get("columns", ()):
            columns[told["name"]] += values_of(told)
    return Table(columns, {name: TRIAL_COLUMNS[name] for name in names})
