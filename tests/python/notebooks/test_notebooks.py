"""The notebooks run from the first cell to the last in a kernel of Jupyter, against programs of the
build, and show their figures."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import Coordinator, Worker, program

SECONDS = 240
"""For a cell, on a machine that does ten other things."""


def run(root: Path, name: str, folder: Path, **environment: str) -> str:
    """What the cells of a notebook say, pictures by their kind."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(root / "python/notebooks" / name, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=SECONDS, resources={"metadata": {"path": str(folder)}}
    )
    # A kernel keeps its history in files of the user's home.
    own = {"IPYTHONDIR": str(folder / "ipython"), "JUPYTER_RUNTIME_DIR": str(folder / "jupyter")}
    client.execute(env={**os.environ, "PYTHONUNBUFFERED": "1", **own, **environment})
    return "\n".join(
        text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for text in shown(output)
    )


def shown(output: dict[str, object]) -> list[str]:
    """An output of a cell as text; of a picture its kind."""
    if output["output_type"] == "stream":
        return [str(output["text"])]
    data = output.get("data")
    assert isinstance(data, dict)
    return [f"shows {kind}" if kind.startswith("image/") else str(data[kind]) for kind in data]


def test_first_campaign(
    root: Path, tmp_path: Path, coordinator: Coordinator, worker: Worker
) -> None:
    said = run(root, "first_campaign.ipynb", tmp_path, ISOSHAPE_HTTP=coordinator.url)
    assert "campaigns/c1 completed" in said and "isoFLOP curves of campaigns/c1" in said
    assert "shows image/svg+xml" in said  # the figure of isoshape
    assert "shows image/png" in said  # that of matplotlib


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


def test_runs_from_elsewhere(root: Path, tmp_path: Path, coordinator: Coordinator) -> None:
    said = run(root, "runs_from_elsewhere.ipynb", tmp_path, ISOSHAPE_HTTP=coordinator.url)
    assert "<24 runs imported into campaigns/old-runs, 0 were there already>" in said
    assert "<0 runs imported into campaigns/old-runs, 24 were there already>" in said
    assert "loss = summary.val_loss" in said
    assert "no column is named 'loss'" in said
    assert "shows image/svg+xml" in said


@pytest.mark.parametrize("name", ["first_campaign", "own_trainer", "runs_from_elsewhere"])
def test_notebook_is_kept_without_outputs(root: Path, name: str) -> None:
    notebook = json.loads((root / f"python/notebooks/{name}.ipynb").read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert all(not cell.get("outputs") for cell in notebook["cells"])
