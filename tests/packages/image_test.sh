#!/usr/bin/env bash
# image_test.sh BUILD: the images as tools/image.sh makes them, unpacked as a
# container engine does it: who they run as, and the coordinator as a real
# container of crun's. With ISOSHAPE_PACKAGES=all alone, for apt is asked; what of
# it takes no image is in in_clean_root.sh.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
[ "${ISOSHAPE_PACKAGES:-}" = all ] || skip "./dev test --packages makes images"
[ "$(id -u)" -eq 0 ] || skip "a root folder of its own takes root"
need mmdebstrap buildah umoci crun dpkg-shlibdeps

packed deb >/dev/null
export ISOSHAPE_IMAGE_BASE=$work/base.tar ISOSHAPE_IMAGE_TORCH=
for part in coordinator worker; do
  archive=$(bash "$root/tools/image.sh" "$part" "$work/packages" "$work/images")
  mkdir "$work/$part"
  tar -C "$work/$part" -xf "$archive"
  umoci unpack --image "$work/$part:isoshape-$part:0.1.0" "$work/$part-unpacked" \
    >"$work/umoci.log" 2>&1 || fail "$(cat "$work/umoci.log")"
  echo "isoshape-$part: $(du -h "$archive" | cut -f 1) packed," \
    "$(du -sh "$work/$part-unpacked/rootfs" | cut -f 1) unpacked"
done

# The worker: its program is there, and its trainer asks for a torch.
worker=(chroot --userspec=10001:10001 "$work/worker-unpacked/rootfs")
expect 0 "isoshape-worker 0." "${worker[@]}" isoshape-worker --version
expect 1 "pip install 'torch==" "${worker[@]}" isoshape-trainer --version

mapfile -t command < <(/usr/bin/python3 "$root/tests/packages/container.py" \
  "$work/coordinator-unpacked/config.json" "$work/worker-unpacked/config.json")
unshare --mount bash "$root/tests/packages/confined.sh" "$work/coordinator-unpacked/rootfs" \
  "${command[@]}" || exit 1

# crun refuses the control groups of two versions at once that some machines have.
# shellcheck disable=SC2016  # $0 and $1 are the inner shell's
exec 4< <(exec unshare --mount sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null
  exec crun --root "$0" --cgroup-manager=disabled run --bundle "$1" isoshape-image-test' \
  "$work/crun" "$work/coordinator-unpacked" 2>"$work/crun.log")
container=$!
end_container() { crun --root "$work/crun" kill isoshape-image-test "$1" 2>/dev/null || true; }
trap 'end_container KILL; cleanup' EXIT
read -r line <&4 || fail "no container: $(cat "$work/crun.log")"
[[ $line == *listening* ]] || fail "$line"
end_container TERM
wait "$container" || fail "the container ended with $?: $(cat "$work/crun.log")"
echo "crun ran the coordinator's image, which ended by SIGTERM"
