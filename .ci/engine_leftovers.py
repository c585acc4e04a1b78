#!/usr/bin/env python3
"""Say what all tests left on the engine: what was made since they began, for no dir of this repo.

    python3 .ci/engine_leftovers.py SECONDS    when they began, as `date +%s` says it

The engine may have what others left there before. Images of this repo's own dirs stay, as for any
user, and those that all repos share, which name no dir: base images, and the engine for tests that
have one of their own.

What is on its way out has half a minute: the engine removes a container after it has answered, and
cannot tell of an image that goes meanwhile.
"""

import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

_TOP = Path(__file__).resolve().parents[1]
_REPO, _DIR = "org.helpers.repo", "org.helpers.dir"
_SERVICE = "com.docker.compose.service"
_PATIENCE = 30.0
_LISTS = {
    "container": ["docker", "ps", "--all", "--no-trunc", "--quiet"],
    "network": ["docker", "network", "ls", "--no-trunc", "--quiet"],
    "volume": ["docker", "volume", "ls", "--quiet"],
    "image": ["docker", "images", "--no-trunc", "--quiet"],
}


def main() -> int:
    """Print a line for each; status 1 when there is any."""
    began = float(sys.argv[1])
    until = time.monotonic() + _PATIENCE
    while (left := leftovers(began)) and time.monotonic() < until:
        time.sleep(1)
    print("\n".join(left) or "nothing of tests is left on the engine")
    return 1 if left else 0


def leftovers(began: float) -> list[str]:
    """A line for each, or what Docker said where it cannot tell."""
    try:
        return [
            f"{kind} {named(found)}: {labels}"
            for kind, command in _LISTS.items()
            for found, labels in listed(kind, command)
            if made(found) >= began and (kind != "image" or not stays(labels))
        ]
    except subprocess.CalledProcessError as error:
        return [f"{error}: {error.stderr}"]


def listed(kind: str, command: list[str]) -> "list[tuple[dict[str, Any], dict[str, str]]]":
    """What the engine has of a kind that the toolchain made, with its labels."""
    ids = sorted(set(asked([*command, "--filter", f"label={_REPO}"]).split()))
    if not ids:
        return []
    every = json.loads(asked(["docker", kind, "inspect", *ids]))
    return [(one, (one.get("Config") or one)["Labels"]) for one in every]


def made(found: "dict[str, Any]") -> float:
    """When it was made, or an image last named, in seconds since 1970."""
    tagged = found.get("Metadata", {}).get("LastTagTime")
    times = [found.get("Created") or found["CreatedAt"], *([tagged] if tagged else [])]
    return max(datetime.fromisoformat(one).timestamp() for one in times)


def stays(labels: "dict[str, str]") -> bool:
    """Whether an image is of a dir of this repo, or of none and of no stack."""
    own = labels[_REPO] == "helpers" and (_TOP / labels.get(_DIR, "") / "changelog.txt").is_file()
    return own or not {_DIR, _SERVICE} & labels.keys()


def named(found: "dict[str, Any]") -> str:
    """Its names, or its id."""
    return str(found.get("RepoTags") or found.get("Name") or found.get("Id"))


def asked(command: list[str]) -> str:
    """What Docker says."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
