from __future__ import annotations

import dataclasses
import math
from datetime import datetime, timedelta, timezone

import numpy
import pytest

from isoshape import _api
from isoshape._message import plain, time
from isoshape._quantities import quantity, seconds
from isoshape.errors import InvalidArgument

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-28T19:23:11.05276+00:00", datetime(2026, 11, 28, 19, 23, 11, 52760, UTC)),
        ("2026-11-28T19:23:11.052760123Z", datetime(2026, 11, 28, 19, 23, 11, 52760, UTC)),
        ("2026-11-28T19:23:11+00:00", datetime(2026, 11, 28, 19, 23, 11, 0, UTC)),
        ("2026-11-28T21:23:11.5+02:00", datetime(2026, 11, 28, 19, 23, 11, 500000, UTC)),
    ],
)
def test_times_of_any_number_of_digits_are_read(text: str, value: datetime) -> None:
    assert time(text) == value


def test_message_and_json_are_each_other() -> None:
    json = {
        "name": "campaigns/c1",
        "state": "running",
        "budgets": [1e10, 3e10],
        "space": {"max_depth": 8, "base": {"head_dim": 16}},
        "algorithm": {"grid": {"sizes": 9}},
        "labels": {"team": "x"},
        "create_time": "2026-11-28T19:23:11Z",
        "trial_timeout": 60.5,
    }
    campaign = _api.Campaign.from_json(json)
    assert campaign.space.base.head_dim == 16 and campaign.recipe.beta1 is None
    assert _api.Campaign.from_json(campaign.to_json()) == campaign
    assert campaign.to_json() == json


def test_field_of_a_newer_coordinator_is_passed_over() -> None:
    assert _api.Shape.from_json({"depth": 3, "twists": 2}) == _api.Shape(depth=3)


def test_number_that_is_not_finite_is_null_in_json() -> None:
    curve = _api.Curve.from_json({"train_loss": [2.5, None]})
    assert curve.train_loss[0] == 2.5 and math.isnan(curve.train_loss[1])
    assert plain(curve)["train_loss"] == [2.5, None]


def test_numbers_of_numpy_are_plain() -> None:
    told = plain({"depth": numpy.int64(3), "loss": numpy.float32(0.5), "x": numpy.arange(2)})
    assert told == {"depth": 3, "loss": 0.5, "x": [0, 1]}
    assert plain(numpy.float64("nan")) is None


def test_repr_tells_what_is_set() -> None:
    assert repr(_api.Shape(depth=3, width=64)) == "Shape(depth=3, width=64)"
    assert str(_api.Shape(depth=3, width=64)) == "3x64"


def test_trials_and_ranked_shapes_are_one_line_with_what_is_looked_for() -> None:
    shape = _api.Shape(depth=1, width=16)
    card = _api.ShapeCard(validation_loss=2.08614)
    trial = _api.Trial(
        name="campaigns/c1/trials/7", shape=shape, budget_flops=1e11, state="succeeded",
        shape_card=card,
    )  # fmt: skip
    assert repr(trial) == "<c1/7 1x16 1e11 FLOPs loss 2.0861>"
    assert repr(dataclasses.replace(trial, state="leased", shape_card=None)) == (
        "<c1/7 1x16 1e11 FLOPs running>"
    )
    assert trial.to_json()["shape_card"] == {"validation_loss": 2.08614}
    ranked = _api.RankedShape(shape=shape, budget_flops=1e11, validation_loss=2)
    assert repr([ranked]) == "[<1x16 1e11 FLOPs loss 2.0000>]"


def test_estimate_says_which_end_is_not_identified() -> None:
    assert str(_api.Estimate(value=0.5, lower=0.4, level=0.95)) == "0.5 [0.4, ?] (95 %)"
    assert str(_api.Estimate(value=0.5)) == "0.5 [not identified]"
    assert str(_api.Estimate(value=2.5e-5)) == "2.5e-5 [not identified]"
    assert f"{_api.Estimate(value=0.5):.3f}" == "0.500"


def test_figure_that_is_not_identified_is_no_number() -> None:
    estimate = _api.Estimate(value=0.16, lower=0.1, upper=0.2, bca_lower=0.1, level=0.95)
    law = _api.FitLawResponse(
        law="parametric",
        formula="L = E",
        parameters=[_api.LawFigure(name="E", estimate=estimate)],
        derived=[_api.LawFigure(name="a", estimate=estimate, unidentified="two budgets")],
    )
    assert str(law["E"]) == "0.16 [0.1, 0.2] (95 %)" and float(law["E"]) == 0.16
    a = law["a"]
    assert isinstance(a, _api.Estimate) and math.isnan(float(a))
    assert (a.lower, a.upper, a.bca_lower) == (None, None, None)
    assert a.unidentified == "two budgets" and str(a) == "not identified: two budgets"
    assert f"{a:.3f}" == "nan" and "0.16" not in repr(a)
    assert "a: not identified: two budgets" in str(law) and str(law).count("0.16") == 1
    assert law.derived[0].estimate.value == 0.16, "the message itself is as it was sent"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2e6", 2e6),
        ("50k", 5e4),
        ("1.5 PFLOPs", 1.5e15),
        ("2GiB", 2 << 30),
        ("3GB", 3e9),
        ("7B", 7e9),
        (12, 12.0),
    ],
)
def test_quantities_are_read_with_units(text: float | str, value: float) -> None:
    assert quantity(text, "x") == value


@pytest.mark.parametrize("text", ["", "much", "-3", "1x", "5 apples", "nan"])
def test_text_that_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match=r"x .* is no number"):
        quantity(text, "x")


def test_times_are_read_with_units() -> None:
    assert seconds("1h30m", "x") == 5400 and seconds("250ms", "x") == 0.25
    assert seconds(timedelta(minutes=2), "x") == 120 and seconds(3, "x") == 3
    for text in ("10", "m", "5 parsecs"):
        with pytest.raises(InvalidArgument, match=r"x .* is no time"):
            seconds(text, "x")
