"""Hashes and orders that are those of isoshape-trainer, to the bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MASK = (1 << 64) - 1
FNV_START = 14695981039346656037
FNV_PRIME = 1099511628211


def hash_blocks(blocks: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The hash of each row of bytes: FNV-1a over words of 8 bytes, then MurmurHash3's fmix64
    (trainer/files/hash.h). All rows are hashed side by side."""
    import numpy as np

    count, size = blocks.shape
    padded = np.zeros((count, (size + 7) // 8 * 8), dtype=np.uint8)
    padded[:, :size] = blocks
    words = np.ascontiguousarray(padded.view("<u8").T)
    state = np.full(count, FNV_START ^ size, dtype=np.uint64)
    prime, shift = np.uint64(FNV_PRIME), np.uint64(29)
    for word in words:
        state ^= word
        state *= prime
        state ^= state >> shift
    shift = np.uint64(33)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        state ^= state >> shift
        state *= np.uint64(factor)
    state ^= state >> shift
    return state


def mix(x: int) -> int:
    """SplitMix64's step (trainer/data/permutation.h)."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


class Permutation:
    """A random order of 0 .. size - 1 that takes no memory: a Feistel network."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._half = 0
        while self._half < 31 and 1 << (2 * self._half) < size:
            self._half += 1
        start = mix(seed & MASK)
        self._keys = [mix((start + round_) & MASK) for round_ in range(4)]

    def __call__(self, index: int) -> int:
        mask = (1 << self._half) - 1
        while True:
            left, right = index >> self._half, index & mask
            for key in self._keys:
                left, right = right, left ^ (mix(right ^ key) & mask)
            index = left << self._half | right
            if index < self._size:
                return index
