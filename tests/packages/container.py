"""container.py COORDINATOR WORKER: looks whether the images, of which umoci wrote these files of a
runtime, run as a user that is not root; prints the coordinator's command, a word a line; and makes
of its file that of a container which a container can hold: root read-only, no capabilities, no
control groups, the network of its host."""

import json
import sys
from pathlib import Path


def main() -> None:
    for path in sys.argv[1:3]:
        if (user := json.loads(Path(path).read_text())["process"]["user"])["uid"] != 10001:
            sys.exit(f"{path}: runs as {user}")
    path = Path(sys.argv[1])
    config = json.loads(path.read_text())
    process, linux = config["process"], config["linux"]
    print("\n".join(process["args"]))
    process |= {"terminal": False, "noNewPrivileges": True, "rlimits": []}
    process["args"] += ["--address", "127.0.0.1:0", "--http", "off"]
    process["capabilities"] = {name: [] for name in process["capabilities"]}
    config["root"]["readonly"] = True
    config["mounts"] = [
        mount
        for mount in config["mounts"]
        if mount["destination"] not in ("/sys/fs/cgroup", "/var/lib/isoshape")
    ]
    for place, options in (
        ("/var/lib/isoshape", "mode=0750,uid=10001,gid=10001"),
        ("/tmp", "mode=1777"),
    ):
        config["mounts"].append(
            {
                "destination": place,
                "type": "tmpfs",
                "source": "tmpfs",
                "options": options.split(","),
            }
        )
    linux.pop("resources", None)
    linux.pop("cgroupsPath", None)
    linux["namespaces"] = [each for each in linux["namespaces"] if each["type"] != "network"]
    path.write_text(json.dumps(config))


main()
