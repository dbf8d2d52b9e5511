"""A trainer of a few words, for the tests of bench/gpu_check.

usage: fake_trainer.py MODE [FLAG …]

succeed    answers every run with two measurements and a result
stop       measures until it is told to stop
die        ends at the first run, with a complaint
hang       says that it is ready, and nothing more
unusable   ends at once, with a complaint
"""
import json
import sys


def say(**line):
    print(json.dumps(line), flush=True)


def measure(run, step):
    say(type="measurement", run=run,
        measurement={"step": step, "tokens": 100 * step, "train_loss": 3 / step,
                     "elapsed_seconds": 0.5 * step})


def runs_of(line):
    return [own["run"] for own in line.get("replicas", [line])]


def main():
    mode = sys.argv[1]
    if mode == "unusable":
        sys.exit("no usable GPU")
    print("a line for people")
    say(type="ready", protocol=1, memory_limit_bytes=1)
    for text in sys.stdin:
        line = json.loads(text)
        if mode == "die":
            sys.exit("out of luck")
        if mode == "hang":
            continue
        if line["type"] == "stop":
            say(type="result", run=line["run"], outcome="stopped")
            continue
        for run in runs_of(line):
            for step in (1, 2) if mode == "succeed" else range(1, 12):
                measure(run, step)
            if mode == "succeed":
                say(type="result", run=run, outcome="succeeded")


if __name__ == "__main__":
    main()
