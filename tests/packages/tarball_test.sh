#!/usr/bin/env bash
# tarball_test.sh BUILD: unpacked, moved and run, with libraries of its own alone.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
need cpack dpkg-query readelf

mkdir "$work/unpacked"
archive=$(packed tarball)
tar -C "$work/unpacked" -xzf "$archive"
# With what breaks paths that are put together from words.
place="$work/another place, moved"
mv "$work"/unpacked/isoshape-* "$place"
alone=(env -i PATH=/usr/bin:/bin "HOME=$work")

# What is not the C library's or the compiler's comes from the folder.
every_system='^\s*(libc|libm|libdl|librt|libpthread|libresolv|libstdc\+\+|libgcc_s)\.so'
for program in "$place"/bin/isoshape{,-coordinator,-worker} "$place"/lib/isoshape/libisoshape*; do
  foreign=$(ldd "$program" | grep -F '=>' | grep -vF "=> $place/" | grep -vE "$every_system") || true
  [ -z "$foreign" ] || fail "$program takes of this machine: $foreign"
done
run_paths_are_own "$place"
for program in isoshape isoshape-coordinator isoshape-worker; do
  expect 0 "$program 0." "${alone[@]}" "$place/bin/$program" --version
done
[ -s "$place/share/doc/isoshape/licenses/libgrpc29" ] || fail "licences are missing"

# The trainer: LibTorch by a folder, by a Python; none; another one.
trainer=$place/bin/isoshape-trainer
expect 0 "isoshape-trainer 0." "${alone[@]}" "ISOSHAPE_TORCH_DIR=$torch" "$trainer" --version
printf '#!/bin/sh\necho "%s"\n' "$torch" >"$work/python"
chmod +x "$work/python"
expect 0 "isoshape-trainer 0." "${alone[@]}" "ISOSHAPE_PYTHON=$work/python" "$trainer" --version
expect 1 "/nowhere/python: not found: pip install" \
  "${alone[@]}" ISOSHAPE_PYTHON=/nowhere/python "$trainer" --version
expect 1 "ISOSHAPE_TORCH_DIR=/nowhere has no lib/libtorch_cpu.so" \
  "${alone[@]}" ISOSHAPE_TORCH_DIR=/nowhere "$trainer" --version
mkdir -p "$work/old/lib"
touch "$work/old/lib/libtorch_cpu.so"
echo "__version__ = '2.1.0+cpu'" >"$work/old/version.py"
expect 1 "is torch 2.1.0+cpu, and this program was built for " \
  "${alone[@]}" "ISOSHAPE_TORCH_DIR=$work/old" "$trainer" --version

# Where there is a GPU, for which a file of this test stands, the trainer with
# CUDA is taken; but not with a torch that lacks libraries of CUDA: its loader
# would end it without a word of help.
if [ -e "$place/lib/isoshape/isoshape-trainer-cuda" ]; then
  sed "s|/dev/nvidiactl|/dev/null|" "$trainer" >"$trainer-with-gpu"
  chmod +x "$trainer-with-gpu"
  mkdir -p "$work/bare/torch/lib"
  ln -s "$torch/version.py" "$work/bare/torch/"
  [ ! -e "$torch/../nvidia" ] || ln -s "$torch/../nvidia" "$work/bare/"
  ln -s "$torch"/lib/* "$work/bare/torch/lib/"
  rm "$work/bare/torch/lib/libc10_cuda.so"
  expect 0 "training on the CPU, as ISOSHAPE_TORCH_DIR=$work/bare/torch lacks lib" \
    "${alone[@]}" "ISOSHAPE_TORCH_DIR=$work/bare/torch" "$trainer-with-gpu" --version
  expect 0 "isoshape-trainer 0." \
    "${alone[@]}" "ISOSHAPE_TORCH_DIR=$work/bare/torch" "$trainer-with-gpu" --version
fi

# Settings and units are the .debs': a plain installation leaves those of this
# machine alone.
DESTDIR=$work/plain cmake --install "$build" --prefix /opt/isoshape >"$work/install.log" 2>&1 ||
  fail "cmake --install: $(tail -n 5 "$work/install.log")"
[ -x "$work/plain/opt/isoshape/bin/isoshape" ] || fail "cmake --install installs nothing"
found=$(find "$work/plain" -path '*/etc/*' -o -name '*.service')
[ -z "$found" ] || fail "cmake --install writes $found"

small_campaign "$work" "$place/bin" "${alone[@]}" "ISOSHAPE_TORCH_DIR=$torch"
