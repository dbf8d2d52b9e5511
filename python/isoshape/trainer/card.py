"""Fields of the shape card (docs/shape-card.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isoshape.trainer.data import Corpus
from isoshape.trainer.ledger import detached
from isoshape.trainer.outcome import Diverged, TrainerError


@dataclass(frozen=True)
class Evaluation:
    """A loss on held-out data, nats per token, and its standard error over batches."""

    loss: float
    stderr: float
    batches: int

    def __float__(self) -> float:
        return self.loss


def evaluation_of(losses: Sequence[float], weights: Sequence[int]) -> Evaluation:
    """The mean of losses, weighted by their sequences, and its standard error."""
    total = sum(weights)
    mean = sum(w * x for w, x in zip(weights, losses, strict=True)) / total
    count = len(losses)
    if count < 2:
        return Evaluation(mean, 0.0, count)
    variance = sum(w * (x - mean) ** 2 for w, x in zip(weights, losses, strict=True)) / total
    return Evaluation(mean, math.sqrt(variance / (count - 1)), count)


def returned_fields(returned: Any) -> tuple[dict[str, Any], float]:
    """What a trainer's function returned as fields of the card, and its validation loss.
    TrainerError if there is none, Diverged if it is not finite."""
    fields: dict[str, Any]
    if isinstance(returned, Mapping):
        fields = dict(returned)
        if isinstance(inner := fields.get("validation_loss"), Evaluation):
            fields.update(_of_evaluation(inner))
    elif isinstance(returned, Evaluation):
        fields = _of_evaluation(returned)
    else:
        fields = {"validation_loss": detached(returned)}
    try:
        loss = float(fields["validation_loss"])
    except (KeyError, TypeError, ValueError):
        raise TrainerError(
            f"train() returned {type(returned).__name__} and no validation loss; return "
            "run.evaluate(…), a number, or a mapping with validation_loss"
        ) from None
    if not math.isfinite(loss):
        raise Diverged("the validation loss is not finite; a smaller learning rate may help")
    return fields | {"validation_loss": loss}, loss


def _of_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    stderr = evaluation.stderr if evaluation.batches > 1 else None
    return {"validation_loss": evaluation.loss, "validation_loss_stderr": stderr}


def data_fields(corpus: Corpus, loss: float, tokens: int) -> dict[str, Any]:
    """What a card says of the data, after a run of `tokens` tokens."""
    epochs = tokens / corpus.train_tokens
    warnings = list(corpus.warnings)
    if epochs > 1:
        warnings.append(
            f"data were repeated: {epochs:.3g} epochs of {corpus.train_tokens} training tokens"
        )
    fields: dict[str, Any] = {
        "data_fingerprint": corpus.fingerprint,
        "train_data_tokens": corpus.train_tokens,
        "validation_data_tokens": corpus.held_out_tokens,
        "epochs": epochs,
        "warnings": warnings,
    }
    if corpus.token_bytes == 1:
        fields["bits_per_byte"] = loss / math.log(2)
    return fields
