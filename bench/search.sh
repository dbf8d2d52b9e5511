#!/usr/bin/env bash
# How many FLOPs does a search need until its answer is certain, and is it right?
# Thirteen generated truths, right and wrong laws (simulate/landscape.h), 20
# seeds each, asked at ten times the largest budget for 0.2 % of the loss:
# `optimum` with one worker and with four that end in any order, `grid` and
# `sobol` with the answer and the stop rule of optimum, and grid as it was
# answered before the surface. Then replays of published sweeps, in which only
# their runs may be chosen (ISOSHAPE_PUBLISHED_DATA, by default ../shared/data),
# and the time of a proposal. Prints the bars of the acceptance and key=value
# lines, the last the grid's FLOPs over those of optimum; fails if a bar is
# missed. Deterministic but for the times. Usage: search.sh [--quick] [PROBLEM]
# or search.sh --held-out [PROBLEM], --times, --priors or --tpe [SEEDS]; --quick
# takes four seeds, --held-out asks the same of other draws of these truths and
# of every other family with every other fault (ten seeds each), by which
# nothing was chosen, and ends with 0 whatever its bars say, since it judges
# nothing, --times measures the time of proposals alone, --priors asks whether
# earlier campaigns save FLOPs (six seeds a truth), --tpe runs Optuna's TPE (pip
# install optuna; PYTHON names the interpreter) on the same truths.
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
export ISOSHAPE_PUBLISHED_DATA=${ISOSHAPE_PUBLISHED_DATA:-$root/../shared/data}
if [[ ${1:-} == --tpe ]]; then
  exec "${PYTHON:-python3}" "$root/bench/search/tpe.py" \
    "$root/build/release/bin/isoshape-search-bench" "${@:2}"
fi
exec "$root/build/release/bin/isoshape-search-bench" "$@"
