"""A decoder of nanoGPT's kind in PyTorch, with any shape and recipe that isoshape proposes.

    python -m isoshape.trainer check decoder_trainer.py
    isoshape worker --trainer "python3 decoder_trainer.py" --data text=corpus.txt

Rates, initial scales and multipliers follow the recipe (docs/recipes.md), so that its losses are
those of isoshape-trainer but for the seeds' noise.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from isoshape.trainer import Evaluation, Run, serve


class Block(nn.Module):
    """Attention and feed-forward, each behind a norm and added to the residual stream."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        shape, bias = run.shape, run.shape.bias
        standard = run.recipe.parameterization == "standard"
        self.heads, self.kv_heads, self.head_dim = shape.heads, shape.kv_heads, shape.head_dim
        self.rotary = shape.positions == "rope"
        self.scale = shape.head_dim**-0.5 if standard else 1 / shape.head_dim
        depth_ratio = shape.depth / run.recipe.base_depth
        self.branch = 1 / depth_ratio if run.recipe.parameterization == "completep" else 1.0
        self.activation = shape.activation
        query, key_value = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
        self.attention_norm = norm_of(run)
        self.qkv = nn.Linear(shape.width, query + 2 * key_value, bias=bias)
        self.out = nn.Linear(query, shape.width, bias=bias)
        self.ffn_norm = norm_of(run)
        gated = 2 if shape.activation == "swiglu" else 1
        self.up = nn.Linear(shape.width, gated * shape.ffn_width, bias=bias)
        self.down = nn.Linear(shape.ffn_width, shape.width, bias=bias)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self.branch * self.attend(self.attention_norm(x), turn)
        hidden = self.up(self.ffn_norm(x))
        if self.activation == "swiglu":
            gate, hidden = hidden.chunk(2, dim=-1)
            hidden = F.silu(gate) * hidden
        elif self.activation == "gelu":
            hidden = F.gelu(hidden, approximate="tanh")
        else:
            hidden = F.relu(hidden).square()
        return x + self.branch * self.down(hidden)

    def attend(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        sequences, context, _ = x.shape
        sizes = [h * self.head_dim for h in (self.heads, self.kv_heads, self.kv_heads)]
        q, k, v = (
            part.view(sequences, context, -1, self.head_dim).transpose(1, 2)
            for part in self.qkv(x).split(sizes, dim=-1)
        )
        if self.rotary:
            q, k = rotate(q, turn), rotate(k, turn)
        shared = self.kv_heads != self.heads
        mixed = F.scaled_dot_product_attention(
            q, k, v, is_causal=True, scale=self.scale, enable_gqa=shared
        )
        return self.out(mixed.transpose(1, 2).reshape(sequences, context, -1))


class Decoder(nn.Module):
    """Predicts each next token; `forward` returns its logits, [sequences, context, vocab]."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        shape, recipe = run.shape, run.recipe
        self.embedding = nn.Embedding(shape.vocab, shape.width)
        self.positions = (
            nn.Parameter(torch.empty(shape.context, shape.width))
            if shape.positions == "learned"
            else None
        )
        self.blocks = nn.ModuleList(Block(run) for _ in range(shape.depth))
        self.norm = norm_of(run)
        self.unembedding = nn.Linear(shape.width, shape.vocab, bias=False)
        if shape.tied_embedding:
            self.unembedding.weight = self.embedding.weight
        standard = recipe.parameterization == "standard"
        width_ratio = 1.0 if standard else shape.width / recipe.base_width
        self.input_scale = recipe.input_multiplier
        self.output_scale = recipe.output_multiplier / width_ratio
        angles = torch.outer(
            torch.arange(shape.context),
            10000 ** (-torch.arange(0, shape.head_dim, 2) / shape.head_dim),
        )
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for name, parameter in self.named_parameters():
            if parameter.ndim == 2:
                hidden = name.startswith("blocks.")
                std = recipe.init_std / (math.sqrt(width_ratio) if hidden else 1)
                if standard and name.endswith(("out.weight", "down.weight")):
                    std /= math.sqrt(2 * shape.depth)
                nn.init.normal_(parameter, std=std)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        if self.positions is not None:
            x = x + self.positions
        x = x * self.input_scale
        for block in self.blocks:
            x = block(x, (self.cos, self.sin))
        return self.unembedding(self.norm(x)) * self.output_scale


def norm_of(run: Run) -> nn.Module:
    """The norm of the shape."""
    if run.shape.norm == "layer":
        return nn.LayerNorm(run.shape.width, bias=run.shape.bias)
    return nn.RMSNorm(run.shape.width, eps=1e-5)


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary positions (Su et al. 2021)."""
    cos, sin = turn
    left, right = x.chunk(2, dim=-1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


def optimizer_of(run: Run, model: Decoder) -> torch.optim.Optimizer:
    """AdamW with the groups of the recipe; each has its rate over the base rate as `factor`."""
    shape, recipe = run.shape, run.recipe
    ratio, depth = 1.0, 1.0
    if recipe.parameterization != "standard":
        ratio = shape.width / recipe.base_width
        depth = shape.depth / recipe.base_depth if recipe.parameterization == "completep" else 1.0
    groups = []
    for name, parameter in model.named_parameters():
        hidden, matrix = name.startswith("blocks."), parameter.ndim == 2
        decay = (recipe.weight_decay or 0.0) if matrix else 0.0
        groups.append(
            {
                "params": [parameter],
                "factor": 1 / ratio if hidden and matrix else 1.0,
                "weight_decay": decay * ratio if hidden and matrix else decay,
                "eps": recipe.epsilon / (ratio * depth) if hidden else recipe.epsilon,
            }
        )
    betas = (recipe.beta1 or 0.0, recipe.beta2 or 0.0)
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=betas)


def check(run: Run) -> None:
    """Refuses what this trainer has no model for."""
    shape, recipe = run.shape, run.recipe
    for name, value, known in (
        ("objective", shape.objective, "causal"),
        ("norm_placement", shape.norm_placement, "pre"),
        ("residual", shape.residual, "add"),
        ("qk_norm", shape.qk_norm, False),
        ("optimizer", recipe.optimizer, "adamw"),
        ("precision", recipe.precision, "fp32"),
    ):
        if value != known:
            raise ValueError(f"{name} {value} is not of this trainer; use {known}")


def train(run: Run) -> Evaluation:
    check(run)
    torch.manual_seed(run.seed)
    model = Decoder(run).to(run.device)
    optimizer = optimizer_of(run, model)
    run.checkpoint(model, optimizer)

    def loss_of(inputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())

    for inputs, targets in run.batches():
        for group in optimizer.param_groups:
            group["lr"] = run.learning_rate * group["factor"]
        loss = loss_of(inputs, targets)
        optimizer.zero_grad()
        loss.backward()
        clip = run.recipe.gradient_clip or math.inf
        norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        run.report(train_loss=loss, gradient_norm=norm)
    return run.evaluate(loss_of)


if __name__ == "__main__":
    serve(train)
