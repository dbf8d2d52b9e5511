#!/usr/bin/env bash
# Tests of the dashboard: run.sh types|unit|pages BUILD_FOLDER. `pages` runs a
# few, and all with ISOSHAPE_PAGES=all. Ends with 77 if what they need is not
# here, which ctest counts as skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
kind=$1 build=$2
modules=$root/.deps/dashboard/node_modules generated=$build/dashboard
out=$build/tests/dashboard
mkdir -p "$out"

skip() {
  echo "skipped: $1"
  exit 77
}

[ -f "$generated/api.d.ts" ] || skip "the dashboard was not built (npm)"
cmp -s "$root/dashboard/package-lock.json" "$root/.deps/dashboard/installed" ||
  skip "npm's packages of this lock file are not in .deps/dashboard: ./dev build gets them"
case $kind in
  types)
    cat >"$out/tsconfig.json" <<JSON
{
  "extends": "$root/dashboard/tsconfig.json",
  "compilerOptions": {
    "types": ["node"],
    "typeRoots": ["$modules/@types"],
    "paths": {"generated/*": ["$generated/*"], "*": ["$modules/*"]}
  },
  "include": ["$root/dashboard/src", "$here/unit", "$generated/api.d.ts"]
}
JSON
    exec "$modules/.bin/tsc" -p "$out/tsconfig.json"
    ;;
  unit) exec node "$here/run_unit.mjs" "$modules" "$generated" "$out/unit" ;;
  pages)
    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || skip "page tests need node 20"
    ISOSHAPE_CHROMIUM=$(command -v chromium) || skip "there is no chromium"
    export ISOSHAPE_CHROMIUM ISOSHAPE_NODE_MODULES=$modules
    export ISOSHAPE_COORDINATOR=$build/bin/isoshape-coordinator
    grep -q /v1/events "$ISOSHAPE_COORDINATOR" || skip "the coordinator tells no events over HTTP"
    tests=("$here"/pages/*.test.mjs)
    [ "${ISOSHAPE_PAGES:-}" != all ] || tests+=("$here"/pages/full/*.test.mjs)
    exec node --test --test-concurrency=1 --test-reporter=spec "${tests[@]}"
    ;;
  *)
    echo "no kind '$kind': types, unit or pages" >&2
    exit 2
    ;;
esac
