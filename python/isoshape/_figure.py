"""A figure of a campaign, which shows itself in a notebook, and is saved or drawn."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isoshape import _api
from isoshape._quantities import quantity
from isoshape.errors import InvalidArgument

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = ("svg", "pdf", "png", "tex", "gp", "csv", "json", "text")
"""Formats that the coordinator draws; svg, pdf and png by gnuplot, on its machine."""
_FORMAT_OF_SUFFIX = {"txt": "text"}


def figure_request(campaign: str, kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of GetFigureRequest; quantities as people write them."""
    request = {"campaign": campaign, "kind": kind, **options}
    for name in ("budget_flops", "target_flops"):
        if request.get(name) is not None:
            request[name] = quantity(request[name], name)
    return request


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that a file's name ends in."""
    suffix = Path(path).suffix.removeprefix(".").lower()
    found = _FORMAT_OF_SUFFIX.get(suffix, suffix)
    if found not in FORMATS:
        raise InvalidArgument(
            f"{os.fspath(path)!r} has no known format; let it end in .{', .'.join(FORMATS)} or .txt"
        )
    return found


class Picture:
    """A Figure of the API: what the picture shows, as data."""

    def __init__(self, data: _api.Figure, request: Mapping[str, Any]) -> None:
        self.data = data
        """The Figure message: axes, series, marks, table."""
        self._query = {
            name: value for name, value in request.items() if name not in ("campaign", "kind")
        }
        self._campaign = str(request["campaign"])
        self._kind = str(request["kind"])

    @property
    def sentence(self) -> str:
        """What the picture tells."""
        return self.data.sentence

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before believing it."""
        return list(self.data.warnings)

    def to_dict(self) -> dict[str, Any]:
        """The Figure as JSON, for other plotting libraries."""
        return self.data.to_json()

    def to_matplotlib(self, ax: Axes | None = None) -> Axes | list[Axes]:
        """Draws with matplotlib, into `ax` if the figure has one panel and it is given, else
        into a new figure of matplotlib with an axis for each panel. Returns what was drawn into.
        """
        from isoshape._draw import draw

        return draw(self.data, ax)

    def __repr__(self) -> str:
        said = [self.data.title, self.data.sentence, *(f"warning: {w}" for w in self.data.warnings)]
        return "\n".join(said)
