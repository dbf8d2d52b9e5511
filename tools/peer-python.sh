#!/usr/bin/env bash
# Prints a Python that has the packages of tools/bench-wheels.txt; installs
# them into .deps/bench if they are missing.
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
list=$root/tools/bench-wheels.txt stamp=$root/.deps/bench.installed
if ! cmp -s "$list" "$stamp"; then
  rm -rf "$root/.deps/bench" "$stamp"
  mkdir -p "$root/.deps"
  python3 -m venv "$root/.deps/bench"
  "$root/.deps/bench/bin/python" -m pip install --quiet \
    --disable-pip-version-check -r "$list" >&2
  cp "$list" "$stamp"
fi
echo "$root/.deps/bench/bin/python"
