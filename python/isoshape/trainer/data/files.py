"""The bytes of a file, or of all files below a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGE = 1 << 20
"""Files of this size and above stay on disk; smaller ones are one text in memory."""

ARCHIVES = {
    b"\x1f\x8b\x08": ("gzip", "decompress it first: zcat FILE > text"),
    b"\x28\xb5\x2f\xfd": ("zstd", "decompress it first: zstdcat FILE > text"),
    b"\xfd7zXZ\x00": ("xz", "decompress it first: xzcat FILE > text"),
    b"PK\x03\x04": ("zip", "unpack it first: unzip FILE"),
    b"\x04\x22\x4d\x18": ("lz4", "decompress it first: lz4cat FILE > text"),
    b"\x02\x21\x4c\x18": ("lz4", "decompress it first: lz4cat FILE > text"),
    b"7z\xbc\xaf\x27\x1c": ("7z", "unpack it first: 7z x FILE"),
    b"Rar!\x1a\x07": ("rar", "unpack it first: unrar x FILE"),
}

HEAD = 512
"""How much of the beginning of a file tells what it is: the header of a tar."""

AS_TOKENS = "write its text as tokens first (isoshape-trainer encode)"


class DataError(OSError):
    """The data cannot be used on this machine: the worker's fault, not the run's."""


class DataUnreadable(DataError):
    """The data are not there or cannot be read now: nothing says that they are not what they
    were."""


@dataclass
class DataFile:
    """A file that is not empty."""

    path: str
    size: int  # bytes
    status: tuple[int, ...]  # what changes when somebody writes to it
    data: NDArray[np.uint8] | None = None  # of a small one
    start: int = 0  # where a small one lies among all small ones
    descriptor: int = -1  # of a large one

    def read(self, offset: int, size: int) -> NDArray[np.uint8]:
        """`size` bytes from `offset` on; of a small file, also of those that it runs on into."""
        import numpy as np

        if self.data is not None:
            begin = self.start + offset
            return self.data[begin : begin + size]
        data = os.pread(self.descriptor, size, offset)
        while len(data) < size:
            more = os.pread(self.descriptor, size - len(data), offset + len(data))
            if not more:
                raise DataError(
                    f"data {self.path}: it became shorter while it was in use; leave data alone "
                    "that runs are trained on, and give other data another path"
                )
            data += more
        return np.frombuffer(data, dtype=np.uint8)

    def __del__(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)


@dataclass
class DataFiles:
    """All regular files of a path, in the order of their paths; hidden ones are left out."""

    path: str
    files: list[DataFile] = field(default_factory=list)
    listing: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    def change(self) -> str:
        """Which file is not as it was when it was opened, one line; empty if none is.
        DataUnreadable if that cannot be seen."""
        now = list_files(self.path)
        if now == self.listing:
            return ""
        was, other = dict(self.listing), dict(now)
        for path in sorted(was.keys() | other.keys()):
            if was.get(path) != other.get(path):
                what = "is new" if path not in was else "is gone"
                if path in was and path in other:
                    what = "changed"
                return (
                    f"data {path} {what} since the data were opened; leave data alone that runs "
                    "are trained on, and give other data another path"
                )
        return ""


def list_files(path: str) -> list[tuple[str, tuple[int, ...]]]:
    """Paths below `path`, sorted by their bytes, and what tells that a file was written to."""
    if not os.path.exists(path):
        raise DataUnreadable(f"data {path}: it is not there; name a text file or folder")
    paths = [path]
    if os.path.isdir(path):
        paths = []
        for folder, folders, names in os.walk(path, onerror=_refuse_folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            paths += [os.path.join(folder, n) for n in names if not n.startswith(".")]
        paths = sorted((p for p in paths if os.path.isfile(p)), key=os.fsencode)
    listing: list[tuple[str, tuple[int, ...]]] = []
    for each in paths:
        try:
            now = os.stat(each)
        except OSError as error:
            raise DataUnreadable(
                f"data {each}: {error.strerror}; leave the folder alone while it is read"
            ) from None
        # The ctime too, which nobody sets: rsync -t and cp -p put the mtime back.
        times = (now.st_mtime_ns, now.st_ctime_ns)
        listing.append((each, (now.st_dev, now.st_ino, now.st_size, *times)))
    return listing


def _refuse_folder(error: OSError) -> None:
    raise DataUnreadable(f"data {error.filename}: {error.strerror}") from None


def open_files(path: str) -> DataFiles:
    """Opens all files. DataUnreadable if there is none or one cannot be read, DataError if one is
    compressed."""
    import numpy as np

    opened = DataFiles(path, listing=list_files(path))
    if not opened.listing:  # as of a folder on which a file system is mounted at other times
        raise DataUnreadable(f"data {path} is empty; name a text file or folder")
    small: list[bytes] = []
    start = 0
    for each, status in opened.listing:
        size = status[2]
        if size == 0:
            continue
        file = DataFile(each, size, status)
        try:
            if size < LARGE:
                content = Path(each).read_bytes()
                if len(content) != size:
                    raise DataError(f"data {each}: it changed while it was read; leave it alone")
                check_archive(each, content[:HEAD], content[-4:])
                small.append(content)
                file.start, start = start, start + size
            else:
                file.descriptor = os.open(each, os.O_RDONLY | os.O_CLOEXEC)
                check_archive(each, os.pread(file.descriptor, HEAD, 0), b"")
        except DataError:
            raise
        except OSError as error:
            raise DataUnreadable(
                f"data {each}: {error.strerror}; check its permissions and its file system"
            ) from None
        opened.files.append(file)
    joined = np.frombuffer(b"".join(small), dtype=np.uint8)
    for file in opened.files:
        if file.descriptor < 0:
            file.data = joined
    return opened


def check_archive(path: str, head: bytes, tail: bytes) -> None:
    """DataError if the first bytes are those of an archive or a table."""
    for magic, (name, remedy) in ARCHIVES.items():
        if head.startswith(magic):
            raise DataError(f"data {path}: it is compressed ({name}); {remedy}")
    if head[:3] == b"BZh" and head[4:10] == b"1AY&SY":
        raise DataError(f"data {path}: it is compressed (bzip2); bzcat FILE > text decompresses it")
    if head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50 and len(head) >= 8:
        raise DataError(
            f"data {path}: it is compressed (zstd); decompress it first: zstdcat FILE > text"
        )
    # compress (.Z): in blocks, as it always writes, of codes of 9 to 16 bits.
    if head[:2] == b"\x1f\x9d" and head[2:] and head[2] & 0xE0 == 0x80 and 9 <= head[2] & 31 <= 16:
        raise DataError(
            f"data {path}: it is compressed (compress); decompress it first: zcat FILE > text"
        )
    if len(head) > 265 and head[257:265] in (b"ustar\x0000", b"ustar  \x00"):
        raise DataError(f"data {path}: it is an archive (tar); unpack it first: tar xf FILE")
    if head.startswith(b"PAR1") and tail in (b"PAR1", b""):
        raise DataError(f"data {path}: it is a Parquet table; {AS_TOKENS}")
    if head.startswith(b"ARROW1\x00\x00") or (head.startswith(b"FEA1") and tail in (b"FEA1", b"")):
        raise DataError(f"data {path}: it is an Arrow (Feather) table; {AS_TOKENS}")
    if head.startswith(b"Obj\x01"):
        raise DataError(f"data {path}: it is an Avro table; {AS_TOKENS}")
