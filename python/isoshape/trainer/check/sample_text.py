"""A text to try a trainer on."""

from __future__ import annotations

import random


def sample_text(size: int) -> bytes:
    """`size` bytes of words, some frequent, from a fixed seed: a model learns something of it."""
    source = random.Random(1)
    words = [
        "".join(chr(97 + source.randrange(26)) for _ in range(source.randint(2, 8)))
        for _ in range(500)
    ]
    pieces: list[str] = []
    length = 0
    while length < size:
        word = words[min(source.randrange(500), source.randrange(500))]
        pieces += [word, "\n" if source.randrange(12) == 0 else " "]
        length += len(word) + 1
    return "".join(pieces).encode()[:size]
