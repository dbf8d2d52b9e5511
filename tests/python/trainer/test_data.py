"""Data are read and split as isoshape-trainer does."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import program

from isoshape.trainer import Corpus, DataError
from isoshape.trainer.check.orders import run_line, small_shape
from isoshape.trainer.check.sample_text import sample_text
from isoshape.trainer.data import DataUnreadable


def make(folder: Path, kind: str) -> Path:
    """Data of a kind."""
    path = folder / kind
    source = np.random.default_rng(7)
    if kind == "text":
        path.write_bytes(sample_text(200_001))
    elif kind == "copies":
        path.write_bytes(sample_text(20_000) * 12)
    elif kind == "folder":
        (path / "below").mkdir(parents=True)
        (path / "below" / "b").write_bytes(sample_text(70_000))
        (path / "c").write_bytes(sample_text(1_500_000)[::-1])
        (path / "a").write_bytes(sample_text(50_000))
        (path / ".hidden").write_bytes(b"x" * 1000)
    elif kind == "tokens.bin":
        source.integers(0, 256, 100_000).astype("<u2").tofile(path)
    elif kind == "tokens.npy":
        np.save(path, source.integers(0, 256, 90_000).astype("<i4"))
    elif kind == "llmc.bin":
        head = np.zeros(256, dtype="<i4")
        head[:3] = 20240520, 1, 80_000
        tokens = source.integers(0, 256, 80_000).astype("<u2")
        path.write_bytes(head.tobytes() + tokens.tobytes())
    return path


@pytest.mark.parametrize(
    "kind", ["text", "copies", "folder", "tokens.bin", "tokens.npy", "llmc.bin"]
)
def test_the_split_is_that_of_isoshape_trainer(tmp_path: Path, kind: str) -> None:
    path = make(tmp_path, kind)
    line = run_line("r", small_shape(1, 16), str(path), 1)
    ended = subprocess.run(
        [program("isoshape-trainer")],
        input=json.dumps(line) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "ISOSHAPE_DEVICE": "cpu"},
    )
    card = json.loads(ended.stdout.splitlines()[-1])["shape_card"]
    corpus = Corpus(str(path))
    assert corpus.fingerprint == card["data_fingerprint"]
    assert corpus.train_tokens == card["train_data_tokens"]
    assert corpus.held_out_tokens == card["validation_data_tokens"]
    assert corpus.warnings == card["warnings"]
    assert corpus.change() == ""


def sequences(corpus: Corpus, batches: int, **more: int) -> list[bytes]:
    stream = corpus.batches(context=32, sequences=4, seed=5, **more)
    return [row.tobytes() for _ in range(batches) for row in next(stream)]


def test_an_epoch_takes_each_sequence_once_and_nothing_held_out(tmp_path: Path) -> None:
    path = tmp_path / "data.npy"
    np.save(path, np.arange(60_000, dtype="<u4"))  # every token tells its place
    corpus = Corpus(str(path))
    held_out = {int(x) for batch in corpus.held_out_batches(32, 4) for row in batch for x in row}
    count = corpus._cut(32, 0)[1] // 4
    seen: list[int] = []
    for batch, _ in zip(corpus.batches(32, 4, seed=3), range(count), strict=False):
        assert (batch[:, 1:] == batch[:, :-1] + 1).all()
        seen += batch[:, :-1].ravel().tolist()
    assert len(set(seen)) == len(seen)
    assert held_out.isdisjoint(seen)
    assert len(seen) > 0.9 * corpus.train_tokens


def test_batches_go_on_where_they_are_told_to_over_epochs(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(sample_text(6_000))
    corpus = Corpus(str(path))
    epoch = corpus.train_tokens // 32 // 4
    whole = sequences(corpus, 3 * epoch)
    for skip in (1, epoch, 2 * epoch + 1):
        assert sequences(corpus, 3, skip=skip) == whole[4 * skip : 4 * (skip + 3)]
    assert whole[:8] != whole[4 * epoch : 4 * epoch + 8]  # another epoch, another order


def test_another_seed_is_another_order(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(sample_text(50_000))
    corpus = Corpus(str(path))
    first = next(corpus.batches(32, 8, seed=0))
    assert not np.array_equal(first, next(corpus.batches(32, 8, seed=1)))
    assert np.array_equal(first, next(corpus.batches(32, 8, seed=0)))


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("missing", None, "is not there; name a text file or folder"),
        ("empty", b"", "is empty"),
        ("same", b"a" * 1000, "are constant: the token 97"),
        ("text.gz", b"\x1f\x8b\x08" + b"x" * 50, "compressed (gzip)"),
        ("odd.bin", b"abc", "has 3 bytes, and a .bin file holds uint16"),
        ("no.npy", b"no array, but long enough", "not a NumPy array"),
        ("t.parquet", b"PAR1" + b"x" * 50 + b"PAR1", "Parquet"),
        ("t.zst", b"\x5e\x2a\x4d\x18" + b"x" * 50, "compressed (zstd)"),
        ("t.lz4", b"\x04\x22\x4d\x18" + b"x" * 50, "compressed (lz4)"),
        ("t.Z", b"\x1f\x9d\x90" + b"x" * 50, "compressed (compress)"),
        ("t.7z", b"7z\xbc\xaf\x27\x1c" + b"x" * 50, "compressed (7z)"),
        ("t.rar", b"Rar!\x1a\x07" + b"x" * 50, "compressed (rar)"),
        ("t.tar", b"x" * 257 + b"ustar\x0000" + b"x" * 300, "archive (tar)"),
        ("gnu.tar", b"x" * 257 + b"ustar  \x00" + b"x" * 300, "archive (tar)"),
        ("large.tar", b"x" * 257 + b"ustar\x0000" + b"x" * (2 << 20), "archive (tar)"),
        ("t.arrow", b"ARROW1\x00\x00" + b"x" * 50, "Arrow (Feather)"),
        ("t.feather", b"FEA1" + b"x" * 50 + b"FEA1", "Arrow (Feather)"),
        ("t.avro", b"Obj\x01" + b"x" * 50, "Avro"),
    ],
)
def test_data_that_cannot_be_used_are_refused(
    tmp_path: Path, name: str, content: bytes | None, error: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError) as refused:
        Corpus(str(path))
    assert error in str(refused.value)
    assert str(path) in str(refused.value)


def test_kinds_of_tokens_are_not_mixed(tmp_path: Path) -> None:
    make(tmp_path, "text")
    make(tmp_path, "tokens.bin")
    with pytest.raises(DataError, match="keep one kind in a folder"):
        Corpus(str(tmp_path))


def test_a_context_that_is_longer_than_the_data_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path, "text")
    with pytest.raises(ValueError, match="the context 1000000 is longer than the data"):
        next(Corpus(str(path)).batches(1_000_000, 1, 0))
    with pytest.raises(ValueError, match="one step takes 100000"):
        next(Corpus(str(path)).batches(64, 100_000, 0))


def test_a_change_of_the_data_is_noticed(tmp_path: Path) -> None:
    path = make(tmp_path, "folder")
    corpus = Corpus(str(path))
    (path / "z").write_bytes(b"more")
    assert f"{path / 'z'} is new since" in corpus.change()
    (path / "z").unlink()
    (path / "a").write_bytes(b"other")
    assert f"{path / 'a'} changed since" in corpus.change()
    (path / "a").unlink()
    assert f"{path / 'a'} is gone since" in corpus.change()


def test_what_cannot_be_read_now_is_no_change(tmp_path: Path) -> None:
    path = make(tmp_path, "folder")
    corpus = Corpus(str(path))
    away = tmp_path / "away"
    path.rename(away)
    with pytest.raises(DataUnreadable, match="it is not there"):
        corpus.change()
    path.mkdir()  # nothing is mounted on it
    with pytest.raises(DataUnreadable, match="is empty"):
        corpus.change()
    path.rmdir()
    away.rename(path)
    assert corpus.change() == ""


def test_data_that_are_only_touched_have_not_changed(tmp_path: Path) -> None:
    path = make(tmp_path, "folder")
    corpus = Corpus(str(path))
    os.utime(path / "a", ns=(1, 1))
    assert corpus.change() == ""
    os.utime(path / "a", ns=(2, 2))
    (path / "a").write_bytes(b"other")
    assert f"{path / 'a'} changed since" in corpus.change()


def test_a_file_written_over_is_noticed_though_its_time_is_put_back(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(sample_text(5_000))
    corpus = Corpus(str(path))
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # the file system's clock is coarse
        with path.open("r+b") as file:
            file.write(sample_text(5_000)[::-1])
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert f"{path} changed since" in corpus.change()
