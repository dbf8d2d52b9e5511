"""A trainer as a process, spoken to as docs/trainer-protocol.md says."""
import json
import os
import signal
import subprocess
import tempfile
import threading
from typing import NamedTuple

SUCCEEDED = "succeeded"
NO_ANSWER = "no_answer"  # of ours: the process said nothing, or died


class Answer(NamedTuple):
    """What came of a run: train loss by step, and the `result` line."""

    curve: dict
    result: dict

    @property
    def outcome(self):
        return self.result["outcome"]

    @property
    def error(self):
        return self.result.get("error") or None

    @property
    def card(self):
        return self.result.get("shape_card") or {}


class Trainer:
    """One process, which takes one run after another. Not for two threads.

    with Trainer(["isoshape-trainer", "--device", "cuda"]) as trainer:
        answer = trainer.run(line, seconds=60)
    """

    def __init__(self, command, environment=None):
        self.ready = None       # its first line, once lines were read
        self.exit = None        # its exit code, once closed
        self.timed_out = False  # it was killed, for it took too long
        self._complaint = ""
        self._errors = tempfile.TemporaryFile("w+", errors="replace")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors, text=True, errors="replace",
            env={**os.environ, **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def alive(self):
        return self._process.poll() is None

    def send(self, line):
        try:
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended: reading says so

    def terminate(self):
        self._process.send_signal(signal.SIGTERM)

    def lines(self, seconds):
        """Its answers, until it ends; it is killed after that many seconds."""
        timer = threading.Timer(seconds, self._give_up)
        timer.start()
        try:
            for text in self._process.stdout:
                try:
                    line = json.loads(text)
                except ValueError:
                    continue  # for people
                if line.get("type") == "ready":
                    self.ready = line
                yield line
        finally:
            timer.cancel()

    def wait_ready(self, seconds):
        """Its `ready` line, None when it ends or the time does without one."""
        for line in self.lines(seconds):
            if line["type"] == "ready":
                return line
        return None

    def run_all(self, line, seconds):
        """Answers of all runs of a line, by name."""
        runs = [own["run"] for own in line.get("replicas", [line])]
        curves, results = {name: {} for name in runs}, {}
        self.send(line)
        for answer in self.lines(seconds):
            if answer["type"] == "measurement":
                point = answer["measurement"]
                curves[answer["run"]][point["step"]] = point.get("train_loss")
            elif answer["type"] == "result":
                results[answer["run"]] = answer
                if len(results) == len(runs):
                    break
        return {name: Answer(curves[name], results[name]) if name in results
                else self._no_answer() for name in runs}

    def run(self, line, seconds):
        """The answer of a line without replicas."""
        return self.run_all(line, seconds)[line["run"]]

    def complaint(self):
        """The end of what it wrote for people, on one line."""
        if not self._errors.closed:
            self._errors.seek(0)
            lines = self._errors.read()[-400:].split("\n")
            self._complaint = " | ".join(lines).strip(" |")
        return self._complaint

    def close(self, seconds=30):
        """Ends its input and waits; its exit code, "hung" when it stays."""
        if self.exit is not None:
            return self.exit
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.exit = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            self.exit = "hung"
        self._process.stdout.close()
        self.complaint()
        self._errors.close()
        return self.exit

    def _give_up(self):
        self.timed_out = True
        self._process.kill()

    def _no_answer(self):
        how = "no answer in time" if self.timed_out else "the trainer has ended"
        return Answer({}, {"outcome": NO_ANSWER,
                           "error": f"{how}: {self.complaint()}"})
