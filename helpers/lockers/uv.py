"""uv: `pyproject.toml` and `uv.lock`."""

from pathlib import Path

from helpers.lockers.locked import Locked, read_text, read_toml
from helpers.model.errors import HelpersError

NAME = "uv"
LOCK_FILE = "uv.lock"
PROD_GROUP = "--group=prod"
_LOCAL = ("directory", "editable", "path")


def read(root: Path) -> Locked:
    """Read `uv.lock`.

    Raises:
        HelpersError: it is malformed.
    """
    path = root / LOCK_FILE
    lock = read_toml(path)
    if "version" not in lock:
        raise HelpersError(
            f"{LOCK_FILE} has no 'version': it is no lock file of uv",
            where=f"{path}:1",
            mend=f"i poetry_lock --dir '{root}'",
        )
    local = tuple(
        package["name"]
        for package in lock.get("package", ())
        if any(package.get("source", {}).get(kind) not in (None, ".") for kind in _LOCAL)
    )
    return Locked(NAME, read_text(path), local, mend=f"i poetry_lock --dir '{root}'")
