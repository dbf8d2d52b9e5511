"""Workers as an array job of a real Slurm: munge, a controller and two nodes.

usage: slurm_test.py FOLDER_OF_PROGRAMS   (root; exits 77 if something is missing)

The trainer is fake_trainer.py in mode `hold`: a run ends for one byte in a
FIFO, so that the test says what trains while tasks come and go.
"""
import collections
import contextlib
import json
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 240  # seconds, for a machine that has much else to do
NEEDED = ["munged", "slurmctld", "slurmd", "sbatch", "scontrol", "unshare",
          "setpriv"]


def missing():
    """What keeps this machine from running Slurm; empty if nothing does."""
    if os.geteuid() != 0:
        return "it takes root to start a Slurm of its own"
    none = [name for name in NEEDED if shutil.which(name) is None]
    return "there is no " + ", ".join(none) if none else ""


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True,
                          timeout=PATIENCE, check=False, **options)


def wait_until(what, condition):
    """Asks again until it holds; events of other processes wake nobody here."""
    deadline = time.monotonic() + PATIENCE
    tick = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            queue = run("squeue", "-h", "-o", "%i %T %r %N").stdout
            raise AssertionError(
                f"not within {PATIENCE} s: {what}; the queue:\n{queue}")
        tick.wait(0.1)


def free_ports(count):
    """The first of so many ports in a row that nobody has."""
    while True:
        first = random.randrange(20000, 30000)
        with contextlib.ExitStack() as sockets:
            try:
                for port in range(first, first + count):
                    taken = sockets.enter_context(socket.socket())
                    taken.bind(("127.0.0.1", port))
                return first
            except OSError:
                continue


class Cluster:
    """slurm_cluster.sh as the first process of a PID namespace."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
             "bash", os.path.join(HERE, "slurm_cluster.sh"), folder,
             str(free_ports(3))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        os.environ["SLURM_CONF"] = os.path.join(folder, "slurm.conf")
        self.expect("ready")

    def expect(self, word):
        line = self.process.stdout.readline().strip()
        if line != word:
            raise AssertionError(f"the cluster says '{line}', not '{word}'")

    def order(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        self.expect("done")

    def end(self):
        self.process.kill()  # and with it the namespace
        self.process.communicate()


class SlurmTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="isoshape-slurm-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.chmod(cls.folder, 0o755)
        cls.cluster = Cluster(os.path.join(cls.folder, "cluster"))
        cls.addClassCleanup(cls.cluster.end)
        # All that a shell would take apart.
        cls.work = os.path.join(cls.folder, "a b'$(c)%d")
        cls.data = os.path.join(cls.folder, "it's text")
        with open(cls.data, "w", encoding="utf-8") as file:
            file.write("to be read by nobody\n")
        cls.fifo = os.path.join(cls.folder, "fifo")
        os.mkfifo(cls.fifo)
        cls.bytes = os.open(cls.fifo, os.O_RDWR)
        cls.waits = {}  # since when a task waits for a start
        cls.start_coordinator()

    @classmethod
    def start_coordinator(cls):
        log = cls.enterClassContext(
            open(os.path.join(cls.folder, "coordinator.log"), "wb"))
        coordinator = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM",  # however this process ends
             os.path.join(PROGRAMS, "isoshape-coordinator"), "--address",
             "127.0.0.1:0", "--db", os.path.join(cls.folder, "test.db"),
             "--lease-duration", "5s"],
            stdout=subprocess.PIPE, stderr=log, text=True)

        def end():
            coordinator.terminate()
            coordinator.communicate()
        cls.addClassCleanup(end)
        # isoshape-coordinator 0.1.0 listening on 127.0.0.1:40123, database …
        cls.server = coordinator.stdout.readline().split()[4].rstrip(",")

    # ---------------------------------------------------------------- programs

    def isoshape(self, *arguments):
        return run(os.path.join(PROGRAMS, "isoshape"), *arguments)

    def slurm(self, *arguments):
        trainer = f"exec python3 {HERE}/fake_trainer.py hold {self.fifo}"
        return self.isoshape(
            "fleet", "slurm", "--server", self.server, "--data",
            f"text={self.data}", "--folder", self.work, *arguments, "--",
            "--device", "cpu", "--slots", "1", "--exit-when-idle", "3s",
            "--trainer-timeout", "1h", "--trainer", trainer)

    def submit(self, *arguments):
        """The id of an array of two workers."""
        result = self.slurm("--gpus-per-node", "2", "--submit",
                            "--output=json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        self.assertEqual(answer["workers"], 2)
        return answer["job"]

    def trials(self):
        result = self.isoshape("trial", "list", "c1", "--server", self.server,
                               "--output=json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["trials"]

    def log(self, task):
        path = os.path.join(self.work, "logs", f"{task}.log")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def job(self, task):
        """What the controller says of a task, by name."""
        text = run("scontrol", "-o", "show", "job", task).stdout
        return dict(part.split("=", 1) for part in text.split() if "=" in part)

    def state(self, task):
        return self.job(task).get("JobState", "")

    def start_again(self, task):
        """Has a task that waits started now; Slurm lets two minutes go by."""
        job = self.job(task)
        if job.get("JobState") != "PENDING":
            return
        # A node refuses a task whose last start is not over there, or whose
        # credential is not of a later second than that one's end.
        step = rf"slurmstepd: \[{job['JobId']}\.batch\]"
        now = time.monotonic()
        since = self.waits.setdefault((task, job["Restarts"]), now)
        if run("pgrep", "-f", step).returncode != 0 and now - since > 2.5:
            run("scontrol", "update", f"JobId={task}", "StartTime=now")

    def tell_trains(self, task, starts):
        """Waits until the task has a trial in its start of that number or later."""
        def trains():
            self.start_again(task)
            last = self.log(task).rpartition(": start ")[2].split("\n", 1)
            return (last[0].isdigit() and int(last[0]) >= starts
                    and ": leased (" in last[1])
        wait_until(f"{task} trains in start {starts}", trains)

    def ended(self, task, code):
        """Whether the last start of a task has ended so, for good."""
        lines = [line for line in self.log(task).splitlines()
                 if line.startswith("isoshape: ")]
        return bool(lines) and lines[-1].endswith(
            f"the worker has ended with exit code {code}")

    # ------------------------------------------------------------------- tests

    def test_no_trial_is_lost_whatever_becomes_of_tasks(self):
        created = self.isoshape(
            "campaign", "create", "--id", "c1", "--budgets", "1e12", "--sizes",
            "6", "--server", self.server)
        self.assertEqual(created.returncode, 0, created.stderr)
        self.assertGreater(len(self.trials()), 4)  # more than workers
        limited = self.submit("--time", "00:02:00", "--option", "nodelist=n1")
        taken = self.submit("--option", "nodelist=n2")
        tasks = [f"{job}_{n}" for job in (limited, taken) for n in (0, 1)]
        for task in tasks:
            self.tell_trains(task, 1)
        self.assertEqual(self.job(tasks[0])["TresPerNode"], "gres:gpu:1")

        # A node dies: its trials come back when their leases end.
        self.cluster.order("kill n2")
        run("scontrol", "update", "NodeName=n2", "State=DOWN", "Reason=killed")
        wait_until("n2's tasks are queued again", lambda: all(
            self.state(task) == "PENDING" for task in tasks[2:]))
        self.cluster.order("start n2")
        run("scontrol", "update", "NodeName=n2", "State=RESUME")
        for task in tasks[2:]:
            self.tell_trains(task, 2)

        # Who is more important takes the node.
        high = run("sbatch", "--parsable", "--partition=high", "--exclusive",
                   "--nodelist=n2", f"--output={self.folder}/high.log", "--wrap=true")
        self.assertEqual(high.returncode, 0, high.stderr)
        wait_until("a task is preempted", lambda: any(
            "DUE TO PREEMPTION" in self.log(task) for task in tasks[2:]))
        for task in tasks[2:]:
            self.tell_trains(task, 3)

        # Before its time is over a worker hands its trial back, and the script
        # has the task queued again.
        for task in tasks[:2]:
            wait_until(f"{task} is warned", lambda task=task: (
                "work is left; queued again" in self.log(task)))
            self.assertIn("giving it back: the worker is shutting down",
                          self.log(task))

        # One that is cancelled stays so, with work left.
        run("scancel", tasks[3])
        wait_until("it is cancelled",
                   lambda: self.state(tasks[3]) == "CANCELLED")
        wait_until("its worker has ended", lambda: self.ended(tasks[3], 75))

        # Nothing is left: tasks end by 0, and are not queued again. (Bytes for
        # runs that take one and are handed back after all.)
        os.write(self.bytes, b"." * 50)

        def over():
            for task in tasks[:3]:
                self.start_again(task)
            return all(self.ended(task, 0) for task in tasks[:3])
        wait_until("the workers have ended", over)
        wait_until("the queue is empty",
                   lambda: run("squeue", "-h").stdout == "")
        self.expect_each_ended_once()

    def expect_each_ended_once(self):
        # Ends with the campaign.
        events = self.isoshape("campaign", "watch", "c1", "--server",
                               self.server, "--output=json")
        self.assertEqual(events.returncode, 0, events.stderr)
        changes = [json.loads(line) for line in events.stdout.splitlines()]
        self.assertEqual(changes[-1]["campaign_state"], "completed")
        ended = collections.Counter(
            (change["trial"], change["trial_state"]) for change in changes
            if change["kind"] == "trial_changed"
            and change["trial_state"] not in ("pending", "leased"))
        self.assertEqual(ended, {(trial["name"], "succeeded"): 1
                                 for trial in self.trials()})
        # Those of the node that died, once each, and no other.
        self.assertEqual(sum(t["lost_leases"] for t in self.trials()), 2)

    def test_sbatch_is_passed_on_in_its_own_words(self):
        result = self.slurm("--partition", "nope", "--submit")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr.count("\n"), 2, result.stderr)  # a note
        self.assertIn("sbatch refuses the job: invalid partition specified: "
                      "nope", result.stderr)
        self.assertIn("sinfo -s", result.stderr)
        result = self.slurm("--gpus-per-node", "no-such:1", "--submit")
        self.assertEqual(result.returncode, 1)
        self.assertIn("sbatch refuses the job: ", result.stderr)

    def test_a_token_goes_by_its_file_alone(self):
        token = os.path.join(self.folder, "fleet token")
        with open(token, "w", encoding="utf-8") as file:
            file.write("iso_" + "x" * 43 + "\n")
        os.chmod(token, 0o640)
        result = self.slurm("--token-file", token)
        self.assertEqual(result.returncode, 2)
        self.assertIn("others can read it (mode 640); run chmod 600",
                      result.stderr)
        os.chmod(token, stat.S_IRUSR)
        result = self.slurm("--token-file", token)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"export ISOSHAPE_TOKEN_FILE='{token}'", result.stdout)
        self.assertNotIn("iso_x", result.stdout)


if __name__ == "__main__":
    PROGRAMS = sys.argv.pop(1)
    if missing():
        print(f"skipped: {missing()}")
        sys.exit(77)
    unittest.main(verbosity=2)
