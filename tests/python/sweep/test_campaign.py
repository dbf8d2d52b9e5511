"""Sweeps through a coordinator: kept where they can be watched, and gone on with."""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import Coordinator, program

torch = pytest.importorskip("torch")

from formula import (  # noqa: E402
    CONTEXT,
    TOKENS,
    VOCAB,
    Formula,
    FormulaTransformer,
    batches,
    best_size,
    loss_of,
)

import isoshape  # noqa: E402
from isoshape.errors import CampaignCancelled, FailedPrecondition, Unavailable  # noqa: E402
from isoshape.sweep.campaign import CampaignRuns, Plan  # noqa: E402
from isoshape.sweep.coordinator import OwnCoordinator  # noqa: E402
from isoshape.sweep.data import Batches, target_tokens  # noqa: E402
from isoshape.sweep.flops import Counter  # noqa: E402
from isoshape.sweep.plan import GridOptions, Job  # noqa: E402
from isoshape.sweep.runner import CHECKS  # noqa: E402
from isoshape.sweep.space import Space, space_of  # noqa: E402
from isoshape.sweep.train import Training  # noqa: E402

BUDGETS = [1e9, 3e9, 9e9]
OPTIONS: dict[str, Any] = {
    "loss": loss_of,
    "center_aspect_ratio": 8,
    "width_multiple": 4,
    "devices": ["cpu"],
    "quiet": True,
}


@pytest.fixture(autouse=True)
def needs_programs() -> None:
    program("isoshape-coordinator")
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("sweep")
    return isoshape.sweep(FormulaTransformer, batches(), BUDGETS, folder=folder, **OPTIONS), folder


def counter_of(make_model: Any) -> Counter:
    return Counter(make_model, loss_of, batches()[0], TOKENS)


def test_the_space_costs_what_the_modules_cost() -> None:
    counter = counter_of(FormulaTransformer)
    space = space_of(counter, TOKENS, 4)
    assert isinstance(space, Space)
    assert (space.base.context, space.base.vocab, space.ffn_ratio) == (CONTEXT, VOCAB, 4)
    assert space.shape(3, 20).ffn_width == 80
    assert FormulaTransformer(3, 20).size == counter.cost(3, 20).size


def test_modules_that_cost_less_than_transformers_have_no_space() -> None:
    said = space_of(counter_of(Formula), TOKENS, 4)
    assert said == (
        "its blocks cost 2 width^2 FLOPs a token forward, and those of a transformer more than "
        "8 width^2"
    )


def test_it_is_a_campaign_and_the_optima_are_found(swept: Any) -> None:
    result, folder = swept
    assert result.campaign == "campaigns/sweep"
    assert (folder / "sweep.db").exists()
    assert [optimum.budget_flops for optimum in result.fit.optima] == BUDGETS
    for optimum in result.fit.optima:
        found = optimum.optimal_size.value
        assert abs(math.log(found / best_size(optimum.budget_flops))) < math.log(1.5)


def test_the_predicted_shape_was_trained_and_its_loss_foretold(swept: Any) -> None:
    result, _ = swept
    prediction = result.prediction
    assert prediction.target == 3 * BUDGETS[-1]
    assert abs(math.log(prediction.cost.size / best_size(prediction.target))) < math.log(1.6)
    checks = [run for run in result.runs if run.verifies]
    assert [run.seed for run in checks] == [500, 501]
    for run in checks:
        assert (run.depth, run.width, run.tokens) == (*result_shape(result), prediction.tokens)
        assert prediction.loss.value == pytest.approx(run.loss, abs=0.03)
    assert "What training that shape gave" in str(result)


def result_shape(result: Any) -> tuple[int, int]:
    return result.depth, result.width


def test_the_coordinator_fits_as_the_command_line_does(swept: Any) -> None:
    result, _ = swept
    again = isoshape.fit(result.table, "isoflop", size="flops", quiet=True)
    assert float(again["a"]) == pytest.approx(float(result.fit["a"]), rel=1e-9)


def test_runs_spend_their_budgets_on_shapes_of_the_factory(swept: Any) -> None:
    result, _ = swept
    for run in result.runs:
        counted = FormulaTransformer(run.depth, run.width)
        assert run.outcome == "succeeded"
        assert run.flops == 6 * counted.size * run.tokens
        assert run.params == sum(p.numel() for p in counted.parameters())
        assert abs(run.flops - run.budget) <= 0.5 * run.flops / run.steps


def test_the_same_call_trains_nothing_anew(swept: Any) -> None:
    result, folder = swept

    def no_more(depth: int, width: int) -> FormulaTransformer:
        model = FormulaTransformer(depth, width)
        assert model.logits.weight.is_meta  # only counted
        return model

    again = isoshape.sweep(no_more, batches(), BUDGETS, folder=folder, **OPTIONS)
    assert again.runs == result.runs
    assert str(again) == str(result)


def test_a_budget_that_was_verified_is_searched_later(swept: Any, tmp_path: Path) -> None:
    result, folder = swept
    shutil.copytree(folder, tmp_path / "copy")
    budgets = [*BUDGETS, result.prediction.target]
    more = isoshape.sweep(
        FormulaTransformer, batches(), budgets, folder=tmp_path / "copy", verify=0, **OPTIONS
    )
    assert more.runs[: len(result.runs)] == result.runs
    searched = [run for run in more.runs if run.budget == budgets[-1] and not run.verifies]
    assert searched and all(run.loss is not None for run in searched)


def test_runs_from_elsewhere_are_none_of_the_sweep(swept: Any, tmp_path: Path) -> None:
    result, folder = swept
    shutil.copytree(folder, tmp_path / "copy")
    with OwnCoordinator(tmp_path / "copy") as own, isoshape.connect(own.address) as iso:
        iso.import_runs(result.table, into="sweep", quiet=True)
        assert len(iso.campaign("sweep").trials) == len(result.runs) + len(result.table)
    again = isoshape.sweep(
        FormulaTransformer, batches(), BUDGETS, folder=tmp_path / "copy", **OPTIONS
    )
    assert again.runs == result.runs


def runs_of(iso: isoshape.Client, id: str) -> CampaignRuns:
    counter = counter_of(FormulaTransformer)
    space = space_of(counter, TOKENS, 4)
    assert isinstance(space, Space)
    data = Batches(batches(), None, target_tokens)
    training = Training(FormulaTransformer, loss_of, data, 0.003, 64, counter.growing, None)
    options = GridOptions(BUDGETS, center_aspect_ratio=8, width_multiple=4)
    plan = Plan(id, space, options, 3 * BUDGETS[-1], {})
    return CampaignRuns(iso, plan, counter, training, ["cpu"], lambda line: None)


def test_a_campaign_that_was_made_again_is_trained_again(iso: isoshape.Client) -> None:
    job = Job(BUDGETS[0], 2, 8, 0)
    for _ in range(2):
        runs = runs_of(iso, "mine")
        runs.train([job])
        assert [run.job for run in runs.ended()] == [job]
        iso.campaign("mine").delete()


def test_a_run_is_searched_and_verified(iso: isoshape.Client) -> None:
    runs = runs_of(iso, "mine")
    jobs = [Job(BUDGETS[0], 2, 8, 0), Job(BUDGETS[0], 2, 8, CHECKS, verifies=True)]
    for job in jobs:
        runs.train([job])
    assert [run.job for run in runs.ended()] == jobs


def test_the_longest_names_of_campaigns_have_data_of_their_own(iso: isoshape.Client) -> None:
    names = ["a" * 62 + end for end in "bc"] + ["a" * 57, "a" * 58]
    told = [runs_of(iso, name).campaign for name in names]
    assert told == [f"campaigns/{name}" for name in names]
    assert len({iso.campaign(name).get().dataset for name in names}) == len(names)


def test_runs_of_another_sweep_are_not_mixed_in(swept: Any) -> None:
    _, folder = swept
    with pytest.raises(FailedPrecondition, match=r"whose learning_rate is 0\.003 and not 0\.1"):
        isoshape.sweep(
            FormulaTransformer, batches(), BUDGETS, folder=folder, learning_rate=0.1, **OPTIONS
        )


def test_two_at_a_time_in_one_folder_are_one_too_many(tmp_path: Path) -> None:
    with (
        OwnCoordinator(tmp_path),
        pytest.raises(FailedPrecondition, match="folder: isoshape-coordinator did not start in"),
    ):
        OwnCoordinator(tmp_path)


def test_it_is_seen_at_a_coordinator_that_runs(
    coordinator: Coordinator, iso: isoshape.Client
) -> None:
    result = isoshape.sweep(
        FormulaTransformer,
        batches(),
        BUDGETS,
        sizes=5,
        aspect_ratios=1,
        verify=1,
        coordinator=iso,
        campaign="mine",
        **OPTIONS,
    )
    campaign = iso.campaign("mine")
    frame = campaign.trials.to_dict(["depth", "width", "validation_loss", "purpose"])
    losses = [run.loss for run in result.runs]
    assert frame["validation_loss"] == pytest.approx(losses, rel=1e-6)  # as tables are rounded
    assert frame["purpose"][-1] == "verification"
    points = campaign.trials.measurements(1)
    assert len(points) > 10 and points[-1].train_loss is not None
    assert campaign.get().state == "completed"
    assert campaign.get().waiting == ""


def test_two_that_share_a_campaign_train_each_run_once(coordinator: Coordinator) -> None:
    found: list[Any] = []

    def one() -> None:
        found.append(
            isoshape.sweep(
                FormulaTransformer,
                batches(),
                BUDGETS,
                sizes=3,
                aspect_ratios=1,
                verify=1,
                coordinator=coordinator.url,
                **{**OPTIONS, "devices": ["cpu"]},
            )
        )

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one_, other = found
    jobs = [run.job for run in one_.runs]
    assert len(jobs) == len(set(jobs))
    assert one_.runs == other.runs


def test_a_cancelled_campaign_ends_the_sweep(
    coordinator: Coordinator, iso: isoshape.Client
) -> None:
    def cancels(model: Any, batch: Any) -> Any:
        if model.training and model.seen == 30:
            iso.campaign("sweep").cancel()
        return loss_of(model, batch)

    options = {**OPTIONS, "loss": cancels}
    with pytest.raises(CampaignCancelled, match="campaigns/sweep was cancelled"):
        isoshape.sweep(
            FormulaTransformer, batches(), BUDGETS, coordinator=coordinator.url, **options
        )


def test_an_interrupt_hands_the_trial_back(coordinator: Coordinator, iso: isoshape.Client) -> None:
    def interrupted(model: Any, batch: Any) -> Any:
        if model.training and model.seen == 30 and not model.tokens.is_meta:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return loss_of(model, batch)

    options = {**OPTIONS, "loss": interrupted}
    with pytest.raises(KeyboardInterrupt):
        isoshape.sweep(
            FormulaTransformer, batches(), BUDGETS, coordinator=coordinator.url, **options
        )
    counts = iso.campaign("sweep").get().trial_counts
    assert counts.leased == 0 and counts.pending > 0
    assert [trial.lost_leases for trial in iso.campaign("sweep").trials if trial.lost_leases] == []


SCRIPT = """
import sys, torch
sys.path.insert(0, sys.argv[1])
from formula import FormulaTransformer, batches, loss_of
import isoshape
torch.set_num_threads(1)
isoshape.sweep(FormulaTransformer, batches(), [1e9, 3e9, 9e9], loss=loss_of, folder=sys.argv[2],
               center_aspect_ratio=8, width_multiple=4, devices=["cpu"], sizes=3, aspect_ratios=1,
               verify=0)
"""


def test_a_sweep_that_was_killed_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    assert first.stderr is not None
    done = 0
    for line in first.stderr:
        done += ", loss " in line
        if done == 2:
            break
    first.kill()
    first.wait()
    second = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert second.returncode == 0, second.stderr
    assert int(second.stderr.partition("goes on after ")[2].split()[0]) >= 2


def test_modules_that_no_coordinator_can_count(
    coordinator: Coordinator, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FailedPrecondition, match="coordinator: these modules are no transformers"):
        isoshape.sweep(Formula, batches(), BUDGETS, coordinator=coordinator.url, **OPTIONS)


def test_no_coordinator_there_is_told_before_anything_is_trained() -> None:
    with pytest.raises(Unavailable, match="isoshape serve"):
        isoshape.sweep(FormulaTransformer, batches(), BUDGETS, coordinator="127.0.0.1:9", **OPTIONS)
