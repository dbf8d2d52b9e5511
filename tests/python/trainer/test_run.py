"""Batches, evaluations and checkpoints of a run, with PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trainer_process import Trainer

from isoshape.trainer import Corpus
from isoshape.trainer.check.orders import small_shape

pytest.importorskip("torch")

Start = Callable[[str], Trainer]

BIGRAM = """
import torch
import torch.nn.functional as F
def train(run):
    torch.manual_seed(run.seed)
    model = torch.nn.Sequential(
        torch.nn.Embedding(run.shape.vocab, 16), torch.nn.Dropout(0.1),
        torch.nn.Linear(16, run.shape.vocab))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    run.checkpoint(model, optimizer)
    run.parameters = None  # it is another model than the shape's
    def loss_of(inputs, targets):
        assert inputs.shape == targets.shape and inputs.dtype == torch.int64
        return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
    for inputs, targets in run.batches():
        assert inputs.shape == (run.sequences, run.shape.context)
        loss = loss_of(inputs, targets)
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        run.report(train_loss=loss)
    return run.evaluate(loss_of)
serve(train)
"""


@pytest.fixture(scope="module")
def bigram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainer]:
    """A trainer for many tests, as PyTorch takes seconds to begin."""
    started = Trainer(tmp_path_factory.mktemp("bigram"), BIGRAM)
    yield started
    started.process.kill()


def card_of(result: dict[str, Any]) -> dict[str, Any]:
    assert result["outcome"] == "succeeded", result
    card: dict[str, Any] = result["shape_card"]
    return card


def test_the_card_says_what_was_trained_and_on_what(bigram: Trainer) -> None:
    process = bigram
    lines, result = process.run(steps=100)
    card = card_of(result)
    corpus = Corpus(str(process.data))
    assert lines[0]["data_fingerprint"] == card["data_fingerprint"] == corpus.fingerprint
    assert card["epochs"] == pytest.approx(100 * 512 / corpus.train_tokens)
    assert 1.5 < card["validation_loss"] < 5.0  # it has learned: a guess costs ln 256 = 5.55
    assert 0 < card["validation_loss_stderr"] < 0.2
    assert card["bits_per_byte"] == pytest.approx(card["validation_loss"] / 0.6931471805599453)
    assert card["engine"] == "python/torch-cpu"
    assert card["step_seconds"] > 0 and card["tokens_per_second"] > 0
    assert card["timed_steps"] == 97


def test_other_data_than_the_campaigns_are_refused(bigram: Trainer) -> None:
    process = bigram
    lines, result = process.run(data_fingerprint="0123456789abcdef")
    assert lines == []
    fingerprint = Corpus(str(process.data)).fingerprint
    assert result["outcome"] == "failed"
    assert (result["fault"], result["other_data"]) == ("worker", True)
    assert result["data_fingerprint"] == fingerprint
    assert process.run(data_fingerprint=fingerprint)[1]["outcome"] == "succeeded"


def test_data_that_change_meanwhile_have_no_loss(trainer: Start, tmp_path: Path) -> None:
    change = "open(run.data_path, 'ab').write(b'more')"
    process = trainer(BIGRAM.replace("return run.ev", f"{change}\n    return run.ev"))
    _, result = process.run()
    assert result["outcome"] == "failed"
    assert result["fault"] == "worker"
    assert "changed since the data were opened" in result["error"]


@pytest.mark.parametrize("when", ["at the end", "when it is stopped"])
def test_data_that_change_meanwhile_leave_no_checkpoint(
    trainer: Start, tmp_path: Path, when: str
) -> None:
    """Whoever went on from it would have a result of data that nobody has."""
    then = "open(run.data_path, 'ab').write(b'more')"
    if when == "when it is stopped":
        then += "; run._session._stops.add('r')"
    report = "run.report(train_loss=loss)"
    process = trainer(BIGRAM.replace(report, f"{report}\n        if run.step == 5: {then}"))
    folder = tmp_path / "kept"
    _, result = process.run(checkpoint={"path": str(folder), "seconds": 1000})
    assert (result["outcome"], result["fault"]) == ("failed", "worker")
    assert "changed since the data were opened" in result["error"]
    assert not folder.exists()


@pytest.mark.parametrize("back", [True, False])
def test_data_that_are_away_for_a_moment_cost_a_checkpoint(
    trainer: Start, tmp_path: Path, back: bool
) -> None:
    away = "run.data_path + '.away'"
    script = BIGRAM.replace(
        "run.report(train_loss=loss)",
        "run.report(train_loss=loss)\n        if run.step == run.steps: "
        f"import os; os.rename(run.data_path, {away})",
    )
    if back:
        put_back = f"os.rename({away}, run.data_path)"
        script = script.replace("return run.ev", f"{put_back}\n    return run.ev")
    process = trainer(script)
    folder = tmp_path / "kept"
    _, result = process.run(checkpoint={"path": str(folder), "seconds": 1000})
    assert not folder.exists()
    if back:
        card_of(result)
    else:
        assert (result["outcome"], result["fault"]) == ("failed", "worker")
        assert "it is not there" in result["error"]


def test_a_vocabulary_that_is_too_small_is_the_trials_fault(bigram: Trainer) -> None:
    _, result = bigram.run(shape=replace(small_shape(1, 16), vocab=100))
    assert result["outcome"] == "failed"
    assert "vocab 100 does not hold the 256 token values" in result["error"]
    assert result["fault"] == "trial"


def test_generated_tasks_are_not_known(bigram: Trainer) -> None:
    _, result = bigram.run(data="synthetic:markov")
    assert result["outcome"] == "failed"
    assert "does not generate" in result["error"]


def test_a_run_that_goes_on_ends_as_one_that_ran_through(trainer: Start, tmp_path: Path) -> None:
    """To the bit, with dropout: the random numbers go on too."""
    process = trainer(BIGRAM)
    whole = card_of(process.run("whole", steps=60)[1])
    # A run that stops itself in the middle, as a worker would tell it to.
    halts = trainer(
        BIGRAM.replace(
            "run.report(train_loss=loss)",
            "run.report(train_loss=loss)\n"
            "        if run.step == 25 and not run._start_step:\n"
            "            run._session._stops.add('r')",
        )
    )
    folder = tmp_path / "kept"
    keep = {"checkpoint": {"path": str(folder), "seconds": 1000}}
    assert halts.run(steps=60, **keep)[1]["outcome"] == "stopped"
    lines, result = trainer(BIGRAM).run(steps=60, **keep)
    assert lines[0]["start_step"] == 25
    assert lines[1]["measurement"]["step"] > 25
    assert card_of(result)["validation_loss"] == whole["validation_loss"]
    assert card_of(result)["train_loss"] == pytest.approx(whole["train_loss"], rel=1e-12)
    assert [file.name for file in folder.iterdir()] == ["checkpoint.pt"]


def test_a_finished_run_is_not_trained_again(bigram: Trainer, tmp_path: Path) -> None:
    process = bigram
    keep = {"checkpoint": {"path": str(tmp_path / "kept"), "seconds": 1000}}
    first = card_of(process.run(**keep)[1])
    lines, result = process.run(**keep)
    assert lines[0]["start_step"] == 20
    assert card_of(result)["validation_loss"] == first["validation_loss"]


@pytest.mark.parametrize("content", [b"rubbish", b""])
def test_a_damaged_checkpoint_fails_the_run(
    bigram: Trainer, tmp_path: Path, content: bytes
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "checkpoint.pt").write_bytes(content)
    _, result = bigram.run(checkpoint={"path": str(folder)})
    assert result["outcome"] == "failed"
    assert result["fault"] == "worker"
    assert str(folder / "checkpoint.pt") in result["error"]


def test_a_checkpoint_of_another_run_fails_the_run(bigram: Trainer, tmp_path: Path) -> None:
    process = bigram
    keep = {"checkpoint": {"path": str(tmp_path / "kept")}}
    assert process.run(**keep)[1]["outcome"] == "succeeded"
    _, result = process.run(seed=1, **keep)
    assert result["outcome"] == "failed"
    assert "is of another run" in result["error"]


def test_a_folder_that_cannot_be_written_costs_the_checkpoint_alone(
    bigram: Trainer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    keep = {"checkpoint": {"path": str(tmp_path / "file" / "kept"), "seconds": 0}}
    assert bigram.run(**keep)[1]["outcome"] == "succeeded"


def test_what_is_no_module_is_kept_by_functions(trainer: Start, tmp_path: Path) -> None:
    source = """
def train(run):
    state = {"sum": 0}
    start = run.checkpoint(save=lambda: state, load=state.update)
    for step in run.steps_to_do():
        state["sum"] += step
        run.report(train_loss=3.0)
        if step == 7 and start == 0:
            run._session._stops.add("r")
    return float(state["sum"])
serve(train)
"""
    keep = {"checkpoint": {"path": str(tmp_path / "kept"), "seconds": 1000}}
    assert trainer(source).run(**keep)[1]["outcome"] == "stopped"
    assert card_of(trainer(source).run(**keep)[1])["validation_loss"] == sum(range(21))


def test_a_stop_in_the_middle_of_an_evaluation(trainer: Start) -> None:
    process = trainer(BIGRAM.replace("return run.ev", "while True: run.ev"))
    process.process.send(process.order(steps=1))
    while process.process.next()["type"] != "measurement":
        pass
    process.process.send({"type": "stop", "run": "r"})
    assert process.result()[1]["outcome"] == "stopped"


def test_memory_of_a_run_that_had_too_little_is_free_again(trainer: Start) -> None:
    source = """
import torch
def train(run):
    if run.seed == 1:
        held = Held()
        torch.zeros(1 << 60)
    for step in run.steps_to_do():
        run.report(train_loss=2.0 + Held.gone)
    return 2.0
class Held:
    gone = 0
    def __del__(self): Held.gone += 1
serve(train)
"""
    process = trainer(source)
    assert process.run(seed=1)[1]["outcome"] == "out_of_memory"
    lines, result = process.run(seed=0)
    assert result["outcome"] == "succeeded"
    assert lines[1]["measurement"]["train_loss"] == 3.0  # what the first run held is gone
