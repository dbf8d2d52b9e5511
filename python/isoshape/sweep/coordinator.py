"""A coordinator that a sweep starts for itself, with its database in a folder."""

from __future__ import annotations

import ctypes
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from isoshape._programs import program
from isoshape.errors import FailedPrecondition

DATABASE = "sweep.db"
LOG = "coordinator.log"
_PR_SET_PDEATHSIG = 1


class OwnCoordinator:
    """Runs while `with` lasts, on free ports of this machine; `address` is that of its HTTP. It
    ends with this process, however that ends, and its database stays in the folder: None is a
    folder for this time alone."""

    def __init__(self, folder: Path | None) -> None:
        """NotFound if the program is not here; FailedPrecondition if it does not start: another
        sweep has the folder, for example."""
        self._scratch = tempfile.TemporaryDirectory() if folder is None else None
        self.folder = folder if self._scratch is None else Path(self._scratch.name)
        assert self.folder is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        libc = ctypes.CDLL(None)

        def end_with_parent() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

        command = [program("isoshape-coordinator"), "--db", str(self.folder / DATABASE)]
        command += ["--address", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        # A sweep that was killed holds its trials for so long when it is called again.
        command += ["--lease-duration", "10s"]
        with (self.folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl-C is for the sweep, which hands trials back first
                preexec_fn=end_with_parent,
            )
        self.address = self._announced()

    def _announced(self) -> str:
        assert self._process.stdout is not None and self.folder is not None
        for line in self._process.stdout:
            if found := re.match(r"dashboard: (\S+?)/?$", line):
                return found[1]
        self.close()
        said = (self.folder / LOG).read_text(errors="replace").strip().splitlines()
        raise FailedPrecondition(
            f"folder: isoshape-coordinator did not start in {self.folder}: "
            f"{said[-1] if said else 'it says nothing'}"
        )

    def close(self) -> None:
        """Ends it; what was asked of it is in its database."""
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> OwnCoordinator:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if self._scratch is not None:
            self._scratch.cleanup()
