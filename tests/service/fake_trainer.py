"""A trainer without a model: speaks docs/trainer-protocol.md, and misbehaves.

usage: fake_trainer.py MODE [FIFO]

succeed   reports a loss that depends on the shape alone, and one more where a
          cooldown branches off, at once
hold      the same, but each run first takes one byte from FIFO
resume    the same, but keeps a checkpoint, reports a point when it is there,
          and takes no byte where it has one
nan       reports a loss that is not finite
rubbish   answers a run with a line that is not JSON
die       answers a run by exiting
hang      answers a run with `started` and nothing more
stranger  answers with the result of a run that nobody asked for
"""
import json
import math
import os
import select
import sys


def say(**line):
    print(json.dumps(line), flush=True)


def wait_for_byte(fifo, run):
    """False where the worker wants the run stopped, or is gone."""
    ready, _, _ = select.select([fifo, sys.stdin], [], [])
    if fifo in ready:
        return os.read(fifo, 1) != b""
    if sys.stdin.readline():
        say(type="result", run=run, outcome="stopped")
    return False


def begin(folder):
    """False where an earlier run left a checkpoint; leaves one otherwise."""
    checkpoint = os.path.join(folder, "checkpoint")
    if os.path.exists(checkpoint):
        return False
    os.makedirs(folder)
    open(checkpoint, "x").close()
    return True


def succeed(run, request):
    shape = request["shape"]
    size = 12 * int(shape["depth"]) * int(shape["width"]) ** 2
    loss = 1.5 + 0.05 * math.log(size / 4e4) ** 2
    say(type="measurement", run=run,
        measurement={"step": request["steps"], "train_loss": loss})
    card = {"validation_loss": loss}
    if request.get("branch_steps"):
        card["branches"] = [{"steps": steps, "validation_loss": loss + 1}
                            for steps in request["branch_steps"]]
    say(type="result", run=run, outcome="succeeded", shape_card=card)


def main():
    mode = sys.argv[1]
    holds = mode in ("hold", "resume")
    fifo = os.open(sys.argv[2], os.O_RDWR) if holds else None
    say(type="ready", protocol=1, trainer="fake 1", device="cpu",
        device_name="none", memory_limit_bytes=1 << 34, branches=True)
    while line := sys.stdin.readline():
        request = json.loads(line)
        if request["type"] != "run":
            continue
        run = request["run"]
        if mode == "rubbish":
            print("Segmentation fault", flush=True)
            continue
        if mode == "die":
            sys.exit(3)
        if mode == "stranger":
            run = "another"
        say(type="started", run=run)
        if mode == "hang":
            continue
        if mode == "nan":
            say(type="result", run=run, outcome="succeeded",
                shape_card={"validation_loss": float("nan")})
            continue
        if mode == "resume":
            if not begin(request["checkpoint"]["path"]):
                succeed(run, request)
                continue
            say(type="measurement", run=run,
                measurement={"step": 1, "train_loss": 5.0})
        if not holds or wait_for_byte(fifo, run):
            succeed(run, request)


main()
