#!/usr/bin/env bash
# image.sh coordinator|worker DEBS FOLDER: an image of a Debian 12 by mmdebstrap
# with the .debs of the folder DEBS in it, by deploy/images/*.Dockerfile; leaves
# FOLDER/isoshape-PART-VERSION.oci.tar, which skopeo copies into a registry and
# `podman load` and containerd read. As root; no registry is asked, apt is.
# ISOSHAPE_IMAGE_TORCH: what pip installs into the worker's (default torch==2.11.*,
# empty: nothing). ./dev package image calls it, and tests/packages.
set -euo pipefail
part=$1 debs=$(realpath "$2")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "$3"
folder=$(realpath "$3")
version=$(sed -n 's/^project(isoshape VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
for program in mmdebstrap buildah; do
  command -v "$program" >/dev/null ||
    { echo "image.sh: there is no $program here (a package of Debian's)" >&2; exit 1; }
done

# Layers and containers of this call alone, without the kernel's overlays and
# control groups, which a container that builds has not.
work=$(mktemp -d "$folder/.image-XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
quietly() { "$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; echo "image.sh: $1 failed" >&2; exit 1; }; }
buildah_here() { quietly buildah --root "$work/store" --runroot "$work/run" "$@"; }

base=${ISOSHAPE_IMAGE_BASE:-$work/base.tar}
[ -s "$base" ] || quietly mmdebstrap --quiet --variant=minbase \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  bookworm "$base"
buildah_here from --name debian scratch
buildah_here add --quiet debian "$base" /
buildah_here commit --quiet --rm debian localhost/debian:12
buildah_here bud --pull-never --squash --build-arg BASE=localhost/debian:12 \
  --build-arg "TORCH=${ISOSHAPE_IMAGE_TORCH-torch==2.11.*}" \
  --tag "isoshape-$part:$version" --file "$root/deploy/images/$part.Dockerfile" "$debs"
file=$folder/isoshape-$part-$version.oci.tar
rm -f "$file"
buildah_here push "isoshape-$part:$version" "oci-archive:$file:isoshape-$part:$version"
echo "$file"
