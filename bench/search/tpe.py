"""How many FLOPs does Optuna's TPE need until its answer is right for good?

Usage: tpe.py BENCH [SEEDS]; BENCH is isoshape-search-bench, which plays the
truth (--oracle). Needs Optuna. TPE tries size and aspect ratio at the largest
budget, 100 times the smallest, one run at a time; its answer at ten times that
is its best run's aspect ratio at its size times the root of ten. Prints, for
each of the thirteen truths, median and 90th percentile over the seeds of the
FLOPs until the regret stayed within 0.2 %, in units of the smallest budget, and
key=value lines. Who is not right by 2,200 is never.
"""

import math
import subprocess
import sys

import optuna

PROBLEMS = ("chin asym gem kaplan byte steep byte-bend steep-bend chin-warm "
            "byte-warm chin-ripple asym-outl four").split()
# The smallest budget, FLOPs: of the byte space and of the large one.
SMALLEST = {"byte": 2.5e11, "steep": 2.5e11}
TOLERANCE = 0.002
BUDGET = 100
MOST = 2200
STARTUP = 5


def until_right(oracle, problem, seed):
    """FLOPs / smallest budget until the answer was right for good."""
    flops = BUDGET * SMALLEST.get(problem.split("-")[0], 1e18)
    center = math.sqrt(flops / 120)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=seed,
                                           n_startup_trials=STARTUP))
    best, right = math.inf, math.inf
    for number in range(MOST // BUDGET):
        trial = study.ask()
        size = math.exp(trial.suggest_float("ln_size", math.log(center / 5),
                                            math.log(center * 5)))
        ratio = math.exp(trial.suggest_float("ln_ratio", math.log(4),
                                             math.log(256)))
        oracle.stdin.write(f"{problem} {seed} {size} {ratio} {number}\n")
        oracle.stdin.flush()
        loss, regret = map(float, oracle.stdout.readline().split())
        study.tell(trial, loss)
        if loss < best:
            best, within = loss, regret <= TOLERANCE
            if not within:
                right = math.inf
            elif math.isinf(right):
                right = BUDGET * (number + 1)
    return right


def quantile(values, share):
    values = sorted(values)
    return values[math.ceil(share * (len(values) - 1))]


def text(value):
    return "never" if math.isinf(value) else f"{value:.0f}"


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    seeds = int(sys.argv[2]) if len(sys.argv) == 3 else 20
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with subprocess.Popen([sys.argv[1], "--oracle"], text=True,
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as oracle:
        medians = {}
        for problem in PROBLEMS:
            right = [until_right(oracle, problem, seed)
                     for seed in range(seeds)]
            medians[problem] = quantile(right, 0.5)
            print(f"{problem:12} {text(medians[problem])} "
                  f"({text(quantile(right, 0.9))})", flush=True)
        oracle.stdin.close()
    for problem, median in medians.items():
        print(f"tpe_{problem}={median}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
