"""Runs clang-tidy over the .cc files named, or over all, as many at a time as
there are cores, and passes over those found clean before: 1100 files take two
hours of a core, of which a change asks for a few. A file is known by the hash
of what decides the result: the contents of all files that its compilation
read, as ninja noted them, with their names without folders, its compile command, the settings and the version of
clang-tidy. So a header that moves to another folder asks for nothing, and as
nothing is compiled, a tree that was clean takes seconds.

Exit 1 if anything is found. Part of ./dev lint, which builds before, and writes
the compile commands into build/lint; what is clean is noted in build/lint/clean.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build/lint"
RELEASE = ROOT / "build/release"
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


def files_read() -> dict[str, list[str]]:
    """The files that each object's compilation read, by the object's name in
    build/release."""
    listed = subprocess.run(
        ["ninja", "-C", str(RELEASE), "-t", "deps"],
        capture_output=True,
        text=True,
        check=True,
    )
    read: dict[str, list[str]] = {}
    for block in listed.stdout.strip().split("\n\n"):
        head, *names = block.splitlines()
        target, _, noted = head.partition(": #deps")
        if noted.endswith("(VALID)"):
            read[target] = [name.strip() for name in names]
    return read


@functools.cache
def digest_of(name: str) -> bytes:
    """Of a file that a compilation in build/release read: name and contents."""
    file = RELEASE / name
    return hashlib.sha256(file.name.encode() + b"\0" + file.read_bytes()).digest()


def key_of(
    command: dict[str, str], shared: bytes, read: dict[str, list[str]]
) -> str | None:
    """None if it is not known what the compilation reads: clang-tidy then says
    why it cannot compile, or looks at the file each time."""
    arguments = shlex.split(command["command"])
    names = read.get(arguments[arguments.index("-o") + 1])
    if names is None:
        return None
    # Headers that a precompiled one holds are noted as what that was made from.
    digests = [
        digest_of(one)
        for name in names
        for one in (read.get(name, []) if name.endswith(".gch") else [name])
    ]
    parts = [shared, command["command"].encode(), *sorted(digests)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def lint(command: dict[str, str], key: str | None) -> bool:
    """Whether the file is clean; prints what is found."""
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
    read = files_read()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        clean = list(
            pool.map(
                lambda name: lint(commands[name], key_of(commands[name], shared, read)),
                [name for name in wanted if name in commands],
            )
        )
    return 0 if all(clean) and not unknown else 1


if __name__ == "__main__":
    sys.exit(main())
