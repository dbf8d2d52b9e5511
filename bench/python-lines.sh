#!/usr/bin/env bash
# ./dev bench python-lines: the same job by isoshape and by peers, in lines of
# the user's Python (without blank ones), and what each answers. What is not
# installed (Ax, flops-fit with PyTorch) is passed over; ISOSHAPE_PEER_PATH names
# folders of packages. bench/python_lines/job.py says what the job is,
# module_job.py what it is of a PyTorch module.
set -euo pipefail
[ "${1:-}" != --help ] || { sed -n '2,6s/^# //p' "$0"; exit 0; }
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
python=$(bash "$root/tools/peer-python.sh")
scratch=$(mktemp -d)
"$root/build/release/bin/isoshape-coordinator" --db "$scratch/lines.db" \
  --address 127.0.0.1:0 --http 127.0.0.1:0 >"$scratch/said" 2>/dev/null &
coordinator=$!
trap 'kill $coordinator; wait $coordinator || true; rm -rf "$scratch"' EXIT
until grep -q dashboard: "$scratch/said"; do
  kill -0 $coordinator || exit 1
  sleep 0.05
done
ISOSHAPE_HTTP=$(sed -n 's/^dashboard: //p' "$scratch/said")
export ISOSHAPE_HTTP PYTHONDONTWRITEBYTECODE=1 ISOSHAPE_BIN=$root/build/release/bin
export PYTHONPATH=$root/python:$root/bench/python_lines${ISOSHAPE_PEER_PATH:+:$ISOSHAPE_PEER_PATH}
tests=$root/.deps/test-venv
export LD_LIBRARY_PATH=$tests/stand-ins

# python_with MODULE: a Python that has it: that of peers, or that of the tests,
# which has PyTorch.
python_with() {
  local each
  for each in "$python" "$tests/bin/python"; do
    if "$each" -c "import $1" 2>/dev/null; then echo "$each"; return 0; fi
  done
  return 1
}

cd "$scratch"
for script in "$root"/bench/python_lines/by_*.py; do
  name=$(basename "$script" .py)
  case $name in
    by_ax) needs=ax ;;
    by_flops_fit) needs=flops_fit ;;
    by_sweep) needs=torch ;;
    by_optuna) needs=optuna ;;
    *) needs=json ;;
  esac
  with=$(python_with "$needs") || { echo "== ${name#by_}: no $needs here"; continue; }
  echo "== ${name#by_}: $(grep -cv '^[[:space:]]*$' "$script") lines"
  "$with" "$script" 2>/dev/null
done
