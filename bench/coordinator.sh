#!/usr/bin/env bash
# How many full trials (lease, five reports, completion, each on disk before its
# answer) a coordinator does in a second with 1, 8, 64 and 512 clients, beside a
# gRPC server of the same calls that only answers, beside one that also syncs each
# group of calls (what gRPC and this disk allow), beside the syncs of this disk,
# and beside Optuna's proxy over SQLite and over its journal, in one run.
# The last lines are RPCs/s over those of the echo and trials/s over those of
# Optuna over SQLite, at 64 clients. Usage: coordinator.sh [--no-peers]
# [--growth] [--watchers] [--db=ADDRESS]; with --db a coordinator over that
# database (postgres://…) is measured beside that over SQLite, in a schema of its
# own that is dropped at the end if psql is here, or in the one that ADDRESS names
# (?schema=NAME), which must be empty and stays; --growth also in
# a campaign of which so many trials have ended before as ISOSHAPE_BENCH_TRIALS
# says (10 10000 100000; a million takes hours on a slow disk), --watchers with
# 8 clients while some watch the campaign: 100 and 1,000 once each, then in turn
# none and 1,000, ISOSHAPE_BENCH_PAIRS (5) times, since a machine that others use
# lets two runs that are minutes apart say nothing of each other.
# watchers_ratio= is the median of these pairs. ISOSHAPE_BENCH_SECONDS (5) for
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
    *) sed -n '/^# /s/^# //p;/^set /q' "$0" >&2; exit 2 ;;
  esac
done
# Before all else, which takes minutes.
if [ $peers = 1 ]; then
  python=$(bash "$root/tools/peer-python.sh")
  cycles=${ISOSHAPE_PEERS:-$root/../shared/peers}/optuna_cycles.py
  if [ ! -f "$cycles" ]; then
    echo "coordinator bench: there is no $cycles; name its folder by ISOSHAPE_PEERS," \
      "or give --no-peers" >&2
    exit 1
  fi
fi
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
start synced "$bench" echo "$scratch"
synced=$address synced_pid=$process
seed=1000
declare -A ours echoes syncing
for clients in 1 8 64 512; do
  # More than are done meanwhile.
  "$bench" fill "$coordinator" $((clients == 1 ? 4000 : 5000 * seconds)) $seed
  if [ -n "$database" ]; then
    "$bench" fill "$other" $((clients == 1 ? 4000 : 5000 * seconds)) $seed
    "$bench" cycles "${database%%:*}" "$other" "$other_pid" $clients "$seconds"
  fi
  seed=$((seed + 1000000))
  # The disk changes from one second to the next: before the one client and after.
  [ $clients != 1 ] || before=$("$bench" syncs "$scratch")
  ours[$clients]=$("$bench" cycles isoshape "$coordinator" "$coordinator_pid" \
    $clients "$seconds")
  [ $clients != 1 ] || after=$("$bench" syncs "$scratch")
  [ $clients != 1 ] || printf '%s\n' "$before" "$after"
  echo "${ours[$clients]}"
  echoes[$clients]=$("$bench" cycles echo "$echo_server" "$echo_pid" \
    $clients "$seconds")
  echo "${echoes[$clients]}"
  syncing[$clients]=$("$bench" cycles synced-echo "$synced" "$synced_pid" \
    $clients "$seconds")
  echo "${syncing[$clients]}"
done

# watched WATCHERS FROM: sets $rate, the cycles a second of 8 clients meanwhile.
watched() {
  local watching=$1 from=$2 watch line
  "$bench" fill "$coordinator" $((1500 * seconds)) $seed
  seed=$((seed + 1000000))
  "$bench" watch "$coordinator" "$watching" "$from" $((seconds + 3)) >"$scratch/watch" &
  watch=$!
  until grep -q watching "$scratch/watch"; do sleep 0.05; done
  line=$("$bench" cycles isoshape "$coordinator" "$coordinator_pid" 8 "$seconds")
  wait "$watch" || true
  echo "$line $(sed -n '$p' "$scratch/watch")"
  rate=$(of cycles_per_second "$line")
}

if [ $watchers = 1 ]; then
  watched 100 new
  watched 100 first
  watched 1000 first
  for ((pair = 0; pair < ${ISOSHAPE_BENCH_PAIRS:-5}; ++pair)); do
    watched 0 new
    alone=$rate
    watched 1000 new
    echo "$rate $alone" >>"$scratch/pairs"
  done
  awk '{ printf "%.3f\n", $1 / $2 }' "$scratch/pairs" | sort -n |
    awk '{ ratio[NR] = $1 } END {
      printf "watchers_ratio=%.3f of %d pairs, %.3f to %.3f\n",
        (ratio[int((NR + 1) / 2)] + ratio[int(NR / 2) + 1]) / 2, NR, ratio[1], ratio[NR] }'
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
  for kind in sqlite journal; do
    case $kind in
      sqlite) storage=sqlite:///$scratch/optuna.db ;;
      journal) storage=journal:$scratch/optuna.log ;;
    esac
    port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$python" "$root/bench/coordinator/optuna_proxy.py" "$storage" "$port" \
      2>"$scratch/optuna.log.said" &
    proxy=$!
    started+=("$proxy")
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
      if ! kill -0 "$proxy" 2>/dev/null; then
        echo "coordinator bench: Optuna's proxy over $kind does not start" >&2
        cat "$scratch/optuna.log.said" >&2
        exit 1
      fi
      sleep 0.2
    done
    for clients in 1 8 64; do
      said=$("$python" "$cycles" "grpc:$port" random "$clients" "$seconds")
      rate=$(sed -n 's|.*trials/s \([0-9.]*\).*|\1|p' <<<"$said")
      echo "server=optuna-$kind clients=$clients cycles_per_second=$rate"
      [ "$kind $clients" != 'sqlite 64' ] || optuna=$rate
    done
  done
fi

awk -v before="$(of syncs_per_second "$before")" \
  -v after="$(of syncs_per_second "$after")" \
  -v one="$(of cycles_per_second "${ours[1]}")" \
  -v ours="$(of rpcs_per_second "${ours[64]}")" \
  -v echoes="$(of rpcs_per_second "${echoes[64]}")" \
  -v ours8="$(of rpcs_per_second "${ours[8]}")" \
  -v echoes8="$(of rpcs_per_second "${echoes[8]}")" \
  -v synced8="$(of rpcs_per_second "${syncing[8]}")" \
  -v synced="$(of rpcs_per_second "${syncing[64]}")" \
  -v cpu="$(of cpu_us_per_rpc "${ours[64]}")" \
  -v echo_cpu="$(of cpu_us_per_rpc "${echoes[64]}")" \
  -v cycles="$(of cycles_per_second "${ours[64]}")" -v optuna="$optuna" 'BEGIN {
    printf "one_client_of_seven_syncs=%.2f\n", one * 7 * 2 / (before + after)
    printf "cpu_ratio=%.2f\n", (echo_cpu > 0 ? cpu / echo_cpu : 0)
    printf "synced_echo_over_echo_8=%.3f\n", synced8 / echoes8
    printf "synced_echo_over_echo=%.3f\n", synced / echoes
    printf "echo_ratio_8=%.3f\n", ours8 / echoes8
    printf "echo_ratio=%.3f\n", ours / echoes
    if (optuna > 0) printf "ratio=%.1f\n", cycles / optuna
  }'
