#!/usr/bin/env bash
# image_test.sh BUILD: the images as tools/image.sh makes them, unpacked as a
# container engine does it: who they run as, and both as containers of crun's
# (in_containers.sh). With ISOSHAPE_PACKAGES=all alone, for apt is asked; what of it
# takes no image is in in_clean_root.sh. The worker's is without torch, and is given
# this machine's, as that of PyPI with CUDA makes it 5 GB: ISOSHAPE_IMAGE_TORCH says
# which, ISOSHAPE_IMAGE_WHEELS a folder of this file system that has its wheels.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
[ "${ISOSHAPE_PACKAGES:-}" = all ] || skip "./dev test --packages makes images"
[ "$(id -u)" -eq 0 ] || skip "a root folder of its own takes root"
need mmdebstrap buildah umoci crun ip dpkg-shlibdeps
export ISOSHAPE_IMAGE_TORCH=${ISOSHAPE_IMAGE_TORCH-}

packed deb >/dev/null
[ -z "${ISOSHAPE_IMAGE_WHEELS:-}" ] || cp -rl "$ISOSHAPE_IMAGE_WHEELS" "$work/packages/wheels"
export ISOSHAPE_IMAGE_BASE=$work/base.tar
for part in coordinator worker; do
  archive=$(bash "$root/tools/image.sh" "$part" "$work/packages" "$work/images")
  mkdir "$work/$part"
  tar -C "$work/$part" -xf "$archive"
  umoci unpack --image "$work/$part:isoshape-$part:0.1.0" "$work/$part-unpacked" \
    >"$work/umoci.log" 2>&1 || fail "$(cat "$work/umoci.log")"
  echo "isoshape-$part: $(du -h "$archive" | cut -f 1) packed," \
    "$(du -sh "$work/$part-unpacked/rootfs" | cut -f 1) unpacked"
done

# The worker: its program is there, and its trainer finds a torch or asks for one.
worker=(chroot --userspec=10001:10001 "$work/worker-unpacked/rootfs" env HOME=/tmp)
expect 0 "isoshape-worker 0." "${worker[@]}" isoshape-worker --version
if [ -n "$ISOSHAPE_IMAGE_TORCH" ]; then
  torch=
else
  expect 1 "pip install 'torch==" "${worker[@]}" isoshape-trainer --version
fi

mapfile -t command < <(/usr/bin/python3 "$root/tests/packages/container.py" \
  "$work/coordinator-unpacked" '')
unshare --mount bash "$root/tests/packages/confined.sh" "$work/coordinator-unpacked/rootfs" \
  "${command[@]}" || exit 1

unshare --mount --net bash "$root/tests/packages/in_containers.sh" "$work" "$torch" \
  "$root/deploy/images/worker.Dockerfile"
