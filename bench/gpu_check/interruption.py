"""A run that SIGTERM stops, and that goes on from its checkpoint."""
import math
import time

from .run_lines import TINY
from .setting import NOT_RUN
from .trainer_process import SUCCEEDED, Answer

_STEPS = 400
_STOP_AFTER = 25
_GRACE_SECONDS = 10  # docs/trainer-protocol.md


def check_interruption(setting):
    whole = None
    for way, graphs in (("eager", False), ("graphs", True)):
        names = [f"{what}_{way}" for what in
                 ("sigterm", "resumed", "resumed_from_checkpoint")]
        if not setting.budget.allows(20):
            for name in names:
                setting.report.skip(name, "no time left")
            continue
        checkpoint = {"path": setting.lines.path(f"checkpoint_{way}"),
                      "seconds": 1000}
        line = setting.lines.line(TINY, _STEPS, checkpoint=checkpoint)
        before = _stop(setting, names[0], line, graphs)
        after = setting.alone_one(line, graphs=graphs)
        if whole is None:
            whole = setting.alone_one(setting.lines.line(TINY, _STEPS))
        both = Answer({**before, **after.curve}, after.result)
        setting.compare(names[1], both, whole, 1e-3)
        if setting.dry or after.outcome == NOT_RUN:
            continue
        first = min(after.curve, default=0)
        setting.report.check(names[2], first >= _STOP_AFTER, first_step=first)


def _stop(setting, name, line, graphs):
    """Ends a trainer within its run; the curve up to there."""
    curve, outcome, told = {}, None, math.inf
    with setting.trainer(graphs=graphs) as trainer:
        trainer.send(line)
        for answer in trainer.lines(setting.limit(60)):
            if answer["type"] == "measurement":
                point = answer["measurement"]
                curve[point["step"]] = point.get("train_loss")
                if told == math.inf and point["step"] >= _STOP_AFTER:
                    told = time.monotonic()
                    trainer.terminate()
            elif answer["type"] == "result":
                outcome = answer["outcome"]
                break
        code = trainer.close()
    seconds = time.monotonic() - told
    # A stand-in may be through with all steps before it reads the signal, or
    # see its meaningless loss diverge.
    expected = ("stopped",) if not setting.dry else (
        "stopped", SUCCEEDED, "diverged")
    in_time = seconds < _GRACE_SECONDS or not setting.on_gpu
    setting.report.check(
        name, code == 0 and outcome in expected and in_time,
        outcome=outcome, exit=code,
        seconds=seconds if told < math.inf else None)
    return curve
