"""What the check prints: lines of key=value, and the verdict at the end."""
import threading
import time


def shown(value):
    """A value as a line has it: one word, or quoted; `-` for what is unknown."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = " ".join(str(value).split())
    if text and not set(text) & set(" '\"="):
        return text
    return "'" + text.replace("'", '"') + "'"


class Report:
    """Collects what held and what did not. Threads may share it."""

    def __init__(self, write=print):
        self._write = write
        self._lock = threading.Lock()
        self._begin = time.monotonic()
        self.passed = []
        self.failed = []
        self.skipped = []

    def say(self, **values):
        line = " ".join(f"{key}={shown(value)}" for key, value in values.items())
        with self._lock:
            self._write(line)

    def check(self, name, held, **values):
        (self.passed if held else self.failed).append(name)
        self.say(check=name, result="ok" if held else "FAILED", **values)

    def skip(self, name, why):
        self.skipped.append(name)
        self.say(skipped=name, why=why)

    def verdict(self):
        """Prints the last line; returns the exit code, 0 or 1."""
        # Without a single check nothing was shown to hold.
        good = bool(self.passed) and not self.failed
        self.say(gpu_check="passed" if good else "failed",
                 checks=len(self.passed) + len(self.failed),
                 failed=",".join(self.failed) or "none",
                 skipped=",".join(self.skipped) or "none",
                 seconds=round(time.monotonic() - self._begin, 1))
        return 0 if good else 1
