"""Which versions a lock file holds, read from its text alone: fast also for a hundred dirs."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from helpers.lockers import conda, conda_other_locks, pip
from helpers.lockers.locked import read_text
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.lockers.workspaces.polylith import LOCK_FILE, find_shared_lock, read_shared_lock
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name
from helpers.model.packages.locked import READ_LOCKS, Versions
from helpers.model.shell_words import quoted

_PACKAGE = "[[package]]"
_NAME = re.compile(r'^name = "(?P<value>[^"]+)"', re.MULTILINE)
_VERSION = re.compile(r'^version = "(?P<value>[^"]+)"', re.MULTILINE)
# A package by path, as each locker writes it: the lock file does not decide its version.
_LOCAL = re.compile(
    r'^type = "(?:directory|file)"|^source = \{ (?:directory|editable|path|virtual) = ',
    re.MULTILINE,
)
_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*===?\s*(?P<version>[^\s;#\\,*]+)"
    r"(?=[\s;#\\]|$)",
    re.MULTILINE,
)
_CONFLICT_MARK = re.compile(r"^<{7} ", re.MULTILINE)

Pairs = Iterator[tuple[str, str]]


def read_versions(root: Path) -> Versions:
    """What the lock file of the dir at `root` holds; nothing where it has none.

    Raises:
        HelpersError: a lock file cannot be read, or a merge left it undecided.
    """
    for file_name in (*LOCK_FILES, pip.LOCK_FILE):
        path = root / file_name
        if path.is_file():
            text = read_text(path)
            mark = _CONFLICT_MARK.search(text)
            if mark:
                raise HelpersError(
                    f"{file_name} has conflict markers",
                    where=f"{path}:{text.count(chr(10), 0, mark.start()) + 1}",
                    fix=f"git checkout --ours -- {quoted(path)}, then lock again what you changed",
                )
            return parse_versions(file_name, text)
    if shared := find_shared_lock(root):
        return parse_versions(LOCK_FILE, read_shared_lock(shared).files[LOCK_FILE])
    return {}


def parse_versions(file_name: str, text: str) -> Versions:
    """The versions that a lock file of that name holds, by normalised package name."""
    found: dict[str, list[str]] = {}
    read = _READ.get(file_name, _packages)
    for name, version in read(text):
        found.setdefault(python_name(name), []).append(version)
    return {name: tuple(sorted(set(versions))) for name, versions in found.items()}


def has_conflict_mark(text: str) -> bool:
    """Whether a merge left the text undecided."""
    return _CONFLICT_MARK.search(text) is not None


def _packages(text: str) -> Pairs:
    # What stands before the first package, and its own tables after the last, name none.
    for block in text.split(_PACKAGE)[1:]:
        name, version = _NAME.search(block), _VERSION.search(block)
        if name and version and not _LOCAL.search(block):
            yield name["value"], version["value"]


def _pins(text: str) -> Pairs:
    for match in _PIN.finditer(text):
        yield match["name"], match["version"]


# Other files are TOML.
_READ: Mapping[str, Callable[[str], Pairs]] = {
    pip.LOCK_FILE: _pins,
    conda.LOCK_FILE: conda.parse_pairs,
    **{name: partial(conda_other_locks.parse_pairs, name) for name in READ_LOCKS},
}
