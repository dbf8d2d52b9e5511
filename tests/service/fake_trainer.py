"""A trainer without a model: speaks docs/trainer-protocol.md, and misbehaves.

usage: fake_trainer.py MODE [FIFO]

succeed   reports a loss that depends on the shape alone, and one more if a
          cooldown branches off, at once
hold      the same, but each run first takes one byte from FIFO
          (both write `weights` into a checkpoint folder that is there)
refuse    the same as succeed, but fails if there is a checkpoint
single    the same as succeed, but takes no replicas
fragile   the same as succeed, but exits if it is given replicas
resume    the same, but keeps a checkpoint, reports a point when it is there,
          and takes no byte if it has one
nan       reports a loss that is not finite
rubbish   answers a run with a line that is not JSON
die       answers a run by exiting
hang      answers a run with `started` and nothing more
stranger  answers with the result of a run that nobody asked for
miscounts reports fewer steps than it was asked for
textloss  reports a loss that is a string
raises    answers a run by an exception
broken    fails every run, and says that this machine is at fault
known     the same as succeed, with the fingerprint 9dd1 of the data
odd       the same as succeed, with another fingerprint
proper    the same as succeed, but can be stopped in long runs, fails without
          its data, reports costs that differ from run to run, and writes what
          it was asked for into its checkpoint folder as `weights`
"""
import itertools
import json
import math
import os
import select
import sys


MODE = sys.argv[1]
RUNS = itertools.count(1)
ENDLESS = 1000000  # steps


def say(**line):
    print(json.dumps(line), flush=True)


def hold(orders, fifo, requests):
    """Ends the runs in their order, each for one byte, or as told to stop."""
    while requests:
        ready, _, _ = select.select([fifo, orders], [], [])
        if fifo in ready:
            os.read(fifo, 1)
            succeed(requests.pop(0))
        elif line := orders.readline():
            stop = json.loads(line)["run"]
            requests = [r for r in requests if r["run"] != stop]
            say(type="result", run=stop, outcome="stopped")
        else:
            return


def begin(folder):
    """False if an earlier run left a checkpoint; leaves one otherwise."""
    checkpoint = os.path.join(folder, "checkpoint")
    if os.path.exists(checkpoint):
        return False
    os.makedirs(folder)
    open(checkpoint, "x").close()
    return True


def runs_of(line):
    """The runs that a line asks for: one, or its replicas."""
    replicas = line.pop("replicas", [{}])
    return [{**line, **own, "together": len(replicas)} for own in replicas]


def succeed(request):
    run = request["run"]
    shape = request["shape"]
    size = 12 * int(shape["depth"]) * int(shape["width"]) ** 2
    loss = 1.5 + 0.05 * math.log(size / 4e4) ** 2
    say(type="measurement", run=run,
        measurement={"step": request["steps"], "train_loss": loss})
    card = {"validation_loss": loss, "replicas": request["together"]}
    if MODE == "miscounts":
        card["steps"] = 3
    if MODE == "textloss":
        card["validation_loss"] = "3.0"
    if MODE in ("known", "odd"):
        card["data_fingerprint"] = "9dd1" if MODE == "known" else "5521"
    folder = request.get("checkpoint", {}).get("path", "")
    weights = MODE in ("succeed", "hold") and os.path.isdir(folder)
    if folder and (MODE == "proper" or weights):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "weights"), "w") as file:
            json.dump(request, file)
    if MODE == "proper":
        card.update(step_seconds_median=1e-3 * next(RUNS),
                    peak_memory_bytes=1000 * int(shape["width"]),
                    decode_seconds=1e-4, engine="fake/cpu",
                    data_fingerprint="f00d")
    if request.get("branch_steps"):
        card["branches"] = [{"steps": steps, "validation_loss": loss + 1}
                            for steps in request["branch_steps"]]
    say(type="result", run=run, outcome="succeeded", shape_card=card)


def train(mode, request):
    """What is the same for a run alone and among others; False: it waits."""
    run = request["run"] if mode != "stranger" else "another"
    say(type="started", run=run)
    if mode == "nan":
        say(type="result", run=run, outcome="succeeded",
            shape_card={"validation_loss": float("nan")})
    elif mode == "resume" and begin(request["checkpoint"]["path"]):
        say(type="measurement", run=run,
            measurement={"step": 1, "train_loss": 5.0})
        return False
    elif mode == "refuse" and os.path.exists(request["checkpoint"]["path"]):
        say(type="result", run=run, outcome="failed", error="it is damaged")
    elif mode == "broken":
        say(type="result", run=run, outcome="failed", fault="worker",
            error="no space left on device")
    elif mode == "raises":
        raise ValueError("my bug")
    elif mode == "proper" and not os.path.exists(request["data"]["path"]):
        say(type="result", run=run, outcome="failed", error="no such data")
    elif mode == "proper" and request["steps"] > ENDLESS:
        say(type="measurement", run=run,
            measurement={"step": 1, "train_loss": 5.0})
        return False
    elif mode in ("hold", "hang"):
        return False
    else:
        succeed({**request, "run": run})
    return True


def main():
    mode = MODE
    orders = open(0, "rb", buffering=0)  # so that select sees every line
    # Without one, no run is ever held.
    fifo = os.open(sys.argv[2], os.O_RDWR) if len(sys.argv) > 2 else -1
    say(type="ready", protocol=1, trainer="fake 1", device="cpu",
        device_name="none", memory_limit_bytes=1 << 34, branches=True,
        replicas=mode != "single")
    while line := orders.readline():
        request = json.loads(line)
        if request["type"] != "run":
            continue
        requests = runs_of(request)
        if mode == "rubbish":
            print("Segmentation fault", flush=True)
        elif mode == "die" or mode == "fragile" and len(requests) > 1:
            sys.exit(3)
        else:
            waiting = [r for r in requests if not train(mode, r)]
            if mode != "hang":
                hold(orders, fifo, waiting)


main()
