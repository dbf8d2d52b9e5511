"""A training step in PyTorch, timed: what the trainer's speed is held against.

usage: torch_peer.py DEPTH WIDTH HEAD_DIM CONTEXT SEQUENCES VOCAB
                     eager|compile fp32|bf16 cpu|cuda STEPS [TUNING]

The decoder that isoshape-trainer is given in these comparisons: LayerNorm
before each branch, GELU (tanh), learned positions, tied embedding, no biases;
gradients clipped at norm 1, AdamW. bf16 is autocast's, as in most training
scripts. TUNING is torch.compile's mode on a GPU (max-autotune). Prints
`tokens_per_second=… gflops=…`, FLOPs with attention in full.
"""
import sys
import time

import torch
from torch import nn
from torch.nn import functional

WARM_UP_STEPS = 10


class Attention(nn.Module):

    def __init__(self, width, head_dim):
        super().__init__()
        self.head_dim = head_dim
        self.queries_keys_values = nn.Linear(width, 3 * width, bias=False)
        self.projection = nn.Linear(width, width, bias=False)

    def forward(self, x):
        # [sequences, context, width] into three [sequences, heads, context,
        # head_dim] and back.
        heads = (part.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)
                 for part in self.queries_keys_values(x).chunk(3, dim=-1))
        mixed = functional.scaled_dot_product_attention(*heads, is_causal=True)
        return self.projection(mixed.transpose(1, 2).flatten(-2))


class Block(nn.Module):

    def __init__(self, width, head_dim):
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(width, bias=False),
                                       Attention(width, head_dim))
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(width, bias=False),
            nn.Linear(width, 4 * width, bias=False),
            nn.GELU(approximate="tanh"),
            nn.Linear(4 * width, width, bias=False))

    def forward(self, x):
        x = x + self.attention(x)
        return x + self.feed_forward(x)


class Decoder(nn.Module):

    def __init__(self, depth, width, head_dim, context, vocab):
        super().__init__()
        self.tokens = nn.Embedding(vocab, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.Sequential(
            *(Block(width, head_dim) for _ in range(depth)),
            nn.LayerNorm(width, bias=False))

    def forward(self, inputs, targets):
        x = self.blocks(self.tokens(inputs) + self.positions.weight)
        logits = functional.linear(x, self.tokens.weight).float()
        return functional.cross_entropy(logits.flatten(0, 1),
                                        targets.flatten())


def time_steps(size, mode, precision, device, steps, tuning):
    """Seconds of a step, the mean after a warm-up."""
    depth, width, head_dim, context, sequences, vocab = size
    model = Decoder(depth, width, head_dim, context, vocab).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3,
                                  betas=(0.9, 0.95), weight_decay=0.1,
                                  fused=True)
    loss_of = model
    if mode == "compile":
        loss_of = torch.compile(
            model, mode=tuning if device == "cuda" else "default")
    batch = torch.randint(vocab, (sequences, context + 1), device=device)
    inputs, targets = batch[:, :-1].contiguous(), batch[:, 1:].contiguous()

    def now():
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    for step in range(WARM_UP_STEPS + steps):
        if step == WARM_UP_STEPS:
            begin = now()
        with torch.autocast(device, torch.bfloat16,
                            enabled=precision == "bf16"):
            loss = loss_of(inputs, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return (now() - begin) / steps


def main():
    if len(sys.argv) not in (11, 12):
        sys.exit(__doc__)
    size = tuple(map(int, sys.argv[1:7]))
    mode, precision, device = sys.argv[7:10]
    tuning = sys.argv[11] if len(sys.argv) > 11 else "max-autotune"
    torch.set_float32_matmul_precision("high")
    seconds = time_steps(size, mode, precision, device, int(sys.argv[10]),
                         tuning)
    depth, width, _, context, sequences, vocab = size
    flops = 3 * (depth * (24 * width * width + 4 * context * width) +
                 2 * width * vocab)
    speed = sequences * context / seconds
    print(f"torch={torch.__version__} mode={mode} precision={precision} "
          f"device={device} ms_per_step={1e3 * seconds:.2f}")
    print(f"tokens_per_second={speed:.0f} gflops={flops * speed / 1e9:.1f}")


if __name__ == "__main__":
    main()
