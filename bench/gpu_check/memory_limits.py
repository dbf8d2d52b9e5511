"""Runs that the memory does not hold, and runs that are impossible.

The process must live on after each of them.
"""
from .run_lines import SMALL, TINY, Size
from .setting import answered
from .trainer_process import SUCCEEDED

# Activations, not weights, are most of what this takes, so that its number of
# sequences decides how much.
_WIDE = Size(depth=4, width=512, head_dim=64, context=512, sequences=8,
             vocab=256)


def check_memory_limits(setting):
    if not setting.budget.allows(40):
        setting.report.skip("memory_limits", "no time left")
        return
    with setting.trainer(graphs=True) as trainer:
        huge = Size(64, 16384, 128, 128, 16, 256)
        setting.expect(
            "out_of_memory_by_estimate",
            setting.ask_one(trainer, setting.lines.line(huge, 2, run="huge")),
            "out_of_memory")
        small = SMALL._replace(vocab=64)
        answer = setting.ask_one(
            trainer, setting.lines.line(small, 2, run="vocabulary"))
        setting.expect("tokens_beyond_the_vocabulary", answer, "failed",
                       reason="vocab")
        if setting.device == "cuda":
            _check_full_device(setting, trainer)
        answer = setting.ask_one(
            trainer, setting.lines.line(TINY, 8, run="after"))
        if setting.dry:
            setting.report.check("lives_on", answered(answer),
                                 outcome=answer.outcome)
        else:
            setting.expect("lives_on", answer, SUCCEEDED)
        setting.report.check("ends_well", trainer.close() == 0,
                             exit=trainer.close())


def _check_full_device(setting, trainer):
    """Another process holds half of the card: what the estimate allows, the
    card does not."""
    peaks = []
    for sequences in (_WIDE.sequences, 2 * _WIDE.sequences):
        answer = setting.ask_one(
            trainer, _wide(setting, sequences, f"sequences_{sequences}"))
        peaks.append(answer.card.get("peak_memory_bytes"))
    total = (trainer.ready or {}).get("memory_limit_bytes")
    if None in peaks or not total or peaks[1] <= peaks[0]:
        if setting.dry:
            setting.report.skip("out_of_memory_by_device",
                                "the stand-in's losses ended the runs early")
        else:
            setting.report.check("out_of_memory_by_device", False,
                                 error="no peak memory to go by",
                                 error_of_run=answer.error)
        return
    each = (peaks[1] - peaks[0]) / _WIDE.sequences  # bytes of a sequence
    with setting.trainer() as other:
        # It is killed with its memory when this block ends.
        other.send(_wide(setting, round(0.5 * total / each), "other",
                         steps=10**6))
        holds = any(line["type"] in ("measurement", "result")
                    for line in other.lines(setting.limit(60)))
        answer = setting.ask_one(
            trainer, _wide(setting, round(0.75 * total / each), "too_much"))
        other.send({"type": "stop", "run": "other"})
    by = "estimate" if "needs about" in (answer.error or "") else "device"
    if setting.dry:
        # Its two processes do not share a card.
        setting.report.check("out_of_memory_by_device", answered(answer),
                             outcome=answer.outcome)
    elif not holds or by == "estimate":
        setting.report.skip("out_of_memory_by_device",
                            "the estimate refused the run first" if holds else
                            "the other process took no memory")
    else:
        setting.expect("out_of_memory_by_device", answer, "out_of_memory",
                       by=by)


def _wide(setting, sequences, run, steps=2):
    size = _WIDE._replace(sequences=sequences)
    # Few reports: nobody reads those of the other process.
    return setting.lines.line(size, steps, precision="bf16", run=run,
                              report_seconds=1)
