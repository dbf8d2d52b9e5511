import warnings

import numpy as np
import optuna
from job import BUDGETS, TARGET, TOKENS_PER_STEP, train

ASPECTS = (8, 16, 32, 64)
SHAPES = [(depth, 8 * round(depth * aspect / 8)) for depth in range(1, 17) for aspect in ASPECTS]
SEEDS = (0, 1)


def size(shape):
    return 12 * shape[0] * shape[1] ** 2 + 256 * shape[1]


def steps(budget, shape):
    return round(budget / (6 * size(shape) * TOKENS_PER_STEP))


def search(budget):
    shapes = [shape for shape in SHAPES if shape[1] >= 16 and steps(budget, shape) >= 20]

    def objective(trial):
        shape = shapes[trial.suggest_int("shape", 0, len(shapes) - 1)]
        losses = [train(*shape, steps(budget, shape), seed) for seed in SEEDS]
        trial.set_user_attr("losses", losses)
        return float(np.mean(losses))

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=24)
    return [(shapes[t.params["shape"]], t.user_attrs["losses"]) for t in study.trials]


def optimum(results, rng=None):
    """ln N* of the parabola through the best loss of each size near the minimum."""
    if rng is not None:
        results = [results[i] for i in rng.integers(len(results), size=len(results))]
    x = np.log([size(shape) for shape, _ in results])
    y = np.array([np.mean(losses) for _, losses in results])
    near = np.abs(x - x[y.argmin()]) < np.log(4)
    c2, c1, _ = np.polyfit(x[near], y[near], 2)
    return -c1 / (2 * c2) if c2 > 0 else x[y.argmin()]


warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
found = [search(budget) for budget in BUDGETS]
for budget, results in zip(BUDGETS, found, strict=True):
    shape = min(results, key=lambda result: np.mean(result[1]))[0]
    print(f"{budget:g} {shape[0]}x{shape[1]}")
compute = np.log(BUDGETS)
a, b = np.polyfit(compute, [optimum(results) for results in found], 1)
rng = np.random.default_rng(0)
draws = [np.polyfit(compute, [optimum(r, rng) for r in found], 1)[0] for _ in range(1000)]
print(f"{a:.4g} [{np.quantile(draws, 0.025):.4g}, {np.quantile(draws, 0.975):.4g}] (95 %)")
target = a * np.log(TARGET) + b
wider = [(depth, 8 * round(depth * k / 8)) for depth in range(1, 65) for k in ASPECTS]
depth, width = min(wider, key=lambda shape: abs(np.log(size(shape)) - target))
print(f"at {TARGET:g} FLOPs: {depth}x{width}")
