#!/usr/bin/env bash
# run.sh PART BUILD: PART_test.py, by the Python of the tests (./dev test makes
# it), else by any that has PyYAML; what else a test lacks it says and skips.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${ISOSHAPE_TEST_VENV:-$here/../../.deps/test-venv}/bin/python
[ -x "$python" ] || python=python3
"$python" -c 'import yaml' 2>/dev/null ||
  { echo "skipped: there is no PyYAML for $python; ./dev test installs it"; exit 77; }
ISOSHAPE_BIN=$(realpath "$2")/bin exec "$python" -B "$here/$1_test.py"
