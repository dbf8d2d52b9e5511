"""The data of a sweep: batches for training, and some that are held out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from isoshape.errors import InvalidArgument

HELD_OUT = 16
"""Batches that are held out, if no others are given; at most a quarter of what there is."""

Data = Iterable[Any] | Callable[[int], Iterable[Any]]


class Batches:
    """Batches over and over, with those of one pass that are held out left out.

    `data` is an iterable that can be iterated anew (a list, a DataLoader), or a function of a seed
    that returns one.
    """

    def __init__(
        self, data: Data, validation: Iterable[Any] | None, tokens: Callable[[Any], int]
    ) -> None:
        """InvalidArgument if there are too few, or if they are shuffled anew at each pass while
        some of them are to be held out."""
        if not callable(data) and iter(data) is data:
            raise InvalidArgument(
                "data: an iterator can be read once, and each run begins anew; give a list, a "
                "DataLoader, or a function of a seed that returns an iterable"
            )
        self._data = data
        self._skip = 0
        first = list(itertools.islice(self._pass(0), 4 * HELD_OUT))
        if not first:
            raise InvalidArgument("data: they have no batch; give at least four")
        self.example = first[0]
        self.tokens = tokens(first[0])
        """Of a batch, and so of a step."""
        if validation is not None:
            self.held_out = list(validation)
            if not self.held_out:
                raise InvalidArgument("validation: it has no batch; give at least one")
            return
        if len(first) < 4:
            raise InvalidArgument(
                f"data: {len(first)} batches are too few to hold some out; give four or more, or "
                "validation="
            )
        self._skip = min(HELD_OUT, len(first) // 4)
        self.held_out = first[: self._skip]
        again = next(iter(self._pass(1)))
        if not _same(first[0], again):
            raise InvalidArgument(
                "data: they come in another order at each pass, so that none can be held out; "
                "give validation=, batches that are not trained on"
            )

    def train(self, seed: int) -> Iterator[Any]:
        """Endless batches for the run of a seed. Of an iterable every run has the same order."""
        for number in itertools.count():
            empty = True
            for batch in itertools.islice(self._pass(seed + 1000 * number), self._skip, None):
                empty = False
                yield batch
            if empty:
                raise InvalidArgument("data: a pass over them had no batch; give as many each time")

    def _pass(self, seed: int) -> Iterator[Any]:
        return iter(self._data(seed) if callable(self._data) else self._data)


def target_tokens(batch: Any) -> int:
    """Tokens of a batch: as many as its targets, the last of its parts, have numbers."""
    last = batch[-1] if isinstance(batch, list | tuple) else batch
    if isinstance(last, dict):
        last = last.get("labels", next(iter(last.values())))
    if not hasattr(last, "numel"):
        raise InvalidArgument(
            f"data: a batch is {type(batch).__name__}, whose tokens cannot be counted; give "
            "tokens=, a function of a batch"
        )
    return int(last.numel())


def default_loss(model: Any, batch: Any) -> Any:
    """The cross entropy, nats per target, of `model(inputs)` for batches of inputs and targets;
    what the model returns, if that is one number."""
    import torch
    from torch.nn import functional

    if not isinstance(batch, list | tuple) or len(batch) != 2:
        raise InvalidArgument(
            f"data: a batch is {type(batch).__name__}, not a pair of inputs and targets; give "
            "loss=, a function of the model and a batch"
        )
    inputs, targets = batch
    outputs = model(inputs)
    if not isinstance(outputs, torch.Tensor):
        raise InvalidArgument(
            f"model: it returns {type(outputs).__name__}, not logits; give loss=, a function of "
            "the model and a batch"
        )
    if outputs.ndim == 0:
        return outputs
    return functional.cross_entropy(outputs.flatten(0, -2), targets.flatten())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return all(_same(a, b) for a, b in zip(one, other, strict=True))
    if hasattr(one, "shape") and hasattr(other, "shape"):
        return bool(one.shape == other.shape and (one == other).all())
    return bool(one == other)
