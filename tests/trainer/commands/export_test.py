"""Exported folders load in Hugging Face transformers, with the same logits."""

import json
import os
import subprocess

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM

TRAINER = os.environ["ISOSHAPE_TRAINER"]

COMMON = {"depth": 3, "width": 32, "head_dim": 8, "ffn_width": 48, "vocab": 260,
          "context": 16}
LLAMA = {**COMMON, "norm": "rms", "positions": "rope", "activation": "swiglu"}
GPT2 = {**COMMON, "norm": "layer", "positions": "learned", "activation": "gelu",
        "bias": True, "tied_embedding": True}
BERT = {**GPT2, "norm_placement": "post", "objective": "masked"}
# Multipliers that are all different from 1.
COMPLETEP = {"parameterization": "completep", "base_width": 16, "base_depth": 2,
             "init_std": 0.2, "learning_rate": 0.01, "input_multiplier": 1.5,
             "output_multiplier": 3.0}

CASES = {
    "llama": ("llama", LLAMA, COMPLETEP),
    "llama_grouped_bias": ("llama", {**LLAMA, "kv_heads": 2, "bias": True},
                           COMPLETEP),
    "llama_tied": ("llama", {**LLAMA, "tied_embedding": True}, COMPLETEP),
    "llama_standard": ("llama", LLAMA, {"parameterization": "standard"}),
    "gpt2": ("gpt2", GPT2, COMPLETEP),
    "gpt2_untied_without_bias": (
        "gpt2", {**GPT2, "bias": False, "tied_embedding": False}, COMPLETEP),
    "gpt2_relu2": ("gpt2", {**GPT2, "activation": "relu2"}, COMPLETEP),
    "bert": ("bert", BERT, COMPLETEP),
    "bert_untied": ("bert", {**BERT, "tied_embedding": False}, COMPLETEP),
}


def run_trainer(*arguments, text=None):
    return subprocess.run([TRAINER, *arguments], input=text, text=True,
                          capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """Folders of checkpoints by name: every case, trained for a few steps."""
    folder = tmp_path_factory.mktemp("checkpoints")
    (folder / "text").write_bytes(
        bytes(97 + (7 * i + i // 50) % 23 for i in range(40000)))
    orders = [
        {"type": "run", "run": name, "shape": shape, "recipe": recipe,
         "data": {"path": str(folder / "text")}, "steps": 12,
         "tokens_per_step": 512, "seed": 1,
         "checkpoint": {"path": str(folder / name)}}
        for name, (_, shape, recipe) in CASES.items()]
    # The end of the input would stop the runs: wait for each result.
    with subprocess.Popen([TRAINER, "--device", "cpu", "--threads", "1"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as trainer:
        for order in orders:
            trainer.stdin.write(json.dumps(order) + "\n")
            trainer.stdin.flush()
            while (line := json.loads(trainer.stdout.readline()))["type"] != "result":
                pass
            assert line["outcome"] == "succeeded", line
        trainer.stdin.close()
    return folder


@pytest.mark.parametrize("name", CASES)
def test_logits_agree(name, checkpoints, tmp_path):
    model_format, shape, _ = CASES[name]
    exported = run_trainer("export", "--checkpoint", str(checkpoints / name),
                           "--format", model_format, "--out", str(tmp_path))
    assert (exported.returncode, exported.stderr) == (0, "")

    auto = AutoModelForMaskedLM if model_format == "bert" else AutoModelForCausalLM
    model, loading = auto.from_pretrained(tmp_path, output_loading_info=True,
                                          dtype=torch.float32)
    assert loading["missing_keys"] == set() or loading["missing_keys"] == []
    assert loading["unexpected_keys"] == set() or loading["unexpected_keys"] == []
    assert AutoConfig.from_pretrained(tmp_path).vocab_size == shape["vocab"]

    tokens = [(11 * i * i + 3) % shape["vocab"] for i in range(shape["context"])]
    printed = run_trainer("logits", "--checkpoint", str(checkpoints / name),
                          "--tokens", ",".join(map(str, tokens)))
    assert printed.returncode == 0, printed.stderr
    ours = torch.tensor(json.loads(printed.stdout))
    with torch.no_grad():
        theirs = model.eval()(torch.tensor([tokens])).logits[0]
    assert ours.shape == theirs.shape == (shape["context"], shape["vocab"])
    assert ours.std() > 0.01
    assert (ours - theirs).abs().max() < 1e-4


@pytest.mark.parametrize("name, model_format, problem", [
    ("gpt2", "llama", "norm layer: llama has rms; gpt2 can"),
    ("llama", "gpt2", "norm rms: gpt2 has layer; llama can"),
    ("gpt2", "bert", "norm_placement pre: bert has post"),
    ("bert", "gpt2", "norm_placement post: gpt2 has pre"),
    ("llama", "mamba", "--format 'mamba' is none of llama, gpt2, bert"),
])
def test_refuses_by_name(name, model_format, problem, checkpoints, tmp_path):
    result = run_trainer("export", "--checkpoint", str(checkpoints / name),
                         "--format", model_format, "--out", str(tmp_path / "x"))
    assert result.returncode == 2
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "x").exists()


def test_refuses_a_folder_without_a_checkpoint(tmp_path):
    result = run_trainer("export", "--checkpoint", str(tmp_path), "--format",
                         "llama", "--out", str(tmp_path / "x"))
    assert result.returncode == 1
    assert "cannot read" in result.stderr and str(tmp_path) in result.stderr
