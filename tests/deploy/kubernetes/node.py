"""What fleet.py gives to the cluster of cluster.sh, and asks of it: images, volumes, the Secrets of
docs/deploy/kubernetes.md, and kubectl."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from programs import BIN, ROOT

PATIENCE = 600  # seconds for any one thing, for a machine that has much else to do
NAMESPACE = "isoshape"
USER = 10001  # whom the manifests run as


def run(*command, **options):
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **options,
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done.stdout


def kubectl(*words, **options) -> str:
    return run("kubectl", "-n", NAMESPACE, *words, **options)


def get(*words) -> dict:
    return json.loads(kubectl("get", *words, "-o", "json"))


def wait_until(what: str, condition, every: float = 0.2) -> float:
    """Seconds until it holds; the API of a cluster is asked again and again."""
    began = time.monotonic()
    tick = threading.Event()
    while not condition():
        if time.monotonic() - began > PATIENCE:
            raise AssertionError(f"not within {PATIENCE} s: {what}\n{kubectl('get', 'all')}")
        tick.wait(every)
    return time.monotonic() - began


def import_images(folder: Path, images: Path):
    """Ours, and the one that holds a pod's network, which the kubelet would fetch otherwise."""
    pause = folder / "pause"
    pause.mkdir(exist_ok=True)
    (pause / "pause.c").write_text("#include <unistd.h>\nint main(void) { for (;;) pause(); }\n")
    run("cc", "-static", "-Os", "-o", pause / "pause", pause / "pause.c")
    (pause / "Dockerfile").write_text('FROM scratch\nCOPY pause /\nENTRYPOINT ["/pause"]\n')
    store = [
        "--root",
        folder / "store",
        "--runroot",
        "/run/buildah",
        "--storage-driver",
        "vfs",
    ]
    run(
        "buildah",
        *store,
        "bud",
        "--isolation=chroot",
        "--tag",
        "isoshape.test/pause:1",
        pause,
    )
    archive = pause / "pause.tar"
    archive.unlink(missing_ok=True)
    run(
        *("buildah", *store, "push", "isoshape.test/pause:1"),
        f"oci-archive:{archive}:isoshape.test/pause:1",
    )
    version = re.search(r"project\(isoshape VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[
        1
    ]
    for file, name in (
        (archive, "isoshape.test/pause:1"),
        *(
            (
                images / f"isoshape-{part}-{version}.oci.tar",
                f"isoshape-{part}:{version}",
            )
            for part in ("coordinator", "worker")
        ),
    ):
        whole = name if "/" in name else f"docker.io/library/{name}"
        printed = run("ctr", "--namespace=k8s.io", "images", "import", "--all-platforms", file)
        (imported,) = re.findall(r"unpacking (\S+) ", printed)
        if imported != whole:
            run("ctr", "--namespace=k8s.io", "images", "tag", "--force", imported, whole)


def volume(name: str, path: Path, mode: str, claim: str) -> dict:
    """A folder of the node, for one claim."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "20Gi"},
            "accessModes": [mode],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
            "claimRef": {"namespace": NAMESPACE, "name": claim},
            "local": {"path": str(path)},
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {
                                    "key": "kubernetes.io/hostname",
                                    "operator": "In",
                                    "values": ["node"],
                                }
                            ]
                        }
                    ]
                }
            },
        },
    }


def claim(name: str, mode: str) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "accessModes": [mode],
            "storageClassName": "",
            "resources": {"requests": {"storage": "20Gi"}},
        },
    }


def make_volumes(folder: Path, packages: Path):
    """The StatefulSet brings its own claim."""
    things = []
    for name, path, mode, of in (
        ("data", folder / "data", "ReadWriteOnce", "data-isoshape-coordinator-0"),
        ("backup", folder / "backup", "ReadWriteOnce", "isoshape-backup"),
        ("python", packages, "ReadOnlyMany", "python"),
    ):
        things.append(volume(name, path, mode, of))
        if name != "data":
            things.append(claim(of, mode))
        if name != "python":
            shutil.rmtree(path, ignore_errors=True)  # of the run before
            path.mkdir()
            os.chown(path, USER, USER)
    kubectl(
        "apply",
        "-f",
        "-",
        input=json.dumps({"apiVersion": "v1", "kind": "List", "items": things}),
    )


def make_secrets(folder: Path):
    """By the page's own commands, both blocks of step 3."""
    page = (ROOT / "docs/deploy/kubernetes.md").read_text()
    blocks = re.findall(r"```sh\n((?:(?!```).)*?)```", page, re.DOTALL)
    (commands,) = (block for block in blocks if "openssl req" in block)
    (secrets,) = (block for block in blocks if "create secret" in block)
    secrets = secrets.replace("kubectl create namespace isoshape\n", "")
    (folder / "tokens").unlink(missing_ok=True)
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    run("sh", "-ec", commands + secrets, cwd=folder, env=environment)
