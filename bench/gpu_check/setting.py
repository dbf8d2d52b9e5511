"""Which trainer is checked, where, and how its answers are judged."""
import os
from typing import NamedTuple

from .budget import Budget
from .curves import difference
from .report import Report
from .run_lines import RunLines
from .trainer_process import NO_ANSWER, SUCCEEDED, Answer, Trainer

NOT_RUN = "not_run"  # no time was left
# LibTorch prefers cuDNN's attention on Hopper; this takes flash attention.
FLASH_ATTENTION = {"TORCH_CUDNN_SDPA_DEPRIORITIZED": "1"}
_RUN_SECONDS = 120  # what a run of the check never takes beside a GPU


class Setting(NamedTuple):
    """What every part of the check is given."""

    command: list   # of the trainer; first that of the stand-in, if any
    device: str     # cuda; cpu to try the check itself
    dry: bool       # a stand-in computes: answers count, values do not
    lines: RunLines
    report: Report
    budget: Budget

    @property
    def on_gpu(self):
        """A real one."""
        return self.device == "cuda" and not self.dry

    @property
    def parallel(self):
        """Trainers at a time, so that the start of one hides another's."""
        return min(6, max(2, os.cpu_count() or 2))

    def trainer(self, *, graphs=False, device=None, environment=None):
        """`device`: cpu, for a run that others are compared with."""
        if self.dry or device is None:
            device = self.device
        flags = ["--device", device]
        if device == "cuda":
            flags += ["--cuda-graphs", "on" if graphs else "off"]
        if not self.on_gpu or device == "cpu":
            # Several run at a time: more threads would wait for one another.
            flags += ["--threads", "1" if (os.cpu_count() or 1) < 12 else "2"]
        return Trainer([*self.command, *flags], environment)

    def limit(self, seconds=_RUN_SECONDS):
        """How long to wait for what takes less on a machine with a GPU.

        Elsewhere nobody knows how slow the machine is: the budget decides.
        """
        return self.budget.limit(seconds if self.on_gpu else
                                 self.budget.left())

    def ask(self, trainer, line):
        """Answers of all runs of a line; NOT_RUN when the budget ends first."""
        runs = [own["run"] for own in line.get("replicas", [line])]
        unanswered = Answer({}, {"outcome": NOT_RUN, "error": "no time left"})
        if not self.budget.allows(2):
            return dict.fromkeys(runs, unanswered)
        limit = self.limit()
        answers = trainer.run_all(line, limit)
        if trainer.timed_out and limit != _RUN_SECONDS:
            return {name: unanswered if answer.outcome == NO_ANSWER else answer
                    for name, answer in answers.items()}
        return answers

    def ask_one(self, trainer, line):
        return self.ask(trainer, line)[line["run"]]

    def alone(self, line, **how):
        """The answers of a line in a trainer of its own."""
        with self.trainer(**how) as trainer:
            return self.ask(trainer, line)

    def alone_one(self, line, **how):
        return self.alone(line, **how)[line["run"]]

    def compare(self, name, answer, reference, tolerance):
        """Checks that two runs succeeded with the same losses."""
        if NOT_RUN in (answer.outcome, reference.outcome):
            self.report.skip(name, "no time left")
            return
        if self.dry:
            held = answered(answer) and answered(reference)
            values = {}
        else:
            apart = difference(answer.curve, reference.curve)
            held = (answer.outcome == reference.outcome == SUCCEEDED and
                    apart.value <= tolerance)
            values = {"difference": apart.value, "tolerance": tolerance,
                      "step": apart.step}
        trouble = answer.error or reference.error
        if trouble and not held:
            values["error"] = trouble[:300]
        self.report.check(name, held, outcome=answer.outcome, **values)

    def expect(self, name, answer, outcome, reason="", **values):
        """Checks that a run ended in that way, with that word in its error."""
        if answer.outcome == NOT_RUN:
            self.report.skip(name, "no time left")
            return
        held = answer.outcome == outcome and reason in (answer.error or "")
        self.report.check(
            name, held, outcome=answer.outcome, **values,
            **({"error": answer.error[:300]} if answer.error else {}))


def answered(answer):
    """The trainer took the run and did not find it impossible."""
    return answer.outcome not in (NO_ANSWER, NOT_RUN, "failed")
