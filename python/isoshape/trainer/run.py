"""One run, as the function that trains it sees it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from isoshape._api import Recipe, Shape
from isoshape.trainer.accounting import count_parameters, training_flops_per_token
from isoshape.trainer.card import Evaluation, data_fields, evaluation_of, returned_fields
from isoshape.trainer.checkpoint import Checkpoint
from isoshape.trainer.data import Corpus, DataError, DataUnreadable
from isoshape.trainer.device import Device, framework, torch
from isoshape.trainer.ledger import Ledger, detached, numbers
from isoshape.trainer.order import Order
from isoshape.trainer.outcome import OtherData, Stopped, TrainerError
from isoshape.trainer.schedule import schedule_factor

TOLERANCE = 0.02
"""Parameters may be so far from those of the shape, for people count them in several ways."""
MOST_UNREADABLE = 5
"""Looks in a row at which the data could not be read; that many are no moment any more."""


class Run:
    """A shape, a recipe, a number of steps, and what a trainer says about them.

        def train(run: Run) -> Evaluation:
            model = MyModel(run.shape)
            optimizer = torch.optim.AdamW(model.parameters(), lr=run.recipe.learning_rate)
            run.checkpoint(model, optimizer)
            for inputs, targets in run.batches():
                ...
                run.report(train_loss=loss)
            return run.evaluate(lambda inputs, targets: loss_of(model, inputs, targets))

    Stopped is raised by `batches`, `report` and `evaluate` when the worker ends the run, and
    Diverged when what is reported is not finite or has risen for long. Used by one thread.
    """

    def __init__(self, order: Order, device: Device, session: Session) -> None:
        self._order, self._device, self._session = order, device, session
        self.shape: Shape = order.shape
        """What to build: depth, width, heads, …"""
        self.recipe: Recipe = order.recipe
        """How to train it: learning_rate, weight_decay, …"""
        self.steps = order.steps
        """Optimizer steps to do, exactly."""
        self.tokens_per_step = order.tokens_per_step
        self.sequences = order.sequences
        """Sequences of a step: tokens_per_step / shape.context."""
        self.seed = order.seed
        """Of initial weights and the order of data."""
        self.data_path = order.data_path
        """A file or a folder, or the name of a generated task, `synthetic:…`."""
        self.device = device.kind
        """`cpu` or `cuda`."""
        self.step = 0
        """The step in hand, from 1; 0 before the first."""
        self.parameters: int | None = None
        """Of the model; `checkpoint` counts those of PyTorch modules."""
        self._corpus: Corpus | None = None
        self._start_step, self._started, self._ended_at = 0, False, 0
        self._ledger = Ledger(order.steps, order.tokens_per_step, order.report_seconds)
        self._checkpoint: Checkpoint | None = None
        self._unreadable = 0  # looks in a row at which the data could not be read
        device.begin()

    # What to train on.

    @property
    def data(self) -> Corpus:
        """The data, read and split as isoshape-trainer does."""
        if self._corpus is None:
            if self.data_path.startswith("synthetic:"):
                raise ValueError(
                    f"the data are the generated task {self.data_path!r}, which isoshape.trainer "
                    "does not generate; read run.data_path, or start the worker without "
                    "--data synthetic:"
                )
            corpus = self._session.corpus(self.data_path)
            wanted = self._order.data_fingerprint
            if wanted and wanted != corpus.fingerprint:
                raise OtherData(
                    f"data {self.data_path} have the fingerprint {corpus.fingerprint} and the run "
                    f"asks for {wanted}; give this machine the data that the others have",
                    corpus.fingerprint,
                )
            needed = corpus.vocab + (1 if self.shape.objective == "masked" else 0)
            if self.shape.vocab < needed:
                raise ValueError(
                    f"vocab {self.shape.vocab} does not hold the {corpus.vocab} token values of "
                    f"the data; use {needed} or more"
                )
            self._corpus = corpus
        return self._corpus

    def batches(self, arrays: str | None = None) -> Iterator[tuple[Any, Any]]:
        """A batch for each step that is to be done: inputs and targets, [sequences, context],
        int64, on the run's device. `arrays`: `torch` or `numpy`; by default what the trainer has
        imported. The step ends when the next batch is asked for."""
        found = self.data.batches(self.shape.context, self.sequences, self.seed, self._start_step)
        for _ in self.steps_to_do():
            yield self._pair(next(found), arrays)

    def steps_to_do(self) -> Iterator[int]:
        """The numbers of the steps to do, from 1, for a trainer with data of its own."""
        self._start()
        for number in range(self._start_step + 1, self.steps + 1):
            self.step = number
            yield number
            self._end_step()
        if self._ledger.reports == 0 and self._start_step < self.steps:
            raise TrainerError(
                f"train() has reported nothing in {self.steps} steps; call "
                "run.report(train_loss=loss) in each step"
            )

    def held_out(self, arrays: str | None = None) -> Iterator[tuple[Any, Any]]:
        """The held-out batches, the same ones for every run of that context."""
        for batch in self.data.held_out_batches(self.shape.context, self.sequences):
            yield self._pair(batch, arrays)

    # What to say.

    def report(
        self,
        train_loss: Any = None,
        *,
        validation_loss: Any = None,
        gradient_norm: Any = None,
        step: int | None = None,
    ) -> None:
        """Says how the step in hand went: losses in nats per token, numbers or tensors. Call it
        in each step; a measurement goes out every few seconds, and only then numbers are read
        from the device. `step`: if neither `batches` nor `steps_to_do` counts the steps."""
        if step is not None:
            self.step = step
        if self.step < 1:
            raise TrainerError("run.report was called before the first step; call it after one")
        self._start()
        self._ledger.enter(train_loss, gradient_norm)
        if validation_loss is not None or self._ledger.due(self.step):
            self._measure(validation_loss)
        if step is not None:
            self._end_step()

    def evaluate(self, loss_of: Callable[[Any, Any], Any], arrays: str | None = None) -> Evaluation:
        """The mean of `loss_of(inputs, targets)` over the held-out batches, without gradients.
        It returns nats per token: the mean of a batch, or one for each sequence."""
        self._start()
        began = time.monotonic()
        losses: list[float] = []
        weights: list[int] = []
        module = torch()
        with module.no_grad() if module else contextlib.nullcontext():
            for inputs, targets in self.held_out(arrays):
                self.check_stop()
                loss = detached(loss_of(inputs, targets))
                several = getattr(loss, "ndim", 0) > 0
                found = numbers([float(x) for x in loss.reshape(-1)] if several else [loss])
                losses += found
                weights += [1 if len(found) > 1 else len(inputs)] * len(found)
        self._ledger.pause(time.monotonic() - began)
        return evaluation_of(losses, weights)

    def checkpoint(
        self,
        *parts: Any,
        save: Callable[[], Any] | None = None,
        load: Callable[[Any], None] | None = None,
    ) -> int:
        """Keeps checkpoints of `parts`, which have state_dict and load_state_dict, and goes on
        from one if there is one; returns the steps that it has. Call it once, before the first
        step. `save` returns and `load` takes anything else that can be pickled. The order of the
        data and PyTorch's random numbers are kept with them."""
        if self._started:
            raise TrainerError("run.checkpoint was called after the first step; call it before")
        counted = [p for p in parts if hasattr(p, "parameters")]
        if counted and self.parameters is None:
            self.parameters = sum(t.numel() for part in counted for t in part.parameters())
        order = self._order
        identity = {
            "shape": order.shape.to_json(),
            "recipe": order.recipe.to_json(),
            "data": order.data_fingerprint or order.data_path,
            "seed": order.seed,
            "steps": order.steps,
            "tokens_per_step": order.tokens_per_step,
        }
        self._checkpoint = Checkpoint(
            order.checkpoint_path,
            order.checkpoint_seconds,
            identity,
            lambda: {"step": self._ended_at, "progress": self._ledger.to_json()},
        )
        if (kept := self._checkpoint.register(parts, save, load)) is not None:
            self._start_step = self._ended_at = self.step = int(kept["step"])
            self._ledger.begin(self._start_step, kept["progress"])
        return self._start_step

    @property
    def learning_rate(self) -> float:
        """The base rate of the step in hand by the recipe: warmup, then its schedule."""
        factor = schedule_factor(max(self.step, 1) - 1, self.steps, self.recipe)
        return self.recipe.learning_rate * factor

    @property
    def flops_per_token(self) -> float:
        """Training FLOPs per token of the shape (docs/accounting.md)."""
        return training_flops_per_token(self.shape)

    def check_stop(self) -> None:
        """Raises Stopped if the worker has told this run to end."""
        self._session.alive()
        if self._session.stop_asked:
            raise Stopped()

    # What becomes of it.

    def card(self, returned: Any) -> dict[str, Any]:
        """The shape card of a run whose function returned `returned`. TrainerError if it has not
        done what was asked for, Diverged if the loss is not finite."""
        fields, loss = returned_fields(returned)
        if self._ended_at != self.steps:
            raise TrainerError(
                f"train() ended after {self._ended_at} of {self.steps} steps; take every batch of "
                "run.batches(), or report(step=…) up to the last"
            )
        card = self._ledger.card()
        if "train_loss" in card:
            card["generalization_gap"] = loss - card["train_loss"]
        card.update(
            steps=self.steps,
            tokens=self.steps * self.tokens_per_step,
            device=self.device,
            engine=f"python/{framework()}-{self.device}",
            peak_memory_bytes=self._device.peak_memory_bytes(),
            parameters=self.parameters,
        )
        if self._corpus is not None:
            self._check_data()
            tokens = self.steps * self.tokens_per_step
            card.update(data_fields(self._corpus, loss, tokens))
        card.update(fields)
        return {name: value for name, value in card.items() if value is not None}

    def write_checkpoint(self) -> None:
        """Writes what there is, as the run is to be stopped."""
        if self._checkpoint is not None and self._ended_at > self._start_step:
            self._check_data()
            self._checkpoint.write()

    def _start(self) -> None:
        """Says `started`, once."""
        self.check_stop()
        if self._started:
            return
        self._started = True
        expected = count_parameters(self.shape)
        counted = self.parameters
        if counted is not None and abs(counted - expected) > TOLERANCE * expected:
            raise TrainerError(
                f"the model has {counted} parameters and the trial's shape {self.shape} has "
                f"{expected}; build the shape that run.shape describes, its ffn_width, vocab and "
                "tied_embedding too"
            )
        line: dict[str, Any] = {"steps": self.steps, "start_step": self._start_step}
        if counted is not None:
            line["parameters"] = counted
        if self._corpus is not None:
            line["data_fingerprint"] = self._corpus.fingerprint
        self._session.say("started", **line)

    def _measure(self, validation_loss: Any = None) -> None:
        extra: dict[str, Any] = {"learning_rate": self.learning_rate}
        if validation_loss is not None:
            extra["validation_loss"] = float(validation_loss)
        if (peak := self._device.peak_memory_bytes()) is not None:
            extra["peak_memory_bytes"] = peak
        point, problem = self._ledger.measure(self.step, extra)
        self._session.say("measurement", measurement=point)
        self._ledger.check(problem)

    def _end_step(self) -> None:
        self._ended_at = self.step
        if self.step == self.steps and self._ledger.last_step < self.steps:
            self._measure()
        checkpoint = self._checkpoint
        if checkpoint is not None and (checkpoint.due or self.step == self.steps):
            with self._session.uninterrupted():
                self._write_on_the_way(checkpoint)
        if self._session.stop_asked:
            with self._session.uninterrupted():
                self.write_checkpoint()
        self.check_stop()

    def _write_on_the_way(self, checkpoint: Checkpoint) -> None:
        """A moment in which the data cannot be read costs the checkpoint and not the run: the
        next one, or the result, looks again."""
        try:
            self._check_data()
        except DataUnreadable as error:
            self._unreadable += 1
            if self._session.stop_asked or self._unreadable == MOST_UNREADABLE:
                raise
            checkpoint.skip(str(error))
        else:
            self._unreadable = 0
            self._ledger.pause(checkpoint.write())

    def _check_data(self) -> None:
        """DataError if the data have changed since they were opened: what was trained on them is
        a result of no data, and so is what would go on from a checkpoint of it."""
        if self._corpus is not None and (change := self._corpus.change()):
            raise DataError(change)

    def _pair(self, batch: Any, arrays: str | None) -> tuple[Any, Any]:
        inputs, targets = batch[:, :-1], batch[:, 1:]
        module = torch()
        kind = arrays or ("torch" if module is not None else "numpy")
        if kind == "numpy":
            return inputs, targets
        if kind != "torch" or module is None:
            raise TrainerError(f"arrays {arrays!r} is unknown; use torch (imported) or numpy")
        tensor = module.from_numpy(batch)
        if self.device == "cuda":
            tensor = tensor.pin_memory().to("cuda", non_blocking=True)
        return tensor[:, :-1].contiguous(), tensor[:, 1:].contiguous()


class Session:
    """What a run needs of the server that it runs in."""

    stop_asked: bool = False

    def corpus(self, path: str) -> Corpus:
        """The data of a path, kept open between runs."""
        return Corpus(path)

    def say(self, kind: str, **fields: Any) -> None:
        """A line about the run in hand."""

    def alive(self) -> None:
        """The run does something."""

    def uninterrupted(self) -> contextlib.AbstractContextManager[None]:
        """No Stopped is raised within."""
        return contextlib.nullcontext()
