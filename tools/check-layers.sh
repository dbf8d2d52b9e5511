#!/usr/bin/env bash
# Holds the includes against the layers of ARCHITECTURE.md: a folder may use
# only the folders named beside it, and within a folder a room (a subfolder)
# only the rooms named beside it. Part of ./dev lint.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=0

# allow FOLDER ALLOWED…: every project include of FOLDER names an allowed one.
allow() {
  local folder=$1 pattern
  shift
  pattern=$(IFS='|'; echo "$*")
  if grep -rnE '^#include "[a-z_]+/' --include='*.h' --include='*.cc' "$folder" |
    grep -vE "#include \"($pattern)/"; then
    echo "layers: $folder may use only: $*" >&2
    failed=1
  fi
}

allow common common absl
allow access access common absl
allow data data
allow gpu gpu
allow machine machine
allow shape shape
allow scaling scaling common machine shape absl
allow search search common isoshape shape scaling absl
allow simulate simulate common isoshape messages search scaling shape absl
allow messages messages common isoshape shape scaling absl
allow dashboard dashboard
allow storage storage common messages isoshape absl
allow figures figures common messages isoshape shape scaling absl
allow coordinator access coordinator common dashboard figures machine messages isoshape report shape scaling search storage absl
allow trainer trainer data gpu machine shape
allow worker worker common data gpu machine messages isoshape shape absl
allow report report common figures messages isoshape shape absl
allow claims claims common isoshape messages scaling shape absl
allow cli access claims cli common figures machine messages isoshape report shape scaling simulate storage worker absl

# rooms FOLDER 'ROOM: OTHER …' …: which rooms of FOLDER each of its rooms may
# include besides itself. The room `.` is the files of FOLDER itself; a room that
# may use some of these alone names them, such as interface.h, and they then use
# no room and none of the others, so that nothing of FOLDER goes in a circle.
# Every subfolder must have an entry, so that a new room is placed when it is
# made.
rooms() {
  local folder=$1 entry room other patterns files known=' ' low=()
  shift
  for entry in "$@"; do
    room=${entry%%:*}
    known+="$room "
    patterns=()
    for other in "$room" ${entry#*:}; do
      case $other in
      .) patterns+=('[a-z0-9_]+\.h"') ;;
      *.h)
        patterns+=("${other%.h}\\.h\"")
        [[ " ${low[*]} " == *" ${other%.h} "* ]] || low+=("${other%.h}")
        ;;
      *) patterns+=("$other/") ;;
      esac
    done
    if [[ $room == . ]]; then files=(-maxdepth 1); else files=(-path "$folder/$room/*"); fi
    if find "$folder" "${files[@]}" \( -name '*.h' -o -name '*.cc' \) -exec \
      grep -nHE "^#include \"$folder/" {} + |
      grep -vE "#include \"$folder/($(IFS='|'; echo "${patterns[*]}"))"; then
      echo "layers: $folder/$room may use of $folder/ only: $entry" >&2
      failed=1
    fi
  done
  for other in "${low[@]}"; do
    if grep -nHsE "^#include \"$folder/" "$folder/$other.h" "$folder/$other.cc" |
      grep -vE "#include \"$folder/($(IFS='|'; echo "${low[*]}"))\.h\""; then
      echo "layers: rooms of $folder/ use $other.h, so it may use none of them" >&2
      failed=1
    fi
  done
  for room in "$folder"/*/; do
    room=${room#"$folder"/}
    if [[ $known != *" ${room%/} "* ]]; then
      echo "layers: $folder/$room is a new room: name it in $0" >&2
      failed=1
    fi
  done
}

# Of common/, texts and threads rest on nothing; files and statuses rest on texts,
# and the console on both texts and files; processes open files and wait on
# threads, and what talks over a network rests on processes, statuses and threads.
rooms common 'net: process status threads' 'process: files threads' 'console: files text' \
  'files: text' 'status: text' 'text:' 'threads:'
rooms messages 'analysis: shape' 'campaign: shape' 'trial: campaign names' 'checks:' \
  'json:' 'names:' 'shape:'
# The ladder of cli/: a command may use everything, the demo is one campaign by
# way of the console, flags become requests, answers are printed by output/, and
# the console (client, what all commands share) rests on nothing in cli/.
rooms cli '.: commands console flags' \
  'commands: claims demo fleet local flags output console' \
  'claims: local flags output console' 'demo: local output console' \
  'local: output console' 'fleet: output console' 'flags: output console' \
  'output: console' 'console:'
rooms cli/commands '.:' 'answers: commands.h' 'campaigns: commands.h' \
  'operations: commands.h' 'training: commands.h'
# Predictions rest on what a compute is best spent on by a law, that on reports
# of laws, which rest on fits of runs; runs are read from tables.
rooms scaling \
  'predict: allocation reports surface isoflop laws runs statistics' \
  'allocation: reports surface isoflop laws runs statistics' \
  'reports: surface isoflop laws runs statistics' \
  'surface: laws runs statistics' 'isoflop: laws runs statistics' \
  'laws: runs statistics' 'runs: tables statistics' 'tables:' 'statistics:'
# Renderers know the finished figure alone; what they share is drawing/.
rooms figures '.: kinds parts' 'kinds: parts' 'parts:' \
  'gnuplot: drawing pgfplots text' 'pgfplots: drawing' \
  'text: drawing' 'drawing:'
# The interface and what algorithms share is at the top of search/, and so is the
# registry, which knows them all; they know neither it nor one another.
rooms search '.: grid sobol optimum listed random gp asha hyperband pareto external' \
  'grid: in_flight.h interface.h nearest_feasible.h outlook.h problem.h trial_index.h' \
  'spread: in_flight.h interface.h nearest_feasible.h problem.h trial_index.h' \
  'sobol: spread interface.h' 'random: spread interface.h' \
  'rungs: spread interface.h outlook.h trial_index.h' \
  'asha: rungs spread in_flight.h interface.h near_failure.h outlook.h problem.h trial_index.h' \
  'hyperband: rungs spread in_flight.h interface.h max_trials.h outlook.h problem.h trial_index.h' \
  'costs: candidates.h interface.h problem.h' \
  'kriging: spread candidates.h in_flight.h interface.h near_failure.h problem.h trial_index.h' \
  'gp: kriging costs spread interface.h outlook.h problem.h tolerance.h' \
  'pareto: kriging costs spread interface.h outlook.h problem.h tolerance.h' \
  'optimum: costs candidates.h interface.h near_failure.h problem.h tolerance.h' \
  'listed: interface.h problem.h trial_index.h' 'external: interface.h'
# Only the fleet talks to a coordinator.
rooms simulate '.:' 'fleet:'
rooms storage '.: postgres sqlite' \
  'postgres: open_options.h store.h store_tables.h stored_rows.h' \
  'sqlite: forgotten_numbers.h store.h store_tables.h stored_rows.h'
# The services stand over two wings that do not know each other, the scheduler
# and the analysis; both rest on what a campaign means. HTTP is a client of the
# services by their messages alone.
rooms coordinator '.: analysis http metrics scheduler services table' 'http:' \
  'metrics: scheduler services' \
  'services: analysis planning scheduler table stopping_error.h' \
  'scheduler: planning stopping_error.h' 'analysis: planning stopping_error.h' \
  'table: planning stopping_error.h' 'planning:'
# The agent over the slots that train; a run stands between the coordinator and
# a trainer, which know nothing of each other.
rooms worker '.: run trainer gpu coordinator options' \
  'run: trainer coordinator' 'trainer: gpu options' 'gpu: options' \
  'coordinator:' 'options:'
# Up from what a run is told and the files it reads, over the engines behind one
# seam, to the run and those who ask for one.
rooms trainer '.: autograd commands cpu engine parallel protocol spec' \
  'commands: autograd data engine files model run spec' \
  'protocol: data engine parallel run spec' \
  'run: autograd cpu cuda data engine files model parallel spec' \
  'autograd: cuda data engine model parallel spec' 'cpu: engine model spec' \
  'parallel: cuda model' 'engine: cuda data parallel spec' 'model: data spec' \
  'cuda:' 'data: files' 'spec: files' 'files:'

# No module of the page imports itself by way of others: tsort names the circle.
if ! grep -rHoE "(from|import) '\.\.?/[^']+'" --include='*.ts' --include='*.tsx' dashboard/src |
  sed -E "s#^(.*)/([^/]+)\.tsx?:[a-z]+ '(.*)'#\1/\2 \1/\3#" |
  while read -r from to; do
    echo "$from $(realpath -ms --relative-to=. "$to")"
  done | tsort >/dev/null; then
  echo "layers: modules of dashboard/src import each other in a circle; move what" \
    "they share into one below them" >&2
  failed=1
fi

if grep -rnE '#include [<"](torch|ATen|c10)/' --include='*.h' --include='*.cc' \
  access claims common coordinator cli figures machine messages report scaling search shape \
  simulate storage worker; then
  echo "layers: only trainer/ includes LibTorch" >&2
  failed=1
fi
if grep -rnE '#include [<"](grpcpp|google/protobuf|absl|isoshape/v1)/' \
  --include='*.h' --include='*.cc' trainer shape; then
  echo "layers: trainer/ and shape/ include neither gRPC, protobuf nor Abseil" >&2
  failed=1
fi
if grep -rnE '#include [<"](grpcpp/|google/protobuf/|isoshape/v1/|common/(net/channel|status/grpc_status)\.h)' \
  --include='*.h' --include='*.cc' scaling search simulate/*.h simulate/*.cc |
  grep -vE '^search/(registry|[a-z_]+/[a-z_]+_entry)\.(h|cc):[0-9]+:#include "isoshape/v1/campaign'; then
  echo "layers: scaling/ and search/ include neither gRPC nor protobuf, but" \
    "for the registry of algorithms, which reads their arm of a campaign" >&2
  failed=1
fi
if grep -rnE '#include [<"](google/protobuf|isoshape/v1)/' \
  --include='*.h' --include='*.cc' common |
  grep -v '^common/process/program_log.cc:.*stubs/logging.h'; then
  echo "layers: common/ includes no messages; messages/ does" >&2
  failed=1
fi
if git grep -nE 'grpc::Create(Custom)?Channel' -- '*.h' '*.cc' ':!common/net/channel.cc'; then
  echo "layers: only common/net/channel.h makes a gRPC channel" >&2
  failed=1
fi
exit "$failed"
