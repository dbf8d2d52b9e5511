"""The best depth and width of a vision transformer on a generated task: which way a grating in the
noise is turned.

    python sweep_vit.py

Losses are nats for an image; a token is a patch, so that N is near the parameters.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

import isoshape

SIDE, PATCH, CLASSES, IMAGES = 16, 4, 8, 32
PATCHES = (SIDE // PATCH) ** 2


class VisionTransformer(nn.Module):
    def __init__(self, depth: int, width: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, width, PATCH, stride=PATCH)
        self.positions = nn.Parameter(0.02 * torch.randn(PATCHES, width))
        layer = nn.TransformerEncoderLayer(
            width, width // 8, 4 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.classes = nn.Linear(width, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        x = self.patches(images).flatten(2).transpose(1, 2) + self.positions
        return self.classes(self.norm(self.blocks(x)).mean(dim=1))


def images(seed: int, batches: int = 200) -> Iterator[tuple[Tensor, Tensor]]:
    """Gratings of a random phase and frequency, turned by one of CLASSES angles, in noise."""
    source = torch.Generator().manual_seed(seed)
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    for _ in range(batches):
        labels = torch.randint(CLASSES, (IMAGES,), generator=source)
        angle = (labels * math.pi / CLASSES)[:, None, None]
        phase, frequency = torch.rand(2, IMAGES, 1, 1, generator=source)
        place = rows * angle.cos() + columns * angle.sin()
        wave = torch.cos((0.5 + frequency) * place + 2 * math.pi * phase)
        noise = 1.5 * torch.randn(IMAGES, SIDE, SIDE, generator=source)
        yield (wave + noise)[:, None], labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budgets", nargs="+", default=["3e10", "1e11", "3e11"])
    parser.add_argument("--folder", help="keeps finished runs; the same call goes on from there")
    found = parser.parse_args()
    result = isoshape.sweep(
        model=VisionTransformer,
        data=images,
        validation=list(images(seed=10**6, batches=32)),
        tokens=lambda batch: len(batch[0]) * PATCHES,
        budgets=found.budgets,
        width_multiple=8,
        folder=found.folder,
    )
    print(result)


if __name__ == "__main__":
    main()
