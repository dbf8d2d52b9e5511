"""Runs clang-tidy over the .cc files named, or over all, as many at a time as
there are cores, and passes over those found clean before: 880 files take an
hour of a core, of which a change asks for a few. A file is known by
the hash of what decides the result: its preprocessed text with comments (for
NOLINT), its compile command, the settings and the version of clang-tidy. The
text is without the lines that say from which file it came, so that a header
that moves asks for nothing.

Exit 1 if anything is found. Part of ./dev lint, which writes the compile
commands into build/lint; what is clean is noted in build/lint/clean.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build/lint"
CLEAN = FOLDER / "clean"
CLANG_TIDY = ROOT / ".deps/lint/bin/clang-tidy"
COMMAND = [
    str(CLANG_TIDY),
    "-p",
    str(FOLDER),
    "--quiet",
    "--extra-arg=-Wthread-safety",
    "--extra-arg=-Wno-unknown-warning-option",
    "--extra-arg=-Wno-deprecated-declarations",
    # Steps of the analyzer through one function, 225,000 by default: half of all
    # the time went to a few functions that inline much.
    *[
        f"--extra-arg={argument}"
        for argument in ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=30000")
    ],
]
# What clang-tidy counts on stderr in any case.
COUNTS = (
    "warnings generated",
    "warning generated",
    "Suppressed",
    "Use -header-filter",
    "Processing file",  # of one that two targets compile
)


def shared_key() -> bytes:
    """What all files' results depend on."""
    version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, check=True)
    key = hashlib.sha256(version.stdout + " ".join(COMMAND[3:]).encode())
    for settings in sorted(ROOT.glob("**/.clang-tidy")):
        if not {".deps", "build"} & set(settings.relative_to(ROOT).parts):
            key.update(settings.read_bytes())
    return key.digest()


def key_of(command: dict[str, str], shared: bytes) -> str | None:
    """None where the file cannot be preprocessed: clang-tidy then says why."""
    arguments = shlex.split(command["command"])
    output = arguments.index("-o")
    del arguments[output : output + 2]
    arguments[arguments.index("-c")] = "-E"
    text = subprocess.run(
        [*arguments, "-C", "-P"], cwd=command["directory"], capture_output=True, check=False
    )
    if text.returncode != 0:
        return None
    return hashlib.sha256(shared + command["command"].encode() + text.stdout).hexdigest()


def lint(command: dict[str, str], shared: bytes) -> bool:
    """Whether the file is clean; prints what is found."""
    key = key_of(command, shared)
    if key and (CLEAN / key).exists():
        return True
    result = subprocess.run(
        [*COMMAND, command["file"]], capture_output=True, text=True, check=False
    )
    for line in (result.stdout + result.stderr).splitlines():
        if not any(count in line for count in COUNTS):
            print(line, flush=True)
    if result.returncode == 0 and key:
        (CLEAN / key).touch()
    return result.returncode == 0


def main() -> int:
    CLEAN.mkdir(parents=True, exist_ok=True)
    commands = {
        command["file"]: command
        for command in json.loads((FOLDER / "compile_commands.json").read_text())
        if not command["file"].startswith(str(ROOT / "build"))
    }
    wanted = [str((ROOT / name).resolve()) for name in sys.argv[1:]] or sorted(commands)
    unknown = [name for name in wanted if name not in commands]
    for name in unknown:
        print(f"no target of build/release compiles {os.path.relpath(name, ROOT)}")
    shared = shared_key()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        clean = list(
            pool.map(
                lambda name: lint(commands[name], shared),
                [name for name in wanted if name in commands],
            )
        )
    return 0 if all(clean) and not unknown else 1


sys.exit(main())
