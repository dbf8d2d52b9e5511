#!/usr/bin/env bash
# Replicas trained as one batched model beside the same runs one after another.
# Usage: replicas.sh [DEPTHxWIDTH …]; a minute a shape. ISOSHAPE_REPLICAS
# (default 4): how many; ISOSHAPE_BENCH_DEVICE (default cpu);
# ISOSHAPE_BENCH_THREADS (default 0: all cores) on it; ISOSHAPE_BENCH_ROUNDS
# (default 3): pairs of measurements, in turn, of which the best of each counts,
# as others may use the machine.
#
# Both sides train by LibTorch: on the CPU a norm of queries and keys keeps the
# hand-written engine, which knows no replicas, from taking the single runs; its
# own speed, without that norm, is printed beside.
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
[ $# -gt 0 ] || set -- 1x32 2x64
exec python3 - "$root/build/release/bin/isoshape-trainer" "$@" <<'PYTHON'
import json, os, random, re, subprocess, sys, tempfile
trainer, *shapes = sys.argv[1:]
context, sequences, vocab = 128, 16, 256
replicas = int(os.environ.get("ISOSHAPE_REPLICAS", "4"))
device = os.environ.get("ISOSHAPE_BENCH_DEVICE", "cpu")
threads = os.environ.get("ISOSHAPE_BENCH_THREADS", "0")
rounds = int(os.environ.get("ISOSHAPE_BENCH_ROUNDS", "3"))
work = 2e10  # FLOPs of a run

# Tokens/s of all runs of a line together.
def measure(depth, width, count, qk_norm):
    per_token = 3 * (depth * (24 * width * width + 4 * context * width) +
                     2 * width * vocab)
    steps = max(20, int(work / (per_token * context * sequences)))
    line = {"type": "run", "run": "r", "data": {"path": text}, "seed": 0,
            "steps": steps, "tokens_per_step": context * sequences,
            "report_seconds": 3600, "recipe": {},
            "shape": {"depth": depth, "width": width, "head_dim": 32,
                      "ffn_width": 4 * width, "vocab": vocab,
                      "context": context, "norm": "layer",
                      "positions": "learned", "activation": "gelu",
                      "tied_embedding": True, "qk_norm": qk_norm}}
    if count > 1:
        line["replicas"] = [{"run": f"r{i}", "seed": i} for i in range(count)]
    process = subprocess.Popen([trainer, "--device", device,
                                "--threads", threads],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    process.stdin.write(json.dumps(line) + "\n")
    process.stdin.flush()
    speeds = []
    for answer in map(json.loads, process.stdout):
        if answer["type"] != "result":
            continue
        if answer["outcome"] != "succeeded":
            sys.exit(f"replicas: {answer}")
        speeds.append(answer["shape_card"]["tokens_per_second"])
        if len(speeds) == count:
            break
    process.stdin.close()
    process.wait()
    return sum(speeds)

with tempfile.TemporaryDirectory() as folder:
    text = os.path.join(folder, "text")
    with open(text, "wb") as file:
        file.write(random.Random(1).randbytes(1 << 20))
    for shape in shapes:
        match = re.fullmatch(r"(\d+)x(\d+)", shape)
        if not match:
            sys.exit(f"replicas: '{shape}' is not DEPTHxWIDTH, like 2x64")
        depth, width = map(int, match.groups())
        alone = together = default = 0.0
        for _ in range(rounds):
            alone = max(alone, measure(depth, width, 1, True))
            together = max(together, measure(depth, width, replicas, True))
            default = max(default, measure(depth, width, 1, False))
        print(f"{shape}: {replicas} replicas {together:,.0f} tokens/s, one "
              f"after another {alone:,.0f}, ratio {together / alone:.2f}; "
              f"by the default engine one after another {default:,.0f}",
              flush=True)
PYTHON
