"""Runs from elsewhere in a campaign: by a real command line and coordinator, and what is sent by
hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Coordinator

import isoshape
from isoshape._imports import Imported, write
from isoshape._wire import Answer
from isoshape.errors import AlreadyExists, InvalidArgument, NotFound


def runs(count: int = 40) -> list[dict[str, Any]]:
    """Of Chinchilla's law, exactly: E 1.8, A 400, alpha 0.34, B 410, beta 0.28."""
    found = []
    for i in range(count):
        size, tokens = 1e6 * 1.5 ** (i % 8), 1e8 * 2.0 ** (i // 8 % 5)
        loss = 1.8 + 400 / size**0.34 + 410 / tokens**0.28
        found.append({"run": f"r{i}", "n_params": size, "tokens": tokens, "val_loss": loss})
    return found


def test_rows_become_trials_that_fits_use_when_they_are_asked_to(
    iso: isoshape.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    imported = iso.import_runs(runs(), into="old", create=True, source="sheet 1")
    assert (imported.campaign, len(imported), imported.known) == ("campaigns/old", 40, 0)
    assert imported.columns["loss"] == "val_loss" and imported.columns["params"] == "n_params"
    said = capsys.readouterr().err
    assert "loss = val_loss" in said and "params = n_params" in said
    campaign = iso.campaign("old")
    first = campaign.trials[0]
    assert (first.purpose, first.state, first.source) == ("imported", "succeeded", "sheet 1:r0")
    assert first.shape_card is not None
    assert first.shape_card.validation_loss == runs()[0]["val_loss"]
    law = campaign.fit("parametric", imported=True)
    assert float(law["alpha"]) == pytest.approx(0.34, abs=1e-3)
    assert float(law["beta"]) == pytest.approx(0.28, abs=1e-3)
    # There are no others to be told apart from.
    assert float(campaign.fit("parametric")["alpha"]) == float(law["alpha"])


def test_a_run_is_imported_once(iso: isoshape.Client) -> None:
    iso.import_runs(runs(10), into="old", create=True, quiet=True)
    more = iso.import_runs(runs(16), into=iso.campaign("old"), quiet=True)
    assert (len(more), more.known) == (16, 10)
    assert repr(more) == "<6 runs imported into campaigns/old, 10 were there already>"
    assert len(iso.campaign("old").trials) == 16


def test_a_run_with_other_figures_is_told_by_its_name(iso: isoshape.Client) -> None:
    iso.import_runs(runs(3), into="old", create=True, quiet=True)
    changed = runs(3)
    changed[1]["val_loss"] = 3.0
    with pytest.raises(AlreadyExists, match=r"^list:r1: .*; no run is imported$"):
        iso.import_runs(changed, into="old", quiet=True)


def of_pandas(_: Path) -> Any:
    return pytest.importorskip("pandas").DataFrame(runs())


def of_polars(_: Path) -> Any:
    return pytest.importorskip("polars").DataFrame(runs())


def of_parquet(folder: Path) -> Any:
    pytest.importorskip("pyarrow")
    of_pandas(folder).to_parquet(folder / "runs.parquet")
    return folder / "runs.parquet"


def of_csv(folder: Path) -> Any:
    of_pandas(folder).to_csv(folder / "runs.csv", index=False)
    return folder / "runs.csv"


def of_json_lines(folder: Path) -> Any:
    lines = [json.dumps(run) for run in runs()]
    (folder / "runs.jsonl").write_text("\n".join(lines))
    return folder / "runs.jsonl"


@pytest.mark.parametrize("form", [of_pandas, of_polars, of_parquet, of_csv, of_json_lines])
def test_every_form_of_a_table_gives_the_same_trials(
    iso: isoshape.Client, tmp_path: Path, form: Callable[[Path], Any]
) -> None:
    imported = iso.import_runs(form(tmp_path), into="old", create=True, source="s", quiet=True)
    wanted = iso.import_runs(runs(), into="rows", create=True, source="s", quiet=True)
    for trial, other in zip(imported.trials, wanted.trials, strict=True):
        assert (trial.source, trial.tokens, trial.parameters, trial.budget_flops) == (
            other.source,
            other.tokens,
            other.parameters,
            other.budget_flops,
        )


def test_what_is_missing_is_derived_with_a_word(iso: isoshape.Client) -> None:
    rows = [
        {"params": 1e6, "flops": 6e15, "loss": 3.0},
        {"params": 1e7, "flops": 6e17, "loss": 2.5},
    ]
    imported = iso.import_runs(rows, into="old", create=True, quiet=True)
    assert [trial.tokens for trial in imported.trials] == [10**9, 10**10]
    assert any("6" in note and "tokens" in note for note in imported.notes), imported.notes


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ([], "list has no rows; give one for each run"),
        ([{"size": 1e6, "quality": 3.0}], "no column is named 'params' among the 2, 'size', 'qual"),
        ([{"params": 1e6, "tokens": 1e9}], "no column is named 'loss' among the 2, 'params', "),
    ],
)
def test_tables_that_cannot_be_read(iso: isoshape.Client, given: Any, error: str) -> None:
    iso.campaigns.create("old", algorithm={"external": {}})
    with pytest.raises(InvalidArgument, match=error):
        iso.import_runs(given, into="old")
    assert len(iso.campaign("old").trials) == 0


def test_a_row_that_is_no_run_is_told(iso: isoshape.Client) -> None:
    rows = runs(5)
    rows[3]["val_loss"] = 2e4  # a table may have it, a trial not
    with pytest.raises(InvalidArgument, match=r"^list:r3: .*; no run is imported$"):
        iso.import_runs(rows, into="old", create=True, quiet=True)
    assert len(iso.campaign("old").trials) == 0


def test_a_campaign_that_is_not_there(iso: isoshape.Client) -> None:
    with pytest.raises(NotFound, match="create=True makes one"):
        iso.import_runs(runs(), into="nowhere")


def test_the_client_for_asyncio_does_the_same(coordinator: Coordinator) -> None:
    async def go() -> Imported:
        async with await isoshape.aio.connect(coordinator.url) as iso:
            return await iso.import_runs(runs(4), into="old", create=True, quiet=True)

    import isoshape.aio

    imported = asyncio.run(go())
    assert len(imported) == 4


def answered(request: Any, known: int = 0) -> Answer:
    count = len(json.loads(request.body)["runs"])
    return Answer(200, json.dumps({"trials": [{}] * count, "known": known}).encode())


def test_a_thousand_runs_go_in_a_call() -> None:
    rows = [{"source": f"s#{i}", "validation_loss": 3.0} for i in range(2500)]
    operation = write("campaigns/c1", {"runs": rows, "notes": [], "columns": {}})
    request, sizes = next(operation), []
    with pytest.raises(StopIteration) as ended:
        while True:
            sizes.append(len(json.loads(request.body or b"")["runs"]))
            request = operation.send(answered(request, known=3))
    assert sizes == [1000, 1000, 500]
    assert (len(ended.value.value), ended.value.value.known) == (2500, 9)


def test_a_refused_run_is_named_and_what_came_before_is_told() -> None:
    rows = [{"source": f"s#{i}", "validation_loss": 3.0} for i in range(1500)]
    operation = write("campaigns/c1", {"runs": rows, "notes": []})
    request = next(operation)
    operation.send(answered(request))
    refused = {"code": "invalid_argument", "message": "runs[7].tokens -1 is negative; give more"}
    with pytest.raises(InvalidArgument) as error:
        operation.send(Answer(400, json.dumps(refused).encode()))
    assert error.value.message == (
        "s#1007: tokens -1 is negative; give more; the 1000 runs before are imported"
    )
