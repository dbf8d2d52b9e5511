"""FLOPs and parameters of modules, by PyTorch's own counter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from isoshape._message import short
from isoshape.errors import InvalidArgument

GROWTH = 1.2
"""FLOPs must grow by this at least, if depth or width doubles."""

MakeModel = Callable[[int, int], Any]
LossOf = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Cost:
    """What a model costs."""

    parameters: int
    flops_per_token: float
    """Of the forward and the backward pass, matrix products and convolutions alone."""

    @property
    def size(self) -> float:
        """N: training FLOPs per token / 6."""
        return self.flops_per_token / 6


class Counter:
    """Counts models of a factory, each shape once. Not thread-safe but where it says so.

    A model is built without memory (PyTorch's device `meta`); if it cannot be, on the CPU. Scaled
    dot product attention is counted over the full context.
    """

    def __init__(self, make_model: MakeModel, loss_of: LossOf, batch: Any, tokens: int) -> None:
        """`batch`: one to run models on, of so many tokens."""
        self._make_model, self._loss_of = make_model, loss_of
        self._batch, self._tokens = batch, tokens
        self._costs: dict[tuple[int, int], Cost] = {}
        self._device = "meta"
        self._lock = threading.Lock()

    def cost(self, depth: int, width: int) -> Cost:
        """The cost of a shape. InvalidArgument if the factory or its model does not work."""
        if (depth, width) not in self._costs:
            self._costs[depth, width] = self._count(depth, width)
        return self._costs[depth, width]

    def estimate(self, depth: int, width: int) -> float:
        """Size of a shape from models of depth 1 and 2: FLOPs of equal blocks are affine."""
        one, two = self.cost(1, width).size, self.cost(2, width).size
        return one + (depth - 1) * (two - one)

    def check_growth(self, width: int) -> None:
        """InvalidArgument if FLOPs do not grow with depth and with width."""
        base = self.cost(1, width).flops_per_token
        for name, depth, wide in (("depth", 2, width), ("width", 1, 2 * width)):
            grown = self.cost(depth, wide).flops_per_token
            # Of a shallow model most may lie outside its blocks, so any growth with depth will do.
            if grown < base * (1.001 if name == "depth" else GROWTH):
                raise InvalidArgument(
                    f"model: FLOPs per token of make_model(depth, width) do not grow with {name}: "
                    f"{short(base, 4)} at 1x{width} and {short(grown, 4)} at {depth}x{wide}; build "
                    "as many blocks as depth says, each as wide as width says"
                )

    def growing(self, depth: int, width: int) -> frozenset[str]:
        """Names of the parameters that are matrices, [out, in, …], whose inputs grow with the
        width: the rate of such matrices falls with it (Yang et al. 2022). Of what grows in one
        side alone, these are the weights of linear layers and convolutions, while tables, such as
        those of embeddings, have a row for each token. Thread-safe."""
        with self._lock:
            model, other = self._build(depth, width), self._build(depth, 2 * width)
        wide = {name: tuple(p.shape) for name, p in other.named_parameters()}
        found = set()
        for name, parameter in model.named_parameters():
            shape, grown = tuple(parameter.shape), wide.get(name, ())
            if len(shape) < 2 or len(grown) != len(shape) or grown[1] <= shape[1]:
                continue
            owner = type(model.get_submodule(name.rpartition(".")[0])).__name__
            if grown[0] > shape[0] or owner.startswith(("Linear", "Conv", "LazyLinear")):
                found.add(name)
        return frozenset(found)

    def _build(self, depth: int, width: int) -> Any:
        import torch

        if self._device == "meta":
            try:
                with torch.device("meta"):
                    model = self._make_model(depth, width)
                return model.to("meta") if isinstance(model, torch.nn.Module) else model
            except (RuntimeError, NotImplementedError):
                self._device = "cpu"
        return self._make_model(depth, width)

    def _count(self, depth: int, width: int) -> Cost:
        import torch
        from torch.nn.attention import SDPBackend, sdpa_kernel
        from torch.utils.flop_counter import FlopCounterMode

        model = self._build(depth, width)
        if not isinstance(model, torch.nn.Module):
            raise InvalidArgument(
                f"model: make_model({depth}, {width}) returned {type(model).__name__}; return a "
                "torch.nn.Module"
            )
        try:
            with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
                self._loss_of(model, moved(self._batch, self._device)).backward()
        except InvalidArgument:
            raise
        except Exception as error:
            if self._device == "meta":  # values are needed, which meta has none of
                self._device = "cpu"
                return self._count(depth, width)
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise InvalidArgument(
                f"model: make_model({depth}, {width}) cannot be run on a batch: {said}; try "
                "loss(model, batch).backward() by hand"
            ) from error
        return Cost(
            sum(p.numel() for p in model.parameters()),
            counter.get_total_flops() / self._tokens,
        )


def moved(batch: Any, device: str) -> Any:
    """The tensors of a batch on a device, in lists, tuples and mappings."""
    if hasattr(batch, "to") and hasattr(batch, "dtype"):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, dict):
        return {key: moved(each, device) for key, each in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(moved(each, device) for each in batch)
    return batch
