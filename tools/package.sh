#!/usr/bin/env bash
# package.sh tarball|deb|wheel BUILD FOLDER [TOOLS]: packs what is built in BUILD
# and leaves the packages in FOLDER. The wheel needs TOOLS, a virtual environment
# with tools/package-wheels.txt. ./dev package calls it, and tests/packages.
set -euo pipefail
kind=$1 build=$(realpath "$2") tools=${4:+$(realpath "$4")}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ "$kind" = wheel ] && [ -z "$tools" ]; then
  echo "package.sh: a wheel takes TOOLS, a virtual environment with tools/package-wheels.txt" >&2
  exit 2
fi
mkdir -p "$3"
folder=$(realpath "$3")

# Where cpack and the wheel are put together; of this call alone.
work=$(mktemp -d "$folder/.work-XXXXXX")
trap 'rm -rf "$work"' EXIT

pack() {
  cpack --config "$build/CPackConfig.cmake" -G "$1" -B "$work" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; echo "package.sh: cpack -G $1 failed" >&2; exit 1; }
  rm -rf "$work/_CPack_Packages"
}

# The programs are built already, so that what is packed is what was tested:
# hatchling packs them with the package, and auditwheel adds the libraries.
# LibTorch, and CUDA's runtime with it, are those of the user.
pack_wheel() {
  local component
  for component in coordinator worker licenses; do
    cmake --install "$build" --prefix "$work/installed" --component "$component" --strip \
      >>"$work/log"
  done
  mv "$work/installed/share/doc/isoshape/licenses" "$work/installed/licenses"
  (cd "$root/python" && ISOSHAPE_INSTALLED=$work/installed "$tools/bin/python" -m hatchling \
    build -t wheel -d "$work/plain") >>"$work/log" 2>&1 ||
    { cat "$work/log" >&2; echo "package.sh: hatchling failed" >&2; exit 1; }
  PATH=$tools/bin:$PATH "$tools/bin/auditwheel" repair --strip -w "$work" \
    --exclude 'libtorch*' --exclude 'libc10*' --exclude 'libcudart*' \
    "$work"/plain/*.whl >>"$work/log" 2>&1 ||
    { cat "$work/log" >&2; echo "package.sh: auditwheel failed" >&2; exit 1; }
}

case $kind in
  tarball) pack TGZ ;;
  deb) pack DEB ;;
  wheel) pack_wheel ;;
  *) echo "package.sh: tarball, deb or wheel, not '$kind'" >&2; exit 2 ;;
esac
shopt -s nullglob
for file in "$work"/*.tar.gz "$work"/*.deb "$work"/*.whl; do
  mv "$file" "$folder/"
  echo "$folder/${file##*/}"
done
