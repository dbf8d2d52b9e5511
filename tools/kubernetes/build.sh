#!/usr/bin/env bash
# build.sh FOLDER [PROGRAM …]: builds programs of Kubernetes (all of those below,
# about ten minutes of processor time; kubectl alone takes half a minute) of the
# version in go.mod into FOLDER/bin, from Go modules by name and version, whose
# checksums are in go.sum. What it downloads and compiles is kept in FOLDER too, and
# what is there is not built again. tests/deploy takes .deps/kubernetes/bin/kubectl.
set -euo pipefail
missing=()
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1/bin"
folder=$(realpath "$1")
version=$(sed -n 's/^require k8s.io\/kubernetes \(v[0-9.]*\).*/\1/p' "$here/go.mod")
wanted=$(cat "$here/go.mod" "${BASH_SOURCE[0]}" | sha256sum)
shift
[ $# -gt 0 ] || set -- kubectl kube-scheduler kubelet kube-proxy kube-controller-manager kube-apiserver
for program in "$@"; do
  [ "$(cat "$folder/bin/$program.built-for" 2>/dev/null)" = "$wanted" ] || missing+=("$program")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v go >/dev/null ||
  { echo "build.sh: there is no go here; it takes Go $(sed -n 's/^go //p' "$here/go.mod")" \
    "(one of 1.21 or newer brings it by itself)" >&2; exit 1; }
export CGO_ENABLED=0 GOFLAGS=-trimpath\ -modcacherw
export GOMODCACHE=$folder/modules GOCACHE=$folder/build-cache
IFS=. read -r major minor _ <<<"${version#v}"
named=k8s.io/component-base/version
flags="-s -w -X $named.gitVersion=$version -X $named.gitMajor=$major -X $named.gitMinor=$minor"
for program in "${missing[@]}"; do
  echo "build.sh: $program $version" >&2
  (cd "$here" && go build -p "${ISOSHAPE_JOBS:-$(nproc)}" -ldflags "$flags" \
    -o "$folder/bin/$program" "k8s.io/kubernetes/cmd/$program")
  echo "$wanted" >"$folder/bin/$program.built-for"
done
