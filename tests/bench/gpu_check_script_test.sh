#!/usr/bin/env bash
# gpu_check_script_test.sh TRAINER: bench/gpu-check.sh from its flags to its
# verdict, on a CPU, and what it says when it cannot be tried.
set -euo pipefail
check=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../bench" && pwd)/gpu-check.sh
export ISOSHAPE_TRAINER=$1
export PYTHONDONTWRITEBYTECODE=1

# expect CODE TEXT FLAG…: it ends with that code, and its last line has TEXT.
expect() {
  local code=$1 text=$2 output found=0
  shift 2
  output=$(bash "$check" "$@" 2>&1) || found=$?
  if [ "$found" -ne "$code" ] || ! tail -n 1 <<<"$output" | grep -qF -e "$text"; then
    echo "gpu-check.sh $*: exit code $found, expected $code and '$text':"
    echo "$output"
    exit 1
  fi
}

expect 0 "tests/trainer/cuda" --help
expect 2 "unrecognized arguments: --fast" --device cpu --fast
expect 2 "--pack takes one folder" --pack one two
ISOSHAPE_TORCH_DIR=/nowhere expect 2 "no torch folder in /nowhere" --device cpu
ISOSHAPE_TRAINER=/nowhere expect 2 "no program /nowhere" --device cpu
if ! compgen -G '/dev/nvidia[0-9]*' >/dev/null && ! command -v nvidia-smi >/dev/null &&
  [ ! -e /dev/dxg ]; then
  expect 2 "no NVIDIA GPU is visible here"
fi
expect 0 "gpu_check=passed checks=1 failed=none" --device cpu --only smoke
