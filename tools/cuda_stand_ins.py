"""Libraries of the names of CUDA's that a torch wants and that are not here, so that it can be
imported and run on the CPU without 2.7 GB of them.

usage: cuda_stand_ins.py TORCH_FOLDER INTO

The wheels of PyTorch for Linux on PyPI are those with CUDA, and the project installs them without
what they depend on, since its trainer needs but three of these wheels. Each library that is made
here has the functions that torch looks up in the one it stands for; one that is called ends the
process, which none is on the CPU.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

READERS = ("libtorch_cuda.so", "libtorch_python.so", "libtorch_nvshmem.so")


def said(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def needed(library: Path) -> set[str]:
    """Sonames that a library asks for."""
    lines = said("readelf", "-d", "--wide", str(library))
    return {found[1] for line in lines if (found := re.search(r"\(NEEDED\).*\[(.+)\]", line))}


def versions(library: Path) -> dict[str, str]:
    """Of each version of symbols that a library asks for, the soname that has it."""
    found: dict[str, str] = {}
    soname = ""
    for line in said("readelf", "-V", "--wide", str(library)):
        if of_file := re.search(r"File: (\S+)", line):
            soname = of_file[1]
        elif soname and (of_name := re.search(r"Name: (\S+)", line)):
            found[of_name[1]] = soname
    return found


def is_here(soname: str, torch: Path) -> bool:
    """Whether the loader finds it: beside torch, in wheels of NVIDIA, or in the system."""
    folders = [torch / "lib", *(torch.parent / "nvidia").glob("*/lib")]
    if any((folder / soname).exists() for folder in folders):
        return True
    return any(line.split()[:1] == [soname] for line in said("/sbin/ldconfig", "-p"))


def wanted(torch: Path) -> dict[str, dict[str, str]]:
    """Of each library that is not here, the functions that are looked up in it and the version of
    each, which may be empty."""
    readers = [torch / "lib" / name for name in READERS if (torch / "lib" / name).exists()]
    missing: dict[str, dict[str, str]] = {
        soname: {} for reader in readers for soname in needed(reader) if not is_here(soname, torch)
    }
    for reader in readers:
        of_version = versions(reader)
        for line in said("nm", "-D", "--undefined-only", "--with-symbol-versions", str(reader)):
            name, _, version = line.split()[-1].partition("@")
            soname = of_version.get(version.lstrip("@")) if version else by_name(name, missing)
            if soname in missing:
                missing[soname][name] = version.lstrip("@")
    return missing


def by_name(function: str, missing: dict[str, dict[str, str]]) -> str | None:
    """libnccl.so.2 has the functions that begin with nccl."""
    for soname in sorted(missing, key=len, reverse=True):
        stem = re.split(r"[._]", soname.removeprefix("lib"))[0]
        if function.lower().startswith(stem.lower()):
            return soname
    return None


def make(soname: str, functions: dict[str, str], into: Path) -> None:
    """One library, all of whose functions end the process."""
    with tempfile.TemporaryDirectory() as folder:
        source, script = Path(folder) / "source.c", Path(folder) / "versions"
        lines = ["static void ends(void) { __builtin_trap(); }"]
        lines += [f'void {name}(void) __attribute__((alias("ends")));' for name in functions]
        source.write_text("\n".join(lines) + "\n")
        blocks = [
            f"{version} {{ global: *; }};" for version in sorted(set(functions.values()) - {""})
        ]
        script.write_text("\n".join(blocks) + "\n")
        flags = [f"-Wl,--version-script={script}"] if blocks else []
        command = ["cc", "-shared", "-fPIC", "-nostdlib", f"-Wl,-soname,{soname}", *flags]
        subprocess.run([*command, "-o", str(into / soname), str(source)], check=True)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(f"usage: {Path(sys.argv[0]).name} TORCH_FOLDER INTO")
    torch, into = Path(sys.argv[1]), Path(sys.argv[2])
    into.mkdir(parents=True, exist_ok=True)
    for old in into.glob("lib*.so*"):
        old.unlink()
    for soname, functions in wanted(torch).items():
        make(soname, functions, into)


main()
