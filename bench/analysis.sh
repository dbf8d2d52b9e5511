#!/usr/bin/env bash
# How long `fit` and `best` of a campaign of 10,000 finished trials take with
# --cached, over gRPC on this machine: when nothing happens, and while trials
# end; and how long laws and a prediction take that were not asked for before
# (the command line gives up after 30 s). The last line is 20 ms / the worst
# 99th percentile. Usage: analysis.sh [CALLS]
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
exec "$root/build/release/bin/isoshape-analysis-bench" "$@"
