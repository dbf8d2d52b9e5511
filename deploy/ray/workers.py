"""Workers of isoshape on a Ray cluster: an actor each, which starts `isoshape-worker` and waits for
it. Ray places the actors (a GPU each, or CPUs), starts one again whose process or node is lost, and
ends them; the coordinator schedules the trials. docs/deploy/ray.md.

    python workers.py --workers 8 --gpus 1 -- --server head:50551 --data text=/data/books \\
        --checkpoints /shared/checkpoints --exit-when-idle 5m

What follows `--` are flags of the worker. ISOSHAPE_TOKEN_FILE and ISOSHAPE_TLS_CA of this process
hold for the workers too; their files must be on every node."""

import argparse
import os
import shutil
import subprocess
import sys

import ray

DONE, WORK_LEFT = 0, 75  # exit codes of isoshape-worker
ENVIRONMENT = ("ISOSHAPE_TOKEN_FILE", "ISOSHAPE_TLS_CA", "ISOSHAPE_TLS_CERT", "ISOSHAPE_TLS_KEY")


# Started again if its process dies, and what it does called again, as often as that happens.
@ray.remote(max_restarts=-1, max_task_retries=-1)
class Worker:
    def __init__(self, name: str, environment: dict[str, str]):
        self.name = name
        self.environment = environment

    def process(self) -> int:
        """The actor's process, for who wants to see it die."""
        return os.getpid()

    def train(self, program: str, flags: list[str]) -> int:
        """Runs the worker until it ends; its exit code. By its name the coordinator knows it again
        after a restart."""
        # An actor that is killed must not leave a worker that nobody knows of: it is sent SIGTERM
        # then, unless Ray itself, which kills the processes of a lost actor, was first.
        command = ["setpriv", "--pdeathsig", "TERM", program, *flags, "--name", self.name]
        return subprocess.run(command, env=os.environ | self.environment, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--workers", type=int, default=1, metavar="N")
    parser.add_argument("--gpus", type=float, default=0, help="of each worker")
    parser.add_argument("--cpus", type=float, default=1, help="of each worker")
    parser.add_argument("--name", default="ray", help="workers are called NAME-0, NAME-1, …")
    parser.add_argument("--program", default=shutil.which("isoshape-worker") or "isoshape-worker")
    parser.add_argument(
        "--ray-address", help="of a running cluster; default: RAY_ADDRESS, or a new one"
    )
    parser.add_argument("flags", nargs="*", metavar="-- FLAGS", help="of isoshape-worker")
    arguments = parser.parse_args()

    ray.init(address=arguments.ray_address, log_to_driver=True)
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    actors = [
        Worker.options(
            name=f"{arguments.name}-{index}", num_gpus=arguments.gpus, num_cpus=arguments.cpus
        ).remote(f"{arguments.name}-{index}", environment)
        for index in range(arguments.workers)
    ]
    waiting = {
        actor.train.remote(arguments.program, arguments.flags): index
        for index, actor in enumerate(actors)
    }
    worst = DONE
    while waiting:
        (ended,), _ = ray.wait(list(waiting))
        index = waiting.pop(ended)
        code = ray.get(ended)
        if code < 0:
            code = 128 - code  # of a signal, as a shell says it
        if code == WORK_LEFT:
            # It was told to end, by a signal or its --max-runtime, and there is more to do.
            again = actors[index].train.remote(arguments.program, arguments.flags)
            waiting[again] = index
            continue
        print(f"{arguments.name}-{index} has ended with {code}", flush=True)
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
