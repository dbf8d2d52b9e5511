"""A trainer in Python under a real worker and a real coordinator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Coordinator, program

import isoshape
from isoshape.trainer import Corpus
from isoshape.trainer.check.sample_text import sample_text

EXAMPLE = ROOT / "python" / "examples" / "decoder_trainer.py"

# A loss that depends on the shape alone, so that the campaign has an optimum.
CURVED = """
import math
from isoshape.trainer import serve
def train(run):
    run.data
    for step in run.steps_to_do():
        run.report(train_loss=3.0 - step / run.steps)
    if run.shape.depth == 2 and run.seed == 1:
        raise MemoryError("no room for two layers")
    size = 12 * run.shape.depth * run.shape.width**2
    return 1.5 + 0.05 * math.log(size / 4e4) ** 2
serve(train)
"""


def worker(coordinator: Coordinator, data: Path, *flags: str) -> subprocess.Popen[bytes]:
    """A worker with a trainer of `flags`, or isoshape-trainer if they name none."""
    return subprocess.Popen(
        [
            program("isoshape-worker"),
            "--server",
            coordinator.grpc,
            "--data",
            f"text={data}",
            "--device",
            "cpu",
            *flags,
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(60)


def test_a_campaign_is_trained_by_a_function(tmp_path: Path, coordinator: Coordinator) -> None:
    data, trainer = tmp_path / "words.txt", tmp_path / "curved.py"
    data.write_bytes(sample_text(200_000))
    trainer.write_text(CURVED)
    iso = isoshape.connect(coordinator.url)
    campaign = iso.campaigns.create("c1", budgets=[1e10, 3e10, 9e10], seeds=2)
    process = worker(coordinator, data, "--slots", "2", "--trainer", f"{sys.executable} {trainer}")
    try:
        ended = campaign.wait(timeout="4m")
    finally:
        end(process)
    counts = ended.trial_counts
    assert counts is not None
    failed = [trial for trial in campaign.trials if trial.state == "failed"]
    assert counts.succeeded + counts.failed == len(campaign.trials)
    assert all(trial.shape.depth == 2 and trial.seed == 1 for trial in failed)
    assert all(trial.failure == "out_of_memory" for trial in failed)
    for trial in campaign.trials:
        if trial.state != "succeeded":
            continue
        card = trial.shape_card
        assert card is not None
        assert card.trainer == "curved.py"
        assert card.tokens == trial.tokens
        assert card.data_fingerprint == Corpus(str(data)).fingerprint
        assert trial.lost_leases == 0
    assert ended.data_fingerprint == Corpus(str(data)).fingerprint
    fit = campaign.fit(law="isoflop")
    assert len(fit.optima) == 3


def test_the_example_trains_what_isoshape_trainer_trains(
    tmp_path: Path, coordinator: Coordinator
) -> None:
    """The same trials by both trainers: other weights and the same data, so losses are close."""
    pytest.importorskip("torch")
    program("isoshape-trainer")
    data = tmp_path / "words.txt"
    data.write_bytes(sample_text(200_000))
    iso = isoshape.connect(coordinator.url)
    losses = []
    for name, command in (("py", str(EXAMPLE)), ("cpp", "")):
        campaign = iso.campaigns.create(
            name,
            budgets=[1e10],
            space={"base": {"context": 64}, "max_depth": 2, "max_width": 32},
            algorithm={"grid": {"sizes": 3, "aspect_ratios": 1}},
        )
        trainer = ["--trainer", f"{sys.executable} {command}"] if command else []
        process = worker(coordinator, data, *trainer)
        try:
            campaign.wait(timeout="4m")
        finally:
            end(process)
        losses.append({str(t.shape): t.shape_card.validation_loss for t in campaign.trials})
    assert losses[0].keys() == losses[1].keys()
    for shape, loss in losses[0].items():
        assert loss == pytest.approx(losses[1][shape], abs=0.15), losses
