"""Which shapes to train at which budget: an isoFLOP grid that follows what it measures, as
search/grid/grid.h does for the coordinator, over shapes whose FLOPs are those of a factory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from isoshape._message import short
from isoshape.sweep.flops import Counter

EXTENSIONS = 2
"""Times that the sizes of a budget are extended, if the least loss is at their edge."""
MIN_SLOPE, MAX_SLOPE = 0.3, 0.8
"""Bounds of the slope of log size over log budget; published ones lie between 0.4 and 0.75."""


class Job(NamedTuple):
    """A run to do."""

    budget: float  # FLOPs
    depth: int
    width: int
    seed: int
    verifies: bool = False

    @property
    def shape(self) -> str:
        """`4x128`."""
        return f"{self.depth}x{self.width}"


@dataclass(frozen=True)
class GridOptions:
    """The grid; counts and bounds are inclusive."""

    budgets: Sequence[float]
    seeds: int = 1
    sizes: int = 5
    size_range: float = 5.0
    aspect_ratios: int = 3
    center_aspect_ratio: float = 16.0
    aspect_ratio_step: float = 4.0
    max_depth: int = 64
    width_multiple: int = 16
    max_width: int = 8192
    min_steps: int = 20


Losses = Mapping[Job, float | None]
"""Ended runs: their losses, None if they came to none."""


class Grid:
    """Proposes runs from those that have ended; everything is computed anew at each call, so the
    order in which they end changes nothing."""

    def __init__(self, options: GridOptions, counter: Counter, batch_tokens: int) -> None:
        self.options, self._counter = options, counter
        self.batch_tokens = batch_tokens
        self.notes: list[str] = []
        """What became of each budget, a line each."""

    def steps(self, budget: float, depth: int, width: int) -> int:
        """Steps that a budget pays of a shape: the whole number nearest to it."""
        step = self._counter.cost(depth, width).flops_per_token * self.batch_tokens
        return round(budget / step)

    def jobs(self, losses: Losses) -> list[Job]:
        """What to run next; empty when all is done."""
        self.notes = []
        optima: list[tuple[float, float]] = []
        for budget in self.options.budgets:
            center = self._center(budget, optima)
            rungs = self._rungs(center)
            spacing = self.options.size_range ** (2 / (self.options.sizes - 1))
            for extension in range(EXTENSIONS + 1):
                shapes = self._shapes(budget, rungs)
                if missing := self._missing(budget, shapes, losses):
                    return missing
                points = self._points(budget, shapes, losses)
                edge = _edge(points)
                if not edge or extension == EXTENSIONS:
                    break
                more = [rungs[-1] * spacing, rungs[-1] * spacing**2]
                less = [rungs[0] / spacing**2, rungs[0] / spacing]
                rungs = rungs + more if edge > 0 else less + rungs
            if len(points) < 3:
                self.notes.append(
                    f"{short(budget, 3)} FLOPs: {len(points)} shapes with a loss, too few"
                )
                continue
            optimum = _optimum(points)
            where = "not bracketed; the least loss is at" if _edge(points) else "least loss near"
            said = f"{where} size {short(optimum, 3)}"
            self.notes.append(f"{short(budget, 3)} FLOPs: {said}")
            optima.append((math.log(budget), math.log(optimum)))
            aspects = [self.shape_of(optimum, aspect, budget) for aspect in self._aspects()]
            if missing := self._missing(budget, [s for s in aspects if s], losses):
                return missing
        return []

    def shape_of(self, size: float, aspect: float, budget: float) -> tuple[int, int] | None:
        """The feasible shape nearest to a size (FLOPs per token / 6) and an aspect ratio."""
        best, least = None, math.inf
        for depth in range(1, self.options.max_depth + 1):
            width = self._width_of(size, depth)
            for wide in (width, width + self.options.width_multiple):
                if wide > self.options.max_width:
                    continue
                off = math.log(self._counter.estimate(depth, wide) / size)
                bent = math.log(wide / depth / aspect)
                miss = (10 * off) ** 2 + bent**2
                if miss < least:
                    best, least = (depth, wide), miss
            if width / depth < aspect / 8:
                break
        if best is None or self.steps(budget, *best) < self.options.min_steps:
            return None
        return best

    def _width_of(self, size: float, depth: int) -> int:
        """The greatest multiple whose shape is no larger than `size`; at least one multiple."""
        multiple = self.options.width_multiple
        low, high = 1, 2
        top = self.options.max_width // multiple
        while high < top and self._counter.estimate(depth, high * multiple) <= size:
            low, high = high, 2 * high
        high = min(high, top)
        while high - low > 1:
            middle = (low + high) // 2
            fits = self._counter.estimate(depth, middle * multiple) <= size
            low, high = (middle, high) if fits else (low, middle)
        return low * multiple

    def _center(self, budget: float, optima: list[tuple[float, float]]) -> float:
        """Twenty tokens a parameter at first, then what the optima so far say."""
        if not optima:
            first = self.options.budgets[0]
            return math.sqrt(first / 6 / 20) * math.sqrt(budget / first)
        x_mean = sum(x for x, _ in optima) / len(optima)
        y_mean = sum(y for _, y in optima) / len(optima)
        slope = 0.5
        if len(optima) > 1:
            xx = sum((x - x_mean) ** 2 for x, _ in optima)
            xy = sum((x - x_mean) * (y - y_mean) for x, y in optima)
            slope = min(max(xy / xx, MIN_SLOPE), MAX_SLOPE)
        return math.exp(y_mean + slope * (math.log(budget) - x_mean))

    def _rungs(self, center: float) -> list[float]:
        count, span = self.options.sizes, self.options.size_range
        return [center * span ** (2 * i / (count - 1) - 1) for i in range(count)]

    def _aspects(self) -> list[float]:
        options = self.options
        middle = (options.aspect_ratios - 1) / 2
        return [
            options.center_aspect_ratio * options.aspect_ratio_step ** (i - middle)
            for i in range(options.aspect_ratios)
        ]

    def _shapes(self, budget: float, rungs: Sequence[float]) -> list[tuple[int, int]]:
        aspect = self.options.center_aspect_ratio
        found = (self.shape_of(size, aspect, budget) for size in rungs)
        return list(dict.fromkeys(shape for shape in found if shape is not None))

    def _missing(
        self, budget: float, shapes: Sequence[tuple[int, int]], losses: Losses
    ) -> list[Job]:
        seeds = range(self.options.seeds)
        jobs = [Job(budget, *shape, seed) for shape in dict.fromkeys(shapes) for seed in seeds]
        return [job for job in jobs if job not in losses]

    def _points(
        self, budget: float, shapes: Sequence[tuple[int, int]], losses: Losses
    ) -> list[tuple[float, float]]:
        """(log size, mean loss) of the shapes that have a loss, by size."""
        points = []
        for shape in shapes:
            found = [losses.get(Job(budget, *shape, s)) for s in range(self.options.seeds)]
            known = [loss for loss in found if loss is not None]
            if known:
                size = math.log(self._counter.cost(*shape).size)
                points.append((size, sum(known) / len(known)))
        return sorted(points)


def _edge(points: Sequence[tuple[float, float]]) -> int:
    """-1 or 1 if the least loss is at the smallest or the largest size, else 0."""
    if len(points) < 2:
        return 0
    best = min(range(len(points)), key=lambda i: points[i][1])
    return {0: -1, len(points) - 1: 1}.get(best, 0)


def _optimum(points: Sequence[tuple[float, float]]) -> float:
    """The size of least loss: of the parabola through the best point and its neighbours."""
    best = min(range(len(points)), key=lambda i: points[i][1])
    if not 0 < best < len(points) - 1:
        return math.exp(points[best][0])
    (x0, y0), (x1, y1), (x2, y2) = points[best - 1 : best + 2]
    upper = (x1 - x0) ** 2 * (y1 - y2) - (x1 - x2) ** 2 * (y1 - y0)
    lower = (x1 - x0) * (y1 - y2) - (x1 - x2) * (y1 - y0)
    return math.exp(x1 if lower == 0 else x1 - upper / (2 * lower))
