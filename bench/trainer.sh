#!/usr/bin/env bash
# Training speed on the CPU beside PyTorch's: the same bias-free GPT-2 style
# decoder (LayerNorm, GELU, learned positions, tied embedding; clipping and
# AdamW included) with context 128, 16 sequences a step and 256 tokens, as one
# run on all cores and as one run on each core. Prints tokens/s and GFLOP/s of
# every variant and, for each shape, the ratio of our fastest to PyTorch's
# fastest. Usage: trainer.sh [DEPTHxWIDTH …]; about two minutes a shape, most of
# it torch.compile's.
#
# PyTorch runs torch_peer.py, or ISOSHAPE_PEERS/torch_step.py if that is set,
# under ISOSHAPE_PEER_PYTHON (default python3); if that has no PyTorch our own
# figures are printed alone. ISOSHAPE_BENCH_ROUNDS (default 2): measurements of
# a variant.
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
peer=$root/bench/torch_peer.py
[ -z "${ISOSHAPE_PEERS:-}" ] || peer=$ISOSHAPE_PEERS/torch_step.py
peer_python=${ISOSHAPE_PEER_PYTHON:-python3}
if [ ! -f "$peer" ]; then
  echo "trainer: no $peer to compare with PyTorch" >&2
  peer=
elif ! "$peer_python" -c 'import torch' 2>/dev/null; then
  echo "trainer: $peer_python has no PyTorch: pip install torch==2.11.0 numpy" \
    "into an environment and name its python in ISOSHAPE_PEER_PYTHON" >&2
  peer=
fi
[ $# -gt 0 ] || set -- 4x128 16x64 2x256 2x64 1x32

exec python3 - "$root/build/release/bin/isoshape-trainer" "$peer" \
  "$peer_python" "$@" <<'PYTHON'
import json, os, random, re, subprocess, sys, tempfile
trainer, peer, peer_python, *shapes = sys.argv[1:]
context, sequences, vocab = 128, 16, 256
cores = sorted(os.sched_getaffinity(0))
# Of each variant; the best one counts, as others may use the machine.
rounds = int(os.environ.get("ISOSHAPE_BENCH_ROUNDS", "2"))
work = 2e11  # FLOPs of a measurement

def flops_per_token(depth, width):
    block = 24 * width * width + 4 * context * width
    return 3 * (depth * block + 2 * width * vocab)

def ours(depth, width, head_dim, steps, precision, threads):
    run = {"type": "run", "run": "r", "data": {"path": text}, "seed": 0,
           "steps": steps, "tokens_per_step": context * sequences,
           "report_seconds": 3600, "recipe": {"precision": precision},
           "shape": {"depth": depth, "width": width, "head_dim": head_dim,
                     "ffn_width": 4 * width, "vocab": vocab,
                     "context": context, "norm": "layer",
                     "positions": "learned", "activation": "gelu",
                     "tied_embedding": True}}
    command = [trainer, "--device", "cpu", "--threads", str(threads)]
    return command, json.dumps(run) + "\n", r'"tokens_per_second":([0-9.e+]+)'

def torch(depth, width, head_dim, steps, mode, precision):
    sizes = (depth, width, head_dim, context, sequences, vocab)
    command = [peer_python, peer, *map(str, sizes), mode, precision, "cpu",
               str(steps)]
    return command, "", r"tokens_per_second=([0-9.e+]+)"

# Tokens/s of one process on each group of cores, added up.
def measure(groups, command, standard_input, pattern):
    processes = [subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env={**os.environ,
                                        "OMP_NUM_THREADS": str(len(group))},
        preexec_fn=lambda group=group: os.sched_setaffinity(0, group))
        for group in groups]
    for process in processes:
        process.stdin.write(standard_input)
        process.stdin.flush()
    total = 0.0
    for process in processes:
        last = ""
        for line in process.stdout:
            last = line
            if '"type":"result"' in line or line.startswith("tokens_per_"):
                break
        found = re.search(pattern, last)
        if not found:
            sys.exit(f"trainer: no speed from {' '.join(command)}: {last}")
        total += float(found[1])
    for process in processes:
        process.communicate()
    return total

with tempfile.TemporaryDirectory() as folder:
    text = os.path.join(folder, "text")
    with open(text, "wb") as file:
        # Can be learned: a loss that rises would end the run.
        file.write(bytes(random.Random(0).choices(range(32), k=300000)))
    for label in shapes:
        depth, width = map(int, label.split("x"))
        head_dim = min(32, max(16, width // 4))
        per_token = flops_per_token(depth, width)
        steps = max(10, round(work / (per_token * context * sequences)))
        size = (depth, width, head_dim, steps)
        for name, groups in (("all_cores", [cores]),
                             ("run_per_core", [[core] for core in cores])):
            threads = len(groups[0])
            variants = {f"isoshape_{precision}": ours(*size, precision, threads)
                        for precision in ("fp32", "bf16")}
            if peer:
                variants.update({
                    f"torch_{mode}_{precision}": torch(*size, mode, precision)
                    for mode in ("eager", "compile")
                    for precision in ("fp32", "bf16")})
            best = dict.fromkeys(variants, 0.0)
            for _ in range(rounds):
                for variant, how in variants.items():
                    best[variant] = max(best[variant], measure(groups, *how))
            for variant, speed in best.items():
                print(f"{label} {name} {variant} tokens_per_second={speed:.0f} "
                      f"gflops={speed * per_token / 1e9:.1f}", flush=True)
            if peer:
                def fastest(which):
                    return max(speed for variant, speed in best.items()
                               if re.fullmatch(which, variant))
                print(f"{label} {name} "
                      f"ratio={fastest('isoshape.*') / fastest('torch.*'):.2f} "
                      f"fp32={fastest('isoshape_fp32') / fastest('torch.*fp32'):.2f} "
                      f"bf16={fastest('isoshape_bf16') / fastest('torch.*bf16'):.2f}",
                      flush=True)
PYTHON
