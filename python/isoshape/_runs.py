"""Runs that people have: tables from files, frames and the objects of other tools."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from isoshape._message import plain
from isoshape.errors import InvalidArgument

FORMS = (
    "give a file (CSV, JSON, JSON lines, Parquet), a frame of pandas or polars, a table of "
    "pyarrow, a list of mappings, a mapping of lists, runs of wandb, or a study of Optuna"
)
PARQUET = b"PAR1"


@dataclass(frozen=True)
class Source:
    """Runs as the command line reads them: a path, or text for its standard input."""

    name: str
    path: str | None
    text: bytes | None


def source_of(runs: Any) -> Source:
    """What to hand to the command line. InvalidArgument for what is no table of runs."""
    if isinstance(runs, str | os.PathLike):
        return _file(Path(runs))
    if hasattr(runs, "trials_dataframe"):
        return source_of(runs.trials_dataframe())
    columns = _columns(runs)
    if columns is not None:
        return _table(columns, type(runs).__name__)
    if isinstance(runs, Iterable) and not isinstance(runs, bytes | Mapping):
        return _rows([_row(run) for run in runs], type(runs).__name__)
    raise InvalidArgument(f"{type(runs).__name__} is no table of runs; {FORMS}")


def _file(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            begins = file.read(len(PARQUET))
    except OSError as error:
        raise InvalidArgument(f"{str(path)!r} cannot be read: {error.strerror}") from None
    if begins == PARQUET:
        return _parquet(path)
    return Source(str(path), str(path), None)


def _parquet(path: Path) -> Source:
    try:
        from pyarrow import parquet
    except ImportError:
        raise InvalidArgument(
            f"{str(path)!r} is Parquet, which pyarrow reads; pip install 'isoshape[parquet]'"
        ) from None
    try:
        table = parquet.read_table(path).to_pydict()
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise InvalidArgument(f"{str(path)!r} is no Parquet that pyarrow reads: {said}") from None
    source = source_of(table)
    return Source(str(path), None, source.text)


def _columns(runs: Any) -> dict[str, list[Any]] | None:
    """Columns of a frame, a table or a mapping of lists; None if it is none of these."""
    if isinstance(runs, Mapping):
        if not all(isinstance(values, list | tuple) for values in runs.values()):
            raise InvalidArgument("a mapping of runs has a list for each column; " + FORMS)
        return {str(name): list(values) for name, values in runs.items()}
    module = type(runs).__module__.partition(".")[0]
    if module == "pandas":
        found = runs.to_dict("list")
    elif module == "polars":
        found = runs.to_dict(as_series=False)
    elif module == "pyarrow":
        found = runs.to_pydict()
    else:
        return None
    return {str(name): list(values) for name, values in found.items()}


def _row(run: Any) -> dict[str, Any]:
    """A run as an object of JSON: a mapping, or a run of wandb with its summary and config."""
    if isinstance(run, Mapping):
        return {str(name): value for name, value in run.items()}
    if hasattr(run, "summary") and hasattr(run, "config"):
        summary = getattr(run.summary, "_json_dict", None) or dict(run.summary)
        found = {"summary": summary, "config": dict(run.config)}
        return {**found, "run_id": run.id} if hasattr(run, "id") else found
    raise InvalidArgument(f"{type(run).__name__} is no run; {FORMS}")


def _table(columns: dict[str, list[Any]], name: str) -> Source:
    lengths = {key: len(values) for key, values in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{key} {count}" for key, count in lengths.items())
        raise InvalidArgument(f"{name}: columns differ in length ({said}); give equal ones")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return _rows(rows, name)


def _rows(rows: list[dict[str, Any]], name: str) -> Source:
    if not rows:
        raise InvalidArgument(f"{name} has no rows; give one for each run")
    # Times of frames may be without a zone, and no law asks for them: their text does.
    told = [
        {key: str(each) if isinstance(each, datetime) else each for key, each in row.items()}
        for row in rows
    ]
    return Source(name, None, json.dumps(plain(told), default=str).encode())
