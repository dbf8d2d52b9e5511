"""Sweeps of real runs whose law is known."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from conftest import program

torch = pytest.importorskip("torch")

from formula import TOKENS, Formula, batches, best_size, loss_of, size_of  # noqa: E402

import isoshape  # noqa: E402
from isoshape.errors import FailedPrecondition, InvalidArgument, NotFound  # noqa: E402

BUDGETS = [1e9, 3e9, 9e9]
OPTIONS: dict[str, Any] = {
    "loss": loss_of,
    "center_aspect_ratio": 8,
    "width_multiple": 4,
    "devices": ["cpu"],
    "quiet": True,
}


@pytest.fixture(autouse=True)
def needs_isoshape() -> None:
    program("isoshape")
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("sweep")
    return isoshape.sweep(Formula, batches(), BUDGETS, folder=folder, **OPTIONS), folder


def test_the_optimum_of_each_budget_is_found(swept: Any) -> None:
    result, _ = swept
    assert [optimum.budget_flops for optimum in result.fit.optima] == BUDGETS
    for optimum in result.fit.optima:
        found = optimum.optimal_size.value
        assert abs(math.log(found / best_size(optimum.budget_flops))) < math.log(1.35)


def test_the_prediction_is_a_shape_of_the_factory_near_the_true_best(swept: Any) -> None:
    result, _ = swept
    prediction = result.prediction
    assert prediction.target == 3 * BUDGETS[-1]
    assert prediction.cost.size == size_of(result.depth, result.width)
    assert abs(math.log(prediction.cost.size / best_size(prediction.target))) < math.log(1.5)
    spent = prediction.cost.flops_per_token * prediction.tokens
    assert spent == pytest.approx(prediction.target, rel=0.02)


def test_the_predicted_shape_was_trained_and_its_loss_foretold(swept: Any) -> None:
    result, _ = swept
    checks = [run for run in result.runs if run.verifies]
    assert [run.seed for run in checks] == [500, 501]
    for run in checks:
        assert (run.depth, run.width) == (result.depth, result.width)
        assert run.tokens == result.prediction.tokens
        assert result.prediction.loss.value == pytest.approx(run.loss, abs=0.03)


def test_runs_spend_their_budgets_by_counted_flops(swept: Any) -> None:
    result, _ = swept
    for run in result.runs:
        assert run.outcome == "succeeded"
        assert run.flops == 6 * size_of(run.depth, run.width) * run.tokens
        assert run.tokens == run.steps * TOKENS
        assert abs(run.flops - run.budget) <= 0.5 * run.flops / run.steps
        assert run.params == run.depth * run.width**2


def test_it_prints_as_the_demo_does(swept: Any) -> None:
    result, _ = swept
    said = str(result)
    for part in (
        "Best shapes, by budget and loss",
        "Optimum of each isoFLOP curve, and its growth with compute",
        "best size grows as C^a",
        "The best shape at 3 times the largest budget, predicted before it was trained",
        f"best shape     {result.prediction.shape}: depth {result.depth}",
        "What training that shape gave",
        "seeds inside the interval",
        "3e9 FLOPs: least loss near size",
    ):
        assert part in said, said


def test_fits_do_not_rest_on_what_checks_them(swept: Any) -> None:
    result, _ = swept
    assert len(result.table) == len(result.runs) - 2
    assert max(row["budget"] for row in result.table) == BUDGETS[-1]
    assert result.figure("isoflop")._repr_svg_().startswith("<svg ")


def test_the_same_call_trains_nothing_anew(swept: Any) -> None:
    result, folder = swept
    before = (folder / "runs.jsonl").read_text()

    def no_more(depth: int, width: int) -> Formula:
        model = Formula(depth, width)
        assert model.layers[0].weight.is_meta  # only counted
        return model

    again = isoshape.sweep(no_more, batches(), BUDGETS, folder=folder, **OPTIONS)
    assert (folder / "runs.jsonl").read_text() == before
    assert again.runs == result.runs
    assert str(again) == str(result)


def test_a_sweep_that_was_interrupted_goes_on(swept: Any, tmp_path: Path) -> None:
    _, folder = swept
    lines = (folder / "runs.jsonl").read_text().splitlines(keepends=True)
    # Cut off within the line of a run, the last but one of those that a prediction rests on.
    last = len(lines) - 4
    (tmp_path / "runs.jsonl").write_text("".join(lines[:last]) + lines[last][:30])
    again = isoshape.sweep(Formula, batches(), BUDGETS, folder=tmp_path, verify=0, **OPTIONS)
    kept = [json.loads(line) for line in lines[1:last]]
    assert [run.seconds for run in again.runs[: last - 1]] == [run["seconds"] for run in kept]
    assert len(again.runs) == len(lines) - 3


def test_runs_of_another_sweep_are_not_mixed_in(swept: Any) -> None:
    _, folder = swept
    with pytest.raises(FailedPrecondition, match=r"whose learning_rate is 0\.003 and not 0\.1"):
        isoshape.sweep(Formula, batches(), BUDGETS, folder=folder, learning_rate=0.1, **OPTIONS)


def test_runs_without_a_coordinator_are_not_passed_to_one(
    swept: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    result, folder = swept
    with pytest.raises(FailedPrecondition, match=r"folder: .* holds runs without a coordinator"):
        isoshape.sweep(
            Formula, batches(), BUDGETS, folder=folder, coordinator="127.0.0.1:9", **OPTIONS
        )
    options = {**OPTIONS, "quiet": False}
    again = isoshape.sweep(Formula, batches(), BUDGETS, folder=folder, **options)
    assert again.runs == result.runs
    assert f"without a coordinator, as {folder} holds runs" in capsys.readouterr().err


def test_an_interrupt_keeps_what_has_ended(tmp_path: Path) -> None:
    runs = 0

    def interrupted(model: Any, batch: Any) -> Any:
        nonlocal runs
        if not model.training and not model.layers[0].weight.is_meta:
            runs += 1
            if runs == 9:  # of the batches that the second run is measured on
                raise KeyboardInterrupt
        return loss_of(model, batch)

    options = {**OPTIONS, "loss": interrupted}
    held_out = batches()
    with pytest.raises(KeyboardInterrupt):
        isoshape.sweep(Formula, batches(), BUDGETS, validation=held_out, folder=tmp_path, **options)
    assert len((tmp_path / "runs.jsonl").read_text().splitlines()) == 2  # the first, and its head


def test_a_shape_that_has_no_loss_is_left_out(tmp_path: Path) -> None:
    def fails(model: Any, batch: Any) -> Any:
        if model.training and model.seen > 3 and model.depth == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        if model.seen > 3 and model.depth == 3 and model.training:
            return loss_of(model, batch) * math.nan
        return loss_of(model, batch)

    options = {**OPTIONS, "loss": fails}
    result = isoshape.sweep(Formula, batches(), BUDGETS, verify=0, **options)
    outcomes = {run.depth: run.outcome for run in result.runs}
    assert outcomes[2] == "out_of_memory"
    assert all(run.loss is None for run in result.runs if run.depth in (2, 3))
    assert all(row["depth"] not in (2, 3) for row in result.table)
    # So few are left that they may say nothing of the target, which is told and not guessed.
    assert (result.prediction is None) == bool(result.problem)


def test_without_the_program_nothing_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSHAPE_BIN", "/no/such/folder")
    with pytest.raises(NotFound, match="ISOSHAPE_BIN"):
        isoshape.sweep(Formula, batches(), BUDGETS, **OPTIONS)


class NoDepth(Formula):
    def __init__(self, depth: int, width: int) -> None:
        super().__init__(1, width)


class NoWidth(Formula):
    def __init__(self, depth: int, width: int) -> None:
        super().__init__(depth, 16)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"model": NoDepth}, "do not grow with depth: .* at 1x4 and .* at 2x4"),
        ({"model": NoWidth}, "do not grow with width"),
        ({"model": lambda depth, width: 3}, "returned int; return a torch.nn.Module"),
        ({"budgets": [1e9, 3e9]}, "budgets: 2 are too few"),
        ({"budgets": [1e9, 1e9, 1e9]}, "budgets: 1 are too few"),
        ({"budgets": ["ten", 1e9, 2e9]}, "budgets 'ten' is no number"),
        ({"data": []}, "data: they have no batch"),
        ({"data": batches()[:2]}, "data: 2 batches are too few to hold some out"),
        ({"data": iter(batches())}, "data: an iterator can be read once"),
        ({"validation": []}, "validation: it has no batch"),
        ({"loss": lambda model, batch: model(batch)}, "cannot be run on a batch"),
    ],
)
def test_wrong_use_is_told_before_anything_is_trained(change: dict[str, Any], error: str) -> None:
    given = {"model": Formula, "data": batches(), "budgets": BUDGETS, **OPTIONS, **change}
    with pytest.raises((InvalidArgument, TypeError), match=error):
        isoshape.sweep(**given)


def test_data_in_a_new_order_need_others_to_measure_on() -> None:
    def shuffled(seed: int) -> Any:
        return [(x + seed, y) for x, y in batches()]

    with pytest.raises(InvalidArgument, match="another order at each pass"):
        isoshape.sweep(Formula, shuffled, BUDGETS, **OPTIONS)


def test_budgets_that_buy_no_steps() -> None:
    with pytest.raises(FailedPrecondition, match="no shape has 20 steps at 100 FLOPs"):
        isoshape.sweep(Formula, batches(), [100, 300, 900], **OPTIONS)
