# Sourced by ./dev: what a checkout needs is installed, Debian packages and virtual
# environments, by the lists in tools/. Uses its $root, say, die and torch_dir.
# shellcheck shell=bash disable=SC2154  # root

# names FILE: the lines of a list without comments.
names() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "installing Debian packages needs root: run as root, or install sudo"
  fi
}

# install_packages FILE: installs the Debian packages listed there that are not
# installed yet.
install_packages() {
  local wanted have missing
  wanted=$(names "$1" | sort -u)
  have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 2>/dev/null |
    awk '$2 == "installed" {print $1}' | sort -u) || true
  missing=$(comm -23 <(echo "$wanted") <(echo "$have"))
  [ -n "$missing" ] || return 0
  say "installing Debian packages:" $missing
  command -v apt-get >/dev/null ||
    die "apt-get is not here: on this system, install by hand what $1 lists"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -q update
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -q install -y \
    --no-install-recommends $missing >&2
}

# install_venv LIST VENV: a virtual environment with the Python packages that a
# list names, and nothing that they ask for; made anew if the list changed.
install_venv() {
  local list=$1 venv=$2 stamp=$2.installed
  cmp -s "$list" "$stamp" && return 0
  say "installing into $venv what $list lists"
  rm -rf "$venv" "$stamp"
  mkdir -p "${venv%/*}"
  /usr/bin/python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-deps -r "$list" >&2
  cp "$list" "$stamp"
}

install_wheels() {
  if [ -n "${ISOSHAPE_TORCH_DIR:-}" ]; then
    [ -d "$ISOSHAPE_TORCH_DIR/include" ] ||
      die "ISOSHAPE_TORCH_DIR=$ISOSHAPE_TORCH_DIR has no include/: name a torch folder, or unset it"
    return 0
  fi
  install_venv tools/python-wheels.txt .deps/venv
}

# Python packages of the tests, and the wheels' torch beside them, which wants
# libraries of CUDA that the trainer does not and that are not installed.
install_test_packages() {
  local venv=.deps/test-venv torch
  install_venv tools/test-packages.txt "$venv"
  torch=$(torch_dir)
  dirname "$torch" >"$(echo "$venv"/lib/python3*/site-packages)/torch.pth"
  install_stand_ins "$torch" "$venv/stand-ins"
}

# install_stand_ins TORCH FOLDER: made anew for another torch, or if they were not
# finished; none for a torch that is not one of this Python.
install_stand_ins() {
  local torch=$1 folder=$2 stamp=$2/made-for wanted suffix
  suffix=$(/usr/bin/python3 -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
  if [ ! -f "$torch/version.py" ] || [ ! -f "$torch/_C$suffix" ]; then
    rm -rf "$folder"
    return 0
  fi
  wanted=$(echo "$torch"; cat "$torch/version.py")
  [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ] || return 0
  rm -f "$stamp"
  /usr/bin/python3 tools/cuda_stand_ins.py "$torch" "$folder"
  echo "$wanted" >"$stamp"
}
