#!/usr/bin/env bash
# How many full trials (lease, five reports, completion, each on disk before its
# answer) a coordinator does in a second with 1, 8, 64 and 512 clients, beside a
# gRPC server of the same calls that only answers, beside the syncs of this
# disk, and beside Optuna's proxy over SQLite and over its journal, in one run.
# The last lines are RPCs/s over those of the echo and trials/s over those of
# Optuna over SQLite, at 64 clients. Usage: coordinator.sh [--no-peers]
# [--growth] [--watchers] [--db=ADDRESS]; with --db a coordinator over that
# database (postgres://…) is measured beside that over SQLite, in a schema of its
# own that is dropped at the end if psql is here, or in the one that ADDRESS names
# (?schema=NAME), which must be empty and stays; --growth also in
# a campaign of which so many trials have ended before as ISOSHAPE_BENCH_TRIALS
# says (10 10000 100000; a million takes hours on a slow disk), --watchers with
# 8 clients while 0 to 1,000 watch the campaign. ISOSHAPE_BENCH_SECONDS (5) for
# each; optuna_cycles.py lies in ISOSHAPE_PEERS (../shared/peers).
set -euo pipefail
root=${ISOSHAPE_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
bin=$root/build/release/bin
bench=$bin/isoshape-coordinator-bench
seconds=${ISOSHAPE_BENCH_SECONDS:-5}
peers=1 growth=0 watchers=0 database="" schema=""
for word in "$@"; do
  case $word in
    --no-peers) peers=0 ;;
    --growth) growth=1 ;;
    --watchers) watchers=1 ;;
    --db=*) database=${word#--db=} ;;
    *) sed -n '2,15s/^# //p' "$0" >&2; exit 2 ;;
  esac
done
# Beside the build, since a folder for temporary files may be in memory.
scratch=$(mktemp -d "$root/build/bench-coordinator.XXXXXX")
started=()
end() {
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  wait || true
  rm -rf "$scratch"
  [ -z "$schema" ] || drop_schema
}
# psql does not know the name that is ours, and has the address without it.
drop_schema() {
  PGOPTIONS='-c client_min_messages=warning' psql --quiet --no-psqlrc -d "$database" \
    -c "DROP SCHEMA IF EXISTS $schema CASCADE" ||
    echo "coordinator bench: the schema $schema stays in the database" >&2
}
trap end EXIT

# start NAME COMMAND…: runs a server; sets $address and $process.
start() {
  local name=$1
  shift
  "$@" >"$scratch/$name.said" 2>"$scratch/$name.log" &
  process=$!
  started+=("$process")
  for ((tries = 0; ; ++tries)); do
    ! grep -qs 'listening on' "$scratch/$name.said" || break
    if ! kill -0 "$process" || ((tries >= 600)); then
      echo "coordinator bench: $name does not listen" >&2
      cat "$scratch/$name.log" >&2
      exit 1
    fi
    sleep 0.05
  done
  address=$(sed -n 's/.*listening on \([^,]*\).*/\1/p' "$scratch/$name.said")
}
# of KEY LINE
of() { sed -n "s/.*\b$1=\([0-9.]*\).*/\1/p" <<<"$2"; }

echo "load_average=$(cut -d' ' -f1 /proc/loadavg) processors=$(nproc)"
syncs=$("$bench" syncs "$scratch")
echo "$syncs"
start coordinator "$bin/isoshape-coordinator" --db "$scratch/bench.db" \
  --address 127.0.0.1:0 --http off --log-level warn
coordinator=$address coordinator_pid=$process
if [ -n "$database" ]; then
  own=$database
  case $database in
    *[?\&]schema=*) ;;
    *\?*) schema=bench_$$ own="$database&schema=bench_$$" ;;
    *) schema=bench_$$ own="$database?schema=bench_$$" ;;
  esac
  start other "$bin/isoshape-coordinator" --db "$own" \
    --address 127.0.0.1:0 --http off --log-level warn
  other=$address other_pid=$process
fi
start echo "$bench" echo
echo_server=$address echo_pid=$process
seed=1000
declare -A ours echoes
for clients in 1 8 64 512; do
  # More than are done meanwhile.
  "$bench" fill "$coordinator" $((clients == 1 ? 4000 : 5000 * seconds)) $seed
  if [ -n "$database" ]; then
    "$bench" fill "$other" $((clients == 1 ? 4000 : 5000 * seconds)) $seed
    "$bench" cycles "${database%%:*}" "$other" "$other_pid" $clients "$seconds"
  fi
  seed=$((seed + 1000000))
  ours[$clients]=$("$bench" cycles isoshape "$coordinator" "$coordinator_pid" \
    $clients "$seconds")
  echo "${ours[$clients]}"
  echoes[$clients]=$("$bench" cycles echo "$echo_server" "$echo_pid" \
    $clients "$seconds")
  echo "${echoes[$clients]}"
done

if [ $watchers = 1 ]; then
  while read -r watching from; do
    "$bench" fill "$coordinator" $((1500 * seconds)) $seed
    seed=$((seed + 1000000))
    "$bench" watch "$coordinator" "$watching" "$from" $((seconds + 3)) >"$scratch/watch" &
    watch=$!
    until grep -q watching "$scratch/watch"; do sleep 0.05; done
    "$bench" cycles "isoshape" "$coordinator" "$coordinator_pid" 8 "$seconds"
    wait "$watch" || true
    sed -n '$p' "$scratch/watch"
  done <<<$'0 new\n10 new\n100 new\n1000 new\n100 first\n1000 first\n0 new'
fi

if [ $growth = 1 ]; then
  for trials in ${ISOSHAPE_BENCH_TRIALS:-10 10000 100000}; do
    start "growth$trials" "$bin/isoshape-coordinator" --db \
      "$scratch/growth$trials.db" --address 127.0.0.1:0 --http off \
      --log-level warn
    # Clients that end take one more, and the search adds ten.
    "$bench" fill "$address" $((trials + 64)) 1000
    ended=$("$bench" end "$address" "$trials" $((trials < 64 ? 1 : 64)))
    # More than are done meanwhile.
    "$bench" fill "$address" $((5000 * seconds)) 100000000
    line=$("$bench" cycles "isoshape-$trials" "$address" "$process" 64 "$seconds")
    echo "$line before: $ended"
    kill "$process"
    wait "$process" || true
  done
fi

optuna=
if [ $peers = 1 ]; then
  python=$(bash "$root/tools/peer-python.sh")
  cycles=${ISOSHAPE_PEERS:-$root/../shared/peers}/optuna_cycles.py
  for kind in sqlite journal; do
    case $kind in
      sqlite) storage=sqlite:///$scratch/optuna.db ;;
      journal) storage=journal:$scratch/optuna.log ;;
    esac
    port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$python" "$root/bench/coordinator/optuna_proxy.py" "$storage" "$port" \
      2>"$scratch/optuna.log.said" &
    started+=($!)
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.2; done
    for clients in 1 8 64; do
      said=$("$python" "$cycles" "grpc:$port" random "$clients" "$seconds")
      rate=$(sed -n 's|.*trials/s \([0-9.]*\).*|\1|p' <<<"$said")
      echo "server=optuna-$kind clients=$clients cycles_per_second=$rate"
      [ "$kind $clients" != 'sqlite 64' ] || optuna=$rate
    done
  done
fi

awk -v syncs="$(of syncs_per_second "$syncs")" \
  -v one="$(of cycles_per_second "${ours[1]}")" \
  -v ours="$(of rpcs_per_second "${ours[64]}")" \
  -v echoes="$(of rpcs_per_second "${echoes[64]}")" \
  -v ours8="$(of rpcs_per_second "${ours[8]}")" \
  -v echoes8="$(of rpcs_per_second "${echoes[8]}")" \
  -v cpu="$(of cpu_us_per_rpc "${ours[64]}")" \
  -v echo_cpu="$(of cpu_us_per_rpc "${echoes[64]}")" \
  -v cycles="$(of cycles_per_second "${ours[64]}")" -v optuna="$optuna" 'BEGIN {
    printf "one_client_of_seven_syncs=%.2f\n", one * 7 / syncs
    printf "cpu_ratio=%.2f\n", echo_cpu > 0 ? cpu / echo_cpu : 0
    printf "echo_ratio_8=%.3f\n", ours8 / echoes8
    printf "echo_ratio=%.3f\n", ours / echoes
    if (optuna > 0) printf "ratio=%.1f\n", cycles / optuna
  }'
