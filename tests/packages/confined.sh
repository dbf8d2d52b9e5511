#!/usr/bin/env bash
# confined.sh ROOT [COMMAND…]: the coordinator of the Debian in ROOT as a
# container runs it: user 10001 without capabilities, on a root file system that
# is read-only but for /tmp and /var/lib/isoshape. COMMAND is the image's entry
# point and arguments. It must become healthy, keep what it is told, and end
# within 5 s of SIGTERM. As root, in a mount namespace of its own.
set -euo pipefail
root=$1
shift
[ $# -gt 0 ] || set -- /usr/bin/isoshape-coordinator --db /var/lib/isoshape/isoshape.db
fail() { echo "FAILED: $*"; exit 1; }

mount --make-rprivate /
mount --rbind "$root" "$root"
mkdir -p "$root/var/lib/isoshape"
mount -t tmpfs -o mode=0750,uid=10001,gid=10001 data "$root/var/lib/isoshape"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t proc -o ro proc "$root/proc"
mount -o remount,bind,ro "$root"
inside=(env -i PATH=/usr/sbin:/usr/bin HOME=/tmp chroot "$root" setpriv --reuid 10001 --regid 10001
  --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs)
# shellcheck disable=SC2016  # the inner shell's
! "${inside[@]}" sh -c 'echo x >/usr/mine' 2>/dev/null || fail "its root can be written"

exec 3< <(exec "${inside[@]}" "$@" --address 127.0.0.1:0 --http 127.0.0.1:0 \
  2>"$root/tmp/coordinator.log")
coordinator=$!
trap 'kill -KILL "$coordinator" 2>/dev/null || true' EXIT
read -r line <&3 || fail "no coordinator: $(cat "$root/tmp/coordinator.log")"
address=${line#*listening on }
address=${address%%,*}
[ "$(stat -c %u "/proc/$coordinator")" = 10001 ] || fail "it runs as another user"
capabilities=$(sed -n 's/^Cap\(Eff\|Bnd\|Prm\):\t//p' "/proc/$coordinator/status" | sort -u)
[ "$capabilities" = 0000000000000000 ] || fail "it has capabilities: $capabilities"
# The health check of the image's.
"${inside[@]}" isoshape worker list --server "$address" >/dev/null || fail "it is not healthy"
"${inside[@]}" isoshape campaign create --id c1 --server "$address" --data synthetic:markov \
  --shapes 1x16,2x16 --budgets 4e9 >/dev/null || fail "no campaign"
begin=$(date +%s%N)
kill -TERM "$coordinator"
wait "$coordinator" || fail "it ended with $? after SIGTERM"
took=$((($(date +%s%N) - begin) / 1000000))
[ "$took" -lt 5000 ] || fail "it took $took ms to end"
[ -s "$root/var/lib/isoshape/isoshape.db" ] || fail "it left no database"
echo "user 10001, root read-only: healthy, and ended $took ms after SIGTERM"
