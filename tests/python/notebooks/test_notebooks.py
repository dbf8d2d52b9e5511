"""The notebooks run from the first cell to the last, against programs of the build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Coordinator, Worker, program

RUN = Path(__file__).parent / "run_notebook.py"


def run(root: Path, name: str, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, str(RUN), str(root / "python/notebooks" / name)],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "agg", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_first_campaign(
    root: Path, tmp_path: Path, coordinator: Coordinator, worker: Worker
) -> None:
    said = run(root, "first_campaign.ipynb", tmp_path, ISOSHAPE_HTTP=coordinator.url)
    assert "campaigns/c1 completed" in said and "isoFLOP curves of campaigns/c1" in said


def test_own_trainer(root: Path, tmp_path: Path, coordinator: Coordinator) -> None:
    said = run(
        root,
        "own_trainer.ipynb",
        tmp_path,
        ISOSHAPE_HTTP=coordinator.url,
        ISOSHAPE_SERVER=coordinator.grpc,
        PATH=f"{Path(program('isoshape')).parent}:{os.environ['PATH']}",
    )
    assert "ok     ready" in said and "TrialCounts(succeeded=" in said


def test_runs_from_elsewhere(root: Path, tmp_path: Path) -> None:
    said = run(root, "runs_from_elsewhere.ipynb", tmp_path)
    assert "loss = summary.val_loss" in said
    assert "no column is named 'loss'" in said


@pytest.mark.parametrize("name", ["first_campaign", "own_trainer", "runs_from_elsewhere"])
def test_notebook_is_kept_without_outputs(root: Path, name: str) -> None:
    notebook = json.loads((root / f"python/notebooks/{name}.ipynb").read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert all(not cell.get("outputs") for cell in notebook["cells"])
