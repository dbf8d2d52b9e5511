"""Do two runs have the same losses?"""
import math
from typing import NamedTuple


class Difference(NamedTuple):
    """The largest relative difference of two curves, and the step of it."""

    value: float
    step: int


def difference(curve, reference):
    """Compares two curves, dicts from step to loss.

    Infinite when they have too few steps in common to say anything (less than
    four fifths of the longer one) or when a loss is missing from a step.
    """
    steps = sorted(set(curve) & set(reference))
    longer = max(len(curve), len(reference))
    if not steps or len(steps) < 0.8 * longer:
        return Difference(math.inf, 0)
    return max(
        Difference(relative(curve[step], reference[step]), step)
        for step in steps)


def relative(value, reference):
    """|value - reference| as a share of the reference; infinite if one is not."""
    if not finite(value) or not finite(reference):
        return math.inf
    return abs(value - reference) / max(abs(reference), 1e-9)


def finite(value):
    return value is not None and math.isfinite(value)
