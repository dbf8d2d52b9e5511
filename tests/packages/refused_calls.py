"""refused_calls.py UNIT TRACE: prints the system calls in a trace of strace's that the unit's
SystemCallFilter would refuse, a line each. A unit that refuses what its program needs passes
`systemd-analyze verify` and ends by SIGSYS, or works half, on the machine of a user."""

import re
import subprocess
import sys
from pathlib import Path


def calls_of(name: str) -> set[str]:
    """A call, or the calls of a set such as @resources, which may hold sets."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter", name],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()[1:]
    words = [line.strip() for line in listed if not line.strip().startswith("#")]
    return {call for word in words if word for call in calls_of(word)}


def allowed(unit: str) -> set[str]:
    """What the lines of SystemCallFilter leave, in their order; @default is always allowed."""
    left = calls_of("@default")
    for names in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        calls = {call for name in names.lstrip("~").split() for call in calls_of(name)}
        left = left - calls if names.startswith("~") else left | calls
    return left


def main() -> None:
    unit, trace = (Path(path).read_text() for path in sys.argv[1:3])
    called = set(re.findall(r"^\d+ +(?:[\d.]+ +)?(\w+)\(", trace, re.MULTILINE))
    if not called:
        sys.exit("there is no call in the trace")
    for call in sorted(called - allowed(unit)):
        print(call)


main()
