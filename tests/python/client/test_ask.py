from __future__ import annotations

import math
import os
import sys
import threading
from pathlib import Path

import pytest
from conftest import Coordinator

import isoshape
from isoshape.errors import FailedPrecondition, InvalidArgument, LeaseLost, NotTold


@pytest.fixture
def campaign(iso: isoshape.Client) -> isoshape.Campaign:
    return iso.campaigns.create("c1", budgets=[1e10], algorithm={"grid": {"sizes": 3}})


def loss(width: int) -> float:
    return 1.5 + 1 / width


def test_campaign_is_trained_by_hand(campaign: isoshape.Campaign) -> None:
    seen = []
    while True:
        with campaign.ask(worker="notebook", wait=0) as t:
            if t is None:
                break
            seen.append(t.name)
            assert t.tokens == t.steps * t.tokens_per_step and t.recipe.learning_rate > 0
            assert t.report(step=1, train_loss=5.0)
            t.report(step=t.steps, train_loss=2.0, validation_loss=math.nan)
            t.tell(validation_loss=loss(t.shape.width), train_loss=2.0)
    assert campaign.state == "completed" and len(seen) == len(set(seen)) == len(campaign.trials)
    trial = campaign.trials[0]
    card = trial.shape_card
    assert card is not None and trial.worker == "workers/notebook"
    assert card.validation_loss == loss(trial.shape.width) and card.train_loss == 2.0
    assert card.flops == pytest.approx(trial.flops_per_token * trial.tokens)
    points = campaign.trials.measurements(1)
    assert [point.step for point in points] == [1, trial.steps]
    assert points[1].tokens == trial.tokens and points[1].validation_loss is None


def test_exception_hands_the_trial_back(campaign: isoshape.Campaign) -> None:
    with pytest.raises(ZeroDivisionError), campaign.ask() as t:
        assert t is not None
        _ = 1 / 0
    trial = campaign.trials[0]
    assert trial.state == "pending" and trial.lost_leases == 0


def test_trial_without_a_result_is_handed_back_and_said(campaign: isoshape.Campaign) -> None:
    with pytest.raises(NotTold, match="call tell"), campaign.ask() as t:
        assert t is not None
    assert campaign.get().trial_counts.leased == 0


@pytest.mark.parametrize("told", [math.nan, math.inf])
def test_loss_that_is_not_finite_is_diverged(campaign: isoshape.Campaign, told: float) -> None:
    with campaign.ask() as t:
        assert t is not None
        t.tell(validation_loss=told)
    assert campaign.trials[0].state == "diverged"


def test_ends_that_are_no_loss(campaign: isoshape.Campaign) -> None:
    for end in ("release", "fail", "diverge", "stop"):
        with campaign.ask() as t:
            assert t is not None
            if end == "fail":
                t.fail("CUDA out of memory.\nTried to allocate", out_of_memory=True)
            elif end == "diverge":
                t.diverge("rose for long")
            else:
                getattr(t, end)()
    trials = campaign.trials[:3]
    assert [trial.state for trial in trials] == ["failed", "diverged", "stopped"]
    assert trials[0].failure == "out_of_memory"
    assert trials[0].error == "CUDA out of memory. Tried to allocate"


def test_trial_is_told_once(campaign: isoshape.Campaign) -> None:
    with campaign.ask() as t:
        assert t is not None
        t.tell(validation_loss=2.0)
        with pytest.raises(FailedPrecondition, match="has its result already"):
            t.tell(validation_loss=2.1)
        with pytest.raises(FailedPrecondition):
            t.report(step=1, train_loss=1.0)


def test_fields_that_are_wrong_are_refused(campaign: isoshape.Campaign) -> None:
    with campaign.ask() as t:
        assert t is not None
        with pytest.raises(InvalidArgument, match="trainloss is no field of Measurement"):
            t.report(step=1, trainloss=1.0)
        with pytest.raises(InvalidArgument, match="train the shape that the trial asks for"):
            t.tell(validation_loss=2.0, parameters=10**9)
        with pytest.raises(InvalidArgument):
            t.tell(validation_loss=2.0, colour="red")
        t.tell(validation_loss=2.0)


def test_lease_lives_by_its_beats_and_is_lost_without(tmp_path: Path) -> None:
    coordinator = Coordinator(tmp_path, "--lease-duration", "3s")
    campaign = isoshape.connect(coordinator.url).campaigns.create(budgets=[1e10])
    with campaign.ask(worker="alive") as alive, campaign.ask(worker="dead") as dead:
        assert alive is not None and dead is not None
        dead._done.set()  # as if its process had been stopped
        number = int(dead.name.rpartition("/")[2])
        for change in campaign.watch():
            if {"number": number, "state": "pending"}.items() <= _row(change, number).items():
                break
        alive.tell(validation_loss=2.0)
        with campaign.ask(worker="another") as another:
            assert another is not None and another.name == dead.name
            with pytest.raises(LeaseLost, match="ask for another trial"):
                dead.tell(validation_loss=9.0)
            another.tell(validation_loss=2.5)
    assert campaign.trials.get(number).shape_card is not None
    assert campaign.trials.to_dict(["validation_loss"])["validation_loss"][number - 1] == 2.5
    coordinator.stop()


def _row(change: object, number: int) -> dict[str, object]:
    rows = [row for row in change.trials if row["number"] == number]  # type: ignore[attr-defined]
    return rows[0] if rows else {}


def test_stopping_is_told_when_the_campaign_is_cancelled(campaign: isoshape.Campaign) -> None:
    with campaign.ask() as t:
        assert t is not None and not t.stopping
        campaign.cancel()
        assert not t.report(step=1, train_loss=1.0)
        t.stop()
    assert campaign.trials[0].state == "cancelled"
    with campaign.ask() as t:
        assert t is None


def test_child_of_a_fork_does_not_hold_the_lease(campaign: isoshape.Campaign) -> None:
    with campaign.ask() as t:
        assert t is not None
        child = os.fork()
        if child == 0:
            code = 1
            try:
                t.report(step=1, train_loss=1.0)
            except FailedPrecondition:
                # A child has connections of its own, and the end of `with` hands nothing back.
                code = 0 if campaign.get().trial_counts.leased == 1 else 2
            os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        t.tell(validation_loss=2.0)
    assert campaign.trials[0].state == "succeeded"


def test_end_of_with_in_a_child_hands_nothing_back(campaign: isoshape.Campaign) -> None:
    parent = os.getpid()
    try:
        with campaign.ask() as t:
            assert t is not None
            child = os.fork()
            if child == 0:
                raise SystemExit
            os.waitpid(child, 0)
            assert campaign.trials[0].state == "leased"
            t.tell(validation_loss=2.0)
    finally:
        if os.getpid() != parent:
            os._exit(0)
    assert campaign.trials[0].state == "succeeded"


def test_trials_of_other_campaigns_are_passed_over(iso: isoshape.Client) -> None:
    first = iso.campaigns.create("a", budgets=[1e10])
    second = iso.campaigns.create("b", budgets=[1e10])
    for campaign in (second, first, second):
        with campaign.ask(wait=10) as t:
            assert t is not None and t.name.startswith(campaign.name)
            t.tell(validation_loss=2.0)
    assert first.get().trial_counts.leased == second.get().trial_counts.leased == 0


def test_ask_gives_none_if_all_are_held(iso: isoshape.Client) -> None:
    campaign = iso.campaigns.create(budgets=[1e10], algorithm={"grid": {"sizes": 3}})
    held = [campaign.ask(worker="w").take() for _ in range(3)]
    assert all(held)
    with campaign.ask(wait=0.1) as t:
        assert t is None
    for lease in held:
        assert lease is not None
        lease.release()


def test_leases_of_threads_beat_apart(campaign: isoshape.Campaign) -> None:
    def train() -> None:
        with campaign.ask(worker=threading.current_thread().name) as t:
            assert t is not None
            t.tell(validation_loss=2.0)

    threads = [threading.Thread(target=train, name=f"t{n}") for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert campaign.get().trial_counts.succeeded == 3
    assert "torch" not in sys.modules
