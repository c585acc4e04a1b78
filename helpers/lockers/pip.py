"""pip: a requirements file alone."""

import re
from pathlib import Path

from helpers.lockers.locked import Locked, read_text
from helpers.model.errors import HelpersError

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
# `-e ../lib`, `./lib`, `/srv/lib`, `lib @ file:///srv/lib`
_LOCAL = re.compile(
    r"(-e|--editable)[ =]\s*(?!\w+\+|https?:)|\.{1,2}(/|$)|/|file:|[^#]*@\s*(file:|/|\.)"
)
_NO_PACKAGE = re.compile(rf"#|-(?!e\b|-editable)|{_LOCAL.pattern}")
_INCLUDES = ("-r", "--requirement", "-c", "--constraint")


def read(root: Path) -> Locked:
    """Read `requirements.txt`, what developing needs besides, and what they include.

    Raises:
        HelpersError: it includes a file that the build does not see.
    """
    content = ""
    waiting, seen = [LOCK_FILE, *dev_files(root)], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        text = read_text(root / name)
        content += f"# {name}\n{text}\n"
        waiting += _included(root / name, text)
    local = tuple(line.strip() for line in content.splitlines() if _LOCAL.match(line.strip()))
    compiled = (root / SOURCE_FILE).is_file()
    mend = f"i poetry_lock --dir '{root}'" if compiled else f"edit {root / LOCK_FILE}"
    return Locked(NAME, content, local, mend=mend)


def dev_files(root: Path) -> list[str]:
    """The files that say what developing needs besides `requirements.txt`.

    One without hashes does not count beside a `requirements.txt` with: an image with packages that
    nobody checks would be no longer what the hashes promise. Builds decide the same.

    Raises:
        HelpersError: a file cannot be read.
    """
    there = [name for name in DEV_FILES if (root / name).is_file()]
    if not there or not has_hashes(read_text(root / LOCK_FILE)):
        return there
    return [name for name in there if has_hashes(read_text(root / name))]


def has_hashes(text: str) -> bool:
    """Whether a requirements file names packages, each with a hash."""
    lines = [line.strip() for line in re.sub(r"\\\r?\n", " ", text).splitlines()]
    wanted = [line for line in lines if line and not _NO_PACKAGE.match(line)]
    return bool(wanted) and all("--hash=" in line for line in wanted)


def _included(path: Path, text: str) -> list[str]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.replace("=", " ", 1).split() if line.startswith("--") else line.split()
        if len(words) < 2 or words[0] not in _INCLUDES:
            continue
        name = words[1].removeprefix("./")
        fits = name.startswith(("requirements", "constraints")) and name.endswith(".txt")
        if "/" in name or not fits or not (path.parent / name).is_file():
            raise HelpersError(
                f"{path.name} includes {words[1]!r}, which the build does not see",
                where=f"{path}:{number}",
                mend="put it beside, named requirements*.txt or constraints*.txt",
            )
        found.append(name)
    return found
