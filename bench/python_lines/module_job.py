"""The job of job.py with a PyTorch module instead of a function: its loss is that law of its shape
and of the tokens that it has seen, and its products are there to be counted alone."""

import torch
from job import BUDGETS, TARGET, TOKENS_PER_STEP, train
from torch import nn

__all__ = ["BUDGETS", "DATA", "TARGET", "Model", "loss_of"]


class Model(nn.Module):
    def __init__(self, depth: int, width: int) -> None:
        super().__init__()
        self.depth, self.width, self.seen = depth, width, 0
        self.seed = torch.initial_seed()
        self.tokens = nn.Parameter(torch.zeros(1, width))
        if self.tokens.is_meta:  # to be counted
            self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
            self.logits = nn.Linear(width, 256, bias=False)

    def num_params(self) -> int:
        return 12 * self.depth * self.width**2 + 256 * self.width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.tokens.is_meta:
            hidden = self.tokens.expand(x.numel(), -1)
            for block in self.blocks:
                hidden = block(hidden)
            return self.logits(hidden).mean()
        if self.training:
            self.seen += x.numel() // TOKENS_PER_STEP
        return train(self.depth, self.width, max(1, self.seen), self.seed) + 0 * self.tokens.sum()


class Block(nn.Module):
    """Twelve products of the width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Linear(width, 4 * width, bias=False)
        self.ffn = nn.Sequential(
            nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + sum(self.mix(x).chunk(4, dim=-1)) + self.ffn(x)


def loss_of(outputs: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
    return outputs


DATA = [(torch.zeros(64, 256), torch.zeros(64, 256)) for _ in range(32)]
