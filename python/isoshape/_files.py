"""Fits and predictions of runs from files and frames, by the command line on this machine: no
coordinator is needed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from isoshape import _api
from isoshape._figure import Picture, format_of, write_whole
from isoshape._programs import flags_of, run, run_json
from isoshape._runs import Source, source_of


@overload
def fit(
    runs: Any,
    law: str | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | Sequence[str] | None = None,
    by: None = None,
    quiet: bool = False,
    **flags: Any,
) -> _api.FitLawResponse: ...
@overload
def fit(
    runs: Any,
    law: str | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | Sequence[str] | None = None,
    by: str,
    quiet: bool = False,
    **flags: Any,
) -> _api.RecipeFits: ...
def fit(
    runs: Any,
    law: str | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | Sequence[str] | None = None,
    by: str | None = None,
    quiet: bool = False,
    **flags: Any,
) -> _api.FitLawResponse | _api.RecipeFits:
    """A law of loss, with intervals, of finished runs: parametric (default), isoflop, shape,
    levine, envelope, methods, ladder or surface.

    `runs` is a file (CSV, JSON, JSON lines, Parquet; exports of W&B, MLflow and Optuna), a frame
    of pandas or polars, a list of mappings, runs of wandb, or a study of Optuna. Columns are found
    by common names, and standard error says which, unless it is to be `quiet`;
    `columns={"loss": "val_loss"}` names them. One of params, tokens and flops may be missing: it
    is taken from C = 6 N D. `where={"cooled": "1"}` takes only such rows. `by` is a column that
    tells recipes apart: a fit of each, and tests of equal exponents. Further keywords are the
    flags of `isoshape fit`: bootstrap, level, seed, size, corpus, ….

    Returns FitLawResponse, or with `by` RecipeFits. Raises InvalidArgument for runs that cannot
    be read and FailedPrecondition for those that do not fix the law.
    """
    asked = {"law": law, "by": by, **flags}
    answer, source, notes = _ask("fit", runs, columns, where, asked)
    if not quiet:
        say_columns(source, answer.get("table") or {}, notes)
    if by is not None:
        return _api.RecipeFits.from_json(answer)
    return _api.FitLawResponse.from_json(answer)


def predict(
    runs: Any,
    compute: float | str | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | Sequence[str] | None = None,
    quiet: bool = False,
    **flags: Any,
) -> _api.PredictShapeResponse:
    """The best size, and with width and depth the best shape, at a compute (FLOPs). `runs`,
    `columns` and `where` are those of `fit`; further keywords are the flags of
    `isoshape predict`: law, tokens_per_param, serve_tokens, at_size, max_params, …."""
    answer, source, notes = _ask("predict", runs, columns, where, {"compute": compute, **flags})
    if not quiet:
        say_columns(source, answer.get("table") or {}, notes)
    return _api.PredictShapeResponse.from_json(answer)


class FileFigure(Picture):
    """A figure of runs without a coordinator; a notebook shows it as SVG."""

    def __init__(self, data: _api.Figure, source: Source, flags: list[str], kind: str) -> None:
        super().__init__(data, {"campaign": "", "kind": kind})
        self._source = source
        self._flags = flags

    def drawn(self, format: str, *, width: str | None = None, theme: str | None = None) -> bytes:
        """The figure as svg, pdf, png, tex, gp, csv, json or text."""
        page = flags_of({"format": format, "width": width, "theme": theme}.items())
        written, _ = run([*self._flags, *page, "--file", "-"], self._source.text)
        return written

    def save(
        self, path: str | os.PathLike[str], *, width: str | None = None, theme: str | None = None
    ) -> Path:
        """Writes a file in the format that its name ends in. Returns its path."""
        drawn = self.drawn(format_of(path), width=width, theme=theme)
        return write_whole(path, drawn)

    def _repr_svg_(self) -> str | None:
        return self.drawn("svg").decode()


def figure(
    runs: Any,
    kind: str = "isoflop",
    *,
    columns: Mapping[str, str] | None = None,
    where: Mapping[str, str] | Sequence[str] | None = None,
    **flags: Any,
) -> FileFigure:
    """A figure of finished runs (docs/figures.md has the kinds). `runs`, `columns` and `where`
    are those of `fit`; further keywords are the flags of `isoshape plot`."""
    source = source_of(runs)
    told = ["plot", f"--input={source.path or '-'}", *flags_of({"kind": kind, **flags}.items())]
    told += with_columns(columns, where)
    written, _ = run([*told, "--format=json", "--file", "-"], source.text)
    return FileFigure(_api.Figure.from_json(json.loads(written)), source, told, kind)


def with_columns(
    columns: Mapping[str, str] | None, where: Mapping[str, str] | Sequence[str] | None
) -> list[str]:
    """Flags of what the columns are and which rows count."""
    rows = dict(where) if isinstance(where, Mapping) else where
    return flags_of({"column": dict(columns) if columns else {}, "where": rows}.items())


def _ask(
    command: str,
    runs: Any,
    columns: Mapping[str, str] | None,
    where: Mapping[str, str] | Sequence[str] | None,
    flags: Mapping[str, Any],
) -> tuple[dict[str, Any], Source, list[str]]:
    source = source_of(runs)
    told = [f"--input={source.path or '-'}", *with_columns(columns, where)]
    answer, notes = run_json([command, *told, *flags_of(flags.items())], source.text)
    return answer, source, notes


def say_columns(source: Source, table: Mapping[str, Any], notes: Sequence[str]) -> None:
    """Says on standard error which columns were taken, and what was read otherwise than it stands
    there."""
    columns = ", ".join(f"{name} = {column}" for name, column in table.get("columns", {}).items())
    if columns:
        print(f"{source.name}: {columns}", file=sys.stderr)
    for note in table.get("notes") or notes:
        if columns and note.startswith("columns by their names"):
            continue  # said above, with the others
        print(f"{source.name}: {note}", file=sys.stderr)
