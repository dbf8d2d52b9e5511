"""A `run` line: what a worker asks of a trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isoshape._api import Recipe, Shape


@dataclass(frozen=True)
class Order:
    """One run, as docs/trainer-protocol.md has it, defaults filled in."""

    run: str
    shape: Shape
    recipe: Recipe
    data_path: str
    steps: int
    tokens_per_step: int
    seed: int = 0
    report_seconds: float = 2.0
    data_fingerprint: str = ""  # that the data must have; empty: any
    checkpoint_path: str = ""  # a folder; empty: none are kept
    checkpoint_seconds: float = 60.0

    @property
    def sequences(self) -> int:
        """Sequences of a step."""
        return self.tokens_per_step // self.shape.context


def names_of(line: Mapping[str, Any]) -> list[str]:
    """The runs that a line asks for: its own, or those of its replicas."""
    replicas = line.get("replicas")
    own = [line] if not isinstance(replicas, list) else replicas
    return [str(each.get("run", "")) for each in own if isinstance(each, dict)]


def parse_order(line: Mapping[str, Any]) -> Order:
    """The order of a line. ValueError, one line, if it is malformed or impossible."""
    if "replicas" in line:
        raise ValueError("this trainer takes no replicas; start the worker without --replicas")
    data, checkpoint = line.get("data"), line.get("checkpoint") or {}
    if not isinstance(data, dict) or not isinstance(data.get("path"), str):
        raise ValueError("the run line has no data.path; give the path of its data")
    if not isinstance(line.get("shape"), dict) or not isinstance(line.get("recipe"), dict):
        raise ValueError("the run line has no shape or no recipe; give both")
    shape, recipe = Shape.from_json(line["shape"]), Recipe.from_json(line["recipe"])
    order = Order(
        run=str(line.get("run", "")),
        shape=shape,
        recipe=recipe,
        data_path=data["path"],
        steps=_whole(line, "steps", 1),
        tokens_per_step=_whole(line, "tokens_per_step", 1),
        seed=_whole(line, "seed", 0) if "seed" in line else 0,
        report_seconds=float(line.get("report_seconds", 2)),
        data_fingerprint=str(line.get("data_fingerprint", "")),
        checkpoint_path=str(checkpoint.get("path", "")),
        checkpoint_seconds=float(checkpoint.get("seconds", 60)),
    )
    for name in ("depth", "width", "context", "vocab"):
        _whole(line["shape"], name, 1)
    if order.tokens_per_step % shape.context:
        raise ValueError(
            f"tokens_per_step {order.tokens_per_step} is not a multiple of the context "
            f"{shape.context}; use whole sequences"
        )
    return order


def _whole(line: Mapping[str, Any], name: str, least: int) -> int:
    value = line.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} {value!r} is no whole number from {least} on")
    return value
