"""clean_root.py ROOT NAME …: makes in the folder ROOT a Debian of the packages that these names
depend on, and of those that every Debian has, from the files that are installed on this machine.
dpkg in that root knows what is there, and so refuses a package that needs more. Takes seconds and
no network; what it cannot find installed it names, and ends with 77."""

import os
import re
import subprocess
import sys
from pathlib import Path

LEFT_OUT = re.compile(r"/usr/share/(doc|man|locale|info|lintian|bug|zoneinfo)/")
DPKG = Path("/var/lib/dpkg")


def installed() -> dict[str, str]:
    """The paragraph that dpkg's status has of each installed package."""
    found = {}
    for paragraph in (DPKG / "status").read_text().split("\n\n"):
        if "\nStatus: install ok installed" in paragraph:
            found[re.match(r"\s*Package: (\S+)", paragraph)[1]] = paragraph.strip("\n")
    return found


def field(paragraph: str, name: str) -> list[str]:
    """What a field of dependencies lists, each with its alternatives, without versions."""
    match = re.search(rf"^{name}: (.*)$", paragraph, re.MULTILINE)
    text = re.sub(r"\([^)]*\)|:any|:amd64|\s", "", match[1]) if match else ""
    return [each for each in text.split(",") if each]


def closure(names: list[str], paragraphs: dict[str, str]) -> set[str]:
    """The packages that these and the essential ones need, themselves among them."""
    provided = {
        name.split("=")[0]: package
        for package, paragraph in paragraphs.items()
        for name in field(paragraph, "Provides")
    }
    waiting = list(names)
    waiting += [name for name, text in paragraphs.items() if "\nEssential: yes" in text]
    needed: set[str] = set()
    while waiting:
        choices = waiting.pop().split("|")
        here = [each if each in paragraphs else provided.get(each) for each in choices]
        chosen = next((each for each in here if each), None)
        if chosen is None:
            print(f"skipped: none of these packages is installed here: {', '.join(choices)}")
            sys.exit(77)
        if chosen not in needed:
            needed.add(chosen)
            for kind in ("Pre-Depends", "Depends"):
                waiting += field(paragraphs[chosen], kind)
    return needed


def copy(paths: list[str], root: Path) -> None:
    """Copies files, links and (empty) folders by their paths."""
    pack = subprocess.Popen(
        ["tar", "-C", "/", "--no-recursion", "--ignore-failed-read", "-cf", "-", "-T", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    unpack = subprocess.Popen(
        ["tar", "-C", str(root), "--keep-directory-symlink", "-xf", "-"], stdin=pack.stdout
    )
    assert pack.stdin is not None
    pack.stdin.write("".join(f"{path.lstrip('/')}\n" for path in paths).encode())
    pack.stdin.close()
    pack.wait()
    if unpack.wait():
        sys.exit("the files could not be copied")


def alternatives(root: Path) -> list[str]:
    """Links that update-alternatives made, as those of LAPACK, to files that are in the root."""
    links = []
    for description in (DPKG / "alternatives").iterdir():
        lines = description.read_text().split("\n\n")[0].splitlines()[1:]
        for name, link in zip(
            [description.name, *lines[1::2]], [lines[0], *lines[2::2]], strict=True
        ):
            middle = Path("/etc/alternatives", name)
            if middle.is_symlink() and (root / os.readlink(middle).lstrip("/")).exists():
                links += [str(middle), link]
    return links


def main() -> None:
    root, names = Path(sys.argv[1]), sys.argv[2:]
    paragraphs = installed()
    needed = sorted(closure(names, paragraphs))
    for folder in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    listed = subprocess.run(
        ["dpkg-query", "-L", *needed], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    # Lines that are no paths say what diverts one. Folders at the top are links by now.
    merged = ("/.", "/bin", "/sbin", "/lib", "/lib64")
    paths = [path for path in dict.fromkeys(listed) if path.startswith("/")]
    paths = [path for path in paths if path not in merged and not LEFT_OUT.match(path)]
    # PACKAGE.list or PACKAGE:amd64.list, and so on.
    paths += [
        str(path)
        for path in (DPKG / "info").iterdir()
        if path.name.rsplit(".", 1)[0].split(":")[0] in needed
    ]
    copy(paths, root)
    copy(alternatives(root), root)
    for folder in ("proc", "dev", "tmp", "var/lib/dpkg/updates"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    # As after debootstrap: packages begin with root alone.
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "var/lib/dpkg/status").write_text("".join(f"{paragraphs[name]}\n\n" for name in needed))
    print(f"{len(needed)} packages")


main()
