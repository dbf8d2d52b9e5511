"""The search space of a coordinator whose shapes cost what a factory's modules cost.

A coordinator plans transformers, and counts their FLOPs by their shape (docs/accounting.md). A
module whose FLOPs per token are those of some transformer of the same depth and width, whatever it
is made of, can be planned there as that one: its blocks cost a w^2 + b w each and the rest c w,
which are, of the transformer, the width of its feed-forward block, its context and its vocabulary.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

from isoshape._api import Positions, Shape
from isoshape._message import short
from isoshape.sweep.flops import Counter
from isoshape.trainer.accounting import count_parameters, training_flops_per_token

SAME = 0.02
"""How far FLOPs and parameters may be off those of the shape, as for any trainer."""
PROBES = ((1, 2), (3, 2), (2, 4), (4, 8))
"""Depths, and widths in multiples, at which FLOPs are compared."""


@dataclass(frozen=True)
class Space:
    """Shapes that cost what the modules of a factory cost."""

    base: Shape
    """What they have in common; depth, width and what follows from them are not set."""
    ffn_ratio: float

    def shape(self, depth: int, width: int) -> Shape:
        """The shape that stands for make_model(depth, width)."""
        heads = width // self.base.head_dim
        return replace(
            self.base,
            depth=depth,
            width=width,
            heads=heads,
            kv_heads=heads,
            ffn_width=round(self.ffn_ratio * width),
        )

    def to_json(self) -> dict[str, Any]:
        """The fields of SearchSpace."""
        return {"base": self.base, "ffn_ratio": self.ffn_ratio, "ffn_multiple": 1}


def space_of(counter: Counter, tokens: int, multiple: int) -> Space | str:
    """The space for a factory, on batches of so many tokens and widths that are multiples; or why
    there is none, one line."""
    width = 4 * multiple
    square, linear = _block(counter, width)
    ffn_ratio = (square - 8) / 4
    if ffn_ratio * multiple < 1:
        return (
            f"its blocks cost {short(square, 3)} width^2 FLOPs a token forward, and those of a "
            "transformer more than 8 width^2"
        )
    rest = 2 * counter.cost(1, width).flops_per_token - counter.cost(2, width).flops_per_token
    base = Shape(
        head_dim=multiple,
        vocab=max(2, round(rest / (6 * width))),
        context=_nearest_divisor(tokens, linear / 4),
        activation="gelu",
        norm="layer",
        norm_placement="pre",
        objective="causal",
    )
    space = Space(base, ffn_ratio)
    for depth, times in PROBES:
        found = counter.cost(depth, times * multiple).flops_per_token
        stands = training_flops_per_token(space.shape(depth, times * multiple))
        if abs(stands / found - 1) > SAME:
            return (
                f"make_model({depth}, {times * multiple}) costs {short(found, 4)} FLOPs a token, "
                "and no transformer that costs the same at other sizes: the nearest, "
                f"{short(stands, 4)}"
            )
    return _with_parameters(space, counter, multiple)


def _block(counter: Counter, width: int) -> tuple[float, float]:
    """Of a block's forward FLOPs for a token, q width^2 + l width: q and l."""
    per_width = []
    for wide in (width, 2 * width):
        two, one = counter.cost(2, wide).flops_per_token, counter.cost(1, wide).flops_per_token
        per_width.append((two - one) / 3 / wide)
    square = (per_width[1] - per_width[0]) / width
    return square, per_width[0] - square * width


def _nearest_divisor(tokens: int, wanted: float) -> int:
    """A step is of whole sequences."""
    return min((n for n in range(1, tokens + 1) if tokens % n == 0), key=lambda n: abs(n - wanted))


def _with_parameters(space: Space, counter: Counter, multiple: int) -> Space:
    """Of the options that cost no FLOPs, those whose parameters come nearest."""
    positions: tuple[Positions, ...] = ("learned", "rope") if multiple % 2 == 0 else ("learned",)

    def miss(option: Space) -> float:
        off = 0.0
        for depth, times in PROBES:
            counted = counter.cost(depth, times * multiple).parameters
            off += abs(count_parameters(option.shape(depth, times * multiple)) / counted - 1)
        return off

    options = [
        replace(space, base=replace(space.base, tied_embedding=tied, bias=bias, positions=place))
        for tied, bias, place in itertools.product((False, True), (True, False), positions)
    ]
    return min(options, key=miss)
