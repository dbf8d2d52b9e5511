#!/usr/bin/env bash
# Is the trainer right on this machine's GPU, and how fast is it beside PyTorch?
# usage: gpu-check.sh [FLAG …]          check; gpu-check.sh --help lists the flags
#        gpu-check.sh --pack [FOLDER]   fill a folder for a machine that reaches
#                                       no package registry
# Runs in a checkout (as ./dev gpu-check) and in a folder that --pack filled.
# docs/gpu.md says what its lines mean.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
[ -x "$root/dev" ] || root=  # in a packed folder
python=${ISOSHAPE_PEER_PYTHON:-python3}

# Nothing could be tried: one line, exit code 2.
give_up() { echo "gpu_check=failed error='$*'"; exit 2; }

environment() {
  cat <<'EOF'

  --pack [FOLDER]       fill a folder (build/gpu-check) with scripts, headers and
                        a trainer built here with CUDA linked; then, on the
                        machine with the GPU, bash FOLDER/gpu-check.sh

environment:
  ISOSHAPE_TRAINER      a built isoshape-trainer; else one beside this script,
                        else ./dev build trainer makes it
  ISOSHAPE_PEER_PYTHON  the Python that has PyTorch (python3)
  ISOSHAPE_TORCH_DIR    the torch folder (that of this Python)
  ISOSHAPE_JSON_DIR     headers of nlohmann-json, if no package holds them
  ISOSHAPE_STAND_IN_COMMAND
                        how --dry-run starts a program over another stand-in for
                        CUDA than that of tests/trainer/cuda/
EOF
}

# The folder of the Python's PyTorch, without importing it.
python_torch() {
  "$python" -c 'import importlib.util
spec = importlib.util.find_spec("torch")
print(spec.submodule_search_locations[0] if spec else "")' 2>/dev/null || true
}

find_torch() {
  local found=${ISOSHAPE_TORCH_DIR:-}
  [ -n "$found" ] || found=$(python_torch)
  [ -n "$found" ] || [ -z "$root" ] ||
    found=$(compgen -G "$root/.deps/venv/lib/python3*/site-packages/torch" || true)
  echo "$found"
}

# Programs that were built on another machine name the folders of that one.
add_library_path() {
  local folder
  for folder in "$1/lib" "$1"/../nvidia/*/lib; do
    [ ! -d "$folder" ] ||
      LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder
  done
  export LD_LIBRARY_PATH
}

has_gpu() {
  nvidia-smi -L 2>/dev/null | grep -q . ||
    compgen -G '/dev/nvidia[0-9]*' >/dev/null || [ -e /dev/dxg ]
}

# build PRESET TARGET…: builds those, and the library that times kernels if it
# can be built.
build() {
  [ -n "$root" ] ||
    give_up "no isoshape-trainer in $here, and this is no checkout to build it in"
  "$root/dev" build "$@" ||
    { echo "gpu_check=failed error='the trainer could not be built'"; exit 1; }
  "$root/dev" build "$1" isoshape-kernel-times >/dev/null 2>&1 || true
}

# The libraries of a folder as LD_PRELOAD has them, the stand-in itself first.
preloads() {
  local library list=$1/libcuda_stand_in.so
  for library in "$1"/lib*.so.*; do list=$list:$library; done
  echo "$list"
}

pack() {
  [ -n "$root" ] || give_up "--pack needs a checkout"
  local folder=${1:-$root/build/gpu-check} json
  build trainer-cuda isoshape-trainer
  mkdir -p "$folder/include"
  echo '*' >"$folder/.gitignore"
  cp -r "$here/gpu-check.sh" "$here/gpu_check" "$here/torch_peer.py" \
    "$root/build/trainer-cuda/bin/isoshape-trainer" "$folder/"
  rm -rf "$folder/gpu_check/__pycache__"
  cp "$root/build/trainer-cuda/bin/libisoshape-kernel-times.so" "$folder/" ||
    echo "pack: no CUPTI here; the profile will be missing" >&2
  json=${ISOSHAPE_JSON_DIR:-/usr/include}
  [ -d "$json/nlohmann" ] || json=$json/include
  cp -r "$json/nlohmann" "$folder/include/"
  echo "packed=$folder kilobytes=$(du -sk "$folder" | cut -f1)"
  echo "next: on the machine with the GPU, bash ${folder#"$root"/}/gpu-check.sh"
}

if [ "${1:-}" = --pack ]; then
  shift
  [ $# -le 1 ] || give_up "--pack takes one folder"
  pack "$@"
  exit
fi
for flag in "$@"; do
  case $flag in
    -h|--help)
      PYTHONPATH=$here "$python" -m gpu_check --help
      environment
      exit ;;
  esac
done

device=cuda dry=
for flag in "$@"; do
  case $flag in
    --dry-run) dry=1 ;;
    cpu|--device=cpu) device=cpu ;;
  esac
done
stand_in=${ISOSHAPE_STAND_IN_COMMAND:-}
if [ -n "$dry" ]; then
  [ -n "$stand_in" ] || [ -d "${root:-/nowhere}/tests/trainer/cuda/stand_in" ] ||
    give_up "--dry-run needs the stand-in for CUDA of a checkout, or ISOSHAPE_STAND_IN_COMMAND"
elif [ "$device" = cuda ] && ! has_gpu; then
  give_up "no NVIDIA GPU is visible here: nvidia-smi lists none and there is no /dev/nvidia0"
fi
torch=$(find_torch)
[ -d "$torch/lib" ] ||
  give_up "no torch folder${torch:+ in $torch}: set ISOSHAPE_TORCH_DIR to one that holds include/ and lib/, or ISOSHAPE_PEER_PYTHON to a Python that has PyTorch"

trainer=${ISOSHAPE_TRAINER:-}
[ -n "$trainer" ] || [ ! -x "$here/isoshape-trainer" ] ||
  trainer=$here/isoshape-trainer
if [ -n "$dry" ] && [ -z "$stand_in" ]; then
  build release isoshape-trainer-cuda cuda_stand_in
  trainer=${trainer:-$root/build/release/bin/isoshape-trainer-cuda}
  stand_in="env LD_PRELOAD=$(preloads "$root/build/release/tests/trainer/cuda/stand_in/lib")"
fi
if [ -z "$trainer" ]; then
  preset=trainer${dry:+-cuda}
  if [ "$device" = cuda ] && [ -z "$dry" ]; then
    # Built against the PyTorch of this machine, by whatever compiler it has.
    export ISOSHAPE_TORCH_DIR=$torch ISOSHAPE_WERROR=${ISOSHAPE_WERROR:-OFF}
  fi
  build "$preset" isoshape-trainer
  trainer=$root/build/$preset/bin/isoshape-trainer
fi
kernel_times=$(dirname "$trainer")/libisoshape-kernel-times.so
[ -f "$kernel_times" ] || kernel_times=
peer=$here/torch_peer.py
[ -n "$(python_torch)" ] || peer=
[ -n "$dry" ] || add_library_path "$torch"
# cuDNN, which LibTorch would choose for attention, is not stood in for.
[ -z "$dry" ] || export TORCH_CUDNN_SDPA_DEPRIORITIZED=1
PYTHONPATH=$here exec "$python" -u -m gpu_check "$@" --trainer "$trainer" \
  --torch "$torch" --peer "$peer" --kernel-times "$kernel_times" \
  --stand-in "$stand_in"
