"""A figure of a campaign, which shows itself in a notebook, and is saved or drawn."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
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


_NO_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.ENAMETOOLONG)


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Writes a file in the place of one that is there, whose content stays if not all can be
    written, as on a full disk. Links, owner and mode stay. What is no regular file is written as
    it is, and so is a file of several names, or in whose folder no other may be made. Nothing
    waits for the disk: a picture can be drawn again. OSError with the system's reason."""
    new = not os.path.exists(path)
    # Opened as to be written over, so that what may not be written is refused.
    with open(path, "wb", buffering=0, opener=_open_as_it_is) as file:
        there = os.fstat(file.fileno())
        regular = stat.S_ISREG(there.st_mode)
        try:
            alone = regular and there.st_nlink == 1 and not _leads_to_an_open_file(path)
            if alone and _replaced(path, there, content):
                return Path(path)
            if regular:
                file.truncate(0)
            while content:
                content = content[file.write(content) :]
        except OSError:
            if new:
                with contextlib.suppress(OSError):
                    os.unlink(os.path.realpath(path))
            raise
    return Path(path)


def _open_as_it_is(name: str, flags: int) -> int:
    return os.open(name, flags & ~os.O_TRUNC, 0o666)


def _leads_to_an_open_file(path: str | os.PathLike[str]) -> bool:
    """Whether it is a name of what a process has open, as /dev/stdout and /dev/fd/3 are: who has
    it open would not see another file in its place."""
    at = os.path.abspath(path)
    for _ in range(40):
        folder = os.path.realpath(os.path.dirname(at))
        if folder.startswith("/proc/"):
            return True
        if not os.path.islink(at):
            return False
        at = os.path.join(folder, os.readlink(at))
    return False


def _replaced(path: str | os.PathLike[str], old: os.stat_result, content: bytes) -> bool:
    """Whether another file could be put in its place; False if the folder does not allow it, or
    it would have another owner."""
    target = os.path.realpath(path)
    fresh = ""
    try:
        folder, name = os.path.split(target)
        handle, fresh = tempfile.mkstemp(prefix=name + ".", dir=folder)
        with open(handle, "wb") as file:
            made = os.fstat(handle)
            if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
                try:
                    os.fchown(handle, old.st_uid, old.st_gid)
                except OSError:
                    os.unlink(fresh)
                    return False
            os.fchmod(handle, stat.S_IMODE(old.st_mode))
            file.write(content)
        os.replace(fresh, target)
    except OSError as error:
        if fresh:
            with contextlib.suppress(OSError):
                os.unlink(fresh)
        if error.errno in _NO_PLACE:
            return False
        raise
    return True


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
