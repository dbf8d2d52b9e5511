from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import isoshape


def test_version_is_that_of_the_project(root: Path) -> None:
    project = re.search(r"project\(isoshape VERSION (\S+)", (root / "CMakeLists.txt").read_text())
    assert project and isoshape.__version__ == project[1]


def test_importing_needs_the_standard_library_alone() -> None:
    # -S: no site-packages, so that nothing installed can be found.
    found = subprocess.run([sys.executable, "-S", "-c", "import isoshape"], check=False)
    assert found.returncode == 0
