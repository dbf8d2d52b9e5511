"""Modules that cost what they are counted at, and whose loss is a formula: a sweep of real runs
whose answer is known."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

E, A, B, BENT = 1.0, 22.4, 100.0, 0.002
ASPECT = 8.0
TOKENS = 512
"""Of a batch."""
CONTEXT, VOCAB = 16, 8


class Formula(nn.Module):
    """`depth` products of `width`; it counts the batches that it was trained on. The products are
    there to be counted: where there are values, nothing is multiplied."""

    multiplies = False  # also where there are values

    def __init__(self, depth: int, width: int) -> None:
        super().__init__()
        self.depth, self.width, self.seen = depth, width, 0
        self.layers = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(depth))
        self.noise = 0.003 * torch.randn(())  # another for each shape and seed

    def forward(self, tokens: Tensor) -> Tensor:
        if self.training:
            self.seen += 1
        if not (self.layers[0].weight.is_meta or self.multiplies):
            return self.layers[0].weight
        x = tokens[:, None].expand(-1, self.width).float()
        for layer in self.layers:
            x = layer(x)
        return x

    @property
    def size(self) -> float:
        return size_of(self.depth, self.width)


class FormulaTransformer(Formula):
    """The same with the products of a transformer, so that a coordinator can count it."""

    def __init__(self, depth: int, width: int) -> None:
        super().__init__(depth, width)
        self.tokens = nn.Parameter(torch.ones(width))
        self.layers = nn.ModuleList(Block(width) for _ in range(depth))
        self.logits = nn.Linear(width, VOCAB, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        if self.training:
            self.seen += 1
        if not self.tokens.is_meta:
            return self.tokens
        x = self.tokens.expand(len(tokens), -1)
        for layer in self.layers:
            x = layer(x)
        return self.logits(x)

    @property
    def size(self) -> float:
        return self.depth * (12 * self.width**2 + 2 * CONTEXT * self.width) + VOCAB * self.width


class Block(nn.Module):
    """What attention over CONTEXT and a feed-forward block cost."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.four = nn.Linear(width, 4 * width, bias=False)
        self.wider, self.back = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.keys = nn.Parameter(torch.zeros(width, CONTEXT))
        self.values = nn.Parameter(torch.zeros(CONTEXT, width))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v, out = self.four(x).chunk(4, dim=-1)
        return x + (q + k + v + out) @ self.keys @ self.values + self.back(self.wider(x))


def size_of(depth: int, width: int) -> float:
    """FLOPs per token / 6: the first product has no gradient of its input."""
    return (6 * depth - 2) * width**2 / 6


def loss_of(model: Any, batch: Any) -> Tensor:
    """Chinchilla's formula, and a little for the aspect ratio."""
    size, tokens = model.size, max(model.seen, 1) * TOKENS
    bent = BENT * math.log(model.width / model.depth / ASPECT) ** 2
    loss = E + A / size**0.5 + B / tokens**0.5 + bent
    return loss + model.noise + 0 * model(batch[0]).mean()


def best_size(flops: float) -> float:
    """A / N^1/2 = B / D^1/2 at C = 6 N D."""
    return (flops / 6) ** 0.5 * A / B


def batches() -> list[tuple[Tensor, Tensor]]:
    """Equal ones, as the loss does not depend on them."""
    return [(torch.zeros(TOKENS), torch.zeros(TOKENS, dtype=torch.long)) for _ in range(8)]
