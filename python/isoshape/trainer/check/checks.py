"""What a trainer must do, tried one after another."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from isoshape._api import Shape
from isoshape.trainer.accounting import count_parameters
from isoshape.trainer.check.orders import (
    ENDLESS,
    STEPS,
    TOKENS_PER_STEP,
    run_line,
    small_shape,
)
from isoshape.trainer.check.process import LostError, TrainerProcess
from isoshape.trainer.check.sample_text import sample_text
from isoshape.trainer.outcome import one_line

PATIENCE = 10.0  # seconds for an answer to `stop`, and for an end
TOLERANCE = 0.02  # of parameters
SAMPLE = 300_000  # bytes
OUTCOMES = ("succeeded", "diverged", "stopped", "out_of_memory", "device_lost", "failed")
RECOMMENDED = (
    "validation_loss_stderr",
    "train_loss",
    "parameters",
    "tokens_per_second",
    "step_seconds",
    "peak_memory_bytes",
    "data_fingerprint",
    "precision",
    "engine",
    "decode_seconds",
)

Lines = list[dict[str, Any]]


class Check:
    """Gives a trainer short runs of two shapes, one with a name that is no shape, one that is
    stopped, one that goes on from a checkpoint, one whose data are not there, and two ends."""

    def __init__(self, process: TrainerProcess, data: str | None, out: TextIO) -> None:
        """data: a path to train on; None: words made for it."""
        self._process, self._data, self._out = process, data or "", out
        self._counts = {"ok": 0, "wrong": 0, "absent": 0}
        self._folder = ""

    def execute(self) -> int:
        """1 if something is wrong, else 0."""
        with tempfile.TemporaryDirectory(prefix="isoshape-") as folder:
            self._folder = folder
            if not self._data:
                self._data = str(Path(folder) / "words.txt")
                Path(self._data).write_bytes(sample_text(SAMPLE))
            try:
                self._all()
            except LostError as error:
                self._wrong(str(error))
            finally:
                self._process.kill()
        counts = self._counts
        verdict = "failed" if counts["wrong"] else "passed"
        self._out.write(
            f"{verdict}: {counts['ok']} right, {counts['wrong']} wrong, {counts['absent']} absent\n"
        )
        return 1 if counts["wrong"] else 0

    def _all(self) -> None:
        self._ready(self._process.start())
        first = self._short_run("first", small_shape(1, 16))
        self._stopped_run()
        self._impossible_run()
        self._malformed_run()
        self._short_run("second", small_shape(2, 32))
        self._same_again(first)
        self._resumed_run()
        ending = self._process.end_input(PATIENCE)
        self._expect(ending == "exit code 0", f"end of input: {ending}", "instead of exit code 0")
        self._terminated()

    # What is said.

    def _say(self, verdict: str, what: str) -> None:
        self._counts[verdict] += 1
        self._out.write(f"{verdict:<7}{one_line(what)}\n")
        self._out.flush()

    def _ok(self, what: str) -> None:
        self._say("ok", what)

    def _wrong(self, what: str) -> None:
        self._say("wrong", what)

    def _absent(self, what: str) -> None:
        self._say("absent", what)

    def _expect(self, holds: bool, what: str, otherwise: str) -> None:
        self._ok(what) if holds else self._wrong(f"{what}: {otherwise}")

    # What is tried.

    def _ready(self, line: dict[str, Any]) -> None:
        self._ok(
            f"ready: trainer {line.get('trainer', '')!r}, device {line['device']} "
            f"{line.get('device_name', '')!r}"
        )
        names = ("trainer", "device_name", "memory_limit_bytes")
        if missing := [name for name in names if not line.get(name)]:
            self._absent(f"ready line: {', '.join(missing)}")
        for name in ("branches", "replicas"):
            if not line.get(name):
                self._absent(f'{name} ("{name}":true)')

    def _train(
        self,
        line: dict[str, Any],
        on_line: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> tuple[Lines, dict[str, Any]]:
        """The lines of a run before its result, and that. LostError as a worker would."""
        self._process.send(line)
        said: Lines = []
        while True:
            found = self._process.next()
            if found.get("run") != line["run"]:
                continue
            if found.get("type") == "result":
                if found.get("outcome") not in OUTCOMES:
                    raise LostError(f"the outcome {found.get('outcome')!r} is unknown")
                return said, found
            if found.get("type") not in ("started", "measurement", "heartbeat"):
                raise LostError(f"the type {found.get('type')!r} is unknown")
            said.append(found)
            on_line(found)

    def _short_run(self, run: str, shape: Shape) -> float:
        """Its loss; NaN if it did not succeed."""
        said, result = self._train(run_line(run, shape, self._data))
        card = result.get("shape_card") or {}
        if result["outcome"] != "succeeded":
            self._wrong(
                f"{run} run: it did not succeed: {result['outcome']}: "
                f"{result.get('error') or 'no reason'}"
            )
            return math.nan
        loss = card.get("validation_loss")
        if isinstance(loss, bool) or not isinstance(loss, int | float):
            self._wrong(f"{run} run: shape_card.validation_loss {loss!r} is no number")
            return math.nan
        self._ok(f"{run} run: {shape} trained, validation loss {loss:.5g}")
        self._expect(loss > 0, f"{run} run: the loss is above 0", "no text has 0 nats or less")
        self._started(run, shape, said)
        self._contract(run, shape, card)
        self._measurements(run, said)
        if run == "first" and (missing := [n for n in RECOMMENDED if card.get(n) is None]):
            self._absent(f"shape card: {', '.join(missing)}")
        return float(loss)

    def _started(self, run: str, shape: Shape, said: Lines) -> None:
        started = [line for line in said if line["type"] == "started"]
        if len(started) != 1:
            self._wrong(f"{run} run: {len(started)} lines `started`; one is due")
            return
        self._ok(f"{run} run: started")
        self._contract(run, shape, started[0])
        if started[0].get("parameters") is None:
            self._absent(f"{run} run: parameters in `started`")

    def _contract(self, run: str, shape: Shape, line: dict[str, Any]) -> None:
        """A worker takes a trainer that contradicts its order for lost."""
        wanted = count_parameters(shape)
        said = line.get("parameters")
        if said is not None and abs(said - wanted) > TOLERANCE * wanted:
            self._wrong(
                f"{run} run: it says {said} parameters, and {shape} has {wanted}: it must train "
                "the shape that it was given"
            )
        for name, exact in (("steps", STEPS), ("tokens", STEPS * TOKENS_PER_STEP)):
            if line.get(name) not in (None, exact):
                self._wrong(f"{run} run: it says {line[name]} {name}, and the run has {exact}")

    def _measurements(self, run: str, said: Lines) -> None:
        points = [line.get("measurement") or {} for line in said if line["type"] == "measurement"]
        steps = [int(point.get("step", -1)) for point in points]
        in_order = steps == sorted(set(steps))
        self._expect(
            bool(steps) and in_order and steps[-1] == STEPS,
            f"{run} run: {len(steps)} measurements up to step {steps[-1] if steps else 0}",
            f"their steps must grow, and the last must be {STEPS}; call run.report(train_loss=…)",
        )
        if points and not any("train_loss" in point for point in points):
            self._absent(f"{run} run: train_loss in measurements")

    def _stopped_run(self) -> None:
        told = math.nan

        def stop(line: dict[str, Any]) -> None:
            nonlocal told
            if math.isnan(told) and line["type"] == "measurement":
                told = time.monotonic()
                self._process.send({"type": "stop", "run": "stopped"})

        line = run_line("stopped", small_shape(1, 16), self._data, ENDLESS)
        _, result = self._train(line, stop)
        took = time.monotonic() - told
        if math.isnan(told):
            self._wrong(
                f"stopped run: it ended before it reported anything: {result.get('error', '')}"
            )
        elif result["outcome"] != "stopped":
            self._wrong(f"stopped run: the outcome is {result['outcome']}, not stopped")
        else:
            self._expect(
                took <= PATIENCE, f"stopped run: stopped after {took:.1f} s", "a worker waits 10 s"
            )

    def _impossible_run(self) -> None:
        _, result = self._train(run_line("impossible", small_shape(1, 16), "/no/such/data"))
        if result["outcome"] != "failed":
            self._wrong("impossible run: data that are not there must end as `failed`")
            return
        error = result.get("error")
        self._expect(bool(error), f"impossible run: failed: {error}", "it gives no `error`")
        if result.get("fault") != "worker":
            self._absent('impossible run: "fault":"worker" (nobody knows whose it was)')

    def _malformed_run(self) -> None:
        line = run_line("malformed", small_shape(1, 16), self._data)
        line["steps"] = -1
        _, result = self._train(line)
        self._expect(
            result["outcome"] == "failed",
            "malformed run: it lives on",
            "steps -1 must end as `failed`",
        )

    def _same_again(self, first: float) -> None:
        _, result = self._train(run_line("again", small_shape(1, 16), self._data))
        loss = (result.get("shape_card") or {}).get("validation_loss")
        if isinstance(loss, int | float) and not math.isnan(first):
            if math.isclose(loss, first, rel_tol=1e-5):
                self._ok("again: the same seed gives the same loss")
            else:
                self._absent(f"again: the same seed gives {loss:.6g} after {first:.6g}")

    def _resumed_run(self) -> None:
        """A run that is stopped leaves a checkpoint, from which the same run goes on."""
        keep = {"checkpoint": {"path": str(Path(self._folder) / "checkpoint"), "seconds": 0}}
        line = run_line("resumed", small_shape(1, 16), self._data, ENDLESS, **keep)
        told: list[int] = []

        def stop(found: dict[str, Any]) -> None:
            if not told and found["type"] == "measurement":
                told.append(1)
                self._process.send({"type": "stop", "run": "resumed"})

        self._train(line, stop)
        told.clear()
        said, result = self._train(line, stop)
        start = next((x.get("start_step", 0) for x in said if x["type"] == "started"), 0)
        steps = [x["measurement"].get("step", 0) for x in said if x["type"] == "measurement"]
        if result["outcome"] != "stopped":
            self._wrong(f"resumed run: {result['outcome']}: {result.get('error', '')}")
        elif not start:
            self._absent("checkpoints (start_step in `started` of a run that goes on)")
        else:
            self._expect(
                all(step > start for step in steps),
                f"resumed run: it goes on from step {start}",
                f"its measurements must begin behind that, and begin at {steps[0]}",
            )

    def _terminated(self) -> None:
        self._process.start()
        self._process.send(run_line("terminated", small_shape(1, 16), self._data, ENDLESS))
        while self._process.next().get("type") != "measurement":
            pass
        ending, took = self._process.terminate(PATIENCE)
        self._expect(
            ending == "exit code 0", f"SIGTERM: {ending} after {took:.1f} s", "not exit code 0"
        )
