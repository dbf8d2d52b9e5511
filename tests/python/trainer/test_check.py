"""`python -m isoshape.trainer check`: what it says of trainers, and that a worker agrees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import program
from trainer_process import HEAD

GOOD = """
def train(run):
    start = run.checkpoint(save=lambda: 0, load=lambda state: None)
    run.data.fingerprint
    for step in run.steps_to_do():
        run.report(train_loss=3.0 - step / 1e9)
    return 2.5
serve(train)
"""

STRAY = """
import json
print("loading the model")
"""

# Speaks the protocol by hand, and forgets most of it.
POOR = """
import json, sys
def say(**line): print(json.dumps(line), flush=True)
say(type="ready", protocol=1, device="cpu")
for text in sys.stdin:
    line = json.loads(text)
    if line["type"] == "stop":
        say(type="result", run=line["run"], outcome="failed", error="stopped")
    elif line["steps"] > 1000:
        say(type="measurement", run=line["run"], measurement={"step": 1})
    else:
        say(type="started", run=line["run"], parameters=5)
        say(type="result", run=line["run"], outcome="succeeded",
            shape_card={"validation_loss": 2.0, "steps": 19})
sys.exit(4)
"""


def check(tmp_path: Path, source: str, *flags: str) -> tuple[int, list[str]]:
    file = tmp_path / "mine.py"
    file.write_text(source)
    ended = subprocess.run(
        [sys.executable, "-m", "isoshape.trainer", "check", *flags, str(file)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    return ended.returncode, ended.stdout.splitlines()


def test_a_good_trainer_passes(tmp_path: Path) -> None:
    status, said = check(tmp_path, HEAD + GOOD, "--device", "cpu")
    assert status == 0, said
    assert said[0] == said[0].strip() and said[0].startswith("ok     ready: trainer 'mine.py'")
    assert not [line for line in said if line.startswith("wrong")]
    assert any(line.startswith("ok     resumed run: it goes on from step") for line in said)
    assert any(line.startswith("ok     SIGTERM: exit code 0") for line in said)
    assert said[-1].startswith("passed: ") and " 0 wrong, " in said[-1]


def test_a_stray_print_is_shown_with_the_remedy(tmp_path: Path) -> None:
    status, said = check(tmp_path, STRAY)
    assert status == 1
    assert len(said) == 2
    assert "not of the protocol: 'loading the model\\n'" in said[0]
    assert "sys.stdout = sys.stdout, sys.stderr" in said[0]
    assert said[1] == "failed: 0 right, 1 wrong, 0 absent"


def test_a_poor_trainer_is_told_all_at_once(tmp_path: Path) -> None:
    status, said = check(tmp_path, POOR)
    assert status == 1
    wrong = [line.removeprefix("wrong  ") for line in said if line.startswith("wrong")]
    for part in (
        "first run: it says 5 parameters, and 1x16 has 11184",
        "first run: it says 19 steps, and the run has 20",
        "first run: 0 measurements up to step 0",
        "stopped run: the outcome is failed, not stopped",
        "impossible run: data that are not there must end as `failed`",
        "malformed run: it lives on: steps -1 must end as `failed`",
        "end of input: exit code 4: instead of exit code 0",
    ):
        assert any(line.startswith(part) for line in wrong), (part, wrong)


def test_a_trainer_that_dies_is_told_with_how(tmp_path: Path) -> None:
    status, said = check(tmp_path, "raise SystemExit(7)")
    assert status == 1
    assert said == ["wrong  it ended: exit code 7", "failed: 0 right, 1 wrong, 0 absent"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "isoshape.trainer", "check", "no-such-program"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert ended.returncode == 1
    assert "cannot be started: No such file or directory: no-such-program" in ended.stdout


@pytest.mark.parametrize(("source", "status"), [(HEAD + GOOD, 0), (POOR, 1)])
def test_the_workers_own_check_agrees(tmp_path: Path, source: str, status: int) -> None:
    file = tmp_path / "mine.py"
    file.write_text(source)
    ended = subprocess.run(
        [
            program("isoshape-worker"),
            "--check-trainer",
            f"{sys.executable} {file}",
            "--device",
            "cpu",
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == status, ended.stdout
