"""deploy/kubernetes on the real thing, of `./dev fleet kubernetes`: the node of cluster.sh, our
images as its pods, and two campaigns, one trained by the Deployment and one by the Job, while pods
are deleted and evicted and processes killed. Every trial ends once, and what becomes of the Job's
counts is what docs/deploy/kubernetes.md says. Prints what it measured.

usage: fleet.py FOLDER IMAGES PYTHON_PACKAGES   (inside cluster.sh; PYTHON_PACKAGES has torch)
"""

import collections
import json
import os
import signal
import sys
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
BUDGETS = "2e11,6e11"  # FLOPs: trials of some seconds


def say(text: str):
    print(f"fleet kubernetes: {text}", flush=True)


# --------------------------------------------------------------------------------- the campaigns


class Campaign:
    """One, seen by the command line through the Service, with TLS and the token of a user."""

    def __init__(self, name: str, folder: Path):
        self.name = name
        self.environment = os.environ | {
            "ISOSHAPE_SERVER": "isoshape:50551",
            "ISOSHAPE_TLS_CA": str(folder / "tls.crt"),
            "ISOSHAPE_TOKEN_FILE": str(folder / "me.token"),
        }
        self.isoshape(
            *("campaign", "create", "--id", name, "--data", "synthetic:markov,order=2"),
            *("--budgets", BUDGETS, "--sizes", "5", "--seeds", "2"),
        )

    def isoshape(self, *words) -> str:
        return run(BIN / "isoshape", *words, env=self.environment)

    def trials(self) -> list[dict]:
        return json.loads(self.isoshape("trial", "list", self.name, "--output=json"))[
            "trials"
        ]

    def trial_of(self, worker: str) -> str:
        """The trial that it trains, or nothing."""
        for trial in self.trials():
            if trial["state"] == "leased" and trial["worker"] == f"workers/{worker}":
                return trial["name"]
        return ""

    def wait_until_it_trains(self, worker: str) -> str:
        wait_until(f"{worker} has a trial", lambda: self.trial_of(worker), every=0.5)
        return self.trial_of(worker)

    def expect_each_ended_once(self, lost: range):
        # Ends with the campaign.
        events = self.isoshape("campaign", "watch", self.name, "--output=json")
        changes = [json.loads(line) for line in events.splitlines()]
        assert changes[-1]["campaign_state"] == "completed", changes[-1]
        ended = collections.Counter(
            (change["trial"], change["trial_state"])
            for change in changes
            if change["kind"] == "trial_changed"
            and change["trial_state"] not in ("pending", "leased")
        )
        trials = self.trials()
        assert ended == {(trial["name"], "succeeded"): 1 for trial in trials}, ended
        leases = sum(trial.get("lost_leases", 0) for trial in trials)
        assert leases in lost, f"{leases} lost leases, not {lost}"
        say(
            f"{self.name}: {len(trials)} trials, each ended once; lost leases: {leases}"
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
    return any(
        each["type"] == "Ready" and each["status"] == "True" for each in conditions
    )


def wait_for_workers(count: int, but: str = "") -> float:
    """Until so many are ready, without that pod (by its uid)."""
    return wait_until(
        f"{count} workers are ready",
        lambda: (
            sum(is_ready(p) and p["metadata"]["uid"] != but for p in workers()) == count
        ),
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
        if (
            Path(os.fsdecode(words[0])).name == program
            and variable.encode() in variables
        ):
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
        restarts = sum(
            c["restartCount"] for c in pod["status"].get("containerStatuses", [])
        )
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
    say(
        f"the coordinator is ready {time.monotonic() - began:.1f} s after kubectl apply"
    )
    wait_for_workers(2)
    say(f"two workers are ready {time.monotonic() - began:.1f} s after kubectl apply")
    campaign = Campaign("standing", folder)

    for what, end in (("deleted", delete), ("evicted", evict)):
        name = workers()[0]["metadata"]["name"]
        trial, uid = campaign.wait_until_it_trains(name), uid_of(name)
        end(name)
        left = wait_until(
            f"{trial} is given back", lambda n=name: not campaign.trial_of(n)
        )
        took = wait_for_workers(2, but=uid)
        say(
            f"a worker {what}: its trial back after {left:.1f} s, another ready {took:.1f} s later"
        )

    name = workers()[0]["metadata"]["name"]
    campaign.wait_until_it_trains(name)
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
        campaign.trials()
        say(f"the coordinator's {what}: ready again after {took:.1f} s")
    campaign.expect_each_ended_once(lost=range(1, 3))  # of two slots


def backup(folder: Path):
    kubectl("create", "job", "now", "--from=cronjob/isoshape-backup")
    took = wait_until(
        "a backup is made", lambda: get("job", "now")["status"].get("succeeded") == 1
    )
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
    campaign = Campaign("job", folder)
    began = apply("job")
    wait_for_workers(2)
    say(
        f"two workers of the Job are ready {time.monotonic() - began:.1f} s after kubectl apply"
    )
    for what, end in (("deleted", delete), ("evicted", evict)):
        pod = workers()[0]
        name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
        index = pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"]
        campaign.wait_until_it_trains(f"isoshape-worker-{index}")
        end(name)
        took = wait_for_workers(2, but=uid)
        counts = job_counts()
        assert counts == {"succeeded": 0, "failed": 0}, counts
        say(
            f"a worker of the Job {what} (75): counted as nothing, another ready after {took:.1f} s"
        )
    pod = workers()[0]
    index = pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"]
    campaign.wait_until_it_trains(f"isoshape-worker-{index}")
    # 75 alone, without the condition that Kubernetes adds when it ends a pod itself.
    signal_process("isoshape-worker", f"WORKER={index}", signal.SIGTERM)
    took = wait_for_workers(2, but=pod["metadata"]["uid"])
    counts = job_counts()
    assert counts == {"succeeded": 0, "failed": 0}, counts
    say(
        f"one that ended by 75 by itself: counted as nothing, another ready after {took:.1f} s"
    )
    campaign.expect_each_ended_once(lost=range(1))
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
