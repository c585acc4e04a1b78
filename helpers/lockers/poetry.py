"""Poetry: `pyproject.toml` and `poetry.lock`."""

from pathlib import Path

from helpers.lockers.locked import Locked, read_text, read_toml
from helpers.model.errors import HelpersError

NAME = "poetry"
LOCK_FILE = "poetry.lock"
PROD_GROUP = "--with=prod"
_LOCAL = ("directory", "file")


def read(root: Path) -> Locked:
    """Read `poetry.lock`.

    Raises:
        HelpersError: it is malformed.
    """
    path = root / LOCK_FILE
    lock = read_toml(path)
    if "content-hash" not in lock.get("metadata", {}):
        raise HelpersError(
            f"{LOCK_FILE} has no [metadata] with a content-hash: it is no lock file of Poetry",
            where=f"{path}:1",
            fix=f"i poetry_lock --dir '{root}'",
        )
    local = tuple(
        package["name"]
        for package in lock.get("package", ())
        if package.get("source", {}).get("type") in _LOCAL
    )
    return Locked(NAME, read_text(path), local, fix=f"i poetry_lock --dir '{root}'")
