"""What a worker sees of a trainer that serves a function."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from trainer_process import Trainer

from isoshape.trainer.check.orders import ENDLESS
from isoshape.trainer.check.process import LostError

Start = Callable[[str], Trainer]

# Takes every step and reports a loss that falls.
GOOD = """
def train(run):
    for step in run.steps_to_do():
        run.report(train_loss=3.0 - step / 1000)
    return 2.5
serve(train)
"""


def test_a_run_is_started_measured_and_ended(trainer: Start) -> None:
    process = trainer(GOOD)
    assert process.ready["protocol"] == 1
    assert process.ready["device"] == "cpu"
    assert process.ready["memory_limit_bytes"] > 0
    lines, result = process.run()
    assert [line["type"] for line in lines][:2] == ["started", "measurement"]
    assert lines[0] == {"type": "started", "run": "r", "steps": 20, "start_step": 0}
    points = [line["measurement"] for line in lines[1:]]
    assert points[0]["step"] == 1
    assert points[-1]["step"] == 20
    assert points[0]["train_loss"] == pytest.approx(2.999)
    card = result["shape_card"]
    assert result["outcome"] == "succeeded"
    assert card["validation_loss"] == 2.5
    assert (card["steps"], card["tokens"]) == (20, 20 * 512)
    # The last twentieth of 20 steps is the last one.
    assert card["train_loss"] == pytest.approx(2.98)
    assert card["generalization_gap"] == pytest.approx(2.5 - 2.98)
    assert process.process.end_input(30) == "exit code 0"


def test_one_run_after_another_by_one_process(trainer: Start) -> None:
    process = trainer(GOOD)
    process.process.send(process.order("a"))
    process.process.send(process.order("b"))
    assert process.result("a")[1]["outcome"] == "succeeded"
    assert process.result("b")[1]["outcome"] == "succeeded"


def test_nothing_that_is_printed_reaches_the_worker(trainer: Start) -> None:
    process = trainer(
        """
import os, subprocess, sys
print("while it is imported", file=sys.stderr)
def train(run):
    print("print")
    os.write(1, b"file descriptor 1\\n")
    sys.__stdout__.write("the first stdout\\n")
    subprocess.run(["echo", "a child"])
    assert sys.stdin.read() == ""  # nobody eats the worker's lines
"""
        + GOOD.split("def train(run):\n")[1]
    )
    assert process.run()[1]["outcome"] == "succeeded"
    assert process.run()[1]["outcome"] == "succeeded"


@pytest.mark.parametrize(
    ("statement", "outcome", "error", "fault"),
    [
        ("raise ValueError('width 7 is odd')", "failed", "ValueError: width 7 is odd", "trial"),
        ("raise MemoryError('no')", "out_of_memory", "MemoryError: no", None),
        ("raise RuntimeError('CUDA out of memory')", "out_of_memory", "RuntimeError: CUDA", None),
        ("undefined", "failed", "NameError: name 'undefined' is not defined", "worker"),
        ("import no_such_module", "failed", "ModuleNotFoundError", "worker"),
        ("open('/no/such/file')", "failed", "FileNotFoundError", "worker"),
        ("import sys; sys.exit(3)", "failed", "sys.exit(3)", "worker"),
        ("run.step = 3; run.report(train_loss=float('nan'))", "diverged", "not finite", None),
        ("return 3.0", "failed", "ended after 0 of 20 steps", "worker"),
        ("for _ in run.steps_to_do(): pass", "failed", "has reported nothing", "worker"),
        ("run.report(train_loss=1)", "failed", "before the first step", "worker"),
        ("raise RuntimeError('two\\nlines \\x1b[31m')", "failed", "two lines [31m", None),
    ],
)
def test_what_ends_a_run_does_not_end_the_trainer(
    trainer: Start, statement: str, outcome: str, error: str, fault: str | None
) -> None:
    process = trainer(
        f"""
def train(run):
    if run.seed == 1:
        {statement}
{GOOD.split("def train(run):")[1]}"""
    )
    _, result = process.run(seed=1)
    assert result["outcome"] == outcome
    assert error in result["error"]
    assert "\n" not in result["error"]
    assert result.get("fault") == fault
    assert process.run(seed=0)[1]["outcome"] == "succeeded"


@pytest.mark.parametrize(
    ("returned", "outcome"),
    [("float('nan')", "diverged"), ("None", "failed"), ("'3.0x'", "failed"), ("{}", "failed")],
)
def test_a_run_without_a_loss_does_not_succeed(trainer: Start, returned: str, outcome: str) -> None:
    process = trainer(GOOD.replace("return 2.5", f"return {returned}"))
    _, result = process.run()
    assert result["outcome"] == outcome
    assert "validation loss" in result["error"]


def test_a_mapping_is_the_shape_card(trainer: Start) -> None:
    process = trainer(
        GOOD.replace("2.5", "{'validation_loss': 2.5, 'precision': 'bf16', 'decode_seconds': 1.5}")
    )
    card = process.run()[1]["shape_card"]
    assert (card["validation_loss"], card["precision"]) == (2.5, "bf16")
    assert card["decode_seconds"] == 1.5


def test_a_loss_that_rises_for_long_diverges(trainer: Start) -> None:
    process = trainer(GOOD.replace("3.0 - step / 1000", "3.0 + step / 1000"))
    _, result = process.run(report_seconds=0)
    assert result["outcome"] == "diverged"
    assert "above that of the first step, 3.001" in result["error"]


def test_a_model_of_another_size_is_refused_at_once(trainer: Start) -> None:
    process = trainer(GOOD.replace("for step", "run.parameters = 100\n    for step", 1))
    lines, result = process.run()
    assert lines == []
    assert result["outcome"] == "failed"
    # 2 x 256 x 16 + 4 x 16 x 16 + 3 x 16 x 40 + 3 x 16.
    assert "has 100 parameters and the trial's shape 1x16 has 11184" in result["error"]


ENDLESS_RUN = """
def train(run):
    while True:
        {body}
serve(train)
"""


@pytest.mark.parametrize(
    "body",
    [
        "run.step += 1; run.report(train_loss=1.0)",
        # Hears nothing of the worker: it is interrupted.
        "run.step = 1; run.report(train_loss=1.0)\n        while True: sum(range(1000))",
        # Swallows what is an Exception.
        "run.step += 1\n        try: run.report(train_loss=1.0)\n        except Exception: pass",
    ],
)
def test_a_run_is_stopped(trainer: Start, body: str) -> None:
    process = trainer(ENDLESS_RUN.format(body=body))
    process.process.send(process.order(steps=ENDLESS))
    while process.process.next()["type"] != "measurement":
        pass
    process.process.send({"type": "stop", "run": "another"})
    process.process.send({"type": "stop", "run": "r"})
    assert process.result()[1] == {"type": "result", "run": "r", "outcome": "stopped"}


def test_a_run_that_waits_can_be_stopped_before_it_begins(trainer: Start) -> None:
    process = trainer(ENDLESS_RUN.format(body="run.step += 1; run.report(train_loss=1.0)"))
    process.process.send(process.order("a", steps=ENDLESS))
    process.process.send(process.order("b", steps=ENDLESS))
    process.process.send({"type": "stop", "run": "b"})
    process.process.send({"type": "stop", "run": "a"})
    assert process.result("a")[1]["outcome"] == "stopped"
    assert process.result("b") == ([], {"type": "result", "run": "b", "outcome": "stopped"})


def test_sigterm_stops_what_runs_and_ends_with_0(trainer: Start) -> None:
    process = trainer(ENDLESS_RUN.format(body="run.step += 1; run.report(train_loss=1.0)"))
    process.process.send(process.order(steps=ENDLESS))
    while process.process.next()["type"] != "measurement":
        pass
    assert process.process.terminate(30)[0] == "exit code 0"
    assert process.result()[1]["outcome"] == "stopped"


def test_a_child_of_the_trainer_dies_by_sigterm_as_usual(trainer: Start) -> None:
    process = trainer(
        """
import os, signal, time
def train(run):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        run.check_stop()
        os.write(writing, b"x")
        time.sleep(1000)
    os.read(reading, 1)
    os.kill(child, signal.SIGTERM)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGTERM
"""
        + GOOD.split("def train(run):\n")[1]
    )
    assert process.run()[1]["outcome"] == "succeeded"


def test_a_run_that_works_without_a_word_is_said_to_live(trainer: Start, tmp_path: Path) -> None:
    os.mkfifo(fifo := tmp_path / "fifo")
    process = trainer(GOOD.replace("return 2.5", f"open({str(fifo)!r}).read(); return 2.5"))
    process.process.send(process.order())
    while process.process.next()["type"] != "heartbeat":
        pass
    fifo.write_text("go on")
    assert process.result()[1]["outcome"] == "succeeded"


def test_a_run_that_hangs_is_not_said_to_live(tmp_path: Path, trainer: Start) -> None:
    hangs = GOOD.replace("return 2.5", "import time; time.sleep(1000)")
    process = trainer(hangs.replace("serve(train)", "serve(train, silence_seconds=0)"))
    process.process._timeout = 6  # more than a heartbeat would take
    process.process.send(process.order())
    with pytest.raises(LostError, match="silent"):
        while True:
            assert process.process.next()["type"] != "heartbeat"


def test_a_device_that_is_lost_ends_the_trainer(trainer: Start) -> None:
    process = trainer(
        "def train(run): raise RuntimeError('CUDA error: an illegal address\\nadvice')\n"
        "serve(train)\n"
    )
    _, result = process.run()
    assert result["outcome"] == "device_lost"
    assert result["fault"] == "worker"
    assert "an illegal address" in result["error"] and "advice" not in result["error"]
    with pytest.raises(LostError, match="exit code 1"):
        process.process.next()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"steps": 0}, "steps 0 is no whole number from 1 on"),
        ({"tokens_per_step": 100}, "tokens_per_step 100 is not a multiple of the context 64"),
        ({"data": {}}, "no data.path"),
        ({"shape": {"depth": 1, "width": 16}}, "context None is no whole number"),
    ],
)
def test_a_malformed_line_is_refused(trainer: Start, change: dict[str, object], error: str) -> None:
    process = trainer(GOOD)
    process.process.send({**process.order(), **change})
    _, result = process.result()
    assert result["outcome"] == "failed"
    assert error in result["error"]
    assert result["fault"] == "trial"


def test_replicas_are_refused_each_by_name(trainer: Start) -> None:
    process = trainer(GOOD)
    process.process.send({**process.order(), "replicas": [{"run": "a"}, {"run": "b"}]})
    for run in ("a", "b"):
        _, result = process.result(run)
        assert result["outcome"] == "failed"
        assert "takes no replicas" in result["error"]


def test_a_device_that_is_not_there_is_said_on_standard_error(tmp_path: Path) -> None:
    file = tmp_path / "trainer.py"
    file.write_text("from isoshape.trainer import serve\nserve(lambda run: 1, device='cuda')\n")
    ended = subprocess.run(
        [sys.executable, file], input="", capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[-1].startswith("isoshape.trainer.outcome.TrainerError: device")


def test_ctrl_c_ends_a_trainer_that_is_tried_by_hand(trainer: Start) -> None:
    process = trainer(GOOD)
    assert process.process._process is not None
    process.process._process.send_signal(signal.SIGINT)
    with pytest.raises(LostError, match="exit code 0"):
        process.process.next()
