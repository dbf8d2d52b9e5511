"""The manifests of deploy/kubernetes/ as kustomize renders them, and what lies in them."""

from pathlib import Path

import programs
import yaml
from programs import DEPLOY, ROOT

KUBERNETES = DEPLOY / "kubernetes"


def renderer():
    """Of a kustomize that knows what these manifests use."""
    if programs.version_of(r"v(\d+)\.", "kustomize", "version") >= 5:
        return ["kustomize", "build"]
    # The second is built by tools/kubernetes/build.sh.
    for kubectl in ("kubectl", str(ROOT / ".deps/kubernetes/bin/kubectl")):
        if programs.version_of(r"v1\.(\d+)", kubectl, "version", "--client", "--output=yaml") >= 27:
            return [kubectl, "kustomize"]
    return None


def render(folder: Path) -> list[dict]:
    done = programs.run(*renderer(), folder)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def pods(manifests):
    """(name, pod) of each that starts any."""
    for each in manifests:
        spec = each.get("spec", {})
        if each["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if each["kind"] in ("StatefulSet", "Deployment", "Job", "CronJob"):
            yield f"{each['kind']}/{each['metadata']['name']}", spec["template"]["spec"]


def containers(manifests):
    for name, pod in pods(manifests):
        for container in pod["containers"]:
            yield name, pod, container


def settings_of(manifests, pod) -> dict:
    """The file of settings that the pod's program reads."""
    names = [v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v]
    # The same in several overlays, for the name tells the content.
    found = {
        text
        for each in manifests
        if each["kind"] == "ConfigMap" and each["metadata"]["name"] in names
        for text in each["data"].values()
    }
    assert len(names) == len(found) == 1, f"{names}: not one ConfigMap of that name"
    return yaml.safe_load(found.pop())
