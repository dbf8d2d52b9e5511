"""Parameters and FLOPs of a shape (docs/accounting.md), as shape/accounting.h counts them."""

from __future__ import annotations

from isoshape._api import Shape


def count_parameters(shape: Shape) -> int:
    """Parameters of the model that `shape` describes."""
    width, bias = shape.width, int(shape.bias)
    query, key_value = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    matrices = 3 if shape.activation == "swiglu" else 2
    attention = width * (query + 2 * key_value) + query * width
    attention += bias * (query + 2 * key_value + width)
    ffn = matrices * width * shape.ffn_width + bias * ((matrices - 1) * shape.ffn_width + width)
    norm = width * (1 + bias if shape.norm == "layer" else 1)
    has_norms = shape.norm_placement != "none"
    total = shape.depth * (attention + ffn)
    if has_norms:
        total += (2 * shape.depth + 1) * norm
    if shape.qk_norm:
        total += 2 * shape.depth * shape.head_dim
    if shape.objective == "masked":
        total += width * width + bias * width + (norm if has_norms else 0)
    if shape.positions == "learned":
        total += shape.context * width
    return total + shape.vocab * width * (1 if shape.tied_embedding else 2)


def training_flops_per_token(shape: Shape) -> float:
    """FLOPs per token of forward and backward pass: three times the matrix multiplications of the
    forward pass, attention over the full context, embedding lookup free."""
    width = shape.width
    query, key_value = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    matrices = 3 if shape.activation == "swiglu" else 2
    layer = 2 * width * (query + 2 * key_value) + 2 * query * width
    layer += 4 * shape.context * query + 2 * matrices * width * shape.ffn_width
    head = 2 * width * width if shape.objective == "masked" else 0
    return 3.0 * (shape.depth * layer + head + 2 * width * shape.vocab)
