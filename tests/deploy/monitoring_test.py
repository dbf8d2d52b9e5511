"""Alert rules and dashboard: promtool reads the rules and runs their unit tests, and each metric,
label and value that they name is one that a real coordinator gives to whoever scrapes it. What it
gives is named as Prometheus has it, and explained."""

import json
import re
import shutil
import tempfile
import unittest

import programs
import yaml
from programs import DEPLOY

RULES = DEPLOY / "prometheus/isoshape-rules.yaml"
DASHBOARD = DEPLOY / "grafana/isoshape-dashboard.json"
SCALED = DEPLOY / "kubernetes/components/autoscaling/scaled-object.yaml"
# Prometheus' own.
OF_PROMETHEUS = {"up"}


def expressions():
    """(where, expression) of everything that asks."""
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for trigger in yaml.safe_load(SCALED.read_text())["spec"]["triggers"]:
        yield "ScaledObject", trigger["metadata"]["query"]


def metrics_of(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:isoshape|process)_\w+|\bup\b", expression))


class MonitoringTest(unittest.TestCase):
    def promtool(self, *arguments, **options):
        if shutil.which("promtool") is None:
            self.skipTest("there is no promtool here (Debian: prometheus)")
        done = programs.run("promtool", *arguments, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_rules_are_read(self):
        self.promtool("check", "rules", RULES)

    def test_rules_fire_when_they_should_and_not_otherwise(self):
        self.promtool("test", "rules", RULES.with_name("isoshape-rules-test.yaml"))

    def test_each_rule_has_a_test_that_it_fires(self):
        tests = yaml.safe_load(RULES.with_name("isoshape-rules-test.yaml").read_text())["tests"]
        fires = {
            name
            for test in tests
            for name in re.findall(
                r"Isoshape\w+",
                json.dumps(
                    [t for t in test.get("alert_rule_test", []) if t.get("exp_alerts")]
                    + [t for t in test.get("promql_expr_test", []) if t["exp_samples"]]
                ),
            )
        }
        alerts = {
            rule["alert"]
            for group in yaml.safe_load(RULES.read_text())["groups"]
            for rule in group["rules"]
        }
        self.assertEqual(alerts - fires, set())

    def test_expressions_of_the_dashboard_are_promql(self):
        # As rules, which promtool reads; Grafana's own variables stand for values.
        rules = []
        for number, (_, expression) in enumerate(expressions()):
            text = expression.replace("$__rate_interval", "5m").replace("$job", "isoshape")
            rules.append({"record": f"test:{number}", "expr": text})
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump({"groups": [{"name": "test", "rules": rules}]}, file)
            file.flush()
            self.promtool("check", "rules", file.name)

    def test_panels_of_the_dashboard_have_places_of_their_own_and_are_counted(self):
        taken = set()
        dashboard = json.loads(DASHBOARD.read_text())
        ids = [panel["id"] for panel in dashboard["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        docs = (programs.ROOT / "docs/deploy/monitoring.md").read_text()
        self.assertIn(f"a dashboard of {len(ids)} panels", docs)
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            self.assertLessEqual(at["x"] + at["w"], 24)
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells

    def scraped(self) -> str:
        with tempfile.TemporaryDirectory() as folder, programs.Coordinator(folder) as coordinator:
            # Families that have no members before something has happened.
            coordinator.isoshape(
                "campaign", "create", "--data", "synthetic:markov", "--budgets", "1e10,2e10",
            )  # fmt: skip
            return coordinator.get("/metrics")

    def test_names_and_help_of_metrics_are_as_prometheus_has_them(self):
        self.promtool("check", "metrics", input=self.scraped())

    def test_every_metric_is_in_the_docs(self):
        docs = (programs.ROOT / "docs/operations.md").read_text()
        metrics = set(re.findall(r"^# TYPE (isoshape_\w+)", self.scraped(), re.MULTILINE))
        self.assertIn("isoshape_disk_silence_seconds", metrics)
        self.assertEqual({name for name in metrics if not re.search(rf"`{name}\W", docs)}, set())

    def test_every_metric_is_one_of_a_coordinator(self):
        text = self.scraped()
        there = set(re.findall(r"^([a-z_]+)(?:\{| )", text, re.MULTILINE))
        states = set(re.findall(r'^isoshape_trials\{state="(\w+)"', text, re.MULTILINE))
        campaigns = set(re.findall(r'^isoshape_campaigns\{state="(\w+)"', text, re.MULTILINE))
        self.assertIn("pending", states)
        for where, expression in expressions():
            with self.subTest(where):
                self.assertLessEqual(metrics_of(expression) - OF_PROMETHEUS, there)
                for metric, values in re.findall(
                    r'(isoshape_\w+)\{[^}]*state=~?"([\w|]+)"', expression
                ):
                    known = campaigns if metric == "isoshape_campaigns" else states
                    self.assertLessEqual(set(values.split("|")), known)


if __name__ == "__main__":
    programs.main()
