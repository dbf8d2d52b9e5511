"""The programs of this build and the files of this checkout, for the tests of deploy/."""

import os
import re
import shutil
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(os.environ.get("ISOSHAPE_BIN", ROOT / "build/release/bin"))
PATIENCE = 120  # seconds, for a machine that has much else to do


def run(*command, **options):
    return subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **options,
    )


def version_of(pattern: str, *command: str) -> int:
    """What the pattern finds first in what a program says of its version; 0 without the program."""
    if shutil.which(command[0]) is None:
        return 0
    found = re.search(pattern, run(*command).stdout)
    return int(found[1]) if found else 0


def skip(why: str):
    """Ends the program as ctest wants it of a test that is not run."""
    print(f"skipped: {why}")
    sys.exit(77)


def flags_of(program: str) -> set[str]:
    """The long flags that its --help names."""
    return set(re.findall(r"--[a-z][a-z-]*", run(BIN / program, "--help").stdout))


class Coordinator:
    """A real one on ports that are free, while the block runs."""

    def __init__(self, folder: str, *flags: str):
        loopback = ["--address", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [BIN / "isoshape-coordinator", "--db", f"{folder}/test.db", *loopback, *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        first, second = self.process.stdout.readline(), self.process.stdout.readline()
        self.address = re.search(r"listening on (\S+),", first)[1]
        self.url = re.search(r"(https?://\S+?)/?$", second.strip())[1]

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def isoshape(self, *arguments):
        done = run(BIN / "isoshape", *arguments, "--server", self.address)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


def main():
    """As unittest's, and skipped if all that there was to test was."""
    result = unittest.main(exit=False, module="__main__", argv=sys.argv[:1]).result
    # A class that is skipped is no test that was run.
    skipped = [each for each, _ in result.skipped if isinstance(each, unittest.TestCase)]
    if result.wasSuccessful() and result.testsRun == len(skipped):
        skip("; ".join(sorted({why for _, why in result.skipped})))
    sys.exit(not result.wasSuccessful())
