#!/usr/bin/env bash
# Holds the pages against 120 columns, tables and code blocks apart, so that a
# change of a sentence shows as that in a diff; and the tests that they name
# against tests/. Part of ./dev lint.
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

# Each test that docs/reliability.md names by its path is there.
# shellcheck disable=SC2016  # these quote nothing
grep -oE '`[a-z_0-9/]+/[a-z_0-9]+_test\.cc`(: [A-Z][A-Za-z0-9]+(, [A-Z][A-Za-z0-9]+)*)?' \
  docs/reliability.md |
  while IFS= read -r entry; do
    file=tests/$(cut -d'`' -f2 <<<"$entry")
    names=$(cut -d'`' -f3 <<<"$entry" | tr -d ':,')
    for name in '' $names; do
      grep -qw -e "$name" "$file" && continue
      echo "docs/reliability.md: $file has no ${name:-text}; name a test that is there"
      exit 1
    done
  done
