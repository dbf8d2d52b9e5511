from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from conftest import Finished
from matplotlib import pyplot

from isoshape import _draw
from isoshape._figure import write_whole
from isoshape.errors import InvalidArgument

matplotlib.use("agg")

KINDS = (
    "isoflop trends methods envelope heatmap aspect curves residuals pareto surface prediction "
    "progress"
).split()
WITHOUT_FITS = ("heatmap", "curves", "pareto", "progress")


def test_figure_tells_what_it_shows(finished: Finished) -> None:
    figure = finished.campaign.figure("isoflop", resamples=200)
    assert figure.sentence in repr(figure) and figure.warnings
    assert figure.data.kind == "isoflop" and len(figure.data.panels) == 1
    assert figure.to_dict()["panels"][0]["series"]


def test_figure_shows_itself_in_a_notebook(finished: Finished) -> None:
    drawn = finished.campaign.figure("isoflop", resamples=200)._repr_svg_()
    assert drawn is None or ElementTree.fromstring(drawn).tag.endswith("svg")


@pytest.mark.parametrize(
    ("name", "begins"), [("f.csv", b"panel"), ("f.json", b"{"), ("f.TEX", b"%"), ("f.txt", b"")]
)
def test_figure_is_saved_in_the_format_of_the_name(
    finished: Finished, tmp_path: Path, name: str, begins: bytes
) -> None:
    path = finished.campaign.figure("isoflop", resamples=200).save(tmp_path / name, width="90mm")
    assert path.read_bytes().startswith(begins) and path.stat().st_size > 100


def test_file_of_no_known_format_is_refused(finished: Finished, tmp_path: Path) -> None:
    figure = finished.campaign.figure("isoflop", resamples=200)
    with pytest.raises(InvalidArgument, match="has no known format"):
        figure.save(tmp_path / "f.bmp")


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file grows past 1000 bytes: writes fail as on a full disk, for root as well."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


def test_full_disk_loses_no_picture(tmp_path: Path, full_disk: None) -> None:
    there = tmp_path / "there.svg"
    there.write_text("old")
    for path in (there, tmp_path / "new.svg"):
        with pytest.raises(OSError, match="File too large"):
            write_whole(path, b"x" * 5000)
    assert there.read_text() == "old"
    assert list(tmp_path.iterdir()) == [there]


def test_picture_keeps_what_its_file_has(tmp_path: Path) -> None:
    there, link = tmp_path / "there.svg", tmp_path / "link.svg"
    there.write_text("a longer one")
    there.chmod(0o640)
    link.symlink_to("there.svg")
    before = there.stat()
    assert write_whole(link, b"new") == link and link.is_symlink()
    after = there.stat()
    assert there.read_text() == "new" and after.st_ino != before.st_ino
    assert (after.st_mode, after.st_uid) == (before.st_mode, before.st_uid)
    (other := tmp_path / "other.svg").hardlink_to(there)
    write_whole(there, b"of both")
    assert other.read_text() == "of both"
    write_whole("/dev/null", b"nothing")
    assert not Path("/dev/null").is_file()


def test_picture_for_who_has_its_file_open_is_written_into_it(tmp_path: Path) -> None:
    there, link = tmp_path / "there.svg", tmp_path / "link.svg"
    there.write_text("a longer one")
    with there.open() as held:
        link.symlink_to(f"/dev/fd/{held.fileno()}")
        write_whole(link, b"new")
        assert held.read() == "new"


def test_unknown_kind_is_refused(finished: Finished) -> None:
    with pytest.raises(InvalidArgument) as found:
        finished.campaign.figure("pie")
    assert found.value.field == "kind"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_by_matplotlib(finished: Finished, kind: str, tmp_path: Path) -> None:
    resamples = {} if kind in WITHOUT_FITS else {"resamples": 50}
    figure = finished.campaign.figure(kind, **resamples)
    drawn = figure.to_matplotlib()
    axes = drawn if isinstance(drawn, list) else [drawn]
    assert [ax.get_xlabel() for ax in axes] == [panel.x.label for panel in figure.data.panels]
    for ax, panel in zip(axes, figure.data.panels, strict=True):
        assert ax.get_xscale() == ("log" if panel.x.log and not panel.x.categories else "linear")
    axes[0].figure.savefig(tmp_path / "f.png")
    pyplot.close("all")


def test_roles_look_as_in_every_renderer() -> None:
    symbols = {"o": "circle", "D": "diamond", "s": "square", "^": "triangle", "x": "cross"}
    dashes = {"-": "solid", "--": "dashed", ":": "dotted"}
    head, *lines = (Path(__file__).parents[2] / "figures" / "looks.csv").read_text().splitlines()
    assert head == "role,symbol,filled,dash"
    for line in lines:
        role = line.split(",")[0]
        symbol = symbols[_draw.MARKERS.get(role, "o")]
        filled = "no" if role in _draw.HOLLOW or symbol == "cross" else "yes"
        assert f"{role},{symbol},{filled},{dashes[_draw.DASHES.get(role, '-')]}" == line


def test_figure_is_drawn_into_an_axis(finished: Finished) -> None:
    _, ax = pyplot.subplots()
    assert finished.campaign.figure("isoflop", resamples=200).to_matplotlib(ax=ax) is ax
    with pytest.raises(InvalidArgument, match="panels"):
        finished.campaign.figure("trends", resamples=200).to_matplotlib(ax=ax)
    pyplot.close("all")
