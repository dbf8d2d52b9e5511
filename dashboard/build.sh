#!/usr/bin/env bash
# Builds the page: build.sh OUT PROTOC. OUT gets assets.cc, which embeds it; if
# there is no npm, or it cannot fetch the packages, assets.cc is empty, one line
# says so, and the next build tries again. npm puts its packages into
# .deps/dashboard, once for each lock file.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$1 protoc=$2
packages=$here/../.deps/dashboard

# Why there is no page. The old time makes the file out of date for the next
# build.
without() {
  echo "dashboard: left out, the coordinator serves plain pages: $1" >&2
  cat >"$out/assets.cc" <<'CC'
#include "dashboard/assets.h"

namespace isoshape {

std::span<const DashboardAsset> DashboardAssets() { return {}; }

}  // namespace isoshape
CC
  touch -d 2000-01-01 "$out/assets.cc"
  exit 0
}

install_packages() {
  if cmp -s "$here/package-lock.json" "$packages/installed"; then
    touch "$packages/installed"  # as new as what is built
    return 0
  fi
  mkdir -p "$packages"
  cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$packages"
  # No package has anything to do at its installation that is needed here.
  (cd "$packages" && npm ci --ignore-scripts --no-audit --no-fund) >"$out/npm.log" 2>&1 ||
    without "npm ci failed, see $out/npm.log"
  cp "$here/package-lock.json" "$packages/installed"
}

mkdir -p "$out"
command -v node >/dev/null || without "there is no node (Debian: nodejs, npm)"
command -v npm >/dev/null || without "there is no npm (Debian: npm)"
install_packages
cd "$here/../proto"
"$protoc" -I . --include_source_info --include_imports \
  --descriptor_set_out="$out/api.pb" isoshape/v1/*.proto
node "$here/types_of_protos.mjs" "$out/api.pb" "$out"
node "$here/build.mjs" "$packages/node_modules" "$out"
