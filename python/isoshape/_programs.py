"""The programs of isoshape on this machine: where they are, and what the command line answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from isoshape.errors import FailedPrecondition, Internal, InvalidArgument, NotFound

_NOTE = "note: "
_BIN = Path(__file__).parent / "bin"  # in a wheel with programs


def program(name: str) -> str:
    """The path of `isoshape`, `isoshape-coordinator` and so on: in the folder of ISOSHAPE_BIN,
    else in `bin` of this package, else on PATH. NotFound if it is nowhere."""
    folder = os.environ.get("ISOSHAPE_BIN")
    if folder:
        path = Path(folder) / name
        if path.is_file():
            return str(path)
        raise NotFound(f"there is no {name} in {folder}, which ISOSHAPE_BIN names; build it there")
    bundled = _BIN / name
    found = str(bundled) if bundled.is_file() else shutil.which(name)
    if found is None:
        raise NotFound(
            f"the program {name} is not on PATH; build isoshape (./dev build) and put its folder "
            "bin into PATH, or name it in ISOSHAPE_BIN"
        )
    return found


def main() -> NoReturn:
    """Becomes the program of this wheel that has the name of the command that was called. Its
    trainer takes the torch of this Python, if nothing else is said."""
    name = Path(sys.argv[0]).name
    os.environ.setdefault("ISOSHAPE_PYTHON", sys.executable)
    if not (_BIN / name).is_file():
        sys.exit(f"{name}: this is no program of isoshape's; call the command by its own name")
    os.execv(_BIN / name, [name, *sys.argv[1:]])


def run(arguments: Sequence[str], given: bytes | None = None) -> tuple[bytes, list[str]]:
    """What the command line writes, and its notes. InvalidArgument for wrong use, a file that
    cannot be read among it; FailedPrecondition if it could not do it."""
    done = subprocess.run(
        [program("isoshape"), *arguments],
        input=given if given is not None else b"",
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode(errors="replace").strip().splitlines()
    notes = [line.removeprefix(_NOTE) for line in said if line.startswith(_NOTE)]
    if done.returncode == 0:
        return done.stdout, notes
    message = said[-1].removeprefix("isoshape: ") if said else f"it ended with {done.returncode}"
    raise {1: FailedPrecondition, 2: InvalidArgument}.get(done.returncode, Internal)(message)


def run_json(arguments: Sequence[str], given: bytes | None = None) -> tuple[Any, list[str]]:
    """The same for a command that answers in JSON."""
    written, notes = run([*arguments, "--output=json"], given)
    return json.loads(written), notes


def flags_of(options: Iterable[tuple[str, Any]]) -> list[str]:
    """Flags from keywords: `max_budget=1e20` is `--max-budget=1e+20`, True a flag alone, a list or
    a mapping a flag for each."""
    flags: list[str] = []
    for name, value in options:
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            flags.append(flag)
        elif isinstance(value, dict):
            flags += [f"{flag}={key}={each}" for key, each in value.items()]
        elif isinstance(value, list | tuple):
            flags += [f"{flag}={each}" for each in value]
        else:
            flags.append(f"{flag}={os.fspath(value) if isinstance(value, Path) else value}")
    return flags
