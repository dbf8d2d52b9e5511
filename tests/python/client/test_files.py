"""Fits and predictions without a coordinator. The runs are those of a law without noise."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas
import polars
import pytest

import isoshape
from isoshape.errors import FailedPrecondition, InvalidArgument, NotFound

ALPHA, BETA, FLOOR = 0.34, 0.28, 1.7


def loss(size: float, tokens: float) -> float:
    return FLOOR + 406 / size**ALPHA + 411 / tokens**BETA


RUNS = [
    {"n_params": size, "tokens_seen": tokens, "val_loss": loss(size, tokens)}
    for size in (1e6, 2e6, 4e6, 8e6, 16e6)
    for tokens in (2e7, 1e8, 5e8)
]


@pytest.fixture(autouse=True)
def no_coordinator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSHAPE_SERVER", "127.0.0.1:1")


def check(fit: Any) -> None:
    assert fit.law == "parametric" and fit.trials == len(RUNS)
    assert float(fit["alpha"]) == pytest.approx(ALPHA, abs=1e-3)
    assert float(fit["E"]) == pytest.approx(FLOOR, abs=1e-2)


def written(path: Path, form: str) -> Path:
    frame = pandas.DataFrame(RUNS)
    match form:
        case "csv":
            frame.to_csv(path, index=False)
        case "jsonl":
            frame.to_json(path, orient="records", lines=True)
        case "json":
            frame.to_json(path)
        case "parquet":
            frame.to_parquet(path)
    return path


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
def test_fit_reads_files(tmp_path: Path, form: str) -> None:
    check(isoshape.fit(written(tmp_path / "runs", form), bootstrap=20))


def test_fit_reads_frames_rows_and_columns() -> None:
    frame = pandas.DataFrame(RUNS)
    for runs in (frame, polars.DataFrame(RUNS), RUNS, frame.to_dict("list")):
        check(isoshape.fit(runs, bootstrap=20, quiet=True))


def test_fit_reads_runs_of_wandb() -> None:
    runs = [
        SimpleNamespace(
            id=str(number),
            config={"n_params": run["n_params"]},
            summary={"tokens_seen": run["tokens_seen"], "val_loss": run["val_loss"]},
        )
        for number, run in enumerate(RUNS)
    ]
    check(isoshape.fit(runs, bootstrap=20))


def optuna_frame() -> pandas.DataFrame:
    pruned = {"n_params": 1e6, "tokens_seen": 1e6, "val_loss": 9.0}
    return pandas.DataFrame(
        {
            "number": number,
            "value": run["val_loss"],
            "datetime_start": pandas.Timestamp("2026-01-01"),
            "params_n_params": run["n_params"],
            "user_attrs_tokens": run["tokens_seen"],
            "state": "PRUNED" if run is pruned else "COMPLETE",
        }
        for number, run in enumerate([*RUNS, pruned])
    )


def test_fit_reads_studies_of_optuna_without_pruned_trials(tmp_path: Path) -> None:
    optuna_frame().to_csv(tmp_path / "study.csv", index=False)
    study = SimpleNamespace(trials_dataframe=optuna_frame)
    for runs in (study, optuna_frame(), tmp_path / "study.csv"):
        check(isoshape.fit(runs, bootstrap=20))


def test_columns_that_were_guessed_are_said(capfd: pytest.CaptureFixture[str]) -> None:
    fit = isoshape.fit(RUNS, bootstrap=20)
    said = capfd.readouterr().err
    assert "loss = val_loss" in said and "params = n_params" in said
    assert fit.table is not None and fit.table.columns["tokens"] == "tokens_seen"
    isoshape.fit(RUNS, bootstrap=20, quiet=True)
    assert capfd.readouterr().err == ""


def test_missing_tokens_are_taken_from_flops_with_a_word(
    capfd: pytest.CaptureFixture[str],
) -> None:
    runs = [
        {
            "params": run["n_params"],
            "flops": 6 * run["n_params"] * run["tokens_seen"],
            "loss": run["val_loss"],
        }
        for run in RUNS
    ]
    check(isoshape.fit(runs, bootstrap=20))
    assert "tokens = flops / (6 x params)" in capfd.readouterr().err


def test_columns_and_rows_can_be_named() -> None:
    runs = [{**run, "other": run["val_loss"], "val_loss": 1.0, "cooled": 1} for run in RUNS]
    runs.append({**runs[0], "other": 77.0, "cooled": 0})
    check(isoshape.fit(runs, columns={"loss": "other"}, where={"cooled": "1"}, bootstrap=20))


def test_fit_by_recipe_has_a_fit_for_each() -> None:
    runs = [{**run, "recipe": recipe} for run in RUNS for recipe in ("cosine", "wsd")]
    fits = isoshape.fit(runs, by="recipe", bootstrap=20)
    assert [each.value for each in fits.recipes] == ["cosine", "wsd"]
    check(fits.recipes[0].fit)


def published(root: Path, name: str) -> Path:
    """A file of published data: in ISOSHAPE_PUBLISHED_DATA, or shared/data beside the checkout."""
    folder = os.environ.get("ISOSHAPE_PUBLISHED_DATA", root / "../shared/data")
    path = Path(folder) / name
    if not path.is_file():
        pytest.skip(f"{name} is absent; ISOSHAPE_PUBLISHED_DATA names the folder that holds it")
    return path


def test_fit_of_the_chinchilla_runs_is_the_published_one(root: Path) -> None:
    fit = isoshape.fit(
        published(root, "chinchilla.csv"), where={"used_in_fit": "1"}, bootstrap=20, quiet=True
    )
    assert fit.trials == 240 and fit.optimum is not None
    assert fit.optimum.objective <= 0.00101828
    assert float(fit["alpha"]) == pytest.approx(0.347310, abs=5e-4)
    assert float(fit["beta"]) == pytest.approx(0.367172, abs=5e-4)
    assert float(fit["E"]) == pytest.approx(1.817218, abs=5e-4)


def test_predict_gives_the_optimum_of_the_law() -> None:
    p = isoshape.predict(RUNS, "1e18", law="parametric", bootstrap=20)
    assert p.optimal_size is not None and p.optimal_tokens is not None
    assert 6 * float(p.optimal_size) * float(p.optimal_tokens) == pytest.approx(1e18, rel=1e-3)
    assert p.loss is not None
    assert float(p.loss) == pytest.approx(
        loss(float(p.optimal_size), float(p.optimal_tokens)), rel=1e-3
    )


def test_figure_of_runs_is_data_and_a_file(tmp_path: Path) -> None:
    figure = isoshape.figure(RUNS, "surface", bootstrap=20)
    assert figure.data.kind == "surface" and figure.sentence
    saved = json.loads(figure.save(tmp_path / "f.json").read_text())
    assert saved["sentence"] == figure.sentence


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([], "has no rows"),
        ([{"a": 1}], "no column is named 'params'"),
        (5, "int is no table of runs"),
        ({"a": [1], "b": [1, 2]}, r"differ in length \(a 1, b 2\)"),
        ({"a": 1}, "a list for each column"),
        ([1], "int is no run"),
        ("/nowhere/runs.csv", "No such file"),
        ([{"params": 1e6, "tokens": 1e7, "loss": "x2"}], "'x2' is not a number"),
    ],
)
def test_what_is_no_table_of_runs_is_refused(runs: object, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said) as found:
        isoshape.fit(runs)
    assert "\n" not in str(found.value)


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.parquet"
    path.write_bytes(written(path, "parquet").read_bytes()[:100])
    with pytest.raises(InvalidArgument, match="is no Parquet that pyarrow reads"):
        isoshape.fit(path)


def test_frame_without_rows_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="DataFrame has no rows"):
        isoshape.fit(pandas.DataFrame(RUNS).head(0))


def test_flag_that_there_is_not_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="'--lawz'"):
        isoshape.fit(RUNS, lawz="parametric")


def test_runs_that_do_not_fix_the_law_are_refused() -> None:
    with pytest.raises((FailedPrecondition, InvalidArgument), match="run"):
        isoshape.fit(RUNS[:3], bootstrap=20)


def test_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ISOSHAPE_BIN", str(tmp_path))
    with pytest.raises(NotFound, match="ISOSHAPE_BIN"):
        isoshape.fit(RUNS)
    monkeypatch.delenv("ISOSHAPE_BIN")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match="build isoshape"):
        isoshape.fit(RUNS)
