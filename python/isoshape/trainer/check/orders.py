"""Lines that a worker sends: small shapes, all fields of the recipe."""

from __future__ import annotations

from typing import Any

from isoshape._api import Shape

CONTEXT = 64
TOKENS_PER_STEP = 512
STEPS = 20
ENDLESS = 10_000_000
"""Steps of a run that is to be stopped."""

RECIPE = {
    "parameterization": "completep",
    "base_width": 64,
    "base_depth": 2,
    "learning_rate": 0.005,
    "weight_decay": 0.1,
    "beta1": 0.9,
    "beta2": 0.95,
    "epsilon": 1e-8,
    "init_std": 0.04,
    "gradient_clip": 1.0,
    "warmup_fraction": 0.05,
    "cooldown_fraction": 0.2,
    "tokens_per_step": TOKENS_PER_STEP,
    "batch_exponent": 0.0,
    "precision": "fp32",
    "input_multiplier": 1.0,
    "output_multiplier": 1.0,
    "z_loss": 0.0,
    "mask_fraction": 0.15,
    "optimizer": "adamw",
    "muon_learning_rate": 0.02,
    "muon_momentum": 0.95,
    "schedule": "wsd",
}


def small_shape(depth: int, width: int) -> Shape:
    """A shape with heads of 16 and bytes for tokens."""
    heads = width // 16
    return Shape(
        depth=depth,
        width=width,
        head_dim=16,
        heads=heads,
        kv_heads=heads,
        ffn_width=40 * width // 16,
        vocab=256,
        context=CONTEXT,
        norm="rms",
        positions="rope",
        activation="swiglu",
        norm_placement="pre",
        residual="add",
        objective="causal",
    )


def run_line(run: str, shape: Shape, data: str, steps: int = STEPS, **more: Any) -> dict[str, Any]:
    """The `run` line of a shape; every field of the shape is there."""
    options = {"tied_embedding": False, "bias": False, "qk_norm": False}
    return {
        "type": "run",
        "run": run,
        "shape": options | shape.to_json(),
        "recipe": RECIPE,
        "data": {"path": data},
        "steps": steps,
        "tokens_per_step": TOKENS_PER_STEP,
        "seed": 0,
        "report_seconds": 2,
        **more,
    }
