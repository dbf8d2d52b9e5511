"""The examples run as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, program

from isoshape.trainer.check.sample_text import sample_text

EXAMPLES = ROOT / "python" / "examples"


def run(*arguments: str, timeout: float = 280) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=timeout, check=False
    )


@pytest.mark.parametrize(
    ("name", "budgets"),
    [("sweep_decoder.py", ["3e8", "6e8", "1e9"]), ("sweep_vit.py", ["1e8", "3e8", "1e9"])],
)
def test_sweeps(tmp_path: Path, name: str, budgets: list[str]) -> None:
    """At budgets of seconds, which do not say what is best."""
    pytest.importorskip("torch")
    program("isoshape")
    text = tmp_path / "words.txt"
    text.write_bytes(sample_text(300_000))
    given = [str(text)] if name == "sweep_decoder.py" else []
    folder = tmp_path / "runs"
    ended = run(str(EXAMPLES / name), *given, "--budgets", *budgets, "--folder", str(folder))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Best shapes, by budget and loss")
    assert "Optimum of each isoFLOP curve" in ended.stdout
    # Both cost what transformers cost, so a coordinator kept the runs.
    assert (folder / "sweep.db").exists()
    trained = [line for line in ended.stderr.splitlines() if " on cpu, " in line]
    assert len(trained) >= 6
    assert all(", loss " in line for line in trained), trained
    again = run(str(EXAMPLES / name), *given, "--budgets", *budgets, "--folder", str(folder))
    assert again.stdout == ended.stdout
    assert " on cpu, " not in again.stderr


@pytest.mark.parametrize(
    ("name", "needs"), [("decoder_trainer.py", "torch"), ("jax_trainer.py", "jax")]
)
def test_trainers_keep_to_the_protocol(name: str, needs: str) -> None:
    pytest.importorskip(needs)
    ended = run("-m", "isoshape.trainer", "check", "--device", "cpu", str(EXAMPLES / name))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    said = ended.stdout.splitlines()
    assert "ok     again: the same seed gives the same loss" in said
    assert any(line.startswith("ok     resumed run: it goes on") for line in said)
    assert not any(line.startswith("absent") and "parameters in" in line for line in said)
