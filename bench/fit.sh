#!/usr/bin/env bash
# How many bootstrap fits of the parametric law a second: `isoshape fit` (whole
# run: reading, first fit, resamples, jackknife, intervals) beside SciPy's BFGS
# (its loop alone), on the 240 rows of chinchilla.csv; and how our time grows
# with rows and resamples. Needs the folder of published data and the peer's
# script: ISOSHAPE_PUBLISHED_DATA and ISOSHAPE_PEERS, by default ../shared/data
# and ../shared/peers. The last line is ours / SciPy's. Usage: fit.sh [RESAMPLES
# [RESAMPLES_OF_SCIPY]]
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
data=${ISOSHAPE_PUBLISHED_DATA:-$root/../shared/data}
peers=${ISOSHAPE_PEERS:-$root/../shared/peers}
resamples=${1:-4000}
scipy_resamples=${2:-1000}
for file in "$data/chinchilla.csv" "$data/gemstones.csv" "$peers/scipy_bootstrap.py"; do
  [ -f "$file" ] || { echo "fit: $file is absent; see the head of bench/fit.sh" >&2; exit 2; }
done
python=$(bash "$root/tools/peer-python.sh")
runs=$(mktemp --suffix=.csv)
trap 'rm -f "$runs"' EXIT

# seconds FILE RESAMPLES FLAG …: the least wall time of three runs.
seconds() {
  local best=0 begin taken
  for _ in 1 2 3; do
    begin=$(date +%s%N)
    "$root/build/release/bin/isoshape" fit --input "$1" --bootstrap "$2" \
      "${@:3}" --output json >/dev/null 2>&1
    taken=$(($(date +%s%N) - begin))
    if [ "$best" = 0 ] || [ "$taken" -lt "$best" ]; then best=$taken; fi
  done
  awk "BEGIN {printf \"%.3f\", $best / 1e9}"
}

for factor in 1 4; do
  # Copies of the rows, each loss a little different.
  awk -F, -v OFS=, -v factor=$factor 'NR == 1 {print; next} $5 == 1 {
    for (k = 0; k < factor; ++k) {loss = $4 * (1 + 1e-4 * k); print $1, $2, $3, loss, $5}
  }' "$data/chinchilla.csv" >"$runs"
  for count in $((resamples / 4)) "$resamples" $((resamples * 4)); do
    taken=$(seconds "$runs" "$count" --column tokens=training_tokens \
      --where used_in_fit=1)
    echo "seconds_rows_$((240 * factor))_resamples_$count=$taken"
    if [ "$factor" = 1 ] && [ "$count" = "$resamples" ]; then whole=$taken; fi
  done
done
# Every other row of those of the published fit.
awk -F, 'NR == 1 || ($15 == 1 && ++n % 2 == 1)' "$data/gemstones.csv" >"$runs"
taken=$(seconds "$runs" 4000 --law shape --size flops --column loss=val_loss)
echo "seconds_shape_law_rows_110_resamples_4000=$taken"
ours=$(awk "BEGIN {printf \"%.0f\", $resamples / $whole}")
echo "isoshape_fits_per_second=$ours"
scipy=$("$python" "$peers/scipy_bootstrap.py" "$data" "$scipy_resamples" |
  sed -n 's/^fits_per_second=//p')
echo "scipy_fits_per_second=$scipy"
echo "cores=$(nproc)"
awk "BEGIN {printf \"ratio=%.1f\n\", $ours / $scipy}"
