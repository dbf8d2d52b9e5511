"""deploy/kubernetes on the real thing, of `./dev fleet kubernetes`: the node of cluster.sh, our
images as its pods, and campaigns that the Deployment trains, then the Job, while pods are
deleted and evicted and processes killed. Every trial ends once, and what becomes of the Job's
counts is what docs/deploy/kubernetes.md says. Prints what it measured.

usage: fleet.py FOLDER IMAGES PYTHON_PACKAGES   (inside cluster.sh; PYTHON_PACKAGES has torch)
"""

import collections
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from node import (
    BIN,
    NAMESPACE,
    ROOT,
    get,
    import_images,
    kubectl,
    make_secrets,
    make_volumes,
    run,
    wait_until,
)

HERE = Path(__file__).resolve().parent
BUDGET = "5e10"  # FLOPs: trials of a second or more


def say(text: str):
    print(f"fleet kubernetes: {text}", flush=True)


# --------------------------------------------------------------------------------- the campaigns


class Work:
    """Campaigns of ten short trials, one after the other, so that some always wait while things
    are ended, however fast the machine is; seen by the command line through the Service, with TLS
    and the token of a user."""

    def __init__(self, name: str, folder: Path):
        self.name = name
        self.begun = 0
        self.environment = os.environ | {
            "ISOSHAPE_SERVER": "isoshape:50551",
            "ISOSHAPE_TLS_CA": str(folder / "tls.crt"),
            "ISOSHAPE_TOKEN_FILE": str(folder / "me.token"),
        }
        self.enough = threading.Event()
        self.begin()
        self.thread = threading.Thread(target=self.keep_up, daemon=True)
        self.thread.start()

    def begin(self):
        self.begun += 1  # tried or done: which of the two an unanswered call does not say
        self.isoshape(
            *("campaign", "create", "--id", f"{self.name}-{self.begun}"),
            *("--data", "synthetic:markov,order=2"),
            *("--budgets", BUDGET, "--sizes", "5", "--seeds", "2"),
        )

    def keep_up(self):
        while not self.enough.wait(1):
            try:
                if sum(trial["state"] == "pending" for trial in self.trials()) < 5:
                    self.begin()
            except (AssertionError, subprocess.TimeoutExpired):
                pass  # its coordinator is being ended

    def isoshape(self, *words) -> str:
        return run(BIN / "isoshape", *words, env=self.environment)

    def campaigns(self) -> list[str]:
        listed = json.loads(self.isoshape("campaign", "list", "--output=json"))["campaigns"]
        names = [each["name"].removeprefix("campaigns/") for each in listed]
        return [name for name in names if name.startswith(f"{self.name}-")]

    def trials(self) -> list[dict]:
        return [trial for name in self.campaigns() for trial in self.trials_of(name)]

    def trials_of(self, campaign: str) -> list[dict]:
        return json.loads(self.isoshape("trial", "list", campaign, "--output=json"))["trials"]

    def trials_at(self, worker: str) -> set[str]:
        """Those that it trains."""
        return {
            trial["name"]
            for trial in self.trials()
            if trial["state"] == "leased" and trial["worker"] == f"workers/{worker}"
        }

    def wait_until_it_trains(self, worker: str):
        wait_until(f"{worker} has a trial", lambda: self.trials_at(worker), every=0.5)

    def expect_each_ended_once(self, lost: range):
        """And no more campaigns, from now on."""
        self.enough.set()
        self.thread.join()
        campaigns = self.campaigns()
        for name in campaigns:
            # Ends with the campaign.
            events = self.isoshape("campaign", "watch", name, "--output=json")
            changes = [json.loads(line) for line in events.splitlines()]
            assert changes[-1]["campaign_state"] == "completed", changes[-1]
            ended = collections.Counter(
                (change["trial"], change["trial_state"])
                for change in changes
                if change["kind"] == "trial_changed"
                and change["trial_state"] not in ("pending", "leased")
            )
            assert ended == {(t["name"], "succeeded"): 1 for t in self.trials_of(name)}, ended
        trials = self.trials()
        leases = sum(trial.get("lost_leases", 0) for trial in trials)
        assert leases in lost, f"{leases} lost leases, not {lost}"
        say(
            f"{self.name}: {len(trials)} trials of {len(campaigns)} campaigns, each ended "
            f"once; lost results: none; lost leases: {leases}"
        )


def workers() -> list[dict]:
    """Pods that have not ended and are not about to."""
    pods = get("pods", "-l", "app.kubernetes.io/component=worker")["items"]
    return [
        pod
        for pod in pods
        if pod["status"]["phase"] in ("Pending", "Running")
        and "deletionTimestamp" not in pod["metadata"]
    ]


def is_ready(pod: dict) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def wait_for_workers(count: int, but: str = "") -> float:
    """Until so many are ready, without that pod (by its uid)."""
    return wait_until(
        f"{count} workers are ready",
        lambda: sum(is_ready(p) and p["metadata"]["uid"] != but for p in workers()) == count,
    )


def uid_of(pod: str) -> str:
    return get("pod", pod)["metadata"]["uid"]


def evict(pod: str):
    """As a drained node does: a disruption budget may say no, and is asked again."""
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": NAMESPACE},
    }
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
    kubectl("create", "--raw", path, "-f", "-", input=json.dumps(body))


def delete(pod: str, *how: str):
    kubectl("delete", "pod", pod, "--wait=false", *how)


def signal_process(program: str, variable: str, number: int):
    """To the process of a pod, from outside, as the kernel's OOM killer does it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if Path(os.fsdecode(words[0])).name == program and variable.encode() in variables:
            found.append(int(process.name))
    assert len(found) == 1, f"{program} with {variable}: {found}"
    os.kill(found[0], number)


def coordinator() -> dict:
    try:
        return get("pod", "isoshape-coordinator-0")
    except AssertionError:
        return {"metadata": {"uid": ""}, "status": {}}


def wait_for_coordinator(other_than: tuple[str, int]) -> float:
    """Until it is ready again, as another pod or with more restarts."""

    def again():
        pod = coordinator()
        restarts = sum(c["restartCount"] for c in pod["status"].get("containerStatuses", []))
        return is_ready(pod) and (pod["metadata"]["uid"], restarts) != other_than

    return wait_until("the coordinator is ready again", again)


def which_coordinator() -> tuple[str, int]:
    pod = coordinator()
    return pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"]


# ------------------------------------------------------------------------------------- the tests


def apply(overlay: str) -> float:
    kubectl("apply", "-k", HERE / overlay)
    return time.monotonic()


def standing_fleet(folder: Path):
    began = apply("standing")
    wait_for_coordinator(("", 0))
    say(f"the coordinator is ready {time.monotonic() - began:.1f} s after kubectl apply")
    wait_for_workers(2)
    say(f"two workers are ready {time.monotonic() - began:.1f} s after kubectl apply")
    work = Work("standing", folder)

    for what, end in (("deleted", delete), ("evicted", evict)):
        name = workers()[0]["metadata"]["name"]
        work.wait_until_it_trains(name)
        uid = uid_of(name)
        end(name)
        left = wait_until("its trials are given back", lambda n=name: not work.trials_at(n))
        took = wait_for_workers(2, but=uid)
        say(f"a worker {what}: its trial back after {left:.1f} s, another ready {took:.1f} s later")

    name = workers()[0]["metadata"]["name"]
    work.wait_until_it_trains(name)
    signal_process("isoshape-worker", f"POD_NAME={name}", signal.SIGKILL)
    took = wait_until(
        "the container is started again",
        lambda: get("pod", name)["status"]["containerStatuses"][0]["restartCount"] == 1,
    )
    say(f"a worker's process killed: its container started again after {took:.1f} s")

    for what, end in (
        ("pod deleted", lambda: delete("isoshape-coordinator-0")),
        (
            "pod deleted without grace",
            lambda: kubectl(
                "delete", "pod", "isoshape-coordinator-0", "--grace-period=0", "--force"
            ),
        ),
        (
            "process killed",
            lambda: signal_process(
                "isoshape-coordinator",
                "HOSTNAME=isoshape-coordinator-0",
                signal.SIGKILL,
            ),
        ),
    ):
        before = which_coordinator()
        end()
        took = wait_for_coordinator(before)
        work.trials()
        say(f"the coordinator's {what}: ready again after {took:.1f} s")
    work.expect_each_ended_once(lost=range(3))  # of two slots


def backup(folder: Path):
    kubectl("create", "job", "now", "--from=cronjob/isoshape-backup")
    took = wait_until("a backup is made", lambda: get("job", "now")["status"].get("succeeded") == 1)
    (copy,) = (folder / "backup").glob("hour-*.db")
    restored = folder / "restored.db"
    restored.unlink(missing_ok=True)
    run(BIN / "isoshape", "restore", copy, "--db", restored)
    say(f"a backup by the CronJob took {took:.1f} s, and restores")


def job_counts() -> dict:
    status = get("job", "isoshape-worker")["status"]
    return {key: status.get(key, 0) for key in ("succeeded", "failed")}


def job_fleet(folder: Path):
    kubectl("delete", "deployment,pdb", "isoshape-worker")
    wait_until(
        "the standing fleet is gone",
        lambda: not get("pods", "-l", "app.kubernetes.io/component=worker")["items"],
    )
    work = Work("job", folder)
    began = apply("job")
    wait_for_workers(2)
    say(f"two workers of the Job are ready {time.monotonic() - began:.1f} s after kubectl apply")
    for what, end in (("deleted", delete), ("evicted", evict)):
        pod = workers()[0]
        name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
        index = pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"]
        work.wait_until_it_trains(f"isoshape-worker-{index}")
        end(name)
        took = wait_for_workers(2, but=uid)
        counts = job_counts()
        assert counts == {"succeeded": 0, "failed": 0}, counts
        say(
            f"a worker of the Job {what} (75): counted as nothing, another ready after {took:.1f} s"
        )
    pod = workers()[0]
    index = pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"]
    work.wait_until_it_trains(f"isoshape-worker-{index}")
    # 75 alone, without the condition that Kubernetes adds when it ends a pod itself.
    signal_process("isoshape-worker", f"WORKER={index}", signal.SIGTERM)
    took = wait_for_workers(2, but=pod["metadata"]["uid"])
    counts = job_counts()
    assert counts == {"succeeded": 0, "failed": 0}, counts
    say(f"one that ended by 75 by itself: counted as nothing, another ready after {took:.1f} s")
    work.expect_each_ended_once(lost=range(1))
    took = wait_until("the Job is complete", lambda: job_counts()["succeeded"] == 2)
    assert job_counts() == {"succeeded": 2, "failed": 0}, job_counts()
    say(f"the Job was complete {took:.1f} s after the campaign, with no failed pod")


def main():
    folder, images, packages = (Path(word).resolve() for word in sys.argv[1:])
    began = time.monotonic()
    import_images(folder, images)
    say(f"images imported in {time.monotonic() - began:.1f} s")
    run(
        "kubectl",
        "apply",
        "-f",
        ROOT / "deploy/kubernetes/base/namespace.yaml",
        "-n",
        NAMESPACE,
    )
    make_volumes(folder, packages)
    make_secrets(folder)
    standing_fleet(folder)
    backup(folder)
    job_fleet(folder)
    say(f"all is well, after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
