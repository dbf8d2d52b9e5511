#!/usr/bin/env bash
# Holds the includes against the layers of ARCHITECTURE.md: a folder may use
# only the folders named beside it. Part of ./dev lint.
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
allow gpu gpu
allow shape shape
allow scaling scaling common shape absl
allow search search common shape scaling absl
allow messages messages common isoshape shape scaling absl
allow storage storage common messages isoshape absl
allow coordinator coordinator common messages isoshape shape scaling search storage absl
allow trainer trainer gpu shape
allow worker worker common gpu messages isoshape absl
allow cli cli common messages isoshape shape scaling absl

if grep -rnE '#include [<"](torch|ATen|c10)/' --include='*.h' --include='*.cc' \
  common messages scaling search shape storage coordinator worker cli; then
  echo "layers: only trainer/ includes LibTorch" >&2
  failed=1
fi
if grep -rnE '#include [<"](grpcpp|google/protobuf|absl|isoshape/v1)/' \
  --include='*.h' --include='*.cc' trainer shape; then
  echo "layers: trainer/ and shape/ include neither gRPC, protobuf nor Abseil" >&2
  failed=1
fi
if grep -rnE '#include [<"](grpcpp/|google/protobuf/|isoshape/v1/|common/(channel|grpc_status)\.h)' \
  --include='*.h' --include='*.cc' scaling search; then
  echo "layers: scaling/ and search/ include neither gRPC nor protobuf" >&2
  failed=1
fi
if grep -rnE '#include [<"](google/protobuf|isoshape/v1)/' \
  --include='*.h' --include='*.cc' common; then
  echo "layers: common/ includes no messages; messages/ does" >&2
  failed=1
fi
exit "$failed"
