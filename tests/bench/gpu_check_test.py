"""Tests of bench/gpu_check over trainers that are made up."""
import contextlib
import io
import math
import os
import sys
import tempfile
import unittest

from gpu_check import machine
from gpu_check.__main__ import parse_arguments
from gpu_check.budget import Budget
from gpu_check.curves import difference
from gpu_check.kernel_profile import parse_rows
from gpu_check.peer import parse_speed
from gpu_check.report import Report, shown
from gpu_check.run_lines import TINY, RunLines, names, with_seeds
from gpu_check.setting import NOT_RUN, Setting
from gpu_check.speed import SteadyReader, judge, measure
from gpu_check.trainer_process import NO_ANSWER, SUCCEEDED, Answer, Trainer

FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "fake_trainer.py")


def succeeded(curve):
    return Answer(curve, {"outcome": SUCCEEDED})


def setting_of(mode, budget=600.0, device="cpu", dry=False):
    """A setting over a made-up trainer, and the lines that it reports."""
    lines = []
    return Setting([sys.executable, FAKE, mode], device, dry, RunLines("/data"),
                   Report(lines.append), Budget(budget)), lines


class DifferenceTest(unittest.TestCase):

    def test_is_the_largest_relative_one_and_its_step(self):
        apart = difference({1: 2.0, 2: 3.3, 3: 4.0}, {1: 2.0, 2: 3.0, 3: 4.2})
        self.assertAlmostEqual(apart.value, 0.1)
        self.assertEqual(apart.step, 2)

    def test_is_infinite_when_curves_share_too_few_steps(self):
        whole = {step: 1.0 for step in range(10)}
        self.assertEqual(difference({}, {}).value, math.inf)
        self.assertEqual(difference({0: 1.0}, whole).value, math.inf)
        most = {step: 1.0 for step in range(8)}
        self.assertEqual(difference(most, whole).value, 0)

    def test_is_infinite_when_a_loss_is_missing_or_not_a_number(self):
        for loss in (None, math.nan, math.inf):
            self.assertEqual(difference({1: loss}, {1: 1.0}).value, math.inf)
            self.assertEqual(difference({1: 1.0}, {1: loss}).value, math.inf)


class ReportTest(unittest.TestCase):

    def test_values_are_one_word_or_quoted(self):
        self.assertEqual(shown(0.25), "0.25")
        self.assertEqual(shown(None), "-")
        self.assertEqual(shown("passed"), "passed")
        self.assertEqual(shown("NVIDIA H100"), "'NVIDIA H100'")
        self.assertEqual(shown("it's\nbroken"), "'it\"s broken'")
        self.assertEqual(shown(""), "''")

    def test_passes_when_all_held_and_names_what_was_skipped(self):
        lines = []
        report = Report(lines.append)
        report.check("one", True)
        report.skip("two", "no time left")
        self.assertEqual(report.verdict(), 0)
        self.assertIn("gpu_check=passed checks=1 failed=none skipped=two",
                      lines[-1])

    def test_fails_when_one_did_not_hold_and_when_none_was_made(self):
        lines = []
        report = Report(lines.append)
        self.assertEqual(report.verdict(), 1)
        report.check("one", True)
        report.check("two", False, difference=0.5)
        self.assertIn("check=two result=FAILED difference=0.5", lines)
        self.assertEqual(report.verdict(), 1)
        self.assertIn("gpu_check=failed checks=2 failed=two", lines[-1])


class BudgetTest(unittest.TestCase):

    def test_limits_what_is_begun_by_what_is_left(self):
        now = [100.0]
        budget = Budget(30, clock=lambda: now[0])
        self.assertEqual(budget.limit(20), 20)
        now[0] += 25
        self.assertEqual(budget.limit(20), 5)
        self.assertTrue(budget.allows(5))
        self.assertFalse(budget.allows(6))
        now[0] += 25
        self.assertEqual(budget.limit(20), 1)


class RunLinesTest(unittest.TestCase):

    def test_replicas_differ_in_name_and_seed(self):
        line = RunLines("/data").line(TINY, 5)
        self.assertEqual(names(line), ["r"])
        self.assertEqual(with_seeds(line, 1), line)
        both = with_seeds(line, 2)
        self.assertEqual(names(both), ["x0", "x1"])
        self.assertEqual([own["seed"] for own in both["replicas"]], [0, 1])

    def test_options_override_the_default_shape(self):
        lines = RunLines("/data")
        line = lines.line(TINY, 5, shape={"vocab": 257},
                          data="synthetic:recall")
        self.assertEqual(line["shape"]["vocab"], 257)
        self.assertEqual(line["data"]["path"], "synthetic:recall")
        self.assertEqual(lines.gpt2(TINY, 5)["data"]["path"], "/data/text")
        large = lines.gpt2(TINY._replace(vocab=50304), 5)
        self.assertEqual(large["data"]["path"], "/data/tokens.bin")


class TrainerTest(unittest.TestCase):

    def run_of(self, mode, seconds=30):
        with Trainer([sys.executable, FAKE, mode]) as trainer:
            return trainer.run(RunLines("/data").line(TINY, 2), seconds)

    def test_answers_with_curve_and_outcome(self):
        answer = self.run_of("succeed")
        self.assertEqual(answer.outcome, SUCCEEDED)
        self.assertEqual(answer.curve, {1: 3.0, 2: 1.5})

    def test_answers_of_replicas_come_by_name(self):
        with Trainer([sys.executable, FAKE, "succeed"]) as trainer:
            answers = trainer.run_all(
                with_seeds(RunLines("/data").line(TINY, 2), 3), 30)
        self.assertEqual(list(answers), ["x0", "x1", "x2"])
        self.assertEqual({answer.outcome for answer in answers.values()},
                         {SUCCEEDED})

    def test_says_why_a_trainer_that_died_gave_no_answer(self):
        answer = self.run_of("die")
        self.assertEqual(answer.outcome, NO_ANSWER)
        self.assertEqual(answer.error, "the trainer has ended: out of luck")

    def test_ends_a_trainer_that_hangs(self):
        answer = self.run_of("hang", seconds=0.5)
        self.assertEqual(answer.outcome, NO_ANSWER)
        self.assertIn("no answer in time", answer.error)


class SettingTest(unittest.TestCase):

    def test_a_run_without_time_is_skipped_and_not_failed(self):
        setting, lines = setting_of("hang", budget=2.5)
        answer = setting.alone_one(setting.lines.line(TINY, 2))
        self.assertEqual(answer.outcome, NOT_RUN)
        setting.compare("slow", answer, succeeded({1: 1.0}), 1e-3)
        setting.expect("slower", answer, SUCCEEDED)
        self.assertEqual(setting.report.skipped, ["slow", "slower"])
        self.assertEqual(setting.report.failed, [])
        self.assertEqual(lines[0], "skipped=slow why='no time left'")

    def test_compares_losses_and_outcomes(self):
        setting, _ = setting_of("succeed")
        one = succeeded({1: 1.0})
        setting.compare("equal", one, succeeded({1: 1.0005}), 1e-3)
        setting.compare("apart", one, succeeded({1: 1.1}), 1e-3)
        failed = Answer({1: 1.0}, {"outcome": "failed", "error": "no"})
        setting.compare("broken", failed, one, 1e-3)
        self.assertEqual(setting.report.passed, ["equal"])
        self.assertEqual(setting.report.failed, ["apart", "broken"])

    def test_a_dry_run_wants_answers_alone(self):
        setting, _ = setting_of("succeed", dry=True)
        one = succeeded({1: 1.0})
        diverged = Answer({}, {"outcome": "diverged"})
        setting.compare("answered", diverged, one, 1e-3)
        for outcome in ("failed", NO_ANSWER):
            setting.compare(outcome, Answer({}, {"outcome": outcome}), one, 1)
        self.assertEqual(setting.report.passed, ["answered"])
        self.assertEqual(setting.report.failed, ["failed", NO_ANSWER])

    def test_expects_an_outcome_with_its_reason(self):
        setting, _ = setting_of("succeed")
        answer = Answer({}, {"outcome": "failed", "error": "vocab 64"})
        setting.expect("told", answer, "failed", reason="vocab")
        setting.expect("other", answer, "failed", reason="memory")
        self.assertEqual(setting.report.passed, ["told"])
        self.assertEqual(setting.report.failed, ["other"])


class SpeedTest(unittest.TestCase):

    def points(self, reader, count):
        return [reader.take({"step": step, "tokens": 100 * step,
                             "elapsed_seconds": 9 if step < 4 else 9 + step})
                for step in range(1, count + 1)]

    def test_leaves_the_start_up_out(self):
        reader = SteadyReader(2)
        # The fourth is the first that counts; two seconds later is the sixth.
        self.assertEqual(self.points(reader, 6), [False] * 5 + [True])
        self.assertEqual(reader.speed(), (100.0, 1.0))

    def test_has_no_speed_without_two_points(self):
        reader = SteadyReader(2)
        self.points(reader, 4)
        self.assertIsNone(reader.speed())

    def test_adds_up_replicas_and_stops_them(self):
        setting, _ = setting_of("stop")
        line = with_seeds(setting.lines.gpt2(TINY, 10**7), 3)
        speed = measure(setting, line, 2)
        self.assertIsNone(speed.trouble)
        self.assertAlmostEqual(speed.tokens_per_second, 3 * 200)
        self.assertAlmostEqual(speed.step_seconds, 0.5)

    def test_says_why_there_is_no_speed(self):
        setting, _ = setting_of("die")
        speed = measure(setting, setting.lines.gpt2(TINY, 10), 2)
        self.assertEqual(speed.tokens_per_second, 0)
        self.assertIn("out of luck", speed.trouble)

    def test_goals_are_judged_on_a_gpu_and_need_the_peer(self):
        setting, _ = setting_of("succeed", device="cuda")
        judge(setting, "reached", 6.5, 10.0, 0.65)
        judge(setting, "missed", 6.4, 10.0, 0.65)
        judge(setting, "alone", 6.4, None, 0.65)
        self.assertEqual(setting.report.passed, ["reached"])
        self.assertEqual(setting.report.failed, ["missed"])
        self.assertEqual(setting.report.skipped, ["alone"])
        elsewhere, _ = setting_of("succeed")
        judge(elsewhere, "missed", 1.0, 10.0, 0.65)
        self.assertEqual(elsewhere.report.failed, [])

    def test_reads_the_peer(self):
        self.assertEqual(
            parse_speed("torch=2.11\ntokens_per_second=459000 gflops=1.0"),
            459000)
        self.assertEqual(parse_speed("Traceback"), 0)


class MachineTest(unittest.TestCase):

    def test_reads_the_first_card(self):
        self.assertEqual(
            machine.parse_query("NVIDIA H100 80GB HBM3, 580.159.04, 81559, "
                                "700.00\nNVIDIA H100, 1, 2, 3\n"),
            {"gpu": "NVIDIA H100 80GB HBM3", "driver": "580.159.04",
             "memory_mib": "81559", "power_limit_w": "700.00", "gpus": 2})
        self.assertEqual(machine.parse_query(""), {})

    def test_reads_the_versions_of_a_torch_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(machine.versions(folder),
                             {"torch": None, "cuda": None})
            with open(os.path.join(folder, "version.py"), "w",
                      encoding="utf-8") as file:
                file.write("__version__ = '2.11.0+cu130'\n"
                           "cuda: Optional[str] = '13.0'\n")
            self.assertEqual(machine.versions(folder),
                             {"torch": "2.11.0+cu130", "cuda": "13.0"})

    def test_says_why_a_trainer_cannot_be_checked(self):
        self.assertIn("no program /nowhere/trainer",
                      machine.why_not([], "/nowhere/trainer", "cuda"))
        self.assertIn("built without CUDA",
                      machine.why_not([], "/bin/sh", "cuda"))
        command = [sys.executable, FAKE]
        self.assertEqual(
            machine.why_not([*command, "unusable"], "/bin/sh", "cpu"),
            "no usable GPU")
        self.assertIsNone(
            machine.why_not([*command, "succeed"], "/bin/sh", "cpu"))


class FlagsTest(unittest.TestCase):

    def test_parts_are_taken_by_name(self):
        self.assertEqual(parse_arguments(["--only", "smoke,speed"]).only,
                         ["smoke", "speed"])
        with self.assertRaises(SystemExit) as refused:
            with contextlib.redirect_stderr(io.StringIO()) as text:
                parse_arguments(["--only", "speeds"])
        self.assertEqual(refused.exception.code, 2)
        self.assertIn("no part 'speeds'", text.getvalue())

    def test_rows_of_kernels_come_by_their_time(self):
        self.assertEqual(
            parse_rows(["0.5\t3\tnorm\n", "2.5\t1\tgemm<a, b>\n"]),
            [(2.5, 1, "gemm<a, b>"), (0.5, 3, "norm")])


if __name__ == "__main__":
    unittest.main()
