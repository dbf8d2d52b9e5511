"""A decoder in JAX as the trainer of a worker: attention and a gated feed-forward, RMS norms.

    python -m isoshape.trainer check jax_trainer.py
    isoshape worker --trainer "python3 jax_trainer.py" --data text=corpus.txt

It builds run.shape to the parameter and trains it by AdamW at the schedule of the recipe, without
the multipliers of a parameterization.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from isoshape.trainer import Evaluation, Run, serve


def parameters_of(run: Run) -> dict[str, Any]:
    """Fresh weights; those of the blocks are stacked, [depth, …]."""
    shape, std = run.shape, run.recipe.init_std
    keys = iter(jax.random.split(jax.random.key(run.seed), 16))

    def draw(*sizes: int) -> jax.Array:
        return std * jax.random.normal(next(keys), sizes)

    query, key_value = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    depth, width, ffn = shape.depth, shape.width, shape.ffn_width
    return {
        "embedding": draw(shape.vocab, width),
        "qkv": draw(depth, width, query + 2 * key_value),
        "out": draw(depth, query, width),
        "up": draw(depth, width, 2 * ffn),
        "down": draw(depth, ffn, width),
        "norms": jnp.ones((depth, 2, width)),
        "norm": jnp.ones(width),
        "unembedding": draw(width, shape.vocab),
    }


def norm(x: jax.Array, gain: jax.Array) -> jax.Array:
    return x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + 1e-5) * gain


def rotate(x: jax.Array, angles: jax.Array) -> jax.Array:
    """Rotary positions of [sequences, context, heads, head_dim]."""
    left, right = jnp.split(x, 2, axis=-1)
    cos, sin = jnp.cos(angles)[:, None], jnp.sin(angles)[:, None]
    return jnp.concatenate([left * cos - right * sin, right * cos + left * sin], axis=-1)


def loss_of(weights: dict[str, Any], inputs: Any, targets: Any, heads: Any) -> jax.Array:
    """Mean cross entropy, nats per token."""
    head_dim, query, key_value = heads
    sequences, context = inputs.shape
    frequency = 10000.0 ** (-jnp.arange(0, head_dim, 2) / head_dim)
    angles = jnp.outer(jnp.arange(context), frequency)

    def block(x: jax.Array, layer: dict[str, jax.Array]) -> tuple[jax.Array, None]:
        mixed = norm(x, layer["norms"][0]) @ layer["qkv"]
        q, k, v = (
            part.reshape(sequences, context, -1, head_dim)
            for part in jnp.split(mixed, [query, query + key_value], axis=-1)
        )
        q, k = rotate(q, angles), rotate(k, angles)
        attended = jax.nn.dot_product_attention(q, k, v, is_causal=True)
        x = x + attended.reshape(sequences, context, query) @ layer["out"]
        gate, up = jnp.split(norm(x, layer["norms"][1]) @ layer["up"], 2, axis=-1)
        return x + (jax.nn.silu(gate) * up) @ layer["down"], None

    layers = {name: weights[name] for name in ("qkv", "out", "up", "down", "norms")}
    x, _ = jax.lax.scan(block, weights["embedding"][inputs], layers)
    logits = norm(x, weights["norm"]) @ weights["unembedding"]
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), targets[..., None], axis=-1)
    return -chosen.mean()


def step_of(run: Run, heads: Any) -> Any:
    """One step of AdamW behind clipping, compiled; returns the new state, loss and norm."""
    recipe = run.recipe
    beta1, beta2 = recipe.beta1 or 0.0, recipe.beta2 or 0.0
    decay, clip = recipe.weight_decay or 0.0, recipe.gradient_clip or jnp.inf

    def update(state: Any, rate: Any, inputs: Any, targets: Any) -> Any:
        weights, means, squares, count = state
        loss, slopes = jax.value_and_grad(loss_of)(weights, inputs, targets, heads)
        length = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(slopes)))
        slopes = jax.tree.map(lambda g: g * jnp.minimum(1.0, clip / (length + 1e-6)), slopes)
        count = count + 1
        means = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, means, slopes)
        squares = jax.tree.map(lambda s, g: beta2 * s + (1 - beta2) * g * g, squares, slopes)

        def changed(w: Any, m: Any, s: Any) -> Any:
            ahead = m / (1 - beta1**count) / (jnp.sqrt(s / (1 - beta2**count)) + recipe.epsilon)
            return w - rate * (ahead + (decay * w if w.ndim > 1 else 0.0))

        weights = jax.tree.map(changed, weights, means, squares)
        return (weights, means, squares, count), loss, length

    return jax.jit(update)


def train(run: Run) -> Evaluation:
    shape = run.shape
    for name, value, known in (
        ("activation", shape.activation, "swiglu"),
        ("norm", shape.norm, "rms"),
        ("positions", shape.positions, "rope"),
        ("objective", shape.objective, "causal"),
        ("tied_embedding", shape.tied_embedding, False),
    ):
        if value != known:
            raise ValueError(f"{name} {value} is not of this trainer; use {known}")
    heads = (shape.head_dim, shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim)
    weights = parameters_of(run)
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, zeros, zeros, jnp.zeros(()))
    run.parameters = sum(leaf.size for leaf in jax.tree.leaves(weights))

    def load(kept: Any) -> None:
        nonlocal state
        state = jax.tree.map(jnp.asarray, kept)

    run.checkpoint(save=lambda: jax.tree.map(np.asarray, state), load=load)
    step = step_of(run, heads)
    for inputs, targets in run.batches("numpy"):
        state, loss, length = step(state, run.learning_rate, inputs, targets)
        run.report(train_loss=loss, gradient_norm=length)
    evaluate = jax.jit(lambda inputs, targets: loss_of(state[0], inputs, targets, heads))
    return run.evaluate(evaluate, "numpy")


if __name__ == "__main__":
    serve(train)
