#!/usr/bin/env bash
# deb_test.sh BUILD: both .debs, installed by dpkg into a Debian that has what
# they depend on and nothing else, run there, and removed. With
# ISOSHAPE_PACKAGES=all the Debian is one of mmdebstrap's, and apt finds what they
# depend on.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
need dpkg-deb dpkg-shlibdeps cpack file readelf
[ "$(id -u)" -eq 0 ] || skip "a root folder of its own takes root"
# What in_clean_root.sh does: a container may allow some of it.
mkdir "$work/proc" "$work/bound"
# shellcheck disable=SC2016  # $0 is the inner shell's
unshare --mount sh -ec 'mount --make-rprivate / && mount -t proc -o ro proc "$0/proc" &&
  mount --bind /usr "$0/bound" && mount -o remount,bind,ro "$0/bound"' "$work" 2>/dev/null ||
  skip "this container may not mount"

mapfile -t debs < <(packed deb)
[ "${#debs[@]}" -eq 2 ] || fail "two .debs, not ${debs[*]}"
depends=()
for deb in "${debs[@]}"; do
  expect 0 "systemd-sysusers" dpkg-deb -f "$deb" Depends
  expect 0 "libgrpc++1.51" dpkg-deb -f "$deb" Depends
  mapfile -t -d , names < <(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g' | tr -d ' \n')
  depends+=("${names[@]}")
  dpkg-deb -x "$deb" "$work/content"
done
run_paths_are_own "$work/content"

clean=$work/root
mkdir -p "$clean"
if [ "${ISOSHAPE_PACKAGES:-}" = all ]; then
  need mmdebstrap
  # shellcheck disable=SC2016  # $1 is the hook's
  mmdebstrap --quiet --variant=minbase "--customize-hook=copy-in ${debs[*]} /tmp" \
    --customize-hook='chroot "$1" sh -c "apt-get -q -y install --no-install-recommends /tmp/*.deb"' \
    bookworm "$clean" >"$work/mmdebstrap.log" 2>&1 || fail "$(tail -n 30 "$work/mmdebstrap.log")"
else
  /usr/bin/python3 "$root/tests/packages/clean_root.py" "$clean" "${depends[@]}" || exit
fi
# What is mounted there is seen, and ends, in a namespace of its own alone.
unshare --mount bash "$root/tests/packages/in_clean_root.sh" "$build" "$clean" "${debs[@]}"
