#!/usr/bin/env bash
# Writes isoshape/_api.py from the protos; with --check it only says whether it
# is what they say. Needs protoc and node. Claims are files and reports of the
# command line: no call has them.
set -euo pipefail
shopt -s extglob
cd "$(dirname "${BASH_SOURCE[0]}")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
protoc -I ../proto --include_source_info --include_imports \
  --descriptor_set_out="$scratch/api.pb" ../proto/isoshape/v1/!(claim).proto
node types_of_protos.mjs "$scratch/api.pb" "$scratch/_api.py"
if [ "${1:-}" != --check ]; then
  cp "$scratch/_api.py" isoshape/_api.py
elif ! cmp -s "$scratch/_api.py" isoshape/_api.py; then
  echo "python/isoshape/_api.py is not what the protos say: run python/types_of_protos.sh" >&2
  exit 1
fi
