# Sourced by the tests of packages, which are called with the folder of the build.
# $work is a folder of the test's own; packed KIND prints what tools/package.sh
# made there.
# shellcheck shell=bash disable=SC2034  # for those who source it
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(realpath "$1")
tools=${ISOSHAPE_PACKAGE_VENV:-$root/.deps/package}
torch=${ISOSHAPE_TORCH_DIR:-$(echo "$root"/.deps/venv/lib/python3*/site-packages/torch)}
torch=$(realpath "$torch")
# Beside the build, which has a disk with room: packages and roots are large.
work=$(mktemp -d "$build/packages-test-XXXXXX")
coordinator=
cleanup() {
  [ -z "$coordinator" ] || kill "$coordinator" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*"; exit 1; }

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "there is no $program here"
  done
}

packed() { bash "$root/tools/package.sh" "$1" "$build" "$work/packages" "$tools"; }

# expect CODE TEXT COMMAND…: it ends with that code, and what it says has TEXT.
expect() {
  local code=$1 text=$2 said found=0
  shift 2
  said=$("$@" 2>&1) || found=$?
  [ "$found" -eq "$code" ] || fail "$* ended with $found, expected $code: $said"
  [[ $said == *"$text"* ]] || fail "$*: expected '$text' in: $said"
}

# small_campaign FOLDER BIN COMMAND…: a coordinator, a campaign of two trials
# and a worker with its trainer, all started by COMMAND… BIN/PROGRAM; FOLDER is
# for their files. Everything must end well by itself.
small_campaign() {
  local folder=$1 bin=$2 line address succeeded
  shift 2
  exec 3< <(exec "$@" "$bin/isoshape-coordinator" --db "$folder/results.db" \
    --address 127.0.0.1:0 --http off 2>"$work/coordinator.log")
  coordinator=$!
  read -r line <&3 || fail "no coordinator: $(cat "$work/coordinator.log")"
  address=${line#*listening on }
  address=${address%%,*}
  "$@" "$bin/isoshape" campaign create --id c1 --server "$address" \
    --data synthetic:markov --shapes 1x16,2x16 --budgets 4e9 >"$work/campaign.log" 2>&1 ||
    fail "no campaign: $(cat "$work/campaign.log")"
  "$@" "$bin/isoshape-worker" --server "$address" --data synthetic: --device cpu --slots 1 \
    --results "$folder/kept" --exit-when-idle 1s >"$work/worker.log" 2>&1 ||
    fail "the worker ended with $?: $(cat "$work/worker.log")"
  succeeded=$("$@" "$bin/isoshape" trial list c1 --server "$address" -o json |
    grep -c '"state": *"succeeded"') || true
  [ "$succeeded" -eq 2 ] ||
    fail "$succeeded of 2 trials succeeded: $(cat "$work/worker.log")"
  kill "$coordinator"
  wait "$coordinator" || fail "the coordinator ended with $? after SIGTERM"
  coordinator=
}

# run_paths_are_own FOLDER: every program and library below it looks for others
# below it alone; a folder of the machine that built it is nobody else's.
run_paths_are_own() {
  local file paths path found=0
  while IFS= read -r -d '' file; do
    paths=$(readelf -d "$file" 2>/dev/null |
      sed -n 's/.*(R\(UN\)\?PATH).*\[\(.*\)\]$/\2/p' | tr ':' '\n') || true
    while IFS= read -r path; do
      [ -n "$path" ] || continue
      found=$((found + 1))
      [[ $path =~ ^\$ORIGIN(/|$) ]] || fail "$file looks for libraries in $path"
    done <<<"$paths"
  done < <(find "$1" -type f \( -perm -u+x -o -name '*.so*' \) -print0)
  [ "$found" -gt 0 ] || fail "there is no run path below $1"
}
