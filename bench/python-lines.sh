#!/usr/bin/env bash
# ./dev bench python-lines: the same job by isoshape and by peers, in lines of
# the user's Python (without blank ones), and what each answers. Ax is run if it
# is installed beside Optuna; bench/python_lines/job.py says what the job is.
set -euo pipefail
[ "${1:-}" != --help ] || { sed -n '2,4s/^# //p' "$0"; exit 0; }
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
export ISOSHAPE_HTTP PYTHONPATH=$root/python PYTHONDONTWRITEBYTECODE=1
for script in "$root"/bench/python_lines/by_*.py; do
  name=$(basename "$script" .py)
  if [ "$name" = by_ax ] && ! "$python" -c 'import ax' 2>/dev/null; then
    echo "== ax: not installed (pip install ax-platform, with PyTorch)"
    continue
  fi
  echo "== ${name#by_}: $(grep -cv '^[[:space:]]*$' "$script") lines"
  "$python" "$script" 2>/dev/null
done
