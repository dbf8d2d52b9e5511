"""Draws any Figure with matplotlib: one module for all kinds, which computes nothing."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from isoshape import _api
from isoshape._message import short
from isoshape.errors import InvalidArgument

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# By role: the symbol of points, the dash of lines, and how strong both are; as
# in every renderer (tests/figures/looks.csv).
MARKERS = {
    "edge": "D",
    "optimum": "D",
    "target": "D",
    "verification": "^",
    "failed": "x",
    "predicted": "s",
    "reference": "s",
}
HOLLOW = ("edge", "held_out", "reference")
LINES = ("line", "rule_x", "rule_y")
DASHES = {"reference": ":", "target": "--"}
STRENGTH = {"dominated": 0.35, "infeasible": 0.25, "sampled": 0.5, "failed": 0.6}
BAND_STRENGTH = 0.2
MANY = 500
"""Marks beyond which a legend has a place of its own."""


def draw(figure: _api.Figure, ax: Axes | None) -> Axes | list[Axes]:
    """Draws all panels. InvalidArgument if one axis is given for several panels."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise InvalidArgument(
            "matplotlib is not installed; pip install matplotlib, or save the figure as .svg"
        ) from None
    panels = figure.panels
    if ax is not None:
        if len(panels) != 1:
            raise InvalidArgument(
                f"the figure has {len(panels)} panels and ax is one; leave ax out"
            )
        _draw_panel(figure, panels[0], ax)
        ax.set_title(figure.title)
        return ax
    across = min(3, len(panels)) or 1
    down = math.ceil(len(panels) / across) or 1
    page, grid = pyplot.subplots(
        down, across, figsize=(5.2 * across, 3.8 * down), squeeze=False, layout="constrained"
    )
    page.suptitle(figure.title)
    axes: list[Axes] = list(grid.flat)
    for panel, each in zip(panels, axes, strict=False):
        _draw_panel(figure, panel, each)
        each.set_title(panel.title)
    for each in axes[len(panels) :]:
        each.set_axis_off()
    drawn = axes[: len(panels)]
    return drawn[0] if len(drawn) == 1 else drawn


def _draw_panel(figure: _api.Figure, panel: _api.FigurePanel, ax: Axes) -> None:
    _scale(panel.x, ax, "x")
    _scale(panel.y, ax, "y")
    named: set[str] = set()
    for series in panel.series:
        style: dict[str, Any] = {
            "color": _color(figure, series),
            "alpha": STRENGTH.get(series.role, 1.0),
        }
        if series.mark in LINES:
            style["linestyle"] = _dash(figure, series)
        if series.name and series.name not in named:
            style["label"] = series.name
        _DRAW[series.mark](series, ax, style, panel)
        named.add(series.name)
        if series.write_labels:
            for x, y, label in zip(series.x, series.y, series.labels, strict=False):
                ax.annotate(label, (_place(panel.x, x), _place(panel.y, y)), fontsize="small")
    marks = sum(len(series.x) for series in panel.series)
    place = "best" if marks < MANY else "upper right"  # finding the best place takes long
    if 1 < len(named - {""}) <= 12:
        ax.legend(fontsize="small", loc=place)
    _tell_colors(figure, panel, ax)


def _tell_colors(figure: _api.Figure, panel: _api.FigurePanel, ax: Axes) -> None:
    """Which value a colour stands for, above the panel."""
    used = sorted({series.color for series in panel.series if series.color is not None})
    if not used or len(used) > len(figure.color_values) or len(used) > 12:
        return
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=_shade(figure, color), linewidth=4) for color in used]
    names = [short(figure.color_values[color], 3) for color in used]
    legend = ax.get_legend()
    ax.legend(
        handles,
        names,
        title=figure.color_label,
        loc="lower right",
        fontsize="x-small",
        title_fontsize="x-small",
    )
    if legend is not None:
        ax.add_artist(legend)


def _scale(axis: _api.FigureAxis, ax: Axes, which: str) -> None:
    set_scale, set_limits = getattr(ax, f"set_{which}scale"), getattr(ax, f"set_{which}lim")
    getattr(ax, f"set_{which}label")(axis.label)
    if axis.categories:
        places = range(len(axis.categories))
        getattr(ax, f"set_{which}ticks")(list(places), list(axis.categories))
        ends = (-0.5, len(axis.categories) - 0.5)
        set_limits(*(ends[::-1] if which == "y" else ends))
        return
    if axis.log and axis.min > 0:
        set_scale("log")
    if axis.max > axis.min:
        set_limits(_place(axis, axis.min), _place(axis, axis.max))


def _place(axis: _api.FigureAxis, value: float) -> Any:
    if axis.time and math.isfinite(value):
        return datetime.fromtimestamp(value, timezone.utc)
    return value


def _color(figure: _api.Figure, series: _api.FigureSeries) -> Any:
    if series.color is None or not figure.color_values:
        return "0.35" if series.role in ("measured", "noise", "sampled") else "0.1"
    return _shade(figure, series.color)


def _shade(figure: _api.Figure, color: int) -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"](0.9 * color / max(1, len(figure.color_values) - 1))


def _dash(figure: _api.Figure, series: _api.FigureSeries) -> str:
    """Of its role; of lines of one role the second name and those after it have others."""
    own = DASHES.get(series.role, "-")
    names = list(
        dict.fromkeys(
            each.name
            for panel in figure.panels
            for each in panel.series
            if each.mark in LINES and each.role == series.role
        )
    )
    place = names.index(series.name)
    if place == 0:
        return own
    return "-." if place % 2 == 1 or own == "--" else "--"


def _places(axis: _api.FigureAxis, values: Any) -> list[Any]:
    return [_place(axis, value) for value in values]


def _points(
    series: _api.FigureSeries, ax: Axes, style: dict[str, Any], panel: _api.FigurePanel
) -> None:
    if series.role in HOLLOW:
        style["markerfacecolor"] = "none"
    ax.errorbar(
        _places(panel.x, series.x),
        _places(panel.y, series.y),
        xerr=_errors(series.x, series.x_lower, series.x_upper, panel.x),
        yerr=_errors(series.y, series.y_lower, series.y_upper, panel.y),
        fmt=MARKERS.get(series.role, "o"),
        markersize=4,
        elinewidth=0.8,
        capsize=1.5,
        zorder=3,
        **style,
    )


def _errors(values: Any, lower: Any, upper: Any, axis: _api.FigureAxis) -> Any:
    """Lengths of whiskers; an open end reaches the edge of the panel."""
    if not lower and not upper:
        return None
    below = [
        v - (low if math.isfinite(low) else axis.min)
        for v, low in zip(values, lower or values, strict=True)
    ]
    above = [
        (up if math.isfinite(up) else axis.max) - v
        for v, up in zip(values, upper or values, strict=True)
    ]
    return [[max(0.0, each) for each in side] for side in (below, above)]


def _line(
    series: _api.FigureSeries, ax: Axes, style: dict[str, Any], panel: _api.FigurePanel
) -> None:
    ax.plot(_places(panel.x, series.x), _places(panel.y, series.y), linewidth=1.2, **style)


def _band(
    series: _api.FigureSeries, ax: Axes, style: dict[str, Any], panel: _api.FigurePanel
) -> None:
    style["alpha"] = BAND_STRENGTH
    x = _places(panel.x, series.x)
    ax.fill_between(x, list(series.y_lower), list(series.y_upper), linewidth=0, **style)


def _rules(
    series: _api.FigureSeries, ax: Axes, style: dict[str, Any], panel: _api.FigurePanel
) -> None:
    vertical = series.mark == "rule_x"
    for value in series.x if vertical else series.y:
        if vertical:
            ax.axvline(_place(panel.x, value), linewidth=0.9, **style)
        else:
            ax.axhline(value, linewidth=0.9, **style)
        style.pop("label", None)


def _spans(
    series: _api.FigureSeries, ax: Axes, style: dict[str, Any], panel: _api.FigurePanel
) -> None:
    vertical = series.mark == "span_x"
    style["alpha"] = BAND_STRENGTH
    ends = (series.x_lower, series.x_upper) if vertical else (series.y_lower, series.y_upper)
    for low, high in zip(*ends, strict=True):
        if vertical:
            ax.axvspan(_place(panel.x, low), _place(panel.x, high), linewidth=0, **style)
        else:
            ax.axhspan(low, high, linewidth=0, **style)
        style.pop("label", None)


def _cells(
    series: _api.FigureSeries, ax: Axes, style: dict[str, Any], panel: _api.FigurePanel
) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    patches = [
        Rectangle((left, bottom), right - left, top - bottom)
        for left, right, bottom, top in zip(
            series.x_lower, series.x_upper, series.y_lower, series.y_upper, strict=True
        )
    ]
    if series.z:
        cells = PatchCollection(patches, cmap="viridis_r")
        cells.set_array(list(series.z))
        ax.add_collection(cells)
        ax.figure.colorbar(cells, ax=ax, label=series.z_label)
    elif series.role == "sampled":
        ax.add_collection(PatchCollection(patches, linewidth=0, **style))
    else:
        ax.add_collection(PatchCollection(patches, facecolor="none", hatch="///", edgecolor="0.7"))


_DRAW: dict[str, Any] = {
    "points": _points,
    "line": _line,
    "band": _band,
    "rule_x": _rules,
    "rule_y": _rules,
    "span_x": _spans,
    "span_y": _spans,
    "cells": _cells,
}
