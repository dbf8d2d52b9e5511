"""What the wheel has besides the package: if ISOSHAPE_INSTALLED names a folder into which the
programs were installed (tools/package.sh does that), these programs, as commands too. Without it
the wheel is the package alone, for every system."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

INSTALLED = "ISOSHAPE_INSTALLED"


class Commands(MetadataHookInterface):
    """Names the commands that pip puts on PATH."""

    def update(self, metadata: dict[str, Any]) -> None:
        folder = os.environ.get(INSTALLED)
        names = sorted(path.name for path in Path(folder, "bin").iterdir()) if folder else []
        metadata["scripts"] = dict.fromkeys(names, "isoshape._programs:main")


class Programs(BuildHookInterface):
    """Packs the programs, as `bin` and `lib` of the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        folder = os.environ.get(INSTALLED)
        if not folder:
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-linux_{os.uname().machine}"  # auditwheel finds the real one
        for part in ("bin", "lib", "licenses"):
            build_data["force_include"][str(Path(folder, part))] = f"isoshape/{part}"
