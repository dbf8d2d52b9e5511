"""`isoshape fleet slurm` without a Slurm: what it writes, and what it refuses.

usage: fleet_slurm_test.py PROGRAM
"""
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

# Where there is no sbatch.
TOOLS = "/nowhere"


class FleetSlurmTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="isoshape-fleet-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = self.path("text.txt")
        with open(self.data, "w", encoding="utf-8") as file:
            file.write("to be read by nobody\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_slurm(self, *arguments, data=None, environment=None):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("ISOSHAPE_")}
        defaults = []
        for flag, value in [("--server", "head:50551"),
                            ("--folder", self.path("shared"))]:
            if not any(word.split("=")[0] == flag for word in arguments[:2]):
                defaults += [flag, value]
        return subprocess.run(
            [PROGRAM, "fleet", "slurm", "--data", data or self.data, *defaults,
             *arguments],
            capture_output=True, text=True, timeout=60, check=False,
            cwd=self.folder,
            env={**clean, "PATH": TOOLS, **(environment or {})})

    def script(self, *arguments, **options):
        result = self.run_slurm(*arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def directives(self, script):
        return [line[len("#SBATCH --"):] for line in script.splitlines()
                if line.startswith("#SBATCH --")]

    def worker(self, script):
        """The worker's command line, as bash reads it."""
        begin = script.index("worker=(")
        array = script[begin:script.index("# End of settings")]
        words = subprocess.run(
            ["/bin/bash", "-c", array + '\nprintf "%s\\0" "${worker[@]}"'],
            capture_output=True, text=True, check=True)
        return words.stdout.split("\0")[:-1]

    def refused(self, code, message, *arguments, **options):
        result = self.run_slurm(*arguments, **options)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(message, result.stderr)
        self.assertEqual(result.stdout, "")
        return result

    def test_a_worker_for_each_gpu(self):
        script = self.script("--nodes", "4", "--gpus-per-node", "a100:8",
                             "--time", "1-00:00:00", "--partition", "gpu",
                             "--option", "account=ml", "--option", "exclusive")
        lines = self.directives(script)
        for line in ["array=0-31", "gres=gpu:a100:1", "time=1-00:00:00",
                     "partition=gpu", "account=ml", "exclusive", "requeue",
                     "signal=B:USR1@90", "open-mode=append", "ntasks=1",
                     f"output={self.path('shared')}/logs/%A_%a.log"]:
            self.assertIn(line, lines)
        worker = self.worker(script)
        self.assertEqual(worker[0], os.path.join(os.path.dirname(PROGRAM),
                                                 "isoshape-worker"))
        self.assertEqual(worker[1:], [
            "--server", "head:50551", "--data", f"text={self.data}",
            "--checkpoints", self.path("shared/checkpoints"),
            "--exit-when-idle", "5m", "--device", "cuda"])
        self.assertTrue(os.path.isdir(self.path("shared/logs")))

    def test_on_cpus_as_many_trials_as_a_worker_has(self):
        script = self.script("--nodes", "3", "--cpus-per-task", "4")
        self.assertIn("array=0-2", self.directives(script))
        self.assertIn("cpus-per-task=4", self.directives(script))
        self.assertNotIn("gres", script)
        worker = self.worker(script)
        self.assertEqual(worker[worker.index("--slots") + 1], "4")
        self.assertEqual(worker[worker.index("--device") + 1], "cpu")

    def test_what_is_given_after_the_dashes_stands(self):
        script = self.script("--option", "account=ml", "--",
                             "--exit-when-idle", "30m", "--slots", "2",
                             "--trainer", "python3 'my trainer.py' $HOME")
        worker = self.worker(script)
        for flag, value in [("--exit-when-idle", "30m"), ("--slots", "2"),
                            ("--trainer", "python3 'my trainer.py' $HOME")]:
            self.assertEqual(worker.count(flag), 1)
            self.assertEqual(worker[worker.index(flag) + 1], value)

    def test_every_path_is_one_word_and_absolute(self):
        odd = "it's \"$(touch x)\"; `y` #\n"
        shutil.copy(self.data, self.path(odd))
        script = self.script(data=f"code={odd}")
        self.assertIn(f"code={self.path(odd)}", self.worker(script))
        self.assertFalse(os.path.exists(self.path("x")))

    def test_a_folder_is_one_value_of_a_directive(self):
        script = self.script("--folder", "a b'#100%")
        self.assertIn(f'output="{self.path("a b")}\'#100%%/logs/%A_%a.log"',
                      self.directives(script))
        self.refused(2, "--output '", "--folder", 'a"b')
        self.refused(2, "--output '", "--folder", "a\n#SBATCH --uid=0")

    def test_the_script_goes_to_a_file(self):
        out = self.path("job one.sbatch")
        result = self.run_slurm("--out", out, "--array", "1,3,5-9:2%2")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, f"{out}: 5 workers; submit it by: "
                         f"sbatch {shlex.quote(out)}\n")
        with open(out, encoding="utf-8") as file:
            self.assertIn("#SBATCH --array=1,3,5-9:2%2\n", file.read())

    def test_no_sbatch(self):
        self.refused(1, "there is no sbatch on this machine; run this where "
                     "Slurm's commands are", "--submit")
        self.assertFalse(os.path.exists(self.path("shared")))

    def test_flags_that_contradict_each_other(self):
        self.refused(2, "--array 0-3 and --nodes 2 both say how many workers",
                     "--array", "0-3", "--nodes", "2")
        self.refused(2, "--option time=1: time is set by --time",
                     "--option", "time=1")
        self.refused(2, "--name after --: the script sets it", "--", "--name",
                     "w")
        self.refused(2, "give it before the --", "--nodes", "1", "--",
                     "--server=h:1")

    def test_values_that_are_none(self):
        for flag, value, message in [
                ("--time", "8h", "'8h' is no time limit; give HH:MM:SS"),
                ("--time", "00:01:59", "give at least 00:02:00"),
                ("--time", "00:99:00", "is no time limit"),
                ("--array", "0-3%0", "is no list of tasks"),
                ("--array", "3-0", "is no list of tasks"),
                ("--array", "0-3;rm", "is no list of tasks"),
                ("--gpus-per-node", "-1", "'-1' is no number of GPUs"),
                ("--gpus-per-node", "a b:1", "is no number of GPUs"),
                ("--nodes", "0", "is not a whole number from 1"),
                ("--option", "--account=ml", "without dashes"),
                ("--partition", "a\nb", "--partition 'a"),
                ("--server", "head", "'head' is not HOST:PORT")]:
            with self.subTest(flag=flag, value=value):
                self.refused(2, message, f"{flag}={value}")

    def test_what_the_worker_would_refuse(self):
        self.refused(2, "there is no such file or folder",
                     data="text=/nowhere/text")
        self.refused(2, "--slots 0", "--", "--slots", "0")

    def test_tokens(self):
        token = self.path("token")
        self.refused(2, "there is no such file", "--token-file", token)
        with open(token, "w", encoding="utf-8") as file:
            file.write("two words\n")
        os.chmod(token, 0o644)
        self.refused(2, "others can read it (mode 644); run chmod 600 ",
                     "--token-file", token)
        os.chmod(token, 0o600)
        self.refused(2, "holds no token", "--token-file", token)
        with open(token, "w", encoding="utf-8") as file:
            file.write("iso_" + "x" * 43 + "\n")
        # It would go to another machine in the clear.
        self.refused(2, "TLS", "--token-file", token)
        script = self.script("--token-file", "token",
                             environment={"ISOSHAPE_INSECURE": "1"})
        self.assertIn(f"export ISOSHAPE_TOKEN_FILE={token}\n", script)
        self.assertNotIn("iso_", script)
        self.refused(2, "ISOSHAPE_TOKEN would be kept by Slurm",
                     environment={"ISOSHAPE_TOKEN": "iso_x"})


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
