"""pip: a requirements file alone."""

import re
from pathlib import Path

from helpers.lockers.locked import Locked, read_text
from helpers.model.errors import HelpersError

NAME = "pip"
LOCK_FILE = "requirements.txt"
# `-e ../lib`, `./lib`, `/srv/lib`, `lib @ file:///srv/lib`
_LOCAL = re.compile(
    r"(-e|--editable)[ =]\s*(?!\w+\+|https?:)|\.{1,2}(/|$)|/|file:|[^#]*@\s*(file:|/|\.)"
)
_INCLUDES = ("-r", "--requirement", "-c", "--constraint")


def read(root: Path) -> Locked:
    """Read `requirements.txt` and what it includes.

    Raises:
        HelpersError: it includes a file that the build does not see.
    """
    content = ""
    waiting, seen = [LOCK_FILE], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        text = read_text(root / name)
        content += f"# {name}\n{text}\n"
        waiting += _included(root / name, text)
    local = tuple(line.strip() for line in content.splitlines() if _LOCAL.match(line.strip()))
    return Locked(NAME, content, local, mend=f"edit {root / LOCK_FILE}")


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
