"""Parameters, FLOPs and rates are those of the C++ side."""

from __future__ import annotations

import json
import subprocess

import pytest
from conftest import program

from isoshape._api import Recipe, Shape
from isoshape.trainer.accounting import count_parameters, training_flops_per_token
from isoshape.trainer.schedule import schedule_factor

COUNTED = [
    {},
    {"kv_heads": 1, "activation": "gelu"},
    {"tied_embedding": True, "positions": "learned", "norm": "layer", "bias": True},
    {"norm_placement": "none", "activation": "relu2"},
    {"norm_placement": "post", "norm": "layer"},
    {"objective": "masked", "norm": "layer", "bias": True},
    {"qk_norm": True, "heads": 8},
]


@pytest.mark.parametrize("options", COUNTED, ids=str)
def test_counts_are_those_of_describe(options: dict[str, object]) -> None:
    # Of a shape as isoshape fills it in.
    flags = ["--depth=3", "--width=64", "--head-dim=16", "--vocab=300", "--context=48"]
    for name, value in options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            flags.append(f"--{flag}")
        else:
            flags.append(f"--{flag}={value}")
    ended = subprocess.run(
        [program("isoshape"), "describe", *flags, "--output=json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    described = json.loads(ended.stdout)
    shape = Shape.from_json(described["shape"])
    for name, value in options.items():
        assert getattr(shape, name) == value
    assert count_parameters(shape) == described["parameters"]
    exact = next(x for x in described["flops"] if x["convention"] == "exact")
    assert training_flops_per_token(shape) == exact["training_flops_per_token"]


def test_the_rate_warms_up_stays_and_cools_down() -> None:
    recipe = Recipe(warmup_fraction=0.1, cooldown_fraction=0.2, schedule="wsd")
    factors = [schedule_factor(step, 100, recipe) for step in range(100)]
    assert factors[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert set(factors[10:80]) == {1.0}
    assert factors[80] == pytest.approx(1 - (1 / 21) ** 0.5)
    assert factors[99] == pytest.approx(1 - (20 / 21) ** 0.5)
    assert factors[80:] == sorted(factors[80:], reverse=True)


def test_a_cosine_ends_at_a_tenth() -> None:
    recipe = Recipe(warmup_fraction=0.1, schedule="cosine")
    factors = [schedule_factor(step, 100, recipe) for step in range(100)]
    assert factors[99] == pytest.approx(0.1)
    assert factors[54] == pytest.approx(0.55)  # half way from the end of the warmup
