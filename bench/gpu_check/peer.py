"""PyTorch's speed at the same decoder, by bench/torch_peer.py."""
import re
import subprocess
import sys
import threading

EAGER, COMPILED = "torch_eager", "torch_compile"
_MODES = {EAGER: "eager", COMPILED: "compile"}
_COMPILE_SECONDS = 150


class Peer:
    """Runs the peer with the Python that runs the check.

    torch.compile takes up to a minute for a size, and keeps what it compiled:
    `warm_up` has that done while something else is checked.
    """

    def __init__(self, script, setting, tuning):
        self._script = script
        self._setting = setting
        self._tuning = tuning  # torch.compile's mode on a GPU
        self._warming = None

    def warm_up(self, sizes):
        def compile_all():
            for size in sizes:
                self._run(size, COMPILED, 1, quiet=True)

        self._warming = threading.Thread(target=compile_all, daemon=True)
        self._warming.start()

    def speeds(self, label, size):
        """Tokens per second by mode, and a line for each; zero when unknown."""
        if self._warming:
            self._warming.join(self._setting.budget.limit(_COMPILE_SECONDS))
        steps = 30 if size.width > 256 else 100
        if not self._setting.on_gpu:
            steps = 3
        found = {}
        for mode in _MODES:
            found[mode] = self._run(size, mode, steps)
            self._setting.report.say(
                speed=f"{label}_{mode}", precision="bf16",
                tokens_per_second=found[mode] or None)
        return found

    def _run(self, size, mode, steps, quiet=False):
        command = [sys.executable, self._script, *map(str, size),
                   _MODES[mode], "bf16", self._setting.device, str(steps),
                   self._tuning]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False,
                timeout=self._setting.budget.limit(_COMPILE_SECONDS))
        except subprocess.TimeoutExpired:
            if not quiet:
                self._setting.report.say(peer_error="not done in time",
                                         mode=mode)
            return 0.0
        speed = parse_speed(done.stdout)
        if not speed and not quiet:
            self._setting.report.say(peer_error=done.stderr[-300:], mode=mode)
        return speed


def parse_speed(text):
    """Tokens per second in what the peer printed; zero without any."""
    found = re.search(r"\btokens_per_second=([0-9]+(?:\.[0-9]+)?)", text)
    return float(found[1]) if found else 0.0
