"""The best depth and width of a nanoGPT-like decoder on a text, from its factory alone.

    python sweep_decoder.py corpus.txt

`make_model`, `batches` and the call of isoshape.sweep are all that a sweep needs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

import isoshape

CONTEXT, SEQUENCES = 64, 4


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = width // 8
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.ffn = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        sequences, context, width = x.shape
        q, k, v = (
            part.view(sequences, context, self.heads, -1).transpose(1, 2)
            for part in self.qkv(self.norms[0](x)).chunk(3, dim=-1)
        )
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(sequences, context, width))
        return x + self.ffn(self.norms[1](x))


class Decoder(nn.Module):
    def __init__(self, depth: int, width: int) -> None:
        super().__init__()
        self.tokens = nn.Embedding(256, width)
        self.positions = nn.Parameter(0.02 * torch.randn(CONTEXT, width))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.logits = nn.Linear(width, 256, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.logits(self.norm(self.blocks(self.tokens(tokens) + self.positions)))


class Text:
    """Batches of a text; those of another seed come in another order."""

    def __init__(self, text: bytes) -> None:
        bytes_ = torch.frombuffer(bytearray(text), dtype=torch.uint8).long()
        rows = bytes_[: len(bytes_) // (CONTEXT + 1) * (CONTEXT + 1)].view(-1, CONTEXT + 1)
        held = len(rows) // 16
        self.validation = list(self.pairs(rows[:held]))
        self.rows = rows[held:]

    def pairs(self, rows: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in rows.split(SEQUENCES):
            if len(batch) == SEQUENCES:
                yield batch[:, :-1], batch[:, 1:]

    def __call__(self, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self.rows), generator=torch.Generator().manual_seed(seed))
        return self.pairs(self.rows[order])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", help="a file; every byte is a token")
    parser.add_argument("--budgets", nargs="+", default=["3e10", "1e11", "3e11"])
    parser.add_argument("--folder", help="keeps finished runs; the same call goes on from there")
    found = parser.parse_args()
    text = Text(Path(found.text).read_bytes())
    result = isoshape.sweep(
        model=Decoder,
        data=text,
        validation=text.validation[:32],
        budgets=found.budgets,
        learning_rate=0.01,
        width_multiple=8,
        folder=found.folder,
    )
    print(result)


if __name__ == "__main__":
    main()
