"""container.py BUNDLE TORCH [FLAG …]: writes the config.json of BUNDLE, which umoci made of an
image, as that of a container which a container can hold, of the image's program with these flags:
root read-only, no capabilities, no control groups, the network of its host. TORCH, if it is not
empty, is a folder of this machine with a torch, which the container sees. Prints the command that
the image has of its own, a word a line; an image that runs as root is refused."""

import json
import sys
from pathlib import Path

LOST = ("/sys/fs/cgroup", "/var/lib/isoshape")  # mounts of which it has none, or others


def tmpfs(place: str, options: str) -> dict:
    return {
        "destination": place,
        "type": "tmpfs",
        "source": "tmpfs",
        "options": options.split(","),
    }


def main() -> None:
    bundle, torch, flags = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    image = bundle / "image.json"  # as it was before the first call
    if not image.exists():
        (bundle / "config.json").rename(image)
    config = json.loads(image.read_text())
    process, linux = config["process"], config["linux"]
    if process["user"]["uid"] != 10001:
        sys.exit(f"{bundle}: runs as {process['user']}")
    print("\n".join(process["args"]))
    process |= {"terminal": False, "noNewPrivileges": True, "rlimits": []}
    # As an engine does: what is given takes the place of the image's CMD.
    process["args"] = [process["args"][0], *flags]
    process["capabilities"] = {name: [] for name in process["capabilities"]}
    config["root"]["readonly"] = True
    mounts = [mount for mount in config["mounts"] if mount["destination"] not in LOST]
    mounts.append(tmpfs("/var/lib/isoshape", "mode=0750,uid=10001,gid=10001"))
    mounts.append(tmpfs("/tmp", "mode=1777"))
    if torch:
        # With what is beside it: CUDA's runtime, which LibTorch is linked with.
        place = "/mnt/python"
        mounts.append(
            {
                "destination": place,
                "type": "bind",
                "source": str(Path(torch).parent),
                "options": ["rbind", "ro"],
            }
        )
        process["env"].append(f"ISOSHAPE_TORCH_DIR={place}/torch")
    config["mounts"] = mounts
    linux.pop("resources", None)
    linux.pop("cgroupsPath", None)
    linux["namespaces"] = [each for each in linux["namespaces"] if each["type"] != "network"]
    (bundle / "config.json").write_text(json.dumps(config))


main()
