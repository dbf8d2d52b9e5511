#!/usr/bin/env bash
# Tests of the Python package: run.sh FOLDER BUILD_FOLDER [FLAG …]; flags go to
# pytest. They need the Python packages that ./dev test installs into
# ISOSHAPE_TEST_VENV; ends with 77 (skipped) if these are not here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
part=$1 build=$2
shift 2
venv=${ISOSHAPE_TEST_VENV:-$root/.deps/test-venv}
if [ ! -x "$venv/bin/python" ]; then
  echo "skipped: no Python packages for tests in $venv; ./dev test installs them"
  exit 77
fi
# So that torch can be imported without 2.7 GB of CUDA (tools/cuda_stand_ins.py).
export LD_LIBRARY_PATH=$venv/stand-ins${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
if [ -d "$venv/stand-ins" ] && ! "$venv/bin/python" -c 'import torch'; then
  echo "torch cannot be imported over $venv/stand-ins; ./dev test makes them anew if they are not finished" >&2
  exit 1
fi
export ISOSHAPE_BIN=$build/bin PYTHONPATH=$root/python PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" -m pytest -c "$root/python/pyproject.toml" --rootdir "$root" \
  "$here/$part" "$@"
