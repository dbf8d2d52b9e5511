#!/usr/bin/env bash
# units_test.sh BUILD: systemd reads every unit without a word, finds it well
# confined, and knows what is written of users.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
need systemd-analyze systemd-sysusers

# `security` counts from 0, confined, to 100; what it finds is in
# docs/deploy/packages.md.
declare -A most=([coordinator]=13 [worker]=20)
for part in coordinator worker; do
  unit=$work/isoshape-$part.service
  # The units name what is installed, and this may be not.
  sed "s|/usr/bin/|$build/bin/|" "$root/deploy/systemd/${unit##*/}" >"$unit"
  # `verify` ends with 0 if it does not know a key, and only says so.
  said=$(systemd-analyze verify "$unit" 2>&1) || fail "verify: $said"
  [ -z "$said" ] || fail "verify: $said"
  systemd-analyze security --offline=true --no-pager "--threshold=${most[$part]}" "$unit" \
    >"$work/security" 2>&1 || fail "security: $(cat "$work/security")"

  mkdir -p "$work/root/etc"
  systemd-sysusers "--root=$work/root" "$root/deploy/systemd/isoshape-$part.conf" ||
    fail "isoshape-$part.conf"
  grep -q "^isoshape-$part:.*:/usr/sbin/nologin$" "$work/root/etc/passwd" ||
    fail "no user isoshape-$part in $(cat "$work/root/etc/passwd")"
  grep -q "^User=isoshape-$part$" "$unit" || fail "the unit runs as another user"
done
