from __future__ import annotations

import math
import re
import sys
import time
import warnings
from datetime import timedelta
from pathlib import Path

import pandas
import polars
import pytest
from conftest import BUDGETS, Finished

import isoshape
from isoshape._columns import TRIAL_COLUMNS, Table
from isoshape.errors import FailedPrecondition, InvalidArgument, NotFound


def test_columns_are_those_that_the_docs_list(root: Path) -> None:
    page = (root / "docs/http.md").read_text()
    table = page[page.index("| column | short") : page.index("### Filters")]
    assert sorted(re.findall(r"^\| `(\w+)`", table, re.M)) == sorted(TRIAL_COLUMNS)


def test_trials_are_a_sequence(finished: Finished) -> None:
    trials = finished.campaign.trials
    count = len(trials)
    names = [trial.name for trial in trials]
    assert names == [f"campaigns/c1/trials/{number}" for number in range(1, count + 1)]
    assert trials[0].name == names[0] and trials[-1].name == names[-1]
    assert [trial.name for trial in trials[3:5]] == names[3:5]
    assert [trial.name for trial in trials[::-1]] == names[::-1]
    assert [trial.name for trial in trials.head(2)] == names[:2]
    with pytest.raises(IndexError):
        trials[count]


def test_iteration_follows_all_pages(finished: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isoshape._operations.PAGE", 7)
    trials = finished.campaign.trials
    assert len(list(trials)) == len(trials) > 7


def test_filters_add_up(finished: Finished) -> None:
    largest = finished.campaign.trials.where(f"budget={BUDGETS[-1]:g}")
    wide = largest.where("width>16")
    assert 0 < len(wide) < len(largest) < len(finished.campaign.trials)
    assert {trial.budget_flops for trial in wide} == {BUDGETS[-1]}
    assert min(trial.shape.width for trial in wide) > 16
    assert wide[0].name == next(iter(wide)).name


def test_filter_that_cannot_be_read_is_refused_with_its_place(finished: Finished) -> None:
    with pytest.raises(InvalidArgument, match=r"did you mean 'depth'\? \(at 1\)"):
        len(finished.campaign.trials.where("depht>3"))


def test_trial_that_is_not_there_is_not_found(finished: Finished) -> None:
    with pytest.raises(NotFound):
        finished.campaign.trials.get(10**6)


def test_measurements_and_curves_agree(finished: Finished) -> None:
    trials = finished.campaign.trials
    points = trials.measurements(3)
    curves = finished.campaign.curves(trials=[3, 7])
    assert [curve.trial for curve in curves] == [3, 7]
    assert [point.train_loss for point in points] == pytest.approx(curves.curves[0].train_loss)
    frame = curves.to_pandas()
    assert list(frame.trial) == [3, 7] and frame.validation_loss.isna().all()


def test_curves_of_all_trials_come_in_several_calls(
    finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isoshape._operations.CURVES_AT_ONCE", 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curves = finished.campaign.curves()
    assert [curve.trial for curve in curves] == finished.campaign.trials.to_dict()["number"]


def test_verbs_of_trials(iso: isoshape.Client) -> None:
    c = iso.campaigns.create(budgets=[1e10])
    added = c.trials.create(
        shape={"depth": 2, "width": 16}, budget_flops="10 GFLOPs", purpose="verification"
    )
    number = int(added.name.rpartition("/")[2])
    assert number == len(c.trials) and added.purpose == "verification"
    with pytest.raises(FailedPrecondition):
        c.trials.exclude(number, "it is not done")
    with pytest.raises(FailedPrecondition):
        c.trials.retry(number)


def test_excluded_trial_is_told_and_taken_in_again(iso: isoshape.Client) -> None:
    c = iso.campaigns.create(budgets=[1e10])
    c.cancel()
    assert c.trials.exclude(1, "by hand").excluded
    assert c.trials.to_dict(["excluded"])["excluded"][:2] == [True, False]
    assert not c.trials.include(1).excluded


def test_frames_have_the_same_types_whatever_they_hold(
    finished: Finished, iso: isoshape.Client
) -> None:
    waiting = iso.campaigns.create("w", budgets=[1e10]).trials
    none = waiting.where("depth>1000")
    full = finished.campaign.trials
    assert len(none.to_pandas()) == 0
    assert (full.to_pandas().dtypes == none.to_pandas().dtypes).all()
    assert (full.to_pandas().dtypes == waiting.to_pandas().dtypes).all()
    assert full.to_polars().schema == none.to_polars().schema == waiting.to_polars().schema
    assert list(full.to_pandas().columns) == list(TRIAL_COLUMNS)


def test_frames_hold_what_the_trials_are(finished: Finished, iso: isoshape.Client) -> None:
    trials = finished.campaign.trials
    first = trials[0]
    pd = trials.to_pandas().iloc[0]
    pl = trials.to_polars().row(0, named=True)
    assert first.shape_card is not None
    for row in (pd, pl):
        assert row["depth"] == first.shape.depth and row["state"] == first.state
        assert row["validation_loss"] == pytest.approx(first.shape_card.validation_loss, rel=1e-6)
        assert row["reason"] == first.reason and not row["excluded"]
    # The table has seconds as a double, the message whole nanoseconds.
    for created in (pd["create_time"], pl["create_time"]):
        assert abs(created - first.create_time) <= timedelta(microseconds=2)
    waiting = iso.campaigns.create("w", budgets=[1e10]).trials
    assert math.isnan(waiting.to_dict()["validation_loss"][0])
    assert pandas.isna(waiting.to_pandas()["end_time"][0])
    assert waiting.to_polars()["end_time"][0] is None


def test_unknown_column_is_refused(finished: Finished) -> None:
    with pytest.raises(InvalidArgument, match="there is no column 'lossy'"):
        finished.campaign.trials.to_dict(["lossy"])


def test_ten_thousand_trials_come_in_one_call(
    iso: isoshape.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sobol = {"sobol": {"trials_per_budget": 100}}
    c = iso.campaigns.create(budgets=[1e12], seeds=100, algorithm=sobol)
    sent = []
    send = iso._transport.send
    monkeypatch.setattr(iso._transport, "send", lambda r: sent.append(r.target) or send(r))
    begin = time.perf_counter()
    frame = c.trials.to_polars()
    print(f"10,000 trials as a frame: {time.perf_counter() - begin:.2f} s")
    assert sent == ["/isoshape.v1.CampaignService/ListTrialTable"]
    assert frame["number"].to_list() == list(range(1, 10_001))


def test_table_that_is_too_large_for_an_answer_comes_in_parts(
    iso: isoshape.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isoshape._operations.ROWS", 100_000)
    sobol = {"sobol": {"trials_per_budget": 180}}
    c = iso.campaigns.create(budgets=[1e12], seeds=100, algorithm=sobol)
    assert c.trials.to_dict()["number"] == list(range(1, 18_001))


def test_frame_of_polars_sorts_by_loss(finished: Finished) -> None:
    frame = finished.campaign.trials.to_polars(["number", "validation_loss"])
    best = frame.sort("validation_loss").row(0)
    assert isinstance(frame, polars.DataFrame) and best[1] == min(frame["validation_loss"])


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_frame_without_its_package_names_the_remedy(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    table = Table({"depth": [3]}, {"depth": "integer"})
    with pytest.raises(InvalidArgument, match=f"pip install {package}.*to_dict") as error:
        getattr(table, f"to_{package}")()
    assert "\n" not in str(error.value)
