"""Tokens of files: what is trained on, and what is held out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from isoshape.trainer.data import held_out
from isoshape.trainer.data.files import DataError, DataFile, DataUnreadable, open_files
from isoshape.trainer.data.hashing import MASK, Permutation, hash_blocks, mix
from isoshape.trainer.data.token_format import TokenLayout, read_layout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HELD_OUT_TOKENS = 131072
"""Max held-out tokens that a final loss is measured on."""
HASHED_AT_ONCE = 32 << 20  # bytes


@dataclass
class _Segment:
    """A stretch of training tokens without a gap."""

    file: DataFile
    offset: int  # bytes
    size: int  # tokens


class Corpus:
    """Tokens of a file or folder, split by content into training and held-out ones, with the
    fingerprint that isoshape-trainer gives them. Not thread-safe.

        corpus = Corpus("corpus.txt")
        for batch in corpus.batches(context=128, sequences=16, seed=0):  # endless
            inputs, targets = batch[:, :-1], batch[:, 1:]

    DataError, one line with the remedy, if they cannot be used.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._opened = open_files(path)
        hash_, files = self._tokenizers()
        parts = self._layouts(files)
        blocks = self._read_blocks(parts)
        held, self.warnings = held_out.split_held_out(self.token_bytes, blocks)
        self._held_out = self._join(files, held)
        self._segments = self._train_segments(files, blocks)
        self.train_tokens = sum(segment.size for segment in self._segments)
        """Training tokens in the data."""
        self.held_out_tokens = len(self._held_out)
        """Held-out tokens in the data."""
        hash_ += sum(block.hash for block in blocks)
        self.fingerprint = f"{hash_ & MASK:016x}"
        """Identifies the content."""
        if change := self._opened.change():
            raise DataError(change)

    def change(self) -> str:
        """Which file is not as it was when it was opened, one line; empty if none is, or if the
        content is still the same: a file was only touched. It is read again once for that.
        DataUnreadable if it cannot be read now; what is another time, another look says."""
        if not (change := self._opened.change()):
            return ""
        try:
            now = Corpus(self.path)
        except DataUnreadable:
            raise
        except DataError as error:
            return str(error)
        if now.fingerprint != self.fingerprint:
            return change
        self._opened.listing = now._opened.listing
        return ""

    def batches(
        self, context: int, sequences: int, seed: int, skip: int = 0
    ) -> Iterator[NDArray[np.int64]]:
        """Endless batches [sequences, context + 1] in the order that `seed` fixes: an epoch takes
        each sequence once, later epochs cut at other places. `skip`: batches passed over.
        ValueError if the data are too short for a batch."""
        import numpy as np

        epoch, next_, phase, firsts, count = 0, 0, 0, [0], 0
        order = Permutation(1, 0)

        def begin() -> None:
            nonlocal next_, phase, firsts, count, order
            random = mix((seed ^ mix(epoch)) & MASK)
            phase = random % context if epoch else 0
            firsts, count = self._cut(context, phase)
            if count == 0:
                phase = 0
                firsts, count = self._cut(context, phase)
            next_ = 0
            if count:
                order = Permutation(count, random)

        begin()
        self._check_long_enough(context, sequences, count)
        left = skip * sequences
        while left > count - next_:
            left -= count - next_
            epoch += 1
            begin()
        next_ += left
        while True:
            batch: NDArray[np.int64] = np.empty((sequences, context + 1), dtype=np.int64)
            for row in range(sequences):
                if next_ == count:
                    epoch += 1
                    begin()
                batch[row] = self._sequence(order(next_), context, phase, firsts)
                next_ += 1
            yield batch

    def held_out_batches(self, context: int, sequences: int) -> list[NDArray[np.int64]]:
        """At most HELD_OUT_TOKENS held-out tokens as batches [up to sequences, context + 1], the
        same ones for every run of that context. ValueError if the context is longer."""
        import numpy as np

        available = max(0, self.held_out_tokens - 1) // context
        if available == 0:
            raise ValueError(
                f"the context {context} is longer than the data: they have {self.held_out_tokens} "
                "held-out tokens; give a smaller context, or longer data"
            )
        count = min(max(-(-HELD_OUT_TOKENS // context), 1), available)
        rows = np.stack(
            [
                self._held_out[(begin := i * available // count * context) : begin + context + 1]
                for i in range(count)
            ]
        ).astype(np.int64)
        return [rows[i : i + sequences] for i in range(0, count, sequences)]

    def _tokenizers(self) -> tuple[int, list[DataFile]]:
        """The hash of tokenizers, which belong to the content, and all other files."""
        total, files = 0, []
        for file in self._opened.files:
            if Path(file.path).name == "tokenizer.model":
                total += int(hash_blocks(file.read(0, file.size).reshape(1, -1))[0])
            else:
                files.append(file)
        return total, files

    def _layouts(self, files: list[DataFile]) -> list[tuple[DataFile, TokenLayout]]:
        parts = [(file, read_layout(file)) for file in files]
        if not any(layout.count for _, layout in parts):
            raise DataError(f"data {self.path} is empty; name a text file or folder")
        first, kind = parts[0][0].path, parts[0][1].kind
        for file, layout in parts:
            if layout.kind != kind:
                raise DataError(
                    f"data {self.path} mix tokens of {kind} ({first}) and {layout.kind} "
                    f"({file.path}); keep one kind in a folder"
                )
        self._kind, self.token_bytes = kind, parts[0][1].token_bytes
        return parts

    def _read_blocks(self, parts: list[tuple[DataFile, TokenLayout]]) -> list[held_out.Block]:
        unit = self.token_bytes
        size = held_out.block_tokens(sum(layout.count for _, layout in parts)) * unit
        stride = max(1, HASHED_AT_ONCE // size) * size
        blocks: list[held_out.Block] = []
        least, most = 1 << 62, -1
        for number, (file, layout) in enumerate(parts):
            end = layout.offset + layout.count * unit
            for offset in range(layout.offset, end, stride):
                data = file.read(offset, min(stride, end - offset))
                tokens = data.view(self._kind)
                least, most = min(least, int(tokens.min())), max(most, int(tokens.max()))
                whole = len(data) // size * size
                hashes = hash_blocks(data[:whole].reshape(-1, size)).tolist() if whole else []
                if whole < len(data):
                    hashes += hash_blocks(data[whole:].reshape(1, -1)).tolist()
                for i, value in enumerate(hashes):
                    length = min(size, len(data) - i * size)
                    blocks.append(held_out.Block(number, offset + i * size, length, value))
        if least < 0:
            raise DataError(f"data {self.path} have token {least}, below 0; write token ids")
        if least == most and sum(block.size for block in blocks) > unit:
            raise DataError(
                f"data {self.path} are constant: the token {least} throughout; there is nothing to "
                "learn from them, name text"
            )
        self.vocab = 256 if unit == 1 else most + 1
        """Token values that a model must hold."""
        return blocks

    def _join(self, files: list[DataFile], blocks: list[held_out.Block]) -> NDArray[np.int64]:
        import numpy as np

        read = [files[block.file].read(block.offset, block.size) for block in blocks]
        return np.concatenate(read).view(self._kind) if read else np.empty(0, dtype=self._kind)

    def _train_segments(
        self, files: list[DataFile], blocks: list[held_out.Block]
    ) -> list[_Segment]:
        segments: list[_Segment] = []
        unit = self.token_bytes
        for block in blocks:
            if block.use != held_out.TRAIN:
                continue
            file, tokens = files[block.file], block.size // unit
            last = segments[-1] if segments else None
            if last and _runs_on(last.file, last.offset + last.size * unit, file, block.offset):
                last.size += tokens
            else:
                segments.append(_Segment(file, block.offset, tokens))
        return segments

    def _cut(self, context: int, phase: int) -> tuple[list[int], int]:
        """The number of the first sequence of each segment, and how many there are."""
        counts = [max(0, segment.size - 1 - phase) // context for segment in self._segments]
        sums = list(accumulate(counts, initial=0))
        return sums[:-1], sums[-1]

    def _sequence(
        self, number: int, context: int, phase: int, firsts: list[int]
    ) -> NDArray[np.int64]:
        from bisect import bisect_right

        index = bisect_right(firsts, number) - 1
        segment = self._segments[index]
        begin = phase + (number - firsts[index]) * context
        unit = self.token_bytes
        data = segment.file.read(segment.offset + begin * unit, (context + 1) * unit)
        return data.view(self._kind)

    def _check_long_enough(self, context: int, sequences: int, count: int) -> None:
        if count == 0:
            longest = max((segment.size for segment in self._segments), default=0)
            raise ValueError(
                f"the context {context} is longer than the data: they have {self.train_tokens} "
                f"training tokens in stretches of at most {longest}; give a smaller context, or "
                "longer data"
            )
        if count < sequences:
            raise ValueError(
                f"the data have {self.train_tokens} training tokens, {count} sequences of "
                f"{context} tokens, and one step takes {sequences}; give longer data, or fewer "
                "tokens per step"
            )


def _runs_on(file: DataFile, end: int, after: DataFile, begin: int) -> bool:
    """Whether a piece of `file` that ends at `end` runs on at `begin` of `after`: within a file,
    or from a small one into the next small one. So short documents make one text."""
    if file is after:
        return end == begin
    small = file.data is not None and after.data is not None
    return small and file.start + end == after.start + begin
