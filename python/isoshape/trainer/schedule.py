"""How the learning rate runs over the steps of a recipe (docs/recipes.md)."""

from __future__ import annotations

import math

from isoshape._api import Recipe

COSINE_END = 0.1


def half_up(x: float) -> int:
    """Rounds as C's llround does, halves away from 0; `x` >= 0."""
    return math.floor(x + 0.5)


def schedule_factor(step: int, steps: int, recipe: Recipe) -> float:
    """What the peak rate is multiplied by at `step`, from 0: a linear warmup, then WSD (constant
    and a 1-sqrt cooldown to zero) or half a cosine down to a tenth."""
    warmup_fraction = 0.05 if recipe.warmup_fraction is None else recipe.warmup_fraction
    warmup = max(1, half_up(steps * warmup_fraction))
    factor = min(1.0, (step + 1) / warmup)
    if recipe.schedule == "cosine":
        if step < warmup:
            return factor
        share = (step - warmup + 1) / (steps - warmup)
        return COSINE_END + (1 - COSINE_END) * (1 + math.cos(math.pi * share)) / 2
    fraction = 0.2 if recipe.cooldown_fraction is None else recipe.cooldown_fraction
    start = steps - half_up(steps * fraction)
    if step < start:
        return factor
    return min(factor, 1 - math.sqrt((step - start + 1) / (steps - start + 1)))
