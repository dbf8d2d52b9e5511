#!/usr/bin/env bash
# in_clean_root.sh BUILD ROOT DEB…: what deb_test.sh does in ROOT, in a mount
# namespace of its own: installs the .debs, if they are not, runs what they hold,
# and removes them.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
clean=$2
debs=("${@:3}")
mount --make-rprivate /
mount -t proc -o ro proc "$clean/proc"
for device in null zero random urandom; do
  [ -e "$clean/dev/$device" ] || touch "$clean/dev/$device"
  mount --bind "/dev/$device" "$clean/dev/$device"
done
# LibTorch is no package's: the folder that it was installed into, to be read.
mkdir -p "$clean/opt/python"
mount --bind "$(dirname "$torch")" "$clean/opt/python"
mount -o remount,bind,ro "$clean/opt/python"
inside=(env -i PATH=/usr/sbin:/usr/bin HOME=/tmp ISOSHAPE_TORCH_DIR=/opt/python/torch
  chroot "$clean")
if [ ! -e "$clean/usr/bin/isoshape" ]; then
  cp "${debs[@]}" "$clean/tmp/"
  "${inside[@]}" ldconfig
  "${inside[@]}" sh -c 'dpkg -i /tmp/*.deb' >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
fi

for part in coordinator worker; do
  grep -q "^isoshape-$part:" "$clean/etc/passwd" || fail "no user isoshape-$part"
  [ -s "$clean/usr/lib/systemd/system/isoshape-$part.service" ] || fail "no unit"
  # A file of settings that it does not know ends a program with 2.
  [ -s "$clean/etc/isoshape/$part.yaml" ] || fail "no /etc/isoshape/$part.yaml"
  expect 0 "isoshape-$part 0." "${inside[@]}" "isoshape-$part" \
    --config "/etc/isoshape/$part.yaml" --version
done
# shellcheck disable=SC2016  # dpkg-query's
expect 0 "/etc/isoshape/worker.env" "${inside[@]}" \
  dpkg-query -W -f '${Conffiles}' isoshape-worker
small_campaign /tmp /usr/bin "${inside[@]}"
# As in an image, of which image_test.sh makes a real one.
unshare --mount bash "$root/tests/packages/confined.sh" "$clean" || exit 1

# What an administrator changed stays, and so does what was measured.
echo "# mine" >>"$clean/etc/isoshape/worker.yaml"
"${inside[@]}" mkdir -p /var/lib/isoshape-coordinator
"${inside[@]}" touch /var/lib/isoshape-coordinator/isoshape.db
"${inside[@]}" dpkg --remove isoshape isoshape-worker >"$work/dpkg.log" 2>&1 ||
  fail "$(cat "$work/dpkg.log")"
[ ! -e "$clean/usr/bin/isoshape" ] || fail "isoshape is still there"
grep -q "^# mine" "$clean/etc/isoshape/worker.yaml" || fail "worker.yaml has gone"
"${inside[@]}" dpkg --purge isoshape isoshape-worker >"$work/dpkg.log" 2>&1 ||
  fail "$(cat "$work/dpkg.log")"
[ ! -e "$clean/etc/isoshape/worker.yaml" ] || fail "worker.yaml is still there"
[ -e "$clean/var/lib/isoshape-coordinator/isoshape.db" ] || fail "results were removed"
