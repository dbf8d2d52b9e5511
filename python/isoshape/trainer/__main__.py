"""`python -m isoshape.trainer check my_trainer.py`."""

from __future__ import annotations

import argparse
import sys

from isoshape.trainer.check.checks import Check
from isoshape.trainer.check.process import TrainerProcess


def main(arguments: list[str] | None = None) -> int:
    """0: all is right, 1: something is wrong, 2: wrong use."""
    parser = argparse.ArgumentParser(
        prog="python -m isoshape.trainer", description="Tools for trainers of your own."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check",
        help="play the worker to a trainer and say what is wrong",
        description="Plays the worker to a trainer: short runs, one that is stopped, one that "
        "goes on from a checkpoint, one without its data, SIGTERM. Says a line for each thing "
        "that is right (ok), wrong, or left out (absent); ends with 1 if something is wrong.",
    )
    check.add_argument("trainer", help="a Python file, or any program of the protocol")
    check.add_argument("arguments", nargs=argparse.REMAINDER, help="for the trainer")
    check.add_argument("--data", help="a file or folder to train on (default: words made for it)")
    check.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    check.add_argument(
        "--timeout", type=float, default=60, help="seconds that it may be silent (60, as a worker)"
    )
    found = parser.parse_args(arguments)
    command = [found.trainer, *found.arguments]
    if found.trainer.endswith(".py"):
        command = [sys.executable, *command]
    process = TrainerProcess(command, found.device, found.timeout)
    return Check(process, found.data, sys.stdout).execute()


if __name__ == "__main__":
    sys.exit(main())
