"""deploy/kubernetes/ as a cluster would be given it: rendered by kustomize, held against the
schemas of Kubernetes' API (kubernetes-validate has them), against what the programs of this build
take, and against itself. Of resources that others define (ServiceMonitor, ScaledObject) no package
has the schema: the fields that these manifests rely on are checked here, by hand."""

import os
import re
import socket
import ssl
import tempfile
import unittest
from pathlib import Path

import programs
import yaml
from manifests import KUBERNETES, containers, pods, render, renderer, settings_of
from programs import BIN, DEPLOY, ROOT

VERSIONS = ("1.31", "1.37")  # the oldest whose Jobs have all that is used, and the newest known
OTHERS = {"ServiceMonitor", "ScaledObject"}
PROGRAM_OF = {"coordinator": "isoshape-coordinator", "worker": "isoshape-worker"}


class CoordinatorTest(unittest.TestCase):
    """What needs no rendering: a coordinator that is started as these manifests start it."""

    def test_probes_are_answered(self):
        with tempfile.TemporaryDirectory() as folder, programs.Coordinator(folder) as coordinator:
            self.assertEqual(coordinator.get("/healthz"), "live\n")
            self.assertEqual(coordinator.get("/readyz"), "ready\n")

    def test_the_secrets_of_the_page_are_a_coordinators(self):
        # Its own commands, in a folder; the mode is that of a Secret's file.
        page = (ROOT / "docs/deploy/kubernetes.md").read_text()
        (commands,) = re.findall(r"```sh\n((?:(?!```).)*?openssl(?:(?!```).)*)```", page, re.DOTALL)
        text = (KUBERNETES / "components/monitoring/service-monitor.yaml").read_text()
        (monitor,) = (e for e in yaml.safe_load_all(text) if e["kind"] == "ServiceMonitor")
        name = monitor["spec"]["endpoints"][0]["tlsConfig"]["serverName"]
        with tempfile.TemporaryDirectory() as folder:
            made = programs.run(
                "sh", "-ec", commands, cwd=folder, env=os.environ | {"PATH": f"{BIN}:/usr/bin:/bin"}
            )
            self.assertEqual(made.returncode, 0, made.stderr)
            for file in Path(folder).iterdir():
                file.chmod(0o440)
            settings = yaml.safe_load((KUBERNETES / "base/coordinator-settings.yaml").read_text())
            settings |= {
                "db": f"{folder}/test.db",
                "address": "127.0.0.1:0",
                "http": "127.0.0.1:0",
            } | {
                key: f"{folder}/{Path(settings[key]).name}"
                for key in ("tokens", "tls-cert", "tls-key")
            }
            Path(folder, "coordinator.yaml").write_text(yaml.safe_dump(settings))
            with programs.Coordinator(
                folder, "--config", f"{folder}/coordinator.yaml"
            ) as coordinator:
                port = int(coordinator.url.rsplit(":", 1)[1])
                context = ssl.create_default_context(cafile=f"{folder}/tls.crt")
                for token, status in (("viewer", 200), ("fleet", 200), (None, 401)):
                    # As Prometheus asks: by address, and for the certificate of a name.
                    with context.wrap_socket(
                        socket.create_connection(("127.0.0.1", port)), server_hostname=name
                    ) as connection:
                        head = f"GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n"
                        if token:
                            text = Path(folder, f"{token}.token").read_text().strip()
                            head += f"Authorization: Bearer {text}\r\n"
                        connection.sendall(f"{head}\r\n".encode())
                        answer = connection.makefile().readline()
                    self.assertIn(f" {status} ", answer, token)


class KubernetesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if renderer() is None:
            raise unittest.SkipTest(
                "there is neither kustomize 5 nor kubectl 1.27 here, nor one that "
                "tools/kubernetes/build.sh has built"
            )
        cls.rendered = {
            folder.name: render(folder) for folder in sorted((KUBERNETES / "overlays").iterdir())
        }
        # Beside the demo's, as a user would add it.
        with tempfile.TemporaryDirectory() as folder:
            there = os.path.relpath(KUBERNETES, os.path.realpath(folder))
            Path(folder, "kustomization.yaml").write_text(
                "namespace: isoshape\n"
                f"resources: [{there}/base]\n"
                f"components: [{there}/components/workers, {there}/components/monitoring, "
                f"{there}/components/autoscaling]\n"
            )
            cls.rendered["autoscaling"] = render(Path(folder))
        with tempfile.TemporaryDirectory() as folder:
            there = os.path.relpath(KUBERNETES, os.path.realpath(folder))
            Path(folder, "kustomization.yaml").write_text(
                "namespace: isoshape\n"
                f"resources: [{there}/base]\ncomponents: [{there}/components/backup]\n"
            )
            cls.backup = render(Path(folder))
        cls.all = [each for manifests in cls.rendered.values() for each in manifests]

    def test_schemas(self):
        try:
            import kubernetes_validate
        except ImportError:
            self.skipTest("there is no kubernetes-validate in this Python")
        for overlay, manifests in [*self.rendered.items(), ("backup", self.backup)]:
            for each in manifests:
                if each["kind"] in OTHERS:
                    continue
                for version in VERSIONS:
                    with self.subTest(overlay=overlay, kind=each["kind"], version=version):
                        kubernetes_validate.validate(each, version, strict=True)

    def test_what_others_define(self):
        kinds = {each["kind"]: each for each in self.all if each["kind"] in OTHERS}
        self.assertEqual(set(kinds), OTHERS)
        monitor = kinds["ServiceMonitor"]["spec"]
        self.assertEqual(kinds["ServiceMonitor"]["apiVersion"], "monitoring.coreos.com/v1")
        (endpoint,) = monitor["endpoints"]
        chosen = [
            each
            for each in self.rendered["gpu"]
            if each["kind"] == "Service"
            and monitor["selector"]["matchLabels"].items() <= each["metadata"]["labels"].items()
        ]
        # One, so that nothing is counted twice; its name is the job of the alerts.
        (service,) = chosen
        self.assertEqual(service["metadata"]["name"], "isoshape")
        self.assertIn(endpoint["port"], [port["name"] for port in service["spec"]["ports"]])
        self.assertEqual(endpoint["tlsConfig"]["serverName"], service["metadata"]["name"])
        scaled = kinds["ScaledObject"]
        self.assertEqual(scaled["apiVersion"], "keda.sh/v1alpha1")
        (deployment,) = [e for e in self.rendered["autoscaling"] if e["kind"] == "Deployment"]
        self.assertEqual(scaled["spec"]["scaleTargetRef"], {"name": deployment["metadata"]["name"]})
        self.assertNotIn("replicas", deployment["spec"])  # or each apply undoes KEDA's
        (trigger,) = scaled["spec"]["triggers"]
        self.assertEqual(trigger["type"], "prometheus")
        # KEDA takes texts alone, and one trial more than nothing starts a worker.
        self.assertTrue(all(isinstance(v, str) for v in trigger["metadata"].values()))
        self.assertEqual(trigger["metadata"]["activationThreshold"], "0")

    def test_pods_are_confined(self):
        for name, pod, container in containers(self.all + self.backup):
            with self.subTest(name):
                of_pod, own = pod["securityContext"], container["securityContext"]
                self.assertTrue(of_pod["runAsNonRoot"])
                self.assertGreater(of_pod["runAsUser"], 0)
                self.assertEqual(of_pod["seccompProfile"], {"type": "RuntimeDefault"})
                self.assertFalse(own["allowPrivilegeEscalation"])
                self.assertTrue(own["readOnlyRootFilesystem"])
                self.assertEqual(own["capabilities"], {"drop": ["ALL"]})
                self.assertFalse(pod["automountServiceAccountToken"])
                self.assertIn("memory", container["resources"]["limits"])

    def test_flags_and_settings_are_the_programs(self):
        for name, pod, container in containers(self.all):
            program = PROGRAM_OF[container["name"]]
            with self.subTest(name):
                used = {word for word in container["args"] if word.startswith("--")}
                self.assertLessEqual(used, programs.flags_of(program))
                # A key that it does not know ends it by 2.
                with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                    yaml.safe_dump(settings_of(self.all, pod), file)
                    file.flush()
                    done = programs.run(BIN / program, "--config", file.name, "--version")
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_paths_are_mounted_and_names_found(self):
        for overlay, manifests in self.rendered.items():
            for name, pod, container in containers(manifests):
                with self.subTest(overlay=overlay, name=name):
                    mounts = {m["mountPath"]: m["name"] for m in container["volumeMounts"]}
                    volumes = {v["name"] for v in pod["volumes"]}
                    volumes |= {
                        claim["metadata"]["name"]
                        for each in manifests
                        if each["kind"] == "StatefulSet" and "volumes" in pod
                        for claim in each["spec"].get("volumeClaimTemplates", [])
                        if name == f"StatefulSet/{each['metadata']['name']}"
                    }
                    self.assertLessEqual(set(mounts.values()), volumes)
                    texts = [str(v) for v in settings_of(manifests, pod).values()]
                    texts += [e["value"] for e in container.get("env", []) if "value" in e]
                    texts += container["args"]
                    for path in re.findall(r"(?<![:\w])/[a-z][\w/.-]*", " ".join(texts)):
                        self.assertTrue(
                            any(path == m or path.startswith(m + "/") for m in mounts),
                            f"{path} is on the root file system, which is read-only",
                        )
                    for variable in re.findall(r"\$\((\w+)\)", " ".join(container["args"])):
                        self.assertIn(variable, [e["name"] for e in container["env"]])

    def test_a_backup_is_of_the_coordinators_database(self):
        by_kind = {each["kind"]: each for each in self.backup}
        (coordinator,), (backup,) = (
            [pod for name, pod in pods(self.backup) if name.startswith(kind)]
            for kind in ("StatefulSet", "CronJob")
        )
        (container,) = backup["containers"]
        self.assertEqual(container["image"], coordinator["containers"][0]["image"])
        (command,) = container["args"]
        database = settings_of(self.backup, coordinator)["db"]
        self.assertIn(f"isoshape backup --db {database} ", command)
        help_text = programs.run(BIN / "isoshape", "backup", "--help").stdout
        for flag in re.findall(r"--[a-z]+", command):
            self.assertIn(flag, help_text)
        # On the node and volume of the coordinator, which two pods of it may have.
        (rule,) = backup["affinity"]["podAffinity"][
            "requiredDuringSchedulingIgnoredDuringExecution"
        ]
        labels = by_kind["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
        self.assertLessEqual(rule["labelSelector"]["matchLabels"].items(), labels.items())
        (template,) = by_kind["StatefulSet"]["spec"]["volumeClaimTemplates"]
        self.assertEqual(template["spec"]["accessModes"], ["ReadWriteOnce"])
        claims = {
            v["persistentVolumeClaim"]["claimName"]
            for v in backup["volumes"]
            if "persistentVolumeClaim" in v
        }
        name = by_kind["StatefulSet"]["metadata"]["name"]
        self.assertEqual(claims, {f"{template['metadata']['name']}-{name}-0", "isoshape-backup"})

    def test_secrets_are_those_that_the_page_makes(self):
        page = (ROOT / "docs/deploy/kubernetes.md").read_text()
        made = {}
        for line in re.findall(r"create secret generic ((?:.*\\\n)*.*)", page):
            name = line.split()[0]
            made[name] = set(re.findall(r"--from-file=([\w.]+)[=\s]", line + " "))
        used = {}
        for _, pod in pods(self.all):
            for volume in pod["volumes"]:
                if "secret" in volume:
                    secret = volume["secret"]
                    keys = {item["key"] for item in secret.get("items", [])}
                    used.setdefault(secret["secretName"], set()).update(keys)
        for each in self.all:
            if each["kind"] == "ServiceMonitor":
                (endpoint,) = each["spec"]["endpoints"]
                for ref in (
                    endpoint["tlsConfig"]["ca"]["secret"],
                    endpoint["authorization"]["credentials"],
                ):
                    used.setdefault(ref["name"], set()).add(ref["key"])
        # Files of whole Secrets, by the paths that settings and variables name.
        for _, pod, container in containers(self.all):
            mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
            texts = [str(v) for v in settings_of(self.all, pod).values()]
            texts += [e["value"] for e in container.get("env", []) if "value" in e]
            for volume in pod["volumes"]:
                if "secret" in volume:
                    path = re.escape(mounts[volume["name"]])
                    names = re.findall(rf"{path}/([\w.]+)", " ".join(texts))
                    self.assertTrue(names, f"nothing reads {path}")
                    used[volume["secret"]["secretName"]].update(names)
        self.assertEqual(set(used), set(made))
        for name, keys in used.items():
            self.assertLessEqual(keys, made[name], name)

    def test_environment_is_read_by_the_code(self):
        sources = (ROOT / "common").rglob("*.cc"), (ROOT / "worker").rglob("*.cc")
        read = {
            name
            for folder in sources
            for file in folder
            for name in re.findall(r'"(ISOSHAPE_[A-Z_]+|HOME)"', file.read_text())
        }
        for name, _, container in containers(self.all):
            for variable in container.get("env", []):
                if variable["name"].startswith("ISOSHAPE_"):
                    self.assertIn(variable["name"], read, name)

    def test_ports_and_probes(self):
        for overlay, manifests in self.rendered.items():
            services = [each for each in manifests if each["kind"] == "Service"]
            for name, pod, container in containers(manifests):
                with self.subTest(overlay=overlay, name=name):
                    settings = settings_of(manifests, pod)
                    ports = {p["name"]: p["containerPort"] for p in container["ports"]}
                    listens = {"http": settings["http"], "grpc": settings.get("address")}
                    if container["name"] == "worker":
                        listens = {"probes": settings["http"]}
                        host, port = settings["server"].split(":")
                        (service,) = [s for s in services if s["metadata"]["name"] == host]
                        self.assertIn(int(port), [p["port"] for p in service["spec"]["ports"]])
                    self.assertEqual(
                        {k: int(v.rsplit(":", 1)[1]) for k, v in listens.items()}, ports
                    )
                    tls = "HTTPS" if "tls-cert" in settings else "HTTP"
                    # What restarts it is never what waits for a person.
                    for probe, path in (
                        ("startupProbe", "/healthz"),
                        ("livenessProbe", "/healthz"),
                        ("readinessProbe", "/readyz"),
                    ):
                        asks = container[probe]["httpGet"]
                        self.assertEqual(asks["path"], path)
                        self.assertIn(asks["port"], ports)
                        self.assertEqual(asks.get("scheme", "HTTP"), tls)
            (coordinator,) = [c for _, _, c in containers(manifests) if c["name"] == "coordinator"]
            named = {p["name"] for p in coordinator["ports"]}
            for service in services:
                for port in service["spec"]["ports"]:
                    self.assertIn(port["targetPort"], named)

    def test_selectors_choose_what_is_there(self):
        for overlay, manifests in self.rendered.items():
            labels = [
                each["spec"]["template"]["metadata"]["labels"]
                for each in manifests
                if each["kind"] in ("StatefulSet", "Deployment", "Job")
            ]
            for each in manifests:
                chooser = {
                    "Service": lambda s: s["selector"],
                    "NetworkPolicy": lambda s: s["podSelector"]["matchLabels"],
                    "PodDisruptionBudget": lambda s: s["selector"]["matchLabels"],
                }.get(each["kind"])
                if chooser:
                    chosen = chooser(each["spec"])
                    with self.subTest(overlay=overlay, name=each["metadata"]["name"]):
                        self.assertTrue(any(chosen.items() <= each.items() for each in labels))

    def test_no_budget_holds_up_a_node_that_is_drained(self):
        # One in per cent, over pods of what has no scale, allows no eviction at all.
        with_budget = set()
        for overlay, manifests in self.rendered.items():
            budgets = [e for e in manifests if e["kind"] == "PodDisruptionBudget"]
            with self.subTest(overlay):
                if any(each["kind"] == "Job" for each in manifests):
                    self.assertEqual(budgets, [])
            with_budget.update({overlay} if budgets else ())
        self.assertEqual(with_budget, {"demo", "autoscaling"})

    def test_ends_take_as_long_as_those_of_systemd(self):
        for name, pod, container in containers(self.all):
            if container["name"] == "worker":
                unit = (DEPLOY / "systemd/isoshape-worker.service").read_text()
                seconds = int(re.search(r"TimeoutStopSec=(\d+)", unit)[1])
                self.assertEqual(pod["terminationGracePeriodSeconds"], seconds, name)

    def test_a_job_counts_only_what_is_done(self):
        jobs = [each for each in self.all if each["kind"] == "Job"]
        self.assertTrue(jobs)
        for job in jobs:
            spec = job["spec"]
            self.assertEqual(spec["completions"], spec["parallelism"])
            self.assertEqual(spec["completionMode"], "Indexed")
            by_code = {
                code: rule["action"]
                for rule in spec["podFailurePolicy"]["rules"]
                for code in rule.get("onExitCodes", {}).get("values", [])
            }
            self.assertEqual(by_code, {75: "Ignore", 2: "FailJob"})
            # Which its program says of itself.
            self.assertIn("75", programs.run(BIN / "isoshape-worker", "--help").stdout)
            args = spec["template"]["spec"]["containers"][0]["args"]
            self.assertIn("--exit-when-idle", args)

    def test_what_dev_fleet_changes_is_there(self):
        for overlay in ("standing", "job"):
            self.assertTrue(render(ROOT / "tests/deploy/kubernetes" / overlay), overlay)

    def test_images_are_of_this_version(self):
        version = re.search(
            r"project\(isoshape VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()
        )[1]
        for _, _, container in containers(self.all):
            self.assertEqual(container["image"].rsplit(":", 1)[1], version)

    def test_the_network_lets_workers_through(self):
        for manifests in self.rendered.values():
            rules = {
                e["metadata"]["name"]: e["spec"] for e in manifests if e["kind"] == "NetworkPolicy"
            }
            of_coordinator = rules["isoshape-coordinator"]
            self.assertEqual(of_coordinator["egress"], [])
            worker = {
                "app.kubernetes.io/name": "isoshape",
                "app.kubernetes.io/component": "worker",
            }
            self.assertTrue(
                any(
                    {"port": "grpc"} in rule["ports"]
                    and any(
                        p.get("podSelector", {}).get("matchLabels") == worker for p in rule["from"]
                    )
                    for rule in of_coordinator["ingress"]
                )
            )
            self.assertEqual(rules["isoshape-worker"]["ingress"], [])


if __name__ == "__main__":
    programs.main()
