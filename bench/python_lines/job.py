"""The job: training is a function of the user's, here a law with noise so that it takes no time.

Wanted of 3 budgets of FLOPs and 2 seeds: the best measured shape of each budget, the exponent a of
N* ~ C^a with an interval, and the shape to train at ten times the largest budget.
"""

import math
import random

BUDGETS = [1e12, 3e12, 9e12]
TARGET = 9e13
TOKENS_PER_STEP = 2048


def train(depth: int, width: int, steps: int, seed: int) -> float:
    """Validation loss, nats per token."""
    size = 12 * depth * width**2 + 256 * width
    tokens = steps * TOKENS_PER_STEP
    aspect = math.log(width / depth / 24) ** 2
    noise = random.Random(f"{depth} {width} {steps} {seed}").gauss(0, 0.003)
    return (1.7 + 30 / size**0.30 + 60 / tokens**0.30 + 0.004 * aspect) * math.exp(noise)
