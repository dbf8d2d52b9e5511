"""How tokens lie in a file: bytes, nanoGPT's and llm.c's .bin, NumPy's .npy."""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass

from isoshape.trainer.data.files import DataError, DataFile

LLMC_HEADER = 256 * 4
LLMC = {20240520: (1, "<u2"), 20240801: (7, "<u4")}  # magic: version, kind
NPY = {"|u1", "<u2", "<u4", "<i4", "<i8"}


@dataclass(frozen=True)
class TokenLayout:
    """Where the tokens of a file lie."""

    kind: str  # as NumPy names types: `|u1`, `<u2`, …
    offset: int  # bytes
    count: int  # tokens

    @property
    def token_bytes(self) -> int:
        return int(self.kind[-1])


def read_layout(file: DataFile) -> TokenLayout:
    """The layout of a file by its name and its header. DataError if it is malformed."""
    if file.path.endswith(".bin"):
        return _read_bin(file)
    if file.path.endswith(".npy"):
        return _read_npy(file)
    return TokenLayout("|u1", 0, file.size)


def _refuse(file: DataFile, why: str) -> DataError:
    return DataError(f"data {file.path}: {why}")


def _read_bin(file: DataFile) -> TokenLayout:
    head = file.read(0, min(file.size, LLMC_HEADER)).tobytes()
    magic, version, count = struct.unpack("<3i", head[:12]) if len(head) >= 12 else (0, 0, 0)
    if len(head) == LLMC_HEADER and magic in LLMC:
        known, kind = LLMC[magic]
        if version != known:
            raise _refuse(
                file,
                f"it has version {version} of llm.c's token files, and version {known} is known; "
                "write it anew as that",
            )
        expected = LLMC_HEADER + count * int(kind[-1])
        if file.size != expected:
            raise _refuse(
                file,
                f"its header promises {count} tokens, which are {expected} bytes, and it has "
                f"{file.size}; copy or write it anew",
            )
        return TokenLayout(kind, LLMC_HEADER, count)
    if file.size % 2:
        raise _refuse(
            file,
            f"it has {file.size} bytes, and a .bin file holds uint16 tokens; give it another "
            "ending if its bytes are the tokens",
        )
    return TokenLayout("<u2", 0, file.size // 2)


def _read_npy(file: DataFile) -> TokenLayout:
    head = file.read(0, min(file.size, 12)).tobytes()
    if len(head) < 10 or head[:6] != b"\x93NUMPY":
        raise _refuse(file, "it is not a NumPy array; write it with numpy.save")
    prefix = 12 if head[6] >= 2 else 10
    length = int.from_bytes(head[8:prefix], "little")
    if prefix + length > file.size:
        raise _refuse(file, "it ends within its header; copy or write it anew")
    try:
        header = ast.literal_eval(file.read(prefix, length).tobytes().decode("latin-1").strip())
        kind, shape = header["descr"], header["shape"]
        in_order = not header["fortran_order"]
    except (ValueError, SyntaxError, KeyError, TypeError):
        raise _refuse(file, "its header cannot be read; write it with numpy.save") from None
    if kind not in NPY:
        raise _refuse(
            file,
            f"its elements are {kind!r}, none of uint8, uint16, uint32, int32, int64 "
            "(little-endian); convert it with astype",
        )
    if len(shape) != 1 or not in_order:
        raise _refuse(
            file, f"its shape is {shape}, not a row of tokens; flatten it with reshape(-1)"
        )
    layout = TokenLayout(kind, prefix + length, shape[0])
    if file.size != layout.offset + layout.count * layout.token_bytes:
        raise _refuse(file, "its header promises another size than it has; copy or write it anew")
    return layout
