# Sourced by in_containers.sh and in_systemd.sh, which have `fail`.
# shellcheck shell=bash
exec 7<> <(:)  # never has a line
# until_true WHAT COMMAND …: within two minutes, for a machine that has much else to do.
until_true() {
  local what=$1 end=$((SECONDS + 120))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "not within two minutes: $what"
    read -rt .1 -u 7 || true
  done
}
