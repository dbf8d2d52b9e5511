"""Tokens per second of the trainer, beside PyTorch's, and the goals."""
import subprocess
from typing import NamedTuple

from .peer import COMPILED, EAGER
from .run_lines import SMALL, Size, names, with_seeds
from .setting import FLASH_ATTENTION, NOT_RUN
from .trainer_process import NO_ANSWER

BIG = Size(depth=12, width=768, head_dim=64, context=1024, sequences=16,
           vocab=50304)
DEEP = SMALL._replace(depth=16, width=64, head_dim=16)
_BIG_ELSEWHERE = SMALL._replace(depth=2, sequences=4)
BIG_GOAL = 0.65      # of torch.compile, without kernels of our own
REPLICAS_GOAL = 3.0  # times torch.compile's single run, with 8 replicas
_UNSETTLED = 4       # measurements before the speed is steady


class Speed(NamedTuple):
    """What was measured; zeros, and why, when nothing was."""

    tokens_per_second: float = 0.0
    step_seconds: float = 0.0
    memory_mib: int = None
    trouble: str = None


def sizes(setting):
    """By label, what is timed; smaller ones if values mean nothing."""
    big = BIG if setting.on_gpu else _BIG_ELSEWHERE
    return {"12x768": big, "4x128": SMALL, "16x64": DEEP}


def check_speeds(setting, peer, seconds):
    """`peer`: a Peer, or None; `seconds`: of each measurement."""
    for label, size in sizes(setting).items():
        # A size takes about this long with its peers.
        if not setting.budget.allows(40 if setting.on_gpu else 5):
            setting.report.skip(f"speed_{label}", "no time left")
            continue
        theirs = peer.speeds(label, size) if peer else {}
        timing = _Timing(setting, seconds, label, size, theirs)
        if label == "12x768":
            best = max(timing.show("eager"), timing.show("graphs", graphs=True),
                       timing.show("graphs_flash", graphs=True,
                                   environment=FLASH_ATTENTION))
            if setting.device == "cuda":
                timing.show("graphs_tf32", graphs=True, precision="tf32")
            timing.show("graphs_32_sequences", graphs=True, sequences=32)
            goal, what = BIG_GOAL, "one_run"
        else:
            timing.show("eager")
            timing.show("graphs", graphs=True)
            best = timing.show("graphs_replicas_8", graphs=True, replicas=8)
            if setting.device == "cuda":
                timing.show("graphs_replicas_64", graphs=True, replicas=64)
            goal, what = REPLICAS_GOAL, "replicas_8"
        judge(setting, f"goal_{label}_{what}_over_torch_compile", best,
              theirs.get(COMPILED), goal)


def judge(setting, name, ours, theirs, goal):
    """Holds a ratio against its goal, on a GPU; elsewhere only shows it."""
    if not theirs:
        setting.report.skip(name, "no speed of torch.compile")
    elif not ours:
        setting.report.skip(name, "no speed of ours")
    elif setting.on_gpu:
        setting.report.check(name, ours / theirs >= goal, ratio=ours / theirs,
                             goal=goal)
    else:
        setting.report.say(not_judged=name, ratio=ours / theirs, goal=goal)


class _Timing:
    """Times one size in several ways."""

    def __init__(self, setting, seconds, label, size, theirs):
        self._setting = setting
        self._seconds = seconds
        self._label = label
        self._size = size
        self._theirs = theirs

    def show(self, way, *, precision="bf16", sequences=None, replicas=1,
             **how):
        """Prints the line of one way; returns tokens per second."""
        name = f"speed_{self._label}_{way}"
        if not self._setting.budget.allows(15 if self._setting.on_gpu else 3):
            self._setting.report.skip(name, "no time left")
            return 0.0
        size = self._size._replace(
            sequences=sequences or self._size.sequences)
        line = self._setting.lines.gpt2(size, 10**7, precision=precision)
        speed = measure(self._setting, with_seeds(line, replicas),
                        self._seconds, **how)
        values = {
            "precision": precision,
            "tokens_per_second": speed.tokens_per_second,
            "step_ms": 1e3 * speed.step_seconds,
            "card_memory_mib": speed.memory_mib}
        if precision == "bf16":  # as the peers are
            values.update(
                (f"ratio_{mode}", speed.tokens_per_second / theirs)
                for mode, theirs in self._theirs.items() if theirs)
        if speed.trouble:
            self._setting.report.check(name, False, error=speed.trouble)
        elif self._setting.dry:
            self._setting.report.check(name, True)
        else:
            self._setting.report.say(speed=name.removeprefix("speed_"),
                                     **values)
        return speed.tokens_per_second


def measure(setting, line, seconds, **how):
    """The speed of all runs of a line together, once it is steady."""
    runs = names(line)
    line = {**line, "report_seconds": min(0.4, seconds / 2)}
    reader = SteadyReader(seconds)
    memory, ended, trouble = None, 0, None
    with setting.trainer(**how) as trainer:
        trainer.send(line)
        for answer in trainer.lines(setting.limit(60)):
            if answer["type"] == "result":
                ended += 1
                trouble = answer.get("error") or answer["outcome"]
                if ended == len(runs):
                    break
            elif answer["type"] == "measurement" and answer["run"] == runs[0]:
                if reader.take(answer["measurement"]) and memory is None:
                    memory = card_memory() if setting.on_gpu else 0
                    for run in runs:
                        trainer.send({"type": "stop", "run": run})
        if ended == 0:
            trouble = NO_ANSWER + ": " + trainer.complaint()
    if setting.dry and ended == len(runs) and trouble in (
            "stopped", "diverged", NOT_RUN):
        trouble = None
    speed = reader.speed()
    if speed is None:
        return Speed(trouble=None if setting.dry and trouble is None
                     else f"no steady speed: {trouble}")
    tokens, step_seconds = speed
    return Speed(len(runs) * tokens, step_seconds, memory or None)


class SteadyReader:
    """Speed from a run's measurements, without those of its start-up."""

    def __init__(self, seconds):
        self._seconds = seconds
        self._taken = 0
        self._first = None
        self._last = None

    def take(self, measurement):
        """True once what was taken spans the seconds."""
        self._taken += 1
        if self._taken < _UNSETTLED:
            return False
        self._first = self._first or measurement
        self._last = measurement
        return self._span("elapsed_seconds") >= self._seconds

    def speed(self):
        """(tokens per second, seconds per step); None without two points."""
        if self._last is None or self._last is self._first:
            return None
        seconds = self._span("elapsed_seconds")
        steps = self._span("step")
        if seconds <= 0 or steps <= 0:
            return None
        return self._span("tokens") / seconds, seconds / steps

    def _span(self, field):
        return self._last[field] - self._first[field]


def card_memory():
    """MiB that all programs hold on the first card; None when unknown."""
    try:
        text = subprocess.run(
            ["nvidia-smi", "--query-gpu=memory.used",
             "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=10, check=True).stdout
        return int(text.split()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
