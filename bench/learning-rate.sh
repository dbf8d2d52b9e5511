#!/usr/bin/env bash
# Does the best learning rate stay where it is when the shape changes? Trains
# two widths at two depths at seven rates and prints each validation loss, then,
# for each shape, the best rate; the last line is the largest ratio between the
# best rates of two shapes (1: the same). Usage: learning-rate.sh [TEXT
# [PARAMETERIZATION [STEPS]]]; a few minutes on two cores.
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
text=${1:-$root/../shared/data/text/tinyshakespeare.txt}
parameterization=${2:-completep}
steps=${3:-150}
[ -f "$text" ] || { echo "learning-rate: no text $text; name one" >&2; exit 2; }

python3 - "$root/build/release/bin/isoshape-trainer" "$text" \
  "$parameterization" "$steps" <<'EOF'
import concurrent.futures, json, os, subprocess, sys
trainer, text, parameterization, steps = sys.argv[1:5]
shapes = [(64, 2), (128, 2), (64, 8), (128, 8)]
rates = [0.00125, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08]

def train(job):
    (width, depth), rate = job
    run = {"type": "run", "run": "r", "data": {"path": text}, "seed": 0,
           "steps": int(steps), "tokens_per_step": 1024, "report_seconds": 3600,
           "shape": {"depth": depth, "width": width, "head_dim": 16,
                     "ffn_width": width * 8 // 3 // 8 * 8, "context": 128},
           "recipe": {"parameterization": parameterization, "base_width": 64,
                      "base_depth": 2, "learning_rate": rate}}
    process = subprocess.Popen([trainer, "--device", "cpu", "--threads", "1"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
    process.stdin.write(json.dumps(run) + "\n")
    process.stdin.flush()
    for line in process.stdout:
        answer = json.loads(line)
        if answer["type"] == "result":
            process.stdin.close()
            process.wait()
            card = answer.get("shape_card") or {}
            return card.get("validation_loss", float("inf"))
    raise SystemExit("learning-rate: the trainer ended without a result")

jobs = [(shape, rate) for shape in shapes for rate in rates]
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    losses = dict(zip(jobs, pool.map(train, jobs)))
best = {}
for depth_width in shapes:
    name = f"{depth_width[1]}x{depth_width[0]}"
    for rate in rates:
        print(f"loss_{name}_{rate:g}={losses[depth_width, rate]:.4f}")
    best[name] = min(rates, key=lambda rate: losses[depth_width, rate])
for name, rate in best.items():
    print(f"best_{name}={rate:g}")
print(f"ratio={max(best.values()) / min(best.values()):g}")
EOF
