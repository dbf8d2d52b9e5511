#!/usr/bin/env bash
# Holds the pages against 120 columns, tables and code blocks apart, so that a
# change of a sentence shows as that in a diff; and what the map of
# ARCHITECTURE.md and docs/reliability.md name against the tree. Part of
# ./dev lint.
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

# A name without a folder stands in the folder of the name before it.
failed=0
folder=
while IFS=: read -r line name; do
  case $name in
  '|') folder= ;;
  */*) if [ -e "$name" ]; then folder=${name%/*}; else name=$folder/$name; fi ;;
  *) name=$folder/$name ;;
  esac
  if [ "$name" != '|' ] && [ ! -e "$name" ]; then
    echo "ARCHITECTURE.md:$line: there is no $name" >&2
    failed=1
  fi
done < <(awk '/^## / { map = /^## Where an idea lives/ }
  map && /^[|]/ {
    print NR ":|"
    n = split($0, word, "`")
    for (i = 2; i <= n; i += 2)
      if (word[i] ~ /^[a-z0-9_\/.-]+(\.[a-z]+|\/)$/) print NR ":" word[i]
  }' ARCHITECTURE.md)

# Each test that docs/reliability.md names is there; one without a folder stands
# in that of the name before it.
# shellcheck disable=SC2016  # these quote nothing
while IFS= read -r entry; do
  line=${entry%%:*}
  name=$(cut -d'`' -f2 <<<"$entry")
  [ "$line" = "${last:-}" ] || folder=
  last=$line
  if [[ $name == */* ]]; then folder=${name%/*}; else name=$folder/$name; fi
  for word in '' $(cut -d'`' -f3 <<<"$entry" | tr -d ':,'); do
    grep -qsw -e "$word" "tests/$name" && continue
    echo "docs/reliability.md:$line: tests/$name has no ${word:-text}; name a test that is there" >&2
    failed=1
  done
done < <(grep -noE '`[a-z_0-9/]+_test\.(cc|sh)`(: [A-Z][A-Za-z0-9]+(, [A-Z][A-Za-z0-9]+)*)?' \
  docs/reliability.md)
exit "$failed"
