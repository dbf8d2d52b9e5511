#!/usr/bin/env bash
# Are predictions true where the truth is known? Generated tables of runs of
# many kinds, each predicted at ten times its largest compute: how often the
# size that is recommended lies within a factor of two of the true best, or is
# refused; how often intervals hold the truth; how often shape is said to matter
# where it does not. Usage: answers.sh [TABLES [FAMILY …]], 200 tables of every
# family if nothing is said. Deterministic.
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
exec "$root/build/release/bin/isoshape-answers-bench" "$@"
