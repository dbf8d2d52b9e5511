#!/usr/bin/env bash
# wheel_test.sh BUILD: installed by pip into a new environment that has torch.
# shellcheck source=tests/packages/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
need dpkg-query readelf
[ -x "$tools/bin/auditwheel" ] ||
  skip "no auditwheel in $tools; ./dev test and ./dev package wheel install it"

wheel=$(packed wheel)
# The tag says which C library it asks for: that of Debian 12's compiler at most.
[[ $wheel =~ -py3-none-manylinux_2_([0-9]+)_ ]] || fail "no manylinux tag: $wheel"
[ "${BASH_REMATCH[1]}" -le 36 ] || fail "it needs glibc 2.${BASH_REMATCH[1]}"

venv=$work/venv
/usr/bin/python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps "$wheel"
run_paths_are_own "$(echo "$venv"/lib/python3*/site-packages)"
alone=(env -i "PATH=$venv/bin:/usr/bin:/bin" "HOME=$work")
for program in isoshape isoshape-coordinator isoshape-worker; do
  expect 0 "$program 0." "${alone[@]}" "$program" --version
done
expect 1 "there is no torch in $venv/bin/python" "${alone[@]}" isoshape-trainer --version

# As if it were installed there: the C++ side and its version are all that is read.
dirname "$torch" >"$(echo "$venv"/lib/python3*/site-packages)/torch.pth"
expect 0 "isoshape-trainer 0." "${alone[@]}" isoshape-trainer --version
series=$(sed -n 's/^series=//p' "$build/packages/isoshape-trainer")
expect 0 "torch==$series.*; extra == 'trainer'" \
  "$venv/bin/python" -c 'import importlib.metadata as m; print(m.requires("isoshape"))'
# The package itself, with the program that is packed with it.
expect 0 "depth=4 width=64" "${alone[@]}" python -c '
import isoshape
from isoshape._programs import program, run_json
assert program("isoshape").startswith(isoshape.__path__[0]), program("isoshape")
card, _ = run_json(["describe", "--depth=4", "--width=64"])
shape = card.get("shape", card)
print("depth={depth} width={width}".format(**shape))'

# Wrong use is told in a line.
cp "$venv/bin/isoshape" "$venv/bin/renamed"
expect 1 "renamed: this is no program of isoshape's" "${alone[@]}" renamed --version
expect 2 "a wheel takes TOOLS" bash "$root/tools/package.sh" wheel "$build" "$work/none"

small_campaign "$work" "$venv/bin" "${alone[@]}"
