#!/usr/bin/env bash
# export_test.sh TRAINER WORK: runs export_test.py with the Python packages that
# ./dev test installs into ISOSHAPE_TEST_VENV; exit code 77 (skipped) if
# ctest is run without it and they are not there.
#
# PyTorch's wheel is linked against CUDA libraries. If they are missing,
# `import torch` gets empty ones by their names, and one that has every function
# of theirs, which does nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${ISOSHAPE_TEST_VENV:-$here/../../.deps/test-venv}
export ISOSHAPE_TRAINER=$1
work=$2
if [ -z "${ISOSHAPE_TEST_VENV:-}" ] && [ ! -d "$venv" ]; then
  echo "skipped: ./dev test installs the Python packages that this test needs"
  exit 77
fi

torch=$(cat "$venv"/lib/python3*/site-packages/torch.pth)/torch/lib
missing=$(ldd "$torch"/*.so 2>/dev/null | awk '/not found/ {print $1}' | sort -u)
if [ -n "$missing" ]; then
  mkdir -p "$work"
  nm -D --undefined-only "$torch"/*.so |
    awk '$1 == "U" {sub(/@.*/, "", $2); print $2}' |
    grep -E '^(cu|nccl|nv)' | grep -vE '^(cuda[A-Z]|cupti)' | sort -u |
    sed 's/.*/int &(void) { return 1; }/' >"$work/functions.c"
  cc -shared -fPIC -w -fno-builtin -o "$work/functions.so" "$work/functions.c"
  cc -shared -o "$work/empty.so" -x c /dev/null
  for name in $missing; do ln -sf empty.so "$work/$name"; done
  export LD_PRELOAD=$work/functions.so
  export LD_LIBRARY_PATH=$work${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi
export HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" -m pytest -q --import-mode=importlib \
  -p no:cacheprovider "$here/export_test.py"
