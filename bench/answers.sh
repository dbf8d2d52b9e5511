#!/usr/bin/env bash
# Are predictions true where the truth is known? Generated tables of runs of
# many kinds, each predicted at ten times its largest compute: how often the
# size that is recommended lies within a factor of two of the true best, or is
# refused; how often intervals hold the truth; how often shape is said to matter
# where it does not. Usage: answers.sh [TABLES [FAMILY …]], 200 tables of every
# family if nothing is said, or FIRST..LAST, those tables (1000..1599 are none on
# which anything was tuned); answers.sh TABLES learning: how many FLOPs of a grid
# until the answer is right, by the surface, the ladder before it and the ranked
# ladder, also on published sweeps (ISOSHAPE_PUBLISHED_DATA, by default
# ../shared/data); answers.sh 1 published: what the default answer loses on
# published sweeps at four times the compute of the runs that it is given;
# answers.sh TABLES gamma: how often a gamma that is 1 is rejected.
# Deterministic.
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
export ISOSHAPE_PUBLISHED_DATA=${ISOSHAPE_PUBLISHED_DATA:-$root/../shared/data}
exec "$root/build/release/bin/isoshape-answers-bench" "$@"
