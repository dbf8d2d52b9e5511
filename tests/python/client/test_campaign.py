from __future__ import annotations

import pytest
from conftest import BUDGETS, Coordinator, Finished, Worker

import isoshape
from isoshape.errors import (
    AlreadyExists,
    CampaignCancelled,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)


def test_create_takes_fields_of_campaign(iso: isoshape.Client) -> None:
    c = iso.campaigns.create(
        "c1", budgets=["10 GFLOPs", 3e10], seeds=2, space={"max_depth": 8}, recipe={"beta1": 0.8}
    )
    made = c.get()
    assert c.name == "campaigns/c1" and made.state == "running"
    assert list(made.budgets) == [1e10, 3e10] and made.seeds == 2
    assert made.space.max_depth == 8 and made.recipe.beta1 == 0.8
    assert made.create_time is not None and made.create_time.tzinfo is not None


def test_campaign_can_be_made_of_another_one(iso: isoshape.Client) -> None:
    first = iso.campaigns.create(budgets=[1e10], seeds=3)
    second = iso.campaigns.create(campaign=first.get(), seeds=2)
    assert second != first and second.get().seeds == 2
    assert [c.name for c in iso.campaigns] == [second.name, first.name]


@pytest.mark.parametrize(
    ("fields", "field", "remedy"),
    [
        ({"budgets": [1e10], "seeds": -2}, "seeds", "give 1 to 100"),
        ({"budgets": [1e10], "seedz": 2}, "campaign.seedz", "did you mean 'seeds'?"),
        (
            {"budgets": [3e10, 1e10]},
            "budgets[1]",
            "give them ascending, no two equal",
        ),
        (
            {"budgets": [1e10], "recipe": {"beta1": 7}},
            "recipe.beta1",
            "give at least 0 and less than 1",
        ),
    ],
)
def test_error_has_field_and_remedy(
    iso: isoshape.Client, fields: dict[str, object], field: str, remedy: str
) -> None:
    with pytest.raises(InvalidArgument) as found:
        iso.campaigns.create(**fields)
    assert (found.value.field, found.value.remedy) == (field, remedy)
    assert found.value.code == "invalid_argument"


def test_budget_that_is_no_number_is_refused(iso: isoshape.Client) -> None:
    with pytest.raises(InvalidArgument, match="'much' is no number"):
        iso.campaigns.create(budgets=["much"])


def test_infeasible_campaign_is_a_failed_precondition(iso: isoshape.Client) -> None:
    with pytest.raises(FailedPrecondition) as found:
        iso.campaigns.create(budgets=[1e6])
    assert found.value.field is None and "raise the budget" in str(found.value.remedy)


def test_name_that_is_taken_already_exists(iso: isoshape.Client) -> None:
    iso.campaigns.create("c1", budgets=[1e10])
    with pytest.raises(AlreadyExists):
        iso.campaigns.create("c1", budgets=[1e10])


def test_unknown_campaign_is_not_found(iso: isoshape.Client) -> None:
    with pytest.raises(NotFound, match="campaigns/zz"):
        iso.campaigns.get("zz")
    with pytest.raises(NotFound):
        len(iso.campaign("zz").trials)


def test_validate_stores_nothing(iso: isoshape.Client) -> None:
    assert "trials" in iso.campaigns.validate(budgets=[1e10]).planner_note
    assert len(iso.campaigns) == 0


def test_campaigns_are_listed_by_state_and_label(iso: isoshape.Client) -> None:
    iso.campaigns.create("a", budgets=[1e10], labels={"team": "x"})
    iso.campaigns.create("b", budgets=[1e10]).pause()
    assert [c.name for c in iso.campaigns.list(state="paused")] == ["campaigns/b"]
    assert [c.name for c in iso.campaigns.list(labels={"team": ""})] == ["campaigns/a"]


def test_listed_campaign_has_verbs_and_its_record(iso: isoshape.Client) -> None:
    made = iso.campaigns.create("a", budgets=[1e10])
    (listed,) = iso.campaigns.list()
    assert listed == made and listed.record is not None
    assert list(listed.record.budgets) == [1e10] and len(repr([listed])) < 100
    assert listed.pause().state == "paused"
    assert listed.record.state == "running", "as it was when it was listed"
    assert iso.campaign("a").record is None


def test_verbs_change_the_state(iso: isoshape.Client) -> None:
    c = iso.campaigns.create(budgets=[1e10])
    assert c.pause().state == "paused" and c.resume().state == "running"
    with pytest.raises(FailedPrecondition):
        c.delete()
    assert c.cancel().state == "cancelled"
    with pytest.raises(CampaignCancelled):
        c.wait()
    c.delete()
    assert len(iso.campaigns) == 0


def test_update_changes_what_it_is_given(iso: isoshape.Client) -> None:
    c = iso.campaigns.create(budgets=[1e10])
    c.update(display_name="first", algorithm={"grid": {"sizes": 9}})
    now = c.get()
    assert now.display_name == "first" and now.algorithm.grid is not None
    assert now.algorithm.grid.sizes == 9
    with pytest.raises(InvalidArgument):
        c.update()


def test_wait_returns_the_campaign_that_has_ended(iso: isoshape.Client, worker: Worker) -> None:
    done = iso.campaigns.create(budgets=[1e10]).wait("1m")
    assert done.state == "completed" and done.trial_counts.pending == 0


def test_wait_ends_at_its_timeout(iso: isoshape.Client) -> None:
    with pytest.raises(DeadlineExceeded, match="it goes on"):
        iso.campaigns.create(budgets=[1e10]).wait(0.3)


def test_watch_begins_with_the_campaign_and_ends_with_it(
    iso: isoshape.Client, worker: Worker
) -> None:
    changes = list(iso.campaigns.create(budgets=[1e10], seeds=2).watch())
    sequences = [change.sequence for change in changes]
    assert sequences == sorted(sequences)
    assert changes[-1].campaign.state == "completed"
    told = {row["number"]: row for change in changes for row in change.trials}
    assert told[1]["state"] == "succeeded" and told[1]["validation_loss"] > 1
    assert "trials ended" in str(changes[-1])


def test_watch_goes_on_from_a_sequence(iso: isoshape.Client) -> None:
    c = iso.campaigns.create(budgets=[1e10])
    watching = c.watch()
    seen = next(watching).sequence
    watching.close()
    c.pause()
    assert next(c.watch(after=seen)).campaign.state == "paused"


def test_watch_goes_on_after_the_coordinator_was_away(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("restart")
    first = Coordinator(folder)
    c = isoshape.connect(first.url).campaigns.create(budgets=[1e10])
    watching = c.watch()
    assert next(watching).campaign.state == "running"
    first.process.kill()
    first.process.wait()
    port = first.url.rpartition(":")[2]
    second = Coordinator(folder, http=f"127.0.0.1:{port}")
    c.cancel()
    assert [change.campaign.state for change in watching][-1] == "cancelled"
    second.stop()


def test_watch_of_a_deleted_campaign_is_not_found(iso: isoshape.Client) -> None:
    c = iso.campaigns.create(budgets=[1e10])
    watching = c.watch()
    next(watching)
    c.delete(force=True)
    with pytest.raises(NotFound, match="was deleted"):
        list(watching)


def test_best_are_ranked_and_limited(finished: Finished) -> None:
    best = finished.campaign.best(top=2)
    assert [shape.rank for shape in best] == [1, 2] * len(BUDGETS)
    assert best[0].loss_above_best == 0 and best.basis.trials > 0
    one = finished.campaign.best(top=1, budget="90 GFLOPs", max_parameters="30k")
    assert len(one) == 1 and one[0].budget_flops == 9e10 and one[0].parameters <= 30000
    assert str(one[0].shape) == f"{one[0].shape.depth}x{one[0].shape.width}"


def test_fit_has_estimates_with_intervals(finished: Finished) -> None:
    fit = finished.campaign.fit(law="isoflop", resamples=200)
    optimum = fit.optima[-1].optimal_size
    assert optimum is not None and optimum.lower is not None and optimum.upper is not None
    assert optimum.lower < float(optimum) < optimum.upper and optimum.level == 0.95
    assert f"{fit['b']}".endswith("(95 %)")
    assert f"{fit['a']}".startswith("not identified: its interval")
    with pytest.raises(KeyError, match="it has a, b"):
        fit["alpha"]


def test_unknown_law_is_refused(finished: Finished) -> None:
    with pytest.raises(InvalidArgument) as found:
        finished.campaign.fit(law="gauss")
    assert found.value.field == "law"


def test_predict_names_a_shape_along_the_trend(finished: Finished) -> None:
    p = finished.campaign.predict("300 GFLOPs", law="isoflop", resamples=200)
    assert p.shape is not None and p.loss is not None and p.target_flops == 3e11
    assert p.warnings and str(p.shape) in str(p)


def test_prediction_that_the_trials_do_not_allow_is_refused(finished: Finished) -> None:
    with pytest.raises(FailedPrecondition, match="do not identify"):
        finished.campaign.predict(3e11, resamples=200)


def test_describe_needs_no_campaign(iso: isoshape.Client) -> None:
    told = iso.describe("gpt2", budgets=["1 EFLOPs"])
    assert told.shape.depth == 12 and told.tokens[0].budget_flops == 1e18
