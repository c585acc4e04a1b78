"""Read the version of a checkout of the toolchain."""

from pathlib import Path

from helpers.model.documents.parsing import load_toml
from helpers.model.errors import HelpersError
from helpers.model.version import Version
from helpers.system.files import read_text

PROJECT_FILE = "pyproject.toml"
# The file that marks a checkout of the toolchain.
_MARKS = (Path("helpers", "tasks", "namespace.py"), Path("dev_scripts", "thin_env.py"))


def is_toolchain(root: Path) -> bool:
    """Whether the folder is a checkout of the toolchain."""
    return all((root / mark).is_file() for mark in _MARKS)


def toolchain_version(root: Path) -> Version:
    """The version of the toolchain whose checkout is at `root`.

    Raises:
        HelpersError: it does not say one.
    """
    path = root / PROJECT_FILE
    return parse_toolchain_version(read_text(path) or "", str(path))


def parse_toolchain_version(text: str, where: str) -> Version:
    """The version in the toolchain's `pyproject.toml`; `where` is for messages alone.

    Raises:
        HelpersError: there is none.
    """
    try:
        found = load_toml(text).get("project", {}).get("version")
    except (ValueError, AttributeError) as error:
        raise HelpersError(f"cannot read the toolchain's version: {error}", where=where) from error
    if not isinstance(found, str):
        raise HelpersError(
            "the toolchain does not say its version",
            where=where,
            fix="git status there tells whether it is checked out in full",
        )
    return Version.parse(found)
