#!/usr/bin/env bash
# How large the dashboard is and how soon it is there: bytes and time to the
# first picture with 10,000 and 100,000 trials, from an event to the screen,
# and the same with optuna-dashboard and 10,000 trials in the same run; how the
# table of all trials scrolls and sorts; what 50 open pages cost a worker, which
# takes five minutes and more. The last line is optuna-dashboard's time / ours.
# Usage: dashboard.sh [TRIALS …], by default 10000, which is compared (with
# optuna-dashboard up to 10000 trials);
# 10000 100000 takes ten minutes more, as a made-up worker trains them.
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
modules=$root/.deps/dashboard/node_modules
command -v chromium >/dev/null || { echo "dashboard: chromium is absent (Debian: chromium)" >&2; exit 2; }
[ -d "$modules/playwright-core" ] || { echo "dashboard: it was built without npm" >&2; exit 2; }
export ISOSHAPE_NODE_MODULES=$modules ISOSHAPE_ROOT=$root
export ISOSHAPE_COORDINATOR=$root/build/release/bin/isoshape-coordinator
ISOSHAPE_CHROMIUM=$(command -v chromium)
PEER_PYTHON=$(bash "$root/tools/peer-python.sh")
export ISOSHAPE_CHROMIUM PEER_PYTHON
exec node "$root/bench/dashboard/main.mjs" "$@"
