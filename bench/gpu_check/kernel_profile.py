"""Where a step's time goes on the card: its kernels, by name."""
import os

from .run_lines import SMALL, with_seeds
from .setting import NOT_RUN
from .speed import BIG

_STEPS = 20
_ROWS = 25


def show_profile(setting, library):
    """`library`: kernel_times.cc, built; None when it could not be."""
    for label, size, replicas in (("12x768", BIG, 1),
                                  ("4x128_replicas_8", SMALL, 8)):
        name = f"profile_{label}"
        if not setting.on_gpu or not library:
            setting.report.skip(name, "no GPU" if not setting.on_gpu
                                else "no CUPTI to build kernel_times.cc with")
        elif not setting.budget.allows(15):
            setting.report.skip(name, "no time left")
        else:
            _profile(setting, library, name, size, replicas)


def _profile(setting, library, name, size, replicas):
    table = setting.lines.path(name)
    line = with_seeds(setting.lines.gpt2(size, _STEPS, precision="bf16",
                                         report_seconds=3600), replicas)
    answers = setting.alone(line, environment={
        "CUDA_INJECTION64_PATH": library, "ISOSHAPE_KERNEL_TIMES": table})
    outcomes = {answer.outcome for answer in answers.values()}
    if not os.path.exists(table):
        setting.report.skip(name, "no time left" if NOT_RUN in outcomes
                            else "CUPTI recorded nothing")
        return
    with open(table, encoding="utf-8", errors="replace") as file:
        rows = parse_rows(file)
    # Evaluation and the measurement of costs are in it too.
    setting.report.say(profile=name.removeprefix("profile_"), steps=_STEPS,
                       kernels=len(rows),
                       milliseconds=sum(row[0] for row in rows),
                       launches=sum(row[1] for row in rows))
    for milliseconds, launches, kernel in rows[:_ROWS]:
        setting.report.say(kernel=kernel[:120], milliseconds=milliseconds,
                           launches=launches)


def parse_rows(lines):
    """(milliseconds, launches, kernel) of each line, the longest first."""
    rows = []
    for line in lines:
        milliseconds, launches, kernel = line.rstrip("\n").split("\t", 2)
        rows.append((float(milliseconds), int(launches), kernel))
    return sorted(rows, reverse=True)
