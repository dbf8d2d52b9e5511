"""The order of the check: machine, smoke, correctness, speed, profile."""
import argparse
import shutil
import sys
import tempfile

from . import machine
from .budget import Budget
from .correctness import check_correctness
from .interruption import check_interruption
from .kernel_profile import show_profile
from .memory_limits import check_memory_limits
from .peer import Peer
from .report import Report
from .run_lines import TINY, RunLines, write_data
from .setting import Setting, answered
from .shape_options import check_options
from .speed import check_speeds, sizes
from .trainer_process import SUCCEEDED

PARTS = {
    "correctness": check_correctness,
    "options": check_options,
    "interruption": check_interruption,
    "memory": check_memory_limits,
    "speed": None,
    "profile": None,
}


def parts(text):
    """A list of parts as --only has it; `smoke` is always done."""
    chosen = text.split(",")
    unknown = [part for part in chosen if part not in (*PARTS, "smoke")]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"no part '{unknown[0]}': there are smoke, {', '.join(PARTS)}")
    return chosen


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(
        prog="gpu-check", allow_abbrev=False,
        description="Is the trainer right on this machine's GPU, and how fast?"
                    " Prints key=value lines, the last one gpu_check=passed or"
                    " failed; exit code 0, 1, or 2 when it could not be"
                    " tried. docs/gpu.md says what the lines mean.")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda",
                        help="cpu: try the check itself, with real values")
    parser.add_argument("--dry-run", action="store_true",
                        help="over a stand-in for the CUDA runtime: every run"
                             " must answer, values are not compared")
    parser.add_argument("--only", type=parts, metavar="PART,…",
                        default=list(PARTS),
                        help=f"some of smoke, {', '.join(PARTS)}")
    parser.add_argument("--budget", type=float, metavar="SECONDS",
                        help="what finds no time in it is skipped and said"
                             " (345 on a GPU, an hour elsewhere)")
    parser.add_argument("--seconds", type=float, default=3,
                        help="of each measurement of speed (3)")
    parser.add_argument("--tuning", default="reduce-overhead", metavar="MODE",
                        help="torch.compile's mode (reduce-overhead;"
                             " max-autotune takes minutes more)")
    for name in ("--trainer", "--torch", "--peer", "--kernel-times",
                 "--stand-in"):
        parser.add_argument(name, default="", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def budget_of(arguments):
    """Seconds. Machines without a GPU cost little, and may be slow."""
    on_gpu = arguments.device == "cuda" and not arguments.dry_run
    return arguments.budget or (345 if on_gpu else 3600)


def main():
    arguments = parse_arguments()
    report = Report(lambda line: print(line, flush=True))
    report.say(**machine.describe(arguments.torch))
    command = [*arguments.stand_in.split(), arguments.trainer]
    trouble = machine.why_not(command, arguments.trainer, arguments.device)
    if trouble:
        report.say(gpu_check="failed", error=trouble)
        return 2
    folder = tempfile.mkdtemp(prefix="gpu_check.")
    try:
        setting = Setting(command, arguments.device, arguments.dry_run,
                          RunLines(folder), report,
                          Budget(budget_of(arguments)))
        run(setting, arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report.verdict()


def run(setting, arguments):
    """Does the parts, in their order; those after a failed smoke are not."""
    write_data(setting.lines.path(""))
    answer = setting.alone_one(setting.lines.line(TINY, 5))
    if setting.dry:
        setting.report.check("smoke", answered(answer), outcome=answer.outcome)
    else:
        setting.expect("smoke", answer, SUCCEEDED)
    if setting.report.failed:
        return
    peer = None
    if "speed" in arguments.only:
        if setting.dry:
            setting.report.skip("peers", "PyTorch is not run by a stand-in")
        elif not arguments.peer:
            setting.report.skip("peers", "no PyTorch beside it: no ratios")
        else:
            peer = Peer(arguments.peer, setting, arguments.tuning)
            if setting.on_gpu:
                peer.warm_up(sizes(setting).values())
    for part in arguments.only:
        if part == "speed":
            check_speeds(setting, peer, 0.2 if setting.dry else
                         arguments.seconds)
        elif part == "profile":
            show_profile(setting, arguments.kernel_times)
        elif part != "smoke":
            PARTS[part](setting)
        setting.report.say(part_done=part, seconds_left=setting.budget.left())


if __name__ == "__main__":
    sys.exit(main())
