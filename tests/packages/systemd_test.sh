#!/usr/bin/env bash
# systemd_test.sh BUILD: both .debs in a Debian whose first process is systemd: their
# units are started, killed, stopped, upgraded and removed (in_systemd.sh). With
# ISOSHAPE_PACKAGES=all alone, for apt is asked.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
[ "${ISOSHAPE_PACKAGES:-}" = all ] || skip "./dev test --packages makes a Debian with systemd"
[ "$(id -u)" -eq 0 ] || skip "a root folder of its own takes root"
need mmdebstrap cpack dpkg-shlibdeps nsenter unshare openssl

[ -d "$torch/lib" ] || skip "there is no LibTorch in $torch"
unshare --mount --pid --net --uts --ipc --cgroup --fork true 2>/dev/null ||
  skip "this container may not make namespaces"
# A group of its own, which systemd takes for the top of all, and which is removed.
mkdir "$work/groups"
group=$work/groups/isoshape-systemd-$$
first=
end() {
  [ -z "$first" ] || kill -KILL "$first" 2>/dev/null || true
  [ -z "${starter:-}" ] || wait "$starter" 2>/dev/null || true
  if mountpoint -q "$work/groups"; then
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    umount "$work/groups"
  fi
  cleanup
}
trap end EXIT
mount -t cgroup2 cgroup2 "$work/groups" 2>/dev/null || skip "this container may not mount"
mkdir "$group"

mapfile -t debs < <(packed deb)
clean=$work/root
mkdir "$clean"
# shellcheck disable=SC2016  # $1 is the hook's
mmdebstrap --quiet --variant=minbase --include=systemd,dbus \
  "--customize-hook=copy-in ${debs[*]} /root" \
  --customize-hook='chroot "$1" sh -c "apt-get -q -y install --no-install-recommends /root/*.deb"' \
  bookworm "$clean" >"$work/mmdebstrap.log" 2>&1 || fail "$(tail -n 30 "$work/mmdebstrap.log")"
cp "$root"/tests/packages/{in_systemd,until_true}.sh "$clean/root/"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$clean/root/key.pem" -out "$clean/root/cert.pem" 2>/dev/null

# shellcheck disable=SC2016  # these are the inner shell's
sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" \
  unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \
  bash "$root/tests/packages/boot.sh" "$clean" "$(dirname "$torch")" >"$work/boot.log" 2>&1 &
starter=$!
exec 7<> <(:)  # never has a line
for _ in {1..100}; do  # unshare's child
  first=$(cat "/proc/$starter/task/$starter/children" 2>/dev/null) || true
  first=${first% }
  [ -n "$first" ] && [ "$(cat "/proc/$first/comm" 2>/dev/null)" = systemd ] && break
  read -rt .1 -u 7 || true
done
[ "$(cat "/proc/$first/comm" 2>/dev/null)" = systemd ] || fail "systemd did not start: $(cat "$work/boot.log")"
timeout 1200 nsenter --target "$first" --mount --pid --net --uts --ipc --cgroup --root --wd \
  env -i PATH=/usr/sbin:/usr/bin HOME=/root bash /root/in_systemd.sh || fail "in a Debian with systemd"
begin=$SECONDS
timeout 60 tail --pid="$starter" -f /dev/null || fail "systemd did not power off"
echo "powered off after $((SECONDS - begin)) s"
first=
