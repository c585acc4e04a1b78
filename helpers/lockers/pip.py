"""pip: a requirements file alone."""

import re
from pathlib import Path

from helpers.lockers.locked import Locked
from helpers.lockers.requirement_files import (
    collect,
    included_file,
    logical_lines,
    read_requirements_file,
)
from helpers.model.shell_words import quoted

NAME = "pip"
LOCK_FILE = "requirements.txt"
# What `requirements.txt` is compiled from, where the dir has one.
SOURCE_FILE = "requirements.in"
# What developing needs besides.
DEV_FILES = (
    "requirements_dev.txt",
    "requirements-dev.txt",
    "requirements_test.txt",
    "requirements-test.txt",
)
# What production needs, where the dir says so in a file of its own.
PROD_FILES = ("requirements_prod.txt", "requirements-prod.txt")
# `-e ../lib`, `./lib`, `.[dev]`, `/srv/lib`, `lib @ file:///srv/lib`
_LOCAL = re.compile(
    r"(-e|--editable)[ =]?\s*(?![\s=]|\w+\+|https?:)|\.{1,2}(/|\[|$)|/|file:|[^#]*@\s*(file:|/|\.)"
)
_NO_PACKAGE = re.compile(rf"#|-(?!e\b|-editable)|{_LOCAL.pattern}")


def is_local(line: str) -> bool:
    """Whether a line of a requirements file names a package by path."""
    return _LOCAL.match(line) is not None


def read(root: Path) -> Locked:
    """Read `requirements.txt`, what developing needs besides, and what they include.

    Raises:
        HelpersError: it includes a file that is not there.
    """
    names = [name for name in (LOCK_FILE, *dev_files(root), *PROD_FILES) if (root / name).is_file()]
    files = collect(root, names)
    content = "".join(f"# {name}\n{text}\n" for name, text in files.items())
    local = tuple(line.strip() for line in content.splitlines() if _LOCAL.match(line.strip()))
    compiled = (root / SOURCE_FILE).is_file()
    fix = f"i dependency_lock --dir {quoted(root)}" if compiled else f"edit {root / LOCK_FILE}"
    return Locked(NAME, content, local, fix=fix, files=files)


def source_of(root: Path) -> str:
    """The source file for production: the only one that `requirements.in` includes, or itself.

    Raises:
        HelpersError: it cannot be read.
    """
    lines = logical_lines(read_requirements_file(root / SOURCE_FILE))
    included = [included_file(line) for line in lines if line.startswith(("-r", "--requirement"))]
    return included[0] if len(included) == 1 and included[0] else SOURCE_FILE


def dev_files(root: Path) -> list[str]:
    """The files that say what developing needs besides `requirements.txt`.

    One without hashes does not count beside a `requirements.txt` with: an image with packages that
    nobody checks would be no longer what the hashes promise. Builds decide the same.

    Raises:
        HelpersError: a file cannot be read.
    """
    there = [name for name in DEV_FILES if (root / name).is_file()]
    if not there or not has_hashes(read_requirements_file(root / LOCK_FILE)):
        return there
    return [name for name in there if has_hashes(read_requirements_file(root / name))]


def has_hashes(text: str) -> bool:
    """Whether a requirements file names packages, each with a hash."""
    wanted = [line for line in logical_lines(text) if not _NO_PACKAGE.match(line)]
    return bool(wanted) and all("--hash=" in line for line in wanted)
