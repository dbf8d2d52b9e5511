#!/usr/bin/env bash
# units_test.sh BUILD: systemd reads every unit without a word, finds it well
# confined, and knows what is written of users; and a unit refuses no system call
# that its program makes.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
need systemd-analyze systemd-sysusers

# `security` counts from 0, confined, to 100; what it finds is in
# docs/deploy/packages.md.
declare -A most=([coordinator]=14 [worker]=20 [backup]=12)
for part in coordinator worker backup; do
  unit=$work/isoshape-$part.service
  # The units name what is installed, and this may be not.
  sed "s|/usr/bin/|$build/bin/|" "$root/deploy/systemd/${unit##*/}" >"$unit"
  units=("$unit")
  if [ "$part" = backup ]; then
    cp "$root/deploy/systemd/isoshape-backup.timer" "$work"
    units+=("$work/isoshape-backup.timer")
  fi
  # `verify` ends with 0 if it does not know a key, and only says so.
  said=$(systemd-analyze verify --man=no "${units[@]}" 2>&1) || fail "verify: $said"
  [ -z "$said" ] || fail "verify: $said"
  systemd-analyze security --offline=true --no-pager "--threshold=${most[$part]}" "$unit" \
    >"$work/security" 2>&1 || fail "security: $(cat "$work/security")"

  [ "$part" != backup ] || continue  # it runs as the coordinator's user
  mkdir -p "$work/root/etc"
  systemd-sysusers "--root=$work/root" "$root/deploy/systemd/isoshape-$part.conf" ||
    fail "isoshape-$part.conf"
  grep -q "^isoshape-$part:.*:/usr/sbin/nologin$" "$work/root/etc/passwd" ||
    fail "no user isoshape-$part in $(cat "$work/root/etc/passwd")"
  grep -q "^User=isoshape-$part$" "$unit" || fail "the unit runs as another user"
done

# backup [COMMAND …]: what the unit of the timer starts, here, as systemd reads it.
backup() {
  local command
  command=$(sed -n 's/^ExecStart=//p' "$work/isoshape-backup.service")
  command=${command//%%/%}
  command=${command//\/var\/lib\/isoshape-coordinator\/isoshape.db/$work/results.db}
  eval "$* ${command//\/var\/lib\/isoshape-backup/$work/copies}"
}
mkdir "$work/copies"

# As a container may not let it trace.
strace -D -qq -o "$work/true.trace" true 2>/dev/null ||
  { small_campaign "$work" "$build/bin" env && backup &&
      expect 0 "" "$build/bin/isoshape" restore "$work"/copies/hour-*.db --db "$work/again.db"
    echo "not checked, as strace is not here or may not trace: system calls"; exit 0; }
# Started as its own child's, by -D, a program keeps its process id.
# shellcheck disable=SC2016  # these are the inner shell's
small_campaign "$work" "$build/bin" \
  sh -c 'exec strace -D -f -qq -o "$0/${1##*/}.trace" "$@"' "$work"
backup strace -D -f -qq -o "$work/isoshape-backup.trace" || fail "no backup"
backup || fail "no backup in the place of the last one"
expect 0 "" "$build/bin/isoshape" restore "$work"/copies/hour-*.db --db "$work/again.db"
for part in coordinator worker backup; do
  refused=$(/usr/bin/python3 "$root/tests/packages/refused_calls.py" \
    "$work/isoshape-$part.service" "$work/isoshape-$part.trace") || fail "the trace of the $part"
  # SQLite gives its files to the owner of the database if it runs as root, alone.
  refused=$(grep -vx fchown <<<"$refused") || true
  [ -z "$refused" ] || fail "isoshape-$part.service refuses" $refused
done
