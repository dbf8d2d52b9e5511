"""What deploy/ has for other engines, without them: Ray's script is imported over a stand-in of
what it uses of Ray, and its commands, like SkyPilot's and the images', take flags that the programs
of this build know. How the engines themselves took them is in docs/deploy/."""

import importlib.util
import re
import subprocess
import sys
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

import programs
import yaml
from programs import BIN, DEPLOY


class Actor:
    """An actor that is called at once, in this process."""

    def __init__(self, kind, arguments):
        self.self = kind(*arguments)
        self.train = types.SimpleNamespace(remote=self.self.train)


def ray_of_one_process():
    """ray, as far as workers.py uses it: what is called has ended when the call returns."""

    def remote(**options):
        assert options == {"max_restarts": -1, "max_task_retries": -1}, options

        def make(kind):
            kind.options = lambda **_: types.SimpleNamespace(
                remote=lambda *arguments: Actor(kind, arguments)
            )
            return kind

        return make

    # A code is its own reference; equal ones of two workers are kept apart by their type.
    return types.SimpleNamespace(
        remote=remote,
        init=lambda **_: None,
        wait=lambda references: ([references[0]], references[1:]),
        get=lambda reference: int(reference),
    )


class RayTest(unittest.TestCase):
    def load(self):
        spec = importlib.util.spec_from_file_location("workers", DEPLOY / "ray/workers.py")
        module = importlib.util.module_from_spec(spec)
        with mock.patch.dict(sys.modules, {"ray": ray_of_one_process()}):
            spec.loader.exec_module(module)
        return module

    def end_by(self, folder, codes):
        """workers.py with a worker that ends by these codes, one a start, or by the signal of a
        negative one; what it was called by."""
        calls = Path(folder, "calls")
        program = Path(folder, "worker")
        program.write_text(
            f'#!/bin/sh\necho "$@" >>{calls}\nn=$(wc -l <{calls})\n'
            f"set -- {' '.join(map(str, codes))}\nshift $((n - 1))\n"
            "[ $1 -ge 0 ] || kill $1 $$\nexit $1\n"
        )
        program.chmod(0o755)
        arguments = ["workers.py", "--program", str(program), "--", "--server", "head:50551"]
        with mock.patch.object(sys, "argv", arguments):
            code = self.load().main()
        return code, calls.read_text().splitlines()

    def test_a_worker_with_work_left_is_started_again_by_its_name(self):
        with tempfile.TemporaryDirectory() as folder:
            code, calls = self.end_by(folder, [75, 75, 0])
        self.assertEqual(code, 0)
        self.assertEqual(calls, ["--server head:50551 --name ray-0"] * 3)

    def test_one_that_cannot_work_is_not(self):
        with tempfile.TemporaryDirectory() as folder:
            code, calls = self.end_by(folder, [1, 0])
        self.assertEqual(code, 1)
        self.assertEqual(len(calls), 1)

    def test_one_that_was_killed_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            code, calls = self.end_by(folder, [-9, 0])
        self.assertEqual(code, 128 + 9)
        self.assertEqual(len(calls), 1)

    def test_a_worker_outlives_its_actor_by_no_more_than_a_signal(self):
        # setpriv is sent to the program that it becomes.
        actor = "import subprocess, sys; subprocess.run(sys.argv[1:])"
        worker = "trap 'echo told; exit' TERM; echo ready; while :; do read -r x; done"
        parent = subprocess.Popen(
            [sys.executable, "-c", actor, *"setpriv --pdeathsig TERM sh -c".split(), worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(parent.stdout.readline(), "ready\n")
        parent.kill()
        self.assertEqual(parent.stdout.readline(), "told\n")
        parent.wait()
        parent.stdin.close()
        parent.stdout.close()


class FlagsTest(unittest.TestCase):
    def test_commands_take_flags_that_there_are(self):
        job = yaml.safe_load((DEPLOY / "skypilot/worker.yaml").read_text())
        self.assertEqual(job["resources"]["job_recovery"]["recover_on_exit_codes"], [75])
        texts = [job["run"], (DEPLOY / "ray/workers.py").read_text().split('"""')[1]]
        flags = programs.flags_of("isoshape-worker")
        of_script = {"--workers", "--gpus"}
        for text in texts:
            self.assertLessEqual(set(re.findall(r"--[a-z][a-z-]+", text)) - of_script, flags)

    def test_images_begin_as_their_programs_say(self):
        for part in ("coordinator", "worker"):
            text = (DEPLOY / f"images/{part}.Dockerfile").read_text()
            with self.subTest(part):
                self.assertIn(f'ENTRYPOINT ["/usr/bin/isoshape-{part}"]', text)
                self.assertIn("\nUSER 10001:10001\n", text)
                command = re.findall(r'"(--[a-z-]+)"', re.search(r"\nCMD (.*)", text)[1])
                self.assertLessEqual(set(command), programs.flags_of(f"isoshape-{part}"))
        series = re.search(r"torch==(\d+\.\d+)", (DEPLOY / "images/worker.Dockerfile").read_text())[
            1
        ]
        wheels = (DEPLOY.parent / "tools/python-wheels.txt").read_text()
        self.assertIn(f"\ntorch=={series}.", wheels)

    def test_the_health_check_is_a_command(self):
        with tempfile.TemporaryDirectory() as folder, programs.Coordinator(folder) as coordinator:
            coordinator.isoshape("worker", "list")
        done = programs.run(BIN / "isoshape", "worker", "list", "--server", coordinator.address)
        self.assertEqual(done.returncode, 1, done.stderr)


if __name__ == "__main__":
    programs.main()
