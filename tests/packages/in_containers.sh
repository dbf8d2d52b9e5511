#!/usr/bin/env bash
# in_containers.sh WORK TORCH DOCKERFILE: what image_test.sh does with the images that
# umoci unpacked into WORK/coordinator-unpacked and WORK/worker-unpacked, as containers
# of crun's, each with a read-only root: the worker registers, trains with LibTorch,
# answers the health check of its DOCKERFILE, and hands a trial back by SIGTERM. TORCH is
# this machine's for an image without one, or empty. In namespaces of mounts and of the
# network that are the test's own.
set -euo pipefail
work=$1 torch=$2 dockerfile=$3
here=$(dirname "${BASH_SOURCE[0]}")
fail() {
  echo "FAILED: $*"
  tail -n 20 "$work"/*.log
  exit 1
}
# shellcheck source=tests/packages/until_true.sh
source "$here/until_true.sh"

mount --make-rprivate /
# crun refuses the control groups of two versions at once that some machines have.
umount /sys/fs/cgroup/unified 2>/dev/null || true
ip link set lo up
in_crun() { crun --root "$work/crun" --cgroup-manager=disabled "$@"; }
# start PART FLAG …: the container `PART`, in the background; its output is PART.log.
declare -A running=()
start() {
  local part=$1
  shift
  /usr/bin/python3 "$here/container.py" "$work/$part-unpacked" "$torch" "$@" >/dev/null
  in_crun run --bundle "$work/$part-unpacked" "$part" >"$work/$part.log" 2>&1 &
  running[$part]=$!
}
end() {
  local part
  for part in "${!running[@]}"; do in_crun kill "$part" KILL 2>/dev/null || true; done
  wait
}
trap end EXIT
# ends PART CODE: it ends by that, by itself or by what it was sent.
ends() {
  local code=0
  wait "${running[$1]}" || code=$?
  unset "running[$1]"
  [ "$code" -eq "$2" ] || fail "$1 ended with $code, expected $2"
}
isoshape() { in_crun exec coordinator isoshape "$@"; }
trials() { isoshape trial list "$1" -o json | grep -c "\"state\": *\"$2\""; }
are() { [ "$(trials "$1" "$2")" = "$3" ]; }

start coordinator --db /var/lib/isoshape/isoshape.db --http off
until_true "the coordinator answers" isoshape worker list
isoshape campaign create --id c1 --data synthetic:markov --shapes 1x16,2x16 --budgets 4e9 \
  >"$work/c1.log" 2>&1

# The words of the health check, as the Dockerfile has them.
mapfile -t check < <(/usr/bin/python3 -c '
import json, pathlib, re, sys
text = pathlib.Path(sys.argv[1]).read_text()
print("\n".join(json.loads(re.search(r"HEALTHCHECK[^\[]*(\[.*\])", text)[1])))' "$dockerfile")
[ "${check[0]}" = CMD ] || check=(CMD "${check[@]}")
healthy() { in_crun exec worker "${check[@]:1}"; }
start worker --data synthetic: --slots 1 --device cpu --http 127.0.0.1:50581
until_true "the worker is healthy" healthy
until_true "both trials have succeeded" are c1 succeeded 2
isoshape campaign create --id c2 --data synthetic:markov --shapes 1x16 --budgets 1e15 \
  >"$work/c2.log" 2>&1
until_true "a trial is trained" are c2 leased 1
begin=$(date +%s%N)
in_crun kill worker TERM
ends worker 75
took=$((($(date +%s%N) - begin) / 1000000))
are c2 pending 1 || fail "its trial does not wait"
[[ ! $(isoshape trial list c2 -o json) =~ \"lost_leases\":\ *[1-9] ]] || fail "a lease was lost"

# Asked for a GPU that no container has here.
start worker --data synthetic: --device cuda
ends worker 1
grep -q "^isoshape-worker: .*--device cuda: no GPU is to be seen" "$work/worker.log" ||
  fail "it does not say that there is no GPU"
[ "$(wc -l <"$work/worker.log")" -eq 1 ] || fail "more than one line"

in_crun kill coordinator TERM
ends coordinator 0
echo "containers: two trials trained with LibTorch, handed back $took ms after SIGTERM, no GPU is told"
