"""The machine that is checked, and whether it can be."""
import os
import re
import subprocess

from .trainer_process import Trainer

_READY_SECONDS = 60
_QUERY = {"gpu": "name", "driver": "driver_version",
          "memory_mib": "memory.total", "power_limit_w": "power.limit"}


def describe(torch_folder):
    """What the first line says: card, driver, CUDA, PyTorch, cores."""
    values = dict.fromkeys(_QUERY)
    try:
        text = subprocess.run(
            ["nvidia-smi", "--query-gpu=" + ",".join(_QUERY.values()),
             "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=20, check=True).stdout
        values.update(parse_query(text))
    except (OSError, subprocess.SubprocessError):
        pass  # no driver, or one in a container that hides it
    return {**values, **versions(torch_folder),
            "cores": len(os.sched_getaffinity(0)),
            "load": round(os.getloadavg()[0], 1)}


def parse_query(text):
    """The first card of nvidia-smi's table, and how many there are."""
    rows = [row for row in text.splitlines() if row.strip()]
    if not rows:
        return {}
    fields = [field.strip() for field in rows[0].split(",")]
    return {**dict(zip(_QUERY, fields)), "gpus": len(rows)}


def versions(torch_folder):
    """Of PyTorch and of the CUDA that it was built with."""
    found = {"torch": None, "cuda": None}
    path = os.path.join(torch_folder or "", "version.py")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return found
    for key, name in (("torch", "__version__"), ("cuda", "cuda")):
        match = re.search(rf"^{name}\b[^=\n]*=\s*'([^']*)'", text, re.M)
        if match:
            found[key] = match[1]
    return found


def knows_cuda(trainer):
    """True when that program was linked with LibTorch's CUDA."""
    with open(trainer, "rb") as file:
        return b"libtorch_cuda.so" in file.read()


def why_not(command, trainer, device):
    """Why this trainer cannot be checked here, on one line; None if it can.

    `command` is how the trainer is started, `trainer` the program itself.
    """
    if not os.access(trainer, os.X_OK) or os.path.isdir(trainer):
        return f"no program {trainer}: ./dev build trainer makes one"
    if device == "cuda" and not knows_cuda(trainer):
        return (f"{trainer} was built without CUDA, for libtorch_cuda could "
                "not be loaded then: build it against a PyTorch that has all "
                "of its CUDA libraries (docs/gpu.md)")
    with Trainer([*command, "--device", device]) as process:
        if process.wait_ready(_READY_SECONDS):
            return None
        process.close()
        return process.complaint() or (
            f"{trainer} was not ready within {_READY_SECONDS} s")
