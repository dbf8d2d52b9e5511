#!/usr/bin/env bash
# Holds the pages against 120 columns, tables and code blocks apart, so that a
# change of a sentence shows as that in a diff. Part of ./dev lint.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck disable=SC2016  # $0 is awk's
git ls-files --cached --others --exclude-standard -- '*.md' |
  while read -r page; do [ ! -f "$page" ] || echo "$page"; done |
  xargs awk '
    FNR == 1 { code = 0 }
    /^[ ]*```/ { code = !code }
    !code && !/^[|]/ && length($0) > 120 && / / {
      printf "%s:%d: %d columns; wrap at 120\n", FILENAME, FNR, length($0)
      failed = 1
    }
    END { exit failed }'
