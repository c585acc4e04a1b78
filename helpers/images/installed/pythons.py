"""Cache facts of images' Pythons: each image is asked once."""

import json
from collections.abc import Sequence
from pathlib import Path

from helpers.images.installed.source import installed_folder
from helpers.system.files import write_atomic
from helpers.system.lease import Lease

PYTHONS = "pythons.json"
_MOST = 200


def known_python(repo: Path, image: str) -> tuple[str, ...] | None:
    """What tells the image's Python from others, itself, and where it has packages and scripts.

    Returns:
        Nothing in it where the image has no Python; None where it was not asked yet.
    """
    found = _read(installed_folder(repo) / PYTHONS).get(image)
    return None if found is None else tuple(found)


def keep_python(repo: Path, image: str, found: Sequence[str]) -> None:
    """Keep the answer for commands to come."""
    file = installed_folder(repo) / PYTHONS
    # Containers of many images may be asked side by side.
    with Lease(repo, "pythons"):
        known = dict([*_read(file).items()][1 - _MOST :]) | {image: list(found)}
        write_atomic(file, json.dumps(known))


def _read(file: Path) -> dict[str, list[str]]:
    try:
        known = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
