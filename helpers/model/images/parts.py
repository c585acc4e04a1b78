"""The parts that an image is made from, each as a hash: what differs between two images, and why.

An image carries them as a label, so that it can be compared with files without any history.
"""

import json
from collections.abc import Mapping

# A place whose code it holds has its path behind this.
CODE = "code "
# The code where a wheel brings it: then there is no part for each place.
WHEEL = "wheel"
# The same where the wheel is a published one: which, as words and hashes.
INDEX = "index"
PACKAGES = "packages"
SETTINGS = "settings"
TOOLCHAIN = "toolchain"
FILES = "files"
METADATA = "metadata"
# Compared by what is on the engine, and in no label of ours.
BASE = "base"

Parts = Mapping[str, str]


def parts_text(parts: Parts) -> str:
    """As the value of a label."""
    return json.dumps(dict(sorted(parts.items())), separators=(",", ":"))


def read_parts(text: str) -> Parts | None:
    """From a label; None where it is no such text."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def differing(before: Parts, now: Parts) -> tuple[str, ...]:
    """The parts that are not the same, sorted; those that only one of both has are among them."""
    return tuple(sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n)))
